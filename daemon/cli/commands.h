/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands, each in a file of its own. */
#ifndef TASKMETER_CLI_COMMANDS_H
#define TASKMETER_CLI_COMMANDS_H

#include "cli/options.h"

extern const struct command command_events;
extern const struct command command_exits;
extern const struct command command_groups;
extern const struct command command_help;
extern const struct command command_hist;
extern const struct command command_info;
extern const struct command command_ps;
extern const struct command command_run;
extern const struct command command_set;
extern const struct command command_show;
extern const struct command command_top;
extern const struct command command_totals;

/* All of them in the order of the help; the last one is NULL. */
extern const struct command *const commands[];

/**
 * command_find() - a command by its name
 * @name: the name
 *
 * Return: the command or NULL.
 */
const struct command *command_find(const char *name);

/**
 * command_unknown() - say that there is no such command
 * @cli: where to
 * @name: the name; one that is near is suggested
 *
 * Return: CLI_USAGE.
 */
int command_unknown(struct cli *cli, const char *name);

/**
 * commands_print() - print what taskmeter is and its commands
 * @cli: where to
 */
void commands_print(struct cli *cli);

#endif
