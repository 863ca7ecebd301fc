/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who descends from a process, told by who forked whom: that does not change when a parent
 * ends and its children are given to another. As numbers of processes are used again, a
 * process is told by its number and the time of its start, and a parent is the one that
 * had that number when its child was started.
 */
#ifndef TASKMETER_CLI_FAMILY_H
#define TASKMETER_CLI_FAMILY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/**
 * struct birth - a process, and who forked it
 * @pid: its number
 * @parent: number of who forked it
 * @start_ns: when it was started, boottime
 */
struct birth {
	uint32_t pid;
	uint32_t parent;
	uint64_t start_ns;
};

/**
 * struct member - a descendant
 * @pid: its number
 * @start_ns: when it was started
 * @end_ns: when it ended; 0 as long as that was not told
 * @older: an earlier one with the same number, or NULL
 * @entry: among those that live, or have ended
 */
struct member {
	uint32_t pid;
	uint64_t start_ns;
	uint64_t end_ns;
	struct member *older;
	TAILQ_ENTRY(member) entry;
};

TAILQ_HEAD(members, member);

/**
 * struct family - the descendants of a process that outlives them all here
 * @root: its number
 * @since_ns: its children that were started before are none of the family; 0 at first
 * @pids: the newest member of each number; of tsearch()
 * @living: those whose end was not told
 * @ended: the others, but for those that were forgotten
 * @born: how many there have been
 */
struct family {
	uint32_t root;
	uint64_t since_ns;
	void *pids;
	struct members living;
	struct members ended;
	uint64_t born;
};

/**
 * family_init() - nobody yet
 * @family: the family
 * @root: who its members descend from
 */
void family_init(struct family *family, uint32_t root);

/**
 * family_born() - take up a process if who forked it is the root or a member
 * @family: the family
 * @birth: the process; it may be known already
 *
 * Return: 1 if it is a member, 0 if it is not, -ENOMEM.
 */
int family_born(struct family *family, const struct birth *birth);

/**
 * family_ended() - take up that a process has ended
 * @family: the family
 * @birth: the process; its birth need not have been told
 * @end_ns: when, boottime
 *
 * Return: 1 if it is a member, 0 if it is not, or if its parent is still to be told of;
 * -ENOMEM.
 */
int family_ended(struct family *family, const struct birth *birth, uint64_t end_ns);

/**
 * family_forget() - drop those that can have no children that are still to be told of
 * @family: the family
 * @before_ns: all who were forked until then have been told
 */
void family_forget(struct family *family, uint64_t before_ns);

/**
 * family_release() - drop everything
 * @family: the family
 */
void family_release(struct family *family);

#endif
