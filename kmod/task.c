// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads and processes: allocation, lookup, lifetime. See task.h.
 *
 * Locks: the lock of a process's bucket is taken inside a run queue's lock (by the
 * probe that attaches or folds a thread) and elsewhere with interrupts off; nothing
 * is allocated, freed or woken inside it, but a reserve may be taken from, whose lock
 * is innermost. So is the lock of a thread's bucket.
 */
#include "task.h"

#include <linux/atomic.h>
#include <linux/idr.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "compat/compat.h"
#include "blocked.h"
#include "identity.h"
#include "image.h"
#include "stall.h"

struct table threads;
struct table processes;

static struct kmem_cache *thread_cache;
static struct kmem_cache *process_cache;
static struct kmem_cache *counts_cache;
static struct kmem_cache *extra_cache;
static struct kmem_cache *stalls_cache;
static struct kmem_cache *oom_cache;

static struct reserve thread_reserve;
static struct reserve process_reserve;
static struct reserve counts_reserve;
static struct reserve extra_reserve;
static struct reserve stalls_reserve;
static struct reserve oom_reserve;

atomic_long_t untracked_threads;
static atomic_long_t tracked;
static atomic64_t allocation_failures;

/* All threads that were there when the meter was switched on have been walked. */
static bool attached_all;

notrace void task_allocation_failed(void)
{
	atomic64_inc(&allocation_failures);
}

void task_statistics(struct task_statistics *statistics)
{
	statistics->tracked = atomic_long_read(&tracked);
	statistics->untracked = max(atomic_long_read(&untracked_threads), 0L);
	statistics->allocation_failures = atomic64_read(&allocation_failures);
}

/*
 * Make what @slot is to point to, from the reserve: a switch holds a raw lock, and in
 * reclaim an allocation could use up what the kernel needs to free memory. A thread and
 * who wakes it may do so at once, and the threads of a process. Return: NULL if there
 * is none; the reserve is being refilled.
 */
static notrace void *make_once(void **slot, struct reserve *reserve)
{
	void *object = reserve_take(reserve), *other;

	if (!object)
		return NULL;
	other = cmpxchg(slot, NULL, object);
	if (!other)
		return object;
	reserve_put(reserve, object);
	return other;
}

noinline notrace struct extra *thread_extra_make(struct thread *thread)
{
	return make_once((void **)&thread->extra, &extra_reserve);
}

/* For a bucket that has wrapped. Return: NULL if memory is missing. */
notrace struct counts *thread_counts_make(struct thread *thread)
{
	struct extra *extra = thread_extra(thread);

	if (!extra)
		return NULL;
	return READ_ONCE(extra->counts) ?: make_once((void **)&extra->counts, &counts_reserve);
}

noinline notrace struct process_stalls *process_stalls_make(struct process *process)
{
	return make_once((void **)&process->stalls, &stalls_reserve);
}

/**
 * struct stock - what adding a thread may take, got before a lock is held
 * @thread: the thread
 * @process: its process, if it is the first
 * @counts: for the threads of its process that will be gone, if it is the second
 * @image: what its process has executed, NULL if it is not known
 */
struct stock {
	struct thread *thread;
	struct process *process;
	struct counts *counts;
	struct image *image;
};

/**
 * struct supply - where a context gets memory from
 * @get: returns a zeroed object of a reserve's kind, or NULL
 * @put: takes back what was not used, or NULL
 */
struct supply {
	void *(*get)(struct reserve *reserve);
	void (*put)(struct reserve *reserve, void *object);
};

static const struct supply probe_supply = { reserve_alloc, reserve_free };
static const struct supply raw_supply = { reserve_take, reserve_put };

/* In process context. */
static void *cache_alloc(struct reserve *reserve)
{
	return kmem_cache_zalloc(reserve->cache, GFP_KERNEL);
}

static void cache_free(struct reserve *reserve, void *object)
{
	if (object)
		kmem_cache_free(reserve->cache, object);
}

static const struct supply cache_supply = { cache_alloc, cache_free };

/* What a thread of this process needs; that may change at any time. */
static notrace void stock_get(struct stock *stock, const struct signal_struct *signal,
			      const struct supply *supply)
{
	const struct process *known;
	bool has_counts;

	rcu_read_lock();
	known = process_find(signal);
	has_counts = !known || READ_ONCE(known->counts);
	rcu_read_unlock();

	stock->thread = supply->get(&thread_reserve);
	stock->process = known ? NULL : supply->get(&process_reserve);
	stock->counts = has_counts ? NULL : supply->get(&counts_reserve);
	stock->image = NULL;
	if (!stock->thread || (!known && !stock->process) || (!has_counts && !stock->counts))
		task_allocation_failed();
}

static notrace void stock_put(struct stock *stock, const struct supply *supply)
{
	supply->put(&thread_reserve, stock->thread);
	supply->put(&process_reserve, stock->process);
	supply->put(&counts_reserve, stock->counts);
}

/* Nobody sees @process yet. */
static notrace void process_init(struct process *process, struct task_struct *task)
{
	struct signal_struct *signal = task->signal;

	process->entry.key = signal;
	process->pid = get_pid(task_tgid(task));
	rcu_read_lock();
	/* Of a task that is off the pid table it may point to nowhere. */
	if (pid_alive(task))
		process->parent = get_pid(task_tgid(rcu_dereference(task->real_parent)));
	rcu_read_unlock();
	INIT_LIST_HEAD(&process->threads);
	process->gone.run_ns = signal->sum_sched_runtime;
	process->forgetful = process->gone.run_ns;
}

/*
 * In what state a thread is that is not new, and since when. It may be switched in
 * or out meanwhile: then that is mended at its next switch.
 */
static void thread_look(struct thread *thread, struct task_struct *task, u64 now)
{
	u64 queued = READ_ONCE(task->sched_info.last_queued);

	thread->since = now;
	if (compat_task_on_cpu(task)) {
		thread->state = TASKMETER_STATE_RUNNING;
	} else if (compat_task_queued(task)) {
		thread->state = TASKMETER_STATE_QUEUED;
		if (queued && queued < now)
			thread->since = queued;
	} else {
		thread->state = blocked_state(task, compat_task_state(task));
		if (COMPAT_SCHED_DELAYED && queued)
			thread->flags |= THREAD_MOVED;
	}
}

/*
 * Nobody sees @thread yet; its state and since are set. What the kernel has counted
 * before, time on a CPU and waiting for one, belongs to it: so far back lies its
 * epoch.
 */
static notrace void thread_init(struct thread *thread, struct task_struct *task)
{
	thread->entry.key = task;
	thread->run_delay = READ_ONCE(task->sched_info.run_delay);
	thread->cpu_wait_ns = thread->run_delay;
	thread->node = cpu_to_node(task_cpu(task));
	thread->epoch = thread->since - thread->cpu_wait_ns -
			READ_ONCE(task->se.sum_exec_runtime);
}

/* Under the lock of the process. */
static notrace bool process_join(struct stock *stock, struct task_struct *task)
{
	struct process *process = process_find(task->signal);

	if (!process) {
		process = stock->process;
		if (!process)
			return false;
		stock->process = NULL;
		process_init(process, task);
		process->image = stock->image;
		stock->image = NULL;
		table_insert(&processes, &process->entry);
	}
	if (!process->counts && process->thread_count) {
		WRITE_ONCE(process->counts, stock->counts);
		stock->counts = NULL;
	}
	stock->thread->process = process;
	WRITE_ONCE(process->thread_count, process->thread_count + 1);
	list_add_tail_rcu(&stock->thread->sibling, &process->threads);
	return true;
}

/* Under the lock of the process. */
static notrace bool threads_insert(struct stock *stock, struct task_struct *task)
{
	raw_spinlock_t *lock = table_lock(&threads, task);
	bool inserted = false;

	raw_spin_lock_nested(lock, SINGLE_DEPTH_NESTING);
	if (!thread_find(task) && process_join(stock, task)) {
		table_insert(&threads, &stock->thread->entry);
		inserted = true;
	}
	raw_spin_unlock(lock);
	return inserted;
}

/*
 * Add a thread whose state and since are set. Return: the thread, or NULL if there
 * was one already or memory is missing; @stock holds what was not used.
 */
static notrace struct thread *thread_add(struct stock *stock, struct task_struct *task,
					 bool partial)
{
	struct thread *thread = stock->thread;
	raw_spinlock_t *lock = table_lock(&processes, task->signal);
	unsigned long flags;

	thread_init(thread, task);
	raw_spin_lock_irqsave(lock, flags);
	if (threads_insert(stock, task)) {
		stock->thread = NULL;
		atomic_long_inc(&tracked);
		if (partial)
			WRITE_ONCE(thread->process->partial, true);
	} else {
		memset(thread, 0, sizeof(*thread));
		thread = NULL;
	}
	raw_spin_unlock_irqrestore(lock, flags);
	return thread;
}

/**
 * thread_fork() - track a new thread
 * @task: it was forked by current and has not run yet
 * @now: run-queue clock
 *
 * Context: any but NMI, without a raw lock.
 */
void thread_fork(struct task_struct *task, u64 now)
{
	struct thread *thread = NULL;
	struct stock stock;

	stock_get(&stock, task->signal, &probe_supply);
	stock.image = thread_group_leader(task) ? process_image(current->signal) : NULL;
	if (stock.thread) {
		/* Until it is queued, it is as good as asleep. */
		stock.thread->state = TASKMETER_STATE_SLEEPING;
		stock.thread->since = now;
		thread = thread_add(&stock, task, false);
	}
	stock_put(&stock, &probe_supply);
	image_put(stock.image);
	if (thread)
		return;
	rcu_read_lock();
	if (!thread_find(task))
		atomic_long_inc(&untracked_threads);
	rcu_read_unlock();
}

/**
 * thread_attach_switching() - track a thread that had no state, at a switch
 * @task: the thread
 * @state: what it was up to now
 * @since: since when, run-queue clock
 *
 * Context: with the run queue's lock of the task.
 *
 * Return: the thread, or NULL if there is no memory for it.
 */
notrace struct thread *thread_attach_switching(struct task_struct *task, u8 state,
					       u64 since)
{
	struct thread *thread = NULL;
	struct stock stock;

	stock_get(&stock, task->signal, &raw_supply);
	if (stock.thread) {
		stock.thread->state = state;
		stock.thread->since = since;
		thread = thread_add(&stock, task, true);
	}
	stock_put(&stock, &raw_supply);
	if (thread && READ_ONCE(attached_all))
		atomic_long_dec(&untracked_threads);
	return thread;
}

/* Under RCU. Return: false if memory is missing. */
static bool thread_attach(struct stock *stock, struct task_struct *task)
{
	u64 now = compat_clock();
	struct thread *thread;
	bool dead;

	if (thread_find(task))
		return true;
	thread_look(stock->thread, task, now);
	dead = stock->thread->state == TASKMETER_STATE_DEAD;
	if (dead)
		stock->thread->state = TASKMETER_STATE_SLEEPING;
	thread = thread_add(stock, task, true);
	if (thread && dead)
		thread_dead(thread, task, now);
	return thread || thread_find(task);
}

/* What the next thread may take. Return: false if memory is missing. */
static bool stock_complete(struct stock *stock)
{
	if (!stock->thread)
		stock->thread = cache_alloc(&thread_reserve);
	if (!stock->process)
		stock->process = cache_alloc(&process_reserve);
	if (!stock->counts)
		stock->counts = cache_alloc(&counts_reserve);
	return stock->thread && stock->process && stock->counts;
}

/* The thread with this number or the next one. Return: its number, 0 at the end. */
static int attach_next(struct stock *stock, int number, bool *ret_attached)
{
	struct task_struct *task;
	struct pid *pid;

	rcu_read_lock();
	pid = idr_get_next(&init_pid_ns.idr, &number);
	task = pid ? pid_task(pid, PIDTYPE_PID) : NULL;
	*ret_attached = !task || thread_attach(stock, task);
	rcu_read_unlock();
	return pid ? number : 0;
}

/**
 * thread_attach_all() - track all threads that there are
 *
 * The probes are at work already, so none is missed: what is forked now has its
 * state by its fork.
 *
 * Context: may sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int thread_attach_all(void)
{
	struct stock stock = {};
	int number = 0, ret = 0;
	bool attached;

	do {
		ret = stock_complete(&stock) ? 0 : -ENOMEM;
		if (ret)
			break;
		number = attach_next(&stock, number + 1, &attached);
		if (!attached)
			atomic_long_inc(&untracked_threads);
		cond_resched();
	} while (number);
	stock_put(&stock, &cache_supply);
	/* Those that were not in the pid table any more have been freed now. */
	rcu_barrier();
	WRITE_ONCE(attached_all, true);
	return ret;
}

static notrace void fold_sums(struct sums *gone, const struct thread *thread,
			      const struct task_struct *task)
{
	gone->run_ns += task->se.sum_exec_runtime;
	gone->run_delay_ns += task->sched_info.run_delay;
	gone->timeslices += task->sched_info.pcount;
	gone->migrations += task->se.nr_migrations;
	/* It does not wake from its last switch. */
	gone->wakeups += task->nvcsw ? task->nvcsw - 1 : 0;
	gone->tracked_ns += thread->since - thread->epoch;
	gone->cpu_wait_ns += thread->cpu_wait_ns;
	gone->sleep_ns += thread->sleep_ns;
	gone->io_wait_ns += thread->io_wait_ns;
	gone->mem_wait_ns += thread->mem_wait_ns;
	gone->lock_wait_ns += thread->lock_wait_ns;
	gone->stop_ns += thread->stop_ns;
	gone->numa_migrations += thread->numa_migrations;
	if (thread->cpu_wait_max_ns > gone->cpu_wait_max_ns) {
		gone->cpu_wait_max_ns = thread->cpu_wait_max_ns;
		gone->cpu_wait_max_when = thread->cpu_wait_max_when;
	}
	longest_merge(&gone->io_wait_max, &thread->io_wait_max);
	longest_merge(&gone->mem_wait_max, &thread->mem_wait_max);
}

/* Most buckets are empty: they are looked at by words. */
#define FOLD_BUCKETS(to, from)							\
do {										\
	const unsigned int step = sizeof(u64) / sizeof(*(from));		\
	unsigned int i, j;							\
	u64 word;								\
										\
	BUILD_BUG_ON(sizeof(from) % sizeof(u64));				\
	for (i = 0; i < ARRAY_SIZE(from); i += step) {				\
		memcpy(&word, &(from)[i], sizeof(word));			\
		for (j = i; word && j < i + step; j++)				\
			(to)[j] += (from)[j];					\
	}									\
} while (0)

/* Whether there is anything of a thread for struct process_stalls. */
static notrace bool has_stalls(const struct thread *thread, const struct task_struct *task)
{
	unsigned int i;

	if (compat_numa_pages_migrated(task))
		return true;
	if (!thread->extra)
		return false;
	for (i = 0; i < STALLS; i++)
		if (thread->extra->stalls.sums[i].count)
			return true;
	return false;
}

static notrace void fold_stalls(struct process *process, const struct thread *thread,
				const struct task_struct *task)
{
	struct process_stalls *gone;
	unsigned int i;

	if (likely(!has_stalls(thread, task)))
		return;
	gone = process_stalls(process);
	if (!gone) {
		task_allocation_failed();
		return;
	}
	gone->migrated_pages += compat_numa_pages_migrated(task);
	if (!thread->extra)
		return;
	gone->beyond_ns += thread->extra->stalls.beyond_ns;
	for (i = 0; i < STALLS; i++)
		stall_sum_add(&gone->gone[i], &thread->extra->stalls.sums[i]);
}

/* The process's lock is held, so that nobody else writes its counts. */
static notrace void fold_counts(struct counts *gone, const struct thread *thread)
{
	const struct counts *more = thread->extra ? thread->extra->counts : NULL;

	FOLD_BUCKETS(gone->cpu_wait, thread->cpu_wait);
	FOLD_BUCKETS(gone->io_wait, thread->io_wait);
	FOLD_BUCKETS(gone->mem_wait, thread->mem_wait);
	if (!more)
		return;
	FOLD_BUCKETS(gone->cpu_wait, more->cpu_wait);
	FOLD_BUCKETS(gone->io_wait, more->io_wait);
	FOLD_BUCKETS(gone->mem_wait, more->mem_wait);
}

/* Under the lock of the process; nobody else writes to the thread. */
static notrace void thread_fold(struct thread *thread, const struct task_struct *task,
				u64 now)
{
	struct process *process = thread->process;

	write_begin(&process->seq);
	write_begin(&thread->seq);
	thread->since = now;
	thread->state = TASKMETER_STATE_DEAD;
	thread->fold = ++process->folds;
	process->ended = max(process->ended, now);
	fold_sums(&process->gone, thread, task);
	fold_stalls(process, thread, task);
	if (process->counts) {
		fold_counts(process->counts, thread);
		thread->flags |= THREAD_COUNTS_FOLDED;
	}
	write_end(&thread->seq);
	write_end(&process->seq);
}

/**
 * thread_dead() - a thread has left the CPU for good
 * @thread: its state
 * @task: its task
 * @now: run-queue clock
 *
 * Context: with the run queue's lock of the task, in its last switch; or when it has
 * been dead already.
 */
notrace void thread_dead(struct thread *thread, struct task_struct *task, u64 now)
{
	raw_spinlock_t *lock = table_lock(&processes, task->signal);
	unsigned long flags;

	raw_spin_lock_irqsave(lock, flags);
	thread_fold(thread, task, now);
	raw_spin_unlock_irqrestore(lock, flags);
}

static void thread_free_rcu(struct rcu_head *rcu)
{
	struct thread *thread = container_of(rcu, struct thread, rcu);

	if (thread->flags & THREAD_PINNED)
		put_task_struct((struct task_struct *)thread->entry.key);
	if (thread->extra)
		cache_free(&counts_reserve, thread->extra->counts);
	cache_free(&extra_reserve, thread->extra);
	kmem_cache_free(thread_cache, thread);
}

static void process_free_rcu(struct rcu_head *rcu)
{
	struct process *process = container_of(rcu, struct process, rcu);

	identity_drop(&process->identity);
	image_put(process->image);
	put_pid(process->parent);
	put_pid(process->pid);
	cache_free(&oom_reserve, process->oom);
	cache_free(&counts_reserve, process->counts);
	cache_free(&stalls_reserve, process->stalls);
	kmem_cache_free(process_cache, process);
}

/*
 * Its last switch was not seen: it was on a CPU that was going offline, or just when
 * the thread was attached. Readers may be about to look at the task.
 */
static void thread_fold_late(struct thread *thread, struct task_struct *task)
{
	get_task_struct(task);
	thread->flags |= THREAD_PINNED;
	if (thread->state & THREAD_WAS_BLOCKED)
		stall_settle(thread, task);
	thread_fold(thread, task, max(thread->since, compat_clock()));
}

/* Under the lock of the process. */
static void process_leave(struct process *process, struct thread *thread)
{
	write_begin(&process->seq);
	write_begin(&thread->seq);
	if (!(thread->flags & THREAD_COUNTS_FOLDED) && process->thread_count > 1) {
		if (process->counts)
			fold_counts(process->counts, thread);
		else
			task_allocation_failed();
	}
	thread->flags |= THREAD_FREED | THREAD_COUNTS_FOLDED;
	write_end(&thread->seq);
	write_end(&process->seq);

	list_del_rcu(&thread->sibling);
	if (!--process->thread_count)
		table_remove(&processes, &process->entry);
}

/* Under the lock of the process. Return: the thread or NULL. */
static struct thread *threads_remove(const struct task_struct *task)
{
	raw_spinlock_t *lock = table_lock(&threads, task);
	struct thread *thread;

	raw_spin_lock_nested(lock, SINGLE_DEPTH_NESTING);
	thread = thread_find(task);
	if (thread)
		table_remove(&threads, &thread->entry);
	raw_spin_unlock(lock);
	return thread;
}

/**
 * thread_free() - forget a thread
 * @task: it is off the pid table, and no RCU read-side section that saw it there
 *	goes on
 * @ended: called when it was the last one of its process
 *
 * Context: any but NMI, without a raw lock.
 */
void thread_free(struct task_struct *task,
		 void (*ended)(struct process *process, const struct thread *thread,
			       struct task_struct *task))
{
	raw_spinlock_t *lock = table_lock(&processes, task->signal);
	struct process *process = NULL;
	struct identity identity = {};
	struct thread *thread;
	unsigned long flags;

	/* Mostly the last one; else the others may be given up long after it. */
	if (task->pid == task->tgid)
		identity_read(&identity, task);
	raw_spin_lock_irqsave(lock, flags);
	thread = threads_remove(task);
	if (thread) {
		if (unlikely(thread->state != TASKMETER_STATE_DEAD))
			thread_fold_late(thread, task);
		process = thread->process;
		if (identity.known)
			swap(process->identity, identity);
		process_leave(process, thread);
		if (process->thread_count)
			process = NULL;
	}
	raw_spin_unlock_irqrestore(lock, flags);

	identity_drop(&identity);
	if (process)
		ended(process, thread, task);
	if (thread) {
		atomic_long_dec(&tracked);
		call_rcu(&thread->rcu, thread_free_rcu);
	} else if (READ_ONCE(attached_all)) {
		atomic_long_dec(&untracked_threads);
	}
	if (process)
		call_rcu(&process->rcu, process_free_rcu);
}

/**
 * process_executed() - note what a process has executed
 * @signal: of the process
 * @image: what it was, or NULL if that is not known; its reference is taken over
 *
 * Context: any but NMI, without a raw lock.
 */
void process_executed(const struct signal_struct *signal, struct image *image)
{
	raw_spinlock_t *lock = table_lock(&processes, signal);
	struct process *process;
	unsigned long flags;

	raw_spin_lock_irqsave(lock, flags);
	process = process_find(signal);
	if (process)
		swap(process->image, image);
	raw_spin_unlock_irqrestore(lock, flags);
	image_put(image);
}

/* Likewise. Return: what it has executed last, with a reference, or NULL. */
struct image *process_image(const struct signal_struct *signal)
{
	raw_spinlock_t *lock = table_lock(&processes, signal);
	struct image *image = NULL;
	struct process *process;
	unsigned long flags;

	raw_spin_lock_irqsave(lock, flags);
	process = process_find(signal);
	if (process)
		image = image_get(process->image);
	raw_spin_unlock_irqrestore(lock, flags);
	return image;
}

/**
 * process_oom_killed() - note that a process is killed for want of memory
 * @signal: of the process
 * @flags: how, &enum taskmeter_exit_flags
 * @kill: what it holds
 *
 * Context: any but NMI, without a raw lock. Allocates nothing.
 *
 * Return: false if that was known already, or if it is not tracked.
 */
bool process_oom_killed(const struct signal_struct *signal, u32 flags,
			const struct oom_kill *kill)
{
	raw_spinlock_t *lock = table_lock(&processes, signal);
	struct oom_kill *noted = reserve_take(&oom_reserve);
	struct process *process;
	unsigned long irqs;
	bool first = false;

	if (noted)
		*noted = *kill;
	raw_spin_lock_irqsave(lock, irqs);
	process = process_find(signal);
	if (process && !process->oom_flags) {
		first = true;
		process->oom_flags = flags;
		swap(process->oom, noted);
	}
	raw_spin_unlock_irqrestore(lock, irqs);
	if (noted)
		memset(noted, 0, sizeof(*noted));
	reserve_put(&oom_reserve, noted);
	return first;
}

static int caches_create(void)
{
	thread_cache = compat_own_cache("taskmeter_thread", sizeof(struct thread), 64);
	process_cache = compat_own_cache("taskmeter_process", sizeof(struct process), 0);
	counts_cache = compat_own_cache("taskmeter_counts", sizeof(struct counts), 0);
	extra_cache = compat_own_cache("taskmeter_extra", sizeof(struct extra), 0);
	stalls_cache = compat_own_cache("taskmeter_stalls", sizeof(struct process_stalls), 0);
	oom_cache = compat_own_cache("taskmeter_oom", sizeof(struct oom_kill), 0);
	return thread_cache && process_cache && counts_cache && extra_cache && stalls_cache &&
	       oom_cache ? 0 : -ENOMEM;
}

static int reserves_fill(void)
{
	const unsigned int cpus = num_possible_cpus();
	const unsigned int wanted = (IS_ENABLED(CONFIG_PREEMPT_RT) ? 256 : 32) + 8 * cpus;

	return reserve_fill(&thread_reserve, thread_cache, wanted) ?:
	       reserve_fill(&process_reserve, process_cache, wanted) ?:
	       reserve_fill(&extra_reserve, extra_cache, 2 * wanted) ?:
	       reserve_fill(&counts_reserve, counts_cache, 16 + 2 * cpus) ?:
	       reserve_fill(&stalls_reserve, stalls_cache, 32 + 4 * cpus) ?:
	       reserve_fill(&oom_reserve, oom_cache, 32);
}

/**
 * task_forget_wakers() - forget who woke whom
 *
 * Context: may sleep. Wakers are not recorded any more.
 */
void task_forget_wakers(void)
{
	struct table_entry *entry;
	struct extra *extra;
	size_t i;

	for (i = 0; i < 1UL << threads.bits; i++) {
		rcu_read_lock();
		for (entry = rcu_dereference(threads.buckets[i]); entry != &table_end;
		     entry = rcu_dereference(entry->next)) {
			extra = READ_ONCE(((struct thread *)entry)->extra);
			if (extra)
				extra->waker_comm[0] = '\0';
		}
		rcu_read_unlock();
		cond_resched();
	}
}

/* Free all entries of a table by @free. Nobody looks them up any more. */
static void table_empty(struct table *table, void (*free)(struct rcu_head *rcu),
			size_t rcu_offset)
{
	struct table_entry *entry;
	size_t i;

	for (i = 0; table->buckets && i < 1UL << table->bits; i++) {
		while ((entry = rcu_dereference_raw(table->buckets[i])) != &table_end) {
			RCU_INIT_POINTER(table->buckets[i], entry->next);
			free((void *)entry + rcu_offset);
		}
		cond_resched();
	}
}

/**
 * task_start() - get memory to track threads with
 *
 * Context: may sleep. No probe is registered.
 *
 * Return: 0 or -ENOMEM; task_stop() is due in both cases.
 */
int task_start(void)
{
	reserve_init(&thread_reserve);
	reserve_init(&process_reserve);
	reserve_init(&counts_reserve);
	reserve_init(&extra_reserve);
	reserve_init(&stalls_reserve);
	reserve_init(&oom_reserve);
	attached_all = false;
	atomic_long_set(&tracked, 0);
	atomic_long_set(&untracked_threads, 0);
	return caches_create() ?:
	       table_alloc(&threads, THREAD_TABLE_BITS) ?:
	       table_alloc(&processes, PROCESS_TABLE_BITS) ?:
	       reserves_fill();
}

/**
 * task_stop() - forget all threads and give the memory back
 *
 * Context: may sleep. No probe is registered any more and no reader looks.
 */
void task_stop(void)
{
	reserve_drain(&thread_reserve);
	reserve_drain(&process_reserve);
	reserve_drain(&counts_reserve);
	reserve_drain(&extra_reserve);
	reserve_drain(&stalls_reserve);
	reserve_drain(&oom_reserve);
	table_empty(&threads, thread_free_rcu, offsetof(struct thread, rcu));
	table_empty(&processes, process_free_rcu, offsetof(struct process, rcu));
	/* The callbacks of those that were freed by probes. */
	rcu_barrier();
	table_free(&processes);
	table_free(&threads);
	kmem_cache_destroy(oom_cache);
	kmem_cache_destroy(stalls_cache);
	kmem_cache_destroy(extra_cache);
	kmem_cache_destroy(counts_cache);
	kmem_cache_destroy(process_cache);
	kmem_cache_destroy(thread_cache);
	atomic_long_set(&tracked, 0);
	atomic_long_set(&untracked_threads, 0);
}
