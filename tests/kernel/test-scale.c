// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * 10,000 processes, of which 1,000 fork and exit all the time: each snapshot and
 * each dump is complete and in order, and filters find what they ask for.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <taskmeter/taskmeter.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "genl.h"
#include "herd.h"
#include "proc.h"
#include "suite.h"
#include "support.h"

#define CGROUP		"/sys/fs/cgroup/taskmeter-scale"
#define USER		4242
#define THREADS		2000

/* 10,000 in all. */
static const struct herd_options sleepers = { 8000, 0, NULL, false };
static const struct herd_options forkers = { 1000, 0, NULL, true };
static const struct herd_options users = { 500, USER, NULL, false };
static const struct herd_options group = { 500, 0, CGROUP, false };

static struct herd sleeping, forking, of_user, in_cgroup;

/* The herds live as long as this program, all tests look at the same. */
static void start_herds(void)
{
	uint64_t start = clock_ns(CLOCK_MONOTONIC);

	herd_limits_raise();
	rmdir(CGROUP);
	must(!mkdir(CGROUP, 0755));
	herd_start(&sleeping, &sleepers);
	herd_start(&of_user, &users);
	herd_start(&in_cgroup, &group);
	herd_start(&forking, &forkers);
	printf("10,000 processes started in %llu ms\n",
	       (unsigned long long)(clock_ns(CLOCK_MONOTONIC) - start) / 1000000);
}

static void end_herds(void)
{
	herd_end(&forking);
	herd_end(&sleeping);
	herd_end(&of_user);
	herd_end(&in_cgroup);
	/* A cgroup is busy for a moment when its last process has gone. */
	while (rmdir(CGROUP))
		sleep_ms(10);
	herd_limits_restore();
}

/* Not to be starved by 1,000 processes that fork. */
static void setup(void)
{
	must(!setpriority(PRIO_PROCESS, 0, -20));
}

static void check_herd(const struct records *records, const struct herd *herd,
		       const char *what)
{
	for (size_t i = 0; i < herd->count; i++) {
		const struct taskmeter_record *record =
			records_find(records, herd->pids[i]);

		if (!record)
			test_fail("%s: process %d is missing", what, herd->pids[i]);
		must(record->tgid == (uint32_t)herd->pids[i]);
		must(record->ppid == (uint32_t)herd->parent.pid);
	}
}

/* Whatever it is and whatever becomes of it meanwhile, a record makes sense. */
static void check_sane(const struct taskmeter_record *record, uint64_t now)
{
	must(record->size == TASKMETER_RECORD_SIZE_VER2);
	must(record->pid > 0 && record->pid <= 4194304);
	must(record->tgid > 0 && record->tgid <= 4194304);
	must(record->state && strchr("RSDTtXZPI", record->state));
	must(memchr(record->comm, '\0', sizeof(record->comm)));
	must(record->start_time_ns < now);
	must(record->nice >= -20 && record->nice <= 19);
	must(record->user_ns + record->system_ns <= record->run_ns + 10000000);
	must(record->run_ns < now * 64);
}

static void check_complete(const struct records *records, const char *what)
{
	uint64_t now = clock_ns(CLOCK_BOOTTIME);

	records_check_order(records);
	check_herd(records, &sleeping, what);
	check_herd(records, &forking, what);
	check_herd(records, &of_user, what);
	check_herd(records, &in_cgroup, what);
	for (size_t i = 0; i < records->count; i++)
		check_sane(&records->record[i], now);
}

/* Snapshots in small and large steps, as long as enough comes and goes. */
START_TEST(snapshots)
{
	static const size_t chunks[] = { 4096, 100, 7 };
	uint64_t churned = herd_churned(&forking);
	struct taskmeter_snapshot filter = { 0 };
	int device = device_open();
	struct records records;

	for (size_t i = 0; i < 6 || herd_churned(&forking) < churned + 1000; i++) {
		filter.flags = i % 2 ? TASKMETER_SNAPSHOT_THREADS : 0;
		device_snapshot(device, &filter, chunks[i % 3], &records);
		check_complete(&records, "snapshot");
		records_free(&records);
	}
	printf("%llu came and went\n",
	       (unsigned long long)(herd_churned(&forking) - churned));
}
END_TEST

START_TEST(dumps)
{
	uint64_t churned = herd_churned(&forking);
	struct taskmeter_snapshot filter = { 0 };
	struct genl small, large;
	struct records records;

	genl_open_small(&small);
	genl_open(&large);
	for (size_t i = 0; i < 4 || herd_churned(&forking) < churned + 1000; i++) {
		filter.flags = i & 2 ? TASKMETER_SNAPSHOT_THREADS : 0;
		must(!genl_dump(i % 2 ? &small : &large, &filter, &records));
		check_complete(&records, "dump");
		records_free(&records);
	}
	printf("%llu came and went\n",
	       (unsigned long long)(herd_churned(&forking) - churned));
}
END_TEST

/* Both doors give just these, and their parent. */
static void check_filter(const struct taskmeter_snapshot *filter, const struct herd *herd,
			 const char *what)
{
	int device = device_open();
	struct records records[2];
	struct genl genl;

	genl_open(&genl);
	device_snapshot(device, filter, 64, &records[0]);
	must(!genl_dump(&genl, filter, &records[1]));
	for (int i = 0; i < 2; i++) {
		records_check_order(&records[i]);
		check_herd(&records[i], herd, what);
		must(records_find(&records[i], herd->parent.pid));
		ck_assert_uint_eq(records[i].count, herd->count + 1);
		records_free(&records[i]);
	}
	genl_close(&genl);
	close(device);
}

/* Filters find their 500 among 10,000. */
START_TEST(filters)
{
	struct taskmeter_snapshot by_uid = { .flags = TASKMETER_SNAPSHOT_UID, .uid = USER };
	struct taskmeter_snapshot by_cgroup = {
		.flags = TASKMETER_SNAPSHOT_CGROUP,
		.cgroup_id = proc_inode(CGROUP),
	};

	check_filter(&by_uid, &of_user, "by uid");
	check_filter(&by_cgroup, &in_cgroup, "by cgroup");
	by_uid.flags |= TASKMETER_SNAPSHOT_THREADS;
	by_cgroup.flags |= TASKMETER_SNAPSHOT_THREADS;
	check_filter(&by_uid, &of_user, "threads by uid");
	check_filter(&by_cgroup, &in_cgroup, "threads by cgroup");
}
END_TEST

/* One process out of 10,000, again and again. */
START_TEST(by_pid)
{
	int device = device_open();
	struct genl genl;

	genl_open(&genl);
	for (size_t i = 0; i < sleeping.count; i += 100) {
		pid_t pid = sleeping.pids[i];
		struct taskmeter_snapshot filter = {
			.flags = TASKMETER_SNAPSHOT_PID, .pid = pid,
		};
		struct taskmeter_record record;
		struct records records;

		device_snapshot(device, &filter, 2, &records);
		ck_assert_uint_eq(records.count, 1);
		ck_assert_uint_eq(records.record[0].pid, pid);
		records_free(&records);
		must(!genl_get(&genl, pid, 0, &record));
		ck_assert_uint_eq(record.pid, pid);
	}
}
END_TEST

static void *sleep_forever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void be_threads(void *arg)
{
	pthread_attr_t attributes;
	pthread_t thread;

	(void)arg;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 16384);
	for (int i = 0; i < THREADS; i++)
		must(!pthread_create(&thread, &attributes, sleep_forever, NULL));
	child_stay();
}

static void check_threads(const struct records *records, pid_t pid, const pid_t *tids)
{
	records_check_order(records);
	ck_assert_uint_eq(records->count, THREADS + 1);
	for (int i = 0; i <= THREADS; i++) {
		const struct taskmeter_record *record = records_find(records, tids[i]);

		must(record && record->tgid == (uint32_t)pid);
		must(record->threads == THREADS + 1);
		must(record->flags & TASKMETER_RECORD_THREAD);
	}
}

/* A process with 2,000 threads: each of them has its record. */
START_TEST(threads)
{
	struct taskmeter_snapshot filter = {
		.flags = TASKMETER_SNAPSHOT_THREADS | TASKMETER_SNAPSHOT_PID,
	};
	static pid_t tids[THREADS + 1];
	struct taskmeter_record process;
	int device = device_open();
	struct records records;
	struct child child;
	struct genl genl;

	genl_open(&genl);
	child_start(&child, be_threads, NULL);
	child_await(&child);
	ck_assert_uint_eq(proc_threads(child.pid, tids, THREADS + 1), THREADS + 1);
	filter.pid = child.pid;
	device_snapshot(device, &filter, 100, &records);
	check_threads(&records, child.pid, tids);
	records_free(&records);
	must(!genl_dump(&genl, &filter, &records));
	check_threads(&records, child.pid, tids);
	records_free(&records);
	must(device_get(device, child.pid, child.pid, 0, &process));
	ck_assert_uint_eq(process.threads, THREADS + 1);
	child_kill(&child);
}
END_TEST

#define STARTERS	4
#define STARTS		100

/* Programs that live for a moment, each with a memory of its own. */
static void start_programs(void *arg)
{
	(void)arg;
	for (int i = 0; i < STARTS; i++) {
		pid_t pid = fork();

		must(pid >= 0);
		if (!pid) {
			execl("/bin/true", "true", NULL);
			_exit(1);
		}
		must(waitpid(pid, NULL, 0) == pid);
	}
}

static bool all_ended(struct child *children, size_t count)
{
	siginfo_t info;

	for (size_t i = 0; i < count; i++) {
		info.si_pid = 0;
		must(!waitid(P_PID, children[i].pid, &info, WEXITED | WNOHANG | WNOWAIT));
		if (!info.si_pid)
			return false;
	}
	return true;
}

/* Records of processes on their way in and out make sense. */
START_TEST(short_lives)
{
	struct taskmeter_snapshot filter = { 0 };
	struct child children[STARTERS];
	int device = device_open();
	struct records records;
	struct genl genl;
	size_t rounds = 0;

	genl_open(&genl);
	for (int i = 0; i < STARTERS; i++)
		child_start(&children[i], start_programs, NULL);
	do {
		filter.flags = rounds % 2 ? TASKMETER_SNAPSHOT_EXACT_RSS :
					    TASKMETER_SNAPSHOT_THREADS;
		device_snapshot(device, &filter, 64, &records);
		records_check_order(&records);
		for (size_t i = 0; i < records.count; i++)
			check_sane(&records.record[i], clock_ns(CLOCK_BOOTTIME));
		records_free(&records);
		must(!genl_dump(&genl, &filter, &records));
		records_check_order(&records);
		records_free(&records);
		rounds++;
	} while (!all_ended(children, STARTERS));
	for (int i = 0; i < STARTERS; i++)
		child_join(&children[i]);
	printf("%zu rounds\n", rounds);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("scale");
	TCase *processes = test_case_add(suite, "processes", 240);
	TCase *others = test_case_add(suite, "others", 120);

	tcase_add_unchecked_fixture(processes, start_herds, end_herds);
	tcase_add_checked_fixture(processes, setup, NULL);
	tcase_add_test(processes, snapshots);
	tcase_add_test(processes, dumps);
	tcase_add_test(processes, filters);
	tcase_add_test(processes, by_pid);

	tcase_add_test(others, threads);
	tcase_add_test(others, short_lives);
	return suite_main(suite, argc, argv);
}
