/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths of the cgroups that the processes of a tick are in, by id: an id says nothing once
 * the cgroup is gone. Pure.
 */
#ifndef TASKMETERD_STORE_TICK_CGROUPS_H
#define TASKMETERD_STORE_TICK_CGROUPS_H

#include <stddef.h>
#include <stdint.h>

#define TICK_CGROUPS_MAX	8192
/* As in <linux/limits.h>: the longest path, without its NUL. */
#define TICK_PATH_MAX		4095

/**
 * struct tick_cgroup - one of them
 * @id: its id
 * @path: its path
 */
struct tick_cgroup {
	uint64_t id;
	char *path;
};

/**
 * struct tick_cgroups - all of them
 * @list: in the order of id
 * @count: how many
 * @capacity: for how many there is room
 */
struct tick_cgroups {
	struct tick_cgroup *list;
	size_t count;
	size_t capacity;
};

/**
 * tick_cgroups_clear() - forget all of them
 * @cgroups: zeroed or filled in; is zeroed
 */
void tick_cgroups_clear(struct tick_cgroups *cgroups);

/**
 * tick_cgroups_find() - the path of a cgroup
 * @cgroups: all of them
 * @id: its id
 *
 * Return: the path, NULL if it is not known.
 */
const char *tick_cgroups_find(const struct tick_cgroups *cgroups, uint64_t id);

/**
 * tick_cgroups_add() - take one in
 * @cgroups: all of them
 * @id: its id; has no effect if it is there already
 * @path: its path, need not be NUL terminated
 * @length: of @path
 *
 * Return: 0; -E2BIG beyond TICK_CGROUPS_MAX; -ENOMEM.
 */
int tick_cgroups_add(struct tick_cgroups *cgroups, uint64_t id, const char *path,
		     size_t length);

#endif
