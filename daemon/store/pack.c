// SPDX-License-Identifier: GPL-2.0-or-later
/* See pack.h. */
#include "store/pack.h"

#include <errno.h>
#include <string.h>

/* No structure or column is as long; a length beyond it is a damaged one. */
#define WORDS_MAX	(1 << 20)

static size_t put(uint64_t value, unsigned char *bytes)
{
	size_t n = 0;

	while (value >= 0x80) {
		bytes[n++] = (unsigned char)(value | 0x80);
		value >>= 7;
	}
	bytes[n++] = (unsigned char)value;
	return n;
}

static int get(const unsigned char **bytes, const unsigned char *end, uint64_t *ret_value)
{
	const unsigned char *byte = *bytes;
	uint64_t value = 0;
	unsigned int shift;

	for (shift = 0; shift < 64 && byte < end; shift += 7, byte++) {
		/* The tenth group has room for one bit. */
		if (shift == 63 && *byte > 1)
			return -EBADMSG;
		value |= (uint64_t)(*byte & 0x7f) << shift;
		if (!(*byte & 0x80)) {
			*bytes = byte + 1;
			*ret_value = value;
			return 0;
		}
	}
	return -EBADMSG;
}

size_t pack_words(const uint64_t *words, size_t count, unsigned char *bytes)
{
	size_t n = put(count, bytes), i = 0, run;

	while (i < count) {
		n += put(words[i], bytes + n);
		if (words[i++])
			continue;
		for (run = 1; i < count && !words[i]; i++)
			run++;
		n += put(run, bytes + n);
	}
	return n;
}

static int get_run(const unsigned char **bytes, const unsigned char *end, uint64_t left,
		   uint64_t *ret_word, uint64_t *ret_run)
{
	*ret_run = 1;
	if (get(bytes, end, ret_word) < 0)
		return -EBADMSG;
	if (*ret_word)
		return 0;
	if (get(bytes, end, ret_run) < 0 || !*ret_run || *ret_run > left)
		return -EBADMSG;
	return 0;
}

int unpack_words(const unsigned char **bytes, const unsigned char *end, uint64_t *words,
		 size_t count)
{
	uint64_t length, word, run, i = 0;

	if (get(bytes, end, &length) < 0 || length > WORDS_MAX)
		return -EBADMSG;
	memset(words, 0, count * sizeof(*words));
	while (i < length) {
		if (get_run(bytes, end, length - i, &word, &run) < 0)
			return -EBADMSG;
		if (word && i < count)
			words[i] = word;
		i += run;
	}
	return (int)length;
}
