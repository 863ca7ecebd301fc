// SPDX-License-Identifier: GPL-2.0-or-later
/* See config-parse.h: sections [rule NAME], and their keys. */
#include "config-parse.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <taskmeter/taskmeter.h>

#define MS	UINT64_C(1000000)
#define SECOND	(1000 * MS)
#define MINUTE	(60 * SECOND)
#define HOUR	(60 * MINUTE)

#define NAME_BYTES \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
#define OVER_MAX	(10000 * RULE_ONE)
#define LIMIT_MAX	1000

static const struct unit units[] = {
	{ "s", SECOND }, { "min", MINUTE }, { "h", HOUR }, { "d", 24 * HOUR }, { NULL, 0 },
};

static bool ends_in(const char *text, const char *end)
{
	const size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && !strcmp(text + length - end_length, end);
}

/* Groups of users are called by their number. */
static int set_user(struct rule *rule, const char *name)
{
	const struct passwd *entry;
	char number[16];
	uint64_t uid;

	if (!parse_number(name, 0, UINT32_MAX, &uid, NULL))
		return 0;
	entry = getpwnam(name);
	if (!entry)
		return NOT_ALLOWED;
	snprintf(number, sizeof(number), "%" PRIu32, (uint32_t)entry->pw_uid);
	return replace_text(&rule->pattern, number);
}

/* A name that no group of the kind can have is a mistake. */
static int check_name(struct parser *parser, const char *name)
{
	struct rule *rule = parser->rule;
	int r;

	if (rule_has_pattern(rule))
		return 0;
	switch (rule->kind) {
	case GROUP_UNIT:
		return strchr(name, '.') ? 0 :
		       refuse(parser, "a unit has a suffix, as \"%.64s.service\"", name);
	case GROUP_SLICE:
		return ends_in(name, ".slice") ? 0 :
		       refuse(parser, "a slice ends in .slice, as \"%.64s.slice\"", name);
	case GROUP_CONTAINER:
		return strchr(name, ':') ? 0 :
		       refuse(parser, "a container is called ENGINE:NAME, as \"docker:%.64s*\"",
			      name);
	case GROUP_USER:
		r = set_user(rule, name);
		return r != NOT_ALLOWED ? r : refuse(parser, "there is no user \"%.64s\"", name);
	case GROUP_PROGRAM:
		return strlen(name) < TASKMETER_COMM_LEN ? 0 :
		       refuse(parser, "a program's name is cut after %d bytes, \"%.*s\"",
			      TASKMETER_COMM_LEN - 1, TASKMETER_COMM_LEN - 1, name);
	case GROUP_CGROUP:
		return name[0] == '/' ? 0 :
		       refuse(parser, "the path of a cgroup begins with /, as \"/%.64s\"", name);
	default:
		return 0;
	}
}

static int parse_scope(struct parser *parser, char *value)
{
	char *name = strchr(value, ':');
	int r;

	if (!name || !name[1])
		return NOT_ALLOWED;
	*name++ = '\0';
	if (group_kind_find(value, &parser->rule->kind))
		return refuse(parser, "there are no groups by \"%.64s\"", value);
	r = replace_text(&parser->rule->pattern, name);
	return r < 0 ? r : check_name(parser, name);
}

static int parse_resource(struct parser *parser, char *value)
{
	int i;

	for (i = 0; i < PRESSURE_RESOURCES; i++) {
		if (strcmp(pressure_resource_name((enum pressure_resource)i), value) != 0)
			continue;
		parser->rule->resource = (enum pressure_resource)i;
		return 0;
	}
	return NOT_ALLOWED;
}

static int parse_measure(struct parser *parser, char *value)
{
	parser->rule->share = !strcmp(value, "share");
	return parser->rule->share || !strcmp(value, "pressure") ? 0 : NOT_ALLOWED;
}

static int parse_average(struct parser *parser, char *value)
{
	uint64_t span;
	int i;

	if (parse_quantity(value, units, 10 * SECOND, 300 * SECOND, &span) < 0)
		return NOT_ALLOWED;
	for (i = 0; i < PRESSURE_SPANS; i++) {
		if (pressure_span_seconds((enum pressure_span)i) * SECOND != span)
			continue;
		parser->rule->span = (enum pressure_span)i;
		return 0;
	}
	return NOT_ALLOWED;
}

/* Percent with up to two places: ten thousandths. */
static int parse_percent(const char *value, uint32_t *ret_percent)
{
	uint64_t whole, places = 0;
	const char *rest, *point;

	if (parse_number(value, 0, OVER_MAX / 100, &whole, &rest) < 0)
		return NOT_ALLOWED;
	if (*rest == '.') {
		point = rest;
		if (parse_number(point + 1, 0, 99, &places, &rest) < 0 || rest - point > 3)
			return NOT_ALLOWED;
		if (rest - point == 2)
			places *= 10;
	}
	while (*rest == ' ')
		rest++;
	whole = whole * 100 + places;
	if (strcmp(rest, "%") != 0 || !whole || whole > OVER_MAX)
		return NOT_ALLOWED;
	*ret_percent = (uint32_t)whole;
	return 0;
}

static int parse_over(struct parser *parser, char *value)
{
	return parse_percent(value, &parser->rule->over);
}

static int parse_clear_below(struct parser *parser, char *value)
{
	return parse_percent(value, &parser->rule->clear_below);
}

static int parse_for(struct parser *parser, char *value)
{
	return parse_quantity(value, units, SECOND, HOUR, &parser->rule->for_ns);
}

/* So many in a time. */
static int parse_limit(struct parser *parser, char *value)
{
	uint64_t limit;
	const char *rest;

	if (parse_number(value, 1, LIMIT_MAX, &limit, &rest) < 0 || *rest != '/' ||
	    parse_quantity(rest + 1, units, SECOND, 24 * HOUR, &parser->rule->limit_ns) < 0)
		return NOT_ALLOWED;
	parser->rule->limit = (uint32_t)limit;
	return 0;
}

enum { SCOPE, RESOURCE, OVER, CLEAR_BELOW };

static const struct key keys[] = {
	[SCOPE] = { "scope", "unit, slice, container, user, program or cgroup, a colon, and a"
		    " name, with * for any bytes and ? for one", parse_scope },
	[RESOURCE] = { "resource", "cpu, io or memory", parse_resource },
	[OVER] = { "over", "percent with up to two places, from 0.01% to 1000000%", parse_over },
	[CLEAR_BELOW] = { "clear-below", "percent with up to two places, at most those of over",
			  parse_clear_below },
	{ "measure", "pressure or share", parse_measure },
	{ "average", "10s, 60s or 300s", parse_average },
	{ "for", "a time from 1s to 1h, with unit s, min or h", parse_for },
	{ "limit", "a number from 1 to 1000, /, and a time from 1s to 1d, with unit s, min, h or"
	  " d, as 10/1h", parse_limit },
};

#define KEY_COUNT	(sizeof(keys) / sizeof(keys[0]))

_Static_assert(KEY_COUNT <= CONFIG_KEYS_MAX, "the parser has no room for all keys");

static struct rule_draft *draft_of(struct parser *parser, const struct rule *rule)
{
	return &parser->drafts[rule - parser->config->rules];
}

static struct rule *find_rule(const struct parser *parser, const char *name)
{
	struct config *config = parser->config;
	size_t i;

	for (i = 0; i < config->rule_count; i++)
		if (!strcmp(config->rules[i].name, name))
			return &config->rules[i];
	return NULL;
}

static int new_rule(struct parser *parser, const char *name)
{
	struct config *config = parser->config;
	struct rule *rule = &config->rules[config->rule_count];

	if (config->rule_count == RULES_MAX)
		return refuse(parser, "there are more than %d rules", RULES_MAX);
	*rule = (struct rule) {
		.name = strdup(name), .for_ns = 10 * SECOND, .limit = 10, .limit_ns = HOUR,
	};
	if (!rule->name)
		return -ENOMEM;
	config->rule_count++;
	*draft_of(parser, rule) = (struct rule_draft) {
		.file = parser->file, .line = parser->line,
	};
	parser->rule = rule;
	return 0;
}

/* A later file may set some keys of a rule anew. */
int rule_section(struct parser *parser, const char *name)
{
	struct rule_draft *draft;
	int r = 0;

	if (!*name || strlen(name) > RULE_NAME_MAX || name[strspn(name, NAME_BYTES)])
		return refuse(parser, "\"%.64s\" is no name of a rule; it has 1 to %d letters,"
			      " digits, and any of . - _", name, RULE_NAME_MAX);
	parser->rule = find_rule(parser, name);
	if (!parser->rule)
		r = new_rule(parser, name);
	if (r < 0)
		return r;
	draft = draft_of(parser, parser->rule);
	if (draft->section == parser->file && draft->begun)
		return refuse(parser, "[rule %s] is given twice, first in line %u", name,
			      draft->begun);
	draft->section = parser->file;
	draft->begun = parser->line;
	memset(draft->seen, 0, sizeof(draft->seen));
	return 0;
}

int rule_setting(struct parser *parser, const char *name, char *value)
{
	struct rule_draft *draft = draft_of(parser, parser->rule);
	int r = parse_setting(parser, keys, KEY_COUNT, draft->seen, name, value);

	if (r < 0)
		return r;
	draft->given |= 1U << r;
	return 0;
}

static int check_levels(struct parser *parser, const struct rule *rule)
{
	if (rule->clear_below > rule->over)
		return refuse(parser, "rule %s: clear-below is %.10g%%, above over, which is %.10g%%",
			      rule->name, rule->clear_below / 100.0, rule->over / 100.0);
	if (rule->share && rule->over >= RULE_ONE)
		return refuse(parser, "rule %s: over is %.10g%%, but a share is never above 100%%",
			      rule->name, rule->over / 100.0);
	return 0;
}

static int finish_rule(struct parser *parser, struct rule *rule)
{
	static const size_t needed[] = { SCOPE, RESOURCE, OVER };
	const struct rule_draft *draft = draft_of(parser, rule);
	size_t i;

	parser->file = draft->file;
	parser->line = draft->line;
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!(draft->given & 1U << needed[i]))
			return refuse(parser, "rule %s has no \"%s\"; it takes %s", rule->name,
				      keys[needed[i]].name, keys[needed[i]].allowed);
	if (!(draft->given & 1U << CLEAR_BELOW))
		rule->clear_below = rule->over - rule->over / 4;
	return check_levels(parser, rule);
}

int rules_finish(struct parser *parser)
{
	struct config *config = parser->config;
	const size_t least = CONFIG_SERIES_MIN + CONFIG_RULE_SERIES * config->rule_count;
	size_t i;
	int r = 0;

	for (i = 0; !r && i < config->rule_count; i++)
		r = finish_rule(parser, &config->rules[i]);
	if (r < 0 || !config->rule_count || config->max_series >= least)
		return r;
	parser->file = NULL;
	parser->line = 0;
	return refuse(parser, "max-series is %u; with %zu rules, it takes %zu at least",
		      config->max_series, config->rule_count, least);
}
