// SPDX-License-Identifier: GPL-2.0-or-later
/* See exit-log.h. */
#include "core/exit-log.h"

#include <errno.h>
#include <stdlib.h>

#define CAPACITY_FIRST	64

static struct exit_batch *batch_at(const struct exit_log *log, size_t index)
{
	return log->batches[(log->begin + index) & (log->capacity - 1)];
}

void exit_log_init(struct exit_log *log)
{
	*log = (struct exit_log) { .instance_id = 0 };
}

static size_t bytes_of(const struct exit_batch *batch)
{
	return sizeof(batch) + batch_bytes(batch);
}

static void drop_oldest(struct exit_log *log)
{
	struct exit_batch *batch = batch_at(log, 0);

	log->begin = (log->begin + 1) & (log->capacity - 1);
	log->count--;
	log->records -= batch->count;
	log->bytes -= bytes_of(batch);
	batch_unref(batch);
}

void exit_log_clear(struct exit_log *log)
{
	while (log->count)
		drop_oldest(log);
	free(log->batches);
	log->batches = NULL;
	log->begin = log->capacity = 0;
}

void exit_log_begin(struct exit_log *log, uint64_t instance_id, uint64_t next)
{
	log->instance_id = instance_id;
	log->next = next;
}

static int grow(struct exit_log *log)
{
	size_t capacity = log->capacity ? 2 * log->capacity : CAPACITY_FIRST, i;
	struct exit_batch **batches = reallocarray(NULL, capacity, sizeof(struct exit_batch *));

	if (!batches)
		return -ENOMEM;
	for (i = 0; i < log->count; i++)
		batches[i] = batch_at(log, i);
	free(log->batches);
	log->batches = batches;
	log->begin = 0;
	log->capacity = capacity;
	return 0;
}

int exit_log_add(struct exit_log *log, struct exit_batch *batch)
{
	if (log->count == log->capacity && grow(log) < 0)
		return -ENOMEM;
	log->batches[(log->begin + log->count++) & (log->capacity - 1)] = batch_ref(batch);
	log->next = batch->next;
	log->records += batch->count;
	log->bytes += bytes_of(batch);
	while ((log->records > EXIT_LOG_RECORDS_MAX || log->bytes > EXIT_LOG_BYTES_MAX) &&
	       log->count > 1)
		drop_oldest(log);
	return 0;
}

uint64_t exit_log_first(const struct exit_log *log)
{
	struct exit_batch *batch = exit_log_find(log, 0);

	return batch ? batch->first : log->next;
}

/* Those of the present load are behind all others. */
struct exit_batch *exit_log_find(const struct exit_log *log, uint64_t number)
{
	size_t low = 0, high = log->count, middle;
	const struct exit_batch *batch;

	while (low < high) {
		middle = low + (high - low) / 2;
		batch = batch_at(log, middle);
		if (batch->instance_id != log->instance_id || batch->next <= number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < log->count ? batch_at(log, low) : NULL;
}

/* From the end, as that is where the store mostly is. */
struct exit_batch *exit_log_from(const struct exit_log *log, uint64_t instance_id,
				 uint64_t number)
{
	struct exit_batch *batch, *found = NULL;
	size_t i;

	for (i = log->count; i; i--) {
		batch = batch_at(log, i - 1);
		if (batch->instance_id != instance_id)
			continue;
		if (batch->first < number)
			break;
		found = batch;
	}
	return found;
}

uint64_t exit_log_instance_after(const struct exit_log *log, uint64_t instance_id)
{
	bool behind = false;
	size_t i;

	for (i = 0; i < log->count; i++) {
		if (batch_at(log, i)->instance_id == instance_id)
			behind = true;
		else if (behind)
			return batch_at(log, i)->instance_id;
	}
	return log->instance_id;
}

bool exit_log_since(const struct exit_log *log, uint64_t since_ns, uint64_t *ret_number)
{
	const struct exit_batch *batch;
	bool older = false;
	size_t i, j;

	*ret_number = log->next;
	for (j = 0; j < log->count; j++) {
		batch = batch_at(log, j);
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
