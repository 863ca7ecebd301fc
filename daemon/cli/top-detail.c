// SPDX-License-Identifier: GPL-2.0-or-later
/* See top-detail.h. */
#include "cli/top-detail.h"

#include "cli/chart.h"
#include "cli/percent.h"
#include "common/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK		"\u2588"
#define LEGEND_WIDTH	19
#define LEGEND_IN_LINE	4
#define LEVELS		8
#define NS_PER_S	1000000000U

/* Where the time went, in the order of the bar. */
static const struct {
	enum rate rate;
	enum frame_attribute attribute;
	const char *letter;
	const char *label;
} parts[] = {
	{ RATE_RUN, FRAME_RUN, "R", "running" },
	{ RATE_CPU_WAIT, FRAME_CPU_WAIT, "W", "for a CPU" },
	{ RATE_IO_WAIT, FRAME_IO_WAIT, "I", "for I/O" },
	{ RATE_MEM_WAIT, FRAME_MEM_WAIT, "M", "for memory" },
	{ RATE_LOCK_WAIT, FRAME_LOCK_WAIT, "L", "blocked" },
	{ RATE_SLEEP, FRAME_REST, "s", "asleep" },
	{ RATE_STOP, FRAME_REST, "t", "stopped" },
};

#define N_PARTS	(sizeof(parts) / sizeof(*parts))

/* Once for each look, of which there may be several readings. */
static void keep_past(struct top_view *view)
{
	struct top_detail *detail = &view->detail;

	if (!(detail->rates.available & 1U << RATE_STALL) ||
	    detail->past_time_ns == view->sampling.time_ns)
		return;
	detail->past_time_ns = view->sampling.time_ns;
	if (detail->past_count == TOP_PAST)
		memmove(detail->past, detail->past + 1,
			(TOP_PAST - 1) * sizeof(*detail->past));
	else
		detail->past_count++;
	detail->past[detail->past_count - 1] = detail->rates.ns_per_s[RATE_STALL];
}

static void find_rates(struct top_view *view)
{
	struct top_detail *detail = &view->detail;
	const struct taskmeter_record *record;
	size_t i;

	for (i = 0; i < view->tasks.count; i++) {
		record = &view->tasks.samples[i].record;
		if (record->pid == detail->identity.id &&
		    record->start_time_ns == detail->identity.start_time_ns)
			detail->rates = view->tasks.samples[i].rates;
	}
}

/* Of a module that is too old for histograms there is the record. */
static int read_task(struct top_detail *detail, struct tm_meter *meter,
		     struct task_reading *reading)
{
	uint32_t flags = detail->thread ? TASKMETER_SNAPSHOT_THREADS : 0;
	uint32_t pid = (uint32_t)detail->identity.id;
	int r;

	r = tm_get_histograms(meter, pid, flags, &reading->record, sizeof(reading->record),
			      &reading->histograms, sizeof(reading->histograms));
	detail->waits = !r;
	return r == -EOPNOTSUPP ? tm_get(meter, pid, flags, &reading->record,
					 sizeof(reading->record)) : r;
}

/* A zombie only waits for its parent; what it did is all told. */
static bool has_ended(const struct taskmeter_record *record)
{
	return record->current_state == TASKMETER_STATE_DEAD || record->state == 'Z';
}

/* The number of one that has ended may be another's. */
int top_detail_read(struct top_view *view, struct tm_meter *meter)
{
	struct top_detail *detail = &view->detail;
	struct task_reading reading;
	int r;

	if (detail->ended)
		return 0;
	find_rates(view);
	keep_past(view);
	r = read_task(detail, meter, &reading);
	detail->ended = r == -ESRCH ||
			(!r && reading.record.start_time_ns != detail->identity.start_time_ns);
	if (detail->ended)
		return 0;
	if (r)
		return r;
	detail->reading = reading;
	detail->known = true;
	detail->ended = has_ended(&reading.record);
	return 0;
}

static void add_column(struct top_view *view, struct frame *frame, const char *label,
		       const char *name)
{
	const struct sample sample = { .record = view->detail.reading.record };
	char text[COLUMN_TEXT_SIZE];
	struct column column;

	column_find(name, strlen(name), &column);
	column_text(view->cli, &column, &sample, text);
	frame_print(frame, FRAME_PLAIN, "%s ", label);
	frame_add(frame, text, FRAME_STRONG);
}

static void draw_identity(struct top_view *view, struct frame *frame)
{
	frame_line(frame);
	add_column(view, frame, view->detail.thread ? "thread" : "process", "pid");
	add_column(view, frame, "", "comm");
	if (view->detail.ended)
		frame_add(frame, "  HAS ENDED", FRAME_WARNING);
	else if (view->frozen)
		frame_add(frame, "  FROZEN", FRAME_WARNING);
	if (*view->message)
		frame_print(frame, FRAME_WARNING, "  %s", view->message);
	frame_line(frame);
	add_column(view, frame, "user", "user");
	add_column(view, frame, "  parent", "ppid");
	add_column(view, frame, "  threads", "threads");
	add_column(view, frame, "  since", "start_time_ns");
	add_column(view, frame, "  RSS", "rss");
	add_column(view, frame, "  swap", "swap");
	frame_line(frame);
	add_column(view, frame, "now", "current_state");
	add_column(view, frame, " for", "current_state_ns");
	add_column(view, frame, "  on CPU", "cpu");
	add_column(view, frame, "  in all: ran", "run_ns");
	add_column(view, frame, " waited for a CPU", "cpu_wait_ns");
}

static uint64_t total_of(const struct rates *rates)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < N_PARTS; i++)
		total += rates->ns_per_s[parts[i].rate];
	return total;
}

/* Colours tell the parts apart where there are some, else letters do. */
static const char *sign_of(const struct top_view *view, size_t part)
{
	return view->cli->color && view->cli->utf8 ? BLOCK : parts[part].letter;
}

/* Where a part ends is rounded, so that they fill the bar; none is lost that is there. */
static void draw_bar(const struct top_view *view, struct frame *frame, size_t columns)
{
	const struct rates *rates = &view->detail.rates;
	uint64_t total = total_of(rates), sum = 0;
	size_t drawn = 0, end, i;

	frame_line(frame);
	for (i = 0; total && i < N_PARTS; i++) {
		sum += rates->ns_per_s[parts[i].rate];
		end = (size_t)((double)sum * (double)columns / (double)total + 0.5);
		if (rates->ns_per_s[parts[i].rate] && end <= drawn)
			end = drawn + 1;
		for (; drawn < end; drawn++)
			frame_add(frame, sign_of(view, i), parts[i].attribute);
	}
}

static void draw_legend(const struct top_view *view, struct frame *frame)
{
	const struct rates *rates = &view->detail.rates;
	char text[PERCENT_SIZE];
	size_t i;

	for (i = 0; i < N_PARTS; i++) {
		if (!(i % LEGEND_IN_LINE))
			frame_line(frame);
		frame_add(frame, sign_of(view, i), parts[i].attribute);
		strcpy(text, "-");
		if (rates->available & 1U << parts[i].rate)
			percent_short(rates->ns_per_s[parts[i].rate], text);
		frame_print(frame, FRAME_PLAIN, " %s ", parts[i].label);
		frame_add(frame, text, FRAME_STRONG);
		frame_fill(frame, (i % LEGEND_IN_LINE + 1) * LEGEND_WIDTH, FRAME_PLAIN);
	}
}

/* What is not 0 is seen, and what is held up all the time, or by more, is full. */
static const char *level_of(const struct top_view *view, uint64_t ns_per_s)
{
	static const char *const blocks[LEVELS + 1] = {
		" ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587",
		"\u2588",
	};
	static const char *const letters[LEVELS + 1] = {
		" ", ".", ":", "-", "=", "+", "*", "%", "#",
	};
	uint64_t level = ns_per_s * LEVELS / NS_PER_S;

	level += ns_per_s && level < LEVELS;
	if (level > LEVELS)
		level = LEVELS;
	return view->cli->utf8 ? blocks[level] : letters[level];
}

static void draw_past(const struct top_view *view, struct frame *frame)
{
	const struct top_detail *detail = &view->detail;
	char text[PERCENT_SIZE];
	uint64_t most = 0;
	size_t i;

	frame_line(frame);
	frame_add(frame, "held up ", FRAME_PLAIN);
	for (i = 0; i < detail->past_count; i++) {
		frame_add(frame, level_of(view, detail->past[i]), FRAME_PLAIN);
		if (detail->past[i] > most)
			most = detail->past[i];
	}
	percent_short(most, text);
	frame_print(frame, FRAME_PLAIN, " at most %s", text);
}

/* The drawing of "taskmeter hist", line by line. */
static void draw_chart(const struct top_view *view, struct frame *frame, size_t columns,
		       const struct chart_row *rows, size_t count)
{
	struct cli drawn = *view->cli;
	char *text = NULL, *line, *rest;
	size_t size;

	drawn.out = open_memstream(&text, &size);
	if (!drawn.out)
		return;
	drawn.width = (unsigned int)columns;
	chart_print(&drawn, rows, count);
	if (!fclose(drawn.out))
		for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
			frame_line(frame);
			frame_add(frame, line, FRAME_PLAIN);
		}
	free(text);
}

static void draw_waits(const struct top_view *view, struct frame *frame, size_t columns)
{
	char p50[UNIT_SIZE], p99[UNIT_SIZE], max[UNIT_SIZE];
	struct chart_row rows[CHART_ROWS];
	size_t count, skip = 0, room;
	struct waits waits;

	waits_read(&waits, &view->detail.reading, NULL, TM_HISTOGRAM_CPU_WAIT);
	frame_line(frame);
	if (!view->detail.waits || !waits.available || !waits.count) {
		frame_add(frame, "no waits for a CPU are known", FRAME_PLAIN);
		return;
	}
	unit_duration_short(waits.p50_ns, p50);
	unit_duration_short(waits.p99_ns, p99);
	unit_duration_short(waits.max_ns, max);
	frame_add(frame, "waits for a CPU", FRAME_STRONG);
	frame_print(frame, FRAME_PLAIN, ": %" PRIu64 ", p50 %s, p99 %s, max %s",
		    waits.count, p50, p99, max);
	count = chart_rows(&view->detail.reading.histograms, TM_HISTOGRAM_CPU_WAIT, false, rows);
	room = frame->rows > frame->count + 1 ? frame->rows - frame->count - 1 : 0;
	if (count > room)
		skip = count - room;
	if (skip)
		frame_print(frame, FRAME_PLAIN, ", the shortest left out");
	draw_chart(view, frame, columns, rows + skip, count - skip);
}

void top_detail_draw(struct top_view *view, struct frame *frame, size_t columns)
{
	if (!view->detail.known) {
		frame_line(frame);
		frame_add(frame, *view->message ? view->message : "it has ended",
			  FRAME_WARNING);
		return;
	}
	draw_identity(view, frame);
	draw_bar(view, frame, columns);
	draw_legend(view, frame);
	draw_past(view, frame);
	draw_waits(view, frame, columns);
}
