/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The differences between kernels, by the features that probes.mk found. No
 * other file of the module looks at what kernel it is built for.
 */
#ifndef TASKMETER_COMPAT_H
#define TASKMETER_COMPAT_H

#include <linux/cgroup.h>
#include <linux/mm.h>
#include <linux/nsproxy.h>
#include <linux/percpu_counter.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/coredump.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <linux/version.h>

#ifdef TASKMETER_HAVE_EXEC_STATE
#include <linux/sched/exec_state.h>
#endif

#ifndef CONFIG_64BIT
#error "taskmeter needs a 64-bit kernel: its readers rely on untorn 64-bit loads"
#endif

/*
 * A probe of sched_switch: its parameters are prev, next and prev_state. Without the
 * last one the state is taken from prev, where it is still what it was when prev
 * left the CPU.
 */
#ifdef TASKMETER_HAVE_SWITCH_STATE
#define COMPAT_SWITCH_PROBE(name)						\
	notrace void name(void *data, bool preempt, struct task_struct *prev,	\
			  struct task_struct *next, unsigned int prev_state)
#define COMPAT_SWITCH_STATE	prev_state
#else
#define COMPAT_SWITCH_PROBE(name)						\
	notrace void name(void *data, bool preempt, struct task_struct *prev,	\
			  struct task_struct *next)
#define COMPAT_SWITCH_STATE	compat_task_state(prev)
#endif

/*
 * Probes of reclaim, of the machine's memory or a cgroup's, and of compaction. What
 * the tracepoints tell is not looked at.
 */
#ifdef TASKMETER_HAVE_RECLAIM_MEMCG
#define COMPAT_RECLAIM_BEGIN_PROBE(name)					\
	notrace void name(void *data, gfp_t gfp, int order, struct mem_cgroup *memcg)
#define COMPAT_RECLAIM_END_PROBE(name)						\
	notrace void name(void *data, unsigned long reclaimed, struct mem_cgroup *memcg)
#else
#define COMPAT_RECLAIM_BEGIN_PROBE(name)					\
	notrace void name(void *data, int order, gfp_t gfp)
#define COMPAT_RECLAIM_END_PROBE(name)						\
	notrace void name(void *data, unsigned long reclaimed)
#endif

#ifdef TASKMETER_HAVE_COMPACT_CONTROL
struct compact_control;
#define COMPAT_COMPACTION_BEGIN_PROBE(name)					\
	notrace void name(void *data, struct compact_control *control,		\
			  unsigned long start, unsigned long end, bool sync)
#define COMPAT_COMPACTION_END_PROBE(name)					\
	notrace void name(void *data, struct compact_control *control,		\
			  unsigned long start, unsigned long end, bool sync,	\
			  int status)
#else
#define COMPAT_COMPACTION_BEGIN_PROBE(name)					\
	notrace void name(void *data, unsigned long start, unsigned long migrate, \
			  unsigned long free, unsigned long end, bool sync)
#define COMPAT_COMPACTION_END_PROBE(name)					\
	notrace void name(void *data, unsigned long start, unsigned long migrate, \
			  unsigned long free, unsigned long end, bool sync,	\
			  int status)
#endif

/* A probe of mark_victim, and how to find the victim. Under RCU. */
#ifdef TASKMETER_HAVE_MARK_VICTIM_TASK
#define COMPAT_MARK_VICTIM_PROBE(name)						\
	notrace void name(void *data, struct task_struct *victim, uid_t uid)
#define COMPAT_VICTIM	victim
#else
#define COMPAT_MARK_VICTIM_PROBE(name)	notrace void name(void *data, int victim)
#define COMPAT_VICTIM	pid_task(find_pid_ns(victim, &init_pid_ns), PIDTYPE_PID)
#endif

/*
 * What NUMA balancing knows of a thread. Before 2022 a child began with the number of
 * pages that its parent had; nothing in the headers tells, so this goes by version.
 */
#define COMPAT_NUMA_BALANCING \
	(IS_ENABLED(CONFIG_NUMA_BALANCING) && LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0))

static __always_inline u64 compat_numa_pages_migrated(const struct task_struct *task)
{
#ifdef CONFIG_NUMA_BALANCING
	if (COMPAT_NUMA_BALANCING)
		return READ_ONCE(task->numa_pages_migrated);
#endif
	return 0;
}

static __always_inline int compat_numa_preferred_node(const struct task_struct *task)
{
#ifdef CONFIG_NUMA_BALANCING
	return READ_ONCE(task->numa_preferred_nid);
#else
	return NUMA_NO_NODE;
#endif
}

static __always_inline unsigned int compat_task_state(const struct task_struct *task)
{
#ifdef TASKMETER_HAVE_TASK_STATE_UNDERSCORES
	return READ_ONCE(task->__state);
#else
	return READ_ONCE(task->state);
#endif
}

/* Whether a thread is runnable: one that has blocked may stay queued for a while. */
static __always_inline bool compat_task_queued(const struct task_struct *task)
{
#ifdef TASKMETER_HAVE_SCHED_DELAYED
	return READ_ONCE(task->on_rq) && !task->se.sched_delayed;
#else
	return READ_ONCE(task->on_rq);
#endif
}

/*
 * Whether a thread sleeps but is still on a run queue. When it is moved to another CPU
 * like that, the kernel takes it for queued until it runs again.
 */
#ifdef TASKMETER_HAVE_SCHED_DELAYED
#define COMPAT_SCHED_DELAYED	true

static __always_inline bool compat_task_delayed(const struct task_struct *task)
{
	return task->se.sched_delayed;
}
#else
#define COMPAT_SCHED_DELAYED	false

static __always_inline bool compat_task_delayed(const struct task_struct *task)
{
	return false;
}
#endif

static inline bool compat_task_on_cpu(const struct task_struct *task)
{
#ifdef CONFIG_SMP
	return READ_ONCE(task->on_cpu);
#else
	return task == current;
#endif
}

static __always_inline bool compat_task_in_memstall(const struct task_struct *task)
{
#ifdef CONFIG_PSI
	return task->in_memstall;
#else
	return false;
#endif
}

/* Surely not waiting for I/O or memory nor frozen: one test of neighbouring bits. */
static __always_inline bool compat_task_unmarked(const struct task_struct *task)
{
#if defined(CONFIG_PSI) && defined(CONFIG_CGROUPS)
	return !task->in_iowait && !task->in_memstall && !task->frozen;
#else
	return false;
#endif
}

/* A lock that PREEMPT_RT made sleep. */
#ifdef TASK_RTLOCK_WAIT
#define COMPAT_TASK_RTLOCK_WAIT	TASK_RTLOCK_WAIT
#else
#define COMPAT_TASK_RTLOCK_WAIT	0
#endif

/* Frozen, by its cgroup (v2: asleep and marked, v1: a state or flag) or for suspend. */
static __always_inline bool compat_task_frozen(const struct task_struct *task,
					       unsigned int state)
{
#ifdef CONFIG_CGROUPS
	if (task->frozen && state & TASK_INTERRUPTIBLE)
		return true;
#endif
#ifdef TASK_FROZEN
	return state & TASK_FROZEN;
#else
	return task->flags & PF_FROZEN;
#endif
}

/*
 * A cache of its own, which tells in slabinfo what it holds, and when it is destroyed
 * with objects left. Before 6.5, those are not merged that may be copied to user space
 * from, even if it is one byte that nobody copies.
 */
static inline struct kmem_cache *compat_own_cache(const char *name, unsigned int size,
						  unsigned int align)
{
#ifdef SLAB_NO_MERGE
	return kmem_cache_create(name, size, align, SLAB_NO_MERGE, NULL);
#else
	return kmem_cache_create_usercopy(name, size, align, 0, 0, 1, NULL);
#endif
}

/* Likewise, of objects of which a part may be copied from or to user space. */
static inline struct kmem_cache *compat_own_user_cache(const char *name, unsigned int size,
						       unsigned int user_offset,
						       unsigned int user_size)
{
#ifdef SLAB_NO_MERGE
	const slab_flags_t flags = SLAB_NO_MERGE;
#else
	const slab_flags_t flags = 0;
#endif
	return kmem_cache_create_usercopy(name, size, 0, flags, user_offset, user_size, NULL);
}

/* Node of a task's cgroup in the unified hierarchy, or NULL without cgroups. */
static inline struct kernfs_node *compat_cgroup_node(struct task_struct *task)
{
#ifdef CONFIG_CGROUPS
	return task_css_set(task)->dfl_cgrp->kn;
#else
	return NULL;
#endif
}

/* Root of the cgroup namespace of current in the unified hierarchy, or NULL likewise. */
static inline struct kernfs_node *compat_cgroup_root(void)
{
#ifdef CONFIG_CGROUPS
	return current->nsproxy->cgroup_ns->root_cset->dfl_cgrp->kn;
#else
	return NULL;
#endif
}

/* The clock of the run queues, nanoseconds. */
static __always_inline u64 compat_clock(void)
{
	return local_clock();
}

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

/* The same of current, whether it is dumpable or not. Needs RCU. */
static inline struct user_namespace *compat_exec_ns(void)
{
	return rcu_dereference(current->exec_state)->user_ns;
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

static inline struct user_namespace *compat_exec_ns(void)
{
	return current->mm->user_ns;
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
