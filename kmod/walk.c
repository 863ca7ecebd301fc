// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find the tasks that an observer sees and that a request asks for.
 *
 * The order is that of the observer's pid table: a task keeps its number while
 * it lives (but for a thread that executes a program and takes over its main
 * thread's), so that a walk that is interrupted and resumed at a number meets
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
#include "record-meter.h"
#include "record.h"

/* Numbers looked at in one RCU read-side section: bounds its length. */
#define WALK_STRETCH	512

static bool wants_threads(const struct walk *walk)
{
	return walk->flags & TASKMETER_SNAPSHOT_THREADS;
}

#define FILTERS	(TASKMETER_SNAPSHOT_PID | TASKMETER_SNAPSHOT_UID | \
		 TASKMETER_SNAPSHOT_CGROUP)

static noinline bool passes_filters(const struct walk *walk, struct task_struct *task)
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

/**
 * struct look - what a walk looks with within one RCU read-side section
 * @walk: the walk
 * @access: what it may see
 * @filtered: not every task that it may see is asked for
 * @view: what the meter tells
 * @source: of the next record
 * @histograms: of the next record, NULL if they are not asked for
 */
struct look {
	const struct walk *walk;
	struct access access;
	bool filtered;
	struct meter_view view;
	struct record_source source;
	struct taskmeter_histograms *histograms;
};

/* Under RCU. */
static void look_init(struct look *look, const struct walk *walk,
		      struct taskmeter_histograms *histograms)
{
	look->walk = walk;
	look->access = (struct access) { .observer = walk->observer };
	look->filtered = walk->flags & (FILTERS | TASKMETER_SNAPSHOT_SINCE);
	meter_view_init(&look->view);
	look->source.observer = walk->observer;
	look->source.stalls = walk->flags & TASKMETER_SNAPSHOT_STALLS;
	look->source.size = walk->record_size;
	look->source.exact_rss = walk->flags & TASKMETER_SNAPSHOT_EXACT_RSS;
	look->source.view = &look->view;
	look->histograms = histograms;
}

/* While the meter is off, nobody knows who is not active. */
static __always_inline bool active(const struct look *look, struct task_struct *task,
				   const bool threads)
{
	const struct walk *walk = look->walk;

	if (!(walk->flags & TASKMETER_SNAPSHOT_SINCE) || !look->view.available)
		return true;
	return threads ? meter_thread_active(task, walk->since) :
			 meter_process_active(task, walk->since);
}

static noinline void fill_histograms(struct look *look)
{
	if (wants_threads(look->walk))
		record_histograms_thread(look->histograms, &look->source);
	else
		record_histograms_process(look->histograms, &look->source);
	look->histograms++;
}

/* pid_task() for those who are in an RCU read-side section, without a call. */
static __always_inline struct task_struct *task_of(struct pid *pid, enum pid_type type)
{
	return hlist_entry_safe(rcu_dereference(hlist_first_rcu(&pid->tasks[type])),
				struct task_struct, pid_links[type]);
}

/* Fill @record if @pid is a task that the walk is about and that is visible. */
static __always_inline bool fill_one(struct look *look, struct pid *pid, u32 number,
				     const bool threads, struct taskmeter_record *record)
{
	struct task_struct *task;
	enum access_rule rule;

	task = threads ? task_of(pid, PIDTYPE_PID) : task_of(pid, PIDTYPE_TGID);
	if (!task)
		return false;
	if (unlikely(look->filtered) &&
	    (!active(look, task, threads) || !passes_filters(look->walk, task)))
		return false;
	rule = access_task(&look->access, task);
	if (rule == ACCESS_NONE)
		return false;

	look->source.task = task;
	look->source.pid = pid;
	look->source.number = number;
	look->source.capable = rule == ACCESS_CAPABLE;
	if (threads)
		record_fill_thread(record, &look->source);
	else
		record_fill_process(record, &look->source);
	if (!record->tgid)
		return false;
	if (unlikely(look->histograms))
		fill_histograms(look);
	if (access_still(rule, task))
		return true;
	if (unlikely(look->histograms))
		look->histograms--;
	return false;
}

static bool fill_number(struct look *look, u32 number, struct taskmeter_record *record)
{
	struct pid *pid = find_pid_ns(number, look->walk->observer->pid_ns);

	return pid && fill_one(look, pid, number, wants_threads(look->walk), record);
}

/*
 * Walk a stretch of the table from the cursor on. The tree is read a node at a
 * time. The kernel leaves no retry entries in an IDR; if it did, the node would
 * be looked up again.
 */
static __always_inline unsigned int
walk_table(struct walk *walk, struct look *look, const bool threads,
	   struct taskmeter_record *record, unsigned int max)
{
	struct radix_tree_root *root = &walk->observer->pid_ns->idr.idr_rt;
	unsigned long number, end = walk->cursor + WALK_STRETCH;
	struct radix_tree_iter iter;
	unsigned int filled = 0;
	void __rcu **slot;

	radix_tree_iter_init(&iter, walk->cursor);
	while ((slot = radix_tree_next_chunk(root, &iter, 0))) {
		for (number = iter.index; number < iter.next_index; number++, slot++) {
			struct pid *pid = radix_tree_deref_slot(slot);

			if (!pid)
				continue;
			if (unlikely(radix_tree_deref_retry(pid))) {
				iter.next_index = number;
				break;
			}
			if (filled == max || number >= end) {
				walk->cursor = number;
				return filled;
			}
			if (fill_one(look, pid, number, threads, record)) {
				record = (void *)record + walk->record_size;
				filled++;
			}
		}
	}
	walk->cursor = 0;
	return filled;
}

static unsigned int walk_process(struct walk *walk, struct look *look,
				 struct taskmeter_record *record)
{
	bool before = walk->cursor <= walk->pid;

	walk->cursor = 0;
	return before && fill_number(look, walk->pid, record);
}

/**
 * walk_fill() - fill records with the next tasks
 * @walk: the walk; its cursor is moved on
 * @records: where to, one each @walk->record_size bytes
 * @histograms: as many, or NULL
 * @max: room there, at least 1
 *
 * Context: process context. One RCU read-side section of bounded length; the
 * caller gives way between calls.
 *
 * Return: number of records filled. Fewer than @max, even 0, does not mean the
 * end; a cursor of 0 does.
 */
unsigned int walk_fill(struct walk *walk, struct taskmeter_record *records,
		       struct taskmeter_histograms *histograms, unsigned int max)
{
	struct look look;
	unsigned int filled;

	rcu_read_lock();
	look_init(&look, walk, histograms);
	if (wants_threads(walk))
		filled = walk_table(walk, &look, true, records, max);
	else if (walk->flags & TASKMETER_SNAPSHOT_PID)
		filled = walk_process(walk, &look, records);
	else
		filled = walk_table(walk, &look, false, records, max);
	rcu_read_unlock();
	return filled;
}

/**
 * walk_get() - fill a record with one task
 * @observer: who looks
 * @number: process id, or thread id with TASKMETER_SNAPSHOT_THREADS
 * @flags: TASKMETER_SNAPSHOT_THREADS, TASKMETER_SNAPSHOT_EXACT_RSS,
 *	TASKMETER_SNAPSHOT_STALLS
 * @record: where to
 * @histograms: where to, or NULL
 *
 * Return: 0, or -ESRCH if there is none or it is not visible.
 */
int walk_get(const struct observer *observer, u32 number, u32 flags,
	     struct taskmeter_record *record, struct taskmeter_histograms *histograms)
{
	struct walk walk = {
		.observer = observer,
		.flags = flags,
		.record_size = sizeof(*record),
	};
	struct look look;
	bool found;

	rcu_read_lock();
	look_init(&look, &walk, histograms);
	found = fill_number(&look, number, record);
	rcu_read_unlock();
	return found ? 0 : -ESRCH;
}
