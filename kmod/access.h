/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TASKMETER_ACCESS_H
#define TASKMETER_ACCESS_H

#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "hidden.h"

struct file;
struct kernfs_node;
struct pid_namespace;
struct task_struct;
struct user_namespace;

/**
 * struct observer - who looks, fixed when the device is opened or the netlink
 *	request is sent
 * @cred: credentials
 * @opener: credentials of who opened the netlink socket: may be another one
 *	than who sent, and must be allowed too; NULL if it is @cred
 * @pid_ns: pid namespace whose processes it sees, and that ids are told in
 * @cgroup_root: root of its cgroup namespace, or NULL without cgroups
 */
struct observer {
	const struct cred *cred;
	const struct cred *opener;
	struct pid_namespace *pid_ns;
	struct kernfs_node *cgroup_root;
};

/**
 * struct access - checks of one observer within one RCU read-side section
 * @observer: the observer
 * @user_ns: user namespace that was asked about last. No reference: it is
 *	compared only within the section in which a task's credentials held it
 * @capable: the answer for @user_ns: whether it shows all that is in it
 */
struct access {
	const struct observer *observer;
	const struct user_namespace *user_ns;
	bool capable;
};

/* By which rule of the ABI header a task is visible. */
enum access_rule {
	ACCESS_NONE,
	ACCESS_CAPABLE,		/* (a) */
	ACCESS_OWNER,		/* (b) */
};

void observer_init(struct observer *observer, const struct file *socket_file);
void observer_copy(struct observer *to, const struct observer *from);
void observer_release(struct observer *observer);
bool observer_capable(const struct observer *observer, struct user_namespace *user_ns);
bool observer_privileged(const struct observer *observer);

enum access_rule access_task_anew(struct access *access, const struct cred *target,
				  struct task_struct *task);

/**
 * access_task() - whether an observer sees a task
 * @access: for this RCU read-side section
 * @task: in the observer's pid namespace
 *
 * Most tasks share a user namespace, so the last answer is kept.
 *
 * Return: the rule by which it does, or ACCESS_NONE.
 */
static inline enum access_rule access_task(struct access *access,
					   struct task_struct *task)
{
	const struct cred *target = __task_cred(task);

	if (likely(access->user_ns == target->user_ns && access->capable))
		return ACCESS_CAPABLE;
	return access_task_anew(access, target, task);
}

/**
 * access_still() - whether what was read after access_task() may be shown
 * @rule: what access_task() returned
 * @task: the task
 *
 * A process is marked as hidden before it gets hold of another identity, so
 * figures read before the mark was seen are of its time as the observer's own.
 * The mark belongs to a number, which nobody else has as long as the task is in
 * the pid table.
 */
static inline bool access_still(enum access_rule rule, const struct task_struct *task)
{
	if (likely(rule == ACCESS_CAPABLE))
		return true;
	smp_rmb(); /* the figures were read before the mark is */
	if (hidden_task(task))
		return false;
	smp_rmb(); /* the mark was read while the number was the task's */
	return pid_alive(task);
}

extern bool unprivileged;

#endif /* TASKMETER_ACCESS_H */
