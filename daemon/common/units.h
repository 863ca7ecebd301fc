/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Quantities as people read them. Values are cut, not rounded: 1.99 GiB is
 * "1.9G", so that a figure is never shown to be more than it is.
 */
#ifndef TASKMETER_COMMON_UNITS_H
#define TASKMETER_COMMON_UNITS_H

#include <stddef.h>
#include <stdint.h>
#include <taskmeter/taskmeter.h>

/* Longest result of any of the functions below, with the NUL. */
#define UNIT_SIZE	32

/**
 * enum unit - what a number counts
 * @UNIT_NUMBER: a number, an id
 * @UNIT_NS: nanoseconds
 * @UNIT_BYTES: bytes
 */
enum unit {
	UNIT_NUMBER,
	UNIT_NS,
	UNIT_BYTES,
};

/**
 * unit_of_field() - unit of a field, which is in its name
 * @field: the field
 *
 * Return: &enum unit.
 */
enum unit unit_of_field(const struct tm_field *field);

/**
 * unit_suffix() - how names of a unit end
 * @unit: the unit
 *
 * Return: "_ns", "_bytes" or "".
 */
const char *unit_suffix(enum unit unit);

/*
 * For a column of a table: no blank, at most 8, 5 and 7 characters.
 * "0" "640us" "1.5s" "12:34" "5:12:34" "3d04h"; "0" "512B" "4.0K" "1.9G";
 * "1234567" "12.3M".
 */
void unit_duration_short(uint64_t ns, char buffer[static UNIT_SIZE]);
void unit_bytes_short(uint64_t bytes, char buffer[static UNIT_SIZE]);
void unit_number_short(uint64_t number, char buffer[static UNIT_SIZE]);

/* For a line of text: "640 us" "12 min 34 s"; "512 bytes" "1.9 GiB". */
void unit_duration_long(uint64_t ns, char buffer[static UNIT_SIZE]);
void unit_bytes_long(uint64_t bytes, char buffer[static UNIT_SIZE]);

#endif
