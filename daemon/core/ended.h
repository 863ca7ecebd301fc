/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ended processes did, by cgroup and by user: totals as the module told them at some
 * time, and the exit records that came since. Where two of these that began at different
 * times differ, records were lost in between.
 *
 * Bounded: what is new when there is no room makes all of it worthless, and it says so.
 */
#ifndef TASKMETERD_CORE_ENDED_H
#define TASKMETERD_CORE_ENDED_H

#include <stdbool.h>
#include "core/group-totals.h"

/* Twice what the module has, as what it gives up stays here until the next time. */
#define ENDED_MAX	(2 * TASKMETER_TOTALS_MAX)
/* Instead of an id: the total of others; also of what is in no cgroup. */
#define ENDED_OTHER	UINT64_MAX

struct ended;

/**
 * ended_new() - as the module tells it
 * @totals: what it told
 *
 * Return: the totals, or NULL without memory.
 */
struct ended *ended_new(const struct group_totals *totals);

/**
 * ended_free() - release all
 * @ended: may be NULL
 *
 * Return: NULL.
 */
struct ended *ended_free(struct ended *ended);

/**
 * ended_instance() - the load of the module that told it
 * @ended: the totals
 */
uint64_t ended_instance(const struct ended *ended);

/**
 * ended_first() - the newest exit record that all of it has
 * @ended: the totals
 *
 * Return: its number; what cgroup or user ever it is of, it is in a total from the
 * beginning.
 */
uint64_t ended_first(const struct ended *ended);

/**
 * ended_last() - the newest exit record that any of it had in the beginning
 * @ended: the totals
 *
 * Return: its number; once all records up to it came in, it is complete.
 */
uint64_t ended_last(const struct ended *ended);

/**
 * ended_has() - whether an exit record was in a total in the beginning
 * @ended: the totals
 * @kind: of the total
 * @id: its id, or ENDED_OTHER
 * @number: of the record
 */
bool ended_has(const struct ended *ended, enum taskmeter_total_kind kind, uint64_t id,
	       uint64_t number);

/**
 * ended_add() - more comes in
 * @ended: the totals
 * @kind: of the total
 * @id: its id, or ENDED_OTHER
 * @part: what is added; only its sums matter
 */
void ended_add(struct ended *ended, enum taskmeter_total_kind kind, uint64_t id,
	       const struct taskmeter_total *part);

/**
 * ended_crowded() - whether it should be begun anew, as what is new may find no room soon
 * @ended: the totals
 */
bool ended_crowded(const struct ended *ended);

/**
 * ended_broken() - whether there was no room or no memory
 * @ended: the totals
 */
bool ended_broken(const struct ended *ended);

/**
 * ended_compare() - what came in here alone
 * @told: the totals
 * @had: those from before; not to be used any more but to be released
 * @totals: what @told began with; each gets that as its sums
 *
 * What @had has of cgroups that the module gave up counts as others'. Nothing is negative:
 * where @had has more than @told, others get less, so that the sum is right. That is so
 * with a process that went to another cgroup in the end.
 */
void ended_compare(const struct ended *told, struct ended *had, struct group_totals *totals);

#endif
