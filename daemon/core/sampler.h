/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sampler: once per interval it opens the device, takes a snapshot into the
 * model and closes the device, so that the daemon never pins the module. While
 * the module is not there, it looks for it about once a second.
 *
 * It logs when the module comes, goes, or cannot be read: each once.
 */
#ifndef TASKMETERD_CORE_SAMPLER_H
#define TASKMETERD_CORE_SAMPLER_H

#include <stdint.h>
#include <systemd/sd-event.h>
#include "core/model.h"

struct sampler;

/**
 * sampler_new() - start sampling
 * @event: event loop
 * @model: gets the samples
 * @interval_ms: time between two samples
 * @ret_sampler: to be freed with sampler_free()
 *
 * The first sample is taken before this returns; that it fails is no error.
 *
 * Return: 0 or a negative errno.
 */
int sampler_new(sd_event *event, struct model *model, uint64_t interval_ms,
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
