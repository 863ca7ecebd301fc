/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one process or thread that a command is about. */
#ifndef TASKMETER_CLI_TARGET_H
#define TASKMETER_CLI_TARGET_H

#include "cli/cli.h"

/**
 * struct target - a process or thread
 * @flags: TASKMETER_SNAPSHOT_THREADS if @pid is that of a thread, and other flags
 *	of tm_get()
 * @pid: its id
 */
struct target {
	uint32_t flags;
	uint32_t pid;
};

/**
 * target_parse() - the id on the command line
 * @cli: where to say what is wrong
 * @command: name of the command
 * @count: number of @words
 * @words: arguments that are no options
 * @target: its @pid is set
 *
 * Return: 0; -EINVAL if this is not one id, which was said.
 */
int target_parse(struct cli *cli, const char *command, int count, char **words,
		 struct target *target);

/**
 * target_fail() - say why the task could not be read
 * @cli: where to
 * @target: the task
 * @meter: where it was asked for
 * @error: negative errno
 *
 * Return: &enum cli_status.
 */
int target_fail(struct cli *cli, const struct target *target,
		struct tm_meter *meter, int error);

/**
 * target_title() - print what a record is about as a heading
 * @cli: where to
 * @record: the record
 */
void target_title(struct cli *cli, const struct taskmeter_record *record);

#endif
