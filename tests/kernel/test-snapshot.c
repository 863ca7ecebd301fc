// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ioctl that takes a snapshot: its flags and members, its two buffers, which it
 * writes where it has to and nowhere else, and going on where it left off.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "guard.h"
#include "suite.h"
#include "support.h"

#define HISTOGRAMS	sizeof(struct taskmeter_histograms)

static const size_t stride = sizeof(struct taskmeter_record);

static int device;
static size_t page;

static void setup(void)
{
	device = device_open();
	page = sysconf(_SC_PAGESIZE);
}

/* Flags that the module does not know: EINVAL, each of them. */
START_TEST(unknown_flag)
{
	struct taskmeter_record *record = guarded(stride);
	const uint32_t known = TASKMETER_SNAPSHOT_THREADS | TASKMETER_SNAPSHOT_EXACT_RSS |
			       TASKMETER_SNAPSHOT_PID | TASKMETER_SNAPSHOT_UID |
			       TASKMETER_SNAPSHOT_CGROUP | TASKMETER_SNAPSHOT_SINCE |
			       TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS;

	for (int bit = 0; bit < 32; bit++) {
		struct taskmeter_snapshot snapshot = snapshot_of(record, stride), copy;

		if (known & (1U << bit))
			continue;
		snapshot.flags = 1U << bit;
		copy = snapshot;
		expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, EINVAL, "unknown flag");
		must(!memcmp(&copy, &snapshot, sizeof(snapshot)));
		must(is_filled(record, stride, POISON));
	}
}
END_TEST

/* Members out of their range: EINVAL, and nothing is written. */
START_TEST(bad_member)
{
	static const struct {
		const char *what;
		struct taskmeter_snapshot set;
	} cases[] = {
		{ "pid without its flag", { .pid = 1 } },
		{ "uid without its flag", { .uid = 1 } },
		{ "cgroup_id without its flag", { .cgroup_id = 1 } },
		{ "since without its flag", { .since = 1 } },
		{ "histograms without their flag", { .histograms = 4096 } },
		{ "histograms_stride without its flag", { .histograms_stride = HISTOGRAMS } },
		{ "reserved", { .reserved = 1 } },
		{ "no histograms_stride", { .flags = TASKMETER_SNAPSHOT_HISTOGRAMS } },
		{ "histograms_stride below the first",
		  { .flags = TASKMETER_SNAPSHOT_HISTOGRAMS,
		    .histograms_stride = TASKMETER_HISTOGRAMS_SIZE_VER1 - 8 } },
		{ "histograms_stride not of 8 bytes",
		  { .flags = TASKMETER_SNAPSHOT_HISTOGRAMS,
		    .histograms_stride = TASKMETER_HISTOGRAMS_SIZE_VER1 + 4 } },
		{ "histograms_stride above a page",
		  { .flags = TASKMETER_SNAPSHOT_HISTOGRAMS, .histograms_stride = 4096 + 8 } },
		{ "histograms_stride of 32 bits",
		  { .flags = TASKMETER_SNAPSHOT_HISTOGRAMS,
		    .histograms_stride = UINT32_MAX - 7 } },
		{ "pid with another flag", { .pid = 1, .flags = TASKMETER_SNAPSHOT_UID } },
		{ "uid with another flag", { .uid = 1, .flags = TASKMETER_SNAPSHOT_PID } },
		{ "cgroup_id with another flag",
		  { .cgroup_id = 1, .flags = TASKMETER_SNAPSHOT_PID } },
		{ "uid that is none",
		  { .uid = UINT32_MAX, .flags = TASKMETER_SNAPSHOT_UID } },
		{ "pid above the limit",
		  { .pid = PID_LIMIT + 1, .flags = TASKMETER_SNAPSHOT_PID } },
		{ "cursor above the limit", { .cursor = PID_LIMIT + 1 } },
		{ "cursor of 33 bits", { .cursor = 1ULL << 32 } },
		{ "cursor of 64 bits", { .cursor = UINT64_MAX } },
		{ "stride 8", { .stride = 8 } },
		{ "stride below the first", { .stride = TASKMETER_RECORD_SIZE_VER1 - 8 } },
		{ "stride one below the first", { .stride = TASKMETER_RECORD_SIZE_VER1 - 1 } },
		{ "stride not of 8 bytes", { .stride = TASKMETER_RECORD_SIZE_VER1 + 4 } },
		{ "odd stride", { .stride = TASKMETER_RECORD_SIZE_VER1 + 1 } },
		{ "stride above a page", { .stride = 4096 + 8 } },
		{ "stride of 32 bits", { .stride = UINT32_MAX - 7 } },
	};
	void *buffer = guarded(4 * page);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct taskmeter_snapshot snapshot = cases[i].set, copy;

		snapshot.size = sizeof(snapshot);
		snapshot.buffer = (uintptr_t)buffer;
		snapshot.buffer_size = 4 * page;
		if (!snapshot.stride)
			snapshot.stride = stride;
		copy = snapshot;
		expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, EINVAL, cases[i].what);
		must(!memcmp(&copy, &snapshot, sizeof(snapshot)));
		must(is_filled(buffer, 4 * page, POISON));
	}
}
END_TEST

/* A stride of zero is below the first version as well. */
START_TEST(no_stride)
{
	struct taskmeter_record *record = guarded(stride);
	struct taskmeter_snapshot snapshot = snapshot_of(record, stride);

	snapshot.stride = 0;
	expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, EINVAL, "stride 0");
}
END_TEST

/* A buffer without room for one record: ENOSPC, wherever it is. */
START_TEST(no_room)
{
	const size_t sizes[] = { 0, 1, TASKMETER_RECORD_SIZE_VER1 - 8, stride - 1 };
	void *buffers[] = { guarded(stride), NULL, (void *)-1 };

	for (size_t i = 0; i < ARRAY_SIZE(buffers) * ARRAY_SIZE(sizes); i++) {
		struct taskmeter_snapshot snapshot =
			snapshot_of(buffers[i % ARRAY_SIZE(buffers)],
				    sizes[i / ARRAY_SIZE(buffers)]);
		struct taskmeter_snapshot copy = snapshot;

		expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, ENOSPC, "no room");
		must(!memcmp(&copy, &snapshot, sizeof(snapshot)));
	}
	must(is_filled(buffers[0], stride, POISON));
}
END_TEST

/* A buffer that is not there: EFAULT, and count and cursor stay. */
START_TEST(bad_buffer)
{
	char *end = (char *)guarded(page) + page;
	void *const buffers[] = {
		NULL, (void *)8, (void *)0xffff888000000000, (void *)-4096, end, end - 8,
		(void *)0x00007ffffffff000,
	};

	for (size_t i = 0; i < ARRAY_SIZE(buffers); i++) {
		struct taskmeter_snapshot snapshot = snapshot_of(buffers[i], stride);

		snapshot.count = 77;
		snapshot.cursor = 1;
		expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, EFAULT, "bad buffer");
		ck_assert_uint_eq(snapshot.count, 77);
		ck_assert_uint_eq(snapshot.cursor, 1);
	}
}
END_TEST

/* A buffer that may not be written: EFAULT, and it stays as it is. */
START_TEST(read_only_buffer)
{
	char *buffer = guarded(page);
	struct taskmeter_snapshot snapshot = snapshot_of(buffer, page);

	must(!mprotect(buffer, page, PROT_READ));
	snapshot.count = 77;
	expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, EFAULT, "read-only buffer");
	ck_assert_uint_eq(snapshot.count, 77);
	must(is_filled(buffer, page, POISON));
}
END_TEST

/* A buffer that ends before it says: EFAULT, and what is before it stays. */
START_TEST(half_a_buffer)
{
	const size_t mapped = stride * 5 / 2;
	char *start = guarded(page), *buffer = start + page - mapped;
	struct taskmeter_snapshot snapshot = snapshot_of(buffer, 10 * stride);

	snapshot.count = 77;
	expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, EFAULT, "half a buffer");
	ck_assert_uint_eq(snapshot.count, 77);
	ck_assert_uint_eq(snapshot.cursor, 0);
	must(is_filled(start, page - mapped, POISON));
}
END_TEST

/* Room that wraps around the address space does no harm. */
START_TEST(endless_buffer)
{
	struct taskmeter_record *record = guarded(stride);
	struct taskmeter_snapshot snapshot = snapshot_of(record, UINT64_MAX);

	expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, EFAULT, "endless buffer");
}
END_TEST

/* Only whole records are written, and only where they belong. */
START_TEST(poisoned_buffer)
{
	for (size_t room = 1; room <= 4; room++) {
		size_t size = room * stride + stride - 8;
		char *memory = malloc(size + 2 * page), *buffer = memory + page;
		struct taskmeter_snapshot snapshot = snapshot_of(buffer, size);

		memset(memory, POISON, size + 2 * page);
		expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, 0, "poisoned buffer");
		ck_assert_uint_eq(snapshot.count, room);
		ck_assert_uint_ne(snapshot.cursor, 0);
		must(is_filled(memory, page, POISON));
		must(is_filled(buffer + room * stride, page, POISON));
		free(memory);
	}
}
END_TEST

static void stay(void *arg)
{
	(void)arg;
	child_stay();
}

/* What there is to fill in: the stalls are there for those who ask for them. */
static const uint32_t sizes_filled[][2] = {
	{ 0, TASKMETER_RECORD_SIZE_VER2 },
	{ TASKMETER_SNAPSHOT_STALLS, sizeof(struct taskmeter_record) },
};

/* A stride larger than the record is filled up with zeros, to the last byte. */
START_TEST(larger_stride)
{
	const size_t filled = sizes_filled[_i][1];
	const size_t strides[] = { stride, stride + 8, 1024, page };
	struct child child;

	child_start(&child, stay, NULL);
	child_await(&child);
	for (size_t i = 0; i < ARRAY_SIZE(strides); i++) {
		char *buffer = guarded(2 * strides[i]);
		struct taskmeter_record *record = (void *)buffer;
		struct taskmeter_snapshot snapshot = snapshot_of(buffer, 2 * strides[i]);

		snapshot.stride = strides[i];
		snapshot.flags = TASKMETER_SNAPSHOT_PID | sizes_filled[_i][0];
		snapshot.pid = child.pid;
		expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, 0, "larger stride");
		ck_assert_uint_eq(snapshot.count, 1);
		ck_assert_uint_eq(record->size, filled);
		ck_assert_uint_eq(record->pid, child.pid);
		must(!(record->available & TASKMETER_AVAILABLE_STALLS) == !sizes_filled[_i][0]);
		must(is_filled(buffer + filled, strides[i] - filled, 0));
		must(is_filled(buffer + strides[i], strides[i], POISON));
	}
	child_kill(&child);
}
END_TEST

/* The stride of an older version cuts records to it, as one in between does. */
START_TEST(older_strides)
{
	for (size_t old = TASKMETER_RECORD_SIZE_VER1; old < stride; old += 8) {
		char *buffer = guarded(3 * old);
		struct taskmeter_snapshot snapshot = snapshot_of(buffer, 3 * old);

		snapshot.stride = old;
		snapshot.flags = sizes_filled[_i][0];
		expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, 0, "older stride");
		ck_assert_uint_eq(snapshot.count, 3);
		for (int i = 0; i < 3; i++) {
			struct taskmeter_record *record = (void *)(buffer + i * old);

			ck_assert_uint_eq(record->size,
					  old < sizes_filled[_i][1] ? old : sizes_filled[_i][1]);
			ck_assert_uint_eq(record->pid, record->tgid);
		}
	}
}
END_TEST

static struct taskmeter_snapshot snapshot_with_histograms(size_t histograms_stride,
							  size_t records)
{
	char *histograms = guarded(records * histograms_stride);
	struct taskmeter_snapshot snapshot =
		snapshot_of(guarded(records * stride), records * stride);

	snapshot.flags = TASKMETER_SNAPSHOT_HISTOGRAMS;
	snapshot.histograms = (uintptr_t)histograms;
	snapshot.histograms_stride = histograms_stride;
	return snapshot;
}

static bool has_waits(const struct taskmeter_histograms *histograms)
{
	for (size_t i = 0; i < TASKMETER_CPU_WAIT_BUCKETS; i++)
		if (histograms->cpu_wait[i])
			return true;
	return false;
}

/*
 * Histograms lie beside the records, one for one, in a buffer of just that size; a
 * larger stride is filled up with zeros, and what no record belongs to is left alone.
 */
START_TEST(histograms)
{
	const size_t strides[] = {
		TASKMETER_HISTOGRAMS_SIZE_VER1, HISTOGRAMS - 8, HISTOGRAMS, HISTOGRAMS + 8, 4096,
	};

	for (size_t i = 0; i < ARRAY_SIZE(strides); i++) {
		const size_t filled = strides[i] < HISTOGRAMS ? strides[i] : HISTOGRAMS;
		struct taskmeter_snapshot snapshot = snapshot_with_histograms(strides[i], 3);
		const char *at = (const char *)(uintptr_t)snapshot.histograms;

		snapshot.flags |= TASKMETER_SNAPSHOT_PID;
		snapshot.pid = getpid();
		expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, 0, "histograms");
		ck_assert_uint_eq(snapshot.count, 1);
		ck_assert_uint_eq(*(const uint32_t *)at, filled);
		must(has_waits((const void *)at));
		must(is_filled(at + filled, strides[i] - filled, 0));
		must(is_filled(at + strides[i], 2 * strides[i], POISON));

		snapshot = snapshot_with_histograms(strides[i], 3);
		expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, 0, "histograms");
		ck_assert_uint_eq(snapshot.count, 3);
	}
}
END_TEST

/* Histograms that cannot be written: EFAULT, and count and cursor stay. */
START_TEST(bad_histograms)
{
	char *end = (char *)guarded(page) + page;
	void *const buffers[] = {
		NULL, (void *)8, (void *)0xffff888000000000, (void *)-4096, end, end - 8,
		(void *)0x00007ffffffff000,
	};

	for (size_t i = 0; i < ARRAY_SIZE(buffers); i++) {
		struct taskmeter_snapshot snapshot = snapshot_with_histograms(HISTOGRAMS, 1);

		snapshot.histograms = (uintptr_t)buffers[i];
		snapshot.count = 77;
		snapshot.cursor = 1;
		expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, EFAULT, "bad histograms");
		ck_assert_uint_eq(snapshot.count, 77);
		ck_assert_uint_eq(snapshot.cursor, 1);
	}
}
END_TEST

/* The reply has a token for the next call, of when this one began. */
START_TEST(token)
{
	struct taskmeter_record *record = guarded(stride);
	struct taskmeter_snapshot snapshot = snapshot_of(record, stride);
	uint64_t before = device_info(device).token;

	snapshot.token = 77;
	expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, 0, "token");
	ck_assert_uint_ge(snapshot.token, before);
	ck_assert_uint_le(snapshot.token, device_info(device).token);
}
END_TEST

/* Past the last process a snapshot is over: nothing is left to write. */
START_TEST(cursor_past_the_end)
{
	struct taskmeter_record *record = guarded(stride);
	struct taskmeter_snapshot snapshot = snapshot_of(record, stride);

	snapshot.cursor = PID_LIMIT;
	snapshot.count = 77;
	expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, 0, "cursor past the end");
	ck_assert_uint_eq(snapshot.count, 0);
	ck_assert_uint_eq(snapshot.cursor, 0);
	must(is_filled(record, stride, POISON));
}
END_TEST

/* The reply tells when the call began. */
START_TEST(call_time)
{
	struct taskmeter_record record;
	struct taskmeter_snapshot snapshot = snapshot_of(&record, sizeof(record));
	uint64_t before = clock_ns(CLOCK_MONOTONIC);

	expect_error(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot, 0, "time");
	ck_assert_uint_ge(snapshot.time_ns, before);
	ck_assert_uint_le(snapshot.time_ns, clock_ns(CLOCK_MONOTONIC));
}
END_TEST

/* Whatever the size of the steps, a snapshot has each process once, in order. */
START_TEST(resume)
{
	static const size_t chunks[] = { 1, 2, 3, 7, 16, 17, 1000 };
	struct child children[20];

	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		child_start(&children[i], stay, NULL);
		child_await(&children[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(chunks); i++) {
		struct records records;

		device_snapshot(device, NULL, chunks[i], &records);
		records_check_order(&records);
		for (size_t j = 0; j < ARRAY_SIZE(children); j++)
			must(records_find(&records, children[j].pid));
		must(records_find(&records, 1));
		must(records_find(&records, getpid()));
		records_free(&records);
	}
	children_kill(children, ARRAY_SIZE(children));
}
END_TEST

/* Filters are met all together, and what does not exist is no error. */
START_TEST(filters)
{
	const uint32_t uid = TASKMETER_SNAPSHOT_UID, pid = TASKMETER_SNAPSHOT_PID;
	struct taskmeter_snapshot none[] = {
		{ .flags = pid, .pid = PID_LIMIT },
		{ .flags = pid | uid, .pid = getpid(), .uid = 4711 },
		{ .flags = pid | TASKMETER_SNAPSHOT_CGROUP, .pid = getpid() },
	};
	struct taskmeter_snapshot own = { .flags = pid | uid, .pid = getpid() };
	struct records records;

	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		device_snapshot(device, &none[i], 8, &records);
		ck_assert_uint_eq(records.count, 0);
	}
	device_snapshot(device, &own, 8, &records);
	ck_assert_uint_eq(records.count, 1);
	ck_assert_uint_eq(records.record[0].pid, getpid());
	records_free(&records);
}
END_TEST

static volatile sig_atomic_t alarms;

static void count_alarm(int number)
{
	(void)number;
	alarms++;
}

/* Signals that come all the time neither fail a snapshot nor tear holes. */
START_TEST(signals)
{
	struct itimerval often = { { 0, 200 }, { 0, 200 } };
	struct child children[20];
	struct sigaction action = { .sa_handler = count_alarm };

	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		child_start(&children[i], stay, NULL);
		child_await(&children[i]);
	}
	must(!sigaction(SIGALRM, &action, NULL));
	must(!setitimer(ITIMER_REAL, &often, NULL));
	while (alarms < 1000) {
		struct records records;

		device_snapshot(device, NULL, 1000, &records);
		records_check_order(&records);
		for (size_t i = 0; i < ARRAY_SIZE(children); i++)
			must(records_find(&records, children[i].pid));
		records_free(&records);
	}
	must(!setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL));
	children_kill(children, ARRAY_SIZE(children));
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("snapshot");
	TCase *snapshot = test_case_add(suite, "snapshot", 120);

	tcase_add_checked_fixture(snapshot, setup, NULL);
	tcase_add_test(snapshot, unknown_flag);
	tcase_add_test(snapshot, bad_member);
	tcase_add_test(snapshot, no_stride);
	tcase_add_test(snapshot, no_room);
	tcase_add_test(snapshot, bad_buffer);
	tcase_add_test(snapshot, read_only_buffer);
	tcase_add_test(snapshot, half_a_buffer);
	tcase_add_test(snapshot, endless_buffer);
	tcase_add_test(snapshot, poisoned_buffer);
	tcase_add_loop_test(snapshot, larger_stride, 0, ARRAY_SIZE(sizes_filled));
	tcase_add_loop_test(snapshot, older_strides, 0, ARRAY_SIZE(sizes_filled));
	tcase_add_test(snapshot, histograms);
	tcase_add_test(snapshot, bad_histograms);
	tcase_add_test(snapshot, token);
	tcase_add_test(snapshot, cursor_past_the_end);
	tcase_add_test(snapshot, call_time);
	tcase_add_test(snapshot, resume);
	tcase_add_test(snapshot, filters);
	tcase_add_test(snapshot, signals);
	return suite_main(suite, argc, argv);
}
