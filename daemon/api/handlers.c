// SPDX-License-Identifier: GPL-2.0-or-later
/* See handlers.h: what several handlers share. */
#include "api/handlers.h"

#include <errno.h>
#include <json-c/json.h>

int handler_need_sample(const struct api *api, struct problem *problem)
{
	if (api->model->sample)
		return 0;
	return problem_set(problem, 503, "There are no figures: %s.", api->model->problem);
}

void handler_append_json(struct json_object *object, struct buffer *buffer)
{
	size_t length;
	const char *text;

	text = json_object_to_json_string_length(object,
			JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
	if (text)
		buffer_append(buffer, text, length);
	else
		buffer->error = -ENOMEM;
}

int handler_json(struct json_object *object, struct reply *reply)
{
	if (!object)
		return -ENOMEM;
	reply->status = 200;
	reply->type = "application/json";
	handler_append_json(object, &reply->body);
	buffer_puts(&reply->body, "\n");
	json_object_put(object);
	return reply->body.error;
}

int handler_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_object_add(object, key, value) < 0) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

struct json_object *handler_sample_json(const struct sample *sample)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	if (handler_add(object, "sequence", json_object_new_uint64(sample->sequence)) < 0 ||
	    handler_add(object, "realtime_ns",
			json_object_new_uint64(sample->realtime_ns)) < 0 ||
	    handler_add(object, "monotonic_ns",
			json_object_new_uint64(sample->monotonic_ns)) < 0) {
		json_object_put(object);
		return NULL;
	}
	return object;
}
