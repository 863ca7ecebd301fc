// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Log-linear histograms of single waits: their buckets and quantiles. Pure
 * functions.
 */
#include "lib/hist.h"

#include "lib/meter.h"

#include <stdbool.h>

/* @first: binary logarithm of where the first octave begins, ns. */
struct shape {
	uint16_t offset;
	uint8_t first;
	uint8_t count;
};

#define SHAPE(member_, prefix)						\
	{								\
		.offset = offsetof(struct taskmeter_histograms, member_), \
		.first = TASKMETER_##prefix##_FIRST,			\
		.count = TASKMETER_##prefix##_BUCKETS,			\
	}

static const struct shape shapes[] = {
	[TM_HISTOGRAM_CPU_WAIT] = SHAPE(cpu_wait, CPU_WAIT),
	[TM_HISTOGRAM_IO_WAIT] = SHAPE(io_wait, IO_WAIT),
	[TM_HISTOGRAM_MEM_WAIT] = SHAPE(mem_wait, MEM_WAIT),
	[TM_HISTOGRAM_RECLAIM] = SHAPE(reclaim, STALL),
	[TM_HISTOGRAM_COMPACTION] = SHAPE(compaction, STALL),
	[TM_HISTOGRAM_FAULT_WAIT] = SHAPE(fault_wait, STALL),
};

uint64_t *tm_histogram_of(struct taskmeter_histograms *histograms,
			  enum tm_histogram_kind kind, size_t *ret_count)
{
	*ret_count = shapes[kind].count;
	return (uint64_t *)((char *)histograms + shapes[kind].offset);
}

TM_PUBLIC const uint64_t *
tm_histogram_buckets(const struct taskmeter_histograms *histograms,
		     enum tm_histogram_kind kind, size_t *ret_count)
{
	*ret_count = shapes[kind].count;
	return (const uint64_t *)((const char *)histograms + shapes[kind].offset);
}

TM_PUBLIC uint64_t tm_histogram_bound(enum tm_histogram_kind kind, size_t bucket)
{
	const size_t in_octave = TASKMETER_HISTOGRAM_PER_OCTAVE;
	const struct shape *shape = &shapes[kind];
	uint64_t quarters;

	if (bucket > shape->count)
		bucket = shape->count;
	quarters = in_octave + bucket % in_octave;
	return (quarters << (shape->first + bucket / in_octave)) / in_octave;
}

TM_PUBLIC uint64_t tm_histogram_count(const struct taskmeter_histograms *histograms,
				      enum tm_histogram_kind kind)
{
	const uint64_t *buckets;
	uint64_t sum = 0;
	size_t count, i;

	buckets = tm_histogram_buckets(histograms, kind, &count);
	for (i = 0; i < count; i++)
		sum += buckets[i];
	return sum;
}

static void subtract(struct taskmeter_histograms *histograms,
		     const struct taskmeter_histograms *earlier,
		     enum tm_histogram_kind kind)
{
	const uint64_t *before;
	uint64_t *buckets;
	size_t count, i;

	buckets = tm_histogram_of(histograms, kind, &count);
	before = tm_histogram_buckets(earlier, kind, &count);
	for (i = 0; i < count; i++)
		buckets[i] -= before[i] < buckets[i] ? before[i] : buckets[i];
}

/* A program of before the stalls has no room for them, and says so in @size. */
static bool has_stalls(const struct taskmeter_histograms *histograms)
{
	return histograms->size >= TASKMETER_HISTOGRAMS_SIZE_VER2;
}

TM_PUBLIC void tm_histogram_subtract(struct taskmeter_histograms *histograms,
				     const struct taskmeter_histograms *earlier)
{
	subtract(histograms, earlier, TM_HISTOGRAM_CPU_WAIT);
	subtract(histograms, earlier, TM_HISTOGRAM_IO_WAIT);
	subtract(histograms, earlier, TM_HISTOGRAM_MEM_WAIT);
	if (!has_stalls(histograms) || !has_stalls(earlier))
		return;
	subtract(histograms, earlier, TM_HISTOGRAM_RECLAIM);
	subtract(histograms, earlier, TM_HISTOGRAM_COMPACTION);
	subtract(histograms, earlier, TM_HISTOGRAM_FAULT_WAIT);
}

/* Which one of @count values, in their order and from 1 on, is the quantile. */
static uint64_t rank_of(uint64_t count, double quantile)
{
	double exact = quantile * (double)count;
	uint64_t rank;

	if (exact >= (double)count)
		return count;
	rank = (uint64_t)exact;
	return (double)rank < exact || !rank ? rank + 1 : rank;
}

/*
 * A bucket from b on is at most b / 4 wide, so that its middle is within b / 8
 * of what is in it. The last one has no end: what is in it is not below its
 * beginning.
 */
static uint64_t value_of(enum tm_histogram_kind kind, size_t bucket)
{
	uint64_t begin = tm_histogram_bound(kind, bucket);

	if (bucket + 1 == shapes[kind].count)
		return begin;
	return begin + (tm_histogram_bound(kind, bucket + 1) - begin) / 2;
}

TM_PUBLIC uint64_t
tm_histogram_quantile(const struct taskmeter_histograms *histograms,
		      enum tm_histogram_kind kind, double quantile)
{
	uint64_t total = tm_histogram_count(histograms, kind), rank;
	const uint64_t *buckets;
	size_t count, i;

	if (!total || !(quantile >= 0 && quantile <= 1))
		return 0;
	rank = rank_of(total, quantile);
	buckets = tm_histogram_buckets(histograms, kind, &count);
	for (i = 0; buckets[i] < rank; i++)
		rank -= buckets[i];
	return value_of(kind, i);
}
