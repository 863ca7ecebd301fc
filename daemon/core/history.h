/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store in the event loop: which boot this is, and answers that come in. */
#ifndef TASKMETERD_CORE_HISTORY_H
#define TASKMETERD_CORE_HISTORY_H

#include <systemd/sd-event.h>
#include "store/store.h"

/**
 * struct history - the store and its place in the event loop
 * @store: NULL if there is to be no history
 * @io: tells of answers
 */
struct history {
	struct store *store;
	sd_event_source *io;
};

/**
 * history_open() - begin to keep the history
 * @event: event loop
 * @path: its file, or NULL for none
 * @limits: what is kept
 * @history: filled in
 *
 * Logs why it failed.
 *
 * Return: 0 or a negative errno.
 */
int history_open(sd_event *event, const char *path, const struct database_limits *limits,
		 struct history *history);
void history_close(struct history *history);

#endif
