// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter ps: many processes or threads, one line each. */
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/number.h"
#include "cli/sample-list.h"

#include <errno.h>
#include <string.h>

#define COLUMNS_PROCESSES \
	"pid,user,cpu%,wait%,io%,mem%,lock%,p99,current_state," \
	"current_state_ns,comm"
#define COLUMNS_GROWTH \
	"pid,user,rss,growth,swap,cpu%,mem%,current_state,current_state_ns,comm"
#define COLUMN_PROCESS	"tgid,"

/**
 * struct ps - what was asked for
 * @list: the list
 * @comm: what is left out here, or NULL
 */
struct ps {
	struct sample_list list;
	const char *comm;
};

static int set_pid(struct ps *ps, const char *argument)
{
	struct tm_filter *filter = &ps->list.sampling.filter;
	uint64_t pid;

	if (number_parse(argument, 1, NUMBER_PID_HIGHEST, &pid))
		return sample_list_bad(&ps->list, "a process id", argument);
	filter->pid = (uint32_t)pid;
	filter->flags |= TASKMETER_SNAPSHOT_PID;
	return 0;
}

static int set_uid(struct ps *ps, const char *argument)
{
	struct tm_filter *filter = &ps->list.sampling.filter;

	if (users_find(argument, &filter->uid))
		return sample_list_bad(&ps->list, "a user", argument);
	filter->flags |= TASKMETER_SNAPSHOT_UID;
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
	case 'T':
		ps->list.sampling.filter.flags |= TASKMETER_SNAPSHOT_THREADS;
		return 0;
	case OPTION_EXACT_RSS:
		ps->list.sampling.filter.flags |= TASKMETER_SNAPSHOT_EXACT_RSS;
		return 0;
	case OPTION_COMM:
		ps->comm = argument;
		return 0;
	default:
		return sample_list_option(&ps->list, key, argument);
	}
}

/*
 * Who is held up now, the worst first. On a terminal, where that would scroll
 * away, without those who had nothing to do; a pipe gets all of them. Sorted by
 * growth the list is of who takes memory.
 */
static int held_up_columns(struct ps *ps)
{
	const uint32_t flags = ps->list.sampling.filter.flags;
	struct sample_list *list = &ps->list;
	bool growth = list->sorted && list->sort.kind == COLUMN_GROWTH;

	if (!list->sorted) {
		list->skip_idle = list->cli->terminal && !list->all && !ps->comm &&
				  !(flags & (TASKMETER_SNAPSHOT_PID |
					     TASKMETER_SNAPSHOT_UID));
		sample_list_by_stall(list);
	}
	if (flags & TASKMETER_SNAPSHOT_THREADS)
		return sample_list_columns(list, growth ? COLUMN_PROCESS COLUMNS_GROWTH :
							  COLUMN_PROCESS COLUMNS_PROCESSES);
	return sample_list_columns(list, growth ? COLUMNS_GROWTH : COLUMNS_PROCESSES);
}

/*
 * For programs, by default everything that the record holds; rates too if they ask
 * for an interval, so that they are not kept waiting for what they do not read.
 */
static int default_columns(struct ps *ps)
{
	struct sample_list *list = &ps->list;

	if (list->columns)
		return 0;
	if (list->report.format == FORMAT_TEXT)
		return held_up_columns(ps);
	return sample_list_first_columns(list, list->interval_given ? column_count() :
								      record_key_count());
}

static int ps_init(struct ps *ps)
{
	bool threads = ps->list.sampling.filter.flags & TASKMETER_SNAPSHOT_THREADS;

	if (default_columns(ps)) {
		cli_error(ps->list.cli, "no memory");
		return CLI_FAILED;
	}
	ps->list.report.threads = threads;
	ps->list.report.list = threads ? "threads" : "processes";
	return CLI_OK;
}

/* The kernel keeps 15 bytes of a name; a longer one is meant by these. */
static bool is_named(const struct ps *ps, const struct taskmeter_record *record)
{
	return !ps->comm ||
	       !strncmp(ps->comm, record->comm, TASKMETER_COMM_LEN - 1);
}

/* Unsorted, each is printed as it comes, and gone. */
static int take(void *context, const struct sample *sample)
{
	struct ps *ps = context;

	if (sample->record.available & TASKMETER_AVAILABLE_METER)
		ps->list.metered = true;
	return is_named(ps, &sample->record) ? sample_list_add(&ps->list, sample) : 0;
}

/* Nothing was seen: because there is nothing, or because nothing may be. */
static int explain_nothing(struct ps *ps, struct tm_meter *meter)
{
	const struct tm_filter *filter = &ps->list.sampling.filter;

	if (client_blind(meter))
		return client_not_permitted(ps->list.cli);
	if (!(filter->flags & TASKMETER_SNAPSHOT_PID))
		return CLI_OK;
	cli_error(ps->list.cli, "there is no process %u that matches, or it may not be seen",
		  filter->pid);
	return CLI_FAILED;
}

static int ps_run(struct ps *ps)
{
	struct sample_list *list = &ps->list;
	struct tm_meter *meter;
	int status, r;

	status = ps_init(ps);
	if (!status)
		status = client_open(list->cli, &meter);
	if (status)
		return status;
	sample_list_ready(list, meter);
	r = sampling_run(&list->sampling, list->cli, meter, take, ps);
	if (!r)
		r = sample_list_print(list);
	if (r)
		status = client_fail(list->cli, meter, r);
	else if (!list->report.records)
		status = explain_nothing(ps, meter);
	if (!status)
		sample_list_end(list, "taskmeter ps -a");
	tm_close(meter);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct ps ps = { .comm = NULL };
	int first, r;

	sample_list_init(&ps.list, cli);
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
	sample_list_release(&ps.list);
	return r;
}

static const struct option_spec options[] = {
	{ 'p', "pid", "PID", "only this process" },
	{ 'u', "user", "USER", "only processes of this user, a name or an id" },
	{ OPTION_COMM, "comm", "NAME", "only processes of this name" },
	{ 'a', "all", NULL, "idle ones too, which are left out on a terminal" },
	{ 'T', "threads", NULL, "threads instead of processes" },
	OPTIONS_OF_SAMPLE_LIST,
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
