/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resident memory of a process as one number, and how fast it grows. */
#ifndef TASKMETER_COMMON_RESIDENT_H
#define TASKMETER_COMMON_RESIDENT_H

#include <stdbool.h>
#include <stdint.h>
#include <taskmeter/taskmeter.h>

/**
 * resident_known() - whether a task has memory of its own that was told
 * @record: its record
 *
 * Return: false for kernel threads, and for what has given up its memory on its way
 * out.
 */
bool resident_known(const struct taskmeter_record *record);

/**
 * resident_bytes() - resident memory: anonymous, file and shared
 * @record: one of which it is known
 *
 * Return: bytes.
 */
uint64_t resident_bytes(const struct taskmeter_record *record);

/**
 * resident_growth() - change per second
 * @earlier: bytes then
 * @now: bytes now
 * @elapsed_ns: time between, not 0
 *
 * Return: bytes per second, negative if it shrank, cut towards 0; never INT64_MIN.
 */
int64_t resident_growth(uint64_t earlier, uint64_t now, uint64_t elapsed_ns);

#endif
