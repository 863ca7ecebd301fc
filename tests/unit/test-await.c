// SPDX-License-Identifier: GPL-2.0-or-later
/* Waiting ends by what is to be read, by a signal, and when nobody reads the output. */
#include "cli/await.h"
#include "suite.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int input[2], output[2];

static void setup(void)
{
	ck_assert_int_eq(pipe(input), 0);
	ck_assert_int_eq(pipe(output), 0);
}

/* Runs in a process of its own, whose standard output is the pipe. */
static void await_in_child(int fd, int ready, int rounds)
{
	dup2(output[1], STDOUT_FILENO);
	close(output[0]);
	close(output[1]);
	close(input[1]);
	while (rounds--)
		if (!await_readable(fd))
			_exit(10 + rounds);
	_exit(ready);
}

static pid_t begin(int fd, int rounds)
{
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child)
		await_in_child(fd, 1, rounds);
	close(output[1]);
	close(input[0]);
	return child;
}

static void check_exit(pid_t child, int code)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), code);
}

START_TEST(test_readable)
{
	pid_t child = begin(input[0], 2);

	ck_assert_int_eq(write(input[1], "x", 1), 1);
	check_exit(child, 1);
}
END_TEST

/* The other end is gone: that is for the reader to find out. */
START_TEST(test_input_ends)
{
	pid_t child = begin(input[0], 1);

	close(input[1]);
	check_exit(child, 1);
}
END_TEST

START_TEST(test_nobody_reads)
{
	pid_t child = begin(input[0], 1);

	close(output[0]);
	check_exit(child, 10);
}
END_TEST

/* Else it would go round and round without waiting. */
START_TEST(test_no_output)
{
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child) {
		close(STDOUT_FILENO);
		_exit(await_readable(input[0]) ? 1 : 0);
	}
	check_exit(child, 0);
}
END_TEST

START_TEST(test_nothing_to_wait_for)
{
	check_exit(begin(-1, 3), 1);
}
END_TEST

/* One that was sent before it waits counts as well. Check has handlers of its own. */
static void await_signalled(int signal_number)
{
	signal(signal_number, SIG_DFL);
	if (await_readable(-1) && !raise(signal_number) && !await_readable(-1) &&
	    !await_readable(input[0]))
		_exit(0);
	_exit(1);
}

START_TEST(test_signals)
{
	static const int signals[] = { SIGINT, SIGTERM };
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child)
		await_signalled(signals[_i]);
	check_exit(child, 0);
}
END_TEST

/* It is waiting, or about to. */
static void await_told(int signal_number)
{
	signal(signal_number, SIG_DFL);
	await_readable(-1);
	if (write(output[1], "x", 1) == 1 && !await_readable(input[0]))
		_exit(0);
	_exit(1);
}

START_TEST(test_signal_while_waiting)
{
	pid_t child = fork();
	char told;

	ck_assert_int_ge(child, 0);
	if (!child)
		await_told(SIGTERM);
	ck_assert_int_eq(read(output[0], &told, 1), 1);
	ck_assert_int_eq(kill(child, SIGTERM), 0);
	check_exit(child, 0);
}
END_TEST

/* As under nohup(1), which leaves a signal ignored. */
static void await_ignoring(void)
{
	signal(SIGINT, SIG_IGN);
	if (await_readable(-1) && !raise(SIGINT) && await_readable(-1))
		_exit(0);
	_exit(1);
}

START_TEST(test_ignored_signal)
{
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child)
		await_ignoring();
	check_exit(child, 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("await");
	TCase *test_case = tcase_create("await");

	tcase_add_checked_fixture(test_case, setup, NULL);
	tcase_add_test(test_case, test_readable);
	tcase_add_test(test_case, test_input_ends);
	tcase_add_test(test_case, test_nobody_reads);
	tcase_add_test(test_case, test_no_output);
	tcase_add_test(test_case, test_nothing_to_wait_for);
	tcase_add_loop_test(test_case, test_signals, 0, 2);
	tcase_add_test(test_case, test_signal_while_waiting);
	tcase_add_test(test_case, test_ignored_signal);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
