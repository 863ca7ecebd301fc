// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/groups/{kind}/{name}/history: what a group did over a time of the past.
 *
 * The store reads its points; the reply is made of them one by one, while it is sent.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include "api/handlers.h"
#include "api/question.h"
#include "api/range.h"
#include "api/series-key.h"
#include "common/json.h"

/* Without "step". */
#define POINTS_DEFAULT	1000

/**
 * struct points - the reply
 * @stream: as which it is sent
 * @bytes: sum that @answer is part of
 * @query: what was asked; the name is its own
 * @answer: the points
 * @sent: how many of them
 * @part: what comes next
 */
struct points {
	struct stream stream;
	uint64_t *bytes;
	struct series_query query;
	struct series_answer answer;
	size_t sent;
	enum { POINTS_HEAD, POINTS_LIST, POINTS_END } part;
};

/**
 * struct points_question - a reply that waits for the store
 * @question: as which it waits
 * @api: whose it is
 * @points: the reply
 */
struct points_question {
	struct question question;
	struct api *api;
	struct points *points;
};

static uint64_t points_bytes(const struct points *points)
{
	return points->answer.capacity * sizeof(*points->answer.points);
}

static void points_free(struct stream *stream)
{
	struct points *points = (struct points *)stream;

	if (!points)
		return;
	*points->bytes -= points_bytes(points);
	series_answer_clear(&points->answer);
	free(points->query.name);
	free(points);
}

static int append_name(const struct points *points, struct buffer *buffer)
{
	struct json_object *name = json_text(points->query.name, strlen(points->query.name));

	if (!name)
		return -ENOMEM;
	buffer_printf(buffer, "{\"kind\":\"%s\",\"name\":",
		      group_kind_name((enum group_kind)points->query.kind));
	handler_append_json(name, buffer);
	json_object_put(name);
	return buffer->error;
}

static int append_head(const struct points *points, struct buffer *buffer)
{
	const struct series_query *query = &points->query;
	int r = append_name(points, buffer);

	if (r < 0)
		return r;
	buffer_printf(buffer, ",\"from_realtime_ns\":%" PRIu64 ",\"to_realtime_ns\":%" PRIu64
		      ",\"step_ns\":%" PRIu64, query->from_ns, query->to_ns, query->step_ns);
	if (points->answer.begin_ns)
		buffer_printf(buffer, ",\"history_begin_realtime_ns\":%" PRIu64,
			      points->answer.begin_ns);
	else
		buffer_puts(buffer, ",\"history_begin_realtime_ns\":null");
	buffer_printf(buffer, ",\"count\":%zu,\"points\":[", points->answer.count);
	return buffer->error;
}

static int append_point(struct points *points, struct buffer *buffer)
{
	struct json_object *object;
	int r = series_point_to_json(&points->answer.points[points->sent], &object);

	if (r < 0)
		return r;
	if (points->sent++)
		buffer_puts(buffer, ",");
	handler_append_json(object, buffer);
	json_object_put(object);
	return buffer->error;
}

static int points_next(struct stream *stream, struct buffer *buffer)
{
	struct points *points = (struct points *)stream;
	int r;

	if (points->part == POINTS_END)
		return 0;
	if (points->part == POINTS_HEAD) {
		points->part = POINTS_LIST;
		r = append_head(points, buffer);
	} else if (points->sent < points->answer.count) {
		r = append_point(points, buffer);
	} else {
		points->part = POINTS_END;
		buffer_puts(buffer, "]}\n");
		r = buffer->error;
	}
	return r < 0 ? r : 1;
}

static void question_free(struct pending *pending)
{
	struct points_question *asked = (struct points_question *)pending;

	question_end(&asked->question);
	points_free((struct stream *)asked->points);
	free(asked);
}

static void on_answer(struct store_request *request, int error, const char *problem,
		      struct series_answer *answer)
{
	struct points_question *asked = request->data;
	const uint64_t others = asked->api->past_bytes;

	asked->points->answer = *answer;
	*asked->points->bytes += points_bytes(asked->points);
	if (!error && !handler_past_fits(asked->api, others)) {
		points_free(&asked->points->stream);
		asked->points = NULL;
		error = -ENOBUFS;
	}
	question_answer(&asked->question, error, problem);
}

/* There is such a group now, though it may be too young to have a past. */
static bool is_known(const struct api *api, const struct series_query *query)
{
	return !strcmp(query->name, GROUP_OTHER) ||
	       (api->model->groups && groups_find(api->model->groups,
						  (enum group_kind)query->kind, query->name));
}

static int refuse_unknown(const struct points *points, struct problem *problem)
{
	const struct series_query *query = &points->query;
	char from[HANDLER_TIME_SIZE], to[HANDLER_TIME_SIZE], begin[HANDLER_TIME_SIZE];

	handler_write_time(query->from_ns, from);
	handler_write_time(query->to_ns, to);
	if (!points->answer.begin_ns)
		return problem_set(problem, 404, "Nothing is stored of %s \"%.128s\": the history"
				   " has no groups yet.",
				   group_kind_name((enum group_kind)query->kind), query->name);
	return problem_set(problem, 404, "Nothing is stored of %s \"%.128s\" between %s and %s:"
			   " the history of groups begins at %s.",
			   group_kind_name((enum group_kind)query->kind), query->name, from, to,
			   handler_write_time(points->answer.begin_ns, begin));
}

static int finish(struct pending *pending, struct reply *reply, struct problem *problem)
{
	struct points_question *asked = (struct points_question *)pending;
	struct points *points = asked->points;
	int r;

	r = question_refuse(&asked->question, problem);
	if (r)
		return r;
	if (!points->answer.count && !is_known(asked->api, &points->query))
		return refuse_unknown(points, problem);
	reply->status = 200;
	reply->type = "application/json";
	reply->stream = &points->stream;
	asked->points = NULL;
	return 0;
}

static int ask(struct api *api, struct points *points, struct reply *reply,
	       struct problem *problem)
{
	struct points_question *asked = calloc(1, sizeof(*asked));
	int r;

	if (!asked)
		return -ENOMEM;
	*asked = (struct points_question) {
		.question = {
			.pending = { .finish = finish, .free = question_free },
			.request = { .series = points->query, .done_series = on_answer },
		},
		.api = api,
	};
	r = question_ask(&asked->question, api->exits->store, reply, problem);
	if (r)
		free(asked);
	else
		asked->points = points;
	return r;
}

/* The best of what is kept, with not too many points. */
static uint64_t default_step(uint64_t range_ns)
{
	const uint64_t least = range_ns / POINTS_DEFAULT;
	const uint64_t minute = series_period_ns(SERIES_MINUTES);
	int tier;

	for (tier = 0; tier < SERIES_TIERS; tier++)
		if (series_period_ns((enum series_tier)tier) >= least)
			return series_period_ns((enum series_tier)tier);
	return (least + minute - 1) / minute * minute;
}

static int parse_range(const struct query *query, struct series_query *series,
		       struct problem *problem)
{
	struct range range;
	int r = range_parse(query, SERIES_ANSWER_MAX, &range, problem);

	series->from_ns = range.from_ns;
	series->to_ns = range.to_ns;
	series->step_ns = range.step_ns;
	if (!r && !series->step_ns)
		series->step_ns = default_step(range.to_ns - range.from_ns);
	return r;
}

static int parse(const struct api *api, const struct request *request, struct points *points,
		 struct problem *problem)
{
	enum group_kind kind;
	int r = handler_parse_kind(request, &kind, problem);

	if (!r)
		r = parse_range(&request->query, &points->query, problem);
	if (!r)
		r = handler_check_past(api, problem);
	if (r)
		return r;
	points->query.kind = kind;
	points->query.name = strdup(request->query.segments[3]);
	return points->query.name ? 0 : -ENOMEM;
}

int handle_group_history(struct api *api, const struct request *request, struct reply *reply,
			 struct problem *problem)
{
	struct points *points = calloc(1, sizeof(*points));
	int r;

	if (!points)
		return -ENOMEM;
	points->stream = (struct stream) { .next = points_next, .free = points_free };
	points->bytes = &api->past_bytes;
	r = parse(api, request, points, problem);
	if (!r)
		r = ask(api, points, reply, problem);
	if (r)
		points_free(&points->stream);
	return r;
}
