/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The snapshot at the beginning of an interval: of each task what its rates, and
 * the quantiles of its waits, are counted from.
 */
#ifndef TASKMETER_CLI_BASELINE_H
#define TASKMETER_CLI_BASELINE_H

#include "cli/rates.h"

#include <stdbool.h>
#include <stddef.h>

struct baseline_task;
struct baseline_waits;

/**
 * struct baseline - the tasks; set @quantiles and @boottime_ns, rest zero
 * @quantiles: waits for a CPU are kept, too
 * @boottime_ns: when the snapshot began, boottime
 * @time_ns: likewise, monotonic; of the first baseline_add(), or of a look at nobody; else 0
 * @tasks: the tasks in the order of pid
 * @waits: with @quantiles, of each of @tasks
 * @count: how many
 * @capacity: for how many there is room
 */
struct baseline {
	bool quantiles;
	uint64_t boottime_ns;
	uint64_t time_ns;
	struct baseline_task *tasks;
	struct baseline_waits *waits;
	size_t count;
	size_t capacity;
};

/**
 * baseline_add() - keep a task
 * @baseline: the snapshot
 * @record: its record; they come in the order of pid
 * @histograms: its histograms; may be NULL
 * @time_ns: when it was read, monotonic
 *
 * Return: 0; -ENOMEM.
 */
int baseline_add(struct baseline *baseline,
		 const struct taskmeter_record *record,
		 const struct taskmeter_histograms *histograms,
		 uint64_t time_ns);

/**
 * baseline_rates() - rates of a task since the snapshot
 * @baseline: the snapshot
 * @record: its record now
 * @time_ns: when that was read, monotonic
 * @ret_rates: nothing is available in it if the task was not seen then but is
 *	older
 *
 * A task is the same if its pid and start time are. Of one that was started since,
 * all that it did is counted, over the whole interval.
 */
void baseline_rates(const struct baseline *baseline,
		    const struct taskmeter_record *record, uint64_t time_ns,
		    struct rates *ret_rates);

/**
 * baseline_p99() - 99th percentile of a task's waits for a CPU since the snapshot
 * @baseline: the snapshot
 * @record: its record now
 * @histograms: its histograms now
 *
 * Return: nanoseconds; 0 if there was none or it is not known.
 */
uint64_t baseline_p99(const struct baseline *baseline,
		      const struct taskmeter_record *record,
		      const struct taskmeter_histograms *histograms);

/**
 * baseline_release() - drop everything
 * @baseline: the snapshot
 */
void baseline_release(struct baseline *baseline);

#endif
