// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See compare.h: the rules by which a record has to agree with /proc, one for each
 * field of tm_fields().
 */
#include <inttypes.h>
#include <string.h>
#include <taskmeter/taskmeter.h>
#include <unistd.h>

#include "compare.h"
#include "meter.h"
#include "support.h"

/* The kernel samples user and system time at ticks; the slowest is HZ=100. */
#define TICK_NS		10000000
/* /proc rounds times down to this. */
#define PROC_TICK_NS	((int64_t)(NSEC_PER_SEC / sysconf(_SC_CLK_TCK)))

enum kind {
	SAME,		/* identity and settings: the same all the time */
	MOVING,		/* may be anything while the process runs, else SAME */
	GAUGE,		/* between the readings, in whatever order they are */
	RSS,		/* the same, off by the error of one counter */
	RSS_PEAK,	/* the same, off by the error of three of them */
	COUNTER,	/* before <= record <= after */
	ALL_THREADS,	/* COUNTER; /proc's sum lacks the exited threads */
	TRACKED,	/* the same, but while the meter is off it lacks them, too */
	WAIT,		/* COUNTER, less what is corrected when a wait has ended */
	DURATION,	/* grows until it begins anew */
	WAKEUPS,	/* COUNTER, but one too high for a thread that is switched away */
	TIME,		/* SAME, but /proc rounds down to ticks */
	SPLIT,		/* user or system part of the CPU time */
};

static const struct rule {
	const char *name;
	enum kind kind;
} rules[] = {
	{ "pid", SAME },
	{ "tgid", SAME },
	{ "ppid", SAME },
	{ "pid_namespace", SAME },
	{ "uid", SAME },
	{ "gid", SAME },
	{ "euid", SAME },
	{ "egid", SAME },
	{ "start_time_ns", TIME },
	{ "cgroup_id", SAME },
	{ "comm", SAME },
	{ "state", MOVING },
	{ "policy", SAME },
	{ "nice", SAME },
	{ "priority", SAME },
	{ "rt_priority", SAME },
	{ "cpu", MOVING },
	{ "threads", SAME },
	{ "oom_score_adj", SAME },
	{ "run_ns", ALL_THREADS },
	{ "user_ns", SPLIT },
	{ "system_ns", SPLIT },
	{ "run_delay_ns", TRACKED },
	{ "timeslices", TRACKED },
	{ "voluntary_switches", ALL_THREADS },
	{ "involuntary_switches", ALL_THREADS },
	{ "migrations", TRACKED },
	{ "rss_anon_bytes", RSS },
	{ "rss_file_bytes", RSS },
	{ "rss_shmem_bytes", RSS },
	{ "swap_bytes", RSS },
	{ "rss_peak_bytes", RSS_PEAK },
	{ "vm_bytes", GAUGE },
	{ "vm_peak_bytes", GAUGE },
	{ "vm_data_bytes", GAUGE },
	{ "vm_stack_bytes", GAUGE },
	{ "vm_exe_bytes", GAUGE },
	{ "vm_lib_bytes", GAUGE },
	{ "vm_locked_bytes", GAUGE },
	{ "vm_pinned_bytes", GAUGE },
	{ "page_table_bytes", GAUGE },
	{ "minor_faults", COUNTER },
	{ "major_faults", COUNTER },
	{ "io_read_chars_bytes", COUNTER },
	{ "io_write_chars_bytes", COUNTER },
	{ "io_read_syscalls", COUNTER },
	{ "io_write_syscalls", COUNTER },
	{ "io_read_bytes", COUNTER },
	{ "io_write_bytes", COUNTER },
	{ "io_cancelled_write_bytes", COUNTER },
	{ "current_state", SAME },
	{ "current_state_tid", SAME },
	{ "current_state_ns", DURATION },
	{ "untracked_threads", SAME },
	{ "waker_pid", SAME },
	{ "waker_comm", SAME },
	{ "tracked_ns", WAIT },
	{ "cpu_wait_ns", WAIT },
	{ "sleep_ns", WAIT },
	{ "io_wait_ns", WAIT },
	{ "mem_wait_ns", WAIT },
	{ "lock_wait_ns", WAIT },
	{ "stop_ns", WAIT },
	{ "wakeups", WAKEUPS },
	{ "numa_migrations", COUNTER },
	{ "cpu_wait_max_ns", COUNTER },
	{ "cpu_wait_max_time_ns", COUNTER },
	{ "io_wait_max_ns", COUNTER },
	{ "io_wait_max_time_ns", COUNTER },
	{ "mem_wait_max_ns", COUNTER },
	{ "mem_wait_max_time_ns", COUNTER },
	{ "mem_stall_ns", WAIT },
	{ "direct_reclaims", COUNTER },
	{ "direct_reclaim_ns", WAIT },
	{ "direct_reclaim_max_ns", COUNTER },
	{ "direct_reclaim_max_time_ns", COUNTER },
	{ "memcg_reclaims", COUNTER },
	{ "memcg_reclaim_ns", WAIT },
	{ "memcg_reclaim_max_ns", COUNTER },
	{ "memcg_reclaim_max_time_ns", COUNTER },
	{ "compactions", COUNTER },
	{ "compaction_ns", WAIT },
	{ "compaction_max_ns", COUNTER },
	{ "compaction_max_time_ns", COUNTER },
	{ "fault_waits", COUNTER },
	{ "fault_wait_ns", WAIT },
	{ "fault_wait_max_ns", COUNTER },
	{ "fault_wait_max_time_ns", COUNTER },
	{ "refault_waits", COUNTER },
	{ "refault_wait_ns", WAIT },
	{ "refault_wait_max_ns", COUNTER },
	{ "refault_wait_max_time_ns", COUNTER },
	{ "throttle_waits", COUNTER },
	{ "throttle_wait_ns", WAIT },
	{ "throttle_wait_max_ns", COUNTER },
	{ "throttle_wait_max_time_ns", COUNTER },
	{ "numa_migrated_pages", COUNTER },
	{ "numa_preferred_node", SAME },
};

static enum kind kind_of(const struct tm_field *field)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (!strcmp(rules[i].name, field->name))
			return rules[i].kind;
	test_fail("there is no rule to compare field %s with /proc: add one", field->name);
}

/* The record's value has to lie in [low, high]. */
struct range {
	int64_t low;
	int64_t high;
};

static struct range widen(struct range range, int64_t by)
{
	return (struct range){ range.low - by, range.high + by };
}

static struct range between(int64_t before, int64_t after)
{
	return (struct range){ before < after ? before : after,
			       before < after ? after : before };
}

static const struct range anything = { INT64_MIN, INT64_MAX };

/*
 * By how much the times of a record may be above /proc's: of a thread that has gone
 * /proc lacks what it ran after it had left the pid table, in which an emulated CPU
 * may stand still.
 */
static int64_t lost_run(const struct taskmeter_record *record)
{
	return record->flags & TASKMETER_RECORD_THREAD ? 0 : METER_STAND_STILL_NS;
}

/*
 * The kernel scales the sampled ticks so that they add up to the run time, so
 * that one more tick of a task that runs shifts the split by more than its own
 * length if ticks were missed, and never lets its own figures go back. So while
 * the task runs, only their sum is known, see check_cpu_time().
 */
static struct range split_range(int64_t before, int64_t after,
				const struct taskmeter_record *record,
				const struct proc_bounds *bounds)
{
	if (!bounds->steady)
		return (struct range){ 0, INT64_MAX };
	return (struct range){ before - TICK_NS,
			       after + PROC_TICK_NS + TICK_NS + lost_run(record) };
}

static struct range range_of(enum kind kind, int64_t before, int64_t after,
			     const struct taskmeter_record *record,
			     const struct proc_bounds *bounds)
{
	switch (kind) {
	case MOVING:
		return bounds->steady ? between(before, after) : anything;
	case RSS:
		return widen(between(before, after), bounds->rss_error);
	case RSS_PEAK:
		return widen(between(before, after), 3 * bounds->rss_error);
	case TIME:
		return (struct range){ before, after + PROC_TICK_NS - 1 };
	case SPLIT:
		return split_range(before, after, record, bounds);
	case ALL_THREADS:
	case TRACKED:
		return (struct range){ before, bounds->living_sums ? after : INT64_MAX };
	case COUNTER:
	case WAIT:
	case DURATION:
	case WAKEUPS:
		return (struct range){ before, after };
	case SAME:
	case GAUGE:
		break;
	}
	return between(before, after);
}

static bool is_counter(enum kind kind)
{
	return kind == COUNTER || kind == TRACKED || kind == ALL_THREADS ||
	       kind == SPLIT || kind == WAIT || kind == WAKEUPS;
}

static void check_number(const struct tm_field *field,
			 const struct taskmeter_record *before,
			 const struct taskmeter_record *record,
			 const struct taskmeter_record *after,
			 const struct proc_bounds *bounds, const char *what)
{
	int64_t first = tm_field_s64(field, before);
	int64_t ours = tm_field_s64(field, record);
	int64_t last = tm_field_s64(field, after);
	enum kind kind = kind_of(field);
	struct range range = range_of(kind, first, last, record, bounds);

	if (first != last && (kind == SAME || kind == TIME ||
			      (bounds->steady && !is_counter(kind))))
		test_fail("%s: %s changed from %" PRId64 " to %" PRId64 " in /proc meanwhile",
		     what, field->name, first, last);
	if (ours < range.low || ours > range.high)
		test_fail("%s: %s is %" PRId64 ", but in /proc %" PRId64 " before and %" PRId64
		     " after", what, field->name, ours, first, last);
}

/* User and system time add up to the run time, and that to /proc's times. */
static void check_cpu_time(const struct taskmeter_record *before,
			   const struct taskmeter_record *record,
			   const struct taskmeter_record *after, const char *what)
{
	int64_t sum = record->user_ns + record->system_ns;
	int64_t first = before->user_ns + before->system_ns;
	int64_t last = after->user_ns + after->system_ns;
	/* Both parts are rounded down. */
	int64_t most = last + 2 * PROC_TICK_NS + lost_run(record);
	int64_t apart = sum - (int64_t)record->run_ns;

	if (apart < -TICK_NS || apart > TICK_NS)
		test_fail("%s: user and system time are %" PRId64 ", run time %" PRIu64, what,
		     sum, (uint64_t)record->run_ns);
	if (sum < first || sum > most)
		test_fail("%s: user and system time are %" PRId64 ", but in /proc %" PRId64
		     " before and %" PRId64 " after", what, sum, first, last);
}

/*
 * /proc shows a kernel thread by a longer name than its task has: the full one
 * where that was cut, or with what a worker works on.
 */
static void check_name(const struct taskmeter_record *before,
		       const struct taskmeter_record *record, const char *what)
{
	size_t length = sizeof(record->comm);

	if (record->flags & TASKMETER_RECORD_KERNEL)
		length = strnlen(record->comm, length);
	if (memcmp(before->comm, record->comm, length))
		test_fail("%s: comm is \"%.16s\", but in /proc \"%.16s\"", what, record->comm,
		     before->comm);
}

void proc_check(const struct taskmeter_record *before,
		const struct taskmeter_record *record,
		const struct taskmeter_record *after,
		const struct proc_bounds *bounds, const char *what)
{
	const struct tm_field *fields;
	size_t count;

	if ((before->available ^ record->available) & TASKMETER_AVAILABLE_MEMORY)
		test_fail("%s: memory is available in only one of record and /proc", what);
	fields = tm_fields(&count);
	for (size_t i = 0; i < count; i++) {
		if (!tm_field_available(&fields[i], before) ||
		    !tm_field_available(&fields[i], record))
			continue;
		if (fields[i].type != TM_FIELD_STRING)
			check_number(&fields[i], before, record, after, bounds, what);
		else
			must(!strcmp(fields[i].name, "comm"));
	}
	check_name(before, record, what);
	check_cpu_time(before, record, after, what);
}

static int64_t value_of(const struct tm_field *field, const struct taskmeter_record *record)
{
	return tm_field_s64(field, record);
}

/*
 * Whether a field may be @ours in between; what changed once may have by then or not. How long
 * a state has lasted is known only while no thread has been on a CPU: it begins anew there.
 */
static bool fits_between(enum kind kind, int64_t first, int64_t ours, int64_t last, bool ran)
{
	int64_t corrected = kind == WAIT ? METER_STAND_STILL_NS : 0;

	if (kind == DURATION && ran)
		return ours >= 0;
	if (first == last || ours == first || ours == last)
		return ours == first || ours == last;
	return (is_counter(kind) || kind == DURATION) && ours >= first - corrected &&
	       ours <= last + corrected;
}

void record_check_between(const struct taskmeter_record *before,
			  const struct taskmeter_record *record,
			  const struct taskmeter_record *after, const char *what)
{
	bool ran = before->timeslices != after->timeslices;
	const struct tm_field *fields;
	size_t count;

	must(record->size == before->size && record->flags == before->flags);
	if (record->available != before->available)
		test_fail("%s: available is %#" PRIx64 " instead of %#" PRIx64, what,
			  (uint64_t)record->available, (uint64_t)before->available);
	must(!memcmp(record->comm, before->comm, sizeof(record->comm)));
	fields = tm_fields(&count);
	for (size_t i = 0; i < count; i++) {
		int64_t first = value_of(&fields[i], before);
		int64_t ours = value_of(&fields[i], record);
		int64_t last = value_of(&fields[i], after);

		if (fits_between(kind_of(&fields[i]), first, ours, last, ran))
			continue;
		test_fail("%s: %s is %" PRId64 ", not between %" PRId64 " and %" PRId64,
			  what, fields[i].name, ours, first, last);
	}
}

/*
 * Both parts of the CPU time may go back by what one tick stands for, see the ABI
 * header and split_range(): of few ticks, that is much.
 */
static int64_t allowed_step_back(const struct tm_field *field,
				 const struct taskmeter_record *before,
				 const struct taskmeter_record *after)
{
	enum kind kind = kind_of(field);

	/* Not sampled yet, or in one mode only. */
	if (kind == SPLIT && (!before->user_ns || !before->system_ns))
		return INT64_MAX;
	if (kind == SPLIT)
		return after->run_ns < 50 * TICK_NS ? INT64_MAX :
						      TICK_NS + after->run_ns / 8;
	if (kind == WAKEUPS)
		return after->threads;
	if (kind == TRACKED && (after->flags & TASKMETER_RECORD_LIVING_ONLY))
		return INT64_MAX;
	return 0;
}

static bool goes_back(const struct tm_field *field, const struct taskmeter_record *before,
		      const struct taskmeter_record *after)
{
	int64_t first = value_of(field, before), last = value_of(field, after);
	enum kind kind = kind_of(field);

	if (kind == WAIT)
		return first - last > METER_STAND_STILL_NS;
	return is_counter(kind) && first - last > allowed_step_back(field, before, after);
}

void record_check_progress(const struct taskmeter_record *before,
			   const struct taskmeter_record *after, const char *what)
{
	const struct tm_field *fields;
	size_t count;

	must(before->pid == after->pid && before->start_time_ns == after->start_time_ns);
	fields = tm_fields(&count);
	for (size_t i = 0; i < count; i++)
		if (goes_back(&fields[i], before, after))
			test_fail("%s: %s went back from %" PRId64 " to %" PRId64, what,
				  fields[i].name, value_of(&fields[i], before),
				  value_of(&fields[i], after));
	if (before->user_ns + before->system_ns > after->user_ns + after->system_ns)
		test_fail("%s: user and system time together went back", what);
}
