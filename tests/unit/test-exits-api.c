// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/exits and /v1/events, without HTTP: what is asked for, who sees what, paging from
 * the store into memory, coming back to a stream, and streams that are not read.
 */
#include "api/api.h"
#include "api/position.h"
#include "api/sse.h"
#include "common/exit-json.h"
#include "core/events.h"
#include "exit-record.h"
#include "suite.h"
#include "unit/answer.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOAD	UINT64_C(5)
#define BOOT	"0123456789abcdef0123456789abcdef"

struct fixture {
	struct config config;
	struct access access;
	struct model model;
	sd_event *event;
	struct exits exits;
	struct ticks ticks;
	struct api api;
};

static void add(struct fixture *f, uint64_t first, uint64_t next)
{
	struct exit_batch *batch = exit_batch(f->exits.log.instance_id, first, next);

	ck_assert_int_eq(exit_log_add(&f->exits.log, batch), 0);
	batch_unref(batch);
}

/* Records 101 to 130 are in memory. */
static void set_up(struct fixture *f, struct store *store)
{
	*f = (struct fixture) { .model.problem = "no" };
	f->api = (struct api) {
		.model = &f->model, .config = &f->config, .access = &f->access,
		.exits = &f->exits, .ticks = &f->ticks,
	};
	exits_init(&f->exits, store);
	f->exits.supported = true;
	exit_log_begin(&f->exits.log, LOAD, 101);
	add(f, 101, 120);
	add(f, 120, 131);
	ck_assert_int_ge(sd_event_new(&f->event), 0);
	ck_assert_int_eq(events_new(f->event, &f->api.events), 0);
}

static void tear_down(struct fixture *f)
{
	events_free(f->api.events);
	sd_event_unref(f->event);
	exits_clear(&f->exits);
}

#define ROOT(path)	((struct request) { .view.all = true, .method = "GET", .target = path })
#define USER(path)	((struct request) { .view.uid = 1, .method = "GET", .target = path })

#define NOBODY(path)	((struct request) { .view.uid = 9, .method = "GET", .target = path })

/* All that there is now; a stream that waits has no more. */
static char *read_all(struct stream *stream)
{
	struct buffer all = { .max = 1 << 24 };
	int r;

	while ((r = stream->next(stream, &all)) > 0)
		;
	ck_assert(r == 0 || r == -EAGAIN);
	buffer_append(&all, "", 1);
	ck_assert_int_eq(all.error, 0);
	return all.data;
}

static void note_wake(void *data)
{
	++*(int *)data;
}

static struct json_object *ask(struct fixture *f, struct request request, unsigned int status)
{
	return answer_object(&f->api, request, status);
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s", key);
	return json_object_get_string(value);
}

static struct json_object *rows_of(struct json_object *object)
{
	struct json_object *rows;

	ck_assert(json_object_object_get_ex(object, "exits", &rows));
	return rows;
}

static const char *cell(struct json_object *object, size_t row, const char *key)
{
	return text_of(json_object_array_get_idx(rows_of(object), row), key);
}

/* How many records a reply has, the first of them, and where it leads. */
static void expect(struct fixture *f, struct request request, size_t count, const char *first,
		   const char *next, const char *lost)
{
	struct json_object *object = ask(f, request, 200);
	size_t rows = json_object_array_length(rows_of(object));

	ck_assert_msg(rows == count, "%s: %zu", request.target, rows);
	if (count)
		ck_assert_str_eq(cell(object, 0, "number"), first);
	ck_assert_str_eq(text_of(object, "next"), next);
	ck_assert_str_eq(text_of(object, "lost"), lost);
	json_object_put(object);
}

static void refuse(struct fixture *f, struct request request, unsigned int status,
		   const char *words)
{
	answer_refused(&f->api, request, status, words);
}

static void parse_time(const char *text, uint64_t ns)
{
	struct position position;

	ck_assert_msg(!position_parse(text, &position), "%s", text);
	ck_assert_uint_eq(position.time_ns, ns);
}

START_TEST(positions)
{
	static const char *const bad[] = {
		"", "-1", "x", "1x", "1:", ":1", "1:2:3", "18446744073709551616",
		"1:9223372036854775808", "@", "@x", "@1.", "@99999999999999999", "2026-01-31",
		"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-32T00:00:00Z",
		"2026-01-31T24:00:00Z",
		"2026-01-31T00:00:00", "2026-01-31T00:00:00Zx", "2026-01-31T00:00:00+2:00",
		"1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00", " 1", "0x1",
	};
	struct position position;
	char text[POSITION_SIZE];
	size_t i;

	ck_assert_int_eq(position_parse("42", &position), 0);
	ck_assert(!position.has_instance && !position.time_ns && position.number == 42);
	position_write(UINT64_MAX, INT64_MAX, text);
	ck_assert_int_eq(position_parse_id(text, &position), 0);
	ck_assert(position.has_instance && position.instance_id == UINT64_MAX);
	ck_assert_uint_eq(position.number, INT64_MAX);
	parse_time("@1.5", 1500000000);
	parse_time("@0", 1);
	parse_time("1970-01-02T00:00:01.000000007Z", UINT64_C(86401000000007));
	parse_time("2024-02-29T00:00:00Z", UINT64_C(1709164800000000000));
	parse_time("2026-01-31T23:59:59+01:00", UINT64_C(1769900399000000000));
	parse_time("2026-01-31T23:59:59 01:00", UINT64_C(1769900399000000000));
	parse_time("2026-01-31 23:59:59-00:30", UINT64_C(1769905799000000000));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(position_parse(bad[i], &position) == -EINVAL, "\"%s\"", bad[i]);
	ck_assert_int_eq(position_parse_id("42", &position), -EINVAL);
	ck_assert_int_eq(position_parse_id("@42", &position), -EINVAL);
}
END_TEST

/* The same records, the other way round; it leads to the same place. */
START_TEST(newest_first)
{
	struct json_object *object;
	struct fixture f;

	set_up(&f, NULL);
	expect(&f, ROOT("/v1/exits?order=asc&limit=5"), 5, "126", "5:131", "0");
	expect(&f, ROOT("/v1/exits?order=desc&limit=5"), 5, "130", "5:131", "0");
	expect(&f, ROOT("/v1/exits?order=desc&limit=1"), 1, "130", "5:131", "0");
	expect(&f, ROOT("/v1/exits?order=desc&since=131"), 0, "", "5:131", "0");
	object = ask(&f, ROOT("/v1/exits?order=desc&since=110&limit=3"), 200);
	ck_assert_str_eq(cell(object, 0, "number"), "112");
	ck_assert_str_eq(cell(object, 1, "number"), "111");
	ck_assert_str_eq(cell(object, 2, "number"), "110");
	ck_assert_str_eq(text_of(object, "next"), "5:113");
	json_object_put(object);
	refuse(&f, ROOT("/v1/exits?order=down"), 400, "asc and desc");
	tear_down(&f);
}
END_TEST

START_TEST(in_memory)
{
	struct json_object *object;
	struct fixture f;

	set_up(&f, NULL);
	expect(&f, ROOT("/v1/exits"), 30, "101", "5:131", "0");
	expect(&f, ROOT("/v1/exits?limit=5"), 5, "126", "5:131", "0");
	expect(&f, ROOT("/v1/exits?since=110&limit=5"), 5, "110", "5:115", "0");
	expect(&f, ROOT("/v1/exits?since=5:110&limit=15"), 15, "110", "5:125", "0");
	expect(&f, ROOT("/v1/exits?since=131"), 0, "", "5:131", "0");
	expect(&f, ROOT("/v1/exits?since=500"), 0, "", "5:500", "0");
	/* What is older is nowhere, as there is no store. */
	expect(&f, ROOT("/v1/exits?since=91&limit=5"), 5, "101", "5:106", "10");
	expect(&f, ROOT("/v1/exits?uid=1&limit=5"), 5, "121", "5:131", "0");
	expect(&f, ROOT("/v1/exits?failed=1&since=101"), 10, "102", "5:131", "0");
	expect(&f, ROOT("/v1/exits?oom=1&since=101"), 4, "105", "5:131", "0");
	expect(&f, ROOT("/v1/exits?since=@1700000000.000000125"), 6, "125", "5:131", "0");
	object = ask(&f, ROOT("/v1/exits?since=101&limit=2&histograms=1"), 200);
	ck_assert_str_eq(text_of(object, "more"), "true");
	ck_assert_str_eq(text_of(object, "instance_id"), "5");
	ck_assert_str_eq(cell(object, 1, "exit_code"), "1");
	ck_assert_str_eq(cell(object, 1, "exit_realtime_ns"), "1700000000000000102");
	ck_assert_str_eq(cell(object, 1, "cgroup_path"), "/a.slice/b\n.service");
	ck_assert(strstr(cell(object, 0, "histograms"), "fault_wait"));
	json_object_put(object);
	tear_down(&f);
}
END_TEST

/* As the daemon is when it has just begun: it does not know yet where its log goes on. */
static void forget_log(struct fixture *f)
{
	exit_log_clear(&f->exits.log);
	exit_log_init(&f->exits.log);
}

/* Whatever a reply tells to go on with is understood later. */
START_TEST(before_anything_is_known)
{
	struct fixture f;

	set_up(&f, NULL);
	forget_log(&f);
	expect(&f, ROOT("/v1/exits"), 0, "", "0:0", "0");
	expect(&f, ROOT("/v1/exits?since=0:0"), 0, "", "0:0", "0");
	expect(&f, ROOT("/v1/exits?since=110"), 0, "", "0:110", "0");
	expect(&f, ROOT("/v1/exits?since=@1700000000"), 0, "", "0:1", "0");
	exit_log_begin(&f.exits.log, LOAD, 101);
	add(&f, 101, 131);
	expect(&f, ROOT("/v1/exits?since=0:0&limit=5"), 5, "126", "5:131", "0");
	expect(&f, ROOT("/v1/exits?since=0:110&limit=5"), 5, "110", "5:115", "0");
	expect(&f, ROOT("/v1/exits?since=0:1&limit=5"), 5, "101", "5:106", "100");
	tear_down(&f);
}
END_TEST

START_TEST(fields)
{
	struct json_object *object;
	struct fixture f;

	set_up(&f, NULL);
	object = ask(&f, ROOT("/v1/exits?since=101&limit=1&fields=pid,exit_code,pid"), 200);
	ck_assert_str_eq(json_object_to_json_string_ext(rows_of(object),
							JSON_C_TO_STRING_PLAIN),
			 "[{\"pid\":1101,\"exit_code\":0}]");
	json_object_put(object);
	refuse(&f, ROOT("/v1/exits?fields=pid,nonsense"), 400, "cgroup_path");
	refuse(&f, ROOT("/v1/exits?fields="), 400, "There is no field \"\"");
	refuse(&f, ROOT("/v1/exits?limit=0"), 400, "1");
	refuse(&f, ROOT("/v1/exits?limit=1001"), 400, "1000");
	refuse(&f, ROOT("/v1/exits?since=yesterday"), 400, "yesterday");
	refuse(&f, ROOT("/v1/exits?failed=2"), 400, "failed");
	refuse(&f, ROOT("/v1/exits?since=6:1"), 400, "instance_id 6");
	tear_down(&f);
}
END_TEST

/* Each key of an object can be asked for, and all of them. */
START_TEST(all_fields)
{
	char target[QUERY_TARGET_MAX + 1] = "/v1/exits?since=101&limit=1&fields=";
	struct json_object *object, *row, *again;
	struct fixture f;

	set_up(&f, NULL);
	object = ask(&f, ROOT("/v1/exits?since=101&limit=1&histograms=1"), 200);
	row = json_object_array_get_idx(rows_of(object), 0);
	json_object_object_foreach(row, key, value) {
		(void)value;
		ck_assert_uint_lt(strlen(target) + strlen(key) + 1, sizeof(target));
		strcat(strcat(target, key), ",");
	}
	target[strlen(target) - 1] = '\0';
	again = ask(&f, ROOT(target), 200);
	ck_assert(json_object_equal(row, json_object_array_get_idx(rows_of(again), 0)));
	json_object_put(again);
	json_object_put(object);
	tear_down(&f);
}
END_TEST

START_TEST(others_see_their_own)
{
	struct json_object *object;
	struct fixture f;

	set_up(&f, NULL);
	expect(&f, USER("/v1/exits?limit=4"), 4, "123", "5:131", "0");
	expect(&f, USER("/v1/exits?uid=0"), 0, "", "5:131", "0");
	object = ask(&f, USER("/v1/exits?limit=1&fields=waker_comm,waker_pid"), 200);
	ck_assert_ptr_null(text_of(json_object_array_get_idx(rows_of(object), 0),
				   "waker_comm"));
	json_object_put(object);
	tear_down(&f);
}
END_TEST

START_TEST(lost_is_told)
{
	struct exit_batch *batch = exit_batch(LOAD, 131, 133);
	struct fixture f;

	set_up(&f, NULL);
	batch_close(batch, 140, 7);
	ck_assert_int_eq(exit_log_add(&f.exits.log, batch), 0);
	batch_unref(batch);
	expect(&f, ROOT("/v1/exits?since=130"), 3, "130", "5:140", "7");
	expect(&f, ROOT("/v1/exits?since=135"), 0, "", "5:140", "5");
	tear_down(&f);
}
END_TEST

static struct store *make_store(const char *path)
{
	static const struct database_limits limits = {
		.age_ns = UINT64_MAX, .records = 1000000,
	};
	struct store_status status;
	struct exit_batch *batch;
	struct store *store;
	uint64_t load;

	ck_assert_int_eq(store_new(path, BOOT, &limits, &store), 0);
	for (load = LOAD - 1; load <= LOAD; load++) {
		batch = exit_batch(load, 1, 91);
		ck_assert_int_eq(store_push(store, batch), 0);
		batch_unref(batch);
	}
	do {
		usleep(1000);
		store_status(store, &status);
	} while (status.queued || status.problem[0]);
	return store;
}

/* 1 to 90 of two loads are stored, 91 to 100 are nowhere. */
START_TEST(from_the_store)
{
	char path[] = "/tmp/taskmeter-api-XXXXXX", command[128];
	struct fixture f;

	close(mkstemp(path));
	set_up(&f, make_store(path));
	expect(&f, ROOT("/v1/exits?since=1&limit=10"), 10, "1", "5:11", "0");
	expect(&f, ROOT("/v1/exits?since=81&limit=20"), 20, "81", "5:111", "10");
	expect(&f, ROOT("/v1/exits?since=91&limit=20"), 20, "101", "5:121", "10");
	expect(&f, ROOT("/v1/exits?limit=30"), 30, "101", "5:131", "0");
	expect(&f, ROOT("/v1/exits?limit=60"), 50, "71", "5:131", "10");
	expect(&f, ROOT("/v1/exits?limit=60&oom=1"), 10, "49", "5:131", "10");
	expect(&f, ROOT("/v1/exits?since=4:81"), 10, "81", "5:1", "0");
	expect(&f, ROOT("/v1/exits?since=@1700000000&limit=3"), 3, "1", "4:4", "0");
	expect(&f, ROOT("/v1/exits?since=1&oom=1&failed=1"), 6, "21", "5:131", "10");
	expect(&f, USER("/v1/exits?since=1&limit=3"), 3, "1", "5:6", "0");
	refuse(&f, ROOT("/v1/exits?since=6:1"), 400, "instance_id 6");
	expect(&f, ROOT("/v1/exits?since=@9000000000"), 0, "", "5:131", "0");
	store_free(f.exits.store);
	tear_down(&f);
	snprintf(command, sizeof(command), "rm -f '%s'*", path);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

/* Most are in the store only, and those in memory are there, too. */
START_TEST(newest_after_a_restart)
{
	char path[] = "/tmp/taskmeter-api-XXXXXX", command[128];
	struct store_status status;
	struct exit_batch *batch;
	struct fixture f;
	uint64_t first;

	close(mkstemp(path));
	set_up(&f, make_store(path));
	for (first = 91; first < 831; first += 185) {
		batch = exit_batch(LOAD, first, first + 185);
		ck_assert_int_eq(store_push(f.exits.store, batch), 0);
		batch_unref(batch);
	}
	do {
		usleep(1000);
		store_status(f.exits.store, &status);
	} while (status.queued);
	exit_log_clear(&f.exits.log);
	exit_log_begin(&f.exits.log, LOAD, 801);
	add(&f, 801, 831);
	expect(&f, ROOT("/v1/exits?limit=1000"), 285, "546", "5:831", "0");
	expect(&f, ROOT("/v1/exits?limit=100"), 100, "731", "5:831", "0");
	expect(&f, ROOT("/v1/exits?limit=30"), 30, "801", "5:831", "0");
	store_free(f.exits.store);
	tear_down(&f);
	snprintf(command, sizeof(command), "rm -f '%s'*", path);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

/* Gone before the answer: it comes to nobody. */
START_TEST(asker_that_goes)
{
	char path[] = "/tmp/taskmeter-api-XXXXXX", command[128];
	struct request request = ROOT("/v1/exits?since=1");
	struct reply reply;
	struct fixture f;
	int i;

	close(mkstemp(path));
	set_up(&f, make_store(path));
	for (i = 0; i < 2 * STORE_REQUESTS_MAX; i++) {
		ck_assert_int_eq(api_handle(&f.api, &request, &reply), 0);
		if (!reply.pending)
			ck_assert_uint_eq(reply.status, 503);
		reply_clear(&reply);
	}
	store_dispatch(f.exits.store);
	store_free(f.exits.store);
	tear_down(&f);
	snprintf(command, sizeof(command), "rm -f '%s'*", path);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

static struct stream *open_stream(struct fixture *f, struct request request,
				  const char *last_event_id)
{
	struct reply reply;

	request.last_event_id = last_event_id;
	ck_assert_int_eq(api_handle(&f->api, &request, &reply), 0);
	ck_assert_uint_eq(reply.status, 200);
	ck_assert_str_eq(reply.type, "text/event-stream");
	ck_assert(reply.stream->endless);
	return reply.stream;
}

static size_t count_of(const char *text, const char *word)
{
	size_t count = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		count++;
	return count;
}

static void expect_text(struct stream *stream, const char *word, size_t count)
{
	char *text = read_all(stream);

	ck_assert_msg(count_of(text, word) == count, "not %zu of \"%s\" in \"%s\"", count,
		      word, text);
	free(text);
}

START_TEST(format)
{
	struct buffer buffer = { .max = 1000 };

	sse_event(&buffer, "exit", "5:1", "{}", 2);
	sse_event(&buffer, "oom", NULL, "{}", 2);
	sse_id(&buffer, "5:2");
	sse_comment(&buffer, "here");
	buffer_append(&buffer, "", 1);
	ck_assert_str_eq(buffer.data, "id: 5:1\nevent: exit\ndata: {}\n\n"
			 "event: oom\ndata: {}\n\nid: 5:2\n\n: here\n\n");
	buffer_clear(&buffer);
}
END_TEST

START_TEST(stream_of_exits)
{
	struct stream *stream;
	struct fixture f;
	int woken = 0;

	set_up(&f, NULL);
	stream = open_stream(&f, ROOT("/v1/events?fields=number"), NULL);
	stream->waker = (struct waker) { note_wake, &woken };
	expect_text(stream, "id: 5:130\n\n", 1);
	add(&f, 131, 133);
	expect_text(stream, "id: 5:131\nevent: exit\ndata: {\"number\":131}\n\n"
		    "id: 5:132\nevent: exit\ndata: {\"number\":132}\n\n", 1);
	expect_text(stream, "event", 0);
	ck_assert_uint_eq(f.api.cost.streams, 1);
	stream->free(stream);
	ck_assert_uint_eq(f.api.cost.streams, 0);
	tear_down(&f);
}
END_TEST

START_TEST(histograms_in_a_stream)
{
	struct stream *stream;
	struct fixture f;

	set_up(&f, NULL);
	stream = open_stream(&f, ROOT("/v1/events?histograms=1"), NULL);
	add(&f, 131, 132);
	expect_text(stream, "\"histograms\":", 1);
	stream->free(stream);
	stream = open_stream(&f, ROOT("/v1/events"), NULL);
	add(&f, 132, 133);
	expect_text(stream, "\"histograms\":", 0);
	stream->free(stream);
	tear_down(&f);
}
END_TEST

START_TEST(stream_of_his_own)
{
	struct stream *stream;
	struct fixture f;

	set_up(&f, NULL);
	stream = open_stream(&f, USER("/v1/events"), NULL);
	add(&f, 131, 141);
	expect_text(stream, "event: exit\n", 5);
	stream->free(stream);
	refuse(&f, USER("/v1/events?types=exit,oom"), 403, "see all");
	tear_down(&f);
}
END_TEST

START_TEST(coming_back)
{
	struct stream *stream;
	struct fixture f;

	set_up(&f, NULL);
	stream = open_stream(&f, ROOT("/v1/events?fields=number"), "5:127");
	expect_text(stream, "event: exit\n", 3);
	stream->free(stream);
	/* Nothing has come since. */
	stream = open_stream(&f, ROOT("/v1/events"), "5:130");
	expect_text(stream, "event: ", 0);
	stream->free(stream);
	/* Further back than memory. */
	stream = open_stream(&f, ROOT("/v1/events"), "5:50");
	expect_text(stream, "id: 5:100\nevent: missed\n"
		    "data: {\"from\":\"5:51\",\"next\":\"5:101\"}\n\nid: 5:101\nevent: exit\n", 1);
	stream->free(stream);
	/* Another load of the module. */
	stream = open_stream(&f, ROOT("/v1/events"), "4:50");
	expect_text(stream, "{\"from\":\"4:51\",\"next\":\"5:101\"}", 1);
	stream->free(stream);
	tear_down(&f);
}
END_TEST

static struct stream *come_back_early(struct fixture *f, const char *last_event_id)
{
	struct stream *stream;

	forget_log(f);
	stream = open_stream(f, ROOT("/v1/events?fields=number"), last_event_id);
	expect_text(stream, "id: ", 0);
	exit_log_begin(&f->exits.log, LOAD, 101);
	f->exits.last_number = 110;
	return stream;
}

START_TEST(coming_back_to_a_daemon_that_begins)
{
	struct stream *stream;
	struct fixture f;

	set_up(&f, NULL);
	/* 98 to 100 are stored, and not told. */
	stream = come_back_early(&f, "5:97");
	add(&f, 101, 103);
	expect_text(stream, "id: 5:100\nevent: missed\n"
		    "data: {\"from\":\"5:98\",\"next\":\"5:101\"}\n\nid: 5:101\nevent: exit\n", 1);
	stream->free(stream);
	/* Another load of the module, of which nothing has been read. */
	stream = come_back_early(&f, "4:97");
	expect_text(stream, "data: {\"from\":\"4:98\",\"next\":\"5:101\"}\n\n", 1);
	stream->free(stream);
	/* Right there. */
	stream = come_back_early(&f, "5:100");
	add(&f, 101, 103);
	expect_text(stream, "event: ", 2);
	stream->free(stream);
	/* 101 to 105 were told before they were stored. */
	stream = come_back_early(&f, "5:105");
	expect_text(stream, "event: ", 0);
	add(&f, 101, 104);
	add(&f, 104, 108);
	expect_text(stream, "id: 5:106\nevent: exit\n", 1);
	expect_text(stream, "event: ", 0);
	stream->free(stream);
	/* Nobody can have been told of what the module has not had yet: from now on. */
	stream = come_back_early(&f, "5:9999");
	expect_text(stream, "event: ", 0);
	add(&f, 101, 103);
	expect_text(stream, "event: exit\n", 2);
	stream->free(stream);
	tear_down(&f);
}
END_TEST

TAILQ_HEAD(listeners, events_listener);

/* That of the latest stream. */
static struct events_listener *last_listener(struct fixture *f)
{
	struct events_listener behind = { .types = 0 }, *listener;

	events_listen(f->api.events, &behind);
	listener = TAILQ_PREV(&behind, listeners, entry);
	events_leave(f->api.events, &behind);
	return listener;
}

/* More events than it takes. */
static void overrun(struct fixture *f)
{
	struct events_listener *listener = last_listener(f);

	listener->tell(listener, TASKMETER_EVENT_FORK, NULL);
}

static void expect_overrun(struct fixture *f, const char *last_event_id, const char *told)
{
	struct stream *stream;
	bool begins = !f->exits.log.instance_id && !last_event_id;

	stream = open_stream(f, ROOT("/v1/events?types=fork"), last_event_id);
	if (begins) {
		exit_log_begin(&f->exits.log, LOAD, 101);
		add(f, 101, 103);
	}
	overrun(f);
	expect_text(stream, told, 1);
	ck_assert_int_eq(stream->next(stream, NULL), 0);
	stream->free(stream);
}

/* The last event always names a place that the client can come back to. */
START_TEST(too_slow_for_events)
{
	struct fixture f;

	set_up(&f, NULL);
	expect_overrun(&f, "5:120", "{\"last_event_id\":\"5:120\",\"since\":\"5:121\"}");
	forget_log(&f);
	expect_overrun(&f, "5:97", "{\"last_event_id\":\"5:97\",\"since\":\"5:98\"}");
	expect_overrun(&f, NULL, "{\"last_event_id\":\"5:100\",\"since\":\"5:101\"}");
	tear_down(&f);
}
END_TEST

/* The longest text of an event: all numbers are large, and no byte can be printed. */
static struct json_object *longest_event(struct tm_event *event)
{
	static uint8_t command_line[TASKMETER_COMMAND_LINE_LEN];
	struct json_object *object;

	memset(command_line, 1, sizeof(command_line));
	memset(event, 0xff, sizeof(*event));
	event->type = TASKMETER_EVENT_OOM;
	event->command_line = command_line;
	event->command_line_length = sizeof(command_line);
	event->exit = NULL;
	memset(event->comm, 1, sizeof(event->comm) - 1);
	event->comm[sizeof(event->comm) - 1] = '\0';
	ck_assert_int_eq(event_to_json(event, &object), 0);
	return object;
}

/* Who takes what there is as soon as he can is not too slow. */
START_TEST(events_of_one_go)
{
	struct events_listener *listener;
	struct json_object *object;
	struct stream *stream;
	struct tm_event event;
	struct fixture f;
	int i, go;

	set_up(&f, NULL);
	stream = open_stream(&f, ROOT("/v1/events?types=oom"), NULL);
	listener = last_listener(&f);
	object = longest_event(&event);
	for (go = 0; go < 3; go++) {
		for (i = 0; i < EVENTS_AT_ONCE; i++)
			listener->tell(listener, TASKMETER_EVENT_OOM,
				       json_object_to_json_string_ext(object,
							JSON_C_TO_STRING_PLAIN));
		expect_text(stream, "event: oom\n", EVENTS_AT_ONCE);
	}
	json_object_put(object);
	stream->free(stream);
	tear_down(&f);
}
END_TEST

START_TEST(hostile_ids)
{
	static const char *const bad[] = {
		"x", "5", "5:", ":5", "-5:1", "5:1 ", "5:99999999999999999999", "5:1\xff",
	};
	struct request request = ROOT("/v1/events");
	struct fixture f;
	size_t i;

	set_up(&f, NULL);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request.last_event_id = bad[i];
		refuse(&f, request, 400, "INSTANCE:NUMBER");
	}
	refuse(&f, ROOT("/v1/events?types=exit,,oom"), 400, "fork, exec, exit, oom and rule");
	refuse(&f, ROOT("/v1/events?types=exit,exit,exit,exit,exit,exit,exit,exit,exit,exit,exit,"
			"exit,exit,nonsense"), 400, "nonsense");
	refuse(&f, ROOT("/v1/events?types="), 400, "fork, exec, exit, oom and rule");
	ck_assert_uint_eq(f.api.cost.streams, 0);
	tear_down(&f);
}
END_TEST

START_TEST(module_loaded_anew)
{
	struct stream *stream;
	struct fixture f;

	set_up(&f, NULL);
	stream = open_stream(&f, ROOT("/v1/events"), NULL);
	expect_text(stream, "event: ", 0);
	exit_log_begin(&f.exits.log, LOAD + 1, 1);
	expect_text(stream, "event: ", 0);
	add(&f, 1, 3);
	expect_text(stream, "event: missed\ndata: {\"from\":\"5:131\",\"next\":\"6:1\"}\n\n"
		    "id: 6:1\nevent: exit\n", 1);
	stream->free(stream);
	tear_down(&f);
}
END_TEST

/* The log has gone on without him: the last event tells where to resume. */
START_TEST(slow_client)
{
	struct stream *stream;
	struct fixture f;
	uint64_t first;

	set_up(&f, NULL);
	stream = open_stream(&f, ROOT("/v1/events"), NULL);
	expect_text(stream, "event: ", 0);
	for (first = 131; first < 131 + 2 * EXIT_LOG_RECORDS_MAX; first += 250)
		add(&f, first, first + 250);
	expect_text(stream, "id: 5:130\nevent: overrun\n"
		    "data: {\"last_event_id\":\"5:130\",\"since\":\"5:131\"}\n\n", 1);
	ck_assert_int_eq(stream->next(stream, NULL), 0);
	ck_assert_uint_eq(f.api.cost.streams_overrun, 1);
	stream->free(stream);
	tear_down(&f);
}
END_TEST

/* A quiet machine: each batch holds one record. Nobody keeps the event loop for long. */
START_TEST(many_small_batches)
{
	struct timespec begin, end;
	struct stream *stream;
	char id[POSITION_SIZE];
	struct fixture f;
	uint64_t number;
	double seconds;

	set_up(&f, NULL);
	for (number = 131; number < 131 + 2 * EXIT_LOG_RECORDS_MAX; number++)
		add(&f, number, number + 1);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	expect(&f, NOBODY("/v1/exits"), 0, "", "5:20131", "0");
	expect(&f, ROOT("/v1/exits?uid=1&limit=2"), 2, "20127", "5:20131", "0");
	position_write(LOAD, exit_log_first(&f.exits.log), id);
	stream = open_stream(&f, NOBODY("/v1/events"), id);
	expect_text(stream, "event: ", 0);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	stream->free(stream);
	tear_down(&f);
	seconds = (double)(end.tv_sec - begin.tv_sec) +
		  (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	ck_assert_msg(seconds < 0.25, "%f seconds", seconds);
}
END_TEST

START_TEST(many_streams)
{
	struct stream *streams[256];
	struct fixture f;
	size_t i;

	set_up(&f, NULL);
	for (i = 0; i < 256; i++) {
		if (i == 128)
			refuse(&f, USER("/v1/events"), 503, "128");
		streams[i] = open_stream(&f, i < 128 ? USER("/v1/events") :
						       ROOT("/v1/events"), NULL);
	}
	refuse(&f, ROOT("/v1/events"), 503, "256");
	for (i = 0; i < 256; i++)
		streams[i]->free(streams[i]);
	tear_down(&f);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("exits-api");
	TCase *replies = tcase_create("exits"), *streams = tcase_create("events");

	tcase_add_test(replies, positions);
	tcase_add_test(replies, in_memory);
	tcase_add_test(replies, newest_first);
	tcase_add_test(replies, before_anything_is_known);
	tcase_add_test(replies, fields);
	tcase_add_test(replies, all_fields);
	tcase_add_test(replies, others_see_their_own);
	tcase_add_test(replies, lost_is_told);
	tcase_add_test(replies, from_the_store);
	tcase_add_test(replies, newest_after_a_restart);
	tcase_add_test(replies, asker_that_goes);
	suite_add_tcase(suite, replies);
	tcase_add_test(streams, format);
	tcase_add_test(streams, stream_of_exits);
	tcase_add_test(streams, histograms_in_a_stream);
	tcase_add_test(streams, stream_of_his_own);
	tcase_add_test(streams, coming_back);
	tcase_add_test(streams, coming_back_to_a_daemon_that_begins);
	tcase_add_test(streams, too_slow_for_events);
	tcase_add_test(streams, events_of_one_go);
	tcase_add_test(streams, hostile_ids);
	tcase_add_test(streams, module_loaded_anew);
	tcase_add_test(streams, slow_client);
	tcase_add_test(streams, many_small_batches);
	tcase_add_test(streams, many_streams);
	suite_add_tcase(suite, streams);
	return suite_main(suite, argc, argv);
}
