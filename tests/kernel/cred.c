// SPDX-License-Identifier: GPL-2.0-or-later
/* See cred.h. */
#include "cred.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support.h"

const struct identity root_identity = { "root", 0, CAP_ALL };

static void capabilities_set(uint64_t capabilities)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { 0 };

	for (int i = 0; i < 2; i++)
		data[i].permitted = data[i].effective = capabilities >> (32 * i);
	if (syscall(SYS_capset, &header, data))
		test_fail("cannot set capabilities %#llx: %s",
		     (unsigned long long)capabilities, strerror(errno));
}

uint64_t cred_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	must(!syscall(SYS_capget, &header, data));
	return data[0].permitted | (uint64_t)data[1].permitted << 32;
}

void cred_become(const struct identity *identity)
{
	gid_t groups[1] = { 0 };
	struct stat device;

	if (!stat(TASKMETER_DEVICE, &device))
		groups[0] = device.st_gid;
	must(!setgroups(1, groups));
	must(!setresgid(identity->uid, identity->uid, identity->uid));
	must(!prctl(PR_SET_KEEPCAPS, 1));
	must(!setresuid(identity->uid, identity->uid, identity->uid));
	capabilities_set(cred_capabilities() & identity->capabilities);
	must(!prctl(PR_SET_DUMPABLE, 1));
}

static void write_map(pid_t pid, const char *name, uid_t inside, uid_t outside)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	snprintf(text, sizeof(text), "%u %u 1\n", inside, outside);
	file_write(path, text);
}

void cred_map_ids(pid_t pid, uid_t inside, uid_t outside)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/setgroups", pid);
	file_write(path, "deny");
	write_map(pid, "uid_map", inside, outside);
	write_map(pid, "gid_map", inside, outside);
}
