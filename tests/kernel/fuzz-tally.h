/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What fuzzers have done, in memory that processes share.
 */
#ifndef TESTS_KERNEL_FUZZ_TALLY_H
#define TESTS_KERNEL_FUZZ_TALLY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TALLY_KINDS	8

/**
 * struct fuzz_tally - counts of one kind of fuzzer in one process
 * @tried: what was given to the module
 * @taken: of each ioctl or command by its number, how often it succeeded
 * @refused: how often it was refused
 */
struct fuzz_tally {
	_Atomic uint64_t tried;
	_Atomic uint64_t taken[TALLY_KINDS];
	_Atomic uint64_t refused[TALLY_KINDS];
};

static inline void fuzz_tally_add(struct fuzz_tally *tally, unsigned int kind, bool taken)
{
	if (kind < TALLY_KINDS)
		atomic_fetch_add(taken ? &tally->taken[kind] : &tally->refused[kind], 1);
}

#endif
