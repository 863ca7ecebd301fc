// SPDX-License-Identifier: GPL-2.0-or-later
/* See select.h. Pure: no HTTP in it. */
#include "api/select.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/page.h"
#include "core/growth.h"

static int refuse_sort(const char *value, bool past, struct problem *problem)
{
	struct process_key key;
	char list[PROBLEM_LIST_SIZE] = "";
	size_t i, used = 0;

	for (i = 0; i < process_key_count(past) && used < sizeof(list); i++) {
		key = process_key_at(i);
		if (!key.record.flag && !key.is_path)
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
						 i ? ", " : "", key.name);
	}
	return problem_parameter(problem, "sort", "There is no field \"%.64s\" to sort by;"
				 " allowed are %s.", value, list);
}

static int parse_order(const struct query *query, struct selection *selection,
		       struct problem *problem)
{
	const char *sort = query_get(query, "sort");
	const bool past = query_get(query, "at");

	if (!sort)
		sort = "pid";
	if (process_key_find(sort, strlen(sort), &selection->key) < 0 ||
	    selection->key.record.flag || selection->key.is_path)
		return refuse_sort(sort, past, problem);
	if (process_key_is_past(&selection->key) && !past)
		return process_key_refuse(&selection->key, "sort", problem);
	return page_parse_order(query, &selection->descending, problem);
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

/* Where the value is that processes are sorted by; NULL if it is not known. */
static const void *value_of(const struct process_key *key, const struct process *process,
			    size_t *ret_size)
{
	const struct tm_field *field = key->record.field;

	if (key->is_rate) {
		*ret_size = sizeof(process->rates->per_s[key->rate]);
		return process->rates && process->rates->per_s[key->rate] != PAST_RATE_UNKNOWN ?
		       &process->rates->per_s[key->rate] : NULL;
	}
	if (field) {
		*ret_size = field->size;
		return tm_field_available(field, process->record) ?
		       (const char *)process->record + field->offset : NULL;
	}
	*ret_size = sizeof(process->growth->bytes_per_s[key->span]);
	return process->growth->bytes_per_s[key->span] != GROWTH_UNKNOWN ?
	       &process->growth->bytes_per_s[key->span] : NULL;
}

static void write_cursor(const struct selection *selection, const struct process *process,
			 char cursor[static SELECT_CURSOR_SIZE])
{
	const void *value;
	size_t size;

	value = value_of(&selection->key, process, &size);
	page_write_cursor(selection->key.name, selection->descending, value, size,
			  process->record->pid, cursor, SELECT_CURSOR_SIZE);
}

static int read_field(const struct tm_field *field, const struct page_cursor *cursor,
		      struct taskmeter_record *record)
{
	unsigned char *value = (unsigned char *)record + field->offset;

	if (!cursor->known)
		return field->available ? 0 : -EINVAL;
	if (page_cursor_bytes(cursor, value, field->size) < 0)
		return -EINVAL;
	record->available = field->available;
	if (field->type == TM_FIELD_STRING)
		value[field->size - 1U] = '\0';
	return 0;
}

static int read_value(const struct page_cursor *cursor, struct selection *selection)
{
	const struct process_key *key = &selection->key;
	int64_t *growth = &selection->cursor_growth.bytes_per_s[key->span];
	uint64_t *rate = &selection->cursor_rates.per_s[key->rate];

	if (key->is_rate) {
		*rate = PAST_RATE_UNKNOWN;
		return cursor->known ? page_cursor_bytes(cursor, rate, sizeof(*rate)) : 0;
	}
	if (key->record.field)
		return read_field(key->record.field, cursor, &selection->cursor);
	*growth = GROWTH_UNKNOWN;
	return cursor->known ? page_cursor_bytes(cursor, growth, sizeof(*growth)) : 0;
}

static int read_cursor(const char *text, struct selection *selection)
{
	struct taskmeter_record *record = &selection->cursor;
	struct page_cursor cursor;

	*record = (struct taskmeter_record) { .size = sizeof(*record) };
	if (page_split_cursor(text, selection->key.name, selection->descending, &cursor) < 0 ||
	    cursor.id > UINT32_MAX || read_value(&cursor, selection) < 0)
		return -EINVAL;
	record->pid = (uint32_t)cursor.id;
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
		r = page_refuse_cursor(problem);
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
	const struct sample *sample;
};

static struct process process_at(const struct sample *sample, size_t index)
{
	const struct taskmeter_record *record = &sample->records[index];

	return (struct process) {
		record, sample_growth(sample, record), sample_rates(sample, record),
		NULL,
	};
}

static int compare(const void *a, const void *b, void *data)
{
	const struct order *order = data;
	const struct process left = process_at(order->sample, *(const uint32_t *)a);
	const struct process right = process_at(order->sample, *(const uint32_t *)b);

	return process_compare(&order->selection->key, order->selection->descending,
			       &left, &right);
}

static bool is_behind(const struct selection *selection, const struct process *process)
{
	const struct process cursor = {
		&selection->cursor, &selection->cursor_growth, &selection->cursor_rates, NULL,
	};

	return !selection->has_cursor ||
	       process_compare(&selection->key, selection->descending, &cursor,
			       process) < 0;
}

/* Places of all that match, behind the cursor, in the order of the sample. */
static size_t collect(const struct selection *selection, const struct sample *sample,
		      const struct view *view, struct selected *selected)
{
	struct process process;
	size_t i, count = 0;

	for (i = 0; i < sample->count; i++) {
		process = process_at(sample, i);
		if (!view_shows(view, process.record) ||
		    !matches(selection, process.record))
			continue;
		selected->matched++;
		if (is_behind(selection, &process))
			selected->indices[count++] = (uint32_t)i;
	}
	return count;
}

int select_run(const struct selection *selection, const struct sample *sample,
	       const struct view *view, struct selected *ret_selected)
{
	struct order order = { .selection = selection, .sample = sample };
	struct selected selected = { 0 };
	struct process last;
	uint32_t *shrunk;
	size_t count;

	selected.indices = calloc(sample->count + 1, sizeof(*selected.indices));
	if (!selected.indices)
		return -ENOMEM;
	count = collect(selection, sample, view, &selected);
	if (strcmp(selection->key.name, "pid") != 0 || selection->descending)
		qsort_r(selected.indices, count, sizeof(*selected.indices), compare, &order);
	selected.count = count < selection->limit ? count : selection->limit;
	if (selected.count < count) {
		last = process_at(sample, selected.indices[selected.count - 1]);
		write_cursor(selection, &last, selected.cursor);
	}
	shrunk = realloc(selected.indices, (selected.count + 1) * sizeof(*shrunk));
	if (shrunk)
		selected.indices = shrunk;
	*ret_selected = selected;
	return 0;
}
