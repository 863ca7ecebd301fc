// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See screen.h. Signals come only while it waits, so that none of them is missed, and none
 * meets curses at work: that one of SIGTSTP, which is curses' own, gives the terminal back
 * and takes it again.
 */
#include "cli/screen.h"

#include "cli/cli.h"
#include "cli/frame.h"
#include "common/text.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <time.h>
#include <unistd.h>

/* A macro of term.h, which has one for every capability. */
#undef lines

#define NS_PER_S	1000000000U
#define ESCAPE		27
#define CONTROL_L	12

/* Over a slow line the bytes of an arrow key may come this far apart. */
#define ESCAPE_DELAY_MS	100

static volatile sig_atomic_t ended;

static struct {
	SCREEN *terminal;
	sigset_t open;
	sigset_t ends;
	attr_t attributes[FRAME_ATTRIBUTES];
} state;

/*
 * A terminal's own colours of text and background stay; those that are used stand out from
 * white and from black. Where there are none, what is wrong is bold.
 */
static const struct {
	short color;
	attr_t attributes;
} looks[FRAME_ATTRIBUTES] = {
	[FRAME_PLAIN] = { -1, A_NORMAL },
	[FRAME_HEADING] = { -1, A_REVERSE },
	[FRAME_SORTED] = { -1, A_BOLD },
	[FRAME_SELECTED] = { -1, A_REVERSE },
	[FRAME_STRONG] = { -1, A_BOLD },
	[FRAME_MUCH] = { COLOR_MAGENTA, A_NORMAL },
	[FRAME_TOO_MUCH] = { COLOR_RED, A_BOLD },
	[FRAME_WARNING] = { COLOR_RED, A_BOLD },
	[FRAME_RUN] = { COLOR_GREEN, A_NORMAL },
	[FRAME_CPU_WAIT] = { COLOR_RED, A_NORMAL },
	[FRAME_IO_WAIT] = { COLOR_MAGENTA, A_NORMAL },
	[FRAME_MEM_WAIT] = { COLOR_YELLOW, A_NORMAL },
	[FRAME_LOCK_WAIT] = { COLOR_CYAN, A_NORMAL },
	[FRAME_REST] = { -1, A_DIM },
};

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

/* A signal that is ignored, as by nohup(1), stays so. */
static void take(int signal)
{
	struct sigaction action;

	if (sigaction(signal, NULL, &action) || action.sa_handler != SIG_DFL)
		return;
	action = (struct sigaction){
		.sa_handler = end,
		.sa_flags = (int)SA_RESETHAND,
	};
	sigaction(signal, &action, NULL);
}

static void handle_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	sigset_t blocked;
	size_t i;

	sigemptyset(&state.ends);
	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		take(signals[i]);
		sigaddset(&state.ends, signals[i]);
	}
	blocked = state.ends;
	sigaddset(&blocked, SIGTSTP);
	sigaddset(&blocked, SIGWINCH);
	sigprocmask(SIG_BLOCK, &blocked, &state.open);
}

static void set_looks(bool color)
{
	int i;

	if (color && has_colors()) {
		start_color();
		use_default_colors();
	} else {
		color = false;
	}
	for (i = 0; i < FRAME_ATTRIBUTES; i++) {
		state.attributes[i] = looks[i].attributes;
		if (color && looks[i].color >= 0 &&
		    init_pair((short)(i + 1), looks[i].color, -1) == OK)
			state.attributes[i] |= COLOR_PAIR(i + 1);
	}
}

static bool refuse(struct cli *cli, const char *why, const char *term)
{
	char name[TEXT_TERMINAL_SIZE(32)];

	text_for_terminal(term, strnlen(term, 32), false, name, sizeof(name));
	cli_error(cli, "top cannot be shown: %s%s; use 'taskmeter ps', or 'taskmeter top --batch'",
		  why, name);
	return false;
}

/* A terminal has to be able to put the cursor anywhere. */
static bool check_terminal(struct cli *cli)
{
	const char *term = getenv("TERM"), *place;
	int error;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return refuse(cli, "standard input and output are not a terminal", "");
	if (!term || !*term)
		return refuse(cli, "TERM is not set", "");
	if (setupterm(term, STDOUT_FILENO, &error) != OK)
		return refuse(cli, "nothing is known of a terminal of type ", term);
	place = tigetstr("cup");
	if (!place || place == (const char *)-1)
		return refuse(cli, "the cursor cannot be moved on a terminal of type ", term);
	return true;
}

static bool curses_open(struct cli *cli)
{
	if (!check_terminal(cli))
		return false;
	handle_signals();
	state.terminal = newterm(NULL, stdout, stdin);
	if (!state.terminal) {
		sigprocmask(SIG_SETMASK, &state.open, NULL);
		return refuse(cli, "the terminal cannot be set up", "");
	}
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_DELAY_MS);
	curs_set(0);
	set_looks(cli->color);
	return true;
}

static void curses_size(unsigned int *ret_rows, unsigned int *ret_columns)
{
	*ret_rows = (unsigned int)LINES;
	*ret_columns = (unsigned int)COLS;
}

/* As few pieces as there are attributes. */
static void paint_line(const struct frame_line *line)
{
	size_t from, to;

	for (from = 0; from < line->length; from = to) {
		for (to = from + 1; to < line->length; to++)
			if (line->attributes[to] != line->attributes[from])
				break;
		attrset(state.attributes[line->attributes[from]]);
		addnstr(line->text + from, (int)(to - from));
	}
	attrset(A_NORMAL);
}

/* A terminal that takes nothing, as after ctrl-S, is left by a second signal of a kind. */
static void curses_paint(const struct frame *frame, bool cursor)
{
	size_t i;

	erase();
	for (i = 0; i < frame->count; i++) {
		move((int)i, 0);
		paint_line(&frame->lines[i]);
	}
	curs_set(cursor);
	sigprocmask(SIG_UNBLOCK, &state.ends, NULL);
	refresh();
	sigprocmask(SIG_BLOCK, &state.ends, NULL);
}

static void curses_repaint(void)
{
	clearok(stdscr, TRUE);
}

static uint32_t to_key(wint_t key, bool function)
{
	static const struct {
		wint_t key;
		uint32_t is;
	} keys[] = {
		{ KEY_UP, SCREEN_KEY_UP }, { KEY_DOWN, SCREEN_KEY_DOWN },
		{ KEY_PPAGE, SCREEN_KEY_PAGE_UP }, { KEY_NPAGE, SCREEN_KEY_PAGE_DOWN },
		{ KEY_HOME, SCREEN_KEY_HOME }, { KEY_END, SCREEN_KEY_END },
		{ KEY_ENTER, SCREEN_KEY_ENTER }, { KEY_BACKSPACE, SCREEN_KEY_BACKSPACE },
	};
	size_t i;

	for (i = 0; function && i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].key == key)
			return keys[i].is;
	if (function)
		return 0;
	switch (key) {
	case '\r':
	case '\n':
		return SCREEN_KEY_ENTER;
	case '\b':
	case 127:
		return SCREEN_KEY_BACKSPACE;
	case ESCAPE:
		return SCREEN_KEY_ESCAPE;
	case CONTROL_L:
		return SCREEN_KEY_REDRAW;
	default:
		return (uint32_t)key;
	}
}

/* What the kernel says counts; curses is told, and forgets its own news of it. */
static bool resized(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col ||
	    (size.ws_row == LINES && size.ws_col == COLS))
		return false;
	resizeterm(size.ws_row, size.ws_col);
	return true;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* False if the terminal is gone. */
static bool wait_for_input(uint64_t left_ns)
{
	const struct timespec limit = {
		.tv_sec = (time_t)(left_ns / NS_PER_S),
		.tv_nsec = (long)(left_ns % NS_PER_S),
	};
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	int r;

	r = ppoll(&fd, 1, left_ns == SCREEN_FOREVER ? NULL : &limit, &state.open);
	if (r < 0)
		return errno == EINTR;
	return !(fd.revents & (POLLERR | POLLHUP | POLLNVAL));
}

/*
 * Whether there is news without waiting. Input that cannot be read is that of a terminal
 * whose foreground is not ours any more, and never will be: it would be waited for in vain.
 */
static bool has_news(enum screen_news *ret_news, uint32_t *ret_key)
{
	wint_t key;
	int r;

	if (ended) {
		*ret_news = SCREEN_END;
		return true;
	}
	if (resized()) {
		*ret_news = SCREEN_SIZE;
		return true;
	}
	errno = 0;
	r = get_wch(&key);
	if (r == ERR) {
		*ret_news = SCREEN_END;
		return errno == EIO;
	}
	*ret_news = r == KEY_CODE_YES && key == KEY_RESIZE ? SCREEN_SIZE : SCREEN_KEY;
	*ret_key = to_key(key, r == KEY_CODE_YES);
	return true;
}

static enum screen_news curses_wait(uint64_t *left_ns, uint32_t *ret_key)
{
	uint64_t begin = monotonic_ns(), total = *left_ns, passed;
	enum screen_news news;

	while (!has_news(&news, ret_key)) {
		if (!*left_ns)
			return SCREEN_TIME;
		if (!wait_for_input(*left_ns))
			return SCREEN_END;
		passed = monotonic_ns() - begin;
		if (total != SCREEN_FOREVER)
			*left_ns = passed < total ? total - passed : 0;
	}
	return news;
}

static void curses_close(void)
{
	endwin();
	delscreen(state.terminal);
	sigprocmask(SIG_SETMASK, &state.open, NULL);
}

const struct screen screen_curses = {
	.open = curses_open,
	.size = curses_size,
	.paint = curses_paint,
	.repaint = curses_repaint,
	.wait = curses_wait,
	.close = curses_close,
};
