// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Executed by the tests as a process to look at, under its own name or as a copy
 * that is set-user-id or has capabilities.
 *
 *   target MODE STEPS ORDERS
 *
 * Writes a byte to the descriptor STEPS when it has done what MODE says, and goes
 * on when there is one to read from ORDERS. Ends when that is closed.
 */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int steps, orders;

static void stay(void)
{
	char byte;

	if (write(steps, "", 1) != 1 || read(orders, &byte, 1) != 1)
		exit(1);
}

static void need(int failed, const char *what)
{
	if (!failed)
		return;
	perror(what);
	exit(1);
}

/* Back to what an ordinary process of the real user looks like. */
static void drop(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	uid_t uid = getuid();
	gid_t gid = getgid();

	need(setresgid(gid, gid, gid), "setresgid");
	need(setresuid(uid, uid, uid), "setresuid");
	need(syscall(SYS_capset, &header, none), "capset");
	need(prctl(PR_SET_DUMPABLE, 1), "PR_SET_DUMPABLE");
}

int main(int argc, char **argv)
{
	const char *mode = argv[1];

	if (argc != 4)
		return 2;
	steps = atoi(argv[2]);
	orders = atoi(argv[3]);
	if (!strcmp(mode, "drop"))
		drop();
	else if (!strcmp(mode, "dumpable"))
		need(prctl(PR_SET_DUMPABLE, 1), "PR_SET_DUMPABLE");
	else if (strcmp(mode, "stay"))
		return 2;
	stay();
	return 0;
}
