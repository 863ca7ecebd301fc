// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See store.h. The writer is here, the reader in reader.c.
 *
 * Under the lock stand the queue, the status and the cursors; the database is the
 * writer's alone. The writer takes a batch out of the queue when it is stored, not
 * before: what cannot be written still has its place.
 */
#include "store/store.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "store/reader.h"

#define NSEC_PER_SEC	UINT64_C(1000000000)
#define RETRY_MIN_SEC	1
#define RETRY_MAX_SEC	30
#define PRUNE_SEC	10

struct waiting_tick {
	struct tick_head head;
	struct block block;
};

struct waiting_series {
	struct series_row row;
	struct block block;
};

struct store {
	char *path;
	char boot_id[STORE_BOOT_ID_SIZE];
	struct reader *reader;
	pthread_t writer;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock. */
	struct exit_batch *queue[STORE_QUEUE_MAX];
	size_t first;
	struct waiting_tick ticks[STORE_TICKS_MAX];
	size_t first_tick;
	struct waiting_series series[STORE_SERIES_MAX];
	size_t first_series;
	struct store_status status;
	struct database_limits limits;
	bool ending;
	/* What was asked for last, as the event loop has only one load at a time. */
	bool asked;
	bool answered;
	uint64_t instance_id;
	uint64_t next;
	/* The writer's. */
	struct database *database;
	unsigned int retry_sec;
	bool replaced;
	bool made_room;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

/* Until something changes, or the time is over. */
static void wait_for_change(struct store *store, unsigned int seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_cond_timedwait(&store->changed, &store->lock, &until);
}

static void note_failure(struct store *store, const char *problem)
{
	pthread_mutex_lock(&store->lock);
	store->status.errors++;
	snprintf(store->status.problem, sizeof(store->status.problem), "%s", problem);
	pthread_mutex_unlock(&store->lock);
}

/* Moved aside at most once in a row: a disk that damages everything is not helped. */
static bool replace_damaged(struct store *store)
{
	if (store->replaced || database_move_aside(store->path) < 0)
		return false;
	store->replaced = true;
	pthread_mutex_lock(&store->lock);
	store->status.moved++;
	pthread_mutex_unlock(&store->lock);
	return true;
}

/* Returns whether to try again at once. To close the file would give the log's room away. */
static bool failed(struct store *store, int error, const char *problem)
{
	const bool full = error == -ENOSPC && store->database;

	if (full)
		database_restart_log(store->database);
	if (full && !store->made_room) {
		store->made_room = true;
		return true;
	}
	note_failure(store, problem);
	/* Opened anew the next time: the file, or its file system, may be another. */
	if (error != -EBUSY && !full)
		store->database = database_close(store->database);
	if (error == -EBADMSG && replace_damaged(store))
		return true;
	store->retry_sec = store->retry_sec ? 2 * store->retry_sec : RETRY_MIN_SEC;
	if (store->retry_sec > RETRY_MAX_SEC)
		store->retry_sec = RETRY_MAX_SEC;
	return false;
}

static void succeeded(struct store *store)
{
	store->retry_sec = 0;
	store->replaced = false;
	store->made_room = false;
	pthread_mutex_lock(&store->lock);
	store->status.ready = true;
	store->status.problem[0] = '\0';
	pthread_mutex_unlock(&store->lock);
}

static int open_database(struct store *store, char *problem)
{
	/* Somebody may have made room by deleting it. */
	if (store->retry_sec && store->database && database_has_moved(store->database))
		store->database = database_close(store->database);
	if (store->database)
		return 0;
	return database_open(store->path, &store->database, problem);
}

/* The cursor that the event loop waits for. */
static int answer(struct store *store, char *problem)
{
	uint64_t instance_id, next = 1;
	bool asked;
	int r;

	pthread_mutex_lock(&store->lock);
	asked = store->asked && !store->answered;
	instance_id = store->instance_id;
	pthread_mutex_unlock(&store->lock);
	if (!asked)
		return 0;
	r = database_cursor(store->database, store->boot_id, instance_id, &next, problem);
	if (r < 0)
		return r;
	pthread_mutex_lock(&store->lock);
	if (store->instance_id == instance_id) {
		store->answered = true;
		store->next = next;
	}
	pthread_mutex_unlock(&store->lock);
	return 0;
}

static struct exit_batch *first_batch(struct store *store)
{
	struct exit_batch *batch;

	pthread_mutex_lock(&store->lock);
	batch = store->status.queued ? store->queue[store->first] : NULL;
	pthread_mutex_unlock(&store->lock);
	return batch;
}

static void drop_first(struct store *store)
{
	struct exit_batch *batch;

	pthread_mutex_lock(&store->lock);
	batch = store->queue[store->first];
	store->first = (store->first + 1) % STORE_QUEUE_MAX;
	store->status.queued--;
	store->status.stored += batch->count;
	store->status.lost += batch->lost;
	pthread_mutex_unlock(&store->lock);
	batch_unref(batch);
}

static struct database_limits limits_now(struct store *store)
{
	struct database_limits limits;

	pthread_mutex_lock(&store->lock);
	limits = store->limits;
	pthread_mutex_unlock(&store->lock);
	return limits;
}

static int prune(struct store *store, char *problem)
{
	const struct database_limits limits = limits_now(store);
	int r;

	r = database_prune(store->database, &limits, clock_ns(CLOCK_REALTIME), problem);
	if (r < 0)
		return r;
	pthread_mutex_lock(&store->lock);
	store->status.pruned += r > 0;
	pthread_mutex_unlock(&store->lock);
	return r;
}

static int write_batch(struct store *store, char *problem)
{
	struct exit_batch *batch = first_batch(store);
	int r;

	if (!batch)
		return 0;
	r = database_store(store->database, store->boot_id, batch, clock_ns(CLOCK_REALTIME),
			   problem);
	if (!r)
		drop_first(store);
	return r;
}

/* It stays the queue's, where nobody else touches the first one. */
static struct waiting_tick *first_tick(struct store *store)
{
	struct waiting_tick *tick;

	pthread_mutex_lock(&store->lock);
	tick = store->status.ticks_queued ? &store->ticks[store->first_tick] : NULL;
	pthread_mutex_unlock(&store->lock);
	return tick;
}

static void drop_first_tick(struct store *store, size_t stored_bytes)
{
	struct block block;

	pthread_mutex_lock(&store->lock);
	block = store->ticks[store->first_tick].block;
	store->first_tick = (store->first_tick + 1) % STORE_TICKS_MAX;
	store->status.ticks_queued--;
	store->status.ticks += stored_bytes > 0;
	store->status.tick_bytes += stored_bytes;
	pthread_mutex_unlock(&store->lock);
	block_clear(&block);
}

static int compress_block(const struct block *block, struct block *ret_packed, char *problem)
{
	int r = block_compress(block, ret_packed);

	if (r < 0)
		snprintf(problem, DATABASE_PROBLEM_SIZE, "out of memory");
	return r;
}

static int write_tick(struct store *store, char *problem)
{
	struct waiting_tick *tick = first_tick(store);
	struct block packed;
	int r;

	if (!tick)
		return 0;
	r = compress_block(&tick->block, &packed, problem);
	if (r < 0)
		return r;
	r = database_store_tick(store->database, &tick->head, &packed, problem);
	if (!r)
		drop_first_tick(store, packed.size);
	block_clear(&packed);
	return r;
}

static struct waiting_series *first_series(struct store *store)
{
	struct waiting_series *series;

	pthread_mutex_lock(&store->lock);
	series = store->status.series_queued ? &store->series[store->first_series] : NULL;
	pthread_mutex_unlock(&store->lock);
	return series;
}

static void drop_first_series(struct store *store, size_t stored_bytes)
{
	struct block block;

	pthread_mutex_lock(&store->lock);
	block = store->series[store->first_series].block;
	store->first_series = (store->first_series + 1) % STORE_SERIES_MAX;
	store->status.series_queued--;
	store->status.series += stored_bytes > 0;
	store->status.series_bytes += stored_bytes;
	pthread_mutex_unlock(&store->lock);
	block_clear(&block);
}

static int write_series(struct store *store, char *problem)
{
	struct waiting_series *series = first_series(store);
	struct block packed;
	int r;

	if (!series)
		return 0;
	r = compress_block(&series->block, &packed, problem);
	if (r < 0)
		return r;
	r = database_store_series(store->database, &series->row, &packed, problem);
	if (!r)
		drop_first_series(store, packed.size);
	block_clear(&packed);
	return r;
}

static int note_size(struct store *store, char *problem)
{
	uint64_t bytes;
	int r = database_size(store->database, &bytes, problem);

	if (r < 0)
		return r;
	pthread_mutex_lock(&store->lock);
	store->status.file_bytes = bytes;
	pthread_mutex_unlock(&store->lock);
	return 0;
}

static int prune_due(struct store *store, bool *due, char *problem)
{
	int r = prune(store, problem);

	if (r < 0)
		return r;
	*due = r > 0;
	return 0;
}

/*
 * One batch, one tick, one block of series, and as much pruning: what is too old, or too
 * much, never gets more. What is too old goes first, as where a disk is full nothing comes
 * before that.
 */
static int write_one(struct store *store, bool *due, char *problem)
{
	const struct database_limits limits = limits_now(store);
	int r = *due ? prune_due(store, due, problem) : 0;

	if (!r)
		r = write_batch(store, problem);
	if (!r)
		r = write_tick(store, problem);
	if (!r)
		r = write_series(store, problem);
	if (!r && !*due && database_is_full(store->database, &limits))
		r = prune_due(store, due, problem);
	/* It is not known what of it was needed. */
	if (r == -ENOSPC)
		*due = true;
	return r < 0 ? r : note_size(store, problem);
}

static int work(struct store *store, bool *due)
{
	char problem[DATABASE_PROBLEM_SIZE] = "";
	int r = open_database(store, problem);

	if (!r)
		r = answer(store, problem);
	if (!r)
		r = write_one(store, due, problem);
	if (!r)
		succeeded(store);
	return r < 0 ? (failed(store, r, problem) ? 0 : r) : 0;
}

/* With the lock. */
static bool is_queued(const struct store *store)
{
	return store->status.queued || store->status.ticks_queued || store->status.series_queued;
}

/* With the lock. A failure is waited for, unless the daemon ends. */
static bool has_work(const struct store *store, bool due)
{
	return is_queued(store) || due ||
	       (store->asked && !store->answered) || !store->status.ready;
}

static void wait_after_failure(struct store *store)
{
	uint64_t until = clock_ns(CLOCK_MONOTONIC) + store->retry_sec * NSEC_PER_SEC;
	uint64_t now;

	pthread_mutex_lock(&store->lock);
	while (!store->ending && (now = clock_ns(CLOCK_MONOTONIC)) < until)
		wait_for_change(store, (unsigned int)((until - now) / NSEC_PER_SEC) + 1);
	pthread_mutex_unlock(&store->lock);
}

/* Returns false at the end: nothing is left to do, or nothing can be done. */
static bool wait_for_work(struct store *store, bool *due, uint64_t *pruned_ns)
{
	bool more;

	pthread_mutex_lock(&store->lock);
	if (!store->ending && !has_work(store, *due))
		wait_for_change(store, PRUNE_SEC);
	more = !store->ending || is_queued(store);
	pthread_mutex_unlock(&store->lock);
	if (clock_ns(CLOCK_MONOTONIC) - *pruned_ns >= PRUNE_SEC * NSEC_PER_SEC) {
		*pruned_ns = clock_ns(CLOCK_MONOTONIC);
		*due = true;
	}
	return more;
}

static bool is_ending(struct store *store)
{
	bool ending;

	pthread_mutex_lock(&store->lock);
	ending = store->ending;
	pthread_mutex_unlock(&store->lock);
	return ending;
}

static void *run_writer(void *data)
{
	struct store *store = data;
	uint64_t pruned_ns = 0;
	bool due = false;

	while (wait_for_work(store, &due, &pruned_ns)) {
		if (work(store, &due) < 0) {
			if (is_ending(store))
				break;
			wait_after_failure(store);
		}
	}
	store->database = database_close(store->database);
	return NULL;
}

static int init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	int r = pthread_condattr_init(&attributes);

	if (!r)
		r = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (!r)
		r = pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
	return -r;
}

static struct store *allocate(const char *path, const char *boot_id,
			      const struct database_limits *limits)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->path = strdup(path);
	if (!store->path || init_condition(&store->changed) < 0) {
		free(store->path);
		free(store);
		return NULL;
	}
	pthread_mutex_init(&store->lock, NULL);
	snprintf(store->boot_id, sizeof(store->boot_id), "%s", boot_id);
	store->limits = *limits;
	snprintf(store->status.problem, sizeof(store->status.problem),
		 "the file has not been opened yet");
	return store;
}

static void release(struct store *store)
{
	pthread_mutex_destroy(&store->lock);
	pthread_cond_destroy(&store->changed);
	free(store->path);
	free(store);
}

int store_new(const char *path, const char *boot_id, const struct database_limits *limits,
	      struct store **ret_store)
{
	struct store *store = allocate(path, boot_id, limits);
	int r;

	if (!store)
		return -ENOMEM;
	r = reader_new(path, &store->reader);
	if (r < 0) {
		release(store);
		return r;
	}
	r = -pthread_create(&store->writer, NULL, run_writer, store);
	if (r < 0) {
		reader_free(store->reader);
		release(store);
		return r;
	}
	*ret_store = store;
	return 0;
}

struct store *store_free(struct store *store)
{
	if (!store)
		return NULL;
	reader_free(store->reader);
	pthread_mutex_lock(&store->lock);
	store->ending = true;
	pthread_cond_broadcast(&store->changed);
	pthread_mutex_unlock(&store->lock);
	pthread_join(store->writer, NULL);
	while (store->status.queued)
		drop_first(store);
	while (store->status.ticks_queued)
		drop_first_tick(store, 0);
	while (store->status.series_queued)
		drop_first_series(store, 0);
	release(store);
	return NULL;
}

int store_cursor(struct store *store, uint64_t instance_id, uint64_t *ret_next)
{
	int r = -EAGAIN;

	pthread_mutex_lock(&store->lock);
	if (!store->asked || store->instance_id != instance_id) {
		store->asked = true;
		store->answered = false;
		store->instance_id = instance_id;
		pthread_cond_broadcast(&store->changed);
	} else if (store->answered) {
		*ret_next = store->next;
		r = 0;
	}
	pthread_mutex_unlock(&store->lock);
	return r;
}

bool store_room(struct store *store)
{
	bool room;

	pthread_mutex_lock(&store->lock);
	room = store->status.queued < STORE_QUEUE_MAX;
	pthread_mutex_unlock(&store->lock);
	return room;
}

int store_push(struct store *store, struct exit_batch *batch)
{
	int r = -EAGAIN;

	pthread_mutex_lock(&store->lock);
	if (store->status.queued < STORE_QUEUE_MAX) {
		store->queue[(store->first + store->status.queued++) % STORE_QUEUE_MAX] =
			batch_ref(batch);
		if (store->instance_id == batch->instance_id && store->next < batch->next)
			store->next = batch->next;
		pthread_cond_broadcast(&store->changed);
		r = 0;
	}
	pthread_mutex_unlock(&store->lock);
	return r;
}

int store_push_tick(struct store *store, const struct tick_head *head, struct block *block)
{
	size_t place;
	int r = -EAGAIN;

	pthread_mutex_lock(&store->lock);
	if (store->status.ticks_queued < STORE_TICKS_MAX) {
		place = (store->first_tick + store->status.ticks_queued++) % STORE_TICKS_MAX;
		store->ticks[place] = (struct waiting_tick) { *head, *block };
		*block = (struct block) { 0 };
		pthread_cond_broadcast(&store->changed);
		r = 0;
	}
	pthread_mutex_unlock(&store->lock);
	return r;
}

int store_push_series(struct store *store, const struct series_row *row, struct block *block)
{
	size_t place;
	int r = -EAGAIN;

	pthread_mutex_lock(&store->lock);
	if (store->status.series_queued < STORE_SERIES_MAX) {
		place = (store->first_series + store->status.series_queued++) % STORE_SERIES_MAX;
		store->series[place] = (struct waiting_series) { *row, *block };
		*block = (struct block) { 0 };
		pthread_cond_broadcast(&store->changed);
		r = 0;
	}
	pthread_mutex_unlock(&store->lock);
	return r;
}

void store_status(struct store *store, struct store_status *ret_status)
{
	pthread_mutex_lock(&store->lock);
	*ret_status = store->status;
	pthread_mutex_unlock(&store->lock);
}

void store_set_limits(struct store *store, const struct database_limits *limits)
{
	pthread_mutex_lock(&store->lock);
	store->limits = *limits;
	pthread_mutex_unlock(&store->lock);
}

int store_ask(struct store *store, struct store_request *request)
{
	return reader_ask(store->reader, request);
}

void store_cancel(struct store *store, struct store_request *request)
{
	reader_cancel(store->reader, request);
}

int store_fd(const struct store *store)
{
	return reader_fd(store->reader);
}

void store_dispatch(struct store *store)
{
	reader_dispatch(store->reader);
}
