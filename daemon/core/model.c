// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See model.h.
 *
 * Two samples take turns: while one is the latest, the other waits as the
 * spare. A third one exists only as long as a reply still sends an older one.
 */
#include "core/model.h"

#include <errno.h>
#include <stdio.h>

int model_init(struct model *model, unsigned int max_programs)
{
	struct groups_paths paths = cgroup_paths(&model->paths);

	*model = (struct model) { .problem = "no sample has been taken yet" };
	model->growths = growths_new();
	model->groups = groups_new(MODEL_GROUP_PROGRAMS, &paths);
	if (model->growths && model->groups && !model_resize_programs(model, max_programs))
		return 0;
	model_clear(model);
	return -ENOMEM;
}

static void drop_snapshots(struct model *model)
{
	size_t i;

	for (i = 0; i < GROUP_KINDS; i++)
		model->snapshots[i] = group_snapshot_unref(model->snapshots[i]);
}

void model_clear(struct model *model)
{
	drop_snapshots(model);
	model->sample = sample_unref(model->sample);
	model->spare = sample_unref(model->spare);
	model->growths = growths_free(model->growths);
	model->groups = groups_free(model->groups);
	cpu_waits_clear(&model->waits);
	model->programs = programs_free(model->programs);
}

int model_resize_programs(struct model *model, unsigned int max_programs)
{
	struct programs *programs = programs_new(max_programs);

	if (!programs)
		return -ENOMEM;
	if (model->sample)
		programs_feed(programs, NULL, model->sample, NULL, NULL);
	programs_free(model->programs);
	model->programs = programs;
	return 0;
}

struct sample *model_take_buffer(struct model *model)
{
	struct sample *sample = model->spare;

	model->spare = NULL;
	if (!sample)
		return sample_new(&model->sample_bytes);
	sample->count = 0;
	return sample;
}

void model_give_buffer(struct model *model, struct sample *sample)
{
	if (sample && sample->references == 1 && !model->spare)
		model->spare = sample;
	else
		sample_unref(sample);
}

void model_publish(struct model *model, const struct taskmeter_info *info,
		   struct sample *sample)
{
	struct sample *previous = model->sample;

	sample->sequence = ++model->sequence;
	programs_feed(model->programs, previous, sample, NULL, NULL);
	/* Without memory for some processes, they come with their exit records. */
	groups_feed(model->groups, info->instance_id, sample);
	groups_add_waits(model->groups, &model->waits);
	/* Without memory for it, a sample that does not tell growth is still one. */
	growths_feed(model->growths, sample);
	model->info = *info;
	model->sample = sample;
	model->problem[0] = '\0';
	model->cost.samples++;
	model_give_buffer(model, previous);
}

void model_settle(struct model *model)
{
	if (!model->sample)
		return;
	groups_settle(model->groups, model->sample->monotonic_ns);
	drop_snapshots(model);
}

struct group_snapshot *model_groups(struct model *model, enum group_kind kind)
{
	struct group_snapshot **snapshot = &model->snapshots[kind];

	if (!*snapshot)
		*snapshot = group_snapshot_new(model->groups, kind);
	return *snapshot ? group_snapshot_ref(*snapshot) : NULL;
}

void model_fail(struct model *model, bool lost, const char *problem)
{
	model->cost.failures++;
	snprintf(model->problem, sizeof(model->problem), "%s", problem);
	if (!lost)
		return;
	model->sample = sample_unref(model->sample);
	model->spare = sample_unref(model->spare);
	growths_forget(model->growths);
}
