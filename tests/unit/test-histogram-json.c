// SPDX-License-Identifier: GPL-2.0-or-later
/* Histograms as JSON: by hand-worked figures, and what is not there is null. */
#include "common/histogram-json.h"
#include "sample.h"
#include "suite.h"

#include <json-c/json.h>

static struct json_object *to_json(const struct taskmeter_histograms *histograms,
				   const struct taskmeter_record *record)
{
	struct json_object *object;

	ck_assert_int_eq(histograms_to_json(histograms, record, &object), 0);
	return object;
}

/* Text of the member @key; "null" if that is what it is. */
static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no key %s", key);
	return value ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN) :
		       "null";
}

START_TEST(test_figures)
{
	struct taskmeter_histograms histograms = { .size = sizeof(histograms) };
	struct taskmeter_record record;
	struct json_object *object;

	sample_record(&record);
	record.cpu_wait_max_ns = 5000;
	record.io_wait_max_ns = 0;
	record.mem_wait_max_ns = UINT64_MAX;
	histograms.cpu_wait[0] = 98;
	histograms.cpu_wait[4] = 2;
	histograms.mem_wait[TASKMETER_MEM_WAIT_BUCKETS - 1] = UINT64_MAX;
	object = to_json(&histograms, &record);
	ck_assert_str_eq(text_of(object, "cpu_wait"),
			 "{\"count\":100,\"p50_ns\":1152,\"p90_ns\":1152,\"p99_ns\":2304,"
			 "\"max_ns\":5000,\"buckets\":[[1280,98],[2560,2]]}");
	ck_assert_str_eq(text_of(object, "io_wait"),
			 "{\"count\":0,\"p50_ns\":null,\"p90_ns\":null,\"p99_ns\":null,"
			 "\"max_ns\":0,\"buckets\":[]}");
	/* The last bucket begins at 7/4 * 2^32 ns and has no end. */
	ck_assert_str_eq(text_of(object, "mem_wait"),
			 "{\"count\":18446744073709551615,\"p50_ns\":7516192768,"
			 "\"p90_ns\":7516192768,\"p99_ns\":7516192768,"
			 "\"max_ns\":18446744073709551615,"
			 "\"buckets\":[[null,18446744073709551615]]}");
	json_object_put(object);
}
END_TEST

/* Reclaim is of two kinds in the record; of a thread there are no such histograms. */
START_TEST(test_stalls)
{
	static const char *const keys[] = { "reclaim", "compaction", "fault_wait" };
	struct taskmeter_histograms histograms = { .size = sizeof(histograms) };
	struct taskmeter_record record;
	struct json_object *object;
	size_t i;

	sample_record(&record);
	record.direct_reclaim_max_ns = 4000;
	record.memcg_reclaim_max_ns = 5000;
	record.compaction_max_ns = 6000;
	record.fault_wait_max_ns = 7000;
	histograms.reclaim[0] = 1;
	histograms.compaction[4] = 2;
	histograms.fault_wait[TASKMETER_STALL_BUCKETS - 1] = 3;
	object = to_json(&histograms, &record);
	ck_assert_str_eq(text_of(object, "reclaim"),
			 "{\"count\":1,\"p50_ns\":36864,\"p90_ns\":36864,\"p99_ns\":36864,"
			 "\"max_ns\":5000,\"buckets\":[[40960,1]]}");
	ck_assert_str_eq(text_of(object, "compaction"),
			 "{\"count\":2,\"p50_ns\":73728,\"p90_ns\":73728,\"p99_ns\":73728,"
			 "\"max_ns\":6000,\"buckets\":[[81920,2]]}");
	ck_assert_ptr_nonnull(strstr(text_of(object, "fault_wait"),
				     "\"max_ns\":7000,\"buckets\":[[null,3]]}"));
	json_object_put(object);

	record.available &= ~(uint64_t)(TASKMETER_AVAILABLE_MEMCG_RECLAIM |
					TASKMETER_AVAILABLE_COMPACTION);
	object = to_json(&histograms, &record);
	ck_assert_ptr_nonnull(strstr(text_of(object, "reclaim"), "\"max_ns\":4000,"));
	ck_assert_str_eq(text_of(object, "compaction"), "null");
	json_object_put(object);

	record.available = SAMPLE_AVAILABLE;
	record.flags = TASKMETER_RECORD_THREAD;
	object = to_json(&histograms, &record);
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		ck_assert_str_eq(text_of(object, keys[i]), "null");
	ck_assert_str_ne(text_of(object, "mem_wait"), "null");
	json_object_put(object);
}
END_TEST

START_TEST(test_not_available)
{
	struct taskmeter_histograms histograms = { .cpu_wait = { 1 } };
	struct taskmeter_record record;
	struct json_object *object;

	sample_record(&record);
	record.available &= ~(uint64_t)TASKMETER_AVAILABLE_MEM_WAIT;
	object = to_json(&histograms, &record);
	ck_assert_str_eq(text_of(object, "mem_wait"), "null");
	ck_assert_str_ne(text_of(object, "cpu_wait"), "null");
	json_object_put(object);

	record.available = 0;
	object = to_json(&histograms, &record);
	ck_assert_str_eq(text_of(object, "cpu_wait"), "null");
	ck_assert_str_eq(text_of(object, "io_wait"), "null");
	json_object_put(object);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("histogram-json");
	TCase *test_case = tcase_create("histogram-json");

	tcase_add_test(test_case, test_figures);
	tcase_add_test(test_case, test_stalls);
	tcase_add_test(test_case, test_not_available);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
