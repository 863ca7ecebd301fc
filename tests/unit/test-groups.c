// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Totals by group: nothing that a process did is lost, counted twice or taken back, in
 * whatever order samples and exit records tell of it.
 */
#include "core/group-totals.h"
#include "core/groups.h"
#include "lib/fields.h"
#include "lib/meter.h"
#include "suite.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND		UINT64_C(1000000000)
#define REALTIME	(UINT64_C(1700000000) * SECOND)
#define INSTANCE	1
#define AVAILABLE	(TASKMETER_AVAILABLE_CGROUP | TASKMETER_AVAILABLE_METER |	\
			 TASKMETER_AVAILABLE_MEMORY)

#define A_SERVICE	10
#define B_SERVICE	11
#define DOCKER		12
#define NOWHERE		13
#define ID	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	uint64_t id;
	const char *path;
} cgroups[] = {
	{ 1, "/" },
	{ A_SERVICE, "/system.slice/a.service" },
	{ B_SERVICE, "/system.slice/b.service/inner" },
	{ DOCKER, "/docker/" ID },
};

static unsigned int walks;

static void walk(void *data, bool (*found)(void *context, uint64_t id, const char *path),
		 void *context)
{
	size_t i;

	(void)data;
	walks++;
	for (i = 0; i < sizeof(cgroups) / sizeof(cgroups[0]); i++)
		if (found(context, cgroups[i].id, cgroups[i].path))
			break;
}

/* Groups, and the sample that is being made. */
struct fixture {
	struct groups *groups;
	struct sample *sample;
	uint64_t seconds;
	uint64_t number;
	uint64_t instance_id;
};

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

static void set_up(struct fixture *f)
{
	const struct groups_paths paths = { .walk = walk };

	*f = (struct fixture) { .seconds = 1000, .instance_id = INSTANCE };
	f->groups = groups_new(16, &paths);
	f->sample = sample_new(NULL);
	ck_assert(f->groups && f->sample);
	walks = 0;
}

static void tear_down(struct fixture *f)
{
	groups_free(f->groups);
	sample_unref(f->sample);
}

static struct taskmeter_record record(uint32_t pid, uint64_t cgroup, uint64_t run_ns)
{
	struct taskmeter_record made = {
		.size = sizeof(made), .available = AVAILABLE, .pid = pid, .tgid = pid,
		.start_time_ns = 5, .cgroup_id = cgroup, .uid = 1000, .threads = 2,
		.comm = "prog", .run_ns = run_ns, .tracked_ns = 10 * run_ns,
		.cpu_wait_ns = run_ns / 2, .rss_anon_bytes = 4096,
	};

	return made;
}

static void add(struct fixture *f, struct taskmeter_record made)
{
	ck_assert_int_eq(sample_add(f->sample, &made), 0);
}

static void feed(struct fixture *f)
{
	f->seconds++;
	f->sample->monotonic_ns = f->seconds * SECOND;
	f->sample->realtime_ns = REALTIME + f->seconds * SECOND;
	ck_assert_int_eq(groups_feed(f->groups, f->instance_id, f->sample), 0);
	f->sample->count = 0;
}

static void settle(struct fixture *f)
{
	groups_settle(f->groups, f->seconds * SECOND);
}

static void tick(struct fixture *f)
{
	feed(f);
	settle(f);
}

static void end_at(struct fixture *f, struct taskmeter_record made, const char *path,
		   int status, uint64_t end_ns)
{
	struct exit_batch *batch = batch_new(f->instance_id, ++f->number);
	const struct taskmeter_exit exit = {
		.size = sizeof(exit), .number = f->number, .status = status,
		.flags = status == 9 ? TASKMETER_EXIT_OOM : 0,
	};
	const struct tm_exit view = { .exit = &exit, .record = &made, .cgroup_path = path };

	ck_assert(batch != NULL);
	ck_assert_int_eq(batch_add(batch, &view, end_ns), 0);
	batch_close(batch, f->number + 1, 0);
	groups_exited(f->groups, batch);
	batch_unref(batch);
}

static void end(struct fixture *f, struct taskmeter_record made)
{
	end_at(f, made, NULL, 0, REALTIME + f->seconds * SECOND);
}

static const struct group *find(const struct fixture *f, enum group_kind kind,
				const char *name)
{
	const struct group *group = NULL;

	while ((group = groups_next(f->groups, kind, group)))
		if (!strcmp(group->name, name))
			return group;
	return NULL;
}

static uint64_t total(const struct fixture *f, enum group_kind kind, const char *name,
		      size_t counter)
{
	const struct group *group = find(f, kind, name);

	return group ? group->counters[counter] : UINT64_MAX;
}

#define RUN(f, kind, name)	total(f, kind, name, COUNTER_RUN_NS)

START_TEST(counters_are_those_of_records)
{
	const struct tm_field *field;
	size_t i, count, counters = 0;

	for (i = 0; i < COUNTERS; i++) {
		field = tm_field_find(counter_infos[i].name);
		ck_assert_ptr_nonnull(field);
		ck_assert_uint_eq(field->offset, counter_infos[i].offset);
		ck_assert_uint_eq(field->available, counter_infos[i].available);
		ck_assert(field->counter && field->type == TM_FIELD_U64);
	}
	field = tm_fields(&count);
	for (i = 0; i < count; i++)
		counters += field[i].counter;
	ck_assert_uint_eq(counters, COUNTERS);
}
END_TEST

START_TEST(every_kind)
{
	struct fixture f;
	struct taskmeter_record kernel = record(2, 1, 7);

	set_up(&f);
	strcpy(kernel.comm, "kworker/0:1");
	kernel.flags = TASKMETER_RECORD_KERNEL;
	kernel.uid = 0;
	add(&f, kernel);
	add(&f, record(10, A_SERVICE, 100));
	add(&f, record(11, B_SERVICE, 200));
	add(&f, record(12, DOCKER, 300));
	tick(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 100);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "b.service"), 200);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "-.slice"), 307);
	ck_assert_uint_eq(RUN(&f, GROUP_SLICE, "system.slice"), 300);
	ck_assert_uint_eq(RUN(&f, GROUP_CONTAINER, "docker:" ID), 300);
	ck_assert_uint_eq(groups_count(f.groups, GROUP_CONTAINER), 1);
	ck_assert_uint_eq(RUN(&f, GROUP_USER, "1000"), 600);
	ck_assert_uint_eq(RUN(&f, GROUP_USER, "0"), 7);
	ck_assert_uint_eq(RUN(&f, GROUP_PROGRAM, "kworker"), 7);
	ck_assert_uint_eq(RUN(&f, GROUP_PROGRAM, "prog"), 600);
	ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, "/"), 607);
	ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, "/system.slice"), 300);
	ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, "/system.slice/b.service"), 200);
	ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, "/system.slice/b.service/inner"), 200);
	ck_assert_uint_eq(find(&f, GROUP_CGROUP, "/")->gauges[GROUP_PROCESSES], 4);
	ck_assert_uint_eq(find(&f, GROUP_SLICE, "system.slice")->gauges[GROUP_THREADS], 4);
	ck_assert_uint_eq(find(&f, GROUP_UNIT, "a.service")->gauges[GROUP_RSS_ANON_BYTES],
			  4096);
	ck_assert_ptr_null(find(&f, GROUP_UNIT, GROUP_OTHER));
	tick(&f);
	ck_assert_uint_eq(find(&f, GROUP_CGROUP, "/")->gauges[GROUP_PROCESSES], 0);
	ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, "/"), 607);
	ck_assert_uint_eq(walks, 1);
	tear_down(&f);
}
END_TEST

/* The record comes in the tick in which it is missed. */
START_TEST(rest_from_record)
{
	struct fixture f;

	set_up(&f);
	add(&f, record(10, A_SERVICE, 100));
	add(&f, record(11, A_SERVICE, 50));
	tick(&f);
	add(&f, record(11, A_SERVICE, 60));
	feed(&f);
	end(&f, record(10, A_SERVICE, 170));
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 150);
	settle(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 230);
	ck_assert_uint_eq(RUN(&f, GROUP_USER, "1000"), 230);
	ck_assert_uint_eq(total(&f, GROUP_UNIT, "a.service", GROUP_EXITS), 1);
	ck_assert_uint_eq(find(&f, GROUP_UNIT, "a.service")->growth[COUNTER_RUN_NS], 80);
	ck_assert_uint_eq(groups_cost(f.groups)->whole, 0);
	tear_down(&f);
}
END_TEST

/* The record comes after the sample that still had it; then only ticks later. */
START_TEST(early_and_late_record)
{
	struct fixture f;
	int i;

	set_up(&f);
	add(&f, record(10, A_SERVICE, 100));
	add(&f, record(11, A_SERVICE, 1000));
	feed(&f);
	end(&f, record(10, A_SERVICE, 120));
	end(&f, record(10, A_SERVICE, 120));
	settle(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 1120);
	for (i = 0; i < 30; i++)
		tick(&f);
	end(&f, record(11, A_SERVICE, 1001));
	tick(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 1121);
	ck_assert_uint_eq(total(&f, GROUP_UNIT, "a.service", GROUP_EXITS), 2);
	ck_assert_uint_eq(groups_cost(f.groups)->missed, 0);
	ck_assert_uint_eq(groups_cost(f.groups)->whole, 0);
	tear_down(&f);
}
END_TEST

/* Between two ticks: all of it is in the record, also the path of a cgroup that is gone. */
START_TEST(lived_between_ticks)
{
	struct fixture f;

	set_up(&f);
	tick(&f);
	feed(&f);
	end_at(&f, record(10, NOWHERE, 40), "/system.slice/run-1.scope", 9,
	       REALTIME + f.seconds * SECOND);
	end_at(&f, record(11, NOWHERE, 2), NULL, 256, REALTIME + f.seconds * SECOND);
	settle(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "run-1.scope"), 42);
	ck_assert_uint_eq(total(&f, GROUP_UNIT, "run-1.scope", GROUP_EXITS), 2);
	ck_assert_uint_eq(total(&f, GROUP_UNIT, "run-1.scope", GROUP_FAILED), 2);
	ck_assert_uint_eq(total(&f, GROUP_UNIT, "run-1.scope", GROUP_OOM_KILLS), 1);
	ck_assert_uint_eq(find(&f, GROUP_UNIT, "run-1.scope")->gauges[GROUP_PROCESSES], 0);
	ck_assert_uint_eq(groups_cost(f.groups)->whole, 2);
	tear_down(&f);
}
END_TEST

START_TEST(ended_before)
{
	struct fixture f;

	set_up(&f);
	end_at(&f, record(10, A_SERVICE, 40), NULL, 0, REALTIME);
	tick(&f);
	end_at(&f, record(10, A_SERVICE, 40), NULL, 0, REALTIME);
	end(&f, record(11, A_SERVICE, 1));
	tick(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 1);
	ck_assert_uint_eq(groups_cost(f.groups)->exits, 1);
	tear_down(&f);
}
END_TEST

static void add_total(struct group_totals *totals, uint32_t kind, uint64_t id,
		      uint64_t last_number, uint64_t run_ns, uint32_t flags, const char *path)
{
	const struct taskmeter_total total = {
		.size = sizeof(total), .flags = flags, .id = id, .last_number = last_number,
		.exits = 1, .run_ns = run_ns, .mem_stall_ns = 3,
	};

	ck_assert_int_eq(group_totals_add(totals, kind, &total, path), 0);
}

/*
 * Totals that were read from number 4 on: that of a.service has 5 already, that of the
 * user has not. 6 ended before the sample, too, but in no total; 7 behind it.
 */
START_TEST(totals_of_the_past)
{
	struct group_totals totals = {
		.instance_id = INSTANCE, .number = 4, .available = AVAILABLE,
	};
	struct fixture f;

	set_up(&f);
	add_total(&totals, TASKMETER_TOTAL_CGROUP, A_SERVICE, 5, 1000, 0, NULL);
	add_total(&totals, TASKMETER_TOTAL_CGROUP, NOWHERE, 2, 500, TASKMETER_TOTAL_REMOVED,
		  "/gone.slice/x.service");
	add_total(&totals, TASKMETER_TOTAL_CGROUP, 0, 3, 70, TASKMETER_TOTAL_OTHER, NULL);
	add_total(&totals, TASKMETER_TOTAL_UID, 1000, 4, 1570, 0, NULL);
	ck_assert(!groups_begun(f.groups));
	add(&f, record(10, A_SERVICE, 10));
	feed(&f);
	ck_assert(groups_begun(f.groups));
	groups_add_totals(f.groups, &totals);
	group_totals_clear(&totals);
	/* The first one is in the total of others. */
	end_at(&f, record(99, B_SERVICE, 1), NULL, 0, REALTIME);
	while (f.number < 6)
		end_at(&f, record(100 + (uint32_t)f.number, A_SERVICE, 1), NULL, 0, REALTIME);
	end(&f, record(200, A_SERVICE, 1));
	settle(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 1000 + 10 + 2);
	ck_assert_uint_eq(total(&f, GROUP_UNIT, "a.service", GROUP_EXITS), 3);
	ck_assert_ptr_null(find(&f, GROUP_UNIT, "b.service"));
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "x.service"), 500);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, GROUP_OTHER), 70);
	ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, "/"), 1512);
	ck_assert_uint_eq(RUN(&f, GROUP_USER, "1000"), 1570 + 10 + 3);
	ck_assert_uint_eq(RUN(&f, GROUP_PROGRAM, "prog"), 10 + 1);
	ck_assert_uint_eq(groups_cost(f.groups)->exits, 3);
	ck_assert_uint_eq(groups_cost(f.groups)->elapsed_ns, 0);
	/* It is not available: the kernel does not tell it. */
	ck_assert(!counter_available(COUNTER_MEM_STALL_NS,
				     find(&f, GROUP_UNIT, "a.service")->available));
	tear_down(&f);
}
END_TEST

/* A meter with three totals of each kind; the last read fails with an error. */
static struct {
	struct tm_totals totals;
	struct taskmeter_total total;
	uint32_t kind;
	int error;
	int open;
	int moves;	/* how often one will be moved while they are read */
	uint64_t exits_other;
	int walks;
} fake;

static int fake_info(struct tm_meter *meter, struct taskmeter_info *ret_info)
{
	(void)meter;
	if (fake.moves) {
		fake.moves--;
		fake.exits_other++;
	}
	*ret_info = (struct taskmeter_info) {
		.size = TASKMETER_INFO_SIZE_VER3, .instance_id = 9,
		.exit_number = 4 + fake.exits_other, .exits_other = fake.exits_other,
	};
	return 0;
}

static int fake_totals_new(struct tm_meter *meter, uint32_t kind, struct tm_totals **ret_totals)
{
	fake.totals.meter = meter;
	fake.total = (struct taskmeter_total) { .size = sizeof(fake.total) };
	fake.kind = kind;
	fake.open++;
	fake.walks++;
	*ret_totals = &fake.totals;
	return 0;
}

static int fake_totals_next(struct tm_totals *totals, const struct taskmeter_total **ret_total,
			    const char **ret_path)
{
	(void)totals;
	if (fake.total.id == 3)
		return fake.kind == TASKMETER_TOTAL_UID ? fake.error : 0;
	fake.total.id++;
	*ret_total = &fake.total;
	*ret_path = fake.kind == TASKMETER_TOTAL_CGROUP && fake.total.id == 2 ? "/p" : NULL;
	return 1;
}

static void fake_totals_free(struct tm_totals *totals)
{
	ck_assert_ptr_eq(totals, &fake.totals);
	fake.open--;
}

START_TEST(totals_are_read)
{
	static const struct tm_ops ops = {
		.info = fake_info, .totals_new = fake_totals_new, .totals_next = fake_totals_next,
		.totals_free = fake_totals_free,
	};
	struct tm_meter meter = { .ops = &ops, .info_size = TASKMETER_INFO_SIZE_VER3 };
	struct taskmeter_info info = {
		.size = TASKMETER_INFO_SIZE_VER3, .instance_id = 9, .exit_number = 4,
	};
	struct group_totals totals;

	ck_assert_int_eq(group_totals_read(&meter, &info, &totals), 0);
	ck_assert_uint_eq(totals.instance_id, 9);
	ck_assert_uint_eq(totals.number, 4);
	ck_assert_uint_eq(totals.count, 6);
	ck_assert_str_eq(totals.items[1].path, "/p");
	ck_assert_ptr_null(totals.items[2].path);
	ck_assert_uint_eq(totals.items[5].kind, TASKMETER_TOTAL_UID);
	ck_assert_uint_eq(totals.items[5].total.id, 3);
	group_totals_clear(&totals);
	ck_assert_int_eq(fake.walks, 2);
	/* The second look at the description is before they are read again. */
	fake.moves = 2;
	ck_assert_int_eq(group_totals_read(&meter, &info, &totals), 0);
	ck_assert_int_eq(fake.walks, 6);
	ck_assert_uint_eq(totals.count, 6);
	ck_assert_uint_eq(totals.number, 6);
	group_totals_clear(&totals);
	fake.moves = 100;
	info.exits_other = fake.exits_other;
	ck_assert_int_eq(group_totals_read(&meter, &info, &totals), -EAGAIN);
	group_totals_clear(&totals);
	fake.moves = 0;
	info.exits_other = fake.exits_other;
	fake.error = -EPERM;
	ck_assert_int_eq(group_totals_read(&meter, &info, &totals), -EPERM);
	group_totals_clear(&totals);
	ck_assert_int_eq(fake.open, 0);
	info.size = TASKMETER_INFO_SIZE_VER2;
	ck_assert_int_eq(group_totals_read(&meter, &info, &totals), -EOPNOTSUPP);
	group_totals_clear(&totals);
}
END_TEST

/* As many totals as the module has: living groups have their places before. */
START_TEST(many_totals)
{
	struct group_totals totals = { .instance_id = INSTANCE, .available = AVAILABLE };
	char path[64];
	struct fixture f;
	uint32_t i;

	set_up(&f);
	for (i = 0; i < TASKMETER_TOTALS_MAX; i++) {
		snprintf(path, sizeof(path), "/system.slice/run-%u.scope", i);
		add_total(&totals, TASKMETER_TOTAL_CGROUP, 1000 + i, 1, 1,
			  TASKMETER_TOTAL_REMOVED, path);
		add_total(&totals, TASKMETER_TOTAL_UID, i, 1, 1, 0, NULL);
	}
	add(&f, record(10, A_SERVICE, 10));
	feed(&f);
	groups_add_totals(f.groups, &totals);
	group_totals_clear(&totals);
	settle(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 10);
	ck_assert_uint_eq(find(&f, GROUP_UNIT, "a.service")->gauges[GROUP_PROCESSES], 1);
	ck_assert_uint_eq(RUN(&f, GROUP_SLICE, "system.slice") +
			  RUN(&f, GROUP_SLICE, GROUP_OTHER), TASKMETER_TOTALS_MAX + 10);
	ck_assert_uint_gt(RUN(&f, GROUP_UNIT, GROUP_OTHER), 1000);
	ck_assert_uint_gt(RUN(&f, GROUP_USER, GROUP_OTHER), 1000);
	/* Leaves of the past make room at once. */
	ck_assert_uint_le(groups_cost(f.groups)->cgroups, LEAVES_MAX / 4 * 3);
	tear_down(&f);
}
END_TEST

/* What it did in one group stays there; the rest is another's. */
START_TEST(process_changes)
{
	struct taskmeter_record changed = record(10, B_SERVICE, 150);
	struct fixture f;

	set_up(&f);
	add(&f, record(10, A_SERVICE, 100));
	tick(&f);
	changed.uid = 0;
	strcpy(changed.comm, "other");
	add(&f, changed);
	tick(&f);
	changed.run_ns = 151;
	strcpy(changed.comm, "third");
	end(&f, changed);
	tick(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 100);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "b.service"), 51);
	ck_assert_uint_eq(RUN(&f, GROUP_USER, "1000"), 100);
	ck_assert_uint_eq(RUN(&f, GROUP_USER, "0"), 51);
	ck_assert_uint_eq(RUN(&f, GROUP_PROGRAM, "prog"), 100);
	ck_assert_uint_eq(RUN(&f, GROUP_PROGRAM, GROUP_OTHER), 50);
	ck_assert_uint_eq(RUN(&f, GROUP_PROGRAM, "third"), 1);
	ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, "/"), 151);
	tear_down(&f);
}
END_TEST

/* How the kernel divides CPU time changes: neither part goes back, and they make all of it. */
START_TEST(user_and_system)
{
	static const uint64_t users[] = { 10, 8, 9, 30, 0, 40 };
	static const uint64_t systems[] = { 0, 4, 4, 0, 40, 60 };
	static const uint64_t sums[] = { 10, 10, 10, 27, 27, 40 };
	struct taskmeter_record r = record(10, A_SERVICE, 0);
	struct fixture f;
	size_t i;

	set_up(&f);
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		r.user_ns = users[i];
		r.system_ns = systems[i];
		r.run_ns = users[i] + systems[i];
		if (i < 5) {
			add(&f, r);
			feed(&f);
		} else {
			end(&f, r);
		}
		settle(&f);
		ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), users[i] + systems[i]);
		ck_assert_uint_eq(total(&f, GROUP_UNIT, "a.service", COUNTER_USER_NS), sums[i]);
		ck_assert_uint_eq(total(&f, GROUP_UNIT, "a.service", COUNTER_SYSTEM_NS),
				  users[i] + systems[i] - sums[i]);
	}
	tear_down(&f);
}
END_TEST

/* A wait that is corrected when it ends, 30 to 20, counts again from 30 on. */
START_TEST(never_back)
{
	static const uint64_t waits[] = { 10, 30, 20, 29, 35 };
	static const uint64_t sums[] = { 10, 30, 30, 30, 35 };
	struct taskmeter_record r = record(10, A_SERVICE, 0);
	struct fixture f;
	size_t i;

	set_up(&f);
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		r.cpu_wait_ns = waits[i];
		add(&f, r);
		tick(&f);
		ck_assert_uint_eq(total(&f, GROUP_UNIT, "a.service", COUNTER_CPU_WAIT_NS),
				  sums[i]);
	}
	tear_down(&f);
}
END_TEST

START_TEST(pid_used_again)
{
	struct taskmeter_record next = record(10, A_SERVICE, 3);
	struct fixture f;

	set_up(&f);
	add(&f, record(10, A_SERVICE, 100));
	tick(&f);
	next.start_time_ns = 6;
	add(&f, next);
	feed(&f);
	end(&f, record(10, A_SERVICE, 110));
	settle(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 113);
	ck_assert_uint_eq(find(&f, GROUP_UNIT, "a.service")->gauges[GROUP_PROCESSES], 1);
	tear_down(&f);
}
END_TEST

/* While the meter is off, waits are not known; when it is on again, they begin with 0. */
START_TEST(meter_off_and_on)
{
	struct taskmeter_record r = record(10, A_SERVICE, 100);
	struct fixture f;
	double value;

	set_up(&f);
	add(&f, r);
	tick(&f);
	ck_assert_uint_eq(total(&f, GROUP_UNIT, "a.service", COUNTER_CPU_WAIT_NS), 50);
	r.available &= ~(uint64_t)TASKMETER_AVAILABLE_METER;
	r.run_ns = 150;
	r.cpu_wait_ns = r.tracked_ns = 0;
	add(&f, r);
	tick(&f);
	ck_assert(!pressure_get(&find(&f, GROUP_UNIT, "a.service")->pressure, PRESSURE_CPU,
				PRESSURE_10S, &value));
	r.available |= TASKMETER_AVAILABLE_METER;
	r.flags = TASKMETER_RECORD_PARTIAL;
	r.cpu_wait_ns = r.tracked_ns = 7;
	add(&f, r);
	tick(&f);
	r.cpu_wait_ns = r.tracked_ns = 9;
	add(&f, r);
	tick(&f);
	ck_assert_uint_eq(total(&f, GROUP_UNIT, "a.service", COUNTER_CPU_WAIT_NS), 52);
	/* Off and on between two ticks: tracked time goes back. */
	r.cpu_wait_ns = r.tracked_ns = 3;
	add(&f, r);
	tick(&f);
	r.cpu_wait_ns = r.tracked_ns = 4;
	add(&f, r);
	tick(&f);
	ck_assert_uint_eq(total(&f, GROUP_UNIT, "a.service", COUNTER_CPU_WAIT_NS), 53);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 150);
	tear_down(&f);
}
END_TEST

/* The first sample finds it before the meter does: what it waited is in no other record. */
START_TEST(being_forked)
{
	struct taskmeter_record r = record(10, A_SERVICE, 0);
	struct fixture f;

	set_up(&f);
	r.available &= ~(uint64_t)TASKMETER_AVAILABLE_METER;
	add(&f, r);
	tick(&f);
	r.available |= TASKMETER_AVAILABLE_METER;
	r.cpu_wait_ns = r.tracked_ns = 7;
	end(&f, r);
	tick(&f);
	ck_assert_uint_eq(total(&f, GROUP_UNIT, "a.service", COUNTER_CPU_WAIT_NS), 7);
	tear_down(&f);
}
END_TEST

/* Another load of the module: what the kernel counts goes on, what the module counts anew. */
START_TEST(module_loaded_again)
{
	struct taskmeter_record r = record(10, A_SERVICE, 100);
	struct fixture f;

	set_up(&f);
	add(&f, r);
	tick(&f);
	f.instance_id = 2;
	r.run_ns = 120;
	r.cpu_wait_ns = 5;
	r.tracked_ns = 2000;
	add(&f, r);
	tick(&f);
	ck_assert_uint_eq(groups_cost(f.groups)->elapsed_ns, 0);
	r.cpu_wait_ns = 6;
	add(&f, r);
	tick(&f);
	ck_assert_uint_eq(groups_cost(f.groups)->elapsed_ns, SECOND);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 120);
	ck_assert_uint_eq(total(&f, GROUP_UNIT, "a.service", COUNTER_CPU_WAIT_NS), 51);
	tear_down(&f);
}
END_TEST

/* A cgroup without a path: what comes in is kept until the path is known. */
START_TEST(path_comes_late)
{
	struct fixture f;

	set_up(&f);
	add(&f, record(10, NOWHERE, 100));
	add(&f, record(11, A_SERVICE, 1));
	tick(&f);
	ck_assert_uint_eq(groups_cost(f.groups)->unresolved, 1);
	ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, "/"), 1);
	ck_assert_uint_eq(RUN(&f, GROUP_USER, "1000"), 101);
	end_at(&f, record(10, NOWHERE, 130), "/late.slice", 0, REALTIME + f.seconds * SECOND);
	add(&f, record(11, A_SERVICE, 1));
	tick(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "late.slice"), 130);
	ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, "/"), 131);
	ck_assert_uint_eq(groups_cost(f.groups)->unresolved, 0);
	tear_down(&f);
}
END_TEST

/* No path ever: in the end it is "other", and nothing is lost. */
START_TEST(path_never_comes)
{
	struct fixture f;
	int i;

	set_up(&f);
	tick(&f);
	end(&f, record(10, NOWHERE, 100));
	for (i = 0; i < 70; i++)
		tick(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, GROUP_OTHER), 100);
	ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, GROUP_OTHER), 100);
	ck_assert_uint_eq(groups_cost(f.groups)->cgroups, 0);
	tear_down(&f);
}
END_TEST

START_TEST(record_never_comes)
{
	struct fixture f;
	int i;

	set_up(&f);
	add(&f, record(10, A_SERVICE, 100));
	for (i = 0; i < 62; i++)
		tick(&f);
	ck_assert_uint_eq(groups_cost(f.groups)->missed, 1);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 100);
	for (i = 0; i < 62; i++)
		tick(&f);
	ck_assert_uint_eq(groups_cost(f.groups)->cgroups, 0);
	tear_down(&f);
}
END_TEST

/* Who is not allowed to see it for a moment does not take it for gone later on. */
START_TEST(missed_for_a_moment)
{
	struct fixture f;
	int i;

	set_up(&f);
	add(&f, record(10, A_SERVICE, 100));
	tick(&f);
	tick(&f);
	for (i = 0; i < 62; i++) {
		add(&f, record(10, A_SERVICE, 200));
		tick(&f);
	}
	feed(&f);
	end(&f, record(10, A_SERVICE, 300));
	settle(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 300);
	ck_assert_uint_eq(groups_cost(f.groups)->missed, 0);
	tear_down(&f);
}
END_TEST

/* 40 programs in 16 places: the sum is right, and places are given on in time. */
START_TEST(bounded)
{
	struct taskmeter_record r;
	const struct group *group;
	struct fixture f;
	uint64_t sum;
	uint32_t pid;
	int i;

	set_up(&f);
	for (i = 0; i < 200; i++) {
		for (pid = 1; pid <= 20; pid++) {
			r = record(pid, A_SERVICE, 10);
			/* Twenty at first, then twenty others. */
			if (i >= 5)
				r = record(pid + 20, A_SERVICE, 10);
			sprintf(r.comm, "p%u", r.pid);
			add(&f, r);
		}
		for (pid = 1; i == 5 && pid <= 20; pid++) {
			r = record(pid, A_SERVICE, 10);
			sprintf(r.comm, "p%u", r.pid);
			end(&f, r);
		}
		tick(&f);
		sum = 0;
		for (group = NULL; (group = groups_next(f.groups, GROUP_PROGRAM, group));)
			sum += group->counters[COUNTER_RUN_NS];
		ck_assert_uint_eq(sum, i < 5 ? 200 : 400);
		ck_assert_uint_le(groups_count(f.groups, GROUP_PROGRAM), 17);
		/* Those that nobody is in stay for a minute. */
		if (i < 60)
			ck_assert_uint_eq(RUN(&f, GROUP_PROGRAM, "p1"), 10);
	}
	/* What came in before there was room stays where it is. */
	ck_assert_ptr_null(find(&f, GROUP_PROGRAM, "p1"));
	ck_assert_uint_eq(RUN(&f, GROUP_PROGRAM, "p21"), 0);
	ck_assert_uint_eq(find(&f, GROUP_PROGRAM, "p21")->gauges[GROUP_PROCESSES], 1);
	ck_assert_uint_eq(RUN(&f, GROUP_PROGRAM, GROUP_OTHER), 400);
	tear_down(&f);
}
END_TEST

#define MANY	4096

/* The least time that a tick takes in which processes have so many names. */
static uint64_t cost_of_names(uint32_t names)
{
	const struct groups_paths paths = { .walk = walk };
	uint64_t least = UINT64_MAX, began;
	struct taskmeter_record r;
	struct fixture f;
	uint32_t pid;
	int i;

	set_up(&f);
	groups_free(f.groups);
	f.groups = groups_new(MANY, &paths);
	ck_assert(f.groups != NULL);
	for (i = 0; i < 5; i++) {
		for (pid = 1; pid <= 2 * MANY; pid++) {
			r = record(pid, A_SERVICE, 10);
			sprintf(r.comm, "p%u", pid % names);
			add(&f, r);
		}
		began = cpu_ns();
		tick(&f);
		if (cpu_ns() - began < least)
			least = cpu_ns() - began;
	}
	ck_assert_uint_eq(groups_count(f.groups, GROUP_PROGRAM), MANY + (names > MANY));
	tear_down(&f);
	return least;
}

/* Who finds no room asks for it in each tick: that takes no look at all that there are. */
START_TEST(names_without_room)
{
	ck_assert_uint_lt(cost_of_names(2 * MANY), 6 * cost_of_names(MANY));
}
END_TEST

static void end_in(struct fixture *f, uint64_t cgroup, const char *path)
{
	end_at(f, record(10, cgroup, 1), path, 0, REALTIME + f->seconds * SECOND);
}

/* A cgroup that comes back and goes; then more others than there is room for. */
START_TEST(subtrees_make_room)
{
	const uint64_t gone_s = 70;
	char path[64];
	struct fixture f;
	uint64_t i;

	set_up(&f);
	for (i = 0; i < 3 * gone_s; i++) {
		tick(&f);
		if (i % gone_s == 0)
			end_in(&f, NOWHERE, "/old/leaf");
	}
	ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, "/old"), 3);
	for (i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "/p%llu/leaf", (unsigned long long)i);
		end_in(&f, 10000 + i, path);
		if (i % 5 == 0)
			tick(&f);
	}
	tick(&f);
	ck_assert_ptr_null(find(&f, GROUP_CGROUP, "/old/leaf"));
	ck_assert_ptr_null(find(&f, GROUP_CGROUP, "/old"));
	ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, "/"), 3003);
	ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, "/p2999/leaf"), 1);
	ck_assert_ptr_null(find(&f, GROUP_CGROUP, GROUP_OTHER));
	tear_down(&f);
}
END_TEST

START_TEST(pressure_of_groups)
{
	struct taskmeter_record r = record(10, A_SERVICE, 0);
	const struct group *group;
	struct fixture f;
	double value;

	set_up(&f);
	r.available |= TASKMETER_AVAILABLE_MEM_WAIT;
	r.cpu_wait_ns = 500 * SECOND;
	add(&f, r);
	tick(&f);
	group = find(&f, GROUP_UNIT, "a.service");
	/* What was before the first tick is no pressure. */
	ck_assert(pressure_get(&group->pressure, PRESSURE_CPU, PRESSURE_10S, &value));
	ck_assert_double_eq(value, 0);
	r.cpu_wait_ns += SECOND;
	r.run_ns += SECOND / 3;
	r.mem_wait_ns += SECOND / 2;
	add(&f, r);
	tick(&f);
	ck_assert(pressure_get(&group->pressure, PRESSURE_CPU, PRESSURE_10S, &value));
	ck_assert_double_eq_tol(value, 0.0951625820, 1e-9);
	ck_assert(pressure_get(&group->pressure, PRESSURE_MEMORY, PRESSURE_10S, &value));
	ck_assert_double_eq_tol(value, 0.0951625820 / 2, 1e-9);
	ck_assert(pressure_share(&group->pressure, PRESSURE_CPU, PRESSURE_60S, &value));
	ck_assert_double_eq_tol(value, 0.75, 1e-6);
	tear_down(&f);
}
END_TEST

static void add_sums(struct taskmeter_total *total, const struct taskmeter_record *r,
		     uint64_t number)
{
	total->exits++;
	total->run_ns += r->run_ns;
	total->tracked_ns += r->tracked_ns;
	total->cpu_wait_ns += r->cpu_wait_ns;
	total->last_number = number;
}

/* A batch of which only records up to @kept are there. */
static void lose(struct fixture *f, const struct taskmeter_record *records, size_t count,
		 size_t kept)
{
	struct exit_batch *batch = batch_new(f->instance_id, f->number + 1);
	struct taskmeter_exit exit = { .size = sizeof(exit) };
	struct tm_exit view = { .exit = &exit };
	size_t i;

	ck_assert(batch != NULL);
	for (i = 0; i < count; i++) {
		exit.number = ++f->number;
		view.record = &records[i];
		if (i < kept)
			ck_assert_int_eq(batch_add(batch, &view, REALTIME +
						   f->seconds * SECOND), 0);
	}
	batch_close(batch, f->number + 1, count - kept);
	groups_exited(f->groups, batch);
	batch_unref(batch);
}

static uint64_t total_id(const struct taskmeter_record *r, uint32_t kind)
{
	return kind == TASKMETER_TOTAL_UID ? r->uid : r->cgroup_id;
}

/* The total of the group that a record begins; those before it began others. */
static void sum_up(struct group_totals *totals, uint32_t kind,
		   const struct taskmeter_record *records, size_t count, size_t first,
		   const char *path)
{
	struct taskmeter_total sums = {
		.size = sizeof(sums), .id = total_id(&records[first], kind),
	};
	size_t i;

	for (i = 0; i < first; i++)
		if (total_id(&records[i], kind) == sums.id)
			return;
	for (i = first; i < count; i++)
		if (total_id(&records[i], kind) == sums.id)
			add_sums(&sums, &records[i], totals->number);
	ck_assert_int_eq(group_totals_add(totals, kind, &sums, path), 0);
}

static void tell(struct fixture *f, const struct taskmeter_record *records, size_t count,
		 const char *path)
{
	struct group_totals totals = {
		.instance_id = f->instance_id, .number = f->number, .available = AVAILABLE,
	};
	size_t i;

	for (i = 0; i < count; i++)
		sum_up(&totals, TASKMETER_TOTAL_CGROUP, records, count, i, path);
	for (i = 0; i < count; i++)
		sum_up(&totals, TASKMETER_TOTAL_UID, records, count, i, NULL);
	groups_take_totals(f->groups, &totals);
	group_totals_clear(&totals);
}

static void begin_empty(struct fixture *f)
{
	const struct group_totals none = { .instance_id = INSTANCE, .available = AVAILABLE };

	set_up(f);
	tick(f);
	ck_assert(groups_want_totals(f->groups));
	groups_add_totals(f->groups, &none);
	ck_assert(!groups_want_totals(f->groups));
}

/* The history's file may take minutes to open; only then it is known what to read. */
START_TEST(records_are_read_late)
{
	struct fixture f;
	int i;

	begin_empty(&f);
	add(&f, record(10, A_SERVICE, 100));
	for (i = 0; i < 300; i++)
		tick(&f);
	ck_assert_uint_eq(groups_cost(f.groups)->missed, 0);
	end(&f, record(10, A_SERVICE, 170));
	tick(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 170);
	/* Not for ever. */
	add(&f, record(11, A_SERVICE, 1));
	for (i = 0; i < 603; i++)
		tick(&f);
	ck_assert_uint_eq(groups_cost(f.groups)->missed, 1);
	tear_down(&f);
}
END_TEST

/* Two records are lost, of one that was seen with 100 and of one that never was. */
START_TEST(lost_records)
{
	struct taskmeter_record ended[] = {
		record(10, A_SERVICE, 170), record(11, NOWHERE, 50),
	};
	struct fixture f;
	int i;

	begin_empty(&f);
	ended[1].uid = 7;
	add(&f, record(10, A_SERVICE, 100));
	add(&f, record(12, B_SERVICE, 1));
	feed(&f);
	lose(&f, ended, 2, 0);
	settle(&f);
	ck_assert(!groups_want_totals(f.groups));
	/* The first one's record might come late. */
	for (i = 0; i < 60; i++) {
		add(&f, record(12, B_SERVICE, 1));
		tick(&f);
		lose(&f, NULL, 0, 0);
		ck_assert(!groups_want_totals(f.groups));
		ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 100);
	}
	tick(&f);
	ck_assert_uint_eq(groups_cost(f.groups)->missed, 1);
	ck_assert(groups_want_totals(f.groups));
	tell(&f, ended, 2, "/gone.slice/x.service");
	ck_assert(!groups_want_totals(f.groups));
	add(&f, record(12, B_SERVICE, 1));
	tick(&f);
	ck_assert(!groups_want_totals(f.groups));
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 170);
	ck_assert_uint_eq(total(&f, GROUP_UNIT, "a.service", COUNTER_CPU_WAIT_NS), 85);
	ck_assert_uint_eq(total(&f, GROUP_UNIT, "a.service", GROUP_EXITS), 1);
	ck_assert_uint_eq(find(&f, GROUP_UNIT, "a.service")->growth[COUNTER_RUN_NS], 0);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "x.service"), 50);
	ck_assert_uint_eq(RUN(&f, GROUP_USER, "1000"), 171);
	ck_assert_uint_eq(RUN(&f, GROUP_USER, "7"), 50);
	ck_assert_uint_eq(RUN(&f, GROUP_PROGRAM, "prog"), 101);
	ck_assert_uint_eq(RUN(&f, GROUP_PROGRAM, GROUP_OTHER), 120);
	ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, "/"), 221);
	ck_assert_uint_eq(groups_cost(f.groups)->lost, 2);
	ck_assert_uint_eq(groups_cost(f.groups)->repaired, 2);
	tear_down(&f);
}
END_TEST

/* Those that the module counts before their records are read are not lost. */
START_TEST(not_read_yet)
{
	const struct taskmeter_record ended[] = {
		record(10, A_SERVICE, 10), record(11, A_SERVICE, 20),
		record(12, B_SERVICE, 30),
	};
	struct fixture f;

	begin_empty(&f);
	lose(&f, ended, 1, 0);
	tick(&f);
	ck_assert(groups_want_totals(f.groups));
	/* Three have ended, the last two of them are to be read. */
	f.number = 3;
	tell(&f, ended, 3, NULL);
	f.number = 1;
	tick(&f);
	end(&f, record(11, A_SERVICE, 20));
	tick(&f);
	ck_assert_uint_eq(groups_cost(f.groups)->repaired, 0);
	end(&f, record(12, B_SERVICE, 30));
	end(&f, record(13, B_SERVICE, 40));
	tick(&f);
	ck_assert_uint_eq(groups_cost(f.groups)->repaired, 1);
	ck_assert_uint_eq(RUN(&f, GROUP_USER, "1000"), 100);
	tear_down(&f);
}
END_TEST

/*
 * Who ended while there was no module, or while the meter was off, is not among those whose
 * records are lost later: nobody waits for it, and others get all that is theirs.
 */
START_TEST(ended_unseen)
{
	struct taskmeter_record r = record(10, A_SERVICE, 100);
	const struct taskmeter_record ended = record(11, A_SERVICE, 50);
	struct fixture f;

	begin_empty(&f);
	if (!_i)
		r.available &= ~(uint64_t)TASKMETER_AVAILABLE_METER;
	add(&f, r);
	tick(&f);
	if (_i)
		f.instance_id = 2;
	tick(&f);
	lose(&f, &ended, 1, 0);
	settle(&f);
	tick(&f);
	ck_assert(groups_want_totals(f.groups));
	tell(&f, &ended, 1, NULL);
	tick(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 150);
	ck_assert_uint_eq(RUN(&f, GROUP_USER, "1000"), 150);
	tear_down(&f);
}
END_TEST

/* More is lost meanwhile: they have to be read again. Then another load of the module. */
START_TEST(lost_again)
{
	const struct taskmeter_record ended[] = {
		record(10, A_SERVICE, 10), record(11, B_SERVICE, 20),
	};
	struct fixture f;

	begin_empty(&f);
	lose(&f, &ended[0], 1, 0);
	tick(&f);
	ck_assert(groups_want_totals(f.groups));
	tell(&f, ended, 2, NULL);
	lose(&f, &ended[1], 1, 0);
	settle(&f);
	ck_assert_uint_eq(groups_cost(f.groups)->repaired, 0);
	ck_assert(!groups_want_totals(f.groups));
	tick(&f);
	ck_assert(groups_want_totals(f.groups));
	f.instance_id = 2;
	f.number = 0;
	/* Of the first load they would come too late. */
	lose(&f, ended, 2, 1);
	settle(&f);
	tick(&f);
	ck_assert(groups_want_totals(f.groups));
	f.instance_id = 1;
	tell(&f, ended, 2, NULL);
	ck_assert(groups_want_totals(f.groups));
	f.instance_id = 2;
	tell(&f, ended, 2, NULL);
	tick(&f);
	ck_assert_uint_eq(groups_cost(f.groups)->repaired, 1);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 10);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "b.service"), 20);
	tear_down(&f);
}
END_TEST

/* Who asks for the oldest record is not told that there were others. */
START_TEST(begins_late)
{
	const struct taskmeter_record ended[] = {
		record(10, A_SERVICE, 10), record(11, B_SERVICE, 20),
	};
	struct fixture f;

	begin_empty(&f);
	f.number = 1;
	end(&f, ended[1]);
	ck_assert_uint_eq(groups_cost(f.groups)->lost, 0);
	tick(&f);
	ck_assert(groups_want_totals(f.groups));
	tell(&f, ended, 2, NULL);
	tick(&f);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 10);
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "b.service"), 20);
	tear_down(&f);
}
END_TEST

/* More cgroups than there is room for: totals are asked for before it is full. */
START_TEST(many_cgroups)
{
	struct fixture f;
	uint64_t i;

	begin_empty(&f);
	for (i = 0; !groups_want_totals(f.groups); i++)
		end_in(&f, 10000 + i, "/a.service");
	ck_assert_uint_gt(i, TASKMETER_TOTALS_MAX);
	ck_assert_uint_lt(i, 2 * TASKMETER_TOTALS_MAX);
	/* It has given them all up. */
	tell(&f, NULL, 0, NULL);
	tick(&f);
	ck_assert(!groups_want_totals(f.groups));
	ck_assert_uint_eq(RUN(&f, GROUP_USER, "1000"), i);
	/* Nobody answers: what is lost then is not found, and it begins anew. */
	for (i = 0; i < 3 * TASKMETER_TOTALS_MAX; i++)
		end_in(&f, 30000 + i, "/a.service");
	ck_assert(groups_want_totals(f.groups));
	tell(&f, NULL, 0, NULL);
	tick(&f);
	ck_assert(!groups_want_totals(f.groups));
	ck_assert_uint_eq(groups_cost(f.groups)->repaired, 0);
	tear_down(&f);
}
END_TEST

/* A process as it really is, whatever is told of it. */
struct truth {
	struct taskmeter_record record;
	bool alive;
};

#define PROCESSES	200

static void make_truth(struct truth *truth, uint32_t pid, uint64_t start)
{
	static const uint64_t places[] = { 1, A_SERVICE, B_SERVICE, DOCKER };

	truth->record = record(pid, places[random() % 4], (uint64_t)(random() % 1000));
	truth->record.start_time_ns = start;
	truth->record.uid = (uint32_t)(random() % 5);
	sprintf(truth->record.comm, "p%ld", random() % 30);
	truth->alive = true;
}

static uint64_t sum_of(const struct fixture *f, enum group_kind kind)
{
	const struct group *group = NULL;
	uint64_t sum = 0;

	while ((group = groups_next(f->groups, kind, group)))
		sum += group->counters[COUNTER_RUN_NS];
	return sum;
}

/* One step of its life; what it did is added to the sum. */
static void live(struct fixture *f, struct truth *truth, uint32_t pid, uint64_t *sum)
{
	uint64_t more = (uint64_t)(random() % 100);

	if (!truth->alive) {
		if (random() % 2)
			return;
		make_truth(truth, pid, f->seconds * 1000 + (uint64_t)(random() % 1000));
		*sum += truth->record.run_ns;
	}
	truth->record.run_ns += more;
	*sum += more;
	if (!(random() % 20))
		truth->record.cgroup_id = A_SERVICE;
	if (!(random() % 20))
		truth->record.uid = 7;
	if (random() % 4)
		return;
	end(f, truth->record);
	truth->alive = false;
}

START_TEST(random_lives)
{
	struct truth truths[PROCESSES] = { 0 };
	struct fixture f;
	uint64_t sum = 0, i;
	uint32_t pid;

	set_up(&f);
	srandom(3);
	tick(&f);
	for (i = 0; i < 2000; i++) {
		for (pid = 0; pid < PROCESSES; pid++)
			live(&f, &truths[pid], pid + 1, &sum);
		for (pid = 0; pid < PROCESSES; pid++)
			if (truths[pid].alive)
				add(&f, truths[pid].record);
		tick(&f);
		ck_assert_uint_eq(sum_of(&f, GROUP_USER), sum);
		ck_assert_uint_eq(sum_of(&f, GROUP_PROGRAM), sum);
		ck_assert_uint_eq(sum_of(&f, GROUP_UNIT), sum);
		ck_assert_uint_eq(sum_of(&f, GROUP_SLICE), sum);
		ck_assert_uint_eq(RUN(&f, GROUP_CGROUP, "/"), sum);
	}
	ck_assert_uint_gt(groups_cost(f.groups)->exits, 10000);
	ck_assert_uint_eq(groups_cost(f.groups)->missed, 0);
	tear_down(&f);
}
END_TEST

#define PLACES	16
#define USERS	8

/* What really was: by cgroup and by user, and the module's totals of those that ended. */
struct world {
	struct fixture f;
	struct truth truths[PROCESSES];
	uint64_t counted[PROCESSES];
	bool moved[PROCESSES];
	uint64_t cgroups[PLACES];
	uint64_t users[USERS];
	struct taskmeter_total cgroup_totals[PLACES];
	struct taskmeter_total user_totals[USERS];
	struct taskmeter_total other;
	struct exit_batch *batch;
	uint64_t lost;
	bool lossy;
	bool rough;	/* records of those who went elsewhere are lost, and totals given up */
};

/* What it did since the last sample is its present group's. */
static void attribute(struct world *w, size_t i)
{
	const struct taskmeter_record *r = &w->truths[i].record;
	const uint64_t more = r->run_ns - w->counted[i];

	w->cgroups[r->cgroup_id] += more;
	w->users[r->uid] += more;
	w->counted[i] = r->run_ns;
	w->moved[i] = false;
}

/* Who went elsewhere just before is not lost but in a rough world: where it was is a guess. */
static void end_one(struct world *w, size_t i)
{
	const struct taskmeter_record *r = &w->truths[i].record;
	struct taskmeter_exit exit = { .size = sizeof(exit), .number = ++w->f.number };
	const struct tm_exit view = { .exit = &exit, .record = r };

	add_sums(&w->cgroup_totals[r->cgroup_id], r, exit.number);
	add_sums(&w->user_totals[r->uid], r, exit.number);
	if (w->lossy && (w->rough || !w->moved[i]) && random() % 2)
		w->lost++;
	else
		ck_assert_int_eq(batch_add(w->batch, &view, REALTIME +
					   w->f.seconds * SECOND), 0);
	attribute(w, i);
	w->truths[i].alive = false;
}

static void live_one(struct world *w, size_t i)
{
	struct truth *truth = &w->truths[i];

	if (!truth->alive) {
		if (random() % 4)
			return;
		make_truth(truth, (uint32_t)i + 1, w->f.number * 1000 + (uint64_t)i);
		w->counted[i] = 0;
	}
	truth->record.run_ns += (uint64_t)(random() % 100);
	if (!(random() % 20)) {
		truth->record.cgroup_id = A_SERVICE;
		truth->record.uid = 7;
		w->moved[i] = true;
	}
	if (!(random() % 12))
		end_one(w, i);
}

static void live_all(struct world *w)
{
	size_t i;

	for (i = 0; i < PROCESSES; i++)
		live_one(w, i);
}

/* As the module does with totals of removed cgroups; here, they come back. */
static void give_up(struct world *w)
{
	struct taskmeter_total *total = &w->cgroup_totals[random() % PLACES];

	if (!w->rough || random() % 8)
		return;
	w->other.flags = TASKMETER_TOTAL_OTHER;
	w->other.exits += total->exits;
	w->other.run_ns += total->run_ns;
	w->other.tracked_ns += total->tracked_ns;
	w->other.cpu_wait_ns += total->cpu_wait_ns;
	if (total->last_number > w->other.last_number)
		w->other.last_number = total->last_number;
	*total = (struct taskmeter_total) { .exits = 0 };
}

static void tell_world(struct world *w)
{
	struct group_totals totals = {
		.instance_id = INSTANCE, .number = w->f.number, .available = AVAILABLE,
	};
	uint64_t i;

	for (i = 0; i < PLACES; i++) {
		w->cgroup_totals[i].id = i;
		if (w->cgroup_totals[i].exits)
			ck_assert_int_eq(group_totals_add(&totals, TASKMETER_TOTAL_CGROUP,
							  &w->cgroup_totals[i], NULL), 0);
	}
	if (w->other.exits)
		ck_assert_int_eq(group_totals_add(&totals, TASKMETER_TOTAL_CGROUP, &w->other,
						  NULL), 0);
	for (i = 0; i < USERS; i++) {
		w->user_totals[i].id = i;
		if (w->user_totals[i].exits)
			ck_assert_int_eq(group_totals_add(&totals, TASKMETER_TOTAL_UID,
							  &w->user_totals[i], NULL), 0);
	}
	groups_take_totals(w->f.groups, &totals);
	group_totals_clear(&totals);
}

static void read_exits(struct world *w)
{
	batch_close(w->batch, w->f.number + 1, w->lost);
	groups_exited(w->f.groups, w->batch);
	w->batch = batch_unref(w->batch);
}

/*
 * Processes end before totals are read, behind that, and behind the sample. Records are
 * read then, or in the next tick.
 */
static void turn_world(struct world *w)
{
	size_t i;

	if (!w->batch) {
		w->batch = batch_new(INSTANCE, w->f.number + 1);
		w->lost = 0;
	}
	ck_assert(w->batch != NULL);
	give_up(w);
	live_all(w);
	if (groups_want_totals(w->f.groups))
		tell_world(w);
	live_all(w);
	for (i = 0; i < PROCESSES; i++) {
		if (!w->truths[i].alive)
			continue;
		add(&w->f, w->truths[i].record);
		attribute(w, i);
	}
	feed(&w->f);
	for (i = 0; i < PROCESSES; i += 50)
		if (w->truths[i].alive)
			end_one(w, i);
	if (w->batch->count > 100 || random() % 4)
		read_exits(w);
	settle(&w->f);
}

static uint64_t sum_up_world(const struct world *w)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < USERS; i++)
		sum += w->users[i];
	return sum;
}

static void check_world(const struct world *w)
{
	const uint64_t sum = sum_up_world(w);
	char name[16];
	size_t i;

	ck_assert_uint_eq(sum_of(&w->f, GROUP_USER), sum);
	ck_assert_uint_eq(sum_of(&w->f, GROUP_PROGRAM), sum);
	if (w->rough)
		return;
	for (i = 0; i < USERS; i++) {
		sprintf(name, "%zu", i);
		if (w->users[i])
			ck_assert_uint_eq(RUN(&w->f, GROUP_USER, name), w->users[i]);
	}
	ck_assert_uint_eq(RUN(&w->f, GROUP_UNIT, "a.service"), w->cgroups[A_SERVICE]);
	ck_assert_uint_eq(RUN(&w->f, GROUP_UNIT, "b.service"), w->cgroups[B_SERVICE]);
	ck_assert_uint_eq(RUN(&w->f, GROUP_CONTAINER, "docker:" ID), w->cgroups[DOCKER]);
	ck_assert_uint_eq(RUN(&w->f, GROUP_CGROUP, "/"), sum);
	ck_assert_uint_eq(total(&w->f, GROUP_CGROUP, "/", GROUP_EXITS), w->f.number);
}

/*
 * Twenty ticks with losses, then some without: in the end nothing is missing. In the second
 * world, what is of whom is a guess at times, but the sum is right.
 */
START_TEST(random_losses)
{
	const struct group_totals none = { .instance_id = INSTANCE, .available = AVAILABLE };
	uint64_t before = 0, sum, i;
	struct world *w = calloc(1, sizeof(*w));

	ck_assert(w != NULL);
	w->rough = _i;
	set_up(&w->f);
	srandom(4);
	tick(&w->f);
	groups_add_totals(w->f.groups, &none);
	for (i = 0; i < 1000; i++) {
		w->lossy = i % 100 < 20 && random() % 2;
		turn_world(w);
		sum = sum_of(&w->f, GROUP_USER);
		ck_assert_uint_ge(sum, before);
		ck_assert_uint_le(sum, sum_up_world(w));
		ck_assert_uint_eq(sum_of(&w->f, GROUP_UNIT), sum);
		ck_assert_uint_eq(sum_of(&w->f, GROUP_PROGRAM), sum);
		before = sum;
		if (i % 100 < 99)
			continue;
		if (w->batch)
			read_exits(w);
		settle(&w->f);
		check_world(w);
	}
	ck_assert_uint_gt(groups_cost(w->f.groups)->lost, 1000);
	ck_assert_uint_eq(groups_cost(w->f.groups)->repaired,
			  groups_cost(w->f.groups)->lost);
	ck_assert_uint_gt(groups_cost(w->f.groups)->missed, 500);
	tear_down(&w->f);
	free(w);
}
END_TEST

/* Bytes that the C library has given out. Before glibc 2.33 they are told as an int. */
static size_t allocated(void)
{
#if __GLIBC_PREREQ(2, 33)
	return mallinfo2().uordblks;
#else
	return (size_t)mallinfo().uordblks;
#endif
}

/* As many processes each time, though always others: no memory more. */
START_TEST(flat_memory)
{
	size_t before = 0;
	struct fixture f;
	uint32_t pid, i;

	set_up(&f);
	for (i = 0; i < 400; i++) {
		for (pid = 1; pid <= 500; pid++) {
			add(&f, record(i * 500 + pid, A_SERVICE, 10));
			if (i)
				end(&f, record((i - 1) * 500 + pid, A_SERVICE, 11));
		}
		tick(&f);
		if (i == 100)
			before = allocated();
	}
	ck_assert_uint_eq(RUN(&f, GROUP_UNIT, "a.service"), 399 * 500 * 11 + 500 * 10);
	/* With a sanitizer, both are 0. */
	ck_assert_uint_le(allocated(), before);
	tear_down(&f);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("groups");
	TCase *tcase = tcase_create("groups");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, counters_are_those_of_records);
	tcase_add_test(tcase, every_kind);
	tcase_add_test(tcase, rest_from_record);
	tcase_add_test(tcase, early_and_late_record);
	tcase_add_test(tcase, lived_between_ticks);
	tcase_add_test(tcase, ended_before);
	tcase_add_test(tcase, totals_of_the_past);
	tcase_add_test(tcase, totals_are_read);
	tcase_add_test(tcase, many_totals);
	tcase_add_test(tcase, process_changes);
	tcase_add_test(tcase, user_and_system);
	tcase_add_test(tcase, never_back);
	tcase_add_test(tcase, pid_used_again);
	tcase_add_test(tcase, meter_off_and_on);
	tcase_add_test(tcase, being_forked);
	tcase_add_test(tcase, module_loaded_again);
	tcase_add_test(tcase, path_comes_late);
	tcase_add_test(tcase, path_never_comes);
	tcase_add_test(tcase, record_never_comes);
	tcase_add_test(tcase, missed_for_a_moment);
	tcase_add_test(tcase, bounded);
	tcase_add_test(tcase, names_without_room);
	tcase_add_test(tcase, subtrees_make_room);
	tcase_add_test(tcase, pressure_of_groups);
	tcase_add_test(tcase, records_are_read_late);
	tcase_add_test(tcase, lost_records);
	tcase_add_test(tcase, not_read_yet);
	tcase_add_loop_test(tcase, ended_unseen, 0, 2);
	tcase_add_test(tcase, lost_again);
	tcase_add_test(tcase, begins_late);
	tcase_add_test(tcase, many_cgroups);
	tcase_add_test(tcase, random_lives);
	tcase_add_loop_test(tcase, random_losses, 0, 2);
	tcase_add_test(tcase, flat_memory);
	suite_add_tcase(suite, tcase);
	return suite_main(suite, argc, argv);
}
