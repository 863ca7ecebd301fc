/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Histograms of one process, read when they are asked for: in a sample they would
 * take five times as much memory as all else.
 */
#ifndef TASKMETERD_CORE_HISTOGRAMS_H
#define TASKMETERD_CORE_HISTOGRAMS_H

#include <taskmeter/taskmeter.h>

/**
 * typedef histograms_reader - read the histograms of a process
 * @process: a record of it, as old as it may be
 * @ret_record: its record now
 * @ret_histograms: its histograms now, those of stalls too if the module has them
 *
 * Return: 0; -ENODATA if the process is gone, is not tracked, or the module is too
 * old; another negative errno if the module cannot be asked.
 */
typedef int histograms_reader(const struct taskmeter_record *process,
			      struct taskmeter_record *ret_record,
			      struct taskmeter_histograms *ret_histograms);

/* Asks the module, over the device. */
histograms_reader histograms_read;

#endif
