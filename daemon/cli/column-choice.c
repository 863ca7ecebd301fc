// SPDX-License-Identifier: GPL-2.0-or-later
/* See column.h: columns as they are chosen by name, and what they make necessary. */
#include "cli/column.h"

#include "common/suggest.h"
#include "common/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct column task_column(const struct column_set *set, size_t index)
{
	(void)set;
	return column_at(index);
}

struct column_set column_set_tasks(void)
{
	return (struct column_set){
		.count = column_count(),
		.at = task_column,
		.where = "'taskmeter help fields'",
	};
}

int column_find(const char *name, size_t length, struct column *ret_column)
{
	const struct column_set tasks = column_set_tasks();

	return column_set_find(&tasks, name, length, ret_column);
}

static bool listed(const struct column *columns, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (columns[i].name == name)
			return true;
	return false;
}

int columns_parse(const struct column_set *set, const char *list,
		  struct column **ret_columns, size_t *ret_count, const char **ret_bad)
{
	struct column *columns, column;
	size_t count = 0, length;

	columns = calloc(set->count, sizeof(*columns));
	if (!columns)
		return -ENOMEM;
	for (;; list += length + 1) {
		length = strcspn(list, ",");
		if (column_set_find(set, list, length, &column)) {
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

static bool ends(const char *name, const char *end)
{
	size_t length = strlen(name), tail = strlen(end);

	return length > tail && !strcmp(name + length - tail, end);
}

/* A name is near as well if it is so without its unit. */
static void offer(struct suggestion *suggestion, const char *name)
{
	char stem[COLUMN_HEADER_SIZE];
	enum unit unit = ends(name, unit_suffix(UNIT_BYTES)) ? UNIT_BYTES : UNIT_NS;

	suggest_offer(suggestion, name);
	if (!ends(name, unit_suffix(unit)))
		return;
	snprintf(stem, sizeof(stem), "%.*s",
		 (int)(strlen(name) - strlen(unit_suffix(unit))), name);
	suggest_offer(suggestion, stem);
	if (suggestion->best == stem)
		suggestion->best = name;
}

/* The name nearest to an unknown one, or NULL if none is near. */
static const char *suggest(const struct column_set *set, const char *name, size_t length)
{
	struct suggestion suggestion;
	size_t i;

	suggest_init(&suggestion, name, length);
	for (i = 0; i < set->count; i++)
		offer(&suggestion, set->at(set, i).name);
	return suggestion.best;
}

int column_unknown(struct cli *cli, const struct column_set *set, const char *name)
{
	size_t length = strcspn(name, ",");
	const char *near = suggest(set, name, length);

	if (near)
		cli_error(cli, "there is no field '%.*s'; did you mean '%s'?",
			  (int)length, name, near);
	else
		cli_error(cli, "there is no field '%.*s'; see %s", (int)length, name,
			  set->where);
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
