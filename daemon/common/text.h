/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names that come from the kernel may be any bytes: what makes them fit for
 * JSON, and what makes them harmless on a terminal.
 */
#ifndef TASKMETER_COMMON_TEXT_H
#define TASKMETER_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Buffer that is never too small for a text of so many bytes. */
#define TEXT_UTF8_SIZE(length)		(3 * (length) + 1)
#define TEXT_TERMINAL_SIZE(length)	(4 * (length) + 1)

#define TEXT_REPLACEMENT		0xFFFDU

/**
 * text_decode() - the first character of a text
 * @text: any bytes
 * @length: how many, at least 1
 * @ret_character: the code point; TEXT_REPLACEMENT if the bytes are not UTF-8
 * @ret_valid: false if they are not
 *
 * Invalid bytes are taken together as Unicode recommends: one replacement for
 * each longest part that begins like a character.
 *
 * Return: bytes taken, 1 to 4.
 */
size_t text_decode(const char *text, size_t length, uint32_t *ret_character,
		   bool *ret_valid);

/**
 * text_unsafe() - whether a character may not reach a terminal
 * @character: code point
 *
 * Return: true for control characters (C0, DEL, C1), line and paragraph
 * separators, and those that turn the direction of writing.
 */
bool text_unsafe(uint32_t character);

/**
 * text_to_utf8() - the text as valid UTF-8
 * @text: any bytes; ends at a NUL if there is one
 * @length: how many at most
 * @buffer: gets the result, NUL terminated, cut at a character if it is long
 * @size: of @buffer, at least 1; TEXT_UTF8_SIZE(@length) is enough
 *
 * What is not UTF-8 becomes U+FFFD; control characters stay.
 *
 * Return: length of the result, bytes.
 */
size_t text_to_utf8(const char *text, size_t length, char *buffer, size_t size);

/**
 * text_for_label() - the text as a name in lists that programs make
 * @text: any bytes; ends at a NUL if there is one
 * @length: how many at most
 * @buffer: gets the result, NUL terminated, cut at a character if it is long
 * @size: of @buffer, at least 1; TEXT_UTF8_SIZE(@length) is enough
 *
 * What is not UTF-8 becomes U+FFFD, and so do unsafe characters.
 *
 * Return: length of the result, bytes.
 */
size_t text_for_label(const char *text, size_t length, char *buffer, size_t size);

/**
 * text_for_terminal() - the text as it may be printed to a terminal
 * @text: any bytes; ends at a NUL if there is one
 * @length: how many at most
 * @utf8: the terminal takes UTF-8; else every byte beyond ASCII is escaped
 * @buffer: gets the result, NUL terminated, cut at a character if it is long
 * @size: of @buffer, at least 1; TEXT_TERMINAL_SIZE(@length) is enough
 *
 * Unsafe characters are escaped as \n, \t, \xNN or \uNNNN, a backslash as \\,
 * and what is not UTF-8 becomes U+FFFD (or \xNN without @utf8).
 *
 * Return: length of the result, bytes.
 */
size_t text_for_terminal(const char *text, size_t length, bool utf8,
			 char *buffer, size_t size);

/**
 * text_columns() - columns that a text takes on a terminal
 * @text: what text_for_terminal() gave
 *
 * Wide characters take two, combining ones none, by the locale's tables.
 *
 * Return: columns.
 */
size_t text_columns(const char *text);

/**
 * text_cut() - bytes of a text that fit into some columns
 * @text: what text_for_terminal() gave
 * @columns: how many there are
 *
 * Return: bytes, ending at a character.
 */
size_t text_cut(const char *text, size_t columns);

#endif
