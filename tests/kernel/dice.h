/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random numbers from a seed: the same seed makes the same numbers, on all machines.
 */
#ifndef TESTS_KERNEL_DICE_H
#define TESTS_KERNEL_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

/**
 * dice_seed() - begin
 * @dice: filled in
 * @seed: the seed
 * @stream: those who share a seed have different numbers by this
 */
void dice_seed(struct dice *dice, uint64_t seed, uint64_t stream);
uint64_t dice_number(struct dice *dice);
/* From 0 to @sides - 1. */
uint64_t dice_roll(struct dice *dice, uint64_t sides);
/* True once in so many times. */
bool dice_once_in(struct dice *dice, unsigned int times);

/* A number at which mistakes are made: small, at the ends of types and pages, or any. */
uint64_t dice_extreme(struct dice *dice);
/* Change some bytes, or aligned numbers of 32 or 64 bits. */
void dice_spoil(struct dice *dice, void *memory, size_t size);

#endif
