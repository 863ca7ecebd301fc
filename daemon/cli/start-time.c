// SPDX-License-Identifier: GPL-2.0-or-later
/* See start-time.h. */
#include "cli/start-time.h"

#include "common/units.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S	1000000000LL
#define NS_PER_MS	1000000LL
#define DAY		86400

/* Nanoseconds that have passed since; 0 if that is still to come. */
static int64_t age_ns(uint64_t boottime_ns)
{
	struct timespec now;
	int64_t age;

	clock_gettime(CLOCK_BOOTTIME, &now);
	age = now.tv_sec * NS_PER_S + now.tv_nsec - (int64_t)boottime_ns;
	return age < 0 ? 0 : age;
}

bool start_time_is(const struct tm_field *field)
{
	size_t length = strlen(field->name), end = strlen("_time_ns");

	return length > end && !strcmp(field->name + length - end, "_time_ns");
}

/* Gives the milliseconds of the second. */
static int to_local(int64_t age, struct tm *ret_local)
{
	struct timespec now;
	int64_t then;
	time_t seconds;

	clock_gettime(CLOCK_REALTIME, &now);
	then = now.tv_sec * NS_PER_S + now.tv_nsec - age;
	seconds = then / NS_PER_S;
	localtime_r(&seconds, ret_local);
	return (int)(then % NS_PER_S / NS_PER_MS);
}

void start_time_short(uint64_t boottime_ns, char *text, size_t size)
{
	int64_t age = age_ns(boottime_ns);
	struct tm local;

	to_local(age, &local);
	if (age < DAY * NS_PER_S)
		strftime(text, size, "%H:%M", &local);
	else if (age < 182 * DAY * NS_PER_S)
		strftime(text, size, "%b%d", &local);
	else
		strftime(text, size, "%Y", &local);
}

void start_time_clock(uint64_t boottime_ns, char *text, size_t size)
{
	int64_t age = age_ns(boottime_ns);
	struct tm local;

	to_local(age, &local);
	strftime(text, size, age < DAY * NS_PER_S ? "%H:%M:%S" : "%b%d %H:%M:%S",
		 &local);
}

void start_time_precise(uint64_t boottime_ns, char *text, size_t size)
{
	int64_t age = age_ns(boottime_ns);
	struct tm local;
	int ms = to_local(age, &local);
	size_t length;

	length = strftime(text, size, age < DAY * NS_PER_S ? "%H:%M:%S" : "%b%d %H:%M:%S",
			  &local);
	snprintf(text + length, size - length, ".%03d", ms);
}

void start_time_long(uint64_t boottime_ns, char *text, size_t size)
{
	int64_t age = age_ns(boottime_ns);
	char date[32], ago[UNIT_SIZE];
	struct tm local;

	to_local(age, &local);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &local);
	unit_duration_long((uint64_t)age, ago);
	snprintf(text, size, "%s, %s ago", date, ago);
}
