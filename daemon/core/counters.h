/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The counters of a record, one after the other, for what adds them up. */
#ifndef TASKMETERD_CORE_COUNTERS_H
#define TASKMETERD_CORE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <taskmeter/taskmeter.h>

enum counter {
	COUNTER_RUN_NS,
	COUNTER_USER_NS,
	COUNTER_SYSTEM_NS,
	COUNTER_RUN_DELAY_NS,
	COUNTER_TIMESLICES,
	COUNTER_VOLUNTARY_SWITCHES,
	COUNTER_INVOLUNTARY_SWITCHES,
	COUNTER_MIGRATIONS,
	COUNTER_MINOR_FAULTS,
	COUNTER_MAJOR_FAULTS,
	COUNTER_IO_READ_CHARS_BYTES,
	COUNTER_IO_WRITE_CHARS_BYTES,
	COUNTER_IO_READ_SYSCALLS,
	COUNTER_IO_WRITE_SYSCALLS,
	COUNTER_IO_READ_BYTES,
	COUNTER_IO_WRITE_BYTES,
	COUNTER_IO_CANCELLED_WRITE_BYTES,
	COUNTER_TRACKED_NS,
	COUNTER_CPU_WAIT_NS,
	COUNTER_SLEEP_NS,
	COUNTER_IO_WAIT_NS,
	COUNTER_MEM_WAIT_NS,
	COUNTER_LOCK_WAIT_NS,
	COUNTER_STOP_NS,
	COUNTER_WAKEUPS,
	COUNTER_NUMA_MIGRATIONS,
	COUNTER_MEM_STALL_NS,
	COUNTER_DIRECT_RECLAIMS,
	COUNTER_DIRECT_RECLAIM_NS,
	COUNTER_MEMCG_RECLAIMS,
	COUNTER_MEMCG_RECLAIM_NS,
	COUNTER_COMPACTIONS,
	COUNTER_COMPACTION_NS,
	COUNTER_FAULT_WAITS,
	COUNTER_FAULT_WAIT_NS,
	COUNTER_REFAULT_WAITS,
	COUNTER_REFAULT_WAIT_NS,
	COUNTER_THROTTLE_WAITS,
	COUNTER_THROTTLE_WAIT_NS,
	COUNTER_NUMA_MIGRATED_PAGES,
	COUNTERS
};

/**
 * struct counter_info - what a counter is
 * @name: of the record's field
 * @available: bit of &enum taskmeter_available that it needs, or 0
 * @offset: in the record
 */
struct counter_info {
	const char *name;
	uint64_t available;
	uint16_t offset;
};

extern const struct counter_info counter_infos[COUNTERS];

/**
 * struct counter_base - what was seen of a process so far
 * @fresh: nothing
 * @available: what was available the last time
 * @values: the highest value of each counter; of user and system time, what they got
 */
struct counter_base {
	bool fresh;
	uint64_t available;
	uint64_t values[COUNTERS];
};

/**
 * counter_available() - whether a set of bits has a counter
 * @counter: the counter
 * @available: &enum taskmeter_available
 */
static inline bool counter_available(enum counter counter, uint64_t available)
{
	const uint64_t bit = counter_infos[counter].available;

	return !bit || available & bit;
}

/**
 * counters_read() - all counters of a record
 * @record: the record
 * @ret_values: gets them, by &enum counter; those that are not available are 0
 */
void counters_read(const struct taskmeter_record *record, uint64_t ret_values[static COUNTERS]);

/**
 * counters_grow() - what came since a process was seen last
 * @base: what was seen; brought up to date
 * @record: the process now
 * @ret_growth: gets it
 *
 * Of a fresh process, all that it did. What goes back (a wait that was corrected when it
 * ended) adds nothing, until it is beyond where it was; of user and system time, the
 * other one gets as much less, so that they make run time together.
 *
 * What was not available the last time, or began anew because the meter was switched off
 * and on, says nothing of the time between, and is added from here on; unless the meter has
 * tracked the process all its life, and it was just being forked.
 */
void counters_grow(struct counter_base *base, const struct taskmeter_record *record,
		   uint64_t ret_growth[static COUNTERS]);

/**
 * counters_rebase() - another load of the module tells of the process
 * @base: what was seen; counters that began anew go on from where they are
 * @record: the process now
 */
void counters_rebase(struct counter_base *base, const struct taskmeter_record *record);

#endif
