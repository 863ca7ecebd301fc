// SPDX-License-Identifier: GPL-2.0-or-later
/* See fuzz-netlink.h. */
#include "fuzz-netlink.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskmeter.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "genl.h"
#include "support.h"

#define MESSAGE_MAX	4096
#define RECEIVE_MAX	65536
/* The log takes so much memory; more than the first, up to the second, is not asked for. */
#define LOG_MODEST	(4U << 20)
#define LOG_LIMIT	(1U << 30)
/* To switch the meter takes long: all others would wait for it. */
#define CONFIG_SELDOM	5

#ifndef NLM_F_BULK
#define NLM_F_BULK	0x200
#endif

/**
 * struct known - an attribute of a request
 * @command: of the request
 * @type: its number
 * @width: bytes of its value
 * @sides: values from 0 to one less are ordinary
 */
struct known {
	uint8_t command;
	uint16_t type;
	uint16_t width;
	uint32_t sides;
};

static const struct known knowns[] = {
	{ TASKMETER_CMD_TASK_GET, TASKMETER_A_TASK_REQUEST, 4, 256 },
	{ TASKMETER_CMD_TASK_GET, TASKMETER_A_TASK_PID, 4, 400 },
	{ TASKMETER_CMD_TASK_GET, TASKMETER_A_TASK_TGID, 4, 400 },
	{ TASKMETER_CMD_TASK_GET, TASKMETER_A_TASK_UID, 4, 2 },
	{ TASKMETER_CMD_TASK_GET, TASKMETER_A_TASK_CGROUP_ID, 8, 3 },
	{ TASKMETER_CMD_TASK_GET, TASKMETER_A_TASK_SINCE, 8, 3 },
	{ TASKMETER_CMD_CONFIG_SET, TASKMETER_A_CONFIG_METER, 4, 2 },
	{ TASKMETER_CMD_CONFIG_SET, TASKMETER_A_CONFIG_WAKER, 4, 2 },
	{ TASKMETER_CMD_CONFIG_SET, TASKMETER_A_CONFIG_PROBE_TIME, 4, 2 },
	{ TASKMETER_CMD_CONFIG_SET, TASKMETER_A_CONFIG_EXIT_LOG_BYTES, 4, LOG_MODEST },
	{ TASKMETER_CMD_EXIT_GET, TASKMETER_A_EXIT_REQUEST, 4, 256 },
	{ TASKMETER_CMD_EXIT_GET, TASKMETER_A_EXIT_NUMBER, 8, 100 },
	{ TASKMETER_CMD_TOTAL_GET, TASKMETER_A_TOTAL_KIND, 4, 2 },
	{ TASKMETER_CMD_SUBSCRIBE, TASKMETER_A_SUBSCRIBE_EVENTS, 4, 16 },
	{ TASKMETER_CMD_SUBSCRIBE, TASKMETER_A_SUBSCRIBE_REQUEST, 4, 256 },
};

static const char *const names[FUZZ_COMMANDS + 1] = {
	"", "INFO_GET", "TASK_GET", "CONFIG_SET", "EXIT_GET", "TOTAL_GET", "SUBSCRIBE",
};

const char *netlink_fuzz_name(unsigned int command)
{
	return names[command];
}

/* A message in the making. */
struct draft {
	char bytes[MESSAGE_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	size_t size;
};

static uint64_t pick_value(struct dice *dice, const struct known *known, uint8_t command)
{
	uint64_t value = dice_once_in(dice, 4) ? dice_extreme(dice) :
						 dice_roll(dice, known->sides);

	/* Whoever may, gets the log that he asks for. */
	if (command == TASKMETER_CMD_CONFIG_SET && (uint32_t)value > LOG_MODEST &&
	    (uint32_t)value <= LOG_LIMIT)
		value = LOG_LIMIT + 1;
	return value;
}

static void put(struct draft *draft, uint16_t type, const void *data, size_t length)
{
	struct nlattr *attribute = (void *)(draft->bytes + draft->size);

	if (draft->size + NLA_HDRLEN + NLA_ALIGN(length) > sizeof(draft->bytes))
		return;
	attribute->nla_type = type;
	attribute->nla_len = NLA_HDRLEN + length;
	memcpy((char *)attribute + NLA_HDRLEN, data, length);
	memset((char *)attribute + NLA_HDRLEN + length, 0, NLA_ALIGN(length) - length);
	draft->size += NLA_HDRLEN + NLA_ALIGN(length);
}

static void put_known(struct dice *dice, struct draft *draft, const struct known *known,
		      uint8_t command)
{
	static const uint16_t marks[] = { NLA_F_NESTED, NLA_F_NET_BYTEORDER, 0x3000 };
	const uint64_t value = pick_value(dice, known, command);
	uint16_t type = known->type;
	size_t width = known->width;

	if (dice_once_in(dice, 16))
		type |= marks[dice_roll(dice, ARRAY_SIZE(marks))];
	if (dice_once_in(dice, 12))
		width = dice_roll(dice, sizeof(value) + 1);
	put(draft, type, &value, width);
}

/* Any type, of any length, made of what is otherwise on top. */
static void put_any(struct dice *dice, struct draft *draft)
{
	uint64_t payload[32];
	uint16_t type = dice_once_in(dice, 4) ? dice_number(dice) : dice_roll(dice, 40);

	for (size_t i = 0; i < ARRAY_SIZE(payload); i++)
		payload[i] = dice_once_in(dice, 2) ? 0x0001000100080008 : dice_extreme(dice);
	put(draft, type, payload, dice_roll(dice, sizeof(payload) + 1));
}

static void put_some(struct dice *dice, struct draft *draft, uint8_t command, unsigned int depth)
{
	for (uint64_t i = dice_roll(dice, 4); i; i--) {
		const struct known *known = &knowns[dice_roll(dice, ARRAY_SIZE(knowns))];

		if (known->command == command || dice_once_in(dice, 12))
			put_known(dice, draft, known, command);
		else if (command != TASKMETER_CMD_CONFIG_SET && dice_once_in(dice, 12))
			put_any(dice, draft);
		if (depth && dice_once_in(dice, 16)) {
			const size_t start = draft->size;
			struct nlattr *nest = (void *)(draft->bytes + start);

			put(draft, dice_roll(dice, 40) | NLA_F_NESTED, "", 0);
			put_some(dice, draft, command, depth - 1);
			if (draft->size > start)
				nest->nla_len = draft->size - start;
		}
	}
}

/* What each command takes at least, so that some requests are taken. */
static void put_needed(struct dice *dice, struct draft *draft, uint8_t command)
{
	for (size_t i = 0; i < ARRAY_SIZE(knowns); i++)
		if (knowns[i].command == command && dice_once_in(dice, 3))
			put_known(dice, draft, &knowns[i], command);
}

static uint16_t pick_flags(struct dice *dice, uint8_t command)
{
	static const uint16_t others[] = {
		NLM_F_ACK, NLM_F_ECHO, NLM_F_ROOT, NLM_F_MATCH, NLM_F_ATOMIC, NLM_F_DUMP,
		NLM_F_BULK, NLM_F_DUMP_INTR, NLM_F_MULTI,
	};
	uint16_t flags = NLM_F_REQUEST;

	if (command == TASKMETER_CMD_EXIT_GET || command == TASKMETER_CMD_TOTAL_GET ||
	    (command == TASKMETER_CMD_TASK_GET && dice_once_in(dice, 2)))
		flags |= NLM_F_DUMP;
	if (dice_once_in(dice, 2))
		flags |= NLM_F_ACK;
	if (dice_once_in(dice, 8))
		flags ^= others[dice_roll(dice, ARRAY_SIZE(others))];
	return flags;
}

static uint8_t pick_command(struct dice *dice)
{
	const uint8_t command = dice_once_in(dice, 24) ? dice_number(dice) :
							 1 + dice_roll(dice, FUZZ_COMMANDS);

	if (command == TASKMETER_CMD_CONFIG_SET && !dice_once_in(dice, CONFIG_SELDOM))
		return TASKMETER_CMD_SUBSCRIBE;
	return command;
}

/* Nobody else's family: our own, the one that tells of families, and control messages. */
static uint16_t pick_type(const struct netlink_fuzz *fuzz, struct dice *dice, uint8_t *command)
{
	if (!dice_once_in(dice, 32))
		return fuzz->family;
	if (dice_once_in(dice, 2))
		return dice_roll(dice, NLMSG_MIN_TYPE);
	*command = dice_once_in(dice, 2) ? CTRL_CMD_GETFAMILY : CTRL_CMD_GETPOLICY;
	return GENL_ID_CTRL;
}

/* Something in the headers of the message, or of an attribute, or their values. */
static void spoil(struct dice *dice, struct draft *draft, size_t start, uint8_t command)
{
	struct nlmsghdr *header = (void *)(draft->bytes + start);
	const size_t content = start + NLMSG_HDRLEN + GENL_HDRLEN;

	switch (dice_roll(dice, 4)) {
	case 0:
		header->nlmsg_len = dice_extreme(dice);
		break;
	case 1:
		draft->size = start + dice_roll(dice, draft->size - start + 1);
		break;
	default:
		/* Settings are left as they are, for the sake of the size of the log. */
		if (command != TASKMETER_CMD_CONFIG_SET && draft->size > content)
			dice_spoil(dice, draft->bytes + content, draft->size - content);
	}
}

static void add_message(struct netlink_fuzz *fuzz, struct draft *draft)
{
	struct dice *dice = &fuzz->dice;
	uint8_t command = pick_command(dice);
	const uint16_t type = pick_type(fuzz, dice, &command), flags = pick_flags(dice, command);
	const size_t start = draft->size;
	struct nlmsghdr *header = (void *)(draft->bytes + start);
	struct genlmsghdr *inner = NLMSG_DATA(header);

	if (start + NLMSG_HDRLEN + GENL_HDRLEN > sizeof(draft->bytes))
		return;
	*header = (struct nlmsghdr){
		.nlmsg_type = type, .nlmsg_flags = flags, .nlmsg_seq = ++fuzz->sequence,
		.nlmsg_pid = dice_once_in(dice, 8) ? dice_extreme(dice) : 0,
	};
	*inner = (struct genlmsghdr){
		.cmd = command, .version = dice_once_in(dice, 8) ? dice_number(dice) : 1,
		.reserved = dice_once_in(dice, 16) ? dice_number(dice) : 0,
	};
	draft->size += NLMSG_HDRLEN + GENL_HDRLEN;
	put_needed(dice, draft, command);
	if (dice_once_in(dice, 2))
		put_some(dice, draft, command, 3);
	header->nlmsg_len = draft->size - start;
	if (dice_once_in(dice, 3))
		spoil(dice, draft, start, command);
	fuzz->commands[fuzz->sequence % FUZZ_REMEMBERED] = type == fuzz->family ? command : 0;
}

static void send_some(struct netlink_fuzz *fuzz, int fd)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct draft draft = { .size = 0 };

	do {
		add_message(fuzz, &draft);
	} while (dice_once_in(&fuzz->dice, 8));
	sendto(fd, draft.bytes, draft.size, MSG_DONTWAIT, (struct sockaddr *)&kernel,
	       sizeof(kernel));
}

/* Each lies in what it is in, to the end; so do those in it. */
static void check_attributes(const char *at, size_t left, unsigned int depth)
{
	must(depth < 5);
	while (left) {
		const struct nlattr *attribute = (const void *)at;
		size_t size;

		must(left >= NLA_HDRLEN && attribute->nla_len >= NLA_HDRLEN);
		must(attribute->nla_len <= left);
		if (attribute->nla_type & NLA_F_NESTED)
			check_attributes(at + NLA_HDRLEN, attribute->nla_len - NLA_HDRLEN,
					 depth + 1);
		size = NLA_ALIGN(attribute->nla_len);
		size = size < left ? size : left;
		at += size;
		left -= size;
	}
}

/* What changed the length of a message may have made another of its end, with any number. */
static void check_closing(struct netlink_fuzz *fuzz, const struct nlmsghdr *message)
{
	const uint32_t age = fuzz->sequence - message->nlmsg_seq;
	int error;

	must(NLMSG_PAYLOAD(message, 0) >= sizeof(error));
	memcpy(&error, NLMSG_DATA(message), sizeof(error));
	must(error <= 0 && error > -4096);
	if (age < FUZZ_REMEMBERED)
		fuzz_tally_add(fuzz->tally,
			       fuzz->commands[message->nlmsg_seq % FUZZ_REMEMBERED], !error);
}

static void check_messages(struct netlink_fuzz *fuzz, const char *buffer, size_t left)
{
	const struct nlmsghdr *message = (const void *)buffer;

	for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
		if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
			check_closing(fuzz, message);
		} else if (message->nlmsg_type == fuzz->family) {
			const struct genlmsghdr *inner = NLMSG_DATA(message);

			must(message->nlmsg_len >= NLMSG_LENGTH(GENL_HDRLEN));
			must(inner->cmd && inner->cmd <= TASKMETER_CMD_MAX);
			check_attributes((const char *)inner + GENL_HDRLEN,
					 NLMSG_PAYLOAD(message, GENL_HDRLEN), 0);
			if (message->nlmsg_seq)
				fuzz_tally_add(fuzz->tally, inner->cmd, true);
		}
	}
	must(!left);
}

/* Whole datagrams, so many at most; or the begin of one, whose rest is lost. */
static void receive_some(struct netlink_fuzz *fuzz, int fd, uint64_t most)
{
	static const int flags[] = { 0, 0, 0, 0, MSG_PEEK, MSG_TRUNC };
	char buffer[RECEIVE_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct dice *dice = &fuzz->dice;

	for (; most; most--) {
		const int flag = flags[dice_roll(dice, ARRAY_SIZE(flags))];
		const size_t room = dice_once_in(dice, 16) ? dice_roll(dice, 200) : sizeof(buffer);
		const ssize_t size = recv(fd, buffer, room, MSG_DONTWAIT | flag);

		if (size < 0 && errno != ENOBUFS)
			return;
		if (room == sizeof(buffer) && !flag && size > 0)
			check_messages(fuzz, buffer, size);
	}
}

static void set_options(struct dice *dice, int fd)
{
	static const int options[] = {
		NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK, NETLINK_PKTINFO,
		NETLINK_NO_ENOBUFS, NETLINK_BROADCAST_ERROR,
	};
	const int least = 1, on = 1;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (dice_once_in(dice, 3))
			setsockopt(fd, SOL_NETLINK, options[i], &on, sizeof(on));
	if (dice_once_in(dice, 3))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
}

static int socket_open(struct dice *dice)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	must(fd >= 0);
	set_options(dice, fd);
	return fd;
}

void netlink_fuzz_step(struct netlink_fuzz *fuzz)
{
	int *fd = &fuzz->sockets[dice_roll(&fuzz->dice, FUZZ_SOCKETS)];

	fuzz->step++;
	atomic_fetch_add(&fuzz->tally->tried, 1);
	switch (dice_roll(&fuzz->dice, 16)) {
	case 0:
		close(*fd);
		*fd = socket_open(&fuzz->dice);
		break;
	case 1:
		receive_some(fuzz, *fd, 1000);
		break;
	case 2 ... 4:
		receive_some(fuzz, *fd, 1 + dice_roll(&fuzz->dice, 3));
		break;
	case 5 ... 7:
		send_some(fuzz, *fd);
		break;
	default:
		send_some(fuzz, *fd);
		receive_some(fuzz, *fd, 1 + dice_roll(&fuzz->dice, 8));
	}
}

void netlink_fuzz_open(struct netlink_fuzz *fuzz, uint64_t seed, unsigned int stream,
		       struct fuzz_tally *tally)
{
	struct genl genl;

	memset(fuzz, 0, sizeof(*fuzz));
	dice_seed(&fuzz->dice, seed, stream);
	fuzz->tally = tally;
	genl_open(&genl);
	fuzz->family = genl.family;
	genl_close(&genl);
	for (size_t i = 0; i < FUZZ_SOCKETS; i++)
		fuzz->sockets[i] = socket_open(&fuzz->dice);
}

void netlink_fuzz_close(struct netlink_fuzz *fuzz)
{
	for (size_t i = 0; i < FUZZ_SOCKETS; i++)
		close(fuzz->sockets[i]);
}
