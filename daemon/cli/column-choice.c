// SPDX-License-Identifier: GPL-2.0-or-later
/* See column.h: columns as they are chosen by name, and what they make necessary. */
#include "cli/column.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool listed(const struct column *columns, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (columns[i].name == name)
			return true;
	return false;
}

int columns_parse(const char *list, struct column **ret_columns,
		  size_t *ret_count, const char **ret_bad)
{
	struct column *columns, column;
	size_t count = 0, length;

	columns = calloc(column_count(), sizeof(*columns));
	if (!columns)
		return -ENOMEM;
	for (;; list += length + 1) {
		length = strcspn(list, ",");
		if (column_find(list, length, &column)) {
			*ret_bad = list;
			free(columns);
			return -ENOENT;
		}
		if (!listed(columns, count, column.name))
			columns[count++] = column;
		if (!list[length])
			break;
	}
	*ret_columns = columns;
	*ret_count = count;
	return 0;
}

int column_unknown(struct cli *cli, const char *name)
{
	size_t length = strcspn(name, ",");
	const char *near = column_suggest(name, length);

	if (near)
		cli_error(cli, "there is no field '%.*s'; did you mean '%s'?",
			  (int)length, name, near);
	else
		cli_error(cli, "there is no field '%.*s'; see 'taskmeter help fields'",
			  (int)length, name);
	return -EINVAL;
}

void column_need(struct sampling *sampling, const struct column *column)
{
	sampling->rates |= column->kind == COLUMN_RATE ||
			   column->kind == COLUMN_GROWTH ||
			   column->kind == COLUMN_SWITCHES;
	sampling->quantiles |= column->kind == COLUMN_P99;
	sampling->stalls |= column_needs_stalls(column);
}
