/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The differences between kernels, by the features that probes.mk found. No
 * other file of the module looks at what kernel it is built for.
 */
#ifndef TASKMETER_COMPAT_H
#define TASKMETER_COMPAT_H

#include <linux/mm.h>
#include <linux/percpu_counter.h>
#include <linux/sched.h>
#include <linux/sched/coredump.h>
#include <net/genetlink.h>

#ifdef TASKMETER_HAVE_EXEC_STATE
#include <linux/sched/exec_state.h>
#endif

#ifndef CONFIG_64BIT
#error "taskmeter needs a 64-bit kernel: its readers rely on untorn 64-bit loads"
#endif

/* Attributes of the request that started a dump. */
static inline struct nlattr **compat_dump_attrs(struct netlink_callback *cb)
{
#ifdef TASKMETER_HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* Pages of one RSS kind, exactly. */
static inline unsigned long compat_mm_counter_sum(struct mm_struct *mm, int kind)
{
#ifdef TASKMETER_HAVE_RSS_PERCPU
	return percpu_counter_sum_positive(&mm->rss_stat[kind]);
#else
	/* A third kind of counter must not pass for a plain one. */
	static_assert(__same_type(mm->rss_stat, struct mm_rss_stat));

	return get_mm_counter(mm, kind);
#endif
}

/* Pages by which get_mm_counter() may be off. */
static inline unsigned long compat_mm_counter_error(void)
{
#ifdef TASKMETER_HAVE_RSS_PERCPU
	return (unsigned long)percpu_counter_batch * num_online_cpus();
#else
	return 0;
#endif
}

/*
 * Whether a task is dumpable by its owner; a task without memory of its own
 * counts as dumpable where the kernel keeps this with the memory. Needs RCU.
 * compat_child_dumpable() is for a child that has not run yet: nobody can take
 * its memory away, so it takes no lock and may be used with preemption off.
 */
#ifdef TASKMETER_HAVE_EXEC_STATE

/*
 * Whoever may look into a task that is not dumpable has to have power over this
 * user namespace; NULL if the task is dumpable. Needs RCU and task_lock().
 */
static inline struct user_namespace *compat_undumpable_ns(struct task_struct *task)
{
	struct task_exec_state *state = rcu_dereference(task->exec_state);

	return READ_ONCE(state->dumpable) == TASK_DUMPABLE_OWNER ? NULL : state->user_ns;
}

#define COMPAT_SET_DUMPABLE	"task_exec_state_set_dumpable"
#define COMPAT_SET_DUMPABLE_ARG	0	/* position of the new value */

static inline bool compat_task_dumpable(struct task_struct *task)
{
	return READ_ONCE(rcu_dereference(task->exec_state)->dumpable) == TASK_DUMPABLE_OWNER;
}

static inline bool compat_child_dumpable(struct task_struct *child)
{
	return compat_task_dumpable(child);
}

static inline bool compat_dumpable_value(unsigned long value)
{
	return value == TASK_DUMPABLE_OWNER;
}

#else

static inline struct user_namespace *compat_undumpable_ns(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;

	return !mm || get_dumpable(mm) == SUID_DUMP_USER ? NULL : mm->user_ns;
}

#define COMPAT_SET_DUMPABLE	"set_dumpable"
#define COMPAT_SET_DUMPABLE_ARG	1

static inline bool compat_child_dumpable(struct task_struct *child)
{
	return !child->mm || get_dumpable(child->mm) == SUID_DUMP_USER;
}

static inline bool compat_task_dumpable(struct task_struct *task)
{
	bool dumpable;

	task_lock(task);
	dumpable = compat_child_dumpable(task);
	task_unlock(task);
	return dumpable;
}

static inline bool compat_dumpable_value(unsigned long value)
{
	return value == SUID_DUMP_USER;
}

#endif

#endif /* TASKMETER_COMPAT_H */
