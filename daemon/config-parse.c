// SPDX-License-Identifier: GPL-2.0-or-later
/* See config-parse.h. */
#include "config-parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "common/suggest.h"

int parse_number(const char *value, uint64_t min, uint64_t max, uint64_t *ret_number,
		 const char **ret_rest)
{
	uint64_t number = 0;
	const char *c;

	for (c = value; isdigit((unsigned char)*c); c++) {
		number = number * 10 + (unsigned int)(*c - '0');
		if (number > UINT32_MAX)
			return NOT_ALLOWED;
	}
	if (c == value || (!ret_rest && *c) || number < min || number > max)
		return NOT_ALLOWED;
	*ret_number = number;
	if (ret_rest)
		*ret_rest = c;
	return 0;
}

int parse_quantity(const char *value, const struct unit *units, uint64_t min, uint64_t max,
		   uint64_t *ret_quantity)
{
	uint64_t number, quantity = 0;
	const char *rest;

	if (parse_number(value, 1, UINT32_MAX, &number, &rest) < 0)
		return NOT_ALLOWED;
	while (*rest == ' ')
		rest++;
	for (; units->name; units++)
		if (!strcmp(rest, units->name))
			quantity = number * units->factor;
	if (quantity < min || quantity > max)
		return NOT_ALLOWED;
	*ret_quantity = quantity;
	return 0;
}

int replace_text(char **target, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*target);
	*target = copy;
	return 0;
}


char *strip_text(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static const char *nearest_key(const struct key *keys, size_t count, const char *name)
{
	struct suggestion suggestion;
	size_t i;

	suggest_init(&suggestion, name, strlen(name));
	for (i = 0; i < count; i++)
		suggest_offer(&suggestion, keys[i].name);
	return suggestion.best;
}

static int refuse_key(struct parser *parser, const struct key *keys, size_t count,
		      const char *name)
{
	const char *nearest = nearest_key(keys, count, name);
	const char *where = parser->rule ? "a rule" : "[taskmeterd]";
	char all[256] = "";
	size_t i, used = 0;

	if (nearest)
		return refuse(parser, "unknown key \"%.64s\" of %s; did you mean \"%s\"?",
			      name, where, nearest);
	for (i = 0; i < count; i++)
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s",
					 i ? ", " : "", keys[i].name);
	return refuse(parser, "unknown key \"%.64s\"; the keys of %s are %s", name, where, all);
}

int parse_setting(struct parser *parser, const struct key *keys, size_t count,
		  unsigned int *seen, const char *name, char *value)
{
	char original[CONFIG_LINE_MAX + 1];
	size_t i;
	int r;

	for (i = 0; i < count && strcmp(keys[i].name, name) != 0; i++)
		;
	if (i == count)
		return refuse_key(parser, keys, count, name);
	if (seen[i])
		return refuse(parser, "\"%s\" is given twice, first in line %u", name,
			      seen[i]);
	seen[i] = parser->line;
	snprintf(original, sizeof(original), "%s", value);
	r = keys[i].parse(parser, value);
	if (r == NOT_ALLOWED)
		return refuse(parser, "%s: \"%.64s\" is not allowed; it takes %s", name,
			      original, keys[i].allowed);
	if (r == -EINVAL) {
		snprintf(original, sizeof(original), "%s", parser->error->text);
		return refuse(parser, "%s: %.160s; it takes %s", name, original,
			      keys[i].allowed);
	}
	return r < 0 ? r : (int)i;
}
