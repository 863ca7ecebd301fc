// SPDX-License-Identifier: GPL-2.0-or-later
/* See json.h. */
#include "cli/json.h"

#include <errno.h>
#include <json-c/json.h>

int json_add(struct json_object *object, const char *name,
	     struct json_object *value)
{
	if (!json_object_object_add(object, name, value))
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

int json_add_number(struct json_object *object, const char *name,
		    uint64_t number)
{
	struct json_object *value = json_object_new_uint64(number);

	return value ? json_add(object, name, value) : -ENOMEM;
}

int json_append(struct json_object *array, struct json_object *value)
{
	if (!json_object_array_add(array, value))
		return 0;
	json_object_put(value);
	return -ENOMEM;
}
