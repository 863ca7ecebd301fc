// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See oom.h. Names may be any bytes: the journal takes them as they are, a sentence shows
 * them as a terminal may.
 */
#include "core/oom.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include "common/cgroup.h"
#include "common/text.h"
#include "core/log.h"

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define FIELDS_MAX	20
#define FIELD_SIZE	160

/**
 * struct entry - an entry being made
 * @fields: what is sent
 * @count: how many
 * @texts: short ones
 * @command_line: the command line's
 * @path: the cgroup's
 * @message: the sentence
 */
struct entry {
	struct iovec fields[FIELDS_MAX];
	int count;
	char texts[FIELDS_MAX][FIELD_SIZE];
	char command_line[TASKMETER_COMMAND_LINE_LEN + 32];
	char path[CGROUP_PATH_SIZE + 32];
	char message[1024];
};

static void add_text(struct entry *entry, char *text)
{
	entry->fields[entry->count++] = (struct iovec) { text, strlen(text) };
}

static void add_number(struct entry *entry, const char *name, uint64_t number)
{
	char *text = entry->texts[entry->count];

	snprintf(text, FIELD_SIZE, "%s=%" PRIu64, name, number);
	add_text(entry, text);
}

static void add_string(struct entry *entry, const char *name, const char *value)
{
	char *text = entry->texts[entry->count];

	snprintf(text, FIELD_SIZE, "%s=%s", name, value);
	add_text(entry, text);
}

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

static void add_command_line(struct entry *entry, const struct tm_event *event)
{
	static const char name[] = "TASKMETER_COMMAND_LINE=";
	size_t length = sizeof(name) - 1;

	memcpy(entry->command_line, name, length);
	length += join_arguments(event, entry->command_line + length,
				 sizeof(entry->command_line) - length);
	if (length >= sizeof(name))
		entry->fields[entry->count++] = (struct iovec) { entry->command_line, length };
}

static void add_path(struct entry *entry, const char *path)
{
	if (!path)
		return;
	snprintf(entry->path, sizeof(entry->path), "TASKMETER_CGROUP=%s", path);
	add_text(entry, entry->path);
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

static void write_message(struct entry *entry, const struct tm_event *event, const char *path)
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
	snprintf(entry->message, sizeof(entry->message), "MESSAGE=Process %" PRIu32 " (%s) of"
		 " user %" PRIu32 " was killed because %s%s: it held %" PRIu64 " MiB"
		 " anonymous, %" PRIu64 " MiB file and %" PRIu64 " MiB shared memory, %" PRIu64
		 " MiB swap; it was in cgroup %s", event->pid, comm, event->uid, reason,
		 event->flags & TASKMETER_EXIT_OOM_SHARED ?
		 ", as it shares the memory of another one" : "",
		 mebibytes(event->oom_rss_anon_bytes), mebibytes(event->oom_rss_file_bytes),
		 mebibytes(event->oom_rss_shmem_bytes), mebibytes(event->oom_swap_bytes), where);
	add_text(entry, entry->message);
}

static void add_figures(struct entry *entry, const struct tm_event *event)
{
	char *text = entry->texts[entry->count];

	snprintf(text, FIELD_SIZE, "TASKMETER_OOM_SCORE_ADJ=%" PRId32, event->oom_score_adj);
	add_text(entry, text);
	add_number(entry, "TASKMETER_PID", event->pid);
	add_number(entry, "TASKMETER_UID", event->uid);
	add_number(entry, "TASKMETER_START_TIME_NS", event->start_time_ns);
	add_number(entry, "TASKMETER_TIME_NS", event->time_ns);
	add_number(entry, "TASKMETER_CGROUP_ID", event->cgroup_id);
	add_number(entry, "TASKMETER_RSS_ANON_BYTES", event->oom_rss_anon_bytes);
	add_number(entry, "TASKMETER_RSS_FILE_BYTES", event->oom_rss_file_bytes);
	add_number(entry, "TASKMETER_RSS_SHMEM_BYTES", event->oom_rss_shmem_bytes);
	add_number(entry, "TASKMETER_SWAP_BYTES", event->oom_swap_bytes);
}

void oom_report(const struct tm_event *event)
{
	struct entry entry = { .count = 0 };
	const char *path = find_path(event->cgroup_id);

	write_message(&entry, event, path);
	add_string(&entry, "MESSAGE_ID", OOM_MESSAGE_ID);
	add_number(&entry, "PRIORITY", LOG_WARNING);
	add_string(&entry, "TASKMETER_COMM", event->comm);
	add_string(&entry, "TASKMETER_OOM_SCOPE", scope(event));
	add_string(&entry, "TASKMETER_OOM_SHARED",
		   event->flags & TASKMETER_EXIT_OOM_SHARED ? "1" : "0");
	add_figures(&entry, event);
	add_command_line(&entry, event);
	add_path(&entry, path);
	if (!log_is_journal() || sd_journal_sendv(entry.fields, entry.count) < 0)
		log_warning("%s", entry.message + strlen("MESSAGE="));
}
