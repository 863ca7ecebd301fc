// SPDX-License-Identifier: GPL-2.0-or-later
/* See block.h. */
#include "store/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "store/pack.h"

#define FORMAT		1
/* Records that are written column by column at a time: they stay in the cache. */
#define CHUNK		256
#define COLUMNS_MAX	256
/* What zlib makes of zeros is a thousandth. */
#define RATIO_MAX	1100
#define SIZE_BYTES	4

#define AT(member)	offsetof(struct taskmeter_record, member)

/* Where columns of another width begin; each goes up to the next, the last to the end. */
static const struct {
	uint16_t offset;
	uint16_t width;
} widths[] = {
	{ 0, 4 },
	{ AT(available), 8 },
	{ AT(pid), 4 },
	{ AT(start_time_ns), 8 },
	{ AT(state), 4 },
	{ AT(run_ns), 8 },
	{ AT(current_state), 4 },
	{ AT(current_state_ns), 8 },
	{ AT(untracked_threads), 4 },
	{ AT(waker_comm), 8 },
	{ AT(numa_preferred_node), 4 },
	{ sizeof(struct taskmeter_record), 0 },
};

struct column {
	uint16_t offset;
	uint16_t width;
};

/* First words of a block. */
enum head_word {
	HEAD_FORMAT,
	HEAD_COLUMNS,
	HEAD_CHAIN,
	HEAD_POSITION,
	HEAD_REALTIME,
	HEAD_MONOTONIC,
	HEAD_INTERVAL,
	HEAD_INSTANCE,
	HEAD_COUNT,
	HEAD_CHANGED,
	HEAD_GONE,
	HEAD_WORDS,
};

/**
 * struct coder - what writing and reading have in common
 * @columns: of a record
 * @column_count: how many
 * @bases: of the records of a chunk, what they are the differences from
 * @words: of one column
 * @last: the last record that was new
 * @at: where the tick before has been looked through up to
 * @elapsed_ns: since then
 * @paths: where paths come from
 */
struct coder {
	struct column columns[COLUMNS_MAX];
	size_t column_count;
	struct taskmeter_record bases[CHUNK];
	uint64_t words[CHUNK];
	struct taskmeter_record last;
	size_t at;
	uint64_t elapsed_ns;
	const struct block_paths *paths;
};

static struct coder *coder_new(void)
{
	struct coder *coder = calloc(1, sizeof(*coder));
	uint16_t offset;
	size_t i;

	for (i = 0; coder && widths[i].width; i++)
		for (offset = widths[i].offset; offset < widths[i + 1].offset;
		     offset = (uint16_t)(offset + widths[i].width))
			coder->columns[coder->column_count++] =
				(struct column) { offset, widths[i].width };
	return coder;
}

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

static int put_words(struct block *block, const uint64_t *words, size_t count)
{
	int r = reserve(block, PACK_SIZE(count));

	if (!r)
		block->size += pack_words(words, count, block->bytes + block->size);
	return r;
}

/* 0, -1, 1, -2, ... become 0, 1, 2, 3, ... */
static uint64_t fold(uint64_t difference)
{
	return difference << 1 ^ (0 - (difference >> 63));
}

static uint64_t unfold(uint64_t word)
{
	return word >> 1 ^ (0 - (word & 1));
}

static uint64_t value_at(const struct taskmeter_record *record, const struct column *column)
{
	const char *member = (const char *)record + column->offset;
	uint64_t value;
	uint32_t half;

	if (column->width == sizeof(half)) {
		memcpy(&half, member, sizeof(half));
		return half;
	}
	memcpy(&value, member, sizeof(value));
	return value;
}

static void set_value(struct taskmeter_record *record, const struct column *column,
		      uint64_t value)
{
	char *member = (char *)record + column->offset;
	uint32_t half = (uint32_t)value;

	if (column->width == sizeof(half))
		memcpy(member, &half, sizeof(half));
	else
		memcpy(member, &value, sizeof(value));
}

/* What a process is expected to be like; false if it is new. Pids have to ascend. */
static bool expect(struct coder *coder, const struct tick *before, uint32_t pid,
		   struct taskmeter_record *ret_base)
{
	while (coder->at < before->count && before->records[coder->at].pid < pid)
		coder->at++;
	if (coder->at == before->count || before->records[coder->at].pid != pid)
		return false;
	*ret_base = before->records[coder->at];
	tick_advance(ret_base, coder->elapsed_ns);
	return true;
}

/* Difference words of one column; those of 32 bits as if they had 64. */
static uint64_t difference(const struct taskmeter_record *record,
			   const struct taskmeter_record *base, const struct column *column)
{
	uint64_t value = value_at(record, column) - value_at(base, column);

	if (column->width == sizeof(uint32_t))
		value = (uint64_t)(int64_t)(int32_t)value;
	return fold(value);
}

static int put_columns(struct coder *coder, struct block *block,
		       const struct taskmeter_record **records, size_t count)
{
	size_t i, c;
	int r = 0;

	for (c = 0; !r && c < coder->column_count; c++) {
		for (i = 0; i < count; i++)
			coder->words[i] = difference(records[i], &coder->bases[i],
						     &coder->columns[c]);
		r = put_words(block, coder->words, count);
	}
	return r;
}

static int put_records(struct coder *coder, struct block *block, const struct tick *before,
		       const struct tick_change *change)
{
	const struct taskmeter_record *record;
	size_t i, n, done;
	int r = 0;

	for (done = 0; !r && done < change->count; done += n) {
		n = change->count - done < CHUNK ? change->count - done : CHUNK;
		for (i = 0; i < n; i++) {
			record = change->records[done + i];
			if (expect(coder, before, record->pid, &coder->bases[i]))
				continue;
			coder->bases[i] = coder->last;
			coder->last = *record;
		}
		r = put_columns(coder, block, change->records + done, n);
	}
	return r;
}

/* Each as the distance from the one before, some at a time; they ascend from 1 on. */
static int put_pids(struct coder *coder, struct block *block,
		    uint32_t (*pid_at)(const struct tick_change *change, size_t index),
		    const struct tick_change *change, size_t count)
{
	size_t i, n, done;
	uint32_t last = 0;
	int r = 0;

	for (done = 0; !r && done < count; done += n) {
		n = count - done < CHUNK ? count - done : CHUNK;
		for (i = 0; i < n; i++) {
			coder->words[i] = pid_at(change, done + i) - last;
			last = pid_at(change, done + i);
		}
		r = put_words(block, coder->words, n);
	}
	return r;
}

static uint32_t changed_at(const struct tick_change *change, size_t index)
{
	return change->records[index]->pid;
}

static uint32_t gone_at(const struct tick_change *change, size_t index)
{
	return change->gone[index];
}

static int put_head(struct block *block, const struct tick_head *head, size_t columns,
		    size_t count, const struct tick_change *change)
{
	const uint64_t words[HEAD_WORDS] = {
		[HEAD_FORMAT] = FORMAT, [HEAD_COLUMNS] = columns,
		[HEAD_CHAIN] = head->chain, [HEAD_POSITION] = head->position,
		[HEAD_REALTIME] = head->realtime_ns, [HEAD_MONOTONIC] = head->monotonic_ns,
		[HEAD_INTERVAL] = head->interval_ns, [HEAD_INSTANCE] = head->instance_id,
		[HEAD_COUNT] = count, [HEAD_CHANGED] = change->count,
		[HEAD_GONE] = change->gone_count,
	};

	return put_words(block, words, HEAD_WORDS);
}

/* Who is new, did something, or is gone: one pass along both. */
static void compare(const struct tick *before, const struct taskmeter_record *records,
		    size_t count, uint64_t elapsed_ns, struct tick_change *change)
{
	size_t i, at = 0;

	for (i = 0; i < count; i++) {
		while (at < before->count && before->records[at].pid < records[i].pid)
			change->gone[change->gone_count++] = before->records[at++].pid;
		if (at < before->count && before->records[at].pid == records[i].pid &&
		    tick_is_quiet(&before->records[at++], &records[i], elapsed_ns))
			continue;
		change->records[change->count++] = &records[i];
	}
	while (at < before->count)
		change->gone[change->gone_count++] = before->records[at++].pid;
}

static void clear_change(struct tick_change *change)
{
	free(change->records);
	free(change->gone);
}

static int find_change(const struct tick *before, const struct taskmeter_record *records,
		       size_t count, uint64_t elapsed_ns, struct tick_change *change)
{
	*change = (struct tick_change) {
		.records = calloc(count + 1, sizeof(struct taskmeter_record *)),
		.gone = calloc(before->count + 1, sizeof(uint32_t)),
	};
	if (!change->records || !change->gone) {
		clear_change(change);
		return -ENOMEM;
	}
	compare(before, records, count, elapsed_ns, change);
	return 0;
}

static int put_path(struct block *block, uint64_t id, const char *path)
{
	const uint64_t words[] = { id, strnlen(path, TICK_PATH_MAX) };
	int r = put_words(block, words, 2);

	if (!r)
		r = reserve(block, words[1]);
	if (r < 0)
		return r;
	memcpy(block->bytes + block->size, path, words[1]);
	block->size += words[1];
	return 0;
}

/* Of a cgroup that finds no room, the path is not known. */
static int add_path(struct block *block, struct tick_cgroups *cgroups, uint64_t id,
		    const char *path)
{
	int r = tick_cgroups_add(cgroups, id, path, strnlen(path, TICK_PATH_MAX));

	if (r == -E2BIG)
		return 0;
	return r ? r : put_path(block, id, path);
}

/* Of those whose paths the chain does not know; an id of 0 ends them. */
static int put_paths(struct coder *coder, struct block *block, struct tick_cgroups *cgroups,
		     const struct tick_change *change)
{
	static const uint64_t end[2];
	const struct taskmeter_record *record;
	const char *path;
	size_t i;
	int r = 0;

	for (i = 0; !r && i < change->count; i++) {
		record = change->records[i];
		if (!(record->available & TASKMETER_AVAILABLE_CGROUP) || !record->cgroup_id ||
		    tick_cgroups_find(cgroups, record->cgroup_id))
			continue;
		path = coder->paths->find(coder->paths->data, record->cgroup_id);
		if (path)
			r = add_path(block, cgroups, record->cgroup_id, path);
	}
	return r ? r : put_words(block, end, 2);
}

static int put_tick(struct coder *coder, struct tick *tick, size_t count,
		    const struct tick_change *change, struct block *block)
{
	int r = put_head(block, &tick->head, coder->column_count, count, change);

	if (!r)
		r = put_pids(coder, block, gone_at, change, change->gone_count);
	if (!r)
		r = put_pids(coder, block, changed_at, change, change->count);
	if (!r)
		r = put_records(coder, block, tick, change);
	if (!r)
		r = put_paths(coder, block, &tick->cgroups, change);
	return r ? r : tick_apply(tick, change, coder->elapsed_ns);
}

static int encode(struct coder *coder, struct tick *tick,
		  const struct taskmeter_record *records, size_t count, struct block *block)
{
	struct tick_change change;
	int r = find_change(tick, records, count, coder->elapsed_ns, &change);

	if (r < 0)
		return r;
	r = put_tick(coder, tick, count, &change, block);
	clear_change(&change);
	return r;
}

/* A chain knows nothing of what was before it. */
static void begin_chain(struct tick *tick)
{
	tick->count = 0;
	tick_cgroups_clear(&tick->cgroups);
}

static void next_head(struct tick *tick, const struct tick_head *head, bool keyframe)
{
	const struct tick_head before = tick->head;

	if (keyframe)
		begin_chain(tick);
	tick->head = *head;
	tick->head.chain = keyframe ? head->realtime_ns : before.chain;
	tick->head.position = keyframe ? 0 : before.position + 1;
}

static bool begins_chain(const struct tick *before, const struct tick *now)
{
	return !before->count || now->head.monotonic_ns < before->head.monotonic_ns ||
	       now->head.instance_id != before->head.instance_id;
}

int block_encode(struct tick *before, const struct tick *now, const struct block_paths *paths,
		 bool keyframe, struct block *ret_block)
{
	const uint64_t monotonic_ns = before->head.monotonic_ns;
	struct coder *coder = coder_new();
	struct block block = { 0 };
	int r = -ENOMEM;

	keyframe = keyframe || begins_chain(before, now);
	if (coder) {
		coder->elapsed_ns = keyframe ? 0 : now->head.monotonic_ns - monotonic_ns;
		coder->paths = paths;
		next_head(before, &now->head, keyframe);
		r = now->count > TICK_RECORDS_MAX ? -E2BIG :
		    encode(coder, before, now->records, now->count, &block);
	}
	free(coder);
	if (r < 0) {
		block_clear(&block);
		tick_clear(before);
		return r;
	}
	*ret_block = block;
	return 0;
}

/**
 * struct source - a block that is being read
 * @next: what comes next
 * @end: behind its last byte
 * @column_count: columns that it has, which may be others than ours
 */
struct source {
	const unsigned char *next;
	const unsigned char *end;
	size_t column_count;
};

/* Exactly so many words. */
static int get_words(struct source *source, uint64_t *words, size_t count)
{
	int r = unpack_words(&source->next, source->end, words, count);

	return r >= 0 && (size_t)r == count ? 0 : -EBADMSG;
}

/* They ascend from 1 on; what does not is damaged. */
static int get_pids(struct coder *coder, struct source *source, uint32_t *pids, size_t count)
{
	size_t i, n, done;
	uint64_t last = 0;

	for (done = 0; done < count; done += n) {
		n = count - done < CHUNK ? count - done : CHUNK;
		if (get_words(source, coder->words, n) < 0)
			return -EBADMSG;
		for (i = 0; i < n; i++) {
			if (!coder->words[i] || coder->words[i] > UINT32_MAX - last)
				return -EBADMSG;
			last += coder->words[i];
			pids[done + i] = (uint32_t)last;
		}
	}
	return 0;
}

static int get_columns(struct coder *coder, struct source *source,
		       struct taskmeter_record *records, size_t count)
{
	const struct column *column;
	size_t i, c;

	for (c = 0; c < source->column_count; c++) {
		if (get_words(source, coder->words, count) < 0)
			return -EBADMSG;
		column = c < coder->column_count ? &coder->columns[c] : NULL;
		for (i = 0; column && i < count; i++)
			set_value(&records[i], column, value_at(&records[i], column) +
						       unfold(coder->words[i]));
	}
	return 0;
}

/* The records that the bases of a chunk were for are its result. */
static int get_chunk(struct coder *coder, struct source *source, const struct tick *before,
		     const uint32_t *pids, struct taskmeter_record *records, size_t count)
{
	static const struct taskmeter_record none;
	bool fresh[CHUNK];
	size_t i, c;

	for (i = 0; i < count; i++) {
		fresh[i] = !expect(coder, before, pids[i], &records[i]);
		if (fresh[i])
			records[i] = none;
	}
	if (get_columns(coder, source, records, count) < 0)
		return -EBADMSG;
	for (i = 0; i < count; i++) {
		for (c = 0; fresh[i] && c < coder->column_count; c++)
			set_value(&records[i], &coder->columns[c],
				  value_at(&records[i], &coder->columns[c]) +
				  value_at(&coder->last, &coder->columns[c]));
		if (fresh[i])
			coder->last = records[i];
		if (records[i].pid != pids[i])
			return -EBADMSG;
		records[i].comm[sizeof(records[i].comm) - 1] = '\0';
		records[i].waker_comm[sizeof(records[i].waker_comm) - 1] = '\0';
	}
	return 0;
}

static int get_records(struct coder *coder, struct source *source, const struct tick *before,
		       const uint32_t *pids, struct taskmeter_record *records,
		       const struct tick_change *change)
{
	size_t i, n, done;
	int r = 0;

	for (done = 0; !r && done < change->count; done += n) {
		n = change->count - done < CHUNK ? change->count - done : CHUNK;
		r = get_chunk(coder, source, before, pids + done, records + done, n);
		for (i = 0; i < n; i++)
			change->records[done + i] = &records[done + i];
	}
	return r;
}

static int get_paths(struct source *source, struct tick_cgroups *cgroups)
{
	uint64_t words[2];
	int r;

	for (;;) {
		if (get_words(source, words, 2) < 0)
			return -EBADMSG;
		if (!words[0])
			return 0;
		if (words[1] > TICK_PATH_MAX ||
		    words[1] > (uint64_t)(source->end - source->next))
			return -EBADMSG;
		r = tick_cgroups_add(cgroups, words[0], (const char *)source->next, words[1]);
		if (r < 0)
			return r == -E2BIG ? -EBADMSG : r;
		source->next += words[1];
	}
}

/**
 * struct content - room for what a block tells
 * @change: points into the others
 * @pids: of those that are new, or did something
 * @records: likewise
 */
struct content {
	struct tick_change change;
	uint32_t *pids;
	struct taskmeter_record *records;
};

static void clear_content(struct content *content)
{
	clear_change(&content->change);
	free(content->pids);
	free(content->records);
}

static int reserve_content(struct content *content, size_t changed, size_t gone)
{
	*content = (struct content) {
		.change = {
			.records = calloc(changed + 1, sizeof(struct taskmeter_record *)),
			.count = changed, .gone = calloc(gone + 1, sizeof(uint32_t)),
			.gone_count = gone,
		},
		.pids = calloc(changed + 1, sizeof(uint32_t)),
		.records = calloc(changed + 1, sizeof(struct taskmeter_record)),
	};
	if (content->change.records && content->change.gone && content->pids &&
	    content->records)
		return 0;
	clear_content(content);
	return -ENOMEM;
}

static int get_content(struct coder *coder, struct source *source, struct tick *tick,
		       struct content *content)
{
	struct tick_change *change = &content->change;
	int r = get_pids(coder, source, change->gone, change->gone_count);

	if (!r)
		r = get_pids(coder, source, content->pids, change->count);
	if (!r)
		r = get_records(coder, source, tick, content->pids, content->records, change);
	if (!r)
		r = get_paths(source, &tick->cgroups);
	if (!r && source->next != source->end)
		r = -EBADMSG;
	return r ? r : tick_apply(tick, change, coder->elapsed_ns);
}

static struct tick_head head_of(const uint64_t words[static HEAD_WORDS])
{
	return (struct tick_head) {
		.chain = words[HEAD_CHAIN], .position = words[HEAD_POSITION],
		.realtime_ns = words[HEAD_REALTIME], .monotonic_ns = words[HEAD_MONOTONIC],
		.interval_ns = words[HEAD_INTERVAL], .instance_id = words[HEAD_INSTANCE],
	};
}

/* Whether it is a block of ours, and goes on where the tick ends. */
static int check_head(const uint64_t words[static HEAD_WORDS], struct tick *tick)
{
	const struct tick_head head = head_of(words);

	if (words[HEAD_FORMAT] != FORMAT || !words[HEAD_COLUMNS] ||
	    words[HEAD_COLUMNS] > COLUMNS_MAX || words[HEAD_COUNT] > TICK_RECORDS_MAX ||
	    words[HEAD_CHANGED] > words[HEAD_COUNT] || words[HEAD_GONE] > TICK_RECORDS_MAX)
		return -EBADMSG;
	if (!head.position) {
		begin_chain(tick);
	} else if (head.chain != tick->head.chain ||
		   head.position != tick->head.position + 1 ||
		   head.instance_id != tick->head.instance_id ||
		   head.monotonic_ns < tick->head.monotonic_ns) {
		return -ESTALE;
	}
	return 0;
}

static int decode(struct coder *coder, struct source *source, struct tick *tick)
{
	uint64_t words[HEAD_WORDS];
	struct content content;
	int r;

	if (get_words(source, words, HEAD_WORDS) < 0)
		return -EBADMSG;
	r = check_head(words, tick);
	if (!r)
		r = reserve_content(&content, words[HEAD_CHANGED], words[HEAD_GONE]);
	if (r)
		return r;
	source->column_count = words[HEAD_COLUMNS];
	if (words[HEAD_POSITION])
		coder->elapsed_ns = words[HEAD_MONOTONIC] - tick->head.monotonic_ns;
	r = get_content(coder, source, tick, &content);
	clear_content(&content);
	if (!r && tick->count != words[HEAD_COUNT])
		r = -EBADMSG;
	tick->head = head_of(words);
	return r;
}

int block_decode(struct tick *tick, const unsigned char *bytes, size_t size)
{
	struct source source = { .next = bytes, .end = bytes + size };
	struct coder *coder = coder_new();
	int r = coder ? decode(coder, &source, tick) : -ENOMEM;

	free(coder);
	if (r < 0)
		tick_clear(tick);
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
