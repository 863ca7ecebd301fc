// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The meter is switched at run time: by who may, with what there is; off, it leaves
 * nothing behind and the kernel's own figures are still told; on, it tracks anew.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "compare.h"
#include "cred.h"
#include "genl.h"
#include "herd.h"
#include "load.h"
#include "meter.h"
#include "proc.h"
#include "slab.h"
#include "stall.h"
#include "suite.h"
#include "support.h"

static int device;

static void restore_default(void)
{
	meter_config(TASKMETER_A_CONFIG_METER, 1);
	meter_config(TASKMETER_A_CONFIG_WAKER, 0);
	meter_config(TASKMETER_A_CONFIG_PROBE_TIME, 0);
}

/* The test before may have failed. */
static void setup(void)
{
	device = device_open();
	restore_default();
}

static void no_reply(const struct nlmsghdr *message, void *arg)
{
	(void)message;
	(void)arg;
	test_fail("there is a reply");
}

/* One attribute of any type and length, or none with type 0. */
static int try_raw(uint16_t type, uint64_t value, size_t length)
{
	struct genl_request request;
	struct genl genl;
	int ret;

	genl_open(&genl);
	genl_begin(&request, &genl, TASKMETER_CMD_CONFIG_SET, NLM_F_ACK);
	if (type)
		genl_put(&request, type, &value, length);
	ret = genl_exchange(&genl, &request, no_reply, NULL);
	if (ret && !genl.text[0])
		test_fail("attribute %u: %s without a text", type, strerror(-ret));
	genl_close(&genl);
	return ret;
}

static const struct refusal {
	const char *what;
	uint16_t type;
	uint64_t value;
	size_t length;
	int error;
} refusals[] = {
	{ "nothing to set", 0, 0, 0, EINVAL },
	{ "meter 2", TASKMETER_A_CONFIG_METER, 2, 4, ERANGE },
	{ "meter -1", TASKMETER_A_CONFIG_METER, UINT32_MAX, 4, ERANGE },
	{ "waker 2", TASKMETER_A_CONFIG_WAKER, 2, 4, ERANGE },
	{ "probe time 2", TASKMETER_A_CONFIG_PROBE_TIME, 2, 4, ERANGE },
	{ "no exit log", TASKMETER_A_CONFIG_EXIT_LOG_BYTES, 0, 4, ERANGE },
	{ "short exit log", TASKMETER_A_CONFIG_EXIT_LOG_BYTES, TASKMETER_EXIT_LOG_MIN - 1, 4,
	  ERANGE },
	{ "long exit log", TASKMETER_A_CONFIG_EXIT_LOG_BYTES, TASKMETER_EXIT_LOG_MAX + 1, 4,
	  ERANGE },
	{ "exit log of 8 bytes", TASKMETER_A_CONFIG_EXIT_LOG_BYTES, TASKMETER_EXIT_LOG_MIN, 8,
	  EINVAL },
	{ "meter of 1 byte", TASKMETER_A_CONFIG_METER, 1, 1, EINVAL },
	{ "meter of 8 bytes", TASKMETER_A_CONFIG_METER, 1, 8, EINVAL },
	{ "attribute of no meaning", TASKMETER_A_CONFIG_MAX + 1, 1, 4, EINVAL },
	{ "attribute far away", 1000, 1, 4, EINVAL },
};

/* Wrong requests are refused, with a text, and change nothing. */
START_TEST(refused)
{
	const struct refusal *refusal = &refusals[_i];
	uint64_t flags = device_info(device).flags;
	int ret = try_raw(refusal->type, refusal->value, refusal->length);

	if (ret != -refusal->error)
		test_fail("%s: %s instead of %s", refusal->what, strerror(-ret),
			  strerror(refusal->error));
	ck_assert_uint_eq(device_info(device).flags, flags);
}
END_TEST

static void expect_not_permitted(void *arg)
{
	(void)arg;
	for (uint16_t i = 1; i <= TASKMETER_A_CONFIG_MAX; i++) {
		bool bytes = i == TASKMETER_A_CONFIG_EXIT_LOG_BYTES;
		int ret = meter_try_config(i, bytes ? TASKMETER_EXIT_LOG_MIN : 0);

		if (ret != -EPERM)
			test_fail("attribute %u: %s", i, strerror(-ret));
	}
}

static void as_user(void *arg)
{
	must(!setresgid(1000, 1000, 1000));
	must(!setresuid(1000, 1000, 1000));
	expect_not_permitted(arg);
}

static void as_root_of_namespace(void *arg)
{
	must(!unshare(CLONE_NEWUSER));
	expect_not_permitted(arg);
	must(!unshare(CLONE_NEWNET));
	expect_not_permitted(arg);
}

/* Only root of the initial user namespace may: not a user, not a container's root. */
START_TEST(permission)
{
	child_fn *const others[] = { as_user, as_root_of_namespace };
	struct child child;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		child_start(&child, others[i], NULL);
		child_join(&child);
	}
	must(device_info(device).flags & TASKMETER_INFO_METER);
}
END_TEST

static void stay(void *arg)
{
	(void)arg;
	child_stay();
}

/* What a record has without the meter. */
static void check_without_meter(const struct taskmeter_record *record)
{
	const uint64_t meter = TASKMETER_AVAILABLE_METER | TASKMETER_AVAILABLE_MEM_WAIT |
			       TASKMETER_AVAILABLE_NUMA | TASKMETER_AVAILABLE_WAKER |
			       stall_bits();
	const size_t start = offsetof(struct taskmeter_record, current_state);

	must(!(record->available & meter));
	for (size_t i = start; i < sizeof(*record); i++)
		must(!((const char *)record)[i]);
}

static void check_info_off(void)
{
	struct taskmeter_info info = device_info(device);

	must(!(info.flags & TASKMETER_INFO_METER));
	ck_assert_uint_eq(info.tracked_threads, 0);
	ck_assert_uint_eq(info.untracked_threads, 0);
	ck_assert_uint_eq(info.clock, TASKMETER_CLOCK_NONE);
	ck_assert_uint_eq(info.token, 0);
}

static void check_info_on(void)
{
	struct taskmeter_info info = device_info(device);

	must(info.flags & TASKMETER_INFO_METER);
	ck_assert_uint_gt(info.tracked_threads, 20);
	ck_assert_uint_eq(info.untracked_threads, 0);
	ck_assert_uint_ne(info.clock, TASKMETER_CLOCK_NONE);
	ck_assert_uint_ne(info.token, 0);
}

/*
 * Off: a record lacks what the meter tells and has all the rest, in agreement with
 * /proc; no cache is left. On: everybody is tracked again, from now on.
 */
START_TEST(off_and_on)
{
	struct proc_bounds bounds = { .steady = true, .living_sums = true };
	struct taskmeter_record before, record, after;
	struct child child;

	bounds.rss_error = device_info(device).rss_error_bytes;
	child_start(&child, stay, NULL);
	child_await(&child);
	child_await_state(child.pid, "S");
	record = meter_process(device, child.pid);
	must(!(record.flags & TASKMETER_RECORD_PARTIAL));
	check_info_on();

	meter_config(TASKMETER_A_CONFIG_METER, 0);
	check_info_off();
	slab_check_off("meter off");
	proc_read(child.pid, 0, &before);
	must(device_get(device, child.pid, child.pid, 0, &record));
	proc_read(child.pid, 0, &after);
	check_without_meter(&record);
	proc_check(&before, &record, &after, &bounds, "meter off");

	meter_config(TASKMETER_A_CONFIG_METER, 1);
	check_info_on();
	record = meter_process(device, child.pid);
	must(record.flags & TASKMETER_RECORD_PARTIAL);
	meter_await_state(device, child.pid, child.pid, TASKMETER_STATE_SLEEPING);
	child_kill(&child);
}
END_TEST

/* What is asked for twice is done once. */
START_TEST(twice)
{
	for (uint32_t on = 0; on <= 1; on++) {
		meter_config(TASKMETER_A_CONFIG_METER, on);
		meter_config(TASKMETER_A_CONFIG_METER, on);
	}
	check_info_on();
}
END_TEST

static _Atomic bool switching_ends;
static _Atomic size_t reads;

static void *read_everything(void *arg)
{
	const struct taskmeter_snapshot filter = { .flags = TASKMETER_SNAPSHOT_THREADS };
	struct records records;
	struct genl genl;

	genl_open(&genl);
	while (!switching_ends) {
		device_snapshot(device, NULL, 64, &records);
		records_free(&records);
		must(!genl_dump(&genl, &filter, &records));
		records_free(&records);
		reads++;
	}
	genl_close(&genl);
	return arg;
}

#define SWITCHES	6

/*
 * Off and on again and again while readers read, processes fork and exit and
 * threads of all kinds run; then everybody is tracked.
 */
START_TEST(under_load)
{
	const struct herd_options options = { 20, 0, NULL, true };
	struct herd herd;
	struct load load;
	pthread_t reader;

	load_start(&load, LOAD_ORDINARY, LOAD_ANY_CPU);
	herd_start(&herd, &options);
	must(!pthread_create(&reader, NULL, read_everything, NULL));
	for (int i = 0; i < SWITCHES / test_scale() + 2; i++) {
		size_t seen = reads;

		meter_config(TASKMETER_A_CONFIG_METER, i % 2);
		while (reads < seen + 1)
			sleep_ms(1);
	}
	meter_config(TASKMETER_A_CONFIG_METER, 1);
	switching_ends = true;
	must(!pthread_join(reader, NULL));
	check_info_on();
	load_rest(&load);
	meter_await_state(device, load.child.pid, load.child.pid, TASKMETER_STATE_SLEEPING);
	load_end(&load);
	herd_end(&herd);
	printf("%zu reads\n", (size_t)reads);
}
END_TEST

/* A child that wakes another over a pipe, again and again. */
static int waker_pipe[2];

static void wake(void *arg)
{
	(void)arg;
	child_tell();
	for (;;) {
		nap_us(2000);
		must(write(waker_pipe[1], "", 1) == 1);
	}
}

static void be_waked(void *arg)
{
	char byte;

	(void)arg;
	child_tell();
	while (read(waker_pipe[0], &byte, 1) == 1)
		;
}

/* Who wakes whom over a pipe is told, while that is switched on and only then. */
START_TEST(waker)
{
	struct taskmeter_record record;
	struct child sleeper, waking;

	must(!pipe(waker_pipe));
	child_start(&sleeper, be_waked, NULL);
	child_await(&sleeper);
	child_start(&waking, wake, NULL);
	child_await(&waking);
	must(device_get(device, sleeper.pid, sleeper.pid, 0, &record));
	must(!(record.available & TASKMETER_AVAILABLE_WAKER));
	must(!(device_info(device).flags & TASKMETER_INFO_WAKER));

	meter_config(TASKMETER_A_CONFIG_WAKER, 1);
	must(device_info(device).flags & TASKMETER_INFO_WAKER);
	do {
		sleep_ms(1);
		must(device_get(device, sleeper.pid, sleeper.pid, 0, &record));
	} while (!(record.available & TASKMETER_AVAILABLE_WAKER));
	ck_assert_uint_eq(record.waker_pid, waking.pid);
	ck_assert_str_eq(record.waker_comm, record.comm);
	child_kill(&waking);
	must(device_get(device, sleeper.pid, sleeper.pid, 0, &record));
	ck_assert_uint_eq(record.waker_pid, 0);
	ck_assert_str_eq(record.waker_comm, record.comm);

	meter_config(TASKMETER_A_CONFIG_WAKER, 0);
	must(!(device_info(device).flags & TASKMETER_INFO_WAKER));
	must(device_get(device, sleeper.pid, sleeper.pid, 0, &record));
	must(!(record.available & TASKMETER_AVAILABLE_WAKER));
	child_kill(&sleeper);
}
END_TEST

/* Its own time grows while it is measured, with the calls, and stands still else. */
START_TEST(probe_time)
{
	struct taskmeter_info first, on, off, later;
	struct load load;

	load_start(&load, LOAD_ORDINARY, LOAD_ANY_CPU);
	first = device_info(device);
	meter_config(TASKMETER_A_CONFIG_PROBE_TIME, 1);
	must(device_info(device).flags & TASKMETER_INFO_PROBE_TIME);
	do {
		sleep_ms(10);
		on = device_info(device);
	} while (on.probe_calls < first.probe_calls + 1000);
	ck_assert_uint_gt(on.probe_ns, first.probe_ns);
	/* Not a second each. */
	ck_assert_uint_lt(on.probe_ns - first.probe_ns,
			  (on.probe_calls - first.probe_calls) * 1000 * NSEC_PER_MSEC);
	meter_config(TASKMETER_A_CONFIG_PROBE_TIME, 0);
	off = device_info(device);
	must(!(off.flags & TASKMETER_INFO_PROBE_TIME));
	sleep_ms(200);
	later = device_info(device);
	ck_assert_uint_eq(later.probe_calls, off.probe_calls);
	ck_assert_uint_eq(later.probe_ns, off.probe_ns);
	load_end(&load);
}
END_TEST

/* The other two are kept while the meter is off. */
START_TEST(kept)
{
	const uint64_t both = TASKMETER_INFO_WAKER | TASKMETER_INFO_PROBE_TIME;

	meter_config(TASKMETER_A_CONFIG_WAKER, 1);
	meter_config(TASKMETER_A_CONFIG_PROBE_TIME, 1);
	meter_config(TASKMETER_A_CONFIG_METER, 0);
	ck_assert_uint_eq(device_info(device).flags & both, both);
	meter_config(TASKMETER_A_CONFIG_METER, 1);
	ck_assert_uint_eq(device_info(device).flags & both, both);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("config");
	TCase *config = test_case_add(suite, "config", 120);

	tcase_add_checked_fixture(config, setup, NULL);
	tcase_add_unchecked_fixture(config, NULL, restore_default);
	tcase_add_loop_test(config, refused, 0, ARRAY_SIZE(refusals));
	tcase_add_test(config, permission);
	tcase_add_test(config, off_and_on);
	tcase_add_test(config, twice);
	tcase_add_test(config, under_load);
	tcase_add_test(config, waker);
	tcase_add_test(config, probe_time);
	tcase_add_test(config, kept);
	return suite_main(suite, argc, argv);
}
