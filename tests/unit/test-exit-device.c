// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The exit log and the totals over /dev/taskmeter, with a module of the test's own behind
 * open() and ioctl(): batches, strides, what is lost, and modules that are older or
 * newer.
 */
#include "lib/cgroup-path.h"
#include "lib/meter.h"
#include "sample.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STALLS		TASKMETER_SNAPSHOT_STALLS
#define HISTOGRAMS	TASKMETER_SNAPSHOT_HISTOGRAMS

#define MOST_RECORDS	1000
#define N_TOTALS	150

enum fate {
	THERE,
	EVICTED,
	HIDDEN,
};

/* The module: what it knows, what is in its log, and what it was asked. */
static struct {
	uint32_t exit_size;
	uint32_t record_size;
	uint64_t cgroups;
	enum fate log[MOST_RECORDS + 1];
	uint64_t newest;
	struct taskmeter_exits request;
	int no_such_ioctl;
	int failure;
	int failure_after;
	int signals;
	uint64_t signal_at;
	int calls;
	int path_calls;
	uint32_t bad_length;
	uint64_t bad_number;
} module;

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* As the module does: cut to the stride, or filled up with zeros. */
static void write_at(uint64_t base, uint32_t index, uint32_t stride, const void *from,
		     uint32_t size)
{
	char *to = (char *)(uintptr_t)base + (size_t)index * stride;

	memset(to, 0, stride);
	memcpy(to, from, smaller(size, stride));
}

static void make_exit(struct taskmeter_exit *exit, uint64_t number, uint32_t size)
{
	memset(exit, 0, sizeof(*exit));
	exit->size = size;
	exit->number = module.bad_number ? module.bad_number : number;
	exit->exit_time_ns = number * 1000;
	exit->status = 9;
	exit->command_line_length = module.bad_length ? module.bad_length : 256;
	memset(exit->command_line, (int)number, sizeof(exit->command_line));
}

static void make_record(struct taskmeter_record *record, uint64_t number, uint32_t flags,
			uint32_t stride)
{
	sample_record(record);
	record->pid = (uint32_t)number + 1000;
	record->cgroup_id = module.cgroups ? number % module.cgroups + 1 : 0;
	if (!module.cgroups)
		record->available &= ~(uint64_t)TASKMETER_AVAILABLE_CGROUP;
	record->size = smaller(module.record_size, stride);
	if (!(flags & STALLS))
		record->size = smaller(record->size, TASKMETER_RECORD_SIZE_VER2);
	memset((char *)record + record->size, 0, sizeof(*record) - record->size);
}

/* A module of a later version, whose structure is longer, fills the stride. */
static void write_record(const struct taskmeter_exits *request, uint32_t i,
			 uint64_t number)
{
	struct taskmeter_histograms histograms;
	struct taskmeter_record record;
	char bytes[512];

	memset(bytes, 0x77, sizeof(bytes));
	make_exit((struct taskmeter_exit *)bytes, number,
		  smaller(module.exit_size, request->exits_stride));
	write_at(request->exits, i, request->exits_stride, bytes, module.exit_size);
	make_record(&record, number, request->flags, request->records_stride);
	write_at(request->records, i, request->records_stride, &record, record.size);
	if (!(request->flags & HISTOGRAMS))
		return;
	memset(&histograms, (int)number, sizeof(histograms));
	histograms.size = request->histograms_stride;
	write_at(request->histograms, i, request->histograms_stride, &histograms,
		 sizeof(histograms));
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

static int check_exits(const struct taskmeter_exits *request)
{
	if (request->size != sizeof(*request) || request->reserved || !request->room ||
	    request->exits_stride < TASKMETER_EXIT_SIZE_VER1 || request->exits_stride % 8 ||
	    request->records_stride < TASKMETER_RECORD_SIZE_VER1 ||
	    request->records_stride % 8 ||
	    !request->histograms != !(request->flags & HISTOGRAMS) ||
	    !request->histograms_stride != !(request->flags & HISTOGRAMS) ||
	    request->cursor > module.newest + 1)
		return EINVAL;
	return 0;
}

static int answer_exits(struct taskmeter_exits *request)
{
	uint64_t from = request->cursor, number;
	int error = module.failure ? module.failure : check_exits(request);

	module.calls++;
	module.request = *request;
	if (error)
		return refuse(error);
	request->count = 0;
	request->lost = 0;
	request->last = module.newest;
	for (number = from ? from : 1; number <= module.newest; number++) {
		if (module.signals && module.signals--)
			break;
		if (number == module.signal_at) {
			module.signal_at = 0;
			module.failure = module.failure_after;
			break;
		}
		if (request->count == request->room)
			break;
		request->lost += from && module.log[number] == EVICTED;
		if (module.log[number] == THERE)
			write_record(request, request->count++, number);
	}
	request->cursor = number;
	return 0;
}

static int answer_totals(struct taskmeter_totals *request)
{
	struct taskmeter_total total = { .size = sizeof(total) };

	module.calls++;
	if (module.failure)
		return refuse(module.failure);
	ck_assert_uint_eq(request->size, sizeof(*request));
	ck_assert_uint_eq(request->stride, sizeof(total));
	ck_assert_uint_eq(request->reserved, 0);
	for (request->count = 0; request->count < request->room; request->count++) {
		total.id = request->cursor++;
		if (total.id == N_TOTALS)
			break;
		total.flags = total.id ? 0 : TASKMETER_TOTAL_OTHER;
		total.exits = total.id * 3;
		write_at(request->totals, request->count, request->stride, &total,
			 sizeof(total));
	}
	if (request->cursor > N_TOTALS)
		request->cursor = 0;
	return 0;
}

/* Each tenth cgroup has been forgotten. */
static int answer_path(const struct taskmeter_cgroup_path *request)
{
	module.path_calls++;
	ck_assert_uint_eq(request->size, sizeof(*request));
	ck_assert_uint_eq(request->reserved, 0);
	if (request->cgroup_id % 10 == 0)
		return refuse(ENOENT);
	if (module.failure)
		return refuse(module.failure);
	snprintf((char *)(uintptr_t)request->path, request->path_size, "/slice/%llu",
		 (unsigned long long)request->cgroup_id);
	return 0;
}

static int answer_info(struct taskmeter_info *info)
{
	info->abi_version = TASKMETER_ABI_VERSION;
	info->record_size = module.record_size;
	info->exit_size = module.exit_size;
	return 0;
}

/* In place of the C library's, for the library's archive only. */
int ioctl(int fd, unsigned long command, ...)
{
	va_list arguments;
	void *argument;

	(void)fd;
	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (command == TASKMETER_IOCTL_INFO)
		return answer_info(argument);
	if (module.no_such_ioctl)
		return refuse(ENOTTY);
	if (command == TASKMETER_IOCTL_EXITS)
		return answer_exits(argument);
	if (command == TASKMETER_IOCTL_TOTALS)
		return answer_totals(argument);
	ck_assert_uint_eq(command, TASKMETER_IOCTL_CGROUP_PATH);
	return answer_path(argument);
}

int open(const char *path, int flags, ...)
{
	ck_assert_str_eq(path, TASKMETER_DEVICE);
	return (int)syscall(SYS_openat, AT_FDCWD, "/dev/null", flags, 0);
}

static struct tm_meter *open_module(uint32_t exit_size, uint64_t newest)
{
	struct tm_meter *meter;

	module.exit_size = exit_size;
	module.record_size = sizeof(struct taskmeter_record);
	module.newest = newest;
	ck_assert_int_eq(tm_open(TM_TRANSPORT_DEVICE, &meter), 0);
	return meter;
}

static struct tm_exits *begin(uint64_t newest, uint64_t cursor, uint32_t flags)
{
	struct tm_meter *meter = open_module(sizeof(struct taskmeter_exit), newest);
	struct tm_exits *exits;

	ck_assert_int_eq(tm_exits_new(meter, cursor, flags, &exits), 0);
	return exits;
}

static void end(struct tm_exits *exits)
{
	struct tm_meter *meter = exits->meter;

	tm_exits_free(exits);
	tm_close(meter);
}

static const struct tm_exit *met(struct tm_exits *exits, uint64_t number, uint64_t lost)
{
	const struct tm_exit *exit = NULL;

	ck_assert_int_eq(tm_exits_next(exits, &exit), 1);
	ck_assert_uint_eq(exit->exit->number, number);
	ck_assert_uint_eq(exit->record->pid, number + 1000);
	ck_assert_uint_eq(tm_exits_cursor(exits), number + 1);
	ck_assert_uint_eq(tm_exits_lost(exits), lost);
	return exit;
}

static void at_end(struct tm_exits *exits, uint64_t cursor, uint64_t lost)
{
	const struct tm_exit *exit;

	ck_assert_int_eq(tm_exits_next(exits, &exit), 0);
	ck_assert_uint_eq(tm_exits_cursor(exits), cursor);
	ck_assert_uint_eq(tm_exits_lost(exits), lost);
}

START_TEST(test_batches)
{
	struct tm_exits *exits = begin(200, 0, 0);
	uint64_t number;

	for (number = 1; number <= 200; number++)
		met(exits, number, 0);
	at_end(exits, 201, 0);
	/* Four of 64, 64, 64 and 8. */
	ck_assert_int_eq(module.calls, 4);
	at_end(exits, 201, 0);
	module.newest = 201;
	met(exits, 201, 0);
	at_end(exits, 202, 0);
	end(exits);
}
END_TEST

/* A whole structure each time, whatever the stride; it ends before the stalls. */
START_TEST(test_strides)
{
	static const uint32_t requests[] = { 0, HISTOGRAMS, STALLS, HISTOGRAMS | STALLS };
	const uint32_t flags = requests[_i];
	struct tm_exits *exits = begin(70, 1, flags);
	struct taskmeter_record wanted;
	const struct tm_exit *exit;
	uint64_t number;

	for (number = 1; number <= 70; number++) {
		exit = met(exits, number, 0);
		make_record(&wanted, number, flags, module.request.records_stride);
		ck_assert_mem_eq(exit->record, &wanted, sizeof(wanted));
		ck_assert_uint_eq(exit->exit->command_line[255], number);
		ck_assert_int_eq(!exit->histograms, !(flags & HISTOGRAMS));
		if (!exit->histograms)
			continue;
		ck_assert_uint_eq(exit->histograms->mem_wait[0],
				  number * 0x0101010101010101ULL);
		ck_assert_uint_eq(exit->histograms->reclaim[0], flags & STALLS ?
				  number * 0x0101010101010101ULL : 0);
	}
	ck_assert_uint_eq(module.request.records_stride, flags & STALLS ?
			  TASKMETER_RECORD_SIZE_VER3 : TASKMETER_RECORD_SIZE_VER2);
	at_end(exits, 71, 0);
	end(exits);
}
END_TEST

/* What is lost is counted with the record behind it, in a batch and between two. */
START_TEST(test_lost)
{
	struct tm_exits *exits;
	uint64_t number;

	for (number = 10; number < 20; number++)
		module.log[number] = EVICTED;
	for (number = 70; number < 80; number++)
		module.log[number] = EVICTED;
	module.log[100] = EVICTED;
	exits = begin(100, 5, 0);
	for (number = 5; number < 10; number++)
		met(exits, number, 0);
	for (number = 20; number < 70; number++)
		met(exits, number, 10);
	for (number = 80; number < 100; number++)
		met(exits, number, 20);
	at_end(exits, 101, 21);
	end(exits);
}
END_TEST

/* Numbers that are not shown are not lost, also among such as are. */
START_TEST(test_lost_and_hidden)
{
	struct tm_exits *exits;

	module.log[2] = HIDDEN;
	module.log[4] = EVICTED;
	module.log[5] = EVICTED;
	module.log[7] = HIDDEN;
	module.log[8] = HIDDEN;
	module.log[9] = EVICTED;
	module.log[11] = HIDDEN;
	exits = begin(11, 1, 0);
	met(exits, 1, 0);
	met(exits, 3, 0);
	met(exits, 6, 2);
	met(exits, 10, 3);
	at_end(exits, 12, 3);
	end(exits);
}
END_TEST

/* From the oldest on nothing is lost, however many batches; later it may be. */
START_TEST(test_from_the_oldest)
{
	struct tm_exits *exits;
	uint64_t number;

	module.log[1] = EVICTED;
	module.log[90] = EVICTED;
	exits = begin(100, 0, 0);
	for (number = 2; number <= 100; number++)
		if (number != 90)
			met(exits, number, 0);
	at_end(exits, 101, 0);
	module.newest = 103;
	module.log[101] = EVICTED;
	module.log[103] = EVICTED;
	met(exits, 102, 1);
	at_end(exits, 104, 2);
	end(exits);
}
END_TEST

START_TEST(test_all_lost_or_hidden)
{
	struct tm_exits *exits;
	uint64_t number;

	for (number = 1; number <= 300; number++)
		module.log[number] = number % 3 ? HIDDEN : EVICTED;
	exits = begin(300, 1, 0);
	at_end(exits, 301, 100);
	end(exits);
}
END_TEST

/* A signal ends a call before it gave anything. */
START_TEST(test_signals)
{
	struct tm_exits *exits = begin(2, 1, 0);

	module.signals = 3;
	met(exits, 1, 0);
	met(exits, 2, 0);
	at_end(exits, 3, 0);
	ck_assert_int_eq(module.calls, 4);
	end(exits);
}
END_TEST

/* One ends it behind records that are lost: they count once, also if the next call fails. */
START_TEST(test_signal_behind_lost)
{
	const struct tm_exit *exit;
	struct tm_exits *exits;

	module.log[1] = EVICTED;
	module.log[2] = EVICTED;
	module.log[3] = EVICTED;
	module.signal_at = 3;
	module.failure_after = _i ? ENOMEM : 0;
	exits = begin(4, 1, 0);
	if (_i) {
		ck_assert_int_eq(tm_exits_next(exits, &exit), -ENOMEM);
		ck_assert_uint_eq(tm_exits_cursor(exits), 3);
		ck_assert_uint_eq(tm_exits_lost(exits), 2);
		module.failure = 0;
	}
	met(exits, 4, 3);
	at_end(exits, 5, 3);
	end(exits);
}
END_TEST

START_TEST(test_empty)
{
	struct tm_exits *exits = begin(0, 0, 0);

	at_end(exits, 1, 0);
	module.newest = 1;
	met(exits, 1, 0);
	at_end(exits, 2, 0);
	end(exits);
}
END_TEST

/* The structures of another version are shorter or longer than the library's. */
START_TEST(test_newer_module)
{
	struct tm_meter *meter = open_module(sizeof(struct taskmeter_exit) + 64, 3);
	const struct tm_exit *exit;
	struct tm_exits *exits;
	uint64_t number;

	ck_assert_int_eq(tm_exits_new(meter, 1, STALLS, &exits), 0);
	for (number = 1; number <= 3; number++) {
		exit = met(exits, number, 0);
		ck_assert_uint_eq(exit->exit->size, sizeof(struct taskmeter_exit));
		ck_assert_uint_eq(exit->exit->command_line[255], number);
	}
	at_end(exits, 4, 0);
	end(exits);
}
END_TEST

START_TEST(test_shorter_record)
{
	struct tm_meter *meter = open_module(sizeof(struct taskmeter_exit), 2);
	const struct tm_exit *exit;
	struct tm_exits *exits;

	module.record_size = TASKMETER_RECORD_SIZE_VER1;
	ck_assert_int_eq(tm_exits_new(meter, 1, 0, &exits), 0);
	exit = met(exits, 1, 0);
	ck_assert_uint_eq(exit->record->size, TASKMETER_RECORD_SIZE_VER1);
	ck_assert_uint_eq(exit->record->tracked_ns, 0);
	ck_assert_int_eq(tm_field_available(tm_field_find("tracked_ns"), exit->record), 0);
	met(exits, 2, 0);
	end(exits);
}
END_TEST

START_TEST(test_older_module)
{
	struct tm_meter *meter = open_module(0, 3);
	struct taskmeter_info info;
	struct tm_exits *exits;
	struct tm_totals *totals;

	ck_assert_int_eq(tm_info(meter, &info, sizeof(info)), 0);
	ck_assert_uint_eq(info.size, TASKMETER_INFO_SIZE_VER2);
	ck_assert_int_eq(tm_exits_new(meter, 0, 0, &exits), -EOPNOTSUPP);
	ck_assert_str_eq(tm_error(meter), "the loaded module is too old for the exit log");
	ck_assert_int_eq(tm_totals_new(meter, 0, &totals), -EOPNOTSUPP);
	ck_assert_int_eq(module.calls, 0);
	tm_close(meter);
}
END_TEST

START_TEST(test_no_such_ioctl)
{
	struct tm_meter *meter = open_module(sizeof(struct taskmeter_exit), 3);
	const struct taskmeter_total *total;
	const struct tm_exit *exit;
	struct tm_exits *exits;
	struct tm_totals *totals;

	module.no_such_ioctl = 1;
	ck_assert_int_eq(tm_exits_new(meter, 0, 0, &exits), 0);
	ck_assert_int_eq(tm_exits_next(exits, &exit), -EOPNOTSUPP);
	ck_assert_str_eq(tm_error(meter), "the loaded module is too old for the exit log");
	tm_exits_free(exits);
	ck_assert_int_eq(tm_totals_new(meter, 0, &totals), 0);
	ck_assert_int_eq(tm_totals_next(totals, &total, NULL), -EOPNOTSUPP);
	tm_totals_free(totals);
	tm_close(meter);
}
END_TEST

START_TEST(test_another_load)
{
	struct tm_exits *exits = begin(3, 5, 0);
	const struct tm_exit *exit;

	ck_assert_int_eq(tm_exits_next(exits, &exit), -EINVAL);
	ck_assert_ptr_nonnull(strstr(tm_error(exits->meter), "another load"));
	ck_assert_uint_eq(tm_exits_cursor(exits), 5);
	end(exits);
}
END_TEST

/* After a failure it goes on where it was. */
START_TEST(test_failure)
{
	struct tm_exits *exits = begin(70, 1, 0);
	const struct tm_exit *exit;
	uint64_t number;

	for (number = 1; number <= 64; number++)
		met(exits, number, 0);
	module.failure = ENOMEM;
	ck_assert_int_eq(tm_exits_next(exits, &exit), -ENOMEM);
	ck_assert_uint_eq(tm_exits_cursor(exits), 65);
	module.failure = 0;
	met(exits, 65, 0);
	end(exits);
}
END_TEST

START_TEST(test_what_cannot_be)
{
	struct tm_exits *exits = begin(3, 2, 0);
	const struct tm_exit *exit;

	module.bad_length = 257;
	ck_assert_int_eq(tm_exits_next(exits, &exit), -EBADMSG);
	module.bad_length = 0;
	module.bad_number = 1;
	ck_assert_int_eq(tm_exits_next(exits, &exit), -EBADMSG);
	module.bad_number = 4;
	ck_assert_int_eq(tm_exits_next(exits, &exit), -EBADMSG);
	module.bad_number = 2;
	ck_assert_int_eq(tm_exits_next(exits, &exit), -EBADMSG);
	module.bad_number = 0;
	met(exits, 2, 0);
	end(exits);
}
END_TEST

/* Paths are asked for once for each cgroup, as far as there is room to keep them. */
START_TEST(test_paths)
{
	struct tm_exits *exits;
	const struct tm_exit *exit;
	char wanted[32];
	uint64_t number;

	module.cgroups = 9;
	exits = begin(500, 1, 0);
	for (number = 1; number <= 500; number++) {
		exit = met(exits, number, 0);
		snprintf(wanted, sizeof(wanted), "/slice/%d", (int)(number % 9) + 1);
		ck_assert_str_eq(exit->cgroup_path, wanted);
	}
	ck_assert_int_eq(module.path_calls, 9);
	end(exits);
}
END_TEST

/* More cgroups than there is room for, and such as the module has forgotten. */
START_TEST(test_many_paths)
{
	struct tm_exits *exits;
	const struct tm_exit *exit;
	char wanted[32];
	uint64_t number, id;

	module.cgroups = 5 * TM_CGROUP_PATHS;
	exits = begin(900, 1, 0);
	for (number = 1; number <= 900; number++) {
		exit = met(exits, number, 0);
		id = number % module.cgroups + 1;
		snprintf(wanted, sizeof(wanted), "/slice/%d", (int)id);
		if (id % 10)
			ck_assert_str_eq(exit->cgroup_path, wanted);
		else
			ck_assert_ptr_null(exit->cgroup_path);
	}
	end(exits);
}
END_TEST

/* A record whose path cannot be asked for now is met when it can. */
START_TEST(test_path_fails)
{
	struct tm_exits *exits;
	const struct tm_exit *exit;

	exits = begin(2, 1, 0);
	ck_assert_ptr_null(met(exits, 1, 0)->cgroup_path);
	ck_assert_int_eq(module.path_calls, 0);
	end(exits);

	module.cgroups = 5;
	exits = begin(2, 1, 0);
	met(exits, 1, 0);
	module.failure = ENOMEM;
	ck_assert_int_eq(tm_exits_next(exits, &exit), -ENOMEM);
	module.failure = 0;
	met(exits, 2, 0);
	end(exits);
}
END_TEST

START_TEST(test_totals)
{
	struct tm_meter *meter = open_module(sizeof(struct taskmeter_exit), 0);
	const struct taskmeter_total *total;
	struct tm_totals *totals;
	const char *path;
	uint64_t id;

	ck_assert_int_eq(tm_totals_new(meter, (uint32_t)_i, &totals), 0);
	for (id = 0; id < N_TOTALS; id++) {
		ck_assert_int_eq(tm_totals_next(totals, &total, &path), 1);
		ck_assert_uint_eq(total->id, id);
		ck_assert_uint_eq(total->exits, id * 3);
		ck_assert_int_eq(!path, _i == TASKMETER_TOTAL_UID || id % 10 == 0);
	}
	ck_assert_int_eq(tm_totals_next(totals, &total, &path), 0);
	ck_assert_int_eq(tm_totals_next(totals, &total, &path), 0);
	ck_assert_int_eq(module.calls, 3);
	tm_totals_free(totals);

	module.failure = EPERM;
	ck_assert_int_eq(tm_totals_new(meter, TASKMETER_TOTAL_UID, &totals), 0);
	ck_assert_int_eq(tm_totals_next(totals, &total, NULL), -EPERM);
	ck_assert_ptr_nonnull(strstr(tm_error(meter), "CAP_PERFMON"));
	tm_totals_free(totals);
	tm_close(meter);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("exits by ioctl");
	TCase *test_case = tcase_create("device");

	tcase_add_test(test_case, test_batches);
	tcase_add_loop_test(test_case, test_strides, 0, 4);
	tcase_add_test(test_case, test_lost);
	tcase_add_test(test_case, test_lost_and_hidden);
	tcase_add_test(test_case, test_from_the_oldest);
	tcase_add_test(test_case, test_all_lost_or_hidden);
	tcase_add_test(test_case, test_signals);
	tcase_add_loop_test(test_case, test_signal_behind_lost, 0, 2);
	tcase_add_test(test_case, test_empty);
	tcase_add_test(test_case, test_newer_module);
	tcase_add_test(test_case, test_shorter_record);
	tcase_add_test(test_case, test_older_module);
	tcase_add_test(test_case, test_no_such_ioctl);
	tcase_add_test(test_case, test_another_load);
	tcase_add_test(test_case, test_failure);
	tcase_add_test(test_case, test_what_cannot_be);
	tcase_add_test(test_case, test_paths);
	tcase_add_test(test_case, test_many_paths);
	tcase_add_test(test_case, test_path_fails);
	tcase_add_loop_test(test_case, test_totals, 0, 2);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
