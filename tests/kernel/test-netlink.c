// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The generic netlink family: it says the same as the device, refuses with an
 * errno and a text, dumps piece by piece from every network namespace, and lets
 * go of the module when its socket is gone.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <taskmeter/taskmeter.h>
#include <unistd.h>

#include "child.h"
#include "compare.h"
#include "genl.h"
#include "meter.h"
#include "module.h"
#include "suite.h"
#include "support.h"

#define PID_LIMIT	4194304		/* PID_MAX_LIMIT of the kernel */
#define CROWD		100

static void stay(void *arg)
{
	(void)arg;
	child_stay();
}

static struct child crowd[CROWD];

static void crowd_start(void)
{
	for (size_t i = 0; i < CROWD; i++)
		child_start(&crowd[i], stay, NULL);
	for (size_t i = 0; i < CROWD; i++) {
		child_await(&crowd[i]);
		child_await_state(crowd[i].pid, "S");
	}
}

static void crowd_end(void)
{
	children_kill(crowd, CROWD);
}

static void check_crowd(const struct records *records)
{
	records_check_order(records);
	for (size_t i = 0; i < CROWD; i++)
		if (!records_find(records, crowd[i].pid))
			test_fail("process %d is missing", crowd[i].pid);
}

static void take_meter(const struct nlmsghdr *message, struct taskmeter_info *info)
{
	info->token = genl_u64(genl_find(message, TASKMETER_A_INFO_TOKEN));
	info->tracked_threads =
		genl_u64(genl_find(message, TASKMETER_A_INFO_TRACKED_THREADS));
	info->untracked_threads =
		genl_u64(genl_find(message, TASKMETER_A_INFO_UNTRACKED_THREADS));
	info->allocation_failures =
		genl_u64(genl_find(message, TASKMETER_A_INFO_ALLOCATION_FAILURES));
	info->clock_steps = genl_u64(genl_find(message, TASKMETER_A_INFO_CLOCK_STEPS));
	info->gaps = genl_u64(genl_find(message, TASKMETER_A_INFO_GAPS));
	info->probe_calls = genl_u64(genl_find(message, TASKMETER_A_INFO_PROBE_CALLS));
	info->probe_ns = genl_u64(genl_find(message, TASKMETER_A_INFO_PROBE_NS));
	info->clock = genl_u32(genl_find(message, TASKMETER_A_INFO_CLOCK));
	info->thread_bytes = genl_u32(genl_find(message, TASKMETER_A_INFO_THREAD_BYTES));
	info->process_bytes = genl_u32(genl_find(message, TASKMETER_A_INFO_PROCESS_BYTES));
	info->histogram_bytes =
		genl_u32(genl_find(message, TASKMETER_A_INFO_HISTOGRAM_BYTES));
}

static void take_log(const struct nlmsghdr *message, struct taskmeter_info *info)
{
	info->exit_number = genl_u64(genl_find(message, TASKMETER_A_INFO_EXIT_NUMBER));
	info->exit_log_bytes = genl_u64(genl_find(message, TASKMETER_A_INFO_EXIT_LOG_BYTES));
	info->exit_log_used_bytes =
		genl_u64(genl_find(message, TASKMETER_A_INFO_EXIT_LOG_USED_BYTES));
	info->exit_log_records =
		genl_u64(genl_find(message, TASKMETER_A_INFO_EXIT_LOG_RECORDS));
	info->exit_log_evicted =
		genl_u64(genl_find(message, TASKMETER_A_INFO_EXIT_LOG_EVICTED));
	info->exits_other = genl_u64(genl_find(message, TASKMETER_A_INFO_EXITS_OTHER));
	info->exits_unrecorded =
		genl_u64(genl_find(message, TASKMETER_A_INFO_EXITS_UNRECORDED));
	info->events_lost = genl_u64(genl_find(message, TASKMETER_A_INFO_EVENTS_LOST));
	info->subscribers = genl_u32(genl_find(message, TASKMETER_A_INFO_SUBSCRIBERS));
}

static void take_info(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *version = genl_find(message, TASKMETER_A_INFO_VERSION);
	struct taskmeter_info *info = arg;

	*info = (struct taskmeter_info){ .size = sizeof(*info) };
	info->abi_version = genl_u32(genl_find(message, TASKMETER_A_INFO_ABI_VERSION));
	info->flags = genl_u64(genl_find(message, TASKMETER_A_INFO_FLAGS));
	info->available = genl_u64(genl_find(message, TASKMETER_A_INFO_AVAILABLE));
	info->instance_id = genl_u64(genl_find(message, TASKMETER_A_INFO_INSTANCE_ID));
	info->load_time_ns = genl_u64(genl_find(message, TASKMETER_A_INFO_LOAD_TIME_NS));
	info->record_size = genl_u32(genl_find(message, TASKMETER_A_INFO_RECORD_SIZE));
	info->page_size = genl_u32(genl_find(message, TASKMETER_A_INFO_PAGE_SIZE));
	info->pid_namespace = genl_u32(genl_find(message, TASKMETER_A_INFO_PID_NAMESPACE));
	info->rss_error_bytes =
		genl_u64(genl_find(message, TASKMETER_A_INFO_RSS_ERROR_BYTES));
	must(version);
	strncpy(info->version, (const char *)version + NLA_HDRLEN,
		sizeof(info->version) - 1);
	take_meter(message, info);
	take_log(message, info);
}

static struct taskmeter_info info_get(struct genl *genl)
{
	struct genl_request request;
	struct taskmeter_info info;

	genl_begin(&request, genl, TASKMETER_CMD_INFO_GET, NLM_F_ACK);
	ck_assert_int_eq(genl_exchange(genl, &request, take_info, &info), 0);
	ck_assert_uint_eq(genl->replies, 1);
	return info;
}

/* What moves on from one to the next: not further than the third; all else is the same. */
static void check_infos(struct taskmeter_info first, struct taskmeter_info info,
			struct taskmeter_info last)
{
	must(info.token >= first.token && info.token <= last.token);
	must(info.clock_steps >= first.clock_steps && info.clock_steps <= last.clock_steps);
	must(info.gaps >= first.gaps && info.gaps <= last.gaps);
	must(info.tracked_threads > 0);
	info.token = first.token;
	info.clock_steps = first.clock_steps;
	info.gaps = first.gaps;
	info.tracked_threads = first.tracked_threads;
	must(info.exit_number >= first.exit_number && info.exit_number <= last.exit_number);
	must(info.exit_log_evicted >= first.exit_log_evicted &&
	     info.exit_log_evicted <= last.exit_log_evicted);
	must(info.exits_other >= first.exits_other && info.exits_other <= last.exits_other);
	info.exit_number = first.exit_number;
	info.exit_log_evicted = first.exit_log_evicted;
	info.exit_log_records = first.exit_log_records;
	info.exit_log_used_bytes = first.exit_log_used_bytes;
	info.exits_other = first.exits_other;
	/* There are no structures of them here. */
	info.exit_size = first.exit_size;
	info.total_size = first.total_size;
	must(!memcmp(&first, &info, sizeof(first)));
}

/* INFO is the same by both doors. */
START_TEST(info_equals_ioctl)
{
	struct taskmeter_info before, by_netlink, after;
	int device = device_open();
	struct genl genl;

	genl_open(&genl);
	before = device_info(device);
	by_netlink = info_get(&genl);
	after = device_info(device);
	check_infos(before, by_netlink, after);
}
END_TEST

static void *sleep_in_thread(void *arg)
{
	*(volatile pid_t *)arg = syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

/* A child with a second thread, whose id it leaves in @arg. */
static void stay_with_thread(void *arg)
{
	volatile pid_t *tid = arg;
	pthread_t thread;

	must(!pthread_create(&thread, NULL, sleep_in_thread, arg));
	while (!*tid)
		sched_yield();
	child_stay();
}

static void start_threaded(struct child *child, pid_t **ret_tid)
{
	*ret_tid = shared_alloc(sizeof(**ret_tid));
	child_start(child, stay_with_thread, *ret_tid);
	child_await(child);
	child_await_state(child->pid, "S");
	child_await_state(**ret_tid, "S");
}

/* One process, or one thread, is the same by both doors in every field. */
START_TEST(get_equals_ioctl)
{
	static const uint32_t modes[] = {
		0, TASKMETER_SNAPSHOT_EXACT_RSS, TASKMETER_SNAPSHOT_THREADS,
		TASKMETER_SNAPSHOT_THREADS | TASKMETER_SNAPSHOT_EXACT_RSS,
		TASKMETER_SNAPSHOT_STALLS, TASKMETER_SNAPSHOT_THREADS | TASKMETER_SNAPSHOT_STALLS,
	};
	struct taskmeter_record before, record, after;
	int device = device_open();
	struct child child;
	struct genl genl;
	pid_t *tid, pid;

	start_threaded(&child, &tid);
	genl_open(&genl);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		pid = modes[i] & TASKMETER_SNAPSHOT_THREADS ? *tid : child.pid;
		must(device_get(device, child.pid, pid, modes[i], &before));
		ck_assert_int_eq(genl_get(&genl, pid, modes[i], &record), 0);
		must(device_get(device, child.pid, pid, modes[i], &after));
		record_check_between(&before, &record, &after, "netlink");
	}
	child_kill(&child);
}
END_TEST

/* A reply's histograms, and whether it had any. */
struct reply {
	struct taskmeter_histograms histograms;
	bool there;
};

static void take_histograms(const struct nlmsghdr *message, void *arg)
{
	struct reply *reply = arg;

	reply->there = genl_histograms(message, &reply->histograms);
}

static struct reply histograms_by_netlink(struct genl *genl, pid_t pid, uint32_t flags)
{
	struct genl_request request;
	struct reply reply;

	genl_begin(&request, genl, TASKMETER_CMD_TASK_GET, NLM_F_ACK);
	genl_put_u32(&request, TASKMETER_A_TASK_PID, pid);
	if (flags)
		genl_put_u32(&request, TASKMETER_A_TASK_REQUEST, flags);
	ck_assert_int_eq(genl_exchange(genl, &request, take_histograms, &reply), 0);
	ck_assert_uint_eq(genl->replies, 1);
	return reply;
}

/* Histograms of a process and of a thread are the same by both doors, if asked for. */
START_TEST(histograms_equal_ioctl)
{
	const uint32_t histograms = TASKMETER_SNAPSHOT_HISTOGRAMS;
	struct taskmeter_histograms by_ioctl;
	int device = device_open();
	struct child child;
	struct reply reply;
	struct genl genl;
	pid_t *tid;

	start_threaded(&child, &tid);
	genl_open(&genl);
	reply = histograms_by_netlink(&genl, child.pid, histograms);
	meter_histograms(device, child.pid, 0, NULL, &by_ioctl);
	must(reply.there && !memcmp(&reply.histograms, &by_ioctl, sizeof(by_ioctl)));

	reply = histograms_by_netlink(&genl, *tid, histograms | TASKMETER_SNAPSHOT_THREADS);
	meter_histograms(device, child.pid, *tid, NULL, &by_ioctl);
	must(reply.there && !memcmp(&reply.histograms, &by_ioctl, sizeof(by_ioctl)));

	reply = histograms_by_netlink(&genl, child.pid, 0);
	must(!reply.there);
	child_kill(&child);
}
END_TEST

static void count_histograms(const struct nlmsghdr *message, void *arg)
{
	struct taskmeter_histograms histograms;

	*(size_t *)arg += genl_histograms(message, &histograms);
}

/* A dump has them for everybody that ever waited, however small its messages. */
START_TEST(dump_histograms)
{
	struct taskmeter_snapshot filter = { .flags = TASKMETER_SNAPSHOT_HISTOGRAMS };
	struct genl_request request;
	struct genl genl;
	size_t count = 0;

	crowd_start();
	genl_open_small(&genl);
	genl_begin_dump(&request, &genl, &filter);
	ck_assert_int_eq(genl_exchange(&genl, &request, count_histograms, &count), 0);
	ck_assert_uint_gt(count, CROWD);
	ck_assert_uint_gt(genl.replies, CROWD);
	crowd_end();
}
END_TEST

/* Wrong requests, the errors that they get, and always a text. */
static const struct refusal {
	const char *what;
	bool dump;
	uint16_t type;
	uint32_t value;
	size_t length;
	uint32_t pid;		/* put in front if not 0 */
	int error;
} refusals[] = {
	{ "no pid", false, 0, 0, 0, 0, EINVAL },
	{ "only flags", false, TASKMETER_A_TASK_REQUEST, TASKMETER_SNAPSHOT_THREADS, 4, 0,
	  EINVAL },
	{ "pid 0", false, TASKMETER_A_TASK_PID, 0, 4, 0, ERANGE },
	{ "pid above the limit", false, TASKMETER_A_TASK_PID, PID_LIMIT + 1, 4, 0, ERANGE },
	{ "negative pid", false, TASKMETER_A_TASK_PID, -1, 4, 0, ERANGE },
	{ "pid of 2 bytes", false, TASKMETER_A_TASK_PID, 1, 2, 0, EINVAL },
	{ "pid of 8 bytes", false, TASKMETER_A_TASK_PID, 1, 8, 0, EINVAL },
	{ "pid of no bytes", false, TASKMETER_A_TASK_PID, 1, 0, 0, EINVAL },
	{ "nested pid", false, TASKMETER_A_TASK_PID | NLA_F_NESTED, 1, 4, 0, EINVAL },
	{ "no such process", false, TASKMETER_A_TASK_PID, PID_LIMIT, 4, 0, ESRCH },
	{ "flag of a filter", false, TASKMETER_A_TASK_REQUEST, TASKMETER_SNAPSHOT_PID, 4, 1,
	  EINVAL },
	{ "unknown flag", false, TASKMETER_A_TASK_REQUEST, 1U << 31, 4, 1, EINVAL },
	{ "flags of 8 bytes", false, TASKMETER_A_TASK_REQUEST, 0, 8, 1, EINVAL },
	{ "attribute of no meaning", false, TASKMETER_A_TASK_MAX + 1, 0, 4, 1, EINVAL },
	{ "attribute far away", false, 1000, 0, 4, 1, EINVAL },
	{ "attribute of replies", false, TASKMETER_A_TASK_COMM, 0, 4, 1, EINVAL },
	{ "nest of replies", false, TASKMETER_A_TASK_SCHED | NLA_F_NESTED, 0, 0, 1, EINVAL },
	{ "filter by tgid", false, TASKMETER_A_TASK_TGID, 1, 4, 1, EINVAL },
	{ "filter by uid", false, TASKMETER_A_TASK_UID, 0, 4, 1, EINVAL },
	{ "filter by cgroup", false, TASKMETER_A_TASK_CGROUP_ID, 1, 8, 1, EINVAL },
	{ "token for one", false, TASKMETER_A_TASK_SINCE, 0, 8, 1, EINVAL },
	{ "flag of a token", false, TASKMETER_A_TASK_REQUEST, TASKMETER_SNAPSHOT_SINCE, 4, 1,
	  EINVAL },
	{ "nest of the meter", false, TASKMETER_A_TASK_METER | NLA_F_NESTED, 0, 0, 1,
	  EINVAL },
	{ "nest of the stalls", false, TASKMETER_A_TASK_STALL | NLA_F_NESTED, 0, 0, 1,
	  EINVAL },
	{ "flag after the last", false, TASKMETER_A_TASK_REQUEST,
	  TASKMETER_SNAPSHOT_STALLS << 1, 4, 1, EINVAL },
	{ "dump with flag after the last", true, TASKMETER_A_TASK_REQUEST,
	  TASKMETER_SNAPSHOT_STALLS << 1, 4, 0, EINVAL },
	{ "dump with a pid", true, TASKMETER_A_TASK_PID, 1, 4, 0, EINVAL },
	{ "dump of tgid 0", true, TASKMETER_A_TASK_TGID, 0, 4, 0, ERANGE },
	{ "dump of tgid above the limit", true, TASKMETER_A_TASK_TGID, PID_LIMIT + 1, 4, 0,
	  ERANGE },
	{ "dump of tgid of 2 bytes", true, TASKMETER_A_TASK_TGID, 1, 2, 0, EINVAL },
	{ "dump with a token of 4 bytes", true, TASKMETER_A_TASK_SINCE, 0, 4, 0, EINVAL },
	{ "dump with flag of a token", true, TASKMETER_A_TASK_REQUEST,
	  TASKMETER_SNAPSHOT_SINCE, 4, 0, EINVAL },
	{ "dump of uid that is none", true, TASKMETER_A_TASK_UID, -1, 4, 0, EINVAL },
	{ "dump of cgroup of 4 bytes", true, TASKMETER_A_TASK_CGROUP_ID, 1, 4, 0, EINVAL },
	{ "dump with unknown flag", true, TASKMETER_A_TASK_REQUEST, 1U << 31, 4, 0, EINVAL },
	{ "dump with flag of a filter", true, TASKMETER_A_TASK_REQUEST,
	  TASKMETER_SNAPSHOT_UID, 4, 0, EINVAL },
	{ "dump with attribute of no meaning", true, TASKMETER_A_TASK_MAX + 1, 0, 4, 0,
	  EINVAL },
	{ "dump with attribute of replies", true, TASKMETER_A_TASK_STATE, 0, 4, 0, EINVAL },
};

static void no_reply(const struct nlmsghdr *message, void *arg)
{
	(void)message;
	test_fail("%s: there is a reply", (const char *)arg);
}

START_TEST(refused)
{
	const struct refusal *refusal = &refusals[_i];
	uint64_t value = refusal->value;
	struct genl_request request;
	struct genl genl;
	int ret;

	genl_open(&genl);
	genl_begin(&request, &genl, TASKMETER_CMD_TASK_GET,
		   refusal->dump ? NLM_F_DUMP : NLM_F_ACK);
	if (refusal->pid)
		genl_put_u32(&request, TASKMETER_A_TASK_PID, refusal->pid);
	if (refusal->type)
		genl_put(&request, refusal->type, &value, refusal->length);
	ret = genl_exchange(&genl, &request, no_reply, (void *)refusal->what);
	if (ret != -refusal->error)
		test_fail("%s: %s instead of %s", refusal->what, strerror(-ret),
			  strerror(refusal->error));
	if (!genl.text[0])
		test_fail("%s: no text", refusal->what);
	/* The socket is as good as new. */
	info_get(&genl);
}
END_TEST

/* Bytes behind the last attribute that are none. */
START_TEST(garbage_behind_attributes)
{
	struct genl_request request;
	struct genl genl;

	genl_open(&genl);
	genl_begin(&request, &genl, TASKMETER_CMD_TASK_GET, NLM_F_ACK);
	genl_put_u32(&request, TASKMETER_A_TASK_PID, 1);
	request.header.nlmsg_len += 2;
	ck_assert_int_eq(genl_exchange(&genl, &request, no_reply, NULL), -EINVAL);
	ck_assert_str_ne(genl.text, "");
}
END_TEST

/* A thread that is not its process's main thread is no process. */
START_TEST(thread_is_no_process)
{
	struct taskmeter_record record;
	struct child child;
	struct genl genl;
	pid_t *tid;

	start_threaded(&child, &tid);
	genl_open(&genl);
	ck_assert_int_eq(genl_get(&genl, *tid, 0, &record), -ESRCH);
	ck_assert_str_ne(genl.text, "");
	ck_assert_int_eq(genl_get(&genl, *tid, TASKMETER_SNAPSHOT_THREADS, &record), 0);
	ck_assert_uint_eq(record.pid, *tid);
	ck_assert_uint_eq(record.tgid, child.pid);
	child_kill(&child);
}
END_TEST

/* Commands that do not exist, and a dump of what cannot be dumped. */
START_TEST(unknown_command)
{
	struct genl_request request;
	struct genl genl;

	genl_open(&genl);
	genl_begin(&request, &genl, TASKMETER_CMD_MAX + 1, NLM_F_ACK);
	ck_assert_int_eq(genl_exchange(&genl, &request, no_reply, NULL), -EOPNOTSUPP);
	genl_begin(&request, &genl, 0, NLM_F_ACK);
	ck_assert_int_eq(genl_exchange(&genl, &request, no_reply, NULL), -EOPNOTSUPP);
	genl_begin(&request, &genl, TASKMETER_CMD_INFO_GET, NLM_F_DUMP);
	ck_assert_int_eq(genl_exchange(&genl, &request, no_reply, NULL), -EOPNOTSUPP);
}
END_TEST

/* What a later INFO might be asked is not passed over in silence. */
START_TEST(info_takes_no_attribute)
{
	struct genl_request request;
	struct genl genl;

	genl_open(&genl);
	genl_begin(&request, &genl, TASKMETER_CMD_INFO_GET, NLM_F_ACK);
	genl_put_u32(&request, TASKMETER_A_INFO_MAX + 1, 1);
	ck_assert_int_eq(genl_exchange(&genl, &request, no_reply, NULL), -EINVAL);
	ck_assert_str_ne(genl.text, "");
}
END_TEST

/* A dump equals a snapshot in every field of processes that do nothing. */
START_TEST(dump_equals_snapshot)
{
	struct taskmeter_snapshot filter = { .flags = _i ? TASKMETER_SNAPSHOT_THREADS : 0 };
	struct records before, dump, after;
	int device = device_open();
	struct genl genl;

	crowd_start();
	genl_open(&genl);
	device_snapshot(device, &filter, 64, &before);
	ck_assert_int_eq(genl_dump(&genl, &filter, &dump), 0);
	device_snapshot(device, &filter, 64, &after);
	must(!genl.interrupted);
	check_crowd(&dump);
	for (size_t i = 0; i < CROWD; i++)
		record_check_between(records_find(&before, crowd[i].pid),
				     records_find(&dump, crowd[i].pid),
				     records_find(&after, crowd[i].pid), "dump");
	crowd_end();
}
END_TEST

/* Filters of a dump. */
START_TEST(dump_filters)
{
	struct taskmeter_snapshot filter = { .flags = TASKMETER_SNAPSHOT_PID };
	struct records records;
	struct genl genl;

	crowd_start();
	genl_open(&genl);
	filter.pid = crowd[7].pid;
	ck_assert_int_eq(genl_dump(&genl, &filter, &records), 0);
	ck_assert_uint_eq(records.count, 1);
	ck_assert_uint_eq(records.record[0].pid, crowd[7].pid);

	filter.flags |= TASKMETER_SNAPSHOT_UID;
	filter.uid = 4711;
	ck_assert_int_eq(genl_dump(&genl, &filter, &records), 0);
	ck_assert_uint_eq(records.count, 0);
	filter.flags = TASKMETER_SNAPSHOT_CGROUP;
	filter.cgroup_id = 1ULL << 40;
	ck_assert_int_eq(genl_dump(&genl, &filter, &records), 0);
	ck_assert_uint_eq(records.count, 0);
	crowd_end();
}
END_TEST

/* A dump goes on over many messages, however little can be received at once. */
START_TEST(dump_in_many_messages)
{
	struct taskmeter_snapshot filter = { .flags = _i ? TASKMETER_SNAPSHOT_THREADS : 0 };
	struct records records;
	struct genl genl;

	crowd_start();
	genl_open_small(&genl);
	ck_assert_int_eq(genl_dump(&genl, &filter, &records), 0);
	check_crowd(&records);
	/* A record takes more than 500 bytes, a message holds less than 4096. */
	ck_assert_uint_gt(genl.datagrams, CROWD * 500 / 4096);
	crowd_end();
}
END_TEST

static void ask_everything(void *arg)
{
	struct taskmeter_record record;
	struct records records;
	struct genl genl;

	(void)arg;
	must(!unshare(CLONE_NEWNET));
	genl_open(&genl);
	info_get(&genl);
	must(!genl_get(&genl, getppid(), 0, &record));
	must(record.pid == (uint32_t)getppid());
	must(!genl_dump(&genl, NULL, &records));
	check_crowd(&records);
}

/* The family is there in a network namespace that is new. */
START_TEST(network_namespace)
{
	struct child child;

	crowd_start();
	child_start(&child, ask_everything, NULL);
	child_join(&child);
	crowd_end();
}
END_TEST

/* Two dumps at once do not meet. */
START_TEST(two_dumps)
{
	struct records records[2] = { { 0 }, { 0 } };
	struct genl_request request;
	struct genl genl[2];
	int more[2] = { 1, 1 };

	crowd_start();
	for (int i = 0; i < 2; i++) {
		genl_open_small(&genl[i]);
		genl_begin_dump(&request, &genl[i], NULL);
		genl_send(&genl[i], &request);
	}
	while (more[0] || more[1])
		for (int i = 0; i < 2; i++)
			if (more[i])
				more[i] = genl_receive(&genl[i], genl_add_record, &records[i]);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(more[i], 0);
		check_crowd(&records[i]);
	}
	crowd_end();
}
END_TEST

/* Begin a dump and receive some of it. */
static void dump_halfway(struct genl *genl, int datagrams)
{
	struct records records = { 0 };
	struct genl_request request;

	genl_open_small(genl);
	genl_begin_dump(&request, genl, NULL);
	genl_send(genl, &request);
	for (int i = 0; i < datagrams; i++)
		must(genl_receive(genl, genl_add_record, &records) > 0);
	records_free(&records);
}

static void dump_and_stay(void *arg)
{
	struct genl genl;

	(void)arg;
	dump_halfway(&genl, 1);
	child_stay();
}

/*
 * An unfinished dump holds the module, and lets go when its socket is closed,
 * however far it was, and when its process is killed.
 */
START_TEST(abandoned_dumps)
{
	struct child child;
	struct genl genl;

	crowd_start();
	module_await_unused();
	for (int i = 0; i < 50; i++) {
		dump_halfway(&genl, i % 5);
		ck_assert_int_gt(module_references(), 0);
		genl_close(&genl);
	}
	module_await_unused();
	child_start(&child, dump_and_stay, NULL);
	child_await(&child);
	ck_assert_int_gt(module_references(), 0);
	child_kill(&child);
	module_await_unused();
	crowd_end();
}
END_TEST

static void check_library_snapshot(struct tm_meter *meter)
{
	const struct taskmeter_record *record;
	struct tm_snapshot *snapshot;
	struct records records = { 0 };
	int ret;

	ck_assert_int_eq(tm_snapshot_new(meter, NULL, &snapshot), 0);
	while ((ret = tm_snapshot_next(snapshot, &record)) > 0)
		records_add(&records, record);
	ck_assert_int_eq(ret, 0);
	ck_assert_uint_gt(tm_snapshot_time(snapshot), 0);
	tm_snapshot_free(snapshot);
	check_crowd(&records);
	records_free(&records);
}

/* The library's two transports give the same, and fail alike. */
START_TEST(library)
{
	struct taskmeter_record before, record, after;
	struct tm_meter *device, *netlink;
	struct taskmeter_info infos[3];

	crowd_start();
	ck_assert_int_eq(tm_open(TM_TRANSPORT_DEVICE, &device), 0);
	ck_assert_int_eq(tm_open(TM_TRANSPORT_NETLINK, &netlink), 0);
	ck_assert_int_eq(tm_info(device, &infos[0], sizeof(infos[0])), 0);
	ck_assert_int_eq(tm_info(netlink, &infos[1], sizeof(infos[1])), 0);
	ck_assert_int_eq(tm_info(device, &infos[2], sizeof(infos[2])), 0);
	check_infos(infos[0], infos[1], infos[2]);

	for (size_t i = 0; i < CROWD; i++) {
		pid_t pid = crowd[i].pid;

		ck_assert_int_eq(tm_get(device, pid, 0, &before, sizeof(before)), 0);
		ck_assert_int_eq(tm_get(netlink, pid, 0, &record, sizeof(record)), 0);
		ck_assert_int_eq(tm_get(device, pid, 0, &after, sizeof(after)), 0);
		record_check_between(&before, &record, &after, "library");
	}
	check_library_snapshot(device);
	check_library_snapshot(netlink);

	ck_assert_int_eq(tm_get(device, PID_LIMIT, 0, &record, sizeof(record)), -ESRCH);
	ck_assert_str_ne(tm_error(device), "");
	ck_assert_int_eq(tm_get(netlink, PID_LIMIT, 0, &record, sizeof(record)), -ESRCH);
	ck_assert_str_ne(tm_error(netlink), "");
	tm_close(device);
	tm_close(netlink);
	crowd_end();
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("netlink");
	TCase *requests = test_case_add(suite, "requests", 60);
	TCase *dumps = test_case_add(suite, "dumps", 120);

	tcase_add_test(requests, info_equals_ioctl);
	tcase_add_test(requests, get_equals_ioctl);
	tcase_add_test(requests, histograms_equal_ioctl);
	tcase_add_loop_test(requests, refused, 0, ARRAY_SIZE(refusals));
	tcase_add_test(requests, garbage_behind_attributes);
	tcase_add_test(requests, thread_is_no_process);
	tcase_add_test(requests, unknown_command);
	tcase_add_test(requests, info_takes_no_attribute);

	tcase_add_loop_test(dumps, dump_equals_snapshot, 0, 2);
	tcase_add_test(dumps, dump_filters);
	tcase_add_test(dumps, dump_histograms);
	tcase_add_loop_test(dumps, dump_in_many_messages, 0, 2);
	tcase_add_test(dumps, network_namespace);
	tcase_add_test(dumps, two_dumps);
	tcase_add_test(dumps, abandoned_dumps);
	tcase_add_test(dumps, library);
	return suite_main(suite, argc, argv);
}
