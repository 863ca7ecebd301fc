// SPDX-License-Identifier: GPL-2.0-or-later
/* See series-key.h. */
#include "api/series-key.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include "api/handlers.h"
#include "common/json.h"

#define NSEC_PER_SEC	1e9
#define PRESSURES	(SERIES_PEAKS - SERIES_CPU)
#define KEYS		(2 * SERIES_SUMS + 1 + 2 * PRESSURES + 3 * SERIES_GAUGES)

static const char *const sum_names[SERIES_SUMS] = {
	[SERIES_RUN_NS] = "run_ns",
	[SERIES_CPU_WAIT_NS] = "cpu_wait_ns",
	[SERIES_IO_WAIT_NS] = "io_wait_ns",
	[SERIES_MEM_WAIT_NS] = "mem_wait_ns",
	[SERIES_MEM_STALL_NS] = "mem_stall_ns",
	[SERIES_LOCK_WAIT_NS] = "lock_wait_ns",
	[SERIES_MAJOR_FAULTS] = "major_faults",
	[SERIES_IO_READ_BYTES] = "io_read_bytes",
	[SERIES_IO_WRITE_BYTES] = "io_write_bytes",
	[SERIES_EXITS] = "exits",
	[SERIES_FAILED] = "failed",
	[SERIES_OOM_KILLS] = "oom_kills",
};

static const char *const gauge_names[SERIES_GAUGES] = {
	[SERIES_PROCESSES] = "processes",
	[SERIES_THREADS] = "threads",
	[SERIES_RSS_ANON_BYTES] = "rss_anon_bytes",
	[SERIES_RSS_FILE_BYTES] = "rss_file_bytes",
	[SERIES_RSS_SHMEM_BYTES] = "rss_shmem_bytes",
	[SERIES_SWAP_BYTES] = "swap_bytes",
};

static const char *const pressure_names[SERIES_PEAKS] = {
	[SERIES_CPU] = "cpu_pressure",
	[SERIES_IO] = "io_pressure",
	[SERIES_MEMORY] = "memory_pressure",
};

/* Made when it is first needed; in the event loop's thread only. */
static struct series_key keys[KEYS];
static size_t key_count;

static void add(enum series_key_type type, size_t index, const char *before, const char *name,
		const char *behind)
{
	struct series_key *key = &keys[key_count++];

	key->type = type;
	key->index = index;
	snprintf(key->name, sizeof(key->name), "%s%s%s", before, name, behind);
}

static void add_gauge(size_t index)
{
	add(SERIES_KEY_AVG, index, "avg_", gauge_names[index], "");
	add(SERIES_KEY_MIN, index, "min_", gauge_names[index], "");
	add(SERIES_KEY_MAX, index, "max_", gauge_names[index], "");
}

static void make_keys(void)
{
	size_t i;

	for (i = 0; i < SERIES_SUMS; i++)
		add(SERIES_KEY_SUM, i, "", sum_names[i], "");
	for (i = 0; i < SERIES_SUMS; i++)
		add(SERIES_KEY_RATE, i, "", sum_names[i], "_per_s");
	add(SERIES_KEY_MAX_RUN, SERIES_RUN, "max_", sum_names[SERIES_RUN_NS], "_per_s");
	for (i = SERIES_CPU; i < SERIES_PEAKS; i++) {
		add(SERIES_KEY_PRESSURE, i, "", pressure_names[i], "");
		add(SERIES_KEY_MAX_PRESSURE, i, "max_", pressure_names[i], "");
	}
	for (i = 0; i < SERIES_GAUGES; i++)
		add_gauge(i);
}

size_t series_key_count(void)
{
	if (!key_count)
		make_keys();
	return key_count;
}

const struct series_key *series_key_at(size_t index)
{
	return index < series_key_count() ? &keys[index] : NULL;
}

bool series_key_is_real(const struct series_key *key)
{
	return key->type == SERIES_KEY_PRESSURE || key->type == SERIES_KEY_MAX_PRESSURE ||
	       key->type == SERIES_KEY_AVG;
}

const char *series_key_base(const struct series_key *key)
{
	switch (key->type) {
	case SERIES_KEY_SUM:
	case SERIES_KEY_RATE:
		return sum_names[key->index];
	case SERIES_KEY_MAX_RUN:
		return sum_names[SERIES_RUN_NS];
	case SERIES_KEY_PRESSURE:
	case SERIES_KEY_MAX_PRESSURE:
		return NULL;
	case SERIES_KEY_AVG:
	case SERIES_KEY_MIN:
	case SERIES_KEY_MAX:
		return gauge_names[key->index];
	}
	return NULL;
}

static bool has_value(const struct series_key *key, const struct series_point *point)
{
	const struct series_figures *figures = &point->figures;
	const enum series_peak peak = (enum series_peak)key->index;

	switch (key->type) {
	case SERIES_KEY_SUM:
		return figures->available & UINT64_C(1) << key->index;
	case SERIES_KEY_RATE:
		return point->elapsed_ns && figures->available & UINT64_C(1) << key->index;
	case SERIES_KEY_MAX_RUN:
	case SERIES_KEY_PRESSURE:
	case SERIES_KEY_MAX_PRESSURE:
		return point->elapsed_ns &&
		       figures->available & UINT64_C(1) << series_stalled(figures, peak);
	case SERIES_KEY_AVG:
	case SERIES_KEY_MIN:
	case SERIES_KEY_MAX:
		return figures->samples;
	}
	return false;
}

static double real_value(const struct series_key *key, const struct series_point *point)
{
	const struct series_figures *figures = &point->figures;
	const enum series_peak peak = (enum series_peak)key->index;

	if (key->type == SERIES_KEY_MAX_PRESSURE)
		return (double)figures->peaks[peak] / NSEC_PER_SEC;
	if (key->type == SERIES_KEY_PRESSURE)
		return (double)figures->sums[series_stalled(figures, peak)] /
		       (double)point->elapsed_ns;
	return (double)figures->gauges[key->index].sum / (double)figures->samples;
}

static uint64_t whole_value(const struct series_key *key, const struct series_point *point)
{
	const struct series_figures *figures = &point->figures;

	switch (key->type) {
	case SERIES_KEY_SUM:
		return figures->sums[key->index];
	case SERIES_KEY_RATE:
		return series_rate(figures->sums[key->index], point->elapsed_ns);
	case SERIES_KEY_MAX_RUN:
		return figures->peaks[SERIES_RUN];
	case SERIES_KEY_MIN:
		return figures->gauges[key->index].min;
	default:
		return figures->gauges[key->index].max;
	}
}

static int add_key(const struct series_key *key, const struct series_point *point,
		   struct json_object *object)
{
	if (!has_value(key, point))
		return handler_add_null(object, key->name);
	if (series_key_is_real(key))
		return handler_add(object, key->name, json_real(real_value(key, point)));
	return handler_add(object, key->name, json_object_new_uint64(whole_value(key, point)));
}

static int add_time(const struct series_point *point, struct json_object *object)
{
	int r = handler_add(object, "begin_realtime_ns", json_object_new_uint64(point->begin_ns));

	if (!r)
		r = handler_add(object, "end_realtime_ns",
				json_object_new_uint64(point->end_ns));
	if (!r)
		r = handler_add(object, "elapsed_ns", json_object_new_uint64(point->elapsed_ns));
	return r ? r : handler_add(object, "samples",
				   json_object_new_uint64(point->figures.samples));
}

int series_point_to_json(const struct series_point *point, struct json_object **ret_object)
{
	struct json_object *object = json_object_new_object();
	size_t i;
	int r = object ? add_time(point, object) : -ENOMEM;

	for (i = 0; !r && i < series_key_count(); i++)
		r = add_key(&keys[i], point, object);
	if (r < 0) {
		json_object_put(object);
		return r;
	}
	*ret_object = object;
	return 0;
}
