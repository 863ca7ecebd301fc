/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exit records as netlink attributes.
 */
#ifndef TASKMETER_ATTRS_EXIT_H
#define TASKMETER_ATTRS_EXIT_H

#include <linux/limits.h>
#include <linux/taskmeter.h>
#include <linux/types.h>

#include "attrs.h"
#include "ending.h"

struct observer;

/* Room that the attributes of an exit take at the most. */
#define EXIT_ATTRS_SIZE	(TASKMETER_A_EXIT_MAX * ATTR_U64 + \
			 ATTR_SPACE(TASKMETER_COMMAND_LINE_LEN) + \
			 ATTR_SPACE(PATH_MAX) + ATTRS_SIZE + STALLS_SIZE + HISTOGRAMS_SIZE)

/**
 * struct exit_writer - writes exits for one observer
 * @observer: who reads them
 * @flags: what they are told with
 * @ending: what is written next
 * @histograms: likewise, if @flags ask for them
 * @path_id: whose path @path is
 * @path: of a cgroup, empty if it is not known
 */
struct exit_writer {
	const struct observer *observer;
	u32 flags;
	struct ending ending;
	struct taskmeter_histograms histograms;
	u64 path_id;
	char path[PATH_MAX];
};

void *put_exit(void *at, struct exit_writer *writer);
void *put_command_line(void *at, u16 type, const u8 *command_line, u32 length);

#endif /* TASKMETER_ATTRS_EXIT_H */
