/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sample: the records of all processes at one moment, in the order of pid, and
 * how fast their memory grows.
 *
 * A sample is filled by one owner and does not change after that; it is shared
 * by counting references, so that a reply that is being sent keeps the figures
 * that it began with. Everything runs in the event loop's thread.
 */
#ifndef TASKMETERD_CORE_SAMPLE_H
#define TASKMETERD_CORE_SAMPLE_H

#include <stddef.h>
#include <stdint.h>
#include <taskmeter/taskmeter.h>
#include "store/past.h"

/* More than Linux has pids for in any sane set-up: 772 MB of records. */
#define SAMPLE_RECORDS_MAX	(1U << 20)

/**
 * enum growth_span - the time over which growth is told
 * @GROWTH_10S: about 10 s
 * @GROWTH_60S: about 60 s
 * @GROWTH_SPANS: how many there are
 */
enum growth_span {
	GROWTH_10S,
	GROWTH_60S,
	GROWTH_SPANS,
};

/**
 * struct growth - how fast the resident memory of a process grows
 * @bytes_per_s: by &enum growth_span; GROWTH_UNKNOWN if it is not known
 */
struct growth {
	int64_t bytes_per_s[GROWTH_SPANS];
};

/**
 * struct sample - what was seen in one tick
 * @sequence: number of the tick, from 1
 * @monotonic_ns: when the snapshot began, CLOCK_MONOTONIC
 * @realtime_ns: the same, CLOCK_REALTIME
 * @count: records
 * @records: in the order of pid
 * @capacity: records that there is room for
 * @growth: of each record; NULL if nothing is known of any
 * @growth_capacity: for how many records there is room in it
 * @rates: of each record, how fast its counters grew; NULL unless it is of the past
 * @references: owners
 * @bytes: where the memory of all samples is summed up, or NULL
 */
struct sample {
	uint64_t sequence;
	uint64_t monotonic_ns;
	uint64_t realtime_ns;
	size_t count;
	struct taskmeter_record *records;
	size_t capacity;
	struct growth *growth;
	size_t growth_capacity;
	struct past_rates *rates;
	unsigned int references;
	uint64_t *bytes;
};

/**
 * sample_new() - an empty sample
 * @bytes: where the memory of samples is summed up, or NULL; lives longer
 *
 * Return: the sample with one reference, or NULL without memory.
 */
struct sample *sample_new(uint64_t *bytes);

struct sample *sample_ref(struct sample *sample);

/**
 * sample_unref() - give a reference back
 * @sample: may be NULL
 *
 * Return: NULL.
 */
struct sample *sample_unref(struct sample *sample);

/**
 * sample_reserve() - make room
 * @sample: being filled
 * @count: records that it shall hold without growing
 *
 * Return: 0, -ENOMEM, or -E2BIG beyond SAMPLE_RECORDS_MAX.
 */
int sample_reserve(struct sample *sample, size_t count);

/**
 * sample_add() - append a record
 * @sample: being filled
 * @record: as the module gave it: @size bytes are valid, the rest becomes 0
 *
 * Return: 0, -ENOMEM, -E2BIG, or -EBADMSG if its pid is not above the last one.
 */
int sample_add(struct sample *sample, const struct taskmeter_record *record);

/**
 * sample_fill() - append what a snapshot holds
 * @sample: empty; gets the time too
 * @meter: what to ask
 * @filter: which tasks, NULL for all processes
 *
 * Memory stalls are asked for, too, unless the module is too old for them.
 *
 * Return: 0, or a negative errno of sample_add() or the library.
 */
int sample_fill(struct sample *sample, struct tm_meter *meter,
		const struct tm_filter *filter);

/**
 * sample_find() - the record of a process
 * @sample: the sample
 * @pid: process id
 *
 * Return: the record or NULL.
 */
const struct taskmeter_record *sample_find(const struct sample *sample, uint32_t pid);

/**
 * sample_reset_growth() - make room for the growth of all records
 * @sample: complete
 *
 * Return: 0, with none known; -ENOMEM, with @sample->growth NULL.
 */
int sample_reset_growth(struct sample *sample);

/**
 * sample_growth() - the growth of a process
 * @sample: the sample
 * @record: one of its records
 *
 * Return: the growth; one in which nothing is known if the sample has none.
 */
const struct growth *sample_growth(const struct sample *sample,
				   const struct taskmeter_record *record);

/**
 * sample_rates() - how fast the counters of a process grew
 * @sample: the sample
 * @record: one of its records
 *
 * Return: the rates; NULL if the sample is not of the past.
 */
const struct past_rates *sample_rates(const struct sample *sample,
				      const struct taskmeter_record *record);

#endif
