// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Storms of processes: each is in the log once while it holds, those that it does not
 * hold are counted, and what all of them did is in the totals whatever happens to their
 * records; and no user's storm displaces what others have in the log.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "exits.h"
#include "meter.h"
#include "proc.h"
#include "storm.h"
#include "suite.h"
#include "support.h"

#define GROUP		"taskmeter-storm"
#define GROUP_PATH	"/sys/fs/cgroup/" GROUP
#define DEFAULT_BYTES	(16 << 20)

static int device;
static char nothing[4096];

/* Whatever a test left. */
static void restore(void)
{
	meter_try_config(TASKMETER_A_CONFIG_EXIT_LOG_BYTES, DEFAULT_BYTES);
	cgroup_remove(GROUP);
}

static void setup(void)
{
	restore();
	cgroup_make(GROUP);
	device = device_open();
	program_path(nothing, sizeof(nothing), "nothing");
}

static size_t scaled(size_t count)
{
	return test_scale() > 1 ? count / 10 : count;
}

static uint64_t group_cpu_ns(void)
{
	return cgroup_value(GROUP, "cpu.stat", "usage_usec ") * 1000ULL;
}

static uint64_t parents_cpu_ns(const struct storm *storm)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < storm->options.parents; i++)
		sum += meter_process(device, storm->parents[i].pid).run_ns;
	return sum;
}

/* CPU time that a group used, as the kernel tells, and its parents' part, as we do. */
struct usage {
	uint64_t group_ns;
	uint64_t parents_ns;
};

static struct usage usage_now(const struct storm *storm)
{
	return (struct usage){ group_cpu_ns(), parents_cpu_ns(storm) };
}

/* What the group used is what its ended processes and its living ones did: within 1 %. */
static void check_usage(const struct storm *storm, struct usage before, uint64_t ended_ns)
{
	struct usage now = usage_now(storm);
	uint64_t ours = ended_ns + now.parents_ns - before.parents_ns;
	uint64_t theirs = now.group_ns - before.group_ns;

	printf("CPU time: ended %" PRIu64 " us, with the living %" PRIu64 " us, cpu.stat %" PRIu64
	       " us\n", ended_ns / 1000, ours / 1000, theirs / 1000);
	if (!meter_near(ours, theirs, NSEC_PER_MSEC))
		test_fail("CPU time: %" PRIu64 " ns instead of %" PRIu64, ours, theirs);
}

/* What is to be seen of a storm in the log. */
struct watch {
	struct roll roll;
	const char *comm;
	uint64_t cgroup_id;
	uint64_t run_ns;
};

static void watch(const struct ended *ended, void *arg)
{
	struct watch *watch = arg;

	if (!roll_strike(&watch->roll, ended))
		return;
	must(ended->record.cgroup_id == watch->cgroup_id);
	must(ended->exit.exit_time_ns >= ended->record.start_time_ns);
	must(!(ended->exit.flags & TASKMETER_EXIT_OOM));
	must(!strcmp(ended->record.comm, watch->comm));
	watch->run_ns += ended->record.run_ns;
}

/* The smallest program, and one that has to be linked when it starts. */
static const struct storm_kind {
	const char *program;
	const char *comm;
	size_t count;
} kinds[] = {
	{ nothing, "nothing", 10000 },
	{ "/bin/true", "true", 2000 },
};

/* The environment may ask for more, with more time for it: 100,000 take minutes. */
static size_t storm_size(const struct storm_kind *kind)
{
	const char *asked = getenv("TASKMETER_TEST_STORM");

	return asked && atoi(asked) > 0 ? (size_t)atoi(asked) : scaled(kind->count);
}

/*
 * Thousands of times fork and exec, as fast as it goes, and a reader: he gets each of
 * them once, without a gap, with its command line, cgroup and exit code, and all CPU
 * time.
 */
START_TEST(with_reader)
{
	const struct storm_kind *kind = &kinds[_i];
	const struct storm_options options = {
		.parents = 2, .count = storm_size(kind) / 2, .cgroup = GROUP,
		.program = kind->program,
	};
	struct watch seen = { .comm = kind->comm, .cgroup_id = proc_inode(GROUP_PATH) };
	const uint64_t unrecorded = device_info(device).exits_unrecorded;
	struct taskmeter_total total;
	struct usage before;
	struct exits exits;
	struct storm storm;
	char path[256];

	storm_start(&storm, &options);
	roll_open(&seen.roll, &storm);
	exits_open(&exits, 0);
	before = usage_now(&storm);
	storm_go(&storm);
	while (seen.roll.struck < storm_count(&storm)) {
		exits_wait(&exits);
		exits_read_all(&exits, watch, &seen);
	}
	ck_assert_uint_eq(exits.lost, 0);
	printf("%zu processes, %" PRIu64 " records in %" PRIu64 " calls\n",
	       storm_count(&storm), exits.read, exits.calls);
	storm_await(&storm);
	check_usage(&storm, before, seen.run_ns);
	must(exits_cgroup_path(device, seen.cgroup_id, path, sizeof(path)));
	ck_assert_str_eq(path, "/" GROUP);
	must(exits_total(device, TASKMETER_TOTAL_CGROUP, seen.cgroup_id, &total));
	ck_assert_uint_eq(total.exits, storm_count(&storm));
	ck_assert_uint_eq(total.run_ns, seen.run_ns);
	ck_assert_uint_eq(device_info(device).exits_unrecorded, unrecorded);
	storm_end(&storm);
	roll_close(&seen.roll);
}
END_TEST

static void strike_only(const struct ended *ended, void *arg)
{
	roll_strike(arg, ended);
}

/* Read until all that has happened is read or lost: the totals of a group tell how far. */
static void await_total(struct exits *exits, struct roll *roll, uint64_t cgroup_id,
			uint64_t count, struct taskmeter_total *ret_total)
{
	while (!exits_total(device, TASKMETER_TOTAL_CGROUP, cgroup_id, ret_total) ||
	       ret_total->exits < count) {
		sleep_ms(20);
		exits_read_all(exits, strike_only, roll);
	}
	exits_read_all(exits, strike_only, roll);
}

#define SLOW_STORM	20000

/*
 * The same with the smallest log and a reader who sleeps most of the time: what he is
 * not given he is told to have lost, exactly, and the totals are still right.
 */
START_TEST(lost)
{
	const struct storm_options options = {
		.parents = 2, .count = scaled(SLOW_STORM) / 2, .cgroup = GROUP,
	};
	uint64_t first, unrecorded, cgroup_id = proc_inode(GROUP_PATH);
	struct taskmeter_info info;
	struct taskmeter_total total;
	struct usage before;
	struct exits exits;
	struct storm storm;
	struct roll roll;

	unrecorded = device_info(device).exits_unrecorded;
	meter_config(TASKMETER_A_CONFIG_EXIT_LOG_BYTES, TASKMETER_EXIT_LOG_MIN);
	storm_start(&storm, &options);
	roll_open(&roll, &storm);
	exits_open(&exits, 0);
	first = exits.cursor;
	before = usage_now(&storm);
	storm_go(&storm);
	while (!storm_over(&storm)) {
		sleep_ms(200);
		for (int i = 0; i < 3; i++)
			exits_read(&exits, 10, strike_only, &roll);
	}
	storm_await(&storm);
	await_total(&exits, &roll, cgroup_id, storm_count(&storm), &total);

	printf("%" PRIu64 " read, %" PRIu64 " lost\n", exits.read, exits.lost);
	ck_assert_uint_eq(exits.read + exits.lost, exits.cursor - first);
	ck_assert_uint_gt(exits.read, 0);
	ck_assert_uint_gt(exits.lost, exits.read);
	ck_assert_uint_ge(exits.lost + roll.struck, storm_count(&storm));
	ck_assert_uint_eq(total.exits, storm_count(&storm));
	check_usage(&storm, before, total.run_ns);
	info = device_info(device);
	ck_assert_uint_le(info.exit_log_used_bytes, TASKMETER_EXIT_LOG_MIN);
	ck_assert_uint_gt(info.exit_log_records, 10);
	ck_assert_uint_eq(info.exits_unrecorded, unrecorded);
	storm_end(&storm);
	roll_close(&roll);
}
END_TEST

#define UID_FEW		1001
#define UID_STORM	1002
#define FEW		8

static void count_few(const struct ended *ended, void *arg)
{
	if (ended->record.uid == UID_FEW)
		(*(size_t *)arg)++;
}

static size_t few_since(uint64_t number)
{
	struct exits reader;
	size_t count = 0;

	exits_open(&reader, 0);
	reader.cursor = number;
	exits_read_all(&reader, count_few, &count);
	exits_close(&reader);
	return count;
}

/* A user's storm does not displace the few records of another one. */
START_TEST(share_of_users)
{
	const struct storm_options few_options = { .parents = 1, .count = FEW, .uid = UID_FEW };
	const struct storm_options storm_options = {
		.parents = 2, .count = scaled(6000) / 2, .uid = UID_STORM,
	};
	struct taskmeter_total total;
	struct storm few, storm;
	uint64_t first, evicted;

	meter_config(TASKMETER_A_CONFIG_EXIT_LOG_BYTES, TASKMETER_EXIT_LOG_MIN);
	storm_start(&few, &few_options);
	storm_start(&storm, &storm_options);
	first = device_info(device).exit_number + 1;
	storm_go(&few);
	storm_await(&few);
	while (few_since(first) < FEW)
		sleep_ms(10);
	evicted = device_info(device).exit_log_evicted;
	storm_go(&storm);
	while (!storm_over(&storm)) {
		ck_assert_uint_eq(few_since(first), FEW);
		sleep_ms(50);
	}
	storm_await(&storm);
	while (!exits_total(device, TASKMETER_TOTAL_UID, UID_STORM, &total) ||
	       total.exits < storm_count(&storm))
		sleep_ms(10);
	ck_assert_uint_eq(few_since(first), FEW);
	ck_assert_uint_gt(device_info(device).exit_log_evicted, evicted + 100);
	storm_end(&few);
	storm_end(&storm);
	/* The parents themselves were of these users. */
	while (few_since(first) < FEW + 1)
		sleep_ms(10);
}
END_TEST

/* Shared with readers that are processes of their own. */
static struct reading {
	_Atomic bool stop;
	_Atomic uint64_t sum;
	_Atomic uint64_t read;
} *reading;

/* Numbers ascend and add up, whatever is done to the log (see exits_read()). */
static void read_on(void *arg)
{
	struct exits exits;
	uint64_t first;
	bool stop;

	exits_open(&exits, (long)arg % 2 ? TASKMETER_SNAPSHOT_HISTOGRAMS : 0);
	first = exits.cursor;
	child_tell();
	do {
		stop = reading->stop;
		exits_read(&exits, 1 + (exits.calls * 7) % 64, NULL, NULL);
		must(exits.read + exits.lost == exits.cursor - first);
	} while (!stop);
	exits_read_all(&exits, NULL, NULL);
	must(exits.read + exits.lost == exits.cursor - first);
	atomic_fetch_add(&reading->read, exits.read);
	atomic_fetch_add(&reading->sum, exits.read + exits.lost);
}

static const uint32_t sizes[] = {
	TASKMETER_EXIT_LOG_MIN, 16 << 20, 100001, 1 << 20, TASKMETER_EXIT_LOG_MIN + 1, 256 << 10,
};

static void check_size(uint32_t size)
{
	struct taskmeter_info info;

	meter_config(TASKMETER_A_CONFIG_EXIT_LOG_BYTES, size);
	info = device_info(device);
	/* It may be rounded, to whole pages for instance. */
	ck_assert_uint_le(info.exit_log_bytes, (size + 4095) & ~4095U);
	ck_assert_uint_ge(info.exit_log_bytes, size & ~4095U);
	ck_assert_uint_le(info.exit_log_used_bytes, info.exit_log_bytes);
	ck_assert_uint_ge(info.exit_log_records, 1);
}

/* The log is made smaller and larger while a storm blows and readers read. */
START_TEST(resized)
{
	const struct storm_options options = {
		.parents = 2, .count = scaled(10000) / 2, .cgroup = GROUP,
	};
	uint64_t cgroup_id = proc_inode(GROUP_PATH);
	struct taskmeter_total total;
	struct child readers[3];
	struct storm storm;
	size_t resizes = 0;

	reading = shared_alloc(sizeof(*reading));
	storm_start(&storm, &options);
	for (long i = 0; i < (long)ARRAY_SIZE(readers); i++) {
		child_start(&readers[i], read_on, (void *)i);
		child_await(&readers[i]);
	}
	storm_go(&storm);
	while (!storm_over(&storm)) {
		check_size(sizes[resizes++ % ARRAY_SIZE(sizes)]);
		sleep_ms(5);
	}
	storm_await(&storm);
	while (!exits_total(device, TASKMETER_TOTAL_CGROUP, cgroup_id, &total) ||
	       total.exits < storm_count(&storm))
		sleep_ms(10);
	ck_assert_uint_eq(total.exits, storm_count(&storm));
	reading->stop = true;
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		child_join(&readers[i]);
	printf("%zu resizes, %" PRIu64 " of %" PRIu64 " read\n", resizes, reading->read,
	       reading->sum);
	ck_assert_uint_gt(reading->read, 0);
	ck_assert_uint_ge(reading->sum, ARRAY_SIZE(readers) * storm_count(&storm));
	storm_end(&storm);
}
END_TEST

/* Sizes out of range, and from whom must not. */
START_TEST(refused_sizes)
{
	uint64_t bytes = device_info(device).exit_log_bytes;
	const uint32_t wrong[] = {
		0, 1, TASKMETER_EXIT_LOG_MIN - 1, TASKMETER_EXIT_LOG_MAX + 1, UINT32_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		ck_assert_int_eq(meter_try_config(TASKMETER_A_CONFIG_EXIT_LOG_BYTES, wrong[i]),
				 -ERANGE);
	ck_assert_uint_eq(device_info(device).exit_log_bytes, bytes);
	must(!setresuid(1000, 1000, 1000));
	ck_assert_int_eq(meter_try_config(TASKMETER_A_CONFIG_EXIT_LOG_BYTES, 1 << 20), -EPERM);
}
END_TEST

/* A log made smaller keeps the newest records; made larger again, all of these. */
START_TEST(shrunk)
{
	const struct storm_options options = { .parents = 1, .count = 1000, .cgroup = GROUP };
	struct exits exits, again;
	struct storm storm;
	uint64_t first;

	exits_open(&exits, 0);
	first = exits.cursor;
	storm_start(&storm, &options);
	storm_go(&storm);
	storm_await(&storm);
	exits_settle();
	exits_read_all(&exits, NULL, NULL);
	ck_assert_uint_eq(exits.lost, 0);
	again = exits;
	again.read = 0;
	again.cursor = first;
	meter_config(TASKMETER_A_CONFIG_EXIT_LOG_BYTES, TASKMETER_EXIT_LOG_MIN);
	exits_read_all(&again, NULL, NULL);
	ck_assert_uint_ge(again.read + again.lost, exits.read);
	ck_assert_uint_gt(again.lost, 500);
	/* Records of other users, from other tests, may have most of it. */
	ck_assert_uint_gt(again.read, 5);
	exits = again;
	meter_config(TASKMETER_A_CONFIG_EXIT_LOG_BYTES, DEFAULT_BYTES);
	again.read = again.lost = 0;
	again.cursor = first;
	exits_read_all(&again, NULL, NULL);
	ck_assert_uint_ge(again.read, exits.read);
	ck_assert_uint_le(again.lost, exits.lost);
	storm_end(&storm);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("exits storm");
	TCase *storms = test_case_add(suite, "storm", 800);
	TCase *bounds = test_case_add(suite, "bounds", 400);

	tcase_add_unchecked_fixture(storms, NULL, restore);
	tcase_add_checked_fixture(storms, setup, NULL);
	tcase_add_loop_test(storms, with_reader, 0, ARRAY_SIZE(kinds));

	tcase_add_unchecked_fixture(bounds, NULL, restore);
	tcase_add_checked_fixture(bounds, setup, NULL);
	tcase_add_test(bounds, lost);
	tcase_add_test(bounds, share_of_users);
	tcase_add_test(bounds, resized);
	tcase_add_test(bounds, shrunk);
	tcase_add_test(bounds, refused_sizes);
	return suite_main(suite, argc, argv);
}
