// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of the netlink family about processes that have exited.
 *
 * A message is composed beside the buffer that it goes to: most are much smaller than
 * the largest that there may be. One that does not fit any more begins the next buffer.
 */
#include <linux/genetlink.h>
#include <linux/kernfs.h>
#include <linux/slab.h>
#include <linux/taskmeter.h>
#include <net/genetlink.h>

#include "access.h"
#include "attrs-exit.h"
#include "compat/compat.h"
#include "events.h"
#include "exitlog.h"
#include "netlink.h"
#include "path.h"
#include "totals.h"

#define EXIT_FLAGS	(TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS)
#define EVENTS		(TASKMETER_EVENT_FORK | TASKMETER_EVENT_EXEC | \
			 TASKMETER_EVENT_EXIT | TASKMETER_EVENT_OOM)

const struct nla_policy exit_policy[TASKMETER_A_EXIT_MAX + 1] = {
	[TASKMETER_A_EXIT_REQUEST] = NLA_POLICY_MASK(NLA_U32, EXIT_FLAGS),
	[TASKMETER_A_EXIT_NUMBER] = { .type = NLA_U64 },
};

const struct nla_policy total_policy[TASKMETER_A_TOTAL_MAX + 1] = {
	[TASKMETER_A_TOTAL_KIND] = NLA_POLICY_MAX(NLA_U32, TOTAL_KINDS - 1),
};

const struct nla_policy subscribe_policy[TASKMETER_A_SUBSCRIBE_MAX + 1] = {
	[TASKMETER_A_SUBSCRIBE_EVENTS] = NLA_POLICY_MASK(NLA_U32, EVENTS),
	[TASKMETER_A_SUBSCRIBE_REQUEST] = NLA_POLICY_MASK(NLA_U32, EXIT_FLAGS),
};

#define HEADER_SIZE		(NLMSG_HDRLEN + GENL_HDRLEN)
#define EXIT_MESSAGE_SIZE	NLMSG_ALIGN(HEADER_SIZE + EXIT_ATTRS_SIZE)
#define TOTAL_MESSAGE_SIZE						\
	NLMSG_ALIGN(HEADER_SIZE + ATTR_SPACE(PATH_MAX) +		\
		    TASKMETER_A_TOTAL_MAX * ATTR_U64)

static u32 attr_u32(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

/* Move a composed message, if there is one, to the buffer. Return: whether it had room. */
static bool message_sent(struct sk_buff *skb, const void *message, unsigned int *length)
{
	if (skb_tailroom(skb) < *length)
		return false;
	skb_put_data(skb, message, *length);
	*length = 0;
	return true;
}

/**
 * struct exit_dump - a dump of the exit log under way
 * @observer: who asked
 * @reader: reads the log; NULL before the first record
 * @writer: writes the records
 * @done: even the message that ends it was composed
 * @length: of what was composed and not sent yet
 * @message: what was composed
 */
struct exit_dump {
	struct observer observer;
	struct exit_reader *reader;
	struct exit_writer writer;
	bool done;
	unsigned int length;
	u8 message[EXIT_MESSAGE_SIZE] __aligned(NLMSG_ALIGNTO);
};

/* In the context of the request: the observer is taken here. */
int exit_get_start(struct netlink_callback *cb)
{
	struct exit_dump *dump = kvzalloc(sizeof(*dump), GFP_KERNEL);

	if (!dump)
		return -ENOMEM;
	observer_init(&dump->observer, socket_file(cb->skb));
	dump->writer.observer = &dump->observer;
	/* The largest one has to have room. */
	cb->min_dump_alloc = EXIT_MESSAGE_SIZE;
	cb->args[0] = (long)dump;
	return 0;
}

int exit_get_done(struct netlink_callback *cb)
{
	struct exit_dump *dump = (struct exit_dump *)cb->args[0];

	exit_reader_free(dump->reader);
	observer_release(&dump->observer);
	kvfree(dump);
	return 0;
}

/* Not in ->start: up to 6.1 that has no extack to say what is wrong. */
static int exit_dump_begin(struct exit_dump *dump, struct netlink_callback *cb)
{
	struct nlattr **attrs = compat_dump_attrs(cb);
	const struct nlattr *number = attrs[TASKMETER_A_EXIT_NUMBER];
	struct exit_reader *reader;

	reader = exit_reader_new(&dump->observer, number ? nla_get_u64(number) : 0);
	if (IS_ERR(reader)) {
		if (PTR_ERR(reader) == -EINVAL)
			NL_SET_ERR_MSG(cb->extack,
				       "no such number yet: was the module loaded anew?");
		return PTR_ERR(reader);
	}
	reader->end = exitlog_last();
	dump->reader = reader;
	dump->writer.flags = attr_u32(attrs[TASKMETER_A_EXIT_REQUEST]);
	return 0;
}

static void exit_dump_compose(struct exit_dump *dump, const struct message_header *header)
{
	struct message_header *message = (void *)dump->message;
	struct exit_writer *writer = &dump->writer;
	void *at = message + 1;

	*message = *header;
	if (exit_reader_next(dump->reader, &writer->ending, &writer->histograms)) {
		at = put_exit(at, writer);
	} else {
		at = put_u64(at, TASKMETER_A_EXIT_NEXT, dump->reader->cursor);
		at = put_u64(at, TASKMETER_A_EXIT_LOST, dump->reader->lost);
		dump->done = true;
	}
	message->netlink.nlmsg_len = at - (void *)message;
	dump->length = message->netlink.nlmsg_len;
}

int exit_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct exit_dump *dump = (struct exit_dump *)cb->args[0];
	struct message_header header;
	int ret;

	if (!dump->reader) {
		ret = exit_dump_begin(dump, cb);
		if (ret)
			return ret;
	}
	message_header_init(&header, TASKMETER_CMD_EXIT_GET, NETLINK_CB(cb->skb).portid,
			    cb->nlh->nlmsg_seq, NLM_F_MULTI);
	while (message_sent(skb, dump->message, &dump->length) && !dump->done) {
		exit_dump_compose(dump, &header);
		cond_resched();
	}
	return skb->len;
}

/**
 * struct total_dump - a dump of totals under way
 * @observer: who asked
 * @kind: what for
 * @cursor: how far it is
 * @begun: the request was looked at
 * @done: there is no more
 * @length: of what was composed and not sent yet
 * @path: room for one
 * @message: what was composed
 */
struct total_dump {
	struct observer observer;
	enum taskmeter_total_kind kind;
	u64 cursor;
	bool begun;
	bool done;
	unsigned int length;
	char path[PATH_MAX];
	u8 message[TOTAL_MESSAGE_SIZE] __aligned(NLMSG_ALIGNTO);
};

int total_get_start(struct netlink_callback *cb)
{
	struct total_dump *dump = kvzalloc(sizeof(*dump), GFP_KERNEL);

	if (!dump)
		return -ENOMEM;
	observer_init(&dump->observer, socket_file(cb->skb));
	cb->min_dump_alloc = TOTAL_MESSAGE_SIZE;
	cb->args[0] = (long)dump;
	return 0;
}

int total_get_done(struct netlink_callback *cb)
{
	struct total_dump *dump = (struct total_dump *)cb->args[0];

	observer_release(&dump->observer);
	kvfree(dump);
	return 0;
}

static int total_dump_begin(struct total_dump *dump, struct netlink_callback *cb)
{
	struct nlattr *kind = compat_dump_attrs(cb)[TASKMETER_A_TOTAL_KIND];

	if (!kind) {
		NL_SET_ERR_MSG(cb->extack, "kind is missing: 0 for cgroups, 1 for users");
		return -EINVAL;
	}
	if (!totals_visible(&dump->observer)) {
		NL_SET_ERR_MSG(cb->extack,
			       "CAP_PERFMON over the initial user namespace is missing");
		return -EPERM;
	}
	dump->kind = nla_get_u32(kind);
	dump->begun = true;
	return 0;
}

#define PUT_TOTAL(name, member) \
	(at = put_u64(at, TASKMETER_A_TOTAL_##name, total->member))

static void *put_sums(void *at, const struct taskmeter_total *total)
{
	PUT_TOTAL(LAST_NUMBER, last_number);
	PUT_TOTAL(EXITS, exits);
	PUT_TOTAL(OOM_KILLS, oom_kills);
	PUT_TOTAL(RUN_NS, run_ns);
	PUT_TOTAL(USER_NS, user_ns);
	PUT_TOTAL(SYSTEM_NS, system_ns);
	PUT_TOTAL(RUN_DELAY_NS, run_delay_ns);
	PUT_TOTAL(TIMESLICES, timeslices);
	PUT_TOTAL(VOLUNTARY_SWITCHES, voluntary_switches);
	PUT_TOTAL(INVOLUNTARY_SWITCHES, involuntary_switches);
	PUT_TOTAL(MIGRATIONS, migrations);
	PUT_TOTAL(MINOR_FAULTS, minor_faults);
	PUT_TOTAL(MAJOR_FAULTS, major_faults);
	PUT_TOTAL(IO_READ_CHARS_BYTES, io_read_chars_bytes);
	PUT_TOTAL(IO_WRITE_CHARS_BYTES, io_write_chars_bytes);
	PUT_TOTAL(IO_READ_SYSCALLS, io_read_syscalls);
	PUT_TOTAL(IO_WRITE_SYSCALLS, io_write_syscalls);
	PUT_TOTAL(IO_READ_BYTES, io_read_bytes);
	PUT_TOTAL(IO_WRITE_BYTES, io_write_bytes);
	PUT_TOTAL(IO_CANCELLED_WRITE_BYTES, io_cancelled_write_bytes);
	PUT_TOTAL(TRACKED_NS, tracked_ns);
	PUT_TOTAL(CPU_WAIT_NS, cpu_wait_ns);
	PUT_TOTAL(SLEEP_NS, sleep_ns);
	PUT_TOTAL(IO_WAIT_NS, io_wait_ns);
	PUT_TOTAL(MEM_WAIT_NS, mem_wait_ns);
	PUT_TOTAL(LOCK_WAIT_NS, lock_wait_ns);
	PUT_TOTAL(STOP_NS, stop_ns);
	PUT_TOTAL(WAKEUPS, wakeups);
	PUT_TOTAL(MEM_STALL_NS, mem_stall_ns);
	return at;
}

/* @kn: of a cgroup; its reference is given back */
static void *put_total(void *at, struct total_dump *dump, const struct taskmeter_total *total,
		       struct kernfs_node *kn)
{
	at = put_u32(at, TASKMETER_A_TOTAL_FLAGS, total->flags);
	at = put_u64(at, TASKMETER_A_TOTAL_ID, total->id);
	if (kn) {
		if (path_of_node(&dump->observer, kn, dump->path, sizeof(dump->path)) >= 0)
			at = put_string(at, TASKMETER_A_TOTAL_CGROUP_PATH, dump->path);
		kernfs_put(kn);
	}
	return put_sums(at, total);
}

static void total_dump_compose(struct total_dump *dump, const struct message_header *header)
{
	struct message_header *message = (void *)dump->message;
	struct taskmeter_total total;
	struct kernfs_node *kn;

	dump->done = !totals_next(dump->kind, &dump->cursor, &total, &kn);
	if (dump->done)
		return;
	*message = *header;
	message->netlink.nlmsg_len =
		put_total(message + 1, dump, &total, kn) - (void *)message;
	dump->length = message->netlink.nlmsg_len;
}

int total_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct total_dump *dump = (struct total_dump *)cb->args[0];
	struct message_header header;
	int ret;

	if (!dump->begun) {
		ret = total_dump_begin(dump, cb);
		if (ret)
			return ret;
	}
	message_header_init(&header, TASKMETER_CMD_TOTAL_GET, NETLINK_CB(cb->skb).portid,
			    cb->nlh->nlmsg_seq, NLM_F_MULTI);
	while (message_sent(skb, dump->message, &dump->length) && !dump->done) {
		total_dump_compose(dump, &header);
		cond_resched();
	}
	return skb->len;
}

static int subscribe(struct sk_buff *skb, struct genl_info *info, u64 *ret_next)
{
	struct subscription subscription = {
		.net = genl_info_net(info),
		.portid = info->snd_portid,
		.events = nla_get_u32(info->attrs[TASKMETER_A_SUBSCRIBE_EVENTS]),
		.flags = attr_u32(info->attrs[TASKMETER_A_SUBSCRIBE_REQUEST]),
	};
	struct observer observer;
	int ret;

	observer_init(&observer, socket_file(skb));
	ret = events_subscribe(&subscription, &observer, ret_next);
	observer_release(&observer);
	if (ret == -EUSERS)
		NL_SET_ERR_MSG(info->extack, "too many subscribers, in all or of this user");
	return ret;
}

int subscribe_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct message_header header, *message;
	struct sk_buff *reply;
	void *end;
	u64 next;
	int ret;

	if (!info->attrs[TASKMETER_A_SUBSCRIBE_EVENTS]) {
		NL_SET_ERR_MSG(info->extack, "events are missing: name some, or 0 to end");
		return -EINVAL;
	}
	reply = genlmsg_new(ATTR_U64, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	ret = subscribe(skb, info, &next);
	if (ret) {
		nlmsg_free(reply);
		return ret;
	}
	message_header_init(&header, TASKMETER_CMD_SUBSCRIBE, info->snd_portid, info->snd_seq,
			    0);
	message = (void *)skb_tail_pointer(reply);
	*message = header;
	end = put_u64(message + 1, TASKMETER_A_SUBSCRIBE_NEXT, next);
	message->netlink.nlmsg_len = end - (void *)message;
	__skb_put(reply, message->netlink.nlmsg_len);
	return genlmsg_reply(reply, info);
}
