/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a process ended, and its command line, as people read them. */
#ifndef TASKMETER_CLI_EXIT_TEXT_H
#define TASKMETER_CLI_EXIT_TEXT_H

#include "common/text.h"

#include <stdbool.h>
#include <taskmeter/taskmeter.h>

struct cli;

/* Room for how a process ended, and for a command line with what may be behind it. */
#define EXIT_TEXT_SIZE		32
#define EXIT_COMMAND_SIZE	(TEXT_TERMINAL_SIZE(TASKMETER_COMMAND_LINE_LEN) + 8)

/**
 * exit_text_how() - how a process ended
 * @exit: of the process
 * @text: gets "exit 3", "SIGKILL", "SIGSEGV core" or "OOM"
 */
void exit_text_how(const struct taskmeter_exit *exit, char text[static EXIT_TEXT_SIZE]);

/**
 * exit_text_signal() - name of a signal
 * @signal: its number
 * @text: gets "SIGKILL", "SIGRTMIN+3", or "signal 99" if it has none
 */
void exit_text_signal(int signal, char text[static EXIT_TEXT_SIZE]);

/**
 * struct command_words - what is known of what a process executed
 * @flags: &enum taskmeter_exit_flags
 * @line: arguments, each ended by a NUL
 * @length: bytes of them, at most TASKMETER_COMMAND_LINE_LEN
 * @comm: name of the process, TASKMETER_COMM_LEN bytes
 */
struct command_words {
	uint32_t flags;
	const uint8_t *line;
	size_t length;
	const char *comm;
};

/**
 * exit_text_command() - arguments with blanks between them
 * @cli: knows the terminal
 * @words: the arguments
 * @exact: as they are, made UTF-8, if standard output is no terminal
 * @text: gets them, each as text_for_terminal() makes it, and "..." if there were more;
 *	"[comm]" if there are none or they are not known
 */
void exit_text_command(const struct cli *cli, const struct command_words *words,
		       bool exact, char text[static EXIT_COMMAND_SIZE]);

#endif
