// SPDX-License-Identifier: GPL-2.0-only
#include "reserve.h"

#include <linux/slab.h>

/* In any context but NMI; @object is zeroed, or NULL. */
notrace void reserve_put(struct reserve *reserve, void *object)
{
	unsigned long flags;

	if (!object)
		return;
	raw_spin_lock_irqsave(&reserve->lock, flags);
	*(void **)object = reserve->first;
	reserve->first = object;
	WRITE_ONCE(reserve->count, reserve->count + 1);
	raw_spin_unlock_irqrestore(&reserve->lock, flags);
}

static int reserve_refill(struct reserve *reserve)
{
	while (READ_ONCE(reserve->count) < reserve->wanted) {
		void *object = kmem_cache_zalloc(reserve->cache, GFP_KERNEL | __GFP_NOWARN);

		if (!object)
			return -ENOMEM;
		reserve_put(reserve, object);
	}
	return 0;
}

static void reserve_work(struct work_struct *work)
{
	reserve_refill(container_of(work, struct reserve, refill));
}

static notrace void reserve_kick(struct irq_work *work)
{
	queue_work(system_highpri_wq, &container_of(work, struct reserve, kick)->refill);
}

void reserve_init(struct reserve *reserve)
{
	raw_spin_lock_init(&reserve->lock);
	init_irq_work(&reserve->kick, reserve_kick);
	INIT_WORK(&reserve->refill, reserve_work);
}

/* May sleep. Return: 0 or -ENOMEM; reserve_drain() is due in both cases. */
int reserve_fill(struct reserve *reserve, struct kmem_cache *cache, unsigned int wanted)
{
	reserve->cache = cache;
	reserve->wanted = wanted;
	return reserve_refill(reserve);
}

/* Give all back. Nobody takes anything any more. May sleep. */
void reserve_drain(struct reserve *reserve)
{
	void **object;

	irq_work_sync(&reserve->kick);
	cancel_work_sync(&reserve->refill);
	while ((object = reserve->first)) {
		reserve->first = *object;
		kmem_cache_free(reserve->cache, object);
	}
	reserve->count = 0;
}

/* In any context but NMI. Return: a zeroed object or NULL. */
notrace void *reserve_take(struct reserve *reserve)
{
	unsigned long flags;
	void **object;

	raw_spin_lock_irqsave(&reserve->lock, flags);
	object = reserve->first;
	if (object) {
		reserve->first = *object;
		*object = NULL;
		WRITE_ONCE(reserve->count, reserve->count - 1);
	}
	raw_spin_unlock_irqrestore(&reserve->lock, flags);
	if (READ_ONCE(reserve->count) < reserve->wanted / 2)
		irq_work_queue(&reserve->kick);
	return object;
}

/*
 * reserve_take() and reserve_put() for probes that hold no raw lock: the stock is
 * for when there is nothing else. On PREEMPT_RT the allocator sleeps on its locks,
 * and up to 6.12 probes run with preemption off.
 */
void *reserve_alloc(struct reserve *reserve)
{
	void *object = NULL;

	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		object = kmem_cache_zalloc(reserve->cache, GFP_NOWAIT | __GFP_NOWARN);
	return object ?: reserve_take(reserve);
}

void reserve_free(struct reserve *reserve, void *object)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		reserve_put(reserve, object);
	else if (object)
		kmem_cache_free(reserve->cache, object);
}
