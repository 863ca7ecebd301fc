/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generic netlink by hand, so that tests can send what no library would and see
 * every bit of the answer.
 */
#ifndef TESTS_KERNEL_GENL_H
#define TESTS_KERNEL_GENL_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskmeter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "support.h"

/**
 * struct genl - a socket
 * @fd: its descriptor
 * @family: id of the family "taskmeter"
 * @room: bytes that are received at once, from which the kernel takes the size of
 *	its messages
 * @sequence: of the last request
 * @text: what the kernel said about the last error, else empty
 * @replies: messages received in the last exchange, without the closing one
 * @datagrams: receive calls of the last exchange
 * @interrupted: the last dump was not of one piece (NLM_F_DUMP_INTR)
 */
struct genl {
	int fd;
	uint16_t family;
	size_t room;
	uint32_t sequence;
	char text[256];
	size_t replies;
	size_t datagrams;
	bool interrupted;
};

/* A request in the making. */
struct genl_request {
	struct nlmsghdr header;
	struct genlmsghdr command;
	char attributes[512];
};

typedef void genl_fn(const struct nlmsghdr *message, void *arg);

/**
 * genl_try_open() - open a socket and look the family up
 *
 * Return: 0, or -ENOENT if there is no such family.
 */
int genl_try_open(struct genl *genl, size_t room);
void genl_open(struct genl *genl);
/* One for which the kernel makes the smallest messages and queues few of them. */
void genl_open_small(struct genl *genl);
void genl_close(struct genl *genl);

/* @flags: for instance NLM_F_ACK or NLM_F_DUMP. */
void genl_begin(struct genl_request *request, const struct genl *genl,
		uint8_t command, uint16_t flags);
void genl_put(struct genl_request *request, uint16_t type, const void *data,
	      size_t length);
void genl_put_u32(struct genl_request *request, uint16_t type, uint32_t value);
void genl_put_u64(struct genl_request *request, uint16_t type, uint64_t value);

void genl_send(struct genl *genl, struct genl_request *request);

/**
 * genl_receive() - handle one datagram
 * @genl: the socket
 * @fn: called with each message of the family
 * @arg: for @fn
 *
 * Return: 1 if there is more to come, 0 at the end, a negative errno if the
 * kernel answered with an error.
 */
int genl_receive(struct genl *genl, genl_fn *fn, void *arg);
/* Its end: error and text, of NLMSG_ERROR or NLMSG_DONE. */
int genl_closing_message(struct genl *genl, const struct nlmsghdr *message);
/* Send and receive to the end: 0 or a negative errno. */
int genl_exchange(struct genl *genl, struct genl_request *request, genl_fn *fn,
		  void *arg);

/* The same where memory may be missing: what send(2) and recv(2) say counts, too. */
int genl_try_exchange(struct genl *genl, struct genl_request *request, genl_fn *fn,
		      void *arg);

/* Payload of an attribute of a message, NULL if it is not there. */
const struct nlattr *genl_find(const struct nlmsghdr *message, uint16_t type);
/* The same in a nest; of what it has, the number. */
const struct nlattr *genl_find_in(const struct nlattr *nest, uint16_t type);
size_t genl_count_in(const struct nlattr *nest);
const void *genl_data(const struct nlattr *attribute);
size_t genl_size(const struct nlattr *attribute);
uint64_t genl_u64(const struct nlattr *attribute);
uint32_t genl_u32(const struct nlattr *attribute);

/* The record that a message carries, by the table of tm_fields(). */
void genl_record(const struct nlmsghdr *message, struct taskmeter_record *record);
/* The same in a nest, of an exit. */
void genl_record_in(const struct nlattr *nest, struct taskmeter_record *record);

/* Its histograms; false if the message has none, all are 0 then. */
bool genl_histograms(const struct nlmsghdr *message, struct taskmeter_histograms *histograms);
bool genl_histograms_in(const struct nlattr *nest, struct taskmeter_histograms *histograms);

int genl_get(struct genl *genl, pid_t pid, uint32_t flags,
	     struct taskmeter_record *ret_record);
/* @filter: as for device_snapshot(). Return: 0 or a negative errno. */
int genl_dump(struct genl *genl, const struct taskmeter_snapshot *filter,
	      struct records *records);
void genl_begin_dump(struct genl_request *request, const struct genl *genl,
		     const struct taskmeter_snapshot *filter);
/* A genl_fn that adds the message's record to &struct records. */
void genl_add_record(const struct nlmsghdr *message, void *records);

#endif
