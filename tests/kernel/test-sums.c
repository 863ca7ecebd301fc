// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The times of each thread add up to the time that has passed, of all threads of
 * the machine and whenever they are read.
 */
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "compare.h"
#include "genl.h"
#include "guard.h"
#include "load.h"
#include "meter.h"
#include "suite.h"
#include "support.h"

#define ROUNDS		20
#define SECOND		(1000 * NSEC_PER_MSEC)

static int device;

static void setup(void)
{
	device = device_open();
}

/* A snapshot of all threads, and the boottime before and after it. */
struct look {
	struct records records;
	uint64_t before;
	uint64_t after;
};

static void take_look(struct look *look)
{
	const struct taskmeter_snapshot filter = { .flags = TASKMETER_SNAPSHOT_THREADS };

	look->before = clock_ns(CLOCK_BOOTTIME);
	device_snapshot(device, &filter, 512, &look->records);
	look->after = clock_ns(CLOCK_BOOTTIME);
}

/* Fails unless @ours lies between the two, but for 1 % and 1 ms. */
static void check_elapsed(const struct taskmeter_record *record, uint64_t ours,
			  uint64_t least, uint64_t most, const char *what)
{
	if ((ours >= least || meter_near(ours, least, NSEC_PER_MSEC)) &&
	    (ours <= most || meter_near(ours, most, NSEC_PER_MSEC)))
		return;
	test_fail("thread %u (%.16s): tracked %" PRIu64 " ns %s, but %" PRIu64 " to %" PRIu64
		  " have passed", record->pid, record->comm, ours, what, least, most);
}

/* One that has been tracked all its life: since its start. */
static void check_age(const struct look *look, const struct taskmeter_record *record)
{
	if (record->flags & TASKMETER_RECORD_PARTIAL ||
	    look->before < record->start_time_ns + SECOND)
		return;
	check_elapsed(record, record->tracked_ns, look->before - record->start_time_ns,
		      look->after - record->start_time_ns, "since its start");
}

/* Any: since another look. */
static void check_step(const struct look *first, const struct look *look,
		       const struct taskmeter_record *record)
{
	const struct taskmeter_record *before = records_find(&first->records, record->pid);

	if (!before || before->start_time_ns != record->start_time_ns)
		return;
	meter_check_progress(before, record, "two looks");
	check_elapsed(record, record->tracked_ns - before->tracked_ns,
		      look->before - first->after, look->after - first->before,
		      "since another look");
}

/* Counts those of user space, of the kernel, and those older than the module. */
static void count(const struct taskmeter_record *record, size_t counts[3])
{
	counts[!!(record->flags & TASKMETER_RECORD_KERNEL)]++;
	counts[2] += !!(record->flags & TASKMETER_RECORD_PARTIAL);
}

/* A zombie's time stands still. */
static bool is_dead(const struct taskmeter_record *record)
{
	return record->current_state == TASKMETER_STATE_DEAD ||
	       (record->flags & TASKMETER_RECORD_EXITING);
}

static void check_look(const struct look *first, const struct look *look)
{
	size_t counts[3] = { 0 };

	for (size_t i = 0; i < look->records.count; i++) {
		const struct taskmeter_record *record = &look->records.record[i];

		if (is_dead(record))
			continue;
		must(record->available & TASKMETER_AVAILABLE_METER);
		meter_check_sum(record, "all threads");
		check_age(look, record);
		check_step(first, look, record);
		count(record, counts);
	}
	ck_assert_uint_gt(counts[0], LOAD_MAX_THREADS / 2);
	ck_assert_uint_gt(counts[1], 10);
	ck_assert_uint_gt(counts[2], 10);
}

/*
 * Every thread, the kernel's and those older than the module among them, while a
 * load of all kinds runs.
 */
START_TEST(all_threads)
{
	struct look first, look;
	struct load load;

	load_start(&load, LOAD_ALL, LOAD_ANY_CPU);
	/* Its threads have to be older than a second. */
	sleep_ms(1500);
	take_look(&first);
	for (int i = 0; i < ROUNDS; i++) {
		sleep_ms(200);
		take_look(&look);
		check_look(&first, &look);
		records_free(&look.records);
	}
	load_end(&load);
	ck_assert_uint_eq(device_info(device).untracked_threads, 0);
}
END_TEST

#define READ_NS		(4 * SECOND)

/* A reader's figures of the load's process and threads, round after round. */
static size_t read_all_the_time(const struct load *load)
{
	struct taskmeter_snapshot filter = {
		.flags = TASKMETER_SNAPSHOT_PID | TASKMETER_SNAPSHOT_THREADS,
		.pid = load->child.pid,
	};
	uint64_t end = clock_ns(CLOCK_MONOTONIC) + READ_NS;
	struct taskmeter_record before, process;
	struct records first, records;
	size_t rounds = 0;

	before = meter_process(device, load->child.pid);
	device_snapshot(device, &filter, LOAD_MAX_THREADS, &first);
	while (clock_ns(CLOCK_MONOTONIC) < end) {
		device_snapshot(device, &filter, LOAD_MAX_THREADS, &records);
		must(records.count == first.count);
		for (size_t i = 0; i < records.count; i++) {
			meter_check_sum(&records.record[i], "read all the time");
			meter_check_progress(&first.record[i], &records.record[i], "thread");
		}
		records_free(&first);
		first = records;
		process = meter_process(device, load->child.pid);
		meter_check_progress(&before, &process, "process");
		before = process;
		rounds++;
	}
	records_free(&first);
	return rounds;
}

/*
 * A reader in a tight loop on one CPU, switches on the other: each record is of one
 * piece, and no time of a thread or of the process goes back.
 */
START_TEST(tight_loop)
{
	struct taskmeter_record process;
	struct load load;
	size_t rounds;

	pin(0, 0);
	load_start(&load, LOAD_ORDINARY, 1);
	rounds = read_all_the_time(&load);
	process = meter_process(device, load.child.pid);
	printf("%zu rounds, %llu switches\n", rounds, (unsigned long long)process.timeslices);
	ck_assert_uint_gt(rounds, 100);
	ck_assert_uint_gt(process.timeslices, 1000);
	load_end(&load);
}
END_TEST

/* The sum of what threads have, and of what their process has. */
static uint64_t sum_of(const struct records *threads, enum taskmeter_state state)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < threads->count; i++)
		sum += meter_time(&threads->record[i], state);
	return sum;
}

/* A process at rest has what its threads have together. */
START_TEST(process_is_sum)
{
	static const enum taskmeter_state ended[] = {
		TASKMETER_STATE_RUNNING, TASKMETER_STATE_QUEUED, TASKMETER_STATE_IO,
		TASKMETER_STATE_MEMORY, TASKMETER_STATE_LOCK, TASKMETER_STATE_STOPPED,
	};
	struct taskmeter_snapshot filter = {
		.flags = TASKMETER_SNAPSHOT_PID | TASKMETER_SNAPSHOT_THREADS,
	};
	struct taskmeter_record process;
	struct records threads;
	struct load load;

	load_start(&load, LOAD_ALL, LOAD_ANY_CPU);
	sleep_ms(1500);
	load_rest(&load);
	filter.pid = load.child.pid;
	device_snapshot(device, &filter, LOAD_MAX_THREADS, &threads);
	process = meter_process(device, load.child.pid);
	for (size_t i = 0; i < ARRAY_SIZE(ended); i++)
		ck_assert_uint_eq(meter_time(&process, ended[i]), sum_of(&threads, ended[i]));
	must(process.sleep_ns >= sum_of(&threads, TASKMETER_STATE_SLEEPING));
	must(meter_near(meter_sum(&process), process.tracked_ns,
			threads.count * NSEC_PER_MSEC));
	records_free(&threads);
	load_end(&load);
}
END_TEST

#define LOCK_STAT	"/proc/lock_stat"
#define LOOKS		200
#define FORKS		200

/*
 * How often locks of these classes were taken: "class name: con-bounces contentions
 * waittime-min -max -total -avg acq-bounces acquisitions ...".
 */
static uint64_t acquisitions_of(const char *const *classes, size_t count)
{
	FILE *file = fopen(LOCK_STAT, "re");
	unsigned long long acquired;
	uint64_t sum = 0;
	char line[512];

	must(file);
	while (fgets(line, sizeof(line), file)) {
		const char *colon = strchr(line, ':');

		for (size_t i = 0; colon && i < count; i++) {
			if (!strstr(line, classes[i]))
				continue;
			must(sscanf(colon + 1, "%*s %*s %*s %*s %*s %*s %*s %llu",
				    &acquired) == 1);
			sum += acquired;
		}
	}
	fclose(file);
	return sum;
}

/* Those that probes take. */
static uint64_t acquisitions(void)
{
	static const char *const classes[] = { "&table->locks[i]", "&reserve->lock" };

	return acquisitions_of(classes, ARRAY_SIZE(classes));
}

static void just_end(void *arg)
{
	(void)arg;
}

/* By lockdep's statistics: threads that come and go take locks, snapshots take none. */
START_TEST(readers_take_no_lock)
{
	const struct taskmeter_snapshot filter = { .flags = TASKMETER_SNAPSHOT_THREADS };
	uint64_t before, by_reading, by_forks, read = 0;
	struct taskmeter_histograms histograms;
	struct records records;
	struct child child;

	before = acquisitions();
	for (int i = 0; i < LOOKS; i++) {
		device_snapshot(device, &filter, 512, &records);
		read += records.count;
		records_free(&records);
		meter_histograms(device, getpid(), 0, NULL, &histograms);
	}
	by_reading = acquisitions() - before;
	before = acquisitions();
	for (int i = 0; i < FORKS; i++) {
		child_start(&child, just_end, NULL);
		child_join(&child);
	}
	by_forks = acquisitions() - before;
	printf("%" PRIu64 " locks while %" PRIu64 " threads were read, %" PRIu64 " by %d forks\n",
	       by_reading, read, by_forks, FORKS);
	/* Others on the machine may have started something. */
	ck_assert_uint_lt(by_reading, read / 20);
	ck_assert_uint_ge(by_forks, 2 * FORKS);
}
END_TEST

#define ROOM		512
#define CROWD		100

static void just_stay(void *arg)
{
	(void)arg;
	child_stay();
}

/*
 * Memory is read without the lock under which it is mapped, so that nobody's faults
 * wait. In a kernel that proves its locks, each copy to the reader is noted as if that
 * took the reader's: some for each call, not one for each process.
 */
START_TEST(readers_take_no_mmap_lock)
{
	static struct child crowd[CROWD];
	static struct taskmeter_record records[ROOM];
	static const char *const classes[] = { "&mm->mmap_lock" };
	struct taskmeter_snapshot snapshot = snapshot_of(records, sizeof(records));
	uint64_t before, by_reading, read = 0;

	for (int i = 0; i < CROWD; i++) {
		child_start(&crowd[i], just_stay, NULL);
		child_await(&crowd[i]);
	}
	snapshot.flags = TASKMETER_SNAPSHOT_STALLS;
	/* Its own page faults take the lock: have them behind it. */
	memset(records, 1, sizeof(records));
	before = acquisitions_of(classes, 1);
	for (int i = 0; i < LOOKS; i++) {
		snapshot.cursor = 0;
		must(!ioctl(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot));
		for (uint32_t j = 0; j < snapshot.count; j++)
			read += !!(records[j].available & TASKMETER_AVAILABLE_MEMORY);
	}
	by_reading = acquisitions_of(classes, 1) - before;
	printf("%" PRIu64 " locks while the memory of %" PRIu64 " processes was read\n",
	       by_reading, read);
	ck_assert_uint_ge(read, CROWD * LOOKS);
	ck_assert_uint_lt(by_reading, read / 4);
	children_kill(crowd, CROWD);
}
END_TEST

#define LOCKING_ID	"/sys/kernel/tracing/events/mmap_lock/mmap_lock_start_locking/id"

/* Counts how often the caller takes the lock of anybody's mappings, from now on. */
static int mmap_lock_counter(void)
{
	struct perf_event_attr event = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(event) };
	char id[32];
	int fd;

	if (access(LOCKING_ID, R_OK))
		suite_skip("this kernel does not tell when that lock is taken");
	file_read(LOCKING_ID, id, sizeof(id));
	event.config = strtoull(id, NULL, 10);
	fd = syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	must(fd >= 0);
	return fd;
}

static uint64_t counted(int counter)
{
	uint64_t count;

	must(read(counter, &count, sizeof(count)) == sizeof(count));
	return count;
}

/* By the kernel's own account of that lock, on each kernel that has one: not once. */
START_TEST(readers_take_no_mmap_lock_at_all)
{
	static struct taskmeter_histograms histograms[ROOM];
	static struct taskmeter_record records[ROOM];
	struct taskmeter_snapshot snapshot = snapshot_of(records, sizeof(records));
	uint64_t by_reading, by_mapping;
	int counter;

	snapshot.flags = TASKMETER_SNAPSHOT_STALLS | TASKMETER_SNAPSHOT_EXACT_RSS |
			 TASKMETER_SNAPSHOT_HISTOGRAMS;
	snapshot.histograms = (uintptr_t)histograms;
	snapshot.histograms_stride = sizeof(*histograms);
	memset(records, 1, sizeof(records));
	memset(histograms, 1, sizeof(histograms));
	counter = mmap_lock_counter();
	/* Once, lest the program's own pages come in later. */
	counted(counter);
	by_reading = counted(counter);
	for (int i = 0; i < LOOKS; i++) {
		snapshot.cursor = 0;
		must(!ioctl(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot));
		must(snapshot.count);
	}
	by_reading = counted(counter) - by_reading;
	must(!munmap(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096));
	by_mapping = counted(counter);
	ck_assert_uint_eq(by_reading, 0);
	ck_assert_uint_ge(by_mapping, 2);
	close(counter);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("sums");
	TCase *sums = test_case_add(suite, "sums", 90);

	tcase_add_checked_fixture(sums, setup, NULL);
	tcase_add_test(sums, all_threads);
	tcase_add_test(sums, tight_loop);
	tcase_add_test(sums, process_is_sum);
	tcase_add_test(sums, readers_take_no_mmap_lock_at_all);
	/* The debug kernel has it. */
	if (!access(LOCK_STAT, R_OK)) {
		tcase_add_test(sums, readers_take_no_lock);
		tcase_add_test(sums, readers_take_no_mmap_lock);
	}
	return suite_main(suite, argc, argv);
}
