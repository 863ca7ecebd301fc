/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sampler: once per interval it opens the device, takes a snapshot into the
 * model, reads the exit records that came in, and closes the device, so that the
 * daemon never pins the module. While the module is not there, it looks for it
 * about once a second. Exit records are read once a second also if the interval is
 * longer, so that they stay in the module's log for no longer than that.
 *
 * It logs when the module comes, goes, or cannot be read: each once.
 */
#ifndef TASKMETERD_CORE_SAMPLER_H
#define TASKMETERD_CORE_SAMPLER_H

#include <stdint.h>
#include <systemd/sd-event.h>
#include "core/events.h"
#include "core/exits.h"
#include "core/group-series.h"
#include "core/model.h"
#include "core/rules.h"
#include "core/ticks.h"

struct sampler;

/**
 * struct sampler_targets - what the sampler serves
 * @model: gets the samples
 * @exits: gets the exit records
 * @events: is told when the module is there
 * @rules: look at each tick
 * @ticks: gets a sample every so often
 * @series: gets the groups of each tick
 */
struct sampler_targets {
	struct model *model;
	struct exits *exits;
	struct events *events;
	struct rules *rules;
	struct ticks *ticks;
	struct group_series *series;
};

/**
 * sampler_new() - start sampling
 * @event: event loop
 * @targets: what it serves; lives longer
 * @interval_ms: time between two samples
 * @ret_sampler: to be freed with sampler_free()
 *
 * The first sample is taken before this returns; that it fails is no error.
 *
 * Return: 0 or a negative errno.
 */
int sampler_new(sd_event *event, const struct sampler_targets *targets, uint64_t interval_ms,
		struct sampler **ret_sampler);

/**
 * sampler_free() - stop sampling
 * @sampler: may be NULL
 *
 * Return: NULL.
 */
struct sampler *sampler_free(struct sampler *sampler);

/**
 * sampler_set_interval() - from the next tick on
 * @sampler: the sampler
 * @interval_ms: time between two samples
 */
void sampler_set_interval(struct sampler *sampler, uint64_t interval_ms);

#endif
