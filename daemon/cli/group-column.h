/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns of groups of tasks: what a group is, and those of tasks that can be summed up. */
#ifndef TASKMETER_CLI_GROUP_COLUMN_H
#define TASKMETER_CLI_GROUP_COLUMN_H

#include "cli/column.h"
#include "cli/grouping.h"

/**
 * column_set_groups() - the columns of groups
 * @kind: of which kind
 *
 * Return: the set.
 */
struct column_set column_set_groups(enum group_kind kind);

/**
 * group_column_known() - whether a group has a name
 * @group: the group
 *
 * Return: false for processes whose cgroup's path is not known.
 */
bool group_column_known(const struct task_group *group);

/**
 * group_column_unnamed() - what people are told instead of a name
 * @group: one that has none
 * @text: gets it
 * @size: of @text
 */
void group_column_unnamed(const struct task_group *group, char *text, size_t size);

#endif
