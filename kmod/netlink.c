// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family "taskmeter". Requests and attributes are described
 * in the ABI header; taskmeter.yaml beside it says the same to tools.
 *
 * A dump keeps the observer of its request in a context that lives until the
 * dump is done or its socket is gone; netlink holds the module meanwhile.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/taskmeter.h>
#include <linux/threads.h>
#include <linux/user_namespace.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "access.h"
#include "attrs.h"
#include "compat/compat.h"
#include "exitlog.h"
#include "meter.h"
#include "module.h"
#include "netlink.h"
#include "walk.h"

/* Records taken from the tasks at once while a dump fills a message buffer. */
#define DUMP_RECORDS	(4 * PAGE_SIZE / sizeof(struct taskmeter_record))
#define DUMP_HISTOGRAMS	(4 * PAGE_SIZE / sizeof(struct taskmeter_histograms))

#define REQUEST_FLAGS	(TASKMETER_SNAPSHOT_THREADS | TASKMETER_SNAPSHOT_EXACT_RSS | \
			 TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS)

static struct genl_family family;

/* Older kernels point to it as not const. */
static struct netlink_range_validation pid_range __ro_after_init = {
	.min = 1,
	.max = PID_MAX_LIMIT,
};

static struct netlink_range_validation log_range __ro_after_init = {
	.min = TASKMETER_EXIT_LOG_MIN,
	.max = TASKMETER_EXIT_LOG_MAX,
};

/* No attribute at all: 5.10 takes any if it is given no policy. */
static const struct nla_policy info_policy[] = {
	[TASKMETER_A_INFO_PAD] = { .type = NLA_REJECT },
};

static const struct nla_policy task_policy[TASKMETER_A_TASK_MAX + 1] = {
	[TASKMETER_A_TASK_REQUEST] = NLA_POLICY_MASK(NLA_U32, REQUEST_FLAGS),
	[TASKMETER_A_TASK_PID] = NLA_POLICY_FULL_RANGE(NLA_U32, &pid_range),
	[TASKMETER_A_TASK_TGID] = NLA_POLICY_FULL_RANGE(NLA_U32, &pid_range),
	[TASKMETER_A_TASK_UID] = { .type = NLA_U32 },
	[TASKMETER_A_TASK_CGROUP_ID] = { .type = NLA_U64 },
	[TASKMETER_A_TASK_SINCE] = { .type = NLA_U64 },
};

static const struct nla_policy config_policy[TASKMETER_A_CONFIG_MAX + 1] = {
	[TASKMETER_A_CONFIG_METER] = NLA_POLICY_MAX(NLA_U32, 1),
	[TASKMETER_A_CONFIG_WAKER] = NLA_POLICY_MAX(NLA_U32, 1),
	[TASKMETER_A_CONFIG_PROBE_TIME] = NLA_POLICY_MAX(NLA_U32, 1),
	[TASKMETER_A_CONFIG_EXIT_LOG_BYTES] = NLA_POLICY_FULL_RANGE(NLA_U32, &log_range),
};

#define MESSAGE_SIZE	(NLMSG_HDRLEN + GENL_HDRLEN + ATTRS_SIZE)

/* What is the same in all messages of a reply. */
void message_header_init(struct message_header *header, u8 cmd, u32 portid, u32 seq,
			 int flags)
{
	*header = (struct message_header) {
		.netlink = {
			.nlmsg_type = family.id,
			.nlmsg_flags = flags,
			.nlmsg_seq = seq,
			.nlmsg_pid = portid,
		},
		.generic = {
			.cmd = cmd,
			.version = family.version,
		},
	};
}

/* The caller has made sure of the room. @histograms may be NULL. */
static void put_message(struct sk_buff *skb, const struct message_header *header,
			const struct taskmeter_record *record,
			const struct taskmeter_histograms *histograms)
{
	struct message_header *message = (void *)skb_tail_pointer(skb);
	void *end;

	BUILD_BUG_ON(sizeof(*header) != NLMSG_HDRLEN + GENL_HDRLEN ||
		     sizeof(*header) % NLMSG_ALIGNTO);

	*message = *header;
	end = put_record(message + 1, record);
	if (histograms)
		end = put_histograms(end, histograms);
	message->netlink.nlmsg_len = end - (void *)message;
	__skb_put(skb, message->netlink.nlmsg_len);
}

const struct file *socket_file(struct sk_buff *skb)
{
	struct socket *socket = NETLINK_CB(skb).sk->sk_socket;

	return socket ? socket->file : NULL;
}

static u32 request_flags(struct nlattr **attrs)
{
	struct nlattr *flags = attrs[TASKMETER_A_TASK_REQUEST];

	return flags ? nla_get_u32(flags) : 0;
}

static int task_get(struct observer *observer, struct genl_info *info,
		    struct taskmeter_record *record,
		    struct taskmeter_histograms *histograms)
{
	int ret;

	if (!info->attrs[TASKMETER_A_TASK_PID]) {
		NL_SET_ERR_MSG(info->extack, "pid is missing: name one, or ask for a dump");
		return -EINVAL;
	}
	if (info->attrs[TASKMETER_A_TASK_TGID] || info->attrs[TASKMETER_A_TASK_UID] ||
	    info->attrs[TASKMETER_A_TASK_CGROUP_ID] || info->attrs[TASKMETER_A_TASK_SINCE]) {
		NL_SET_ERR_MSG(info->extack,
			       "tgid, uid, cgroup-id and since filter a dump: ask for one");
		return -EINVAL;
	}
	ret = walk_get(observer, nla_get_u32(info->attrs[TASKMETER_A_TASK_PID]),
		       request_flags(info->attrs), record, histograms);
	if (ret)
		NL_SET_ERR_MSG(info->extack, "no such task, or CAP_PERFMON is missing to see it");
	return ret;
}

static int task_get_reply(struct genl_info *info, struct sk_buff *request,
			  struct taskmeter_histograms *histograms)
{
	struct taskmeter_record record;
	struct message_header header;
	struct observer observer;
	struct sk_buff *reply;
	int ret;

	observer_init(&observer, socket_file(request));
	ret = task_get(&observer, info, &record, histograms);
	observer_release(&observer);
	if (ret)
		return ret;

	reply = genlmsg_new(ATTRS_SIZE + STALLS_SIZE + HISTOGRAMS_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	message_header_init(&header, TASKMETER_CMD_TASK_GET, info->snd_portid, info->snd_seq, 0);
	put_message(reply, &header, &record, histograms);
	return genlmsg_reply(reply, info);
}

static int task_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct taskmeter_histograms *histograms = NULL;
	int ret;

	if (request_flags(info->attrs) & TASKMETER_SNAPSHOT_HISTOGRAMS) {
		histograms = kmalloc(sizeof(*histograms), GFP_KERNEL);
		if (!histograms)
			return -ENOMEM;
	}
	ret = task_get_reply(info, skb, histograms);
	kfree(histograms);
	return ret;
}

/**
 * struct dump - a dump under way
 * @observer: who asked
 * @walk: how far it is
 * @begun: the request's filters are in the walk
 * @done: the walk is over
 * @histograms: room for those that go with @records, NULL if not asked for
 * @records: taken from the tasks, not all of them sent
 */
struct dump {
	struct observer observer;
	struct walk walk;
	bool begun;
	bool done;
	struct taskmeter_histograms *histograms;
	struct taskmeter_record records[DUMP_RECORDS];
};

static int dump_filter(struct dump *dump, struct nlattr **attrs,
		       struct netlink_ext_ack *extack)
{
	struct walk *walk = &dump->walk;

	if (attrs[TASKMETER_A_TASK_PID]) {
		NL_SET_ERR_MSG(extack, "a dump is filtered by tgid, not by pid");
		return -EINVAL;
	}
	walk->flags = request_flags(attrs);
	walk->record_size = sizeof(*dump->records);
	if (attrs[TASKMETER_A_TASK_TGID]) {
		walk->flags |= TASKMETER_SNAPSHOT_PID;
		walk->pid = nla_get_u32(attrs[TASKMETER_A_TASK_TGID]);
	}
	if (attrs[TASKMETER_A_TASK_SINCE]) {
		walk->flags |= TASKMETER_SNAPSHOT_SINCE;
		walk->since = nla_get_u64(attrs[TASKMETER_A_TASK_SINCE]);
	}
	if (attrs[TASKMETER_A_TASK_CGROUP_ID]) {
		walk->flags |= TASKMETER_SNAPSHOT_CGROUP;
		walk->cgroup_id = nla_get_u64(attrs[TASKMETER_A_TASK_CGROUP_ID]);
	}
	if (attrs[TASKMETER_A_TASK_UID]) {
		walk->flags |= TASKMETER_SNAPSHOT_UID;
		walk->uid = make_kuid(dump->observer.cred->user_ns,
				      nla_get_u32(attrs[TASKMETER_A_TASK_UID]));
		if (!uid_valid(walk->uid)) {
			NL_SET_ERR_MSG(extack, "uid does not exist in this user namespace");
			return -EINVAL;
		}
	}
	return 0;
}

/* Room that a message takes at the most. */
static unsigned int message_size(u32 flags)
{
	return MESSAGE_SIZE + (flags & TASKMETER_SNAPSHOT_STALLS ? STALLS_SIZE : 0) +
	       (flags & TASKMETER_SNAPSHOT_HISTOGRAMS ? HISTOGRAMS_SIZE : 0);
}

/* In the context of the request: the observer is taken here. */
static int task_get_start(struct netlink_callback *cb)
{
	struct dump *dump = kzalloc(sizeof(*dump), GFP_KERNEL);

	if (!dump)
		return -ENOMEM;
	observer_init(&dump->observer, socket_file(cb->skb));
	dump->walk.observer = &dump->observer;
	/* A message with histograms may be longer than what netlink takes by itself. */
	cb->min_dump_alloc = message_size(request_flags(compat_dump_attrs(cb)));
	cb->args[0] = (long)dump;
	return 0;
}

/* Records that the message buffer and the dump have room for. */
static unsigned int dump_room(const struct dump *dump, const struct sk_buff *skb)
{
	unsigned int room = skb_tailroom(skb) / message_size(dump->walk.flags);

	return min_t(unsigned int, room, dump->histograms ? DUMP_HISTOGRAMS : DUMP_RECORDS);
}

/* Send as many records as have room. */
static bool dump_batch(struct dump *dump, struct sk_buff *skb,
		       const struct message_header *header)
{
	unsigned int i, filled, room = dump_room(dump, skb);

	if (!room)
		return false;
	filled = walk_fill(&dump->walk, dump->records, dump->histograms, room);
	for (i = 0; i < filled; i++)
		put_message(skb, header, &dump->records[i],
			    dump->histograms ? &dump->histograms[i] : NULL);
	dump->done = !dump->walk.cursor;
	return true;
}

/* Not in ->start: up to 6.1 that has no extack to say what is wrong. */
static int dump_begin(struct dump *dump, struct netlink_callback *cb)
{
	int ret = dump_filter(dump, compat_dump_attrs(cb), cb->extack);

	if (ret)
		return ret;
	if (dump->walk.flags & TASKMETER_SNAPSHOT_HISTOGRAMS) {
		dump->histograms = kcalloc(DUMP_HISTOGRAMS, sizeof(*dump->histograms),
					   GFP_KERNEL);
		if (!dump->histograms)
			return -ENOMEM;
	}
	dump->begun = true;
	return 0;
}

static int task_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump *dump = (struct dump *)cb->args[0];
	struct message_header header;
	int ret;

	if (!dump->begun) {
		ret = dump_begin(dump, cb);
		if (ret)
			return ret;
	}
	message_header_init(&header, TASKMETER_CMD_TASK_GET, NETLINK_CB(cb->skb).portid,
			    cb->nlh->nlmsg_seq, NLM_F_MULTI);
	while (!dump->done && dump_batch(dump, skb, &header))
		cond_resched();
	if (!skb->len && !dump->done)
		return -EMSGSIZE;
	return skb->len;
}

static int task_get_done(struct netlink_callback *cb)
{
	struct dump *dump = (struct dump *)cb->args[0];

	observer_release(&dump->observer);
	kfree(dump->histograms);
	kfree(dump);
	return 0;
}

#define PUT_INFO_U32(name, member) \
	nla_put_u32(skb, TASKMETER_A_INFO_##name, info->member)
#define PUT_INFO_U64(name, member) \
	nla_put_u64_64bit(skb, TASKMETER_A_INFO_##name, info->member, TASKMETER_A_INFO_PAD)

static int put_meter_info(struct sk_buff *skb, const struct taskmeter_info *info)
{
	if (PUT_INFO_U64(TOKEN, token) ||
	    PUT_INFO_U64(TRACKED_THREADS, tracked_threads) ||
	    PUT_INFO_U64(UNTRACKED_THREADS, untracked_threads) ||
	    PUT_INFO_U64(ALLOCATION_FAILURES, allocation_failures) ||
	    PUT_INFO_U64(CLOCK_STEPS, clock_steps) ||
	    PUT_INFO_U64(GAPS, gaps) ||
	    PUT_INFO_U64(PROBE_CALLS, probe_calls) ||
	    PUT_INFO_U64(PROBE_NS, probe_ns) ||
	    PUT_INFO_U32(CLOCK, clock) ||
	    PUT_INFO_U32(THREAD_BYTES, thread_bytes) ||
	    PUT_INFO_U32(PROCESS_BYTES, process_bytes) ||
	    PUT_INFO_U32(HISTOGRAM_BYTES, histogram_bytes))
		return -EMSGSIZE;
	return 0;
}

static int put_exits_info(struct sk_buff *skb, const struct taskmeter_info *info)
{
	if (PUT_INFO_U64(EXIT_NUMBER, exit_number) ||
	    PUT_INFO_U64(EXIT_LOG_BYTES, exit_log_bytes) ||
	    PUT_INFO_U64(EXIT_LOG_USED_BYTES, exit_log_used_bytes) ||
	    PUT_INFO_U64(EXIT_LOG_RECORDS, exit_log_records) ||
	    PUT_INFO_U64(EXIT_LOG_EVICTED, exit_log_evicted) ||
	    PUT_INFO_U64(EXITS_OTHER, exits_other) ||
	    PUT_INFO_U64(EXITS_UNRECORDED, exits_unrecorded) ||
	    PUT_INFO_U64(EVENTS_LOST, events_lost) ||
	    PUT_INFO_U32(SUBSCRIBERS, subscribers))
		return -EMSGSIZE;
	return 0;
}

static int put_info(struct sk_buff *skb, const struct taskmeter_info *info)
{
	if (PUT_INFO_U32(ABI_VERSION, abi_version) ||
	    PUT_INFO_U64(FLAGS, flags) ||
	    PUT_INFO_U64(AVAILABLE, available) ||
	    PUT_INFO_U64(INSTANCE_ID, instance_id) ||
	    PUT_INFO_U64(LOAD_TIME_NS, load_time_ns) ||
	    PUT_INFO_U32(RECORD_SIZE, record_size) ||
	    PUT_INFO_U32(PAGE_SIZE, page_size) ||
	    PUT_INFO_U32(PID_NAMESPACE, pid_namespace) ||
	    PUT_INFO_U64(RSS_ERROR_BYTES, rss_error_bytes) ||
	    nla_put_string(skb, TASKMETER_A_INFO_VERSION, info->version))
		return -EMSGSIZE;
	return put_meter_info(skb, info) ?: put_exits_info(skb, info);
}

static int info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct taskmeter_info module;
	struct observer observer;
	struct sk_buff *reply;
	void *header;

	observer_init(&observer, socket_file(skb));
	module_info(&module, &observer);
	observer_release(&observer);

	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	header = genlmsg_put_reply(reply, info, &family, 0, TASKMETER_CMD_INFO_GET);
	if (!header || put_info(reply, &module)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

static void change_one(bool *setting, const struct nlattr *attr)
{
	if (attr)
		*setting = nla_get_u32(attr);
}

static void config_change(struct meter_config *config, void *data)
{
	struct nlattr **attrs = data;

	change_one(&config->meter, attrs[TASKMETER_A_CONFIG_METER]);
	change_one(&config->waker, attrs[TASKMETER_A_CONFIG_WAKER]);
	change_one(&config->probe_time, attrs[TASKMETER_A_CONFIG_PROBE_TIME]);
}

static bool changes_meter(struct nlattr **attrs)
{
	return attrs[TASKMETER_A_CONFIG_METER] || attrs[TASKMETER_A_CONFIG_WAKER] ||
	       attrs[TASKMETER_A_CONFIG_PROBE_TIME];
}

static int change_meter(struct genl_info *info)
{
	int ret = meter_change(config_change, info->attrs);

	if (ret == -EOPNOTSUPP)
		NL_SET_ERR_MSG(info->extack, "this kernel lacks a tracepoint that the meter needs");
	else if (ret == -ENOMEM)
		NL_SET_ERR_MSG(info->extack, "no memory to track all threads");
	return ret;
}

static int resize_log(struct genl_info *info)
{
	int ret;

	ret = exitlog_resize(nla_get_u32(info->attrs[TASKMETER_A_CONFIG_EXIT_LOG_BYTES]));
	if (ret)
		NL_SET_ERR_MSG(info->extack, "no memory for an exit log of that size");
	return ret;
}

static int config_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	int ret = 0;

	/* Both who opened the socket and who sends. */
	if (!netlink_capable(skb, CAP_SYS_ADMIN)) {
		NL_SET_ERR_MSG(info->extack, "CAP_SYS_ADMIN is missing to change settings");
		return -EPERM;
	}
	if (!changes_meter(info->attrs) && !info->attrs[TASKMETER_A_CONFIG_EXIT_LOG_BYTES]) {
		NL_SET_ERR_MSG(info->extack,
			       "no setting: name meter, waker, probe-time or exit-log-bytes");
		return -EINVAL;
	}
	if (info->attrs[TASKMETER_A_CONFIG_EXIT_LOG_BYTES])
		ret = resize_log(info);
	if (!ret && changes_meter(info->attrs))
		ret = change_meter(info);
	return ret;
}

/* Who may see is decided process by process, so asking is not GENL_ADMIN_PERM. */
static const struct genl_ops ops[] = {
	{
		.cmd = TASKMETER_CMD_INFO_GET,
		.policy = info_policy,
		.maxattr = ARRAY_SIZE(info_policy) - 1,
		.doit = info_get_doit,
	},
	{
		.cmd = TASKMETER_CMD_TASK_GET,
		.policy = task_policy,
		.maxattr = TASKMETER_A_TASK_MAX,
		.doit = task_get_doit,
		.start = task_get_start,
		.dumpit = task_get_dumpit,
		.done = task_get_done,
	},
	{
		.cmd = TASKMETER_CMD_CONFIG_SET,
		.policy = config_policy,
		.maxattr = TASKMETER_A_CONFIG_MAX,
		.doit = config_set_doit,
	},
	{
		.cmd = TASKMETER_CMD_EXIT_GET,
		.policy = exit_policy,
		.maxattr = TASKMETER_A_EXIT_MAX,
		.start = exit_get_start,
		.dumpit = exit_get_dumpit,
		.done = exit_get_done,
	},
	{
		.cmd = TASKMETER_CMD_TOTAL_GET,
		.policy = total_policy,
		.maxattr = TASKMETER_A_TOTAL_MAX,
		.start = total_get_start,
		.dumpit = total_get_dumpit,
		.done = total_get_done,
	},
	{
		.cmd = TASKMETER_CMD_SUBSCRIBE,
		.policy = subscribe_policy,
		.maxattr = TASKMETER_A_SUBSCRIBE_MAX,
		.doit = subscribe_doit,
	},
};

static struct genl_family family __ro_after_init = {
	.name = TASKMETER_GENL_NAME,
	.version = TASKMETER_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
};

int netlink_init(void)
{
	return genl_register_family(&family);
}

void netlink_exit(void)
{
	genl_unregister_family(&family);
}
