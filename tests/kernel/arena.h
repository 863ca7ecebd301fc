/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory to give to the kernel: some that can be written, with places beside it that
 * cannot, each in its own way.
 */
#ifndef TESTS_KERNEL_ARENA_H
#define TESTS_KERNEL_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dice.h"

#define ARENA_ROOM	32768

/**
 * struct arena - such memory
 * @room: ARENA_ROOM bytes that can be written; behind them is nothing
 * @read_only: a page
 * @beyond: a page of a file that ends before it
 * @changing: a page whose protection others may change, and behind it nothing
 * @page: bytes of a page
 */
struct arena {
	char *room;
	char *read_only;
	char *beyond;
	char *changing;
	size_t page;
};

void arena_open(struct arena *arena);

/* An address for @size bytes: mostly one where they have room, which begins or ends there. */
uint64_t arena_place(const struct arena *arena, struct dice *dice, size_t size);
/* Whether nobody but the kernel and the arena is hurt by what is written to an address. */
bool arena_owns(const struct arena *arena, uint64_t address);
/* Whether so many bytes at an address are in the room. */
bool arena_has(const struct arena *arena, uint64_t address, uint64_t size);
/* Give or take the rights to the page that changes, or its memory. */
void arena_change(const struct arena *arena, struct dice *dice);

#endif
