// SPDX-License-Identifier: GPL-2.0-or-later
/* Exits and events as JSON: what is not known is null, and any bytes are a document. */
#include "common/exit-json.h"
#include "common/record-json.h"
#include "sample.h"
#include "suite.h"

#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>

static struct taskmeter_exit ended;
static struct taskmeter_record record;
static struct taskmeter_histograms histograms;
static struct tm_exit sample;
static struct json_object *object;

static void set_command_line(const char *bytes, size_t length)
{
	memcpy(ended.command_line, bytes, length);
	ended.command_line_length = (uint32_t)length;
	ended.flags |= TASKMETER_EXIT_COMMAND_LINE;
}

static void setup(void)
{
	sample_record(&record);
	memset(&ended, 0, sizeof(ended));
	ended.size = sizeof(ended);
	ended.number = UINT64_MAX;
	ended.exit_time_ns = (1ULL << 53) + 1;
	histograms.size = sizeof(histograms);
	sample = (struct tm_exit){ .exit = &ended, .record = &record };
	object = NULL;
}

static void teardown(void)
{
	json_object_put(object);
}

/* What was made is a document, in which no key is there twice. */
static void check_document(void)
{
	struct json_object *again;

	again = json_tokener_parse(json_object_to_json_string(object));
	ck_assert(json_object_equal(object, again));
	json_object_put(again);
}

static void make(void)
{
	json_object_put(object);
	ck_assert_int_eq(exit_to_json(&sample, &object), 0);
	check_document();
}

static void make_event(const struct tm_event *event)
{
	json_object_put(object);
	ck_assert_int_eq(event_to_json(event, &object), 0);
	check_document();
}

/* The value under a key equals this text. */
static void check(const char *key, const char *expected)
{
	struct json_object *value;
	const char *text = "null";

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no key %s", key);
	if (value)
		text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
							     JSON_C_TO_STRING_NOSLASHESCAPE);
	ck_assert_msg(!strcmp(text, expected), "%s: %s, not %s", key, text, expected);
}

START_TEST(test_keys)
{
	make();
	check("number", "18446744073709551615");
	check("exit_time_ns", "9007199254740993");
	check("oom", "null");
	check("command_line", "null");
	check("command_line_cut", "false");
	check("cgroup_path", "null");
	check("histograms", "null");
	check("comm", "\"sample\"");
	ck_assert_uint_eq((size_t)json_object_object_length(object),
			  record_key_count() + 10);
}
END_TEST

START_TEST(test_status)
{
	static const struct {
		int status;
		const char *code;
		const char *signal;
		const char *core;
	} cases[] = {
		{ 0, "0", "null", "false" },
		{ 3 << 8, "3", "null", "false" },
		{ 255 << 8, "255", "null", "false" },
		{ SIGKILL, "null", "9", "false" },
		{ SIGSEGV | 0x80, "null", "11", "true" },
		{ 64, "null", "64", "false" },
	};

	ended.status = cases[_i].status;
	make();
	check("exit_code", cases[_i].code);
	check("signal", cases[_i].signal);
	check("core_dumped", cases[_i].core);
}
END_TEST

START_TEST(test_command_line)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *json;
	} cases[] = {
		{ "", 0, "[]" },
		{ "", 1, "[\"\"]" },
		{ "a\0\0b", 5, "[\"a\",\"\",\"b\"]" },
		{ "cut", 3, "[\"cut\"]" },
		{ "a\nb\033[2J\0\"],[\"\0\\", 15,
		  "[\"a\\nb\\u001b[2J\",\"\\\"],[\\\"\",\"\\\\\"]" },
		{ "\xff\xc0\0\xe2\x82", 5, "[\"\uFFFD\uFFFD\",\"\uFFFD\"]" },
		{ "\0\0\0", 3, "[\"\",\"\",\"\"]" },
	};

	set_command_line(cases[_i].bytes, cases[_i].length);
	make();
	check("command_line", cases[_i].json);
	check("command_line_cut", "false");
}
END_TEST

/* All 256 bytes, none of which is a character or a NUL. */
START_TEST(test_longest_command_line)
{
	struct json_object *value;

	memset(ended.command_line, 0xff, sizeof(ended.command_line));
	ended.command_line_length = sizeof(ended.command_line);
	ended.flags = TASKMETER_EXIT_COMMAND_LINE | TASKMETER_EXIT_COMMAND_LINE_CUT;
	make();
	check("command_line_cut", "true");
	ck_assert(json_object_object_get_ex(object, "command_line", &value));
	ck_assert_uint_eq(json_object_array_length(value), 1);
	value = json_object_array_get_idx(value, 0);
	ck_assert_int_eq(json_object_get_string_len(value), 3 * 256);
}
END_TEST

START_TEST(test_cgroup_path)
{
	char path[4096];

	sample.cgroup_path = "/a b/\"\n\xff";
	make();
	check("cgroup_path", "\"/a b/\\\"\\n\uFFFD\"");
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	sample.cgroup_path = path;
	make();
}
END_TEST

START_TEST(test_oom)
{
	static const struct {
		uint32_t flags;
		const char *json;
	} cases[] = {
		{ TASKMETER_EXIT_OOM_CGROUP, "{\"scope\":\"cgroup\",\"shared\":false," },
		{ TASKMETER_EXIT_OOM_MACHINE | TASKMETER_EXIT_OOM_SHARED,
		  "{\"scope\":\"machine\",\"shared\":true," },
		{ 0, "{\"scope\":\"unknown\",\"shared\":false," },
	};
	char expected[256];

	ended.flags = TASKMETER_EXIT_OOM | cases[_i].flags;
	ended.oom_time_ns = 1;
	ended.oom_rss_anon_bytes = 2;
	ended.oom_rss_file_bytes = 3;
	ended.oom_rss_shmem_bytes = 4;
	ended.oom_swap_bytes = UINT64_MAX;
	make();
	snprintf(expected, sizeof(expected), "%s\"time_ns\":1,\"rss_anon_bytes\":2,"
		 "\"rss_file_bytes\":3,\"rss_shmem_bytes\":4,"
		 "\"swap_bytes\":18446744073709551615}", cases[_i].json);
	check("oom", expected);
}
END_TEST

START_TEST(test_histograms)
{
	struct json_object *value;

	sample.histograms = &histograms;
	make();
	ck_assert(json_object_object_get_ex(object, "histograms", &value));
	ck_assert(json_object_object_get_ex(value, "cpu_wait", NULL));
}
END_TEST

/* Members that an event of a type does not have are left out. */
START_TEST(test_events)
{
	struct tm_event event = {
		.pid = 7, .ppid = 5, .uid = UINT32_MAX, .time_ns = 11, .start_time_ns = 10,
		.cgroup_id = 3, .comm = "\xff\"", .lost = 2, .exits_lost = UINT64_MAX,
		.flags = TASKMETER_EXIT_COMMAND_LINE | TASKMETER_EXIT_OOM_CGROUP,
		.command_line = (const uint8_t *)"a\0b", .command_line_length = 4,
		.oom_score_adj = -1000, .oom_rss_anon_bytes = 4096,
	};

	event.type = TASKMETER_EVENT_FORK;
	make_event(&event);
	ck_assert_str_eq(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN),
			 "{\"event\":\"fork\",\"time_ns\":11,\"lost\":2,"
			 "\"exits_lost\":18446744073709551615,\"pid\":7,"
			 "\"uid\":4294967295,\"start_time_ns\":10,\"cgroup_id\":3,"
			 "\"comm\":\"\uFFFD\\\"\",\"ppid\":5}");
	event.type = TASKMETER_EVENT_EXEC;
	make_event(&event);
	check("event", "\"exec\"");
	check("command_line", "[\"a\",\"b\"]");
	check("command_line_cut", "false");
	ck_assert_int_eq(json_object_object_length(object), 11);
	event.type = TASKMETER_EVENT_OOM;
	make_event(&event);
	check("event", "\"oom\"");
	check("oom_score_adj", "-1000");
	check("oom", "{\"scope\":\"cgroup\",\"shared\":false,\"time_ns\":11,"
	      "\"rss_anon_bytes\":4096,\"rss_file_bytes\":0,\"rss_shmem_bytes\":0,"
	      "\"swap_bytes\":0}");
	ck_assert_int_eq(json_object_object_length(object), 13);
}
END_TEST

START_TEST(test_exit_event)
{
	struct tm_event event = { .type = TASKMETER_EVENT_EXIT, .time_ns = 12,
				  .exit = &sample };

	make_event(&event);
	check("event", "\"exit\"");
	check("time_ns", "12");
	check("exits_lost", "0");
	check("number", "18446744073709551615");
	ck_assert_uint_eq((size_t)json_object_object_length(object),
			  record_key_count() + 14);
	ck_assert_str_eq(event_type_name(0), "unknown");
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("exit-json");
	TCase *test_case = tcase_create("exit-json");

	tcase_add_checked_fixture(test_case, setup, teardown);
	tcase_add_test(test_case, test_keys);
	tcase_add_loop_test(test_case, test_status, 0, 6);
	tcase_add_loop_test(test_case, test_command_line, 0, 7);
	tcase_add_test(test_case, test_longest_command_line);
	tcase_add_test(test_case, test_cgroup_path);
	tcase_add_loop_test(test_case, test_oom, 0, 3);
	tcase_add_test(test_case, test_histograms);
	tcase_add_test(test_case, test_events);
	tcase_add_test(test_case, test_exit_event);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
