// SPDX-License-Identifier: GPL-2.0-or-later
/* See question.h. */
#include "api/question.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "api/handlers.h"

int question_ask(struct question *question, struct store *store, struct reply *reply,
		 struct problem *problem)
{
	int r;

	question->store = store;
	question->error = -EINPROGRESS;
	snprintf(question->problem, sizeof(question->problem), "there is no answer yet");
	question->request.data = question;
	r = store_ask(store, &question->request);
	if (r == -EBUSY)
		return problem_set(problem, 503, "Too many others ask for the history right now.");
	if (!r)
		reply->pending = &question->pending;
	return r;
}

void question_answer(struct question *question, int error, const char *problem)
{
	question->error = error;
	memcpy(question->problem, problem, sizeof(question->problem));
	waker_call(&question->pending.waker);
}

int question_refuse(const struct question *question, struct problem *problem)
{
	if (!question->error || question->error == -ENOMEM)
		return question->error;
	if (question->error == -ENOBUFS)
		return handler_refuse_past(problem);
	return problem_set(problem, 503, "The history cannot be read: %s.", question->problem);
}

void question_end(struct question *question)
{
	store_cancel(question->store, &question->request);
}
