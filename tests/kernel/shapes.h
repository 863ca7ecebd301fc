/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes of known shape: each kind makes some fields of its record be
 * something to tell.
 */
#ifndef TESTS_KERNEL_SHAPES_H
#define TESTS_KERNEL_SHAPES_H

#include <linux/taskmeter.h>
#include <stdbool.h>
#include <stddef.h>

#include "child.h"

/**
 * struct shape - a kind of process
 * @name: for messages
 * @count: how many there are in a full set
 * @fn: what one does; its argument is its number among its kind
 * @steady: it does nothing more when it is ready
 * @memory: it is about memory
 * @prove: fails unless its record shows what it did
 */
struct shape {
	const char *name;
	size_t count;
	void (*fn)(long number);
	bool steady;
	bool memory;
	void (*prove)(const struct taskmeter_record *record);
};

/* A process and its shape. */
struct shaped {
	const struct shape *shape;
	long number;
	struct child child;
};

/**
 * shapes_start() - start a set and wait until all are ready
 * @only_memory: those that are about memory, else all
 * @ret_count: number of processes
 *
 * Return: the processes, to be given to shapes_end().
 */
struct shaped *shapes_start(bool only_memory, size_t *ret_count);
void shapes_end(struct shaped *processes, size_t count);

/* Burn CPU time of this process, or of this thread, up to this much more. */
void burn_user(int clock, unsigned int ms);
void burn_system(int clock, unsigned int ms);

#endif
