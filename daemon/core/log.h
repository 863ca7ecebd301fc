/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's voice: one sentence per line, to the journal.
 *
 * When standard error is the journal, lines are sent there with their priority;
 * otherwise they are written to standard error, with the priority as a prefix
 * as in sd-daemon(3) unless that is a terminal. Only the daemon's own layers
 * log; libraries return errors.
 */
#ifndef TASKMETERD_CORE_LOG_H
#define TASKMETERD_CORE_LOG_H

#include <stdbool.h>
#include <syslog.h>

/**
 * log_open() - find out where the lines go
 * @name: program name, kept
 */
void log_open(const char *name);

/**
 * log_line() - write one line
 * @priority: LOG_ERR and its like
 * @format: as printf, no line feed, no secret
 *
 * Keeps errno.
 */
void log_line(int priority, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * log_is_journal() - whether lines go to the journal
 *
 * Then sd_journal_sendv(3) may be used for an entry with fields of its own.
 */
bool log_is_journal(void);

#define log_error(...)		log_line(LOG_ERR, __VA_ARGS__)
#define log_warning(...)	log_line(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)		log_line(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)		log_line(LOG_INFO, __VA_ARGS__)

#endif
