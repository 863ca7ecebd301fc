// SPDX-License-Identifier: GPL-2.0-only
#include "table.h"

#include <linux/mm.h>
#include <linux/slab.h>

struct table_entry table_end;

/* May sleep. Return: 0 or -ENOMEM. */
int table_alloc(struct table *table, unsigned int bits)
{
	size_t i;

	table->buckets = kvmalloc_array(1UL << bits, sizeof(*table->buckets), GFP_KERNEL);
	if (!table->buckets)
		return -ENOMEM;
	for (i = 0; i < 1UL << bits; i++)
		RCU_INIT_POINTER(table->buckets[i], &table_end);
	for (i = 0; i < TABLE_LOCKS; i++)
		raw_spin_lock_init(&table->locks[i]);
	table->bits = bits;
	return 0;
}

/* Nobody looks anything up any more. */
void table_free(struct table *table)
{
	kvfree(table->buckets);
	table->buckets = NULL;
}

/* To be taken with interrupts off; inside a run queue's lock, no lock inside it. */
notrace raw_spinlock_t *table_lock(struct table *table, const void *key)
{
	return &table->locks[table_hash(key, table->bits) % TABLE_LOCKS];
}

/* Under the key's lock, RCU or with interrupts off. Return: the entry or NULL. */
notrace struct table_entry *table_find(const struct table *table, const void *key)
{
	struct table_entry *entry;

	for (entry = table_first(table, key, table->bits); entry != &table_end;
	     entry = rcu_dereference_raw(entry->next))
		if (entry->key == key)
			return entry;
	return NULL;
}

/* Under the key's lock. */
notrace void table_insert(struct table *table, struct table_entry *entry)
{
	struct table_entry __rcu **bucket;

	bucket = &table->buckets[table_hash(entry->key, table->bits)];
	RCU_INIT_POINTER(entry->next, rcu_dereference_raw(*bucket));
	rcu_assign_pointer(*bucket, entry);
}

/* Under the key's lock. The entry is in the table; it is freed after RCU. */
void table_remove(struct table *table, struct table_entry *entry)
{
	struct table_entry __rcu **at;

	at = &table->buckets[table_hash(entry->key, table->bits)];
	while (rcu_dereference_raw(*at) != entry)
		at = &rcu_dereference_raw(*at)->next;
	rcu_assign_pointer(*at, rcu_dereference_raw(entry->next));
}
