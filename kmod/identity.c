// SPDX-License-Identifier: GPL-2.0-only
#include "identity.h"

#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include "record.h"
#include "task.h"
#include "totals.h"

/* As wait_task_zombie() tells it. */
static int wait_status(const struct task_struct *task)
{
	return task->signal->flags & SIGNAL_GROUP_EXIT ? task->signal->group_exit_code :
							 task->exit_code;
}

/**
 * identity_read() - note who a process was
 * @identity: filled in, to be given back with identity_drop()
 * @task: its main thread, or if that is not known any more another one; it has exited
 *
 * Context: any that may take from a reserve.
 */
void identity_read(struct identity *identity, struct task_struct *task)
{
	const struct cred *cred = rcu_dereference_protected(task->real_cred, true);

	identity->known = true;
	identity->kernel = task->flags & PF_KTHREAD;
	strscpy_pad(identity->comm, task->comm, sizeof(identity->comm));
	identity->uid = cred->uid;
	identity->gid = cred->gid;
	identity->euid = cred->euid;
	identity->egid = cred->egid;
	identity->status = wait_status(task);
	identity->start_time_ns = task->start_boottime;
	identity->cgroup_id = record_cgroup_id(task);
	if (cred->user_ns != &init_user_ns)
		identity->user_ns = get_user_ns(cred->user_ns);
	identity->cgroup = total_of_cgroup(task);
}

/* Give back what it refers to. */
void identity_drop(struct identity *identity)
{
	unsigned long flags;

	if (identity->cgroup) {
		raw_spin_lock_irqsave(&exits_lock, flags);
		total_put(identity->cgroup);
		raw_spin_unlock_irqrestore(&exits_lock, flags);
	}
	if (identity->user_ns)
		put_user_ns(identity->user_ns);
}
