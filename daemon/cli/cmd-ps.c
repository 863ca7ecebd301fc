// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter ps: many processes or threads, one line each. */
#include "cli/client.h"
#include "cli/collection.h"
#include "cli/commands.h"
#include "cli/number.h"
#include "cli/report.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_PROCESSES \
	"pid,user,state,cpu,run,run_delay,voluntary_switches,rss,swap," \
	"major_faults,io_read,io_write,comm"
#define COLUMNS_THREADS	"tgid," COLUMNS_PROCESSES

/**
 * struct ps - what was asked for, and how far it is
 * @cli: the world
 * @filter: what the module leaves out
 * @comm: what is left out here, or NULL
 * @columns: what is printed of each record
 * @count: number of @columns
 * @sorted: by @sort
 * @descending: the greatest first
 * @limit: how many are printed
 * @report: prints them
 */
struct ps {
	struct cli *cli;
	struct tm_filter filter;
	const char *comm;
	struct column *columns;
	size_t count;
	bool sorted;
	bool descending;
	struct column sort;
	size_t limit;
	struct report report;
};

static int bad_argument(struct cli *cli, const char *what, const char *argument)
{
	cli_error(cli, "'%s' is not %s", argument, what);
	return -EINVAL;
}

static int bad_column(struct cli *cli, const char *name)
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

static int set_pid(struct ps *ps, const char *argument)
{
	uint64_t pid;

	if (number_parse(argument, 1, NUMBER_PID_HIGHEST, &pid))
		return bad_argument(ps->cli, "a process id", argument);
	ps->filter.pid = (uint32_t)pid;
	ps->filter.flags |= TASKMETER_SNAPSHOT_PID;
	return 0;
}

static int set_uid(struct ps *ps, const char *argument)
{
	if (users_find(argument, &ps->filter.uid))
		return bad_argument(ps->cli, "a user", argument);
	ps->filter.flags |= TASKMETER_SNAPSHOT_UID;
	return 0;
}

static int set_columns(struct ps *ps, const char *argument)
{
	const char *bad;
	int r;

	free(ps->columns);
	ps->columns = NULL;
	r = columns_parse(argument, &ps->columns, &ps->count, &bad);
	return r == -ENOENT ? bad_column(ps->cli, bad) : r;
}

static int set_sort(struct ps *ps, const char *argument)
{
	ps->descending = *argument == '-';
	argument += ps->descending;
	ps->sorted = true;
	if (column_find(argument, strlen(argument), &ps->sort))
		return bad_column(ps->cli, argument);
	return 0;
}

static int set_limit(struct ps *ps, const char *argument)
{
	uint64_t limit;

	if (number_parse(argument, 1, UINT32_MAX, &limit))
		return bad_argument(ps->cli, "a number of lines", argument);
	ps->limit = (size_t)limit;
	return 0;
}

static int set_width(struct ps *ps, const char *argument)
{
	uint64_t width;

	if (number_parse(argument, 0, INT_MAX, &width))
		return bad_argument(ps->cli, "a width", argument);
	ps->cli->width = (unsigned int)width;
	return 0;
}

static int handle(struct cli *cli, void *context, int key, const char *argument)
{
	struct ps *ps = context;

	(void)cli;
	switch (key) {
	case 'p':
		return set_pid(ps, argument);
	case 'u':
		return set_uid(ps, argument);
	case 'o':
		return set_columns(ps, argument);
	case 's':
		return set_sort(ps, argument);
	case 'n':
		return set_limit(ps, argument);
	case 'w':
		return set_width(ps, argument);
	case 'T':
		ps->filter.flags |= TASKMETER_SNAPSHOT_THREADS;
		return 0;
	case OPTION_EXACT_RSS:
		ps->filter.flags |= TASKMETER_SNAPSHOT_EXACT_RSS;
		return 0;
	case OPTION_COMM:
		ps->comm = argument;
		return 0;
	default:
		return options_format(key, &ps->report.format);
	}
}

/* For programs, by default everything that the record holds. */
static int all_columns(struct ps *ps)
{
	size_t i;

	ps->count = record_key_count();
	ps->columns = calloc(ps->count, sizeof(*ps->columns));
	if (!ps->columns)
		return -ENOMEM;
	for (i = 0; i < ps->count; i++)
		ps->columns[i] = column_at(i);
	return 0;
}

static int default_columns(struct ps *ps)
{
	const char *list = ps->filter.flags & TASKMETER_SNAPSHOT_THREADS ?
			   COLUMNS_THREADS : COLUMNS_PROCESSES;

	if (ps->columns)
		return 0;
	return ps->report.format == FORMAT_TEXT ? set_columns(ps, list) :
						  all_columns(ps);
}

static int ps_init(struct ps *ps)
{
	bool threads = ps->filter.flags & TASKMETER_SNAPSHOT_THREADS;

	if (default_columns(ps)) {
		cli_error(ps->cli, "no memory");
		return CLI_FAILED;
	}
	ps->report.cli = ps->cli;
	ps->report.columns = ps->columns;
	ps->report.count = ps->count;
	ps->report.threads = threads;
	ps->report.list = threads ? "threads" : "processes";
	return CLI_OK;
}

/* The kernel keeps 15 bytes of a name; a longer one is meant by these. */
static bool wanted(const struct ps *ps, const struct taskmeter_record *record)
{
	return !ps->comm ||
	       !strncmp(ps->comm, record->comm, TASKMETER_COMM_LEN - 1);
}

static int compare(const struct taskmeter_record *a,
		   const struct taskmeter_record *b, void *context)
{
	struct ps *ps = context;

	return column_compare(ps->cli, &ps->sort, ps->descending, a, b);
}

/* Prints a record. Return: 0, 1 if no more are wanted, -ENOMEM. */
static int print(struct ps *ps, const struct taskmeter_record *record)
{
	int r;

	if (ps->report.records == ps->limit)
		return 1;
	if (!ps->report.records)
		report_begin(&ps->report);
	r = report_record(&ps->report, record);
	return r || cli_written(ps->cli) ? r : 1;
}

/* As they come: each is printed, and gone. */
static int print_stream(struct ps *ps, struct tm_snapshot *snapshot)
{
	const struct taskmeter_record *record;
	int r, p;

	while ((r = tm_snapshot_next(snapshot, &record)) > 0) {
		if (!ps->report.time_ns)
			ps->report.time_ns = tm_snapshot_time(snapshot);
		if (!wanted(ps, record))
			continue;
		p = print(ps, record);
		if (p)
			return p < 0 ? p : 0;
	}
	return r;
}

static int collect(struct ps *ps, struct tm_snapshot *snapshot,
		   struct collection *collection)
{
	const struct taskmeter_record *record;
	int r;

	while ((r = tm_snapshot_next(snapshot, &record)) > 0) {
		if (!ps->report.time_ns)
			ps->report.time_ns = tm_snapshot_time(snapshot);
		r = wanted(ps, record) ? collection_add(collection, record) : 0;
		if (r)
			return r;
	}
	return r;
}

static int print_sorted(struct ps *ps, struct tm_snapshot *snapshot)
{
	struct collection collection = {
		.limit = ps->limit,
		.compare = compare,
		.context = ps,
	};
	size_t i;
	int r;

	r = collect(ps, snapshot, &collection);
	collection_sort(&collection);
	for (i = 0; !r && i < collection.count; i++)
		r = print(ps, &collection.records[i]);
	collection_release(&collection);
	return r < 0 ? r : 0;
}

static int print_snapshot(struct ps *ps, struct tm_meter *meter)
{
	struct tm_snapshot *snapshot;
	int r;

	r = tm_snapshot_new(meter, &ps->filter, &snapshot);
	if (r)
		return r;
	r = ps->sorted ? print_sorted(ps, snapshot) :
			 print_stream(ps, snapshot);
	if (!ps->report.time_ns)
		ps->report.time_ns = tm_snapshot_time(snapshot);
	tm_snapshot_free(snapshot);
	return r;
}

/* Nothing was seen: because there is nothing, or because nothing may be. */
static int explain_nothing(struct ps *ps, struct tm_meter *meter)
{
	if (client_blind(meter))
		return client_not_permitted(ps->cli);
	if (ps->filter.flags & TASKMETER_SNAPSHOT_PID) {
		cli_error(ps->cli, "there is no process %u that matches, or it may not be seen",
			  ps->filter.pid);
		return CLI_FAILED;
	}
	report_begin(&ps->report);
	return CLI_OK;
}

static int ps_run(struct ps *ps)
{
	struct tm_meter *meter;
	int status, r;

	status = ps_init(ps);
	if (status)
		return status;
	status = client_open(ps->cli, &meter);
	if (status)
		return status;
	r = print_snapshot(ps, meter);
	if (r)
		status = client_fail(ps->cli, meter, r);
	else if (!ps->report.records)
		status = explain_nothing(ps, meter);
	if (!status)
		report_end(&ps->report);
	tm_close(meter);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct ps ps = { .cli = cli, .limit = SIZE_MAX };
	int first, r;

	r = options_parse(cli, &command_ps, argc, argv, handle, &ps, &first);
	if (!r && first < argc) {
		cli_error(cli, "ps takes no '%s'; to name a process, use '-p PID'",
			  argv[first]);
		r = -EINVAL;
	}
	if (r)
		r = r < 0 ? CLI_USAGE : CLI_OK;
	else
		r = ps_run(&ps);
	free(ps.columns);
	return r;
}

static const struct option_spec options[] = {
	{ 'p', "pid", "PID", "only this process" },
	{ 'u', "user", "USER", "only processes of this user, a name or an id" },
	{ OPTION_COMM, "comm", "NAME", "only processes of this name" },
	{ 'T', "threads", NULL, "threads instead of processes" },
	{ 's', "sort", "FIELD", "sort by a field, with - before it the greatest first" },
	{ 'n', "limit", "NUMBER", "no more lines than this" },
	{ 'o', "fields", "FIELDS", "fields to print, separated by commas" },
	{ 'w', "width", "COLUMNS", "cut lines to this width, 0 not to cut them" },
	{ OPTION_EXACT_RSS, "exact-rss", NULL, "exact resident memory, at a higher cost" },
	OPTIONS_EVERY_COMMAND
};

const struct command command_ps = {
	.name = "ps",
	.arguments = "",
	.summary = "list processes or threads",
	.options = options,
	.run = run,
};
