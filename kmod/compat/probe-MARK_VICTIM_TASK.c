// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoint of an OOM kill tells the victim's task, not its number (6.10, and stable). */
#include <linux/mm.h>
#include <linux/oom.h>
#include <trace/events/oom.h>

int probe(void (*marked)(void *data, struct task_struct *task, uid_t uid));

int probe(void (*marked)(void *data, struct task_struct *task, uid_t uid))
{
	return register_trace_mark_victim(marked, NULL);
}
