/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tasks with their rates, which take two snapshots with an interval between. */
#ifndef TASKMETER_CLI_SAMPLING_H
#define TASKMETER_CLI_SAMPLING_H

#include "cli/baseline.h"
#include "cli/cli.h"
#include "cli/rates.h"

struct task_group;

/**
 * struct sample - a task, and what it did in the interval
 * @record: its record at the end of the interval
 * @rates: its rates; none are available if they were not asked for
 * @cpu_wait_p99_ns: 99th percentile of its waits for a CPU; 0 if there was none or
 *	it is not known
 * @group: if this is no task, but the sums of a group: which; else NULL
 */
struct sample {
	struct taskmeter_record record;
	struct rates rates;
	uint64_t cpu_wait_p99_ns;
	const struct task_group *group;
};

/**
 * struct sampling - what is asked for; set up to @interval_ns, rest zero
 * @filter: which tasks; TASKMETER_SNAPSHOT_HISTOGRAMS and _STALLS are set as needed
 * @rates: rates are wanted
 * @quantiles: @cpu_wait_p99_ns is wanted
 * @stalls: fields or rates of TM_GROUP_STALL are wanted
 * @interval_ns: of which both are; 0 for the life of the task
 * @time_ns: when the snapshot began whose records are given, monotonic
 * @elapsed_ns: how long before that the first one began, 0 if there was none
 */
struct sampling {
	struct tm_filter filter;
	bool rates;
	bool quantiles;
	bool stalls;
	uint64_t interval_ns;
	uint64_t time_ns;
	uint64_t elapsed_ns;
};

/**
 * sampling_run() - take the snapshots
 * @sampling: what is asked for
 * @cli: waits for the interval
 * @meter: the meter
 * @each: called for each task, in the order of pid: 0 to go on, 1 to stop,
 *	negative errno to fail
 * @context: for @each
 *
 * Return: 0 or a negative errno.
 */
int sampling_run(struct sampling *sampling, struct cli *cli,
		 struct tm_meter *meter,
		 int (*each)(void *context, const struct sample *sample),
		 void *context);

/**
 * sampling_step() - take one of a row of snapshots
 * @sampling: what is asked for; its @interval_ns is not 0, but as long as it takes until
 *	the next step
 * @baseline: the step before; all zero for the first one, of which there are no rates.
 *	It is replaced by this one unless that fails
 * @meter: the meter
 * @each: as sampling_run()
 * @context: likewise
 *
 * Return: 0 or a negative errno.
 */
int sampling_step(struct sampling *sampling, struct baseline *baseline,
		  struct tm_meter *meter,
		  int (*each)(void *context, const struct sample *sample),
		  void *context);

#endif
