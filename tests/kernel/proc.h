/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc says of a process or thread, in the units of a record.
 */
#ifndef TESTS_KERNEL_PROC_H
#define TESTS_KERNEL_PROC_H

#include <linux/taskmeter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * proc_read() - read all that /proc knows of what a record holds
 * @tgid: process id
 * @tid: thread id, 0 for the process
 * @record: filled in; values that /proc gives in ticks or kilobytes are rounded
 *	down to these, as it does
 *
 * The sums of a process that /proc does not give are those over its living
 * threads. TASKMETER_AVAILABLE_MEMORY is set if it shows memory.
 */
void proc_read(pid_t tgid, pid_t tid, struct taskmeter_record *record);

/* Value behind "name:" in a file of "name: value" lines; false if not there. */
bool proc_value(const char *text, const char *name, long long *ret_value);

/* Nanoseconds that all threads of a process, exited ones too, were running. */
uint64_t proc_run_ns(pid_t tgid);

/* What the kernel books of a thread: /proc/PID/task/TID/schedstat. */
struct proc_schedstat {
	unsigned long long run_ns;
	unsigned long long run_delay_ns;
	unsigned long long timeslices;
};

struct proc_schedstat proc_schedstat(pid_t tgid, pid_t tid);

/* Thread ids of a process; returns their number. */
size_t proc_threads(pid_t tgid, pid_t *tids, size_t max);

/* Inode number of a file, for instance of /proc/PID/ns/pid. */
uint64_t proc_inode(const char *path);

#endif
