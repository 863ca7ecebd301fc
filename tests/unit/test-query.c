// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Targets of requests: decoded once, bounded, refused with the name of what is
 * wrong; and the selection of processes that their parameters ask for.
 */
#include "api/query.h"
#include "api/select.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Its strings point into itself, so it must not be copied. */
static void parse(const char *target, struct query *query)
{
	struct problem problem = { 0 };

	ck_assert_msg(query_parse(target, query, &problem) == 0, "%s: %s", target,
		      problem.detail);
}

static void refused(const char *target, unsigned int status, const char *word)
{
	struct problem problem = { 0 };
	struct query query;

	ck_assert_int_eq(query_parse(target, &query, &problem), PROBLEM);
	ck_assert_uint_eq(problem.status, status);
	ck_assert_msg(strstr(problem.detail, word), "no \"%s\" in \"%s\"", word,
		      problem.detail);
}

START_TEST(paths)
{
	struct problem problem;
	struct query query;

	ck_assert_int_eq(query_parse("/", &query, &problem), 0);
	ck_assert_uint_eq(query.segment_count, 0);
	ck_assert_int_eq(query_parse("/v1/a%2fb/", &query, &problem), 0);
	ck_assert_uint_eq(query.segment_count, 3);
	ck_assert_str_eq(query.segments[1], "a/b");
	ck_assert_str_eq(query.segments[2], "");
	ck_assert_int_eq(query_parse("/a+b", &query, &problem), 0);
	ck_assert_str_eq(query.segments[0], "a+b");
	refused("", 400, "'/'");
	refused("v1/info", 400, "'/'");
	refused("http://localhost/v1/info", 400, "'/'");
	refused("*", 400, "'/'");
	refused("/a%00", 400, "NUL");
	refused("/a%", 400, "'%'");
	refused("/a%4", 400, "'%'");
	refused("/%zz", 400, "'%'");
	refused("/1/2/3/4/5/6/7/8/9", 404, "deep");
}
END_TEST

START_TEST(decoded)
{
	struct problem problem;
	struct query query;

	ck_assert_int_eq(query_parse("/p?a=1&b=x%26y%3d+z&&c=&%64=%25", &query, &problem), 0);
	ck_assert_uint_eq(query.parameter_count, 4);
	ck_assert_str_eq(query_get(&query, "a"), "1");
	ck_assert_str_eq(query_get(&query, "b"), "x&y= z");
	ck_assert_str_eq(query_get(&query, "c"), "");
	ck_assert_str_eq(query_get(&query, "d"), "%");
	ck_assert_ptr_null(query_get(&query, "e"));
	ck_assert_int_eq(query_parse("/p?", &query, &problem), 0);
	ck_assert_uint_eq(query.parameter_count, 0);
	ck_assert_int_eq(query_parse("/p?a=b?c=/d", &query, &problem), 0);
	ck_assert_str_eq(query_get(&query, "a"), "b?c=/d");
	refused("/p?a", 400, "\"a\"");
	refused("/p?a=1&%61=2", 400, "twice");
	refused("/p?a=%00", 400, "NUL");
	refused("/p?a=%f", 400, "'%'");
	refused("/p?a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1&l=1&m=1&n=1&o=1&p=1&q=1",
		400, "16");
}
END_TEST

START_TEST(long_target)
{
	char *target = malloc(QUERY_TARGET_MAX + 2);
	struct problem problem;
	struct query query;

	ck_assert_ptr_nonnull(target);
	memset(target, 'a', QUERY_TARGET_MAX + 1);
	target[0] = '/';
	target[QUERY_TARGET_MAX + 1] = '\0';
	refused(target, 414, "4096");
	target[QUERY_TARGET_MAX] = '\0';
	ck_assert_int_eq(query_parse(target, &query, &problem), 0);
	memset(target + 1, '/', QUERY_TARGET_MAX - 1);
	refused(target, 404, "deep");
	free(target);
}
END_TEST

START_TEST(unknown_parameters)
{
	static const char *const allowed[] = { "uid", "pid", NULL };
	static const char *const none[] = { NULL };
	struct problem problem;
	struct query query;

	parse("/p?uid=1&colour=red", &query);
	ck_assert_int_eq(query_check(&query, allowed, &problem), PROBLEM);
	ck_assert_uint_eq(problem.status, 400);
	ck_assert_str_eq(problem.parameter, "colour");
	ck_assert_ptr_nonnull(strstr(problem.detail, "uid, pid"));
	ck_assert_int_eq(query_check(&query, none, &problem), PROBLEM);
	ck_assert_str_eq(problem.parameter, "uid");
	parse("/p?pid=1&uid=", &query);
	ck_assert_int_eq(query_check(&query, allowed, &problem), 0);
}
END_TEST

START_TEST(numbers)
{
	static const char *const bad[] = {
		"", "-1", "+1", " 1", "1 ", "0x1", "1e3", "1.0", "11", "x",
		"18446744073709551616", "99999999999999999999999999",
	};
	uint64_t number;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_lt(query_parse_number(bad[i], 10, &number), 0);
	ck_assert_int_eq(query_parse_number("10", 10, &number), 0);
	ck_assert_int_eq(query_parse_number("007", 10, &number), 0);
	ck_assert_uint_eq(number, 7);
	ck_assert_int_eq(query_parse_number("18446744073709551615", UINT64_MAX, &number), 0);
	ck_assert_uint_eq(number, UINT64_MAX);
	ck_assert_int_lt(query_parse_number("18446744073709551616", UINT64_MAX, &number), 0);
	ck_assert_int_lt(query_parse_number("9", 3, &number), 0);
}
END_TEST

/* Processes 1 to 9: uid is pid modulo 3, run time falls with the pid in pairs. */
static struct sample *make_sample(void)
{
	struct sample *sample = sample_new(NULL);
	struct taskmeter_record r = { .size = sizeof(r) };
	uint32_t pid;

	for (pid = 1; pid <= 9; pid++) {
		r.pid = pid;
		r.uid = pid % 3;
		r.euid = pid == 9 ? 1 : r.uid;
		r.gid = 5;
		r.egid = pid == 7 ? 6 : 5;
		r.run_ns = (10 - pid) / 2;
		r.nice = (int)pid - 5;
		r.available = pid % 2 ? TASKMETER_AVAILABLE_MEMORY : 0;
		r.rss_anon_bytes = pid * 4096;
		snprintf(r.comm, sizeof(r.comm), "p%u", pid % 4);
		ck_assert_int_eq(sample_add(sample, &r), 0);
	}
	return sample;
}

static const struct view everything = { .all = true };

/* Pids on all pages of so many, as digits. */
static const char *pages(const struct view *view, const char *parameters, unsigned int limit)
{
	char cursor[SELECT_CURSOR_SIZE] = "", target[512];
	struct sample *sample = make_sample();
	static char digits[64];
	struct selection selection;
	struct selected selected;
	struct problem problem;
	struct query query;
	size_t i, used = 0;

	do {
		snprintf(target, sizeof(target), "/p?%s&limit=%u%s%s", parameters, limit,
			 *cursor ? "&cursor=" : "", cursor);
		ck_assert_int_eq(query_parse(target, &query, &problem), 0);
		ck_assert_msg(select_parse(&query, &selection, &problem) == 0, "%s: %s",
			      target, problem.detail);
		ck_assert_int_eq(select_run(&selection, sample, view, &selected), 0);
		ck_assert_uint_le(selected.count, limit);
		for (i = 0; i < selected.count; i++)
			digits[used++] = (char)('0' + sample->records[selected.indices[i]].pid);
		strcpy(cursor, selected.cursor);
		free(selected.indices);
		ck_assert_uint_lt(used, 32);
	} while (*cursor);
	digits[used] = '\0';
	sample_unref(sample);
	return digits;
}

static void selects(const char *parameters, const char *expected)
{
	unsigned int limit;

	for (limit = 1; limit <= 10; limit++)
		ck_assert_str_eq(pages(&everything, parameters, limit), expected);
}

START_TEST(orders)
{
	selects("", "123456789");
	selects("sort=pid&order=desc", "987654321");
	selects("sort=run_ns", "978563412");
	selects("sort=run_ns&order=desc", "123456789");
	selects("sort=uid", "369147258");
	selects("sort=nice", "123456789");
	selects("sort=nice&order=desc", "987654321");
	selects("sort=comm", "481592637");
	selects("sort=comm&order=desc", "372615948");
	/* What is not available comes last, either way. */
	selects("sort=rss_anon_bytes", "135792468");
	selects("sort=rss_anon_bytes&order=desc", "975312468");
}
END_TEST

START_TEST(filters)
{
	selects("uid=1", "147");
	selects("comm=p1", "159");
	selects("comm=p1&uid=2", "5");
	selects("pid=4", "4");
	selects("pid=10", "");
	selects("comm=", "");
	selects("uid=1&sort=run_ns", "741");
}
END_TEST

START_TEST(views)
{
	struct view view = { .uid = 1 };

	ck_assert_str_eq(pages(&view, "", 2), "14");
	ck_assert_str_eq(pages(&view, "uid=0", 2), "");
	ck_assert_str_eq(pages(&view, "pid=9", 2), "");
	ck_assert_str_eq(pages(&view, "sort=run_ns", 1), "41");
	view.uid = 0;
	ck_assert_str_eq(pages(&view, "", 9), "36");
}
END_TEST

static void bad_selection(const char *parameters, const char *parameter, const char *word)
{
	struct selection selection;
	struct problem problem;
	struct query query;
	char target[512];

	snprintf(target, sizeof(target), "/p?%s", parameters);
	ck_assert_int_eq(query_parse(target, &query, &problem), 0);
	ck_assert_msg(select_parse(&query, &selection, &problem) == PROBLEM, "%s", target);
	ck_assert_uint_eq(problem.status, 400);
	ck_assert_str_eq(problem.parameter, parameter);
	ck_assert_msg(strstr(problem.detail, word), "no \"%s\" in \"%s\"", word,
		      problem.detail);
}

START_TEST(bad_selections)
{
	bad_selection("sort=colour", "sort", "io_cancelled_write_bytes");
	bad_selection("sort=", "sort", "run_ns");
	bad_selection("sort=kernel", "sort", "run_ns");
	bad_selection("order=up", "order", "asc and desc");
	bad_selection("limit=0", "limit", "from 1 to 10000");
	bad_selection("limit=10001", "limit", "from 1 to 10000");
	bad_selection("uid=-1", "uid", "decimal");
	bad_selection("uid=4294967295", "uid", "decimal");
	bad_selection("pid=0", "pid", "decimal");
	bad_selection("comm=0123456789abcdef", "comm", "15");
}
END_TEST

START_TEST(bad_cursors)
{
	static const char *const bad[] = {
		"", "x", "pid", "pid.", "pid.a", "pid.a.", "pid.a.01000000", "pid.a.01000000.",
		"pid.a.01000000.x", "pid.a.01000000.4294967296", "pid.a.0100000.1",
		"pid.a.010000000.1", "pid.a.0100000G.1", "pid.a.-.1", "pid.d.01000000.1",
		"uid.a.01000000.1", "pid.a.01000000.1.1", "pid.b.01000000.1", "pid.a.0100 000.1",
	};
	char parameters[128];
	struct query query;
	struct selection selection;
	struct problem problem;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(parameters, sizeof(parameters), "cursor=%s", bad[i]);
		bad_selection(parameters, "cursor", "next_cursor");
	}
	parse("/p?cursor=pid.a.01000000.1", &query);
	ck_assert_int_eq(select_parse(&query, &selection, &problem), 0);
	/* The name in a cursor need not be closed. */
	parse("/p?sort=comm&cursor=comm.a.41414141414141414141414141414141.1", &query);
	ck_assert_int_eq(select_parse(&query, &selection, &problem), 0);
	ck_assert_uint_eq(strlen(selection.cursor.comm), TASKMETER_COMM_LEN - 1);
}
END_TEST

START_TEST(empty_sample)
{
	struct sample *sample = sample_new(NULL);
	struct selection selection;
	struct selected selected;
	struct problem problem;
	struct query query;

	parse("/p?sort=comm", &query);
	ck_assert_int_eq(select_parse(&query, &selection, &problem), 0);
	ck_assert_int_eq(select_run(&selection, sample, &everything, &selected), 0);
	ck_assert_uint_eq(selected.count, 0);
	ck_assert_str_eq(selected.cursor, "");
	free(selected.indices);
	sample_unref(sample);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("query");
	TCase *targets = tcase_create("targets"), *selections = tcase_create("selections");

	tcase_add_test(targets, paths);
	tcase_add_test(targets, decoded);
	tcase_add_test(targets, long_target);
	tcase_add_test(targets, unknown_parameters);
	tcase_add_test(targets, numbers);
	suite_add_tcase(suite, targets);
	tcase_add_test(selections, orders);
	tcase_add_test(selections, filters);
	tcase_add_test(selections, views);
	tcase_add_test(selections, bad_selections);
	tcase_add_test(selections, bad_cursors);
	tcase_add_test(selections, empty_sample);
	suite_add_tcase(suite, selections);
	return suite_main(suite, argc, argv);
}
