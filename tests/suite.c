// SPDX-License-Identifier: GPL-2.0-or-later
/* See suite.h. */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Skipped tests leave a byte in this pipe, as they run in a child process. */
static int skip_pipe[2] = { -1, -1 };

void suite_skip(const char *why)
{
	printf("skipped: %s\n", why);
	fflush(stdout);
	if (write(skip_pipe[1], "s", 1) != 1)
		abort();
	_exit(0);
}

static int count_skipped(void)
{
	char buffer[256];
	int skipped = 0;
	ssize_t n;

	close(skip_pipe[1]);
	while ((n = read(skip_pipe[0], buffer, sizeof(buffer))) > 0)
		skipped += n;
	close(skip_pipe[0]);
	return skipped;
}

int suite_main(Suite *suite, int argc, char **argv)
{
	SRunner *runner = srunner_create(suite);
	int run, failed, skipped;

	if (pipe(skip_pipe))
		abort();
	setvbuf(stdout, NULL, _IOLBF, 0);
	srunner_run(runner, NULL, argc > 1 ? argv[1] : NULL, CK_VERBOSE);
	run = srunner_ntests_run(runner);
	failed = srunner_ntests_failed(runner);
	skipped = count_skipped();
	srunner_free(runner);

	printf("%d passed, %d failed, %d skipped\n", run - failed - skipped,
	       failed, skipped);
	return run && !failed ? EXIT_SUCCESS : EXIT_FAILURE;
}
