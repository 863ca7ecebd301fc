// SPDX-License-Identifier: GPL-2.0-or-later
/* See commands.h. */
#include "cli/commands.h"

#include "cli/cli.h"
#include "common/suggest.h"

#include <string.h>

const struct command *const commands[] = {
	&command_top,
	&command_ps,
	&command_show,
	&command_hist,
	&command_groups,
	&command_exits,
	&command_events,
	&command_totals,
	&command_run,
	&command_info,
	&command_set,
	&command_help,
	NULL,
};

const struct command *command_find(const char *name)
{
	size_t i;

	for (i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

int command_unknown(struct cli *cli, const char *name)
{
	struct suggestion suggestion;
	size_t i;

	suggest_init(&suggestion, name, strlen(name));
	for (i = 0; commands[i]; i++)
		suggest_offer(&suggestion, commands[i]->name);
	if (suggestion.best)
		cli_error(cli, "there is no command '%s'; did you mean '%s'?",
			  name, suggestion.best);
	else
		cli_error(cli, "there is no command '%s'; see 'taskmeter help'",
			  name);
	return CLI_USAGE;
}

void commands_print(struct cli *cli)
{
	size_t i;

	fprintf(cli->out, "usage: taskmeter [--help | --version] [command [arguments]]\n"
			  "Scheduler and memory statistics of every process\n\n");
	for (i = 0; commands[i]; i++)
		fprintf(cli->out, "  %-6s  %s\n", commands[i]->name,
			commands[i]->summary);
	fprintf(cli->out, "\n'taskmeter help command' tells of a command and its options.\n"
			  "Without a command it is 'top' on a terminal, else 'ps'.\n");
}
