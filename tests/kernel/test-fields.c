// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every field of processes of known shape agrees with what /proc says before and
 * after, through both doors, for processes and for threads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <taskmeter/taskmeter.h>
#include <unistd.h>

#include "compare.h"
#include "genl.h"
#include "proc.h"
#include "shapes.h"
#include "suite.h"
#include "support.h"

#define MAX_THREADS 64

static int device;
static struct genl genl;
static uint64_t rss_error;

static void setup(void)
{
	device = device_open();
	genl_open(&genl);
	rss_error = device_info(device).rss_error_bytes;
}

static struct proc_bounds bounds_of(const struct shaped *process)
{
	return (struct proc_bounds){
		.steady = process->shape->steady,
		.rss_error = rss_error,
		.living_sums = true,
	};
}

static void describe(char *text, size_t size, const struct shaped *process,
		     const char *door)
{
	snprintf(text, size, "%s %ld (%d), %s", process->shape->name, process->number,
		 process->child.pid, door);
}

static void check_process(const struct shaped *process)
{
	struct taskmeter_record before, by_ioctl, by_netlink, after;
	struct proc_bounds bounds = bounds_of(process);
	pid_t pid = process->child.pid;
	char what[128];

	proc_read(pid, 0, &before);
	must(device_get(device, pid, pid, 0, &by_ioctl));
	must(!genl_get(&genl, pid, 0, &by_netlink));
	proc_read(pid, 0, &after);

	describe(what, sizeof(what), process, "ioctl");
	proc_check(&before, &by_ioctl, &after, &bounds, what);
	describe(what, sizeof(what), process, "netlink");
	proc_check(&before, &by_netlink, &after, &bounds, what);
	must(!(by_ioctl.flags & (TASKMETER_RECORD_THREAD | TASKMETER_RECORD_KERNEL |
				 TASKMETER_RECORD_EXITING | TASKMETER_RECORD_LIVING_ONLY)));
	if (process->shape->prove)
		process->shape->prove(&by_ioctl);
}

static void check_threads(const struct shaped *process)
{
	struct taskmeter_snapshot filter = {
		.flags = TASKMETER_SNAPSHOT_THREADS | TASKMETER_SNAPSHOT_PID,
		.pid = process->child.pid,
	};
	struct taskmeter_record before[MAX_THREADS], by_netlink[MAX_THREADS], after;
	struct proc_bounds bounds = bounds_of(process);
	pid_t pid = process->child.pid, tids[MAX_THREADS];
	size_t count = proc_threads(pid, tids, MAX_THREADS);
	struct records records;
	char what[128];

	for (size_t i = 0; i < count; i++)
		proc_read(pid, tids[i], &before[i]);
	device_snapshot(device, &filter, 16, &records);
	ck_assert_uint_eq(records.count, count);
	records_check_order(&records);
	for (size_t i = 0; i < count; i++)
		must(!genl_get(&genl, tids[i], TASKMETER_SNAPSHOT_THREADS, &by_netlink[i]));
	for (size_t i = 0; i < count; i++) {
		const struct taskmeter_record *record = records_find(&records, tids[i]);

		must(record && record->flags == TASKMETER_RECORD_THREAD);
		proc_read(pid, tids[i], &after);
		describe(what, sizeof(what), process, "thread by ioctl");
		proc_check(&before[i], record, &after, &bounds, what);
		describe(what, sizeof(what), process, "thread by netlink");
		proc_check(&before[i], &by_netlink[i], &after, &bounds, what);
	}
	records_free(&records);
}

/* 200 processes, one after the other between two readings of /proc. */
START_TEST(every_field)
{
	size_t count;
	struct shaped *processes = shapes_start(false, &count);

	ck_assert_uint_eq(count, 200);
	for (size_t i = 0; i < count; i++) {
		check_process(&processes[i]);
		check_threads(&processes[i]);
	}
	shapes_end(processes, count);
}
END_TEST

static long long rollup(pid_t pid, const char *name)
{
	char path[64], text[4096];
	long long value;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	file_read(path, text, sizeof(text));
	must(proc_value(text, name, &value));
	return value * 1024;
}

static void check_exact(uint64_t ours, int64_t theirs, int64_t error, const char *name,
			const struct shaped *process)
{
	int64_t apart = (int64_t)ours - theirs;

	if (apart < -error || apart > error)
		test_fail("%s %ld: %s is %llu, by its page tables %lld",
			  process->shape->name, process->number, name,
			  (unsigned long long)ours, (long long)theirs);
}

static void check_exact_rss(const struct shaped *process)
{
	const uint32_t flags = TASKMETER_SNAPSHOT_EXACT_RSS;
	struct taskmeter_record record, again;
	pid_t pid = process->child.pid;
	int64_t anon_error, file_error;

	must(device_get(device, pid, pid, flags, &record));
	must(!genl_get(&genl, pid, flags, &again));
	anon_error = rss_error ? 0 : record.threads * 64LL * getpagesize();
	/* A fault on a file may bring in 16 pages. */
	file_error = 16 * anon_error;
	check_exact(record.rss_anon_bytes, rollup(pid, "Anonymous"), anon_error,
		    "rss_anon_bytes", process);
	check_exact(record.rss_anon_bytes + record.rss_file_bytes + record.rss_shmem_bytes,
		    rollup(pid, "Rss"), anon_error + 2 * file_error,
		    "all resident memory", process);
	check_exact(record.swap_bytes, rollup(pid, "Swap"), anon_error, "swap_bytes",
		    process);
	must(again.rss_anon_bytes == record.rss_anon_bytes);
	must(again.rss_file_bytes == record.rss_file_bytes);
	must(again.rss_shmem_bytes == record.rss_shmem_bytes);
	must(again.swap_bytes == record.swap_bytes);
}

/*
 * With TASKMETER_SNAPSHOT_EXACT_RSS resident memory and swap are what a walk of
 * the page tables counts. Kernels that keep plain counters let each thread hold
 * back what its last 64 page faults changed.
 */
START_TEST(exact_rss)
{
	size_t count;
	struct shaped *processes = shapes_start(true, &count);

	for (size_t i = 0; i < count; i++)
		check_exact_rss(&processes[i]);
	shapes_end(processes, count);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("fields");
	TCase *fields = test_case_add(suite, "fields", 240);

	tcase_add_checked_fixture(fields, setup, NULL);
	tcase_add_test(fields, every_field);
	tcase_add_test(fields, exact_rss);
	return suite_main(suite, argc, argv);
}
