/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TASKMETER_PATH_H
#define TASKMETER_PATH_H

#include <linux/types.h>

struct kernfs_node;
struct observer;

int path_of_node(const struct observer *observer, struct kernfs_node *kn, char *path,
		 size_t size);
int path_of_cgroup(const struct observer *observer, u64 id, char *path, size_t size);

#endif /* TASKMETER_PATH_H */
