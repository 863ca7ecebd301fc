// SPDX-License-Identifier: GPL-2.0-or-later
/* See block.h: writing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "store/block-coder.h"
#include "store/pack.h"

/* Difference words of one column; those of 32 bits as if they had 64. */
static uint64_t difference(const struct taskmeter_record *record,
			   const struct taskmeter_record *base, const struct column *column)
{
	uint64_t value = column_value(column, record) - column_value(column, base);

	if (column->width == sizeof(uint32_t))
		value = (uint64_t)(int64_t)(int32_t)value;
	return pack_fold(value);
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
		r = block_put_words(block, coder->words, count);
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
		n = change->count - done < CODER_CHUNK ? change->count - done : CODER_CHUNK;
		for (i = 0; i < n; i++) {
			record = change->records[done + i];
			if (coder_expect(coder, before, record->pid, &coder->bases[i]))
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
		n = count - done < CODER_CHUNK ? count - done : CODER_CHUNK;
		for (i = 0; i < n; i++) {
			coder->words[i] = pid_at(change, done + i) - last;
			last = pid_at(change, done + i);
		}
		r = block_put_words(block, coder->words, n);
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
		[HEAD_FORMAT] = BLOCK_FORMAT, [HEAD_COLUMNS] = columns,
		[HEAD_CHAIN] = head->chain, [HEAD_POSITION] = head->position,
		[HEAD_REALTIME] = head->realtime_ns, [HEAD_MONOTONIC] = head->monotonic_ns,
		[HEAD_INTERVAL] = head->interval_ns, [HEAD_INSTANCE] = head->instance_id,
		[HEAD_COUNT] = count, [HEAD_CHANGED] = change->count,
		[HEAD_GONE] = change->gone_count,
	};

	return block_put_words(block, words, HEAD_WORDS);
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

static int find_change(const struct tick *before, const struct taskmeter_record *records,
		       size_t count, uint64_t elapsed_ns, struct tick_change *change)
{
	*change = (struct tick_change) {
		.records = calloc(count + 1, sizeof(*change->records)),
		.gone = calloc(before->count + 1, sizeof(*change->gone)),
	};
	if (!change->records || !change->gone) {
		tick_change_clear(change);
		return -ENOMEM;
	}
	compare(before, records, count, elapsed_ns, change);
	return 0;
}

static int put_path(struct block *block, uint64_t id, const char *path)
{
	const uint64_t words[] = { id, strnlen(path, TICK_PATH_MAX) };
	int r = block_put_words(block, words, 2);

	return r ? r : block_put(block, path, words[1]);
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
	return r ? r : block_put_words(block, end, 2);
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
	return r ? r : tick_apply(tick, change, coder->elapsed_ns, count);
}

static int encode(struct coder *coder, struct tick *tick,
		  const struct taskmeter_record *records, size_t count, struct block *block)
{
	struct tick_change change;
	int r = find_change(tick, records, count, coder->elapsed_ns, &change);

	if (r < 0)
		return r;
	r = put_tick(coder, tick, count, &change, block);
	tick_change_clear(&change);
	return r;
}

static void next_head(struct tick *tick, const struct tick_head *head, bool keyframe)
{
	const struct tick_head before = tick->head;

	if (keyframe)
		tick_begin_chain(tick);
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
