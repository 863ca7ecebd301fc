// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See gzip.h.
 *
 * The fastest level: names of keys repeat from object to object, so that it takes a body
 * to a tenth already, and no tick should wait for what a better one would save.
 */
#include "api/gzip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Bits of the window, and with 16 added the format of gzip. */
#define WINDOW_BITS	(12 + 16)
#define MEMORY_LEVEL	5
#define PIECE		4096

struct gzip_stream {
	struct stream stream;
	struct stream *inner;
	struct buffer plain;
	z_stream z;
	uint64_t *memory;
	bool open;	/* @z holds memory */
};

static int begin(z_stream *z)
{
	*z = (z_stream) { 0 };
	return deflateInit2(z, Z_BEST_SPEED, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
			    Z_DEFAULT_STRATEGY) == Z_OK ? 0 : -ENOMEM;
}

/* All of the input; with Z_FINISH also what is held back, and the end. */
static int pack(z_stream *z, const char *data, size_t size, int flush, struct buffer *out)
{
	unsigned char piece[PIECE];

	z->next_in = (unsigned char *)(uintptr_t)data;
	z->avail_in = (unsigned int)size;
	do {
		z->next_out = piece;
		z->avail_out = sizeof(piece);
		if (deflate(z, flush) == Z_STREAM_ERROR)
			return -EIO;
		buffer_append(out, (const char *)piece, sizeof(piece) - z->avail_out);
	} while (!z->avail_out && !out->error);
	return out->error;
}

static void close_z(struct gzip_stream *gzip)
{
	if (!gzip->open)
		return;
	deflateEnd(&gzip->z);
	*gzip->memory -= GZIP_BYTES;
	gzip->open = false;
}

static int gzip_next(struct stream *stream, struct buffer *buffer)
{
	struct gzip_stream *gzip = (struct gzip_stream *)stream;
	int r, packed;

	if (!gzip->open)
		return 0;
	gzip->plain.size = 0;
	r = gzip->inner->next(gzip->inner, &gzip->plain);
	if (r < 0)
		return r;
	packed = pack(&gzip->z, gzip->plain.data, gzip->plain.size,
		      r ? Z_NO_FLUSH : Z_FINISH, buffer);
	if (!r)
		close_z(gzip);
	return packed < 0 ? packed : 1;
}

static void gzip_free(struct stream *stream)
{
	struct gzip_stream *gzip = (struct gzip_stream *)stream;

	close_z(gzip);
	gzip->inner->free(gzip->inner);
	buffer_clear(&gzip->plain);
	free(gzip);
}

int gzip_stream_new(struct stream *inner, uint64_t *memory, struct stream **ret_stream)
{
	struct gzip_stream *gzip = calloc(1, sizeof(*gzip));

	if (!gzip || begin(&gzip->z) < 0) {
		free(gzip);
		return -ENOMEM;
	}
	gzip->stream = (struct stream) { .next = gzip_next, .free = gzip_free };
	gzip->inner = inner;
	gzip->plain.max = REPLY_BODY_MAX;
	gzip->memory = memory;
	gzip->open = true;
	*memory += GZIP_BYTES;
	*ret_stream = &gzip->stream;
	return 0;
}

int gzip_body(struct buffer *body)
{
	struct buffer out = { .max = body->max };
	z_stream z;
	int r = begin(&z);

	if (r < 0)
		return r;
	r = pack(&z, body->data, body->size, Z_FINISH, &out);
	deflateEnd(&z);
	if (r < 0) {
		buffer_clear(&out);
		return -ENOMEM;
	}
	buffer_clear(body);
	*body = out;
	return 0;
}
