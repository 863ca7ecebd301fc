// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scheduler's probes: the state machine of a thread.
 *
 * One probe, on sched_switch, does it all. When a thread leaves the CPU, it notes
 * why. When it comes back, the scheduler's own run delay tells how much of the time
 * since then it was queued; the rest belongs to the reason. So a wake-up costs
 * nothing, and the wait for the CPU agrees with the kernel's.
 *
 * The time of a switch is next's exec_start, which the scheduler has just set from
 * the run queue's clock; the clock is read only where that is not so.
 *
 * sched_switch runs with the run queue's lock held and interrupts off, on all
 * kernels: nothing here may allocate, wake or print. A tracepoint is silent on a CPU that is going
 * offline, so a switch may be missed: the next one mends the state.
 */
#include "sched.h"

#include <linux/interrupt.h>
#include <linux/jump_label.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/tracepoint.h>

#include "blocked.h"
#include "compat/compat.h"
#include "histogram.h"
#include "stall.h"
#include "task.h"
#include "tracepoints.h"

#ifndef CONFIG_SCHED_INFO
#error "taskmeter needs CONFIG_SCHED_INFO: the kernel has to measure run delays"
#endif

static DEFINE_STATIC_KEY_FALSE(several_nodes);
DEFINE_STATIC_KEY_FALSE(probes_timed);

static DEFINE_PER_CPU(struct probe_statistics, cpu_statistics);

bool sched_several_nodes(void)
{
	return static_key_enabled(&several_nodes);
}

void probe_statistics(struct probe_statistics *statistics)
{
	int cpu;

	*statistics = (struct probe_statistics) {};
	for_each_possible_cpu(cpu) {
		const struct probe_statistics *one = per_cpu_ptr(&cpu_statistics, cpu);

		statistics->clock_steps += READ_ONCE(one->clock_steps);
		statistics->gaps += READ_ONCE(one->gaps);
		statistics->probe_calls += READ_ONCE(one->probe_calls);
		statistics->probe_ns += READ_ONCE(one->probe_ns);
	}
}

/* A bucket has wrapped: carry over, or take the value back. */
#define HISTOGRAM_CARRY(thread, kind, bucket)					\
do {										\
	struct counts *counts = thread_counts_make(thread);			\
										\
	if (counts) {								\
		counts->kind[bucket] += 1ULL << 8 * sizeof(*(thread)->kind);	\
	} else {								\
		(thread)->kind[bucket]--;					\
		task_allocation_failed();					\
	}									\
} while (0)

/* The last thing to be written in a switch, so that it need not come back. */
static noinline notrace void carry_cpu_wait(struct thread *thread, unsigned int bucket)
{
	HISTOGRAM_CARRY(thread, cpu_wait, bucket);
	write_end(&thread->seq);
}

static notrace void book_io(struct thread *thread, u64 ns, u64 now)
{
	unsigned int bucket = histogram_io_wait_bucket(ns);

	thread->io_wait_ns += ns;
	longest_note(&thread->io_wait_max, ns, now);
	if (!++thread->io_wait[bucket])
		HISTOGRAM_CARRY(thread, io_wait, bucket);
}

static notrace void book_memory(struct thread *thread, u64 ns, u64 now)
{
	unsigned int bucket = histogram_mem_wait_bucket(ns);

	thread->mem_wait_ns += ns;
	longest_note(&thread->mem_wait_max, ns, now);
	if (!++thread->mem_wait[bucket])
		HISTOGRAM_CARRY(thread, mem_wait, bucket);
}

/*
 * A wait that is rarer than sleep has ended. Return: whether it may have been that of
 * a major fault.
 */
static noinline notrace bool book(struct thread *thread, const struct task_struct *task,
				  u8 state, u64 ns, u64 now)
{
	switch (state) {
	case TASKMETER_STATE_IO:
		book_io(thread, ns, now);
		return true;
	case TASKMETER_STATE_MEMORY:
		book_memory(thread, ns, now);
		stall_waited(thread, task, ns, now);
		return true;
	case TASKMETER_STATE_LOCK:
		thread->lock_wait_ns += ns;
		break;
	case TASKMETER_STATE_STOPPED:
		thread->stop_ns += ns;
		break;
	}
	return false;
}

/* All but the histogram. */
static __always_inline void book_cpu_wait(struct thread *thread, u64 ns, u64 now)
{
	thread->cpu_wait_ns += ns;
	if (unlikely(ns > thread->cpu_wait_max_ns)) {
		thread->cpu_wait_max_ns = ns;
		thread->cpu_wait_max_when = now >> WHEN_SHIFT;
	}
}

/*
 * A switch was missed: nobody knows what the thread did since then, but how long it
 * ran. The rest counts as sleep.
 */
static noinline notrace void mend(struct thread *thread, const struct task_struct *task,
				  u8 state, u64 now)
{
	s64 missing = now - thread->epoch - task->se.sum_exec_runtime -
		      thread->cpu_wait_ns - thread->sleep_ns - thread->io_wait_ns -
		      thread->mem_wait_ns - thread->lock_wait_ns - thread->stop_ns;

	this_cpu_inc(cpu_statistics.gaps);
	WRITE_ONCE(thread->process->partial, true);
	write_begin(&thread->seq);
	thread->state = state;
	thread->since = now;
	thread->run_delay = task->sched_info.run_delay;
	thread->flags &= ~THREAD_MOVED;
	if (missing > 0)
		thread->sleep_ns += missing;
	else
		thread->epoch += missing;
	write_end(&thread->seq);
}

static __always_inline void leave(struct thread *thread, const struct task_struct *prev,
				  u8 state, u64 now)
{
	write_begin(&thread->seq);
	thread->since = now;
	thread->run_delay = prev->sched_info.run_delay;
	thread->state = state;
	write_end(&thread->seq);
}

static __always_inline void switch_out(struct thread *thread, struct task_struct *prev,
				       unsigned int prev_state, u64 now)
{
	u8 state;

	/* A pending signal or preemption keeps it queued, whatever its state says. */
	if (compat_task_queued(prev))
		state = TASKMETER_STATE_QUEUED;
	else
		state = blocked_state(prev, prev_state);
	if (unlikely(thread->state & THREAD_WAS_BLOCKED)) {
		if (stall_undecided(thread, prev, state, now))
			return;
		stall_settle(thread, prev);
	}
	if (unlikely(thread->state != TASKMETER_STATE_RUNNING))
		mend(thread, prev, TASKMETER_STATE_RUNNING, now);
	if (unlikely(state == TASKMETER_STATE_DEAD))
		thread_dead(thread, prev, now);
	else
		leave(thread, prev, state, now);
}

/*
 * The part of a time off the CPU that the thread was queued for: what the kernel has
 * added to its run delay, and the wait that this switch ends and that the kernel
 * books right after this probe. Of a thread that was moved in its sleep that is not known;
 * the mark ends here.
 */
static __always_inline u64 queued_part(struct thread *thread,
				       const struct task_struct *next, u64 off, u64 now)
{
	u64 queued = next->sched_info.run_delay - thread->run_delay;

	/* It slept for most of that, if not for all. */
	if (COMPAT_SCHED_DELAYED && unlikely(thread->flags & THREAD_MOVED)) {
		thread->flags &= ~THREAD_MOVED;
		return 0;
	}
	if (likely(next->sched_info.last_queued))
		queued += now - next->sched_info.last_queued;
	return min(queued, off);
}

static noinline notrace u64 clock_step(void)
{
	this_cpu_inc(cpu_statistics.clock_steps);
	return 0;
}

/* @flags: THREAD_WAS_BLOCKED, if it was that before it was queued */
static __always_inline void arrive(struct thread *thread, struct task_struct *next,
				   u8 state, const u8 flags, u64 off, u64 now)
{
	u8 running = TASKMETER_STATE_RUNNING | flags;
	u64 queued = off;
	unsigned int bucket;

	write_begin(&thread->seq);
	if (state != TASKMETER_STATE_QUEUED) {
		queued = queued_part(thread, next, off, now);
		if (likely(state == TASKMETER_STATE_SLEEPING)) {
			thread->sleep_ns += off - queued;
		} else if (book(thread, next, state, off - queued, now)) {
			thread->blocked = blocked_pack(off - queued, next->maj_flt);
			running |= THREAD_WAS_BLOCKED;
		}
	}
	book_cpu_wait(thread, queued, now);
	if (static_branch_unlikely(&several_nodes) && thread->node != numa_node_id()) {
		thread->node = numa_node_id();
		thread->numa_migrations++;
	}
	thread->state = running;
	thread->since = now;
	bucket = histogram_cpu_wait_bucket(queued);
	if (unlikely(!++thread->cpu_wait[bucket]))
		carry_cpu_wait(thread, bucket);
	else
		write_end(&thread->seq);
}

static __always_inline void switch_in(struct thread *thread, struct task_struct *next,
				      u64 now)
{
	u64 off;

	if (unlikely(thread_state(thread) == TASKMETER_STATE_RUNNING)) {
		if (thread->state & THREAD_WAS_BLOCKED)
			stall_settle(thread, next);
		mend(thread, next, TASKMETER_STATE_SLEEPING, now);
	}
	off = now - thread->since;
	if (unlikely((s64)off < 0))
		off = clock_step();
	arrive(thread, next, thread_state(thread), thread->state & THREAD_WAS_BLOCKED, off, now);
}

/* The thread, or another one, or the end of the bucket: all have a key. */
static __always_inline struct thread *likely_thread(const struct task_struct *task)
{
	return (struct thread *)table_first(&threads, task, THREAD_TABLE_BITS);
}

/*
 * Not the first in its bucket; or an idle thread, which is not tracked; or one without
 * a state: it is attached, unless this is its last switch.
 */
static noinline notrace void switch_out_unlikely(struct task_struct *prev,
						 unsigned int prev_state, u64 now)
{
	struct thread *thread;

	if (!prev->pid)
		return;
	thread = thread_find(prev);
	if (!thread && !(prev_state & TASK_DEAD))
		thread = thread_attach_switching(prev, TASKMETER_STATE_RUNNING, now);
	if (thread)
		switch_out(thread, prev, prev_state, now);
}

static noinline notrace void switch_in_unlikely(struct task_struct *next, u64 now)
{
	u64 queued = next->sched_info.last_queued;
	struct thread *thread;

	if (!next->pid)
		return;
	thread = thread_find(next);
	if (!thread)
		/* The kernel books all of this wait right after this probe. */
		thread = thread_attach_switching(next, TASKMETER_STATE_QUEUED,
						 queued ? min(queued, now) : now);
	if (thread)
		switch_in(thread, next, now);
}

/* An idle thread's exec_start may be old, the other one's is not. */
static __always_inline u64 switch_time(const struct task_struct *prev,
				       const struct task_struct *next, bool local)
{
	return local ? compat_clock() : max(next->se.exec_start, prev->se.exec_start);
}

/* All that is not the usual switch. */
static noinline notrace void switched_unusual(struct task_struct *prev,
					      struct task_struct *next,
					      unsigned int prev_state, u64 now)
{
	struct thread *thread;

	thread = likely_thread(prev);
	if (likely(thread->entry.key == prev))
		switch_out(thread, prev, prev_state, now);
	else
		switch_out_unlikely(prev, prev_state, now);

	thread = likely_thread(next);
	if (likely(thread->entry.key == next))
		switch_in(thread, next, now);
	else
		switch_in_unlikely(next, now);
}

/*
 * The usual switch is from a thread that sleeps or stays queued to one that did. It
 * calls nothing but as its last act, and so saves no register.
 */
static __always_inline void switched(struct task_struct *prev, struct task_struct *next,
				     unsigned int prev_state, bool local)
{
	u64 now = switch_time(prev, next, local);
	struct thread *out = likely_thread(prev), *in = likely_thread(next);
	u8 state = TASKMETER_STATE_QUEUED, was;
	u64 off;

	if (unlikely(out->entry.key != prev || in->entry.key != next ||
		     out->state != TASKMETER_STATE_RUNNING))
		goto unusual;
	was = in->state;
	if (unlikely(was != TASKMETER_STATE_QUEUED && was != TASKMETER_STATE_SLEEPING))
		goto unusual;
	if (!compat_task_queued(prev)) {
		if (unlikely(!blocked_asleep(prev, prev_state)))
			goto unusual;
		state = TASKMETER_STATE_SLEEPING;
	}
	off = now - in->since;
	if (unlikely((s64)off < 0))
		goto unusual;
	leave(out, prev, state, now);
	arrive(in, next, was, 0, off, now);
	return;

unusual:
	switched_unusual(prev, next, prev_state, now);
}

/* The time of a probe, its two clock reads included, is told in INFO. */
notrace void time_probe(u64 begun)
{
	this_cpu_inc(cpu_statistics.probe_calls);
	this_cpu_add(cpu_statistics.probe_ns, compat_clock() - begun);
}

static noinline notrace void switched_timed(struct task_struct *prev,
					    struct task_struct *next,
					    unsigned int prev_state, bool local)
{
	u64 begun = compat_clock();

	switched(prev, next, prev_state, local);
	time_probe(begun);
}

static COMPAT_SWITCH_PROBE(switch_probe)
{
	if (static_branch_unlikely(&probes_timed))
		switched_timed(prev, next, COMPAT_SWITCH_STATE, false);
	else
		switched(prev, next, COMPAT_SWITCH_STATE, false);
}

static COMPAT_SWITCH_PROBE(switch_probe_local)
{
	if (static_branch_unlikely(&probes_timed))
		switched_timed(prev, next, COMPAT_SWITCH_STATE, true);
	else
		switched(prev, next, COMPAT_SWITCH_STATE, true);
}

/*
 * The waker is current here, and only here: later it may be an interrupt. Preemption
 * is off, mostly interrupts too: the thread's state stays.
 */
static __always_inline void waking(const struct task_struct *task)
{
	static const char interrupt[TASK_COMM_LEN] = "interrupt";
	struct thread *thread = likely_thread(task);
	const bool task_woke = in_task();
	struct extra *extra;

	if (unlikely(thread->entry.key != task))
		thread = thread_find(task);
	extra = likely(thread) ? thread_extra(thread) : NULL;
	if (unlikely(!extra))
		return;
	WRITE_ONCE(extra->waker_pid, task_woke ? current->pid : 0);
	memcpy(extra->waker_comm, task_woke ? current->comm : interrupt, TASK_COMM_LEN);
}

static notrace void waking_probe(void *data, struct task_struct *task)
{
	u64 begun = static_branch_unlikely(&probes_timed) ? compat_clock() : 0;

	waking(task);
	if (begun)
		time_probe(begun);
}

/*
 * Where dequeuing may be delayed, a thread that sleeps can be moved to another CPU. The
 * run queue's lock that a switch of the thread would hold is held.
 */
static notrace void migrate_probe(void *data, struct task_struct *task, int cpu)
{
	struct thread *thread;

	if (likely(!compat_task_delayed(task)))
		return;
	thread = thread_find(task);
	if (!thread)
		return;
	write_begin(&thread->seq);
	thread->flags |= THREAD_MOVED;
	write_end(&thread->seq);
}

/**
 * struct probe - a probe of the scheduler
 * @name: of the tracepoint
 * @function: what is called there
 * @tracepoint: found at load
 */
struct probe {
	const char *name;
	void *function;
	struct tracepoint *tracepoint;
};

enum { PROBE_MIGRATE, PROBE_SWITCH, PROBE_WAKING };

static struct probe probes[] = {
	[PROBE_MIGRATE] = { "sched_migrate_task", migrate_probe },
	[PROBE_SWITCH] = { "sched_switch", switch_probe },
	[PROBE_WAKING] = { "sched_waking", waking_probe },
};

/**
 * sched_find_tracepoints() - find what the probes need
 *
 * Context: may sleep.
 *
 * Return: 0, or -EOPNOTSUPP if this kernel lacks a tracepoint.
 */
int sched_find_tracepoints(void)
{
	unsigned int i;

	if (num_possible_nodes() > 1)
		static_branch_enable(&several_nodes);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		probes[i].tracepoint = tracepoint_by_name(probes[i].name);
		if (!probes[i].tracepoint)
			return -EOPNOTSUPP;
	}
	return 0;
}

/* Nobody is moved in his sleep where dequeuing is not delayed. */
static bool probe_needed(const struct probe *probe)
{
	return COMPAT_SCHED_DELAYED || probe != &probes[PROBE_MIGRATE];
}

static int probe_register(const struct probe *probe)
{
	if (!probe_needed(probe))
		return 0;
	return tracepoint_probe_register(probe->tracepoint, probe->function, NULL);
}

static void probe_unregister(const struct probe *probe)
{
	if (probe_needed(probe))
		tracepoint_probe_unregister(probe->tracepoint, probe->function, NULL);
}

/**
 * sched_start() - begin to watch
 * @local_clock: read the clock at each switch
 *
 * Context: may sleep.
 *
 * Return: 0 or a negative errno; then, as after sched_stop(), tracepoints_synchronize()
 * is due.
 */
int sched_start(bool local_clock)
{
	int ret;

	probes[PROBE_SWITCH].function = local_clock ? switch_probe_local : switch_probe;
	ret = probe_register(&probes[PROBE_MIGRATE]);
	if (ret)
		return ret;
	ret = probe_register(&probes[PROBE_SWITCH]);
	if (ret)
		probe_unregister(&probes[PROBE_MIGRATE]);
	return ret;
}

/* May sleep. tracepoints_synchronize() is due. */
void sched_stop(void)
{
	probe_unregister(&probes[PROBE_SWITCH]);
	probe_unregister(&probes[PROBE_MIGRATE]);
}

/* May sleep. Return: 0 or a negative errno. */
int sched_start_waker(void)
{
	return probe_register(&probes[PROBE_WAKING]);
}

/* May sleep. */
void sched_stop_waker(void)
{
	probe_unregister(&probes[PROBE_WAKING]);
	tracepoints_synchronize();
}

/* May sleep. */
void sched_time_probes(bool on)
{
	if (on)
		static_branch_enable(&probes_timed);
	else
		static_branch_disable(&probes_timed);
}

/**
 * sched_exec_start_works() - whether exec_start is on the clock of run delays
 *
 * It is on the run queue's task clock, which lacks the time of interrupts and the
 * time stolen by a hypervisor where the kernel accounts for these; then it lags. Just
 * after a wake-up, exec_start is the time of last_arrival, or later if a tick came in
 * between.
 *
 * Context: sleeps.
 *
 * Return: true if it does.
 */
bool sched_exec_start_works(void)
{
	u64 arrival, start, now;
	unsigned int i;

	if (IS_ENABLED(CONFIG_IRQ_TIME_ACCOUNTING) ||
	    IS_ENABLED(CONFIG_PARAVIRT_TIME_ACCOUNTING) ||
	    IS_ENABLED(CONFIG_SCHED_PROXY_EXEC))
		return false;
	for (i = 0; i < 3; i++) {
		schedule_timeout_uninterruptible(1);
		preempt_disable();
		arrival = current->sched_info.last_arrival;
		start = current->se.exec_start;
		now = compat_clock();
		preempt_enable();
		if (!arrival || start < arrival || start > now)
			return false;
	}
	return true;
}
