/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process that was forked here, and all who descend from it, do until they end.
 *
 * Forks are told as events, in the order in which they happened. What they did is read
 * from the exit log while they run, so that it need not hold it all. Whatever one of the
 * two lacks, its number is known.
 */
#ifndef TASKMETER_CLI_PURSUIT_H
#define TASKMETER_CLI_PURSUIT_H

#include "cli/deeds.h"
#include "cli/family.h"

struct cli;
struct verdicts;

/**
 * struct survivor - a descendant that has not ended, or that nobody has waited for
 * @record: what it has done so far
 */
struct survivor {
	struct taskmeter_record record;
};

/**
 * struct pursuit - what is known of the descendants
 * @cli: the world
 * @events: tells of forks
 * @meter: tells of all else
 * @log: the exit log
 * @lost_before: what it lacked before it was opened anew
 * @family: who they are
 * @deeds: what those did that have ended
 * @first: the process that was forked here
 * @own: its exit record; its @exit.size is 0 before there is one
 * @mark: process that is forked to see how far events have come, 0 if there is none
 * @marked: its fork was told
 * @told_ns: forks until then have been told
 * @forks_lost: events that were lost
 * @exits_lost: exit records that were lost, of all processes of the machine
 * @held: exit records of who need not be a descendant
 * @unheld: those that there was no room to keep, after events were lost
 * @missing: descendants that have ended without a record
 * @survivors: those that live on
 * @survivor_count: how many
 * @error: the first that occurred, negative errno; or 0
 */
struct pursuit {
	struct cli *cli;
	struct tm_events *events;
	struct tm_meter *meter;
	struct tm_exits *log;
	uint64_t lost_before;
	struct family family;
	struct deeds deeds;
	uint32_t first;
	struct kept_exit own;
	uint32_t mark;
	bool marked;
	uint64_t told_ns;
	uint64_t forks_lost;
	uint64_t exits_lost;
	struct verdicts *held;
	uint64_t unheld;
	uint64_t missing;
	struct survivor *survivors;
	size_t survivor_count;
	int error;
};

/**
 * pursuit_begin() - get ready, before the process is forked
 * @pursuit: filled in; released with pursuit_release() in any case
 * @cli: the world; what goes wrong is said
 * @worst: how many of the worst are kept
 *
 * Return: &enum cli_status.
 */
int pursuit_begin(struct pursuit *pursuit, struct cli *cli, size_t worst);

/**
 * pursuit_first() - take up the process that was forked here
 * @pursuit: the pursuit
 * @pid: the process, which nobody has waited for yet
 *
 * Other children of ours that are older, of who became this program, are no descendants.
 */
void pursuit_first(struct pursuit *pursuit, uint32_t pid);

/**
 * pursuit_step() - take up what has happened
 * @pursuit: the pursuit; once it has failed, this does nothing
 *
 * It is due several times a second.
 */
void pursuit_step(struct pursuit *pursuit);

/**
 * pursuit_finish() - wait until all that has happened is told
 * @pursuit: the pursuit
 *
 * After the process has ended. What is still not there after some seconds is missing.
 */
void pursuit_finish(struct pursuit *pursuit);

/**
 * pursuit_error() - why it has failed
 * @pursuit: the pursuit
 *
 * Return: one sentence without a full stop.
 */
const char *pursuit_error(const struct pursuit *pursuit);

/**
 * pursuit_release() - drop everything
 * @pursuit: the pursuit; all zero will do
 */
void pursuit_release(struct pursuit *pursuit);

#endif
