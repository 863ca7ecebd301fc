// SPDX-License-Identifier: GPL-2.0-or-later
/* See etag.h. */
#include "api/etag.h"

#include <string.h>

/* Weak comparison: what stands in the quotes. */
static const char *skip_weak(const char *tag)
{
	return !strncmp(tag, "W/", 2) ? tag + 2 : tag;
}

bool etag_matches(const char *if_none_match, const char *tag)
{
	const char *p = if_none_match, *end;
	const size_t length = strlen(skip_weak(tag));

	if (!p)
		return false;
	p += strspn(p, " \t");
	if (*p == '*')
		return !p[1 + strspn(p + 1, " \t")];
	/* A tag may hold commas. */
	for (;; p = end + 1) {
		p += strspn(p, ", \t");
		p = skip_weak(p);
		end = *p == '"' ? strchr(p + 1, '"') : NULL;
		if (!end)
			return false;
		if ((size_t)(end + 1 - p) == length && !memcmp(p, skip_weak(tag), length))
			return true;
	}
}
