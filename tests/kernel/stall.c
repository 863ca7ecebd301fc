// SPDX-License-Identifier: GPL-2.0-or-later
/* See stall.h. */
#include "stall.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "meter.h"
#include "suite.h"
#include "support.h"

static const struct {
	const char *name;
	uint64_t available;
	size_t offset;
} kinds[STALL_KINDS] = {
	[STALL_DIRECT_RECLAIM] = { "direct reclaim", TASKMETER_AVAILABLE_DIRECT_RECLAIM,
		offsetof(struct taskmeter_record, direct_reclaims) },
	[STALL_MEMCG_RECLAIM] = { "reclaim of a cgroup", TASKMETER_AVAILABLE_MEMCG_RECLAIM,
		offsetof(struct taskmeter_record, memcg_reclaims) },
	[STALL_COMPACTION] = { "compaction", TASKMETER_AVAILABLE_COMPACTION,
		offsetof(struct taskmeter_record, compactions) },
	[STALL_FAULT] = { "wait of a fault", TASKMETER_AVAILABLE_STALLS,
		offsetof(struct taskmeter_record, fault_waits) },
	[STALL_REFAULT] = { "refault", TASKMETER_AVAILABLE_REFAULT,
		offsetof(struct taskmeter_record, refault_waits) },
	[STALL_THROTTLE] = { "throttling", TASKMETER_AVAILABLE_REFAULT,
		offsetof(struct taskmeter_record, throttle_waits) },
};

/* The maximum is told in steps. */
#define STEP_NS		1024ULL
/* And its end to 2^27 ns. */
#define END_NS		(140 * NSEC_PER_MSEC)

const char *stall_name(enum stall_kind kind)
{
	return kinds[kind].name;
}

uint64_t stall_available(enum stall_kind kind)
{
	return kinds[kind].available;
}

uint64_t stall_bits(void)
{
	uint64_t bits = TASKMETER_AVAILABLE_MEM_STALL | TASKMETER_AVAILABLE_NUMA_BALANCING;

	for (size_t i = 0; i < STALL_KINDS; i++)
		bits |= kinds[i].available;
	return bits;
}

struct stall stall_of(const struct taskmeter_record *record, enum stall_kind kind)
{
	struct stall stall;

	memcpy(&stall, (const char *)record + kinds[kind].offset, sizeof(stall));
	return stall;
}

struct stall stall_since(const struct taskmeter_record *before,
			 const struct taskmeter_record *record, enum stall_kind kind)
{
	struct stall first = stall_of(before, kind), stall = stall_of(record, kind);

	must(stall.count >= first.count && stall.ns >= first.ns);
	stall.count -= first.count;
	stall.ns -= first.ns;
	return stall;
}

void stall_need(int device, uint64_t available)
{
	must(device_info(device).available & TASKMETER_AVAILABLE_STALLS);
	if (available & ~(uint64_t)device_info(device).available)
		suite_skip("this kernel does not tell of such stalls");
}

static void check_there(const struct taskmeter_record *record)
{
	if (!(record->available & TASKMETER_AVAILABLE_STALLS) || record->untracked_threads)
		test_fail("%u (%.16s): available %#" PRIx64 ", %u threads not tracked",
			  record->pid, record->comm, (uint64_t)record->available,
			  record->untracked_threads);
}

static struct taskmeter_record get(int device, pid_t tgid, pid_t tid, uint32_t flags)
{
	struct taskmeter_record record;

	if (!device_get(device, tgid, tid, flags | TASKMETER_SNAPSHOT_STALLS, &record))
		test_fail("no record of %d, thread %d", tgid, tid);
	check_there(&record);
	return record;
}

struct taskmeter_record stall_thread(int device, pid_t tgid, pid_t tid)
{
	return get(device, tgid, tid, TASKMETER_SNAPSHOT_THREADS);
}

struct taskmeter_record stall_process(int device, pid_t pid)
{
	return get(device, pid, pid, 0);
}

struct taskmeter_record stall_histograms(int device, pid_t pid,
					 struct taskmeter_histograms *ret_histograms)
{
	struct taskmeter_record record;

	meter_histograms_with(device, pid, 0, TASKMETER_SNAPSHOT_STALLS, &record,
			      ret_histograms);
	check_there(&record);
	return record;
}

bool stall_near(uint64_t ours, uint64_t theirs, uint64_t slack)
{
	uint64_t apart = ours > theirs ? ours - theirs : theirs - ours;

	return apart <= theirs / 20 + slack;
}

static bool has(const struct taskmeter_record *record, uint64_t available)
{
	return (record->available & available) == available;
}

static void fail_times(const struct taskmeter_record *record, const char *rule,
		       const char *what)
{
	test_fail("%s: %u (%.16s): %s: tracked %" PRIu64 " stall %" PRIu64 " memory %" PRIu64
		  " I/O %" PRIu64 " lock %" PRIu64 " direct reclaim %" PRIu64
		  " cgroup reclaim %" PRIu64 " compaction %" PRIu64 " fault %" PRIu64
		  " refault %" PRIu64 " throttle %" PRIu64, what, record->pid, record->comm,
		  rule, (uint64_t)record->tracked_ns, (uint64_t)record->mem_stall_ns,
		  (uint64_t)record->mem_wait_ns, (uint64_t)record->io_wait_ns,
		  (uint64_t)record->lock_wait_ns, (uint64_t)record->direct_reclaim_ns,
		  (uint64_t)record->memcg_reclaim_ns, (uint64_t)record->compaction_ns,
		  (uint64_t)record->fault_wait_ns, (uint64_t)record->refault_wait_ns,
		  (uint64_t)record->throttle_wait_ns);
}

static void check_union(const struct taskmeter_record *record, uint64_t slack,
			const char *what)
{
	const uint64_t parts[] = {
		record->mem_wait_ns, record->direct_reclaim_ns, record->memcg_reclaim_ns,
	};
	/* Who asks for a compaction is not stalled by it. */
	uint64_t sum = record->compaction_ns;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		sum += parts[i];
	/* Waits begin and end by the scheduler's clock, reclaims by another's reading. */
	slack += sum / 100;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (record->mem_stall_ns + slack < parts[i])
			fail_times(record, "the stall is shorter than a part of it", what);
	if (record->mem_stall_ns > sum + slack)
		fail_times(record, "the stall is longer than its parts", what);
}

void stall_check(const struct taskmeter_record *record, uint64_t slack, const char *what)
{
	uint64_t blocked = record->io_wait_ns + record->mem_wait_ns + record->lock_wait_ns;

	for (size_t i = 0; i < STALL_KINDS; i++)
		if (has(record, kinds[i].available) &&
		    stall_of(record, i).ns > record->tracked_ns + slack)
			fail_times(record, kinds[i].name, what);
	if (record->fault_wait_ns > blocked + slack)
		fail_times(record, "faults waited longer than the thread", what);
	if (has(record, TASKMETER_AVAILABLE_REFAULT) &&
	    record->refault_wait_ns + record->throttle_wait_ns > record->mem_wait_ns + slack)
		fail_times(record, "the waits for memory are longer than all of them", what);
	if (has(record, TASKMETER_AVAILABLE_MEM_STALL))
		check_union(record, slack, what);
}

static void check_maximum(const struct taskmeter_record *record, enum stall_kind kind,
			  const char *what)
{
	struct stall stall = stall_of(record, kind);
	uint64_t now = clock_ns(CLOCK_BOOTTIME);
	bool fits;

	if (!stall.count)
		fits = !stall.ns && !stall.max_ns && !stall.max_time_ns;
	else
		fits = stall.max_ns <= stall.ns + STEP_NS &&
		       (stall.max_ns + STEP_NS) * stall.count >= stall.ns;
	if (stall.max_ns)
		fits = fits && stall.max_time_ns + END_NS > record->start_time_ns &&
		       stall.max_time_ns < now + END_NS;
	if (!fits)
		test_fail("%s: %u (%.16s), %s: %" PRIu64 " of %" PRIu64 " ns, longest %" PRIu64
			  " that ended at %" PRIu64 "; started at %" PRIu64 ", now %" PRIu64,
			  what, record->pid, record->comm, kinds[kind].name, stall.count,
			  stall.ns, stall.max_ns, stall.max_time_ns,
			  (uint64_t)record->start_time_ns, now);
}

void stall_check_rest(const struct taskmeter_record *record, const char *what)
{
	stall_check(record, STALL_SLACK_NS, what);
	for (size_t i = 0; i < STALL_KINDS; i++)
		if (has(record, kinds[i].available))
			check_maximum(record, i, what);
	if (record->fault_waits > record->major_faults)
		test_fail("%s: %" PRIu64 " waits of faults, but %" PRIu64 " major faults", what,
			  (uint64_t)record->fault_waits, (uint64_t)record->major_faults);
}

void stall_check_none(const struct taskmeter_record *record, const char *what)
{
	for (size_t i = 0; i < STALL_KINDS; i++) {
		struct stall stall = stall_of(record, i);

		/* Of the program's own pages, some may still have been on the disk. */
		if (i == STALL_FAULT && record->major_faults)
			continue;
		if (stall.count || stall.ns || stall.max_ns || stall.max_time_ns)
			test_fail("%s: %s: %" PRIu64 " of %" PRIu64 " ns, longest %" PRIu64,
				  what, kinds[i].name, stall.count, stall.ns, stall.max_ns);
	}
	ck_assert_uint_eq(record->mem_stall_ns, 0);
	ck_assert_uint_eq(record->mem_wait_ns, 0);
}

static void check_not_below(uint64_t before, uint64_t after, uint64_t slack, const char *name,
			    const char *what)
{
	if (after + slack < before)
		test_fail("%s: %s went back from %" PRIu64 " to %" PRIu64, what, name, before,
			  after);
}

void stall_check_progress(const struct taskmeter_record *before,
			  const struct taskmeter_record *after, const char *what)
{
	must(before->pid == after->pid && before->start_time_ns == after->start_time_ns);
	for (size_t i = 0; i < STALL_KINDS; i++) {
		struct stall first = stall_of(before, i), last = stall_of(after, i);

		check_not_below(first.count, last.count, 0, kinds[i].name, what);
		check_not_below(first.max_ns, last.max_ns, 0, kinds[i].name, what);
		/* What was told while it lasted may be corrected when it has ended. */
		check_not_below(first.ns, last.ns, METER_STAND_STILL_NS, kinds[i].name, what);
	}
	check_not_below(before->mem_stall_ns, after->mem_stall_ns, METER_STAND_STILL_NS,
			"stall", what);
}

static void check_total(const __u64 *buckets, uint64_t count, const char *name,
			const char *what)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < TASKMETER_STALL_BUCKETS; i++)
		sum += buckets[i];
	if (sum != count)
		test_fail("%s: the histogram of %s holds %" PRIu64 ", but %" PRIu64
			  " were counted", what, name, sum, count);
}

void stall_check_histograms(const struct taskmeter_record *record,
			    const struct taskmeter_histograms *histograms, const char *what)
{
	check_total(histograms->reclaim, record->direct_reclaims + record->memcg_reclaims,
		    "reclaims", what);
	check_total(histograms->compaction, record->compactions, "compactions", what);
	check_total(histograms->fault_wait, record->fault_waits, "waits of faults", what);
}
