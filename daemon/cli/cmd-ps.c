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
	"pid,user,cpu%,wait%,io%,mem%,lock%,p99,current_state," \
	"current_state_ns,comm"
#define COLUMNS_GROWTH \
	"pid,user,rss,growth,swap,cpu%,mem%,current_state,current_state_ns,comm"
#define COLUMN_PROCESS	"tgid,"

#define SORT_STALL	"-stall_ns_per_s"
#define SORT_RUN	"-run_ns_per_s"

#define INTERVAL_DEFAULT_NS	1000000000U
#define INTERVAL_HIGHEST_S	86400U

/**
 * struct ps - what was asked for, and how far it is
 * @cli: the world
 * @sampling: what the module leaves out, and the interval of the rates
 * @interval_given: so programs want rates, too
 * @all: list idle tasks in any case
 * @comm: what is left out here, or NULL
 * @columns: what is printed of each task
 * @count: number of @columns
 * @sorted: by @sort
 * @descending: the greatest first
 * @limit: how many are printed
 * @idle: tasks that were left out because they were idle
 * @skip_idle: leave them out
 * @by_stall: the order is not asked for, but the default list's
 * @metered: the meter knows one of the tasks
 * @collection: tasks that have to be sorted
 * @report: prints them
 */
struct ps {
	struct cli *cli;
	struct sampling sampling;
	bool interval_given;
	bool all;
	const char *comm;
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

static int bad_argument(struct cli *cli, const char *what, const char *argument)
{
	cli_error(cli, "'%s' is not %s", argument, what);
	return -EINVAL;
}

static int set_pid(struct ps *ps, const char *argument)
{
	uint64_t pid;

	if (number_parse(argument, 1, NUMBER_PID_HIGHEST, &pid))
		return bad_argument(ps->cli, "a process id", argument);
	ps->sampling.filter.pid = (uint32_t)pid;
	ps->sampling.filter.flags |= TASKMETER_SNAPSHOT_PID;
	return 0;
}

static int set_uid(struct ps *ps, const char *argument)
{
	if (users_find(argument, &ps->sampling.filter.uid))
		return bad_argument(ps->cli, "a user", argument);
	ps->sampling.filter.flags |= TASKMETER_SNAPSHOT_UID;
	return 0;
}

static int set_columns(struct ps *ps, const char *argument)
{
	const struct column_set set = column_set_tasks();
	const char *bad;
	int r;

	free(ps->columns);
	ps->columns = NULL;
	r = columns_parse(&set, argument, &ps->columns, &ps->count, &bad);
	return r == -ENOENT ? column_unknown(ps->cli, &set, bad) : r;
}

static int set_sort(struct ps *ps, const char *argument)
{
	const struct column_set set = column_set_tasks();

	ps->descending = *argument == '-';
	argument += ps->descending;
	ps->sorted = true;
	if (column_set_find(&set, argument, strlen(argument), &ps->sort))
		return column_unknown(ps->cli, &set, argument);
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

static int set_interval(struct ps *ps, const char *argument)
{
	ps->interval_given = true;
	if (number_parse_seconds(argument, INTERVAL_HIGHEST_S,
				 &ps->sampling.interval_ns))
		return bad_argument(ps->cli,
				    "an interval in seconds, 0 to 86400",
				    argument);
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
	case 'i':
		return set_interval(ps, argument);
	case 'w':
		return set_width(ps, argument);
	case 'a':
		ps->all = true;
		return 0;
	case 'T':
		ps->sampling.filter.flags |= TASKMETER_SNAPSHOT_THREADS;
		return 0;
	case OPTION_EXACT_RSS:
		ps->sampling.filter.flags |= TASKMETER_SNAPSHOT_EXACT_RSS;
		return 0;
	case OPTION_COMM:
		ps->comm = argument;
		return 0;
	case OPTION_NO_HEADER:
		cli->no_header = true;
		return 0;
	default:
		return options_format(key, &ps->report.format);
	}
}

/*
 * For programs, by default everything that the record holds; rates too if they ask
 * for an interval, so that they are not kept waiting for what they do not read.
 */
static int all_columns(struct ps *ps)
{
	size_t i;

	ps->count = record_key_count();
	if (ps->interval_given)
		ps->count = column_count();
	ps->columns = calloc(ps->count, sizeof(*ps->columns));
	if (!ps->columns)
		return -ENOMEM;
	for (i = 0; i < ps->count; i++)
		ps->columns[i] = column_at(i);
	return 0;
}

/*
 * Who is held up now, the worst first. On a terminal, where that would scroll
 * away, without those who had nothing to do; a pipe gets all of them. Sorted by
 * growth the list is of who takes memory.
 */
static int held_up_columns(struct ps *ps)
{
	bool growth = ps->sorted && ps->sort.kind == COLUMN_GROWTH;

	if (!ps->sorted) {
		ps->skip_idle = ps->cli->terminal && !ps->all && !ps->comm &&
				!(ps->sampling.filter.flags &
				  (TASKMETER_SNAPSHOT_PID |
				   TASKMETER_SNAPSHOT_UID));
		ps->by_stall = true;
		set_sort(ps, SORT_STALL);
	}
	if (ps->sampling.filter.flags & TASKMETER_SNAPSHOT_THREADS)
		return set_columns(ps, growth ? COLUMN_PROCESS COLUMNS_GROWTH :
						COLUMN_PROCESS COLUMNS_PROCESSES);
	return set_columns(ps, growth ? COLUMNS_GROWTH : COLUMNS_PROCESSES);
}

static int default_columns(struct ps *ps)
{
	if (ps->columns)
		return 0;
	return ps->report.format == FORMAT_TEXT ? held_up_columns(ps) :
						  all_columns(ps);
}

static int compare(const struct sample *a, const struct sample *b, void *context)
{
	struct ps *ps = context;

	return column_compare(ps->cli, &ps->sort, ps->descending, a, b);
}

static int ps_init(struct ps *ps)
{
	bool threads = ps->sampling.filter.flags & TASKMETER_SNAPSHOT_THREADS;
	size_t i;

	if (default_columns(ps)) {
		cli_error(ps->cli, "no memory");
		return CLI_FAILED;
	}
	for (i = 0; i < ps->count; i++)
		column_need(&ps->sampling, &ps->columns[i]);
	if (ps->sorted)
		column_need(&ps->sampling, &ps->sort);
	ps->collection.limit = ps->limit;
	ps->collection.compare = compare;
	ps->collection.context = ps;
	ps->report.cli = ps->cli;
	ps->report.columns = ps->columns;
	ps->report.count = ps->count;
	ps->report.threads = threads;
	ps->report.list = threads ? "threads" : "processes";
	return CLI_OK;
}

/* The kernel keeps 15 bytes of a name; a longer one is meant by these. */
static bool is_named(const struct ps *ps, const struct taskmeter_record *record)
{
	return !ps->comm ||
	       !strncmp(ps->comm, record->comm, TASKMETER_COMM_LEN - 1);
}

static bool wanted(struct ps *ps, const struct sample *sample)
{
	if (!is_named(ps, &sample->record))
		return false;
	if (!ps->skip_idle || !rates_idle(&sample->rates))
		return true;
	ps->idle++;
	return false;
}

static void begin(struct ps *ps)
{
	ps->report.time_ns = ps->sampling.time_ns;
	ps->report.interval_ns = ps->sampling.elapsed_ns;
	ps->report.rates = ps->sampling.rates || ps->sampling.quantiles;
	report_begin(&ps->report);
}

/* Prints a task. Return: 0, 1 if no more are wanted, -ENOMEM. */
static int print(struct ps *ps, const struct sample *sample)
{
	int r;

	if (ps->report.records == ps->limit)
		return 1;
	if (!ps->report.records)
		begin(ps);
	r = report_sample(&ps->report, sample);
	return r || cli_written(ps->cli) ? r : 1;
}

/* Unsorted, each is printed as it comes, and gone. */
static int take(void *context, const struct sample *sample)
{
	struct ps *ps = context;

	if (sample->record.available & TASKMETER_AVAILABLE_METER)
		ps->metered = true;
	if (!wanted(ps, sample))
		return 0;
	return ps->sorted ? collection_add(&ps->collection, sample) :
			    print(ps, sample);
}

static int print_collection(struct ps *ps)
{
	size_t i;
	int r = 0;

	collection_sort(&ps->collection);
	for (i = 0; !r && i < ps->collection.count; i++)
		r = print(ps, &ps->collection.samples[i]);
	return r < 0 ? r : 0;
}

/* Nothing was seen: because there is nothing, or because nothing may be. */
static int explain_nothing(struct ps *ps, struct tm_meter *meter)
{
	if (client_blind(meter))
		return client_not_permitted(ps->cli);
	if (ps->sampling.filter.flags & TASKMETER_SNAPSHOT_PID) {
		cli_error(ps->cli, "there is no process %u that matches, or it may not be seen",
			  ps->sampling.filter.pid);
		return CLI_FAILED;
	}
	begin(ps);
	return CLI_OK;
}

/* What a person may miss in a table; whatever reads a pipe would stumble on it. */
static void tell_missing(const struct ps *ps)
{
	if (!ps->cli->terminal || ps->report.format != FORMAT_TEXT)
		return;
	if (ps->report.rates && !ps->metered)
		fprintf(ps->cli->out, "the meter is off, only CPU%% and GROWTH are known; see 'taskmeter help set'\n");
	if (ps->idle)
		fprintf(ps->cli->out, "%zu idle %s not shown; 'taskmeter ps -a' shows %s\n",
			ps->idle, ps->idle == 1 ? "one is" : "ones are",
			ps->idle == 1 ? "it" : "them");
}

/* With the meter off nobody is known to be held up, but who runs is. */
static void choose_order(struct ps *ps, struct tm_meter *meter)
{
	struct taskmeter_info info;

	if (ps->by_stall && !tm_info(meter, &info, sizeof(info)) &&
	    !(info.flags & TASKMETER_INFO_METER))
		set_sort(ps, SORT_RUN);
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
	choose_order(ps, meter);
	r = sampling_run(&ps->sampling, ps->cli, meter, take, ps);
	if (!r)
		r = print_collection(ps);
	if (r)
		status = client_fail(ps->cli, meter, r);
	else if (!ps->report.records)
		status = explain_nothing(ps, meter);
	if (!status) {
		report_end(&ps->report);
		tell_missing(ps);
	}
	collection_release(&ps->collection);
	tm_close(meter);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct ps ps = {
		.cli = cli,
		.limit = SIZE_MAX,
		.sampling = { .interval_ns = INTERVAL_DEFAULT_NS },
	};
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
	{ 'a', "all", NULL, "idle ones too, which are left out on a terminal" },
	{ 'T', "threads", NULL, "threads instead of processes" },
	{ 's', "sort", "FIELD", "sort by a field, with - before it the greatest first" },
	{ 'n', "limit", "NUMBER", "no more lines than this" },
	{ 'o', "fields", "FIELDS", "fields to print, separated by commas" },
	{ 'w', "width", "COLUMNS", "cut lines to this width, 0 not to cut them" },
	{ 'i', "interval", "SECONDS", "over which rates are taken, 0: since a process began" },
	{ OPTION_EXACT_RSS, "exact-rss", NULL, "exact resident memory, at a higher cost" },
	OPTION_OF_LISTS,
	OPTIONS_EVERY_COMMAND
};

const struct command command_ps = {
	.name = "ps",
	.arguments = "",
	.summary = "list processes, those that are held up most first",
	.options = options,
	.run = run,
};
