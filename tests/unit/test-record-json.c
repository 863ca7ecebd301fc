// SPDX-License-Identifier: GPL-2.0-or-later
/* Records as JSON: exact, null where not available, chosen by key. */
#include "common/record-json.h"
#include "sample.h"
#include "suite.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>

static struct json_object *to_json(const struct taskmeter_record *record)
{
	struct json_object *object;

	ck_assert_int_eq(record_to_json(record, NULL, 0, &object), 0);
	return object;
}

static struct json_object *value_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	ck_assert_msg(json_object_object_get_ex(object, key, &value),
		      "no key %s", key);
	return value;
}

START_TEST(test_every_field)
{
	struct taskmeter_record record;
	struct json_object *object;
	const struct tm_field *fields;
	size_t count, i;

	sample_record(&record);
	object = to_json(&record);
	fields = tm_fields(&count);
	for (i = 0; i < count; i++) {
		struct json_object *value = value_of(object, fields[i].name);

		if (fields[i].type == TM_FIELD_STRING)
			ck_assert_str_eq(json_object_get_string(value), "sample");
		else if (fields[i].type == TM_FIELD_STATE)
			ck_assert_str_eq(json_object_get_string(value), "S");
		else if (fields[i].type == TM_FIELD_METER_STATE)
			ck_assert_str_eq(json_object_get_string(value), "queued");
		else if (fields[i].type == TM_FIELD_S32)
			ck_assert_int_eq(json_object_get_int64(value),
					 (int64_t)sample_value(&fields[i], i));
		else
			ck_assert_uint_eq(json_object_get_uint64(value),
					  sample_value(&fields[i], i));
	}
	ck_assert_int_eq(json_object_object_length(object),
			 (int)record_key_count());
	ck_assert_uint_eq(record_key_count(), count + 5);
	json_object_put(object);
}
END_TEST

/* Doubles end at 2^53; these may not. */
START_TEST(test_extremes_are_exact)
{
	struct taskmeter_record record;
	struct json_object *object;
	const char *text;

	sample_record(&record);
	record.run_ns = UINT64_MAX;
	record.user_ns = 0;
	record.system_ns = (1ULL << 53) + 1;
	record.uid = UINT32_MAX;
	record.nice = INT32_MIN;
	object = to_json(&record);
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	ck_assert_ptr_nonnull(strstr(text, "\"run_ns\":18446744073709551615,"));
	ck_assert_ptr_nonnull(strstr(text, "\"user_ns\":0,"));
	ck_assert_ptr_nonnull(strstr(text, "\"system_ns\":9007199254740993,"));
	ck_assert_ptr_nonnull(strstr(text, "\"uid\":4294967295,"));
	ck_assert_ptr_nonnull(strstr(text, "\"nice\":-2147483648,"));
	json_object_put(object);
}
END_TEST

START_TEST(test_not_available_is_null)
{
	struct taskmeter_record record;
	struct json_object *object;
	const struct tm_field *fields;
	size_t count, i;

	sample_record(&record);
	record.available = 0;
	object = to_json(&record);
	fields = tm_fields(&count);
	for (i = 0; i < count; i++)
		ck_assert_int_eq(!value_of(object, fields[i].name),
				 !!fields[i].available);
	json_object_put(object);
}
END_TEST

START_TEST(test_flags)
{
	static const char *const names[] = {
		"thread", "kernel", "exiting", "living_only", "partial",
	};
	struct taskmeter_record record;
	struct json_object *object;
	int i;

	sample_record(&record);
	record.flags = 1U << _i;
	object = to_json(&record);
	for (i = 0; i < 5; i++) {
		struct json_object *value = value_of(object, names[i]);

		ck_assert(json_object_is_type(value, json_type_boolean));
		ck_assert_int_eq(json_object_get_boolean(value), i == _i);
	}
	json_object_put(object);
}
END_TEST

/* What a process calls itself cannot break the document. */
START_TEST(test_hostile_names)
{
	static const struct {
		const char *comm;
		const char *json;
	} names[] = {
		{ "\"},{\"pid\":1", "\"\\\"},{\\\"pid\\\":1\"" },
		{ "a\\", "\"a\\\\\"" },
		{ "\n\033\t", "\"\\n\\u001b\\t\"" },
		{ "\xff\xc0", "\"\uFFFD\uFFFD\"" },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		  "\"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"
		  "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\"" },
		{ "", "\"\"" },
	};
	struct taskmeter_record record;
	struct json_object *object, *again;
	const char *text;

	sample_process(&record, 1, names[_i].comm);
	object = to_json(&record);
	text = json_object_to_json_string_ext(value_of(object, "comm"),
					      JSON_C_TO_STRING_PLAIN);
	ck_assert_str_eq(text, names[_i].json);
	again = json_tokener_parse(json_object_to_json_string(object));
	ck_assert(json_object_equal(object, again));
	json_object_put(again);
	json_object_put(object);
}
END_TEST

/* A name that fills all 16 bytes is no reason to read on. */
START_TEST(test_name_without_end)
{
	struct taskmeter_record record;
	struct json_object *object;

	sample_record(&record);
	memset(record.comm, 'x', sizeof(record.comm));
	object = to_json(&record);
	ck_assert_str_eq(json_object_get_string(value_of(object, "comm")),
			 "xxxxxxxxxxxxxxxx");
	json_object_put(object);
}
END_TEST

START_TEST(test_selection)
{
	struct taskmeter_record record;
	struct json_object *object;
	struct record_key *keys;
	size_t count;

	sample_process(&record, 42, "x");
	ck_assert_int_eq(record_keys_parse("run_ns,kernel,pid,pid", &keys,
					   &count, NULL), 0);
	ck_assert_uint_eq(count, 3);
	ck_assert_int_eq(record_to_json(&record, keys, count, &object), 0);
	ck_assert_str_eq(json_object_to_json_string_ext(object,
							JSON_C_TO_STRING_PLAIN),
			 "{\"run_ns\":42000000,\"kernel\":false,\"pid\":42}");
	json_object_put(object);
	free(keys);
}
END_TEST

START_TEST(test_bad_selection)
{
	static const struct {
		const char *list;
		int error;
		size_t at;
	} lists[] = {
		{ "", -EINVAL, 0 }, { "pid,", -EINVAL, 4 }, { ",pid", -EINVAL, 0 },
		{ "pid,,tgid", -EINVAL, 4 }, { "nope", -ENOENT, 0 },
		{ "pid,pi", -ENOENT, 4 }, { "pid, tgid", -ENOENT, 4 },
		{ "size", -ENOENT, 0 },
	};
	struct record_key *keys;
	const char *bad = NULL;
	size_t count;

	ck_assert_int_eq(record_keys_parse(lists[_i].list, &keys, &count, &bad),
			 lists[_i].error);
	ck_assert_ptr_eq(bad, lists[_i].list + lists[_i].at);
	ck_assert_int_eq(record_keys_parse(lists[_i].list, &keys, &count, NULL),
			 lists[_i].error);
}
END_TEST

/* More names than there are keys do not need more room. */
START_TEST(test_long_selection)
{
	struct record_key *keys;
	char list[4096] = "pid";
	size_t count, i;

	for (i = 0; i < 900; i++)
		strcat(list, i % 2 ? ",uid" : ",gid");
	ck_assert_int_eq(record_keys_parse(list, &keys, &count, NULL), 0);
	ck_assert_uint_eq(count, 3);
	free(keys);
}
END_TEST

static int compare(const char *name, int descending,
		   const struct taskmeter_record *a,
		   const struct taskmeter_record *b)
{
	struct record_key key;
	int order, reverse;

	ck_assert_int_eq(record_key_find(name, strlen(name), &key), 0);
	order = record_compare(&key, descending, a, b);
	reverse = record_compare(&key, descending, b, a);
	ck_assert_int_eq((order > 0) - (order < 0), (reverse < 0) - (reverse > 0));
	return (order > 0) - (order < 0);
}

START_TEST(test_order)
{
	struct taskmeter_record a, b;

	sample_process(&a, 1, "a");
	sample_process(&b, 2, "b");
	ck_assert_int_eq(compare("pid", 0, &a, &b), -1);
	ck_assert_int_eq(compare("pid", 1, &a, &b), 1);
	ck_assert_int_eq(compare("comm", 0, &a, &b), -1);
	a.run_ns = UINT64_MAX;
	b.run_ns = 1;
	ck_assert_int_eq(compare("run_ns", 0, &a, &b), 1);
	a.nice = -20;
	b.nice = 19;
	ck_assert_int_eq(compare("nice", 0, &a, &b), -1);
	a.flags = TASKMETER_RECORD_KERNEL;
	ck_assert_int_eq(compare("kernel", 0, &a, &b), 1);
	ck_assert_int_eq(compare("kernel", 1, &a, &b), -1);
	/* Equal: by pid, also when descending. */
	ck_assert_int_eq(compare("uid", 0, &a, &b), -1);
	ck_assert_int_eq(compare("uid", 1, &a, &b), -1);
}
END_TEST

START_TEST(test_not_available_comes_last)
{
	struct taskmeter_record a, b;

	sample_process(&a, 1, "a");
	sample_process(&b, 2, "b");
	a.available = 0;
	a.rss_anon_bytes = 99;
	ck_assert_int_eq(compare("rss_anon_bytes", 0, &a, &b), 1);
	ck_assert_int_eq(compare("rss_anon_bytes", 1, &a, &b), 1);
	b.available = 0;
	ck_assert_int_eq(compare("rss_anon_bytes", 1, &a, &b), -1);
}
END_TEST

START_TEST(test_info)
{
	struct taskmeter_info info;
	struct json_object *object;

	sample_info(&info);
	info.available = TASKMETER_AVAILABLE_IO | TASKMETER_AVAILABLE_CGROUP;
	ck_assert_int_eq(info_to_json(&info, &object), 0);
	ck_assert_str_eq(json_object_to_json_string_ext(object,
							JSON_C_TO_STRING_PLAIN),
			 "{\"version\":\"1.2.3\",\"abi_version\":1,"
			 "\"instance_id\":18446744073709551615,"
			 "\"load_time_ns\":1000000000,\"record_size\":736,"
			 "\"page_size\":4096,\"pid_namespace\":4026531836,"
			 "\"rss_error_bytes\":65536,\"clock\":\"exec_start\","
			 "\"tracked_threads\":101,\"untracked_threads\":102,"
			 "\"allocation_failures\":103,\"clock_steps\":104,"
			 "\"gaps\":105,\"probe_calls\":106,\"probe_ns\":1500000007,"
			 "\"thread_bytes\":512,\"process_bytes\":128,"
			 "\"histogram_bytes\":2000,\"exit_number\":107,"
			 "\"exit_log_bytes\":16777216,\"exit_log_used_bytes\":108,"
			 "\"exit_log_records\":109,\"exit_log_evicted\":110,"
			 "\"exits_other\":111,\"exits_unrecorded\":112,"
			 "\"events_lost\":113,\"subscribers\":114,"
			 "\"privileged\":true,"
			 "\"unprivileged\":false,\"meter\":true,\"waker\":false,"
			 "\"probe_time\":false,\"available\":{\"cgroup\":true,"
			 "\"run_delay\":false,\"memory\":false,"
			 "\"rss_peak\":false,\"io_chars\":false,\"io\":true,"
			 "\"meter\":false,\"mem_wait\":false,\"numa\":false,"
			 "\"waker\":false,\"stalls\":false,"
			 "\"direct_reclaim\":false,\"memcg_reclaim\":false,"
			 "\"compaction\":false,\"refault\":false,"
			 "\"mem_stall\":false,\"numa_balancing\":false}}");
	json_object_put(object);
}
END_TEST

/* What a module of before the meter does not tell is null, not 0. */
START_TEST(test_info_older_module)
{
	static const char *const names[] = {
		"clock", "tracked_threads", "clock_steps", "probe_ns", "histogram_bytes",
		"exit_number", "exit_log_bytes", "subscribers",
	};
	struct taskmeter_info info;
	struct json_object *object;
	size_t i;

	sample_info(&info);
	memset((char *)&info + TASKMETER_INFO_SIZE_VER1, 0,
	       sizeof(info) - TASKMETER_INFO_SIZE_VER1);
	info.size = TASKMETER_INFO_SIZE_VER1;
	ck_assert_int_eq(info_to_json(&info, &object), 0);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		ck_assert_ptr_null(value_of(object, names[i]));
	ck_assert_uint_eq(json_object_get_uint64(value_of(object, "rss_error_bytes")),
			  65536);
	json_object_put(object);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("record-json");
	TCase *test_case = tcase_create("record-json");

	tcase_add_test(test_case, test_every_field);
	tcase_add_test(test_case, test_extremes_are_exact);
	tcase_add_test(test_case, test_not_available_is_null);
	tcase_add_loop_test(test_case, test_flags, 0, 5);
	tcase_add_loop_test(test_case, test_hostile_names, 0, 6);
	tcase_add_test(test_case, test_name_without_end);
	tcase_add_test(test_case, test_selection);
	tcase_add_loop_test(test_case, test_bad_selection, 0, 8);
	tcase_add_test(test_case, test_long_selection);
	tcase_add_test(test_case, test_order);
	tcase_add_test(test_case, test_not_available_comes_last);
	tcase_add_test(test_case, test_info);
	tcase_add_test(test_case, test_info_older_module);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
