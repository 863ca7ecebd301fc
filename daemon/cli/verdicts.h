/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit records that are kept until it is known whether they are wanted: when a process
 * lives shortly, its end may be told before its birth.
 */
#ifndef TASKMETER_CLI_VERDICTS_H
#define TASKMETER_CLI_VERDICTS_H

#include "cli/deeds.h"

/* Most that are kept. */
#define VERDICTS_LIMIT	4096

/**
 * enum verdict - what is known of a record
 * @VERDICT_OPEN: nothing yet
 * @VERDICT_DONE: it was taken, or is not wanted
 */
enum verdict {
	VERDICT_OPEN,
	VERDICT_DONE,
};

/**
 * verdicts_new() - nothing yet
 *
 * Return: to be freed with verdicts_free(); NULL if there is no memory.
 */
struct verdicts *verdicts_new(void);

/**
 * verdicts_add() - keep a record
 * @verdicts: those that are kept
 * @exit: copied
 *
 * Return: 0; 1 if the oldest one had to go for it; -ENOMEM.
 */
int verdicts_add(struct verdicts *verdicts, const struct tm_exit *exit);

/**
 * verdicts_review() - judge all that are kept, from the oldest on
 * @verdicts: those that are kept
 * @judge: &enum verdict, or a negative errno, which ends it
 * @context: for @judge
 *
 * Return: how many are done with; negative errno.
 */
int verdicts_review(struct verdicts *verdicts,
		    int (*judge)(void *context, const struct tm_exit *exit), void *context);

/**
 * verdicts_free() - drop everything
 * @verdicts: may be NULL
 */
void verdicts_free(struct verdicts *verdicts);

#endif
