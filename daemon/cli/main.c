// SPDX-License-Identifier: GPL-2.0-or-later
/* The taskmeter command: looks at the world, and runs the command in it. */
#include "cli/await.h"
#include "cli/cli.h"
#include "cli/library.h"
#include "cli/screen.h"
#include "cli/standard-files.h"
#include "cli/terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S	1000000000U

static void wait_ns(uint64_t ns)
{
	struct timespec left = {
		.tv_sec = (time_t)(ns / NS_PER_S),
		.tv_nsec = (long)(ns % NS_PER_S),
	};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static const struct library library = {
	.events_new = tm_events_new,
	.events_fd = tm_events_fd,
	.events_next = tm_events_next,
	.events_error = tm_events_error,
	.events_free = tm_events_free,
};

int main(int argc, char **argv)
{
	struct cli cli = {
		.out = stdout,
		.err = stderr,
		.open = tm_open,
		.wait = wait_ns,
		.cgroup = cgroup_of_process,
		.cgroups = cgroup_walk_all,
		.screen = &screen_curses,
		.pss = pss_of_process,
		.library = &library,
		.await = await_readable,
	};

	if (standard_files_hold())
		return CLI_FAILED;
	/* Who reads us may stop; it need not be told of by us. */
	cli.pipe_ignored = signal(SIGPIPE, SIG_DFL) == SIG_IGN;
	setlocale(LC_CTYPE, "");
	cli.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	terminal_look(&cli, STDOUT_FILENO);
	return cli_run(&cli, argc, argv);
}
