// SPDX-License-Identifier: GPL-2.0-or-later
/* /v1/groups/{kind}, without HTTP: what is told, in which order, page by page, to whom. */
#include "api/api.h"
#include "api/group-key.h"
#include "api/metrics.h"
#include "suite.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND	UINT64_C(1000000000)
#define CGROUPS	30

struct fixture {
	struct config config;
	struct access access;
	struct model model;
	sd_event *event;
	struct exits exits;
	struct ticks ticks;
	struct api api;
	uint64_t available;	/* of records, besides */
};

#define ROOT(path)	((struct request) { .view.all = true, .method = "GET", .target = path })
#define USER(path)	((struct request) { .view.uid = 1, .method = "GET", .target = path })

/* Cgroup 100 + n is service n; that of 7 has a name of any bytes. */
static void walk(void *data, bool (*found)(void *context, uint64_t id, const char *path),
		 void *context)
{
	char path[300];
	uint64_t i;

	(void)data;
	for (i = 0; i < CGROUPS; i++) {
		snprintf(path, sizeof(path), "/system.slice/s%02d.service", (int)i);
		if (i == 7)
			strcpy(path, "/\xff\"\n");
		if (found(context, 100 + i, path))
			break;
	}
}

/* Process n runs n thirds of a second per second, and waits as long, in pairs. */
static void publish(struct fixture *f, uint64_t second)
{
	struct sample *sample = model_take_buffer(&f->model);
	struct taskmeter_info info = { .instance_id = 1 };
	struct taskmeter_record record;
	uint32_t i;

	ck_assert_ptr_nonnull(sample);
	sample->monotonic_ns = (second + 10) * SECOND;
	for (i = 0; i < CGROUPS; i++) {
		record = (struct taskmeter_record) {
			.size = sizeof(record), .pid = i + 1, .uid = i % 3,
			.cgroup_id = 100 + i, .comm = "same", .threads = 1,
			.available = TASKMETER_AVAILABLE_CGROUP | f->available,
			.run_ns = second * (i / 2) * SECOND / 3,
		};
		if (i % 2) {
			record.available |= TASKMETER_AVAILABLE_METER;
			record.cpu_wait_ns = record.run_ns;
		}
		ck_assert_int_eq(sample_add(sample, &record), 0);
	}
	model_publish(&f->model, &info, sample);
	model_settle(&f->model);
}

static void set_up(struct fixture *f)
{
	const struct groups_paths paths = { .walk = walk };

	*f = (struct fixture) { .config = { .max_series = 4000 } };
	ck_assert_int_eq(model_init(&f->model, 4), 0);
	groups_free(f->model.groups);
	f->model.groups = groups_new(100, &paths);
	f->api = (struct api) {
		.model = &f->model, .config = &f->config, .access = &f->access,
		.exits = &f->exits, .ticks = &f->ticks,
	};
	exits_init(&f->exits, NULL);
	ck_assert_int_ge(sd_event_new(&f->event), 0);
	ck_assert_int_eq(events_new(f->event, &f->api.events), 0);
}

static void tear_down(struct fixture *f)
{
	events_free(f->api.events);
	sd_event_unref(f->event);
	exits_clear(&f->exits);
	model_clear(&f->model);
}

static char *read_all(struct stream *stream)
{
	struct buffer all = { .max = 1 << 24 };
	int r;

	while ((r = stream->next(stream, &all)) > 0)
		;
	ck_assert_int_eq(r, 0);
	buffer_append(&all, "", 1);
	ck_assert_int_eq(all.error, 0);
	return all.data;
}

static struct json_object *parse(struct reply *reply)
{
	char *body = reply->stream ? read_all(reply->stream) :
				     strndup(reply->body.data, reply->body.size);
	struct json_object *object = json_tokener_parse(body);

	ck_assert_msg(object != NULL, "not JSON: %s", body);
	free(body);
	return object;
}

static struct json_object *ask(struct fixture *f, struct request request, unsigned int status)
{
	struct json_object *object;
	struct reply reply;

	ck_assert_int_eq(api_handle(&f->api, &request, &reply), 0);
	object = parse(&reply);
	ck_assert_msg(reply.status == status, "%s: %u: %s", request.target, reply.status,
		      json_object_get_string(object));
	reply_clear(&reply);
	return object;
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s", key);
	return json_object_get_string(value);
}

static struct json_object *row(struct json_object *object, size_t index)
{
	struct json_object *rows;

	ck_assert(json_object_object_get_ex(object, "groups", &rows));
	return json_object_array_get_idx(rows, index);
}

/* The problem tells all of these. */
static void refused(struct fixture *f, struct request request, unsigned int status,
		    const char *parameter, const char *detail)
{
	struct json_object *object = ask(f, request, status);

	if (parameter)
		ck_assert_str_eq(text_of(object, "parameter"), parameter);
	ck_assert_msg(strstr(text_of(object, "detail"), detail) != NULL, "%s",
		      text_of(object, "detail"));
	json_object_put(object);
}

START_TEST(objects)
{
	struct json_object *object, *group;
	struct fixture f;
	size_t i;

	set_up(&f);
	publish(&f, 1);
	publish(&f, 4);
	object = ask(&f, ROOT("/v1/groups/unit?name=s05.service"), 200);
	ck_assert_str_eq(text_of(object, "kind"), "unit");
	ck_assert_str_eq(text_of(object, "elapsed_ns"), "3000000000");
	ck_assert_str_eq(text_of(object, "matched"), "1");
	ck_assert_ptr_null(text_of(object, "next_cursor"));
	group = row(object, 0);
	ck_assert_int_eq(json_object_object_length(group), (int)group_key_count());
	for (i = 0; i < group_key_count(); i++)
		text_of(group, group_key_at(i)->name);
	ck_assert_str_eq(text_of(group, "name"), "s05.service");
	ck_assert_str_eq(text_of(group, "processes"), "1");
	ck_assert_str_eq(text_of(group, "run_ns"), "2666666666");
	ck_assert_str_eq(text_of(group, "run_ns_per_s"), "666666666");
	ck_assert_str_eq(text_of(group, "exits"), "0");
	ck_assert_ptr_null(text_of(group, "io_read_bytes"));
	ck_assert_ptr_null(text_of(group, "io_read_bytes_per_s"));
	ck_assert_ptr_null(text_of(group, "memory_pressure_10s"));
	/* Two thirds of (1 - e^-0.3). */
	ck_assert_str_eq(text_of(group, "cpu_pressure_10s"), "0.172788");
	ck_assert_str_eq(text_of(group, "cpu_share_10s"), "0.500000");
	json_object_put(object);
	object = ask(&f, ROOT("/v1/groups/unit?name=s04.service&fields=cpu_wait_ns,"
			      "cpu_pressure_60s,name,name"), 200);
	ck_assert_int_eq(json_object_object_length(row(object, 0)), 3);
	ck_assert_ptr_null(text_of(row(object, 0), "cpu_wait_ns"));
	ck_assert_ptr_null(text_of(row(object, 0), "cpu_pressure_60s"));
	json_object_put(object);
	tear_down(&f);
}
END_TEST

START_TEST(kinds)
{
	static const struct {
		const char *target;
		const char *matched;
		const char *first;
	} cases[] = {
		/* 29 services, and the slice of what is in none. */
		{ "/v1/groups/unit", "30", "-.slice" },
		{ "/v1/groups/slice", "2", "-.slice" },
		{ "/v1/groups/container", "0", NULL },
		{ "/v1/groups/user", "3", "0" },
		{ "/v1/groups/program", "1", "same" },
		{ "/v1/groups/cgroup", "32", "/" },
		{ "/v1/groups/cgroup?name=/system.slice", "1", "/system.slice" },
		{ "/v1/groups/cgroup?name=/%FF%22%0A", "1", "/\xef\xbf\xbd\"\n" },
		{ "/v1/groups/user?name=5", "0", NULL },
		{ "/v1/groups/user?sort=name&order=desc", "3", "2" },
	};
	struct json_object *object;
	struct fixture f;
	size_t i;

	set_up(&f);
	publish(&f, 1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		object = ask(&f, ROOT(cases[i].target), 200);
		ck_assert_msg(!strcmp(text_of(object, "matched"), cases[i].matched), "%s: %s",
			      cases[i].target, text_of(object, "matched"));
		if (cases[i].first)
			ck_assert_str_eq(text_of(row(object, 0), "name"), cases[i].first);
		/* The first tick has no length. */
		ck_assert_ptr_null(text_of(object, "elapsed_ns"));
		json_object_put(object);
	}
	tear_down(&f);
}
END_TEST

/* All pages together are the whole list, once; what is not known comes last. */
START_TEST(pages)
{
	static const char *const orders[] = {
		"sort=name", "sort=name&order=desc", "sort=run_ns&order=desc", "sort=run_ns",
		"sort=cpu_pressure_10s&order=desc", "sort=cpu_wait_ns&order=asc",
		"sort=cpu_share_300s", "sort=processes", "sort=since_realtime_ns",
		"sort=memory_share_10s", "sort=run_ns_per_s&order=desc",
	};
	char target[2048], seen[32][64];
	struct json_object *whole, *page;
	const char *cursor;
	struct fixture f;
	size_t i, count, size;

	set_up(&f);
	publish(&f, 1);
	publish(&f, 2);
	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		snprintf(target, sizeof(target), "/v1/groups/cgroup?limit=7&%s", orders[i]);
		for (count = 0;;) {
			page = ask(&f, ROOT(target), 200);
			ck_assert_str_eq(text_of(page, "matched"), "32");
			size = (size_t)atoi(text_of(page, "count"));
			while (size--) {
				snprintf(seen[count], sizeof(seen[count]), "%s",
					 text_of(row(page, count % 7), "name"));
				ck_assert_uint_lt(count++, 32);
			}
			cursor = text_of(page, "next_cursor");
			if (cursor)
				snprintf(target, sizeof(target),
					 "/v1/groups/cgroup?limit=7&%s&cursor=%s", orders[i],
					 cursor);
			json_object_put(page);
			if (!cursor)
				break;
		}
		ck_assert_uint_eq(count, 32);
		snprintf(target, sizeof(target), "/v1/groups/cgroup?%s", orders[i]);
		whole = ask(&f, ROOT(target), 200);
		for (count = 0; count < 32; count++)
			ck_assert_str_eq(text_of(row(whole, count), "name"), seen[count]);
		if (strstr(orders[i], "cpu_"))
			ck_assert_ptr_null(text_of(row(whole, 31), "cpu_wait_ns"));
		json_object_put(whole);
	}
	tear_down(&f);
}
END_TEST

START_TEST(refusals)
{
	static const char *const cursors[] = {
		"", "x", "name", "name.a", "name.a.", "name.a..", "name.d.61.1", "run_ns.a.61.1",
		"name.a.6.1", "name.a.zz.1", "name.a.61.", "name.a.61.x", "name.a.61.-1",
		"name.a.61.99999999999999999999",
	};
	char target[256];
	struct fixture f;
	size_t i;

	set_up(&f);
	refused(&f, ROOT("/v1/groups/unit"), 503, NULL, "no sample has been taken");
	publish(&f, 1);
	refused(&f, ROOT("/v1/groups/Unit"), 404, "kind",
		"allowed are unit, slice, container, user, program, cgroup.");
	refused(&f, ROOT("/v1/groups/other"), 404, "kind", "\"other\"");
	refused(&f, ROOT("/v1/groups"), 404, NULL, "/v1/groups/{kind}");
	refused(&f, USER("/v1/groups/user"), 403, NULL, "group taskmeter");
	refused(&f, USER("/v1/groups/nonsense"), 404, "kind", "program");
	refused(&f, ROOT("/v1/groups/user?uid=1"), 400, "uid", "fields");
	refused(&f, ROOT("/v1/groups/user?sort=comm"), 400, "sort", "numa_migrated_pages_per_s");
	refused(&f, ROOT("/v1/groups/user?fields=name,,"), 400, "fields", "oom_kills_per_s");
	refused(&f, ROOT("/v1/groups/user?order=up"), 400, "order", "asc and desc");
	refused(&f, ROOT("/v1/groups/user?limit=0"), 400, "limit", "10000");
	for (i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++) {
		snprintf(target, sizeof(target), "/v1/groups/user?cursor=%s", cursors[i]);
		refused(&f, ROOT(target), 400, "cursor", "next_cursor");
	}
	/* No number at all is still a place. */
	json_object_put(ask(&f, ROOT("/v1/groups/user?sort=cpu_share_10s&cursor="
				     "cpu_share_10s.a.000000000000f87f.1"), 200));
	tear_down(&f);
}
END_TEST

/* A reply that is still being sent keeps what it began with; those of a tick share it. */
START_TEST(replies_keep_their_tick)
{
	struct request request = ROOT("/v1/groups/unit?name=s05.service");
	struct group_snapshot *snapshot;
	struct json_object *object;
	struct reply first, second;
	struct fixture f;

	set_up(&f);
	publish(&f, 1);
	ck_assert_int_eq(api_handle(&f.api, &request, &first), 0);
	ck_assert_int_eq(api_handle(&f.api, &request, &second), 0);
	snapshot = model_groups(&f.model, GROUP_UNIT);
	ck_assert_uint_eq(snapshot->references, 4);
	group_snapshot_unref(snapshot);
	reply_clear(&second);
	publish(&f, 4);
	object = parse(&first);
	ck_assert_str_eq(text_of(row(object, 0), "run_ns"), "666666666");
	json_object_put(object);
	reply_clear(&first);
	object = ask(&f, request, 200);
	ck_assert_str_eq(text_of(row(object, 0), "run_ns"), "2666666666");
	json_object_put(object);
	tear_down(&f);
}
END_TEST

/* What is behind the totals is in the metrics, once there are any. */
START_TEST(metrics)
{
	static const char *const lines[] = {
		"\ntaskmeter_cgroups 30\n", "\ntaskmeter_cgroups_unresolved 0\n",
		"\ntaskmeter_cgroup_walks_total 0\n", "\ntaskmeter_exits_missed_total 0\n",
		"\ntaskmeter_exits_repaired_total 0\n",
	};
	struct request request = ROOT("/metrics");
	struct reply reply;
	struct fixture f;
	char *body;
	size_t i, j;

	set_up(&f);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(api_handle(&f.api, &request, &reply), 0);
		ck_assert_uint_eq(reply.status, 200);
		body = strndup(reply.body.data, reply.body.size);
		for (j = 0; j < sizeof(lines) / sizeof(lines[0]); j++)
			ck_assert_msg(!strstr(body, lines[j]) == !i, "%s", lines[j]);
		free(body);
		reply_clear(&reply);
		publish(&f, 1);
	}
	tear_down(&f);
}
END_TEST

static char *scrape(struct fixture *f, struct request request)
{
	struct reply reply;
	char *body;

	ck_assert_int_eq(api_handle(&f->api, &request, &reply), 0);
	ck_assert_uint_eq(reply.status, 200);
	body = strndup(reply.body.data, reply.body.size);
	reply_clear(&reply);
	return body;
}

static unsigned int count_samples(const char *body)
{
	unsigned int count = 0;

	for (; *body; body = strchr(body, '\n') + 1)
		count += *body != '#';
	return count;
}

/* Groups are shown to who sees all, and no more than max-series has room for, whatever it is. */
START_TEST(metrics_of_groups)
{
	struct fixture f;
	char *body;

	set_up(&f);
	publish(&f, 1);
	body = scrape(&f, ROOT("/metrics"));
	ck_assert_ptr_nonnull(strstr(body, "\ntaskmeter_group_cpu_seconds_total{kind=\"unit\","
				     "name=\"s05.service\"} 0.666666666\n"));
	ck_assert_ptr_nonnull(strstr(body, "\ntaskmeter_groups_left_out{kind=\"unit\"} 0\n"));
	ck_assert_ptr_nonnull(strstr(body, "\ntaskmeter_series_dropped_total 0\n"));
	ck_assert_ptr_nonnull(strstr(body, "\ntaskmeter_scrape_seconds_total 0.000000000\n"));
	free(body);
	body = scrape(&f, USER("/metrics"));
	ck_assert_ptr_null(strstr(body, "taskmeter_group_"));
	ck_assert_ptr_null(strstr(body, ".service"));
	free(body);
	f.available = UINT64_MAX;
	publish(&f, 2);
	f.model.info.size = sizeof(f.model.info);
	f.model.info.flags = TASKMETER_INFO_METER | TASKMETER_INFO_PROBE_TIME;
	f.model.info.available = UINT64_MAX;
	f.exits.log.instance_id = 1;
	for (f.config.max_series = CONFIG_SERIES_MIN; f.config.max_series < 1300;
	     f.config.max_series += 13) {
		ck_assert_int_eq(model_resize_programs(&f.model, metrics_max_programs(&f.config)),
				 0);
		body = scrape(&f, ROOT("/metrics"));
		ck_assert_uint_le(count_samples(body), f.config.max_series);
		free(body);
	}
	body = scrape(&f, ROOT("/metrics"));
	ck_assert_ptr_nonnull(strstr(body, "\ntaskmeter_groups_left_out{kind=\"unit\"} 0\n"));
	ck_assert_ptr_null(strstr(body, "\ntaskmeter_series_dropped_total 0\n"));
	ck_assert_ptr_null(strstr(body, "\ntaskmeter_scrape_seconds_total 0.000000000\n"));
	free(body);
	tear_down(&f);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("groups-api");
	TCase *tcase = tcase_create("groups-api");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, objects);
	tcase_add_test(tcase, kinds);
	tcase_add_test(tcase, pages);
	tcase_add_test(tcase, refusals);
	tcase_add_test(tcase, replies_keep_their_tick);
	tcase_add_test(tcase, metrics);
	tcase_add_test(tcase, metrics_of_groups);
	suite_add_tcase(suite, tcase);
	return suite_main(suite, argc, argv);
}
