/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a screen is to show: lines of text in which each byte has an attribute. Nothing
 * here knows of terminals, so that it is tested as text.
 */
#ifndef TASKMETER_CLI_FRAME_H
#define TASKMETER_CLI_FRAME_H

#include <stdbool.h>
#include <stddef.h>

/**
 * enum frame_attribute - what a piece of text means; the screen decides how that looks
 * @FRAME_PLAIN: nothing special
 * @FRAME_HEADING: heading of a table
 * @FRAME_SORTED: heading of the column that it is sorted by
 * @FRAME_SELECTED: the line that is selected
 * @FRAME_STRONG: name of what is told, keys
 * @FRAME_MUCH: held up by a quarter of a CPU's time or more
 * @FRAME_TOO_MUCH: held up by half of it or more
 * @FRAME_WARNING: something is not as it should be
 * @FRAME_RUN: of a bar, time on a CPU
 * @FRAME_CPU_WAIT: of a bar, waiting for a CPU
 * @FRAME_IO_WAIT: of a bar, waiting for I/O
 * @FRAME_MEM_WAIT: of a bar, waiting for memory
 * @FRAME_LOCK_WAIT: of a bar, blocked otherwise
 * @FRAME_REST: of a bar, asleep or stopped
 * @FRAME_ATTRIBUTES: how many there are
 */
enum frame_attribute {
	FRAME_PLAIN,
	FRAME_HEADING,
	FRAME_SORTED,
	FRAME_SELECTED,
	FRAME_STRONG,
	FRAME_MUCH,
	FRAME_TOO_MUCH,
	FRAME_WARNING,
	FRAME_RUN,
	FRAME_CPU_WAIT,
	FRAME_IO_WAIT,
	FRAME_MEM_WAIT,
	FRAME_LOCK_WAIT,
	FRAME_REST,
	FRAME_ATTRIBUTES,
};

/**
 * struct frame_line - a line
 * @text: NUL terminated; holds nothing that a terminal acts on
 * @attributes: &enum frame_attribute of each byte of it
 * @length: bytes
 * @columns: that it takes
 */
struct frame_line {
	char *text;
	unsigned char *attributes;
	size_t length;
	size_t columns;
};

/**
 * struct frame - the lines; all zero at first
 * @lines: the lines
 * @count: lines that are begun
 * @rows: most lines; 0 for no limit
 * @columns: most columns of a line
 * @capacity: lines that there is memory for
 * @full: the line that was begun last is not kept
 */
struct frame {
	struct frame_line *lines;
	size_t count;
	size_t rows;
	size_t columns;
	size_t capacity;
	bool full;
};

/**
 * frame_begin() - begin anew, with no line
 * @frame: the frame
 * @rows: most lines, 0 for no limit
 * @columns: most columns of a line
 */
void frame_begin(struct frame *frame, size_t rows, size_t columns);

/**
 * frame_line() - begin a line
 * @frame: the frame; a line beyond its last one, or that there is no memory for, is not
 *	kept
 */
void frame_line(struct frame *frame);

/**
 * frame_add() - add text to the line that was begun last
 * @frame: the frame; what does not fit into the line is left out
 * @text: harmless text, as text_for_terminal() gives it
 * @attribute: what it means
 */
void frame_add(struct frame *frame, const char *text, enum frame_attribute attribute);

/**
 * frame_print() - add formatted text, up to 255 bytes
 * @frame: as frame_add()
 * @attribute: what it means
 * @format: of printf()
 */
void frame_print(struct frame *frame, enum frame_attribute attribute, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * frame_add_value() - add a value of a table, and the blanks that its column needs
 * @frame: as frame_add()
 * @text: the value
 * @width: of the column; negative if the value stands at its left
 * @last: nothing comes behind it, no blanks either
 * @attribute: of the value
 * @blank: of the blanks
 */
void frame_add_value(struct frame *frame, const char *text, int width, bool last,
		     enum frame_attribute attribute, enum frame_attribute blank);

/**
 * frame_fill() - add blanks up to a column
 * @frame: as frame_add()
 * @columns: that the line takes then, at least
 * @attribute: what they mean
 */
void frame_fill(struct frame *frame, size_t columns, enum frame_attribute attribute);

/**
 * frame_release() - drop everything
 * @frame: the frame
 */
void frame_release(struct frame *frame);

#endif
