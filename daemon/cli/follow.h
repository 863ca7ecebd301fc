/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A subscription to events, followed until somebody wants an end of it. */
#ifndef TASKMETER_CLI_FOLLOW_H
#define TASKMETER_CLI_FOLLOW_H

#include "cli/cli.h"

/**
 * follow_open() - subscribe
 * @cli: the world
 * @types: &enum taskmeter_event, bits
 * @flags: of tm_events_new()
 * @cursor: of tm_events_new()
 * @ret_events: for follow_run()
 *
 * Return: CLI_OK or another &enum cli_status, with what went wrong said.
 */
int follow_open(struct cli *cli, uint32_t types, uint32_t flags, uint64_t cursor,
		struct tm_events **ret_events);

/**
 * follow_run() - take up events as they come, and end the subscription
 * @cli: the world; its output is written out whenever there is no event at hand
 * @events: the subscription
 * @take: called for each event: 0 to go on, 1 to stop, negative errno to fail
 * @context: for @take
 *
 * Return: CLI_OK when it was ended by a signal, by @take or by whoever reads the output;
 * or another &enum cli_status, with what went wrong said.
 */
int follow_run(struct cli *cli, struct tm_events *events,
	       int (*take)(void *context, const struct tm_event *event), void *context);

#endif
