/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands and their options as tables: one table is what is parsed, what is
 * suggested, and what --help prints.
 */
#ifndef TASKMETER_CLI_OPTIONS_H
#define TASKMETER_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct cli;

/* Keys of options that have no letter, and those of every command. */
enum {
	OPTION_JSON = 256,
	OPTION_CSV,
	OPTION_COMM,
	OPTION_EXACT_RSS,
	OPTION_PSS,
	OPTION_PSS_BUDGET,
	OPTION_FAILED,
	OPTION_OOM,
	OPTION_HISTOGRAMS,
	OPTION_NO_HEADER,
	OPTION_VIEW,
};

/**
 * struct option_spec - an option; a table ends with one that has no name
 * @key: its letter, or a number from 256 on
 * @name: long name
 * @argument: name of its argument, or NULL
 * @help: one line
 */
struct option_spec {
	int key;
	const char *name;
	const char *argument;
	const char *help;
};

#define OPTION_OF_LISTS							\
	{ OPTION_NO_HEADER, "no-header", NULL, "print no line of headings or names first" }

#define OPTIONS_EVERY_COMMAND						\
	{ OPTION_JSON, "json", NULL, "print JSON" },			\
	{ OPTION_CSV, "csv", NULL, "print comma-separated values" },	\
	{ 'h', "help", NULL, "print this help" },			\
	{ 0, NULL, NULL, NULL }

/**
 * enum format - what a command prints
 * @FORMAT_TEXT: for people
 * @FORMAT_JSON: one JSON document
 * @FORMAT_CSV: comma-separated values as of RFC 4180
 */
enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_CSV,
};

/**
 * struct command - one command
 * @name: as on the command line
 * @arguments: what follows its options, or ""
 * @summary: one line
 * @options: table, or NULL
 * @in_order: its options end where the other arguments begin: what follows is another's
 * @run: called with the command's name as argv[0]; returns &enum cli_status
 */
struct command {
	const char *name;
	const char *arguments;
	const char *summary;
	const struct option_spec *options;
	bool in_order;
	int (*run)(struct cli *cli, int argc, char **argv);
};

/**
 * options_parse() - the options of a command
 * @cli: errors and help are printed there
 * @command: the command
 * @argc: of the command
 * @argv: of the command; other arguments are moved to its end, but if they are @in_order
 * @handle: called for each option but --help: 0, or -EINVAL after it said what
 *	is wrong with the argument; NULL if there is no other
 * @context: for @handle
 * @ret_first: where the other arguments begin in @argv
 *
 * Return: 0; 1 if help was asked for and printed; -EINVAL if something is wrong
 * with the options, which was said.
 */
int options_parse(struct cli *cli, const struct command *command, int argc,
		  char **argv,
		  int (*handle)(struct cli *cli, void *context, int key,
				const char *argument),
		  void *context, int *ret_first);

/**
 * options_print_help() - what --help prints
 * @cli: where to
 * @command: the command
 */
void options_print_help(struct cli *cli, const struct command *command);

/**
 * options_format() - take up --json and --csv
 * @key: of an option
 * @ret_format: set if it is one of these; the last one given holds
 *
 * Return: 0 if it was one of these; -ENOENT if not.
 */
int options_format(int key, enum format *ret_format);

#endif
