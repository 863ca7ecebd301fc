/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit records on standard output, as a table, JSON or CSV. Each is printed as it comes
 * and is not kept.
 */
#ifndef TASKMETER_CLI_EXIT_REPORT_H
#define TASKMETER_CLI_EXIT_REPORT_H

#include "cli/options.h"

#include <stdbool.h>
#include <stdint.h>
#include <taskmeter/taskmeter.h>

struct cli;

/* Columns that a table with everything takes; on fewer, some are left out. */
#define EXIT_REPORT_WIDE	100

/**
 * struct exit_report - how they are printed
 * @cli: where to
 * @format: &enum format
 * @stream: there is no end to them: in JSON, one document in a line for each
 * @records: printed so far
 */
struct exit_report {
	struct cli *cli;
	enum format format;
	bool stream;
	uint64_t records;
};

/**
 * exit_report_begin() - print what comes before the first record
 * @report: the report
 */
void exit_report_begin(struct exit_report *report);

/**
 * exit_report_add() - print a record
 * @report: the report
 * @exit: the record
 *
 * Return: 0; -ENOMEM.
 */
int exit_report_add(struct exit_report *report, const struct tm_exit *exit);

/**
 * exit_report_end() - print what comes after the last record
 * @report: the report, no stream
 * @next: number of the record to go on with
 * @lost: records that were asked for and are not in the log any more
 */
void exit_report_end(struct exit_report *report, uint64_t next, uint64_t lost);

#endif
