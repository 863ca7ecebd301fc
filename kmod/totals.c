// SPDX-License-Identifier: GPL-2.0-only
/*
 * Totals of exited processes: bounded, each in a slot by which readers find it, and in a
 * hash table by which those who add do. They are made on first use. When many cgroups
 * have one, a worker moves those of removed cgroups to that of others.
 */
#include "totals.h"

#include <linux/bitmap.h>
#include <linux/cgroup.h>
#include <linux/hash.h>
#include <linux/kernfs.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "access.h"
#include "compat/compat.h"
#include "ending.h"
#include "reserve.h"
#include "task.h"

#define TOTAL_HASH_BITS	10

/* From how many totals on those of removed cgroups are moved. */
#define CROWDED		(TASKMETER_TOTALS_MAX / 4 * 3)

DEFINE_RAW_SPINLOCK(exits_lock);

/**
 * struct totals - the totals of a kind
 * @heads: hash table
 * @taken: slots that hold a total
 * @count: how many there are
 * @slots: totals, some NULL
 * @other: of those that have none of their own
 */
struct totals {
	struct hlist_head heads[1 << TOTAL_HASH_BITS];
	DECLARE_BITMAP(taken, TASKMETER_TOTALS_MAX);
	unsigned int count;
	struct total *slots[TASKMETER_TOTALS_MAX];
	struct total other;
};

static struct totals *kinds[TOTAL_KINDS];
static struct kmem_cache *cache;
static struct reserve reserve;
static u64 exits_other;

static struct total *find(const struct totals *totals, u64 id)
{
	struct total *total;

	hlist_for_each_entry(total, &totals->heads[hash_64(id, TOTAL_HASH_BITS)], entry)
		if (total->sums.id == id)
			return total;
	return NULL;
}

/* Take @total into the table. Return: false if there is no room. */
static bool insert(struct totals *totals, struct total *total)
{
	total->slot = find_first_zero_bit(totals->taken, TASKMETER_TOTALS_MAX);
	if (total->slot == TASKMETER_TOTALS_MAX)
		return false;
	__set_bit(total->slot, totals->taken);
	totals->slots[total->slot] = total;
	totals->count++;
	hlist_add_head(&total->entry, &totals->heads[hash_64(total->sums.id, TOTAL_HASH_BITS)]);
	return true;
}

static void remove(struct totals *totals, struct total *total)
{
	hlist_del(&total->entry);
	totals->slots[total->slot] = NULL;
	__clear_bit(total->slot, totals->taken);
	totals->count--;
}

static struct total *get_known(enum taskmeter_total_kind kind, u64 id)
{
	struct total *total;
	unsigned long flags;

	raw_spin_lock_irqsave(&exits_lock, flags);
	total = find(kinds[kind], id);
	if (total)
		total->users++;
	raw_spin_unlock_irqrestore(&exits_lock, flags);
	return total;
}

/* @total is new; somebody else may have been faster. Return: what is in the table. */
static struct total *get_new(enum taskmeter_total_kind kind, struct total *total,
			     struct kernfs_node *kn)
{
	struct total *known;
	unsigned long flags;

	raw_spin_lock_irqsave(&exits_lock, flags);
	known = find(kinds[kind], total->sums.id);
	if (!known && insert(kinds[kind], total)) {
		if (kn)
			kernfs_get(kn);
		total->kn = kn;
		known = total;
		total = NULL;
	}
	if (known)
		known->users++;
	raw_spin_unlock_irqrestore(&exits_lock, flags);
	if (total) {
		memset(total, 0, sizeof(*total));
		reserve_free(&reserve, total);
	}
	return known;
}

/* Whether the directory of a cgroup is gone: nobody can use it any more. */
static bool removed(const struct total *total)
{
	return total->kn && atomic_read(&total->kn->active) < 0;
}

/* What a total and a record have in common. */
#define ADD(to, from, member) ((to)->member += (from)->member)
#define ADD_COUNTERS(to, from)							\
do {										\
	ADD(to, from, run_ns);							\
	ADD(to, from, user_ns);							\
	ADD(to, from, system_ns);						\
	ADD(to, from, run_delay_ns);						\
	ADD(to, from, timeslices);						\
	ADD(to, from, voluntary_switches);					\
	ADD(to, from, involuntary_switches);					\
	ADD(to, from, migrations);						\
	ADD(to, from, minor_faults);						\
	ADD(to, from, major_faults);						\
	ADD(to, from, io_read_chars_bytes);					\
	ADD(to, from, io_write_chars_bytes);					\
	ADD(to, from, io_read_syscalls);					\
	ADD(to, from, io_write_syscalls);					\
	ADD(to, from, io_read_bytes);						\
	ADD(to, from, io_write_bytes);						\
	ADD(to, from, io_cancelled_write_bytes);				\
	ADD(to, from, tracked_ns);						\
	ADD(to, from, cpu_wait_ns);						\
	ADD(to, from, sleep_ns);						\
	ADD(to, from, io_wait_ns);						\
	ADD(to, from, mem_wait_ns);						\
	ADD(to, from, lock_wait_ns);						\
	ADD(to, from, stop_ns);							\
	ADD(to, from, wakeups);							\
	ADD(to, from, mem_stall_ns);						\
} while (0)

static void add_total(struct taskmeter_total *to, const struct taskmeter_total *from)
{
	ADD(to, from, exits);
	ADD(to, from, oom_kills);
	ADD_COUNTERS(to, from);
	to->last_number = max(to->last_number, from->last_number);
}

/* Move a total that nobody needs any more to that of others, if it is such a one. */
static struct total *retire(struct totals *totals, unsigned int slot)
{
	struct total *total;
	unsigned long flags;

	raw_spin_lock_irqsave(&exits_lock, flags);
	total = totals->slots[slot];
	if (total && !total->users && removed(total)) {
		add_total(&totals->other.sums, &total->sums);
		exits_other += total->sums.exits;
		remove(totals, total);
	} else {
		total = NULL;
	}
	raw_spin_unlock_irqrestore(&exits_lock, flags);
	return total;
}

static void total_free(struct total *total)
{
	kernfs_put(total->kn);
	kmem_cache_free(cache, total);
}

static void retire_work(struct work_struct *work)
{
	struct total *total;
	unsigned int i;

	for (i = 0; i < TASKMETER_TOTALS_MAX; i++) {
		total = retire(kinds[TASKMETER_TOTAL_CGROUP], i);
		if (total)
			total_free(total);
		cond_resched();
	}
}

static DECLARE_WORK(retire_removed, retire_work);

static struct total *total_make(enum taskmeter_total_kind kind, u64 id, struct kernfs_node *kn)
{
	struct total *total;

	if (kind == TASKMETER_TOTAL_CGROUP && READ_ONCE(kinds[kind]->count) >= CROWDED)
		schedule_work(&retire_removed);
	total = reserve_alloc(&reserve);
	if (!total) {
		task_allocation_failed();
		return NULL;
	}
	total->sums.size = sizeof(total->sums);
	total->sums.id = id;
	return get_new(kind, total, kn);
}

/**
 * total_of_cgroup() - the total of a thread's cgroup
 * @task: the thread; its cgroup is there
 *
 * Context: any that may take from a reserve.
 *
 * Return: to be given back with total_put(); NULL if it belongs to others.
 */
struct total *total_of_cgroup(struct task_struct *task)
{
	struct kernfs_node *kn = compat_cgroup_node(task);
	u64 id;

	if (!kn)
		return NULL;
	id = kn->id;
	return get_known(TASKMETER_TOTAL_CGROUP, id) ?:
	       total_make(TASKMETER_TOTAL_CGROUP, id, kn);
}

/* Likewise, of a real user id in the initial user namespace. */
struct total *total_of_user(uid_t uid)
{
	return get_known(TASKMETER_TOTAL_UID, uid) ?: total_make(TASKMETER_TOTAL_UID, uid, NULL);
}

/* With @exits_lock. @total: may be NULL */
void total_put(struct total *total)
{
	if (total)
		total->users--;
}

/**
 * total_add() - add a process that has ended
 * @total: its total, or NULL for that of others
 * @kind: of the total
 * @ending: the process
 * @number: of its record
 *
 * Context: with @exits_lock.
 */
void total_add(struct total *total, enum taskmeter_total_kind kind,
	       const struct ending *ending, u64 number)
{
	struct taskmeter_total *sums;

	if (!total) {
		total = &kinds[kind]->other;
		exits_other++;
	}
	sums = &total->sums;
	sums->last_number = number;
	sums->exits++;
	if (ending->exit.flags & TASKMETER_EXIT_OOM)
		sums->oom_kills++;
	ADD_COUNTERS(sums, &ending->record);
}

/* What is summed up over all namespaces is for who sees all of them. */
bool totals_visible(const struct observer *observer)
{
	return observer->pid_ns == &init_pid_ns && observer_capable(observer, &init_user_ns);
}

/* The total in a slot; the one of others is behind the last. With @exits_lock. */
static struct total *at_slot(struct totals *totals, unsigned int *slot)
{
	*slot = find_next_bit(totals->taken, TASKMETER_TOTALS_MAX, *slot);
	if (*slot < TASKMETER_TOTALS_MAX)
		return totals->slots[*slot];
	return totals->other.sums.exits ? &totals->other : NULL;
}

/**
 * totals_next() - read the next total
 * @kind: of the total
 * @cursor: where to go on, 0 at first; moved on, to 0 at the end
 * @total: filled in
 * @ret_kn: of a cgroup, with a reference; else NULL
 *
 * Context: process context.
 *
 * Return: false if there was no more.
 */
bool totals_next(enum taskmeter_total_kind kind, u64 *cursor, struct taskmeter_total *total,
		 struct kernfs_node **ret_kn)
{
	struct totals *totals = kinds[kind];
	unsigned int slot = *cursor;
	struct total *found = NULL;

	*ret_kn = NULL;
	raw_spin_lock_irq(&exits_lock);
	if (slot <= TASKMETER_TOTALS_MAX)
		found = at_slot(totals, &slot);
	if (found) {
		*total = found->sums;
		if (removed(found))
			total->flags |= TASKMETER_TOTAL_REMOVED;
		if (found->kn) {
			kernfs_get(found->kn);
			*ret_kn = found->kn;
		}
	}
	raw_spin_unlock_irq(&exits_lock);
	*cursor = found ? slot + 1 : 0;
	return found;
}

/* In process context. Return: the node of a cgroup, with a reference, or NULL. */
struct kernfs_node *totals_cgroup(u64 id)
{
	struct kernfs_node *kn = NULL;
	struct total *total;

	raw_spin_lock_irq(&exits_lock);
	total = find(kinds[TASKMETER_TOTAL_CGROUP], id);
	if (total) {
		kn = total->kn;
		kernfs_get(kn);
	}
	raw_spin_unlock_irq(&exits_lock);
	return kn;
}

/* How many exits are in totals of others. */
u64 totals_other(void)
{
	return READ_ONCE(exits_other);
}

static struct totals *totals_alloc(void)
{
	struct totals *totals = vzalloc(sizeof(*totals));

	if (!totals)
		return NULL;
	totals->other.sums.size = sizeof(totals->other.sums);
	totals->other.sums.flags = TASKMETER_TOTAL_OTHER;
	return totals;
}

/* May sleep. Return: 0 or -ENOMEM; totals_exit() is due in both cases. */
int totals_init(void)
{
	unsigned int i;

	reserve_init(&reserve);
	for (i = 0; i < TOTAL_KINDS; i++) {
		kinds[i] = totals_alloc();
		if (!kinds[i])
			return -ENOMEM;
	}
	cache = compat_own_cache("taskmeter_total", sizeof(struct total), 0);
	if (!cache)
		return -ENOMEM;
	return reserve_fill(&reserve, cache, 64);
}

/* May sleep. Nobody has a total any more. */
void totals_exit(void)
{
	unsigned int i, j;

	cancel_work_sync(&retire_removed);
	for (i = 0; i < TOTAL_KINDS; i++) {
		for (j = 0; kinds[i] && j < TASKMETER_TOTALS_MAX; j++)
			if (kinds[i]->slots[j])
				total_free(kinds[i]->slots[j]);
		vfree(kinds[i]);
	}
	reserve_drain(&reserve);
	kmem_cache_destroy(cache);
}
