/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A histogram as lines of text: the bounds of a row, its count, and a bar. */
#ifndef TASKMETER_CLI_CHART_H
#define TASKMETER_CLI_CHART_H

#include "cli/cli.h"

/* Most rows that there can be. */
#define CHART_ROWS	TASKMETER_CPU_WAIT_BUCKETS

/* Narrowest bar at full length, columns; a chart is no narrower than it needs. */
#define CHART_BAR_LEAST	10

/**
 * struct chart_row - a row
 * @from_ns: the shortest wait in it
 * @to_ns: the first that is too long for it; UINT64_MAX if none is
 * @count: how many there were
 */
struct chart_row {
	uint64_t from_ns;
	uint64_t to_ns;
	uint64_t count;
};

/**
 * chart_rows() - the rows from the first to the last that is not empty
 * @histograms: the histograms
 * @kind: which
 * @buckets: a row for each bucket; else for each octave, from one power of two
 *	nanoseconds to the next
 * @rows: filled in
 *
 * Return: number of rows.
 */
size_t chart_rows(const struct taskmeter_histograms *histograms,
		  enum tm_histogram_kind kind, bool buckets,
		  struct chart_row rows[static CHART_ROWS]);

/**
 * chart_print() - draw rows
 * @cli: where to; its @width is filled, or 80 columns if that is 0
 * @rows: the rows
 * @count: how many
 *
 * The longest bar takes all the room, the others are to scale. What is not 0 has a
 * bar.
 */
void chart_print(struct cli *cli, const struct chart_row *rows, size_t count);

#endif
