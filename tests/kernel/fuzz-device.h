/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hostile ioctls: arguments that are valid in part, in memory that is there in part,
 * while others change both and close the file.
 */
#ifndef TESTS_KERNEL_FUZZ_DEVICE_H
#define TESTS_KERNEL_FUZZ_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "dice.h"
#include "fuzz-tally.h"

#define FUZZ_DOORS	5	/* ioctls; numbers of &struct fuzz_tally */

/**
 * struct device_fuzz - one thread that does so
 * @dice: its numbers
 * @tally: where it counts
 * @arenas: for the argument, and for the buffers that it names
 * @device: a file that nobody else closes
 * @totals: the observer is shown totals
 * @step: how far it is
 */
struct device_fuzz {
	struct dice dice;
	struct fuzz_tally *tally;
	struct arena arenas[4];
	int device;
	bool totals;
	uint64_t step;
};

/* For all threads of a process: the files that they share. */
void device_fuzz_begin(void);
void device_fuzz_end(void);

void device_fuzz_open(struct device_fuzz *fuzz, uint64_t seed, unsigned int stream,
		      struct fuzz_tally *tally);
void device_fuzz_close(struct device_fuzz *fuzz);

/**
 * device_fuzz_step() - do one hostile thing
 * @fuzz: who
 *
 * Fails if an ioctl takes what the header says that it refuses, refuses what it takes, has
 * an errno that the header does not name, writes where it should not, or tells what is not
 * well formed; but not of what another thread may change meanwhile.
 */
void device_fuzz_step(struct device_fuzz *fuzz);
const char *device_fuzz_name(unsigned int door);

#endif
