// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module can be unloaded when nobody uses it, only then, and leaves nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <taskmeter/taskmeter.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "events.h"
#include "exits.h"
#include "genl.h"
#include "herd.h"
#include "meter.h"
#include "module.h"
#include "suite.h"
#include "support.h"

#define WORKERS		4
#define CYCLES		50

/* Whatever a test left. */
static void load_again(void)
{
	if (!module_loaded())
		module_load_default();
}

static struct taskmeter_info take_info(void)
{
	int device = device_open();
	struct taskmeter_info info = device_info(device);

	close(device);
	return info;
}

/* An open device holds the module; it can go as soon as that is closed. */
START_TEST(open_device)
{
	int device;

	module_await_unused();
	device = device_open();
	ck_assert_int_eq(module_references(), 1);
	ck_assert_int_eq(module_try_unload(), -EWOULDBLOCK);
	/* The refusal does no harm. */
	ck_assert_uint_eq(device_info(device).abi_version, TASKMETER_ABI_VERSION);
	close(device);
	ck_assert_int_eq(module_try_unload(), 0);
	module_check_gone();
	module_load("");
}
END_TEST

/* Leaves a dump that has begun, and has more to say. */
static void begin_dump(struct genl *genl)
{
	struct genl_request request;
	struct records records = { 0 };

	genl_open_small(genl);
	genl_begin_dump(&request, genl, NULL);
	genl_send(genl, &request);
	must(genl_receive(genl, genl_add_record, &records) > 0);
	records_free(&records);
}

/* So does an unfinished dump, until it is finished or its socket closed. */
START_TEST(unfinished_dump)
{
	struct records records = { 0 };
	struct genl genl;

	module_await_unused();
	begin_dump(&genl);
	ck_assert_int_eq(module_try_unload(), -EWOULDBLOCK);
	genl_close(&genl);
	module_unload();
	module_check_gone();

	module_load("");
	begin_dump(&genl);
	ck_assert_int_eq(module_try_unload(), -EWOULDBLOCK);
	while (genl_receive(&genl, genl_add_record, &records) > 0)
		;
	/* The socket alone holds nothing. */
	ck_assert_int_eq(module_try_unload(), 0);
	module_check_gone();
	module_load("");
	genl_close(&genl);
}
END_TEST

/* A socket that outlived the module finds the new one by its new number. */
START_TEST(socket_outlives_module)
{
	struct taskmeter_record record;
	struct genl genl, again;

	genl_open(&genl);
	must(!genl_get(&genl, 1, 0, &record));
	module_unload();
	ck_assert_int_eq(genl_get(&genl, 1, 0, &record), -ENOENT);
	module_load("");
	genl_open(&again);
	genl.family = again.family;
	ck_assert_int_eq(genl_get(&genl, 1, 0, &record), 0);
}
END_TEST

/* Another load is another instance. */
START_TEST(instances)
{
	struct taskmeter_info before, after;
	int device = device_open();

	before = device_info(device);
	close(device);
	module_unload();
	module_load("");
	device = device_open();
	after = device_info(device);
	ck_assert_uint_ne(before.instance_id, after.instance_id);
	ck_assert_uint_gt(after.load_time_ns, before.load_time_ns);
	close(device);
}
END_TEST

static pid_t end_one(void)
{
	pid_t pid = fork();

	must(pid >= 0);
	if (!pid)
		_exit(7);
	return pid;
}

static void wait_in_poll(void *arg)
{
	struct exits exits;

	(void)arg;
	exits_open(&exits, 0);
	child_tell();
	for (;;) {
		exits_wait(&exits);
		exits_read_all(&exits, NULL, NULL);
	}
}

/* Who sleeps in poll(2) on the device holds the module, until he ends. */
START_TEST(poller)
{
	struct child child;

	module_await_unused();
	child_start(&child, wait_in_poll, NULL);
	child_await(&child);
	child_await_state(child.pid, "S");
	ck_assert_int_eq(module_try_unload(), -EWOULDBLOCK);
	must(waitpid(end_one(), NULL, 0) > 0);
	ck_assert_int_eq(module_try_unload(), -EWOULDBLOCK);
	child_kill(&child);
	ck_assert_int_eq(module_try_unload(), 0);
	module_check_gone();
	module_load("");
}
END_TEST

/* Until an exit of one's own child is told. */
static void expect_events(struct events *events)
{
	struct event event;
	pid_t pid = end_one();

	must(waitpid(pid, NULL, 0) == pid);
	events_await(events, TASKMETER_EVENT_FORK, pid, &event);
	events_await(events, TASKMETER_EVENT_EXIT, pid, &event);
	ck_assert_int_eq(event.ended.exit.status, 7 << 8);
}

/*
 * In a storm of processes: subscribers do not hold the module, neither one who reads nor
 * one who does not.
 */
START_TEST(subscribers)
{
	const struct herd_options options = { 2, 0, NULL, true };
	struct events reading, idle;
	struct herd herd;

	herd_start(&herd, &options);
	for (int i = 0; i < 3; i++) {
		events_subscribe(&reading, EVENTS_ALL, i % 2 ? TASKMETER_SNAPSHOT_HISTOGRAMS : 0);
		events_open(&idle, 1);
		ck_assert_int_eq(events_try_subscribe(&idle, EVENTS_ALL, 0), 0);
		expect_events(&reading);
		module_unload();
		module_check_gone();
		module_load("");
		/* Nobody subscribed with the new one. */
		must(!take_info().subscribers);
		events_close(&idle);
		events_close(&reading);
	}
	herd_end(&herd);
}
END_TEST

/* Another load is another numbering, from 1 on; a number of the old one is refused. */
START_TEST(numbers_anew)
{
	struct taskmeter_exits request = { .size = sizeof(request) };
	struct taskmeter_record record;
	struct taskmeter_exit end;
	struct exits exits;
	struct ended ended;
	uint64_t old;

	exits_open(&exits, 0);
	for (int i = 0; i < 50; i++)
		old = exits_reap(&exits, end_one()).exit.number;
	exits_close(&exits);
	module_unload();
	module_load("");
	exits_open(&exits, 0);
	ended = exits_reap(&exits, end_one());
	ck_assert_uint_lt(ended.exit.number, old);
	/* This program is older than the module: nobody saw it begin. */
	must(!(ended.exit.flags & TASKMETER_EXIT_COMMAND_LINE));
	request.exits = (uintptr_t)&end;
	request.records = (uintptr_t)&record;
	request.exits_stride = sizeof(end);
	request.records_stride = sizeof(record);
	request.room = 1;
	ck_assert_int_eq(exits_try(exits.device, &request), 0);
	ck_assert_uint_eq(end.number, 1);
	request.cursor = old + 1000;
	ck_assert_int_eq(exits_try(exits.device, &request), EINVAL);
	exits_close(&exits);
}
END_TEST

/*
 * The meter switched off keeps the log, the totals and the subscriptions, but nothing
 * comes in; switched on again, the numbers go on.
 */
START_TEST(meter_off)
{
	struct taskmeter_total before, total;
	struct events events;
	struct exits exits;
	struct event event;
	struct ended ended;
	uint64_t first;

	exits_open(&exits, 0);
	first = exits.cursor;
	events_subscribe(&events, EVENTS_ALL, 0);
	exits_reap(&exits, end_one());
	exits_settle();
	meter_config(TASKMETER_A_CONFIG_METER, 0);
	exits_read_all(&exits, NULL, NULL);
	must(exits_total(exits.device, TASKMETER_TOTAL_UID, 0, &before));
	while (events_poll(&events, &event, 200))
		;
	for (int i = 0; i < 20; i++)
		must(waitpid(end_one(), NULL, 0) > 0);
	sleep_ms(200);
	must(!exits_ready(&exits));
	ck_assert_uint_eq(exits_read_all(&exits, NULL, NULL), 0);
	must(exits_total(exits.device, TASKMETER_TOTAL_UID, 0, &total));
	must(!memcmp(&before, &total, sizeof(total)));
	must(!events_poll(&events, &event, 0));
	meter_config(TASKMETER_A_CONFIG_METER, 1);
	expect_events(&events);
	ended = exits_reap(&exits, end_one());
	ck_assert_uint_lt(ended.exit.number, exits.cursor + 20);
	/* What was there is there still. */
	exits.cursor = first;
	exits_read_all(&exits, NULL, NULL);
	ck_assert_uint_eq(exits.lost, 0);
	ck_assert_uint_eq(device_info(exits.device).exits_unrecorded, 0);
	exits_close(&exits);
	events_close(&events);
}
END_TEST

/* Rule (b) shows living processes, but not how they ended. */
static void look_for_own(void *arg)
{
	struct exits exits;

	(void)arg;
	must(!setresgid(1000, 1000, 1000));
	must(!setresuid(1000, 1000, 1000));
	exits_open(&exits, 0);
	exits.partial = true;
	must(waitpid(end_one(), NULL, 0) > 0);
	child_stay();
	exits.cursor = 0;
	must(!exits_read_all(&exits, NULL, NULL));
	exits_close(&exits);
}

START_TEST(unprivileged_log)
{
	struct child child;

	module_unload();
	module_load("unprivileged=1");
	must(!chmod(TASKMETER_DEVICE, 0666));
	child_start(&child, look_for_own, NULL);
	child_await(&child);
	exits_settle();
	child_order(&child);
	child_join(&child);
	module_unload();
	module_load("");
}
END_TEST

static _Atomic bool stop, pause_work;
static _Atomic size_t served, missed;

static void nap(void)
{
	struct timespec moment = { 0, 500000 };

	nanosleep(&moment, NULL);
}

/* What may be said of a module that is not there, or on its way in or out. */
static bool is_absence(int error)
{
	return error == ENOENT || error == ENODEV || error == ENXIO ||
	       error == EPROTONOSUPPORT;
}

static bool use_device(void)
{
	struct records records;
	int device = open(TASKMETER_DEVICE, O_RDONLY | O_CLOEXEC);

	if (device < 0) {
		if (!is_absence(errno))
			test_fail("open: %s", strerror(errno));
		return false;
	}
	device_snapshot(device, NULL, 16, &records);
	records_check_order(&records);
	records_free(&records);
	must(device_info(device).abi_version == TASKMETER_ABI_VERSION);
	close(device);
	return true;
}

static bool use_netlink(bool finish)
{
	struct genl_request request;
	struct records records = { 0 };
	struct genl genl;
	int ret = genl_try_open(&genl, 4096);

	if (!ret) {
		genl_begin_dump(&request, &genl, NULL);
		genl_send(&genl, &request);
		do {
			ret = genl_receive(&genl, genl_add_record, &records);
		} while (ret > 0 && finish);
		genl_close(&genl);
		records_free(&records);
	}
	if (ret < 0 && !is_absence(-ret))
		test_fail("netlink: %s", strerror(-ret));
	return ret >= 0;
}

/* What there is of the log, and a moment in poll(2). */
static bool use_log(void)
{
	struct pollfd poll_fd = { .events = POLLIN };
	struct taskmeter_record record;
	struct taskmeter_exit end;
	struct taskmeter_exits request = {
		.size = sizeof(request),
		.exits = (uintptr_t)&end,
		.records = (uintptr_t)&record,
		.exits_stride = sizeof(end),
		.records_stride = sizeof(record),
		.room = 1,
	};

	poll_fd.fd = open(TASKMETER_DEVICE, O_RDONLY | O_CLOEXEC);
	if (poll_fd.fd < 0) {
		if (!is_absence(errno))
			test_fail("open: %s", strerror(errno));
		return false;
	}
	poll(&poll_fd, 1, 2);
	for (int i = 0; i < 10; i++)
		must(!exits_try(poll_fd.fd, &request));
	close(poll_fd.fd);
	return true;
}

/* Subscribes, and goes without a word. */
static bool use_events(void)
{
	struct genl_request request;
	struct genl genl;
	int ret = genl_try_open(&genl, 65536);

	if (!ret) {
		genl_begin(&request, &genl, TASKMETER_CMD_SUBSCRIBE, 0);
		genl_put_u32(&request, TASKMETER_A_SUBSCRIBE_EVENTS, EVENTS_ALL);
		genl_send(&genl, &request);
		nap();
		genl_close(&genl);
	} else if (!is_absence(-ret)) {
		test_fail("netlink: %s", strerror(-ret));
	}
	return !ret;
}

/* To ask for a family that is not there makes the kernel run modprobe: not often. */
static void *work(void *arg)
{
	for (unsigned int i = (uintptr_t)arg; !stop; i++) {
		bool netlink = i % 3 && (module_loaded() || i % 50 == 1);
		bool there;

		if (i % 8 == 7)
			there = use_log();
		else if (netlink && i % 8 == 6)
			there = use_events();
		else
			there = netlink ? use_netlink(i % 3 == 1) : use_device();

		atomic_fetch_add(there ? &served : &missed, 1);
		do {
			nap();
		} while (pause_work && !stop);
	}
	return NULL;
}

/*
 * Unload while others use the module: refused until there is a gap. Older kernels
 * keep a closed socket for some time, so that a gap may have to be made.
 */
static size_t unload_in_a_gap(void)
{
	size_t refused = 0;
	int ret;

	while ((ret = module_try_unload())) {
		ck_assert_int_eq(ret, -EWOULDBLOCK);
		pause_work = ++refused > 50;
		nap();
	}
	pause_work = false;
	return refused;
}

static void await_more(_Atomic size_t *counter)
{
	size_t seen = *counter;

	while (*counter < seen + WORKERS)
		nap();
}

static size_t meminfo(const char *name)
{
	char text[8192], *line;

	file_read("/proc/meminfo", text, sizeof(text));
	line = strstr(text, name);
	must(line);
	return atol(line + strlen(name));
}

static void settle(void)
{
	file_write("/proc/sys/vm/drop_caches", "3");
	sleep_ms(200);
}

/*
 * 50 times: threads open, ask, dump, subscribe, finish or leave it, and close, while
 * another unloads the module under them and loads it again, with either parameter.
 */
START_TEST(under_load)
{
	size_t slab = 0, vmalloc = 0, refused = 0;
	pthread_t threads[WORKERS];

	for (uintptr_t i = 0; i < WORKERS; i++)
		must(!pthread_create(&threads[i], NULL, work, (void *)i));
	for (int i = 0; i < CYCLES + 5; i++) {
		/* The first few bring in what stays: caches, symbols. */
		if (i == 5) {
			settle();
			slab = meminfo("SUnreclaim:");
			vmalloc = meminfo("VmallocUsed:");
		}
		await_more(&served);
		refused += unload_in_a_gap();
		await_more(&missed);
		module_load(i % 5 ? "" : "unprivileged=1");
	}
	stop = true;
	for (int i = 0; i < WORKERS; i++)
		must(!pthread_join(threads[i], NULL));
	module_unload();
	module_check_gone();
	module_load_default();
	settle();
	printf("refused %zu times, served %zu times, missed %zu times\n", refused, served,
	       missed);
	ck_assert_uint_gt(refused, 0);
	/* KB; what each load takes is some 600. */
	ck_assert_uint_lt(meminfo("SUnreclaim:"), slab + 8192);
	ck_assert_uint_lt(meminfo("VmallocUsed:"), vmalloc + 4096);
}
END_TEST

/* Objects in use, in all caches of the kernel. */
static size_t slab_objects(void)
{
	unsigned long active;
	size_t sum = 0;
	char line[512];
	FILE *file = fopen("/proc/slabinfo", "re");

	must(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %lu", &active) == 1)
			sum += active;
	fclose(file);
	return sum;
}

static void use_all(unsigned int count)
{
	struct taskmeter_record record;
	struct genl genl;

	for (unsigned int i = 0; i < count; i++) {
		close(device_open());
		genl_open(&genl);
		must(!genl_get(&genl, 1, 0, &record));
		genl_close(&genl);
		must(use_netlink(i % 2));
	}
}

#define USES		5000

/* Opening, asking and dumping thousands of times leaves no object behind. */
START_TEST(objects)
{
	size_t before, after;

	use_all(USES / 10);
	settle();
	before = slab_objects();
	use_all(USES);
	/* Some are freed only after a grace period. */
	for (int i = 0; i < 20; i++) {
		settle();
		after = slab_objects();
		if (after < before + USES / 2)
			break;
	}
	printf("%zu objects before, %zu after\n", before, after);
	ck_assert_uint_lt(after, before + USES / 2);
}
END_TEST

/* Whatever is open when the process ends is closed by that. */
static void use_in_namespace(void *arg)
{
	(void)arg;
	device_open();
	must(use_device());
	must(use_netlink(true));
	must(use_netlink(false));
}

#define NAMESPACES	100

static const char *const limit_paths[] = {
	"/proc/sys/user/max_pid_namespaces", "/proc/sys/user/max_user_namespaces",
};

static char limits[ARRAY_SIZE(limit_paths)][32];

static void save_limits(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		file_read(limit_paths[i], limits[i], sizeof(limits[i]));
}

static void restore_limits(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		file_write(limit_paths[i], limits[i]);
}

/*
 * Observers let go of their pid namespace, and of their credentials with their
 * user namespace: with a limit of fewer, more can be made one after the other.
 */
START_TEST(namespaces)
{
	struct child child;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		file_write(limit_paths[i], "50");
	for (int i = 0; i < NAMESPACES; i++) {
		child_clone(&child, CLONE_NEWPID | CLONE_NEWUSER, use_in_namespace, NULL);
		child_join(&child);
	}
	module_await_unused();
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("unload");
	TCase *unload = test_case_add(suite, "unload", 60);
	TCase *load = test_case_add(suite, "load", 400);
	TCase *leaks = test_case_add(suite, "leaks", 240);

	tcase_add_unchecked_fixture(unload, NULL, load_again);
	tcase_add_checked_fixture(unload, load_again, NULL);
	tcase_add_test(unload, open_device);
	tcase_add_test(unload, unfinished_dump);
	tcase_add_test(unload, socket_outlives_module);
	tcase_add_test(unload, instances);
	tcase_add_test(unload, poller);
	tcase_add_test(unload, numbers_anew);
	tcase_add_test(unload, meter_off);
	tcase_add_test(unload, unprivileged_log);

	tcase_add_unchecked_fixture(load, NULL, load_again);
	tcase_add_checked_fixture(load, load_again, NULL);
	tcase_add_test(load, subscribers);
	tcase_add_test(load, under_load);

	tcase_add_unchecked_fixture(leaks, save_limits, restore_limits);
	tcase_add_checked_fixture(leaks, load_again, NULL);
	tcase_add_test(leaks, objects);
	tcase_add_test(leaks, namespaces);
	return suite_main(suite, argc, argv);
}
