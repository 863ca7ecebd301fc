/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The newest exit records, in memory: batches one after the other, without gaps within a
 * load of the module, bounded in number and in bytes. Pure; in the event loop's thread.
 */
#ifndef TASKMETERD_CORE_EXIT_LOG_H
#define TASKMETERD_CORE_EXIT_LOG_H

#include "store/batch.h"

#define EXIT_LOG_RECORDS_MAX	10000
#define EXIT_LOG_BYTES_MAX	(8U << 20)

/**
 * struct exit_log - the log
 * @batches: a ring of them, in the order of loads and numbers
 * @begin: where the oldest stands
 * @count: how many there are
 * @capacity: how many there is room for, a power of two
 * @instance_id: load of the module that is read now; 0 if none has been
 * @next: number that is read next, 0 if that is the oldest that the module has
 * @records: in memory
 * @bytes: that they take
 */
struct exit_log {
	struct exit_batch **batches;
	size_t begin;
	size_t count;
	size_t capacity;
	uint64_t instance_id;
	uint64_t next;
	size_t records;
	size_t bytes;
};

void exit_log_init(struct exit_log *log);
void exit_log_clear(struct exit_log *log);

/**
 * exit_log_begin() - go over to another load of the module
 * @log: the log; what it holds stays
 * @instance_id: the load
 * @next: number that is read next
 */
void exit_log_begin(struct exit_log *log, uint64_t instance_id, uint64_t next);

/**
 * exit_log_add() - append what was read
 * @log: the log; the oldest batches go, if there are too many
 * @batch: closed; begins at @log->next, if that is not 0. A reference is taken
 *
 * Return: 0 or -ENOMEM.
 */
int exit_log_add(struct exit_log *log, struct exit_batch *batch);

/**
 * exit_log_first() - the oldest number of the present load that the log knows of
 * @log: the log
 *
 * Return: the number; @log->next if there is none.
 */
uint64_t exit_log_first(const struct exit_log *log);

/**
 * exit_log_find() - the batch with a number of the present load, or behind it
 * @log: the log
 * @number: the number
 *
 * Quick, as it is asked for each batch that a reply goes through.
 *
 * Return: the first batch of the present load that does not end before it, or NULL.
 */
struct exit_batch *exit_log_find(const struct exit_log *log, uint64_t number);

/**
 * exit_log_from() - the first batch of any load that begins at a number or behind it
 * @log: the log
 * @instance_id: the load
 * @number: the number
 *
 * Return: the batch or NULL.
 */
struct exit_batch *exit_log_from(const struct exit_log *log, uint64_t instance_id,
				 uint64_t number);

/**
 * exit_log_instance_after() - the load that follows
 * @log: the log
 * @instance_id: a load
 *
 * Return: the load of the first batch behind those of @instance_id; the present one if
 * there is none.
 */
uint64_t exit_log_instance_after(const struct exit_log *log, uint64_t instance_id);

/**
 * exit_log_since() - where a time begins
 * @log: the log
 * @since_ns: Unix time
 * @ret_number: number of the first record of the present load of a process that ended
 *	then or later; @log->next if there is none
 *
 * Return: true if no older record that is not in the log can be from that time, as the
 * log has one that is older.
 */
bool exit_log_since(const struct exit_log *log, uint64_t since_ns, uint64_t *ret_number);

#endif
