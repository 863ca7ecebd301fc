// SPDX-License-Identifier: GPL-2.0-or-later
/* See load.h. */
#include "load.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "proc.h"
#include "support.h"

#define PAIRS		3
#define GROUP		4

struct load_shared {
	unsigned int kinds;
	int cpu;
	_Atomic bool stop;
	_Atomic unsigned int ended;
};

static struct load_shared *own;

void pin(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(tid, sizeof(set), &set))
		test_fail("cannot pin %d to CPU %d: %s", tid, cpu, strerror(errno));
}

/* The test that starts a load may be pinned itself. */
static void unpin(void)
{
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	must(!sched_setaffinity(0, sizeof(set), &set));
}

void be_fifo(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	must(!sched_setscheduler(0, priority ? SCHED_FIFO : SCHED_OTHER, &param));
}

void spin_us(unsigned int us)
{
	uint64_t end = clock_ns(CLOCK_THREAD_CPUTIME_ID) + us * 1000ULL;
	volatile unsigned int spin;

	while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < end)
		for (spin = 0; spin < 1000; spin++)
			;
}

void nap_us(unsigned int us)
{
	struct timespec rest = { us / 1000000, us % 1000000 * 1000L };

	nanosleep(&rest, NULL);
}

void run_for_ever(void *arg)
{
	volatile unsigned int spin = 0;

	(void)arg;
	child_tell();
	for (;;)
		spin++;
}

static void *end(void)
{
	atomic_fetch_add(&own->ended, 1);
	for (;;)
		pause();
	return NULL;
}

static void *sleeper(void *arg)
{
	unsigned int us = 200 * (1 + (uintptr_t)arg);

	while (!own->stop) {
		nap_us(us);
		spin_us(100);
	}
	return end();
}

/* Two pipes of each pair: of the first one's writing, and of the second one's. */
static int pipes[PAIRS][2][2];

static void pass(int fd)
{
	must(write(fd, "", 1) == 1);
}

static void take(int fd)
{
	char byte;

	must(read(fd, &byte, 1) == 1);
}

/* Whoever ends leaves the other a byte, so that it can end, too. */
static void *first_of_pair(void *arg)
{
	int (*pair)[2] = pipes[(uintptr_t)arg];

	while (!own->stop) {
		pass(pair[0][1]);
		take(pair[1][0]);
	}
	pass(pair[0][1]);
	return end();
}

static void *second_of_pair(void *arg)
{
	int (*pair)[2] = pipes[(uintptr_t)arg];

	while (!own->stop) {
		take(pair[0][0]);
		pass(pair[1][1]);
	}
	pass(pair[1][1]);
	return end();
}

static int group_sockets[2];

static void *sender(void *arg)
{
	char message[100] = { 0 };

	(void)arg;
	while (!own->stop)
		send(group_sockets[0], message, sizeof(message), MSG_NOSIGNAL);
	return end();
}

static void *receiver(void *arg)
{
	char message[100];

	(void)arg;
	while (!own->stop)
		recv(group_sockets[1], message, sizeof(message), 0);
	return end();
}

static void *hog(void *arg)
{
	(void)arg;
	while (!own->stop)
		;
	return end();
}

static _Atomic pid_t moved_tid;

static void *moved(void *arg)
{
	(void)arg;
	must(!prctl(PR_SET_NAME, LOAD_MOVED_NAME));
	moved_tid = syscall(SYS_gettid);
	while (!own->stop)
		;
	return end();
}

static void *mover(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; !own->stop; i++) {
		nap_us(20000);
		if (moved_tid)
			pin(moved_tid, i % 2);
	}
	return end();
}

static void *fifo(void *arg)
{
	be_fifo(10 + (uintptr_t)arg);
	while (!own->stop) {
		nap_us(1000);
		spin_us(300);
	}
	be_fifo(0);
	return end();
}

/* As in linux/sched/types.h, which the C library's headers cannot stand beside. */
struct deadline_attr {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
};

#define POLICY_DEADLINE	6

static void *deadline(void *arg)
{
	struct deadline_attr attr = {
		.size = sizeof(attr),
		.policy = POLICY_DEADLINE,
		.runtime = 2000000,
		.deadline = 10000000,
		.period = 10000000,
	};

	(void)arg;
	if (syscall(SYS_sched_setattr, 0, &attr, 0))
		test_fail("SCHED_DEADLINE: %s", strerror(errno));
	while (!own->stop)
		;
	return end();
}

static const struct {
	enum load_kind kind;
	void *(*fn)(void *arg);
	unsigned int count;
} parts[] = {
	{ LOAD_SLEEPERS, sleeper, 4 },
	{ LOAD_PING_PONG, first_of_pair, PAIRS },
	{ LOAD_PING_PONG, second_of_pair, PAIRS },
	{ LOAD_GROUP, sender, GROUP },
	{ LOAD_GROUP, receiver, GROUP },
	{ LOAD_HOGS, hog, 2 },
	{ LOAD_MOVED, moved, 1 },
	{ LOAD_MOVED, mover, 1 },
	{ LOAD_FIFO, fifo, 2 },
	{ LOAD_DEADLINE, deadline, 1 },
};

static unsigned int start_threads(unsigned int kinds)
{
	pthread_attr_t attributes;
	unsigned int started = 0;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 65536);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!(kinds & parts[i].kind))
			continue;
		for (uintptr_t j = 0; j < parts[i].count; j++)
			must(!pthread_create(&thread, &attributes, parts[i].fn, (void *)j));
		started += parts[i].count;
	}
	return started;
}

static void be_load(void *arg)
{
	unsigned int started;

	own = arg;
	if (own->cpu != LOAD_ANY_CPU)
		pin(0, own->cpu);
	else
		unpin();
	for (size_t i = 0; i < PAIRS; i++)
		must(!pipe(pipes[i][0]) && !pipe(pipes[i][1]));
	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, group_sockets));
	started = start_threads(own->kinds);
	child_stay();
	/* Wakes those that wait for each other. */
	must(!shutdown(group_sockets[0], SHUT_RDWR));
	while (own->ended < started)
		nap_us(1000);
	child_stay();
}

void load_start(struct load *load, unsigned int kinds, int cpu)
{
	load->shared = shared_alloc(sizeof(*load->shared));
	load->shared->kinds = kinds;
	load->shared->cpu = cpu;
	child_start(&load->child, be_load, load->shared);
	child_await(&load->child);
}

void load_rest(struct load *load)
{
	pid_t tids[LOAD_MAX_THREADS];
	size_t count;

	load->shared->stop = true;
	child_order(&load->child);
	child_await(&load->child);
	count = proc_threads(load->child.pid, tids, ARRAY_SIZE(tids));
	for (size_t i = 0; i < count; i++)
		child_await_state(tids[i], "S");
}

void load_end(struct load *load)
{
	child_kill(&load->child);
	munmap(load->shared, sizeof(*load->shared));
}
