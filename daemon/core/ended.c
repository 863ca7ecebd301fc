// SPDX-License-Identifier: GPL-2.0-or-later
/* See ended.h. */
#include "core/ended.h"

#include <stddef.h>
#include <stdlib.h>

#define BUCKETS	1024
#define KINDS	2
#define CROWDED	(ENDED_MAX / 4 * 3)
/* From @exits on, a total is nothing but sums. */
#define SUMS	((sizeof(struct taskmeter_total) - offsetof(struct taskmeter_total, exits)) / \
		 sizeof(uint64_t))

/* @number: exit records up to this one were in it in the beginning. */
struct entry {
	struct entry *next;
	uint64_t id;
	uint64_t number;
	struct taskmeter_total sums;
};

struct table {
	struct entry *buckets[BUCKETS];
	struct entry other;
	size_t count;
};

struct ended {
	struct table tables[KINDS];
	uint64_t instance_id;
	uint64_t first;
	uint64_t last;
	bool broken;
};

static uint64_t *sums_of(struct taskmeter_total *total)
{
	return (uint64_t *)((char *)total + offsetof(struct taskmeter_total, exits));
}

static const uint64_t *sums_in(const struct taskmeter_total *total)
{
	return (const uint64_t *)((const char *)total +
				  offsetof(struct taskmeter_total, exits));
}

static void add(struct taskmeter_total *to, const struct taskmeter_total *part)
{
	size_t i;

	for (i = 0; i < SUMS; i++)
		sums_of(to)[i] += sums_in(part)[i];
}

static size_t hash(uint64_t id)
{
	return (id ^ id >> 32) % BUCKETS;
}

static struct entry *find(const struct table *table, uint64_t id)
{
	struct entry *entry = table->buckets[hash(id)];

	while (entry && entry->id != id)
		entry = entry->next;
	return entry;
}

static struct entry *make(struct ended *ended, struct table *table, uint64_t id)
{
	struct entry *entry = table->count < ENDED_MAX ? calloc(1, sizeof(*entry)) : NULL;

	if (!entry) {
		ended->broken = true;
		return NULL;
	}
	entry->id = id;
	entry->next = table->buckets[hash(id)];
	table->buckets[hash(id)] = entry;
	table->count++;
	return entry;
}

static struct entry *get(struct ended *ended, enum taskmeter_total_kind kind, uint64_t id)
{
	struct table *table = &ended->tables[kind];
	struct entry *entry;

	if (id == ENDED_OTHER)
		return &table->other;
	entry = find(table, id);
	return entry ? entry : make(ended, table, id);
}

static uint64_t id_of(const struct taskmeter_total *total)
{
	return total->flags & TASKMETER_TOTAL_OTHER ? ENDED_OTHER : total->id;
}

static void begin_with(struct ended *ended, const struct group_total *told)
{
	struct entry *entry = get(ended, told->kind, id_of(&told->total));

	if (!entry)
		return;
	entry->sums = told->total;
	entry->number = told->total.last_number;
	if (entry->number > ended->last)
		ended->last = entry->number;
}

struct ended *ended_new(const struct group_totals *totals)
{
	struct ended *ended = calloc(1, sizeof(*ended));
	size_t i;

	if (!ended)
		return NULL;
	ended->instance_id = totals->instance_id;
	ended->first = ended->last = totals->number;
	for (i = 0; i < totals->count; i++)
		begin_with(ended, &totals->items[i]);
	return ended->broken ? ended_free(ended) : ended;
}

static void free_table(struct table *table)
{
	struct entry *entry, *next;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		for (entry = table->buckets[i]; entry; entry = next) {
			next = entry->next;
			free(entry);
		}
	}
}

struct ended *ended_free(struct ended *ended)
{
	size_t i;

	for (i = 0; ended && i < KINDS; i++)
		free_table(&ended->tables[i]);
	free(ended);
	return NULL;
}

uint64_t ended_instance(const struct ended *ended)
{
	return ended->instance_id;
}

uint64_t ended_first(const struct ended *ended)
{
	return ended->first;
}

uint64_t ended_last(const struct ended *ended)
{
	return ended->last;
}

bool ended_has(const struct ended *ended, enum taskmeter_total_kind kind, uint64_t id,
	       uint64_t number)
{
	const struct table *table = &ended->tables[kind];
	const struct entry *entry = id == ENDED_OTHER ? &table->other : find(table, id);

	return number <= ended->first || (entry && number <= entry->number);
}

void ended_add(struct ended *ended, enum taskmeter_total_kind kind, uint64_t id,
	       const struct taskmeter_total *part)
{
	struct entry *entry = get(ended, kind, id);

	if (entry)
		add(&entry->sums, part);
}

bool ended_crowded(const struct ended *ended)
{
	return ended->tables[TASKMETER_TOTAL_CGROUP].count > CROWDED ||
	       ended->tables[TASKMETER_TOTAL_UID].count > CROWDED;
}

bool ended_broken(const struct ended *ended)
{
	return ended->broken;
}

/* How much more the first one has, sum by sum. */
static uint64_t excess(const struct entry *more, const struct entry *less, size_t i)
{
	const uint64_t a = more ? sums_in(&more->sums)[i] : 0;
	const uint64_t b = less ? sums_in(&less->sums)[i] : 0;

	return a > b ? a - b : 0;
}

/* What the module gave up becomes others'; of the rest, where it has less than before. */
static void find_owed(const struct table *told, struct table *had, uint64_t owed[static SUMS])
{
	const struct entry *entry, *now;
	size_t i, j;

	for (i = 0; i < BUCKETS; i++) {
		for (entry = had->buckets[i]; entry; entry = entry->next) {
			now = find(told, entry->id);
			if (!now)
				add(&had->other.sums, &entry->sums);
			for (j = 0; now && j < SUMS; j++)
				owed[j] += excess(entry, now, j);
		}
	}
	for (j = 0; j < SUMS; j++)
		owed[j] += excess(&had->other, &told->other, j);
}

static void compare_one(const struct table *told, const struct table *had,
			uint64_t owed[static SUMS], struct taskmeter_total *total)
{
	const uint64_t id = id_of(total);
	const struct entry *now = id == ENDED_OTHER ? &told->other : find(told, id);
	const struct entry *then = id == ENDED_OTHER ? &had->other : find(had, id);
	uint64_t more, less;
	size_t i;

	for (i = 0; i < SUMS; i++) {
		more = excess(now, then, i);
		less = more < owed[i] ? more : owed[i];
		owed[i] -= less;
		sums_of(total)[i] = more - less;
	}
}

void ended_compare(const struct ended *told, struct ended *had, struct group_totals *totals)
{
	uint64_t owed[KINDS][SUMS] = { 0 };
	struct group_total *item;
	size_t i;

	for (i = 0; i < KINDS; i++)
		find_owed(&told->tables[i], &had->tables[i], owed[i]);
	/* The total of others is the last one of its kind, and gives first. */
	for (i = totals->count; i; i--) {
		item = &totals->items[i - 1];
		compare_one(&told->tables[item->kind], &had->tables[item->kind],
			    owed[item->kind], &item->total);
	}
}
