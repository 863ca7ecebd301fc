// SPDX-License-Identifier: GPL-2.0-or-later
/* See journal.h. */
#include "core/journal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define MESSAGE	"MESSAGE="

void journal_add(struct journal_entry *entry, char *field, size_t length)
{
	if (entry->count < JOURNAL_FIELDS_MAX)
		entry->fields[entry->count++] = (struct iovec) { field, length };
}

void journal_message(struct journal_entry *entry, const char *format, ...)
{
	const size_t begin = strlen(MESSAGE);
	va_list args;

	strcpy(entry->message, MESSAGE);
	va_start(args, format);
	vsnprintf(entry->message + begin, sizeof(entry->message) - begin, format, args);
	va_end(args);
	journal_add(entry, entry->message, strlen(entry->message));
}

void journal_print(struct journal_entry *entry, const char *format, ...)
{
	char *text;
	va_list args;

	if (entry->count == JOURNAL_FIELDS_MAX)
		return;
	text = entry->texts[entry->count];
	va_start(args, format);
	vsnprintf(text, JOURNAL_FIELD_SIZE, format, args);
	va_end(args);
	journal_add(entry, text, strlen(text));
}

void journal_number(struct journal_entry *entry, const char *name, uint64_t number)
{
	journal_print(entry, "%s=%" PRIu64, name, number);
}

void journal_send(struct journal_entry *entry, int priority)
{
	journal_number(entry, "PRIORITY", (uint64_t)priority);
	if (!log_is_journal() || sd_journal_sendv(entry->fields, entry->count) < 0)
		log_line(priority, "%s", entry->message + strlen(MESSAGE));
}
