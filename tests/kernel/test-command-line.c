// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An exit record has the beginning of the command line that the process was started
 * with, as /proc would have shown it at that moment: any bytes, and none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exits.h"
#include "suite.h"
#include "support.h"

static struct exits exits;
static char target[4096];

static void setup(void)
{
	exits_open(&exits, 0);
	program_path(target, sizeof(target), "target");
}

typedef void end_fn(void);

static pid_t begin(end_fn *fn)
{
	pid_t pid = fork();

	must(pid >= 0);
	if (!pid) {
		support_forked();
		fn();
		_exit(0);
	}
	return pid;
}

/* Who executes is stopped by its tracer then, so that /proc can be asked. */
static char *const *command;
static const char *command_path;

static void execute_traced(void)
{
	must(!ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	execv(command_path, command);
	test_fail("cannot execute %s", command_path);
}

/* The record has just the beginning of what /proc shows at the start of the program. */
static struct ended execute(const char *path, char *const argv[])
{
	size_t size = 1 << 20, length;
	char *text = malloc(size), file[64];
	struct ended ended;
	int status;
	pid_t pid;

	command = argv;
	command_path = path;
	pid = begin(execute_traced);
	must(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	snprintf(file, sizeof(file), "/proc/%d/cmdline", pid);
	length = file_read(file, text, size);
	must(!ptrace(PTRACE_DETACH, pid, NULL, NULL));
	ended = exits_reap(&exits, pid);
	if (!exits_has_command_line(&ended.exit, text, length))
		test_fail("%zu bytes \"%.60s\" instead of %zu bytes \"%.60s\", flags %#x",
			  (size_t)ended.exit.command_line_length,
			  (char *)ended.exit.command_line, length, text, ended.exit.flags);
	free(text);
	return ended;
}

/* Any bytes, and none, are kept as they are. */
static char *const commands[][4] = {
	{ NULL },
	{ "", NULL },
	{ "", "", "", NULL },
	{ "target", NULL },
	{ "target", "an argument", "", NULL },
	{ "\xff\xfe\xc3\x28\x80", "\xed\xa0\x80", NULL },
	{ "new\nline", "\033[2J\033]0;title\a", "\r\b\t\x01\x7f", NULL },
	{ "\"quotes\"", "back\\slash", "<&;>$(reboot)", NULL },
};

START_TEST(command_lines)
{
	struct ended ended = execute(target, commands[_i]);

	ck_assert_int_eq(ended.exit.status, 2 << 8);
	ck_assert_str_eq(ended.record.comm, "target");
}
END_TEST

/* Just as long as there is room for, one less, one more, and much longer. */
static const size_t lengths[] = { 254, 255, 256, 257, 258, 4095, 4096, 4097, 100000 };

START_TEST(long_argument)
{
	char *text = malloc(lengths[_i]);
	char *argv[] = { text, NULL };
	struct ended ended;

	/* With its NUL it has so many bytes. */
	memset(text, 'x', lengths[_i]);
	text[lengths[_i] - 1] = '\0';
	ended = execute(target, argv);
	must(exits_has_command_line(&ended.exit, text, lengths[_i]));
	ck_assert_int_eq(!!(ended.exit.flags & TASKMETER_EXIT_COMMAND_LINE_CUT),
			 lengths[_i] > 256);
}
END_TEST

#define MANY		10000

/* 300 KB, in 10,000 arguments. */
START_TEST(many_arguments)
{
	static char texts[MANY][32], *argv[MANY + 1];
	struct ended ended;

	for (int i = 0; i < MANY; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%030d", i);
		argv[i] = texts[i];
	}
	ended = execute(target, argv);
	must(ended.exit.flags & TASKMETER_EXIT_COMMAND_LINE_CUT);
	must(!memcmp(ended.exit.command_line, texts[0], 31));
	must(!memcmp(ended.exit.command_line + 31, texts[1], 31));
}
END_TEST

/* A script: its interpreter's command line, as everywhere. */
START_TEST(script)
{
	char *const argv[] = { "not seen", "argument", NULL };
	char path[] = "/tmp/taskmeter-script", text[5000];
	FILE *file = fopen(path, "we");
	struct ended ended;

	must(file);
	fprintf(file, "#!%s -x\n", target);
	must(!fclose(file));
	must(!chmod(path, 0755));
	snprintf(text, sizeof(text), "%s%c-x%c%s%cargument", target, 0, 0, path, 0);
	ended = execute(path, argv);
	must(exits_has_command_line(&ended.exit, text, strlen(target) + strlen(path) + 14));
	unlink(path);
}
END_TEST

static void execute_twice(void)
{
	execl("/bin/sh", "sh", "-c", "exec \"$0\" second", target, NULL);
}

/* The last program counts. */
START_TEST(last_program)
{
	struct ended ended = exits_reap(&exits, begin(execute_twice));
	char text[5000];

	snprintf(text, sizeof(text), "%s%csecond", target, 0);
	must(exits_has_command_line(&ended.exit, text, strlen(target) + 8));
}
END_TEST

static void rename_itself(void)
{
	prctl(PR_SET_NAME, "another name");
}

/* Who only forked has the command line of who forked it, and a name of its own. */
START_TEST(forked_only)
{
	struct ended ended = exits_reap(&exits, begin(rename_itself));
	char text[4096];
	size_t length = file_read("/proc/self/cmdline", text, sizeof(text));

	must(exits_has_command_line(&ended.exit, text, length));
	ck_assert_str_eq(ended.record.comm, "another name");
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("command line");
	TCase *lines = test_case_add(suite, "command line", 60);

	tcase_add_checked_fixture(lines, setup, NULL);
	tcase_add_loop_test(lines, command_lines, 0, ARRAY_SIZE(commands));
	tcase_add_loop_test(lines, long_argument, 0, ARRAY_SIZE(lengths));
	tcase_add_test(lines, many_arguments);
	tcase_add_test(lines, script);
	tcase_add_test(lines, last_program);
	tcase_add_test(lines, forked_only);
	return suite_main(suite, argc, argv);
}
