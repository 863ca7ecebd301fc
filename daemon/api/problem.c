// SPDX-License-Identifier: GPL-2.0-or-later
/* See problem.h. */
#include "api/problem.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "common/text.h"

static const struct {
	unsigned int status;
	const char *title;
} titles[] = {
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

const char *problem_title(unsigned int status)
{
	size_t i;

	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

int problem_set(struct problem *problem, unsigned int status, const char *format, ...)
{
	va_list args;

	problem->status = status;
	problem->parameter[0] = '\0';
	va_start(args, format);
	vsnprintf(problem->detail, sizeof(problem->detail), format, args);
	va_end(args);
	return PROBLEM;
}

int problem_parameter(struct problem *problem, const char *parameter,
		      const char *format, ...)
{
	va_list args;

	problem->status = 400;
	snprintf(problem->parameter, sizeof(problem->parameter), "%s", parameter);
	va_start(args, format);
	vsnprintf(problem->detail, sizeof(problem->detail), format, args);
	va_end(args);
	return PROBLEM;
}

static int add_string(struct json_object *object, const char *key, const char *value)
{
	char text[TEXT_UTF8_SIZE(sizeof(((struct problem *)0)->detail))];
	struct json_object *string;

	text_to_utf8(value, strlen(value), text, sizeof(text));
	string = json_object_new_string(text);
	if (!string)
		return -ENOMEM;
	return json_object_object_add(object, key, string) < 0 ? -ENOMEM : 0;
}

static int add_number(struct json_object *object, const char *key, int value)
{
	struct json_object *number = json_object_new_int(value);

	if (!number)
		return -ENOMEM;
	return json_object_object_add(object, key, number) < 0 ? -ENOMEM : 0;
}

static int fill(const struct problem *problem, struct json_object *object)
{
	int r = add_string(object, "type", "about:blank");

	if (!r)
		r = add_string(object, "title", problem_title(problem->status));
	if (!r)
		r = add_number(object, "status", (int)problem->status);
	if (!r)
		r = add_string(object, "detail", problem->detail);
	if (!r && problem->parameter[0])
		r = add_string(object, "parameter", problem->parameter);
	return r;
}

void problem_write(const struct problem *problem, struct buffer *buffer)
{
	struct json_object *object = json_object_new_object();
	const char *text = NULL;
	size_t length;

	if (object && !fill(problem, object))
		text = json_object_to_json_string_length(object,
				JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
				&length);
	if (text)
		buffer_append(buffer, text, length);
	else
		buffer->error = -ENOMEM;
	buffer_puts(buffer, "\n");
	json_object_put(object);
}
