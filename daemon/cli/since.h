/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From where on records are wanted: a number, or a time as people write it. */
#ifndef TASKMETER_CLI_SINCE_H
#define TASKMETER_CLI_SINCE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/**
 * struct since - from where on
 * @number: of the first record that is wanted; 0 if it is a time
 * @ago_ns: how long before now
 */
struct since {
	uint64_t number;
	uint64_t ago_ns;
};

/**
 * since_parse() - what follows --since
 * @text: a number from 1 on; "90s", "10min", "2h", "1d12h" ago; "@SECONDS" since 1970;
 *	"HH:MM" or "HH:MM:SS" of today; or "YYYY-MM-DD", with "THH:MM" or "THH:MM:SS"
 *	behind it, a blank instead of the T, and "Z", "+HH:MM" or "-HHMM" if it is not
 *	local time
 * @now: the time of day
 * @ret_since: filled in
 *
 * Return: 0; -EINVAL if this is neither; -ERANGE if it is still to come.
 */
int since_parse(const char *text, const struct timespec *now, struct since *ret_since);

#endif
