// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The exit log read by ioctl: what it refuses, what it writes and where, how a reader
 * goes on, waits and learns what he missed, and who sees what.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "cred.h"
#include "exits.h"
#include "guard.h"
#include "suite.h"
#include "support.h"

static int device;
static struct exits exits;

static void setup(void)
{
	device = device_open();
	exits_open(&exits, TASKMETER_SNAPSHOT_STALLS);
}

/* A process that ends at once with an exit code. */
static pid_t begin(int code)
{
	pid_t pid = fork();

	must(pid >= 0);
	if (!pid)
		_exit(code);
	return pid;
}

/* The same, reaped and in the log; its number. */
static uint64_t end_one(int code)
{
	return exits_reap(&exits, begin(code)).exit.number;
}

#define ROOM	4

static struct {
	struct taskmeter_exit *exits;
	struct taskmeter_record *records;
	struct taskmeter_histograms *histograms;
} buffers;

/* Buffers for ROOM records, each of which ends where no memory is. */
static struct taskmeter_exits valid_request(void)
{
	buffers.exits = guarded(ROOM * sizeof(*buffers.exits));
	buffers.records = guarded(ROOM * sizeof(*buffers.records));
	buffers.histograms = guarded(ROOM * sizeof(*buffers.histograms));
	return (struct taskmeter_exits){
		.size = sizeof(struct taskmeter_exits),
		.cursor = exits.cursor,
		.exits = (uintptr_t)buffers.exits,
		.records = (uintptr_t)buffers.records,
		.exits_stride = sizeof(*buffers.exits),
		.records_stride = sizeof(*buffers.records),
		.room = ROOM,
	};
}

static void add_histograms(struct taskmeter_exits *request)
{
	request->flags |= TASKMETER_SNAPSHOT_HISTOGRAMS;
	request->histograms = (uintptr_t)buffers.histograms;
	request->histograms_stride = sizeof(*buffers.histograms);
}

#define OFFSET(member) offsetof(struct taskmeter_exits, member), \
	sizeof(((struct taskmeter_exits *)0)->member)

/* One member is wrong in a request that is right else. */
static const struct refusal {
	const char *what;
	size_t offset;
	size_t size;
	uint64_t value;
	int error;
	bool histograms;
} refusals[] = {
	{ "no room", OFFSET(room), 0, ENOSPC, false },
	{ "threads", OFFSET(flags), TASKMETER_SNAPSHOT_THREADS, EINVAL, false },
	{ "exact RSS", OFFSET(flags), TASKMETER_SNAPSHOT_EXACT_RSS, EINVAL, false },
	{ "one pid", OFFSET(flags), TASKMETER_SNAPSHOT_PID, EINVAL, false },
	{ "a token", OFFSET(flags), TASKMETER_SNAPSHOT_SINCE, EINVAL, false },
	{ "flag after the last", OFFSET(flags), TASKMETER_SNAPSHOT_STALLS << 1, EINVAL, false },
	{ "unknown flag", OFFSET(flags), 1U << 31, EINVAL, false },
	{ "reserved", OFFSET(reserved), 1, EINVAL, false },
	{ "number of another load", OFFSET(cursor), UINT64_MAX, EINVAL, false },
	{ "far number", OFFSET(cursor), 1ULL << 40, EINVAL, false },
	{ "no exits stride", OFFSET(exits_stride), 0, EINVAL, false },
	{ "short exits stride", OFFSET(exits_stride), TASKMETER_EXIT_SIZE_VER1 - 8, EINVAL,
	  false },
	{ "odd exits stride", OFFSET(exits_stride), TASKMETER_EXIT_SIZE_VER1 + 4, EINVAL,
	  false },
	{ "long exits stride", OFFSET(exits_stride), 4096 + 8, EINVAL, false },
	{ "huge exits stride", OFFSET(exits_stride), UINT32_MAX - 7, EINVAL, false },
	{ "no records stride", OFFSET(records_stride), 0, EINVAL, false },
	{ "short records stride", OFFSET(records_stride), TASKMETER_RECORD_SIZE_VER1 - 8,
	  EINVAL, false },
	{ "odd records stride", OFFSET(records_stride), TASKMETER_RECORD_SIZE_VER1 + 4, EINVAL,
	  false },
	{ "long records stride", OFFSET(records_stride), 4096 + 8, EINVAL, false },
	{ "histograms without flag", OFFSET(histograms), 4096, EINVAL, false },
	{ "stride of histograms without flag", OFFSET(histograms_stride),
	  sizeof(struct taskmeter_histograms), EINVAL, false },
	{ "no histograms stride", OFFSET(histograms_stride), 0, EINVAL, true },
	{ "short histograms stride", OFFSET(histograms_stride),
	  TASKMETER_HISTOGRAMS_SIZE_VER1 - 8, EINVAL, true },
	{ "odd histograms stride", OFFSET(histograms_stride),
	  TASKMETER_HISTOGRAMS_SIZE_VER1 + 4, EINVAL, true },
	{ "long histograms stride", OFFSET(histograms_stride), 4096 + 8, EINVAL, true },
	{ "exits nowhere", OFFSET(exits), 0, EFAULT, true },
	{ "records nowhere", OFFSET(records), 0, EFAULT, true },
	{ "histograms nowhere", OFFSET(histograms), 0, EFAULT, true },
	{ "exits in the kernel", OFFSET(exits), 0xffff888000000000, EFAULT, true },
	{ "records in the kernel", OFFSET(records), 0xffff888000000000, EFAULT, true },
	{ "histograms in the kernel", OFFSET(histograms), 0xffff888000000000, EFAULT, true },
	{ "exits at the end", OFFSET(exits), UINT64_MAX - 7, EFAULT, true },
	{ "records at the end", OFFSET(records), UINT64_MAX - 7, EFAULT, true },
};

/* Each is refused, with just the error that the header promises, and writes nothing. */
START_TEST(refused)
{
	const struct refusal *refusal = &refusals[_i];
	struct taskmeter_exits request = valid_request(), before;

	end_one(0);
	if (refusal->histograms)
		add_histograms(&request);
	memcpy((char *)&request + refusal->offset, &refusal->value, refusal->size);
	before = request;
	expect_error(device, TASKMETER_IOCTL_EXITS, &request, refusal->error, refusal->what);
	ck_assert_uint_eq(request.count, before.count);
	ck_assert_uint_eq(request.cursor, before.cursor);
	ck_assert_uint_eq(request.lost, before.lost);
	if (refusal->error == EFAULT)
		return;
	must(!memcmp(&request, &before, sizeof(request)));
	must(is_filled(buffers.exits, ROOM * sizeof(*buffers.exits), POISON));
	must(is_filled(buffers.records, ROOM * sizeof(*buffers.records), POISON));
	must(is_filled(buffers.histograms, ROOM * sizeof(*buffers.histograms), POISON));
}
END_TEST

/* What is refused has not moved the reader: he gets the record later. */
START_TEST(refusal_loses_nothing)
{
	uint64_t number = end_one(42);
	struct taskmeter_exits request = valid_request();

	request.exits = 0;
	ck_assert_int_eq(exits_try(device, &request), EFAULT);
	request = valid_request();
	ck_assert_int_eq(exits_try(device, &request), 0);
	ck_assert_uint_ge(request.count, 1);
	ck_assert_uint_le(buffers.exits[0].number, number);
}
END_TEST

/* More records than there is room for: each once, in pieces of any size. */
START_TEST(pieces)
{
	const size_t rooms[] = { 1, 2, 3, 64 };
	uint64_t first, last;

	first = end_one(0);
	for (int i = 0; i < 20; i++)
		last = end_one(i);
	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
		struct exits reader;

		exits_open(&reader, 0);
		reader.cursor = first;
		while (reader.cursor <= last)
			ck_assert_uint_gt(exits_read(&reader, rooms[i], NULL, NULL), 0);
		ck_assert_uint_eq(reader.lost, 0);
		ck_assert_uint_eq(reader.read, reader.cursor - first);
		ck_assert_uint_ge(reader.calls, (last - first + 1) / rooms[i]);
		exits_close(&reader);
	}
}
END_TEST

/* 0 and 1 are both for the oldest; what is gone since number 1 is told to the latter. */
START_TEST(oldest)
{
	uint64_t number = end_one(0), first;
	struct taskmeter_exits request = valid_request();

	request.cursor = 0;
	ck_assert_int_eq(exits_try(device, &request), 0);
	ck_assert_uint_gt(request.count, 0);
	ck_assert_uint_ge(request.last, number);
	first = buffers.exits[0].number;
	ck_assert_uint_eq(request.lost, 0);
	request.cursor = 1;
	ck_assert_int_eq(exits_try(device, &request), 0);
	ck_assert_uint_eq(buffers.exits[0].number, first);
	ck_assert_uint_eq(request.lost + request.count, request.cursor - 1);
}
END_TEST

/* Asked for what is not there yet: nothing, and it is there later. */
START_TEST(newest)
{
	struct taskmeter_exits request;
	uint64_t number;

	do {
		request = valid_request();
		request.cursor = device_info(device).exit_number + 1;
		ck_assert_int_eq(exits_try(device, &request), 0);
	} while (request.count);
	must(is_filled(buffers.exits, ROOM * sizeof(*buffers.exits), POISON));
	number = request.cursor;
	ck_assert_uint_eq(number, request.last + 1);
	/* The next but one is of another load. */
	request.cursor = device_info(device).exit_number + 1000;
	ck_assert_int_eq(exits_try(device, &request), EINVAL);
	ck_assert_uint_ge(end_one(0), number);
	request.cursor = number;
	ck_assert_int_eq(exits_try(device, &request), 0);
	ck_assert_uint_eq(buffers.exits[0].number, number);
}
END_TEST

/* Only as much is written as there is. */
START_TEST(rest_is_left)
{
	struct taskmeter_exits request;
	size_t left;

	end_one(0);
	do {
		request = valid_request();
		add_histograms(&request);
		request.cursor = device_info(device).exit_number;
		ck_assert_int_eq(exits_try(device, &request), 0);
	} while (request.count == ROOM);
	ck_assert_uint_ge(request.count, 1);
	left = ROOM - request.count;
	must(is_filled(buffers.exits + request.count, left * sizeof(*buffers.exits), POISON));
	must(is_filled(buffers.records + request.count, left * sizeof(*buffers.records),
		       POISON));
	must(is_filled(buffers.histograms + request.count,
		       left * sizeof(*buffers.histograms), POISON));
}
END_TEST

/* Strides of other versions: exits, records, histograms. */
static const struct stride {
	uint32_t exits;
	uint32_t records;
	uint32_t histograms;
} strides[] = {
	{ TASKMETER_EXIT_SIZE_VER1, TASKMETER_RECORD_SIZE_VER1, TASKMETER_HISTOGRAMS_SIZE_VER1 },
	{ TASKMETER_EXIT_SIZE_VER1, TASKMETER_RECORD_SIZE_VER2, TASKMETER_HISTOGRAMS_SIZE_VER2 },
	{ TASKMETER_EXIT_SIZE_VER1 + 8, TASKMETER_RECORD_SIZE_VER3 + 8,
	  TASKMETER_HISTOGRAMS_SIZE_VER2 + 8 },
	{ 4096, 4096, 4096 },
	{ TASKMETER_EXIT_SIZE_VER1 + 64, TASKMETER_RECORD_SIZE_VER1 + 8,
	  TASKMETER_HISTOGRAMS_SIZE_VER1 + 8 },
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * The start of a structure is as one who knows all of it is told, the rest is zero; its
 * own size, its first member, is what was filled in.
 */
static void check_stride(const void *cut, const void *whole, size_t size, size_t stride,
			 const char *what)
{
	size_t common = least(size, stride);
	uint32_t told;

	memcpy(&told, cut, sizeof(told));
	if (told != common)
		test_fail("%s: size %u of a stride of %zu", what, told, stride);
	if (memcmp((const char *)cut + sizeof(told), (const char *)whole + sizeof(told),
		   common - sizeof(told)))
		test_fail("%s: not the same with a stride of %zu", what, stride);
	must(is_filled((const char *)cut + common, stride - common, 0));
}

START_TEST(other_strides)
{
	const struct stride *stride = &strides[_i];
	uint64_t number = end_one(_i);
	struct taskmeter_exits request = valid_request();
	struct taskmeter_histograms histograms;
	struct taskmeter_record record;
	struct taskmeter_exit end;
	char *all[3];

	add_histograms(&request);
	request.flags |= TASKMETER_SNAPSHOT_STALLS;
	request.cursor = number;
	request.room = 1;
	ck_assert_int_eq(exits_try(device, &request), 0);
	end = buffers.exits[0];
	record = buffers.records[0];
	histograms = buffers.histograms[0];
	ck_assert_uint_eq(end.size, sizeof(end));
	ck_assert_uint_eq(record.size, sizeof(record));
	ck_assert_uint_eq(histograms.size, sizeof(histograms));

	all[0] = guarded(stride->exits);
	all[1] = guarded(stride->records);
	all[2] = guarded(stride->histograms);
	request.exits = (uintptr_t)all[0];
	request.records = (uintptr_t)all[1];
	request.histograms = (uintptr_t)all[2];
	request.exits_stride = stride->exits;
	request.records_stride = stride->records;
	request.histograms_stride = stride->histograms;
	request.cursor = number;
	ck_assert_int_eq(exits_try(device, &request), 0);
	ck_assert_uint_eq(request.count, 1);
	check_stride(all[0], &end, sizeof(end), stride->exits, "exit");
	check_stride(all[1], &record, sizeof(record), stride->records, "record");
	check_stride(all[2], &histograms, sizeof(histograms), stride->histograms,
		     "histograms");
}
END_TEST

/* Without the flag there are no stalls, and the record says so. */
START_TEST(without_stalls)
{
	uint64_t number = end_one(0);
	struct taskmeter_exits request = valid_request();
	const uint64_t stalls = TASKMETER_AVAILABLE_STALLS |
		TASKMETER_AVAILABLE_DIRECT_RECLAIM | TASKMETER_AVAILABLE_MEMCG_RECLAIM |
		TASKMETER_AVAILABLE_COMPACTION | TASKMETER_AVAILABLE_REFAULT |
		TASKMETER_AVAILABLE_MEM_STALL | TASKMETER_AVAILABLE_NUMA_BALANCING;

	request.cursor = number;
	request.room = 1;
	ck_assert_int_eq(exits_try(device, &request), 0);
	ck_assert_uint_eq(buffers.records[0].size, TASKMETER_RECORD_SIZE_VER2);
	must(!(buffers.records[0].available & stalls));
	must(is_filled((char *)buffers.records + TASKMETER_RECORD_SIZE_VER2,
		       sizeof(*buffers.records) - TASKMETER_RECORD_SIZE_VER2, 0));
	request.flags = TASKMETER_SNAPSHOT_STALLS;
	request.cursor = number;
	ck_assert_int_eq(exits_try(device, &request), 0);
	ck_assert_uint_eq(buffers.records[0].size, sizeof(*buffers.records));
	must(buffers.records[0].available & TASKMETER_AVAILABLE_STALLS);
}
END_TEST

static void read_to_the_end(struct exits *reader)
{
	while (exits_ready(reader))
		exits_read_all(reader, NULL, NULL);
}

/* poll(2) tells of what is newer than the opening of the file and the last call on it. */
START_TEST(poll_tells)
{
	struct exits first, second;
	uint64_t number;

	exits_open(&first, 0);
	end_one(0);
	exits_open(&second, 0);
	must(exits_ready(&first));
	must(exits_ready(&first));
	read_to_the_end(&first);
	read_to_the_end(&second);
	number = end_one(0);
	must(exits_ready(&first));
	must(exits_ready(&second));
	read_to_the_end(&first);
	must(exits_ready(&second));
	/* Who goes back has something before him. */
	first.cursor = number;
	exits_read(&first, 1, NULL, NULL);
	first.cursor = 1;
	exits_read(&first, 1, NULL, NULL);
	must(exits_ready(&first));
	/* Other questions don't count. */
	device_info(first.device);
	must(exits_ready(&first));
	exits_close(&first);
	exits_close(&second);
}
END_TEST

static void end_when_told(void *arg)
{
	(void)arg;
	child_stay();
}

static void *wait_for_record(void *arg)
{
	exits_wait(arg);
	return NULL;
}

/* Who sleeps in poll(2) is woken by a record; so are all who do. */
START_TEST(poll_wakes)
{
	pthread_t threads[8];
	struct exits readers[8];
	struct child child;

	child_start(&child, end_when_told, NULL);
	child_await(&child);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		exits_open(&readers[i], 0);
		must(!pthread_create(&threads[i], NULL, wait_for_record, &readers[i]));
	}
	sleep_ms(20);
	child_order(&child);
	child_join(&child);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		must(!pthread_join(threads[i], NULL));
}
END_TEST

static void ignore(int signal)
{
	(void)signal;
}

/* A signal ends it, not the reader. */
START_TEST(poll_interrupted)
{
	struct sigaction action = { .sa_handler = ignore };
	struct pollfd poll_fd = { .fd = device, .events = POLLIN };
	struct exits reader;
	int ret;

	must(!sigaction(SIGALRM, &action, NULL));
	exits_open(&reader, 0);
	poll_fd.fd = reader.device;
	do {
		read_to_the_end(&reader);
		alarm(1);
		ret = poll(&poll_fd, 1, -1);
	} while (ret > 0);
	ck_assert_int_eq(errno, EINTR);
}
END_TEST

#define INTERRUPTED_CALLS	20000

/* A signal ends a call, but not before it gave something. */
START_TEST(read_interrupted)
{
	const struct itimerval often = { { 0, 50 }, { 0, 50 } }, never = { 0 };
	struct sigaction action = { .sa_handler = ignore, .sa_flags = SA_RESTART };
	struct taskmeter_exits request;

	end_one(0);
	request = valid_request();
	must(!sigaction(SIGALRM, &action, NULL));
	must(!setitimer(ITIMER_REAL, &often, NULL));
	for (int i = 0; i < INTERRUPTED_CALLS; i++) {
		request.cursor = 0;
		must(!exits_try(device, &request));
		if (!request.count)
			test_fail("call %d gave nothing but to go on with %" PRIu64, i,
				  (uint64_t)request.cursor);
	}
	must(!setitimer(ITIMER_REAL, &never, NULL));
}
END_TEST

/* A cgroup of which nothing is known, and buffers that are too small. */
START_TEST(cgroup_path_refused)
{
	struct taskmeter_record record;
	char path[64], *small;
	struct taskmeter_cgroup_path request = {
		.size = sizeof(request),
		.path = (uintptr_t)path,
		.path_size = sizeof(path),
	};

	end_one(0);
	must(device_get(device, getpid(), getpid(), 0, &record));
	expect_error(device, TASKMETER_IOCTL_CGROUP_PATH, &request, ENOENT, "cgroup 0");
	request.cgroup_id = UINT64_MAX;
	expect_error(device, TASKMETER_IOCTL_CGROUP_PATH, &request, ENOENT, "no cgroup");
	request.cgroup_id = record.cgroup_id;
	expect_error(device, TASKMETER_IOCTL_CGROUP_PATH, &request, 0, "own cgroup");
	ck_assert_str_eq(path, "/");
	ck_assert_uint_eq(request.length, 1);
	request.path_size = 0;
	expect_error(device, TASKMETER_IOCTL_CGROUP_PATH, &request, ENOSPC, "no room");
	request.path_size = 1;
	expect_error(device, TASKMETER_IOCTL_CGROUP_PATH, &request, ENOSPC, "no room for NUL");
	small = guarded(2);
	request.path_size = 2;
	request.path = (uintptr_t)small;
	expect_error(device, TASKMETER_IOCTL_CGROUP_PATH, &request, 0, "just enough");
	ck_assert_str_eq(small, "/");
	request.path = 0;
	expect_error(device, TASKMETER_IOCTL_CGROUP_PATH, &request, EFAULT, "path nowhere");
	request.reserved = 1;
	expect_error(device, TASKMETER_IOCTL_CGROUP_PATH, &request, EINVAL, "reserved");
}
END_TEST

/* What INFO says of the log. */
START_TEST(info)
{
	struct taskmeter_info before = device_info(device), after;
	uint64_t number;

	ck_assert_uint_eq(before.exit_log_bytes, 16 << 20);
	for (int i = 0; i < 100; i++)
		number = end_one(i);
	after = device_info(device);
	ck_assert_uint_ge(after.exit_number, number);
	ck_assert_uint_ge(after.exit_number, before.exit_number + 100);
	ck_assert_uint_gt(after.exit_log_used_bytes, 0);
	ck_assert_uint_le(after.exit_log_used_bytes, after.exit_log_bytes);
	ck_assert_uint_eq(after.exits_unrecorded, before.exits_unrecorded);
	if (after.exit_log_evicted + after.exit_log_records != after.exit_number)
		/* Not one moment for all three. */
		ck_assert_uint_le(after.exit_log_evicted + after.exit_log_records,
				  after.exit_number + 10);
	if (!before.exit_log_evicted)
		printf("%" PRIu64 " bytes for each of %" PRIu64 " records\n",
		       (uint64_t)(after.exit_log_used_bytes / after.exit_log_records),
		       (uint64_t)after.exit_log_records);
}
END_TEST

static const struct identity nobody = { "uid 1000", 1000, 0 };
static const struct identity perfmon = {
	"uid 1001 with CAP_PERFMON", 1001, CAP_BIT(CAP_PERFMON)
};

static void count_own(const struct ended *ended, void *arg)
{
	if (ended->record.ppid == (uint32_t)getpid())
		(*(size_t *)arg)++;
}

static const struct identity *observer;
static size_t expected;

/* Forks some, reaps them, and looks for them in the log; the whole log if it is nobody. */
static void look_as_observer(void *arg)
{
	struct exits reader;
	size_t own = 0;

	(void)arg;
	cred_become(observer);
	exits_open(&reader, 0);
	reader.partial = true;
	for (int i = 0; i < 5; i++)
		must(waitpid(begin(0), NULL, 0) > 0);
	child_stay();
	if (!expected)
		reader.cursor = 0;
	exits_read_all(&reader, count_own, &own);
	if (own != expected || (!expected && reader.read))
		test_fail("%s: %zu records of %zu, %" PRIu64 " of others", observer->name, own,
			  expected, reader.read - own);
	must(reader.cursor == reader.last + 1);
	child_tell();
}

/* Rule (a) as for the living; without a capability nothing, not even what is one's own. */
START_TEST(unprivileged)
{
	struct child child;

	observer = _i ? &perfmon : &nobody;
	expected = _i ? 5 : 0;
	child_start(&child, look_as_observer, NULL);
	child_await(&child);
	exits_settle();
	child_order(&child);
	child_join(&child);
}
END_TEST

static pid_t *inner_pid;
static char target[4096];

/* One whose program was started inside, which is what counts there. */
static pid_t execute(void)
{
	pid_t pid = fork();

	must(pid >= 0);
	if (!pid) {
		execl(target, target, NULL);
		_exit(127);
	}
	return pid;
}

static void check_inner(const struct ended *ended, void *arg)
{
	const struct taskmeter_record *record = &ended->record;
	size_t *count = arg;

	/* Ids of inside, where this is the first process and the other its child. */
	must(record->pid == (uint32_t)*inner_pid && record->ppid == (uint32_t)getpid());
	must(!record->uid && !record->euid && !record->gid && !record->egid);
	must(record->pid_namespace == device_info(device).pid_namespace);
	must(ended->exit.status == 2 << 8);
	(*count)++;
}

/* Root of namespaces of its own; others come and go outside. */
static void look_from_inside(void *arg)
{
	struct exits reader;
	size_t count = 0;

	(void)arg;
	child_listen();
	device = device_open();
	exits_open(&reader, 0);
	reader.partial = true;
	reader.cursor = 0;
	*inner_pid = execute();
	must(waitpid(*inner_pid, NULL, 0) == *inner_pid);
	/* Runs a program still that was started outside: not shown here. */
	must(waitpid(begin(8), NULL, 0) > 0);
	child_stay();
	exits_read_all(&reader, check_inner, &count);
	if (count != 1)
		test_fail("%zu records inside", count);
	must(reader.cursor == reader.last + 1);
	child_tell();
}

static void find_inner(const struct ended *ended, void *arg)
{
	if (ended->record.ppid != (uint32_t)((struct child *)arg)->pid)
		return;
	must(ended->record.uid == 0 && ended->record.pid != (uint32_t)*inner_pid);
	must(ended->exit.status == 2 << 8 || ended->exit.status == 8 << 8);
	expected++;
}

/* Inside a container only its own are seen, with their ids there; outside all. */
START_TEST(container)
{
	struct child child;

	inner_pid = shared_alloc(sizeof(*inner_pid));
	program_path(target, sizeof(target), "target");
	end_one(0);
	child_clone(&child, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS,
		    look_from_inside, NULL);
	cred_map_ids(child.pid, 0, 0);
	child_order(&child);
	child_await(&child);
	exits_settle();
	expected = 0;
	exits_read_all(&exits, find_inner, &child);
	ck_assert_uint_eq(expected, 2);
	child_order(&child);
	child_join(&child);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("exits");
	TCase *interface = test_case_add(suite, "interface", 60);
	TCase *waiting = test_case_add(suite, "waiting", 60);
	TCase *seeing = test_case_add(suite, "seeing", 60);

	tcase_add_checked_fixture(interface, setup, NULL);
	tcase_add_loop_test(interface, refused, 0, ARRAY_SIZE(refusals));
	tcase_add_test(interface, refusal_loses_nothing);
	tcase_add_test(interface, pieces);
	tcase_add_test(interface, oldest);
	tcase_add_test(interface, newest);
	tcase_add_test(interface, rest_is_left);
	tcase_add_loop_test(interface, other_strides, 0, ARRAY_SIZE(strides));
	tcase_add_test(interface, without_stalls);
	tcase_add_test(interface, cgroup_path_refused);
	tcase_add_test(interface, info);

	tcase_add_checked_fixture(waiting, setup, NULL);
	tcase_add_test(waiting, poll_tells);
	tcase_add_test(waiting, poll_wakes);
	tcase_add_test(waiting, poll_interrupted);
	tcase_add_test(waiting, read_interrupted);

	tcase_add_checked_fixture(seeing, setup, NULL);
	tcase_add_loop_test(seeing, unprivileged, 0, 2);
	tcase_add_test(seeing, container);
	return suite_main(suite, argc, argv);
}
