// SPDX-License-Identifier: GPL-2.0-or-later
/* See rules.h. */
#include "core/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/rule-state.h"

/* Each group is looked for in each tick. */
#define BUCKETS	256

/**
 * struct place - a group that a rule has something to keep of
 * @entry: in the list of the rule
 * @next: in its bucket
 * @group: its name
 * @seen: tick in which it was there last
 * @state: where the rule stands with it
 */
struct place {
	TAILQ_ENTRY(place) entry;
	struct place *next;
	char *group;
	uint64_t seen;
	struct rule_state state;
};

TAILQ_HEAD(place_list, place);

/**
 * struct watch - a rule at work
 * @rule: its settings
 * @status: where it stands
 * @places: all of them
 * @buckets: likewise, by group
 * @place_count: how many
 * @window_ns: when the first crossing was told that counts for the limit
 * @window_told: crossings told since
 * @untold: crossings since the last one told that were not told
 */
struct watch {
	struct rule rule;
	struct rule_status status;
	struct place_list places;
	struct place *buckets[BUCKETS];
	size_t place_count;
	uint64_t window_ns;
	uint32_t window_told;
	uint64_t untold;
};

struct rules {
	rule_teller *tell;
	void *data;
	struct watch *watches;
	size_t count;
	uint64_t sequence;
	unsigned int told;	/* crossings in this tick */
};

struct rules *rules_new(rule_teller *tell, void *data)
{
	struct rules *rules = calloc(1, sizeof(*rules));

	if (!rules)
		return NULL;
	rules->tell = tell;
	rules->data = data;
	return rules;
}

static struct place **find_bucket(struct watch *watch, const char *group)
{
	uint32_t hash = 2166136261U;

	while (*group)
		hash = (hash ^ (unsigned char)*group++) * 16777619U;
	return &watch->buckets[(hash ^ hash >> 15) % BUCKETS];
}

static void drop(struct watch *watch, struct place *place)
{
	struct place **at = find_bucket(watch, place->group);

	while (*at != place)
		at = &(*at)->next;
	*at = place->next;
	TAILQ_REMOVE(&watch->places, place, entry);
	watch->place_count--;
	free(place->group);
	free(place);
}

static void free_watches(struct watch *watches, size_t count)
{
	struct place *place;
	size_t i;

	for (i = 0; i < count; i++) {
		while ((place = TAILQ_FIRST(&watches[i].places)))
			drop(&watches[i], place);
		rule_clear(&watches[i].rule);
	}
	free(watches);
}

struct rules *rules_free(struct rules *rules)
{
	if (!rules)
		return NULL;
	free_watches(rules->watches, rules->count);
	free(rules);
	return NULL;
}

static struct place *find(struct watch *watch, const char *group)
{
	struct place *place = watch->place_count ? *find_bucket(watch, group) : NULL;

	while (place && strcmp(place->group, group) != 0)
		place = place->next;
	return place;
}

static struct place *add(struct watch *watch, const char *group)
{
	struct place *place, **bucket = find_bucket(watch, group);

	if (watch->place_count == RULE_GROUPS_MAX)
		return NULL;
	place = calloc(1, sizeof(*place));
	if (!place)
		return NULL;
	place->group = strdup(group);
	if (!place->group) {
		free(place);
		return NULL;
	}
	place->next = *bucket;
	*bucket = place;
	TAILQ_INSERT_TAIL(&watch->places, place, entry);
	watch->place_count++;
	return place;
}

static void tell(struct rules *rules, const struct watch *watch, const struct place *place,
		 enum rule_turn turn, uint64_t until_ns)
{
	const struct rule_news news = {
		.rule = &watch->rule, .turn = turn, .group = place->group,
		.value = place->state.value, .peak = place->state.peak,
		.lasted_ns = until_ns - place->state.since_ns, .untold = watch->untold,
	};

	rules->tell(rules->data, &news);
}

static bool may_tell(const struct rules *rules, struct watch *watch, uint64_t now_ns)
{
	if (rules->told == RULES_AT_ONCE)
		return false;
	if (!watch->window_told || now_ns - watch->window_ns >= watch->rule.limit_ns) {
		watch->window_ns = now_ns;
		watch->window_told = 0;
	}
	return watch->window_told < watch->rule.limit;
}

static void tell_crossed(struct rules *rules, struct watch *watch, struct place *place,
			 uint64_t now_ns)
{
	if (!may_tell(rules, watch, now_ns))
		return;
	rules->told++;
	watch->window_told++;
	place->state.told = true;
	tell(rules, watch, place, RULE_CROSSED, now_ns);
	watch->untold = 0;
}

static void tell_cleared(struct rules *rules, struct watch *watch, struct place *place)
{
	if (place->state.told) {
		tell(rules, watch, place, RULE_CLEARED, place->state.turning_ns);
	} else {
		watch->untold++;
		watch->status.untold++;
	}
	place->state.told = false;
}

static void take(struct rules *rules, struct watch *watch, struct place *place, double value,
		 uint64_t now_ns)
{
	struct rule_state *state = &place->state;
	const bool turned = rule_state_take(state, &watch->rule, value, now_ns);

	if (turned && state->active) {
		watch->status.active++;
		watch->status.crossings++;
	} else if (turned) {
		watch->status.active--;
		tell_cleared(rules, watch, place);
	}
	if (state->active && !state->told)
		tell_crossed(rules, watch, place, now_ns);
}

/* Most groups of a pattern are not above: their names need not be looked at. */
static void look_at(struct rules *rules, struct watch *watch, const struct group *group,
		    uint64_t now_ns)
{
	double value;
	const bool known = rule_value(&watch->rule, &group->pressure, &value);
	struct place *place = find(watch, group->name);

	if (!place) {
		if (!known || value * RULE_ONE <= watch->rule.over ||
		    !rule_matches(&watch->rule, group->name))
			return;
		place = add(watch, group->name);
		if (!place) {
			watch->status.left_out++;
			return;
		}
	}
	place->seen = rules->sequence;
	if (known)
		take(rules, watch, place, value, now_ns);
	else
		rule_state_skip(&place->state);
}

/* All that there are, but "other", in which each group is a part of the time. */
static void look(struct rules *rules, struct watch *watch, const struct groups *groups,
		 uint64_t now_ns)
{
	const enum group_kind kind = watch->rule.kind;
	const struct group *group = NULL;

	watch->status.left_out = 0;
	if (!rule_has_pattern(&watch->rule)) {
		group = groups_find(groups, kind, watch->rule.pattern);
		if (group)
			look_at(rules, watch, group, now_ns);
		return;
	}
	while ((group = groups_next(groups, kind, group)))
		if (group->number)
			look_at(rules, watch, group, now_ns);
}

static void sweep(struct rules *rules, struct watch *watch, uint64_t now_ns)
{
	struct place *place, *next;

	for (place = TAILQ_FIRST(&watch->places); place; place = next) {
		next = TAILQ_NEXT(place, entry);
		if (place->seen != rules->sequence)
			take(rules, watch, place, 0, now_ns);
		if (rule_state_idle(&place->state))
			drop(watch, place);
	}
}

static void skip(struct watch *watch)
{
	struct place *place;

	TAILQ_FOREACH(place, &watch->places, entry)
		rule_state_skip(&place->state);
}

void rules_feed(struct rules *rules, const struct groups *groups, uint64_t now_ns)
{
	size_t i;

	rules->sequence++;
	rules->told = 0;
	for (i = 0; i < rules->count; i++) {
		if (!groups_cost(groups)->elapsed_ns) {
			skip(&rules->watches[i]);
			continue;
		}
		look(rules, &rules->watches[i], groups, now_ns);
		sweep(rules, &rules->watches[i], now_ns);
	}
}

static int copy_rules(struct watch *watches, const struct rule *list, size_t count)
{
	size_t i;
	int r = 0;

	for (i = 0; i < count; i++)
		TAILQ_INIT(&watches[i].places);
	for (i = 0; !r && i < count; i++)
		r = rule_copy(&list[i], &watches[i].rule);
	return r;
}

static void keep(struct watch *watch, struct rules *rules)
{
	struct watch *old;
	size_t i;

	for (i = 0; i < rules->count; i++) {
		old = &rules->watches[i];
		if (!rule_equal(&old->rule, &watch->rule))
			continue;
		watch->status = old->status;
		TAILQ_CONCAT(&watch->places, &old->places, entry);
		memcpy(watch->buckets, old->buckets, sizeof(watch->buckets));
		watch->place_count = old->place_count;
		watch->window_ns = old->window_ns;
		watch->window_told = old->window_told;
		watch->untold = old->untold;
		old->place_count = 0;
	}
}

static void tell_removed(struct rules *rules, const struct watch *watch, uint64_t now_ns)
{
	const struct place *place;

	TAILQ_FOREACH(place, &watch->places, entry)
		if (place->state.told)
			tell(rules, watch, place, RULE_REMOVED, now_ns);
}

int rules_set(struct rules *rules, const struct rule *list, size_t count, uint64_t now_ns)
{
	struct watch *watches = calloc(count + 1, sizeof(*watches));
	size_t i;
	int r = watches ? copy_rules(watches, list, count) : -ENOMEM;

	if (r < 0) {
		if (watches)
			free_watches(watches, count);
		return r;
	}
	for (i = 0; i < count; i++)
		keep(&watches[i], rules);
	for (i = 0; i < rules->count; i++)
		tell_removed(rules, &rules->watches[i], now_ns);
	free_watches(rules->watches, rules->count);
	rules->watches = watches;
	rules->count = count;
	return 0;
}

const struct rule *rules_at(const struct rules *rules, size_t index,
			    const struct rule_status **ret_status)
{
	if (index >= rules->count)
		return NULL;
	*ret_status = &rules->watches[index].status;
	return &rules->watches[index].rule;
}
