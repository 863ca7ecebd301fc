/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What "perf sched timehist" makes of the scheduler's tracepoints: the meter's
 * figures are compared with it. Perf takes its own time stamps.
 */
#ifndef TESTS_KERNEL_PERF_H
#define TESTS_KERNEL_PERF_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Which waits of a thread to look for. */
enum perf_wait {
	PERF_QUEUED,		/* from its wake-up or preemption to its next run */
	PERF_BLOCKED,		/* from leaving the CPU in state D to its wake-up */
};

/* Record the whole machine, until perf_stop(). */
void perf_start(void);
void perf_stop(void);
/* Whatever has become of the recording: leave nothing of it. */
void perf_end(void);

/**
 * perf_waits() - durations of a thread's waits, in nanoseconds
 * @tid: the thread
 * @wait: which
 * @least_ns: leave out shorter ones
 * @ret_ns: filled in, longest first
 * @max: room in @ret_ns; fails if there are more
 *
 * Of a recording that is stopped. Exact to a microsecond.
 *
 * Return: their number.
 */
size_t perf_waits(pid_t tid, enum perf_wait wait, uint64_t least_ns, uint64_t *ret_ns,
		  size_t max);

#endif
