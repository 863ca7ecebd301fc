/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who looks on at the scheduler and at exits: taskmeter, its peers, or nobody.
 */
#ifndef TASKMETER_TESTS_BENCH_SETTING_H
#define TASKMETER_TESTS_BENCH_SETTING_H

/**
 * enum setting - bits of a setting
 * @SETTING_METER: the scheduler meter is on
 * @SETTING_WAKER: it records wakers
 * @SETTING_PROBE_TIME: it measures its own time
 * @SETTING_TRACE: ftrace writes sched_switch into its ring buffer
 * @SETTING_RUNQLAT: runqlat -P of libbpf-tools, three BPF programs
 * @SETTING_SUBSCRIBER: a process reads all events of taskmeter
 * @SETTING_EXIT_SUBSCRIBER: a process reads its exit events only
 * @SETTING_TASKSTATS: taskstats sends each exit to the caller
 * @SETTING_TASKSTATS_READER: it sends them to a process that reads them
 */
enum setting {
	SETTING_METER		= 1 << 0,
	SETTING_WAKER		= 1 << 1,
	SETTING_PROBE_TIME	= 1 << 2,
	SETTING_TRACE		= 1 << 3,
	SETTING_RUNQLAT		= 1 << 4,
	SETTING_SUBSCRIBER	= 1 << 5,
	SETTING_EXIT_SUBSCRIBER	= 1 << 6,
	SETTING_TASKSTATS	= 1 << 7,
	SETTING_TASKSTATS_READER = 1 << 8,
};

void setting_open(void);
void setting_close(void);
void setting_apply(unsigned int setting);
const char *setting_runqlat_missing(void);

#endif /* TASKMETER_TESTS_BENCH_SETTING_H */
