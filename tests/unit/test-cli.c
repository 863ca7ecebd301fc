// SPDX-License-Identifier: GPL-2.0-or-later
/* The taskmeter command as a whole: options, formats, and how it ends. */
#include "cli-module.h"
#include "cli/collection.h"
#include "cli/column.h"
#include "cli/commands.h"
#include "common/suggest.h"

#include <json-c/json.h>

START_TEST(test_usage)
{
	static const struct {
		const char *line;
		const char *message;
	} lines[] = {
		{ "top more", "top takes no 'more'" },
		{ "pss", "did you mean 'ps'" },
		{ "inof", "did you mean 'info'" },
		{ "frobnicate", "see 'taskmeter help'" },
		{ "--frobnicate", "no option '--frobnicate'" },
		{ "--verison", "did you mean '--version'" },
		{ "ps --frobnicate", "see 'taskmeter help ps'" },
		{ "ps --sotr=pid", "did you mean '--sort'" },
		{ "ps -x", "no option '-x'" },
		{ "ps -s", "option '-s' needs an argument" },
		{ "ps --sort", "option '--sort' needs an argument" },
		{ "ps --json=yes", "option '--json' takes no argument" },
		{ "ps 12", "ps takes no '12'" },
		{ "ps -p 0", "'0' is not a process id" },
		{ "ps -p 4294967297", "is not a process id" },
		{ "ps -p 1x", "is not a process id" },
		{ "ps -p +1", "is not a process id" },
		{ "ps -u no-such-user", "'no-such-user' is not a user" },
		{ "ps -u 4294967295", "is not a user" },
		{ "ps -n 0", "is not a number of lines" },
		{ "ps -n -1", "is not a number of lines" },
		{ "ps -w x", "is not a width" },
		{ "ps -o rsss", "did you mean 'rss_bytes'" },
		{ "ps -o pid,", "there is no field ''" },
		{ "ps -o pid,xyzzy,tgid", "there is no field 'xyzzy'" },
		{ "ps -s -", "there is no field ''" },
		{ "ps -s run_nss", "did you mean 'run_ns'" },
		{ "ps -i x", "'x' is not an interval" },
		{ "ps -i -1", "'-1' is not an interval" },
		{ "ps -i 86401", "is not an interval" },
		{ "ps -i 1.", "is not an interval" },
		{ "ps -i .5", "is not an interval" },
		{ "ps -i 1.0000000001", "is not an interval" },
		{ "ps -o cpu%,wiat%", "there is no field 'wiat%'" },
		{ "show", "show takes one process id" },
		{ "show 1 2", "show takes one process id" },
		{ "show 0", "'0' is not a process id" },
		{ "show x", "'x' is not a process id" },
		{ "show -1", "no option '-1'" },
		{ "show 99999999999", "is not a process id" },
		{ "info more", "info takes no 'more'" },
		{ "help nothing", "no command 'nothing'" },
		{ "help ps show", "help takes one command" },
	};

	if ((size_t)_i < sizeof(lines) / sizeof(*lines))
		run_fails(lines[_i].line, CLI_USAGE, lines[_i].message);
	else
		ck_assert_uint_eq(sizeof(lines) / sizeof(*lines), 43);
}
END_TEST

START_TEST(test_help)
{
	size_t i;

	run_succeeds("--help");
	for (i = 0; commands[i]; i++)
		ck_assert_ptr_nonnull(strstr(outcome.out, commands[i]->name));
	run_succeeds("help ps");
	ck_assert_ptr_nonnull(strstr(outcome.out, "-s, --sort FIELD"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "    --exact-rss"));
	run_succeeds("ps --help --frobnicate");
	run_succeeds("show -h");
	run_succeeds("help help");
	run_succeeds("--version");
	ck_assert_str_eq(outcome.out, "taskmeter " TASKMETER_VERSION "\n");
}
END_TEST

START_TEST(test_help_lists_every_field)
{
	char line[64];
	size_t i;

	run_succeeds("help fields");
	for (i = 0; i < column_count(); i++) {
		snprintf(line, sizeof(line), "%s ", column_at(i).name);
		ck_assert_ptr_nonnull(strstr(outcome.out, line));
	}
}
END_TEST

START_TEST(test_no_module)
{
	static const char *const lines[] = {
		"ps", "ps --json", "show 1", "info", "info --csv",
	};
	size_t i;

	module.open_error = -ENODEV;
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		run_fails(lines[i], CLI_NO_MODULE, "modprobe taskmeter");
}
END_TEST

START_TEST(test_not_permitted)
{
	module.info_flags = 0;
	module.count = 0;
	run_fails("ps", CLI_NOT_PERMITTED, "CAP_PERFMON");
	run_fails("ps --json", CLI_NOT_PERMITTED, "unprivileged=1");
	run_fails("ps -s pid", CLI_NOT_PERMITTED, "CAP_PERFMON");
	run_fails("show 1", CLI_NOT_PERMITTED, "CAP_PERFMON");
	module.open_error = -EPERM;
	run_fails("info", CLI_NOT_PERMITTED, "CAP_PERFMON");
}
END_TEST

/* Somebody who sees something, or might, is not told that it may not. */
START_TEST(test_permitted)
{
	module.info_flags = 0;
	run_succeeds("ps");
	run_succeeds("info");
	ck_assert_ptr_nonnull(strstr(outcome.out, "CAP_PERFMON is missing"));
	module.info_flags = TASKMETER_INFO_UNPRIVILEGED;
	run_fails("show 99", CLI_FAILED, "there is no process 99");
	run_fails("show -T 99", CLI_FAILED, "there is no thread 99");
	run_fails("ps -p 99", CLI_FAILED, "there is no process 99");
	module.count = 0;
	run_succeeds("ps");
	ck_assert_int_eq(strncmp(outcome.out, "    PID USER", 12), 0);
	run_succeeds("ps --json");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\"processes\": ["));
}
END_TEST

START_TEST(test_failures)
{
	module.fail_after = 2;
	run("ps -o pid");
	ck_assert_int_eq(outcome.status, CLI_FAILED);
	ck_assert_str_eq(outcome.err, "taskmeter: it broke\n");
	run_fails("ps -s pid", CLI_FAILED, "it broke");
	/* A list that is not whole is no document. */
	run("ps --json");
	ck_assert_int_eq(outcome.status, CLI_FAILED);
	ck_assert_ptr_null(json_tokener_parse(outcome.out));
	module.open_error = -EPROTO;
	run_fails("ps", CLI_FAILED, "another protocol");
	module.open_error = -ENOMEM;
	run_fails("ps", CLI_FAILED, "Cannot allocate memory");
}
END_TEST

START_TEST(test_table)
{
	run_succeeds("ps -o pid,user,run,rss,kernel,comm");
	ck_assert_str_eq(outcome.out,
		"    PID USER         TIME   RSS KERNEL COMM\n"
		"      1 root        1.0ms  1.0K no     init\n"
		"      7 root        7.0ms  7.0K no     bash\n"
		"     30 4000000000   30.0ms 30.0K no     bash\n");
}
END_TEST

START_TEST(test_default_table)
{
	static const char header[] =
		"    PID USER     CPU% WAIT%  IO% MEM% LOCK%    P99 NOW         FOR "
		"COMM\n";

	run_succeeds("ps");
	ck_assert_int_eq(strncmp(outcome.out, header, strlen(header)), 0);
	run_succeeds("ps -T");
	ck_assert_int_eq(strncmp(outcome.out, "    PID     TID USER", 20), 0);
	ck_assert_uint_eq(module.filter.flags, TASKMETER_SNAPSHOT_THREADS |
			  TASKMETER_SNAPSHOT_HISTOGRAMS);
}
END_TEST

START_TEST(test_not_available)
{
	module.records[0].available = 0;
	run_succeeds("ps -o rss,swap,pid -p 1");
	ck_assert_str_eq(outcome.out, "  RSS  SWAP     PID\n    -     -       1\n");
	run_succeeds("ps -o rss,swap,pid -p 1 --csv");
	ck_assert_str_eq(outcome.out, "rss_bytes,swap_bytes,pid\n,,1\n");
	run_succeeds("ps -o rss,swap,pid -p 1 --json");
	ck_assert_ptr_nonnull(strstr(outcome.out, "{\"rss_bytes\":null,"
				     "\"swap_bytes\":null,\"pid\":1}"));
	run_succeeds("show 1");
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"  swap                      not available\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"  minor faults              0\n"));
}
END_TEST

START_TEST(test_filters)
{
	run_succeeds("ps -p 7 -u 4000000000 --exact-rss --json");
	ck_assert_uint_eq(module.filter.flags, TASKMETER_SNAPSHOT_PID |
			  TASKMETER_SNAPSHOT_UID | TASKMETER_SNAPSHOT_EXACT_RSS |
			  TASKMETER_SNAPSHOT_STALLS);
	ck_assert_uint_eq(module.filter.pid, 7);
	ck_assert_uint_eq(module.filter.uid, 4000000000U);
	run_succeeds("ps -u root -o pid");
	ck_assert_uint_eq(module.filter.flags, TASKMETER_SNAPSHOT_UID);
	ck_assert_uint_eq(module.filter.uid, 0);
	run_succeeds("ps --comm bash --csv -o pid");
	ck_assert_str_eq(outcome.out, "pid\n7\n30\n");
	add_process(31, "a-name-that-is-");
	run_succeeds("ps --comm a-name-that-is-longer --csv -o pid");
	ck_assert_str_eq(outcome.out, "pid\n31\n");
	run_succeeds("show -T --exact-rss 7");
	ck_assert_uint_eq(module.get_flags, TASKMETER_SNAPSHOT_THREADS |
			  TASKMETER_SNAPSHOT_EXACT_RSS |
			  TASKMETER_SNAPSHOT_STALLS);
}
END_TEST

START_TEST(test_sort_and_limit)
{
	static const struct {
		const char *line;
		const char *pids;
	} lines[] = {
		{ "ps --csv -o pid -n 2", "pid\n1\n7\n" },
		{ "ps --csv -o pid -s run_ns", "pid\n1\n7\n30\n" },
		{ "ps --csv -o pid -s -run_ns", "pid\n30\n7\n1\n" },
		{ "ps --csv -o pid -s -run -n 1", "pid\n30\n" },
		{ "ps --csv -o pid -s -rss", "pid\n30\n7\n1\n" },
		{ "ps --csv -o pid -s comm", "pid\n7\n30\n1\n" },
		{ "ps --csv -o pid -s user", "pid\n30\n1\n7\n" },
		{ "ps --csv -o pid -s=-pid -n 9", "" },
		{ "ps --csv -o pid --sort=-pid -n 9", "pid\n30\n7\n1\n" },
	};

	if (!*lines[_i].pids) {
		run_fails(lines[_i].line, CLI_USAGE, "there is no field '=-pid'");
		return;
	}
	run_succeeds(lines[_i].line);
	ck_assert_str_eq(outcome.out, lines[_i].pids);
}
END_TEST

START_TEST(test_sort_keeps_the_greatest)
{
	struct json_object *document, *list, *pid;
	uint32_t i;

	/* More than are kept at a time, in an order that is not the wanted one. */
	module.count = 0;
	for (i = 0; i < 300; i++)
		add_process(1 + i * 7 % 300, "x");
	run_succeeds("ps --json -s -pid -n 40 -o pid");
	document = json_tokener_parse(outcome.out);
	ck_assert(json_object_object_get_ex(document, "processes", &list));
	ck_assert_uint_eq(json_object_array_length(list), 40);
	for (i = 0; i < 40; i++) {
		json_object_object_get_ex(json_object_array_get_idx(list, i),
					  "pid", &pid);
		ck_assert_int_eq(json_object_get_int(pid), 300 - (int)i);
	}
	json_object_put(document);
}
END_TEST

static int by_pid(const struct sample *a, const struct sample *b, void *context)
{
	(void)context;
	return (a->record.pid > b->record.pid) - (a->record.pid < b->record.pid);
}

/* Memory is bounded by what is wanted, not by what there is. */
START_TEST(test_collection_is_bounded)
{
	struct collection collection = { .limit = 10, .compare = by_pid };
	struct sample sample = { .cpu_wait_p99_ns = 0 };
	uint32_t i;

	for (i = 10000; i; i--) {
		sample_process(&sample.record, i, "x");
		ck_assert_int_eq(collection_add(&collection, &sample), 0);
	}
	ck_assert_uint_le(collection.capacity, 256);
	collection_sort(&collection);
	ck_assert_uint_eq(collection.count, 10);
	for (i = 0; i < 10; i++)
		ck_assert_uint_eq(collection.samples[i].record.pid, i + 1);
	collection_release(&collection);
}
END_TEST

START_TEST(test_json)
{
	struct json_object *document, *list, *value;

	module.records[1].io_read_bytes = UINT64_MAX;
	run_succeeds("ps --json");
	document = json_tokener_parse(outcome.out);
	ck_assert(json_object_object_get_ex(document, "time_ns", &value));
	ck_assert_int_eq(json_object_get_int64(value), 1000);
	ck_assert(json_object_object_get_ex(document, "processes", &list));
	ck_assert_uint_eq(json_object_array_length(list), 3);
	value = json_object_array_get_idx(list, 1);
	ck_assert_int_eq(json_object_object_length(value),
			 (int)record_key_count());
	ck_assert(json_object_object_get_ex(value, "io_read_bytes", &value));
	ck_assert_uint_eq(json_object_get_uint64(value), UINT64_MAX);
	json_object_put(document);

	run_succeeds("ps --json -T");
	document = json_tokener_parse(outcome.out);
	ck_assert(json_object_object_get_ex(document, "threads", &list));
	json_object_put(document);

	run_succeeds("show 7 --json");
	document = json_tokener_parse(outcome.out);
	ck_assert(json_object_object_get_ex(document, "comm", &value));
	ck_assert_str_eq(json_object_get_string(value), "bash");
	json_object_put(document);

	run_succeeds("info --json");
	document = json_tokener_parse(outcome.out);
	ck_assert(json_object_object_get_ex(document, "instance_id", &value));
	ck_assert_uint_eq(json_object_get_uint64(value), UINT64_MAX);
	json_object_put(document);
}
END_TEST

/* A header and a value for each name, whatever the value holds. */
START_TEST(test_csv)
{
	module.count = 0;
	add_process(1, "a,b");
	add_process(2, "say \"x\"\n");
	add_process(3, "\xff");
	module.records[2].nice = -5;
	run_succeeds("ps --csv -o comm,nice,kernel,user");
	ck_assert_str_eq(outcome.out, "comm,nice,kernel,user\n"
			 "\"a,b\",0,false,root\n"
			 "\"say \"\"x\"\"\n\",0,false,root\n"
			 "\uFFFD,-5,false,root\n");
	run_succeeds("info --csv");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n1.2.3,1,18446744073709551615,"
				     "1000000000,736,4096,4026531836,65536,exec_start,"
				     "101,102,103,104,105,106,1500000007,512,128,2000,"
				     "107,16777216,108,109,110,111,112,113,114,"
				     "true,false,true,false,false,true,true,true,true,"
				     "true,true,true,true,true,true,true,true,true,"
				     "true,true,true,true\n"));
	run_succeeds("show 1 --csv");
	ck_assert_int_eq(strncmp(outcome.out, "pid,tgid,ppid,", 14), 0);
}
END_TEST

/* No form of output passes on what a terminal would act on. */
START_TEST(test_no_header)
{
	module.count = 0;
	add_process(1, "init");
	run_succeeds("ps --no-header -o pid,comm");
	ck_assert_str_eq(outcome.out, "      1 init\n");
	world.no_header = false;
	run_succeeds("ps --csv --no-header -o pid,comm");
	ck_assert_str_eq(outcome.out, "1,init\n");
	world.no_header = false;
	run_fails("show 1 --no-header", CLI_USAGE, "no option '--no-header'");
}
END_TEST

START_TEST(test_hostile_names)
{
	static const char *const lines[] = {
		"ps -a", "ps --json", "ps --csv", "show 5", "show 5 --json",
		"show 5 --csv",
	};
	const char *bad = "\033\a\b\r\x7f";

	module.count = 0;
	add_process(5, "\033[2J\a\xc2\x9b\xe2\x80\xae\xff\x9b\r\x7f");
	world.terminal = true;
	run_succeeds(lines[_i]);
	ck_assert_uint_eq(strcspn(outcome.out, bad), strlen(outcome.out));
	ck_assert_ptr_null(strstr(outcome.out, "\xc2\x9b"));
	ck_assert_ptr_null(strstr(outcome.out, "\u202e"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "[2J"));
}
END_TEST

START_TEST(test_width)
{
	run_succeeds("ps -o pid,comm -w 10");
	ck_assert_str_eq(outcome.out, "    PID CO\n      1 in\n"
			 "      7 ba\n     30 ba\n");
	world.width = 9;
	run_succeeds("ps -o pid,comm -p 7");
	ck_assert_str_eq(outcome.out, "    PID C\n      7 b\n");
	run_succeeds("ps -o pid,comm -p 7 -w 0");
	ck_assert_str_eq(outcome.out, "    PID COMM\n      7 bash\n");
	/* A wide character is not halved. */
	module.count = 0;
	add_process(7, "\u6f22\u5b57");
	run_succeeds("ps -o pid,comm -w 11");
	ck_assert_str_eq(outcome.out, "    PID COM\n      7 \u6f22\n");
}
END_TEST

START_TEST(test_color)
{
	world.color = true;
	run_succeeds("ps -o pid -p 7");
	ck_assert_str_eq(outcome.out, "\033[1m    PID\033[0m\n      7\n");
	run_succeeds("ps --csv -o pid -p 7");
	ck_assert_str_eq(outcome.out, "pid\n7\n");
}
END_TEST

START_TEST(test_show)
{
	struct taskmeter_record *record = &module.records[2];
	const struct tm_field *fields;
	size_t count, i, lines = 0, kernels = 0;

	record->flags = TASKMETER_RECORD_LIVING_ONLY | TASKMETER_RECORD_EXITING;
	record->run_delay_ns = 1500000;
	record->swap_bytes = 3 << 20;
	record->policy = 1;
	run_succeeds("show 30");
	ck_assert_int_eq(strncmp(outcome.out, "process 30: bash\n"
				 "on its way out\n\nidentity\n", 41), 0);
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n  state                     S (sleeping)\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n  policy                    1 (SCHED_FIFO)\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n  gid                       0 (root)\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n  swap                      3.0 MiB\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"\n  run delay                 1.5 ms (living threads only)\n"));
	fields = tm_fields(&count);
	ck_assert_ptr_nonnull(fields);
	for (i = 0; i < count; i++)
		kernels += fields[i].group < TM_GROUP_METER;
	for (i = 0; outcome.out[i]; i++)
		lines += !strncmp(outcome.out + i, "\n  ", 3);
	/*
	 * Of the meter: 9 times and states, 4 numbers, a waker, 3 kinds of waits;
	 * of the stalls their sum and 6 kinds.
	 */
	ck_assert_uint_eq(lines, kernels + 24);
}
END_TEST

START_TEST(test_info)
{
	run_succeeds("info");
	ck_assert_ptr_nonnull(strstr(outcome.out, "version          1.2.3\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "RSS error        64.0 KiB\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "not available    nothing\n"));
}
END_TEST

START_TEST(test_output_that_fails)
{
	char *argv[] = { "taskmeter", "ps", "--json", NULL };
	size_t size;

	world.out = fopen("/dev/full", "w");
	world.err = open_memstream(&outcome.err, &size);
	ck_assert_ptr_nonnull(world.out);
	ck_assert_int_eq(cli_run(&world, 3, argv), CLI_FAILED);
	fclose(world.out);
	fclose(world.err);
	ck_assert_str_eq(outcome.err,
			 "taskmeter: cannot write: No space left on device\n");
}
END_TEST

START_TEST(test_distance)
{
	static const struct {
		const char *a;
		const char *b;
		size_t distance;
	} words[] = {
		{ "", "", 0 }, { "ps", "ps", 0 }, { "ps", "", 2 },
		{ "", "ps", 2 }, { "pss", "ps", 1 }, { "p", "ps", 1 },
		{ "px", "ps", 1 }, { "sp", "ps", 1 }, { "inof", "info", 1 },
		{ "kitten", "sitting", 3 }, { "show", "info", 4 },
	};
	char longer[200];

	ck_assert_uint_eq(suggest_distance(words[_i].a, strlen(words[_i].a),
					   words[_i].b), words[_i].distance);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ck_assert_uint_eq(suggest_distance(longer, strlen(longer), "ps"),
			  SIZE_MAX);
	ck_assert_uint_eq(suggest_distance("ps", 2, longer), SIZE_MAX);
}
END_TEST

/* Each heading that is kept by hand belongs to a column; none is too long. */
START_TEST(test_headers)
{
	char header[COLUMN_HEADER_SIZE];
	struct column column, found;
	size_t i;

	for (i = 0; i < column_count(); i++) {
		column = column_at(i);
		column_header(&column, header);
		ck_assert_uint_gt(strlen(header), 0);
		ck_assert_uint_lt(strlen(header), COLUMN_HEADER_SIZE - 1);
		ck_assert_uint_ge((size_t)abs(column_width(&column)),
				  strlen(header));
		ck_assert_ptr_null(strpbrk(header, " _"));
		/* Typed as it stands there, it is this one and no other. */
		ck_assert_int_eq(column_find(header, strlen(header), &found), 0);
		ck_assert_str_eq(found.name, column.name);
	}
	ck_assert_int_eq(column_find("run", 3, &column), 0);
	column_header(&column, header);
	ck_assert_str_eq(header, "TIME");
	ck_assert_int_eq(column_find("voluntary_switches", 18, &column), 0);
	column_header(&column, header);
	ck_assert_str_eq(header, "VCSW");
}
END_TEST

static TCase *new_case(Suite *suite, const char *name)
{
	TCase *test_case = tcase_create(name);

	tcase_add_checked_fixture(test_case, module_setup,
				  module_teardown);
	suite_add_tcase(suite, test_case);
	return test_case;
}

static void add_status_tests(TCase *test_case)
{
	tcase_add_loop_test(test_case, test_usage, 0, 44);
	tcase_add_test(test_case, test_help);
	tcase_add_test(test_case, test_help_lists_every_field);
	tcase_add_test(test_case, test_no_module);
	tcase_add_test(test_case, test_not_permitted);
	tcase_add_test(test_case, test_permitted);
	tcase_add_test(test_case, test_failures);
	tcase_add_test(test_case, test_output_that_fails);
	tcase_add_loop_test(test_case, test_distance, 0, 11);
}

static void add_output_tests(TCase *test_case)
{
	tcase_add_test(test_case, test_table);
	tcase_add_test(test_case, test_default_table);
	tcase_add_test(test_case, test_not_available);
	tcase_add_test(test_case, test_filters);
	tcase_add_loop_test(test_case, test_sort_and_limit, 0, 9);
	tcase_add_test(test_case, test_sort_keeps_the_greatest);
	tcase_add_test(test_case, test_collection_is_bounded);
	tcase_add_test(test_case, test_json);
	tcase_add_test(test_case, test_csv);
	tcase_add_test(test_case, test_no_header);
	tcase_add_loop_test(test_case, test_hostile_names, 0, 6);
	tcase_add_test(test_case, test_width);
	tcase_add_test(test_case, test_color);
	tcase_add_test(test_case, test_show);
	tcase_add_test(test_case, test_info);
	tcase_add_test(test_case, test_headers);
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("cli");

	add_status_tests(new_case(suite, "status"));
	add_output_tests(new_case(suite, "output"));
	return suite_main(suite, argc, argv);
}
