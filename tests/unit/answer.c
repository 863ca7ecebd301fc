// SPDX-License-Identifier: GPL-2.0-or-later
/* See answer.h. */
#include "unit/answer.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "core/exits.h"
#include "store/store.h"
#include "suite.h"

static void note_wake(void *data)
{
	++*(int *)data;
}

void answer_wait(struct api *api, struct reply *reply)
{
	struct store *store = api->exits->store;
	struct pollfd poll_fd = { .fd = store_fd(store), .events = POLLIN };
	struct pending *pending = reply->pending;
	int woken = 0;

	pending->waker = (struct waker) { note_wake, &woken };
	while (!woken) {
		ck_assert_int_eq(poll(&poll_fd, 1, -1), 1);
		store_dispatch(store);
	}
	ck_assert_int_eq(api_finish(api, pending, reply), 0);
	pending->free(pending);
}

static char *read_all(struct stream *stream)
{
	struct buffer all = { .max = 1 << 24 };

	while (stream->next(stream, &all) > 0)
		;
	buffer_append(&all, "", 1);
	ck_assert_int_eq(all.error, 0);
	return all.data;
}

char *answer_text(struct api *api, struct request request, unsigned int status)
{
	struct reply reply;
	char *body;

	ck_assert_int_eq(api_handle(api, &request, &reply), 0);
	if (reply.pending)
		answer_wait(api, &reply);
	body = reply.stream ? read_all(reply.stream) : strndup(reply.body.data, reply.body.size);
	ck_assert_msg(reply.status == status, "%s: %u: %s", request.target, reply.status, body);
	reply_clear(&reply);
	return body;
}

struct json_object *answer_object(struct api *api, struct request request, unsigned int status)
{
	char *body = answer_text(api, request, status);
	struct json_object *object = json_tokener_parse(body);

	ck_assert_msg(object != NULL, "not JSON: %s", body);
	free(body);
	return object;
}

void answer_refused(struct api *api, struct request request, unsigned int status,
		    const char *words)
{
	struct json_object *object = answer_object(api, request, status), *detail;

	ck_assert(json_object_object_get_ex(object, "detail", &detail));
	ck_assert_msg(strstr(json_object_get_string(detail), words), "no \"%s\" in \"%s\"", words,
		      json_object_get_string(detail));
	json_object_put(object);
}
