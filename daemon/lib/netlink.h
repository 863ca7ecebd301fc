/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the netlink transport share. A snapshot or reader has a socket of
 * its own: requests may be made while it is read, and one that is not read to its end is
 * ended by closing that socket.
 */
#ifndef TASKMETER_LIB_NETLINK_H
#define TASKMETER_LIB_NETLINK_H

#include "lib/channel.h"
#include "lib/meter.h"

/* The kernel fills a dump's messages up to what the reader has room for. */
#define TM_DUMP_BUFFER	(64 * 1024)

/**
 * struct netlink_meter - an open meter
 * @meter: first, see meter.h
 * @requests: for what is answered at once
 * @dump: for what @reader reads
 * @reader: the snapshot or reader that was not freed yet, or NULL
 * @family: number of the family
 */
struct netlink_meter {
	struct tm_meter meter;
	struct channel requests;
	struct channel dump;
	void *reader;
	int family;
};

static inline struct netlink_meter *to_netlink(const struct tm_meter *meter)
{
	return (struct netlink_meter *)meter;
}

/**
 * tm_netlink_request() - begin a request for the family
 * @netlink: the meter
 * @command: TASKMETER_CMD_*
 * @flags: NLM_F_*
 *
 * Return: to be freed with nlmsg_free(); NULL if there is no memory.
 */
struct nl_msg *tm_netlink_request(struct netlink_meter *netlink, uint8_t command,
				  int flags);

/**
 * tm_netlink_status() - the outcome in an error or end message
 * @meter: keeps the module's words for it
 * @message: the message
 *
 * Return: 0 or a negative errno.
 */
int tm_netlink_status(struct tm_meter *meter, const struct nlmsghdr *message);

/**
 * tm_netlink_malformed() - say in the meter that a reply is malformed
 * @meter: the meter
 *
 * Return: -EBADMSG.
 */
int tm_netlink_malformed(struct tm_meter *meter);

/**
 * tm_netlink_dump() - begin a dump
 * @netlink: the meter
 * @request: with NLM_F_DUMP; stays the caller's
 *
 * Return: 0 or a negative errno, not yet said in the meter.
 */
int tm_netlink_dump(struct netlink_meter *netlink, struct nl_msg *request);

/**
 * tm_netlink_dump_next() - the next message of a dump
 * @netlink: the meter
 * @ret_attrs: its attributes, valid until the next call
 * @ret_len: bytes of them
 *
 * Return: 1 with a message; 0 at the end; a negative errno. But with 1 the dump has
 * ended.
 */
int tm_netlink_dump_next(struct netlink_meter *netlink, const void **ret_attrs,
			 size_t *ret_len);

int tm_netlink_exits_new(struct tm_meter *meter, uint64_t cursor, uint32_t flags,
			 struct tm_exits **ret_exits);
int tm_netlink_exits_next(struct tm_exits *exits, const struct tm_exit **ret_exit);
void tm_netlink_exits_free(struct tm_exits *exits);
int tm_netlink_totals_new(struct tm_meter *meter, uint32_t kind,
			  struct tm_totals **ret_totals);
int tm_netlink_totals_next(struct tm_totals *totals,
			   const struct taskmeter_total **ret_total,
			   const char **ret_path);
void tm_netlink_totals_free(struct tm_totals *totals);

#endif
