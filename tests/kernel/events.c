// SPDX-License-Identifier: GPL-2.0-or-later
/* See events.h. */
#include "events.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "support.h"

#define RECEIVE_SIZE	65536
#define LARGE_BUFFER	(32 << 20)

static uint64_t u64_or_0(const struct nlattr *attribute)
{
	return attribute ? genl_u64(attribute) : 0;
}

static uint32_t u32_or_0(const struct nlattr *attribute)
{
	return attribute ? genl_u32(attribute) : 0;
}

/* NUL and all. */
static void take_string(const struct nlattr *attribute, char *text, size_t size)
{
	size_t length = attribute ? genl_size(attribute) : 0;

	must(length && length <= size && !((const char *)genl_data(attribute))[length - 1]);
	memcpy(text, genl_data(attribute), length);
}

static void take_command_line(const struct nlattr *attribute, uint8_t *bytes, int *ret_length)
{
	size_t length = attribute ? genl_size(attribute) : 0;

	must(length <= TASKMETER_COMMAND_LINE_LEN);
	if (length)
		memcpy(bytes, genl_data(attribute), length);
	*ret_length = attribute ? (int)length : -1;
}

typedef const struct nlattr *find_fn(const void *where, uint16_t type);

static const struct nlattr *find_in_nest(const void *where, uint16_t type)
{
	return genl_find_in(where, type);
}

static const struct nlattr *find_in_message(const void *where, uint16_t type)
{
	return genl_find(where, type);
}

static void take_oom(find_fn *find, const void *where, struct taskmeter_exit *exit)
{
	exit->oom_rss_anon_bytes = u64_or_0(find(where, TASKMETER_A_EXIT_OOM_RSS_ANON_BYTES));
	exit->oom_rss_file_bytes = u64_or_0(find(where, TASKMETER_A_EXIT_OOM_RSS_FILE_BYTES));
	exit->oom_rss_shmem_bytes = u64_or_0(find(where, TASKMETER_A_EXIT_OOM_RSS_SHMEM_BYTES));
	exit->oom_swap_bytes = u64_or_0(find(where, TASKMETER_A_EXIT_OOM_SWAP_BYTES));
	exit->oom_time_ns = u64_or_0(find(where, TASKMETER_A_EXIT_OOM_TIME_NS));
}

/* An exit, in a message of the log or in a nest of an event. */
static bool take_exit(find_fn *find, const void *where, struct ended *ended,
		      char *path, size_t path_size)
{
	const struct nlattr *task = find(where, TASKMETER_A_EXIT_TASK);
	struct taskmeter_exit *exit = &ended->exit;
	int length;

	must(task);
	memset(ended, 0, sizeof(*ended));
	exit->size = sizeof(*exit);
	exit->number = genl_u64(find(where, TASKMETER_A_EXIT_NUMBER));
	exit->flags = genl_u32(find(where, TASKMETER_A_EXIT_FLAGS));
	exit->exit_time_ns = genl_u64(find(where, TASKMETER_A_EXIT_TIME_NS));
	exit->status = genl_u32(find(where, TASKMETER_A_EXIT_STATUS));
	take_command_line(find(where, TASKMETER_A_EXIT_COMMAND_LINE), exit->command_line,
			  &length);
	must(!(exit->flags & TASKMETER_EXIT_COMMAND_LINE) == (length < 0));
	exit->command_line_length = length < 0 ? 0 : length;
	take_oom(find, where, exit);
	path[0] = '\0';
	if (find(where, TASKMETER_A_EXIT_CGROUP_PATH))
		take_string(find(where, TASKMETER_A_EXIT_CGROUP_PATH), path, path_size);
	genl_record_in(task, &ended->record);
	return genl_histograms_in(task, &ended->histograms);
}

static uint32_t kind_of(uint8_t command)
{
	switch (command) {
	case TASKMETER_CMD_EVENT_FORK:
		return TASKMETER_EVENT_FORK;
	case TASKMETER_CMD_EVENT_EXEC:
		return TASKMETER_EVENT_EXEC;
	case TASKMETER_CMD_EVENT_EXIT:
		return TASKMETER_EVENT_EXIT;
	case TASKMETER_CMD_EVENT_OOM:
		return TASKMETER_EVENT_OOM;
	}
	test_fail("command %u is no event", command);
}

static void take_oom_event(const struct nlmsghdr *message, struct event *event)
{
	event->flags = genl_u32(genl_find(message, TASKMETER_A_EVENT_FLAGS));
	event->oom_score_adj = genl_u32(genl_find(message, TASKMETER_A_EVENT_OOM_SCORE_ADJ));
	event->oom_rss_anon_bytes =
		genl_u64(genl_find(message, TASKMETER_A_EVENT_OOM_RSS_ANON_BYTES));
	event->oom_rss_file_bytes =
		genl_u64(genl_find(message, TASKMETER_A_EVENT_OOM_RSS_FILE_BYTES));
	event->oom_rss_shmem_bytes =
		genl_u64(genl_find(message, TASKMETER_A_EVENT_OOM_RSS_SHMEM_BYTES));
	event->oom_swap_bytes = genl_u64(genl_find(message, TASKMETER_A_EVENT_OOM_SWAP_BYTES));
}

static void take_common(const struct nlmsghdr *message, struct event *event)
{
	event->time_ns = genl_u64(genl_find(message, TASKMETER_A_EVENT_TIME_NS));
	event->pid = genl_u32(genl_find(message, TASKMETER_A_EVENT_PID));
	event->ppid = u32_or_0(genl_find(message, TASKMETER_A_EVENT_PPID));
	event->uid = genl_u32(genl_find(message, TASKMETER_A_EVENT_UID));
	event->start_time_ns = genl_u64(genl_find(message, TASKMETER_A_EVENT_START_TIME_NS));
	event->cgroup_id = genl_u64(genl_find(message, TASKMETER_A_EVENT_CGROUP_ID));
	event->flags = u32_or_0(genl_find(message, TASKMETER_A_EVENT_FLAGS));
	take_string(genl_find(message, TASKMETER_A_EVENT_COMM), event->comm,
		    sizeof(event->comm));
	take_command_line(genl_find(message, TASKMETER_A_EVENT_COMMAND_LINE),
			  event->command_line, &event->command_line_length);
}

static void take_event(const struct nlmsghdr *message, struct event *event)
{
	const struct genlmsghdr *command = NLMSG_DATA(message);

	memset(event, 0, sizeof(*event));
	event->kind = kind_of(command->cmd);
	event->lost = u64_or_0(genl_find(message, TASKMETER_A_EVENT_LOST));
	if (event->kind == TASKMETER_EVENT_EXIT) {
		const struct nlattr *nest = genl_find(message, TASKMETER_A_EVENT_EXIT);

		must(nest);
		event->has_histograms = take_exit(find_in_nest, nest, &event->ended,
						  event->cgroup_path,
						  sizeof(event->cgroup_path));
		event->pid = event->ended.record.pid;
		event->flags = event->ended.exit.flags;
		return;
	}
	take_common(message, event);
	if (event->kind == TASKMETER_EVENT_OOM)
		take_oom_event(message, event);
}

/* The queue begins anew when it is empty; it holds what a datagram can. */
static struct event *enqueue(struct events *events)
{
	size_t at = events->head + events->count++;

	if (!(at & (at - 1))) {
		events->queue = realloc(events->queue,
					(at ? at * 2 : 1) * sizeof(*events->queue));
		must(events->queue);
	}
	return &events->queue[at];
}

void events_open(struct events *events, int buffer)
{
	const int size = buffer ? buffer : LARGE_BUFFER;

	*events = (struct events){ 0 };
	genl_open(&events->genl);
	if (setsockopt(events->genl.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		must(!setsockopt(events->genl.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
}

void events_close(struct events *events)
{
	genl_close(&events->genl);
	free(events->queue);
	events->queue = NULL;
}

typedef bool other_fn(struct events *events, const struct nlmsghdr *message);

/*
 * Handle one datagram: events, which have the sequence number 0, are queued; what @other
 * is given may be the end, for which it returns true.
 */
static bool handle(struct events *events, const char *buffer, size_t length, other_fn *other)
{
	const struct nlmsghdr *message = (const void *)buffer;
	bool end = false;

	for (; NLMSG_OK(message, length); message = NLMSG_NEXT(message, length)) {
		if (message->nlmsg_seq) {
			must(other && message->nlmsg_seq == events->genl.sequence);
			end |= other(events, message);
			continue;
		}
		must(message->nlmsg_type == events->genl.family);
		take_event(message, enqueue(events));
	}
	return end;
}

/* False after an overrun. */
static bool receive(struct events *events, other_fn *other, bool *ret_end)
{
	static char buffer[RECEIVE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t received;

	do {
		received = recv(events->genl.fd, buffer, sizeof(buffer), MSG_TRUNC);
	} while (received < 0 && errno == EINTR);
	if (received < 0 && errno == ENOBUFS) {
		events->overruns++;
		return false;
	}
	if (received < 0)
		test_fail("no event: %s", strerror(errno));
	must((size_t)received <= sizeof(buffer));
	/* With histograms, one datagram. */
	must(received <= 16384 || other);
	*ret_end = handle(events, buffer, received, other);
	return true;
}

static int subscription_error;

static bool take_subscription(struct events *events, const struct nlmsghdr *message)
{
	if (message->nlmsg_type == NLMSG_ERROR) {
		subscription_error = genl_closing_message(&events->genl, message);
		return true;
	}
	events->next = genl_u64(genl_find(message, TASKMETER_A_SUBSCRIBE_NEXT));
	must(events->next);
	return false;
}

int events_try_subscribe(struct events *events, uint32_t kinds, uint32_t request)
{
	struct genl_request message;
	bool end = false;

	events->next = 0;
	genl_begin(&message, &events->genl, TASKMETER_CMD_SUBSCRIBE, NLM_F_ACK);
	genl_put_u32(&message, TASKMETER_A_SUBSCRIBE_EVENTS, kinds);
	if (request)
		genl_put_u32(&message, TASKMETER_A_SUBSCRIBE_REQUEST, request);
	genl_send(&events->genl, &message);
	while (!end)
		receive(events, take_subscription, &end);
	must(!subscription_error == !!events->next);
	/* Without the module it is the kernel that answers. */
	if (subscription_error && subscription_error != -ENOENT && !events->genl.text[0])
		test_fail("SUBSCRIBE: %s without a text", strerror(-subscription_error));
	return subscription_error;
}

void events_subscribe(struct events *events, uint32_t kinds, uint32_t request)
{
	int ret;

	events_open(events, 0);
	ret = events_try_subscribe(events, kinds, request);
	if (ret)
		test_fail("SUBSCRIBE: %s: %s", strerror(-ret), events->genl.text);
}

static void take_first(struct events *events, struct event *event)
{
	*event = events->queue[events->head++];
	events->lost += event->lost;
	if (!--events->count)
		events->head = 0;
}

void events_next(struct events *events, struct event *event)
{
	bool end;

	while (!events->count)
		receive(events, NULL, &end);
	take_first(events, event);
}

bool events_poll(struct events *events, struct event *event, int ms)
{
	struct pollfd poll_fd = { .fd = events->genl.fd, .events = POLLIN };

	if (!events->count && poll(&poll_fd, 1, ms) <= 0)
		return false;
	events_next(events, event);
	return true;
}

void events_await(struct events *events, uint32_t kinds, pid_t pid, struct event *event)
{
	do {
		events_next(events, event);
	} while (!(event->kind & kinds) || event->pid != (uint32_t)pid);
}

/* A dump of the log. */
struct dump {
	events_exit_fn *fn;
	void *arg;
	uint64_t number;
	uint64_t next;
	uint64_t lost;
};

static void take_exit_message(const struct nlmsghdr *message, void *arg)
{
	struct dump *dump = arg;
	struct ended ended;
	char path[4096];

	must(!dump->next);
	if (genl_find(message, TASKMETER_A_EXIT_NEXT)) {
		dump->next = genl_u64(genl_find(message, TASKMETER_A_EXIT_NEXT));
		dump->lost = genl_u64(genl_find(message, TASKMETER_A_EXIT_LOST));
		must(dump->next > dump->number);
		return;
	}
	take_exit(find_in_message, message, &ended, path, sizeof(path));
	must(ended.exit.number > dump->number);
	dump->number = ended.exit.number;
	if (dump->fn)
		dump->fn(&ended, path, dump->arg);
}

uint64_t events_exits(uint64_t from, uint32_t flags, events_exit_fn *fn, void *arg,
		      uint64_t *ret_lost)
{
	struct dump dump = { .fn = fn, .arg = arg };
	struct genl_request request;
	struct genl genl;
	int ret;

	genl_open(&genl);
	genl_begin(&request, &genl, TASKMETER_CMD_EXIT_GET, NLM_F_DUMP);
	if (from)
		genl_put_u64(&request, TASKMETER_A_EXIT_NUMBER, from);
	if (flags)
		genl_put_u32(&request, TASKMETER_A_EXIT_REQUEST, flags);
	ret = genl_exchange(&genl, &request, take_exit_message, &dump);
	if (ret)
		test_fail("EXIT_GET from %" PRIu64 ": %s: %s", from, strerror(-ret), genl.text);
	genl_close(&genl);
	must(dump.next && dump.next >= from);
	if (ret_lost)
		*ret_lost = dump.lost;
	return dump.next;
}
