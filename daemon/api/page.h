/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages of a list, whatever it is a list of: its order, and where the next page goes on.
 *
 * A cursor is KEY.ORDER.VALUE.ID: what the list is sorted by and how, and of the last
 * entry of a page the value, in hexadecimal or "-" if it has none, and a number that is
 * its own, which decides between equal ones.
 */
#ifndef TASKMETERD_API_PAGE_H
#define TASKMETERD_API_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "api/buffer.h"
#include "api/query.h"

/**
 * struct page_cursor - a cursor, taken apart
 * @value: begin of the value
 * @length: of it
 * @known: there is one
 * @id: number of the entry
 */
struct page_cursor {
	const char *value;
	size_t length;
	bool known;
	uint64_t id;
};

/**
 * page_parse_order() - the parameter "order"
 * @query: the query
 * @ret_descending: whether the greatest come first
 * @problem: why it was refused
 *
 * Return: 0 or PROBLEM.
 */
int page_parse_order(const struct query *query, bool *ret_descending,
		     struct problem *problem);

/**
 * page_write_cursor() - where to go on
 * @key: what the list is sorted by
 * @descending: how
 * @value: of the last entry, NULL if it has none
 * @size: bytes of it
 * @id: its number
 * @cursor: gets the cursor, cut if it is too long
 * @cursor_size: room there
 */
void page_write_cursor(const char *key, bool descending, const void *value, size_t size,
		       uint64_t id, char *cursor, size_t cursor_size);

/**
 * page_split_cursor() - take a cursor apart
 * @text: what the client sent
 * @key: what the list is sorted by
 * @descending: how
 * @ret_cursor: filled in; points into @text
 *
 * Return: 0; -EINVAL if it is none, or of another order.
 */
int page_split_cursor(const char *text, const char *key, bool descending,
		      struct page_cursor *ret_cursor);

/**
 * page_cursor_bytes() - the value in a cursor
 * @cursor: the cursor
 * @bytes: gets it
 * @size: how many bytes it has to have
 *
 * Return: 0 or -EINVAL.
 */
int page_cursor_bytes(const struct page_cursor *cursor, void *bytes, size_t size);

/**
 * page_refuse_cursor() - a cursor that is none
 * @problem: filled in
 *
 * Return: PROBLEM.
 */
int page_refuse_cursor(struct problem *problem);

/**
 * page_append_counts() - append the members "matched", "count" and "next_cursor", each
 *	with a comma before it
 * @buffer: its error tells a lack of memory
 * @matched: entries on all pages
 * @count: entries on this one
 * @cursor: where to go on, empty on the last page
 */
void page_append_counts(struct buffer *buffer, size_t matched, size_t count,
			const char *cursor);

#endif
