/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of taskmeterd: which settings, and what to do with them. */
#ifndef TASKMETERD_COMMAND_LINE_H
#define TASKMETERD_COMMAND_LINE_H

#include "config.h"

/**
 * struct command_line - what was asked for
 * @config_file: or NULL for the usual one
 * @check: only check the settings
 * @given: settings
 */
struct command_line {
	const char *config_file;
	bool check;
	struct config_given given;
};

/**
 * command_line_parse() - read it; what is wrong is told on standard error
 * @argc: of main()
 * @argv: likewise; has to stay
 * @ret_line: what was asked for
 *
 * Return: 0 to go on; 1 if that was all, as with --help; -EINVAL.
 */
int command_line_parse(int argc, char **argv, struct command_line *ret_line);

#endif
