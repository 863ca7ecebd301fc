// SPDX-License-Identifier: GPL-2.0-or-later
/* See suggest.h. The distance is that of Damerau and Levenshtein. */
#include "common/suggest.h"

#include <stdint.h>
#include <string.h>

#define LONGEST	40

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

size_t suggest_distance(const char *a, size_t a_length, const char *b)
{
	size_t d[LONGEST + 1][LONGEST + 1];
	size_t b_length = strlen(b), i, j;

	if (a_length > LONGEST || b_length > LONGEST)
		return SIZE_MAX;
	for (i = 0; i <= a_length; i++)
		d[i][0] = i;
	for (j = 0; j <= b_length; j++)
		d[0][j] = j;

	for (i = 1; i <= a_length; i++) {
		for (j = 1; j <= b_length; j++) {
			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1,
				       d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[a_length][b_length];
}

void suggest_init(struct suggestion *suggestion, const char *word,
		  size_t length)
{
	suggestion->word = word;
	suggestion->length = length;
	suggestion->best = NULL;
	suggestion->distance = length < 3 ? 2 : length / 3 + 2;
}

void suggest_offer(struct suggestion *suggestion, const char *known)
{
	size_t distance;

	distance = suggest_distance(suggestion->word, suggestion->length, known);
	if (suggestion->length >= 2 && distance > 1 &&
	    !strncmp(suggestion->word, known, suggestion->length))
		distance = 1;
	if (distance < suggestion->distance) {
		suggestion->best = known;
		suggestion->distance = distance;
	}
}
