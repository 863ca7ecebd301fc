// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter groups: living processes by unit, user and the like, from arguments to output. */
#include "cli-module.h"

#include <json-c/json.h>

#define MS	1000000ULL
#define S	1000000000ULL
#define HEADER	"TASKS CPU% WAIT%  IO% MEM% LOCK%   RSS GROWTH   SW/S "

/* Process 30 waits for a CPU, 7 runs and grows; they are of one unit. Process 1 is idle. */
static void second(void)
{
	size_t i;

	for (i = 0; i < module.count; i++)
		module.records[i].tracked_ns += S;
	module.records[1].run_ns += 400 * MS;
	module.records[1].voluntary_switches += 40;
	module.records[1].rss_anon_bytes += 1024 * 1024;
	module.records[2].cpu_wait_ns += 600 * MS;
	module.records[2].run_ns += 100 * MS;
}

static void setup(void)
{
	module_setup();
	module.meanwhile = second;
	module.records[0].cgroup_id = 1;
	module.records[1].cgroup_id = 2;
	module.records[2].cgroup_id = 2;
	module.cgroup_paths[0] = "/init.scope";
	module.cgroup_paths[1] = "/system.slice/ssh.service";
}

START_TEST(table)
{
	run_succeeds("groups");
	ck_assert_str_eq(outcome.out, HEADER "UNIT\n"
		"    2 50.0  60.0    0    0     0  1.0M  +1.0M     40 ssh.service\n"
		"    1    0     0    0    0     0  1.0K      0      0 init.scope\n");
	ck_assert_uint_eq(module.wait_ns, S);
	ck_assert_uint_eq(module.filter.flags, 0);
	run_succeeds("groups user --interval 2 -n 1");
	ck_assert_str_eq(outcome.out,
		"USER     TASKS CPU% WAIT%  IO% MEM% LOCK%   RSS GROWTH   SW/S\n"
		"4000000000     1  5.0  30.0    0    0     0 30.0K      0      0\n");
}
END_TEST

/* Each kind by its names: the heading says which. */
START_TEST(kinds)
{
	static const struct {
		const char *line;
		const char *expected;
	} lists[] = {
		{ "groups slice", "TASKS SLICE\n    1 -.slice\n    2 system.slice\n" },
		{ "groups cgroup", "TASKS CGROUP\n    1 /init.scope\n    2 /system.slice/ssh.service\n" },
		{ "groups program", "TASKS PROGRAM\n    2 bash\n    1 init\n" },
		{ "groups user", "TASKS USER\n    1 4000000000\n    2 root\n" },
		{ "groups container", "TASKS CONTAINER\n" },
		{ "groups", "TASKS UNIT\n    1 init.scope\n    2 ssh.service\n" },
	};
	char line[64];

	snprintf(line, sizeof(line), "%s -o tasks,name", lists[_i].line);
	run_succeeds(line);
	ck_assert_str_eq(outcome.out, lists[_i].expected);
	ck_assert_uint_eq(module.wait_ns, 0);
}
END_TEST

START_TEST(order)
{
	run_succeeds("groups -o name -s -name --no-header");
	ck_assert_str_eq(outcome.out, "ssh.service\ninit.scope\n");
	run_succeeds("groups -o unit -s cpu% --no-header");
	ck_assert_str_eq(outcome.out, "init.scope\nssh.service\n");
	ck_assert_uint_eq(module.wait_ns, S);
	world.no_header = false;
	run_succeeds("groups -o name,tasks -s -tasks -n 1 --csv");
	ck_assert_str_eq(outcome.out, "name,tasks\nssh.service,2\n");
}
END_TEST

static struct json_object *parse(struct json_object **ret_groups)
{
	struct json_object *document = json_tokener_parse(outcome.out);

	ck_assert_ptr_nonnull(document);
	ck_assert(json_object_object_get_ex(document, "groups", ret_groups));
	return document;
}

static uint64_t number(struct json_object *object, const char *key)
{
	struct json_object *value;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s", key);
	return json_object_get_uint64(value);
}

static const char *word(struct json_object *object, const char *key)
{
	struct json_object *value;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s", key);
	return json_object_get_string(value);
}

START_TEST(json)
{
	struct json_object *document, *groups, *group;

	module.records[0].cgroup_id = 99;
	run_succeeds("groups --json");
	document = parse(&groups);
	ck_assert_str_eq(word(document, "kind"), "unit");
	ck_assert_uint_eq(number(document, "interval_ns"), S);
	ck_assert_uint_eq(json_object_array_length(groups), 2);
	group = json_object_array_get_idx(groups, 0);
	ck_assert_str_eq(word(group, "name"), "ssh.service");
	ck_assert_uint_eq(number(group, "tasks"), 2);
	ck_assert_uint_eq(number(group, "threads"), 2);
	ck_assert_uint_eq(number(group, "run_ns_per_s"), 500 * MS);
	ck_assert_uint_eq(number(group, "cpu_wait_ns_per_s"), 600 * MS);
	ck_assert_uint_eq(number(group, "rss_growth_bytes_per_s"), 1024 * 1024);
	ck_assert_uint_eq(number(group, "switches_per_s"), 40);
	ck_assert_uint_eq(number(group, "rss_anon_bytes"), (7 + 30 + 1024) * 1024);
	/* The path of the other's cgroup is not known. */
	ck_assert_ptr_null(word(json_object_array_get_idx(groups, 1), "name"));
	json_object_put(document);
	run_succeeds("groups cgroup --json");
	document = parse(&groups);
	group = json_object_array_get_idx(groups, 1);
	ck_assert_ptr_null(word(group, "name"));
	ck_assert_uint_eq(number(group, "cgroup_id"), 99);
	json_object_put(document);
	run_succeeds("groups user --json");
	document = parse(&groups);
	group = json_object_array_get_idx(groups, 0);
	ck_assert_str_eq(word(group, "name"), "4000000000");
	ck_assert_uint_eq(number(group, "uid"), 4000000000U);
	json_object_put(document);
	run_succeeds("groups container --json -o name,tasks");
	document = parse(&groups);
	ck_assert_uint_eq(json_object_array_length(groups), 0);
	json_object_put(document);
}
END_TEST

/* Whatever is in a name: in CSV it is quoted, on a terminal it acts on nothing. */
START_TEST(hostile_names)
{
	module.cgroup_paths[1] = "/a,\"b\"\n\033[2J\xff";
	run_succeeds("groups cgroup --csv -o name");
	ck_assert_str_eq(outcome.out, "name\n\"/a,\"\"b\"\"\n\033[2J\xef\xbf\xbd\"\n/init.scope\n");
	run_succeeds("groups cgroup -o name");
	ck_assert_str_eq(outcome.out, "CGROUP\n/a,\"b\"\\n\\x1b[2J\xef\xbf\xbd\n/init.scope\n");
	run_succeeds("groups cgroup --json -o name");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\"/a,\\\"b\\\"\\n\\u001b[2J\xef\xbf\xbd\""));
	world.terminal = true;
	run_succeeds("groups cgroup --csv -o name");
	ck_assert_ptr_null(strchr(outcome.out, '\033'));
	memcpy(module.records[1].comm, "\033[31m/x", 8);
	run_succeeds("groups program -o name");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\\x1b[31m/x"));
}
END_TEST

/* The longest path that there can be is told to its end. */
START_TEST(long_name)
{
	static const char *const lines[] = {
		"groups cgroup --csv", "groups cgroup --json", "groups cgroup",
	};
	char path[4095] = "/", *at;
	size_t i;

	memset(path + 1, 'a', sizeof(path) - 3);
	path[sizeof(path) - 2] = 'z';
	module.cgroup_paths[1] = path;
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		run_succeeds(lines[i]);
		at = strstr(outcome.out, path);
		ck_assert_msg(at, "%s", outcome.out);
	}
}
END_TEST

START_TEST(idle)
{
	world.terminal = true;
	run_succeeds("groups");
	ck_assert_ptr_null(strstr(outcome.out, "init.scope"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n1 idle one is not shown;"
				     " 'taskmeter groups -a unit' shows it\n"));
	run_succeeds("groups --all");
	ck_assert_ptr_nonnull(strstr(outcome.out, "init.scope\n"));
	run_succeeds("groups -s name");
	ck_assert_ptr_nonnull(strstr(outcome.out, "init.scope\n"));
	ck_assert_ptr_null(strstr(outcome.out, "shown"));
}
END_TEST

START_TEST(meter_off)
{
	size_t i;

	world.terminal = true;
	module.info_flags &= ~(uint64_t)TASKMETER_INFO_METER;
	for (i = 0; i < module.count; i++)
		module.records[i].available &= ~(uint64_t)TASKMETER_AVAILABLE_METER;
	run_succeeds("groups -a");
	check_begin(strchr(outcome.out, '\n') + 1, "    2 50.0     -    -    0     -  1.0M ");
	ck_assert_ptr_nonnull(strstr(outcome.out, "the meter is off, only CPU%"));
}
END_TEST

START_TEST(no_hierarchy)
{
	module.cgroups_error = -ENODATA;
	run_fails("groups", CLI_FAILED, "groups by unit need the cgroup v2 hierarchy, which is not"
		  " mounted on this machine");
	ck_assert_uint_eq(module.wait_ns, 0);
	run_fails("groups cgroup", CLI_FAILED, "groups by cgroup need the cgroup v2");
	run_succeeds("groups user");
	run_succeeds("groups program");
}
END_TEST

START_TEST(refused)
{
	module.fail_after = 1;
	run_fails("groups", CLI_FAILED, "it broke");
	module.fail_after = 0;
	module.count = 0;
	run_succeeds("groups");
	ck_assert_str_eq(outcome.out, HEADER "UNIT\n");
	module.info_flags = 0;
	run_fails("groups", CLI_NOT_PERMITTED, "CAP_PERFMON");
	module.open_error = -ENODEV;
	run_fails("groups", CLI_NO_MODULE, "modprobe taskmeter");
}
END_TEST

START_TEST(usage)
{
	static const struct {
		const char *line;
		const char *message;
	} lines[] = {
		{ "groups units", "no groups by 'units'; did you mean 'unit'?" },
		{ "groups 12", "by '12'; there are by unit, slice, container, user, program and" },
		{ "groups unit user", "groups takes one kind of group" },
		{ "groups -o pid", "there is no field 'pid'; see taskmeter-groups(1)" },
		{ "groups -o name,", "there is no field ''" },
		{ "groups -o uid", "there is no field 'uid'" },
		{ "groups cgroup -o uid", "there is no field 'uid'" },
		{ "groups -s taks", "did you mean 'tasks'?" },
		{ "groups -s -run_ns", "did you mean 'run_ns_per_s'?" },
		{ "groups -i 0", "'0' is not an interval of groups, which is more than 0 s" },
		{ "groups -i x", "'x' is not an interval" },
		{ "groups -n 0", "is not a number of lines" },
		{ "groups -w x", "'x' is not a width" },
		{ "groups -p 1", "no option '-p'" },
		{ "gruops", "did you mean 'groups'" },
	};

	if ((size_t)_i < sizeof(lines) / sizeof(*lines))
		run_fails(lines[_i].line, CLI_USAGE, lines[_i].message);
	else
		ck_assert_uint_eq(sizeof(lines) / sizeof(*lines), 15);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("cli-groups");
	TCase *test_case = tcase_create("groups");

	tcase_add_checked_fixture(test_case, setup, module_teardown);
	tcase_add_test(test_case, table);
	tcase_add_loop_test(test_case, kinds, 0, 6);
	tcase_add_test(test_case, order);
	tcase_add_test(test_case, json);
	tcase_add_test(test_case, hostile_names);
	tcase_add_test(test_case, long_name);
	tcase_add_test(test_case, idle);
	tcase_add_test(test_case, meter_off);
	tcase_add_test(test_case, no_hierarchy);
	tcase_add_test(test_case, refused);
	tcase_add_loop_test(test_case, usage, 0, 16);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
