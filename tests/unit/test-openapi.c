// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The description of the API against what it describes: routes, their parameters, and the
 * keys of objects.
 */
#include "api/access.h"
#include "api/group-key.h"
#include "api/route.h"
#include "api/select.h"
#include "api/series-key.h"
#include "common/exit-json.h"
#include "core/rule-report.h"
#include "suite.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct reply ask(const char *if_none_match)
{
	struct config config = { 0 };
	struct access access = { 0 };
	struct model model = { 0 };
	struct api api = { .model = &model, .config = &config, .access = &access };
	struct request request = {
		.method = "GET", .target = "/v1/openapi.json", .view.uid = 5,
		.if_none_match = if_none_match,
	};
	struct reply reply;

	ck_assert_int_eq(api_handle(&api, &request, &reply), 0);
	return reply;
}

/* Also without a module. */
static struct json_object *get_document(void)
{
	struct reply reply = ask(NULL);
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *document;

	ck_assert_uint_eq(reply.status, 200);
	ck_assert_str_eq(reply.type, "application/json");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	document = json_tokener_parse_ex(tokener, reply.body.data, (int)reply.body.size);
	ck_assert(document != NULL);
	json_tokener_free(tokener);
	reply_clear(&reply);
	return document;
}

static struct json_object *find(struct json_object *object, const char *key)
{
	struct json_object *value;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s", key);
	return value;
}

static struct json_object *component(struct json_object *document, const char *kind,
				     const char *name)
{
	return find(find(find(document, "components"), kind), name);
}

/* "#/components/KIND/NAME" */
static struct json_object *resolve(struct json_object *document, struct json_object *object)
{
	struct json_object *reference;
	char kind[32], name[64];

	if (!json_object_object_get_ex(object, "$ref", &reference))
		return object;
	ck_assert_int_eq(sscanf(json_object_get_string(reference),
				"#/components/%31[a-z]/%63[A-Za-z]", kind, name), 2);
	return component(document, kind, name);
}

START_TEST(tag)
{
	struct reply reply = ask(NULL), again;

	ck_assert_str_ne(reply.tag, "");
	again = ask(reply.tag);
	ck_assert_uint_eq(again.status, 304);
	ck_assert_uint_eq(again.body.size, 0);
	ck_assert_str_eq(again.tag, reply.tag);
	reply_clear(&again);
	again = ask("W/\"x\"");
	ck_assert_uint_eq(again.status, 200);
	reply_clear(&again);
	reply_clear(&reply);
}
END_TEST

/* What stands in the path for a segment that may be any. */
static const char *place_of(const struct route *route, size_t index)
{
	if (index > 2)
		return "{name}";
	return strcmp(route->segments[1], "groups") ? "{pid}" : "{kind}";
}

static struct json_object *path_of(struct json_object *document, const struct route *route)
{
	char path[128] = "";
	size_t i;

	for (i = 0; route->segments[i]; i++) {
		strcat(path, "/");
		if (strcmp(route->segments[i], "*") != 0)
			strcat(path, route->segments[i]);
		else
			strcat(path, place_of(route, i));
	}
	return find(find(find(document, "paths"), path), "get");
}

/* How many parameters of the query; each has to be one of the route. */
static size_t check_parameters(struct json_object *document, struct json_object *operation,
			       const struct route *route)
{
	struct json_object *parameters, *parameter;
	size_t i, j, count = 0;
	const char *name;

	if (!json_object_object_get_ex(operation, "parameters", &parameters))
		return 0;
	for (i = 0; i < json_object_array_length(parameters); i++) {
		parameter = resolve(document, json_object_array_get_idx(parameters, i));
		if (strcmp(json_object_get_string(find(parameter, "in")), "query") != 0)
			continue;
		name = json_object_get_string(find(parameter, "name"));
		for (j = 0; route->parameters[j] && strcmp(route->parameters[j], name) != 0; j++)
			;
		ck_assert_msg(route->parameters[j], "%s: %s", route->segments[1], name);
		count++;
	}
	return count;
}

START_TEST(routes)
{
	struct json_object *document = get_document(), *operation, *security;
	const struct route *route;
	size_t i, count;

	for (i = 0; (route = route_at(i)); i++) {
		operation = path_of(document, route);
		for (count = 0; route->parameters[count]; count++)
			;
		ck_assert_uint_eq(check_parameters(document, operation, route), count);
		ck_assert_int_eq(json_object_object_get_ex(operation, "security", &security),
				 route->open);
	}
	ck_assert_uint_gt(i, 9);
	ck_assert_int_eq(json_object_object_length(find(document, "paths")), (int)i);
	json_object_put(document);
}
END_TEST

static void check_limit(struct json_object *document)
{
	struct json_object *schema = find(component(document, "parameters", "Limit"), "schema");

	ck_assert_int_eq(json_object_get_int(find(schema, "maximum")), SELECT_LIMIT_MAX);
	ck_assert_int_eq(json_object_get_int(find(schema, "default")), SELECT_LIMIT_DEFAULT);
}

/* In the same order, too. */
static void check_names(struct json_object *document, const char *schema, size_t index,
			const char *name)
{
	struct json_object *names = find(component(document, "schemas", schema), "enum");

	ck_assert_str_eq(json_object_get_string(json_object_array_get_idx(names, index)), name);
}

START_TEST(choices)
{
	struct json_object *document = get_document();
	struct process_key key;
	size_t i, past, sorts = 0;

	check_limit(document);
	for (i = 0; i < process_key_count(false); i++) {
		key = process_key_at(i);
		check_names(document, "ProcessField", i, key.name);
		if (!key.record.flag)
			check_names(document, "ProcessSortField", sorts++, key.name);
	}
	for (past = sorts = 0; i < process_key_count(true); i++) {
		key = process_key_at(i);
		check_names(document, "PastField", past++, key.name);
		if (!key.is_path)
			check_names(document, "PastSortField", sorts++, key.name);
	}
	ck_assert_uint_eq(sorts, PAST_RATES);
	ck_assert_uint_eq(past, PAST_RATES + 1);
	for (i = 0; i < group_key_count(); i++)
		check_names(document, "GroupField", i, group_key_at(i)->name);
	for (i = 0; i < GROUP_KINDS; i++)
		check_names(document, "GroupKind", i, group_kind_name((enum group_kind)i));
	json_object_put(document);
}
END_TEST

/* All of one object's keys are described, and nothing else is. */
static void check_keys(struct json_object *document, const char *schema,
		       struct json_object *object)
{
	struct json_object *properties = find(component(document, "schemas", schema),
					      "properties");

	json_object_object_foreach(object, key, value) {
		(void)value;
		ck_assert_msg(json_object_object_get_ex(properties, key, NULL),
			      "%s has no %s", schema, key);
	}
	ck_assert_int_eq(json_object_object_length(properties),
			 json_object_object_length(object));
}

START_TEST(members)
{
	static const struct taskmeter_exit exit;
	static const struct taskmeter_record record;
	static const struct group group;
	static const struct growth growth;
	static const struct past_rates rates;
	static const struct series_point point;
	static char name[] = "web";
	const struct rule rule = { .name = name };
	const struct rule_news news = { .rule = &rule, .group = "init.scope" };
	const struct tm_exit view = { .exit = &exit, .record = &record };
	const struct process process = { .record = &record, .growth = &growth };
	const struct process past = { &record, &growth, &rates, "/init.scope" };
	const struct process_keys all = { 0 };
	const struct taskmeter_info info = { 0 };
	struct json_object *document = get_document(), *object;

	ck_assert_int_eq(info_to_json(&info, &object), 0);
	check_keys(document, "Module", object);
	json_object_put(object);
	ck_assert_int_eq(exit_to_json(&view, &object), 0);
	json_object_object_add(object, "exit_realtime_ns", NULL);
	check_keys(document, "Exit", object);
	json_object_put(object);
	ck_assert_int_eq(process_to_json(&past, &all, &object), 0);
	check_keys(document, "Process", object);
	json_object_put(object);
	ck_assert_int_eq(process_to_json(&process, &all, &object), 0);
	json_object_object_add(object, "cgroup", NULL);
	json_object_object_add(object, "histograms", NULL);
	json_object_object_add(object, "pss", NULL);
	check_keys(document, "ProcessDetail", object);
	json_object_put(object);
	ck_assert_int_eq(rule_news_to_json(&news, 1, &object), 0);
	check_keys(document, "RuleTurn", object);
	json_object_put(object);
	ck_assert_int_eq(group_to_json(&group, 1, NULL, 0, &object), 0);
	check_keys(document, "Group", object);
	json_object_put(object);
	ck_assert_int_eq(series_point_to_json(&point, &object), 0);
	check_keys(document, "GroupPoint", object);
	json_object_put(object);
	json_object_put(document);
}
END_TEST

/* By its name; "age_s" has its own. */
static void check_unit(const char *name, struct json_object *property)
{
	static const struct {
		const char *end;
		const char *unit;
	} units[] = { { "_ns", "ns" }, { "_bytes", "bytes" }, { "_ms", "ms" },
		      { "_ns_per_s", "ns/s" }, { "_bytes_per_s", "bytes/s" } };
	size_t i, length = strlen(name), end;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		end = strlen(units[i].end);
		if (length <= end || strcmp(name + length - end, units[i].end) != 0)
			continue;
		ck_assert_msg(json_object_object_get_ex(property, "x-unit", NULL),
			      "%s has no unit", name);
		ck_assert_str_eq(json_object_get_string(find(property, "x-unit")),
				 units[i].unit);
	}
}

static bool is_described(struct json_object *property)
{
	static const char *const keys[] = { "description", "$ref", "anyOf", "const" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (json_object_object_get_ex(property, keys[i], NULL))
			return true;
	return false;
}

START_TEST(descriptions)
{
	struct json_object *document = get_document(), *properties;
	int count = 0;

	json_object_object_foreach(find(find(document, "components"), "schemas"), schema, body) {
		ck_assert_msg(is_described(body), "%s", schema);
		if (!json_object_object_get_ex(body, "properties", &properties))
			continue;
		/* What is not described is not told. */
		ck_assert(!json_object_get_boolean(find(body, "additionalProperties")));
		json_object_object_foreach(properties, name, property) {
			ck_assert_msg(is_described(property), "%s.%s", schema, name);
			check_unit(name, property);
			count++;
		}
	}
	ck_assert_int_gt(count, 400);
	json_object_put(document);
}
END_TEST

/* Every reference leads somewhere. */
static int follow(struct json_object *document, struct json_object *object)
{
	int count = 0;
	size_t i;

	if (json_object_is_type(object, json_type_array))
		for (i = 0; i < json_object_array_length(object); i++)
			count += follow(document, json_object_array_get_idx(object, i));
	if (!json_object_is_type(object, json_type_object))
		return count;
	count += resolve(document, object) != object;
	json_object_object_foreach(object, key, value) {
		(void)key;
		count += follow(document, value);
	}
	return count;
}

START_TEST(references)
{
	struct json_object *document = get_document();

	ck_assert_int_gt(follow(document, document), 100);
	json_object_put(document);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("openapi");
	TCase *document = tcase_create("document");

	tcase_add_test(document, tag);
	tcase_add_test(document, routes);
	tcase_add_test(document, choices);
	tcase_add_test(document, members);
	tcase_add_test(document, descriptions);
	tcase_add_test(document, references);
	suite_add_tcase(suite, document);
	return suite_main(suite, argc, argv);
}
