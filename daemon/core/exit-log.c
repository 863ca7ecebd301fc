// SPDX-License-Identifier: GPL-2.0-or-later
/* See exit-log.h. */
#include "core/exit-log.h"

#include <errno.h>
#include <stdlib.h>

struct exit_log_item {
	TAILQ_ENTRY(exit_log_item) entry;
	struct exit_batch *batch;
};

void exit_log_init(struct exit_log *log)
{
	*log = (struct exit_log) { .instance_id = 0 };
	TAILQ_INIT(&log->items);
}

static void drop_oldest(struct exit_log *log)
{
	struct exit_log_item *item = TAILQ_FIRST(&log->items);

	TAILQ_REMOVE(&log->items, item, entry);
	log->records -= item->batch->count;
	log->bytes -= sizeof(*item) + batch_bytes(item->batch);
	batch_unref(item->batch);
	free(item);
}

void exit_log_clear(struct exit_log *log)
{
	while (!TAILQ_EMPTY(&log->items))
		drop_oldest(log);
}

void exit_log_begin(struct exit_log *log, uint64_t instance_id, uint64_t next)
{
	log->instance_id = instance_id;
	log->next = next;
}

int exit_log_add(struct exit_log *log, struct exit_batch *batch)
{
	struct exit_log_item *item = malloc(sizeof(*item));

	if (!item)
		return -ENOMEM;
	item->batch = batch_ref(batch);
	TAILQ_INSERT_TAIL(&log->items, item, entry);
	log->next = batch->next;
	log->records += batch->count;
	log->bytes += sizeof(*item) + batch_bytes(batch);
	while ((log->records > EXIT_LOG_RECORDS_MAX || log->bytes > EXIT_LOG_BYTES_MAX) &&
	       TAILQ_FIRST(&log->items) != item)
		drop_oldest(log);
	return 0;
}

uint64_t exit_log_first(const struct exit_log *log)
{
	struct exit_batch *batch = exit_log_from(log, log->instance_id, 0);

	return batch ? batch->first : log->next;
}

/* From the end, as that is where most look. */
struct exit_batch *exit_log_find(const struct exit_log *log, uint64_t number)
{
	struct exit_batch *found = NULL;
	struct exit_log_item *item;

	TAILQ_FOREACH_REVERSE(item, &log->items, exit_log_items, entry) {
		if (item->batch->instance_id != log->instance_id ||
		    item->batch->next <= number)
			break;
		found = item->batch;
	}
	return found;
}

struct exit_batch *exit_log_from(const struct exit_log *log, uint64_t instance_id,
				 uint64_t number)
{
	struct exit_log_item *item;

	TAILQ_FOREACH(item, &log->items, entry)
		if (item->batch->instance_id == instance_id && item->batch->first >= number)
			return item->batch;
	return NULL;
}

uint64_t exit_log_instance_after(const struct exit_log *log, uint64_t instance_id)
{
	struct exit_log_item *item;
	bool behind = false;

	TAILQ_FOREACH(item, &log->items, entry) {
		if (item->batch->instance_id == instance_id)
			behind = true;
		else if (behind)
			return item->batch->instance_id;
	}
	return log->instance_id;
}

bool exit_log_since(const struct exit_log *log, uint64_t since_ns, uint64_t *ret_number)
{
	const struct exit_batch *batch;
	struct exit_log_item *item;
	bool older = false;
	size_t i;

	*ret_number = log->next;
	TAILQ_FOREACH(item, &log->items, entry) {
		batch = item->batch;
		for (i = 0; i < batch->count; i++) {
			if (batch->entries[i].end_ns < since_ns) {
				older = true;
			} else if (batch->instance_id == log->instance_id) {
				*ret_number = batch->entries[i].number;
				return older;
			} else {
				return false;
			}
		}
	}
	return older;
}
