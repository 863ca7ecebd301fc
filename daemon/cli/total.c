// SPDX-License-Identifier: GPL-2.0-or-later
/* See total.h. */
#include "cli/total.h"

#include "common/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CAPACITY_FIRST	64

#define FIELD(member, header, width) \
	{ #member, header, width, offsetof(struct taskmeter_total, member) }

static const struct total_field fields[] = {
	FIELD(last_number, NULL, 0),
	FIELD(exits, "EXITS", 7),
	FIELD(oom_kills, "OOM", 4),
	FIELD(run_ns, "CPU", 7),
	FIELD(user_ns, NULL, 0),
	FIELD(system_ns, NULL, 0),
	FIELD(run_delay_ns, NULL, 0),
	FIELD(timeslices, NULL, 0),
	FIELD(voluntary_switches, NULL, 0),
	FIELD(involuntary_switches, NULL, 0),
	FIELD(migrations, NULL, 0),
	FIELD(minor_faults, NULL, 0),
	FIELD(major_faults, NULL, 0),
	FIELD(io_read_chars_bytes, NULL, 0),
	FIELD(io_write_chars_bytes, NULL, 0),
	FIELD(io_read_syscalls, NULL, 0),
	FIELD(io_write_syscalls, NULL, 0),
	FIELD(io_read_bytes, "IO-R", 5),
	FIELD(io_write_bytes, "IO-W", 5),
	FIELD(io_cancelled_write_bytes, NULL, 0),
	FIELD(tracked_ns, NULL, 0),
	FIELD(cpu_wait_ns, "WAIT", 7),
	FIELD(sleep_ns, NULL, 0),
	FIELD(io_wait_ns, "IO", 7),
	FIELD(mem_wait_ns, "MEM", 7),
	FIELD(lock_wait_ns, NULL, 0),
	FIELD(stop_ns, NULL, 0),
	FIELD(wakeups, NULL, 0),
	FIELD(mem_stall_ns, NULL, 0),
};

#define N_FIELDS	(sizeof(fields) / sizeof(*fields))

const struct total_field *total_fields(size_t *ret_count)
{
	*ret_count = N_FIELDS;
	return fields;
}

/* "run" for "run_ns". */
static bool is_stem(const char *name, const char *stem)
{
	size_t length = strlen(stem);

	return length && !strncmp(name, stem, length) &&
	       (!strcmp(name + length, unit_suffix(UNIT_NS)) ||
		!strcmp(name + length, unit_suffix(UNIT_BYTES)));
}

static bool is_header(const struct total_field *field, const char *name)
{
	return field->header && !strcasecmp(field->header, name);
}

const struct total_field *total_field_find(const char *name)
{
	size_t i;

	for (i = 0; i < N_FIELDS; i++)
		if (!strcmp(fields[i].name, name) || is_stem(fields[i].name, name) ||
		    is_header(&fields[i], name))
			return &fields[i];
	return NULL;
}

uint64_t total_value(const struct taskmeter_total *total, const struct total_field *field)
{
	uint64_t value;

	memcpy(&value, (const char *)total + field->offset, sizeof(value));
	return value;
}

static int grow(struct totals *totals)
{
	size_t capacity = totals->capacity ? 2 * totals->capacity : CAPACITY_FIRST;
	struct total *grown;

	grown = reallocarray(totals->totals, capacity, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	totals->totals = grown;
	totals->capacity = capacity;
	return 0;
}

static int add(struct totals *totals, const struct taskmeter_total *total, const char *path)
{
	struct total *added;

	if (totals->count == totals->capacity && grow(totals))
		return -ENOMEM;
	added = &totals->totals[totals->count];
	added->total = *total;
	added->path = path ? strdup(path) : NULL;
	if (path && !added->path)
		return -ENOMEM;
	totals->count++;
	return 0;
}

int totals_read(struct totals *totals, struct tm_meter *meter, uint32_t kind)
{
	const struct taskmeter_total *total;
	struct tm_totals *reader;
	const char *path;
	int r = tm_totals_new(meter, kind, &reader);

	if (r)
		return r;
	while ((r = tm_totals_next(reader, &total, &path)) > 0) {
		r = add(totals, total, path);
		if (r)
			break;
	}
	tm_totals_free(reader);
	return r;
}

struct order {
	const struct total_field *field;
	bool descending;
};

static int compare(const void *a, const void *b, void *context)
{
	const struct total *left = a, *right = b;
	const struct order *order = context;
	uint64_t x = total_value(&left->total, order->field);
	uint64_t y = total_value(&right->total, order->field);

	if (x != y)
		return (x > y) == order->descending ? -1 : 1;
	return (left->total.id > right->total.id) - (left->total.id < right->total.id);
}

void totals_sort(struct totals *totals, const struct total_field *field, bool descending)
{
	struct order order = { field, descending };

	if (totals->count)
		qsort_r(totals->totals, totals->count, sizeof(*totals->totals), compare,
			&order);
}

void totals_release(struct totals *totals)
{
	size_t i;

	for (i = 0; i < totals->count; i++)
		free(totals->totals[i].path);
	free(totals->totals);
	memset(totals, 0, sizeof(*totals));
}
