// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Snapshots and dumps of what was active since an earlier one: all that was, and
 * nothing that slept.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "genl.h"
#include "load.h"
#include "meter.h"
#include "slowdisk.h"
#include "suite.h"
#include "support.h"

/* Up to 50 ms before the token count, too. */
#define TOKEN_SLACK_MS	100
#define SLEEPERS	40

static int device;
static struct genl genl;

static void setup(void)
{
	device = device_open();
	genl_open(&genl);
}

static void stay(void *arg)
{
	(void)arg;
	child_stay();
}

/* Wait until a process has been asleep, or stopped, for some time. */
static void await_quiet(pid_t pid)
{
	struct taskmeter_record record;

	do {
		sleep_ms(1);
		record = meter_process(device, pid);
	} while ((record.current_state != TASKMETER_STATE_SLEEPING &&
		  record.current_state != TASKMETER_STATE_STOPPED) ||
		 record.current_state_ns < TOKEN_SLACK_MS * NSEC_PER_MSEC);
}

static uint64_t take_token(void)
{
	uint64_t token;

	sleep_ms(TOKEN_SLACK_MS);
	token = device_info(device).token;
	ck_assert_uint_ne(token, 0);
	return token;
}

/* What was active since a token, by one door and by the other. */
static void active_by_ioctl(uint64_t token, uint32_t flags, size_t chunk,
			    struct records *records)
{
	struct taskmeter_snapshot filter = {
		.flags = TASKMETER_SNAPSHOT_SINCE | flags, .since = token,
	};

	device_snapshot(device, &filter, chunk, records);
	records_check_order(records);
}

static void active_by_netlink(uint64_t token, uint32_t flags, struct records *records)
{
	struct taskmeter_snapshot filter = {
		.flags = TASKMETER_SNAPSHOT_SINCE | flags, .since = token,
	};

	ck_assert_int_eq(genl_dump(&genl, &filter, records), 0);
	records_check_order(records);
}

/* Whether both doors have it; fails if they differ. */
static bool is_active(uint64_t token, pid_t pid)
{
	struct records records[2];
	bool found[2];

	active_by_ioctl(token, 0, 64, &records[0]);
	active_by_netlink(token, 0, &records[1]);
	for (int i = 0; i < 2; i++) {
		found[i] = records_find(&records[i], pid);
		records_free(&records[i]);
	}
	if (found[0] != found[1])
		test_fail("process %d is active by %s only", pid,
			  found[0] ? "ioctl" : "netlink");
	return found[0];
}

static void expect_active(uint64_t token, pid_t pid, const char *what)
{
	if (!is_active(token, pid))
		test_fail("%s: process %d is missing", what, pid);
}

static void expect_quiet(uint64_t token, pid_t pid, const char *what)
{
	if (is_active(token, pid))
		test_fail("%s: process %d was not active", what, pid);
}

static struct child sleepers[SLEEPERS];

static void sleepers_start(void)
{
	for (int i = 0; i < SLEEPERS; i++)
		child_start(&sleepers[i], stay, NULL);
	for (int i = 0; i < SLEEPERS; i++) {
		child_await(&sleepers[i]);
		child_await_state(sleepers[i].pid, "S");
	}
}

static void sleepers_end(void)
{
	children_kill(sleepers, SLEEPERS);
}

/* What slept all the time is left out; what woke once is not. */
START_TEST(woken)
{
	uint64_t token;

	sleepers_start();
	for (int i = 0; i < SLEEPERS; i++)
		await_quiet(sleepers[i].pid);
	token = take_token();
	for (int i = 0; i < SLEEPERS; i++)
		expect_quiet(token, sleepers[i].pid, "asleep");
	child_order(&sleepers[7]);
	child_await_state(sleepers[7].pid, "Z");
	expect_active(token, sleepers[7].pid, "woken, and a zombie now");
	for (int i = 0; i < SLEEPERS; i++)
		if (i != 7)
			expect_quiet(token, sleepers[i].pid, "still asleep");
	/* The one that asks runs. */
	expect_active(token, getpid(), "myself");
	sleepers_end();
}
END_TEST

/* A zombie that was one before is quiet. */
START_TEST(old_zombie)
{
	struct child child;
	uint64_t token;

	child_start(&child, stay, NULL);
	child_await(&child);
	child_order(&child);
	child_await_state(child.pid, "Z");
	token = take_token();
	expect_quiet(token, child.pid, "zombie");
	child_kill(&child);
}
END_TEST

/* What was started since is there, also if it sleeps by now. */
START_TEST(started)
{
	uint64_t token = take_token();
	struct child child;

	child_start(&child, stay, NULL);
	child_await(&child);
	child_await_state(child.pid, "S");
	expect_active(token, child.pid, "started");
	child_kill(&child);
}
END_TEST

static void execute(void *arg)
{
	child_stay();
	child_execute(arg, "stay");
}

static void *execute_in_thread(void *arg)
{
	child_listen();
	child_execute(arg, "stay");
	return NULL;
}

static void have_thread_execute(void *arg)
{
	pthread_t thread;

	must(!pthread_create(&thread, NULL, execute_in_thread, arg));
	child_tell();
	for (;;)
		pause();
}

/* What executed a program is there, whichever of its threads did so. */
START_TEST(executed)
{
	child_fn *const fns[] = { execute, have_thread_execute };
	struct child child;
	uint64_t token;
	char path[4096];

	program_path(path, sizeof(path), "target");
	child_start(&child, fns[_i], path);
	child_await(&child);
	await_quiet(child.pid);
	token = take_token();
	expect_quiet(token, child.pid, "before exec");
	child_order(&child);
	child_await(&child);
	child_await_state(child.pid, "S");
	expect_active(token, child.pid, "exec");
	await_quiet(child.pid);
	token = take_token();
	expect_quiet(token, child.pid, "long after exec");
	child_kill(&child);
}
END_TEST

static void be_pinned(void *arg)
{
	pin(0, 1);
	run_for_ever(arg);
}

static void be_fifo_hog(void *arg)
{
	pin(0, 1);
	be_fifo(50);
	run_for_ever(arg);
}

/* A hog that has its CPU, and one that waits for it, are there, switched or not. */
START_TEST(running_and_queued)
{
	struct child fifo_hog, victim;
	uint64_t token;

	pin(0, 0);
	child_start(&victim, be_pinned, NULL);
	child_await(&victim);
	child_start(&fifo_hog, be_fifo_hog, NULL);
	child_await(&fifo_hog);
	for (int i = 0; i < 5; i++) {
		token = take_token();
		expect_active(token, fifo_hog.pid, "runs all the time");
		expect_active(token, victim.pid, "waits all the time");
	}
	child_kill(&fifo_hog);
	child_kill(&victim);
}
END_TEST

static void read_once(void *arg)
{
	int fd = slowdisk_open();

	(void)arg;
	child_tell();
	slowdisk_read(fd, 0);
	child_stay();
}

static void vfork_and_wait(void *arg)
{
	pid_t pid;

	(void)arg;
	child_tell();
	pid = vfork();
	must(pid >= 0);
	if (!pid) {
		child_listen();
		_exit(0);
	}
	must(waitpid(pid, NULL, 0) == pid);
}

/* What is blocked on I/O or a lock since before the token is there, as it stalls. */
START_TEST(blocked)
{
	struct child reader, parent;
	uint64_t token;

	child_start(&parent, vfork_and_wait, NULL);
	child_await(&parent);
	meter_await_state(device, parent.pid, parent.pid, TASKMETER_STATE_LOCK);
	token = take_token();
	expect_active(token, parent.pid, "blocked on a lock");
	child_kill(&parent);

	slowdisk_make(2000000);
	child_start(&reader, read_once, NULL);
	child_await(&reader);
	meter_await_state(device, reader.pid, reader.pid, TASKMETER_STATE_IO);
	token = take_token();
	expect_active(token, reader.pid, "blocked on I/O");
	child_kill(&reader);
	slowdisk_remove();
}
END_TEST

/* A stopped process is not active, but stopping is. */
START_TEST(stopped)
{
	struct child child;
	uint64_t token;

	child_start(&child, stay, NULL);
	child_await(&child);
	child_await_state(child.pid, "S");
	token = take_token();
	must(!kill(child.pid, SIGSTOP));
	child_await_state(child.pid, "T");
	expect_active(token, child.pid, "stopped just now");
	await_quiet(child.pid);
	token = take_token();
	expect_quiet(token, child.pid, "stopped long ago");
	child_kill(&child);
}
END_TEST

static void *nap_for_ever(void *arg)
{
	for (;;)
		nap_us(10000);
	return arg;
}

static void have_napping_thread(void *arg)
{
	pthread_t thread;

	(void)arg;
	must(!pthread_create(&thread, NULL, nap_for_ever, NULL));
	child_stay();
}

/* A process is active if a thread is; among its threads only that one is. */
START_TEST(one_thread)
{
	struct taskmeter_snapshot filter = {
		.flags = TASKMETER_SNAPSHOT_SINCE | TASKMETER_SNAPSHOT_THREADS |
			 TASKMETER_SNAPSHOT_PID,
	};
	struct records records;
	struct child child;
	uint64_t token;

	child_start(&child, have_napping_thread, NULL);
	child_await(&child);
	while (meter_thread(device, child.pid, child.pid).current_state_ns <
	       TOKEN_SLACK_MS * NSEC_PER_MSEC)
		sleep_ms(1);
	token = take_token();
	sleep_ms(50);
	expect_active(token, child.pid, "one of its threads naps");
	filter.pid = child.pid;
	filter.since = token;
	device_snapshot(device, &filter, 64, &records);
	ck_assert_uint_eq(records.count, 1);
	ck_assert_uint_ne(records.record[0].pid, child.pid);
	records_free(&records);
	active_by_netlink(token, TASKMETER_SNAPSHOT_THREADS, &records);
	must(!records_find(&records, child.pid));
	records_free(&records);
	child_kill(&child);
}
END_TEST

/* All of a set of processes, whatever it takes to list them. */
static void expect_all(const struct records *records)
{
	for (int i = 0; i < SLEEPERS; i++)
		must(records_find(records, sleepers[i].pid));
	must(records_find(records, 1) && records_find(records, 2));
}

/* Token 0, and one of before the meter was switched on, select everything. */
START_TEST(everything)
{
	struct records records;
	uint64_t token;

	sleepers_start();
	active_by_ioctl(0, 0, 64, &records);
	expect_all(&records);
	records_free(&records);
	active_by_netlink(0, 0, &records);
	expect_all(&records);
	records_free(&records);

	token = take_token();
	meter_config(TASKMETER_A_CONFIG_METER, 0);
	ck_assert_uint_eq(device_info(device).token, 0);
	active_by_ioctl(token, 0, 64, &records);
	expect_all(&records);
	records_free(&records);
	meter_config(TASKMETER_A_CONFIG_METER, 1);
	active_by_ioctl(token, 0, 64, &records);
	expect_all(&records);
	records_free(&records);
	await_quiet(sleepers[0].pid);
	expect_quiet(take_token(), sleepers[0].pid, "after that");
	sleepers_end();
}
END_TEST

/* However small the buffer, each active process is there once, in order. */
START_TEST(small_buffers)
{
	static const size_t chunks[] = { 1, 2, 7, 64 };
	struct records records;
	uint64_t token;

	token = take_token();
	sleepers_start();
	for (size_t i = 0; i < ARRAY_SIZE(chunks); i++) {
		active_by_ioctl(token, 0, chunks[i], &records);
		for (int j = 0; j < SLEEPERS; j++)
			must(records_find(&records, sleepers[j].pid));
		records_free(&records);
	}
	sleepers_end();
}
END_TEST

/* A sampler that goes on from reply to reply misses nobody that ran in between. */
START_TEST(sampler)
{
	struct taskmeter_record record;
	struct taskmeter_snapshot snapshot;
	static struct taskmeter_record buffer[4096];
	uint64_t token = 0;

	sleepers_start();
	for (int round = 0; round < 20; round++) {
		struct child *child = &sleepers[round];

		child_order(child);
		child_await_state(child->pid, "Z");
		snapshot = (struct taskmeter_snapshot){
			.size = sizeof(snapshot),
			.flags = TASKMETER_SNAPSHOT_SINCE,
			.buffer = (uintptr_t)buffer,
			.buffer_size = sizeof(buffer),
			.stride = sizeof(buffer[0]),
			.since = token,
		};
		must(!ioctl(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot));
		must(!snapshot.cursor);
		token = snapshot.token;
		ck_assert_uint_ne(token, 0);
		record = (struct taskmeter_record){ 0 };
		for (uint32_t i = 0; i < snapshot.count; i++)
			if (buffer[i].pid == (uint32_t)child->pid)
				record = buffer[i];
		ck_assert_uint_eq(record.pid, child->pid);
		must(record.flags & TASKMETER_RECORD_EXITING);
	}
	sleepers_end();
}
END_TEST

/* A stray token is an error; so is one over netlink where none belongs. */
START_TEST(refused)
{
	struct taskmeter_record record;
	struct taskmeter_snapshot snapshot = {
		.size = sizeof(snapshot),
		.buffer = (uintptr_t)&record,
		.buffer_size = sizeof(record),
		.stride = sizeof(record),
		.since = 1,
	};
	struct genl_request request;
	uint64_t token = device_info(device).token;

	ck_assert_int_eq(ioctl(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot), -1);
	ck_assert_int_eq(errno, EINVAL);
	genl_begin(&request, &genl, TASKMETER_CMD_TASK_GET, NLM_F_ACK);
	genl_put_u32(&request, TASKMETER_A_TASK_PID, 1);
	genl_put_u64(&request, TASKMETER_A_TASK_SINCE, token);
	ck_assert_int_eq(genl_exchange(&genl, &request, genl_add_record, NULL), -EINVAL);
	ck_assert_str_ne(genl.text, "");
	genl_begin(&request, &genl, TASKMETER_CMD_TASK_GET, NLM_F_DUMP);
	genl_put_u32(&request, TASKMETER_A_TASK_SINCE, token);
	ck_assert_int_eq(genl_exchange(&genl, &request, genl_add_record, NULL), -EINVAL);
	ck_assert_str_ne(genl.text, "");
	genl_begin(&request, &genl, TASKMETER_CMD_TASK_GET, NLM_F_DUMP);
	genl_put_u32(&request, TASKMETER_A_TASK_REQUEST, TASKMETER_SNAPSHOT_SINCE);
	ck_assert_int_eq(genl_exchange(&genl, &request, genl_add_record, NULL), -EINVAL);
	ck_assert_str_ne(genl.text, "");
}
END_TEST

static void leave_nothing(void)
{
	slowdisk_remove();
	meter_config(TASKMETER_A_CONFIG_METER, 1);
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("since");
	TCase *since = test_case_add(suite, "since", 60);

	tcase_add_unchecked_fixture(since, NULL, leave_nothing);
	tcase_add_checked_fixture(since, setup, NULL);
	tcase_add_test(since, woken);
	tcase_add_test(since, old_zombie);
	tcase_add_test(since, started);
	tcase_add_loop_test(since, executed, 0, 2);
	tcase_add_test(since, running_and_queued);
	tcase_add_test(since, blocked);
	tcase_add_test(since, stopped);
	tcase_add_test(since, one_thread);
	tcase_add_test(since, everything);
	tcase_add_test(since, small_buffers);
	tcase_add_test(since, sampler);
	tcase_add_test(since, refused);
	return suite_main(suite, argc, argv);
}
