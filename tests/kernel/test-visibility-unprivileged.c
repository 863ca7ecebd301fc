// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who sees what while the module is loaded with unprivileged=1: rule (b) of the
 * ABI header, through every door. This program reloads the module, and loads it
 * again as it was when it is done.
 *
 * A process that is looked at is forked by another one of its user, because one
 * that was root before is hidden for that alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "child.h"
#include "container.h"
#include "cred.h"
#include "genl.h"
#include "module.h"
#include "observe.h"
#include "suite.h"
#include "support.h"

static const struct identity user_1000 = { "uid 1000", 1000, 0 };
static const struct identity user_1001 = { "uid 1001", 1001, 0 };
static const struct identity network_1000 = {
	"uid 1000 with CAP_NET_RAW", 1000, CAP_BIT(CAP_NET_RAW),
};
static const struct identity powerless_root = { "root without capabilities", 0, 0 };
static const struct identity perfmon_1001 = {
	"uid 1001 with CAP_PERFMON", 1001, CAP_BIT(CAP_PERFMON),
};

/* Copies of target.c with rights of their own. */
static char directory[] = "/var/tmp/taskmeter-visibility-XXXXXX";
static char plain_program[PATH_MAX], root_program[PATH_MAX], other_program[PATH_MAX],
	group_program[PATH_MAX], network_program[PATH_MAX], secret_program[PATH_MAX];

/* Shared by the test and the processes that it looks at. */
static pid_t *subject;

/* A process of uid 1000, older than the module's load. */
static struct child old;

static void set_network_capability(const char *path)
{
	struct vfs_cap_data data = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data[0].permitted = 1 << CAP_NET_RAW,
	};

	if (setxattr(path, "security.capability", &data, sizeof(data), 0))
		test_fail("cannot give %s a capability: %s", path, strerror(errno));
}

static void copy_program(char *path, const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	char source[PATH_MAX], command[] = "cp";
	char *argv[] = { command, source, path, NULL };

	program_path(source, sizeof(source), "target");
	must(snprintf(path, PATH_MAX, "%s/%s", directory, name) < PATH_MAX);
	command_run(argv);
	must(!chown(path, uid, gid) && !chmod(path, mode));
}

static void make_programs(void)
{
	must(mkdtemp(directory) && !chmod(directory, 0755));
	copy_program(plain_program, "plain", 0, 0, 0755);
	copy_program(root_program, "root", 0, 0, 04755);
	copy_program(other_program, "other", 1001, 0, 04755);
	copy_program(group_program, "group", 0, 1001, 02755);
	copy_program(network_program, "network", 0, 0, 0755);
	copy_program(secret_program, "secret", 0, 0, 0711);
	set_network_capability(network_program);
}

/* The subject of most tests does what a function of these says. */
static void stay(void)
{
	*subject = getpid();
	child_stay();
}

static void dumpable(int value)
{
	must(!prctl(PR_SET_DUMPABLE, value));
}

static void plain(void)
{
	stay();
}

static void execute(const char *path, const char *mode)
{
	*subject = getpid();
	child_execute(path, mode);
}

static void plain_exec(void)
{
	execute(plain_program, "stay");
}

static void stay_in_child(void *arg)
{
	(void)arg;
	stay();
}

static void execute_in_child(void *arg)
{
	execute(arg, "stay");
}

/* Fork once more, and let the test look at the child. */
static void stay_child(child_fn *fn, void *arg)
{
	struct child child;

	child_start(&child, fn, arg);
	child_await(&child);
	*subject = child.pid;
	child_stay();
}

static void plain_grandchild(void)
{
	stay_child(stay_in_child, NULL);
}

static void *sleep_forever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void threaded(void)
{
	pthread_t thread;

	must(!pthread_create(&thread, NULL, sleep_forever, NULL));
	stay();
}

static void not_dumpable(void)
{
	dumpable(0);
	stay();
	dumpable(1);
	stay();
}

/* Nobody looked in between. */
static void dumpable_again(void)
{
	dumpable(0);
	dumpable(1);
	stay();
}

static void not_dumpable_then_exec(void)
{
	dumpable(0);
	execute(plain_program, "stay");
}

static void child_of_not_dumpable(void)
{
	dumpable(0);
	stay_child(execute_in_child, plain_program);
}

static void child_after_not_dumpable(void)
{
	dumpable(0);
	dumpable(1);
	stay_child(stay_in_child, NULL);
}

static void set_user_id(void)
{
	execute(root_program, "stay");
}

static void set_user_id_dumpable(void)
{
	execute(root_program, "dumpable");
}

static void set_user_id_dropped(void)
{
	execute(root_program, "drop");
}

static void *execute_dropping(void *arg)
{
	child_execute(arg, "drop");
	return NULL;
}

static void set_user_id_in_thread(void)
{
	pthread_t thread;

	*subject = getpid();
	must(!pthread_create(&thread, NULL, execute_dropping, root_program));
	sleep_forever(NULL);
}

static void set_other_user_id(void)
{
	execute(other_program, "dumpable");
}

static void set_other_user_id_dropped(void)
{
	execute(other_program, "drop");
}

static void set_group_id(void)
{
	execute(group_program, "dumpable");
}

static void set_group_id_dropped(void)
{
	execute(group_program, "drop");
}

static void capable(void)
{
	execute(network_program, "dumpable");
}

static void capable_dropped(void)
{
	execute(network_program, "drop");
}

static void unreadable(void)
{
	execute(secret_program, "stay");
}

static void unreadable_dumpable(void)
{
	execute(secret_program, "dumpable");
}

/*
 * A process that shares the memory, without being a thread, and only sleeps. It
 * ends with the test, whose process group is killed.
 */
static int sleep_in_sharer(void *arg)
{
	(void)arg;
	for (;;)
		syscall(SYS_pause);
	return 0;
}

static pid_t start_sharer(void)
{
	const size_t size = 65536;
	char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	must(stack != MAP_FAILED);
	pid = clone(sleep_in_sharer, stack + size, CLONE_VM | SIGCHLD, NULL);
	must(pid > 0);
	return pid;
}

static void sharer(void)
{
	*subject = start_sharer();
	child_stay();
	dumpable(0);
	child_stay();
	dumpable(1);
	child_stay();
}

static void sharer_of_not_dumpable(void)
{
	dumpable(0);
	*subject = start_sharer();
	child_stay();
	dumpable(1);
	child_stay();
}

static void own_user_namespace(void)
{
	must(!unshare(CLONE_NEWUSER));
	dumpable(1);
	stay();
}

static const struct scenario {
	const char *what;
	void (*run)(void);
	const char *seen;	/* at each step: V visible, - hidden */
} scenarios[] = {
	{ "a plain process", plain, "V" },
	{ "a plain process that executed a program", plain_exec, "V" },
	{ "a plain process's child", plain_grandchild, "V" },
	{ "a plain process with threads", threaded, "V" },
	{ "a process in a user namespace of its own", own_user_namespace, "V" },
	{ "a process that is not dumpable, then is again", not_dumpable, "--" },
	{ "a process that was not dumpable unseen", dumpable_again, "-" },
	{ "a process that was not dumpable before exec", not_dumpable_then_exec, "-" },
	{ "a child of one that was not dumpable, after exec", child_of_not_dumpable, "-" },
	{ "a child of one that was dumpable again", child_after_not_dumpable, "V" },
	{ "a set-user-id program", set_user_id, "-" },
	{ "a set-user-id program, dumpable", set_user_id_dumpable, "-" },
	{ "a set-user-id program that dropped it", set_user_id_dropped, "-" },
	{ "a set-user-id program of another thread", set_user_id_in_thread, "-" },
	{ "a set-user-id program of another", set_other_user_id, "-" },
	{ "a set-user-id program of another that dropped it", set_other_user_id_dropped, "-" },
	{ "a set-group-id program", set_group_id, "-" },
	{ "a set-group-id program that dropped it", set_group_id_dropped, "-" },
	{ "a program with a capability", capable, "-" },
	{ "a program that dropped its capability", capable_dropped, "-" },
	{ "a program that may not be read", unreadable, "-" },
	{ "a program that may not be read, dumpable", unreadable_dumpable, "-" },
	{ "a process that shares memory, then not dumpable", sharer, "V--" },
	{ "a process that shares memory not dumpable", sharer_of_not_dumpable, "--" },
};

/* The user's process that forks the subject. */
struct parent {
	const struct identity *identity;
	void (*run)(void);
};

static void run_subject(void *arg)
{
	const struct parent *parent = arg;

	parent->run();
}

static void run_parent(void *arg)
{
	const struct parent *parent = arg;
	struct child child;

	cred_become(parent->identity);
	child_start(&child, run_subject, arg);
	for (;;) {
		child_await(&child);
		child_stay();
		child_order(&child);
	}
}

static struct child start_subject(const struct identity *identity, void (*run)(void))
{
	struct parent parent = { identity, run };
	struct child child;

	child_start(&child, run_parent, &parent);
	child_await(&child);
	return child;
}

static void next_step(struct child *child)
{
	child_order(child);
	child_await(child);
}

static void setup(void)
{
	subject = shared_alloc(sizeof(*subject));
}

START_TEST(one_of_the_own)
{
	const struct scenario *scenario = &scenarios[_i];
	struct child child = start_subject(&user_1000, scenario->run);

	for (const char *seen = scenario->seen; *seen; seen++) {
		if (seen != scenario->seen)
			next_step(&child);
		if (*seen == 'V')
			expect_visible(&user_1000, *subject, scenario->what);
		else
			expect_hidden(&user_1000, *subject, scenario->what);
		/* Others never see it, who has the right to always does. */
		expect_hidden(&user_1001, *subject, scenario->what);
		expect_hidden(&powerless_root, *subject, scenario->what);
		expect_visible(&perfmon_1001, *subject, scenario->what);
	}
	child_kill(&child);
}
END_TEST

/* Not dumpable is the memory, so all that share it are hidden for good. */
START_TEST(both_sharers)
{
	struct child child = start_subject(&user_1000, sharer_of_not_dumpable);
	char path[64], text[4096], *line;
	pid_t parent;

	snprintf(path, sizeof(path), "/proc/%d/status", *subject);
	file_read(path, text, sizeof(text));
	line = strstr(text, "\nPPid:");
	must(line);
	parent = atoi(line + strlen("\nPPid:"));
	expect_hidden(&user_1000, parent, "a process that shared its memory out");
	next_step(&child);
	expect_hidden(&user_1000, parent, "a process that shared its memory out");
	child_kill(&child);
}
END_TEST

/* Processes of others are theirs. */
START_TEST(others)
{
	struct child other = start_subject(&user_1001, plain);

	expect_visible(&user_1001, *subject, "a process of uid 1001");
	expect_hidden(&user_1000, *subject, "a process of uid 1001");
	expect_hidden(&user_1000, getpid(), "a process of root");
	expect_hidden(&user_1000, 1, "the first process");
	expect_hidden(&user_1000, 2, "a kernel thread");
	expect_hidden(&powerless_root, getpid(), "a process of root with capabilities");
	expect_visible(&root_identity, *subject, "a process of uid 1001");
	child_kill(&other);
}
END_TEST

/* A user is shown just his plain processes, however many there are. */
START_TEST(count)
{
	struct child children[10];

	for (int i = 0; i < 10; i++) {
		ck_assert_uint_eq(observe_count_as(&user_1000), i);
		children[i] = start_subject(&user_1000, plain);
	}
	ck_assert_uint_eq(observe_count_as(&user_1001), 0);
	ck_assert_uint_eq(observe_count_as(&powerless_root), 0);
	children_kill(children, 10);
}
END_TEST

/* Rights that process and observer both have do not hide it. */
START_TEST(equal_capabilities)
{
	struct child child = start_subject(&network_1000, plain);

	expect_visible(&network_1000, *subject, "a process with CAP_NET_RAW");
	expect_hidden(&user_1000, *subject, "a process with CAP_NET_RAW");
	child_kill(&child);
	child = start_subject(&user_1000, plain);
	expect_visible(&network_1000, *subject, "a process with less");
	child_kill(&child);
}
END_TEST

static void drop_and_execute(void *arg)
{
	cred_become(&user_1000);
	child_execute(arg, "stay");
}

static void drop_and_stay(void *arg)
{
	(void)arg;
	cred_become(&user_1000);
	child_stay();
}

/* Once root, always hidden; what it forks is not. */
START_TEST(dropped_root)
{
	struct child child;

	child_start(&child, drop_and_stay, NULL);
	child_await(&child);
	expect_hidden(&user_1000, child.pid, "a process that was root");
	child_kill(&child);
	child_start(&child, drop_and_execute, plain_program);
	child_await(&child);
	expect_hidden(&user_1000, child.pid, "a process that was root before exec");
	child_kill(&child);
}
END_TEST

/* What is older than the load is hidden; what it forks since then is not. */
START_TEST(older_than_the_load)
{
	struct child child = start_subject(&user_1000, plain);

	expect_visible(&user_1000, *subject, "a process of now");
	expect_hidden(&user_1000, old.pid, "a process older than the load");
	child_kill(&child);
}
END_TEST

static void observe_itself(void)
{
	struct view view = observe(getpid());

	if (view.doors != DOORS_ALL)
		test_fail("it is shown to itself by doors %#x", view.doors);
	stay();
}

/* A plain process is shown to itself. */
START_TEST(itself)
{
	struct child child = start_subject(&user_1000, observe_itself);

	child_kill(&child);
}
END_TEST

static void ask(void *arg)
{
	struct genl genl;
	struct taskmeter_record record;

	must(!setgid(1000) && !setuid(1000));
	*(uint64_t *)arg = device_info(device_open()).flags;
	genl_open(&genl);
	must(genl_get(&genl, 1, 0, &record) == -ESRCH);
}

/* Everybody may ask, and is told by which rule he is answered. */
START_TEST(anybody_may_ask)
{
	uint64_t *flags = shared_alloc(sizeof(*flags));
	struct child child;
	struct stat device;

	must(!stat(TASKMETER_DEVICE, &device));
	ck_assert_uint_eq(device.st_mode & 07777, 0666);
	child_start(&child, ask, flags);
	child_join(&child);
	ck_assert_uint_eq(*flags, TASKMETER_INFO_UNPRIVILEGED | TASKMETER_INFO_METER);
	ck_assert_uint_eq(device_info(device_open()).flags,
			  TASKMETER_INFO_UNPRIVILEGED | TASKMETER_INFO_METER |
			  TASKMETER_INFO_PRIVILEGED);
}
END_TEST

/*
 * In a user namespace the same user is another one: he sees what is there, and
 * nothing of his own outside.
 */
START_TEST(user_namespace)
{
	struct child child = start_subject(&user_1000, plain);
	struct container container;

	container_start(&container, &user_1000, CLONE_NEWUSER);
	expect_doors(container_observe(&container, *subject), 0, "one's own outside");
	expect_doors(container_observe(&container, container_pid(&container)), DOORS_ALL,
		     "root of the user namespace");
	expect_doors(container_observe(&container, 1), 0, "the first process");
	ck_assert_uint_eq(container_count(&container), 1);
	container_end(&container);
	child_kill(&child);
}
END_TEST

/* In a pid namespace of root's a user sees his own that is there. */
static const struct identity *const in_container = &user_1000;

static void start_in_container(void *arg)
{
	struct child child = start_subject(in_container, plain), hidden;

	(void)arg;
	expect_visible(in_container, *subject, "one's own in a pid namespace");
	must(observe_count_as(in_container) == 1);
	hidden = start_subject(in_container, not_dumpable);
	expect_hidden(in_container, *subject, "one's not dumpable in a pid namespace");
	must(observe_count_as(in_container) == 1);
	child_kill(&child);
	child_kill(&hidden);
}

START_TEST(pid_namespace)
{
	struct child outside = start_subject(&user_1000, plain), child;

	child_clone(&child, CLONE_NEWPID, start_in_container, NULL);
	child_join(&child);
	child_kill(&outside);
}
END_TEST

/* Fork until a process gets a number again; others may fork at the same time. */
static struct child start_with_pid(pid_t pid, void (*run)(void))
{
	struct child child;
	char text[16];

	for (;;) {
		/* The parent gets the number before. */
		snprintf(text, sizeof(text), "%d", pid - 2);
		file_write("/proc/sys/kernel/ns_last_pid", text);
		child = start_subject(&user_1000, run);
		if (*subject == pid)
			return child;
		child_kill(&child);
	}
}

/* What a number stood for before has no bearing on who has it now. */
START_TEST(reused_number)
{
	struct child child = start_subject(&user_1000, plain);
	pid_t pid = *subject;

	for (int i = 0; i < 3; i++) {
		child_kill(&child);
		child = start_with_pid(pid, not_dumpable);
		expect_hidden(&user_1000, pid, "a process with a used number");
		child_kill(&child);
		child = start_with_pid(pid, plain);
		expect_visible(&user_1000, pid, "a process with a used number");
	}
	child_kill(&child);
}
END_TEST

/*
 * Kprobes can be registered while ftrace is off, but are never hit: who drops
 * back would stay visible. The module does not load then.
 */
START_TEST(refused_without_kprobes)
{
	int ret;

	module_unload();
	file_write("/proc/sys/kernel/ftrace_enabled", "0");
	ret = module_try_load("unprivileged=1");
	file_write("/proc/sys/kernel/ftrace_enabled", "1");
	ck_assert_int_eq(ret, -EOPNOTSUPP);
	module_load_default();
}
END_TEST

/* Once for all tests, in the program itself. */
static void load_unprivileged(void)
{
	make_programs();
	child_start(&old, drop_and_execute, plain_program);
	child_await(&old);
	module_unload();
	module_load("unprivileged=1");
}

static void load_default(void)
{
	char command[] = "rm", force[] = "-rf";
	char *const argv[] = { command, force, directory, NULL };

	child_kill(&old);
	module_unload();
	module_load_default();
	command_run(argv);
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("visibility-unprivileged");
	TCase *test_case = test_case_add(suite, "unprivileged", 120);
	TCase *refused = test_case_add(suite, "refused", 240);

	tcase_add_unchecked_fixture(test_case, load_unprivileged, load_default);
	tcase_add_checked_fixture(test_case, setup, NULL);
	tcase_add_loop_test(test_case, one_of_the_own, 0, ARRAY_SIZE(scenarios));
	tcase_add_test(test_case, both_sharers);
	tcase_add_test(test_case, others);
	tcase_add_test(test_case, count);
	tcase_add_test(test_case, equal_capabilities);
	tcase_add_test(test_case, dropped_root);
	tcase_add_test(test_case, older_than_the_load);
	tcase_add_test(test_case, itself);
	tcase_add_test(test_case, anybody_may_ask);
	tcase_add_test(test_case, user_namespace);
	tcase_add_test(test_case, pid_namespace);
	tcase_add_test(test_case, reused_number);
	tcase_add_test(refused, refused_without_kprobes);
	return suite_main(suite, argc, argv);
}
