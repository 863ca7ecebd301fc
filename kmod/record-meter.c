// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fill the scheduler meter's part of a record: pure reading, no lock.
 *
 * Runs under RCU, in a section that has seen the meter on. A thread is read as of
 * one even value of its sequence, together with what the kernel has of it; the wait
 * that still lasts is added. A process is what its gone threads left, as of one fold,
 * and each of its threads that was not folded by then. See task.h for why all this
 * is there until the section ends.
 */
#include "record-meter.h"

#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/taskmeter.h>
#include <linux/timekeeping.h>

#include "access.h"
#include "compat/compat.h"
#include "meter.h"
#include "moment.h"
#include "record.h"
#include "record-stall.h"
#include "task.h"

/*
 * What to add to the run-queue clock to get boottime. It changes in suspend; lest the
 * same moment is told differently each time, small changes are left out.
 */
static u64 boottime_offset(u64 now)
{
	static u64 told;
	u64 offset = ktime_get_boottime_ns() - now, last = READ_ONCE(told);

	/* The two clocks were not read at once if the CPU was taken away in between. */
	if (last && compat_clock() - now > NSEC_PER_MSEC)
		return last;
	if (abs((s64)(offset - last)) < 10 * NSEC_PER_MSEC)
		return last;
	return cmpxchg64(&told, last, offset) == last ? offset : READ_ONCE(told);
}

/* @available: what the meter can tell */
static void view_init(struct meter_view *view, u64 available)
{
	view->available = available;
	view->wakers = view->available & TASKMETER_AVAILABLE_WAKER;
	view->stalls = view->available & METER_STALLS;
	view->available &= ~(TASKMETER_AVAILABLE_WAKER | METER_STALLS);
	view->now = compat_clock();
	view->boottime = boottime_offset(view->now);
}

/* Under RCU. */
void meter_view_init(struct meter_view *view)
{
	view_init(view, meter_on() ? meter_available() : 0);
}

/* For who has got hold of what the meter knows, even if it is being switched off. */
void meter_view_init_running(struct meter_view *view)
{
	view_init(view, meter_available());
}

/**
 * struct reading - what is read of a thread at one moment
 * @state: &enum taskmeter_state; queued if it is blocked no more
 * @state_ns: how long that has lasted
 * @sums: its sums, with the wait that still lasts
 */
struct reading {
	u8 state;
	u64 state_ns;
	struct sums sums;
};

static __always_inline void read_sums(struct sums *sums, const struct thread *thread)
{
	sums->cpu_wait_ns = thread->cpu_wait_ns;
	sums->sleep_ns = thread->sleep_ns;
	sums->io_wait_ns = thread->io_wait_ns;
	sums->mem_wait_ns = thread->mem_wait_ns;
	sums->lock_wait_ns = thread->lock_wait_ns;
	sums->stop_ns = thread->stop_ns;
	sums->numa_migrations = thread->numa_migrations;
	sums->cpu_wait_max_ns = thread->cpu_wait_max_ns;
	sums->cpu_wait_max_when = thread->cpu_wait_max_when;
	sums->io_wait_max = thread->io_wait_max;
	sums->mem_wait_max = thread->mem_wait_max;
}

#define ALL_TIMES(of) \
	((of)->run_ns + (of)->cpu_wait_ns + (of)->sleep_ns + (of)->io_wait_ns + \
	 (of)->mem_wait_ns + (of)->lock_wait_ns + (of)->stop_ns)

/* Add it to sums or to a record. */
#define ADD_MOMENT(to, moment)							\
do {										\
	if ((moment)->asleep && (to)->wakeups)					\
		(to)->wakeups--;						\
	(to)->cpu_wait_ns += (moment)->queued_ns;				\
	switch ((moment)->blocked) {						\
	case TASKMETER_STATE_SLEEPING:						\
		(to)->sleep_ns += (moment)->blocked_ns;				\
		break;								\
	case TASKMETER_STATE_IO:						\
		(to)->io_wait_ns += (moment)->blocked_ns;			\
		break;								\
	case TASKMETER_STATE_MEMORY:						\
		(to)->mem_wait_ns += (moment)->blocked_ns;			\
		break;								\
	case TASKMETER_STATE_LOCK:						\
		(to)->lock_wait_ns += (moment)->blocked_ns;			\
		break;								\
	case TASKMETER_STATE_STOPPED:						\
		(to)->stop_ns += (moment)->blocked_ns;				\
		break;								\
	}									\
	(to)->tracked_ns = (moment)->since + (moment)->off_ns - (moment)->epoch; \
	/* It may have got the CPU and run after the reader took the time. */	\
	if ((moment)->state == TASKMETER_STATE_RUNNING)				\
		(to)->tracked_ns = max((to)->tracked_ns, ALL_TIMES(to));	\
} while (0)

/*
 * Read a thread at one moment. Its task is looked at only if it has not been folded
 * before. Return: false if it has.
 */
static __always_inline bool read_thread(struct reading *reading, const struct thread *thread,
					u32 folds, u64 now)
{
	const struct task_struct *task = thread->entry.key;
	struct moment moment;
	bool before;
	u32 seq;

	do {
		seq = read_begin(&thread->seq);
		before = folded_before(thread, folds);
		if (before)
			continue;
		moment_read(&moment, thread, task);
		read_sums(&reading->sums, thread);
		reading->sums.wakeups = READ_ONCE(task->nvcsw);
		reading->sums.run_ns = READ_ONCE(task->se.sum_exec_runtime);
	} while (read_retry(&thread->seq, seq));
	if (before)
		return false;

	moment_until(&moment, now);
	ADD_MOMENT(&reading->sums, &moment);
	reading->state = moment.state;
	reading->state_ns = moment.state_ns;
	return true;
}

static u64 longest_ns(const struct longest *longest)
{
	return (u64)longest->ns << MAX_SHIFT;
}

static u64 when_ns(u32 when, const struct meter_view *view)
{
	return when ? ((u64)when << WHEN_SHIFT) + view->boottime : 0;
}

static __always_inline void fill_sums(struct taskmeter_record *record,
				      const struct sums *sums, const struct meter_view *view)
{
	record->tracked_ns = sums->tracked_ns;
	record->cpu_wait_ns = sums->cpu_wait_ns;
	record->sleep_ns = sums->sleep_ns;
	record->io_wait_ns = sums->io_wait_ns;
	record->mem_wait_ns = sums->mem_wait_ns;
	record->lock_wait_ns = sums->lock_wait_ns;
	record->stop_ns = sums->stop_ns;
	record->wakeups = sums->wakeups;
	record->numa_migrations = sums->numa_migrations;
	record->cpu_wait_max_ns = sums->cpu_wait_max_ns;
	record->cpu_wait_max_time_ns = when_ns(sums->cpu_wait_max_when, view);
	record->io_wait_max_ns = longest_ns(&sums->io_wait_max);
	record->io_wait_max_time_ns = when_ns(sums->io_wait_max.when, view);
	record->mem_wait_max_ns = longest_ns(&sums->mem_wait_max);
	record->mem_wait_max_time_ns = when_ns(sums->mem_wait_max.when, view);
}

/* A thread that is just being forked, too, has no state yet; it is not called untracked. */
static void no_meter(struct taskmeter_record *record)
{
	const size_t start = offsetof(struct taskmeter_record, current_state);

	memset((void *)record + start, 0, TASKMETER_RECORD_SIZE_VER2 - start);
}

static __always_inline void fill_state(struct taskmeter_record *record,
				       const struct task_struct *task, u8 state, u64 ns,
				       const struct record_source *source)
{
	struct pid_namespace *pid_ns = source->observer->pid_ns;

	record->current_state = state;
	record->current_state_ns = ns;
	if (task == source->task)
		record->current_state_tid = source->number;
	else
		record->current_state_tid = task_pid_nr_ns((struct task_struct *)task, pid_ns);
}

/* Number of the last waker in the observer's namespace. It may have gone. */
static noinline void fill_waker(struct taskmeter_record *record, const struct extra *extra,
				struct pid_namespace *pid_ns)
{
	pid_t number = READ_ONCE(extra->waker_pid);
	struct pid *pid = number ? find_pid_ns(number, &init_pid_ns) : NULL;

	memcpy(record->waker_comm, extra->waker_comm, TASKMETER_COMM_LEN);
	record->waker_comm[TASKMETER_COMM_LEN - 1] = '\0';
	if (!record->waker_comm[0])
		return;
	record->waker_pid = pid ? pid_nr_ns(pid, pid_ns) : 0;
	record->available |= TASKMETER_AVAILABLE_WAKER;
}

/* Whoever sees its owner's processes only, does not see who else wakes them. */
static __always_inline void fill_common(struct taskmeter_record *record,
					const struct thread *thread,
					const struct record_source *source)
{
	const struct extra *extra = thread ? READ_ONCE(thread->extra) : NULL;

	record->available |= source->view->available;
	record->waker_pid = 0;
	memset(record->waker_comm, 0, sizeof(record->waker_comm));
	if (unlikely(extra) && source->view->wakers && source->capable)
		fill_waker(record, extra, source->observer->pid_ns);
}

static __always_inline void fill_thread_sums(struct taskmeter_record *record,
					     const struct thread *thread,
					     const struct meter_view *view)
{
	record->cpu_wait_ns = thread->cpu_wait_ns;
	record->sleep_ns = thread->sleep_ns;
	record->io_wait_ns = thread->io_wait_ns;
	record->mem_wait_ns = thread->mem_wait_ns;
	record->lock_wait_ns = thread->lock_wait_ns;
	record->stop_ns = thread->stop_ns;
	record->numa_migrations = thread->numa_migrations;
	record->cpu_wait_max_ns = thread->cpu_wait_max_ns;
	record->cpu_wait_max_time_ns = when_ns(thread->cpu_wait_max_when, view);
	record->io_wait_max_ns = longest_ns(&thread->io_wait_max);
	record->io_wait_max_time_ns = when_ns(thread->io_wait_max.when, view);
	record->mem_wait_max_ns = longest_ns(&thread->mem_wait_max);
	record->mem_wait_max_time_ns = when_ns(thread->mem_wait_max.when, view);
}

/* As read_thread(), straight into the record. */
static __always_inline void record_one_thread(struct taskmeter_record *record,
					      const struct thread *thread,
					      const struct record_source *source)
{
	const struct task_struct *task = source->task;
	struct moment moment;
	u32 seq;

	do {
		seq = read_begin(&thread->seq);
		moment_read(&moment, thread, task);
		record->wakeups = READ_ONCE(task->nvcsw);
		record->run_ns = READ_ONCE(task->se.sum_exec_runtime);
		fill_thread_sums(record, thread, source->view);
	} while (read_retry(&thread->seq, seq));

	moment_until(&moment, source->view->now);
	ADD_MOMENT(record, &moment);
	fill_state(record, task, moment.state, moment.state_ns, source);
	record->untracked_threads = 0;
}

/**
 * record_meter_thread() - fill the meter's part of a thread's record
 * @record: every member of that part is written, and @run_ns as of the same moment
 * @source: its task is the thread
 *
 * Context: RCU read-side section.
 */
void record_meter_thread(struct taskmeter_record *record, const struct record_source *source)
{
	struct thread *thread;

	thread = source->view->available ? thread_find(source->task) : NULL;
	if (!thread) {
		no_meter(record);
		record->untracked_threads = source->view->available && task_untracked_any();
		return;
	}
	record_one_thread(record, thread, source);
	if (READ_ONCE(thread->process->partial))
		record->flags |= TASKMETER_RECORD_PARTIAL;
	fill_common(record, thread, source);
}

static __always_inline void add_sums(struct sums *to, const struct sums *from)
{
	to->run_ns += from->run_ns;
	to->wakeups += from->wakeups;
	to->tracked_ns += from->tracked_ns;
	to->cpu_wait_ns += from->cpu_wait_ns;
	to->sleep_ns += from->sleep_ns;
	to->io_wait_ns += from->io_wait_ns;
	to->mem_wait_ns += from->mem_wait_ns;
	to->lock_wait_ns += from->lock_wait_ns;
	to->stop_ns += from->stop_ns;
	to->numa_migrations += from->numa_migrations;
	if (from->cpu_wait_max_ns > to->cpu_wait_max_ns) {
		to->cpu_wait_max_ns = from->cpu_wait_max_ns;
		to->cpu_wait_max_when = from->cpu_wait_max_when;
	}
	longest_merge(&to->io_wait_max, &from->io_wait_max);
	longest_merge(&to->mem_wait_max, &from->mem_wait_max);
}

/**
 * struct stall - the longest wait of a process's threads
 * @task: whose
 * @state: what for
 * @ns: how long so far
 */
struct stall {
	const struct task_struct *task;
	u8 state;
	u64 ns;
};

static bool is_stall(u8 state)
{
	return state == TASKMETER_STATE_QUEUED || state == TASKMETER_STATE_IO ||
	       state == TASKMETER_STATE_MEMORY || state == TASKMETER_STATE_LOCK;
}

static __always_inline void note_stall(struct stall *stall, const struct reading *reading,
				       const struct task_struct *task,
				       const struct task_struct *leader)
{
	if (is_stall(reading->state) ? !is_stall(stall->state) || reading->state_ns > stall->ns :
				       task == leader && !is_stall(stall->state))
		*stall = (struct stall) { task, reading->state, reading->state_ns };
}

/* What the threads of a process that are gone left, and as of which fold. */
static __always_inline u32 read_gone(struct sums *sums, const struct process *process)
{
	u32 seq, folds;

	do {
		seq = read_begin(&process->seq);
		folds = process->folds;
		if (folds || process->forgetful)
			*sums = process->gone;
		else
			memset(sums, 0, sizeof(*sums));
	} while (read_retry(&process->seq, seq));
	return folds;
}

/* The kernel forgets these with the thread. */
static __always_inline void add_kernels(struct sums *sums, const struct task_struct *task)
{
	sums->run_delay_ns += READ_ONCE(task->sched_info.run_delay);
	sums->timeslices += READ_ONCE(task->sched_info.pcount);
	sums->migrations += READ_ONCE(task->se.nr_migrations);
}

static __always_inline void fill_kernels(struct taskmeter_record *record,
					 const struct sums *sums)
{
	record->run_ns = sums->run_ns;
	record->run_delay_ns = sums->run_delay_ns;
	record->timeslices = sums->timeslices;
	record->migrations = sums->migrations;
}

/* Mostly the first in the list. */
static __always_inline const struct thread *main_thread(struct process *process,
							const struct task_struct *task)
{
	const struct thread *first;

	first = list_first_or_null_rcu(&process->threads, struct thread, sibling);
	return first && first->entry.key == task ? first : thread_find(task);
}

/* All tracked threads of a process. */
static __always_inline void read_process(struct sums *sums, struct stall *stall,
					 const struct process *process,
					 const struct record_source *source)
{
	u32 folds = read_gone(sums, process);
	const struct thread *thread;

	list_for_each_entry_rcu(thread, &process->threads, sibling) {
		const struct task_struct *task = thread->entry.key;
		struct reading reading;

		if (!read_thread(&reading, thread, folds, source->view->now))
			continue;
		add_sums(sums, &reading.sums);
		add_kernels(sums, task);
		note_stall(stall, &reading, task, source->task);
	}
}

/* What the kernel has of threads without a state. Return: how many there are. */
static noinline u32 read_untracked(struct sums *sums, const struct task_struct *task)
{
	const struct task_struct *thread;
	u32 count = 0;

	for_each_thread(task, thread) {
		if (thread_find(thread))
			continue;
		sums->run_ns += READ_ONCE(thread->se.sum_exec_runtime);
		add_kernels(sums, thread);
		count++;
	}
	return count;
}

static noinline bool has_untracked(const struct task_struct *task)
{
	struct sums unused = {};

	return read_untracked(&unused, task);
}

/*
 * Nearly all processes have one thread and never had another. Its state, if so. What
 * the kernel forgets with a thread is in the record then. A second thread that comes
 * now was not there when the fold was looked at; one that goes is in the list until
 * the RCU section ends.
 */
static __always_inline const struct thread *only_thread(const struct task_struct *task)
{
	const struct thread *thread;
	const struct process *process;

	thread = (const struct thread *)table_first(&threads, task, THREAD_TABLE_BITS);
	if (unlikely(thread->entry.key != task))
		thread = thread_find(task);
	if (unlikely(!thread))
		return NULL;
	process = thread->process;
	if (READ_ONCE(process->thread_count) != 1 || READ_ONCE(process->folds) ||
	    process->forgetful || task_untracked_any())
		return NULL;
	return thread;
}

static __always_inline void record_only_thread(struct taskmeter_record *record,
					       const struct thread *thread,
					       const struct record_source *source)
{
	record_one_thread(record, thread, source);
	record->flags &= ~TASKMETER_RECORD_LIVING_ONLY;
	if (READ_ONCE(thread->process->partial))
		record->flags |= TASKMETER_RECORD_PARTIAL;
	fill_common(record, thread, source);
}

static noinline void record_all_threads(struct taskmeter_record *record,
					const struct record_source *source)
{
	struct stall stall = { .task = source->task, .state = TASKMETER_STATE_DEAD };
	const struct meter_view *view = source->view;
	struct process *process;
	struct sums sums;

	process = view->available ? process_find(source->task->signal) : NULL;
	if (!process) {
		no_meter(record);
		if (view->available && task_untracked_any())
			record->untracked_threads = record->threads;
		return;
	}
	read_process(&sums, &stall, process, source);
	record->untracked_threads = 0;
	if (task_untracked_any())
		record->untracked_threads = read_untracked(&sums, source->task);
	fill_kernels(record, &sums);
	if (!process->forgetful)
		record->flags &= ~TASKMETER_RECORD_LIVING_ONLY;
	if (READ_ONCE(process->partial))
		record->flags |= TASKMETER_RECORD_PARTIAL;
	fill_sums(record, &sums, view);
	fill_state(record, stall.task, stall.state, stall.ns, source);
	fill_common(record, main_thread(process, source->task), source);
}

/**
 * record_meter_process() - fill the meter's part of a process's record
 * @record: every member of that part is written; what the kernel forgets with a
 *	thread is replaced
 * @source: its task is the main thread
 *
 * Context: RCU read-side section.
 */
void record_meter_process(struct taskmeter_record *record, const struct record_source *source)
{
	const struct thread *thread;

	thread = source->view->available ? only_thread(source->task) : NULL;
	if (likely(thread))
		record_only_thread(record, thread, source);
	else
		record_all_threads(record, source);
}

/**
 * record_meter_exit() - fill the meter's part of an exited process's record
 * @record: zeros but for what the kernel keeps
 * @process: all its threads have been folded, and nobody changes it
 * @view: what the meter tells
 */
void record_meter_exit(struct taskmeter_record *record, const struct process *process,
		       const struct meter_view *view)
{
	record->available |= view->available;
	record->current_state = TASKMETER_STATE_DEAD;
	if (process->partial)
		record->flags |= TASKMETER_RECORD_PARTIAL;
	if (process->forgetful)
		record->flags |= TASKMETER_RECORD_LIVING_ONLY;
	fill_kernels(record, &process->gone);
	fill_sums(record, &process->gone, view);
}

/* What a thread's buckets have carried over, or NULL. */
static __always_inline const struct counts *thread_counts(const struct thread *thread)
{
	const struct extra *extra = READ_ONCE(thread->extra);

	return extra ? READ_ONCE(extra->counts) : NULL;
}

/* One bucket of a thread, with what it has carried over. */
#define READ_BUCKET(thread, kind, bucket)					\
({										\
	const struct counts *counts;						\
	u64 value;								\
	u32 seq;								\
										\
	do {									\
		seq = read_begin(&(thread)->seq);				\
		counts = thread_counts(thread);					\
		value = (thread)->kind[bucket] +				\
			(counts ? READ_ONCE(counts->kind[bucket]) : 0);		\
	} while (read_retry(&(thread)->seq, seq));				\
	value;									\
})

/* Most buckets are empty and have carried nothing over: look at a word of them. */
#define ADD_BUCKETS(histograms, thread, kind)					\
do {										\
	const unsigned int step = sizeof(u64) / sizeof(*(thread)->kind);	\
	unsigned int i, j;							\
	u64 word;								\
										\
	for (i = 0; i < ARRAY_SIZE((thread)->kind); i += step) {		\
		memcpy(&word, &(thread)->kind[i], sizeof(word));		\
		if (!word && !thread_counts(thread))				\
			continue;						\
		for (j = i; j < i + step; j++)					\
			(histograms)->kind[j] += READ_BUCKET(thread, kind, j);	\
	}									\
} while (0)

static void add_histograms(struct taskmeter_histograms *histograms,
			   const struct thread *thread)
{
	ADD_BUCKETS(histograms, thread, cpu_wait);
	ADD_BUCKETS(histograms, thread, io_wait);
	ADD_BUCKETS(histograms, thread, mem_wait);
}

/* Whether a thread's histograms are in those of its process as of a fold. */
static bool histograms_folded(const struct thread *thread, u32 folds)
{
	bool folded;
	u32 seq;

	do {
		seq = read_begin(&thread->seq);
		folded = folded_before(thread, folds) &&
			 thread->flags & THREAD_COUNTS_FOLDED;
		folded |= thread->flags & THREAD_FREED;
	} while (read_retry(&thread->seq, seq));
	return folded;
}

/* Histograms of threads that are gone. Return: as of which fold. */
static u32 read_gone_histograms(struct taskmeter_histograms *histograms,
				const struct process *process)
{
	const struct counts *counts;
	u32 seq, folds;

	do {
		seq = read_begin(&process->seq);
		folds = process->folds;
		counts = READ_ONCE(process->counts);
		if (!counts)
			continue;
		memcpy(histograms->cpu_wait, counts->cpu_wait, sizeof(counts->cpu_wait));
		memcpy(histograms->io_wait, counts->io_wait, sizeof(counts->io_wait));
		memcpy(histograms->mem_wait, counts->mem_wait, sizeof(counts->mem_wait));
	} while (read_retry(&process->seq, seq));
	return folds;
}

static void histograms_init(struct taskmeter_histograms *histograms)
{
	memset(histograms, 0, sizeof(*histograms));
	histograms->size = sizeof(*histograms);
}

/**
 * record_histograms_process() - histograms of a process
 * @histograms: filled in; all 0 if it is not tracked
 * @source: its task is the main thread
 *
 * Context: RCU read-side section.
 */
void record_histograms_process(struct taskmeter_histograms *histograms,
			       const struct record_source *source)
{
	const struct thread *thread;
	struct process *process;
	u32 folds;

	histograms_init(histograms);
	process = source->view->available ? process_find(source->task->signal) : NULL;
	if (!process)
		return;
	folds = read_gone_histograms(histograms, process);
	list_for_each_entry_rcu(thread, &process->threads, sibling)
		if (!histograms_folded(thread, folds))
			add_histograms(histograms, thread);
	record_stall_histograms(histograms, process);
}

/**
 * record_histograms_thread() - histograms of a thread
 * @histograms: filled in; all 0 if it is not tracked
 * @source: its task is the thread
 *
 * Context: RCU read-side section.
 */
void record_histograms_thread(struct taskmeter_histograms *histograms,
			      const struct record_source *source)
{
	struct thread *thread;

	histograms_init(histograms);
	thread = source->view->available ? thread_find(source->task) : NULL;
	if (thread)
		add_histograms(histograms, thread);
}

/*
 * Whether a thread was switched since, or waits for something that it should have. A
 * sleeper that was woken is queued.
 */
static __always_inline bool thread_active(const struct thread *thread, u64 since)
{
	const struct task_struct *task = thread->entry.key;
	u8 state = thread_state(thread);

	if (state == TASKMETER_STATE_RUNNING || is_stall(state) ||
	    READ_ONCE(thread->since) >= since)
		return true;
	return state != TASKMETER_STATE_DEAD && compat_task_queued(task);
}

/**
 * meter_thread_active() - whether a thread was active
 * @task: the thread
 * @since: run-queue clock; see TASKMETER_SNAPSHOT_SINCE
 *
 * Context: RCU read-side section that has seen the meter on.
 */
bool meter_thread_active(struct task_struct *task, u64 since)
{
	const struct thread *thread = thread_find(task);

	return !thread || thread_active(thread, since);
}

/**
 * meter_process_active() - whether a thread of a process was active
 * @task: its main thread
 * @since: run-queue clock; see TASKMETER_SNAPSHOT_SINCE
 *
 * Context: RCU read-side section that has seen the meter on.
 */
bool meter_process_active(struct task_struct *task, u64 since)
{
	const struct thread *thread = only_thread(task);
	const struct process *process;

	if (likely(thread))
		return thread_active(thread, since);
	process = process_find(task->signal);
	if (!process || (task_untracked_any() && has_untracked(task)))
		return true;
	list_for_each_entry_rcu(thread, &process->threads, sibling)
		if (thread_active(thread, since))
			return true;
	return false;
}
