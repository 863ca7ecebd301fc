/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rates: nanoseconds that a task spent in a state, per second. Between two
 * records it is a second of wall-clock time, and the threads of a process are
 * summed up: a process that keeps two CPUs busy has 2,000,000,000. Of one record
 * alone it is a second of what the meter accounts for since the task was started,
 * of all its threads: 1,000,000,000 at most.
 *
 * And the growth of its resident memory in bytes per second, and its context switches
 * per second, between two records only.
 */
#ifndef TASKMETER_CLI_RATES_H
#define TASKMETER_CLI_RATES_H

#include <stdbool.h>
#include <taskmeter/taskmeter.h>

/**
 * enum rate - the rates
 * @RATE_RUN: on a CPU
 * @RATE_CPU_WAIT: waiting for a CPU
 * @RATE_IO_WAIT: waiting for I/O
 * @RATE_MEM_WAIT: waiting for memory
 * @RATE_LOCK_WAIT: blocked otherwise
 * @RATE_SLEEP: sleeping
 * @RATE_STOP: stopped
 * @RATE_MEM_STALL: stalled for lack of memory: reclaim and compaction on the CPU, too
 * @RATE_RECLAIM: reclaim, of the machine and of its cgroup
 * @RATE_STALL: held up: the four kinds of waiting together, as far as this
 *	kernel tells them
 * @RATE_COUNT: how many there are
 */
enum rate {
	RATE_RUN,
	RATE_CPU_WAIT,
	RATE_IO_WAIT,
	RATE_MEM_WAIT,
	RATE_LOCK_WAIT,
	RATE_SLEEP,
	RATE_STOP,
	RATE_MEM_STALL,
	RATE_RECLAIM,
	RATE_STALL,
	RATE_COUNT,
};

/**
 * struct rate_spec - a rate as a column
 * @name: key in JSON and CSV
 * @header: heading
 * @help: one line
 * @field: field of the record that it is the rate of; NULL for RATE_STALL
 * @also: another one that is added if it is available, or NULL
 * @stalls: they are stalls, which TASKMETER_SNAPSHOT_STALLS has to ask for
 */
struct rate_spec {
	const char *name;
	const char *header;
	const char *help;
	const char *field;
	const char *also;
	bool stalls;
};

/**
 * struct sums - what a record says of the time and memory of a task
 * @time_ns: when it was read, monotonic
 * @tracked_ns: time that the meter accounts for, 0 if it does not track the task
 * @available: bit 1 << &enum rate for each of @ns that there is
 * @ns: sum of each rate but RATE_STALL
 * @has_resident: @resident_bytes is known
 * @resident_bytes: resident memory
 * @has_switches: @switches is known
 * @switches: context switches, voluntary and involuntary
 */
struct sums {
	uint64_t time_ns;
	uint64_t tracked_ns;
	uint32_t available;
	uint64_t ns[RATE_STALL];
	bool has_resident;
	uint64_t resident_bytes;
	bool has_switches;
	uint64_t switches;
};

/**
 * struct rates - rates of a task
 * @available: bit 1 << &enum rate for each that is known
 * @ns_per_s: the rates
 * @has_growth: @growth_bytes_per_s is known
 * @growth_bytes_per_s: growth of resident memory, negative if it shrank
 * @has_switches: @switches_per_s is known
 * @switches_per_s: context switches
 */
struct rates {
	uint32_t available;
	uint64_t ns_per_s[RATE_COUNT];
	bool has_growth;
	int64_t growth_bytes_per_s;
	bool has_switches;
	uint64_t switches_per_s;
};

/**
 * rate_spec() - description of a rate
 * @rate: which one
 *
 * Return: the description.
 */
const struct rate_spec *rate_spec(enum rate rate);

/**
 * sums_read() - the sums of a record
 * @sums: filled in
 * @record: the record
 * @time_ns: when it was read, monotonic
 */
void sums_read(struct sums *sums, const struct taskmeter_record *record,
	       uint64_t time_ns);

/**
 * rates_between() - rates of the time between two records of a task
 * @rates: filled in
 * @earlier: sums of the earlier one; all zero but @time_ns, @available,
 *	@has_resident and @has_switches if the task did not exist then
 * @now: sums of the later one
 */
void rates_between(struct rates *rates, const struct sums *earlier,
		   const struct sums *now);

/**
 * rates_of_life() - rates of all the time that the meter accounts for
 * @rates: filled in
 * @now: sums of the task
 */
void rates_of_life(struct rates *rates, const struct sums *now);

/**
 * rates_idle() - whether a task neither ran nor was held up
 * @rates: its rates
 *
 * Return: false if it did, or nothing at all is known. While the meter is off, what
 * counts is whether it ran.
 */
bool rates_idle(const struct rates *rates);

#endif
