// SPDX-License-Identifier: GPL-2.0-or-later
/* See deeds.h. What a counter is, and what a maximum, is told by the table of fields. */
#include "cli/deeds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int kept_exit_copy(struct kept_exit *kept, const struct tm_exit *exit)
{
	*kept = (struct kept_exit){ .exit = *exit->exit, .record = *exit->record };
	if (!exit->cgroup_path)
		return 0;
	kept->path = strdup(exit->cgroup_path);
	return kept->path ? 0 : -ENOMEM;
}

struct tm_exit kept_exit_view(const struct kept_exit *kept)
{
	return (struct tm_exit){
		.exit = &kept->exit,
		.record = &kept->record,
		.cgroup_path = kept->path,
	};
}

void kept_exit_release(struct kept_exit *kept)
{
	free(kept->path);
	kept->path = NULL;
}

static uint64_t *member_of(struct taskmeter_record *record, const struct tm_field *field)
{
	return (uint64_t *)((char *)record + field->offset);
}

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), end_length = strlen(end);

	return length >= end_length && !strcmp(name + length - end_length, end);
}

/* The field behind a maximum tells when that was. */
static void add_field(struct taskmeter_record *total, const struct taskmeter_record *record,
		      const struct tm_field *field)
{
	uint64_t value = tm_field_u64(field, record);

	if (field->counter) {
		*member_of(total, field) += value;
	} else if (!strcmp(field->name, "rss_peak_bytes")) {
		if (value > total->rss_peak_bytes)
			total->rss_peak_bytes = value;
	} else if (ends_with(field->name, "_max_ns") && value > *member_of(total, field)) {
		*member_of(total, field) = value;
		*member_of(total, field + 1) = tm_field_u64(field + 1, record);
	}
}

static void add_record(struct taskmeter_record *total, const struct taskmeter_record *record)
{
	const struct tm_field *fields;
	size_t count, i;

	total->available |= record->available;
	if (record->size > total->size)
		total->size = record->size;
	fields = tm_fields(&count);
	for (i = 0; i < count; i++)
		add_field(total, record, &fields[i]);
}

static void add_histograms(struct taskmeter_histograms *total,
			   const struct taskmeter_histograms *histograms)
{
	const size_t head = offsetof(struct taskmeter_histograms, cpu_wait);
	const uint64_t *buckets = (const uint64_t *)((const char *)histograms + head);
	uint64_t *sums = (uint64_t *)((char *)total + head);
	size_t i;

	if (histograms->size > total->size)
		total->size = histograms->size;
	for (i = 0; i < (histograms->size - head) / sizeof(*buckets); i++)
		sums[i] += buckets[i];
}

static bool is_partial(const struct taskmeter_record *record)
{
	return !(record->available & TASKMETER_AVAILABLE_METER) ||
	       record->flags & (TASKMETER_RECORD_PARTIAL | TASKMETER_RECORD_LIVING_ONLY);
}

void deeds_add(struct deeds *deeds, const struct tm_exit *exit)
{
	add_record(&deeds->total.record, exit->record);
	if (exit->histograms)
		add_histograms(&deeds->total.histograms, exit->histograms);
	deeds->processes++;
	deeds->partial += is_partial(exit->record);
}

uint64_t deeds_held_up(const struct taskmeter_record *record)
{
	return record->cpu_wait_ns + record->io_wait_ns + record->mem_wait_ns +
	       record->lock_wait_ns;
}

/* The one that was held up as long but ran longer is the worse. */
static bool is_worse(const struct taskmeter_record *a, const struct taskmeter_record *b)
{
	uint64_t first = deeds_held_up(a), second = deeds_held_up(b);

	return first != second ? first > second : a->run_ns > b->run_ns;
}

int deeds_rank(struct deeds *deeds, const struct tm_exit *exit)
{
	struct kept_exit kept;
	size_t place = deeds->worst_count;

	while (place && is_worse(exit->record, &deeds->worst[place - 1].record))
		place--;
	if (place == deeds->worst_limit)
		return 0;
	if (!deeds->worst)
		deeds->worst = calloc(deeds->worst_limit, sizeof(*deeds->worst));
	if (!deeds->worst || kept_exit_copy(&kept, exit))
		return -ENOMEM;
	if (deeds->worst_count == deeds->worst_limit)
		kept_exit_release(&deeds->worst[--deeds->worst_count]);
	memmove(&deeds->worst[place + 1], &deeds->worst[place],
		(deeds->worst_count - place) * sizeof(*deeds->worst));
	deeds->worst[place] = kept;
	deeds->worst_count++;
	return 0;
}

void deeds_release(struct deeds *deeds)
{
	while (deeds->worst_count)
		kept_exit_release(&deeds->worst[--deeds->worst_count]);
	free(deeds->worst);
	deeds->worst = NULL;
}
