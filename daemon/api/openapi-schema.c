// SPDX-License-Identifier: GPL-2.0-or-later
/* See openapi-schema.h. */
#include "api/openapi-schema.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include "api/group-key.h"
#include "api/handlers.h"
#include "api/key.h"
#include "api/series-key.h"

struct text {
	const char *name;
	const char *text;
};

static const char *text_of(const struct text *texts, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(texts[i].name, name))
			return texts[i].text;
	return NULL;
}

#define TEXT_OF(texts, name)	text_of(texts, sizeof(texts) / sizeof(texts[0]), name)

/* By the end of a name; longer ones first. */
static const char *unit_of(const char *name)
{
	static const struct text units[] = {
		{ "_ns_per_s", "ns/s" },
		{ "_bytes_per_s", "bytes/s" },
		{ "_per_s", "1/s" },
		{ "_ns", "ns" },
		{ "_bytes", "bytes" },
	};
	size_t i, length = strlen(name), end;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		end = strlen(units[i].name);
		if (length > end && !strcmp(name + length - end, units[i].name))
			return units[i].text;
	}
	return NULL;
}

/**
 * struct shape - what a value looks like
 * @type: of JSON
 * @format: how large an integer may be, or NULL
 * @null: it may be null
 * @negative: a number may be below 0
 */
struct shape {
	const char *type;
	const char *format;
	bool null;
	bool negative;
};

static struct json_object *type_json(const struct shape *shape)
{
	struct json_object *array = json_object_new_array();

	if (array && (json_object_array_add(array, json_object_new_string(shape->type)) < 0 ||
		      json_object_array_add(array, json_object_new_string("null")) < 0)) {
		json_object_put(array);
		return NULL;
	}
	return array;
}

static int add_shape(struct json_object *schema, const struct shape *shape)
{
	int r = handler_add(schema, "type", shape->null ? type_json(shape) :
						json_object_new_string(shape->type));

	if (!r && shape->format)
		r = handler_add(schema, "format", json_object_new_string(shape->format));
	if (!r && !shape->negative && strcmp(shape->type, "string") != 0 &&
	    strcmp(shape->type, "boolean") != 0)
		r = handler_add(schema, "minimum", json_object_new_int(0));
	return r;
}

static struct json_object *make_schema(const char *name, const struct shape *shape,
				       const char *text)
{
	struct json_object *schema = json_object_new_object();
	const char *unit = unit_of(name);
	int r = schema ? add_shape(schema, shape) : 0;

	if (schema && !r && unit)
		r = handler_add(schema, "x-unit", json_object_new_string(unit));
	if (schema && !r && text)
		r = handler_add(schema, "description", json_object_new_string(text));
	if (!r)
		return schema;
	json_object_put(schema);
	return NULL;
}

static struct shape shape_of_field(const struct tm_field *field)
{
	struct shape shape = { "integer", "uint64", field->available, false };

	switch (field->type) {
	case TM_FIELD_STRING:
	case TM_FIELD_STATE:
	case TM_FIELD_METER_STATE:
		shape.type = "string";
		shape.format = NULL;
		break;
	case TM_FIELD_S32:
		shape.format = "int32";
		shape.negative = true;
		break;
	case TM_FIELD_U32:
		shape.format = "uint32";
		break;
	case TM_FIELD_U64:
		break;
	}
	return shape;
}

static const char *text_of_flag(const char *name)
{
	static const struct text flags[] = {
		{ "thread", "this is one thread, not a process" },
		{ "kernel", "a kernel thread" },
		{ "exiting", "it is about to end" },
		{ "living_only", "threads have ended that some totals do not have" },
		{ "partial", "it was not tracked from its beginning on" },
	};

	return TEXT_OF(flags, name);
}

struct json_object *schema_of_process_key(const struct process_key *key)
{
	const struct shape flag = { "boolean", NULL, false, false };
	const struct shape growth = { "integer", "int64", true, true };
	const struct shape rate = { "integer", "uint64", true, false };
	const struct shape path = { "string", NULL, true, false };
	const struct tm_field *field = key->record.field;
	struct shape shape;

	if (key->record.flag)
		return make_schema(key->name, &flag, text_of_flag(key->name));
	if (!field)
		return make_schema(key->name, key->is_path ? &path : key->is_rate ? &rate : &growth,
				   key->help);
	shape = shape_of_field(field);
	return make_schema(key->name, &shape, field->help);
}

/* What is no sum of a field. */
static const char *text_of_group(const char *name)
{
	static const struct text texts[] = {
		{ "name", "name of the group" },
		{ "since_realtime_ns", "when the daemon saw it first, Unix time" },
		{ "processes", "processes in the latest sample" },
		{ "threads", "living threads in the latest sample" },
		{ "exits", "processes that ended" },
		{ "failed", "of these, with an exit code that is not 0 or killed by a signal" },
		{ "oom_kills", "of these, killed because memory ran out" },
	};

	return TEXT_OF(texts, name);
}

static void describe_sum(const struct group_key *key, char *text, size_t size)
{
	const struct tm_field *field = tm_field_find(key->name);
	const char *own = text_of_group(key->name);

	if (own || !field)
		snprintf(text, size, "%s", own ? own : key->name);
	else
		snprintf(text, size, "%s, of all %s together", field->help,
			 key->type == GROUP_KEY_GAUGE ? "processes in the latest sample" :
							"members");
}

static void describe_group(const struct group_key *key, char *text, size_t size)
{

	switch (key->type) {
	case GROUP_KEY_RATE:
		snprintf(text, size, "growth of %.*s per second in the last tick",
			 (int)(strlen(key->name) - strlen("_per_s")), key->name);
		break;
	case GROUP_KEY_PRESSURE:
		snprintf(text, size, "threads that were stalled, on average over %u s",
			 pressure_span_seconds(key->span));
		break;
	case GROUP_KEY_SHARE:
		snprintf(text, size, "time stalled of the time running and stalled, over %u s",
			 pressure_span_seconds(key->span));
		break;
	default:
		describe_sum(key, text, size);
	}
}

struct json_object *schema_of_group_key(const struct group_key *key)
{
	struct shape shape = { "integer", "uint64", false, false };
	char text[256];

	if (key->type == GROUP_KEY_NAME)
		shape = (struct shape) { "string", NULL, false, false };
	else if (group_key_is_real(key))
		shape = (struct shape) { "number", "double", true, false };
	else if (key->type == GROUP_KEY_RATE)
		shape.null = true;
	else if (key->type == GROUP_KEY_COUNTER)
		shape.null = !text_of_group(key->name);
	describe_group(key, text, sizeof(text));
	return make_schema(key->name, &shape, text);
}

static const char *help_of(const char *name)
{
	const struct tm_field *field = tm_field_find(name);
	const char *own = text_of_group(name);

	return own ? own : field ? field->help : name;
}

static void describe_series(const struct series_key *key, char *text, size_t size)
{
	const char *base = series_key_base(key);

	switch (key->type) {
	case SERIES_KEY_SUM:
		snprintf(text, size, "%s, of all members in this time", help_of(base));
		break;
	case SERIES_KEY_RATE:
		snprintf(text, size, "%s per second, on average", base);
		break;
	case SERIES_KEY_MAX_RUN:
		snprintf(text, size, "%s per second, the most of one sample", base);
		break;
	case SERIES_KEY_PRESSURE:
		snprintf(text, size, "threads that were stalled, on average");
		break;
	case SERIES_KEY_MAX_PRESSURE:
		snprintf(text, size, "threads that were stalled, the most of one sample");
		break;
	case SERIES_KEY_AVG:
		snprintf(text, size, "%s of all processes together, on average of the samples",
			 base);
		break;
	case SERIES_KEY_MIN:
		snprintf(text, size, "the least of the samples");
		break;
	case SERIES_KEY_MAX:
		snprintf(text, size, "the most of the samples");
		break;
	}
}

struct json_object *schema_of_series_key(const struct series_key *key)
{
	struct shape shape = { "integer", "uint64", true, false };
	char text[256];

	if (series_key_is_real(key)) {
		shape.type = "number";
		shape.format = "double";
	}
	describe_series(key, text, sizeof(text));
	return make_schema(key->name, &shape, text);
}
