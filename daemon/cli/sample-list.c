// SPDX-License-Identifier: GPL-2.0-or-later
/* See sample-list.h. */
#include "cli/sample-list.h"

#include "cli/number.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SORT_STALL	"-stall_ns_per_s"
#define SORT_RUN	"-run_ns_per_s"

#define INTERVAL_DEFAULT_NS	1000000000U
#define INTERVAL_HIGHEST_S	86400U

static int compare(const struct sample *a, const struct sample *b, void *context)
{
	struct sample_list *list = context;

	return column_compare(list->cli, &list->sort, list->descending, a, b);
}

void sample_list_init(struct sample_list *list, struct cli *cli)
{
	*list = (struct sample_list){
		.cli = cli,
		.set = column_set_tasks(),
		.limit = SIZE_MAX,
		.sampling = { .interval_ns = INTERVAL_DEFAULT_NS },
	};
}

int sample_list_bad(struct sample_list *list, const char *what, const char *argument)
{
	cli_error(list->cli, "'%s' is not %s", argument, what);
	return -EINVAL;
}

int sample_list_columns(struct sample_list *list, const char *names)
{
	const char *bad;
	int r;

	free(list->columns);
	list->columns = NULL;
	r = columns_parse(&list->set, names, &list->columns, &list->count, &bad);
	return r == -ENOENT ? column_unknown(list->cli, &list->set, bad) : r;
}

int sample_list_first_columns(struct sample_list *list, size_t count)
{
	size_t i;

	list->columns = calloc(count, sizeof(*list->columns));
	if (!list->columns)
		return -ENOMEM;
	list->count = count;
	for (i = 0; i < count; i++)
		list->columns[i] = list->set.at(&list->set, i);
	return 0;
}

int sample_list_sort(struct sample_list *list, const char *name)
{
	list->descending = *name == '-';
	name += list->descending;
	list->sorted = true;
	if (column_set_find(&list->set, name, strlen(name), &list->sort))
		return column_unknown(list->cli, &list->set, name);
	return 0;
}

static int set_limit(struct sample_list *list, const char *argument)
{
	uint64_t limit;

	if (number_parse(argument, 1, UINT32_MAX, &limit))
		return sample_list_bad(list, "a number of lines", argument);
	list->limit = (size_t)limit;
	return 0;
}

static int set_interval(struct sample_list *list, const char *argument)
{
	list->interval_given = true;
	if (number_parse_seconds(argument, INTERVAL_HIGHEST_S,
				 &list->sampling.interval_ns))
		return sample_list_bad(list, "an interval in seconds, 0 to 86400",
				       argument);
	return 0;
}

static int set_width(struct sample_list *list, const char *argument)
{
	uint64_t width;

	if (number_parse(argument, 0, INT_MAX, &width))
		return sample_list_bad(list, "a width", argument);
	list->cli->width = (unsigned int)width;
	return 0;
}

int sample_list_option(struct sample_list *list, int key, const char *argument)
{
	switch (key) {
	case 'o':
		return sample_list_columns(list, argument);
	case 's':
		return sample_list_sort(list, argument);
	case 'n':
		return set_limit(list, argument);
	case 'i':
		return set_interval(list, argument);
	case 'w':
		return set_width(list, argument);
	case 'a':
		list->all = true;
		return 0;
	case OPTION_NO_HEADER:
		list->cli->no_header = true;
		return 0;
	default:
		return options_format(key, &list->report.format);
	}
}

void sample_list_by_stall(struct sample_list *list)
{
	list->by_stall = true;
	sample_list_sort(list, SORT_STALL);
}

/* With the meter off nobody is known to be held up, but who runs is. */
static void choose_order(struct sample_list *list, struct tm_meter *meter)
{
	struct taskmeter_info info;

	if (list->by_stall && !tm_info(meter, &info, sizeof(info)) &&
	    !(info.flags & TASKMETER_INFO_METER))
		sample_list_sort(list, SORT_RUN);
}

void sample_list_ready(struct sample_list *list, struct tm_meter *meter)
{
	size_t i;

	choose_order(list, meter);
	for (i = 0; i < list->count; i++)
		column_need(&list->sampling, &list->columns[i]);
	if (list->sorted)
		column_need(&list->sampling, &list->sort);
	list->collection.limit = list->limit;
	list->collection.compare = compare;
	list->collection.context = list;
	list->report.cli = list->cli;
	list->report.columns = list->columns;
	list->report.count = list->count;
}

static void begin(struct sample_list *list)
{
	list->report.time_ns = list->sampling.time_ns;
	list->report.interval_ns = list->sampling.elapsed_ns;
	list->report.rates = list->sampling.rates || list->sampling.quantiles;
	report_begin(&list->report);
}

/* Return: 0, 1 if no more are wanted, -ENOMEM. */
static int print(struct sample_list *list, const struct sample *sample)
{
	int r;

	if (list->report.records == list->limit)
		return 1;
	if (!list->report.records)
		begin(list);
	r = report_sample(&list->report, sample);
	return r || cli_written(list->cli) ? r : 1;
}

int sample_list_add(struct sample_list *list, const struct sample *sample)
{
	if (list->skip_idle && rates_idle(&sample->rates)) {
		list->idle++;
		return 0;
	}
	return list->sorted ? collection_add(&list->collection, sample) :
			      print(list, sample);
}

int sample_list_print(struct sample_list *list)
{
	size_t i;
	int r = 0;

	collection_sort(&list->collection);
	for (i = 0; !r && i < list->collection.count; i++)
		r = print(list, &list->collection.samples[i]);
	return r < 0 ? r : 0;
}

/* What a person may miss in a table; whatever reads a pipe would stumble on it. */
static void tell_missing(const struct sample_list *list, const char *command)
{
	if (!list->cli->terminal || list->report.format != FORMAT_TEXT)
		return;
	if (list->report.rates && !list->metered)
		fprintf(list->cli->out, "the meter is off, only CPU%% and GROWTH are known; see 'taskmeter help set'\n");
	if (list->idle)
		fprintf(list->cli->out, "%zu idle %s not shown; '%s' shows %s\n",
			list->idle, list->idle == 1 ? "one is" : "ones are", command,
			list->idle == 1 ? "it" : "them");
}

void sample_list_end(struct sample_list *list, const char *command)
{
	if (!list->report.records)
		begin(list);
	report_end(&list->report);
	tell_missing(list, command);
}

void sample_list_release(struct sample_list *list)
{
	collection_release(&list->collection);
	free(list->columns);
}
