// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests through routes, access and handlers to whole replies, without HTTP:
 * status and content of each, for each kind of listener and observer.
 */
#include "api/api.h"
#include "api/metrics.h"
#include "suite.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOKEN	"0123456789abcdef"

/* Everything that an API needs: 300 processes, pid modulo 2 is the uid. */
struct fixture {
	struct config config;
	struct access access;
	struct model model;
	sd_event *event;
	struct exits exits;
	struct ticks ticks;
	struct group_series series;
	struct api api;
};

static struct taskmeter_record make_record(uint32_t pid)
{
	struct taskmeter_record record = {
		.size = sizeof(record), .pid = pid, .tgid = pid, .start_time_ns = pid,
		.uid = pid % 2, .euid = pid % 2, .state = 'S', .run_ns = UINT64_MAX - pid,
		.threads = 1, .cgroup_id = pid,
		.available = TASKMETER_AVAILABLE_MEMORY | TASKMETER_AVAILABLE_CGROUP |
			     TASKMETER_AVAILABLE_WAKER | TASKMETER_AVAILABLE_STALLS |
			     TASKMETER_AVAILABLE_DIRECT_RECLAIM,
		.direct_reclaims = 2 * pid, .fault_wait_ns = 3 * pid,
		.compactions = 4 * pid,
		.waker_pid = 4000 + pid, .waker_comm = "sshd",
	};

	strcpy(record.comm, pid % 2 ? "own\"\n\xff" : "foreign");
	return record;
}

static int fake_find_cgroup(uint64_t id, struct cgroup *ret_cgroup)
{
	*ret_cgroup = (struct cgroup) { .path = "/a/\xff\"b" };
	if (id == 3)
		return -ENODATA;
	if (id == 1)
		ret_cgroup->throttling = (struct cgroup_throttling) {
			.length = 2, .periods = 10, .throttled_periods = 4,
			.throttled_ns = 5000,
		};
	return 0;
}

static int fake_read_histograms(const struct taskmeter_record *process,
				struct taskmeter_record *ret_record,
				struct taskmeter_histograms *ret_histograms)
{
	if (process->pid == 3)
		return -EACCES;
	if (process->pid == 2)
		return -ENODATA;
	*ret_record = *process;
	ret_record->available |= TASKMETER_AVAILABLE_METER;
	ret_record->cpu_wait_max_ns = 77;
	ret_record->direct_reclaim_max_ns = 88;
	*ret_histograms = (struct taskmeter_histograms) {
		.cpu_wait = { 9 }, .reclaim = { 8 },
	};
	return 0;
}

/* The main thread and two others, of which the last is another user's. */
static int fake_read_threads(const struct taskmeter_record *process,
			     struct sample **ret_sample)
{
	struct taskmeter_record record = *process;
	int i;

	if (process->pid > 2)
		return process->pid == 3 ? -EACCES : -ENODATA;
	*ret_sample = sample_new(NULL);
	for (i = 0; i < 3; i++) {
		record.pid = process->pid + 1000 * (uint32_t)i;
		record.uid = process->uid + (i == 2);
		record.run_ns = 100 - (uint64_t)i;
		ck_assert_int_eq(sample_add(*ret_sample, &record), 0);
	}
	return 0;
}

/* Each process by its number: figures, and everything that may be in the way. */
static int fake_read_pss(const struct taskmeter_record *process, uint64_t budget_ns,
			 struct pss_reading *ret_reading)
{
	static const int errors[] = {
		[2] = -ENODATA, [3] = -ESRCH, [4] = -EACCES, [5] = -E2BIG, [6] = -EBUSY,
		[7] = -ETIMEDOUT, [8] = -EBADMSG, [10] = -ENOMEM,
	};

	ck_assert_uint_eq(budget_ns, 100000000);
	ret_reading->record = *process;
	ret_reading->estimate_ns = process->pid == 5 ? 3210000000 : 50;
	ret_reading->took_ns = 20;
	ret_reading->pss = (struct pss) { 1024, 2, 3, 4, 5, 6 };
	/* It has begun a set-user-ID program. */
	if (process->pid == 9)
		ret_reading->record.euid = 0;
	return process->pid < sizeof(errors) / sizeof(errors[0]) ? errors[process->pid] : 0;
}

static void publish(struct model *model)
{
	struct sample *sample = model_take_buffer(model);
	struct taskmeter_info info = { .version = "1", .available = UINT64_MAX };
	struct taskmeter_record record;
	struct timespec now;
	uint32_t pid;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sample->monotonic_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	for (pid = 1; pid <= 300; pid++) {
		record = make_record(pid);
		ck_assert_int_eq(sample_add(sample, &record), 0);
	}
	model_publish(model, &info, sample);
}

static void set_up(struct fixture *f, bool token)
{
	static const char text[] = "listen = 127.0.0.2:1\nhosts = meter.example\n";
	struct config_error error;

	*f = (struct fixture) { 0 };
	ck_assert_int_eq(config_parse(text, strlen(text), &f->config, &error), 0);
	ck_assert_int_eq(model_init(&f->model, metrics_max_programs(&f->config)), 0);
	f->access.token = token ? strdup(TOKEN) : NULL;
	f->api = (struct api) {
		.model = &f->model, .config = &f->config, .access = &f->access,
		.find_cgroup = fake_find_cgroup, .read_histograms = fake_read_histograms,
		.read_threads = fake_read_threads, .read_pss = fake_read_pss,
		.exits = &f->exits, .ticks = &f->ticks, .series = &f->series,
	};
	exits_init(&f->exits, NULL);
	ck_assert_int_ge(sd_event_new(&f->event), 0);
	ck_assert_int_eq(events_new(f->event, &f->api.events), 0);
	publish(&f->model);
}

static void tear_down(struct fixture *f)
{
	events_free(f->api.events);
	sd_event_unref(f->event);
	exits_clear(&f->exits);
	model_clear(&f->model);
	access_clear(&f->access);
	config_clear(&f->config);
}

/* The body as one text, however it was made. */
static char *read_body(struct reply *reply)
{
	struct buffer all = { .max = 1 << 24 };
	int r;

	if (!reply->stream)
		buffer_append(&all, reply->body.data, reply->body.size);
	else
		while ((r = reply->stream->next(reply->stream, &all)))
			ck_assert_int_eq(r, 1);
	buffer_append(&all, "", 1);
	ck_assert_int_eq(all.error, 0);
	reply_clear(reply);
	return all.data;
}

static char *ask(struct fixture *f, struct request request, unsigned int status)
{
	struct reply reply;
	char *body;

	if (!request.method)
		request.method = "GET";
	ck_assert_int_eq(api_handle(&f->api, &request, &reply), 0);
	body = read_body(&reply);
	ck_assert_msg(reply.status == status, "%s: %u: %s", request.target, reply.status,
		      body);
	return body;
}

static struct json_object *ask_json(struct fixture *f, struct request request,
				    unsigned int status)
{
	char *body = ask(f, request, status);
	struct json_object *object = json_tokener_parse(body);

	ck_assert_msg(object != NULL, "not JSON: %s", body);
	free(body);
	return object;
}

static const char *string_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s", key);
	return json_object_get_string(value);
}

static void refused(struct fixture *f, struct request request, unsigned int status,
		    const char *word)
{
	struct json_object *object = ask_json(f, request, status);

	ck_assert_int_eq(atoi(string_of(object, "status")), (int)status);
	ck_assert_str_eq(string_of(object, "type"), "about:blank");
	ck_assert_msg(strstr(string_of(object, "detail"), word), "no \"%s\" in \"%s\"", word,
		      string_of(object, "detail"));
	json_object_put(object);
}

#define ROOT(...)	((struct request) { .view.all = true, __VA_ARGS__ })
#define USER(...)	((struct request) { .view.uid = 1, __VA_ARGS__ })
#define FROM(kind, name, ...) \
	((struct request) { .listener = kind, .host = name, __VA_ARGS__ })
#define TCP(...)	FROM(LISTENER_TCP, "localhost", __VA_ARGS__)

START_TEST(paths)
{
	struct fixture f;

	set_up(&f, false);
	free(ask(&f, ROOT(.target = "/v1/info"), 200));
	free(ask(&f, ROOT(.target = "/v1/processes"), 200));
	free(ask(&f, ROOT(.target = "/v1/processes/1"), 200));
	free(ask(&f, ROOT(.target = "/metrics"), 200));
	free(ask(&f, ROOT(.target = "/healthz"), 200));
	free(ask(&f, ROOT(.target = "/healthz", .method = "HEAD"), 200));
	refused(&f, ROOT(.target = "/"), 404, "/v1/info");
	refused(&f, ROOT(.target = "/v1"), 404, "/v1/info");
	refused(&f, ROOT(.target = "/v1/info/"), 404, "/v1/info");
	refused(&f, ROOT(.target = "/v1//info"), 404, "/v1/info");
	refused(&f, ROOT(.target = "/V1/info"), 404, "/v1/info");
	refused(&f, ROOT(.target = "/v1%2finfo"), 404, "/v1/info");
	refused(&f, ROOT(.target = "/v1/processes/1/x"), 404, "/v1/info");
	refused(&f, ROOT(.target = "/v1/info?x=1"), 400, "none is allowed");
	refused(&f, ROOT(.target = "/v1/processes/1?sort=pid"), 400, "fields");
	refused(&f, ROOT(.target = "/v1/info", .method = "POST"), 405, "GET, HEAD");
	refused(&f, ROOT(.target = "/nothing", .method = "get"), 405, "GET, HEAD");
	ck_assert_uint_eq(f.api.cost.requests, 17);
	ck_assert_uint_eq(f.api.cost.refused, 11);
	tear_down(&f);
}
END_TEST

START_TEST(list)
{
	struct json_object *object, *array, *row;
	struct fixture f;

	set_up(&f, false);
	object = ask_json(&f, ROOT(.target = "/v1/processes?limit=7&sort=run_ns"), 200);
	ck_assert_str_eq(string_of(object, "matched"), "300");
	ck_assert_str_eq(string_of(object, "count"), "7");
	ck_assert_ptr_nonnull(string_of(object, "next_cursor"));
	json_object_object_get_ex(object, "processes", &array);
	ck_assert_uint_eq(json_object_array_length(array), 7);
	row = json_object_array_get_idx(array, 0);
	ck_assert_str_eq(string_of(row, "pid"), "300");
	ck_assert_str_eq(string_of(row, "run_ns"), "18446744073709551315");
	ck_assert_str_eq(string_of(row, "comm"), "foreign");
	ck_assert_ptr_null(string_of(row, "run_delay_ns"));
	json_object_put(object);

	object = ask_json(&f, ROOT(.target = "/v1/processes?limit=1000&fields=comm,pid"), 200);
	ck_assert_ptr_null(string_of(object, "next_cursor"));
	json_object_object_get_ex(object, "processes", &array);
	ck_assert_uint_eq(json_object_array_length(array), 300);
	row = json_object_array_get_idx(array, 0);
	ck_assert_int_eq(json_object_object_length(row), 2);
	ck_assert_str_eq(string_of(row, "comm"), "own\"\n\xef\xbf\xbd");
	json_object_put(object);
	refused(&f, ROOT(.target = "/v1/processes?fields=pid,colour"), 400, "\"colour\"");
	refused(&f, ROOT(.target = "/v1/processes?fields="), 400, "run_ns");
	refused(&f, ROOT(.target = "/v1/processes?fields=colour"), 400,
		"_60s_bytes_per_s.");
	refused(&f, ROOT(.target = "/v1/processes?sort=colour"), 400,
		", rss_growth_10s_bytes_per_s, rss_growth_60s_bytes_per_s.");
	refused(&f, ROOT(.target = "/v1/processes?fields=pid,,comm"), 400, "run_ns");
	tear_down(&f);
}
END_TEST

/* A list goes on with the sample that it began with. */
START_TEST(list_holds_its_sample)
{
	struct request request = ROOT(.target = "/v1/processes?limit=1000", .method = "GET");
	struct reply reply;
	struct fixture f;
	char *body;

	set_up(&f, false);
	ck_assert_int_eq(api_handle(&f.api, &request, &reply), 0);
	model_fail(&f.model, true, "gone");
	body = read_body(&reply);
	ck_assert_ptr_nonnull(strstr(body, "\"pid\":300,"));
	free(body);
	ck_assert_uint_eq(f.model.sample_bytes, 0);
	ck_assert_int_eq(api_handle(&f.api, &request, &reply), 0);
	ck_assert_uint_eq(reply.status, 503);
	reply_clear(&reply);
	tear_down(&f);
}
END_TEST

START_TEST(one_process)
{
	struct json_object *object;
	struct fixture f;

	set_up(&f, false);
	object = ask_json(&f, ROOT(.target = "/v1/processes/2"), 200);
	ck_assert_str_eq(string_of(object, "pid"), "2");
	json_object_put(object);
	refused(&f, ROOT(.target = "/v1/processes/301"), 404, "301");
	refused(&f, ROOT(.target = "/v1/processes/0"), 400, "process id");
	refused(&f, ROOT(.target = "/v1/processes/1x"), 400, "process id");
	refused(&f, ROOT(.target = "/v1/processes/4294967297"), 400, "process id");
	refused(&f, ROOT(.target = "/v1/processes/"), 400, "process id");
	refused(&f, ROOT(.target = "/v1/processes/1?fields=x"), 400, "\"x\"");
	tear_down(&f);
}
END_TEST

static struct json_object *member_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s", key);
	return value;
}

START_TEST(cgroup_of_a_process)
{
	struct json_object *object, *cgroup;
	struct fixture f;

	set_up(&f, false);
	object = ask_json(&f, ROOT(.target = "/v1/processes/1"), 200);
	cgroup = member_of(object, "cgroup");
	ck_assert_str_eq(string_of(cgroup, "path"), "/a/\xef\xbf\xbd\"b");
	ck_assert_str_eq(string_of(cgroup, "throttled_path"), "/a");
	ck_assert_str_eq(string_of(cgroup, "throttled_ns"), "5000");
	ck_assert_str_eq(string_of(cgroup, "periods"), "10");
	ck_assert_str_eq(string_of(cgroup, "throttled_periods"), "4");
	json_object_put(object);

	object = ask_json(&f, ROOT(.target = "/v1/processes/2"), 200);
	cgroup = member_of(object, "cgroup");
	ck_assert_str_eq(string_of(cgroup, "path"), "/a/\xef\xbf\xbd\"b");
	ck_assert_ptr_null(string_of(cgroup, "throttled_path"));
	ck_assert_ptr_null(string_of(cgroup, "throttled_ns"));
	json_object_put(object);

	object = ask_json(&f, ROOT(.target = "/v1/processes/3"), 200);
	ck_assert_ptr_null(member_of(object, "cgroup"));
	json_object_put(object);

	object = ask_json(&f, ROOT(.target = "/v1/processes/1?fields=pid"), 200);
	ck_assert_int_eq(json_object_object_length(object), 1);
	json_object_put(object);
	tear_down(&f);
}
END_TEST

START_TEST(histograms_of_a_process)
{
	struct json_object *object, *histograms;
	struct fixture f;

	set_up(&f, false);
	object = ask_json(&f, ROOT(.target = "/v1/processes/1?histograms=1"), 200);
	ck_assert_str_eq(string_of(object, "pid"), "1");
	histograms = member_of(object, "histograms");
	ck_assert_str_eq(string_of(member_of(histograms, "cpu_wait"), "count"), "9");
	ck_assert_str_eq(string_of(member_of(histograms, "cpu_wait"), "max_ns"), "77");
	ck_assert_ptr_null(member_of(histograms, "mem_wait"));
	ck_assert_str_eq(string_of(member_of(histograms, "reclaim"), "count"), "8");
	ck_assert_str_eq(string_of(member_of(histograms, "reclaim"), "max_ns"), "88");
	ck_assert_ptr_null(member_of(histograms, "compaction"));
	json_object_put(object);

	object = ask_json(&f, ROOT(.target = "/v1/processes/1?fields=pid&histograms=1"), 200);
	ck_assert_int_eq(json_object_object_length(object), 2);
	json_object_put(object);
	object = ask_json(&f, ROOT(.target = "/v1/processes/2?histograms=1"), 200);
	ck_assert_ptr_null(member_of(object, "histograms"));
	json_object_put(object);
	object = ask_json(&f, ROOT(.target = "/v1/processes/1?histograms=0"), 200);
	ck_assert(!json_object_object_get_ex(object, "histograms", NULL));
	json_object_put(object);

	refused(&f, ROOT(.target = "/v1/processes/3?histograms=1"), 503, "Permission");
	refused(&f, ROOT(.target = "/v1/processes/1?histograms=2"), 400, "0 to 1");
	refused(&f, USER(.target = "/v1/processes/2?histograms=1"), 404, "may not see");
	tear_down(&f);
}
END_TEST

START_TEST(pss_of_a_process)
{
	struct json_object *object;
	struct fixture f;

	set_up(&f, false);
	object = ask_json(&f, ROOT(.target = "/v1/processes/1?pss=1&fields=pid"), 200);
	ck_assert_str_eq(json_object_to_json_string_ext(object, 0),
			 "{\"pid\":1,\"pss\":{\"pss_bytes\":1024,\"pss_anon_bytes\":2,"
			 "\"pss_file_bytes\":3,\"pss_shmem_bytes\":4,\"swap_pss_bytes\":5,"
			 "\"private_bytes\":6,\"estimate_ns\":50,\"read_ns\":20}}");
	json_object_put(object);
	object = ask_json(&f, ROOT(.target = "/v1/processes/2?pss=1"), 200);
	ck_assert_ptr_null(member_of(object, "pss"));
	json_object_put(object);
	object = ask_json(&f, ROOT(.target = "/v1/processes/1?pss=0"), 200);
	ck_assert(!json_object_object_get_ex(object, "pss", NULL));
	json_object_put(object);
	refused(&f, ROOT(.target = "/v1/processes/1?pss=2"), 400, "0 to 1");
	refused(&f, ROOT(.target = "/v1/processes/1?pss="), 400, "0 to 1");
	refused(&f, ROOT(.target = "/v1/processes?pss=1"), 400, "Unknown parameter");
	refused(&f, ROOT(.target = "/v1/processes/1/threads?pss=1"), 400, "Unknown parameter");
	tear_down(&f);
}
END_TEST

START_TEST(pss_that_cannot_be_read)
{
	struct fixture f;

	set_up(&f, false);
	refused(&f, ROOT(.target = "/v1/processes/3?pss=1"), 404, "has exited");
	refused(&f, ROOT(.target = "/v1/processes/4?pss=1"), 403, "CAP_SYS_PTRACE");
	refused(&f, ROOT(.target = "/v1/processes/5?pss=1"), 422, "for 3210 ms by estimate");
	refused(&f, ROOT(.target = "/v1/processes/5?pss=1"), 422, "budget of 100 ms");
	refused(&f, ROOT(.target = "/v1/processes/6?pss=1"), 503, "a tenth");
	refused(&f, ROOT(.target = "/v1/processes/7?pss=1"), 503, "did not end in 200 ms");
	refused(&f, ROOT(.target = "/v1/processes/8?pss=1"), 503, "cannot be read");
	refused(&f, ROOT(.target = "/v1/processes/10?pss=1"), 503, "memory");
	/* Who may not see the process does not learn any of this. */
	refused(&f, USER(.target = "/v1/processes/4?pss=1"), 404, "may not see");
	refused(&f, USER(.target = "/v1/processes/5?pss=1"), 422, "by estimate");
	refused(&f, USER(.target = "/v1/processes/9?pss=1"), 404, "may not see");
	free(ask(&f, ROOT(.target = "/v1/processes/9?pss=1"), 200));
	free(ask(&f, USER(.target = "/v1/processes/1?pss=1"), 200));
	tear_down(&f);
}
END_TEST

START_TEST(threads_of_a_process)
{
	struct json_object *object, *array;
	struct fixture f;

	set_up(&f, false);
	object = ask_json(&f, ROOT(.target = "/v1/processes/2/threads?sort=run_ns&limit=2"
				   "&fields=pid,tgid"), 200);
	ck_assert_str_eq(string_of(object, "matched"), "3");
	ck_assert_ptr_nonnull(string_of(object, "next_cursor"));
	ck_assert(!json_object_object_get_ex(member_of(object, "sample"), "sequence", NULL));
	array = member_of(object, "threads");
	ck_assert_uint_eq(json_object_array_length(array), 2);
	ck_assert_str_eq(json_object_to_json_string_ext(json_object_array_get_idx(array, 0), 0),
			 "{\"pid\":2002,\"tgid\":2}");
	json_object_put(object);

	object = ask_json(&f, USER(.target = "/v1/processes/1/threads"), 200);
	ck_assert_str_eq(string_of(object, "matched"), "2");
	json_object_put(object);
	refused(&f, USER(.target = "/v1/processes/2/threads"), 404, "may not see");
	refused(&f, USER(.target = "/v1/processes/1/threads?sort=waker_pid"), 400, "not to you");
	refused(&f, ROOT(.target = "/v1/processes/3/threads"), 503, "Permission");
	refused(&f, ROOT(.target = "/v1/processes/4/threads"), 404, "has exited");
	refused(&f, ROOT(.target = "/v1/processes/x/threads"), 400, "process id");
	refused(&f, ROOT(.target = "/v1/processes/1/threads?fields=x"), 400, "\"x\"");
	refused(&f, ROOT(.target = "/v1/processes/1/threads/1"), 404, "/v1/info");
	tear_down(&f);
}
END_TEST

/* A second sample, 2 s later: process 7 has grown, 9 has shrunk, 11 has no memory. */
static void publish_growth(struct fixture *f)
{
	struct sample *sample = model_take_buffer(&f->model);
	const struct taskmeter_info info = { .version = "1" };
	struct taskmeter_record record;
	uint32_t pid;

	sample->monotonic_ns = f->model.sample->monotonic_ns + UINT64_C(2000000000);
	for (pid = 1; pid <= 300; pid++) {
		record = make_record(pid);
		if (pid == 7)
			record.rss_anon_bytes = 20000000;
		if (pid == 9)
			record.rss_anon_bytes = 1000000;
		if (pid == 11)
			record.available = 0;
		ck_assert_int_eq(sample_add(sample, &record), 0);
	}
	model_publish(&f->model, &info, sample);
}

#define GROWTH	"rss_growth_10s_bytes_per_s"

static void expect_pids(struct fixture *f, struct request request, const char *pids)
{
	struct json_object *object = ask_json(f, request, 200), *array;
	char found[256] = "";
	size_t i;

	array = member_of(object, "processes");
	for (i = 0; i < json_object_array_length(array); i++) {
		strcat(found, string_of(json_object_array_get_idx(array, i), "pid"));
		strcat(found, " ");
	}
	ck_assert_str_eq(found, pids);
	json_object_put(object);
}

START_TEST(growth_of_processes)
{
	struct json_object *object;
	struct fixture f;
	char target[256];

	set_up(&f, false);
	object = ask_json(&f, ROOT(.target = "/v1/processes/7"), 200);
	ck_assert_ptr_null(string_of(object, GROWTH));
	json_object_put(object);
	publish_growth(&f);
	object = ask_json(&f, ROOT(.target = "/v1/processes/7"), 200);
	ck_assert_str_eq(string_of(object, GROWTH), "10000000");
	ck_assert_str_eq(string_of(object, "rss_growth_60s_bytes_per_s"), "10000000");
	json_object_put(object);
	object = ask_json(&f, ROOT(.target = "/v1/processes/11?fields=pid," GROWTH), 200);
	ck_assert_str_eq(json_object_to_json_string_ext(object, 0),
			 "{\"pid\":11,\"" GROWTH "\":null}");
	json_object_put(object);

	expect_pids(&f, ROOT(.target = "/v1/processes?order=desc&limit=4&sort=" GROWTH),
		    "7 9 1 2 ");
	expect_pids(&f, USER(.target = "/v1/processes?order=desc&limit=4&sort=" GROWTH),
		    "7 9 1 3 ");
	object = ask_json(&f, ROOT(.target = "/v1/processes?order=desc&limit=1&sort=" GROWTH),
			  200);
	snprintf(target, sizeof(target), "/v1/processes?order=desc&limit=2&sort=" GROWTH
		 "&cursor=%s", string_of(object, "next_cursor"));
	json_object_put(object);
	expect_pids(&f, ROOT(.target = target), "9 1 ");
	expect_pids(&f, ROOT(.target = "/v1/processes?sort=" GROWTH "&cursor=" GROWTH
			     ".a.20a1070000000000.9"), "7 11 ");
	expect_pids(&f, ROOT(.target = "/v1/processes?sort=" GROWTH "&cursor=" GROWTH
			     ".a.-.10"), "11 ");
	expect_pids(&f, ROOT(.target = "/v1/processes?sort=" GROWTH "&cursor=" GROWTH
			     ".a.-.11"), "");
	object = ask_json(&f, ROOT(.target = "/v1/processes/1/threads?fields=pid," GROWTH),
			  200);
	ck_assert_ptr_null(string_of(json_object_array_get_idx(member_of(object, "threads"),
							       0), GROWTH));
	json_object_put(object);
	tear_down(&f);
}
END_TEST

START_TEST(hostile_cursors)
{
	static const char *const cursors[] = {
		"", ".", GROWTH, GROWTH ".a", GROWTH ".a.", GROWTH ".a..1", GROWTH ".a.-",
		GROWTH ".a.-.", GROWTH ".a.-.x", GROWTH ".a.00.1", GROWTH ".d.-.1",
		GROWTH ".a.zz00000000000000.1", GROWTH ".a.000000000000000000.1",
		"rss_growth_60s_bytes_per_s.a.-.1", "pid.a.01000000.1",
		GROWTH ".a.-.4294967296", GROWTH ".a.--.1",
	};
	struct fixture f;
	char target[256];
	size_t i;

	set_up(&f, false);
	for (i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++) {
		snprintf(target, sizeof(target), "/v1/processes?sort=" GROWTH "&cursor=%s",
			 cursors[i]);
		refused(&f, ROOT(.target = target), 400, "next_cursor");
	}
	tear_down(&f);
}
END_TEST

START_TEST(fields_are_described)
{
	struct json_object *object, *fields, *last;
	struct fixture f;

	set_up(&f, false);
	object = ask_json(&f, ROOT(.target = "/v1/info"), 200);
	fields = member_of(object, "fields");
	last = json_object_array_get_idx(fields, json_object_array_length(fields) - 3 - PAST_RATES);
	ck_assert_str_eq(string_of(last, "name"), GROWTH);
	ck_assert_str_eq(string_of(last, "type"), "integer");
	ck_assert_str_eq(string_of(last, "counter"), "false");
	json_object_put(object);
	tear_down(&f);
}
END_TEST

START_TEST(others_see_their_own)
{
	struct json_object *object;
	struct fixture f;
	char *body;

	set_up(&f, false);
	object = ask_json(&f, USER(.target = "/v1/processes?limit=1000"), 200);
	ck_assert_str_eq(string_of(object, "matched"), "150");
	json_object_put(object);
	free(ask(&f, USER(.target = "/v1/processes/1"), 200));
	refused(&f, USER(.target = "/v1/processes/2"), 404, "may not see");
	body = ask(&f, USER(.target = "/metrics"), 200);
	ck_assert_ptr_nonnull(strstr(body, "taskmeter_processes 150\n"));
	ck_assert_ptr_null(strstr(body, "foreign"));
	ck_assert_ptr_null(strstr(body, "taskmeter_program_cpu_seconds"));
	ck_assert_ptr_nonnull(strstr(body, "taskmeter_program_processes{program=\"own\\\""
					   "\xef\xbf\xbd\xef\xbf\xbd\"} 150\n"));
	free(body);
	body = ask(&f, ROOT(.target = "/metrics"), 200);
	ck_assert_ptr_nonnull(strstr(body, "taskmeter_processes 300\n"));
	ck_assert_ptr_nonnull(strstr(body, "{program=\"foreign\"} 150\n"));
	ck_assert_ptr_nonnull(strstr(body, "taskmeter_program_cpu_seconds_total"));
	free(body);
	tear_down(&f);
}
END_TEST

/* A waker is another user's process, for all that is known. */
START_TEST(wakers_are_for_those_who_see_all)
{
	struct fixture f;
	char *body;

	set_up(&f, false);
	body = ask(&f, ROOT(.target = "/v1/processes/1"), 200);
	ck_assert_ptr_nonnull(strstr(body, "\"waker_pid\":4001,\"waker_comm\":\"sshd\""));
	free(body);
	body = ask(&f, ROOT(.target = "/v1/processes?sort=waker_pid"), 200);
	ck_assert_ptr_nonnull(strstr(body, "\"waker_pid\":4001,"));
	free(body);
	body = ask(&f, USER(.target = "/v1/processes/1"), 200);
	ck_assert_ptr_nonnull(strstr(body, "\"waker_pid\":null,\"waker_comm\":null"));
	free(body);
	body = ask(&f, USER(.target = "/v1/processes?fields=pid,waker_pid,waker_comm"), 200);
	ck_assert_ptr_null(strstr(body, "sshd"));
	ck_assert_ptr_null(strstr(body, "\"waker_pid\":4001"));
	free(body);
	refused(&f, USER(.target = "/v1/processes?sort=waker_comm"), 400, "not to you");
	tear_down(&f);
}
END_TEST

/* The first line that begins with @name, or NULL. */
static const char *line_of(const char *body, const char *name)
{
	const char *line = body;

	while (line && strncmp(line, name, strlen(name)) != 0) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return line;
}

/* What the module does not know, or while the meter is off, is not there. */
START_TEST(metrics_of_the_meter)
{
	struct fixture f;
	char *body;

	set_up(&f, false);
	body = ask(&f, ROOT(.target = "/metrics"), 200);
	ck_assert_ptr_null(strstr(body, "tracked_threads"));
	ck_assert_ptr_null(strstr(body, "cpu_wait_seconds"));
	ck_assert_ptr_null(strstr(body, "mem_wait_seconds"));
	free(body);

	f.model.info.size = sizeof(f.model.info);
	f.model.info.untracked_threads = 7;
	body = ask(&f, ROOT(.target = "/metrics"), 200);
	ck_assert_ptr_nonnull(line_of(body, "taskmeter_meter_on 0\n"));
	ck_assert_ptr_nonnull(line_of(body, "taskmeter_untracked_threads 7\n"));
	ck_assert_ptr_nonnull(line_of(body, "taskmeter_gaps_total 0\n"));
	ck_assert_ptr_null(strstr(body, "taskmeter_probe"));
	ck_assert_ptr_null(strstr(body, "cpu_wait_seconds"));
	free(body);

	f.model.info.flags = TASKMETER_INFO_METER | TASKMETER_INFO_PROBE_TIME;
	f.model.info.probe_ns = 1500000007;
	body = ask(&f, ROOT(.target = "/metrics"), 200);
	ck_assert_ptr_nonnull(line_of(body, "taskmeter_meter_on 1\n"));
	ck_assert_ptr_nonnull(line_of(body, "taskmeter_probe_seconds_total 1.500000007\n"));
	ck_assert_ptr_nonnull(line_of(body, "taskmeter_probe_calls_total 0\n"));
	ck_assert_ptr_nonnull(line_of(body, "taskmeter_program_cpu_wait_seconds_total{"
				      "program=\"foreign\"} 0.000000000\n"));
	ck_assert_ptr_nonnull(line_of(body, "taskmeter_program_mem_wait_seconds_total{"));
	free(body);

	f.model.info.available &= ~(uint64_t)TASKMETER_AVAILABLE_MEM_WAIT;
	body = ask(&f, ROOT(.target = "/metrics"), 200);
	ck_assert_ptr_null(strstr(body, "mem_wait_seconds"));
	ck_assert_ptr_nonnull(strstr(body, "lock_wait_seconds"));
	free(body);
	tear_down(&f);
}
END_TEST

/* Stalls are in lists, of threads too, and null where the kernel cannot tell. */
START_TEST(stalls)
{
	struct fixture f;
	char *body;

	set_up(&f, false);
	body = ask(&f, ROOT(.target = "/v1/processes?sort=direct_reclaims&order=desc&limit=1"
			    "&fields=pid,direct_reclaims,fault_wait_ns,compactions"), 200);
	ck_assert_ptr_nonnull(strstr(body, "[{\"pid\":300,\"direct_reclaims\":600,"
				     "\"fault_wait_ns\":900,\"compactions\":null}]"));
	free(body);
	body = ask(&f, ROOT(.target = "/v1/processes/5"), 200);
	ck_assert_ptr_nonnull(strstr(body, "\"mem_stall_ns\":null,\"direct_reclaims\":10,"));
	free(body);
	body = ask(&f, USER(.target = "/v1/processes/1/threads?limit=1"), 200);
	ck_assert_ptr_nonnull(strstr(body, "\"direct_reclaims\":2,"));
	free(body);
	tear_down(&f);
}
END_TEST

/* One by one, as the kernel can tell them, and while the meter is on. */
START_TEST(metrics_of_stalls)
{
	static const char *const names[] = {
		"mem_stall_seconds_total", "direct_reclaims_total",
		"direct_reclaim_seconds_total", "memcg_reclaims_total",
		"memcg_reclaim_seconds_total", "compactions_total",
		"compaction_seconds_total", "fault_waits_total",
		"fault_wait_seconds_total", "refault_waits_total",
		"refault_wait_seconds_total", "throttle_waits_total",
		"throttle_wait_seconds_total", "numa_migrated_pages_total",
	};
	struct fixture f;
	char name[96];
	char *body;

	set_up(&f, false);
	snprintf(name, sizeof(name), "taskmeter_program_%s{program=\"foreign\"} 0", names[_i]);
	body = ask(&f, ROOT(.target = "/metrics"), 200);
	ck_assert_ptr_null(strstr(body, name));
	free(body);
	f.model.info.flags = TASKMETER_INFO_METER;
	body = ask(&f, ROOT(.target = "/metrics"), 200);
	ck_assert_ptr_nonnull(line_of(body, name));
	free(body);
	body = ask(&f, USER(.target = "/metrics"), 200);
	ck_assert_ptr_null(strstr(body, names[_i]));
	free(body);
	f.model.info.available &= TASKMETER_AVAILABLE_STALLS - 1;
	body = ask(&f, ROOT(.target = "/metrics"), 200);
	ck_assert_ptr_null(strstr(body, names[_i]));
	free(body);
	tear_down(&f);
}
END_TEST

static unsigned int count_samples(const char *body)
{
	unsigned int count = 0;

	for (; *body; body = strchr(body, '\n') + 1)
		count += *body != '#';
	return count;
}

/* By default all programs that may be listed are; and max-series is kept. */
START_TEST(metrics_are_bounded)
{
	struct config config = { .metrics_programs = 100, .max_series = CONFIG_SERIES_MIN };
	struct taskmeter_info info = {
		.size = sizeof(info), .version = "1", .available = UINT64_MAX,
		.flags = TASKMETER_INFO_METER | TASKMETER_INFO_PROBE_TIME,
	};
	struct taskmeter_record record;
	struct sample *sample;
	struct fixture f;
	uint32_t pid;
	char *body;

	ck_assert_uint_eq(metrics_max_programs(&config), 0);
	set_up(&f, false);
	ck_assert_uint_eq(metrics_max_programs(&f.config), 100);
	sample = model_take_buffer(&f.model);
	for (pid = 1; pid <= 300; pid++) {
		record = make_record(pid);
		snprintf(record.comm, sizeof(record.comm), "p%u", pid);
		ck_assert_int_eq(sample_add(sample, &record), 0);
	}
	model_publish(&f.model, &info, sample);
	body = ask(&f, ROOT(.target = "/metrics"), 200);
	ck_assert_uint_le(count_samples(body), f.config.max_series);
	/* As taskmeterd.conf(5) says what a program takes. */
	ck_assert_uint_ge(count_samples(body), 35 * (100 + 1));
	ck_assert_uint_lt(count_samples(body), 36 * (100 + 1));
	free(body);
	tear_down(&f);
}
END_TEST

static bool is_fixed(const char *line)
{
	static const char *const others[] = {
		"#", "taskmeter_program_", "taskmeter_group_", "taskmeter_rule_",
	};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strncmp(line, others[i], strlen(others[i])))
			return false;
	return true;
}

/* With all that there can be, the room that is kept for it is enough. */
START_TEST(fixed_samples)
{
	static const char *const parts[] = {
		"taskmeter_gaps_total ", "taskmeter_probe_seconds_total ",
		"taskmeter_events_lost_total ", "taskmeter_programs_in_other ",
		"taskmeter_groups_left_out{kind=\"user\"} ", "taskmeter_exits_lost_total ",
		"taskmeter_exits_repaired_total ", "taskmeter_history_size_bytes ",
		"taskmeter_history_ticks_seconds_total ",
		"taskmeter_history_series_seconds_total ", "process_cpu_seconds_total ",
	};
	const struct database_limits limits = { .age_ns = UINT64_MAX, .records = 1000 };
	struct taskmeter_info info = {
		.size = sizeof(info), .version = "1", .available = UINT64_MAX,
		.flags = TASKMETER_INFO_METER | TASKMETER_INFO_PROBE_TIME,
	};
	const char *line;
	unsigned int count = 0;
	struct store *store;
	struct fixture f;
	char *body;
	size_t i;

	set_up(&f, false);
	ck_assert_int_eq(store_new("/nowhere/history.db", "0123456789abcdef0123456789abcdef",
				   &limits, &store), 0);
	f.exits.store = store;
	f.exits.log.instance_id = 1;
	model_publish(&f.model, &info, model_take_buffer(&f.model));
	model_settle(&f.model);
	body = ask(&f, ROOT(.target = "/metrics"), 200);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ck_assert_ptr_nonnull(line_of(body, parts[i]));
	for (line = body; *line; line = strchr(line, '\n') + 1)
		count += is_fixed(line);
	ck_assert_uint_le(count, METRICS_FIXED_SERIES);
	free(body);
	tear_down(&f);
	store_free(store);
}
END_TEST

START_TEST(without_a_sample)
{
	struct fixture f;
	char *body;

	set_up(&f, false);
	model_fail(&f.model, true, "the module is gone");
	refused(&f, ROOT(.target = "/v1/info"), 503, "the module is gone");
	refused(&f, ROOT(.target = "/v1/processes"), 503, "the module is gone");
	refused(&f, ROOT(.target = "/v1/processes/1"), 503, "the module is gone");
	refused(&f, ROOT(.target = "/healthz"), 503, "the module is gone");
	refused(&f, ROOT(.target = "/v1/processes?sort=x"), 400, "sort");
	body = ask(&f, ROOT(.target = "/metrics"), 200);
	ck_assert_ptr_nonnull(strstr(body, "taskmeter_module_up 0\n"));
	ck_assert_ptr_null(strstr(body, "taskmeter_program"));
	free(body);
	tear_down(&f);
}
END_TEST

START_TEST(old_sample)
{
	struct fixture f;

	set_up(&f, false);
	f.model.sample->monotonic_ns -= UINT64_C(10000000000);
	refused(&f, ROOT(.target = "/healthz"), 503, "old");
	free(ask(&f, ROOT(.target = "/v1/processes"), 200));
	tear_down(&f);
}
END_TEST

START_TEST(hosts)
{
	static const char *const good[] = {
		"localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:9745", "[::1]", "[::1]:1",
		"meter.example", "Meter.Example:80", "127.0.0.2", "127.0.0.2:9",
	};
	static const char *const bad[] = {
		"", ":80", "evil", "localhost.evil", "localhost.", "evil:127.0.0.1", "[::1",
		"[::1]x", "::1", "localhost:", "localhost:80x", "localhost localhost", "[]",
		"127.0.0.1.evil", "127.0.0.3", "meter.example@evil", "localhost:80:80",
	};
	struct problem problem;
	struct fixture f;
	size_t i;

	set_up(&f, true);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(!access_check_host(&f.config, good[i], &problem), "%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(&f, FROM(LISTENER_TCP, bad[i], .target = "/metrics"), 421, "Host");
	refused(&f, FROM(LISTENER_TCP, NULL, .target = "/metrics"), 421, "Host");
	/* The Unix socket does not care. */
	free(ask(&f, ROOT(.target = "/metrics", .host = "evil"), 200));
	tear_down(&f);
}
END_TEST

START_TEST(tokens)
{
	static const char *const bad[] = {
		NULL, "", "Bearer", "Bearer ", TOKEN, "Basic " TOKEN, "Bearer " TOKEN "x",
		"Bearer 0123456789abcde", "Bearer 0123456789ABCDEF", "Bearer " TOKEN " ",
		"Bearer " TOKEN TOKEN, "Bearer" TOKEN, "Bearer x" TOKEN,
	};
	struct fixture f;
	size_t i;

	set_up(&f, true);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		refused(&f, TCP(.target = "/v1/info", .authorization = bad[i]), 401, "token");
		refused(&f, TCP(.target = "/nothing", .authorization = bad[i]), 401, "token");
	}
	free(ask(&f, TCP(.target = "/v1/info", .authorization = "Bearer " TOKEN), 200));
	free(ask(&f, TCP(.target = "/v1/info", .authorization = "bearer  " TOKEN), 200));
	free(ask(&f, TCP(.target = "/v1/processes/2", .authorization = "Bearer " TOKEN), 200));
	free(ask(&f, TCP(.target = "/metrics"), 200));
	free(ask(&f, TCP(.target = "/healthz"), 200));
	tear_down(&f);
}
END_TEST

START_TEST(no_token)
{
	struct fixture f;

	set_up(&f, false);
	refused(&f, TCP(.target = "/v1/info", .authorization = "Bearer "), 403, "token-file");
	refused(&f, TCP(.target = "/v1/info"), 403, "token-file");
	free(ask(&f, TCP(.target = "/metrics"), 200));
	tear_down(&f);
	set_up(&f, true);
	refused(&f, FROM(LISTENER_METRICS, "localhost", .target = "/v1/info",
			 .authorization = "Bearer " TOKEN), 403, "/metrics");
	free(ask(&f, FROM(LISTENER_METRICS, "localhost", .target = "/metrics"), 200));
	tear_down(&f);
}
END_TEST

START_TEST(views)
{
	struct taskmeter_record record = make_record(1);
	struct view view = { .uid = 1 };

	ck_assert(view_shows(&view, &record));
	record.euid = 0;
	ck_assert(!view_shows(&view, &record));
	record.euid = 1;
	record.uid = 0;
	ck_assert(!view_shows(&view, &record));
	record.uid = 1;
	record.egid = 7;
	ck_assert(!view_shows(&view, &record));
	view.all = true;
	ck_assert(view_shows(&view, &record));
}
END_TEST

/* Status of a reply whose body does not matter; its tag and coding are kept. */
static unsigned int ask_header(struct fixture *f, struct request request,
			       struct reply *ret_reply)
{
	request.method = "GET";
	ck_assert_int_eq(api_handle(&f->api, &request, ret_reply), 0);
	free(read_body(ret_reply));
	return ret_reply->status;
}

static void tag_of(struct fixture *f, struct request request, char tag[static ETAG_SIZE])
{
	struct reply reply;

	ck_assert_uint_eq(ask_header(f, request, &reply), 200);
	memcpy(tag, reply.tag, ETAG_SIZE);
}

START_TEST(tags)
{
	static const char *const tagged[] = {
		"/v1/info", "/v1/processes?uid=1", "/v1/processes/1?fields=pid",
		"/v1/groups/unit",
	};
	static const char *const untagged[] = {
		"/healthz", "/metrics", "/v1/processes/1", "/v1/processes/1/threads",
		"/v1/processes/1?fields=pid&histograms=1", "/v1/processes/1?fields=pid&pss=1",
	};
	char tag[ETAG_SIZE], other[ETAG_SIZE];
	struct reply reply;
	struct fixture f;
	size_t i;

	set_up(&f, false);
	for (i = 0; i < sizeof(tagged) / sizeof(tagged[0]); i++) {
		tag_of(&f, ROOT(.target = tagged[i]), tag);
		ck_assert(!strncmp(tag, "W/\"", 3));
		ck_assert_uint_eq(ask_header(&f, ROOT(.target = tagged[i], .if_none_match = tag),
					     &reply), 304);
		ck_assert_str_eq(reply.tag, tag);
		ck_assert_ptr_null(reply.type);
		ck_assert_ptr_null(reply.encoding);
		ck_assert_str_eq(reply.vary, "Accept-Encoding");
	}
	for (i = 0; i < sizeof(untagged) / sizeof(untagged[0]); i++) {
		tag_of(&f, ROOT(.target = untagged[i], .if_none_match = "*"), tag);
		ck_assert_str_eq(tag, "");
	}
	/* Others see other things, and so does who asks after the next tick. */
	tag_of(&f, ROOT(.target = "/v1/processes"), tag);
	tag_of(&f, USER(.target = "/v1/processes", .if_none_match = tag), other);
	ck_assert_str_ne(other, tag);
	publish(&f.model);
	tag_of(&f, ROOT(.target = "/v1/processes", .if_none_match = tag), other);
	ck_assert_str_ne(other, tag);
	model_settle(&f.model);
	tag_of(&f, ROOT(.target = "/v1/groups/unit", .if_none_match = other), tag);
	ck_assert_str_ne(other, tag);
	tag_of(&f, ROOT(.target = "/v1/info"), tag);
	f.config.interval_ms = 5000;
	f.api.reloads++;
	tag_of(&f, ROOT(.target = "/v1/info", .if_none_match = tag), other);
	ck_assert_str_ne(other, tag);
	/* What is wrong is wrong however much the client has. */
	refused(&f, ROOT(.target = "/v1/processes?fields=x", .if_none_match = "*"), 400, "\"x\"");
	refused(&f, ROOT(.target = "/v1/processes/999?fields=pid", .if_none_match = "*"), 404,
		"999");
	refused(&f, ROOT(.target = "/v1/groups/unit?sort=x", .if_none_match = "*"), 400, "\"x\"");
	refused(&f, USER(.target = "/v1/groups/unit", .if_none_match = "*"), 403, "root");
	tear_down(&f);
}
END_TEST

START_TEST(packed)
{
	struct fixture f;
	struct reply reply;

	set_up(&f, false);
	ck_assert_uint_eq(ask_header(&f, ROOT(.target = "/v1/processes"), &reply), 200);
	ck_assert_ptr_null(reply.encoding);
	ck_assert_str_eq(reply.vary, "Accept-Encoding");
	ck_assert_uint_eq(ask_header(&f, ROOT(.target = "/v1/processes",
					      .accept_encoding = "gzip"), &reply), 200);
	ck_assert_str_eq(reply.encoding, "gzip");
	ck_assert_uint_eq(ask_header(&f, ROOT(.target = "/metrics",
					      .accept_encoding = "gzip"), &reply), 200);
	ck_assert_str_eq(reply.encoding, "gzip");
	ck_assert_str_eq(reply.vary, "Accept, Accept-Encoding");
	/* Too small to be worth it, unless the client takes nothing else. */
	ck_assert_uint_eq(ask_header(&f, ROOT(.target = "/healthz",
					      .accept_encoding = "gzip"), &reply), 200);
	ck_assert_ptr_null(reply.encoding);
	ck_assert_uint_eq(ask_header(&f, ROOT(.target = "/healthz",
					      .accept_encoding = "gzip,identity;q=0"),
				     &reply), 200);
	ck_assert_str_eq(reply.encoding, "gzip");
	/* A problem that lists all fields is long. */
	ck_assert_uint_eq(ask_header(&f, ROOT(.target = "/v1/processes?fields=x",
					      .accept_encoding = "gzip"), &reply), 400);
	ck_assert_str_eq(reply.encoding, "gzip");
	refused(&f, ROOT(.target = "/healthz", .accept_encoding = "*;q=0"), 406, "gzip");
	ck_assert_uint_eq(f.api.reply_bytes, 0);
	tear_down(&f);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("api");
	TCase *replies = tcase_create("replies"), *access = tcase_create("access");

	tcase_add_test(replies, paths);
	tcase_add_test(replies, list);
	tcase_add_test(replies, list_holds_its_sample);
	tcase_add_test(replies, one_process);
	tcase_add_test(replies, cgroup_of_a_process);
	tcase_add_test(replies, histograms_of_a_process);
	tcase_add_test(replies, pss_of_a_process);
	tcase_add_test(replies, pss_that_cannot_be_read);
	tcase_add_test(replies, threads_of_a_process);
	tcase_add_test(replies, growth_of_processes);
	tcase_add_test(replies, hostile_cursors);
	tcase_add_test(replies, fields_are_described);
	tcase_add_test(replies, others_see_their_own);
	tcase_add_test(replies, wakers_are_for_those_who_see_all);
	tcase_add_test(replies, metrics_of_the_meter);
	tcase_add_test(replies, stalls);
	tcase_add_loop_test(replies, metrics_of_stalls, 0, 14);
	tcase_add_test(replies, metrics_are_bounded);
	tcase_add_test(replies, fixed_samples);
	tcase_add_test(replies, without_a_sample);
	tcase_add_test(replies, old_sample);
	tcase_add_test(replies, tags);
	tcase_add_test(replies, packed);
	suite_add_tcase(suite, replies);
	tcase_add_test(access, hosts);
	tcase_add_test(access, tokens);
	tcase_add_test(access, no_token);
	tcase_add_test(access, views);
	suite_add_tcase(suite, access);
	return suite_main(suite, argc, argv);
}
