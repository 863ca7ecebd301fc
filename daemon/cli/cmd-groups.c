// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter groups: processes by unit, slice, container, user, program or cgroup. */
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/group-column.h"
#include "cli/sample-list.h"
#include "common/suggest.h"

#include <errno.h>
#include <string.h>

#define COLUMNS_SUMS	"tasks,cpu%,wait%,io%,mem%,lock%,rss,growth,sw/s"
#define COLUMNS_USERS	"name," COLUMNS_SUMS
#define COLUMNS_GROUPS	COLUMNS_SUMS ",name"
#define SORT_NAME	"name"

#define KINDS		"unit, slice, container, user, program and cgroup"

/**
 * struct listing - what was asked for
 * @list: the list
 * @kind: of group
 * @fields: argument of -o, or NULL; what fields there are depends on @kind
 * @order: argument of -s, or NULL
 * @tasks: the processes
 * @names: names of groups
 * @groups: the groups
 */
struct listing {
	struct sample_list list;
	enum group_kind kind;
	const char *fields;
	const char *order;
	struct collection tasks;
	struct group_names names;
	struct grouping groups;
};

/* Rates of a life are of another time for each process: they have no sum. */
static int set_interval(struct listing *listing, const char *argument)
{
	int r = sample_list_option(&listing->list, 'i', argument);

	if (r || listing->list.sampling.interval_ns)
		return r;
	return sample_list_bad(&listing->list,
			       "an interval of groups, which is more than 0 s", argument);
}

static int handle(struct cli *cli, void *context, int key, const char *argument)
{
	struct listing *listing = context;

	(void)cli;
	switch (key) {
	case 'o':
		listing->fields = argument;
		return 0;
	case 's':
		listing->order = argument;
		return 0;
	case 'i':
		return set_interval(listing, argument);
	default:
		return sample_list_option(&listing->list, key, argument);
	}
}

static int unknown_kind(struct cli *cli, const char *word)
{
	struct suggestion suggestion;
	size_t i;

	suggest_init(&suggestion, word, strlen(word));
	for (i = 0; i < GROUP_KINDS; i++)
		suggest_offer(&suggestion, group_kind_name((enum group_kind)i));
	if (suggestion.best)
		cli_error(cli, "there are no groups by '%s'; did you mean '%s'?", word,
			  suggestion.best);
	else
		cli_error(cli, "there are no groups by '%s'; there are by " KINDS, word);
	return -EINVAL;
}

static int set_kind(struct listing *listing, int count, char **words)
{
	if (count > 1) {
		cli_error(listing->list.cli, "groups takes one kind of group, of " KINDS);
		return -EINVAL;
	}
	if (count && group_kind_find(words[0], &listing->kind))
		return unknown_kind(listing->list.cli, words[0]);
	listing->list.set = column_set_groups(listing->kind);
	return 0;
}

/*
 * As ps does: the worst first, on a terminal without those that had nothing to do. Whose
 * fields were chosen, and no order, is in the order of names.
 */
static int choose(struct listing *listing)
{
	struct sample_list *list = &listing->list;
	const char *fields = listing->fields;
	bool text = list->report.format == FORMAT_TEXT;
	int r = 0;

	if (listing->order || fields)
		r = sample_list_sort(list, listing->order ? listing->order : SORT_NAME);
	else
		sample_list_by_stall(list);
	list->skip_idle = list->cli->terminal && text && list->by_stall && !list->all;
	if (!fields && text)
		fields = listing->kind == GROUP_USER ? COLUMNS_USERS : COLUMNS_GROUPS;
	if (!r)
		r = fields ? sample_list_columns(list, fields) :
			     sample_list_first_columns(list, list->set.count);
	if (r == -ENOMEM)
		cli_error(list->cli, "no memory");
	list->report.list = "groups";
	list->report.kind = group_kind_name(listing->kind);
	return r;
}

static int take(void *context, const struct sample *sample)
{
	struct listing *listing = context;

	if (sample->record.available & TASKMETER_AVAILABLE_METER)
		listing->list.metered = true;
	return collection_add(&listing->tasks, sample);
}

static int add_groups(struct listing *listing)
{
	const struct collection *tasks = &listing->tasks;
	size_t i;
	int r;

	group_names_look(&listing->names, listing->list.cli, listing->kind, tasks->samples,
			 tasks->count);
	r = grouping_make(&listing->groups, &listing->names, listing->kind, tasks->samples,
			  tasks->count);
	for (i = 0; !r && i < listing->groups.count; i++)
		r = sample_list_add(&listing->list, &listing->groups.groups[i].sum);
	return r ? r : sample_list_print(&listing->list);
}

static bool any(void *context, uint64_t id, const char *path)
{
	(void)context;
	(void)id;
	(void)path;
	return true;
}

/* Told before the interval is waited for. */
static int check_hierarchy(const struct listing *listing)
{
	struct cli *cli = listing->list.cli;

	if (!group_kind_by_cgroup(listing->kind) || cli->cgroups(any, NULL) != -ENODATA)
		return CLI_OK;
	cli_error(cli, "groups by %s need the cgroup v2 hierarchy, which is not mounted on this machine; 'taskmeter groups user' and 'taskmeter groups program' do not",
		  group_kind_name(listing->kind));
	return CLI_FAILED;
}

static int measure(struct listing *listing, struct tm_meter *meter)
{
	struct sample_list *list = &listing->list;
	char all[64];
	int r;

	sample_list_ready(list, meter);
	r = sampling_run(&list->sampling, list->cli, meter, take, listing);
	if (!r)
		r = add_groups(listing);
	if (r)
		return client_fail(list->cli, meter, r);
	if (!listing->tasks.count && client_blind(meter))
		return client_not_permitted(list->cli);
	snprintf(all, sizeof(all), "taskmeter groups -a %s", group_kind_name(listing->kind));
	sample_list_end(list, all);
	return CLI_OK;
}

static int groups_run(struct listing *listing)
{
	struct tm_meter *meter;
	int status = client_open(listing->list.cli, &meter);

	if (status)
		return status;
	status = check_hierarchy(listing);
	if (!status)
		status = measure(listing, meter);
	tm_close(meter);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct listing listing = { .tasks = { .limit = SIZE_MAX } };
	int first, r;

	sample_list_init(&listing.list, cli);
	r = options_parse(cli, &command_groups, argc, argv, handle, &listing, &first);
	if (!r)
		r = set_kind(&listing, argc - first, argv + first);
	if (!r)
		r = choose(&listing);
	if (r)
		r = r == -ENOMEM ? CLI_FAILED : r < 0 ? CLI_USAGE : CLI_OK;
	else
		r = groups_run(&listing);
	grouping_release(&listing.groups);
	group_names_release(&listing.names);
	collection_release(&listing.tasks);
	sample_list_release(&listing.list);
	return r;
}

static const struct option_spec options[] = {
	{ 'a', "all", NULL, "idle ones too, which are left out on a terminal" },
	OPTIONS_OF_SAMPLE_LIST,
	{ 'i', "interval", "SECONDS", "over which rates are taken; a second by default" },
	OPTION_OF_LISTS,
	OPTIONS_EVERY_COMMAND
};

const struct command command_groups = {
	.name = "groups",
	.arguments = "[unit | slice | container | user | program | cgroup]",
	.summary = "sum up living processes by unit, container, user or the like",
	.options = options,
	.run = run,
};
