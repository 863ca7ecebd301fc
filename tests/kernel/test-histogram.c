// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Histograms of waits: they hold as many as the kernel counts and as much as it
 * books, put waits of known length where perf sched says that they belong,
 * count on when a small counter is full, and are of all threads of a process.
 */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"
#include "load.h"
#include "measure.h"
#include "meter.h"
#include "perf.h"
#include "proc.h"
#include "setting.h"
#include "slowdisk.h"
#include "suite.h"
#include "support.h"

#define WAIT_CPU	1
#define LONG_NS		(5 * NSEC_PER_MSEC)

static int device;

static void setup(void)
{
	device = device_open();
	pin(0, 0);
}

static uint64_t total(const __u64 *buckets, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += buckets[i];
	return sum;
}

static uint64_t cpu_total(const struct taskmeter_histograms *histograms)
{
	return total(histograms->cpu_wait, TASKMETER_CPU_WAIT_BUCKETS);
}

/* The least and the most that the values in the buckets can add up to. */
static void check_time(const struct taskmeter_histograms *histograms, uint64_t time,
		       const char *what)
{
	uint64_t least = 0, most = 0;

	for (unsigned int i = 0; i < TASKMETER_CPU_WAIT_BUCKETS; i++) {
		uint64_t n = histograms->cpu_wait[i];

		least += i ? n * meter_bucket_start(TASKMETER_CPU_WAIT_FIRST, i) : 0;
		most += n * meter_bucket_start(TASKMETER_CPU_WAIT_FIRST, i + 1);
	}
	if (time + 100000 < least || time > most + 100000)
		test_fail("%s: waited %" PRIu64 " ns, by the histogram %" PRIu64 " to %" PRIu64,
			  what, time, least, most);
}

/* Of a thread at rest: as many waits as it was switched in, and as long. */
static void check_thread(pid_t tgid, pid_t tid)
{
	struct taskmeter_histograms histograms;
	struct taskmeter_record record;
	struct proc_schedstat stat = proc_schedstat(tgid, tid);
	uint64_t count;

	meter_histograms(device, tgid, tid, &record, &histograms);
	count = cpu_total(&histograms);
	if (!meter_near(count, stat.timeslices, 2))
		test_fail("thread %d: %" PRIu64 " waits, by the kernel %llu", tid, count,
			  stat.timeslices);
	check_time(&histograms, record.cpu_wait_ns, "by its record");
	if (meter_near(record.cpu_wait_ns, stat.run_delay_ns, 100000))
		check_time(&histograms, stat.run_delay_ns, "by the kernel");
}

static void check_threads(pid_t tgid)
{
	pid_t tids[LOAD_MAX_THREADS];
	size_t count = proc_threads(tgid, tids, ARRAY_SIZE(tids));

	for (size_t i = 0; i < count; i++)
		check_thread(tgid, tids[i]);
}

/* Number and sum of the waits of a load agree with the kernel's. */
START_TEST(agrees_with_kernel)
{
	struct load load;

	load_start(&load, LOAD_ALL, LOAD_ANY_CPU);
	sleep_ms(3000);
	load_rest(&load);
	check_threads(load.child.pid);
	load_end(&load);
}
END_TEST

/* A histogram, before and after perf recorded. */
struct recorded {
	const __u64 *before;
	const __u64 *after;
	unsigned int first;
	size_t count;
};

/* The buckets of the longest waits between the two, longest first. */
static size_t longest(const struct recorded *recorded, unsigned int *ret, size_t wanted)
{
	size_t found = 0;

	for (size_t i = recorded->count; i-- > 0;)
		for (uint64_t n = recorded->before[i]; n < recorded->after[i] && found < wanted; n++)
			ret[found++] = i;
	return found;
}

#define MAX_WAITS	256

/*
 * Whether each long wait that perf knows is in the histogram, in its bucket or one
 * beside it. One may be elsewhere: perf and the scheduler do not read the clock at
 * once, and an emulated CPU may stand still in between.
 */
static bool agrees(pid_t tid, enum perf_wait wait, const struct recorded *recorded,
		   size_t least_waits)
{
	unsigned int ours[MAX_WAITS];
	uint64_t waits[MAX_WAITS];
	size_t count = perf_waits(tid, wait, LONG_NS, waits, MAX_WAITS);
	size_t found = longest(recorded, ours, count), elsewhere = 0;

	printf("%zu waits of 5 ms and more by perf\n", count);
	ck_assert_uint_eq(found, count);
	/* Waits were cut short before they began: too few to tell. */
	if (count < least_waits)
		return false;
	for (size_t i = 0; i < count; i++) {
		unsigned int theirs = meter_bucket(recorded->first, recorded->count, waits[i]);

		if (ours[i] + 1 >= theirs && ours[i] <= theirs + 1)
			continue;
		printf("wait %zu, %" PRIu64 " ns by perf, belongs into bucket %u and is in %u\n",
		       i, waits[i], theirs, ours[i]);
		elsewhere++;
	}
	return elsewhere <= 1;
}

/* Takes the CPU for known times, when told to. */
static struct blocking {
	_Atomic unsigned int us;
	_Atomic bool runs;
} *blocking;

static void block_cpu(void *arg)
{
	(void)arg;
	pin(0, WAIT_CPU);
	be_fifo(50);
	child_tell();
	for (;;) {
		child_listen();
		blocking->runs = true;
		spin_us(blocking->us);
		child_tell();
	}
}

/* Wakes up when told to, and says when it runs. */
static void answer(void *arg)
{
	(void)arg;
	pin(0, WAIT_CPU);
	child_tell();
	for (;;) {
		child_listen();
		child_tell();
	}
}

static const unsigned int delays_us[] = { 5500, 7000, 10000, 20000, 40000, 80000, 160000 };
#define REPEATS		3
#define INJECTED	(REPEATS * ARRAY_SIZE(delays_us))

/* The victim is waked while the other has just taken its CPU. */
static void inject_delays(const struct child *blocker, const struct child *victim)
{
	for (size_t i = 0; i < INJECTED; i++) {
		blocking->us = delays_us[i % ARRAY_SIZE(delays_us)];
		blocking->runs = false;
		child_order(blocker);
		while (!blocking->runs)
			sched_yield();
		child_order(victim);
		child_await(blocker);
		child_await(victim);
	}
}

static bool measure_cpu_waits(void *data)
{
	struct taskmeter_histograms before, after;
	struct recorded recorded = {
		before.cpu_wait, after.cpu_wait, TASKMETER_CPU_WAIT_FIRST,
		TASKMETER_CPU_WAIT_BUCKETS,
	};
	struct child blocker, victim;
	bool agreed;

	(void)data;
	child_start(&blocker, block_cpu, NULL);
	child_await(&blocker);
	child_start(&victim, answer, NULL);
	child_await(&victim);
	child_await_state(victim.pid, "S");
	meter_histograms(device, victim.pid, victim.pid, NULL, &before);
	perf_start();
	inject_delays(&blocker, &victim);
	child_await_state(victim.pid, "S");
	perf_stop();
	meter_histograms(device, victim.pid, victim.pid, NULL, &after);
	agreed = agrees(victim.pid, PERF_QUEUED, &recorded, INJECTED * 2 / 3);
	perf_end();
	child_kill(&victim);
	child_kill(&blocker);
	return agreed;
}

/* Waits for a CPU that another takes for 5 to 160 ms. */
START_TEST(long_cpu_waits)
{
	starvation_allow();
	blocking = shared_alloc(sizeof(*blocking));
	measure_agreed(measure_cpu_waits, NULL);
}
END_TEST

static void read_blocks(void *arg)
{
	int fd;

	(void)arg;
	child_stay();
	fd = slowdisk_open();
	for (unsigned int i = 0;; i++) {
		slowdisk_read(fd, i);
		if (i % 4 == 3)
			child_stay();
	}
}

static const unsigned int io_delays_us[] = { 6000, 25000, 120000 };

static bool measure_io_waits(void *data)
{
	const unsigned int delay_us = *(unsigned int *)data;
	struct taskmeter_histograms before, after;
	struct recorded recorded = {
		before.io_wait, after.io_wait, TASKMETER_IO_WAIT_FIRST,
		TASKMETER_IO_WAIT_BUCKETS,
	};
	struct taskmeter_record record;
	struct child child;
	bool agreed;

	slowdisk_make(delay_us);
	child_start(&child, read_blocks, NULL);
	child_await(&child);
	meter_histograms(device, child.pid, child.pid, NULL, &before);
	perf_start();
	child_order(&child);
	child_await(&child);
	perf_stop();
	meter_histograms(device, child.pid, child.pid, &record, &after);
	agreed = agrees(child.pid, PERF_BLOCKED, &recorded, 3);
	perf_end();
	child_kill(&child);
	printf("waited for I/O for %" PRIu64 " ns, at most %" PRIu64 "; 4 times %u us\n",
	       (uint64_t)record.io_wait_ns, (uint64_t)record.io_wait_max_ns, delay_us);
	/* The device's clock runs while the reader's CPU stands still before it waits. */
	return agreed && record.io_wait_max_ns >= delay_us * 990ULL &&
	       record.io_wait_ns >= 4 * delay_us * 990ULL;
}

/* Reads that take 6 to 120 ms: each a wait for I/O of that length. */
START_TEST(long_io_waits)
{
	unsigned int delay_us = io_delays_us[_i];

	measure_agreed(measure_io_waits, &delay_us);
}
END_TEST

/* Threads that end when told to, one by one. */
#define THREADS		6

static struct ending {
	_Atomic pid_t tids[THREADS];
	_Atomic bool rest;
	_Atomic bool end[THREADS];
} *ending;

static void *nap_and_end(void *arg)
{
	uintptr_t index = (uintptr_t)arg;

	ending->tids[index] = syscall(SYS_gettid);
	while (!ending->rest)
		nap_us(300);
	while (!ending->end[index])
		nap_us(100000);
	return NULL;
}

static void nap_in_threads(void *arg)
{
	pthread_t threads[THREADS];

	(void)arg;
	for (uintptr_t i = 0; i < THREADS; i++)
		must(!pthread_create(&threads[i], NULL, nap_and_end, (void *)i));
	child_stay();
	ending->rest = true;
	for (int i = 0; i < THREADS; i++) {
		child_stay();
		ending->end[i] = true;
		must(!pthread_join(threads[i], NULL));
	}
	child_stay();
}

static void add(struct taskmeter_histograms *sum, const struct taskmeter_histograms *part)
{
	for (size_t i = 0; i < TASKMETER_CPU_WAIT_BUCKETS; i++)
		sum->cpu_wait[i] += part->cpu_wait[i];
	for (size_t i = 0; i < TASKMETER_IO_WAIT_BUCKETS; i++)
		sum->io_wait[i] += part->io_wait[i];
	for (size_t i = 0; i < TASKMETER_MEM_WAIT_BUCKETS; i++)
		sum->mem_wait[i] += part->mem_wait[i];
}

static uint64_t buckets_below(const struct taskmeter_histograms *low,
			      const struct taskmeter_histograms *high)
{
	for (size_t i = 0; i < TASKMETER_CPU_WAIT_BUCKETS; i++)
		if (low->cpu_wait[i] > high->cpu_wait[i])
			return false;
	for (size_t i = 0; i < TASKMETER_IO_WAIT_BUCKETS; i++)
		if (low->io_wait[i] > high->io_wait[i])
			return false;
	return true;
}

static void histogram_of_threads(pid_t tgid, struct taskmeter_histograms *sum)
{
	pid_t tids[THREADS + 2];
	size_t count = proc_threads(tgid, tids, ARRAY_SIZE(tids));
	struct taskmeter_histograms part;

	memset(sum, 0, sizeof(*sum));
	for (size_t i = 0; i < count; i++) {
		meter_histograms(device, tgid, tids[i], NULL, &part);
		add(sum, &part);
	}
}

/*
 * The histogram of a process lies between the sums over its threads before and after
 * it was read; when threads have gone, their waits stay in it.
 */
START_TEST(process_is_sum)
{
	struct taskmeter_histograms before, process, after, last;
	struct taskmeter_record record;
	struct child child;

	ending = shared_alloc(sizeof(*ending));
	child_start(&child, nap_in_threads, NULL);
	child_await(&child);
	sleep_ms(500);
	child_order(&child);
	child_await(&child);
	histogram_of_threads(child.pid, &before);
	meter_histograms(device, child.pid, 0, NULL, &process);
	histogram_of_threads(child.pid, &after);
	must(buckets_below(&before, &process) && buckets_below(&process, &after));
	ck_assert_uint_gt(cpu_total(&process), 100);
	for (int i = 0; i < THREADS; i++) {
		last = process;
		child_order(&child);
		child_await(&child);
		/* Waits that last are in the record only. */
		do {
			meter_histograms(device, child.pid, 0, &record, &process);
		} while (record.current_state == TASKMETER_STATE_QUEUED);
		must(buckets_below(&last, &process));
		must(meter_near(cpu_total(&process), record.timeslices, 10));
		check_time(&process, record.cpu_wait_ns, "with threads gone");
	}
	must(!(record.flags & TASKMETER_RECORD_LIVING_ONLY));
	child_kill(&child);
}
END_TEST

#define MANY_WAITS	70000

static _Atomic bool *yields_end;

static void yield_to_each_other(void *arg)
{
	(void)arg;
	pin(0, WAIT_CPU);
	child_tell();
	while (!*yields_end)
		sched_yield();
	child_stay();
}

static uint64_t fullest(const struct taskmeter_histograms *histograms)
{
	uint64_t most = 0;

	for (size_t i = 0; i < TASKMETER_CPU_WAIT_BUCKETS; i++)
		if (histograms->cpu_wait[i] > most)
			most = histograms->cpu_wait[i];
	return most;
}

/* More waits of one length than 16 bits hold are all counted. */
START_TEST(many_cpu_waits)
{
	struct taskmeter_histograms histograms;
	struct child pair[2];

	yields_end = shared_alloc(sizeof(*yields_end));
	for (int i = 0; i < 2; i++) {
		child_start(&pair[i], yield_to_each_other, NULL);
		child_await(&pair[i]);
	}
	do {
		sleep_ms(100);
		meter_histograms(device, pair[0].pid, pair[0].pid, NULL, &histograms);
	} while (fullest(&histograms) < MANY_WAITS);
	*yields_end = true;
	for (int i = 0; i < 2; i++) {
		child_await(&pair[i]);
		child_await_state(pair[i].pid, "S");
		check_thread(pair[i].pid, pair[i].pid);
	}
	meter_histograms(device, pair[0].pid, 0, NULL, &histograms);
	ck_assert_uint_ge(fullest(&histograms), MANY_WAITS);
	children_kill(pair, 2);
	ck_assert_uint_eq(device_info(device).allocation_failures, 0);
}
END_TEST

#define MANY_READS	1000

static void read_many(void *arg)
{
	int fd = slowdisk_open();

	(void)arg;
	for (unsigned int i = 0; i < MANY_READS; i++)
		slowdisk_read(fd, i);
	child_stay();
}

/* More waits for I/O than 8 bits hold are all counted. */
START_TEST(many_io_waits)
{
	struct taskmeter_histograms thread, process;
	struct taskmeter_record record;
	struct child child;
	uint64_t count;

	slowdisk_make(2000);
	child_start(&child, read_many, NULL);
	child_await(&child);
	meter_histograms(device, child.pid, child.pid, &record, &thread);
	meter_histograms(device, child.pid, 0, NULL, &process);
	count = total(thread.io_wait, TASKMETER_IO_WAIT_BUCKETS);
	printf("%" PRIu64 " waits for I/O\n", count);
	must(meter_near(count, MANY_READS, 2));
	ck_assert_uint_eq(total(process.io_wait, TASKMETER_IO_WAIT_BUCKETS), count);
	ck_assert_uint_ge(record.io_wait_ns, MANY_READS * 1990000ULL);
	child_kill(&child);
}
END_TEST

static void leave_nothing(void)
{
	starvation_restore();
	perf_end();
	slowdisk_remove();
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("histogram");
	TCase *histogram = test_case_add(suite, "histogram", 60);

	tcase_add_unchecked_fixture(histogram, starvation_save, leave_nothing);
	tcase_add_checked_fixture(histogram, setup, NULL);
	tcase_add_test(histogram, agrees_with_kernel);
	tcase_add_test(histogram, long_cpu_waits);
	tcase_add_loop_test(histogram, long_io_waits, 0, ARRAY_SIZE(io_delays_us));
	tcase_add_test(histogram, process_is_sum);
	tcase_add_test(histogram, many_cpu_waits);
	tcase_add_test(histogram, many_io_waits);
	return suite_main(suite, argc, argv);
}
