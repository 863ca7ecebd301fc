// SPDX-License-Identifier: GPL-2.0-or-later
/* See group-column.h. */
#include "cli/group-column.h"

#include <inttypes.h>
#include <string.h>

/* Behind the name; then come the rates, and what is derived from several fields. */
static const char *const names[] = {
	"threads", "rss_bytes", "rss_anon_bytes", "rss_file_bytes", "rss_shmem_bytes",
	"swap_bytes", "rss_growth_bytes_per_s", "switches_per_s",
};

#define N_NAMES	(sizeof(names) / sizeof(*names))

static const struct column tasks = {
	.name = "tasks",
	.help = "processes in the group",
	.kind = COLUMN_TASKS,
};

/* The number behind the name, where there is one. */
static const char *number_of(enum group_kind kind)
{
	return kind == GROUP_USER ? "uid" : kind == GROUP_CGROUP ? "cgroup_id" : NULL;
}

static struct column find(const char *name)
{
	struct column column;

	column_find(name, strlen(name), &column);
	return column;
}

static struct column at(const struct column_set *set, size_t index)
{
	if (!index)
		return (struct column){
			.name = "name",
			.help = "name of the group",
			.kind = COLUMN_GROUP,
			.group = set->group,
		};
	if (index == 1)
		return tasks;
	index -= 2;
	if (number_of(set->group) && !index--)
		return find(number_of(set->group));
	if (index < RATE_COUNT)
		return find(rate_spec((enum rate)index)->name);
	return find(names[index - RATE_COUNT]);
}

struct column_set column_set_groups(enum group_kind kind)
{
	return (struct column_set){
		.count = 2 + (number_of(kind) != NULL) + RATE_COUNT + N_NAMES,
		.at = at,
		.group = kind,
		.where = "taskmeter-groups(1)",
	};
}

bool group_column_known(const struct task_group *group)
{
	return group->name || group->kind == GROUP_USER;
}

void group_column_unnamed(const struct task_group *group, char *text, size_t size)
{
	if (group->kind == GROUP_CGROUP && group->id)
		snprintf(text, size, "cgroup %" PRIu64, group->id);
	else
		snprintf(text, size, "-");
}
