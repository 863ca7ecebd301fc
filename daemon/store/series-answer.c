// SPDX-License-Identifier: GPL-2.0-or-later
/* See series-answer.h. */
#include "store/series-answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void series_answer_clear(struct series_answer *answer)
{
	free(answer->points);
	*answer = (struct series_answer) { .count = 0 };
}

/* Where a step is, or would be: mostly at the end. */
static size_t place_of(const struct series_answer *answer, uint64_t step)
{
	size_t low = 0, high = answer->count, middle;

	if (high && answer->points[high - 1].step < step)
		return high;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (answer->points[middle].step < step)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int reserve(struct series_answer *answer)
{
	const size_t capacity = answer->capacity ? 2 * answer->capacity : 64;
	struct series_point *points;

	/* The first and the last step may be cut. */
	if (answer->count > SERIES_ANSWER_MAX)
		return -E2BIG;
	if (answer->count < answer->capacity)
		return 0;
	points = reallocarray(answer->points, capacity, sizeof(*points));
	if (!points)
		return -ENOMEM;
	answer->points = points;
	answer->capacity = capacity;
	return 0;
}

static int find_step(struct series_answer *answer, uint64_t step,
		     struct series_point **ret_point)
{
	const size_t place = place_of(answer, step);
	struct series_point *point;
	int r = 0;

	if (place == answer->count || answer->points[place].step != step) {
		r = reserve(answer);
		if (r < 0)
			return r;
		point = &answer->points[place];
		memmove(point + 1, point, (answer->count++ - place) * sizeof(*point));
		*point = (struct series_point) { .step = step, .begin_ns = UINT64_MAX };
	}
	*ret_point = &answer->points[place];
	return 0;
}

static int add_point(struct series_answer *answer, uint64_t step, const struct series_head *head,
		     const struct series_figures *figures)
{
	struct series_point *point;
	uint64_t begin_ns = head->end_ns > head->elapsed_ns ? head->end_ns - head->elapsed_ns : 0;
	int r = find_step(answer, step, &point);

	if (r < 0)
		return r;
	if (begin_ns < point->begin_ns)
		point->begin_ns = begin_ns;
	if (head->end_ns > point->end_ns)
		point->end_ns = head->end_ns;
	point->elapsed_ns += head->elapsed_ns;
	if (figures)
		series_figures_add(&point->figures, figures);
	return 0;
}

int series_answer_add(struct series_answer *answer, const struct series_query *query,
		      const struct series *series, uint64_t before_ns)
{
	const struct series_group *group = series_find(series, query->name, strlen(query->name));
	uint64_t middle_ns;
	size_t i;
	int r = 0;

	if (query->to_ns < before_ns)
		before_ns = query->to_ns;
	for (i = 0; !r && i < series->count; i++) {
		middle_ns = series_middle_ns(&series->heads[i]);
		if (middle_ns >= query->from_ns && middle_ns < before_ns)
			r = add_point(answer, middle_ns / query->step_ns, &series->heads[i],
				      group && i < group->count ? &group->figures[i] : NULL);
	}
	return r;
}

void series_answer_finish(struct series_answer *answer)
{
	size_t i, kept = 0;

	for (i = 0; i < answer->count; i++)
		if (answer->points[i].figures.samples)
			answer->points[kept++] = answer->points[i];
	answer->count = kept;
}
