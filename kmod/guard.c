// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guard holds references that may be the last ones, and is dropped where they must
 * not be given back: with a raw lock, in a probe. A worker does it.
 *
 * References keep a namespace, and its user has so many of them only. So there is a
 * guard for processes in a pid namespace that still lives, and who keeps one drops it
 * when that is over.
 */
#include "guard.h"

#include <linux/pid_namespace.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>

#include "access.h"
#include "compat/compat.h"
#include "image.h"
#include "reserve.h"
#include "task.h"

static struct kmem_cache *cache;
static struct reserve reserve;

static LLIST_HEAD(dropped);

void guard_release(struct guard *copy)
{
	put_pid(copy->parent);
	put_pid(copy->pid);
	if (copy->image_ns)
		put_user_ns(copy->image_ns);
	if (copy->user_ns)
		put_user_ns(copy->user_ns);
}

static void drop_work(struct work_struct *work)
{
	struct llist_node *all = llist_del_all(&dropped);
	struct guard *guard, *next;

	llist_for_each_entry_safe(guard, next, all, node) {
		guard_release(guard);
		kmem_cache_free(cache, guard);
	}
}

static DECLARE_WORK(drop, drop_work);

/**
 * guard_drop() - give a guard back
 * @guard: may be NULL
 *
 * Context: any but NMI, with raw locks too, but not that of a run queue.
 */
void guard_drop(struct guard *guard)
{
	if (guard && llist_add(&guard->node, &dropped))
		schedule_work(&drop);
}

/* Whether the first process of a pid's namespace has ended: nobody will be in it again. */
static bool namespace_over(struct pid *pid)
{
	return !(READ_ONCE(ns_of_pid(pid)->pid_allocated) & PIDNS_ADDING);
}

/* Whether nobody is left whom a guard would let see its process by its namespaces. */
bool guard_obsolete(const struct guard *guard)
{
	return namespace_over(guard->pid);
}

/**
 * guard_make() - note the namespaces of a process
 * @pid: its process id
 * @parent: that of its parent, or NULL
 * @user_ns: of its credentials
 * @image: what it executed, or NULL
 *
 * Context: any that may take from a reserve.
 *
 * Return: the guard; NULL if it is in the initial pid namespace only, if its own is over,
 * or if memory is missing: then who needs one to see it does not.
 */
struct guard *guard_make(struct pid *pid, struct pid *parent, struct user_namespace *user_ns,
			 const struct image *image)
{
	struct guard *guard;

	if (likely(!pid->level) || namespace_over(pid))
		return NULL;
	guard = reserve_alloc(&reserve);
	if (!guard) {
		task_allocation_failed();
		return NULL;
	}
	guard->pid = get_pid(pid);
	guard->parent = get_pid(parent);
	if (user_ns != &init_user_ns)
		guard->user_ns = get_user_ns(user_ns);
	if (image && image->user_ns)
		guard->image_ns = get_user_ns(image->user_ns);
	return guard;
}

/* With references of its own, for guard_release(). @from: may be NULL */
void guard_copy(struct guard *to, const struct guard *from)
{
	*to = (struct guard) {};
	if (!from)
		return;
	to->pid = get_pid(from->pid);
	to->parent = get_pid(from->parent);
	if (from->user_ns)
		to->user_ns = get_user_ns(from->user_ns);
	if (from->image_ns)
		to->image_ns = get_user_ns(from->image_ns);
}

void guard_view_init(struct guard_view *view, const struct observer *observer)
{
	view->observer = observer;
	view->all = observer_capable(observer, &init_user_ns);
}

/**
 * guard_passes() - whether an observer may see what a process left
 * @view: who looks
 * @guard: of the process, or a copy of it, without a pid if there was none
 *
 * Whether it exists in the observer's pid namespace is another question.
 *
 * Context: process context; asks security modules.
 */
bool guard_passes(const struct guard_view *view, const struct guard *guard)
{
	if (likely(view->all))
		return true;
	if (!guard->user_ns || !guard->image_ns)
		return false;
	return observer_capable(view->observer, guard->user_ns) &&
	       observer_capable(view->observer, guard->image_ns);
}

static u32 number_of(const struct guard_view *view, struct pid *pid, u32 number)
{
	struct pid_namespace *pid_ns = view->observer->pid_ns;

	if (likely(pid_ns == &init_pid_ns))
		return number;
	return pid ? pid_nr_ns(pid, pid_ns) : 0;
}

/* @number: in the initial namespace. Return: in the observer's, 0 if it is not there. */
u32 guard_pid(const struct guard_view *view, const struct guard *guard, u32 number)
{
	return number_of(view, guard->pid, number);
}

/* Likewise, of the parent. */
u32 guard_parent(const struct guard_view *view, const struct guard *guard, u32 number)
{
	return number_of(view, guard->parent, number);
}

/* May sleep. Return: 0 or -ENOMEM; guard_exit() is due in both cases. */
int guard_init(void)
{
	reserve_init(&reserve);
	cache = compat_own_cache("taskmeter_guard", sizeof(struct guard), 0);
	if (!cache)
		return -ENOMEM;
	return reserve_fill(&reserve, cache, 32 + 8 * num_possible_cpus());
}

/* May sleep. Nobody drops one any more. */
void guard_exit(void)
{
	flush_work(&drop);
	reserve_drain(&reserve);
	kmem_cache_destroy(cache);
}
