/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A moment of the past: a tick of the history, and what each process did since the tick
 * before. Pure.
 */
#ifndef TASKMETERD_STORE_PAST_H
#define TASKMETERD_STORE_PAST_H

#include "store/tick.h"

/* What is not known. */
#define PAST_RATE_UNKNOWN	UINT64_MAX

/**
 * enum past_rate - counters of which is told how fast they grew
 */
enum past_rate {
	PAST_RUN,
	PAST_CPU_WAIT,
	PAST_IO_WAIT,
	PAST_MEM_WAIT,
	PAST_MEM_STALL,
	PAST_LOCK_WAIT,
	PAST_MAJOR_FAULTS,
	PAST_IO_READ,
	PAST_IO_WRITE,
	PAST_RATES,
};

/**
 * struct past_rates - how fast the counters of a process grew
 * @per_s: by &enum past_rate, in their units per second; PAST_RATE_UNKNOWN if that is not
 *	known
 */
struct past_rates {
	uint64_t per_s[PAST_RATES];
};

/**
 * struct past - the moment
 * @tick: its processes
 * @elapsed_ns: time since the tick before; 0 if there is none of this load of the module
 * @rates: of each record
 * @before_ns: Unix time of the last tick that is not after the time asked for, 0 if there
 *	is none
 * @after_ns: of the first one after it, 0 if there is none
 */
struct past {
	struct tick tick;
	uint64_t elapsed_ns;
	struct past_rates *rates;
	uint64_t before_ns;
	uint64_t after_ns;
};

/**
 * past_clear() - release what it holds
 * @past: zeroed or filled in; is zeroed
 */
void past_clear(struct past *past);

/**
 * past_compare() - fill in the rates
 * @past: with its tick
 * @before: the tick before; without records if there is none
 *
 * A process that is new did all that it did since the tick before.
 *
 * Return: 0 or -ENOMEM.
 */
int past_compare(struct past *past, const struct tick *before);

/**
 * past_elapsed() - time from one tick to another
 * @before: the one; all 0 if there is none
 * @now: the other
 *
 * Return: the time; 0 if they do not follow on each other.
 */
uint64_t past_elapsed(const struct tick_head *before, const struct tick_head *now);

/**
 * past_rates() - how fast the counters of one process grew
 * @before: the process; NULL if it was not there; that of another start counts as that
 * @now: the process now
 * @elapsed_ns: time between the two, 0 if it is not known
 * @ret_rates: filled in
 */
void past_rates(const struct taskmeter_record *before, const struct taskmeter_record *now,
		uint64_t elapsed_ns, struct past_rates *ret_rates);

/**
 * past_rate_field() - which counter a rate is of
 * @rate: the rate
 *
 * Return: its field in a record.
 */
const struct tm_field *past_rate_field(enum past_rate rate);

#endif
