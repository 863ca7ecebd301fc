// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter show: all that is known of one process or thread. */
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/show-cgroup.h"
#include "cli/show-meter.h"
#include "cli/show-pss.h"
#include "cli/start-time.h"
#include "cli/target.h"
#include "common/json.h"
#include "common/text.h"
#include "common/units.h"

#include <errno.h>
#include <grp.h>
#include <json-c/json.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_SIZE	COLUMN_TEXT_SIZE
#define LABEL_WIDTH	SHOW_LABEL_WIDTH

struct show {
	enum format format;
	struct target target;
	struct show_pss pss;
};

static const char *const group_titles[] = {
	[TM_GROUP_IDENTITY] = "identity",
	[TM_GROUP_SCHED] = "scheduling",
	[TM_GROUP_MEMORY] = "memory",
	[TM_GROUP_FAULT] = "page faults",
	[TM_GROUP_IO] = "input and output",
};

static const char *state_word(char letter)
{
	switch (letter) {
	case 'R': return "running or runnable";
	case 'S': return "sleeping";
	case 'D': return "uninterruptible";
	case 'T': return "stopped";
	case 't': return "traced";
	case 'X': return "dead";
	case 'Z': return "zombie";
	case 'P': return "parked";
	case 'I': return "idle";
	default: return "unknown";
	}
}

/* The numbers are the kernel's; 7 is newer than some C libraries. */
static const char *policy_word(uint64_t policy)
{
	switch (policy) {
	case SCHED_OTHER: return "SCHED_OTHER";
	case SCHED_FIFO: return "SCHED_FIFO";
	case SCHED_RR: return "SCHED_RR";
	case SCHED_BATCH: return "SCHED_BATCH";
	case SCHED_IDLE: return "SCHED_IDLE";
	case 6: return "SCHED_DEADLINE";
	case 7: return "SCHED_EXT";
	default: return "unknown";
	}
}

/* "vm data" for "vm_data_bytes". */
static void make_label(const struct tm_field *field, char label[static LABEL_WIDTH + 1])
{
	size_t length = strlen(field->name) -
			strlen(unit_suffix(unit_of_field(field)));
	size_t i;

	for (i = 0; i < length && i < LABEL_WIDTH; i++)
		label[i] = field->name[i] == '_' ? ' ' : field->name[i];
	label[i] = '\0';
}

/* A word that does not fit is left out. */
static void add_word(char *value, const char *word)
{
	size_t length = strlen(value), room = VALUE_SIZE - length;

	if (snprintf(value + length, room, " (%s)", word) >= (int)room)
		value[length] = '\0';
}

static void add_name(struct cli *cli, char *value, const char *name)
{
	char safe[VALUE_SIZE];

	if (!name)
		return;
	text_for_terminal(name, strlen(name), cli->utf8, safe, sizeof(safe));
	add_word(value, safe);
}

/* What the bare number does not tell. */
static void explain(struct cli *cli, const struct tm_field *field,
		    const struct taskmeter_record *record, char *value)
{
	const struct group *group;

	if (field->type == TM_FIELD_STATE) {
		add_word(value, state_word((char)record->state));
	} else if (!strcmp(field->name, "policy")) {
		add_word(value, policy_word(record->policy));
	} else if (!strcmp(field->name, "uid") || !strcmp(field->name, "euid")) {
		add_name(cli, value, users_name(&cli->users, (uint32_t)
						tm_field_u64(field, record)));
	} else if (!strcmp(field->name, "gid") || !strcmp(field->name, "egid")) {
		group = getgrgid((gid_t)tm_field_u64(field, record));
		add_name(cli, value, group ? group->gr_name : NULL);
	}
}

/* Three sums that the kernel does not keep for threads that have exited. */
static bool is_living_only(const struct tm_field *field,
			   const struct taskmeter_record *record)
{
	return record->flags & TASKMETER_RECORD_LIVING_ONLY &&
	       (!strcmp(field->name, "run_delay_ns") ||
		!strcmp(field->name, "timeslices") ||
		!strcmp(field->name, "migrations"));
}

static void make_value(struct cli *cli, const struct tm_field *field,
		       const struct taskmeter_record *record, char *value)
{
	const struct sample sample = { .record = *record };
	struct column column;

	column_find(field->name, strlen(field->name), &column);
	if (!tm_field_available(field, record))
		strcpy(value, "not available");
	else if (!strcmp(field->name, "start_time_ns"))
		start_time_long(record->start_time_ns, value, VALUE_SIZE);
	else if (unit_of_field(field) == UNIT_BYTES)
		unit_bytes_long(tm_field_u64(field, record), value);
	else if (unit_of_field(field) == UNIT_NS)
		unit_duration_long(tm_field_u64(field, record), value);
	else if (field->type == TM_FIELD_STRING || field->type == TM_FIELD_STATE)
		column_text(cli, &column, &sample, value);
	else
		column_exact(cli, &column, &sample, value);
	if (tm_field_available(field, record))
		explain(cli, field, record, value);
	if (is_living_only(field, record))
		add_word(value, "living threads only");
}

static void print_group(struct cli *cli, enum tm_field_group group,
			const struct taskmeter_record *record)
{
	char label[LABEL_WIDTH + 1], value[VALUE_SIZE];
	const struct tm_field *fields;
	size_t count, i;

	fprintf(cli->out, "\n");
	cli_heading(cli, group_titles[group]);
	fields = tm_fields(&count);
	for (i = 0; i < count; i++) {
		if (fields[i].group != group)
			continue;
		make_label(&fields[i], label);
		make_value(cli, &fields[i], record, value);
		show_line(cli, label, value);
	}
}

static void print_text(struct cli *cli, const struct show *show,
		       const struct task_reading *reading)
{
	const struct taskmeter_record *record = &reading->record;

	target_title(cli, record);
	if (record->flags & TASKMETER_RECORD_EXITING)
		fprintf(cli->out, "on its way out\n");
	print_group(cli, TM_GROUP_IDENTITY, record);
	show_meter(cli, reading);
	show_cgroup(cli, record);
	print_group(cli, TM_GROUP_SCHED, record);
	print_group(cli, TM_GROUP_MEMORY, record);
	if (show->pss.wanted)
		show_pss(cli, &show->pss);
	print_group(cli, TM_GROUP_FAULT, record);
	print_group(cli, TM_GROUP_IO, record);
}

static int add_waits(struct json_object *document,
		     const struct task_reading *reading)
{
	struct json_object *object = json_object_new_object(), *value;
	struct waits waits;
	int kind, r = object ? 0 : -ENOMEM;

	for (kind = 0; !r && kind < WAITS_KINDS; kind++) {
		waits_read(&waits, reading, NULL, (enum tm_histogram_kind)kind);
		r = waits_to_json(&waits, &value);
		if (!r)
			r = json_add(object, waits_kind((enum tm_histogram_kind)
							kind)->key, value);
	}
	if (!r)
		return json_add(document, "waits", object);
	json_object_put(object);
	return r;
}

static int print_json(struct cli *cli, const struct show *show,
		      const struct task_reading *reading)
{
	struct json_object *object;
	int r;

	r = record_to_json(&reading->record, NULL, 0, &object);
	if (r)
		return r;
	r = add_waits(object, reading);
	if (!r)
		r = show_cgroup_json(cli, &reading->record, object);
	if (!r && show->pss.wanted)
		r = show_pss_json(&show->pss, object);
	if (!r)
		r = report_json(cli, object);
	fprintf(cli->out, "\n");
	json_object_put(object);
	return r;
}

static void print_csv(struct cli *cli, const struct show *show,
		      const struct taskmeter_record *record)
{
	const struct sample sample = { .record = *record };
	char text[COLUMN_TEXT_SIZE];
	struct column column;
	size_t i;

	for (i = 0; i < record_key_count(); i++)
		fprintf(cli->out, "%s%s", i ? "," : "", column_at(i).name);
	if (show->pss.wanted)
		show_pss_csv_names(cli);
	fprintf(cli->out, "\n");
	for (i = 0; i < record_key_count(); i++) {
		column = column_at(i);
		column_exact(cli, &column, &sample, text);
		fprintf(cli->out, "%s", i ? "," : "");
		report_csv_value(cli, text);
	}
	if (show->pss.wanted)
		show_pss_csv_values(cli, &show->pss);
	fprintf(cli->out, "\n");
}

static int print(struct cli *cli, const struct show *show,
		 const struct task_reading *reading)
{
	switch (show->format) {
	case FORMAT_JSON:
		return print_json(cli, show, reading);
	case FORMAT_CSV:
		print_csv(cli, show, &reading->record);
		return 0;
	case FORMAT_TEXT:
		break;
	}
	print_text(cli, show, reading);
	return 0;
}

static int read_histograms(struct tm_meter *meter, const struct target *target,
			   uint32_t flags, struct task_reading *reading)
{
	return tm_get_histograms(meter, target->pid, target->flags | flags,
				 &reading->record, sizeof(reading->record),
				 &reading->histograms,
				 sizeof(reading->histograms));
}

/* A module that is too old for stalls, or for histograms, still tells the rest. */
static int read_task(struct tm_meter *meter, const struct target *target,
		     struct task_reading *reading)
{
	int r = read_histograms(meter, target, TASKMETER_SNAPSHOT_STALLS, reading);

	if (r == -EOPNOTSUPP)
		r = read_histograms(meter, target, 0, reading);
	if (r != -EOPNOTSUPP)
		return r;
	memset(&reading->histograms, 0, sizeof(reading->histograms));
	return tm_get(meter, target->pid, target->flags, &reading->record,
		      sizeof(reading->record));
}

/* All is read before anything is printed: what fails leaves no half of it. */
static int read_all(struct cli *cli, struct tm_meter *meter, struct show *show,
		    struct task_reading *reading)
{
	int r = read_task(meter, &show->target, reading);

	if (r)
		return target_fail(cli, &show->target, meter, r);
	if (!show->pss.wanted)
		return CLI_OK;
	return show_pss_read(cli, meter, &show->target, &reading->record, &show->pss);
}

static int show_run(struct cli *cli, struct show *show)
{
	struct task_reading reading;
	struct tm_meter *meter;
	int status;

	status = client_open(cli, &meter);
	if (status)
		return status;
	status = read_all(cli, meter, show, &reading);
	if (!status && print(cli, show, &reading)) {
		cli_error(cli, "no memory");
		status = CLI_FAILED;
	}
	tm_close(meter);
	return status;
}

static int handle(struct cli *cli, void *context, int key, const char *argument)
{
	struct show *show = context;

	switch (key) {
	case 'T':
		show->target.flags |= TASKMETER_SNAPSHOT_THREADS;
		return 0;
	case OPTION_EXACT_RSS:
		show->target.flags |= TASKMETER_SNAPSHOT_EXACT_RSS;
		return 0;
	case OPTION_PSS:
		show->pss.wanted = true;
		return 0;
	case OPTION_PSS_BUDGET:
		return show_pss_budget(cli, argument, &show->pss);
	default:
		return options_format(key, &show->format);
	}
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct show show = {
		.format = FORMAT_TEXT,
		.pss = { .budget_ns = PSS_BUDGET_NS },
	};
	int first, r;

	r = options_parse(cli, &command_show, argc, argv, handle, &show, &first);
	if (r > 0)
		return CLI_OK;
	if (!r)
		r = target_parse(cli, "show", argc - first, argv + first,
				 &show.target);
	return r ? CLI_USAGE : show_run(cli, &show);
}

static const struct option_spec options[] = {
	{ 'T', "thread", NULL, "the number is a thread id" },
	{ OPTION_EXACT_RSS, "exact-rss", NULL, "exact resident memory, at a higher cost" },
	{ OPTION_PSS, "pss", NULL, "proportional set size too, which stalls the process" },
	{ OPTION_PSS_BUDGET, "pss-budget", "MS", "unless that takes longer, 100 by default" },
	OPTIONS_EVERY_COMMAND
};

const struct command command_show = {
	.name = "show",
	.arguments = "PID",
	.summary = "show all that is known of one process",
	.options = options,
	.run = run,
};
