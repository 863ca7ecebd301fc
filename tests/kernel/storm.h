/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Storms of processes, each of which is known to the test: their exit records have to
 * be all there, once.
 */
#ifndef TESTS_KERNEL_STORM_H
#define TESTS_KERNEL_STORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "child.h"
#include "exits.h"

#define STORM_MAX_PARENTS	4

/**
 * struct storm_options - how one blows
 * @parents: processes that fork, at most STORM_MAX_PARENTS
 * @count: processes that each of them forks and reaps, one after the other
 * @uid: user id of all of them
 * @cgroup: name of the cgroup that they are in, as for cgroup_make(), or NULL
 * @program: what a child executes, without arguments; NULL: nothing, it shares its
 *	parent's memory and ends with its number (modulo 256) as its exit code
 */
struct storm_options {
	size_t parents;
	size_t count;
	uid_t uid;
	const char *cgroup;
	const char *program;
};

struct storm_shared;

/**
 * struct storm - its parents
 * @parents: each of them
 * @options: as given
 * @shared: with the parents
 */
struct storm {
	struct child parents[STORM_MAX_PARENTS];
	struct storm_options options;
	struct storm_shared *shared;
};

/* Its parents are there and rest when this returns. */
void storm_start(struct storm *storm, const struct storm_options *options);
void storm_go(const struct storm *storm);
/* Whether all have come and gone; the parents rest then. */
bool storm_over(const struct storm *storm);
/* Wait for that. */
void storm_await(const struct storm *storm);
/* All of it, in the order of birth of each parent, has come and gone: so many. */
size_t storm_count(const struct storm *storm);
void storm_end(struct storm *storm);

/**
 * struct roll - who of a storm still lacks a record
 * @storm: the storm
 * @imported: of each parent, children that are on the roll
 * @next: of each child, the next one with the same pid; by parent and number
 * @first: by pid, the first child that is not struck off yet, -1 if none
 * @last: the last one
 * @struck: those that had their record
 */
struct roll {
	const struct storm *storm;
	size_t imported[STORM_MAX_PARENTS];
	int32_t *next;
	int32_t *first;
	int32_t *last;
	size_t struck;
};

void roll_open(struct roll *roll, const struct storm *storm);
void roll_close(struct roll *roll);

/**
 * roll_strike() - note that the record of a process of the storm has come
 * @roll: the roll
 * @ended: any record
 *
 * Fails unless it is the only one of this process, and has its exit code, parent, user
 * and command line.
 *
 * Return: whether it is of the storm (which its parents are not).
 */
bool roll_strike(struct roll *roll, const struct ended *ended);

#endif
