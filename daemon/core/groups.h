/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Totals by unit, slice, container, user, program and cgroup, exact over all that their
 * members did: each process is known by pid and start time, with what groups have got of
 * it. A sample adds what came since; an exit record adds the rest. One that lived between
 * two samples is added whole by its record. What a process does after it changed its
 * cgroup, user or name is the new group's.
 *
 * Totals begin with what the processes of the first sample had done by then, and with the
 * module's totals of those that had ended before, which there are by cgroup and by user:
 * see group-totals.h. They never go back: not when processes exit, and not when the module
 * is loaded anew.
 *
 * When exit records were lost, the module's totals are asked for again, once it is known of
 * all processes of that time how they ended, which may take GROUPS_WAIT_NS. What those have
 * more than groups do is added then, at once, to the groups of the cgroup and the user, and
 * to the other programs.
 *
 * A tick is groups_feed() with a sample, groups_exited() with the records that came in,
 * which may be there between ticks too, and groups_settle(): only that changes what is
 * told. Pure, in the event loop's thread; paths of cgroups come from a callback.
 */
#ifndef TASKMETERD_CORE_GROUPS_H
#define TASKMETERD_CORE_GROUPS_H

#include "core/leaf.h"
#include "core/sample.h"
#include "store/batch.h"

/* For so long a process that is gone is kept, to wait for its exit record. */
#define GROUPS_WAIT_NS	UINT64_C(60000000000)
/* Or for so long, if there are records, but none could be read since it is gone. */
#define GROUPS_WAIT_MAX_NS	(10 * GROUPS_WAIT_NS)

struct groups;
struct group_totals;

/**
 * struct groups_cost - what is behind the totals
 * @settled: ticks closed
 * @elapsed_ns: length of the last one; 0 if it was the first, or the first of a load of
 *	the module
 * @exits: exit records added
 * @whole: of these, of processes that no sample had
 * @missed: processes that were gone without a record: what they did in the end is missing,
 *	or added from totals
 * @lost: records that the module's log had lost; those of @missed are among them
 * @repaired: of these, whose processes did what was added from totals
 * @cgroups: cgroups that are known
 * @unresolved: of these, without a path: what they did is not told yet
 */
struct groups_cost {
	uint64_t settled;
	uint64_t elapsed_ns;
	uint64_t exits;
	uint64_t whole;
	uint64_t missed;
	uint64_t lost;
	uint64_t repaired;
	uint64_t cgroups;
	uint64_t unresolved;
};

/**
 * struct groups_paths - where paths of cgroups come from
 * @walk: call @found for every cgroup that there is, with its id and path, until it says
 *	true; may leave that out if it was called not long ago
 * @data: its first argument
 */
struct groups_paths {
	void (*walk)(void *data, bool (*found)(void *context, uint64_t id, const char *path),
		     void *context);
	void *data;
};

/**
 * groups_new() - without any process
 * @max_programs: groups of GROUP_PROGRAM
 * @paths: where paths come from; copied
 *
 * Return: the groups, or NULL without memory.
 */
struct groups *groups_new(size_t max_programs, const struct groups_paths *paths);

/**
 * groups_free() - release all
 * @groups: may be NULL
 *
 * Return: NULL.
 */
struct groups *groups_free(struct groups *groups);

/**
 * groups_feed() - take in a sample
 * @groups: the groups
 * @instance_id: load of the module that it is from
 * @sample: the sample
 *
 * Return: 0, or -ENOMEM: some processes were left out, and come with their exit record.
 */
int groups_feed(struct groups *groups, uint64_t instance_id, const struct sample *sample);

/**
 * groups_add_waits() - take in how long processes waited for a CPU
 * @groups: the groups, after the sample that followed
 * @waits: read before that sample
 *
 * Histograms of groups are of what samples and exit records tell: totals of the module
 * have none.
 */
void groups_add_waits(struct groups *groups, const struct cpu_waits *waits);

/**
 * groups_begun() - whether there was a sample
 * @groups: the groups
 */
bool groups_begun(const struct groups *groups);

/**
 * groups_add_totals() - take in what processes did that had ended before
 * @groups: the groups, after the first sample, and before any exit record
 * @totals: read before that sample
 */
void groups_add_totals(struct groups *groups, const struct group_totals *totals);

/**
 * groups_exited() - take in exit records
 * @groups: the groups
 * @batch: closed
 *
 * Those of processes that ended before the first sample do not count, but where totals
 * were taken in that do not have them yet.
 */
void groups_exited(struct groups *groups, const struct exit_batch *batch);

/**
 * groups_want_totals() - whether the module's totals should be read again
 * @groups: the groups
 */
bool groups_want_totals(const struct groups *groups);

/**
 * groups_take_totals() - take in totals, to find what was lost
 * @groups: the groups
 * @totals: read now: behind all records that came in, before all others; taken over and
 *	left empty
 *
 * They are compared when all records came in that they have; if some of these are lost,
 * they are wanted again.
 */
void groups_take_totals(struct groups *groups, struct group_totals *totals);

/**
 * groups_settle() - close a tick
 * @groups: the groups
 * @now_ns: monotonic; of the sample
 */
void groups_settle(struct groups *groups, uint64_t now_ns);

/**
 * groups_next() - groups one by one, in the order in which they came up
 * @groups: the groups
 * @kind: which of them
 * @group: the one before, NULL for the first
 *
 * Return: the group; "other" after the last one, if it has or had anything; then NULL.
 */
const struct group *groups_next(const struct groups *groups, enum group_kind kind,
				const struct group *group);

/**
 * groups_find() - a group by its name
 * @groups: the groups
 * @kind: of which kind
 * @name: its name
 *
 * Return: the group or NULL; never "other".
 */
const struct group *groups_find(const struct groups *groups, enum group_kind kind,
				const char *name);

/**
 * groups_count() - how many groups there are, with "other"
 * @groups: the groups
 * @kind: of which kind
 */
size_t groups_count(const struct groups *groups, enum group_kind kind);

const struct groups_cost *groups_cost(const struct groups *groups);

/**
 * groups_cgroup_path() - the path of a cgroup
 * @groups: all groups
 * @id: its id
 *
 * Return: the path, until the next tick; NULL if it is not known.
 */
const char *groups_cgroup_path(const struct groups *groups, uint64_t id);

#endif
