// SPDX-License-Identifier: GPL-2.0-or-later
/* See cgroup.h. */
#include "cgroup.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

#define ROOT		"/sys/fs/cgroup"
#define FREEZER		"/tmp/taskmeter-freezer"
#define FREEZER_GROUP	FREEZER "/test"

static void path_of(char *path, size_t size, const char *name, const char *file)
{
	must(snprintf(path, size, ROOT "/%s/%s", name, file) < (int)size);
}

void cgroup_write(const char *name, const char *file, const char *text)
{
	char path[256];

	path_of(path, sizeof(path), name, file);
	file_write(path, text);
}

static void kill_all(const char *list)
{
	char *number, *rest = NULL, text[4096];

	file_read(list, text, sizeof(text));
	for (number = strtok_r(text, "\n", &rest); number;
	     number = strtok_r(NULL, "\n", &rest))
		kill(atoi(number), SIGKILL);
}

/* Busy for a moment when its last process has gone. */
static void remove_directory(const char *path)
{
	while (rmdir(path)) {
		if (errno != EBUSY)
			test_fail("cannot remove %s: %s", path, strerror(errno));
		sleep_ms(10);
	}
}

void cgroup_remove(const char *name)
{
	char path[256];

	path_of(path, sizeof(path), name, "cgroup.procs");
	if (access(path, F_OK))
		return;
	cgroup_write(name, "cgroup.freeze", "0");
	kill_all(path);
	path_of(path, sizeof(path), name, "");
	remove_directory(path);
}

void cgroup_make(const char *name)
{
	char path[256];

	cgroup_remove(name);
	path_of(path, sizeof(path), name, "");
	if (mkdir(path, 0755))
		test_fail("cannot make %s: %s", path, strerror(errno));
}

void cgroup_add(const char *name, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	cgroup_write(name, "cgroup.procs", text);
}

unsigned long long cgroup_value(const char *name, const char *file, const char *key)
{
	char path[256], text[4096], *line;

	path_of(path, sizeof(path), name, file);
	file_read(path, text, sizeof(text));
	line = strstr(text, key);
	must(line);
	return strtoull(line + strlen(key), NULL, 10);
}

bool cgroup_v1_freezer_make(void)
{
	cgroup_v1_freezer_remove();
	must(!mkdir(FREEZER, 0755));
	if (mount("freezer", FREEZER, "cgroup", 0, "freezer")) {
		must(!rmdir(FREEZER));
		return false;
	}
	must(!mkdir(FREEZER_GROUP, 0755));
	return true;
}

void cgroup_v1_freezer_remove(void)
{
	if (!access(FREEZER_GROUP, F_OK)) {
		file_write(FREEZER_GROUP "/freezer.state", "THAWED");
		kill_all(FREEZER_GROUP "/cgroup.procs");
		remove_directory(FREEZER_GROUP);
	}
	umount(FREEZER);
	rmdir(FREEZER);
}

void cgroup_v1_freezer_add(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	file_write(FREEZER_GROUP "/cgroup.procs", text);
}

void cgroup_v1_freezer_set(const char *state)
{
	file_write(FREEZER_GROUP "/freezer.state", state);
	while (!file_contains(FREEZER_GROUP "/freezer.state", state))
		sleep_ms(5);
}
