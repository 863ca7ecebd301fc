/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all benches share: a clock that counts executed instructions, measures
 * taken in turn, and figures that set one measure beside another.
 *
 * A bench that cannot measure has no result: every failure ends the program.
 */
#ifndef TASKMETER_TESTS_BENCH_MEASURE_H
#define TASKMETER_TESTS_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#define MEASURE_ROUNDS	5

/**
 * struct measure - one kind of work
 * @run: does the work once; returns how many units (processes, switches) it was
 *	about, not 0
 * @prepare: brings about what the work is measured with, before each sample and
 *	not counted in it; then the work is done once for nothing. NULL if there
 *	is nothing to do
 * @setting: what @prepare is given
 * @clock: what counts; NULL for all that the processor executes
 * @missing: why it cannot be measured, NULL if it can
 * @samples: instructions per unit, one of each round, ascending after
 *	measure_all()
 * @units: what @run returned last
 */
struct measure {
	uint64_t (*run)(void);
	void (*prepare)(unsigned int setting);
	unsigned int setting;
	uint64_t (*clock)(void);
	const char *missing;
	double samples[MEASURE_ROUNDS];
	uint64_t units;
};

/**
 * struct subject - what all figures of a table are about
 * @name: first part of their names, in JSON
 * @size: second part: how many; an addition has no such part
 * @unit: of the measures
 */
struct subject {
	const char *name;
	unsigned int size;
	const char *unit;
};

/**
 * struct figure - our measure beside a peer's for the same question
 * @name: what is told about, in JSON
 * @ours: index of the measure
 * @peer: index of the measure
 * @peer_name: what the peer does, in JSON
 * @required: smallest ratio that is promised, or 0
 */
struct figure {
	const char *name;
	unsigned int ours;
	unsigned int peer;
	const char *peer_name;
	unsigned int required;
};

/**
 * struct addition - what something adds to a work
 * @name: what adds, in JSON
 * @with: index of the measure
 * @without: index of the measure
 * @most: largest addition that is promised, in instructions per unit, or 0
 * @most_percent: largest addition that is promised, in percent, or 0
 */
struct addition {
	const char *name;
	unsigned int with;
	unsigned int without;
	double most;
	double most_percent;
};

/**
 * struct cost - what something costs, beside nothing
 * @name: what costs, in JSON
 * @of: index of the measure
 * @most: largest cost that is promised, in instructions per unit, or 0
 * @holds: what is in it and what is not, in words
 */
struct cost {
	const char *name;
	unsigned int of;
	double most;
	const char *holds;
};

uint64_t measure_now(void);
void *measure_buffer(size_t size);
void measure_check_clock(void);
void measure_settle(const struct measure *measure);
void measure_all(struct measure *measures, size_t count);
void measure_print(const struct subject *subject, const struct measure *measures,
		   const struct figure *figures, size_t count);

void measure_print_additions(const struct subject *subject,
			     const struct measure *measures,
			     const struct addition *additions, size_t count);

void measure_subtract(struct measure *difference, const struct measure *with,
		      const struct measure *without);
void measure_print_costs(const struct subject *subject, const struct measure *measures,
			 const struct cost *costs, size_t count);

#endif /* TASKMETER_TESTS_BENCH_MEASURE_H */
