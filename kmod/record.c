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

#include "access.h"
#include "compat/compat.h"

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

static u32 parent_tgid(struct task_struct *task, struct pid_namespace *pid_ns)
{
	const struct task_struct *parent;

	if (unlikely(!pid_alive(task)))
		return 0;
	parent = rcu_dereference(task->real_parent);
	if (pid_ns == &init_pid_ns)
		return parent->tgid;
	return task_tgid_nr_ns((struct task_struct *)parent, pid_ns);
}

static void fill_credentials(struct taskmeter_record *record,
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

static void fill_identity(struct taskmeter_record *record,
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
	strscpy_pad(record->comm, task->comm, sizeof(record->comm));
	record->state = task_state_to_char(task);
	record->policy = task->policy;
	record->nice = task_nice(task);
	record->priority = task->prio - MAX_RT_PRIO;
	record->rt_priority = task->rt_priority;
	record->cpu = task_cpu(task);
	record->threads = task->signal->nr_threads;
	record->oom_score_adj = task->signal->oom_score_adj;
	if (task->flags & PF_KTHREAD)
		record->flags |= TASKMETER_RECORD_KERNEL;
}

static void add_io(struct taskmeter_record *record,
		   const struct task_io_accounting *io)
{
#ifdef CONFIG_TASK_XACCT
	record->io_read_chars_bytes += io->rchar;
	record->io_write_chars_bytes += io->wchar;
	record->io_read_syscalls += io->syscr;
	record->io_write_syscalls += io->syscw;
#endif
#ifdef CONFIG_TASK_IO_ACCOUNTING
	record->io_read_bytes += io->read_bytes;
	record->io_write_bytes += io->write_bytes;
	record->io_cancelled_write_bytes += io->cancelled_write_bytes;
#endif
}

static void add_thread(struct taskmeter_record *record, struct task_struct *thread)
{
	record->run_ns += READ_ONCE(thread->se.sum_exec_runtime);
	record->user_ns += thread->utime;
	record->system_ns += thread->stime;
#ifdef CONFIG_SCHED_INFO
	record->run_delay_ns += READ_ONCE(thread->sched_info.run_delay);
	record->timeslices += thread->sched_info.pcount;
#endif
	record->migrations += thread->se.nr_migrations;
	record->voluntary_switches += thread->nvcsw;
	record->involuntary_switches += thread->nivcsw;
	record->minor_faults += thread->min_flt;
	record->major_faults += thread->maj_flt;
	add_io(record, &thread->ioac);
}

static void set_exited_threads(struct taskmeter_record *record,
			       const struct signal_struct *signal)
{
	record->run_ns = signal->sum_sched_runtime;
	record->user_ns = signal->utime;
	record->system_ns = signal->stime;
	record->run_delay_ns = 0;
	record->timeslices = 0;
	record->migrations = 0;
	record->voluntary_switches = signal->nvcsw;
	record->involuntary_switches = signal->nivcsw;
	record->minor_faults = signal->min_flt;
	record->major_faults = signal->maj_flt;
	record->io_read_chars_bytes = 0;
	record->io_write_chars_bytes = 0;
	record->io_read_syscalls = 0;
	record->io_write_syscalls = 0;
	record->io_read_bytes = 0;
	record->io_write_bytes = 0;
	record->io_cancelled_write_bytes = 0;
	add_io(record, &signal->ioac);
}

/* Sums over all threads, living and gone, at one moment of stats_lock. */
static void fill_sums(struct taskmeter_record *record, struct signal_struct *signal)
{
	struct task_struct *thread;
	unsigned long flags;
	int seq = 0;

retry:
	flags = read_seqbegin_or_lock_irqsave(&signal->stats_lock, &seq);
	set_exited_threads(record, signal);
	__for_each_thread(signal, thread)
		add_thread(record, thread);
	if (need_seqretry(&signal->stats_lock, seq)) {
		seq = 1;
		goto retry;
	}
	done_seqretry_irqrestore(&signal->stats_lock, seq, flags);

	if (signal->sum_sched_runtime)
		record->flags |= TASKMETER_RECORD_LIVING_ONLY;
}

/*
 * Ticks tell the ratio of user and system time, the scheduler their sum: scale
 * them, as cputime_adjust() does for /proc.
 */
static void scale_cpu_time(struct taskmeter_record *record)
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

static u64 rss_bytes(struct mm_struct *mm, int kind, bool exact)
{
	return pages_to_bytes(exact ? compat_mm_counter_sum(mm, kind) :
				      get_mm_counter(mm, kind));
}

static void fill_rss(struct taskmeter_record *record, struct mm_struct *mm, bool exact)
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

static void fill_vm(struct taskmeter_record *record, struct mm_struct *mm)
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

static bool fill_memory_of(struct taskmeter_record *record,
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
static bool fill_memory_of_any(struct taskmeter_record *record,
			       struct task_struct *task, bool exact)
{
	struct task_struct *thread;

	if (likely(fill_memory_of(record, task, exact)))
		return true;
	for_each_thread(task, thread)
		if (fill_memory_of(record, thread, exact))
			return true;
	return false;
}

static void fill_memory(struct taskmeter_record *record,
			const struct record_source *source)
{
	struct task_struct *task = source->task;

	/* A kernel thread may have borrowed somebody's memory. */
	if (task->flags & PF_KTHREAD)
		return;
	record->available |= TASKMETER_AVAILABLE_RSS_PEAK;
	if (fill_memory_of_any(record, task, source->exact_rss))
		record->available |= TASKMETER_AVAILABLE_MEMORY;
	else
		record->rss_peak_bytes = pages_to_bytes(task->signal->maxrss);
}

static void fill_common(struct taskmeter_record *record,
			const struct record_source *source)
{
	record->size = sizeof(*record);
	record->available = record_available() & ~(TASKMETER_AVAILABLE_MEMORY |
						   TASKMETER_AVAILABLE_RSS_PEAK);
	fill_identity(record, source);
	scale_cpu_time(record);
	fill_memory(record, source);
}

/**
 * record_fill_process() - fill a record with a process, all its threads
 * @record: zeroed
 * @source: its task is the thread group leader
 *
 * Context: RCU read-side section; may take task_lock().
 */
void record_fill_process(struct taskmeter_record *record,
			 const struct record_source *source)
{
	struct signal_struct *signal = source->task->signal;

	fill_sums(record, signal);
	fill_common(record, source);
	record->tgid = source->number;
	if (!atomic_read(&signal->live) || (signal->flags & SIGNAL_GROUP_EXIT))
		record->flags |= TASKMETER_RECORD_EXITING;
}

/**
 * record_fill_thread() - fill a record with one thread
 * @record: zeroed
 * @source: its task is the thread
 *
 * Context: RCU read-side section; may take task_lock().
 */
void record_fill_thread(struct taskmeter_record *record,
			const struct record_source *source)
{
	struct task_struct *thread = source->task;

	add_thread(record, thread);
	fill_common(record, source);
	record->tgid = task_tgid_nr_ns(thread, source->observer->pid_ns);
	record->flags |= TASKMETER_RECORD_THREAD;
	if (thread->flags & PF_EXITING)
		record->flags |= TASKMETER_RECORD_EXITING;
}
