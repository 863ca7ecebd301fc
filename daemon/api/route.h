/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of routes, for what has to agree with it. */
#ifndef TASKMETERD_API_ROUTE_H
#define TASKMETERD_API_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include "api/handlers.h"

/**
 * struct route - one resource
 * @segments: of its path; "*" is any one segment
 * @open: needs no token over TCP
 * @handle: its handler
 * @parameters: names that its query may hold, closed by NULL
 */
struct route {
	const char *segments[6];
	bool open;
	handler *handle;
	const char *parameters[10];
};

/**
 * route_at() - a route by its place in the table
 * @index: from 0 on
 *
 * Return: the route, NULL behind the last one.
 */
const struct route *route_at(size_t index);

#endif
