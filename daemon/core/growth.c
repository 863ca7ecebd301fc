// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See growth.h.
 *
 * Time is cut into steps, and the first sample in a step is a mark. All processes
 * share the times of the marks; each has only its sizes. As they are in the order
 * of pid, as samples are, one pass along both finds who came and who went.
 */
#include "core/growth.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "common/resident.h"

#define NS_PER_S	UINT64_C(1000000000)
#define MARKS		13
#define NONE		MARKS

/* Marks @first to @first + @count - 1 are @step_ns apart, for one span. */
static const struct ring {
	uint64_t span_ns;
	uint64_t step_ns;
	unsigned int first;
	unsigned int count;
} rings[GROWTH_SPANS] = {
	[GROWTH_10S] = { 10 * NS_PER_S, 2 * NS_PER_S, 0, 6 },
	[GROWTH_60S] = { 60 * NS_PER_S, 10 * NS_PER_S, 6, 7 },
};

/**
 * struct history - what a process was like
 * @pid: with @start_time_ns, who it is
 * @start_time_ns: boottime
 * @first_ns: when it was seen first, monotonic; it has been in each sample since
 * @first_bytes: its size then
 * @bytes: its size at each mark, valid for marks that are not before @first_ns
 */
struct history {
	uint32_t pid;
	uint64_t start_time_ns;
	uint64_t first_ns;
	uint64_t first_bytes;
	uint64_t bytes[MARKS];
};

/**
 * struct growths - the processes
 * @histories: of those that have memory, in the order of pid
 * @count: how many
 * @capacity: for how many there is room
 * @now_ns: time of the last sample, monotonic
 * @times: of the marks, 0 if there was none yet
 * @fresh: the mark that the last sample is, of each span, or NONE
 * @from: the mark that growth is counted from, of each span, or NONE
 */
struct growths {
	struct history *histories;
	size_t count;
	size_t capacity;
	uint64_t now_ns;
	uint64_t times[MARKS];
	unsigned int fresh[GROWTH_SPANS];
	unsigned int from[GROWTH_SPANS];
};

struct growths *growths_new(void)
{
	return calloc(1, sizeof(struct growths));
}

void growths_forget(struct growths *growths)
{
	free(growths->histories);
	*growths = (struct growths) { 0 };
}

struct growths *growths_free(struct growths *growths)
{
	if (growths)
		growths_forget(growths);
	free(growths);
	return NULL;
}

size_t growths_bytes(const struct growths *growths)
{
	return sizeof(*growths) + growths->capacity * sizeof(*growths->histories);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* The mark whose age is nearest to the span. */
static unsigned int nearest(const struct growths *growths, const struct ring *ring)
{
	unsigned int i, best = NONE;
	uint64_t off, least = UINT64_MAX;

	for (i = ring->first; i < ring->first + ring->count; i++) {
		off = distance(growths->now_ns - growths->times[i], ring->span_ns);
		if (growths->times[i] && off < least) {
			least = off;
			best = i;
		}
	}
	return best;
}

static unsigned int mark_of(const struct ring *ring, uint64_t time_ns)
{
	return ring->first + (unsigned int)(time_ns / ring->step_ns % ring->count);
}

static bool is_first_in_step(const struct growths *growths, const struct ring *ring,
			     unsigned int mark)
{
	return !growths->times[mark] || growths->times[mark] / ring->step_ns !=
					growths->now_ns / ring->step_ns;
}

/* What counting begins at is chosen before the mark there may be made anew. */
static void set_marks(struct growths *growths, uint64_t now_ns)
{
	unsigned int mark;
	int i;

	growths->now_ns = now_ns;
	for (i = 0; i < GROWTH_SPANS; i++) {
		growths->from[i] = nearest(growths, &rings[i]);
		mark = mark_of(&rings[i], now_ns);
		growths->fresh[i] = is_first_in_step(growths, &rings[i], mark) ? mark : NONE;
	}
}

static int reserve(struct growths *growths, size_t count)
{
	struct history *histories;
	size_t capacity = count + count / 8;

	if (count <= growths->capacity)
		return 0;
	histories = reallocarray(growths->histories, capacity, sizeof(*histories));
	if (!histories)
		return -ENOMEM;
	growths->histories = histories;
	growths->capacity = capacity;
	return 0;
}

static bool is_of(const struct history *history, const struct taskmeter_record *record)
{
	return history->pid == record->pid &&
	       history->start_time_ns == record->start_time_ns;
}

/* Closes the ranks of those that are still there; tells how many there are now. */
static size_t drop_gone(struct growths *growths, const struct sample *sample)
{
	struct history *histories = growths->histories;
	const struct taskmeter_record *record;
	size_t i, next = 0, kept = 0, present = 0;

	for (i = 0; i < sample->count; i++) {
		record = &sample->records[i];
		if (!resident_known(record))
			continue;
		present++;
		while (next < growths->count && histories[next].pid < record->pid)
			next++;
		if (next == growths->count || !is_of(&histories[next], record))
			continue;
		if (kept != next)
			histories[kept] = histories[next];
		kept++;
		next++;
	}
	growths->count = kept;
	return present;
}

static void begin(struct history *history, const struct taskmeter_record *record,
		  uint64_t now_ns)
{
	history->pid = record->pid;
	history->start_time_ns = record->start_time_ns;
	history->first_ns = now_ns;
	history->first_bytes = resident_bytes(record);
}

/* From the end, so that nothing is overwritten: there is room for @present. */
static void add_new(struct growths *growths, const struct sample *sample, size_t present)
{
	struct history *histories = growths->histories;
	size_t old = growths->count, i = sample->count, at = present;
	const struct taskmeter_record *record;

	growths->count = present;
	while (at > old) {
		record = &sample->records[--i];
		if (!resident_known(record))
			continue;
		at--;
		if (old && is_of(&histories[old - 1], record))
			histories[at] = histories[--old];
		else
			begin(&histories[at], record, growths->now_ns);
	}
}

static int64_t grown(const struct growths *growths, const struct history *history,
		     int span, uint64_t bytes)
{
	uint64_t from_ns = history->first_ns, from_bytes = history->first_bytes;
	unsigned int mark = growths->from[span];

	if (mark != NONE && growths->times[mark] >= from_ns) {
		from_ns = growths->times[mark];
		from_bytes = history->bytes[mark];
	}
	if (from_ns >= growths->now_ns ||
	    growths->now_ns - from_ns > 2 * rings[span].span_ns)
		return GROWTH_UNKNOWN;
	return resident_growth(from_bytes, bytes, growths->now_ns - from_ns);
}

static void measure(const struct growths *growths, struct history *history,
		    uint64_t bytes, struct growth *ret_growth)
{
	int i;

	for (i = 0; i < GROWTH_SPANS; i++) {
		ret_growth->bytes_per_s[i] = grown(growths, history, i, bytes);
		if (growths->fresh[i] != NONE)
			history->bytes[growths->fresh[i]] = bytes;
	}
}

static void measure_all(struct growths *growths, struct sample *sample)
{
	struct history *history = growths->histories;
	const struct taskmeter_record *record;
	size_t i;

	for (i = 0; i < sample->count; i++) {
		record = &sample->records[i];
		if (resident_known(record))
			measure(growths, history++, resident_bytes(record),
				&sample->growth[i]);
	}
	for (i = 0; i < GROWTH_SPANS; i++)
		if (growths->fresh[i] != NONE)
			growths->times[growths->fresh[i]] = growths->now_ns;
}

int growths_feed(struct growths *growths, struct sample *sample)
{
	size_t present;
	int r = sample_reset_growth(sample);

	if (r < 0 || sample->monotonic_ns <= growths->now_ns) {
		growths_forget(growths);
		return r;
	}
	set_marks(growths, sample->monotonic_ns);
	present = drop_gone(growths, sample);
	r = reserve(growths, present);
	if (r < 0) {
		growths_forget(growths);
		return r;
	}
	add_new(growths, sample, present);
	measure_all(growths, sample);
	return 0;
}
