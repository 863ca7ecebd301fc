// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/events: exits, forks, execs, OOM kills and what rules tell, as they happen, as
 * server-sent events.
 *
 * Exits are read from the log in memory, at the client's own pace: it has a place there
 * and nothing else. Other events are kept for each client until it takes them, up to
 * QUEUE_MAX bytes. A client for whom the log has gone on too far, or whose queue is full,
 * gets what is queued, then a last event that tells where to resume, and the end.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/exit-object.h"
#include "api/handlers.h"
#include "api/position.h"
#include "api/sse.h"
#include "common/exit-json.h"

/* Room for the longest events of one go, as a client can take nothing until it is over. */
#define EVENT_MAX	2560
#define QUEUE_MAX	(EVENTS_AT_ONCE * EVENT_MAX)
/* Of all listeners; the second half is for those who see all processes. */
#define STREAMS_MAX	256
#define SHARED_TYPES	(EVENTS_TYPES | EVENTS_RULE)
#define ALL_TYPES	(SHARED_TYPES | TASKMETER_EVENT_EXIT)

/**
 * struct event_stream - one client
 * @stream: as which it is served
 * @api: where things come from
 * @exits_listener: tells of exits
 * @events_listener: tells of other events
 * @listening: it is in both lists
 * @view: who it is
 * @fields: keys of exits
 * @types: what he wants
 * @instance_id: his place in the exit log; 0 before a module was seen
 * @next: likewise; 0 if nothing of it has been told
 * @returning: he comes back, and is not back yet: nothing of the log is known
 * @gap: he comes back, and memory does not reach back to his place
 * @from_instance: the place that he came back with
 * @from: likewise
 * @queue: other events, formatted
 * @begun: the head has been sent
 * @beat: a heartbeat is due
 * @overrun: he was too slow
 * @ended: the last event has been sent
 */
struct event_stream {
	struct stream stream;
	struct api *api;
	struct exits_listener exits_listener;
	struct events_listener events_listener;
	bool listening;
	struct view view;
	struct exit_fields fields;
	uint32_t types;
	uint64_t instance_id;
	uint64_t next;
	bool returning;
	bool gap;
	uint64_t from_instance;
	uint64_t from;
	struct buffer queue;
	bool begun;
	bool beat;
	bool overrun;
	bool ended;
};

#define stream_of(member_pointer, member) \
	((struct event_stream *)((char *)(member_pointer) - \
				 offsetof(struct event_stream, member)))

/* The id of a record says: all up to here has been told. */
static void write_id(const struct event_stream *stream, char id[static POSITION_SIZE])
{
	position_write(stream->instance_id, stream->next ? stream->next - 1 : 0, id);
}

static void on_exits(struct exits_listener *listener)
{
	struct event_stream *stream = stream_of(listener, exits_listener);

	if (stream->types & TASKMETER_EVENT_EXIT)
		waker_call(&stream->stream.waker);
}

static void on_heartbeat(struct events_listener *listener)
{
	struct event_stream *stream = stream_of(listener, events_listener);

	stream->beat = true;
	waker_call(&stream->stream.waker);
}

static const char *type_name(uint32_t type)
{
	return type == EVENTS_RULE ? "rule" : event_type_name(type);
}

static void on_event(struct events_listener *listener, uint32_t type, const char *json)
{
	struct event_stream *stream = stream_of(listener, events_listener);
	size_t size = stream->queue.size;

	if (stream->overrun)
		return;
	if (json)
		sse_event(&stream->queue, type_name(type), NULL, json, strlen(json));
	if (!json || stream->queue.error) {
		stream->queue.size = size;
		stream->overrun = true;
	}
	waker_call(&stream->stream.waker);
}

static void event_stream_free(struct stream *base)
{
	struct event_stream *stream = (struct event_stream *)base;

	if (stream->listening) {
		TAILQ_REMOVE(&stream->api->exits->listeners, &stream->exits_listener, entry);
		events_leave(stream->api->events, &stream->events_listener);
		stream->api->cost.streams--;
	}
	buffer_clear(&stream->queue);
	free(stream);
}

/*
 * Back to where he was, as soon as that can be told. Just begun, the daemon does not know
 * yet where its log goes on; what had been stored before is not in memory then, and he
 * has not been told of it.
 *
 * What he was told may not have been stored before the daemon was killed: the module's
 * log is then read again from before his place on.
 */
static void come_back(struct event_stream *stream)
{
	const struct exits *exits = stream->api->exits;
	const struct exit_log *log = &exits->log;

	if (!log->instance_id || !log->next)
		return;
	stream->returning = false;
	stream->instance_id = log->instance_id;
	stream->next = log->next;
	if (stream->from_instance != log->instance_id ||
	    stream->from < exit_log_first(log)) {
		stream->gap = true;
		stream->next = exit_log_first(log);
	} else if (stream->from < log->next || stream->from <= exits->last_number + 1) {
		stream->next = stream->from;
	}
}

/* A new load of the module, or the first one: its records from the beginning. */
static bool follow_instance(struct event_stream *stream)
{
	const struct exit_log *log = &stream->api->exits->log;

	if (stream->instance_id == log->instance_id || exit_log_first(log) == log->next)
		return false;
	stream->gap = stream->instance_id;
	stream->from_instance = stream->instance_id;
	stream->from = stream->next;
	stream->instance_id = log->instance_id;
	stream->next = exit_log_first(log);
	return stream->gap;
}

/* From here to there, in the words of the API: "since" of /v1/exits and its end. */
static void tell_gap(struct event_stream *stream, struct buffer *buffer)
{
	char from[POSITION_SIZE], next[POSITION_SIZE], id[POSITION_SIZE];
	char data[2 * POSITION_SIZE + 32];
	int length;

	position_write(stream->from_instance, stream->from, from);
	position_write(stream->instance_id, stream->next, next);
	write_id(stream, id);
	length = snprintf(data, sizeof(data), "{\"from\":\"%s\",\"next\":\"%s\"}", from, next);
	sse_event(buffer, "missed", id, data, (size_t)length);
	stream->gap = false;
}

/* He goes before his place is known: it is the one that he came with, or the oldest. */
static void settle(struct event_stream *stream)
{
	if (stream->returning) {
		stream->instance_id = stream->from_instance;
		stream->next = stream->from;
	} else if (!stream->instance_id) {
		follow_instance(stream);
	}
}

static void tell_overrun(struct event_stream *stream, struct buffer *buffer)
{
	char id[POSITION_SIZE], next[POSITION_SIZE], data[2 * POSITION_SIZE + 48];
	int length;

	settle(stream);
	write_id(stream, id);
	position_write(stream->instance_id, stream->next, next);
	length = snprintf(data, sizeof(data), "{\"last_event_id\":\"%s\",\"since\":\"%s\"}",
			  id, next);
	sse_event(buffer, "overrun", id, data, (size_t)length);
	stream->ended = true;
	stream->api->cost.streams_overrun++;
}

static void tell_lost(struct event_stream *stream, uint64_t first, uint64_t count,
		      struct buffer *buffer)
{
	char id[POSITION_SIZE], data[128];
	int length;

	write_id(stream, id);
	length = snprintf(data, sizeof(data), "{\"instance_id\":%" PRIu64 ",\"first\":%" PRIu64
			  ",\"next\":%" PRIu64 ",\"lost\":%" PRIu64 "}", stream->instance_id,
			  first, stream->next, count);
	sse_event(buffer, "lost", id, data, (size_t)length);
}

static int tell_exit(struct event_stream *stream, struct exit_batch *batch,
		     const struct exit_entry *entry, struct buffer *buffer)
{
	char id[POSITION_SIZE];
	size_t size = buffer->size;
	int r;

	stream->next = entry->number + 1;
	write_id(stream, id);
	buffer_printf(buffer, "id: %s\nevent: exit\ndata: ", id);
	r = exit_object_append(batch, entry, &stream->view, &stream->fields, buffer);
	if (!r)
		buffer->size = size;
	else
		buffer_puts(buffer, "\n\n");
	return r < 0 ? r : buffer->error;
}

/* Up to the end of a batch; what was lost is told at its end. */
static int tell_batch(struct event_stream *stream, struct exit_batch *batch,
		      struct buffer *buffer)
{
	uint64_t first = stream->next, lost;
	size_t i = batch_find(batch, stream->next);

	while (i < batch->count && !view_shows_exit(&stream->view, &batch->entries[i]))
		i++;
	if (i < batch->count) {
		lost = batch_lost_between(batch, first, batch->entries[i].number);
		stream->next = batch->entries[i].number;
		if (lost)
			tell_lost(stream, first, lost, buffer);
		return tell_exit(stream, batch, &batch->entries[i], buffer);
	}
	stream->next = batch->next;
	lost = batch_lost_between(batch, first, batch->next);
	if (lost)
		tell_lost(stream, first, lost, buffer);
	return buffer->error;
}

/* 1 if something may have been told, 0 if there is nothing. */
static int tell_exits(struct event_stream *stream, struct buffer *buffer)
{
	const struct exit_log *log = &stream->api->exits->log;
	struct exit_batch *batch;
	int r;

	if (stream->returning || follow_instance(stream))
		return !stream->returning;
	if (!stream->instance_id || stream->instance_id != log->instance_id)
		return 0;
	if (!stream->next)
		stream->next = exit_log_first(log);
	if (stream->next < exit_log_first(log)) {
		stream->overrun = true;
		return 1;
	}
	batch = exit_log_find(log, stream->next);
	if (!batch)
		return 0;
	r = tell_batch(stream, batch, buffer);
	return r < 0 ? r : 1;
}

static void tell_head(struct event_stream *stream, struct buffer *buffer)
{
	char id[POSITION_SIZE];

	stream->begun = true;
	sse_comment(buffer, "taskmeter events");
	if (!stream->instance_id || stream->gap)
		return;
	write_id(stream, id);
	sse_id(buffer, id);
}

static int tell_queue(struct event_stream *stream, struct buffer *buffer)
{
	if (!stream->queue.size)
		return 0;
	buffer_append(buffer, stream->queue.data, stream->queue.size);
	buffer_clear(&stream->queue);
	return 1;
}

static int tell_rest(struct event_stream *stream, struct buffer *buffer)
{
	int r = 0;

	if (tell_queue(stream, buffer))
		return 1;
	if (stream->overrun) {
		tell_overrun(stream, buffer);
		return 1;
	}
	if (stream->types & TASKMETER_EVENT_EXIT)
		r = tell_exits(stream, buffer);
	if (!r && stream->beat) {
		sse_comment(buffer, "heartbeat");
		r = 1;
	}
	stream->beat = false;
	return r ? r : -EAGAIN;
}

static int event_stream_next(struct stream *base, struct buffer *buffer)
{
	struct event_stream *stream = (struct event_stream *)base;
	int r = 1;

	if (stream->ended)
		return 0;
	if (stream->returning)
		come_back(stream);
	if (!stream->begun)
		tell_head(stream, buffer);
	else if (stream->gap)
		tell_gap(stream, buffer);
	else
		r = tell_rest(stream, buffer);
	return buffer->error ? buffer->error : r;
}

static uint32_t type_of_name(const char *name)
{
	uint32_t type;

	for (type = 1; type <= ALL_TYPES; type <<= 1)
		if (type & ALL_TYPES && !strcmp(type_name(type), name))
			return type;
	return 0;
}

static int parse_types(const struct query *query, uint32_t *ret_types, struct problem *problem)
{
	const char *list = query_get(query, "types");
	char storage[QUERY_TARGET_MAX + 1], *name, *rest = storage;
	uint32_t type;

	*ret_types = list ? 0 : TASKMETER_EVENT_EXIT;
	if (!list)
		return 0;
	snprintf(storage, sizeof(storage), "%s", list);
	while ((name = strsep(&rest, ","))) {
		type = type_of_name(name);
		if (!type)
			return problem_parameter(problem, "types", "There is no type \"%.32s\";"
						 " allowed are fork, exec, exit, oom and"
						 " rule, separated by commas.", name);
		*ret_types |= type;
	}
	return 0;
}

/*
 * These do not tell the ids by which a process is found to be wholly somebody's, or are
 * about groups of processes of all users.
 */
static int check_types(const struct view *view, uint32_t types, struct problem *problem)
{
	if (view->all || !(types & SHARED_TYPES))
		return 0;
	problem_parameter(problem, "types", "Forks, execs, OOM kills and rules are shown to those who"
			  " see all processes; you may ask for exit.");
	problem->status = 403;
	return PROBLEM;
}

/* Back to where the client was; else from now on. */
static int find_place(struct event_stream *stream, const char *last_event_id,
		      struct problem *problem)
{
	const struct exit_log *log = &stream->api->exits->log;
	struct position position;

	if (!last_event_id || !*last_event_id) {
		stream->instance_id = log->instance_id;
		stream->next = log->next;
		return 0;
	}
	if (position_parse_id(last_event_id, &position) < 0)
		return problem_set(problem, 400, "The header Last-Event-ID is not an id of"
				   " this stream, INSTANCE:NUMBER.");
	stream->returning = true;
	stream->from_instance = position.instance_id;
	stream->from = position.number + 1;
	return 0;
}

static void listen_to(struct event_stream *stream)
{
	struct api *api = stream->api;

	stream->exits_listener.notify = on_exits;
	stream->events_listener = (struct events_listener) {
		.types = stream->types, .tell = on_event, .heartbeat = on_heartbeat,
	};
	TAILQ_INSERT_TAIL(&api->exits->listeners, &stream->exits_listener, entry);
	events_listen(api->events, &stream->events_listener);
	stream->listening = true;
	api->cost.streams++;
	api->cost.streams_total++;
}

static int check_room(const struct event_stream *stream, struct problem *problem)
{
	uint64_t max = stream->view.all ? STREAMS_MAX : STREAMS_MAX / 2;

	if (stream->api->cost.streams < max)
		return 0;
	return problem_set(problem, 503, "There are %" PRIu64 " event streams already.", max);
}

static int prepare(struct event_stream *stream, const struct request *request,
		   struct problem *problem)
{
	int r = parse_types(&request->query, &stream->types, problem);

	if (!r)
		r = exit_fields_parse(&request->query, &stream->fields, problem);
	if (!r)
		r = check_types(&stream->view, stream->types, problem);
	if (!r)
		r = find_place(stream, request->last_event_id, problem);
	return r ? r : check_room(stream, problem);
}

int handle_events(struct api *api, const struct request *request, struct reply *reply,
		  struct problem *problem)
{
	struct event_stream *stream = calloc(1, sizeof(*stream));
	int r;

	if (!stream)
		return -ENOMEM;
	stream->stream = (struct stream) {
		.next = event_stream_next, .free = event_stream_free, .endless = true,
	};
	stream->api = api;
	stream->view = request->view;
	stream->queue.max = QUEUE_MAX;
	r = prepare(stream, request, problem);
	if (r) {
		event_stream_free(&stream->stream);
		return r;
	}
	listen_to(stream);
	reply->status = 200;
	reply->type = SSE_TYPE;
	reply->stream = &stream->stream;
	return 0;
}
