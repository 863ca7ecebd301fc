// SPDX-License-Identifier: GPL-2.0-or-later
/* A command run as a shell runs it: statuses, signals, and what it inherits. */
#include "suite.h"

#include "cli/job.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static struct job job;

/* Who runs the tests may ignore some, as nohup(1) and a shell's background do. */
static void take_all_signals(void)
{
	int i;

	for (i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
}

/* Those that glibc keeps for itself cannot be taken, and stay ignored if they were. */
static unsigned long long ignored(void)
{
	unsigned long long mask = ~0ULL;
	char line[128];
	FILE *file;

	file = fopen("/proc/self/status", "r");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file))
		sscanf(line, "SigIgn: %llx", &mask);
	fclose(file);
	return mask;
}

static void start(const char *script)
{
	char copy[256], *argv[] = { "sh", "-c", copy, NULL };

	snprintf(copy, sizeof(copy), "%s", script);
	ck_assert_int_eq(job_start(&job, argv, false), 0);
}

static int finish(void)
{
	while (!job_wait(&job, -1))
		;
	job_end(&job);
	return job_exit_status(&job);
}

/* grep(1) itself: a shell would take SIGCHLD back. */
static bool runs_ignoring(unsigned long long mask, bool ignore_pipe)
{
	char pattern[64], *argv[] = { "grep", "-q", pattern, "/proc/self/status", NULL };

	snprintf(pattern, sizeof(pattern), "^SigIgn:[[:space:]]%016llx$", mask);
	ck_assert_int_eq(job_start(&job, argv, ignore_pipe), 0);
	return finish() == 0;
}

static int status_of(const char *script)
{
	start(script);
	return finish();
}

START_TEST(test_status)
{
	ck_assert_int_eq(status_of("exit 0"), 0);
	ck_assert_int_eq(status_of("exit 1"), 1);
	ck_assert_int_eq(status_of("exit 255"), 255);
	ck_assert_int_eq(status_of("kill -KILL $$"), 128 + SIGKILL);
	ck_assert_int_eq(status_of("kill -TERM $$"), 128 + SIGTERM);
}
END_TEST

START_TEST(test_wall)
{
	status_of("sleep 0.3");
	ck_assert_uint_ge(job.wall_ns, 300000000);
	ck_assert_uint_lt(job.wall_ns, 30000000000U);
}
END_TEST

START_TEST(test_cannot_run)
{
	static const struct {
		char *name;
		int error;
	} cases[] = {
		{ "/nonexistent/program", ENOENT },
		{ "no-such-program-anywhere", ENOENT },
		{ "/dev/null", EACCES },
		{ "/", EACCES },
		{ "", ENOENT },
	};
	char *argv[] = { cases[_i].name, NULL };
	sigset_t before, after;

	sigprocmask(SIG_SETMASK, NULL, &before);
	ck_assert_int_eq(job_start(&job, argv, false), 1);
	ck_assert_int_eq(job.status, cases[_i].error);
	/* Nothing is left: no child, no signal that is held back. */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	sigprocmask(SIG_SETMASK, NULL, &after);
	ck_assert_int_eq(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
}
END_TEST

/* Whatever somebody sends to us it gets, and we live on. */
START_TEST(test_passes_on)
{
	static const int signals[] = { SIGTERM, SIGHUP, SIGINT, SIGUSR1, SIGQUIT };
	char script[128];
	int pipe_fds[2];
	char ready;

	ck_assert_int_eq(pipe(pipe_fds), 0);
	snprintf(script, sizeof(script),
		 "trap 'exit 7' %d; echo >&%d; while :; do sleep 0.05; done", signals[_i],
		 pipe_fds[1]);
	start(script);
	ck_assert_int_eq(read(pipe_fds[0], &ready, 1), 1);
	ck_assert_int_eq(kill(getpid(), signals[_i]), 0);
	ck_assert_int_eq(finish(), 7);
}
END_TEST

/* It is found as we found it: nothing blocked, nothing ignored but what was. */
START_TEST(test_inherits)
{
	const unsigned long long both = 1ULL << (SIGCHLD - 1) | 1ULL << (SIGUSR2 - 1);

	signal(SIGCHLD, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	ck_assert_uint_eq(ignored() & both, both);
	ck_assert_int_eq(status_of("test 0 -eq $((0x$(sed -n 's/SigBlk:\t//p' /proc/$$/status)))"), 0);
	ck_assert(runs_ignoring(ignored(), false));
	ck_assert_ptr_eq(signal(SIGCHLD, SIG_DFL), SIG_IGN);
}
END_TEST

START_TEST(test_pipe_ignored)
{
	const unsigned long long pipe = 1ULL << (SIGPIPE - 1);

	ck_assert_uint_eq(ignored() & pipe, 0);
	ck_assert(runs_ignoring(ignored() | pipe, true));
	ck_assert(runs_ignoring(ignored(), false));
	ck_assert_ptr_eq(signal(SIGPIPE, SIG_DFL), SIG_DFL);
}
END_TEST

START_TEST(test_descriptors)
{
	static const char script[] = "exit $(ls /proc/self/fd | wc -l)";

	ck_assert_int_ge(status_of(script), 4);
	ck_assert_int_eq(job_exit_status(&job), WEXITSTATUS(system(script)));
}
END_TEST

/* The terminal's signals reach those of its group. */
START_TEST(test_group)
{
	char script[128];

	snprintf(script, sizeof(script), "read -r _ _ _ _ group _ </proc/self/stat; exit $((group - %d))",
		 (int)getpgrp());
	ck_assert_int_eq(status_of(script), 0);
}
END_TEST

START_TEST(test_timeout)
{
	start("sleep 0.2");
	ck_assert(!job_wait(&job, 0));
	ck_assert(!job_wait(&job, 10));
	ck_assert_int_eq(waitpid(job.pid, NULL, WNOHANG), 0);
	ck_assert_int_eq(finish(), 0);
}
END_TEST

START_TEST(test_mark)
{
	pid_t pid = job_fork_mark();

	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(kill(pid, 0), -1);
	ck_assert_int_eq(errno, ESRCH);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("job");
	TCase *test_case = tcase_create("job");

	tcase_set_timeout(test_case, 60);
	tcase_add_checked_fixture(test_case, take_all_signals, NULL);
	tcase_add_test(test_case, test_status);
	tcase_add_test(test_case, test_wall);
	tcase_add_loop_test(test_case, test_cannot_run, 0, 5);
	tcase_add_loop_test(test_case, test_passes_on, 0, 5);
	tcase_add_test(test_case, test_inherits);
	tcase_add_test(test_case, test_pipe_ignored);
	tcase_add_test(test_case, test_descriptors);
	tcase_add_test(test_case, test_group);
	tcase_add_test(test_case, test_timeout);
	tcase_add_test(test_case, test_mark);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
