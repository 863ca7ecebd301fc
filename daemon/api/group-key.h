/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of a group's object: its name, what its processes hold now, what all its
 * members did, how fast that grew in the last tick, and its pressure. Where a process has
 * a field of the same name, it is the sum of that.
 */
#ifndef TASKMETERD_API_GROUP_KEY_H
#define TASKMETERD_API_GROUP_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/group-snapshot.h"

struct json_object;

#define GROUP_KEY_NAME_SIZE	48
/* Of a name, so many bytes count in the order and in a cursor. */
#define GROUP_KEY_TEXT		255

enum group_key_type {
	GROUP_KEY_NAME,
	GROUP_KEY_SINCE,
	GROUP_KEY_GAUGE,
	GROUP_KEY_COUNTER,
	GROUP_KEY_RATE,
	GROUP_KEY_PRESSURE,
	GROUP_KEY_SHARE,
};

/**
 * struct group_key - one key
 * @name: the key
 * @type: what it tells
 * @index: of the gauge, counter or &enum pressure_resource
 * @span: of a pressure or share
 */
struct group_key {
	char name[GROUP_KEY_NAME_SIZE];
	enum group_key_type type;
	size_t index;
	enum pressure_span span;
};

/**
 * struct group_value - value of a key
 * @text: of a name, else NULL
 * @number: of an integer
 * @real: of a pressure or share
 */
struct group_value {
	const char *text;
	uint64_t number;
	double real;
};

size_t group_key_count(void);

/**
 * group_key_at() - a key by its place in the object
 * @index: below group_key_count()
 */
const struct group_key *group_key_at(size_t index);

/**
 * group_key_find() - a key by its name
 * @name: need not be NUL terminated
 * @length: of @name
 *
 * Return: the key or NULL.
 */
const struct group_key *group_key_find(const char *name, size_t length);

/**
 * group_key_value() - what a group has
 * @key: the key
 * @group: the group
 * @elapsed_ns: length of the tick
 * @ret_value: filled in
 *
 * Return: false if that is not available.
 */
bool group_key_value(const struct group_key *key, const struct group *group,
		     uint64_t elapsed_ns, struct group_value *ret_value);

/**
 * group_key_is_real() - whether a value is @real
 * @key: the key
 */
bool group_key_is_real(const struct group_key *key);

/**
 * group_to_json() - a group as an object
 * @group: the group
 * @elapsed_ns: length of the tick
 * @keys: keys of the object, in order; NULL for all
 * @count: of @keys
 * @ret_object: the object, the caller's
 *
 * Return: 0 or -ENOMEM.
 */
int group_to_json(const struct group *group, uint64_t elapsed_ns,
		  const struct group_key *const *keys, size_t count,
		  struct json_object **ret_object);

#endif
