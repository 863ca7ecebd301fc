/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proportional set size of one process, read when it is asked for and at no
 * other time, see common/pss.h for what that costs whom.
 *
 * The event loop waits for it, so it is bounded in three ways: what is estimated to
 * take too long is not begun; what then takes longer all the same, as the lock of
 * the process is not to be had, is not waited for, but left to end in a thread of
 * its own, during which there is no other; and after each read there is a pause of
 * nine times as long, so that whoever asks takes at most a tenth of the daemon's
 * time.
 */
#ifndef TASKMETERD_CORE_PSS_READER_H
#define TASKMETERD_CORE_PSS_READER_H

#include "common/pss.h"

/**
 * struct pss_reading - a read
 * @record: record of the process after it
 * @pss: the figures
 * @estimate_ns: what it was estimated to take
 * @took_ns: what it took
 */
struct pss_reading {
	struct taskmeter_record record;
	struct pss pss;
	uint64_t estimate_ns;
	uint64_t took_ns;
};

/**
 * typedef pss_reader - read the proportional set size of a process
 * @process: a record of it, as old as it may be
 * @budget_ns: what it may take by estimate; twice as long is waited
 * @ret_reading: filled in; with -E2BIG, @estimate_ns only
 *
 * Return: 0; -ENODATA if the process has no memory of its own; -ESRCH if it is gone;
 * -E2BIG if it would take too long; -EACCES if the daemon may not read it; -EBUSY if
 * another one still goes on or has just been; -ETIMEDOUT if it did not end in time;
 * another negative errno.
 */
typedef int pss_reader(const struct taskmeter_record *process, uint64_t budget_ns,
		       struct pss_reading *ret_reading);

/* Asks /proc, and the module over the device who the process is. */
pss_reader pss_read_process;

/**
 * pss_read_within() - read a file, but do not wait for ever
 * @path: as of pss_read()
 * @limit_ns: how long to wait
 * @ret_pss: filled in
 *
 * To be called from one thread only.
 *
 * Return: as pss_read(); -ETIMEDOUT if it did not end in time; -EBUSY if one that did
 * not has not ended yet.
 */
int pss_read_within(const char *path, uint64_t limit_ns, struct pss *ret_pss);

#endif
