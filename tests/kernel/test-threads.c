// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The totals of a process hold its exited threads, and never go back while
 * threads exit.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <taskmeter/taskmeter.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "compare.h"
#include "genl.h"
#include "meter.h"
#include "proc.h"
#include "shapes.h"
#include "suite.h"
#include "support.h"

#define EXITED		20
#define PAGES		50
#define NAPS		10
#define WRITES		10
#define WRITE_SIZE	100

/* What threads are known to have done, as they or their process saw it. */
struct work {
	uint64_t run_ns;	/* at the least, of exited threads */
	uint64_t naps;		/* voluntary switches, the same */
	uint64_t switches;	/* voluntary, exact, of exited threads */
	uint64_t preemptions;	/* involuntary, exact, of exited threads */
	uint64_t run_delay_ns;	/* at the least, of exited threads */
	uint64_t timeslices;	/* the same */
	pthread_mutex_t lock;
};

static struct work *work;

static void nap(void)
{
	struct timespec moment = { 0, 100000 };

	nanosleep(&moment, NULL);
}

static void fault_pages(void)
{
	char *memory = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(memory != MAP_FAILED);
	madvise(memory, PAGES * 4096, MADV_NOHUGEPAGE);
	for (int i = 0; i < PAGES; i++)
		memory[i * 4096] = 1;
	must(!munmap(memory, PAGES * 4096));
}

static void write_to_null(void)
{
	static const char text[WRITE_SIZE];
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	for (int i = 0; i < WRITES; i++)
		must(write(fd, text, WRITE_SIZE) == WRITE_SIZE);
	close(fd);
}

static void *work_and_exit(void *arg)
{
	pid_t tid = syscall(SYS_gettid);
	struct proc_schedstat stat;
	struct rusage usage;
	uint64_t run;

	burn_user(CLOCK_THREAD_CPUTIME_ID, 5);
	burn_system(CLOCK_THREAD_CPUTIME_ID, 5);
	for (int i = 0; i < NAPS; i++)
		nap();
	fault_pages();
	write_to_null();
	stat = proc_schedstat(getpid(), tid);
	run = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	must(!getrusage(RUSAGE_THREAD, &usage));
	pthread_mutex_lock(&work->lock);
	work->run_ns += run;
	work->naps += usage.ru_nvcsw;
	work->run_delay_ns += stat.run_delay_ns;
	work->timeslices += stat.timeslices;
	pthread_mutex_unlock(&work->lock);
	return arg;
}

static void run_threads(int count, void *(*fn)(void *arg))
{
	pthread_t threads[EXITED];

	must(count <= EXITED);
	for (int i = 0; i < count; i++)
		must(!pthread_create(&threads[i], NULL, fn, NULL));
	for (int i = 0; i < count; i++)
		must(!pthread_join(threads[i], NULL));
}

/* The switches of exited threads: those of the process less those of its only one. */
static void note_switches(void)
{
	struct rusage all, mine;

	/* Again, in case that it was preempted between the two. */
	do {
		must(!getrusage(RUSAGE_THREAD, &mine) && !getrusage(RUSAGE_SELF, &all));
		work->switches = all.ru_nvcsw - mine.ru_nvcsw;
		work->preemptions = all.ru_nivcsw - mine.ru_nivcsw;
		must(!getrusage(RUSAGE_THREAD, &all));
	} while (all.ru_nivcsw != mine.ru_nivcsw || all.ru_nvcsw != mine.ru_nvcsw);
}

/* Joining does not wait until the kernel has taken the thread out. */
static void await_single(void)
{
	pid_t tids[EXITED + 1];

	while (proc_threads(getpid(), tids, EXITED + 1) > 1)
		nap();
}

static void work_and_stay(void *arg)
{
	(void)arg;
	run_threads(EXITED, work_and_exit);
	await_single();
	note_switches();
	child_stay();
}

static void stay(void *arg)
{
	(void)arg;
	child_stay();
}

static void check_against_proc(pid_t pid, const struct taskmeter_record *before,
			       const struct taskmeter_record *record, const char *what)
{
	struct proc_bounds bounds = { .steady = true, .living_sums = false };
	struct taskmeter_record after;
	int device = device_open();

	bounds.rss_error = device_info(device).rss_error_bytes;
	close(device);
	proc_read(pid, 0, &after);
	proc_check(before, record, &after, &bounds, what);
	/* Only the main thread is left: its switches are all that /proc has. */
	ck_assert_uint_eq(record->voluntary_switches,
			  work->switches + after.voluntary_switches);
	ck_assert_uint_eq(record->involuntary_switches,
			  work->preemptions + after.involuntary_switches);
}

static void check_work(const struct taskmeter_record *record)
{
	ck_assert_uint_ge(record->run_ns, work->run_ns);
	ck_assert_uint_ge(work->run_ns, EXITED * 10000000ULL);
	ck_assert_uint_ge(record->voluntary_switches, work->naps);
	ck_assert_uint_gt(work->naps, 0);
	ck_assert_uint_ge(record->run_delay_ns, work->run_delay_ns);
	ck_assert_uint_ge(record->timeslices, work->timeslices);
	ck_assert_uint_ge(work->timeslices, work->naps);
	ck_assert_uint_ge(record->minor_faults, EXITED * PAGES);
	ck_assert_uint_ge(record->io_write_syscalls, EXITED * WRITES);
	ck_assert_uint_ge(record->io_write_chars_bytes, EXITED * WRITES * WRITE_SIZE);
	ck_assert_uint_eq(record->threads, 1);
}

static void work_alloc(void)
{
	pthread_mutexattr_t attributes;

	work = shared_alloc(sizeof(*work));
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&work->lock, &attributes);
}

/*
 * Run time, switches, faults and I/O of threads that have exited are in the
 * process's totals, exactly; so is what only the meter keeps of them: how long they
 * waited for a CPU, and how often.
 */
START_TEST(exited_threads)
{
	struct taskmeter_record before, record, again;
	int device = device_open();
	struct child child;
	struct genl genl;

	genl_open(&genl);
	work_alloc();
	child_start(&child, work_and_stay, NULL);
	child_await(&child);
	child_await_state(child.pid, "S");
	sleep_ms(50);

	proc_read(child.pid, 0, &before);
	must(device_get(device, child.pid, child.pid, 0, &record));
	ck_assert_int_eq(genl_get(&genl, child.pid, 0, &again), 0);
	check_against_proc(child.pid, &before, &record, "ioctl");
	check_against_proc(child.pid, &before, &again, "netlink");
	check_work(&record);
	must(!(record.flags & TASKMETER_RECORD_LIVING_ONLY));
	child_kill(&child);
}
END_TEST

/*
 * Of threads that exit while the meter is off these are not kept: the record is
 * marked, also when the meter is on again, and has them of the living only.
 */
START_TEST(exited_untracked)
{
	struct taskmeter_record record;
	struct proc_schedstat stat;
	int device = device_open();
	struct child child;

	work_alloc();
	meter_config(TASKMETER_A_CONFIG_METER, 0);
	child_start(&child, work_and_stay, NULL);
	child_await(&child);
	child_await_state(child.pid, "S");
	for (uint32_t on = 0; on <= 1; on++) {
		meter_config(TASKMETER_A_CONFIG_METER, on);
		must(device_get(device, child.pid, child.pid, 0, &record));
		stat = proc_schedstat(child.pid, child.pid);
		must(record.flags & TASKMETER_RECORD_LIVING_ONLY);
		ck_assert_uint_eq(record.run_delay_ns, stat.run_delay_ns);
		ck_assert_uint_eq(record.timeslices, stat.timeslices);
		ck_assert_uint_ge(record.run_ns, work->run_ns);
	}
	child_kill(&child);
}
END_TEST

static void switch_on(void)
{
	meter_config(TASKMETER_A_CONFIG_METER, 1);
}

/* Without exited threads the totals are complete, and not marked. */
START_TEST(no_exited_threads)
{
	struct taskmeter_record record;
	int device = device_open();
	struct child child;

	child_start(&child, stay, NULL);
	child_await(&child);
	must(device_get(device, child.pid, child.pid, 0, &record));
	must(!(record.flags & TASKMETER_RECORD_LIVING_ONLY));
	child_kill(&child);
}
END_TEST

#define WAVES		100
#define WAVE		10
#define STAYING		300

static void *work_a_little(void *arg)
{
	burn_user(CLOCK_THREAD_CPUTIME_ID, 1);
	nap();
	fault_pages();
	write_to_null();
	return arg;
}

static void *sleep_forever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/*
 * 1,000 threads that come and go, among others that stay: with many to sum up, a
 * reader meets more exits on the way.
 */
static void come_and_go(void *arg)
{
	pthread_attr_t attributes;
	pthread_t thread;

	(void)arg;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 16384);
	for (int i = 0; i < STAYING; i++)
		must(!pthread_create(&thread, &attributes, sleep_forever, NULL));
	child_tell();
	for (int i = 0; i < WAVES; i++)
		run_threads(WAVE, work_a_little);
	child_stay();
}

static bool has_told(const struct child *child)
{
	struct pollfd poll_fd = { .fd = child->steps, .events = POLLIN };

	return poll(&poll_fd, 1, 0) > 0;
}

/*
 * No total of a process goes back while its threads come and go, and none is
 * counted twice on the way: what was seen meanwhile is never above the end.
 */
START_TEST(totals_never_go_back)
{
	struct taskmeter_record last[2], highest, record;
	int device = device_open();
	struct child child;
	struct genl genl;
	size_t samples = 0;

	genl_open(&genl);
	child_start(&child, come_and_go, NULL);
	child_await(&child);
	must(device_get(device, child.pid, child.pid, 0, &last[0]));
	must(!genl_get(&genl, child.pid, 0, &last[1]));
	while (!has_told(&child)) {
		must(device_get(device, child.pid, child.pid, 0, &record));
		record_check_progress(&last[0], &record, "ioctl");
		last[0] = record;
		must(!genl_get(&genl, child.pid, 0, &record));
		record_check_progress(&last[1], &record, "netlink");
		record_check_progress(&last[0], &record, "ioctl, then netlink");
		last[1] = record;
		samples++;
	}
	child_await(&child);
	highest = last[1];
	must(device_get(device, child.pid, child.pid, 0, &record));
	record_check_progress(&highest, &record, "the end");
	printf("%zu samples\n", samples);
	ck_assert_uint_gt(samples, 20);
	ck_assert_uint_ge(record.run_ns, WAVES * WAVE * 1000000ULL);
	ck_assert_uint_ge(record.minor_faults, WAVES * WAVE * PAGES);
	ck_assert_uint_ge(record.io_write_syscalls, WAVES * WAVE * WRITES);
	child_kill(&child);
}
END_TEST

/* The main thread exits, the process goes on in another. */
static void leave_main_thread(void *arg)
{
	pthread_t thread;

	(void)arg;
	must(!pthread_create(&thread, NULL, sleep_forever, NULL));
	child_tell();
	/* Not pthread_exit(), which unwinds the stack of the test. */
	syscall(SYS_exit, 0);
}

static pid_t other_thread(pid_t pid)
{
	pid_t tids[2];

	ck_assert_uint_eq(proc_threads(pid, tids, 2), 2);
	return tids[0] == pid ? tids[1] : tids[0];
}

/*
 * A main thread that is a zombie, with other threads at work: the process is not
 * exiting, has its memory still, and totals that agree with /proc.
 */
START_TEST(exited_main_thread)
{
	struct proc_bounds bounds = { .steady = true, .living_sums = true };
	struct taskmeter_record before, record, after, other, thread;
	int device = device_open();
	struct child child;
	pid_t tid;

	bounds.rss_error = device_info(device).rss_error_bytes;
	child_start(&child, leave_main_thread, NULL);
	child_await(&child);
	child_await_state(child.pid, "Z");
	tid = other_thread(child.pid);
	child_await_state(tid, "S");

	proc_read(child.pid, 0, &before);
	must(device_get(device, child.pid, child.pid, 0, &record));
	proc_read(child.pid, 0, &after);
	must(device_get(device, child.pid, tid, TASKMETER_SNAPSHOT_THREADS, &other));
	must(device_get(device, child.pid, child.pid, TASKMETER_SNAPSHOT_THREADS, &thread));

	ck_assert_int_eq(record.state, 'Z');
	ck_assert_uint_eq(record.threads, 2);
	must(!(record.flags & TASKMETER_RECORD_EXITING));
	must(thread.flags & TASKMETER_RECORD_EXITING);
	must(!(other.flags & TASKMETER_RECORD_EXITING));
	must(record.available & TASKMETER_AVAILABLE_MEMORY);
	ck_assert_uint_eq(record.vm_bytes, other.vm_bytes);
	ck_assert_uint_eq(record.rss_anon_bytes, other.rss_anon_bytes);
	/* /proc looks at the main thread only, and finds no memory there. */
	must(!(before.available & TASKMETER_AVAILABLE_MEMORY));
	record.available &= ~(uint64_t)TASKMETER_AVAILABLE_MEMORY;
	proc_check(&before, &record, &after, &bounds, "exited main thread");
	child_kill(&child);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("threads");
	TCase *threads = test_case_add(suite, "threads", 180);

	tcase_add_unchecked_fixture(threads, NULL, switch_on);
	tcase_add_checked_fixture(threads, switch_on, NULL);
	tcase_add_test(threads, exited_threads);
	tcase_add_test(threads, exited_untracked);
	tcase_add_test(threads, no_exited_threads);
	tcase_add_test(threads, totals_never_go_back);
	tcase_add_test(threads, exited_main_thread);
	return suite_main(suite, argc, argv);
}
