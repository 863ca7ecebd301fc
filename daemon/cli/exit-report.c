// SPDX-License-Identifier: GPL-2.0-or-later
/* See exit-report.h. */
#include "cli/exit-report.h"

#include "cli/cli.h"
#include "cli/column.h"
#include "cli/exit-text.h"
#include "cli/line.h"
#include "cli/report.h"
#include "cli/start-time.h"
#include "common/exit-json.h"
#include "common/units.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define VALUE_SIZE	COLUMN_TEXT_SIZE
#define N_ELEMENTS(array)	(sizeof(array) / sizeof(*(array)))

_Static_assert(EXIT_COMMAND_SIZE <= VALUE_SIZE, "a command line is a value");

typedef void print_value(struct cli *cli, const struct tm_exit *exit,
			 char text[static VALUE_SIZE]);

/* Columns of the table: a field of the record, or what @print makes. */
struct table_column {
	const char *header;
	int width;
	bool wide;
	const char *field;
	print_value *print;
};

static void print_number(struct cli *cli, const struct tm_exit *exit,
			 char text[static VALUE_SIZE])
{
	(void)cli;
	snprintf(text, VALUE_SIZE, "%" PRIu64, (uint64_t)exit->exit->number);
}

static void print_end(struct cli *cli, const struct tm_exit *exit,
		      char text[static VALUE_SIZE])
{
	(void)cli;
	start_time_clock(exit->exit->exit_time_ns, text, VALUE_SIZE);
}

static void print_how(struct cli *cli, const struct tm_exit *exit,
		      char text[static VALUE_SIZE])
{
	(void)cli;
	exit_text_how(exit->exit, text);
}

static void print_elapsed(struct cli *cli, const struct tm_exit *exit,
			  char text[static VALUE_SIZE])
{
	uint64_t start = exit->record->start_time_ns, end = exit->exit->exit_time_ns;

	(void)cli;
	unit_duration_short(end > start ? end - start : 0, text);
}

static void print_words(struct cli *cli, const struct tm_exit *exit, bool exact,
			char text[static VALUE_SIZE])
{
	const struct command_words words = {
		.flags = exit->exit->flags,
		.line = exit->exit->command_line,
		.length = exit->exit->command_line_length,
		.comm = exit->record->comm,
	};

	exit_text_command(cli, &words, exact, text);
}

static void print_command(struct cli *cli, const struct tm_exit *exit,
			  char text[static VALUE_SIZE])
{
	print_words(cli, exit, false, text);
}

static const struct table_column table[] = {
	{ "NUMBER", 7, true, NULL, print_number },
	{ "END", 8, false, NULL, print_end },
	{ "PID", 7, false, "pid", NULL },
	{ "USER", -8, false, "user", NULL },
	{ "HOW", -7, false, NULL, print_how },
	{ "ELAPSED", 7, false, NULL, print_elapsed },
	{ "CPU", 6, false, "run_ns", NULL },
	{ "WAIT", 6, false, "cpu_wait_ns", NULL },
	{ "IO", 6, true, "io_wait_ns", NULL },
	{ "MEM", 6, true, "mem_wait_ns", NULL },
	{ "PEAK", 5, false, "rss_peak_bytes", NULL },
	{ "COMMAND", -7, false, NULL, print_command },
};

static bool is_shown(const struct cli *cli, const struct table_column *column)
{
	return !column->wide || !cli->width || cli->width >= EXIT_REPORT_WIDE;
}

/* Names of users may be of any length: as in ps, "+" for what is left out. */
static void shorten(const struct cli *cli, const struct table_column *column, char *text)
{
	size_t room = (size_t)abs(column->width);

	if (column->field && column->width < 0 && cli->width && text_columns(text) > room)
		strcpy(text + text_cut(text, room - 1), "+");
}

static void print_cell(struct cli *cli, const struct table_column *column,
		       const struct tm_exit *exit, char text[static VALUE_SIZE])
{
	struct sample sample = { .record = *exit->record };
	struct column field;

	if (column->print) {
		column->print(cli, exit, text);
		return;
	}
	column_find(column->field, strlen(column->field), &field);
	column_text(cli, &field, &sample, text);
	shorten(cli, column, text);
}

static void text_begin(struct cli *cli)
{
	struct line line;
	size_t i;

	line_begin(&line);
	for (i = 0; i < N_ELEMENTS(table); i++)
		if (is_shown(cli, &table[i]))
			line_add_value(&line, table[i].header, table[i].width,
				       i + 1 == N_ELEMENTS(table));
	line_cut(&line, cli);
	cli_header(cli, line.text);
}

static void text_add(struct cli *cli, const struct tm_exit *exit)
{
	char text[VALUE_SIZE];
	struct line line;
	size_t i;

	line_begin(&line);
	for (i = 0; i < N_ELEMENTS(table); i++) {
		if (!is_shown(cli, &table[i]))
			continue;
		print_cell(cli, &table[i], exit, text);
		line_add_value(&line, text, table[i].width, i + 1 == N_ELEMENTS(table));
	}
	line_cut(&line, cli);
	fprintf(cli->out, "%s\n", line.text);
}

/* Values of CSV; those without a @print are numbers of the exit, of an OOM if @oom. */
struct csv_column {
	const char *name;
	size_t offset;
	bool oom;
	print_value *print;
};

static void csv_code(struct cli *cli, const struct tm_exit *exit,
		     char text[static VALUE_SIZE])
{
	int status = exit->exit->status;

	(void)cli;
	if (WIFEXITED(status))
		snprintf(text, VALUE_SIZE, "%d", WEXITSTATUS(status));
}

static void csv_signal(struct cli *cli, const struct tm_exit *exit,
		       char text[static VALUE_SIZE])
{
	int status = exit->exit->status;

	(void)cli;
	if (!WIFEXITED(status))
		snprintf(text, VALUE_SIZE, "%d", WTERMSIG(status));
}

static void print_boolean(bool is, char *text)
{
	strcpy(text, is ? "true" : "false");
}

static void csv_core(struct cli *cli, const struct tm_exit *exit,
		     char text[static VALUE_SIZE])
{
	int status = exit->exit->status;

	(void)cli;
	print_boolean(!WIFEXITED(status) && WCOREDUMP(status), text);
}

static void csv_oom(struct cli *cli, const struct tm_exit *exit,
		    char text[static VALUE_SIZE])
{
	uint32_t flags = exit->exit->flags;

	(void)cli;
	if (!(flags & TASKMETER_EXIT_OOM))
		return;
	strcpy(text, flags & TASKMETER_EXIT_OOM_CGROUP ? "cgroup" :
		     flags & TASKMETER_EXIT_OOM_MACHINE ? "machine" : "unknown");
}

static void csv_oom_shared(struct cli *cli, const struct tm_exit *exit,
			   char text[static VALUE_SIZE])
{
	(void)cli;
	if (exit->exit->flags & TASKMETER_EXIT_OOM)
		print_boolean(exit->exit->flags & TASKMETER_EXIT_OOM_SHARED, text);
}

static void csv_command(struct cli *cli, const struct tm_exit *exit,
			char text[static VALUE_SIZE])
{
	if (exit->exit->flags & TASKMETER_EXIT_COMMAND_LINE)
		print_words(cli, exit, true, text);
}

static void csv_cut(struct cli *cli, const struct tm_exit *exit,
		    char text[static VALUE_SIZE])
{
	(void)cli;
	print_boolean(exit->exit->flags & TASKMETER_EXIT_COMMAND_LINE_CUT, text);
}

#define NUMBER(member)		{ #member, offsetof(struct taskmeter_exit, member), false, NULL }
#define OOM_NUMBER(member)	{ #member, offsetof(struct taskmeter_exit, member), true, NULL }

static const struct csv_column csv[] = {
	NUMBER(number),
	NUMBER(exit_time_ns),
	{ "exit_code", 0, false, csv_code },
	{ "signal", 0, false, csv_signal },
	{ "core_dumped", 0, false, csv_core },
	{ "oom", 0, false, csv_oom },
	{ "oom_shared", 0, false, csv_oom_shared },
	OOM_NUMBER(oom_time_ns),
	OOM_NUMBER(oom_rss_anon_bytes),
	OOM_NUMBER(oom_rss_file_bytes),
	OOM_NUMBER(oom_rss_shmem_bytes),
	OOM_NUMBER(oom_swap_bytes),
	{ "command_line", 0, false, csv_command },
	{ "command_line_cut", 0, false, csv_cut },
};

static void csv_begin(struct cli *cli)
{
	size_t i;

	if (cli->no_header)
		return;
	for (i = 0; i < N_ELEMENTS(csv); i++)
		fprintf(cli->out, "%s,", csv[i].name);
	fputs("cgroup_path", cli->out);
	for (i = 0; i < record_key_count(); i++)
		fprintf(cli->out, ",%s", record_key_at(i).name);
	fputs("\n", cli->out);
}

static void csv_value(struct cli *cli, const struct csv_column *column,
		      const struct tm_exit *exit)
{
	char text[VALUE_SIZE] = "";
	uint64_t number;

	if (column->print) {
		column->print(cli, exit, text);
	} else if (!column->oom || exit->exit->flags & TASKMETER_EXIT_OOM) {
		memcpy(&number, (const char *)exit->exit + column->offset, sizeof(number));
		snprintf(text, sizeof(text), "%" PRIu64, number);
	}
	report_csv_value(cli, text);
	putc(',', cli->out);
}

/* A path may be longer than any other value. */
static int csv_path(struct cli *cli, const char *path)
{
	size_t length = path ? strlen(path) : 0;
	char *text;

	if (!path)
		return 0;
	text = malloc(TEXT_TERMINAL_SIZE(length));
	if (!text)
		return -ENOMEM;
	if (cli->terminal)
		text_for_terminal(path, length, cli->utf8, text,
				  TEXT_TERMINAL_SIZE(length));
	else
		text_to_utf8(path, length, text, TEXT_TERMINAL_SIZE(length));
	report_csv_value(cli, text);
	free(text);
	return 0;
}

static int csv_add(struct cli *cli, const struct tm_exit *exit)
{
	struct sample sample = { .record = *exit->record };
	char text[COLUMN_TEXT_SIZE];
	struct column column;
	size_t i;
	int r;

	for (i = 0; i < N_ELEMENTS(csv); i++)
		csv_value(cli, &csv[i], exit);
	r = csv_path(cli, exit->cgroup_path);
	for (i = 0; i < record_key_count(); i++) {
		column = column_at(i);
		column_exact(cli, &column, &sample, text);
		putc(',', cli->out);
		report_csv_value(cli, text);
	}
	fputs("\n", cli->out);
	return r;
}

static int json_add_exit(const struct exit_report *report, const struct tm_exit *exit)
{
	struct json_object *object;
	int r = exit_to_json(exit, &object);

	if (r)
		return r;
	if (!report->stream)
		fputs(report->records ? ",\n" : "\n", report->cli->out);
	r = report_json(report->cli, object);
	if (report->stream)
		fputs("\n", report->cli->out);
	json_object_put(object);
	return r;
}

void exit_report_begin(struct exit_report *report)
{
	switch (report->format) {
	case FORMAT_TEXT:
		text_begin(report->cli);
		break;
	case FORMAT_CSV:
		csv_begin(report->cli);
		break;
	case FORMAT_JSON:
		if (!report->stream)
			fputs("{\"exits\": [", report->cli->out);
		break;
	}
}

int exit_report_add(struct exit_report *report, const struct tm_exit *exit)
{
	int r = 0;

	switch (report->format) {
	case FORMAT_TEXT:
		text_add(report->cli, exit);
		break;
	case FORMAT_CSV:
		r = csv_add(report->cli, exit);
		break;
	case FORMAT_JSON:
		r = json_add_exit(report, exit);
		break;
	}
	report->records++;
	return r;
}

void exit_report_end(struct exit_report *report, uint64_t next, uint64_t lost)
{
	if (report->format == FORMAT_JSON)
		fprintf(report->cli->out, "\n], \"next\": %" PRIu64 ", \"lost\": %" PRIu64 "}\n",
			next, lost);
}
