/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All groups of a kind as they were when a tick was closed. A snapshot does not change; it is
 * shared by counting references, so that a reply that is being sent keeps the figures
 * that it began with. It is made when the first one asks in a tick.
 */
#ifndef TASKMETERD_CORE_GROUP_SNAPSHOT_H
#define TASKMETERD_CORE_GROUP_SNAPSHOT_H

#include "core/groups.h"

/**
 * struct group_snapshot - the groups
 * @references: owners
 * @kind: of the groups
 * @elapsed_ns: length of the tick, 0 if there is none: rates are not known
 * @count: groups
 * @groups: without what links them to others; in the order in which they came up
 */
struct group_snapshot {
	unsigned int references;
	enum group_kind kind;
	uint64_t elapsed_ns;
	size_t count;
	struct group groups[];
};

/**
 * group_snapshot_new() - as it is now
 * @groups: the groups
 * @kind: which of them
 *
 * Return: the snapshot with one reference, or NULL without memory.
 */
struct group_snapshot *group_snapshot_new(const struct groups *groups, enum group_kind kind);

struct group_snapshot *group_snapshot_ref(struct group_snapshot *snapshot);

/**
 * group_snapshot_unref() - give a reference back
 * @snapshot: may be NULL
 *
 * Return: NULL.
 */
struct group_snapshot *group_snapshot_unref(struct group_snapshot *snapshot);

#endif
