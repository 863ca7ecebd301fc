/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An observer inside namespaces of its own, as a container has.
 */
#ifndef TESTS_KERNEL_CONTAINER_H
#define TESTS_KERNEL_CONTAINER_H

#include "child.h"
#include "observe.h"

/**
 * struct container - namespaces, with an observer as their first process
 * @owner: process that made them; steps are taken with it
 * @shared: where orders and answers lie
 */
struct container {
	struct child owner;
	struct container_shared *shared;
};

/**
 * container_start() - make namespaces and their first process
 * @container: filled in
 * @owner: who makes them; if that is a user, the first process is root inside
 * @flags: CLONE_NEWUSER, CLONE_NEWPID
 */
void container_start(struct container *container, const struct identity *owner,
		     int flags);
void container_end(struct container *container);

/* The first process, as it is known outside. */
pid_t container_pid(const struct container *container);
/* The same of a further process, that the first one forks and that sleeps. */
pid_t container_fork(struct container *container);

/* What the first process is shown of a process that has this id inside. */
struct view container_observe(struct container *container, pid_t pid);
/* How many processes it is shown. */
size_t container_count(struct container *container);

/* The innermost id of a process. */
pid_t container_inner_pid(pid_t pid);

/**
 * enum injection_kind - how far a process is put into a container from outside
 * @INJECT_PID: into the pid namespace
 * @INJECT_USER: into the user namespace, too; the kernel makes it not dumpable
 * @INJECT_USER_DUMPABLE: and it makes itself dumpable again
 */
enum injection_kind {
	INJECT_PID,
	INJECT_USER,
	INJECT_USER_DUMPABLE,
};

/**
 * container_inject() - put a process into a container from outside
 * @container: the container
 * @kind: how far
 * @injector: filled in; to be killed
 *
 * Return: its process id outside.
 */
pid_t container_inject(const struct container *container, enum injection_kind kind,
		       struct child *injector);

#endif
