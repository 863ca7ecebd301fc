// SPDX-License-Identifier: GPL-2.0-or-later
/* See group-snapshot.h. */
#include "core/group-snapshot.h"

#include <stdlib.h>
#include <string.h>

static bool copy(struct group_snapshot *snapshot, const struct group *group)
{
	struct group *place = &snapshot->groups[snapshot->count];

	*place = *group;
	place->next = place->parent = NULL;
	place->name = strdup(group->name);
	snapshot->count += !!place->name;
	return place->name;
}

struct group_snapshot *group_snapshot_new(const struct groups *groups, enum group_kind kind)
{
	const size_t count = groups_count(groups, kind);
	const struct group *group = NULL;
	struct group_snapshot *snapshot;

	snapshot = calloc(1, sizeof(*snapshot) + count * sizeof(*group));
	if (!snapshot)
		return NULL;
	snapshot->references = 1;
	snapshot->kind = kind;
	snapshot->elapsed_ns = groups_cost(groups)->elapsed_ns;
	while ((group = groups_next(groups, kind, group)))
		if (!copy(snapshot, group))
			return group_snapshot_unref(snapshot);
	return snapshot;
}

struct group_snapshot *group_snapshot_ref(struct group_snapshot *snapshot)
{
	snapshot->references++;
	return snapshot;
}

struct group_snapshot *group_snapshot_unref(struct group_snapshot *snapshot)
{
	size_t i;

	if (snapshot && !--snapshot->references) {
		for (i = 0; i < snapshot->count; i++)
			free(snapshot->groups[i].name);
		free(snapshot);
	}
	return NULL;
}
