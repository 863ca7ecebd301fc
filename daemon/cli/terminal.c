// SPDX-License-Identifier: GPL-2.0-or-later
/* See terminal.h. */
#include "cli/terminal.h"

#include "cli/number.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT	80

static unsigned int terminal_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t width;

	if (!ioctl(fd, TIOCGWINSZ, &size) && size.ws_col)
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

void terminal_look(struct cli *cli, int fd)
{
	cli->terminal = fd >= 0 && isatty(fd);
	cli->width = cli->terminal ? terminal_width(fd) : 0;
	cli->color = cli->terminal && wants_color();
}
