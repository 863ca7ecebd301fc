// SPDX-License-Identifier: GPL-2.0-or-later
/* See batch.h. */
#include "store/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "store/pack.h"

#define WORDS(type)		(sizeof(type) / sizeof(uint64_t))
/* The command line has its own place. */
#define EXIT_WORDS		(offsetof(struct taskmeter_exit, command_line) / sizeof(uint64_t))
#define RECORD_WORDS		WORDS(struct taskmeter_record)
#define HISTOGRAMS_WORDS	WORDS(struct taskmeter_histograms)
#define PACKED_SIZE \
	(PACK_SIZE(EXIT_WORDS) + PACK_SIZE(RECORD_WORDS) + PACK_SIZE(HISTOGRAMS_WORDS))

_Static_assert(!(offsetof(struct taskmeter_exit, command_line) % sizeof(uint64_t)) &&
	       !(sizeof(struct taskmeter_record) % sizeof(uint64_t)) &&
	       !(sizeof(struct taskmeter_histograms) % sizeof(uint64_t)),
	       "what is packed consists of whole words");

struct exit_batch *batch_new(uint64_t instance_id, uint64_t first)
{
	struct exit_batch *batch = calloc(1, sizeof(*batch));

	if (batch) {
		batch->references = 1;
		batch->instance_id = instance_id;
		batch->first = first;
		batch->next = first;
		batch->exact = true;
	}
	return batch;
}

struct exit_batch *batch_ref(struct exit_batch *batch)
{
	__atomic_add_fetch(&batch->references, 1, __ATOMIC_RELAXED);
	return batch;
}

struct exit_batch *batch_unref(struct exit_batch *batch)
{
	if (batch && !__atomic_sub_fetch(&batch->references, 1, __ATOMIC_ACQ_REL)) {
		free(batch->entries);
		free(batch->data);
		free(batch);
	}
	return NULL;
}

static int reserve_data(struct exit_batch *batch, size_t size)
{
	size_t capacity = batch->capacity ? batch->capacity : 1024;
	unsigned char *data;

	while (capacity < batch->size + size)
		capacity *= 2;
	if (capacity == batch->capacity)
		return 0;
	data = realloc(batch->data, capacity);
	if (!data)
		return -ENOMEM;
	batch->data = data;
	batch->capacity = capacity;
	return 0;
}

/* Grows by doubling: most batches hold a few records. */
static int reserve_entry(struct exit_batch *batch)
{
	struct exit_entry *entries;

	if (batch->count & (batch->count - 1))
		return 0;
	entries = reallocarray(batch->entries, batch->count ? 2 * batch->count : 1,
			       sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	batch->entries = entries;
	return 0;
}

static void append(struct exit_batch *batch, const void *bytes, size_t size)
{
	if (size)
		memcpy(batch->data + batch->size, bytes, size);
	batch->size += size;
}

int batch_add_packed(struct exit_batch *batch, const struct exit_entry *entry,
		     const void *packed, const void *command_line, const void *path)
{
	struct exit_entry *copy;
	int r;

	if (batch->count == BATCH_RECORDS_MAX)
		return -ENOSPC;
	if (entry->number < batch->next)
		return -EBADMSG;
	r = reserve_data(batch, (size_t)entry->packed_size + entry->command_line_size +
				entry->path_size);
	if (!r)
		r = reserve_entry(batch);
	if (r < 0)
		return r;
	copy = &batch->entries[batch->count++];
	*copy = *entry;
	copy->offset = batch->size;
	append(batch, packed, entry->packed_size);
	append(batch, command_line, entry->command_line_size);
	append(batch, path, entry->path_size);
	if (entry->path_size)
		batch->data[batch->size - 1] = '\0';
	batch->next = entry->number + 1;
	return 0;
}

static size_t pack_part(const void *part, size_t words, unsigned char *bytes)
{
	return pack_words(part, part ? words : 0, bytes);
}

/* All parts of the library's structures are aligned for words. */
static uint32_t pack(const struct tm_exit *exit, unsigned char *bytes)
{
	size_t n = pack_part(exit->exit, EXIT_WORDS, bytes);

	n += pack_part(exit->record, RECORD_WORDS, bytes + n);
	n += pack_part(exit->histograms, HISTOGRAMS_WORDS, bytes + n);
	return (uint32_t)n;
}

static uint32_t path_size(const char *path)
{
	size_t size = path ? strnlen(path, BATCH_PATH_SIZE - 1) + 1 : 0;

	return (uint32_t)size;
}

int batch_add(struct exit_batch *batch, const struct tm_exit *exit, uint64_t end_ns)
{
	const struct taskmeter_record *record = exit->record;
	struct exit_entry entry = {
		.number = exit->exit->number, .end_ns = end_ns,
		.start_time_ns = record->start_time_ns, .pid = record->pid,
		.uid = record->uid, .euid = record->euid, .gid = record->gid,
		.egid = record->egid, .cgroup_id = record->cgroup_id,
		.status = exit->exit->status, .flags = exit->exit->flags,
		.command_line_size = exit->exit->command_line_length,
		.path_size = path_size(exit->cgroup_path),
	};
	unsigned char packed[PACKED_SIZE];

	if (entry.command_line_size > TASKMETER_COMMAND_LINE_LEN)
		entry.command_line_size = TASKMETER_COMMAND_LINE_LEN;
	memcpy(entry.comm, record->comm, sizeof(entry.comm));
	entry.comm[sizeof(entry.comm) - 1] = '\0';
	entry.packed_size = pack(exit, packed);
	return batch_add_packed(batch, &entry, packed, exit->exit->command_line,
				exit->cgroup_path);
}

void batch_close(struct exit_batch *batch, uint64_t next, uint64_t lost)
{
	uint64_t missing;

	if (next > batch->next)
		batch->next = next;
	missing = batch->next - batch->first - batch->count;
	batch->lost = lost < missing ? lost : missing;
	batch->exact = batch->lost == missing;
}

void batch_cut(struct exit_batch *batch, uint64_t next)
{
	uint64_t lost;

	if (next < batch->first || next >= batch->next)
		return;
	lost = batch_lost_between(batch, batch->first, next);
	batch->count = batch_find(batch, next);
	batch->next = next;
	batch->lost = lost;
}

size_t batch_bytes(const struct exit_batch *batch)
{
	size_t entries = batch->count ? 1 : 0;

	while (entries < batch->count)
		entries *= 2;
	return sizeof(*batch) + entries * sizeof(*batch->entries) + batch->capacity;
}

size_t batch_find(const struct exit_batch *batch, uint64_t number)
{
	size_t low = 0, high = batch->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (batch->entries[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t batch_lost_between(const struct exit_batch *batch, uint64_t from, uint64_t to)
{
	uint64_t missing;

	if (from < batch->first)
		from = batch->first;
	if (to > batch->next)
		to = batch->next;
	if (from >= to)
		return 0;
	missing = to - from - (batch_find(batch, to) - batch_find(batch, from));
	return missing < batch->lost ? missing : batch->lost;
}

const unsigned char *batch_packed(const struct exit_batch *batch,
				  const struct exit_entry *entry)
{
	return batch->data + entry->offset;
}

const unsigned char *batch_command_line(const struct exit_batch *batch,
					const struct exit_entry *entry)
{
	return batch->data + entry->offset + entry->packed_size;
}

const char *batch_path(const struct exit_batch *batch, const struct exit_entry *entry)
{
	if (!entry->path_size)
		return NULL;
	return (const char *)batch_command_line(batch, entry) + entry->command_line_size;
}

static int unpack(const struct exit_batch *batch, const struct exit_entry *entry,
		  struct exit_unpacked *exit)
{
	const unsigned char *bytes = batch_packed(batch, entry);
	const unsigned char *end = bytes + entry->packed_size;
	int r;

	memset(&exit->exit, 0, sizeof(exit->exit));
	r = unpack_words(&bytes, end, (uint64_t *)&exit->exit, EXIT_WORDS);
	if (r >= 0)
		r = unpack_words(&bytes, end, (uint64_t *)&exit->record, RECORD_WORDS);
	if (r >= 0)
		r = unpack_words(&bytes, end, (uint64_t *)&exit->histograms,
				 HISTOGRAMS_WORDS);
	return r;
}

int batch_unpack(const struct exit_batch *batch, const struct exit_entry *entry,
		 struct exit_unpacked *ret_exit)
{
	int r = unpack(batch, entry, ret_exit);

	if (r < 0)
		return r;
	ret_exit->exit.number = entry->number;
	ret_exit->exit.command_line_length = entry->command_line_size;
	if (ret_exit->exit.command_line_length > TASKMETER_COMMAND_LINE_LEN)
		ret_exit->exit.command_line_length = TASKMETER_COMMAND_LINE_LEN;
	memcpy(ret_exit->exit.command_line, batch_command_line(batch, entry),
	       ret_exit->exit.command_line_length);
	ret_exit->record.comm[sizeof(ret_exit->record.comm) - 1] = '\0';
	ret_exit->record.waker_comm[sizeof(ret_exit->record.waker_comm) - 1] = '\0';
	ret_exit->end_ns = entry->end_ns;
	ret_exit->view = (struct tm_exit) {
		.exit = &ret_exit->exit, .record = &ret_exit->record,
		.histograms = r ? &ret_exit->histograms : NULL,
		.cgroup_path = batch_path(batch, entry),
	};
	return 0;
}
