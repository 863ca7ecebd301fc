// SPDX-License-Identifier: GPL-2.0-or-later
/* See log.h. The state is set once, before the first line, by one thread. */
#include "core/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

static const char *log_name = "taskmeterd";
static bool log_to_journal;
static bool log_to_terminal;

/* systemd names the journal's stream by device and inode, see systemd.exec(5). */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uint64_t device, inode;
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st) < 0)
		return false;
	if (sscanf(stream, "%" SCNu64 ":%" SCNu64, &device, &inode) != 2)
		return false;
	return st.st_dev == device && st.st_ino == inode;
}

void log_open(const char *name)
{
	log_name = name;
	log_to_journal = stderr_is_journal();
	log_to_terminal = isatty(STDERR_FILENO);
}

bool log_is_journal(void)
{
	return log_to_journal;
}

static void log_stderr(int priority, const char *line)
{
	if (log_to_terminal)
		fprintf(stderr, "%s: %s\n", log_name, line);
	else
		fprintf(stderr, "<%d>%s: %s\n", priority, log_name, line);
}

void log_line(int priority, const char *format, ...)
{
	int saved = errno;
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);

	if (!log_to_journal || sd_journal_print(priority, "%s", line) < 0)
		log_stderr(priority, line);
	errno = saved;
}
