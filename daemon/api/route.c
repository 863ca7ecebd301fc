// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of routes, and the way of a request through it: method, path,
 * access, parameters, handler. See api.h.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "api/gzip.h"
#include "api/handlers.h"
#include "api/route.h"

#define METHODS	"GET, HEAD"
/* Less than this is a packet in any case. */
#define GZIP_MIN	1024

static const struct route routes[] = {
	{ { "healthz" }, true, handle_health, { NULL } },
	{ { "metrics" }, true, handle_metrics, { NULL } },
	{ { "v1", "openapi.json" }, false, handle_openapi, { NULL } },
	{ { "v1", "info" }, false, handle_info, { NULL } },
	{ { "v1", "processes" }, false, handle_processes,
	  { "pid", "uid", "comm", "sort", "order", "limit", "cursor", "fields", "at", NULL } },
	{ { "v1", "processes", "*" }, false, handle_process,
	  { "fields", "histograms", "pss", NULL } },
	{ { "v1", "processes", "*", "threads" }, false, handle_threads,
	  { "pid", "uid", "comm", "sort", "order", "limit", "cursor", "fields", NULL } },
	{ { "v1", "processes", "*", "history" }, false, handle_process_history,
	  { "from", "to", "step", "fields", NULL } },
	{ { "v1", "groups", "*" }, false, handle_groups,
	  { "name", "sort", "order", "limit", "cursor", "fields", NULL } },
	{ { "v1", "groups", "*", "*", "history" }, false, handle_group_history,
	  { "from", "to", "step", NULL } },
	{ { "v1", "exits" }, false, handle_exits,
	  { "since", "order", "limit", "uid", "failed", "oom", "fields", "histograms", NULL } },
	{ { "v1", "events" }, false, handle_events, { "types", "fields", "histograms", NULL } },
};

const struct route *route_at(size_t index)
{
	return index < sizeof(routes) / sizeof(routes[0]) ? &routes[index] : NULL;
}

static bool route_matches(const struct route *route, const struct query *query)
{
	size_t i;

	for (i = 0; i < query->segment_count; i++)
		if (!route->segments[i] || (strcmp(route->segments[i], "*") != 0 &&
					    strcmp(route->segments[i], query->segments[i]) != 0))
			return false;
	return !route->segments[i];
}

static const struct route *find_route(const struct query *query)
{
	size_t i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (route_matches(&routes[i], query))
			return &routes[i];
	return NULL;
}

static int check_method(const struct request *request, struct problem *problem)
{
	if (!strcmp(request->method, "GET") || !strcmp(request->method, "HEAD"))
		return 0;
	return problem_set(problem, 405, "Method %.32s is not supported; allowed are %s.",
			   request->method, METHODS);
}

/* Over TCP, before anything is told of what there is. */
static int check_access(const struct api *api, struct request *request,
			const struct route *route, struct problem *problem)
{
	if (request->listener == LISTENER_UNIX)
		return 0;
	request->view = (struct view) { .all = true };
	if (route && route->open)
		return 0;
	if (request->listener == LISTENER_METRICS)
		return problem_set(problem, 403, "This address serves only /metrics and"
				   " /healthz.");
	return access_check_token(api->access, request->authorization, problem);
}

static int check_coding(const struct request *request, struct problem *problem)
{
	if (coding_wanted(request->accept_encoding) != CODING_NONE)
		return 0;
	return problem_set(problem, 406, "The header Accept-Encoding refuses all codings that"
			   " there are; allowed are gzip and identity.");
}

static int dispatch(struct api *api, struct request *request, struct reply *reply,
		    struct problem *problem)
{
	const struct route *route;
	int r = 0;

	if (request->listener != LISTENER_UNIX)
		r = access_check_host(api->config, request->host, problem);
	if (!r)
		r = check_method(request, problem);
	if (!r)
		r = query_parse(request->target, &request->query, problem);
	if (r)
		return r;
	route = find_route(&request->query);
	r = check_access(api, request, route, problem);
	if (r)
		return r;
	if (!route)
		return problem_set(problem, 404, "There is no such path; there are /v1/info,"
				   " /v1/processes, /v1/processes/{pid},"
				   " /v1/processes/{pid}/threads,"
				   " /v1/processes/{pid}/history, /v1/groups/{kind},"
				   " /v1/groups/{kind}/{name}/history, /v1/exits,"
				   " /v1/events, /v1/openapi.json, /metrics and /healthz.");
	r = query_check(&request->query, route->parameters, problem);
	if (!r)
		r = check_coding(request, problem);
	return r ? r : route->handle(api, request, reply, problem);
}

int api_refuse(struct api *api, const struct problem *problem, struct reply *ret_reply)
{
	struct reply reply = {
		.status = problem->status,
		.type = "application/problem+json",
		.body.max = REPLY_BODY_MAX,
	};

	if (problem->status == 405)
		reply.allow = METHODS;
	if (problem->status == 401)
		reply.authenticate = "Bearer realm=\"taskmeter\"";
	if (problem->status == 503)
		reply.retry_after = "1";
	problem_write(problem, &reply.body);
	if (reply.body.error) {
		reply_clear(&reply);
		return -ENOMEM;
	}
	api->cost.refused++;
	*ret_reply = reply;
	return 0;
}

static int pack_stream(struct api *api, struct reply *reply)
{
	int r;

	if (reply->stream->endless)
		return 0;
	r = gzip_stream_new(reply->stream, &api->reply_bytes, &reply->stream);
	if (!r)
		reply->encoding = "gzip";
	return r;
}

static int pack_body(enum coding coding, struct reply *reply)
{
	int r;

	if (!reply->body.size || (coding == CODING_GZIP && reply->body.size < GZIP_MIN))
		return 0;
	r = gzip_body(&reply->body);
	if (!r)
		reply->encoding = "gzip";
	return r;
}

static int pack(struct api *api, enum coding coding, struct reply *reply)
{
	if (!reply->vary)
		reply->vary = "Accept-Encoding";
	if (coding != CODING_GZIP && coding != CODING_GZIP_ONLY)
		return 0;
	return reply->stream ? pack_stream(api, reply) : pack_body(coding, reply);
}

static int refuse(struct api *api, int error, struct problem *problem,
		  struct reply *ret_reply)
{
	if (error == -ENOMEM)
		problem_set(problem, 503, "There is no memory for this reply.");
	else if (error < 0)
		problem_set(problem, 500, "The reply could not be made: %s.",
			    strerror(-error));
	return api_refuse(api, problem, ret_reply);
}

/* Without memory to pack a problem, it is told as it is. */
static int conclude(struct api *api, int r, enum coding coding, struct reply *reply,
		    struct problem *problem, struct reply *ret_reply)
{
	if (!r && reply->pending)
		reply->pending->coding = coding;
	else if (!r)
		r = pack(api, coding, reply);
	if (!r) {
		*ret_reply = *reply;
		return 0;
	}
	reply_clear(reply);
	r = refuse(api, r, problem, ret_reply);
	if (!r)
		pack(api, coding, ret_reply);
	return r;
}

int api_handle(struct api *api, struct request *request, struct reply *ret_reply)
{
	struct reply reply = { .body.max = REPLY_BODY_MAX };
	struct problem problem = { 0 };

	api->cost.requests++;
	return conclude(api, dispatch(api, request, &reply, &problem),
			coding_wanted(request->accept_encoding), &reply, &problem, ret_reply);
}

int api_finish(struct api *api, struct pending *pending, struct reply *ret_reply)
{
	struct reply reply = { .body.max = REPLY_BODY_MAX };
	struct problem problem = { 0 };

	return conclude(api, pending->finish(pending, &reply, &problem), pending->coding,
			&reply, &problem, ret_reply);
}

void reply_clear(struct reply *reply)
{
	if (reply->stream)
		reply->stream->free(reply->stream);
	reply->stream = NULL;
	if (reply->pending)
		reply->pending->free(reply->pending);
	reply->pending = NULL;
	buffer_clear(&reply->body);
}
