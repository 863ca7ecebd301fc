/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast the resident memory of each process grows: the change from a moment
 * about 10 s or 60 s ago to the latest sample, per second of the time between.
 *
 * Of each process its size is kept at the first sample in every 2 s, for 10 s,
 * and in every 10 s, for 60 s: 136 bytes, however often samples are taken. The
 * change is counted from whichever of these is nearest to the span, and divided
 * by the time that really passed: so the spans are 10 s +- 1 s and 60 s +- 5 s,
 * both +- half an interval between samples, and the division adds no error.
 *
 * A process that was seen first within the span is counted from then on; it has
 * no figure in its first sample. What is not within twice the span does not count
 * either: after a gap in the samples, or if they are further apart than that,
 * there is no figure rather than one of another time.
 *
 * Everything runs in the event loop's thread.
 */
#ifndef TASKMETERD_CORE_GROWTH_H
#define TASKMETERD_CORE_GROWTH_H

#include <stddef.h>
#include <stdint.h>
#include "core/sample.h"

/* What is not known: too young, or no memory of its own. */
#define GROWTH_UNKNOWN	INT64_MIN

struct growths;

/**
 * growths_new() - no process is known yet
 *
 * Return: the sizes that were; NULL without memory.
 */
struct growths *growths_new(void);

/**
 * growths_free() - release everything
 * @growths: may be NULL
 *
 * Return: NULL.
 */
struct growths *growths_free(struct growths *growths);

/**
 * growths_forget() - begin anew, with the memory released
 * @growths: the sizes that were
 */
void growths_forget(struct growths *growths);

/**
 * growths_feed() - take in one sample
 * @growths: the sizes that were
 * @sample: the sample; gets the growth of its processes. A process is the same
 *	as before if its pid and start time are
 *
 * Return: 0; -ENOMEM, with @growths forgotten and nothing known in @sample.
 */
int growths_feed(struct growths *growths, struct sample *sample);

/**
 * growths_bytes() - memory that is taken
 * @growths: the sizes that were
 */
size_t growths_bytes(const struct growths *growths);

#endif
