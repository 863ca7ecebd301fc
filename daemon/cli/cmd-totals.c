// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter totals: what all exited processes of each cgroup or user did. */
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/line.h"
#include "cli/number.h"
#include "cli/report.h"
#include "cli/total.h"
#include "common/json.h"
#include "common/suggest.h"
#include "common/text.h"
#include "common/units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* There are no more numbers than this in a total. */
#define COLUMNS_MOST	(sizeof(struct taskmeter_total) / sizeof(uint64_t))
#define HEADER_SIZE	32
#define WIDTH_LEAST	7

/**
 * struct listing - what was asked for
 * @cli: the world
 * @kind: &enum taskmeter_total_kind
 * @format: &enum format
 * @sort: by this number
 * @descending: the greatest first
 * @limit: how many are printed
 * @columns: numbers of each
 * @count: how many of these
 */
struct listing {
	struct cli *cli;
	uint32_t kind;
	enum format format;
	const struct total_field *sort;
	bool descending;
	uint64_t limit;
	const struct total_field *columns[COLUMNS_MOST];
	size_t count;
};

static bool by_cgroup(const struct listing *listing)
{
	return listing->kind == TASKMETER_TOTAL_CGROUP;
}

/* What a total is of, to be freed with free(); NULL if there is no memory. */
static char *make_name(const struct listing *listing, const struct total *total)
{
	struct cli *cli = listing->cli;
	const char *raw = total->path;
	char *name = NULL;

	if (!by_cgroup(listing))
		raw = users_name(&cli->users, (uint32_t)total->total.id);
	if (total->total.flags & TASKMETER_TOTAL_OTHER)
		return strdup("(others)");
	if (raw) {
		name = malloc(TEXT_TERMINAL_SIZE(strlen(raw)));
		if (name)
			text_for_terminal(raw, strlen(raw), cli->utf8, name,
					  TEXT_TERMINAL_SIZE(strlen(raw)));
	} else if (asprintf(&name, "%s%" PRIu64, by_cgroup(listing) ? "cgroup " : "",
			    (uint64_t)total->total.id) < 0) {
		name = NULL;
	}
	return name;
}

static void print_quantity(const struct taskmeter_total *total,
			   const struct total_field *field, char text[static UNIT_SIZE])
{
	const struct tm_field *member = tm_field_find(field->name);
	enum unit unit = member ? unit_of_field(member) : UNIT_NUMBER;

	if (unit == UNIT_NS)
		unit_duration_short(total_value(total, field), text);
	else if (unit == UNIT_BYTES)
		unit_bytes_short(total_value(total, field), text);
	else
		unit_number_short(total_value(total, field), text);
}

/* A number that is printed only if it is asked for has its name for a heading. */
static int make_header(const struct total_field *column, char header[static HEADER_SIZE])
{
	size_t i;

	snprintf(header, HEADER_SIZE, "%s", column->header ? column->header : column->name);
	for (i = 0; header[i]; i++)
		header[i] = (char)toupper((unsigned char)header[i]);
	if (column->header)
		return column->width;
	return i > WIDTH_LEAST ? (int)i : WIDTH_LEAST;
}

static void text_begin(const struct listing *listing)
{
	char header[HEADER_SIZE];
	struct line line;
	size_t i;
	int width;

	line_begin(&line);
	for (i = 0; i < listing->count; i++) {
		width = make_header(listing->columns[i], header);
		line_add_value(&line, header, width, false);
	}
	line_add_value(&line, by_cgroup(listing) ? "CGROUP" : "USER", -6, true);
	line_cut(&line, listing->cli);
	cli_header(listing->cli, line.text);
}

static int text_total(const struct listing *listing, const struct total *total)
{
	bool removed = total->total.flags & TASKMETER_TOTAL_REMOVED;
	char header[HEADER_SIZE], text[UNIT_SIZE], *name;
	struct line line;
	size_t i;

	name = make_name(listing, total);
	if (!name)
		return -ENOMEM;
	line_begin(&line);
	for (i = 0; i < listing->count; i++) {
		print_quantity(&total->total, listing->columns[i], text);
		line_add_value(&line, text, make_header(listing->columns[i], header), false);
	}
	line_add_value(&line, name, -6, !removed);
	if (removed)
		line_add_value(&line, "(removed)", -9, true);
	line_cut(&line, listing->cli);
	fprintf(listing->cli->out, "%s\n", line.text);
	free(name);
	return 0;
}

/* A string made valid UTF-8, NULL if there is no memory. */
static struct json_object *new_text(const char *text)
{
	size_t size = TEXT_UTF8_SIZE(strlen(text));
	struct json_object *value;
	char *utf8 = malloc(size);

	if (!utf8)
		return NULL;
	text_to_utf8(text, strlen(text), utf8, size);
	value = json_object_new_string(utf8);
	free(utf8);
	return value;
}

static int add_text(struct json_object *object, const char *key, const char *text)
{
	struct json_object *value = text ? new_text(text) : NULL;

	return text && !value ? -ENOMEM : json_add(object, key, value);
}

static int add_flag(struct json_object *object, const char *key, bool is)
{
	struct json_object *value = json_object_new_boolean(is);

	return value ? json_add(object, key, value) : -ENOMEM;
}

/* Whose it is; a total of others is nobody's. */
static int add_identity(const struct listing *listing, const struct total *total,
			struct json_object *object)
{
	const char *key = by_cgroup(listing) ? "cgroup_id" : "uid";
	bool other = total->total.flags & TASKMETER_TOTAL_OTHER;
	const char *name = NULL;
	int r;

	r = other ? json_add(object, key, NULL) :
		    json_add_number(object, key, total->total.id);
	if (!by_cgroup(listing) && !other)
		name = users_name(&listing->cli->users, (uint32_t)total->total.id);
	if (!r)
		r = by_cgroup(listing) ? add_text(object, "cgroup_path", total->path) :
					 add_text(object, "user", name);
	if (!r)
		r = add_flag(object, "other", other);
	return r ? r : add_flag(object, "removed",
				total->total.flags & TASKMETER_TOTAL_REMOVED);
}

static int make_object(const struct listing *listing, const struct total *total,
		       struct json_object **ret_object)
{
	struct json_object *object = json_object_new_object();
	size_t i;
	int r;

	if (!object)
		return -ENOMEM;
	r = add_identity(listing, total, object);
	for (i = 0; !r && i < listing->count; i++)
		r = json_add_number(object, listing->columns[i]->name,
				    total_value(&total->total, listing->columns[i]));
	if (r) {
		json_object_put(object);
		return r;
	}
	*ret_object = object;
	return 0;
}

static int json_total(const struct listing *listing, const struct total *total, bool first)
{
	struct json_object *object;
	int r = make_object(listing, total, &object);

	if (r)
		return r;
	fputs(first ? "\n" : ",\n", listing->cli->out);
	r = report_json(listing->cli, object);
	json_object_put(object);
	return r;
}

/* Whatever is in a name, on a terminal it is escaped. */
static int csv_value(struct cli *cli, struct json_object *value)
{
	const char *text = json_object_get_string(value);
	char *escaped;
	size_t size;

	if (!cli->terminal) {
		report_csv_value(cli, text);
		return 0;
	}
	size = TEXT_TERMINAL_SIZE(strlen(text));
	escaped = malloc(size);
	if (!escaped)
		return -ENOMEM;
	text_for_terminal(text, size, cli->utf8, escaped, size);
	report_csv_value(cli, escaped);
	free(escaped);
	return 0;
}

/* The values of JSON, or their names. */
static int csv_line(struct cli *cli, struct json_object *object, bool names)
{
	const char *comma = "";
	int r = 0;

	json_object_object_foreach(object, key, value) {
		fputs(comma, cli->out);
		if (names)
			fputs(key, cli->out);
		else if (value && !r)
			r = csv_value(cli, value);
		comma = ",";
	}
	fputs("\n", cli->out);
	return r;
}

static int csv_total(const struct listing *listing, const struct total *total, bool names)
{
	struct json_object *object;
	int r = make_object(listing, total, &object);

	if (r)
		return r;
	r = csv_line(listing->cli, object, names);
	json_object_put(object);
	return r;
}

/* The line of names does not depend on the total. */
static int print_begin(const struct listing *listing)
{
	const struct total none = { 0 };

	switch (listing->format) {
	case FORMAT_TEXT:
		text_begin(listing);
		break;
	case FORMAT_JSON:
		fputs("{\"totals\": [", listing->cli->out);
		break;
	case FORMAT_CSV:
		return listing->cli->no_header ? 0 : csv_total(listing, &none, true);
	}
	return 0;
}

static int print_total(const struct listing *listing, const struct total *total, bool first)
{
	switch (listing->format) {
	case FORMAT_TEXT:
		return text_total(listing, total);
	case FORMAT_JSON:
		return json_total(listing, total, first);
	case FORMAT_CSV:
		return csv_total(listing, total, false);
	}
	return 0;
}

static int print(const struct listing *listing, const struct totals *totals)
{
	size_t i;
	int r = print_begin(listing);

	for (i = 0; !r && i < totals->count && i < listing->limit; i++) {
		if (!cli_written(listing->cli))
			return 0;
		r = print_total(listing, &totals->totals[i], !i);
	}
	if (!r && listing->format == FORMAT_JSON)
		fputs("\n]}\n", listing->cli->out);
	return r;
}

static int fail(const struct listing *listing, struct tm_meter *meter, int error)
{
	if (error == -EOPNOTSUPP)
		return client_too_old(listing->cli);
	if (error == -ENOMEM) {
		cli_error(listing->cli, "no memory");
		return CLI_FAILED;
	}
	if (error != -EPERM && error != -EACCES)
		return client_fail(listing->cli, meter, error);
	cli_error(listing->cli, "not permitted: totals are shown to who has CAP_PERFMON over the initial user namespace, in the initial pid namespace; run as root of the machine");
	return CLI_NOT_PERMITTED;
}

static int totals_run(const struct listing *listing)
{
	struct totals totals = { 0 };
	struct tm_meter *meter;
	int status, r;

	status = client_open(listing->cli, &meter);
	if (status)
		return status;
	r = totals_read(&totals, meter, listing->kind);
	if (!r) {
		totals_sort(&totals, listing->sort, listing->descending);
		r = print(listing, &totals);
	}
	if (r)
		status = fail(listing, meter, r);
	totals_release(&totals);
	tm_close(meter);
	return status;
}

static const char *suggest_field(const char *name)
{
	const struct total_field *fields;
	struct suggestion suggestion;
	size_t count, i;

	suggest_init(&suggestion, name, strlen(name));
	fields = total_fields(&count);
	for (i = 0; i < count; i++)
		suggest_offer(&suggestion, fields[i].name);
	return suggestion.best;
}

static int find_field(struct listing *listing, const char *argument,
		      const struct total_field **ret_field)
{
	const char *near;

	*ret_field = total_field_find(argument);
	if (*ret_field)
		return 0;
	near = suggest_field(argument);
	if (near)
		cli_error(listing->cli, "totals have no field '%s'; did you mean '%s'?",
			  argument, near);
	else
		cli_error(listing->cli, "totals have no field '%s'; see taskmeter-totals(1)",
			  argument);
	return -EINVAL;
}

static int set_sort(struct listing *listing, const char *argument)
{
	listing->descending = *argument == '-';
	return find_field(listing, argument + listing->descending, &listing->sort);
}

/* One that is named twice counts once. */
static void add_column(struct listing *listing, const struct total_field *field)
{
	size_t i;

	for (i = 0; i < listing->count; i++)
		if (listing->columns[i] == field)
			return;
	listing->columns[listing->count++] = field;
}

static int set_columns(struct listing *listing, const char *argument)
{
	const struct total_field *field;
	size_t length;
	char *name;
	int r;

	listing->count = 0;
	for (;; argument += length + 1) {
		length = strcspn(argument, ",");
		name = strndup(argument, length);
		if (!name) {
			cli_error(listing->cli, "no memory");
			return -ENOMEM;
		}
		r = find_field(listing, name, &field);
		free(name);
		if (r)
			return r;
		add_column(listing, field);
		if (!argument[length])
			return 0;
	}
}

/* Without a choice, what a table has room for; for programs, everything. */
static void set_default_columns(struct listing *listing)
{
	const struct total_field *fields;
	size_t count, i;

	fields = total_fields(&count);
	for (i = 0; i < count; i++)
		if (fields[i].header || listing->format != FORMAT_TEXT)
			add_column(listing, &fields[i]);
}

static int set_limit(struct listing *listing, const char *argument)
{
	if (!number_parse(argument, 1, UINT32_MAX, &listing->limit))
		return 0;
	cli_error(listing->cli, "'%s' is not a number of lines", argument);
	return -EINVAL;
}

static int set_width(struct listing *listing, const char *argument)
{
	uint64_t width;

	if (number_parse(argument, 0, INT_MAX, &width)) {
		cli_error(listing->cli, "'%s' is not a width", argument);
		return -EINVAL;
	}
	listing->cli->width = (unsigned int)width;
	return 0;
}

static int handle(struct cli *cli, void *context, int key, const char *argument)
{
	struct listing *listing = context;

	switch (key) {
	case 's':
		return set_sort(listing, argument);
	case 'n':
		return set_limit(listing, argument);
	case 'o':
		return set_columns(listing, argument);
	case 'w':
		return set_width(listing, argument);
	case OPTION_NO_HEADER:
		cli->no_header = true;
		return 0;
	default:
		return options_format(key, &listing->format);
	}
}

static int set_kind(struct listing *listing, int count, char **words)
{
	if (count == 1 && !strcmp(words[0], "cgroup"))
		listing->kind = TASKMETER_TOTAL_CGROUP;
	else if (count == 1 && !strcmp(words[0], "user"))
		listing->kind = TASKMETER_TOTAL_UID;
	else
		count = 0;
	if (count)
		return 0;
	cli_error(listing->cli, "totals takes what they are of, cgroup or user");
	return -EINVAL;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct listing listing = {
		.cli = cli,
		.sort = total_field_find("run_ns"),
		.descending = true,
		.limit = UINT64_MAX,
	};
	int first, r;

	r = options_parse(cli, &command_totals, argc, argv, handle, &listing, &first);
	if (r > 0)
		return CLI_OK;
	if (!r)
		r = set_kind(&listing, argc - first, argv + first);
	if (!listing.count)
		set_default_columns(&listing);
	return r ? CLI_USAGE : totals_run(&listing);
}

static const struct option_spec options[] = {
	{ 's', "sort", "FIELD", "sort by a field, with - before it the greatest first" },
	{ 'n', "limit", "NUMBER", "no more lines than this" },
	{ 'o', "fields", "FIELDS", "numbers to print, separated by commas" },
	{ 'w', "width", "COLUMNS", "cut lines to this width, 0 not to cut them" },
	OPTION_OF_LISTS,
	OPTIONS_EVERY_COMMAND
};

const struct command command_totals = {
	.name = "totals",
	.arguments = "cgroup | user",
	.summary = "sum up what exited processes did, by cgroup or by user",
	.options = options,
	.run = run,
};
