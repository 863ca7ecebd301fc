// SPDX-License-Identifier: GPL-2.0-or-later
/* See track.h. */
#include "store/track.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void track_clear(struct track *track)
{
	size_t i;

	for (i = 0; i < track->count; i++)
		free(track->points[i].cgroup_path);
	free(track->points);
	*track = (struct track) { .count = 0 };
}

static int reserve(struct track *track)
{
	const size_t capacity = track->capacity ? 2 * track->capacity : 16;
	struct track_point *points;

	if (track->count < track->capacity)
		return 0;
	points = reallocarray(track->points, capacity, sizeof(*points));
	if (!points)
		return -ENOMEM;
	track->points = points;
	track->capacity = capacity;
	return 0;
}

static bool is_in_time(const struct track_query *query, uint64_t time_ns)
{
	return time_ns >= query->from_ns && time_ns < query->to_ns;
}

/* What comes next is compared with the latest tick. */
static void begin_step(struct track *track, uint64_t step)
{
	track->before = track->last;
	track->before_record = track->last_record;
	track->step = step;
	track->open = false;
}

static int set_point(struct track_point *point, const struct track *track,
		     const struct tick *tick, const struct taskmeter_record *record)
{
	const struct taskmeter_record *before = track->before_record.pid ?
						&track->before_record : NULL;
	const char *path = tick_path(tick, record);
	char *copy = path ? strdup(path) : NULL;

	if (path && !copy)
		return -ENOMEM;
	free(point->cgroup_path);
	*point = (struct track_point) {
		.realtime_ns = tick->head.realtime_ns, .record = *record, .cgroup_path = copy,
		.elapsed_ns = past_elapsed(&track->before, &tick->head),
	};
	past_rates(before, record, point->elapsed_ns, &point->rates);
	return 0;
}

/* The last one of a step in which the process lives. */
static int add_point(struct track *track, const struct tick *tick,
		     const struct taskmeter_record *record)
{
	int r;

	if (!track->open) {
		r = reserve(track);
		if (r < 0)
			return r;
		track->points[track->count++] = (struct track_point) { .realtime_ns = 0 };
		track->open = true;
	}
	return set_point(&track->points[track->count - 1], track, tick, record);
}

int track_add(struct track *track, const struct track_query *query, const struct tick *tick)
{
	const struct taskmeter_record *record = tick_find(tick, query->pid);
	const uint64_t time_ns = tick->head.realtime_ns;
	const uint64_t step = query->step_ns ? time_ns / query->step_ns : 0;
	int r = 0;

	if (is_in_time(query, time_ns)) {
		if (!query->step_ns || !is_in_time(query, track->last.realtime_ns) ||
		    step != track->step)
			begin_step(track, step);
		if (record)
			r = add_point(track, tick, record);
	}
	track->last = tick->head;
	track->last_record = record ? *record : (struct taskmeter_record) { .pid = 0 };
	return r;
}
