/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit records on their way: read from the module's log, kept in memory for the API, fed
 * to the store.
 *
 * They are read in each tick of the sampler, and once a second if ticks are further
 * apart. The store has a cursor of its own: it is fed from memory, and what memory does
 * not hold any more is read from the module's log again. So neither a slow disk nor one
 * that is full keeps the API from the newest records, and nothing is lost to the store
 * as long as the module's log holds it.
 */
#ifndef TASKMETERD_CORE_EXITS_H
#define TASKMETERD_CORE_EXITS_H

#include <sys/queue.h>
#include <systemd/sd-event.h>
#include <taskmeter/taskmeter.h>
#include "core/exit-log.h"
#include "store/store.h"

/**
 * struct exits_cost - counters
 * @records: records read
 * @failed: of these, with an exit code that is not 0 or killed by a signal
 * @oom: of these, killed because memory ran out
 * @lost: records that were not in the module's log any more when they were to be read
 * @lost_to_store: of these or others, those that the store was too late for
 */
struct exits_cost {
	uint64_t records;
	uint64_t failed;
	uint64_t oom;
	uint64_t lost;
	uint64_t lost_to_store;
};

/**
 * struct exits_listener - who wants to know that records came
 * @entry: in the list
 * @notify: called after records were added to the log, or another load of the module is
 *	read
 */
struct exits_listener {
	TAILQ_ENTRY(exits_listener) entry;
	void (*notify)(struct exits_listener *listener);
};

TAILQ_HEAD(exits_listeners, exits_listener);

/**
 * typedef exits_reader - read a batch from the module's log
 * @data: the reader's
 * @instance_id: load of the module
 * @cursor: number of the first record that is wanted, 0 for the oldest
 * @ret_batch: closed; the caller's. With less than BATCH_RECORDS_MAX records there
 *	is nothing more now
 *
 * Return: 0 or a negative errno.
 */
typedef int exits_reader(void *data, uint64_t instance_id, uint64_t cursor,
			 struct exit_batch **ret_batch);

/**
 * struct exits - the way
 * @taken: called once for each batch that is read, before its records may have to make
 *	room for others; NULL if nobody wants that
 * @taken_data: its first argument
 * @log: what is in memory
 * @store: the store, or NULL
 * @listeners: who is told
 * @cost: counters
 * @supported: the module has an exit log
 * @last_number: newest record that the module has told of
 * @feed_known: the next two are known
 * @feed_instance: load of the module whose records the store gets now
 * @feed_next: number that it gets next
 * @feed_end: where that load ended, if it was left while it was fed; else 0
 * @problem: what was logged of the store last
 * @moved: how often its file had been moved aside when that was logged
 */
struct exits {
	void (*taken)(void *data, const struct exit_batch *batch);
	void *taken_data;
	struct exit_log log;
	struct store *store;
	struct exits_listeners listeners;
	struct exits_cost cost;
	bool supported;
	uint64_t last_number;
	bool feed_known;
	uint64_t feed_instance;
	uint64_t feed_next;
	uint64_t feed_end;
	char problem[DATABASE_PROBLEM_SIZE];
	uint64_t moved;
};

/**
 * exits_init() - begin with nothing
 * @exits: filled in
 * @store: lives longer; NULL to keep records in memory only
 */
void exits_init(struct exits *exits, struct store *store);
void exits_clear(struct exits *exits);

/**
 * exits_update() - read what came in, and feed the store
 * @exits: the way
 * @info: the module's description
 * @read: reads a batch
 * @data: its first argument
 *
 * At most some ten thousand records at a time.
 *
 * Return: 1 if there may be more, 0, or a negative errno of @read.
 */
int exits_update(struct exits *exits, const struct taskmeter_info *info,
		 exits_reader *read, void *data);

/**
 * exits_read() - the same, over an open device
 * @exits: the way
 * @meter: the device
 * @info: what it told of the module
 *
 * Return: as exits_update().
 */
int exits_read(struct exits *exits, struct tm_meter *meter,
	       const struct taskmeter_info *info);

#endif
