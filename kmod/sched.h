/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TASKMETER_SCHED_H
#define TASKMETER_SCHED_H

#include <linux/jump_label.h>
#include <linux/types.h>

/**
 * struct probe_statistics - how the probes fare, since the load
 * @clock_steps: see &struct taskmeter_info; so the next ones
 * @gaps: likewise
 * @probe_calls: likewise
 * @probe_ns: likewise
 */
struct probe_statistics {
	u64 clock_steps;
	u64 gaps;
	u64 probe_calls;
	u64 probe_ns;
};

/* Switched on: each probe tells how long it took, by time_probe(). */
DECLARE_STATIC_KEY_FALSE(probes_timed);

void time_probe(u64 begun);

int sched_find_tracepoints(void);
int sched_start(bool local_clock);
void sched_stop(void);
int sched_start_waker(void);
void sched_stop_waker(void);
void sched_time_probes(bool on);
bool sched_exec_start_works(void);
bool sched_several_nodes(void);

void probe_statistics(struct probe_statistics *statistics);

#endif /* TASKMETER_SCHED_H */
