/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parameters "from", "to" and "step" of histories. */
#ifndef TASKMETERD_API_RANGE_H
#define TASKMETERD_API_RANGE_H

#include <stdint.h>
#include "api/query.h"

#define RANGE_STEP_MAX_SEC	86400

/**
 * struct range - a time of the past
 * @from_ns: Unix time
 * @to_ns: later
 * @step_ns: whole seconds; 0 if it was not given
 */
struct range {
	uint64_t from_ns;
	uint64_t to_ns;
	uint64_t step_ns;
};

/**
 * range_parse() - read them
 * @query: the query; without "to" it is now, without "from" an hour before that
 * @points: so many steps are allowed
 * @ret_range: filled in
 * @problem: why it was refused
 *
 * Return: 0 or PROBLEM.
 */
int range_parse(const struct query *query, uint64_t points, struct range *ret_range,
		struct problem *problem);

#endif
