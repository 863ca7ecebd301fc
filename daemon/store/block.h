/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A block: what changed from one tick to the next, or, in a keyframe, all of it, in few
 * bytes. Pure.
 *
 * Behind the head stand the processes that are gone, and those that are new or did
 * something; then, for some hundred of these at a time, one column after the other: each
 * member of the record as its difference from what the tick before lets expect, or, of a
 * process that is new, from the new one before it. Differences are small or 0, see pack.h.
 * At the end stand the paths of cgroups that the chain did not know before.
 * Columns are in the order of the record, which only ever grows at its end: a block of an
 * older or a newer record can be read. On disk a block is compressed, with a checksum.
 *
 * What a block says may be damaged or hostile: it is refused, or is of other processes;
 * it never leads beyond its end, nor to more than TICK_RECORDS_MAX processes.
 */
#ifndef TASKMETERD_STORE_BLOCK_H
#define TASKMETERD_STORE_BLOCK_H

#include "store/tick.h"

/* A tick that takes more than this is not kept: some 300,000 processes in a keyframe. */
#define BLOCK_SIZE_MAX	(UINT32_C(128) << 20)

/**
 * struct block - bytes
 * @bytes: the bytes
 * @size: how many
 * @capacity: for how many there is room
 */
struct block {
	unsigned char *bytes;
	size_t size;
	size_t capacity;
};

/**
 * block_clear() - release the bytes
 * @block: zeroed or filled in; is zeroed
 */
void block_clear(struct block *block);

/**
 * block_put() - append bytes
 * @block: the block
 * @bytes: what is appended
 * @size: how many
 *
 * Return: 0; -E2BIG beyond BLOCK_SIZE_MAX; -ENOMEM.
 */
int block_put(struct block *block, const void *bytes, size_t size);

/**
 * block_put_words() - append packed words, see pack.h
 * @block: the block
 * @words: the words
 * @count: how many
 *
 * Return: as block_put().
 */
int block_put_words(struct block *block, const uint64_t *words, size_t count);

/**
 * struct block_paths - where paths of cgroups come from
 * @find: the path of a cgroup, NULL if it is not known; valid until the next call
 * @data: its first argument
 */
struct block_paths {
	const char *(*find)(void *data, uint64_t id);
	void *data;
};

/**
 * block_encode() - write a tick
 * @before: the tick before, as a reader has it, whose chain goes on; becomes this one, as
 *	a reader will have it. If it has no records, a chain begins
 * @now: the tick, all its processes; its chain, position and cgroups are not looked at
 * @paths: where paths come from
 * @keyframe: write all of it; a chain begins
 * @ret_block: the block, to be released with block_clear()
 *
 * Return: 0; -E2BIG beyond BLOCK_SIZE_MAX or TICK_RECORDS_MAX; -ENOMEM. On failure @before
 * is empty, so that the next one is a keyframe.
 */
int block_encode(struct tick *before, const struct tick *now, const struct block_paths *paths,
		 bool keyframe, struct block *ret_block);

/**
 * block_decode() - read a tick
 * @tick: the tick before, or, for a keyframe, anything; becomes this one
 * @bytes: the block, any bytes
 * @size: how many
 *
 * Return: 0; -ESTALE if it does not follow on @tick; -EBADMSG if it is damaged; -ENOMEM.
 * On failure @tick is empty.
 */
int block_decode(struct tick *tick, const unsigned char *bytes, size_t size);

/**
 * block_compress() - as it is stored
 * @block: the block
 * @ret_packed: to be released with block_clear()
 *
 * Return: 0 or -ENOMEM.
 */
int block_compress(const struct block *block, struct block *ret_packed);

/**
 * block_expand() - as it was
 * @bytes: what is stored, any bytes
 * @size: how many
 * @ret_block: to be released with block_clear()
 *
 * Return: 0; -EBADMSG if it is damaged; -ENOMEM.
 */
int block_expand(const void *bytes, size_t size, struct block *ret_block);

#endif
