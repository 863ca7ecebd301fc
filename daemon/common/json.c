// SPDX-License-Identifier: GPL-2.0-or-later
/* See json.h. */
#include "common/json.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/text.h"

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

struct json_object *json_text(const char *text, size_t length)
{
	struct json_object *value;
	char *utf8;
	size_t n;

	length = strnlen(text, length);
	utf8 = malloc(TEXT_UTF8_SIZE(length));
	if (!utf8)
		return NULL;
	n = text_to_utf8(text, length, utf8, TEXT_UTF8_SIZE(length));
	value = json_object_new_string_len(utf8, (int)n);
	free(utf8);
	return value;
}

/* A millionth of a thread. */
struct json_object *json_real(double real)
{
	char text[32];

	snprintf(text, sizeof(text), "%.6f", real);
	return json_object_new_double_s(real, text);
}
