/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Series of groups: what all groups of a kind did from one point in time to the next. Pure.
 *
 * A point has sums, from counter differences, so that averages over any time are exact; the
 * least and the greatest of what groups hold; and the greatest rates of a single sample.
 * Points can be folded into one, which loses nothing of that but the order.
 *
 * Series are kept in three tiers: of about a second, of ten, of a minute. A block of a tier
 * holds the points that become one point of the next tier, those of the last one ten minutes.
 * Which those are, clocks tell: a block is of the ten seconds, the minute, the ten minutes
 * that its middle is in.
 */
#ifndef TASKMETERD_STORE_SERIES_H
#define TASKMETERD_STORE_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/block.h"

/* More than a tier's block needs; one that is full is followed by another. */
#define SERIES_POINTS_MAX	16
/* Of one kind. */
#define SERIES_GROUPS_MAX	8192
/* As in <linux/limits.h>: the longest path of a cgroup, without its NUL. */
#define SERIES_NAME_MAX		4095
/* What finds no room, as among groups. */
#define SERIES_OTHER		"other"

enum series_tier {
	SERIES_SECONDS,
	SERIES_TENS,
	SERIES_MINUTES,
	SERIES_TIERS
};

/* What grows; numbers stand in the history. */
enum series_sum {
	SERIES_RUN_NS,
	SERIES_CPU_WAIT_NS,
	SERIES_IO_WAIT_NS,
	SERIES_MEM_WAIT_NS,
	SERIES_MEM_STALL_NS,
	SERIES_LOCK_WAIT_NS,
	SERIES_MAJOR_FAULTS,
	SERIES_IO_READ_BYTES,
	SERIES_IO_WRITE_BYTES,
	SERIES_EXITS,
	SERIES_FAILED,
	SERIES_OOM_KILLS,
	SERIES_SUMS
};

/* Rates of which the greatest is kept: running, and pressure. */
enum series_peak {
	SERIES_RUN,
	SERIES_CPU,
	SERIES_IO,
	SERIES_MEMORY,
	SERIES_PEAKS
};

enum series_gauge {
	SERIES_PROCESSES,
	SERIES_THREADS,
	SERIES_RSS_ANON_BYTES,
	SERIES_RSS_FILE_BYTES,
	SERIES_RSS_SHMEM_BYTES,
	SERIES_SWAP_BYTES,
	SERIES_GAUGES
};

/**
 * struct series_gauges - of what a group holds
 * @sum: of all samples
 * @min: the least
 * @max: the greatest
 */
struct series_gauges {
	uint64_t sum;
	uint64_t min;
	uint64_t max;
};

/**
 * struct series_figures - a group in a point: an array of words on disk
 * @samples: in which the group had a process or did something; if 0, all is 0
 * @available: bits by &enum series_sum: some of it is known
 * @sums: growth
 * @peaks: nanoseconds per second, the greatest of a sample
 * @gauges: by &enum series_gauge
 */
struct series_figures {
	uint64_t samples;
	uint64_t available;
	uint64_t sums[SERIES_SUMS];
	uint64_t peaks[SERIES_PEAKS];
	struct series_gauges gauges[SERIES_GAUGES];
};

/**
 * struct series_head - which point
 * @end_ns: Unix time up to which it goes
 * @elapsed_ns: what it covers, without gaps
 */
struct series_head {
	uint64_t end_ns;
	uint64_t elapsed_ns;
};

/**
 * struct series_group - a group
 * @name: any bytes, with a NUL behind them
 * @length: of @name
 * @next: index of the next in its bucket, and 1; 0 for the last
 * @count: points that @figures has
 * @figures: of each point; those behind @count are all 0
 */
struct series_group {
	char *name;
	size_t length;
	size_t next;
	size_t count;
	struct series_figures *figures;
};

/**
 * struct series - the points of a block
 * @heads: of the points
 * @count: how many
 * @groups: in the order in which they came up
 * @group_count: how many
 * @capacity: for how many there is room
 * @buckets: by name: an index in @groups, and 1
 * @mask: of the buckets
 */
struct series {
	struct series_head heads[SERIES_POINTS_MAX];
	size_t count;
	struct series_group *groups;
	size_t group_count;
	size_t capacity;
	size_t *buckets;
	size_t mask;
};

/**
 * series_period_ns() - how long a point of a tier is, about
 * @tier: the tier
 */
uint64_t series_period_ns(enum series_tier tier);

/**
 * series_span_ns() - the time that a block of a tier is of
 * @tier: the tier
 */
uint64_t series_span_ns(enum series_tier tier);

/**
 * series_clear() - release all
 * @series: zeroed or in use; is zeroed
 */
void series_clear(struct series *series);

/**
 * series_begin() - begin a point
 * @series: the series
 * @head: which one
 *
 * Return: 0; -ENOSPC if there are SERIES_POINTS_MAX.
 */
int series_begin(struct series *series, const struct series_head *head);

/**
 * series_add() - add to a group in the latest point
 * @series: the series, which has a point
 * @name: of the group
 * @length: of @name
 * @part: what is folded into it
 *
 * Beyond SERIES_GROUPS_MAX or SERIES_NAME_MAX it is added to SERIES_OTHER.
 *
 * Return: 0 or -ENOMEM.
 */
int series_add(struct series *series, const char *name, size_t length,
	       const struct series_figures *part);

/**
 * series_fold() - make one point of a series
 * @series: the series; without points it has no effect
 * @into: gets the point
 *
 * Return: as series_begin() or series_add().
 */
int series_fold(const struct series *series, struct series *into);

/**
 * series_find() - a group by its name
 * @series: the series
 * @name: its name
 * @length: of @name
 *
 * Return: the group or NULL.
 */
const struct series_group *series_find(const struct series *series, const char *name,
				       size_t length);

/**
 * series_first_ns() - when it begins
 * @series: the series
 *
 * Return: Unix time; 0 if it has no points.
 */
uint64_t series_first_ns(const struct series *series);
uint64_t series_last_ns(const struct series *series);

/**
 * series_middle_ns() - the middle of a point
 * @head: the point
 *
 * Return: Unix time.
 */
uint64_t series_middle_ns(const struct series_head *head);

/**
 * series_figures_add() - fold one into another
 * @figures: gets it
 * @part: what is folded into it
 */
void series_figures_add(struct series_figures *figures, const struct series_figures *part);

/**
 * series_stalled() - the sum that a peak is of
 * @figures: the group
 * @peak: the peak; of memory, stalls where they are known, else waits
 *
 * Return: the sum.
 */
enum series_sum series_stalled(const struct series_figures *figures, enum series_peak peak);

/**
 * series_rate() - how fast it grew
 * @growth: by so much
 * @elapsed_ns: in this time; if 0, it is no rate
 *
 * Return: per second, UINT64_MAX if it is more.
 */
uint64_t series_rate(uint64_t growth, uint64_t elapsed_ns);

/**
 * series_encode() - write a block
 * @series: the series
 * @ret_block: to be released with block_clear()
 *
 * Return: 0; -E2BIG; -ENOMEM.
 */
int series_encode(const struct series *series, struct block *ret_block);

/**
 * series_decode() - read a block
 * @bytes: the block, expanded: any bytes
 * @size: how many
 * @name: only this group; NULL for all
 * @length: of @name
 * @ret_series: to be released with series_clear()
 *
 * Return: 0; -EBADMSG if it is damaged; -ENOMEM.
 */
int series_decode(const unsigned char *bytes, size_t size, const char *name, size_t length,
		  struct series *ret_series);

#endif
