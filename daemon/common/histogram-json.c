// SPDX-License-Identifier: GPL-2.0-or-later
/* See histogram-json.h. */
#include "common/histogram-json.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>

struct description {
	const char *key;
	enum tm_histogram_kind kind;
	const char *max_fields[2];
	bool stall;
};

static const struct description descriptions[] = {
	{ "cpu_wait", TM_HISTOGRAM_CPU_WAIT, { "cpu_wait_max_ns" }, false },
	{ "io_wait",  TM_HISTOGRAM_IO_WAIT,  { "io_wait_max_ns" }, false },
	{ "mem_wait", TM_HISTOGRAM_MEM_WAIT, { "mem_wait_max_ns" }, false },
	{ "reclaim", TM_HISTOGRAM_RECLAIM,
	  { "direct_reclaim_max_ns", "memcg_reclaim_max_ns" }, true },
	{ "compaction", TM_HISTOGRAM_COMPACTION, { "compaction_max_ns" }, true },
	{ "fault_wait", TM_HISTOGRAM_FAULT_WAIT, { "fault_wait_max_ns" }, true },
};

/* The longest as the record tells it; false if it does not. */
static bool find_max(const struct taskmeter_record *record,
		     const struct description *description, uint64_t *ret_max)
{
	const struct tm_field *field;
	bool found = false;
	size_t i;

	*ret_max = 0;
	if (description->stall && record->flags & TASKMETER_RECORD_THREAD)
		return false;
	for (i = 0; i < 2 && description->max_fields[i]; i++) {
		field = tm_field_find(description->max_fields[i]);
		found |= tm_field_available(field, record);
		if (tm_field_u64(field, record) > *ret_max)
			*ret_max = tm_field_u64(field, record);
	}
	return found;
}

/* Adds a member; @value is taken over, and NULL is null. */
static int add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value)) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

static int add_number(struct json_object *object, const char *key, uint64_t number,
		      bool known)
{
	struct json_object *value = known ? json_object_new_uint64(number) : NULL;

	return known && !value ? -ENOMEM : add(object, key, value);
}

static int append_number(struct json_object *array, uint64_t number, bool known)
{
	struct json_object *value = known ? json_object_new_uint64(number) : NULL;

	if ((known && !value) || json_object_array_add(array, value)) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

static int append_bucket(struct json_object *buckets, uint64_t bound, bool bounded,
			 uint64_t count)
{
	struct json_object *pair = json_object_new_array_ext(2);

	if (!pair || append_number(pair, bound, bounded) ||
	    append_number(pair, count, true) || json_object_array_add(buckets, pair)) {
		json_object_put(pair);
		return -ENOMEM;
	}
	return 0;
}

static int add_buckets(struct json_object *object,
		       const struct taskmeter_histograms *histograms,
		       enum tm_histogram_kind kind)
{
	struct json_object *array = json_object_new_array();
	const uint64_t *buckets;
	size_t count, i;
	int r = 0;

	if (!array)
		return -ENOMEM;
	buckets = tm_histogram_buckets(histograms, kind, &count);
	for (i = 0; !r && i < count; i++)
		if (buckets[i])
			r = append_bucket(array, tm_histogram_bound(kind, i + 1),
					  i + 1 < count, buckets[i]);
	if (r) {
		json_object_put(array);
		return r;
	}
	return add(object, "buckets", array);
}

static int add_figures(struct json_object *object,
		       const struct taskmeter_histograms *histograms,
		       enum tm_histogram_kind kind)
{
	static const struct {
		const char *key;
		double quantile;
	} quantiles[] = { { "p50_ns", 0.5 }, { "p90_ns", 0.9 }, { "p99_ns", 0.99 } };
	uint64_t count = tm_histogram_count(histograms, kind);
	size_t i;
	int r;

	r = add_number(object, "count", count, true);
	for (i = 0; !r && i < sizeof(quantiles) / sizeof(*quantiles); i++)
		r = add_number(object, quantiles[i].key,
			       tm_histogram_quantile(histograms, kind,
						     quantiles[i].quantile), count);
	return r;
}

static int add_histogram(struct json_object *parent,
			 const struct taskmeter_histograms *histograms,
			 const struct taskmeter_record *record,
			 const struct description *description)
{
	struct json_object *object;
	uint64_t max;
	int r;

	if (!find_max(record, description, &max))
		return add(parent, description->key, NULL);
	object = json_object_new_object();
	if (!object)
		return -ENOMEM;
	r = add_figures(object, histograms, description->kind);
	if (!r)
		r = add_number(object, "max_ns", max, true);
	if (!r)
		r = add_buckets(object, histograms, description->kind);
	if (r) {
		json_object_put(object);
		return r;
	}
	return add(parent, description->key, object);
}

int histograms_to_json(const struct taskmeter_histograms *histograms,
		       const struct taskmeter_record *record,
		       struct json_object **ret_object)
{
	struct json_object *object = json_object_new_object();
	size_t i;
	int r = object ? 0 : -ENOMEM;

	for (i = 0; !r && i < sizeof(descriptions) / sizeof(*descriptions); i++)
		r = add_histogram(object, histograms, record, &descriptions[i]);
	if (r) {
		json_object_put(object);
		return r;
	}
	*ret_object = object;
	return 0;
}
