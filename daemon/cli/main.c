// SPDX-License-Identifier: GPL-2.0-or-later
/* The taskmeter command: looks at the world, and runs the command in it. */
#include "cli/await.h"
#include "cli/cli.h"
#include "cli/library.h"
#include "cli/number.h"

#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define WIDTH_DEFAULT	80
#define NS_PER_S	1000000000U

static unsigned int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t width;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	if (columns && !number_parse(columns, 1, INT_MAX, &width))
		return (unsigned int)width;
	return WIDTH_DEFAULT;
}

/* NO_COLOR as of no-color.org: any value but an empty one. */
static bool wants_color(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return (!no_color || !*no_color) && term && *term &&
	       strcmp(term, "dumb") != 0;
}

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
		.pss = pss_of_process,
		.library = &library,
		.await = await_readable,
	};

	/* Who reads us may stop; it need not be told of by us. */
	signal(SIGPIPE, SIG_DFL);
	setlocale(LC_CTYPE, "");
	cli.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	cli.terminal = isatty(STDOUT_FILENO);
	if (cli.terminal) {
		cli.width = terminal_width();
		cli.color = wants_color();
	}
	return cli_run(&cli, argc, argv);
}
