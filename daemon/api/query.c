// SPDX-License-Identifier: GPL-2.0-or-later
/* See query.h. The target is hostile: bounded, and decoded exactly once. */
#include "api/query.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* In place; in a query '+' stands for a blank. -EINVAL for what is no escape. */
static int decode(char *text, bool form)
{
	char *out = text;
	int high, low;

	for (; *text; text++) {
		if (*text == '+' && form) {
			*out++ = ' ';
		} else if (*text == '%') {
			high = hex_digit(text[1]);
			low = high < 0 ? -1 : hex_digit(text[2]);
			if (low < 0 || (!high && !low))
				return -EINVAL;
			*out++ = (char)(high << 4 | low);
			text += 2;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
	return 0;
}

static int parse_path(char *path, struct query *query, struct problem *problem)
{
	char *segment, *next;

	if (!path[1])
		return 0;
	for (segment = path + 1; segment; segment = next) {
		next = strchr(segment, '/');
		if (next)
			*next++ = '\0';
		if (decode(segment, false) < 0)
			return problem_set(problem, 400, "The path holds a '%%' that does"
					   " not begin an escape like %%20, or a NUL byte.");
		if (query->segment_count == QUERY_SEGMENTS_MAX)
			return problem_set(problem, 404, "There is nothing so deep.");
		query->segments[query->segment_count++] = segment;
	}
	return 0;
}

static int add_parameter(char *text, struct query *query, struct problem *problem)
{
	char *value = strchr(text, '=');
	struct query_parameter *parameter;

	if (!value)
		return problem_parameter(problem, text, "Parameter \"%.64s\" has no value;"
					 " it is to be given as name=value.", text);
	*value++ = '\0';
	if (decode(text, true) < 0 || decode(value, true) < 0)
		return problem_parameter(problem, text, "Parameter \"%.64s\" holds a '%%'"
					 " that does not begin an escape like %%20, or a"
					 " NUL byte.", text);
	if (query_get(query, text))
		return problem_parameter(problem, text, "Parameter \"%.64s\" is given"
					 " twice.", text);
	if (query->parameter_count == QUERY_PARAMETERS_MAX)
		return problem_set(problem, 400, "There are more than %d parameters.",
				   QUERY_PARAMETERS_MAX);
	parameter = &query->parameters[query->parameter_count++];
	parameter->name = text;
	parameter->value = value;
	return 0;
}

static int parse_parameters(char *text, struct query *query, struct problem *problem)
{
	char *next;
	int r = 0;

	for (; text && !r; text = next) {
		next = strchr(text, '&');
		if (next)
			*next++ = '\0';
		if (*text)
			r = add_parameter(text, query, problem);
	}
	return r;
}

int query_parse(const char *target, struct query *query, struct problem *problem)
{
	size_t length = strlen(target);
	char *parameters;
	int r;

	query->segment_count = 0;
	query->parameter_count = 0;
	if (length > QUERY_TARGET_MAX)
		return problem_set(problem, 414, "The request's target is longer than %d"
				   " bytes.", QUERY_TARGET_MAX);
	if (target[0] != '/')
		return problem_set(problem, 400, "The request's target has to be a path"
				   " that begins with '/'.");
	memcpy(query->storage, target, length + 1);
	parameters = strchr(query->storage, '?');
	if (parameters)
		*parameters++ = '\0';
	r = parse_path(query->storage, query, problem);
	return r ? r : parse_parameters(parameters, query, problem);
}

const char *query_get(const struct query *query, const char *name)
{
	size_t i;

	for (i = 0; i < query->parameter_count; i++)
		if (!strcmp(query->parameters[i].name, name))
			return query->parameters[i].value;
	return NULL;
}

static int refuse_parameter(const char *name, const char *const *allowed,
			    struct problem *problem)
{
	char list[256] = "";
	size_t i, used = 0;

	if (!allowed[0])
		return problem_parameter(problem, name, "Unknown parameter \"%.64s\": none"
					 " is allowed here.", name);
	for (i = 0; allowed[i] && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
					 i ? ", " : "", allowed[i]);
	return problem_parameter(problem, name, "Unknown parameter \"%.64s\"; allowed are"
				 " %s.", name, list);
}

int query_check(const struct query *query, const char *const *allowed,
		struct problem *problem)
{
	const char *name;
	size_t i, j;

	for (i = 0; i < query->parameter_count; i++) {
		name = query->parameters[i].name;
		for (j = 0; allowed[j] && strcmp(allowed[j], name) != 0; j++)
			;
		if (!allowed[j])
			return refuse_parameter(name, allowed, problem);
	}
	return 0;
}

int query_parse_number(const char *text, uint64_t max, uint64_t *ret_number)
{
	uint64_t number = 0, digit;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		digit = (uint64_t)(*text - '0');
		if (number > (max - digit) / 10 || digit > max)
			return -EINVAL;
		number = number * 10 + digit;
	}
	*ret_number = number;
	return 0;
}

int query_number(const struct query *query, const char *name, uint64_t min,
		 uint64_t max, uint64_t *ret_number, int *ret_given,
		 struct problem *problem)
{
	const char *value = query_get(query, name);
	uint64_t number;

	if (ret_given)
		*ret_given = !!value;
	if (!value)
		return 0;
	if (query_parse_number(value, max, &number) < 0 || number < min)
		return problem_parameter(problem, name, "Parameter \"%s\" is not a decimal"
					 " number from %" PRIu64 " to %" PRIu64 ".",
					 name, min, max);
	*ret_number = number;
	return 0;
}
