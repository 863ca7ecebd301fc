/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The track of a process through the ticks of the history: how it was in them, and what it
 * did from one to the next. Pure.
 */
#ifndef TASKMETERD_STORE_TRACK_H
#define TASKMETERD_STORE_TRACK_H

#include "store/past.h"

/* Ticks that are read for one track, and the processes in them: each has all of them. */
#define TRACK_TICKS_MAX		2000
#define TRACK_RECORDS_MAX	4000000
/* It is read in turns so long: others do not wait for all of it. */
#define TRACK_TURN_NS		UINT64_C(20000000)

/**
 * struct track_query - of which process and time
 * @pid: the process; 0 for no question
 * @from_ns: Unix time: ticks that are not before that
 * @to_ns: and before this
 * @step_ns: of the ticks whose times are in the same multiple of that, only the last; 0
 *	for all ticks
 * @records_max: so many records are read, of all processes; TRACK_RECORDS_MAX
 * @turn_ns: length of a turn, though each reads a tick at least; TRACK_TURN_NS
 */
struct track_query {
	uint32_t pid;
	uint64_t from_ns;
	uint64_t to_ns;
	uint64_t step_ns;
	uint64_t records_max;
	uint64_t turn_ns;
};

/**
 * struct track_point - a tick
 * @realtime_ns: when it was, Unix time
 * @elapsed_ns: time since the last tick of the step before; 0 if there is none of this load
 *	of the module
 * @record: the process
 * @rates: over that time
 * @cgroup_path: path of its cgroup; NULL if it is not known
 */
struct track_point {
	uint64_t realtime_ns;
	uint64_t elapsed_ns;
	struct taskmeter_record record;
	struct past_rates rates;
	char *cgroup_path;
};

/**
 * struct track - what was found
 * @points: in the order in which they were stored; with the same pid there may be several
 *	processes, one after the other
 * @count: how many
 * @capacity: for how many there is room
 * @before: last tick of the step before
 * @before_record: the process then, if it has a pid
 * @last: the latest tick
 * @last_record: likewise
 * @step: number of its step
 * @open: the step has a point
 */
struct track {
	struct track_point *points;
	size_t count;
	size_t capacity;
	struct tick_head before;
	struct taskmeter_record before_record;
	struct tick_head last;
	struct taskmeter_record last_record;
	uint64_t step;
	bool open;
};

/**
 * track_clear() - release the points
 * @track: zeroed or filled in; is zeroed
 */
void track_clear(struct track *track);

/**
 * track_add() - take in the next tick
 * @track: the track
 * @query: what is asked; a tick of before its time is what the first point is compared with
 * @tick: the tick
 *
 * Return: 0 or -ENOMEM.
 */
int track_add(struct track *track, const struct track_query *query, const struct tick *tick);

#endif
