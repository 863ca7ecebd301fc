// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What clients take: content codings by their weights, entity tags that they have; and
 * gzip, taken apart again by zlib.
 */
#include "api/coding.h"
#include "api/etag.h"
#include "api/gzip.h"
#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

START_TEST(codings)
{
	static const struct {
		const char *header;
		enum coding coding;
	} cases[] = {
		{ NULL, CODING_IDENTITY },
		{ "", CODING_IDENTITY },
		{ ",", CODING_IDENTITY },
		{ "br, deflate", CODING_IDENTITY },
		{ "identity", CODING_IDENTITY },
		{ "gzip;q=0", CODING_IDENTITY },
		{ "gzip;q=0.000", CODING_IDENTITY },
		{ "gzip;q=0, *", CODING_IDENTITY },
		{ "gzip;q=x", CODING_IDENTITY },
		{ "gzipped", CODING_IDENTITY },
		{ "gzip;q=0.5, identity", CODING_IDENTITY },
		{ "gzip;q=0.4, identity;q=0.41", CODING_IDENTITY },
		{ "gzip;q=0.5, *", CODING_IDENTITY },
		{ "*;q=0.2, gzip;q=0.1", CODING_IDENTITY },
		{ "identity, *;q=0.9", CODING_IDENTITY },
		{ "identity, *;q=0", CODING_IDENTITY },
		{ "gzip", CODING_GZIP },
		{ "GZip", CODING_GZIP },
		{ "x-gzip", CODING_GZIP },
		{ "gzip, deflate, br", CODING_GZIP },
		{ "br;q=1.0, gzip;q=0.8", CODING_GZIP },
		{ " br ,\tgzip ; q=0.001 ", CODING_GZIP },
		{ "gzip;Q=0.5, identity;q=0.5", CODING_GZIP },
		{ "gzip, identity;q=0.5", CODING_GZIP },
		{ "*", CODING_GZIP },
		{ "*;q=0.1", CODING_GZIP },
		{ "br, *;q=0.5", CODING_GZIP },
		{ "identity;q=0.5, *", CODING_GZIP },
		{ "gzip, *;q=0.5", CODING_GZIP },
		{ "gzip, identity;q=0", CODING_GZIP_ONLY },
		{ "gzip;q=0.1, *;q=0", CODING_GZIP_ONLY },
		{ "*, identity;q=0", CODING_GZIP_ONLY },
		{ "*;q=0", CODING_NONE },
		{ "identity;q=0", CODING_NONE },
		{ "br, identity;q=0.0", CODING_NONE },
		{ "gzip;q=0, identity;q=0", CODING_NONE },
		{ "gzip;q=0, *;q=0", CODING_NONE },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(coding_wanted(cases[i].header) == cases[i].coding, "%s: %d",
			      cases[i].header, (int)coding_wanted(cases[i].header));
}
END_TEST

START_TEST(tags)
{
	static const char *const matching[] = {
		"*", " * ", "W/\"a,b\"", "\"a,b\"", "\"x\", W/\"a,b\"", "\"x\",\"a,b\"",
		", ,\"a,b\"", "  W/\"a,b\" , \"x\"",
	};
	static const char *const others[] = {
		NULL, "", "a,b", "\"a,b", "W/", "\"", "\"a\"", "\"a,b,c\"", "**", "*, \"a,b\"",
		"\"a\",b\"", "w/\"a,b\"", "\"\"", "\"A,B\"", "W/ \"a,b\"", "\"x\" y \"a,b\"",
	};
	size_t i;

	for (i = 0; i < sizeof(matching) / sizeof(matching[0]); i++)
		ck_assert_msg(etag_matches(matching[i], "W/\"a,b\""), "%s", matching[i]);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!etag_matches(others[i], "W/\"a,b\""), "%s", others[i]);
}
END_TEST

/* What a client makes of it; zlib checks the sum at its end. */
static char *unpack(const struct buffer *packed, size_t size)
{
	char *text = malloc(size + 1);
	z_stream z = { 0 };

	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
	z.next_in = (unsigned char *)packed->data;
	z.avail_in = (unsigned int)packed->size;
	z.next_out = (unsigned char *)text;
	z.avail_out = (unsigned int)size + 1;
	ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
	ck_assert_uint_eq(z.total_out, size);
	ck_assert_uint_eq(z.avail_in, 0);
	inflateEnd(&z);
	return text;
}

/* Lines with numbers, and at the end an error if that is asked for. */
struct lines {
	struct stream stream;
	int next;
	int end;
	int error;
	bool freed;
};

static int lines_next(struct stream *stream, struct buffer *buffer)
{
	struct lines *lines = (struct lines *)stream;

	if (lines->next == lines->end)
		return lines->error;
	buffer_printf(buffer, "%d %d\n", lines->next, lines->next * 7919 % 10007);
	lines->next++;
	return 1;
}

static void lines_free(struct stream *stream)
{
	((struct lines *)stream)->freed = true;
}

static void pack_lines(struct lines *lines, int count, struct buffer *packed, uint64_t *memory,
		       int end)
{
	struct stream *stream;
	int r;

	*lines = (struct lines) {
		.stream = { .next = lines_next, .free = lines_free }, .end = count,
		.error = end,
	};
	ck_assert_int_eq(gzip_stream_new(&lines->stream, memory, &stream), 0);
	ck_assert_uint_eq(*memory, GZIP_BYTES + 5);
	while ((r = stream->next(stream, packed)) == 1)
		;
	ck_assert_int_eq(r, end);
	if (!end) {
		/* Nothing is held for a client that is slow to take the end. */
		ck_assert_uint_eq(*memory, 5);
		ck_assert_int_eq(stream->next(stream, packed), 0);
	}
	ck_assert(!lines->freed);
	stream->free(stream);
	ck_assert(lines->freed);
	ck_assert_uint_eq(*memory, 5);
}

START_TEST(streams)
{
	static const int counts[] = { 0, 1, 100, 100000 };
	struct buffer packed = { .max = 1 << 24 }, plain = { .max = 1 << 24 };
	struct lines lines, again;
	uint64_t memory = 5;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		pack_lines(&lines, counts[i], &packed, &memory, 0);
		again = (struct lines) { .end = counts[i] };
		while (lines_next(&again.stream, &plain) == 1)
			;
		text = unpack(&packed, plain.size);
		ck_assert(!plain.size || !memcmp(text, plain.data, plain.size));
		ck_assert(plain.size < 1000 || packed.size < plain.size / 2);
		free(text);
		buffer_clear(&packed);
		buffer_clear(&plain);
	}
	pack_lines(&lines, 10, &packed, &memory, -EIO);
	buffer_clear(&packed);
}
END_TEST

START_TEST(bodies)
{
	struct buffer body = { .max = 1 << 20 };
	char *text;
	int i;

	for (i = 0; i < 5000; i++)
		buffer_puts(&body, "{\"run_ns\":1}");
	ck_assert_int_eq(gzip_body(&body), 0);
	ck_assert_uint_lt(body.size, 5000);
	text = unpack(&body, 12UL * 5000);
	for (i = 0; i < 5000; i++)
		ck_assert(!memcmp(text + 12 * i, "{\"run_ns\":1}", 12));
	free(text);
	buffer_clear(&body);
	/* No room for the packed one: it stays as it was. */
	body = (struct buffer) { .max = 8 };
	buffer_puts(&body, "12345678");
	ck_assert_int_eq(gzip_body(&body), -ENOMEM);
	ck_assert_uint_eq(body.size, 8);
	ck_assert(!memcmp(body.data, "12345678", 8));
	buffer_clear(&body);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("coding");
	TCase *headers = tcase_create("headers"), *gzip = tcase_create("gzip");

	tcase_add_test(headers, codings);
	tcase_add_test(headers, tags);
	suite_add_tcase(suite, headers);
	tcase_add_test(gzip, streams);
	tcase_add_test(gzip, bodies);
	suite_add_tcase(suite, gzip);
	return suite_main(suite, argc, argv);
}
