/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of records on standard output, as a table, JSON or CSV. Each record is
 * printed as it comes and is not kept.
 */
#ifndef TASKMETER_CLI_REPORT_H
#define TASKMETER_CLI_REPORT_H

#include "cli/column.h"
#include "cli/options.h"

/**
 * struct report - what is printed, and how
 * @cli: where to
 * @format: &enum format
 * @columns: what of each record
 * @count: number of @columns
 * @list: key of the list in JSON
 * @kind: value of "kind" before it, or NULL
 * @time_ns: when the snapshot began, monotonic
 * @rates: rates are among @columns
 * @interval_ns: of which the rates are, 0 for the life of the task
 * @threads: the records are of threads
 * @records: printed so far
 */
struct report {
	struct cli *cli;
	enum format format;
	const struct column *columns;
	size_t count;
	const char *list;
	const char *kind;
	uint64_t time_ns;
	bool rates;
	uint64_t interval_ns;
	bool threads;
	size_t records;
};

/**
 * report_begin() - print what comes before the first record
 * @report: the report
 */
void report_begin(struct report *report);

/**
 * report_sample() - print a task
 * @report: the report
 * @sample: the task
 *
 * Return: 0; -ENOMEM.
 */
int report_sample(struct report *report, const struct sample *sample);

/**
 * report_end() - print what comes after the last record
 * @report: the report
 */
void report_end(struct report *report);

/**
 * report_header() - heading of a column of the table
 * @report: in a list of threads, "PID" is still the process
 * @column: the column
 * @header: gets it
 */
void report_header(const struct report *report, const struct column *column,
		   char header[static COLUMN_HEADER_SIZE]);

/**
 * report_value() - value in the table
 * @report: the table; if lines are cut, so are names of users
 * @column: its column
 * @sample: the task
 * @text: gets it
 */
void report_value(const struct report *report, const struct column *column,
		  const struct sample *sample, char text[static COLUMN_TEXT_SIZE]);

/**
 * report_json() - print a JSON value
 * @cli: where to
 * @value: the value; NULL is null
 *
 * Characters that a terminal would act on are escaped.
 *
 * Return: 0; -ENOMEM.
 */
int report_json(struct cli *cli, struct json_object *value);

/**
 * report_csv_value() - print a value of a CSV line, quoted where it has to be
 * @cli: where to
 * @text: the value
 */
void report_csv_value(struct cli *cli, const char *text);

#endif
