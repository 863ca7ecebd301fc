// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See setting.h.
 */
#include "setting.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <taskmeter/taskmeter.h>
#include <time.h>
#include <unistd.h>

#include "listener.h"

#define TRACING	"/sys/kernel/tracing/"

/* What has been taken off is put away by workers, after a grace period of RCU. */
#define REST_MS		300
#define PEER_START_MS	30000

extern char **environ;

static struct tm_meter *meter;
static unsigned int current;
static pid_t runqlat;

static void rest(int ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

static void put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err(1, "%s", path);
	close(fd);
}

static void set(enum tm_setting what, int on)
{
	if (tm_set(meter, what, on) < 0)
		errx(1, "CONFIG_SET: %s", tm_error(meter));
}

static void set_trace(int on)
{
	put_file(TRACING "events/sched/sched_switch/enable", on ? "1" : "0");
}

/* Debian has renamed it. Return: NULL if it is not installed. */
static const char *runqlat_path(void)
{
	static const char *const paths[] = { "/usr/sbin/runqlat-libbpf", "/usr/sbin/runqlat" };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (!access(paths[i], X_OK))
			return paths[i];
	return NULL;
}

static void runqlat_spawn(const char *path)
{
	char *const argv[] = { "runqlat", "-P", "1000000", NULL };
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawn(&runqlat, path, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		errx(1, "%s: %s", path, strerror(error));
}

static int is_bpf_link(pid_t pid, int fd)
{
	static const char type[] = "anon_inode:bpf_link";
	char path[64], target[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	n = readlink(path, target, sizeof(target));
	return n == sizeof(type) - 1 && !memcmp(target, type, n);
}

/* It has attached its programs when it holds a link for each. */
static int runqlat_attached(void)
{
	int fd, links = 0;

	for (fd = 3; fd < 64; fd++)
		links += is_bpf_link(runqlat, fd);
	return links >= 3;
}

static void runqlat_stop(void)
{
	kill(runqlat, SIGKILL);
	waitpid(runqlat, NULL, 0);
	runqlat = 0;
}

/* Return: 0 or -1. */
static int runqlat_start(void)
{
	int ms;

	runqlat_spawn(runqlat_path());
	for (ms = 0; ms < PEER_START_MS; ms += 100) {
		if (runqlat_attached())
			return 0;
		rest(100);
	}
	runqlat_stop();
	return -1;
}

/**
 * setting_runqlat_missing() - whether there is runqlat
 *
 * Return: why not, NULL if there is.
 */
const char *setting_runqlat_missing(void)
{
	if (!runqlat_path())
		return "this suite has no libbpf-tools";
	if (runqlat_start())
		return "runqlat attaches nothing to this kernel";
	runqlat_stop();
	return NULL;
}

static void set_runqlat(int on)
{
	if (!on)
		runqlat_stop();
	else if (runqlat_start())
		errx(1, "runqlat does not start");
}

static void change(unsigned int bit, int on)
{
	switch (bit) {
	case SETTING_METER:
		set(TM_SETTING_METER, on);
		break;
	case SETTING_WAKER:
		set(TM_SETTING_WAKER, on);
		break;
	case SETTING_PROBE_TIME:
		set(TM_SETTING_PROBE_TIME, on);
		break;
	case SETTING_TRACE:
		set_trace(on);
		break;
	case SETTING_RUNQLAT:
		set_runqlat(on);
		break;
	case SETTING_SUBSCRIBER:
		listener_switch(LISTENER_EVENTS, on);
		break;
	case SETTING_EXIT_SUBSCRIBER:
		listener_switch(LISTENER_EXITS, on);
		break;
	case SETTING_TASKSTATS:
		listener_taskstats(on);
		break;
	case SETTING_TASKSTATS_READER:
		listener_switch(LISTENER_TASKSTATS, on);
		break;
	}
}

/**
 * setting_apply() - let these and nobody else look on
 * @setting: bits of &enum setting
 */
void setting_apply(unsigned int setting)
{
	unsigned int changed = current ^ setting, bit;

	if (!changed)
		return;
	for (bit = 1; bit <= SETTING_TASKSTATS_READER; bit <<= 1)
		if (changed & bit)
			change(bit, !!(setting & bit));
	current = setting;
	rest(REST_MS);
}

/**
 * setting_open() - begin with nobody looking on
 *
 * ftrace is told not to note the names of tasks: that would be further probes on
 * the same tracepoint.
 */
void setting_open(void)
{
	int ret = tm_open(TM_TRANSPORT_NETLINK, &meter);

	if (ret < 0)
		errx(1, "tm_open: %s", strerror(-ret));
	put_file(TRACING "options/record-cmd", "0");
	set(TM_SETTING_WAKER, 0);
	set(TM_SETTING_PROBE_TIME, 0);
	set(TM_SETTING_METER, 0);
	set_trace(0);
	rest(REST_MS);
}

/**
 * setting_close() - leave the meter on and nobody else
 */
void setting_close(void)
{
	setting_apply(SETTING_METER);
	tm_close(meter);
}
