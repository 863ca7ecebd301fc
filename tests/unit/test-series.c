// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Series of groups: what a block holds comes out of it again; over hours, through all
 * tiers, nothing is told twice and nothing is left out; age and size are kept.
 */
#include "store/store.h"
#include "suite.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define S	UINT64_C(1000000000)
#define MIB	(UINT64_C(1) << 20)
/* A multiple of ten minutes. */
#define BEGIN	(UINT64_C(1700000400) * S)
#define HOUR	3600
#define SECONDS	(3 * HOUR)
#define UNIT	0
#define USER	3
#define KILLS	30

static char directory[64];
static char path[160];
static char problem[DATABASE_PROBLEM_SIZE];
static struct database *database;
static struct series series;
static struct series_answer answer;

static void open_file(void)
{
	int r = database_open(path, &database, problem);

	ck_assert_msg(!r, "%d: %s", r, problem);
}

static void setup(void)
{
	snprintf(directory, sizeof(directory), "/tmp/taskmeter-series-XXXXXX");
	ck_assert(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/history.db", directory);
	open_file();
}

static void teardown(void)
{
	char command[160];

	database = database_close(database);
	series_clear(&series);
	series_answer_clear(&answer);
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	ck_assert_int_eq(system(command), 0);
}

static void execute(const char *sql)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE |
					 SQLITE_OPEN_CREATE, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static int64_t ask_number(const char *sql)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	int64_t number;

	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return number;
}

/* Of one sample, with numbers of that seed. */
static struct series_figures figures_of(unsigned int seed)
{
	struct series_figures figures = { .samples = 1, .available = (1U << SERIES_SUMS) - 1 };
	size_t i;

	for (i = 0; i < SERIES_SUMS; i++)
		figures.sums[i] = (uint64_t)rand_r(&seed) * (i % 3);
	for (i = 0; i < SERIES_PEAKS; i++)
		figures.peaks[i] = (uint64_t)rand_r(&seed);
	for (i = 0; i < SERIES_GAUGES; i++) {
		figures.gauges[i].sum = figures.gauges[i].min = (uint64_t)rand_r(&seed);
		figures.gauges[i].max = figures.gauges[i].sum;
	}
	return figures;
}

static void add(const char *name, const struct series_figures *figures)
{
	ck_assert_int_eq(series_add(&series, name, strlen(name), figures), 0);
}

static void begin(uint64_t end_ns, uint64_t elapsed_ns)
{
	const struct series_head head = { end_ns, elapsed_ns };

	ck_assert_int_eq(series_begin(&series, &head), 0);
}

static void same_group(const struct series_group *a, const struct series *other)
{
	static const struct series_figures none;
	const struct series_group *b = series_find(other, a->name, a->length);
	size_t i;

	ck_assert_ptr_nonnull(b);
	for (i = 0; i < other->count; i++)
		ck_assert_mem_eq(i < a->count ? &a->figures[i] : &none,
				 i < b->count ? &b->figures[i] : &none, sizeof(none));
}

/* Groups that are there throughout, come, go, and have the greatest numbers. */
static void fill_series(void)
{
	struct series_figures figures, greatest;
	unsigned int i;

	memset(&greatest, 0xff, sizeof(greatest));
	for (i = 0; i < 10; i++) {
		begin(BEGIN + (i + 1) * S - i * 1000, S - 1000);
		figures = figures_of(i);
		add("always.service", &figures);
		if (i > 3)
			add("late.service", &figures);
		if (i < 2)
			add("early\xff.service", &figures);
		if (i % 4 == 1)
			add("", &greatest);
	}
}

START_TEST(block)
{
	struct block bytes;
	struct series read;
	size_t i;

	fill_series();
	ck_assert_int_eq(series_encode(&series, &bytes), 0);
	ck_assert_int_eq(series_decode(bytes.bytes, bytes.size, NULL, 0, &read), 0);
	ck_assert_uint_eq(read.count, 10);
	ck_assert_mem_eq(read.heads, series.heads, 10 * sizeof(read.heads[0]));
	ck_assert_uint_eq(read.group_count, 4);
	for (i = 0; i < series.group_count; i++)
		same_group(&series.groups[i], &read);
	series_clear(&read);
	ck_assert_int_eq(series_decode(bytes.bytes, bytes.size, "late.service", 12, &read), 0);
	ck_assert_uint_eq(read.count, 10);
	ck_assert_uint_eq(read.group_count, 1);
	same_group(series_find(&series, "late.service", 12), &read);
	series_clear(&read);
	ck_assert_int_eq(series_decode(bytes.bytes, bytes.size, "late", 4, &read), 0);
	ck_assert_uint_eq(read.group_count, 0);
	series_clear(&read);
	ck_assert_int_eq(series_begin(&series, &series.heads[0]), 0);
	for (i = 0; i < 5; i++)
		ck_assert_int_eq(series_begin(&series, &series.heads[0]), 0);
	ck_assert_int_eq(series_begin(&series, &series.heads[0]), -ENOSPC);
	block_clear(&bytes);
}
END_TEST

/* Bytes at their end, so that a sanitizer sees what leads beyond it. */
static int decode_copy(const unsigned char *bytes, size_t size)
{
	unsigned char *copy = malloc(size + !size);
	struct series read = { .count = 0 };
	int r;

	memcpy(copy, bytes, size);
	r = series_decode(copy, size, NULL, 0, &read);
	series_clear(&read);
	free(copy);
	return r;
}

START_TEST(damaged_block)
{
	struct block bytes;
	unsigned int seed = 3, round;
	size_t i, place;
	unsigned char was;
	int r;

	fill_series();
	ck_assert_int_eq(series_encode(&series, &bytes), 0);
	for (i = 0; i < bytes.size; i++)
		ck_assert_int_eq(decode_copy(bytes.bytes, i), -EBADMSG);
	for (round = 0; round < 20000; round++) {
		place = (size_t)rand_r(&seed) % bytes.size;
		was = bytes.bytes[place];
		bytes.bytes[place] = (unsigned char)rand_r(&seed);
		r = decode_copy(bytes.bytes, bytes.size);
		ck_assert(!r || r == -EBADMSG);
		if (round % 3)
			bytes.bytes[place] = was;
	}
	block_clear(&bytes);
}
END_TEST

START_TEST(folding)
{
	struct series_figures a = figures_of(1), b = figures_of(2);
	struct series into = { .count = 0 };
	const struct series_figures *sum;
	size_t i;

	begin(BEGIN + S, S);
	add("x", &a);
	add("once", &a);
	begin(BEGIN + 3 * S, S);
	b.available = 0;
	add("x", &b);
	ck_assert_int_eq(series_fold(&series, &into), 0);
	ck_assert_uint_eq(into.count, 1);
	ck_assert_uint_eq(into.heads[0].end_ns, BEGIN + 3 * S);
	ck_assert_uint_eq(into.heads[0].elapsed_ns, 2 * S);
	same_group(series_find(&series, "once", 4), &into);
	sum = series_find(&into, "x", 1)->figures;
	ck_assert_uint_eq(sum->samples, 2);
	ck_assert_uint_eq(sum->available, a.available);
	for (i = 0; i < SERIES_SUMS; i++)
		ck_assert_uint_eq(sum->sums[i], a.sums[i] + b.sums[i]);
	for (i = 0; i < SERIES_PEAKS; i++)
		ck_assert_uint_eq(sum->peaks[i], a.peaks[i] > b.peaks[i] ? a.peaks[i] :
									  b.peaks[i]);
	for (i = 0; i < SERIES_GAUGES; i++) {
		ck_assert_uint_eq(sum->gauges[i].sum, a.gauges[i].sum + b.gauges[i].sum);
		ck_assert_uint_eq(sum->gauges[i].min, a.gauges[i].min < b.gauges[i].min ?
						      a.gauges[i].min : b.gauges[i].min);
		ck_assert_uint_eq(sum->gauges[i].max, a.gauges[i].max > b.gauges[i].max ?
						      a.gauges[i].max : b.gauges[i].max);
	}
	series_clear(&into);
}
END_TEST

/* However many names there are: nothing that they did is lost. */
START_TEST(too_many_groups)
{
	const struct series_figures one = { .samples = 1, .sums = { 1 } };
	const struct series_group *other;
	char name[SERIES_NAME_MAX + 2];
	int i;

	begin(BEGIN, S);
	for (i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		add(name, &one);
	}
	memset(name, 'x', SERIES_NAME_MAX + 1);
	name[SERIES_NAME_MAX + 1] = '\0';
	add(name, &one);
	add("17", &one);
	other = series_find(&series, "other", 5);
	ck_assert_uint_eq(series.group_count, SERIES_GROUPS_MAX);
	ck_assert_uint_eq(other->figures->sums[0], 10000 - (SERIES_GROUPS_MAX - 1) + 1);
	ck_assert_uint_eq(series_find(&series, "17", 2)->figures->sums[0], 2);
}
END_TEST

/* What unit "web" did in a second, and whether it was there. */
static uint64_t run_of(unsigned int second)
{
	return 1000000 + second * 37 % 1000;
}

static bool is_there(unsigned int second)
{
	return second % 700 > 90;
}

static uint64_t stall_of(unsigned int second)
{
	return second % 977 == 5 ? S + second : 1000;
}

static struct series_figures web_in(unsigned int second)
{
	struct series_figures figures = {
		.samples = 1, .available = (1U << SERIES_SUMS) - 1,
		.sums[SERIES_RUN_NS] = run_of(second),
		.sums[SERIES_CPU_WAIT_NS] = stall_of(second),
	};

	figures.peaks[SERIES_RUN] = run_of(second);
	figures.peaks[SERIES_CPU] = stall_of(second);
	figures.gauges[SERIES_PROCESSES] = (struct series_gauges) { second, second, second };
	return figures;
}

static void write_block(unsigned int kind)
{
	const struct series_row row = {
		SERIES_SECONDS, kind, series_first_ns(&series), series_last_ns(&series),
	};
	struct block bytes, packed;
	int r;

	ck_assert_int_eq(series_encode(&series, &bytes), 0);
	ck_assert_int_eq(block_compress(&bytes, &packed), 0);
	r = database_store_series(database, &row, &packed, problem);
	ck_assert_msg(!r, "%s", problem);
	block_clear(&packed);
	block_clear(&bytes);
	series_clear(&series);
}

/* Ten seconds, with clocks that are not exact. */
static void write_ten(unsigned int first, unsigned int kind)
{
	const struct series_figures idle = { .samples = 1 };
	struct series_figures web;
	unsigned int i;

	for (i = first; i < first + 10; i++) {
		begin(BEGIN + (i + 1) * S + i * 7919 % 40000000, S);
		add("idle", &idle);
		web = web_in(i);
		if (is_there(i))
			add("web", &web);
	}
	write_block(kind);
}

static void write_seconds(unsigned int first, unsigned int end)
{
	for (; first < end; first += 10) {
		write_ten(first, UNIT);
		write_ten(first, USER);
	}
}

static void read_steps(unsigned int from, unsigned int to, unsigned int step)
{
	static char name[] = "web";
	const struct series_query query = {
		UNIT, name, BEGIN + from * S, BEGIN + to * S, step * S,
	};

	series_answer_clear(&answer);
	ck_assert_int_eq(database_read_series(database, &query, &answer, problem), 0);
}

/* All steps together are what the unit did, and its peaks. */
static void check_sums(unsigned int from, unsigned int to)
{
	struct series_figures truth = { .samples = 0 }, told = { .samples = 0 }, web;
	unsigned int i;

	for (i = from; i < to; i++) {
		web = web_in(i);
		if (is_there(i))
			series_figures_add(&truth, &web);
	}
	for (i = 0; i < answer.count; i++)
		series_figures_add(&told, &answer.points[i].figures);
	ck_assert_uint_eq(told.samples, truth.samples);
	ck_assert_mem_eq(&told, &truth, sizeof(told));
}

static void check_steps(unsigned int from, unsigned int to, unsigned int step)
{
	size_t i;

	read_steps(from, to, step);
	check_sums(from, to);
	for (i = 0; i < answer.count; i++) {
		ck_assert_uint_ge(answer.points[i].end_ns, BEGIN + from * S);
		ck_assert(!i || answer.points[i].step > answer.points[i - 1].step);
	}
}

/* In whatever step, from what is rolled and what is not. */
START_TEST(rolling)
{
	static const unsigned int steps[] = { 1, 3, 10, 45, 60, 600, 7200 };
	unsigned int i;

	write_seconds(0, SECONDS + 130);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		check_steps(0, SECONDS + 130, steps[i] < 3 ? 3 : steps[i]);
		check_steps(600, 1200, steps[i]);
		check_steps(SECONDS - 600, SECONDS + 130, steps[i]);
	}
	check_steps(605, 1203, 1);
	read_steps(600, 1200, 60);
	ck_assert_uint_eq(answer.count, 10 - 1);
	ck_assert_uint_eq(answer.points[3].elapsed_ns, 60 * S);
	/* The unit came in this minute: what it did is told of all of it. */
	ck_assert_uint_eq(answer.points[0].figures.samples, 600 + 60 - 700 + 100);
	read_steps(600, 700, 1);
	ck_assert_uint_eq(answer.count, 100);
	read_steps(SECONDS + 200, SECONDS + 300, 1);
	ck_assert_uint_eq(answer.count, 0);
	ck_assert_uint_eq(answer.begin_ns / S, BEGIN / S);
	/* Ten seconds are a point of the next tier, a minute is one of the last. */
	ck_assert_int_eq(ask_number("SELECT count(*) FROM series WHERE tier = 0 AND kind = 0"),
			 (SECONDS + 130) / 10);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM series WHERE tier = 1 AND kind = 0"),
			 (SECONDS + 120) / 60);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM series WHERE tier = 2 AND kind = 0"),
			 SECONDS / 600);
}
END_TEST

static void prune(const struct database_limits *limits, uint64_t now_ns)
{
	int r, steps = 0;

	while ((r = database_prune(database, limits, now_ns, problem)) > 0)
		ck_assert_int_lt(++steps, 10000);
	ck_assert_msg(!r, "%s", problem);
}

/* What is no longer there in seconds is there in tens, then in minutes; then it is gone. */
START_TEST(ages)
{
	const struct database_limits limits = {
		.age_ns = UINT64_MAX, .records = 1000,
		.series_age_ns = { 900 * S, 3600 * S, 2 * HOUR * S },
	};

	write_seconds(0, SECONDS + 30);
	prune(&limits, BEGIN + (SECONDS + 30) * S);
	ck_assert_int_ge(ask_number("SELECT min(last_ns) FROM series WHERE tier = 0") / (int64_t)S,
			 (int64_t)(BEGIN / S + SECONDS + 30 - 900));
	read_steps(0, SECONDS + 30, 2);
	check_sums(HOUR, SECONDS + 30);
	ck_assert_uint_eq(answer.begin_ns / S, BEGIN / S + HOUR);
	ck_assert_uint_lt(answer.count, 900 + 360 + 60);
	ck_assert_uint_eq(answer.points[0].elapsed_ns, 60 * S);
	ck_assert_uint_ge(answer.points[answer.count - 1].elapsed_ns, S);
	ck_assert_uint_le(answer.points[answer.count - 1].elapsed_ns, 2 * S);
	check_steps(HOUR, SECONDS + 30, 60);
	check_steps(HOUR, SECONDS + 30, 600);
	check_steps(2 * HOUR - 600, 2 * HOUR + 600, 10);
	check_steps(SECONDS - 1200, SECONDS, 1);
}
END_TEST

/* Where the daemon did not run there is a gap; what was open before it is rolled after it. */
START_TEST(gap)
{
	write_seconds(0, 250);
	database = database_close(database);
	open_file();
	write_seconds(7200, 7210);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM series WHERE tier = 1 AND kind = 0"), 5);
	read_steps(0, 7210, 60);
	ck_assert_uint_eq(answer.count, 4 + 1);
	write_seconds(7210, 7900);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM series WHERE tier = 2 AND kind = 0"), 2);
	check_steps(0, 250, 60);
	check_steps(7200, 7900, 60);
}
END_TEST

/* The clock is set back: both are told, in the time that the clock told. */
START_TEST(clock_set_back)
{
	uint64_t sum = 0;
	size_t i;

	write_seconds(1200, 2400);
	write_seconds(1200, 2400);
	write_seconds(2400, 4800);
	read_steps(1200, 2400, 60);
	for (i = 0; i < answer.count; i++)
		sum += answer.points[i].figures.sums[SERIES_RUN_NS];
	for (i = 1200; i < 2400; i++)
		sum -= is_there((unsigned int)i) ? 2 * run_of((unsigned int)i) : 0;
	ck_assert_uint_eq(sum, 0);
	ck_assert_uint_eq(answer.points[9].elapsed_ns, 120 * S);
}
END_TEST

/* Neither reading nor rolling ends at a block that is damaged. */
START_TEST(damaged_file)
{
	write_seconds(0, 120);
	/* The hundredth second. */
	execute("UPDATE series SET block = x'0100000000' WHERE kind = 0 AND tier = 0"
		" AND first_ns / 1000000000 = 1700000500;"
		"UPDATE series SET block = zeroblob(0) WHERE kind = 3 AND tier = 0"
		" AND first_ns / 1000000000 = 1700000500;");
	read_steps(60, 120, 1);
	ck_assert_uint_eq(answer.count, 120 - 91 - 10);
	write_seconds(120, 1300);
	read_steps(60, 120, 60);
	ck_assert_uint_eq(answer.points[0].elapsed_ns, 50 * S);
	ck_assert_uint_eq(answer.points[0].figures.samples, 120 - 91 - 10);
	check_steps(120, 1300, 60);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM series WHERE tier = 2 AND kind = 0"), 2);
}
END_TEST

/* The oldest go first, of whatever tier, and the file is as small as it has to be. */
START_TEST(quota)
{
	const struct database_limits limits = {
		.age_ns = UINT64_MAX, .records = 1000, .bytes = 4 * MIB,
		.series_age_ns = { UINT64_MAX, UINT64_MAX, UINT64_MAX },
	};
	struct series_figures figures;
	unsigned int i, n, ten;
	uint64_t bytes;
	char name[16];

	for (ten = 0; ten < 300; ten++) {
		for (i = 0; i < 10; i++) {
			begin(BEGIN + (ten * 10 + i + 1) * S, S);
			for (n = 0; n < 20; n++) {
				snprintf(name, sizeof(name), "%u", n);
				figures = figures_of(ten * 1000 + i * 20 + n);
				add(name, &figures);
			}
		}
		write_block(UNIT);
		if (database_is_full(database, &limits))
			prune(&limits, BEGIN);
		ck_assert_int_eq(database_size(database, &bytes, problem), 0);
		ck_assert_uint_le(bytes, limits.bytes);
	}
	ck_assert_int_gt(ask_number("SELECT count(*) FROM series"), 10);
	ck_assert_int_gt(ask_number("SELECT min(first_ns) FROM series"), BEGIN + 600 * S);
	ck_assert_int_ge(ask_number("SELECT max(last_ns) FROM series"), BEGIN + 3000 * S);
}
END_TEST

/* Where the clock went ahead, and was set: what it wrote does not outlive all others. */
START_TEST(quota_and_a_clock_that_went_ahead)
{
	const struct database_limits limits = {
		.age_ns = UINT64_MAX, .records = 1000, .bytes = 5 * MIB,
		.series_age_ns = { UINT64_MAX, UINT64_MAX, UINT64_MAX },
	};

	execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
		" INSERT INTO series (tier, kind, first_ns, last_ns, block)"
		" SELECT 2, 0, t, t + 60000000000, zeroblob(20000) FROM"
		" (SELECT i, 60000000000 * i + iif(i > 200, 1700000400000000000,"
		" 4102444800000000000) AS t FROM n)");
	prune(&limits, BEGIN + 300 * 60 * S);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM series WHERE first_ns / 1000000000"
				    " BETWEEN 1700000400 AND 1800000000"), 100);
	ck_assert_int_lt(ask_number("SELECT count(*) FROM series"), 170);
}
END_TEST

START_TEST(file_of_version_2)
{
	database = database_close(database);
	execute("DROP TABLE series; DROP TABLE series_rolled; PRAGMA user_version = 2;"
		"INSERT INTO ticks VALUES (1, 5, 1, x'00');");
	open_file();
	ck_assert_int_eq(ask_number("PRAGMA user_version"), 3);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM ticks"), 1);
	read_steps(0, 60, 1);
	ck_assert_uint_eq(answer.begin_ns, 0);
	write_seconds(0, 1300);
	check_steps(0, 1300, 60);
}
END_TEST

/* Killed at any moment: each block is there as a whole, rolled once or not yet. */
START_TEST(kills)
{
	unsigned int round, wait_us, count;
	pid_t child;

	for (round = 0; round < KILLS; round++) {
		database = database_close(database);
		execute("DELETE FROM series; UPDATE series_rolled SET id = 0;");
		child = fork();
		ck_assert_int_ge(child, 0);
		if (!child) {
			open_file();
			write_seconds(0, SECONDS);
			_exit(0);
		}
		wait_us = 2000 + round * 3000;
		usleep(wait_us);
		kill(child, SIGKILL);
		ck_assert_int_eq(waitpid(child, NULL, 0), child);
		open_file();
		count = 10 * (unsigned int)ask_number("SELECT count(*) FROM series WHERE"
						      " tier = 0 AND kind = 0");
		check_steps(0, count, 3);
		check_steps(0, count, 60);
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("series");
	TCase *pure = tcase_create("pure"), *file = tcase_create("file");

	tcase_add_checked_fixture(pure, setup, teardown);
	tcase_add_test(pure, block);
	tcase_add_test(pure, damaged_block);
	tcase_add_test(pure, folding);
	tcase_add_test(pure, too_many_groups);
	suite_add_tcase(suite, pure);
	tcase_add_checked_fixture(file, setup, teardown);
	tcase_set_timeout(file, 120);
	tcase_add_test(file, rolling);
	tcase_add_test(file, ages);
	tcase_add_test(file, gap);
	tcase_add_test(file, clock_set_back);
	tcase_add_test(file, damaged_file);
	tcase_add_test(file, quota);
	tcase_add_test(file, quota_and_a_clock_that_went_ahead);
	tcase_add_test(file, file_of_version_2);
	tcase_add_test(file, kills);
	suite_add_tcase(suite, file);
	return suite_main(suite, argc, argv);
}
