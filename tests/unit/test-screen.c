// SPDX-License-Identifier: GPL-2.0-or-later
/* The real screen on a pseudo terminal that goes away, or that is another's. */
#include "suite.h"

#include "cli/cli.h"
#include "cli/screen.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S	1000000000ULL
#define FAILED		100

/* Processor time in milliseconds that a wait that does not wait soon has used up. */
#define MUCH_MS		100

static int take_terminal(const char *name)
{
	int terminal, fd;

	setsid();
	terminal = open(name, O_RDWR);
	if (terminal < 0)
		return -1;
	for (fd = 0; fd < 3; fd++)
		dup2(terminal, fd);
	return close(terminal);
}

/* In the foreground is somebody else, and what is typed is for him: reading is an error. */
static void go_to_background(void)
{
	pid_t other = fork();

	if (!other) {
		alarm(10);
		pause();
		_exit(0);
	}
	setpgid(other, other);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	tcsetpgrp(STDIN_FILENO, other);
}

/* In a process of its own. What the wait told is its status. */
static _Noreturn void watch(const char *name, bool background, int ready)
{
	struct cli cli = { .err = stderr };
	uint64_t left_ns = 2 * NS_PER_S;
	enum screen_news news;
	uint32_t key;

	setenv("TERM", "xterm", 1);
	signal(SIGHUP, SIG_IGN);
	if (take_terminal(name) || !screen_curses.open(&cli))
		_exit(FAILED);
	if (background)
		go_to_background();
	if (write(ready, "", 1) != 1)
		_exit(FAILED);
	news = screen_curses.wait(&left_ns, &key);
	screen_curses.close();
	_exit(clock() > MUCH_MS * CLOCKS_PER_SEC / 1000 ? FAILED + 1 : (int)news);
}

/* Return: what the wait told after @happens. */
static int news_after(void (*happens)(int master), bool background)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), ready[2], status;
	char byte;
	pid_t pid;

	if (master < 0 || grantpt(master) || unlockpt(master) || pipe(ready))
		suite_skip("no pseudo terminal");
	pid = fork();
	if (!pid) {
		char name[64];

		ptsname_r(master, name, sizeof(name));
		close(master);
		watch(name, background, ready[1]);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	happens(master);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void hang_up(int master)
{
	close(master);
}

static void type(int master)
{
	ck_assert_int_eq(write(master, "x\n", 2), 2);
}

static void nothing(int master)
{
	(void)master;
}

START_TEST(test_news)
{
	ck_assert_int_eq(news_after(type, false), SCREEN_KEY);
	ck_assert_int_eq(news_after(nothing, false), SCREEN_TIME);
}
END_TEST

START_TEST(test_hangup)
{
	ck_assert_int_eq(news_after(hang_up, false), SCREEN_END);
}
END_TEST

START_TEST(test_background)
{
	ck_assert_int_eq(news_after(type, true), SCREEN_END);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("screen");
	TCase *test_case = tcase_create("screen");

	tcase_set_timeout(test_case, 30);
	tcase_add_test(test_case, test_news);
	tcase_add_test(test_case, test_hangup);
	tcase_add_test(test_case, test_background);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
