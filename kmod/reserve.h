/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stock of zeroed objects for those who must not allocate: probes in the
 * scheduler, and on PREEMPT_RT every probe.
 */
#ifndef TASKMETER_RESERVE_H
#define TASKMETER_RESERVE_H

#include <linux/irq_work.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct kmem_cache;

/**
 * struct reserve - the stock
 * @lock: guards the next two; may be taken in any context but NMI
 * @first: singly linked by the objects' first word
 * @count: how many there are
 * @wanted: how many a refill brings it to
 * @cache: where they come from
 * @kick: starts @refill from where no worker may be woken
 * @refill: allocates in process context
 */
struct reserve {
	raw_spinlock_t lock;
	void **first;
	unsigned int count;
	unsigned int wanted;
	struct kmem_cache *cache;
	struct irq_work kick;
	struct work_struct refill;
};

void reserve_init(struct reserve *reserve);
int reserve_fill(struct reserve *reserve, struct kmem_cache *cache, unsigned int wanted);
void reserve_drain(struct reserve *reserve);
void *reserve_take(struct reserve *reserve);
void reserve_put(struct reserve *reserve, void *object);
void *reserve_alloc(struct reserve *reserve);
void reserve_free(struct reserve *reserve, void *object);

#endif /* TASKMETER_RESERVE_H */
