// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The transport over generic netlink. libnl makes sockets and requests; replies
 * are received and walked here, as a copy of each message, which is libnl's
 * way, costs more than all else that is done with it.
 *
 * A snapshot has a socket of its own: requests may be made while it is read,
 * and one that is not read to its end is ended by closing that socket.
 */
#include "lib/meter.h"
#include "lib/parse.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK	270
#endif

/* The kernel fills a dump's messages up to what the reader has room for. */
#define DUMP_BUFFER	(64 * 1024)
#define REPLY_BUFFER	(8 * 1024)

/**
 * struct channel - a socket and what was received from it
 * @socket: NULL if it is closed
 * @buffer: @size bytes
 * @at: next message in @buffer
 * @left: bytes from @at on
 * @sequence: of the request whose replies are wanted
 * @call_ns: when the kernel made what is in @buffer
 * @next_call_ns: when it made what it gives next: a dump's next piece is made
 *	by the call that fetches the one before
 */
struct channel {
	struct nl_sock *socket;
	char *buffer;
	size_t size;
	const struct nlmsghdr *at;
	int left;
	uint32_t sequence;
	uint64_t call_ns;
	uint64_t next_call_ns;
};

struct netlink_snapshot {
	struct tm_snapshot snapshot;
	struct taskmeter_record record;
	struct taskmeter_histograms histograms;
	struct tm_netlink_plan plan;
	uint32_t flags;
	int interrupted;
	int ended;
};

struct netlink_meter {
	struct tm_meter meter;
	struct channel requests;
	struct channel dump;
	struct netlink_snapshot *snapshot;
	int family;
};

static struct netlink_meter *to_netlink(const struct tm_meter *meter)
{
	return (struct netlink_meter *)meter;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

/* libnl has its own numbers; these are all that its calls used here give. */
static int to_errno(int error)
{
	switch (-error) {
	case NLE_OBJ_NOTFOUND:
		return -ENODEV;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
		return -EPERM;
	case NLE_NOACCESS:
		return -EACCES;
	case NLE_AF_NOSUPPORT:
		return -EAFNOSUPPORT;
	case NLE_PROTO_MISMATCH:
		return -EPROTONOSUPPORT;
	case NLE_NOADDR:
	case NLE_EXIST:
		return -EADDRINUSE;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_BAD_SOCK:
		return -EBADF;
	default:
		return -EIO;
	}
}

static void channel_close(struct channel *channel)
{
	nl_socket_free(channel->socket);
	free(channel->buffer);
	memset(channel, 0, sizeof(*channel));
}

/* Without these the module still answers, with less help in its errors. */
static void set_options(struct nl_sock *sk)
{
	int fd = nl_socket_get_fd(sk), on = 1;

	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
}

static int channel_open(struct channel *channel, size_t size)
{
	int r = -ENOMEM;

	memset(channel, 0, sizeof(*channel));
	channel->socket = nl_socket_alloc();
	channel->buffer = malloc(size);
	channel->size = size;
	if (!channel->socket || !channel->buffer)
		goto error;
	nl_socket_disable_auto_ack(channel->socket);

	r = genl_connect(channel->socket);
	if (!r)
		r = nl_socket_set_buffer_size(channel->socket, 4 * (int)size, 0);
	if (r < 0) {
		r = to_errno(r);
		goto error;
	}
	set_options(channel->socket);
	return 0;

error:
	channel_close(channel);
	return r;
}

/* Fills the buffer once. Only the kernel (port 0) is listened to. */
static int channel_receive(struct channel *channel)
{
	struct sockaddr_nl from = { 0 };
	struct iovec vector = { channel->buffer, channel->size };
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &vector,
		.msg_iovlen = 1,
	};
	ssize_t n;

	channel->call_ns = channel->next_call_ns;
	channel->next_call_ns = monotonic_ns();
	do
		n = recvmsg(nl_socket_get_fd(channel->socket), &message, 0);
	while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid));
	if (n < 0)
		return -errno;
	if (!n || message.msg_flags & MSG_TRUNC)
		return -EBADMSG;
	channel->at = (const struct nlmsghdr *)channel->buffer;
	channel->left = (int)n;
	return 0;
}

/* The next message that answers the request; waits for it. */
static int channel_next(struct channel *channel,
			const struct nlmsghdr **ret_message)
{
	const struct nlmsghdr *message;
	int r;

	do {
		while (!nlmsg_ok(channel->at, channel->left)) {
			if (channel->left)
				return -EBADMSG;
			r = channel_receive(channel);
			if (r)
				return r;
		}
		message = channel->at;
		channel->at = nlmsg_next((struct nlmsghdr *)message,
					 &channel->left);
		if (channel->left < 0)
			channel->left = 0;
	} while (message->nlmsg_seq != channel->sequence);

	*ret_message = message;
	return 0;
}

/* A request for the family; NULL if there is no memory. */
static struct nl_msg *request_new(struct netlink_meter *netlink, uint8_t command,
				  int flags)
{
	struct nl_msg *request = nlmsg_alloc();

	if (request &&
	    !genlmsg_put(request, NL_AUTO_PORT, NL_AUTO_SEQ, netlink->family, 0,
			 flags, command, TASKMETER_GENL_VERSION)) {
		nlmsg_free(request);
		request = NULL;
	}
	return request;
}

/* Sends a request; what the channel still held of another one is dropped. */
static int channel_send(struct channel *channel, struct nl_msg *request)
{
	int r;

	channel->left = 0;
	channel->next_call_ns = monotonic_ns();
	r = nl_send_auto(channel->socket, request);
	if (r < 0)
		return to_errno(r);
	channel->sequence = nlmsg_hdr(request)->nlmsg_seq;
	return 0;
}

/* The outcome in an error or end message, with the module's words for it. */
static int fail_with_status(struct tm_meter *meter,
			    const struct nlmsghdr *message)
{
	char text[TM_ERROR_SIZE];
	int r = tm_netlink_parse_status(message, text, sizeof(text));

	if (!r)
		return 0;
	return *text ? tm_fail(meter, r, "%s", text) :
		       tm_fail(meter, r, "the module refused: %m");
}

static int fail_malformed(struct tm_meter *meter)
{
	return tm_fail(meter, -EBADMSG, "the module sent a malformed reply");
}

/* Bytes of attributes, or a negative number if there is not even a header. */
static int attributes_of(const struct nlmsghdr *message, const void **ret_attrs)
{
	*ret_attrs = (const char *)NLMSG_DATA(message) + GENL_HDRLEN;
	return (int)message->nlmsg_len - (int)NLMSG_HDRLEN - (int)GENL_HDRLEN;
}

/* Sends a request that is answered by one message, and waits for that. */
static int ask(struct netlink_meter *netlink, struct nl_msg *request,
	       const struct nlmsghdr **ret_message)
{
	struct tm_meter *meter = &netlink->meter;
	int r;

	r = channel_send(&netlink->requests, request);
	if (r)
		return tm_fail(meter, r, "cannot send the request: %m");
	r = channel_next(&netlink->requests, ret_message);
	if (r == -EBADMSG)
		return fail_malformed(meter);
	if (r)
		return tm_fail(meter, r, "cannot receive the reply: %m");
	return 0;
}

/* A request that has a reply. */
static int transact(struct netlink_meter *netlink, struct nl_msg *request,
		    const void **ret_attrs, size_t *ret_len)
{
	struct tm_meter *meter = &netlink->meter;
	const struct nlmsghdr *message;
	int r, len;

	r = ask(netlink, request, &message);
	if (r)
		return r;
	if (message->nlmsg_type == NLMSG_ERROR) {
		r = fail_with_status(meter, message);
		return r ? r : fail_malformed(meter);
	}
	len = attributes_of(message, ret_attrs);
	if (message->nlmsg_type != netlink->family || len < 0)
		return fail_malformed(meter);
	*ret_len = (size_t)len;
	return 0;
}

static int netlink_info(struct tm_meter *meter, struct taskmeter_info *ret_info)
{
	struct netlink_meter *netlink = to_netlink(meter);
	struct nl_msg *request;
	const void *attrs = NULL;
	size_t len = 0;
	int r;

	request = request_new(netlink, TASKMETER_CMD_INFO_GET, 0);
	if (!request)
		return tm_fail(meter, -ENOMEM, "no memory for a request");
	r = transact(netlink, request, &attrs, &len);
	nlmsg_free(request);
	if (!r && tm_netlink_parse_info(attrs, len, ret_info))
		r = fail_malformed(meter);
	return r;
}

/* A request that is only acknowledged. */
static int command(struct netlink_meter *netlink, struct nl_msg *request)
{
	const struct nlmsghdr *message;
	int r;

	r = ask(netlink, request, &message);
	if (r)
		return r;
	if (message->nlmsg_type != NLMSG_ERROR)
		return fail_malformed(&netlink->meter);
	return fail_with_status(&netlink->meter, message);
}

static int netlink_set(struct tm_meter *meter, enum tm_setting setting, int on)
{
	static const int attributes[] = {
		[TM_SETTING_METER] = TASKMETER_A_CONFIG_METER,
		[TM_SETTING_WAKER] = TASKMETER_A_CONFIG_WAKER,
		[TM_SETTING_PROBE_TIME] = TASKMETER_A_CONFIG_PROBE_TIME,
	};
	struct netlink_meter *netlink = to_netlink(meter);
	struct nl_msg *request;
	int r;

	request = request_new(netlink, TASKMETER_CMD_CONFIG_SET, NLM_F_ACK);
	if (!request || nla_put_u32(request, attributes[setting], (uint32_t)on))
		r = tm_fail(meter, -ENOMEM, "no memory for a request");
	else
		r = command(netlink, request);
	nlmsg_free(request);
	return r;
}

static int put_get(struct nl_msg *request, uint32_t pid, uint32_t flags)
{
	int r = nla_put_u32(request, TASKMETER_A_TASK_PID, pid);

	if (!r && flags)
		r = nla_put_u32(request, TASKMETER_A_TASK_REQUEST, flags);
	return r;
}

/* The module sends all histograms that it has: those of the stalls unasked. */
static int parse(const void *attrs, size_t len, uint32_t flags,
		 struct taskmeter_record *ret_record,
		 struct taskmeter_histograms *ret_histograms)
{
	int r = tm_netlink_parse_record(attrs, len, ret_record);

	if (!r && ret_histograms)
		r = tm_netlink_parse_histograms(attrs, len, tm_histograms_size(flags),
						ret_histograms);
	return r;
}

static int has_histograms(const struct netlink_snapshot *snapshot)
{
	return !!(snapshot->flags & TASKMETER_SNAPSHOT_HISTOGRAMS);
}

/* Messages with histograms are not built alike. */
static int parse_next(struct netlink_snapshot *snapshot, const void *attrs, size_t len)
{
	if (has_histograms(snapshot))
		return parse(attrs, len, snapshot->flags, &snapshot->record,
			     &snapshot->histograms);
	return tm_netlink_parse_next(&snapshot->plan, attrs, len, &snapshot->record);
}

static int netlink_get(struct tm_meter *meter, uint32_t pid, uint32_t flags,
		       struct taskmeter_record *ret_record,
		       struct taskmeter_histograms *ret_histograms)
{
	struct netlink_meter *netlink = to_netlink(meter);
	struct nl_msg *request;
	const void *attrs = NULL;
	size_t len = 0;
	int r;

	if (ret_histograms)
		flags |= TASKMETER_SNAPSHOT_HISTOGRAMS;
	request = request_new(netlink, TASKMETER_CMD_TASK_GET, 0);
	if (!request || put_get(request, pid, flags))
		r = tm_fail(meter, -ENOMEM, "no memory for a request");
	else
		r = transact(netlink, request, &attrs, &len);
	nlmsg_free(request);
	if (!r && parse(attrs, len, flags, ret_record, ret_histograms))
		r = fail_malformed(meter);
	return r;
}

#define FILTER_FLAGS	(TASKMETER_SNAPSHOT_PID | TASKMETER_SNAPSHOT_UID | \
			 TASKMETER_SNAPSHOT_CGROUP | TASKMETER_SNAPSHOT_SINCE)

/* In a request, a filter is there if its attribute is. */
static int put_filter(struct nl_msg *request, const struct tm_filter *filter)
{
	uint32_t flags = filter->flags & ~FILTER_FLAGS;
	int r = 0;

	if (flags)
		r = nla_put_u32(request, TASKMETER_A_TASK_REQUEST, flags);
	if (!r && filter->flags & TASKMETER_SNAPSHOT_PID)
		r = nla_put_u32(request, TASKMETER_A_TASK_TGID, filter->pid);
	if (!r && filter->flags & TASKMETER_SNAPSHOT_UID)
		r = nla_put_u32(request, TASKMETER_A_TASK_UID, filter->uid);
	if (!r && filter->flags & TASKMETER_SNAPSHOT_CGROUP)
		r = nla_put_u64(request, TASKMETER_A_TASK_CGROUP_ID,
				filter->cgroup_id);
	if (!r && filter->flags & TASKMETER_SNAPSHOT_SINCE)
		r = nla_put_u64(request, TASKMETER_A_TASK_SINCE, filter->since);
	return r;
}

static int send_dump(struct netlink_meter *netlink,
		     const struct tm_filter *filter)
{
	struct nl_msg *request;
	int r;

	request = request_new(netlink, TASKMETER_CMD_TASK_GET, NLM_F_DUMP);
	if (!request || put_filter(request, filter))
		r = -ENOMEM;
	else
		r = channel_send(&netlink->dump, request);
	nlmsg_free(request);
	return r;
}

/* A dump has no place for a token; one from before it misses nothing. */
static int get_token(struct tm_meter *meter, uint64_t *ret_token)
{
	struct taskmeter_info info = { .token = 0 };
	int r = 0;

	if (meter->info_size >= TASKMETER_INFO_SIZE_VER2)
		r = netlink_info(meter, &info);
	if (!r)
		*ret_token = info.token;
	return r;
}

static int begin_dump(struct netlink_meter *netlink,
		      const struct tm_filter *filter)
{
	int r = 0;

	if (!netlink->dump.socket)
		r = channel_open(&netlink->dump, DUMP_BUFFER);
	if (!r)
		r = send_dump(netlink, filter);
	if (r)
		tm_fail(&netlink->meter, r, "cannot begin a snapshot: %m");
	return r;
}

static int netlink_snapshot_new(struct tm_meter *meter,
				const struct tm_filter *filter,
				struct tm_snapshot **ret_snapshot)
{
	struct netlink_meter *netlink = to_netlink(meter);
	struct netlink_snapshot *snapshot;
	int r;

	if (netlink->snapshot)
		return tm_fail(meter, -EBUSY, "another snapshot is being read");
	snapshot = calloc(1, sizeof(*snapshot));
	if (!snapshot)
		return tm_fail(meter, -ENOMEM, "no memory for a snapshot");

	r = get_token(meter, &snapshot->snapshot.token);
	if (!r)
		r = begin_dump(netlink, filter);
	if (r) {
		free(snapshot);
		return r;
	}
	snapshot->flags = filter->flags;
	snapshot->snapshot.meter = meter;
	netlink->snapshot = snapshot;
	*ret_snapshot = &snapshot->snapshot;
	return 0;
}

/* After the last message, or the one that says why there are no more. */
static int snapshot_end(struct netlink_snapshot *snapshot,
			const struct nlmsghdr *message)
{
	struct tm_meter *meter = snapshot->snapshot.meter;
	int r = fail_with_status(meter, message);

	snapshot->ended = 1;
	if (!r && snapshot->interrupted)
		return tm_fail(meter, -EAGAIN, "the snapshot was interrupted");
	return r;
}

static int netlink_snapshot_next(struct tm_snapshot *base,
				 const struct taskmeter_record **ret_record)
{
	struct netlink_snapshot *snapshot = (struct netlink_snapshot *)base;
	struct netlink_meter *netlink = to_netlink(base->meter);
	const struct nlmsghdr *message;
	const void *attrs;
	int r, len;

	if (snapshot->ended)
		return 0;
	r = channel_next(&netlink->dump, &message);
	if (r == -EBADMSG)
		return fail_malformed(base->meter);
	if (r)
		return tm_fail(base->meter, r, "cannot receive a snapshot: %m");

	base->time_ns = netlink->dump.call_ns;
	snapshot->interrupted |= message->nlmsg_flags & NLM_F_DUMP_INTR;
	if (message->nlmsg_type == NLMSG_DONE ||
	    message->nlmsg_type == NLMSG_ERROR)
		return snapshot_end(snapshot, message);

	len = attributes_of(message, &attrs);
	if (message->nlmsg_type != netlink->family || len < 0 ||
	    parse_next(snapshot, attrs, (size_t)len))
		return fail_malformed(base->meter);
	if (has_histograms(snapshot))
		base->histograms = &snapshot->histograms;
	*ret_record = &snapshot->record;
	return 1;
}

static void netlink_snapshot_free(struct tm_snapshot *base)
{
	struct netlink_snapshot *snapshot = (struct netlink_snapshot *)base;
	struct netlink_meter *netlink = to_netlink(base->meter);

	if (!snapshot->ended)
		channel_close(&netlink->dump);
	netlink->snapshot = NULL;
	free(snapshot);
}

static void netlink_close(struct tm_meter *meter)
{
	struct netlink_meter *netlink = to_netlink(meter);

	channel_close(&netlink->dump);
	channel_close(&netlink->requests);
	free(netlink);
}

static int netlink_fd(const struct tm_meter *meter)
{
	return nl_socket_get_fd(to_netlink(meter)->requests.socket);
}

static const struct tm_ops netlink_ops = {
	.close = netlink_close,
	.fd = netlink_fd,
	.info = netlink_info,
	.get = netlink_get,
	.set = netlink_set,
	.snapshot_new = netlink_snapshot_new,
	.snapshot_next = netlink_snapshot_next,
	.snapshot_free = netlink_snapshot_free,
};

int tm_netlink_open(struct tm_meter **ret_meter)
{
	struct netlink_meter *netlink = calloc(1, sizeof(*netlink));
	int r;

	if (!netlink)
		return -ENOMEM;
	netlink->meter.ops = &netlink_ops;
	r = channel_open(&netlink->requests, REPLY_BUFFER);
	if (r)
		goto error;
	netlink->family = genl_ctrl_resolve(netlink->requests.socket,
					    TASKMETER_GENL_NAME);
	if (netlink->family < 0) {
		r = to_errno(netlink->family);
		goto error;
	}
	*ret_meter = &netlink->meter;
	return 0;

error:
	netlink_close(&netlink->meter);
	return r;
}
