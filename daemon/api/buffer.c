// SPDX-License-Identifier: GPL-2.0-or-later
/* See buffer.h. */
#include "api/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int reserve(struct buffer *buffer, size_t size)
{
	size_t capacity = buffer->capacity ? buffer->capacity : 512;
	char *data;

	if (size > buffer->max - buffer->size)
		return -E2BIG;
	while (capacity - buffer->size < size)
		capacity *= 2;
	if (capacity > buffer->max)
		capacity = buffer->max;
	data = realloc(buffer->data, capacity);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

void buffer_append(struct buffer *buffer, const char *text, size_t size)
{
	/* Most often there is room, and a reply may be made of a hundred thousand pieces. */
	if (buffer->error || size > buffer->capacity - buffer->size) {
		if (!buffer->error)
			buffer->error = reserve(buffer, size);
		if (buffer->error)
			return;
	}
	if (!size)
		return;
	memcpy(buffer->data + buffer->size, text, size);
	buffer->size += size;
}

void buffer_puts(struct buffer *buffer, const char *text)
{
	buffer_append(buffer, text, strlen(text));
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	char text[512], *long_text;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < (int)sizeof(text)) {
		buffer_append(buffer, text, n > 0 ? (size_t)n : 0);
		return;
	}
	va_start(args, format);
	n = vasprintf(&long_text, format, args);
	va_end(args);
	if (n < 0) {
		buffer->error = buffer->error ? buffer->error : -ENOMEM;
		return;
	}
	buffer_append(buffer, long_text, (size_t)n);
	free(long_text);
}

void buffer_clear(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer) { .max = buffer->max };
}
