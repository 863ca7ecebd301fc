// SPDX-License-Identifier: GPL-2.0-or-later
/* See top-groups.h. */
#include "cli/top-groups.h"

#include "common/resident.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST	64

struct top_path {
	uint64_t id;
	char *path;
};

uint64_t top_group_id(const struct taskmeter_record *record, enum top_group_by by)
{
	return by == TOP_BY_USER ? record->uid : record->cgroup_id;
}

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
void top_groups_add(struct sample *sum, const struct sample *sample)
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

static int compare_users(const void *a, const void *b)
{
	const struct sample *left = *(const struct sample *const *)a;
	const struct sample *right = *(const struct sample *const *)b;

	return (left->record.uid > right->record.uid) -
	       (left->record.uid < right->record.uid);
}

static int compare_cgroups(const void *a, const void *b)
{
	const struct sample *left = *(const struct sample *const *)a;
	const struct sample *right = *(const struct sample *const *)b;

	return (left->record.cgroup_id > right->record.cgroup_id) -
	       (left->record.cgroup_id < right->record.cgroup_id);
}

/* The tasks are in the order of their groups. */
static void sum_up(struct top_groups *groups, const struct sample **order, size_t count,
		   enum top_group_by by)
{
	struct top_group *group = NULL;
	uint64_t id;
	size_t i;

	for (i = 0; i < count; i++) {
		id = top_group_id(&order[i]->record, by);
		if (!group || group->id != id) {
			group = &groups->groups[groups->count++];
			memset(group, 0, sizeof(*group));
			group->id = id;
			group->sum.record.uid = order[i]->record.uid;
			group->sum.record.cgroup_id = order[i]->record.cgroup_id;
			group->sum.record.pid = (uint32_t)groups->count;
		}
		group->tasks++;
		top_groups_add(&group->sum, order[i]);
	}
}

/* Every task may be a group of its own. */
int top_groups_make(struct top_groups *groups, const struct sample *samples, size_t count,
		    enum top_group_by by)
{
	const struct sample **order;
	size_t i;

	top_groups_release(groups);
	if (!count)
		return 0;
	order = calloc(count, sizeof(const struct sample *));
	groups->groups = calloc(count, sizeof(*groups->groups));
	if (!order || !groups->groups) {
		free(order);
		top_groups_release(groups);
		return -ENOMEM;
	}
	for (i = 0; i < count; i++)
		order[i] = &samples[i];
	qsort(order, count, sizeof(const struct sample *),
	      by == TOP_BY_USER ? compare_users : compare_cgroups);
	sum_up(groups, order, count, by);
	free(order);
	return 0;
}

void top_groups_release(struct top_groups *groups)
{
	free(groups->groups);
	*groups = (struct top_groups){ .count = 0 };
}

static int compare_paths(const void *a, const void *b)
{
	const struct top_path *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

/* What there is no memory for has no name. */
static bool keep_path(void *context, uint64_t id, const char *path)
{
	struct top_paths *paths = context;
	size_t capacity = paths->capacity ? 2 * paths->capacity : CAPACITY_FIRST;
	struct top_path *grown;

	if (paths->count == paths->capacity) {
		grown = reallocarray(paths->paths, capacity, sizeof(*grown));
		if (!grown)
			return true;
		paths->paths = grown;
		paths->capacity = capacity;
	}
	paths->paths[paths->count].id = id;
	paths->paths[paths->count].path = strdup(path);
	if (!paths->paths[paths->count].path)
		return true;
	paths->count++;
	return false;
}

void top_paths_read(struct top_paths *paths, struct cli *cli, const struct top_groups *groups)
{
	size_t i;

	for (i = 0; i < groups->count; i++)
		if (!top_paths_find(paths, groups->groups[i].id))
			break;
	if (i == groups->count)
		return;
	top_paths_release(paths);
	if (!cli->cgroups(keep_path, paths) && paths->count)
		qsort(paths->paths, paths->count, sizeof(*paths->paths), compare_paths);
}

const char *top_paths_find(const struct top_paths *paths, uint64_t id)
{
	const struct top_path key = { .id = id }, *found = NULL;

	if (paths->count)
		found = bsearch(&key, paths->paths, paths->count, sizeof(key), compare_paths);
	return found ? found->path : NULL;
}

void top_paths_release(struct top_paths *paths)
{
	size_t i;

	for (i = 0; i < paths->count; i++)
		free(paths->paths[i].path);
	free(paths->paths);
	*paths = (struct top_paths){ .count = 0 };
}
