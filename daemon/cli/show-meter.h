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
 * show_meter() - print the sections of the meter
 * @cli: where to
 * @reading: the task
 */
void show_meter(struct cli *cli, const struct task_reading *reading);

#endif
