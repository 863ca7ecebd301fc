// SPDX-License-Identifier: GPL-2.0-or-later
/* See options.h. The work is done by getopt_long(). */
#include "cli/options.h"

#include "cli/cli.h"
#include "common/suggest.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>

#define OPTIONS_HIGHEST	24

/* A table in the two forms that getopt_long() wants. */
struct getopt_tables {
	struct option longs[OPTIONS_HIGHEST + 1];
	char shorts[2 * OPTIONS_HIGHEST + 3];
};

/* A key is a letter as well as a long option if it can be typed as one. */
static int has_letter(const struct option_spec *spec)
{
	return spec->key < 256 && isalpha(spec->key);
}

/* @tables are all zero. */
static void make_tables(const struct command *command, struct getopt_tables *tables)
{
	const struct option_spec *specs = command->options;
	char *letter = tables->shorts;
	size_t i;

	if (command->in_order)
		*letter++ = '+';
	*letter++ = ':';
	for (i = 0; i < OPTIONS_HIGHEST && specs[i].name; i++) {
		tables->longs[i].name = specs[i].name;
		tables->longs[i].has_arg = specs[i].argument ? required_argument :
							       no_argument;
		tables->longs[i].val = specs[i].key;
		if (!has_letter(&specs[i]))
			continue;
		*letter++ = (char)specs[i].key;
		if (specs[i].argument)
			*letter++ = ':';
	}
}

static void complain_unknown(struct cli *cli, const struct command *command,
			     const char *word)
{
	const struct option_spec *spec;
	struct suggestion suggestion;

	/* Only long options are long enough to be mistyped. */
	word += strspn(word, "-");
	suggest_init(&suggestion, word, strcspn(word, "="));
	for (spec = command->options; spec->name; spec++)
		suggest_offer(&suggestion, spec->name);
	if (suggestion.best)
		cli_error(cli, "%s has no option '--%.*s'; did you mean '--%s'?",
			  command->name, (int)suggestion.length, word,
			  suggestion.best);
	else
		cli_error(cli, "%s has no option '--%.*s'; see 'taskmeter help %s'",
			  command->name, (int)suggestion.length, word,
			  command->name);
}

/* What getopt_long() did not understand, by the word that it stopped at. */
static int complain(struct cli *cli, const struct command *command, int found,
		    char **argv)
{
	const char *word = argv[optind - 1];

	if (found == ':')
		cli_error(cli, "option '%s' needs an argument", word);
	else if (optopt >= 256 || (optopt && !strncmp(word, "--", 2)))
		cli_error(cli, "option '%.*s' takes no argument",
			  (int)strcspn(word, "="), word);
	else if (optopt)
		cli_error(cli, "%s has no option '-%c'; see 'taskmeter help %s'",
			  command->name, optopt, command->name);
	else
		complain_unknown(cli, command, word);
	return -EINVAL;
}

int options_parse(struct cli *cli, const struct command *command, int argc,
		  char **argv,
		  int (*handle)(struct cli *cli, void *context, int key,
				const char *argument),
		  void *context, int *ret_first)
{
	struct getopt_tables tables = { .shorts = "" };
	int key, r;

	make_tables(command, &tables);
	opterr = 0;
	optind = 0;	/* glibc: begin anew */
	while ((key = getopt_long(argc, argv, tables.shorts, tables.longs,
				  NULL)) != -1) {
		if (key == '?' || key == ':')
			return complain(cli, command, key, argv);
		if (key == 'h') {
			options_print_help(cli, command);
			return 1;
		}
		r = handle(cli, context, key, optarg);
		if (r)
			return r;
	}
	*ret_first = optind;
	return 0;
}

static void print_option(struct cli *cli, const struct option_spec *spec)
{
	char left[64];

	snprintf(left, sizeof(left), "%c%c%c --%s%s%s",
		 has_letter(spec) ? '-' : ' ', has_letter(spec) ? spec->key : ' ',
		 has_letter(spec) ? ',' : ' ', spec->name,
		 spec->argument ? " " : "", spec->argument ? spec->argument : "");
	fprintf(cli->out, "  %-22s  %s\n", left, spec->help);
}

void options_print_help(struct cli *cli, const struct command *command)
{
	const struct option_spec *spec;

	fprintf(cli->out, "usage: taskmeter %s%s%s%s\n%s\n", command->name,
		command->options ? " [options]" : "",
		*command->arguments ? " " : "", command->arguments,
		command->summary);
	if (!command->options)
		return;
	fprintf(cli->out, "\n");
	for (spec = command->options; spec->name; spec++)
		print_option(cli, spec);
}

int options_format(int key, enum format *ret_format)
{
	if (key == OPTION_JSON)
		*ret_format = FORMAT_JSON;
	else if (key == OPTION_CSV)
		*ret_format = FORMAT_CSV;
	else
		return -ENOENT;
	return 0;
}
