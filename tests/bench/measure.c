// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See measure.h. README.md beside this file tells of the method.
 */
#include "measure.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

/*
 * The time stamp counter is read as it is: under QEMU's -icount shift=0 it goes
 * up by one with each instruction, whereas CLOCK_MONOTONIC is scaled by what
 * the kernel took its frequency to be.
 */
static uint64_t now(void)
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
		uint64_t start = now(), counted;

		spin(turns);
		counted = now() - start;
		if (counted < least)
			least = counted;
	}
	if (least < 2 * turns || least > 2 * turns + 100)
		errx(1, "the clock counted %llu for %lu instructions: run this by 'tests/vm/vm run --icount'",
		     (unsigned long long)least, 2 * turns);
}

static double sample(struct measure *measure)
{
	uint64_t start = now(), counted;

	measure->units = measure->run();
	counted = now() - start;
	if (!measure->units)
		errx(1, "a measure did nothing");
	return (double)counted / measure->units;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
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
		for (i = 0; i < count; i++) {
			double instructions = sample(&measures[i]);

			if (round >= 0)
				measures[i].samples[round] = instructions;
		}
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
