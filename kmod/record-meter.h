/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TASKMETER_RECORD_METER_H
#define TASKMETER_RECORD_METER_H

#include <linux/types.h>

struct observer;
struct process;
struct record_source;
struct task_struct;
struct taskmeter_histograms;
struct taskmeter_record;

/**
 * struct meter_view - the meter within one RCU read-side section of a reader
 * @available: what it can tell, but for stalls; 0 if it is off
 * @stalls: what it can tell of stalls, bits of METER_STALLS
 * @wakers: wakers are recorded
 * @now: run-queue clock, to add up to
 * @boottime: what to add to the run-queue clock to get boottime
 */
struct meter_view {
	u64 available;
	u64 stalls;
	bool wakers;
	u64 now;
	u64 boottime;
};

void meter_view_init(struct meter_view *view);
void meter_view_init_running(struct meter_view *view);
bool meter_process_active(struct task_struct *task, u64 since);
bool meter_thread_active(struct task_struct *task, u64 since);
void record_meter_process(struct taskmeter_record *record,
			  const struct record_source *source);
void record_meter_thread(struct taskmeter_record *record,
			 const struct record_source *source);
void record_meter_exit(struct taskmeter_record *record, const struct process *process,
		       const struct meter_view *view);
void record_histograms_process(struct taskmeter_histograms *histograms,
			       const struct record_source *source);
void record_histograms_thread(struct taskmeter_histograms *histograms,
			      const struct record_source *source);

#endif /* TASKMETER_RECORD_METER_H */
