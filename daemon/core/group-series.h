/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What groups did goes to the history, as series: see store/series.h. Samples become points
 * of a second, or of the interval if that is longer; the points of ten seconds a block for
 * each kind of groups. It is made in the event loop's thread, compressed, written and made
 * into points of longer times by the store's.
 *
 * The first sample, and the first of a load of the module, tell nothing of the time before:
 * there series have a gap. What was lost and found later in the module's totals is in the
 * totals of groups, but not in their series, as it is not known when it was.
 */
#ifndef TASKMETERD_CORE_GROUP_SERIES_H
#define TASKMETERD_CORE_GROUP_SERIES_H

#include "core/groups.h"
#include "core/sample.h"
#include "store/store.h"

/**
 * struct group_series_cost - counters of what it costs
 * @taken: blocks handed to the store
 * @dropped: blocks that are lost: its queue was full, or there was no memory
 * @partial: groups left out of a point, for lack of memory
 * @took_ns: wall time spent on it
 * @last_ns: of the last sample
 */
struct group_series_cost {
	uint64_t taken;
	uint64_t dropped;
	uint64_t partial;
	uint64_t took_ns;
	uint64_t last_ns;
};

/**
 * struct group_series - the way of groups into the history
 * @store: NULL if there is no history
 * @open: points of blocks that are not full yet, by &enum group_kind, whose numbers stand in
 *	the history
 * @settled: the tick that was taken last, see &struct groups_cost
 * @cost: what it costs
 */
struct group_series {
	struct store *store;
	struct series open[GROUP_KINDS];
	uint64_t settled;
	struct group_series_cost cost;
};

/**
 * group_series_clear() - hand over what there is, and release the rest
 * @series: zeroed or in use
 */
void group_series_clear(struct group_series *series);

/**
 * group_series_feed() - take in a tick of groups
 * @series: the way
 * @groups: the groups, settled; a tick that was taken in already has no effect
 * @sample: of the tick
 * @sampling_ms: time between two samples
 */
void group_series_feed(struct group_series *series, const struct groups *groups,
		       const struct sample *sample, uint64_t sampling_ms);

#endif
