/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The exit log, read by ioctl, and its totals.
 */
#ifndef TESTS_KERNEL_EXITS_H
#define TESTS_KERNEL_EXITS_H

#include <linux/taskmeter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct ended - all that the log holds of a process
 * @exit: how it ended
 * @record: what it did, with its stalls
 * @histograms: all 0 unless they are asked for
 */
struct ended {
	struct taskmeter_exit exit;
	struct taskmeter_record record;
	struct taskmeter_histograms histograms;
};

/**
 * struct exits - a reader
 * @device: its open file
 * @flags: &enum taskmeter_snapshot_flags that it asks with
 * @partial: it does not see all records
 * @cursor: number that it goes on with
 * @last: number of the newest record when it read last
 * @read: records that it was given
 * @lost: records that it was told to be lost
 * @calls: ioctls
 */
struct exits {
	int device;
	uint32_t flags;
	bool partial;
	uint64_t cursor;
	uint64_t last;
	uint64_t read;
	uint64_t lost;
	uint64_t calls;
};

typedef void exits_fn(const struct ended *ended, void *arg);

/* A reader who begins behind the newest record. */
void exits_open(struct exits *exits, uint32_t flags);
void exits_close(struct exits *exits);

/**
 * exits_read() - read once
 * @exits: the reader
 * @room: for so many records, at most 64
 * @fn: called with each, or NULL
 * @arg: for @fn
 *
 * Fails unless the numbers ascend, and without a gap if the reader sees all.
 *
 * Return: how many there were.
 */
size_t exits_read(struct exits *exits, size_t room, exits_fn *fn, void *arg);
/* Read until there is no more. */
size_t exits_read_all(struct exits *exits, exits_fn *fn, void *arg);
/* Sleep until there is more; what is read then may be nothing that the reader sees. */
void exits_wait(const struct exits *exits);
/* Whether poll(2) says that there is more. */
bool exits_ready(const struct exits *exits);

/* Read until the record of a process comes. */
struct ended exits_await(struct exits *exits, pid_t pid);
/* Reap a child and do so; fails unless its status in the record is as waitpid(2) told. */
struct ended exits_reap(struct exits *exits, pid_t pid);
/*
 * All processes that were reaped until now have their record when this returns, as far
 * as can be told: for tests that there is no other.
 */
void exits_settle(void);
/* How many records of a process there are from a number on, up to the newest one. */
size_t exits_count(uint64_t from, pid_t pid);

/* One ioctl as it is: 0 or an errno. */
int exits_try(int device, struct taskmeter_exits *request);

/* Fails unless all of a record is as it has to be of a process that has ended. */
void exits_check(const struct ended *ended, const char *what);

/* Whether it has just this command line: of @length bytes, NULs and all, before the cut. */
bool exits_has_command_line(const struct taskmeter_exit *exit, const char *text, size_t length);

/* Path of a cgroup; false if the module does not know it. */
bool exits_cgroup_path(int device, uint64_t cgroup_id, char *path, size_t size);

/* The total of a cgroup or user; false (and all 0) if there is none. */
bool exits_total(int device, enum taskmeter_total_kind kind, uint64_t id,
		 struct taskmeter_total *ret_total);
/* That of others. */
bool exits_total_other(int device, enum taskmeter_total_kind kind,
		       struct taskmeter_total *ret_total);

/* Members of a total that are sums of those of records, by their name. */
struct exits_sum {
	const char *name;
	size_t total_offset;
	size_t record_offset;
};

extern const struct exits_sum exits_sums[];
extern const size_t exits_sums_count;

/* Add a record to a total, as the module has to. */
void exits_total_add(struct taskmeter_total *total, const struct ended *ended);
/* Fails unless each sum grew from one total to another by just what a third one holds. */
void exits_total_check(const struct taskmeter_total *before,
		       const struct taskmeter_total *after,
		       const struct taskmeter_total *growth, const char *what);

#endif
