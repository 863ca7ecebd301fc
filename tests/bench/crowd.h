/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many processes that do nothing, for others to look at.
 */
#ifndef TASKMETER_TESTS_BENCH_CROWD_H
#define TASKMETER_TESTS_BENCH_CROWD_H

#include <sys/types.h>

pid_t crowd_fork(unsigned int size);
void crowd_fork_threads(unsigned int size);
unsigned int crowd_wake(unsigned int each);
void crowd_end(void);

#endif /* TASKMETER_TESTS_BENCH_CROWD_H */
