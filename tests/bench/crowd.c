// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See crowd.h.
 */
#include "crowd.h"

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Room for what runs besides the crowd. */
#define OTHERS	8192

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

/* Hold no output open, and be gone when the bench is. */
static void idle(void)
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
	unsigned int i;
	pid_t pid = 0;

	raise_limit("/proc/sys/kernel/pid_max", size + OTHERS);
	raise_limit("/proc/sys/kernel/threads-max", size + OTHERS);
	for (i = 0; i < size; i++) {
		pid = fork();
		if (pid < 0)
			err(1, "process %u of %u cannot be forked", i + 1, size);
		if (!pid)
			idle();
	}
	sleep(5);
	return pid;
}
