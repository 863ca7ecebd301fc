// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who asks for the stalls gets them, by both doors and of every task; who does not, or
 * cannot have them, is told so.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "genl.h"
#include "guard.h"
#include "meter.h"
#include "pressure.h"
#include "stall.h"
#include "suite.h"
#include "support.h"

#define GROUP		"taskmeter-stall-abi"
#define TRACING		"/sys/kernel/tracing/events/"
#define DEBUG_TRACING	"/sys/kernel/debug/tracing/events/"

/* Where they begin. */
#define STALLS		offsetof(struct taskmeter_record, mem_stall_ns)

static const size_t stride = sizeof(struct taskmeter_record);
static int device;

static void switch_on(void)
{
	meter_config(TASKMETER_A_CONFIG_METER, 1);
}

static void setup(void)
{
	device = device_open();
	switch_on();
}

static void stay(void *arg)
{
	(void)arg;
	child_stay();
}

static void start_at_rest(struct child *child)
{
	child_start(child, stay, NULL);
	child_await(child);
	child_await_state(child->pid, "S");
}

static bool has_tracepoint(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), TRACING "%s", name);
	if (!access(path, F_OK))
		return true;
	snprintf(path, sizeof(path), DEBUG_TRACING "%s", name);
	return !access(path, F_OK);
}

/* What needs tracepoints. */
static const struct source {
	uint64_t bit;
	const char *tracepoints[2];
} sources[] = {
	{ TASKMETER_AVAILABLE_DIRECT_RECLAIM,
	  { "vmscan/mm_vmscan_direct_reclaim_begin", "vmscan/mm_vmscan_direct_reclaim_end" } },
	{ TASKMETER_AVAILABLE_MEMCG_RECLAIM,
	  { "vmscan/mm_vmscan_memcg_reclaim_begin", "vmscan/mm_vmscan_memcg_reclaim_end" } },
	{ TASKMETER_AVAILABLE_COMPACTION,
	  { "compaction/mm_compaction_begin", "compaction/mm_compaction_end" } },
};

/* INFO tells what this kernel has the sources of, no more and no less. */
START_TEST(told_by_info)
{
	const uint64_t parts = TASKMETER_AVAILABLE_DIRECT_RECLAIM |
			       TASKMETER_AVAILABLE_MEMCG_RECLAIM |
			       TASKMETER_AVAILABLE_COMPACTION | TASKMETER_AVAILABLE_REFAULT;
	uint64_t available = device_info(device).available;

	must(available & TASKMETER_AVAILABLE_STALLS);
	must(!(available & TASKMETER_AVAILABLE_MEM_WAIT) ==
	     !(available & TASKMETER_AVAILABLE_REFAULT));
	must(((available & parts) == parts) == !!(available & TASKMETER_AVAILABLE_MEM_STALL));
	/* The machine has one node. */
	must(!(available & TASKMETER_AVAILABLE_NUMA_BALANCING));
	if (!has_tracepoint("sched/sched_switch"))
		suite_skip("this kernel does not show its tracepoints");
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		bool there = has_tracepoint(sources[i].tracepoints[0]) &&
			     has_tracepoint(sources[i].tracepoints[1]);

		printf("%s: %s\n", sources[i].tracepoints[0], there ? "there" : "not there");
		must(there == !!(available & sources[i].bit));
	}
}
END_TEST

/* Not asked for: the record ends before them, and has none of their bits. */
static void check_without(const struct taskmeter_record *record)
{
	ck_assert_uint_le(record->size, TASKMETER_RECORD_SIZE_VER2);
	must(!(record->available & stall_bits()));
	must(record->available & TASKMETER_AVAILABLE_METER);
	must(is_filled((const char *)record + STALLS, stride - STALLS, 0));
}

/* Asked for: it has what the kernel tells. */
static void check_with(const struct taskmeter_record *record)
{
	uint64_t available = device_info(device).available;

	ck_assert_uint_eq(record->size, stride);
	ck_assert_uint_eq(record->available & stall_bits(), available & stall_bits());
	ck_assert_uint_eq(record->reserved, 0);
}

static const uint32_t modes[] = { 0, TASKMETER_SNAPSHOT_THREADS };

/* A process, and a thread, with the stalls and without. */
START_TEST(asked_for)
{
	struct taskmeter_record record;
	struct child child;

	start_at_rest(&child);
	must(device_get(device, child.pid, child.pid, modes[_i], &record));
	check_without(&record);
	must(device_get(device, child.pid, child.pid, modes[_i] | TASKMETER_SNAPSHOT_STALLS,
			&record));
	check_with(&record);
	stall_check_rest(&record, "at rest");
	child_kill(&child);
}
END_TEST

/* Everybody has them, kernel threads too, which have no page faults. */
START_TEST(everybody)
{
	const struct taskmeter_snapshot filter = {
		.flags = modes[_i] | TASKMETER_SNAPSHOT_STALLS,
	};
	size_t kernel_threads = 0;
	struct records records;

	device_snapshot(device, &filter, 64, &records);
	for (size_t i = 0; i < records.count; i++) {
		const struct taskmeter_record *record = &records.record[i];

		if (!(record->available & TASKMETER_AVAILABLE_METER))
			continue;
		check_with(record);
		stall_check(record, METER_STAND_STILL_NS, "everybody");
		if (!(record->flags & TASKMETER_RECORD_KERNEL))
			continue;
		ck_assert_uint_eq(record->fault_waits, 0);
		ck_assert_uint_eq(record->fault_wait_ns, 0);
		kernel_threads++;
	}
	ck_assert_uint_gt(kernel_threads, 5);
	records_free(&records);
}
END_TEST

/* The strides of older programs, and some in between. */
static const size_t strides[] = {
	TASKMETER_RECORD_SIZE_VER1, TASKMETER_RECORD_SIZE_VER2 - 8, TASKMETER_RECORD_SIZE_VER2,
	TASKMETER_RECORD_SIZE_VER2 + 8, TASKMETER_RECORD_SIZE_VER3 - 8,
};

/* Whoever asks for them with too small a stride gets what fits, and not a byte more. */
START_TEST(cut)
{
	const size_t old = strides[_i];
	char *buffer = guarded(2 * old);
	struct taskmeter_snapshot snapshot = snapshot_of(buffer, 2 * old);
	struct taskmeter_record *record = (void *)buffer;
	struct child child;

	start_at_rest(&child);
	snapshot.stride = old;
	snapshot.flags = TASKMETER_SNAPSHOT_PID | TASKMETER_SNAPSHOT_STALLS;
	snapshot.pid = child.pid;
	expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, 0, "cut");
	ck_assert_uint_eq(snapshot.count, 1);
	ck_assert_uint_eq(record->size, old);
	ck_assert_uint_eq(record->pid, child.pid);
	must(is_filled(buffer + old, old, POISON));
	child_kill(&child);
}
END_TEST

/* The flag after the last: EINVAL, also together with the known ones. */
START_TEST(unknown_flag)
{
	struct taskmeter_record *record = guarded(stride);
	struct taskmeter_snapshot snapshot = snapshot_of(record, stride);

	snapshot.flags = TASKMETER_SNAPSHOT_STALLS << 1;
	expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, EINVAL, "unknown flag");
	snapshot.flags |= TASKMETER_SNAPSHOT_STALLS;
	expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, EINVAL, "unknown flag");
	must(is_filled(record, stride, POISON));
}
END_TEST

#define ATTRIBUTE(attribute, member) \
	{ TASKMETER_A_STALL_##attribute, offsetof(struct taskmeter_record, member) }
#define ATTRIBUTES(KIND, kind, counts, COUNTS)			\
	ATTRIBUTE(COUNTS, counts),				\
	ATTRIBUTE(KIND##_NS, kind##_ns),			\
	ATTRIBUTE(KIND##_MAX_NS, kind##_max_ns),		\
	ATTRIBUTE(KIND##_MAX_TIME_NS, kind##_max_time_ns)

/* The attributes of each bit. */
struct attribute {
	uint16_t type;
	size_t offset;
};

static const struct {
	uint64_t bit;
	struct attribute attributes[8];
	size_t count;
} groups[] = {
	{ TASKMETER_AVAILABLE_MEM_STALL, { ATTRIBUTE(MEM_STALL_NS, mem_stall_ns) }, 1 },
	{ TASKMETER_AVAILABLE_DIRECT_RECLAIM,
	  { ATTRIBUTES(DIRECT_RECLAIM, direct_reclaim, direct_reclaims, DIRECT_RECLAIMS) }, 4 },
	{ TASKMETER_AVAILABLE_MEMCG_RECLAIM,
	  { ATTRIBUTES(MEMCG_RECLAIM, memcg_reclaim, memcg_reclaims, MEMCG_RECLAIMS) }, 4 },
	{ TASKMETER_AVAILABLE_COMPACTION,
	  { ATTRIBUTES(COMPACTION, compaction, compactions, COMPACTIONS) }, 4 },
	{ TASKMETER_AVAILABLE_STALLS,
	  { ATTRIBUTES(FAULT_WAIT, fault_wait, fault_waits, FAULT_WAITS) }, 4 },
	{ TASKMETER_AVAILABLE_REFAULT,
	  { ATTRIBUTES(REFAULT_WAIT, refault_wait, refault_waits, REFAULT_WAITS),
	    ATTRIBUTES(THROTTLE_WAIT, throttle_wait, throttle_waits, THROTTLE_WAITS) }, 8 },
};

/* What a reply has in its nest, compared with a record of a process at rest. */
struct reply {
	struct taskmeter_record record;
	bool wanted;
	bool checked;
};

static void check_group(const struct nlattr *nest, const struct taskmeter_record *record,
			size_t group, size_t *seen)
{
	for (size_t i = 0; i < groups[group].count; i++) {
		const struct attribute *attribute = &groups[group].attributes[i];
		const struct nlattr *found = genl_find_in(nest, attribute->type);
		uint64_t value;

		must(!found == !(record->available & groups[group].bit));
		if (!found)
			continue;
		memcpy(&value, (const char *)record + attribute->offset, sizeof(value));
		if (genl_u64(found) != value)
			test_fail("attribute %u is %" PRIu64 " instead of %" PRIu64,
				  attribute->type, genl_u64(found), value);
		(*seen)++;
	}
}

static void check_nest(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *nest = genl_find(message, TASKMETER_A_TASK_STALL);
	struct reply *reply = arg;
	size_t seen = 0;

	must(!nest == !reply->wanted);
	reply->checked = true;
	if (!nest)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		check_group(nest, &reply->record, i, &seen);
	must(!genl_find_in(nest, TASKMETER_A_STALL_NUMA_PREFERRED_NODE));
	must(!genl_find_in(nest, TASKMETER_A_STALL_NUMA_MIGRATED_PAGES));
	/* Beside these there may be padding, before each of them. */
	must(genl_count_in(nest) <= 2 * seen);
}

static void check_reply(struct genl *genl, pid_t pid, uint32_t flags, struct reply *reply)
{
	struct genl_request request;

	reply->wanted = flags & TASKMETER_SNAPSHOT_STALLS;
	reply->checked = false;
	genl_begin(&request, genl, TASKMETER_CMD_TASK_GET, NLM_F_ACK);
	genl_put_u32(&request, TASKMETER_A_TASK_PID, pid);
	genl_put_u32(&request, TASKMETER_A_TASK_REQUEST, flags);
	ck_assert_int_eq(genl_exchange(genl, &request, check_nest, reply), 0);
	must(reply->checked);
}

/*
 * Netlink has them in a nest of their own, if asked for: each attribute that is
 * available, with the value that the device tells.
 */
START_TEST(netlink)
{
	struct pressure pressure;
	struct reply reply;
	struct genl genl;
	pid_t pid;

	stall_need(device, TASKMETER_AVAILABLE_MEMCG_RECLAIM);
	pressure_file_make();
	cgroup_make(GROUP);
	cgroup_write(GROUP, "memory.max", "16M");
	pressure_start(&pressure, GROUP, PRESSURE_READ, PRESSURE_FILE_BYTES);
	pid = pressure.child.pid;
	pressure_go(&pressure);
	while (stall_process(device, pid).memcg_reclaims < 20)
		sleep_ms(10);
	pressure_pause(&pressure);

	genl_open(&genl);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		must(device_get(device, pid, pid, modes[i] | TASKMETER_SNAPSHOT_STALLS,
				&reply.record));
		ck_assert_uint_ge(reply.record.memcg_reclaims, 20);
		check_reply(&genl, pid, modes[i] | TASKMETER_SNAPSHOT_STALLS, &reply);
		if (modes[i])
			check_reply(&genl, pid, modes[i], &reply);
	}
	check_reply(&genl, pid, TASKMETER_SNAPSHOT_EXACT_RSS, &reply);
	pressure_end(&pressure);
}
END_TEST

static void count_nests(const struct nlmsghdr *message, void *arg)
{
	*(size_t *)arg += !!genl_find(message, TASKMETER_A_TASK_STALL);
}

/* A dump has them of everybody that is tracked, however small its messages. */
START_TEST(dump)
{
	struct taskmeter_snapshot filter = { .flags = TASKMETER_SNAPSHOT_STALLS };
	struct genl_request request;
	struct genl genl;
	size_t count = 0;

	genl_open_small(&genl);
	genl_begin_dump(&request, &genl, &filter);
	ck_assert_int_eq(genl_exchange(&genl, &request, count_nests, &count), 0);
	ck_assert_uint_gt(count, 20);
	/* One may have been about to be forked, or to go. */
	ck_assert_uint_ge(count + 2, genl.replies);
	count = 0;
	filter.flags = 0;
	genl_begin_dump(&request, &genl, &filter);
	ck_assert_int_eq(genl_exchange(&genl, &request, count_nests, &count), 0);
	ck_assert_uint_eq(count, 0);
}
END_TEST

/* With the meter off nobody has them, whoever asks. */
START_TEST(meter_off)
{
	struct taskmeter_record record;
	struct taskmeter_info info;
	struct child child;

	start_at_rest(&child);
	meter_config(TASKMETER_A_CONFIG_METER, 0);
	info = device_info(device);
	must(!(info.available & TASKMETER_AVAILABLE_STALLS));
	must(device_get(device, child.pid, child.pid, modes[_i] | TASKMETER_SNAPSHOT_STALLS,
			&record));
	must(!(record.available & stall_bits()));
	must(is_filled((const char *)&record + STALLS, stride - STALLS, 0));
	switch_on();
	record = stall_process(device, child.pid);
	check_with(&record);
	child_kill(&child);
}
END_TEST

static void leave_nothing(void)
{
	switch_on();
	cgroup_remove(GROUP);
	pressure_file_remove();
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("stall-abi");
	TCase *abi = test_case_add(suite, "abi", 60);

	tcase_add_unchecked_fixture(abi, NULL, leave_nothing);
	tcase_add_checked_fixture(abi, setup, NULL);
	tcase_add_test(abi, told_by_info);
	tcase_add_loop_test(abi, asked_for, 0, ARRAY_SIZE(modes));
	tcase_add_loop_test(abi, everybody, 0, ARRAY_SIZE(modes));
	tcase_add_loop_test(abi, cut, 0, ARRAY_SIZE(strides));
	tcase_add_test(abi, unknown_flag);
	tcase_add_test(abi, netlink);
	tcase_add_test(abi, dump);
	tcase_add_loop_test(abi, meter_off, 0, ARRAY_SIZE(modes));
	return suite_main(suite, argc, argv);
}
