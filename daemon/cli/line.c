// SPDX-License-Identifier: GPL-2.0-or-later
/* See line.h. */
#include "cli/line.h"

#include "cli/cli.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

void line_begin(struct line *line)
{
	line->text[0] = '\0';
	line->length = 0;
}

static void line_fill(struct line *line, size_t columns)
{
	while (columns-- && line->length < LINE_SIZE - 1)
		line->text[line->length++] = ' ';
	line->text[line->length] = '\0';
}

static void line_add(struct line *line, const char *text, size_t length)
{
	if (length > LINE_SIZE - 1 - line->length)
		length = LINE_SIZE - 1 - line->length;
	memcpy(line->text + line->length, text, length);
	line->length += length;
	line->text[line->length] = '\0';
}

void line_add_value(struct line *line, const char *text, int width, bool last)
{
	size_t takes = text_columns(text);
	size_t room = (size_t)abs(width);
	size_t blank = room > takes ? room - takes : 0;

	if (width > 0)
		line_fill(line, blank);
	line_add(line, text, strlen(text));
	if (last)
		return;
	if (width < 0)
		line_fill(line, blank);
	line_fill(line, 1);
}

void line_cut(struct line *line, const struct cli *cli)
{
	if (cli->width)
		line->text[text_cut(line->text, cli->width)] = '\0';
}
