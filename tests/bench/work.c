// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See work.h.
 *
 * Switches are counted, not assumed: of two tasks that alone want to run, each
 * switch away from one is followed by one away from the other.
 */
#include "work.h"

#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Some 60 to 200 million instructions, so that a timer tick more or less is nothing. */
#define ROUND_TRIPS	5000
#define YIELDS		10000
#define FORKS		500
#define EXECS		200
#define THREADS		4000

/* Started by each exec: what a shell starts most. */
static char program[] = "/bin/true";

/**
 * struct pair - pipes to a partner, who waits at the first
 */
struct pair {
	int there[2];
	int back[2];
};

static struct pair echo_process, echo_thread, yield_process;

static void pair_open(struct pair *pair)
{
	if (pipe(pair->there) || pipe(pair->back))
		err(1, "pipe");
}

static void put_byte(int fd)
{
	if (write(fd, "", 1) != 1)
		err(1, "write to a pipe");
}

static void get_byte(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		err(1, "read from a pipe");
}

static void __attribute__((noreturn)) echo(const struct pair *pair)
{
	for (;;) {
		get_byte(pair->there[0]);
		put_byte(pair->back[1]);
	}
}

static void *echo_start(void *pair)
{
	echo(pair);
}

/*
 * In the fair class a yield switches or does not, as the virtual run times have it;
 * among equals of the real-time class it always does.
 */
static void set_class(int policy, int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, policy, &param))
		err(1, "sched_setscheduler");
}

static void yield(void)
{
	int i;

	for (i = 0; i < YIELDS; i++)
		sched_yield();
}

static void __attribute__((noreturn)) yield_on_demand(const struct pair *pair)
{
	set_class(SCHED_FIFO, 1);
	for (;;) {
		get_byte(pair->there[0]);
		yield();
		put_byte(pair->back[1]);
	}
}

static void partner_fork(struct pair *pair, void (*partner)(const struct pair *pair))
{
	pid_t pid;

	pair_open(pair);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	partner(pair);
}

static void partner_create(struct pair *pair)
{
	pthread_t thread;
	int error;

	pair_open(pair);
	error = pthread_create(&thread, NULL, echo_start, pair);
	if (error)
		errx(1, "pthread_create: %s", strerror(error));
}

/**
 * work_start() - start the partners
 *
 * They sleep until they are needed and end with the caller.
 */
void work_start(void)
{
	partner_fork(&echo_process, echo);
	partner_fork(&yield_process, yield_on_demand);
	partner_create(&echo_thread);
}

/* Switches away from the caller so far. */
static uint64_t switches(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage))
		err(1, "getrusage");
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

static uint64_t ping_pong(const struct pair *pair)
{
	uint64_t before = switches();
	int i;

	for (i = 0; i < ROUND_TRIPS; i++) {
		put_byte(pair->there[1]);
		get_byte(pair->back[0]);
	}
	return 2 * (switches() - before);
}

uint64_t work_pipe(void)
{
	return ping_pong(&echo_process);
}

uint64_t work_pipe_threads(void)
{
	return ping_pong(&echo_thread);
}

uint64_t work_yield(void)
{
	uint64_t before = switches();

	set_class(SCHED_FIFO, 1);
	put_byte(yield_process.there[1]);
	yield();
	get_byte(yield_process.back[0]);
	set_class(SCHED_OTHER, 0);
	return 2 * (switches() - before);
}

static void child_wait(pid_t pid)
{
	int status;

	if (pid < 0)
		err(1, "fork");
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "a child failed");
}

uint64_t work_fork_exit(void)
{
	int i;

	for (i = 0; i < FORKS; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		child_wait(pid);
	}
	return FORKS;
}

uint64_t work_fork_exec_exit(void)
{
	char *const argv[] = { program, NULL };
	int i;

	for (i = 0; i < EXECS; i++) {
		pid_t pid = fork();

		if (!pid) {
			execv(program, argv);
			_exit(1);
		}
		child_wait(pid);
	}
	return EXECS;
}

static void *thread_start(void *nothing)
{
	return nothing;
}

uint64_t work_thread_create_join(void)
{
	pthread_t thread;
	int i;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&thread, NULL, thread_start, NULL) ||
		    pthread_join(thread, NULL))
			errx(1, "a thread cannot be created");
	return THREADS;
}
