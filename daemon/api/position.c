// SPDX-License-Identifier: GPL-2.0-or-later
/* See position.h. */
#include "api/position.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NSEC_PER_SEC	UINT64_C(1000000000)
/* The largest Unix time that fits in nanoseconds with a sign. */
#define SECONDS_MAX	(INT64_MAX / NSEC_PER_SEC - 1)

/* Digits only; moves behind them. */
static int take_number(const char **text, uint64_t max, uint64_t *ret_number)
{
	const char *c = *text;
	uint64_t number = 0, digit;

	for (; isdigit((unsigned char)*c); c++) {
		digit = (uint64_t)(*c - '0');
		if (number > (max - digit) / 10)
			return -EINVAL;
		number = number * 10 + digit;
	}
	if (c == *text)
		return -EINVAL;
	*text = c;
	*ret_number = number;
	return 0;
}

/* So many digits, in a range, and what stands behind them; 0 for nothing certain. */
static int take_digits(const char **text, size_t digits, int min, int max, char behind,
		       int *ret_number)
{
	size_t i;
	int number = 0;

	for (i = 0; i < digits; i++) {
		if (!isdigit((unsigned char)(*text)[i]))
			return -EINVAL;
		number = number * 10 + ((*text)[i] - '0');
	}
	if (number < min || number > max || (behind && (*text)[digits] != behind))
		return -EINVAL;
	*text += digits + !!behind;
	*ret_number = number;
	return 0;
}

/* What is beyond nanoseconds does not count. */
static int take_fraction(const char **text, uint64_t *ret_ns)
{
	const char *c = *text;
	uint64_t ns = 0, unit = NSEC_PER_SEC / 10;

	*ret_ns = 0;
	if (*c != '.')
		return 0;
	for (c++; isdigit((unsigned char)*c); c++) {
		ns += unit * (uint64_t)(*c - '0');
		unit /= 10;
	}
	if (c == *text + 1)
		return -EINVAL;
	*text = c;
	*ret_ns = ns;
	return 0;
}

/* A '+' that was not escaped in a query comes as a blank. */
static int take_zone(const char **text, int *ret_seconds)
{
	char sign = **text;
	int hours, minutes;

	*ret_seconds = 0;
	if (sign != 'Z' && sign != 'z' && sign != '+' && sign != ' ' && sign != '-')
		return -EINVAL;
	++*text;
	if (sign == 'Z' || sign == 'z')
		return 0;
	if (take_digits(text, 2, 0, 23, ':', &hours) < 0 ||
	    take_digits(text, 2, 0, 59, 0, &minutes) < 0)
		return -EINVAL;
	*ret_seconds = (hours * 60 + minutes) * 60 * (sign == '-' ? -1 : 1);
	return 0;
}

/* timegm() makes another day of one that is not in the calendar. */
static bool is_day(const struct tm *tm)
{
	struct tm day = {
		.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday,
	};

	timegm(&day);
	return day.tm_mday == tm->tm_mday;
}

static int take_day_and_time(const char **text, struct tm *tm)
{
	if (take_digits(text, 4, 1970, 2200, '-', &tm->tm_year) < 0 ||
	    take_digits(text, 2, 1, 12, '-', &tm->tm_mon) < 0 ||
	    take_digits(text, 2, 1, 31, 0, &tm->tm_mday) < 0)
		return -EINVAL;
	if (**text != 'T' && **text != 't' && **text != ' ')
		return -EINVAL;
	++*text;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	if (!is_day(tm))
		return -EINVAL;
	return take_digits(text, 2, 0, 23, ':', &tm->tm_hour) < 0 ||
	       take_digits(text, 2, 0, 59, ':', &tm->tm_min) < 0 ||
	       take_digits(text, 2, 0, 60, 0, &tm->tm_sec) < 0 ? -EINVAL : 0;
}

static int parse_date(const char *text, uint64_t *ret_ns)
{
	struct tm tm = { 0 };
	uint64_t fraction;
	int64_t seconds;
	int zone;

	if (take_day_and_time(&text, &tm) < 0 || take_fraction(&text, &fraction) < 0 ||
	    take_zone(&text, &zone) < 0 || *text)
		return -EINVAL;
	seconds = timegm(&tm) - zone;
	if (seconds < 0)
		return -EINVAL;
	*ret_ns = (uint64_t)seconds * NSEC_PER_SEC + fraction;
	return 0;
}

static int parse_seconds(const char *text, uint64_t *ret_ns)
{
	uint64_t seconds, fraction;

	if (take_number(&text, SECONDS_MAX, &seconds) < 0 ||
	    take_fraction(&text, &fraction) < 0 || *text)
		return -EINVAL;
	*ret_ns = seconds * NSEC_PER_SEC + fraction;
	return 0;
}

static int parse_number(const char *text, struct position *position)
{
	if (take_number(&text, UINT64_MAX, &position->number) < 0)
		return -EINVAL;
	if (*text == ':') {
		text++;
		position->has_instance = true;
		position->instance_id = position->number;
		if (take_number(&text, INT64_MAX, &position->number) < 0)
			return -EINVAL;
	}
	return *text || position->number > INT64_MAX ? -EINVAL : 0;
}

int position_parse(const char *text, struct position *ret_position)
{
	struct position position = { 0 };
	int r;

	if (*text == '@')
		r = parse_seconds(text + 1, &position.time_ns);
	else if (strspn(text, "0123456789") == 4 && text[4] == '-')
		r = parse_date(text, &position.time_ns);
	else
		r = parse_number(text, &position);
	/* The epoch itself is a time, too. */
	if (!r && !position.time_ns && (*text == '@' || strchr(text, '-')))
		position.time_ns = 1;
	if (!r)
		*ret_position = position;
	return r;
}

int position_parse_id(const char *text, struct position *ret_position)
{
	struct position position = { 0 };

	if (parse_number(text, &position) < 0 || !position.has_instance)
		return -EINVAL;
	*ret_position = position;
	return 0;
}

void position_write(uint64_t instance_id, uint64_t number, char text[static POSITION_SIZE])
{
	snprintf(text, POSITION_SIZE, "%" PRIu64 ":%" PRIu64, instance_id, number);
}
