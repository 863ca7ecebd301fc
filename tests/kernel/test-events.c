// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events of fork, exec and exit reach every subscriber who may see the process, in
 * order and each once; who is too slow is told how many he lost and gets the exits from
 * the log; and the log says the same through netlink as through the device.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <taskmeter/taskmeter.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "cred.h"
#include "events.h"
#include "exits.h"
#include "load.h"
#include "meter.h"
#include "proc.h"
#include "storm.h"
#include "suite.h"
#include "support.h"

#define GROUP		"taskmeter-events"

static int device;
static char target[4096];

static void restore(void)
{
	cgroup_remove(GROUP);
}

static void setup(void)
{
	restore();
	device = device_open();
	program_path(target, sizeof(target), "target");
}

typedef void end_fn(void *arg);

static pid_t begin(end_fn *fn, void *arg)
{
	pid_t pid = fork();

	must(pid >= 0);
	if (!pid) {
		support_forked();
		fn(arg);
		_exit(0);
	}
	return pid;
}

static void end(void *code)
{
	_exit((long)code);
}

static void begin_and_reap(end_fn *fn, void *arg)
{
	must(waitpid(begin(fn, arg), NULL, 0) > 0);
}

/* Wrong requests, the errors that they get, and always a text. */
static const struct refusal {
	const char *what;
	uint8_t command;
	uint16_t type;
	uint64_t value;
	size_t length;
	bool subscribes;	/* a valid TASKMETER_A_SUBSCRIBE_EVENTS is put in front */
} refusals[] = {
	{ "no events", TASKMETER_CMD_SUBSCRIBE, 0, 0, 0, false },
	{ "unknown event", TASKMETER_CMD_SUBSCRIBE, TASKMETER_A_SUBSCRIBE_EVENTS,
	  EVENTS_ALL + 1, 4, false },
	{ "far event", TASKMETER_CMD_SUBSCRIBE, TASKMETER_A_SUBSCRIBE_EVENTS, 1U << 31, 4,
	  false },
	{ "events of 2 bytes", TASKMETER_CMD_SUBSCRIBE, TASKMETER_A_SUBSCRIBE_EVENTS, 1, 2,
	  false },
	{ "events of 8 bytes", TASKMETER_CMD_SUBSCRIBE, TASKMETER_A_SUBSCRIBE_EVENTS, 1, 8,
	  false },
	{ "only flags", TASKMETER_CMD_SUBSCRIBE, TASKMETER_A_SUBSCRIBE_REQUEST, 0, 4, false },
	{ "threads", TASKMETER_CMD_SUBSCRIBE, TASKMETER_A_SUBSCRIBE_REQUEST,
	  TASKMETER_SNAPSHOT_THREADS, 4, true },
	{ "unknown flag", TASKMETER_CMD_SUBSCRIBE, TASKMETER_A_SUBSCRIBE_REQUEST, 1U << 31, 4,
	  true },
	{ "attribute of replies", TASKMETER_CMD_SUBSCRIBE, TASKMETER_A_SUBSCRIBE_NEXT, 1, 8,
	  true },
	{ "attribute of no meaning", TASKMETER_CMD_SUBSCRIBE, TASKMETER_A_SUBSCRIBE_MAX + 1, 1,
	  4, true },
	{ "attribute far away", TASKMETER_CMD_SUBSCRIBE, 1000, 1, 4, true },
	{ "number of 4 bytes", TASKMETER_CMD_EXIT_GET, TASKMETER_A_EXIT_NUMBER, 1, 4, false },
	{ "number of another load", TASKMETER_CMD_EXIT_GET, TASKMETER_A_EXIT_NUMBER,
	  UINT64_MAX, 8, false },
	{ "far number", TASKMETER_CMD_EXIT_GET, TASKMETER_A_EXIT_NUMBER, 1ULL << 40, 8,
	  false },
	{ "log of threads", TASKMETER_CMD_EXIT_GET, TASKMETER_A_EXIT_REQUEST,
	  TASKMETER_SNAPSHOT_THREADS, 4, false },
	{ "log with unknown flag", TASKMETER_CMD_EXIT_GET, TASKMETER_A_EXIT_REQUEST, 1U << 31, 4,
	  false },
	{ "log by status", TASKMETER_CMD_EXIT_GET, TASKMETER_A_EXIT_STATUS, 0, 4, false },
	{ "log with attribute of no meaning", TASKMETER_CMD_EXIT_GET, TASKMETER_A_EXIT_MAX + 1,
	  0, 4, false },
};

static void no_reply(const struct nlmsghdr *message, void *arg)
{
	(void)message;
	test_fail("%s: there is a reply", (const char *)arg);
}

START_TEST(refused)
{
	const struct refusal *refusal = &refusals[_i];
	uint32_t subscribers = device_info(device).subscribers;
	uint64_t value = refusal->value;
	struct genl_request request;
	struct genl genl;
	int ret;

	genl_open(&genl);
	genl_begin(&request, &genl, refusal->command,
		   refusal->command == TASKMETER_CMD_EXIT_GET ? NLM_F_DUMP : NLM_F_ACK);
	if (refusal->subscribes)
		genl_put_u32(&request, TASKMETER_A_SUBSCRIBE_EVENTS, EVENTS_ALL);
	if (refusal->type)
		genl_put(&request, refusal->type, &value, refusal->length);
	ret = genl_exchange(&genl, &request, no_reply, (void *)refusal->what);
	if (ret != -EINVAL)
		test_fail("%s: %s", refusal->what, strerror(-ret));
	if (!genl.text[0])
		test_fail("%s: no text", refusal->what);
	ck_assert_uint_eq(device_info(device).subscribers, subscribers);
}
END_TEST

static void execute_in_group(void *arg)
{
	(void)arg;
	cgroup_add(GROUP, getpid());
	must(!setresuid(2001, 2002, 2003));
	execl(target, "a name", "an\nargument", NULL);
	test_fail("cannot execute %s", target);
}

static void check_forked(const struct event *event, uint64_t before)
{
	ck_assert_uint_eq(event->ppid, getpid());
	ck_assert_uint_eq(event->uid, 0);
	ck_assert_uint_ge(event->start_time_ns, before);
	ck_assert_uint_ge(event->time_ns + NSEC_PER_MSEC, event->start_time_ns);
	ck_assert_str_eq(event->comm, "test-events");
	ck_assert_int_eq(event->command_line_length, -1);
	ck_assert_uint_eq(event->cgroup_id, proc_inode("/sys/fs/cgroup"));
}

static void check_executed(const struct event *event, const struct event *fork)
{
	static const char line[] = "a name\0an\nargument";

	ck_assert_uint_eq(event->start_time_ns, fork->start_time_ns);
	ck_assert_uint_ge(event->time_ns, fork->time_ns);
	ck_assert_uint_eq(event->uid, 2001);
	ck_assert_str_eq(event->comm, "target");
	ck_assert_uint_eq(event->cgroup_id, proc_inode("/sys/fs/cgroup/" GROUP));
	ck_assert_int_eq(event->command_line_length, sizeof(line));
	must(!memcmp(event->command_line, line, sizeof(line)));
}

/* One process, told three times, in order; on one CPU, where that is promised. */
START_TEST(fork_exec_exit)
{
	uint64_t before = clock_ns(CLOCK_BOOTTIME);
	struct event fork_event, exec_event, exit_event;
	struct events events;
	struct exits exits;
	struct ended ended;
	pid_t pid;

	cgroup_make(GROUP);
	pin(0, 0);
	exits_open(&exits, 0);
	events_subscribe(&events, EVENTS_ALL, 0);
	pid = begin(execute_in_group, NULL);
	ended = exits_reap(&exits, pid);
	events_await(&events, EVENTS_ALL, pid, &fork_event);
	events_await(&events, EVENTS_ALL, pid, &exec_event);
	events_await(&events, EVENTS_ALL, pid, &exit_event);
	ck_assert_uint_eq(fork_event.kind, TASKMETER_EVENT_FORK);
	check_forked(&fork_event, before);
	ck_assert_uint_eq(exec_event.kind, TASKMETER_EVENT_EXEC);
	check_executed(&exec_event, &fork_event);
	ck_assert_uint_eq(exit_event.kind, TASKMETER_EVENT_EXIT);
	must(!memcmp(&exit_event.ended.exit, &ended.exit, sizeof(ended.exit)));
	ck_assert_uint_eq(exit_event.ended.record.start_time_ns, fork_event.start_time_ns);
	ck_assert_uint_ge(exit_event.ended.exit.exit_time_ns, exec_event.time_ns);
	ck_assert_str_eq(exit_event.cgroup_path, "/" GROUP);
	ck_assert_uint_ge(exit_event.ended.exit.number, events.next);
	ck_assert_uint_eq(events.lost + events.overruns, 0);
}
END_TEST

/* From the number that the subscription tells on, each exit, in the order of numbers. */
START_TEST(exits_without_gap)
{
	struct events events;
	struct event event;
	uint64_t number;

	events_subscribe(&events, TASKMETER_EVENT_EXIT, 0);
	number = events.next;
	for (int i = 0; i < 200; i++) {
		begin_and_reap(end, (void *)(long)i);
		if (i % 10)
			continue;
		while (events_poll(&events, &event, 0)) {
			ck_assert_uint_eq(event.kind, TASKMETER_EVENT_EXIT);
			ck_assert_uint_eq(event.ended.exit.number, number++);
		}
	}
	while (number < events.next + 200) {
		events_next(&events, &event);
		ck_assert_uint_eq(event.ended.exit.number, number++);
	}
}
END_TEST

/* Only what is subscribed to is told. */
START_TEST(selected)
{
	const uint32_t kinds[] = {
		TASKMETER_EVENT_FORK, TASKMETER_EVENT_EXEC, TASKMETER_EVENT_EXIT,
	};
	struct event event;
	struct events events;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		events_subscribe(&events, kinds[i], 0);
		cgroup_make(GROUP);
		begin_and_reap(execute_in_group, NULL);
		exits_settle();
		/* What settles forks, but executes nothing. */
		while (events_poll(&events, &event, 100))
			ck_assert_uint_eq(event.kind, kinds[i]);
		cgroup_remove(GROUP);
		events_close(&events);
	}
}
END_TEST

static void *do_nothing(void *arg)
{
	return arg;
}

static void *execute_target(void *arg)
{
	execl(target, "in a thread", NULL);
	test_fail("cannot execute %s", target);
	return arg;
}

static void make_threads(void *execute)
{
	pthread_t thread;

	for (int i = 0; i < 20; i++) {
		must(!pthread_create(&thread, NULL, do_nothing, NULL));
		must(!pthread_join(thread, NULL));
	}
	if (!execute)
		return;
	must(!pthread_create(&thread, NULL, execute_target, NULL));
	for (;;)
		pause();
}

/*
 * Threads are no processes: their start and end are not told; that one of them executes
 * a program is, as the process's.
 */
START_TEST(threads)
{
	struct event fork_event, event;
	struct events events;
	pid_t pid;

	events_subscribe(&events, EVENTS_ALL, 0);
	pid = begin(make_threads, (void *)(long)_i);
	must(waitpid(pid, NULL, 0) == pid);
	events_await(&events, TASKMETER_EVENT_FORK, pid, &fork_event);
	do {
		events_next(&events, &event);
		if (event.kind == TASKMETER_EVENT_FORK)
			must(event.ppid != (uint32_t)pid && event.pid != (uint32_t)pid);
		if (event.kind != TASKMETER_EVENT_EXEC || event.pid != (uint32_t)pid)
			continue;
		must(_i);
		ck_assert_uint_eq(event.start_time_ns, fork_event.start_time_ns);
		must(!memcmp(event.command_line, "in a thread", sizeof("in a thread")));
	} while (event.kind != TASKMETER_EVENT_EXIT || event.pid != (uint32_t)pid);
	ck_assert_uint_eq(event.ended.record.threads, 21 + _i);
}
END_TEST

/* Histograms and stalls come if they are asked for. */
START_TEST(asked_for)
{
	const uint32_t flags[] = {
		0, TASKMETER_SNAPSHOT_HISTOGRAMS, TASKMETER_SNAPSHOT_STALLS,
		TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS,
	};
	struct events events;
	struct event event;
	pid_t pid;

	events_subscribe(&events, TASKMETER_EVENT_EXIT, flags[_i]);
	pid = begin(make_threads, NULL);
	must(waitpid(pid, NULL, 0) == pid);
	events_await(&events, TASKMETER_EVENT_EXIT, pid, &event);
	ck_assert_int_eq(event.has_histograms, !!(flags[_i] & TASKMETER_SNAPSHOT_HISTOGRAMS));
	ck_assert_int_eq(!!(event.ended.record.available & TASKMETER_AVAILABLE_STALLS),
			 !!(flags[_i] & TASKMETER_SNAPSHOT_STALLS));
}
END_TEST

static void await_subscribers(uint32_t count)
{
	while (device_info(device).subscribers != count)
		sleep_ms(5);
}

/* A subscription ends when it is said so, or with the socket; another one replaces it. */
START_TEST(ends)
{
	uint32_t before = device_info(device).subscribers;
	struct events events;
	struct event event;

	events_subscribe(&events, EVENTS_ALL, 0);
	ck_assert_uint_eq(device_info(device).subscribers, before + 1);
	ck_assert_int_eq(events_try_subscribe(&events, TASKMETER_EVENT_EXEC, 0), 0);
	ck_assert_uint_eq(device_info(device).subscribers, before + 1);
	/* What was on its way. */
	exits_settle();
	while (events_poll(&events, &event, 100))
		;
	begin_and_reap(end, NULL);
	exits_settle();
	must(!events_poll(&events, &event, 100));
	ck_assert_int_eq(events_try_subscribe(&events, 0, 0), 0);
	await_subscribers(before);
	ck_assert_int_eq(events_try_subscribe(&events, 0, 0), 0);
	ck_assert_int_eq(events_try_subscribe(&events, EVENTS_ALL, 0), 0);
	await_subscribers(before + 1);
	events_close(&events);
	await_subscribers(before);
}
END_TEST

static void subscribe_and_stay(void *arg)
{
	struct events events;

	(void)arg;
	events_subscribe(&events, EVENTS_ALL, 0);
	child_stay();
}

/* The end of the process is that of its socket. */
START_TEST(ends_with_process)
{
	uint32_t before = device_info(device).subscribers;
	struct child child;

	child_start(&child, subscribe_and_stay, NULL);
	child_await(&child);
	ck_assert_uint_eq(device_info(device).subscribers, before + 1);
	child_kill(&child);
	await_subscribers(before);
}
END_TEST

static void subscribe_or_not(int error)
{
	struct events events;
	int ret;

	events_open(&events, 0);
	ret = events_try_subscribe(&events, EVENTS_ALL, 0);
	if (ret != -error)
		test_fail("subscription: %s instead of %s", strerror(-ret), strerror(error));
	if (error)
		events_close(&events);
}

/* As many as a user may have, and one. */
static void subscribe_all(void *uid)
{
	if (uid)
		cred_become(&(struct identity){ "a user", (long)uid, 0 });
	for (int i = 0; i < TASKMETER_SUBSCRIBERS_USER; i++)
		subscribe_or_not(0);
	subscribe_or_not(EUSERS);
	child_stay();
}

static void subscribe_nobody(void *uid)
{
	cred_become(&(struct identity){ "a user", (long)uid, 0 });
	subscribe_or_not(EUSERS);
}

/* Subscribers are limited, of a user and in all; who goes makes room. */
START_TEST(limits)
{
	struct child users[TASKMETER_SUBSCRIBERS_MAX / TASKMETER_SUBSCRIBERS_USER], last;
	struct events events;

	await_subscribers(0);
	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		child_start(&users[i], subscribe_all, (void *)(i ? 5000 + (long)i : 0));
		child_await(&users[i]);
	}
	ck_assert_uint_eq(device_info(device).subscribers, TASKMETER_SUBSCRIBERS_MAX);
	child_start(&last, subscribe_nobody, (void *)6000L);
	child_join(&last);
	child_kill(&users[0]);
	await_subscribers(TASKMETER_SUBSCRIBERS_MAX - TASKMETER_SUBSCRIBERS_USER);
	events_subscribe(&events, EVENTS_ALL, 0);
	children_kill(users, ARRAY_SIZE(users));
	await_subscribers(1);
}
END_TEST

#define OVERRUN_STORM	3000

/* Numbers of the exits that were told, from the first one of the subscription. */
struct told {
	uint64_t first;
	uint64_t count;
	bool seen[4 * OVERRUN_STORM];
};

static void tell(struct told *told, uint64_t number)
{
	must(number >= told->first && number - told->first < ARRAY_SIZE(told->seen));
	if (told->seen[number - told->first])
		test_fail("exit %" PRIu64 " is told twice", number);
	told->seen[number - told->first] = true;
	told->count++;
}

static void tell_recovered(const struct ended *ended, const char *path, void *arg)
{
	(void)path;
	tell(arg, ended->exit.number);
}

/* Fetch each piece that is missing; the log has all of it. */
static void recover(struct told *told, uint64_t last)
{
	for (uint64_t i = told->first; i <= last; i++) {
		struct told piece = { .first = i };
		uint64_t lost;

		if (told->seen[i - told->first])
			continue;
		events_exits(i, 0, tell_recovered, &piece, &lost);
		ck_assert_uint_eq(lost, 0);
		for (; i <= last && !told->seen[i - told->first]; i++)
			must(piece.seen[i - piece.first]);
	}
}

/* Events that others cause meanwhile, as kernel threads that are forked. */
#define OTHERS		200

/*
 * A subscriber with hardly any room who does not look: recv(2) says so, the forks that
 * are told and those that are said to be lost add up, and the log has the exits that were
 * lost.
 */
START_TEST(overrun)
{
	const struct storm_options options = { .parents = 2, .count = OVERRUN_STORM / 2 };
	static struct told told;
	struct events events;
	struct event event;
	struct storm storm;
	uint64_t last = 0, forks = 0;
	pid_t pid;

	storm_start(&storm, &options);
	events_open(&events, 1);
	ck_assert_int_eq(events_try_subscribe(&events, TASKMETER_EVENT_EXIT |
					      TASKMETER_EVENT_FORK, 0), 0);
	told.first = events.next;
	storm_go(&storm);
	storm_await(&storm);
	exits_settle();
	while (events_poll(&events, &event, 200)) {
		if (event.kind == TASKMETER_EVENT_EXIT)
			tell(&told, event.ended.exit.number);
		else
			forks++;
	}
	pid = begin(end, NULL);
	must(waitpid(pid, NULL, 0) == pid);
	do {
		events_next(&events, &event);
		if (event.kind == TASKMETER_EVENT_FORK) {
			forks++;
			continue;
		}
		last = event.ended.exit.number;
		tell(&told, last);
	} while (event.kind != TASKMETER_EVENT_EXIT || event.pid != (uint32_t)pid);
	printf("%" PRIu64 " exits and %" PRIu64 " forks told, %" PRIu64 " lost in %" PRIu64
	       " overruns\n", told.count, forks, events.lost, events.overruns);
	ck_assert_uint_gt(events.overruns, 0);
	ck_assert_uint_gt(events.lost, 0);
	ck_assert_uint_ge(forks + events.lost, OVERRUN_STORM + 1);
	ck_assert_uint_le(forks + events.lost, OVERRUN_STORM + OTHERS);
	ck_assert_uint_lt(told.count, last - told.first + 1);
	recover(&told, last);
	storm_end(&storm);
}
END_TEST

#define STORM		4000

static bool is_parent(const struct storm *storm, uint32_t pid)
{
	for (size_t i = 0; i < storm->options.parents; i++)
		if ((uint32_t)storm->parents[i].pid == pid)
			return true;
	return false;
}

/* A subscriber who reads misses nothing of a storm: each fork, exec and exit is told. */
START_TEST(nothing_missed)
{
	static char nothing[4096];
	const struct storm_options options = {
		.parents = 2, .count = STORM / 2 / (test_scale() > 1 ? 4 : 1) / (_i ? 4 : 1),
		.program = _i ? nothing : NULL,
	};
	size_t forks = 0, execs = 0;
	struct storm storm;
	struct events events;
	struct event event;
	struct roll roll;

	program_path(nothing, sizeof(nothing), "nothing");
	storm_start(&storm, &options);
	roll_open(&roll, &storm);
	events_subscribe(&events, EVENTS_ALL, 0);
	storm_go(&storm);
	while (roll.struck < storm_count(&storm)) {
		events_next(&events, &event);
		if (event.kind == TASKMETER_EVENT_EXIT)
			roll_strike(&roll, &event.ended);
		else if (event.kind == TASKMETER_EVENT_FORK)
			forks += is_parent(&storm, event.ppid);
		else if (event.kind == TASKMETER_EVENT_EXEC)
			execs += !strcmp((char *)event.command_line, nothing);
	}
	/* Of other CPUs than the last exit's, or told in another datagram. */
	while (forks < storm_count(&storm) || execs < _i * storm_count(&storm)) {
		events_next(&events, &event);
		forks += event.kind == TASKMETER_EVENT_FORK && is_parent(&storm, event.ppid);
		execs += event.kind == TASKMETER_EVENT_EXEC;
	}
	ck_assert_uint_eq(forks, storm_count(&storm));
	ck_assert_uint_eq(execs, _i * storm_count(&storm));
	ck_assert_uint_eq(events.lost + events.overruns, 0);
	ck_assert_uint_eq(device_info(device).events_lost, 0);
	roll_close(&roll);
	storm_end(&storm);
}
END_TEST

/* Many, who see all: telling them of a fork takes longer than a fork. */
static void subscribe_crowd(void *uid)
{
	struct events events;

	cred_become(&(struct identity){ "a crowd", (long)uid, CAP_BIT(CAP_PERFMON) });
	for (int i = 0; i < TASKMETER_SUBSCRIBERS_USER; i++) {
		events_open(&events, 65536);
		must(!events_try_subscribe(&events, TASKMETER_EVENT_FORK, 0));
	}
	child_stay();
}

#define CROWD_STORM	4000

/* Events that come faster than they can be told do not keep all else from being told. */
START_TEST(told_in_a_storm)
{
	const struct storm_options options = { .parents = 2, .count = CROWD_STORM / 2 };
	struct child crowd[TASKMETER_SUBSCRIBERS_MAX / TASKMETER_SUBSCRIBERS_USER - 1];
	struct storm storm;
	struct events events;
	struct event event;
	size_t told = 0;

	await_subscribers(0);
	for (size_t i = 0; i < ARRAY_SIZE(crowd); i++) {
		child_start(&crowd[i], subscribe_crowd, (void *)(5000 + (long)i));
		child_await(&crowd[i]);
	}
	storm_start(&storm, &options);
	events_subscribe(&events, TASKMETER_EVENT_EXIT, 0);
	storm_go(&storm);
	while (!storm_over(&storm))
		if (events_poll(&events, &event, 100) && is_parent(&storm, event.ended.record.ppid))
			told += !storm_over(&storm);
	storm_await(&storm);
	printf("%zu exits told before %zu were over, %" PRIu64 " forks not told\n", told,
	       storm_count(&storm), (uint64_t)device_info(device).events_lost);
	ck_assert_uint_gt(told, 0);
	children_kill(crowd, ARRAY_SIZE(crowd));
	storm_end(&storm);
	await_subscribers(1);
}
END_TEST

/* What the device said of some records. */
struct said {
	struct ended ended[256];
	size_t count;
	size_t compared;
};

static void say(const struct ended *ended, void *arg)
{
	struct said *said = arg;

	must(said->count < ARRAY_SIZE(said->ended));
	said->ended[said->count++] = *ended;
}

static void compare_records(const struct taskmeter_record *ours,
			    const struct taskmeter_record *theirs)
{
	const struct tm_field *fields;
	size_t count;

	ck_assert_uint_eq(ours->flags, theirs->flags);
	ck_assert_uint_eq(ours->available, theirs->available);
	fields = tm_fields(&count);
	for (size_t i = 0; i < count; i++)
		if (fields[i].attribute && tm_field_available(&fields[i], theirs) &&
		    memcmp((char *)ours + fields[i].offset, (char *)theirs + fields[i].offset,
			   fields[i].size))
			test_fail("%s differs", fields[i].name);
}

static void compare(const struct ended *ended, const char *path, void *arg)
{
	struct said *said = arg;
	const struct ended *same;
	char device_path[4096];

	if (said->compared == said->count)
		return;
	same = &said->ended[said->compared++];
	must(!memcmp(&ended->exit, &same->exit, sizeof(same->exit)));
	compare_records(&ended->record, &same->record);
	must(!memcmp(&ended->histograms, &same->histograms, sizeof(same->histograms)));
	must(exits_cgroup_path(device, same->record.cgroup_id, device_path,
			       sizeof(device_path)));
	ck_assert_str_eq(path, device_path);
}

static void be_stopped(void *arg)
{
	(void)arg;
	must(!kill(getpid(), SIGKILL));
	pause();
}

/* Netlink tells just what the ioctl does. */
START_TEST(same_as_device)
{
	const uint32_t flags = TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS;
	static struct said said;
	struct exits exits;
	uint64_t from, next;

	cgroup_make(GROUP);
	exits_open(&exits, flags);
	from = exits.cursor;
	for (int i = 0; i < 10; i++) {
		begin_and_reap(end, (void *)(long)i);
		begin_and_reap(make_threads, NULL);
		begin_and_reap(execute_in_group, NULL);
		begin_and_reap(be_stopped, NULL);
	}
	exits_settle();
	exits_read_all(&exits, say, &said);
	ck_assert_uint_ge(said.count, 40);
	next = events_exits(from, flags, compare, &said, NULL);
	ck_assert_uint_eq(said.compared, said.count);
	ck_assert_uint_ge(next, exits.cursor);
}
END_TEST

/* Records of a dump. */
struct tally {
	uint64_t count;
	uint64_t first;
};

static void tally(const struct ended *ended, const char *path, void *arg)
{
	struct tally *sum = arg;

	(void)path;
	must(!(ended->record.available & TASKMETER_AVAILABLE_STALLS));
	if (!sum->count++)
		sum->first = ended->exit.number;
}

/* Without a number all from the oldest on; behind the last nothing; what is lost is told. */
START_TEST(numbers)
{
	struct tally all = { 0 }, some = { 0 }, none = { 0 };
	uint64_t next, lost;

	begin_and_reap(end, NULL);
	exits_settle();
	next = events_exits(0, 0, tally, &all, &lost);
	ck_assert_uint_gt(all.count, 0);
	ck_assert_uint_eq(lost, 0);
	ck_assert_uint_le(all.count, next - all.first);
	next = events_exits(1, 0, tally, &some, &lost);
	ck_assert_uint_eq(some.count + lost, next - 1);
	next = device_info(device).exit_number + 1;
	ck_assert_uint_eq(events_exits(next, 0, tally, &none, &lost), next + none.count);
	ck_assert_uint_eq(lost, 0);
	ck_assert_uint_le(none.count, 5);
	events_exits(next - 1, 0, tally, &none, NULL);
	ck_assert_uint_ge(none.count, 1);
}
END_TEST

static const struct identity nobody = { "uid 1000", 1000, 0 };

/* Shown no event at all, not even of its own children. */
static void watch_in_vain(void *arg)
{
	struct events events;
	struct event event;

	(void)arg;
	cred_become(&nobody);
	events_subscribe(&events, EVENTS_ALL, 0);
	begin_and_reap(end, NULL);
	child_stay();
	if (events_poll(&events, &event, 300))
		test_fail("event %u about %u", event.kind, event.pid);
	child_tell();
}

START_TEST(unprivileged)
{
	struct events events;
	struct child child;
	struct event event;

	events_subscribe(&events, EVENTS_ALL, 0);
	child_start(&child, watch_in_vain, NULL);
	child_await(&child);
	begin_and_reap(end, NULL);
	exits_settle();
	child_order(&child);
	child_await(&child);
	/* Others are told of its child. */
	do {
		events_next(&events, &event);
	} while (event.kind != TASKMETER_EVENT_FORK || event.ppid != (uint32_t)child.pid);
	ck_assert_uint_eq(event.uid, 1000);
	child_kill(&child);
}
END_TEST

#define INNER		5

static void execute_shell(void *arg)
{
	char text[8192];

	(void)arg;
	snprintf(text, sizeof(text), "for i in 1 2 3 4 5; do %s $i; done; exit 0", target);
	execl("/bin/sh", "sh", "-c", text, NULL);
	test_fail("cannot execute /bin/sh");
}

/* What a subscriber was told of the shell's children. */
struct seen {
	size_t forks;
	size_t execs;
	size_t exits;
};

static void note(struct seen *seen, const struct event *event, uint32_t shell)
{
	if (event->kind == TASKMETER_EVENT_FORK && event->ppid == shell) {
		seen->forks++;
	} else if (event->kind == TASKMETER_EVENT_EXEC && !strcmp(event->comm, "target")) {
		seen->execs++;
	} else if (event->kind == TASKMETER_EVENT_EXIT && event->ended.record.ppid == shell) {
		must(event->ended.exit.status == 2 << 8);
		seen->exits++;
	}
}

static bool complete(const struct seen *seen)
{
	return seen->forks == INNER && seen->execs == INNER && seen->exits == INNER;
}

/*
 * As root of its own namespaces: each event is of its own, with the ids of inside. A
 * shell that was started inside forks, as how one ends whose program was started outside
 * is not told.
 */
static void watch_inside(void *arg)
{
	struct seen seen = { 0 };
	struct events events;
	struct event event;
	pid_t shell;

	(void)arg;
	child_listen();
	events_subscribe(&events, EVENTS_ALL, 0);
	shell = begin(execute_shell, NULL);
	must(waitpid(shell, NULL, 0) == shell);
	child_stay();
	do {
		events_next(&events, &event);
		must(event.pid >= 2 && event.pid <= 2 + INNER);
		if (event.kind == TASKMETER_EVENT_EXIT)
			must(event.ended.record.ppid >= 1 && event.ended.record.ppid <= 2 &&
			     event.ended.record.uid == 0);
		else
			must(event.uid == 0);
		note(&seen, &event, shell);
	} while (!complete(&seen) || event.kind != TASKMETER_EVENT_EXIT);
	must(!events.lost);
	while (events_poll(&events, &event, 100))
		must(event.pid == (uint32_t)shell);
	child_tell();
}

/* Inside a container only its own are told, with their ids there; outside all. */
START_TEST(container)
{
	struct seen seen = { 0 };
	struct events events;
	struct child child;
	struct event event;
	uint32_t shell = 0;

	events_subscribe(&events, EVENTS_ALL, 0);
	child_clone(&child, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS,
		    watch_inside, NULL);
	cred_map_ids(child.pid, 0, 0);
	child_order(&child);
	child_await(&child);
	for (int i = 0; i < 20; i++)
		begin_and_reap(end, NULL);
	exits_settle();
	child_order(&child);
	child_await(&child);
	while (!complete(&seen)) {
		events_next(&events, &event);
		must(event.pid > 2 + INNER);
		if (event.kind == TASKMETER_EVENT_FORK && event.ppid == (uint32_t)child.pid)
			shell = event.pid;
		note(&seen, &event, shell);
	}
	child_kill(&child);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("events");
	TCase *requests = test_case_add(suite, "requests", 60);
	TCase *contents = test_case_add(suite, "contents", 60);
	TCase *subscribers = test_case_add(suite, "subscribers", 240);
	TCase *seeing = test_case_add(suite, "seeing", 60);

	tcase_add_unchecked_fixture(requests, NULL, restore);
	tcase_add_checked_fixture(requests, setup, NULL);
	tcase_add_loop_test(requests, refused, 0, ARRAY_SIZE(refusals));
	tcase_add_test(requests, same_as_device);
	tcase_add_test(requests, numbers);

	tcase_add_unchecked_fixture(contents, NULL, restore);
	tcase_add_checked_fixture(contents, setup, NULL);
	tcase_add_test(contents, fork_exec_exit);
	tcase_add_test(contents, exits_without_gap);
	tcase_add_test(contents, selected);
	tcase_add_loop_test(contents, threads, 0, 2);
	tcase_add_loop_test(contents, asked_for, 0, 4);

	tcase_add_unchecked_fixture(subscribers, NULL, restore);
	tcase_add_checked_fixture(subscribers, setup, NULL);
	tcase_add_test(subscribers, ends);
	tcase_add_test(subscribers, ends_with_process);
	tcase_add_test(subscribers, limits);
	tcase_add_test(subscribers, overrun);
	tcase_add_loop_test(subscribers, nothing_missed, 0, 2);
	tcase_add_test(subscribers, told_in_a_storm);

	tcase_add_checked_fixture(seeing, setup, NULL);
	tcase_add_test(seeing, unprivileged);
	tcase_add_test(seeing, container);
	return suite_main(suite, argc, argv);
}
