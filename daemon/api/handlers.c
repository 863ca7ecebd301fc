// SPDX-License-Identifier: GPL-2.0-or-later
/* See handlers.h: what several handlers share. */
#include "api/handlers.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "api/position.h"

#define NSEC_PER_SEC	UINT64_C(1000000000)
/* Of replies about the past under way; more are refused until some have been taken. */
#define PAST_BYTES_MAX	(UINT64_C(64) << 20)

int handler_need_sample(const struct api *api, struct problem *problem)
{
	if (api->model->sample)
		return 0;
	return problem_set(problem, 503, "There are no figures: %s.", api->model->problem);
}

/*
 * Of two samples with the same number, as after a restart, the time is another. Settings may
 * be loaded again between two ticks.
 */
static void write_tag(const struct api *api, const struct view *view,
		      char tag[static ETAG_SIZE])
{
	const struct sample *sample = api->model->sample;
	char who[16] = "all";

	if (!view->all)
		snprintf(who, sizeof(who), "%" PRIu32, (uint32_t)view->uid);
	snprintf(tag, ETAG_SIZE, "W/\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "-%" PRIx64 "-%s\"",
		 sample->realtime_ns, sample->sequence,
		 groups_cost(api->model->groups)->settled, api->reloads, who);
}

bool handler_unchanged(const struct api *api, const struct request *request,
		       struct reply *reply)
{
	write_tag(api, &request->view, reply->tag);
	if (!etag_matches(request->if_none_match, reply->tag))
		return false;
	reply->status = 304;
	return true;
}

void handler_append_json(struct json_object *object, struct buffer *buffer)
{
	size_t length;
	const char *text;

	text = json_object_to_json_string_length(object,
			JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
	if (text)
		buffer_append(buffer, text, length);
	else
		buffer->error = -ENOMEM;
}

int handler_json(struct json_object *object, struct reply *reply)
{
	if (!object)
		return -ENOMEM;
	reply->status = 200;
	reply->type = "application/json";
	handler_append_json(object, &reply->body);
	buffer_puts(&reply->body, "\n");
	json_object_put(object);
	return reply->body.error;
}

static int refuse_fields(const char *bad, bool past, struct problem *problem)
{
	char list[PROBLEM_LIST_SIZE] = "";
	size_t i, count = process_key_count(past), used = 0;

	for (i = 0; i < count && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
					 i ? "," : "", process_key_at(i).name);
	return problem_parameter(problem, "fields", "There is no field \"%.*s\"; allowed are"
				 " %s.", (int)(strcspn(bad, ",") < 64 ? strcspn(bad, ",") : 64),
				 bad, list);
}

static int check_past(struct process_keys *keys, bool past, struct problem *problem)
{
	size_t i;

	for (i = 0; !past && i < keys->count; i++) {
		if (!process_key_is_past(&keys->keys[i]))
			continue;
		process_key_refuse(&keys->keys[i], "fields", problem);
		free(keys->keys);
		*keys = (struct process_keys) { 0 };
		return PROBLEM;
	}
	return 0;
}

static int parse_keys(const struct query *query, bool past, struct process_keys *ret_keys,
		      struct problem *problem)
{
	const char *fields = query_get(query, "fields"), *bad;
	int r;

	*ret_keys = (struct process_keys) { 0 };
	if (!fields)
		return 0;
	r = process_keys_parse(fields, ret_keys, &bad);
	if (r)
		return r == -ENOENT ? refuse_fields(bad, past, problem) : r;
	return check_past(ret_keys, past, problem);
}

int handler_parse_keys(const struct query *query, struct process_keys *ret_keys,
		       struct problem *problem)
{
	return parse_keys(query, query_get(query, "at"), ret_keys, problem);
}

int handler_parse_past_keys(const struct query *query, struct process_keys *ret_keys,
			    struct problem *problem)
{
	return parse_keys(query, true, ret_keys, problem);
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

int handler_parse_pid(const struct request *request, uint32_t *ret_pid,
		      struct problem *problem)
{
	return parse_pid(request->query.segments[2], ret_pid, problem);
}

int handler_refuse_unseen(uint32_t pid, struct problem *problem)
{
	return problem_set(problem, 404, "There is no process %" PRIu32 " in the latest"
			   " sample, or you may not see it.", pid);
}

int handler_find_process(const struct api *api, const struct request *request,
			 const struct taskmeter_record **ret_record,
			 struct problem *problem)
{
	const struct taskmeter_record *record;
	uint32_t pid = 0;
	int r = handler_parse_pid(request, &pid, problem);

	if (!r)
		r = handler_need_sample(api, problem);
	if (r)
		return r;
	record = sample_find(api->model->sample, pid);
	if (!record || !view_shows(&request->view, record))
		return handler_refuse_unseen(pid, problem);
	*ret_record = record;
	return 0;
}

int handler_parse_time(const struct query *query, const char *name, uint64_t *ret_ns,
		       struct problem *problem)
{
	const char *text = query_get(query, name);
	struct position position;

	if (!text)
		return 0;
	if (position_parse(text, &position) < 0 || !position.time_ns)
		return problem_parameter(problem, name, "\"%.64s\" is not a time, as"
					 " 2026-01-31T23:59:59Z or @SECONDS.", text);
	*ret_ns = position.time_ns;
	return 0;
}

const char *handler_write_time(uint64_t time_ns, char text[static HANDLER_TIME_SIZE])
{
	time_t seconds = (time_t)(time_ns / NSEC_PER_SEC);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) ||
	    !strftime(text, HANDLER_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(text, HANDLER_TIME_SIZE, "@%" PRIu64, time_ns / NSEC_PER_SEC);
	return text;
}

int handler_check_past(const struct api *api, struct problem *problem)
{
	if (!api->exits->store)
		return problem_set(problem, 404, "There is no past to tell of: the history is"
				   " switched off by \"history = none\" in taskmeterd.conf.");
	return api->past_bytes < PAST_BYTES_MAX ? 0 : handler_refuse_past(problem);
}

bool handler_past_fits(const struct api *api, uint64_t others)
{
	return !others || api->past_bytes <= PAST_BYTES_MAX;
}

int handler_refuse_past(struct problem *problem)
{
	return problem_set(problem, 503, "Too many replies about the past are under way right"
			   " now.");
}

/* What a group did, its processes did together: who may not see them all sees none. */
static int check_view(const struct view *view, struct problem *problem)
{
	if (view->all)
		return 0;
	return problem_set(problem, 403, "Groups add up processes of all users: they are shown"
			   " to root and to members of group taskmeter, and over TCP to who"
			   " has the token. Your own processes are at /v1/processes.");
}

static int parse_kind(const char *name, enum group_kind *ret_kind, struct problem *problem)
{
	char list[128] = "";
	size_t i, used = 0;

	for (i = 0; i < GROUP_KINDS; i++) {
		*ret_kind = (enum group_kind)i;
		if (!strcmp(name, group_kind_name(*ret_kind)))
			return 0;
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
					 i ? ", " : "", group_kind_name(*ret_kind));
	}
	problem_parameter(problem, "kind", "There are no groups by \"%.64s\"; allowed are %s.",
			  name, list);
	problem->status = 404;
	return PROBLEM;
}

int handler_parse_kind(const struct request *request, enum group_kind *ret_kind,
		       struct problem *problem)
{
	int r = parse_kind(request->query.segments[2], ret_kind, problem);

	return r ? r : check_view(&request->view, problem);
}

int handler_add_null(struct json_object *object, const char *key)
{
	return json_object_object_add(object, key, NULL) < 0 ? -ENOMEM : 0;
}

int handler_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_object_add(object, key, value) < 0) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

struct json_object *handler_sample_json(const struct sample *sample)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	if ((sample->sequence &&
	     handler_add(object, "sequence", json_object_new_uint64(sample->sequence)) < 0) ||
	    handler_add(object, "realtime_ns",
			json_object_new_uint64(sample->realtime_ns)) < 0 ||
	    handler_add(object, "monotonic_ns",
			json_object_new_uint64(sample->monotonic_ns)) < 0) {
		json_object_put(object);
		return NULL;
	}
	return object;
}
