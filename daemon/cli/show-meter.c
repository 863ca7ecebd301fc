// SPDX-License-Identifier: GPL-2.0-or-later
/* See show-meter.h. */
#include "cli/show-meter.h"

#include "cli/percent.h"
#include "cli/show-stalls.h"
#include "cli/start-time.h"
#include "common/text.h"
#include "common/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define VALUE_SIZE	160

/* Times by state, in the order of how a task is held up. */
static const struct {
	const char *label;
	const char *field;
} states[] = {
	{ "running",			"run_ns" },
	{ "waiting for a CPU",		"cpu_wait_ns" },
	{ "waiting for I/O",		"io_wait_ns" },
	{ "waiting for memory",		"mem_wait_ns" },
	{ "blocked otherwise",		"lock_wait_ns" },
	{ "sleeping",			"sleep_ns" },
	{ "stopped",			"stop_ns" },
};

void show_line(struct cli *cli, const char *label, const char *value)
{
	fprintf(cli->out, "  %-*s  %s\n", SHOW_LABEL_WIDTH, label, value);
}

static const char *state_words(uint32_t state)
{
	switch (state) {
	case TASKMETER_STATE_RUNNING: return "running";
	case TASKMETER_STATE_QUEUED: return "waiting for a CPU";
	case TASKMETER_STATE_SLEEPING: return "sleeping";
	case TASKMETER_STATE_IO: return "waiting for I/O";
	case TASKMETER_STATE_MEMORY: return "waiting for memory";
	case TASKMETER_STATE_LOCK: return "blocked (lock or the like)";
	case TASKMETER_STATE_STOPPED: return "stopped, traced or frozen";
	case TASKMETER_STATE_DEAD: return "dead";
	default: return "not tracked";
	}
}

/* Of a process with several threads, which of them is meant. */
static void print_state(struct cli *cli, const struct taskmeter_record *record)
{
	char lasted[UNIT_SIZE], value[VALUE_SIZE], thread[32] = "";

	if (record->current_state == TASKMETER_STATE_DEAD) {
		show_line(cli, "now", state_words(record->current_state));
		return;
	}
	unit_duration_long(record->current_state_ns, lasted);
	if (!(record->flags & TASKMETER_RECORD_THREAD) && record->threads > 1)
		snprintf(thread, sizeof(thread), " (thread %u)",
			 record->current_state_tid);
	snprintf(value, sizeof(value), "%s for %s%s",
		 state_words(record->current_state), lasted, thread);
	show_line(cli, "now", value);
}

void show_time(struct cli *cli, const char *label, const struct tm_field *field,
	       const struct taskmeter_record *record)
{
	char duration[UNIT_SIZE], percent[PERCENT_SIZE], value[VALUE_SIZE];
	uint64_t ns = tm_field_u64(field, record);

	if (!tm_field_available(field, record)) {
		show_line(cli, label, "not available");
		return;
	}
	unit_duration_long(ns, duration);
	percent_of(ns, record->tracked_ns, percent);
	snprintf(value, sizeof(value), "%-14s %8s", duration, percent);
	show_line(cli, label, value);
}

void show_states(struct cli *cli, const struct taskmeter_record *record)
{
	char tracked[UNIT_SIZE];
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(*states); i++)
		show_time(cli, states[i].label, tm_field_find(states[i].field),
			  record);
	unit_duration_long(record->tracked_ns, tracked);
	show_line(cli, "together", tracked);
}

/* What the times lack. */
static void print_notes(struct cli *cli, const struct taskmeter_record *record)
{
	if (record->flags & TASKMETER_RECORD_PARTIAL)
		fprintf(cli->out, "  Not tracked all its life: of what was before, only running and waiting for\n  a CPU are counted.\n");
	if (record->untracked_threads)
		fprintf(cli->out, "  %u of its %u threads %s not tracked, for want of memory: %s time is missing.\n",
			record->untracked_threads, record->threads,
			record->untracked_threads == 1 ? "is" : "are",
			record->untracked_threads == 1 ? "its" : "their");
}

void show_number(struct cli *cli, const char *label, const char *name,
		 const struct taskmeter_record *record)
{
	const struct tm_field *field = tm_field_find(name);
	char value[VALUE_SIZE] = "not available";

	if (tm_field_available(field, record))
		snprintf(value, sizeof(value), "%" PRIu64,
			 tm_field_u64(field, record));
	show_line(cli, label, value);
}

/* Where its memory is; most machines have one node only. */
static void print_numa(struct cli *cli, const struct taskmeter_record *record)
{
	char value[VALUE_SIZE] = "none";

	if (!(record->available & TASKMETER_AVAILABLE_NUMA_BALANCING))
		return;
	if (record->numa_preferred_node >= 0)
		snprintf(value, sizeof(value), "%d", record->numa_preferred_node);
	show_line(cli, "preferred NUMA node", value);
	show_number(cli, "pages moved there", "numa_migrated_pages", record);
}

/* What the module calls it when no thread did it, as a timer or a device. */
static bool is_interrupt(const struct taskmeter_record *record)
{
	return !record->waker_pid &&
	       !strncmp(record->waker_comm, "interrupt", TASKMETER_COMM_LEN);
}

static void print_waker(struct cli *cli, const struct taskmeter_record *record)
{
	char name[TEXT_TERMINAL_SIZE(TASKMETER_COMM_LEN)], value[VALUE_SIZE];

	if (!(record->available & TASKMETER_AVAILABLE_WAKER))
		return;
	text_for_terminal(record->waker_comm, sizeof(record->waker_comm),
			  cli->utf8, name, sizeof(name));
	if (is_interrupt(record))
		snprintf(value, sizeof(value), "an interrupt");
	else if (record->waker_pid)
		snprintf(value, sizeof(value), "%u (%s)", record->waker_pid,
			 name);
	else
		snprintf(value, sizeof(value), "%s, which is gone", name);
	show_line(cli, "woken last by", value);
}

static void print_wait(struct cli *cli, const struct waits *waits,
		       const char *words)
{
	char p50[UNIT_SIZE], p90[UNIT_SIZE], p99[UNIT_SIZE], max[UNIT_SIZE];
	char number[UNIT_SIZE], when[80] = "";

	if (!waits->available) {
		fprintf(cli->out, "  %-8s not available\n", words);
		return;
	}
	unit_number_short(waits->count, number);
	unit_duration_short(waits->p50_ns, p50);
	unit_duration_short(waits->p90_ns, p90);
	unit_duration_short(waits->p99_ns, p99);
	unit_duration_short(waits->max_ns, max);
	if (waits->max_time_ns)
		start_time_clock(waits->max_time_ns, when, sizeof(when));
	if (waits->count)
		fprintf(cli->out, "  %-8s %8s %8s %8s %8s %8s  %s\n", words,
			number, p50, p90, p99, max, when);
	else
		fprintf(cli->out, "  %-8s %8s\n", words, "none");
}

void show_waits(struct cli *cli, const struct task_reading *reading)
{
	static const char *const words[] = {
		[TM_HISTOGRAM_CPU_WAIT] = "a CPU",
		[TM_HISTOGRAM_IO_WAIT] = "I/O",
		[TM_HISTOGRAM_MEM_WAIT] = "memory",
	};
	struct waits waits;
	char header[80];
	int kind;

	snprintf(header, sizeof(header), "%-10s %8s %8s %8s %8s %8s  %s",
		 "waits for", "count", "p50", "p90", "p99", "max", "at");
	fprintf(cli->out, "\n");
	cli_heading(cli, header);
	for (kind = 0; kind <= TM_HISTOGRAM_MEM_WAIT; kind++) {
		waits_read(&waits, reading, NULL, (enum tm_histogram_kind)kind);
		print_wait(cli, &waits, words[kind]);
	}
}

void show_meter(struct cli *cli, const struct task_reading *reading)
{
	const struct taskmeter_record *record = &reading->record;

	fprintf(cli->out, "\n");
	cli_heading(cli, "time by state");
	if (!(record->available & TASKMETER_AVAILABLE_METER)) {
		fprintf(cli->out, "  Not tracked: the meter is off, or there was no memory; see 'taskmeter info'.\n");
		return;
	}
	print_state(cli, record);
	show_states(cli, record);
	print_notes(cli, record);
	fprintf(cli->out, "\n");
	cli_heading(cli, "wake-ups");
	show_number(cli, "times woken", "wakeups", record);
	show_number(cli, "NUMA migrations", "numa_migrations", record);
	print_numa(cli, record);
	print_waker(cli, record);
	show_waits(cli, reading);
	show_stalls(cli, record);
}
