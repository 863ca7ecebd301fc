/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text that grows up to a limit. The first error sticks: a writer appends all
 * it has and looks at @error once.
 */
#ifndef TASKMETERD_API_BUFFER_H
#define TASKMETERD_API_BUFFER_H

#include <stddef.h>

/**
 * struct buffer - the text; zeroed but for @max it is empty
 * @data: not terminated, NULL while empty
 * @size: bytes used
 * @capacity: bytes there is room for
 * @max: bytes that it may grow to
 * @error: 0, -ENOMEM, or -E2BIG beyond @max
 */
struct buffer {
	char *data;
	size_t size;
	size_t capacity;
	size_t max;
	int error;
};

void buffer_append(struct buffer *buffer, const char *text, size_t size);
void buffer_puts(struct buffer *buffer, const char *text);
void buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * buffer_clear() - release the text
 * @buffer: keeps its @max
 */
void buffer_clear(struct buffer *buffer);

#endif
