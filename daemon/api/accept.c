// SPDX-License-Identifier: GPL-2.0-or-later
/* See accept.h. */
#include "api/accept.h"

#include <string.h>
#include <strings.h>

bool accept_next(const char **list, size_t *ret_length)
{
	const char *next = *list;

	if (!next)
		return false;
	next += *ret_length;
	next += strspn(next, ", \t");
	*list = next;
	*ret_length = strcspn(next, ",");
	return *next;
}

bool accept_is(const char *element, size_t length, const char *name)
{
	size_t name_length = strlen(name);

	return length >= name_length && !strncasecmp(element, name, name_length) &&
	       (length == name_length || strchr("; \t", element[name_length]));
}

const char *accept_parameter(const char *element, size_t length, const char *name)
{
	const char *end = element + length, *p = element;
	size_t name_length = strlen(name);

	while ((p = memchr(p, ';', (size_t)(end - p)))) {
		p++;
		p += strspn(p, " \t");
		if (p + name_length < end && !strncasecmp(p, name, name_length) &&
		    p[name_length] == '=')
			return p + name_length + 1;
	}
	return NULL;
}

unsigned int accept_weight(const char *element, size_t length)
{
	const char *q = accept_parameter(element, length, "q");
	unsigned int weight, digit = 100;

	if (!q)
		return ACCEPT_WEIGHT_MAX;
	weight = *q == '1' ? ACCEPT_WEIGHT_MAX : 0;
	if (*q != '0' || q[1] != '.')
		return weight;
	for (q += 2; *q >= '0' && *q <= '9' && digit; q++, digit /= 10)
		weight += (unsigned int)(*q - '0') * digit;
	return weight;
}
