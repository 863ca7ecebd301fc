// SPDX-License-Identifier: GPL-2.0-or-later
/* See group-metrics.h. */
#include "api/group-metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "common/text.h"

/* Longest label: a container's engine and name. */
#define NAME_MAX_BYTES	512
#define LABELS_MAX	(4U << 20)
#define NS_PER_SECOND	1e9
/* As much as 16 resident bytes weighs a nanosecond per second. */
#define BYTES_PER_NS	16

struct row {
	struct family family;
	uint64_t available;
	size_t source;
	bool ns;
};

/* What is asked for most: all the rest is at /v1/groups. */
static const struct row counters[] = {
	{ { "taskmeter_group_cpu_seconds", METRIC_COUNTER, "seconds",
	    "CPU time of the group." },
	  0, COUNTER_RUN_NS, true },
	{ { "taskmeter_group_cpu_wait_seconds", METRIC_COUNTER, "seconds",
	    "Time that threads of the group waited for a CPU, waits that last included." },
	  TASKMETER_AVAILABLE_METER, COUNTER_CPU_WAIT_NS, true },
	{ { "taskmeter_group_io_wait_seconds", METRIC_COUNTER, "seconds",
	    "Time that threads of the group were blocked on I/O." },
	  TASKMETER_AVAILABLE_METER, COUNTER_IO_WAIT_NS, true },
	{ { "taskmeter_group_mem_wait_seconds", METRIC_COUNTER, "seconds",
	    "Time that threads of the group were blocked on memory." },
	  TASKMETER_AVAILABLE_MEM_WAIT, COUNTER_MEM_WAIT_NS, true },
	{ { "taskmeter_group_lock_wait_seconds", METRIC_COUNTER, "seconds",
	    "Time that threads of the group were blocked uninterruptibly on anything else." },
	  TASKMETER_AVAILABLE_METER, COUNTER_LOCK_WAIT_NS, true },
	{ { "taskmeter_group_mem_stall_seconds", METRIC_COUNTER, "seconds",
	    "Time that threads of the group were stalled for lack of memory: blocked on"
	    " memory, or busy with reclaim or compaction." },
	  TASKMETER_AVAILABLE_MEM_STALL, COUNTER_MEM_STALL_NS, true },
	{ { "taskmeter_group_major_faults", METRIC_COUNTER, NULL,
	    "Page faults of the group that waited for I/O." },
	  0, COUNTER_MAJOR_FAULTS, false },
	{ { "taskmeter_group_io_read_bytes", METRIC_COUNTER, "bytes",
	    "Bytes that the group fetched from storage." },
	  TASKMETER_AVAILABLE_IO, COUNTER_IO_READ_BYTES, false },
	{ { "taskmeter_group_io_write_bytes", METRIC_COUNTER, "bytes",
	    "Bytes that the group sent to storage, or dirtied to be sent later." },
	  TASKMETER_AVAILABLE_IO, COUNTER_IO_WRITE_BYTES, false },
	{ { "taskmeter_group_exits", METRIC_COUNTER, NULL,
	    "Processes of the group that ended." },
	  0, GROUP_EXITS, false },
	{ { "taskmeter_group_exits_failed", METRIC_COUNTER, NULL,
	    "Of these, with an exit code that is not 0, or killed by a signal; since the"
	    " daemon began." },
	  0, GROUP_FAILED, false },
	{ { "taskmeter_group_oom_kills", METRIC_COUNTER, NULL,
	    "Of these, killed because memory ran out." },
	  0, GROUP_OOM_KILLS, false },
};

enum { PROCESSES, THREADS, RSS, SWAP };

static const struct row gauges[] = {
	{ { "taskmeter_group_processes", METRIC_GAUGE, NULL,
	    "Processes of the group in the latest sample." },
	  0, PROCESSES, false },
	{ { "taskmeter_group_threads", METRIC_GAUGE, NULL,
	    "Threads of the group in the latest sample." },
	  0, THREADS, false },
	{ { "taskmeter_group_rss_bytes", METRIC_GAUGE, "bytes",
	    "Resident memory of the group's processes in the latest sample; what they"
	    " share is counted in each." },
	  TASKMETER_AVAILABLE_MEMORY, RSS, false },
	{ { "taskmeter_group_swap_bytes", METRIC_GAUGE, "bytes",
	    "Memory of the group's processes that is swapped out, in the latest sample." },
	  TASKMETER_AVAILABLE_MEMORY, SWAP, false },
};

static const struct row histogram = {
	{ "taskmeter_group_run_queue_delay_seconds", METRIC_HISTOGRAM, "seconds",
	  "How long single waits of the group's threads for a CPU lasted, of those that have"
	  " ended; without processes that ended before the daemon began." },
	TASKMETER_AVAILABLE_METER, GROUP_WAITS, true,
};

_Static_assert(sizeof(counters) / sizeof(counters[0]) == GROUP_METRICS_COUNTERS &&
	       sizeof(gauges) / sizeof(gauges[0]) == GROUP_METRICS_GAUGES,
	       "samples of a group are not counted right");

/* Programs have metrics of their own; slices and cgroups would count all once more. */
static const enum group_kind kinds[] = { GROUP_UNIT, GROUP_CONTAINER, GROUP_USER };

#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

/* A group that may be shown; @labels is where its labels are in the text of all. */
struct candidate {
	const struct group *group;
	uint64_t key;
	double weight;
	size_t labels;
};

/* What is to be written, the candidates to be shown first. */
struct list {
	struct candidate *items;
	size_t count;
	size_t shown;
	size_t left_out[GROUP_KINDS];
	struct buffer labels;
};

static uint64_t rss_of(const struct group *group)
{
	return group->gauges[GROUP_RSS_ANON_BYTES] + group->gauges[GROUP_RSS_FILE_BYTES] +
	       group->gauges[GROUP_RSS_SHMEM_BYTES];
}

static uint64_t gauge_of(const struct group *group, size_t source)
{
	switch (source) {
	case PROCESSES:
		return group->gauges[GROUP_PROCESSES];
	case THREADS:
		return group->gauges[GROUP_THREADS];
	case RSS:
		return rss_of(group);
	default:
		return group->gauges[GROUP_SWAP_BYTES];
	}
}

static uint64_t value_of(const struct row *row, const struct group *group)
{
	return row->family.type == METRIC_GAUGE ? gauge_of(group, row->source) :
						  group->counters[row->source];
}

static enum group_kind kind_of(const struct candidate *candidate)
{
	return (enum group_kind)(candidate->key >> 56);
}

static int compare_keys(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static bool was_shown(const struct group_choice *choice, uint64_t key)
{
	return bsearch(&key, choice->keys, choice->count, sizeof(key), compare_keys);
}

static double weigh(const struct group *group)
{
	const struct pressure *pressure = &group->pressure;
	double weight = pressure->running[PRESSURE_300S];
	size_t i;

	for (i = 0; i < PRESSURE_RESOURCES; i++)
		weight += pressure->stalled[i][PRESSURE_300S];
	return weight * NS_PER_SECOND + (double)(rss_of(group) / BYTES_PER_NS);
}

/* "other" has no number. */
static bool may_be_shown(const struct group *group, uint64_t now_ns)
{
	return !group->number || group->references ||
	       now_ns - group->seen_ns < GROUP_METRICS_STAY_NS;
}

static void add_kind(struct list *list, const struct group_metrics *wanted, enum group_kind kind)
{
	const struct group *group = NULL;
	struct candidate *item;

	while ((group = groups_next(wanted->groups, kind, group))) {
		if (!may_be_shown(group, wanted->now_ns))
			continue;
		item = &list->items[list->count++];
		*item = (struct candidate) {
			.group = group, .key = (uint64_t)kind << 56 | group->number,
			.weight = weigh(group),
		};
		if (was_shown(wanted->choice, item->key))
			item->weight *= 2;
	}
}

/* The heaviest first; those that weigh nothing in the order in which they came up. */
static int compare_weights(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	if (!left->group->number != !right->group->number)
		return left->group->number ? 1 : -1;
	if (left->weight < right->weight || left->weight > right->weight)
		return left->weight < right->weight ? 1 : -1;
	return compare_keys(&left->key, &right->key);
}

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	return compare_keys(&left->key, &right->key);
}

static int find_candidates(struct list *list, const struct group_metrics *wanted)
{
	size_t i, most = 0;

	for (i = 0; i < KINDS; i++)
		most += groups_count(wanted->groups, kinds[i]);
	list->items = calloc(most + 1, sizeof(*list->items));
	if (!list->items)
		return -ENOMEM;
	for (i = 0; i < KINDS; i++)
		add_kind(list, wanted, kinds[i]);
	qsort(list->items, list->count, sizeof(*list->items), compare_weights);
	return 0;
}

static void append_labels(struct list *list, struct candidate *item)
{
	char name[TEXT_UTF8_SIZE(NAME_MAX_BYTES)];
	const struct label labels[] = {
		{ "kind", group_kind_name(kind_of(item)) }, { "name", name }, { NULL, NULL },
	};

	text_for_label(item->group->name, strlen(item->group->name), name, sizeof(name));
	item->labels = list->labels.size;
	metrics_labels(&list->labels, labels);
	buffer_append(&list->labels, "", 1);
}

static const char *labels_of(const struct list *list, const struct candidate *item)
{
	return list->labels.data + item->labels;
}

static int compare_labels(const void *a, const void *b, void *data)
{
	const struct candidate *left = a, *right = b;
	const int order = strcmp(labels_of(data, left), labels_of(data, right));

	return order ? order : compare_keys(&left->key, &right->key);
}

/* Names that differ only in what is no text are one label: the first one has it. */
static void drop_equal(struct list *list)
{
	size_t i, kept = 0;

	qsort_r(list->items, list->shown, sizeof(*list->items), compare_labels, list);
	for (i = 0; i < list->shown; i++) {
		if (kept && !strcmp(labels_of(list, &list->items[i]),
				    labels_of(list, &list->items[kept - 1])))
			list->left_out[kind_of(&list->items[i])]++;
		else
			list->items[kept++] = list->items[i];
	}
	list->shown = kept;
	qsort(list->items, list->shown, sizeof(*list->items), compare_candidates);
}

static int choose(struct list *list, const struct group_metrics *wanted)
{
	const size_t most = sizeof(wanted->choice->keys) / sizeof(wanted->choice->keys[0]);
	size_t i, fit = wanted->room / GROUP_METRICS_SAMPLES;

	if (fit > most)
		fit = most;
	list->shown = list->count < fit ? list->count : fit;
	for (i = list->shown; i < list->count; i++)
		list->left_out[kind_of(&list->items[i])]++;
	for (i = 0; i < list->shown; i++)
		append_labels(list, &list->items[i]);
	if (list->labels.error)
		return list->labels.error;
	drop_equal(list);
	return 0;
}

static void remember(const struct list *list, struct group_choice *choice)
{
	choice->count = list->shown;
	for (size_t i = 0; i < list->shown; i++)
		choice->keys[i] = list->items[i].key;
}

static void write_sample(struct metrics *metrics, const struct row *row,
			 const struct group *group, const char *labels)
{
	const uint64_t *waits = &group->counters[GROUP_WAITS];
	const struct metric_histogram figures = {
		.buckets = CPU_WAITS_BUCKETS, .bound = cpu_waits_bound, .counts = waits,
		.sum_ns = waits[CPU_WAITS_SUM_NS],
	};

	if (row->family.type == METRIC_HISTOGRAM)
		metrics_histogram_of(metrics, labels, &figures);
	else if (row->ns)
		metrics_seconds_of(metrics, labels, value_of(row, group));
	else
		metrics_number_of(metrics, labels, value_of(row, group));
}

/* What can be told now, but could not while this group did something, is not there. */
static void write_rows(struct metrics *metrics, const struct group_metrics *wanted,
		       const struct list *list, const struct row *rows, size_t count)
{
	const struct candidate *item;
	size_t i, j;

	for (i = 0; i < count; i++) {
		if (rows[i].available & ~wanted->available)
			continue;
		metrics_family(metrics, &rows[i].family);
		for (j = 0; j < list->shown; j++) {
			item = &list->items[j];
			if (!(rows[i].available & ~item->group->available))
				write_sample(metrics, &rows[i], item->group,
					     labels_of(list, item));
		}
	}
}

static void write_left_out(struct metrics *metrics, const struct list *list)
{
	const struct family family = { "taskmeter_groups_left_out", METRIC_GAUGE, NULL,
				       "Groups that have no series, for want of room." };
	size_t i;

	metrics_family(metrics, &family);
	for (i = 0; i < KINDS; i++) {
		const struct label labels[] = {
			{ "kind", group_kind_name(kinds[i]) }, { NULL, NULL },
		};

		metrics_number(metrics, labels, list->left_out[kinds[i]]);
	}
}

static uint64_t count_left_out(const struct list *list)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < KINDS; i++)
		count += list->left_out[kinds[i]];
	return count;
}

int group_metrics_write(struct metrics *metrics, const struct group_metrics *wanted,
			uint64_t *ret_dropped)
{
	struct list list = { .labels.max = LABELS_MAX };
	int r = find_candidates(&list, wanted);

	if (!r)
		r = choose(&list, wanted);
	if (!r) {
		remember(&list, wanted->choice);
		write_rows(metrics, wanted, &list, counters, GROUP_METRICS_COUNTERS);
		write_rows(metrics, wanted, &list, gauges, GROUP_METRICS_GAUGES);
		write_rows(metrics, wanted, &list, &histogram, 1);
		write_left_out(metrics, &list);
		*ret_dropped = count_left_out(&list) * GROUP_METRICS_SAMPLES;
	}
	buffer_clear(&list.labels);
	free(list.items);
	return r;
}
