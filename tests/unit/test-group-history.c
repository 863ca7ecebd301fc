// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/groups/{kind}/{name}/history, without HTTP, from samples to replies: what a point
 * tells, where series have gaps, what is refused, and clients that are gone before the
 * answer.
 */
#include "api/api.h"
#include "api/series-key.h"
#include "sample.h"
#include "suite.h"
#include "unit/answer.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BOOT	"0123456789abcdef0123456789abcdef"
#define LOAD	UINT64_C(5)
#define S	UINT64_C(1000000000)
/* A multiple of a minute. */
#define BEGIN	(UINT64_C(1700000040) * S)
#define WEB	"/v1/groups/unit/web.service/history"

static const struct database_limits limits = {
	.age_ns = UINT64_MAX, .records = 1000,
	.series_age_ns = { UINT64_MAX, UINT64_MAX, UINT64_MAX },
};

static struct config config;
static struct access access_rules;
static struct model model;
static struct exits exits;
static struct ticks ticks;
static struct group_series series;
static struct api api;
static uint64_t sampling_ms;
static char directory[64];

static void walk(void *data, bool (*found)(void *context, uint64_t id, const char *path),
		 void *context)
{
	(void)data;
	found(context, 1, "/system.slice/web.service");
	found(context, 2, "/system.slice/a\xff.service");
}

/* Whoever is late: the second that is 7 waits for I/O, by more than a second. */
static uint64_t waited(uint64_t time)
{
	return (time > 6 * S ? 3 * S : 0) + time / 10;
}

/*
 * Two processes of a unit; the first runs half of the time. Another unit comes with the
 * fifth second.
 */
static void feed_at(uint64_t instance_id, uint64_t monotonic_ns, uint64_t time)
{
	struct sample *sample = sample_new(NULL);
	struct taskmeter_record record;
	uint32_t pid;

	for (pid = 1; pid <= (time < 5 * S ? 2 : 3); pid++) {
		sample_process(&record, pid, "web");
		record.cgroup_id = pid < 3 ? 1 : 2;
		record.start_time_ns = pid < 3 ? 1 : 5 * S;
		record.rss_anon_bytes = pid * 1000 + time / S;
		record.run_ns = pid == 1 ? time / 2 : 0;
		record.io_wait_ns = pid == 2 ? waited(time) : 0;
		record.uid = pid;
		ck_assert_int_eq(sample_add(sample, &record), 0);
	}
	sample->realtime_ns = BEGIN + time;
	sample->monotonic_ns = monotonic_ns;
	groups_feed(model.groups, instance_id, sample);
	groups_settle(model.groups, monotonic_ns);
	group_series_feed(&series, model.groups, sample, sampling_ms);
	sample_unref(sample);
}

static void feed(uint64_t time)
{
	feed_at(LOAD, 77 * S + time, time);
}

static void wait_written(void)
{
	struct store_status status;

	do {
		usleep(1000);
		store_status(series.store, &status);
	} while (status.series_queued || !status.ready);
}

static void setup(void)
{
	const struct groups_paths paths = { .walk = walk };
	char path[128];

	sampling_ms = 1000;
	model = (struct model) { .groups = groups_new(100, &paths) };
	snprintf(directory, sizeof(directory), "/tmp/taskmeter-history-XXXXXX");
	ck_assert(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/history.db", directory);
	series = (struct group_series) { .store = NULL };
	ck_assert_int_eq(store_new(path, BOOT, &limits, &series.store), 0);
	exits_init(&exits, series.store);
	api = (struct api) {
		.model = &model, .config = &config, .access = &access_rules, .exits = &exits,
		.ticks = &ticks, .series = &series,
	};
}

static void teardown(void)
{
	char command[128];

	exits_clear(&exits);
	group_series_clear(&series);
	store_free(series.store);
	groups_free(model.groups);
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	ck_assert_int_eq(system(command), 0);
	ck_assert_uint_eq(api.past_bytes, 0);
}

static void feed_seconds(uint64_t first, uint64_t last)
{
	for (; first <= last; first++)
		feed(first * S);
	wait_written();
}

static struct json_object *ask(struct request request, unsigned int status)
{
	return answer_object(&api, request, status);
}

static void refuse(struct request request, unsigned int status, const char *words)
{
	answer_refused(&api, request, status, words);
}

static struct json_object *find(struct json_object *object, const char *key)
{
	struct json_object *value;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s", key);
	return value;
}

static uint64_t number(struct json_object *object, const char *key)
{
	return json_object_get_uint64(find(object, key));
}

static struct json_object *point_at(struct json_object *reply, size_t index)
{
	return json_object_array_get_idx(find(reply, "points"), index);
}

static uint64_t sum_of(struct json_object *reply, const char *key)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < number(reply, "count"); i++)
		sum += number(point_at(reply, i), key);
	return sum;
}

static void check_real(struct json_object *object, const char *key, double expected)
{
	ck_assert_double_eq_tol(json_object_get_double(find(object, key)), expected, 1e-6);
}

/* Each second as it was; the first sample tells nothing of the time before. */
START_TEST(seconds)
{
	struct json_object *reply, *point;

	feed_seconds(0, 30);
	reply = ask(ROOT(WEB "?from=@1700000040&to=@1700000060&step=1"), 200);
	ck_assert_str_eq(json_object_get_string(find(reply, "kind")), "unit");
	ck_assert_str_eq(json_object_get_string(find(reply, "name")), "web.service");
	ck_assert_uint_eq(number(reply, "from_realtime_ns"), BEGIN);
	ck_assert_uint_eq(number(reply, "to_realtime_ns"), BEGIN + 20 * S);
	ck_assert_uint_eq(number(reply, "step_ns"), S);
	ck_assert_uint_eq(number(reply, "history_begin_realtime_ns"), BEGIN);
	ck_assert_uint_eq(number(reply, "count"), 20);
	point = point_at(reply, 6);
	ck_assert_int_eq(json_object_object_length(point), 4 + (int)series_key_count());
	ck_assert_uint_eq(number(point, "begin_realtime_ns"), BEGIN + 6 * S);
	ck_assert_uint_eq(number(point, "end_realtime_ns"), BEGIN + 7 * S);
	ck_assert_uint_eq(number(point, "elapsed_ns"), S);
	ck_assert_uint_eq(number(point, "samples"), 1);
	ck_assert_uint_eq(number(point, "run_ns"), S / 2);
	ck_assert_uint_eq(number(point, "max_run_ns_per_s"), S / 2);
	ck_assert_uint_eq(number(point, "io_wait_ns"), 3 * S + S / 10);
	check_real(point, "io_pressure", 3.1);
	check_real(point, "max_io_pressure", 3.1);
	check_real(point, "cpu_pressure", 0);
	ck_assert_uint_eq(number(point, "max_processes"), 2);
	check_real(point, "avg_rss_anon_bytes", 1000 + 2000 + 2 * 7);
	json_object_put(reply);
}
END_TEST

/* Averages and the greatest of ten seconds, and of all of it. */
START_TEST(steps)
{
	struct json_object *reply, *point;

	feed_seconds(0, 70);
	reply = ask(ROOT(WEB "?from=@1700000040&to=@1700000100&step=10"), 200);
	ck_assert_uint_eq(number(reply, "count"), 6);
	point = point_at(reply, 0);
	ck_assert_uint_eq(number(point, "elapsed_ns"), 10 * S);
	ck_assert_uint_eq(number(point, "samples"), 10);
	ck_assert_uint_eq(number(point, "run_ns_per_s"), S / 2);
	ck_assert_uint_eq(number(point, "io_wait_ns"), 4 * S);
	ck_assert_uint_eq(number(point, "io_wait_ns_per_s"), 4 * S / 10);
	check_real(point, "io_pressure", 0.4);
	check_real(point, "max_io_pressure", 3.1);
	check_real(point, "avg_rss_anon_bytes", 3000 + 2 * 5.5);
	ck_assert_uint_eq(number(point, "min_rss_anon_bytes"), 3002);
	ck_assert_uint_eq(number(point, "max_rss_anon_bytes"), 3020);
	json_object_put(reply);
	reply = ask(ROOT(WEB "?from=@1700000040&to=@1700000100&step=3600"), 200);
	ck_assert_uint_eq(number(reply, "count"), 1);
	ck_assert_uint_eq(number(point_at(reply, 0), "run_ns"), 30 * S);
	check_real(point_at(reply, 0), "max_io_pressure", 3.1);
	json_object_put(reply);
	/* Without a step, the finest of a few minutes. */
	reply = ask(ROOT(WEB "?from=@1700000040&to=@1700000100"), 200);
	ck_assert_uint_eq(number(reply, "step_ns"), S);
	ck_assert_uint_eq(number(reply, "count"), 60);
	json_object_put(reply);
	reply = ask(ROOT(WEB "?to=@1700000100"), 200);
	ck_assert_uint_eq(number(reply, "from_realtime_ns"), BEGIN + 60 * S - 3600 * S);
	ck_assert_uint_eq(number(reply, "step_ns"), 10 * S);
	json_object_put(reply);
	reply = ask(ROOT(WEB "?from=@1600000000&to=@1700000100"), 200);
	ck_assert_uint_eq(number(reply, "step_ns") % (60 * S), 0);
	ck_assert_uint_eq(sum_of(reply, "run_ns"), 30 * S);
	json_object_put(reply);
}
END_TEST

/* All kinds; a name that is a path, and not UTF-8, of a cgroup that came later. */
START_TEST(kinds)
{
	struct json_object *reply;

	feed_seconds(0, 20);
	reply = ask(ROOT("/v1/groups/cgroup/%2Fsystem.slice%2Fa%ff.service/history?from=@1"
			 "&to=@1700000050"), 200);
	ck_assert_uint_eq(number(reply, "count"), 1);
	ck_assert_uint_eq(sum_of(reply, "samples"), 6);
	ck_assert_str_eq(json_object_get_string(find(reply, "name")), 
			 "/system.slice/a\xef\xbf\xbd.service");
	json_object_put(reply);
	reply = ask(ROOT("/v1/groups/cgroup/%2Fsystem.slice/history?from=@1700000040"
			 "&to=@1700000050"), 200);
	ck_assert_uint_eq(sum_of(reply, "samples"), 10);
	ck_assert_uint_eq(sum_of(reply, "run_ns"), 5 * S);
	ck_assert_uint_eq(number(point_at(reply, 9), "max_processes"), 3);
	json_object_put(reply);
	reply = ask(ROOT("/v1/groups/user/1/history?from=@1700000040&to=@1700000050"), 200);
	ck_assert_uint_eq(sum_of(reply, "run_ns"), 5 * S);
	json_object_put(reply);
	reply = ask(ROOT("/v1/groups/program/web/history?from=@1700000040&to=@1700000050"), 200);
	ck_assert_uint_eq(sum_of(reply, "io_wait_ns"), 4 * S);
	json_object_put(reply);
	reply = ask(ROOT("/v1/groups/slice/system.slice/history?from=@1700000040"
			 "&to=@1700000050"), 200);
	ck_assert_uint_eq(sum_of(reply, "run_ns"), 5 * S);
	json_object_put(reply);
	/* Nothing was in it yet. */
	reply = ask(ROOT("/v1/groups/container/other/history?from=@1700000040"), 200);
	ck_assert_uint_eq(number(reply, "count"), 0);
	json_object_put(reply);
}
END_TEST

/* Ten samples of a tenth are a second; one of a minute is a point of a minute. */
START_TEST(intervals)
{
	struct json_object *reply;
	uint64_t i;

	sampling_ms = 100;
	for (i = 0; i <= 200; i++)
		feed(i * S / 10);
	sampling_ms = 60000;
	for (i = 1; i < 4; i++)
		feed(20 * S + i * 60 * S);
	wait_written();
	reply = ask(ROOT(WEB "?from=@1700000040&to=@1700000060&step=1"), 200);
	ck_assert_uint_eq(number(reply, "count"), 20);
	ck_assert_uint_eq(number(point_at(reply, 3), "samples"), 10);
	ck_assert_uint_eq(sum_of(reply, "run_ns"), 10 * S);
	/* Of a tenth, in which it waited three seconds. */
	check_real(point_at(reply, 6), "max_io_pressure", 30.1);
	check_real(point_at(reply, 6), "io_pressure", 3.1);
	json_object_put(reply);
	reply = ask(ROOT(WEB "?from=@1700000060&to=@1700000200&step=1"), 200);
	ck_assert_uint_eq(number(reply, "count"), 2);
	ck_assert_uint_eq(number(point_at(reply, 0), "elapsed_ns"), 60 * S);
	ck_assert_uint_eq(number(point_at(reply, 0), "run_ns_per_s"), S / 2);
	json_object_put(reply);
}
END_TEST

/* Another load of the module; the daemon was away; the clock is set back. */
START_TEST(gaps)
{
	struct json_object *reply;
	uint64_t i;

	for (i = 0; i < 5; i++)
		feed(i * S);
	for (i = 10; i < 20; i++)
		feed_at(LOAD + 1, 77 * S + i * S, i * S);
	for (i = 20; i < 25; i++)
		feed_at(LOAD + 1, 77 * S + i * S, i * S - 10 * S);
	feed_at(LOAD + 1, 107 * S, 40 * S);
	wait_written();
	reply = ask(ROOT(WEB "?from=@1700000040&to=@1700000060&step=1"), 200);
	ck_assert_uint_eq(number(reply, "count"), 4 + 9 + 1);
	ck_assert_uint_eq(number(point_at(reply, 4), "begin_realtime_ns"), BEGIN + 9 * S);
	ck_assert_uint_eq(number(point_at(reply, 5), "elapsed_ns"), 2 * S);
	json_object_put(reply);
}
END_TEST

/* To before the block that is open: what was then is found by that time. */
START_TEST(clock_set_back)
{
	static const unsigned int clock[] = { 14, 15, 16, 12, 13, 40 };
	struct json_object *reply;
	size_t i;

	for (i = 0; i < sizeof(clock) / sizeof(clock[0]); i++)
		feed_at(LOAD, (77 + i) * S, clock[i] * S);
	wait_written();
	reply = ask(ROOT(WEB "?from=@1700000051&to=@1700000052&step=1"), 200);
	ck_assert_uint_eq(number(reply, "count"), 1);
	ck_assert_uint_eq(number(point_at(reply, 0), "end_realtime_ns"), BEGIN + 12 * S);
	json_object_put(reply);
}
END_TEST

/* The meter is off: what it does not tell is null, not 0. */
START_TEST(not_available)
{
	struct sample *sample;
	struct taskmeter_record record;
	struct json_object *reply;
	uint64_t i;

	for (i = 0; i < 12; i++) {
		sample = sample_new(NULL);
		sample_process(&record, 1, "web");
		record.cgroup_id = 1;
		record.available = TASKMETER_AVAILABLE_CGROUP;
		record.run_ns = i * S / 2;
		ck_assert_int_eq(sample_add(sample, &record), 0);
		sample->realtime_ns = BEGIN + i * S;
		sample->monotonic_ns = (77 + i) * S;
		groups_feed(model.groups, LOAD, sample);
		groups_settle(model.groups, sample->monotonic_ns);
		group_series_feed(&series, model.groups, sample, sampling_ms);
		/* The same tick again, as after a sample that failed. */
		group_series_feed(&series, model.groups, sample, sampling_ms);
		sample_unref(sample);
	}
	wait_written();
	reply = ask(ROOT(WEB "?from=@1700000040&to=@1700000050&step=10"), 200);
	ck_assert_uint_eq(sum_of(reply, "run_ns"), 5 * S);
	ck_assert_uint_eq(sum_of(reply, "samples"), 10);
	ck_assert_ptr_null(find(point_at(reply, 0), "io_wait_ns"));
	ck_assert_ptr_null(find(point_at(reply, 0), "io_wait_ns_per_s"));
	ck_assert_ptr_null(find(point_at(reply, 0), "max_io_pressure"));
	ck_assert_ptr_null(find(point_at(reply, 0), "memory_pressure"));
	ck_assert_uint_eq(number(point_at(reply, 0), "exits"), 0);
	json_object_put(reply);
}
END_TEST

/* What waits in memory is written at the end. */
START_TEST(end)
{
	struct json_object *reply;

	feed_seconds(0, 5);
	reply = ask(ROOT(WEB "?from=@1700000040&to=@1700000060"), 200);
	ck_assert_uint_eq(number(reply, "count"), 0);
	ck_assert_ptr_null(find(reply, "history_begin_realtime_ns"));
	json_object_put(reply);
	group_series_clear(&series);
	wait_written();
	reply = ask(ROOT(WEB "?from=@1700000040&to=@1700000060"), 200);
	ck_assert_uint_eq(number(reply, "count"), 5);
	json_object_put(reply);
	ck_assert_uint_eq(series.cost.taken, GROUP_KINDS);
	ck_assert_uint_eq(series.cost.dropped, 0);
}
END_TEST

START_TEST(refusals)
{
	struct store *store = exits.store;

	wait_written();
	refuse(ROOT("/v1/groups/unit/nobody.service/history"), 404, "no groups yet");
	feed_seconds(0, 20);
	refuse(ROOT("/v1/groups/unit/nobody.service/history?to=@1700000050"), 404,
	       "of unit \"nobody.service\" between 2023-11-14T21:14:10Z and"
	       " 2023-11-14T22:14:10Z: the history of groups begins at 2023-11-14T22:14:00Z");
	refuse(ROOT("/v1/groups/unit//history"), 404, "unit \"\"");
	refuse(ROOT("/v1/groups/planet/web.service/history"), 404, "unit, slice, container");
	refuse(ROOT("/v1/groups/unit/web.service"), 404, "/v1/groups/{kind}/{name}/history");
	refuse(ROOT("/v1/groups/unit/web.service/past"), 404, "no such path");
	refuse(USER(WEB), 403, "Groups add up");
	refuse(ROOT(WEB "?from=noon"), 400, "\"noon\" is not a time");
	refuse(ROOT(WEB "?to=17"), 400, "@SECONDS");
	refuse(ROOT(WEB "?from=@1700000050&to=@1700000050"), 400, "before");
	refuse(ROOT(WEB "?from=2200-01-01T00:00:00Z"), 400, "before");
	refuse(ROOT(WEB "?step=0"), 400, "from 1 to 86400");
	refuse(ROOT(WEB "?step=86401"), 400, "from 1 to 86400");
	refuse(ROOT(WEB "?step=1min"), 400, "from 1 to 86400");
	refuse(ROOT(WEB "?from=@1700000000&to=@1700010001&step=1"), 400, "2 at least");
	refuse(ROOT(WEB "?at=@1700000000"), 400, "from, to, step");
	json_object_put(ask(ROOT(WEB "?from=@1700000000&to=@1700010000&step=1"), 200));
	json_object_put(ask(ROOT(WEB "?from=@1&to=2200-12-31T00:00:00Z"), 200));
	api.past_bytes = UINT64_C(64) << 20;
	refuse(ROOT(WEB), 503, "under way");
	/* There was room when it was asked for, and is none for the answer. */
	api.past_bytes = (UINT64_C(64) << 20) - 1;
	refuse(ROOT(WEB "?from=@1&to=2200-12-31T00:00:00Z"), 503, "under way");
	ck_assert_uint_eq(api.past_bytes, (UINT64_C(64) << 20) - 1);
	api.past_bytes = 0;
	exits.store = NULL;
	refuse(ROOT(WEB), 404, "switched off");
	exits.store = store;
}
END_TEST

/* Gone before the store answers, or before the reply is taken; too many at a time. */
START_TEST(clients_that_go)
{
	struct reply replies[STORE_REQUESTS_MAX];
	struct request request;
	size_t i;

	feed_seconds(0, 20);
	for (i = 0; i < STORE_REQUESTS_MAX; i++) {
		request = ROOT(WEB "?from=@1700000040&to=@1700000050");
		ck_assert_int_eq(api_handle(&api, &request, &replies[i]), 0);
		ck_assert_ptr_nonnull(replies[i].pending);
	}
	refuse(ROOT(WEB), 503, "Too many others");
	for (i = 1; i < STORE_REQUESTS_MAX; i++)
		reply_clear(&replies[i]);
	answer_wait(&api, &replies[0]);
	ck_assert_ptr_nonnull(replies[0].stream);
	ck_assert_uint_ge(api.past_bytes, 10 * sizeof(struct series_point));
	reply_clear(&replies[0]);
	/* Behind all of them. */
	json_object_put(ask(ROOT(WEB "?from=@1700000040&to=@1700000050"), 200));
}
END_TEST

/* The disk is not there: what finds no room is lost, and told. */
START_TEST(no_disk)
{
	uint64_t i;

	store_free(series.store);
	ck_assert_int_eq(store_new("/nowhere/history.db", BOOT, &limits, &series.store), 0);
	exits.store = series.store;
	for (i = 0; i <= 100; i++)
		feed(i * S);
	ck_assert_uint_eq(series.cost.taken, STORE_SERIES_MAX);
	ck_assert_uint_eq(series.cost.dropped, 9 * GROUP_KINDS - STORE_SERIES_MAX);
	refuse(ROOT(WEB), 503, "cannot be read");
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("group-history");
	TCase *replies = tcase_create("replies");

	tcase_add_checked_fixture(replies, setup, teardown);
	tcase_set_timeout(replies, 60);
	tcase_add_test(replies, seconds);
	tcase_add_test(replies, steps);
	tcase_add_test(replies, kinds);
	tcase_add_test(replies, intervals);
	tcase_add_test(replies, gaps);
	tcase_add_test(replies, clock_set_back);
	tcase_add_test(replies, not_available);
	tcase_add_test(replies, end);
	tcase_add_test(replies, refusals);
	tcase_add_test(replies, clients_that_go);
	tcase_add_test(replies, no_disk);
	suite_add_tcase(suite, replies);
	return suite_main(suite, argc, argv);
}
