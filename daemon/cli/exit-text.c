// SPDX-License-Identifier: GPL-2.0-or-later
/* See exit-text.h. */
#include "cli/exit-text.h"

#include "cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* The C library of Debian 11 has no sigabbrev_np(). */
static const char *const signals[] = {
	[SIGHUP] = "HUP", [SIGINT] = "INT", [SIGQUIT] = "QUIT", [SIGILL] = "ILL",
	[SIGTRAP] = "TRAP", [SIGABRT] = "ABRT", [SIGBUS] = "BUS", [SIGFPE] = "FPE",
	[SIGKILL] = "KILL", [SIGUSR1] = "USR1", [SIGSEGV] = "SEGV", [SIGUSR2] = "USR2",
	[SIGPIPE] = "PIPE", [SIGALRM] = "ALRM", [SIGTERM] = "TERM",
	[SIGSTKFLT] = "STKFLT", [SIGCHLD] = "CHLD", [SIGCONT] = "CONT",
	[SIGSTOP] = "STOP", [SIGTSTP] = "TSTP", [SIGTTIN] = "TTIN", [SIGTTOU] = "TTOU",
	[SIGURG] = "URG", [SIGXCPU] = "XCPU", [SIGXFSZ] = "XFSZ", [SIGVTALRM] = "VTALRM",
	[SIGPROF] = "PROF", [SIGWINCH] = "WINCH", [SIGIO] = "IO", [SIGPWR] = "PWR",
	[SIGSYS] = "SYS",
};

void exit_text_signal(int signal, char text[static EXIT_TEXT_SIZE])
{
	const int count = sizeof(signals) / sizeof(*signals);

	if (signal > 0 && signal < count && signals[signal])
		snprintf(text, EXIT_TEXT_SIZE, "SIG%s", signals[signal]);
	else if (signal == SIGRTMIN)
		snprintf(text, EXIT_TEXT_SIZE, "SIGRTMIN");
	else if (signal > SIGRTMIN && signal <= SIGRTMAX)
		snprintf(text, EXIT_TEXT_SIZE, "SIGRTMIN+%d", signal - SIGRTMIN);
	else
		snprintf(text, EXIT_TEXT_SIZE, "signal %d", signal);
}

void exit_text_how(const struct taskmeter_exit *exit, char text[static EXIT_TEXT_SIZE])
{
	if (exit->flags & TASKMETER_EXIT_OOM) {
		strcpy(text, "OOM");
	} else if (WIFEXITED(exit->status)) {
		snprintf(text, EXIT_TEXT_SIZE, "exit %d", WEXITSTATUS(exit->status));
	} else {
		exit_text_signal(WTERMSIG(exit->status), text);
		if (WCOREDUMP(exit->status))
			strcat(text, " core");
	}
}

static size_t add_argument(const struct cli *cli, const char *argument, size_t length,
			   bool exact, char *text, size_t size)
{
	if (exact && !cli->terminal)
		return text_to_utf8(argument, length, text, size);
	return text_for_terminal(argument, length, cli->utf8, text, size);
}

void exit_text_command(const struct cli *cli, const struct command_words *words,
		       bool exact, char text[static EXIT_COMMAND_SIZE])
{
	const char *line = (const char *)words->line;
	size_t used = 0, length, i;

	if (!(words->flags & TASKMETER_EXIT_COMMAND_LINE) || !words->length) {
		text[used++] = '[';
		used += add_argument(cli, words->comm, TASKMETER_COMM_LEN, exact,
				     text + used, EXIT_COMMAND_SIZE - used);
		strcpy(text + used, "]");
		return;
	}
	for (i = 0; i < words->length; i += length + 1) {
		if (i)
			text[used++] = ' ';
		length = strnlen(line + i, words->length - i);
		used += add_argument(cli, line + i, length, exact, text + used,
				     EXIT_COMMAND_SIZE - used);
	}
	if (words->flags & TASKMETER_EXIT_COMMAND_LINE_CUT)
		strcpy(text + used, "...");
}
