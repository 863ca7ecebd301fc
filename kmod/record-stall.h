/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TASKMETER_RECORD_STALL_H
#define TASKMETER_RECORD_STALL_H

struct meter_view;
struct process;
struct record_source;
struct taskmeter_histograms;
struct taskmeter_record;

void record_stalls_process(struct taskmeter_record *record,
			   const struct record_source *source);
void record_stalls_thread(struct taskmeter_record *record,
			  const struct record_source *source);
void record_stalls_exit(struct taskmeter_record *record, const struct process *process,
			const struct meter_view *view);
void record_stall_histograms(struct taskmeter_histograms *histograms,
			     const struct process *process);

#endif /* TASKMETER_RECORD_STALL_H */
