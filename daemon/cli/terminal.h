/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of where the output goes. */
#ifndef TASKMETER_CLI_TERMINAL_H
#define TASKMETER_CLI_TERMINAL_H

#include "cli/cli.h"

/**
 * terminal_look() - find out whether output goes to a terminal, and what that can
 * @cli: its @terminal, @width and @color are set
 * @fd: where it goes, -1 for what is no file
 */
void terminal_look(struct cli *cli, int fd);

#endif
