// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter events: what happens, a line for each fork, exec, exit and OOM kill. */
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/exit-text.h"
#include "cli/follow.h"
#include "cli/line.h"
#include "cli/number.h"
#include "cli/report.h"
#include "cli/start-time.h"
#include "common/exit-json.h"
#include "common/units.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#define ALL_EVENTS	(TASKMETER_EVENT_FORK | TASKMETER_EVENT_EXEC | \
			 TASKMETER_EVENT_EXIT | TASKMETER_EVENT_OOM)
#define WHAT_SIZE	(EXIT_COMMAND_SIZE + 160)

/**
 * struct events - what was asked for, and how far it is
 * @cli: the world
 * @types: &enum taskmeter_event, bits
 * @format: &enum format
 * @limit: how many are printed, 0 for all
 * @printed: so far
 */
struct events {
	struct cli *cli;
	uint32_t types;
	enum format format;
	uint64_t limit;
	uint64_t printed;
};

static const struct {
	const char *header;
	int width;
} columns[] = {
	{ "TIME", -12 }, { "EVENT", -5 }, { "PID", 7 }, { "COMM", -15 }, { "WHAT", -4 },
};

#define N_COLUMNS	(sizeof(columns) / sizeof(*columns))

static void print_command(const struct cli *cli, const struct tm_event *event, char *text)
{
	const struct command_words words = {
		.flags = event->flags,
		.line = event->command_line,
		.length = event->command_line_length,
		.comm = event->comm,
	};

	exit_text_command(cli, &words, false, text);
}

static void print_exit_command(const struct cli *cli, const struct tm_exit *exit,
			       char *text)
{
	const struct command_words words = {
		.flags = exit->exit->flags,
		.line = exit->exit->command_line,
		.length = exit->exit->command_line_length,
		.comm = exit->record->comm,
	};

	exit_text_command(cli, &words, false, text);
}

static void print_exit(const struct cli *cli, const struct tm_exit *exit, char *text)
{
	uint64_t start = exit->record->start_time_ns, end = exit->exit->exit_time_ns;
	char how[EXIT_TEXT_SIZE], elapsed[UNIT_SIZE], run[UNIT_SIZE];
	int used;

	exit_text_how(exit->exit, how);
	unit_duration_short(end > start ? end - start : 0, elapsed);
	unit_duration_short(exit->record->run_ns, run);
	used = snprintf(text, WHAT_SIZE, "%s after %s, CPU %s: ", how, elapsed, run);
	print_exit_command(cli, exit, text + used);
}

static void print_oom(const struct cli *cli, const struct tm_event *event, char *text)
{
	const char *whose = "memory";
	char rss[UNIT_SIZE], swap[UNIT_SIZE];
	int used;

	if (event->flags & TASKMETER_EXIT_OOM_CGROUP)
		whose = "memory of its cgroup";
	else if (event->flags & TASKMETER_EXIT_OOM_MACHINE)
		whose = "memory of the machine";
	unit_bytes_short(event->oom_rss_anon_bytes + event->oom_rss_file_bytes +
			 event->oom_rss_shmem_bytes, rss);
	unit_bytes_short(event->oom_swap_bytes, swap);
	used = snprintf(text, WHAT_SIZE, "%s ran out%s, RSS %s, swap %s, adjusted by %" PRId32
			": ", whose, event->flags & TASKMETER_EXIT_OOM_SHARED ?
			", killed with who shared it" : "", rss, swap, event->oom_score_adj);
	print_command(cli, event, text + used);
}

static void print_what(const struct cli *cli, const struct tm_event *event,
		       char text[static WHAT_SIZE])
{
	if (event->exit)
		print_exit(cli, event->exit, text);
	else if (event->type == TASKMETER_EVENT_FORK)
		snprintf(text, WHAT_SIZE, "by %" PRIu32, event->ppid);
	else if (event->type == TASKMETER_EVENT_OOM)
		print_oom(cli, event, text);
	else
		print_command(cli, event, text);
}

static void print_text(struct cli *cli, const struct tm_event *event)
{
	char time[64], pid[16], comm[TEXT_TERMINAL_SIZE(TASKMETER_COMM_LEN)];
	char what[WHAT_SIZE];
	const char *const values[] = {
		time, event_type_name(event->type), pid, comm, what,
	};
	struct line line;
	size_t i;

	start_time_precise(event->time_ns, time, sizeof(time));
	snprintf(pid, sizeof(pid), "%" PRIu32, event->pid);
	text_for_terminal(event->comm, sizeof(event->comm), cli->utf8, comm, sizeof(comm));
	print_what(cli, event, what);
	line_begin(&line);
	for (i = 0; i < N_COLUMNS; i++)
		line_add_value(&line, values[i], columns[i].width, i + 1 == N_COLUMNS);
	line_cut(&line, cli);
	fprintf(cli->out, "%s\n", line.text);
}

static void print_header(struct cli *cli)
{
	struct line line;
	size_t i;

	line_begin(&line);
	for (i = 0; i < N_COLUMNS; i++)
		line_add_value(&line, columns[i].header, columns[i].width,
			       i + 1 == N_COLUMNS);
	line_cut(&line, cli);
	cli_header(cli, line.text);
}

static int print_json(struct cli *cli, const struct tm_event *event)
{
	struct json_object *object;
	int r = event_to_json(event, &object);

	if (r)
		return r;
	r = report_json(cli, object);
	fputs("\n", cli->out);
	json_object_put(object);
	return r;
}

static void tell_lost(struct cli *cli, const struct tm_event *event)
{
	if (!event->lost && !event->exits_lost)
		return;
	fflush(cli->out);
	if (event->lost)
		cli_error(cli, "%" PRIu64 " %s lost here, as they came faster than they were read",
			  event->lost, event->lost == 1 ? "event was" : "events were");
	if (event->exits_lost)
		cli_error(cli, "%" PRIu64 " %s lost here, as they came faster than they were read",
			  event->exits_lost, event->exits_lost == 1 ? "exit was" :
								     "exits were");
}

static int take(void *context, const struct tm_event *event)
{
	struct events *events = context;
	int r = 0;

	tell_lost(events->cli, event);
	if (events->format == FORMAT_JSON)
		r = print_json(events->cli, event);
	else
		print_text(events->cli, event);
	events->printed++;
	if (r)
		return r;
	return events->printed == events->limit || !cli_written(events->cli);
}

/* Who may see no event would wait for ever. */
static int check_shown(struct cli *cli)
{
	struct tm_meter *meter;
	int status = client_open(cli, &meter);

	if (status)
		return status;
	if (!client_shown_exits(meter))
		status = client_exits_not_permitted(cli);
	tm_close(meter);
	return status;
}

static int events_run(struct events *events)
{
	uint32_t flags = events->format == FORMAT_JSON ? TASKMETER_SNAPSHOT_STALLS : 0;
	struct tm_events *subscription;
	int status = check_shown(events->cli);

	if (!status)
		status = follow_open(events->cli, events->types, flags, 0, &subscription);
	if (status)
		return status;
	if (events->format == FORMAT_TEXT)
		print_header(events->cli);
	return follow_run(events->cli, subscription, take, events);
}

/* The bit of a name, 0 if there is none. */
static uint32_t find_type(const char *name, size_t length)
{
	uint32_t type;

	for (type = 1; type & ALL_EVENTS; type <<= 1)
		if (strlen(event_type_name(type)) == length &&
		    !memcmp(event_type_name(type), name, length))
			return type;
	return 0;
}

static int set_types(struct events *events, const char *list)
{
	size_t length;
	uint32_t type;

	events->types = 0;
	for (;; list += length + 1) {
		length = strcspn(list, ",");
		type = find_type(list, length);
		if (!type) {
			cli_error(events->cli, "there are no events of type '%.*s'; the types are fork, exec, exit and oom",
				  (int)length, list);
			return -EINVAL;
		}
		events->types |= type;
		if (!list[length])
			return 0;
	}
}

static int set_number(struct events *events, const char *argument, uint64_t lowest,
		      const char *what, uint64_t *ret_number)
{
	if (!number_parse(argument, lowest, INT_MAX, ret_number))
		return 0;
	cli_error(events->cli, "'%s' is not %s", argument, what);
	return -EINVAL;
}

static int handle(struct cli *cli, void *context, int key, const char *argument)
{
	struct events *events = context;
	uint64_t width;

	switch (key) {
	case 't':
		return set_types(events, argument);
	case 'n':
		return set_number(events, argument, 1, "a number of lines", &events->limit);
	case 'w':
		if (set_number(events, argument, 0, "a width", &width))
			return -EINVAL;
		cli->width = (unsigned int)width;
		return 0;
	case OPTION_NO_HEADER:
		cli->no_header = true;
		return 0;
	default:
		return options_format(key, &events->format);
	}
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct events events = { .cli = cli, .types = ALL_EVENTS };
	int first, r;

	r = options_parse(cli, &command_events, argc, argv, handle, &events, &first);
	if (r > 0)
		return CLI_OK;
	if (!r && first < argc) {
		cli_error(cli, "events takes no '%s'", argv[first]);
		r = -EINVAL;
	}
	return r ? CLI_USAGE : events_run(&events);
}

static const struct option_spec options[] = {
	{ 't', "type", "TYPES", "only these, separated by commas: fork, exec, exit, oom" },
	{ 'n', "limit", "NUMBER", "end after so many" },
	{ 'w', "width", "COLUMNS", "cut lines to this width, 0 not to cut them" },
	OPTION_OF_LISTS,
	{ OPTION_JSON, "json", NULL, "print a line of JSON for each" },
	{ 'h', "help", NULL, "print this help" },
	{ 0, NULL, NULL, NULL },
};

const struct command command_events = {
	.name = "events",
	.arguments = "",
	.summary = "tell of each fork, exec, exit and OOM kill as it happens",
	.options = options,
	.run = run,
};
