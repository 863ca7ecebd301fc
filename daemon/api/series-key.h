/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of a point in a group's history, besides its time: what came in, how fast that
 * is on average, pressure, and what the group held.
 */
#ifndef TASKMETERD_API_SERIES_KEY_H
#define TASKMETERD_API_SERIES_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include "store/series-answer.h"

struct json_object;

#define SERIES_KEY_NAME_SIZE	48

enum series_key_type {
	SERIES_KEY_SUM,
	SERIES_KEY_RATE,
	SERIES_KEY_MAX_RUN,
	SERIES_KEY_PRESSURE,
	SERIES_KEY_MAX_PRESSURE,
	SERIES_KEY_AVG,
	SERIES_KEY_MIN,
	SERIES_KEY_MAX,
};

/**
 * struct series_key - one key
 * @name: the key
 * @type: what it tells
 * @index: of which &enum series_sum, &enum series_peak or &enum series_gauge
 */
struct series_key {
	char name[SERIES_KEY_NAME_SIZE];
	enum series_key_type type;
	size_t index;
};

size_t series_key_count(void);

/**
 * series_key_at() - a key by its place in the object
 * @index: below series_key_count()
 */
const struct series_key *series_key_at(size_t index);

/**
 * series_key_is_real() - whether it tells a number with a fraction
 * @key: the key
 */
bool series_key_is_real(const struct series_key *key);

/**
 * series_key_base() - the field that it tells of
 * @key: the key
 *
 * Return: its name; NULL of a pressure.
 */
const char *series_key_base(const struct series_key *key);

/**
 * series_point_to_json() - a point as an object
 * @point: the point
 * @ret_object: the object, the caller's
 *
 * Return: 0 or -ENOMEM.
 */
int series_point_to_json(const struct series_point *point, struct json_object **ret_object);

#endif
