// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pressure rules: when they cross and clear, by values that were worked out by hand, what
 * they match, and what they tell.
 */
#include "core/rule-state.h"
#include "core/rules.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND		UINT64_C(1000000000)
#define PROCESSES	300
#define NEWS		600

/* What a process does in each second. */
struct process {
	char comm[TASKMETER_COMM_LEN];
	bool here;
	bool unknown;
	double waits;
	double runs;
	uint64_t waited_ns;
	uint64_t ran_ns;
};

struct told {
	char text[160];
	double value;
	double peak;
	uint64_t lasted_ns;
	uint64_t untold;
};

struct fixture {
	struct groups *groups;
	struct sample *sample;
	struct rules *rules;
	struct process processes[PROCESSES];
	uint64_t seconds;
	uint64_t instance_id;
	struct told told[NEWS];
	size_t count;
};

static void on_news(void *data, const struct rule_news *news)
{
	static const char *const turns[] = { "crossed", "cleared", "removed" };
	struct fixture *f = data;
	struct told *told = &f->told[f->count++];

	ck_assert_uint_le(f->count, NEWS);
	snprintf(told->text, sizeof(told->text), "%s %s %s", news->rule->name,
		 turns[news->turn], news->group);
	told->value = news->value;
	told->peak = news->peak;
	told->lasted_ns = news->lasted_ns;
	told->untold = news->untold;
}

static void walk(void *data, bool (*found)(void *context, uint64_t id, const char *path),
		 void *context)
{
	(void)data;
	(void)found;
	(void)context;
}

static void set_up(struct fixture *f)
{
	const struct groups_paths paths = { .walk = walk };

	memset(f, 0, sizeof(*f));
	f->instance_id = 1;
	f->groups = groups_new(PROCESSES - 1, &paths);
	f->sample = sample_new(NULL);
	f->rules = rules_new(on_news, f);
	ck_assert(f->groups && f->sample && f->rules);
}

static void tear_down(struct fixture *f)
{
	rules_free(f->rules);
	groups_free(f->groups);
	sample_unref(f->sample);
}

static void add(struct fixture *f, size_t i)
{
	const struct process *process = &f->processes[i];
	struct taskmeter_record record = {
		.size = sizeof(record), .pid = (uint32_t)i + 1, .start_time_ns = 5, .threads = 1,
		.available = process->unknown ? 0 : TASKMETER_AVAILABLE_METER,
		.run_ns = process->ran_ns, .cpu_wait_ns = process->waited_ns,
	};

	memcpy(record.comm, process->comm, sizeof(record.comm));
	ck_assert_int_eq(sample_add(f->sample, &record), 0);
}

/* One tick, a second after the one before. */
static void tick(struct fixture *f)
{
	struct process *process;
	size_t i;

	f->seconds++;
	f->sample->count = 0;
	f->sample->monotonic_ns = f->seconds * SECOND;
	for (i = 0; i < PROCESSES; i++) {
		process = &f->processes[i];
		process->waited_ns += (uint64_t)(process->waits * SECOND);
		process->ran_ns += (uint64_t)(process->runs * SECOND);
		if (process->here)
			add(f, i);
	}
	ck_assert_int_eq(groups_feed(f->groups, f->instance_id, f->sample), 0);
	groups_settle(f->groups, f->seconds * SECOND);
	rules_feed(f->rules, f->groups, f->seconds * SECOND);
}

static void ticks(struct fixture *f, unsigned int count)
{
	while (count--)
		tick(f);
}

static void process(struct fixture *f, size_t i, const char *comm, double waits, double runs)
{
	f->processes[i] = (struct process) { .here = true, .waits = waits, .runs = runs };
	snprintf(f->processes[i].comm, sizeof(f->processes[i].comm), "%s", comm);
}

/* Above 20 % for 4 s, clear below 15 %. */
static struct rule rule(char *name, char *pattern)
{
	return (struct rule) {
		.name = name, .kind = GROUP_PROGRAM, .pattern = pattern,
		.resource = PRESSURE_CPU, .span = PRESSURE_10S, .over = 2000,
		.clear_below = 1500, .for_ns = 4 * SECOND, .limit = 100,
		.limit_ns = 1000 * SECOND,
	};
}

static void set(struct fixture *f, const struct rule *list, size_t count)
{
	ck_assert_int_eq(rules_set(f->rules, list, count, f->seconds * SECOND), 0);
}

static struct rule_status status(const struct fixture *f, size_t index)
{
	const struct rule_status *found;

	ck_assert_ptr_nonnull(rules_at(f->rules, index, &found));
	return *found;
}

static void told(const struct fixture *f, size_t index, const char *text)
{
	ck_assert_uint_gt(f->count, index);
	ck_assert_str_eq(f->told[index].text, text);
}

/* A second per line: the figure, and what it is after that. */
START_TEST(turns)
{
	static const struct { double value; bool turned; bool active; uint64_t since; } lines[] = {
		{ 0.2, false, false, 0 },	/* not above */
		{ 0.3, false, false, 0 }, { 0.5, false, false, 0 },
		{ 0.2, false, false, 0 },	/* too short */
		{ 0.21, false, false, 0 }, { 0.4, false, false, 0 }, { 0.21, false, false, 0 },
		{ 0.21, true, true, 5 },	/* from second 5 to second 8 */
		{ 0.15, false, true, 5 }, { 0.19, false, true, 5 }, { 0.15, false, true, 5 },
		{ 0.149, false, true, 5 }, { 0.1, false, true, 5 },
		{ 0.16, false, true, 5 },	/* not clear again */
		{ 0.1, false, true, 5 }, { 0, false, true, 5 }, { 0, false, true, 5 },
		{ 0, true, false, 5 },
		{ 0, false, false, 5 }, { 0.9, false, false, 5 },
	};
	struct rule r = rule("r", "x");
	struct rule_state state = { .active = false };
	size_t i;

	r.for_ns = 3 * SECOND;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		ck_assert_msg(rule_state_take(&state, &r, lines[i].value, (i + 1) * SECOND) ==
			      lines[i].turned, "second %zu", i + 1);
		ck_assert_msg(state.active == lines[i].active, "second %zu", i + 1);
		ck_assert_uint_eq(state.since_ns, lines[i].since * SECOND);
		if (i + 1 == 8)
			ck_assert_double_eq(state.peak, 0.4);
		if (i + 1 == 18)
			ck_assert_uint_eq(state.turning_ns, 15 * SECOND);
		ck_assert(rule_state_idle(&state) ==
			  (!state.active && lines[i].value * RULE_ONE <= r.over));
	}
	ck_assert_double_eq(state.peak, 0.9);
	/* Not known for a moment: the time begins anew. */
	rule_state_skip(&state);
	ck_assert(!rule_state_take(&state, &r, 0.9, 23 * SECOND));
	ck_assert(rule_state_take(&state, &r, 0.9, 26 * SECOND));
}
END_TEST

START_TEST(values)
{
	const struct pressure_tick length = pressure_tick(100000 * SECOND);
	struct pressure_flow flow = {
		.running = 100000 * SECOND, .known = 1U << PRESSURE_CPU | 1U << PRESSURE_IO,
		.stalled = { [PRESSURE_CPU] = 300000 * SECOND },
	};
	struct pressure pressure = { .known = 0 };
	struct rule r = rule("r", "x");
	double value;

	ck_assert(!rule_value(&r, &pressure, &value));
	/* Three wait, one runs. */
	pressure_add(&pressure, &length, &flow);
	ck_assert(rule_value(&r, &pressure, &value));
	ck_assert_double_eq_tol(value, 3, 1e-9);
	r.share = true;
	ck_assert(rule_value(&r, &pressure, &value));
	ck_assert_double_eq_tol(value, 0.75, 1e-9);
	ck_assert_str_eq(rule_measure_name(&r), "share");
	r.resource = PRESSURE_IO;
	ck_assert(rule_value(&r, &pressure, &value));
	ck_assert_double_eq(value, 0);
	r.resource = PRESSURE_MEMORY;
	ck_assert(!rule_value(&r, &pressure, &value));
	/* A hundredth of a thread waits nine tenths of the time it wants, or a bit less. */
	r.resource = PRESSURE_CPU;
	flow.running = 100 * SECOND;
	flow.stalled[PRESSURE_CPU] = 1000 * SECOND + SECOND / 10;
	pressure_add(&pressure, &length, &flow);
	ck_assert(rule_value(&r, &pressure, &value));
	ck_assert_double_eq_tol(value, 10.0 / 11, 1e-4);
	flow.stalled[PRESSURE_CPU] = 1000 * SECOND - SECOND / 10;
	pressure_add(&pressure, &length, &flow);
	ck_assert(rule_value(&r, &pressure, &value));
	ck_assert_double_eq(value, 0);
}
END_TEST

START_TEST(patterns)
{
	static const struct { char *pattern; const char *name; bool matches; } cases[] = {
		{ "a.service", "a.service", true }, { "a.service", "a_service", false },
		{ "a", "ab", false }, { "ab", "a", false }, { "*", "", true }, { "*", "x/y", true },
		{ "?", "", false }, { "?", "x", true }, { "?", "xy", false },
		{ "*.service", "a.service", true }, { "*.service", ".service", true },
		{ "*.service", "a.service2", false }, { "a*b*c", "abc", true },
		{ "a*b*c", "aXbYbZc", true }, { "a*b*c", "acb", false }, { "a**", "a", true },
		{ "*a?", "aab", true }, { "*a?", "ba", false },
		{ "dev-\\x2d*.mount", "dev-\\x2da.mount", true },
		{ "[a]", "a", false }, { "[a]", "[a]", true }, { "?*?", "x", false },
		{ "*\xff*", "a\xff" "b", true },
	};
	struct timespec begin, end;
	char *name = malloc(5000);
	struct rule r;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = rule("r", cases[i].pattern);
		ck_assert_msg(rule_matches(&r, cases[i].name) == cases[i].matches, "%s %s",
			      cases[i].pattern, cases[i].name);
	}
	/* What a name of another can cost at most. */
	memset(name, 'a', 4999);
	name[4999] = '\0';
	r = rule("r", "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b");
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	for (i = 0; i < 100; i++)
		ck_assert(!rule_matches(&r, name));
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	ck_assert_int_le(end.tv_sec - begin.tv_sec, 5);
	free(name);
}
END_TEST

/*
 * A thread that waits all the time, from second 2 on: 1 - e^(-n/10) is 0.1813 at n = 2 and
 * 0.2592 at 3, which is second 4; it is told at second 8, with 1 - e^-0.7. From then on it
 * waits no more: 0.5034 e^(-k/10) is 0.1516 at k = 12, and 0.1372 at 13.
 */
START_TEST(one_program)
{
	const struct rule r = rule("hog", "hog");
	struct fixture f;

	set_up(&f);
	set(&f, &r, 1);
	process(&f, 0, "hog", 1, 0);
	process(&f, 1, "hogs", 1, 0);
	ticks(&f, 7);
	ck_assert_uint_eq(f.count, 0);
	ck_assert_uint_eq(status(&f, 0).active, 0);
	tick(&f);
	told(&f, 0, "hog crossed hog");
	ck_assert_double_eq_tol(f.told[0].value, 0.5034146962, 1e-9);
	ck_assert_double_eq_tol(f.told[0].peak, 0.5034146962, 1e-9);
	ck_assert_uint_eq(f.told[0].lasted_ns, 4 * SECOND);
	ck_assert_uint_eq(status(&f, 0).active, 1);
	f.processes[0].waits = 0;
	ticks(&f, 16);
	ck_assert_uint_eq(f.count, 1);
	tick(&f);
	told(&f, 1, "hog cleared hog");
	ck_assert_double_eq_tol(f.told[1].value, 0.5034146962 * exp(-1.7), 1e-9);
	ck_assert_double_eq_tol(f.told[1].peak, 0.5034146962, 1e-9);
	ck_assert_uint_eq(f.told[1].lasted_ns, (8 + 13 - 4) * SECOND);
	ck_assert_uint_eq(status(&f, 0).active, 0);
	ck_assert_uint_eq(status(&f, 0).crossings, 1);
	/* And again. */
	f.processes[0].waits = 1;
	ticks(&f, 10);
	told(&f, 2, "hog crossed hog");
	ck_assert_uint_eq(f.count, 3);
	ck_assert_uint_eq(status(&f, 0).crossings, 2);
	tear_down(&f);
}
END_TEST

/* What is "other" is no group; one that is gone has no pressure. */
START_TEST(pattern_of_programs)
{
	struct rule list[] = { rule("all", "*"), rule("b", "b?"), rule("none", "other") };
	struct fixture f;
	char name[16];
	size_t i;

	set_up(&f);
	list[0].limit = 1000;
	set(&f, list, 3);
	process(&f, 0, "a1", 1, 0);
	process(&f, 1, "b1", 1, 0);
	process(&f, 2, "b22", 0, 1);
	process(&f, 3, "other", 1, 0);
	ticks(&f, 8);
	ck_assert_uint_eq(f.count, 3);
	told(&f, 0, "all crossed a1");
	told(&f, 1, "all crossed b1");
	told(&f, 2, "b crossed b1");
	ck_assert_uint_eq(status(&f, 0).active, 2);
	ck_assert_uint_eq(status(&f, 2).active, 0);
	/* After a minute without b1, its place goes to the one that finds no other. */
	f.processes[1].here = false;
	ticks(&f, 130);
	told(&f, 3, "all cleared b1");
	told(&f, 4, "b cleared b1");
	ck_assert_uint_eq(f.count, 5);
	ck_assert_uint_eq(status(&f, 0).active, 1);
	for (i = 10; i < PROCESSES; i++) {
		snprintf(name, sizeof(name), "c%zu", i);
		process(&f, i, name, 1, 0);
	}
	ticks(&f, 7);
	/* There is no room in the rule for all of them, nor for many in one tick. */
	ck_assert_uint_eq(f.count, 5 + RULES_AT_ONCE);
	ck_assert_uint_eq(status(&f, 0).active, RULE_GROUPS_MAX);
	ck_assert_uint_eq(status(&f, 0).left_out, PROCESSES - 10 + 1 - RULE_GROUPS_MAX);
	ticks(&f, RULE_GROUPS_MAX / RULES_AT_ONCE - 1);
	ck_assert_uint_eq(f.count, 5 + RULE_GROUPS_MAX - 1);
	for (i = 10; i < PROCESSES; i++)
		f.processes[i].waits = 0;
	ticks(&f, 40);
	ck_assert_uint_eq(f.count, 5 + 2 * (RULE_GROUPS_MAX - 1));
	ck_assert_uint_eq(status(&f, 0).active, 1);
	ck_assert_uint_eq(status(&f, 0).left_out, 0);
	ck_assert_uint_eq(status(&f, 0).untold, 0);
	tear_down(&f);
}
END_TEST

/* A group whose place was taken while it was over: cleared, as it is not there. */
START_TEST(group_that_is_gone)
{
	struct rule r = rule("a", "a");
	struct fixture f;
	char name[16];
	size_t i;

	set_up(&f);
	r.span = PRESSURE_300S;
	r.over = 1;
	r.clear_below = 1;
	r.for_ns = 0;
	set(&f, &r, 1);
	process(&f, 0, "a", 1, 0);
	ticks(&f, 60);
	told(&f, 0, "a crossed a");
	f.processes[0].here = false;
	ticks(&f, 130);
	ck_assert_uint_eq(f.count, 1);
	for (i = 1; i < PROCESSES; i++) {
		snprintf(name, sizeof(name), "c%zu", i);
		process(&f, i, name, 0, 0);
	}
	tick(&f);
	ck_assert_ptr_null(groups_find(f.groups, GROUP_PROGRAM, "a"));
	told(&f, 1, "a cleared a");
	ck_assert_double_eq(f.told[1].value, 0);
	tear_down(&f);
}
END_TEST

/* One that waits every other half minute: it crosses once a minute. */
static void minute(struct fixture *f)
{
	f->processes[0].waits = 1;
	ticks(f, 30);
	f->processes[0].waits = 0;
	ticks(f, 30);
}

START_TEST(limit)
{
	struct rule r = rule("a", "a");
	struct fixture f;
	int i;

	set_up(&f);
	r.limit = 2;
	r.limit_ns = 370 * SECOND;
	set(&f, &r, 1);
	process(&f, 0, "a", 0, 0);
	tick(&f);
	for (i = 0; i < 6; i++)
		minute(&f);
	ck_assert_uint_eq(f.count, 4);
	told(&f, 3, "a cleared a");
	ck_assert_uint_eq(status(&f, 0).crossings, 6);
	ck_assert_uint_eq(status(&f, 0).untold, 4);
	/* The first was told at second 8; that is forgotten at 378, as it lasts already. */
	f.processes[0].waits = 1;
	ticks(&f, 16);
	ck_assert_uint_eq(f.seconds, 377);
	ck_assert_uint_eq(f.count, 4);
	ck_assert_uint_eq(status(&f, 0).active, 1);
	tick(&f);
	told(&f, 4, "a crossed a");
	ck_assert_uint_eq(f.told[4].untold, 4);
	ck_assert_uint_gt(f.told[4].lasted_ns, 10 * SECOND);
	f.processes[0].waits = 0;
	ticks(&f, 40);
	told(&f, 5, "a cleared a");
	ck_assert_uint_eq(f.told[5].untold, 0);
	ck_assert_uint_eq(status(&f, 0).untold, 4);
	tear_down(&f);
}
END_TEST

/* New settings: what stays keeps its state, what changes or goes is told. */
START_TEST(new_settings)
{
	struct rule list[] = { rule("a", "a"), rule("b", "b"), rule("c", "c") };
	const struct rule *found;
	const struct rule_status *ignored;
	struct fixture f;

	set_up(&f);
	set(&f, list, 3);
	process(&f, 0, "a", 1, 0);
	process(&f, 1, "b", 1, 0);
	process(&f, 2, "c", 1, 0);
	ticks(&f, 8);
	ck_assert_uint_eq(f.count, 3);
	list[0].over = 9000;
	set(&f, list, 2);
	ck_assert_uint_eq(f.count, 5);
	told(&f, 3, "a removed a");
	told(&f, 4, "c removed c");
	ck_assert_uint_eq(f.told[4].lasted_ns, 4 * SECOND);
	ck_assert_uint_eq(status(&f, 0).crossings, 0);
	ck_assert_uint_eq(status(&f, 1).active, 1);
	ck_assert_uint_eq(status(&f, 1).crossings, 1);
	found = rules_at(f.rules, 0, &ignored);
	ck_assert_uint_eq(found->over, 9000);
	ck_assert_ptr_null(rules_at(f.rules, 2, &ignored));
	f.processes[1].waits = 0;
	ticks(&f, 40);
	told(&f, 5, "b cleared b");
	set(&f, NULL, 0);
	ck_assert_ptr_null(rules_at(f.rules, 0, &ignored));
	ticks(&f, 5);
	ck_assert_uint_eq(f.count, 8);
	told(&f, 6, "a crossed a");
	told(&f, 7, "a removed a");
	tear_down(&f);
}
END_TEST

/* Time goes on over new settings, but not while nothing is known. */
START_TEST(not_known)
{
	const struct rule r = rule("a", "a");
	struct fixture f;

	set_up(&f);
	set(&f, &r, 1);
	process(&f, 0, "a", 1, 0);
	ticks(&f, 6);
	set(&f, &r, 1);
	ticks(&f, 2);
	told(&f, 0, "a crossed a");
	f.processes[0].unknown = true;
	f.processes[0].waits = 0;
	ticks(&f, 100);
	ck_assert_uint_eq(f.count, 1);
	ck_assert_uint_eq(status(&f, 0).active, 1);
	f.processes[0].unknown = false;
	/* A module that is loaded anew: its first tick has no length. */
	ticks(&f, 3);
	f.instance_id++;
	f.processes[0].waited_ns = 0;
	ticks(&f, 5);
	ck_assert_uint_eq(f.count, 1);
	tick(&f);
	told(&f, 1, "a cleared a");
	tear_down(&f);
}
END_TEST

#define MANY	4000

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* A tick in which each of many groups waits half of the time; what rules take of it. */
static uint64_t cost_of_tick(struct fixture *f)
{
	struct taskmeter_record record = {
		.size = sizeof(record), .start_time_ns = 5, .threads = 1,
		.available = TASKMETER_AVAILABLE_METER,
		.cpu_wait_ns = f->seconds++ * SECOND / 2,
	};
	uint64_t began;
	uint32_t i;

	f->sample->count = 0;
	f->sample->monotonic_ns = f->seconds * SECOND;
	for (i = 1; i <= MANY; i++) {
		record.pid = i;
		sprintf(record.comm, "program%u", i);
		ck_assert_int_eq(sample_add(f->sample, &record), 0);
	}
	ck_assert_int_eq(groups_feed(f->groups, f->instance_id, f->sample), 0);
	groups_settle(f->groups, f->seconds * SECOND);
	began = cpu_ns();
	rules_feed(f->rules, f->groups, f->seconds * SECOND);
	return cpu_ns() - began;
}

static uint64_t cost_over(struct fixture *f, uint32_t over)
{
	struct rule r = rule("r", "*");
	uint64_t least = UINT64_MAX, cost;
	int i;

	r.over = over;
	r.clear_below = over;
	set(f, &r, 1);
	for (i = 0; i < 8; i++) {
		cost = cost_of_tick(f);
		if (cost < least && i > 2)
			least = cost;
	}
	return least;
}

/* With all its places taken, a rule looks at each group about as fast as with none. */
START_TEST(many_groups)
{
	const struct groups_paths paths = { .walk = walk };
	uint64_t without, with;
	struct fixture f;

	set_up(&f);
	groups_free(f.groups);
	f.groups = groups_new(MANY, &paths);
	ck_assert(f.groups != NULL);
	without = cost_over(&f, 1000000);
	ck_assert_uint_eq(status(&f, 0).left_out, 0);
	with = cost_over(&f, 1);
	ck_assert_uint_eq(status(&f, 0).left_out, MANY - RULE_GROUPS_MAX);
	ck_assert_uint_lt(with, 8 * without);
	tear_down(&f);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("rules");
	TCase *tcase = tcase_create("rules");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, turns);
	tcase_add_test(tcase, values);
	tcase_add_test(tcase, patterns);
	tcase_add_test(tcase, one_program);
	tcase_add_test(tcase, pattern_of_programs);
	tcase_add_test(tcase, group_that_is_gone);
	tcase_add_test(tcase, limit);
	tcase_add_test(tcase, new_settings);
	tcase_add_test(tcase, not_known);
	tcase_add_test(tcase, many_groups);
	suite_add_tcase(suite, tcase);
	return suite_main(suite, argc, argv);
}
