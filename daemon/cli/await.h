/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for events, until somebody wants an end of it. */
#ifndef TASKMETER_CLI_AWAIT_H
#define TASKMETER_CLI_AWAIT_H

#include <stdbool.h>

/**
 * await_readable() - wait until a file descriptor is readable
 * @fd: the file descriptor; -1 to look at once whether this is to end
 *
 * From the first call on, SIGINT and SIGTERM end the waiting instead of the program, also
 * if they came between two calls; the second of a kind ends the program. Standard output
 * ends the waiting, too, when nobody reads it any more.
 *
 * Return: true if it is readable, or if there is nothing to wait for; false if this is
 * to end.
 */
bool await_readable(int fd);

#endif
