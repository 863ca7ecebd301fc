// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter exits: processes that ended, from the module's log or as they end. */
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/exit-report.h"
#include "cli/exit-start.h"
#include "cli/follow.h"
#include "cli/number.h"
#include "cli/since.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#define NS_PER_S	UINT64_C(1000000000)

/**
 * struct exits - what was asked for, and how far it is
 * @cli: the world
 * @filter: which records
 * @since: from where on
 * @since_given: that is asked for
 * @follow: go on with what comes
 * @limit: how many are printed, 0 for all
 * @flags: what the records come with
 * @lost: records that were asked for and are not in the log any more
 * @report: prints them
 */
struct exits {
	struct cli *cli;
	struct exit_filter filter;
	struct since since;
	bool since_given;
	bool follow;
	uint64_t limit;
	uint32_t flags;
	uint64_t lost;
	struct exit_report report;
};

static int bad_argument(struct cli *cli, const char *what, const char *argument)
{
	cli_error(cli, "'%s' is not %s", argument, what);
	return -EINVAL;
}

static int set_since(struct exits *exits, const char *argument)
{
	struct timespec now;
	int r;

	clock_gettime(CLOCK_REALTIME, &now);
	r = since_parse(argument, &now, &exits->since);
	exits->since_given = true;
	if (r == -ERANGE) {
		cli_error(exits->cli, "'%s' is still to come", argument);
		return -EINVAL;
	}
	return r ? bad_argument(exits->cli, "the number of a record or a time; see taskmeter-exits(1)",
				argument) : 0;
}

static int set_uid(struct exits *exits, const char *argument)
{
	exits->filter.by_uid = true;
	return users_find(argument, &exits->filter.uid) ?
	       bad_argument(exits->cli, "a user", argument) : 0;
}

static int set_limit(struct exits *exits, const char *argument)
{
	return number_parse(argument, 1, UINT32_MAX, &exits->limit) ?
	       bad_argument(exits->cli, "a number of lines", argument) : 0;
}

static int set_width(struct exits *exits, const char *argument)
{
	uint64_t width;

	if (number_parse(argument, 0, INT_MAX, &width))
		return bad_argument(exits->cli, "a width", argument);
	exits->cli->width = (unsigned int)width;
	return 0;
}

static int handle(struct cli *cli, void *context, int key, const char *argument)
{
	struct exits *exits = context;

	switch (key) {
	case 'f':
		exits->follow = true;
		return 0;
	case 's':
		return set_since(exits, argument);
	case OPTION_FAILED:
		exits->filter.failed = true;
		return 0;
	case OPTION_OOM:
		exits->filter.oom = true;
		return 0;
	case 'u':
		return set_uid(exits, argument);
	case 'n':
		return set_limit(exits, argument);
	case 'w':
		return set_width(exits, argument);
	case OPTION_HISTOGRAMS:
		exits->flags |= TASKMETER_SNAPSHOT_HISTOGRAMS;
		return 0;
	case OPTION_NO_HEADER:
		cli->no_header = true;
		return 0;
	default:
		return options_format(key, &exits->report.format);
	}
}

static void tell_lost(const struct exits *exits)
{
	const char *records = exits->lost == 1 ? "record" : "records";

	if (!exits->lost)
		return;
	if (exits->since.number)
		cli_error(exits->cli, "%" PRIu64 " %s from number %" PRIu64 " on %s not in the log any more",
			  exits->lost, records, exits->since.number,
			  exits->lost == 1 ? "is" : "are");
	else
		cli_error(exits->cli, "up to %" PRIu64 " %s of that time %s not in the log any more",
			  exits->lost, records, exits->lost == 1 ? "is" : "are");
}

/* Of those before the first one that is met, some may have been of an earlier time. */
static void tell_lost_before(const struct exits *exits, const struct tm_event *event)
{
	fflush(exits->cli->out);
	cli_error(exits->cli, "%s%" PRIu64 " %s before number %" PRIu64 " %s not in the log any more",
		  exits->since_given && !exits->since.number && !exits->lost ? "up to " : "",
		  event->exits_lost, event->exits_lost == 1 ? "record" : "records",
		  (uint64_t)event->exit->exit->number, event->exits_lost == 1 ? "is" : "are");
}

static bool is_full(const struct exits *exits)
{
	return exits->limit && exits->report.records >= exits->limit;
}

/* Prints a record if it is wanted. Return: 0, 1 if no more are wanted, -ENOMEM. */
static int take(struct exits *exits, const struct tm_exit *exit)
{
	int r;

	if (!exit_filter_wants(&exits->filter, exit))
		return 0;
	if (!exits->report.records && !exits->follow)
		exit_report_begin(&exits->report);
	r = exit_report_add(&exits->report, exit);
	return r ? r : is_full(exits) || !cli_written(exits->cli);
}

static int take_event(void *context, const struct tm_event *event)
{
	struct exits *exits = context;

	if (!event->exit)
		return 0;
	if (event->exits_lost) {
		tell_lost_before(exits, event);
		exits->lost += event->exits_lost;
	}
	return take(exits, event->exit);
}

static int fail(const struct exits *exits, struct tm_meter *meter, int error)
{
	if (error == -EOPNOTSUPP)
		return client_too_old(exits->cli);
	if (error == -ENOMEM) {
		cli_error(exits->cli, "no memory");
		return CLI_FAILED;
	}
	if (error != -EINVAL || !exits->since.number)
		return client_fail(exits->cli, meter, error);
	cli_error(exits->cli, "there is no record number %" PRIu64 " yet: the module was loaded anew since it was told",
		  exits->since.number);
	return CLI_FAILED;
}

/* Return: 0, 1 if no more are wanted, negative errno. */
static int read_all(struct exits *exits, struct tm_exits *log)
{
	const struct tm_exit *exit;
	int r;

	do {
		r = tm_exits_next(log, &exit);
		if (r <= 0)
			return r;
		r = take(exits, exit);
	} while (!r);
	return r;
}

/* Nothing was seen: because there is nothing, or because nothing may be. */
static int check_shown(const struct exits *exits, struct tm_meter *meter)
{
	return client_shown_exits(meter) ? CLI_OK : client_exits_not_permitted(exits->cli);
}

static int finish(struct exits *exits, struct tm_meter *meter, const struct tm_exits *log)
{
	int status;

	if (!exits->report.records) {
		status = check_shown(exits, meter);
		if (status)
			return status;
		exit_report_begin(&exits->report);
	}
	if (exits->since_given)
		exits->lost = tm_exits_lost(log);
	exit_report_end(&exits->report, tm_exits_cursor(log), exits->lost);
	tell_lost(exits);
	return CLI_OK;
}

static int list(struct exits *exits, struct tm_meter *meter, uint64_t cursor)
{
	struct tm_exits *log;
	int r, status;

	r = tm_exits_new(meter, cursor, exits->flags, &log);
	if (r)
		return fail(exits, meter, r);
	r = read_all(exits, log);
	status = r < 0 ? fail(exits, meter, r) : finish(exits, meter, log);
	tm_exits_free(log);
	return status;
}

/* The number to begin with; 0 for the oldest, when following for the next to come. */
static int find_start(struct exits *exits, struct tm_meter *meter, uint64_t *ret_cursor)
{
	struct timespec now;
	uint64_t now_ns;

	*ret_cursor = exits->since.number;
	if (exits->since.number)
		return 0;
	if (exits->since_given) {
		clock_gettime(CLOCK_BOOTTIME, &now);
		now_ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
		if (exits->since.ago_ns < now_ns)
			exits->filter.from_ns = now_ns - exits->since.ago_ns;
		return exit_start_of_time(meter, &exits->filter,
					  ret_cursor);
	}
	if (exits->limit && !exits->follow)
		return exit_start_of_last(meter, &exits->filter,
					  exits->limit, ret_cursor);
	return 0;
}

static int list_run(struct exits *exits, struct tm_meter *meter)
{
	uint64_t cursor;
	int r = find_start(exits, meter, &cursor);

	return r ? fail(exits, meter, r) : list(exits, meter, cursor);
}

static int follow_start(struct exits *exits, uint64_t *ret_cursor)
{
	struct tm_meter *meter;
	int status, r;

	status = client_open(exits->cli, &meter);
	if (status)
		return status;
	status = check_shown(exits, meter);
	if (!status) {
		r = find_start(exits, meter, ret_cursor);
		if (r)
			status = fail(exits, meter, r);
	}
	tm_close(meter);
	return status;
}

static int follow(struct exits *exits)
{
	struct tm_events *events;
	uint64_t cursor = 0;
	int status = follow_start(exits, &cursor);

	if (!status)
		status = follow_open(exits->cli, TASKMETER_EVENT_EXIT, exits->flags, cursor,
				     &events);
	if (status)
		return status;
	exits->report.stream = true;
	exit_report_begin(&exits->report);
	return follow_run(exits->cli, events, take_event, exits);
}

static int exits_run(struct exits *exits)
{
	struct tm_meter *meter;
	int status;

	exits->report.cli = exits->cli;
	if (exits->report.format != FORMAT_TEXT)
		exits->flags |= TASKMETER_SNAPSHOT_STALLS;
	if (exits->follow)
		return follow(exits);
	status = client_open(exits->cli, &meter);
	if (status)
		return status;
	status = list_run(exits, meter);
	tm_close(meter);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct exits exits = { .cli = cli };
	int first, r;

	r = options_parse(cli, &command_exits, argc, argv, handle, &exits, &first);
	if (r > 0)
		return CLI_OK;
	if (!r && first < argc) {
		cli_error(cli, "exits takes no '%s'", argv[first]);
		r = -EINVAL;
	}
	if (!r && exits.flags && exits.report.format != FORMAT_JSON) {
		cli_error(cli, "histograms are printed with --json only");
		r = -EINVAL;
	}
	return r ? CLI_USAGE : exits_run(&exits);
}

static const struct option_spec options[] = {
	{ 'f', "follow", NULL, "go on with processes as they end" },
	{ 's', "since", "SINCE", "from this record number or time on: 10min, 12:34, ..." },
	{ OPTION_FAILED, "failed", NULL, "only those that failed or were killed" },
	{ OPTION_OOM, "oom", NULL, "only those killed because memory ran out" },
	{ 'u', "uid", "USER", "only processes of this user, a name or an id" },
	{ 'n', "limit", "NUMBER", "no more than this; without --since the newest ones" },
	{ 'w', "width", "COLUMNS", "cut lines to this width, 0 not to cut them" },
	{ OPTION_HISTOGRAMS, "histograms", NULL, "with --json, how long single waits were" },
	OPTION_OF_LISTS,
	OPTIONS_EVERY_COMMAND
};

const struct command command_exits = {
	.name = "exits",
	.arguments = "",
	.summary = "list processes that ended, however short they lived",
	.options = options,
	.run = run,
};
