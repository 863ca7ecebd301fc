// SPDX-License-Identifier: GPL-2.0-or-later
/* See group-totals.h. */
#include "core/group-totals.h"

#include <errno.h>
#include <stddef.h>
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

/* Those of which the module has totals. */
#define MEMBER(counter, member) { COUNTER_##counter, offsetof(struct taskmeter_total, member) }

static const struct {
	enum counter counter;
	size_t offset;
} members[] = {
	MEMBER(RUN_NS, run_ns),
	MEMBER(USER_NS, user_ns),
	MEMBER(SYSTEM_NS, system_ns),
	MEMBER(RUN_DELAY_NS, run_delay_ns),
	MEMBER(TIMESLICES, timeslices),
	MEMBER(VOLUNTARY_SWITCHES, voluntary_switches),
	MEMBER(INVOLUNTARY_SWITCHES, involuntary_switches),
	MEMBER(MIGRATIONS, migrations),
	MEMBER(MINOR_FAULTS, minor_faults),
	MEMBER(MAJOR_FAULTS, major_faults),
	MEMBER(IO_READ_CHARS_BYTES, io_read_chars_bytes),
	MEMBER(IO_WRITE_CHARS_BYTES, io_write_chars_bytes),
	MEMBER(IO_READ_SYSCALLS, io_read_syscalls),
	MEMBER(IO_WRITE_SYSCALLS, io_write_syscalls),
	MEMBER(IO_READ_BYTES, io_read_bytes),
	MEMBER(IO_WRITE_BYTES, io_write_bytes),
	MEMBER(IO_CANCELLED_WRITE_BYTES, io_cancelled_write_bytes),
	MEMBER(TRACKED_NS, tracked_ns),
	MEMBER(CPU_WAIT_NS, cpu_wait_ns),
	MEMBER(SLEEP_NS, sleep_ns),
	MEMBER(IO_WAIT_NS, io_wait_ns),
	MEMBER(MEM_WAIT_NS, mem_wait_ns),
	MEMBER(LOCK_WAIT_NS, lock_wait_ns),
	MEMBER(STOP_NS, stop_ns),
	MEMBER(WAKEUPS, wakeups),
	MEMBER(MEM_STALL_NS, mem_stall_ns),
};

#define MEMBERS	(sizeof(members) / sizeof(members[0]))

struct group_flow group_total_flow(const struct taskmeter_total *total, uint64_t available)
{
	struct group_flow flow = {
		.available = available & AVAILABLE,
		.growth = {
			[GROUP_EXITS] = total->exits,
			[GROUP_OOM_KILLS] = total->oom_kills,
		},
	};
	size_t i;

	for (i = 0; i < MEMBERS; i++)
		memcpy(&flow.growth[members[i].counter],
		       (const char *)total + members[i].offset, sizeof(uint64_t));
	return flow;
}

struct taskmeter_total group_total_of(const uint64_t values[static COUNTERS])
{
	struct taskmeter_total total = { .size = sizeof(total) };
	size_t i;

	for (i = 0; i < MEMBERS; i++)
		memcpy((char *)&total + members[i].offset, &values[members[i].counter],
		       sizeof(uint64_t));
	return total;
}
