/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the parser of taskmeterd.conf share: its state, kinds of values, and
 * keys as a table. A value is what one function says it is; that it is not allowed, and
 * what would be, is said here for all of them.
 */
#ifndef TASKMETERD_CONFIG_PARSE_H
#define TASKMETERD_CONFIG_PARSE_H

#include "config.h"

#include <errno.h>
#include <stdio.h>

#define CONFIG_LINE_MAX	4096
/* Most keys of one section. */
#define CONFIG_KEYS_MAX	16

/**
 * struct rule_draft - a rule that may come from several files
 * @file: where it stands first
 * @line: likewise
 * @section: file of the section that @seen is about
 * @begun: line of that section
 * @seen: by key, where it was given in that section; 0 if it was not
 * @given: bits by key: it was given anywhere
 */
struct rule_draft {
	const char *file;
	unsigned int line;
	const char *section;
	unsigned int begun;
	unsigned int seen[CONFIG_KEYS_MAX];
	unsigned int given;
};

/**
 * struct parser - the files so far
 * @config: settings
 * @error: why they are refused
 * @file: the file; names differ by their address
 * @line: in it
 * @seen: by key of [taskmeterd], where it was given in this file; 0 if it was not
 * @drafts: by rule of @config
 * @rule: section of which rule it is, NULL for [taskmeterd]
 */
struct parser {
	struct config *config;
	struct config_error *error;
	const char *file;
	unsigned int line;
	unsigned int seen[CONFIG_KEYS_MAX];
	struct rule_draft drafts[RULES_MAX];
	struct rule *rule;
};

/**
 * struct key - a key of a section
 * @name: the key
 * @allowed: what it takes
 * @parse: set the value, which it may change; 0, NOT_ALLOWED, refuse() or -ENOMEM
 */
struct key {
	const char *name;
	const char *allowed;
	int (*parse)(struct parser *parser, char *value);
};

#define refuse(parser, ...) \
	(snprintf((parser)->error->text, sizeof((parser)->error->text), __VA_ARGS__), \
	 -EINVAL)

/* Not a refusal with a text of its own: the caller says what the key allows. */
#define NOT_ALLOWED	(-EDOM)

/**
 * struct unit - a unit of a setting
 * @name: its name
 * @factor: how many of what the value is kept in
 */
struct unit {
	const char *name;
	uint64_t factor;
};

/**
 * parse_number() - a decimal number in a range; digits only, so no sign, blank or hex
 * @value: the text
 * @min: least that is allowed
 * @max: greatest
 * @ret_number: the number
 * @ret_rest: gets what is behind it; NULL if nothing may be
 *
 * Return: 0 or NOT_ALLOWED.
 */
int parse_number(const char *value, uint64_t min, uint64_t max, uint64_t *ret_number,
		 const char **ret_rest);

/**
 * parse_quantity() - a number and one of some units
 * @value: the text
 * @units: closed by one without a name
 * @min: least that is allowed, in what the factors are of
 * @max: greatest
 * @ret_quantity: how many of these
 *
 * Return: 0 or NOT_ALLOWED.
 */
int parse_quantity(const char *value, const struct unit *units, uint64_t min, uint64_t max,
		   uint64_t *ret_quantity);

/**
 * replace_text() - set a text
 * @target: what it was is freed
 * @value: copied
 *
 * Return: 0 or -ENOMEM.
 */
int replace_text(char **target, const char *value);

/**
 * strip_text() - without blanks at both ends
 * @text: is changed
 *
 * Return: its first byte that is none.
 */
char *strip_text(char *text);

/**
 * parse_setting() - a line "key = value"
 * @parser: the parser
 * @keys: keys of the section
 * @count: how many, at most CONFIG_KEYS_MAX
 * @seen: by key, the line where it was given before; set
 * @name: the key
 * @value: is changed
 *
 * Return: index of the key, -EINVAL with a text, or -ENOMEM.
 */
int parse_setting(struct parser *parser, const struct key *keys, size_t count,
		  unsigned int *seen, const char *name, char *value);

/* config.c: the section [taskmeterd]. */
int config_defaults(struct config *config);
int main_setting(struct parser *parser, const char *name, char *value);

/* config-rules.c: sections [rule NAME]; the name is what is behind "rule". */
int rule_section(struct parser *parser, const char *name);
int rule_setting(struct parser *parser, const char *name, char *value);

/* After all files: what is missing, and what does not go together. */
int rules_finish(struct parser *parser);

#endif
