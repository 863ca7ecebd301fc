/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What writing and reading a block have in common: its head, and its columns. */
#ifndef TASKMETERD_STORE_BLOCK_CODER_H
#define TASKMETERD_STORE_BLOCK_CODER_H

#include "store/block.h"

#define BLOCK_FORMAT	1
/* Records that are written column by column at a time: they stay in the cache. */
#define CODER_CHUNK	256
#define CODER_COLUMNS_MAX	256

/**
 * struct column - a member of a record, or a part of one
 * @offset: in the record
 * @width: 4 or 8 bytes
 */
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
	struct column columns[CODER_COLUMNS_MAX];
	size_t column_count;
	struct taskmeter_record bases[CODER_CHUNK];
	uint64_t words[CODER_CHUNK];
	struct taskmeter_record last;
	size_t at;
	uint64_t elapsed_ns;
	const struct block_paths *paths;
};

/**
 * coder_new() - with the columns of a record
 *
 * Return: the coder, to be freed with free(); NULL without memory.
 */
struct coder *coder_new(void);

/**
 * coder_expect() - what a process is expected to be like
 * @coder: the coder
 * @before: the tick before
 * @pid: the process; greater than that of the call before
 * @ret_base: its record
 *
 * Return: false if it is new.
 */
bool coder_expect(struct coder *coder, const struct tick *before, uint32_t pid,
		  struct taskmeter_record *ret_base);

/**
 * column_value() - the value that a record has there
 * @column: the column
 * @record: the record
 */
uint64_t column_value(const struct column *column, const struct taskmeter_record *record);
void column_set(const struct column *column, struct taskmeter_record *record, uint64_t value);

#endif
