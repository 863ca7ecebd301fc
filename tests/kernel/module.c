// SPDX-License-Identifier: GPL-2.0-or-later
/* See module.h. */
#include "module.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "genl.h"
#include "support.h"

#define MODULE_DIR "/sys/module/taskmeter"

static gid_t device_group;

__attribute__((constructor)) static void note_device_group(void)
{
	struct stat device;

	if (!stat(TASKMETER_DEVICE, &device))
		device_group = device.st_gid;
}

static void give_device_to_group(void)
{
	if (chown(TASKMETER_DEVICE, 0, device_group))
		test_fail("cannot give %s to its group: %s", TASKMETER_DEVICE, strerror(errno));
}

bool module_loaded(void)
{
	return !access(MODULE_DIR, F_OK);
}

int module_references(void)
{
	char text[32];

	if (!module_loaded())
		return -1;
	file_read(MODULE_DIR "/refcnt", text, sizeof(text));
	return atoi(text);
}

/* The test's limit of time ends it if this lasts. */
void module_await_unused(void)
{
	while (module_references() > 0)
		sleep_ms(5);
}

int module_try_unload(void)
{
	return syscall(SYS_delete_module, "taskmeter", O_NONBLOCK) ? -errno : 0;
}

void module_unload(void)
{
	int ret;

	module_await_unused();
	ret = module_try_unload();
	if (ret)
		test_fail("cannot unload the module: %s", strerror(-ret));
}

static const char *module_path(void)
{
	static char path[PATH_MAX];
	char *const command[] = { "modinfo", "-n", "taskmeter", NULL };

	if (!path[0]) {
		command_output(command, path, sizeof(path));
		path[strcspn(path, "\n")] = '\0';
	}
	return path;
}

int module_open(void)
{
	int fd = open(module_path(), O_RDONLY | O_CLOEXEC);

	must(fd >= 0);
	return fd;
}

/* modprobe takes longer than loading, and knows compressed files as well. */
int module_try_load(const char *parameters)
{
	int fd = module_open(), ret;

	ret = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	if (!ret)
		give_device_to_group();
	return ret;
}

void module_load(const char *parameters)
{
	int ret = module_try_load(parameters);

	if (ret)
		test_fail("cannot load %s with \"%s\": %s", module_path(), parameters,
			  strerror(-ret));
}

/* Besides the obvious: names, memory and symbols in the kernel's own lists. */
void module_check_gone(void)
{
	struct genl genl;

	must(!module_loaded());
	ck_assert_int_eq(open(TASKMETER_DEVICE, O_RDONLY), -1);
	ck_assert_int_eq(errno, ENOENT);
	must(access("/sys/class/misc/taskmeter", F_OK));
	ck_assert_int_eq(genl_try_open(&genl, 65536), -ENOENT);
	must(!file_contains("/proc/modules", "taskmeter"));
	must(!file_contains("/proc/misc", "taskmeter"));
	must(!file_contains("/proc/slabinfo", "taskmeter"));
	must(!file_contains("/proc/vmallocinfo", "[taskmeter]"));
	must(!file_contains("/proc/kallsyms", "[taskmeter]"));
	must(!file_contains("/proc/timer_list", "[taskmeter]"));
}

void module_load_default(void)
{
	char *const command[] = { "modprobe", "taskmeter", NULL };

	command_run(command);
	give_device_to_group();
}
