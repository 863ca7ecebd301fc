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

#endif
