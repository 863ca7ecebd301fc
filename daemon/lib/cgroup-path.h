/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths of cgroups as the device tells them; the last few are kept. */
#ifndef TASKMETER_LIB_CGROUP_PATH_H
#define TASKMETER_LIB_CGROUP_PATH_H

#include <stdint.h>
#include <taskmeter/taskmeter.h>

/* A power of two. */
#define TM_CGROUP_PATHS	64

/**
 * struct cgroup_paths - the paths that are kept, each at the place of its id
 * @id: of the cgroup
 * @path: NULL if nothing is kept there
 */
struct cgroup_paths {
	struct {
		uint64_t id;
		char *path;
	} kept[TM_CGROUP_PATHS];
};

/**
 * tm_cgroup_path() - the path of a cgroup
 * @meter: a meter over the device
 * @paths: zeroed before the first call
 * @id: of the cgroup
 * @ret_path: valid until the next call; NULL if the module does not know it
 *
 * Return: 0 or a negative errno.
 */
int tm_cgroup_path(struct tm_meter *meter, struct cgroup_paths *paths, uint64_t id,
		   const char **ret_path);

/**
 * tm_cgroup_paths_free() - forget all
 * @paths: zeroed, or used before
 */
void tm_cgroup_paths_free(struct cgroup_paths *paths);

#endif
