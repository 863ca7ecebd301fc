/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TASKMETER_RECORD_H
#define TASKMETER_RECORD_H

#include <linux/types.h>

struct meter_view;
struct observer;
struct pid;
struct process;
struct signal_struct;
struct task_struct;
struct taskmeter_info;
struct taskmeter_record;

/**
 * struct record_source - what a record is filled from
 * @observer: whose ids are told
 * @task: the thread; the main thread of a process
 * @pid: struct pid that @task was found by
 * @number: its number in the observer's pid namespace
 * @exact_rss: sum up per-CPU counters
 * @stalls: fill in the stalls too
 * @size: bytes of the record
 * @capable: the observer sees it by rule (a)
 * @view: what the meter tells
 */
struct record_source {
	const struct observer *observer;
	struct task_struct *task;
	struct pid *pid;
	u32 number;
	bool exact_rss;
	bool stalls;
	bool capable;
	u32 size;
	const struct meter_view *view;
};

void record_fill_process(struct taskmeter_record *record,
			 const struct record_source *source);
void record_fill_thread(struct taskmeter_record *record,
			const struct record_source *source);
void record_fill_exit(struct taskmeter_record *record, const struct process *process,
		      const struct signal_struct *signal, const struct meter_view *view);
u64 record_cgroup_id(struct task_struct *task);
u64 record_available(void);

#endif /* TASKMETER_RECORD_H */
