// SPDX-License-Identifier: GPL-2.0-or-later
/* See histograms.h. */
#include "core/histograms.h"

#include <errno.h>

/* The pid may be another process's by now. */
static int check(const struct taskmeter_record *process,
		 const struct taskmeter_record *record)
{
	if (record->start_time_ns != process->start_time_ns ||
	    !(record->available & TASKMETER_AVAILABLE_METER))
		return -ENODATA;
	return 0;
}

/* A module that is too old for stalls still tells the rest. */
static int get(struct tm_meter *meter, uint32_t pid, struct taskmeter_record *ret_record,
	       struct taskmeter_histograms *ret_histograms)
{
	static const uint32_t flags[] = { TASKMETER_SNAPSHOT_STALLS, 0 };
	int i, r = -EOPNOTSUPP;

	for (i = 0; r == -EOPNOTSUPP && i < 2; i++)
		r = tm_get_histograms(meter, pid, flags[i], ret_record,
				      sizeof(*ret_record), ret_histograms,
				      sizeof(*ret_histograms));
	return r;
}

int histograms_read(const struct taskmeter_record *process,
		    struct taskmeter_record *ret_record,
		    struct taskmeter_histograms *ret_histograms)
{
	struct tm_meter *meter;
	int r = tm_open(TM_TRANSPORT_DEVICE, &meter);

	if (r)
		return r;
	r = get(meter, process->pid, ret_record, ret_histograms);
	tm_close(meter);
	if (r == -ESRCH || r == -EOPNOTSUPP)
		return -ENODATA;
	return r ? r : check(process, ret_record);
}
