/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaves: the cgroups that processes are in, by id. Each knows the groups that it is part
 * of: its unit, slice, container, its subtree and those above. What its processes do is
 * added up here first, and given on once per tick.
 *
 * A cgroup whose path is not known yet keeps what comes in until it is; a cgroup's id is
 * never given again, and its path does not change. A leaf that nobody refers to any more
 * is kept for LEAF_STAY_NS, in case something comes back.
 */
#ifndef TASKMETERD_CORE_LEAF_H
#define TASKMETERD_CORE_LEAF_H

#include <sys/queue.h>
#include "common/group-kind.h"
#include "core/group-table.h"

#define LEAVES_MAX	4096
#define LEAF_STAY_NS	UINT64_C(60000000000)

/**
 * struct leaf - one cgroup
 * @entry: in the list of all
 * @next: in its bucket
 * @id: its id
 * @references: processes in it
 * @seen_ns: when the last one left, monotonic
 * @resolved: its path is known, and the groups
 * @dirty: something came in
 * @groups: of those kinds that it has: GROUP_UNIT to GROUP_CONTAINER, GROUP_CGROUP, which
 *	has the others above it as its parents; NULL if there is none
 * @partial: of its path, only the first part has a group
 * @flow: what comes in
 */
struct leaf {
	TAILQ_ENTRY(leaf) entry;
	struct leaf *next;
	uint64_t id;
	unsigned int references;
	uint64_t seen_ns;
	bool resolved;
	bool dirty;
	struct group *groups[GROUP_KINDS];
	bool partial;
	struct group_flow flow;
};

TAILQ_HEAD(leaf_list, leaf);

/**
 * struct leaves - all of them
 * @list: likewise
 * @buckets: by id
 * @count: how many
 * @unresolved: how many of them have no path yet
 * @other: those that there is no room for
 */
struct leaves {
	struct leaf_list list;
	struct leaf **buckets;
	size_t count;
	size_t unresolved;
	struct leaf other;
};

/**
 * leaves_init() - without any
 * @leaves: filled in
 * @tables: by &enum group_kind
 *
 * Return: 0 or -ENOMEM.
 */
int leaves_init(struct leaves *leaves, struct group_table *tables);
void leaves_clear(struct leaves *leaves);

/**
 * leaf_find() - a cgroup
 * @leaves: all of them
 * @id: its id
 *
 * Return: the leaf, or NULL.
 */
struct leaf *leaf_find(const struct leaves *leaves, uint64_t id);

/**
 * leaf_get() - a cgroup, made if it is not there
 * @leaves: all of them
 * @id: its id
 *
 * Return: the leaf with a reference more; @leaves->other, which needs none, if there is no
 * room.
 */
struct leaf *leaf_get(struct leaves *leaves, uint64_t id);

/**
 * leaf_put() - give a reference back
 * @leaves: all of them
 * @leaf: may be @leaves->other or NULL
 * @now_ns: monotonic
 */
void leaf_put(struct leaves *leaves, struct leaf *leaf, uint64_t now_ns);

/**
 * leaf_resolve() - find the groups of a cgroup
 * @leaves: all of them
 * @leaf: not resolved
 * @tables: by &enum group_kind
 * @path: its path
 * @now_ns: monotonic
 */
void leaf_resolve(struct leaves *leaves, struct leaf *leaf, struct group_table *tables,
		  const char *path, uint64_t now_ns);

/**
 * leaf_add_past() - add what its processes did some time ago, now known
 * @leaf: the leaf
 * @tables: by &enum group_kind
 * @past: what they did; see group_add_past(). Without a path, it comes in when there is one
 */
void leaf_add_past(struct leaf *leaf, struct group_table *tables,
		   const struct group_flow *past);

/**
 * leaves_begin() - a new sample comes: nothing is in the gauges
 * @leaves: all of them
 */
void leaves_begin(struct leaves *leaves);

/**
 * leaves_settle() - give on what came in, and forget those that are not needed
 * @leaves: all of them
 * @tables: by &enum group_kind
 * @now_ns: monotonic
 */
void leaves_settle(struct leaves *leaves, struct group_table *tables, uint64_t now_ns);

#endif
