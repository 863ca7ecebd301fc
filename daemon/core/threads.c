// SPDX-License-Identifier: GPL-2.0-or-later
/* See threads.h. */
#include "core/threads.h"

#include <errno.h>
#include <stdbool.h>

/*
 * The pid may be another process's by now. The main thread stays as long as others
 * do, as a zombie.
 */
static bool is_same(const struct sample *sample, const struct taskmeter_record *process)
{
	const struct taskmeter_record *main_thread = sample_find(sample, process->pid);

	return main_thread && main_thread->start_time_ns == process->start_time_ns;
}

int threads_read(const struct taskmeter_record *process, struct sample **ret_sample)
{
	const struct tm_filter filter = {
		.flags = TASKMETER_SNAPSHOT_PID | TASKMETER_SNAPSHOT_THREADS,
		.pid = process->pid,
	};
	struct sample *sample = sample_new(NULL);
	struct tm_meter *meter;
	int r;

	if (!sample)
		return -ENOMEM;
	r = tm_open(TM_TRANSPORT_DEVICE, &meter);
	if (!r) {
		r = sample_fill(sample, meter, &filter);
		tm_close(meter);
	}
	if (!r && !is_same(sample, process))
		r = -ENODATA;
	if (r) {
		sample_unref(sample);
		return r;
	}
	*ret_sample = sample;
	return 0;
}
