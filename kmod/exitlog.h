/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exit log: a bounded ring of numbered records, read by number.
 */
#ifndef TASKMETER_EXITLOG_H
#define TASKMETER_EXITLOG_H

#include <linux/types.h>
#include <linux/wait.h>

#include "ending.h"
#include "guard.h"

struct record;
struct taskmeter_histograms;
struct taskmeter_info;
struct total;

/* Words of a packed record: bitmaps of the ending's two parts, their words, histograms. */
#define WORDS(type)		(sizeof(type) / sizeof(u64))
#define EXIT_WORDS		WORDS(struct taskmeter_exit)
#define RECORD_WORDS		WORDS(struct taskmeter_record)
#define EXIT_BITMAP_WORDS	DIV_ROUND_UP(EXIT_WORDS, BITS_PER_TYPE(u64))
#define RECORD_BITMAP_WORDS	DIV_ROUND_UP(RECORD_WORDS, BITS_PER_TYPE(u64))
#define BITMAPS_WORDS		(EXIT_BITMAP_WORDS + RECORD_BITMAP_WORDS)
#define PACKED_MAX		(BITMAPS_WORDS + EXIT_WORDS + RECORD_WORDS + SPARSE_MAX)

/**
 * struct exit_entry - what is written to the log
 * @ending: how the process ended
 * @histograms: its histograms
 * @packed: room to pack both in
 * @guard: who may see it, or NULL; the log takes it over
 * @cgroup: total of its cgroup, or NULL; likewise
 * @user: total of its user, or NULL; likewise
 * @share: whose record it is, a user id
 */
struct exit_entry {
	struct ending ending;
	struct sparse histograms;
	u64 packed[PACKED_MAX];
	struct guard *guard;
	struct total *cgroup;
	struct total *user;
	uid_t share;
};

/**
 * struct exit_reader - who reads the log
 * @view: what it may see
 * @cursor: number of the next record
 * @end: where to stop: behind this number
 * @lost: records that were not there any more
 * @count_lost: false for who wants what there is, from the oldest record on
 * @previous: record that was read last, NULL at first; it is there as long as no record
 *	has gone or moved
 * @upheavals: how often that had happened when it was read
 * @words: how many of @packed are used
 * @ending_words: how many of them are of the ending
 * @guard: of the record that was read, with references
 * @packed: the record that was read
 */
struct exit_reader {
	struct guard_view view;
	u64 cursor;
	u64 end;
	u64 lost;
	bool count_lost;
	const struct record *previous;
	u64 upheavals;
	unsigned int words;
	unsigned int ending_words;
	struct guard guard;
	u64 packed[PACKED_MAX];
};

/**
 * struct exit_room - where what is read goes
 * @exits: how the processes ended
 * @records: what they did
 * @histograms: theirs, or NULL
 * @record_size: bytes from one record to the next; TASKMETER_RECORD_SIZE_VER2 leaves the
 *	stalls out
 */
struct exit_room {
	struct taskmeter_exit *exits;
	struct taskmeter_record *records;
	struct taskmeter_histograms *histograms;
	u32 record_size;
};

extern struct wait_queue_head exitlog_wait;

int exitlog_init(void);
void exitlog_exit(void);
int exitlog_resize(u64 bytes);
u64 exitlog_append(struct exit_entry *entry);
void exitlog_wake(void);
void exitlog_namespace_over(void);
u64 exitlog_last(void);
void exitlog_info(struct taskmeter_info *info);

struct exit_reader *exit_reader_new(const struct observer *observer, u64 cursor);
void exit_reader_free(struct exit_reader *reader);
unsigned int exit_reader_fill(struct exit_reader *reader, const struct exit_room *room,
			      unsigned int count);

/* The next one alone. Return: whether there was one. */
static inline bool exit_reader_next(struct exit_reader *reader, struct ending *ending,
				    struct taskmeter_histograms *histograms)
{
	const struct exit_room room = {
		.exits = &ending->exit,
		.records = &ending->record,
		.histograms = histograms,
		.record_size = sizeof(ending->record),
	};

	return exit_reader_fill(reader, &room, 1);
}

#endif /* TASKMETER_EXITLOG_H */
