// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See oom.h. Names may be any bytes: the journal takes them as they are, a sentence shows
 * them as a terminal may.
 */
#include "core/oom.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "common/cgroup.h"
#include "common/text.h"
#include "core/journal.h"

/**
 * struct report - an entry being made
 * @entry: the entry
 * @command_line: the command line's field
 * @path: the cgroup's
 */
struct report {
	struct journal_entry entry;
	char command_line[TASKMETER_COMMAND_LINE_LEN + 32];
	char path[CGROUP_PATH_SIZE + 32];
};

static const char *scope(const struct tm_event *event)
{
	if (event->flags & TASKMETER_EXIT_OOM_CGROUP)
		return "cgroup";
	return event->flags & TASKMETER_EXIT_OOM_MACHINE ? "machine" : "unknown";
}

/* Arguments with blanks between them; returns their length. */
static size_t join_arguments(const struct tm_event *event, char *text, size_t size)
{
	size_t i, length = event->command_line ? event->command_line_length : 0;

	if (length >= size)
		length = size - 1;
	while (length && !event->command_line[length - 1])
		length--;
	for (i = 0; i < length; i++)
		text[i] = event->command_line[i] ? (char)event->command_line[i] : ' ';
	text[length] = '\0';
	return length;
}

static void add_command_line(struct report *report, const struct tm_event *event)
{
	static const char name[] = "TASKMETER_COMMAND_LINE=";
	size_t length = sizeof(name) - 1;

	memcpy(report->command_line, name, length);
	length += join_arguments(event, report->command_line + length,
				 sizeof(report->command_line) - length);
	if (length >= sizeof(name))
		journal_add(&report->entry, report->command_line, length);
}

static void add_path(struct report *report, const char *path)
{
	if (!path)
		return;
	snprintf(report->path, sizeof(report->path), "TASKMETER_CGROUP=%s", path);
	journal_add(&report->entry, report->path, strlen(report->path));
}

/* One cgroup is often behind many kills: it is looked for once. */
static const char *find_path(uint64_t id)
{
	static struct cgroup cgroup;
	static uint64_t known;

	if (!id)
		return NULL;
	if (known == id)
		return cgroup.path;
	/* A search that fails leaves its traces in the path. */
	known = 0;
	if (cgroup_of_id(id, &cgroup) < 0)
		return NULL;
	known = id;
	return cgroup.path;
}

static uint64_t mebibytes(uint64_t bytes)
{
	return bytes >> 20;
}

static void write_message(struct journal_entry *entry, const struct tm_event *event,
			  const char *path)
{
	char comm[TEXT_TERMINAL_SIZE(TASKMETER_COMM_LEN)], where[512];
	const char *reason = "memory ran out";

	text_for_terminal(event->comm, sizeof(event->comm), true, comm, sizeof(comm));
	text_for_terminal(path ? path : "?", path ? strlen(path) : 1, true, where,
			  sizeof(where));
	if (event->flags & TASKMETER_EXIT_OOM_CGROUP)
		reason = "a cgroup reached its memory limit";
	else if (event->flags & TASKMETER_EXIT_OOM_MACHINE)
		reason = "the machine's memory ran out";
	journal_message(entry, "Process %" PRIu32 " (%s) of user %" PRIu32 " was killed because"
			" %s%s: it held %" PRIu64 " MiB anonymous, %" PRIu64 " MiB file and"
			" %" PRIu64 " MiB shared memory, %" PRIu64 " MiB swap; it was in cgroup %s",
			event->pid, comm, event->uid, reason,
			event->flags & TASKMETER_EXIT_OOM_SHARED ?
			", as it shares the memory of another one" : "",
			mebibytes(event->oom_rss_anon_bytes), mebibytes(event->oom_rss_file_bytes),
			mebibytes(event->oom_rss_shmem_bytes), mebibytes(event->oom_swap_bytes),
			where);
}

static void add_figures(struct journal_entry *entry, const struct tm_event *event)
{
	journal_print(entry, "TASKMETER_OOM_SCORE_ADJ=%" PRId32, event->oom_score_adj);
	journal_number(entry, "TASKMETER_PID", event->pid);
	journal_number(entry, "TASKMETER_UID", event->uid);
	journal_number(entry, "TASKMETER_START_TIME_NS", event->start_time_ns);
	journal_number(entry, "TASKMETER_TIME_NS", event->time_ns);
	journal_number(entry, "TASKMETER_CGROUP_ID", event->cgroup_id);
	journal_number(entry, "TASKMETER_RSS_ANON_BYTES", event->oom_rss_anon_bytes);
	journal_number(entry, "TASKMETER_RSS_FILE_BYTES", event->oom_rss_file_bytes);
	journal_number(entry, "TASKMETER_RSS_SHMEM_BYTES", event->oom_rss_shmem_bytes);
	journal_number(entry, "TASKMETER_SWAP_BYTES", event->oom_swap_bytes);
}

void oom_report(const struct tm_event *event)
{
	struct report report = { .entry.count = 0 };
	struct journal_entry *entry = &report.entry;
	const char *path = find_path(event->cgroup_id);

	write_message(entry, event, path);
	journal_print(entry, "MESSAGE_ID=%s", OOM_MESSAGE_ID);
	journal_print(entry, "TASKMETER_COMM=%s", event->comm);
	journal_print(entry, "TASKMETER_OOM_SCOPE=%s", scope(event));
	journal_number(entry, "TASKMETER_OOM_SHARED",
		       !!(event->flags & TASKMETER_EXIT_OOM_SHARED));
	add_figures(entry, event);
	add_command_line(&report, event);
	add_path(&report, path);
	journal_send(entry, LOG_WARNING);
}
