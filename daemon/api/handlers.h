/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The handlers that the table of routes names, one file each, and what they
 * share. Each returns 0 with the reply filled in, PROBLEM with the problem
 * filled in, or a negative errno.
 */
#ifndef TASKMETERD_API_HANDLERS_H
#define TASKMETERD_API_HANDLERS_H

#include "api/api.h"
#include "api/key.h"

typedef int handler(struct api *api, const struct request *request,
		    struct reply *reply, struct problem *problem);

handler handle_events;
handler handle_exits;
handler handle_group_history;
handler handle_groups;
handler handle_health;
handler handle_info;
handler handle_metrics;
handler handle_openapi;
handler handle_past;
handler handle_process;
handler handle_process_history;
handler handle_processes;
handler handle_threads;

struct json_object;

#define HANDLER_TIME_SIZE	32

/**
 * handler_need_sample() - refuse while there is no sample
 * @api: the API
 * @problem: filled in
 *
 * Return: 0 or PROBLEM.
 */
int handler_need_sample(const struct api *api, struct problem *problem);

/**
 * handler_unchanged() - give a reply of what one tick tells the tag of that tick
 * @api: the API, which has a sample
 * @request: the request
 * @reply: gets the tag; and status 304, if the client has it already
 *
 * Return: true if the reply is complete.
 */
bool handler_unchanged(const struct api *api, const struct request *request,
		       struct reply *reply);

/**
 * handler_json() - a JSON object as the reply's body
 * @object: taken over, may be NULL for lack of memory
 * @reply: filled in
 *
 * Return: 0 or -ENOMEM.
 */
int handler_json(struct json_object *object, struct reply *reply);

/**
 * handler_append_json() - append an object's text
 * @object: the object
 * @buffer: its error tells a lack of memory
 */
void handler_append_json(struct json_object *object, struct buffer *buffer);

/**
 * handler_parse_keys() - the parameter "fields"
 * @query: the query
 * @ret_keys: filled in
 * @problem: why it was refused
 *
 * Return: 0, PROBLEM or -ENOMEM.
 */
int handler_parse_keys(const struct query *query, struct process_keys *ret_keys,
		       struct problem *problem);

/**
 * handler_parse_past_keys() - the parameter "fields" of a reply about the past
 * @query: the query
 * @ret_keys: filled in
 * @problem: why it was refused
 *
 * Return: as handler_parse_keys().
 */
int handler_parse_past_keys(const struct query *query, struct process_keys *ret_keys,
			    struct problem *problem);

/**
 * handler_parse_pid() - the process id that the path names
 * @request: its path has it in the third place
 * @ret_pid: filled in; not 0
 * @problem: why it was refused
 *
 * Return: 0 or PROBLEM.
 */
int handler_parse_pid(const struct request *request, uint32_t *ret_pid,
		      struct problem *problem);

/**
 * handler_refuse_unseen() - refuse because there is no such process for the observer
 * @pid: process id
 * @problem: filled in
 *
 * Return: PROBLEM.
 */
int handler_refuse_unseen(uint32_t pid, struct problem *problem);

/**
 * handler_find_process() - the process that the path names
 * @api: the API
 * @request: its path has the process id in the third place
 * @ret_record: in the latest sample
 * @problem: filled in
 *
 * Return: 0 or PROBLEM.
 */
int handler_find_process(const struct api *api, const struct request *request,
			 const struct taskmeter_record **ret_record,
			 struct problem *problem);

/**
 * handler_parse_kind() - the kind of groups that the path names
 * @request: its path has the kind in the third place
 * @ret_kind: the kind
 * @problem: why it was refused, also to who does not see groups
 *
 * Return: 0 or PROBLEM.
 */
int handler_parse_kind(const struct request *request, enum group_kind *ret_kind,
		       struct problem *problem);

/**
 * handler_parse_time() - a parameter that is a time
 * @query: the query
 * @name: of the parameter
 * @ret_ns: Unix time; not touched if the parameter was not given
 * @problem: why it was refused
 *
 * Return: 0 or PROBLEM.
 */
int handler_parse_time(const struct query *query, const char *name, uint64_t *ret_ns,
		       struct problem *problem);

/**
 * handler_write_time() - a time, as people read it
 * @time_ns: Unix time
 * @text: filled in
 *
 * Return: @text.
 */
const char *handler_write_time(uint64_t time_ns, char text[static HANDLER_TIME_SIZE]);

/**
 * handler_check_past() - refuse where there is no history, or no room for a reply
 * @api: the API
 * @problem: filled in
 *
 * Return: 0 or PROBLEM.
 */
int handler_check_past(const struct api *api, struct problem *problem);

/**
 * handler_past_fits() - whether there is room for an answer of the store's
 * @api: the API, in whose memory of such replies the answer is counted
 * @others: what was counted before
 *
 * Those who asked at the same time were all let in: it is known only now what they need.
 *
 * Return: true if so; one that is alone may be as large as it is.
 */
bool handler_past_fits(const struct api *api, uint64_t others);

/**
 * handler_refuse_past() - there is no room for a reply about the past
 * @problem: filled in
 *
 * Return: PROBLEM.
 */
int handler_refuse_past(struct problem *problem);

/**
 * handler_sample_json() - the member "sample" of a reply
 * @sample: the sample; without a number if it is none of the sampler's
 *
 * Return: the object, or NULL without memory.
 */
struct json_object *handler_sample_json(const struct sample *sample);

/**
 * handler_add() - add a member to an object
 * @object: the object
 * @key: a literal
 * @value: taken over in any case; NULL is a lack of memory
 *
 * Return: 0 or -ENOMEM.
 */
int handler_add(struct json_object *object, const char *key, struct json_object *value);

/**
 * handler_add_null() - add a member that is not available
 * @object: the object
 * @key: a literal
 *
 * Return: 0 or -ENOMEM.
 */
int handler_add_null(struct json_object *object, const char *key);

#endif
