/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own delay accounting, by its generic netlink family TASKSTATS.
 */
#ifndef TESTS_KERNEL_TASKSTATS_H
#define TESTS_KERNEL_TASKSTATS_H

#include <linux/taskstats.h>
#include <sys/types.h>

/* Of one thread; skips the test if this kernel has none, or another's layout. */
void taskstats_get(pid_t tid, struct taskstats *ret_stats);

#endif
