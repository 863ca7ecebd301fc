/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard input, output and error where whoever started us has closed them. */
#ifndef TASKMETER_CLI_STANDARD_FILES_H
#define TASKMETER_CLI_STANDARD_FILES_H

/**
 * standard_files_hold() - let nothing else get the number of one of them
 *
 * Else the first socket that is opened would, and what is printed go there. Those that are
 * closed can still neither be read nor written, and are closed for a program that is run.
 *
 * Return: 0; negative errno.
 */
int standard_files_hold(void);

#endif
