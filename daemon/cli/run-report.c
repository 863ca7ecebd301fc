// SPDX-License-Identifier: GPL-2.0-or-later
/* See run-report.h. The report for people. */
#include "cli/run-report.h"

#include "cli/exit-report.h"
#include "cli/exit-text.h"
#include "cli/line.h"
#include "cli/percent.h"
#include "cli/show-meter.h"
#include "cli/show-stalls.h"
#include "common/text.h"
#include "common/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_SIZE	80

/* Words of the command with blanks between them, to be freed; NULL without memory. */
static char *make_words(const struct cli *cli, char *const *argv)
{
	size_t size = 1, used = 0, i;
	char *words;

	for (i = 0; argv[i]; i++)
		size += TEXT_TERMINAL_SIZE(strlen(argv[i])) + 1;
	words = malloc(size);
	for (i = 0; words && argv[i]; i++) {
		if (i)
			words[used++] = ' ';
		used += text_for_terminal(argv[i], strlen(argv[i]), cli->utf8,
					  words + used, size - used);
	}
	return words;
}

static int print_title(const struct run_report *report)
{
	char how[EXIT_TEXT_SIZE], wall[UNIT_SIZE], *words;
	const struct taskmeter_exit exit = { .status = report->job->status };
	struct line line;

	words = make_words(report->cli, report->argv);
	if (!words)
		return -ENOMEM;
	exit_text_how(&exit, how);
	unit_duration_long(report->job->wall_ns, wall);
	line_begin(&line);
	line_add_value(&line, how, 0, false);
	line_add_value(&line, "after", 0, false);
	line_add_value(&line, wall, 0, true);
	line_add_value(&line, ": ", 0, true);
	line_add_value(&line, words, 0, true);
	line_cut(&line, report->cli);
	cli_heading(report->cli, line.text);
	free(words);
	return 0;
}

static void print_count(struct cli *cli, const char *label, uint64_t count)
{
	char value[VALUE_SIZE];

	snprintf(value, sizeof(value), "%" PRIu64, count);
	show_line(cli, label, value);
}

/* A part of the time that the command lasted: may be more, on several CPUs. */
static void print_cpu(const struct run_report *report, const char *label, uint64_t ns)
{
	char duration[UNIT_SIZE], percent[PERCENT_SIZE], value[VALUE_SIZE];

	unit_duration_long(ns, duration);
	percent_of(ns, report->job->wall_ns, percent);
	snprintf(value, sizeof(value), "%-14s %8s", duration, percent);
	show_line(report->cli, label, value);
}

static void print_head(const struct run_report *report)
{
	const struct taskmeter_record *total = &report->pursuit->deeds.total.record;

	print_count(report->cli, "processes", report->pursuit->deeds.processes);
	print_cpu(report, "CPU", total->run_ns);
	print_cpu(report, "CPU in user mode", total->user_ns);
	print_cpu(report, "CPU in the kernel", total->system_ns);
	print_cpu(report, "CPU of the measuring", report->overhead_ns);
}

static void print_bytes(struct cli *cli, const char *label, const char *name,
			const struct taskmeter_record *record)
{
	const struct tm_field *field = tm_field_find(name);
	char value[UNIT_SIZE] = "not available";

	if (tm_field_available(field, record))
		unit_bytes_long(tm_field_u64(field, record), value);
	show_line(cli, label, value);
}

static void print_counters(struct cli *cli, const struct taskmeter_record *total)
{
	fprintf(cli->out, "\n");
	cli_heading(cli, "counters");
	show_number(cli, "voluntary switches", "voluntary_switches", total);
	show_number(cli, "involuntary switches", "involuntary_switches", total);
	show_number(cli, "migrations", "migrations", total);
	show_number(cli, "minor page faults", "minor_faults", total);
	show_number(cli, "major page faults", "major_faults", total);
	print_bytes(cli, "read from disks", "io_read_bytes", total);
	print_bytes(cli, "written to disks", "io_write_bytes", total);
	print_bytes(cli, "most memory of any one", "rss_peak_bytes", total);
}

/* Who was never short of memory need not read about it at length. */
static void print_stalls(struct cli *cli, const struct taskmeter_record *total)
{
	if (total->available & TASKMETER_AVAILABLE_STALLS && !total->mem_stall_ns &&
	    !total->direct_reclaims && !total->memcg_reclaims && !total->compactions)
		fprintf(cli->out, "\n  No stalls for lack of memory.\n");
	else
		show_stalls(cli, total);
}

static void print_meter(struct cli *cli, const struct task_reading *total)
{
	fprintf(cli->out, "\n");
	cli_heading(cli, "time by state, of all processes together");
	if (!(total->record.available & TASKMETER_AVAILABLE_METER)) {
		fprintf(cli->out, "  Not tracked: the meter was switched off, or there was no memory.\n");
		return;
	}
	show_states(cli, &total->record);
	show_waits(cli, total);
}

static int print_worst(struct cli *cli, const struct deeds *deeds)
{
	struct exit_report table = { .cli = cli, .format = FORMAT_TEXT };
	struct tm_exit exit;
	size_t i;
	int r = 0;

	if (!deeds->worst_count)
		return 0;
	fprintf(cli->out, "\n");
	cli_heading(cli, "held up most, of its descendants");
	exit_report_begin(&table);
	for (i = 0; !r && i < deeds->worst_count; i++) {
		exit = kept_exit_view(&deeds->worst[i]);
		r = exit_report_add(&table, &exit);
	}
	return r;
}

static void print_survivor(struct cli *cli, const struct taskmeter_record *record)
{
	char name[TEXT_TERMINAL_SIZE(TASKMETER_COMM_LEN)], run[UNIT_SIZE], pid[16];
	const char *const state = record->flags & TASKMETER_RECORD_EXITING ? "zombie" :
				  tm_state_name(record->current_state);
	struct line line;

	text_for_terminal(record->comm, sizeof(record->comm), cli->utf8, name, sizeof(name));
	unit_duration_short(record->run_ns, run);
	snprintf(pid, sizeof(pid), "%" PRIu32, record->pid);
	line_begin(&line);
	line_add_value(&line, pid, 7, false);
	line_add_value(&line, state, -8, false);
	line_add_value(&line, run, 6, false);
	line_add_value(&line, name, 0, true);
	line_cut(&line, cli);
	fprintf(cli->out, "%s\n", line.text);
}

static void print_survivors(struct cli *cli, const struct pursuit *pursuit)
{
	size_t i;

	if (!pursuit->survivor_count)
		return;
	fprintf(cli->out, "\n");
	cli_heading(cli, "left running, and in none of the figures above");
	cli_heading(cli, "    PID STATE       CPU COMMAND");
	for (i = 0; i < pursuit->survivor_count; i++)
		print_survivor(cli, &pursuit->survivors[i].record);
}

static void print_note(struct cli *cli, uint64_t count, const char *one, const char *many)
{
	if (count)
		fprintf(cli->out, "  %" PRIu64 " %s.\n", count, count == 1 ? one : many);
}

/* What the figures lack. */
static void print_notes(struct cli *cli, const struct pursuit *pursuit)
{
	if (pursuit->deeds.partial || pursuit->missing || pursuit->exits_lost ||
	    pursuit->forks_lost || pursuit->unheld)
		fprintf(cli->out, "\n");
	print_note(cli, pursuit->deeds.partial,
		   "process was not tracked from beginning to end: some of its waits are missing",
		   "processes were not tracked from beginning to end: some of their waits are missing");
	print_note(cli, pursuit->missing,
		   "process has ended without a record: what it did is missing",
		   "processes have ended without a record: what they did is missing");
	print_note(cli, pursuit->exits_lost,
		   "exit record of the machine was lost: the exit log is too small for so many",
		   "exit records of the machine were lost: the exit log is too small for so many");
	print_note(cli, pursuit->forks_lost,
		   "event was lost: who lives on and has lost its parent may be missing",
		   "events were lost: who lives on and has lost its parent may be missing");
	print_note(cli, pursuit->unheld,
		   "exit record could not be kept after that: it may be missing",
		   "exit records could not be kept after that: some may be missing");
}

int run_report_text(const struct run_report *report)
{
	const struct deeds *deeds = &report->pursuit->deeds;
	int r = print_title(report);

	if (r)
		return r;
	print_head(report);
	print_meter(report->cli, &deeds->total);
	print_counters(report->cli, &deeds->total.record);
	print_stalls(report->cli, &deeds->total.record);
	r = print_worst(report->cli, deeds);
	print_survivors(report->cli, report->pursuit);
	print_notes(report->cli, report->pursuit);
	return r;
}
