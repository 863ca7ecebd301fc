// SPDX-License-Identifier: GPL-2.0-or-later
/* See tick-cgroups.h. */
#include "store/tick-cgroups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tick_cgroups_clear(struct tick_cgroups *cgroups)
{
	size_t i;

	for (i = 0; i < cgroups->count; i++)
		free(cgroups->list[i].path);
	free(cgroups->list);
	*cgroups = (struct tick_cgroups) { 0 };
}

/* Where it is, or would be. */
static size_t place_of(const struct tick_cgroups *cgroups, uint64_t id)
{
	size_t low = 0, high = cgroups->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (cgroups->list[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const char *tick_cgroups_find(const struct tick_cgroups *cgroups, uint64_t id)
{
	size_t place = place_of(cgroups, id);

	return place < cgroups->count && cgroups->list[place].id == id ?
	       cgroups->list[place].path : NULL;
}

static int reserve(struct tick_cgroups *cgroups)
{
	size_t capacity = cgroups->capacity ? 2 * cgroups->capacity : 64;
	struct tick_cgroup *list;

	if (cgroups->count == TICK_CGROUPS_MAX)
		return -E2BIG;
	if (cgroups->count < cgroups->capacity)
		return 0;
	list = reallocarray(cgroups->list, capacity, sizeof(*list));
	if (!list)
		return -ENOMEM;
	cgroups->list = list;
	cgroups->capacity = capacity;
	return 0;
}

int tick_cgroups_add(struct tick_cgroups *cgroups, uint64_t id, const char *path,
		     size_t length)
{
	size_t place = place_of(cgroups, id);
	char *copy;
	int r;

	if (place < cgroups->count && cgroups->list[place].id == id)
		return 0;
	r = reserve(cgroups);
	if (r < 0)
		return r;
	copy = strndup(path, length);
	if (!copy)
		return -ENOMEM;
	memmove(cgroups->list + place + 1, cgroups->list + place,
		(cgroups->count - place) * sizeof(*cgroups->list));
	cgroups->list[place] = (struct tick_cgroup) { id, copy };
	cgroups->count++;
	return 0;
}
