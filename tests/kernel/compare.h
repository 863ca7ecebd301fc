/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a record agrees with readings before and after it: of /proc, or of the
 * module itself through another door.
 */
#ifndef TESTS_KERNEL_COMPARE_H
#define TESTS_KERNEL_COMPARE_H

#include <linux/taskmeter.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct proc_bounds - how a record is allowed to differ from /proc
 * @steady: the process does nothing: what is no counter must not change, and the
 *	split of its CPU time is known to a tick, but for what threads ran when they
 *	had left the pid table
 * @rss_error: bytes that each kind of resident memory may be off
 * @living_sums: /proc's sums over living threads are all there is: none exited
 */
struct proc_bounds {
	bool steady;
	uint64_t rss_error;
	bool living_sums;
};

/**
 * proc_check() - compare each field of a record with /proc
 * @before: read before the record
 * @record: the record
 * @after: read after it
 * @bounds: what is allowed
 * @what: for messages
 *
 * Goes through tm_fields(), so that a field that it has no rule for fails.
 */
void proc_check(const struct taskmeter_record *before,
		const struct taskmeter_record *record,
		const struct taskmeter_record *after,
		const struct proc_bounds *bounds, const char *what);

/**
 * record_check_between() - compare a record of a process that does nothing with
 *	two others of it, from before and after
 *
 * Counters may have moved on, by what is left of going to sleep; all else has to
 * be the same.
 */
void record_check_between(const struct taskmeter_record *before,
			  const struct taskmeter_record *record,
			  const struct taskmeter_record *after, const char *what);

/* Fails unless no counter of a process, or of a thread, went back. */
void record_check_progress(const struct taskmeter_record *before,
			   const struct taskmeter_record *after, const char *what);

#endif
