// SPDX-License-Identifier: GPL-2.0-or-later
/* See key.h. */
#include "api/key.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "common/cgroup.h"
#include "common/text.h"
#include "core/growth.h"

static const struct {
	const char *name;
	const char *help;
} growths[GROWTH_SPANS] = {
	[GROWTH_10S] = {
		"rss_growth_10s_bytes_per_s",
		"change of resident memory per second, over the last 10 s",
	},
	[GROWTH_60S] = {
		"rss_growth_60s_bytes_per_s",
		"change of resident memory per second, over the last 60 s",
	},
};

static const char *const rates[PAST_RATES] = {
	[PAST_RUN] = "run_ns_per_s",
	[PAST_CPU_WAIT] = "cpu_wait_ns_per_s",
	[PAST_IO_WAIT] = "io_wait_ns_per_s",
	[PAST_MEM_WAIT] = "mem_wait_ns_per_s",
	[PAST_MEM_STALL] = "mem_stall_ns_per_s",
	[PAST_LOCK_WAIT] = "lock_wait_ns_per_s",
	[PAST_MAJOR_FAULTS] = "major_faults_per_s",
	[PAST_IO_READ] = "io_read_bytes_per_s",
	[PAST_IO_WRITE] = "io_write_bytes_per_s",
};

size_t process_key_count(bool past)
{
	return record_key_count() + GROWTH_SPANS + (past ? 1 + PAST_RATES : 0);
}

struct process_key process_key_growth(enum growth_span span)
{
	return (struct process_key) {
		.name = growths[span].name, .help = growths[span].help, .span = span,
	};
}

static struct process_key key_of_rate(enum past_rate rate)
{
	return (struct process_key) {
		.name = rates[rate], .help = "growth per second, since the tick before",
		.is_rate = true, .rate = rate,
	};
}

static struct process_key key_of_path(void)
{
	return (struct process_key) {
		.name = "cgroup_path", .help = "path of the cgroup", .is_path = true,
	};
}

static struct process_key key_of_record(struct record_key record)
{
	return (struct process_key) { .name = record.name, .record = record };
}

struct process_key process_key_at(size_t index)
{
	if (index < record_key_count())
		return key_of_record(record_key_at(index));
	index -= record_key_count();
	if (index < GROWTH_SPANS)
		return process_key_growth((enum growth_span)index);
	index -= GROWTH_SPANS;
	return index ? key_of_rate((enum past_rate)(index - 1)) : key_of_path();
}

int process_key_find(const char *name, size_t length, struct process_key *ret_key)
{
	struct process_key key;
	size_t i;

	for (i = 0; i < process_key_count(true); i++) {
		key = process_key_at(i);
		if (strlen(key.name) != length || memcmp(key.name, name, length) != 0)
			continue;
		*ret_key = key;
		return 0;
	}
	return -ENOENT;
}

static bool is_listed(const struct process_keys *keys, const char *name)
{
	size_t i;

	for (i = 0; i < keys->count; i++)
		if (keys->keys[i].name == name)
			return true;
	return false;
}

int process_keys_parse(const char *list, struct process_keys *ret_keys,
		       const char **ret_bad)
{
	/* No name counts twice, so this holds any list. */
	struct process_keys keys = {
		.keys = calloc(process_key_count(true), sizeof(*keys.keys)),
	};
	struct process_key key;
	size_t length;

	if (!keys.keys)
		return -ENOMEM;
	for (;; list += length + 1) {
		length = strcspn(list, ",");
		if (process_key_find(list, length, &key)) {
			*ret_bad = list;
			free(keys.keys);
			return -ENOENT;
		}
		if (!is_listed(&keys, key.name))
			keys.keys[keys.count++] = key;
		if (!list[length])
			break;
	}
	*ret_keys = keys;
	return 0;
}

bool process_key_is_past(const struct process_key *key)
{
	return key->is_rate || key->is_path;
}

int process_key_refuse(const struct process_key *key, const char *parameter,
		       struct problem *problem)
{
	return problem_parameter(problem, parameter, "Field \"%s\" is told of the past only,"
				 " by /v1/processes with the parameter \"at\".", key->name);
}

static int rate_to_json(const struct process *process, enum past_rate rate,
			struct json_object **ret_value)
{
	*ret_value = NULL;
	if (!process->rates || process->rates->per_s[rate] == PAST_RATE_UNKNOWN)
		return 0;
	*ret_value = json_object_new_uint64(process->rates->per_s[rate]);
	return *ret_value ? 0 : -ENOMEM;
}

/* Names of cgroups may be any bytes. */
static int path_to_json(const char *path, struct json_object **ret_value)
{
	char utf8[TEXT_UTF8_SIZE(CGROUP_PATH_SIZE)];

	*ret_value = NULL;
	if (!path)
		return 0;
	text_to_utf8(path, strlen(path), utf8, sizeof(utf8));
	*ret_value = json_object_new_string(utf8);
	return *ret_value ? 0 : -ENOMEM;
}

static int value_to_json(const struct process *process, const struct process_key *key,
			 struct json_object **ret_value)
{
	int64_t growth;

	if (key->is_path)
		return path_to_json(process->cgroup_path, ret_value);
	if (key->is_rate)
		return rate_to_json(process, key->rate, ret_value);
	if (key->record.name)
		return record_value_to_json(process->record, &key->record, ret_value);
	growth = process->growth->bytes_per_s[key->span];
	*ret_value = NULL;
	if (growth == GROWTH_UNKNOWN)
		return 0;
	*ret_value = json_object_new_int64(growth);
	return *ret_value ? 0 : -ENOMEM;
}

static int add(const struct process *process, const struct process_key *key,
	       struct json_object *object)
{
	struct json_object *value;
	int r = value_to_json(process, key, &value);

	if (r)
		return r;
	if (!json_object_object_add_ex(object, key->name, value,
				       JSON_C_OBJECT_ADD_KEY_IS_NEW |
				       JSON_C_OBJECT_KEY_IS_CONSTANT))
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

int process_to_json(const struct process *process, const struct process_keys *keys,
		    struct json_object **ret_object)
{
	size_t i, count = keys->keys ? keys->count : process_key_count(process->rates);
	struct json_object *object = json_object_new_object();
	struct process_key key;
	int r = object ? 0 : -ENOMEM;

	for (i = 0; !r && i < count; i++) {
		key = keys->keys ? keys->keys[i] : process_key_at(i);
		r = add(process, &key, object);
	}
	if (r) {
		json_object_put(object);
		return r;
	}
	*ret_object = object;
	return 0;
}

static int compare_s64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static uint64_t rate_of(const struct process *process, enum past_rate rate)
{
	return process->rates ? process->rates->per_s[rate] : PAST_RATE_UNKNOWN;
}

static int compare_rates(enum past_rate rate, int descending, const struct process *a,
			 const struct process *b)
{
	uint64_t left = rate_of(a, rate), right = rate_of(b, rate);

	if (left == right)
		return compare_u64(a->record->pid, b->record->pid);
	if (left == PAST_RATE_UNKNOWN || right == PAST_RATE_UNKNOWN)
		return left == PAST_RATE_UNKNOWN ? 1 : -1;
	return descending ? compare_u64(right, left) : compare_u64(left, right);
}

int process_compare(const struct process_key *key, int descending,
		    const struct process *a, const struct process *b)
{
	int64_t left, right;

	if (key->is_rate)
		return compare_rates(key->rate, descending, a, b);
	if (key->record.name)
		return record_compare(&key->record, descending, a->record, b->record);
	left = a->growth->bytes_per_s[key->span];
	right = b->growth->bytes_per_s[key->span];
	if (left == right)
		return compare_s64(a->record->pid, b->record->pid);
	if (left == GROWTH_UNKNOWN || right == GROWTH_UNKNOWN)
		return left == GROWTH_UNKNOWN ? 1 : -1;
	return descending ? compare_s64(right, left) : compare_s64(left, right);
}
