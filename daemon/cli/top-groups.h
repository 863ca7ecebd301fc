/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks by user or by cgroup: each group's figures are the sums of its tasks', in the
 * form of a task, so that what shows and sorts these does so with groups.
 */
#ifndef TASKMETER_CLI_TOP_GROUPS_H
#define TASKMETER_CLI_TOP_GROUPS_H

#include "cli/collection.h"

/**
 * enum top_group_by - what makes a group
 * @TOP_BY_USER: the real user
 * @TOP_BY_CGROUP: the cgroup
 */
enum top_group_by {
	TOP_BY_USER,
	TOP_BY_CGROUP,
};

/**
 * struct top_group - a group
 * @id: user id or cgroup id
 * @tasks: how many are in it
 * @sum: their sums; its pid is the place in the order of @id, from 1 on
 */
struct top_group {
	uint64_t id;
	uint32_t tasks;
	struct sample sum;
};

/**
 * struct top_groups - groups; all zero at first
 * @groups: the groups in the order of id
 * @count: how many
 */
struct top_groups {
	struct top_group *groups;
	size_t count;
};

/**
 * top_group_id() - the group of a task
 * @record: the task
 * @by: what makes a group
 *
 * Return: user id or cgroup id.
 */
uint64_t top_group_id(const struct taskmeter_record *record, enum top_group_by by);

/**
 * top_groups_make() - sum up
 * @groups: those of before are dropped
 * @samples: the tasks
 * @count: how many
 * @by: what makes a group
 *
 * Return: 0; -ENOMEM.
 */
int top_groups_make(struct top_groups *groups, const struct sample *samples, size_t count,
		    enum top_group_by by);

/**
 * top_groups_add() - add a task to a sum
 * @sum: the sum
 * @sample: the task; what is not available of it adds nothing, nor does the memory of a
 *	thread, which is that of its process
 */
void top_groups_add(struct sample *sum, const struct sample *sample);

/**
 * top_groups_release() - drop everything
 * @groups: the groups
 */
void top_groups_release(struct top_groups *groups);

/**
 * struct top_paths - paths of cgroups by their ids; all zero at first
 * @paths: in the order of id
 * @count: how many
 * @capacity: for how many there is room
 */
struct top_paths {
	struct top_path *paths;
	size_t count;
	size_t capacity;
};

/**
 * top_paths_read() - look through the cgroups if one of the groups is not known yet
 * @paths: those met so far
 * @cli: the world
 * @groups: by cgroup
 */
void top_paths_read(struct top_paths *paths, struct cli *cli, const struct top_groups *groups);

/**
 * top_paths_find() - path of a cgroup
 * @paths: those met so far
 * @id: the cgroup
 *
 * Return: the path, any bytes; NULL if it is not known. Valid until top_paths_read().
 */
const char *top_paths_find(const struct top_paths *paths, uint64_t id);

/**
 * top_paths_release() - forget all of them
 * @paths: those met so far
 */
void top_paths_release(struct top_paths *paths);

#endif
