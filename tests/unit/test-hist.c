// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Histograms: where buckets begin, and that a quantile read from buckets is as
 * near to the exact one as the interface promises.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <taskmeter/taskmeter.h>

#include "suite.h"

#define N_KINDS	6

static const struct {
	enum tm_histogram_kind kind;
	size_t buckets;
	uint64_t begin;
	uint64_t end;
} shapes[N_KINDS] = {
	{ TM_HISTOGRAM_CPU_WAIT, 104, 1ULL << 10, 1ULL << 36 },
	{ TM_HISTOGRAM_IO_WAIT, 72, 1ULL << 15, 1ULL << 33 },
	{ TM_HISTOGRAM_MEM_WAIT, 72, 1ULL << 15, 1ULL << 33 },
	{ TM_HISTOGRAM_RECLAIM, 72, 1ULL << 15, 1ULL << 33 },
	{ TM_HISTOGRAM_COMPACTION, 72, 1ULL << 15, 1ULL << 33 },
	{ TM_HISTOGRAM_FAULT_WAIT, 72, 1ULL << 15, 1ULL << 33 },
};

/* Not that of the library: adds through the structure's own members. */
static __u64 *array_of(struct taskmeter_histograms *histograms,
		       enum tm_histogram_kind kind)
{
	switch (kind) {
	case TM_HISTOGRAM_CPU_WAIT:
		return histograms->cpu_wait;
	case TM_HISTOGRAM_IO_WAIT:
		return histograms->io_wait;
	case TM_HISTOGRAM_MEM_WAIT:
		return histograms->mem_wait;
	case TM_HISTOGRAM_RECLAIM:
		return histograms->reclaim;
	case TM_HISTOGRAM_COMPACTION:
		return histograms->compaction;
	default:
		return histograms->fault_wait;
	}
}

static void add_value(struct taskmeter_histograms *histograms,
		      enum tm_histogram_kind kind, uint64_t value)
{
	size_t i = shapes[kind].buckets - 1;

	while (i && value < tm_histogram_bound(kind, i))
		i--;
	array_of(histograms, kind)[i]++;
}

START_TEST(test_bounds)
{
	const enum tm_histogram_kind kind = shapes[_i].kind;
	struct taskmeter_histograms histograms = { .size = sizeof(histograms) };
	size_t count, i;

	ck_assert_ptr_eq(tm_histogram_buckets(&histograms, kind, &count),
			 (const void *)array_of(&histograms, kind));
	ck_assert_uint_eq(count, shapes[_i].buckets);
	ck_assert_uint_eq(tm_histogram_bound(kind, 0), shapes[_i].begin);
	ck_assert_uint_eq(tm_histogram_bound(kind, 1), shapes[_i].begin / 4 * 5);
	ck_assert_uint_eq(tm_histogram_bound(kind, 4), shapes[_i].begin * 2);
	ck_assert_uint_eq(tm_histogram_bound(kind, count), shapes[_i].end);
	ck_assert_uint_eq(tm_histogram_bound(kind, SIZE_MAX), shapes[_i].end);
	for (i = 0; i < count; i++) {
		uint64_t begin = tm_histogram_bound(kind, i);
		uint64_t end = tm_histogram_bound(kind, i + 1);

		/* As the ABI header has it, for these large enough shifts. */
		ck_assert_uint_eq(begin, (4 + i % 4) * shapes[_i].begin / 4 << i / 4);
		ck_assert_uint_gt(end, begin);
		ck_assert_uint_le((end - begin) * 4, begin);
	}
}
END_TEST

START_TEST(test_empty)
{
	static const double quantiles[] = { 0, 0.5, 1 };
	struct taskmeter_histograms histograms = { .size = sizeof(histograms) };
	size_t i;

	ck_assert_uint_eq(tm_histogram_count(&histograms, shapes[_i].kind), 0);
	for (i = 0; i < 3; i++)
		ck_assert_uint_eq(tm_histogram_quantile(&histograms, shapes[_i].kind,
							quantiles[i]), 0);
}
END_TEST

START_TEST(test_out_of_range)
{
	static const double quantiles[] = { -0.01, 1.01, -INFINITY, INFINITY, NAN };
	struct taskmeter_histograms histograms = { .cpu_wait = { 0, 5 } };

	ck_assert_uint_eq(tm_histogram_quantile(&histograms, TM_HISTOGRAM_CPU_WAIT,
						quantiles[_i]), 0);
	ck_assert_uint_gt(tm_histogram_quantile(&histograms, TM_HISTOGRAM_CPU_WAIT,
						1), 0);
}
END_TEST

/* One value in each bucket but the last is told to an eighth wherever it lies. */
START_TEST(test_every_bucket)
{
	const enum tm_histogram_kind kind = shapes[_i].kind;
	struct taskmeter_histograms histograms;
	size_t i;

	for (i = 0; i + 1 < shapes[_i].buckets; i++) {
		uint64_t begin = tm_histogram_bound(kind, i);
		uint64_t last = tm_histogram_bound(kind, i + 1) - 1, value;

		memset(&histograms, 0, sizeof(histograms));
		array_of(&histograms, kind)[i] = 1;
		value = tm_histogram_quantile(&histograms, kind, 0.5);
		ck_assert_uint_le((value - begin) * 8, begin);
		ck_assert_uint_le((last - value) * 8, last);
	}
}
END_TEST

/* Beyond its ends a histogram tells a bound. */
START_TEST(test_edges)
{
	const enum tm_histogram_kind kind = shapes[_i].kind;
	const uint64_t last = tm_histogram_bound(kind, shapes[_i].buckets - 1);
	struct taskmeter_histograms histograms = { .size = sizeof(histograms) };

	add_value(&histograms, kind, 1);
	ck_assert_uint_ge(tm_histogram_quantile(&histograms, kind, 1),
			  shapes[_i].begin);
	ck_assert_uint_lt(tm_histogram_quantile(&histograms, kind, 1),
			  shapes[_i].begin / 4 * 5);
	add_value(&histograms, kind, UINT64_MAX);
	ck_assert_uint_eq(tm_histogram_quantile(&histograms, kind, 1), last);
}
END_TEST

/* Which value is meant: the first one that the share does not exceed. */
START_TEST(test_ranks)
{
	static const struct {
		double quantile;
		size_t bucket;
	} cases[] = {
		{ 0, 10 }, { 0.1, 10 }, { 0.5, 10 }, { 0.500001, 20 },
		{ 0.9, 20 }, { 0.91, 30 }, { 0.99, 30 }, { 1, 30 },
	};
	struct taskmeter_histograms histograms = { .size = sizeof(histograms) };
	const enum tm_histogram_kind kind = TM_HISTOGRAM_CPU_WAIT;
	uint64_t value;

	histograms.cpu_wait[10] = 50;
	histograms.cpu_wait[20] = 40;
	histograms.cpu_wait[30] = 10;
	value = tm_histogram_quantile(&histograms, kind, cases[_i].quantile);
	ck_assert_uint_ge(value, tm_histogram_bound(kind, cases[_i].bucket));
	ck_assert_uint_lt(value, tm_histogram_bound(kind, cases[_i].bucket + 1));
}
END_TEST

/* Counts near the end of 64 bits are more than a double holds exactly. */
START_TEST(test_large_counts)
{
	struct taskmeter_histograms histograms = { .size = sizeof(histograms) };
	const enum tm_histogram_kind kind = TM_HISTOGRAM_IO_WAIT;

	histograms.io_wait[3] = UINT64_MAX - 1;
	histograms.io_wait[40] = 1;
	ck_assert_uint_eq(tm_histogram_count(&histograms, kind), UINT64_MAX);
	ck_assert_uint_lt(tm_histogram_quantile(&histograms, kind, 0.99),
			  tm_histogram_bound(kind, 4));
	ck_assert_uint_ge(tm_histogram_quantile(&histograms, kind, 1),
			  tm_histogram_bound(kind, 40));
}
END_TEST

#define N_SAMPLES	1000

static int compare_values(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* Spread evenly over the logarithm, between the first and the last bucket. */
static uint64_t random_value(enum tm_histogram_kind kind)
{
	double low = log((double)tm_histogram_bound(kind, 0));
	double high = log((double)tm_histogram_bound(kind, shapes[kind].buckets - 1));

	return (uint64_t)ceil(exp(low + (high - low) * drand48() * 0.999999));
}

static void check_quantile(const struct taskmeter_histograms *histograms,
			   enum tm_histogram_kind kind, double quantile,
			   const uint64_t *sorted, size_t n)
{
	uint64_t value = tm_histogram_quantile(histograms, kind, quantile);
	double rank = ceil(quantile * (double)n);
	uint64_t exact = sorted[rank < 1 ? 0 : (size_t)rank - 1];
	uint64_t error = value > exact ? value - exact : exact - value;

	ck_assert_msg(error * 8 <= exact, "quantile %f of %zu values is %llu, not %llu",
		      quantile, n, (unsigned long long)value, (unsigned long long)exact);
}

/* At most an eighth off, whatever the values are. */
START_TEST(test_quantiles)
{
	static const double quantiles[] = { 0, 0.01, 0.5, 0.9, 0.99, 0.999, 1 };
	const enum tm_histogram_kind kind = shapes[_i % N_KINDS].kind;
	struct taskmeter_histograms histograms;
	uint64_t values[N_SAMPLES];
	size_t n, i, round;

	srand48(_i + 1);
	for (round = 0; round < 100; round++) {
		memset(&histograms, 0, sizeof(histograms));
		n = 1 + (size_t)lrand48() % N_SAMPLES;
		for (i = 0; i < n; i++) {
			values[i] = random_value(kind);
			add_value(&histograms, kind, values[i]);
		}
		ck_assert_uint_eq(tm_histogram_count(&histograms, kind), n);
		qsort(values, n, sizeof(*values), compare_values);
		for (i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++)
			check_quantile(&histograms, kind, quantiles[i], values, n);
		check_quantile(&histograms, kind, drand48(), values, n);
	}
}
END_TEST

START_TEST(test_subtract)
{
	struct taskmeter_histograms earlier = { .size = sizeof(earlier) }, later;

	earlier.cpu_wait[0] = 5;
	earlier.cpu_wait[103] = 1;
	earlier.io_wait[71] = 2;
	earlier.mem_wait[7] = 3;
	earlier.reclaim[0] = 4;
	earlier.compaction[1] = 5;
	earlier.fault_wait[71] = 6;
	later = earlier;
	later.cpu_wait[0] += 7;
	later.io_wait[71] += 8;
	later.mem_wait[8] += 9;
	later.reclaim[0] += 10;
	later.compaction[2] += 11;
	later.fault_wait[71] += 12;
	tm_histogram_subtract(&later, &earlier);

	ck_assert_uint_eq(later.size, sizeof(later));
	ck_assert_uint_eq(later.cpu_wait[0], 7);
	ck_assert_uint_eq(later.io_wait[71], 8);
	ck_assert_uint_eq(later.mem_wait[8], 9);
	ck_assert_uint_eq(tm_histogram_count(&later, TM_HISTOGRAM_CPU_WAIT), 7);
	ck_assert_uint_eq(tm_histogram_count(&later, TM_HISTOGRAM_IO_WAIT), 8);
	ck_assert_uint_eq(tm_histogram_count(&later, TM_HISTOGRAM_MEM_WAIT), 9);
	ck_assert_uint_eq(later.reclaim[0], 10);
	ck_assert_uint_eq(tm_histogram_count(&later, TM_HISTOGRAM_RECLAIM), 10);
	ck_assert_uint_eq(tm_histogram_count(&later, TM_HISTOGRAM_COMPACTION), 11);
	ck_assert_uint_eq(tm_histogram_count(&later, TM_HISTOGRAM_FAULT_WAIT), 12);
}
END_TEST

/* Of a program of before the stalls, what is behind its structure is not touched. */
START_TEST(test_subtract_shorter)
{
	struct taskmeter_histograms earlier = {
		.size = _i ? TASKMETER_HISTOGRAMS_SIZE_VER1 : sizeof(earlier),
		.mem_wait = { 3 }, .reclaim = { 1 }, .fault_wait = { 1 },
	}, later = {
		.size = _i ? sizeof(later) : TASKMETER_HISTOGRAMS_SIZE_VER1,
		.mem_wait = { 5 }, .reclaim = { 7 }, .compaction = { 8 },
		.fault_wait = { 9 },
	};

	tm_histogram_subtract(&later, &earlier);
	ck_assert_uint_eq(later.mem_wait[0], 2);
	ck_assert_uint_eq(later.reclaim[0], 7);
	ck_assert_uint_eq(later.compaction[0], 8);
	ck_assert_uint_eq(later.fault_wait[0], 9);
}
END_TEST

/* If the two are of different tasks after all, no bucket wraps around. */
START_TEST(test_subtract_more)
{
	struct taskmeter_histograms earlier = { .cpu_wait = { 9 } };
	struct taskmeter_histograms later = { .cpu_wait = { 4, 1 } };

	tm_histogram_subtract(&later, &earlier);
	ck_assert_uint_eq(tm_histogram_count(&later, TM_HISTOGRAM_CPU_WAIT), 1);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("histograms");
	TCase *test_case = tcase_create("histograms");

	tcase_add_loop_test(test_case, test_bounds, 0, N_KINDS);
	tcase_add_loop_test(test_case, test_empty, 0, N_KINDS);
	tcase_add_loop_test(test_case, test_out_of_range, 0, 5);
	tcase_add_loop_test(test_case, test_every_bucket, 0, N_KINDS);
	tcase_add_loop_test(test_case, test_edges, 0, N_KINDS);
	tcase_add_loop_test(test_case, test_ranks, 0, 8);
	tcase_add_test(test_case, test_large_counts);
	tcase_add_loop_test(test_case, test_quantiles, 0, 2 * N_KINDS);
	tcase_add_test(test_case, test_subtract);
	tcase_add_loop_test(test_case, test_subtract_shorter, 0, 2);
	tcase_add_test(test_case, test_subtract_more);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
