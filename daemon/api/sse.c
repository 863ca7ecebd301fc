// SPDX-License-Identifier: GPL-2.0-or-later
/* See sse.h. */
#include "api/sse.h"

void sse_event(struct buffer *buffer, const char *type, const char *id, const char *data,
	       size_t size)
{
	if (id)
		buffer_printf(buffer, "id: %s\n", id);
	buffer_printf(buffer, "event: %s\ndata: ", type);
	buffer_append(buffer, data, size);
	buffer_puts(buffer, "\n\n");
}

void sse_id(struct buffer *buffer, const char *id)
{
	buffer_printf(buffer, "id: %s\n\n", id);
}

void sse_comment(struct buffer *buffer, const char *text)
{
	buffer_printf(buffer, ": %s\n\n", text);
}
