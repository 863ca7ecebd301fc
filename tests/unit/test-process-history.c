// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/processes/{pid}/history, without HTTP: which ticks are told, what a process did
 * between them, who sees what, pids that are used again, damage, what is refused, clients
 * that are gone before the answer, and that others do not wait for it.
 */
#include "api/api.h"
#include "api/key.h"
#include "sample.h"
#include "store/reader.h"
#include "suite.h"
#include "unit/answer.h"

#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOOT	"0123456789abcdef0123456789abcdef"
#define LOAD	UINT64_C(5)
#define S	UINT64_C(1000000000)
#define BEGIN	(UINT64_C(1700000040) * S)
#define ALL	"?from=@1700000040&to=@1700009000"

static const struct database_limits limits = { .age_ns = UINT64_MAX, .records = 1000 };

static struct config config;
static struct access access_rules;
static struct model model = { .problem = "no" };
static struct exits exits;
static struct ticks ticks;
static struct group_series series;
static struct api api;
static struct groups *groups;
static char directory[64];
static char path[128];

static void walk(void *data, bool (*found)(void *context, uint64_t id, const char *path_found),
		 void *context)
{
	(void)data;
	found(context, 3, "/a.slice/b\xff.service");
}

/*
 * Ticks of ten seconds: process 3 runs half of the time, process 7 ends with tick 4, and
 * another user's has its number from tick 6 on.
 */
static void feed_load(uint64_t load, uint64_t number)
{
	struct sample *sample = sample_new(NULL);
	struct taskmeter_record record;
	uint32_t pid;

	for (pid = 1; pid <= 9; pid++) {
		if (pid == 7 && number > 3 && number < 6)
			continue;
		sample_process(&record, pid, "work");
		record.uid = record.euid = pid == 7 && number >= 6 ? 1 : 0;
		record.start_time_ns = pid == 7 && number >= 6 ? 60 * S : pid;
		record.cgroup_id = pid;
		record.waker_pid = 99;
		record.run_ns = number * 5 * S + (pid == 7 ? number * number * S / 10 : 0);
		if (record.start_time_ns == 60 * S)
			record.run_ns = (number - 5) * S;
		ck_assert_int_eq(sample_add(sample, &record), 0);
	}
	sample->realtime_ns = BEGIN + number * 10 * S + 5 * S;
	sample->monotonic_ns = S + number * 10 * S;
	groups_feed(groups, load, sample);
	groups_settle(groups, sample->monotonic_ns);
	ticks_feed(&ticks, load, sample, 1000);
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

static void feed(uint64_t first, uint64_t last)
{
	for (; first <= last; first++) {
		feed_load(LOAD, first);
		wait_written();
	}
}

static void setup(void)
{
	const struct groups_paths paths = { .walk = walk };

	groups = groups_new(100, &paths);
	snprintf(directory, sizeof(directory), "/tmp/taskmeter-track-XXXXXX");
	ck_assert(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/history.db", directory);
	ticks = (struct ticks) { .interval_ms = 10000, .groups = groups };
	ck_assert_int_eq(store_new(path, BOOT, &limits, &ticks.store), 0);
	exits_init(&exits, ticks.store);
	api = (struct api) {
		.model = &model, .config = &config, .access = &access_rules, .exits = &exits,
		.ticks = &ticks, .series = &series,
	};
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

static void execute(const char *sql)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static char *ask_text(struct request request, unsigned int status)
{
	return answer_text(&api, request, status);
}

/* The points, as text. */
static void expect(struct request request, const char *expected)
{
	char *body = ask_text(request, 200), *points = strstr(body, "\"count\":");

	ck_assert_ptr_nonnull(points);
	ck_assert_str_eq(points, expected);
	free(body);
}

static void refuse(struct request request, unsigned int status, const char *words)
{
	answer_refused(&api, request, status, words);
}

#define POINT(seconds, elapsed, process) \
	"{\"realtime_ns\":17000000" #seconds "000000000,\"elapsed_ns\":" elapsed \
	",\"process\":{" process "}}"
#define TEN	"10000000000"

/* What it did since the tick before, which may be before the time that is asked for. */
START_TEST(all_ticks)
{
	char *body;

	feed(0, 4);
	body = ask_text(ROOT("/v1/processes/3/history?from=@1700000040&to=@1700000100"
			     "&fields=pid"), 200);
	ck_assert_ptr_nonnull(strstr(body, "{\"pid\":3,\"from_realtime_ns\":1700000040000000000,"
				     "\"to_realtime_ns\":1700000100000000000,\"step_ns\":null,"
				     "\"count\":5,"));
	free(body);
	expect(ROOT("/v1/processes/3/history" ALL "&fields=run_ns_per_s,run_ns"),
	       "\"count\":5,\"points\":["
	       POINT(45, "null", "\"run_ns_per_s\":null,\"run_ns\":0") ","
	       POINT(55, TEN, "\"run_ns_per_s\":500000000,\"run_ns\":5000000000") ","
	       POINT(65, TEN, "\"run_ns_per_s\":500000000,\"run_ns\":10000000000") ","
	       POINT(75, TEN, "\"run_ns_per_s\":500000000,\"run_ns\":15000000000") ","
	       POINT(85, TEN, "\"run_ns_per_s\":500000000,\"run_ns\":20000000000") "]}\n");
	expect(ROOT("/v1/processes/3/history?from=@1700000065&to=@1700000075"
		    "&fields=run_ns_per_s,cgroup_path"),
	       "\"count\":1,\"points\":["
	       POINT(65, TEN, "\"run_ns_per_s\":500000000,"
		     "\"cgroup_path\":\"/a.slice/b\xef\xbf\xbd.service\"") "]}\n");
}
END_TEST

/* The last tick of each step, over the time since the last one of the step before. */
START_TEST(steps)
{
	feed(0, 7);
	expect(ROOT("/v1/processes/3/history?from=@1700000040&to=@1700000120&step=30"
		    "&fields=run_ns_per_s"),
	       "\"count\":3,\"points\":["
	       POINT(65, "null", "\"run_ns_per_s\":null") ","
	       POINT(95, "30000000000", "\"run_ns_per_s\":500000000") ","
	       "{\"realtime_ns\":1700000115000000000,\"elapsed_ns\":20000000000,"
	       "\"process\":{\"run_ns_per_s\":500000000}}]}\n");
}
END_TEST

/* One that ended within a step is told as it was last; then the pid is another's. */
START_TEST(pid_used_again)
{
	feed(0, 7);
	expect(ROOT("/v1/processes/7/history?from=@1700000050&to=@1700009000&step=60"
		    "&fields=uid,start_time_ns,run_ns_per_s"),
	       "\"count\":2,\"points\":["
	       POINT(75, "30000000000", "\"uid\":0,\"start_time_ns\":7,"
		     "\"run_ns_per_s\":530000000") ","
	       "{\"realtime_ns\":1700000115000000000,\"elapsed_ns\":20000000000,"
	       "\"process\":{\"uid\":1,\"start_time_ns\":60000000000,"
	       "\"run_ns_per_s\":100000000}}]}\n");
	/* He sees his own only, and not who woke it. */
	expect(USER("/v1/processes/7/history" ALL "&fields=uid,run_ns,waker_pid"),
	       "\"count\":2,\"points\":["
	       "{\"realtime_ns\":1700000105000000000,\"elapsed_ns\":" TEN ","
	       "\"process\":{\"uid\":1,\"run_ns\":1000000000,\"waker_pid\":null}},"
	       "{\"realtime_ns\":1700000115000000000,\"elapsed_ns\":" TEN ","
	       "\"process\":{\"uid\":1,\"run_ns\":2000000000,\"waker_pid\":null}}]}\n");
	refuse(USER("/v1/processes/3/history" ALL), 404, "or you may not see it");
}
END_TEST

/* Rates do not go over from one load of the module to another, nor beyond a keyframe's loss. */
START_TEST(gaps)
{
	feed(0, 1);
	feed_load(LOAD + 1, 2);
	feed_load(LOAD + 1, 3);
	wait_written();
	expect(ROOT("/v1/processes/3/history" ALL "&fields=run_ns_per_s"),
	       "\"count\":4,\"points\":["
	       POINT(45, "null", "\"run_ns_per_s\":null") ","
	       POINT(55, TEN, "\"run_ns_per_s\":500000000") ","
	       POINT(65, "null", "\"run_ns_per_s\":null") ","
	       POINT(75, TEN, "\"run_ns_per_s\":500000000") "]}\n");
	execute("UPDATE ticks SET block = x'00' WHERE id = 1");
	expect(ROOT("/v1/processes/3/history" ALL "&fields=run_ns_per_s"),
	       "\"count\":2,\"points\":["
	       POINT(65, "null", "\"run_ns_per_s\":null") ","
	       POINT(75, TEN, "\"run_ns_per_s\":500000000") "]}\n");
}
END_TEST

START_TEST(all_keys)
{
	struct json_object *object, *points, *process, *value;
	char *body;

	feed(0, 1);
	body = ask_text(ROOT("/v1/processes/4/history" ALL), 200);
	object = json_tokener_parse(body);
	ck_assert(json_object_object_get_ex(object, "points", &points));
	ck_assert(json_object_object_get_ex(json_object_array_get_idx(points, 1), "process",
					    &process));
	ck_assert_int_eq(json_object_object_length(process), (int)process_key_count(true));
	ck_assert(json_object_object_get_ex(process, "rss_growth_10s_bytes_per_s", &value));
	ck_assert_ptr_null(value);
	json_object_put(object);
	free(body);
}
END_TEST

START_TEST(refusals)
{
	struct store *store = exits.store;

	feed(0, 1);
	refuse(ROOT("/v1/processes/0/history"), 400, "from 1 to");
	refuse(ROOT("/v1/processes/x/history"), 400, "\"x\" is not a process id");
	refuse(ROOT("/v1/processes/99/history" ALL), 404,
	       "no process 99 in a tick between 2023-11-14T22:14:00Z and 2023-11-15T00:43:20Z");
	refuse(ROOT("/v1/processes/3/history?to=@1700000045"), 404, "no process 3");
	refuse(ROOT("/v1/processes/3/history?from=noon"), 400, "is not a time");
	refuse(ROOT("/v1/processes/3/history?from=@1700000050&to=@1700000040"), 400, "before");
	refuse(ROOT("/v1/processes/3/history?step=0"), 400, "from 1 to 86400");
	refuse(ROOT("/v1/processes/3/history" ALL "&step=4"), 400, "5 at least");
	refuse(ROOT("/v1/processes/3/history?fields=x"), 400, ",io_write_bytes_per_s.");
	refuse(ROOT("/v1/processes/3/history?at=@1"), 400, "from, to, step, fields");
	/* There was room when it was asked for, and is none for the answer. */
	api.past_bytes = (UINT64_C(64) << 20) - 1;
	refuse(ROOT("/v1/processes/3/history" ALL), 503, "under way");
	ck_assert_uint_eq(api.past_bytes, (UINT64_C(64) << 20) - 1);
	api.past_bytes = 0;
	execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1998)"
		" INSERT INTO ticks (time_ns, keyframe, block)"
		" SELECT 1700000100000000000 + i, 0, x'00' FROM n");
	free(ask_text(ROOT("/v1/processes/3/history" ALL), 200));
	execute("INSERT INTO ticks (time_ns, keyframe, block) VALUES (1700000200000000000, 0,"
		" x'00')");
	refuse(ROOT("/v1/processes/3/history" ALL), 400, "More than 2000 ticks");
	api.past_bytes = UINT64_C(64) << 20;
	refuse(ROOT("/v1/processes/3/history" ALL), 503, "under way");
	api.past_bytes = 0;
	exits.store = NULL;
	refuse(ROOT("/v1/processes/3/history" ALL), 404, "switched off");
	exits.store = store;
}
END_TEST

/* Reading ends where it would take too long. */
START_TEST(too_many_records)
{
	struct track_query query = {
		.pid = 3, .from_ns = BEGIN, .to_ns = BEGIN + 1000 * S, .records_max = 4 * 9,
		.turn_ns = UINT64_MAX,
	};
	char problem[DATABASE_PROBLEM_SIZE];
	struct track track = { .count = 0 };
	struct database *database;

	feed(0, 3);
	ck_assert_int_eq(database_open_reader(path, &database, problem), 0);
	ck_assert_int_eq(database_read_track(database, &query, &track, problem), 0);
	ck_assert_uint_eq(track.count, 4);
	track_clear(&track);
	query.records_max--;
	ck_assert_int_eq(database_read_track(database, &query, &track, problem), -E2BIG);
	track_clear(&track);
	/* The connection goes on. */
	query.records_max++;
	ck_assert_int_eq(database_read_track(database, &query, &track, problem), 0);
	track_clear(&track);
	database_close(database);
}
END_TEST

/* A tick at least in each turn; all of them together are what one turn tells. */
START_TEST(turns)
{
	const struct track_query query = {
		.pid = 3, .from_ns = BEGIN, .to_ns = BEGIN + 1000 * S,
		.records_max = TRACK_RECORDS_MAX,
	};
	char problem[DATABASE_PROBLEM_SIZE];
	struct track track = { .count = 0 };
	struct database *database;
	size_t i;

	feed(0, 3);
	ck_assert_int_eq(database_open_reader(path, &database, problem), 0);
	for (i = 1; i <= 4; i++) {
		ck_assert_int_eq(database_read_track(database, &query, &track, problem), 1);
		ck_assert_uint_eq(track.count, i);
		/* What goes meanwhile is told all the same. */
		execute("DELETE FROM ticks");
	}
	ck_assert_int_eq(database_read_track(database, &query, &track, problem), 0);
	ck_assert_uint_eq(track.count, 4);
	ck_assert_uint_eq(track.points[3].rates.per_s[PAST_RUN], S / 2);
	track_clear(&track);
	/* From the beginning again, where there is nothing any more. */
	ck_assert_int_eq(database_read_track(database, &query, &track, problem), 0);
	ck_assert_uint_eq(track.count, 0);
	database_close(database);
}
END_TEST

#define QUESTIONS	3

static char order[QUESTIONS + 1];

static void note_answer(const struct store_request *request)
{
	const char *name = request->data;

	strncat(order, name, QUESTIONS - strlen(order));
}

static void on_past(struct store_request *request, int error, const char *problem,
		    struct past *moment)
{
	(void)problem;
	(void)moment;
	ck_assert_int_eq(error, 0);
	note_answer(request);
}

static void on_track(struct store_request *request, int error, const char *problem,
		     struct track *track)
{
	(void)problem;
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(track->count, 4);
	track_clear(track);
	note_answer(request);
}

#define TRACK(name)	((struct store_request) { .track = { .pid = 3, .from_ns = BEGIN, \
				.to_ns = BEGIN + 100 * S, .records_max = TRACK_RECORDS_MAX }, \
				.done_track = on_track, .data = (name) })
#define PAST(name)	((struct store_request) { .at_ns = BEGIN + 15 * S, \
				.done_past = on_past, .data = (name) })

/* Who reads waits, until it is closed. */
static sqlite3 *lock_file(void)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;"
				      " UPDATE cursor SET next = 1; COMMIT", NULL, NULL, NULL),
			 SQLITE_OK);
	return db;
}

static void dispatch_until(struct reader *reader, size_t count)
{
	struct pollfd poll_fd = { .fd = reader_fd(reader), .events = POLLIN };

	while (strlen(order) < count) {
		ck_assert_int_eq(poll(&poll_fd, 1, -1), 1);
		reader_dispatch(reader);
	}
}

/* Who asks for a moment does not wait for the whole track that was asked for before. */
START_TEST(others_in_between)
{
	struct store_request track = TRACK((char[]) { "t" }), second = TRACK((char[]) { "u" });
	struct store_request past = PAST((char[]) { "p" });
	struct reader *reader;
	sqlite3 *lock;

	feed(0, 3);
	ticks.store = store_free(ticks.store);
	lock = lock_file();
	order[0] = '\0';
	ck_assert_int_eq(reader_new(path, &reader), 0);
	ck_assert_int_eq(reader_ask(reader, &track), 0);
	ck_assert_int_eq(reader_ask(reader, &second), 0);
	ck_assert_int_eq(reader_ask(reader, &past), 0);
	sqlite3_close(lock);
	dispatch_until(reader, QUESTIONS);
	ck_assert_str_eq(order, "ptu");
	reader_free(reader);
}
END_TEST

/* Those who go between two turns leave their places; so do those who are there at the end. */
START_TEST(gone_between_turns)
{
	struct store_request track = TRACK((char[]) { "t" }), past = PAST((char[]) { "p" });
	struct reader *reader;
	int i;

	feed(0, 3);
	ck_assert_int_eq(reader_new(path, &reader), 0);
	for (i = 0; i < 300; i++) {
		order[0] = '\0';
		ck_assert_int_eq(reader_ask(reader, &track), 0);
		ck_assert_int_eq(reader_ask(reader, &past), 0);
		usleep((useconds_t)i);
		reader_cancel(reader, &track);
		dispatch_until(reader, 1);
		ck_assert_str_eq(order, "p");
	}
	/* Behind the last one, if that was being read when it was cancelled. */
	order[0] = '\0';
	ck_assert_int_eq(reader_ask(reader, &past), 0);
	dispatch_until(reader, 1);
	for (i = 0; i < STORE_TRACKS_MAX; i++)
		ck_assert_int_eq(reader_ask(reader, &track), 0);
	ck_assert_int_eq(reader_ask(reader, &track), -EBUSY);
	ck_assert_int_eq(reader_ask(reader, &past), 0);
	reader_free(reader);
}
END_TEST

/* Gone before the store answers, or before the reply is taken; too many at a time. */
START_TEST(clients_that_go)
{
	struct reply replies[STORE_TRACKS_MAX];
	struct request request;
	size_t i;

	feed(0, 3);
	for (i = 0; i < STORE_TRACKS_MAX; i++) {
		request = ROOT("/v1/processes/3/history" ALL);
		ck_assert_int_eq(api_handle(&api, &request, &replies[i]), 0);
		ck_assert_ptr_nonnull(replies[i].pending);
	}
	refuse(ROOT("/v1/processes/3/history" ALL), 503, "Too many others");
	for (i = 1; i < STORE_TRACKS_MAX; i++)
		reply_clear(&replies[i]);
	answer_wait(&api, &replies[0]);
	ck_assert_ptr_nonnull(replies[0].stream);
	ck_assert_uint_gt(api.past_bytes, 4 * sizeof(struct track_point));
	reply_clear(&replies[0]);
	/* Behind all of them. */
	free(ask_text(ROOT("/v1/processes/3/history" ALL), 200));
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("process-history");
	TCase *replies = tcase_create("replies");

	tcase_add_checked_fixture(replies, setup, teardown);
	tcase_set_timeout(replies, 60);
	tcase_add_test(replies, all_ticks);
	tcase_add_test(replies, steps);
	tcase_add_test(replies, pid_used_again);
	tcase_add_test(replies, gaps);
	tcase_add_test(replies, all_keys);
	tcase_add_test(replies, refusals);
	tcase_add_test(replies, too_many_records);
	tcase_add_test(replies, turns);
	tcase_add_test(replies, others_in_between);
	tcase_add_test(replies, gone_between_turns);
	tcase_add_test(replies, clients_that_go);
	suite_add_tcase(suite, replies);
	return suite_main(suite, argc, argv);
}
