/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What many processes that ended did in all, and who of them was held up most. */
#ifndef TASKMETER_CLI_DEEDS_H
#define TASKMETER_CLI_DEEDS_H

#include "cli/waits.h"

#include <stddef.h>

/**
 * struct kept_exit - an exit record of one's own
 * @exit: how it ended
 * @record: its totals
 * @path: of its cgroup, or NULL
 */
struct kept_exit {
	struct taskmeter_exit exit;
	struct taskmeter_record record;
	char *path;
};

/**
 * kept_exit_copy() - keep an exit record
 * @kept: gets it; released with kept_exit_release()
 * @exit: the record; its histograms are not kept
 *
 * Return: 0; -ENOMEM.
 */
int kept_exit_copy(struct kept_exit *kept, const struct tm_exit *exit);

/**
 * kept_exit_view() - a kept record as the library tells one
 * @kept: the record
 *
 * Return: valid as long as @kept.
 */
struct tm_exit kept_exit_view(const struct kept_exit *kept);

/**
 * kept_exit_release() - drop a record
 * @kept: the record; all zero will do
 */
void kept_exit_release(struct kept_exit *kept);

/**
 * struct deeds - sums; all zero at first but @worst_limit
 * @total: of each counter the sum; of maxima and the peak of resident memory the
 *	highest, of any one process; histograms are summed. All else is 0. Available is what
 *	any of the processes told
 * @processes: how many
 * @partial: how many of them were not tracked from beginning to end
 * @worst: those that were held up most, from the worst on
 * @worst_count: how many there are
 * @worst_limit: of how many at most
 */
struct deeds {
	struct task_reading total;
	uint64_t processes;
	uint64_t partial;
	struct kept_exit *worst;
	size_t worst_count;
	size_t worst_limit;
};

/**
 * deeds_held_up() - how long a process was held up
 * @record: its record
 *
 * Return: its waits for a CPU, for I/O, for memory and for locks, ns.
 */
uint64_t deeds_held_up(const struct taskmeter_record *record);

/**
 * deeds_add() - add what a process did
 * @deeds: the sums
 * @exit: the process
 */
void deeds_add(struct deeds *deeds, const struct tm_exit *exit);

/**
 * deeds_rank() - take a process up among the worst if it is one of them
 * @deeds: the sums
 * @exit: the process
 *
 * Return: 0; -ENOMEM.
 */
int deeds_rank(struct deeds *deeds, const struct tm_exit *exit);

/**
 * deeds_release() - drop everything
 * @deeds: the sums
 */
void deeds_release(struct deeds *deeds);

#endif
