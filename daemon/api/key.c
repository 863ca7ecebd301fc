// SPDX-License-Identifier: GPL-2.0-or-later
/* See key.h. */
#include "api/key.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
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

size_t process_key_count(void)
{
	return record_key_count() + GROWTH_SPANS;
}

struct process_key process_key_growth(enum growth_span span)
{
	return (struct process_key) {
		.name = growths[span].name, .help = growths[span].help, .span = span,
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
	return process_key_growth((enum growth_span)(index - record_key_count()));
}

int process_key_find(const char *name, size_t length, struct process_key *ret_key)
{
	struct record_key record;
	int i;

	if (!record_key_find(name, length, &record)) {
		*ret_key = key_of_record(record);
		return 0;
	}
	for (i = 0; i < GROWTH_SPANS; i++) {
		if (strlen(growths[i].name) != length ||
		    memcmp(growths[i].name, name, length) != 0)
			continue;
		*ret_key = process_key_growth((enum growth_span)i);
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
		.keys = calloc(process_key_count(), sizeof(*keys.keys)),
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

static int value_to_json(const struct process *process, const struct process_key *key,
			 struct json_object **ret_value)
{
	int64_t growth;

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
	size_t i, count = keys->keys ? keys->count : process_key_count();
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

int process_compare(const struct process_key *key, int descending,
		    const struct process *a, const struct process *b)
{
	int64_t left, right;

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
