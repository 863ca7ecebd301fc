// SPDX-License-Identifier: GPL-2.0-or-later
/* What rules tell: the line, the object, the event of a stream, and the metrics. */
#include "core/rule-report.h"
#include "api/api.h"
#include "api/metrics.h"
#include "suite.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND	UINT64_C(1000000000)

#define ROOT(path)	((struct request) { .view.all = true, .method = "GET", .target = path })
#define USER(path)	((struct request) { .view.uid = 1, .method = "GET", .target = path })

struct fixture {
	struct config config;
	struct access access;
	struct model model;
	sd_event *event;
	struct exits exits;
	struct api api;
};

static void set_up(struct fixture *f)
{
	*f = (struct fixture) { .api.reply_bytes = 0 };
	ck_assert_int_eq(model_init(&f->model, 4), 0);
	f->api = (struct api) {
		.model = &f->model, .config = &f->config, .access = &f->access,
		.exits = &f->exits,
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

static const struct rule rule = {
	.name = (char []) { "web" }, .kind = GROUP_CGROUP, .pattern = (char []) { "*" },
	.resource = PRESSURE_IO, .span = PRESSURE_60S, .over = 12345, .clear_below = 5,
	.for_ns = 10 * SECOND, .limit = 1, .limit_ns = SECOND,
};

static struct rule_news news(enum rule_turn turn)
{
	return (struct rule_news) {
		.rule = &rule, .turn = turn, .group = "/a\x1b[31m\n\xff", .value = 1.5,
		.peak = 2.25, .lasted_ns = 90 * SECOND, .untold = 3,
	};
}

/* The line of it; freed by the caller. */
static char *report(struct events *events, const struct rule_news *told)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	char *line = NULL;
	size_t size = 0;

	ck_assert(file && saved >= 0);
	ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
	rule_report(events, told);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	ck_assert_int_gt(getline(&line, &size, file), 0);
	ck_assert_int_eq(fgetc(file), EOF);
	fclose(file);
	return line;
}

START_TEST(one_line)
{
	static const char *const expected[] = {
		[RULE_CROSSED] = "<4>taskmeterd: Rule web: io pressure of cgroup /a\\x1b[31m\\n"
				 "\xef\xbf\xbd is 150.00%, and has been over 123.45% for"
				 " 1 min 30 s\n",
		[RULE_CLEARED] = "<5>taskmeterd: Rule web: io pressure of cgroup /a\\x1b[31m\\n"
				 "\xef\xbf\xbd is 150.00% again, after 1 min 30 s with up to"
				 " 225.00%\n",
		[RULE_REMOVED] = "<5>taskmeterd: Rule web is not there any more, or is another"
				 " one; io pressure of cgroup /a\\x1b[31m\\n\xef\xbf\xbd was"
				 " 150.00%\n",
	};
	struct rule_news told;
	struct fixture f;
	char *line;
	size_t i;

	set_up(&f);
	for (i = RULE_CROSSED; i <= RULE_REMOVED; i++) {
		told = news((enum rule_turn)i);
		line = report(f.api.events, &told);
		ck_assert_str_eq(line, expected[i]);
		free(line);
	}
	tear_down(&f);
}
END_TEST

#define OBJECT								\
	"\"kind\":\"cgroup\",\"name\":\"/a\\u001b[31m\\n\xef\xbf\xbd\"," \
	"\"resource\":\"io\",\"measure\":\"pressure\",\"average_s\":60,\"value\":1.500000," \
	"\"peak\":2.250000,\"over\":1.234500,\"clear_below\":0.000500," \
	"\"lasted_ns\":90000000000,\"untold\":3}"

START_TEST(objects)
{
	static const char *const states[] = { "crossed", "cleared", "removed" };
	struct json_object *object;
	struct rule_news told;
	char expected[512];
	size_t i;

	for (i = RULE_CROSSED; i <= RULE_REMOVED; i++) {
		told = news((enum rule_turn)i);
		ck_assert_int_eq(rule_news_to_json(&told, 1700000000 * SECOND, &object), 0);
		snprintf(expected, sizeof(expected), "{\"event\":\"rule\",\"rule\":\"web\","
			 "\"state\":\"%s\",\"realtime_ns\":1700000000000000000," OBJECT,
			 states[i]);
		ck_assert_str_eq(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
					JSON_C_TO_STRING_NOSLASHESCAPE), expected);
		json_object_put(object);
	}
}
END_TEST

static char *read_all(struct stream *stream)
{
	struct buffer all = { .max = 1 << 20 };

	while (stream->next(stream, &all) > 0)
		;
	buffer_append(&all, "", 1);
	ck_assert_int_eq(all.error, 0);
	return all.data;
}

/* It has no id: who comes back with that of an exit gets the exits behind that one. */
START_TEST(streams)
{
	struct rule_news told = news(RULE_CROSSED);
	struct request requests[] = {
		ROOT("/v1/events?types=rule"), ROOT("/v1/events?types=exit,rule"),
		ROOT("/v1/events?types=exit,oom"),
	};
	struct reply replies[3];
	struct fixture f;
	char *text;
	size_t i;

	set_up(&f);
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(api_handle(&f.api, &requests[i], &replies[i]), 0);
		ck_assert_uint_eq(replies[i].status, 200);
		free(read_all(replies[i].stream));
	}
	free(report(f.api.events, &told));
	for (i = 0; i < 3; i++) {
		text = read_all(replies[i].stream);
		ck_assert_msg(!strncmp(text, "event: rule\ndata: {\"event\":\"rule\"", 33) ==
			      (i < 2), "%s", text);
		ck_assert_msg(!strstr(text, OBJECT "\n\n") == (i == 2), "%s", text);
		ck_assert_ptr_null(strstr(text, "id: "));
		free(text);
		reply_clear(&replies[i]);
	}
	tear_down(&f);
}
END_TEST

START_TEST(streams_of_others)
{
	struct request request = USER("/v1/events?types=rule");
	struct reply reply;
	struct fixture f;

	set_up(&f);
	ck_assert_int_eq(api_handle(&f.api, &request, &reply), 0);
	ck_assert_uint_eq(reply.status, 403);
	reply_clear(&reply);
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

START_TEST(metrics)
{
	static const char *const lines[] = {
		"\ntaskmeter_rule_active{rule=\"web\"} 0\n",
		"\ntaskmeter_rule_active{rule=\"two\"} 0\n",
		"\ntaskmeter_rule_crossings_total{rule=\"web\"} 0\n",
		"\ntaskmeter_rule_untold_total{rule=\"web\"} 0\n",
		"\ntaskmeter_rule_left_out{rule=\"two\"} 0\n",
	};
	struct rule list[] = { rule, rule };
	struct rules *rules;
	struct fixture f;
	char *all, *own, *none;
	size_t i;

	set_up(&f);
	rules = rules_new(rule_report, f.api.events);
	f.api.rules = rules;
	none = scrape(&f, ROOT("/metrics"));
	list[1].name = (char []) { "two" };
	ck_assert_int_eq(rules_set(rules, list, 2, 0), 0);
	all = scrape(&f, ROOT("/metrics"));
	own = scrape(&f, USER("/metrics"));
	ck_assert_ptr_null(strstr(none, "taskmeter_rule"));
	ck_assert_ptr_null(strstr(own, "taskmeter_rule"));
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(strstr(all, lines[i]) != NULL, "no %s in %s", lines[i], all);
	free(none);
	free(all);
	free(own);
	rules_free(rules);
	tear_down(&f);
}
END_TEST

/* Rules take of the samples that programs may have. */
START_TEST(room)
{
	struct config config = { .metrics_programs = 1000, .max_series = CONFIG_SERIES_MAX };
	const unsigned int without = metrics_max_programs(&config);

	config.rule_count = RULES_MAX;
	ck_assert_uint_lt(metrics_max_programs(&config), without);
	ck_assert_uint_gt(metrics_max_programs(&config), without - 16);
	config.max_series = CONFIG_SERIES_MIN + CONFIG_RULE_SERIES * RULES_MAX;
	ck_assert_uint_eq(metrics_max_programs(&config), 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("rule-report");
	TCase *tcase = tcase_create("rule-report");

	tcase_add_test(tcase, one_line);
	tcase_add_test(tcase, objects);
	tcase_add_test(tcase, streams);
	tcase_add_test(tcase, streams_of_others);
	tcase_add_test(tcase, metrics);
	tcase_add_test(tcase, room);
	suite_add_tcase(suite, tcase);
	return suite_main(suite, argc, argv);
}
