/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is told of exits as they happen: a process of its own that reads, one at a time;
 * or the caller, by taskstats.
 */
#ifndef TASKMETER_TESTS_BENCH_LISTENER_H
#define TASKMETER_TESTS_BENCH_LISTENER_H

#include <stdint.h>

/**
 * enum listener - what the process listens to
 * @LISTENER_EVENTS: all events of taskmeter, by libtaskmeter
 * @LISTENER_EXITS: its exit events only
 * @LISTENER_TASKSTATS: exits by taskstats, one recv() each
 */
enum listener {
	LISTENER_EVENTS,
	LISTENER_EXITS,
	LISTENER_TASKSTATS,
	LISTENERS
};

void listener_switch(enum listener which, int on);
void listener_expect(uint64_t exits);
void listener_catch_up(void);
double listener_time(enum listener which);

void listener_taskstats(int on);
unsigned int listener_receive(void);
unsigned int listener_receive_batch(void);

#endif /* TASKMETER_TESTS_BENCH_LISTENER_H */
