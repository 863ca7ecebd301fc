// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/processes/{pid}/history: how a process was in the ticks of a time of the past.
 *
 * The store reads its track; the reply is made of the points one by one, while it is sent.
 * Points of processes that the observer may not see are not there for him: the same pid may
 * have been another user's before.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include "api/handlers.h"
#include "api/question.h"
#include "api/range.h"

/**
 * struct course - the reply
 * @stream: as which it is sent
 * @bytes: sum that the points are part of
 * @own_bytes: what they are of it
 * @view: who asks
 * @keys: what is told of each point
 * @query: what was asked
 * @track: the points
 * @sent: how many of them
 * @part: what comes next
 */
struct course {
	struct stream stream;
	uint64_t *bytes;
	uint64_t own_bytes;
	struct view view;
	struct process_keys keys;
	struct track_query query;
	struct track track;
	size_t sent;
	enum { COURSE_HEAD, COURSE_POINTS, COURSE_END } part;
};

/**
 * struct course_question - a reply that waits for the store
 * @question: as which it waits
 * @api: whose it is
 * @course: the reply
 */
struct course_question {
	struct question question;
	struct api *api;
	struct course *course;
};

static void course_free(struct stream *stream)
{
	struct course *course = (struct course *)stream;

	if (!course)
		return;
	*course->bytes -= course->own_bytes;
	track_clear(&course->track);
	free(course->keys.keys);
	free(course);
}

static void append_head(const struct course *course, struct buffer *buffer)
{
	const struct track_query *query = &course->query;

	buffer_printf(buffer, "{\"pid\":%" PRIu32 ",\"from_realtime_ns\":%" PRIu64
		      ",\"to_realtime_ns\":%" PRIu64, query->pid, query->from_ns,
		      query->to_ns);
	if (query->step_ns)
		buffer_printf(buffer, ",\"step_ns\":%" PRIu64, query->step_ns);
	else
		buffer_puts(buffer, ",\"step_ns\":null");
	buffer_printf(buffer, ",\"count\":%zu,\"points\":[", course->track.count);
}

static int append_process(const struct course *course, const struct track_point *point,
			  struct buffer *buffer)
{
	static const struct growth unknown = { { GROWTH_UNKNOWN, GROWTH_UNKNOWN } };
	struct taskmeter_record seen;
	const struct process process = {
		&seen, &unknown, &point->rates, point->cgroup_path,
	};
	struct json_object *object;
	int r;

	view_record(&course->view, &point->record, &seen);
	r = process_to_json(&process, &course->keys, &object);
	if (r < 0)
		return r;
	handler_append_json(object, buffer);
	json_object_put(object);
	return buffer->error;
}

static int append_point(struct course *course, struct buffer *buffer)
{
	const struct track_point *point = &course->track.points[course->sent];
	int r;

	buffer_printf(buffer, "%s{\"realtime_ns\":%" PRIu64, course->sent++ ? "," : "",
		      point->realtime_ns);
	if (point->elapsed_ns)
		buffer_printf(buffer, ",\"elapsed_ns\":%" PRIu64, point->elapsed_ns);
	else
		buffer_puts(buffer, ",\"elapsed_ns\":null");
	buffer_puts(buffer, ",\"process\":");
	r = append_process(course, point, buffer);
	buffer_puts(buffer, "}");
	return r < 0 ? r : buffer->error;
}

static int course_next(struct stream *stream, struct buffer *buffer)
{
	struct course *course = (struct course *)stream;
	int r;

	if (course->part == COURSE_END)
		return 0;
	if (course->part == COURSE_HEAD) {
		course->part = COURSE_POINTS;
		append_head(course, buffer);
		r = buffer->error;
	} else if (course->sent < course->track.count) {
		r = append_point(course, buffer);
	} else {
		course->part = COURSE_END;
		buffer_puts(buffer, "]}\n");
		r = buffer->error;
	}
	return r < 0 ? r : 1;
}

static void question_free(struct pending *pending)
{
	struct course_question *asked = (struct course_question *)pending;

	question_end(&asked->question);
	course_free((struct stream *)asked->course);
	free(asked);
}

static void drop_unseen(struct course *course)
{
	struct track *track = &course->track;
	size_t i, kept = 0;

	for (i = 0; i < track->count; i++) {
		if (view_shows(&course->view, &track->points[i].record))
			track->points[kept++] = track->points[i];
		else
			free(track->points[i].cgroup_path);
	}
	track->count = kept;
}

static void account(struct course *course)
{
	const struct track *track = &course->track;
	size_t i;

	course->own_bytes = track->capacity * sizeof(*track->points);
	for (i = 0; i < track->count; i++)
		if (track->points[i].cgroup_path)
			course->own_bytes += strlen(track->points[i].cgroup_path) + 1;
	*course->bytes += course->own_bytes;
}

static void on_answer(struct store_request *request, int error, const char *problem,
		      struct track *track)
{
	struct course_question *asked = request->data;
	const uint64_t others = asked->api->past_bytes;

	asked->course->track = *track;
	drop_unseen(asked->course);
	account(asked->course);
	if (!error && !handler_past_fits(asked->api, others)) {
		course_free(&asked->course->stream);
		asked->course = NULL;
		error = -ENOBUFS;
	}
	question_answer(&asked->question, error, problem);
}

static int refuse_unseen(const struct track_query *query, struct problem *problem)
{
	char from[HANDLER_TIME_SIZE], to[HANDLER_TIME_SIZE];

	return problem_set(problem, 404, "The history has no process %" PRIu32 " in a tick between"
			   " %s and %s, or you may not see it.", query->pid,
			   handler_write_time(query->from_ns, from),
			   handler_write_time(query->to_ns, to));
}

static int finish(struct pending *pending, struct reply *reply, struct problem *problem)
{
	struct course_question *asked = (struct course_question *)pending;
	struct course *course = asked->course;
	int r;

	if (asked->question.error == -E2BIG)
		return problem_parameter(problem, "from", "More than %d ticks, or %d processes in"
					 " them, are stored of that time, which is too much to"
					 " read: \"from\" and \"to\" have to be closer"
					 " together.", TRACK_TICKS_MAX, TRACK_RECORDS_MAX);
	if (asked->question.error == -ETIME)
		return problem_set(problem, 503, "The history of that time takes too long to be"
				   " read: \"from\" and \"to\" have to be closer together.");
	r = question_refuse(&asked->question, problem);
	if (r)
		return r;
	if (!course->track.count)
		return refuse_unseen(&course->query, problem);
	reply->status = 200;
	reply->type = "application/json";
	reply->stream = &course->stream;
	asked->course = NULL;
	return 0;
}

static int ask(struct api *api, struct course *course, struct reply *reply,
	       struct problem *problem)
{
	struct course_question *asked = calloc(1, sizeof(*asked));
	int r;

	if (!asked)
		return -ENOMEM;
	*asked = (struct course_question) {
		.question = {
			.pending = { .finish = finish, .free = question_free },
			.request = { .track = course->query, .done_track = on_answer },
		},
		.api = api,
	};
	r = question_ask(&asked->question, api->exits->store, reply, problem);
	if (r)
		free(asked);
	else
		asked->course = course;
	return r;
}

static int parse(const struct api *api, const struct request *request, struct course *course,
		 struct problem *problem)
{
	struct range range;
	int r = handler_parse_pid(request, &course->query.pid, problem);

	if (!r)
		r = range_parse(&request->query, TRACK_TICKS_MAX, &range, problem);
	if (!r)
		r = handler_parse_past_keys(&request->query, &course->keys, problem);
	if (!r)
		r = handler_check_past(api, problem);
	if (r)
		return r;
	course->query.records_max = TRACK_RECORDS_MAX;
	course->query.turn_ns = TRACK_TURN_NS;
	course->query.from_ns = range.from_ns;
	course->query.to_ns = range.to_ns;
	course->query.step_ns = range.step_ns;
	return 0;
}

int handle_process_history(struct api *api, const struct request *request,
			   struct reply *reply, struct problem *problem)
{
	struct course *course = calloc(1, sizeof(*course));
	int r;

	if (!course)
		return -ENOMEM;
	course->stream = (struct stream) { .next = course_next, .free = course_free };
	course->bytes = &api->past_bytes;
	course->view = request->view;
	r = parse(api, request, course, problem);
	if (!r)
		r = ask(api, course, reply, problem);
	if (r)
		course_free(&course->stream);
	return r;
}
