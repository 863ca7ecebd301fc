// SPDX-License-Identifier: GPL-2.0-or-later
/* See tick.h. */
#include "store/tick.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define END_OF(member) \
	(offsetof(struct taskmeter_record, member) + \
	 sizeof(((struct taskmeter_record *)0)->member))
#define BEGIN_OF(member)	offsetof(struct taskmeter_record, member)

/* What lies between the times that grow by themselves. */
static const struct {
	size_t begin;
	size_t end;
} steady[] = {
	{ 0, BEGIN_OF(current_state_ns) },
	{ END_OF(current_state_ns), BEGIN_OF(tracked_ns) },
	{ END_OF(tracked_ns), BEGIN_OF(sleep_ns) },
	{ END_OF(sleep_ns), BEGIN_OF(stop_ns) },
	{ END_OF(stop_ns), sizeof(struct taskmeter_record) },
};

void tick_clear(struct tick *tick)
{
	free(tick->records);
	tick_cgroups_clear(&tick->cgroups);
	*tick = (struct tick) { 0 };
}

void tick_begin_chain(struct tick *tick)
{
	tick->count = 0;
	tick_cgroups_clear(&tick->cgroups);
}

void tick_change_clear(struct tick_change *change)
{
	free(change->records);
	free(change->gone);
}

static int compare_pid(const void *key, const void *member)
{
	const uint32_t *pid = key;
	const struct taskmeter_record *record = member;

	return (*pid > record->pid) - (*pid < record->pid);
}

const struct taskmeter_record *tick_find(const struct tick *tick, uint32_t pid)
{
	if (!tick->count)
		return NULL;
	return bsearch(&pid, tick->records, tick->count, sizeof(*tick->records), compare_pid);
}

const char *tick_path(const struct tick *tick, const struct taskmeter_record *record)
{
	if (!(record->available & TASKMETER_AVAILABLE_CGROUP))
		return NULL;
	return tick_cgroups_find(&tick->cgroups, record->cgroup_id);
}

static uint64_t tracked_threads(const struct taskmeter_record *record)
{
	return record->threads > record->untracked_threads ?
	       record->threads - record->untracked_threads : 0;
}

void tick_advance(struct taskmeter_record *record, uint64_t elapsed_ns)
{
	uint64_t threads = tracked_threads(record);

	if (!(record->available & TASKMETER_AVAILABLE_METER))
		return;
	record->tracked_ns += threads * elapsed_ns;
	record->current_state_ns += elapsed_ns;
	if (record->current_state == TASKMETER_STATE_SLEEPING)
		record->sleep_ns += threads * elapsed_ns;
	else if (record->current_state == TASKMETER_STATE_STOPPED)
		record->stop_ns += threads * elapsed_ns;
}

static bool is_near(uint64_t a, uint64_t b, uint64_t tolerance)
{
	return (a > b ? a - b : b - a) <= tolerance;
}

static bool times_are_near(const struct taskmeter_record *before,
			   const struct taskmeter_record *now, uint64_t elapsed_ns)
{
	uint64_t tolerance = tracked_threads(now) * TICK_TOLERANCE_NS;
	struct taskmeter_record times = {
		.available = before->available, .threads = before->threads,
		.untracked_threads = before->untracked_threads,
		.current_state = before->current_state,
		.current_state_ns = before->current_state_ns,
		.tracked_ns = before->tracked_ns, .sleep_ns = before->sleep_ns,
		.stop_ns = before->stop_ns,
	};

	tick_advance(&times, elapsed_ns);
	return is_near(times.tracked_ns, now->tracked_ns, tolerance) &&
	       is_near(times.sleep_ns, now->sleep_ns, tolerance) &&
	       is_near(times.stop_ns, now->stop_ns, tolerance) &&
	       is_near(times.current_state_ns, now->current_state_ns, TICK_TOLERANCE_NS);
}

bool tick_is_quiet(const struct taskmeter_record *before,
		   const struct taskmeter_record *now, uint64_t elapsed_ns)
{
	size_t i;

	for (i = 0; i < sizeof(steady) / sizeof(steady[0]); i++)
		if (memcmp((const char *)before + steady[i].begin,
			   (const char *)now + steady[i].begin,
			   steady[i].end - steady[i].begin) != 0)
			return false;
	return times_are_near(before, now, elapsed_ns);
}

static int reserve(struct tick *tick, size_t count)
{
	size_t capacity = tick->capacity + tick->capacity / 8;
	struct taskmeter_record *records;

	if (count <= tick->capacity)
		return 0;
	if (capacity < count)
		capacity = count;
	records = reallocarray(tick->records, capacity, sizeof(*records));
	if (!records)
		return -ENOMEM;
	tick->records = records;
	tick->capacity = capacity;
	return 0;
}

/* Those that stay move forward, over those that are gone. */
static void drop_gone(struct tick *tick, const struct tick_change *change)
{
	size_t i, kept = 0, gone = 0;

	for (i = 0; i < tick->count; i++) {
		while (gone < change->gone_count && change->gone[gone] < tick->records[i].pid)
			gone++;
		if (gone < change->gone_count && change->gone[gone] == tick->records[i].pid)
			continue;
		if (kept != i)
			tick->records[kept] = tick->records[i];
		kept++;
	}
	tick->count = kept;
}

/* Those that change, and of the others those that stay. */
static size_t count_after(const struct tick *tick, const struct tick_change *change)
{
	size_t i, at = 0, gone = 0, count = change->count;
	uint32_t pid;

	for (i = 0; i < tick->count; i++) {
		pid = tick->records[i].pid;
		while (gone < change->gone_count && change->gone[gone] < pid)
			gone++;
		while (at < change->count && change->records[at]->pid < pid)
			at++;
		count += (gone == change->gone_count || change->gone[gone] != pid) &&
			 (at == change->count || change->records[at]->pid != pid);
	}
	return count;
}

/* From the back, where there is room for those that are new. */
static void merge(struct tick *tick, const struct tick_change *change, size_t count,
		  uint64_t elapsed_ns)
{
	size_t from = tick->count, to = count, left = change->count;
	uint32_t pid;

	tick->count = count;
	while (to) {
		pid = left ? change->records[left - 1]->pid : 0;
		to--;
		if (left && (!from || tick->records[from - 1].pid <= pid)) {
			from -= from && tick->records[from - 1].pid == pid;
			tick->records[to] = *change->records[--left];
			continue;
		}
		from--;
		if (from != to)
			tick->records[to] = tick->records[from];
		tick_advance(&tick->records[to], elapsed_ns);
	}
}

/* Looked at before there is room: what a damaged file says may need any amount of that. */
int tick_apply(struct tick *tick, const struct tick_change *change, uint64_t elapsed_ns,
	       size_t count)
{
	int r;

	if (count_after(tick, change) != count)
		return -EBADMSG;
	r = reserve(tick, count);
	if (r < 0)
		return r;
	drop_gone(tick, change);
	merge(tick, change, count, elapsed_ns);
	return 0;
}
