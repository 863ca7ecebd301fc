// SPDX-License-Identifier: GPL-2.0-or-later
/* See pressure.h. */
#include "core/pressure.h"

#include <math.h>

#define NSEC_PER_SEC	1e9
/* Below this an average is 0: less than a nanosecond in a second. */
#define NOTHING		1e-9

unsigned int pressure_span_seconds(enum pressure_span span)
{
	static const unsigned int seconds[PRESSURE_SPANS] = { 10, 60, 300 };

	return seconds[span];
}

const char *pressure_resource_name(enum pressure_resource resource)
{
	static const char *const names[PRESSURE_RESOURCES] = { "cpu", "io", "memory" };

	return names[resource];
}

struct pressure_tick pressure_tick(uint64_t elapsed_ns)
{
	struct pressure_tick tick = { .elapsed_ns = elapsed_ns };
	double seconds = (double)elapsed_ns / NSEC_PER_SEC;
	int i;

	for (i = 0; i < PRESSURE_SPANS; i++)
		tick.keep[i] = exp(-seconds / pressure_span_seconds((enum pressure_span)i));
	return tick;
}

static void average(double averages[static PRESSURE_SPANS], const struct pressure_tick *tick,
		    uint64_t ns)
{
	double rate = (double)ns / (double)tick->elapsed_ns;
	int i;

	for (i = 0; i < PRESSURE_SPANS; i++) {
		averages[i] = averages[i] * tick->keep[i] + rate * (1 - tick->keep[i]);
		if (averages[i] < NOTHING)
			averages[i] = 0;
	}
}

void pressure_add(struct pressure *pressure, const struct pressure_tick *tick,
		  const struct pressure_flow *flow)
{
	int i, j;

	pressure->known = flow->known;
	if (!tick->elapsed_ns)
		return;
	average(pressure->running, tick, flow->running);
	for (i = 0; i < PRESSURE_RESOURCES; i++) {
		if (flow->known & 1U << i)
			average(pressure->stalled[i], tick, flow->stalled[i]);
		else
			for (j = 0; j < PRESSURE_SPANS; j++)
				pressure->stalled[i][j] = 0;
	}
}

bool pressure_get(const struct pressure *pressure, enum pressure_resource resource,
		  enum pressure_span span, double *ret_value)
{
	*ret_value = pressure->stalled[resource][span];
	return pressure->known & 1U << resource;
}

bool pressure_share(const struct pressure *pressure, enum pressure_resource resource,
		    enum pressure_span span, double *ret_value)
{
	double stalled, wanted;

	*ret_value = 0;
	if (!pressure_get(pressure, resource, span, &stalled))
		return false;
	wanted = stalled + pressure->running[span];
	if (wanted <= 0)
		return false;
	*ret_value = stalled / wanted;
	return true;
}
