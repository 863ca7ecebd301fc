// SPDX-License-Identifier: GPL-2.0-or-later
/* See number.h. */
#include "cli/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S	1000000000U

int number_parse(const char *text, uint64_t lowest, uint64_t highest,
		 uint64_t *ret_number)
{
	unsigned long long number;

	if (!*text || text[strspn(text, "0123456789")])
		return -EINVAL;
	errno = 0;
	number = strtoull(text, NULL, 10);
	if (errno || number < lowest || number > highest)
		return -ERANGE;
	*ret_number = number;
	return 0;
}

/* "5" is 500,000,000 of the nine digits behind a point. */
static int parse_fraction(const char *text, uint64_t *ret_ns)
{
	char digits[] = "000000000";
	size_t length = strlen(text);

	if (!length || length >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, length);
	return number_parse(digits, 0, UINT64_MAX, ret_ns);
}

int number_parse_seconds(const char *text, uint64_t highest_s, uint64_t *ret_ns)
{
	size_t length = strcspn(text, ".");
	uint64_t whole, fraction = 0;
	char seconds[24];
	int r;

	if (length >= sizeof(seconds))
		return -ERANGE;
	memcpy(seconds, text, length);
	seconds[length] = '\0';
	r = number_parse(seconds, 0, highest_s, &whole);
	if (!r && text[length])
		r = parse_fraction(text + length + 1, &fraction);
	if (r)
		return r;
	*ret_ns = whole * NS_PER_S + fraction;
	return *ret_ns > highest_s * NS_PER_S ? -ERANGE : 0;
}

int number_parse_bytes(const char *text, uint64_t lowest, uint64_t highest,
		       uint64_t *ret_bytes)
{
	static const char suffixes[] = "KMG";
	size_t length = strlen(text);
	const char *suffix = NULL;
	unsigned int shift = 0;
	char digits[24];
	uint64_t number;
	int r;

	if (length)
		suffix = strchr(suffixes, toupper((unsigned char)text[length - 1]));
	if (suffix) {
		shift = 10 * (unsigned int)(suffix - suffixes + 1);
		length--;
	}
	if (length >= sizeof(digits))
		return -ERANGE;
	memcpy(digits, text, length);
	digits[length] = '\0';
	r = number_parse(digits, 0, UINT64_MAX >> shift, &number);
	if (r)
		return r;
	*ret_bytes = number << shift;
	return *ret_bytes < lowest || *ret_bytes > highest ? -ERANGE : 0;
}
