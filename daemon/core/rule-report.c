// SPDX-License-Identifier: GPL-2.0-or-later
/* See rule-report.h. Names of groups may be any bytes. */
#include "core/rule-report.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "common/cgroup.h"
#include "common/json.h"
#include "common/text.h"
#include "common/units.h"
#include "core/events.h"
#include "core/journal.h"

/**
 * struct report - an entry being made
 * @entry: the entry
 * @group: the group's field
 */
struct report {
	struct journal_entry entry;
	char group[CGROUP_PATH_SIZE + 32];
};

static double percent(double value)
{
	return value * 100;
}

static double level(uint32_t ten_thousandths)
{
	return (double)ten_thousandths / RULE_ONE;
}

static const char *turn_name(enum rule_turn turn)
{
	static const char *const names[] = {
		[RULE_CROSSED] = "crossed", [RULE_CLEARED] = "cleared",
		[RULE_REMOVED] = "removed",
	};

	return names[turn];
}

static void write_message(struct journal_entry *entry, const struct rule_news *news)
{
	const struct rule *rule = news->rule;
	char group[512], lasted[UNIT_SIZE];

	text_for_terminal(news->group, strlen(news->group), true, group, sizeof(group));
	unit_duration_long(news->lasted_ns, lasted);
	if (news->turn == RULE_CROSSED)
		journal_message(entry, "Rule %s: %s %s of %s %s is %.2f%%, and has been over"
				" %.10g%% for %s", rule->name,
				pressure_resource_name(rule->resource), rule_measure_name(rule),
				group_kind_name(rule->kind), group, percent(news->value),
				percent(level(rule->over)), lasted);
	else if (news->turn == RULE_CLEARED)
		journal_message(entry, "Rule %s: %s %s of %s %s is %.2f%% again, after %s with"
				" up to %.2f%%", rule->name,
				pressure_resource_name(rule->resource), rule_measure_name(rule),
				group_kind_name(rule->kind), group, percent(news->value), lasted,
				percent(news->peak));
	else
		journal_message(entry, "Rule %s is not there any more, or is another one; %s %s"
				" of %s %s was %.2f%%", rule->name,
				pressure_resource_name(rule->resource), rule_measure_name(rule),
				group_kind_name(rule->kind), group, percent(news->value));
}

static void add_group(struct report *report, const char *group)
{
	const int length = snprintf(report->group, sizeof(report->group), "TASKMETER_GROUP=%s",
				    group);

	journal_add(&report->entry, report->group, (size_t)length < sizeof(report->group) ?
		    (size_t)length : sizeof(report->group) - 1);
}

static void add_figures(struct journal_entry *entry, const struct rule_news *news)
{
	const struct rule *rule = news->rule;

	journal_print(entry, "TASKMETER_VALUE_PERCENT=%.2f", percent(news->value));
	journal_print(entry, "TASKMETER_PEAK_PERCENT=%.2f", percent(news->peak));
	journal_print(entry, "TASKMETER_OVER_PERCENT=%.10g", percent(level(rule->over)));
	journal_print(entry, "TASKMETER_CLEAR_BELOW_PERCENT=%.10g",
		      percent(level(rule->clear_below)));
	journal_number(entry, "TASKMETER_AVERAGE_SEC", pressure_span_seconds(rule->span));
	journal_number(entry, "TASKMETER_LASTED_NS", news->lasted_ns);
	journal_number(entry, "TASKMETER_UNTOLD", news->untold);
}

static void write_entry(const struct rule_news *news)
{
	const bool crossed = news->turn == RULE_CROSSED;
	const struct rule *rule = news->rule;
	struct report report = { .entry.count = 0 };
	struct journal_entry *entry = &report.entry;

	write_message(entry, news);
	journal_print(entry, "MESSAGE_ID=%s", crossed ? RULE_CROSSED_MESSAGE_ID :
						       RULE_CLEARED_MESSAGE_ID);
	journal_print(entry, "TASKMETER_RULE=%s", rule->name);
	journal_print(entry, "TASKMETER_RULE_STATE=%s", turn_name(news->turn));
	journal_print(entry, "TASKMETER_GROUP_KIND=%s", group_kind_name(rule->kind));
	add_group(&report, news->group);
	journal_print(entry, "TASKMETER_RESOURCE=%s", pressure_resource_name(rule->resource));
	journal_print(entry, "TASKMETER_MEASURE=%s", rule_measure_name(rule));
	add_figures(entry, news);
	journal_send(entry, crossed ? LOG_WARNING : LOG_NOTICE);
}

/* Without memory for a value, the rest is added to nothing. */
static void add(struct json_object *object, const char *name, struct json_object *value,
		int *error)
{
	if (!value)
		*error = -ENOMEM;
	else if (json_add(object, name, value) < 0)
		*error = -ENOMEM;
}

static int fill(struct json_object *object, const struct rule_news *news, uint64_t realtime_ns)
{
	const struct rule *rule = news->rule;
	int r = 0;

	add(object, "event", json_object_new_string("rule"), &r);
	add(object, "rule", json_object_new_string(rule->name), &r);
	add(object, "state", json_object_new_string(turn_name(news->turn)), &r);
	add(object, "realtime_ns", json_object_new_uint64(realtime_ns), &r);
	add(object, "kind", json_object_new_string(group_kind_name(rule->kind)), &r);
	add(object, "name", json_text(news->group, strlen(news->group)), &r);
	add(object, "resource",
	    json_object_new_string(pressure_resource_name(rule->resource)), &r);
	add(object, "measure", json_object_new_string(rule_measure_name(rule)), &r);
	add(object, "average_s", json_object_new_uint64(pressure_span_seconds(rule->span)), &r);
	add(object, "value", json_real(news->value), &r);
	add(object, "peak", json_real(news->peak), &r);
	add(object, "over", json_real(level(rule->over)), &r);
	add(object, "clear_below", json_real(level(rule->clear_below)), &r);
	add(object, "lasted_ns", json_object_new_uint64(news->lasted_ns), &r);
	add(object, "untold", json_object_new_uint64(news->untold), &r);
	return r;
}

int rule_news_to_json(const struct rule_news *news, uint64_t realtime_ns,
		      struct json_object **ret_object)
{
	struct json_object *object = json_object_new_object();
	int r = object ? fill(object, news, realtime_ns) : -ENOMEM;

	if (r < 0) {
		json_object_put(object);
		return r;
	}
	*ret_object = object;
	return 0;
}

void rule_report(void *data, const struct rule_news *news)
{
	struct json_object *object = NULL;
	struct events *events = data;
	struct timespec now;

	write_entry(news);
	if (!events_wanted(events, EVENTS_RULE))
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	if (rule_news_to_json(news, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec,
			      &object) < 0)
		object = NULL;
	events_tell(events, EVENTS_RULE, object);
	json_object_put(object);
}
