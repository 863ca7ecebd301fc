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
 * @run: does the work once; returns how many units (processes) it was about,
 *	not 0
 * @samples: instructions per unit, one of each round, ascending after
 *	measure_all()
 * @units: what @run returned last
 */
struct measure {
	uint64_t (*run)(void);
	double samples[MEASURE_ROUNDS];
	uint64_t units;
};

/**
 * struct subject - what all figures of a table are about
 * @name: first part of their names, in JSON
 * @size: second part: how many
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

void measure_check_clock(void);
void measure_all(struct measure *measures, size_t count);
void measure_print(const struct subject *subject, const struct measure *measures,
		   const struct figure *figures, size_t count);

#endif /* TASKMETER_TESTS_BENCH_MEASURE_H */
