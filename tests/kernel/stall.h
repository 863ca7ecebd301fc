/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stalls of a record, and the rules that hold for them.
 */
#ifndef TESTS_KERNEL_STALL_H
#define TESTS_KERNEL_STALL_H

#include <linux/taskmeter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Times that a busy, emulated machine takes to tell two moments apart. */
#define STALL_SLACK_NS	1000000ULL

enum stall_kind {
	STALL_DIRECT_RECLAIM,
	STALL_MEMCG_RECLAIM,
	STALL_COMPACTION,
	STALL_FAULT,
	STALL_REFAULT,
	STALL_THROTTLE,
	STALL_KINDS,
};

/* The four members that a record has of each kind. */
struct stall {
	uint64_t count;
	uint64_t ns;
	uint64_t max_ns;
	uint64_t max_time_ns;
};

const char *stall_name(enum stall_kind kind);
/* The bit that says that a record has them. */
uint64_t stall_available(enum stall_kind kind);
/* All bits that a record has only if it was asked for the stalls. */
uint64_t stall_bits(void);
struct stall stall_of(const struct taskmeter_record *record, enum stall_kind kind);
/* The same counted from an earlier record on; maximum and its end as they are now. */
struct stall stall_since(const struct taskmeter_record *before,
			 const struct taskmeter_record *record, enum stall_kind kind);

/* Skips the test if this kernel does not tell all of these &enum taskmeter_available. */
void stall_need(int device, uint64_t available);

/* Of a thread, or of a process; fail if there is none, or if it has no stalls. */
struct taskmeter_record stall_thread(int device, pid_t tgid, pid_t tid);
struct taskmeter_record stall_process(int device, pid_t pid);
/* Of a process, with its histograms. */
struct taskmeter_record stall_histograms(int device, pid_t pid,
					 struct taskmeter_histograms *ret_histograms);

/**
 * stall_check() - fail unless the times of a record fit one another
 * @record: of a thread or process, whatever it does
 * @slack: by how much two of its times may be apart
 * @what: for messages
 *
 * None is longer than the time that the meter accounts for; waits for memory are
 * refaults, throttling, or part of a reclaim; no moment counts twice in
 * mem_stall_ns, and none is missing.
 */
void stall_check(const struct taskmeter_record *record, uint64_t slack, const char *what);

/**
 * stall_check_rest() - the same for one that does nothing any more, and more
 *
 * Nothing lasts, so that a maximum is at most the sum and at least the average, and
 * ended in the life of the process.
 */
void stall_check_rest(const struct taskmeter_record *record, const char *what);

/* Fail if there is any stall, but for page faults of a process that had some. */
void stall_check_none(const struct taskmeter_record *record, const char *what);

/* Fail if a count or a maximum went back, or a time by more than it may. */
void stall_check_progress(const struct taskmeter_record *before,
			  const struct taskmeter_record *after, const char *what);

/* Of a process at rest: the histograms hold just what was counted. */
void stall_check_histograms(const struct taskmeter_record *record,
			    const struct taskmeter_histograms *histograms, const char *what);

/* Whether two times or counts are the same but for 5 % of the second, and @slack. */
bool stall_near(uint64_t ours, uint64_t theirs, uint64_t slack);

#endif
