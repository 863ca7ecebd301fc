// SPDX-License-Identifier: GPL-2.0-or-later
/* Pressure averages against values that were worked out by hand. */
#include "core/pressure.h"
#include "suite.h"

#define MS	UINT64_C(1000000)
#define SECOND	(1000 * MS)
#define ALL	((1U << PRESSURE_RESOURCES) - 1)

/* So many thread-nanoseconds waited for a CPU, and running, in a tick of this length. */
static void add(struct pressure *pressure, uint64_t elapsed, uint64_t waited, uint64_t ran)
{
	const struct pressure_tick tick = pressure_tick(elapsed);
	const struct pressure_flow flow = {
		.running = ran, .stalled = { [PRESSURE_CPU] = waited }, .known = ALL,
	};

	pressure_add(pressure, &tick, &flow);
}

static double get(const struct pressure *pressure, enum pressure_resource resource,
		  enum pressure_span span)
{
	double value = -1;

	ck_assert(pressure_get(pressure, resource, span, &value));
	return value;
}

static double share(const struct pressure *pressure, enum pressure_span span)
{
	double value = -1;

	ck_assert(pressure_share(pressure, PRESSURE_CPU, span, &value));
	return value;
}

/* 1 - e^(-1/10), 1 - e^(-1/60), 1 - e^(-1/300) of one thread that waits a whole second. */
START_TEST(one_second)
{
	struct pressure pressure = { 0 };

	add(&pressure, SECOND, SECOND, 0);
	ck_assert_double_eq_tol(get(&pressure, PRESSURE_CPU, PRESSURE_10S), 0.0951625820, 1e-9);
	ck_assert_double_eq_tol(get(&pressure, PRESSURE_CPU, PRESSURE_60S), 0.0165285462, 1e-9);
	ck_assert_double_eq_tol(get(&pressure, PRESSURE_CPU, PRESSURE_300S), 0.0033277839, 1e-9);
	ck_assert_double_eq(get(&pressure, PRESSURE_IO, PRESSURE_10S), 0);
	ck_assert_double_eq_tol(share(&pressure, PRESSURE_10S), 1, 1e-12);
}
END_TEST

/* After one span, 1 - 1/e of the way is gone; two threads that wait are 2. */
START_TEST(one_span)
{
	struct pressure pressure = { 0 };
	int i;

	for (i = 0; i < 60; i++)
		add(&pressure, SECOND, 2 * SECOND, SECOND);
	ck_assert_double_eq_tol(get(&pressure, PRESSURE_CPU, PRESSURE_60S), 2 * 0.6321205588,
				1e-9);
	ck_assert_double_eq_tol(get(&pressure, PRESSURE_CPU, PRESSURE_10S), 2 * 0.9975212478,
				1e-9);
	/* Two stalled, one running. */
	ck_assert_double_eq_tol(share(&pressure, PRESSURE_10S), 2.0 / 3, 1e-12);
	ck_assert_double_eq_tol(share(&pressure, PRESSURE_300S), 2.0 / 3, 1e-12);
}
END_TEST

/* The same load in ticks of any length gives the same averages. */
START_TEST(irregular_ticks)
{
	static const uint64_t lengths[] = { 1, 999, 250, 4000, 10, 90, 650, 14000 };
	struct pressure even = { 0 }, uneven = { 0 }, once = { 0 };
	enum pressure_span span;
	size_t i;

	for (i = 0; i < 200; i++)
		add(&even, 100 * MS, 30 * MS, 60 * MS);
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		add(&uneven, lengths[i] * MS, lengths[i] * 3 * MS / 10, lengths[i] * 6 * MS / 10);
	add(&once, 20 * SECOND, 6 * SECOND, 12 * SECOND);
	for (span = PRESSURE_10S; span < PRESSURE_SPANS; span++) {
		ck_assert_double_eq_tol(get(&even, PRESSURE_CPU, span),
					get(&uneven, PRESSURE_CPU, span), 1e-9);
		ck_assert_double_eq_tol(get(&once, PRESSURE_CPU, span),
					get(&uneven, PRESSURE_CPU, span), 1e-9);
		ck_assert_double_eq_tol(share(&uneven, span), 1.0 / 3, 1e-9);
	}
}
END_TEST

/* 0.8 for ever, then nothing: after 10 s, 0.8/e is left; in the end exactly 0. */
START_TEST(decay)
{
	struct pressure pressure = { 0 };
	double value;

	add(&pressure, 100000 * SECOND, 80000 * SECOND, 0);
	ck_assert_double_eq_tol(get(&pressure, PRESSURE_CPU, PRESSURE_300S), 0.8, 1e-9);
	add(&pressure, 10 * SECOND, 0, 0);
	ck_assert_double_eq_tol(get(&pressure, PRESSURE_CPU, PRESSURE_10S), 0.2943035529, 1e-9);
	ck_assert_double_eq_tol(get(&pressure, PRESSURE_CPU, PRESSURE_60S), 0.6771853799, 1e-9);
	add(&pressure, 10000 * SECOND, 0, 0);
	ck_assert_double_eq(get(&pressure, PRESSURE_CPU, PRESSURE_300S), 0);
	ck_assert(!pressure_share(&pressure, PRESSURE_CPU, PRESSURE_300S, &value));
}
END_TEST

/* What is not known is not 0, and does not come back from where it was. */
START_TEST(not_known)
{
	const struct pressure_tick tick = pressure_tick(10 * SECOND);
	struct pressure_flow flow = {
		.running = SECOND, .stalled = { SECOND, SECOND, SECOND }, .known = ALL,
	};
	struct pressure pressure = { 0 };
	double value;

	ck_assert(!pressure_get(&pressure, PRESSURE_CPU, PRESSURE_10S, &value));
	pressure_add(&pressure, &tick, &flow);
	flow.known &= ~(1U << PRESSURE_IO);
	pressure_add(&pressure, &tick, &flow);
	ck_assert(!pressure_get(&pressure, PRESSURE_IO, PRESSURE_10S, &value));
	ck_assert(!pressure_share(&pressure, PRESSURE_IO, PRESSURE_10S, &value));
	flow.known = ALL;
	pressure_add(&pressure, &tick, &flow);
	ck_assert_double_eq_tol(get(&pressure, PRESSURE_IO, PRESSURE_10S), 0.0632120559, 1e-9);
	ck_assert_double_eq_tol(get(&pressure, PRESSURE_MEMORY, PRESSURE_10S), 0.0950212932,
				1e-9);
}
END_TEST

START_TEST(no_time)
{
	struct pressure pressure = { 0 };

	add(&pressure, SECOND, SECOND, SECOND);
	add(&pressure, 0, SECOND, SECOND);
	ck_assert_double_eq_tol(get(&pressure, PRESSURE_CPU, PRESSURE_10S), 0.0951625820, 1e-9);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("pressure");
	TCase *tcase = tcase_create("pressure");

	tcase_add_test(tcase, one_second);
	tcase_add_test(tcase, one_span);
	tcase_add_test(tcase, irregular_ticks);
	tcase_add_test(tcase, decay);
	tcase_add_test(tcase, not_known);
	tcase_add_test(tcase, no_time);
	suite_add_tcase(suite, tcase);
	return suite_main(suite, argc, argv);
}
