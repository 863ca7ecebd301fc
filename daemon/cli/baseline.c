// SPDX-License-Identifier: GPL-2.0-or-later
/* See baseline.h. A sorted array; records are four times as large as what is kept. */
#include "cli/baseline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST	256
#define P99		0.99

struct baseline_task {
	uint32_t pid;
	uint64_t start_time_ns;
	struct sums sums;
};

struct baseline_waits {
	uint64_t cpu_wait[TASKMETER_CPU_WAIT_BUCKETS];
};

static int grow_waits(struct baseline *baseline, size_t capacity)
{
	struct baseline_waits *waits;

	waits = reallocarray(baseline->waits, capacity, sizeof(*waits));
	if (!waits)
		return -ENOMEM;
	baseline->waits = waits;
	return 0;
}

static int grow(struct baseline *baseline)
{
	size_t capacity = baseline->capacity ? 2 * baseline->capacity :
					       CAPACITY_FIRST;
	struct baseline_task *tasks;

	if (baseline->quantiles && grow_waits(baseline, capacity))
		return -ENOMEM;
	tasks = reallocarray(baseline->tasks, capacity, sizeof(*tasks));
	if (!tasks)
		return -ENOMEM;
	baseline->tasks = tasks;
	baseline->capacity = capacity;
	return 0;
}

static void keep_waits(struct baseline_waits *waits,
		       const struct taskmeter_histograms *histograms)
{
	if (histograms)
		memcpy(waits->cpu_wait, histograms->cpu_wait,
		       sizeof(waits->cpu_wait));
	else
		memset(waits, 0, sizeof(*waits));
}

int baseline_add(struct baseline *baseline,
		 const struct taskmeter_record *record,
		 const struct taskmeter_histograms *histograms,
		 uint64_t time_ns)
{
	struct baseline_task *task;

	if (baseline->count == baseline->capacity && grow(baseline))
		return -ENOMEM;
	if (!baseline->count)
		baseline->time_ns = time_ns;
	if (baseline->quantiles)
		keep_waits(&baseline->waits[baseline->count], histograms);
	task = &baseline->tasks[baseline->count++];
	task->pid = record->pid;
	task->start_time_ns = record->start_time_ns;
	sums_read(&task->sums, record, time_ns);
	return 0;
}

static int compare_pid(const void *key, const void *element)
{
	const struct baseline_task *task = element;
	uint32_t pid = *(const uint32_t *)key;

	return (pid > task->pid) - (pid < task->pid);
}

static const struct baseline_task *
find(const struct baseline *baseline, const struct taskmeter_record *record)
{
	const struct baseline_task *task = NULL;

	if (baseline->count)
		task = bsearch(&record->pid, baseline->tasks, baseline->count,
			       sizeof(*task), compare_pid);
	return task && task->start_time_ns == record->start_time_ns ? task :
								      NULL;
}

static bool is_new(const struct baseline *baseline,
		   const struct taskmeter_record *record)
{
	return record->start_time_ns >= baseline->boottime_ns;
}

void baseline_rates(const struct baseline *baseline,
		    const struct taskmeter_record *record, uint64_t time_ns,
		    struct rates *ret_rates)
{
	const struct baseline_task *task = find(baseline, record);
	struct sums earlier = { .time_ns = baseline->time_ns }, now;

	sums_read(&now, record, time_ns);
	if (task) {
		earlier = task->sums;
	} else if (is_new(baseline, record)) {
		earlier.available = now.available;
		earlier.has_resident = now.has_resident;
		earlier.has_switches = now.has_switches;
	}
	rates_between(ret_rates, &earlier, &now);
}

uint64_t baseline_p99(const struct baseline *baseline,
		      const struct taskmeter_record *record,
		      const struct taskmeter_histograms *histograms)
{
	struct taskmeter_histograms waits = *histograms;
	struct taskmeter_histograms earlier = { .size = sizeof(earlier) };
	const struct baseline_task *task = find(baseline, record);

	if (task)
		memcpy(earlier.cpu_wait,
		       baseline->waits[task - baseline->tasks].cpu_wait,
		       sizeof(earlier.cpu_wait));
	else if (!is_new(baseline, record))
		return 0;
	tm_histogram_subtract(&waits, &earlier);
	return tm_histogram_quantile(&waits, TM_HISTOGRAM_CPU_WAIT, P99);
}

void baseline_release(struct baseline *baseline)
{
	free(baseline->tasks);
	free(baseline->waits);
	baseline->tasks = NULL;
	baseline->waits = NULL;
	baseline->count = 0;
	baseline->capacity = 0;
}
