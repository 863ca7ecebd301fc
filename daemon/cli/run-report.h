/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "taskmeter run" tells of a command and all who descend from it. */
#ifndef TASKMETER_CLI_RUN_REPORT_H
#define TASKMETER_CLI_RUN_REPORT_H

#include "cli/job.h"
#include "cli/options.h"
#include "cli/pursuit.h"

/**
 * struct run_report - what is told
 * @cli: where to
 * @argv: the command and its arguments, with a NULL behind them
 * @job: how it ended
 * @pursuit: what all of them did
 * @overhead_ns: CPU time that this program took for it
 */
struct run_report {
	struct cli *cli;
	char *const *argv;
	const struct job *job;
	const struct pursuit *pursuit;
	uint64_t overhead_ns;
};

/**
 * run_report_text() - for people
 * @report: the report
 *
 * Return: 0; -ENOMEM.
 */
int run_report_text(const struct run_report *report);

/**
 * run_report_json() - as one JSON object
 * @report: the report
 *
 * Return: 0; -ENOMEM, with nothing printed.
 */
int run_report_json(const struct run_report *report);

#endif
