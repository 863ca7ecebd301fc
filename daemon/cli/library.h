/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls of libtaskmeter that tell of events. A subscription has sockets of its own:
 * tests, which put a meter of theirs behind all else, replace these.
 */
#ifndef TASKMETER_CLI_LIBRARY_H
#define TASKMETER_CLI_LIBRARY_H

#include <taskmeter/taskmeter.h>

/**
 * struct library - the calls, each with the name of what it stands for behind tm_
 */
struct library {
	int (*events_new)(uint32_t events, uint32_t flags, uint64_t cursor,
			  struct tm_events **ret_events);
	int (*events_fd)(const struct tm_events *events);
	int (*events_next)(struct tm_events *events, const struct tm_event **ret_event);
	const char *(*events_error)(const struct tm_events *events);
	void (*events_free)(struct tm_events *events);
};

#endif
