/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target of a request, taken apart: "/v1/processes?uid=0&comm=a%20b" is a
 * path of segments and a list of parameters, all decoded.
 */
#ifndef TASKMETERD_API_QUERY_H
#define TASKMETERD_API_QUERY_H

#include <stddef.h>
#include <stdint.h>
#include "api/problem.h"

#define QUERY_TARGET_MAX	4096
#define QUERY_SEGMENTS_MAX	8
#define QUERY_PARAMETERS_MAX	16

struct query_parameter {
	const char *name;
	const char *value;
};

/**
 * struct query - a target
 * @storage: what the strings below point into
 * @segments: parts of the path between slashes
 * @segment_count: how many; 0 for "/"
 * @parameters: in the order of the query, each name once
 * @parameter_count: how many
 */
struct query {
	char storage[QUERY_TARGET_MAX + 1];
	const char *segments[QUERY_SEGMENTS_MAX];
	size_t segment_count;
	struct query_parameter parameters[QUERY_PARAMETERS_MAX];
	size_t parameter_count;
};

/**
 * query_parse() - take a target apart
 * @target: path and query as sent
 * @query: filled in; must stay where it is
 * @problem: why it was refused
 *
 * Return: 0 or PROBLEM.
 */
int query_parse(const char *target, struct query *query, struct problem *problem);

/**
 * query_get() - value of a parameter
 * @query: the query
 * @name: its name
 *
 * Return: the value, NULL if the parameter was not given.
 */
const char *query_get(const struct query *query, const char *name);

/**
 * query_check() - refuse unknown parameters
 * @query: the query
 * @allowed: names, closed by NULL
 * @problem: why it was refused
 *
 * Return: 0 or PROBLEM.
 */
int query_check(const struct query *query, const char *const *allowed,
		struct problem *problem);

/**
 * query_number() - value of a parameter that is a decimal number
 * @query: the query
 * @name: its name
 * @min: least value allowed
 * @max: greatest value allowed
 * @ret_number: the value; not touched if the parameter was not given
 * @ret_given: set to 1 if it was given; may be NULL
 * @problem: why it was refused
 *
 * Return: 0 or PROBLEM.
 */
int query_number(const struct query *query, const char *name, uint64_t min,
		 uint64_t max, uint64_t *ret_number, int *ret_given,
		 struct problem *problem);

/**
 * query_parse_number() - a decimal number: digits only
 * @text: the digits
 * @max: greatest value allowed
 * @ret_number: the value
 *
 * Return: 0, or -EINVAL.
 */
int query_parse_number(const char *text, uint64_t max, uint64_t *ret_number);

#endif
