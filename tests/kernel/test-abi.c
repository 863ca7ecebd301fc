// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The binary interface of the device: it is the same for 32 and 64 bits, grows
 * both ways, refuses with exactly the errors that its header promises, and writes
 * nothing that it should not.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <taskmeter/taskmeter.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "suite.h"
#include "support.h"

#define POISON		0xa5
#define PID_LIMIT	4194304		/* PID_MAX_LIMIT of the kernel */

static const size_t stride = sizeof(struct taskmeter_record);

static int device;
static size_t page;

static void setup(void)
{
	device = device_open();
	page = sysconf(_SC_PAGESIZE);
}

/* Fails unless the ioctl fails with just this error. */
static void expect_error(unsigned long command, void *arg, int error, const char *what)
{
	int ret = ioctl(device, command, arg);
	int seen = ret ? errno : 0;

	if (ret > 0 || seen != error)
		test_fail("%s: %s instead of %s", what, strerror(seen), strerror(error));
}

/* Room for @size bytes that ends where no memory is mapped. */
static void *guarded(size_t size)
{
	size_t pages = (size + page - 1) / page;
	char *memory = mmap(NULL, (pages + 1) * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(memory != MAP_FAILED);
	must(!munmap(memory + pages * page, page));
	memset(memory, POISON, pages * page);
	return memory + pages * page - size;
}

static bool is_filled(const void *memory, size_t size, int value)
{
	const unsigned char *bytes = memory;

	for (size_t i = 0; i < size; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

static struct taskmeter_snapshot snapshot_of(void *buffer, size_t size)
{
	return (struct taskmeter_snapshot){
		.size = sizeof(struct taskmeter_snapshot),
		.buffer = (uintptr_t)buffer,
		.buffer_size = size,
		.stride = stride,
	};
}

/* Each ioctl's structure, to run the rules that hold for all of them. */
static const struct interface {
	const char *name;
	unsigned long command;
	size_t size;
	size_t first_size;
} interfaces[] = {
	{ "INFO", TASKMETER_IOCTL_INFO, sizeof(struct taskmeter_info),
	  TASKMETER_INFO_SIZE_VER1 },
	{ "SNAPSHOT", TASKMETER_IOCTL_SNAPSHOT, sizeof(struct taskmeter_snapshot),
	  TASKMETER_SNAPSHOT_SIZE_VER1 },
};

/* A valid argument in @memory that says it has @size bytes; the rest is zero. */
static void fill_argument(const struct interface *interface, void *memory, uint32_t size)
{
	static struct taskmeter_record records[4];
	struct taskmeter_snapshot snapshot = snapshot_of(records, sizeof(records));

	if (size > sizeof(size))
		memset(memory, 0, size);
	if (interface->command == TASKMETER_IOCTL_SNAPSHOT)
		memcpy(memory, &snapshot, size < sizeof(snapshot) ? size : sizeof(snapshot));
	memcpy(memory, &size, sizeof(size));
}

/* A structure of the size that the program knows, at the end of its memory. */
START_TEST(same_size)
{
	const struct interface *interface = &interfaces[_i];
	void *arg = guarded(interface->size);

	fill_argument(interface, arg, interface->size);
	expect_error(interface->command, arg, 0, interface->name);
}
END_TEST

/* The first version of each structure is accepted, not read nor written beyond. */
START_TEST(first_version)
{
	const struct interface *interface = &interfaces[_i];
	void *arg = guarded(interface->first_size);

	fill_argument(interface, arg, interface->first_size);
	expect_error(interface->command, arg, 0, interface->name);
	ck_assert_uint_eq(*(uint32_t *)arg, interface->first_size);
}
END_TEST

/* Anything shorter never existed: EINVAL, and nothing is written. */
START_TEST(too_short)
{
	const struct interface *interface = &interfaces[_i];
	unsigned char *arg = guarded(interface->size);

	for (uint32_t size = 0; size < interface->first_size; size++) {
		memset(arg, POISON, interface->size);
		memcpy(arg, &size, sizeof(size));
		expect_error(interface->command, arg, EINVAL, interface->name);
		must(is_filled(arg + sizeof(size), interface->size - sizeof(size), POISON));
		ck_assert_uint_eq(*(uint32_t *)arg, size);
	}
}
END_TEST

/* A program newer than the module, that asks for nothing new: it gets zeros. */
START_TEST(longer_with_zeros)
{
	const struct interface *interface = &interfaces[_i];
	size_t sizes[] = { interface->size + 1, interface->size + 8, page };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *arg = guarded(sizes[i]);

		fill_argument(interface, arg, sizes[i]);
		expect_error(interface->command, arg, 0, interface->name);
		ck_assert_uint_eq(*(uint32_t *)arg, sizes[i]);
		must(is_filled(arg + interface->size, sizes[i] - interface->size, 0));
	}
}
END_TEST

/* A newer program that asks for something new: E2BIG, whichever byte it is. */
START_TEST(longer_with_more)
{
	const struct interface *interface = &interfaces[_i];
	const size_t size = interface->size + 64;
	char *arg = guarded(size), *copy = malloc(size);

	for (size_t i = interface->size; i < size; i++) {
		fill_argument(interface, arg, size);
		arg[i] = 1;
		memcpy(copy, arg, size);
		expect_error(interface->command, arg, E2BIG, interface->name);
		must(!memcmp(copy, arg, size));
	}
}
END_TEST

/* Larger than a page: E2BIG, zeros or not, and whether there is so much or not. */
START_TEST(longer_than_a_page)
{
	const struct interface *interface = &interfaces[_i];
	const uint32_t sizes[] = { page + 1, 2 * page, INT32_MAX, UINT32_MAX };
	char *arg = guarded(2 * page);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		fill_argument(interface, arg, 2 * page);
		memcpy(arg, &sizes[i], sizeof(sizes[i]));
		expect_error(interface->command, arg, E2BIG, interface->name);
	}
}
END_TEST

/* A structure that cannot be read: EFAULT. */
START_TEST(unreadable_structure)
{
	const struct interface *interface = &interfaces[_i];
	const uint32_t size = interface->size;
	char *end = (char *)guarded(page) + page;
	void *const pointers[] = {
		NULL, (void *)1, (void *)0xffff888000000000, (void *)-1, (void *)-4096,
		(void *)0x00007ffffffff000, end, end - 1, end - 3,
	};

	for (size_t i = 0; i < ARRAY_SIZE(pointers); i++)
		expect_error(interface->command, pointers[i], EFAULT, interface->name);
	/* The size can be read, what it promises cannot. */
	for (size_t room = sizeof(size); room < size; room += sizeof(size)) {
		memcpy(end - room, &size, sizeof(size));
		expect_error(interface->command, end - room, EFAULT, interface->name);
	}
}
END_TEST

/* A structure that cannot be written: EFAULT, and it stays as it is. */
START_TEST(read_only_structure)
{
	const struct interface *interface = &interfaces[_i];
	char *arg = guarded(page), *copy = malloc(page);

	fill_argument(interface, arg, interface->size);
	memcpy(copy, arg, page);
	must(!mprotect(arg, page, PROT_READ));
	expect_error(interface->command, arg, EFAULT, interface->name);
	must(!memcmp(copy, arg, page));
}
END_TEST

/* Ioctls that do not exist: ENOTTY, also those that carry a size. */
START_TEST(unknown_ioctl)
{
	const unsigned long commands[] = {
		_IO(TASKMETER_IOCTL_TYPE, 0x02), _IO(TASKMETER_IOCTL_TYPE, 0xff),
		_IO('t', 0x00), _IOR(TASKMETER_IOCTL_TYPE, 0x00, struct taskmeter_info),
		_IOWR(TASKMETER_IOCTL_TYPE, 0x01, struct taskmeter_snapshot), 0,
	};
	struct taskmeter_info info = { .size = sizeof(info) };

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		expect_error(commands[i], &info, ENOTTY, "unknown ioctl");
}
END_TEST

/* The device is no file: it cannot be read, written or mapped. */
START_TEST(not_a_file)
{
	char byte = 0;

	ck_assert_int_eq(read(device, &byte, 1), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(write(device, &byte, 1), -1);
	ck_assert(errno == EINVAL || errno == EBADF);
	ck_assert_ptr_eq(mmap(NULL, page, PROT_READ, MAP_SHARED, device, 0), MAP_FAILED);
}
END_TEST

/* INFO tells of this module and this kernel. */
START_TEST(module_and_kernel)
{
	struct taskmeter_info info = device_info(device), again = device_info(device);

	ck_assert_uint_eq(info.abi_version, TASKMETER_ABI_VERSION);
	ck_assert_uint_eq(info.record_size, sizeof(struct taskmeter_record));
	ck_assert_uint_eq(info.page_size, page);
	ck_assert_uint_eq(info.reserved, 0);
	ck_assert_uint_eq(info.flags & TASKMETER_INFO_PRIVILEGED, TASKMETER_INFO_PRIVILEGED);
	ck_assert_uint_eq(info.available & TASKMETER_AVAILABLE_MEMORY,
			  TASKMETER_AVAILABLE_MEMORY);
	ck_assert_uint_gt(info.load_time_ns, 0);
	ck_assert_uint_lt(info.load_time_ns, clock_ns(CLOCK_BOOTTIME));
	ck_assert_uint_ne(info.instance_id, 0);
	ck_assert_uint_eq(info.rss_error_bytes % page, 0);
	must(memchr(info.version, '\0', sizeof(info.version)) && info.version[0]);
	must(!memcmp(&info, &again, sizeof(info)));
}
END_TEST

/* Flags that the module does not know: EINVAL, each of them. */
START_TEST(unknown_flag)
{
	struct taskmeter_record *record = guarded(stride);
	const uint32_t known = TASKMETER_SNAPSHOT_THREADS | TASKMETER_SNAPSHOT_EXACT_RSS |
			       TASKMETER_SNAPSHOT_PID | TASKMETER_SNAPSHOT_UID |
			       TASKMETER_SNAPSHOT_CGROUP;

	for (int bit = 0; bit < 32; bit++) {
		struct taskmeter_snapshot snapshot = snapshot_of(record, stride), copy;

		if (known & (1U << bit))
			continue;
		snapshot.flags = 1U << bit;
		copy = snapshot;
		expect_error(TASKMETER_IOCTL_SNAPSHOT, &snapshot, EINVAL, "unknown flag");
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
		expect_error(TASKMETER_IOCTL_SNAPSHOT, &snapshot, EINVAL, cases[i].what);
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
	expect_error(TASKMETER_IOCTL_SNAPSHOT, &snapshot, EINVAL, "stride 0");
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

		expect_error(TASKMETER_IOCTL_SNAPSHOT, &snapshot, ENOSPC, "no room");
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
		expect_error(TASKMETER_IOCTL_SNAPSHOT, &snapshot, EFAULT, "bad buffer");
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
	expect_error(TASKMETER_IOCTL_SNAPSHOT, &snapshot, EFAULT, "read-only buffer");
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
	expect_error(TASKMETER_IOCTL_SNAPSHOT, &snapshot, EFAULT, "half a buffer");
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

	expect_error(TASKMETER_IOCTL_SNAPSHOT, &snapshot, EFAULT, "endless buffer");
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
		expect_error(TASKMETER_IOCTL_SNAPSHOT, &snapshot, 0, "poisoned buffer");
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

/* A stride larger than the record is filled up with zeros, to the last byte. */
START_TEST(larger_stride)
{
	const size_t strides[] = { stride + 8, 1024, page };
	struct child child;

	child_start(&child, stay, NULL);
	child_await(&child);
	for (size_t i = 0; i < ARRAY_SIZE(strides); i++) {
		char *buffer = guarded(2 * strides[i]);
		struct taskmeter_record *record = (void *)buffer;
		struct taskmeter_snapshot snapshot = snapshot_of(buffer, 2 * strides[i]);

		snapshot.stride = strides[i];
		snapshot.flags = TASKMETER_SNAPSHOT_PID;
		snapshot.pid = child.pid;
		expect_error(TASKMETER_IOCTL_SNAPSHOT, &snapshot, 0, "larger stride");
		ck_assert_uint_eq(snapshot.count, 1);
		ck_assert_uint_eq(record->size, stride);
		ck_assert_uint_eq(record->pid, child.pid);
		must(is_filled(buffer + stride, strides[i] - stride, 0));
		must(is_filled(buffer + strides[i], strides[i], POISON));
	}
	child_kill(&child);
}
END_TEST

/* The stride of the first version cuts records to it. */
START_TEST(first_stride)
{
	char *buffer = guarded(3 * TASKMETER_RECORD_SIZE_VER1);
	struct taskmeter_snapshot snapshot =
		snapshot_of(buffer, 3 * TASKMETER_RECORD_SIZE_VER1);

	snapshot.stride = TASKMETER_RECORD_SIZE_VER1;
	expect_error(TASKMETER_IOCTL_SNAPSHOT, &snapshot, 0, "first stride");
	ck_assert_uint_eq(snapshot.count, 3);
	for (int i = 0; i < 3; i++) {
		struct taskmeter_record *record =
			(void *)(buffer + i * TASKMETER_RECORD_SIZE_VER1);

		ck_assert_uint_eq(record->size, TASKMETER_RECORD_SIZE_VER1);
		ck_assert_uint_eq(record->pid, record->tgid);
	}
}
END_TEST

/* Past the last process a snapshot is over: nothing is left to write. */
START_TEST(cursor_past_the_end)
{
	struct taskmeter_record *record = guarded(stride);
	struct taskmeter_snapshot snapshot = snapshot_of(record, stride);

	snapshot.cursor = PID_LIMIT;
	snapshot.count = 77;
	expect_error(TASKMETER_IOCTL_SNAPSHOT, &snapshot, 0, "cursor past the end");
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

	expect_error(TASKMETER_IOCTL_SNAPSHOT, &snapshot, 0, "time");
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

static void run_layout(const char *program, pid_t pid, char *output, size_t size)
{
	char path[4096], number[16];
	char *argv[] = { path, number, NULL };

	program_path(path, sizeof(path), program);
	snprintf(number, sizeof(number), "%d", pid);
	command_output(argv, output, size);
}

/*
 * A 32-bit program sees the same structures and gets the same answers, and both
 * know every field of the library.
 */
START_TEST(layout)
{
	static char wide[16384], narrow[16384];
	const struct tm_field *fields;
	struct child child;
	size_t count;

	child_start(&child, stay, NULL);
	child_await(&child);
	child_await_state(child.pid, "S");
	sleep_ms(50);
	run_layout("layout64", child.pid, wide, sizeof(wide));
	run_layout("layout32", child.pid, narrow, sizeof(narrow));
	ck_assert_str_eq(wide, narrow);
	must(strstr(wide, "SNAPSHOT: done\ncount 1, cursor 0, in time: 1\n"));
	must(strstr(wide, "\nnewer: done\n"));

	fields = tm_fields(&count);
	for (size_t i = 0; i < count; i++) {
		char line[128];

		snprintf(line, sizeof(line), "\nrecord.%s %u %u\n", fields[i].name,
			 fields[i].offset, fields[i].size);
		if (!strstr(narrow, line))
			test_fail("32 bits differ in field %s", fields[i].name);
	}
	child_kill(&child);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("abi");
	TCase *common = test_case_add(suite, "structures", 60);
	TCase *snapshot = test_case_add(suite, "snapshot", 120);
	const int count = ARRAY_SIZE(interfaces);

	tcase_add_checked_fixture(common, setup, NULL);
	tcase_add_loop_test(common, same_size, 0, count);
	tcase_add_loop_test(common, first_version, 0, count);
	tcase_add_loop_test(common, too_short, 0, count);
	tcase_add_loop_test(common, longer_with_zeros, 0, count);
	tcase_add_loop_test(common, longer_with_more, 0, count);
	tcase_add_loop_test(common, longer_than_a_page, 0, count);
	tcase_add_loop_test(common, unreadable_structure, 0, count);
	tcase_add_loop_test(common, read_only_structure, 0, count);
	tcase_add_test(common, unknown_ioctl);
	tcase_add_test(common, not_a_file);
	tcase_add_test(common, module_and_kernel);
	tcase_add_test(common, layout);

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
	tcase_add_test(snapshot, larger_stride);
	tcase_add_test(snapshot, first_stride);
	tcase_add_test(snapshot, cursor_past_the_end);
	tcase_add_test(snapshot, call_time);
	tcase_add_test(snapshot, resume);
	tcase_add_test(snapshot, filters);
	tcase_add_test(snapshot, signals);
	return suite_main(suite, argc, argv);
}
