/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of a table on a terminal, which grows from left to right. */
#ifndef TASKMETER_CLI_LINE_H
#define TASKMETER_CLI_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct cli;

/* Longer than the path of any cgroup, escaped. */
#define LINE_SIZE	20480

/**
 * struct line - the line so far
 * @text: NUL terminated
 * @length: bytes of it
 */
struct line {
	char text[LINE_SIZE];
	size_t length;
};

/**
 * line_begin() - begin anew
 * @line: the line
 */
void line_begin(struct line *line);

/**
 * line_add_value() - add a value in its column
 * @line: the line; what does not fit is left out
 * @text: the value, as text_for_terminal() gave it
 * @width: of the column; negative if the value stands at its left
 * @last: nothing comes behind it, no blanks either
 */
void line_add_value(struct line *line, const char *text, int width, bool last);

/**
 * line_cut() - cut to what the terminal shows, so that it stays one line
 * @line: the line
 * @cli: knows the width
 */
void line_cut(struct line *line, const struct cli *cli);

#endif
