// SPDX-License-Identifier: GPL-2.0-or-later
/* See slowdisk.h. */
#include "slowdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"
#include "support.h"

#define BLOCK	4096
#define MODULE	"/sys/module/null_blk"
#define CONFIG	"/sys/kernel/config"
#define BACKED	CONFIG "/nullb/nullb0"

static void load(char *devices, char *delay)
{
	char *const known[] = { "modinfo", "-n", "null_blk", NULL };
	char *const command[] = {
		"modprobe", "null_blk", devices, "gb=1", "queue_mode=2", "irqmode=2", delay,
		NULL,
	};
	char path[512];

	if (!command_succeeds(known, path, sizeof(path)))
		suite_skip("this kernel has no null_blk");
	slowdisk_remove();
	command_run(command);
}

static void await_device(void)
{
	while (access(SLOWDISK, R_OK))
		sleep_ms(10);
}

void slowdisk_remove(void)
{
	char *const command[] = { "modprobe", "-r", "null_blk", NULL };

	if (rmdir(BACKED) && errno != ENOENT)
		fprintf(stderr, "cannot remove %s: %s\n", BACKED, strerror(errno));
	if (!access(MODULE, F_OK))
		command_run(command);
}

/* Its one queue completes by a timer, on the CPU that asked. */
void slowdisk_make(unsigned int delay_us)
{
	char delay[64];

	snprintf(delay, sizeof(delay), "completion_nsec=%u000", delay_us);
	load("nr_devices=1", delay);
	await_device();
}

static void configure(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), BACKED "/%s", name);
	file_write(path, text);
}

/* By configfs: older kernels have no parameter of the module for that. */
void slowdisk_make_backed(unsigned int delay_us)
{
	char delay[64];

	load("nr_devices=0", NULL);
	if (mount("configfs", CONFIG, "configfs", 0, NULL) && errno != EBUSY)
		test_fail("cannot mount %s: %s", CONFIG, strerror(errno));
	if (mkdir(BACKED, 0700))
		test_fail("cannot make %s: %s", BACKED, strerror(errno));
	snprintf(delay, sizeof(delay), "%u000", delay_us);
	configure("completion_nsec", delay);
	configure("irqmode", "2");
	configure("size", "1024");
	configure("memory_backed", "1");
	configure("power", "1");
	await_device();
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
