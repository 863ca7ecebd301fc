// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blocks of the history: a byte that says how, then blocks with their lengths before them,
 * each going on where the one before it ended.
 */
#include "store/block.h"
#include "store/past.h"
#include "fuzz.h"

#include <errno.h>

#define EXPANDED_MAX	(1U << 20)

enum how {
	PACKED = 1,	/* as on disk: compressed */
};

static const char *find_path(void *data, uint64_t id)
{
	(void)data;
	(void)id;
	return NULL;
}

static void check_tick(const struct tick *tick)
{
	size_t i;

	CHECK(tick->count <= TICK_RECORDS_MAX);
	for (i = 0; i < tick->count; i++) {
		CHECK(!i || tick->records[i - 1].pid < tick->records[i].pid);
		CHECK(tick_find(tick, tick->records[i].pid) == &tick->records[i]);
		CHECK(memchr(tick->records[i].comm, '\0', TASKMETER_COMM_LEN));
		CHECK(memchr(tick->records[i].waker_comm, '\0', TASKMETER_COMM_LEN));
		tick_path(tick, &tick->records[i]);
	}
}

/* What was read can be written, and is the same when it is read again. */
static void write_again(const struct tick *tick)
{
	const struct block_paths paths = { .find = find_path };
	struct tick writer = { 0 }, reader = { 0 };
	struct block block = { 0 }, packed = { 0 }, expanded = { 0 };

	CHECK(!block_encode(&writer, tick, &paths, true, &block));
	CHECK(!block_compress(&block, &packed));
	CHECK(!block_expand(packed.bytes, packed.size, &expanded));
	CHECK(expanded.size == block.size &&
	      !memcmp(expanded.bytes, block.bytes, block.size));
	CHECK(!block_decode(&reader, expanded.bytes, expanded.size));
	CHECK(reader.count == tick->count);
	CHECK(!tick->count || !memcmp(reader.records, tick->records,
				      tick->count * sizeof(*tick->records)));
	tick_clear(&writer);
	tick_clear(&reader);
	block_clear(&block);
	block_clear(&packed);
	block_clear(&expanded);
}

static void compare(const struct tick *before, struct tick *tick)
{
	struct past past = { .tick = *tick };

	CHECK(!past_compare(&past, before));
	free(past.rates);
}

static int decode(struct tick *tick, const uint8_t *bytes, size_t size)
{
	int r = block_decode(tick, bytes, size);

	if (r) {
		CHECK(r == -EBADMSG || r == -ESTALE);
		CHECK(!tick->records && !tick->count && !tick->cgroups.count);
		return r;
	}
	check_tick(tick);
	return 0;
}

static int decode_packed(struct tick *tick, const uint8_t *bytes, size_t size)
{
	struct block block = { 0 };
	int r = block_expand(bytes, size, &block);

	if (r) {
		CHECK(r == -EBADMSG && !block.bytes);
		return r;
	}
	r = block.size > EXPANDED_MAX ? -EBADMSG : decode(tick, block.bytes, block.size);
	block_clear(&block);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	const int how = take_byte(&input);
	struct tick tick = { 0 }, none = { 0 };
	uint8_t *bytes;
	size_t length;
	int r = 0;

	while (!r && input.left) {
		length = take_byte(&input);
		length |= (size_t)take_byte(&input) << 8;
		bytes = take_bytes(&input, length, &length);
		r = how & PACKED ? decode_packed(&tick, bytes, length) :
				   decode(&tick, bytes, length);
		free(bytes);
	}
	if (!r) {
		compare(&none, &tick);
		compare(&tick, &tick);
		write_again(&tick);
	}
	tick_clear(&tick);
	return 0;
}
