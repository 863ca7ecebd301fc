/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shares of time as people read them; cut, not rounded, as all quantities are. */
#ifndef TASKMETER_CLI_PERCENT_H
#define TASKMETER_CLI_PERCENT_H

#include <stddef.h>
#include <stdint.h>

/* Longest result, with the NUL. */
#define PERCENT_SIZE	24

/**
 * percent_short() - a rate for a column
 * @ns_per_s: nanoseconds per second
 * @text: gets "0", "0.0", "12.3" or "1234"; "0" only if it is exactly that
 */
void percent_short(uint64_t ns_per_s, char text[static PERCENT_SIZE]);

/**
 * percent_of() - a part of a whole for a line of text
 * @part: the part
 * @whole: the whole
 * @text: gets "12.3 %"; "" if @whole is 0
 */
void percent_of(uint64_t part, uint64_t whole, char text[static PERCENT_SIZE]);

#endif
