// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The transport over /dev/taskmeter, with a module of the test's own behind open()
 * and ioctl(): what strides it is asked with, and that whatever is given to the user
 * is a whole structure of its own, however short the stride.
 */
#include "lib/meter.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define N_RECORDS	10
#define MOST_AT_ONCE	4	/* records in one call, so that there are several */
#define FIRST_PID	100

#define STALLS		TASKMETER_SNAPSHOT_STALLS
#define HISTOGRAMS	TASKMETER_SNAPSHOT_HISTOGRAMS
#define THREADS		TASKMETER_SNAPSHOT_THREADS

/* The module: how much of a record it knows, and the last request. */
static struct {
	uint32_t record_size;
	struct taskmeter_snapshot request;
	int calls;
} module;

static uint32_t smallest(uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Nothing is 0 in what the module fills in; each record is filled with its pid. */
static void make_record(struct taskmeter_record *record, uint32_t pid, uint32_t flags,
			uint32_t stride)
{
	memset(record, 0, sizeof(*record));
	record->size = smallest(stride, module.record_size, flags & STALLS ?
				sizeof(*record) : TASKMETER_RECORD_SIZE_VER2);
	memset((char *)record + sizeof(record->size), (int)pid,
	       record->size - sizeof(record->size));
	record->pid = pid;
	record->tgid = flags & THREADS ? FIRST_PID : pid;
}

static void make_histograms(struct taskmeter_histograms *histograms, uint32_t pid,
			    uint32_t stride)
{
	memset(histograms, 0, sizeof(*histograms));
	memset(histograms, (int)pid, stride);
	histograms->size = stride;
	histograms->reserved = 0;
}

static void write_one(const struct taskmeter_snapshot *request, uint32_t i, uint32_t pid)
{
	char *histograms = (char *)(uintptr_t)request->histograms;
	char *records = (char *)(uintptr_t)request->buffer;
	struct taskmeter_histograms waits;
	struct taskmeter_record record;

	make_record(&record, pid, request->flags, request->stride);
	memcpy(records + (size_t)i * request->stride, &record, request->stride);
	if (!(request->flags & HISTOGRAMS))
		return;
	make_histograms(&waits, pid, request->histograms_stride);
	memcpy(histograms + (size_t)i * request->histograms_stride, &waits,
	       request->histograms_stride);
}

static int answer(struct taskmeter_snapshot *request)
{
	uint32_t known = module.record_size < TASKMETER_RECORD_SIZE_VER3 ? STALLS - 1 :
									   2 * STALLS - 1;
	uint32_t room = (uint32_t)(request->buffer_size / request->stride), pid;

	module.calls++;
	module.request = *request;
	if (request->flags & ~known) {
		errno = EINVAL;
		return -1;
	}
	ck_assert_uint_le(request->stride, sizeof(struct taskmeter_record));
	ck_assert_uint_le(request->histograms_stride, sizeof(struct taskmeter_histograms));
	request->count = 0;
	for (pid = request->cursor ? (uint32_t)request->cursor : FIRST_PID;
	     pid < FIRST_PID + N_RECORDS; pid++) {
		if (request->count == room || request->count == MOST_AT_ONCE) {
			request->cursor = pid;
			return 0;
		}
		if (request->flags & TASKMETER_SNAPSHOT_PID && request->pid !=
		    (request->flags & THREADS ? FIRST_PID : pid))
			continue;
		write_one(request, request->count++, pid);
	}
	request->cursor = 0;
	return 0;
}

/* In place of the C library's, for the library's archive only. */
int ioctl(int fd, unsigned long command, ...)
{
	struct taskmeter_info *info;
	va_list arguments;
	void *argument;

	(void)fd;
	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (command == TASKMETER_IOCTL_SNAPSHOT)
		return answer(argument);
	ck_assert_uint_eq(command, TASKMETER_IOCTL_INFO);
	info = argument;
	info->abi_version = TASKMETER_ABI_VERSION;
	info->record_size = module.record_size;
	return 0;
}

int open(const char *path, int flags, ...)
{
	ck_assert_str_eq(path, TASKMETER_DEVICE);
	return (int)syscall(SYS_openat, AT_FDCWD, "/dev/null", flags, 0);
}

static struct tm_meter *open_module(uint32_t record_size)
{
	struct tm_meter *meter;

	memset(&module, 0, sizeof(module));
	module.record_size = record_size;
	ck_assert_int_eq(tm_open(TM_TRANSPORT_DEVICE, &meter), 0);
	return meter;
}

static void check_record(const struct taskmeter_record *record, uint32_t pid,
			 uint32_t flags)
{
	struct taskmeter_record wanted;

	make_record(&wanted, pid, flags, flags & STALLS ? sizeof(wanted) :
						 TASKMETER_RECORD_SIZE_VER2);
	ck_assert_mem_eq(record, &wanted, sizeof(wanted));
}

static void check_histograms(const struct taskmeter_histograms *histograms, uint32_t pid,
			     uint32_t flags)
{
	struct taskmeter_histograms wanted;

	if (!(flags & HISTOGRAMS)) {
		ck_assert_ptr_null(histograms);
		return;
	}
	make_histograms(&wanted, pid, flags & STALLS ? TASKMETER_HISTOGRAMS_SIZE_VER2 :
						       TASKMETER_HISTOGRAMS_SIZE_VER1);
	ck_assert_mem_eq(histograms, &wanted, sizeof(wanted));
}

static const uint32_t requests[] = {
	0, STALLS, HISTOGRAMS, HISTOGRAMS | STALLS, THREADS, THREADS | STALLS,
};

#define N_REQUESTS	6

/* All records, with nothing of the next one behind them; and by how much room. */
START_TEST(test_snapshot)
{
	const struct tm_filter filter = { .flags = requests[_i] };
	struct tm_meter *meter = open_module(TASKMETER_RECORD_SIZE_VER3);
	const struct taskmeter_record *record;
	struct tm_snapshot *snapshot;
	uint32_t pid = FIRST_PID;

	ck_assert_int_eq(tm_snapshot_new(meter, &filter, &snapshot), 0);
	while (tm_snapshot_next(snapshot, &record) > 0) {
		check_record(record, pid, filter.flags);
		check_histograms(tm_snapshot_histograms(snapshot), pid++, filter.flags);
	}
	ck_assert_uint_eq(pid, FIRST_PID + N_RECORDS);
	ck_assert_int_eq(module.calls, 3);
	ck_assert_uint_eq(module.request.flags, filter.flags);
	ck_assert_uint_eq(module.request.stride, filter.flags & STALLS ?
			  TASKMETER_RECORD_SIZE_VER3 : TASKMETER_RECORD_SIZE_VER2);
	ck_assert_uint_eq(module.request.histograms_stride, !(filter.flags & HISTOGRAMS) ?
			  0 : filter.flags & STALLS ? TASKMETER_HISTOGRAMS_SIZE_VER2 :
						      TASKMETER_HISTOGRAMS_SIZE_VER1);
	tm_snapshot_free(snapshot);
	tm_close(meter);
}
END_TEST

/* Of one task too, whatever was in the caller's memory before. */
START_TEST(test_get)
{
	struct tm_meter *meter = open_module(TASKMETER_RECORD_SIZE_VER3);
	uint32_t flags = requests[_i] & ~(uint32_t)HISTOGRAMS;
	struct taskmeter_histograms histograms;
	struct taskmeter_record record;

	memset(&record, 0xA5, sizeof(record));
	ck_assert_int_eq(meter->ops->get(meter, FIRST_PID + 5, flags, &record, NULL), 0);
	check_record(&record, FIRST_PID + 5, flags);
	ck_assert_uint_eq(module.request.flags & STALLS, flags & STALLS);

	memset(&record, 0xA5, sizeof(record));
	memset(&histograms, 0xA5, sizeof(histograms));
	ck_assert_int_eq(meter->ops->get(meter, FIRST_PID + 6, flags, &record,
					 &histograms), 0);
	check_record(&record, FIRST_PID + 6, flags);
	check_histograms(&histograms, FIRST_PID + 6, flags | HISTOGRAMS);
	ck_assert_int_eq(tm_get(meter, FIRST_PID + N_RECORDS, flags, &record,
				sizeof(record)), -ESRCH);
	tm_close(meter);
}
END_TEST

/* One of before the stalls is not asked for them, and gives the rest as ever. */
START_TEST(test_older_module)
{
	static const uint32_t sizes[] = {
		TASKMETER_RECORD_SIZE_VER1, TASKMETER_RECORD_SIZE_VER2,
	};
	const struct tm_filter filter = { .flags = STALLS };
	struct tm_meter *meter = open_module(sizes[_i]);
	const struct taskmeter_record *record;
	struct taskmeter_record one;
	struct tm_snapshot *snapshot;
	uint32_t pid = FIRST_PID;

	ck_assert_int_eq(tm_get(meter, FIRST_PID, STALLS, &one, sizeof(one)), -EOPNOTSUPP);
	ck_assert_int_eq(tm_snapshot_new(meter, &filter, &snapshot), -EOPNOTSUPP);
	ck_assert_str_eq(tm_error(meter), "the loaded module is too old for memory stalls");
	ck_assert_int_eq(module.calls, 0);

	ck_assert_int_eq(tm_snapshot_new(meter, NULL, &snapshot), 0);
	while (tm_snapshot_next(snapshot, &record) > 0) {
		ck_assert_uint_eq(record->size, sizes[_i]);
		check_record(record, pid++, 0);
	}
	ck_assert_uint_eq(pid, FIRST_PID + N_RECORDS);
	tm_snapshot_free(snapshot);
	tm_close(meter);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("device");
	TCase *test_case = tcase_create("device");

	tcase_add_loop_test(test_case, test_snapshot, 0, N_REQUESTS);
	tcase_add_loop_test(test_case, test_get, 0, N_REQUESTS);
	tcase_add_loop_test(test_case, test_older_module, 0, 2);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
