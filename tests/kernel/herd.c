// SPDX-License-Identifier: GPL-2.0-or-later
/* See herd.h. */
#include "herd.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

#define SHARE		(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD)
#define STACK_SIZE	8192UL
/* Of a process that comes and goes; its parent uses the rest. */
#define SHORT_STACK	4096UL

struct herd_shared {
	struct herd_options options;
	char *stacks;
	_Atomic uint64_t churned;
	pid_t pids[];
};

/*
 * What the children run. All share one stack of variables of the C library, errno
 * among them, so nothing here looks at those.
 */
static int come_and_go(void *arg)
{
	(void)arg;
	syscall(SYS_exit, 0);
	return 0;
}

static void churn(struct herd_shared *shared, char *short_stack)
{
	struct sched_param param = { 0 };

	syscall(SYS_sched_setscheduler, 0, SCHED_IDLE, &param);
	for (;;) {
		pid_t pid = clone(come_and_go, short_stack, SHARE, NULL);

		if (pid <= 0)
			continue;
		syscall(SYS_wait4, pid, NULL, 0, NULL);
		atomic_fetch_add(&shared->churned, 1);
	}
}

static struct herd_shared *own;

static int live(void *arg)
{
	if (own->options.churn)
		churn(own, arg);
	for (;;)
		syscall(SYS_pause);
	return 0;
}

static void spawn(struct herd_shared *shared, size_t index)
{
	char *stack = shared->stacks + index * STACK_SIZE;

	shared->pids[index] = clone(live, stack + STACK_SIZE, SHARE, stack + SHORT_STACK);
	if (shared->pids[index] < 0)
		test_fail("process %zu: %s", index, strerror(errno));
}

static void prepare(struct herd_shared *shared)
{
	const struct herd_options *options = &shared->options;
	char path[256];

	shared->stacks = mmap(NULL, options->count * STACK_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(shared->stacks != MAP_FAILED);
	if (options->cgroup) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", options->cgroup);
		file_write(path, "0");
	}
	must(!setresgid(options->uid, options->uid, options->uid));
	must(!setresuid(options->uid, options->uid, options->uid));
}

static void be_parent(void *arg)
{
	struct herd_shared *shared = arg;
	size_t count = shared->options.count;

	own = shared;
	prepare(shared);
	for (size_t i = 0; i < count; i++)
		spawn(shared, i);
	child_stay();
	for (size_t i = 0; i < count; i++)
		kill(shared->pids[i], SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

void herd_start(struct herd *herd, const struct herd_options *options)
{
	herd->shared = shared_alloc(sizeof(*herd->shared) +
				    options->count * sizeof(pid_t));
	herd->shared->options = *options;
	herd->pids = herd->shared->pids;
	herd->count = options->count;
	child_start(&herd->parent, be_parent, herd->shared);
	child_await(&herd->parent);
}

void herd_end(struct herd *herd)
{
	child_order(&herd->parent);
	child_join(&herd->parent);
	munmap(herd->shared, sizeof(*herd->shared) + herd->count * sizeof(pid_t));
}

uint64_t herd_churned(const struct herd *herd)
{
	return atomic_load(&herd->shared->churned);
}

static struct {
	const char *path;
	const char *value;
	char saved[32];
} limits[] = {
	{ "/proc/sys/kernel/pid_max", "4194304", "" },
	{ "/proc/sys/kernel/threads-max", "100000", "" },
};

void herd_limits_raise(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		file_read(limits[i].path, limits[i].saved, sizeof(limits[i].saved));
		file_write(limits[i].path, limits[i].value);
	}
}

void herd_limits_restore(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		file_write(limits[i].path, limits[i].saved);
}
