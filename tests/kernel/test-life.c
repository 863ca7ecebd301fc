// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records of processes at the turns of their lives: exec, from the main thread
 * and from another, exit, and kernel threads, which have no life of their own.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <taskmeter/taskmeter.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "compare.h"
#include "genl.h"
#include "proc.h"
#include "shapes.h"
#include "suite.h"
#include "support.h"

#define MEGABYTE (1UL << 20)

static int device;
static struct genl genl;

static void setup(void)
{
	device = device_open();
	genl_open(&genl);
}

static void get_both(pid_t pid, struct taskmeter_record *record)
{
	struct taskmeter_record before, after;

	must(device_get(device, pid, pid, 0, &before));
	must(!genl_get(&genl, pid, 0, record));
	must(device_get(device, pid, pid, 0, &after));
	record_check_between(&before, record, &after, "both doors");
}

static void use_memory_and_time(void)
{
	char *memory = mmap(NULL, 16 * MEGABYTE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(memory != MAP_FAILED);
	memset(memory, 1, 16 * MEGABYTE);
	burn_user(CLOCK_PROCESS_CPUTIME_ID, 30);
}

static void use_and_exit(void *arg)
{
	(void)arg;
	use_memory_and_time();
	child_tell();
}

/* What wait4(2) says in the end, in the units of a record. */
static void reap(struct child *child, struct rusage *usage)
{
	int status;

	must(wait4(child->pid, &status, 0, usage) == child->pid);
	must(!status);
	close(child->steps);
	close(child->orders);
}

static uint64_t to_ns(const struct timeval *time)
{
	return time->tv_sec * NSEC_PER_SEC + time->tv_usec * 1000ULL;
}

/*
 * A zombie has no memory but its peak, which is what its parent is told, and
 * counters that stay until it is reaped.
 */
START_TEST(zombie)
{
	struct taskmeter_record record, proc;
	struct rusage usage;
	struct child child;
	uint64_t run, theirs;

	child_start(&child, use_and_exit, NULL);
	child_await(&child);
	child_await_state(child.pid, "Z");
	proc_read(child.pid, 0, &proc);
	get_both(child.pid, &record);
	reap(&child, &usage);

	ck_assert_int_eq(record.state, 'Z');
	must(record.flags & TASKMETER_RECORD_EXITING);
	must(!(record.available & TASKMETER_AVAILABLE_MEMORY));
	must(record.available & TASKMETER_AVAILABLE_RSS_PEAK);
	ck_assert_uint_eq(record.rss_peak_bytes, usage.ru_maxrss * 1024ULL);
	ck_assert_uint_ge(record.rss_peak_bytes, 16 * MEGABYTE);
	ck_assert_uint_eq(record.rss_anon_bytes, 0);

	ck_assert_uint_eq(record.minor_faults, usage.ru_minflt);
	ck_assert_uint_eq(record.major_faults, usage.ru_majflt);
	ck_assert_uint_eq(record.voluntary_switches, usage.ru_nvcsw);
	ck_assert_uint_eq(record.involuntary_switches, usage.ru_nivcsw);
	ck_assert_uint_eq(record.ppid, getpid());
	ck_assert_uint_eq(record.start_time_ns / 10000000, proc.start_time_ns / 10000000);
	ck_assert_uint_eq(record.cgroup_id, proc.cgroup_id);
	run = record.run_ns;
	theirs = to_ns(&usage.ru_utime) + to_ns(&usage.ru_stime);
	/* The kernel rounds each down to a microsecond. */
	must(run >= theirs && run <= theirs + 2000);

	must(!device_get(device, child.pid, child.pid, 0, &record));
	ck_assert_int_eq(genl_get(&genl, child.pid, 0, &record), -ESRCH);
}
END_TEST

static void use_and_execute(void *arg)
{
	use_memory_and_time();
	child_execute(arg, "stay");
}

/*
 * Exec is another program in the same process: a new name, a new memory, the old
 * counters. In the end its peak is that over all programs.
 */
START_TEST(exec)
{
	struct taskmeter_record before, record;
	struct rusage usage;
	struct child child;
	char path[4096];

	program_path(path, sizeof(path), "target");
	child_start(&child, use_and_execute, path);
	must(device_get(device, child.pid, child.pid, 0, &before));
	child_await(&child);
	child_await_state(child.pid, "S");
	get_both(child.pid, &record);
	record_check_progress(&before, &record, "exec");
	ck_assert_str_eq(record.comm, "target");
	must(record.available & TASKMETER_AVAILABLE_MEMORY);
	ck_assert_uint_lt(record.rss_peak_bytes, 16 * MEGABYTE);
	ck_assert_uint_ge(record.run_ns, 30000000);

	child_order(&child);
	child_await_state(child.pid, "Z");
	get_both(child.pid, &record);
	reap(&child, &usage);
	ck_assert_uint_eq(record.rss_peak_bytes, usage.ru_maxrss * 1024ULL);
	ck_assert_uint_ge(record.rss_peak_bytes, 16 * MEGABYTE);
}
END_TEST

static void *execute(void *arg)
{
	burn_user(CLOCK_THREAD_CPUTIME_ID, 20);
	/* The order to go on. */
	child_listen();
	child_execute(arg, "stay");
	return NULL;
}

static void execute_in_thread(void *arg)
{
	pthread_t thread;

	burn_user(CLOCK_THREAD_CPUTIME_ID, 20);
	must(!pthread_create(&thread, NULL, execute, arg));
	child_tell();
	for (;;)
		pause();
}

/*
 * When another than the main thread executes a program it takes over the process
 * id and the start time; no total goes back, and nothing is left of the others.
 */
START_TEST(exec_in_thread)
{
	struct taskmeter_record before, record;
	struct child child;
	char path[4096];

	program_path(path, sizeof(path), "target");
	for (int i = 0; i < 20; i++) {
		child_start(&child, execute_in_thread, path);
		child_await(&child);
		must(device_get(device, child.pid, child.pid, 0, &before));
		ck_assert_uint_eq(before.threads, 2);
		child_order(&child);
		child_await(&child);
		child_await_state(child.pid, "S");
		get_both(child.pid, &record);
		record_check_progress(&before, &record, "exec in a thread");
		ck_assert_uint_eq(record.pid, child.pid);
		ck_assert_uint_eq(record.tgid, child.pid);
		ck_assert_uint_eq(record.threads, 1);
		ck_assert_str_eq(record.comm, "target");
		ck_assert_uint_ge(record.run_ns, 40000000);
		child_kill(&child);
	}
}
END_TEST

static void shape_of_kernel_thread(pid_t pid, const char *comm)
{
	struct proc_bounds bounds = { .living_sums = true };
	struct taskmeter_record before, record, after;

	proc_read(pid, 0, &before);
	must(!genl_get(&genl, pid, 0, &record));
	proc_read(pid, 0, &after);
	proc_check(&before, &record, &after, &bounds, comm);
	ck_assert_str_eq(record.comm, comm);
	must(record.flags & TASKMETER_RECORD_KERNEL);
	must(!(record.available & TASKMETER_AVAILABLE_MEMORY));
	must(!(record.available & TASKMETER_AVAILABLE_RSS_PEAK));
	ck_assert_uint_eq(record.rss_peak_bytes, 0);
}

/* All kernel threads are there, as such, and have no memory. */
START_TEST(kernel_threads)
{
	struct records records;
	size_t kernel = 0;

	shape_of_kernel_thread(2, "kthreadd");
	device_snapshot(device, NULL, 64, &records);
	for (size_t i = 0; i < records.count; i++) {
		const struct taskmeter_record *record = &records.record[i];
		bool is_kernel = record->pid == 2 || record->ppid == 2;

		must(!!(record->flags & TASKMETER_RECORD_KERNEL) == is_kernel);
		if (!is_kernel)
			continue;
		must(!(record->available & (TASKMETER_AVAILABLE_MEMORY |
					    TASKMETER_AVAILABLE_RSS_PEAK)));
		if (!strcmp(record->comm, "ksoftirqd/0") || !strcmp(record->comm, "kswapd0"))
			shape_of_kernel_thread(record->pid, record->comm);
		kernel++;
	}
	ck_assert_uint_gt(kernel, 10);
	records_free(&records);
}
END_TEST

/* Whatever bytes a name has, both doors give just these, and a NUL. */
START_TEST(any_name)
{
	struct taskmeter_record record;
	char name[TASKMETER_COMM_LEN] = { 0 };

	for (int byte = 1; byte < 256; byte++) {
		size_t length = 1 + byte % (sizeof(name) - 1);

		memset(name, 0, sizeof(name));
		memset(name, byte, length);
		must(!prctl(PR_SET_NAME, name));
		must(device_get(device, getpid(), getpid(), 0, &record));
		must(!memcmp(record.comm, name, sizeof(name)));
		must(!genl_get(&genl, getpid(), 0, &record));
		must(!memcmp(record.comm, name, sizeof(name)));
	}
}
END_TEST

static void outlive_parent(void *arg)
{
	(void)arg;
	must(!prctl(PR_SET_PDEATHSIG, 0));
	child_tell();
	for (;;)
		pause();
}

static void start_orphan(void *arg)
{
	struct child orphan;

	child_start(&orphan, outlive_parent, NULL);
	child_await(&orphan);
	*(pid_t *)arg = orphan.pid;
	child_stay();
}

/* When its parent is gone a process has the next one, as getppid(2) says. */
START_TEST(parent)
{
	pid_t *orphan = shared_alloc(sizeof(*orphan));
	struct taskmeter_record record;
	struct child child;

	must(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	child_start(&child, start_orphan, orphan);
	child_await(&child);
	get_both(*orphan, &record);
	ck_assert_uint_eq(record.ppid, child.pid);
	child_kill(&child);
	get_both(*orphan, &record);
	ck_assert_uint_eq(record.ppid, getpid());

	must(!kill(*orphan, SIGKILL));
	must(waitpid(*orphan, NULL, 0) == *orphan);
	must(!device_get(device, *orphan, *orphan, 0, &record));
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("life");
	TCase *life = test_case_add(suite, "life", 120);

	tcase_add_checked_fixture(life, setup, NULL);
	tcase_add_test(life, zombie);
	tcase_add_test(life, exec);
	tcase_add_test(life, exec_in_thread);
	tcase_add_test(life, kernel_threads);
	tcase_add_test(life, any_name);
	tcase_add_test(life, parent);
	return suite_main(suite, argc, argv);
}
