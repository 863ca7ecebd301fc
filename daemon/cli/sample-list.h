/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list on standard output, of tasks or of groups: the options that choose its fields, its
 * order and its form, and who is left out.
 */
#ifndef TASKMETER_CLI_SAMPLE_LIST_H
#define TASKMETER_CLI_SAMPLE_LIST_H

#include "cli/collection.h"
#include "cli/column.h"
#include "cli/report.h"

/**
 * struct sample_list - what was asked for, and how far it is
 * @cli: the world
 * @set: columns that may be chosen from
 * @sampling: what the module leaves out, and the interval of the rates
 * @interval_given: so programs want rates, too
 * @all: list idle ones in any case
 * @columns: what is printed of each
 * @count: number of @columns
 * @sorted: by @sort
 * @descending: the greatest first
 * @sort: column to sort by
 * @limit: how many are printed
 * @idle: how many were left out because they were idle
 * @skip_idle: leave them out
 * @by_stall: the order is not asked for, but the default list's
 * @metered: the meter knows one of the tasks
 * @collection: those that have to be sorted
 * @report: prints them
 */
struct sample_list {
	struct cli *cli;
	struct column_set set;
	struct sampling sampling;
	bool interval_given;
	bool all;
	struct column *columns;
	size_t count;
	bool sorted;
	bool descending;
	struct column sort;
	size_t limit;
	size_t idle;
	bool skip_idle;
	bool by_stall;
	bool metered;
	struct collection collection;
	struct report report;
};

/* What sample_list_option() knows, but for -i, of which the commands tell differently. */
#define OPTIONS_OF_SAMPLE_LIST							\
	{ 's', "sort", "FIELD", "sort by a field, with - before it the greatest first" }, \
	{ 'n', "limit", "NUMBER", "no more lines than this" },			\
	{ 'o', "fields", "FIELDS", "fields to print, separated by commas" },	\
	{ 'w', "width", "COLUMNS", "cut lines to this width, 0 not to cut them" }

/**
 * sample_list_init() - a list as it is without options
 * @list: filled in
 * @cli: the world
 */
void sample_list_init(struct sample_list *list, struct cli *cli);

/**
 * sample_list_bad() - say what is wrong with an argument
 * @list: the list
 * @what: what it is not: "a user"
 * @argument: the argument
 *
 * Return: -EINVAL.
 */
int sample_list_bad(struct sample_list *list, const char *what, const char *argument);

/**
 * sample_list_option() - take up an option: -a, -i, -n, -o, -s, -w, --no-header, --json, --csv
 * @list: its @set is known
 * @key: of the option
 * @argument: its argument
 *
 * Return: 0; -EINVAL after it said what is wrong; -ENOENT if it is another option; -ENOMEM.
 */
int sample_list_option(struct sample_list *list, int key, const char *argument);

/**
 * sample_list_columns() - choose columns
 * @list: the list
 * @names: separated by commas
 *
 * Return: 0; -EINVAL after it said what is wrong; -ENOMEM.
 */
int sample_list_columns(struct sample_list *list, const char *names);

/**
 * sample_list_first_columns() - choose the first columns of the set
 * @list: the list
 * @count: how many
 *
 * Return: 0; -ENOMEM.
 */
int sample_list_first_columns(struct sample_list *list, size_t count);

/**
 * sample_list_sort() - choose the order
 * @list: the list
 * @name: of a column, with - before it the greatest first
 *
 * Return: 0; -EINVAL after it said what is wrong.
 */
int sample_list_sort(struct sample_list *list, const char *name);

/**
 * sample_list_by_stall() - order by who is held up most, if the meter knows that
 * @list: the list
 */
void sample_list_by_stall(struct sample_list *list);

/**
 * sample_list_ready() - all is chosen: find out what the module has to be asked for
 * @list: the list
 * @meter: the meter
 */
void sample_list_ready(struct sample_list *list, struct tm_meter *meter);

/**
 * sample_list_add() - add a task or a group
 * @list: the list; if it is not sorted, that is printed at once
 * @sample: copied
 *
 * Return: 0; 1 if no more are wanted; -ENOMEM.
 */
int sample_list_add(struct sample_list *list, const struct sample *sample);

/**
 * sample_list_print() - print those that had to be sorted
 * @list: the list
 *
 * Return: 0; -ENOMEM.
 */
int sample_list_print(struct sample_list *list);

/**
 * sample_list_end() - print what comes behind the last one
 * @list: the list; empty if nothing was printed
 * @command: on a terminal, the command that lists those too that were left out
 */
void sample_list_end(struct sample_list *list, const char *command);

/**
 * sample_list_release() - drop everything
 * @list: the list
 */
void sample_list_release(struct sample_list *list);

#endif
