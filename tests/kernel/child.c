// SPDX-License-Identifier: GPL-2.0-or-later
/* See child.h. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

/* The child's own ends. */
static int steps = -1, orders = -1;

static void run(int step_fd, int order_fd, child_fn *fn, void *arg)
{
	support_forked();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	steps = step_fd;
	orders = order_fd;
	fn(arg);
	_exit(0);
}

void child_clone(struct child *child, int flags, child_fn *fn, void *arg)
{
	int step[2], order[2];

	must(!pipe2(step, O_CLOEXEC));
	must(!pipe2(order, O_CLOEXEC));
	if (flags)
		child->pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, 0);
	else
		child->pid = fork();
	if (child->pid < 0)
		test_fail("clone with flags %#x: %s", flags, strerror(errno));
	if (!child->pid) {
		close(step[0]);
		close(order[1]);
		run(step[1], order[0], fn, arg);
	}
	close(step[1]);
	close(order[0]);
	child->steps = step[0];
	child->orders = order[1];
}

void child_start(struct child *child, child_fn *fn, void *arg)
{
	child_clone(child, 0, fn, arg);
}

void child_tell(void)
{
	if (write(steps, "", 1) != 1)
		_exit(1);
}

void child_listen(void)
{
	char byte;
	ssize_t n;

	while ((n = read(orders, &byte, 1)) < 0 && errno == EINTR)
		;
	if (n != 1)
		_exit(1);
}

void child_stay(void)
{
	child_tell();
	child_listen();
}

void child_execute(const char *path, const char *mode)
{
	char step_text[16], order_text[16];

	fcntl(steps, F_SETFD, 0);
	fcntl(orders, F_SETFD, 0);
	snprintf(step_text, sizeof(step_text), "%d", steps);
	snprintf(order_text, sizeof(order_text), "%d", orders);
	execl(path, path, mode, step_text, order_text, NULL);
	test_fail("cannot execute %s: %s", path, strerror(errno));
}

void child_become(char *const argv[])
{
	must(dup2(orders, STDIN_FILENO) == STDIN_FILENO);
	must(dup2(steps, STDOUT_FILENO) == STDOUT_FILENO);
	execvp(argv[0], argv);
	test_fail("cannot execute %s: %s", argv[0], strerror(errno));
}

static bool is_dead(pid_t pid)
{
	siginfo_t info = { 0 };

	must(!waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT));
	return info.si_pid == pid;
}

/* The pipe alone does not tell: other children may hold its other end. */
void child_await(const struct child *child)
{
	struct pollfd poll_fd = { .fd = child->steps, .events = POLLIN };
	char byte;

	for (;;) {
		bool dead = is_dead(child->pid);

		if (poll(&poll_fd, 1, dead ? 0 : 1000) > 0 &&
		    (poll_fd.revents & POLLIN))
			break;
		if (dead || (poll_fd.revents & POLLHUP))
			test_fail("process %d has ended before it was ready", child->pid);
		poll_fd.revents = 0;
	}
	must(read(child->steps, &byte, 1) == 1);
}

void child_order(const struct child *child)
{
	must(write(child->orders, "", 1) == 1);
}

static void child_close(struct child *child)
{
	close(child->steps);
	close(child->orders);
	child->pid = 0;
}

void child_join(struct child *child)
{
	int status;

	must(waitpid(child->pid, &status, 0) == child->pid);
	if (status)
		test_fail("process %d ended with status %#x", child->pid, status);
	child_close(child);
}

void child_kill(struct child *child)
{
	if (child->pid <= 0)
		return;
	kill(child->pid, SIGKILL);
	must(waitpid(child->pid, NULL, 0) == child->pid);
	child_close(child);
}

void children_kill(struct child *children, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (children[i].pid > 0)
			kill(children[i].pid, SIGKILL);
	for (size_t i = 0; i < count; i++)
		child_kill(&children[i]);
}

void child_await_state(pid_t pid, const char *states)
{
	char path[64], stat[1024], *state;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (;;) {
		file_read(path, stat, sizeof(stat));
		state = strrchr(stat, ')');
		must(state && state[1] == ' ');
		if (strchr(states, state[2]))
			return;
		sleep_ms(1);
	}
}
