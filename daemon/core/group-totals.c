// SPDX-License-Identifier: GPL-2.0-or-later
/* See group-totals.h. */
#include "core/group-totals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The bits of counters that totals have. */
#define AVAILABLE	(TASKMETER_AVAILABLE_RUN_DELAY | TASKMETER_AVAILABLE_IO_CHARS |	\
			 TASKMETER_AVAILABLE_IO | TASKMETER_AVAILABLE_METER |		\
			 TASKMETER_AVAILABLE_MEM_WAIT | TASKMETER_AVAILABLE_MEM_STALL)

/* How often they are read, if one was moved each time. */
#define TRIES	3

int group_totals_add(struct group_totals *totals, uint32_t kind,
		     const struct taskmeter_total *total, const char *path)
{
	struct group_total *items = totals->items;

	if (!(totals->count & (totals->count - 1))) {
		items = reallocarray(items, totals->count ? 2 * totals->count : 1,
				     sizeof(*items));
		if (!items)
			return -ENOMEM;
		totals->items = items;
	}
	items[totals->count] = (struct group_total) { .kind = kind, .total = *total };
	if (path) {
		items[totals->count].path = strdup(path);
		if (!items[totals->count].path)
			return -ENOMEM;
	}
	totals->count++;
	return 0;
}

static int read_kind(struct tm_meter *meter, uint32_t kind, struct group_totals *totals)
{
	const struct taskmeter_total *total;
	struct tm_totals *reader;
	const char *path;
	int r = tm_totals_new(meter, kind, &reader);

	if (r < 0)
		return r;
	while ((r = tm_totals_next(reader, &total, &path)) > 0) {
		r = group_totals_add(totals, kind, total, path);
		if (r < 0)
			break;
	}
	tm_totals_free(reader);
	return r;
}

static int read_kinds(struct tm_meter *meter, struct group_totals *totals)
{
	const int r = read_kind(meter, TASKMETER_TOTAL_CGROUP, totals);

	return r ? r : read_kind(meter, TASKMETER_TOTAL_UID, totals);
}

/* A total that was moved to that of others meanwhile may have been met in both. */
static int check_moved(struct tm_meter *meter, const struct taskmeter_info *before)
{
	struct taskmeter_info info;
	const int r = tm_info(meter, &info, sizeof(info));

	if (r < 0)
		return r;
	return info.instance_id == before->instance_id &&
	       info.exits_other == before->exits_other ? 0 : -EAGAIN;
}

static int read_once(struct tm_meter *meter, const struct taskmeter_info *info,
		     struct group_totals *totals)
{
	int r;

	totals->number = info->exit_number;
	r = read_kinds(meter, totals);
	return r ? r : check_moved(meter, info);
}

int group_totals_read(struct tm_meter *meter, const struct taskmeter_info *info,
		      struct group_totals *totals)
{
	struct taskmeter_info now = *info;
	int i, r;

	*totals = (struct group_totals) {
		.instance_id = info->instance_id, .available = info->available,
	};
	if (info->size < TASKMETER_INFO_SIZE_VER3)
		return -EOPNOTSUPP;
	r = read_once(meter, &now, totals);
	for (i = 1; r == -EAGAIN && i < TRIES; i++) {
		group_totals_clear(totals);
		r = tm_info(meter, &now, sizeof(now));
		if (!r)
			r = now.instance_id == totals->instance_id ?
			    read_once(meter, &now, totals) : -ESTALE;
	}
	return r;
}

void group_totals_clear(struct group_totals *totals)
{
	size_t i;

	for (i = 0; i < totals->count; i++)
		free(totals->items[i].path);
	free(totals->items);
	totals->items = NULL;
	totals->count = 0;
}

struct group_flow group_total_flow(const struct taskmeter_total *total, uint64_t available)
{
	return (struct group_flow) {
		.available = available & AVAILABLE,
		.growth = {
			[COUNTER_RUN_NS] = total->run_ns,
			[COUNTER_USER_NS] = total->user_ns,
			[COUNTER_SYSTEM_NS] = total->system_ns,
			[COUNTER_RUN_DELAY_NS] = total->run_delay_ns,
			[COUNTER_TIMESLICES] = total->timeslices,
			[COUNTER_VOLUNTARY_SWITCHES] = total->voluntary_switches,
			[COUNTER_INVOLUNTARY_SWITCHES] = total->involuntary_switches,
			[COUNTER_MIGRATIONS] = total->migrations,
			[COUNTER_MINOR_FAULTS] = total->minor_faults,
			[COUNTER_MAJOR_FAULTS] = total->major_faults,
			[COUNTER_IO_READ_CHARS_BYTES] = total->io_read_chars_bytes,
			[COUNTER_IO_WRITE_CHARS_BYTES] = total->io_write_chars_bytes,
			[COUNTER_IO_READ_SYSCALLS] = total->io_read_syscalls,
			[COUNTER_IO_WRITE_SYSCALLS] = total->io_write_syscalls,
			[COUNTER_IO_READ_BYTES] = total->io_read_bytes,
			[COUNTER_IO_WRITE_BYTES] = total->io_write_bytes,
			[COUNTER_IO_CANCELLED_WRITE_BYTES] = total->io_cancelled_write_bytes,
			[COUNTER_TRACKED_NS] = total->tracked_ns,
			[COUNTER_CPU_WAIT_NS] = total->cpu_wait_ns,
			[COUNTER_SLEEP_NS] = total->sleep_ns,
			[COUNTER_IO_WAIT_NS] = total->io_wait_ns,
			[COUNTER_MEM_WAIT_NS] = total->mem_wait_ns,
			[COUNTER_LOCK_WAIT_NS] = total->lock_wait_ns,
			[COUNTER_STOP_NS] = total->stop_ns,
			[COUNTER_WAKEUPS] = total->wakeups,
			[COUNTER_MEM_STALL_NS] = total->mem_stall_ns,
			[GROUP_EXITS] = total->exits,
			[GROUP_OOM_KILLS] = total->oom_kills,
		},
	};
}
