// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paths of cgroups, also of those that are gone: the totals of exited processes keep
 * their nodes.
 */
#include "path.h"

#include <linux/errno.h>
#include <linux/kernfs.h>

#include "access.h"
#include "totals.h"

/**
 * path_of_node() - path of a cgroup
 * @observer: as seen from the root of whose cgroup namespace
 * @kn: its node
 * @path: filled in
 * @size: its size
 *
 * Context: process context.
 *
 * Return: length of the path, or -ENOSPC.
 */
int path_of_node(const struct observer *observer, struct kernfs_node *kn, char *path,
		 size_t size)
{
	int length = kernfs_path_from_node(kn, observer->cgroup_root, path, size);

	/* Kernels differ in how they tell that there is no room. */
	return length < 0 || length >= size ? -ENOSPC : length;
}

/* Likewise, by the id of the cgroup. Return: -ENOENT if nothing names it. */
int path_of_cgroup(const struct observer *observer, u64 id, char *path, size_t size)
{
	struct kernfs_node *kn = totals_cgroup(id);
	int length;

	if (!kn)
		return -ENOENT;
	length = path_of_node(observer, kn, path, size);
	kernfs_put(kn);
	return length;
}
