// SPDX-License-Identifier: GPL-2.0-or-later
/* See top-keys.h. */
#include "cli/top-keys.h"

#include "cli/screen.h"
#include "common/text.h"

#include <string.h>

#define NS_PER_S	1000000000U

/* From one to the next by + and -. */
static const uint64_t intervals_ns[] = {
	NS_PER_S / 2, NS_PER_S, 2ULL * NS_PER_S, 5ULL * NS_PER_S, 10ULL * NS_PER_S,
	30ULL * NS_PER_S, 60ULL * NS_PER_S,
};

#define N_INTERVALS	(sizeof(intervals_ns) / sizeof(*intervals_ns))

static enum top_action quit(struct top_view *view)
{
	(void)view;
	return TOP_QUIT;
}

static enum top_action help(struct top_view *view)
{
	view->page = view->page == TOP_HELP ? TOP_LIST : TOP_HELP;
	return TOP_DRAW;
}

static enum top_action up(struct top_view *view)
{
	top_view_select(view, view->selected ? view->selected - 1 : 0);
	return TOP_DRAW;
}

static enum top_action down(struct top_view *view)
{
	top_view_select(view, view->selected + 1);
	return TOP_DRAW;
}

static enum top_action page_up(struct top_view *view)
{
	top_view_select(view, view->selected > view->page_rows ?
			      view->selected - view->page_rows : 0);
	return TOP_DRAW;
}

static enum top_action page_down(struct top_view *view)
{
	top_view_select(view, view->selected + view->page_rows);
	return TOP_DRAW;
}

static enum top_action home(struct top_view *view)
{
	top_view_select(view, 0);
	return TOP_DRAW;
}

static enum top_action end(struct top_view *view)
{
	top_view_select(view, SIZE_MAX - 1);
	return TOP_DRAW;
}

/* Tasks that there was no look at can only be shown by going on. */
static enum top_action look_at(struct top_view *view, enum top_kind kind)
{
	if (!top_view_kind(view, kind))
		return TOP_DRAW;
	view->frozen = false;
	return TOP_LOOK;
}

static enum top_action show_kind(struct top_view *view, enum top_kind kind)
{
	view->within = false;
	view->page = TOP_LIST;
	return look_at(view, kind);
}

static enum top_action next_kind(struct top_view *view)
{
	return show_kind(view, (enum top_kind)((view->kind + 1) % TOP_KINDS));
}

static enum top_action processes(struct top_view *view)
{
	return show_kind(view, TOP_PROCESSES);
}

static enum top_action threads(struct top_view *view)
{
	return show_kind(view, TOP_THREADS);
}

static enum top_action users(struct top_view *view)
{
	return show_kind(view, TOP_USERS);
}

static enum top_action cgroups(struct top_view *view)
{
	return show_kind(view, TOP_CGROUPS);
}

static enum top_action units(struct top_view *view)
{
	return show_kind(view, TOP_UNITS);
}

static enum top_action containers(struct top_view *view)
{
	return show_kind(view, TOP_CONTAINERS);
}

static enum top_action programs(struct top_view *view)
{
	return show_kind(view, TOP_PROGRAMS);
}

static enum top_action slices(struct top_view *view)
{
	return show_kind(view, TOP_SLICES);
}

static enum top_action next_columns(struct top_view *view)
{
	view->set++;
	top_view_columns(view);
	return TOP_DRAW;
}

static enum top_action turn(struct top_view *view)
{
	view->descending = !view->descending;
	return TOP_DRAW;
}

static enum top_action edit_filter(struct top_view *view)
{
	memcpy(view->filter_before, view->filter, sizeof(view->filter));
	view->typing = true;
	view->page = TOP_LIST;
	return TOP_DRAW;
}

/* After a pause the next look is of the time since the last one. */
static enum top_action freeze(struct top_view *view)
{
	view->frozen = !view->frozen;
	return view->frozen ? TOP_DRAW : TOP_LOOK;
}

static enum top_action slower(struct top_view *view)
{
	size_t i;

	for (i = 0; i < N_INTERVALS; i++) {
		if (intervals_ns[i] > view->interval_ns) {
			view->interval_ns = intervals_ns[i];
			break;
		}
	}
	return TOP_WAIT;
}

static enum top_action faster(struct top_view *view)
{
	size_t i;

	for (i = N_INTERVALS; i; i--) {
		if (intervals_ns[i - 1] < view->interval_ns) {
			view->interval_ns = intervals_ns[i - 1];
			break;
		}
	}
	return TOP_WAIT;
}

/* The tasks of a group, or all that is known of one. */
static enum top_action enter(struct top_view *view)
{
	const struct top_row *row;

	if (view->page != TOP_LIST || view->selected >= view->row_count)
		return TOP_DRAW;
	row = &view->rows[view->selected];
	if (!row->group) {
		view->detail = (struct top_detail){
			.identity = top_view_identity(row),
			.thread = view->kind == TOP_THREADS,
			.rates = row->sample->rates,
		};
		view->page = TOP_DETAIL;
		return TOP_READ;
	}
	top_view_within(view, row);
	view->filter[0] = '\0';
	return TOP_DRAW;
}

/* One step back. */
static enum top_action escape(struct top_view *view)
{
	if (view->page != TOP_LIST) {
		view->page = TOP_LIST;
	} else if (view->within) {
		view->within = false;
		return look_at(view, view->group_view);
	} else {
		view->filter[0] = '\0';
	}
	return TOP_DRAW;
}

static enum top_action repaint(struct top_view *view)
{
	(void)view;
	return TOP_REPAINT;
}

static const struct top_key keys[] = {
	{ 'q', 0, "q", "end", .press = quit },
	{ '?', 'h', "? h", "this help", .press = help },
	{ SCREEN_KEY_UP, 'k', "up k", "select the row above", .press = up },
	{ SCREEN_KEY_DOWN, 'j', "down j", "select the row below", .press = down },
	{ SCREEN_KEY_PAGE_UP, 0, "page up", "go up by a page", .press = page_up },
	{ SCREEN_KEY_PAGE_DOWN, 0, "page down", "go down by a page", .press = page_down },
	{ SCREEN_KEY_HOME, 0, "home", "select whoever is first", .press = home },
	{ SCREEN_KEY_END, 0, "end", "select the last row", .press = end },
	{ SCREEN_KEY_ENTER, 0, "enter", "all of a task, or of a group",
	  .press = enter },
	{ SCREEN_KEY_ESCAPE, 0, "esc", "back; no filter", .press = escape },
	{ '/', 0, "/", "filter by name, number, user", .press = edit_filter },
	{ 'v', 0, "v", "next view", .press = next_kind },
	{ '1', 0, "1", "processes", .press = processes },
	{ '2', 0, "2", "threads", .press = threads },
	{ '3', 0, "3", "users", .press = users },
	{ '4', 0, "4", "cgroups", .press = cgroups },
	{ '5', 0, "5", "units", .press = units },
	{ '6', 0, "6", "containers", .press = containers },
	{ '7', 0, "7", "programs", .press = programs },
	{ '8', 0, "8", "slices", .press = slices },
	{ 'o', 0, "o", "other fields", .press = next_columns },
	{ ' ', 0, "space", "freeze, and go on", .press = freeze },
	{ '+', '=', "+", "longer interval", .press = slower },
	{ '-', 0, "-", "shorter interval", .press = faster },
	{ 'a', 0, "a", "sort by STALL%: all of w i m l", .sort = "stall_ns_per_s" },
	{ 'c', 0, "c", "sort by CPU%: on a CPU", .sort = "run_ns_per_s" },
	{ 'w', 0, "w", "sort by WAIT%: for a CPU", .sort = "cpu_wait_ns_per_s" },
	{ 'i', 0, "i", "sort by IO%: for I/O", .sort = "io_wait_ns_per_s" },
	{ 'm', 0, "m", "sort by MEM%: for memory", .sort = "mem_wait_ns_per_s" },
	{ 'l', 0, "l", "sort by LOCK%: blocked else", .sort = "lock_wait_ns_per_s" },
	{ 'p', 0, "p", "sort by P99 of waits for a CPU", .sort = "cpu_wait_p99_ns" },
	{ 'r', 0, "r", "sort by RSS: resident memory", .sort = "rss_bytes" },
	{ 'g', 0, "g", "sort by GROWTH of it", .sort = "rss_growth_bytes_per_s" },
	{ 's', 0, "s", "sort by SW/S: switches", .sort = "switches_per_s" },
	{ 'n', 0, "n", "sort by PID", .sort = "pid",
	  .ascending = true },
	{ 'R', 0, "R", "turn the order", .press = turn },
	{ SCREEN_KEY_REDRAW, 0, "ctrl-L", "paint the screen anew", .press = repaint },
};

const struct top_key *top_keys(size_t *ret_count)
{
	*ret_count = sizeof(keys) / sizeof(*keys);
	return keys;
}

/* One character more, as UTF-8; what would not fit or is not printable is left out. */
static void type_character(char *text, uint32_t character)
{
	size_t length = strlen(text), size = 1, i;
	char bytes[4] = { (char)character };

	if (character >= SCREEN_KEY_UP || text_unsafe(character))
		return;
	if (character >= 0x80) {
		size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
		for (i = size - 1; i; i--, character >>= 6)
			bytes[i] = (char)(0x80 | (character & 0x3F));
		bytes[0] = (char)((0xF00 >> size & 0xF0) | character);
	}
	if (length + size >= TOP_FILTER_SIZE)
		return;
	memcpy(text + length, bytes, size);
	text[length + size] = '\0';
}

/* Continuation bytes belong to the character before them. */
static void erase_character(char *text)
{
	size_t length = strlen(text);

	while (length && ((unsigned char)text[length - 1] & 0xC0) == 0x80)
		length--;
	text[length ? length - 1 : 0] = '\0';
}

static enum top_action type(struct top_view *view, uint32_t key)
{
	if (key == SCREEN_KEY_ENTER)
		view->typing = false;
	else if (key == SCREEN_KEY_BACKSPACE)
		erase_character(view->filter);
	else if (key != SCREEN_KEY_ESCAPE)
		type_character(view->filter, key);
	if (key != SCREEN_KEY_ESCAPE)
		return TOP_DRAW;
	memcpy(view->filter, view->filter_before, sizeof(view->filter));
	view->typing = false;
	return TOP_DRAW;
}

static enum top_action sort(struct top_view *view, const struct top_key *key)
{
	struct column column;

	column_find(key->sort, strlen(key->sort), &column);
	top_view_sort(view, &column, !key->ascending);
	return TOP_DRAW;
}

enum top_action top_press(struct top_view *view, uint32_t key)
{
	enum top_action action = TOP_DRAW;
	size_t count, i;

	top_keys(&count);
	if (view->typing) {
		action = type(view, key);
	} else {
		for (i = 0; i < count; i++) {
			if (keys[i].key != key && (!keys[i].also || keys[i].also != key))
				continue;
			action = keys[i].press ? keys[i].press(view) : sort(view, &keys[i]);
		}
	}
	top_view_arrange(view);
	return action;
}
