/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Totals by program, in a bounded table: the names that matter most have an
 * entry of their own, all others are one entry together, "other".
 *
 * A program is what processes of one name (comm) are together; the many names
 * of kernel threads are cut at the first '/' or ':' ("kworker/0:1" is
 * "kworker"). What is not UTF-8, and control characters, become U+FFFD; names that
 * are equal then are one program. One that calls itself "other", or nothing, is
 * part of what has no entry.
 *
 * Gauges are of the processes in the last sample. Counters are the growth seen
 * from sample to sample, added up from the moment the program got its entry:
 * they never go back, whatever exits. What a process does after its last
 * sample, and one that lives between two samples, is not in them; nor is what
 * was not available in the sample before, as while the scheduler meter was off.
 * A program that loses its entry and comes back starts from 0.
 *
 * A program keeps its entry for PROGRAM_STAY_NS, and until one of twice its
 * weight needs it, or until it has been gone for that long itself. Growth is
 * never moved between a program and "other".
 */
#ifndef TASKMETERD_CORE_PROGRAMS_H
#define TASKMETERD_CORE_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/text.h"
#include "core/sample.h"

#define PROGRAM_OTHER		"other"
#define PROGRAM_NAME_SIZE	TEXT_UTF8_SIZE(TASKMETER_COMM_LEN - 1)
/* Time for which an entry is its program's whatever comes, 1 min. */
#define PROGRAM_STAY_NS		UINT64_C(60000000000)
/* Names without an entry that are told apart in one sample. */
#define PROGRAM_CANDIDATES	1024

enum program_counter {
	PROGRAM_RUN_NS,
	PROGRAM_RUN_DELAY_NS,
	PROGRAM_VOLUNTARY_SWITCHES,
	PROGRAM_INVOLUNTARY_SWITCHES,
	PROGRAM_MINOR_FAULTS,
	PROGRAM_MAJOR_FAULTS,
	PROGRAM_IO_READ_BYTES,
	PROGRAM_IO_WRITE_BYTES,
	PROGRAM_CPU_WAIT_NS,
	PROGRAM_SLEEP_NS,
	PROGRAM_IO_WAIT_NS,
	PROGRAM_MEM_WAIT_NS,
	PROGRAM_LOCK_WAIT_NS,
	PROGRAM_STOP_NS,
	PROGRAM_WAKEUPS,
	PROGRAM_MEM_STALL_NS,
	PROGRAM_DIRECT_RECLAIMS,
	PROGRAM_DIRECT_RECLAIM_NS,
	PROGRAM_MEMCG_RECLAIMS,
	PROGRAM_MEMCG_RECLAIM_NS,
	PROGRAM_COMPACTIONS,
	PROGRAM_COMPACTION_NS,
	PROGRAM_FAULT_WAITS,
	PROGRAM_FAULT_WAIT_NS,
	PROGRAM_REFAULT_WAITS,
	PROGRAM_REFAULT_WAIT_NS,
	PROGRAM_THROTTLE_WAITS,
	PROGRAM_THROTTLE_WAIT_NS,
	PROGRAM_NUMA_MIGRATED_PAGES,
	PROGRAM_COUNTERS
};

enum program_gauge {
	PROGRAM_PROCESSES,
	PROGRAM_THREADS,
	PROGRAM_RSS_ANON_BYTES,
	PROGRAM_RSS_FILE_BYTES,
	PROGRAM_RSS_SHMEM_BYTES,
	PROGRAM_SWAP_BYTES,
	PROGRAM_GAUGES
};

/**
 * struct program - one entry
 * @name: UTF-8; empty if the entry is free
 * @since_ns: when the program got the entry, monotonic
 * @seen_ns: when a process of the program was seen last, monotonic
 * @weight: what it is ranked by: CPU time per second, in nanoseconds, and a
 *	sixteenth of its resident bytes, averaged over about 64 samples
 * @run_ns: CPU time in the last sample
 * @counters: growth since @since_ns
 * @gauges: in the last sample
 */
struct program {
	char name[PROGRAM_NAME_SIZE];
	uint64_t since_ns;
	uint64_t seen_ns;
	uint64_t weight;
	uint64_t run_ns;
	uint64_t counters[PROGRAM_COUNTERS];
	uint64_t gauges[PROGRAM_GAUGES];
};

struct programs;

/**
 * programs_new() - an empty table
 * @max: entries; 0 puts everything into "other"
 *
 * Return: the table, or NULL without memory.
 */
struct programs *programs_new(unsigned int max);

/**
 * programs_free() - release a table
 * @programs: may be NULL
 *
 * Return: NULL.
 */
struct programs *programs_free(struct programs *programs);

/**
 * typedef program_visible - which records count
 * @record: the record
 * @data: as given
 *
 * Return: true if it does.
 */
typedef bool program_visible(const struct taskmeter_record *record, const void *data);

/**
 * programs_feed() - take in one sample
 * @programs: the table
 * @previous: the sample before, or NULL: counters do not grow then
 * @sample: the sample
 * @visible: which records count, or NULL for all
 * @data: for @visible
 *
 * Needs no memory.
 */
void programs_feed(struct programs *programs, const struct sample *previous,
		   const struct sample *sample, program_visible *visible,
		   const void *data);

/**
 * programs_at() - entries one by one
 * @programs: the table
 * @index: from 0
 *
 * Return: the entry; NULL beyond the last one. Free entries have no name.
 */
const struct program *programs_at(const struct programs *programs, size_t index);

/**
 * programs_other() - everything that has no entry
 * @programs: the table
 * @ret_names: names that it held in the last sample, as far as told apart
 *
 * Return: the entry.
 */
const struct program *programs_other(const struct programs *programs, size_t *ret_names);

#endif
