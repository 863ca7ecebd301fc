/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes by pid and start time, each with what groups have got of it so far. Records
 * of processes that are gone are used for the next ones, so that a number of processes
 * that stays about the same needs no memory.
 */
#ifndef TASKMETERD_CORE_IDENTITY_H
#define TASKMETERD_CORE_IDENTITY_H

#include <sys/queue.h>
#include "core/counters.h"
#include "core/cpu-waits.h"

struct group;
struct leaf;

/**
 * struct identity - one process
 * @entry: in the list of all, or of those to be used again
 * @next: in its bucket
 * @pid: with @start_time_ns, its identity
 * @start_time_ns: likewise
 * @uid: of @user
 * @comm: of @program
 * @base: what groups have got
 * @waits: likewise, as in &struct process_waits
 * @leaf: its cgroup
 * @user: its user
 * @program: its program
 * @seen: number of the last sample that it was in
 * @left_ns: when it was first missed since then, monotonic; 0 if it was not
 * @ended: its exit record has been added
 */
struct identity {
	TAILQ_ENTRY(identity) entry;
	struct identity *next;
	uint32_t pid;
	uint32_t uid;
	uint64_t start_time_ns;
	char comm[TASKMETER_COMM_LEN];
	struct counter_base base;
	uint64_t waits[CPU_WAITS];
	struct leaf *leaf;
	struct group *user;
	struct group *program;
	uint64_t seen;
	uint64_t left_ns;
	bool ended;
};

TAILQ_HEAD(identity_list, identity);

/**
 * struct identities - all of them
 * @living: all that are in use
 * @spare: those to be used again
 * @buckets: by pid
 */
struct identities {
	struct identity_list living;
	struct identity_list spare;
	struct identity **buckets;
};

int identities_init(struct identities *identities);
void identities_clear(struct identities *identities);

/**
 * identity_find() - a process
 * @identities: all of them
 * @record: names it
 *
 * Return: the process or NULL.
 */
struct identity *identity_find(const struct identities *identities,
			       const struct taskmeter_record *record);

/**
 * identity_new() - a process of which groups have got nothing yet
 * @identities: all of them
 * @record: names it
 *
 * Return: the process, or NULL without memory.
 */
struct identity *identity_new(struct identities *identities,
			      const struct taskmeter_record *record);

/**
 * identity_drop() - forget a process
 * @identities: all of them
 * @identity: the process
 */
void identity_drop(struct identities *identities, struct identity *identity);

#endif
