// SPDX-License-Identifier: GPL-2.0-or-later
/* See grouping.h. */
#include "cli/grouping.h"

#include "common/resident.h"

#include <errno.h>
#include <stdlib.h>

/* A task and the group that it is in. */
struct member {
	uint64_t id;
	const char *name;
	const struct sample *sample;
};

static void add_rates(struct rates *sum, const struct rates *rates)
{
	int i;

	sum->available |= rates->available;
	for (i = 0; i < RATE_COUNT; i++)
		sum->ns_per_s[i] += rates->ns_per_s[i];
	sum->has_growth |= rates->has_growth;
	sum->growth_bytes_per_s += rates->growth_bytes_per_s;
	sum->has_switches |= rates->has_switches;
	sum->switches_per_s += rates->switches_per_s;
}

/* Pages that processes share count for each of them. */
void grouping_add(struct sample *sum, const struct sample *sample)
{
	const struct taskmeter_record *record = &sample->record;

	add_rates(&sum->rates, &sample->rates);
	sum->record.available |= record->available;
	sum->record.threads += record->threads;
	if (!resident_known(record) || record->pid != record->tgid)
		return;
	sum->record.rss_anon_bytes += record->rss_anon_bytes;
	sum->record.rss_file_bytes += record->rss_file_bytes;
	sum->record.rss_shmem_bytes += record->rss_shmem_bytes;
	sum->record.swap_bytes += record->swap_bytes;
}

static int compare(const void *a, const void *b)
{
	const struct member *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

static struct task_group *add_group(struct grouping *grouping, enum group_kind kind,
				    const struct member *member)
{
	struct task_group *group = &grouping->groups[grouping->count++];

	*group = (struct task_group){ .kind = kind, .id = member->id, .name = member->name };
	group->sum.group = group;
	group->sum.record.size = sizeof(group->sum.record);
	group->sum.record.uid = member->sample->record.uid;
	group->sum.record.cgroup_id = member->sample->record.cgroup_id;
	group->sum.record.pid = (uint32_t)grouping->count;
	return group;
}

/* The members are in the order of their groups. */
static void sum_up(struct grouping *grouping, enum group_kind kind,
		   const struct member *members, size_t count)
{
	struct task_group *group = NULL;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!group || group->id != members[i].id)
			group = add_group(grouping, kind, &members[i]);
		group->tasks++;
		grouping_add(&group->sum, members[i].sample);
	}
}

/* Every task may be a group of its own. */
int grouping_make(struct grouping *grouping, struct group_names *names,
		  enum group_kind kind, const struct sample *samples, size_t count)
{
	struct member *members;
	size_t found = 0, i;

	grouping_release(grouping);
	if (!count)
		return 0;
	members = calloc(count, sizeof(*members));
	grouping->groups = calloc(count, sizeof(*grouping->groups));
	if (!members || !grouping->groups) {
		free(members);
		grouping_release(grouping);
		return -ENOMEM;
	}
	for (i = 0; i < count; i++) {
		members[found].sample = &samples[i];
		found += group_names_find(names, kind, &samples[i].record, &members[found].id,
					  &members[found].name);
	}
	qsort(members, found, sizeof(*members), compare);
	sum_up(grouping, kind, members, found);
	free(members);
	return 0;
}

void grouping_release(struct grouping *grouping)
{
	free(grouping->groups);
	*grouping = (struct grouping){ .count = 0 };
}
