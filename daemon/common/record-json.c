// SPDX-License-Identifier: GPL-2.0-or-later
/* See record-json.h. Driven by the library's field table. */
#include "common/record-json.h"

#include "common/text.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct flag_name {
	const char *name;
	uint64_t bit;
};

static const struct flag_name record_flags[] = {
	{ "thread",	 TASKMETER_RECORD_THREAD },
	{ "kernel",	 TASKMETER_RECORD_KERNEL },
	{ "exiting",	 TASKMETER_RECORD_EXITING },
	{ "living_only", TASKMETER_RECORD_LIVING_ONLY },
	{ "partial",	 TASKMETER_RECORD_PARTIAL },
};

static const struct flag_name info_flags[] = {
	{ "privileged",	  TASKMETER_INFO_PRIVILEGED },
	{ "unprivileged", TASKMETER_INFO_UNPRIVILEGED },
	{ "meter",	  TASKMETER_INFO_METER },
	{ "waker",	  TASKMETER_INFO_WAKER },
	{ "probe_time",	  TASKMETER_INFO_PROBE_TIME },
};

static const struct flag_name available_bits[] = {
	{ "cgroup",	TASKMETER_AVAILABLE_CGROUP },
	{ "run_delay",	TASKMETER_AVAILABLE_RUN_DELAY },
	{ "memory",	TASKMETER_AVAILABLE_MEMORY },
	{ "rss_peak",	TASKMETER_AVAILABLE_RSS_PEAK },
	{ "io_chars",	TASKMETER_AVAILABLE_IO_CHARS },
	{ "io",		TASKMETER_AVAILABLE_IO },
	{ "meter",	TASKMETER_AVAILABLE_METER },
	{ "mem_wait",	TASKMETER_AVAILABLE_MEM_WAIT },
	{ "numa",	TASKMETER_AVAILABLE_NUMA },
	{ "waker",	TASKMETER_AVAILABLE_WAKER },
	{ "stalls",	TASKMETER_AVAILABLE_STALLS },
	{ "direct_reclaim", TASKMETER_AVAILABLE_DIRECT_RECLAIM },
	{ "memcg_reclaim", TASKMETER_AVAILABLE_MEMCG_RECLAIM },
	{ "compaction",	TASKMETER_AVAILABLE_COMPACTION },
	{ "refault",	TASKMETER_AVAILABLE_REFAULT },
	{ "mem_stall",	TASKMETER_AVAILABLE_MEM_STALL },
	{ "numa_balancing", TASKMETER_AVAILABLE_NUMA_BALANCING },
};

#define N_ELEMENTS(array)	(sizeof(array) / sizeof(*(array)))

size_t record_key_count(void)
{
	size_t n_fields;

	tm_fields(&n_fields);
	return n_fields + N_ELEMENTS(record_flags);
}

struct record_key record_key_at(size_t index)
{
	struct record_key key = { NULL, NULL, 0 };
	const struct tm_field *fields;
	size_t n_fields;

	fields = tm_fields(&n_fields);
	if (index < n_fields) {
		key.name = fields[index].name;
		key.field = &fields[index];
	} else {
		key.name = record_flags[index - n_fields].name;
		key.flag = (uint32_t)record_flags[index - n_fields].bit;
	}
	return key;
}

int record_key_find(const char *name, size_t length, struct record_key *ret_key)
{
	size_t count = record_key_count(), i;
	struct record_key key;

	for (i = 0; i < count; i++) {
		key = record_key_at(i);
		if (strlen(key.name) == length &&
		    !memcmp(key.name, name, length)) {
			*ret_key = key;
			return 0;
		}
	}
	return -ENOENT;
}

static bool has_key(const struct record_key *keys, size_t count,
		    const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (keys[i].name == name)
			return true;
	return false;
}

int record_keys_parse(const char *list, struct record_key **ret_keys,
		      size_t *ret_count, const char **ret_bad)
{
	struct record_key *keys, key;
	size_t count = 0, length;
	int r = 0;

	/* No name counts twice, so this holds any list. */
	keys = calloc(record_key_count(), sizeof(*keys));
	if (!keys)
		return -ENOMEM;

	for (;; list += length + 1) {
		length = strcspn(list, ",");
		r = length ? record_key_find(list, length, &key) : -EINVAL;
		if (r)
			break;
		if (!has_key(keys, count, key.name))
			keys[count++] = key;
		if (!list[length])
			break;
	}
	if (r) {
		if (ret_bad)
			*ret_bad = list;
		free(keys);
		return r;
	}
	*ret_keys = keys;
	*ret_count = count;
	return 0;
}

/* json-c returns NULL when there is no memory. */
static int made(struct json_object *object, struct json_object **ret_object)
{
	if (!object)
		return -ENOMEM;
	*ret_object = object;
	return 0;
}

static int text_to_json(const char *text, size_t length,
			struct json_object **ret_value)
{
	char utf8[TEXT_UTF8_SIZE(TASKMETER_VERSION_LEN)];
	size_t n = text_to_utf8(text, length, utf8, sizeof(utf8));

	return made(json_object_new_string_len(utf8, (int)n), ret_value);
}

static int field_to_json(const struct taskmeter_record *record,
			 const struct tm_field *field,
			 struct json_object **ret_value)
{
	char letter;

	switch (field->type) {
	case TM_FIELD_STRING:
		return text_to_json((const char *)record + field->offset,
				    field->size, ret_value);
	case TM_FIELD_STATE:
		letter = (char)tm_field_u64(field, record);
		return text_to_json(&letter, 1, ret_value);
	case TM_FIELD_METER_STATE:
		return made(json_object_new_string(tm_state_name((uint32_t)
				tm_field_u64(field, record))), ret_value);
	case TM_FIELD_S32:
		return made(json_object_new_int64(tm_field_s64(field, record)),
			    ret_value);
	case TM_FIELD_U32:
	case TM_FIELD_U64:
		break;
	}
	return made(json_object_new_uint64(tm_field_u64(field, record)),
		    ret_value);
}

int record_value_to_json(const struct taskmeter_record *record,
			 const struct record_key *key,
			 struct json_object **ret_value)
{
	if (!key->field)
		return made(json_object_new_boolean(!!(record->flags & key->flag)),
			    ret_value);
	if (!tm_field_available(key->field, record)) {
		*ret_value = NULL;
		return 0;
	}
	return field_to_json(record, key->field, ret_value);
}

/* Adds a value under a name that lives long and is not in the object yet. */
static int add(struct json_object *object, const char *name,
	       struct json_object *value)
{
	if (json_object_object_add_ex(object, name, value,
				      JSON_C_OBJECT_ADD_KEY_IS_NEW |
				      JSON_C_OBJECT_KEY_IS_CONSTANT)) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

int record_to_json(const struct taskmeter_record *record,
		   const struct record_key *keys, size_t count,
		   struct json_object **ret_object)
{
	struct json_object *object = json_object_new_object(), *value;
	struct record_key key;
	size_t i;
	int r;

	if (!object)
		return -ENOMEM;
	if (!keys)
		count = record_key_count();
	for (i = 0; i < count; i++) {
		key = keys ? keys[i] : record_key_at(i);
		r = record_value_to_json(record, &key, &value);
		if (!r)
			r = add(object, key.name, value);
		if (r) {
			json_object_put(object);
			return r;
		}
	}
	*ret_object = object;
	return 0;
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_values(const struct tm_field *field,
			  const struct taskmeter_record *a,
			  const struct taskmeter_record *b)
{
	int64_t left, right;

	if (field->type == TM_FIELD_STRING)
		return strncmp((const char *)a + field->offset,
			       (const char *)b + field->offset, field->size);
	if (field->type != TM_FIELD_S32)
		return compare_u64(tm_field_u64(field, a),
				   tm_field_u64(field, b));
	left = tm_field_s64(field, a);
	right = tm_field_s64(field, b);
	return (left > right) - (left < right);
}

int record_compare(const struct record_key *key, int descending,
		   const struct taskmeter_record *a,
		   const struct taskmeter_record *b)
{
	int has_a = 1, has_b = 1, order;

	if (key->field) {
		has_a = tm_field_available(key->field, a);
		has_b = tm_field_available(key->field, b);
		order = has_a && has_b ? compare_values(key->field, a, b) : 0;
	} else {
		order = !!(a->flags & key->flag) - !!(b->flags & key->flag);
	}
	if (has_a != has_b)
		return has_b - has_a;
	if (order)
		return descending ? -order : order;
	return compare_u64(a->pid, b->pid);
}

/* Adds a number; a NULL value would be taken for null. */
static int add_number(struct json_object *object, const char *name,
		      uint64_t number)
{
	struct json_object *value = json_object_new_uint64(number);

	return value ? add(object, name, value) : -ENOMEM;
}

static int add_boolean(struct json_object *object, const char *name, bool is)
{
	struct json_object *value = json_object_new_boolean(is);

	return value ? add(object, name, value) : -ENOMEM;
}

static int add_flags(struct json_object *object, const struct flag_name *flags,
		     size_t count, uint64_t bits)
{
	size_t i;
	int r = 0;

	for (i = 0; !r && i < count; i++)
		r = add_boolean(object, flags[i].name, bits & flags[i].bit);
	return r;
}

static int add_version(struct json_object *object,
		       const struct taskmeter_info *info)
{
	struct json_object *value;
	int r;

	r = text_to_json(info->version, sizeof(info->version), &value);
	return r ? r : add(object, "version", value);
}

struct number {
	const char *name;
	uint64_t value;
};

static int add_table(struct json_object *object, const struct number *numbers,
		     size_t count, bool known)
{
	size_t i;
	int r = 0;

	for (i = 0; !r && i < count; i++)
		r = known ?
		    add_number(object, numbers[i].name, numbers[i].value) :
		    add(object, numbers[i].name, NULL);
	return r;
}

static int add_numbers(struct json_object *object,
		       const struct taskmeter_info *info)
{
	const struct number numbers[] = {
		{ "abi_version",	info->abi_version },
		{ "instance_id",	info->instance_id },
		{ "load_time_ns",	info->load_time_ns },
		{ "record_size",	info->record_size },
		{ "page_size",		info->page_size },
		{ "pid_namespace",	info->pid_namespace },
		{ "rss_error_bytes",	info->rss_error_bytes },
	};

	return add_table(object, numbers, N_ELEMENTS(numbers), true);
}

static int add_clock(struct json_object *object,
		     const struct taskmeter_info *info)
{
	static const char *const names[] = {
		[TASKMETER_CLOCK_EXEC_START]	= "exec_start",
		[TASKMETER_CLOCK_LOCAL]		= "local",
	};
	const char *name = info->clock < N_ELEMENTS(names) ?
			   names[info->clock] : NULL;
	struct json_object *value = NULL;

	if (name && made(json_object_new_string(name), &value))
		return -ENOMEM;
	return add(object, "clock", value);
}

/* What the meter says of itself: null if the module is older than the meter. */
static int add_meter(struct json_object *object,
		     const struct taskmeter_info *info)
{
	const struct number numbers[] = {
		{ "tracked_threads",	 info->tracked_threads },
		{ "untracked_threads",	 info->untracked_threads },
		{ "allocation_failures", info->allocation_failures },
		{ "clock_steps",	 info->clock_steps },
		{ "gaps",		 info->gaps },
		{ "probe_calls",	 info->probe_calls },
		{ "probe_ns",		 info->probe_ns },
		{ "thread_bytes",	 info->thread_bytes },
		{ "process_bytes",	 info->process_bytes },
		{ "histogram_bytes",	 info->histogram_bytes },
	};
	int r;

	r = add_clock(object, info);
	return r ? r : add_table(object, numbers, N_ELEMENTS(numbers),
				 info->size >= TASKMETER_INFO_SIZE_VER2);
}

/* The exit log and events: null if the module is older than these. */
static int add_exits(struct json_object *object, const struct taskmeter_info *info)
{
	const struct number numbers[] = {
		{ "exit_number",	 info->exit_number },
		{ "exit_log_bytes",	 info->exit_log_bytes },
		{ "exit_log_used_bytes", info->exit_log_used_bytes },
		{ "exit_log_records",	 info->exit_log_records },
		{ "exit_log_evicted",	 info->exit_log_evicted },
		{ "exits_other",	 info->exits_other },
		{ "exits_unrecorded",	 info->exits_unrecorded },
		{ "events_lost",	 info->events_lost },
		{ "subscribers",	 info->subscribers },
	};

	return add_table(object, numbers, N_ELEMENTS(numbers),
			 info->size >= TASKMETER_INFO_SIZE_VER3);
}

static int add_available(struct json_object *object, uint64_t available)
{
	struct json_object *bits = json_object_new_object();
	int r;

	if (!bits)
		return -ENOMEM;
	r = add_flags(bits, available_bits, N_ELEMENTS(available_bits),
		      available);
	if (r) {
		json_object_put(bits);
		return r;
	}
	return add(object, "available", bits);
}

int info_to_json(const struct taskmeter_info *info,
		 struct json_object **ret_object)
{
	struct json_object *object = json_object_new_object();
	int r;

	if (!object)
		return -ENOMEM;
	r = add_version(object, info);
	if (!r)
		r = add_numbers(object, info);
	if (!r)
		r = add_meter(object, info);
	if (!r)
		r = add_exits(object, info);
	if (!r)
		r = add_flags(object, info_flags, N_ELEMENTS(info_flags),
			      info->flags);
	if (!r)
		r = add_available(object, info->available);
	if (r) {
		json_object_put(object);
		return r;
	}
	*ret_object = object;
	return 0;
}
