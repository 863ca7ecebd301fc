// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-snapshot: what it costs to learn the figures of all processes, by each of
 * taskmeter's doors and by reading /proc.
 *
 *	bench-snapshot [PROCESSES]
 *
 * It needs root, the module, and a machine whose clock counts instructions; it
 * raises kernel.pid_max and kernel.threads-max. README.md beside this file tells
 * of the method.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/taskmeter.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <taskmeter/taskmeter.h>
#include <unistd.h>

#include "crowd.h"
#include "dump.h"
#include "measure.h"

#define PROCESSES	10000

/* Room for what runs besides the crowd. */
#define OTHERS		8192

/* Every how many-th process is active between two snapshots. */
#define ACTIVE_EACH	20

/* How often a single process is asked for in one run. */
#define SINGLE_TURNS	1000

static int device;
static struct taskmeter_record *records;
static struct taskmeter_histograms *histograms;
static size_t records_room;
static struct tm_meter *device_meter, *netlink_meter;
static struct nl_sock *sock;
static int family;

static uint32_t *pids;
static size_t pids_count;
static pid_t single;

/* A moment, and how many processes have been woken since. */
static uint64_t token;
static unsigned int active;

/* Added up, so that no compiler finds the reading of a record useless. */
static volatile uint64_t sink;

/* ioctl, nothing between it and us */

static uint64_t snapshot_ioctl_by(struct taskmeter_snapshot snapshot)
{
	snapshot.size = sizeof(snapshot);
	snapshot.buffer = (uintptr_t)records;
	snapshot.stride = snapshot.flags & TASKMETER_SNAPSHOT_STALLS ?
			  sizeof(*records) : TASKMETER_RECORD_SIZE_VER2;
	snapshot.buffer_size = records_room * snapshot.stride;
	if (ioctl(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot))
		err(1, "TASKMETER_IOCTL_SNAPSHOT");
	if (snapshot.cursor)
		errx(1, "the snapshot did not fit into %zu records", records_room);
	return snapshot.count;
}

static uint64_t snapshot_ioctl(uint32_t flags, uint32_t pid)
{
	return snapshot_ioctl_by((struct taskmeter_snapshot){ .flags = flags, .pid = pid });
}

static uint64_t ioctl_all(void)
{
	return snapshot_ioctl(0, 0);
}

static uint64_t ioctl_threads(void)
{
	return snapshot_ioctl(TASKMETER_SNAPSHOT_THREADS, 0);
}

static uint64_t ioctl_exact_rss(void)
{
	return snapshot_ioctl(TASKMETER_SNAPSHOT_EXACT_RSS, 0);
}

static uint64_t ioctl_stalls(void)
{
	return snapshot_ioctl(TASKMETER_SNAPSHOT_STALLS, 0);
}

static uint64_t ioctl_single(void)
{
	int i;

	for (i = 0; i < SINGLE_TURNS; i++)
		if (snapshot_ioctl(TASKMETER_SNAPSHOT_PID, single) != 1)
			errx(1, "process %d is gone", single);
	return SINGLE_TURNS;
}

static uint64_t ioctl_histograms(void)
{
	return snapshot_ioctl_by((struct taskmeter_snapshot){
		.flags = TASKMETER_SNAPSHOT_HISTOGRAMS,
		.histograms = (uintptr_t)histograms,
		.histograms_stride = sizeof(*histograms),
	});
}

/* Only what was active since a moment, as a share of what it is to know of all */

static void take_token(void)
{
	struct taskmeter_info info = { .size = sizeof(info) };

	if (ioctl(device, TASKMETER_IOCTL_INFO, &info))
		err(1, "TASKMETER_IOCTL_INFO");
	if (!info.token)
		errx(1, "the scheduler meter is off");
	token = info.token;
}

/* What was active 10 ms before the token counts too. */
static void be_active(unsigned int each)
{
	usleep(100000);
	take_token();
	active = crowd_wake(each);
}

/* All that was woken must be there, and little else. */
static uint64_t check_active(uint64_t count)
{
	if (count < active || count > active + active / 10 + 20)
		errx(1, "%llu processes were active, not %u", (unsigned long long)count,
		     active);
	return pids_count;
}

static uint64_t ioctl_since(void)
{
	return check_active(snapshot_ioctl_by((struct taskmeter_snapshot){
		.flags = TASKMETER_SNAPSHOT_SINCE,
		.since = token,
	}));
}

/* libtaskmeter */

static uint64_t snapshot_library(struct tm_meter *meter, const struct tm_filter *filter)
{
	const struct taskmeter_record *record;
	struct tm_snapshot *snapshot;
	uint64_t count = 0, sum = 0;
	int ret;

	ret = tm_snapshot_new(meter, filter, &snapshot);
	if (ret < 0)
		errx(1, "snapshot: %s", tm_error(meter));
	while ((ret = tm_snapshot_next(snapshot, &record)) > 0) {
		sum += record->run_ns;
		count++;
	}
	if (ret < 0)
		errx(1, "snapshot: %s", tm_error(meter));
	tm_snapshot_free(snapshot);
	sink += sum;
	return count;
}

static uint64_t get_library(struct tm_meter *meter)
{
	struct taskmeter_record record;
	int i;

	for (i = 0; i < SINGLE_TURNS; i++) {
		if (tm_get(meter, single, 0, &record, sizeof(record)) < 0)
			errx(1, "process %d: %s", single, tm_error(meter));
		sink += record.run_ns;
	}
	return SINGLE_TURNS;
}

static uint64_t device_all(void)
{
	return snapshot_library(device_meter, NULL);
}

static uint64_t device_single(void)
{
	return get_library(device_meter);
}

static uint64_t netlink_all(void)
{
	return snapshot_library(netlink_meter, NULL);
}

static uint64_t netlink_histograms(void)
{
	const struct tm_filter filter = { .flags = TASKMETER_SNAPSHOT_HISTOGRAMS };

	return snapshot_library(netlink_meter, &filter);
}

static uint64_t netlink_since(void)
{
	const struct tm_filter filter = { .flags = TASKMETER_SNAPSHOT_SINCE, .since = token };

	return check_active(snapshot_library(netlink_meter, &filter));
}

static uint64_t netlink_single(void)
{
	return get_library(netlink_meter);
}

/* Netlink without looking into the messages */

static uint64_t netlink_receive(void)
{
	if (genl_send_simple(sock, family, TASKMETER_CMD_TASK_GET,
			     TASKMETER_GENL_VERSION, NLM_F_DUMP) < 0)
		errx(1, "the dump cannot be asked for");
	return dump_receive(nl_socket_get_fd(sock));
}

/* The peer: a reader of /proc that does no more than read */

static const char *const proc_files[] = { "stat", "status", "schedstat" };

static char *put_number(char *at, uint32_t number)
{
	char digits[10];
	int count = 0;

	do {
		digits[count++] = '0' + number % 10;
	} while (number /= 10);
	while (count)
		*at++ = digits[--count];
	return at;
}

static void read_file(const char *path)
{
	char buffer[4096];
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	n = read(fd, buffer, sizeof(buffer));
	if (n <= 0 || n == sizeof(buffer))
		err(1, "%s: read %zd bytes", path, n);
	close(fd);
}

static void read_process(uint32_t pid, int files, int task)
{
	char path[64], *file;
	int i;

	file = put_number(stpcpy(path, "/proc/"), pid);
	if (task)
		file = put_number(stpcpy(file, "/task/"), pid);
	*file++ = '/';
	for (i = 0; i < files; i++) {
		stpcpy(file, proc_files[i]);
		read_file(path);
	}
}

static uint64_t read_processes(int files, int task)
{
	size_t i;

	for (i = 0; i < pids_count; i++)
		read_process(pids[i], files, task);
	return pids_count;
}

static uint64_t proc_stat(void)
{
	return read_processes(1, 0);
}

static uint64_t proc_three(void)
{
	return read_processes(3, 0);
}

static uint64_t proc_three_tasks(void)
{
	return read_processes(3, 1);
}

static uint64_t proc_three_single(void)
{
	int i;

	for (i = 0; i < SINGLE_TURNS; i++)
		read_process(single, 3, 0);
	return SINGLE_TURNS;
}

/* Call @each for the number of each process that /proc lists. */
static uint64_t list_processes(void (*each)(uint32_t pid))
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	uint64_t count = 0;

	if (!proc)
		err(1, "/proc");
	while ((entry = readdir(proc))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		each(atoi(entry->d_name));
		count++;
	}
	closedir(proc);
	return count;
}

static void read_listed(uint32_t pid)
{
	read_process(pid, 3, 0);
}

static uint64_t proc_three_listed(void)
{
	return list_processes(read_listed);
}

enum {
	IOCTL, IOCTL_THREADS, IOCTL_EXACT_RSS, IOCTL_HISTOGRAMS, IOCTL_STALLS, DEVICE, NETLINK,
	NETLINK_RECEIVE, NETLINK_HISTOGRAMS,
	PROC_STAT, PROC_THREE, PROC_THREE_LISTED, PROC_THREE_TASKS,
	MEASURES_ALL
};

static struct measure measures_all[] = {
	[IOCTL]			= { .run = ioctl_all },
	[IOCTL_THREADS]		= { .run = ioctl_threads },
	[IOCTL_EXACT_RSS]	= { .run = ioctl_exact_rss },
	[IOCTL_HISTOGRAMS]	= { .run = ioctl_histograms },
	[IOCTL_STALLS]		= { .run = ioctl_stalls },
	[DEVICE]		= { .run = device_all },
	[NETLINK]		= { .run = netlink_all },
	[NETLINK_RECEIVE]	= { .run = netlink_receive },
	[NETLINK_HISTOGRAMS]	= { .run = netlink_histograms },
	[PROC_STAT]		= { .run = proc_stat },
	[PROC_THREE]		= { .run = proc_three },
	[PROC_THREE_LISTED]	= { .run = proc_three_listed },
	[PROC_THREE_TASKS]	= { .run = proc_three_tasks },
};

#define THREE	"proc-stat-status-schedstat"

static const struct figure figures_all[] = {
	{ "ioctl", IOCTL, PROC_THREE, THREE, 100 },
	{ "ioctl-to-listed", IOCTL, PROC_THREE_LISTED, "getdents-" THREE, 0 },
	{ "ioctl-to-stat", IOCTL, PROC_STAT, "proc-stat", 0 },
	{ "ioctl-library", DEVICE, PROC_THREE, THREE, 0 },
	{ "ioctl-exact-rss", IOCTL_EXACT_RSS, PROC_THREE, THREE, 0 },
	{ "ioctl-threads", IOCTL_THREADS, PROC_THREE_TASKS, "task-" THREE, 0 },
	{ "netlink", NETLINK, PROC_THREE, THREE, 20 },
	{ "netlink-receive-only", NETLINK_RECEIVE, PROC_THREE, THREE, 0 },
	{ "ioctl-histograms", IOCTL_HISTOGRAMS, IOCTL, "ioctl", 0 },
	{ "ioctl-stalls", IOCTL_STALLS, IOCTL, "ioctl", 0 },
	{ "netlink-histograms", NETLINK_HISTOGRAMS, NETLINK, "netlink", 0 },
};

enum { SINCE_IOCTL, ALL_IOCTL, SINCE_NETLINK, ALL_NETLINK, MEASURES_SINCE };

static struct measure measures_since[] = {
	[SINCE_IOCTL]	= {
		.run = ioctl_since, .prepare = be_active, .setting = ACTIVE_EACH,
	},
	[ALL_IOCTL]	= { .run = ioctl_all },
	[SINCE_NETLINK]	= {
		.run = netlink_since, .prepare = be_active, .setting = ACTIVE_EACH,
	},
	[ALL_NETLINK]	= { .run = netlink_all },
};

static const struct figure figures_since[] = {
	{ "ioctl-since", SINCE_IOCTL, ALL_IOCTL, "ioctl", 5 },
	{ "netlink-since", SINCE_NETLINK, ALL_NETLINK, "netlink", 5 },
};

enum {
	SINGLE_IOCTL, SINGLE_DEVICE, SINGLE_NETLINK, SINGLE_PROC_THREE,
	MEASURES_SINGLE
};

static struct measure measures_single[] = {
	[SINGLE_IOCTL]		= { .run = ioctl_single },
	[SINGLE_DEVICE]		= { .run = device_single },
	[SINGLE_NETLINK]	= { .run = netlink_single },
	[SINGLE_PROC_THREE]	= { .run = proc_three_single },
};

static const struct figure figures_single[] = {
	{ "ioctl", SINGLE_IOCTL, SINGLE_PROC_THREE, THREE, 0 },
	{ "ioctl-library", SINGLE_DEVICE, SINGLE_PROC_THREE, THREE, 0 },
	{ "netlink", SINGLE_NETLINK, SINGLE_PROC_THREE, THREE, 0 },
};

static void open_meter(enum tm_transport transport, struct tm_meter **ret_meter)
{
	int ret = tm_open(transport, ret_meter);

	if (ret < 0)
		errx(1, "tm_open: %s", strerror(-ret));
}

static void open_netlink(void)
{
	sock = nl_socket_alloc();
	if (!sock || genl_connect(sock) < 0)
		errx(1, "no generic netlink socket");
	nl_socket_disable_auto_ack(sock);
	family = genl_ctrl_resolve(sock, TASKMETER_GENL_NAME);
	if (family < 0)
		errx(1, "no netlink family %s", TASKMETER_GENL_NAME);
}

static void open_doors(void)
{
	device = open(TASKMETER_DEVICE, O_RDONLY | O_CLOEXEC);
	if (device < 0)
		err(1, TASKMETER_DEVICE);
	open_meter(TM_TRANSPORT_DEVICE, &device_meter);
	open_meter(TM_TRANSPORT_NETLINK, &netlink_meter);
	open_netlink();
}

static void close_doors(void)
{
	nl_socket_free(sock);
	tm_close(netlink_meter);
	tm_close(device_meter);
	close(device);
}

static void add_pid(uint32_t pid)
{
	if (pids_count == records_room)
		errx(1, "more than %zu processes", records_room);
	pids[pids_count++] = pid;
}

/* Written to, so that no page fault falls into the first measure. */
static void make_room(unsigned int processes)
{
	records_room = processes + OTHERS;
	records = malloc(records_room * sizeof(*records));
	histograms = malloc(records_room * sizeof(*histograms));
	pids = malloc(records_room * sizeof(*pids));
	if (!records || !histograms || !pids)
		err(1, "%zu records", records_room);
	memset(records, 1, records_room * sizeof(*records));
	memset(histograms, 1, records_room * sizeof(*histograms));
	memset(pids, 1, records_room * sizeof(*pids));
}

/* All must have been about the same processes, or their figures do not compare. */
static void check_units(unsigned int processes)
{
	size_t i;

	for (i = 0; i < MEASURES_ALL; i++)
		if (measures_all[i].units < processes ||
		    measures_all[i].units > pids_count + pids_count / 1000)
			errx(1, "measure %zu met %llu of %zu processes", i,
			     (unsigned long long)measures_all[i].units, pids_count);
}

int main(int argc, char **argv)
{
	unsigned int processes = argc > 1 ? strtoul(argv[1], NULL, 10) : PROCESSES;
	struct subject all = { "snapshot", processes, "instructions/process" };
	struct subject one = { "snapshot", 1, "instructions/process" };

	if (!processes)
		errx(2, "usage: bench-snapshot [PROCESSES]");
	measure_check_clock();
	single = crowd_fork(processes);
	make_room(processes);
	list_processes(add_pid);
	open_doors();

	measure_all(measures_all, MEASURES_ALL);
	check_units(processes);
	measure_all(measures_since, MEASURES_SINCE);
	measure_all(measures_single, MEASURES_SINGLE);
	measure_print(&all, measures_all, figures_all,
		      sizeof(figures_all) / sizeof(*figures_all));
	measure_print(&all, measures_since, figures_since,
		      sizeof(figures_since) / sizeof(*figures_since));
	measure_print(&one, measures_single, figures_single,
		      sizeof(figures_single) / sizeof(*figures_single));
	close_doors();
	return 0;
}
