/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Histograms inside the library. */
#ifndef TASKMETER_LIB_HIST_H
#define TASKMETER_LIB_HIST_H

#include <taskmeter/taskmeter.h>

/**
 * tm_histogram_of() - the buckets of a histogram, to be changed
 * @histograms: the histograms
 * @kind: &enum tm_histogram_kind
 * @ret_count: number of buckets
 *
 * Return: the buckets.
 */
uint64_t *tm_histogram_of(struct taskmeter_histograms *histograms,
			  enum tm_histogram_kind kind, size_t *ret_count);

#endif
