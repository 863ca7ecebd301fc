// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Samples, the model that holds them, and totals by program: by hand-worked
 * figures, with counters that never go back whatever processes do.
 */
#include "core/model.h"
#include "lib/meter.h"
#include "suite.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define SECOND	UINT64_C(1000000000)

static struct taskmeter_record record(uint32_t pid, uint64_t start, const char *comm,
				      uint64_t run_ns)
{
	struct taskmeter_record made = {
		.size = sizeof(made),
		.available = TASKMETER_AVAILABLE_MEMORY | TASKMETER_AVAILABLE_RUN_DELAY,
		.pid = pid, .tgid = pid, .start_time_ns = start, .threads = 1,
		.run_ns = run_ns, .run_delay_ns = run_ns / 2, .rss_anon_bytes = 4096,
	};

	strncpy(made.comm, comm, sizeof(made.comm) - 1);
	return made;
}

static struct sample *sample_of(uint64_t seconds, const struct taskmeter_record *records,
				size_t count)
{
	struct sample *sample = sample_new(NULL);
	size_t i;

	ck_assert_ptr_nonnull(sample);
	sample->monotonic_ns = seconds * SECOND;
	for (i = 0; i < count; i++)
		ck_assert_int_eq(sample_add(sample, &records[i]), 0);
	return sample;
}

/* Feeds and keeps: returns the new sample as the next one's predecessor. */
static struct sample *feed(struct programs *programs, struct sample *previous,
			   uint64_t seconds, const struct taskmeter_record *records,
			   size_t count)
{
	struct sample *sample = sample_of(seconds, records, count);

	programs_feed(programs, previous, sample, NULL, NULL);
	sample_unref(previous);
	return sample;
}

static const struct program *find(const struct programs *programs, const char *name)
{
	const struct program *program;
	size_t i;

	for (i = 0; (program = programs_at(programs, i)); i++)
		if (!strcmp(program->name, name))
			return program;
	return NULL;
}

#define FEED(programs, previous, seconds, ...) \
	feed(programs, previous, seconds, (struct taskmeter_record []) { __VA_ARGS__ }, \
	     sizeof((struct taskmeter_record []) { __VA_ARGS__ }) / \
	     sizeof(struct taskmeter_record))

START_TEST(sample_keeps_order)
{
	uint64_t bytes = 0;
	struct sample *sample = sample_new(&bytes);
	struct taskmeter_record r = record(0, 1, "x", 1);
	uint32_t pid;

	for (pid = 1; pid <= 5000; pid++) {
		r.pid = 2 * pid;
		ck_assert_int_eq(sample_add(sample, &r), 0);
	}
	ck_assert_int_eq(sample_add(sample, &r), -EBADMSG);
	for (pid = 1; pid <= 5000; pid++) {
		ck_assert_uint_eq(sample_find(sample, 2 * pid)->pid, 2 * pid);
		ck_assert_ptr_null(sample_find(sample, 2 * pid + 1));
	}
	ck_assert_ptr_null(sample_find(sample, 0));
	ck_assert_uint_eq(bytes, sample->capacity * sizeof(r));
	ck_assert_uint_le(sample->capacity, 7500);
	ck_assert_int_eq(sample_reserve(sample, SAMPLE_RECORDS_MAX + 1), -E2BIG);
	sample_unref(sample);
	ck_assert_uint_eq(bytes, 0);
}
END_TEST

START_TEST(sample_takes_other_sizes)
{
	struct sample *sample = sample_new(NULL);
	struct taskmeter_record r;

	memset(&r, 0xff, sizeof(r));
	r.pid = 1;
	r.size = offsetof(struct taskmeter_record, io_read_bytes);
	ck_assert_int_eq(sample_add(sample, &r), 0);
	ck_assert_uint_eq(sample->records[0].io_write_syscalls, UINT64_MAX);
	ck_assert_uint_eq(sample->records[0].io_read_bytes, 0);
	ck_assert_uint_eq(strlen(sample->records[0].comm), TASKMETER_COMM_LEN - 1);
	ck_assert_uint_eq(sample->records[0].available, UINT64_MAX);
	ck_assert_uint_eq(sample->records[0].cpu_wait_ns, 0);
	r.pid = 2;
	r.size = 4096;
	ck_assert_int_eq(sample_add(sample, &r), 0);
	ck_assert_uint_eq(sample->records[1].io_read_bytes, UINT64_MAX);
	ck_assert_uint_eq(strlen(sample->records[1].waker_comm), TASKMETER_COMM_LEN - 1);
	sample_unref(sample);
}
END_TEST

/* A meter that keeps what was asked of it, and has one record. */
static struct {
	struct tm_filter filter;
	struct tm_snapshot snapshot;
	struct taskmeter_record record;
	int given;
} fake;

static int fake_snapshot_new(struct tm_meter *meter, const struct tm_filter *filter,
			     struct tm_snapshot **ret_snapshot)
{
	fake.filter = *filter;
	fake.snapshot.meter = meter;
	fake.given = 0;
	*ret_snapshot = &fake.snapshot;
	return 0;
}

static int fake_snapshot_next(struct tm_snapshot *snapshot,
			      const struct taskmeter_record **ret_record)
{
	(void)snapshot;
	*ret_record = &fake.record;
	return !fake.given++;
}

static void fake_snapshot_free(struct tm_snapshot *snapshot)
{
	(void)snapshot;
}

static const struct tm_ops fake_ops = {
	.snapshot_new = fake_snapshot_new,
	.snapshot_next = fake_snapshot_next,
	.snapshot_free = fake_snapshot_free,
};

/* With the stalls, of all processes and of a few, if the module has them. */
START_TEST(sample_has_stalls)
{
	const struct tm_filter filter = { .flags = TASKMETER_SNAPSHOT_PID, .pid = 7 };
	const uint32_t wanted = _i ? TASKMETER_SNAPSHOT_STALLS : 0;
	struct tm_meter meter = {
		.ops = &fake_ops, .info_size = TASKMETER_INFO_SIZE_VER2,
		.record_size = _i ? TASKMETER_RECORD_SIZE_VER3 :
				    TASKMETER_RECORD_SIZE_VER2,
	};
	struct sample *sample = sample_new(NULL);

	fake.record = record(7, 1, "x", 1);
	fake.record.mem_stall_ns = 5;
	ck_assert_int_eq(sample_fill(sample, &meter, NULL), 0);
	ck_assert_uint_eq(fake.filter.flags, wanted);
	ck_assert_uint_eq(sample->records[0].mem_stall_ns, 5);
	sample->count = 0;
	ck_assert_int_eq(sample_fill(sample, &meter, &filter), 0);
	ck_assert_uint_eq(fake.filter.flags, wanted | TASKMETER_SNAPSHOT_PID);
	ck_assert_uint_eq(fake.filter.pid, 7);
	ck_assert_uint_eq(sample->count, 1);
	sample_unref(sample);
}
END_TEST

START_TEST(growth_is_added_up)
{
	struct programs *programs = programs_new(4);
	struct sample *last;
	const struct program *a;

	/* What was there at the first sample counts from then on. */
	last = FEED(programs, NULL, 1, record(1, 1, "a", 100), record(2, 1, "b", 7));
	ck_assert_uint_eq(find(programs, "a")->counters[PROGRAM_RUN_NS], 0);
	/* Growth, and a new process whole. */
	last = FEED(programs, last, 2, record(1, 1, "a", 130), record(2, 1, "b", 7),
		    record(3, 9, "a", 5));
	a = find(programs, "a");
	ck_assert_uint_eq(a->counters[PROGRAM_RUN_NS], 35);
	ck_assert_uint_eq(a->counters[PROGRAM_RUN_DELAY_NS], 17);
	ck_assert_uint_eq(a->gauges[PROGRAM_PROCESSES], 2);
	ck_assert_uint_eq(a->gauges[PROGRAM_RSS_ANON_BYTES], 8192);
	/* All exit: gauges fall, counters stay. */
	last = FEED(programs, last, 3, record(2, 1, "b", 9));
	a = find(programs, "a");
	ck_assert_uint_eq(a->counters[PROGRAM_RUN_NS], 35);
	ck_assert_uint_eq(a->gauges[PROGRAM_PROCESSES], 0);
	ck_assert_uint_eq(find(programs, "b")->counters[PROGRAM_RUN_NS], 2);
	/* The pid again, another process, with less time used. */
	last = FEED(programs, last, 4, record(1, 50, "a", 10));
	last = FEED(programs, last, 5, record(1, 60, "a", 3));
	ck_assert_uint_eq(find(programs, "a")->counters[PROGRAM_RUN_NS], 48);
	sample_unref(last);
	programs_free(programs);
}
END_TEST

START_TEST(what_goes_back_adds_nothing)
{
	struct programs *programs = programs_new(4);
	struct sample *last = FEED(programs, NULL, 1, record(1, 1, "a", 1000));

	last = FEED(programs, last, 2, record(1, 1, "a", 400));
	ck_assert_uint_eq(find(programs, "a")->counters[PROGRAM_RUN_NS], 0);
	last = FEED(programs, last, 3, record(1, 1, "a", 401));
	ck_assert_uint_eq(find(programs, "a")->counters[PROGRAM_RUN_NS], 1);
	sample_unref(last);
	programs_free(programs);
}
END_TEST

START_TEST(exec_changes_the_program)
{
	struct programs *programs = programs_new(4);
	struct sample *last = FEED(programs, NULL, 1, record(1, 1, "sh", 10));

	last = FEED(programs, last, 2, record(1, 1, "make", 15));
	ck_assert_uint_eq(find(programs, "sh")->counters[PROGRAM_RUN_NS], 0);
	ck_assert_uint_eq(find(programs, "make")->counters[PROGRAM_RUN_NS], 5);
	sample_unref(last);
	programs_free(programs);
}
END_TEST

START_TEST(unavailable_is_not_counted)
{
	struct programs *programs = programs_new(4);
	struct taskmeter_record r = record(1, 1, "a", 10);
	struct sample *last;

	r.available = 0;
	last = FEED(programs, NULL, 1, r);
	r.run_delay_ns = 1000;
	last = FEED(programs, last, 2, r);
	ck_assert_uint_eq(find(programs, "a")->counters[PROGRAM_RUN_DELAY_NS], 0);
	ck_assert_uint_eq(find(programs, "a")->gauges[PROGRAM_RSS_ANON_BYTES], 0);
	sample_unref(last);
	programs_free(programs);
}
END_TEST

static struct taskmeter_record metered(uint64_t available, uint64_t waited)
{
	struct taskmeter_record made = record(1, 1, "a", 0);

	made.available |= available;
	made.cpu_wait_ns = waited;
	made.sleep_ns = 2 * waited;
	made.io_wait_ns = 3 * waited;
	made.mem_wait_ns = 4 * waited;
	made.lock_wait_ns = 5 * waited;
	made.stop_ns = 6 * waited;
	made.wakeups = 7 * waited;
	return made;
}

#define METER		TASKMETER_AVAILABLE_METER
#define MEM_WAIT	TASKMETER_AVAILABLE_MEM_WAIT

START_TEST(waits_are_added_up)
{
	static const enum program_counter order[] = {
		PROGRAM_CPU_WAIT_NS, PROGRAM_SLEEP_NS, PROGRAM_IO_WAIT_NS,
		PROGRAM_MEM_WAIT_NS, PROGRAM_LOCK_WAIT_NS, PROGRAM_STOP_NS,
		PROGRAM_WAKEUPS,
	};
	struct programs *programs = programs_new(4);
	struct sample *last = FEED(programs, NULL, 1, metered(METER | MEM_WAIT, 100));
	size_t i;

	last = FEED(programs, last, 2, metered(METER | MEM_WAIT, 110));
	for (i = 0; i < sizeof(order) / sizeof(*order); i++)
		ck_assert_uint_eq(find(programs, "a")->counters[order[i]], 10 * (i + 1));
	/* One that is not available stands still, alone. */
	last = FEED(programs, last, 3, metered(METER, 120));
	ck_assert_uint_eq(find(programs, "a")->counters[PROGRAM_CPU_WAIT_NS], 20);
	ck_assert_uint_eq(find(programs, "a")->counters[PROGRAM_MEM_WAIT_NS], 40);
	sample_unref(last);
	programs_free(programs);
}
END_TEST

static struct taskmeter_record stalled(uint64_t available, uint64_t n)
{
	struct taskmeter_record made = record(1, 1, "a", 0);

	made.available |= available;
	made.mem_stall_ns = n;
	made.direct_reclaims = 2 * n;
	made.direct_reclaim_ns = 3 * n;
	made.memcg_reclaims = 4 * n;
	made.memcg_reclaim_ns = 5 * n;
	made.compactions = 6 * n;
	made.compaction_ns = 7 * n;
	made.fault_waits = 8 * n;
	made.fault_wait_ns = 9 * n;
	made.refault_waits = 10 * n;
	made.refault_wait_ns = 11 * n;
	made.throttle_waits = 12 * n;
	made.throttle_wait_ns = 13 * n;
	made.numa_migrated_pages = 14 * n;
	return made;
}

/* Each counter is that of its member, and stands still without its bit. */
START_TEST(stalls_are_added_up)
{
	static const struct {
		enum program_counter counter;
		uint64_t bit;
	} order[] = {
		{ PROGRAM_MEM_STALL_NS, TASKMETER_AVAILABLE_MEM_STALL },
		{ PROGRAM_DIRECT_RECLAIMS, TASKMETER_AVAILABLE_DIRECT_RECLAIM },
		{ PROGRAM_DIRECT_RECLAIM_NS, TASKMETER_AVAILABLE_DIRECT_RECLAIM },
		{ PROGRAM_MEMCG_RECLAIMS, TASKMETER_AVAILABLE_MEMCG_RECLAIM },
		{ PROGRAM_MEMCG_RECLAIM_NS, TASKMETER_AVAILABLE_MEMCG_RECLAIM },
		{ PROGRAM_COMPACTIONS, TASKMETER_AVAILABLE_COMPACTION },
		{ PROGRAM_COMPACTION_NS, TASKMETER_AVAILABLE_COMPACTION },
		{ PROGRAM_FAULT_WAITS, TASKMETER_AVAILABLE_STALLS },
		{ PROGRAM_FAULT_WAIT_NS, TASKMETER_AVAILABLE_STALLS },
		{ PROGRAM_REFAULT_WAITS, TASKMETER_AVAILABLE_REFAULT },
		{ PROGRAM_REFAULT_WAIT_NS, TASKMETER_AVAILABLE_REFAULT },
		{ PROGRAM_THROTTLE_WAITS, TASKMETER_AVAILABLE_REFAULT },
		{ PROGRAM_THROTTLE_WAIT_NS, TASKMETER_AVAILABLE_REFAULT },
		{ PROGRAM_NUMA_MIGRATED_PAGES, TASKMETER_AVAILABLE_NUMA_BALANCING },
	};
	const uint64_t bit = order[_i].bit, stalls = TASKMETER_AVAILABLE_STALLS;
	struct programs *programs = programs_new(4);
	struct sample *last = FEED(programs, NULL, 1, stalled(UINT64_MAX, 100));
	const uint64_t *counters;

	last = FEED(programs, last, 2, stalled(UINT64_MAX, 110));
	counters = find(programs, "a")->counters;
	ck_assert_uint_eq(counters[order[_i].counter], 10 * ((uint64_t)_i + 1));
	last = FEED(programs, last, 3, stalled(~bit, 120));
	counters = find(programs, "a")->counters;
	ck_assert_uint_eq(counters[order[_i].counter], 10 * ((uint64_t)_i + 1));
	last = FEED(programs, last, 4, stalled(bit | stalls, 120));
	last = FEED(programs, last, 5, stalled(bit | stalls, 130));
	counters = find(programs, "a")->counters;
	ck_assert_uint_eq(counters[order[_i].counter], 20 * ((uint64_t)_i + 1));
	sample_unref(last);
	programs_free(programs);
}
END_TEST

/* What it had waited before the meter was switched on is not of this second. */
START_TEST(meter_switched_off_and_on)
{
	struct programs *programs = programs_new(4);
	struct sample *last = FEED(programs, NULL, 1, metered(METER, 100));

	last = FEED(programs, last, 2, metered(0, 0));
	last = FEED(programs, last, 3, metered(METER, 5000));
	ck_assert_uint_eq(find(programs, "a")->counters[PROGRAM_CPU_WAIT_NS], 0);
	last = FEED(programs, last, 4, metered(METER, 5001));
	ck_assert_uint_eq(find(programs, "a")->counters[PROGRAM_CPU_WAIT_NS], 1);
	sample_unref(last);
	programs_free(programs);
}
END_TEST

START_TEST(names_are_text)
{
	struct programs *programs = programs_new(16);
	struct taskmeter_record kernel = record(5, 1, "kworker/0:1-mm", 0);
	size_t names;

	kernel.flags = TASKMETER_RECORD_KERNEL;
	sample_unref(FEED(programs, NULL, 1, record(1, 1, "\xffx", 0), record(2, 1, "\xfex", 0),
			  record(3, 1, "other", 0), record(4, 1, "", 0), kernel,
			  record(6, 1, "a/b:c", 0), record(7, 1, "a\nb", 0)));
	ck_assert_uint_eq(find(programs, "\xef\xbf\xbdx")->gauges[PROGRAM_PROCESSES], 2);
	ck_assert_uint_eq(find(programs, "kworker")->gauges[PROGRAM_PROCESSES], 1);
	ck_assert_ptr_nonnull(find(programs, "a/b:c"));
	ck_assert_ptr_nonnull(find(programs, "a\xef\xbf\xbd" "b"));
	ck_assert_ptr_null(find(programs, "other"));
	ck_assert_uint_eq(programs_other(programs, &names)->gauges[PROGRAM_PROCESSES], 2);
	programs_free(programs);
}
END_TEST

/* Sums over all entries and "other". */
static uint64_t total(const struct programs *programs, enum program_gauge gauge)
{
	const struct program *program;
	size_t i, names;
	uint64_t sum = programs_other(programs, &names)->gauges[gauge];

	for (i = 0; (program = programs_at(programs, i)); i++)
		sum += program->gauges[gauge];
	return sum;
}

START_TEST(table_is_bounded)
{
	struct programs *programs = programs_new(3);
	struct sample *sample = sample_new(NULL);
	struct taskmeter_record r;
	char name[16];
	size_t names;
	uint32_t i;

	for (i = 1; i <= 3000; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		r = record(i, 1, name, 0);
		r.rss_anon_bytes = i * UINT64_C(1000000);
		ck_assert_int_eq(sample_add(sample, &r), 0);
	}
	programs_feed(programs, NULL, sample, NULL, NULL);
	ck_assert_uint_eq(total(programs, PROGRAM_PROCESSES), 3000);
	/* The heaviest of those that are told apart. */
	ck_assert_ptr_nonnull(find(programs, "p1024"));
	ck_assert_ptr_nonnull(find(programs, "p1023"));
	ck_assert_ptr_nonnull(find(programs, "p1022"));
	programs_other(programs, &names);
	ck_assert_uint_eq(names, PROGRAM_CANDIDATES - 3);
	ck_assert_ptr_null(programs_at(programs, 3));
	sample_unref(sample);
	programs_free(programs);
}
END_TEST

START_TEST(no_entry_at_all)
{
	struct programs *programs = programs_new(0);
	struct sample *last = FEED(programs, NULL, 1, record(1, 1, "a", 10));
	size_t names;

	last = FEED(programs, last, 2, record(1, 1, "a", 30));
	ck_assert_ptr_null(programs_at(programs, 0));
	ck_assert_uint_eq(programs_other(programs, &names)->counters[PROGRAM_RUN_NS], 20);
	ck_assert_uint_eq(names, 1);
	sample_unref(last);
	programs_free(programs);
}
END_TEST

START_TEST(places_change_slowly)
{
	struct programs *programs = programs_new(1);
	struct sample *last = FEED(programs, NULL, 1, record(1, 1, "small", 0));
	struct taskmeter_record large = record(2, 1, "large", 0);
	uint64_t other_before;
	size_t names;

	large.rss_anon_bytes = 1 << 30;
	large.run_ns = 5;
	last = FEED(programs, last, 2, record(1, 1, "small", 0), large);
	ck_assert_ptr_nonnull(find(programs, "small"));
	last = FEED(programs, last, 60, record(1, 1, "small", 0), large);
	ck_assert_ptr_nonnull(find(programs, "small"));
	other_before = programs_other(programs, &names)->counters[PROGRAM_RUN_NS];
	ck_assert_uint_eq(other_before, 5);
	/* A minute after it got its place, the small one has to go. */
	large.run_ns = 9;
	last = FEED(programs, last, 62, record(1, 1, "small", 0), large);
	ck_assert_ptr_null(find(programs, "small"));
	ck_assert_uint_eq(find(programs, "large")->counters[PROGRAM_RUN_NS], 4);
	ck_assert_uint_eq(programs_other(programs, &names)->counters[PROGRAM_RUN_NS], 5);
	ck_assert_uint_eq(names, 1);
	ck_assert_uint_eq(total(programs, PROGRAM_PROCESSES), 2);
	sample_unref(last);
	programs_free(programs);
}
END_TEST

START_TEST(the_gone_make_room)
{
	struct programs *programs = programs_new(1);
	struct taskmeter_record large = record(2, 1, "large", 0);
	struct sample *last;

	large.rss_anon_bytes = 1 << 30;
	last = FEED(programs, NULL, 1, large);
	last = FEED(programs, last, 100, large);
	last = FEED(programs, last, 101, record(1, 1, "small", 0));
	ck_assert_ptr_nonnull(find(programs, "large"));
	last = FEED(programs, last, 161, record(1, 1, "small", 0));
	ck_assert_ptr_nonnull(find(programs, "small"));
	sample_unref(last);
	programs_free(programs);
}
END_TEST

static void publish(struct model *model, uint64_t seconds, struct taskmeter_record r)
{
	struct sample *sample = model_take_buffer(model);
	struct taskmeter_info info = { 0 };

	ck_assert_ptr_nonnull(sample);
	ck_assert_uint_eq(sample->count, 0);
	sample->monotonic_ns = seconds * SECOND;
	ck_assert_int_eq(sample_add(sample, &r), 0);
	model_publish(model, &info, sample);
}

START_TEST(two_buffers_take_turns)
{
	struct model model;
	struct sample *first, *held;
	uint64_t bytes;
	int i;

	ck_assert_int_eq(model_init(&model, 4), 0);
	ck_assert_str_ne(model.problem, "");
	publish(&model, 1, record(1, 1, "a", 1));
	ck_assert_str_eq(model.problem, "");
	first = model.sample;
	publish(&model, 2, record(1, 1, "a", 2));
	bytes = model.sample_bytes;
	for (i = 3; i < 100; i++)
		publish(&model, (uint64_t)i, record(1, 1, "a", (uint64_t)i));
	ck_assert_uint_eq(model.sample_bytes, bytes);
	ck_assert(model.sample == first || model.spare == first);

	held = sample_ref(model.sample);
	for (i = 100; i < 110; i++)
		publish(&model, (uint64_t)i, record(1, 1, "a", (uint64_t)i));
	ck_assert_uint_eq(held->records[0].run_ns, 99);
	ck_assert_uint_eq(model.sample_bytes, bytes / 2 * 3);
	sample_unref(held);
	ck_assert_uint_eq(model.sample_bytes, bytes);
	ck_assert_uint_eq(model.sequence, 109);
	model_clear(&model);
	ck_assert_uint_eq(model.sample_bytes, 0);
}
END_TEST

/* What a sample tells of groups is told when its tick is closed. */
START_TEST(groups_follow_samples)
{
	const struct group *group;
	struct model model;

	ck_assert_int_eq(model_init(&model, 4), 0);
	model_settle(&model);
	publish(&model, 1, record(1, 1, "a", 1));
	ck_assert_uint_eq(groups_cost(model.groups)->settled, 0);
	model_settle(&model);
	publish(&model, 3, record(1, 1, "a", 5));
	group = groups_next(model.groups, GROUP_PROGRAM, NULL);
	ck_assert_str_eq(group->name, "a");
	ck_assert_uint_eq(group->counters[COUNTER_RUN_NS], 1);
	model_settle(&model);
	ck_assert_uint_eq(group->counters[COUNTER_RUN_NS], 5);
	ck_assert_uint_eq(groups_cost(model.groups)->elapsed_ns, 2 * SECOND);
	model_clear(&model);
}
END_TEST

START_TEST(failures)
{
	struct model model;

	ck_assert_int_eq(model_init(&model, 4), 0);
	publish(&model, 1, record(1, 1, "a", 1));
	model_fail(&model, false, "no memory");
	ck_assert_ptr_nonnull(model.sample);
	ck_assert_str_eq(model.problem, "no memory");
	model_fail(&model, true, "gone");
	ck_assert_ptr_null(model.sample);
	ck_assert_uint_eq(model.sample_bytes, 0);
	publish(&model, 2, record(1, 1, "a", 1000));
	ck_assert_str_eq(model.problem, "");
	ck_assert_uint_eq(find(model.programs, "a")->counters[PROGRAM_RUN_NS], 0);
	ck_assert_uint_eq(model.cost.failures, 2);
	ck_assert_uint_eq(model.cost.samples, 2);
	ck_assert_int_eq(model_resize_programs(&model, 0), 0);
	ck_assert_ptr_null(programs_at(model.programs, 0));
	model_clear(&model);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("model");
	TCase *tests = tcase_create("model");

	tcase_add_test(tests, sample_keeps_order);
	tcase_add_test(tests, sample_takes_other_sizes);
	tcase_add_loop_test(tests, sample_has_stalls, 0, 2);
	tcase_add_test(tests, growth_is_added_up);
	tcase_add_test(tests, what_goes_back_adds_nothing);
	tcase_add_test(tests, exec_changes_the_program);
	tcase_add_test(tests, unavailable_is_not_counted);
	tcase_add_test(tests, waits_are_added_up);
	tcase_add_loop_test(tests, stalls_are_added_up, 0, 14);
	tcase_add_test(tests, meter_switched_off_and_on);
	tcase_add_test(tests, names_are_text);
	tcase_add_test(tests, table_is_bounded);
	tcase_add_test(tests, no_entry_at_all);
	tcase_add_test(tests, places_change_slowly);
	tcase_add_test(tests, the_gone_make_room);
	tcase_add_test(tests, two_buffers_take_turns);
	tcase_add_test(tests, groups_follow_samples);
	tcase_add_test(tests, failures);
	suite_add_tcase(suite, tests);
	return suite_main(suite, argc, argv);
}
