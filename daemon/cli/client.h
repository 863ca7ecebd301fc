/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to the module: opens it, and turns what can go wrong into a message
 * that says what to do, and an exit status.
 */
#ifndef TASKMETER_CLI_CLIENT_H
#define TASKMETER_CLI_CLIENT_H

#include "cli/cli.h"

/**
 * client_status() - the exit status for an error
 * @cli: says what it means if it has a status of its own
 * @error: negative errno
 *
 * Return: &enum cli_status; CLI_FAILED, with nothing said, if it has none.
 */
int client_status(struct cli *cli, int error);

/**
 * client_open() - open the meter
 * @cli: says what went wrong
 * @ret_meter: the meter
 *
 * Return: CLI_OK or another &enum cli_status.
 */
int client_open(struct cli *cli, struct tm_meter **ret_meter);

/**
 * client_fail() - say why a call of the library failed
 * @cli: where to
 * @meter: its meter
 * @error: negative errno
 *
 * Return: &enum cli_status.
 */
int client_fail(struct cli *cli, const struct tm_meter *meter, int error);

/**
 * client_blind() - whether the caller cannot see anything
 * @meter: the meter
 *
 * Return: true if neither rule by which processes are visible applies to it.
 */
bool client_blind(struct tm_meter *meter);

/**
 * client_shown_exits() - whether the caller sees exit records and events of processes
 *	of its user namespace
 * @meter: the meter
 *
 * Return: false if the rule for those who have the capability does not apply to it,
 * which is the only one by which they are shown.
 */
bool client_shown_exits(struct tm_meter *meter);

/**
 * client_exits_not_permitted() - say that exits and events are not shown, and what to do
 * @cli: where to
 *
 * Return: CLI_NOT_PERMITTED.
 */
int client_exits_not_permitted(struct cli *cli);

/**
 * client_too_old() - say that the module knows no exit log, totals and events
 * @cli: where to
 *
 * Return: CLI_FAILED.
 */
int client_too_old(struct cli *cli);

/**
 * client_not_permitted() - say that, and what to do
 * @cli: where to
 *
 * Return: CLI_NOT_PERMITTED.
 */
int client_not_permitted(struct cli *cli);

#endif
