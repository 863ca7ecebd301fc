// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/processes and /v1/processes/{pid}/threads.
 *
 * A list is made while it is sent, one process at a time, from the sample that
 * was the latest when the request came: however long the list, it takes the
 * memory of one object and of the places in the sample.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include "api/handlers.h"
#include "api/page.h"
#include "api/select.h"

struct list {
	struct stream stream;
	const char *name;
	struct sample *sample;
	struct view view;
	struct process_keys keys;
	struct selected selected;
	size_t position;
	enum { LIST_HEAD, LIST_PROCESSES, LIST_END } part;
};

static int append_record(const struct list *list, const struct taskmeter_record *record,
			 struct buffer *buffer)
{
	struct taskmeter_record seen;
	const struct process process = { &seen, sample_growth(list->sample, record) };
	struct json_object *object;
	int r;

	view_record(&list->view, record, &seen);
	r = process_to_json(&process, &list->keys, &object);
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
	page_append_counts(buffer, list->selected.matched, list->selected.count,
			   list->selected.cursor);
	buffer_printf(buffer, ",\"%s\":[", list->name);
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
	return append_record(list, &list->sample->records[index], buffer);
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

static struct list *list_new(const char *name, struct sample *sample,
			     const struct view *view)
{
	struct list *list = calloc(1, sizeof(*list));

	if (list) {
		list->stream = (struct stream) { .next = list_next, .free = list_free };
		list->name = name;
		list->sample = sample_ref(sample);
		list->view = *view;
	}
	return list;
}

/* The order would tell what the objects do not. */
static int check_sort(const struct selection *selection, const struct view *view,
		      struct problem *problem)
{
	const struct tm_field *field = selection->key.record.field;

	if (view->all || !field || !(field->available & TASKMETER_AVAILABLE_WAKER))
		return 0;
	return problem_parameter(problem, "sort", "Who wakes a process is shown to those who"
				 " see all processes, not to you.");
}

static int parse(const struct request *request, struct selection *selection,
		 struct problem *problem)
{
	int r = select_parse(&request->query, selection, problem);

	return r ? r : check_sort(selection, &request->view, problem);
}

/* Of this sample, under this name. */
static int make_list(const char *name, struct sample *sample, const struct request *request,
		     struct list **ret_list, struct problem *problem)
{
	struct list *list = list_new(name, sample, &request->view);
	int r = list ? handler_parse_keys(&request->query, &list->keys, problem) : -ENOMEM;

	if (!r)
		*ret_list = list;
	else if (list)
		list_free(&list->stream);
	return r;
}

/* The part of the sample that is asked for. Consumes the list. */
static int reply_list(struct list *list, const struct selection *selection,
		      struct reply *reply)
{
	int r = select_run(selection, list->sample, &list->view, &list->selected);

	if (r) {
		list_free(&list->stream);
		return r;
	}
	reply->status = 200;
	reply->type = "application/json";
	reply->stream = &list->stream;
	return 0;
}

int handle_processes(struct api *api, const struct request *request, struct reply *reply,
		     struct problem *problem)
{
	struct selection selection;
	struct list *list = NULL;
	int r = parse(request, &selection, problem);

	if (!r)
		r = handler_need_sample(api, problem);
	if (!r)
		r = make_list("processes", api->model->sample, request, &list, problem);
	if (r)
		return r;
	if (!handler_unchanged(api, request, reply))
		return reply_list(list, &selection, reply);
	list_free(&list->stream);
	return 0;
}

static int read_threads(const struct api *api, const struct taskmeter_record *process,
			struct sample **ret_sample, struct problem *problem)
{
	int r = api->read_threads(process, ret_sample);

	if (r == -ENODATA)
		return problem_set(problem, 404, "Process %" PRIu32 " has exited since the"
				   " latest sample.", process->pid);
	if (r && r != -ENOMEM)
		return problem_set(problem, 503, "The threads cannot be read: %s.",
				   strerror(-r));
	return r;
}

int handle_threads(struct api *api, const struct request *request, struct reply *reply,
		   struct problem *problem)
{
	const struct taskmeter_record *process = NULL;
	struct selection selection;
	struct list *list = NULL;
	struct sample *sample;
	int r = parse(request, &selection, problem);

	if (!r)
		r = handler_find_process(api, request, &process, problem);
	if (!r)
		r = read_threads(api, process, &sample, problem);
	if (r)
		return r;
	r = make_list("threads", sample, request, &list, problem);
	sample_unref(sample);
	return r ? r : reply_list(list, &selection, reply);
}
