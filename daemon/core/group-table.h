/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups of one kind, found by name: a bounded table. What finds no room is in one more
 * group, "other".
 *
 * A group whose name nobody refers to any more keeps its totals until its place is needed,
 * but at least for GROUP_STAY_NS; then they are added to those of "other". So the sum of
 * all groups never goes back. One that comes back after that begins with 0.
 */
#ifndef TASKMETERD_CORE_GROUP_TABLE_H
#define TASKMETERD_CORE_GROUP_TABLE_H

#include <stddef.h>
#include <sys/queue.h>
#include "core/counters.h"
#include "core/cpu-waits.h"
#include "core/pressure.h"

#define GROUP_OTHER	"other"
#define GROUP_STAY_NS	UINT64_C(60000000000)

/* What groups count besides the counters of records; waits as in &struct process_waits. */
enum {
	GROUP_EXITS = COUNTERS,
	GROUP_FAILED,
	GROUP_OOM_KILLS,
	GROUP_WAITS,
	GROUP_COUNTERS = GROUP_WAITS + CPU_WAITS
};

enum group_gauge {
	GROUP_PROCESSES,
	GROUP_THREADS,
	GROUP_RSS_ANON_BYTES,
	GROUP_RSS_FILE_BYTES,
	GROUP_RSS_SHMEM_BYTES,
	GROUP_SWAP_BYTES,
	GROUP_GAUGES
};

/**
 * struct group_flow - what came in since the last tick was closed
 * @growth: of the counters
 * @gauges: of the processes in the latest sample
 * @available: what any of the records had, &enum taskmeter_available
 */
struct group_flow {
	uint64_t growth[GROUP_COUNTERS];
	uint64_t gauges[GROUP_GAUGES];
	uint64_t available;
};

TAILQ_HEAD(group_list, group);

/**
 * struct group - one group
 * @entry: in the list of all
 * @next: in its bucket
 * @parent: group that it is part of, and refers to, or NULL
 * @number: its own, from 1 on; 0 for "other"
 * @name: any bytes
 * @references: processes and others that it is kept for
 * @since_ns: when it got its entry, Unix time
 * @seen_ns: when somebody referred to it last, monotonic
 * @flow: what comes in
 * @counters: totals, up to the last tick
 * @growth: of that, what came in the last tick
 * @gauges: in the last tick
 * @available: what any record has had
 * @pressure: averages
 */
struct group {
	TAILQ_ENTRY(group) entry;
	struct group *next;
	struct group *parent;
	uint64_t number;
	char *name;
	unsigned int references;
	uint64_t since_ns;
	uint64_t seen_ns;
	struct group_flow flow;
	uint64_t counters[GROUP_COUNTERS];
	uint64_t growth[GROUP_COUNTERS];
	uint64_t gauges[GROUP_GAUGES];
	uint64_t available;
	struct pressure pressure;
};

/**
 * struct group_table - the table
 * @groups: all but @other
 * @buckets: by name
 * @mask: of the buckets
 * @count: groups in @groups
 * @max: how many there may be
 * @made: how many there have been
 * @full_until_ns: before, none may go, monotonic; who finds no room asks often
 * @fold: what a group leaves behind goes to @other; else it is its parents' anyway
 * @other: what found no room
 */
struct group_table {
	struct group_list groups;
	struct group **buckets;
	size_t mask;
	size_t count;
	size_t max;
	uint64_t made;
	uint64_t full_until_ns;
	bool fold;
	struct group other;
};

/**
 * group_table_init() - an empty table
 * @table: filled in
 * @max: groups
 * @fold: see &struct group_table
 *
 * Return: 0 or -ENOMEM.
 */
int group_table_init(struct group_table *table, size_t max, bool fold);

/**
 * group_table_clear() - release all
 * @table: zeroed or set up
 */
void group_table_clear(struct group_table *table);

/**
 * group_find() - a group by its name
 * @table: the table
 * @name: its name
 * @length: bytes of it
 *
 * Return: the group, without a reference, or NULL; never @table->other.
 */
struct group *group_find(const struct group_table *table, const char *name, size_t length);

/**
 * group_get() - a group by its name, made if there is none
 * @table: the table
 * @name: its name
 * @length: bytes of it
 * @now_ns: monotonic
 *
 * Return: the group, with a reference more; @table->other, which needs none, if there is no
 * room or no memory, or if it is called so.
 */
struct group *group_get(struct group_table *table, const char *name, size_t length,
			uint64_t now_ns);

/**
 * group_put() - give a reference back
 * @table: of the group
 * @group: may be @table->other or NULL
 * @now_ns: monotonic
 */
void group_put(struct group_table *table, struct group *group, uint64_t now_ns);

/**
 * group_flow_add() - add one flow to another
 * @flow: the sum
 * @part: what is added
 */
void group_flow_add(struct group_flow *flow, const struct group_flow *part);

/**
 * group_add_past() - add what came in some time ago, now known
 * @group: the group
 * @past: its totals grow by it, but not what came in the last tick, nor pressure
 */
void group_add_past(struct group *group, const struct group_flow *past);

/**
 * group_table_begin() - a new sample comes: nothing is in the gauges
 * @table: the table
 */
void group_table_begin(struct group_table *table);

/**
 * group_table_settle() - close a tick: what came in becomes part of the totals
 * @table: the table
 * @tick: its length
 */
void group_table_settle(struct group_table *table, const struct pressure_tick *tick);

#endif
