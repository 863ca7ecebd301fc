/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What processes are grouped by. */
#ifndef TASKMETERD_CORE_GROUP_KIND_H
#define TASKMETERD_CORE_GROUP_KIND_H

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

#endif
