// SPDX-License-Identifier: GPL-2.0-or-later
/* See series.h: points and groups. The block is in series-block.c. */
#include "store/series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NSEC_PER_SEC	UINT64_C(1000000000)

uint64_t series_period_ns(enum series_tier tier)
{
	static const uint64_t seconds[SERIES_TIERS] = { 1, 10, 60 };

	return seconds[tier] * NSEC_PER_SEC;
}

uint64_t series_span_ns(enum series_tier tier)
{
	static const uint64_t seconds[SERIES_TIERS] = { 10, 60, 600 };

	return seconds[tier] * NSEC_PER_SEC;
}

void series_clear(struct series *series)
{
	size_t i;

	for (i = 0; i < series->group_count; i++) {
		free(series->groups[i].name);
		free(series->groups[i].figures);
	}
	free(series->groups);
	free(series->buckets);
	*series = (struct series) { .count = 0 };
}

int series_begin(struct series *series, const struct series_head *head)
{
	if (series->count == SERIES_POINTS_MAX)
		return -ENOSPC;
	series->heads[series->count++] = *head;
	return 0;
}

static size_t hash(const char *name, size_t length)
{
	uint32_t value = 2166136261U;
	size_t i;

	for (i = 0; i < length; i++)
		value = (value ^ (unsigned char)name[i]) * 16777619U;
	return value ^ value >> 15;
}

static struct series_group *find(const struct series *series, const char *name, size_t length)
{
	size_t i = series->buckets ? series->buckets[hash(name, length) & series->mask] : 0;
	struct series_group *group;

	for (; i; i = group->next) {
		group = &series->groups[i - 1];
		if (group->length == length && !memcmp(group->name, name, length))
			return group;
	}
	return NULL;
}

const struct series_group *series_find(const struct series *series, const char *name,
				       size_t length)
{
	return find(series, name, length);
}

static void link_group(struct series *series, size_t index)
{
	struct series_group *group = &series->groups[index];
	size_t *bucket = &series->buckets[hash(group->name, group->length) & series->mask];

	group->next = *bucket;
	*bucket = index + 1;
}

/* As many buckets as there is room for groups. */
static int reserve(struct series *series)
{
	size_t capacity = series->capacity ? 2 * series->capacity : 16, i;
	struct series_group *groups;
	size_t *buckets;

	if (series->group_count < series->capacity)
		return 0;
	groups = reallocarray(series->groups, capacity, sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	series->groups = groups;
	buckets = calloc(capacity, sizeof(*buckets));
	if (!buckets)
		return -ENOMEM;
	free(series->buckets);
	series->buckets = buckets;
	series->capacity = capacity;
	series->mask = capacity - 1;
	for (i = 0; i < series->group_count; i++)
		link_group(series, i);
	return 0;
}

static int add_group(struct series *series, const char *name, size_t length,
		     struct series_group **ret_group)
{
	struct series_group *group;
	char *copy;
	int r;

	r = reserve(series);
	if (r < 0)
		return r;
	copy = malloc(length + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, name, length);
	copy[length] = '\0';
	group = &series->groups[series->group_count];
	*group = (struct series_group) { .name = copy, .length = length };
	link_group(series, series->group_count++);
	*ret_group = group;
	return 0;
}

/* Room up to the latest point, a few at a time: most groups have all points, or one. */
static int reserve_figures(const struct series *series, struct series_group *group)
{
	const size_t had = (group->count + 3) & ~(size_t)3;
	const size_t needed = (series->count + 3) & ~(size_t)3;
	struct series_figures *figures;

	if (needed > had) {
		figures = reallocarray(group->figures, needed, sizeof(*figures));
		if (!figures)
			return -ENOMEM;
		group->figures = figures;
	}
	memset(group->figures + group->count, 0,
	       (series->count - group->count) * sizeof(*group->figures));
	group->count = series->count;
	return 0;
}

/* One place is that of the others. */
static int get_group(struct series *series, const char *name, size_t length,
		     struct series_group **ret_group)
{
	*ret_group = find(series, name, length);
	if (!*ret_group &&
	    (length > SERIES_NAME_MAX || series->group_count >= SERIES_GROUPS_MAX - 1)) {
		name = SERIES_OTHER;
		length = strlen(SERIES_OTHER);
		*ret_group = find(series, name, length);
	}
	return *ret_group ? 0 : add_group(series, name, length, ret_group);
}

int series_add(struct series *series, const char *name, size_t length,
	       const struct series_figures *part)
{
	struct series_group *group;
	int r = get_group(series, name, length, &group);

	if (!r)
		r = reserve_figures(series, group);
	if (!r)
		series_figures_add(&group->figures[series->count - 1], part);
	return r;
}

static int fold_group(const struct series_group *group, struct series *into)
{
	struct series_figures all = { .samples = 0 };
	size_t i;

	for (i = 0; i < group->count; i++)
		series_figures_add(&all, &group->figures[i]);
	return all.samples ? series_add(into, group->name, group->length, &all) : 0;
}

int series_fold(const struct series *series, struct series *into)
{
	struct series_head head = { .end_ns = series_last_ns(series) };
	size_t i;
	int r;

	if (!series->count)
		return 0;
	for (i = 0; i < series->count; i++)
		head.elapsed_ns += series->heads[i].elapsed_ns;
	r = series_begin(into, &head);
	for (i = 0; !r && i < series->group_count; i++)
		r = fold_group(&series->groups[i], into);
	return r;
}

uint64_t series_first_ns(const struct series *series)
{
	const struct series_head *head = series->heads;

	return head->end_ns > head->elapsed_ns ? head->end_ns - head->elapsed_ns : 0;
}

uint64_t series_last_ns(const struct series *series)
{
	return series->count ? series->heads[series->count - 1].end_ns : 0;
}

uint64_t series_middle_ns(const struct series_head *head)
{
	return head->end_ns > head->elapsed_ns / 2 ? head->end_ns - head->elapsed_ns / 2 : 0;
}

static void add_gauge(struct series_gauges *gauge, const struct series_gauges *part)
{
	gauge->sum += part->sum;
	if (part->min < gauge->min)
		gauge->min = part->min;
	if (part->max > gauge->max)
		gauge->max = part->max;
}

void series_figures_add(struct series_figures *figures, const struct series_figures *part)
{
	size_t i;

	if (!part->samples)
		return;
	if (!figures->samples) {
		*figures = *part;
		return;
	}
	figures->samples += part->samples;
	figures->available |= part->available;
	for (i = 0; i < SERIES_SUMS; i++)
		figures->sums[i] += part->sums[i];
	for (i = 0; i < SERIES_PEAKS; i++)
		if (part->peaks[i] > figures->peaks[i])
			figures->peaks[i] = part->peaks[i];
	for (i = 0; i < SERIES_GAUGES; i++)
		add_gauge(&figures->gauges[i], &part->gauges[i]);
}

enum series_sum series_stalled(const struct series_figures *figures, enum series_peak peak)
{
	static const enum series_sum sums[SERIES_PEAKS] = {
		[SERIES_RUN] = SERIES_RUN_NS, [SERIES_CPU] = SERIES_CPU_WAIT_NS,
		[SERIES_IO] = SERIES_IO_WAIT_NS, [SERIES_MEMORY] = SERIES_MEM_STALL_NS,
	};

	if (peak == SERIES_MEMORY && !(figures->available & 1U << SERIES_MEM_STALL_NS))
		return SERIES_MEM_WAIT_NS;
	return sums[peak];
}

uint64_t series_rate(uint64_t growth, uint64_t elapsed_ns)
{
	unsigned __int128 rate;

	if (!elapsed_ns)
		return 0;
	rate = (unsigned __int128)growth * NSEC_PER_SEC / elapsed_ns;
	return rate > UINT64_MAX ? UINT64_MAX : (uint64_t)rate;
}
