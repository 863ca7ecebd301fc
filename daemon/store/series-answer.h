/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is asked of series, and what is answered: the points of one group, folded into
 * steps. Pure.
 */
#ifndef TASKMETERD_STORE_SERIES_ANSWER_H
#define TASKMETERD_STORE_SERIES_ANSWER_H

#include "store/series.h"

/* A question for more is refused. */
#define SERIES_ANSWER_MAX	10000

/**
 * struct series_query - of which group and time
 * @kind: of the group, as a number
 * @name: of the group; NULL for no question
 * @from_ns: Unix time: points whose middle is not before that
 * @to_ns: and is before this
 * @step_ns: steps are multiples of that; at most SERIES_ANSWER_MAX
 */
struct series_query {
	unsigned int kind;
	char *name;
	uint64_t from_ns;
	uint64_t to_ns;
	uint64_t step_ns;
};

/**
 * struct series_point - a step
 * @step: its number since the epoch
 * @begin_ns: when its first point begins, Unix time
 * @end_ns: when its last point ends
 * @elapsed_ns: what the points cover, also those without the group
 * @figures: of the group
 */
struct series_point {
	uint64_t step;
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t elapsed_ns;
	struct series_figures figures;
};

/**
 * struct series_answer - what was found
 * @points: in the order of time
 * @count: how many
 * @capacity: for how many there is room
 * @begin_ns: Unix time at which the oldest series begin; 0 if there are none
 */
struct series_answer {
	struct series_point *points;
	size_t count;
	size_t capacity;
	uint64_t begin_ns;
};

/**
 * series_answer_clear() - release the points
 * @answer: zeroed or filled in; is zeroed
 */
void series_answer_clear(struct series_answer *answer);

/**
 * series_answer_add() - take points in
 * @answer: the answer
 * @query: what is asked
 * @series: with the group or without it
 * @before_ns: Unix time: only points whose middle is before that
 *
 * Return: 0; -E2BIG beyond SERIES_ANSWER_MAX; -ENOMEM.
 */
int series_answer_add(struct series_answer *answer, const struct series_query *query,
		      const struct series *series, uint64_t before_ns);

/**
 * series_answer_finish() - leave out steps without the group
 * @answer: the answer
 */
void series_answer_finish(struct series_answer *answer);

#endif
