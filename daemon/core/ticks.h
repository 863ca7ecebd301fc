/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every so often a sample goes to the history, as a block of what changed since the one
 * before. It is made in the event loop's thread, compressed and written by the store's.
 */
#ifndef TASKMETERD_CORE_TICKS_H
#define TASKMETERD_CORE_TICKS_H

#include "core/groups.h"
#include "core/sample.h"
#include "store/store.h"

/* A chain of ticks begins anew after so long, or so many: reading one reads its chain. */
#define TICKS_KEYFRAME_NS	(UINT64_C(300) * 1000000000)
#define TICKS_KEYFRAME_COUNT	60

/**
 * struct ticks_cost - counters of what it costs
 * @taken: ticks handed to the store
 * @dropped: ticks that are lost: its queue was full, or there was no memory
 * @took_ns: wall time spent making them
 * @last_ns: of the last one
 */
struct ticks_cost {
	uint64_t taken;
	uint64_t dropped;
	uint64_t took_ns;
	uint64_t last_ns;
};

/**
 * struct ticks - the way of samples into the history
 * @store: NULL if there is no history
 * @groups: where paths of cgroups come from; may be NULL
 * @interval_ms: time between two ticks
 * @before: the tick before, as a reader has it
 * @last_ns: when it was last time for one, CLOCK_MONOTONIC
 * @moved: how often a damaged history had been moved aside then
 * @cost: what it costs
 */
struct ticks {
	struct store *store;
	const struct groups *groups;
	uint64_t interval_ms;
	struct tick before;
	uint64_t last_ns;
	uint64_t moved;
	struct ticks_cost cost;
};

/**
 * ticks_clear() - release what it holds
 * @ticks: zeroed or in use
 */
void ticks_clear(struct ticks *ticks);

/**
 * ticks_feed() - take a sample, if it is time for one
 * @ticks: the way
 * @instance_id: load of the module
 * @sample: the latest
 * @sampling_ms: time between two samples: one that is nearest to when it is time will do
 */
void ticks_feed(struct ticks *ticks, uint64_t instance_id, const struct sample *sample,
		uint64_t sampling_ms);

#endif
