// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How fast processes grow: by hand-worked figures, over samples that come late, not
 * at all, or of other processes than before.
 */
#include "core/growth.h"
#include "common/resident.h"
#include "suite.h"

#include <errno.h>
#include <string.h>

#define MS	UINT64_C(1000000)
#define S	(1000 * MS)
#define MB	INT64_C(1000000)
#define BEGIN	(1000 * S)

static struct growths *growths;
static struct sample *sample;

static void setup(void)
{
	growths = growths_new();
	sample = sample_new(NULL);
	ck_assert_ptr_nonnull(growths);
	ck_assert_ptr_nonnull(sample);
}

static void teardown(void)
{
	growths_free(growths);
	sample_unref(sample);
}

/* A process for the next sample. */
static void add(uint32_t pid, uint64_t start, uint64_t bytes)
{
	const struct taskmeter_record record = {
		.size = sizeof(record), .pid = pid, .tgid = pid, .start_time_ns = start,
		.available = TASKMETER_AVAILABLE_MEMORY, .rss_anon_bytes = bytes / 2,
		.rss_file_bytes = bytes / 4, .rss_shmem_bytes = bytes - bytes / 2 - bytes / 4,
	};

	ck_assert_int_eq(sample_add(sample, &record), 0);
}

static void add_kernel_thread(uint32_t pid)
{
	const struct taskmeter_record record = { .size = sizeof(record), .pid = pid };

	ck_assert_int_eq(sample_add(sample, &record), 0);
}

static void feed(uint64_t time_ns)
{
	sample->monotonic_ns = time_ns;
	ck_assert_int_eq(growths_feed(growths, sample), 0);
}

/* The sample of this moment with this one process. */
static void feed_one(uint64_t time_ns, uint64_t bytes)
{
	sample->count = 0;
	add(7, 1, bytes);
	feed(time_ns);
}

static int64_t growth_of(uint32_t pid, enum growth_span span)
{
	const struct taskmeter_record *record = sample_find(sample, pid);

	ck_assert_ptr_nonnull(record);
	return sample_growth(sample, record)->bytes_per_s[span];
}

static void expect(uint32_t pid, int64_t in_10s, int64_t in_60s)
{
	ck_assert_int_eq(growth_of(pid, GROWTH_10S), in_10s);
	ck_assert_int_eq(growth_of(pid, GROWTH_60S), in_60s);
}

START_TEST(arithmetic)
{
	ck_assert_int_eq(resident_growth(0, 10, 1), 10000000000);
	ck_assert_int_eq(resident_growth(10, 0, 4 * S), -2);
	ck_assert_int_eq(resident_growth(5, 5, 1), 0);
	ck_assert_int_eq(resident_growth(0, UINT64_MAX, 1), INT64_MAX);
	ck_assert_int_eq(resident_growth(UINT64_MAX, 0, 1), -INT64_MAX);
	ck_assert_int_eq(resident_growth(1ULL << 50, 1ULL << 51, S), 1LL << 50);
}
END_TEST

/* Whatever the interval between samples, steady growth is told exactly. */
START_TEST(steady)
{
	static const uint64_t intervals[] = {
		100 * MS, 333 * MS, S, 1500 * MS, 2 * S, 3 * S, 7 * S, 10 * S, 19 * S,
	};
	uint64_t t, step = intervals[_i];

	for (t = 0; t < 200 * S; t += step) {
		feed_one(BEGIN + t, 1000000000 + t / 100);
		if (!t)
			expect(7, GROWTH_UNKNOWN, GROWTH_UNKNOWN);
		else
			expect(7, 10 * MB, 10 * MB);
	}
}
END_TEST

START_TEST(shrinks)
{
	uint64_t t;

	for (t = 0; t <= 100; t++)
		feed_one(BEGIN + t * S, 1000000000 - t * 3000000);
	expect(7, -3 * MB, -3 * MB);
}
END_TEST

/* What was before a span does not count in it: spans of 10 +- 1.5 s, 60 +- 5.5 s. */
START_TEST(spans)
{
	uint64_t t, bytes = 1000000000, since;

	for (t = 0; t < 300; t++)
		feed_one(BEGIN + t * S, bytes);
	expect(7, 0, 0);
	bytes += 600000000;
	for (since = 0; since < 100; since++, t++) {
		feed_one(BEGIN + t * S, bytes);
		if (since < 8)
			ck_assert_int_gt(growth_of(7, GROWTH_10S), 600 * MB / 12);
		if (since < 8)
			ck_assert_int_lt(growth_of(7, GROWTH_10S), 600 * MB / 8);
		if (since > 11)
			ck_assert_int_eq(growth_of(7, GROWTH_10S), 0);
		if (since < 54)
			ck_assert_int_gt(growth_of(7, GROWTH_60S), 600 * MB / 66);
		if (since < 54)
			ck_assert_int_lt(growth_of(7, GROWTH_60S), 600 * MB / 54);
		if (since > 65)
			ck_assert_int_eq(growth_of(7, GROWTH_60S), 0);
	}
}
END_TEST

/* Ticks that jitter about the edges of the steps. */
START_TEST(jitter)
{
	static const int64_t off[] = { 0, -3, 2, -1, 1, 3, -2, 0, -3, 3 };
	uint64_t t, now;

	for (t = 1; t <= 400; t++) {
		now = BEGIN + t * S + (uint64_t)(off[t % 10] * (int64_t)MS);
		feed_one(now, (now - BEGIN) / 100 + (t == 380 ? 12000000 : 0));
		if (t > 1 && t < 380)
			expect(7, 10 * MB, 10 * MB);
	}
}
END_TEST

/* Over its own age, as long as that is less than the span. */
START_TEST(young)
{
	uint64_t t;

	for (t = 0; t < 100; t++) {
		sample->count = 0;
		add(5, 1, 50000000);
		if (t == 94)
			add(9, 94, 1000000);
		if (t > 94)
			add(9, 94, 1000000 + (t - 93) * 2000000);
		feed(BEGIN + t * S);
		if (t == 94)
			expect(9, GROWTH_UNKNOWN, GROWTH_UNKNOWN);
		if (t == 95)
			expect(9, 4 * MB, 4 * MB);
	}
	/* 12 MB in the 5 s that it is known. */
	expect(9, 12 * MB / 5, 12 * MB / 5);
	expect(5, 0, 0);
}
END_TEST

/* After a gap nothing is told of a time so long, and then what is since. */
START_TEST(gap)
{
	uint64_t t;

	for (t = 0; t < 100; t++)
		feed_one(BEGIN + t * S, t * 1000000);
	/* 15 s without a sample are less than twice 10 s. */
	feed_one(BEGIN + 114 * S, 114000000);
	expect(7, MB, MB);
	feed_one(BEGIN + 137 * S, 137000000);
	expect(7, GROWTH_UNKNOWN, MB);
	feed_one(BEGIN + 138 * S, 140000000);
	expect(7, 3 * MB, 60 * MB / 58);
	feed_one(BEGIN + 500 * S, 0);
	expect(7, GROWTH_UNKNOWN, GROWTH_UNKNOWN);
	feed_one(BEGIN + 501 * S, 5000000);
	expect(7, 5 * MB, 5 * MB);
}
END_TEST

/* Samples that are too far apart for a span. */
START_TEST(rare_samples)
{
	uint64_t t;

	for (t = 0; t < 10; t++)
		feed_one(BEGIN + t * 30 * S, t * 30000000);
	expect(7, GROWTH_UNKNOWN, MB);
	for (t = 10; t < 20; t++)
		feed_one(BEGIN + t * 600 * S, t * 30000000);
	expect(7, GROWTH_UNKNOWN, GROWTH_UNKNOWN);
}
END_TEST

/* The clock cannot go back; if it does not go on, nothing is divided by 0. */
START_TEST(same_time)
{
	feed_one(BEGIN, 1);
	feed_one(BEGIN, 2);
	expect(7, GROWTH_UNKNOWN, GROWTH_UNKNOWN);
	feed_one(BEGIN - S, 2);
	expect(7, GROWTH_UNKNOWN, GROWTH_UNKNOWN);
	feed_one(BEGIN + S, 2);
	feed_one(BEGIN + 2 * S, 5);
	expect(7, 1, 1);
}
END_TEST

START_TEST(reused_pid)
{
	uint64_t t;

	for (t = 0; t < 60; t++)
		feed_one(BEGIN + t * S, 5000000000);
	sample->count = 0;
	add(7, 2, 1000000);
	feed(BEGIN + t++ * S);
	expect(7, GROWTH_UNKNOWN, GROWTH_UNKNOWN);
	sample->count = 0;
	add(7, 2, 3000000);
	feed(BEGIN + t * S);
	expect(7, 2 * MB, 2 * MB);
}
END_TEST

/* Kernel threads never have memory; what exits gives it up. */
START_TEST(no_memory)
{
	uint64_t t;

	for (t = 0; t < 30; t++) {
		sample->count = 0;
		add_kernel_thread(2);
		add(3, 1, t * 1000000);
		add_kernel_thread(4);
		feed(BEGIN + t * S);
		expect(2, GROWTH_UNKNOWN, GROWTH_UNKNOWN);
		expect(4, GROWTH_UNKNOWN, GROWTH_UNKNOWN);
	}
	expect(3, MB, MB);
	sample->count = 0;
	add_kernel_thread(3);
	feed(BEGIN + t++ * S);
	expect(3, GROWTH_UNKNOWN, GROWTH_UNKNOWN);
	sample->count = 0;
	feed(BEGIN + t * S);
	ck_assert_uint_lt(growths_bytes(growths), 4096);
}
END_TEST

static bool lives(uint32_t pid, uint64_t tick)
{
	return (pid * 2654435761U >> 7) % 40 > (tick + pid) % 20;
}

/* Who comes and goes anywhere does not touch the others' figures. */
START_TEST(coming_and_going)
{
	static uint64_t since[1000];
	uint64_t tick;
	uint32_t pid;

	for (tick = 1; tick < 200; tick++) {
		sample->count = 0;
		for (pid = 1; pid < 1000; pid++) {
			if (!lives(pid, tick))
				since[pid] = 0;
			else if (!since[pid])
				since[pid] = tick;
			if (since[pid])
				add(pid, since[pid], 1000 * pid * tick);
		}
		feed(BEGIN + tick * S);
		for (pid = 1; pid < 1000; pid++)
			if (since[pid] == tick)
				expect(pid, GROWTH_UNKNOWN, GROWTH_UNKNOWN);
			else if (since[pid])
				expect(pid, 1000 * pid, 1000 * pid);
	}
}
END_TEST

/* A crowd costs what it promises, and nothing any more when it is gone for good. */
START_TEST(memory)
{
	uint32_t pid;

	for (pid = 1; pid <= 10000; pid++)
		add(pid, 1, pid);
	feed(BEGIN);
	ck_assert_uint_ge(growths_bytes(growths), 10000 * 136);
	ck_assert_uint_le(growths_bytes(growths), 10000 * 136 * 9 / 8 + 4096);
	growths_forget(growths);
	ck_assert_uint_lt(growths_bytes(growths), 4096);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("growth");
	TCase *tests = tcase_create("growth");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, arithmetic);
	tcase_add_loop_test(tests, steady, 0, 9);
	tcase_add_test(tests, shrinks);
	tcase_add_test(tests, spans);
	tcase_add_test(tests, jitter);
	tcase_add_test(tests, young);
	tcase_add_test(tests, gap);
	tcase_add_test(tests, rare_samples);
	tcase_add_test(tests, same_time);
	tcase_add_test(tests, reused_pid);
	tcase_add_test(tests, no_memory);
	tcase_add_test(tests, coming_and_going);
	tcase_add_test(tests, memory);
	suite_add_tcase(suite, tests);
	return suite_main(suite, argc, argv);
}
