// SPDX-License-Identifier: GPL-2.0-or-later
/* See page.h. */
#include "api/page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int page_parse_order(const struct query *query, bool *ret_descending,
		     struct problem *problem)
{
	const char *order = query_get(query, "order");

	*ret_descending = order && !strcmp(order, "desc");
	if (order && !*ret_descending && strcmp(order, "asc") != 0)
		return problem_parameter(problem, "order", "There is no order \"%.64s\";"
					 " allowed are asc and desc.", order);
	return 0;
}

void page_write_cursor(const char *key, bool descending, const void *value, size_t size,
		       uint64_t id, char *cursor, size_t cursor_size)
{
	const unsigned char *bytes = value;
	size_t i, used;

	used = (size_t)snprintf(cursor, cursor_size, "%s.%c.", key, descending ? 'd' : 'a');
	if (!value)
		used += (size_t)snprintf(cursor + used, cursor_size - used, "-");
	else
		for (i = 0; i < size && used < cursor_size; i++)
			used += (size_t)snprintf(cursor + used, cursor_size - used, "%02x",
						 bytes[i]);
	if (used < cursor_size)
		snprintf(cursor + used, cursor_size - used, ".%" PRIu64, id);
}

int page_split_cursor(const char *text, const char *key, bool descending,
		      struct page_cursor *ret_cursor)
{
	struct page_cursor cursor;
	size_t length = strlen(key);

	if (strncmp(text, key, length) != 0 || text[length] != '.')
		return -EINVAL;
	text += length + 1;
	if (text[0] != (descending ? 'd' : 'a') || text[1] != '.')
		return -EINVAL;
	cursor.value = text + 2;
	cursor.length = strcspn(cursor.value, ".");
	cursor.known = cursor.length != 1 || *cursor.value != '-';
	text = cursor.value + cursor.length;
	if (*text != '.' || query_parse_number(text + 1, UINT64_MAX, &cursor.id) < 0)
		return -EINVAL;
	*ret_cursor = cursor;
	return 0;
}

/* Hexadecimal, exactly as many bytes as there are. */
int page_cursor_bytes(const struct page_cursor *cursor, void *bytes, size_t size)
{
	unsigned char *at = bytes;
	unsigned int byte;
	size_t i;

	if (cursor->length != 2 * size ||
	    strspn(cursor->value, "0123456789abcdef") != 2 * size)
		return -EINVAL;
	for (i = 0; i < size; i++) {
		if (sscanf(cursor->value + 2 * i, "%2x", &byte) != 1)
			return -EINVAL;
		at[i] = (unsigned char)byte;
	}
	return 0;
}

int page_refuse_cursor(struct problem *problem)
{
	return problem_parameter(problem, "cursor", "Parameter \"cursor\" is not the"
				 " next_cursor of a reply with the same sort and order.");
}

void page_append_counts(struct buffer *buffer, size_t matched, size_t count,
			const char *cursor)
{
	buffer_printf(buffer, ",\"matched\":%zu,\"count\":%zu,\"next_cursor\":", matched,
		      count);
	if (*cursor)
		buffer_printf(buffer, "\"%s\"", cursor);
	else
		buffer_puts(buffer, "null");
}
