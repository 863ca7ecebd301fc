// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * See cgroup-path.h. A cgroup's id is never given again, and its path does not change, so
 * what is kept stays right. That the module does not know one is not kept: a record may
 * name it later.
 */
#include "lib/cgroup-path.h"

#include "lib/device.h"
#include "lib/parse-exit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/* Ids count up, and the generation is in the upper half. */
static size_t place_of(uint64_t id)
{
	return (id ^ id >> 32) & (TM_CGROUP_PATHS - 1);
}

static int ask(struct tm_meter *meter, uint64_t id, char path[TM_CGROUP_PATH_SIZE])
{
	struct taskmeter_cgroup_path request = {
		.size = sizeof(request),
		.cgroup_id = id,
		.path = (uintptr_t)path,
		.path_size = TM_CGROUP_PATH_SIZE,
	};
	int r;

	do
		r = ioctl(to_device(meter)->fd, TASKMETER_IOCTL_CGROUP_PATH, &request);
	while (r < 0 && errno == EINTR);
	if (!r)
		return 0;
	if (errno == ENOENT)
		return -ENOENT;
	return tm_fail(meter, -errno, "cannot ask %s for the path of a cgroup: %m",
		       TASKMETER_DEVICE);
}

int tm_cgroup_path(struct tm_meter *meter, struct cgroup_paths *paths, uint64_t id,
		   const char **ret_path)
{
	const size_t place = place_of(id);
	char path[TM_CGROUP_PATH_SIZE];
	char *copy;
	int r;

	if (!paths->kept[place].path || paths->kept[place].id != id) {
		r = ask(meter, id, path);
		if (r == -ENOENT)
			*ret_path = NULL;
		if (r)
			return r == -ENOENT ? 0 : r;
		copy = strndup(path, sizeof(path) - 1);
		if (!copy)
			return tm_fail(meter, -ENOMEM, "no memory for a path");
		free(paths->kept[place].path);
		paths->kept[place].path = copy;
		paths->kept[place].id = id;
	}
	*ret_path = paths->kept[place].path;
	return 0;
}

void tm_cgroup_paths_free(struct cgroup_paths *paths)
{
	size_t i;

	for (i = 0; i < TM_CGROUP_PATHS; i++)
		free(paths->kept[i].path);
	memset(paths, 0, sizeof(*paths));
}
