// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page faults that wait: for a device whose every read takes a time that is known,
 * and for swap. They are told apart from reads and from faults that do not wait.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "load.h"
#include "measure.h"
#include "meter.h"
#include "pressure.h"
#include "slowdisk.h"
#include "stall.h"
#include "suite.h"
#include "support.h"

#define GROUP		"taskmeter-faults"
#define DELAY_US	10000
/* The device begins to count before the reader is off its CPU. */
#define LEAST_NS	(DELAY_US * 950ULL)
#define FAULTS		100
/* So many may find their page there: an emulated CPU stood still for the 10 ms. */
#define UNBLOCKED	2
/* Apart from each other, and from the device's first pages, which others read. */
#define STRIDE		MEGABYTE
#define BEGINNING	(8 * MEGABYTE)
#define MAPPED_BYTES	(FAULTS * STRIDE)

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif

static int device;

static void setup(void)
{
	device = device_open();
}

/* How long each access took, by the clock of who made it. */
static struct timed {
	uint64_t ns[FAULTS];
} *timed;

static const char *map_device(void)
{
	int fd = open(SLOWDISK, O_RDONLY | O_CLOEXEC);
	char *memory;

	must(fd >= 0);
	memory = mmap(NULL, MAPPED_BYTES, PROT_READ, MAP_SHARED, fd, BEGINNING);
	must(memory != MAP_FAILED);
	/* One page at a time. */
	must(!madvise(memory, MAPPED_BYTES, MADV_RANDOM));
	close(fd);
	return memory;
}

typedef void access_fn(const char *at);

static void access_by_reading(const char *at)
{
	must(!*(volatile const char *)at);
}

static int pipe_end;

/* The kernel reads the page, on behalf of the caller. */
static void access_by_writing_it(const char *at)
{
	must(write(pipe_end, at, 1) == 1);
}

static access_fn *const accesses[] = { access_by_reading, access_by_writing_it };

static void fault_pages(void *arg)
{
	access_fn *access_page = accesses[*(int *)arg];
	const char *memory = map_device();
	uint64_t start;
	int ends[2];

	must(!pipe(ends));
	pipe_end = ends[1];
	/* Once, lest the program's own pages come in later. */
	must(write(pipe_end, "", 1) == 1);
	timed->ns[0] = clock_ns(CLOCK_MONOTONIC);
	child_stay();
	for (int i = 0; i < FAULTS; i++) {
		start = clock_ns(CLOCK_MONOTONIC);
		access_page(memory + i * STRIDE);
		timed->ns[i] = clock_ns(CLOCK_MONOTONIC) - start;
	}
	child_stay();
}

static void start_at_rest(struct child *child, child_fn *fn, void *arg)
{
	child_start(child, fn, arg);
	child_await(child);
	child_await_state(child->pid, "S");
}

/* What the kernel says is not enough: its last fault is told when it has left the CPU. */
static void next_step(const struct child *child)
{
	child_order(child);
	child_await(child);
	meter_await_state(device, child->pid, child->pid, TASKMETER_STATE_SLEEPING);
}

static int compare_times(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;

	return (a > b) - (a < b);
}

static uint64_t sum_of_times(void)
{
	uint64_t sum = 0;

	for (int i = 0; i < FAULTS; i++)
		sum += timed->ns[i];
	return sum;
}

/*
 * From the shortest to the longest, each wait has to be in the bucket of the access
 * that took as long, or beside it; one in twenty may be elsewhere, as the CPU may
 * stand still between the wait and the clock.
 */
static bool buckets_agree(const struct taskmeter_histograms *before,
			  const struct taskmeter_histograms *after)
{
	size_t found = 0, elsewhere = 0;

	qsort(timed->ns, FAULTS, sizeof(timed->ns[0]), compare_times);
	for (unsigned int i = 0; i < TASKMETER_STALL_BUCKETS; i++) {
		for (uint64_t n = before->fault_wait[i]; n < after->fault_wait[i]; n++) {
			unsigned int theirs;

			/* Its code may have to be read as well. */
			if (found == FAULTS) {
				elsewhere++;
				continue;
			}
			theirs = meter_bucket(TASKMETER_STALL_FIRST, TASKMETER_STALL_BUCKETS,
					      timed->ns[found]);
			if (i > theirs + 1 || theirs > i + 1) {
				printf("access %zu took %" PRIu64 " ns and is in bucket %u\n",
				       found, timed->ns[found], i);
				elsewhere++;
			}
			found++;
		}
	}
	printf("%zu of %zu waits are elsewhere\n", elsewhere, found);
	ck_assert_uint_ge(found, FAULTS - UNBLOCKED);
	return elsewhere <= FAULTS / 20;
}

static bool measure_pages_in(void *which)
{
	struct taskmeter_histograms histograms, histograms_after;
	struct taskmeter_record before, after;
	struct child child;
	struct stall stall;
	uint64_t faults;
	bool agree;

	slowdisk_make(DELAY_US);
	timed = shared_alloc(sizeof(*timed));
	start_at_rest(&child, fault_pages, which);
	before = stall_histograms(device, child.pid, &histograms);
	next_step(&child);
	after = stall_histograms(device, child.pid, &histograms_after);
	stall = stall_since(&before, &after, STALL_FAULT);
	faults = after.major_faults - before.major_faults;
	printf("%" PRIu64 " major faults, %" PRIu64 " waited for %" PRIu64 " ns, of %" PRIu64
	       " by the clock\n", faults, stall.count, stall.ns, sum_of_times());

	ck_assert_uint_ge(faults, FAULTS);
	ck_assert_uint_le(stall.count, faults);
	ck_assert_uint_ge(stall.count + UNBLOCKED, faults);
	ck_assert_uint_ge(stall.ns, (FAULTS - UNBLOCKED) * LEAST_NS);
	if (faults == FAULTS)
		ck_assert_uint_le(stall.ns, sum_of_times() + STALL_SLACK_NS);
	ck_assert_uint_ge(stall.max_ns, LEAST_NS);
	/* They are waits for I/O, and no others are. */
	must(meter_near(stall.ns, after.io_wait_ns - before.io_wait_ns, STALL_SLACK_NS));
	agree = buckets_agree(&histograms, &histograms_after);
	stall_check_rest(&after, "pages in");
	stall_check_histograms(&after, &histograms_after, "pages in");
	child_kill(&child);
	return agree;
}

/*
 * Pages of a mapped device come in at 10 ms each, when they are read and when the
 * kernel reads them: each is a major fault and a wait of that length.
 */
START_TEST(pages_in)
{
	int which = _i;

	measure_agreed(measure_pages_in, &which);
}
END_TEST

/* As long as a fault takes at least, on a device that takes a second. */
#define LONG_NS		(990 * NSEC_PER_MSEC)

/* A fault that lasts is told when it is over, and as the wait for I/O that it is before. */
START_TEST(told_when_over)
{
	struct taskmeter_record before, record;
	struct child child;
	int which = 0;

	slowdisk_make(1000000);
	timed = shared_alloc(sizeof(*timed));
	start_at_rest(&child, fault_pages, &which);
	before = stall_process(device, child.pid);
	child_order(&child);
	meter_await_state(device, child.pid, child.pid, TASKMETER_STATE_IO);
	/* Its code may have to be read before. */
	do {
		record = stall_process(device, child.pid);
	} while (record.fault_wait_max_ns < LONG_NS ||
		 record.fault_wait_ns - before.fault_wait_ns < 2 * LONG_NS);
	ck_assert_uint_ge(record.fault_waits, before.fault_waits + 2);
	/* The two counts may be from moments before and after it. */
	record = stall_process(device, child.pid);
	ck_assert_uint_le(record.fault_waits, record.major_faults);
	stall_check(&record, METER_STAND_STILL_NS, "a fault that lasts");
	child_kill(&child);
}
END_TEST

#define READS	20

/* Past the page cache, or through it. */
static void read_blocks(void *arg)
{
	const int flags = *(int *)arg ? O_DIRECT : 0;
	int fd = open(SLOWDISK, O_RDONLY | O_CLOEXEC | flags);

	must(fd >= 0);
	must(!posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM));
	/* The first block, once, to have the program's own pages. */
	slowdisk_read(fd, 0);
	child_stay();
	for (unsigned int i = 1; i <= READS; i++)
		slowdisk_read(fd, (BEGINNING + i * STRIDE) / 4096);
	child_stay();
}

/* Whether the reader waited as long as the device took, by a timer of its own. */
static bool measure_reads(void *data)
{
	struct taskmeter_record before, after;
	struct child child;
	uint64_t waited;

	slowdisk_make(DELAY_US);
	start_at_rest(&child, read_blocks, data);
	before = stall_process(device, child.pid);
	next_step(&child);
	after = stall_process(device, child.pid);
	ck_assert_uint_eq(after.major_faults, before.major_faults);
	ck_assert_uint_eq(after.fault_waits, before.fault_waits);
	ck_assert_uint_eq(after.fault_wait_ns, before.fault_wait_ns);
	child_kill(&child);
	waited = after.io_wait_ns - before.io_wait_ns;
	printf("%d reads of %d us, waited for %" PRIu64 " ns\n", READS, DELAY_US, waited);
	return waited >= READS * LEAST_NS;
}

/* A reader waits for I/O, but has no fault. */
START_TEST(reads)
{
	int direct = _i;

	measure_agreed(measure_reads, &direct);
}
END_TEST

#define ROUNDS	200
#define PAGES	64

static void fault_lightly(void *arg)
{
	char *memory;

	(void)arg;
	for (int rounds = 1;; rounds = ROUNDS) {
		child_stay();
		for (int i = 0; i < rounds; i++) {
			memory = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			must(memory != MAP_FAILED);
			for (int page = 0; page < PAGES; page++)
				((volatile char *)memory)[page * 4096] = 1;
			must(!munmap(memory, PAGES * 4096));
			/* Blocked between faults, but in none. */
			if (i % 8 == 0)
				nap_us(500);
		}
	}
}

/* Minor faults wait for nothing. */
START_TEST(minor_faults)
{
	struct taskmeter_record before, after;
	struct child child;

	start_at_rest(&child, fault_lightly, NULL);
	next_step(&child);
	before = stall_process(device, child.pid);
	next_step(&child);
	after = stall_process(device, child.pid);
	ck_assert_uint_ge(after.minor_faults - before.minor_faults, ROUNDS * PAGES);
	ck_assert_uint_eq(after.major_faults, before.major_faults);
	ck_assert_uint_eq(after.fault_waits, before.fault_waits);
	ck_assert_uint_eq(after.fault_wait_ns, before.fault_wait_ns);
	child_kill(&child);
}
END_TEST

#define SWAPPED_BYTES	(24 * MEGABYTE)

static void use_swapped(void *arg)
{
	char *memory;

	cgroup_add(arg, getpid());
	memory = mmap(NULL, SWAPPED_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(memory != MAP_FAILED);
	madvise(memory, SWAPPED_BYTES, MADV_NOHUGEPAGE);
	memset(memory, 1, SWAPPED_BYTES);
	must(!madvise(memory, SWAPPED_BYTES, MADV_PAGEOUT));
	for (;;) {
		child_stay();
		for (size_t i = 0; i < SWAPPED_BYTES; i += 4096)
			must(((volatile char *)memory)[i] == 1);
	}
}

/* Memory that comes back from swap: its faults wait, by I/O or as a stall. */
START_TEST(swaps_in)
{
	struct taskmeter_histograms histograms;
	struct taskmeter_record before, after;
	struct stall fault, refault;
	struct child child;
	uint64_t faults;

	pressure_swap_on();
	cgroup_make(GROUP);
	start_at_rest(&child, use_swapped, GROUP);
	/* Out of the swap cache as well. */
	pressure_push_out(GROUP);
	before = stall_process(device, child.pid);
	ck_assert_uint_ge(before.swap_bytes, SWAPPED_BYTES / 2);
	next_step(&child);
	after = stall_histograms(device, child.pid, &histograms);
	faults = after.major_faults - before.major_faults;
	fault = stall_since(&before, &after, STALL_FAULT);
	refault = stall_since(&before, &after, STALL_REFAULT);
	printf("%" PRIu64 " major faults, %" PRIu64 " waited for %" PRIu64 " ns; %" PRIu64
	       " refaults for %" PRIu64 " ns\n", faults, fault.count, fault.ns, refault.count,
	       refault.ns);
	ck_assert_uint_gt(faults, 0);
	ck_assert_uint_gt(fault.count, 0);
	ck_assert_uint_gt(fault.ns, 0);
	ck_assert_uint_le(fault.count, faults);
	ck_assert_uint_le(fault.ns, after.io_wait_ns - before.io_wait_ns + after.mem_wait_ns -
			  before.mem_wait_ns + after.lock_wait_ns - before.lock_wait_ns);
	stall_check_rest(&after, "swaps in");
	stall_check_histograms(&after, &histograms, "swaps in");
	child_kill(&child);
}
END_TEST

static void leave_nothing(void)
{
	cgroup_remove(GROUP);
	slowdisk_remove();
	pressure_swap_off();
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("faults");
	TCase *faults = test_case_add(suite, "faults", 60);

	tcase_add_unchecked_fixture(faults, NULL, leave_nothing);
	tcase_add_checked_fixture(faults, setup, NULL);
	tcase_add_loop_test(faults, pages_in, 0, ARRAY_SIZE(accesses));
	tcase_add_test(faults, told_when_over);
	tcase_add_loop_test(faults, reads, 0, 2);
	tcase_add_test(faults, minor_faults);
	tcase_add_test(faults, swaps_in);
	return suite_main(suite, argc, argv);
}
