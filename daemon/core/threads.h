/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads of one process, read when they are asked for. */
#ifndef TASKMETERD_CORE_THREADS_H
#define TASKMETERD_CORE_THREADS_H

#include "core/sample.h"

/**
 * typedef threads_reader - read the threads of a process
 * @process: a record of it, as old as it may be
 * @ret_sample: a record of each living thread, in the order of thread id; to be
 *	released with sample_unref()
 *
 * Return: 0; -ENODATA if the process is gone; another negative errno if the module
 * cannot be asked.
 */
typedef int threads_reader(const struct taskmeter_record *process,
			   struct sample **ret_sample);

/* Asks the module, over the device. */
threads_reader threads_read;

#endif
