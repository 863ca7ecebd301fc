/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that runs short: in a group with a limit, on swap, or of the machine; and
 * what the kernel itself counts of it.
 */
#ifndef TESTS_KERNEL_PRESSURE_H
#define TESTS_KERNEL_PRESSURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "child.h"

#define MEGABYTE	(1UL << 20)

/* A file on the disk, none of which is in memory. */
#define PRESSURE_FILE		"/var/tmp/taskmeter-pressure"
#define PRESSURE_FILE_BYTES	(48 * MEGABYTE)
void pressure_file_make(void);
void pressure_file_remove(void);
/*
 * Have none of it in the page cache: a page stays with the group of whoever wrote or
 * read it, or goes to the one above when that is removed, and costs others nothing.
 */
void pressure_file_forget(void);

/* What a worker does, a little at a time and from the beginning when it is through. */
enum pressure_kind {
	PRESSURE_READ,		/* read PRESSURE_FILE */
	PRESSURE_TOUCH,		/* write to each page of its memory */
};

/**
 * struct pressure_work - how it does so
 * @kind: what
 * @bytes: how much of it there is
 * @at: where it is
 * @fd: of PRESSURE_FILE
 * @memory: of PRESSURE_TOUCH
 */
struct pressure_work {
	enum pressure_kind kind;
	size_t bytes;
	size_t at;
	int fd;
	char *memory;
};

void pressure_work_begin(struct pressure_work *work, enum pressure_kind kind, size_t bytes);
void pressure_work_step(struct pressure_work *work);

/* A process with one thread that does so while it may. */
struct pressure {
	struct child child;
	_Atomic bool *may;
};

/**
 * pressure_start() - start a worker, which rests
 * @pressure: filled in
 * @group: the cgroup that it goes into before it uses memory, or NULL
 * @kind: what it does
 * @bytes: and with how much
 *
 * It runs on the second CPU if there is one.
 */
void pressure_start(struct pressure *pressure, const char *group, enum pressure_kind kind,
		    size_t bytes);
void pressure_go(const struct pressure *pressure);
/* It rests when this returns. */
void pressure_pause(const struct pressure *pressure);
void pressure_end(struct pressure *pressure);

/*
 * Before 6.2 a thread holds back what its last 64 page faults changed of its resident
 * memory, until the next one: has it make faults that change nothing, as reading what
 * was never written does.
 */
void pressure_settle_rss(void);

/* What PSI tells of a group: time that one of its tasks or more stalled. */
bool pressure_has_psi(const char *group);
/*
 * Leave the machine with one CPU: PSI weights what happened on each CPU by the time
 * that it was not idle, and only then its total is that of the threads.
 */
void pressure_one_cpu(bool one);
uint64_t pressure_some_ns(const char *group);

/* Push what the processes of a group use out of memory; they have to be at rest. */
void pressure_push_out(const char *group);

/* Use the swap device; skips the test if there is none. */
void pressure_swap_on(void);
void pressure_swap_off(void);
/* Another one, what is on it is lost. */
void pressure_swap_to(const char *device);
void pressure_swap_leave(const char *device);

/* "name:" of /proc/meminfo in bytes; false if this kernel does not tell. */
bool pressure_meminfo(const char *name, uint64_t *ret_bytes);
/* Sum of the lines of /proc/vmstat that begin so. */
uint64_t pressure_vmstat(const char *prefix);
/* Memory zones that there is memory in. */
unsigned int pressure_zones(void);

#endif
