// SPDX-License-Identifier: GPL-2.0-or-later
/* See block.h: the bytes as they are stored. Ticks are in block-encode.c and block-decode.c. */
#include "store/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "store/pack.h"

/* What zlib makes of zeros is a thousandth. */
#define RATIO_MAX	1100
#define SIZE_BYTES	4

void block_clear(struct block *block)
{
	free(block->bytes);
	*block = (struct block) { 0 };
}

static int reserve(struct block *block, size_t size)
{
	size_t capacity = block->capacity ? block->capacity : 4096;
	unsigned char *bytes;

	if (block->size + size > BLOCK_SIZE_MAX)
		return -E2BIG;
	while (capacity < block->size + size)
		capacity *= 2;
	if (capacity == block->capacity)
		return 0;
	bytes = realloc(block->bytes, capacity);
	if (!bytes)
		return -ENOMEM;
	block->bytes = bytes;
	block->capacity = capacity;
	return 0;
}

int block_put(struct block *block, const void *bytes, size_t size)
{
	int r = reserve(block, size);

	if (r < 0)
		return r;
	memcpy(block->bytes + block->size, bytes, size);
	block->size += size;
	return 0;
}

int block_put_words(struct block *block, const uint64_t *words, size_t count)
{
	int r = reserve(block, PACK_SIZE(count));

	if (!r)
		block->size += pack_words(words, count, block->bytes + block->size);
	return r;
}

int block_compress(const struct block *block, struct block *ret_packed)
{
	uLongf size = compressBound(block->size);
	struct block packed = { .capacity = SIZE_BYTES + size };
	size_t i;

	packed.bytes = malloc(packed.capacity);
	if (!packed.bytes)
		return -ENOMEM;
	for (i = 0; i < SIZE_BYTES; i++)
		packed.bytes[i] = (unsigned char)(block->size >> 8 * i);
	if (compress2(packed.bytes + SIZE_BYTES, &size, block->bytes, block->size,
		      Z_BEST_SPEED) != Z_OK) {
		block_clear(&packed);
		return -ENOMEM;
	}
	packed.size = SIZE_BYTES + size;
	*ret_packed = packed;
	return 0;
}

/* The size is not within the checksum, but a wrong one is not that of what comes out. */
int block_expand(const void *bytes, size_t size, struct block *ret_block)
{
	const unsigned char *byte = bytes;
	struct block block = { 0 };
	uLongf written;
	size_t i;
	int r;

	if (size <= SIZE_BYTES)
		return -EBADMSG;
	for (i = 0; i < SIZE_BYTES; i++)
		block.capacity |= (size_t)byte[i] << 8 * i;
	if (block.capacity > BLOCK_SIZE_MAX || block.capacity / RATIO_MAX > size)
		return -EBADMSG;
	block.bytes = malloc(block.capacity + 1);
	if (!block.bytes)
		return -ENOMEM;
	written = block.capacity;
	r = uncompress(block.bytes, &written, byte + SIZE_BYTES, size - SIZE_BYTES);
	if (r != Z_OK || written != block.capacity) {
		block_clear(&block);
		return r == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
	}
	block.size = written;
	*ret_block = block;
	return 0;
}
