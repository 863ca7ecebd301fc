// SPDX-License-Identifier: GPL-2.0-or-later
/* See slowdisk.h. */
#include "slowdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suite.h"
#include "support.h"

#define BLOCK	4096
#define BACKED	"/sys/module/null_blk/parameters/memory_backed"

void slowdisk_remove(void)
{
	char *const command[] = { "modprobe", "-r", "null_blk", NULL };

	if (!access("/sys/module/null_blk", F_OK))
		command_run(command);
}

/* Its one queue completes by a timer, on the CPU that asked. */
static void make(unsigned int delay_us, char *backed)
{
	char delay[64];
	char *const known[] = { "modinfo", "-n", "null_blk", NULL };
	char *const command[] = {
		"modprobe", "null_blk", "nr_devices=1", "gb=1", "queue_mode=2", "irqmode=2",
		delay, backed, NULL,
	};
	char path[512];

	if (!command_succeeds(known, path, sizeof(path)))
		suite_skip("this kernel has no null_blk");
	slowdisk_remove();
	snprintf(delay, sizeof(delay), "completion_nsec=%u000", delay_us);
	command_run(command);
	while (access(SLOWDISK, R_OK))
		sleep_ms(10);
}

void slowdisk_make(unsigned int delay_us)
{
	make(delay_us, NULL);
}

void slowdisk_make_backed(unsigned int delay_us)
{
	make(delay_us, "memory_backed=1");
	/* 5.10 has that by configfs only, and takes no notice here. */
	if (access(BACKED, F_OK))
		suite_skip("null_blk keeps nothing here");
}

int slowdisk_open(void)
{
	int fd = open(SLOWDISK, O_RDONLY | O_DIRECT | O_CLOEXEC);

	if (fd < 0)
		test_fail("cannot open %s: %s", SLOWDISK, strerror(errno));
	return fd;
}

void slowdisk_read(int fd, unsigned int index)
{
	static char block[BLOCK] __attribute__((aligned(BLOCK)));

	must(pread(fd, block, BLOCK, (off_t)index * BLOCK) == BLOCK);
}
