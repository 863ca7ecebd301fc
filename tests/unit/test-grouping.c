// SPDX-License-Identifier: GPL-2.0-or-later
/* Which group a task is in, what that costs, and the sums of groups. */
#include "cli/grouping.h"
#include "cli/cli.h"
#include "sample.h"
#include "suite.h"

#include <errno.h>
#include <stdio.h>

#define HEX	"0123456789abcdef"
#define ID	HEX HEX HEX HEX
#define MANY	17000

/* The cgroup with the path of number n has the id n + 1. */
static struct {
	const char *paths[8];
	size_t count;
	size_t walks;
	size_t told;
	bool absent;
	struct group_names names;
	struct grouping groups;
	struct sample samples[8];
	size_t tasks;
} machine;

static int walk(bool (*found)(void *context, uint64_t id, const char *path), void *context)
{
	size_t i;

	machine.walks++;
	for (i = 0; !machine.absent && i < machine.count; i++) {
		machine.told++;
		if (found(context, i + 1, machine.paths[i]))
			break;
	}
	return machine.absent ? -ENODATA : 0;
}

static struct cli world = { .cgroups = walk };

static void setup(void)
{
	memset(&machine, 0, sizeof(machine));
	machine.paths[0] = "/";
	machine.paths[1] = "/system.slice/ssh.service";
	machine.paths[2] = "/user.slice/user-1000.slice/session-1.scope/below";
	machine.paths[3] = "/system.slice/docker-" ID ".scope";
	machine.paths[4] = "/not a unit";
	machine.count = 5;
}

static void teardown(void)
{
	grouping_release(&machine.groups);
	group_names_release(&machine.names);
}

static struct taskmeter_record *add(uint64_t cgroup_id, const char *comm)
{
	struct taskmeter_record *record = &machine.samples[machine.tasks++].record;

	sample_process(record, (uint32_t)machine.tasks, comm);
	record->cgroup_id = cgroup_id;
	return record;
}

static void look(enum group_kind kind)
{
	group_names_look(&machine.names, &world, kind, machine.samples, machine.tasks);
}

/* Name and id of the group of a task; "none" if it is in none, "?" if that is not known. */
static const char *name_of(enum group_kind kind, size_t task, uint64_t *ret_id)
{
	const char *name;

	if (!group_names_find(&machine.names, kind, &machine.samples[task].record, ret_id,
			      &name))
		return "none";
	return name ? name : "?";
}

START_TEST(names_by_kind)
{
	static const char *const expected[][GROUP_KINDS] = {
		{ "-.slice", "-.slice", "none", "?", "kworker", "/" },
		{ "ssh.service", "system.slice", "none", "?", "a/b:c", "/system.slice/ssh.service" },
		{ "session-1.scope", "user-1000.slice", "none", "?", "sh",
		  "/user.slice/user-1000.slice/session-1.scope/below" },
		{ "docker-" ID ".scope", "system.slice", "docker:" ID, "?", "sh",
		  "/system.slice/docker-" ID ".scope" },
		{ "-.slice", "-.slice", "none", "?", "", "/not a unit" },
		{ "?", "?", "none", "?", "gone", "?" },
		{ "?", "?", "none", "?", "old", "?" },
	};
	enum group_kind kind = (enum group_kind)_i;
	uint64_t id;
	size_t i;

	add(1, "kworker/0:1")->flags = TASKMETER_RECORD_KERNEL;
	add(2, "a/b:c");
	add(3, "sh");
	add(4, "sh");
	add(5, "");
	add(99, "gone");
	add(2, "old")->available &= ~(uint64_t)TASKMETER_AVAILABLE_CGROUP;
	look(kind);
	for (i = 0; i < machine.tasks; i++)
		ck_assert_str_eq(name_of(kind, i, &id), expected[i][kind]);
	name_of(GROUP_CGROUP, 5, &id);
	ck_assert_uint_eq(id, 99);
	name_of(GROUP_UNIT, 5, &id);
	ck_assert_uint_eq(id, 0);
}
END_TEST

/* A cgroup that was met is not looked up again, and the walk ends when all are found. */
START_TEST(cost)
{
	size_t i;

	add(2, "sh");
	add(2, "sh");
	for (i = 0; i < 10; i++)
		look(i % 2 ? GROUP_UNIT : GROUP_CGROUP);
	ck_assert_uint_eq(machine.walks, 1);
	ck_assert_uint_eq(machine.told, 2);
	look(GROUP_USER);
	look(GROUP_PROGRAM);
	add(4, "sh");
	look(GROUP_SLICE);
	ck_assert_uint_eq(machine.walks, 2);
	ck_assert_uint_eq(machine.told, 6);
}
END_TEST

/* What is not found is looked for again, but ever more seldom; a new one at once. */
START_TEST(not_found_yet)
{
	uint64_t id;
	size_t i;

	add(6, "sh");
	for (i = 0; i < 64; i++)
		look(GROUP_UNIT);
	ck_assert_uint_eq(machine.walks, 7);
	add(7, "sh");
	look(GROUP_UNIT);
	ck_assert_uint_eq(machine.walks, 8);
	machine.paths[5] = "/late.service";
	machine.count = 6;
	for (i = 0; i < 64; i++)
		look(GROUP_UNIT);
	ck_assert_str_eq(name_of(GROUP_UNIT, 0, &id), "late.service");
	ck_assert_str_eq(name_of(GROUP_UNIT, 1, &id), "?");
	for (i = 0; i < 64000; i++)
		look(GROUP_UNIT);
	ck_assert_uint_ge(machine.walks, 1000);
	ck_assert_uint_le(machine.walks, 1020);
}
END_TEST

/* The same unit in another cgroup, as after a restart, is the same group. */
START_TEST(ids_stay)
{
	uint64_t id, later;

	add(2, "sh");
	look(GROUP_UNIT);
	name_of(GROUP_UNIT, 0, &id);
	machine.tasks = 0;
	add(3, "sh");
	look(GROUP_UNIT);
	machine.paths[5] = "/system.slice/ssh.service";
	machine.count = 6;
	add(6, "sh");
	look(GROUP_UNIT);
	name_of(GROUP_UNIT, 1, &later);
	ck_assert_uint_eq(id, later);
	name_of(GROUP_UNIT, 0, &later);
	ck_assert_uint_ne(id, later);
}
END_TEST

START_TEST(no_hierarchy)
{
	uint64_t id;

	machine.absent = true;
	add(1, "sh");
	look(GROUP_UNIT);
	ck_assert(machine.names.absent);
	ck_assert_str_eq(name_of(GROUP_UNIT, 0, &id), "?");
	machine.absent = false;
	look(GROUP_UNIT);
	ck_assert(!machine.names.absent);
	ck_assert_str_eq(name_of(GROUP_UNIT, 0, &id), "-.slice");
}
END_TEST

/* Names and cgroups come and go without end; a name that is there keeps its id. */
START_TEST(bounded)
{
	uint64_t id, later;
	char comm[16];
	size_t i;

	add(2, "stays");
	add(1, "");
	look(GROUP_PROGRAM);
	name_of(GROUP_PROGRAM, 0, &id);
	for (i = 0; i < MANY; i++) {
		snprintf(comm, sizeof(comm), "%zu", i);
		memcpy(machine.samples[1].record.comm, comm, sizeof(comm));
		look(GROUP_PROGRAM);
	}
	ck_assert_uint_lt(machine.names.name_count, MANY);
	ck_assert_str_eq(name_of(GROUP_PROGRAM, 0, &later), "stays");
	ck_assert_uint_eq(id, later);
	ck_assert_str_eq(name_of(GROUP_PROGRAM, 1, &later), comm);
	for (i = 0; i < MANY; i++) {
		machine.samples[1].record.cgroup_id = 100 + i;
		look(GROUP_UNIT);
	}
	ck_assert_uint_lt(machine.names.cgroup_count, MANY);
	ck_assert_str_eq(name_of(GROUP_UNIT, 0, &later), "ssh.service");
}
END_TEST

START_TEST(sums)
{
	const struct task_group *groups;

	add(2, "a")->rss_anon_bytes = 1000;
	add(3, "b")->rss_anon_bytes = 7;
	add(2, "c")->rss_anon_bytes = 200;
	machine.samples[0].rates.available = 1U << RATE_RUN;
	machine.samples[0].rates.ns_per_s[RATE_RUN] = 5;
	machine.samples[2].rates.available = 1U << RATE_IO_WAIT;
	machine.samples[2].rates.ns_per_s[RATE_IO_WAIT] = 6;
	look(GROUP_UNIT);
	ck_assert_int_eq(grouping_make(&machine.groups, &machine.names, GROUP_UNIT,
				       machine.samples, machine.tasks), 0);
	groups = machine.groups.groups;
	ck_assert_uint_eq(machine.groups.count, 2);
	ck_assert_str_eq(groups[0].name, "ssh.service");
	ck_assert_uint_eq(groups[0].tasks, 2);
	ck_assert_ptr_eq(groups[0].sum.group, &groups[0]);
	ck_assert_uint_eq(groups[0].sum.record.threads, 2);
	ck_assert_uint_eq(groups[0].sum.record.rss_anon_bytes, 1200);
	ck_assert_uint_eq(groups[0].sum.rates.available, 1U << RATE_RUN | 1U << RATE_IO_WAIT);
	ck_assert_uint_eq(groups[0].sum.rates.ns_per_s[RATE_IO_WAIT], 6);
	ck_assert_str_eq(groups[1].name, "session-1.scope");
	look(GROUP_CONTAINER);
	ck_assert_int_eq(grouping_make(&machine.groups, &machine.names, GROUP_CONTAINER,
				       machine.samples, machine.tasks), 0);
	ck_assert_uint_eq(machine.groups.count, 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("grouping");
	TCase *test_case = tcase_create("grouping");

	tcase_add_checked_fixture(test_case, setup, teardown);
	tcase_add_loop_test(test_case, names_by_kind, 0, GROUP_KINDS);
	tcase_add_test(test_case, cost);
	tcase_add_test(test_case, not_found_yet);
	tcase_add_test(test_case, ids_stay);
	tcase_add_test(test_case, no_hierarchy);
	tcase_add_test(test_case, bounded);
	tcase_add_test(test_case, sums);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
