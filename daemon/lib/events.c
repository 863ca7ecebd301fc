// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Events, from a socket of their own, which is never waited for. What is told of exits is
 * whole although that socket may lose some: their numbers are without gaps, and whatever
 * is missing is fetched from the exit log, by a netlink meter of the subscription's own,
 * before anything else is told.
 *
 * A number that is skipped may also be of an exit that is not shown to this subscriber: a
 * fetch up to the end of the log settles it.
 */
#include "lib/netlink.h"
#include "lib/parse-exit.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define ALL_EVENTS	(TASKMETER_EVENT_FORK | TASKMETER_EVENT_EXEC | \
			 TASKMETER_EVENT_EXIT | TASKMETER_EVENT_OOM)
#define EXIT_FLAGS	(TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS)

/* The largest datagram, and what the kernel may hold for this socket, bytes. */
#define DATAGRAM_SIZE	(64 * 1024)
#define SOCKET_BUFFER	(16 * 1024 * 1024)

/* How often to ask anew when the answer itself was lost. */
#define SUBSCRIBE_TRIES	8

/**
 * struct tm_events - a subscription
 * @meter: for all but the events
 * @channel: events come here
 * @poll: epoll file descriptor that watches @channel and @wake
 * @wake: event file descriptor, readable while @awake
 * @awake: more may have to be told, though the socket need not be readable
 * @types: &enum taskmeter_event
 * @flags: what exits come with
 * @cursor: number of the exit that is to be told next
 * @log: what exits are fetched with, or NULL
 * @log_lost: what it has said to be lost
 * @fetching: it is being read
 * @behind: exits have to be fetched
 * @overrun: the socket was full, and loses all until it is empty: exits have to be
 *	fetched then
 * @held: message that waits for exits to be fetched, or NULL
 * @settled: they were, up to the end of the log
 * @gone: the module was unloaded
 * @lost: events but exits that were lost, not told yet
 * @exits_lost: exits that were lost, not told yet
 * @event: what the user is given
 * @exit: an exit that came as an event
 */
struct tm_events {
	struct tm_meter *meter;
	struct channel channel;
	int poll;
	int wake;
	bool awake;
	uint32_t types;
	uint32_t flags;
	uint64_t cursor;
	struct tm_exits *log;
	uint64_t log_lost;
	bool fetching;
	bool behind;
	bool overrun;
	const struct nlmsghdr *held;
	bool settled;
	bool gone;
	uint64_t lost;
	uint64_t exits_lost;
	struct tm_event event;
	struct tm_exit_copy exit;
};

static bool wants_exits(const struct tm_events *events)
{
	return events->types & TASKMETER_EVENT_EXIT;
}

/* The value of @wake is 0 or 1. It cannot fail, as it is written only when it is 0. */
static void set_awake(struct tm_events *events, bool awake)
{
	uint64_t value = 1;
	ssize_t n;

	if (events->awake == awake)
		return;
	if (awake)
		n = write(events->wake, &value, sizeof(value));
	else
		n = read(events->wake, &value, sizeof(value));
	if (n == sizeof(value))
		events->awake = awake;
}

static int watch(struct tm_events *events, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(events->poll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_poll(struct tm_events *events)
{
	int r;

	events->poll = epoll_create1(EPOLL_CLOEXEC);
	if (events->poll < 0)
		return -errno;
	events->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (events->wake < 0)
		return -errno;
	r = watch(events, events->wake);
	return r ? r : watch(events, nl_socket_get_fd(events->channel.socket));
}

/*
 * Without the right to a large buffer, as large a one as there may be. The group tells
 * when a family, this one perhaps, is unregistered.
 */
static int open_channel(struct tm_events *events)
{
	int size = SOCKET_BUFFER, fd, r;

	r = tm_channel_open(&events->channel, DATAGRAM_SIZE);
	if (r)
		return r;
	fd = nl_socket_get_fd(events->channel.socket);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	r = nl_socket_add_membership(events->channel.socket, GENL_ID_CTRL);
	return r ? tm_channel_error(r) : 0;
}

static int send_subscribe(struct tm_events *events)
{
	struct nl_msg *request;
	int r = -ENOMEM;

	request = tm_netlink_request(to_netlink(events->meter), TASKMETER_CMD_SUBSCRIBE, 0);
	if (request)
		r = nla_put_u32(request, TASKMETER_A_SUBSCRIBE_EVENTS, events->types);
	if (!r && events->flags)
		r = nla_put_u32(request, TASKMETER_A_SUBSCRIBE_REQUEST, events->flags);
	r = r ? -ENOMEM : tm_channel_send(&events->channel, request);
	nlmsg_free(request);
	return r;
}

static int parse_answer(struct tm_events *events, const struct nlmsghdr *message,
			uint64_t *ret_next)
{
	const void *attrs;
	int r, len;

	if (message->nlmsg_type == NLMSG_ERROR) {
		r = tm_netlink_status(events->meter, message);
		return r ? r : -EBADMSG;
	}
	len = tm_channel_attributes(message, &attrs);
	if (message->nlmsg_type != to_netlink(events->meter)->family || len < 0)
		return -EBADMSG;
	return tm_netlink_parse_subscribed(attrs, (size_t)len, ret_next);
}

/*
 * The answer is there when the request was sent, unless it was lost. Events that came
 * before it are not told; of exits, they are fetched. Return: -ENOBUFS if it was lost.
 */
static int find_answer(struct tm_events *events, uint64_t *ret_next)
{
	const struct nlmsghdr *message;
	int r;

	for (;;) {
		r = tm_channel_any(&events->channel, MSG_DONTWAIT, &message);
		if (r == -ENOBUFS)
			continue;
		if (r)
			return r == -EAGAIN ? -ENOBUFS : r;
		if (message->nlmsg_seq == events->channel.sequence)
			return parse_answer(events, message, ret_next);
		events->behind = wants_exits(events);
	}
}

static int subscribe(struct tm_events *events, uint64_t *ret_next)
{
	int tries, r = -ENOBUFS;

	for (tries = 0; r == -ENOBUFS && tries < SUBSCRIBE_TRIES; tries++) {
		r = send_subscribe(events);
		if (!r)
			r = find_answer(events, ret_next);
	}
	return r == -ENOENT ? -ENODEV : r;
}

static int begin(struct tm_events *events, uint64_t cursor)
{
	uint64_t next = 0;
	int r;

	r = open_channel(events);
	if (!r)
		r = open_poll(events);
	if (!r)
		r = subscribe(events, &next);
	if (r)
		return r;
	if (wants_exits(events) && cursor > next)
		return -EINVAL;
	events->cursor = cursor ? cursor : next;
	events->behind |= wants_exits(events) && events->cursor < next;
	set_awake(events, events->behind);
	return 0;
}

static int open_meter(struct tm_events *events)
{
	int r = tm_open(TM_TRANSPORT_NETLINK, &events->meter);

	if (r)
		return r;
	if (events->meter->info_size < TASKMETER_INFO_SIZE_VER3)
		return -EOPNOTSUPP;
	return tm_check_flags(events->meter, events->flags);
}

TM_PUBLIC int tm_events_new(uint32_t types, uint32_t flags, uint64_t cursor,
			    struct tm_events **ret_events)
{
	struct tm_events *events;
	int r;

	if (!types || types & ~ALL_EVENTS || flags & ~EXIT_FLAGS)
		return -EINVAL;
	events = calloc(1, sizeof(*events));
	if (!events)
		return -ENOMEM;
	events->types = types;
	events->flags = flags;
	events->poll = -1;
	events->wake = -1;
	r = open_meter(events);
	if (!r)
		r = begin(events, cursor);
	if (r) {
		tm_events_free(events);
		return r;
	}
	*ret_events = events;
	return 0;
}

TM_PUBLIC void tm_events_free(struct tm_events *events)
{
	if (!events)
		return;
	tm_exits_free(events->log);
	if (events->wake >= 0)
		close(events->wake);
	if (events->poll >= 0)
		close(events->poll);
	tm_channel_close(&events->channel);
	tm_close(events->meter);
	free(events);
}

TM_PUBLIC int tm_events_fd(const struct tm_events *events)
{
	return events->poll;
}

TM_PUBLIC uint64_t tm_events_cursor(const struct tm_events *events)
{
	return events->cursor;
}

TM_PUBLIC const char *tm_events_error(const struct tm_events *events)
{
	return tm_error(events->meter);
}

/* What was lost is told with the next event, whatever it is. */
static int tell(struct tm_events *events)
{
	events->event.lost = events->lost;
	events->event.exits_lost = events->exits_lost;
	events->lost = 0;
	events->exits_lost = 0;
	return 1;
}

static int tell_exit(struct tm_events *events, const struct tm_exit *told)
{
	const struct taskmeter_record *record = told->record;
	const struct taskmeter_exit *exit = told->exit;

	events->event = (struct tm_event){
		.type = TASKMETER_EVENT_EXIT,
		.pid = record->pid,
		.uid = record->uid,
		.flags = exit->flags,
		.time_ns = exit->exit_time_ns,
		.start_time_ns = record->start_time_ns,
		.cgroup_id = record->cgroup_id,
		.command_line = exit->command_line,
		.command_line_length = exit->command_line_length,
		.oom_score_adj = record->oom_score_adj,
		.oom_rss_anon_bytes = exit->oom_rss_anon_bytes,
		.oom_rss_file_bytes = exit->oom_rss_file_bytes,
		.oom_rss_shmem_bytes = exit->oom_rss_shmem_bytes,
		.oom_swap_bytes = exit->oom_swap_bytes,
		.exit = told,
	};
	memcpy(events->event.comm, record->comm, sizeof(events->event.comm));
	events->cursor = exit->number + 1;
	return tell(events);
}

/* A request to a family that is not there any more finds no entry. */
static int fail_gone(struct tm_events *events)
{
	events->gone = true;
	return tm_fail(events->meter, -ENODEV, "the module was unloaded");
}

static int begin_fetch(struct tm_events *events)
{
	int r = 0;

	if (!events->log)
		r = tm_exits_new(events->meter, events->cursor, events->flags,
				 &events->log);
	if (r)
		return r;
	events->log->cursor = events->cursor;
	events->fetching = true;
	return 0;
}

static void count_lost(struct tm_events *events)
{
	uint64_t lost = tm_exits_lost(events->log);

	if (lost > events->log_lost)
		events->exits_lost += lost - events->log_lost;
	events->log_lost = lost;
}

/* Tells what the log has from the cursor on. Return: 1 with an event, 0 at its end. */
static int fetch(struct tm_events *events)
{
	const struct tm_exit *exit;
	int r = 0;

	if (!events->fetching)
		r = begin_fetch(events);
	if (!r)
		r = tm_exits_next(events->log, &exit);
	if (r < 0) {
		events->fetching = false;
		return r == -ENOENT ? fail_gone(events) : r;
	}
	count_lost(events);
	if (r)
		return tell_exit(events, exit);
	events->cursor = tm_exits_cursor(events->log);
	events->fetching = false;
	events->behind = false;
	events->settled = true;
	return 0;
}

/* The message that was held, or the next one. Return: 1, 0 if there is none. */
static int next_message(struct tm_events *events, const struct nlmsghdr **ret_message)
{
	int r;

	if (events->held) {
		*ret_message = events->held;
		events->held = NULL;
		return 1;
	}
	events->settled = false;
	r = tm_channel_any(&events->channel, MSG_DONTWAIT, ret_message);
	if (r == -EAGAIN)
		return 0;
	if (r == -EBADMSG)
		return tm_netlink_malformed(events->meter);
	if (r && r != -ENOBUFS)
		return tm_fail(events->meter, r, "cannot receive events: %m");
	return r ? r : 1;
}

/*
 * Whether exits before this event are to be fetched: its number is larger than that of
 * the next one; or it has none, and events were lost, exits perhaps among them.
 */
static bool fetch_first(const struct tm_events *events)
{
	if (!wants_exits(events) || events->settled)
		return false;
	if (events->event.exit)
		return events->event.exit->exit->number > events->cursor;
	return events->event.lost;
}

static int take_event(struct tm_events *events)
{
	/* Who wants exits only has lost no others. */
	if (events->types != TASKMETER_EVENT_EXIT)
		events->lost += events->event.lost;
	if (!events->event.exit)
		return tell(events);
	/* It was fetched before. */
	if (events->event.exit->exit->number < events->cursor)
		return 0;
	return tell_exit(events, events->event.exit);
}

static int take_message(struct tm_events *events, const struct nlmsghdr *message)
{
	const struct genlmsghdr *header = NLMSG_DATA(message);
	int family = to_netlink(events->meter)->family, len, r;
	const void *attrs;

	if (tm_netlink_parse_family_gone(message, family))
		return fail_gone(events);
	if (message->nlmsg_type != family || message->nlmsg_seq)
		return 0;
	len = tm_channel_attributes(message, &attrs);
	r = len < 0 ? -EBADMSG :
		      tm_netlink_parse_event(header->cmd, attrs, (size_t)len,
					     events->flags, &events->event, &events->exit);
	if (r < 0)
		return tm_netlink_malformed(events->meter);
	if (!r)
		return 0;
	if (fetch_first(events)) {
		events->behind = true;
		events->held = message;
		return 0;
	}
	return take_event(events);
}

/*
 * The socket was full, and lost all until it was empty, which it is now. What it held has
 * been told before, as the log need not have it any more. No event may ever tell of what
 * was lost: exits are fetched at once. That the module was unloaded may have been lost too.
 * Return: 1 to go on, 0 if there is nothing more, a negative errno.
 */
static int take_empty(struct tm_events *events)
{
	struct taskmeter_info info;
	int r;

	if (!events->overrun)
		return 0;
	if (!wants_exits(events)) {
		r = events->meter->ops->info(events->meter, &info);
		if (r)
			return r == -ENOENT ? fail_gone(events) : r;
	}
	events->overrun = false;
	events->behind = wants_exits(events);
	return 1;
}

/* Return: 1 with an event, 0 to go on, -EAGAIN if there is none now. */
static int step(struct tm_events *events)
{
	const struct nlmsghdr *message;
	int r;

	if (events->behind)
		return fetch(events);
	r = next_message(events, &message);
	if (r > 0)
		return take_message(events, message);
	if (r == -ENOBUFS) {
		events->overrun = true;
		return 0;
	}
	r = r ? r : take_empty(events);
	return r > 0 ? 0 : r ? r : -EAGAIN;
}

static int next(struct tm_events *events)
{
	int r;

	do
		r = step(events);
	while (!r);
	return r == -EAGAIN ? 0 : r;
}

TM_PUBLIC int tm_events_next(struct tm_events *events, const struct tm_event **ret_event)
{
	int r;

	events->meter->error[0] = '\0';
	r = events->gone ? fail_gone(events) : next(events);
	set_awake(events, r != 0);
	if (r > 0)
		*ret_event = &events->event;
	return r;
}
