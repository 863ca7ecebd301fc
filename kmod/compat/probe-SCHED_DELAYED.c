// SPDX-License-Identifier: GPL-2.0-only
/* A thread that blocks may stay on its run queue until its turn comes (6.12). */
#include <linux/sched.h>

int probe(struct task_struct *task);

int probe(struct task_struct *task)
{
	return task->se.sched_delayed;
}
