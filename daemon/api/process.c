// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/processes/{pid}: the record in the latest sample, and what is looked up when
 * it is asked for: the process's cgroup and its histograms.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include "api/handlers.h"
#include "common/histogram-json.h"
#include "common/record-json.h"
#include "common/text.h"

static int add_path(struct json_object *object, const char *key, const char *path,
		    size_t length)
{
	char utf8[TEXT_UTF8_SIZE(CGROUP_PATH_SIZE)];

	text_to_utf8(path, length, utf8, sizeof(utf8));
	return handler_add(object, key, json_object_new_string(utf8));
}

static int add_throttling(struct json_object *object, const struct cgroup *cgroup)
{
	const struct cgroup_throttling *throttling = &cgroup->throttling;
	int r = add_path(object, "throttled_path", cgroup->path, throttling->length);

	if (!r)
		r = handler_add(object, "throttled_ns",
				json_object_new_uint64(throttling->throttled_ns));
	if (!r)
		r = handler_add(object, "periods",
				json_object_new_uint64(throttling->periods));
	if (!r)
		r = handler_add(object, "throttled_periods",
				json_object_new_uint64(throttling->throttled_periods));
	return r;
}

static int add_no_throttling(struct json_object *object)
{
	static const char *const keys[] = {
		"throttled_path", "throttled_ns", "periods", "throttled_periods",
	};
	size_t i;
	int r = 0;

	for (i = 0; !r && i < sizeof(keys) / sizeof(*keys); i++)
		r = handler_add_null(object, keys[i]);
	return r;
}

static int add_cgroup(const struct api *api, const struct taskmeter_record *record,
		      struct json_object *object)
{
	struct json_object *member;
	struct cgroup cgroup;
	int r;

	if (!(record->available & TASKMETER_AVAILABLE_CGROUP) ||
	    api->find_cgroup(record->cgroup_id, &cgroup))
		return handler_add_null(object, "cgroup");
	member = json_object_new_object();
	if (!member)
		return -ENOMEM;
	r = add_path(member, "path", cgroup.path, strlen(cgroup.path));
	if (!r)
		r = cgroup.throttling.length ? add_throttling(member, &cgroup) :
					       add_no_throttling(member);
	if (r) {
		json_object_put(member);
		return r;
	}
	return handler_add(object, "cgroup", member);
}

static int add_histograms(const struct api *api, const struct taskmeter_record *process,
			  struct json_object *object, struct problem *problem)
{
	struct taskmeter_histograms histograms;
	struct taskmeter_record record;
	struct json_object *member;
	int r = api->read_histograms(process, &record, &histograms);

	if (r == -ENODATA)
		return handler_add_null(object, "histograms");
	if (r)
		return problem_set(problem, 503, "The histograms cannot be read: %s.",
				   strerror(-r));
	r = histograms_to_json(&histograms, &record, &member);
	return r ? r : handler_add(object, "histograms", member);
}

static int add_rest(const struct api *api, const struct request *request,
		    const struct taskmeter_record *record, struct json_object *object,
		    struct problem *problem)
{
	uint64_t histograms = 0;
	int r = query_number(&request->query, "histograms", 0, 1, &histograms, NULL, problem);

	if (!r && !query_get(&request->query, "fields"))
		r = add_cgroup(api, record, object);
	if (!r && histograms)
		r = add_histograms(api, record, object, problem);
	return r;
}

int handle_process(struct api *api, const struct request *request, struct reply *reply,
		   struct problem *problem)
{
	const struct taskmeter_record *record = NULL;
	struct taskmeter_record seen;
	struct json_object *object;
	struct keys keys;
	int r = handler_find_process(api, request, &record, problem);

	if (!r)
		r = handler_parse_keys(&request->query, &keys, problem);
	if (r)
		return r;
	view_record(&request->view, record, &seen);
	r = record_to_json(&seen, keys.keys, keys.count, &object);
	free(keys.keys);
	if (r)
		return r;
	r = add_rest(api, request, record, object, problem);
	if (r) {
		json_object_put(object);
		return r;
	}
	return handler_json(object, reply);
}
