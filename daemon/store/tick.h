/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tick of the history: the records of all processes at one moment, and how one tick
 * becomes the next one. Pure.
 *
 * A process that slept, or was stopped, from one tick to the next does not stand in the
 * history anew: only its times grow, by what has passed. tick_advance() is how; whoever
 * writes a tick does the same as whoever reads it, so that the error never adds up.
 */
#ifndef TASKMETERD_STORE_TICK_H
#define TASKMETERD_STORE_TICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <taskmeter/taskmeter.h>
#include "store/tick-cgroups.h"

/* As many as a sample can hold. */
#define TICK_RECORDS_MAX	(UINT32_C(1) << 20)
/* No keyframe has so many ticks that follow on it. */
#define TICK_CHAIN_MAX		256
/* So far the times of a thread that slept throughout may be off. */
#define TICK_TOLERANCE_NS	UINT64_C(10000000)

/**
 * struct tick_head - which tick
 * @chain: Unix time of the keyframe that its chain begins with, in nanoseconds
 * @position: in the chain; 0 is the keyframe
 * @realtime_ns: when it was, Unix time
 * @monotonic_ns: the same, CLOCK_MONOTONIC
 * @interval_ns: time between two ticks, as it was set then
 * @instance_id: load of the module
 */
struct tick_head {
	uint64_t chain;
	uint64_t position;
	uint64_t realtime_ns;
	uint64_t monotonic_ns;
	uint64_t interval_ns;
	uint64_t instance_id;
};

/**
 * struct tick - the tick
 * @head: which one
 * @records: in the order of pid
 * @count: how many
 * @capacity: for how many there is room
 * @cgroups: paths of their cgroups, as far as they are known, and of others since the
 *	keyframe
 */
struct tick {
	struct tick_head head;
	struct taskmeter_record *records;
	size_t count;
	size_t capacity;
	struct tick_cgroups cgroups;
};

/**
 * struct tick_change - what changes from one tick to the next
 * @records: in the order of pid: processes that are new, or did something
 * @count: how many
 * @gone: in ascending order: pids of those that are no longer there
 * @gone_count: how many
 */
struct tick_change {
	const struct taskmeter_record **records;
	size_t count;
	uint32_t *gone;
	size_t gone_count;
};

/**
 * tick_clear() - release what it holds
 * @tick: zeroed or filled in; is zeroed
 */
void tick_clear(struct tick *tick);

/**
 * tick_begin_chain() - a chain knows nothing of what was before it
 * @tick: loses its records and cgroups
 */
void tick_begin_chain(struct tick *tick);

/**
 * tick_change_clear() - release its arrays
 * @change: the change
 */
void tick_change_clear(struct tick_change *change);

/**
 * tick_find() - the record of a process
 * @tick: the tick
 * @pid: process id
 *
 * Return: the record or NULL.
 */
const struct taskmeter_record *tick_find(const struct tick *tick, uint32_t pid);

/**
 * tick_path() - path of a process's cgroup
 * @tick: the tick
 * @record: the process
 *
 * Return: the path, NULL if it is not known.
 */
const char *tick_path(const struct tick *tick, const struct taskmeter_record *record);

/**
 * tick_advance() - a record of a process that goes on doing what it did
 * @record: brought forward
 * @elapsed_ns: by so much
 */
void tick_advance(struct taskmeter_record *record, uint64_t elapsed_ns);

/**
 * tick_is_quiet() - whether tick_advance() tells what a process did
 * @before: its record in the tick before
 * @now: its record now
 * @elapsed_ns: time between the two
 *
 * Return: true if all is equal but times, and those within TICK_TOLERANCE_NS a thread.
 */
bool tick_is_quiet(const struct taskmeter_record *before,
		   const struct taskmeter_record *now, uint64_t elapsed_ns);

/**
 * tick_apply() - make the next tick of one
 * @tick: the tick; its head stays
 * @change: what changes; no pointer into the tick's records
 * @elapsed_ns: time between the two
 * @count: how many processes the next one has
 *
 * Return: 0; -EBADMSG if they would be more or less, or -ENOMEM, with the tick as it was.
 */
int tick_apply(struct tick *tick, const struct tick_change *change, uint64_t elapsed_ns,
	       size_t count);

#endif
