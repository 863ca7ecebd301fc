// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See measure.h. README.md beside this file tells of the method.
 */
#include "measure.h"

#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>

/* A work has settled when so many samples in a row lie so close together. */
#define SETTLED		5
#define SETTLED_PERCENT	0.2
#define SETTLE_TRIES	300

/**
 * measure_now() - what counts
 *
 * The time stamp counter is read as it is: under QEMU's -icount shift=0 it goes
 * up by one with each instruction, whereas CLOCK_MONOTONIC is scaled by what
 * the kernel took its frequency to be.
 *
 * Return: instructions.
 */
uint64_t measure_now(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_ia32_rdtsc();
#else
	errx(1, "this bench knows x86 only");
#endif
}

/* Execute two instructions per turn. */
static void spin(unsigned long turns)
{
#if defined(__x86_64__) || defined(__i386__)
	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r" (turns) : : "cc");
#endif
}

/**
 * measure_buffer() - room that no fork has to copy
 * @size: bytes
 *
 * It has been written to, so that no page fault falls into a measure.
 *
 * Return: the room; it stays.
 */
void *measure_buffer(size_t size)
{
	void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	if (room == MAP_FAILED || madvise(room, size, MADV_DONTFORK))
		err(1, "%zu bytes", size);
	memset(room, 1, size);
	return room;
}

/**
 * measure_check_clock() - make sure that the clock counts instructions
 *
 * A work of known length is measured; the least of some tries, because
 * interrupts and what a kernel still does after the boot add to it.
 */
void measure_check_clock(void)
{
	const unsigned long turns = 50000;
	uint64_t least = UINT64_MAX;
	int i;

	for (i = 0; i < 100; i++) {
		uint64_t start = measure_now(), counted;

		spin(turns);
		counted = measure_now() - start;
		if (counted < least)
			least = counted;
	}
	if (least < 2 * turns || least > 2 * turns + 100)
		errx(1, "the clock counted %llu for %lu instructions: run this by 'tests/vm/vm run --icount'",
		     (unsigned long long)least, 2 * turns);
}

static double sample(const struct measure *measure, uint64_t *ret_units)
{
	uint64_t (*counter)(void) = measure->clock ?: measure_now;
	uint64_t start = counter(), units, counted;

	units = measure->run();
	counted = counter() - start;
	if (!units)
		errx(1, "a measure did nothing");
	*ret_units = units;
	return (double)counted / units;
}

/**
 * measure_settle() - wait until a work costs what it costs from then on
 * @measure: the work, without a @prepare
 *
 * A kernel that has just booted takes more.
 */
void measure_settle(const struct measure *measure)
{
	double first = 0, instructions = 0;
	unsigned int equal = 0, tries;
	uint64_t units;

	for (tries = 0; equal < SETTLED && tries < SETTLE_TRIES; tries++) {
		instructions = sample(measure, &units);
		if (fabs(instructions - first) > first * SETTLED_PERCENT / 100) {
			first = instructions;
			equal = 0;
		}
		equal++;
	}
	if (equal < SETTLED)
		errx(1, "the machine has not settled after %u runs: %.1f, then %.1f",
		     tries, first, instructions);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Samples of negative rounds are not kept. */
static void measure_once(struct measure *measure, int round)
{
	double instructions;

	if (measure->prepare) {
		measure->prepare(measure->setting);
		measure->run();
	}
	instructions = sample(measure, &measure->units);
	if (round >= 0)
		measure->samples[round] = instructions;
}

/**
 * measure_all() - run all measures in turn, a few times
 * @measures: table; the samples are filled in
 * @count: of measures
 *
 * Two rounds are for warming up: the caches of /proc and of the allocators fill
 * in the first. Since all run in turn, each of a peer's lies between two of
 * ours (A/B/A), and something that drifts shows as spread.
 */
void measure_all(struct measure *measures, size_t count)
{
	int round;
	size_t i;

	for (round = -2; round < MEASURE_ROUNDS; round++)
		for (i = 0; i < count; i++)
			if (!measures[i].missing)
				measure_once(&measures[i], round);
	for (i = 0; i < count; i++)
		qsort(measures[i].samples, MEASURE_ROUNDS, sizeof(double), compare);
}

static double median(const struct measure *measure)
{
	return measure->samples[MEASURE_ROUNDS / 2];
}

/* Difference of highest and lowest, in percent of the median. */
static double spread(const struct measure *measure)
{
	return 100 * (measure->samples[MEASURE_ROUNDS - 1] - measure->samples[0]) /
	       median(measure);
}

static void print_json(const char *name, const char *kernel, const char *unit,
		       const struct figure *figure, const struct measure *ours,
		       const struct measure *peer)
{
	printf("{\"name\":\"%s\",\"kernel\":\"%s\",\"unit\":\"%s\"", name, kernel, unit);
	printf(",\"ours\":%.1f,\"peer\":%.1f,\"ratio\":%.1f", median(ours), median(peer),
	       median(peer) / median(ours));
	if (figure->required)
		printf(",\"required\":%u", figure->required);
	printf(",\"peer_name\":\"%s\",\"units\":%llu,\"rounds\":%d", figure->peer_name,
	       (unsigned long long)ours->units, MEASURE_ROUNDS);
	printf(",\"spread_percent\":%.2f,\"peer_spread_percent\":%.2f}\n", spread(ours),
	       spread(peer));
}

static void print_text(const char *name, const struct figure *figure,
		       const struct measure *ours, const struct measure *peer)
{
	double ratio = median(peer) / median(ours);

	fprintf(stderr, "%-32s %9.1f (%4.2f %%) %9.1f (%4.2f %%) %-28s %7.1f", name,
		median(ours), spread(ours), median(peer), spread(peer), figure->peer_name,
		ratio);
	if (figure->required)
		fprintf(stderr, " %s %u", ratio >= figure->required ? "reaches" : "MISSES",
			figure->required);
	fputc('\n', stderr);
}

/**
 * measure_print() - print figures: JSON on stdout, a table on stderr
 * @subject: what they are about
 * @measures: the table that measure_all() has filled in
 * @figures: table
 * @count: of figures
 */
void measure_print(const struct subject *subject, const struct measure *measures,
		   const struct figure *figures, size_t count)
{
	struct utsname kernel;
	size_t i;

	if (uname(&kernel))
		err(1, "uname");
	fprintf(stderr, "Linux %s: %s: median of %d (spread), ours, the peer's, ratio\n",
		kernel.release, subject->unit, MEASURE_ROUNDS);
	for (i = 0; i < count; i++) {
		const struct measure *ours = &measures[figures[i].ours];
		const struct measure *peer = &measures[figures[i].peer];
		char name[64];

		snprintf(name, sizeof(name), "%s-%u-%s", subject->name, subject->size,
			 figures[i].name);
		print_json(name, kernel.release, subject->unit, &figures[i], ours, peer);
		print_text(name, &figures[i], ours, peer);
	}
}

static void print_addition_json(const char *name, const char *kernel, const char *unit,
				const struct addition *addition,
				const struct measure *with,
				const struct measure *without)
{
	double added = median(with) - median(without);

	printf("{\"name\":\"%s\",\"kernel\":\"%s\",\"unit\":\"%s\"", name, kernel, unit);
	printf(",\"with\":%.1f,\"without\":%.1f,\"added\":%.1f,\"added_percent\":%.2f",
	       median(with), median(without), added, 100 * added / median(without));
	if (addition->most)
		printf(",\"required_most\":%.0f", addition->most);
	if (addition->most_percent)
		printf(",\"required_most_percent\":%.1f", addition->most_percent);
	printf(",\"units\":%llu,\"rounds\":%d", (unsigned long long)with->units,
	       MEASURE_ROUNDS);
	printf(",\"spread_percent\":%.2f,\"without_spread_percent\":%.2f}\n", spread(with),
	       spread(without));
}

static void print_addition_text(const char *name, const struct addition *addition,
				const struct measure *with,
				const struct measure *without)
{
	double added = median(with) - median(without);
	double percent = 100 * added / median(without);

	fprintf(stderr, "%-32s %10.1f (%4.2f %%) %10.1f (%4.2f %%) %+9.1f %+6.2f %%", name,
		median(with), spread(with), median(without), spread(without), added,
		percent);
	if (addition->most)
		fprintf(stderr, " %s %.0f", added <= addition->most ? "keeps" : "MISSES",
			addition->most);
	if (addition->most_percent)
		fprintf(stderr, " %s %.1f %%",
			percent <= addition->most_percent ? "keeps" : "MISSES",
			addition->most_percent);
	fputc('\n', stderr);
}

static void print_missing(const char *name, const char *kernel, const char *reason)
{
	printf("{\"name\":\"%s\",\"kernel\":\"%s\",\"missing\":\"%s\"}\n", name, kernel,
	       reason);
	fprintf(stderr, "%-32s missing: %s\n", name, reason);
}

/**
 * measure_print_additions() - print what is added to a work: JSON on stdout, a
 *	table on stderr
 * @subject: what they are about
 * @measures: the table that measure_all() has filled in
 * @additions: table
 * @count: of additions
 */
void measure_print_additions(const struct subject *subject,
			     const struct measure *measures,
			     const struct addition *additions, size_t count)
{
	struct utsname kernel;
	size_t i;

	if (uname(&kernel))
		err(1, "uname");
	fprintf(stderr, "Linux %s: %s: median of %d (spread), with, without, added\n",
		kernel.release, subject->unit, MEASURE_ROUNDS);
	for (i = 0; i < count; i++) {
		const struct measure *with = &measures[additions[i].with];
		const struct measure *without = &measures[additions[i].without];
		const char *missing = with->missing ?: without->missing;
		char name[64];

		snprintf(name, sizeof(name), "%s-%s", subject->name, additions[i].name);
		if (missing) {
			print_missing(name, kernel.release, missing);
			continue;
		}
		print_addition_json(name, kernel.release, subject->unit, &additions[i],
				    with, without);
		print_addition_text(name, &additions[i], with, without);
	}
}

/**
 * measure_subtract() - make a measure of what two differ by
 * @difference: filled in
 * @with: the larger
 * @without: the smaller
 *
 * The median is the difference of their medians, the spread the largest that there can
 * be.
 */
void measure_subtract(struct measure *difference, const struct measure *with,
		      const struct measure *without)
{
	int i;

	difference->units = with->units;
	for (i = 0; i < MEASURE_ROUNDS; i++)
		difference->samples[i] = with->samples[i] -
					 without->samples[MEASURE_ROUNDS - 1 - i];
}

static void print_cost(const char *name, const char *kernel, const char *unit,
		       const struct cost *cost, const struct measure *measure)
{
	double instructions = median(measure);

	printf("{\"name\":\"%s\",\"kernel\":\"%s\",\"unit\":\"%s\"", name, kernel, unit);
	printf(",\"ours\":%.1f", instructions);
	if (cost->most)
		printf(",\"required_most\":%.0f", cost->most);
	printf(",\"holds\":\"%s\",\"units\":%llu,\"rounds\":%d", cost->holds,
	       (unsigned long long)measure->units, MEASURE_ROUNDS);
	printf(",\"spread_percent\":%.2f}\n", spread(measure));

	fprintf(stderr, "%-32s %10.1f (%4.2f %%)", name, instructions, spread(measure));
	if (cost->most)
		fprintf(stderr, " %s %.0f", instructions <= cost->most ? "keeps" : "MISSES",
			cost->most);
	fprintf(stderr, "  %s\n", cost->holds);
}

/**
 * measure_print_costs() - print what something costs: JSON on stdout, a table on stderr
 * @subject: what they are about
 * @measures: the table that measure_all() has filled in
 * @costs: table
 * @count: of costs
 */
void measure_print_costs(const struct subject *subject, const struct measure *measures,
			 const struct cost *costs, size_t count)
{
	struct utsname kernel;
	size_t i;

	if (uname(&kernel))
		err(1, "uname");
	fprintf(stderr, "Linux %s: %s: median of %d (spread)\n", kernel.release,
		subject->unit, MEASURE_ROUNDS);
	for (i = 0; i < count; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s-%s", subject->name, costs[i].name);
		print_cost(name, kernel.release, subject->unit, &costs[i],
			   &measures[costs[i].of]);
	}
}
