/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measurements whose two sides are read at different moments.
 */
#ifndef TESTS_KERNEL_MEASURE_H
#define TESTS_KERNEL_MEASURE_H

#include <stdbool.h>

/**
 * typedef measure_fn - measure once
 * @data: of measure_agreed()
 *
 * Makes processes, groups and devices anew, prints both figures, and leaves no process
 * behind. Fails the test by itself for all but a disagreement of the two.
 *
 * Return: whether the two agree.
 */
typedef bool measure_fn(void *data);

/**
 * measure_agreed() - fail unless ours agrees with another's figure, in one of three tries
 * @agrees: measures
 * @data: for @agrees
 *
 * For two that read their clocks independently, such as the meter and PSI: where an
 * emulated CPU stands still between the two readings of one moment, because its host is
 * busy, they differ by as long, and nobody is wrong. That comes now and then, so that it
 * does not spoil all tries; an error of ours would. Thus the tolerance of a single try can
 * be as narrow as on a machine that is at rest.
 */
void measure_agreed(measure_fn *agrees, void *data);

#endif
