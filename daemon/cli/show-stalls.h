/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What held a task up for lack of memory, as "taskmeter show" prints it. */
#ifndef TASKMETER_CLI_SHOW_STALLS_H
#define TASKMETER_CLI_SHOW_STALLS_H

#include "cli/cli.h"

/**
 * show_stalls() - print the section of the stalls
 * @cli: where to
 * @record: of the task, asked for with TASKMETER_SNAPSHOT_STALLS
 */
void show_stalls(struct cli *cli, const struct taskmeter_record *record);

#endif
