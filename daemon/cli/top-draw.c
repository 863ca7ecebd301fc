// SPDX-License-Identifier: GPL-2.0-or-later
/* See top-draw.h. */
#include "cli/top-draw.h"

#include "cli/percent.h"
#include "cli/report.h"
#include "cli/top-detail.h"
#include "cli/top-keys.h"
#include "common/text.h"
#include "common/units.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* With fewer rows the header is one line; with fewer still the keys are left out. */
#define ROWS_FOR_HEADER	10
#define ROWS_FOR_KEYS	5

#define HELP_WIDTH	40

/* Nanoseconds a second: held up by a quarter and by half of a CPU's time. */
#define MUCH		250000000U
#define TOO_MUCH	500000000U

static const char *const kind_words[TOP_KINDS][2] = {
	[TOP_PROCESSES] = { "process", "processes" },
	[TOP_THREADS] = { "thread", "threads" },
	[TOP_USERS] = { "user", "users" },
	[TOP_CGROUPS] = { "cgroup", "cgroups" },
	[TOP_UNITS] = { "unit", "units" },
	[TOP_CONTAINERS] = { "container", "containers" },
	[TOP_PROGRAMS] = { "program", "programs" },
	[TOP_SLICES] = { "slice", "slices" },
};

static const enum rate causes[] = {
	RATE_CPU_WAIT, RATE_IO_WAIT, RATE_MEM_WAIT, RATE_LOCK_WAIT,
};

#define N_CAUSES	(sizeof(causes) / sizeof(*causes))

static void print_clock(struct frame *frame)
{
	time_t now = time(NULL);
	char text[16];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(text, sizeof(text), "%H:%M:%S", &tm);
	frame_add(frame, text, FRAME_STRONG);
}

static uint64_t count_running(const struct top_view *view)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < view->tasks.count; i++)
		count += view->tasks.samples[i].record.current_state ==
			 TASKMETER_STATE_RUNNING;
	return count;
}

/* It may have come with the command line, and hold anything. */
static void print_filter(const struct top_view *view, struct frame *frame)
{
	char text[TEXT_TERMINAL_SIZE(TOP_FILTER_SIZE)];

	text_for_terminal(view->filter, sizeof(view->filter), view->cli->utf8, text,
			  sizeof(text));
	frame_add(frame, text, FRAME_STRONG);
}

static void print_limits(struct top_view *view, struct frame *frame)
{
	if (view->within) {
		frame_add(frame, "  of ", FRAME_STRONG);
		frame_add(frame, view->group_name, FRAME_STRONG);
	}
	if (!*view->filter || view->typing)
		return;
	frame_add(frame, "  filter ", FRAME_STRONG);
	print_filter(view, frame);
}

/* When, how many, and what decides which of them are seen. */
static void draw_title(struct top_view *view, struct frame *frame)
{
	char header[COLUMN_HEADER_SIZE], interval[UNIT_SIZE];

	frame_line(frame);
	print_clock(frame);
	frame_print(frame, FRAME_PLAIN, " %zu %s", view->row_count,
		    kind_words[view->kind][view->row_count != 1]);
	if (view->frozen)
		frame_add(frame, "  FROZEN", FRAME_WARNING);
	if (*view->message) {
		frame_print(frame, FRAME_WARNING, "  %s", view->message);
		return;
	}
	if (top_view_blind(view))
		frame_add(frame, "  no cgroup v2 hierarchy is mounted: only 3 and 7 tell groups",
			  FRAME_WARNING);
	print_limits(view, frame);
	column_header(&view->sort, header);
	unit_duration_short(view->rated ? view->sampling.elapsed_ns : 0, interval);
	frame_print(frame, FRAME_PLAIN, "  %" PRIu64 " running  by %s%s",
		    count_running(view), header, view->descending ? "" : " upwards");
	if (!view->rated)
		frame_add(frame, "  measuring", FRAME_PLAIN);
	else
		frame_print(frame, FRAME_PLAIN, "  in %s", interval);
	if (view->rated && !view->metered && view->tasks.count)
		frame_add(frame, "  the meter is off: see 'taskmeter help set'",
			  FRAME_WARNING);
}

static enum frame_attribute attribute_of(const struct column *column,
					 const struct sample *sample)
{
	uint64_t share;

	if (column->kind != COLUMN_RATE || column->rate == RATE_RUN ||
	    column->rate == RATE_SLEEP || column->rate == RATE_STOP)
		return FRAME_PLAIN;
	share = sample->rates.ns_per_s[column->rate];
	return share >= TOO_MUCH ? FRAME_TOO_MUCH : share >= MUCH ? FRAME_MUCH : FRAME_PLAIN;
}

/* The machine as the sum of its tasks. */
static void draw_sums(struct top_view *view, struct frame *frame)
{
	static const char names[] = "cpu%,wait%,io%,mem%,lock%,rss,sw/s";
	char header[COLUMN_HEADER_SIZE], text[COLUMN_TEXT_SIZE];
	struct sample sum = { .record.size = sizeof(sum.record) };
	struct column column;
	const char *name;
	size_t i;

	for (i = 0; i < view->tasks.count; i++)
		grouping_add(&sum, &view->tasks.samples[i]);
	frame_line(frame);
	frame_add(frame, "all ", FRAME_STRONG);
	for (name = names; *name; name += *name == ',') {
		column_find(name, strcspn(name, ","), &column);
		name += strcspn(name, ",");
		column_header(&column, header);
		column_text(view->cli, &column, &sum, text);
		frame_print(frame, FRAME_PLAIN, " %s ", header);
		frame_add_value(frame, text, -4, !*name, FRAME_STRONG, FRAME_PLAIN);
	}
}

static const struct sample *most(const struct top_view *view, enum rate rate)
{
	const struct sample *found = NULL, *sample;
	size_t i;

	for (i = 0; i < view->tasks.count; i++) {
		sample = &view->tasks.samples[i];
		if (sample->rates.ns_per_s[rate] >
		    (found ? found->rates.ns_per_s[rate] : 0))
			found = sample;
	}
	return found;
}

/* Whom each cause holds up most. */
static void draw_victims(struct top_view *view, struct frame *frame)
{
	struct column column = { .kind = COLUMN_RATE };
	const struct sample *sample;
	char text[COLUMN_TEXT_SIZE];
	size_t i;

	frame_line(frame);
	frame_add(frame, "most", FRAME_STRONG);
	for (i = 0; i < N_CAUSES; i++) {
		column.rate = causes[i];
		sample = most(view, causes[i]);
		frame_print(frame, FRAME_PLAIN, "  %s ", rate_spec(causes[i])->header);
		if (!sample) {
			frame_add(frame, "-", FRAME_PLAIN);
			continue;
		}
		column_text(view->cli, &column, sample, text);
		frame_add(frame, text, attribute_of(&column, sample));
		column_text(view->cli, &view->name, sample, text);
		frame_print(frame, FRAME_PLAIN, " %s", text);
	}
}

/* The heading says by reverse video what the rows are sorted by. */
static void draw_heading(const struct top_view *view, const struct report *report,
			 struct frame *frame, size_t columns)
{
	char header[COLUMN_HEADER_SIZE];
	bool sorted;
	size_t i;

	frame_line(frame);
	for (i = 0; i < view->count; i++) {
		sorted = view->columns[i].name == view->sort.name;
		report_header(report, &view->columns[i], header);
		frame_add_value(frame, header, column_width(&view->columns[i]),
				i + 1 == view->count,
				sorted ? FRAME_SORTED : FRAME_HEADING, FRAME_HEADING);
	}
	frame_fill(frame, columns, FRAME_HEADING);
}

static void draw_row(struct top_view *view, const struct report *report,
		     struct frame *frame, const struct top_row *row, bool selected)
{
	enum frame_attribute plain = selected ? FRAME_SELECTED : FRAME_PLAIN, attribute;
	char text[COLUMN_TEXT_SIZE];
	size_t i;

	frame_line(frame);
	for (i = 0; i < view->count; i++) {
		report_value(report, &view->columns[i], row->sample, text);
		attribute = selected ? plain : attribute_of(&view->columns[i], row->sample);
		frame_add_value(frame, text, column_width(&view->columns[i]),
				i + 1 == view->count, attribute, plain);
	}
}

static void draw_keys(const struct top_view *view, struct frame *frame)
{
	static const char *const keys[][2] = {
		{ "?", "help" }, { "q", "end" }, { "enter", "detail" }, { "/", "filter" },
		{ "v", "view" }, { "o", "fields" }, { "space", "freeze" },
		{ "acwimlprgs", "sort" },
	};
	size_t i;

	frame_line(frame);
	if (view->typing) {
		frame_add(frame, "filter: ", FRAME_STRONG);
		print_filter(view, frame);
		return;
	}
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		frame_print(frame, FRAME_STRONG, "%s%s", i ? " " : "", keys[i][0]);
		frame_print(frame, FRAME_PLAIN, " %s", keys[i][1]);
	}
}

static void draw_list(struct top_view *view, struct frame *frame, size_t rows,
		      size_t columns)
{
	struct report report = {
		.cli = view->cli,
		.columns = view->columns,
		.count = view->count,
		.threads = view->kind == TOP_THREADS,
	};
	bool keys = rows >= ROWS_FOR_KEYS || (rows && view->typing), header;
	size_t room, i;

	header = !rows || rows >= ROWS_FOR_HEADER;
	draw_title(view, frame);
	if (header) {
		draw_sums(view, frame);
		draw_victims(view, frame);
	}
	draw_heading(view, &report, frame, rows ? columns : 0);
	room = rows > frame->count + keys ? rows - frame->count - keys : 0;
	if (!rows)
		room = view->row_count;
	top_view_scroll(view, room);
	for (i = view->first; i < view->row_count && i - view->first < room; i++) {
		draw_row(view, &report, frame, &view->rows[i],
			 rows && i == view->selected);
		if (rows && i == view->selected)
			frame_fill(frame, columns, FRAME_SELECTED);
	}
	if (!keys)
		return;
	while (frame->count + 1 < rows)
		frame_line(frame);
	draw_keys(view, frame);
}

/* In two columns where there is room for them. */
static void draw_help(struct frame *frame, size_t rows, size_t columns)
{
	size_t count, i, lines;
	const struct top_key *keys = top_keys(&count);

	lines = columns >= 2 * HELP_WIDTH && rows < count + 2 ? (count + 1) / 2 : count;
	frame_line(frame);
	frame_add(frame, "keys of taskmeter top; any of ?, h and esc leads back",
		  FRAME_STRONG);
	for (i = 0; i < lines; i++) {
		frame_line(frame);
		frame_add_value(frame, keys[i].name, -9, false, FRAME_STRONG, FRAME_PLAIN);
		frame_add(frame, keys[i].help, FRAME_PLAIN);
		if (i + lines >= count)
			continue;
		frame_fill(frame, HELP_WIDTH, FRAME_PLAIN);
		frame_add_value(frame, keys[i + lines].name, -9, false, FRAME_STRONG,
				FRAME_PLAIN);
		frame_add(frame, keys[i + lines].help, FRAME_PLAIN);
	}
}

void top_draw(struct top_view *view, struct frame *frame, size_t rows, size_t columns)
{
	frame_begin(frame, rows, columns);
	if (view->page == TOP_HELP)
		draw_help(frame, rows, columns);
	else if (view->page == TOP_DETAIL)
		top_detail_draw(view, frame, columns);
	else
		draw_list(view, frame, rows, columns);
}
