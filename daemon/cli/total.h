/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What exited processes did in all: the members of a total, and a list of totals. */
#ifndef TASKMETER_CLI_TOTAL_H
#define TASKMETER_CLI_TOTAL_H

#include <stdbool.h>
#include <stddef.h>
#include <taskmeter/taskmeter.h>

/**
 * struct total_field - a number of a total
 * @name: the member, the key in JSON and CSV
 * @header: heading in the table, or NULL if it is not in there
 * @width: of its column
 * @offset: in &struct taskmeter_total
 */
struct total_field {
	const char *name;
	const char *header;
	int width;
	size_t offset;
};

/**
 * total_fields() - the table of all numbers, in the order of the structure
 * @ret_count: how many
 *
 * Return: the table.
 */
const struct total_field *total_fields(size_t *ret_count);

/**
 * total_field_find() - a number by its name
 * @name: the name, with or without the unit at its end, or the heading in letters of
 *	either case
 *
 * Return: the number, or NULL if there is none.
 */
const struct total_field *total_field_find(const char *name);

/**
 * total_value() - a number of a total
 * @total: the total
 * @field: which number
 *
 * Return: the value.
 */
uint64_t total_value(const struct taskmeter_total *total, const struct total_field *field);

/**
 * struct total - a total
 * @total: the numbers
 * @path: of a cgroup, or NULL if it is not known
 */
struct total {
	struct taskmeter_total total;
	char *path;
};

/**
 * struct totals - totals; all zero at first
 * @totals: the totals
 * @count: how many
 * @capacity: for how many there is room
 */
struct totals {
	struct total *totals;
	size_t count;
	size_t capacity;
};

/**
 * totals_read() - read all of a kind
 * @totals: gets them
 * @meter: the meter
 * @kind: &enum taskmeter_total_kind
 *
 * Return: 0 or a negative errno.
 */
int totals_read(struct totals *totals, struct tm_meter *meter, uint32_t kind);

/**
 * totals_sort() - sort; equal ones are in the order of their id
 * @totals: the totals
 * @field: by this number
 * @descending: the greatest first
 */
void totals_sort(struct totals *totals, const struct total_field *field, bool descending);

/**
 * totals_release() - drop everything
 * @totals: the totals
 */
void totals_release(struct totals *totals);

#endif
