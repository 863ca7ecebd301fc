/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What top shows, as frames: the list with its header, and the help. */
#ifndef TASKMETER_CLI_TOP_DRAW_H
#define TASKMETER_CLI_TOP_DRAW_H

#include "cli/frame.h"
#include "cli/top-view.h"

/**
 * top_draw() - draw the page that is shown
 * @view: the view; its list is scrolled so that the selected row is on the screen
 * @frame: gets it
 * @rows: of the screen; 0 for a list as long as it is, without keys and selection
 * @columns: of the screen
 */
void top_draw(struct top_view *view, struct frame *frame, size_t rows, size_t columns);

#endif
