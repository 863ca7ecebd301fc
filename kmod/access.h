/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TASKMETER_ACCESS_H
#define TASKMETER_ACCESS_H

#include <linux/types.h>

struct cred;
struct file;
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
 */
struct observer {
	const struct cred *cred;
	const struct cred *opener;
	struct pid_namespace *pid_ns;
};

/**
 * struct access - checks of one observer within one RCU read-side section
 * @observer: the observer
 * @user_ns: user namespace that was asked about last. No reference: it is
 *	compared only within the section in which a task's credentials held it
 * @capable: the answer for @user_ns
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
void observer_release(struct observer *observer);
bool observer_privileged(const struct observer *observer);

enum access_rule access_task(struct access *access, struct task_struct *task);
bool access_still(enum access_rule rule, struct task_struct *task);

extern bool unprivileged;

#endif /* TASKMETER_ACCESS_H */
