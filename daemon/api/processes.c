// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/processes and /v1/processes/{pid}.
 *
 * A list is made while it is sent, one process at a time, from the sample that
 * was the latest when the request came: however long the list, it takes the
 * memory of one object and of the places in the sample.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/handlers.h"
#include "api/select.h"
#include "common/record-json.h"

/* Keys of an object; all of them if @keys is NULL. */
struct keys {
	struct record_key *keys;
	size_t count;
};

struct list {
	struct stream stream;
	struct sample *sample;
	struct keys keys;
	struct selected selected;
	size_t position;
	enum { LIST_HEAD, LIST_PROCESSES, LIST_END } part;
};

static int refuse_fields(const char *bad, struct problem *problem)
{
	char list[896] = "";
	size_t i, count = record_key_count(), used = 0;

	for (i = 0; i < count && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
					 i ? "," : "", record_key_at(i).name);
	return problem_parameter(problem, "fields", "There is no field \"%.*s\"; allowed are"
				 " %s.", (int)(strcspn(bad, ",") < 64 ? strcspn(bad, ",") : 64),
				 bad, list);
}

static int parse_keys(const struct query *query, struct keys *ret_keys,
		      struct problem *problem)
{
	const char *fields = query_get(query, "fields"), *bad;
	int r;

	*ret_keys = (struct keys) { 0 };
	if (!fields)
		return 0;
	r = record_keys_parse(fields, &ret_keys->keys, &ret_keys->count, &bad);
	return r == -ENOENT || r == -EINVAL ? refuse_fields(bad, problem) : r;
}

static int append_record(const struct taskmeter_record *record, const struct keys *keys,
			 struct buffer *buffer)
{
	struct json_object *object;
	int r = record_to_json(record, keys->keys, keys->count, &object);

	if (r < 0)
		return r;
	handler_append_json(object, buffer);
	json_object_put(object);
	return buffer->error;
}

static int append_head(const struct list *list, struct buffer *buffer)
{
	struct json_object *sample = handler_sample_json(list->sample);

	if (!sample)
		return -ENOMEM;
	buffer_puts(buffer, "{\"sample\":");
	handler_append_json(sample, buffer);
	json_object_put(sample);
	buffer_printf(buffer, ",\"matched\":%zu,\"count\":%zu,\"next_cursor\":",
		      list->selected.matched, list->selected.count);
	if (list->selected.cursor[0])
		buffer_printf(buffer, "\"%s\"", list->selected.cursor);
	else
		buffer_puts(buffer, "null");
	buffer_puts(buffer, ",\"processes\":[");
	return buffer->error;
}

static int append_next(struct list *list, struct buffer *buffer)
{
	uint32_t index;

	if (list->position == list->selected.count) {
		list->part = LIST_END;
		buffer_puts(buffer, "]}\n");
		return buffer->error;
	}
	if (list->position)
		buffer_puts(buffer, ",");
	index = list->selected.indices[list->position++];
	return append_record(&list->sample->records[index], &list->keys, buffer);
}

static int list_next(struct stream *stream, struct buffer *buffer)
{
	struct list *list = (struct list *)stream;
	int r;

	if (list->part == LIST_END)
		return 0;
	if (list->part == LIST_HEAD) {
		list->part = LIST_PROCESSES;
		r = append_head(list, buffer);
	} else {
		r = append_next(list, buffer);
	}
	return r < 0 ? r : 1;
}

static void list_free(struct stream *stream)
{
	struct list *list = (struct list *)stream;

	sample_unref(list->sample);
	free(list->keys.keys);
	free(list->selected.indices);
	free(list);
}

static struct list *list_new(struct sample *sample)
{
	struct list *list = calloc(1, sizeof(*list));

	if (list) {
		list->stream = (struct stream) { .next = list_next, .free = list_free };
		list->sample = sample_ref(sample);
	}
	return list;
}

int handle_processes(struct api *api, const struct request *request, struct reply *reply,
		     struct problem *problem)
{
	struct sample *sample = api->model->sample;
	struct selection selection;
	struct list *list;
	int r = select_parse(&request->query, &selection, problem);

	if (!r)
		r = handler_need_sample(api, problem);
	if (r)
		return r;
	list = list_new(sample);
	if (!list)
		return -ENOMEM;
	r = parse_keys(&request->query, &list->keys, problem);
	if (!r)
		r = select_run(&selection, sample, &request->view, &list->selected);
	if (r) {
		list_free(&list->stream);
		return r;
	}
	reply->status = 200;
	reply->type = "application/json";
	reply->stream = &list->stream;
	return 0;
}

static int parse_pid(const char *text, uint32_t *ret_pid, struct problem *problem)
{
	uint64_t pid;

	if (query_parse_number(text, INT32_MAX, &pid) < 0 || !pid)
		return problem_parameter(problem, "pid", "\"%.64s\" is not a process id, a"
					 " decimal number from 1 to %d.", text, INT32_MAX);
	*ret_pid = (uint32_t)pid;
	return 0;
}

int handle_process(struct api *api, const struct request *request, struct reply *reply,
		   struct problem *problem)
{
	const struct taskmeter_record *record;
	struct keys keys;
	uint32_t pid = 0;
	int r = parse_pid(request->query.segments[2], &pid, problem);

	if (!r)
		r = handler_need_sample(api, problem);
	if (r)
		return r;
	record = sample_find(api->model->sample, pid);
	if (!record || !view_shows(&request->view, record))
		return problem_set(problem, 404, "There is no process %" PRIu32 " in the latest"
				   " sample, or you may not see it.", pid);
	r = parse_keys(&request->query, &keys, problem);
	if (r)
		return r;
	r = append_record(record, &keys, &reply->body);
	free(keys.keys);
	buffer_puts(&reply->body, "\n");
	reply->status = 200;
	reply->type = "application/json";
	return r;
}
