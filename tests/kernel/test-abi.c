// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The binary interface of the device: it is the same for 32 and 64 bits, grows
 * both ways, refuses with exactly the errors that its header promises, and writes
 * nothing that it should not.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <taskmeter/taskmeter.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "guard.h"
#include "suite.h"
#include "support.h"

static int device;
static size_t page;

static void setup(void)
{
	device = device_open();
	page = sysconf(_SC_PAGESIZE);
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
	{ "EXITS", TASKMETER_IOCTL_EXITS, sizeof(struct taskmeter_exits),
	  TASKMETER_EXITS_SIZE_VER1 },
	{ "TOTALS", TASKMETER_IOCTL_TOTALS, sizeof(struct taskmeter_totals),
	  TASKMETER_TOTALS_SIZE_VER1 },
	{ "CGROUP_PATH", TASKMETER_IOCTL_CGROUP_PATH, sizeof(struct taskmeter_cgroup_path),
	  TASKMETER_CGROUP_PATH_SIZE_VER1 },
};

/* A valid argument of each, in turn. */
static union {
	struct taskmeter_snapshot snapshot;
	struct taskmeter_exits exits;
	struct taskmeter_totals totals;
	struct taskmeter_cgroup_path path;
} argument;

static void make_exits(void)
{
	static struct taskmeter_record records[4];
	static struct taskmeter_exit exits[4];

	argument.exits = (struct taskmeter_exits){
		.exits = (uintptr_t)exits,
		.records = (uintptr_t)records,
		.exits_stride = sizeof(exits[0]),
		.records_stride = sizeof(records[0]),
		.room = ARRAY_SIZE(exits),
	};
}

static void make_totals(void)
{
	static struct taskmeter_total totals[4];

	argument.totals = (struct taskmeter_totals){
		.totals = (uintptr_t)totals,
		.stride = sizeof(totals[0]),
		.room = ARRAY_SIZE(totals),
	};
}

/* Of the cgroup that this process is in; another has ended in it. */
static void make_path(void)
{
	static char path[4096];
	struct taskmeter_record record;

	must(device_get(device, getpid(), getpid(), 0, &record));
	argument.path = (struct taskmeter_cgroup_path){
		.cgroup_id = record.cgroup_id,
		.path = (uintptr_t)path,
		.path_size = sizeof(path),
	};
}

/* The size is still to be filled in. */
static void make_argument(unsigned long command)
{
	static struct taskmeter_record records[4];

	memset(&argument, 0, sizeof(argument));
	switch (command) {
	case TASKMETER_IOCTL_SNAPSHOT:
		argument.snapshot = snapshot_of(records, sizeof(records));
		break;
	case TASKMETER_IOCTL_EXITS:
		make_exits();
		break;
	case TASKMETER_IOCTL_TOTALS:
		make_totals();
		break;
	case TASKMETER_IOCTL_CGROUP_PATH:
		make_path();
		break;
	}
}

/* A valid argument in @memory that says it has @size bytes; the rest is zero. */
static void fill_argument(const struct interface *interface, void *memory, uint32_t size)
{
	make_argument(interface->command);
	if (size > sizeof(size))
		memset(memory, 0, size);
	memcpy(memory, &argument, size < sizeof(argument) ? size : sizeof(argument));
	memcpy(memory, &size, sizeof(size));
}

/* A structure of the size that the program knows, at the end of its memory. */
START_TEST(same_size)
{
	const struct interface *interface = &interfaces[_i];
	void *arg = guarded(interface->size);

	fill_argument(interface, arg, interface->size);
	expect_error(device, interface->command, arg, 0, interface->name);
}
END_TEST

/*
 * The older versions of each structure are accepted, and what lies between them: not
 * read nor written beyond.
 */
START_TEST(older_versions)
{
	const struct interface *interface = &interfaces[_i];

	for (size_t size = interface->first_size; size < interface->size; size += 4) {
		void *arg = guarded(size);

		fill_argument(interface, arg, size);
		expect_error(device, interface->command, arg, 0, interface->name);
		ck_assert_uint_eq(*(uint32_t *)arg, size);
	}
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
		expect_error(device, interface->command, arg, EINVAL, interface->name);
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
		expect_error(device, interface->command, arg, 0, interface->name);
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
		expect_error(device, interface->command, arg, E2BIG, interface->name);
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
		expect_error(device, interface->command, arg, E2BIG, interface->name);
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
		expect_error(device, interface->command, pointers[i], EFAULT, interface->name);
	/* The size can be read, what it promises cannot. */
	for (size_t room = sizeof(size); room < size; room += sizeof(size)) {
		memcpy(end - room, &size, sizeof(size));
		expect_error(device, interface->command, end - room, EFAULT, interface->name);
	}
}
END_TEST

/* A structure that cannot be written: EFAULT, and it stays as it is. */
START_TEST(read_only_structure)
{
	const struct interface *interface = &interfaces[_i];
	char *arg = guarded(page), *copy = guarded(page);

	fill_argument(interface, arg, interface->size);
	memcpy(copy, arg, page);
	must(!mprotect(arg, page, PROT_READ));
	expect_error(device, interface->command, arg, EFAULT, interface->name);
	must(!memcmp(copy, arg, page));
}
END_TEST

/* Ioctls that do not exist: ENOTTY, also those that carry a size. */
START_TEST(unknown_ioctl)
{
	const unsigned long commands[] = {
		_IO(TASKMETER_IOCTL_TYPE, 0x05), _IO(TASKMETER_IOCTL_TYPE, 0xff),
		_IO('t', 0x00), _IOR(TASKMETER_IOCTL_TYPE, 0x00, struct taskmeter_info),
		_IOWR(TASKMETER_IOCTL_TYPE, 0x01, struct taskmeter_snapshot), 0,
	};
	struct taskmeter_info info = { .size = sizeof(info) };

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		expect_error(device, commands[i], &info, ENOTTY, "unknown ioctl");
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
	ck_assert_uint_eq(info.exit_size, sizeof(struct taskmeter_exit));
	ck_assert_uint_eq(info.total_size, sizeof(struct taskmeter_total));
	ck_assert_uint_eq(info.page_size, page);
	ck_assert_uint_eq(info.reserved, 0);
	ck_assert_uint_eq(info.reserved2, 0);
	ck_assert_uint_eq(info.flags & TASKMETER_INFO_PRIVILEGED, TASKMETER_INFO_PRIVILEGED);
	ck_assert_uint_eq(info.available & TASKMETER_AVAILABLE_MEMORY,
			  TASKMETER_AVAILABLE_MEMORY);
	ck_assert_uint_gt(info.load_time_ns, 0);
	ck_assert_uint_lt(info.load_time_ns, clock_ns(CLOCK_BOOTTIME));
	ck_assert_uint_ne(info.instance_id, 0);
	ck_assert_uint_eq(info.rss_error_bytes % page, 0);
	must(memchr(info.version, '\0', sizeof(info.version)) && info.version[0]);
	must(!memcmp(&info, &again, TASKMETER_INFO_SIZE_VER1));
}
END_TEST

/* It tells what the meter sees, and what it costs. */
START_TEST(meter)
{
	struct taskmeter_info info = device_info(device), again = device_info(device);

	must(info.flags & TASKMETER_INFO_METER);
	must(!(info.flags & (TASKMETER_INFO_WAKER | TASKMETER_INFO_PROBE_TIME)));
	must(info.available & TASKMETER_AVAILABLE_METER);
	must(!(info.available & TASKMETER_AVAILABLE_WAKER));
	must(!(info.available & TASKMETER_AVAILABLE_NUMA));
	ck_assert_uint_ne(info.token, 0);
	ck_assert_uint_ge(again.token, info.token);
	ck_assert_uint_gt(info.tracked_threads, 20);
	ck_assert_uint_eq(info.untracked_threads, 0);
	ck_assert_uint_eq(info.allocation_failures, 0);
	must(info.clock == TASKMETER_CLOCK_EXEC_START || info.clock == TASKMETER_CLOCK_LOCAL);
	must(info.thread_bytes > 0 && info.thread_bytes <= 512);
	must(info.process_bytes > 0 && info.histogram_bytes > 0);
	ck_assert_uint_eq(again.thread_bytes, info.thread_bytes);
	ck_assert_uint_eq(again.probe_calls, info.probe_calls);
	printf("clock %u; %u bytes a thread, %u a process, %u in addition\n", info.clock,
	       info.thread_bytes, info.process_bytes, info.histogram_bytes);
}
END_TEST

static void stay(void *arg)
{
	(void)arg;
	child_stay();
}

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
	static char wide[131072], narrow[131072];
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
	must(strstr(wide, "SNAPSHOT: done\ncount 1, cursor 0, in time: 1, token: 1\n"));
	must(strstr(wide, "EXITS: done\ncount 1, cursor "));
	must(strstr(wide, "CGROUP_PATH: done\n"));
	must(strstr(wide, "TOTALS: done\ncount 1, "));
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
	const int count = ARRAY_SIZE(interfaces);

	tcase_add_checked_fixture(common, setup, NULL);
	tcase_add_loop_test(common, same_size, 0, count);
	tcase_add_loop_test(common, older_versions, 0, count);
	tcase_add_loop_test(common, too_short, 0, count);
	tcase_add_loop_test(common, longer_with_zeros, 0, count);
	tcase_add_loop_test(common, longer_with_more, 0, count);
	tcase_add_loop_test(common, longer_than_a_page, 0, count);
	tcase_add_loop_test(common, unreadable_structure, 0, count);
	tcase_add_loop_test(common, read_only_structure, 0, count);
	tcase_add_test(common, unknown_ioctl);
	tcase_add_test(common, not_a_file);
	tcase_add_test(common, module_and_kernel);
	tcase_add_test(common, meter);
	tcase_add_test(common, layout);
	return suite_main(suite, argc, argv);
}
