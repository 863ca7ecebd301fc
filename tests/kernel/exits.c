// SPDX-License-Identifier: GPL-2.0-or-later
/* See exits.h. */
#include "exits.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guard.h"
#include "meter.h"
#include "support.h"

#define ROOM		64
/* What a process loses of each thread that exits: see the churn tests. */
#define TICK_NS		(10 * NSEC_PER_MSEC)

int exits_try(int device, struct taskmeter_exits *request)
{
	return ioctl(device, TASKMETER_IOCTL_EXITS, request) ? errno : 0;
}

void exits_open(struct exits *exits, uint32_t flags)
{
	*exits = (struct exits){ .device = device_open(), .flags = flags };
	exits->last = device_info(exits->device).exit_number;
	exits->cursor = exits->last + 1;
}

void exits_close(struct exits *exits)
{
	close(exits->device);
	exits->device = -1;
}

bool exits_ready(const struct exits *exits)
{
	struct pollfd poll_fd = { .fd = exits->device, .events = POLLIN };
	int ret = poll(&poll_fd, 1, 0);

	must(ret >= 0 && !(poll_fd.revents & ~POLLIN));
	return ret;
}

void exits_wait(const struct exits *exits)
{
	struct pollfd poll_fd = { .fd = exits->device, .events = POLLIN };
	int ret;

	do {
		ret = poll(&poll_fd, 1, -1);
	} while (ret < 0 && errno == EINTR);
	must(ret == 1 && poll_fd.revents == POLLIN);
}

static struct taskmeter_exit ends[ROOM];
static struct taskmeter_record records[ROOM];
static struct taskmeter_histograms histograms[ROOM];

static struct taskmeter_exits request_of(const struct exits *exits, size_t room)
{
	bool with_histograms = exits->flags & TASKMETER_SNAPSHOT_HISTOGRAMS;

	return (struct taskmeter_exits){
		.size = sizeof(struct taskmeter_exits),
		.flags = exits->flags,
		.cursor = exits->cursor,
		.exits = (uintptr_t)ends,
		.records = (uintptr_t)records,
		.histograms = with_histograms ? (uintptr_t)histograms : 0,
		.exits_stride = sizeof(ends[0]),
		.records_stride = sizeof(records[0]),
		.histograms_stride = with_histograms ? sizeof(histograms[0]) : 0,
		.room = room,
	};
}

/* What a reader who sees all was not given is lost, and told to be. */
static void check_numbers(uint64_t from, const struct taskmeter_exits *request)
{
	uint64_t least = from;

	for (uint32_t i = 0; i < request->count; i++) {
		if (ends[i].number < least || ends[i].number >= request->cursor)
			test_fail("record %" PRIu64 " is number %u of those from %" PRIu64
				  " to %" PRIu64, (uint64_t)ends[i].number, i, from,
				  (uint64_t)request->cursor);
		least = ends[i].number + 1;
	}
	if (request->cursor - from != request->count + request->lost)
		test_fail("from %" PRIu64 " to %" PRIu64 " %u are there and %" PRIu64 " lost",
			  from, (uint64_t)request->cursor, request->count,
			  (uint64_t)request->lost);
}

size_t exits_read(struct exits *exits, size_t room, exits_fn *fn, void *arg)
{
	struct taskmeter_exits request = request_of(exits, room);
	int error;

	must(room <= ROOM);
	error = exits_try(exits->device, &request);
	if (error)
		test_fail("TASKMETER_IOCTL_EXITS from %" PRIu64 ": %s", exits->cursor,
			  strerror(error));
	must(request.count <= room && request.cursor >= exits->cursor);
	if (!exits->partial)
		check_numbers(exits->cursor, &request);
	must(request.last >= exits->last && request.cursor <= request.last + 1);
	exits->cursor = request.cursor;
	exits->last = request.last;
	exits->read += request.count;
	exits->lost += request.lost;
	exits->calls++;
	for (uint32_t i = 0; fn && i < request.count; i++) {
		struct ended ended = { ends[i], records[i], { 0 } };

		if (exits->flags & TASKMETER_SNAPSHOT_HISTOGRAMS)
			ended.histograms = histograms[i];
		fn(&ended, arg);
	}
	return request.count;
}

size_t exits_read_all(struct exits *exits, exits_fn *fn, void *arg)
{
	size_t sum = 0, count;

	do {
		count = exits_read(exits, ROOM, fn, arg);
		sum += count;
	} while (count || exits->cursor <= exits->last);
	return sum;
}

struct search {
	pid_t pid;
	size_t found;
	struct ended ended;
};

static void search(const struct ended *ended, void *arg)
{
	struct search *search = arg;

	if (ended->record.pid != (uint32_t)search->pid)
		return;
	if (!search->found++)
		search->ended = *ended;
}

/* The reader stays where it is, as what comes before may be wanted later. */
struct ended exits_await(struct exits *exits, pid_t pid)
{
	struct search wanted = { .pid = pid };
	struct exits ahead = *exits;

	for (;;) {
		exits_read_all(&ahead, search, &wanted);
		if (wanted.found)
			return wanted.ended;
		exits_wait(&ahead);
	}
}

struct ended exits_reap(struct exits *exits, pid_t pid)
{
	struct ended ended;
	int status;

	must(waitpid(pid, &status, 0) == pid);
	ended = exits_await(exits, pid);
	if (ended.exit.status != status)
		test_fail("process %d ended with status %#x; its record says %#x", pid, status,
			  ended.exit.status);
	exits_check(&ended, "reaped");
	return ended;
}

/* membarrier(2) waits for a grace period where it can. */
void exits_settle(void)
{
	struct exits exits;
	pid_t pid;

	for (int i = 0; i < 3; i++) {
		syscall(SYS_membarrier, 1, 0, 0);
		exits_open(&exits, 0);
		pid = fork();
		must(pid >= 0);
		if (!pid)
			_exit(0);
		must(waitpid(pid, NULL, 0) == pid);
		exits_await(&exits, pid);
		exits_close(&exits);
		sleep_ms(20);
	}
}

size_t exits_count(uint64_t from, pid_t pid)
{
	struct search wanted = { .pid = pid };
	struct exits exits;

	exits_open(&exits, 0);
	exits.cursor = from;
	exits_read_all(&exits, search, &wanted);
	exits_close(&exits);
	return wanted.found;
}

static void check_exit(const struct taskmeter_exit *exit)
{
	uint32_t flags = exit->flags, oom = TASKMETER_EXIT_OOM_CGROUP |
		TASKMETER_EXIT_OOM_MACHINE | TASKMETER_EXIT_OOM_SHARED;

	must(exit->size == sizeof(*exit) && exit->number);
	must(!(flags & ~(TASKMETER_EXIT_COMMAND_LINE | TASKMETER_EXIT_COMMAND_LINE_CUT |
			 TASKMETER_EXIT_OOM | oom)));
	must(exit->command_line_length <= TASKMETER_COMMAND_LINE_LEN);
	must(is_filled(exit->command_line + exit->command_line_length,
		       TASKMETER_COMMAND_LINE_LEN - exit->command_line_length, 0));
	if (!(flags & TASKMETER_EXIT_COMMAND_LINE))
		must(!exit->command_line_length && !(flags & TASKMETER_EXIT_COMMAND_LINE_CUT));
	if (flags & TASKMETER_EXIT_COMMAND_LINE_CUT)
		must(exit->command_line_length == TASKMETER_COMMAND_LINE_LEN);
	if (!(flags & TASKMETER_EXIT_OOM))
		must(!(flags & oom) && !exit->oom_time_ns && !exit->oom_rss_anon_bytes &&
		     !exit->oom_rss_file_bytes && !exit->oom_rss_shmem_bytes &&
		     !exit->oom_swap_bytes);
}

/* What a process that has ended does not have. */
static void check_nothing_left(const struct taskmeter_record *record)
{
	must(record->pid == record->tgid && record->threads >= 1);
	must(!(record->flags & TASKMETER_RECORD_THREAD));
	must(record->current_state == TASKMETER_STATE_DEAD && !record->untracked_threads);
	must(!record->state && !record->policy && !record->nice && !record->priority &&
	     !record->rt_priority && !record->cpu);
	must(record->available & TASKMETER_AVAILABLE_METER);
	must(!(record->available & TASKMETER_AVAILABLE_MEMORY));
	must(!record->rss_anon_bytes && !record->rss_file_bytes && !record->rss_shmem_bytes &&
	     !record->vm_bytes && !record->vm_peak_bytes);
	if (!(record->flags & TASKMETER_RECORD_KERNEL))
		must(record->available & TASKMETER_AVAILABLE_RSS_PEAK && record->rss_peak_bytes);
}

/* All times of all its threads are there, up to the last moment. */
static void check_times(const struct ended *ended, const char *what)
{
	const struct taskmeter_record *record = &ended->record;
	uint64_t elapsed = ended->exit.exit_time_ns - record->start_time_ns;
	uint64_t sum = meter_sum(record);
	uint64_t lost = (record->threads - 1) * TICK_NS;

	if (ended->exit.exit_time_ns < record->start_time_ns)
		test_fail("%s: process %u ended %" PRIu64 " ns before its start", what, record->pid,
			  -elapsed);
	if (record->user_ns + record->system_ns != record->run_ns)
		test_fail("%s: process %u ran %" PRIu64 " ns, but %" PRIu64 " and %" PRIu64, what,
			  record->pid, (uint64_t)record->run_ns, (uint64_t)record->user_ns,
			  (uint64_t)record->system_ns);
	if (record->flags & TASKMETER_RECORD_PARTIAL)
		return;
	if (!meter_near(sum, record->tracked_ns, NSEC_PER_MSEC + lost))
		test_fail("%s: process %u: tracked %" PRIu64 " ns, but its times are %" PRIu64,
			  what, record->pid, (uint64_t)record->tracked_ns, sum);
	if (record->threads == 1 && !meter_near(record->tracked_ns, elapsed,
						METER_STAND_STILL_NS))
		test_fail("%s: process %u: tracked %" PRIu64 " ns of %" PRIu64, what, record->pid,
			  (uint64_t)record->tracked_ns, elapsed);
}

void exits_check(const struct ended *ended, const char *what)
{
	check_exit(&ended->exit);
	check_nothing_left(&ended->record);
	check_times(ended, what);
}

bool exits_has_command_line(const struct taskmeter_exit *exit, const char *text, size_t length)
{
	bool cut = length > TASKMETER_COMMAND_LINE_LEN;

	if (cut)
		length = TASKMETER_COMMAND_LINE_LEN;
	return exit->flags & TASKMETER_EXIT_COMMAND_LINE &&
	       !(exit->flags & TASKMETER_EXIT_COMMAND_LINE_CUT) == !cut &&
	       exit->command_line_length == length && !memcmp(exit->command_line, text, length);
}

bool exits_cgroup_path(int device, uint64_t cgroup_id, char *path, size_t size)
{
	struct taskmeter_cgroup_path request = {
		.size = sizeof(request),
		.cgroup_id = cgroup_id,
		.path = (uintptr_t)path,
		.path_size = size,
	};

	if (ioctl(device, TASKMETER_IOCTL_CGROUP_PATH, &request)) {
		if (errno != ENOENT)
			test_fail("path of cgroup %" PRIu64 ": %s", cgroup_id, strerror(errno));
		return false;
	}
	must(request.length < size && strlen(path) == request.length);
	return true;
}

static bool find_total(int device, enum taskmeter_total_kind kind, uint64_t id, bool other,
		       struct taskmeter_total *ret_total)
{
	static struct taskmeter_total totals[ROOM];
	struct taskmeter_totals request = {
		.size = sizeof(request),
		.kind = kind,
		.totals = (uintptr_t)totals,
		.stride = sizeof(totals[0]),
		.room = ROOM,
	};
	size_t found = 0;

	*ret_total = (struct taskmeter_total){ 0 };
	do {
		if (ioctl(device, TASKMETER_IOCTL_TOTALS, &request))
			test_fail("TASKMETER_IOCTL_TOTALS: %s", strerror(errno));
		must(request.count <= ROOM);
		for (uint32_t i = 0; i < request.count; i++) {
			must(totals[i].size == sizeof(totals[i]));
			if (totals[i].id != id ||
			    !(totals[i].flags & TASKMETER_TOTAL_OTHER) == other)
				continue;
			*ret_total = totals[i];
			found++;
		}
	} while (request.cursor);
	must(found <= 1);
	return found;
}

bool exits_total(int device, enum taskmeter_total_kind kind, uint64_t id,
		 struct taskmeter_total *ret_total)
{
	return find_total(device, kind, id, false, ret_total);
}

bool exits_total_other(int device, enum taskmeter_total_kind kind,
		       struct taskmeter_total *ret_total)
{
	return find_total(device, kind, 0, true, ret_total);
}

#define SUM(member)							\
	{ #member, offsetof(struct taskmeter_total, member),		\
	  offsetof(struct taskmeter_record, member) }

const struct exits_sum exits_sums[] = {
	SUM(run_ns), SUM(user_ns), SUM(system_ns), SUM(run_delay_ns), SUM(timeslices),
	SUM(voluntary_switches), SUM(involuntary_switches), SUM(migrations), SUM(minor_faults),
	SUM(major_faults), SUM(io_read_chars_bytes), SUM(io_write_chars_bytes),
	SUM(io_read_syscalls), SUM(io_write_syscalls), SUM(io_read_bytes), SUM(io_write_bytes),
	SUM(io_cancelled_write_bytes), SUM(tracked_ns), SUM(cpu_wait_ns), SUM(sleep_ns),
	SUM(io_wait_ns), SUM(mem_wait_ns), SUM(lock_wait_ns), SUM(stop_ns), SUM(wakeups),
	SUM(mem_stall_ns),
};

const size_t exits_sums_count = ARRAY_SIZE(exits_sums);

static uint64_t member(const void *structure, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)structure + offset, sizeof(value));
	return value;
}

void exits_total_add(struct taskmeter_total *total, const struct ended *ended)
{
	for (size_t i = 0; i < exits_sums_count; i++) {
		const struct exits_sum *sum = &exits_sums[i];
		uint64_t value = member(total, sum->total_offset) +
				 member(&ended->record, sum->record_offset);

		memcpy((char *)total + sum->total_offset, &value, sizeof(value));
	}
	total->exits++;
	total->oom_kills += !!(ended->exit.flags & TASKMETER_EXIT_OOM);
	total->last_number = ended->exit.number;
}

void exits_total_check(const struct taskmeter_total *before,
		       const struct taskmeter_total *after,
		       const struct taskmeter_total *growth, const char *what)
{
	for (size_t i = 0; i < exits_sums_count; i++) {
		size_t offset = exits_sums[i].total_offset;

		if (member(after, offset) - member(before, offset) != member(growth, offset))
			test_fail("%s: total %s grew from %" PRIu64 " to %" PRIu64
				  ", its records have %" PRIu64, what, exits_sums[i].name,
				  member(before, offset), member(after, offset),
				  member(growth, offset));
	}
	must(after->exits - before->exits == growth->exits);
	must(after->oom_kills - before->oom_kills == growth->oom_kills);
}
