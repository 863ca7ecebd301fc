/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a rule stands with one group: over or not, since when, and whether that was told.
 * Pure: time is what it is told.
 */
#ifndef TASKMETERD_CORE_RULE_STATE_H
#define TASKMETERD_CORE_RULE_STATE_H

#include "core/rule.h"

/**
 * struct rule_state - of one group
 * @active: it has crossed, and is not clear again
 * @told: that was told
 * @turning: its figure is on the other side: above, or if it is active below
 * @turning_ns: since this tick
 * @since_ns: it has crossed; since this tick it had been above
 * @value: latest figure that was known
 * @peak: greatest of them since it is above
 */
struct rule_state {
	bool active;
	bool told;
	bool turning;
	uint64_t turning_ns;
	uint64_t since_ns;
	double value;
	double peak;
};

/**
 * rule_state_take() - a tick
 * @state: zeroed before the first one
 * @rule: the rule
 * @value: its figure
 * @now_ns: monotonic
 *
 * Return: whether it turned: @active is another now.
 */
bool rule_state_take(struct rule_state *state, const struct rule *rule, double value,
		     uint64_t now_ns);

/**
 * rule_state_skip() - a tick in which the figure is not known
 * @state: stays what it is; the time it was on the other side begins anew
 */
void rule_state_skip(struct rule_state *state);

/**
 * rule_state_idle() - whether there is nothing to keep
 * @state: the state
 */
bool rule_state_idle(const struct rule_state *state);

#endif
