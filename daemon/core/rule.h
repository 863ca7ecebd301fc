/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pressure rule: which groups it watches, what for, and when that is too much. Pure.
 *
 * Figures are kept in ten thousandths, as they are given in percent with two places: 10000
 * is one thread that is held up all the time, or a share of 1.
 */
#ifndef TASKMETERD_CORE_RULE_H
#define TASKMETERD_CORE_RULE_H

#include <stdbool.h>
#include <stdint.h>
#include "common/group-kind.h"
#include "core/pressure.h"

#define RULES_MAX	64
#define RULE_NAME_MAX	64
#define RULE_ONE	10000
/* A share says nothing where hardly anybody is held up: below this pressure it is 0. */
#define RULE_SHARE_FLOOR	0.01

/**
 * struct rule - settings of a rule
 * @name: its name
 * @kind: which groups
 * @pattern: name of the group, or a pattern, see rule_has_pattern()
 * @resource: what is waited for
 * @span: of the average
 * @share: it is about the share, else about the pressure
 * @over: it begins above this, ten thousandths
 * @clear_below: and ends below this; not above @over
 * @for_ns: when it was so for this time without a break
 * @limit: so many crossings are told
 * @limit_ns: in this time
 */
struct rule {
	char *name;
	enum group_kind kind;
	char *pattern;
	enum pressure_resource resource;
	enum pressure_span span;
	bool share;
	uint32_t over;
	uint32_t clear_below;
	uint64_t for_ns;
	uint32_t limit;
	uint64_t limit_ns;
};

/**
 * rule_copy() - a rule of one's own
 * @rule: the rule
 * @ret_rule: to be released with rule_clear()
 *
 * Return: 0 or -ENOMEM.
 */
int rule_copy(const struct rule *rule, struct rule *ret_rule);

/**
 * rule_clear() - release what a rule holds
 * @rule: zeroed or filled in; is zeroed
 */
void rule_clear(struct rule *rule);

/**
 * rule_equal() - whether two rules have the same name and settings
 * @a: a rule
 * @b: another
 */
bool rule_equal(const struct rule *a, const struct rule *b);

/**
 * rule_has_pattern() - whether a rule may be about several groups
 * @rule: the rule
 *
 * Return: whether its pattern has a '*', which stands for any bytes, or a '?', which stands
 * for one.
 */
bool rule_has_pattern(const struct rule *rule);

/**
 * rule_matches() - whether a rule is about a group
 * @rule: the rule
 * @name: the group's
 *
 * Takes no longer than the product of both lengths, whatever they are.
 */
bool rule_matches(const struct rule *rule, const char *name);

/**
 * rule_value() - the figure that a rule is about
 * @rule: the rule
 * @pressure: of a group
 * @ret_value: thread-seconds per second, or a share
 *
 * A group in which nothing ran or waited has a share of 0, and so has one below
 * RULE_SHARE_FLOOR.
 *
 * Return: false if it is not known.
 */
bool rule_value(const struct rule *rule, const struct pressure *pressure, double *ret_value);

/**
 * rule_measure_name() - a word for what is compared
 * @rule: the rule
 *
 * Return: "pressure" or "share".
 */
const char *rule_measure_name(const struct rule *rule);

#endif
