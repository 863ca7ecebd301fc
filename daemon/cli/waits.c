// SPDX-License-Identifier: GPL-2.0-or-later
/* See waits.h. */
#include "cli/waits.h"

#include "common/json.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

static const struct waits_kind kinds[WAITS_KINDS] = {
	[TM_HISTOGRAM_CPU_WAIT] = {
		"cpu", "cpu_wait", "waits for a CPU", { "cpu_wait" }, false,
	},
	[TM_HISTOGRAM_IO_WAIT] = {
		"io", "io_wait", "waits for I/O", { "io_wait" }, false,
	},
	[TM_HISTOGRAM_MEM_WAIT] = {
		"memory", "mem_wait", "waits for memory", { "mem_wait" }, false,
	},
	[TM_HISTOGRAM_RECLAIM] = {
		"reclaim", "reclaim", "reclaim of memory",
		{ "direct_reclaim", "memcg_reclaim" }, true,
	},
	[TM_HISTOGRAM_COMPACTION] = {
		"compaction", "compaction", "compaction of memory",
		{ "compaction" }, true,
	},
	[TM_HISTOGRAM_FAULT_WAIT] = {
		"fault", "fault_wait", "waits of major page faults",
		{ "fault_wait" }, true,
	},
};

const struct waits_kind *waits_kind(enum tm_histogram_kind kind)
{
	return &kinds[kind];
}

void waits_since(struct task_reading *reading, const struct task_reading *earlier)
{
	tm_histogram_subtract(&reading->histograms, &earlier->histograms);
}

/* "cpu_wait_max_ns" for "_max_ns". */
static const struct tm_field *field_of(const char *begin, const char *end)
{
	char name[32];

	snprintf(name, sizeof(name), "%s%s", begin, end);
	return tm_field_find(name);
}

static uint64_t value_of(const struct taskmeter_record *record,
			 const char *begin, const char *end)
{
	return begin ? tm_field_u64(field_of(begin, end), record) : 0;
}

static bool has_field(const struct taskmeter_record *record, const char *begin)
{
	return begin && tm_field_available(field_of(begin, "_ns"), record);
}

static bool is_available(const struct taskmeter_record *record,
			 const struct waits_kind *kind)
{
	if (kind->stall && record->flags & TASKMETER_RECORD_THREAD)
		return false;
	return has_field(record, kind->fields[0]) ||
	       has_field(record, kind->fields[1]);
}

static uint64_t sum_of(const struct taskmeter_record *record,
		       const struct waits_kind *kind)
{
	return value_of(record, kind->fields[0], "_ns") +
	       value_of(record, kind->fields[1], "_ns");
}

/* Which of the fields the longest wait is told by. */
static const char *longest_of(const struct taskmeter_record *record,
			      const struct waits_kind *kind)
{
	return value_of(record, kind->fields[1], "_max_ns") >
	       value_of(record, kind->fields[0], "_max_ns") ?
	       kind->fields[1] : kind->fields[0];
}

static uint64_t max_of(const struct taskmeter_record *record,
		       const struct waits_kind *kind)
{
	return value_of(record, longest_of(record, kind), "_max_ns");
}

static uint64_t grown(uint64_t earlier, uint64_t now)
{
	return now > earlier ? now - earlier : 0;
}

/* Upper bound of the last bucket that is not empty. */
static uint64_t highest_bound(const struct taskmeter_histograms *histograms,
			      enum tm_histogram_kind kind)
{
	const uint64_t *buckets;
	size_t count, i;

	buckets = tm_histogram_buckets(histograms, kind, &count);
	if (buckets[count - 1])
		return UINT64_MAX;
	for (i = count; i && !buckets[i - 1]; i--)
		;
	return i ? tm_histogram_bound(kind, i) : 0;
}

/* A record that was broken in the interval was set by its longest wait. */
static void read_max(struct waits *waits, const struct task_reading *reading,
		     const struct taskmeter_record *earlier,
		     enum tm_histogram_kind kind)
{
	const struct taskmeter_record *record = &reading->record;

	waits->max_ns = max_of(record, &kinds[kind]);
	waits->max_known = !earlier || !waits->count ||
			   waits->max_ns > max_of(earlier, &kinds[kind]);
	if (earlier && !waits->count)
		waits->max_ns = 0;
	else if (waits->max_known)
		waits->max_time_ns = value_of(record,
					      longest_of(record, &kinds[kind]),
					      "_max_time_ns");
	else
		waits->max_ns = highest_bound(&reading->histograms, kind);
}

/* A quantile is the middle of a bucket, which may lie above the longest wait. */
static uint64_t quantile(const struct waits *waits,
			 const struct taskmeter_histograms *histograms,
			 enum tm_histogram_kind kind, double share)
{
	uint64_t ns = tm_histogram_quantile(histograms, kind, share);

	return waits->max_known && waits->max_ns && ns > waits->max_ns ?
	       waits->max_ns : ns;
}

void waits_read(struct waits *waits, const struct task_reading *reading,
		const struct taskmeter_record *earlier,
		enum tm_histogram_kind kind)
{
	const struct taskmeter_histograms *histograms = &reading->histograms;

	*waits = (struct waits){ .available = false };
	if (!is_available(&reading->record, &kinds[kind]))
		return;
	waits->available = true;
	waits->count = tm_histogram_count(histograms, kind);
	waits->sum_ns = grown(earlier ? sum_of(earlier, &kinds[kind]) : 0,
			      sum_of(&reading->record, &kinds[kind]));
	read_max(waits, reading, earlier, kind);
	waits->p50_ns = quantile(waits, histograms, kind, 0.5);
	waits->p90_ns = quantile(waits, histograms, kind, 0.9);
	waits->p99_ns = quantile(waits, histograms, kind, 0.99);
}

/* What there was none of is null. */
static int add_if(struct json_object *object, const char *name, bool is,
		  uint64_t number)
{
	return is ? json_add_number(object, name, number) :
		    json_add(object, name, NULL);
}

int waits_to_json(const struct waits *waits, struct json_object **ret_object)
{
	struct json_object *object;
	int r;

	*ret_object = NULL;
	if (!waits->available)
		return 0;
	object = json_object_new_object();
	if (!object)
		return -ENOMEM;
	r = json_add_number(object, "count", waits->count);
	if (!r)
		r = json_add_number(object, "sum_ns", waits->sum_ns);
	if (!r)
		r = add_if(object, "p50_ns", waits->count, waits->p50_ns);
	if (!r)
		r = add_if(object, "p90_ns", waits->count, waits->p90_ns);
	if (!r)
		r = add_if(object, "p99_ns", waits->count, waits->p99_ns);
	if (!r)
		r = add_if(object, "max_ns", waits->count && waits->max_known,
			   waits->max_ns);
	if (!r)
		r = add_if(object, "max_time_ns", waits->max_time_ns,
			   waits->max_time_ns);
	if (r) {
		json_object_put(object);
		return r;
	}
	*ret_object = object;
	return 0;
}
