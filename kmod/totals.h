/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What exited processes did in all, by cgroup and by user: what no overrun of the exit
 * log can lose.
 */
#ifndef TASKMETER_TOTALS_H
#define TASKMETER_TOTALS_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/taskmeter.h>
#include <linux/types.h>

struct ending;
struct kernfs_node;
struct observer;
struct task_struct;

#define TOTAL_KINDS	(TASKMETER_TOTAL_UID + 1)

/*
 * Guards all that is known of exited processes, this and the exit log: so a total
 * holds what it says it holds. Interrupts are off; nothing is allocated or freed inside.
 */
extern raw_spinlock_t exits_lock;

/**
 * struct total - a total of one cgroup or user; @exits_lock guards it
 * @entry: in the hash table
 * @slot: where readers find it
 * @users: processes and records in the log that name it; it stays as long
 * @kn: of a cgroup: keeps its path; with a reference
 * @sums: what is told
 */
struct total {
	struct hlist_node entry;
	unsigned int slot;
	unsigned int users;
	struct kernfs_node *kn;
	struct taskmeter_total sums;
};

int totals_init(void);
void totals_exit(void);

struct total *total_of_cgroup(struct task_struct *task);
struct total *total_of_user(uid_t uid);
void total_put(struct total *total);
void total_add(struct total *total, enum taskmeter_total_kind kind,
	       const struct ending *ending, u64 number);

bool totals_visible(const struct observer *observer);
bool totals_next(enum taskmeter_total_kind kind, u64 *cursor, struct taskmeter_total *total,
		 struct kernfs_node **ret_kn);
struct kernfs_node *totals_cgroup(u64 id);
u64 totals_other(void);

#endif /* TASKMETER_TOTALS_H */
