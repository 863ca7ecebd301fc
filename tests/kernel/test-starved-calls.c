// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whatever is asked of the module is asked while one allocation after the other fails, and
 * one copy from or to the caller: he gets all of the right answer, or an error, and can
 * ask again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exits.h"
#include "genl.h"
#include "herd.h"
#include "meter.h"
#include "module.h"
#include "starve.h"
#include "suite.h"
#include "support.h"

#define HERD		40
#define HERD_UID	4711
#define ENDED		40
#define ROOM		64

static int device;
static struct genl genl;
static struct herd herd;
static uint64_t first_exit;
/* Of the log: what is asked for, and what it had before. */
static uint64_t log_bytes, log_bytes_before;

/* What an answer is put into; written to once, so that its pages are there. */
static struct taskmeter_record records[ROOM];
static struct taskmeter_histograms histograms[ROOM];
static struct taskmeter_exit ends[ROOM];
static struct taskmeter_total totals[ROOM];
static union {
	struct taskmeter_info info;
	struct taskmeter_snapshot snapshot;
	struct taskmeter_exits exits;
	struct taskmeter_totals totals;
	struct taskmeter_cgroup_path path;
} request;
static char path[4096];
/* Of netlink: messages of an answer, and what the last one was. */
static size_t messages;
static uint64_t last_next;

static void load_again(void)
{
	starve_end();
	if (!module_loaded())
		module_load_default();
}

static pid_t end_one(int code)
{
	pid_t pid = fork();

	must(pid >= 0);
	if (!pid)
		_exit(code);
	return pid;
}

static void end_some(void)
{
	struct exits exits;

	exits_open(&exits, 0);
	first_exit = exits.cursor;
	for (int i = 0; i < ENDED; i++)
		exits_reap(&exits, end_one(i));
	exits_close(&exits);
}

static void setup(void)
{
	const struct herd_options options = { HERD, HERD_UID, NULL, false };

	starve_need();
	load_again();
	/* Before there are files that it would hold open, too. */
	herd_start(&herd, &options);
	device = device_open();
	genl_open(&genl);
	log_bytes_before = device_info(device).exit_log_bytes;
	end_some();
}

static int call(unsigned long command)
{
	return ioctl(device, command, &request) ? -errno : 0;
}

static int open_device(void)
{
	int fd = open(TASKMETER_DEVICE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int get_info(void)
{
	memset(&request, 0, sizeof(request));
	request.info.size = sizeof(request.info);
	return call(TASKMETER_IOCTL_INFO);
}

static void check_info(void)
{
	ck_assert_uint_eq(request.info.abi_version, TASKMETER_ABI_VERSION);
	ck_assert_uint_ge(request.info.tracked_threads, HERD);
}

static int snapshot(uint32_t flags, uint64_t since)
{
	memset(&request, 0, sizeof(request));
	memset(records, 0, sizeof(records));
	memset(histograms, 0, sizeof(histograms));
	request.snapshot = (struct taskmeter_snapshot){
		.size = sizeof(request.snapshot),
		.flags = flags | TASKMETER_SNAPSHOT_UID,
		.buffer = (uintptr_t)records,
		.buffer_size = sizeof(records),
		.stride = sizeof(records[0]),
		.uid = HERD_UID,
		.since = since,
	};
	if (flags & TASKMETER_SNAPSHOT_HISTOGRAMS) {
		request.snapshot.histograms = (uintptr_t)histograms;
		request.snapshot.histograms_stride = sizeof(histograms[0]);
	}
	return call(TASKMETER_IOCTL_SNAPSHOT);
}

static int snapshot_plain(void)
{
	return snapshot(0, 0);
}

static int snapshot_threads(void)
{
	return snapshot(TASKMETER_SNAPSHOT_THREADS, 0);
}

/* From so far back that all were active. */
static int snapshot_since(void)
{
	return snapshot(TASKMETER_SNAPSHOT_SINCE, 1);
}

static int snapshot_full(void)
{
	return snapshot(TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS, 0);
}

static uint64_t switches(const struct taskmeter_histograms *of)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < TASKMETER_CPU_WAIT_BUCKETS; i++)
		sum += of->cpu_wait[i];
	return sum;
}

/* The herd and its parent. */
static void check_snapshot(void)
{
	const bool full = request.snapshot.flags & TASKMETER_SNAPSHOT_HISTOGRAMS;

	ck_assert_uint_eq(request.snapshot.count, HERD + 1);
	ck_assert_uint_eq(request.snapshot.cursor, 0);
	for (size_t i = 0; i <= HERD; i++) {
		must(records[i].uid == HERD_UID && records[i].threads == 1);
		must(records[i].available & TASKMETER_AVAILABLE_METER);
		must(!i || records[i].pid > records[i - 1].pid);
		must(!full || (histograms[i].size == sizeof(histograms[i]) &&
			       switches(&histograms[i])));
	}
}

static int read_exits(void)
{
	memset(&request, 0, sizeof(request));
	memset(ends, 0, sizeof(ends));
	memset(records, 0, sizeof(records));
	memset(histograms, 0, sizeof(histograms));
	request.exits = (struct taskmeter_exits){
		.size = sizeof(request.exits),
		.flags = TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS,
		.cursor = first_exit,
		.exits = (uintptr_t)ends,
		.records = (uintptr_t)records,
		.histograms = (uintptr_t)histograms,
		.exits_stride = sizeof(ends[0]),
		.records_stride = sizeof(records[0]),
		.histograms_stride = sizeof(histograms[0]),
		.room = ROOM,
	};
	return call(TASKMETER_IOCTL_EXITS);
}

/* More than one stage of them; a kernel thread may have ended as well. */
static void check_exits(void)
{
	size_t own = 0;

	ck_assert_uint_ge(request.exits.count, ENDED);
	ck_assert_uint_eq(request.exits.lost, 0);
	for (size_t i = 0; i < request.exits.count; i++) {
		ck_assert_uint_eq(ends[i].number, first_exit + i);
		must(histograms[i].size == sizeof(histograms[i]));
		must(records[i].size == sizeof(records[i]) && records[i].pid);
		if (records[i].ppid != (uint32_t)getpid())
			continue;
		must(own == ENDED || ends[i].status == (int)own << 8);
		own++;
	}
	ck_assert_uint_ge(own, ENDED);
}

static int read_totals(void)
{
	memset(&request, 0, sizeof(request));
	memset(totals, 0, sizeof(totals));
	request.totals = (struct taskmeter_totals){
		.size = sizeof(request.totals),
		.kind = TASKMETER_TOTAL_UID,
		.totals = (uintptr_t)totals,
		.stride = sizeof(totals[0]),
		.room = ROOM,
	};
	return call(TASKMETER_IOCTL_TOTALS);
}

static void check_totals(void)
{
	ck_assert_uint_gt(request.totals.count, 0);
	for (size_t i = 0; i < request.totals.count; i++)
		must(totals[i].size == sizeof(totals[i]));
}

static int read_path(void)
{
	static uint64_t cgroup_id;

	if (!cgroup_id)
		cgroup_id = meter_process(device, getpid()).cgroup_id;
	memset(path, 0, sizeof(path));
	request.path = (struct taskmeter_cgroup_path){
		.size = sizeof(request.path),
		.cgroup_id = cgroup_id,
		.path = (uintptr_t)path,
		.path_size = sizeof(path),
	};
	return call(TASKMETER_IOCTL_CGROUP_PATH);
}

static void check_path(void)
{
	must(path[0] == '/' && strlen(path) == request.path.length);
}

static void take_message(const struct nlmsghdr *message, void *arg)
{
	const struct genlmsghdr *command = NLMSG_DATA(message);

	(void)arg;
	if (command->cmd == TASKMETER_CMD_EXIT_GET &&
	    genl_find(message, TASKMETER_A_EXIT_NEXT))
		last_next = genl_u64(genl_find(message, TASKMETER_A_EXIT_NEXT));
	messages++;
}

/* After these nobody can tell what there is still to come. */
static bool leaves_rest(int ret)
{
	return ret == -ENOBUFS || ret == -EFAULT || ret == -EINTR;
}

static int ask(struct genl_request *message)
{
	messages = 0;
	last_next = 0;
	return genl_try_exchange(&genl, message, take_message, NULL);
}

static int ask_info(void)
{
	struct genl_request message;

	genl_begin(&message, &genl, TASKMETER_CMD_INFO_GET, NLM_F_ACK);
	return ask(&message);
}

static int ask_task(void)
{
	struct genl_request message;

	genl_begin(&message, &genl, TASKMETER_CMD_TASK_GET, NLM_F_ACK);
	genl_put_u32(&message, TASKMETER_A_TASK_PID, getpid());
	genl_put_u32(&message, TASKMETER_A_TASK_REQUEST,
		     TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS);
	return ask(&message);
}

static void check_one(void)
{
	ck_assert_uint_eq(messages, 1);
}

static int dump(uint32_t flags)
{
	const struct taskmeter_snapshot filter = {
		.flags = flags | TASKMETER_SNAPSHOT_UID,
		.uid = HERD_UID,
	};
	struct genl_request message;

	genl_begin_dump(&message, &genl, &filter);
	return ask(&message);
}

static int dump_plain(void)
{
	return dump(0);
}

static int dump_full(void)
{
	return dump(TASKMETER_SNAPSHOT_THREADS | TASKMETER_SNAPSHOT_HISTOGRAMS |
		    TASKMETER_SNAPSHOT_STALLS);
}

static void check_dump(void)
{
	ck_assert_uint_eq(messages, HERD + 1);
}

static int dump_exits(void)
{
	struct genl_request message;

	genl_begin(&message, &genl, TASKMETER_CMD_EXIT_GET, NLM_F_DUMP);
	genl_put_u64(&message, TASKMETER_A_EXIT_NUMBER, first_exit);
	return ask(&message);
}

static void check_exits_dump(void)
{
	ck_assert_uint_ge(messages, ENDED + 1);
	ck_assert_uint_eq(last_next, first_exit + messages - 1);
}

static int dump_totals(void)
{
	struct genl_request message;

	genl_begin(&message, &genl, TASKMETER_CMD_TOTAL_GET, NLM_F_DUMP);
	genl_put_u32(&message, TASKMETER_A_TOTAL_KIND, TASKMETER_TOTAL_UID);
	return ask(&message);
}

static void check_totals_dump(void)
{
	ck_assert_uint_gt(messages, 0);
}

/* To another size than it has. */
static int resize_log(void)
{
	struct genl_request message;

	log_bytes = log_bytes_before == 1 << 20 ? 2 << 20 : 1 << 20;
	genl_begin(&message, &genl, TASKMETER_CMD_CONFIG_SET, NLM_F_ACK);
	genl_put_u32(&message, TASKMETER_A_CONFIG_EXIT_LOG_BYTES, log_bytes);
	return ask(&message);
}

static void check_log(void)
{
	ck_assert_uint_eq(device_info(device).exit_log_bytes, log_bytes);
	log_bytes_before = log_bytes;
}

/* An error of the module, not of how it was told: then nothing has changed. */
static void check_log_kept(int ret)
{
	const uint64_t bytes = device_info(device).exit_log_bytes;

	if (ret == -ENOMEM)
		ck_assert_uint_eq(bytes, log_bytes_before);
	log_bytes_before = bytes;
	ck_assert_int_eq(read_exits(), 0);
	check_exits();
}

static int subscribe(void)
{
	struct genl_request message;

	genl_begin(&message, &genl, TASKMETER_CMD_SUBSCRIBE, NLM_F_ACK);
	genl_put_u32(&message, TASKMETER_A_SUBSCRIBE_EVENTS, TASKMETER_EVENT_OOM);
	return ask(&message);
}

static void unsubscribe(void)
{
	genl_close(&genl);
	genl_open(&genl);
	while (device_info(device).subscribers)
		sleep_ms(5);
}

static void check_subscribed(void)
{
	ck_assert_uint_eq(messages, 1);
	ck_assert_uint_eq(device_info(device).subscribers, 1);
	unsubscribe();
}

static void check_not_subscribed(int ret)
{
	if (ret == -ENOMEM)
		ck_assert_uint_eq(device_info(device).subscribers, 0);
	unsubscribe();
}

/**
 * struct question - something that is asked
 * @what: name
 * @ask: 0 or a negative errno
 * @check: fails unless all of the answer is there and right
 * @check_failed: fails if there is something of it after the error; may be NULL
 */
static const struct question {
	const char *what;
	int (*ask)(void);
	void (*check)(void);
	void (*check_failed)(int ret);
} questions[] = {
	{ "open", open_device, NULL, NULL },
	{ "INFO", get_info, check_info, NULL },
	{ "SNAPSHOT", snapshot_plain, check_snapshot, NULL },
	{ "SNAPSHOT of threads", snapshot_threads, check_snapshot, NULL },
	{ "SNAPSHOT since", snapshot_since, check_snapshot, NULL },
	{ "SNAPSHOT with all", snapshot_full, check_snapshot, NULL },
	{ "EXITS", read_exits, check_exits, NULL },
	{ "TOTALS", read_totals, check_totals, NULL },
	{ "CGROUP_PATH", read_path, check_path, NULL },
	{ "INFO_GET", ask_info, check_one, NULL },
	{ "TASK_GET", ask_task, check_one, NULL },
	{ "dump of tasks", dump_plain, check_dump, NULL },
	{ "dump of tasks with all", dump_full, check_dump, NULL },
	{ "dump of exits", dump_exits, check_exits_dump, NULL },
	{ "dump of totals", dump_totals, check_totals_dump, NULL },
	{ "CONFIG_SET of the log", resize_log, check_log, check_log_kept },
	{ "SUBSCRIBE", subscribe, check_subscribed, check_not_subscribed },
};

static bool may_fail_with(int ret)
{
	return ret == -ENOMEM || ret == -ENOBUFS || ret == -EFAULT;
}

/* Return: whether it was reached. */
static bool ask_starved(const struct question *question, unsigned int nth,
			unsigned int *refused)
{
	bool failed;
	int ret;

	starve_arm(nth);
	ret = question->ask();
	failed = !starve_disarm();
	if (ret && (!failed || !may_fail_with(ret)))
		test_fail("%s, allocation %u%s: %s", question->what, nth,
			  failed ? "" : " not reached", strerror(-ret));
	if (leaves_rest(ret)) {
		genl_close(&genl);
		genl_open(&genl);
	}
	if (!ret && question->check)
		question->check();
	if (ret && question->check_failed)
		question->check_failed(ret);
	*refused += !!ret;
	return failed;
}

START_TEST(answers)
{
	const struct question *question = &questions[_i];
	unsigned int nth, refused = 0, ignored = 0;

	/* What is allocated once for all, and the pages of this program. */
	must(!ask_starved(question, 1000000, &ignored));
	for (nth = 1; ask_starved(question, nth, &refused); nth++)
		;
	printf("%s: %u failures, %u answers refused\n", question->what, nth - 1, refused);
	/* Each ioctl copies, each message is allocated. */
	ck_assert_uint_gt(refused, 0);
	/* A file that is closed is given up soon. */
	while (module_references() > 1)
		sleep_ms(5);
	herd_end(&herd);
}
END_TEST

/* After all of that. */
START_TEST(nothing_lost)
{
	close(device);
	genl_close(&genl);
	herd_end(&herd);
	module_unload();
	module_check_gone();
	leaks_check("after starved calls");
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("starved-calls");
	TCase *calls = test_case_add(suite, "calls", 60);

	tcase_add_unchecked_fixture(calls, leaks_forget, load_again);
	tcase_add_checked_fixture(calls, setup, NULL);
	tcase_add_loop_test(calls, answers, 0, ARRAY_SIZE(questions));
	tcase_add_test(calls, nothing_lost);
	return suite_main(suite, argc, argv);
}
