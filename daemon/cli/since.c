// SPDX-License-Identifier: GPL-2.0-or-later
/* See since.h. */
#include "cli/since.h"

#include "cli/number.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#define NS_PER_S	UINT64_C(1000000000)
#define YEARS_300	(UINT64_C(300) * 366 * 86400)

static const struct {
	const char *name;
	uint64_t seconds;
} units[] = {
	{ "s", 1 }, { "sec", 1 }, { "m", 60 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 },
};

/* Seconds of one unit, 0 if the text is none. */
static uint64_t unit_seconds(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strlen(units[i].name) == length && !memcmp(units[i].name, text, length))
			return units[i].seconds;
	return 0;
}

/* One "10min"; what is behind it is left in @text. */
static int parse_part(const char **text, uint64_t *seconds)
{
	size_t digits = strspn(*text, "0123456789"), letters;
	char number[12];
	uint64_t value, unit;

	if (!digits || digits >= sizeof(number))
		return -EINVAL;
	memcpy(number, *text, digits);
	number[digits] = '\0';
	*text += digits;
	letters = strspn(*text, "abcdefghijklmnopqrstuvwxyz");
	unit = unit_seconds(*text, letters);
	*text += letters;
	if (!unit || number_parse(number, 0, YEARS_300 / unit, &value))
		return -EINVAL;
	*seconds += value * unit;
	return *seconds > YEARS_300 ? -EINVAL : 0;
}

static int parse_ago(const char *text, struct since *ret_since)
{
	uint64_t seconds = 0;
	int r;

	do {
		r = parse_part(&text, &seconds);
	} while (!r && *text);
	ret_since->ago_ns = seconds * NS_PER_S;
	return r;
}

/* So many digits, as a number. */
static int parse_digits(const char **text, size_t count, int highest, int *ret_number)
{
	int number = 0;

	for (; count; count--, (*text)++) {
		if (!isdigit((unsigned char)**text))
			return -EINVAL;
		number = 10 * number + (**text - '0');
	}
	*ret_number = number;
	return number > highest ? -EINVAL : 0;
}

/* "HH:MM" or "HH:MM:SS"; a leap second is the next one. */
static int parse_clock(const char **text, struct tm *tm)
{
	tm->tm_sec = 0;
	if (parse_digits(text, 2, 23, &tm->tm_hour) || *(*text)++ != ':' ||
	    parse_digits(text, 2, 59, &tm->tm_min))
		return -EINVAL;
	if (**text != ':')
		return 0;
	(*text)++;
	return parse_digits(text, 2, 60, &tm->tm_sec);
}

static int days_of(int year, int month)
{
	static const char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (!(year % 4) && year % 100) || !(year % 400);

	return days[month - 1] + (month == 2 && leap);
}

/* Days that are not in the calendar are refused: mktime() makes others of them. */
static int parse_date(const char **text, struct tm *tm)
{
	if (parse_digits(text, 4, 9999, &tm->tm_year) || *(*text)++ != '-' ||
	    parse_digits(text, 2, 12, &tm->tm_mon) || *(*text)++ != '-' ||
	    parse_digits(text, 2, 31, &tm->tm_mday) || tm->tm_year < 1970 ||
	    !tm->tm_mon || !tm->tm_mday ||
	    tm->tm_mday > days_of(tm->tm_year, tm->tm_mon))
		return -EINVAL;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	return 0;
}

/* What is behind a time: "Z", "+01:00", "-0330"; or nothing, which is local time. */
static int parse_zone(const char *text, bool *ret_local, int *ret_east_s)
{
	int sign = *text == '-' ? -1 : 1, hours = 0, minutes = 0;

	*ret_local = !*text;
	*ret_east_s = 0;
	if (*ret_local || !strcmp(text, "Z"))
		return 0;
	if (*text != '+' && *text != '-')
		return -EINVAL;
	text++;
	if (parse_digits(&text, 2, 14, &hours))
		return -EINVAL;
	text += *text == ':';
	if (*text && parse_digits(&text, 2, 59, &minutes))
		return -EINVAL;
	*ret_east_s = sign * (hours * 3600 + minutes * 60);
	return *text ? -EINVAL : 0;
}

static void to_seconds(struct tm *tm, bool local, int east_s, time_t *ret_seconds)
{
	tm->tm_isdst = -1;
	*ret_seconds = local ? mktime(tm) : timegm(tm) - east_s;
}

/* "YYYY-MM-DD", alone or with a time behind it. */
static int parse_day(const char *text, struct tm *tm, time_t *ret_seconds)
{
	bool local = true;
	int east_s = 0;

	if (parse_date(&text, tm))
		return -EINVAL;
	tm->tm_hour = 0;
	tm->tm_min = 0;
	tm->tm_sec = 0;
	if (*text) {
		if (*text != 'T' && *text != ' ')
			return -EINVAL;
		text++;
		if (parse_clock(&text, tm) || parse_zone(text, &local, &east_s))
			return -EINVAL;
	}
	to_seconds(tm, local, east_s, ret_seconds);
	return 0;
}

static int parse_moment(const char *text, const struct timespec *now, time_t *ret_seconds)
{
	struct tm tm;

	localtime_r(&now->tv_sec, &tm);
	if (strlen(text) > 4 && text[4] == '-')
		return parse_day(text, &tm, ret_seconds);
	if (parse_clock(&text, &tm) || *text)
		return -EINVAL;
	to_seconds(&tm, true, 0, ret_seconds);
	return 0;
}

static int parse_time(const char *text, const struct timespec *now, struct since *ret_since)
{
	uint64_t number;
	time_t seconds;
	int r = 0;

	if (*text == '@') {
		if (number_parse(text + 1, 0, YEARS_300, &number))
			return -EINVAL;
		seconds = (time_t)number;
	} else {
		r = parse_moment(text, now, &seconds);
	}
	if (r)
		return r;
	if (seconds > now->tv_sec)
		return -ERANGE;
	ret_since->ago_ns = (uint64_t)(now->tv_sec - seconds) * NS_PER_S +
			    (uint64_t)now->tv_nsec;
	return 0;
}

int since_parse(const char *text, const struct timespec *now, struct since *ret_since)
{
	int r;

	ret_since->number = 0;
	if (!number_parse(text, 1, UINT64_MAX, &ret_since->number))
		return 0;
	r = parse_ago(text, ret_since);
	return r ? parse_time(text, now, ret_since) : 0;
}
