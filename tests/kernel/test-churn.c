// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads and processes that come and go by the ten thousand, change their identity
 * or their CPU, or are older than the module: no total goes back, nobody is left
 * untracked, and no memory is left behind.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "compare.h"
#include "herd.h"
#include "load.h"
#include "meter.h"
#include "module.h"
#include "proc.h"
#include "setting.h"
#include "slab.h"
#include "suite.h"
#include "support.h"

#define CPU1_ONLINE	"/sys/devices/system/cpu/cpu1/online"

static struct setting settings[] = {
	{ "/proc/sys/kernel/pid_max", "" },
	{ CPU1_ONLINE, "" },
};

static int device;

static void save_settings(void)
{
	settings_save(settings, ARRAY_SIZE(settings));
}

/* Whatever a test left. */
static void restore(void)
{
	settings_restore(settings, ARRAY_SIZE(settings));
	if (!module_loaded())
		module_load_default();
}

static void setup(void)
{
	restore();
	device = device_open();
}

/* Nobody is left out, and nothing grew that has to be small. */
static void check_memory(void)
{
	struct taskmeter_info info = device_info(device);
	struct slab threads, processes;

	ck_assert_uint_eq(info.untracked_threads, 0);
	ck_assert_uint_eq(info.allocation_failures, 0);
	ck_assert_uint_le(info.thread_bytes, 512);
	must(slab_find("taskmeter_thread", &threads));
	must(slab_find("taskmeter_process", &processes));
	printf("%" PRIu64 " threads, %lu of %lu bytes in the slab; %lu processes of %lu bytes\n",
	       (uint64_t)info.tracked_threads, threads.objects, threads.object_size,
	       processes.objects, processes.object_size);
	ck_assert_uint_le(threads.object_size, 512);
	ck_assert_uint_le(processes.object_size, info.process_bytes);
}

/*
 * Those of gone threads are freed after a grace period: far fewer are left than have
 * come and gone, with what the module and the CPUs hold in reserve.
 */
static void await_freed(void)
{
	struct slab threads;

	do {
		sleep_ms(50);
		must(slab_find("taskmeter_thread", &threads));
	} while (threads.objects > device_info(device).tracked_threads + 3000);
}

/* Of processes and of threads. */
static struct records last[2];

/* A task is in the table of pids for a moment before it is tracked, and runs. */
static bool is_tracked(const struct taskmeter_record *record)
{
	uint64_t age = clock_ns(CLOCK_BOOTTIME) - record->start_time_ns;

	if (record->available & TASKMETER_AVAILABLE_METER && !record->untracked_threads)
		return true;
	if (record->run_ns || age > 5000 * NSEC_PER_MSEC)
		test_fail("%u (%.16s) in state %c, %" PRIu64 " ns old: available %#" PRIx64
			  ", %u of %u threads not tracked", record->pid, record->comm,
			  record->state, age, (uint64_t)record->available,
			  record->untracked_threads, record->threads);
	return false;
}

/* Compare all with the look before, by (pid, start time), and keep the new one. */
static void look_at_all(bool threads)
{
	const struct taskmeter_snapshot filter = {
		.flags = threads ? TASKMETER_SNAPSHOT_THREADS : 0,
	};
	struct records records;

	device_snapshot(device, &filter, 512, &records);
	for (size_t i = 0; i < records.count; i++) {
		const struct taskmeter_record *now = &records.record[i];
		const struct taskmeter_record *before = records_find(&last[threads], now->pid);

		if (!is_tracked(now) || !before || !is_tracked(before) ||
		    before->start_time_ns != now->start_time_ns)
			continue;
		meter_check_progress(before, now, "churn");
		record_check_progress(before, now, "churn");
	}
	records_free(&last[threads]);
	last[threads] = records;
}

#define FORKS		100000
#define DEBUG_FORKS	20000
/* Above the kernel's least, 301, so that there is room for those that look. */
#define LEAST_PIDS	"332"

/*
 * 100,000 processes come and go with so few process ids that each is used again and
 * again: nobody inherits from another of the same number.
 */
START_TEST(pid_reuse)
{
	const struct herd_options options = { 2, 0, NULL, true };
	uint64_t forks = test_scale() > 1 ? DEBUG_FORKS : FORKS;
	struct herd herd;
	size_t looks = 0;

	herd_start(&herd, &options);
	file_write(settings[0].path, LEAST_PIDS);
	do {
		look_at_all(looks++ % 2);
		sleep_ms(5);
	} while (herd_churned(&herd) < forks);
	printf("%" PRIu64 " came and went, %zu looks\n", herd_churned(&herd), looks);
	await_freed();
	check_memory();
	herd_end(&herd);
}
END_TEST

/* Of the slowest kernel; an emulated CPU may get ticks late. */
#define TICK_NS		(10 * NSEC_PER_MSEC)
#define THREADS		5000
#define WAVE		25

static void *run_and_end(void *arg)
{
	spin_us(50);
	nap_us(50);
	return arg;
}

static void come_and_go(void *arg)
{
	pthread_t threads[WAVE];

	(void)arg;
	child_tell();
	for (int i = 0; i < THREADS / WAVE; i++) {
		for (int j = 0; j < WAVE; j++)
			must(!pthread_create(&threads[j], NULL, run_and_end, NULL));
		for (int j = 0; j < WAVE; j++)
			must(!pthread_join(threads[j], NULL));
	}
	child_stay();
}

static bool has_ended(pid_t pid)
{
	struct taskmeter_record record = meter_process(device, pid);

	return record.threads == 1 && record.state == 'S' && record.wakeups > THREADS;
}

/*
 * All of a process at rest adds up, of its gone threads, too; but for what each of
 * them ran since the last tick when it exited, which the kernel loses.
 */
static void check_process_sum(pid_t pid, size_t threads)
{
	struct taskmeter_record record = meter_process(device, pid);
	uint64_t sum = meter_sum(&record), lost = 0;

	if (sum < record.tracked_ns)
		lost = threads * TICK_NS;
	if (!meter_near(sum, record.tracked_ns, NSEC_PER_MSEC + lost))
		test_fail("process %d: tracked %" PRIu64 " ns, but its times are %" PRIu64, pid,
			  (uint64_t)record.tracked_ns, sum);
}

/*
 * 5,000 threads of one process are created and joined: what each did stays in the
 * process's totals, which never go back.
 */
START_TEST(threads_come_and_go)
{
	struct taskmeter_record before, record;
	struct child child;
	size_t looks = 0;

	/* The kernel would take sleep of those that are moved for queueing. */
	delayed_dequeue_forbid();
	child_start(&child, come_and_go, NULL);
	child_await(&child);
	before = meter_process(device, child.pid);
	while (!has_ended(child.pid)) {
		record = meter_process(device, child.pid);
		meter_check_progress(&before, &record, "threads");
		record_check_progress(&before, &record, "threads");
		before = record;
		looks++;
	}
	child_await(&child);
	child_await_state(child.pid, "S");
	record = meter_process(device, child.pid);
	printf("%zu looks\n", looks);
	ck_assert_uint_gt(looks, 20);
	must(!(record.flags & (TASKMETER_RECORD_LIVING_ONLY | TASKMETER_RECORD_PARTIAL)));
	ck_assert_uint_ge(record.run_ns, THREADS * 50000ULL);
	ck_assert_uint_ge(record.sleep_ns, THREADS * 50000ULL);
	ck_assert_uint_ge(record.timeslices, THREADS * 2);
	ck_assert_uint_ge(record.cpu_wait_ns + 100000, record.run_delay_ns);
	ck_assert_uint_gt(record.run_delay_ns, 0);
	check_process_sum(child.pid, THREADS);
	await_freed();
	check_memory();
	child_kill(&child);
}
END_TEST

static void *sleep_for_ever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void *execute(void *arg)
{
	spin_us(5000);
	/* The order to go on. */
	child_listen();
	child_execute(arg, "stay");
	return NULL;
}

static void execute_in_thread(void *arg)
{
	pthread_t thread;

	must(!pthread_create(&thread, NULL, sleep_for_ever, NULL));
	must(!pthread_create(&thread, NULL, execute, arg));
	spin_us(5000);
	child_tell();
	for (;;)
		pause();
}

/* The thread that goes on carries the start of the main thread: its age is told. */
static void check_executed(pid_t pid)
{
	struct taskmeter_record record;

	do {
		record = meter_thread(device, pid, pid);
	} while (record.current_state != TASKMETER_STATE_SLEEPING);
	meter_check_sum(&record, "after exec");
	ck_assert_uint_eq(record.current_state_tid, pid);
}

/*
 * A thread that is not the main one executes a program, and takes over the process
 * id: what all of them did stays in the totals, which never go back.
 */
START_TEST(exec_in_thread)
{
	struct taskmeter_record before, record;
	struct child child;
	char path[4096];

	program_path(path, sizeof(path), "target");
	for (int i = 0; i < 50 / test_scale(); i++) {
		child_start(&child, execute_in_thread, path);
		child_await(&child);
		before = meter_process(device, child.pid);
		child_order(&child);
		do {
			record = meter_process(device, child.pid);
			meter_check_progress(&before, &record, "exec");
			before = record;
		} while (strcmp(record.comm, "target"));
		child_await(&child);
		child_await_state(child.pid, "S");
		record = meter_process(device, child.pid);
		meter_check_progress(&before, &record, "exec");
		must(!(record.flags & TASKMETER_RECORD_LIVING_ONLY));
		ck_assert_uint_ge(record.run_ns, 10000000);
		check_process_sum(child.pid, 2);
		check_executed(child.pid);
		child_kill(&child);
	}
	check_memory();
}
END_TEST

/* Stopped by a tracer and let go, many times, while its threads run. */
START_TEST(traced)
{
	struct taskmeter_record before, record;
	struct load load;
	int status;

	load_start(&load, LOAD_ORDINARY, LOAD_ANY_CPU);
	before = meter_process(device, load.child.pid);
	for (int i = 0; i < 100 / test_scale(); i++) {
		must(!ptrace(PTRACE_ATTACH, load.child.pid, NULL, NULL));
		must(waitpid(load.child.pid, &status, 0) == load.child.pid);
		must(WIFSTOPPED(status));
		must(!ptrace(PTRACE_DETACH, load.child.pid, NULL, NULL));
		record = meter_process(device, load.child.pid);
		meter_check_progress(&before, &record, "traced");
		before = record;
	}
	load_rest(&load);
	record = meter_thread(device, load.child.pid, load.child.pid);
	meter_check_sum(&record, "traced");
	check_memory();
	load_end(&load);
}
END_TEST

static void check_all_sums(void)
{
	const struct taskmeter_snapshot filter = { .flags = TASKMETER_SNAPSHOT_THREADS };
	struct records records;

	device_snapshot(device, &filter, 512, &records);
	for (size_t i = 0; i < records.count; i++)
		if (!(records.record[i].flags & TASKMETER_RECORD_EXITING))
			meter_check_sum(&records.record[i], "all threads");
	records_free(&records);
}

/* A CPU goes off and on while the load runs on it, with its threads pushed around. */
START_TEST(hotplug)
{
	struct load load;

	if (access(CPU1_ONLINE, W_OK))
		suite_skip("there is no second CPU to switch off");
	load_start(&load, LOAD_ORDINARY | LOAD_HOGS | LOAD_FIFO, LOAD_ANY_CPU);
	for (int i = 0; i < 5; i++) {
		file_write(CPU1_ONLINE, "0");
		look_at_all(true);
		sleep_ms(200);
		look_at_all(true);
		file_write(CPU1_ONLINE, "1");
		look_at_all(true);
		sleep_ms(200);
		look_at_all(true);
	}
	check_all_sums();
	load_rest(&load);
	check_all_sums();
	printf("%" PRIu64 " gaps, %" PRIu64 " steps of the clock\n",
	       (uint64_t)device_info(device).gaps, (uint64_t)device_info(device).clock_steps);
	check_memory();
	load_end(&load);
}
END_TEST

static void stay(void *arg)
{
	(void)arg;
	child_stay();
}

/* Lest it is open in children, which would hold the module. */
static void device_close(void)
{
	close(device);
	device = -1;
}

static void load_module_again(void)
{
	device_close();
	module_unload();
	slab_check_none("unloaded");
	module_load("");
	device = device_open();
}

/* Each thread of a process that is older than the module. */
static void check_older(pid_t tgid)
{
	pid_t tids[LOAD_MAX_THREADS];
	size_t count = proc_threads(tgid, tids, ARRAY_SIZE(tids));

	for (size_t i = 0; i < count; i++) {
		struct taskmeter_record record = meter_thread(device, tgid, tids[i]);
		struct proc_schedstat stat = proc_schedstat(tgid, tids[i]);

		must(record.flags & TASKMETER_RECORD_PARTIAL);
		meter_check_sum(&record, "older than the module");
		ck_assert_uint_le(record.run_delay_ns, stat.run_delay_ns);
		/* The wait in which it was attached may be told short. */
		ck_assert_uint_ge(record.cpu_wait_ns + METER_STAND_STILL_NS,
				  record.run_delay_ns);
	}
}

/*
 * Threads that were there before the module are tracked from its load on, also if
 * they did not run since, in the state that they are in.
 */
START_TEST(older_than_module)
{
	struct child sleeper, stopped, running;
	struct taskmeter_record record;
	struct load load;

	device_close();
	load_start(&load, LOAD_ORDINARY, LOAD_ANY_CPU);
	child_start(&sleeper, stay, NULL);
	child_await(&sleeper);
	child_start(&running, run_for_ever, NULL);
	child_await(&running);
	child_start(&stopped, stay, NULL);
	child_await(&stopped);
	must(!kill(stopped.pid, SIGSTOP));
	child_await_state(stopped.pid, "T");
	child_await_state(sleeper.pid, "S");

	load_module_again();
	ck_assert_uint_eq(device_info(device).untracked_threads, 0);
	meter_await_state(device, sleeper.pid, sleeper.pid, TASKMETER_STATE_SLEEPING);
	meter_await_state(device, stopped.pid, stopped.pid, TASKMETER_STATE_STOPPED);
	record = meter_process(device, sleeper.pid);
	must(record.flags & TASKMETER_RECORD_PARTIAL);
	for (int i = 0; i < 10; i++) {
		check_older(load.child.pid);
		check_older(running.pid);
		sleep_ms(50);
	}
	load_rest(&load);
	check_older(load.child.pid);
	check_all_sums();
	check_memory();
	child_kill(&sleeper);
	child_kill(&stopped);
	child_kill(&running);
	load_end(&load);
}
END_TEST

#define LOADS	4

/* Unloaded and loaded while threads run and processes come and go: nothing is left. */
START_TEST(reload_under_load)
{
	const struct herd_options options = { 10, 0, NULL, true };
	struct herd herd;
	struct load load;

	device_close();
	herd_start(&herd, &options);
	load_start(&load, LOAD_ORDINARY, LOAD_ANY_CPU);
	for (int i = 0; i < LOADS; i++) {
		load_module_again();
		check_older(load.child.pid);
		ck_assert_uint_eq(device_info(device).untracked_threads, 0);
	}
	check_all_sums();
	check_memory();
	load_end(&load);
	herd_end(&herd);
	load_module_again();
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("churn");
	TCase *churn = test_case_add(suite, "churn", 300);
	TCase *reload = test_case_add(suite, "reload", 300);

	tcase_add_unchecked_fixture(churn, save_settings, restore);
	tcase_add_checked_fixture(churn, setup, NULL);
	tcase_add_test(churn, pid_reuse);
	tcase_add_test(churn, threads_come_and_go);
	tcase_add_test(churn, exec_in_thread);
	tcase_add_test(churn, traced);
	tcase_add_test(churn, hotplug);

	tcase_add_unchecked_fixture(reload, save_settings, restore);
	tcase_add_checked_fixture(reload, setup, NULL);
	tcase_add_test(reload, older_than_module);
	tcase_add_test(reload, reload_under_load);
	return suite_main(suite, argc, argv);
}
