// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The client program in README.md works as it stands there, built for 64 and for
 * 32 bits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "herd.h"
#include "suite.h"
#include "support.h"

#define CROWD		600	/* more than the client takes at once */
#define OUTPUT_SIZE	(1 << 20)

/* Whether a line begins with this pid. */
static bool has_pid(const char *output, pid_t pid)
{
	char number[16];
	size_t length = snprintf(number, sizeof(number), "%d ", pid);

	for (const char *line = output; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, number, length))
			return true;
	}
	return false;
}

static char *run_client(const char *program)
{
	char path[4096], *output = malloc(OUTPUT_SIZE);
	char *argv[] = { path, NULL };

	must(output);
	program_path(path, sizeof(path), program);
	command_output(argv, output, OUTPUT_SIZE);
	return output;
}

/* Both builds list every process that lived meanwhile. */
START_TEST(same_processes)
{
	const struct herd_options options = { CROWD, 0, NULL, false };
	char *wide, *narrow;
	struct herd herd;

	herd_start(&herd, &options);
	wide = run_client("client64");
	narrow = run_client("client32");
	for (size_t i = 0; i < herd.count; i++) {
		must(has_pid(wide, herd.pids[i]));
		must(has_pid(narrow, herd.pids[i]));
	}
	must(has_pid(wide, 1) && has_pid(narrow, 1));
	must(has_pid(wide, 2) && has_pid(narrow, 2));
	must(!has_pid(wide, 4194304) && !has_pid(narrow, 4194304));
	herd_end(&herd);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("client");
	TCase *client = test_case_add(suite, "client", 60);

	tcase_add_test(client, same_processes);
	return suite_main(suite, argc, argv);
}
