/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which group a task is in, and what that is called: the names are those of the daemon's
 * groups. The path of a cgroup is looked up and taken apart when the first task is met in
 * it; from then on a task costs the look-up of a number.
 *
 * A group has an id of its own for as long as the names are kept, so that it is the same
 * one in each look. Names and cgroups that no task has any more go when there are very
 * many.
 */
#ifndef TASKMETER_CLI_GROUP_NAMES_H
#define TASKMETER_CLI_GROUP_NAMES_H

#include "cli/sampling.h"
#include "common/group-kind.h"

struct met_cgroup;
struct met_name;

/**
 * struct group_names - those met so far; all zero at first
 * @cgroups: buckets by id, or NULL
 * @cgroup_count: how many there are
 * @names: buckets by kind and name, or NULL
 * @name_count: how many there are
 * @made: ids given so far
 * @look: number of this look
 * @absent: there is no unified hierarchy
 */
struct group_names {
	struct met_cgroup **cgroups;
	size_t cgroup_count;
	struct met_name **names;
	size_t name_count;
	uint64_t made;
	uint64_t look;
	bool absent;
};

/**
 * group_kind_by_cgroup() - whether the group of a task follows from its cgroup
 * @kind: of group
 */
bool group_kind_by_cgroup(enum group_kind kind);

/**
 * group_names_look() - find out what is needed of the tasks of a look
 * @names: those met so far
 * @cli: looks through the cgroups, if a task is in one whose path is not known yet. One
 *	that is not found is looked for again, but after ever longer pauses of up to 64 looks
 * @kind: of group
 * @samples: the tasks
 * @count: how many
 */
void group_names_look(struct group_names *names, struct cli *cli, enum group_kind kind,
		      const struct sample *samples, size_t count);

/**
 * group_names_find() - the group of a task
 * @names: after group_names_look() with that task
 * @kind: of group
 * @record: the task
 * @ret_id: the user's id, the cgroup's id, or one from 1 on; 0 if the path of its cgroup is
 *	not known
 * @ret_name: any bytes; NULL if it is not known, or is a user; valid until the next look
 *
 * Return: false if it is in none of this kind, as in no container.
 */
bool group_names_find(struct group_names *names, enum group_kind kind,
		      const struct taskmeter_record *record, uint64_t *ret_id,
		      const char **ret_name);

/**
 * group_names_release() - forget all of them
 * @names: those met so far
 */
void group_names_release(struct group_names *names);

#endif
