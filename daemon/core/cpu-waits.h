/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long single waits for a CPU lasted, for what adds them up by group: histograms of
 * processes, read before each sample, in fewer buckets than the module has. Only those of
 * processes that were active since the last time are read: no other has waited.
 */
#ifndef TASKMETERD_CORE_CPU_WAITS_H
#define TASKMETERD_CORE_CPU_WAITS_H

#include <stddef.h>
#include <stdint.h>
#include <taskmeter/taskmeter.h>

/* Two octaves each. */
#define CPU_WAITS_FOLD		(2 * TASKMETER_HISTOGRAM_PER_OCTAVE)
#define CPU_WAITS_BUCKETS	(TASKMETER_CPU_WAIT_BUCKETS / CPU_WAITS_FOLD)

/* What is behind the buckets, and how much there is. */
enum {
	CPU_WAITS_SUM_NS = CPU_WAITS_BUCKETS,
	CPU_WAITS
};

/**
 * struct process_waits - waits of one process
 * @start_time_ns: with @pid, its identity
 * @pid: likewise
 * @values: how many waits there were, by bucket, and CPU_WAITS_SUM_NS, nanoseconds, one
 *	that lasts included
 */
struct process_waits {
	uint64_t start_time_ns;
	uint32_t pid;
	uint64_t values[CPU_WAITS];
};

/**
 * struct cpu_waits - what was read the last time
 * @instance_id: load of the module
 * @token: since when to read the next time; 0 for all
 * @count: processes
 * @capacity: processes that there is room for
 * @items: the processes
 */
struct cpu_waits {
	uint64_t instance_id;
	uint64_t token;
	size_t count;
	size_t capacity;
	struct process_waits *items;
};

/**
 * cpu_waits_read() - read the histograms of processes that were active
 * @waits: zeroed before the first time; what was read before is replaced
 * @meter: what to ask
 * @info: what it told of the module
 *
 * To be called before a sample is taken: whoever is here is in that, or has ended. While
 * the scheduler meter is off there is nothing.
 *
 * Return: 0, or a negative errno: nothing is there, and the next time all are read.
 */
int cpu_waits_read(struct cpu_waits *waits, struct tm_meter *meter,
		   const struct taskmeter_info *info);

/**
 * cpu_waits_forget() - what was read was not used: read all the next time
 * @waits: likewise
 */
void cpu_waits_forget(struct cpu_waits *waits);

void cpu_waits_clear(struct cpu_waits *waits);

/**
 * cpu_waits_of() - the waits of a record
 * @record: the record; has TASKMETER_AVAILABLE_METER
 * @histograms: with it
 * @ret_values: gets them
 */
void cpu_waits_of(const struct taskmeter_record *record,
		  const struct taskmeter_histograms *histograms,
		  uint64_t ret_values[static CPU_WAITS]);

/**
 * cpu_waits_grow() - what came since a process was seen last
 * @base: what was seen; brought up to date
 * @values: now
 * @growth: gets it
 *
 * If some went back, they began anew, and it is not known what came: nothing is added.
 */
void cpu_waits_grow(uint64_t base[static CPU_WAITS], const uint64_t values[static CPU_WAITS],
		    uint64_t growth[static CPU_WAITS]);

/**
 * cpu_waits_bound() - what the waits of a bucket are shorter than
 * @bucket: any but the last, which has none
 *
 * Return: nanoseconds.
 */
uint64_t cpu_waits_bound(size_t bucket);

#endif
