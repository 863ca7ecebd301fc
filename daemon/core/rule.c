// SPDX-License-Identifier: GPL-2.0-or-later
/* See rule.h. */
#include "core/rule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int rule_copy(const struct rule *rule, struct rule *ret_rule)
{
	*ret_rule = *rule;
	ret_rule->name = strdup(rule->name);
	ret_rule->pattern = strdup(rule->pattern);
	if (ret_rule->name && ret_rule->pattern)
		return 0;
	rule_clear(ret_rule);
	return -ENOMEM;
}

void rule_clear(struct rule *rule)
{
	free(rule->name);
	free(rule->pattern);
	*rule = (struct rule) { .name = NULL };
}

bool rule_equal(const struct rule *a, const struct rule *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->pattern, b->pattern) &&
	       a->kind == b->kind && a->resource == b->resource && a->span == b->span &&
	       a->share == b->share && a->over == b->over &&
	       a->clear_below == b->clear_below && a->for_ns == b->for_ns &&
	       a->limit == b->limit && a->limit_ns == b->limit_ns;
}

bool rule_has_pattern(const struct rule *rule)
{
	return strpbrk(rule->pattern, "*?");
}

/*
 * fnmatch(3) may take time that is exponential in the number of stars, and names come from
 * others. If what is behind a star does not fit, that star takes one more byte; stars
 * before it need not be asked again.
 */
bool rule_matches(const struct rule *rule, const char *name)
{
	const char *pattern = rule->pattern, *star = NULL, *taken = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			taken = name;
		} else if (*pattern == '?' || *pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++taken;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool rule_value(const struct rule *rule, const struct pressure *pressure, double *ret_value)
{
	double share;

	if (!pressure_get(pressure, rule->resource, rule->span, ret_value))
		return false;
	if (!rule->share)
		return true;
	if (*ret_value < RULE_SHARE_FLOOR ||
	    !pressure_share(pressure, rule->resource, rule->span, &share))
		share = 0;
	*ret_value = share;
	return true;
}

const char *rule_measure_name(const struct rule *rule)
{
	return rule->share ? "share" : "pressure";
}
