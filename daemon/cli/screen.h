/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal as top uses it: it shows frames, and tells of keys. */
#ifndef TASKMETER_CLI_SCREEN_H
#define TASKMETER_CLI_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

struct cli;
struct frame;

/* Keys that are no character: beyond Unicode. */
enum screen_key {
	SCREEN_KEY_UP = 0x110000,
	SCREEN_KEY_DOWN,
	SCREEN_KEY_PAGE_UP,
	SCREEN_KEY_PAGE_DOWN,
	SCREEN_KEY_HOME,
	SCREEN_KEY_END,
	SCREEN_KEY_ENTER,
	SCREEN_KEY_ESCAPE,
	SCREEN_KEY_BACKSPACE,
	SCREEN_KEY_REDRAW,
};

/**
 * enum screen_news - what ended the waiting
 * @SCREEN_TIME: the time is over
 * @SCREEN_KEY: a key was pressed
 * @SCREEN_SIZE: the size has changed
 * @SCREEN_END: somebody wants the program to end, or the terminal is gone
 */
enum screen_news {
	SCREEN_TIME,
	SCREEN_KEY,
	SCREEN_SIZE,
	SCREEN_END,
};

/* For waiting without an end. */
#define SCREEN_FOREVER	UINT64_MAX

/**
 * struct screen - a terminal
 * @open: take the terminal; false after it said on standard error why it cannot be used
 * @size: how many rows and columns there are, at least 1
 * @paint: show a frame from the top left corner on; @cursor: at the end of its last line
 * @repaint: paint all of the next frame, not only what has changed
 * @wait: wait for so many nanoseconds, of which what is left is put there; the key if it
 *	was one: a character or &enum screen_key
 * @close: give the terminal back as it was
 */
struct screen {
	bool (*open)(struct cli *cli);
	void (*size)(unsigned int *ret_rows, unsigned int *ret_columns);
	void (*paint)(const struct frame *frame, bool cursor);
	void (*repaint)(void);
	enum screen_news (*wait)(uint64_t *left_ns, uint32_t *ret_key);
	void (*close)(void);
};

/* The real one, by curses. */
extern const struct screen screen_curses;

#endif
