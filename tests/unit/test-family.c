// SPDX-License-Identifier: GPL-2.0-or-later
/* Who descends from a process, whatever order it is told in and however numbers are reused. */
#include "suite.h"

#include "cli/family.h"

#define ROOT	10

static struct family family;

static void setup(void)
{
	family_init(&family, ROOT);
}

static void teardown(void)
{
	family_release(&family);
}

static int born(uint32_t pid, uint32_t parent, uint64_t start_ns)
{
	const struct birth birth = { pid, parent, start_ns };

	return family_born(&family, &birth);
}

static int ended(uint32_t pid, uint32_t parent, uint64_t start_ns, uint64_t end_ns)
{
	const struct birth birth = { pid, parent, start_ns };

	return family_ended(&family, &birth, end_ns);
}

static size_t living(void)
{
	const struct member *member;
	size_t count = 0;

	TAILQ_FOREACH(member, &family.living, entry)
		count++;
	return count;
}

START_TEST(test_descent)
{
	ck_assert_int_eq(born(20, ROOT, 100), 1);
	ck_assert_int_eq(born(21, 20, 200), 1);
	ck_assert_int_eq(born(22, 21, 300), 1);
	ck_assert_int_eq(born(30, 1, 150), 0);
	ck_assert_int_eq(born(31, 30, 160), 0);
	ck_assert_uint_eq(family.born, 3);
	/* Told twice, it is one. */
	ck_assert_int_eq(born(22, 21, 300), 1);
	ck_assert_uint_eq(family.born, 3);
	ck_assert_uint_eq(living(), 3);
}
END_TEST

/* The parent is gone when its child ends, and never was its parent then. */
START_TEST(test_orphan)
{
	born(20, ROOT, 100);
	born(21, 20, 200);
	ck_assert_int_eq(ended(20, ROOT, 100, 250), 1);
	ck_assert_int_eq(born(22, 21, 300), 1);
	ck_assert_int_eq(ended(21, 20, 200, 350), 1);
	ck_assert_int_eq(ended(22, 21, 300, 400), 1);
	ck_assert_uint_eq(living(), 0);
	ck_assert_uint_eq(family.born, 3);
}
END_TEST

/* An end is told before any birth. */
START_TEST(test_end_first)
{
	ck_assert_int_eq(ended(21, 20, 200, 210), 0);
	ck_assert_int_eq(ended(20, ROOT, 100, 300), 1);
	ck_assert_int_eq(ended(21, 20, 200, 210), 1);
	ck_assert_int_eq(born(20, ROOT, 100), 1);
	ck_assert_int_eq(born(21, 20, 200), 1);
	ck_assert_uint_eq(family.born, 2);
	ck_assert_uint_eq(living(), 0);
}
END_TEST

/* A number that was a member's is a stranger's now, and its children are strangers. */
START_TEST(test_reused_number)
{
	born(20, ROOT, 100);
	ended(20, ROOT, 100, 200);
	ck_assert_int_eq(born(20, 1, 300), 0);
	ck_assert_int_eq(born(21, 20, 310), 0);
	/* A child of the one before, told of late. */
	ck_assert_int_eq(born(22, 20, 150), 1);
	/* And it is a member's again. */
	ck_assert_int_eq(born(20, ROOT, 400), 1);
	ck_assert_int_eq(born(23, 20, 350), 0);
	ck_assert_int_eq(born(24, 20, 450), 1);
	ck_assert_int_eq(born(25, 20, 200), 1);
	ck_assert_int_eq(born(26, 20, 201), 0);
	ck_assert_int_eq(born(27, 20, 99), 0);
	ck_assert_uint_eq(family.born, 5);
}
END_TEST

/* Earlier ones with the same number may be told of later. */
START_TEST(test_older_later)
{
	ck_assert_int_eq(ended(20, ROOT, 500, 600), 1);
	ck_assert_int_eq(ended(20, ROOT, 300, 400), 1);
	ck_assert_int_eq(ended(20, ROOT, 100, 200), 1);
	ck_assert_int_eq(born(21, 20, 150), 1);
	ck_assert_int_eq(born(22, 20, 250), 0);
	ck_assert_int_eq(born(23, 20, 350), 1);
	ck_assert_int_eq(born(24, 20, 550), 1);
	ck_assert_int_eq(born(25, 20, 650), 0);
}
END_TEST

START_TEST(test_forget)
{
	ended(20, ROOT, 100, 200);
	ended(20, ROOT, 300, 400);
	ended(21, ROOT, 100, 450);
	born(22, ROOT, 100);
	family_forget(&family, 400);
	ck_assert_int_eq(born(30, 20, 150), 0);
	ck_assert_int_eq(born(31, 20, 350), 1);
	family_forget(&family, 451);
	ck_assert_int_eq(born(32, 20, 350), 0);
	ck_assert_int_eq(born(33, 21, 350), 0);
	/* Who lives is not forgotten. */
	ck_assert_int_eq(born(34, 22, 350), 1);
	ck_assert_ptr_null(TAILQ_FIRST(&family.ended));
}
END_TEST

START_TEST(test_forget_older)
{
	ended(20, ROOT, 300, 400);
	ended(20, ROOT, 100, 200);
	ended(20, ROOT, 500, 600);
	/* In the order in which their ends were told. */
	family_forget(&family, 300);
	ck_assert_int_eq(born(30, 20, 150), 1);
	family_forget(&family, 500);
	ck_assert_int_eq(born(31, 20, 150), 0);
	ck_assert_int_eq(born(32, 20, 350), 0);
	ck_assert_int_eq(born(33, 20, 550), 1);
}
END_TEST

START_TEST(test_many)
{
	uint32_t i;

	for (i = 1; i <= 20000; i++)
		ck_assert_int_eq(born(ROOT + i, ROOT + i - 1, i), 1);
	for (i = 1; i <= 20000; i++)
		ck_assert_int_eq(ended(ROOT + i, ROOT + i - 1, i, 30000), 1);
	ck_assert_uint_eq(living(), 0);
	ck_assert_uint_eq(family.born, 20000);
	family_forget(&family, 30001);
	ck_assert_ptr_null(family.pids);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("family");
	TCase *test_case = tcase_create("family");

	tcase_add_checked_fixture(test_case, setup, teardown);
	tcase_add_test(test_case, test_descent);
	tcase_add_test(test_case, test_orphan);
	tcase_add_test(test_case, test_end_first);
	tcase_add_test(test_case, test_reused_number);
	tcase_add_test(test_case, test_older_later);
	tcase_add_test(test_case, test_forget);
	tcase_add_test(test_case, test_forget_older);
	tcase_add_test(test_case, test_many);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
