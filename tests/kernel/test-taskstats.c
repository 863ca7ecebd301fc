// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The stalls of a thread are what the kernel's delay accounting says, where that can
 * be had; and they are told without it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "measure.h"
#include "meter.h"
#include "pressure.h"
#include "setting.h"
#include "slowdisk.h"
#include "stall.h"
#include "suite.h"
#include "support.h"
#include "taskstats.h"

#define GROUP		"taskmeter-taskstats"
#define ACCOUNTING	"/proc/sys/kernel/task_delayacct"
#define PAGE_CLUSTER	"/proc/sys/vm/page-cluster"
/* Beside the 5 %: what either may have that begins or ends while the other looks. */
#define SLACK_NS	(5 * NSEC_PER_MSEC)
#define SLACK_COUNT	2

static struct setting settings[] = {
	{ ACCOUNTING, "" },
	{ PAGE_CLUSTER, "" },
};

static int device;

static void setup(void)
{
	device = device_open();
}

/*
 * For threads that are forked from now on. Before 5.14 it is on from the boot, if at
 * all, and cannot be switched.
 */
static void switch_accounting_on(void)
{
	if (settings[0].saved[0])
		must(setting_try(ACCOUNTING, "1"));
}

/* Its figures stay 0 where it is off. */
static void need_accounting(uint64_t counted)
{
	if (!counted && !settings[0].saved[0])
		suite_skip("delay accounting is off, and cannot be switched on");
}

#define RECLAIMS	300
#define RECLAIM_NS	(200 * NSEC_PER_MSEC)

/* Reads above the limit of its group, until it has reclaimed often and for long. */
static struct taskmeter_record reclaim(struct pressure *pressure)
{
	struct taskmeter_record record;

	cgroup_make(GROUP);
	cgroup_write(GROUP, "memory.max", "16M");
	pressure_file_make();
	pressure_start(pressure, GROUP, PRESSURE_READ, PRESSURE_FILE_BYTES);
	pressure_go(pressure);
	do {
		sleep_ms(20);
		record = stall_process(device, pressure->child.pid);
	} while (record.memcg_reclaims < RECLAIMS || record.memcg_reclaim_ns < RECLAIM_NS);
	pressure_pause(pressure);
	record = stall_process(device, pressure->child.pid);
	stall_check_rest(&record, "reclaim");
	return record;
}

/* Time of blocked I/O, of which part may be a wait for memory. */
static bool io_agrees(const struct taskmeter_record *record, const struct taskstats *stats)
{
	uint64_t least = record->io_wait_ns, most = least + record->mem_wait_ns;

	return least <= stats->blkio_delay_total + least / 20 + SLACK_NS &&
	       most + most / 20 + SLACK_NS >= stats->blkio_delay_total;
}

static bool measure_reclaims(void *data)
{
	struct taskmeter_record record;
	struct pressure pressure;
	struct taskstats stats;
	uint64_t count, ns;

	(void)data;
	record = reclaim(&pressure);
	taskstats_get(pressure.child.pid, &stats);
	count = record.direct_reclaims + record.memcg_reclaims;
	ns = record.direct_reclaim_ns + record.memcg_reclaim_ns;
	printf("%" PRIu64 " reclaims in %" PRIu64 " ns, by taskstats %llu in %llu; I/O %" PRIu64
	       " and memory %" PRIu64 " ns, by taskstats %llu\n", count, ns,
	       (unsigned long long)stats.freepages_count,
	       (unsigned long long)stats.freepages_delay_total, (uint64_t)record.io_wait_ns,
	       (uint64_t)record.mem_wait_ns, (unsigned long long)stats.blkio_delay_total);
	need_accounting(stats.freepages_count);
	/* No clock has a part in that. */
	must(stall_near(count, stats.freepages_count, SLACK_COUNT));
	pressure_end(&pressure);
	cgroup_remove(GROUP);
	return stall_near(ns, stats.freepages_delay_total, SLACK_NS) &&
	       io_agrees(&record, &stats);
}

/*
 * Number and time of reclaims, of a group or not, and time of blocked I/O: within 5 %,
 * and 5 ms or 2 of them.
 */
START_TEST(reclaims)
{
	stall_need(device, TASKMETER_AVAILABLE_DIRECT_RECLAIM |
			   TASKMETER_AVAILABLE_MEMCG_RECLAIM);
	switch_accounting_on();
	measure_agreed(measure_reclaims, NULL);
}
END_TEST

#define READS		100

static void read_blocks(void *arg)
{
	int fd = slowdisk_open();

	(void)arg;
	child_stay();
	for (unsigned int i = 0; i < READS; i++)
		slowdisk_read(fd, i);
	child_stay();
}

static bool measure_block_io(void *data)
{
	struct taskstats before, after;
	struct taskmeter_record first, last;
	struct child child;
	uint64_t ours, theirs;

	(void)data;
	slowdisk_make(5000);
	child_start(&child, read_blocks, NULL);
	child_await(&child);
	child_await_state(child.pid, "S");
	taskstats_get(child.pid, &before);
	first = stall_process(device, child.pid);
	child_order(&child);
	child_await(&child);
	child_await_state(child.pid, "S");
	taskstats_get(child.pid, &after);
	last = stall_process(device, child.pid);
	ours = last.io_wait_ns - first.io_wait_ns;
	theirs = after.blkio_delay_total - before.blkio_delay_total;
	printf("%" PRIu64 " ns, by taskstats %" PRIu64 "\n", ours, theirs);
	need_accounting(after.blkio_count);
	ck_assert_uint_eq(last.fault_waits, first.fault_waits);
	ck_assert_uint_eq(last.mem_stall_ns, 0);
	ck_assert_uint_eq(after.freepages_count, 0);
	child_kill(&child);
	return stall_near(ours, theirs, SLACK_NS);
}

/* Waits for I/O that has nothing to do with memory are the same in both. */
START_TEST(block_io)
{
	switch_accounting_on();
	measure_agreed(measure_block_io, NULL);
}
END_TEST

/* So long that what a busy CPU takes to ask for a page is little. */
#define SWAP_DELAY_US	40000
#define SWAPPED_BYTES	(24 * MEGABYTE)
#define SWAPPED_IN	50
#define PAGE		4096

static void use_swapped(void *arg)
{
	char *memory;

	cgroup_add(arg, getpid());
	memory = mmap(NULL, SWAPPED_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(memory != MAP_FAILED);
	madvise(memory, SWAPPED_BYTES, MADV_NOHUGEPAGE);
	/* Not zeros, which the kernel need not write. */
	memset(memory, 1, SWAPPED_BYTES);
	child_stay();
	for (size_t i = 0; i < SWAPPED_IN; i++)
		must(((volatile char *)memory)[i * PAGE] == 1);
	child_stay();
}

static void next_step(const struct child *child)
{
	child_order(child);
	child_await(child);
	child_await_state(child->pid, "S");
}

/* What a thread has waited for, by its record or by taskstats. */
struct swap_waits {
	uint64_t io_ns;
	uint64_t refault_ns;
	uint64_t fault_ns;
};

static struct swap_waits waits_by_record(pid_t pid)
{
	struct taskmeter_record record = stall_process(device, pid);

	stall_check_rest(&record, "swaps in");
	return (struct swap_waits){ record.io_wait_ns + record.refault_wait_ns,
				    record.refault_wait_ns, record.fault_wait_ns };
}

/* The version (5.17) from which on a wait for swap is I/O as well as swap-in, not instead. */
#define VERSION_SWAP_IS_IO	11

static bool swaps_apart(const struct taskstats *stats)
{
	return stats->version < VERSION_SWAP_IS_IO;
}

static struct swap_waits waits_by_taskstats(pid_t pid, bool *ret_apart)
{
	struct taskstats stats;

	taskstats_get(pid, &stats);
	*ret_apart = swaps_apart(&stats);
	return (struct swap_waits){
		stats.blkio_delay_total + (*ret_apart ? stats.swapin_delay_total : 0),
		stats.thrashing_delay_total, stats.swapin_delay_total };
}

static void subtract(struct swap_waits *waits, const struct swap_waits *first)
{
	waits->io_ns -= first->io_ns;
	waits->refault_ns -= first->refault_ns;
	waits->fault_ns -= first->fault_ns;
}

/*
 * The kernel's figure for swap-in has the wait on 6.1, but on 6.12 only what it takes
 * to ask for the page. Its waits are I/O in any case; thrashing has both, for a page
 * that was evicted not long ago.
 */
static bool swap_in_agrees(const struct swap_waits *ours, const struct swap_waits *theirs)
{
	return stall_near(ours->io_ns, theirs->io_ns, SLACK_NS) &&
	       stall_near(ours->refault_ns, theirs->refault_ns, SLACK_NS) &&
	       (theirs->fault_ns < theirs->io_ns / 4 ||
		stall_near(ours->fault_ns, theirs->fault_ns, SLACK_NS));
}

/* Where swap-in has the whole wait, and only files thrash. */
static bool swap_in_agrees_apart(const struct swap_waits *ours, const struct swap_waits *theirs)
{
	ck_assert_uint_eq(theirs->refault_ns, 0);
	return stall_near(ours->io_ns, theirs->io_ns, SLACK_NS) &&
	       stall_near(ours->fault_ns, theirs->fault_ns, SLACK_NS);
}

static bool measure_swap_in(void *data)
{
	struct swap_waits first_ours, ours, first_theirs, theirs;
	struct child child;
	bool apart;

	(void)data;
	slowdisk_make_backed(SWAP_DELAY_US);
	pressure_swap_to(SLOWDISK);
	cgroup_make(GROUP);
	child_start(&child, use_swapped, GROUP);
	child_await(&child);
	child_await_state(child.pid, "S");
	pressure_push_out(GROUP);
	first_ours = waits_by_record(child.pid);
	first_theirs = waits_by_taskstats(child.pid, &apart);
	next_step(&child);
	ours = waits_by_record(child.pid);
	theirs = waits_by_taskstats(child.pid, &apart);
	child_kill(&child);
	cgroup_remove(GROUP);
	pressure_swap_leave(SLOWDISK);
	subtract(&ours, &first_ours);
	subtract(&theirs, &first_theirs);
	printf("I/O %" PRIu64 " ns, by taskstats %" PRIu64 "; refaults %" PRIu64 ", %" PRIu64
	       "; faults %" PRIu64 ", %" PRIu64 "\n", ours.io_ns, theirs.io_ns,
	       ours.refault_ns, theirs.refault_ns, ours.fault_ns, theirs.fault_ns);
	need_accounting(theirs.io_ns);
	/* Each read waits for the device. */
	ck_assert_uint_ge(ours.io_ns, SWAPPED_IN / 2 * SWAP_DELAY_US * 1000ULL);
	ck_assert_uint_gt(ours.fault_ns, ours.io_ns / 2);
	return apart ? swap_in_agrees_apart(&ours, &theirs) : swap_in_agrees(&ours, &theirs);
}

/* Waits for swap, page by page: as I/O, as thrashing and as swap-in, each within 5 %. */
START_TEST(swaps_in)
{
	stall_need(device, TASKMETER_AVAILABLE_STALLS);
	switch_accounting_on();
	must(setting_try(PAGE_CLUSTER, "0"));
	measure_agreed(measure_swap_in, NULL);
}
END_TEST

/* With delay accounting off, the kernel tells nothing, and the meter tells all. */
START_TEST(without_accounting)
{
	struct taskmeter_record record;
	struct pressure pressure;
	struct taskstats stats;

	stall_need(device, TASKMETER_AVAILABLE_MEMCG_RECLAIM);
	if (!settings[0].saved[0])
		suite_skip("delay accounting cannot be switched here");
	must(setting_try(ACCOUNTING, "0"));
	record = reclaim(&pressure);
	taskstats_get(pressure.child.pid, &stats);
	ck_assert_uint_eq(stats.freepages_count, 0);
	ck_assert_uint_eq(stats.blkio_count, 0);
	ck_assert_uint_ge(record.memcg_reclaims, RECLAIMS);
	/* The last one was told while it lasted. */
	ck_assert_uint_ge(record.memcg_reclaim_ns + METER_STAND_STILL_NS, RECLAIM_NS);
	pressure_end(&pressure);
}
END_TEST

static void save_settings(void)
{
	settings_save(settings, ARRAY_SIZE(settings));
}

static void leave_nothing(void)
{
	cgroup_remove(GROUP);
	pressure_file_remove();
	pressure_swap_leave(SLOWDISK);
	slowdisk_remove();
	settings_restore(settings, ARRAY_SIZE(settings));
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("taskstats");
	TCase *taskstats = test_case_add(suite, "taskstats", 120);

	tcase_add_unchecked_fixture(taskstats, save_settings, leave_nothing);
	tcase_add_checked_fixture(taskstats, setup, NULL);
	tcase_add_test(taskstats, reclaims);
	tcase_add_test(taskstats, block_io);
	tcase_add_test(taskstats, swaps_in);
	tcase_add_test(taskstats, without_accounting);
	return suite_main(suite, argc, argv);
}
