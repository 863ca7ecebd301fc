// SPDX-License-Identifier: GPL-2.0-only
/* Dumpability belongs to task_struct.exec_state, not to the mm (7.2). */
#include <linux/sched.h>
#include <linux/sched/exec_state.h>

int probe(struct task_struct *task);

int probe(struct task_struct *task)
{
	return rcu_dereference(task->exec_state)->dumpable;
}
