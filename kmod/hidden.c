// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that rule (b) of the ABI header must not show, because at some time
 * of their life they were not an ordinary process of their owner.
 *
 * A process that held another identity, more capabilities or was not dumpable
 * may look ordinary again, but its counters still tell of that time. The kernel
 * does not remember, so this file does, when the module is loaded with
 * unprivileged=1: one bit for each possible process id of the initial pid
 * namespace. There is nothing to allocate, lock or free when a bit is set:
 *
 *  - at load, all bits are set: nothing is known of older processes;
 *  - a fork clears the child's bit, or sets it if the child is not dumpable;
 *  - commit_creds() that changes an id, the capabilities or the user namespace,
 *    as exec of a set-uid program does, sets it;
 *  - any step to "not dumpable" sets it, for all processes that share it.
 *
 * Between a child's appearing in the pid table and the fork event its bit is that
 * of the number's former owner; it has not run yet then, and what it is now is
 * checked beside the bit. The same holds for a child whose fork event is missed.
 *
 * The probes run in the context of the process that they are about, with
 * preemption off for kprobes; they take no lock. One of them may walk all
 * threads: when a process that shares its memory with another one, not only with
 * its own threads, becomes not dumpable.
 *
 * Who may write kernel.ftrace_enabled or debugfs can switch the kprobes off:
 * that is seen when the module is loaded, not later.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "hidden.h"

#include <linux/bitmap.h>
#include <linux/cred.h>
#include <linux/kprobes.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/threads.h>
#include <linux/tracepoint.h>
#include <linux/vmalloc.h>

#include "access.h"
#include "compat/compat.h"
#include "tracepoints.h"

static unsigned long *hidden;
static bool probe_works;	/* set by each commit_creds() */
static struct tracepoint *fork_tracepoint;

bool hidden_task(const struct task_struct *task)
{
	return test_bit(task->tgid, hidden);
}

static void hide(const struct task_struct *task)
{
	/* Most are hidden already: do not dirty the line again. */
	if (!test_bit(task->tgid, hidden))
		set_bit(task->tgid, hidden);
	smp_mb__after_atomic(); /* the mark is seen before what follows it */
}

/* Dumpability goes with the memory: hide all that share that of current. */
static void hide_sharers(void)
{
	struct task_struct *process, *thread;

	hide(current);
	/* Threads are counted as not living before they give up the memory. */
	if (!current->mm ||
	    atomic_read(&current->mm->mm_users) <= atomic_read(&current->signal->live))
		return;
	rcu_read_lock();
	for_each_process_thread(process, thread)
		if (thread->mm == current->mm)
			hide(thread);
	rcu_read_unlock();
}

static bool same_identity(const struct cred *a, const struct cred *b)
{
	return uid_eq(a->uid, b->uid) && uid_eq(a->euid, b->euid) &&
	       uid_eq(a->suid, b->suid) && uid_eq(a->fsuid, b->fsuid) &&
	       gid_eq(a->gid, b->gid) && gid_eq(a->egid, b->egid) &&
	       gid_eq(a->sgid, b->sgid) && gid_eq(a->fsgid, b->fsgid) &&
	       a->user_ns == b->user_ns &&
	       cap_issubset(a->cap_permitted, b->cap_permitted) &&
	       cap_issubset(b->cap_permitted, a->cap_permitted);
}

static int commit_creds_probe(struct kprobe *kprobe, struct pt_regs *regs)
{
	const struct cred *new = (void *)regs_get_kernel_argument(regs, 0);

	WRITE_ONCE(probe_works, true);
	if (!same_identity(current_real_cred(), new))
		hide(current);
	return 0;
}

static int set_dumpable_probe(struct kprobe *kprobe, struct pt_regs *regs)
{
	unsigned int value = regs_get_kernel_argument(regs, COMPAT_SET_DUMPABLE_ARG);

	if (!compat_dumpable_value(value))
		hide_sharers();
	return 0;
}

static void fork_probe(void *data, struct task_struct *parent,
		       struct task_struct *child)
{
	if (child->pid != child->tgid)
		return;
	clear_bit(child->tgid, hidden);
	smp_mb__after_atomic(); /* who makes it not dumpable now, sets it after this */
	rcu_read_lock();
	if (!compat_child_dumpable(child))
		hide(child);
	rcu_read_unlock();
}

static struct kprobe commit_creds_kprobe = {
	.symbol_name = "commit_creds",
	.pre_handler = commit_creds_probe,
};

static struct kprobe set_dumpable_kprobe = {
	.symbol_name = COMPAT_SET_DUMPABLE,
	.pre_handler = set_dumpable_probe,
};

static struct kprobe *kprobes[] = { &commit_creds_kprobe, &set_dumpable_kprobe };

/* A kprobe is registered, but never hit, where kprobes or ftrace are off. */
static int probes_test(void)
{
	struct cred *same = prepare_creds();

	if (!same)
		return -ENOMEM;
	WRITE_ONCE(probe_works, false);
	commit_creds(same);
	return READ_ONCE(probe_works) ? 0 : -EOPNOTSUPP;
}

/* Changes are watched before the first bit is cleared by a fork. */
static int probes_register(void)
{
	int ret;

	fork_tracepoint = tracepoint_by_name("sched_process_fork");
	if (!fork_tracepoint)
		return -ENOENT;
	ret = register_kprobes(kprobes, ARRAY_SIZE(kprobes));
	if (ret)
		return ret;
	ret = probes_test();
	if (!ret)
		ret = tracepoint_probe_register(fork_tracepoint, fork_probe, NULL);
	if (ret)
		unregister_kprobes(kprobes, ARRAY_SIZE(kprobes));
	return ret;
}

static void probes_unregister(void)
{
	tracepoint_probe_unregister(fork_tracepoint, fork_probe, NULL);
	tracepoint_synchronize_unregister();
	unregister_kprobes(kprobes, ARRAY_SIZE(kprobes));
}

/**
 * hidden_init() - begin to watch, if unprivileged=1
 *
 * Return: 0 or a negative errno.
 */
int hidden_init(void)
{
	int ret;

	if (!unprivileged)
		return 0;
	hidden = vmalloc(BITS_TO_LONGS(PID_MAX_LIMIT) * sizeof(long));
	if (!hidden)
		return -ENOMEM;
	bitmap_fill(hidden, PID_MAX_LIMIT);
	ret = probes_register();
	if (ret) {
		pr_err("unprivileged=1 needs kprobes on commit_creds and %s and the tracepoint sched_process_fork, which this kernel refuses (error %d): see kernel.ftrace_enabled and /sys/kernel/debug/kprobes/enabled, or load without it\n",
		       COMPAT_SET_DUMPABLE, ret);
		vfree(hidden);
	}
	return ret;
}

void hidden_exit(void)
{
	if (!unprivileged)
		return;
	probes_unregister();
	vfree(hidden);
}
