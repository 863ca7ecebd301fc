// SPDX-License-Identifier: GPL-2.0-or-later
/* See column.h. Formats follow from the type and unit of a field. */
#include "cli/column.h"

#include "cli/start-time.h"
#include "cli/suggest.h"
#include "common/text.h"
#include "common/units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static const struct column derived[] = {
	{
		.name = "user",
		.help = "name of the real user, its id if it has no name",
		.kind = COLUMN_USER,
	},
	{
		.name = "rss_bytes",
		.help = "resident memory: anonymous, file and shared",
		.kind = COLUMN_RSS,
	},
};

#define N_DERIVED	(sizeof(derived) / sizeof(*derived))

/* Headings that are not just the name: those that admins know by another. */
static const struct {
	const char *name;
	const char *header;
} headers[] = {
	{ "run_ns",			"TIME" },
	{ "timeslices",			"SLICES" },
	{ "voluntary_switches",		"VCSW" },
	{ "involuntary_switches",	"ICSW" },
	{ "minor_faults",		"MINFLT" },
	{ "major_faults",		"MAJFLT" },
	{ "io_read_bytes",		"IO-R" },
	{ "io_write_bytes",		"IO-W" },
	{ "pid_namespace",		"PIDNS" },
	{ "start_time_ns",		"START" },
	{ "oom_score_adj",		"OOM-ADJ" },
};

size_t column_count(void)
{
	return record_key_count() + N_DERIVED;
}

static const char *flag_help(uint32_t flag)
{
	switch (flag) {
	case TASKMETER_RECORD_THREAD:
		return "is a thread, not a process";
	case TASKMETER_RECORD_KERNEL:
		return "is a kernel thread";
	case TASKMETER_RECORD_EXITING:
		return "is on its way out or a zombie";
	default:
		return "run delay, timeslices and migrations lack exited threads";
	}
}

struct column column_at(size_t index)
{
	struct column column = { .kind = COLUMN_KEY };

	if (index >= record_key_count())
		return derived[index - record_key_count()];
	column.key = record_key_at(index);
	column.name = column.key.name;
	column.help = column.key.field ? column.key.field->help :
					 flag_help(column.key.flag);
	return column;
}

static bool is_name(const char *known, const char *name, size_t length)
{
	return strlen(known) == length && !memcmp(known, name, length);
}

/* "rss" for "rss_bytes". */
static bool is_stem(const char *known, const char *name, size_t length)
{
	return !strncmp(known, name, length) &&
	       (!strcmp(known + length, unit_suffix(UNIT_BYTES)) ||
		!strcmp(known + length, unit_suffix(UNIT_NS)));
}

static int find(const char *name, size_t length, struct column *ret_column,
		bool (*is)(const char *known, const char *name, size_t length))
{
	struct column column;
	size_t i;

	for (i = 0; i < column_count(); i++) {
		column = column_at(i);
		if (is(column.name, name, length)) {
			*ret_column = column;
			return 0;
		}
	}
	return -ENOENT;
}

int column_find(const char *name, size_t length, struct column *ret_column)
{
	if (!length)
		return -ENOENT;
	return find(name, length, ret_column, is_name) ?
	       find(name, length, ret_column, is_stem) : 0;
}

static bool listed(const struct column *columns, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (columns[i].name == name)
			return true;
	return false;
}

int columns_parse(const char *list, struct column **ret_columns,
		  size_t *ret_count, const char **ret_bad)
{
	struct column *columns, column;
	size_t count = 0, length;

	columns = calloc(column_count(), sizeof(*columns));
	if (!columns)
		return -ENOMEM;
	for (;; list += length + 1) {
		length = strcspn(list, ",");
		if (column_find(list, length, &column)) {
			*ret_bad = list;
			free(columns);
			return -ENOENT;
		}
		if (!listed(columns, count, column.name))
			columns[count++] = column;
		if (!list[length])
			break;
	}
	*ret_columns = columns;
	*ret_count = count;
	return 0;
}

static enum unit unit_of(const struct column *column)
{
	if (column->kind == COLUMN_RSS)
		return UNIT_BYTES;
	return column->key.field ? unit_of_field(column->key.field) :
				   UNIT_NUMBER;
}

/* A name is near as well if it is so without its unit. */
static void offer(struct suggestion *suggestion, const struct column *column)
{
	size_t length = strlen(column->name) -
			strlen(unit_suffix(unit_of(column)));
	char stem[COLUMN_HEADER_SIZE];

	suggest_offer(suggestion, column->name);
	snprintf(stem, sizeof(stem), "%.*s", (int)length, column->name);
	suggest_offer(suggestion, stem);
	if (suggestion->best == stem)
		suggestion->best = column->name;
}

const char *column_suggest(const char *name, size_t length)
{
	struct suggestion suggestion;
	struct column column;
	size_t i;

	suggest_init(&suggestion, name, length);
	for (i = 0; i < column_count(); i++) {
		column = column_at(i);
		offer(&suggestion, &column);
	}
	return suggestion.best;
}

void column_header(const struct column *column,
		   char header[static COLUMN_HEADER_SIZE])
{
	size_t length = strlen(column->name) - strlen(unit_suffix(unit_of(column)));
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		if (!strcmp(headers[i].name, column->name)) {
			strcpy(header, headers[i].header);
			return;
		}
	}
	for (i = 0; i < length && i < COLUMN_HEADER_SIZE - 1; i++)
		header[i] = column->name[i] == '_' ? '-' :
				(char)toupper(column->name[i]);
	header[i] = '\0';
}

static bool is_start(const struct column *column)
{
	return column->key.field && !strcmp(column->name, "start_time_ns");
}

static int value_width(const struct column *column)
{
	const struct tm_field *field = column->key.field;

	if (column->kind == COLUMN_USER)
		return -10;
	if (column->kind == COLUMN_RSS)
		return 5;
	if (!field || field->type == TM_FIELD_STATE)
		return -3;
	if (field->type == TM_FIELD_STRING)
		return -(TASKMETER_COMM_LEN - 1);
	if (is_start(column))
		return START_TIME_SHORT;
	if (unit_of(column) == UNIT_BYTES)
		return 5;
	if (unit_of(column) == UNIT_NS)
		return 8;
	if (field->type == TM_FIELD_U64)
		return 7;
	return strlen(column->name) <= 4 ? 7 : 5;
}

int column_width(const struct column *column)
{
	char header[COLUMN_HEADER_SIZE];
	int width = value_width(column), least;

	column_header(column, header);
	least = (int)strlen(header);
	if (abs(width) >= least)
		return width;
	return width < 0 ? -least : least;
}

static bool column_available(const struct column *column,
			     const struct taskmeter_record *record)
{
	if (column->kind == COLUMN_RSS)
		return record->available & TASKMETER_AVAILABLE_MEMORY;
	return !column->key.field ||
	       tm_field_available(column->key.field, record);
}

static uint64_t rss(const struct taskmeter_record *record)
{
	return record->rss_anon_bytes + record->rss_file_bytes +
	       record->rss_shmem_bytes;
}

static void print_number(const struct column *column,
			 const struct taskmeter_record *record, char *text)
{
	const struct tm_field *field = column->key.field;

	if (field->type == TM_FIELD_S32)
		snprintf(text, COLUMN_TEXT_SIZE, "%" PRId64,
			 tm_field_s64(field, record));
	else
		snprintf(text, COLUMN_TEXT_SIZE, "%" PRIu64,
			 tm_field_u64(field, record));
}

static void print_name(struct cli *cli, const char *name, size_t length,
		       bool exact, char *text)
{
	if (exact && !cli->terminal)
		text_to_utf8(name, length, text, COLUMN_TEXT_SIZE);
	else
		text_for_terminal(name, length, cli->utf8, text,
				  COLUMN_TEXT_SIZE);
}

static void print_user(struct cli *cli, uint32_t uid, bool exact, char *text)
{
	const char *name = users_name(&cli->users, uid);

	if (name)
		print_name(cli, name, strlen(name), exact, text);
	else
		snprintf(text, COLUMN_TEXT_SIZE, "%u", uid);
}

static void print_flag(bool set, bool exact, char *text)
{
	if (exact)
		strcpy(text, set ? "true" : "false");
	else
		strcpy(text, set ? "yes" : "no");
}

/* What is no quantity; false if @column is one. */
static bool print_word(struct cli *cli, const struct column *column,
			 const struct taskmeter_record *record, bool exact,
			 char *text)
{
	const struct tm_field *field = column->key.field;
	char letter;

	if (column->kind == COLUMN_USER) {
		print_user(cli, record->uid, exact, text);
	} else if (column->kind == COLUMN_RSS) {
		return false;
	} else if (!field) {
		print_flag(record->flags & column->key.flag, exact, text);
	} else if (field->type == TM_FIELD_STATE) {
		letter = (char)tm_field_u64(field, record);
		print_name(cli, &letter, 1, exact, text);
	} else if (field->type == TM_FIELD_STRING) {
		print_name(cli, (const char *)record + field->offset,
			   field->size, exact, text);
	} else {
		return false;
	}
	return true;
}

static uint64_t quantity(const struct column *column,
			 const struct taskmeter_record *record)
{
	return column->kind == COLUMN_RSS ?
	       rss(record) : tm_field_u64(column->key.field, record);
}

void column_text(struct cli *cli, const struct column *column,
		 const struct taskmeter_record *record,
		 char text[static COLUMN_TEXT_SIZE])
{
	if (!column_available(column, record))
		strcpy(text, "-");
	else if (print_word(cli, column, record, false, text))
		return;
	else if (is_start(column))
		start_time_short(record->start_time_ns, text, COLUMN_TEXT_SIZE);
	else if (unit_of(column) == UNIT_BYTES)
		unit_bytes_short(quantity(column, record), text);
	else if (unit_of(column) == UNIT_NS)
		unit_duration_short(quantity(column, record), text);
	else if (column->key.field->counter)
		unit_number_short(quantity(column, record), text);
	else
		print_number(column, record, text);
}

void column_exact(struct cli *cli, const struct column *column,
		  const struct taskmeter_record *record,
		  char text[static COLUMN_TEXT_SIZE])
{
	if (!column_available(column, record))
		*text = '\0';
	else if (print_word(cli, column, record, true, text))
		return;
	else if (column->kind == COLUMN_RSS)
		snprintf(text, COLUMN_TEXT_SIZE, "%" PRIu64, rss(record));
	else
		print_number(column, record, text);
}

int column_json(struct cli *cli, const struct column *column,
		const struct taskmeter_record *record,
		struct json_object **ret_value)
{
	char text[COLUMN_TEXT_SIZE];

	*ret_value = NULL;
	if (column->kind == COLUMN_KEY)
		return record_value_to_json(record, &column->key, ret_value);
	if (!column_available(column, record))
		return 0;
	if (column->kind == COLUMN_RSS) {
		*ret_value = json_object_new_uint64(rss(record));
	} else {
		const char *name = users_name(&cli->users, record->uid);

		if (name)
			text_to_utf8(name, strlen(name), text, sizeof(text));
		else
			snprintf(text, sizeof(text), "%u", record->uid);
		*ret_value = json_object_new_string(text);
	}
	return *ret_value ? 0 : -ENOMEM;
}

static int compare_users(struct cli *cli, const struct taskmeter_record *a,
			 const struct taskmeter_record *b)
{
	char left[COLUMN_TEXT_SIZE], right[COLUMN_TEXT_SIZE];

	if (a->uid == b->uid)
		return 0;
	print_user(cli, a->uid, true, left);
	print_user(cli, b->uid, true, right);
	return strcmp(left, right);
}

int column_compare(struct cli *cli, const struct column *column,
		   bool descending, const struct taskmeter_record *a,
		   const struct taskmeter_record *b)
{
	bool has_a, has_b;
	int order;

	if (column->kind == COLUMN_KEY)
		return record_compare(&column->key, descending, a, b);
	has_a = column_available(column, a);
	has_b = column_available(column, b);
	if (has_a != has_b)
		return has_b - has_a;
	if (column->kind == COLUMN_RSS)
		order = (rss(a) > rss(b)) - (rss(a) < rss(b));
	else
		order = compare_users(cli, a, b);
	if (order)
		return descending ? -order : order;
	return (a->pid > b->pid) - (a->pid < b->pid);
}
