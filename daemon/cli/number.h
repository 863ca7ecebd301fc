/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers on the command line. */
#ifndef TASKMETER_CLI_NUMBER_H
#define TASKMETER_CLI_NUMBER_H

#include <stdint.h>

/* Largest process id that there can be. */
#define NUMBER_PID_HIGHEST	0x7FFFFFFFU

/**
 * number_parse() - a number that is all of a text
 * @text: decimal digits only: no sign, no blank
 * @lowest: lowest value that is allowed
 * @highest: highest value that is allowed
 * @ret_number: the number
 *
 * Return: 0; -EINVAL if this is no number; -ERANGE if it is out of range.
 */
int number_parse(const char *text, uint64_t lowest, uint64_t highest,
		 uint64_t *ret_number);

/**
 * number_parse_seconds() - a time in seconds that is all of a text
 * @text: decimal digits, and up to nine more behind a point
 * @highest_s: highest value that is allowed, seconds
 * @ret_ns: the time, nanoseconds
 *
 * Return: 0; -EINVAL if this is no such number; -ERANGE if it is too high.
 */
int number_parse_seconds(const char *text, uint64_t highest_s, uint64_t *ret_ns);

/**
 * number_parse_bytes() - a size that is all of a text
 * @text: decimal digits, and K, M or G behind them for a power of 1,024
 * @lowest: lowest value that is allowed
 * @highest: highest value that is allowed
 * @ret_bytes: the size
 *
 * Return: 0; -EINVAL if this is no size; -ERANGE if it is out of range.
 */
int number_parse_bytes(const char *text, uint64_t lowest, uint64_t highest,
		       uint64_t *ret_bytes);

#endif
