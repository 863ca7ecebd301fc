// SPDX-License-Identifier: GPL-2.0-or-later
/* See counters.h. */
#include "core/counters.h"

#include <stddef.h>
#include <string.h>

#define COUNTER(member, bit) \
	{ #member, TASKMETER_AVAILABLE_##bit, offsetof(struct taskmeter_record, member) }
#define ALWAYS(member) \
	{ #member, 0, offsetof(struct taskmeter_record, member) }

const struct counter_info counter_infos[COUNTERS] = {
	[COUNTER_RUN_NS] = ALWAYS(run_ns),
	[COUNTER_USER_NS] = ALWAYS(user_ns),
	[COUNTER_SYSTEM_NS] = ALWAYS(system_ns),
	[COUNTER_RUN_DELAY_NS] = COUNTER(run_delay_ns, RUN_DELAY),
	[COUNTER_TIMESLICES] = COUNTER(timeslices, RUN_DELAY),
	[COUNTER_VOLUNTARY_SWITCHES] = ALWAYS(voluntary_switches),
	[COUNTER_INVOLUNTARY_SWITCHES] = ALWAYS(involuntary_switches),
	[COUNTER_MIGRATIONS] = ALWAYS(migrations),
	[COUNTER_MINOR_FAULTS] = ALWAYS(minor_faults),
	[COUNTER_MAJOR_FAULTS] = ALWAYS(major_faults),
	[COUNTER_IO_READ_CHARS_BYTES] = COUNTER(io_read_chars_bytes, IO_CHARS),
	[COUNTER_IO_WRITE_CHARS_BYTES] = COUNTER(io_write_chars_bytes, IO_CHARS),
	[COUNTER_IO_READ_SYSCALLS] = COUNTER(io_read_syscalls, IO_CHARS),
	[COUNTER_IO_WRITE_SYSCALLS] = COUNTER(io_write_syscalls, IO_CHARS),
	[COUNTER_IO_READ_BYTES] = COUNTER(io_read_bytes, IO),
	[COUNTER_IO_WRITE_BYTES] = COUNTER(io_write_bytes, IO),
	[COUNTER_IO_CANCELLED_WRITE_BYTES] = COUNTER(io_cancelled_write_bytes, IO),
	[COUNTER_TRACKED_NS] = COUNTER(tracked_ns, METER),
	[COUNTER_CPU_WAIT_NS] = COUNTER(cpu_wait_ns, METER),
	[COUNTER_SLEEP_NS] = COUNTER(sleep_ns, METER),
	[COUNTER_IO_WAIT_NS] = COUNTER(io_wait_ns, METER),
	[COUNTER_MEM_WAIT_NS] = COUNTER(mem_wait_ns, MEM_WAIT),
	[COUNTER_LOCK_WAIT_NS] = COUNTER(lock_wait_ns, METER),
	[COUNTER_STOP_NS] = COUNTER(stop_ns, METER),
	[COUNTER_WAKEUPS] = COUNTER(wakeups, METER),
	[COUNTER_NUMA_MIGRATIONS] = COUNTER(numa_migrations, NUMA),
	[COUNTER_MEM_STALL_NS] = COUNTER(mem_stall_ns, MEM_STALL),
	[COUNTER_DIRECT_RECLAIMS] = COUNTER(direct_reclaims, DIRECT_RECLAIM),
	[COUNTER_DIRECT_RECLAIM_NS] = COUNTER(direct_reclaim_ns, DIRECT_RECLAIM),
	[COUNTER_MEMCG_RECLAIMS] = COUNTER(memcg_reclaims, MEMCG_RECLAIM),
	[COUNTER_MEMCG_RECLAIM_NS] = COUNTER(memcg_reclaim_ns, MEMCG_RECLAIM),
	[COUNTER_COMPACTIONS] = COUNTER(compactions, COMPACTION),
	[COUNTER_COMPACTION_NS] = COUNTER(compaction_ns, COMPACTION),
	[COUNTER_FAULT_WAITS] = COUNTER(fault_waits, STALLS),
	[COUNTER_FAULT_WAIT_NS] = COUNTER(fault_wait_ns, STALLS),
	[COUNTER_REFAULT_WAITS] = COUNTER(refault_waits, REFAULT),
	[COUNTER_REFAULT_WAIT_NS] = COUNTER(refault_wait_ns, REFAULT),
	[COUNTER_THROTTLE_WAITS] = COUNTER(throttle_waits, REFAULT),
	[COUNTER_THROTTLE_WAIT_NS] = COUNTER(throttle_wait_ns, REFAULT),
	[COUNTER_NUMA_MIGRATED_PAGES] = COUNTER(numa_migrated_pages, NUMA_BALANCING),
};

static uint64_t read_counter(const struct taskmeter_record *record, size_t i)
{
	uint64_t value;

	memcpy(&value, (const char *)record + counter_infos[i].offset, sizeof(value));
	return value;
}

void counters_read(const struct taskmeter_record *record, uint64_t ret_values[static COUNTERS])
{
	size_t i;

	for (i = 0; i < COUNTERS; i++)
		ret_values[i] = read_counter(record, i);
}

/* What the kernel does not count is counted anew when the meter is switched on again. */
static bool is_meters(size_t i)
{
	return i >= COUNTER_TRACKED_NS;
}

/* Tracked time is from one moment to another: it never goes back while it goes on. */
static bool meter_restarted(const struct counter_base *base,
			    const struct taskmeter_record *record)
{
	return counter_available(COUNTER_TRACKED_NS, base->available & record->available) &&
	       record->tracked_ns < base->values[COUNTER_TRACKED_NS];
}

/*
 * What was not available the last time. Of a process that the meter has tracked all its
 * life, which is being forked when it is first seen, all of it came since.
 */
static bool begins_anew(const struct counter_base *base,
			const struct taskmeter_record *record, size_t i)
{
	if (counter_available((enum counter)i, base->available))
		return false;
	return !is_meters(i) || record->flags & TASKMETER_RECORD_PARTIAL;
}

/* What @other went back by is not @counter's: it would be there twice. */
static void leave_to(struct counter_base *base, const struct taskmeter_record *record,
		     enum counter other, enum counter counter, uint64_t *growth)
{
	const uint64_t value = read_counter(record, other);
	uint64_t back = base->values[other] > value ? base->values[other] - value : 0;

	if (back > *growth)
		back = *growth;
	*growth -= back;
	base->values[counter] -= back;
}

/* How run time divides into user and system time is guessed anew for each record. */
static void share_run_time(struct counter_base *base, const struct taskmeter_record *record,
			   uint64_t growth[static COUNTERS])
{
	leave_to(base, record, COUNTER_USER_NS, COUNTER_SYSTEM_NS, &growth[COUNTER_SYSTEM_NS]);
	leave_to(base, record, COUNTER_SYSTEM_NS, COUNTER_USER_NS, &growth[COUNTER_USER_NS]);
}

void counters_grow(struct counter_base *base, const struct taskmeter_record *record,
		   uint64_t ret_growth[static COUNTERS])
{
	bool restarted = !base->fresh && meter_restarted(base, record);
	uint64_t value;
	size_t i;

	for (i = 0; i < COUNTERS; i++) {
		ret_growth[i] = 0;
		if (!counter_available((enum counter)i, record->available))
			continue;
		value = read_counter(record, i);
		if (!base->fresh && (begins_anew(base, record, i) ||
				     (restarted && is_meters(i)))) {
			base->values[i] = value;
		} else if (value > base->values[i]) {
			ret_growth[i] = value - base->values[i];
			base->values[i] = value;
		}
	}
	share_run_time(base, record, ret_growth);
	base->available = record->available;
	base->fresh = false;
}

void counters_rebase(struct counter_base *base, const struct taskmeter_record *record)
{
	uint64_t value;
	size_t i;

	for (i = COUNTER_TRACKED_NS; i < COUNTERS; i++) {
		value = read_counter(record, i);
		if (counter_available((enum counter)i, record->available) &&
		    value < base->values[i])
			base->values[i] = value;
	}
}
