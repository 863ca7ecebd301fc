// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /healthz: whether the figures are fresh. 503 tells a monitor what to do. What is wrong
 * with the history is told, but is none: the newest figures are served all the same.
 */
#include <json-c/json.h>
#include <inttypes.h>
#include <time.h>
#include "api/handlers.h"

/* A sample is old after three missed ticks, but not before 5 s. */
#define OLD_TICKS	3
#define OLD_MIN_MS	5000

static uint64_t age_ms(const struct sample *sample)
{
	struct timespec now;
	uint64_t now_ns;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	return now_ns > sample->monotonic_ns ? (now_ns - sample->monotonic_ns) / 1000000 : 0;
}

static int check_fresh(const struct api *api, struct problem *problem)
{
	const struct model *model = api->model;
	uint64_t limit = OLD_TICKS * api->config->interval_ms;
	uint64_t age = age_ms(model->sample);

	if (limit < OLD_MIN_MS)
		limit = OLD_MIN_MS;
	if (age <= limit)
		return 0;
	return problem_set(problem, 503, "The latest figures are %" PRIu64 " ms old: %s.",
			   age, model->problem[0] ? model->problem : "the daemon is too busy");
}

/* "ok", "off", or why it cannot be written: that is no reason to restart anything. */
static struct json_object *history_json(const struct exits *exits)
{
	struct store_status status;

	if (!exits->store)
		return json_object_new_string("off");
	store_status(exits->store, &status);
	return json_object_new_string(status.problem[0] ? status.problem : "ok");
}

int handle_health(struct api *api, const struct request *request, struct reply *reply,
		  struct problem *problem)
{
	struct json_object *object;
	int r = handler_need_sample(api, problem);

	(void)request;
	if (!r)
		r = check_fresh(api, problem);
	if (r)
		return r;
	object = json_object_new_object();
	if (object && (handler_add(object, "status", json_object_new_string("ok")) < 0 ||
		       handler_add(object, "sample_age_ms",
				   json_object_new_uint64(age_ms(api->model->sample))) < 0 ||
		       handler_add(object, "history", history_json(api->exits)) < 0 ||
		       handler_add(object, "history_ticks_dropped",
				   json_object_new_uint64(api->ticks->cost.dropped)) < 0)) {
		json_object_put(object);
		object = NULL;
	}
	return handler_json(object, reply);
}
