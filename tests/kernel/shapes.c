// SPDX-License-Identifier: GPL-2.0-or-later
/* See shapes.h. */
#include "shapes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support.h"

#define PAGE		4096
#define MEGABYTE	(1UL << 20)

#define SWAP_FILE	"/var/tmp/taskmeter-swap"
#define SWAP_SIZE	(64 * MEGABYTE)

void burn_user(int clock, unsigned int ms)
{
	uint64_t end = clock_ns(clock) + ms * 1000000ULL;
	volatile unsigned int spin;

	while (clock_ns(clock) < end)
		for (spin = 0; spin < 10000; spin++)
			;
}

void burn_system(int clock, unsigned int ms)
{
	uint64_t end = clock_ns(clock) + ms * 1000000ULL;

	while (clock_ns(clock) < end)
		for (int i = 0; i < 100; i++)
			syscall(SYS_getppid);
}

static void *map(size_t size, int flags)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS,
			    -1, 0);

	must(memory != MAP_FAILED);
	return memory;
}

static void touch(char *memory, size_t size)
{
	for (size_t i = 0; i < size; i += PAGE)
		memory[i] = 1;
}

static void sleeper(long number)
{
	(void)number;
	child_stay();
}

static void named(long number)
{
	static const char *const names[] = {
		"two words", "new\nline", "tab\tbed", ") S 1 1", "((((", "\xff\xfe\x80",
		"\x1b[31mred", "\"quoted\\", "fifteen letters", "\x01",
	};

	prctl(PR_SET_NAME, names[number]);
	child_stay();
}

static void nice_one(long number)
{
	static const int nices[] = { -20, -19, -10, -1, 1, 5, 10, 15, 18, 19 };

	must(!setpriority(PRIO_PROCESS, 0, nices[number]));
	child_stay();
}

static void scheduled(long number)
{
	static const struct {
		int policy;
		int priority;
	} settings[] = {
		{ SCHED_FIFO, 1 }, { SCHED_FIFO, 50 }, { SCHED_FIFO, 99 },
		{ SCHED_RR, 1 }, { SCHED_RR, 42 }, { SCHED_RR, 99 },
		{ SCHED_BATCH, 0 }, { SCHED_BATCH, 0 }, { SCHED_IDLE, 0 }, { SCHED_IDLE, 0 },
	};
	struct sched_param param = { .sched_priority = settings[number].priority };

	must(!sched_setscheduler(0, settings[number].policy, &param));
	child_stay();
}

static void oom_adjusted(long number)
{
	static const char *const values[] = { "-1000", "-17", "1", "500", "1000" };

	file_write("/proc/self/oom_score_adj", values[number]);
	child_stay();
}

static void pinned_to_cpu(long number)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(number % sysconf(_SC_NPROCESSORS_ONLN), &set);
	must(!sched_setaffinity(0, sizeof(set), &set));
	child_stay();
}

static void other_user(long number)
{
	must(!setresgid(2000 + number, 3000 + number, 4000 + number));
	must(!setresuid(2100 + number, 3100 + number, 4100 + number));
	child_stay();
}

static void start_threads(int count, void *(*fn)(void *arg))
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 64 * 1024);
	for (int i = 0; i < count; i++)
		must(!pthread_create(&thread, &attributes, fn, NULL));
}

static void *sleep_forever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void threaded(long number)
{
	start_threads(1 + number % 4, sleep_forever);
	child_stay();
}

static void burned(long number)
{
	burn_user(CLOCK_PROCESS_CPUTIME_ID, 10 + 5 * number);
	burn_system(CLOCK_PROCESS_CPUTIME_ID, 60 - 5 * number);
	child_stay();
}

static void prove_burned(const struct taskmeter_record *record)
{
	must(record->run_ns >= 70000000);
}

static void low_priority(void)
{
	must(!setpriority(PRIO_PROCESS, 0, 19));
}

static void hog(long number)
{
	(void)number;
	low_priority();
	child_tell();
	for (;;)
		burn_user(CLOCK_PROCESS_CPUTIME_ID, 1000);
}

static void system_hog(long number)
{
	(void)number;
	low_priority();
	child_tell();
	for (;;)
		burn_system(CLOCK_PROCESS_CPUTIME_ID, 1000);
}

static void *burn_forever(void *arg)
{
	for (;;)
		burn_user(CLOCK_THREAD_CPUTIME_ID, 1000);
	return arg;
}

static void threaded_hog(long number)
{
	(void)number;
	low_priority();
	start_threads(2, burn_forever);
	child_stay();
}

static int open_scratch(int flags)
{
	char path[] = "/var/tmp/taskmeter-io-XXXXXX";
	int fd = mkostemp(path, flags | O_CLOEXEC);

	if (fd < 0)
		test_fail("cannot create %s: %s", path, strerror(errno));
	must(!unlink(path));
	return fd;
}

/* Writes to the disk, reads from it, and takes back what was not written yet. */
static void did_io(long number)
{
	const size_t size = 64 * 1024;
	char *buffer = map(size, MAP_PRIVATE);
	int fd = open_scratch(O_DIRECT);

	for (long i = 0; i <= number; i++)
		must(pwrite(fd, buffer, size, i * size) == (ssize_t)size);
	must(pread(fd, buffer, size, 0) == (ssize_t)size);
	fd = open_scratch(0);
	must(pwrite(fd, buffer, size, 0) == (ssize_t)size);
	must(!ftruncate(fd, 0));
	child_stay();
}

static void prove_did_io(const struct taskmeter_record *record)
{
	must(record->io_read_bytes >= 64 * 1024);
	must(record->io_write_bytes >= 64 * 1024);
	must(record->io_cancelled_write_bytes >= 64 * 1024);
	must(record->io_read_chars_bytes >= 64 * 1024 && record->io_read_syscalls >= 1);
	must(record->io_write_chars_bytes >= 128 * 1024 && record->io_write_syscalls >= 2);
}

static void does_io(long number)
{
	char buffer[512] = { 0 };
	int fd = open_scratch(0);

	(void)number;
	low_priority();
	child_tell();
	for (;;) {
		must(pwrite(fd, buffer, sizeof(buffer), 0) == sizeof(buffer));
		must(pread(fd, buffer, sizeof(buffer), 0) == sizeof(buffer));
	}
}

static void had_memory(long number)
{
	const size_t size = (4 + number) * MEGABYTE;

	for (long i = 0; i <= number; i++) {
		char *memory = map(size, MAP_PRIVATE);

		touch(memory, size);
		must(!munmap(memory, size));
	}
	child_stay();
}

static void prove_had_memory(const struct taskmeter_record *record)
{
	must(record->rss_peak_bytes >= record->rss_anon_bytes + 2 * MEGABYTE);
	must(record->vm_peak_bytes >= record->vm_bytes + 4 * MEGABYTE);
	must(record->minor_faults > 4 * MEGABYTE / PAGE / 512);
}

/* Larger than what a thread of an older kernel holds back. */
static void maps_file(long number)
{
	const size_t size = (8 + number) * MEGABYTE;
	int fd = open_scratch(0);
	volatile char *memory;
	char byte = 1;

	for (size_t i = 0; i < size; i += PAGE)
		must(pwrite(fd, &byte, 1, i) == 1);
	memory = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	must(memory != MAP_FAILED);
	for (size_t i = 0; i < size; i += PAGE)
		must(memory[i] == 1);
	child_stay();
}

/* The file's pages have to come from the disk. */
static void faults_from_disk(long number)
{
	const size_t size = (1 + number) * MEGABYTE;
	int fd = open_scratch(0);
	volatile char *memory;

	for (size_t i = 0; i < size; i += PAGE)
		must(pwrite(fd, "", 1, i) == 1);
	must(!fsync(fd));
	must(!posix_fadvise(fd, 0, size, POSIX_FADV_DONTNEED));
	memory = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	must(memory != MAP_FAILED);
	for (size_t i = 0; i < size; i += PAGE)
		must(!memory[i]);
	child_stay();
}

static void prove_faults_from_disk(const struct taskmeter_record *record)
{
	must(record->major_faults > 0);
}

static void prove_maps_file(const struct taskmeter_record *record)
{
	must(record->rss_file_bytes >= 4 * MEGABYTE);
	must(record->vm_exe_bytes > 0);
	must(record->vm_lib_bytes > 0 && record->vm_stack_bytes > 0);
}

static void shares_memory(long number)
{
	const size_t size = (1 + number) * MEGABYTE;

	touch(map(size, MAP_SHARED), size);
	child_stay();
}

static void prove_shares_memory(const struct taskmeter_record *record)
{
	must(record->rss_shmem_bytes >= MEGABYTE / 2);
}

static void locks_memory(long number)
{
	const size_t size = (1 + number) * 64 * 1024;

	must(!mlock(map(size, MAP_PRIVATE), size));
	child_stay();
}

static void prove_locks_memory(const struct taskmeter_record *record)
{
	must(record->vm_locked_bytes >= 64 * 1024);
}

/*
 * The buffer of a perf event is pinned, as far as it is larger than what each user
 * may have, which is some 130 pages for each CPU.
 */
static void pins_memory(long number)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attributes),
		.config = PERF_COUNT_SW_DUMMY,
	};
	size_t pages = 16;
	int event;

	while (pages < 16UL + 2 * 130 * sysconf(_SC_NPROCESSORS_ONLN))
		pages *= 2;
	event = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
	if (event < 0)
		test_fail("perf_event_open: %s", strerror(errno));
	pages = (pages << number) + 1;
	must(mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, event, 0) !=
	     MAP_FAILED);
	child_stay();
}

static void prove_pins_memory(const struct taskmeter_record *record)
{
	must(record->vm_pinned_bytes >= 16 * PAGE);
}

static void maps_much(long number)
{
	const size_t size = 256 * MEGABYTE;

	(void)number;
	touch(map(size, MAP_PRIVATE), size);
	child_stay();
}

static void prove_maps_much(const struct taskmeter_record *record)
{
	must(record->rss_anon_bytes >= 255 * MEGABYTE);
	must(record->vm_data_bytes >= 256 * MEGABYTE);
	must(record->page_table_bytes > 0);
}

/* Most of it goes to the swap, a part comes back. */
static void swaps(long number)
{
	const size_t size = 32 * MEGABYTE;
	char *memory = map(size, MAP_PRIVATE);

	(void)number;
	must(!madvise(memory, size, MADV_NOHUGEPAGE));
	touch(memory, size);
	if (madvise(memory, size, MADV_PAGEOUT))
		test_fail("MADV_PAGEOUT: %s", strerror(errno));
	touch(memory, size / 8);
	child_stay();
}

static void prove_swaps(const struct taskmeter_record *record)
{
	must(record->swap_bytes >= 8 * MEGABYTE);
}

static void stops(long number)
{
	(void)number;
	child_tell();
	raise(SIGSTOP);
	child_listen();
}

static void prove_stops(const struct taskmeter_record *record)
{
	must(record->state == 'T');
}

static const struct shape shapes[] = {
	{ "sleeper", 52, sleeper, .steady = true },
	{ "named", 10, named, .steady = true },
	{ "nice", 10, nice_one, .steady = true },
	{ "scheduled", 10, scheduled, .steady = true },
	{ "oom_score_adj", 5, oom_adjusted, .steady = true },
	{ "pinned to a cpu", 5, pinned_to_cpu, .steady = true },
	{ "other user", 5, other_user, .steady = true },
	{ "threaded", 30, threaded, .steady = true, .memory = true },
	{ "burned", 10, burned, .steady = true, .prove = prove_burned },
	{ "hog", 5, hog, .steady = false },
	{ "system hog", 5, system_hog, .steady = false },
	{ "threaded hog", 3, threaded_hog, .steady = false },
	{ "did I/O", 8, did_io, .steady = true, .prove = prove_did_io },
	{ "does I/O", 4, does_io, .steady = false },
	{ "had memory", 8, had_memory, .steady = true, .memory = true,
	  .prove = prove_had_memory },
	{ "maps a file", 4, maps_file, .steady = true, .memory = true,
	  .prove = prove_maps_file },
	{ "faults from disk", 2, faults_from_disk, .steady = true,
	  .prove = prove_faults_from_disk },
	{ "shares memory", 8, shares_memory, .steady = true, .memory = true,
	  .prove = prove_shares_memory },
	{ "locks memory", 5, locks_memory, .steady = true, .memory = true,
	  .prove = prove_locks_memory },
	{ "pins memory", 3, pins_memory, .steady = true, .memory = true,
	  .prove = prove_pins_memory },
	{ "maps 256 MB", 1, maps_much, .steady = true, .memory = true,
	  .prove = prove_maps_much },
	{ "swaps", 1, swaps, .steady = true, .memory = true, .prove = prove_swaps },
	{ "stops", 6, stops, .steady = true, .prove = prove_stops },
};

/* As mkswap(8) writes it. */
static void make_swap_file(int fd)
{
	static const char zeros[MEGABYTE];
	const uint32_t header[] = { 1, SWAP_SIZE / PAGE - 1 };

	for (size_t at = 0; at < SWAP_SIZE; at += sizeof(zeros))
		must(pwrite(fd, zeros, sizeof(zeros), at) == sizeof(zeros));
	must(pwrite(fd, header, sizeof(header), 1024) == sizeof(header));
	must(pwrite(fd, "SWAPSPACE2", 10, PAGE - 10) == 10);
	must(!fsync(fd));
}

static void swap_start(void)
{
	int fd;

	/* A test that failed may have left it. */
	if (!swapoff(SWAP_FILE))
		unlink(SWAP_FILE);
	fd = open(SWAP_FILE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd >= 0);
	make_swap_file(fd);
	close(fd);
	if (swapon(SWAP_FILE, 0))
		test_fail("cannot swap on %s: %s", SWAP_FILE, strerror(errno));
}

static void swap_end(void)
{
	must(!swapoff(SWAP_FILE));
	must(!unlink(SWAP_FILE));
}

static void run_shape(void *arg)
{
	const struct shaped *process = arg;

	process->shape->fn(process->number);
}

static void await_ready(const struct shaped *process)
{
	child_await(&process->child);
	if (process->shape->steady)
		child_await_state(process->child.pid, "ST");
}

struct shaped *shapes_start(bool only_memory, size_t *ret_count)
{
	struct shaped *processes = calloc(1000, sizeof(*processes));
	size_t count = 0;

	must(processes);
	swap_start();
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		if (only_memory && !shapes[i].memory)
			continue;
		for (size_t j = 0; j < shapes[i].count; j++)
			processes[count++] = (struct shaped){ &shapes[i], j, { 0 } };
	}
	/* What runs all the time starts last. */
	for (int steady = 1; steady >= 0; steady--)
		for (size_t i = 0; i < count; i++)
			if (processes[i].shape->steady == steady)
				child_start(&processes[i].child, run_shape, &processes[i]);
	for (size_t i = 0; i < count; i++)
		await_ready(&processes[i]);
	*ret_count = count;
	return processes;
}

void shapes_end(struct shaped *processes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		kill(processes[i].child.pid, SIGKILL);
	for (size_t i = 0; i < count; i++)
		child_kill(&processes[i].child);
	free(processes);
	swap_end();
}
