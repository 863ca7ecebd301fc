// SPDX-License-Identifier: GPL-2.0-or-later
/* See exit-json.h. */
#include "common/exit-json.h"

#include "common/histogram-json.h"
#include "common/json.h"
#include "common/record-json.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>

#define N_ELEMENTS(array)	(sizeof(array) / sizeof(*(array)))

/* What is known of a kill because memory ran out, from an exit or an event. */
struct oom {
	uint32_t flags;
	uint64_t time_ns;
	uint64_t rss_anon_bytes;
	uint64_t rss_file_bytes;
	uint64_t rss_shmem_bytes;
	uint64_t swap_bytes;
};

struct number {
	const char *key;
	uint64_t value;
};

/* Adds a member under a key that lives long; @value is taken over, and NULL is null. */
static int add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add_ex(object, key, value,
				      JSON_C_OBJECT_ADD_KEY_IS_NEW |
				      JSON_C_OBJECT_KEY_IS_CONSTANT)) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

/* Adds a value that has just been made: json-c gives NULL when there is no memory. */
static int add_made(struct json_object *object, const char *key, struct json_object *value)
{
	return value ? add(object, key, value) : -ENOMEM;
}

static int add_numbers(struct json_object *object, const struct number *numbers,
		       size_t count)
{
	size_t i;
	int r = 0;

	for (i = 0; !r && i < count; i++)
		r = add_made(object, numbers[i].key,
			     json_object_new_uint64(numbers[i].value));
	return r;
}

static int add_boolean(struct json_object *object, const char *key, bool is)
{
	return add_made(object, key, json_object_new_boolean(is));
}

static int add_signed(struct json_object *object, const char *key, int number)
{
	return add_made(object, key, json_object_new_int(number));
}

/* Each ends at its NUL, or where the kernel cut it. */
static int append_arguments(struct json_object *array, const char *text, size_t length)
{
	struct json_object *value;
	size_t used, i;

	for (i = 0; i < length; i += used + 1) {
		used = strnlen(text + i, length - i);
		value = json_text(text + i, used);
		if (!value || json_object_array_add(array, value)) {
			json_object_put(value);
			return -ENOMEM;
		}
	}
	return 0;
}

static int add_arguments(struct json_object *object, const uint8_t *bytes, size_t length)
{
	struct json_object *array = json_object_new_array();

	if (!array)
		return -ENOMEM;
	if (append_arguments(array, (const char *)bytes, length)) {
		json_object_put(array);
		return -ENOMEM;
	}
	return add(object, "command_line", array);
}

static int add_command_line(struct json_object *object, uint32_t flags,
			    const uint8_t *bytes, size_t length)
{
	int r;

	r = flags & TASKMETER_EXIT_COMMAND_LINE ? add_arguments(object, bytes, length) :
						  add(object, "command_line", NULL);
	return r ? r : add_boolean(object, "command_line_cut",
				   flags & TASKMETER_EXIT_COMMAND_LINE_CUT);
}

static int add_oom_members(struct json_object *object, const struct oom *oom)
{
	const struct number numbers[] = {
		{ "time_ns", oom->time_ns },
		{ "rss_anon_bytes", oom->rss_anon_bytes },
		{ "rss_file_bytes", oom->rss_file_bytes },
		{ "rss_shmem_bytes", oom->rss_shmem_bytes },
		{ "swap_bytes", oom->swap_bytes },
	};
	const char *scope = "unknown";
	int r;

	if (oom->flags & TASKMETER_EXIT_OOM_CGROUP)
		scope = "cgroup";
	else if (oom->flags & TASKMETER_EXIT_OOM_MACHINE)
		scope = "machine";
	r = add_made(object, "scope", json_object_new_string(scope));
	if (!r)
		r = add_boolean(object, "shared",
				oom->flags & TASKMETER_EXIT_OOM_SHARED);
	return r ? r : add_numbers(object, numbers, N_ELEMENTS(numbers));
}

static int add_oom(struct json_object *parent, const struct oom *oom)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return -ENOMEM;
	if (add_oom_members(object, oom)) {
		json_object_put(object);
		return -ENOMEM;
	}
	return add(parent, "oom", object);
}

static int add_exit_oom(struct json_object *object, const struct taskmeter_exit *exit)
{
	const struct oom oom = {
		.flags = exit->flags,
		.time_ns = exit->oom_time_ns,
		.rss_anon_bytes = exit->oom_rss_anon_bytes,
		.rss_file_bytes = exit->oom_rss_file_bytes,
		.rss_shmem_bytes = exit->oom_rss_shmem_bytes,
		.swap_bytes = exit->oom_swap_bytes,
	};

	return exit->flags & TASKMETER_EXIT_OOM ? add_oom(object, &oom) :
						  add(object, "oom", NULL);
}

static int add_status(struct json_object *object, int status)
{
	int r;

	r = WIFEXITED(status) ? add_signed(object, "exit_code", WEXITSTATUS(status)) :
				add(object, "exit_code", NULL);
	if (!r)
		r = WIFEXITED(status) ? add(object, "signal", NULL) :
					add_signed(object, "signal", WTERMSIG(status));
	return r ? r : add_boolean(object, "core_dumped",
				   !WIFEXITED(status) && WCOREDUMP(status));
}

static int add_record(struct json_object *object, const struct taskmeter_record *record)
{
	struct json_object *value;
	struct record_key key;
	size_t i;
	int r = 0;

	for (i = 0; !r && i < record_key_count(); i++) {
		key = record_key_at(i);
		r = record_value_to_json(record, &key, &value);
		if (!r)
			r = add(object, key.name, value);
	}
	return r;
}

static int add_histograms(struct json_object *object, const struct tm_exit *exit)
{
	struct json_object *value = NULL;
	int r = 0;

	if (exit->histograms)
		r = histograms_to_json(exit->histograms, exit->record, &value);
	return r ? r : add(object, "histograms", value);
}

static int add_cgroup_path(struct json_object *object, const char *path)
{
	return path ? add_made(object, "cgroup_path", json_text(path, strlen(path))) :
		      add(object, "cgroup_path", NULL);
}

static int add_exit(struct json_object *object, const struct tm_exit *exit)
{
	const struct number numbers[] = {
		{ "number", exit->exit->number },
		{ "exit_time_ns", exit->exit->exit_time_ns },
	};
	int r;

	r = add_numbers(object, numbers, N_ELEMENTS(numbers));
	if (!r)
		r = add_status(object, exit->exit->status);
	if (!r)
		r = add_exit_oom(object, exit->exit);
	if (!r)
		r = add_command_line(object, exit->exit->flags, exit->exit->command_line,
				     exit->exit->command_line_length);
	if (!r)
		r = add_cgroup_path(object, exit->cgroup_path);
	if (!r)
		r = add_record(object, exit->record);
	return r ? r : add_histograms(object, exit);
}

int exit_to_json(const struct tm_exit *exit, struct json_object **ret_object)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return -ENOMEM;
	if (add_exit(object, exit)) {
		json_object_put(object);
		return -ENOMEM;
	}
	*ret_object = object;
	return 0;
}

const char *event_type_name(uint32_t type)
{
	switch (type) {
	case TASKMETER_EVENT_FORK:
		return "fork";
	case TASKMETER_EVENT_EXEC:
		return "exec";
	case TASKMETER_EVENT_EXIT:
		return "exit";
	case TASKMETER_EVENT_OOM:
		return "oom";
	default:
		return "unknown";
	}
}

static int add_identity(struct json_object *object, const struct tm_event *event)
{
	const struct number numbers[] = {
		{ "pid", event->pid },
		{ "uid", event->uid },
		{ "start_time_ns", event->start_time_ns },
		{ "cgroup_id", event->cgroup_id },
	};
	int r = add_numbers(object, numbers, N_ELEMENTS(numbers));

	return r ? r : add_made(object, "comm", json_text(event->comm,
							 sizeof(event->comm)));
}

static int add_event_oom(struct json_object *object, const struct tm_event *event)
{
	const struct oom oom = {
		.flags = event->flags,
		.time_ns = event->time_ns,
		.rss_anon_bytes = event->oom_rss_anon_bytes,
		.rss_file_bytes = event->oom_rss_file_bytes,
		.rss_shmem_bytes = event->oom_rss_shmem_bytes,
		.swap_bytes = event->oom_swap_bytes,
	};
	int r = add_signed(object, "oom_score_adj", event->oom_score_adj);

	return r ? r : add_oom(object, &oom);
}

/* What is told of anything but an exit. */
static int add_happening(struct json_object *object, const struct tm_event *event)
{
	int r = add_identity(object, event);

	if (!r && event->type == TASKMETER_EVENT_FORK)
		r = add_made(object, "ppid", json_object_new_uint64(event->ppid));
	if (!r && event->type & (TASKMETER_EVENT_EXEC | TASKMETER_EVENT_OOM))
		r = add_command_line(object, event->flags, event->command_line,
				     event->command_line_length);
	if (!r && event->type == TASKMETER_EVENT_OOM)
		r = add_event_oom(object, event);
	return r;
}

static int add_event(struct json_object *object, const struct tm_event *event)
{
	const struct number numbers[] = {
		{ "time_ns", event->time_ns },
		{ "lost", event->lost },
		{ "exits_lost", event->exits_lost },
	};
	int r;

	r = add_made(object, "event", json_object_new_string(event_type_name(event->type)));
	if (!r)
		r = add_numbers(object, numbers, N_ELEMENTS(numbers));
	if (r)
		return r;
	return event->exit ? add_exit(object, event->exit) : add_happening(object, event);
}

int event_to_json(const struct tm_event *event, struct json_object **ret_object)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return -ENOMEM;
	if (add_event(object, event)) {
		json_object_put(object);
		return -ENOMEM;
	}
	*ret_object = object;
	return 0;
}
