// SPDX-License-Identifier: GPL-2.0-or-later
/* See rule-state.h. */
#include "core/rule-state.h"

static bool is_across(const struct rule_state *state, const struct rule *rule, double value)
{
	return state->active ? value * RULE_ONE < rule->clear_below :
			       value * RULE_ONE > rule->over;
}

static void turn(struct rule_state *state)
{
	state->active = !state->active;
	state->turning = false;
	if (state->active)
		state->since_ns = state->turning_ns;
}

bool rule_state_take(struct rule_state *state, const struct rule *rule, double value,
		     uint64_t now_ns)
{
	const bool across = is_across(state, rule, value);

	if (across && !state->turning)
		state->turning_ns = now_ns;
	state->turning = across;
	state->value = value;
	if (!state->active && !across)
		state->peak = 0;
	else if (value > state->peak)
		state->peak = value;
	if (!across || now_ns - state->turning_ns < rule->for_ns)
		return false;
	turn(state);
	return true;
}

void rule_state_skip(struct rule_state *state)
{
	state->turning = false;
}

bool rule_state_idle(const struct rule_state *state)
{
	return !state->active && !state->turning;
}
