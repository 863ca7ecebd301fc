/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What top shows, apart from how: tasks or groups of them, in which order, which of them,
 * which one is selected, and what keys change of that. It knows no terminal.
 */
#ifndef TASKMETER_CLI_TOP_VIEW_H
#define TASKMETER_CLI_TOP_VIEW_H

#include "cli/column.h"
#include "cli/grouping.h"
#include "cli/waits.h"

#define TOP_FILTER_SIZE		64
#define TOP_MESSAGE_SIZE	256

/* Looks that TOP_DETAIL goes back: a minute at an interval of a second. */
#define TOP_PAST		60

/**
 * enum top_kind - what a row is
 * @TOP_PROCESSES: a process
 * @TOP_THREADS: a thread
 * @TOP_USERS: all processes of a user, see &enum group_kind
 * @TOP_CGROUPS: all in a cgroup, but for those below it
 * @TOP_UNITS: all of a systemd unit
 * @TOP_CONTAINERS: all in a container
 * @TOP_PROGRAMS: all of a name
 * @TOP_SLICES: all of a slice
 * @TOP_KINDS: how many kinds there are
 */
enum top_kind {
	TOP_PROCESSES,
	TOP_THREADS,
	TOP_USERS,
	TOP_CGROUPS,
	TOP_UNITS,
	TOP_CONTAINERS,
	TOP_PROGRAMS,
	TOP_SLICES,
	TOP_KINDS,
};

/**
 * enum top_page - what is on the screen
 * @TOP_LIST: the rows
 * @TOP_DETAIL: one task
 * @TOP_HELP: the keys
 */
enum top_page {
	TOP_LIST,
	TOP_DETAIL,
	TOP_HELP,
};

/**
 * struct top_row - a row
 * @sample: the task, or the sums of a group
 * @group: the group; NULL if it is a task
 */
struct top_row {
	const struct sample *sample;
	const struct task_group *group;
};

/**
 * struct top_identity - who a row is, from one look to the next
 * @id: process or thread id, or that of the group
 * @start_time_ns: of a task; else 0
 */
struct top_identity {
	uint64_t id;
	uint64_t start_time_ns;
};

/**
 * struct top_detail - the task that TOP_DETAIL is about
 * @identity: which
 * @thread: it is a thread
 * @known: @reading was read; it stays when the task has ended
 * @ended: it has
 * @waits: @reading has histograms
 * @reading: what is known of it
 * @rates: those of the last interval
 * @past: how much it was held up in the intervals since the page was opened, in
 *	nanoseconds per second; the last one is the newest
 * @past_count: how many of these there are
 * @past_time_ns: time of the look that the newest one is of
 */
struct top_detail {
	struct top_identity identity;
	bool thread;
	bool known;
	bool ended;
	bool waits;
	struct task_reading reading;
	struct rates rates;
	uint64_t past[TOP_PAST];
	size_t past_count;
	uint64_t past_time_ns;
};

/**
 * struct top_view - the view; set up by top_view_init()
 * @cli: the world
 * @kind: what a row is
 * @set: which of the sets of columns
 * @own: columns that were chosen by name, a set of their own; or NULL
 * @own_count: how many
 * @columns: those that are shown
 * @count: how many
 * @name: column of a task's name
 * @user: column of its user
 * @sort: column that the rows are sorted by
 * @descending: the greatest first
 * @filter: rows with this text only
 * @filter_before: what it was before it was edited
 * @typing: it is being edited
 * @within: only tasks of @group, which was a row of @group_view
 * @group_view: see @within
 * @group: its id
 * @group_name: its name, escaped
 * @skip_idle: leave out who neither ran nor was held up
 * @frozen: no new look is taken
 * @interval_ns: from one look to the next
 * @page: what is on the screen
 * @sampling: what is asked of the module
 * @baseline: the look before
 * @tasks: those of the last look
 * @groups: the same as groups
 * @names: names of groups
 * @rows: what is shown of either, sorted
 * @row_count: how many
 * @row_capacity: for how many there is room
 * @selected: the row that is selected
 * @first: the row at the top
 * @page_rows: rows that the screen had room for
 * @follow: the selection stays with @identity wherever that goes
 * @identity: who is selected
 * @detail: of TOP_DETAIL
 * @rated: rates are known
 * @metered: the meter knows one of the tasks
 * @message: what is wrong, or ""
 */
struct top_view {
	struct cli *cli;
	enum top_kind kind;
	size_t set;
	struct column *own;
	size_t own_count;
	struct column *columns;
	size_t count;
	struct column name;
	struct column user;
	struct column sort;
	bool descending;
	char filter[TOP_FILTER_SIZE];
	char filter_before[TOP_FILTER_SIZE];
	bool typing;
	bool within;
	enum top_kind group_view;
	uint64_t group;
	char group_name[COLUMN_TEXT_SIZE];
	bool skip_idle;
	bool frozen;
	uint64_t interval_ns;
	enum top_page page;
	struct sampling sampling;
	struct baseline baseline;
	struct collection tasks;
	struct grouping groups;
	struct group_names names;
	struct top_row *rows;
	size_t row_count;
	size_t row_capacity;
	size_t selected;
	size_t first;
	size_t page_rows;
	bool follow;
	struct top_identity identity;
	struct top_detail detail;
	bool rated;
	bool metered;
	char message[TOP_MESSAGE_SIZE];
};

/**
 * top_view_init() - the view at first: processes, those that are held up most first
 * @view: the view
 * @cli: the world
 *
 * Return: 0; -ENOMEM.
 */
int top_view_init(struct top_view *view, struct cli *cli);

/**
 * top_view_columns() - choose the columns by kind and set
 * @view: the view
 *
 * Return: 0; -ENOMEM, and it stays as it was.
 */
int top_view_columns(struct top_view *view);

/**
 * top_view_own() - take columns that were chosen by name
 * @view: the view
 * @columns: the columns, which it frees
 * @count: how many
 */
void top_view_own(struct top_view *view, struct column *columns, size_t count);

/**
 * top_view_sets() - number of sets of columns of this kind of row
 * @view: the view
 *
 * Return: the number.
 */
size_t top_view_sets(const struct top_view *view);

/**
 * top_view_sort() - sort by a column, in the columns that show it
 * @view: the view
 * @column: the column
 * @descending: the greatest first
 */
void top_view_sort(struct top_view *view, const struct column *column, bool descending);

/**
 * top_view_kind() - show other rows
 * @view: the view
 * @kind: what a row is
 *
 * Return: whether there has to be a new look at the tasks: the last one was at others.
 */
bool top_view_kind(struct top_view *view, enum top_kind kind);

/**
 * top_view_look() - take a look at the tasks
 * @view: the view; if this fails it has no rows
 * @meter: the meter
 *
 * Return: 0 or a negative errno.
 */
int top_view_look(struct top_view *view, struct tm_meter *meter);

/**
 * top_view_forget() - begin anew: the next look has no rates
 * @view: the view
 */
void top_view_forget(struct top_view *view);

/**
 * top_view_arrange() - make, filter and sort the rows after something has changed
 * @view: the view
 */
void top_view_arrange(struct top_view *view);

/**
 * top_view_select() - select a row
 * @view: the view
 * @row: its number; the last one if there are not so many
 */
void top_view_select(struct top_view *view, size_t row);

/**
 * top_view_scroll() - have the selected row on the screen
 * @view: the view
 * @rows: that it has room for
 */
void top_view_scroll(struct top_view *view, size_t rows);

/**
 * top_view_identity() - who a row is
 * @row: the row
 *
 * Return: who.
 */
struct top_identity top_view_identity(const struct top_row *row);

/**
 * top_view_name() - name of a row
 * @view: the view
 * @row: of a group or a task
 * @text: gets it, escaped
 */
void top_view_name(struct top_view *view, const struct top_row *row,
		   char text[static COLUMN_TEXT_SIZE]);

/**
 * top_view_within() - show the processes of a group
 * @view: the view
 * @row: the group
 */
void top_view_within(struct top_view *view, const struct top_row *row);

/**
 * top_view_blind() - whether the rows cannot be told, for want of a unified hierarchy
 * @view: the view
 */
bool top_view_blind(const struct top_view *view);

/**
 * top_view_release() - drop everything
 * @view: the view
 */
void top_view_release(struct top_view *view);

#endif
