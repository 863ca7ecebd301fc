// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter help: what there is, a command, or the fields of a record. */
#include "cli/cli.h"
#include "cli/column.h"
#include "cli/commands.h"

#include <errno.h>
#include <string.h>

static void print_fields(struct cli *cli)
{
	struct column column;
	size_t i;

	for (i = 0; i < column_count(); i++) {
		column = column_at(i);
		fprintf(cli->out, "%-26s  %s\n", column.name, column.help);
	}
}

static int help_of(struct cli *cli, const char *name)
{
	const struct command *command = command_find(name);

	if (!strcmp(name, "fields")) {
		print_fields(cli);
		return CLI_OK;
	}
	if (!command)
		return command_unknown(cli, name);
	options_print_help(cli, command);
	return CLI_OK;
}

static int run(struct cli *cli, int argc, char **argv)
{
	int first, r;

	r = options_parse(cli, &command_help, argc, argv, NULL, NULL,
			  &first);
	if (r)
		return r < 0 ? CLI_USAGE : CLI_OK;
	if (argc - first > 1) {
		cli_error(cli, "help takes one command");
		return CLI_USAGE;
	}
	if (argc - first == 1)
		return help_of(cli, argv[first]);
	commands_print(cli);
	return CLI_OK;
}

static const struct option_spec options[] = {
	{ 'h', "help", NULL, "print this help" },
	{ 0, NULL, NULL, NULL },
};

const struct command command_help = {
	.name = "help",
	.arguments = "[command | fields]",
	.summary = "tell of a command, or list the fields of a record",
	.options = options,
	.run = run,
};
