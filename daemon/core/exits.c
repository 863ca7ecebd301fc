// SPDX-License-Identifier: GPL-2.0-or-later
/* See exits.h. */
#include "core/exits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "core/log.h"

/* Batches of one update: a storm does not keep the API waiting for long. */
#define UPDATE_BATCHES	64
#define NSEC_PER_SEC	UINT64_C(1000000000)

void exits_init(struct exits *exits, struct store *store)
{
	*exits = (struct exits) { .store = store };
	exit_log_init(&exits->log);
	TAILQ_INIT(&exits->listeners);
}

void exits_clear(struct exits *exits)
{
	exit_log_clear(&exits->log);
}

static void notify(struct exits *exits)
{
	struct exits_listener *listener, *next;

	for (listener = TAILQ_FIRST(&exits->listeners); listener; listener = next) {
		next = TAILQ_NEXT(listener, entry);
		listener->notify(listener);
	}
}

/* Each change is told once. */
static void log_store(struct exits *exits, const struct store_status *status)
{
	if (status->moved != exits->moved)
		log_error("the history was damaged: its file is moved aside, to a name with"
			  " \".corrupt\", and a new one is begun");
	exits->moved = status->moved;
	if (!status->errors || !strcmp(status->problem, exits->problem))
		return;
	if (status->problem[0])
		log_error("the history cannot be written: %s; exit records are kept in"
			  " memory, and in the module's log, until it can", status->problem);
	else
		log_info("the history can be written again");
	snprintf(exits->problem, sizeof(exits->problem), "%s", status->problem);
}

/* Where to begin; waits for the store to open its file, but not for it to be mended. */
static int find_start(struct exits *exits, uint64_t instance_id, uint64_t *ret_next)
{
	struct store_status status;
	int r;

	*ret_next = 0;
	if (!exits->store)
		return 0;
	r = store_cursor(exits->store, instance_id, ret_next);
	if (r != -EAGAIN)
		return r;
	store_status(exits->store, &status);
	return status.errors ? 0 : r;
}

/* A batch without a record: all of it is lost. */
static struct exit_batch *lost_batch(uint64_t instance_id, uint64_t first, uint64_t next)
{
	struct exit_batch *batch = batch_new(instance_id, first);

	if (batch)
		batch_close(batch, next, next - first);
	return batch;
}

/* What was in the log of a module that is gone, as far as that was told. */
static void lose_rest(struct exits *exits)
{
	struct exit_log *log = &exits->log;
	struct exit_batch *batch;

	if (!log->next || exits->last_number < log->next)
		return;
	batch = lost_batch(log->instance_id, log->next, exits->last_number + 1);
	if (!batch)
		return;
	exits->cost.lost += batch->lost;
	log_warning("%" PRIu64 " exit records are lost: the module was unloaded before they"
		    " were read", batch->lost);
	exit_log_add(log, batch);
	batch_unref(batch);
}

static int begin_instance(struct exits *exits, uint64_t instance_id)
{
	uint64_t next;
	int r = find_start(exits, instance_id, &next);

	if (r < 0)
		return r;
	lose_rest(exits);
	if (exits->feed_instance == exits->log.instance_id)
		exits->feed_end = exits->log.next;
	exit_log_begin(&exits->log, instance_id, next);
	exits->last_number = 0;
	/* A store that has not answered yet gets what is in memory all the same. */
	if (!exits->feed_instance)
		exits->feed_instance = instance_id;
	return 0;
}

static void count(struct exits *exits, const struct exit_batch *batch)
{
	size_t i;

	exits->cost.records += batch->count;
	exits->cost.lost += batch->lost;
	for (i = 0; i < batch->count; i++) {
		exits->cost.failed += !!batch->entries[i].status;
		exits->cost.oom += !!(batch->entries[i].flags & TASKMETER_EXIT_OOM);
	}
}

/* Returns the number of records; an empty read leaves no trace. */
static int read_one(struct exits *exits, exits_reader *read, void *data)
{
	struct exit_log *log = &exits->log;
	struct exit_batch *batch;
	int r = read(data, log->instance_id, log->next, &batch);

	if (r < 0)
		return r;
	if (batch->next > batch->first)
		r = exit_log_add(log, batch);
	if (!r)
		r = (int)batch->count;
	if (r >= 0)
		count(exits, batch);
	if (r >= 0 && exits->taken)
		exits->taken(exits->taken_data, batch);
	batch_unref(batch);
	return r;
}

/* The store's place: in the load that it was at, or at the next one. */
static bool find_feed(struct exits *exits)
{
	if (!exits->feed_known)
		exits->feed_known = !store_cursor(exits->store, exits->feed_instance,
						  &exits->feed_next);
	return exits->feed_known;
}

/* The next load that there is something of; 0 if this is the present one. */
static bool leave_instance(struct exits *exits)
{
	if (exits->feed_instance == exits->log.instance_id)
		return false;
	exits->feed_instance = exit_log_instance_after(&exits->log, exits->feed_instance);
	exits->feed_known = false;
	exits->feed_end = 0;
	return find_feed(exits);
}

/* From the module's log again, up to where memory begins. */
static int read_again(struct exits *exits, uint64_t until, exits_reader *read, void *data,
		      struct exit_batch **ret_batch)
{
	struct exit_batch *batch;
	int r;

	if (exits->feed_instance == exits->log.instance_id) {
		r = read(data, exits->feed_instance, exits->feed_next, &batch);
		if (r < 0)
			return r;
		batch_cut(batch, until);
	} else {
		batch = lost_batch(exits->feed_instance, exits->feed_next, until);
		if (!batch)
			return -ENOMEM;
	}
	exits->cost.lost_to_store += batch->lost;
	*ret_batch = batch;
	return 0;
}

static int push(struct exits *exits, struct exit_batch *batch)
{
	int r = 0;

	if (batch->next > exits->feed_next)
		r = store_push(exits->store, batch);
	if (!r)
		exits->feed_next = batch->next;
	return r;
}

/* Of a load that is gone, memory may hold nothing any more; its numbers are lost then. */
static uint64_t feed_end(const struct exits *exits)
{
	return exits->feed_instance == exits->log.instance_id ? exits->log.next :
								exits->feed_end;
}

/* Returns 1 if a batch was fed, 0 if there is none. */
static int feed_one(struct exits *exits, exits_reader *read, void *data)
{
	struct exit_log *log = &exits->log;
	struct exit_batch *batch = exit_log_from(log, exits->feed_instance, exits->feed_next);
	uint64_t until = batch ? batch->first : feed_end(exits);
	int r;

	if (batch && batch->first == exits->feed_next) {
		exits->cost.lost_to_store += batch->lost;
		return push(exits, batch) ? 0 : 1;
	}
	if (!batch && exits->feed_next >= until)
		return leave_instance(exits);
	r = read_again(exits, until, read, data, &batch);
	if (r < 0)
		return r;
	r = batch->next > exits->feed_next && !push(exits, batch);
	batch_unref(batch);
	return r;
}

static int feed(struct exits *exits, exits_reader *read, void *data)
{
	int i, r = 1;

	if (!exits->store || !find_feed(exits))
		return 0;
	for (i = 0; r > 0 && i < 2 * UPDATE_BATCHES && store_room(exits->store); i++)
		r = feed_one(exits, read, data);
	return r < 0 ? r : 0;
}

static int read_all(struct exits *exits, exits_reader *read, void *data)
{
	int i, r = BATCH_RECORDS_MAX, fed = 0;

	for (i = 0; r == BATCH_RECORDS_MAX && !fed && i < UPDATE_BATCHES; i++) {
		r = read_one(exits, read, data);
		if (r >= 0)
			fed = feed(exits, read, data);
	}
	if (i)
		notify(exits);
	if (r < 0 || fed < 0)
		return r < 0 ? r : fed;
	return r == BATCH_RECORDS_MAX;
}

int exits_update(struct exits *exits, const struct taskmeter_info *info,
		 exits_reader *read, void *data)
{
	struct store_status status;
	int r = 0;

	if (exits->store) {
		store_status(exits->store, &status);
		log_store(exits, &status);
	}
	exits->supported = info->size >= TASKMETER_INFO_SIZE_VER3;
	if (!exits->supported)
		return 0;
	if (exits->log.instance_id != info->instance_id)
		r = begin_instance(exits, info->instance_id);
	if (r < 0)
		return r == -EAGAIN ? 1 : r;
	exits->last_number = info->exit_number;
	return read_all(exits, read, data);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

/* Boottime becomes Unix time, as the two stand now. */
static uint64_t end_ns(const struct taskmeter_exit *exit)
{
	return exit->exit_time_ns + clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
}

static int fill(struct exit_batch *batch, struct tm_exits *exits)
{
	const struct tm_exit *exit;
	int r = 1;

	while (batch->count < BATCH_RECORDS_MAX && r > 0) {
		r = tm_exits_next(exits, &exit);
		if (r <= 0)
			break;
		/* Asked for the oldest, it begins where that is. */
		if (!batch->first)
			batch->first = batch->next = exit->exit->number;
		r = batch_add(batch, exit, end_ns(exit->exit));
		if (!r)
			r = 1;
	}
	return r < 0 ? r : 0;
}

static int read_device(void *data, uint64_t instance_id, uint64_t cursor,
		       struct exit_batch **ret_batch)
{
	struct exit_batch *batch = batch_new(instance_id, cursor);
	struct tm_exits *exits;
	int r;

	if (!batch)
		return -ENOMEM;
	r = tm_exits_new(data, cursor, TASKMETER_SNAPSHOT_HISTOGRAMS |
			 TASKMETER_SNAPSHOT_STALLS, &exits);
	if (r < 0) {
		batch_unref(batch);
		return r;
	}
	r = fill(batch, exits);
	if (!r && batch->first)
		batch_close(batch, tm_exits_cursor(exits), tm_exits_lost(exits));
	tm_exits_free(exits);
	if (r < 0) {
		batch_unref(batch);
		return r;
	}
	*ret_batch = batch;
	return 0;
}

int exits_read(struct exits *exits, struct tm_meter *meter,
	       const struct taskmeter_info *info)
{
	return exits_update(exits, info, read_device, meter);
}
