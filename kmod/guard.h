/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may see what a process has left behind. Rule (a) of the ABI header, for what is
 * told when the process is not there any more to be asked.
 */
#ifndef TASKMETER_GUARD_H
#define TASKMETER_GUARD_H

#include <linux/llist.h>
#include <linux/types.h>

struct cred;
struct image;
struct observer;
struct pid;
struct user_namespace;

/**
 * struct guard - namespaces of a process that is in a pid namespace of its own; of one
 *	that is only in the initial one, there is none
 * @node: on its way out
 * @pid: its process id, with a reference; so the next three
 * @parent: that of its parent, NULL if it is not known
 * @user_ns: of its credentials
 * @image_ns: in which its program was executed; NULL for the initial one, and if that
 *	was not seen
 */
struct guard {
	struct llist_node node;
	struct pid *pid;
	struct pid *parent;
	struct user_namespace *user_ns;
	struct user_namespace *image_ns;
};

/**
 * struct guard_view - checks of one observer
 * @observer: the observer
 * @all: it has power over the initial user namespace
 */
struct guard_view {
	const struct observer *observer;
	bool all;
};

int guard_init(void);
void guard_exit(void);
struct guard *guard_make(struct pid *pid, struct pid *parent, struct user_namespace *user_ns,
			 const struct image *image);
bool guard_obsolete(const struct guard *guard);
void guard_drop(struct guard *guard);
void guard_copy(struct guard *to, const struct guard *from);
void guard_release(struct guard *copy);

void guard_view_init(struct guard_view *view, const struct observer *observer);
bool guard_passes(const struct guard_view *view, const struct guard *guard);
u32 guard_pid(const struct guard_view *view, const struct guard *guard, u32 number);
u32 guard_parent(const struct guard_view *view, const struct guard *guard, u32 number);

#endif /* TASKMETER_GUARD_H */
