// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/openapi.json: the description of all resources, in OpenAPI 3.1.
 *
 * What is written by hand is openapi.json, which the build makes a string of. What the
 * objects have by tables, their description gets from the same tables: keys of processes,
 * groups and exits, and what can be chosen and sorted by.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include "api/group-key.h"
#include "api/handlers.h"
#include "api/openapi-schema.h"
#include "api/openapi-text.h"
#include "api/series-key.h"

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

static struct json_object *schema_part(struct json_object *document, const char *schema,
				       const char *part)
{
	struct json_object *schemas = member(member(document, "components"), "schemas");

	return member(member(schemas, schema), part);
}

static int append_name(struct json_object *array, const char *name)
{
	struct json_object *string = json_object_new_string(name);

	if (string && !json_object_array_add(array, string))
		return 0;
	json_object_put(string);
	return -ENOMEM;
}

/* The first @count keys of a process. */
static int add_process_keys(struct json_object *document, const char *schema, size_t count)
{
	struct json_object *properties = schema_part(document, schema, "properties");
	struct process_key key;
	size_t i;
	int r = 0;

	for (i = 0; !r && i < count; i++) {
		key = process_key_at(i);
		r = handler_add(properties, key.name, schema_of_process_key(&key));
	}
	return r;
}

static int add_group_keys(struct json_object *document)
{
	struct json_object *properties = schema_part(document, "Group", "properties");
	struct json_object *names = schema_part(document, "GroupField", "enum");
	const struct group_key *key;
	size_t i;
	int r = 0;

	for (i = 0; !r && i < group_key_count(); i++) {
		key = group_key_at(i);
		r = handler_add(properties, key->name, schema_of_group_key(key));
		if (!r)
			r = append_name(names, key->name);
	}
	return r;
}

static int add_series_keys(struct json_object *document)
{
	struct json_object *properties = schema_part(document, "GroupPoint", "properties");
	const struct series_key *key;
	size_t i;
	int r = 0;

	for (i = 0; !r && i < series_key_count(); i++) {
		key = series_key_at(i);
		r = handler_add(properties, key->name, schema_of_series_key(key));
	}
	return r;
}

static int add_process_names(struct json_object *document)
{
	struct json_object *fields = schema_part(document, "ProcessField", "enum");
	struct json_object *sorts = schema_part(document, "ProcessSortField", "enum");
	struct process_key key;
	size_t i;
	int r = 0;

	for (i = 0; !r && i < process_key_count(false); i++) {
		key = process_key_at(i);
		r = append_name(fields, key.name);
		if (!r && !key.record.flag)
			r = append_name(sorts, key.name);
	}
	return r;
}

/* Keys that only processes of the past have. */
static int add_past_names(struct json_object *document)
{
	struct json_object *fields = schema_part(document, "PastField", "enum");
	struct json_object *sorts = schema_part(document, "PastSortField", "enum");
	struct process_key key;
	size_t i;
	int r = 0;

	for (i = process_key_count(false); !r && i < process_key_count(true); i++) {
		key = process_key_at(i);
		r = append_name(fields, key.name);
		if (!r && !key.is_path)
			r = append_name(sorts, key.name);
	}
	return r;
}

static int add_exit_names(struct json_object *document)
{
	struct json_object *names = schema_part(document, "ExitField", "enum");
	int r = 0;

	json_object_object_foreach(schema_part(document, "Exit", "properties"), key, value) {
		(void)value;
		if (!r)
			r = append_name(names, key);
	}
	return r;
}

static int add_kinds(struct json_object *document)
{
	struct json_object *kinds = schema_part(document, "GroupKind", "enum");
	int i, r = 0;

	for (i = 0; !r && i < GROUP_KINDS; i++)
		r = append_name(kinds, group_kind_name((enum group_kind)i));
	return r;
}

static int fill(struct json_object *document)
{
	int r = handler_add(member(document, "info"), "version",
			    json_object_new_string(TASKMETER_VERSION));

	if (!r)
		r = add_process_keys(document, "Process", process_key_count(true));
	if (!r)
		r = add_process_keys(document, "ProcessDetail", process_key_count(false));
	/* Growth is of those that live. */
	if (!r)
		r = add_process_keys(document, "Exit", record_key_count());
	if (!r)
		r = add_process_names(document);
	if (!r)
		r = add_past_names(document);
	if (!r)
		r = add_exit_names(document);
	if (!r)
		r = add_kinds(document);
	if (!r)
		r = add_series_keys(document);
	return r ? r : add_group_keys(document);
}

/* FNV-1a: another build may describe other things under the same version. */
static void write_tag(const struct buffer *body, char tag[static ETAG_SIZE])
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < body->size; i++)
		hash = (hash ^ (unsigned char)body->data[i]) * UINT64_C(0x100000001b3);
	snprintf(tag, ETAG_SIZE, "W/\"%016" PRIx64 "\"", hash);
}

int handle_openapi(struct api *api, const struct request *request, struct reply *reply,
		   struct problem *problem)
{
	struct json_object *document = json_tokener_parse(openapi_text);
	int r;

	(void)api;
	(void)problem;
	if (!document || fill(document) < 0) {
		json_object_put(document);
		return -ENOMEM;
	}
	r = handler_json(document, reply);
	if (r)
		return r;
	write_tag(&reply->body, reply->tag);
	if (!etag_matches(request->if_none_match, reply->tag))
		return 0;
	buffer_clear(&reply->body);
	reply->status = 304;
	reply->type = NULL;
	return 0;
}
