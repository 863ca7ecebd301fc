// SPDX-License-Identifier: GPL-2.0-or-later
/* See report.h. */
#include "cli/report.h"

#include "cli/line.h"
#include "common/text.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

void report_header(const struct report *report, const struct column *column,
		   char header[static COLUMN_HEADER_SIZE])
{
	column_header(column, header);
	if (report->threads && !strcmp(column->name, "pid"))
		strcpy(header, "TID");
	else if (report->threads && !strcmp(column->name, "tgid"))
		strcpy(header, "PID");
}

static void text_begin(const struct report *report)
{
	char header[COLUMN_HEADER_SIZE];
	struct line line;
	size_t i;

	line_begin(&line);
	for (i = 0; i < report->count; i++) {
		report_header(report, &report->columns[i], header);
		line_add_value(&line, header, column_width(&report->columns[i]),
			       i + 1 == report->count);
	}
	line_cut(&line, report->cli);
	cli_header(report->cli, line.text);
}

/* Names of users may be of any length: as ps does, "+" for what is left out. */
static void shorten_user(const struct cli *cli, const struct column *column,
			 char *text)
{
	size_t room = (size_t)abs(column_width(column));

	if ((column->kind == COLUMN_USER ||
	     (column->kind == COLUMN_GROUP && column->group == GROUP_USER)) && cli->width &&
	    text_columns(text) > room)
		strcpy(text + text_cut(text, room - 1), "+");
}

void report_value(const struct report *report, const struct column *column,
		  const struct sample *sample, char text[static COLUMN_TEXT_SIZE])
{
	column_text(report->cli, column, sample, text);
	shorten_user(report->cli, column, text);
}

static void text_sample(const struct report *report,
			const struct sample *sample)
{
	char text[COLUMN_TEXT_SIZE];
	const struct column *column;
	struct line line;
	size_t i;

	line_begin(&line);
	for (i = 0; i < report->count; i++) {
		column = &report->columns[i];
		report_value(report, column, sample, text);
		line_add_value(&line, text, column_width(column),
			       i + 1 == report->count);
	}
	line_cut(&line, report->cli);
	fprintf(report->cli->out, "%s\n", line.text);
}

void report_csv_value(struct cli *cli, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, cli->out);
		return;
	}
	putc('"', cli->out);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', cli->out);
		putc(*text, cli->out);
	}
	putc('"', cli->out);
}

static void csv_begin(const struct report *report)
{
	size_t i;

	if (report->cli->no_header)
		return;
	for (i = 0; i < report->count; i++)
		fprintf(report->cli->out, "%s%s", i ? "," : "",
			report->columns[i].name);
	fprintf(report->cli->out, "\n");
}

static void csv_sample(const struct report *report,
		       const struct sample *sample)
{
	char text[COLUMN_TEXT_SIZE];
	size_t i;

	for (i = 0; i < report->count; i++) {
		if (i)
			putc(',', report->cli->out);
		column_exact(report->cli, &report->columns[i], sample, text);
		report_csv_value(report->cli, text);
	}
	fprintf(report->cli->out, "\n");
}

/* json-c escapes C0 only. Beyond ASCII there are only strings. */
int report_json(struct cli *cli, struct json_object *value)
{
	const char *text = value ? json_object_to_json_string_ext(value,
					JSON_C_TO_STRING_NOSLASHESCAPE) : "null";
	size_t length, printed = 0, i, n;
	uint32_t character;
	bool valid;

	if (!text)
		return -ENOMEM;
	length = strlen(text);
	for (i = 0; i < length; i += n) {
		n = text_decode(text + i, length - i, &character, &valid);
		if (character < 0x7F || !text_unsafe(character))
			continue;
		fwrite(text + printed, 1, i - printed, cli->out);
		fprintf(cli->out, "\\u%04x", (unsigned int)character);
		printed = i + n;
	}
	fwrite(text + printed, 1, length - printed, cli->out);
	return 0;
}

static int json_sample(const struct report *report,
		       const struct sample *sample)
{
	struct json_object *object = json_object_new_object(), *value;
	const struct column *column;
	size_t i;
	int r = object ? 0 : -ENOMEM;

	for (i = 0; !r && i < report->count; i++) {
		column = &report->columns[i];
		r = column_json(report->cli, column, sample, &value);
		if (!r && json_object_object_add(object, column->name, value)) {
			json_object_put(value);
			r = -ENOMEM;
		}
	}
	if (!r) {
		fputs(report->records ? ",\n" : "\n", report->cli->out);
		r = report_json(report->cli, object);
	}
	json_object_put(object);
	return r;
}

static void json_begin(const struct report *report)
{
	fprintf(report->cli->out, "{\"time_ns\": %" PRIu64 ", ",
		report->time_ns);
	if (report->rates)
		fprintf(report->cli->out, "\"interval_ns\": %" PRIu64 ", ",
			report->interval_ns);
	if (report->kind)
		fprintf(report->cli->out, "\"kind\": \"%s\", ", report->kind);
	fprintf(report->cli->out, "\"%s\": [", report->list);
}

void report_begin(struct report *report)
{
	switch (report->format) {
	case FORMAT_TEXT:
		text_begin(report);
		break;
	case FORMAT_JSON:
		json_begin(report);
		break;
	case FORMAT_CSV:
		csv_begin(report);
		break;
	}
}

int report_sample(struct report *report, const struct sample *sample)
{
	int r = 0;

	switch (report->format) {
	case FORMAT_TEXT:
		text_sample(report, sample);
		break;
	case FORMAT_JSON:
		r = json_sample(report, sample);
		break;
	case FORMAT_CSV:
		csv_sample(report, sample);
		break;
	}
	report->records++;
	return r;
}

void report_end(struct report *report)
{
	if (report->format == FORMAT_JSON)
		fprintf(report->cli->out, "\n]}\n");
}
