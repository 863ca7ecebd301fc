/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory in which each byte that is read or written by mistake is seen, and ioctls
 * that have to fail in just one way.
 */
#ifndef TESTS_KERNEL_GUARD_H
#define TESTS_KERNEL_GUARD_H

#include <linux/taskmeter.h>
#include <stdbool.h>
#include <stddef.h>

#define POISON		0xa5
#define PID_LIMIT	4194304		/* PID_MAX_LIMIT of the kernel */

/* Room for @size bytes, all POISON, that ends where no memory is mapped. */
void *guarded(size_t size);
bool is_filled(const void *memory, size_t size, int value);

/* Fails unless the ioctl fails with just this error, or succeeds with 0. */
void expect_error(int device, unsigned long command, void *arg, int error,
		  const char *what);

/* A request for as many whole records as there is room for. */
struct taskmeter_snapshot snapshot_of(void *buffer, size_t size);

#endif
