/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reply that waits for the store: what is the same whatever is asked. */
#ifndef TASKMETERD_API_QUESTION_H
#define TASKMETERD_API_QUESTION_H

#include "api/api.h"
#include "store/store.h"

/**
 * struct question - a question to the store; first member of what is asked with it
 * @pending: as which the reply waits; its functions are the asker's
 * @store: which is asked
 * @request: what is asked; but for @data it is the asker's
 * @error: what the store said; -EINPROGRESS before that
 * @problem: likewise
 */
struct question {
	struct pending pending;
	struct store *store;
	struct store_request request;
	int error;
	char problem[DATABASE_PROBLEM_SIZE];
};

/**
 * question_ask() - ask
 * @question: @pending and @request are filled in
 * @store: the store
 * @reply: waits for the answer
 * @problem: filled in if too many others ask
 *
 * Return: 0, and the question is released by @pending's function; PROBLEM or a negative
 * errno, and it stays the caller's.
 */
int question_ask(struct question *question, struct store *store, struct reply *reply,
		 struct problem *problem);

/**
 * question_answer() - the answer is there: the reply can be finished
 * @question: the question
 * @error: 0 or a negative errno
 * @problem: why, DATABASE_PROBLEM_SIZE bytes as the store tells it
 */
void question_answer(struct question *question, int error, const char *problem);

/**
 * question_refuse() - what a reply says if there is no answer
 * @question: the question
 * @problem: filled in
 *
 * Return: 0 if there is one; PROBLEM or -ENOMEM.
 */
int question_refuse(const struct question *question, struct problem *problem);

/**
 * question_end() - no longer interested
 * @question: the question, which the caller releases
 */
void question_end(struct question *question);

#endif
