/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command that is run as a shell runs it, with our standard input and output, in our
 * process group and with the signals that were ours. Signals that somebody sends to us
 * are passed on to it; those of the terminal it gets itself.
 */
#ifndef TASKMETER_CLI_JOB_H
#define TASKMETER_CLI_JOB_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Exit statuses for a command that could not be run, as of a shell. */
#define JOB_CANNOT_RUN	126
#define JOB_NOT_FOUND	127

/**
 * struct job - the command
 * @pid: its process
 * @status: as of waitpid(2), once it has ended
 * @begin_ns: when it was started, boottime of this time namespace
 * @wall_ns: how long it lasted, once it has ended
 * @signals: signals come here
 * @mask: what was blocked before
 * @reaping: SIGCHLD was ignored before
 */
struct job {
	pid_t pid;
	int status;
	uint64_t begin_ns;
	uint64_t wall_ns;
	int signals;
	sigset_t mask;
	bool reaping;
};

/**
 * job_start() - run a command
 * @job: filled in; ended by job_end()
 * @argv: the command and its arguments, with a NULL behind them
 * @pipe_ignored: it ignores SIGPIPE, as we did when we were started
 *
 * Signals to this process are kept for job_wait() from now on.
 *
 * Return: 0; 1 if the command cannot be run, with the errno in @status; negative errno if
 * there is no process for it. If not 0, nothing is left behind.
 */
int job_start(struct job *job, char *const *argv, bool pipe_ignored);

/**
 * job_wait() - wait for the command, and pass signals on meanwhile
 * @job: the command
 * @timeout_ms: for so long at most; -1 for ever
 *
 * Return: true if the command has ended.
 */
bool job_wait(struct job *job, int timeout_ms);

/**
 * job_end() - take signals as before the command
 * @job: the command, which has ended
 */
void job_end(struct job *job);

/**
 * job_exit_status() - what a shell would tell of it
 * @job: the command, which has ended
 *
 * Return: its exit code, or 128 and the number of the signal that ended it.
 */
int job_exit_status(const struct job *job);

/**
 * job_fork_mark() - fork a process that ends at once, and wait for it
 *
 * Return: its number; negative errno.
 */
pid_t job_fork_mark(void);

#endif
