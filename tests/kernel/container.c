// SPDX-License-Identifier: GPL-2.0-or-later
/* See container.h. */
#include "container.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

enum order {
	ORDER_OBSERVE,
	ORDER_COUNT,
	ORDER_FORK,
};

struct container_shared {
	const struct identity *owner;
	int flags;
	pid_t first;
	enum order order;
	pid_t pid;
	struct view view;
	size_t count;
};

static void sleep_in_container(void *arg)
{
	(void)arg;
	child_stay();
}

static size_t count_visible(void)
{
	int device = device_open();
	struct records records, dump;
	struct genl genl;

	genl_open(&genl);
	device_snapshot(device, NULL, 64, &records);
	must(!genl_dump(&genl, NULL, &dump));
	must(records.count == dump.count);
	close(device);
	genl_close(&genl);
	return records.count;
}

static void obey(struct container_shared *shared)
{
	struct child child;

	switch (shared->order) {
	case ORDER_OBSERVE:
		shared->view = observe(shared->pid);
		break;
	case ORDER_COUNT:
		shared->count = count_visible();
		break;
	case ORDER_FORK:
		child_start(&child, sleep_in_container, NULL);
		child_await(&child);
		shared->pid = child.pid;
		break;
	}
}

static void first_process(void *arg)
{
	/* The ids have to be mapped first. */
	child_listen();
	for (;;) {
		child_stay();
		obey(arg);
	}
}

/* Passes orders and answers between the test and the first process. */
static void own_container(void *arg)
{
	struct container_shared *shared = arg;
	struct child first;

	cred_become(shared->owner);
	child_clone(&first, shared->flags, first_process, shared);
	if (shared->flags & CLONE_NEWUSER)
		cred_map_ids(first.pid, 0, shared->owner->uid);
	shared->first = first.pid;
	for (;;) {
		child_order(&first);
		child_await(&first);
		child_stay();
	}
}

void container_start(struct container *container, const struct identity *owner,
		     int flags)
{
	container->shared = shared_alloc(sizeof(*container->shared));
	container->shared->owner = owner;
	container->shared->flags = flags;
	child_start(&container->owner, own_container, container->shared);
	child_await(&container->owner);
}

void container_end(struct container *container)
{
	child_kill(&container->owner);
	munmap(container->shared, sizeof(*container->shared));
}

pid_t container_pid(const struct container *container)
{
	return container->shared->first;
}

static void give_order(struct container *container, enum order order)
{
	container->shared->order = order;
	child_order(&container->owner);
	child_await(&container->owner);
}

/* The newest process of a parent, as known outside. */
static pid_t newest_child(pid_t parent)
{
	char path[64], text[4096], *end;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	file_read(path, text, sizeof(text));
	end = text + strlen(text);
	while (end > text && end[-1] == ' ')
		*--end = '\0';
	end = strrchr(text, ' ');
	return atoi(end ? end + 1 : text);
}

pid_t container_fork(struct container *container)
{
	give_order(container, ORDER_FORK);
	return newest_child(container->shared->first);
}

struct view container_observe(struct container *container, pid_t pid)
{
	container->shared->pid = pid;
	give_order(container, ORDER_OBSERVE);
	return container->shared->view;
}

size_t container_count(struct container *container)
{
	give_order(container, ORDER_COUNT);
	return container->shared->count;
}

pid_t container_inner_pid(pid_t pid)
{
	char path[64], text[8192], *ids, *end;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file_read(path, text, sizeof(text));
	ids = strstr(text, "\nNSpid:");
	must(ids);
	end = strchr(ids + 1, '\n');
	*end = '\0';
	return atoi(strrchr(ids, '\t') + 1);
}

static void enter_namespace(pid_t pid, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, 0))
		test_fail("cannot enter %s: %s", path, strerror(errno));
	close(fd);
}

struct injection {
	pid_t first;
	enum injection_kind kind;
	pid_t injected;
};

static void inject(void *arg)
{
	struct injection *injection = arg;
	struct child child;

	/* In this order: rights over the pid namespace are lost by the other. */
	enter_namespace(injection->first, "pid");
	if (injection->kind != INJECT_PID)
		enter_namespace(injection->first, "user");
	if (injection->kind == INJECT_USER_DUMPABLE)
		must(!prctl(PR_SET_DUMPABLE, 1));
	child_start(&child, sleep_in_container, NULL);
	child_await(&child);
	injection->injected = child.pid;
	child_stay();
}

pid_t container_inject(const struct container *container, enum injection_kind kind,
		       struct child *injector)
{
	struct injection *injection = shared_alloc(sizeof(*injection));

	injection->first = container->shared->first;
	injection->kind = kind;
	child_start(injector, inject, injection);
	child_await(injector);
	return injection->injected;
}
