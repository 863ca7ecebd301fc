/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who looks on at the scheduler: taskmeter, its peers, or nobody.
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
 */
enum setting {
	SETTING_METER		= 1 << 0,
	SETTING_WAKER		= 1 << 1,
	SETTING_PROBE_TIME	= 1 << 2,
	SETTING_TRACE		= 1 << 3,
	SETTING_RUNQLAT		= 1 << 4,
};

void setting_open(void);
void setting_close(void);
void setting_apply(unsigned int setting);
const char *setting_runqlat_missing(void);

#endif /* TASKMETER_TESTS_BENCH_SETTING_H */
