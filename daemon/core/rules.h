/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pressure rules over groups: each tick, every rule looks at the groups that it is about.
 * What changed is told by a callback. Pure, in the event loop's thread; the clock is that
 * of the ticks.
 *
 * A rule tells at most so many crossings in a time, and all together RULES_AT_ONCE in a
 * tick. One that may not be told then is told as soon as it may, if it has not cleared by
 * then; else it is only counted. What was told to have crossed is always told to have
 * cleared.
 */
#ifndef TASKMETERD_CORE_RULES_H
#define TASKMETERD_CORE_RULES_H

#include "core/groups.h"
#include "core/rule.h"

/* Groups of one rule that are above, or were not long ago. */
#define RULE_GROUPS_MAX	256
/* Crossings told in a tick: those who listen can take nothing until it is over. */
#define RULES_AT_ONCE	16

/**
 * enum rule_turn - what happened
 * @RULE_CROSSED: a group is over
 * @RULE_CLEARED: it is not any more
 * @RULE_REMOVED: it may be, but the rule is not there any more, or is another one
 */
enum rule_turn {
	RULE_CROSSED,
	RULE_CLEARED,
	RULE_REMOVED,
};

/**
 * struct rule_news - what is told
 * @rule: the rule
 * @turn: what happened
 * @group: name of the group
 * @value: its figure in this tick, or the last one that was known
 * @peak: the greatest since it is above
 * @lasted_ns: how long it has been above, or was until it began to be below
 * @untold: crossings of the rule since the last one told that were not told
 */
struct rule_news {
	const struct rule *rule;
	enum rule_turn turn;
	const char *group;
	double value;
	double peak;
	uint64_t lasted_ns;
	uint64_t untold;
};

typedef void rule_teller(void *data, const struct rule_news *news);

/**
 * struct rule_status - where a rule stands
 * @active: groups that have crossed
 * @crossings: how often any has
 * @untold: of these, not told
 * @left_out: groups that were above in the latest tick, and that there was no room for
 */
struct rule_status {
	uint64_t active;
	uint64_t crossings;
	uint64_t untold;
	uint64_t left_out;
};

struct rules;

/**
 * rules_new() - without any rule
 * @tell: is called for what is to be told; may not change the rules
 * @data: its first argument
 *
 * Return: the rules, or NULL without memory.
 */
struct rules *rules_new(rule_teller *tell, void *data);

/**
 * rules_free() - release all; tells nothing
 * @rules: may be NULL
 *
 * Return: NULL.
 */
struct rules *rules_free(struct rules *rules);

/**
 * rules_set() - these rules and no others
 * @rules: the rules
 * @list: names are unlike; copied
 * @count: at most RULES_MAX
 * @now_ns: monotonic; not before the latest tick
 *
 * Rules that stay as they are keep where they stand.
 *
 * Return: 0, or -ENOMEM: nothing is changed.
 */
int rules_set(struct rules *rules, const struct rule *list, size_t count, uint64_t now_ns);

/**
 * rules_feed() - a tick
 * @rules: the rules
 * @groups: after groups_settle()
 * @now_ns: as told to that
 *
 * A group that is not there has no pressure. Where a figure is not known, everything stays
 * as it is; so it does in the first tick of a load of the module.
 */
void rules_feed(struct rules *rules, const struct groups *groups, uint64_t now_ns);

/**
 * rules_at() - a rule
 * @rules: the rules
 * @index: from 0 on, in the order of rules_set()
 * @ret_status: where it stands
 *
 * Return: the rule, or NULL behind the last one.
 */
const struct rule *rules_at(const struct rules *rules, size_t index,
			    const struct rule_status **ret_status);

#endif
