// SPDX-License-Identifier: GPL-2.0-only
/* task_struct.state is called __state (5.14). */
#include <linux/sched.h>

unsigned int probe(struct task_struct *task);

unsigned int probe(struct task_struct *task)
{
	return task->__state;
}
