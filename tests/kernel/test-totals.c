// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Totals of exited processes by cgroup and by user: the sums of their records to the
 * last nanosecond, at every moment; bounded, with the rest in a total of others; shown
 * by both doors, to those who may see all.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "cred.h"
#include "exits.h"
#include "genl.h"
#include "guard.h"
#include "module.h"
#include "proc.h"
#include "storm.h"
#include "suite.h"
#include "support.h"

#define GROUP		"taskmeter-totals"
#define GROUP_PATH	"/sys/fs/cgroup/" GROUP
#define OWN_UID		4321

static int device;

static void remove_groups(void)
{
	char *const command[] = {
		"/bin/sh", "-c", "! test -d " GROUP_PATH " || find " GROUP_PATH
		" -mindepth 1 -type d -exec rmdir {} +", NULL,
	};

	command_run(command);
	cgroup_remove(GROUP);
}

/* Whatever a test left; totals can be got rid of with the module only. */
static void restore(void)
{
	remove_groups();
	if (!module_loaded())
		module_load_default();
}

static void load_again(void)
{
	if (module_loaded())
		module_unload();
	module_load_default();
}

static void setup(void)
{
	restore();
	device = device_open();
}

static void setup_anew(void)
{
	remove_groups();
	load_again();
	device = device_open();
}

static pid_t begin(int code)
{
	pid_t pid = fork();

	must(pid >= 0);
	if (!pid)
		_exit(code);
	return pid;
}

#define OFFSET(member) offsetof(struct taskmeter_totals, member), \
	sizeof(((struct taskmeter_totals *)0)->member)

/* One member is wrong in a request that is right else. */
static const struct refusal {
	const char *what;
	size_t offset;
	size_t size;
	uint64_t value;
	int error;
} refusals[] = {
	{ "unknown kind", OFFSET(kind), 2, EINVAL },
	{ "far kind", OFFSET(kind), UINT32_MAX, EINVAL },
	{ "no cursor of ours", OFFSET(cursor), UINT64_MAX, EINVAL },
	{ "no stride", OFFSET(stride), 0, EINVAL },
	{ "short stride", OFFSET(stride), TASKMETER_TOTAL_SIZE_VER1 - 8, EINVAL },
	{ "odd stride", OFFSET(stride), TASKMETER_TOTAL_SIZE_VER1 + 4, EINVAL },
	{ "long stride", OFFSET(stride), 4096 + 8, EINVAL },
	{ "no room", OFFSET(room), 0, ENOSPC },
	{ "reserved", OFFSET(reserved), 1, EINVAL },
	{ "totals nowhere", OFFSET(totals), 0, EFAULT },
	{ "totals in the kernel", OFFSET(totals), 0xffff888000000000, EFAULT },
};

#define ROOM	4

START_TEST(refused)
{
	const struct refusal *refusal = &refusals[_i];
	struct taskmeter_total *totals = guarded(ROOM * sizeof(*totals));
	struct taskmeter_totals request = {
		.size = sizeof(request),
		.totals = (uintptr_t)totals,
		.stride = sizeof(*totals),
		.room = ROOM,
	};

	must(waitpid(begin(0), NULL, 0) > 0);
	exits_settle();
	memcpy((char *)&request + refusal->offset, &refusal->value, refusal->size);
	expect_error(device, TASKMETER_IOCTL_TOTALS, &request, refusal->error, refusal->what);
	ck_assert_uint_eq(request.count, 0);
	must(is_filled(totals, ROOM * sizeof(*totals), POISON));
}
END_TEST

/* A longer stride is filled up with zeros, and what is behind the last is left. */
START_TEST(strides)
{
	const size_t stride = TASKMETER_TOTAL_SIZE_VER1 + 64;
	char *buffer = guarded(ROOM * stride);
	struct taskmeter_totals request = {
		.size = sizeof(request),
		.kind = TASKMETER_TOTAL_UID,
		.totals = (uintptr_t)buffer,
		.stride = stride,
		.room = 1,
	};
	struct taskmeter_total total;

	must(waitpid(begin(0), NULL, 0) > 0);
	exits_settle();
	ck_assert_int_eq(ioctl(device, TASKMETER_IOCTL_TOTALS, &request), 0);
	ck_assert_uint_eq(request.count, 1);
	memcpy(&total, buffer, sizeof(total));
	ck_assert_uint_eq(total.size, sizeof(total));
	ck_assert_uint_ge(total.exits, 1);
	must(is_filled(buffer + sizeof(total), stride - sizeof(total), 0));
	must(is_filled(buffer + stride, (ROOM - 1) * stride, POISON));
}
END_TEST

/* A look at a total, and what the records up to then add up to. */
struct sample {
	struct taskmeter_total total;
	struct taskmeter_total sum;
};

#define SAMPLES	500

static struct samples {
	enum taskmeter_total_kind kind;
	uint64_t id;
	struct sample sample[SAMPLES];
	size_t count;
	struct taskmeter_total sum;
} by_uid = { .kind = TASKMETER_TOTAL_UID }, by_cgroup = { .kind = TASKMETER_TOTAL_CGROUP };

static bool belongs(const struct samples *samples, const struct ended *ended)
{
	return samples->id == (samples->kind == TASKMETER_TOTAL_UID ?
			       ended->record.uid : ended->record.cgroup_id);
}

static void take_sample(struct samples *samples)
{
	if (samples->count < SAMPLES)
		exits_total(device, samples->kind, samples->id,
			    &samples->sample[samples->count++].total);
}

/* To the sum of all, and of each sample that holds it by its number. */
static void add(struct samples *samples, const struct ended *ended)
{
	if (!belongs(samples, ended))
		return;
	exits_total_add(&samples->sum, ended);
	for (size_t i = 0; i < samples->count; i++)
		if (samples->sample[i].total.last_number >= ended->exit.number)
			exits_total_add(&samples->sample[i].sum, ended);
}

static void add_ended(const struct ended *ended, void *arg)
{
	(void)arg;
	add(&by_uid, ended);
	add(&by_cgroup, ended);
}

static void check_samples(const struct samples *samples, const char *what)
{
	const struct taskmeter_total none = { 0 };

	for (size_t i = 0; i < samples->count; i++) {
		const struct sample *sample = &samples->sample[i];

		exits_total_check(&none, &sample->total, &sample->sum, what);
		must(sample->total.last_number == sample->sum.last_number);
		must(!i || sample->total.exits >= sample[-1].total.exits);
	}
	printf("%zu looks at the total by %s\n", samples->count, what);
}

/* Until a total holds so many. */
static struct taskmeter_total await_exits(enum taskmeter_total_kind kind, uint64_t id,
					  uint64_t count)
{
	struct taskmeter_total total;

	while (!exits_total(device, kind, id, &total) || total.exits < count)
		sleep_ms(10);
	ck_assert_uint_eq(total.exits, count);
	return total;
}

#define STORM	3000

/* Of a storm: at every moment the total is the sum of the records that it says it holds. */
START_TEST(sums)
{
	const struct storm_options options = {
		.parents = 2, .count = STORM / 2 / (test_scale() > 1 ? 4 : 1) / (_i ? 8 : 1),
		.uid = OWN_UID, .cgroup = GROUP, .program = _i ? "/bin/true" : NULL,
	};
	const struct taskmeter_total none = { 0 };
	struct taskmeter_total total;
	struct storm storm;
	struct exits exits;

	cgroup_make(GROUP);
	by_uid.id = OWN_UID;
	by_cgroup.id = proc_inode(GROUP_PATH);
	must(!exits_total(device, TASKMETER_TOTAL_UID, OWN_UID, &total));
	exits_open(&exits, TASKMETER_SNAPSHOT_STALLS);
	storm_start(&storm, &options);
	storm_go(&storm);
	while (!storm_over(&storm)) {
		take_sample(&by_uid);
		take_sample(&by_cgroup);
		sleep_ms(10);
	}
	await_exits(TASKMETER_TOTAL_UID, by_uid.id, storm_count(&storm));
	exits_read_all(&exits, add_ended, NULL);
	ck_assert_uint_eq(exits.lost, 0);
	check_samples(&by_uid, "uid");
	check_samples(&by_cgroup, "cgroup");
	exits_total(device, TASKMETER_TOTAL_UID, OWN_UID, &total);
	exits_total_check(&none, &total, &by_uid.sum, "storm by uid");
	exits_total(device, TASKMETER_TOTAL_CGROUP, by_cgroup.id, &total);
	exits_total_check(&none, &total, &by_cgroup.sum, "storm by cgroup");
	must(!total.flags && total.last_number == by_cgroup.sum.last_number);
	storm_end(&storm);
}
END_TEST

/* Sum of the exits of all totals of a kind. */
static uint64_t all_exits(enum taskmeter_total_kind kind, size_t *ret_count)
{
	struct taskmeter_total totals[64];
	struct taskmeter_totals request = {
		.size = sizeof(request),
		.kind = kind,
		.totals = (uintptr_t)totals,
		.stride = sizeof(totals[0]),
		.room = ARRAY_SIZE(totals),
	};
	uint64_t sum = 0;

	*ret_count = 0;
	do {
		must(!ioctl(device, TASKMETER_IOCTL_TOTALS, &request));
		for (uint32_t i = 0; i < request.count; i++)
			sum += totals[i].exits;
		*ret_count += request.count;
	} while (request.cursor);
	return sum;
}

/* All totals hold all exits; not one moment is looked at, so there may be some more. */
static void check_all_exits(enum taskmeter_total_kind kind)
{
	uint64_t before, sum, after;
	size_t count;

	do {
		before = device_info(device).exit_number;
		sum = all_exits(kind, &count);
		after = device_info(device).exit_number;
		sleep_ms(20);
	} while (before != after);
	ck_assert_uint_eq(sum, before);
	ck_assert_uint_le(count, TASKMETER_TOTALS_MAX + 1);
}

static const struct identity perfmon = {
	"uid 1001 with CAP_PERFMON", 1001, CAP_BIT(CAP_PERFMON)
};

static int try_totals(void)
{
	static struct taskmeter_total totals[ROOM];
	struct taskmeter_totals request = {
		.size = sizeof(request),
		.totals = (uintptr_t)totals,
		.stride = sizeof(totals[0]),
		.room = ROOM,
	};

	return ioctl(device_open(), TASKMETER_IOCTL_TOTALS, &request) ? errno : 0;
}

static void count_message(const struct nlmsghdr *message, void *arg)
{
	(void)message;
	(*(size_t *)arg)++;
}

/* A negative errno; with one there must be a text and no reply. */
static int try_dump(uint16_t type, uint64_t value, size_t length)
{
	struct genl_request request;
	struct genl genl;
	size_t count = 0;
	int ret;

	genl_open(&genl);
	genl_begin(&request, &genl, TASKMETER_CMD_TOTAL_GET, NLM_F_DUMP);
	if (type)
		genl_put(&request, type, &value, length);
	ret = genl_exchange(&genl, &request, count_message, &count);
	must(ret ? !count && genl.text[0] : count > 0);
	genl_close(&genl);
	return ret;
}

static void expect_both(int error, const char *what)
{
	int ret = try_totals();

	if (ret != error)
		test_fail("%s: %s instead of %s", what, strerror(ret), strerror(error));
	ret = try_dump(TASKMETER_A_TOTAL_KIND, TASKMETER_TOTAL_UID, 4);
	if (ret != -error)
		test_fail("%s: %s instead of %s by netlink", what, strerror(-ret),
			  strerror(error));
}

static void ask_as_user(void *arg)
{
	(void)arg;
	cred_become(&(struct identity){ "uid 1000", 1000, 0 });
	expect_both(EPERM, "a user");
}

static void ask_with_perfmon(void *arg)
{
	(void)arg;
	cred_become(&perfmon);
	expect_both(0, "CAP_PERFMON");
}

static void ask_inside(void *arg)
{
	child_listen();
	expect_both(EPERM, arg);
}

/* Only who sees all, and by his own ids. */
START_TEST(permission)
{
	struct child child;

	must(waitpid(begin(0), NULL, 0) > 0);
	exits_settle();
	expect_both(0, "root");
	child_start(&child, ask_as_user, NULL);
	child_join(&child);
	child_start(&child, ask_with_perfmon, NULL);
	child_join(&child);
	child_clone(&child, CLONE_NEWPID, ask_inside, "root of a pid namespace");
	child_order(&child);
	child_join(&child);
	child_clone(&child, CLONE_NEWUSER, ask_inside, "root of a user namespace");
	cred_map_ids(child.pid, 0, 0);
	child_order(&child);
	child_join(&child);
}
END_TEST

START_TEST(refused_by_netlink)
{
	int ret = try_dump(TASKMETER_A_TOTAL_KIND, 2, 4);

	/* By its range, or as unknown. */
	must(ret == -EINVAL || ret == -ERANGE);
	ck_assert_int_eq(try_dump(0, 0, 0), -EINVAL);
	ck_assert_int_eq(try_dump(TASKMETER_A_TOTAL_KIND, 1, 8), -EINVAL);
	ck_assert_int_eq(try_dump(TASKMETER_A_TOTAL_KIND, 1, 2), -EINVAL);
	ck_assert_int_eq(try_dump(TASKMETER_A_TOTAL_ID, 1, 8), -EINVAL);
	ck_assert_int_eq(try_dump(TASKMETER_A_TOTAL_MAX + 1, 1, 4), -EINVAL);
}
END_TEST

/* A total that netlink is asked for. */
struct wanted {
	struct taskmeter_total total;
	const char *path;
	size_t found;
};

/* Attributes and members from the last number on are in the same order. */
static void compare_message(const struct nlmsghdr *message, void *arg)
{
	struct wanted *wanted = arg;
	const struct nlattr *path = genl_find(message, TASKMETER_A_TOTAL_CGROUP_PATH);
	const char *members = (const char *)&wanted->total.last_number;

	if (genl_u64(genl_find(message, TASKMETER_A_TOTAL_ID)) != wanted->total.id)
		return;
	wanted->found++;
	must(genl_u32(genl_find(message, TASKMETER_A_TOTAL_FLAGS)) == wanted->total.flags);
	must(!path == !wanted->path);
	must(!path || !strcmp(genl_data(path), wanted->path));
	for (int i = TASKMETER_A_TOTAL_LAST_NUMBER; i <= TASKMETER_A_TOTAL_MAX; i++) {
		const struct nlattr *attribute = genl_find(message, i);
		uint64_t value;

		memcpy(&value, members + (i - TASKMETER_A_TOTAL_LAST_NUMBER) * sizeof(value),
		       sizeof(value));
		/* What this kernel does not tell is left out. */
		if (attribute ? genl_u64(attribute) != value : value)
			test_fail("attribute %d is not %" PRIu64, i, value);
	}
}

static void compare_totals(enum taskmeter_total_kind kind, uint64_t id, const char *path)
{
	struct wanted wanted = { .path = path };
	struct genl_request request;
	struct genl genl;

	must(exits_total(device, kind, id, &wanted.total));
	/* In pieces, as the room is little. */
	genl_open_small(&genl);
	genl_begin(&request, &genl, TASKMETER_CMD_TOTAL_GET, NLM_F_DUMP);
	genl_put_u32(&request, TASKMETER_A_TOTAL_KIND, kind);
	ck_assert_int_eq(genl_exchange(&genl, &request, compare_message, &wanted), 0);
	ck_assert_uint_eq(wanted.found, 1);
	genl_close(&genl);
}

#define PROCESSES	50

/* Netlink tells the same; a cgroup that is removed keeps its total, and says so. */
START_TEST(removed)
{
	const struct storm_options options = {
		.parents = 1, .count = PROCESSES, .uid = OWN_UID, .cgroup = GROUP,
	};
	struct taskmeter_total before, after;
	struct storm storm;
	uint64_t id;

	cgroup_make(GROUP);
	id = proc_inode(GROUP_PATH);
	storm_start(&storm, &options);
	storm_go(&storm);
	storm_await(&storm);
	before = await_exits(TASKMETER_TOTAL_CGROUP, id, PROCESSES);
	ck_assert_uint_eq(before.flags, 0);
	compare_totals(TASKMETER_TOTAL_CGROUP, id, "/" GROUP);
	compare_totals(TASKMETER_TOTAL_UID, OWN_UID, NULL);
	storm_end(&storm);
	before = await_exits(TASKMETER_TOTAL_CGROUP, id, PROCESSES + 1);
	cgroup_remove(GROUP);
	must(exits_total(device, TASKMETER_TOTAL_CGROUP, id, &after));
	ck_assert_uint_eq(after.flags, TASKMETER_TOTAL_REMOVED);
	after.flags = 0;
	must(!memcmp(&before, &after, sizeof(after)));
	compare_totals(TASKMETER_TOTAL_CGROUP, id, "/" GROUP);
	check_all_exits(TASKMETER_TOTAL_CGROUP);
	check_all_exits(TASKMETER_TOTAL_UID);
}
END_TEST

#define USERS		5000
#define FIRST_USER	100000

#define SHARE		(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD)

/* Shares the parent's variables, so it must not use those of the C library. */
static int end_as(void *uid)
{
	syscall(SYS_setresuid, uid, uid, uid);
	syscall(SYS_exit, 0);
	return 0;
}

/* Each of more users than there is room for has a process that ends. */
START_TEST(many_users)
{
	static char stack[8192] __attribute__((aligned(16)));
	struct taskmeter_total total, other;
	size_t own = 0, count;

	for (long i = 0; i < USERS; i++) {
		pid_t pid = clone(end_as, stack + sizeof(stack), SHARE,
				  (void *)(FIRST_USER + i));

		must(pid > 0 && waitpid(pid, NULL, 0) == pid);
	}
	exits_settle();
	while (all_exits(TASKMETER_TOTAL_UID, &count) < USERS)
		sleep_ms(10);
	check_all_exits(TASKMETER_TOTAL_UID);
	must(exits_total_other(device, TASKMETER_TOTAL_UID, &other));
	ck_assert_uint_eq(other.id, 0);
	ck_assert_uint_eq(other.exits, device_info(device).exits_other);
	for (long i = 0; i < USERS; i += 10)
		if (exits_total(device, TASKMETER_TOTAL_UID, FIRST_USER + i, &total)) {
			ck_assert_uint_eq(total.exits, 1);
			own++;
		}
	printf("%zu totals, %" PRIu64 " exits of others\n", count, (uint64_t)other.exits);
	/* Some users were there before. */
	ck_assert_uint_ge(other.exits, USERS - TASKMETER_TOTALS_MAX);
	ck_assert_uint_le(other.exits, USERS - TASKMETER_TOTALS_MAX + 100);
	ck_assert_uint_ge(own, (TASKMETER_TOTALS_MAX - 100) / 10);
	ck_assert_uint_gt(other.run_ns, 0);
	/* Root has his own still. */
	must(exits_total(device, TASKMETER_TOTAL_UID, 0, &total) && !total.flags);
}
END_TEST

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP	0x200000000ULL
#endif

/* The first 88 bytes of struct clone_args, which older headers lack. */
struct clone_arguments {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls,
		 set_tid, set_tid_size, cgroup;
};

/* A process that begins and ends in a group; to move it there would take much longer. */
static void end_in(const char *path)
{
	struct clone_arguments arguments = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD,
	};
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid;

	must(fd >= 0);
	arguments.cgroup = fd;
	pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
	must(pid >= 0);
	if (!pid)
		syscall(SYS_exit_group, 0);
	must(waitpid(pid, NULL, 0) == pid);
	close(fd);
}

#define GROUPS		4200

/* More groups than there is room for come and go; who stays keeps its own total. */
START_TEST(many_groups)
{
	struct taskmeter_total total, other;
	uint64_t staying;
	size_t count;
	char path[128];

	cgroup_make(GROUP);
	must(!mkdir(GROUP_PATH "/stays", 0755));
	staying = proc_inode(GROUP_PATH "/stays");
	end_in(GROUP_PATH "/stays");
	for (int i = 0; i < GROUPS; i++) {
		snprintf(path, sizeof(path), GROUP_PATH "/%d", i);
		must(!mkdir(path, 0755));
		end_in(path);
		must(!rmdir(path));
	}
	end_in(GROUP_PATH "/stays");
	exits_settle();
	while (all_exits(TASKMETER_TOTAL_CGROUP, &count) < GROUPS + 2)
		sleep_ms(10);
	check_all_exits(TASKMETER_TOTAL_CGROUP);
	total = await_exits(TASKMETER_TOTAL_CGROUP, staying, 2);
	ck_assert_uint_eq(total.flags, 0);
	must(exits_total_other(device, TASKMETER_TOTAL_CGROUP, &other));
	printf("%zu totals, %" PRIu64 " exits of others\n", count, (uint64_t)other.exits);
	ck_assert_uint_ge(other.exits, GROUPS - TASKMETER_TOTALS_MAX);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("totals");
	TCase *interface = test_case_add(suite, "interface", 60);
	TCase *contents = test_case_add(suite, "contents", 240);
	TCase *bounds = test_case_add(suite, "bounds", 400);

	tcase_add_checked_fixture(interface, setup, NULL);
	tcase_add_loop_test(interface, refused, 0, ARRAY_SIZE(refusals));
	tcase_add_test(interface, strides);
	tcase_add_test(interface, permission);
	tcase_add_test(interface, refused_by_netlink);

	tcase_add_unchecked_fixture(contents, NULL, restore);
	tcase_add_checked_fixture(contents, setup_anew, NULL);
	tcase_add_loop_test(contents, sums, 0, 2);
	tcase_add_test(contents, removed);

	/* What is full stays so. */
	tcase_add_unchecked_fixture(bounds, NULL, load_again);
	tcase_add_checked_fixture(bounds, setup_anew, NULL);
	tcase_add_test(bounds, many_users);
	tcase_add_test(bounds, many_groups);
	return suite_main(suite, argc, argv);
}
