// SPDX-License-Identifier: GPL-2.0-or-later
/* See units.h. Integers only: no figure is rounded up. */
#include "common/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_US	UINT64_C(1000)
#define NS_PER_MS	UINT64_C(1000000)
#define NS_PER_S	UINT64_C(1000000000)
#define MINUTE		UINT64_C(60)
#define HOUR		UINT64_C(3600)
#define DAY		UINT64_C(86400)

static const char *const suffixes[] = {
	[UNIT_NUMBER] = "",
	[UNIT_NS] = "_ns",
	[UNIT_BYTES] = "_bytes",
};

const char *unit_suffix(enum unit unit)
{
	return suffixes[unit];
}

static int ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcmp(name + n - m, end);
}

enum unit unit_of_field(const struct tm_field *field)
{
	if (ends_with(field->name, suffixes[UNIT_NS]))
		return UNIT_NS;
	if (ends_with(field->name, suffixes[UNIT_BYTES]))
		return UNIT_BYTES;
	return UNIT_NUMBER;
}

/* value / scale with one decimal below 100, which is as much as fits. */
static void print_scaled(uint64_t value, uint64_t scale, const char *unit,
			 char buffer[static UNIT_SIZE])
{
	uint64_t whole = value / scale;

	if (scale > 1 && whole < 100)
		snprintf(buffer, UNIT_SIZE, "%" PRIu64 ".%" PRIu64 "%s", whole,
			 value % scale * 10 / scale, unit);
	else
		snprintf(buffer, UNIT_SIZE, "%" PRIu64 "%s", whole, unit);
}

static void print_clock(uint64_t s, char buffer[static UNIT_SIZE])
{
	if (s < HOUR)
		snprintf(buffer, UNIT_SIZE, "%" PRIu64 ":%02" PRIu64,
			 s / MINUTE, s % MINUTE);
	else if (s < DAY)
		snprintf(buffer, UNIT_SIZE,
			 "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / HOUR,
			 s % HOUR / MINUTE, s % MINUTE);
	else if (s < 100 * DAY)
		snprintf(buffer, UNIT_SIZE, "%" PRIu64 "d%02" PRIu64 "h",
			 s / DAY, s % DAY / HOUR);
	else
		snprintf(buffer, UNIT_SIZE, "%" PRIu64 "d", s / DAY);
}

/* Below a minute: value and unit, with @blank between them. */
static void print_subminute(uint64_t ns, const char *blank,
			    char buffer[static UNIT_SIZE])
{
	uint64_t scale = 1;
	const char *name = "ns";
	char unit[8];

	if (ns >= NS_PER_S) {
		scale = NS_PER_S;
		name = "s";
	} else if (ns >= NS_PER_MS) {
		scale = NS_PER_MS;
		name = "ms";
	} else if (ns >= NS_PER_US) {
		scale = NS_PER_US;
		name = "us";
	}
	snprintf(unit, sizeof(unit), "%s%s", blank, name);
	print_scaled(ns, scale, unit, buffer);
}

void unit_duration_short(uint64_t ns, char buffer[static UNIT_SIZE])
{
	if (!ns)
		snprintf(buffer, UNIT_SIZE, "0");
	else if (ns < MINUTE * NS_PER_S)
		print_subminute(ns, "", buffer);
	else
		print_clock(ns / NS_PER_S, buffer);
}

void unit_duration_long(uint64_t ns, char buffer[static UNIT_SIZE])
{
	uint64_t s = ns / NS_PER_S;

	if (!ns)
		snprintf(buffer, UNIT_SIZE, "0 s");
	else if (s < MINUTE)
		print_subminute(ns, " ", buffer);
	else if (s < HOUR)
		snprintf(buffer, UNIT_SIZE, "%" PRIu64 " min %" PRIu64 " s",
			 s / MINUTE, s % MINUTE);
	else if (s < DAY)
		snprintf(buffer, UNIT_SIZE, "%" PRIu64 " h %" PRIu64 " min",
			 s / HOUR, s % HOUR / MINUTE);
	else
		snprintf(buffer, UNIT_SIZE, "%" PRIu64 " d %" PRIu64 " h",
			 s / DAY, s % DAY / HOUR);
}

/* The power of @base, as an index, in whose unit the value is below @base. */
static unsigned int power_of(uint64_t value, uint64_t base, uint64_t *ret_scale)
{
	unsigned int power = 0;

	*ret_scale = 1;
	while (value / *ret_scale >= base) {
		*ret_scale *= base;
		power++;
	}
	return power;
}

void unit_bytes_short(uint64_t bytes, char buffer[static UNIT_SIZE])
{
	uint64_t scale;
	unsigned int power = power_of(bytes, 1024, &scale);
	const char unit[2] = { "BKMGTPE"[power], '\0' };

	print_scaled(bytes, scale, bytes ? unit : "", buffer);
}

void unit_bytes_long(uint64_t bytes, char buffer[static UNIT_SIZE])
{
	static const char *const names[] = {
		" bytes", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB",
	};
	uint64_t scale;
	unsigned int power = power_of(bytes, 1024, &scale);

	print_scaled(bytes, scale, bytes == 1 ? " byte" : names[power], buffer);
}

void unit_number_short(uint64_t number, char buffer[static UNIT_SIZE])
{
	uint64_t scale;
	unsigned int power;

	if (number < 10000000) {
		snprintf(buffer, UNIT_SIZE, "%" PRIu64, number);
		return;
	}
	power = power_of(number, 1000, &scale);
	print_scaled(number, scale, (const char[]){ " kMGTPE"[power], '\0' },
		     buffer);
}
