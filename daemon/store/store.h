/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history, kept up by two threads of its own, so that the event loop never waits for
 * a disk: one takes batches from a bounded queue and writes them, one reads what is asked
 * for.
 *
 * What cannot be written stays in the queue and is tried again; when the queue is full,
 * whoever fills it comes again later: the module's log keeps the records meanwhile. Ticks and
 * blocks of series have queues of their own; one that finds it full is lost. A damaged file is
 * moved aside and begun anew.
 *
 * All functions here are for the thread of the event loop.
 */
#ifndef TASKMETERD_STORE_STORE_H
#define TASKMETERD_STORE_STORE_H

#include "store/batch.h"
#include "store/database.h"

#define STORE_QUEUE_MAX		64
/* Ticks that wait; with the usual interval, a minute of them. */
#define STORE_TICKS_MAX		6
/* Blocks of series that wait: of six kinds, more than a minute of them. */
#define STORE_SERIES_MAX	48
#define STORE_REQUESTS_MAX	32
/* Of these about tracks: they take long, and only one is read at a time. */
#define STORE_TRACKS_MAX	8
#define STORE_BOOT_ID_SIZE	64

struct store;

/**
 * struct store_status - how it does
 * @ready: the file has been opened at least once: store_cursor() answers
 * @problem: why nothing can be written now; empty if all is well
 * @moved: how often a damaged file was moved aside
 * @errors: transactions that failed, and attempts to open the file
 * @stored: records written
 * @lost: numbers written as lost
 * @pruned: steps in which old records were deleted
 * @queued: batches that wait
 * @ticks: ticks written
 * @ticks_queued: ticks that wait
 * @tick_bytes: bytes of those written, compressed
 * @series: blocks of series written
 * @series_queued: blocks of series that wait
 * @series_bytes: bytes of those written, compressed; those of rolled ones are not among them
 * @file_bytes: size of the file, without its log, when it was last written
 */
struct store_status {
	bool ready;
	char problem[DATABASE_PROBLEM_SIZE];
	uint64_t moved;
	uint64_t errors;
	uint64_t stored;
	uint64_t lost;
	uint64_t pruned;
	size_t queued;
	uint64_t ticks;
	size_t ticks_queued;
	uint64_t tick_bytes;
	uint64_t series;
	size_t series_queued;
	uint64_t series_bytes;
	uint64_t file_bytes;
};

/**
 * struct store_request - a question to the history
 * @query: which records
 * @done: called by store_dispatch(); @error 0, or as database_read(), with @problem; the
 *	page's batch becomes the callee's
 * @at_ns: if not 0, it is about the processes of this Unix time, not about records
 * @done_past: called in place of @done then; @error as database_read_past(); what the
 *	callee leaves in @past is released
 * @series: if it has a name, it is about the series of a group; the name is copied
 * @done_series: called in place of @done then; the points become the callee's
 * @track: if it has a pid, it is about the track of a process
 * @done_track: called in place of @done then; @error as database_read_track(); the points
 *	become the callee's
 * @data: the asker's
 */
struct store_request {
	struct database_query query;
	void (*done)(struct store_request *request, int error, const char *problem,
		     struct database_page *page);
	uint64_t at_ns;
	void (*done_past)(struct store_request *request, int error, const char *problem,
			  struct past *past);
	struct series_query series;
	void (*done_series)(struct store_request *request, int error, const char *problem,
			    struct series_answer *answer);
	struct track_query track;
	void (*done_track)(struct store_request *request, int error, const char *problem,
			   struct track *track);
	void *data;
};

/**
 * store_new() - begin to keep the history
 * @path: of the file
 * @boot_id: of this boot of the machine
 * @limits: what is kept
 * @ret_store: to be freed with store_free()
 *
 * That the file cannot be opened is no error: it is tried again.
 *
 * Return: 0 or a negative errno.
 */
int store_new(const char *path, const char *boot_id, const struct database_limits *limits,
	      struct store **ret_store);

/**
 * store_free() - write what is in the queue, if that can be done, and end
 * @store: may be NULL; requests that were not answered are dropped without a call
 *
 * Return: NULL.
 */
struct store *store_free(struct store *store);

/**
 * store_cursor() - where to go on in the module's log
 * @store: the store
 * @instance_id: load of the module
 * @ret_next: number of the first record that is neither stored nor in the queue
 *
 * Return: 0; -EAGAIN if this is not known yet: ask again later.
 */
int store_cursor(struct store *store, uint64_t instance_id, uint64_t *ret_next);

/**
 * store_room() - whether there is room in the queue
 * @store: the store
 */
bool store_room(struct store *store);

/**
 * store_push() - have a batch written
 * @store: the store
 * @batch: closed; a reference is taken
 *
 * Return: 0; -EAGAIN if the queue is full; -ENOMEM.
 */
int store_push(struct store *store, struct exit_batch *batch);

/**
 * store_push_tick() - have a tick written
 * @store: the store
 * @head: which one
 * @block: its block, not compressed; empty if it was taken over
 *
 * Return: 0; -EAGAIN if the queue is full.
 */
int store_push_tick(struct store *store, const struct tick_head *head, struct block *block);

/**
 * store_push_series() - have a block of series written
 * @store: the store
 * @row: which one
 * @block: the block, not compressed; empty if it was taken over
 *
 * Return: 0; -EAGAIN if the queue is full.
 */
int store_push_series(struct store *store, const struct series_row *row, struct block *block);

/**
 * store_status() - how it does
 * @store: the store
 * @ret_status: filled in
 */
void store_status(struct store *store, struct store_status *ret_status);

/**
 * store_set_limits() - from now on
 * @store: the store
 * @limits: what is kept
 */
void store_set_limits(struct store *store, const struct database_limits *limits);

/**
 * store_ask() - have something read
 * @store: the store
 * @request: stays where it is until it is done or cancelled
 *
 * A track is read in turns, between which others are answered.
 *
 * Return: 0; -EBUSY if too many wait already.
 */
int store_ask(struct store *store, struct store_request *request);

/**
 * store_cancel() - no longer interested
 * @store: the store
 * @request: not called any more; may be one that is done, or was never asked
 */
void store_cancel(struct store *store, struct store_request *request);

/**
 * store_fd() - to wait for answers with epoll(7)
 * @store: the store
 *
 * Return: a file descriptor that stays the store's; it is readable when
 * store_dispatch() is to be called.
 */
int store_fd(const struct store *store);

/**
 * store_dispatch() - hand out the answers that are there
 * @store: the store
 */
void store_dispatch(struct store *store);

#endif
