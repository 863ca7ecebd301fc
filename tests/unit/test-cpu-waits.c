// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long waits for a CPU lasted: folded into fewer buckets, read of who was active, and
 * added up by group, each wait once, whether a sample or an exit record tells of it.
 */
#include "core/cpu-waits.h"
#include "core/groups.h"
#include "lib/meter.h"
#include "suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECOND		UINT64_C(1000000000)
#define CGROUP		7
#define AVAILABLE	(TASKMETER_AVAILABLE_CGROUP | TASKMETER_AVAILABLE_METER)

static struct taskmeter_record record(uint32_t pid, uint64_t cpu_wait_ns)
{
	return (struct taskmeter_record) {
		.size = sizeof(struct taskmeter_record), .available = AVAILABLE, .pid = pid,
		.tgid = pid, .start_time_ns = 5, .cgroup_id = CGROUP, .uid = 3, .comm = "prog",
		.cpu_wait_ns = cpu_wait_ns,
	};
}

/* A wait of each duration that begins or ends a bucket of the module is where it belongs. */
START_TEST(folded)
{
	struct taskmeter_histograms histograms;
	const struct taskmeter_record r = record(1, 77);
	uint64_t values[CPU_WAITS], from, to;
	size_t i, at;

	ck_assert_uint_eq(cpu_waits_bound(0), 4096);
	ck_assert_uint_eq(cpu_waits_bound(CPU_WAITS_BUCKETS - 2), UINT64_C(1) << 34);
	for (i = 0; i < TASKMETER_CPU_WAIT_BUCKETS; i++) {
		histograms = (struct taskmeter_histograms) { .size = sizeof(histograms) };
		histograms.cpu_wait[i] = 3;
		cpu_waits_of(&r, &histograms, values);
		ck_assert_uint_eq(values[CPU_WAITS_SUM_NS], 77);
		from = i ? tm_histogram_bound(TM_HISTOGRAM_CPU_WAIT, i) : 0;
		to = tm_histogram_bound(TM_HISTOGRAM_CPU_WAIT, i + 1);
		for (at = 0; at < CPU_WAITS_BUCKETS; at++) {
			if (values[at]) {
				ck_assert_uint_eq(values[at], 3);
				ck_assert(!at || from >= cpu_waits_bound(at - 1));
				ck_assert(at == CPU_WAITS_BUCKETS - 1 ||
					  to <= cpu_waits_bound(at));
				break;
			}
		}
		ck_assert_uint_lt(at, CPU_WAITS_BUCKETS);
	}
}
END_TEST

START_TEST(added_once)
{
	uint64_t base[CPU_WAITS] = { 0 }, values[CPU_WAITS] = { 5, 1, [CPU_WAITS_SUM_NS] = 90 };
	uint64_t growth[CPU_WAITS];

	cpu_waits_grow(base, values, growth);
	ck_assert_mem_eq(growth, values, sizeof(growth));
	/* One more, and a wait that was corrected when it ended. */
	values[1] = 2;
	values[CPU_WAITS_SUM_NS] = 80;
	cpu_waits_grow(base, values, growth);
	ck_assert_uint_eq(growth[0], 0);
	ck_assert_uint_eq(growth[1], 1);
	ck_assert_uint_eq(growth[CPU_WAITS_SUM_NS], 0);
	values[CPU_WAITS_SUM_NS] = 93;
	cpu_waits_grow(base, values, growth);
	ck_assert_uint_eq(growth[CPU_WAITS_SUM_NS], 3);
	/* Begun anew: what came is not known. */
	values[0] = 4;
	values[1] = 9;
	values[CPU_WAITS_SUM_NS] = 10;
	cpu_waits_grow(base, values, growth);
	ck_assert_uint_eq(growth[0] + growth[1] + growth[CPU_WAITS_SUM_NS], 0);
	values[0] = 6;
	values[CPU_WAITS_SUM_NS] = 11;
	cpu_waits_grow(base, values, growth);
	ck_assert_uint_eq(growth[0], 2);
	ck_assert_uint_eq(growth[CPU_WAITS_SUM_NS], 1);
}
END_TEST

/* A meter with some processes, of which every third is not tracked. */
static struct {
	struct tm_snapshot snapshot;
	struct taskmeter_record record;
	struct taskmeter_histograms histograms;
	uint32_t count;
	uint64_t since;
	int fail_at;
	int refuse;
	int open;
	int asked;
} fake;

static int fake_new(struct tm_meter *meter, const struct tm_filter *filter,
		    struct tm_snapshot **ret_snapshot)
{
	fake.asked++;
	ck_assert_uint_eq(filter->flags, TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_SINCE);
	if (fake.refuse)
		return fake.refuse;
	fake.since = filter->since;
	fake.record.pid = 0;
	fake.snapshot = (struct tm_snapshot) {
		.meter = meter, .token = 44, .histograms = &fake.histograms,
	};
	fake.open++;
	*ret_snapshot = &fake.snapshot;
	return 0;
}

static int fake_next(struct tm_snapshot *snapshot, const struct taskmeter_record **ret_record)
{
	(void)snapshot;
	if (fake.fail_at && fake.record.pid == (uint32_t)fake.fail_at)
		return -EIO;
	if (fake.record.pid == fake.count)
		return 0;
	fake.record = record(fake.record.pid + 1, 10);
	if (fake.record.pid % 3 == 0)
		fake.record.available = 0;
	fake.histograms = (struct taskmeter_histograms) { .cpu_wait[50] = fake.record.pid };
	*ret_record = &fake.record;
	return 1;
}

static void fake_free(struct tm_snapshot *snapshot)
{
	ck_assert_ptr_eq(snapshot, &fake.snapshot);
	fake.open--;
}

START_TEST(are_read)
{
	static const struct tm_ops ops = {
		.snapshot_new = fake_new, .snapshot_next = fake_next, .snapshot_free = fake_free,
	};
	struct tm_meter meter = {
		.ops = &ops, .info_size = sizeof(struct taskmeter_info),
		.record_size = sizeof(struct taskmeter_record),
	};
	struct taskmeter_info info = { .instance_id = 1, .flags = TASKMETER_INFO_METER };
	struct cpu_waits waits = { .token = 0 };

	fake.count = 5000;
	ck_assert_int_eq(cpu_waits_read(&waits, &meter, &info), 0);
	ck_assert_uint_eq(fake.since, 0);
	ck_assert_uint_eq(waits.count, 5000 - 5000 / 3);
	ck_assert_uint_eq(waits.items[2].pid, 4);
	ck_assert_uint_eq(waits.items[2].start_time_ns, 5);
	ck_assert_uint_eq(waits.items[2].values[50 / CPU_WAITS_FOLD], 4);
	/* Then only who was active since, in less memory. */
	fake.count = 10;
	ck_assert_int_eq(cpu_waits_read(&waits, &meter, &info), 0);
	ck_assert_uint_eq(fake.since, 44);
	ck_assert_uint_eq(waits.count, 7);
	ck_assert_uint_le(waits.capacity, 1024);
	/* What failed half way is as if it had not been read; so is what nobody used. */
	fake.fail_at = 5;
	ck_assert_int_eq(cpu_waits_read(&waits, &meter, &info), -EIO);
	ck_assert_uint_eq(waits.count, 0);
	fake.fail_at = 0;
	ck_assert_int_eq(cpu_waits_read(&waits, &meter, &info), 0);
	ck_assert_uint_eq(fake.since, 0);
	cpu_waits_forget(&waits);
	ck_assert_int_eq(cpu_waits_read(&waits, &meter, &info), 0);
	ck_assert_uint_eq(fake.since, 0);
	/* A token is of one load of the module. */
	info.instance_id = 2;
	ck_assert_int_eq(cpu_waits_read(&waits, &meter, &info), 0);
	ck_assert_uint_eq(fake.since, 0);
	fake.refuse = -EOPNOTSUPP;
	ck_assert_int_eq(cpu_waits_read(&waits, &meter, &info), -EOPNOTSUPP);
	ck_assert_uint_eq(waits.count, 0);
	/* While the meter is off, nobody is asked. */
	info.flags = 0;
	fake.asked = 0;
	ck_assert_int_eq(cpu_waits_read(&waits, &meter, &info), 0);
	ck_assert_int_eq(fake.asked + fake.open, 0);
	cpu_waits_clear(&waits);
}
END_TEST

/* Groups, and what the next tick has. */
struct fixture {
	struct groups *groups;
	struct sample *sample;
	struct cpu_waits waits;
	struct process_waits items[8];
	uint64_t instance_id;
	uint64_t seconds;
	uint64_t number;
};

static void walk(void *data, bool (*found)(void *context, uint64_t id, const char *path),
		 void *context)
{
	(void)data;
	found(context, CGROUP, "/system.slice/a.service");
}

static void set_up(struct fixture *f)
{
	const struct groups_paths paths = { .walk = walk };

	*f = (struct fixture) { .instance_id = 1, .seconds = 100 };
	f->waits.items = f->items;
	f->groups = groups_new(8, &paths);
	f->sample = sample_new(NULL);
	ck_assert(f->groups && f->sample);
}

static void tear_down(struct fixture *f)
{
	groups_free(f->groups);
	sample_unref(f->sample);
}

/* Process @pid has waited so often in bucket 2, and @sum in all. */
static void waited(struct fixture *f, uint32_t pid, uint64_t count, uint64_t sum)
{
	f->items[f->waits.count++] = (struct process_waits) {
		.pid = pid, .start_time_ns = 5,
		.values = { [2] = count, [CPU_WAITS_SUM_NS] = sum },
	};
}

static void lives(struct fixture *f, uint32_t pid)
{
	const struct taskmeter_record r = record(pid, 0);

	ck_assert_int_eq(sample_add(f->sample, &r), 0);
}

static void tick(struct fixture *f)
{
	f->sample->monotonic_ns = f->sample->realtime_ns = ++f->seconds * SECOND;
	ck_assert_int_eq(groups_feed(f->groups, f->instance_id, f->sample), 0);
	groups_add_waits(f->groups, &f->waits);
	groups_settle(f->groups, f->sample->monotonic_ns);
	f->sample->count = 0;
	f->waits.count = 0;
}

static void end(struct fixture *f, uint32_t pid, uint64_t count, uint64_t sum)
{
	struct exit_batch *batch = batch_new(f->instance_id, ++f->number);
	const struct taskmeter_exit exit = { .size = sizeof(exit), .number = f->number };
	const struct taskmeter_record r = record(pid, sum);
	const struct taskmeter_histograms histograms = {
		.size = sizeof(histograms), .cpu_wait[2 * CPU_WAITS_FOLD + 1] = count,
	};
	const struct tm_exit view = { .exit = &exit, .record = &r, .histograms = &histograms };

	ck_assert_ptr_nonnull(batch);
	ck_assert_int_eq(batch_add(batch, &view, f->seconds * SECOND), 0);
	batch_close(batch, f->number + 1, 0);
	groups_exited(f->groups, batch);
	batch_unref(batch);
}

/* The same by unit, user and program. */
static void check(const struct fixture *f, uint64_t count, uint64_t sum)
{
	static const enum group_kind kinds[] = { GROUP_UNIT, GROUP_USER, GROUP_PROGRAM };
	const uint64_t *values;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		values = groups_next(f->groups, kinds[i], NULL)->counters + GROUP_WAITS;
		ck_assert_uint_eq(values[2], count);
		ck_assert_uint_eq(values[CPU_WAITS_SUM_NS], sum);
		ck_assert_uint_eq(values[1] + values[3], 0);
	}
}

START_TEST(living_and_exited)
{
	struct fixture f;

	set_up(&f);
	lives(&f, 1);
	lives(&f, 2);
	waited(&f, 1, 10, 100);
	waited(&f, 2, 1, 7);
	/* Who is gone by the sample comes with its record. */
	waited(&f, 9, 5, 5);
	tick(&f);
	check(&f, 11, 107);
	/* 2 did not run. */
	lives(&f, 1);
	lives(&f, 2);
	waited(&f, 1, 12, 120);
	tick(&f);
	check(&f, 13, 127);
	/* The end of 1, and the whole life of 3. */
	end(&f, 1, 15, 150);
	end(&f, 3, 4, 40);
	waited(&f, 1, 13, 130);
	lives(&f, 2);
	tick(&f);
	check(&f, 20, 197);
	tick(&f);
	check(&f, 20, 197);
	tear_down(&f);
}
END_TEST

/* Its sample is older than the record that came before it is settled. */
START_TEST(ended_in_the_tick)
{
	struct fixture f;

	set_up(&f);
	lives(&f, 1);
	waited(&f, 1, 3, 30);
	tick(&f);
	lives(&f, 1);
	f.sample->monotonic_ns = f.sample->realtime_ns = ++f.seconds * SECOND;
	ck_assert_int_eq(groups_feed(f.groups, 1, f.sample), 0);
	end(&f, 1, 5, 50);
	waited(&f, 1, 4, 40);
	groups_add_waits(f.groups, &f.waits);
	groups_settle(f.groups, f.seconds * SECOND);
	check(&f, 5, 50);
	tear_down(&f);
}
END_TEST

/* Another load of the module counts from 0; all that it counts is new. */
START_TEST(module_loaded_again)
{
	struct fixture f;

	set_up(&f);
	lives(&f, 1);
	waited(&f, 1, 10, 100);
	tick(&f);
	f.instance_id = 2;
	lives(&f, 1);
	waited(&f, 1, 2, 20);
	tick(&f);
	check(&f, 12, 120);
	lives(&f, 1);
	waited(&f, 1, 12, 130);
	tick(&f);
	check(&f, 22, 230);
	tear_down(&f);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("cpu-waits");
	TCase *tcase = tcase_create("cpu-waits");

	tcase_add_test(tcase, folded);
	tcase_add_test(tcase, added_once);
	tcase_add_test(tcase, are_read);
	tcase_add_test(tcase, living_and_exited);
	tcase_add_test(tcase, ended_in_the_tick);
	tcase_add_test(tcase, module_loaded_again);
	suite_add_tcase(suite, tcase);
	return suite_main(suite, argc, argv);
}
