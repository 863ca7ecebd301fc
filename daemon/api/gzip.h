/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bodies with the content coding gzip. One is packed while it is sent: that takes
 * GZIP_BYTES, besides the piece that is being packed, however long it is.
 */
#ifndef TASKMETERD_API_GZIP_H
#define TASKMETERD_API_GZIP_H

#include <stdint.h>
#include "api/api.h"

/* A window of 4 KiB: 32 KiB of tables by zlib's formula, and what zlib adds. */
#define GZIP_BYTES	(UINT64_C(40) << 10)

/**
 * gzip_stream_new() - pack what a stream makes
 * @inner: the stream, taken over on success
 * @memory: GZIP_BYTES are added there as long as they are taken; outlives the stream
 * @ret_stream: the new one
 *
 * Return: 0 or -ENOMEM.
 */
int gzip_stream_new(struct stream *inner, uint64_t *memory, struct stream **ret_stream);

/**
 * gzip_body() - pack a whole body
 * @body: its bytes are replaced
 *
 * Return: 0, or -ENOMEM: @body is as before.
 */
int gzip_body(struct buffer *body);

#endif
