// SPDX-License-Identifier: GPL-2.0-or-later
/* See cgroup-paths.h. */
#include "core/cgroup-paths.h"

#include <time.h>
#include "common/cgroup.h"

#define PAUSE	100

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void walk(void *data, bool (*found)(void *context, uint64_t id, const char *path),
		 void *context)
{
	struct cgroup_paths *paths = data;
	uint64_t began = clock_ns(), ended;

	if (began < paths->pause_until_ns)
		return;
	cgroup_walk_all(found, context);
	ended = clock_ns();
	paths->pause_until_ns = ended + PAUSE * (ended - began);
	paths->walks++;
}

struct groups_paths cgroup_paths(struct cgroup_paths *paths)
{
	return (struct groups_paths) { .walk = walk, .data = paths };
}
