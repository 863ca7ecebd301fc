// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-life: what it costs that the life of every process is recorded: what a fork, an
 * exec and an exit take with it, with a subscriber too; what it takes to read the
 * records; and the same exits by taskstats.
 *
 * It needs root, the module, and a machine whose clock counts instructions; it switches
 * the meter off and on. README.md beside this file tells of the method.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/taskmeter.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <taskmeter/taskmeter.h>
#include <unistd.h>

#include "dump.h"
#include "listener.h"
#include "measure.h"
#include "setting.h"
#include "work.h"

#define COUNT(array)	(sizeof(array) / sizeof(*(array)))

/* Records are read, and messages received, so many at once. */
#define BATCH		64
/* So many are forked in a run, in batches too. */
#define FORK_BATCHES	24

/* Runs of fork+exec+exit whose records are read, and how often in a run. */
#define FILL_RUNS	5
#define PASSES		8

/* A record comes when RCU says so: some of a run come in the next one. */
#define LEAST_READ(forked)	((forked) / 2)

static int device;
static struct tm_meter *device_meter, *netlink_meter;
static struct nl_sock *sock;
static int family;

static struct taskmeter_exit *exits;
static struct taskmeter_record *records;
static struct taskmeter_histograms *histograms;

/* Where the reader of the log is, and which records there are to be read. */
static uint64_t cursor, first, last;

/* Added up, so that no compiler finds the reading of a record useless. */
static volatile uint64_t sink;

/* The exit log by ioctl, nothing between it and us */

static uint64_t newest(void)
{
	struct taskmeter_info info = { .size = sizeof(info) };

	if (ioctl(device, TASKMETER_IOCTL_INFO, &info))
		err(1, "TASKMETER_IOCTL_INFO");
	return info.exit_number;
}

/* Read up to 64 records from the cursor on. Return: how many. */
static unsigned int read_batch(uint32_t flags)
{
	struct taskmeter_exits request = {
		.size = sizeof(request),
		.flags = flags,
		.cursor = cursor,
		.exits = (uintptr_t)exits,
		.records = (uintptr_t)records,
		.exits_stride = sizeof(*exits),
		.records_stride = flags & TASKMETER_SNAPSHOT_STALLS ?
				  sizeof(*records) : TASKMETER_RECORD_SIZE_VER2,
		.room = BATCH,
	};
	unsigned int i;

	if (flags & TASKMETER_SNAPSHOT_HISTOGRAMS) {
		request.histograms = (uintptr_t)histograms;
		request.histograms_stride = sizeof(*histograms);
	}
	if (ioctl(device, TASKMETER_IOCTL_EXITS, &request))
		err(1, "TASKMETER_IOCTL_EXITS");
	if (request.lost)
		errx(1, "%llu records are not in the log any more",
		     (unsigned long long)request.lost);
	for (i = 0; i < request.count; i++)
		sink += exits[i].exit_time_ns;
	cursor = request.cursor;
	return request.count;
}

static uint64_t check_pass(uint64_t count)
{
	if (count < last + 1 - first || count > last + 1 - first + BATCH)
		errx(1, "%llu records were read, not %llu", (unsigned long long)count,
		     (unsigned long long)(last + 1 - first));
	return count;
}

static uint64_t read_ioctl(uint32_t flags)
{
	uint64_t count, sum = 0;
	int i;

	for (i = 0; i < PASSES; i++) {
		cursor = first;
		count = 0;
		while (cursor <= last)
			count += read_batch(flags);
		sum += check_pass(count);
	}
	return sum;
}

static uint64_t ioctl_plain(void)
{
	return read_ioctl(0);
}

static uint64_t ioctl_stalls(void)
{
	return read_ioctl(TASKMETER_SNAPSHOT_STALLS);
}

static uint64_t ioctl_histograms(void)
{
	return read_ioctl(TASKMETER_SNAPSHOT_HISTOGRAMS);
}

static uint64_t ioctl_both(void)
{
	return read_ioctl(TASKMETER_SNAPSHOT_STALLS | TASKMETER_SNAPSHOT_HISTOGRAMS);
}

/* libtaskmeter */

static uint64_t read_library(struct tm_meter *meter, uint32_t flags)
{
	const struct tm_exit *exit;
	struct tm_exits *log;
	uint64_t count = 0;
	int ret;

	ret = tm_exits_new(meter, first, flags, &log);
	if (ret < 0)
		errx(1, "exits: %s", tm_error(meter));
	while ((ret = tm_exits_next(log, &exit)) > 0) {
		sink += exit->exit->exit_time_ns;
		count++;
	}
	if (ret < 0)
		errx(1, "exits: %s", tm_error(meter));
	tm_exits_free(log);
	return check_pass(count);
}

static uint64_t library_plain(void)
{
	return read_library(device_meter, 0);
}

static uint64_t netlink_plain(void)
{
	return read_library(netlink_meter, 0);
}

static uint64_t netlink_stalls(void)
{
	return read_library(netlink_meter, TASKMETER_SNAPSHOT_STALLS);
}

static uint64_t netlink_histograms(void)
{
	return read_library(netlink_meter, TASKMETER_SNAPSHOT_HISTOGRAMS);
}

/* Netlink without looking into the messages */

static void netlink_ask(void)
{
	struct nl_msg *message = nlmsg_alloc();

	if (!message ||
	    !genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_DUMP,
			 TASKMETER_CMD_EXIT_GET, TASKMETER_GENL_VERSION) ||
	    nla_put_u64(message, TASKMETER_A_EXIT_NUMBER, first) ||
	    nl_send_auto(sock, message) < 0)
		errx(1, "the dump cannot be asked for");
	nlmsg_free(message);
}

/* The last message is of no record. */
static uint64_t netlink_receive(void)
{
	netlink_ask();
	return check_pass(dump_receive(nl_socket_get_fd(sock)) - 1);
}

/* The life of processes */

static void prepare(unsigned int setting)
{
	listener_catch_up();
	setting_apply(setting);
	cursor = newest() + 1;
}

static unsigned int read_nothing(void)
{
	return 0;
}

static unsigned int read_log(void)
{
	return read_batch(0);
}

/* After each batch all is read that has come, by @read. Return: how much that was. */
static uint64_t fork_batches(unsigned int (*read)(void))
{
	unsigned int i, count;
	uint64_t sum = 0;

	for (i = 0; i < FORK_BATCHES; i++) {
		listener_expect(work_forks(BATCH));
		do {
			count = read();
			sum += count;
		} while (count == BATCH);
	}
	return sum;
}

static uint64_t fork_exit(void)
{
	fork_batches(read_nothing);
	return FORK_BATCHES * BATCH;
}

static uint64_t fork_exit_and(unsigned int (*read)(void))
{
	uint64_t count = fork_batches(read);

	if (count < LEAST_READ(FORK_BATCHES * BATCH))
		errx(1, "of %d exits %llu were read", FORK_BATCHES * BATCH,
		     (unsigned long long)count);
	return FORK_BATCHES * BATCH;
}

static uint64_t fork_exit_log(void)
{
	return fork_exit_and(read_log);
}

static uint64_t fork_exit_taskstats(void)
{
	return fork_exit_and(listener_receive_batch);
}

static uint64_t fork_exec_exit(void)
{
	uint64_t count = work_fork_exec_exit();

	listener_expect(count);
	return count;
}

#define LIFE(work, what) { .run = (work), .prepare = prepare, .setting = (what) }

enum {
	EXEC_OFF, EXEC_METER, EXEC_SUBSCRIBER, EXEC_EXITS, EXEC_TASKSTATS, EXEC_MEASURES
};

static struct measure exec_measures[] = {
	[EXEC_OFF]		= LIFE(fork_exec_exit, 0),
	[EXEC_METER]		= LIFE(fork_exec_exit, SETTING_METER),
	[EXEC_SUBSCRIBER]	= LIFE(fork_exec_exit, SETTING_METER | SETTING_SUBSCRIBER),
	[EXEC_EXITS]		= LIFE(fork_exec_exit,
				       SETTING_METER | SETTING_EXIT_SUBSCRIBER),
	[EXEC_TASKSTATS]	= LIFE(fork_exec_exit, SETTING_TASKSTATS_READER),
};

static const struct addition exec_additions[] = {
	{ "fork-exec-exit-meter", EXEC_METER, EXEC_OFF, 0, 0 },
	{ "fork-exec-exit-subscriber", EXEC_SUBSCRIBER, EXEC_OFF, 0, 3 },
	{ "fork-exec-exit-exit-subscriber", EXEC_EXITS, EXEC_OFF, 0, 0 },
	{ "fork-exec-exit-taskstats", EXEC_TASKSTATS, EXEC_OFF, 0, 0 },
};

enum {
	FORK_OFF, FORK_METER, FORK_LOG, FORK_SUBSCRIBER, FORK_EXITS, FORK_TASKSTATS,
	FORK_TASKSTATS_READER, FORK_MEASURES
};

static struct measure fork_measures[] = {
	[FORK_OFF]		= LIFE(fork_exit, 0),
	[FORK_METER]		= LIFE(fork_exit, SETTING_METER),
	[FORK_LOG]		= LIFE(fork_exit_log, SETTING_METER),
	[FORK_SUBSCRIBER]	= LIFE(fork_exit, SETTING_METER | SETTING_SUBSCRIBER),
	[FORK_EXITS]		= LIFE(fork_exit, SETTING_METER | SETTING_EXIT_SUBSCRIBER),
	[FORK_TASKSTATS]	= LIFE(fork_exit_taskstats, SETTING_TASKSTATS),
	[FORK_TASKSTATS_READER]	= LIFE(fork_exit, SETTING_TASKSTATS_READER),
};

static const struct addition fork_additions[] = {
	{ "fork-exit-meter", FORK_METER, FORK_OFF, 0, 0 },
	{ "fork-exit-meter-ioctl", FORK_LOG, FORK_OFF, 0, 0 },
	{ "fork-exit-subscriber", FORK_SUBSCRIBER, FORK_OFF, 0, 0 },
	{ "fork-exit-exit-subscriber", FORK_EXITS, FORK_OFF, 0, 0 },
	{ "fork-exit-taskstats", FORK_TASKSTATS, FORK_OFF, 0, 0 },
	{ "fork-exit-taskstats-reader", FORK_TASKSTATS_READER, FORK_OFF, 0, 0 },
};

/* Reading what is there */

enum {
	IOCTL, IOCTL_STALLS, IOCTL_HISTOGRAMS, IOCTL_BOTH, LIBRARY, NETLINK, NETLINK_STALLS,
	NETLINK_HISTOGRAMS, NETLINK_RECEIVE, READ_MEASURES
};

static struct measure read_measures[] = {
	[IOCTL]			= { .run = ioctl_plain },
	[IOCTL_STALLS]		= { .run = ioctl_stalls },
	[IOCTL_HISTOGRAMS]	= { .run = ioctl_histograms },
	[IOCTL_BOTH]		= { .run = ioctl_both },
	[LIBRARY]		= { .run = library_plain },
	[NETLINK]		= { .run = netlink_plain },
	[NETLINK_STALLS]	= { .run = netlink_stalls },
	[NETLINK_HISTOGRAMS]	= { .run = netlink_histograms },
	[NETLINK_RECEIVE]	= { .run = netlink_receive },
};

#define BY_64		"a record read, 64 by a call, one member looked at"
#define BY_LIBRARY	"a record read by tm_exits_next(), with the path of its cgroup"

static const struct cost read_costs[] = {
	{ "ioctl", IOCTL, 1500, BY_64 },
	{ "ioctl-stalls", IOCTL_STALLS, 0, BY_64 ", with its stalls" },
	{ "ioctl-histograms", IOCTL_HISTOGRAMS, 0, BY_64 ", with its histograms" },
	{ "ioctl-stalls-histograms", IOCTL_BOTH, 0, BY_64 ", with both" },
	{ "ioctl-library", LIBRARY, 0, BY_LIBRARY },
	{ "netlink", NETLINK, 0, BY_LIBRARY ", all attributes parsed" },
	{ "netlink-stalls", NETLINK_STALLS, 0, "the same with its stalls" },
	{ "netlink-histograms", NETLINK_HISTOGRAMS, 0, "the same with its histograms" },
	{ "netlink-receive-only", NETLINK_RECEIVE, 0, "a dump received, not looked at" },
};

/* Room for what is received for nothing, and then for the sample. */
static void fill_socket(unsigned int setting)
{
	setting_apply(0);
	setting_apply(setting);
	work_forks(2 * FORK_BATCHES * BATCH);
}

static uint64_t receive_all(unsigned int (*receive)(void))
{
	unsigned int received = 0, count;

	while (received < FORK_BATCHES * BATCH) {
		count = receive();
		if (!count)
			errx(1, "taskstats sent %u messages", received);
		received += count;
	}
	return received;
}

static uint64_t receive_singly(void)
{
	return receive_all(listener_receive);
}

static uint64_t receive_batches(void)
{
	return receive_all(listener_receive_batch);
}

enum { RECV, RECVMMSG, RECEIVE_MEASURES };

#define RECEIVE(work) { .run = (work), .prepare = fill_socket, .setting = SETTING_TASKSTATS }

static struct measure receive_measures[] = {
	[RECV]		= RECEIVE(receive_singly),
	[RECVMMSG]	= RECEIVE(receive_batches),
};

/* Ours beside taskstats */

enum {
	OURS_WRITTEN, OURS_READ, OURS, OURS_LIVE, PEER_RECV, PEER_RECVMMSG, PEER, PEER_LIVE,
	EXIT_MEASURES
};

static struct measure exit_measures[EXIT_MEASURES];

static const struct cost exit_costs[] = {
	{ "written", OURS_WRITTEN, 0,
	  "all that the meter adds to fork, exit and wait: its table, its probes, two switches, "
	  "the record" },
	{ "read", OURS_READ, 0, "a record read by ioctl, 64 by a call; here of fork, exec, exit" },
	{ "written-and-read", OURS, 0,
	  "fork, exit and wait with the meter, records read by ioctl after each 64, less the "
	  "same without" },
	{ "taskstats-recv", PEER_RECV, 0, "a message received by recv() and looked at" },
	{ "taskstats-recvmmsg", PEER_RECVMMSG, 0, "the same, up to 64 by a recvmmsg()" },
	{ "taskstats-sent-and-received", PEER, 0,
	  "fork, exit and wait with a listener, received by recvmmsg() after each 64, less the "
	  "same without; not the accounting that the kernel does anyway, no switch to a reader" },
	{ "subscriber", OURS_LIVE, 0,
	  "what the meter and a process that is subscribed to exits add to fork, exit and wait" },
	{ "taskstats-reader", PEER_LIVE, 0,
	  "what a process adds that listens to taskstats, woken for each exit" },
};

static const struct figure exit_figures[] = {
	{ "read", OURS_READ, PEER, "taskstats-sent-and-received", 5 },
	{ "read-alone", OURS_READ, PEER_RECVMMSG, "taskstats-recvmmsg", 0 },
	{ "written-and-read", OURS, PEER, "taskstats-sent-and-received", 0 },
	{ "subscriber", OURS_LIVE, PEER_LIVE, "taskstats-reader", 0 },
};

static void compare_exits(void)
{
	const struct measure *off = &fork_measures[FORK_OFF];

	measure_subtract(&exit_measures[OURS_WRITTEN], &fork_measures[FORK_METER], off);
	measure_subtract(&exit_measures[OURS], &fork_measures[FORK_LOG], off);
	measure_subtract(&exit_measures[OURS_LIVE], &fork_measures[FORK_EXITS], off);
	measure_subtract(&exit_measures[PEER], &fork_measures[FORK_TASKSTATS], off);
	measure_subtract(&exit_measures[PEER_LIVE], &fork_measures[FORK_TASKSTATS_READER],
			 off);
	exit_measures[OURS_READ] = read_measures[IOCTL];
	exit_measures[PEER_RECV] = receive_measures[RECV];
	exit_measures[PEER_RECVMMSG] = receive_measures[RECVMMSG];
}

/* How much of what a listener adds is its own: CPU time, of each kind. */

static double exec_times[LISTENERS], fork_times[LISTENERS];

static void take_times(double *times)
{
	int which;

	for (which = 0; which < LISTENERS; which++)
		times[which] = listener_time(which);
}

static void print_time(const char *name, double time, const char *holds)
{
	struct utsname kernel;

	if (uname(&kernel))
		err(1, "uname");
	printf("{\"name\":\"%s\",\"kernel\":\"%s\",\"unit\":\"ns/exit\"", name, kernel.release);
	printf(",\"ours\":%.1f,\"holds\":\"%s\"}\n", time, holds);
	fprintf(stderr, "%-32s %10.1f ns of CPU time per exit  %s\n", name, time, holds);
}

static void print_times(const char *life, const double *times)
{
	static const struct {
		const char *name;
		const char *holds;
	} listeners[LISTENERS] = {
		[LISTENER_EVENTS] = { "subscriber", "the process that reads all events" },
		[LISTENER_EXITS] = { "exit-subscriber", "the process that reads exit events" },
		[LISTENER_TASKSTATS] = { "taskstats", "the process that listens to taskstats" },
	};
	char name[64];
	int which;

	for (which = 0; which < LISTENERS; which++) {
		snprintf(name, sizeof(name), "life-%s-own-%s", life, listeners[which].name);
		print_time(name, times[which], listeners[which].holds);
	}
}

static void open_meter(enum tm_transport transport, struct tm_meter **ret_meter)
{
	int ret = tm_open(transport, ret_meter);

	if (ret < 0)
		errx(1, "tm_open: %s", strerror(-ret));
}

static void open_doors(void)
{
	device = open(TASKMETER_DEVICE, O_RDONLY | O_CLOEXEC);
	if (device < 0)
		err(1, TASKMETER_DEVICE);
	open_meter(TM_TRANSPORT_DEVICE, &device_meter);
	open_meter(TM_TRANSPORT_NETLINK, &netlink_meter);
	sock = nl_socket_alloc();
	if (!sock || genl_connect(sock) < 0)
		errx(1, "no generic netlink socket");
	nl_socket_disable_auto_ack(sock);
	family = genl_ctrl_resolve(sock, TASKMETER_GENL_NAME);
	if (family < 0)
		errx(1, "no netlink family %s", TASKMETER_GENL_NAME);
}

static void close_doors(void)
{
	nl_socket_free(sock);
	tm_close(netlink_meter);
	tm_close(device_meter);
	close(device);
}

static void make_room(void)
{
	exits = measure_buffer(BATCH * sizeof(*exits));
	records = measure_buffer(BATCH * sizeof(*records));
	histograms = measure_buffer(BATCH * sizeof(*histograms));
}

/* The newest records are those of processes that executed a program. */
static void fill_log(void)
{
	int i;

	prepare(SETTING_METER);
	first = newest() + 1;
	for (i = 0; i < FILL_RUNS; i++)
		work_fork_exec_exit();
	sleep(1);
	last = newest();
}

static void measure(void)
{
	measure_settle(&(struct measure){ .run = work_page_cache_read });
	measure_all(exec_measures, EXEC_MEASURES);
	prepare(0);
	take_times(exec_times);
	fill_log();
	measure_all(read_measures, READ_MEASURES);
	measure_all(fork_measures, FORK_MEASURES);
	prepare(0);
	take_times(fork_times);
	measure_all(receive_measures, RECEIVE_MEASURES);
	compare_exits();
}

static void print(void)
{
	const struct subject per_life = { "life", 0, "instructions/turn" };
	const struct subject per_record = { "exit-read", 0, "instructions/record" };
	const struct subject per_exit = { "exit", 1, "instructions/exit" };

	measure_print_additions(&per_life, exec_measures, exec_additions,
				COUNT(exec_additions));
	print_times("fork-exec-exit", exec_times);
	measure_print_additions(&per_life, fork_measures, fork_additions,
				COUNT(fork_additions));
	print_times("fork-exit", fork_times);
	measure_print_costs(&per_record, read_measures, read_costs, COUNT(read_costs));
	measure_print_costs(&per_exit, exit_measures, exit_costs, COUNT(exit_costs));
	measure_print(&per_exit, exit_measures, exit_figures, COUNT(exit_figures));
}

int main(void)
{
	measure_check_clock();
	setting_open();
	open_doors();
	make_room();
	prepare(0);
	measure();
	print();
	close_doors();
	setting_close();
	return 0;
}
