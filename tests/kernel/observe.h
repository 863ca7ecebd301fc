/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which processes an observer is shown, through every door of the module.
 */
#ifndef TESTS_KERNEL_OBSERVE_H
#define TESTS_KERNEL_OBSERVE_H

#include <stdbool.h>
#include <sys/types.h>

#include "cred.h"
#include "genl.h"
#include "support.h"

/* The ways to be shown a process: one bit each. */
enum door {
	DOOR_SNAPSHOT		= 1 << 0,
	DOOR_SNAPSHOT_THREADS	= 1 << 1,
	DOOR_SNAPSHOT_PID	= 1 << 2,
	DOOR_SNAPSHOT_UID	= 1 << 3,
	DOOR_GET		= 1 << 4,
	DOOR_GET_THREAD		= 1 << 5,
	DOOR_DUMP		= 1 << 6,
	DOOR_DUMP_THREADS	= 1 << 7,
	DOOR_DUMP_TGID		= 1 << 8,

	DOORS_DEVICE = DOOR_SNAPSHOT | DOOR_SNAPSHOT_THREADS | DOOR_SNAPSHOT_PID |
		       DOOR_SNAPSHOT_UID,
	DOORS_NETLINK = DOOR_GET | DOOR_GET_THREAD | DOOR_DUMP | DOOR_DUMP_THREADS |
			DOOR_DUMP_TGID,
	DOORS_ALL = DOORS_DEVICE | DOORS_NETLINK,
};

/**
 * struct view - a process as this observer is shown it
 * @doors: those that show it
 * @record: of the last door that showed it
 */
struct view {
	unsigned int doors;
	struct taskmeter_record record;
};

/* Look for a process through the device, through netlink, through both. */
struct view observe_by_device(int device, pid_t pid);
struct view observe_by_netlink(struct genl *genl, pid_t pid);
struct view observe(pid_t pid);

/* The same as somebody else. */
struct view observe_as(const struct identity *identity, pid_t pid);

/* How many processes somebody is shown at all, the same by both doors. */
size_t observe_count_as(const struct identity *identity);

/* Fails unless all doors show it, or none. */
void expect_visible(const struct identity *identity, pid_t pid, const char *what);
void expect_hidden(const struct identity *identity, pid_t pid, const char *what);
/* The same for a view; @doors are those that were tried. */
void expect_doors(struct view view, unsigned int doors, const char *what);

#endif
