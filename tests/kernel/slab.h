/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc/slabinfo says of the module's caches.
 */
#ifndef TESTS_KERNEL_SLAB_H
#define TESTS_KERNEL_SLAB_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct slab - a cache
 * @objects: in use; those that a CPU holds ready count, too
 * @object_size: bytes of each
 */
struct slab {
	unsigned long objects;
	unsigned long object_size;
};

/* False if there is no such cache. */
bool slab_find(const char *name, struct slab *ret_slab);
/* Fails if there is a cache of the module, and names it. */
void slab_check_none(const char *what);
/* Likewise, but for those that are there while the meter is off. */
void slab_check_off(const char *what);

#endif
