/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process's cgroup in the unified hierarchy, and how long that was throttled
 * by its CPU limit (cpu.max): throttled threads are queued like any other, so that
 * only their group tells them apart.
 *
 * Names of cgroups may be any bytes but '/', newline and NUL. Each file is read up
 * to a fixed size.
 */
#ifndef TASKMETER_COMMON_CGROUP_H
#define TASKMETER_COMMON_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGROUP_PATH_SIZE	4096

/* Directories that are looked through for an id, and how deep, at most. */
#define CGROUP_WALK_MAX		4096
#define CGROUP_WALK_DEPTH	64

/**
 * struct cgroup_throttling - what the CPU limit of a group did
 * @length: bytes of the cgroup's path that name the group that has the limit,
 *	which is the cgroup itself or one above it; 0 if none counts throttling
 * @periods: enforcement periods in which the group ran
 * @throttled_periods: of these, in which it was throttled
 * @throttled_ns: how long, summed over CPUs
 */
struct cgroup_throttling {
	size_t length;
	uint64_t periods;
	uint64_t throttled_periods;
	uint64_t throttled_ns;
};

/**
 * struct cgroup - a cgroup
 * @path: from the root of the hierarchy, "/a/b"
 * @throttling: of the group or one above it
 */
struct cgroup {
	char path[CGROUP_PATH_SIZE];
	struct cgroup_throttling throttling;
};

/**
 * cgroup_of_process() - the cgroup of a process, found by /proc/PID/cgroup
 * @pid: process id
 * @ret_cgroup: filled in
 *
 * Return: 0; -ENODATA if it is in no unified hierarchy; -ENOENT or another
 * negative errno if the file cannot be read.
 */
int cgroup_of_process(uint32_t pid, struct cgroup *ret_cgroup);

/**
 * cgroup_of_id() - a cgroup by its id, found without /proc
 * @id: inode number of its directory, as in a record
 * @ret_cgroup: filled in
 *
 * Looks through the hierarchy: a few dozen microseconds for each cgroup.
 *
 * Return: 0; -ENODATA if there is no unified hierarchy, or no such cgroup in it
 * as far as it was looked through.
 */
int cgroup_of_id(uint64_t id, struct cgroup *ret_cgroup);

/**
 * cgroup_find() - path of a cgroup by its id
 * @root: directory file descriptor of the hierarchy's root
 * @id: inode number
 * @path: gets it
 *
 * Return: 0; -ENODATA.
 */
int cgroup_find(int root, uint64_t id, char path[static CGROUP_PATH_SIZE]);

/**
 * cgroup_walk() - go over all cgroups, as far as they are looked through
 * @root: directory file descriptor of the hierarchy's root
 * @found: called for each, with its id and path; true ends the walk
 * @context: its first argument
 */
void cgroup_walk(int root, bool (*found)(void *context, uint64_t id, const char *path),
		 void *context);

/**
 * cgroup_walk_all() - go over all cgroups of the unified hierarchy
 * @found: as cgroup_walk()
 * @context: likewise
 *
 * Return: 0; -ENODATA if there is no unified hierarchy.
 */
int cgroup_walk_all(bool (*found)(void *context, uint64_t id, const char *path),
		    void *context);

/**
 * cgroup_read_throttling() - what cpu.stat tells
 * @root: directory file descriptor of the hierarchy's root
 * @path: of a cgroup
 * @ret_throttling: filled in
 *
 * Of the group and those above it, the nearest one that has had a limit; if none
 * has, the nearest one that counts.
 */
void cgroup_read_throttling(int root, const char *path,
			    struct cgroup_throttling *ret_throttling);

/**
 * cgroup_parse_line() - path in a line of /proc/PID/cgroup
 * @line: the line, NUL terminated, with or without its newline
 * @path: gets it if the line is that of the unified hierarchy
 *
 * Return: 0; -ENODATA if it is another line; -ENAMETOOLONG.
 */
int cgroup_parse_line(const char *line, char path[static CGROUP_PATH_SIZE]);

#endif
