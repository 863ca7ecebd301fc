// SPDX-License-Identifier: GPL-2.0-or-later
/* See range.h. */
#include "api/range.h"

#include <inttypes.h>
#include <time.h>
#include "api/handlers.h"

#define NSEC_PER_SEC	UINT64_C(1000000000)
#define RANGE_DEFAULT	(3600 * NSEC_PER_SEC)

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

static int parse_step(const struct query *query, uint64_t points, struct range *range,
		      struct problem *problem)
{
	const uint64_t longest_ns = points * NSEC_PER_SEC;
	const uint64_t least = (range->to_ns - range->from_ns + longest_ns - 1) / longest_ns;
	uint64_t step = 0;
	int r = query_number(query, "step", 1, RANGE_STEP_MAX_SEC, &step, NULL, problem);

	range->step_ns = step * NSEC_PER_SEC;
	if (r || !step || step >= least)
		return r;
	return problem_parameter(problem, "step", "With a step of %" PRIu64 " s these are more"
				 " than %" PRIu64 " points: it has to be %" PRIu64 " at least,"
				 " or less time be asked for.", step, points, least);
}

int range_parse(const struct query *query, uint64_t points, struct range *ret_range,
		struct problem *problem)
{
	struct range *range = ret_range;
	int r;

	*range = (struct range) { .to_ns = now_ns() };
	r = handler_parse_time(query, "to", &range->to_ns, problem);
	range->from_ns = range->to_ns > RANGE_DEFAULT ? range->to_ns - RANGE_DEFAULT : 0;
	if (!r)
		r = handler_parse_time(query, "from", &range->from_ns, problem);
	if (r)
		return r;
	if (range->from_ns >= range->to_ns)
		return problem_parameter(problem, "from", "The time of \"from\" has to be before"
					 " that of \"to\", which is now if it is not given.");
	return parse_step(query, points, range, problem);
}
