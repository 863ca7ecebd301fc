// SPDX-License-Identifier: GPL-2.0-only
/* sched_switch tells the state of prev, as its last argument (5.18). */
#include <linux/sched.h>
#include <trace/events/sched.h>

int probe(void (*switched)(void *data, bool preempt, struct task_struct *prev,
			   struct task_struct *next, unsigned int prev_state));

int probe(void (*switched)(void *data, bool preempt, struct task_struct *prev,
			   struct task_struct *next, unsigned int prev_state))
{
	return register_trace_sched_switch(switched, NULL);
}
