// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/processes?at=, without HTTP: which moment, who sees what, rates as fields and order,
 * paging, what is refused, and clients that are gone before the answer.
 */
#include "api/api.h"
#include "api/key.h"
#include "sample.h"
#include "suite.h"
#include "unit/answer.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BOOT	"0123456789abcdef0123456789abcdef"
#define LOAD	UINT64_C(5)
#define S	UINT64_C(1000000000)
#define BEGIN	(UINT64_C(1700000000) * S)

static const struct database_limits limits = { .age_ns = UINT64_MAX, .records = 1000 };

static struct config config;
static struct access access_rules;
static struct model model = { .problem = "no" };
static struct exits exits;
static struct ticks ticks;
static struct api api;
static struct groups *groups;
static char directory[64];

/* Cgroup 3 is known, by a name that is not UTF-8. */
static void walk(void *data, bool (*found)(void *context, uint64_t id, const char *path),
		 void *context)
{
	(void)data;
	found(context, 3, "/a.slice/b\xff.service");
}

/* Ten processes; each runs its pid percent of the time from one tick to the next. */
static void feed(uint64_t number)
{
	static const char names[2][TASKMETER_COMM_LEN] = { "even", "odd" };
	struct sample *sample = sample_new(NULL);
	struct taskmeter_record record;
	uint32_t pid;

	for (pid = 1; pid <= 10; pid++) {
		sample_process(&record, pid, names[pid % 2]);
		record.uid = record.euid = pid > 7;
		record.waker_pid = 99;
		record.cgroup_id = pid;
		record.run_ns = number * pid * S / 10;
		ck_assert_int_eq(sample_add(sample, &record), 0);
	}
	sample->realtime_ns = BEGIN + number * 10 * S;
	sample->monotonic_ns = S + number * 10 * S;
	groups_feed(groups, LOAD, sample);
	groups_settle(groups, sample->monotonic_ns);
	ticks_feed(&ticks, LOAD, sample, 1000);
	sample_unref(sample);
}

static void wait_written(void)
{
	struct store_status status;

	do {
		usleep(1000);
		store_status(ticks.store, &status);
	} while (status.ticks_queued || !status.ready);
}

static void setup(void)
{
	const struct groups_paths paths = { .walk = walk };
	char path[128];
	uint64_t i;

	groups = groups_new(100, &paths);
	snprintf(directory, sizeof(directory), "/tmp/taskmeter-past-XXXXXX");
	ck_assert(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/history.db", directory);
	ticks = (struct ticks) { .interval_ms = 10000, .groups = groups };
	ck_assert_int_eq(store_new(path, BOOT, &limits, &ticks.store), 0);
	exits_init(&exits, ticks.store);
	api = (struct api) {
		.model = &model, .config = &config, .access = &access_rules, .exits = &exits,
		.ticks = &ticks,
	};
	for (i = 0; i < 3; i++)
		feed(i);
	wait_written();
}

static void teardown(void)
{
	char command[128];

	exits_clear(&exits);
	store_free(ticks.store);
	ticks_clear(&ticks);
	groups_free(groups);
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	ck_assert_int_eq(system(command), 0);
	ck_assert_uint_eq(api.past_bytes, 0);
}

static struct json_object *ask(struct request request, unsigned int status)
{
	return answer_object(&api, request, status);
}

/* The whole reply, as text. */
static void expect(struct request request, const char *expected)
{
	struct json_object *object = ask(request, 200);
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);

	ck_assert_str_eq(text, expected);
	json_object_put(object);
}

static void refuse(struct request request, unsigned int status, const char *words)
{
	answer_refused(&api, request, status, words);
}

#define SECOND "{\"sample\":{\"realtime_ns\":1700000010000000000," \
	       "\"monotonic_ns\":11000000000,\"elapsed_ns\":10000000000},"

START_TEST(moments)
{
	expect(ROOT("/v1/processes?at=@1700000015.5&pid=3&fields=comm,run_ns,run_ns_per_s"),
	       SECOND "\"matched\":1,\"count\":1,\"next_cursor\":null,\"processes\":["
	       "{\"comm\":\"odd\",\"run_ns\":300000000,\"run_ns_per_s\":30000000}]}");
	expect(ROOT("/v1/processes?at=2023-11-14T22:13:30Z&comm=even&limit=1&sort=run_ns_per_s"
		    "&order=desc&fields=pid"),
	       SECOND "\"matched\":5,\"count\":1,"
	       "\"next_cursor\":\"run_ns_per_s.d.00e1f50500000000.10\","
	       "\"processes\":[{\"pid\":10}]}");
	expect(ROOT("/v1/processes?at=@1700000010&comm=even&limit=2&sort=run_ns_per_s"
		    "&order=desc&fields=pid&cursor=run_ns_per_s.d.00e1f50500000000.10"),
	       SECOND "\"matched\":5,\"count\":2,"
	       "\"next_cursor\":\"run_ns_per_s.d.0087930300000000.6\","
	       "\"processes\":[{\"pid\":8},{\"pid\":6}]}");
	expect(ROOT("/v1/processes?at=@1700000010&comm=odd&limit=2&fields=pid,cgroup_path"),
	       SECOND "\"matched\":5,\"count\":2,\"next_cursor\":\"pid.a.03000000.3\","
	       "\"processes\":[{\"pid\":1,\"cgroup_path\":null},"
	       "{\"pid\":3,\"cgroup_path\":\"\\/a.slice\\/b\xef\xbf\xbd.service\"}]}");
	/* The first tick has nothing to compare with. */
	expect(ROOT("/v1/processes?at=@1700000000&pid=3&fields=run_ns_per_s"),
	       "{\"sample\":{\"realtime_ns\":1700000000000000000,\"monotonic_ns\":1000000000,"
	       "\"elapsed_ns\":null},\"matched\":1,\"count\":1,\"next_cursor\":null,"
	       "\"processes\":[{\"run_ns_per_s\":null}]}");
	expect(ROOT("/v1/processes?at=@1700000010&comm=nobody"),
	       SECOND "\"matched\":0,\"count\":0,\"next_cursor\":null,\"processes\":[]}");
}
END_TEST

/* All keys of the present, the rates behind them; nothing of a growth that is not known. */
START_TEST(all_keys)
{
	struct json_object *object, *rows, *value;

	object = ask(ROOT("/v1/processes?at=@1700000010&pid=4"), 200);
	ck_assert(json_object_object_get_ex(object, "processes", &rows));
	rows = json_object_array_get_idx(rows, 0);
	ck_assert_int_eq(json_object_object_length(rows), (int)process_key_count(true));
	ck_assert(json_object_object_get_ex(rows, "io_write_bytes_per_s", &value));
	ck_assert_int_eq(json_object_get_int(value), 0);
	ck_assert(json_object_object_get_ex(rows, "rss_growth_10s_bytes_per_s", &value));
	ck_assert_ptr_null(value);
	json_object_put(object);
}
END_TEST

/* Others do not exist for him, in the sums, either; nor who woke his own. */
START_TEST(own_processes)
{
	expect(USER("/v1/processes?at=@1700000010&fields=pid,waker_pid"),
	       SECOND "\"matched\":3,\"count\":3,\"next_cursor\":null,\"processes\":["
	       "{\"pid\":8,\"waker_pid\":null},{\"pid\":9,\"waker_pid\":null},"
	       "{\"pid\":10,\"waker_pid\":null}]}");
	expect(USER("/v1/processes?at=@1700000010&pid=1"),
	       SECOND "\"matched\":0,\"count\":0,\"next_cursor\":null,\"processes\":[]}");
	refuse(USER("/v1/processes?at=@1700000010&sort=waker_pid"), 400, "not to you");
}
END_TEST

START_TEST(refusals)
{
	struct store *store = exits.store;

	refuse(ROOT("/v1/processes?at=noon"), 400, "\"noon\" is not a time");
	refuse(ROOT("/v1/processes?at=17"), 400, "@SECONDS");
	refuse(ROOT("/v1/processes?at=@1700000010&sort=x"), 400, "io_write_bytes_per_s.");
	refuse(ROOT("/v1/processes?at=@1700000010&fields=x"), 400, ",io_write_bytes_per_s.");
	refuse(ROOT("/v1/processes?fields=pid,run_ns_per_s"), 400, "of the past only");
	refuse(ROOT("/v1/processes?sort=run_ns_per_s"), 400, "of the past only");
	refuse(ROOT("/v1/processes?fields=cgroup_path"), 400, "of the past only");
	refuse(ROOT("/v1/processes?at=@1700000010&sort=cgroup_path"), 400, "to sort by");
	refuse(ROOT("/v1/processes/1?at=@1700000010"), 400, "\"at\"");
	refuse(ROOT("/v1/processes?at=@1699999999"), 404, "begins at 2023-11-14T22:13:20Z");
	refuse(ROOT("/v1/processes?at=@1700000051"), 404, "goes up to 2023-11-14T22:13:40Z");
	feed(100);
	wait_written();
	refuse(ROOT("/v1/processes?at=@1700000500"), 404,
	       "between 2023-11-14T22:13:40Z and 2023-11-14T22:30:00Z");
	api.past_bytes = UINT64_C(64) << 20;
	refuse(ROOT("/v1/processes?at=@1700000010"), 503, "under way");
	/* There was room when it was asked for, and is none for the answer. */
	api.past_bytes = (UINT64_C(64) << 20) - 1;
	refuse(ROOT("/v1/processes?at=@1700000010"), 503, "under way");
	ck_assert_uint_eq(api.past_bytes, (UINT64_C(64) << 20) - 1);
	api.past_bytes = 0;
	exits.store = NULL;
	refuse(ROOT("/v1/processes?at=@1700000010"), 404, "switched off");
	exits.store = store;
}
END_TEST

/* Gone before the store answers, or before the reply is taken; too many at a time. */
START_TEST(clients_that_go)
{
	struct reply replies[STORE_REQUESTS_MAX];
	struct request request;
	size_t i;

	for (i = 0; i < STORE_REQUESTS_MAX; i++) {
		request = ROOT("/v1/processes?at=@1700000010");
		ck_assert_int_eq(api_handle(&api, &request, &replies[i]), 0);
		ck_assert_ptr_nonnull(replies[i].pending);
	}
	refuse(ROOT("/v1/processes?at=@1700000010"), 503, "Too many others");
	for (i = 1; i < STORE_REQUESTS_MAX; i++)
		reply_clear(&replies[i]);
	answer_wait(&api, &replies[0]);
	ck_assert_ptr_nonnull(replies[0].stream);
	/* Rates and paths, too. */
	ck_assert_uint_gt(api.past_bytes, 10 * (sizeof(struct taskmeter_record) +
						sizeof(struct past_rates) + sizeof(char *)));
	reply_clear(&replies[0]);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("past-api");
	TCase *replies = tcase_create("replies");

	tcase_add_checked_fixture(replies, setup, teardown);
	tcase_add_test(replies, moments);
	tcase_add_test(replies, all_keys);
	tcase_add_test(replies, own_processes);
	tcase_add_test(replies, refusals);
	tcase_add_test(replies, clients_that_go);
	suite_add_tcase(suite, replies);
	return suite_main(suite, argc, argv);
}
