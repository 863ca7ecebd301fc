// SPDX-License-Identifier: GPL-2.0-or-later
/* See column.h. Formats follow from the type and unit of a field. */
#include "cli/column.h"

#include "cli/group-column.h"
#include "cli/percent.h"
#include "cli/start-time.h"
#include "common/resident.h"
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
	{
		.name = "cpu_wait_p99_ns",
		.help = "P99: 99 of 100 of its waits for a CPU were no longer than this",
		.kind = COLUMN_P99,
	},
	{
		.name = "rss_growth_bytes_per_s",
		.help = "GROWTH: change of resident memory, per second",
		.kind = COLUMN_GROWTH,
	},
	{
		.name = "switches_per_s",
		.help = "SW/S: context switches, voluntary and involuntary, per second",
		.kind = COLUMN_SWITCHES,
	},
};

#define N_DERIVED	(sizeof(derived) / sizeof(*derived))

/* Headings that are not just the name: those that admins know by another. */
static const struct {
	const char *name;
	const char *header;
} headers[] = {
	{ "state",			"S" },
	{ "run_ns",			"TIME" },
	{ "user_ns",			"UTIME" },
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
	{ "current_state",		"NOW" },
	{ "current_state_ns",		"FOR" },
	{ "current_state_tid",		"NOW-TID" },
	{ "untracked_threads",		"UNTRACKED" },
	{ "numa_migrations",		"NUMA-MIGR" },
	{ "cpu_wait_max_ns",		"MAX" },
	{ "cpu_wait_max_time_ns",	"MAX-AT" },
	{ "io_wait_max_ns",		"IO-MAX" },
	{ "io_wait_max_time_ns",	"IO-MAX-AT" },
	{ "mem_wait_max_ns",		"MEM-MAX" },
	{ "mem_wait_max_time_ns",	"MEM-MAX-AT" },
	{ "cpu_wait_p99_ns",		"P99" },
	{ "direct_reclaim_max_time_ns",	"DIRECT-RECLAIM-MAX-AT" },
	{ "memcg_reclaim_max_time_ns",	"MEMCG-RECLAIM-MAX-AT" },
	{ "compaction_max_time_ns",	"COMPACTION-MAX-AT" },
	{ "fault_wait_max_ns",		"FAULT-MAX" },
	{ "fault_wait_max_time_ns",	"FAULT-MAX-AT" },
	{ "refault_wait_max_ns",	"REFAULT-MAX" },
	{ "refault_wait_max_time_ns",	"REFAULT-MAX-AT" },
	{ "throttle_wait_max_ns",	"THROTTLE-MAX" },
	{ "throttle_wait_max_time_ns",	"THROTTLE-MAX-AT" },
	{ "numa_migrated_pages",	"NUMA-PAGES" },
	{ "numa_preferred_node",	"NUMA-NODE" },
	{ "rss_growth_bytes_per_s",	"GROWTH" },
	{ "switches_per_s",		"SW/S" },
};

size_t column_count(void)
{
	return record_key_count() + RATE_COUNT + N_DERIVED;
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
	case TASKMETER_RECORD_PARTIAL:
		return "has a thread that was not tracked all its life";
	default:
		return "run delay, timeslices and migrations lack exited threads";
	}
}

static struct column rate_column(enum rate rate)
{
	return (struct column){
		.name = rate_spec(rate)->name,
		.help = rate_spec(rate)->help,
		.kind = COLUMN_RATE,
		.rate = rate,
	};
}

struct column column_at(size_t index)
{
	struct column column = { .kind = COLUMN_KEY };

	if (index >= record_key_count() + RATE_COUNT)
		return derived[index - record_key_count() - RATE_COUNT];
	if (index >= record_key_count())
		return rate_column((enum rate)(index - record_key_count()));
	column.key = record_key_at(index);
	column.name = column.key.name;
	column.help = column.key.field ? column.key.field->help :
					 flag_help(column.key.flag);
	return column;
}

static bool is_name(const struct column *column, const char *name, size_t length)
{
	return strlen(column->name) == length &&
	       !memcmp(column->name, name, length);
}

/* "rss" for "rss_bytes". */
static bool is_stem(const struct column *column, const char *name, size_t length)
{
	return !strncmp(column->name, name, length) &&
	       (!strcmp(column->name + length, unit_suffix(UNIT_BYTES)) ||
		!strcmp(column->name + length, unit_suffix(UNIT_NS)));
}

/* "wait%" for what stands below WAIT%. */
static bool is_header(const struct column *column, const char *name,
		      size_t length)
{
	char header[COLUMN_HEADER_SIZE];

	column_header(column, header);
	return strlen(header) == length && !strncasecmp(header, name, length);
}

static int find(const struct column_set *set, const char *name, size_t length,
		struct column *ret_column,
		bool (*is)(const struct column *column, const char *name,
			   size_t length))
{
	struct column column;
	size_t i;

	for (i = 0; i < set->count; i++) {
		column = set->at(set, i);
		if (is(&column, name, length)) {
			*ret_column = column;
			return 0;
		}
	}
	return -ENOENT;
}

int column_set_find(const struct column_set *set, const char *name, size_t length,
		    struct column *ret_column)
{
	if (!length)
		return -ENOENT;
	if (!find(set, name, length, ret_column, is_name) ||
	    !find(set, name, length, ret_column, is_stem))
		return 0;
	return find(set, name, length, ret_column, is_header);
}

bool column_needs_stalls(const struct column *column)
{
	if (column->kind == COLUMN_RATE)
		return rate_spec(column->rate)->stalls;
	return column->kind == COLUMN_KEY && column->key.field &&
	       column->key.field->group == TM_GROUP_STALL;
}

static enum unit unit_of(const struct column *column)
{
	if (column->kind == COLUMN_RSS)
		return UNIT_BYTES;
	if (column->kind == COLUMN_P99)
		return UNIT_NS;
	return column->key.field ? unit_of_field(column->key.field) :
				   UNIT_NUMBER;
}

void column_header(const struct column *column,
		   char header[static COLUMN_HEADER_SIZE])
{
	const char *name = column->kind == COLUMN_GROUP ? group_kind_name(column->group) :
							  column->name;
	size_t length = strlen(name) - strlen(unit_suffix(unit_of(column)));
	size_t i;

	if (column->kind == COLUMN_RATE) {
		strcpy(header, rate_spec(column->rate)->header);
		return;
	}
	for (i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		if (!strcmp(headers[i].name, column->name)) {
			strcpy(header, headers[i].header);
			return;
		}
	}
	for (i = 0; i < length && i < COLUMN_HEADER_SIZE - 1; i++)
		header[i] = name[i] == '_' ? '-' : (char)toupper(name[i]);
	header[i] = '\0';
}

static bool is_time(const struct column *column)
{
	return column->key.field && start_time_is(column->key.field);
}

/* Widths of what is no quantity of nanoseconds or bytes. */
static int word_width(const struct tm_field *field)
{
	switch (field->type) {
	case TM_FIELD_STATE:
		return -1;
	case TM_FIELD_METER_STATE:
		return -8;
	case TM_FIELD_STRING:
		return -(TASKMETER_COMM_LEN - 1);
	case TM_FIELD_U64:
		return 7;
	default:
		return strlen(field->name) <= 4 ? 7 : 5;
	}
}

static int value_width(const struct column *column)
{
	const struct tm_field *field = column->key.field;

	if (column->kind == COLUMN_USER || column->kind == COLUMN_GROUP)
		return -8;
	if (column->kind == COLUMN_RATE)
		return 4;
	if (column->kind == COLUMN_TASKS)
		return 5;
	if (column->kind == COLUMN_P99 || column->kind == COLUMN_GROWTH ||
	    column->kind == COLUMN_SWITCHES)
		return 6;
	if (!field && column->kind == COLUMN_KEY)
		return -3;
	if (is_time(column))
		return START_TIME_SHORT;
	if (unit_of(column) == UNIT_BYTES)
		return 5;
	if (unit_of(column) == UNIT_NS)
		return field->counter ? 8 : 6;
	return word_width(field);
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
			     const struct sample *sample)
{
	switch (column->kind) {
	case COLUMN_KEY:
		return !column->key.field ||
		       tm_field_available(column->key.field, &sample->record);
	case COLUMN_RSS:
		return resident_known(&sample->record);
	case COLUMN_RATE:
		return sample->rates.available & 1U << column->rate;
	case COLUMN_P99:
		return sample->cpu_wait_p99_ns;
	case COLUMN_GROWTH:
		return sample->rates.has_growth;
	case COLUMN_SWITCHES:
		return sample->rates.has_switches;
	case COLUMN_GROUP:
		return group_column_known(sample->group);
	case COLUMN_USER:
	case COLUMN_TASKS:
		break;
	}
	return true;
}

static uint64_t quantity(const struct column *column,
			 const struct sample *sample)
{
	switch (column->kind) {
	case COLUMN_RSS:
		return resident_bytes(&sample->record);
	case COLUMN_RATE:
		return sample->rates.ns_per_s[column->rate];
	case COLUMN_P99:
		return sample->cpu_wait_p99_ns;
	case COLUMN_SWITCHES:
		return sample->rates.switches_per_s;
	case COLUMN_TASKS:
		return sample->group->tasks;
	default:
		return tm_field_u64(column->key.field, &sample->record);
	}
}

static void print_number(const struct column *column,
			 const struct sample *sample, char *text)
{
	const struct tm_field *field = column->key.field;

	if (column->kind == COLUMN_GROWTH)
		snprintf(text, COLUMN_TEXT_SIZE, "%" PRId64,
			 sample->rates.growth_bytes_per_s);
	else if (field && field->type == TM_FIELD_S32)
		snprintf(text, COLUMN_TEXT_SIZE, "%" PRId64,
			 tm_field_s64(field, &sample->record));
	else
		snprintf(text, COLUMN_TEXT_SIZE, "%" PRIu64,
			 quantity(column, sample));
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

/* Of a group whose name is known, or for people. */
static void print_group(struct cli *cli, const struct task_group *group, bool exact,
			char *text)
{
	if (group->kind == GROUP_USER)
		print_user(cli, (uint32_t)group->id, exact, text);
	else if (group->name)
		print_name(cli, group->name, strlen(group->name), exact, text);
	else
		group_column_unnamed(group, text, COLUMN_TEXT_SIZE);
}

static void print_flag(bool set, bool exact, char *text)
{
	if (exact)
		strcpy(text, set ? "true" : "false");
	else
		strcpy(text, set ? "yes" : "no");
}

/* A field that is no quantity; false if it is one. */
static bool print_field_word(struct cli *cli, const struct tm_field *field,
			     const struct taskmeter_record *record, bool exact,
			     char *text)
{
	char letter;

	switch (field->type) {
	case TM_FIELD_STATE:
		letter = (char)tm_field_u64(field, record);
		print_name(cli, &letter, 1, exact, text);
		return true;
	case TM_FIELD_METER_STATE:
		strcpy(text, tm_state_name((uint32_t)tm_field_u64(field, record)));
		return true;
	case TM_FIELD_STRING:
		print_name(cli, (const char *)record + field->offset,
			   field->size, exact, text);
		return true;
	default:
		return false;
	}
}

/* What is no quantity; false if @column is one. */
static bool print_word(struct cli *cli, const struct column *column,
		       const struct sample *sample, bool exact, char *text)
{
	const struct taskmeter_record *record = &sample->record;

	if (column->kind == COLUMN_GROUP)
		print_group(cli, sample->group, exact, text);
	else if (column->kind == COLUMN_USER)
		print_user(cli, record->uid, exact, text);
	else if (column->kind != COLUMN_KEY)
		return false;
	else if (column->key.field)
		return print_field_word(cli, column->key.field, record, exact,
					text);
	else
		print_flag(record->flags & column->key.flag, exact, text);
	return true;
}

static bool is_counter(const struct column *column)
{
	return column->kind == COLUMN_SWITCHES ||
	       (column->key.field && column->key.field->counter);
}

/* A moment of 0 is that of a wait that there has not been yet. */
static void print_time(uint64_t boottime_ns, char *text)
{
	if (boottime_ns)
		start_time_short(boottime_ns, text, COLUMN_TEXT_SIZE);
	else
		strcpy(text, "-");
}

/* "+1.5M", "-80K", "0" */
static void print_growth(int64_t bytes_per_s, char *text)
{
	if (bytes_per_s)
		*text++ = bytes_per_s < 0 ? '-' : '+';
	unit_bytes_short((uint64_t)(bytes_per_s < 0 ? -bytes_per_s : bytes_per_s),
			 text);
}

void column_text(struct cli *cli, const struct column *column,
		 const struct sample *sample, char text[static COLUMN_TEXT_SIZE])
{
	if (column->kind != COLUMN_GROUP && !column_available(column, sample))
		strcpy(text, "-");
	else if (print_word(cli, column, sample, false, text))
		return;
	else if (column->kind == COLUMN_RATE)
		percent_short(quantity(column, sample), text);
	else if (column->kind == COLUMN_GROWTH)
		print_growth(sample->rates.growth_bytes_per_s, text);
	else if (is_time(column))
		print_time(quantity(column, sample), text);
	else if (unit_of(column) == UNIT_BYTES)
		unit_bytes_short(quantity(column, sample), text);
	else if (unit_of(column) == UNIT_NS)
		unit_duration_short(quantity(column, sample), text);
	else if (is_counter(column))
		unit_number_short(quantity(column, sample), text);
	else
		print_number(column, sample, text);
}

void column_exact(struct cli *cli, const struct column *column,
		  const struct sample *sample, char text[static COLUMN_TEXT_SIZE])
{
	if (!column_available(column, sample))
		*text = '\0';
	else if (!print_word(cli, column, sample, true, text))
		print_number(column, sample, text);
}

/* A terminal gets JSON as it is: report_json() escapes. */
static struct json_object *name_to_json(const char *name)
{
	char text[COLUMN_TEXT_SIZE];

	text_to_utf8(name, strlen(name), text, sizeof(text));
	return json_object_new_string(text);
}

static struct json_object *user_to_json(struct cli *cli, uint32_t uid)
{
	const char *name = users_name(&cli->users, uid);
	char text[16];

	if (name)
		return name_to_json(name);
	snprintf(text, sizeof(text), "%u", uid);
	return json_object_new_string(text);
}

int column_json(struct cli *cli, const struct column *column,
		const struct sample *sample, struct json_object **ret_value)
{
	*ret_value = NULL;
	if (column->kind == COLUMN_KEY)
		return record_value_to_json(&sample->record, &column->key,
					    ret_value);
	if (!column_available(column, sample))
		return 0;
	if (column->kind == COLUMN_USER)
		*ret_value = user_to_json(cli, sample->record.uid);
	else if (column->kind == COLUMN_GROUP)
		*ret_value = sample->group->kind == GROUP_USER ?
			     user_to_json(cli, (uint32_t)sample->group->id) :
			     name_to_json(sample->group->name);
	else if (column->kind == COLUMN_GROWTH)
		*ret_value = json_object_new_int64(sample->rates.growth_bytes_per_s);
	else
		*ret_value = json_object_new_uint64(quantity(column, sample));
	return *ret_value ? 0 : -ENOMEM;
}

static int compare_words(struct cli *cli, const struct column *column,
			 const struct sample *a, const struct sample *b)
{
	char left[COLUMN_TEXT_SIZE], right[COLUMN_TEXT_SIZE];

	if (column->kind == COLUMN_USER && a->record.uid == b->record.uid)
		return 0;
	print_word(cli, column, a, true, left);
	print_word(cli, column, b, true, right);
	return strcmp(left, right);
}

static int compare_growth(const struct rates *a, const struct rates *b)
{
	return (a->growth_bytes_per_s > b->growth_bytes_per_s) -
	       (a->growth_bytes_per_s < b->growth_bytes_per_s);
}

static int compare_quantities(const struct column *column,
			      const struct sample *a, const struct sample *b)
{
	uint64_t left, right;

	if (column->kind == COLUMN_GROWTH)
		return compare_growth(&a->rates, &b->rates);
	left = quantity(column, a);
	right = quantity(column, b);
	return (left > right) - (left < right);
}

int column_compare(struct cli *cli, const struct column *column,
		   bool descending, const struct sample *a,
		   const struct sample *b)
{
	bool has_a, has_b;
	int order;

	if (column->kind == COLUMN_KEY)
		return record_compare(&column->key, descending, &a->record,
				      &b->record);
	has_a = column_available(column, a);
	has_b = column_available(column, b);
	if (has_a != has_b)
		return has_b - has_a;
	if (column->kind == COLUMN_USER || column->kind == COLUMN_GROUP)
		order = has_a ? compare_words(cli, column, a, b) : 0;
	else
		order = has_a ? compare_quantities(column, a, b) : 0;
	if (order)
		return descending ? -order : order;
	return (a->record.pid > b->record.pid) - (a->record.pid < b->record.pid);
}
