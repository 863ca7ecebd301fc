// SPDX-License-Identifier: GPL-2.0-or-later
/* Standard files that were closed: nothing gets their numbers. Each test is a process. */
#include "suite.h"

#include "cli/standard-files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

START_TEST(test_closed)
{
	char byte = 0;
	int fd;

	close(_i);
	ck_assert_int_eq(standard_files_hold(), 0);
	ck_assert_int_eq(fcntl(_i, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(_i ? write(_i, &byte, 1) : read(_i, &byte, 1), -1);
	ck_assert_int_eq(errno, EBADF);
	fd = open("/dev/null", O_RDONLY);
	ck_assert_int_gt(fd, STDERR_FILENO);
	close(fd);
}
END_TEST

START_TEST(test_all_closed)
{
	int fd, held, last;

	for (fd = 0; fd < 3; fd++)
		close(fd);
	held = standard_files_hold();
	last = open("/dev/null", O_RDONLY);
	close(last);
	ck_assert_int_eq(held, 0);
	ck_assert_int_gt(last, STDERR_FILENO);
}
END_TEST

START_TEST(test_open)
{
	int before = open("/dev/null", O_RDONLY), after;

	close(before);
	ck_assert_int_eq(fcntl(STDERR_FILENO, F_SETFD, 0), 0);
	ck_assert_int_eq(standard_files_hold(), 0);
	after = open("/dev/null", O_RDONLY);
	close(after);
	ck_assert_int_eq(before, after);
	ck_assert_int_eq(fcntl(STDERR_FILENO, F_GETFD), 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("standard-files");
	TCase *test_case = tcase_create("standard-files");

	tcase_add_loop_test(test_case, test_closed, 0, 3);
	tcase_add_test(test_case, test_all_closed);
	tcase_add_test(test_case, test_open);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
