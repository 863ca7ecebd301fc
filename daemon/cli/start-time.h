/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments, which are on the boottime clock, as local time. */
#ifndef TASKMETER_CLI_START_TIME_H
#define TASKMETER_CLI_START_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <taskmeter/taskmeter.h>

/**
 * start_time_is() - whether a field is a moment
 * @field: the field
 *
 * Return: true if its name ends in _time_ns.
 */
bool start_time_is(const struct tm_field *field);

/* Columns that start_time_short() takes. */
#define START_TIME_SHORT	5

/**
 * start_time_short() - for a column: "12:34", "Nov20" or "2025"
 * @boottime_ns: the time
 * @text: gets it
 * @size: of @text
 *
 * The time if that is less than a day ago, the day if that is less than half a
 * year ago, or the year.
 */
void start_time_short(uint64_t boottime_ns, char *text, size_t size);

/**
 * start_time_clock() - for a line, shorter: "12:34:56" or "Nov20 12:34:56"
 * @boottime_ns: the time
 * @text: gets it
 * @size: of @text
 *
 * With the day if that is a day ago or more.
 */
void start_time_clock(uint64_t boottime_ns, char *text, size_t size);

/**
 * start_time_precise() - as start_time_clock(), with milliseconds: "12:34:56.789"
 * @boottime_ns: the time
 * @text: gets it
 * @size: of @text
 */
void start_time_precise(uint64_t boottime_ns, char *text, size_t size);

/**
 * start_time_long() - for a line: "2025-11-20 12:34:56, 3 h 12 min ago"
 * @boottime_ns: the time
 * @text: gets it
 * @size: of @text
 */
void start_time_long(uint64_t boottime_ns, char *text, size_t size);

#endif
