// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that are held up, each in a way of its own: while it lasts, all of the
 * time goes to the state that the header names for it, and the state and how long
 * it has lasted can be told.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "load.h"
#include "meter.h"
#include "proc.h"
#include "slowdisk.h"
#include "suite.h"
#include "support.h"

#define GROUP		"taskmeter-states"
#define SLOW_US		500000
#define MEGABYTE	(1UL << 20)

static int device;

static void setup(void)
{
	device = device_open();
}

static void stay(void *arg)
{
	(void)arg;
	child_stay();
}

/* The state of a process with one thread, by the thread's record and its own. */
static void expect_state(pid_t pid, enum taskmeter_state state)
{
	struct taskmeter_record process;

	meter_await_state(device, pid, pid, state);
	process = meter_process(device, pid);
	ck_assert_uint_eq(process.current_state_tid, pid);
}

/* A read from an empty pipe: sleep. */
START_TEST(reads_pipe)
{
	struct taskmeter_record record;
	struct child child;

	child_start(&child, stay, NULL);
	child_await(&child);
	expect_state(child.pid, TASKMETER_STATE_SLEEPING);
	record = meter_process(device, child.pid);
	ck_assert_uint_eq(record.current_state, TASKMETER_STATE_SLEEPING);
	ck_assert_uint_eq(record.mem_wait_ns, 0);
	ck_assert_uint_eq(record.stop_ns, 0);
	child_kill(&child);
}
END_TEST

static void read_slowly(void *arg)
{
	int fd = slowdisk_open();

	(void)arg;
	child_tell();
	for (unsigned int i = 0;; i++)
		slowdisk_read(fd, i);
}

/* A read from a slow device past the page cache: I/O wait. */
START_TEST(reads_device)
{
	struct taskmeter_record record;
	struct child child;

	slowdisk_make(SLOW_US);
	child_start(&child, read_slowly, NULL);
	child_await(&child);
	expect_state(child.pid, TASKMETER_STATE_IO);
	/* Its code may have to be read before. */
	do {
		record = meter_process(device, child.pid);
	} while (record.io_wait_max_ns < SLOW_US * 990ULL);
	ck_assert_uint_gt(record.io_wait_max_time_ns, record.start_time_ns);
	ck_assert_uint_lt(record.io_wait_max_time_ns,
			  clock_ns(CLOCK_BOOTTIME) + 200 * NSEC_PER_MSEC);
	ck_assert_uint_eq(record.mem_wait_max_ns, 0);
	ck_assert_uint_eq(record.mem_wait_max_time_ns, 0);
	child_kill(&child);
}
END_TEST

static void page_in_slowly(void *arg)
{
	int fd = open(SLOWDISK, O_RDONLY | O_CLOEXEC);
	volatile char *memory;

	(void)arg;
	memory = mmap(NULL, 64 * MEGABYTE, PROT_READ, MAP_SHARED, fd, 0);
	must(memory != MAP_FAILED);
	must(!madvise((void *)memory, 64 * MEGABYTE, MADV_RANDOM));
	child_tell();
	for (size_t i = 0; i < 64 * MEGABYTE; i += MEGABYTE)
		must(!memory[i]);
}

/* A page fault on a mapping of a slow device: I/O wait, and a major fault then. */
START_TEST(pages_in)
{
	struct taskmeter_record record;
	struct child child;

	slowdisk_make(SLOW_US);
	child_start(&child, page_in_slowly, NULL);
	child_await(&child);
	expect_state(child.pid, TASKMETER_STATE_IO);
	do {
		record = meter_process(device, child.pid);
	} while (!record.major_faults);
	child_kill(&child);
}
END_TEST

static void allocate_too_much(void *arg)
{
	char *memory = mmap(NULL, 256 * MEGABYTE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(memory != MAP_FAILED);
	must(!madvise(memory, 256 * MEGABYTE, MADV_NOHUGEPAGE));
	cgroup_add(arg, getpid());
	child_tell();
	for (size_t i = 0; i < 256 * MEGABYTE; i += 4096)
		memory[i] = 1;
}

/* Allocation beyond memory.high, with nothing to reclaim: memory wait. */
START_TEST(beyond_memory_high)
{
	struct taskmeter_info info = device_info(device);
	struct taskmeter_record record;
	struct child child;

	if (!(info.available & TASKMETER_AVAILABLE_MEM_WAIT))
		suite_skip("this kernel does not tell what waits for memory");
	cgroup_make(GROUP);
	cgroup_write(GROUP, "memory.high", "8M");
	child_start(&child, allocate_too_much, GROUP);
	child_await(&child);
	expect_state(child.pid, TASKMETER_STATE_MEMORY);
	do {
		sleep_ms(5);
		record = meter_process(device, child.pid);
	} while (!record.mem_wait_max_ns);
	must(record.available & TASKMETER_AVAILABLE_MEM_WAIT);
	ck_assert_uint_ge(record.mem_wait_ns, record.mem_wait_max_ns);
	/* It is told to 0.14 s. */
	ck_assert_uint_gt(record.mem_wait_max_time_ns + 140 * NSEC_PER_MSEC,
			  record.start_time_ns);
	child_kill(&child);
}
END_TEST

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

/* The parent of a vfork, until its child executes or exits: lock wait. */
START_TEST(vfork_parent)
{
	struct child child;

	child_start(&child, vfork_and_wait, NULL);
	child_await(&child);
	expect_state(child.pid, TASKMETER_STATE_LOCK);
	child_order(&child);
	child_join(&child);
}
END_TEST

#define FROZEN_DIR	"/var/tmp"

static void freeze_disk(bool freeze)
{
	int fd = open(FROZEN_DIR, O_RDONLY | O_CLOEXEC);

	must(fd >= 0);
	if (ioctl(fd, freeze ? FIFREEZE : FITHAW, 0) && freeze)
		test_fail("FIFREEZE: %s", strerror(errno));
	close(fd);
}

static void thaw_disk(void)
{
	freeze_disk(false);
}

static void write_file(void *arg)
{
	char path[] = FROZEN_DIR "/taskmeter-states-XXXXXX";
	int fd = mkstemp(path);

	(void)arg;
	must(fd >= 0);
	must(!unlink(path));
	child_stay();
	must(write(fd, "", 1) == 1);
}

/* A writer on a frozen file system: lock wait, until that is thawed. */
START_TEST(frozen_file_system)
{
	struct child child;

	child_start(&child, write_file, NULL);
	child_await(&child);
	freeze_disk(true);
	child_order(&child);
	expect_state(child.pid, TASKMETER_STATE_LOCK);
	thaw_disk();
	child_join(&child);
}
END_TEST

/* Whatever it did before: while it is stopped it does nothing else. */
static void check_stopped(pid_t pid)
{
	struct taskmeter_record record;

	expect_state(pid, TASKMETER_STATE_STOPPED);
	record = meter_process(device, pid);
	ck_assert_uint_eq(record.current_state, TASKMETER_STATE_STOPPED);
}

/* Of two processes one runs and one sleeps when they are stopped. */
static child_fn *const stoppable[] = { run_for_ever, stay };

/* SIGSTOP: stopped, until SIGCONT. */
START_TEST(stop_signal)
{
	struct child child;

	child_start(&child, stoppable[_i], NULL);
	child_await(&child);
	must(!kill(child.pid, SIGSTOP));
	check_stopped(child.pid);
	must(!kill(child.pid, SIGCONT));
	while (meter_process(device, child.pid).current_state == TASKMETER_STATE_STOPPED)
		sleep_ms(1);
	child_kill(&child);
}
END_TEST

/* A tracer's stop: stopped. */
START_TEST(ptrace_stop)
{
	struct child child;
	int status;

	child_start(&child, stoppable[_i], NULL);
	child_await(&child);
	must(!ptrace(PTRACE_ATTACH, child.pid, NULL, NULL));
	must(waitpid(child.pid, &status, 0) == child.pid && WIFSTOPPED(status));
	check_stopped(child.pid);
	must(!ptrace(PTRACE_DETACH, child.pid, NULL, NULL));
	child_kill(&child);
}
END_TEST

/* cgroup.freeze: stopped. */
START_TEST(cgroup_freeze)
{
	struct child child;

	cgroup_make(GROUP);
	child_start(&child, stoppable[_i], NULL);
	child_await(&child);
	cgroup_add(GROUP, child.pid);
	cgroup_write(GROUP, "cgroup.freeze", "1");
	check_stopped(child.pid);
	cgroup_write(GROUP, "cgroup.freeze", "0");
	while (meter_process(device, child.pid).current_state == TASKMETER_STATE_STOPPED)
		sleep_ms(1);
	child_kill(&child);
}
END_TEST

/* The freezer of the first version of cgroups: stopped. */
START_TEST(cgroup_v1_freezer)
{
	struct child child;

	if (!cgroup_v1_freezer_make())
		suite_skip("this kernel has no freezer for version 1 of cgroups");
	child_start(&child, stoppable[_i], NULL);
	child_await(&child);
	cgroup_v1_freezer_add(child.pid);
	cgroup_v1_freezer_set("FROZEN");
	check_stopped(child.pid);
	cgroup_v1_freezer_set("THAWED");
	child_kill(&child);
}
END_TEST

/* A hog whose group has used up its cpu.max: queued, and the group says so. */
START_TEST(throttled)
{
	struct taskmeter_record record;
	struct child child;
	uint64_t throttled_ns;

	cgroup_make(GROUP);
	cgroup_write(GROUP, "cpu.max", "5000 1000000");
	child_start(&child, run_for_ever, NULL);
	child_await(&child);
	cgroup_add(GROUP, child.pid);
	expect_state(child.pid, TASKMETER_STATE_QUEUED);
	do {
		sleep_ms(20);
		throttled_ns = cgroup_value(GROUP, "cpu.stat", "throttled_usec ") * 1000;
	} while (throttled_ns < 500 * NSEC_PER_MSEC);
	record = meter_process(device, child.pid);
	ck_assert_uint_ge(record.cpu_wait_ns, throttled_ns / 2);
	child_kill(&child);
}
END_TEST

static void ignore(int number)
{
	(void)number;
}

/* Goes to sleep all the time, and is waked by signals that come on its way there. */
static void be_interrupted(void *arg)
{
	struct sigaction action = { .sa_handler = ignore };

	(void)arg;
	must(!sigaction(SIGUSR1, &action, NULL));
	pin(0, 1);
	child_tell();
	for (;;)
		nap_us(1000000);
}

static void be_hog(void *arg)
{
	pin(0, 1);
	run_for_ever(arg);
}

/* Whether three looks in a row find it runnable, not switched, and yet sleeping. */
static bool is_phantom(pid_t pid)
{
	struct taskmeter_record first = { 0 }, record;

	for (int i = 0; i < 3; i++) {
		record = meter_thread(device, pid, pid);
		if (record.state != 'R' || record.current_state != TASKMETER_STATE_SLEEPING)
			return false;
		if (i && record.timeslices != first.timeslices)
			return false;
		first = record;
	}
	return true;
}

#define SIGNALS	50000

/*
 * A signal that is pending when its receiver goes to sleep keeps it awake: beside a
 * hog it then waits for the CPU, and does not sleep, neither in its current state
 * nor in what the kernel counts as waited.
 */
START_TEST(no_phantom_sleep)
{
	struct taskmeter_record record;
	struct child child, hog;
	struct proc_schedstat stat;
	int phantoms = 0;

	child_start(&child, be_interrupted, NULL);
	child_await(&child);
	child_start(&hog, be_hog, NULL);
	child_await(&hog);
	pin(0, 0);
	for (int i = 0; i < SIGNALS / test_scale(); i++) {
		must(!kill(child.pid, SIGUSR1));
		if (i % 16 == 0)
			phantoms += is_phantom(child.pid);
	}
	must(!kill(hog.pid, SIGSTOP));
	child_await_state(child.pid, "S");
	stat = proc_schedstat(child.pid, child.pid);
	record = meter_thread(device, child.pid, child.pid);
	meter_check_sum(&record, "interrupted");
	ck_assert_int_eq(phantoms, 0);
	must(record.cpu_wait_ns + 100000 >= stat.run_delay_ns);
	ck_assert_uint_gt(stat.run_delay_ns, record.tracked_ns / 10);
	child_kill(&child);
	child_kill(&hog);
}
END_TEST

/* Two looks at a thread that was not switched in between. */
static bool is_idle(const struct taskmeter_record *first,
		    const struct taskmeter_record *second)
{
	return strchr("SIP", first->state) && second->state == first->state &&
	       second->timeslices == first->timeslices;
}

/* Kernel threads with nothing to do, of the idle class or not: sleeping. */
START_TEST(idle_kernel_threads)
{
	struct records first, second;
	size_t idle_class = 0, others = 0;

	device_snapshot(device, NULL, 64, &first);
	device_snapshot(device, NULL, 64, &second);
	for (size_t i = 0; i < second.count; i++) {
		const struct taskmeter_record *now = &second.record[i];
		const struct taskmeter_record *before = records_find(&first, now->pid);

		if (!(now->flags & TASKMETER_RECORD_KERNEL) || !before ||
		    !is_idle(before, now))
			continue;
		if (now->current_state != TASKMETER_STATE_SLEEPING)
			test_fail("%.16s in state %c is %s", now->comm, now->state,
				  meter_state_name(now->current_state));
		*(now->state == 'I' ? &idle_class : &others) += 1;
	}
	printf("%zu of the idle class, %zu others\n", idle_class, others);
	ck_assert_uint_gt(idle_class, 3);
	ck_assert_uint_gt(others, 3);
	records_free(&first);
	records_free(&second);
}
END_TEST

/* A process with threads that stall one after the other. */
static struct stalls {
	_Atomic pid_t reader;
	_Atomic pid_t parent;
	_Atomic bool go_parent;
} *stalls;

static void *stall_on_read(void *arg)
{
	int fd = slowdisk_open();

	stalls->reader = syscall(SYS_gettid);
	slowdisk_read(fd, 0);
	for (;;)
		pause();
	return arg;
}

static void *stall_on_vfork(void *arg)
{
	pid_t pid;

	stalls->parent = syscall(SYS_gettid);
	while (!stalls->go_parent)
		nap_us(1000);
	pid = vfork();
	if (!pid) {
		child_listen();
		_exit(0);
	}
	for (;;)
		pause();
	return arg;
}

static void be_stalled(void *arg)
{
	pthread_t thread;

	(void)arg;
	must(!pthread_create(&thread, NULL, stall_on_read, NULL));
	must(!pthread_create(&thread, NULL, stall_on_vfork, NULL));
	child_tell();
	for (;;)
		pause();
}

/* Wait until the process tells of this thread in this state; returns its record. */
static struct taskmeter_record await_longest(pid_t pid, pid_t tid, enum taskmeter_state state)
{
	struct taskmeter_record record;

	do {
		record = meter_process(device, pid);
	} while (record.current_state_tid != (uint32_t)tid || record.current_state != state);
	return record;
}

/* As long as the read takes at least. */
#define READ_NS		(3 * SLOW_US * 990ULL)

/*
 * A process tells of the thread that has stalled longest, while there is one, and
 * of its main thread if all sleep.
 */
START_TEST(longest_stall)
{
	struct taskmeter_record record, thread;
	struct child child;

	stalls = shared_alloc(sizeof(*stalls));
	slowdisk_make(3 * SLOW_US);
	child_start(&child, be_stalled, NULL);
	child_await(&child);
	while (!stalls->reader || !stalls->parent)
		sleep_ms(1);
	await_longest(child.pid, stalls->reader, TASKMETER_STATE_IO);
	stalls->go_parent = true;
	do {
		thread = meter_thread(device, child.pid, stalls->parent);
	} while (thread.current_state != TASKMETER_STATE_LOCK);
	/* The read is the longer one, until it is over. */
	record = meter_process(device, child.pid);
	ck_assert_uint_eq(record.current_state_tid, stalls->reader);
	ck_assert_uint_eq(record.current_state, TASKMETER_STATE_IO);
	/* When it is woken from the read, it has that behind it only once it runs. */
	do {
		record = await_longest(child.pid, stalls->parent, TASKMETER_STATE_LOCK);
	} while (record.io_wait_max_ns < READ_NS);
	thread = meter_thread(device, child.pid, stalls->parent);
	ck_assert_uint_le(record.current_state_ns, thread.current_state_ns);
	/* It ends when the reader runs again. */
	while (record.io_wait_max_ns < READ_NS)
		record = meter_process(device, child.pid);
	child_order(&child);
	await_longest(child.pid, child.pid, TASKMETER_STATE_SLEEPING);
	child_kill(&child);
}
END_TEST

static void leave_nothing(void)
{
	thaw_disk();
	cgroup_remove(GROUP);
	cgroup_v1_freezer_remove();
	slowdisk_remove();
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("states");
	TCase *states = test_case_add(suite, "states", 60);

	tcase_add_unchecked_fixture(states, NULL, leave_nothing);
	tcase_add_checked_fixture(states, setup, NULL);
	tcase_add_test(states, reads_pipe);
	tcase_add_test(states, reads_device);
	tcase_add_test(states, pages_in);
	tcase_add_test(states, beyond_memory_high);
	tcase_add_test(states, vfork_parent);
	tcase_add_test(states, frozen_file_system);
	tcase_add_loop_test(states, stop_signal, 0, ARRAY_SIZE(stoppable));
	tcase_add_loop_test(states, ptrace_stop, 0, ARRAY_SIZE(stoppable));
	tcase_add_loop_test(states, cgroup_freeze, 0, ARRAY_SIZE(stoppable));
	tcase_add_loop_test(states, cgroup_v1_freezer, 0, ARRAY_SIZE(stoppable));
	tcase_add_test(states, throttled);
	tcase_add_test(states, no_phantom_sleep);
	tcase_add_test(states, idle_kernel_threads);
	tcase_add_test(states, longest_stall);
	return suite_main(suite, argc, argv);
}
