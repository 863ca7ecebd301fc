/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the meter keeps for each thread and process, and how long.
 *
 * A thread's state lives from its fork (or its attach, if it is older than the
 * meter) to sched_process_free, when nobody can hold the task by RCU any more. It
 * is written by the scheduler's probe only, which holds the run queue's lock of the
 * task (its stalls also by itself, see stall.c); readers take no lock: they repeat
 * when @seq has changed.
 *
 * When a thread leaves the CPU for good, its sums are folded into its process. A
 * fold has a number: a reader that has copied the process's sums as of fold F counts
 * the threads that were folded later, or not yet, and so meets each exactly once. A
 * thread that was not folded when a reader's RCU section began has a valid task
 * until the section's end.
 */
#ifndef TASKMETER_TASK_H
#define TASKMETER_TASK_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/taskmeter.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include "reserve.h"
#include "table.h"

struct image;
struct pid;
struct total;
struct user_namespace;

/* Binary logarithms of the numbers of buckets: 512 KiB and 128 KiB. */
#define THREAD_TABLE_BITS	16
#define PROCESS_TABLE_BITS	14

/**
 * struct counts - buckets that outgrow a thread's own, or of the threads of a
 *	process that are gone
 * @cpu_wait: multiples of 2^16, or all
 * @io_wait: multiples of 2^8, or all
 * @mem_wait: likewise
 */
struct counts {
	u64 cpu_wait[TASKMETER_CPU_WAIT_BUCKETS];
	u64 io_wait[TASKMETER_IO_WAIT_BUCKETS];
	u64 mem_wait[TASKMETER_MEM_WAIT_BUCKETS];
};

/* Times of maxima are kept in units of 2^27 ns, other maxima in 2^10 ns. */
#define WHEN_SHIFT	27
#define MAX_SHIFT	10

/**
 * struct longest - longest wait, in little room
 * @ns: in units of 2^MAX_SHIFT ns
 * @when: its end on the run-queue clock, in units of 2^WHEN_SHIFT ns
 */
struct longest {
	u32 ns;
	u32 when;
};

static __always_inline void longest_note(struct longest *longest, u64 ns, u64 now)
{
	u32 units = min_t(u64, ns >> MAX_SHIFT, U32_MAX);

	if (units <= longest->ns)
		return;
	longest->ns = units;
	longest->when = now >> WHEN_SHIFT;
}

static __always_inline void longest_merge(struct longest *to, const struct longest *from)
{
	if (from->ns > to->ns)
		*to = *from;
}

/**
 * enum stall_kind - what lack of memory makes a thread do
 * @STALL_DIRECT_RECLAIM: free memory of the machine
 * @STALL_MEMCG_RECLAIM: free memory of its cgroup
 * @STALL_COMPACTION: move memory about
 * @STALL_SECTIONS: those before are sections of code, those after are waits
 * @STALL_FAULT: wait in a major fault
 * @STALL_REFAULT: wait for memory, with iowait, outside the sections
 * @STALL_THROTTLE: wait for memory, without
 * @STALLS: how many there are
 */
enum stall_kind {
	STALL_DIRECT_RECLAIM,
	STALL_MEMCG_RECLAIM,
	STALL_COMPACTION,
	STALL_SECTIONS,
	STALL_FAULT = STALL_SECTIONS,
	STALL_REFAULT,
	STALL_THROTTLE,
	STALLS
};

/**
 * struct stall_sum - how often, how long, and the longest
 * @count: those that have ended
 * @ns: how long they took
 * @max: the longest
 */
struct stall_sum {
	u64 count;
	u64 ns;
	struct longest max;
};

static __always_inline void stall_sum_add(struct stall_sum *to, const struct stall_sum *from)
{
	to->count += from->count;
	to->ns += from->ns;
	longest_merge(&to->max, &from->max);
}

/**
 * struct stalls - what lack of memory made a thread do; written by itself with
 *	preemption off, and by the scheduler's probe while it is not running
 * @seq: odd while the members are written
 * @inside: bits of the sections that it is in
 * @since: when it came into each of them, run-queue clock
 * @begun: when it came into the outermost, 0 if that is no stall
 * @waited_ns: its @mem_wait_ns then
 * @beyond_ns: time in sections that is not in its @mem_wait_ns
 * @sums: of each &enum stall_kind
 */
struct stalls {
	u32 seq;
	u32 inside;
	u64 since[STALL_SECTIONS];
	u64 begun;
	u64 waited_ns;
	u64 beyond_ns;
	struct stall_sum sums[STALLS];
};

/**
 * struct extra - what only some threads need
 * @counts: what its buckets cannot hold, NULL at first
 * @stalls: what lack of memory made it do
 * @waker_pid: in the initial pid namespace, 0 for an interrupt
 * @waker_comm: empty if there was none yet
 */
struct extra {
	struct counts *counts;
	struct stalls stalls;
	pid_t waker_pid;
	char waker_comm[TASK_COMM_LEN];
};

/**
 * struct process_stalls - what only some processes need
 * @beyond_ns: see &struct stalls, of threads that are gone; so the next two
 * @migrated_pages: pages that NUMA balancing has moved to them
 * @gone: of each &enum stall_kind
 * @reclaim: histogram of all its threads, living and gone; so the next two
 * @compaction: likewise
 * @fault_wait: likewise
 */
struct process_stalls {
	u64 beyond_ns;
	u64 migrated_pages;
	struct stall_sum gone[STALLS];
	atomic64_t reclaim[TASKMETER_STALL_BUCKETS];
	atomic64_t compaction[TASKMETER_STALL_BUCKETS];
	atomic64_t fault_wait[TASKMETER_STALL_BUCKETS];
};

/**
 * enum thread_flags - bits of &struct thread.flags
 * @THREAD_COUNTS_FOLDED: its histograms are in its process's
 * @THREAD_FREED: it is on its way out: its histograms are no more
 * @THREAD_PINNED: it holds a reference to its task
 * @THREAD_MOVED: it was moved to another CPU while its dequeuing was delayed: the kernel
 *	does not tell how long it is queued then
 */
enum thread_flags {
	THREAD_COUNTS_FOLDED	= 1 << 0,
	THREAD_FREED		= 1 << 1,
	THREAD_PINNED		= 1 << 2,
	THREAD_MOVED		= 1 << 3,
};

/**
 * struct thread - state of a thread: one cache line for each switch, the sums and
 *	what identifies it, the histograms
 * @entry: in the table of threads, by its task_struct
 * @seq: odd while the members are written
 * @state: &enum taskmeter_state, with THREAD_WAS_BLOCKED
 * @flags: &enum thread_flags
 * @node: NUMA node it was switched in on last
 * @since: when @state began, run-queue clock
 * @run_delay: its run delay by the kernel at @since, if it has blocked
 * @fold: number of its fold in its process, if it is dead
 * @blocked: with THREAD_WAS_BLOCKED, see blocked_pack()
 * @sleep_ns: see &struct taskmeter_record; so the next ones
 * @cpu_wait_ns: likewise; with the kernel's run delay before it was attached
 * @cpu_wait_max_ns: likewise
 * @process: its process
 * @sibling: in the process's list of threads, removed under RCU
 * @epoch: run-queue time at which it would have started, if it had been tracked
 *	for just as long as its figures add up to
 * @io_wait_ns: likewise
 * @mem_wait_ns: likewise
 * @lock_wait_ns: likewise
 * @stop_ns: likewise
 * @extra: NULL at first
 * @cpu_wait_max_when: end of its longest wait, in units of 2^WHEN_SHIFT ns
 * @numa_migrations: likewise
 * @io_wait_max: longest wait for I/O
 * @mem_wait_max: longest wait for memory
 * @cpu_wait: histogram, the low 16 bits of each bucket
 * @io_wait: histogram, the low 8 bits of each bucket
 * @rcu: for its end, instead of @io_wait
 * @mem_wait: histogram, the low 8 bits of each bucket
 */
struct thread {
	struct table_entry entry;
	u32 seq;
	u8 state;
	u8 flags;
	u16 node;
	u64 since;
	union {
		u64 run_delay;
		u32 fold;
		u64 blocked;
	};
	u64 sleep_ns;
	u64 cpu_wait_ns;
	u64 cpu_wait_max_ns;

	struct process *process;
	struct list_head sibling;
	u64 epoch;
	u64 io_wait_ns;
	u64 mem_wait_ns;
	u64 lock_wait_ns;
	u64 stop_ns;
	struct extra *extra;
	u32 cpu_wait_max_when;
	u32 numa_migrations;
	struct longest io_wait_max;
	struct longest mem_wait_max;

	u16 cpu_wait[TASKMETER_CPU_WAIT_BUCKETS];
	union {
		u8 io_wait[TASKMETER_IO_WAIT_BUCKETS];
		struct rcu_head rcu;
	};
	u8 mem_wait[TASKMETER_MEM_WAIT_BUCKETS];
};

static_assert(sizeof(struct thread) <= 512);

/*
 * A running thread whose last wait was for I/O or memory. If its number of major
 * faults has risen when it leaves the CPU again, that was the wait of a fault: the
 * kernel counts a fault when it is done.
 */
#define THREAD_WAS_BLOCKED	0x80

/* That wait, and the number of major faults when it ended. */
static __always_inline u64 blocked_pack(u64 ns, unsigned long faults)
{
	return min(ns, U64_MAX >> 16) << 16 | (u16)faults;
}

static __always_inline u64 blocked_ns(u64 blocked)
{
	return blocked >> 16;
}

static __always_inline bool blocked_in_fault(u64 blocked, unsigned long faults)
{
	return (u16)blocked != (u16)faults;
}

static __always_inline u8 thread_state(const struct thread *thread)
{
	return READ_ONCE(thread->state) & ~THREAD_WAS_BLOCKED;
}

/**
 * struct sums - what is summed up over threads
 *
 * Members as in &struct taskmeter_record. The kernel sums up @run_ns of threads that
 * are gone too, but as of when they left the pid table, up to their last switch.
 */
struct sums {
	u64 run_ns;
	u64 run_delay_ns;
	u64 timeslices;
	u64 migrations;
	u64 wakeups;
	u64 tracked_ns;
	u64 cpu_wait_ns;
	u64 sleep_ns;
	u64 io_wait_ns;
	u64 mem_wait_ns;
	u64 lock_wait_ns;
	u64 stop_ns;
	u64 numa_migrations;
	u64 cpu_wait_max_ns;
	u32 cpu_wait_max_when;
	struct longest io_wait_max;
	struct longest mem_wait_max;
};

/**
 * struct identity - who a process was, when its main thread was given up
 * @known: the rest is filled in
 * @kernel: a kernel thread
 * @comm: name
 * @uid: real user id; the next three likewise
 * @gid: real group id
 * @euid: effective user id
 * @egid: effective group id
 * @status: for waitpid(2)
 * @start_time_ns: boottime
 * @cgroup_id: id of its cgroup
 * @user_ns: of its credentials, with a reference; NULL if it is the initial one
 * @cgroup: total of its cgroup, NULL if it has none of its own
 */
struct identity {
	bool known;
	bool kernel;
	char comm[TASK_COMM_LEN];
	kuid_t uid;
	kgid_t gid;
	kuid_t euid;
	kgid_t egid;
	int status;
	u64 start_time_ns;
	u64 cgroup_id;
	struct user_namespace *user_ns;
	struct total *cgroup;
};

/**
 * struct oom_kill - what a process held when it was killed for want of memory
 * @time_ns: when that was, boottime
 * @anon_bytes: resident; so the next two
 * @file_bytes: likewise
 * @shmem_bytes: likewise
 * @swap_bytes: swapped out
 */
struct oom_kill {
	u64 time_ns;
	u64 anon_bytes;
	u64 file_bytes;
	u64 shmem_bytes;
	u64 swap_bytes;
};

/**
 * struct process - state of a process
 * @entry: in the table of processes, by its signal_struct; its lock guards what
 *	follows
 * @threads: its threads, those that are dead and not yet freed included
 * @thread_count: how many there are; with the last one the process goes
 * @seq: odd while the members below are written
 * @folds: number of the last fold
 * @partial: a thread has not been tracked all its life
 * @forgetful: threads were gone when its tracking began
 * @counts: histograms of threads that are gone; NULL before it has two threads
 * @stalls: NULL at first
 * @gone: sums of threads that are gone
 * @ended: time of the last fold, run-queue clock
 * @pid: its process id, with a reference; NULL if it had given that up already
 * @parent: that of the process that forked it, or was its parent when its tracking
 *	began; likewise
 * @image: what it executed last, NULL if that was not seen
 * @oom_flags: how it was killed for want of memory, &enum taskmeter_exit_flags
 * @oom: what it held then; NULL if there was no memory to note it
 * @identity: who it was
 * @rcu: for its end
 */
struct process {
	struct table_entry entry;
	struct list_head threads;
	u32 thread_count;
	u32 seq;
	u32 folds;
	bool partial;
	bool forgetful;
	struct counts *counts;
	struct process_stalls *stalls;
	struct sums gone;
	u64 ended;
	struct pid *pid;
	struct pid *parent;
	struct image *image;
	u32 oom_flags;
	struct oom_kill *oom;
	struct identity identity;
	struct rcu_head rcu;
};

extern struct table threads;
extern struct table processes;

/*
 * Written by the only writer of a thread or under the lock of a process; an aligned
 * word is not torn, and a plain increment is one instruction where there is one.
 */
static __always_inline void write_begin(u32 *seq)
{
	++*seq;
	smp_wmb(); /* seq is odd before anything changes */
}

static __always_inline void write_end(u32 *seq)
{
	smp_wmb(); /* everything has changed before seq is even */
	++*seq;
}

static __always_inline u32 read_begin(const u32 *seq)
{
	u32 begun;

	while (unlikely((begun = READ_ONCE(*seq)) & 1))
		cpu_relax();
	smp_rmb(); /* what is read now is as of seq or later */
	return begun;
}

static __always_inline bool read_retry(const u32 *seq, u32 begun)
{
	smp_rmb(); /* what was read is as of seq or earlier */
	return unlikely(READ_ONCE(*seq) != begun);
}

/* Under RCU, preemption or interrupts off. Return: NULL if @task is not tracked. */
static __always_inline struct thread *thread_find(const struct task_struct *task)
{
	return (struct thread *)table_find(&threads, task);
}

static __always_inline struct process *process_find(const struct signal_struct *signal)
{
	return (struct process *)table_find(&processes, signal);
}

struct extra *thread_extra_make(struct thread *thread);
struct counts *thread_counts_make(struct thread *thread);
struct process_stalls *process_stalls_make(struct process *process);

/* What is made when it is needed. Return: NULL if memory is missing. */
static __always_inline struct extra *thread_extra(struct thread *thread)
{
	return READ_ONCE(thread->extra) ?: thread_extra_make(thread);
}

static __always_inline struct process_stalls *process_stalls(struct process *process)
{
	return READ_ONCE(process->stalls) ?: process_stalls_make(process);
}

int task_start(void);
void task_stop(void);

void task_forget_wakers(void);

int thread_attach_all(void);
struct thread *thread_attach_switching(struct task_struct *task, u8 state, u64 since);
void thread_fork(struct task_struct *task, u64 now);
void thread_dead(struct thread *thread, struct task_struct *task, u64 now);
void thread_free(struct task_struct *task,
		 void (*ended)(struct process *process, const struct thread *thread,
			       struct task_struct *task));

void process_executed(const struct signal_struct *signal, struct image *image);
struct image *process_image(const struct signal_struct *signal);
bool process_oom_killed(const struct signal_struct *signal, u32 flags,
			const struct oom_kill *kill);

/**
 * struct task_statistics - how tracking goes
 * @tracked: threads that have a state
 * @untracked: threads that have none
 * @allocation_failures: times that there was no memory, since the load
 */
struct task_statistics {
	u64 tracked;
	u64 untracked;
	u64 allocation_failures;
};

extern atomic_long_t untracked_threads;

/* Nearly always there are none, so that nobody needs to look for them. */
static inline bool task_untracked_any(void)
{
	return unlikely(atomic_long_read(&untracked_threads) > 0);
}

void task_statistics(struct task_statistics *statistics);
void task_allocation_failed(void);

#endif /* TASKMETER_TASK_H */
