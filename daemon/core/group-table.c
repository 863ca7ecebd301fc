// SPDX-License-Identifier: GPL-2.0-or-later
/* See group-table.h. */
#include "core/group-table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NSEC_PER_SEC	UINT64_C(1000000000)

static uint64_t realtime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

int group_table_init(struct group_table *table, size_t max, bool fold)
{
	size_t size = 16;

	while (size < max)
		size *= 2;
	*table = (struct group_table) { .mask = size - 1, .max = max, .fold = fold };
	TAILQ_INIT(&table->groups);
	table->buckets = calloc(size, sizeof(*table->buckets));
	table->other.name = strdup(GROUP_OTHER);
	table->other.since_ns = realtime_ns();
	if (table->buckets && table->other.name)
		return 0;
	group_table_clear(table);
	return -ENOMEM;
}

void group_table_clear(struct group_table *table)
{
	struct group *group;

	while (table->buckets && (group = TAILQ_FIRST(&table->groups))) {
		TAILQ_REMOVE(&table->groups, group, entry);
		free(group->name);
		free(group);
	}
	free(table->buckets);
	free(table->other.name);
	table->buckets = NULL;
	table->other.name = NULL;
}

static struct group **find_bucket(const struct group_table *table, const char *name,
				  size_t length)
{
	uint32_t hash = 2166136261U;
	size_t i;

	for (i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)name[i]) * 16777619U;
	return &table->buckets[(hash ^ hash >> 15) & table->mask];
}

static void drop(struct group_table *table, struct group *group)
{
	struct group **place = find_bucket(table, group->name, strlen(group->name));
	size_t i;

	while (*place != group)
		place = &(*place)->next;
	*place = group->next;
	TAILQ_REMOVE(&table->groups, group, entry);
	table->count--;
	for (i = 0; table->fold && i < GROUP_COUNTERS; i++)
		table->other.counters[i] += group->counters[i] + group->flow.growth[i];
	table->other.available |= table->fold ? group->available : 0;
	if (group->parent)
		group->parent->references--;
	free(group->name);
	free(group);
}

/* The one that nobody has referred to for longest, if it may go. */
static bool make_room(struct group_table *table, uint64_t now_ns)
{
	struct group *group, *oldest = NULL;

	if (now_ns < table->full_until_ns)
		return false;
	TAILQ_FOREACH(group, &table->groups, entry)
		if (!group->references && (!oldest || group->seen_ns < oldest->seen_ns))
			oldest = group;
	if (!oldest || now_ns - oldest->seen_ns < GROUP_STAY_NS) {
		table->full_until_ns = (oldest ? oldest->seen_ns : now_ns) + GROUP_STAY_NS;
		return false;
	}
	drop(table, oldest);
	return true;
}

static struct group *make(struct group_table *table, const char *name, size_t length,
			  uint64_t now_ns)
{
	struct group *group, **bucket;

	if (table->count >= table->max && !make_room(table, now_ns))
		return NULL;
	group = calloc(1, sizeof(*group));
	if (!group)
		return NULL;
	group->name = strndup(name, length);
	if (!group->name) {
		free(group);
		return NULL;
	}
	group->number = ++table->made;
	group->since_ns = realtime_ns();
	bucket = find_bucket(table, name, length);
	group->next = *bucket;
	*bucket = group;
	TAILQ_INSERT_TAIL(&table->groups, group, entry);
	table->count++;
	return group;
}

struct group *group_find(const struct group_table *table, const char *name, size_t length)
{
	struct group *group = *find_bucket(table, name, length);

	while (group && (strlen(group->name) != length ||
			 memcmp(group->name, name, length) != 0))
		group = group->next;
	return group;
}

struct group *group_get(struct group_table *table, const char *name, size_t length,
			uint64_t now_ns)
{
	struct group *group;

	if (!length || (length == strlen(GROUP_OTHER) && !memcmp(name, GROUP_OTHER, length)))
		return &table->other;
	group = group_find(table, name, length);
	if (!group)
		group = make(table, name, length, now_ns);
	if (!group)
		return &table->other;
	group->references++;
	group->seen_ns = now_ns;
	return group;
}

void group_put(struct group_table *table, struct group *group, uint64_t now_ns)
{
	if (!group || group == &table->other)
		return;
	group->references--;
	group->seen_ns = now_ns;
}

void group_flow_add(struct group_flow *flow, const struct group_flow *part)
{
	size_t i;

	for (i = 0; i < GROUP_COUNTERS; i++)
		flow->growth[i] += part->growth[i];
	for (i = 0; i < GROUP_GAUGES; i++)
		flow->gauges[i] += part->gauges[i];
	flow->available |= part->available;
}

void group_add_past(struct group *group, const struct group_flow *past)
{
	size_t i;

	for (i = 0; i < GROUP_COUNTERS; i++)
		group->counters[i] += past->growth[i];
	group->available |= past->available;
}

static void begin(struct group *group)
{
	memset(group->flow.gauges, 0, sizeof(group->flow.gauges));
}

void group_table_begin(struct group_table *table)
{
	struct group *group;

	TAILQ_FOREACH(group, &table->groups, entry)
		begin(group);
	begin(&table->other);
}

/* Memory stalls are waits for memory at least, where the kernel tells no more. */
static struct pressure_flow pressure_of(const struct group *group)
{
	const uint64_t available = group->flow.gauges[GROUP_PROCESSES] ?
				   group->flow.available : group->available;
	const uint64_t *growth = group->growth;
	struct pressure_flow flow = {
		.running = growth[COUNTER_RUN_NS],
		.stalled = {
			[PRESSURE_CPU] = growth[COUNTER_CPU_WAIT_NS],
			[PRESSURE_IO] = growth[COUNTER_IO_WAIT_NS],
			[PRESSURE_MEMORY] = growth[COUNTER_MEM_STALL_NS],
		},
	};

	if (!counter_available(COUNTER_MEM_STALL_NS, available))
		flow.stalled[PRESSURE_MEMORY] = growth[COUNTER_MEM_WAIT_NS];
	if (counter_available(COUNTER_CPU_WAIT_NS, available))
		flow.known |= 1U << PRESSURE_CPU | 1U << PRESSURE_IO;
	if (counter_available(COUNTER_MEM_STALL_NS, available) ||
	    counter_available(COUNTER_MEM_WAIT_NS, available))
		flow.known |= 1U << PRESSURE_MEMORY;
	return flow;
}

static void settle(struct group *group, const struct pressure_tick *tick)
{
	struct pressure_flow flow;
	size_t i;

	for (i = 0; i < GROUP_COUNTERS; i++)
		group->counters[i] += group->flow.growth[i];
	memcpy(group->growth, group->flow.growth, sizeof(group->growth));
	memcpy(group->gauges, group->flow.gauges, sizeof(group->gauges));
	group->available |= group->flow.available;
	flow = pressure_of(group);
	pressure_add(&group->pressure, tick, &flow);
	memset(group->flow.growth, 0, sizeof(group->flow.growth));
	group->flow.available = 0;
}

void group_table_settle(struct group_table *table, const struct pressure_tick *tick)
{
	struct group *group;

	TAILQ_FOREACH(group, &table->groups, entry)
		settle(group, tick);
	settle(&table->other, tick);
}
