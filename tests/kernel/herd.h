/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes by the thousand. To be cheap they share their parent's memory, files
 * and signal handlers; else each is a process of its own.
 */
#ifndef TESTS_KERNEL_HERD_H
#define TESTS_KERNEL_HERD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "child.h"

struct herd_shared;

/**
 * struct herd - a parent and its many children
 * @parent: forks them, and ends them again
 * @pids: of the children
 * @count: how many
 * @shared: with the children
 */
struct herd {
	struct child parent;
	pid_t *pids;
	size_t count;
	struct herd_shared *shared;
};

/**
 * struct herd_options - what they are
 * @count: how many
 * @uid: user id of all of them, and of their parent
 * @cgroup: directory of the cgroup that they and their parent are in, or NULL
 * @churn: each of them forks a child that exits, over and over, at the lowest
 *	priority; else they sleep
 */
struct herd_options {
	size_t count;
	uid_t uid;
	const char *cgroup;
	bool churn;
};

void herd_start(struct herd *herd, const struct herd_options *options);
void herd_end(struct herd *herd);
/* Processes that have come and gone so far. */
uint64_t herd_churned(const struct herd *herd);

/* Let the kernel have so many processes, until herd_limits_restore(). */
void herd_limits_raise(void);
void herd_limits_restore(void);

#endif
