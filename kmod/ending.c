// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process is over when the kernel gives up its last thread: then all of them have been
 * folded, and nobody else knows it any more. What is known of it goes to the exit log.
 */
#include "ending.h"

#include <linux/atomic.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include "exitlog.h"
#include "guard.h"
#include "identity.h"
#include "image.h"
#include "record.h"
#include "record-meter.h"
#include "task.h"
#include "totals.h"

/* An entry is too large for a stack. */
static struct exit_entry __percpu *entries;

static atomic64_t unrecorded;

/* The number of a bucket above, its value below, as much as has room. */
#define VALUE_BITS	48
#define VALUE_MASK	GENMASK_ULL(VALUE_BITS - 1, 0)

static void sparse_add(struct sparse *sparse, unsigned int bucket, u64 value)
{
	if (value)
		sparse->words[sparse->count++] = (u64)bucket << VALUE_BITS |
						 min(value, VALUE_MASK);
}

/**
 * sparse_spread() - make histograms of their buckets
 * @histograms: filled in
 * @words: buckets that are not empty
 * @count: how many
 */
void sparse_spread(struct taskmeter_histograms *histograms, const u64 *words,
		   unsigned int count)
{
	u64 *buckets = histograms->cpu_wait;

	memset(histograms, 0, sizeof(*histograms));
	histograms->size = sizeof(*histograms);
	for (; count; count--, words++)
		buckets[*words >> VALUE_BITS] = *words & VALUE_MASK;
}

#define BUCKET(kind)								\
	((offsetof(struct taskmeter_histograms, kind) -				\
	  offsetof(struct taskmeter_histograms, cpu_wait)) / sizeof(u64))

/* Most buckets of a thread are empty: they are looked at by words. */
#define ADD_OWN(sparse, thread, kind)						\
do {										\
	const unsigned int step = sizeof(u64) / sizeof(*(thread)->kind);	\
	unsigned int i, j;							\
	u64 word;								\
										\
	for (i = 0; i < ARRAY_SIZE((thread)->kind); i += step) {		\
		memcpy(&word, &(thread)->kind[i], sizeof(word));		\
		for (j = i; word && j < i + step; j++)				\
			sparse_add(sparse, BUCKET(kind) + j, (thread)->kind[j]); \
	}									\
} while (0)

/* What is in a thread's buckets and what these have carried over. */
#define ADD_ALL(sparse, thread, counts, kind)					\
do {										\
	unsigned int i;								\
										\
	for (i = 0; i < ARRAY_SIZE((counts)->kind); i++)			\
		sparse_add(sparse, BUCKET(kind) + i,				\
			   (counts)->kind[i] + ((thread) ? (thread)->kind[i] : 0)); \
} while (0)

static void add_waits(struct sparse *sparse, const struct process *process,
		      const struct thread *thread)
{
	const struct counts *carried = thread->extra ? thread->extra->counts : NULL;

	/* With several threads, all of them are in the process's. */
	if (process->counts) {
		thread = NULL;
		carried = process->counts;
	}
	if (carried) {
		ADD_ALL(sparse, thread, carried, cpu_wait);
		ADD_ALL(sparse, thread, carried, io_wait);
		ADD_ALL(sparse, thread, carried, mem_wait);
		return;
	}
	ADD_OWN(sparse, thread, cpu_wait);
	ADD_OWN(sparse, thread, io_wait);
	ADD_OWN(sparse, thread, mem_wait);
}

#define ADD_STALLS(sparse, stalls, kind)					\
do {										\
	unsigned int i;								\
										\
	for (i = 0; i < TASKMETER_STALL_BUCKETS; i++)				\
		sparse_add(sparse, BUCKET(kind) + i,				\
			   atomic64_read(&(stalls)->kind[i]));			\
} while (0)

static void fill_histograms(struct sparse *sparse, const struct process *process,
			    const struct thread *thread)
{
	sparse->count = 0;
	add_waits(sparse, process, thread);
	if (!process->stalls)
		return;
	ADD_STALLS(sparse, process->stalls, reclaim);
	ADD_STALLS(sparse, process->stalls, compaction);
	ADD_STALLS(sparse, process->stalls, fault_wait);
}

static void fill_command_line(struct taskmeter_exit *exit, const struct image *image)
{
	if (!image)
		return;
	exit->flags |= TASKMETER_EXIT_COMMAND_LINE;
	if (image->cut)
		exit->flags |= TASKMETER_EXIT_COMMAND_LINE_CUT;
	exit->command_line_length = image->length;
	memcpy(exit->command_line, image->command_line, image->length);
}

static void fill_exit(struct taskmeter_exit *exit, const struct process *process,
		      const struct meter_view *view)
{
	exit->size = sizeof(*exit);
	exit->flags = process->oom_flags;
	exit->exit_time_ns = process->ended + view->boottime;
	exit->status = process->identity.status;
	fill_command_line(exit, process->image);
	if (!process->oom)
		return;
	exit->oom_time_ns = process->oom->time_ns;
	exit->oom_rss_anon_bytes = process->oom->anon_bytes;
	exit->oom_rss_file_bytes = process->oom->file_bytes;
	exit->oom_rss_shmem_bytes = process->oom->shmem_bytes;
	exit->oom_swap_bytes = process->oom->swap_bytes;
}

/*
 * Who answers for a process: its user; in another user namespace, where numbers can be
 * had by thousands, the owner of the outermost one.
 */
static uid_t share_of(const struct identity *identity)
{
	const struct user_namespace *user_ns = identity->user_ns;

	if (likely(!user_ns))
		return __kuid_val(identity->uid);
	while (user_ns->parent && user_ns->parent != &init_user_ns)
		user_ns = user_ns->parent;
	return __kuid_val(user_ns->owner);
}

static void fill_entry(struct exit_entry *entry, struct process *process,
		       const struct thread *thread, const struct task_struct *task)
{
	struct identity *identity = &process->identity;
	struct meter_view view;

	meter_view_init_running(&view);
	memset(&entry->ending, 0, sizeof(entry->ending));
	fill_exit(&entry->ending.exit, process, &view);
	record_fill_exit(&entry->ending.record, process, task->signal, &view);
	fill_histograms(&entry->histograms, process, thread);
	entry->guard = guard_make(process->pid, process->parent,
				  identity->user_ns ?: &init_user_ns, process->image);
	entry->cgroup = identity->cgroup;
	identity->cgroup = NULL;
	entry->user = total_of_user(__kuid_val(identity->uid));
	entry->share = share_of(identity);
}

/**
 * ending_log() - write the record of a process that is over
 * @process: the process
 * @thread: its last thread
 * @task: its task
 *
 * Context: any but NMI, without a raw lock.
 *
 * Return: number of the record; 0 if nobody knows which process it was: it had given up
 * its number when its tracking began.
 */
u64 ending_log(struct process *process, const struct thread *thread,
	       struct task_struct *task)
{
	struct exit_entry *entry;
	unsigned long flags;
	u64 number;

	if (unlikely(!process->pid)) {
		atomic64_inc(&unrecorded);
		return 0;
	}
	/* Its main thread was never tracked. */
	if (unlikely(!process->identity.known))
		identity_read(&process->identity, task);
	local_irq_save(flags);
	entry = this_cpu_ptr(entries);
	fill_entry(entry, process, thread, task);
	number = exitlog_append(entry);
	local_irq_restore(flags);
	if (unlikely(is_child_reaper(process->pid)) && process->pid->level)
		exitlog_namespace_over();
	return number;
}

/* Processes that ended without a record. */
u64 ending_unrecorded(void)
{
	return atomic64_read(&unrecorded);
}

/* May sleep. Return: 0 or -ENOMEM. */
int ending_init(void)
{
	entries = alloc_percpu(struct exit_entry);
	return entries ? 0 : -ENOMEM;
}

void ending_exit(void)
{
	free_percpu(entries);
}
