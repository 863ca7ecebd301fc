// SPDX-License-Identifier: GPL-2.0-or-later
/* See number.h. */
#include "cli/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int number_parse(const char *text, uint64_t lowest, uint64_t highest,
		 uint64_t *ret_number)
{
	unsigned long long number;

	if (!*text || text[strspn(text, "0123456789")])
		return -EINVAL;
	errno = 0;
	number = strtoull(text, NULL, 10);
	if (errno || number < lowest || number > highest)
		return -ERANGE;
	*ret_number = number;
	return 0;
}
