/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arrays of 64-bit words, most of them small or 0, in few bytes: each word in groups of
 * seven bits, the lowest first, a run of zeros as a 0 and its length. Words are as the
 * machine has them: what is packed is for this machine. Pure.
 */
#ifndef TASKMETERD_STORE_PACK_H
#define TASKMETERD_STORE_PACK_H

#include <stddef.h>
#include <stdint.h>

/* Room that is enough for so many words. */
#define PACK_SIZE(words)	(10 * ((size_t)(words) + 1))

/**
 * pack_fold() - a difference that may be below 0 as a small number
 * @difference: of two words; 0, -1, 1, -2, ... become 0, 1, 2, 3, ...
 */
static inline uint64_t pack_fold(uint64_t difference)
{
	return difference << 1 ^ (0 - (difference >> 63));
}

/**
 * pack_unfold() - the difference
 * @word: from pack_fold()
 */
static inline uint64_t pack_unfold(uint64_t word)
{
	return word >> 1 ^ (0 - (word & 1));
}

/**
 * pack_words() - pack an array, its length before it
 * @words: the array
 * @count: how many
 * @bytes: room for PACK_SIZE(@count)
 *
 * Return: bytes written.
 */
size_t pack_words(const uint64_t *words, size_t count, unsigned char *bytes);

/**
 * unpack_words() - the next array
 * @bytes: any bytes; moved behind the array
 * @end: where they end
 * @words: filled in: with zeros if the array is shorter, without what is more
 * @count: how many
 *
 * Return: words that the array has; -EBADMSG if these are not packed words.
 */
int unpack_words(const unsigned char **bytes, const unsigned char *end, uint64_t *words,
		 size_t count);

#endif
