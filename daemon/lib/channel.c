// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/channel.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/errno.h>
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

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

/* libnl has its own numbers; these are all that its calls used here give. */
int tm_channel_error(int error)
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

void tm_channel_close(struct channel *channel)
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

int tm_channel_open(struct channel *channel, size_t size)
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
		r = tm_channel_error(r);
		goto error;
	}
	set_options(channel->socket);
	return 0;

error:
	tm_channel_close(channel);
	return r;
}

/* Fills the buffer once. Only the kernel (port 0) is listened to. */
static int receive(struct channel *channel, int flags)
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
		n = recvmsg(nl_socket_get_fd(channel->socket), &message, flags);
	while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid));
	if (n < 0)
		return -errno;
	if (!n || message.msg_flags & MSG_TRUNC)
		return -EBADMSG;
	channel->at = (const struct nlmsghdr *)channel->buffer;
	channel->left = (int)n;
	return 0;
}

int tm_channel_any(struct channel *channel, int flags,
		   const struct nlmsghdr **ret_message)
{
	int r;

	while (!nlmsg_ok(channel->at, channel->left)) {
		/* What is left is no message: it is of no use to look at it again. */
		r = channel->left ? -EBADMSG : receive(channel, flags);
		if (r) {
			channel->left = 0;
			return r;
		}
	}
	*ret_message = channel->at;
	channel->at = nlmsg_next((struct nlmsghdr *)channel->at, &channel->left);
	if (channel->left < 0)
		channel->left = 0;
	return 0;
}

int tm_channel_next(struct channel *channel, const struct nlmsghdr **ret_message)
{
	int r;

	do
		r = tm_channel_any(channel, 0, ret_message);
	while (!r && (*ret_message)->nlmsg_seq != channel->sequence);
	return r;
}

int tm_channel_send(struct channel *channel, struct nl_msg *request)
{
	int r;

	channel->left = 0;
	channel->next_call_ns = monotonic_ns();
	r = nl_send_auto(channel->socket, request);
	if (r < 0)
		return tm_channel_error(r);
	channel->sequence = nlmsg_hdr(request)->nlmsg_seq;
	return 0;
}

int tm_channel_attributes(const struct nlmsghdr *message, const void **ret_attrs)
{
	*ret_attrs = (const char *)NLMSG_DATA(message) + GENL_HDRLEN;
	return (int)message->nlmsg_len - (int)NLMSG_HDRLEN - (int)GENL_HDRLEN;
}
