/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the scheduler meter tells of threads, and the rules that hold for it.
 */
#ifndef TESTS_KERNEL_METER_H
#define TESTS_KERNEL_METER_H

#include <linux/taskmeter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* As long as an emulated CPU on a busy machine may stand still. */
#define METER_STAND_STILL_NS	50000000LL
/* Of a thread, or of a process; fail if there is none, or if the meter lacks it. */
struct taskmeter_record meter_thread(int device, pid_t tgid, pid_t tid);
struct taskmeter_record meter_process(int device, pid_t pid);

/**
 * meter_histograms() - read a record with its histograms
 * @device: file descriptor
 * @tgid: process id
 * @tid: thread id, 0 for the process
 * @ret_record: the record, or NULL
 * @ret_histograms: the histograms
 */
void meter_histograms(int device, pid_t tgid, pid_t tid, struct taskmeter_record *ret_record,
		      struct taskmeter_histograms *ret_histograms);
/* The same with more &enum taskmeter_snapshot_flags. */
void meter_histograms_with(int device, pid_t tgid, pid_t tid, uint32_t flags,
			   struct taskmeter_record *ret_record,
			   struct taskmeter_histograms *ret_histograms);

/* Lower end of a bucket, by the formula of the header. */
uint64_t meter_bucket_start(unsigned int first, unsigned int bucket);
/* The bucket of @count, the first octave of which begins at 2^@first ns, for a time. */
unsigned int meter_bucket(unsigned int first, unsigned int count, uint64_t ns);

/* The member that holds the time of a state. */
uint64_t meter_time(const struct taskmeter_record *record, enum taskmeter_state state);
const char *meter_state_name(uint32_t state);
/* All times of a record: what has to be tracked_ns. */
uint64_t meter_sum(const struct taskmeter_record *record);

/* Whether two times are the same but for 1 % of the second, and @slack. */
bool meter_near(uint64_t ours, uint64_t theirs, uint64_t slack);

/**
 * meter_check_sum() - fail unless the times of a thread add up to tracked_ns
 * @record: of a thread
 * @what: for messages
 *
 * Within 1 % and 1 ms. The run time of one that runs may lack what it ran since it
 * was switched in: the kernel brings it up to date at ticks. Of SCHED_DEADLINE
 * older kernels do not count what it ran from when it was throttled until it was
 * switched out.
 */
void meter_check_sum(const struct taskmeter_record *record, const char *what);

/**
 * meter_goes_back() - whether a time of the meter went back by more than it may
 * @before: the time that was told before
 * @after: the time that is told now
 *
 * A wait that was told while it lasted may be corrected when it has ended: a reader's
 * clock is ahead of that of a CPU that has begun to switch, by microseconds, or by as
 * long as the CPU stands still just then, as emulated ones do: a wake-up of an idle
 * CPU is timed by the kernel when it is queued there, not when the CPU gets going. So
 * one in a thousand may go back by more than 200 us (and four before there are as
 * many), none by more than METER_STAND_STILL_NS.
 */
bool meter_goes_back(uint64_t before, uint64_t after);

/* Fail unless no time of the meter went back by more than it may. */
void meter_check_progress(const struct taskmeter_record *before,
			  const struct taskmeter_record *after, const char *what);

/**
 * meter_await_state() - wait until a thread is in a state and stays there
 * @device: file descriptor
 * @tgid: process id
 * @tid: thread id
 * @state: the state
 *
 * Fails unless all of the time from one look to a later one went to the state, and
 * the state is told to last so much longer.
 */
void meter_await_state(int device, pid_t tgid, pid_t tid, enum taskmeter_state state);

/* TASKMETER_CMD_CONFIG_SET with one attribute: 0 or a negative errno. */
int meter_try_config(uint16_t attribute, uint32_t value);
void meter_config(uint16_t attribute, uint32_t value);

#endif
