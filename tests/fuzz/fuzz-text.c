// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of any bytes on their way to a terminal, into lists and into JSON: nothing that a
 * terminal acts on, valid UTF-8, cut at a character, within the room that there is.
 */
#include "cli/cli.h"
#include "cli/line.h"
#include "common/text.h"
#include "fuzz.h"

#include <json-c/json.h>
#include <locale.h>
#include "common/json.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	CHECK(setlocale(LC_CTYPE, "C.UTF-8"));
	return 0;
}

/* Valid UTF-8; if it is @harmless, without what a terminal acts on. */
static void check_text(const char *text, size_t length, bool harmless)
{
	uint32_t character;
	size_t i, n;
	bool valid;

	for (i = 0; i < length; i += n) {
		n = text_decode(text + i, length - i, &character, &valid);
		CHECK(n >= 1 && n <= 4 && i + n <= length);
		CHECK(valid && character);
		CHECK(!harmless || !text_unsafe(character));
	}
}

static void check_ascii(const char *text)
{
	for (; *text; text++)
		CHECK(*text >= ' ' && *text <= '~');
}

/* In just so much room; the whole result fits into what is said to be enough. */
static void try_room(const char *text, size_t length, size_t size)
{
	char *buffer = malloc(size);
	size_t n;

	CHECK(buffer);
	n = text_to_utf8(text, length, buffer, size);
	CHECK(n < size && strlen(buffer) == n);
	check_text(buffer, n, false);
	n = text_for_label(text, length, buffer, size);
	CHECK(n < size && strlen(buffer) == n);
	check_text(buffer, n, true);
	n = text_for_terminal(text, length, false, buffer, size);
	CHECK(n < size && strlen(buffer) == n);
	check_ascii(buffer);
	n = text_for_terminal(text, length, true, buffer, size);
	CHECK(n < size && strlen(buffer) == n);
	check_text(buffer, n, true);
	free(buffer);
}

static void try_line(const char *text, int width, unsigned int columns)
{
	const struct cli cli = { .width = columns };
	static struct line line;

	line_begin(&line);
	line_add_value(&line, text, width, false);
	line_add_value(&line, text, -width, false);
	line_add_value(&line, text, 0, true);
	CHECK(strlen(line.text) == line.length && line.length < LINE_SIZE);
	/* As all of it may be too long, what is left out may begin within a character. */
	if (line.length < LINE_SIZE - 1)
		check_text(line.text, line.length, true);
	line_cut(&line, &cli);
	CHECK(!columns || text_columns(line.text) <= columns);
}

static void try_json(const char *text, size_t length)
{
	struct json_object *object = json_text(text, length);
	const char *json = json_object_to_json_string(object);
	struct json_object *again = json_tokener_parse(json);

	check_text(json, strlen(json), false);
	CHECK(again && json_object_equal(object, again));
	json_object_put(again);
	json_object_put(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	size_t room = take_byte(&input) + 1U, length, n;
	int width = (int8_t)take_byte(&input);
	char *text = (char *)take_bytes(&input, SIZE_MAX, &length), *safe;

	safe = malloc(TEXT_TERMINAL_SIZE(length));
	CHECK(safe);
	try_room(text, length, room);
	try_room(text, length, TEXT_TERMINAL_SIZE(length));
	n = text_for_terminal(text, length, true, safe, TEXT_TERMINAL_SIZE(length));
	CHECK(text_cut(safe, room) <= n);
	try_line(safe, width, (unsigned int)room - 1);
	try_json(text, length);
	free(safe);
	free(text);
	return 0;
}
