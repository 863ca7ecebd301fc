// SPDX-License-Identifier: GPL-2.0-or-later
/* See measure.h. */
#include "measure.h"

#include <stdio.h>

#include "support.h"

#define TRIES	3

void measure_agreed(measure_fn *agrees, void *data)
{
	for (int i = 1; i <= TRIES; i++) {
		if (agrees(data))
			return;
		printf("try %d of %d: the two disagree\n", i, TRIES);
	}
	test_fail("the two disagree in each of %d tries, see their figures above", TRIES);
}
