// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter hist: how long single waits of a process or thread lasted. */
#include "cli/chart.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/number.h"
#include "cli/report.h"
#include "cli/start-time.h"
#include "cli/target.h"
#include "cli/waits.h"
#include "common/json.h"
#include "common/text.h"
#include "common/units.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#define ALL_KINDS		((1U << WAITS_KINDS) - 1)
#define INTERVAL_HIGHEST_S	86400U

/**
 * struct hist - what was asked for, and what came
 * @cli: the world
 * @target: the task
 * @format: &enum format
 * @kinds: bit 1 << &enum tm_histogram_kind for each that is wanted
 * @buckets: draw each bucket
 * @interval: only what happens in the next @interval_ns
 * @interval_ns: how long that is
 * @reading: the task; with @interval its histograms are of that only
 * @earlier: its record at the beginning of the interval
 */
struct hist {
	struct cli *cli;
	struct target target;
	enum format format;
	unsigned int kinds;
	bool buckets;
	bool interval;
	uint64_t interval_ns;
	struct task_reading reading;
	struct taskmeter_record earlier;
};

static unsigned int stall_kinds(void)
{
	unsigned int kinds = 0;
	int kind;

	for (kind = 0; kind < WAITS_KINDS; kind++)
		if (waits_kind((enum tm_histogram_kind)kind)->stall)
			kinds |= 1U << kind;
	return kinds;
}

static void read_waits(const struct hist *hist, enum tm_histogram_kind kind,
		       struct waits *waits)
{
	waits_read(waits, &hist->reading,
		   hist->interval ? &hist->earlier : NULL, kind);
}

static void make_max(const struct waits *waits, char *text, size_t size)
{
	char longest[UNIT_SIZE], when[80];

	unit_duration_long(waits->max_ns, longest);
	if (waits->max_known && waits->max_time_ns) {
		start_time_clock(waits->max_time_ns, when, sizeof(when));
		snprintf(text, size, "max %s (%s)", longest, when);
	} else if (waits->max_ns == UINT64_MAX) {
		snprintf(text, size, "max unknown");
	} else {
		snprintf(text, size, "max %s%s",
			 waits->max_known ? "" : "below ", longest);
	}
}

static void print_summary(struct cli *cli, const struct waits *waits)
{
	char sum[UNIT_SIZE], p50[UNIT_SIZE], p90[UNIT_SIZE], p99[UNIT_SIZE];
	char max[128];

	unit_duration_long(waits->sum_ns, sum);
	unit_duration_long(waits->p50_ns, p50);
	unit_duration_long(waits->p90_ns, p90);
	unit_duration_long(waits->p99_ns, p99);
	make_max(waits, max, sizeof(max));
	fprintf(cli->out, "count %" PRIu64 ", sum %s, p50 %s, p90 %s, p99 %s, %s\n",
		waits->count, sum, p50, p90, p99, max);
}

static void print_kind(const struct hist *hist, enum tm_histogram_kind kind)
{
	struct chart_row rows[CHART_ROWS];
	struct waits waits;
	char title[80];

	read_waits(hist, kind, &waits);
	snprintf(title, sizeof(title), "%s%s", waits_kind(kind)->title,
		 !waits.available ? ": not available" :
		 !waits.count ? ": none" : "");
	fprintf(hist->cli->out, "\n");
	cli_heading(hist->cli, title);
	if (!waits.available || !waits.count)
		return;
	print_summary(hist->cli, &waits);
	chart_print(hist->cli, rows,
		    chart_rows(&hist->reading.histograms, kind, hist->buckets,
			       rows));
}

static bool is_wanted(const struct hist *hist, int kind)
{
	return hist->kinds & 1U << kind;
}

static bool is_thread(const struct hist *hist)
{
	return hist->target.flags & TASKMETER_SNAPSHOT_THREADS;
}

static void print_kinds(const struct hist *hist)
{
	bool left_out = false;
	int kind;

	for (kind = 0; kind < WAITS_KINDS; kind++) {
		if (!is_wanted(hist, kind))
			continue;
		if (is_thread(hist) && waits_kind((enum tm_histogram_kind)kind)->stall)
			left_out = true;
		else
			print_kind(hist, (enum tm_histogram_kind)kind);
	}
	if (left_out)
		fprintf(hist->cli->out, "\nReclaim, compaction and page faults are known of processes only.\n");
}

static void print_text(const struct hist *hist)
{
	const struct taskmeter_record *record = &hist->reading.record;
	char interval[UNIT_SIZE];

	target_title(hist->cli, record);
	if (hist->interval) {
		unit_duration_long(hist->interval_ns, interval);
		fprintf(hist->cli->out, "the last %s\n", interval);
	} else if (record->flags & TASKMETER_RECORD_PARTIAL) {
		fprintf(hist->cli->out, "since its tracking began; it is older than that\n");
	}
	print_kinds(hist);
}

static int add_bucket(struct json_object *array, const struct chart_row *row)
{
	struct json_object *object = json_object_new_object();
	int r;

	if (!object)
		return -ENOMEM;
	r = json_add_number(object, "from_ns", row->from_ns);
	if (!r)
		r = row->to_ns == UINT64_MAX ?
		    json_add(object, "to_ns", NULL) :
		    json_add_number(object, "to_ns", row->to_ns);
	if (!r)
		r = json_add_number(object, "count", row->count);
	if (!r)
		return json_append(array, object);
	json_object_put(object);
	return r;
}

/* Those that are empty are left out. */
static int add_buckets(const struct hist *hist, enum tm_histogram_kind kind,
		       struct json_object *object)
{
	struct json_object *array = json_object_new_array();
	struct chart_row rows[CHART_ROWS];
	size_t count, i;
	int r = array ? 0 : -ENOMEM;

	count = chart_rows(&hist->reading.histograms, kind, true, rows);
	for (i = 0; !r && i < count; i++)
		if (rows[i].count)
			r = add_bucket(array, &rows[i]);
	if (!r)
		return json_add(object, "buckets", array);
	json_object_put(array);
	return r;
}

static int add_kind(const struct hist *hist, enum tm_histogram_kind kind,
		    struct json_object *document)
{
	struct json_object *object;
	struct waits waits;
	int r;

	read_waits(hist, kind, &waits);
	r = waits_to_json(&waits, &object);
	if (!r && object)
		r = add_buckets(hist, kind, object);
	if (!r)
		return json_add(document, waits_kind(kind)->key, object);
	json_object_put(object);
	return r;
}

/* What identifies a task, as in its record. */
static int add_identity(const struct hist *hist, struct json_object *document)
{
	static const char *const names[] = { "pid", "start_time_ns", "comm" };
	struct json_object *value;
	struct record_key key;
	size_t i;
	int r = 0;

	for (i = 0; !r && i < sizeof(names) / sizeof(*names); i++) {
		record_key_find(names[i], strlen(names[i]), &key);
		r = record_value_to_json(&hist->reading.record, &key, &value);
		if (!r)
			r = json_add(document, key.name, value);
	}
	if (r)
		return r;
	return hist->interval ?
	       json_add_number(document, "interval_ns", hist->interval_ns) :
	       json_add(document, "interval_ns", NULL);
}

static int print_json(const struct hist *hist)
{
	struct json_object *document = json_object_new_object();
	int kind, r;

	if (!document)
		return -ENOMEM;
	r = add_identity(hist, document);
	for (kind = 0; !r && kind < WAITS_KINDS; kind++)
		if (is_wanted(hist, kind))
			r = add_kind(hist, (enum tm_histogram_kind)kind,
				     document);
	if (!r)
		r = report_json(hist->cli, document);
	if (!r)
		fprintf(hist->cli->out, "\n");
	json_object_put(document);
	return r;
}

static void print_csv_kind(const struct hist *hist, enum tm_histogram_kind kind)
{
	struct chart_row rows[CHART_ROWS];
	size_t count, i;

	count = chart_rows(&hist->reading.histograms, kind, true, rows);
	for (i = 0; i < count; i++) {
		if (!rows[i].count)
			continue;
		fprintf(hist->cli->out, "%s,%" PRIu64 ",", waits_kind(kind)->key,
			rows[i].from_ns);
		if (rows[i].to_ns != UINT64_MAX)
			fprintf(hist->cli->out, "%" PRIu64, rows[i].to_ns);
		fprintf(hist->cli->out, ",%" PRIu64 "\n", rows[i].count);
	}
}

static void print_csv(const struct hist *hist)
{
	int kind;

	fprintf(hist->cli->out, "kind,from_ns,to_ns,count\n");
	for (kind = 0; kind < WAITS_KINDS; kind++)
		if (is_wanted(hist, kind))
			print_csv_kind(hist, (enum tm_histogram_kind)kind);
}

static int print(const struct hist *hist)
{
	switch (hist->format) {
	case FORMAT_JSON:
		if (!print_json(hist))
			break;
		cli_error(hist->cli, "no memory");
		return CLI_FAILED;
	case FORMAT_CSV:
		print_csv(hist);
		break;
	case FORMAT_TEXT:
		print_text(hist);
		break;
	}
	return CLI_OK;
}

static int get(const struct hist *hist, struct tm_meter *meter,
	       struct task_reading *reading)
{
	return tm_get_histograms(meter, hist->target.pid, hist->target.flags,
				 &reading->record, sizeof(reading->record),
				 &reading->histograms,
				 sizeof(reading->histograms));
}

/* A module that is too old for stalls still tells the rest, if that is wanted. */
static int read_task(struct hist *hist, struct tm_meter *meter,
		     struct task_reading *reading)
{
	int r = get(hist, meter, reading);

	if (r != -EOPNOTSUPP || !(hist->kinds & ~stall_kinds()))
		return r;
	hist->target.flags &= ~(uint32_t)TASKMETER_SNAPSHOT_STALLS;
	return get(hist, meter, reading);
}

static int ended(const struct hist *hist)
{
	cli_error(hist->cli, "%s %u ended before the interval did",
		  is_thread(hist) ? "thread" : "process", hist->target.pid);
	return CLI_FAILED;
}

/* The second reading, and what is new in it. */
static int read_interval(struct hist *hist, struct tm_meter *meter)
{
	struct task_reading earlier = hist->reading;
	int r;

	hist->cli->wait(hist->interval_ns);
	r = read_task(hist, meter, &hist->reading);
	if (r == -ESRCH)
		return ended(hist);
	if (r)
		return client_fail(hist->cli, meter, r);
	if (hist->reading.record.start_time_ns != earlier.record.start_time_ns)
		return ended(hist);
	waits_since(&hist->reading, &earlier);
	hist->earlier = earlier.record;
	return CLI_OK;
}

static int not_tracked(const struct hist *hist, struct tm_meter *meter)
{
	struct taskmeter_info info;
	int r = tm_info(meter, &info, sizeof(info));

	if (!r && !(info.flags & TASKMETER_INFO_METER))
		cli_error(hist->cli, "the meter is off; switch it on with 'taskmeter set meter on'");
	else
		cli_error(hist->cli, "the meter does not track %u: there was no memory for it",
			  hist->target.pid);
	return CLI_FAILED;
}

static int read_and_print(struct hist *hist, struct tm_meter *meter)
{
	int r = read_task(hist, meter, &hist->reading);

	if (r)
		return target_fail(hist->cli, &hist->target, meter, r);
	if (!(hist->reading.record.available & TASKMETER_AVAILABLE_METER))
		return not_tracked(hist, meter);
	if (hist->interval) {
		r = read_interval(hist, meter);
		if (r)
			return r;
	}
	return print(hist);
}

static int hist_run(struct hist *hist)
{
	struct tm_meter *meter;
	int status;

	status = client_open(hist->cli, &meter);
	if (status)
		return status;
	status = read_and_print(hist, meter);
	tm_close(meter);
	return status;
}

static int set_kind(struct hist *hist, const char *argument)
{
	int kind;

	hist->kinds = ALL_KINDS;
	if (!strcmp(argument, "all"))
		return 0;
	for (kind = 0; kind < WAITS_KINDS; kind++) {
		if (strcmp(argument, waits_kind((enum tm_histogram_kind)kind)->option))
			continue;
		hist->kinds = 1U << kind;
		return 0;
	}
	cli_error(hist->cli, "there are no waits of kind '%s'; the kinds are cpu, io, memory, reclaim, compaction, fault and all",
		  argument);
	return -EINVAL;
}

static int set_interval(struct hist *hist, const char *argument)
{
	hist->interval = true;
	if (!number_parse_seconds(argument, INTERVAL_HIGHEST_S,
				  &hist->interval_ns) && hist->interval_ns)
		return 0;
	cli_error(hist->cli, "'%s' is not an interval in seconds, above 0 up to 86400",
		  argument);
	return -EINVAL;
}

static int set_width(struct hist *hist, const char *argument)
{
	uint64_t width;

	if (number_parse(argument, 0, INT_MAX, &width)) {
		cli_error(hist->cli, "'%s' is not a width", argument);
		return -EINVAL;
	}
	hist->cli->width = (unsigned int)width;
	return 0;
}

static int handle(struct cli *cli, void *context, int key, const char *argument)
{
	struct hist *hist = context;

	(void)cli;
	switch (key) {
	case 'k':
		return set_kind(hist, argument);
	case 'i':
		return set_interval(hist, argument);
	case 'w':
		return set_width(hist, argument);
	case 'b':
		hist->buckets = true;
		return 0;
	case 'T':
		hist->target.flags |= TASKMETER_SNAPSHOT_THREADS;
		return 0;
	default:
		return options_format(key, &hist->format);
	}
}

/* Stalls are asked for as needed; of a thread there are none to be drawn. */
static int set_flags(struct hist *hist)
{
	if (!is_thread(hist)) {
		if (hist->kinds & stall_kinds())
			hist->target.flags |= TASKMETER_SNAPSHOT_STALLS;
		return 0;
	}
	if (hist->kinds & ~stall_kinds())
		return 0;
	cli_error(hist->cli, "reclaim, compaction and page faults are known of processes only, not of a thread");
	return -EINVAL;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct hist hist = { .cli = cli, .kinds = ALL_KINDS };
	int first, r;

	r = options_parse(cli, &command_hist, argc, argv, handle, &hist, &first);
	if (r > 0)
		return CLI_OK;
	if (!r)
		r = target_parse(cli, "hist", argc - first, argv + first,
				 &hist.target);
	if (!r)
		r = set_flags(&hist);
	return r ? CLI_USAGE : hist_run(&hist);
}

static const struct option_spec options[] = {
	{ 'T', "thread", NULL, "the number is a thread id" },
	{ 'k', "kind", "KIND", "only this: cpu, io, memory, reclaim, compaction or fault" },
	{ 'i', "interval", "SECONDS", "only what happens in the next seconds" },
	{ 'b', "buckets", NULL, "draw every bucket, four to an octave" },
	{ 'w', "width", "COLUMNS", "make lines as long as this" },
	OPTIONS_EVERY_COMMAND
};

const struct command command_hist = {
	.name = "hist",
	.arguments = "PID",
	.summary = "draw how long the waits of one process lasted",
	.options = options,
	.run = run,
};
