/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A batch: exit records with successive numbers, as they were read from the module's
 * log in one go, or from the store.
 *
 * A batch is filled by one owner and does not change after that; it is shared by
 * counting references, also between threads. Records are kept packed, most of them in
 * some hundred bytes.
 */
#ifndef TASKMETERD_STORE_BATCH_H
#define TASKMETERD_STORE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <taskmeter/taskmeter.h>

/* Records of a batch: what the store writes in one transaction. */
#define BATCH_RECORDS_MAX	256
/* As in <linux/limits.h>: the longest path that the module tells, its NUL counted. */
#define BATCH_PATH_SIZE		4096

/**
 * struct exit_entry - one record
 * @number: its number
 * @end_ns: when the process ended, Unix time, nanoseconds
 * @start_time_ns: as in &struct taskmeter_record; so those to @cgroup_id
 * @pid: likewise
 * @uid: likewise
 * @euid: likewise
 * @gid: likewise
 * @egid: likewise
 * @cgroup_id: likewise
 * @status: as in &struct taskmeter_exit; so the next two
 * @flags: likewise
 * @command_line_size: likewise
 * @path_size: bytes of the cgroup's path, its NUL counted; 0 if it is not known
 * @packed_size: bytes of its figures
 * @offset: where they begin in the batch's data: figures, command line, path
 * @comm: as in &struct taskmeter_record
 */
struct exit_entry {
	uint64_t number;
	uint64_t end_ns;
	uint64_t start_time_ns;
	uint32_t pid;
	uint32_t uid;
	uint32_t euid;
	uint32_t gid;
	uint32_t egid;
	int32_t status;
	uint64_t cgroup_id;
	uint32_t flags;
	uint32_t command_line_size;
	uint32_t path_size;
	uint32_t packed_size;
	size_t offset;
	char comm[TASKMETER_COMM_LEN];
};

/**
 * struct exit_batch - the batch
 * @references: owners
 * @instance_id: load of the module whose numbers these are
 * @first: number from which on the log was read
 * @next: number up to which it was, not included
 * @lost: how many of these had been evicted
 * @exact: all numbers from @first to @next that are not here had been evicted; else
 *	there are some that the daemon may not see
 * @count: records
 * @entries: in the order of number
 * @data: what they point into
 * @size: bytes of it
 * @capacity: bytes that there is room for
 */
struct exit_batch {
	unsigned int references;
	uint64_t instance_id;
	uint64_t first;
	uint64_t next;
	uint64_t lost;
	bool exact;
	size_t count;
	struct exit_entry *entries;
	unsigned char *data;
	size_t size;
	size_t capacity;
};

/**
 * struct exit_unpacked - a record, unpacked
 * @view: points to the others, as the library gives it
 * @end_ns: see &struct exit_entry
 * @exit: how it ended
 * @record: its totals
 * @histograms: its histograms
 */
struct exit_unpacked {
	struct tm_exit view;
	uint64_t end_ns;
	struct taskmeter_exit exit;
	struct taskmeter_record record;
	struct taskmeter_histograms histograms;
};

/**
 * batch_new() - an empty batch
 * @instance_id: load of the module
 * @first: number from which on it is read
 *
 * Return: the batch with one reference, or NULL without memory.
 */
struct exit_batch *batch_new(uint64_t instance_id, uint64_t first);

struct exit_batch *batch_ref(struct exit_batch *batch);

/**
 * batch_unref() - give a reference back
 * @batch: may be NULL
 *
 * Return: NULL.
 */
struct exit_batch *batch_unref(struct exit_batch *batch);

/**
 * batch_add() - append a record
 * @batch: being filled
 * @exit: as the library gave it
 * @end_ns: when it ended, Unix time
 *
 * Return: 0; -ENOSPC if the batch is full; -EBADMSG if its number is not above the
 * last one, or below the first of the batch; -ENOMEM.
 */
int batch_add(struct exit_batch *batch, const struct tm_exit *exit, uint64_t end_ns);

/**
 * batch_add_packed() - append a record as the store keeps it
 * @batch: being filled
 * @entry: its sizes tell how long the next three are; @offset is not looked at
 * @packed: its figures
 * @command_line: its command line
 * @path: its cgroup's path, with the NUL
 *
 * Return: as batch_add(). Any bytes are accepted, also such as batch_unpack() then
 * refuses.
 */
int batch_add_packed(struct exit_batch *batch, const struct exit_entry *entry,
		     const void *packed, const void *command_line, const void *path);

/**
 * batch_close() - end filling
 * @batch: the batch
 * @next: number to go on with
 * @lost: how many from its @first to @next had been evicted
 */
void batch_close(struct exit_batch *batch, uint64_t next, uint64_t lost);

/**
 * batch_cut() - drop what is behind a number
 * @batch: closed, not yet shared
 * @next: its new end; no effect if that is not within
 */
void batch_cut(struct exit_batch *batch, uint64_t next);

/**
 * batch_bytes() - memory that a batch takes
 * @batch: the batch
 */
size_t batch_bytes(const struct exit_batch *batch);

/**
 * batch_find() - the first record from a number on
 * @batch: the batch
 * @number: the number
 *
 * Return: its index; @batch->count if there is none.
 */
size_t batch_find(const struct exit_batch *batch, uint64_t number);

/**
 * batch_lost_between() - evicted records in a part of a batch
 * @batch: closed
 * @from: number at which it begins
 * @to: number before which it ends
 *
 * Return: how many; at most so many if the batch is not exact.
 */
uint64_t batch_lost_between(const struct exit_batch *batch, uint64_t from, uint64_t to);

/**
 * batch_packed() - figures of a record, as the store keeps them
 * @batch: the batch
 * @entry: one of its records
 */
const unsigned char *batch_packed(const struct exit_batch *batch,
				  const struct exit_entry *entry);
const unsigned char *batch_command_line(const struct exit_batch *batch,
					const struct exit_entry *entry);

/**
 * batch_path() - path of a record's cgroup
 * @batch: the batch
 * @entry: one of its records
 *
 * Return: the path, NULL if it is not known.
 */
const char *batch_path(const struct exit_batch *batch, const struct exit_entry *entry);

/**
 * batch_unpack() - a record as the library gave it
 * @batch: lives as long as the result is used
 * @entry: one of its records
 * @ret_exit: filled in; must stay where it is
 *
 * Return: 0; -EBADMSG if the store was damaged.
 */
int batch_unpack(const struct exit_batch *batch, const struct exit_entry *entry,
		 struct exit_unpacked *ret_exit);

#endif
