// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/groups/{kind}.
 *
 * A list is made while it is sent, one group at a time, from the groups as they were when
 * the latest tick was closed; all replies of a tick share them.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/group-key.h"
#include "api/handlers.h"
#include "api/page.h"

#define LIMIT_DEFAULT	100
#define LIMIT_MAX	10000
/* Longest key, order, a name in hexadecimal, number, dots. */
#define CURSOR_SIZE	(GROUP_KEY_NAME_SIZE + 2 * GROUP_KEY_TEXT + 32)

/**
 * struct wanted - what a request is about
 * @kind: of groups
 * @name: only this one; NULL for all
 * @key: to sort by
 * @descending: the greatest first
 * @limit: most groups in a page
 * @fields: keys of the objects, NULL for all
 * @field_count: how many
 * @has_cursor: go on behind the next three
 * @known: the last one had a value
 * @value: which; points to @text
 * @number: of the last one
 * @text: likewise
 */
struct wanted {
	enum group_kind kind;
	const char *name;
	const struct group_key *key;
	bool descending;
	uint64_t limit;
	const struct group_key **fields;
	size_t field_count;
	bool has_cursor;
	bool known;
	struct group_value value;
	uint64_t number;
	char text[GROUP_KEY_TEXT + 1];
};

struct list {
	struct stream stream;
	struct wanted wanted;
	struct sample *sample;
	struct group_snapshot *snapshot;
	const struct group **groups;
	size_t matched;
	size_t count;
	size_t sent;
	struct groups_cost cost;
	char cursor[CURSOR_SIZE];
	enum { LIST_HEAD, LIST_GROUPS, LIST_END } part;
};

static void list_free(struct stream *stream)
{
	struct list *list = (struct list *)stream;

	group_snapshot_unref(list->snapshot);
	sample_unref(list->sample);
	free(list->wanted.fields);
	free(list->groups);
	free(list);
}

static int append_head(const struct list *list, struct buffer *buffer)
{
	struct json_object *sample = handler_sample_json(list->sample);

	if (!sample)
		return -ENOMEM;
	buffer_printf(buffer, "{\"kind\":\"%s\",\"sample\":",
		      group_kind_name(list->wanted.kind));
	handler_append_json(sample, buffer);
	json_object_put(sample);
	if (list->snapshot->elapsed_ns)
		buffer_printf(buffer, ",\"elapsed_ns\":%llu",
			      (unsigned long long)list->snapshot->elapsed_ns);
	else
		buffer_puts(buffer, ",\"elapsed_ns\":null");
	buffer_printf(buffer, ",\"missed_exits\":%llu,\"lost_exits\":%llu",
		      (unsigned long long)list->cost.missed,
		      (unsigned long long)list->cost.lost);
	page_append_counts(buffer, list->matched, list->count, list->cursor);
	buffer_puts(buffer, ",\"groups\":[");
	return buffer->error;
}

static int append_group(struct list *list, struct buffer *buffer)
{
	const struct wanted *wanted = &list->wanted;
	struct json_object *object;
	int r;

	if (list->sent)
		buffer_puts(buffer, ",");
	r = group_to_json(list->groups[list->sent++], list->snapshot->elapsed_ns,
			  wanted->fields, wanted->field_count, &object);
	if (r < 0)
		return r;
	handler_append_json(object, buffer);
	json_object_put(object);
	return buffer->error;
}

static int list_next(struct stream *stream, struct buffer *buffer)
{
	struct list *list = (struct list *)stream;
	int r;

	if (list->part == LIST_END)
		return 0;
	if (list->part == LIST_HEAD) {
		list->part = LIST_GROUPS;
		r = append_head(list, buffer);
	} else if (list->sent < list->count) {
		r = append_group(list, buffer);
	} else {
		list->part = LIST_END;
		buffer_puts(buffer, "]}\n");
		r = buffer->error;
	}
	return r < 0 ? r : 1;
}

static int refuse_key(const char *parameter, const char *name, size_t length,
		      struct problem *problem)
{
	char list[PROBLEM_LIST_SIZE] = "";
	size_t i, used = 0;

	for (i = 0; i < group_key_count() && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
					 i ? "," : "", group_key_at(i)->name);
	return problem_parameter(problem, parameter, "There is no field \"%.*s\"; allowed are"
				 " %s.", (int)(length < 64 ? length : 64), name, list);
}

static bool is_listed(const struct wanted *wanted, const struct group_key *key)
{
	size_t i;

	for (i = 0; i < wanted->field_count; i++)
		if (wanted->fields[i] == key)
			return true;
	return false;
}

static int parse_fields(const char *list, struct wanted *wanted, struct problem *problem)
{
	const struct group_key *key;
	size_t length;

	/* No name counts twice, so this holds any list. */
	wanted->fields = calloc(group_key_count(), sizeof(*wanted->fields));
	if (!wanted->fields)
		return -ENOMEM;
	for (;; list += length + 1) {
		length = strcspn(list, ",");
		key = group_key_find(list, length);
		if (!key)
			return refuse_key("fields", list, length, problem);
		if (!is_listed(wanted, key))
			wanted->fields[wanted->field_count++] = key;
		if (!list[length])
			return 0;
	}
}

static int read_text(const struct page_cursor *cursor, struct wanted *wanted)
{
	if (cursor->length > 2 * GROUP_KEY_TEXT)
		return -EINVAL;
	wanted->value.text = wanted->text;
	return page_cursor_bytes(cursor, wanted->text, cursor->length / 2);
}

static int read_value(const struct page_cursor *cursor, struct wanted *wanted)
{
	struct group_value *value = &wanted->value;

	wanted->known = cursor->known;
	if (!cursor->known)
		return 0;
	if (wanted->key->type == GROUP_KEY_NAME)
		return read_text(cursor, wanted);
	if (group_key_is_real(wanted->key))
		return page_cursor_bytes(cursor, &value->real, sizeof(value->real));
	return page_cursor_bytes(cursor, &value->number, sizeof(value->number));
}

static int parse_cursor(const char *text, struct wanted *wanted, struct problem *problem)
{
	struct page_cursor cursor;

	if (page_split_cursor(text, wanted->key->name, wanted->descending, &cursor) < 0 ||
	    read_value(&cursor, wanted) < 0)
		return page_refuse_cursor(problem);
	wanted->number = cursor.id;
	wanted->has_cursor = true;
	return 0;
}

static int parse_wanted(const struct query *query, struct wanted *wanted,
			struct problem *problem)
{
	const char *sort = query_get(query, "sort"), *fields = query_get(query, "fields");
	const char *cursor = query_get(query, "cursor");
	int r;

	wanted->limit = LIMIT_DEFAULT;
	wanted->name = query_get(query, "name");
	wanted->key = sort ? group_key_find(sort, strlen(sort)) : group_key_at(0);
	if (!wanted->key)
		return refuse_key("sort", sort, strlen(sort), problem);
	r = page_parse_order(query, &wanted->descending, problem);
	if (!r)
		r = query_number(query, "limit", 1, LIMIT_MAX, &wanted->limit, NULL, problem);
	if (!r && cursor)
		r = parse_cursor(cursor, wanted, problem);
	if (!r && fields)
		r = parse_fields(fields, wanted, problem);
	return r;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_values(const struct group_key *key, const struct group_value *a,
			  const struct group_value *b)
{
	if (key->type == GROUP_KEY_NAME)
		return strncmp(a->text, b->text, GROUP_KEY_TEXT);
	if (group_key_is_real(key))
		return (a->real > b->real) - (a->real < b->real);
	return compare_numbers(a->number, b->number);
}

/* A group, or where the page before ended: its value, its number. */
struct place {
	bool known;
	struct group_value value;
	uint64_t number;
};

static struct place place_of(const struct list *list, const struct group *group)
{
	struct place place = { .number = group->number };

	place.known = group_key_value(list->wanted.key, group, list->snapshot->elapsed_ns,
				      &place.value);
	return place;
}

/* What is not available comes last in either direction; equal ones are by number. */
static int compare_places(const struct wanted *wanted, const struct place *a,
			  const struct place *b)
{
	int order = 0;

	if (a->known != b->known)
		return a->known ? -1 : 1;
	if (a->known)
		order = compare_values(wanted->key, &a->value, &b->value);
	if (order)
		return wanted->descending ? -order : order;
	return compare_numbers(a->number, b->number);
}

static int compare(const void *a, const void *b, void *data)
{
	const struct list *list = data;
	const struct place left = place_of(list, *(const struct group *const *)a);
	const struct place right = place_of(list, *(const struct group *const *)b);

	return compare_places(&list->wanted, &left, &right);
}

static bool is_behind(const struct list *list, const struct group *group)
{
	const struct wanted *wanted = &list->wanted;
	const struct place cursor = { wanted->known, wanted->value, wanted->number };
	const struct place place = place_of(list, group);

	return !wanted->has_cursor || compare_places(wanted, &cursor, &place) < 0;
}

static void write_cursor(struct list *list, const struct group *group)
{
	const struct group_key *key = list->wanted.key;
	const struct place place = place_of(list, group);
	const void *value = &place.value.number;
	size_t size = sizeof(place.value.number);

	if (key->type == GROUP_KEY_NAME) {
		value = place.value.text;
		size = strnlen(place.value.text, GROUP_KEY_TEXT);
	} else if (group_key_is_real(key)) {
		value = &place.value.real;
	}
	page_write_cursor(key->name, list->wanted.descending, place.known ? value : NULL, size,
			  place.number, list->cursor, sizeof(list->cursor));
}

static int select_groups(struct list *list)
{
	const struct group_snapshot *snapshot = list->snapshot;
	const char *name = list->wanted.name;
	const struct group *group;
	size_t i, count = 0;

	list->groups = calloc(snapshot->count + 1, sizeof(*list->groups));
	if (!list->groups)
		return -ENOMEM;
	for (i = 0; i < snapshot->count; i++) {
		group = &snapshot->groups[i];
		if (name && strcmp(group->name, name) != 0)
			continue;
		list->matched++;
		if (is_behind(list, group))
			list->groups[count++] = group;
	}
	qsort_r(list->groups, count, sizeof(*list->groups), compare, list);
	list->count = count < list->wanted.limit ? count : list->wanted.limit;
	if (list->count < count)
		write_cursor(list, list->groups[list->count - 1]);
	return 0;
}

static int parse(const struct api *api, const struct request *request, struct wanted *wanted,
		 struct problem *problem)
{
	int r = handler_parse_kind(request, &wanted->kind, problem);

	if (!r)
		r = parse_wanted(&request->query, wanted, problem);
	return r ? r : handler_need_sample(api, problem);
}

static int fill(struct api *api, struct list *list, struct reply *reply)
{
	list->sample = sample_ref(api->model->sample);
	list->cost = *groups_cost(api->model->groups);
	list->snapshot = model_groups(api->model, list->wanted.kind);
	if (!list->snapshot || select_groups(list) < 0)
		return -ENOMEM;
	reply->status = 200;
	reply->type = "application/json";
	reply->stream = &list->stream;
	return 0;
}

int handle_groups(struct api *api, const struct request *request, struct reply *reply,
		  struct problem *problem)
{
	struct list *list = calloc(1, sizeof(*list));
	int r;

	if (!list)
		return -ENOMEM;
	list->stream = (struct stream) { .next = list_next, .free = list_free };
	r = parse(api, request, &list->wanted, problem);
	if (!r && !handler_unchanged(api, request, reply))
		r = fill(api, list, reply);
	if (!reply->stream)
		list_free(&list->stream);
	return r;
}
