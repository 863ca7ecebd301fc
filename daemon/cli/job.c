// SPDX-License-Identifier: GPL-2.0-or-later
/* See job.h. */
#include "cli/job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S	UINT64_C(1000000000)

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/*
 * All that can be passed on. What a fault of our own raises, what a limit or a timer of our
 * own does, and what stops who is in the background, is ours.
 */
static void make_set(sigset_t *set)
{
	static const int own[] = {
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGXCPU, SIGXFSZ,
		SIGPROF, SIGVTALRM, SIGALRM, SIGPIPE, SIGTTIN, SIGTTOU,
	};
	size_t i;

	sigfillset(set);
	for (i = 0; i < sizeof(own) / sizeof(*own); i++)
		sigdelset(set, own[i]);
}

/* Of a child that is not waited for because SIGCHLD is ignored, nothing would be told. */
static int take_signals(struct job *job)
{
	struct sigaction action = { .sa_handler = SIG_DFL }, before;
	sigset_t set;

	make_set(&set);
	sigprocmask(SIG_BLOCK, &set, &job->mask);
	sigaction(SIGCHLD, &action, &before);
	job->reaping = before.sa_handler == SIG_IGN;
	job->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return job->signals < 0 ? -errno : 0;
}

static void give_back_signals(const struct job *job)
{
	if (job->reaping)
		signal(SIGCHLD, SIG_IGN);
	sigprocmask(SIG_SETMASK, &job->mask, NULL);
}

/* In the child. What goes wrong is told by the pipe, which is closed by the program. */
static _Noreturn void become(const struct job *job, char *const *argv, bool pipe_ignored,
			     int tell)
{
	int error;

	if (pipe_ignored)
		signal(SIGPIPE, SIG_IGN);
	give_back_signals(job);
	execvp(argv[0], argv);
	error = errno;
	signal(SIGPIPE, SIG_DFL);
	_exit(write(tell, &error, sizeof(error)) == sizeof(error) ? JOB_CANNOT_RUN : 1);
}

/* Return: 0 if it became the program, its errno if not. */
static int hear(int from)
{
	int error = 0;
	ssize_t n;

	do
		n = read(from, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	return n == sizeof(error) ? error : 0;
}

static void reap(pid_t pid, int *ret_status)
{
	while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
		;
}

/* Return: as of job_start(). */
static int run(struct job *job, char *const *argv, bool pipe_ignored, const int ends[2])
{
	int error;

	job->begin_ns = now_ns();
	job->pid = fork();
	if (job->pid < 0)
		return -errno;
	if (!job->pid)
		become(job, argv, pipe_ignored, ends[1]);
	close(ends[1]);
	error = hear(ends[0]);
	if (!error)
		return 0;
	reap(job->pid, &job->status);
	job->status = error;
	return 1;
}

static int start(struct job *job, char *const *argv, bool pipe_ignored)
{
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	r = run(job, argv, pipe_ignored, ends);
	close(ends[0]);
	if (r < 0)
		close(ends[1]);
	return r;
}

int job_start(struct job *job, char *const *argv, bool pipe_ignored)
{
	int r;

	*job = (struct job){ .signals = -1 };
	r = take_signals(job);
	if (!r)
		r = start(job, argv, pipe_ignored);
	if (r)
		job_end(job);
	return r;
}

/* As the terminal stops us, or somebody else; where that is not to be, it is not done. */
static void stop_ourselves(void)
{
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
}

/* What the terminal sends, and what the command sends to its group, it has got itself. */
static void pass_on(const struct job *job, const struct signalfd_siginfo *info)
{
	if (info->ssi_signo == SIGCHLD)
		return;
	if (info->ssi_code != SI_KERNEL && info->ssi_pid != (uint32_t)job->pid)
		kill(job->pid, (int)info->ssi_signo);
	if (info->ssi_signo == SIGTSTP)
		stop_ourselves();
}

/* The command is not waited for before: its number is its own as long as it gets signals. */
static void take_all(const struct job *job)
{
	struct signalfd_siginfo info;

	while (read(job->signals, &info, sizeof(info)) == sizeof(info))
		pass_on(job, &info);
}

bool job_wait(struct job *job, int timeout_ms)
{
	struct pollfd fd = { .fd = job->signals, .events = POLLIN };
	pid_t ended;

	poll(&fd, 1, timeout_ms);
	take_all(job);
	ended = waitpid(job->pid, &job->status, WNOHANG);
	if (ended != job->pid)
		return false;
	job->wall_ns = now_ns() - job->begin_ns;
	return true;
}

void job_end(struct job *job)
{
	struct signalfd_siginfo info;

	if (job->signals < 0) {
		give_back_signals(job);
		return;
	}
	/* What was for the command and came too late has no other receiver. */
	while (read(job->signals, &info, sizeof(info)) == sizeof(info))
		;
	give_back_signals(job);
	close(job->signals);
	job->signals = -1;
}

int job_exit_status(const struct job *job)
{
	return WIFSIGNALED(job->status) ? 128 + WTERMSIG(job->status) :
					  WEXITSTATUS(job->status);
}

pid_t job_fork_mark(void)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(0);
	reap(pid, &status);
	return pid;
}
