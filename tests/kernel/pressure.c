// SPDX-License-Identifier: GPL-2.0-or-later
/* See pressure.h. */
#include "pressure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <unistd.h>

#include "cgroup.h"
#include "load.h"
#include "proc.h"
#include "suite.h"
#include "support.h"

#define SWAP_DEVICE	"/dev/vdb"
#define CPU1_ONLINE	"/sys/devices/system/cpu/cpu1/online"
/* So little that a worker soon sees that it has to rest. */
#define STEP		65536UL
#define PAGE		4096UL

/* CPU that workers run on, beside the test on CPU 0. */
static int work_cpu = 1;

static int open_file(int flags)
{
	int fd = open(PRESSURE_FILE, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		test_fail("cannot open %s: %s", PRESSURE_FILE, strerror(errno));
	return fd;
}

void pressure_file_make(void)
{
	static char block[MEGABYTE];
	int fd = open_file(O_RDWR | O_CREAT | O_TRUNC);

	/* Not zeros, which a file system might not store. */
	memset(block, 0x5a, sizeof(block));
	for (size_t at = 0; at < PRESSURE_FILE_BYTES; at += sizeof(block))
		must(write(fd, block, sizeof(block)) == (ssize_t)sizeof(block));
	must(!fsync(fd));
	close(fd);
}

void pressure_file_forget(void)
{
	int fd = open_file(O_RDONLY);

	must(!posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	close(fd);
}

void pressure_file_remove(void)
{
	unlink(PRESSURE_FILE);
}

#define SETTLING	128

void pressure_settle_rss(void)
{
	char *memory = mmap(NULL, SETTLING * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(memory != MAP_FAILED);
	madvise(memory, SETTLING * PAGE, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < SETTLING; i++)
		(void)*(volatile const char *)&memory[i * PAGE];
	must(!munmap(memory, SETTLING * PAGE));
}

void pressure_work_begin(struct pressure_work *work, enum pressure_kind kind, size_t bytes)
{
	*work = (struct pressure_work){ .kind = kind, .bytes = bytes, .fd = -1 };
	if (kind == PRESSURE_READ) {
		work->fd = open_file(O_RDONLY);
		return;
	}
	work->memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	must(work->memory != MAP_FAILED);
	/* Fails where there are none. */
	madvise(work->memory, bytes, MADV_NOHUGEPAGE);
}

void pressure_work_step(struct pressure_work *work)
{
	/* What is read does not matter. */
	static char block[STEP];

	if (work->kind == PRESSURE_READ)
		must(pread(work->fd, block, STEP, work->at) == (ssize_t)STEP);
	else
		for (size_t i = 0; i < STEP; i += PAGE)
			((volatile char *)work->memory)[work->at + i] = 1;
	work->at = (work->at + STEP) % work->bytes;
}

/* What a worker is to do; in the child, a copy of the parent's. */
static struct {
	const char *group;
	enum pressure_kind kind;
	size_t bytes;
} task;

static void work_while_may(void *arg)
{
	_Atomic bool *may = arg;
	struct pressure_work work;

	pin(0, work_cpu);
	if (task.group)
		cgroup_add(task.group, getpid());
	pressure_work_begin(&work, task.kind, task.bytes);
	for (;;) {
		child_stay();
		while (*may)
			pressure_work_step(&work);
	}
}

void pressure_start(struct pressure *pressure, const char *group, enum pressure_kind kind,
		    size_t bytes)
{
	must(bytes % STEP == 0);
	if (kind == PRESSURE_READ)
		pressure_file_forget();
	pressure->may = shared_alloc(sizeof(*pressure->may));
	task.group = group;
	task.kind = kind;
	task.bytes = bytes;
	child_start(&pressure->child, work_while_may, (void *)pressure->may);
	child_await(&pressure->child);
	child_await_state(pressure->child.pid, "S");
}

void pressure_go(const struct pressure *pressure)
{
	*pressure->may = true;
	child_order(&pressure->child);
}

void pressure_pause(const struct pressure *pressure)
{
	*pressure->may = false;
	child_await(&pressure->child);
	child_await_state(pressure->child.pid, "S");
}

void pressure_end(struct pressure *pressure)
{
	child_kill(&pressure->child);
	munmap((void *)pressure->may, sizeof(*pressure->may));
}

void pressure_one_cpu(bool one)
{
	if (access(CPU1_ONLINE, W_OK))
		return;
	file_write(CPU1_ONLINE, one ? "0" : "1");
	work_cpu = one ? 0 : 1;
}

static size_t read_psi(const char *group, char *text, size_t size)
{
	char path[256];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/memory.pressure", group);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	/* EOPNOTSUPP if it is switched off. */
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? n : 0;
}

bool pressure_has_psi(const char *group)
{
	char text[512];

	return read_psi(group, text, sizeof(text));
}

/* The kernel brings it up to date when it is read. */
uint64_t pressure_some_ns(const char *group)
{
	char text[512], *total;

	must(read_psi(group, text, sizeof(text)));
	must(!strncmp(text, "some ", 5));
	total = strstr(text, "total=");
	must(total);
	return strtoull(total + strlen("total="), NULL, 10) * 1000;
}

#define LITTLE	(4 * MEGABYTE)
#define TRIES	100

/* Whoever sets the limit reclaims at once; what is on its way to the disk goes later. */
void pressure_push_out(const char *group)
{
	char limit[32];

	snprintf(limit, sizeof(limit), "%lu", LITTLE / 2);
	for (int i = 0; i < TRIES; i++) {
		cgroup_write(group, "memory.high", limit);
		if (cgroup_value(group, "memory.current", "") < LITTLE)
			break;
		cgroup_write(group, "memory.high", "max");
		sleep_ms(50);
	}
	cgroup_write(group, "memory.high", "max");
	must(cgroup_value(group, "memory.current", "") < 2 * LITTLE);
}

void pressure_swap_to(const char *device)
{
	char *const command[] = { "mkswap", (char *)device, NULL };

	if (file_contains("/proc/swaps", device) || !swapon(device, 0))
		return;
	if (errno == ENOSYS)
		suite_skip("this kernel does not swap");
	command_run(command);
	if (swapon(device, 0))
		test_fail("cannot swap to %s: %s", device, strerror(errno));
}

void pressure_swap_leave(const char *device)
{
	if (file_contains("/proc/swaps", device) && swapoff(device))
		fprintf(stderr, "cannot swap off %s: %s\n", device, strerror(errno));
}

void pressure_swap_on(void)
{
	if (access(SWAP_DEVICE, W_OK))
		suite_skip("there is no device to swap to");
	pressure_swap_to(SWAP_DEVICE);
}

void pressure_swap_off(void)
{
	pressure_swap_leave(SWAP_DEVICE);
}

bool pressure_meminfo(const char *name, uint64_t *ret_bytes)
{
	char text[8192];
	long long value;

	file_read("/proc/meminfo", text, sizeof(text));
	if (!proc_value(text, name, &value))
		return false;
	*ret_bytes = value * 1024;
	return true;
}

uint64_t pressure_vmstat(const char *prefix)
{
	FILE *file = fopen("/proc/vmstat", "re");
	unsigned long long value;
	uint64_t sum = 0;
	char name[128];

	must(file);
	while (fscanf(file, "%127s %llu", name, &value) == 2)
		if (!strncmp(name, prefix, strlen(prefix)))
			sum += value;
	fclose(file);
	return sum;
}

unsigned int pressure_zones(void)
{
	FILE *file = fopen("/proc/zoneinfo", "re");
	unsigned long long pages;
	unsigned int zones = 0;
	char line[256];

	must(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " present %llu", &pages) == 1 && pages)
			zones++;
	fclose(file);
	return zones;
}
