// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who sees what while the module is loaded as it is by default: rule (a) of the
 * ABI header, through every door.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <taskmeter/taskmeter.h>
#include <unistd.h>

#include "child.h"
#include "container.h"
#include "cred.h"
#include "genl.h"
#include "observe.h"
#include "proc.h"
#include "suite.h"
#include "support.h"

static const struct identity user_1000 = { "uid 1000", 1000, 0 };
static const struct identity user_1001 = { "uid 1001", 1001, 0 };

static const struct identity seeing[] = {
	{ "root", 0, CAP_ALL },
	{ "uid 1000 with CAP_PERFMON", 1000, CAP_BIT(CAP_PERFMON) },
	{ "uid 1000 with CAP_SYS_PTRACE", 1000, CAP_BIT(CAP_SYS_PTRACE) },
	{ "root with CAP_PERFMON only", 0, CAP_BIT(CAP_PERFMON) },
};

static const struct identity blind[] = {
	{ "uid 1000", 1000, 0 },
	{ "uid 1001", 1001, 0 },
	{ "root without capabilities", 0, 0 },
	{ "root of a container that shares the pid namespace", 0, CAP_CONTAINER },
	{ "uid 1000 with all but the two capabilities", 1000,
	  CAP_ALL & ~(CAP_BIT(CAP_PERFMON) | CAP_BIT(CAP_SYS_PTRACE)) },
};

/* Somebody who sleeps. */
static void stay_as(void *arg)
{
	cred_become(arg);
	child_stay();
}

static struct child as_root, as_1000, as_1001;

static void setup(void)
{
	child_start(&as_root, stay_as, (void *)&root_identity);
	child_start(&as_1000, stay_as, (void *)&user_1000);
	child_start(&as_1001, stay_as, (void *)&user_1001);
	child_await(&as_root);
	child_await(&as_1000);
	child_await(&as_1001);
}

static void teardown(void)
{
	child_kill(&as_root);
	child_kill(&as_1000);
	child_kill(&as_1001);
}

/* One of the two capabilities shows every process. */
START_TEST(capability_shows_all)
{
	const struct identity *identity = &seeing[_i];

	expect_visible(identity, as_root.pid, "a process of root");
	expect_visible(identity, as_1000.pid, "a process of uid 1000");
	expect_visible(identity, as_1001.pid, "a process of uid 1001");
	expect_visible(identity, 1, "the first process");
	expect_visible(identity, 2, "a kernel thread");
	ck_assert_uint_eq(observe_as(identity, as_1001.pid).record.uid, 1001);
}
END_TEST

/* Without them nothing is shown, not even what is one's own. */
START_TEST(others_see_nothing)
{
	const struct identity *identity = &blind[_i];

	expect_hidden(identity, as_root.pid, "a process of root");
	expect_hidden(identity, as_1000.pid, "a process of uid 1000");
	expect_hidden(identity, as_1001.pid, "a process of uid 1001");
	expect_hidden(identity, 1, "the first process");
	expect_hidden(identity, 2, "a kernel thread");
	ck_assert_uint_eq(observe_count_as(identity), 0);
}
END_TEST

/* Root is shown just what /proc lists. */
START_TEST(all_is_all)
{
	char path[64], state[1024];
	struct records records;

	device_snapshot(device_open(), NULL, 64, &records);
	for (pid_t pid = 1; pid <= (pid_t)records.record[records.count - 1].pid; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		/* Threads have a directory there as well, but are not listed. */
		if (access(path, F_OK) || records_find(&records, pid))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/status", pid);
		file_read(path, state, sizeof(state));
		snprintf(path, sizeof(path), "\nTgid:\t%d\n", pid);
		if (strstr(state, path))
			test_fail("process %d is not shown", pid);
	}
	must(records_find(&records, getpid()));
}
END_TEST

struct flags_question {
	const struct identity *identity;
	uint64_t flags;
};

static void ask_flags(void *arg)
{
	struct flags_question *question = arg;

	cred_become(question->identity);
	question->flags = device_info(device_open()).flags;
}

static uint64_t info_flags(const struct identity *identity)
{
	struct flags_question *question = shared_alloc(sizeof(*question));
	struct child child;

	question->identity = identity;
	child_start(&child, ask_flags, question);
	child_join(&child);
	return question->flags;
}

/* INFO tells the observer what he may expect. */
START_TEST(info_tells)
{
	for (size_t i = 0; i < ARRAY_SIZE(seeing); i++)
		ck_assert_uint_eq(info_flags(&seeing[i]),
				  TASKMETER_INFO_PRIVILEGED | TASKMETER_INFO_METER);
	for (size_t i = 0; i < ARRAY_SIZE(blind); i++)
		ck_assert_uint_eq(info_flags(&blind[i]), TASKMETER_INFO_METER);
}
END_TEST

static void fail_to_open(void *arg)
{
	must(!setgid(1000) && !setuid(1000));
	must(open(TASKMETER_DEVICE, O_RDONLY) == -1 && errno == EACCES);
	(void)arg;
}

/* The device is for root and its group. */
START_TEST(device_mode)
{
	struct stat device;
	struct child child;

	must(!stat(TASKMETER_DEVICE, &device));
	must(S_ISCHR(device.st_mode));
	ck_assert_uint_eq(device.st_mode & 07777, 0660);
	ck_assert_uint_eq(device.st_uid, 0);
	child_start(&child, fail_to_open, NULL);
	child_join(&child);
}
END_TEST

static void send_fd(int socket, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec data = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	must(sendmsg(socket, &message, 0) == 1);
}

static int receive_fd(int socket)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec data = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	must(recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1);
	must(message.msg_controllen >= CMSG_LEN(sizeof(int)));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

/* Who opens something, and who then uses it. */
struct passing {
	int sockets[2];
	const struct identity *opener;
	const struct identity *user;
	bool netlink;
	pid_t pid;
	uint16_t family;
	struct view view;
};

static void open_and_pass(void *arg)
{
	struct passing *passing = arg;
	struct genl genl;

	cred_become(passing->opener);
	if (passing->netlink) {
		genl_open(&genl);
		passing->family = genl.family;
		send_fd(passing->sockets[0], genl.fd);
	} else {
		send_fd(passing->sockets[0], device_open());
	}
	child_stay();
}

static void take_and_use(void *arg)
{
	struct passing *passing = arg;
	int fd = receive_fd(passing->sockets[1]);
	struct genl genl = {
		.fd = fd,
		.family = passing->family,
		.room = 65536,
		.sequence = 1000,
	};

	cred_become(passing->user);
	if (passing->netlink)
		passing->view = observe_by_netlink(&genl, passing->pid);
	else
		passing->view = observe_by_device(fd, passing->pid);
}

static unsigned int pass(const struct identity *opener, const struct identity *user,
			 bool netlink)
{
	struct passing *passing = shared_alloc(sizeof(*passing));
	struct child open_child, use_child;

	passing->opener = opener;
	passing->user = user;
	passing->netlink = netlink;
	passing->pid = as_root.pid;
	must(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, passing->sockets));
	child_start(&open_child, open_and_pass, passing);
	child_await(&open_child);
	child_start(&use_child, take_and_use, passing);
	child_join(&use_child);
	child_kill(&open_child);
	return passing->view.doors;
}

/* A file descriptor keeps its opener's view, to whomever it is passed. */
START_TEST(passed_device)
{
	ck_assert_uint_eq(pass(&root_identity, &user_1000, false), DOORS_DEVICE);
	ck_assert_uint_eq(pass(&user_1000, &root_identity, false), 0);
}
END_TEST

/*
 * Over netlink the sender of the request has to have the rights, and who opened
 * the socket as well: or a program with rights could be made to ask for him.
 */
START_TEST(passed_socket)
{
	ck_assert_uint_eq(pass(&root_identity, &root_identity, true), DOORS_NETLINK);
	ck_assert_uint_eq(pass(&root_identity, &user_1000, true), 0);
	ck_assert_uint_eq(pass(&user_1000, &root_identity, true), 0);
}
END_TEST

static void open_and_drop(void *arg)
{
	int device = device_open();
	struct view view;

	cred_become(&user_1000);
	view = observe_by_device(device, *(pid_t *)arg);
	expect_doors(view, DOORS_DEVICE, "what was open before rights were dropped");
}

/* Dropping rights later does not close what is open. */
START_TEST(dropped_rights)
{
	pid_t pid = as_root.pid;
	struct child child;

	child_start(&child, open_and_drop, &pid);
	child_join(&child);
}
END_TEST

static void dump_and_drop(void *arg)
{
	struct genl_request request;
	struct records records = { 0 };
	struct genl genl;
	int ret;

	genl_open_small(&genl);
	genl_begin_dump(&request, &genl, NULL);
	genl_send(&genl, &request);
	must(genl_receive(&genl, genl_add_record, &records) > 0);
	cred_become(&user_1000);
	while ((ret = genl_receive(&genl, genl_add_record, &records)) > 0)
		;
	must(!ret);
	must(records_find(&records, *(pid_t *)arg));
}

/* A dump goes on with the rights that it began with. */
START_TEST(dropped_in_mid_dump)
{
	pid_t pid = as_1001.pid;
	struct child child;

	child_start(&child, dump_and_drop, &pid);
	child_join(&child);
}
END_TEST

/* Ids of a process inside and outside of a pid namespace. */
static void check_ids(struct view view, pid_t pid, pid_t parent, uint64_t namespace,
		      const char *what)
{
	expect_doors(view, DOORS_ALL, what);
	ck_assert_uint_eq(view.record.pid, pid);
	ck_assert_uint_eq(view.record.tgid, pid);
	ck_assert_uint_eq(view.record.ppid, parent);
	ck_assert_uint_eq(view.record.pid_namespace, namespace);
}

static uint64_t pid_namespace_of(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	return proc_inode(path);
}

/*
 * In a pid namespace root sees what lives there, under the ids that it has
 * there, and nothing of what is outside; from outside all of it is seen, under
 * the ids that it has there.
 */
START_TEST(pid_namespace)
{
	struct container container;
	pid_t first, second, third;
	uint64_t inside;

	container_start(&container, &root_identity, CLONE_NEWPID);
	first = container_pid(&container);
	second = container_fork(&container);
	third = container_fork(&container);
	inside = pid_namespace_of(first);
	ck_assert_uint_ne(inside, pid_namespace_of(getpid()));

	check_ids(container_observe(&container, 1), 1, 0, inside, "pid 1 inside");
	check_ids(container_observe(&container, 2), 2, 1, inside, "pid 2 inside");
	check_ids(container_observe(&container, 3), 3, 1, inside, "pid 3 inside");
	ck_assert_uint_eq(container_count(&container), 3);
	/* Numbers that only processes outside have. */
	expect_doors(container_observe(&container, first), 0, "first, outer id");
	expect_doors(container_observe(&container, third), 0, "third, outer id");
	expect_doors(container_observe(&container, as_root.pid), 0, "root's, outer id");
	expect_doors(container_observe(&container, getpid()), 0, "parent's, outer id");

	check_ids(observe(first), first, container.owner.pid, inside, "first outside");
	check_ids(observe(second), second, first, inside, "second outside");
	check_ids(observe(third), third, first, inside, "third outside");
	container_end(&container);
}
END_TEST


static void observe_nested(void *arg)
{
	struct container inner;
	struct view view;

	(void)arg;
	container_start(&inner, &root_identity, CLONE_NEWPID);
	/* This process is 1, the owner of the inner namespace 2, its first 3. */
	must(getpid() == 1 && container_pid(&inner) == 3);
	view = observe(3);
	must(view.doors == DOORS_ALL);
	must(view.record.pid == 3 && view.record.ppid == 2);
	/* /proc is that of the host: it knows itself only. */
	must(view.record.pid_namespace != device_info(device_open()).pid_namespace);
	must(device_info(device_open()).pid_namespace == proc_inode("/proc/self/ns/pid"));
	must(container_count(&inner) == 1);
	must(container_observe(&inner, 2).doors == 0);
	view = container_observe(&inner, 1);
	must(view.doors == DOORS_ALL && view.record.ppid == 0);
}

/* The same one level deeper: an observer in the middle sees down, not up. */
START_TEST(nested_pid_namespace)
{
	struct child child;

	child_clone(&child, CLONE_NEWPID, observe_nested, NULL);
	child_join(&child);
}
END_TEST

static void use_device_inside(void *arg)
{
	int device = *(int *)arg;
	pid_t self = device_info(device).pid_namespace;
	struct records records;

	device_snapshot(device, NULL, 64, &records);
	/* The opener's ids: more than one process, and his namespace. */
	must(records.count > 10);
	must((uint64_t)self != proc_inode("/proc/self/ns/pid"));
}

/* A descriptor that is used in another pid namespace tells its opener's ids. */
START_TEST(device_in_other_namespace)
{
	int device = device_open();
	struct child child;

	child_clone(&child, CLONE_NEWPID, use_device_inside, &device);
	child_join(&child);
}
END_TEST

/*
 * Root of a user namespace that shares the host's pid namespace, as "unshare -Ur"
 * makes it: all capabilities there, but only over what is there.
 */
START_TEST(user_namespace)
{
	struct container container;
	struct view view;
	pid_t first;

	container_start(&container, &user_1000, CLONE_NEWUSER);
	first = container_pid(&container);
	expect_doors(container_observe(&container, as_root.pid), 0, "a process of root");
	expect_doors(container_observe(&container, as_1000.pid), 0, "one's outside");
	expect_doors(container_observe(&container, as_1001.pid), 0, "another's outside");
	expect_doors(container_observe(&container, 1), 0, "the first process");
	expect_doors(container_observe(&container, 2), 0, "a kernel thread");
	ck_assert_uint_eq(container_count(&container), 1);
	view = container_observe(&container, first);
	expect_doors(view, DOORS_ALL, "root of the user namespace to himself");
	ck_assert_uint_eq(view.record.uid, 0);
	ck_assert_uint_eq(view.record.euid, 0);

	/* Seen from outside: by root, and by who owns the namespace. */
	ck_assert_uint_eq(observe(first).record.uid, 1000);
	expect_visible(&seeing[1], first, "root of a user namespace");
	expect_visible(&user_1000, first, "root of his user namespace");
	expect_hidden(&user_1001, first, "root of another's user namespace");
	expect_hidden(&blind[2], first, "root of another's user namespace");
	container_end(&container);
}
END_TEST

/*
 * A process that is put into a container's pid namespace from outside, as nsenter
 * does, is not the container's to see: it belongs to the host's user namespace.
 * Nor is one that enters the user namespace as well: it is not dumpable, and its
 * program was started outside, so the container's root may not ptrace it either.
 * Once it is dumpable he may.
 */
START_TEST(injected)
{
	const unsigned int doors = DOORS_ALL & ~DOOR_SNAPSHOT_UID;
	struct child foreign_injector, joined_injector, dumpable_injector;
	pid_t foreign, joined, dumpable, own;
	struct container container;
	struct view view;

	container_start(&container, &user_1000, CLONE_NEWUSER | CLONE_NEWPID);
	own = container_fork(&container);
	foreign = container_inject(&container, INJECT_PID, &foreign_injector);
	joined = container_inject(&container, INJECT_USER, &joined_injector);
	dumpable = container_inject(&container, INJECT_USER_DUMPABLE, &dumpable_injector);

	expect_doors(container_observe(&container, 1), DOORS_ALL, "the first process");
	expect_doors(container_observe(&container, container_inner_pid(own)), DOORS_ALL,
		     "the container's own");
	expect_doors(container_observe(&container, container_inner_pid(foreign)), 0,
		     "the injected process");
	expect_doors(container_observe(&container, container_inner_pid(joined)), 0,
		     "the process that joined the user namespace");
	/* Its user is nobody inside, so it cannot be looked for by uid. */
	view = container_observe(&container, container_inner_pid(dumpable));
	expect_doors(view, doors, "the process that joined and is dumpable");
	ck_assert_uint_eq(view.record.uid, 65534);
	ck_assert_uint_eq(view.record.euid, 65534);
	ck_assert_uint_eq(container_count(&container), 3);

	expect_doors(observe(foreign), DOORS_ALL, "the injected process to the host");
	ck_assert_uint_eq(observe(foreign).record.pid_namespace,
			  pid_namespace_of(container_pid(&container)));
	expect_doors(observe(joined), DOORS_ALL, "the process that joined to the host");
	expect_hidden(&user_1000, foreign, "the injected process");
	expect_hidden(&user_1000, joined, "the process that joined");
	child_kill(&foreign_injector);
	child_kill(&joined_injector);
	child_kill(&dumpable_injector);
	container_end(&container);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("visibility");
	TCase *rights = test_case_add(suite, "rights", 120);
	TCase *passing = test_case_add(suite, "passing", 120);
	TCase *namespaces = test_case_add(suite, "namespaces", 120);

	tcase_add_checked_fixture(rights, setup, teardown);
	tcase_add_loop_test(rights, capability_shows_all, 0, ARRAY_SIZE(seeing));
	tcase_add_loop_test(rights, others_see_nothing, 0, ARRAY_SIZE(blind));
	tcase_add_test(rights, all_is_all);
	tcase_add_test(rights, info_tells);
	tcase_add_test(rights, device_mode);

	tcase_add_checked_fixture(passing, setup, teardown);
	tcase_add_test(passing, passed_device);
	tcase_add_test(passing, passed_socket);
	tcase_add_test(passing, dropped_rights);
	tcase_add_test(passing, dropped_in_mid_dump);

	tcase_add_checked_fixture(namespaces, setup, teardown);
	tcase_add_test(namespaces, pid_namespace);
	tcase_add_test(namespaces, nested_pid_namespace);
	tcase_add_test(namespaces, device_in_other_namespace);
	tcase_add_test(namespaces, user_namespace);
	tcase_add_test(namespaces, injected);
	return suite_main(suite, argc, argv);
}
