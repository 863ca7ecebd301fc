// SPDX-License-Identifier: GPL-2.0-or-later
/* See select.h. Pure: no HTTP in it. */
#include "api/select.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int refuse_sort(const char *value, struct problem *problem)
{
	const struct tm_field *fields;
	char list[1280] = "";
	size_t i, count, used = 0;

	fields = tm_fields(&count);
	for (i = 0; i < count && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
					 i ? ", " : "", fields[i].name);
	return problem_parameter(problem, "sort", "There is no field \"%.64s\" to sort by;"
				 " allowed are %s.", value, list);
}

static int parse_order(const struct query *query, struct selection *selection,
		       struct problem *problem)
{
	const char *sort = query_get(query, "sort");
	const char *order = query_get(query, "order");

	if (!sort)
		sort = "pid";
	if (record_key_find(sort, strlen(sort), &selection->key) < 0 ||
	    !selection->key.field)
		return refuse_sort(sort, problem);
	selection->descending = order && !strcmp(order, "desc");
	if (order && !selection->descending && strcmp(order, "asc") != 0)
		return problem_parameter(problem, "order", "There is no order \"%.64s\";"
					 " allowed are asc and desc.", order);
	return 0;
}

static int parse_filters(const struct query *query, struct selection *selection,
			 struct problem *problem)
{
	int r = query_number(query, "pid", 1, INT32_MAX, &selection->pid,
			     &selection->has_pid, problem);

	if (!r)
		r = query_number(query, "uid", 0, UINT32_MAX - 1, &selection->uid,
				 &selection->has_uid, problem);
	if (r)
		return r;
	selection->comm = query_get(query, "comm");
	if (selection->comm && strlen(selection->comm) >= TASKMETER_COMM_LEN)
		return problem_parameter(problem, "comm", "The name of a process has at most"
					 " %d bytes.", TASKMETER_COMM_LEN - 1);
	return 0;
}

static void write_cursor(const struct selection *selection,
			 const struct taskmeter_record *record,
			 char cursor[static SELECT_CURSOR_SIZE])
{
	const struct tm_field *field = selection->key.field;
	const unsigned char *value = (const unsigned char *)record + field->offset;
	size_t i, used;

	used = (size_t)snprintf(cursor, SELECT_CURSOR_SIZE, "%s.%c.", field->name,
				selection->descending ? 'd' : 'a');
	if (!tm_field_available(field, record))
		used += (size_t)snprintf(cursor + used, SELECT_CURSOR_SIZE - used, "-");
	else
		for (i = 0; i < field->size && used < SELECT_CURSOR_SIZE; i++)
			used += (size_t)snprintf(cursor + used, SELECT_CURSOR_SIZE - used,
						 "%02x", value[i]);
	if (used < SELECT_CURSOR_SIZE)
		snprintf(cursor + used, SELECT_CURSOR_SIZE - used, ".%" PRIu32, record->pid);
}

/* The value, in hexadecimal up to @end, into the record. */
static int read_value(const struct tm_field *field, const char *text, const char *end,
		      struct taskmeter_record *record)
{
	unsigned char *value = (unsigned char *)record + field->offset;
	unsigned int byte;
	size_t i;

	if (end - text == 1 && *text == '-')
		return field->available ? 0 : -EINVAL;
	if ((size_t)(end - text) != 2U * field->size ||
	    strspn(text, "0123456789abcdef") != 2U * field->size)
		return -EINVAL;
	for (i = 0; i < field->size; i++) {
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return -EINVAL;
		value[i] = (unsigned char)byte;
	}
	record->available = field->available;
	if (field->type == TM_FIELD_STRING)
		value[field->size - 1U] = '\0';
	return 0;
}

static int read_cursor(const char *cursor, struct selection *selection)
{
	const struct tm_field *field = selection->key.field;
	struct taskmeter_record *record = &selection->cursor;
	size_t length = strlen(field->name);
	const char *end;
	uint64_t pid;

	if (strncmp(cursor, field->name, length) != 0 || cursor[length] != '.')
		return -EINVAL;
	cursor += length + 1;
	if (cursor[0] != (selection->descending ? 'd' : 'a') || cursor[1] != '.')
		return -EINVAL;
	cursor += 2;
	end = strchr(cursor, '.');
	*record = (struct taskmeter_record) { .size = sizeof(*record) };
	if (!end || read_value(field, cursor, end, record) < 0 ||
	    query_parse_number(end + 1, UINT32_MAX, &pid) < 0)
		return -EINVAL;
	record->pid = (uint32_t)pid;
	selection->has_cursor = true;
	return 0;
}

int select_parse(const struct query *query, struct selection *selection,
		 struct problem *problem)
{
	const char *cursor = query_get(query, "cursor");
	int r;

	*selection = (struct selection) { .limit = SELECT_LIMIT_DEFAULT };
	r = parse_filters(query, selection, problem);
	if (!r)
		r = parse_order(query, selection, problem);
	if (!r)
		r = query_number(query, "limit", 1, SELECT_LIMIT_MAX, &selection->limit,
				 NULL, problem);
	if (!r && cursor && read_cursor(cursor, selection) < 0)
		r = problem_parameter(problem, "cursor", "Parameter \"cursor\" is not the"
				      " next_cursor of a reply with the same sort and order.");
	return r;
}

static bool matches(const struct selection *selection,
		    const struct taskmeter_record *record)
{
	if (selection->has_pid && record->pid != selection->pid)
		return false;
	if (selection->has_uid && record->uid != selection->uid)
		return false;
	return !selection->comm || !strcmp(record->comm, selection->comm);
}

struct order {
	const struct selection *selection;
	const struct taskmeter_record *records;
};

static int compare(const void *a, const void *b, void *data)
{
	const struct order *order = data;
	const uint32_t *left = a, *right = b;

	return record_compare(&order->selection->key, order->selection->descending,
			      &order->records[*left], &order->records[*right]);
}

/* Places of all that match, behind the cursor, in the order of the sample. */
static size_t collect(const struct selection *selection, const struct sample *sample,
		      const struct view *view, struct selected *selected)
{
	const struct taskmeter_record *record;
	size_t i, count = 0;

	for (i = 0; i < sample->count; i++) {
		record = &sample->records[i];
		if (!view_shows(view, record) || !matches(selection, record))
			continue;
		selected->matched++;
		if (selection->has_cursor &&
		    record_compare(&selection->key, selection->descending,
				   &selection->cursor, record) >= 0)
			continue;
		selected->indices[count++] = (uint32_t)i;
	}
	return count;
}

int select_run(const struct selection *selection, const struct sample *sample,
	       const struct view *view, struct selected *ret_selected)
{
	struct order order = { .selection = selection, .records = sample->records };
	struct selected selected = { 0 };
	uint32_t *shrunk;
	size_t count;

	selected.indices = calloc(sample->count + 1, sizeof(*selected.indices));
	if (!selected.indices)
		return -ENOMEM;
	count = collect(selection, sample, view, &selected);
	if (strcmp(selection->key.name, "pid") != 0 || selection->descending)
		qsort_r(selected.indices, count, sizeof(*selected.indices), compare, &order);
	selected.count = count < selection->limit ? count : selection->limit;
	if (selected.count < count)
		write_cursor(selection, &sample->records[selected.indices[selected.count - 1]],
			     selected.cursor);
	shrunk = realloc(selected.indices, (selected.count + 1) * sizeof(*shrunk));
	if (shrunk)
		selected.indices = shrunk;
	*ret_selected = selected;
	return 0;
}
