// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter top: who is held up, again and again, on the whole screen. */
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/number.h"
#include "cli/screen.h"
#include "cli/top-detail.h"
#include "cli/top-draw.h"
#include "cli/top-keys.h"
#include "common/text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define INTERVAL_HIGHEST_S	86400U
#define INTERVAL_LOWEST_NS	100000000U

/* The first rates come early, as there is nothing to be read before. */
#define FIRST_NS		500000000U

/* Of lines that are not to be cut. */
#define COLUMNS_HIGHEST		512

/**
 * struct top - what was asked for, and how far it is
 * @cli: the world
 * @view: what is shown
 * @frame: that, drawn
 * @meter: the meter; NULL while the module is not there
 * @batch: print the lists, one after the other
 * @frames: how many are shown, 0 for no end
 * @shown: of these, so far
 * @all: idle ones too
 * @sorted: by @sort
 * @sort: column to sort by
 * @ascending: the smallest first
 * @kind: what a row is
 */
struct top {
	struct cli *cli;
	struct top_view view;
	struct frame frame;
	struct tm_meter *meter;
	bool batch;
	uint64_t frames;
	uint64_t shown;
	bool all;
	bool sorted;
	struct column sort;
	bool ascending;
	enum top_kind kind;
};

static const char *const kinds[TOP_KINDS] = {
	[TOP_PROCESSES] = "processes",
	[TOP_THREADS] = "threads",
	[TOP_USERS] = "users",
	[TOP_CGROUPS] = "cgroups",
	[TOP_UNITS] = "units",
	[TOP_CONTAINERS] = "containers",
	[TOP_PROGRAMS] = "programs",
	[TOP_SLICES] = "slices",
};

static int bad_argument(struct cli *cli, const char *what, const char *argument)
{
	cli_error(cli, "'%s' is not %s", argument, what);
	return -EINVAL;
}

static int set_user(struct top *top, const char *argument)
{
	struct tm_filter *filter = &top->view.sampling.filter;

	if (users_find(argument, &filter->uid))
		return bad_argument(top->cli, "a user", argument);
	filter->flags |= TASKMETER_SNAPSHOT_UID;
	return 0;
}

static int set_columns(struct top *top, const char *argument)
{
	const struct column_set set = column_set_tasks();
	struct column *columns;
	const char *bad;
	size_t count;
	int r;

	r = columns_parse(&set, argument, &columns, &count, &bad);
	if (r == -ENOENT)
		return column_unknown(top->cli, &set, bad);
	if (!r)
		top_view_own(&top->view, columns, count);
	return r;
}

static int set_sort(struct top *top, const char *argument)
{
	const struct column_set set = column_set_tasks();

	top->ascending = *argument != '-';
	argument += !top->ascending;
	top->sorted = true;
	if (column_set_find(&set, argument, strlen(argument), &top->sort))
		return column_unknown(top->cli, &set, argument);
	return 0;
}

static int set_interval(struct top *top, const char *argument)
{
	if (number_parse_seconds(argument, INTERVAL_HIGHEST_S, &top->view.interval_ns) ||
	    top->view.interval_ns < INTERVAL_LOWEST_NS)
		return bad_argument(top->cli, "an interval in seconds, 0.1 to 86400",
				    argument);
	return 0;
}

static int set_frames(struct top *top, const char *argument)
{
	if (number_parse(argument, 1, UINT32_MAX, &top->frames))
		return bad_argument(top->cli, "a number of times", argument);
	return 0;
}

static int set_width(struct top *top, const char *argument)
{
	uint64_t width;

	if (number_parse(argument, 0, INT_MAX, &width))
		return bad_argument(top->cli, "a width", argument);
	top->cli->width = (unsigned int)width;
	return 0;
}

static int set_kind(struct top *top, const char *argument)
{
	for (top->kind = TOP_PROCESSES; top->kind < TOP_KINDS; top->kind++)
		if (!strcmp(kinds[top->kind], argument))
			return 0;
	return bad_argument(top->cli, "a view; these are processes, threads, units, slices, containers, users, programs and cgroups",
			    argument);
}

static int set_filter(struct top *top, const char *argument)
{
	if (strlen(argument) >= TOP_FILTER_SIZE)
		return bad_argument(top->cli, "a filter of at most 63 bytes", argument);
	text_to_utf8(argument, strlen(argument), top->view.filter, TOP_FILTER_SIZE);
	return 0;
}

static int handle(struct cli *cli, void *context, int key, const char *argument)
{
	struct top *top = context;

	(void)cli;
	switch (key) {
	case 'u':
		return set_user(top, argument);
	case 'o':
		return set_columns(top, argument);
	case 's':
		return set_sort(top, argument);
	case 'i':
		return set_interval(top, argument);
	case 'n':
		return set_frames(top, argument);
	case 'w':
		return set_width(top, argument);
	case 'f':
		return set_filter(top, argument);
	case OPTION_VIEW:
		return set_kind(top, argument);
	case 'T':
		top->kind = TOP_THREADS;
		return 0;
	case 'a':
		top->all = true;
		return 0;
	default:
		top->batch = true;
		return 0;
	}
}

/* What was asked for decides the columns, in whatever order it was. */
static int arrange(struct top *top)
{
	top->view.skip_idle = top->batch && !top->all;
	top_view_kind(&top->view, top->kind);
	if (top_view_columns(&top->view))
		return -ENOMEM;
	if (top->sorted)
		top_view_sort(&top->view, &top->sort, !top->ascending);
	return 0;
}

static int look(struct top *top)
{
	int r = top_view_look(&top->view, top->meter);

	if (!r && top->view.page == TOP_DETAIL)
		r = top_detail_read(&top->view, top->meter);
	return r;
}

/* Words of the kernel are no more trusted than names. */
static void explain(struct top *top, int error)
{
	const char *words = top->meter ? tm_error(top->meter) : strerror(-error);
	char *message = top->view.message;

	if (error == -ENODEV)
		strcpy(message, "the kernel module is not loaded: waiting for it");
	else if (error == -EPROTO)
		strcpy(message, "the kernel module speaks another protocol than this program");
	else
		text_for_terminal(words, strlen(words), top->cli->utf8, message,
				  TOP_MESSAGE_SIZE);
}

/* Without the module it is asked for it at each interval. */
static void try_look(struct top *top)
{
	int r = top->meter ? 0 : top->cli->open(TM_TRANSPORT_NETLINK, &top->meter);

	if (!r)
		r = look(top);
	if (!r) {
		top->view.message[0] = '\0';
		top->shown += top->view.rated;
		return;
	}
	explain(top, r);
	tm_close(top->meter);
	top->meter = NULL;
	top_view_forget(&top->view);
}

static void paint(struct top *top)
{
	unsigned int rows, columns;

	top->cli->screen->size(&rows, &columns);
	top->cli->width = columns;
	top_draw(&top->view, &top->frame, rows, columns);
	top->cli->screen->paint(&top->frame, top->view.typing);
}

static uint64_t next_ns(const struct top *top)
{
	const struct top_view *view = &top->view;

	if (view->frozen)
		return SCREEN_FOREVER;
	return !view->rated && view->interval_ns > FIRST_NS ? FIRST_NS : view->interval_ns;
}

static void read_detail(struct top *top)
{
	int r = top->meter ? top_detail_read(&top->view, top->meter) : 0;

	if (r)
		explain(top, r);
}

/* Gives how long it is to the next look; false if this is the end. */
static bool press(struct top *top, uint32_t key, uint64_t *left_ns)
{
	bool frozen = top->view.frozen;

	switch (top_press(&top->view, key)) {
	case TOP_QUIT:
		return false;
	case TOP_LOOK:
		*left_ns = 0;
		break;
	case TOP_READ:
		read_detail(top);
		break;
	case TOP_WAIT:
		*left_ns = next_ns(top);
		break;
	case TOP_REPAINT:
		top->cli->screen->repaint();
		break;
	case TOP_DRAW:
		break;
	}
	if (top->view.frozen && !frozen)
		*left_ns = SCREEN_FOREVER;
	return true;
}

static void watch(struct top *top)
{
	enum screen_news news = SCREEN_TIME;
	uint64_t left_ns = 0;
	uint32_t key;

	for (;;) {
		if (!left_ns) {
			if (top->frames && top->shown >= top->frames)
				return;
			try_look(top);
			left_ns = next_ns(top);
		}
		paint(top);
		news = top->cli->screen->wait(&left_ns, &key);
		if (news == SCREEN_END ||
		    (news == SCREEN_KEY && !press(top, key, &left_ns)))
			return;
	}
}

static int interactive(struct top *top)
{
	if (!top->cli->screen->open(top->cli))
		return CLI_FAILED;
	watch(top);
	top->cli->screen->close();
	return CLI_OK;
}

static void print(struct top *top)
{
	struct cli *cli = top->cli;
	size_t columns = cli->width && cli->width < COLUMNS_HIGHEST ? cli->width :
								     COLUMNS_HIGHEST;
	size_t i;

	top_draw(&top->view, &top->frame, 0, columns);
	if (top->shown++)
		putc('\n', cli->out);
	for (i = 0; i < top->frame.count; i++)
		fprintf(cli->out, "%s\n", top->frame.lines[i].text);
	fflush(cli->out);
}

/* Each list is of an interval, so that the first one comes after the first interval. */
static int batch(struct top *top)
{
	int r;

	do {
		r = look(top);
		if (r)
			return client_fail(top->cli, top->meter, r);
		if (top->view.rated)
			print(top);
		if (top->frames && top->shown >= top->frames)
			return CLI_OK;
		top->cli->wait(top->view.interval_ns);
	} while (cli_written(top->cli));
	return CLI_OK;
}

static int top_run(struct top *top)
{
	int status;

	if (arrange(top)) {
		cli_error(top->cli, "no memory");
		return CLI_FAILED;
	}
	status = client_open(top->cli, &top->meter);
	if (status)
		return status;
	if (client_blind(top->meter))
		status = client_not_permitted(top->cli);
	else
		status = top->batch ? batch(top) : interactive(top);
	tm_close(top->meter);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct top top = { .cli = cli };
	int first, r;

	if (top_view_init(&top.view, cli)) {
		cli_error(cli, "no memory");
		return CLI_FAILED;
	}
	r = options_parse(cli, &command_top, argc, argv, handle, &top, &first);
	if (!r && first < argc) {
		cli_error(cli, "top takes no '%s'; to see only some processes, use '-f TEXT'",
			  argv[first]);
		r = -EINVAL;
	}
	if (r)
		r = r < 0 ? CLI_USAGE : CLI_OK;
	else
		r = top_run(&top);
	top_view_release(&top.view);
	frame_release(&top.frame);
	return r;
}

static const struct option_spec options[] = {
	{ 'i', "interval", "SECONDS", "from one look to the next, 0.1 or more; a second by default" },
	{ 's', "sort", "FIELD", "sort by a field, with - before it the greatest first" },
	{ 'f', "filter", "TEXT", "only what has this in its name, number or user" },
	{ 'u', "user", "USER", "only processes of this user, a name or an id" },
	{ 'T', "threads", NULL, "threads instead of processes" },
	{ OPTION_VIEW, "view", "KIND", "processes, threads, units, users, cgroups, containers, programs or slices" },
	{ 'o', "fields", "FIELDS", "fields to show, separated by commas" },
	{ 'n', "frames", "NUMBER", "end after so many intervals" },
	{ 'b', "batch", NULL, "print plain text, without a terminal" },
	{ 'a', "all", NULL, "with --batch, idle ones too" },
	{ 'w', "width", "COLUMNS", "with --batch, cut lines to this width" },
	{ 'h', "help", NULL, "print this help" },
	{ 0, NULL, NULL, NULL },
};

const struct command command_top = {
	.name = "top",
	.arguments = "",
	.summary = "watch who is held up and by what; ? there tells of its keys",
	.options = options,
	.run = run,
};
