/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proportional set size, as "taskmeter show" tells of it: only if it is asked
 * for, as to read it stalls the process.
 */
#ifndef TASKMETER_CLI_SHOW_PSS_H
#define TASKMETER_CLI_SHOW_PSS_H

#include "cli/cli.h"
#include "cli/target.h"
#include "common/pss.h"

struct json_object;

/* Most that may be asked for, an hour. */
#define SHOW_PSS_BUDGET_HIGHEST_MS	3600000U

/**
 * struct show_pss - what is asked for, and what was read
 * @wanted: it is asked for
 * @budget_ns: what it may take
 * @known: @pss is filled in; else the process has no memory of its own
 * @pss: the figures
 */
struct show_pss {
	bool wanted;
	uint64_t budget_ns;
	bool known;
	struct pss pss;
};

/**
 * show_pss_budget() - the argument of --pss-budget
 * @cli: where to say what is wrong
 * @argument: milliseconds
 * @pss: gets it, and is wanted
 *
 * Return: 0; -EINVAL.
 */
int show_pss_budget(struct cli *cli, const char *argument, struct show_pss *pss);

/**
 * show_pss_read() - read it
 * @cli: the world; is told why not
 * @meter: the meter
 * @target: the task
 * @record: its record
 * @pss: filled in
 *
 * Return: CLI_OK or another &enum cli_status.
 */
int show_pss_read(struct cli *cli, struct tm_meter *meter, const struct target *target,
		  const struct taskmeter_record *record, struct show_pss *pss);

/* Print the section, add the key "pss", print names and values of CSV. */
void show_pss(struct cli *cli, const struct show_pss *pss);
int show_pss_json(const struct show_pss *pss, struct json_object *document);
void show_pss_csv_names(struct cli *cli);
void show_pss_csv_values(struct cli *cli, const struct show_pss *pss);

#endif
