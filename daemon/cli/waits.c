// SPDX-License-Identifier: GPL-2.0-or-later
/* See waits.h. */
#include "cli/waits.h"

#include "cli/json.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

static const struct waits_kind kinds[WAITS_KINDS] = {
	[TM_HISTOGRAM_CPU_WAIT] = { "cpu", "cpu_wait", "a CPU" },
	[TM_HISTOGRAM_IO_WAIT] = { "io", "io_wait", "I/O" },
	[TM_HISTOGRAM_MEM_WAIT] = { "memory", "mem_wait", "memory" },
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
static const struct tm_field *field_of(enum tm_histogram_kind kind,
				       const char *end)
{
	char name[32];

	snprintf(name, sizeof(name), "%s%s", kinds[kind].key, end);
	return tm_field_find(name);
}

static uint64_t value_of(const struct taskmeter_record *record,
			 enum tm_histogram_kind kind, const char *end)
{
	return tm_field_u64(field_of(kind, end), record);
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
	waits->max_ns = value_of(&reading->record, kind, "_max_ns");
	waits->max_known = !earlier || !waits->count ||
			   waits->max_ns > value_of(earlier, kind, "_max_ns");
	if (earlier && !waits->count)
		waits->max_ns = 0;
	else if (waits->max_known)
		waits->max_time_ns = value_of(&reading->record, kind,
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
	if (!tm_field_available(field_of(kind, "_ns"), &reading->record))
		return;
	waits->available = true;
	waits->count = tm_histogram_count(histograms, kind);
	waits->sum_ns = grown(earlier ? value_of(earlier, kind, "_ns") : 0,
			      value_of(&reading->record, kind, "_ns"));
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
