/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Totals of units, containers and users in /metrics. Pure: metrics.c says how many samples
 * there is room for, and for whom.
 *
 * A group has all its samples or none. Those that have or had processes within
 * GROUP_METRICS_STAY_NS are shown, as many as there is room for: first what ran, was stalled
 * and takes memory most, each kind's "other" before all. One that is shown loses its place
 * only to one of twice its weight. What a group did while it was not shown is in its
 * counters when it comes back: they do not go back.
 */
#ifndef TASKMETERD_API_GROUP_METRICS_H
#define TASKMETERD_API_GROUP_METRICS_H

#include <stddef.h>
#include <stdint.h>
#include "api/openmetrics.h"
#include "config.h"
#include "core/groups.h"

/* Samples of one group: counters, gauges, a histogram. */
#define GROUP_METRICS_COUNTERS	12
#define GROUP_METRICS_GAUGES	4
#define GROUP_METRICS_SAMPLES	(GROUP_METRICS_COUNTERS + GROUP_METRICS_GAUGES + \
				 CPU_WAITS_BUCKETS + 2)

/* For so long a group is shown that nobody is in any more, 5 min. */
#define GROUP_METRICS_STAY_NS	UINT64_C(300000000000)

/**
 * struct group_choice - which groups were shown last
 * @count: groups
 * @keys: kind and number of each, ascending
 */
struct group_choice {
	size_t count;
	uint64_t keys[CONFIG_SERIES_MAX / GROUP_METRICS_SAMPLES];
};

/**
 * struct group_metrics - what is to be written
 * @groups: the groups
 * @now_ns: of the latest sample, monotonic
 * @available: what can be told now, &enum taskmeter_available
 * @room: samples that may be written at most
 * @choice: which were shown last; brought up to date
 */
struct group_metrics {
	const struct groups *groups;
	uint64_t now_ns;
	uint64_t available;
	size_t room;
	struct group_choice *choice;
};

/**
 * group_metrics_write() - write the families of groups
 * @metrics: the text
 * @wanted: what is to be written
 * @ret_dropped: samples that were left out
 *
 * Beside the @room, one sample for each kind tells how many groups were left out.
 *
 * Return: 0 or -ENOMEM.
 */
int group_metrics_write(struct metrics *metrics, const struct group_metrics *wanted,
			uint64_t *ret_dropped);

#endif
