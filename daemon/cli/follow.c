// SPDX-License-Identifier: GPL-2.0-or-later
/* See follow.h. */
#include "cli/follow.h"

#include "cli/client.h"
#include "cli/library.h"

#include <errno.h>
#include <string.h>

/* After so many events without a pause it looks whether this is to end. */
#define EVENTS_PER_LOOK		256

static int fail_open(struct cli *cli, int error)
{
	int status = client_status(cli, error);

	if (status != CLI_FAILED)
		return status;
	if (error == -EOPNOTSUPP)
		return client_too_old(cli);
	if (error == -EINVAL)
		cli_error(cli, "there is no record of that number yet: the module was loaded anew since it was told");
	else if (error == -EUSERS)
		cli_error(cli, "the kernel module has too many subscribers, %u in all or %u of this user; see 'taskmeter info'",
			  TASKMETER_SUBSCRIBERS_MAX, TASKMETER_SUBSCRIBERS_USER);
	else
		cli_error(cli, "cannot subscribe to events: %s", strerror(-error));
	return CLI_FAILED;
}

static int fail(struct cli *cli, const struct tm_events *events, int error)
{
	if (error == -ENODEV) {
		cli_error(cli, "the kernel module was unloaded");
		return CLI_NO_MODULE;
	}
	cli_error(cli, "%s", cli->library->events_error(events));
	return CLI_FAILED;
}

/* No event is at hand: what was printed is to be seen while it waits. */
static bool pause_and_wait(struct cli *cli, int fd)
{
	fflush(cli->out);
	return cli_written(cli) && cli->await(fd);
}

/* Return: 0 to go on, 1 to stop, negative errno; @ret_taken tells whose error that is. */
static int step(struct cli *cli, struct tm_events *events, uint64_t *count,
		int (*take)(void *context, const struct tm_event *event), void *context,
		bool *ret_taken)
{
	const struct tm_event *event;
	int r = cli->library->events_next(events, &event);

	*ret_taken = r > 0;
	if (r < 0)
		return r;
	if (!r)
		return !pause_and_wait(cli, cli->library->events_fd(events));
	r = take(context, event);
	if (!r && ++*count % EVENTS_PER_LOOK == 0)
		return !pause_and_wait(cli, -1);
	return r;
}

static int follow_events(struct cli *cli, struct tm_events *events,
			 int (*take)(void *context, const struct tm_event *event),
			 void *context)
{
	uint64_t count = 0;
	bool taken;
	int r;

	do {
		r = step(cli, events, &count, take, context, &taken);
	} while (!r);
	if (r > 0)
		return CLI_OK;
	if (!taken)
		return fail(cli, events, r);
	cli_error(cli, "%s", r == -ENOMEM ? "no memory" : strerror(-r));
	return CLI_FAILED;
}

int follow_open(struct cli *cli, uint32_t types, uint32_t flags, uint64_t cursor,
		struct tm_events **ret_events)
{
	int r = cli->library->events_new(types, flags, cursor, ret_events);

	return r ? fail_open(cli, r) : CLI_OK;
}

int follow_run(struct cli *cli, struct tm_events *events,
	       int (*take)(void *context, const struct tm_event *event), void *context)
{
	int status = follow_events(cli, events, take, context);

	cli->library->events_free(events);
	return status;
}
