// SPDX-License-Identifier: GPL-2.0-only
/*
 * What lack of memory makes a thread do.
 *
 * Reclaim and compaction are sections of code between two tracepoints, which a
 * thread passes in process context, on the CPU and off it. What it waits for within
 * them is in its waits as well, so how long it was stalled in all is the time of the
 * outermost section and the waits for memory outside. Those the scheduler's probe
 * tells, as it does the waits of major faults.
 *
 * A thread's stalls have two writers: its own probes here, with preemption off, and
 * the scheduler's probe when the thread is switched in or out. So they never meet.
 * Nothing is allocated: see make_once().
 */
#include "stall.h"

#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/taskmeter.h>
#include <linux/tracepoint.h>

#include "compat/compat.h"

/* After compat.h, which declares what the first one's prototypes name. */
#include <trace/events/compaction.h>
#include <trace/events/vmscan.h>

#include "histogram.h"
#include "sched.h"
#include "task.h"
#include "tracepoints.h"

static notrace void note(struct stall_sum *sum, u64 ns, u64 now)
{
	sum->count++;
	sum->ns += ns;
	longest_note(&sum->max, ns, now);
}

/* A thread's stalls, made when they are needed. Return: NULL if memory is missing. */
static notrace struct stalls *stalls_of(struct thread *thread)
{
	struct extra *extra = thread_extra(thread);

	if (extra)
		return &extra->stalls;
	task_allocation_failed();
	return NULL;
}

/* In a histogram of its process, as other threads may do at once. */
static notrace void count(struct process *process, enum stall_kind kind, u64 ns)
{
	struct process_stalls *stalls = process_stalls(process);
	const unsigned int bucket = histogram_stall_bucket(ns);

	if (!stalls)
		task_allocation_failed();
	else if (kind == STALL_FAULT)
		atomic64_inc(&stalls->fault_wait[bucket]);
	else if (kind == STALL_COMPACTION)
		atomic64_inc(&stalls->compaction[bucket]);
	else
		atomic64_inc(&stalls->reclaim[bucket]);
}

/**
 * stall_waited() - a wait for memory has ended
 * @thread: the thread, whose sequence is odd
 * @task: its task, with iowait as it was when it blocked
 * @ns: how long it was
 * @now: run-queue clock
 *
 * Context: with the run queue's lock of the task, which is switched in.
 */
notrace void stall_waited(struct thread *thread, const struct task_struct *task, u64 ns,
			  u64 now)
{
	struct stalls *stalls = stalls_of(thread);

	/* It is needed when the thread exits, when memory may be shorter still. */
	process_stalls(thread->process);
	/* Reclaim tells of itself how long it takes. */
	if (!stalls || stalls->inside)
		return;
	write_begin(&stalls->seq);
	note(&stalls->sums[task->in_iowait ? STALL_REFAULT : STALL_THROTTLE], ns, now);
	write_end(&stalls->seq);
}

/**
 * stall_undecided() - a thread that got the CPU after a wait for I/O or memory is
 *	switched out: whether it is too early to tell if that was the wait of a fault
 * @thread: the thread, with THREAD_WAS_BLOCKED
 * @task: its task
 * @state: what it is switched out for
 * @now: run-queue clock
 *
 * One that is preempted may still be in its fault. It is queued then, and keeps its
 * mark; a queued thread needs no run delay.
 *
 * Context: with the run queue's lock of the task.
 *
 * Return: true if so; the thread has been switched out.
 */
notrace bool stall_undecided(struct thread *thread, const struct task_struct *task, u8 state,
			     u64 now)
{
	if (state != TASKMETER_STATE_QUEUED ||
	    thread_state(thread) != TASKMETER_STATE_RUNNING ||
	    blocked_in_fault(thread->blocked, task->maj_flt))
		return false;
	write_begin(&thread->seq);
	thread->since = now;
	thread->state = TASKMETER_STATE_QUEUED | THREAD_WAS_BLOCKED;
	write_end(&thread->seq);
	return true;
}

/**
 * stall_settle() - tell whether a thread's last wait, for I/O or memory, was that of a
 *	major fault
 * @thread: the thread, with THREAD_WAS_BLOCKED, which is taken off
 * @task: its task
 *
 * Context: with the run queue's lock of the task, which does not run on.
 */
noinline notrace void stall_settle(struct thread *thread, const struct task_struct *task)
{
	const u64 blocked = thread->blocked;
	struct stalls *stalls = NULL;

	if (blocked_in_fault(blocked, task->maj_flt))
		stalls = stalls_of(thread);
	/* A reader counts the fault either here or there. */
	write_begin(&thread->seq);
	thread->state &= ~THREAD_WAS_BLOCKED;
	if (stalls) {
		write_begin(&stalls->seq);
		note(&stalls->sums[STALL_FAULT], blocked_ns(blocked), thread->since);
		write_end(&stalls->seq);
	}
	write_end(&thread->seq);
	if (stalls)
		count(thread->process, STALL_FAULT, blocked_ns(blocked));
}

static notrace void enter(struct thread *thread, struct stalls *stalls, enum stall_kind section,
			  u64 now)
{
	write_begin(&stalls->seq);
	/* Who sets a limit reclaims too, or who asks to compact: he lacks nothing. */
	if (!stalls->inside) {
		stalls->begun = compat_task_in_memstall(current) ? now : 0;
		stalls->waited_ns = thread->mem_wait_ns;
	}
	stalls->inside |= BIT(section);
	stalls->since[section] = now;
	write_end(&stalls->seq);
}

static notrace u64 leave(struct thread *thread, struct stalls *stalls, enum stall_kind section,
			 u64 now)
{
	/* Clocks of two CPUs may be a little apart. */
	u64 ns = max_t(s64, now - stalls->since[section], 0);
	s64 beyond;

	write_begin(&stalls->seq);
	note(&stalls->sums[section], ns, now);
	stalls->inside &= ~BIT(section);
	if (!stalls->inside && stalls->begun) {
		beyond = now - stalls->begun - (thread->mem_wait_ns - stalls->waited_ns);
		stalls->beyond_ns += max_t(s64, beyond, 0);
		stalls->begun = 0;
	}
	write_end(&stalls->seq);
	return ns;
}

/* The current thread begins to reclaim or compact; the section began at @now. */
static notrace void section_enter(enum stall_kind section, u64 now)
{
	struct stalls *stalls;
	struct thread *thread;

	preempt_disable_notrace();
	thread = thread_find(current);
	stalls = thread ? stalls_of(thread) : NULL;
	if (stalls)
		enter(thread, stalls, section, now);
	preempt_enable_notrace();
}

/* It has ended. One whose beginning was not seen is left out. */
static notrace void section_leave(enum stall_kind section, u64 now)
{
	struct thread *thread;
	struct extra *extra;
	u64 ns;

	preempt_disable_notrace();
	thread = thread_find(current);
	extra = thread ? READ_ONCE(thread->extra) : NULL;
	if (extra && extra->stalls.inside & BIT(section)) {
		ns = leave(thread, &extra->stalls, section, now);
		count(thread->process, section, ns);
	}
	preempt_enable_notrace();
}

/**
 * stall_oom_scope() - whose memory has run out, when the current thread finds that
 *	nothing can be freed any more
 *
 * It has tried to free some before; what it tried last tells.
 *
 * Context: any but NMI.
 *
 * Return: of &enum taskmeter_exit_flags; 0 if it is not known.
 */
u32 stall_oom_scope(void)
{
	const struct stalls *stalls;
	struct thread *thread;
	struct extra *extra;
	u32 scope = 0;

	preempt_disable_notrace();
	thread = thread_find(current);
	extra = thread ? READ_ONCE(thread->extra) : NULL;
	if (extra) {
		stalls = &extra->stalls;
		if (stalls->since[STALL_MEMCG_RECLAIM] > stalls->since[STALL_DIRECT_RECLAIM])
			scope = TASKMETER_EXIT_OOM_CGROUP;
		else if (stalls->since[STALL_DIRECT_RECLAIM])
			scope = TASKMETER_EXIT_OOM_MACHINE;
	}
	preempt_enable_notrace();
	return scope;
}

static __always_inline void section_probe(void (*section)(enum stall_kind section, u64 now),
					  enum stall_kind stall)
{
	u64 begun = compat_clock();

	section(stall, begun);
	if (static_branch_unlikely(&probes_timed))
		time_probe(begun);
}

static COMPAT_RECLAIM_BEGIN_PROBE(direct_reclaim_begin)
{
	section_probe(section_enter, STALL_DIRECT_RECLAIM);
}

static COMPAT_RECLAIM_END_PROBE(direct_reclaim_end)
{
	section_probe(section_leave, STALL_DIRECT_RECLAIM);
}

static COMPAT_RECLAIM_BEGIN_PROBE(memcg_reclaim_begin)
{
	section_probe(section_enter, STALL_MEMCG_RECLAIM);
}

static COMPAT_RECLAIM_END_PROBE(memcg_reclaim_end)
{
	section_probe(section_leave, STALL_MEMCG_RECLAIM);
}

static COMPAT_COMPACTION_BEGIN_PROBE(compaction_begin)
{
	section_probe(section_enter, STALL_COMPACTION);
}

static COMPAT_COMPACTION_END_PROBE(compaction_end)
{
	section_probe(section_leave, STALL_COMPACTION);
}

/*
 * The kernel's own check of a probe's type, for tracepoints that are found by their
 * name: a prototype that compat.h does not know shows when the module is built.
 */
static void __maybe_unused check_types(void)
{
	check_trace_callback_type_mm_vmscan_direct_reclaim_begin(direct_reclaim_begin);
	check_trace_callback_type_mm_vmscan_direct_reclaim_end(direct_reclaim_end);
#ifdef CONFIG_COMPACTION
	check_trace_callback_type_mm_compaction_begin(compaction_begin);
	check_trace_callback_type_mm_compaction_end(compaction_end);
#endif
}

/**
 * struct section - two tracepoints
 * @available: what they tell, &enum taskmeter_available
 * @names: of the tracepoints
 * @functions: what is called there
 * @tracepoints: found at load, NULL if this kernel lacks one of them
 */
struct section {
	u64 available;
	const char *names[2];
	void *functions[2];
	struct tracepoint *tracepoints[2];
};

static struct section sections[STALL_SECTIONS] __ro_after_init = {
	[STALL_DIRECT_RECLAIM] = {
		TASKMETER_AVAILABLE_DIRECT_RECLAIM,
		{ "mm_vmscan_direct_reclaim_begin", "mm_vmscan_direct_reclaim_end" },
		{ direct_reclaim_begin, direct_reclaim_end },
	},
	[STALL_MEMCG_RECLAIM] = {
		TASKMETER_AVAILABLE_MEMCG_RECLAIM,
		{ "mm_vmscan_memcg_reclaim_begin", "mm_vmscan_memcg_reclaim_end" },
		{ memcg_reclaim_begin, memcg_reclaim_end },
	},
	[STALL_COMPACTION] = {
		TASKMETER_AVAILABLE_COMPACTION,
		{ "mm_compaction_begin", "mm_compaction_end" },
		{ compaction_begin, compaction_end },
	},
};

static bool section_found(const struct section *section)
{
	return section->tracepoints[0] && section->tracepoints[1];
}

/* May sleep. What is not found is not available. */
void stall_find_tracepoints(void)
{
	unsigned int i, j;

	for (i = 0; i < STALL_SECTIONS; i++)
		for (j = 0; j < 2; j++)
			sections[i].tracepoints[j] = tracepoint_by_name(sections[i].names[j]);
}

/* What of it this kernel tells, &enum taskmeter_available. */
u64 stall_available(void)
{
	u64 available = 0;
	unsigned int i;

	for (i = 0; i < STALL_SECTIONS; i++)
		if (section_found(&sections[i]))
			available |= sections[i].available;
	return available;
}

static void section_stop(const struct section *section)
{
	tracepoint_probe_unregister(section->tracepoints[0], section->functions[0], NULL);
	tracepoint_probe_unregister(section->tracepoints[1], section->functions[1], NULL);
}

/* The end first: then no section is begun whose end is not seen. */
static int section_start(const struct section *section)
{
	int ret;

	ret = tracepoint_probe_register(section->tracepoints[1], section->functions[1], NULL);
	if (ret)
		return ret;
	ret = tracepoint_probe_register(section->tracepoints[0], section->functions[0], NULL);
	if (ret)
		tracepoint_probe_unregister(section->tracepoints[1], section->functions[1],
					    NULL);
	return ret;
}

/**
 * stall_start() - begin to watch
 *
 * Context: may sleep.
 *
 * Return: 0 or a negative errno; then tracepoints_synchronize() is due.
 */
int stall_start(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < STALL_SECTIONS; i++) {
		ret = section_found(&sections[i]) ? section_start(&sections[i]) : 0;
		if (ret)
			goto err;
	}
	return 0;

err:
	while (i--)
		if (section_found(&sections[i]))
			section_stop(&sections[i]);
	return ret;
}

/* May sleep. tracepoints_synchronize() is due. */
void stall_stop(void)
{
	unsigned int i = STALL_SECTIONS;

	while (i--)
		if (section_found(&sections[i]))
			section_stop(&sections[i]);
}
