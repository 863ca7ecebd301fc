// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter events and totals: every kind of event, what was lost, and how it ends. */
#include "cli-module.h"
#include "cli/total.h"

#include <json-c/json.h>
#include <signal.h>

static struct tm_exit told;

START_TEST(test_usage)
{
	static const struct {
		const char *line;
		const char *message;
	} lines[] = {
		{ "events 1", "events takes no '1'" },
		{ "events --type", "option '--type' needs an argument" },
		{ "events --type forks", "no events of type 'forks'" },
		{ "events --type fork,", "no events of type ''" },
		{ "events --type ,fork", "no events of type ''" },
		{ "events -t exec,xyzzy,oom", "no events of type 'xyzzy'; the types are fork" },
		{ "events --csv", "events has no option '--csv'" },
		{ "events -n 0", "'0' is not a number of lines" },
		{ "events -w -1", "'-1' is not a width" },
		{ "totals", "totals takes what they are of, cgroup or user" },
		{ "totals users", "totals takes what they are of, cgroup or user" },
		{ "totals cgroup user", "totals takes what they are of, cgroup or user" },
		{ "totals user --sort=run_nss", "did you mean 'run_ns'" },
		{ "totals user --sort=-", "totals have no field ''" },
		{ "totals user -s xyzzy", "totals have no field 'xyzzy'" },
		{ "totals user -n x", "'x' is not a number of lines" },
		{ "totals user -w x", "'x' is not a width" },
	};

	run_fails(lines[_i].line, CLI_USAGE, lines[_i].message);
	ck_assert_uint_eq(sizeof(lines) / sizeof(*lines), 17);
}
END_TEST

static struct tm_event *add_event(uint32_t type, uint32_t pid, const char *comm)
{
	struct tm_event *event = &module.events[module.event_count++];

	event->type = type;
	event->pid = pid;
	event->time_ns = boottime_now();
	strncpy(event->comm, comm, sizeof(event->comm) - 1);
	return event;
}

static struct tm_event *add_exec(uint32_t pid, const char *bytes, size_t length)
{
	struct tm_event *event = add_event(TASKMETER_EVENT_EXEC, pid, "sh");

	event->flags = TASKMETER_EXIT_COMMAND_LINE;
	event->command_line = (const uint8_t *)bytes;
	event->command_line_length = (uint32_t)length;
	return event;
}

static void add_exit_event(void)
{
	struct fake_exit *exit = add_exit(12, 8, "true", SIGKILL, 1);
	struct tm_event *event = add_event(TASKMETER_EVENT_EXIT, 8, "true");

	set_command_line(exit, "true\0--\0", 8);
	told = (struct tm_exit){ .exit = &exit->exit, .record = &exit->record };
	event->exit = &told;
}

/* There is a line that ends with this text, behind the time. */
static void check_line(const char *end)
{
	const char *found = strstr(outcome.out, end);

	ck_assert_msg(found, "no line with %s:\n%s", end, outcome.out);
	ck_assert_int_eq(found[-1], ' ');
	ck_assert_int_eq(found[-5], '.');
	ck_assert_int_eq(found[strlen(end)], '\n');
}

START_TEST(test_lines)
{
	struct tm_event *event = add_event(TASKMETER_EVENT_FORK, 9, "bash");

	event->ppid = 5;
	add_exec(9, "ls\0-l\0", 6);
	add_exec(10, "a\n\0\033[2J\xff", 8)->flags |= TASKMETER_EXIT_COMMAND_LINE_CUT;
	add_exec(11, "", 0)->flags = 0;
	add_exit_event();
	event = add_event(TASKMETER_EVENT_OOM, 13, "\033big\n");
	event->flags = TASKMETER_EXIT_OOM_CGROUP;
	event->oom_rss_anon_bytes = 1 << 20;
	event->oom_score_adj = -500;
	module.events_until = 2;
	run_succeeds("events");
	check_begin(outcome.out, "TIME         EVENT     PID COMM            WHAT\n");
	check_line("fork        9 bash            by 5");
	check_line("exec        9 sh              ls -l");
	check_line("exec       10 sh              a\\n \\x1b[2J\uFFFD...");
	check_line("exec       11 sh              [sh]");
	check_line("exit        8 true            SIGKILL after 1.5s, CPU 8.0ms: true --");
	check_line("oom        13 \\x1bbig\\n       memory of its cgroup ran out, RSS 1.0M,"
		   " swap 0, adjusted by -500: [\\x1bbig\\n]");
	ck_assert_uint_eq(module.event_types, 15);
	ck_assert_uint_eq(module.event_flags, 0);
	ck_assert_uint_eq(module.event_cursor, 0);
	module.event_next = 0;
	run_succeeds("events --no-header -n 1");
	ck_assert_ptr_null(strstr(outcome.out, "EVENT"));
	check_line("fork        9 bash            by 5");
}
END_TEST

START_TEST(test_options)
{
	add_exec(9, "ls\0-l\0", 6);
	add_exec(10, "ls\0-l\0", 6);
	run_succeeds("events --type exec,oom -n 1 -w 40");
	ck_assert_uint_eq(module.event_types, TASKMETER_EVENT_EXEC | TASKMETER_EVENT_OOM);
	ck_assert_uint_eq(module.event_next, 1);
	ck_assert_ptr_null(strstr(outcome.out, "ls"));
	run_succeeds("events -t fork");
	ck_assert_uint_eq(module.event_types, TASKMETER_EVENT_FORK);
	run_succeeds("events -t exit,exit");
	ck_assert_uint_eq(module.event_types, TASKMETER_EVENT_EXIT);
}
END_TEST

START_TEST(test_json_lines)
{
	const char *line;
	struct json_object *object;
	size_t i;

	add_event(TASKMETER_EVENT_FORK, 9, "a\033\"");
	add_exec(9, "\xff\n\0\xc2\x9b", 5);
	add_exit_event();
	add_event(TASKMETER_EVENT_OOM, 9, "x");
	run_succeeds("events --json");
	ck_assert_uint_eq(module.event_flags, TASKMETER_SNAPSHOT_STALLS);
	line = strtok(outcome.out, "\n");
	for (i = 0; i < 4; i++) {
		object = json_tokener_parse(line);
		ck_assert(json_object_object_get_ex(object, "event", NULL));
		json_object_put(object);
		ck_assert_ptr_null(strpbrk(line, "\033\x9b"));
		line = strtok(NULL, "\n");
	}
	ck_assert_ptr_null(line);
}
END_TEST

START_TEST(test_lost)
{
	struct tm_event *event = add_event(TASKMETER_EVENT_FORK, 9, "a");

	event->lost = 1;
	event = add_event(TASKMETER_EVENT_FORK, 10, "b");
	event->lost = 20;
	event->exits_lost = 3;
	run("events");
	ck_assert_int_eq(outcome.status, CLI_OK);
	ck_assert_str_eq(outcome.err,
		"taskmeter: 1 event was lost here, as they came faster than they were read\n"
		"taskmeter: 20 events were lost here, as they came faster than they were read\n"
		"taskmeter: 3 exits were lost here, as they came faster than they were read\n");
	check_line("fork       10 b               by 0");
}
END_TEST

/* A storm of events without a pause does not keep it from being ended. */
START_TEST(test_end_of_storm)
{
	size_t i;

	for (i = 0; i < 600; i++)
		add_event(TASKMETER_EVENT_FORK, 9, "a");
	run_succeeds("events");
	ck_assert_uint_eq(module.looks, 2);
	module.event_next = 0;
	module.ended = true;
	run_succeeds("events");
	ck_assert_uint_eq(module.event_next, 256);
}
END_TEST

START_TEST(test_failures)
{
	module.events_error = -EOPNOTSUPP;
	run_fails("events", CLI_FAILED, "older than 0.4.0");
	module.events_error = -EUSERS;
	run_fails("events", CLI_FAILED, "too many subscribers, 128 in all or 16");
	module.events_error = -ENOMEM;
	run_fails("events", CLI_FAILED, "cannot subscribe to events: Cannot");
	module.events_error = -EPERM;
	run_fails("events --json", CLI_NOT_PERMITTED, "CAP_PERFMON");
	module.events_error = 0;
	module.events_end = -ENODEV;
	run("events");
	ck_assert_int_eq(outcome.status, CLI_NO_MODULE);
	ck_assert_str_eq(outcome.err, "taskmeter: the kernel module was unloaded\n");
	module.info_flags = TASKMETER_INFO_METER;
	run_fails("events", CLI_NOT_PERMITTED, "CAP_PERFMON is missing");
	module.open_error = -ENODEV;
	run_fails("events", CLI_NO_MODULE, "modprobe taskmeter");
}
END_TEST

static struct taskmeter_total *add_total(uint64_t id, const char *path, uint32_t flags)
{
	struct taskmeter_total *total = &module.totals[module.total_count];

	module.total_paths[module.total_count++] = path;
	total->size = sizeof(*total);
	total->id = id;
	total->flags = flags;
	total->exits = id + 1;
	total->run_ns = id * 1000000;
	total->io_read_bytes = 4096;
	return total;
}

START_TEST(test_totals_table)
{
	add_total(1, "/a", 0);
	add_total(2, "/b\n\033", TASKMETER_TOTAL_REMOVED)->oom_kills = 1;
	add_total(3, NULL, 0);
	add_total(0, NULL, TASKMETER_TOTAL_OTHER)->run_ns = 1000;
	run_succeeds("totals cgroup");
	ck_assert_uint_eq(module.total_kind, TASKMETER_TOTAL_CGROUP);
	ck_assert_str_eq(outcome.out,
		"  EXITS  OOM     CPU  IO-R  IO-W    WAIT      IO     MEM CGROUP\n"
		"      4    0   3.0ms  4.0K     0       0       0       0 cgroup 3\n"
		"      3    1   2.0ms  4.0K     0       0       0       0 /b\\n\\x1b (removed)\n"
		"      2    0   1.0ms  4.0K     0       0       0       0 /a\n"
		"      1    0   1.0us  4.0K     0       0       0       0 (others)\n");
	run_succeeds("totals cgroup -s exits -n 1");
	ck_assert_ptr_nonnull(strstr(outcome.out, "(others)\n"));
	ck_assert_ptr_null(strstr(outcome.out, "/a\n"));
	run_succeeds("totals cgroup --sort=-OOM -n 1 -w 61");
	ck_assert_ptr_nonnull(strstr(outcome.out, "/b\\n\n"));
}
END_TEST

START_TEST(test_totals_of_users)
{
	add_total(0, NULL, 0);
	add_total(4000000000U, NULL, 0);
	run_succeeds("totals user");
	ck_assert_uint_eq(module.total_kind, TASKMETER_TOTAL_UID);
	ck_assert_ptr_nonnull(strstr(outcome.out, " MEM USER\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, " 0 4000000000\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, " 0 root\n"));
	run_succeeds("totals user --json -s run");
	check_begin(outcome.out, "{\"totals\": [\n{\"uid\":0,\"user\":\"root\","
		    "\"other\":false,\"removed\":false,\"last_number\":0,"
		    "\"exits\":1,");
	ck_assert_ptr_nonnull(strstr(outcome.out, "},\n{\"uid\":4000000000,\"user\":null,"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\"mem_stall_ns\":0}\n]}\n"));
}
END_TEST

START_TEST(test_totals_json_and_csv)
{
	struct json_object *document;
	const char *second;

	add_total(1, "/\"a,\n\xff\033", 0)->mem_stall_ns = UINT64_MAX;
	add_total(0, NULL, TASKMETER_TOTAL_OTHER);
	run_succeeds("totals cgroup --json");
	document = json_tokener_parse(outcome.out);
	ck_assert_ptr_nonnull(document);
	json_object_put(document);
	ck_assert_ptr_nonnull(strstr(outcome.out, "\"cgroup_path\":\"/\\\"a,\\n\uFFFD\\u001b\","));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\"mem_stall_ns\":18446744073709551615}"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "{\"cgroup_id\":null,\"cgroup_path\":null,"
				     "\"other\":true,"));
	run_succeeds("totals cgroup --csv");
	check_begin(outcome.out, "cgroup_id,cgroup_path,other,removed,last_number,"
		    "exits,oom_kills,run_ns,");
	second = strchr(outcome.out, '\n') + 1;
	check_begin(second, "1,\"/\"\"a,\n\uFFFD\033\",false,false,0,2,0,1000000,");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n,,true,false,0,1,0,0,"));
	run_succeeds("totals cgroup --csv --no-header -s cpu");
	check_begin(outcome.out, ",,true,false,0,1,0,0,");
	run_succeeds("totals cgroup --no-header");
	check_begin(outcome.out, "      2 ");
	world.no_header = false;
	world.terminal = true;
	run_succeeds("totals cgroup --csv");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n1,\"/\"\"a,\\n\uFFFD\\x1b\",false,"));
}
END_TEST

/* Every number of the structure is there, each once. */
START_TEST(test_total_fields)
{
	const struct total_field *fields;
	size_t count, i;

	fields = total_fields(&count);
	ck_assert_uint_eq(fields[0].offset, offsetof(struct taskmeter_total, last_number));
	for (i = 1; i < count; i++)
		ck_assert_uint_eq(fields[i].offset, fields[i - 1].offset + 8);
	ck_assert_uint_eq(fields[count - 1].offset + 8, sizeof(struct taskmeter_total));
	for (i = 0; i < count; i++)
		ck_assert_ptr_eq(total_field_find(fields[i].name), &fields[i]);
	ck_assert_ptr_eq(total_field_find("wait"), total_field_find("cpu_wait_ns"));
	ck_assert_ptr_null(total_field_find(""));
}
END_TEST

START_TEST(test_totals_fields)
{
	add_total(1, "/a", 0)->mem_stall_ns = 2000;
	module.totals[0].involuntary_switches = 12;
	run_succeeds("totals cgroup -o involuntary_switches,CPU,mem_stall,run_ns");
	ck_assert_str_eq(outcome.out,
			 "INVOLUNTARY_SWITCHES     CPU MEM_STALL_NS CGROUP\n"
			 "                  12   1.0ms        2.0us /a\n");
	run_succeeds("totals cgroup -o mem_stall,exits --csv");
	ck_assert_str_eq(outcome.out, "cgroup_id,cgroup_path,other,removed,mem_stall_ns,exits\n"
			 "1,/a,false,false,2000,2\n");
	run_succeeds("totals cgroup -o exits --json");
	ck_assert_str_eq(outcome.out, "{\"totals\": [\n{\"cgroup_id\":1,\"cgroup_path\":\"/a\","
			 "\"other\":false,\"removed\":false,\"exits\":2}\n]}\n");
	run_fails("totals cgroup -o exits,run_sn", CLI_USAGE, "did you mean 'run_ns'");
	run_fails("totals cgroup -o exits,", CLI_USAGE, "totals have no field ''");
}
END_TEST

START_TEST(test_totals_fail)
{
	run_succeeds("totals cgroup --json");
	ck_assert_str_eq(outcome.out, "{\"totals\": [\n]}\n");
	module.totals_error = -EPERM;
	run_fails("totals cgroup", CLI_NOT_PERMITTED, "over the initial user namespace");
	module.totals_error = -EBADMSG;
	run_fails("totals user --csv", CLI_FAILED, "it broke");
	module.info_size = TASKMETER_INFO_SIZE_VER2;
	run_fails("totals user", CLI_FAILED, "older than 0.4.0");
	module.open_error = -ENODEV;
	run_fails("totals user", CLI_NO_MODULE, "modprobe taskmeter");
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("cli-events");
	TCase *test_case = tcase_create("events");

	tcase_add_checked_fixture(test_case, module_setup, module_teardown);
	tcase_add_loop_test(test_case, test_usage, 0, 17);
	tcase_add_test(test_case, test_lines);
	tcase_add_test(test_case, test_options);
	tcase_add_test(test_case, test_json_lines);
	tcase_add_test(test_case, test_lost);
	tcase_add_test(test_case, test_end_of_storm);
	tcase_add_test(test_case, test_failures);
	suite_add_tcase(suite, test_case);
	test_case = tcase_create("totals");
	tcase_add_checked_fixture(test_case, module_setup, module_teardown);
	tcase_add_test(test_case, test_totals_table);
	tcase_add_test(test_case, test_totals_of_users);
	tcase_add_test(test_case, test_totals_json_and_csv);
	tcase_add_test(test_case, test_total_fields);
	tcase_add_test(test_case, test_totals_fields);
	tcase_add_test(test_case, test_totals_fail);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
