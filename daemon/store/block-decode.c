// SPDX-License-Identifier: GPL-2.0-or-later
/* See block.h: reading. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "store/block-coder.h"
#include "store/pack.h"

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
		n = count - done < CODER_CHUNK ? count - done : CODER_CHUNK;
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
			column_set(column, &records[i],
				   column_value(column, &records[i]) + pack_unfold(coder->words[i]));
	}
	return 0;
}

/* A process that is new is told as its difference from the new one before it. */
static void add_last(struct coder *coder, struct taskmeter_record *record)
{
	const struct column *column;
	size_t c;

	for (c = 0; c < coder->column_count; c++) {
		column = &coder->columns[c];
		column_set(column, record, column_value(column, record) +
					   column_value(column, &coder->last));
	}
	coder->last = *record;
}

static int get_chunk(struct coder *coder, struct source *source, const struct tick *before,
		     const uint32_t *pids, struct taskmeter_record *records, size_t count)
{
	static const struct taskmeter_record none;
	bool fresh[CODER_CHUNK];
	size_t i;

	for (i = 0; i < count; i++) {
		fresh[i] = !coder_expect(coder, before, pids[i], &records[i]);
		if (fresh[i])
			records[i] = none;
	}
	if (get_columns(coder, source, records, count) < 0)
		return -EBADMSG;
	for (i = 0; i < count; i++) {
		if (fresh[i])
			add_last(coder, &records[i]);
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
		n = change->count - done < CODER_CHUNK ? change->count - done : CODER_CHUNK;
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
	tick_change_clear(&content->change);
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
		       struct content *content, size_t count)
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
	return r ? r : tick_apply(tick, change, coder->elapsed_ns, count);
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

	if (words[HEAD_FORMAT] != BLOCK_FORMAT || !words[HEAD_COLUMNS] ||
	    words[HEAD_COLUMNS] > CODER_COLUMNS_MAX || words[HEAD_COUNT] > TICK_RECORDS_MAX ||
	    words[HEAD_CHANGED] > words[HEAD_COUNT] || words[HEAD_GONE] > TICK_RECORDS_MAX)
		return -EBADMSG;
	if (!head.position) {
		tick_begin_chain(tick);
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
	r = get_content(coder, source, tick, &content, words[HEAD_COUNT]);
	clear_content(&content);
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
