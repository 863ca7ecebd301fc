// SPDX-License-Identifier: GPL-2.0-or-later
/* See exit-start.h. */
#include "cli/exit-start.h"


#include <errno.h>
#include <stdlib.h>

#define CAPACITY_FIRST	64

/* The last numbers that were met: a ring once it holds @limit of them. */
struct numbers {
	uint64_t *numbers;
	uint64_t capacity;
	uint64_t limit;
	uint64_t count;
};

bool exit_filter_wants(const struct exit_filter *filter, const struct tm_exit *exit)
{
	if (filter->failed && !exit->exit->status)
		return false;
	if (filter->oom && !(exit->exit->flags & TASKMETER_EXIT_OOM))
		return false;
	if (filter->by_uid && exit->record->uid != filter->uid)
		return false;
	return exit->exit->exit_time_ns >= filter->from_ns;
}

static int scan_time(struct tm_exits *log, uint64_t from_ns, uint64_t *ret_cursor)
{
	const struct tm_exit *exit;
	int r;

	*ret_cursor = 1;
	while ((r = tm_exits_next(log, &exit)) > 0) {
		if (exit->exit->exit_time_ns >= from_ns)
			return 0;
		*ret_cursor = exit->exit->number + 1;
	}
	return r;
}

int exit_start_of_time(struct tm_meter *meter, const struct exit_filter *filter,
		       uint64_t *ret_cursor)
{
	struct tm_exits *log;
	int r = tm_exits_new(meter, 0, 0, &log);

	if (r)
		return r;
	r = scan_time(log, filter->from_ns, ret_cursor);
	tm_exits_free(log);
	return r;
}

static int grow(struct numbers *numbers)
{
	uint64_t capacity = numbers->capacity ? 2 * numbers->capacity : CAPACITY_FIRST;
	uint64_t *grown;

	if (capacity > numbers->limit)
		capacity = numbers->limit;
	grown = reallocarray(numbers->numbers, capacity, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	numbers->numbers = grown;
	numbers->capacity = capacity;
	return 0;
}

static int numbers_add(struct numbers *numbers, uint64_t number)
{
	if (numbers->count == numbers->capacity && numbers->capacity < numbers->limit &&
	    grow(numbers))
		return -ENOMEM;
	numbers->numbers[numbers->count++ % numbers->limit] = number;
	return 0;
}

static int scan_last(struct tm_exits *log, const struct exit_filter *filter,
		     struct numbers *numbers)
{
	const struct tm_exit *exit;
	int r;

	while ((r = tm_exits_next(log, &exit)) > 0) {
		if (exit_filter_wants(filter, exit))
			r = numbers_add(numbers, exit->exit->number);
		if (r < 0)
			break;
	}
	return r;
}

int exit_start_of_last(struct tm_meter *meter, const struct exit_filter *filter,
		       uint64_t count, uint64_t *ret_cursor)
{
	struct numbers numbers = { .limit = count };
	struct tm_exits *log;
	int r = tm_exits_new(meter, 0, 0, &log);

	if (r)
		return r;
	r = scan_last(log, filter, &numbers);
	*ret_cursor = numbers.count < count ? 0 :
		      numbers.numbers[numbers.count % count];
	free(numbers.numbers);
	tm_exits_free(log);
	return r;
}
