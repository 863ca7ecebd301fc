// SPDX-License-Identifier: GPL-2.0-or-later
/* See exit-object.h. */
#include "api/exit-object.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include "api/handlers.h"
#include "common/exit-json.h"

#define END_KEY		"exit_realtime_ns"
#define HISTOGRAMS_KEY	"histograms"

static int make_object(const struct exit_unpacked *exit, struct json_object **ret_object)
{
	int r = exit_to_json(&exit->view, ret_object);

	if (!r)
		r = handler_add(*ret_object, END_KEY, json_object_new_uint64(exit->end_ns));
	if (r < 0)
		json_object_put(*ret_object);
	return r;
}

/* The keys are those of any object. */
static int make_template(struct json_object **ret_object)
{
	static const struct exit_unpacked empty;
	struct exit_unpacked exit = empty;

	exit.view = (struct tm_exit) { .exit = &exit.exit, .record = &exit.record };
	return make_object(&exit, ret_object);
}

static int refuse(const char *name, struct json_object *template, struct problem *problem)
{
	char list[PROBLEM_LIST_SIZE] = "";
	size_t used = 0;

	json_object_object_foreach(template, key, value) {
		(void)value;
		if (used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
						 used ? "," : "", key);
	}
	return problem_parameter(problem, "fields", "There is no field \"%.64s\"; allowed are"
				 " %s.", name, list);
}

static bool is_listed(const struct exit_fields *fields, const char *name)
{
	size_t i;

	for (i = 0; i < fields->count; i++)
		if (!strcmp(fields->names[i], name))
			return true;
	return false;
}

static int add_name(struct exit_fields *fields, const char *name,
		    struct json_object *template, struct problem *problem)
{
	if (!json_object_object_get_ex(template, name, NULL))
		return refuse(name, template, problem);
	if (is_listed(fields, name))
		return 0;
	if (fields->count == EXIT_FIELDS_MAX)
		return problem_parameter(problem, "fields", "There are more than %d fields.",
					 EXIT_FIELDS_MAX);
	fields->names[fields->count++] = name;
	fields->histograms |= !strcmp(name, HISTOGRAMS_KEY);
	return 0;
}

static int parse_names(struct exit_fields *fields, struct json_object *template,
		       struct problem *problem)
{
	char *name, *rest = fields->storage;
	int r = 0;

	while (!r && (name = strsep(&rest, ",")))
		r = add_name(fields, name, template, problem);
	return r;
}

int exit_fields_parse(const struct query *query, struct exit_fields *ret_fields,
		      struct problem *problem)
{
	const char *list = query_get(query, "fields");
	struct json_object *template;
	uint64_t histograms = 0;
	int r = query_number(query, "histograms", 0, 1, &histograms, NULL, problem);

	ret_fields->count = 0;
	ret_fields->histograms = histograms;
	if (r || !list)
		return r;
	r = make_template(&template);
	if (r < 0)
		return r;
	snprintf(ret_fields->storage, sizeof(ret_fields->storage), "%s", list);
	r = parse_names(ret_fields, template, problem);
	json_object_put(template);
	return r;
}

bool view_shows_exit(const struct view *view, const struct exit_entry *entry)
{
	const struct taskmeter_record record = {
		.uid = entry->uid, .euid = entry->euid, .gid = entry->gid,
		.egid = entry->egid,
	};

	return view_shows(view, &record);
}

static int select_keys(const struct exit_fields *fields, struct json_object *object,
		       struct json_object **ret_selected)
{
	struct json_object *selected = json_object_new_object(), *value;
	size_t i;

	if (!selected)
		return -ENOMEM;
	for (i = 0; i < fields->count; i++) {
		json_object_object_get_ex(object, fields->names[i], &value);
		if (json_object_object_add(selected, fields->names[i],
					   json_object_get(value)) < 0) {
			json_object_put(value);
			json_object_put(selected);
			return -ENOMEM;
		}
	}
	*ret_selected = selected;
	return 0;
}

static int show(struct json_object *object, const struct exit_fields *fields,
		struct buffer *buffer)
{
	struct json_object *selected;
	int r;

	if (!fields->histograms)
		json_object_object_del(object, HISTOGRAMS_KEY);
	if (!fields->count) {
		handler_append_json(object, buffer);
		return buffer->error;
	}
	r = select_keys(fields, object, &selected);
	if (r < 0)
		return r;
	handler_append_json(selected, buffer);
	json_object_put(selected);
	return buffer->error;
}

int exit_object_append(const struct exit_batch *batch, const struct exit_entry *entry,
		       const struct view *view, const struct exit_fields *fields,
		       struct buffer *buffer)
{
	struct exit_unpacked exit;
	struct json_object *object;
	int r;

	if (batch_unpack(batch, entry, &exit) < 0)
		return 0;
	view_record(view, &exit.record, &exit.record);
	if (!fields->histograms)
		exit.view.histograms = NULL;
	r = make_object(&exit, &object);
	if (r < 0)
		return r;
	r = show(object, fields, buffer);
	json_object_put(object);
	return r < 0 ? r : 1;
}
