// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See series.h: the block.
 *
 * Behind the head stand the points; then each group: its name, and its words, one column
 * after the other, each as its difference from what the point before, or the rest of the
 * point, lets expect. So of a group that is sought the others' names are all that is read.
 */
#include "store/series.h"

#include <errno.h>
#include <string.h>
#include "store/pack.h"

#define FORMAT		1
#define WORDS		(sizeof(struct series_figures) / sizeof(uint64_t))
#define COLUMN_WORDS	(WORDS * SERIES_POINTS_MAX)

_Static_assert(!(sizeof(struct series_figures) % sizeof(uint64_t)), "what is packed is words");

enum head_word {
	HEAD_FORMAT,
	HEAD_POINTS,
	HEAD_GROUPS,
	HEAD_COLUMNS,
	HEAD_WORDS
};

/* What a peak is if the point has one sample. */
static uint64_t usual_peak(const struct series_figures *figures, enum series_peak peak,
			   uint64_t elapsed_ns)
{
	return series_rate(figures->sums[series_stalled(figures, peak)], elapsed_ns);
}

/* In place; differences wrap around, and back. */
static void reduce(struct series_figures *figures, const struct series_figures *before,
		   uint64_t elapsed_ns)
{
	const struct series_figures as_is = *figures;
	size_t i;

	figures->samples = pack_fold(as_is.samples - before->samples);
	figures->available = pack_fold(as_is.available - before->available);
	for (i = 0; i < SERIES_PEAKS; i++)
		figures->peaks[i] = pack_fold(as_is.peaks[i] -
					      usual_peak(&as_is, (enum series_peak)i, elapsed_ns));
	for (i = 0; i < SERIES_GAUGES; i++) {
		figures->gauges[i].sum -= as_is.samples * as_is.gauges[i].min;
		figures->gauges[i].max -= as_is.gauges[i].min;
		figures->gauges[i].min = pack_fold(as_is.gauges[i].min - before->gauges[i].min);
	}
}

static void restore(struct series_figures *figures, const struct series_figures *before,
		    uint64_t elapsed_ns)
{
	struct series_gauges *gauge;
	size_t i;

	figures->samples = pack_unfold(figures->samples) + before->samples;
	figures->available = pack_unfold(figures->available) + before->available;
	for (i = 0; i < SERIES_PEAKS; i++)
		figures->peaks[i] = pack_unfold(figures->peaks[i]) +
				    usual_peak(figures, (enum series_peak)i, elapsed_ns);
	for (i = 0; i < SERIES_GAUGES; i++) {
		gauge = &figures->gauges[i];
		gauge->min = pack_unfold(gauge->min) + before->gauges[i].min;
		gauge->max += gauge->min;
		gauge->sum += figures->samples * gauge->min;
	}
}

static int put_heads(const struct series *series, size_t groups, struct block *block)
{
	const uint64_t head[HEAD_WORDS] = { FORMAT, series->count, groups, WORDS };
	uint64_t words[2 * SERIES_POINTS_MAX], last = 0;
	size_t i;
	int r = block_put_words(block, head, HEAD_WORDS);

	for (i = 0; i < series->count; i++) {
		words[i] = pack_fold(series->heads[i].end_ns - last);
		words[series->count + i] = series->heads[i].elapsed_ns;
		last = series->heads[i].end_ns;
	}
	return r ? r : block_put_words(block, words, 2 * series->count);
}

static void fill_columns(const struct series *series, const struct series_group *group,
			 uint64_t words[static COLUMN_WORDS])
{
	static const struct series_figures none;
	struct series_figures before = none, as_is, figures;
	size_t i, column;

	for (i = 0; i < series->count; i++) {
		as_is = i < group->count ? group->figures[i] : none;
		figures = as_is;
		reduce(&figures, &before, series->heads[i].elapsed_ns);
		for (column = 0; column < WORDS; column++)
			words[column * series->count + i] = ((uint64_t *)&figures)[column];
		before = as_is;
	}
}

static int put_group(const struct series *series, const struct series_group *group,
		     struct block *block)
{
	unsigned char bytes[PACK_SIZE(COLUMN_WORDS)];
	uint64_t words[COLUMN_WORDS], sizes[2] = { group->length };
	int r;

	fill_columns(series, group, words);
	sizes[1] = pack_words(words, WORDS * series->count, bytes);
	r = block_put_words(block, sizes, 2);
	if (!r)
		r = block_put(block, group->name, group->length);
	return r ? r : block_put(block, bytes, sizes[1]);
}

int series_encode(const struct series *series, struct block *ret_block)
{
	struct block block = { 0 };
	size_t i;
	int r = put_heads(series, series->group_count, &block);

	for (i = 0; !r && i < series->group_count; i++)
		r = put_group(series, &series->groups[i], &block);
	if (r < 0)
		block_clear(&block);
	else
		*ret_block = block;
	return r;
}

/* Exactly so many words. */
static int get_words(const unsigned char **bytes, const unsigned char *end, uint64_t *words,
		     size_t count)
{
	int r = unpack_words(bytes, end, words, count);

	return r >= 0 && (size_t)r == count ? 0 : -EBADMSG;
}

static int get_heads(const unsigned char **bytes, const unsigned char *end,
		     struct series *series, uint64_t *ret_groups)
{
	uint64_t head[HEAD_WORDS], words[2 * SERIES_POINTS_MAX], last = 0;
	size_t i;

	if (get_words(bytes, end, head, HEAD_WORDS) < 0 || head[HEAD_FORMAT] != FORMAT ||
	    head[HEAD_COLUMNS] != WORDS || head[HEAD_POINTS] > SERIES_POINTS_MAX ||
	    head[HEAD_GROUPS] > SERIES_GROUPS_MAX ||
	    get_words(bytes, end, words, 2 * head[HEAD_POINTS]) < 0)
		return -EBADMSG;
	series->count = head[HEAD_POINTS];
	for (i = 0; i < series->count; i++) {
		last += pack_unfold(words[i]);
		series->heads[i] = (struct series_head) { last, words[series->count + i] };
	}
	*ret_groups = head[HEAD_GROUPS];
	return 0;
}

/* Points one by one, as the latest that the series has; then it has all of them again. */
static int add_columns(struct series *series, const char *name, size_t length,
		       const uint64_t words[static COLUMN_WORDS])
{
	struct series_figures before = { .samples = 0 }, figures;
	const size_t count = series->count;
	size_t column;
	int r = 0;

	for (series->count = 1; !r && series->count <= count; series->count++) {
		for (column = 0; column < WORDS; column++)
			((uint64_t *)&figures)[column] =
				words[column * count + series->count - 1];
		restore(&figures, &before, series->heads[series->count - 1].elapsed_ns);
		r = series_add(series, name, length, &figures);
		before = figures;
	}
	series->count = count;
	return r;
}

static int get_group(const unsigned char **bytes, const unsigned char *end,
		     const char *name, size_t length, struct series *series)
{
	uint64_t words[COLUMN_WORDS], sizes[2];
	const unsigned char *columns;
	const char *found;

	if (get_words(bytes, end, sizes, 2) < 0 || sizes[0] > SERIES_NAME_MAX ||
	    sizes[0] > (size_t)(end - *bytes) || sizes[1] > (size_t)(end - *bytes) - sizes[0])
		return -EBADMSG;
	found = (const char *)*bytes;
	columns = *bytes + sizes[0];
	*bytes = columns + sizes[1];
	if (name && (sizes[0] != length || memcmp(found, name, length) != 0))
		return 0;
	if (get_words(&columns, *bytes, words, WORDS * series->count) < 0 ||
	    series_find(series, found, sizes[0]))
		return -EBADMSG;
	return add_columns(series, found, sizes[0], words);
}

int series_decode(const unsigned char *bytes, size_t size, const char *name, size_t length,
		  struct series *ret_series)
{
	const unsigned char *end = bytes + size;
	struct series series = { .count = 0 };
	uint64_t groups = 0, i;
	int r = get_heads(&bytes, end, &series, &groups);

	for (i = 0; !r && i < groups; i++)
		r = get_group(&bytes, end, name, length, &series);
	if (!r && bytes != end)
		r = -EBADMSG;
	if (r < 0)
		series_clear(&series);
	else
		*ret_series = series;
	return r;
}
