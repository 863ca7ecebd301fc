// SPDX-License-Identifier: GPL-2.0-or-later
/* What --since takes: every form by hand-worked figures, and what it refuses. */
#include "cli/since.h"
#include "suite.h"

#include <errno.h>
#include <stdlib.h>

/* 2026-11-21 12:30:00.5 UTC, 13:30 in the zone of these tests. */
#define NOW_S		1795264200
#define NS_PER_S	UINT64_C(1000000000)

static const struct timespec now = { .tv_sec = NOW_S, .tv_nsec = 500000000 };

static void setup(void)
{
	setenv("TZ", "XST-1", 1);
	tzset();
}

START_TEST(test_times)
{
	static const struct {
		const char *text;
		uint64_t ago_s;
		uint64_t ago_rest_ns;
	} times[] = {
		{ "0s", 0, 0 },
		{ "90s", 90, 0 },
		{ "90sec", 90, 0 },
		{ "10min", 600, 0 },
		{ "10m", 600, 0 },
		{ "2h", 7200, 0 },
		{ "1d12h", 129600, 0 },
		{ "1h30min5s", 5405, 0 },
		{ "106751d", UINT64_C(9223286400), 0 },
		{ "@1795264200", 0, 500000000 },
		{ "@1795264100", 100, 500000000 },
		{ "@0", NOW_S, 500000000 },
		{ "13:30", 0, 500000000 },
		{ "13:29:59", 1, 500000000 },
		{ "00:00", 48600, 500000000 },
		{ "2026-11-21", 48600, 500000000 },
		{ "2026-11-20", 135000, 500000000 },
		{ "2026-11-21T13:30", 0, 500000000 },
		{ "2026-11-21 13:29:58", 2, 500000000 },
		{ "2026-11-21T12:30:00Z", 0, 500000000 },
		{ "2026-11-21T12:29:00+00:00", 60, 500000000 },
		{ "2026-11-21T17:59:59+0530", 1, 500000000 },
		{ "2026-11-21T09:00:00-03:30", 0, 500000000 },
		{ "2026-11-21T10:30-02", 0, 500000000 },
		{ "2026-11-21T13:28:60", 60, 500000000 },
		{ "2024-02-29", 86103000, 500000000 },
		{ "1970-01-01T00:00Z", NOW_S, 500000000 },
	};
	struct since since = { .number = 77 };

	ck_assert_int_eq(since_parse(times[_i].text, &now, &since), 0);
	ck_assert_uint_eq(since.number, 0);
	ck_assert_msg(since.ago_ns == times[_i].ago_s * NS_PER_S + times[_i].ago_rest_ns,
		      "%s: %llu", times[_i].text, (unsigned long long)since.ago_ns);
	ck_assert_uint_eq(sizeof(times) / sizeof(*times), 27);
}
END_TEST

START_TEST(test_numbers)
{
	struct since since;

	ck_assert_int_eq(since_parse("1", &now, &since), 0);
	ck_assert_uint_eq(since.number, 1);
	ck_assert_int_eq(since_parse("18446744073709551615", &now, &since), 0);
	ck_assert_uint_eq(since.number, UINT64_MAX);
}
END_TEST

START_TEST(test_refused)
{
	static const struct {
		const char *text;
		int error;
	} texts[] = {
		{ "", -EINVAL }, { "0", -EINVAL }, { "-1", -EINVAL }, { "+1", -EINVAL },
		{ " 1", -EINVAL }, { "18446744073709551616", -EINVAL },
		{ "10parsecs", -EINVAL }, { "min", -EINVAL }, { "1h ", -EINVAL },
		{ "1.5h", -EINVAL }, { "1h30", -EINVAL }, { "-10min", -EINVAL },
		{ "99999999999d", -EINVAL }, { "999999999999999999h", -EINVAL },
		{ "200000d", -EINVAL }, { "106751d106751d", -EINVAL },
		{ "@", -EINVAL }, { "@-1", -EINVAL }, { "@1x", -EINVAL },
		{ "@99999999999999999999", -EINVAL }, { "@1795264201", -ERANGE },
		{ "24:00", -EINVAL }, { "12:60", -EINVAL }, { "1:30", -EINVAL },
		{ "12:3", -EINVAL }, { "12:30:", -EINVAL }, { "12:30Z", -EINVAL },
		{ "12", 0 }, { "12:30 ", -EINVAL }, { "13:31", -ERANGE },
		{ "2026-11-31", -EINVAL }, { "2026-02-29", -EINVAL },
		{ "2100-02-29", -EINVAL }, { "2026-13-01", -EINVAL },
		{ "2026-00-01", -EINVAL }, { "2026-01-00", -EINVAL },
		{ "1969-12-31", -EINVAL }, { "2026-11-22", -ERANGE },
		{ "2026-11-21T", -EINVAL }, { "2026-11-21x", -EINVAL },
		{ "2026-11-21T12:00+", -EINVAL }, { "2026-11-21T12:00+15:00", -EINVAL },
		{ "2026-11-21T12:00ZZ", -EINVAL }, { "2026-11-21T12:00+01:00x", -EINVAL },
		{ "2026", 0 }, { "2026-", -EINVAL }, { "2026-1-1", -EINVAL },
		{ "yesterday", -EINVAL }, { "\xff", -EINVAL },
	};
	struct since since;
	int r;

	r = since_parse(texts[_i].text, &now, &since);
	ck_assert_msg(r == texts[_i].error, "%s: %d", texts[_i].text, r);
	ck_assert_uint_eq(sizeof(texts) / sizeof(*texts), 49);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("since");
	TCase *test_case = tcase_create("since");

	tcase_add_checked_fixture(test_case, setup, NULL);
	tcase_add_loop_test(test_case, test_times, 0, 27);
	tcase_add_test(test_case, test_numbers);
	tcase_add_loop_test(test_case, test_refused, 0, 49);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
