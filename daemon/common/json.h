/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json-c as it is used here: what is added to is the owner, also on failure. */
#ifndef TASKMETER_COMMON_JSON_H
#define TASKMETER_COMMON_JSON_H

#include <stddef.h>
#include <stdint.h>

struct json_object;

/**
 * json_add() - add a value to an object
 * @object: the object
 * @name: key
 * @value: taken over; NULL is null
 *
 * Return: 0; -ENOMEM, with @value released.
 */
int json_add(struct json_object *object, const char *name,
	     struct json_object *value);

/**
 * json_add_number() - add a number to an object
 * @object: the object
 * @name: key
 * @number: the number
 *
 * Return: 0; -ENOMEM.
 */
int json_add_number(struct json_object *object, const char *name,
		    uint64_t number);

/**
 * json_append() - add a value to an array
 * @array: the array
 * @value: taken over
 *
 * Return: 0; -ENOMEM, with @value released.
 */
int json_append(struct json_object *array, struct json_object *value);

/**
 * json_text() - a text as a string
 * @text: any bytes; what is not UTF-8 becomes U+FFFD
 * @length: how many at most; it ends at a NUL
 *
 * Return: the string, or NULL without memory.
 */
struct json_object *json_text(const char *text, size_t length);

/**
 * json_real() - a number of threads, or a share, with six places
 * @real: the number
 *
 * Return: the number, or NULL without memory.
 */
struct json_object *json_real(double real);

#endif
