/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A module of the test's own behind the library's netlink sockets: nl_send_auto() and
 * recvmsg() stand in place of the C library's and libnl's, for the library's archive only.
 * It has an exit log of which each number is there, evicted, or not shown.
 */
#ifndef TESTS_UNIT_NETLINK_MODULE_H
#define TESTS_UNIT_NETLINK_MODULE_H

#include "message.h"

#include <errno.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FAMILY		0x21
#define MOST_RECORDS	600
#define MOST_DATAGRAMS	2048

enum fate {
	THERE,
	EVICTED,
	HIDDEN,
};

/* What comes next from a socket: bytes, or an error. */
struct datagram {
	int fd;
	int error;
	char *bytes;
	size_t length;
};

static struct {
	/* What it is. */
	int absent;
	int old;
	int sees_all;
	enum fate log[MOST_RECORDS + 1];
	uint64_t newest;
	/* What it has been asked, and does. */
	int exit_dumps;
	int total_dumps;
	int subscriptions;
	uint32_t subscribed;
	uint32_t request;
	uint32_t log_bytes;
	int events_fd;
	/* What goes wrong: the error of the next request of a kind; 0 for none. */
	int exit_error;
	int subscribe_error;
	int info_error;
	/* Called at the begin of a dump of the log, and before a subscription's reply. */
	void (*on_dump)(void);
	void (*on_subscribe)(void);
	/* In place of what it would send. */
	const struct message *instead_of_record;
	const struct message *instead_of_end;
	int no_end;

	struct datagram queue[MOST_DATAGRAMS];
	size_t queued;
} module;

static inline void queue_bytes(int fd, const void *bytes, size_t length)
{
	struct datagram *datagram = &module.queue[module.queued++];

	ck_assert_uint_le(module.queued, MOST_DATAGRAMS);
	*datagram = (struct datagram){ .fd = fd, .length = length };
	datagram->bytes = malloc(length);
	ck_assert_ptr_nonnull(datagram->bytes);
	memcpy(datagram->bytes, bytes, length);
}

static inline void queue_error(int fd, int error)
{
	ck_assert_uint_lt(module.queued, MOST_DATAGRAMS);
	module.queue[module.queued++] = (struct datagram){ .fd = fd, .error = error };
}

static inline void unqueue(size_t i)
{
	free(module.queue[i].bytes);
	module.queued--;
	memmove(&module.queue[i], &module.queue[i + 1],
		(module.queued - i) * sizeof(module.queue[0]));
}

/* What is still to be received from a socket. */
static inline size_t pending(int fd)
{
	size_t i, n = 0;

	for (i = 0; i < module.queued; i++)
		n += module.queue[i].fd == fd;
	return n;
}

static inline void forget(int fd)
{
	size_t i = 0;

	while (i < module.queued)
		if (module.queue[i].fd == fd)
			unqueue(i);
		else
			i++;
}

/* Message headers, and what follows them. Return: bytes. */
static inline size_t build(char *to, uint16_t type, uint32_t sequence, uint8_t command,
			   const void *payload, size_t length)
{
	struct nlmsghdr header = {
		.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + GENL_HDRLEN + length),
		.nlmsg_type = type,
		.nlmsg_seq = sequence,
	};
	struct genlmsghdr genl = { .cmd = command, .version = 1 };

	memcpy(to, &header, sizeof(header));
	memcpy(to + NLMSG_HDRLEN, &genl, sizeof(genl));
	memcpy(to + NLMSG_HDRLEN + GENL_HDRLEN, payload, length);
	return NLMSG_ALIGN(header.nlmsg_len);
}

static inline void queue_message(int fd, uint32_t sequence, uint8_t command,
				 const struct message *message)
{
	static char bytes[sizeof(*message) + 64];

	queue_bytes(fd, bytes, build(bytes, FAMILY, sequence, command, message->bytes,
				     message->length));
}

/* NLMSG_DONE or NLMSG_ERROR. */
static inline void queue_status(int fd, uint32_t sequence, uint16_t type, int error)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} status = {
		.header.nlmsg_len = sizeof(status),
		.header.nlmsg_type = type,
		.header.nlmsg_seq = sequence,
		.error.error = error,
	};

	queue_bytes(fd, &status, sizeof(status));
}

static inline void put_exit(struct message *message, uint64_t number, uint32_t request)
{
	struct taskmeter_record record;
	struct message task = { .length = 0 }, histograms = { .length = 0 };
	const uint64_t bucket = number;

	sample_record(&record);
	record.pid = (uint32_t)number + 1000;
	put_record(&task, &record, request & TASKMETER_SNAPSHOT_STALLS ? TM_GROUP_STALL :
									 TM_GROUP_METER);
	if (request & TASKMETER_SNAPSHOT_HISTOGRAMS) {
		put_u64(&histograms, TASKMETER_A_HISTOGRAMS_CPU_WAIT, bucket);
		put_nest(&task, TASKMETER_A_TASK_HISTOGRAMS, &histograms);
	}
	put_u64(message, TASKMETER_A_EXIT_NUMBER, number);
	put_u32(message, TASKMETER_A_EXIT_FLAGS, TASKMETER_EXIT_COMMAND_LINE);
	put_u64(message, TASKMETER_A_EXIT_TIME_NS, number * 1000);
	put_u32(message, TASKMETER_A_EXIT_STATUS, 3 << 8);
	put(message, TASKMETER_A_EXIT_COMMAND_LINE, "a\0b", 4);
	put_string(message, TASKMETER_A_EXIT_CGROUP_PATH, "/user.slice");
	put_nest(message, TASKMETER_A_EXIT_TASK, &task);
}

static inline void put_end(struct message *message, uint64_t next, uint64_t lost)
{
	put_u64(message, TASKMETER_A_EXIT_NEXT, next);
	put_u64(message, TASKMETER_A_EXIT_LOST, lost);
}

static inline void queue_record(int fd, uint32_t sequence, uint64_t number)
{
	struct message message = { .length = 0 };

	if (module.instead_of_record)
		message = *module.instead_of_record;
	else
		put_exit(&message, number, module.request);
	queue_message(fd, sequence, TASKMETER_CMD_EXIT_GET, &message);
}

static inline void queue_end(int fd, uint32_t sequence, uint64_t lost)
{
	struct message message = { .length = 0 };

	if (module.instead_of_end)
		message = *module.instead_of_end;
	else
		put_end(&message, module.newest + 1, lost);
	if (!module.no_end)
		queue_message(fd, sequence, TASKMETER_CMD_EXIT_GET, &message);
}

static inline void answer_exits(int fd, uint32_t sequence, struct nlattr **attrs)
{
	uint64_t from = 0, number, lost = 0;
	int error = module.exit_error;

	module.exit_dumps++;
	if (module.on_dump)
		module.on_dump();
	if (attrs[TASKMETER_A_EXIT_NUMBER])
		from = nla_get_u64(attrs[TASKMETER_A_EXIT_NUMBER]);
	if (attrs[TASKMETER_A_EXIT_REQUEST])
		module.request = nla_get_u32(attrs[TASKMETER_A_EXIT_REQUEST]);
	module.exit_error = 0;
	if (!error && from > module.newest + 1)
		error = -EINVAL;
	if (error) {
		queue_status(fd, sequence, NLMSG_DONE, error);
		return;
	}
	for (number = from ? from : 1; number <= module.newest; number++) {
		lost += from && module.log[number] == EVICTED;
		if (module.log[number] == THERE)
			queue_record(fd, sequence, number);
	}
	queue_end(fd, sequence, lost);
	queue_status(fd, sequence, NLMSG_DONE, 0);
}

static inline void put_total(struct message *message, uint64_t id, uint32_t flags)
{
	uint16_t attribute = TASKMETER_A_TOTAL_LAST_NUMBER;

	put_u32(message, TASKMETER_A_TOTAL_FLAGS, flags);
	put_u64(message, TASKMETER_A_TOTAL_ID, id);
	for (; attribute <= TASKMETER_A_TOTAL_MEM_STALL_NS; attribute++)
		put_u64(message, attribute, id * 100 + attribute);
}

static inline void answer_totals(int fd, uint32_t sequence, struct nlattr **attrs)
{
	uint64_t id;

	module.total_dumps++;
	ck_assert_ptr_nonnull(attrs[TASKMETER_A_TOTAL_KIND]);
	for (id = 1; module.sees_all && id <= 3; id++) {
		struct message message = { .length = 0 };

		put_total(&message, id, 0);
		if (nla_get_u32(attrs[TASKMETER_A_TOTAL_KIND]) == TASKMETER_TOTAL_CGROUP)
			put_string(&message, TASKMETER_A_TOTAL_CGROUP_PATH, "/init.scope");
		queue_message(fd, sequence, TASKMETER_CMD_TOTAL_GET, &message);
	}
	queue_status(fd, sequence, NLMSG_DONE, module.sees_all ? 0 : -EPERM);
}

static inline void answer_subscribe(int fd, uint32_t sequence, struct nlattr **attrs)
{
	struct message message = { .length = 0 };

	module.subscriptions++;
	module.events_fd = fd;
	module.subscribed = nla_get_u32(attrs[TASKMETER_A_SUBSCRIBE_EVENTS]);
	if (attrs[TASKMETER_A_SUBSCRIBE_REQUEST])
		module.request = nla_get_u32(attrs[TASKMETER_A_SUBSCRIBE_REQUEST]);
	put_u64(&message, TASKMETER_A_SUBSCRIBE_NEXT, module.newest + 1);
	if (module.on_subscribe)
		module.on_subscribe();
	if (module.subscribe_error == -ENOBUFS)
		queue_error(fd, ENOBUFS);
	else if (module.subscribe_error)
		queue_status(fd, sequence, NLMSG_ERROR, module.subscribe_error);
	else
		queue_message(fd, sequence, TASKMETER_CMD_SUBSCRIBE, &message);
	module.subscribe_error = 0;
}

static inline void answer_config(int fd, uint32_t sequence, struct nlattr **attrs)
{
	ck_assert_ptr_nonnull(attrs[TASKMETER_A_CONFIG_EXIT_LOG_BYTES]);
	module.log_bytes = nla_get_u32(attrs[TASKMETER_A_CONFIG_EXIT_LOG_BYTES]);
	queue_status(fd, sequence, NLMSG_ERROR, 0);
}

static inline void answer_info(int fd, uint32_t sequence)
{
	struct message message = { .length = 0 };
	struct taskmeter_info info;
	uint16_t attribute;

	if (module.info_error) {
		queue_status(fd, sequence, NLMSG_ERROR, module.info_error);
		return;
	}
	sample_info(&info);
	put_u32(&message, TASKMETER_A_INFO_ABI_VERSION, info.abi_version);
	put_u64(&message, TASKMETER_A_INFO_FLAGS, info.flags);
	put_u64(&message, TASKMETER_A_INFO_AVAILABLE, info.available);
	put_u64(&message, TASKMETER_A_INFO_INSTANCE_ID, info.instance_id);
	put_u64(&message, TASKMETER_A_INFO_LOAD_TIME_NS, info.load_time_ns);
	put_u32(&message, TASKMETER_A_INFO_RECORD_SIZE, info.record_size);
	put_u32(&message, TASKMETER_A_INFO_PAGE_SIZE, info.page_size);
	put_u32(&message, TASKMETER_A_INFO_PID_NAMESPACE, info.pid_namespace);
	put_u64(&message, TASKMETER_A_INFO_RSS_ERROR_BYTES, info.rss_error_bytes);
	put_string(&message, TASKMETER_A_INFO_VERSION, info.version);
	for (attribute = TASKMETER_A_INFO_TOKEN;
	     attribute <= TASKMETER_A_INFO_PROBE_NS; attribute++)
		put_u64(&message, attribute, 1);
	for (; attribute <= TASKMETER_A_INFO_HISTOGRAM_BYTES; attribute++)
		put_u32(&message, attribute, 1);
	for (; !module.old && attribute <= TASKMETER_A_INFO_EVENTS_LOST; attribute++)
		put_u64(&message, attribute, 1);
	if (!module.old)
		put_u32(&message, TASKMETER_A_INFO_SUBSCRIBERS, 1);
	queue_message(fd, sequence, TASKMETER_CMD_INFO_GET, &message);
}

static inline void answer(int fd, uint32_t sequence, uint8_t command,
			  struct nlattr **attrs)
{
	switch (command) {
	case TASKMETER_CMD_INFO_GET:
		return answer_info(fd, sequence);
	case TASKMETER_CMD_EXIT_GET:
		return answer_exits(fd, sequence, attrs);
	case TASKMETER_CMD_TOTAL_GET:
		return answer_totals(fd, sequence, attrs);
	case TASKMETER_CMD_SUBSCRIBE:
		return answer_subscribe(fd, sequence, attrs);
	case TASKMETER_CMD_CONFIG_SET:
		return answer_config(fd, sequence, attrs);
	default:
		queue_status(fd, sequence, NLMSG_ERROR, -EOPNOTSUPP);
	}
}

int nl_send_auto(struct nl_sock *sk, struct nl_msg *msg)
{
	struct nlattr *attrs[64] = { 0 };
	struct nlmsghdr *header;
	int fd = nl_socket_get_fd(sk);

	nl_complete_msg(sk, msg);
	header = nlmsg_hdr(msg);
	ck_assert_uint_eq(header->nlmsg_type, FAMILY);
	ck_assert_int_eq(genlmsg_parse(header, 0, attrs, 63, NULL), 0);
	if (fd != module.events_fd)
		ck_assert_msg(!pending(fd), "another dump is running on this socket");
	answer(fd, header->nlmsg_seq, genlmsg_hdr(header)->cmd, attrs);
	return (int)header->nlmsg_len;
}

/*
 * For libnl too, so it has to be seen. A new socket holds nothing of the one that had its
 * number before.
 */
__attribute__((visibility("default"))) int socket(int domain, int type, int protocol)
{
	int fd = (int)syscall(SYS_socket, domain, type, protocol);

	if (fd >= 0)
		forget(fd);
	return fd;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t n;
	size_t i;

	for (i = 0; i < module.queued && module.queue[i].fd != fd; i++)
		;
	if (i == module.queued) {
		ck_assert_msg(flags & MSG_DONTWAIT, "this would wait for ever");
		errno = EAGAIN;
		return -1;
	}
	errno = module.queue[i].error;
	n = errno ? -1 : (ssize_t)module.queue[i].length;
	if (n > 0) {
		ck_assert_uint_le(module.queue[i].length, message->msg_iov->iov_len);
		memcpy(message->msg_iov->iov_base, module.queue[i].bytes, (size_t)n);
	}
	unqueue(i);
	return n;
}

int genl_ctrl_resolve(struct nl_sock *sk, const char *name)
{
	(void)sk;
	ck_assert_str_eq(name, TASKMETER_GENL_NAME);
	return module.absent ? -NLE_OBJ_NOTFOUND : FAMILY;
}

#endif
