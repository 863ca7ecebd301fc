// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find the tasks that an observer sees and that a request asks for.
 *
 * The order is that of the observer's pid table: a task keeps its number while
 * it lives, so that a walk that is interrupted and resumed at a number meets
 * each task that lives all the time exactly once. The table is a radix tree read
 * under RCU; a stretch of it is walked in one read-side section, and nothing is
 * kept from one section to the next but a number.
 */
#include "walk.h"

#include <linux/cred.h>
#include <linux/pid_namespace.h>
#include <linux/radix-tree.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/taskmeter.h>

#include "access.h"
#include "record.h"

/* Numbers looked at in one RCU read-side section: bounds its length. */
#define WALK_STRETCH	512

static bool wants_threads(const struct walk *walk)
{
	return walk->flags & TASKMETER_SNAPSHOT_THREADS;
}

static bool matches(const struct walk *walk, struct task_struct *task)
{
	if ((walk->flags & TASKMETER_SNAPSHOT_UID) &&
	    !uid_eq(task_uid(task), walk->uid))
		return false;
	if ((walk->flags & TASKMETER_SNAPSHOT_CGROUP) &&
	    record_cgroup_id(task) != walk->cgroup_id)
		return false;
	if ((walk->flags & TASKMETER_SNAPSHOT_PID) &&
	    task_tgid_nr_ns(task, walk->observer->pid_ns) != walk->pid)
		return false;
	return true;
}

/* Fill @record if @pid is a task that the walk is about and that is visible. */
static bool fill_one(const struct walk *walk, struct access *access,
		     struct pid *pid, u32 number, struct taskmeter_record *record)
{
	bool threads = wants_threads(walk);
	struct record_source source = {
		.observer = walk->observer,
		.task = pid_task(pid, threads ? PIDTYPE_PID : PIDTYPE_TGID),
		.pid = pid,
		.number = number,
		.exact_rss = walk->flags & TASKMETER_SNAPSHOT_EXACT_RSS,
	};
	enum access_rule rule;

	if (!source.task || !matches(walk, source.task))
		return false;
	rule = access_task(access, source.task);
	if (rule == ACCESS_NONE)
		return false;

	memset(record, 0, sizeof(*record));
	if (threads)
		record_fill_thread(record, &source);
	else
		record_fill_process(record, &source);
	return access_still(rule, source.task);
}

/* Walk a stretch of the table from the cursor on. */
static unsigned int walk_table(struct walk *walk, struct access *access,
			       struct taskmeter_record *records, unsigned int max)
{
	struct radix_tree_root *root = &walk->observer->pid_ns->idr.idr_rt;
	unsigned long end = walk->cursor + WALK_STRETCH;
	struct radix_tree_iter iter;
	unsigned int filled = 0;
	void __rcu **slot;

	radix_tree_for_each_slot(slot, root, &iter, walk->cursor) {
		struct pid *pid = radix_tree_deref_slot(slot);

		if (radix_tree_deref_retry(pid)) {
			slot = radix_tree_iter_retry(&iter);
			continue;
		}
		if (filled == max || iter.index >= end) {
			walk->cursor = iter.index;
			return filled;
		}
		if (pid && fill_one(walk, access, pid, iter.index, &records[filled]))
			filled++;
	}
	walk->cursor = 0;
	return filled;
}

static unsigned int walk_process(struct walk *walk, struct access *access,
				 struct taskmeter_record *record)
{
	struct pid *pid = find_pid_ns(walk->pid, walk->observer->pid_ns);
	bool before = walk->cursor <= walk->pid;

	walk->cursor = 0;
	return before && pid && fill_one(walk, access, pid, walk->pid, record);
}

/**
 * walk_fill() - fill records with the next tasks
 * @walk: the walk; its cursor is moved on
 * @records: where to
 * @max: room there, at least 1
 *
 * Context: process context. One RCU read-side section of bounded length; the
 * caller gives way between calls.
 *
 * Return: number of records filled. Fewer than @max, even 0, does not mean the
 * end; a cursor of 0 does.
 */
unsigned int walk_fill(struct walk *walk, struct taskmeter_record *records,
		       unsigned int max)
{
	struct access access = { .observer = walk->observer };
	unsigned int filled;

	rcu_read_lock();
	if ((walk->flags & TASKMETER_SNAPSHOT_PID) && !wants_threads(walk))
		filled = walk_process(walk, &access, records);
	else
		filled = walk_table(walk, &access, records, max);
	rcu_read_unlock();
	return filled;
}

/**
 * walk_get() - fill a record with one task
 * @observer: who looks
 * @number: process id, or thread id with TASKMETER_SNAPSHOT_THREADS
 * @flags: TASKMETER_SNAPSHOT_THREADS, TASKMETER_SNAPSHOT_EXACT_RSS
 * @record: where to
 *
 * Return: 0, or -ESRCH if there is none or it is not visible.
 */
int walk_get(const struct observer *observer, u32 number, u32 flags,
	     struct taskmeter_record *record)
{
	struct walk walk = { .observer = observer, .flags = flags };
	struct access access = { .observer = observer };
	struct pid *pid;
	bool found;

	rcu_read_lock();
	pid = find_pid_ns(number, observer->pid_ns);
	found = pid && fill_one(&walk, &access, pid, number, record);
	rcu_read_unlock();
	return found ? 0 : -ESRCH;
}
