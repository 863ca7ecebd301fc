// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fill the stalls of a record: pure reading, no lock. Runs under RCU, in a section
 * that has seen the meter on; see record-meter.c.
 */
#include "record-stall.h"

#include <linux/bits.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/taskmeter.h>

#include "compat/compat.h"
#include "moment.h"
#include "record-meter.h"
#include "record.h"
#include "task.h"

/**
 * struct stall_sums - the stalls of a thread or process
 * @mem_stall_ns: as in the record
 * @migrated_pages: likewise
 * @of: of each &enum stall_kind, with what still lasts
 */
struct stall_sums {
	u64 mem_stall_ns;
	u64 migrated_pages;
	struct stall_sum of[STALLS];
};

/* What a thread's own probes and the scheduler's have written, as of one moment. */
static void read_extra(struct stalls *stalls, const struct extra *extra)
{
	u32 seq;

	if (!extra) {
		memset(stalls, 0, sizeof(*stalls));
		return;
	}
	do {
		seq = read_begin(&extra->stalls.seq);
		*stalls = extra->stalls;
	} while (read_retry(&extra->stalls.seq, seq));
}

static u64 time_since(u64 since, u64 now)
{
	return now > since ? now - since : 0;
}

/* With the sections that the thread is in. @mem_wait_ns is that of the thread. */
static void fill_sections(struct stall_sums *sums, const struct stalls *stalls,
			  u64 mem_wait_ns, u64 now)
{
	unsigned int i;

	memcpy(sums->of, stalls->sums, sizeof(sums->of));
	sums->mem_stall_ns = mem_wait_ns + stalls->beyond_ns;
	for (i = 0; i < STALL_SECTIONS; i++)
		if (stalls->inside & BIT(i))
			sums->of[i].ns += time_since(stalls->since[i], now);
	if (stalls->begun)
		sums->mem_stall_ns = max(sums->mem_stall_ns,
					 stalls->waited_ns + stalls->beyond_ns +
					 time_since(stalls->begun, now));
}

/* A wait for memory that still lasts. */
static void fill_wait(struct stall_sums *sums, const struct stalls *stalls, bool iowait,
		      u64 ns)
{
	if (!stalls->inside)
		sums->of[iowait ? STALL_REFAULT : STALL_THROTTLE].ns += ns;
}

/* A fault that is done; the scheduler has not seen the thread since. */
static void fill_fault(struct stall_sums *sums, u64 blocked, u64 when)
{
	struct stall_sum *sum = &sums->of[STALL_FAULT];

	sum->count++;
	sum->ns += blocked_ns(blocked);
	longest_note(&sum->max, blocked_ns(blocked), when);
}

/**
 * struct stall_reading - what is read of a thread at one moment
 * @moment: what it was up to
 * @stalls: its stalls
 * @mem_wait_ns: as in &struct thread
 * @iowait: it is marked to wait for I/O; the mark stays while it is blocked
 * @fault: it has had a fault that the stalls lack
 * @blocked: the wait of that fault
 */
struct stall_reading {
	struct moment moment;
	struct stalls stalls;
	u64 mem_wait_ns;
	bool iowait;
	bool fault;
	u64 blocked;
};

/*
 * Return: false if the thread was folded before @folds. With NULL it is read in any
 * case: its task has to be there.
 */
static bool read_thread(struct stall_reading *reading, const struct thread *thread,
			const u32 *folds)
{
	const struct task_struct *task = thread->entry.key;
	bool before;
	u32 seq;

	do {
		seq = read_begin(&thread->seq);
		before = folds && folded_before(thread, *folds);
		if (before)
			continue;
		moment_read(&reading->moment, thread, task);
		reading->mem_wait_ns = thread->mem_wait_ns;
		reading->iowait = task->in_iowait;
		reading->blocked = thread->blocked;
		reading->fault = thread->state & THREAD_WAS_BLOCKED &&
				 blocked_in_fault(thread->blocked, READ_ONCE(task->maj_flt));
		read_extra(&reading->stalls, READ_ONCE(thread->extra));
	} while (read_retry(&thread->seq, seq));
	return !before;
}

/* Return: false as read_thread(). */
static bool sum_thread(struct stall_sums *sums, const struct thread *thread,
		       const u32 *folds, u64 now)
{
	const struct task_struct *task = thread->entry.key;
	struct stall_reading reading;
	struct moment *moment = &reading.moment;

	if (!read_thread(&reading, thread, folds))
		return false;
	moment_until(moment, now);
	if (moment->blocked == TASKMETER_STATE_MEMORY)
		reading.mem_wait_ns += moment->blocked_ns;
	fill_sections(sums, &reading.stalls, reading.mem_wait_ns, now);
	if (moment->blocked == TASKMETER_STATE_MEMORY)
		fill_wait(sums, &reading.stalls, reading.iowait, moment->blocked_ns);
	if (reading.fault)
		fill_fault(sums, reading.blocked, moment->since);
	sums->migrated_pages = compat_numa_pages_migrated(task);
	return true;
}

/* What the threads of a process that are gone left. Return: as of which fold. */
static u32 sum_gone(struct stall_sums *sums, const struct process *process)
{
	const struct process_stalls *stalls;
	u32 seq, folds;

	do {
		memset(sums, 0, sizeof(*sums));
		seq = read_begin(&process->seq);
		folds = process->folds;
		sums->mem_stall_ns = process->gone.mem_wait_ns;
		stalls = READ_ONCE(process->stalls);
		if (!stalls)
			continue;
		memcpy(sums->of, stalls->gone, sizeof(sums->of));
		sums->mem_stall_ns += stalls->beyond_ns;
		sums->migrated_pages = stalls->migrated_pages;
	} while (read_retry(&process->seq, seq));
	return folds;
}

static void sum_process(struct stall_sums *sums, const struct process *process, u64 now)
{
	u32 folds = sum_gone(sums, process);
	const struct thread *thread;
	struct stall_sums one;
	unsigned int i;

	list_for_each_entry_rcu(thread, &process->threads, sibling) {
		if (!sum_thread(&one, thread, &folds, now))
			continue;
		sums->mem_stall_ns += one.mem_stall_ns;
		sums->migrated_pages += one.migrated_pages;
		for (i = 0; i < STALLS; i++)
			stall_sum_add(&sums->of[i], &one.of[i]);
	}
}

#define FILL_STALL(counter, time, stall)					\
do {										\
	const struct stall_sum *sum = &sums->of[stall];				\
										\
	record->counter = sum->count;						\
	record->time##_ns = sum->ns;						\
	record->time##_max_ns = (u64)sum->max.ns << MAX_SHIFT;			\
	record->time##_max_time_ns = sum->max.when ?				\
		((u64)sum->max.when << WHEN_SHIFT) + view->boottime : 0;	\
} while (0)

static void fill_stalls(struct taskmeter_record *record, const struct stall_sums *sums,
			const struct meter_view *view, int preferred_node)
{
	record->available |= view->stalls;
	record->mem_stall_ns = sums->mem_stall_ns;
	FILL_STALL(direct_reclaims, direct_reclaim, STALL_DIRECT_RECLAIM);
	FILL_STALL(memcg_reclaims, memcg_reclaim, STALL_MEMCG_RECLAIM);
	FILL_STALL(compactions, compaction, STALL_COMPACTION);
	FILL_STALL(fault_waits, fault_wait, STALL_FAULT);
	FILL_STALL(refault_waits, refault_wait, STALL_REFAULT);
	FILL_STALL(throttle_waits, throttle_wait, STALL_THROTTLE);
	record->numa_migrated_pages = sums->migrated_pages;
	record->numa_preferred_node = preferred_node;
	record->reserved = 0;
}

static void no_stalls(struct taskmeter_record *record)
{
	const size_t start = offsetof(struct taskmeter_record, mem_stall_ns);

	memset((void *)record + start, 0, sizeof(*record) - start);
}

/**
 * record_stalls_process() - fill the stalls of a process
 * @record: every member of that part is written
 * @source: its task is the main thread
 *
 * Context: RCU read-side section.
 */
void record_stalls_process(struct taskmeter_record *record, const struct record_source *source)
{
	const struct process *process = NULL;
	struct stall_sums sums;

	if (source->view->stalls)
		process = process_find(source->task->signal);
	if (!process) {
		no_stalls(record);
		return;
	}
	sum_process(&sums, process, source->view->now);
	fill_stalls(record, &sums, source->view, compat_numa_preferred_node(source->task));
}

/**
 * record_stalls_thread() - fill the stalls of a thread
 * @record: every member of that part is written
 * @source: its task is the thread
 *
 * Context: RCU read-side section.
 */
void record_stalls_thread(struct taskmeter_record *record, const struct record_source *source)
{
	const struct thread *thread = NULL;
	struct stall_sums sums;

	if (source->view->stalls)
		thread = thread_find(source->task);
	if (!thread) {
		no_stalls(record);
		return;
	}
	sum_thread(&sums, thread, NULL, source->view->now);
	fill_stalls(record, &sums, source->view, compat_numa_preferred_node(source->task));
}

/**
 * record_stalls_exit() - fill the stalls of a process that has ended
 * @record: every member of that part is written
 * @process: all its threads have been folded, and nobody changes it
 * @view: what the meter tells
 */
void record_stalls_exit(struct taskmeter_record *record, const struct process *process,
			const struct meter_view *view)
{
	struct stall_sums sums;

	sum_gone(&sums, process);
	fill_stalls(record, &sums, view, NUMA_NO_NODE);
}

/**
 * record_stall_histograms() - add the histograms of a process's stalls
 * @histograms: theirs are written
 * @process: the process
 *
 * Context: RCU read-side section.
 */
void record_stall_histograms(struct taskmeter_histograms *histograms,
			     const struct process *process)
{
	const struct process_stalls *stalls = READ_ONCE(process->stalls);
	unsigned int i;

	if (!stalls)
		return;
	for (i = 0; i < TASKMETER_STALL_BUCKETS; i++) {
		histograms->reclaim[i] = atomic64_read(&stalls->reclaim[i]);
		histograms->compaction[i] = atomic64_read(&stalls->compaction[i]);
		histograms->fault_wait[i] = atomic64_read(&stalls->fault_wait[i]);
	}
}
