// SPDX-License-Identifier: GPL-2.0-or-later
/* See openmetrics.h. */
#include "api/openmetrics.h"

#include <stdlib.h>
#include <string.h>
#include "api/accept.h"

#define NS_PER_SECOND	UINT64_C(1000000000)

static const char *type_name(const struct metrics *metrics, enum metric_type type)
{
	switch (type) {
	case METRIC_COUNTER:
		return "counter";
	case METRIC_INFO:
		return metrics->openmetrics ? "info" : "gauge";
	case METRIC_HISTOGRAM:
		return "histogram";
	default:
		return "gauge";
	}
}

static const char *sample_suffix(enum metric_type type)
{
	switch (type) {
	case METRIC_COUNTER:
		return "_total";
	case METRIC_INFO:
		return "_info";
	default:
		return "";
	}
}

/* In a label's value also the quotation mark; a help text has none. */
static void escape(struct buffer *buffer, const char *text)
{
	size_t length;

	while (*text) {
		length = strcspn(text, "\\\"\n");
		buffer_append(buffer, text, length);
		text += length;
		if (*text == '\n')
			buffer_puts(buffer, "\\n");
		else if (*text)
			buffer_printf(buffer, "\\%c", *text);
		text += !!*text;
	}
}

void metrics_family(struct metrics *metrics, const struct family *family)
{
	struct buffer *buffer = metrics->buffer;
	const char *suffix = metrics->openmetrics ? "" : sample_suffix(family->type);

	metrics->family = family;
	buffer_printf(buffer, "# TYPE %s%s %s\n", family->name, suffix,
		      type_name(metrics, family->type));
	if (family->unit && metrics->openmetrics)
		buffer_printf(buffer, "# UNIT %s %s\n", family->name, family->unit);
	buffer_printf(buffer, "# HELP %s%s %s\n", family->name, suffix, family->help);
}

void metrics_labels(struct buffer *buffer, const struct label *labels)
{
	const char *separator = "";

	for (; labels && labels->name; labels++) {
		buffer_puts(buffer, separator);
		buffer_puts(buffer, labels->name);
		buffer_puts(buffer, "=\"");
		escape(buffer, labels->value);
		buffer_puts(buffer, "\"");
		separator = ",";
	}
}

/* A number is written from its end on. printf() would take more than all the rest. */
#define NUMBER_SIZE	32

static char *put_digits(char *end, uint64_t value, size_t least)
{
	const char *const last = end;

	while (value || (size_t)(last - end) < least) {
		*--end = (char)('0' + value % 10);
		value /= 10;
	}
	return end;
}

static char *put_seconds(char *end, uint64_t ns)
{
	end = put_digits(end, ns % NS_PER_SECOND, 9);
	*--end = '.';
	return put_digits(end, ns / NS_PER_SECOND, 1);
}

static void begin_name(struct metrics *metrics, const char *suffix)
{
	metrics->samples++;
	buffer_puts(metrics->buffer, metrics->family->name);
	buffer_puts(metrics->buffer, suffix);
}

static void begin_sample(struct metrics *metrics, const struct label *labels)
{
	struct buffer *buffer = metrics->buffer;

	begin_name(metrics, sample_suffix(metrics->family->type));
	if (labels && labels->name) {
		buffer_append(buffer, "{", 1);
		metrics_labels(buffer, labels);
		buffer_append(buffer, "}", 1);
	}
	buffer_append(buffer, " ", 1);
}

static void begin_sample_of(struct metrics *metrics, const char *suffix, const char *labels)
{
	struct buffer *buffer = metrics->buffer;

	begin_name(metrics, suffix);
	buffer_append(buffer, "{", 1);
	buffer_puts(buffer, labels);
	buffer_append(buffer, "} ", 2);
}

static void end_number(struct metrics *metrics, uint64_t value)
{
	char text[NUMBER_SIZE], *const end = text + sizeof(text), *begin;

	end[-1] = '\n';
	begin = put_digits(end - 1, value, 1);
	buffer_append(metrics->buffer, begin, (size_t)(end - begin));
}

static void end_seconds(struct metrics *metrics, uint64_t ns)
{
	char text[NUMBER_SIZE], *const end = text + sizeof(text), *begin;

	end[-1] = '\n';
	begin = put_seconds(end - 1, ns);
	buffer_append(metrics->buffer, begin, (size_t)(end - begin));
}

void metrics_number(struct metrics *metrics, const struct label *labels, uint64_t value)
{
	begin_sample(metrics, labels);
	end_number(metrics, value);
}

void metrics_seconds(struct metrics *metrics, const struct label *labels, uint64_t ns)
{
	begin_sample(metrics, labels);
	end_seconds(metrics, ns);
}

void metrics_number_of(struct metrics *metrics, const char *labels, uint64_t value)
{
	begin_sample_of(metrics, sample_suffix(metrics->family->type), labels);
	end_number(metrics, value);
}

void metrics_seconds_of(struct metrics *metrics, const char *labels, uint64_t ns)
{
	begin_sample_of(metrics, sample_suffix(metrics->family->type), labels);
	end_seconds(metrics, ns);
}

static void append_bound(struct buffer *buffer, uint64_t ns)
{
	char text[NUMBER_SIZE], *const end = text + sizeof(text);
	const char *begin = put_seconds(end, ns);

	buffer_append(buffer, begin, (size_t)(end - begin));
}

static void append_bucket(struct metrics *metrics, const char *labels,
			  const struct metric_histogram *histogram, size_t bucket)
{
	struct buffer *buffer = metrics->buffer;

	begin_name(metrics, "_bucket{");
	buffer_puts(buffer, labels);
	buffer_puts(buffer, ",le=\"");
	if (bucket == histogram->buckets - 1)
		buffer_puts(buffer, "+Inf");
	else
		append_bound(buffer, histogram->bound(bucket));
	buffer_append(buffer, "\"} ", 3);
}

void metrics_histogram_of(struct metrics *metrics, const char *labels,
			  const struct metric_histogram *histogram)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < histogram->buckets; i++) {
		count += histogram->counts[i];
		append_bucket(metrics, labels, histogram, i);
		end_number(metrics, count);
	}
	begin_sample_of(metrics, "_sum", labels);
	end_seconds(metrics, histogram->sum_ns);
	begin_sample_of(metrics, "_count", labels);
	end_number(metrics, count);
}

void metrics_end(struct metrics *metrics)
{
	if (metrics->openmetrics)
		buffer_puts(metrics->buffer, "# EOF\n");
}

static bool version_is_known(const char *range, size_t length)
{
	const char *version = accept_parameter(range, length, "version");

	if (!version)
		return true;
	version += *version == '"';
	return !strncmp(version, "1.0.0", 5) || !strncmp(version, "0.0.1", 5);
}

bool metrics_wanted(const char *accept)
{
	unsigned int openmetrics = 0, plain = 0;
	const char *range = accept;
	size_t length = 0;

	while (accept_next(&range, &length)) {
		if (accept_is(range, length, "application/openmetrics-text") &&
		    version_is_known(range, length))
			openmetrics = accept_weight(range, length);
		else if (accept_is(range, length, "text/plain"))
			plain = accept_weight(range, length);
	}
	return openmetrics && openmetrics >= plain;
}
