// SPDX-License-Identifier: GPL-2.0-or-later
/* See coding.h. */
#include "api/coding.h"

#include "api/accept.h"

/* No weight was given. */
#define UNNAMED		(ACCEPT_WEIGHT_MAX + 1)

struct weights {
	unsigned int gzip;
	unsigned int identity;
	unsigned int any;
};

static void read_weight(struct weights *weights, const char *element, size_t length)
{
	const unsigned int weight = accept_weight(element, length);

	if (accept_is(element, length, "gzip") || accept_is(element, length, "x-gzip"))
		weights->gzip = weight;
	else if (accept_is(element, length, "identity"))
		weights->identity = weight;
	else if (accept_is(element, length, "*"))
		weights->any = weight;
}

static enum coding choose(const struct weights *weights)
{
	const unsigned int any = weights->any == UNNAMED ? 0 : weights->any;
	const unsigned int gzip = weights->gzip == UNNAMED ? any : weights->gzip;
	unsigned int identity = weights->identity;

	if (identity == UNNAMED)
		identity = weights->any;
	if (!gzip)
		return identity ? CODING_IDENTITY : CODING_NONE;
	if (!identity)
		return CODING_GZIP_ONLY;
	/* Not named at all, the body as it is comes last. */
	return identity == UNNAMED || gzip >= identity ? CODING_GZIP : CODING_IDENTITY;
}

enum coding coding_wanted(const char *accept_encoding)
{
	struct weights weights = { UNNAMED, UNNAMED, UNNAMED };
	const char *element = accept_encoding;
	size_t length = 0;

	while (accept_next(&element, &length))
		read_weight(&weights, element, length);
	return choose(&weights);
}
