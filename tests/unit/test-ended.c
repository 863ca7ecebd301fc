// SPDX-License-Identifier: GPL-2.0-or-later
/* Totals of ended processes: what two of them that began at different times differ by. */
#include "core/ended.h"
#include "suite.h"

#include <stdlib.h>

#define CGROUP	TASKMETER_TOTAL_CGROUP
#define USER	TASKMETER_TOTAL_UID

static void add_total(struct group_totals *totals, uint32_t kind, uint64_t id,
		      uint64_t last_number, uint64_t exits)
{
	const struct taskmeter_total total = {
		.size = sizeof(total), .id = id == ENDED_OTHER ? 0 : id,
		.flags = id == ENDED_OTHER ? TASKMETER_TOTAL_OTHER : 0,
		.last_number = last_number, .exits = exits, .run_ns = 100 * exits,
		.mem_stall_ns = 7 * exits,
	};

	ck_assert_int_eq(group_totals_add(totals, kind, &total, NULL), 0);
}

static void add_part(struct ended *ended, enum taskmeter_total_kind kind, uint64_t id,
		     uint64_t exits, uint64_t run_ns)
{
	const struct taskmeter_total part = {
		.exits = exits, .run_ns = run_ns, .mem_stall_ns = 7 * exits,
	};

	ended_add(ended, kind, id, &part);
}

static void check_item(const struct group_totals *totals, size_t i, uint64_t exits,
		       uint64_t run_ns)
{
	const struct taskmeter_total *total = &totals->items[i].total;

	ck_assert_uint_eq(total->exits, exits);
	ck_assert_uint_eq(total->run_ns, run_ns);
	ck_assert_uint_eq(total->mem_stall_ns, 7 * exits);
	ck_assert_uint_eq(total->oom_kills, 0);
}

START_TEST(begins_with_totals)
{
	struct group_totals totals = { .instance_id = 3, .number = 10 };
	struct ended *ended;

	add_total(&totals, CGROUP, 1, 12, 1);
	add_total(&totals, CGROUP, 2, 5, 1);
	add_total(&totals, CGROUP, ENDED_OTHER, 11, 1);
	add_total(&totals, USER, 0, 10, 1);
	ended = ended_new(&totals);
	ck_assert(ended != NULL);
	ck_assert_uint_eq(ended_instance(ended), 3);
	ck_assert_uint_eq(ended_first(ended), 10);
	ck_assert_uint_eq(ended_last(ended), 12);
	ck_assert(ended_has(ended, CGROUP, 1, 12));
	ck_assert(!ended_has(ended, CGROUP, 1, 13));
	ck_assert(ended_has(ended, CGROUP, 2, 10));
	ck_assert(!ended_has(ended, CGROUP, 2, 11));
	ck_assert(ended_has(ended, CGROUP, ENDED_OTHER, 11));
	ck_assert(ended_has(ended, CGROUP, 99, 10));
	ck_assert(!ended_has(ended, CGROUP, 99, 11));
	ck_assert(!ended_has(ended, USER, 0, 11));
	ck_assert(!ended_has(ended, USER, ENDED_OTHER, 11));
	ended_free(ended);
	group_totals_clear(&totals);
}
END_TEST

/* Root's id is that of others, who are not root. */
START_TEST(tells_what_was_lost)
{
	struct group_totals before = { .number = 10 }, after = { .number = 20 };
	struct ended *had, *told;

	add_total(&before, CGROUP, 1, 10, 4);
	add_total(&before, USER, 0, 10, 4);
	had = ended_new(&before);
	add_total(&after, CGROUP, 1, 15, 6);
	add_total(&after, CGROUP, 2, 16, 3);
	add_total(&after, USER, 0, 16, 8);
	add_total(&after, USER, ENDED_OTHER, 18, 1);
	told = ended_new(&after);
	ck_assert(had && told);
	/* One of each came before, one of the first comes behind that. */
	add_part(had, CGROUP, 1, 1, 100);
	add_part(had, CGROUP, 2, 1, 100);
	add_part(had, USER, 0, 2, 200);
	add_part(had, CGROUP, 1, 1, 5);
	add_part(told, CGROUP, 1, 1, 5);
	ended_compare(told, had, &after);
	check_item(&after, 0, 1, 100);
	check_item(&after, 1, 2, 200);
	check_item(&after, 2, 2, 200);
	check_item(&after, 3, 1, 100);
	ended_free(had);
	ended_free(told);
	group_totals_clear(&before);
	group_totals_clear(&after);
}
END_TEST

/* What the module gave up is others' now, and not lost. */
START_TEST(given_up)
{
	struct group_totals before = { .number = 10 }, after = { .number = 20 };
	struct ended *had, *told;

	add_total(&before, CGROUP, 1, 10, 4);
	add_total(&before, CGROUP, ENDED_OTHER, 10, 2);
	had = ended_new(&before);
	add_total(&after, CGROUP, ENDED_OTHER, 20, 9);
	told = ended_new(&after);
	ck_assert(had && told);
	add_part(had, CGROUP, 5, 1, 100);
	ended_compare(told, had, &after);
	check_item(&after, 0, 2, 200);
	ended_free(had);
	ended_free(told);
	group_totals_clear(&before);
	group_totals_clear(&after);
}
END_TEST

/*
 * One that was last seen in 1 with 1000, and ended in 3 with 1100. What 1 has too much
 * others get less, then who else comes.
 */
START_TEST(went_elsewhere)
{
	struct group_totals after = { .number = 20 };
	const struct group_totals none = { .number = 0 };
	struct ended *had = ended_new(&none), *told;

	add_total(&after, CGROUP, 1, 20, 1);
	add_total(&after, CGROUP, 3, 20, 11);
	add_total(&after, CGROUP, ENDED_OTHER, 20, 2);
	told = ended_new(&after);
	ck_assert(had && told);
	add_part(had, CGROUP, 1, 1, 100);
	add_part(had, CGROUP, 1, 0, 1000);
	ended_compare(told, had, &after);
	ck_assert_uint_eq(after.items[0].total.run_ns, 0);
	ck_assert_uint_eq(after.items[1].total.run_ns, 300);
	ck_assert_uint_eq(after.items[2].total.run_ns, 0);
	ck_assert_uint_eq(after.items[1].total.exits, 11);
	ended_free(had);
	ended_free(told);
	group_totals_clear(&after);
}
END_TEST

START_TEST(bounded)
{
	const struct group_totals none = { .number = 0 };
	struct ended *ended = ended_new(&none);
	uint64_t id;

	ck_assert(ended != NULL);
	for (id = 0; id < ENDED_MAX; id++) {
		ck_assert(ended_crowded(ended) == (id > ENDED_MAX / 4 * 3));
		add_part(ended, USER, id, 1, 1);
	}
	add_part(ended, USER, 0, 1, 1);
	add_part(ended, USER, ENDED_OTHER, 1, 1);
	ck_assert(!ended_broken(ended));
	add_part(ended, USER, ENDED_MAX, 1, 1);
	ck_assert(ended_broken(ended));
	ended_free(ended);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("ended");
	TCase *tcase = tcase_create("ended");

	tcase_add_test(tcase, begins_with_totals);
	tcase_add_test(tcase, tells_what_was_lost);
	tcase_add_test(tcase, given_up);
	tcase_add_test(tcase, went_elsewhere);
	tcase_add_test(tcase, bounded);
	suite_add_tcase(suite, tcase);
	return suite_main(suite, argc, argv);
}
