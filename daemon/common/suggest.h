/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Did you mean": the known word that is nearest to an unknown one. */
#ifndef TASKMETER_COMMON_SUGGEST_H
#define TASKMETER_COMMON_SUGGEST_H

#include <stddef.h>

/**
 * struct suggestion - the nearest word so far
 * @word: the unknown word
 * @length: of @word
 * @best: the nearest one, or NULL if none is near
 * @distance: how far away that is
 */
struct suggestion {
	const char *word;
	size_t length;
	const char *best;
	size_t distance;
};

/**
 * suggest_distance() - how many slips of the finger lie between two words
 * @a: a word
 * @a_length: its length
 * @b: another, NUL terminated
 *
 * A slip is a letter too many, one missing, a wrong one, or two swapped.
 *
 * Return: their number; SIZE_MAX if a word is too long to be compared.
 */
size_t suggest_distance(const char *a, size_t a_length, const char *b);

/**
 * suggest_init() - begin
 * @suggestion: set up
 * @word: the unknown word, need not be NUL terminated
 * @length: of @word
 */
void suggest_init(struct suggestion *suggestion, const char *word,
		  size_t length);

/**
 * suggest_offer() - offer a known word
 * @suggestion: keeps it if it is nearer than the best so far
 * @known: the word; kept, not copied
 *
 * Near is a third of the letters wrong, or a word that begins like it.
 */
void suggest_offer(struct suggestion *suggestion, const char *known);

#endif
