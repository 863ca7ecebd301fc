// SPDX-License-Identifier: GPL-2.0-or-later
/* See ticks.h. */
#include "core/ticks.h"

#include <errno.h>
#include <time.h>

#define NSEC_PER_MSEC	UINT64_C(1000000)

_Static_assert(TICKS_KEYFRAME_COUNT <= TICK_CHAIN_MAX, "the keyframe of each tick is found");

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void ticks_clear(struct ticks *ticks)
{
	tick_clear(&ticks->before);
}

static bool is_time(const struct ticks *ticks, const struct sample *sample,
		    uint64_t sampling_ms)
{
	return !ticks->last_ns || sample->monotonic_ns < ticks->last_ns ||
	       sample->monotonic_ns - ticks->last_ns + sampling_ms * NSEC_PER_MSEC / 2 >=
	       ticks->interval_ms * NSEC_PER_MSEC;
}

/* What follows on a tick in a file that was moved aside could not be read. */
static bool needs_keyframe(struct ticks *ticks, const struct store_status *status,
			   const struct sample *sample)
{
	const struct tick_head *head = &ticks->before.head;
	bool moved = status->moved != ticks->moved;

	ticks->moved = status->moved;
	return moved || head->position + 1 >= TICKS_KEYFRAME_COUNT ||
	       sample->realtime_ns < head->realtime_ns ||
	       sample->realtime_ns - head->chain >= TICKS_KEYFRAME_NS;
}

/* There are no more ticks than samples, however many are wanted. */
static struct tick tick_of(const struct ticks *ticks, uint64_t instance_id,
			   const struct sample *sample, uint64_t sampling_ms)
{
	const uint64_t interval_ms = sampling_ms > ticks->interval_ms ? sampling_ms :
									ticks->interval_ms;

	return (struct tick) {
		.head = {
			.realtime_ns = sample->realtime_ns,
			.monotonic_ns = sample->monotonic_ns,
			.interval_ns = interval_ms * NSEC_PER_MSEC,
			.instance_id = instance_id,
		},
		.records = sample->records, .count = sample->count,
	};
}

static const char *find_path(void *data, uint64_t id)
{
	const struct ticks *ticks = data;

	return ticks->groups ? groups_cgroup_path(ticks->groups, id) : NULL;
}

static int take(struct ticks *ticks, const struct store_status *status,
		uint64_t instance_id, const struct sample *sample, uint64_t sampling_ms)
{
	const struct tick now = tick_of(ticks, instance_id, sample, sampling_ms);
	const struct block_paths paths = { .find = find_path, .data = ticks };
	bool keyframe = needs_keyframe(ticks, status, sample);
	struct block block;
	int r;

	/* The next one then follows on the last that had a place. */
	if (status->ticks_queued == STORE_TICKS_MAX)
		return -EAGAIN;
	r = block_encode(&ticks->before, &now, &paths, keyframe, &block);
	if (!r)
		r = store_push_tick(ticks->store, &ticks->before.head, &block);
	return r;
}

void ticks_feed(struct ticks *ticks, uint64_t instance_id, const struct sample *sample,
		uint64_t sampling_ms)
{
	struct store_status status;
	uint64_t began;

	if (!ticks->store || !is_time(ticks, sample, sampling_ms))
		return;
	began = monotonic_ns();
	ticks->last_ns = sample->monotonic_ns;
	store_status(ticks->store, &status);
	if (take(ticks, &status, instance_id, sample, sampling_ms) < 0)
		ticks->cost.dropped++;
	else
		ticks->cost.taken++;
	ticks->cost.last_ns = monotonic_ns() - began;
	ticks->cost.took_ns += ticks->cost.last_ns;
}
