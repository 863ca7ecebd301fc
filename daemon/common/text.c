// SPDX-License-Identifier: GPL-2.0-or-later
/* See text.h. Pure functions; text_columns() and text_cut() ask the locale. */
#include "common/text.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define ESCAPE_SIZE	12

/* Bytes of the sequence that a lead byte begins; 0 if it begins none. */
static size_t sequence_length(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xC2 && lead <= 0xDF)
		return 2;
	if (lead >= 0xE0 && lead <= 0xEF)
		return 3;
	if (lead >= 0xF0 && lead <= 0xF4)
		return 4;
	return 0;
}

/*
 * The second byte rules out overlong forms, surrogates and what lies beyond
 * U+10FFFF; the bytes after it only have to be continuations.
 */
static bool second_fits(uint8_t lead, uint8_t second)
{
	switch (lead) {
	case 0xE0:
		return second >= 0xA0 && second <= 0xBF;
	case 0xED:
		return second >= 0x80 && second <= 0x9F;
	case 0xF0:
		return second >= 0x90 && second <= 0xBF;
	case 0xF4:
		return second >= 0x80 && second <= 0x8F;
	default:
		return second >= 0x80 && second <= 0xBF;
	}
}

size_t text_decode(const char *text, size_t length, uint32_t *ret_character,
		   bool *ret_valid)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t n = sequence_length(bytes[0]), i;
	uint32_t character;

	*ret_character = TEXT_REPLACEMENT;
	*ret_valid = false;
	if (!n)
		return 1;

	character = n == 1 ? bytes[0] : bytes[0] & (0x7FU >> n);
	for (i = 1; i < n; i++) {
		if (i == length || (bytes[i] & 0xC0) != 0x80 ||
		    (i == 1 && !second_fits(bytes[0], bytes[1])))
			return i;
		character = character << 6 | (bytes[i] & 0x3F);
	}

	*ret_character = character;
	*ret_valid = true;
	return n;
}

bool text_unsafe(uint32_t character)
{
	return character < 0x20 || (character >= 0x7F && character < 0xA0) ||
	       character == 0x61C || character == 0x200E ||
	       character == 0x200F ||
	       (character >= 0x2028 && character <= 0x202E) ||
	       (character >= 0x2066 && character <= 0x2069);
}

/* Append @length bytes if they and a NUL fit. */
static bool append(char *buffer, size_t size, size_t *used, const char *text,
		   size_t length)
{
	if (size - *used <= length)
		return false;
	memcpy(buffer + *used, text, length);
	*used += length;
	return true;
}

static size_t to_utf8(const char *text, size_t length, bool safe, char *buffer, size_t size)
{
	size_t used = 0, i, n;
	uint32_t character;
	bool valid, fits;

	length = strnlen(text, length);
	for (i = 0; i < length; i += n) {
		n = text_decode(text + i, length - i, &character, &valid);
		fits = valid && !(safe && text_unsafe(character)) ?
		       append(buffer, size, &used, text + i, n) :
		       append(buffer, size, &used, "\uFFFD", 3);
		if (!fits)
			break;
	}
	buffer[used] = '\0';
	return used;
}

size_t text_to_utf8(const char *text, size_t length, char *buffer, size_t size)
{
	return to_utf8(text, length, false, buffer, size);
}

size_t text_for_label(const char *text, size_t length, char *buffer, size_t size)
{
	return to_utf8(text, length, true, buffer, size);
}

/* The escape of one character, or its bytes where these cannot be printed. */
static size_t escape(const char *bytes, size_t n, uint32_t character,
		     bool valid, char out[static 4 * ESCAPE_SIZE])
{
	size_t used = 0, i;

	if (valid && character == '\n')
		return sprintf(out, "\\n");
	if (valid && character == '\t')
		return sprintf(out, "\\t");
	if (valid && character == '\\')
		return sprintf(out, "\\\\");
	if (valid && n > 1 && text_unsafe(character))
		return sprintf(out, "\\u%04x", (unsigned int)character);

	for (i = 0; i < n; i++)
		used += sprintf(out + used, "\\x%02x", (uint8_t)bytes[i]);
	return used;
}

size_t text_for_terminal(const char *text, size_t length, bool utf8,
			 char *buffer, size_t size)
{
	char escaped[4 * ESCAPE_SIZE];
	size_t used = 0, i, n, m;
	uint32_t character;
	bool valid, fits;

	length = strnlen(text, length);
	for (i = 0; i < length; i += n) {
		n = text_decode(text + i, length - i, &character, &valid);
		if (!valid && utf8) {
			fits = append(buffer, size, &used, "\uFFFD", 3);
		} else if (!valid || text_unsafe(character) ||
			   character == '\\' || (n > 1 && !utf8)) {
			m = escape(text + i, n, character, valid, escaped);
			fits = append(buffer, size, &used, escaped, m);
		} else {
			fits = append(buffer, size, &used, text + i, n);
		}
		if (!fits)
			break;
	}
	buffer[used] = '\0';
	return used;
}

static size_t character_columns(uint32_t character)
{
	int columns;

	if (character < 0x80)
		return 1;
	columns = wcwidth((wchar_t)character);
	return columns < 0 ? 1 : (size_t)columns;
}

size_t text_cut(const char *text, size_t columns)
{
	size_t length = strlen(text), i, n;
	uint32_t character;
	bool valid;

	for (i = 0; i < length; i += n) {
		n = text_decode(text + i, length - i, &character, &valid);
		if (character_columns(character) > columns)
			break;
		columns -= character_columns(character);
	}
	return i;
}

size_t text_columns(const char *text)
{
	size_t length = strlen(text), columns = 0, i;
	uint32_t character;
	bool valid;

	for (i = 0; i < length;) {
		i += text_decode(text + i, length - i, &character, &valid);
		columns += character_columns(character);
	}
	return columns;
}
