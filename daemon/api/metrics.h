/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /metrics holds, see metrics.c.
 */
#ifndef TASKMETERD_API_METRICS_H
#define TASKMETERD_API_METRICS_H

#include "config.h"

/* Samples that do not depend on the number of programs, groups and rules, or some more. */
#define METRICS_FIXED_SERIES	64

/**
 * metrics_max_programs() - programs that may have series of their own
 * @config: metrics-programs and max-series
 *
 * Return: the smaller of what is wanted and what fits.
 */
unsigned int metrics_max_programs(const struct config *config);

#endif
