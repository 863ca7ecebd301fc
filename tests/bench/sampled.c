// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-sampled: what it costs a process that another one looks at it.
 *
 * A process with a large mapping maps, touches and unmaps memory, turn by turn. Another
 * one looks at it, in one way or another or not at all: between the turns, or whenever a
 * little time has gone, wherever the first one is then. README.md beside this file tells
 * of the method.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/taskmeter.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

#define COUNT(array)	(sizeof(array) / sizeof(*(array)))

#define PAGE		4096UL
/* The large mapping, and how far apart the pages are that are there. */
#define LARGE_SIZE	(8UL << 30)
#define LARGE_STEP	(64UL << 20)
/* What is mapped, touched and unmapped in a turn: in few of them there is a timer tick. */
#define TURN_SIZE	(256UL << 10)
#define TURN_PAGES	(TURN_SIZE / PAGE)
#define TURNS		200
/* Between two looks, if not between turns: in each turn once or twice. */
#define PAUSE_NS	200000

/* How to look, and when. */
enum way { NOT_AT_ALL, SNAPSHOT, SNAPSHOT_ALL, SMAPS_ROLLUP };
#define BETWEEN		0x100

/**
 * struct shared - between the processes
 * @way: &enum way, with or without BETWEEN
 * @looks: how often that was done
 * @turns_cost: instructions of all turns, each taken to have had those of the median
 *	of its order
 */
static struct shared {
	volatile unsigned int way;
	volatile uint64_t looks;
	volatile uint64_t turns_cost;
} *shared;

static pid_t looped;
static clockid_t looped_clock;
/* Pipes: to the loop and back, to the one who looks and back. */
static int order[2], answer[2], ask[2], told[2];

static char *map_pages(size_t size)
{
	char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (pages == MAP_FAILED || madvise(pages, size, MADV_NOHUGEPAGE))
		err(1, "mmap");
	return pages;
}

static void touch(char *pages, size_t size, size_t step)
{
	size_t i;

	for (i = 0; i < size; i += step)
		pages[i] = 1;
}

static void pass(int fd)
{
	if (write(fd, "", 1) != 1)
		err(1, "write to a pipe");
}

static void await(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		err(1, "read from a pipe");
}

static uint64_t turn(void)
{
	uint64_t start = measure_now();
	char *pages = map_pages(TURN_SIZE);

	touch(pages, TURN_SIZE, PAGE);
	munmap(pages, TURN_SIZE);
	return measure_now() - start;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void have_it_look(void)
{
	pass(ask[1]);
	await(told[0]);
}

static void __attribute__((noreturn)) loop(void)
{
	static uint64_t costs[TURNS];
	int i;

	touch(map_pages(LARGE_SIZE), LARGE_SIZE, LARGE_STEP);
	for (;;) {
		pass(answer[1]);
		await(order[0]);
		for (i = 0; i < TURNS; i++) {
			if (shared->way & BETWEEN)
				have_it_look();
			costs[i] = turn();
		}
		qsort(costs, TURNS, sizeof(*costs), compare);
		shared->turns_cost += TURNS * costs[TURNS / 2];
	}
}

static void snapshot(int device, uint32_t flags)
{
	static struct taskmeter_histograms histograms;
	static struct taskmeter_record record;
	struct taskmeter_snapshot snapshot = {
		.size = sizeof(snapshot),
		.flags = flags | TASKMETER_SNAPSHOT_PID,
		.pid = looped,
		.buffer = (uintptr_t)&record,
		.buffer_size = sizeof(record),
		.stride = sizeof(record),
	};

	if (flags & TASKMETER_SNAPSHOT_HISTOGRAMS) {
		snapshot.histograms = (uintptr_t)&histograms;
		snapshot.histograms_stride = sizeof(histograms);
	}
	if (ioctl(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot) || snapshot.count != 1 ||
	    record.vm_bytes < LARGE_SIZE)
		err(1, "TASKMETER_IOCTL_SNAPSHOT");
}

static void read_smaps_rollup(int fd)
{
	char buffer[4096];

	if (pread(fd, buffer, sizeof(buffer), 0) <= 0)
		err(1, "smaps_rollup");
}

static void look(int device, int smaps_rollup)
{
	switch (shared->way & ~BETWEEN) {
	case SNAPSHOT:
		snapshot(device, 0);
		break;
	case SNAPSHOT_ALL:
		snapshot(device, TASKMETER_SNAPSHOT_EXACT_RSS | TASKMETER_SNAPSHOT_STALLS |
				 TASKMETER_SNAPSHOT_HISTOGRAMS);
		break;
	case SMAPS_ROLLUP:
		read_smaps_rollup(smaps_rollup);
		break;
	}
	shared->looks++;
}

/* Return: whether that was asked for. */
static int await_look(void)
{
	const struct timespec pause = { 0, PAUSE_NS };
	struct pollfd asked = { .fd = ask[0], .events = POLLIN };

	if (!ppoll(&asked, 1, shared->way & BETWEEN ? NULL : &pause, NULL))
		return 0;
	await(ask[0]);
	return 1;
}

/* When its time has come, the loop has to wait. */
static void __attribute__((noreturn)) look_on(void)
{
	const struct sched_param param = { .sched_priority = 1 };
	int device, smaps_rollup, asked;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", looped);
	device = open(TASKMETER_DEVICE, O_RDONLY | O_CLOEXEC);
	smaps_rollup = open(path, O_RDONLY | O_CLOEXEC);
	if (device < 0 || smaps_rollup < 0)
		err(1, "%s or %s", TASKMETER_DEVICE, path);
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		err(1, "sched_setscheduler");
	for (;;) {
		asked = await_look();
		look(device, smaps_rollup);
		if (asked)
			pass(told[1]);
	}
}

/* Return: 0 in the child, which ends with the caller. */
static pid_t fork_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static void start(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || pipe(order) || pipe(answer) || pipe(ask) || pipe(told))
		err(1, "mmap or pipe");
	looped = fork_child();
	if (!looped)
		loop();
	await(answer[0]);
	if (clock_getcpuclockid(looped, &looped_clock))
		errx(1, "the loop has no clock");
	if (!fork_child())
		look_on();
}

static void set_way(unsigned int way)
{
	shared->way = way;
	/* It may wait for the other kind of time. */
	have_it_look();
}

static uint64_t run_turns(void)
{
	uint64_t before = shared->looks;

	pass(order[1]);
	await(answer[0]);
	if (shared->looks - before < TURNS)
		errx(1, "%llu looks at %d turns", (unsigned long long)(shared->looks - before),
		     TURNS);
	return TURNS * TURN_PAGES;
}

static uint64_t turns_cost(void)
{
	return shared->turns_cost;
}

/* CPU time of the loop: 1 ns is one instruction. */
static uint64_t loop_time(void)
{
	struct timespec time;

	if (clock_gettime(looped_clock, &time))
		err(1, "the loop is gone");
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

enum {
	BETWEEN_NOTHING, BETWEEN_SNAPSHOT, BETWEEN_SNAPSHOT_ALL, BETWEEN_SMAPS,
	DURING_NOTHING, DURING_SNAPSHOT, DURING_SNAPSHOT_ALL, DURING_SMAPS, MEASURES
};

#define WORK(counted, how)	\
	{ .run = run_turns, .clock = (counted), .prepare = set_way, .setting = (how) }

static struct measure measures[] = {
	[BETWEEN_NOTHING]	= WORK(turns_cost, BETWEEN | NOT_AT_ALL),
	[BETWEEN_SNAPSHOT]	= WORK(turns_cost, BETWEEN | SNAPSHOT),
	[BETWEEN_SNAPSHOT_ALL]	= WORK(turns_cost, BETWEEN | SNAPSHOT_ALL),
	[BETWEEN_SMAPS]		= WORK(turns_cost, BETWEEN | SMAPS_ROLLUP),
	[DURING_NOTHING]	= WORK(loop_time, NOT_AT_ALL),
	[DURING_SNAPSHOT]	= WORK(loop_time, SNAPSHOT),
	[DURING_SNAPSHOT_ALL]	= WORK(loop_time, SNAPSHOT_ALL),
	[DURING_SMAPS]		= WORK(loop_time, SMAPS_ROLLUP),
};

/* So much the same turn differs from one time to the next. */
static const struct addition additions[] = {
	{ "between-snapshot", BETWEEN_SNAPSHOT, BETWEEN_NOTHING, 0, 0.5 },
	{ "between-snapshot-all", BETWEEN_SNAPSHOT_ALL, BETWEEN_NOTHING, 0, 0.5 },
	{ "between-smaps-rollup", BETWEEN_SMAPS, BETWEEN_NOTHING, 0, 0 },
	{ "during-snapshot", DURING_SNAPSHOT, DURING_NOTHING, 0, 0.5 },
	{ "during-snapshot-all", DURING_SNAPSHOT_ALL, DURING_NOTHING, 0, 0.5 },
	{ "during-smaps-rollup", DURING_SMAPS, DURING_NOTHING, 0, 0 },
};

int main(void)
{
	const struct subject subject = { "sampled", 0, "instructions/page" };

	measure_check_clock();
	start();
	measure_all(measures, MEASURES);
	measure_print_additions(&subject, measures, additions, COUNT(additions));
	return 0;
}
