// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fill a record from a task: pure reading, no side effect.
 *
 * Runs under RCU, which keeps the task_struct, its signal_struct and its
 * credentials. Counters are read without a lock, as /proc does. Those of
 * threads that exit move to the signal_struct under its stats_lock, so sums over
 * a process are retried when that happens meanwhile. Memory is read under
 * task_lock(), because an mm is not freed by RCU, and taking a reference could
 * make the reader the one who tears it down.
 */
#include "record.h"

#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/pid_namespace.h>
#include <linux/sched/cputime.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seqlock.h>
#include <linux/string.h>
#include <linux/task_io_accounting_ops.h>
#include <linux/taskmeter.h>
#include <linux/user_namespace.h>
#include <asm/word-at-a-time.h>

#include "access.h"
#include "compat/compat.h"
#include "record-meter.h"
#include "record-stall.h"
#include "task.h"

/* What this kernel's configuration can tell. */
u64 record_available(void)
{
	u64 available = TASKMETER_AVAILABLE_MEMORY | TASKMETER_AVAILABLE_RSS_PEAK;

	if (IS_ENABLED(CONFIG_CGROUPS))
		available |= TASKMETER_AVAILABLE_CGROUP;
	if (IS_ENABLED(CONFIG_SCHED_INFO))
		available |= TASKMETER_AVAILABLE_RUN_DELAY;
	if (IS_ENABLED(CONFIG_TASK_XACCT))
		available |= TASKMETER_AVAILABLE_IO_CHARS;
	if (IS_ENABLED(CONFIG_TASK_IO_ACCOUNTING))
		available |= TASKMETER_AVAILABLE_IO;
	return available;
}

/* Id of the cgroup in the unified hierarchy. */
u64 record_cgroup_id(struct task_struct *task)
{
#ifdef CONFIG_CGROUPS
	return cgroup_id(task_css_set(task)->dfl_cgrp);
#else
	return 0;
#endif
}

static __always_inline u32 parent_tgid(struct task_struct *task, struct pid_namespace *pid_ns)
{
	const struct task_struct *parent;

	if (unlikely(!pid_alive(task)))
		return 0;
	parent = rcu_dereference(task->real_parent);
	if (pid_ns == &init_pid_ns)
		return parent->tgid;
	return task_tgid_nr_ns((struct task_struct *)parent, pid_ns);
}

static __always_inline void fill_credentials(struct taskmeter_record *record,
					     struct task_struct *task,
					     struct user_namespace *user_ns)
{
	const struct cred *cred = __task_cred(task);

	if (user_ns == &init_user_ns) {
		record->uid = __kuid_val(cred->uid);
		record->gid = __kgid_val(cred->gid);
		record->euid = __kuid_val(cred->euid);
		record->egid = __kgid_val(cred->egid);
	} else {
		record->uid = from_kuid_munged(user_ns, cred->uid);
		record->gid = from_kgid_munged(user_ns, cred->gid);
		record->euid = from_kuid_munged(user_ns, cred->euid);
		record->egid = from_kgid_munged(user_ns, cred->egid);
	}
}

/*
 * The name with zeros from its end on, whatever was there of a longer one (up to
 * 5.14 the kernel leaves it). It may be torn by a change meanwhile, not unended.
 */
static __always_inline void copy_comm(char *to, const char *from)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	unsigned long first, second, zeros;

	BUILD_BUG_ON(TASKMETER_COMM_LEN != 2 * sizeof(long) ||
		     TASKMETER_COMM_LEN != TASK_COMM_LEN);

	memcpy(&first, from, sizeof(first));
	memcpy(&second, from + sizeof(first), sizeof(second));
	if (has_zero(first, &zeros, &constants)) {
		zeros = prep_zero_mask(first, zeros, &constants);
		first &= zero_bytemask(create_zero_mask(zeros));
		second = 0;
	} else if (has_zero(second, &zeros, &constants)) {
		zeros = prep_zero_mask(second, zeros, &constants);
		second &= zero_bytemask(create_zero_mask(zeros));
	}
	memcpy(to, &first, sizeof(first));
	memcpy(to + sizeof(first), &second, sizeof(second));
	to[TASKMETER_COMM_LEN - 1] = '\0';
}

static __always_inline void fill_identity(struct taskmeter_record *record,
					  const struct record_source *source)
{
	struct task_struct *task = source->task;
	struct pid_namespace *pid_ns = ns_of_pid(source->pid);

	record->pid = source->number;
	record->ppid = parent_tgid(task, source->observer->pid_ns);
	record->pid_namespace = pid_ns->ns.inum;
	fill_credentials(record, task, source->observer->cred->user_ns);
	record->start_time_ns = task->start_boottime;
	record->cgroup_id = record_cgroup_id(task);
	copy_comm(record->comm, task->comm);
	record->state = task_state_to_char(task);
	record->policy = task->policy;
	record->nice = task_nice(task);
	record->priority = task->prio - MAX_RT_PRIO;
	record->rt_priority = task->rt_priority;
	record->cpu = task_cpu(task);
	record->threads = task->signal->nr_threads;
	record->oom_score_adj = task->signal->oom_score_adj;
}

/*
 * What count() makes a counter of; they go together. The kernel's sums are read
 * plainly: what stats_lock says of them is checked afterwards.
 */
#define COUNT_EXITED	BIT(0)	/* what the kernel summed up of threads that are gone */
#define COUNT_LIVING	BIT(1)	/* what a thread has */
#define COUNT_MORE	BIT(2)	/* what the record has already */

#define COUNT(member, in_signal, in_thread)					\
	(record->member = (parts & COUNT_MORE ? record->member : 0) +		\
			  (parts & COUNT_EXITED ? signal->in_signal : 0) +	\
			  (parts & COUNT_LIVING ? READ_ONCE(thread->in_thread) : 0))

/* The kernel forgets these with the thread. */
#define COUNT_FORGOTTEN(member, in_thread)					\
	(record->member = (parts & COUNT_MORE ? record->member : 0) +		\
			  (parts & COUNT_LIVING ? READ_ONCE(thread->in_thread) : 0))

/*
 * The counters of threads. @parts is a constant, so that what is not asked for
 * is not there: @signal or @thread may be NULL then.
 */
static __always_inline void count(struct taskmeter_record *record,
				  const struct signal_struct *signal,
				  const struct task_struct *thread,
				  const unsigned int parts)
{
	COUNT(run_ns, sum_sched_runtime, se.sum_exec_runtime);
	COUNT(user_ns, utime, utime);
	COUNT(system_ns, stime, stime);
	COUNT(voluntary_switches, nvcsw, nvcsw);
	COUNT(involuntary_switches, nivcsw, nivcsw);
	COUNT(minor_faults, min_flt, min_flt);
	COUNT(major_faults, maj_flt, maj_flt);
	COUNT_FORGOTTEN(migrations, se.nr_migrations);
#ifdef CONFIG_SCHED_INFO
	COUNT_FORGOTTEN(run_delay_ns, sched_info.run_delay);
	COUNT_FORGOTTEN(timeslices, sched_info.pcount);
#else
	record->run_delay_ns = 0;
	record->timeslices = 0;
#endif
#ifdef CONFIG_TASK_XACCT
	COUNT(io_read_chars_bytes, ioac.rchar, ioac.rchar);
	COUNT(io_write_chars_bytes, ioac.wchar, ioac.wchar);
	COUNT(io_read_syscalls, ioac.syscr, ioac.syscr);
	COUNT(io_write_syscalls, ioac.syscw, ioac.syscw);
#else
	record->io_read_chars_bytes = 0;
	record->io_write_chars_bytes = 0;
	record->io_read_syscalls = 0;
	record->io_write_syscalls = 0;
#endif
#ifdef CONFIG_TASK_IO_ACCOUNTING
	COUNT(io_read_bytes, ioac.read_bytes, ioac.read_bytes);
	COUNT(io_write_bytes, ioac.write_bytes, ioac.write_bytes);
	COUNT(io_cancelled_write_bytes, ioac.cancelled_write_bytes,
	      ioac.cancelled_write_bytes);
#else
	record->io_read_bytes = 0;
	record->io_write_bytes = 0;
	record->io_cancelled_write_bytes = 0;
#endif
}

static noinline void count_more_threads(struct taskmeter_record *record,
					const struct signal_struct *signal,
					struct task_struct *thread)
{
	list_for_each_entry_continue_rcu(thread, &signal->thread_head, thread_node)
		count(record, NULL, thread, COUNT_LIVING | COUNT_MORE);
}

/* A process that is all gone but for its entry in the pid table. */
static noinline void count_exited(struct taskmeter_record *record,
				  const struct signal_struct *signal)
{
	count(record, signal, NULL, COUNT_EXITED);
}

/* Nearly all processes have one thread: its part is not added in a second step. */
static __always_inline void count_process(struct taskmeter_record *record,
					  struct signal_struct *signal)
{
	struct task_struct *thread;

	thread = list_first_or_null_rcu(&signal->thread_head, struct task_struct,
					thread_node);
	if (unlikely(!thread)) {
		count_exited(record, signal);
		return;
	}
	count(record, signal, thread, COUNT_EXITED | COUNT_LIVING);
	if (!list_is_last(&thread->thread_node, &signal->thread_head))
		count_more_threads(record, signal, thread);
}

/* Sums over all threads, living and gone, at one moment of stats_lock. */
static __always_inline void fill_sums(struct taskmeter_record *record,
				      struct signal_struct *signal)
{
	unsigned long flags;
	int seq = 0;

retry:
	flags = read_seqbegin_or_lock_irqsave(&signal->stats_lock, &seq);
	count_process(record, signal);
	if (need_seqretry(&signal->stats_lock, seq)) {
		seq = 1;
		goto retry;
	}
	done_seqretry_irqrestore(&signal->stats_lock, seq, flags);
}

/*
 * Ticks tell the ratio of user and system time, the scheduler their sum: scale
 * them, as cputime_adjust() does for /proc.
 */
static __always_inline void scale_cpu_time(struct taskmeter_record *record)
{
	u64 user = record->user_ns, system = record->system_ns;

	if (!system)
		record->user_ns = record->run_ns;
	else if (!user)
		record->system_ns = record->run_ns;
	else
		record->system_ns = mul_u64_u64_div_u64(system, record->run_ns,
							user + system);
	record->user_ns = record->run_ns - record->system_ns;
}

static u64 pages_to_bytes(unsigned long pages)
{
	return (u64)pages << PAGE_SHIFT;
}

static __always_inline u64 rss_bytes(struct mm_struct *mm, int kind, bool exact)
{
	return pages_to_bytes(exact ? compat_mm_counter_sum(mm, kind) :
				      get_mm_counter(mm, kind));
}

static __always_inline void fill_rss(struct taskmeter_record *record,
				     struct mm_struct *mm, bool exact)
{
	record->rss_anon_bytes = rss_bytes(mm, MM_ANONPAGES, exact);
	record->rss_file_bytes = rss_bytes(mm, MM_FILEPAGES, exact);
	record->rss_shmem_bytes = rss_bytes(mm, MM_SHMEMPAGES, exact);
	record->swap_bytes = rss_bytes(mm, MM_SWAPENTS, exact);
	/* The kernel notes a peak only when the set is about to shrink. */
	record->rss_peak_bytes = max(pages_to_bytes(mm->hiwater_rss),
				     record->rss_anon_bytes + record->rss_file_bytes +
				     record->rss_shmem_bytes);
}

static __always_inline void fill_vm(struct taskmeter_record *record,
				    struct mm_struct *mm)
{
	u64 exec = pages_to_bytes(mm->exec_vm);
	u64 text = PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK);

	record->vm_bytes = pages_to_bytes(mm->total_vm);
	record->vm_peak_bytes = pages_to_bytes(max(mm->hiwater_vm, mm->total_vm));
	record->vm_data_bytes = pages_to_bytes(mm->data_vm);
	record->vm_stack_bytes = pages_to_bytes(mm->stack_vm);
	record->vm_exe_bytes = min(text, exec);
	record->vm_lib_bytes = exec - record->vm_exe_bytes;
	record->vm_locked_bytes = pages_to_bytes(mm->locked_vm);
	record->vm_pinned_bytes = pages_to_bytes(atomic64_read(&mm->pinned_vm));
	record->page_table_bytes = mm_pgtables_bytes(mm);
}

static __always_inline bool fill_memory_of(struct taskmeter_record *record,
					   struct task_struct *thread, bool exact)
{
	struct mm_struct *mm;

	task_lock(thread);
	mm = thread->mm;
	if (mm) {
		fill_rss(record, mm, exact);
		fill_vm(record, mm);
	}
	task_unlock(thread);
	return mm;
}

/* A main thread may have exited before the others: they have the memory still. */
static noinline bool fill_memory_of_others(struct taskmeter_record *record,
					   struct task_struct *task, bool exact)
{
	struct task_struct *thread;

	for_each_thread(task, thread)
		if (fill_memory_of(record, thread, exact))
			return true;
	return false;
}

static void no_memory(struct taskmeter_record *record)
{
	const size_t start = offsetof(struct taskmeter_record, rss_anon_bytes);

	memset((void *)record + start, 0,
	       offsetofend(struct taskmeter_record, page_table_bytes) - start);
}

static __always_inline u64 fill_memory(struct taskmeter_record *record,
				       const struct record_source *source)
{
	struct task_struct *task = source->task;
	bool exact = source->exact_rss;

	/* A kernel thread may have borrowed somebody's memory. */
	if (task->flags & PF_KTHREAD) {
		no_memory(record);
		return 0;
	}
	if (likely(fill_memory_of(record, task, exact)) ||
	    fill_memory_of_others(record, task, exact))
		return TASKMETER_AVAILABLE_MEMORY | TASKMETER_AVAILABLE_RSS_PEAK;
	no_memory(record);
	record->rss_peak_bytes = pages_to_bytes(task->signal->maxrss);
	return TASKMETER_AVAILABLE_RSS_PEAK;
}

static __always_inline void fill_common(struct taskmeter_record *record,
					const struct record_source *source, u32 flags)
{
	const u64 available = record_available() & ~(TASKMETER_AVAILABLE_MEMORY |
						     TASKMETER_AVAILABLE_RSS_PEAK);

	if (source->task->flags & PF_KTHREAD)
		flags |= TASKMETER_RECORD_KERNEL;
	record->size = source->size;
	record->flags = flags;
	fill_identity(record, source);
	record->available = available | fill_memory(record, source);
}

static u32 process_flags(const struct signal_struct *signal)
{
	u32 flags = 0;

	if (signal->sum_sched_runtime)
		flags |= TASKMETER_RECORD_LIVING_ONLY;
	if (!atomic_read(&signal->live) || (signal->flags & SIGNAL_GROUP_EXIT))
		flags |= TASKMETER_RECORD_EXITING;
	return flags;
}

/**
 * record_fill_process() - fill a record with a process, all its threads
 * @record: every member is written, the stalls if they are asked for
 * @source: its task is the thread group leader
 *
 * Context: RCU read-side section; may take task_lock().
 */
void record_fill_process(struct taskmeter_record *record,
			 const struct record_source *source)
{
	struct signal_struct *signal = source->task->signal;

	fill_sums(record, signal);
	fill_common(record, source, process_flags(signal));
	record->tgid = source->number;
	record_meter_process(record, source);
	if (unlikely(source->stalls))
		record_stalls_process(record, source);
	scale_cpu_time(record);
}

static void fill_exit_identity(struct taskmeter_record *record, const struct process *process)
{
	const struct identity *identity = &process->identity;

	record->pid = pid_nr(process->pid);
	record->tgid = record->pid;
	record->ppid = pid_nr(process->parent);
	record->pid_namespace = ns_of_pid(process->pid)->ns.inum;
	record->uid = __kuid_val(identity->uid);
	record->gid = __kgid_val(identity->gid);
	record->euid = __kuid_val(identity->euid);
	record->egid = __kgid_val(identity->egid);
	record->start_time_ns = identity->start_time_ns;
	record->cgroup_id = identity->cgroup_id;
	memcpy(record->comm, identity->comm, sizeof(record->comm));
	record->threads = process->folds;
}

/**
 * record_fill_exit() - fill a record with a process that has ended
 * @record: zeros; ids are filled in as in the initial namespaces
 * @process: its state; it has a pid, and its identity is known
 * @signal: its last thread's
 * @view: what the meter tells
 *
 * Context: nobody else has any of these.
 */
void record_fill_exit(struct taskmeter_record *record, const struct process *process,
		      const struct signal_struct *signal, const struct meter_view *view)
{
	const bool kernel = process->identity.kernel;

	record->size = sizeof(*record);
	record->flags = kernel ? TASKMETER_RECORD_KERNEL : 0;
	record->available = record_available() & ~TASKMETER_AVAILABLE_MEMORY;
	fill_exit_identity(record, process);
	record->oom_score_adj = signal->oom_score_adj;
	if (kernel)
		record->available &= ~TASKMETER_AVAILABLE_RSS_PEAK;
	else
		record->rss_peak_bytes = pages_to_bytes(signal->maxrss);
	count(record, signal, NULL, COUNT_EXITED);
	record_meter_exit(record, process, view);
	record_stalls_exit(record, process, view);
	scale_cpu_time(record);
}

/**
 * record_fill_thread() - fill a record with one thread
 * @record: every member is written, the stalls if they are asked for
 * @source: its task is the thread
 *
 * Context: RCU read-side section; may take task_lock().
 */
void record_fill_thread(struct taskmeter_record *record,
			const struct record_source *source)
{
	struct task_struct *thread = source->task;
	u32 flags = TASKMETER_RECORD_THREAD;

	if (thread->flags & PF_EXITING)
		flags |= TASKMETER_RECORD_EXITING;
	count(record, NULL, thread, COUNT_LIVING);
	fill_common(record, source, flags);
	/* 0 in another namespace than the initial one if it is being released. */
	record->tgid = source->observer->pid_ns == &init_pid_ns ? thread->tgid :
		       task_tgid_nr_ns(thread, source->observer->pid_ns);
	record_meter_thread(record, source);
	if (unlikely(source->stalls))
		record_stalls_thread(record, source);
	scale_cpu_time(record);
}
