// SPDX-License-Identifier: GPL-2.0-or-later
/* What is logged of an OOM kill, as one line on standard error. */
#include "core/oom.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define CGROUP2_SUPER_MAGIC	0x63677270

/* The id of the root of the cgroups is the number of its inode. */
static uint64_t root_id(void)
{
	static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs system;
	struct stat about;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (!statfs(places[i], &system) && system.f_type == CGROUP2_SUPER_MAGIC &&
		    !stat(places[i], &about) && about.st_nlink > 2)
			return about.st_ino;
	suite_skip("there is no version 2 of cgroups here, or it has only a root");
}

/* The line of a kill; freed by the caller. */
static char *report(const struct tm_event *event)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	char *line = NULL;
	size_t size = 0;

	ck_assert(file && saved >= 0);
	ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
	oom_report(event);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	ck_assert_int_gt(getline(&line, &size, file), 0);
	fclose(file);
	return line;
}

static void expect(const struct tm_event *event, const char *text)
{
	char *line = report(event);

	ck_assert_msg(strstr(line, text) != NULL, "no \"%s\" in %s", text, line);
	free(line);
}

START_TEST(hostile_name)
{
	const struct tm_event event = {
		.type = TASKMETER_EVENT_OOM, .pid = 5, .uid = 7, .comm = "a\n<0>\x1b[2J",
		.flags = TASKMETER_EXIT_OOM | TASKMETER_EXIT_OOM_CGROUP,
		.oom_rss_anon_bytes = 3 << 20,
	};

	expect(&event, "Process 5 (a\\n<0>\\x1b[2J) of user 7 was killed because a cgroup"
	       " reached its memory limit: it held 3 MiB anonymous");
	expect(&event, "cgroup ?\n");
}
END_TEST

/* Between two kills in one cgroup comes one whose cgroup is gone. */
START_TEST(cgroup_that_is_gone)
{
	struct tm_event here = { .type = TASKMETER_EVENT_OOM, .pid = 5, .comm = "x" };
	struct tm_event gone = here;

	here.cgroup_id = root_id();
	gone.cgroup_id = UINT64_MAX;
	expect(&here, "cgroup /\n");
	expect(&gone, "cgroup ?\n");
	expect(&here, "cgroup /\n");
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("oom");
	TCase *lines = tcase_create("lines");

	tcase_add_test(lines, hostile_name);
	tcase_add_test(lines, cgroup_that_is_gone);
	suite_add_tcase(suite, lines);
	return suite_main(suite, argc, argv);
}
