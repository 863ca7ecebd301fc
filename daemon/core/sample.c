// SPDX-License-Identifier: GPL-2.0-or-later
/* See sample.h. */
#include "core/sample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "core/growth.h"

#define FIRST_CAPACITY	256

static void account(struct sample *sample, size_t capacity)
{
	if (sample->bytes)
		*sample->bytes += (capacity - sample->capacity) * sizeof(*sample->records);
	sample->capacity = capacity;
}

static void account_growth(struct sample *sample, size_t capacity)
{
	if (sample->bytes)
		*sample->bytes += (capacity - sample->growth_capacity) *
				  sizeof(*sample->growth);
	sample->growth_capacity = capacity;
}

struct sample *sample_new(uint64_t *bytes)
{
	struct sample *sample = calloc(1, sizeof(*sample));

	if (sample) {
		sample->references = 1;
		sample->bytes = bytes;
	}
	return sample;
}

struct sample *sample_ref(struct sample *sample)
{
	sample->references++;
	return sample;
}

struct sample *sample_unref(struct sample *sample)
{
	if (sample && !--sample->references) {
		account(sample, 0);
		account_growth(sample, 0);
		free(sample->records);
		free(sample->growth);
		free(sample->rates);
		free(sample);
	}
	return NULL;
}

int sample_reserve(struct sample *sample, size_t count)
{
	struct taskmeter_record *records;

	if (count <= sample->capacity)
		return 0;
	if (count > SAMPLE_RECORDS_MAX)
		return -E2BIG;
	records = reallocarray(sample->records, count, sizeof(*records));
	if (!records)
		return -ENOMEM;
	sample->records = records;
	account(sample, count);
	return 0;
}

static int grow(struct sample *sample)
{
	size_t capacity = sample->capacity + sample->capacity / 2;

	if (capacity < FIRST_CAPACITY)
		capacity = FIRST_CAPACITY;
	if (capacity > SAMPLE_RECORDS_MAX && sample->capacity < SAMPLE_RECORDS_MAX)
		capacity = SAMPLE_RECORDS_MAX;
	return sample_reserve(sample, capacity);
}

int sample_add(struct sample *sample, const struct taskmeter_record *record)
{
	struct taskmeter_record *copy;
	size_t size = record->size;
	int r;

	if (sample->count && sample->records[sample->count - 1].pid >= record->pid)
		return -EBADMSG;
	if (sample->count == sample->capacity) {
		r = grow(sample);
		if (r < 0)
			return r;
	}
	copy = &sample->records[sample->count++];
	if (size > sizeof(*copy))
		size = sizeof(*copy);
	memcpy(copy, record, size);
	memset((char *)copy + size, 0, sizeof(*copy) - size);
	copy->comm[sizeof(copy->comm) - 1] = '\0';
	copy->waker_comm[sizeof(copy->waker_comm) - 1] = '\0';
	return 0;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int read_records(struct sample *sample, struct tm_snapshot *snapshot)
{
	const struct taskmeter_record *record;
	int r;

	while ((r = tm_snapshot_next(snapshot, &record)) > 0) {
		r = sample_add(sample, record);
		if (r < 0)
			return r;
	}
	return r;
}

static int open_snapshot(struct tm_meter *meter, const struct tm_filter *filter,
			 struct tm_snapshot **ret_snapshot)
{
	struct tm_filter stalls = filter ? *filter : (struct tm_filter) { .flags = 0 };
	int r;

	stalls.flags |= TASKMETER_SNAPSHOT_STALLS;
	r = tm_snapshot_new(meter, &stalls, ret_snapshot);
	return r == -EOPNOTSUPP ? tm_snapshot_new(meter, filter, ret_snapshot) : r;
}

int sample_fill(struct sample *sample, struct tm_meter *meter,
		const struct tm_filter *filter)
{
	struct tm_snapshot *snapshot;
	int r = open_snapshot(meter, filter, &snapshot);

	if (r < 0)
		return r;
	sample->monotonic_ns = clock_ns(CLOCK_MONOTONIC);
	sample->realtime_ns = clock_ns(CLOCK_REALTIME);
	r = read_records(sample, snapshot);
	tm_snapshot_free(snapshot);
	return r;
}

static int compare_pid(const void *key, const void *member)
{
	const uint32_t *pid = key;
	const struct taskmeter_record *record = member;

	return (*pid > record->pid) - (*pid < record->pid);
}

const struct taskmeter_record *sample_find(const struct sample *sample, uint32_t pid)
{
	if (!sample->count)
		return NULL;
	return bsearch(&pid, sample->records, sample->count, sizeof(*sample->records),
		       compare_pid);
}

int sample_reset_growth(struct sample *sample)
{
	size_t i;

	if (sample->growth_capacity < sample->count) {
		free(sample->growth);
		sample->growth = calloc(sample->capacity, sizeof(*sample->growth));
		account_growth(sample, sample->growth ? sample->capacity : 0);
	}
	if (!sample->growth)
		return sample->count ? -ENOMEM : 0;
	for (i = 0; i < sample->count; i++)
		sample->growth[i] = (struct growth) { { GROWTH_UNKNOWN, GROWTH_UNKNOWN } };
	return 0;
}

const struct growth *sample_growth(const struct sample *sample,
				   const struct taskmeter_record *record)
{
	static const struct growth unknown = { { GROWTH_UNKNOWN, GROWTH_UNKNOWN } };

	return sample->growth ? &sample->growth[record - sample->records] : &unknown;
}

const struct past_rates *sample_rates(const struct sample *sample,
				      const struct taskmeter_record *record)
{
	return sample->rates ? &sample->rates[record - sample->records] : NULL;
}
