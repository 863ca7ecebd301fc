// SPDX-License-Identifier: GPL-2.0-or-later
/* See group-key.h. */
#include "api/group-key.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include "common/json.h"

#define NSEC_PER_SEC	UINT64_C(1000000000)
#define KEYS_MAX	(2 + GROUP_GAUGES + 2 * GROUP_WAITS + \
			 2 * PRESSURE_RESOURCES * PRESSURE_SPANS)

static const char *const gauge_names[GROUP_GAUGES] = {
	[GROUP_PROCESSES] = "processes",
	[GROUP_THREADS] = "threads",
	[GROUP_RSS_ANON_BYTES] = "rss_anon_bytes",
	[GROUP_RSS_FILE_BYTES] = "rss_file_bytes",
	[GROUP_RSS_SHMEM_BYTES] = "rss_shmem_bytes",
	[GROUP_SWAP_BYTES] = "swap_bytes",
};

/* Made when it is first needed; in the event loop's thread only. */
static struct group_key keys[KEYS_MAX];
static size_t key_count;

static struct group_key *add(enum group_key_type type, size_t index)
{
	struct group_key *key = &keys[key_count++];

	key->type = type;
	key->index = index;
	return key;
}

static const char *counter_name(size_t index)
{
	static const char *const others[] = {
		[GROUP_EXITS - COUNTERS] = "exits",
		[GROUP_FAILED - COUNTERS] = "failed",
		[GROUP_OOM_KILLS - COUNTERS] = "oom_kills",
	};

	return index < COUNTERS ? counter_infos[index].name : others[index - COUNTERS];
}

static void add_counters(enum group_key_type type, const char *suffix)
{
	size_t i;

	for (i = 0; i < GROUP_WAITS; i++)
		snprintf(add(type, i)->name, GROUP_KEY_NAME_SIZE, "%s%s", counter_name(i),
			 suffix);
}

static void add_averages(enum group_key_type type, const char *word)
{
	struct group_key *key;
	size_t i;
	int j;

	for (i = 0; i < PRESSURE_RESOURCES; i++)
		for (j = 0; j < PRESSURE_SPANS; j++) {
			key = add(type, i);
			key->span = (enum pressure_span)j;
			snprintf(key->name, sizeof(key->name), "%s_%s_%us",
				 pressure_resource_name((enum pressure_resource)i), word,
				 pressure_span_seconds(key->span));
		}
}

static void make_keys(void)
{
	size_t i;

	strcpy(add(GROUP_KEY_NAME, 0)->name, "name");
	strcpy(add(GROUP_KEY_SINCE, 0)->name, "since_realtime_ns");
	for (i = 0; i < GROUP_GAUGES; i++)
		strcpy(add(GROUP_KEY_GAUGE, i)->name, gauge_names[i]);
	add_averages(GROUP_KEY_PRESSURE, "pressure");
	add_averages(GROUP_KEY_SHARE, "share");
	add_counters(GROUP_KEY_COUNTER, "");
	add_counters(GROUP_KEY_RATE, "_per_s");
}

size_t group_key_count(void)
{
	if (!key_count)
		make_keys();
	return key_count;
}

const struct group_key *group_key_at(size_t index)
{
	return index < group_key_count() ? &keys[index] : NULL;
}

const struct group_key *group_key_find(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < group_key_count(); i++)
		if (strlen(keys[i].name) == length && !memcmp(keys[i].name, name, length))
			return &keys[i];
	return NULL;
}

bool group_key_is_real(const struct group_key *key)
{
	return key->type == GROUP_KEY_PRESSURE || key->type == GROUP_KEY_SHARE;
}

static bool has_counter(const struct group *group, size_t index)
{
	return index >= COUNTERS || counter_available((enum counter)index, group->available);
}

static uint64_t per_second(uint64_t growth, uint64_t elapsed_ns)
{
	const unsigned __int128 scaled = (unsigned __int128)growth * NSEC_PER_SEC / elapsed_ns;

	return scaled > UINT64_MAX ? UINT64_MAX : (uint64_t)scaled;
}

bool group_key_value(const struct group_key *key, const struct group *group,
		     uint64_t elapsed_ns, struct group_value *ret_value)
{
	const enum pressure_resource resource = (enum pressure_resource)key->index;

	*ret_value = (struct group_value) { .number = 0 };
	switch (key->type) {
	case GROUP_KEY_NAME:
		ret_value->text = group->name;
		return true;
	case GROUP_KEY_SINCE:
		ret_value->number = group->since_ns;
		return true;
	case GROUP_KEY_GAUGE:
		ret_value->number = group->gauges[key->index];
		return true;
	case GROUP_KEY_COUNTER:
		ret_value->number = group->counters[key->index];
		return has_counter(group, key->index);
	case GROUP_KEY_RATE:
		if (elapsed_ns)
			ret_value->number = per_second(group->growth[key->index], elapsed_ns);
		return elapsed_ns && has_counter(group, key->index);
	case GROUP_KEY_PRESSURE:
		return pressure_get(&group->pressure, resource, key->span, &ret_value->real);
	case GROUP_KEY_SHARE:
		return pressure_share(&group->pressure, resource, key->span,
				      &ret_value->real);
	}
	return false;
}

static struct json_object *value_to_json(const struct group_key *key,
					 const struct group_value *value)
{
	if (value->text)
		return json_text(value->text, strlen(value->text));
	if (group_key_is_real(key))
		return json_real(value->real);
	return json_object_new_uint64(value->number);
}

static int add_member(const struct group *group, uint64_t elapsed_ns,
		      const struct group_key *key, struct json_object *object)
{
	struct json_object *json = NULL;
	struct group_value value;

	if (group_key_value(key, group, elapsed_ns, &value)) {
		json = value_to_json(key, &value);
		if (!json)
			return -ENOMEM;
	}
	if (!json_object_object_add_ex(object, key->name, json,
				       JSON_C_OBJECT_ADD_KEY_IS_NEW |
				       JSON_C_OBJECT_KEY_IS_CONSTANT))
		return 0;
	json_object_put(json);
	return -ENOMEM;
}

int group_to_json(const struct group *group, uint64_t elapsed_ns,
		  const struct group_key *const *wanted, size_t count,
		  struct json_object **ret_object)
{
	struct json_object *object = json_object_new_object();
	size_t i;
	int r = object ? 0 : -ENOMEM;

	if (!wanted)
		count = group_key_count();
	for (i = 0; !r && i < count; i++)
		r = add_member(group, elapsed_ns, wanted ? wanted[i] : &keys[i], object);
	if (r) {
		json_object_put(object);
		return r;
	}
	*ret_object = object;
	return 0;
}
