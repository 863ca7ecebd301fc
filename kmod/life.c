// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probes of a life: fork, exec, being killed for want of memory, the end.
 *
 * Fork and exec run in the process that does it, the end in a callback of RCU or
 * wherever the last reference to a task is given up, the kill in who ran out of memory,
 * maybe with the victim's task_lock(). None of them is in the scheduler, none may sleep.
 */
#include "life.h"

#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint.h>
#include <trace/events/oom.h>

#include "compat/compat.h"
#include "ending.h"
#include "events.h"
#include "exitlog.h"
#include "image.h"
#include "sched.h"
#include "stall.h"
#include "task.h"
#include "tracepoints.h"

static notrace void fork_probe(void *data, struct task_struct *parent,
			       struct task_struct *child)
{
	u64 begun = compat_clock();

	thread_fork(child, begun);
	if (events_wanted() && thread_group_leader(child))
		event_forked(child);
	if (static_branch_unlikely(&probes_timed))
		time_probe(begun);
}

static void exec_probe(void *data, struct task_struct *task, pid_t old_pid,
		       struct linux_binprm *binprm)
{
	u64 begun = static_branch_unlikely(&probes_timed) ? compat_clock() : 0;
	struct image *image = image_of_current();

	/* Without memory for it, nothing is known any more: what was before is over. */
	if (!image)
		task_allocation_failed();
	process_executed(task->signal, image_get(image));
	if (events_wanted())
		event_executed(image);
	image_put(image);
	if (begun)
		time_probe(begun);
}

static void process_ended(struct process *process, const struct thread *thread,
			  struct task_struct *task)
{
	u64 number = ending_log(process, thread, task);

	if (!number)
		return;
	exitlog_wake();
	if (events_wanted())
		event_exited();
}

static notrace void free_probe(void *data, struct task_struct *task)
{
	u64 begun = static_branch_unlikely(&probes_timed) ? compat_clock() : 0;

	thread_free(task, process_ended);
	if (begun)
		time_probe(begun);
}

static u64 counter_bytes(struct mm_struct *mm, int kind)
{
	return (u64)get_mm_counter(mm, kind) << PAGE_SHIFT;
}

static void killed(struct task_struct *process, u32 flags, const struct oom_kill *kill)
{
	if (process_oom_killed(process->signal, flags, kill) && events_wanted())
		event_oom(process, flags, kill);
}

/*
 * Processes that share the memory of a victim are killed with it, by the rules of
 * __oom_kill_process(). This takes as long as it takes the kernel to find them.
 */
static void sharers_killed(const struct task_struct *victim, const struct mm_struct *mm,
			   u32 flags, const struct oom_kill *kill)
{
	struct task_struct *process, *thread;

	for_each_process(process) {
		if (same_thread_group(process, (struct task_struct *)victim) ||
		    process->flags & PF_KTHREAD || is_global_init(process))
			continue;
		for_each_thread(process, thread) {
			if (READ_ONCE(thread->mm) != mm)
				continue;
			killed(process, flags | TASKMETER_EXIT_OOM_SHARED, kill);
			break;
		}
	}
}

/* Its memory stays: the victim is locked or is current. Under RCU. */
static void victim_marked(struct task_struct *victim)
{
	u32 flags = TASKMETER_EXIT_OOM | stall_oom_scope();
	struct mm_struct *mm = victim->mm;
	struct oom_kill kill = { .time_ns = ktime_get_boottime_ns() };

	if (mm) {
		kill.anon_bytes = counter_bytes(mm, MM_ANONPAGES);
		kill.file_bytes = counter_bytes(mm, MM_FILEPAGES);
		kill.shmem_bytes = counter_bytes(mm, MM_SHMEMPAGES);
		kill.swap_bytes = counter_bytes(mm, MM_SWAPENTS);
	}
	killed(victim, flags, &kill);
	if (mm && atomic_read(&mm->mm_users) > get_nr_threads(victim))
		sharers_killed(victim, mm, flags, &kill);
}

static COMPAT_MARK_VICTIM_PROBE(victim_probe)
{
	struct task_struct *task;

	rcu_read_lock();
	task = COMPAT_VICTIM;
	if (task)
		victim_marked(task);
	rcu_read_unlock();
}

/* As in stall.c: lets the kernel check what is registered by name. */
static void __maybe_unused check_types(void)
{
	check_trace_callback_type_mark_victim(victim_probe);
}

/**
 * struct probe - a probe
 * @name: of the tracepoint
 * @function: what is called there
 * @optional: the meter does without
 * @tracepoint: found at load
 */
struct probe {
	const char *name;
	void *function;
	bool optional;
	struct tracepoint *tracepoint;
};

/* Registered in this order: who is given up has been tracked. */
static struct probe probes[] = {
	{ "sched_process_fork", fork_probe },
	{ "sched_process_free", free_probe },
	{ "sched_process_exec", exec_probe },
	{ "mark_victim", victim_probe, .optional = true },
};

/**
 * life_find_tracepoints() - find what the probes need
 *
 * Context: may sleep.
 *
 * Return: 0, or -EOPNOTSUPP if this kernel lacks a tracepoint.
 */
int life_find_tracepoints(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		probes[i].tracepoint = tracepoint_by_name(probes[i].name);
		if (!probes[i].tracepoint && !probes[i].optional)
			return -EOPNOTSUPP;
	}
	return 0;
}

static void unregister_first(unsigned int count)
{
	while (count--)
		if (probes[count].tracepoint)
			tracepoint_probe_unregister(probes[count].tracepoint,
						    probes[count].function, NULL);
}

/**
 * life_start() - begin to watch
 *
 * Context: may sleep.
 *
 * Return: 0 or a negative errno; then, as after life_stop(), tracepoints_synchronize()
 * is due.
 */
int life_start(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (!probes[i].tracepoint)
			continue;
		ret = tracepoint_probe_register(probes[i].tracepoint, probes[i].function, NULL);
		if (ret) {
			unregister_first(i);
			return ret;
		}
	}
	return 0;
}

/* May sleep. */
void life_stop(void)
{
	unregister_first(ARRAY_SIZE(probes));
}
