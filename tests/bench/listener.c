// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See listener.h.
 *
 * A listener that loses something, or does not hear of every exit, ends the bench: its
 * cost would be that of less work.
 */
#include "listener.h"

#include <err.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskmeter.h>
#include <linux/taskstats.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <taskmeter/taskmeter.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

#define STEP_MS		10
#define PATIENCE_MS	20000

/* The bench has one processor. */
#define CPUS		"0"
#define SOCKET_BUFFER	(16 << 20)
#define MESSAGE_SIZE	1024
#define BATCH		64

/**
 * struct heard - what the process tells the caller
 * @ready: it listens
 * @exits: it was told of
 * @lost: events that it was not told of
 */
struct heard {
	volatile uint64_t ready;
	volatile uint64_t exits;
	volatile uint64_t lost;
};

/**
 * struct account - CPU time of a kind of listener
 * @time_ns: while it listened
 * @exits: that it was told of meanwhile
 */
struct account {
	uint64_t time_ns;
	uint64_t exits;
};

/**
 * struct taskstats_socket - exits come here
 * @socket: of libnl
 * @family: number of TASKSTATS
 */
struct taskstats_socket {
	struct nl_sock *socket;
	int family;
};

static struct heard *heard;
static pid_t listener;
static uint64_t expected, time_before;
static struct account accounts[LISTENERS];

static struct taskstats_socket own;

/* Added up, so that no compiler finds the reading useless. */
static volatile uint64_t sink;

/* taskstats */

static void taskstats_open(struct taskstats_socket *taskstats)
{
	int size = SOCKET_BUFFER;

	taskstats->socket = nl_socket_alloc();
	if (!taskstats->socket || genl_connect(taskstats->socket) < 0)
		errx(1, "no generic netlink socket");
	nl_socket_disable_auto_ack(taskstats->socket);
	taskstats->family = genl_ctrl_resolve(taskstats->socket, TASKSTATS_GENL_NAME);
	if (taskstats->family < 0)
		errx(1, "this kernel has no taskstats");
	if (setsockopt(nl_socket_get_fd(taskstats->socket), SOL_SOCKET, SO_RCVBUFFORCE,
		       &size, sizeof(size)))
		err(1, "SO_RCVBUFFORCE");
}

/* What is wrong with it comes as a message. */
static void taskstats_send(const struct taskstats_socket *taskstats, int attribute)
{
	struct nl_msg *message = nlmsg_alloc();

	if (!message ||
	    !genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, taskstats->family, 0, 0,
			 TASKSTATS_CMD_GET, TASKSTATS_GENL_VERSION) ||
	    nla_put_string(message, attribute, CPUS) ||
	    nl_send_auto(taskstats->socket, message) < 0)
		errx(1, "taskstats cannot be asked");
	nlmsg_free(message);
}

/* Return: the attribute of a type, which must be there. */
static const struct nlattr *find(const void *attributes, const void *end, int type)
{
	const struct nlattr *attribute = attributes;

	while ((const char *)(attribute + 1) <= (const char *)end) {
		if (attribute->nla_type == type)
			return attribute;
		if (attribute->nla_len < sizeof(*attribute))
			break;
		attribute = (const void *)((const char *)attribute +
					   NLA_ALIGN(attribute->nla_len));
	}
	errx(1, "taskstats sent a message without attribute %d", type);
}

/* No more than a look at one member of the statistics. */
static void taskstats_take(const struct taskstats_socket *taskstats, const char *datagram,
			   size_t size)
{
	const struct nlmsghdr *message = (const void *)datagram;
	const struct nlattr *attribute;
	uint64_t time;

	if (!NLMSG_OK(message, size) || message->nlmsg_type != taskstats->family)
		errx(1, "taskstats sent a message of type %u", message->nlmsg_type);
	attribute = find((const char *)NLMSG_DATA(message) + GENL_HDRLEN, datagram + size,
			 TASKSTATS_TYPE_AGGR_PID);
	attribute = find(attribute + 1, datagram + size, TASKSTATS_TYPE_STATS);
	memcpy(&time, (const char *)(attribute + 1) + offsetof(struct taskstats, ac_etime),
	       sizeof(time));
	sink += time;
}

/* Return: 0 if there is none and @flags say not to wait. */
static unsigned int taskstats_receive(const struct taskstats_socket *taskstats, int flags)
{
	char datagram[MESSAGE_SIZE] __attribute__((aligned(8)));
	ssize_t n;

	n = recv(nl_socket_get_fd(taskstats->socket), datagram, sizeof(datagram), flags);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		err(1, "taskstats");
	taskstats_take(taskstats, datagram, n);
	return 1;
}

/**
 * listener_receive() - receive an exit that taskstats sent to the caller
 *
 * Return: how many, 1 or 0.
 */
unsigned int listener_receive(void)
{
	return taskstats_receive(&own, MSG_DONTWAIT);
}

/**
 * listener_receive_batch() - receive up to 64 exits with one system call
 *
 * Return: how many.
 */
unsigned int listener_receive_batch(void)
{
	static struct mmsghdr messages[BATCH];
	static struct iovec buffers[BATCH];
	static char *room;
	int i, count;

	if (!room) {
		room = measure_buffer(BATCH * MESSAGE_SIZE);
		for (i = 0; i < BATCH; i++) {
			buffers[i].iov_base = room + i * MESSAGE_SIZE;
			buffers[i].iov_len = MESSAGE_SIZE;
			messages[i].msg_hdr.msg_iov = &buffers[i];
			messages[i].msg_hdr.msg_iovlen = 1;
		}
	}
	count = recvmmsg(nl_socket_get_fd(own.socket), messages, BATCH, MSG_DONTWAIT, NULL);
	if (count < 0 && errno == EAGAIN)
		return 0;
	if (count < 0)
		err(1, "taskstats");
	for (i = 0; i < count; i++)
		taskstats_take(&own, buffers[i].iov_base, messages[i].msg_len);
	return count;
}

/**
 * listener_taskstats() - have taskstats send exits to the caller
 * @on: or not any more; what was not received is thrown away
 */
void listener_taskstats(int on)
{
	if (!own.socket)
		taskstats_open(&own);
	taskstats_send(&own, on ? TASKSTATS_CMD_ATTR_REGISTER_CPUMASK :
				  TASKSTATS_CMD_ATTR_DEREGISTER_CPUMASK);
	while (!on && listener_receive_batch())
		;
}

/* The process */

static void __attribute__((noreturn)) taskstats_listen(void)
{
	struct taskstats_socket taskstats;

	taskstats_open(&taskstats);
	taskstats_send(&taskstats, TASKSTATS_CMD_ATTR_REGISTER_CPUMASK);
	heard->ready = 1;
	for (;;)
		heard->exits += taskstats_receive(&taskstats, 0);
}

static void take_events(struct tm_events *events)
{
	const struct tm_event *event;
	int ret;

	while ((ret = tm_events_next(events, &event)) > 0) {
		heard->lost += event->lost + event->exits_lost;
		if (event->type != TASKMETER_EVENT_EXIT)
			continue;
		heard->exits++;
		sink += event->exit->record->run_ns;
	}
	if (ret < 0)
		errx(1, "events: %s", tm_events_error(events));
}

static void __attribute__((noreturn)) events_listen(uint32_t types)
{
	struct pollfd readable = { .events = POLLIN };
	struct tm_events *events;
	int ret = tm_events_new(types, 0, 0, &events);

	if (ret < 0)
		errx(1, "tm_events_new: %s", strerror(-ret));
	readable.fd = tm_events_fd(events);
	heard->ready = 1;
	for (;;) {
		if (poll(&readable, 1, -1) < 0)
			err(1, "poll");
		take_events(events);
	}
}

static void __attribute__((noreturn)) listen_to(enum listener which)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	switch (which) {
	case LISTENER_TASKSTATS:
		taskstats_listen();
	case LISTENER_EXITS:
		events_listen(TASKMETER_EVENT_EXIT);
	default:
		events_listen(TASKMETER_EVENT_FORK | TASKMETER_EVENT_EXEC |
			      TASKMETER_EVENT_EXIT | TASKMETER_EVENT_OOM);
	}
}

static void wait_until(const volatile uint64_t *value, uint64_t least, const char *what)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };
	int ms;

	for (ms = 0; *value < least && ms < PATIENCE_MS; ms += STEP_MS)
		nanosleep(&step, NULL);
	if (*value < least)
		errx(1, "a listener heard of %llu %s, not of %llu",
		     (unsigned long long)*value, what, (unsigned long long)least);
}

/* CPU time of the process, ns: instructions, as the clock counts them. */
static uint64_t listener_cpu_time(void)
{
	struct timespec time;
	clockid_t clock;

	if (clock_getcpuclockid(listener, &clock) || clock_gettime(clock, &time))
		errx(1, "a listener is gone");
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static void listener_start(enum listener which)
{
	if (!heard)
		heard = mmap(NULL, sizeof(*heard), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (heard == MAP_FAILED)
		err(1, "mmap");
	*heard = (struct heard){ 0 };
	expected = 0;
	listener = fork();
	if (listener < 0)
		err(1, "fork");
	if (!listener)
		listen_to(which);
	wait_until(&heard->ready, 1, "starts");
	time_before = listener_cpu_time();
}

static void listener_stop(enum listener which)
{
	accounts[which].time_ns += listener_cpu_time() - time_before;
	accounts[which].exits += heard->exits;
	kill(listener, SIGKILL);
	waitpid(listener, NULL, 0);
	listener = 0;
}

/**
 * listener_switch() - start or end the process
 * @which: what it listens to
 * @on: start it
 */
void listener_switch(enum listener which, int on)
{
	if (on)
		listener_start(which);
	else
		listener_stop(which);
}

/**
 * listener_expect() - the process must hear of more exits
 * @exits: how many
 */
void listener_expect(uint64_t exits)
{
	expected += exits;
}

/**
 * listener_catch_up() - wait until the process has heard of all exits
 */
void listener_catch_up(void)
{
	if (!listener)
		return;
	wait_until(&heard->exits, expected, "exits");
	if (heard->lost)
		errx(1, "a listener lost %llu events", (unsigned long long)heard->lost);
}

/**
 * listener_time() - CPU time that the process took, since this was asked last
 * @which: kind of listener
 *
 * Return: ns per exit, its system calls included.
 */
double listener_time(enum listener which)
{
	struct account *account = &accounts[which];
	double time = account->exits ? (double)account->time_ns / account->exits : 0;

	*account = (struct account){ 0 };
	return time;
}
