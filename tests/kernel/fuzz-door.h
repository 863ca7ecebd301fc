/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ioctls by the words of their header: how to fill in an argument, whether it has to be
 * taken, and what has to come of it.
 */
#ifndef TESTS_KERNEL_FUZZ_DOOR_H
#define TESTS_KERNEL_FUZZ_DOOR_H

#include <linux/taskmeter.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz-device.h"

#define SIZE_MAX_ARG	4096	/* a page: what is larger is refused */

union argument {
	uint32_t size;
	struct taskmeter_info info;
	struct taskmeter_snapshot snapshot;
	struct taskmeter_exits exits;
	struct taskmeter_totals totals;
	struct taskmeter_cgroup_path path;
	uint8_t bytes[SIZE_MAX_ARG + 64];
};

/* What the header says of an argument. */
enum verdict {
	REFUSED,	/* with any error */
	TAKEN,
	UNKNOWN,	/* it depends on what only the module knows */
};

/**
 * struct door - one of them
 * @name: for messages
 * @command: its number
 * @size: of its argument
 * @first_size: of the first version of that
 * @pointers: offsets of the addresses of buffers, 0 if there are no more
 * @make: fill in all but the size
 * @judge: what the header says of it
 * @check: fails unless what came of it is well formed, and nothing else was written
 */
struct door {
	const char *name;
	unsigned long command;
	size_t size;
	size_t first_size;
	size_t pointers[3];
	void (*make)(struct device_fuzz *fuzz, union argument *argument);
	enum verdict (*judge)(const struct device_fuzz *fuzz, const union argument *argument);
	void (*check)(const struct device_fuzz *fuzz, const union argument *before,
		      const union argument *after);
};

extern const struct door doors[FUZZ_DOORS];

/* The arena of the buffer at @pointers[i], and an address in it. */
struct arena *door_arena(struct device_fuzz *fuzz, size_t i);
uint64_t door_place(struct device_fuzz *fuzz, size_t i, uint64_t size);

#endif
