/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that a test makes: they go in step with it by a pair of pipes, and
 * end when it ends.
 */
#ifndef TESTS_KERNEL_CHILD_H
#define TESTS_KERNEL_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * struct child - a forked process, as its parent knows it
 * @pid: its process id
 * @steps: where it tells that it is a step further
 * @orders: where it listens for its next order
 */
struct child {
	pid_t pid;
	int steps;
	int orders;
};

typedef void child_fn(void *arg);

/**
 * child_start() - fork a process that calls a function and then exits with 0
 * @child: filled in
 * @fn: what it does
 * @arg: for @fn
 */
void child_start(struct child *child, child_fn *fn, void *arg);
/* The same with flags for clone(2), for instance CLONE_NEWPID. */
void child_clone(struct child *child, int flags, child_fn *fn, void *arg);

/* In the child: tell the parent; wait for its word, or exit if it is gone. */
void child_tell(void);
void child_listen(void);
/* In the child: tell, then sleep until the parent gives its word. */
void child_stay(void);
/* In the child: become a copy of target.c, which goes on in step. */
void child_execute(const char *path, const char *mode);
/* In the child: become a program that tells on its stdout and listens on its stdin. */
void child_become(char *const argv[]);

/* Wait until the child told; fails the test if it died before. */
void child_await(const struct child *child);
void child_order(const struct child *child);
/* Wait for its end, which has to be exit status 0. */
void child_join(struct child *child);
/* Kill and reap. */
void child_kill(struct child *child);
void children_kill(struct child *children, size_t count);
/* Wait until /proc/PID/stat shows one of these states. */
void child_await_state(pid_t pid, const char *states);

#endif
