/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which bucket of a log-linear histogram a duration belongs to. The buckets are
 * described in the ABI header.
 */
#ifndef TASKMETER_HISTOGRAM_H
#define TASKMETER_HISTOGRAM_H

#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/taskmeter.h>
#include <linux/types.h>

/**
 * histogram_bucket() - the bucket of a duration
 * @ns: the duration
 * @first: the histogram's first octave begins at 2^first ns; a constant
 * @buckets: how many it has; a constant
 *
 * Return: the bucket; the first for all that is shorter, the last for all that is
 * longer.
 */
static __always_inline unsigned int histogram_bucket(u64 ns, unsigned int first,
						     unsigned int buckets)
{
	const u64 least = 1ULL << first;
	const u64 most = (1ULL << (first + buckets / TASKMETER_HISTOGRAM_PER_OCTAVE)) - 1;
	unsigned int octave;

	ns = min(max(ns, least), most);
	octave = __fls(ns);
	/* The top three bits, 4 to 7, count on from the octave. */
	return octave * TASKMETER_HISTOGRAM_PER_OCTAVE + (ns >> (octave - 2)) -
	       (first + 1) * TASKMETER_HISTOGRAM_PER_OCTAVE;
}

#define histogram_cpu_wait_bucket(ns) \
	histogram_bucket(ns, TASKMETER_CPU_WAIT_FIRST, TASKMETER_CPU_WAIT_BUCKETS)
#define histogram_io_wait_bucket(ns) \
	histogram_bucket(ns, TASKMETER_IO_WAIT_FIRST, TASKMETER_IO_WAIT_BUCKETS)
#define histogram_mem_wait_bucket(ns) \
	histogram_bucket(ns, TASKMETER_MEM_WAIT_FIRST, TASKMETER_MEM_WAIT_BUCKETS)
#define histogram_stall_bucket(ns) \
	histogram_bucket(ns, TASKMETER_STALL_FIRST, TASKMETER_STALL_BUCKETS)

#endif /* TASKMETER_HISTOGRAM_H */
