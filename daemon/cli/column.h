/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Columns of "taskmeter ps": every key of a record, and what is derived from
 * several of them, from two snapshots or from the system; and those of groups of
 * tasks. A column has three forms: short for people, exact for CSV, and JSON.
 */
#ifndef TASKMETER_CLI_COLUMN_H
#define TASKMETER_CLI_COLUMN_H

#include "cli/sampling.h"
#include "common/group-kind.h"
#include "common/record-json.h"
#include "common/text.h"

struct json_object;

/* Room for any text of a column, with the NUL: the longest is the path of a cgroup. */
#define COLUMN_TEXT_SIZE	TEXT_TERMINAL_SIZE(CGROUP_PATH_SIZE)

/**
 * enum column_kind - where the value comes from
 * @COLUMN_KEY: a key of the record
 * @COLUMN_USER: "user": name of its uid
 * @COLUMN_RSS: "rss_bytes": sum of the three kinds of resident memory
 * @COLUMN_RATE: one of &enum rate
 * @COLUMN_P99: "cpu_wait_p99_ns"
 * @COLUMN_GROWTH: "rss_growth_bytes_per_s"
 * @COLUMN_SWITCHES: "switches_per_s"
 * @COLUMN_GROUP: "name": of a group
 * @COLUMN_TASKS: "tasks": how many are in a group
 */
enum column_kind {
	COLUMN_KEY,
	COLUMN_USER,
	COLUMN_RSS,
	COLUMN_RATE,
	COLUMN_P99,
	COLUMN_GROWTH,
	COLUMN_SWITCHES,
	COLUMN_GROUP,
	COLUMN_TASKS,
};

/**
 * struct column - a column
 * @name: as it is chosen, and the key in JSON and CSV
 * @help: one line
 * @kind: &enum column_kind
 * @key: of COLUMN_KEY
 * @rate: of COLUMN_RATE
 * @group: of COLUMN_GROUP
 */
struct column {
	const char *name;
	const char *help;
	enum column_kind kind;
	struct record_key key;
	enum rate rate;
	enum group_kind group;
};

/**
 * struct column_set - columns that may be chosen from
 * @count: how many
 * @at: gives one by its number
 * @group: kind of group that they are of; not of tasks
 * @where: what tells of them all
 */
struct column_set {
	size_t count;
	struct column (*at)(const struct column_set *set, size_t index);
	enum group_kind group;
	const char *where;
};

#define COLUMN_HEADER_SIZE	32

/**
 * column_count() - number of columns that there are
 *
 * Return: the number.
 */
size_t column_count(void);

/**
 * column_at() - a column by its number
 * @index: below column_count()
 *
 * Return: the column.
 */
struct column column_at(size_t index);

/**
 * column_set_tasks() - the columns of tasks, which are those of column_at()
 *
 * Return: the set.
 */
struct column_set column_set_tasks(void);

/**
 * column_set_find() - a column by its name
 * @set: the columns that there are
 * @name: as column_find()
 * @length: of @name
 * @ret_column: filled in
 *
 * Return: 0; -ENOENT if there is none.
 */
int column_set_find(const struct column_set *set, const char *name, size_t length,
		    struct column *ret_column);

/**
 * column_find() - a column of tasks by its name
 * @name: the name, with or without the unit at its end (rss, rss_bytes), or the
 *	heading in letters of either case (wait%)
 * @length: of @name
 * @ret_column: filled in
 *
 * Return: 0; -ENOENT if there is none.
 */
int column_find(const char *name, size_t length, struct column *ret_column);

/**
 * column_needs_stalls() - whether a column is empty without TASKMETER_SNAPSHOT_STALLS
 * @column: the column
 */
bool column_needs_stalls(const struct column *column);

/**
 * column_need() - ask for what a column is made of
 * @sampling: its @rates, @quantiles and @stalls are set if they are needed
 * @column: the column
 */
void column_need(struct sampling *sampling, const struct column *column);

/**
 * columns_parse() - columns by a list of names
 * @set: the columns that there are
 * @list: names separated by commas
 * @ret_columns: in the order of the list, to be freed with free()
 * @ret_count: how many, at least 1
 * @ret_bad: on -ENOENT, the bad name in @list, up to a comma or the end
 *
 * Return: 0; -ENOENT if a name is not known or is empty; -ENOMEM.
 */
int columns_parse(const struct column_set *set, const char *list,
		  struct column **ret_columns, size_t *ret_count, const char **ret_bad);

/**
 * column_unknown() - say that there is no such column
 * @cli: where to
 * @set: the columns that there are
 * @name: the name, up to a comma or the end; one that is near is suggested
 *
 * Return: -EINVAL.
 */
int column_unknown(struct cli *cli, const struct column_set *set, const char *name);

/**
 * column_header() - heading
 * @column: the column
 * @header: gets it
 */
void column_header(const struct column *column,
		   char header[static COLUMN_HEADER_SIZE]);

/**
 * column_width() - how wide its values are on a terminal, most of the time
 * @column: the column
 *
 * Return: positive if the values stand at the right, negative at the left.
 */
int column_width(const struct column *column);

/**
 * column_text() - value for people
 * @cli: the world
 * @column: the column
 * @sample: the task
 * @text: gets it: escaped, "-" if it is not available
 */
void column_text(struct cli *cli, const struct column *column,
		 const struct sample *sample,
		 char text[static COLUMN_TEXT_SIZE]);

/**
 * column_exact() - value for CSV
 * @cli: the world
 * @column: the column
 * @sample: the task
 * @text: gets it: UTF-8, "" if it is not available; not quoted
 */
void column_exact(struct cli *cli, const struct column *column,
		  const struct sample *sample,
		  char text[static COLUMN_TEXT_SIZE]);

/**
 * column_json() - value for JSON
 * @cli: the world
 * @column: the column
 * @sample: the task
 * @ret_value: the value, the caller's; NULL if it is not available
 *
 * Return: 0; -ENOMEM.
 */
int column_json(struct cli *cli, const struct column *column,
		const struct sample *sample,
		struct json_object **ret_value);

/**
 * column_compare() - order of two records
 * @cli: the world
 * @column: what they are compared by
 * @descending: the greater first
 * @a: a record
 * @b: another
 *
 * What is not available comes last; equal ones are in the order of pid.
 *
 * Return: as of strcmp().
 */
int column_compare(struct cli *cli, const struct column *column,
		   bool descending, const struct sample *a,
		   const struct sample *b);

#endif
