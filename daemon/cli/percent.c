// SPDX-License-Identifier: GPL-2.0-or-later
/* See percent.h. */
#include "cli/percent.h"

#include <inttypes.h>
#include <stdio.h>

#define NS_PER_S_PER_TENTH	1000000U

void percent_short(uint64_t ns_per_s, char text[static PERCENT_SIZE])
{
	uint64_t tenths = ns_per_s / NS_PER_S_PER_TENTH;

	if (!ns_per_s)
		snprintf(text, PERCENT_SIZE, "0");
	else if (tenths < 1000)
		snprintf(text, PERCENT_SIZE, "%" PRIu64 ".%" PRIu64,
			 tenths / 10, tenths % 10);
	else
		snprintf(text, PERCENT_SIZE, "%" PRIu64, tenths / 10);
}

void percent_of(uint64_t part, uint64_t whole, char text[static PERCENT_SIZE])
{
	double percent = whole ? 100.0 * (double)part / (double)whole : 0;

	text[0] = '\0';
	if (whole)
		snprintf(text, PERCENT_SIZE, "%.1f %%", percent);
}
