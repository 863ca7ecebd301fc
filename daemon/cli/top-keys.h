/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of top: one table is what they do and what the help tells. */
#ifndef TASKMETER_CLI_TOP_KEYS_H
#define TASKMETER_CLI_TOP_KEYS_H

#include "cli/top-view.h"

/**
 * enum top_action - what a key makes necessary
 * @TOP_DRAW: to draw anew
 * @TOP_LOOK: to take a look at the tasks at once
 * @TOP_READ: to read the task of TOP_DETAIL at once
 * @TOP_WAIT: to wait for the new interval from now on
 * @TOP_REPAINT: to paint all of the screen
 * @TOP_QUIT: to end
 */
enum top_action {
	TOP_DRAW,
	TOP_LOOK,
	TOP_READ,
	TOP_WAIT,
	TOP_REPAINT,
	TOP_QUIT,
};

/**
 * struct top_key - a key
 * @key: character or &enum screen_key
 * @also: another key for the same, or 0
 * @name: as people call them
 * @help: one line
 * @sort: field to sort by, or NULL
 * @ascending: the smallest first
 * @press: what it does, or NULL if it sorts
 */
struct top_key {
	uint32_t key;
	uint32_t also;
	const char *name;
	const char *help;
	const char *sort;
	bool ascending;
	enum top_action (*press)(struct top_view *view);
};

/**
 * top_keys() - the table
 * @ret_count: number of keys
 *
 * Return: the table.
 */
const struct top_key *top_keys(size_t *ret_count);

/**
 * top_press() - a key was pressed
 * @view: is changed
 * @key: character or &enum screen_key; one that means nothing changes nothing
 *
 * Return: &enum top_action.
 */
enum top_action top_press(struct top_view *view, uint32_t key);

#endif
