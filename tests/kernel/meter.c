// SPDX-License-Identifier: GPL-2.0-or-later
/* See meter.h. */
#include "meter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "genl.h"
#include "support.h"

static const struct {
	const char *name;
	size_t offset;
} states[] = {
	[TASKMETER_STATE_UNKNOWN] = { "unknown", 0 },
	[TASKMETER_STATE_RUNNING] = { "running", offsetof(struct taskmeter_record, run_ns) },
	[TASKMETER_STATE_QUEUED] = { "queued",
		offsetof(struct taskmeter_record, cpu_wait_ns) },
	[TASKMETER_STATE_SLEEPING] = { "sleeping",
		offsetof(struct taskmeter_record, sleep_ns) },
	[TASKMETER_STATE_IO] = { "I/O", offsetof(struct taskmeter_record, io_wait_ns) },
	[TASKMETER_STATE_MEMORY] = { "memory",
		offsetof(struct taskmeter_record, mem_wait_ns) },
	[TASKMETER_STATE_LOCK] = { "lock", offsetof(struct taskmeter_record, lock_wait_ns) },
	[TASKMETER_STATE_STOPPED] = { "stopped",
		offsetof(struct taskmeter_record, stop_ns) },
	[TASKMETER_STATE_DEAD] = { "dead", 0 },
};

const char *meter_state_name(uint32_t state)
{
	return state < ARRAY_SIZE(states) ? states[state].name : "out of range";
}

uint64_t meter_time(const struct taskmeter_record *record, enum taskmeter_state state)
{
	must(state < ARRAY_SIZE(states) && states[state].offset);
	return *(const uint64_t *)((const char *)record + states[state].offset);
}

uint64_t meter_sum(const struct taskmeter_record *record)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (states[i].offset)
			sum += meter_time(record, i);
	return sum;
}

static struct taskmeter_record get(int device, pid_t tgid, pid_t tid, uint32_t flags)
{
	struct taskmeter_record record;

	if (!device_get(device, tgid, tid, flags, &record))
		test_fail("no record of %d, thread %d", tgid, tid);
	if (!(record.available & TASKMETER_AVAILABLE_METER) || record.untracked_threads)
		test_fail("%d, thread %d: available %#" PRIx64 ", %u threads not tracked", tgid,
			  tid, (uint64_t)record.available, record.untracked_threads);
	return record;
}

struct taskmeter_record meter_thread(int device, pid_t tgid, pid_t tid)
{
	return get(device, tgid, tid, TASKMETER_SNAPSHOT_THREADS);
}

struct taskmeter_record meter_process(int device, pid_t pid)
{
	return get(device, pid, pid, 0);
}

#define CHUNK 64

uint64_t meter_bucket_start(unsigned int first, unsigned int bucket)
{
	return (uint64_t)(4 + bucket % 4) << (first - 2 + bucket / 4);
}

unsigned int meter_bucket(unsigned int first, unsigned int count, uint64_t ns)
{
	unsigned int bucket = 0;

	while (bucket + 1 < count && ns >= meter_bucket_start(first, bucket + 1))
		bucket++;
	return bucket;
}

void meter_histograms(int device, pid_t tgid, pid_t tid, struct taskmeter_record *ret_record,
		      struct taskmeter_histograms *ret_histograms)
{
	meter_histograms_with(device, tgid, tid, 0, ret_record, ret_histograms);
}

void meter_histograms_with(int device, pid_t tgid, pid_t tid, uint32_t flags,
			   struct taskmeter_record *ret_record,
			   struct taskmeter_histograms *ret_histograms)
{
	static struct taskmeter_histograms histograms[CHUNK];
	static struct taskmeter_record records[CHUNK];
	struct taskmeter_snapshot snapshot = {
		.size = sizeof(snapshot),
		.flags = flags | TASKMETER_SNAPSHOT_PID | TASKMETER_SNAPSHOT_HISTOGRAMS |
			 (tid ? TASKMETER_SNAPSHOT_THREADS : 0),
		.buffer = (uintptr_t)records,
		.buffer_size = sizeof(records),
		.stride = sizeof(records[0]),
		.pid = tgid,
		.histograms = (uintptr_t)histograms,
		.histograms_stride = sizeof(histograms[0]),
	};
	uint32_t wanted = tid ? tid : tgid;

	do {
		if (ioctl(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot))
			test_fail("snapshot with histograms: %s", strerror(errno));
		for (uint32_t i = 0; i < snapshot.count; i++) {
			if (records[i].pid != wanted)
				continue;
			must(histograms[i].size == sizeof(histograms[i]));
			must(!histograms[i].reserved);
			*ret_histograms = histograms[i];
			if (ret_record)
				*ret_record = records[i];
			return;
		}
	} while (snapshot.cursor);
	test_fail("no histograms of %d, thread %d", tgid, tid);
}

bool meter_near(uint64_t ours, uint64_t theirs, uint64_t slack)
{
	uint64_t apart = ours > theirs ? ours - theirs : theirs - ours;

	return apart <= theirs / 100 + slack;
}

#define STEP_NS		200000ULL

bool meter_goes_back(uint64_t before, uint64_t after)
{
	static uint64_t compared, beyond;

	compared++;
	if (after + STEP_NS >= before)
		return false;
	beyond++;
	return after + METER_STAND_STILL_NS < before || beyond > 4 + compared / 1000;
}

#define POLICY_DEADLINE	6

/* By how much the run time may lag. */
static uint64_t run_lag(const struct taskmeter_record *record)
{
	uint64_t lag = 0;

	if (record->current_state == TASKMETER_STATE_RUNNING)
		lag += record->current_state_ns;
	if (record->policy == POLICY_DEADLINE)
		lag += record->tracked_ns / 10;
	return lag;
}

void meter_check_sum(const struct taskmeter_record *record, const char *what)
{
	uint64_t sum = meter_sum(record), lag = 0;

	if (sum < record->tracked_ns)
		lag = run_lag(record);
	if (meter_near(sum, record->tracked_ns, NSEC_PER_MSEC + lag))
		return;
	/* It went on running while the reader's CPU stood still. */
	if (record->current_state == TASKMETER_STATE_RUNNING &&
	    !meter_goes_back(sum, record->tracked_ns))
		return;
	test_fail("%s, thread %u (%.16s), %s for %" PRIu64 ": tracked %" PRIu64
		  ", but run %" PRIu64 " queued %" PRIu64 " sleep %" PRIu64 " I/O %" PRIu64
		  " memory %" PRIu64 " lock %" PRIu64 " stopped %" PRIu64 " are %" PRIu64, what,
		  record->pid, record->comm, meter_state_name(record->current_state),
		  (uint64_t)record->current_state_ns, (uint64_t)record->tracked_ns,
		  (uint64_t)record->run_ns, (uint64_t)record->cpu_wait_ns,
		  (uint64_t)record->sleep_ns, (uint64_t)record->io_wait_ns,
		  (uint64_t)record->mem_wait_ns, (uint64_t)record->lock_wait_ns,
		  (uint64_t)record->stop_ns, sum);
}

static void check_not_below(uint64_t before, uint64_t after, const char *name,
			    const struct taskmeter_record *record, const char *what)
{
	if (meter_goes_back(before, after))
		test_fail("%s: %s of %u (%.16s) went back from %" PRIu64 " to %" PRIu64, what,
			  name, record->pid, record->comm, before, after);
}

void meter_check_progress(const struct taskmeter_record *before,
			  const struct taskmeter_record *after, const char *what)
{
	must(before->pid == after->pid && before->start_time_ns == after->start_time_ns);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (states[i].offset)
			check_not_below(meter_time(before, i), meter_time(after, i),
					states[i].name, after, what);
	check_not_below(before->tracked_ns, after->tracked_ns, "tracked time", after, what);
	/* It is told one too high while the thread is being switched away. */
	if (after->wakeups + after->threads < before->wakeups)
		test_fail("%s: wake-ups of %u went back from %" PRIu64 " to %" PRIu64, what,
			  after->pid, (uint64_t)before->wakeups, (uint64_t)after->wakeups);
}

/* Not so long that states that last a second could not be met. */
#define LOOK_NS	(150 * NSEC_PER_MSEC)

/* Whether it stayed in its state from one look to the other. */
static bool has_stayed(const struct taskmeter_record *first,
		       const struct taskmeter_record *second)
{
	return second->current_state == first->current_state &&
	       second->timeslices == first->timeslices &&
	       second->current_state_ns >= first->current_state_ns;
}

static void check_stay(const struct taskmeter_record *first,
		       const struct taskmeter_record *second)
{
	enum taskmeter_state state = first->current_state;
	uint64_t elapsed = second->tracked_ns - first->tracked_ns;
	uint64_t grown = meter_time(second, state) - meter_time(first, state);
	uint64_t lasted = second->current_state_ns - first->current_state_ns;

	must(second->current_state_tid == second->pid);
	if (!meter_near(grown, elapsed, NSEC_PER_MSEC) ||
	    !meter_near(lasted, elapsed, NSEC_PER_MSEC))
		test_fail("thread %u was %s for %" PRIu64 " ns: time in the state grew by %" PRIu64
			  ", how long it has lasted by %" PRIu64, second->pid,
			  meter_state_name(state), elapsed, grown, lasted);
	meter_check_sum(second, "in one state");
}

void meter_await_state(int device, pid_t tgid, pid_t tid, enum taskmeter_state state)
{
	struct taskmeter_record first, second;

	for (;;) {
		first = meter_thread(device, tgid, tid);
		if (first.current_state != state) {
			sleep_ms(1);
			continue;
		}
		do {
			sleep_ms(20);
			second = meter_thread(device, tgid, tid);
		} while (has_stayed(&first, &second) &&
			 second.tracked_ns < first.tracked_ns + LOOK_NS);
		if (has_stayed(&first, &second))
			break;
	}
	check_stay(&first, &second);
}

static void no_reply(const struct nlmsghdr *message, void *arg)
{
	(void)message;
	(void)arg;
	test_fail("CONFIG_SET has a reply");
}

int meter_try_config(uint16_t attribute, uint32_t value)
{
	struct genl_request request;
	struct genl genl;
	int ret;

	genl_open(&genl);
	genl_begin(&request, &genl, TASKMETER_CMD_CONFIG_SET, NLM_F_ACK);
	genl_put_u32(&request, attribute, value);
	ret = genl_exchange(&genl, &request, no_reply, NULL);
	if (ret && !genl.text[0])
		test_fail("CONFIG_SET: %s without a text", strerror(-ret));
	genl_close(&genl);
	return ret;
}

void meter_config(uint16_t attribute, uint32_t value)
{
	int ret = meter_try_config(attribute, value);

	if (ret)
		test_fail("CONFIG_SET of attribute %u to %u: %s", attribute, value,
			  strerror(-ret));
}
