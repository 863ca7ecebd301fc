// SPDX-License-Identifier: GPL-2.0-or-later
/* See process-list.h. */
#include "api/process-list.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/handlers.h"
#include "api/page.h"

/**
 * struct process_list - the list
 * @stream: as which it is sent
 * @name: its key in the reply
 * @view: who asks
 * @keys: what is told of each
 * @selection: what is asked for
 * @comm: of it
 * @sample: what it is chosen from
 * @past: whether that is of the past
 * @paths: then, of each record, the path of its cgroup, or NULL
 * @elapsed_ns: then, the time since the tick before, or 0
 * @bytes: then, where the memory of the copy is summed up
 * @own_bytes: of that, what the sample does not count itself
 * @selected: what was chosen
 * @position: how many have been sent
 * @part: what comes next
 */
struct process_list {
	struct stream stream;
	const char *name;
	struct view view;
	struct process_keys keys;
	struct selection selection;
	char comm[TASKMETER_COMM_LEN];
	struct sample *sample;
	bool past;
	char **paths;
	uint64_t elapsed_ns;
	uint64_t *bytes;
	uint64_t own_bytes;
	struct selected selected;
	size_t position;
	enum { LIST_HEAD, LIST_PROCESSES, LIST_END } part;
};

static int append_record(const struct process_list *list,
			 const struct taskmeter_record *record, struct buffer *buffer)
{
	struct taskmeter_record seen;
	const struct process process = {
		&seen, sample_growth(list->sample, record), sample_rates(list->sample, record),
		list->paths ? list->paths[record - list->sample->records] : NULL,
	};
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

static int add_elapsed(const struct process_list *list, struct json_object *sample)
{
	if (!list->past)
		return 0;
	if (!list->elapsed_ns)
		return handler_add_null(sample, "elapsed_ns");
	return handler_add(sample, "elapsed_ns", json_object_new_uint64(list->elapsed_ns));
}

static int append_head(const struct process_list *list, struct buffer *buffer)
{
	struct json_object *sample = handler_sample_json(list->sample);

	if (!sample || add_elapsed(list, sample) < 0) {
		json_object_put(sample);
		return -ENOMEM;
	}
	buffer_puts(buffer, "{\"sample\":");
	handler_append_json(sample, buffer);
	json_object_put(sample);
	page_append_counts(buffer, list->selected.matched, list->selected.count,
			   list->selected.cursor);
	buffer_printf(buffer, ",\"%s\":[", list->name);
	return buffer->error;
}

static int append_next(struct process_list *list, struct buffer *buffer)
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
	struct process_list *list = (struct process_list *)stream;
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

static void free_paths(struct process_list *list)
{
	size_t i;

	for (i = 0; list->paths && i < list->selected.count; i++)
		free(list->paths[i]);
	free(list->paths);
}

void process_list_free(struct process_list *list)
{
	if (!list)
		return;
	free_paths(list);
	if (list->bytes)
		*list->bytes -= list->own_bytes;
	sample_unref(list->sample);
	free(list->keys.keys);
	free(list->selected.indices);
	free(list);
}

static void stream_free(struct stream *stream)
{
	process_list_free((struct process_list *)stream);
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

static int parse(const struct request *request, struct process_list *list,
		 struct problem *problem)
{
	int r = select_parse(&request->query, &list->selection, problem);

	if (!r)
		r = check_sort(&list->selection, &request->view, problem);
	if (!r)
		r = handler_parse_keys(&request->query, &list->keys, problem);
	if (r || !list->selection.comm)
		return r;
	/* The request may be gone before the list is chosen. */
	snprintf(list->comm, sizeof(list->comm), "%s", list->selection.comm);
	list->selection.comm = list->comm;
	return 0;
}

int process_list_new(const char *name, const struct request *request,
		     struct process_list **ret_list, struct problem *problem)
{
	struct process_list *list = calloc(1, sizeof(*list));
	int r = list ? parse(request, list, problem) : -ENOMEM;

	if (r) {
		process_list_free(list);
		return r;
	}
	list->stream = (struct stream) { .next = list_next, .free = stream_free };
	list->name = name;
	list->view = request->view;
	*ret_list = list;
	return 0;
}

int process_list_choose(struct process_list *list, struct sample *sample)
{
	list->sample = sample_ref(sample);
	return select_run(&list->selection, sample, &list->view, &list->selected);
}

static void account(struct process_list *list, size_t bytes)
{
	list->own_bytes += bytes;
	*list->bytes += bytes;
}

/* Those that were selected, in their order; their places become those in the copy. */
static int copy_selected(struct process_list *list, const struct sample *all)
{
	struct sample *sample = list->sample;
	uint32_t *indices = list->selected.indices;
	size_t i;
	int r = sample_reserve(sample, list->selected.count);

	sample->rates = calloc(list->selected.count + 1, sizeof(*sample->rates));
	if (r < 0 || !sample->rates)
		return -ENOMEM;
	account(list, list->selected.count * sizeof(*sample->rates));
	for (i = 0; i < list->selected.count; i++) {
		sample->records[i] = all->records[indices[i]];
		sample->rates[i] = all->rates[indices[i]];
		indices[i] = (uint32_t)i;
	}
	sample->count = list->selected.count;
	return 0;
}

static int copy_paths(struct process_list *list, const struct tick *tick)
{
	const char *path;
	size_t i;

	list->paths = calloc(list->selected.count + 1, sizeof(*list->paths));
	if (!list->paths)
		return -ENOMEM;
	for (i = 0; i < list->selected.count; i++) {
		path = tick_path(tick, &list->sample->records[i]);
		list->paths[i] = path ? strdup(path) : NULL;
		if (path && !list->paths[i])
			return -ENOMEM;
		account(list, sizeof(path) + (path ? strlen(path) + 1 : 0));
	}
	return 0;
}

int process_list_choose_past(struct process_list *list, const struct past *past,
			     uint64_t *bytes)
{
	const struct sample all = {
		.realtime_ns = past->tick.head.realtime_ns,
		.monotonic_ns = past->tick.head.monotonic_ns,
		.count = past->tick.count, .records = past->tick.records,
		.rates = past->rates,
	};
	int r = select_run(&list->selection, &all, &list->view, &list->selected);

	if (r < 0)
		return r;
	list->past = true;
	list->elapsed_ns = past->elapsed_ns;
	list->bytes = bytes;
	list->sample = sample_new(bytes);
	if (!list->sample)
		return -ENOMEM;
	list->sample->realtime_ns = all.realtime_ns;
	list->sample->monotonic_ns = all.monotonic_ns;
	r = copy_selected(list, &all);
	return r ? r : copy_paths(list, &past->tick);
}

void process_list_reply(struct process_list *list, struct reply *reply)
{
	reply->status = 200;
	reply->type = "application/json";
	reply->stream = &list->stream;
}
