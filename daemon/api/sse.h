/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The format of server-sent events (WHATWG HTML, 9.2.6). Pure. */
#ifndef TASKMETERD_API_SSE_H
#define TASKMETERD_API_SSE_H

#include "api/buffer.h"

#define SSE_TYPE	"text/event-stream"

/**
 * sse_event() - append an event
 * @buffer: is appended to
 * @type: its type
 * @id: what the client gives as Last-Event-ID from then on, or NULL to leave that
 * @data: JSON on one line, without line feeds
 * @size: bytes of it
 */
void sse_event(struct buffer *buffer, const char *type, const char *id, const char *data,
	       size_t size);

/**
 * sse_id() - append what sets the client's Last-Event-ID, and is no event
 * @buffer: is appended to
 * @id: the id
 */
void sse_id(struct buffer *buffer, const char *id);

/**
 * sse_comment() - append what clients do not see
 * @buffer: is appended to
 * @text: one line
 */
void sse_comment(struct buffer *buffer, const char *text);

#endif
