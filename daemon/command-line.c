// SPDX-License-Identifier: GPL-2.0-or-later
/* See command-line.h. Each key of the settings is an option of that name. */
#include "command-line.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define FIXED	4

/* What getopt_long() gives for the first key. */
#define FIRST_KEY	256

static const struct option fixed[FIXED] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check-config", no_argument, NULL, 'C' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
};

static void print_usage(void)
{
	const char *key;
	size_t i;

	puts("Usage: taskmeterd [OPTION]...\n"
	     "Samples all processes through the taskmeter module and serves the figures.\n"
	     "\n"
	     "  -c, --config=FILE   settings, instead of " CONFIG_FILE "\n"
	     "      --KEY=VALUE     a setting, whatever the file and its drop-ins say\n"
	     "      --check-config  check the settings and end\n"
	     "  -h, --help          show this and end\n"
	     "  -V, --version       show the version and end\n"
	     "\n"
	     "Keys, and what they take:");
	for (i = 0; (key = config_key(i)); i++)
		printf("  %-18s %s\n", key, config_key_allowed(i));
	puts("\n"
	     "See taskmeterd(8), taskmeterd.conf(5), taskmeter-api(7).");
}

static void fill_options(struct option options[static FIXED + CONFIG_GIVEN_MAX + 1])
{
	const char *key;
	size_t i;

	memcpy(options, fixed, sizeof(fixed));
	for (i = 0; (key = config_key(i)); i++)
		options[FIXED + i] = (struct option) {
			key, required_argument, NULL, FIRST_KEY + (int)i,
		};
	options[FIXED + i] = (struct option) { NULL, 0, NULL, 0 };
}

static int give(struct config_given *given, const char *key, const char *value)
{
	size_t i;

	for (i = 0; i < given->count; i++) {
		if (!strcmp(given->key[i], key)) {
			fprintf(stderr, "taskmeterd: --%s is given twice\n", key);
			return -EINVAL;
		}
	}
	given->key[given->count] = key;
	given->value[given->count++] = value;
	return 0;
}

static int take(int c, struct command_line *line)
{
	switch (c) {
	case 'c':
		line->config_file = optarg;
		return 0;
	case 'C':
		line->check = true;
		return 0;
	case 'h':
		print_usage();
		return 1;
	case 'V':
		printf("taskmeterd %s\n", TASKMETER_VERSION);
		return 1;
	default:
		return c < FIRST_KEY ? -EINVAL :
		       give(&line->given, config_key((size_t)(c - FIRST_KEY)), optarg);
	}
}

int command_line_parse(int argc, char **argv, struct command_line *ret_line)
{
	struct option options[FIXED + CONFIG_GIVEN_MAX + 1];
	int c, r;

	*ret_line = (struct command_line) { .check = false };
	fill_options(options);
	while ((c = getopt_long(argc, argv, "c:hV", options, NULL)) >= 0) {
		r = take(c, ret_line);
		if (r)
			return r;
	}
	if (optind < argc) {
		fprintf(stderr, "taskmeterd: \"%s\" is not an option; see --help\n",
			argv[optind]);
		return -EINVAL;
	}
	return 0;
}
