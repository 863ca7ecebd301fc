/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths of the cgroups that there are, for groups.h: the hierarchy is looked through when
 * there is one that is not known. /proc does not show the daemon other users' processes,
 * and the module tells only paths of cgroups that a process ended in.
 *
 * That takes some dozen microseconds for each cgroup, so after each time it pauses for a
 * hundred times as long: it takes at most one percent of the daemon's time.
 */
#ifndef TASKMETERD_CORE_CGROUP_PATHS_H
#define TASKMETERD_CORE_CGROUP_PATHS_H

#include "core/groups.h"

/**
 * struct cgroup_paths - when that was
 * @pause_until_ns: not again before, monotonic
 * @walks: how often it was
 */
struct cgroup_paths {
	uint64_t pause_until_ns;
	uint64_t walks;
};

/**
 * cgroup_paths() - where groups get paths from
 * @paths: zeroed; lives longer
 *
 * Return: what groups_new() wants.
 */
struct groups_paths cgroup_paths(struct cgroup_paths *paths);

#endif
