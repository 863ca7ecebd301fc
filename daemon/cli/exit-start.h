/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which exit records are wanted, and where in the log to begin for them. The log is read
 * once more for that: it is a snapshot of the module's memory that may be gigabytes, so
 * nothing but numbers is kept.
 */
#ifndef TASKMETER_CLI_EXIT_START_H
#define TASKMETER_CLI_EXIT_START_H

#include <stdbool.h>
#include <stdint.h>
#include <taskmeter/taskmeter.h>

/**
 * struct exit_filter - which records
 * @failed: only with an exit code but 0, or a signal
 * @oom: only those killed because memory ran out
 * @by_uid: only of the user @uid
 * @uid: real user id
 * @from_ns: only those that ended at this time or later, boottime
 */
struct exit_filter {
	bool failed;
	bool oom;
	bool by_uid;
	uint32_t uid;
	uint64_t from_ns;
};

/**
 * exit_filter_wants() - whether a record is wanted
 * @filter: which are
 * @exit: the record
 */
bool exit_filter_wants(const struct exit_filter *filter, const struct tm_exit *exit);

/**
 * exit_start_of_time() - where records of a time begin
 * @meter: the meter, with no reader
 * @filter: tells the time; the rest of it is not looked at
 * @ret_cursor: the number after the last record that is older than the first one of this
 *	time; 1 if there is none older
 *
 * Return: 0 or a negative errno.
 */
int exit_start_of_time(struct tm_meter *meter, const struct exit_filter *filter,
		       uint64_t *ret_cursor);

/**
 * exit_start_of_last() - where the last records that are wanted begin
 * @meter: the meter, with no reader
 * @filter: which are wanted
 * @count: how many of them, at least 1
 * @ret_cursor: number of the first of them, 0 if there are not so many
 *
 * Return: 0 or a negative errno.
 */
int exit_start_of_last(struct tm_meter *meter, const struct exit_filter *filter,
		       uint64_t count, uint64_t *ret_cursor);

#endif
