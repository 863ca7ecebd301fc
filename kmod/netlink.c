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
#include "meter.h"
#include "module.h"
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
};

/*
 * A dump of all processes consists of some fifty attributes each. They are
 * written straight behind each other into room that was checked once, not with a
 * call of nla_put() each: what is known when the module is built, headers and
 * distances, costs one store.
 */
static __always_inline void *put_header(void *at, u16 type, u16 size)
{
	*(struct nlattr *)at = (struct nlattr) {
		.nla_len = NLA_HDRLEN + size,
		.nla_type = type,
	};
	return at + NLA_HDRLEN;
}

static __always_inline void *put_u32(void *at, u16 type, u32 value)
{
	at = put_header(at, type, sizeof(value));
	*(u32 *)at = value;
	return at + sizeof(value);
}

/* All sets of attributes have their padding at 1. */
static __always_inline void *put_u64(void *at, u16 type, u64 value)
{
	BUILD_BUG_ON(TASKMETER_A_TASK_PAD != 1 || TASKMETER_A_SCHED_PAD != 1 ||
		     TASKMETER_A_MEMORY_PAD != 1 || TASKMETER_A_FAULT_PAD != 1 ||
		     TASKMETER_A_IO_PAD != 1 || TASKMETER_A_METER_PAD != 1 ||
		     TASKMETER_A_STALL_PAD != 1);

	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) &&
	    IS_ALIGNED((unsigned long)at, sizeof(value)))
		at = put_header(at, TASKMETER_A_TASK_PAD, 0);
	at = put_header(at, type, sizeof(value));
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

#define PUT_U32(set, name, member) \
	(at = put_u32(at, TASKMETER_A_##set##_##name, record->member))
#define PUT_U64(set, name, member) \
	(at = put_u64(at, TASKMETER_A_##set##_##name, record->member))

/* A name that is filled up with zeros ends where its last byte is that is none. */
static size_t comm_length(const char *comm)
{
	__le64 words[2];
	u64 last;

	BUILD_BUG_ON(sizeof(words) != TASKMETER_COMM_LEN);

	memcpy(words, comm, sizeof(words));
	last = le64_to_cpu(words[1]);
	if (last)
		return sizeof(*words) + DIV_ROUND_UP(fls64(last), BITS_PER_BYTE);
	return DIV_ROUND_UP(fls64(le64_to_cpu(words[0])), BITS_PER_BYTE);
}

/* All of the name's room is copied; the next attribute may overwrite the rest. */
static void *put_comm(void *at, u16 type, const char *comm)
{
	size_t size = comm_length(comm) + 1;

	at = put_header(at, type, size);
	memcpy(at, comm, TASKMETER_COMM_LEN);
	return at + NLA_ALIGN(size);
}

static void *put_identity(void *at, const struct taskmeter_record *record)
{
	PUT_U32(TASK, FLAGS, flags);
	PUT_U32(TASK, PID, pid);
	PUT_U32(TASK, TGID, tgid);
	PUT_U32(TASK, PPID, ppid);
	PUT_U32(TASK, PID_NAMESPACE, pid_namespace);
	PUT_U32(TASK, UID, uid);
	PUT_U32(TASK, GID, gid);
	PUT_U32(TASK, EUID, euid);
	PUT_U32(TASK, EGID, egid);
	PUT_U64(TASK, START_TIME_NS, start_time_ns);
	if (record->available & TASKMETER_AVAILABLE_CGROUP)
		PUT_U64(TASK, CGROUP_ID, cgroup_id);
	PUT_U32(TASK, STATE, state);
	PUT_U32(TASK, POLICY, policy);
	PUT_U32(TASK, NICE, nice);
	PUT_U32(TASK, PRIORITY, priority);
	PUT_U32(TASK, RT_PRIORITY, rt_priority);
	PUT_U32(TASK, CPU, cpu);
	PUT_U32(TASK, THREADS, threads);
	PUT_U32(TASK, OOM_SCORE_ADJ, oom_score_adj);
	return at;
}

static void *put_sched(void *at, const struct taskmeter_record *record)
{
	PUT_U64(SCHED, RUN_NS, run_ns);
	PUT_U64(SCHED, USER_NS, user_ns);
	PUT_U64(SCHED, SYSTEM_NS, system_ns);
	if (record->available & TASKMETER_AVAILABLE_RUN_DELAY) {
		PUT_U64(SCHED, RUN_DELAY_NS, run_delay_ns);
		PUT_U64(SCHED, TIMESLICES, timeslices);
	}
	PUT_U64(SCHED, VOLUNTARY_SWITCHES, voluntary_switches);
	PUT_U64(SCHED, INVOLUNTARY_SWITCHES, involuntary_switches);
	PUT_U64(SCHED, MIGRATIONS, migrations);
	return at;
}

static void *put_memory(void *at, const struct taskmeter_record *record)
{
	const bool all = record->available & TASKMETER_AVAILABLE_MEMORY;

	if (all) {
		PUT_U64(MEMORY, RSS_ANON_BYTES, rss_anon_bytes);
		PUT_U64(MEMORY, RSS_FILE_BYTES, rss_file_bytes);
		PUT_U64(MEMORY, RSS_SHMEM_BYTES, rss_shmem_bytes);
		PUT_U64(MEMORY, SWAP_BYTES, swap_bytes);
	}
	PUT_U64(MEMORY, RSS_PEAK_BYTES, rss_peak_bytes);
	if (!all)
		return at;
	PUT_U64(MEMORY, VM_BYTES, vm_bytes);
	PUT_U64(MEMORY, VM_PEAK_BYTES, vm_peak_bytes);
	PUT_U64(MEMORY, VM_DATA_BYTES, vm_data_bytes);
	PUT_U64(MEMORY, VM_STACK_BYTES, vm_stack_bytes);
	PUT_U64(MEMORY, VM_EXE_BYTES, vm_exe_bytes);
	PUT_U64(MEMORY, VM_LIB_BYTES, vm_lib_bytes);
	PUT_U64(MEMORY, VM_LOCKED_BYTES, vm_locked_bytes);
	PUT_U64(MEMORY, VM_PINNED_BYTES, vm_pinned_bytes);
	PUT_U64(MEMORY, PAGE_TABLE_BYTES, page_table_bytes);
	return at;
}

static void *put_fault(void *at, const struct taskmeter_record *record)
{
	PUT_U64(FAULT, MINOR_FAULTS, minor_faults);
	PUT_U64(FAULT, MAJOR_FAULTS, major_faults);
	return at;
}

static void *put_io(void *at, const struct taskmeter_record *record)
{
	if (record->available & TASKMETER_AVAILABLE_IO_CHARS) {
		PUT_U64(IO, READ_CHARS_BYTES, io_read_chars_bytes);
		PUT_U64(IO, WRITE_CHARS_BYTES, io_write_chars_bytes);
		PUT_U64(IO, READ_SYSCALLS, io_read_syscalls);
		PUT_U64(IO, WRITE_SYSCALLS, io_write_syscalls);
	}
	if (record->available & TASKMETER_AVAILABLE_IO) {
		PUT_U64(IO, READ_BYTES, io_read_bytes);
		PUT_U64(IO, WRITE_BYTES, io_write_bytes);
		PUT_U64(IO, CANCELLED_WRITE_BYTES, io_cancelled_write_bytes);
	}
	return at;
}

/* In the order of their numbers, by which a reader may take them in one go. */
static void *put_waits(void *at, const struct taskmeter_record *record)
{
	const bool memory = record->available & TASKMETER_AVAILABLE_MEM_WAIT;

	PUT_U64(METER, TRACKED_NS, tracked_ns);
	PUT_U64(METER, CPU_WAIT_NS, cpu_wait_ns);
	PUT_U64(METER, SLEEP_NS, sleep_ns);
	PUT_U64(METER, IO_WAIT_NS, io_wait_ns);
	if (memory)
		PUT_U64(METER, MEM_WAIT_NS, mem_wait_ns);
	PUT_U64(METER, LOCK_WAIT_NS, lock_wait_ns);
	PUT_U64(METER, STOP_NS, stop_ns);
	PUT_U64(METER, WAKEUPS, wakeups);
	if (record->available & TASKMETER_AVAILABLE_NUMA)
		PUT_U64(METER, NUMA_MIGRATIONS, numa_migrations);
	PUT_U64(METER, CPU_WAIT_MAX_NS, cpu_wait_max_ns);
	PUT_U64(METER, CPU_WAIT_MAX_TIME_NS, cpu_wait_max_time_ns);
	PUT_U64(METER, IO_WAIT_MAX_NS, io_wait_max_ns);
	PUT_U64(METER, IO_WAIT_MAX_TIME_NS, io_wait_max_time_ns);
	if (!memory)
		return at;
	PUT_U64(METER, MEM_WAIT_MAX_NS, mem_wait_max_ns);
	PUT_U64(METER, MEM_WAIT_MAX_TIME_NS, mem_wait_max_time_ns);
	return at;
}

static void *put_meter(void *at, const struct taskmeter_record *record)
{
	PUT_U32(METER, CURRENT_STATE, current_state);
	PUT_U32(METER, CURRENT_STATE_TID, current_state_tid);
	PUT_U64(METER, CURRENT_STATE_NS, current_state_ns);
	PUT_U32(METER, UNTRACKED_THREADS, untracked_threads);
	if (record->available & TASKMETER_AVAILABLE_WAKER) {
		PUT_U32(METER, WAKER_PID, waker_pid);
		at = put_comm(at, TASKMETER_A_METER_WAKER_COMM, record->waker_comm);
	}
	return put_waits(at, record);
}

static void *put_stall(void *at, const struct taskmeter_record *record)
{
	if (record->available & TASKMETER_AVAILABLE_MEM_STALL)
		PUT_U64(STALL, MEM_STALL_NS, mem_stall_ns);
	if (record->available & TASKMETER_AVAILABLE_DIRECT_RECLAIM) {
		PUT_U64(STALL, DIRECT_RECLAIMS, direct_reclaims);
		PUT_U64(STALL, DIRECT_RECLAIM_NS, direct_reclaim_ns);
		PUT_U64(STALL, DIRECT_RECLAIM_MAX_NS, direct_reclaim_max_ns);
		PUT_U64(STALL, DIRECT_RECLAIM_MAX_TIME_NS, direct_reclaim_max_time_ns);
	}
	if (record->available & TASKMETER_AVAILABLE_MEMCG_RECLAIM) {
		PUT_U64(STALL, MEMCG_RECLAIMS, memcg_reclaims);
		PUT_U64(STALL, MEMCG_RECLAIM_NS, memcg_reclaim_ns);
		PUT_U64(STALL, MEMCG_RECLAIM_MAX_NS, memcg_reclaim_max_ns);
		PUT_U64(STALL, MEMCG_RECLAIM_MAX_TIME_NS, memcg_reclaim_max_time_ns);
	}
	if (record->available & TASKMETER_AVAILABLE_COMPACTION) {
		PUT_U64(STALL, COMPACTIONS, compactions);
		PUT_U64(STALL, COMPACTION_NS, compaction_ns);
		PUT_U64(STALL, COMPACTION_MAX_NS, compaction_max_ns);
		PUT_U64(STALL, COMPACTION_MAX_TIME_NS, compaction_max_time_ns);
	}
	PUT_U64(STALL, FAULT_WAITS, fault_waits);
	PUT_U64(STALL, FAULT_WAIT_NS, fault_wait_ns);
	PUT_U64(STALL, FAULT_WAIT_MAX_NS, fault_wait_max_ns);
	PUT_U64(STALL, FAULT_WAIT_MAX_TIME_NS, fault_wait_max_time_ns);
	if (record->available & TASKMETER_AVAILABLE_REFAULT) {
		PUT_U64(STALL, REFAULT_WAITS, refault_waits);
		PUT_U64(STALL, REFAULT_WAIT_NS, refault_wait_ns);
		PUT_U64(STALL, REFAULT_WAIT_MAX_NS, refault_wait_max_ns);
		PUT_U64(STALL, REFAULT_WAIT_MAX_TIME_NS, refault_wait_max_time_ns);
		PUT_U64(STALL, THROTTLE_WAITS, throttle_waits);
		PUT_U64(STALL, THROTTLE_WAIT_NS, throttle_wait_ns);
		PUT_U64(STALL, THROTTLE_WAIT_MAX_NS, throttle_wait_max_ns);
		PUT_U64(STALL, THROTTLE_WAIT_MAX_TIME_NS, throttle_wait_max_time_ns);
	}
	if (record->available & TASKMETER_AVAILABLE_NUMA_BALANCING) {
		PUT_U64(STALL, NUMA_MIGRATED_PAGES, numa_migrated_pages);
		PUT_U32(STALL, NUMA_PREFERRED_NODE, numa_preferred_node);
	}
	return at;
}

static __always_inline void *
put_nest(void *at, u16 type, void *(*put)(void *at, const struct taskmeter_record *record),
	 const struct taskmeter_record *record)
{
	struct nlattr *nest = at;

	at = put(put_header(at, type | NLA_F_NESTED, 0), record);
	nest->nla_len = at - (void *)nest;
	return at;
}

static void *put_record(void *at, const struct taskmeter_record *record)
{
	at = put_comm(at, TASKMETER_A_TASK_COMM, record->comm);
	at = put_identity(at, record);
	at = put_nest(at, TASKMETER_A_TASK_SCHED, put_sched, record);
	if (record->available & TASKMETER_AVAILABLE_RSS_PEAK)
		at = put_nest(at, TASKMETER_A_TASK_MEMORY, put_memory, record);
	at = put_nest(at, TASKMETER_A_TASK_FAULT, put_fault, record);
	if (record->available & (TASKMETER_AVAILABLE_IO_CHARS | TASKMETER_AVAILABLE_IO))
		at = put_nest(at, TASKMETER_A_TASK_IO, put_io, record);
	if (record->available & TASKMETER_AVAILABLE_METER)
		at = put_nest(at, TASKMETER_A_TASK_METER, put_meter, record);
	if (unlikely(record->available & TASKMETER_AVAILABLE_STALLS))
		at = put_nest(at, TASKMETER_A_TASK_STALL, put_stall, record);
	return at;
}

/* Up to the last bucket that is not empty; nothing if all are. */
static void *put_buckets(void *at, u16 type, const u64 *buckets, unsigned int count)
{
	while (count && !buckets[count - 1])
		count--;
	if (!count)
		return at;
	at = put_header(at, type, count * sizeof(*buckets));
	memcpy(at, buckets, count * sizeof(*buckets));
	return at + count * sizeof(*buckets);
}

#define PUT_BUCKETS(name, member) \
	(at = put_buckets(at, TASKMETER_A_HISTOGRAMS_##name, histograms->member, \
			  ARRAY_SIZE(histograms->member)))

static void *put_histograms(void *at, const struct taskmeter_histograms *histograms)
{
	struct nlattr *nest = at;

	at = put_header(at, TASKMETER_A_TASK_HISTOGRAMS | NLA_F_NESTED, 0);
	PUT_BUCKETS(CPU_WAIT, cpu_wait);
	PUT_BUCKETS(IO_WAIT, io_wait);
	PUT_BUCKETS(MEM_WAIT, mem_wait);
	PUT_BUCKETS(RECLAIM, reclaim);
	PUT_BUCKETS(COMPACTION, compaction);
	PUT_BUCKETS(FAULT_WAIT, fault_wait);
	nest->nla_len = at - (void *)nest;
	return at;
}

/*
 * Room that the message of a record takes at the most: the names, what is 32
 * bits, what is 64 bits (with a padding attribute before it where 64-bit values
 * have to be aligned) and the nests. Of the attributes of a task all are 32 bits
 * but padding, request, name, start time, cgroup, since and nests; in the nests all
 * are taken for 64 bits.
 */
#define TASK_NESTS	7
#define TASK_U32S	(TASKMETER_A_TASK_MAX - 6 - TASK_NESTS)
#define TASK_U64S	(2 + TASKMETER_A_SCHED_MAX + TASKMETER_A_MEMORY_MAX + \
			 TASKMETER_A_FAULT_MAX + TASKMETER_A_IO_MAX + TASKMETER_A_METER_MAX)
#define ATTRS_SIZE	(2 * nla_total_size(TASKMETER_COMM_LEN) + \
			 TASK_U32S * nla_total_size(sizeof(u32)) + \
			 TASK_U64S * nla_total_size_64bit(sizeof(u64)) + \
			 TASK_NESTS * nla_total_size(0))
#define STALLS_SIZE	(TASKMETER_A_STALL_MAX * nla_total_size_64bit(sizeof(u64)))
#define HISTOGRAMS_SIZE	(TASKMETER_A_HISTOGRAMS_MAX * nla_total_size(0) + \
			 sizeof(struct taskmeter_histograms))
#define MESSAGE_SIZE	(NLMSG_HDRLEN + GENL_HDRLEN + ATTRS_SIZE)

/* What is the same in all messages of a reply. */
struct message_header {
	struct nlmsghdr netlink;
	struct genlmsghdr generic;
};

static void message_header_init(struct message_header *header, u32 portid, u32 seq,
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
			.cmd = TASKMETER_CMD_TASK_GET,
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
	message_header_init(&header, info->snd_portid, info->snd_seq, 0);
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
	message_header_init(&header, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			    NLM_F_MULTI);
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
	return put_meter_info(skb, info);
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

static int config_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	int ret;

	/* Both who opened the socket and who sends. */
	if (!netlink_capable(skb, CAP_SYS_ADMIN)) {
		NL_SET_ERR_MSG(info->extack, "CAP_SYS_ADMIN is missing to change settings");
		return -EPERM;
	}
	if (!info->attrs[TASKMETER_A_CONFIG_METER] && !info->attrs[TASKMETER_A_CONFIG_WAKER] &&
	    !info->attrs[TASKMETER_A_CONFIG_PROBE_TIME]) {
		NL_SET_ERR_MSG(info->extack, "no setting: name meter, waker or probe-time");
		return -EINVAL;
	}
	ret = meter_change(config_change, info->attrs);
	if (ret == -EOPNOTSUPP)
		NL_SET_ERR_MSG(info->extack, "this kernel lacks a tracepoint that the meter needs");
	else if (ret == -ENOMEM)
		NL_SET_ERR_MSG(info->extack, "no memory to track all threads");
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
