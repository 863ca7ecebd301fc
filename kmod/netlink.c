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
#include "compat/compat.h"
#include "module.h"
#include "walk.h"

/* Records taken from the tasks at once while a dump fills a message buffer. */
#define DUMP_RECORDS	8

#define REQUEST_FLAGS	(TASKMETER_SNAPSHOT_THREADS | TASKMETER_SNAPSHOT_EXACT_RSS)

static struct genl_family family;

/* Older kernels point to it as not const. */
static struct netlink_range_validation pid_range __ro_after_init = {
	.min = 1,
	.max = PID_MAX_LIMIT,
};

static const struct nla_policy task_policy[TASKMETER_A_TASK_MAX + 1] = {
	[TASKMETER_A_TASK_REQUEST] = NLA_POLICY_MASK(NLA_U32, REQUEST_FLAGS),
	[TASKMETER_A_TASK_PID] = NLA_POLICY_FULL_RANGE(NLA_U32, &pid_range),
	[TASKMETER_A_TASK_TGID] = NLA_POLICY_FULL_RANGE(NLA_U32, &pid_range),
	[TASKMETER_A_TASK_UID] = { .type = NLA_U32 },
	[TASKMETER_A_TASK_CGROUP_ID] = { .type = NLA_U64 },
};

/**
 * struct run - neighbouring members of a record that go into neighbouring
 *	attributes
 * @nest: attribute that holds them, or 0
 * @type: attribute of the first
 * @offset: of the first in &struct taskmeter_record
 * @count: how many
 * @width: bytes of one
 * @available: bit that they need, or 0
 */
struct run {
	u16 nest;
	u16 type;
	u16 offset;
	u8 count;
	u8 width;
	u64 available;
};

#define RUN(nest_, first, last, member, bit) {				\
	.nest = nest_,							\
	.type = first,							\
	.offset = offsetof(struct taskmeter_record, member),		\
	.count = (last) - (first) + 1,					\
	.width = sizeof_field(struct taskmeter_record, member),		\
	.available = bit,						\
}

#define SCHED(first, last, member, bit) \
	RUN(TASKMETER_A_TASK_SCHED, TASKMETER_A_SCHED_##first, \
	    TASKMETER_A_SCHED_##last, member, bit)
#define MEMORY(first, last, member, bit) \
	RUN(TASKMETER_A_TASK_MEMORY, TASKMETER_A_MEMORY_##first, \
	    TASKMETER_A_MEMORY_##last, member, bit)
#define FAULT(first, last, member, bit) \
	RUN(TASKMETER_A_TASK_FAULT, TASKMETER_A_FAULT_##first, \
	    TASKMETER_A_FAULT_##last, member, bit)
#define IO(first, last, member, bit) \
	RUN(TASKMETER_A_TASK_IO, TASKMETER_A_IO_##first, \
	    TASKMETER_A_IO_##last, member, bit)

/* In the order of nests. */
static const struct run runs[] = {
	RUN(0, TASKMETER_A_TASK_FLAGS, TASKMETER_A_TASK_FLAGS, flags, 0),
	RUN(0, TASKMETER_A_TASK_PID, TASKMETER_A_TASK_EGID, pid, 0),
	RUN(0, TASKMETER_A_TASK_START_TIME_NS, TASKMETER_A_TASK_START_TIME_NS,
	    start_time_ns, 0),
	RUN(0, TASKMETER_A_TASK_CGROUP_ID, TASKMETER_A_TASK_CGROUP_ID,
	    cgroup_id, TASKMETER_AVAILABLE_CGROUP),
	RUN(0, TASKMETER_A_TASK_STATE, TASKMETER_A_TASK_OOM_SCORE_ADJ, state, 0),
	SCHED(RUN_NS, SYSTEM_NS, run_ns, 0),
	SCHED(RUN_DELAY_NS, TIMESLICES, run_delay_ns, TASKMETER_AVAILABLE_RUN_DELAY),
	SCHED(VOLUNTARY_SWITCHES, MIGRATIONS, voluntary_switches, 0),
	MEMORY(RSS_ANON_BYTES, SWAP_BYTES, rss_anon_bytes, TASKMETER_AVAILABLE_MEMORY),
	MEMORY(RSS_PEAK_BYTES, RSS_PEAK_BYTES, rss_peak_bytes,
	       TASKMETER_AVAILABLE_RSS_PEAK),
	MEMORY(VM_BYTES, PAGE_TABLE_BYTES, vm_bytes, TASKMETER_AVAILABLE_MEMORY),
	FAULT(MINOR_FAULTS, MAJOR_FAULTS, minor_faults, 0),
	IO(READ_CHARS_BYTES, WRITE_SYSCALLS, io_read_chars_bytes,
	   TASKMETER_AVAILABLE_IO_CHARS),
	IO(READ_BYTES, CANCELLED_WRITE_BYTES, io_read_bytes, TASKMETER_AVAILABLE_IO),
};

/*
 * Room that the attributes of a record take at the most: each with its header
 * and, where 64-bit values have to be aligned, a padding attribute before it.
 */
#define RECORD_ATTRS_SIZE \
	(nla_total_size(TASKMETER_COMM_LEN) + \
	 TASKMETER_A_TASK_MAX * nla_total_size_64bit(sizeof(u64)) + \
	 (TASKMETER_A_SCHED_MAX + TASKMETER_A_MEMORY_MAX + TASKMETER_A_FAULT_MAX + \
	  TASKMETER_A_IO_MAX) * nla_total_size_64bit(sizeof(u64)))

/*
 * A dump of all processes consists of some fifty attributes each. They are
 * written straight behind each other into room that was checked once, not with a
 * call of nla_put() each.
 */
static void *put_header(void *at, u16 type, u16 size)
{
	struct nlattr *attr = at;

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + size;
	return at + NLA_HDRLEN;
}

static void *put_u32(void *at, u16 type, u32 value)
{
	at = put_header(at, type, sizeof(value));
	*(u32 *)at = value;
	return at + sizeof(value);
}

/* All sets of attributes have their padding at 1. */
static void *put_u64(void *at, u16 type, u64 value)
{
	BUILD_BUG_ON(TASKMETER_A_TASK_PAD != 1 || TASKMETER_A_SCHED_PAD != 1 ||
		     TASKMETER_A_MEMORY_PAD != 1 || TASKMETER_A_FAULT_PAD != 1 ||
		     TASKMETER_A_IO_PAD != 1);

	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) &&
	    IS_ALIGNED((unsigned long)at, sizeof(value)))
		at = put_header(at, TASKMETER_A_TASK_PAD, 0);
	at = put_header(at, type, sizeof(value));
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static void *put_comm(void *at, const char *comm)
{
	size_t size = strnlen(comm, TASKMETER_COMM_LEN - 1) + 1;
	void *value = put_header(at, TASKMETER_A_TASK_COMM, size);

	memset(value, 0, NLA_ALIGN(size));
	memcpy(value, comm, size - 1);
	return value + NLA_ALIGN(size);
}

static void *put_run(void *at, const struct run *run,
		     const struct taskmeter_record *record)
{
	const void *member = (const void *)record + run->offset;
	unsigned int i;

	if (run->width == sizeof(u32)) {
		const u32 *values = member;

		for (i = 0; i < run->count; i++)
			at = put_u32(at, run->type + i, values[i]);
	} else {
		const u64 *values = member;

		for (i = 0; i < run->count; i++)
			at = put_u64(at, run->type + i, values[i]);
	}
	return at;
}

static void close_nest(struct nlattr *nest, void *at)
{
	if (nest)
		nest->nla_len = at - (void *)nest;
}

static void put_record(struct sk_buff *skb, const struct taskmeter_record *record)
{
	void *start = skb_tail_pointer(skb), *at = start;
	struct nlattr *nest = NULL;
	unsigned int i;
	u16 type = 0;

	at = put_comm(at, record->comm);
	for (i = 0; i < ARRAY_SIZE(runs); i++) {
		const struct run *run = &runs[i];

		if (run->nest != type) {
			close_nest(nest, at);
			nest = at;
			type = run->nest;
			at = put_header(at, type | NLA_F_NESTED, 0);
		}
		if (!run->available || (record->available & run->available))
			at = put_run(at, run, record);
	}
	close_nest(nest, at);
	skb_put(skb, at - start);
}

static int put_message(struct sk_buff *skb, u32 portid, u32 seq, int flags,
		       const struct taskmeter_record *record)
{
	void *header;

	if (skb_tailroom(skb) < GENL_HDRLEN + NLMSG_HDRLEN + RECORD_ATTRS_SIZE)
		return -EMSGSIZE;
	header = genlmsg_put(skb, portid, seq, &family, flags, TASKMETER_CMD_TASK_GET);
	if (!header)
		return -EMSGSIZE;
	put_record(skb, record);
	genlmsg_end(skb, header);
	return 0;
}

static const struct file *socket_file(struct sk_buff *skb)
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
		    struct taskmeter_record *record)
{
	int ret;

	if (!info->attrs[TASKMETER_A_TASK_PID]) {
		NL_SET_ERR_MSG(info->extack, "pid is missing: name one, or ask for a dump");
		return -EINVAL;
	}
	if (info->attrs[TASKMETER_A_TASK_TGID] || info->attrs[TASKMETER_A_TASK_UID] ||
	    info->attrs[TASKMETER_A_TASK_CGROUP_ID]) {
		NL_SET_ERR_MSG(info->extack, "tgid, uid and cgroup-id filter a dump: ask for one");
		return -EINVAL;
	}
	ret = walk_get(observer, nla_get_u32(info->attrs[TASKMETER_A_TASK_PID]),
		       request_flags(info->attrs), record);
	if (ret)
		NL_SET_ERR_MSG(info->extack, "no such task, or not yours to see: see unprivileged and CAP_PERFMON");
	return ret;
}

static int task_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct taskmeter_record record;
	struct observer observer;
	struct sk_buff *reply;
	int ret;

	observer_init(&observer, socket_file(skb));
	ret = task_get(&observer, info, &record);
	observer_release(&observer);
	if (ret)
		return ret;

	reply = genlmsg_new(RECORD_ATTRS_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	ret = put_message(reply, info->snd_portid, info->snd_seq, 0, &record);
	if (ret) {
		nlmsg_free(reply);
		return ret;
	}
	return genlmsg_reply(reply, info);
}

/**
 * struct dump - a dump under way
 * @observer: who asked
 * @walk: how far it is
 * @begun: the request's filters are in the walk
 * @done: the walk is over
 * @records: taken from the tasks, not all of them sent
 */
struct dump {
	struct observer observer;
	struct walk walk;
	bool begun;
	bool done;
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
	if (attrs[TASKMETER_A_TASK_TGID]) {
		walk->flags |= TASKMETER_SNAPSHOT_PID;
		walk->pid = nla_get_u32(attrs[TASKMETER_A_TASK_TGID]);
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

/* In the context of the request: the observer is taken here. */
static int task_get_start(struct netlink_callback *cb)
{
	struct dump *dump = kzalloc(sizeof(*dump), GFP_KERNEL);

	if (!dump)
		return -ENOMEM;
	observer_init(&dump->observer, socket_file(cb->skb));
	dump->walk.observer = &dump->observer;
	cb->args[0] = (long)dump;
	return 0;
}

/* Send a batch; what does not fit is taken anew from the tasks next time. */
static int dump_batch(struct dump *dump, struct sk_buff *skb,
		      struct netlink_callback *cb)
{
	unsigned int i, filled;
	int ret;

	filled = walk_fill(&dump->walk, dump->records, DUMP_RECORDS);
	for (i = 0; i < filled; i++) {
		ret = put_message(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  NLM_F_MULTI, &dump->records[i]);
		if (ret) {
			dump->walk.cursor = dump->records[i].pid;
			return ret;
		}
	}
	dump->done = !dump->walk.cursor;
	return 0;
}

static int task_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump *dump = (struct dump *)cb->args[0];
	int ret;

	/* Not in ->start: up to 6.1 that has no extack to say what is wrong. */
	if (!dump->begun) {
		ret = dump_filter(dump, compat_dump_attrs(cb), cb->extack);
		if (ret)
			return ret;
		dump->begun = true;
	}
	while (!dump->done) {
		ret = dump_batch(dump, skb, cb);
		if (ret)
			return skb->len ? skb->len : ret;
		cond_resched();
	}
	return skb->len;
}

static int task_get_done(struct netlink_callback *cb)
{
	struct dump *dump = (struct dump *)cb->args[0];

	observer_release(&dump->observer);
	kfree(dump);
	return 0;
}

static int put_info(struct sk_buff *skb, const struct taskmeter_info *info)
{
	if (nla_put_u32(skb, TASKMETER_A_INFO_ABI_VERSION, info->abi_version) ||
	    nla_put_u64_64bit(skb, TASKMETER_A_INFO_FLAGS, info->flags,
			      TASKMETER_A_INFO_PAD) ||
	    nla_put_u64_64bit(skb, TASKMETER_A_INFO_AVAILABLE, info->available,
			      TASKMETER_A_INFO_PAD) ||
	    nla_put_u64_64bit(skb, TASKMETER_A_INFO_INSTANCE_ID, info->instance_id,
			      TASKMETER_A_INFO_PAD) ||
	    nla_put_u64_64bit(skb, TASKMETER_A_INFO_LOAD_TIME_NS, info->load_time_ns,
			      TASKMETER_A_INFO_PAD) ||
	    nla_put_u32(skb, TASKMETER_A_INFO_RECORD_SIZE, info->record_size) ||
	    nla_put_u32(skb, TASKMETER_A_INFO_PAGE_SIZE, info->page_size) ||
	    nla_put_u32(skb, TASKMETER_A_INFO_PID_NAMESPACE, info->pid_namespace) ||
	    nla_put_u64_64bit(skb, TASKMETER_A_INFO_RSS_ERROR_BYTES,
			      info->rss_error_bytes, TASKMETER_A_INFO_PAD) ||
	    nla_put_string(skb, TASKMETER_A_INFO_VERSION, info->version))
		return -EMSGSIZE;
	return 0;
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

/* Who may ask is decided process by process, so nothing is GENL_ADMIN_PERM. */
static const struct genl_ops ops[] = {
	{
		.cmd = TASKMETER_CMD_INFO_GET,
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
