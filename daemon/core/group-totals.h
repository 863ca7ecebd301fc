/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What processes did that had ended before the daemon began: the module's totals by cgroup
 * and by user. They are read before the first sample, so that a process is in one of the
 * two, and added after it, so that groups of living processes find room first.
 */
#ifndef TASKMETERD_CORE_GROUP_TOTALS_H
#define TASKMETERD_CORE_GROUP_TOTALS_H

#include "core/groups.h"

/**
 * struct group_total - one total
 * @kind: &enum taskmeter_total_kind
 * @total: as the module told it
 * @path: of the cgroup, NULL if it is not known
 */
struct group_total {
	uint32_t kind;
	struct taskmeter_total total;
	char *path;
};

/**
 * struct group_totals - all totals
 * @instance_id: load of the module
 * @number: newest exit record when reading them began: it is in one of them
 * @available: what the kernel can tell, &enum taskmeter_available
 * @count: totals
 * @items: the totals
 */
struct group_totals {
	uint64_t instance_id;
	uint64_t number;
	uint64_t available;
	size_t count;
	struct group_total *items;
};

/**
 * group_totals_read() - read them
 * @meter: the device
 * @info: what it told of the module
 * @totals: filled in; to be released with group_totals_clear() in any case
 *
 * Return: 0; -EPERM or -EOPNOTSUPP if there are none for this daemon; -EAGAIN if some were
 * moved to those of others each time, and may be in both; or another negative errno.
 */
int group_totals_read(struct tm_meter *meter, const struct taskmeter_info *info,
		      struct group_totals *totals);

/**
 * group_totals_add() - append a total
 * @totals: being filled
 * @kind: &enum taskmeter_total_kind
 * @total: the total
 * @path: of the cgroup or NULL; copied
 *
 * Return: 0 or -ENOMEM.
 */
int group_totals_add(struct group_totals *totals, uint32_t kind,
		     const struct taskmeter_total *total, const char *path);

void group_totals_clear(struct group_totals *totals);

/**
 * group_total_flow() - a total as what comes in
 * @total: the total
 * @available: what the kernel can tell
 *
 * Return: the flow. How many failed is not known, nor what memory stalls came from.
 */
struct group_flow group_total_flow(const struct taskmeter_total *total, uint64_t available);

/**
 * group_total_of() - counters as a total
 * @values: by &enum counter
 *
 * Return: the total, of no exit.
 */
struct taskmeter_total group_total_of(const uint64_t values[static COUNTERS]);

#endif
