/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hash table of objects found by a kernel address.
 *
 * Looked up under RCU or with interrupts off, changed under a raw lock of the
 * bucket, which the scheduler's context may take. A task or process is looked up
 * by the address of its structure, not by its number: numbers change hands in
 * exec and are used again while the old owner is still on its way out.
 */
#ifndef TASKMETER_TABLE_H
#define TASKMETER_TABLE_H

#include <linux/hash.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define TABLE_LOCKS	64

/**
 * struct table_entry - first member of what is found
 * @key: address it is found by
 * @next: in the bucket
 */
struct table_entry {
	const void *key;
	struct table_entry __rcu *next;
};

/* Ends every bucket; no key is NULL, so a look at the first entry is safe. */
extern struct table_entry table_end;

/**
 * struct table - the table
 * @buckets: first entries
 * @bits: binary logarithm of the number of buckets
 * @locks: each for the buckets of the same number modulo TABLE_LOCKS
 */
struct table {
	struct table_entry __rcu **buckets;
	unsigned int bits;
	raw_spinlock_t locks[TABLE_LOCKS];
};

static __always_inline unsigned long table_hash(const void *key, unsigned int bits)
{
	/* Objects lie far apart, but not by powers of two: the low half will do. */
	return (u32)(unsigned long)key * GOLDEN_RATIO_32 >> (32 - bits);
}

/* With @bits a constant this is a handful of instructions. */
static __always_inline struct table_entry *
table_first(const struct table *table, const void *key, unsigned int bits)
{
	return rcu_dereference_raw(table->buckets[table_hash(key, bits)]);
}

int table_alloc(struct table *table, unsigned int bits);
void table_free(struct table *table);

raw_spinlock_t *table_lock(struct table *table, const void *key);
struct table_entry *table_find(const struct table *table, const void *key);
void table_insert(struct table *table, struct table_entry *entry);
void table_remove(struct table *table, struct table_entry *entry);

#endif /* TASKMETER_TABLE_H */
