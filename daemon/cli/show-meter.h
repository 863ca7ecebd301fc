/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the scheduler meter tells of a task, as "taskmeter show" prints it. */
#ifndef TASKMETER_CLI_SHOW_METER_H
#define TASKMETER_CLI_SHOW_METER_H

#include "cli/cli.h"
#include "cli/waits.h"

/* Columns of a label in the lines of "taskmeter show". */
#define SHOW_LABEL_WIDTH	24

/**
 * show_line() - print a label and its value
 * @cli: where to
 * @label: the label
 * @value: the value
 */
void show_line(struct cli *cli, const char *label, const char *value);

/**
 * show_time() - print a time and its share of all that the meter accounts for
 * @cli: where to
 * @label: the label
 * @field: the time
 * @record: of the task
 */
void show_time(struct cli *cli, const char *label, const struct tm_field *field,
	       const struct taskmeter_record *record);

/**
 * show_number() - print a number
 * @cli: where to
 * @label: the label
 * @name: of its field
 * @record: of the task
 */
void show_number(struct cli *cli, const char *label, const char *name,
		 const struct taskmeter_record *record);

/**
 * show_states() - print the times by state, and what they add up to
 * @cli: where to
 * @record: of the task
 */
void show_states(struct cli *cli, const struct taskmeter_record *record);

/**
 * show_waits() - print the section of how long single waits for a CPU, for I/O and for
 *	memory were
 * @cli: where to
 * @reading: the task
 */
void show_waits(struct cli *cli, const struct task_reading *reading);

/**
 * show_meter() - print the sections of the meter
 * @cli: where to
 * @reading: the task
 */
void show_meter(struct cli *cli, const struct task_reading *reading);

#endif
