/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to the module: opens it, and turns what can go wrong into a message
 * that says what to do, and an exit status.
 */
#ifndef TASKMETER_CLI_CLIENT_H
#define TASKMETER_CLI_CLIENT_H

#include "cli/cli.h"

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
 * client_not_permitted() - say that, and what to do
 * @cli: where to
 *
 * Return: CLI_NOT_PERMITTED.
 */
int client_not_permitted(struct cli *cli);

#endif
