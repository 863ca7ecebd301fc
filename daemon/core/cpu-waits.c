// SPDX-License-Identifier: GPL-2.0-or-later
/* See cpu-waits.h. */
#include "core/cpu-waits.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Room that is kept from one time to the next; the first time needs more. */
#define KEEP	1024

_Static_assert(TASKMETER_CPU_WAIT_BUCKETS % CPU_WAITS_FOLD == 0, "a bucket is left over");

void cpu_waits_of(const struct taskmeter_record *record,
		  const struct taskmeter_histograms *histograms,
		  uint64_t ret_values[static CPU_WAITS])
{
	size_t i;

	memset(ret_values, 0, CPU_WAITS * sizeof(*ret_values));
	for (i = 0; i < TASKMETER_CPU_WAIT_BUCKETS; i++)
		ret_values[i / CPU_WAITS_FOLD] += histograms->cpu_wait[i];
	ret_values[CPU_WAITS_SUM_NS] = record->cpu_wait_ns;
}

static bool went_back(const uint64_t base[static CPU_WAITS],
		      const uint64_t values[static CPU_WAITS])
{
	size_t i;

	for (i = 0; i < CPU_WAITS_BUCKETS; i++)
		if (values[i] < base[i])
			return true;
	return false;
}

void cpu_waits_grow(uint64_t base[static CPU_WAITS], const uint64_t values[static CPU_WAITS],
		    uint64_t growth[static CPU_WAITS])
{
	const bool anew = went_back(base, values);
	size_t i;

	for (i = 0; i < CPU_WAITS; i++) {
		growth[i] = 0;
		/* A wait may be corrected when it ends: the sum goes back, the number not. */
		if (!anew && values[i] <= base[i])
			continue;
		growth[i] = anew ? 0 : values[i] - base[i];
		base[i] = values[i];
	}
}

uint64_t cpu_waits_bound(size_t bucket)
{
	return tm_histogram_bound(TM_HISTOGRAM_CPU_WAIT, (bucket + 1) * CPU_WAITS_FOLD);
}

static int reserve(struct cpu_waits *waits)
{
	const size_t capacity = waits->capacity ? 2 * waits->capacity : KEEP;
	struct process_waits *items;

	if (waits->count < waits->capacity)
		return 0;
	items = reallocarray(waits->items, capacity, sizeof(*items));
	if (!items)
		return -ENOMEM;
	waits->items = items;
	waits->capacity = capacity;
	return 0;
}

static int add(struct cpu_waits *waits, const struct taskmeter_record *record,
	       const struct taskmeter_histograms *histograms)
{
	struct process_waits *item;
	int r;

	if (!(record->available & TASKMETER_AVAILABLE_METER))
		return 0;
	r = reserve(waits);
	if (r < 0)
		return r;
	item = &waits->items[waits->count++];
	item->pid = record->pid;
	item->start_time_ns = record->start_time_ns;
	cpu_waits_of(record, histograms, item->values);
	return 0;
}

static int read_all(struct cpu_waits *waits, struct tm_snapshot *snapshot)
{
	const struct taskmeter_record *record;
	int r;

	while ((r = tm_snapshot_next(snapshot, &record)) > 0) {
		r = add(waits, record, tm_snapshot_histograms(snapshot));
		if (r < 0)
			return r;
	}
	waits->token = tm_snapshot_token(snapshot);
	return r;
}

int cpu_waits_read(struct cpu_waits *waits, struct tm_meter *meter,
		   const struct taskmeter_info *info)
{
	struct tm_filter filter = {
		.flags = TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_SINCE,
	};
	struct tm_snapshot *snapshot;
	int r;

	if (waits->capacity > KEEP)
		cpu_waits_clear(waits);
	waits->count = 0;
	if (!(info->flags & TASKMETER_INFO_METER)) {
		cpu_waits_forget(waits);
		return 0;
	}
	filter.since = waits->instance_id == info->instance_id ? waits->token : 0;
	waits->instance_id = info->instance_id;
	r = tm_snapshot_new(meter, &filter, &snapshot);
	if (!r) {
		r = read_all(waits, snapshot);
		tm_snapshot_free(snapshot);
	}
	if (r < 0)
		cpu_waits_forget(waits);
	return r;
}

void cpu_waits_forget(struct cpu_waits *waits)
{
	waits->count = 0;
	waits->token = 0;
}

void cpu_waits_clear(struct cpu_waits *waits)
{
	free(waits->items);
	waits->items = NULL;
	waits->count = waits->capacity = 0;
}
