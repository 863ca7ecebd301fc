/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the API answers, also where it has to ask the store first. */
#ifndef TESTS_UNIT_ANSWER_H
#define TESTS_UNIT_ANSWER_H

#include "api/api.h"

#include <json-c/json.h>

/* A request of somebody who sees all, and of the user with id 1. */
#define ROOT(path)	((struct request) { .view.all = true, .method = "GET", .target = path })
#define USER(path)	((struct request) { .view.uid = 1, .method = "GET", .target = path })

/**
 * answer_wait() - wait for the store, and finish the reply
 * @api: the API, whose store is that of its exits
 * @reply: a reply that waits
 */
void answer_wait(struct api *api, struct reply *reply);

/* The body of a reply with that status, to be freed with free(). */
char *answer_text(struct api *api, struct request request, unsigned int status);
/* The same as an object. */
struct json_object *answer_object(struct api *api, struct request request,
				  unsigned int status);
/* The reply says why by these words. */
void answer_refused(struct api *api, struct request request, unsigned int status,
		    const char *words);

#endif
