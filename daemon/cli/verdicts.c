// SPDX-License-Identifier: GPL-2.0-or-later
/* See verdicts.h. */
#include "cli/verdicts.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

/**
 * struct open_case - a record that is kept
 * @kept: the record
 * @histograms: its histograms
 * @entry: in the order in which they came
 */
struct open_case {
	struct kept_exit kept;
	struct taskmeter_histograms histograms;
	TAILQ_ENTRY(open_case) entry;
};

/**
 * struct verdicts - those that are kept
 * @cases: from the oldest on
 * @count: how many
 */
struct verdicts {
	TAILQ_HEAD(open_cases, open_case) cases;
	size_t count;
};

struct verdicts *verdicts_new(void)
{
	struct verdicts *verdicts = calloc(1, sizeof(*verdicts));

	if (verdicts)
		TAILQ_INIT(&verdicts->cases);
	return verdicts;
}

static void drop(struct verdicts *verdicts, struct open_case *open)
{
	TAILQ_REMOVE(&verdicts->cases, open, entry);
	verdicts->count--;
	kept_exit_release(&open->kept);
	free(open);
}

int verdicts_add(struct verdicts *verdicts, const struct tm_exit *exit)
{
	struct open_case *open = calloc(1, sizeof(*open));

	if (!open || kept_exit_copy(&open->kept, exit)) {
		free(open);
		return -ENOMEM;
	}
	if (exit->histograms)
		open->histograms = *exit->histograms;
	TAILQ_INSERT_TAIL(&verdicts->cases, open, entry);
	if (verdicts->count++ < VERDICTS_LIMIT)
		return 0;
	drop(verdicts, TAILQ_FIRST(&verdicts->cases));
	return 1;
}

static int judge_one(struct verdicts *verdicts, struct open_case *open,
		     int (*judge)(void *context, const struct tm_exit *exit), void *context)
{
	struct tm_exit view = kept_exit_view(&open->kept);
	int r;

	if (open->histograms.size)
		view.histograms = &open->histograms;
	r = judge(context, &view);
	if (r == VERDICT_DONE)
		drop(verdicts, open);
	return r;
}

int verdicts_review(struct verdicts *verdicts,
		    int (*judge)(void *context, const struct tm_exit *exit), void *context)
{
	struct open_case *open = TAILQ_FIRST(&verdicts->cases), *next;
	int done = 0, r;

	for (; open; open = next) {
		next = TAILQ_NEXT(open, entry);
		r = judge_one(verdicts, open, judge, context);
		if (r < 0)
			return r;
		done += r == VERDICT_DONE;
	}
	return done;
}

void verdicts_free(struct verdicts *verdicts)
{
	if (!verdicts)
		return;
	while (verdicts->count)
		drop(verdicts, TAILQ_FIRST(&verdicts->cases));
	free(verdicts);
}
