// SPDX-License-Identifier: GPL-2.0-or-later
/* See chart.h. Bars are measured in eighths of a column, as block characters are. */
#include "cli/chart.h"

#include "common/units.h"

#define WIDTH_DEFAULT	80
#define EIGHTHS		8

/* Two bounds, a count, and the blanks before the bar. */
#define LEFT_WIDTH	(8 + 1 + 8 + 1 + 8 + 2)

static const char *const blocks[EIGHTHS + 1] = {
	"", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589",
	"\u2588",
};

/* The first and the last bucket are open. */
static struct chart_row make_row(const uint64_t *buckets, size_t n_buckets,
				 enum tm_histogram_kind kind, size_t first,
				 size_t merged)
{
	struct chart_row row = {
		.from_ns = first ? tm_histogram_bound(kind, first) : 0,
		.to_ns = first + merged < n_buckets ?
			 tm_histogram_bound(kind, first + merged) : UINT64_MAX,
	};
	size_t i;

	for (i = 0; i < merged; i++)
		row.count += buckets[first + i];
	return row;
}

size_t chart_rows(const struct taskmeter_histograms *histograms,
		  enum tm_histogram_kind kind, bool buckets,
		  struct chart_row rows[static CHART_ROWS])
{
	size_t merged = buckets ? 1 : TASKMETER_HISTOGRAM_PER_OCTAVE;
	size_t n_buckets, count = 0, kept = 0, i;
	const uint64_t *values;
	struct chart_row row;

	values = tm_histogram_buckets(histograms, kind, &n_buckets);
	for (i = 0; i < n_buckets; i += merged) {
		row = make_row(values, n_buckets, kind, i, merged);
		if (!count && !row.count)
			continue;
		rows[count++] = row;
		if (row.count)
			kept = count;
	}
	return kept;
}

static uint64_t highest_count(const struct chart_row *rows, size_t count)
{
	uint64_t highest = 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (rows[i].count > highest)
			highest = rows[i].count;
	return highest;
}

/* Rounded up, so that one wait among millions is seen. */
static uint64_t bar_length(uint64_t count, uint64_t highest, uint64_t room)
{
	double length = (double)count * (double)room / (double)highest;
	uint64_t whole = (uint64_t)length;

	return whole + ((double)whole < length);
}

static void print_bar(struct cli *cli, uint64_t count, uint64_t highest,
		      uint64_t columns)
{
	uint64_t eighths;

	if (!cli->utf8) {
		for (columns = bar_length(count, highest, columns); columns;
		     columns--)
			putc('#', cli->out);
		return;
	}
	eighths = bar_length(count, highest, columns * EIGHTHS);
	for (; eighths > EIGHTHS; eighths -= EIGHTHS)
		fputs(blocks[EIGHTHS], cli->out);
	fputs(blocks[eighths], cli->out);
}

static void print_row(struct cli *cli, const struct chart_row *row)
{
	char from[UNIT_SIZE], to[UNIT_SIZE] = "longer", number[UNIT_SIZE];

	unit_duration_short(row->from_ns, from);
	if (row->to_ns != UINT64_MAX)
		unit_duration_short(row->to_ns, to);
	unit_number_short(row->count, number);
	fprintf(cli->out, "%8s %8s %8s", from, to, number);
}

void chart_print(struct cli *cli, const struct chart_row *rows, size_t count)
{
	unsigned int width = cli->width ? cli->width : WIDTH_DEFAULT;
	uint64_t highest = highest_count(rows, count);
	uint64_t columns = CHART_BAR_LEAST;
	size_t i;

	if (width > LEFT_WIDTH + CHART_BAR_LEAST)
		columns = width - LEFT_WIDTH;
	if (count)
		fprintf(cli->out, "%8s %8s %8s\n", "from", "to", "count");
	for (i = 0; i < count; i++) {
		print_row(cli, &rows[i]);
		if (rows[i].count) {
			fputs("  ", cli->out);
			print_bar(cli, rows[i].count, highest, columns);
		}
		fputs("\n", cli->out);
	}
}
