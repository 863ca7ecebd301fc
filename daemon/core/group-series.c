// SPDX-License-Identifier: GPL-2.0-or-later
/* See group-series.h. */
#include "core/group-series.h"

#include <string.h>
#include <time.h>

#define NSEC_PER_MSEC	UINT64_C(1000000)

_Static_assert(SERIES_GAUGES == (int)GROUP_GAUGES, "gauges are in the same order");

/* As the history has them, in its order. */
static const size_t counters[SERIES_SUMS] = {
	[SERIES_RUN_NS] = COUNTER_RUN_NS,
	[SERIES_CPU_WAIT_NS] = COUNTER_CPU_WAIT_NS,
	[SERIES_IO_WAIT_NS] = COUNTER_IO_WAIT_NS,
	[SERIES_MEM_WAIT_NS] = COUNTER_MEM_WAIT_NS,
	[SERIES_MEM_STALL_NS] = COUNTER_MEM_STALL_NS,
	[SERIES_LOCK_WAIT_NS] = COUNTER_LOCK_WAIT_NS,
	[SERIES_MAJOR_FAULTS] = COUNTER_MAJOR_FAULTS,
	[SERIES_IO_READ_BYTES] = COUNTER_IO_READ_BYTES,
	[SERIES_IO_WRITE_BYTES] = COUNTER_IO_WRITE_BYTES,
	[SERIES_EXITS] = GROUP_EXITS,
	[SERIES_FAILED] = GROUP_FAILED,
	[SERIES_OOM_KILLS] = GROUP_OOM_KILLS,
};

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* A group without processes that did nothing has no figures. */
static bool read_figures(const struct group *group, uint64_t elapsed_ns,
			 struct series_figures *figures)
{
	bool any = group->gauges[GROUP_PROCESSES];
	size_t i;

	*figures = (struct series_figures) { .samples = 1 };
	for (i = 0; i < SERIES_SUMS; i++) {
		figures->sums[i] = group->growth[counters[i]];
		any |= figures->sums[i];
		if (counters[i] >= COUNTERS ||
		    counter_available((enum counter)counters[i], group->available))
			figures->available |= UINT64_C(1) << i;
	}
	for (i = 0; i < SERIES_PEAKS; i++)
		figures->peaks[i] = series_rate(
			figures->sums[series_stalled(figures, (enum series_peak)i)], elapsed_ns);
	for (i = 0; i < SERIES_GAUGES; i++)
		figures->gauges[i] = (struct series_gauges) {
			group->gauges[i], group->gauges[i], group->gauges[i],
		};
	return any;
}

static void add_groups(struct group_series *series, const struct groups *groups,
		       enum group_kind kind, uint64_t elapsed_ns)
{
	const struct group *group = NULL;
	struct series_figures figures;

	while ((group = groups_next(groups, kind, group)))
		if (read_figures(group, elapsed_ns, &figures) &&
		    series_add(&series->open[kind], group->name, strlen(group->name),
			       &figures) < 0)
			series->cost.partial++;
}

static int push(struct group_series *series, enum group_kind kind)
{
	const struct series *open = &series->open[kind];
	const struct series_row row = {
		.tier = SERIES_SECONDS, .kind = kind, .first_ns = series_first_ns(open),
		.last_ns = series_last_ns(open),
	};
	struct block block;
	int r = series_encode(open, &block);

	if (r < 0)
		return r;
	r = store_push_series(series->store, &row, &block);
	block_clear(&block);
	return r;
}

static void flush(struct group_series *series)
{
	int kind;

	for (kind = 0; kind < GROUP_KINDS; kind++) {
		if (series->open[kind].count && push(series, (enum group_kind)kind) < 0)
			series->cost.dropped++;
		else
			series->cost.taken += series->open[kind].count > 0;
		series_clear(&series->open[kind]);
	}
}

void group_series_clear(struct group_series *series)
{
	flush(series);
}

static uint64_t window_of(const struct series_head *head)
{
	return series_middle_ns(head) / series_span_ns(SERIES_SECONDS);
}

/* Another ten seconds; or the clock was set back, or there is no room. */
static bool begins_block(const struct series *open, const struct series_head *head)
{
	return open->count && (window_of(head) != window_of(&open->heads[0]) ||
			       head->end_ns <= series_last_ns(open) ||
			       open->count == SERIES_POINTS_MAX);
}

/* A point is full when another sample would be further from a second than this one. */
static bool begins_point(const struct series *open, uint64_t sampling_ms)
{
	return !open->count || open->heads[open->count - 1].elapsed_ns +
	       sampling_ms * NSEC_PER_MSEC / 2 >= series_period_ns(SERIES_SECONDS);
}

/* All kinds have the same points. */
static void begin(struct group_series *series, const struct series_head *head,
		  uint64_t sampling_ms)
{
	const bool another = begins_point(&series->open[0], sampling_ms);
	struct series_head *last;
	int kind;

	for (kind = 0; kind < GROUP_KINDS; kind++) {
		if (another) {
			series_begin(&series->open[kind], head);
			continue;
		}
		last = &series->open[kind].heads[series->open[kind].count - 1];
		last->end_ns = head->end_ns;
		last->elapsed_ns += head->elapsed_ns;
	}
}

static void take(struct group_series *series, const struct groups *groups,
		 const struct series_head *head, uint64_t sampling_ms)
{
	int kind;

	if (begins_block(&series->open[0], head))
		flush(series);
	begin(series, head, sampling_ms);
	for (kind = 0; kind < GROUP_KINDS; kind++)
		add_groups(series, groups, (enum group_kind)kind, head->elapsed_ns);
}

void group_series_feed(struct group_series *series, const struct groups *groups,
		       const struct sample *sample, uint64_t sampling_ms)
{
	const struct groups_cost *cost = groups_cost(groups);
	const struct series_head head = {
		.end_ns = sample->realtime_ns, .elapsed_ns = cost->elapsed_ns,
	};
	uint64_t began;

	if (!series->store || !cost->elapsed_ns || cost->settled == series->settled)
		return;
	began = monotonic_ns();
	series->settled = cost->settled;
	take(series, groups, &head, sampling_ms);
	series->cost.last_ns = monotonic_ns() - began;
	series->cost.took_ns += series->cost.last_ns;
}
