/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Histograms of single waits as JSON. */
#ifndef TASKMETER_COMMON_HISTOGRAM_JSON_H
#define TASKMETER_COMMON_HISTOGRAM_JSON_H

#include <taskmeter/taskmeter.h>

struct json_object;

/**
 * histograms_to_json() - the histograms of a process or thread as an object
 * @histograms: the histograms
 * @record: its record, read with them: tells the longest wait, and which kinds
 *	are known
 * @ret_object: the object, the caller's
 *
 * Keys are "cpu_wait", "io_wait" and "mem_wait", and the stalls "reclaim",
 * "compaction" and "fault_wait". Each is null if the record does not tell its
 * longest, the stalls also if it is of a thread; else an object: "count";
 * "p50_ns", "p90_ns", "p99_ns", wrong by at most one eighth, null if there was no
 * wait; "max_ns"; and "buckets", an array of pairs, upper bound in nanoseconds and
 * count, without the empty ones. The last bucket there can be has no upper bound:
 * null.
 *
 * Return: 0; -ENOMEM.
 */
int histograms_to_json(const struct taskmeter_histograms *histograms,
		       const struct taskmeter_record *record,
		       struct json_object **ret_object);

#endif
