/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks by unit, slice, container, user, program or cgroup: each group's figures are the
 * sums of its tasks', in the form of a task, so that what shows and sorts these does so
 * with groups.
 */
#ifndef TASKMETER_CLI_GROUPING_H
#define TASKMETER_CLI_GROUPING_H

#include "cli/collection.h"
#include "cli/group-names.h"

/**
 * struct task_group - a group
 * @kind: of group
 * @id: of group_names_find()
 * @name: likewise
 * @tasks: how many are in it
 * @sum: their sums; its pid is the place in the order of @id, from 1 on, its uid and
 *	cgroup_id are those of one of them
 */
struct task_group {
	enum group_kind kind;
	uint64_t id;
	const char *name;
	uint32_t tasks;
	struct sample sum;
};

/**
 * struct grouping - groups; all zero at first
 * @groups: the groups in the order of id
 * @count: how many
 */
struct grouping {
	struct task_group *groups;
	size_t count;
};

/**
 * grouping_make() - sum up
 * @grouping: those of before are dropped
 * @names: after group_names_look() with the tasks
 * @kind: of group
 * @samples: the tasks; who is in no group is left out
 * @count: how many
 *
 * Return: 0; -ENOMEM.
 */
int grouping_make(struct grouping *grouping, struct group_names *names,
		  enum group_kind kind, const struct sample *samples, size_t count);

/**
 * grouping_add() - add a task to a sum
 * @sum: the sum
 * @sample: the task; what is not available of it adds nothing, nor does the memory of a
 *	thread, which is that of its process
 */
void grouping_add(struct sample *sum, const struct sample *sample);

/**
 * grouping_release() - drop everything
 * @grouping: the groups
 */
void grouping_release(struct grouping *grouping);

#endif
