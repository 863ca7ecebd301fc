// SPDX-License-Identifier: GPL-2.0-or-later
/* See frame.h. */
#include "cli/frame.h"

#include "common/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST	64

/* Of UTF-8, at most. Combining characters take no column: what is too much of them is cut. */
#define BYTES_PER_COLUMN	4

#define PRINT_SIZE	256

void frame_begin(struct frame *frame, size_t rows, size_t columns)
{
	if (columns != frame->columns)
		frame_release(frame);
	frame->rows = rows;
	frame->columns = columns;
	frame->count = 0;
	frame->full = false;
}

static int grow(struct frame *frame)
{
	size_t capacity = frame->capacity ? 2 * frame->capacity : CAPACITY_FIRST;
	struct frame_line *lines;

	lines = reallocarray(frame->lines, capacity, sizeof(*lines));
	if (!lines)
		return -1;
	memset(lines + frame->capacity, 0, (capacity - frame->capacity) * sizeof(*lines));
	frame->lines = lines;
	frame->capacity = capacity;
	return 0;
}

static size_t room_of(const struct frame *frame)
{
	return BYTES_PER_COLUMN * frame->columns;
}

/* The attributes stand behind the text. */
static int allocate(const struct frame *frame, struct frame_line *line)
{
	if (!line->text)
		line->text = malloc(2 * room_of(frame) + 1);
	if (!line->text)
		return -1;
	line->attributes = (unsigned char *)line->text + room_of(frame) + 1;
	line->text[0] = '\0';
	line->length = 0;
	line->columns = 0;
	return 0;
}

void frame_line(struct frame *frame)
{
	frame->full = (frame->rows && frame->count >= frame->rows) ||
		      (frame->count == frame->capacity && grow(frame)) ||
		      allocate(frame, &frame->lines[frame->count]);
	if (!frame->full)
		frame->count++;
}

static struct frame_line *last_line(struct frame *frame)
{
	return frame->full || !frame->count ? NULL : &frame->lines[frame->count - 1];
}

/* No character is cut in two. */
static size_t cut_bytes(const char *text, size_t length, size_t room)
{
	if (length <= room)
		return length;
	while (room && ((unsigned char)text[room] & 0xC0) == 0x80)
		room--;
	return room;
}

void frame_add(struct frame *frame, const char *text, enum frame_attribute attribute)
{
	struct frame_line *line = last_line(frame);
	size_t length;

	if (!line)
		return;
	length = cut_bytes(text, text_cut(text, frame->columns - line->columns),
			   room_of(frame) - line->length);
	memcpy(line->text + line->length, text, length);
	memset(line->attributes + line->length, attribute, length);
	line->text[line->length + length] = '\0';
	line->columns += text_columns(line->text + line->length);
	line->length += length;
}

void frame_print(struct frame *frame, enum frame_attribute attribute, const char *format, ...)
{
	char text[PRINT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	frame_add(frame, text, attribute);
}

static void add_blanks(struct frame *frame, size_t count, enum frame_attribute attribute)
{
	struct frame_line *line = last_line(frame);

	for (; line && count && line->columns < frame->columns; count--)
		frame_add(frame, " ", attribute);
}

void frame_add_value(struct frame *frame, const char *text, int width, bool last,
		     enum frame_attribute attribute, enum frame_attribute blank)
{
	size_t takes = text_columns(text), room = (size_t)abs(width);
	size_t blanks = room > takes ? room - takes : 0;

	if (width > 0)
		add_blanks(frame, blanks, blank);
	frame_add(frame, text, attribute);
	if (last)
		return;
	add_blanks(frame, width < 0 ? blanks + 1 : 1, blank);
}

void frame_fill(struct frame *frame, size_t columns, enum frame_attribute attribute)
{
	struct frame_line *line = last_line(frame);

	if (line && columns > line->columns)
		add_blanks(frame, columns - line->columns, attribute);
}

void frame_release(struct frame *frame)
{
	size_t i;

	for (i = 0; i < frame->capacity; i++)
		free(frame->lines[i].text);
	free(frame->lines);
	*frame = (struct frame){ .full = false };
}
