/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pressure: stalled thread-seconds per second, averaged over 10, 60 and 300 s as in
 * /proc/pressure, and the share of the time that threads wanted to go on in which they
 * were stalled. Pure.
 *
 * An average forgets exponentially: what was stalled T seconds ago counts e^(-T/span) as
 * much as what is stalled now, whatever the time between two ticks. It begins with 0.
 */
#ifndef TASKMETERD_CORE_PRESSURE_H
#define TASKMETERD_CORE_PRESSURE_H

#include <stdbool.h>
#include <stdint.h>

enum pressure_resource {
	PRESSURE_CPU,
	PRESSURE_IO,
	PRESSURE_MEMORY,
	PRESSURE_RESOURCES
};

enum pressure_span {
	PRESSURE_10S,
	PRESSURE_60S,
	PRESSURE_300S,
	PRESSURE_SPANS
};

/**
 * struct pressure_tick - how long a tick was, and what that does to averages
 * @elapsed_ns: the time; 0 changes nothing
 * @keep: part of the old average that is kept, by &enum pressure_span
 */
struct pressure_tick {
	uint64_t elapsed_ns;
	double keep[PRESSURE_SPANS];
};

/**
 * struct pressure_flow - what happened in a tick, thread-nanoseconds
 * @running: time on a CPU
 * @stalled: by &enum pressure_resource
 * @known: bits by &enum pressure_resource: @stalled is known
 */
struct pressure_flow {
	uint64_t running;
	uint64_t stalled[PRESSURE_RESOURCES];
	unsigned int known;
};

/**
 * struct pressure - averages
 * @running: thread-seconds per second, by &enum pressure_span
 * @stalled: likewise
 * @known: bits by &enum pressure_resource, of the last tick
 */
struct pressure {
	double running[PRESSURE_SPANS];
	double stalled[PRESSURE_RESOURCES][PRESSURE_SPANS];
	unsigned int known;
};

/**
 * pressure_tick() - begin a tick
 * @elapsed_ns: time since the last one
 *
 * Return: the tick, good for all averages.
 */
struct pressure_tick pressure_tick(uint64_t elapsed_ns);

/**
 * pressure_add() - take in what happened
 * @pressure: averages; zeroed before the first tick
 * @tick: how long it was
 * @flow: what happened
 *
 * A stall that was not known begins with 0 when it becomes known again.
 */
void pressure_add(struct pressure *pressure, const struct pressure_tick *tick,
		  const struct pressure_flow *flow);

/**
 * pressure_get() - an average
 * @pressure: averages
 * @resource: what was waited for
 * @span: over which time
 * @ret_value: thread-seconds per second
 *
 * Return: false if it is not known.
 */
bool pressure_get(const struct pressure *pressure, enum pressure_resource resource,
		  enum pressure_span span, double *ret_value);

/**
 * pressure_share() - stalled time as a part of running and stalled time
 * @pressure: averages
 * @resource: what was waited for
 * @span: over which time
 * @ret_value: 0 to 1
 *
 * Return: false if it is not known, or no thread ran or was stalled.
 */
bool pressure_share(const struct pressure *pressure, enum pressure_resource resource,
		    enum pressure_span span, double *ret_value);

/**
 * pressure_span_seconds() - length of a span
 * @span: the span
 */
unsigned int pressure_span_seconds(enum pressure_span span);

/**
 * pressure_resource_name() - a word for a resource
 * @resource: the resource
 *
 * Return: "cpu", "io" or "memory".
 */
const char *pressure_resource_name(enum pressure_resource resource);

#endif
