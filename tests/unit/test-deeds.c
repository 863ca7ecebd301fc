// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums over exit records: each counter, maxima and their moments, histograms, and the worst. */
#include "sample.h"
#include "suite.h"

#include "cli/deeds.h"
#include "cli/verdicts.h"

#include <stdlib.h>

static struct deeds deeds;
static struct taskmeter_exit ending;
static struct taskmeter_record record;
static struct taskmeter_histograms histograms;
static struct tm_exit told = { .exit = &ending, .record = &record };

static void setup(void)
{
	memset(&deeds, 0, sizeof(deeds));
	memset(&histograms, 0, sizeof(histograms));
	memset(&ending, 0, sizeof(ending));
	ending.size = sizeof(ending);
	histograms.size = sizeof(histograms);
	sample_process(&record, 7, "first");
	record.run_ns = 0;
	told.histograms = NULL;
	told.cgroup_path = NULL;
	deeds.worst_limit = 3;
}

static void teardown(void)
{
	deeds_release(&deeds);
}

static uint64_t total_of(const struct tm_field *field)
{
	return tm_field_u64(field, &deeds.total.record);
}

static bool ends_with(const char *name, const char *end)
{
	return strlen(name) > strlen(end) && !strcmp(name + strlen(name) - strlen(end), end);
}

/* Every field of the table: twice as much if it is a counter, as it was if it is a maximum. */
START_TEST(test_every_field)
{
	const struct tm_field *fields;
	size_t count, i, counters = 0;

	fields = tm_fields(&count);
	for (i = 0; i < count; i++)
		if (fields[i].type == TM_FIELD_U64)
			sample_set(&record, &fields[i], 1000 + i);
	deeds_add(&deeds, &told);
	deeds_add(&deeds, &told);
	for (i = 0; i < count; i++) {
		if (fields[i].counter)
			ck_assert_uint_eq(total_of(&fields[i]), 2 * (1000 + i));
		else if (strstr(fields[i].name, "_max_") ||
			 !strcmp(fields[i].name, "rss_peak_bytes"))
			ck_assert_uint_eq(total_of(&fields[i]), 1000 + i);
		else
			ck_assert_uint_eq(total_of(&fields[i]), 0);
		counters += fields[i].counter;
	}
	ck_assert_uint_eq(deeds.processes, 2);
	ck_assert_uint_gt(counters, 30);
}
END_TEST

/* The moment of a maximum is that of the greatest, not the latest. */
START_TEST(test_maxima)
{
	const struct tm_field *fields;
	size_t count, i, maxima = 0;

	fields = tm_fields(&count);
	for (i = 0; i < count; i++) {
		if (!ends_with(fields[i].name, "_max_ns"))
			continue;
		ck_assert(ends_with(fields[i + 1].name, "_max_time_ns"));
		sample_set(&record, &fields[i], 500);
		sample_set(&record, &fields[i + 1], 77);
		deeds_add(&deeds, &told);
		sample_set(&record, &fields[i], 400);
		sample_set(&record, &fields[i + 1], 99);
		deeds_add(&deeds, &told);
		ck_assert_uint_eq(total_of(&fields[i]), 500);
		ck_assert_uint_eq(total_of(&fields[i + 1]), 77);
		maxima++;
	}
	ck_assert_uint_eq(maxima, 9);
	record.rss_peak_bytes = 4096;
	deeds_add(&deeds, &told);
	record.rss_peak_bytes = 1024;
	deeds_add(&deeds, &told);
	ck_assert_uint_eq(deeds.total.record.rss_peak_bytes, 4096);
}
END_TEST

/* What one process cannot tell does not hide what the others do, nor count as anything. */
START_TEST(test_available)
{
	record.cpu_wait_ns = 5;
	record.mem_wait_ns = 6;
	record.available = TASKMETER_AVAILABLE_METER;
	deeds_add(&deeds, &told);
	ck_assert(!(deeds.total.record.available & TASKMETER_AVAILABLE_MEM_WAIT));
	record.available = 0;
	deeds_add(&deeds, &told);
	ck_assert_uint_eq(deeds.total.record.cpu_wait_ns, 5);
	ck_assert_uint_eq(deeds.total.record.mem_wait_ns, 0);
	ck_assert_uint_eq(deeds.partial, 1);
	record.available = SAMPLE_AVAILABLE;
	record.flags = TASKMETER_RECORD_PARTIAL;
	deeds_add(&deeds, &told);
	ck_assert_uint_eq(deeds.total.record.mem_wait_ns, 6);
	ck_assert_uint_eq(deeds.partial, 2);
	ck_assert_uint_eq(deeds.processes, 3);
}
END_TEST

START_TEST(test_histograms)
{
	const uint64_t *buckets;
	size_t count, i;
	int kind;

	told.histograms = &histograms;
	for (kind = 0; kind < WAITS_KINDS; kind++) {
		buckets = tm_histogram_buckets(&histograms, (enum tm_histogram_kind)kind, &count);
		for (i = 0; i < count; i++)
			((uint64_t *)(uintptr_t)buckets)[i] = 100 * (uint64_t)kind + i;
	}
	deeds_add(&deeds, &told);
	deeds_add(&deeds, &told);
	told.histograms = NULL;
	deeds_add(&deeds, &told);
	ck_assert_uint_eq(deeds.total.histograms.size, sizeof(histograms));
	for (kind = 0; kind < WAITS_KINDS; kind++) {
		buckets = tm_histogram_buckets(&deeds.total.histograms,
					       (enum tm_histogram_kind)kind, &count);
		for (i = 0; i < count; i++)
			ck_assert_uint_eq(buckets[i], 2 * (100 * (uint64_t)kind + i));
	}
}
END_TEST

/* Quantiles are of all waits of all of them, not of any one. */
START_TEST(test_quantiles)
{
	struct waits waits;

	told.histograms = &histograms;
	record.cpu_wait_max_ns = 2000000;
	histograms.cpu_wait[4] = 98;
	deeds_add(&deeds, &told);
	histograms.cpu_wait[4] = 0;
	histograms.cpu_wait[40] = 2;
	record.cpu_wait_max_ns = 1100000;
	deeds_add(&deeds, &told);
	waits_read(&waits, &deeds.total, NULL, TM_HISTOGRAM_CPU_WAIT);
	ck_assert_uint_eq(waits.count, 100);
	ck_assert_uint_lt(waits.p90_ns, 3000);
	ck_assert_uint_gt(waits.p99_ns, 1000000);
	ck_assert_uint_eq(waits.max_ns, 2000000);
}
END_TEST

static void rank(uint32_t pid, uint64_t wait_ns, uint64_t run_ns)
{
	record.pid = pid;
	record.cpu_wait_ns = wait_ns / 4;
	record.io_wait_ns = wait_ns / 4;
	record.mem_wait_ns = wait_ns / 4;
	record.lock_wait_ns = wait_ns / 4;
	record.run_ns = run_ns;
	ck_assert_int_eq(deeds_rank(&deeds, &told), 0);
}

static void check_worst(uint32_t first, uint32_t second, uint32_t third)
{
	ck_assert_uint_eq(deeds.worst_count, 3);
	ck_assert_uint_eq(deeds.worst[0].record.pid, first);
	ck_assert_uint_eq(deeds.worst[1].record.pid, second);
	ck_assert_uint_eq(deeds.worst[2].record.pid, third);
}

START_TEST(test_worst)
{
	told.cgroup_path = "/some/where";
	rank(1, 400, 0);
	ck_assert_uint_eq(deeds.worst_count, 1);
	rank(2, 800, 0);
	rank(3, 100, 0);
	check_worst(2, 1, 3);
	rank(4, 40, 0);
	check_worst(2, 1, 3);
	rank(5, 1600, 0);
	check_worst(5, 2, 1);
	/* Held up as long, but ran longer. */
	rank(6, 800, 1);
	check_worst(5, 6, 2);
	ck_assert_str_eq(deeds.worst[2].path, "/some/where");
}
END_TEST

START_TEST(test_no_worst)
{
	deeds.worst_limit = 0;
	rank(1, 400, 0);
	ck_assert_uint_eq(deeds.worst_count, 0);
}
END_TEST

static uint32_t wanted;
static uint32_t judged[8];
static size_t judged_count;

static int judge(void *context, const struct tm_exit *exit)
{
	ck_assert_ptr_null(context);
	judged[judged_count++] = exit->record->pid;
	ck_assert_ptr_nonnull(exit->histograms);
	ck_assert_uint_eq(exit->histograms->cpu_wait[3], exit->record->pid);
	return exit->record->pid == wanted ? VERDICT_DONE : VERDICT_OPEN;
}

START_TEST(test_verdicts)
{
	struct verdicts *verdicts = verdicts_new();

	told.histograms = &histograms;
	for (record.pid = 1; record.pid <= 3; record.pid++) {
		histograms.cpu_wait[3] = record.pid;
		ck_assert_int_eq(verdicts_add(verdicts, &told), 0);
	}
	wanted = 2;
	judged_count = 0;
	ck_assert_int_eq(verdicts_review(verdicts, judge, NULL), 1);
	ck_assert_int_eq(verdicts_review(verdicts, judge, NULL), 0);
	ck_assert_uint_eq(judged_count, 5);
	ck_assert_uint_eq(judged[0], 1);
	ck_assert_uint_eq(judged[2], 3);
	ck_assert_uint_eq(judged[4], 3);
	verdicts_free(verdicts);
}
END_TEST

START_TEST(test_verdicts_bounded)
{
	struct verdicts *verdicts = verdicts_new();
	size_t i, gone = 0;

	for (i = 0; i < VERDICTS_LIMIT + 10; i++)
		gone += (size_t)verdicts_add(verdicts, &told);
	ck_assert_uint_eq(gone, 10);
	verdicts_free(verdicts);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("deeds");
	TCase *test_case = tcase_create("deeds");

	tcase_add_checked_fixture(test_case, setup, teardown);
	tcase_add_test(test_case, test_every_field);
	tcase_add_test(test_case, test_maxima);
	tcase_add_test(test_case, test_available);
	tcase_add_test(test_case, test_histograms);
	tcase_add_test(test_case, test_quantiles);
	tcase_add_test(test_case, test_worst);
	tcase_add_test(test_case, test_no_worst);
	tcase_add_test(test_case, test_verdicts);
	tcase_add_test(test_case, test_verdicts_bounded);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
