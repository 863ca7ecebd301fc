// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/info: the daemon, the module, the latest sample, the observer's view and
 * the fields that a process has.
 */
#include <errno.h>
#include <json-c/json.h>
#include <taskmeter/taskmeter.h>
#include "api/handlers.h"
#include "common/json.h"
#include "common/record-json.h"

static const char *type_name(enum tm_field_type type)
{
	switch (type) {
	case TM_FIELD_STRING:
	case TM_FIELD_STATE:
	case TM_FIELD_METER_STATE:
		return "string";
	default:
		return "integer";
	}
}

/* One after the other, by &enum series_tier. */
static struct json_object *ages_json(const struct config *config)
{
	struct json_object *array = json_object_new_array();
	int tier, r = array ? 0 : -ENOMEM;

	for (tier = 0; !r && tier < SERIES_TIERS; tier++)
		r = json_append(array, json_object_new_uint64(config->history_groups_sec[tier]));
	if (!r)
		return array;
	json_object_put(array);
	return NULL;
}

static struct json_object *history_json(const struct api *api)
{
	struct json_object *object = json_object_new_object();
	const struct config *config = api->config;

	if (object &&
	    (handler_add(object, "file", json_object_new_string(config->history)) < 0 ||
	     handler_add(object, "age_s", json_object_new_uint64(config->history_age_sec)) < 0 ||
	     handler_add(object, "exits", json_object_new_uint64(config->history_exits)) < 0 ||
	     handler_add(object, "size_bytes",
			 json_object_new_uint64(config->history_mib << 20)) < 0 ||
	     handler_add(object, "interval_ms",
			 json_object_new_uint64(config->history_interval_ms)) < 0 ||
	     handler_add(object, "groups_age_s", ages_json(config)) < 0)) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

static int add_history(const struct api *api, struct json_object *object)
{
	return api->config->history ? handler_add(object, "history", history_json(api)) :
				      handler_add_null(object, "history");
}

static struct json_object *daemon_json(const struct api *api)
{
	struct json_object *object = json_object_new_object();

	if (object &&
	    (handler_add(object, "version", json_object_new_string(TASKMETER_VERSION)) < 0 ||
	     handler_add(object, "interval_ms",
			 json_object_new_uint64(api->config->interval_ms)) < 0 ||
	     add_history(api, object) < 0)) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

static struct json_object *module_json(const struct api *api)
{
	struct json_object *object;

	return info_to_json(&api->model->info, &object) < 0 ? NULL : object;
}

static struct json_object *view_json(const struct view *view)
{
	struct json_object *object = json_object_new_object();

	if (object && (view->all ?
		       handler_add(object, "all", json_object_new_boolean(1)) :
		       handler_add(object, "uid", json_object_new_uint64(view->uid))) < 0) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

/* Growth is an integer that goes up and down. */
static struct json_object *field_json(const struct process_key *key)
{
	const struct tm_field *field = key->record.field;
	const char *type = type_name(field ? field->type :
				     key->is_path ? TM_FIELD_STRING : TM_FIELD_U64);
	const char *help = field ? field->help : key->help;
	struct json_object *object = json_object_new_object();

	if (object &&
	    (handler_add(object, "name", json_object_new_string(key->name)) < 0 ||
	     handler_add(object, "type", json_object_new_string(type)) < 0 ||
	     handler_add(object, "counter",
			 json_object_new_boolean(field && field->counter)) < 0 ||
	     handler_add(object, "help", json_object_new_string(help)) < 0)) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

static struct json_object *fields_json(void)
{
	struct json_object *array = json_object_new_array(), *field;
	struct process_key key;
	size_t i;

	for (i = 0; array && i < process_key_count(true); i++) {
		key = process_key_at(i);
		if (key.record.flag)
			continue;
		field = field_json(&key);
		if (!field || json_object_array_add(array, field) < 0) {
			json_object_put(field);
			json_object_put(array);
			array = NULL;
		}
	}
	return array;
}

int handle_info(struct api *api, const struct request *request, struct reply *reply,
		struct problem *problem)
{
	struct json_object *object;
	int r = handler_need_sample(api, problem);

	if (r || handler_unchanged(api, request, reply))
		return r;
	object = json_object_new_object();
	if (!object)
		return -ENOMEM;
	if (handler_add(object, "daemon", daemon_json(api)) < 0 ||
	    handler_add(object, "module", module_json(api)) < 0 ||
	    handler_add(object, "sample", handler_sample_json(api->model->sample)) < 0 ||
	    handler_add(object, "view", view_json(&request->view)) < 0 ||
	    handler_add(object, "fields", fields_json()) < 0) {
		json_object_put(object);
		return -ENOMEM;
	}
	return handler_json(object, reply);
}
