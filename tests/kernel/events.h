/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events, and the exit log and its totals, received by generic netlink.
 */
#ifndef TESTS_KERNEL_EVENTS_H
#define TESTS_KERNEL_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "exits.h"
#include "genl.h"

/* All of &enum taskmeter_event. */
#define EVENTS_ALL							\
	(TASKMETER_EVENT_FORK | TASKMETER_EVENT_EXEC |			\
	 TASKMETER_EVENT_EXIT | TASKMETER_EVENT_OOM)

/**
 * struct event - one event
 * @kind: &enum taskmeter_event
 * @lost: TASKMETER_A_EVENT_LOST, 0 if it is not there
 * @time_ns: and so on: the attributes with these names; of an exit only @pid is set,
 *	from its record
 * @command_line_length: of exec and OOM; -1 if there is none
 * @ended: of an exit
 * @cgroup_path: of an exit
 * @has_histograms: the exit has them
 */
struct event {
	uint32_t kind;
	uint64_t lost;
	uint64_t time_ns;
	uint32_t pid;
	uint32_t ppid;
	uint32_t uid;
	uint64_t start_time_ns;
	uint64_t cgroup_id;
	char comm[TASKMETER_COMM_LEN];
	uint8_t command_line[TASKMETER_COMMAND_LINE_LEN];
	int command_line_length;
	uint32_t flags;
	int32_t oom_score_adj;
	uint64_t oom_rss_anon_bytes;
	uint64_t oom_rss_file_bytes;
	uint64_t oom_rss_shmem_bytes;
	uint64_t oom_swap_bytes;
	struct ended ended;
	char cgroup_path[4096];
	bool has_histograms;
};

/**
 * struct events - a subscriber
 * @genl: its socket
 * @next: number of the next exit record, as told by the subscription
 * @overruns: times that recv(2) said ENOBUFS
 * @lost: events that it was told to be lost
 * @queue: received and not taken yet
 * @head: the first of them
 * @count: how many
 */
struct events {
	struct genl genl;
	uint64_t next;
	uint64_t overruns;
	uint64_t lost;
	struct event *queue;
	size_t head;
	size_t count;
};

/* A socket with a receive buffer of so many bytes (0: large), not subscribed yet. */
void events_open(struct events *events, int buffer);
void events_close(struct events *events);

/**
 * events_try_subscribe() - TASKMETER_CMD_SUBSCRIBE
 * @events: the socket
 * @kinds: &enum taskmeter_event
 * @request: &enum taskmeter_snapshot_flags, left out if 0
 *
 * Fails if an error of the module has no text.
 *
 * Return: 0 or a negative errno.
 */
int events_try_subscribe(struct events *events, uint32_t kinds, uint32_t request);
/* All of it: a socket with a large buffer, subscribed. */
void events_subscribe(struct events *events, uint32_t kinds, uint32_t request);

/* The next event, waiting for it. */
void events_next(struct events *events, struct event *event);
/* The same if there is one within some time; the time is 0 ms or more. */
bool events_poll(struct events *events, struct event *event, int ms);
/* The next one of these kinds about a process; others are dropped. */
void events_await(struct events *events, uint32_t kinds, pid_t pid, struct event *event);

typedef void events_exit_fn(const struct ended *ended, const char *cgroup_path, void *arg);

/**
 * events_exits() - TASKMETER_CMD_EXIT_GET
 * @from: number of the first record, 0 to leave it out
 * @request: &enum taskmeter_snapshot_flags
 * @fn: called with each record, or NULL
 * @arg: for @fn
 * @ret_lost: what the last message says, or NULL
 *
 * Fails unless the numbers ascend and the last message is there.
 *
 * Return: number to go on with.
 */
uint64_t events_exits(uint64_t from, uint32_t request, events_exit_fn *fn, void *arg,
		      uint64_t *ret_lost);

#endif
