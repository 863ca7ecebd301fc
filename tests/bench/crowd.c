// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See crowd.h.
 */
#include "crowd.h"

#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Room for what runs besides the crowd. */
#define OTHERS	8192

#define STACK_SIZE	65536

static pid_t *members;
static unsigned int members_count;

static void raise_limit(const char *path, unsigned int least)
{
	FILE *file = fopen(path, "r+");
	unsigned int limit;

	if (!file || fscanf(file, "%u", &limit) != 1)
		err(1, "%s", path);
	if (limit < least) {
		rewind(file);
		fprintf(file, "%u\n", least);
	}
	if (fclose(file))
		err(1, "%s: cannot set it to %u", path, least);
}

static void woken(int signal)
{
	(void)signal;
}

static void raise_limits(unsigned int size)
{
	raise_limit("/proc/sys/kernel/pid_max", size + OTHERS);
	raise_limit("/proc/sys/kernel/threads-max", size + OTHERS);
	raise_limit("/proc/sys/vm/max_map_count", 2 * size + OTHERS);
}

/* Hold no output open, and be gone when the bench is. */
static void __attribute__((noreturn)) idle(void)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

/**
 * crowd_fork() - fork many processes that do nothing
 * @size: how many
 *
 * They end with the caller, whose memory they share as it is now: call it while
 * that is little. They have all come to rest when it returns.
 *
 * Return: one of them.
 */
pid_t crowd_fork(unsigned int size)
{
	const struct sigaction action = { .sa_handler = woken };
	pid_t pid = 0;

	raise_limits(size);
	members = calloc(size, sizeof(*members));
	if (!members || sigaction(SIGUSR1, &action, NULL))
		err(1, "a crowd of %u", size);
	for (members_count = 0; members_count < size; members_count++) {
		pid = fork();
		if (pid < 0)
			err(1, "process %u of %u cannot be forked", members_count + 1, size);
		if (!pid)
			idle();
		members[members_count] = pid;
	}
	sleep(5);
	return pid;
}

/**
 * crowd_wake() - wake some processes of the crowd once
 * @each: every how many-th
 *
 * Each runs a signal handler. They have come to rest when it returns.
 *
 * Return: how many.
 */
unsigned int crowd_wake(unsigned int each)
{
	unsigned int i, count = 0;

	for (i = 0; i < members_count; i += each, count++)
		if (kill(members[i], SIGUSR1))
			err(1, "process %d", members[i]);
	usleep(100000);
	return count;
}

/**
 * crowd_end() - end all processes of the crowd
 */
void crowd_end(void)
{
	unsigned int i;

	for (i = 0; i < members_count; i++)
		kill(members[i], SIGKILL);
	for (i = 0; i < members_count; i++)
		waitpid(members[i], NULL, 0);
	free(members);
	members = NULL;
	members_count = 0;
}

static void *thread_idle(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

static void __attribute__((noreturn)) threads_idle(unsigned int size, int ready)
{
	pthread_attr_t attributes;
	pthread_t thread;
	unsigned int i;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	for (i = 0; i < size; i++)
		if (pthread_create(&thread, &attributes, thread_idle, NULL))
			errx(1, "thread %u of %u cannot be created", i + 1, size);
	close(ready);
	idle();
}

/**
 * crowd_fork_threads() - fork a process of many threads that do nothing
 * @size: how many threads besides its main thread
 *
 * It is the crowd, in the place of many processes.
 */
void crowd_fork_threads(unsigned int size)
{
	int ready[2];
	char byte;

	raise_limits(size);
	members = calloc(1, sizeof(*members));
	if (!members || pipe(ready))
		err(1, "a crowd of %u", size);
	members[0] = fork();
	if (members[0] < 0)
		err(1, "fork");
	if (!members[0])
		threads_idle(size, ready[1]);
	members_count = 1;
	close(ready[1]);
	if (read(ready[0], &byte, 1))
		errx(1, "a crowd of threads");
	close(ready[0]);
	sleep(5);
}
