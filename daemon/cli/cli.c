// SPDX-License-Identifier: GPL-2.0-or-later
/* See cli.h. Options before the command, and what is done after it. */
#include "cli/cli.h"

#include "cli/commands.h"
#include "common/suggest.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* In one piece, as standard error may be shared with other programs. */
void cli_error(struct cli *cli, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fprintf(cli->err, "taskmeter: %s\n", text);
}

bool cli_written(struct cli *cli)
{
	if (ferror(cli->out) && !cli->write_error)
		cli->write_error = errno ? errno : EIO;
	return !cli->write_error;
}

void cli_heading(struct cli *cli, const char *text)
{
	fprintf(cli->out, cli->color ? "\033[1m%s\033[0m\n" : "%s\n", text);
}

void cli_header(struct cli *cli, const char *text)
{
	if (!cli->no_header)
		cli_heading(cli, text);
}

/* A reader that went away knows that; all else has to be said. */
static int finish(struct cli *cli, int status)
{
	errno = 0;
	fflush(cli->out);
	if (cli_written(cli))
		return status;
	if (cli->write_error != EPIPE)
		cli_error(cli, "cannot write: %s", strerror(cli->write_error));
	return status ? status : CLI_FAILED;
}

static int unknown_option(struct cli *cli, const char *word)
{
	struct suggestion suggestion;

	suggest_init(&suggestion, word, strlen(word));
	suggest_offer(&suggestion, "--help");
	suggest_offer(&suggestion, "--version");
	if (suggestion.best)
		cli_error(cli, "there is no option '%s'; did you mean '%s'?",
			  word, suggestion.best);
	else
		cli_error(cli, "there is no option '%s' before a command; see 'taskmeter help'",
			  word);
	return CLI_USAGE;
}

/* Before a command there are only options that are done with at once. */
static int run_option(struct cli *cli, const char *word)
{
	if (!strcmp(word, "-h") || !strcmp(word, "--help"))
		commands_print(cli);
	else if (!strcmp(word, "-V") || !strcmp(word, "--version"))
		fprintf(cli->out, "taskmeter %s\n", TASKMETER_VERSION);
	else
		return unknown_option(cli, word);
	return CLI_OK;
}

static int run_default(struct cli *cli)
{
	const struct command *command = cli->terminal ? &command_top : &command_ps;
	char name[8], *argv[] = { name, NULL };

	strcpy(name, command->name);
	return command->run(cli, 1, argv);
}

static int run(struct cli *cli, int argc, char **argv)
{
	const struct command *command;

	if (argc < 2)
		return run_default(cli);
	if (argv[1][0] == '-')
		return run_option(cli, argv[1]);
	command = command_find(argv[1]);
	return command ? command->run(cli, argc - 1, argv + 1) :
			 command_unknown(cli, argv[1]);
}

int cli_run(struct cli *cli, int argc, char **argv)
{
	int status = finish(cli, run(cli, argc, argv));

	users_release(&cli->users);
	return status;
}
