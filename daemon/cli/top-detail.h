/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of top about one task: what it did in the last interval, and its waits for a CPU. */
#ifndef TASKMETER_CLI_TOP_DETAIL_H
#define TASKMETER_CLI_TOP_DETAIL_H

#include "cli/frame.h"
#include "cli/top-view.h"

/**
 * top_detail_read() - read the task
 * @view: the view; what was read before stays if the task has ended
 * @meter: the meter
 *
 * Return: 0 or a negative errno.
 */
int top_detail_read(struct top_view *view, struct tm_meter *meter);

/**
 * top_detail_draw() - draw the page
 * @view: the view
 * @frame: gets it; if a histogram has no room, its shortest waits are left out
 * @columns: of the screen
 */
void top_detail_draw(struct top_view *view, struct frame *frame, size_t columns);

#endif
