/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon knows: the module's description, the latest sample, totals by
 * program and by group, and what knowing it has cost.
 *
 * Written by the sampler, read by the API, both in the event loop's thread.
 */
#ifndef TASKMETERD_CORE_MODEL_H
#define TASKMETERD_CORE_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include "core/cgroup-paths.h"
#include "core/cpu-waits.h"
#include "core/group-snapshot.h"
#include "core/groups.h"
#include "core/growth.h"
#include "core/programs.h"
#include "core/sample.h"

/* Programs that have a group of their own. */
#define MODEL_GROUP_PROGRAMS	512

/**
 * struct model_cost - counters of the daemon's own work
 * @samples: samples taken
 * @failures: ticks without a sample
 * @late: ticks that began more than one interval too late
 * @sample_ns: wall time of all ticks
 * @last_sample_ns: wall time of the last one
 */
struct model_cost {
	uint64_t samples;
	uint64_t failures;
	uint64_t late;
	uint64_t sample_ns;
	uint64_t last_sample_ns;
};

/**
 * struct model - the state
 * @info: the module's description, valid while @sample is not NULL
 * @sample: the latest sample, or NULL while there is none
 * @problem: why there is no sample, or why the latest is not of the last tick;
 *	one sentence without a full stop, empty if all is well
 * @programs: totals by program
 * @groups: totals by group, over the exited too
 * @waits: what came in for them before the latest sample
 * @snapshots: of them, in the latest tick, by &enum group_kind; NULL if nobody asked
 * @paths: where they get the paths of cgroups from
 * @growths: what tells how fast processes grow
 * @cost: the daemon's own work
 * @spare: a sample that no one uses, to be filled next
 * @sequence: number of the last sample
 * @sample_bytes: memory of all samples, those that replies still hold too
 */
struct model {
	struct taskmeter_info info;
	struct sample *sample;
	char problem[256];
	struct programs *programs;
	struct groups *groups;
	struct cpu_waits waits;
	struct group_snapshot *snapshots[GROUP_KINDS];
	struct cgroup_paths paths;
	struct growths *growths;
	struct model_cost cost;
	struct sample *spare;
	uint64_t sequence;
	uint64_t sample_bytes;
};

/**
 * model_init() - set up an empty model
 * @model: the model
 * @max_programs: entries of the table of programs
 *
 * Return: 0 or -ENOMEM.
 */
int model_init(struct model *model, unsigned int max_programs);

/**
 * model_clear() - release what a model holds; no reply may hold a sample
 * @model: the model, zeroed or set up
 */
void model_clear(struct model *model);

/**
 * model_resize_programs() - begin anew with another number of programs
 * @model: the model
 * @max_programs: entries
 *
 * Return: 0 or -ENOMEM, the old table stays then.
 */
int model_resize_programs(struct model *model, unsigned int max_programs);

/**
 * model_take_buffer() - an empty sample to fill
 * @model: the model
 *
 * Return: the caller's; NULL without memory.
 */
struct sample *model_take_buffer(struct model *model);

/**
 * model_give_buffer() - give a sample back that was not published
 * @model: the model
 * @sample: from model_take_buffer(), may be NULL
 */
void model_give_buffer(struct model *model, struct sample *sample);

/**
 * model_publish() - make a sample the latest
 * @model: the model
 * @info: the module's description
 * @sample: complete; the model's from now on
 */
void model_publish(struct model *model, const struct taskmeter_info *info,
		   struct sample *sample);

/**
 * model_settle() - close the tick of the latest sample
 * @model: the model, after model_publish(), and after the exit records that followed went
 *	to its groups
 */
void model_settle(struct model *model);

/**
 * model_groups() - groups as they were when the latest tick was closed
 * @model: the model
 * @kind: which groups
 *
 * Return: a reference, or NULL without memory.
 */
struct group_snapshot *model_groups(struct model *model, enum group_kind kind);

/**
 * model_fail() - a tick without a sample
 * @model: the model
 * @lost: the module is gone: drop the latest sample too
 * @problem: why
 */
void model_fail(struct model *model, bool lost, const char *problem);

#endif
