// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/processes with the parameter "at": processes as they were at a moment of the past.
 *
 * The store reads the whole tick; of that, what is asked for is copied as soon as it
 * comes, so that a reply under way holds no more than it tells.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "api/handlers.h"
#include "api/process-list.h"
#include "api/question.h"

/**
 * struct moment - a reply that waits for the store
 * @question: as which it waits
 * @api: whose it is
 * @list: the reply
 * @before_ns: of the tick before that time, if nothing is stored of it
 * @after_ns: of the one after it
 */
struct moment {
	struct question question;
	struct api *api;
	struct process_list *list;
	uint64_t before_ns;
	uint64_t after_ns;
};

static void moment_free(struct pending *pending)
{
	struct moment *moment = (struct moment *)pending;

	question_end(&moment->question);
	process_list_free(moment->list);
	free(moment);
}

static void on_answer(struct store_request *request, int error, const char *problem,
		      struct past *past)
{
	struct moment *moment = request->data;
	const uint64_t others = moment->api->past_bytes;

	if (!error)
		error = process_list_choose_past(moment->list, past,
						 &moment->api->past_bytes);
	if (!error && !handler_past_fits(moment->api, others)) {
		process_list_free(moment->list);
		moment->list = NULL;
		error = -ENOBUFS;
	}
	moment->before_ns = past->before_ns;
	moment->after_ns = past->after_ns;
	question_answer(&moment->question, error, problem);
}

static int refuse_time(const struct moment *moment, struct problem *problem)
{
	char before[HANDLER_TIME_SIZE], after[HANDLER_TIME_SIZE];

	if (moment->before_ns && moment->after_ns)
		return problem_set(problem, 404, "Nothing is stored of that time: there is a"
				   " gap between %s and %s, as the daemon did not run, or could"
				   " not sample or write.",
				   handler_write_time(moment->before_ns, before),
				   handler_write_time(moment->after_ns, after));
	if (moment->before_ns)
		return problem_set(problem, 404, "Nothing is stored of that time: the history"
				   " goes up to %s.", handler_write_time(moment->before_ns, before));
	if (moment->after_ns)
		return problem_set(problem, 404, "Nothing is stored of that time: the history"
				   " begins at %s.", handler_write_time(moment->after_ns, after));
	return problem_set(problem, 404, "Nothing is stored of that time: the history has no"
			   " ticks yet.");
}

static int finish(struct pending *pending, struct reply *reply, struct problem *problem)
{
	struct moment *moment = (struct moment *)pending;
	int r;

	if (moment->question.error == -ENOENT)
		return refuse_time(moment, problem);
	r = question_refuse(&moment->question, problem);
	if (r)
		return r;
	process_list_reply(moment->list, reply);
	moment->list = NULL;
	return 0;
}

static int ask(struct api *api, uint64_t at_ns, struct process_list *list,
	       struct reply *reply, struct problem *problem)
{
	struct moment *moment = calloc(1, sizeof(*moment));
	int r;

	if (!moment)
		return -ENOMEM;
	*moment = (struct moment) {
		.question = {
			.pending = { .finish = finish, .free = moment_free },
			.request = { .at_ns = at_ns, .done_past = on_answer },
		},
		.api = api,
	};
	r = question_ask(&moment->question, api->exits->store, reply, problem);
	if (r)
		free(moment);
	else
		moment->list = list;
	return r;
}

int handle_past(struct api *api, const struct request *request, struct reply *reply,
		struct problem *problem)
{
	struct process_list *list;
	uint64_t at_ns = 0;
	int r = handler_parse_time(&request->query, "at", &at_ns, problem);

	if (!r)
		r = process_list_new("processes", request, &list, problem);
	if (r)
		return r;
	r = handler_check_past(api, problem);
	if (!r)
		r = ask(api, at_ns, list, reply, problem);
	if (r)
		process_list_free(list);
	return r;
}
