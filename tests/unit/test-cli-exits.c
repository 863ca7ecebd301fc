// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter exits: which records, from where on, in every format, and as they come. */
#include "cli-module.h"
#include "cli/exit-text.h"

#include <json-c/json.h>
#include <signal.h>

static struct tm_exit told[4];

START_TEST(test_usage)
{
	static const struct {
		const char *line;
		const char *message;
	} lines[] = {
		{ "exits 1", "exits takes no '1'" },
		{ "exits --since 0", "'0' is not the number of a record or a time" },
		{ "exits --since tomorrow", "'tomorrow' is not the number of a record or a time" },
		{ "exits --since 9999-01-01", "'9999-01-01' is still to come" },
		{ "exits --since", "option '--since' needs an argument" },
		{ "exits -u no-such-user", "'no-such-user' is not a user" },
		{ "exits -n 0", "'0' is not a number of lines" },
		{ "exits -w x", "'x' is not a width" },
		{ "exits --folow", "did you mean '--follow'" },
		{ "exits --histograms", "histograms are printed with --json only" },
		{ "exits --histograms --csv", "histograms are printed with --json only" },
	};

	run_fails(lines[_i].line, CLI_USAGE, lines[_i].message);
	ck_assert_uint_eq(sizeof(lines) / sizeof(*lines), 11);
}
END_TEST

START_TEST(test_status)
{
	add_exit(1, 5, "sh", 0, 1);
	module.fail_after = 1;
	run("exits");
	ck_assert_int_eq(outcome.status, CLI_FAILED);
	ck_assert_str_eq(outcome.err, "taskmeter: it broke\n");
	/* A list that is not whole is no document. */
	run("exits --json");
	ck_assert_int_eq(outcome.status, CLI_FAILED);
	ck_assert_ptr_null(json_tokener_parse(outcome.out));
	module.fail_after = 0;
	run_fails("exits --since 3", CLI_FAILED, "there is no record number 3 yet");
	module.open_error = -ENODEV;
	run_fails("exits", CLI_NO_MODULE, "modprobe taskmeter");
	run_fails("exits -f", CLI_NO_MODULE, "modprobe taskmeter");
}
END_TEST

START_TEST(test_not_permitted)
{
	static const char *const lines[] = {
		"exits", "exits --json", "exits --csv", "exits --since 1h", "exits -f",
		"exits -n 3",
	};

	module.info_flags = TASKMETER_INFO_UNPRIVILEGED | TASKMETER_INFO_METER;
	run_fails(lines[_i], CLI_NOT_PERMITTED, "CAP_PERFMON is missing");
	/* Who owns a user namespace sees what ended there. */
	add_exit(1, 5, "sh", 0, 1);
	if (_i < 4)
		run_succeeds(lines[_i]);
}
END_TEST

START_TEST(test_old_module)
{
	static const char *const lines[] = {
		"exits", "exits --since 5", "exits --since 1h", "exits -n 1", "exits -f --since 1h",
	};
	size_t i;

	module.info_size = TASKMETER_INFO_SIZE_VER2;
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		run_fails(lines[i], CLI_FAILED, "older than 0.4.0");
	module.events_error = -EOPNOTSUPP;
	run_fails("exits -f", CLI_FAILED, "older than 0.4.0");
}
END_TEST

START_TEST(test_nothing)
{
	run_succeeds("exits");
	ck_assert_str_eq(outcome.out, " NUMBER      END     PID USER     HOW     ELAPSED    "
			 "CPU   WAIT     IO    MEM  PEAK COMMAND\n");
	run_succeeds("exits --json");
	ck_assert_str_eq(outcome.out, "{\"exits\": [\n], \"next\": 1, \"lost\": 0}\n");
	ck_assert_uint_eq(module.exit_flags, TASKMETER_SNAPSHOT_STALLS);
	run_succeeds("exits --json --histograms");
	ck_assert_uint_eq(module.exit_flags, TASKMETER_SNAPSHOT_STALLS |
			  TASKMETER_SNAPSHOT_HISTOGRAMS);
}
END_TEST

/* Everything behind the first two columns. */
static const char *behind_time(void)
{
	const char *second = strchr(outcome.out, '\n');

	ck_assert_ptr_nonnull(second);
	return strlen(second) > 18 ? second + 18 : second;
}

START_TEST(test_table)
{
	struct fake_exit *exit = add_exit(17, 7, "bash", 3 << 8, 1);

	set_command_line(exit, "bash\0-c\0a  b\0", 13);
	exit->record.cpu_wait_ns = 1000;
	exit->record.io_wait_ns = 2000000;
	exit->record.rss_peak_bytes = 4096;
	exit->record.available &= ~(uint64_t)TASKMETER_AVAILABLE_MEM_WAIT;
	run_succeeds("exits");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n     17 "));
	ck_assert_str_eq(behind_time(), "      7 root     exit 3     1.5s  7.0ms  1.0us  2.0ms"
			 "      -  4.0K bash -c a  b\n");
	/* Too narrow for all. */
	run_succeeds("exits -w 80");
	check_begin(outcome.out, "     END     PID USER     HOW     ELAPSED    CPU"
		    "   WAIT  PEAK COMMAND\n");
	ck_assert_ptr_nonnull(strstr(outcome.out, "  1.0us  4.0K bash -c a  b\n"));
	run_succeeds("exits -w 65");
	ck_assert_ptr_nonnull(strstr(outcome.out, "  4.0K bas\n"));
}
END_TEST

START_TEST(test_how)
{
	static const struct {
		int status;
		uint32_t flags;
		const char *how;
	} cases[] = {
		{ 0, 0, "exit 0" },
		{ 255 << 8, 0, "exit 255" },
		{ SIGKILL, 0, "SIGKILL" },
		{ SIGSEGV | 0x80, 0, "SIGSEGV core" },
		{ SIGKILL, TASKMETER_EXIT_OOM, "OOM" },
		{ SIGSTKFLT, 0, "SIGSTKFLT" },
		{ 32, 0, "signal 32" },
		{ 34, 0, "SIGRTMIN" },
		{ 64, 0, "SIGRTMIN+30" },
		{ 65 | 0x80, 0, "signal 65 core" },
	};
	struct taskmeter_exit exit = {
		.status = cases[_i].status,
		.flags = cases[_i].flags,
	};
	char text[EXIT_TEXT_SIZE];

	exit_text_how(&exit, text);
	ck_assert_str_eq(text, cases[_i].how);
}
END_TEST

/* Whatever a process is called with, it stays one line, and harmless. */
START_TEST(test_hostile_command_lines)
{
	static const struct {
		const char *bytes;
		size_t length;
		uint32_t flags;
		const char *text;
	} cases[] = {
		{ "a\nb\0\033[31m\0", 10, 0, "a\\nb \\x1b[31m" },
		{ "\xff\xfe\0x", 4, 0, "\uFFFD\uFFFD x" },
		{ "", 0, 0, "[sh]" },
		{ "\0", 1, 0, "" },
		{ "\0\0x\0", 4, 0, "  x" },
		{ "ls\0-l", 5, TASKMETER_EXIT_COMMAND_LINE_CUT, "ls -l..." },
		{ "\\\0\xe2\x80\xae", 5, 0, "\\\\ \\u202e" },
		{ "\xe2\x82", 2, TASKMETER_EXIT_COMMAND_LINE_CUT, "\uFFFD..." },
	};
	struct fake_exit *exit = add_exit(1, 7, "sh", 0, 1);
	char expected[64];
	const char *last;

	set_command_line(exit, cases[_i].bytes, cases[_i].length);
	exit->exit.flags |= cases[_i].flags;
	run_succeeds("exits");
	snprintf(expected, sizeof(expected), "     0 %s\n", cases[_i].text);
	last = outcome.out + strlen(outcome.out) - strlen(expected);
	ck_assert_str_eq(last, expected);
	exit->exit.flags = 0;
	memcpy(exit->record.comm, "\033\n", 3);
	run_succeeds("exits");
	ck_assert_ptr_nonnull(strstr(outcome.out, " [\\x1b\\n]\n"));
}
END_TEST

/* The longest that there can be, each byte escaped. */
START_TEST(test_longest_command_line)
{
	struct fake_exit *exit = add_exit(1, 7, "sh", 0, 1);
	size_t i;

	memset(exit->exit.command_line, 1, sizeof(exit->exit.command_line));
	exit->exit.command_line_length = sizeof(exit->exit.command_line);
	exit->exit.flags = TASKMETER_EXIT_COMMAND_LINE | TASKMETER_EXIT_COMMAND_LINE_CUT;
	run_succeeds("exits");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\\x01\\x01...\n"));
	ck_assert_uint_gt(strlen(behind_time()), 1024);
	for (i = 1; i < sizeof(exit->exit.command_line); i += 2)
		exit->exit.command_line[i] = 0;
	run_succeeds("exits");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\\x01 \\x01...\n"));
	run_succeeds("exits --csv");
	run_succeeds("exits --json");
}
END_TEST

/* The numbers that were printed, in JSON. */
static void check_numbers(const char *line, const char *expected)
{
	struct json_object *document, *list, *number;
	char numbers[256] = "";
	size_t i;

	run(line);
	ck_assert_msg(outcome.status == CLI_OK, "%s: %s", line, outcome.err);
	document = json_tokener_parse(outcome.out);
	ck_assert(json_object_object_get_ex(document, "exits", &list));
	for (i = 0; i < json_object_array_length(list); i++) {
		json_object_object_get_ex(json_object_array_get_idx(list, i), "number",
					  &number);
		snprintf(numbers + strlen(numbers), sizeof(numbers) - strlen(numbers),
			 "%s%s", i ? " " : "", json_object_get_string(number));
	}
	ck_assert_msg(!strcmp(numbers, expected), "%s: %s, not %s", line, numbers, expected);
	json_object_put(document);
}

/* Records of the last hour, one of them lost. */
static void fill_log(void)
{
	add_exit(3, 1, "a", 0, 3600);
	add_exit(4, 2, "b", 1 << 8, 1800);
	add_exit(5, 3, "c", SIGKILL, 1200)->exit.flags = TASKMETER_EXIT_OOM;
	add_exit(7, 4, "d", 0, 60)->record.uid = 4000000000U;
	add_exit(8, 5, "e", SIGTERM, 1);
}

START_TEST(test_filters)
{
	fill_log();
	check_numbers("exits --json", "3 4 5 7 8");
	check_numbers("exits --json --failed", "4 5 8");
	check_numbers("exits --json --oom", "5");
	check_numbers("exits --json --uid 4000000000", "7");
	check_numbers("exits --json -u root --failed", "4 5 8");
	check_numbers("exits --json --oom -u 1234567", "");
	check_numbers("exits --json -n 2", "7 8");
	check_numbers("exits --json -n 5", "3 4 5 7 8");
	check_numbers("exits --json -n 6", "3 4 5 7 8");
	check_numbers("exits --json -n 2 --failed", "5 8");
	check_numbers("exits --json -n 1 --oom", "5");
	check_numbers("exits --json --since 4 -n 2", "4 5");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\"next\": 6, \"lost\": 0}"));
}
END_TEST

START_TEST(test_since)
{
	fill_log();
	check_numbers("exits --json --since 7", "7 8");
	ck_assert_uint_eq(module.exit_cursor, 7);
	ck_assert_str_eq(outcome.err, "");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\"next\": 9, \"lost\": 0}"));
	check_numbers("exits --json --since 9", "");
	check_numbers("exits --json --since 5", "5 7 8");
	ck_assert_str_eq(outcome.err,
			 "taskmeter: 1 record from number 5 on is not in the log any more\n");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\"lost\": 1}"));
	check_numbers("exits --json --since 1", "3 4 5 7 8");
	ck_assert_str_eq(outcome.err,
			 "taskmeter: 3 records from number 1 on are not in the log any more\n");
	check_numbers("exits --json --since 10min", "7 8");
	ck_assert_uint_eq(module.exit_cursor, 6);
	ck_assert_str_eq(outcome.err, "taskmeter: up to 1 record of that time is not in "
			 "the log any more\n");
	check_numbers("exits --json --since 30s", "8");
	ck_assert_str_eq(outcome.err, "");
	check_numbers("exits --json --since 100000d", "3 4 5 7 8");
	check_numbers("exits --json --since 0s", "");
	check_numbers("exits --json --since @0", "3 4 5 7 8");
	ck_assert_uint_eq(module.exit_cursor, 1);
	check_numbers("exits --json --since 2h -n 1 --oom", "5");
}
END_TEST

/* Without a beginning that was asked for nothing was lost. */
START_TEST(test_not_asked_for)
{
	fill_log();
	run_succeeds("exits");
	ck_assert_uint_eq(module.exit_cursor, 0);
	run_succeeds("exits -n 3");
	ck_assert_uint_eq(module.exit_cursor, 5);
}
END_TEST

/* More than the ring of numbers holds at first. */
START_TEST(test_last_of_many)
{
	uint64_t number;

	for (number = 1; number <= 290; number++)
		add_exit(number, (uint32_t)number, "x", number % 2 ? 0 : 256, 1);
	check_numbers("exits --json -n 3", "288 289 290");
	check_numbers("exits --json -n 3 --failed", "286 288 290");
	run_succeeds("exits -n 100");
	ck_assert_uint_eq(module.exit_cursor, 191);
	run_succeeds("exits -n 145 --failed");
	ck_assert_uint_eq(module.exit_cursor, 2);
	run_succeeds("exits -n 146 --failed");
	ck_assert_uint_eq(module.exit_cursor, 0);
}
END_TEST

START_TEST(test_csv)
{
	struct fake_exit *exit = add_exit(9, 7, "bash", SIGKILL, 1);
	const char *second;

	exit->exit.exit_time_ns = 5;
	exit->exit.flags = TASKMETER_EXIT_OOM | TASKMETER_EXIT_OOM_CGROUP;
	exit->exit.oom_time_ns = 4;
	exit->exit.oom_swap_bytes = 8192;
	set_command_line(exit, "a,\"b\"\0c\nd\0", 10);
	exit->cgroup_path = "/x,y\033";
	run_succeeds("exits --csv");
	check_begin(outcome.out, "number,exit_time_ns,exit_code,signal,core_dumped,"
		    "oom,oom_shared,oom_time_ns,oom_rss_anon_bytes,"
		    "oom_rss_file_bytes,oom_rss_shmem_bytes,oom_swap_bytes,"
		    "command_line,command_line_cut,cgroup_path,pid,");
	second = strchr(outcome.out, '\n') + 1;
	check_begin(second, "9,5,,9,false,cgroup,false,4,0,0,0,8192,"
		    "\"a,\"\"b\"\" c\nd\",false,\"/x,y\033\",7,");
	world.terminal = true;
	run_succeeds("exits --csv");
	second = strchr(outcome.out, '\n') + 1;
	check_begin(second, "9,5,,9,false,cgroup,false,4,0,0,0,8192,"
		    "\"a,\"\"b\"\" c\\nd\",false,\"/x,y\\x1b\",7,");
	run_succeeds("exits --csv --no-header");
	check_begin(outcome.out, "9,5,,9,false,cgroup,");
	run_succeeds("exits --no-header");
	check_begin(outcome.out, "      9 ");
	world.no_header = false;
	exit->exit.flags = 0;
	exit->exit.status = 0;
	exit->cgroup_path = NULL;
	run_succeeds("exits --csv");
	second = strchr(outcome.out, '\n') + 1;
	check_begin(second, "9,5,0,,false,,,,,,,,,false,,7,");
}
END_TEST

START_TEST(test_json)
{
	struct fake_exit *exit = add_exit(9, 7, "bash", 0, 1);

	set_command_line(exit, "a\033\0\xc2\x9b\0", 6);
	exit->cgroup_path = "/a/b";
	run_succeeds("exits --json");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\"command_line\":[\"a\\u001b\",\"\\u009b\"],"
				     "\"command_line_cut\":false,\"cgroup_path\":\"/a/b\","
				     "\"pid\":7,"));
}
END_TEST

/* Nobody reads any more: the rest is not made, and it is not a failure to be told of. */
START_TEST(test_full)
{
	char *argv[] = { "taskmeter", "exits", NULL };
	size_t size;

	fill_log();
	world.out = fopen("/dev/full", "w");
	world.err = open_memstream(&outcome.err, &size);
	ck_assert_ptr_nonnull(world.out);
	ck_assert_int_eq(cli_run(&world, 2, argv), CLI_FAILED);
	fclose(world.out);
	fclose(world.err);
	ck_assert_ptr_nonnull(strstr(outcome.err, "cannot write"));
}
END_TEST

/* The exits of the log as events. */
static void tell_exits(void)
{
	size_t i;

	for (i = 0; i < module.exit_count && i < sizeof(told) / sizeof(*told); i++) {
		told[i].exit = &module.exits[i].exit;
		told[i].record = &module.exits[i].record;
		module.events[i].type = TASKMETER_EVENT_EXIT;
		module.events[i].exit = &told[i];
	}
	module.event_count = i;
}

START_TEST(test_follow)
{
	add_exit(4, 2, "b", 1 << 8, 5);
	add_exit(5, 3, "c", 0, 1);
	add_exit(6, 4, "d", SIGKILL, 1);
	tell_exits();
	module.events_until = 1;
	run_succeeds("exits --follow --json");
	ck_assert_uint_eq(module.event_types, TASKMETER_EVENT_EXIT);
	ck_assert_uint_eq(module.event_flags, TASKMETER_SNAPSHOT_STALLS);
	ck_assert_uint_eq(module.event_cursor, 0);
	check_begin(outcome.out, "{\"number\":4,");
	ck_assert_ptr_nonnull(strstr(outcome.out, "}\n{\"number\":5,"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "}\n{\"number\":6,"));
	module.event_next = 0;
	run_succeeds("exits -f --failed");
	ck_assert_ptr_nonnull(strstr(outcome.out, " [b]\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, " [d]\n"));
	ck_assert_ptr_null(strstr(outcome.out, " [c]\n"));
	module.event_next = 0;
	run_succeeds("exits -f -n 2");
	ck_assert_uint_eq(module.event_next, 2);
}
END_TEST

START_TEST(test_follow_since)
{
	add_exit(4, 2, "b", 0, 3600);
	add_exit(5, 3, "c", 0, 1);
	tell_exits();
	module.events[0].exits_lost = 2;
	run("exits -f --since 2");
	ck_assert_int_eq(outcome.status, CLI_OK);
	ck_assert_uint_eq(module.event_cursor, 2);
	ck_assert_str_eq(outcome.err,
			 "taskmeter: 2 records before number 4 are not in the log any more\n");
	module.event_next = 0;
	module.events[0].exits_lost = 0;
	module.events[1].exits_lost = 1;
	run("exits -f --since 10min");
	ck_assert_uint_eq(module.event_cursor, 5);
	ck_assert_str_eq(outcome.err,
			 "taskmeter: up to 1 record before number 5 is not in the log any more\n");
	ck_assert_ptr_null(strstr(outcome.out, " [b]\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, " [c]\n"));
}
END_TEST

START_TEST(test_follow_fails)
{
	module.events_end = -ENODEV;
	run("exits -f");
	ck_assert_int_eq(outcome.status, CLI_NO_MODULE);
	ck_assert_str_eq(outcome.err, "taskmeter: the kernel module was unloaded\n");
	module.events_end = -EBADMSG;
	run("exits -f");
	ck_assert_int_eq(outcome.status, CLI_FAILED);
	ck_assert_str_eq(outcome.err, "taskmeter: it broke\n");
	module.events_error = -EINVAL;
	run_fails("exits -f --since 77", CLI_FAILED, "loaded anew");
	module.events_error = -EUSERS;
	run_fails("exits -f", CLI_FAILED, "too many subscribers");
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("cli-exits");
	TCase *test_case = tcase_create("exits");

	tcase_add_checked_fixture(test_case, module_setup, module_teardown);
	tcase_add_loop_test(test_case, test_usage, 0, 11);
	tcase_add_test(test_case, test_status);
	tcase_add_loop_test(test_case, test_not_permitted, 0, 6);
	tcase_add_test(test_case, test_old_module);
	tcase_add_test(test_case, test_nothing);
	tcase_add_test(test_case, test_table);
	tcase_add_loop_test(test_case, test_how, 0, 10);
	tcase_add_loop_test(test_case, test_hostile_command_lines, 0, 8);
	tcase_add_test(test_case, test_longest_command_line);
	tcase_add_test(test_case, test_filters);
	tcase_add_test(test_case, test_since);
	tcase_add_test(test_case, test_not_asked_for);
	tcase_add_test(test_case, test_last_of_many);
	tcase_add_test(test_case, test_csv);
	tcase_add_test(test_case, test_json);
	tcase_add_test(test_case, test_full);
	tcase_add_test(test_case, test_follow);
	tcase_add_test(test_case, test_follow_since);
	tcase_add_test(test_case, test_follow_fails);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
