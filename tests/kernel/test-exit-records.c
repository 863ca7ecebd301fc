// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * However a process ends, it leaves one record, when it is reaped, that tells how it
 * ended, who and where it was, and all that it did.
 */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "compare.h"
#include "exits.h"
#include "load.h"
#include "meter.h"
#include "pressure.h"
#include "proc.h"
#include "setting.h"
#include "stall.h"
#include "suite.h"
#include "support.h"

#define GROUP		"taskmeter-exits"
#define INNER_GROUP	GROUP "/inner"
#define CORE		"/tmp/taskmeter-core"
#define PAGE		4096UL

static struct setting settings[] = {
	{ "/proc/sys/kernel/core_pattern", "" },
	{ "/proc/sys/kernel/core_uses_pid", "" },
};

static struct exits exits;
static char target[4096];

static void save_settings(void)
{
	settings_save(settings, ARRAY_SIZE(settings));
}

/* Whatever a test left. */
static void restore(void)
{
	settings_restore(settings, ARRAY_SIZE(settings));
	unlink(CORE);
	cgroup_remove(INNER_GROUP);
	cgroup_remove(GROUP);
}

static void setup(void)
{
	exits_open(&exits, TASKMETER_SNAPSHOT_STALLS | TASKMETER_SNAPSHOT_HISTOGRAMS);
	program_path(target, sizeof(target), "target");
}

typedef void end_fn(long arg);

static pid_t begin(end_fn *fn, long arg)
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

static void end(long code)
{
	_exit(code);
}

/* One record, that fits what waitpid(2) says (see exits_reap()), and no second one. */
static struct ended begin_and_reap(end_fn *fn, long arg)
{
	uint64_t from = exits.cursor;
	pid_t pid = begin(fn, arg);
	struct ended ended = exits_reap(&exits, pid);

	ck_assert_uint_eq(ended.record.ppid, getpid());
	ck_assert_uint_eq(exits_count(from, pid), 1);
	return ended;
}

/* Exit codes from one end to the other. */
START_TEST(exit_codes)
{
	for (int code = 0; code < 256; code += 51) {
		struct ended ended = begin_and_reap(end, code);

		ck_assert_int_eq(ended.exit.status, code << 8);
		ck_assert_uint_eq(ended.record.threads, 1);
	}
}
END_TEST

static void die(long number)
{
	const struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	sigset_t all;

	sigfillset(&all);
	must(!setrlimit(RLIMIT_CORE, &limit));
	/* SIGKILL needs none of this. */
	signal(number, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	must(!kill(getpid(), number));
	pause();
}

static bool kills(int number)
{
	return number != SIGCHLD && number != SIGCONT && number != SIGSTOP &&
	       number != SIGTSTP && number != SIGTTIN && number != SIGTTOU &&
	       number != SIGURG && number != SIGWINCH;
}

/* Every signal that kills, with a core dump where there is one. */
START_TEST(signals)
{
	struct ended ended;

	file_write(settings[0].path, CORE);
	file_write(settings[1].path, "0");
	for (int number = 1; number <= 31; number++) {
		if (!kills(number))
			continue;
		ended = begin_and_reap(die, number);
		ck_assert_int_eq(ended.exit.status & 0x7f, number);
	}
	ended = begin_and_reap(die, SIGSEGV);
	must(WCOREDUMP(ended.exit.status));
	ended = begin_and_reap(die, SIGRTMIN);
	ck_assert_int_eq(ended.exit.status, SIGRTMIN);
	ended = begin_and_reap(die, SIGRTMAX);
	ck_assert_int_eq(ended.exit.status, SIGRTMAX);
}
END_TEST

#define THREADS		100

static _Atomic int started;

static void *sleep_for_ever(void *arg)
{
	atomic_fetch_add(&started, 1);
	for (;;)
		pause();
	return arg;
}

static void start_threads(int count)
{
	pthread_attr_t attributes;
	pthread_t thread;

	must(!pthread_attr_init(&attributes));
	must(!pthread_attr_setstacksize(&attributes, 65536));
	for (int i = 0; i < count; i++)
		must(!pthread_create(&thread, &attributes, sleep_for_ever, NULL));
	while (started < count)
		sleep_ms(1);
}

static void *end_all(void *arg)
{
	syscall(SYS_exit_group, (long)arg);
	return NULL;
}

/* With 100 threads: the main one ends it, another one does, or a signal. */
static void end_with_threads(long how)
{
	pthread_t thread;

	start_threads(THREADS);
	if (!how)
		end_all((void *)7L);
	else if (how == 1)
		must(!pthread_create(&thread, NULL, end_all, (void *)7L));
	else
		die(SIGTERM);
	for (;;)
		pause();
}

START_TEST(exit_group)
{
	struct ended ended = begin_and_reap(end_with_threads, _i);

	ck_assert_int_eq(ended.exit.status, _i == 2 ? SIGTERM : 7 << 8);
	ck_assert_uint_eq(ended.record.threads, THREADS + 1 + (_i == 1));
}
END_TEST

static void *leave_later(void *arg)
{
	sleep_ms(20);
	spin_us(3000);
	if (arg)
		syscall(SYS_exit_group, 5L);
	syscall(SYS_exit, 6L);
	return NULL;
}

static void leave_first(long group)
{
	pthread_t thread;

	must(!pthread_create(&thread, NULL, leave_later, (void *)group));
	syscall(SYS_exit, 3L);
}

/* The main thread has gone before the others: what these did is there, too. */
START_TEST(main_thread_first)
{
	struct ended ended = begin_and_reap(leave_first, _i);

	/* Of threads that end one by one newer kernels tell the last one's code. */
	must(ended.exit.status == (_i ? 5 << 8 : 3 << 8) || (!_i && ended.exit.status == 6 << 8));
	ck_assert_uint_eq(ended.record.threads, 2);
	ck_assert_uint_ge(ended.record.run_ns, 3 * NSEC_PER_MSEC);
	ck_assert_uint_ge(ended.exit.exit_time_ns - ended.record.start_time_ns,
			  20 * NSEC_PER_MSEC);
}
END_TEST

static void *execute_target(void *arg)
{
	spin_us(5000);
	execl(target, target, "one", NULL);
	test_fail("cannot execute %s", target);
	return arg;
}

static void execute_in_thread(long unused)
{
	pthread_t thread;

	(void)unused;
	start_threads(1);
	must(!pthread_create(&thread, NULL, execute_target, NULL));
	for (;;)
		pause();
}

/* A thread that is not the main one executes a program: one process, one record. */
START_TEST(exec_in_thread)
{
	for (int i = 0; i < 50 / test_scale(); i++) {
		struct ended ended = begin_and_reap(execute_in_thread, 0);

		ck_assert_int_eq(ended.exit.status, 2 << 8);
		ck_assert_str_eq(ended.record.comm, "target");
		ck_assert_uint_eq(ended.record.threads, 3);
		ck_assert_uint_ge(ended.record.run_ns, 5 * NSEC_PER_MSEC);
	}
}
END_TEST

static void by_vfork(long execute)
{
	pid_t pid = vfork();

	if (!pid) {
		if (execute)
			execl(target, target, NULL);
		_exit(9);
	}
	must(waitpid(pid, NULL, 0) == pid);
	_exit(10);
}

static void find_child(const struct ended *ended, void *arg)
{
	struct ended *parent = arg;

	if (ended->record.ppid == parent->record.pid)
		*parent = *ended;
}

/* Whoever is made by vfork(2) has a record of his own, whether he executes or not. */
START_TEST(vforked)
{
	struct ended ended = begin_and_reap(by_vfork, _i), child;

	ck_assert_int_eq(ended.exit.status, 10 << 8);
	do {
		struct exits again = exits;

		child = ended;
		exits_read_all(&again, find_child, &child);
	} while (child.record.pid == ended.record.pid);
	ck_assert_int_eq(child.exit.status, (_i ? 2 : 9) << 8);
	exits_check(&child, "vfork");
}
END_TEST

static void stay_a_zombie(long code)
{
	spin_us(5000);
	_exit(code);
}

/* Nobody waits for it yet: it is in snapshots, and has no record before it is reaped. */
START_TEST(zombie)
{
	pid_t pid = begin(stay_a_zombie, 11);
	struct taskmeter_record record;
	uint64_t from = exits.cursor, reaped;
	struct ended ended;
	siginfo_t info;

	must(!waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	exits_settle();
	ck_assert_uint_eq(exits_count(from, pid), 0);
	must(device_get(exits.device, pid, pid, 0, &record));
	must(record.flags & TASKMETER_RECORD_EXITING);
	sleep_ms(50);
	reaped = clock_ns(CLOCK_BOOTTIME);
	ended = exits_reap(&exits, pid);
	ck_assert_uint_lt(ended.exit.exit_time_ns + 50 * NSEC_PER_MSEC, reaped);
	record_check_progress(&record, &ended.record, "zombie");
	must(!device_get(exits.device, pid, pid, 0, &record));
}
END_TEST

/* Who ignores SIGCHLD need not wait for the record either. */
START_TEST(reaped_by_itself)
{
	pid_t pid;

	must(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	pid = begin(end, 12);
	ck_assert_int_eq(exits_await(&exits, pid).exit.status, 12 << 8);
}
END_TEST

static pid_t *orphan;

static void leave_orphan(long unused)
{
	(void)unused;
	*orphan = begin(stay_a_zombie, 13);
}

/* The parent in the record is the one that forked it, though it went before. */
START_TEST(orphaned)
{
	struct ended parent, child;

	orphan = shared_alloc(sizeof(*orphan));
	must(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	parent = begin_and_reap(leave_orphan, 0);
	child = exits_reap(&exits, *orphan);
	ck_assert_uint_eq(child.record.ppid, parent.record.pid);
}
END_TEST

#define RACES		20000
#define DEBUG_RACES	3000
#define BATCH		500

#define SHARE		(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND)
#define STACK_SIZE	8192

static char stacks[2][STACK_SIZE] __attribute__((aligned(16)));
static volatile _Atomic int arrived;
static volatile unsigned int cpus[2];

/* These share all variables with their parent, those of the C library, too. */
static int end_together(void *code)
{
	syscall(SYS_getcpu, &cpus[atomic_fetch_add(&arrived, 1)], NULL, NULL);
	for (unsigned int i = 1; arrived < 2; i++)
		if (!(i % 1024))
			syscall(SYS_sched_yield);
	syscall(SYS_exit, (long)code);
	return 0;
}

/* The kernel has a new thread begin on a CPU that is idle, which is the other one. */
static int start_pair(void *code)
{
	clone(end_together, stacks[1] + STACK_SIZE, SHARE | CLONE_THREAD, (void *)99L);
	return end_together(code);
}

/* Of one batch; struck off are 0. */
struct races {
	pid_t pids[BATCH];
	int statuses[BATCH];
	size_t struck;
	size_t on_two_cpus;
};

static void race(struct races *races, long number)
{
	pid_t *pid = &races->pids[number];
	int *status = &races->statuses[number];

	arrived = 0;
	*pid = clone(start_pair, stacks[0] + STACK_SIZE, SHARE | SIGCHLD, (void *)(number % 99));
	must(*pid > 0);
	must(waitpid(*pid, status, 0) == *pid);
	races->on_two_cpus += cpus[0] != cpus[1];
	/* The main thread's code or, as newer kernels do, that of the last one. */
	must(*status == (int)(number % 99) << 8 || *status == 99 << 8);
}

static void strike(const struct ended *ended, void *arg)
{
	struct races *races = arg;
	size_t i;

	if (ended->record.ppid != (uint32_t)getpid())
		return;
	for (i = 0; i < BATCH && races->pids[i] != (pid_t)ended->record.pid; i++)
		;
	if (i == BATCH)
		test_fail("%u has a second record", ended->record.pid);
	races->pids[i] = 0;
	races->struck++;
	must(ended->exit.status == races->statuses[i]);
	must(ended->record.threads == 2);
}

/*
 * The last two threads of a process end at the same moment on two CPUs, 20,000 times:
 * one record each, with the code that waitpid(2) tells.
 */
START_TEST(last_two_at_once)
{
	/* Somebody may have been released when the module was loaded. */
	const uint64_t unrecorded = device_info(exits.device).exits_unrecorded;
	long count = test_scale() > 1 ? DEBUG_RACES : RACES;
	struct races races = { 0 };

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		suite_skip("there is only one CPU");
	exits.flags = 0;
	for (long raced = 0; raced < count; raced += BATCH) {
		races.struck = 0;
		for (long i = 0; i < BATCH; i++)
			race(&races, i);
		while (races.struck < BATCH) {
			exits_wait(&exits);
			exits_read_all(&exits, strike, &races);
		}
	}
	printf("%zu of %ld on two CPUs\n", races.on_two_cpus, count);
	ck_assert_uint_gt(races.on_two_cpus, count / 4);
	ck_assert_uint_eq(exits.lost, 0);
	ck_assert_uint_eq(device_info(exits.device).exits_unrecorded, unrecorded);
}
END_TEST

#define TOUCHED		(32 * MEGABYTE)

static uint64_t *rss_before;

static uint64_t own_rss(void)
{
	struct taskmeter_record record = { 0 };

	proc_read(getpid(), 0, &record);
	return record.rss_anon_bytes + record.rss_file_bytes + record.rss_shmem_bytes;
}

static void touch_and_unmap(long unused)
{
	char *memory = mmap(NULL, TOUCHED, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)unused;
	must(memory != MAP_FAILED);
	madvise(memory, TOUCHED, MADV_NOHUGEPAGE);
	pressure_settle_rss();
	*rss_before = own_rss();
	for (size_t i = 0; i < TOUCHED; i += PAGE)
		((volatile char *)memory)[i] = 1;
	must(!munmap(memory, TOUCHED));
}

/* The peak is what was touched, on top of the rest, and what wait4(2) says. */
START_TEST(rss_peak)
{
	uint64_t error = 3 * device_info(exits.device).rss_error_bytes + 64 * PAGE;
	struct rusage usage;
	struct ended ended;
	int status;
	pid_t pid;

	rss_before = shared_alloc(sizeof(*rss_before));
	pid = begin(touch_and_unmap, 0);
	must(wait4(pid, &status, 0, &usage) == pid && !status);
	ended = exits_await(&exits, pid);
	exits_check(&ended, "peak");
	ck_assert_uint_eq(ended.record.rss_peak_bytes, usage.ru_maxrss * 1024UL);
	ck_assert_uint_ge(ended.record.rss_peak_bytes + error, *rss_before + TOUCHED);
	/* With what it runs through of its program until it ends. */
	ck_assert_uint_le(ended.record.rss_peak_bytes, *rss_before + TOUCHED + TOUCHED / 100 +
			  error + MEGABYTE);
	ck_assert_uint_ge(ended.record.minor_faults, TOUCHED / PAGE);
	ck_assert_uint_eq(ended.record.minor_faults, usage.ru_minflt);
	ck_assert_uint_eq(ended.record.major_faults, usage.ru_majflt);
	ck_assert_uint_ge(ended.record.voluntary_switches, usage.ru_nvcsw);
	ck_assert_uint_ge(ended.record.involuntary_switches, usage.ru_nivcsw);
}
END_TEST

static uint64_t *child_clock;

static void run_and_sleep(long unused)
{
	(void)unused;
	spin_us(100000);
	for (int i = 0; i < 20; i++)
		nap_us(5000);
	*child_clock = clock_ns(CLOCK_BOOTTIME);
}

/* Start, end and all between, by the test's own clock. */
START_TEST(times)
{
	uint64_t before, started_at, after, cpu_ns;
	struct taskmeter_record *record;
	struct rusage usage;
	struct ended ended;
	int status;
	pid_t pid;

	child_clock = shared_alloc(sizeof(*child_clock));
	before = clock_ns(CLOCK_BOOTTIME);
	pid = begin(run_and_sleep, 0);
	started_at = clock_ns(CLOCK_BOOTTIME);
	must(wait4(pid, &status, 0, &usage) == pid && !status);
	ended = exits_await(&exits, pid);
	after = clock_ns(CLOCK_BOOTTIME);
	record = &ended.record;
	exits_check(&ended, "times");
	ck_assert_uint_ge(record->start_time_ns, before);
	ck_assert_uint_le(record->start_time_ns, started_at);
	ck_assert_uint_ge(ended.exit.exit_time_ns + NSEC_PER_MSEC, *child_clock);
	ck_assert_uint_le(ended.exit.exit_time_ns, after);
	cpu_ns = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NSEC_PER_SEC +
		 (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000ULL;
	ck_assert_uint_ge(record->run_ns, 100 * NSEC_PER_MSEC);
	ck_assert_uint_ge(record->run_ns + 2000, cpu_ns);
	ck_assert_uint_le(record->run_ns, cpu_ns + METER_STAND_STILL_NS);
	ck_assert_uint_ge(record->sleep_ns, 100 * NSEC_PER_MSEC);
	ck_assert_uint_ge(record->wakeups, 20);
}
END_TEST

static void change_ids(long unused)
{
	(void)unused;
	file_write("/proc/self/oom_score_adj", "321");
	must(!setresgid(3001, 3002, 3003));
	must(!setresuid(2001, 2002, 2003));
}

/* Who it was in the end. */
START_TEST(ids)
{
	struct taskmeter_record record = begin_and_reap(change_ids, 0).record;

	ck_assert_uint_eq(record.uid, 2001);
	ck_assert_uint_eq(record.euid, 2002);
	ck_assert_uint_eq(record.gid, 3001);
	ck_assert_uint_eq(record.egid, 3002);
	ck_assert_int_eq(record.oom_score_adj, 321);
	ck_assert_uint_eq(record.pid_namespace, proc_inode("/proc/self/ns/pid"));
	must(!(record.flags & (TASKMETER_RECORD_PARTIAL | TASKMETER_RECORD_KERNEL |
			       TASKMETER_RECORD_LIVING_ONLY)));
}
END_TEST

static void enter(long group)
{
	cgroup_add((const char *)group, getpid());
}

static void check_path(uint64_t cgroup_id, const char *path)
{
	char text[4096];

	must(exits_cgroup_path(exits.device, cgroup_id, text, sizeof(text)));
	ck_assert_str_eq(text, path);
}

/* Where it was in the end; the path is known also when the cgroup is gone. */
START_TEST(cgroups)
{
	uint64_t outer, inner;
	struct ended ended;

	cgroup_make(GROUP);
	cgroup_make(INNER_GROUP);
	outer = proc_inode("/sys/fs/cgroup/" GROUP);
	inner = proc_inode("/sys/fs/cgroup/" INNER_GROUP);
	ended = begin_and_reap(enter, (long)GROUP);
	ck_assert_uint_eq(ended.record.cgroup_id, outer);
	ended = begin_and_reap(enter, (long)INNER_GROUP);
	ck_assert_uint_eq(ended.record.cgroup_id, inner);
	check_path(outer, "/" GROUP);
	check_path(inner, "/" INNER_GROUP);
	cgroup_remove(INNER_GROUP);
	cgroup_remove(GROUP);
	check_path(outer, "/" GROUP);
	check_path(inner, "/" INNER_GROUP);
	/* Another one of the same name has an id of its own. */
	cgroup_make(GROUP);
	ended = begin_and_reap(enter, (long)GROUP);
	ck_assert_uint_ne(ended.record.cgroup_id, outer);
	check_path(ended.record.cgroup_id, "/" GROUP);
	check_path(outer, "/" GROUP);
}
END_TEST

static void *nap_and_run(void *arg)
{
	for (int i = 0; i < 50; i++) {
		nap_us(500);
		spin_us(200);
	}
	return arg;
}

static void work_and_stay(void *arg)
{
	pthread_t threads[5];

	(void)arg;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		must(!pthread_create(&threads[i], NULL, nap_and_run, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		must(!pthread_join(threads[i], NULL));
	child_stay();
}

static uint64_t sum_of(const __u64 *buckets, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += buckets[i];
	return sum;
}

/* Waits for a CPU of the last record are all in its histogram, in the right buckets. */
static void check_histograms(const struct ended *ended)
{
	uint64_t low = 0, high = 0;

	for (size_t i = 0; i < TASKMETER_CPU_WAIT_BUCKETS; i++) {
		uint64_t waits = ended->histograms.cpu_wait[i];

		low += i ? waits * meter_bucket_start(TASKMETER_CPU_WAIT_FIRST, i) : 0;
		high += waits * meter_bucket_start(TASKMETER_CPU_WAIT_FIRST, i + 1);
	}
	ck_assert_uint_le(low, ended->record.cpu_wait_ns + NSEC_PER_MSEC);
	ck_assert_uint_ge(high + NSEC_PER_MSEC, ended->record.cpu_wait_ns);
	stall_check_histograms(&ended->record, &ended->histograms, "ended");
}

/* Its last snapshot, with histograms, is in the record: nothing is lost at the end. */
START_TEST(histograms)
{
	struct taskmeter_histograms before;
	struct taskmeter_record record;
	struct ended ended;
	struct child child;
	uint64_t seen;

	child_start(&child, work_and_stay, NULL);
	child_await(&child);
	child_await_state(child.pid, "S");
	meter_histograms_with(exits.device, child.pid, 0, TASKMETER_SNAPSHOT_STALLS, &record,
			      &before);
	child_order(&child);
	ended = exits_reap(&exits, child.pid);
	meter_check_progress(&record, &ended.record, "ended");
	for (size_t i = 0; i < TASKMETER_CPU_WAIT_BUCKETS; i++)
		ck_assert_uint_ge(ended.histograms.cpu_wait[i], before.cpu_wait[i]);
	seen = sum_of(before.cpu_wait, TASKMETER_CPU_WAIT_BUCKETS);
	ck_assert_uint_ge(seen, 5 * 50);
	ck_assert_uint_le(sum_of(ended.histograms.cpu_wait, TASKMETER_CPU_WAIT_BUCKETS),
			  seen + 50);
	check_histograms(&ended);
}
END_TEST

static struct pressure squeezed;

/* What a process was stalled for lack of memory is in its record. */
START_TEST(stalls)
{
	struct taskmeter_histograms before;
	struct taskmeter_record record;
	struct ended ended;
	pid_t pid;

	stall_need(exits.device, TASKMETER_AVAILABLE_MEMCG_RECLAIM);
	pressure_file_make();
	cgroup_make(GROUP);
	cgroup_write(GROUP, "memory.max", "16M");
	pressure_start(&squeezed, GROUP, PRESSURE_READ, PRESSURE_FILE_BYTES);
	pid = squeezed.child.pid;
	pressure_go(&squeezed);
	while (stall_process(exits.device, pid).memcg_reclaims < 10)
		sleep_ms(10);
	pressure_pause(&squeezed);
	record = stall_histograms(exits.device, pid, &before);
	must(!kill(pid, SIGKILL));
	ended = exits_reap(&exits, pid);
	stall_check_progress(&record, &ended.record, "squeezed");
	stall_check(&ended.record, STALL_SLACK_NS, "squeezed");
	check_histograms(&ended);
	ck_assert_uint_ge(ended.record.memcg_reclaims, record.memcg_reclaims);
	ck_assert_uint_gt(ended.record.mem_stall_ns, 0);
	pressure_file_remove();
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("exit records");
	TCase *ways = test_case_add(suite, "ways", 120);
	TCase *races = test_case_add(suite, "races", 400);
	TCase *contents = test_case_add(suite, "contents", 60);

	tcase_add_unchecked_fixture(ways, save_settings, restore);
	tcase_add_checked_fixture(ways, setup, NULL);
	tcase_add_test(ways, exit_codes);
	tcase_add_test(ways, signals);
	tcase_add_loop_test(ways, exit_group, 0, 3);
	tcase_add_loop_test(ways, main_thread_first, 0, 2);
	tcase_add_test(ways, exec_in_thread);
	tcase_add_loop_test(ways, vforked, 0, 2);
	tcase_add_test(ways, zombie);
	tcase_add_test(ways, reaped_by_itself);
	tcase_add_test(ways, orphaned);

	tcase_add_checked_fixture(races, setup, NULL);
	tcase_add_test(races, last_two_at_once);

	tcase_add_unchecked_fixture(contents, save_settings, restore);
	tcase_add_checked_fixture(contents, setup, NULL);
	tcase_add_test(contents, rss_peak);
	tcase_add_test(contents, times);
	tcase_add_test(contents, ids);
	tcase_add_test(contents, cgroups);
	tcase_add_test(contents, histograms);
	tcase_add_test(contents, stalls);
	return suite_main(suite, argc, argv);
}
