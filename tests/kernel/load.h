/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that keep the scheduler busy, each kind in a way of its own.
 */
#ifndef TESTS_KERNEL_LOAD_H
#define TESTS_KERNEL_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "child.h"

#define LOAD_MAX_THREADS	32
#define LOAD_ANY_CPU		(-1)
/* Name of the thread that LOAD_MOVED moves. */
#define LOAD_MOVED_NAME		"moved"

/* What threads there are in a load; by the bit. */
enum load_kind {
	LOAD_SLEEPERS	= 1 << 0,	/* nap for some 100 us to ms, and run a little */
	LOAD_PING_PONG	= 1 << 1,	/* pairs that wake each other over pipes */
	LOAD_GROUP	= 1 << 2,	/* many senders and receivers at one socket */
	LOAD_HOGS	= 1 << 3,	/* run as long as they may */
	LOAD_MOVED	= 1 << 4,	/* the same, pushed from CPU to CPU by another */
	LOAD_FIFO	= 1 << 5,	/* SCHED_FIFO, nap and run */
	LOAD_DEADLINE	= 1 << 6,	/* SCHED_DEADLINE, throttled all the time */

	LOAD_ORDINARY	= LOAD_SLEEPERS | LOAD_PING_PONG | LOAD_GROUP,
	LOAD_ALL	= LOAD_ORDINARY | LOAD_HOGS | LOAD_MOVED | LOAD_FIFO | LOAD_DEADLINE,
};

struct load_shared;

/* A process with such threads. */
struct load {
	struct child child;
	struct load_shared *shared;
};

/**
 * load_start() - start a load
 * @load: filled in
 * @kinds: &enum load_kind
 * @cpu: where all of it runs, or LOAD_ANY_CPU; LOAD_MOVED and LOAD_DEADLINE need that
 */
void load_start(struct load *load, unsigned int kinds, int cpu);
/* Its threads end their work and sleep from then on. */
void load_rest(struct load *load);
void load_end(struct load *load);

/* Have this thread, or another, run on this CPU only. */
void pin(pid_t tid, int cpu);
/* SCHED_FIFO with this priority, or SCHED_OTHER with 0, for this thread. */
void be_fifo(int priority);
/* Run for so long, by the CPU time of this thread. */
void spin_us(unsigned int us);
void nap_us(unsigned int us);
/* A child_fn that runs for ever. */
void run_for_ever(void *arg);

#endif
