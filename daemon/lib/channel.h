/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A generic netlink socket. libnl makes sockets and requests; replies are received and
 * walked here, as a copy of each message, which is libnl's way, costs more than all
 * else that is done with it.
 */
#ifndef TASKMETER_LIB_CHANNEL_H
#define TASKMETER_LIB_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

struct nl_msg;
struct nl_sock;
struct nlmsghdr;

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

/**
 * tm_channel_open() - open a socket
 * @channel: need not be initialized
 * @size: of the buffer, what the kernel may send at once
 *
 * Return: 0 or a negative errno; then it is closed.
 */
int tm_channel_open(struct channel *channel, size_t size);

/**
 * tm_channel_close() - close the socket
 * @channel: zeroed, or was opened; may be closed already
 */
void tm_channel_close(struct channel *channel);

/**
 * tm_channel_send() - send a request
 * @channel: what it still held of another one is dropped
 * @request: stays the caller's
 *
 * Return: 0 or a negative errno.
 */
int tm_channel_send(struct channel *channel, struct nl_msg *request);

/**
 * tm_channel_any() - the next message, whatever it answers
 * @channel: the channel
 * @flags: MSG_DONTWAIT, or 0 to wait for it
 * @ret_message: valid until the next call on the channel
 *
 * Return: 0; -EAGAIN if there is none and it does not wait; -ENOBUFS if messages were
 * lost as there was no room for them, once; -EBADMSG if what came is malformed; another
 * negative errno.
 */
int tm_channel_any(struct channel *channel, int flags,
		   const struct nlmsghdr **ret_message);

/**
 * tm_channel_next() - the next message that answers the request; waits for it
 * @channel: the channel
 * @ret_message: valid until the next call on the channel
 *
 * Return: as tm_channel_any().
 */
int tm_channel_next(struct channel *channel, const struct nlmsghdr **ret_message);

/**
 * tm_channel_error() - the errno for a number of libnl
 * @error: what a call of libnl gave, negative
 *
 * Return: negative errno.
 */
int tm_channel_error(int error);

/**
 * tm_channel_attributes() - the attributes of a message of the family
 * @message: the message
 * @ret_attrs: first attribute
 *
 * Return: bytes of them, or a negative number if there is not even a header.
 */
int tm_channel_attributes(const struct nlmsghdr *message, const void **ret_attrs);

#endif
