/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What processes are grouped by. */
#ifndef TASKMETER_COMMON_GROUP_KIND_H
#define TASKMETER_COMMON_GROUP_KIND_H

#include <stddef.h>
#include <taskmeter/taskmeter.h>

/**
 * enum group_kind - what processes are grouped by; numbers stand in the history
 * @GROUP_UNIT: systemd unit; what is in none is of the slice that it is in
 * @GROUP_SLICE: slice
 * @GROUP_CONTAINER: container, "engine:name"
 * @GROUP_USER: real user id
 * @GROUP_PROGRAM: name (comm); of kernel threads, up to the first '/' or ':'
 * @GROUP_CGROUP: cgroup with all below it
 */
enum group_kind {
	GROUP_UNIT,
	GROUP_SLICE,
	GROUP_CONTAINER,
	GROUP_USER,
	GROUP_PROGRAM,
	GROUP_CGROUP,
	GROUP_KINDS
};

/**
 * group_kind_name() - the word for a kind
 * @kind: the kind
 *
 * Return: "unit", "slice", "container", "user", "program" or "cgroup".
 */
const char *group_kind_name(enum group_kind kind);

/**
 * group_kind_find() - a kind by its word
 * @name: the word
 * @ret_kind: which
 *
 * Return: 0; -ENOENT if there is none.
 */
int group_kind_find(const char *name, enum group_kind *ret_kind);

/**
 * group_program_length() - how much of a task's name is that of its program
 * @record: the task
 *
 * The many names of kernel threads are cut: "kworker/0:1" is "kworker".
 *
 * Return: bytes of comm.
 */
size_t group_program_length(const struct taskmeter_record *record);

#endif
