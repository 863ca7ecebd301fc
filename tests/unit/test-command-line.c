// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line of taskmeterd: each key of the settings is an option. */
#include "command-line.h"
#include "suite.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static struct command_line line;

#define PARSE(...) \
	parse((char *[]) { "taskmeterd", __VA_ARGS__, NULL })

static int parse(char **argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	optind = 0;
	return command_line_parse(argc, argv, &line);
}

START_TEST(test_plain)
{
	ck_assert_int_eq(PARSE("-c", "/x"), 0);
	ck_assert_str_eq(line.config_file, "/x");
	ck_assert(!line.check);
	ck_assert_uint_eq(line.given.count, 0);
	ck_assert_int_eq(PARSE("--check-config"), 0);
	ck_assert(line.check);
	ck_assert_ptr_null(line.config_file);
	ck_assert_int_eq(PARSE("--version"), 1);
	ck_assert_int_eq(PARSE("--help"), 1);
}
END_TEST

START_TEST(test_every_key)
{
	char option[64], *argv[] = { "taskmeterd", option, NULL };
	size_t i;

	for (i = 0; config_key(i); i++) {
		snprintf(option, sizeof(option), "--%s=some value", config_key(i));
		ck_assert_int_eq(parse(argv), 0);
		ck_assert_uint_eq(line.given.count, 1);
		ck_assert_str_eq(line.given.key[0], config_key(i));
		ck_assert_str_eq(line.given.value[0], "some value");
	}
	ck_assert_uint_ge(i, 13);
}
END_TEST

START_TEST(test_several)
{
	ck_assert_int_eq(PARSE("--interval", "2s", "-c", "/x", "--history=none"), 0);
	ck_assert_str_eq(line.config_file, "/x");
	ck_assert_uint_eq(line.given.count, 2);
	ck_assert_str_eq(line.given.key[0], "interval");
	ck_assert_str_eq(line.given.value[0], "2s");
	ck_assert_str_eq(line.given.key[1], "history");
	ck_assert_str_eq(line.given.value[1], "none");
}
END_TEST

START_TEST(test_refused)
{
	ck_assert_int_eq(PARSE("--interval=1s", "--interval=1s"), -EINVAL);
	ck_assert_int_eq(PARSE("--interval"), -EINVAL);
	ck_assert_int_eq(PARSE("--rule=x"), -EINVAL);
	ck_assert_int_eq(PARSE("-x"), -EINVAL);
	ck_assert_int_eq(PARSE("word"), -EINVAL);
	/* Which of several it would be. */
	ck_assert_int_eq(PARSE("--hist=none"), -EINVAL);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("command-line");
	TCase *tests = tcase_create("command-line");

	tcase_add_test(tests, test_plain);
	tcase_add_test(tests, test_every_key);
	tcase_add_test(tests, test_several);
	tcase_add_test(tests, test_refused);
	suite_add_tcase(suite, tests);
	return suite_main(suite, argc, argv);
}
