// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See await.h. Between the look at whether it was ended and the waiting the two signals
 * are blocked, so that none is missed. They are not while something is printed: if nobody
 * reads that, a second signal ends the program at once.
 */
#include "cli/await.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

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
		.sa_flags = (int)(SA_RESTART | SA_RESETHAND),
	};
	sigaction(signal, &action, NULL);
}

static void take_once(void)
{
	static bool taken;

	if (taken)
		return;
	taken = true;
	take(SIGINT);
	take(SIGTERM);
}

/* Gives the mask to wait with, which is that of before. */
static void block(sigset_t *ret_open)
{
	sigset_t both;

	sigemptyset(&both);
	sigaddset(&both, SIGINT);
	sigaddset(&both, SIGTERM);
	sigprocmask(SIG_BLOCK, &both, ret_open);
}

/* False if this is to end. Of the output only is told that it is broken or closed. */
static bool wait_for(struct pollfd fds[static 2], const struct timespec *limit,
		     const sigset_t *open)
{
	int r;

	while (!ended) {
		r = ppoll(fds, 2, limit, open);
		if (r >= 0)
			return !fds[1].revents;
		if (errno != EINTR)
			return false;
	}
	return false;
}

bool await_readable(int fd)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};
	const struct timespec at_once = { 0 };
	sigset_t open;
	bool go_on;

	take_once();
	block(&open);
	go_on = wait_for(fds, fd < 0 ? &at_once : NULL, &open);
	sigprocmask(SIG_SETMASK, &open, NULL);
	return go_on;
}
