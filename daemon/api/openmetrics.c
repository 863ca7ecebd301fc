// SPDX-License-Identifier: GPL-2.0-or-later
/* See openmetrics.h. */
#include "api/openmetrics.h"

#include <inttypes.h>
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

static void begin_sample(struct metrics *metrics, const struct label *labels)
{
	struct buffer *buffer = metrics->buffer;
	const char *separator = "{";

	buffer_puts(buffer, metrics->family->name);
	buffer_puts(buffer, sample_suffix(metrics->family->type));
	for (; labels && labels->name; labels++) {
		buffer_puts(buffer, separator);
		buffer_puts(buffer, labels->name);
		buffer_puts(buffer, "=\"");
		escape(buffer, labels->value);
		buffer_puts(buffer, "\"");
		separator = ",";
	}
	buffer_puts(buffer, *separator == ',' ? "} " : " ");
}

void metrics_number(struct metrics *metrics, const struct label *labels, uint64_t value)
{
	begin_sample(metrics, labels);
	buffer_printf(metrics->buffer, "%" PRIu64 "\n", value);
}

void metrics_seconds(struct metrics *metrics, const struct label *labels, uint64_t ns)
{
	begin_sample(metrics, labels);
	buffer_printf(metrics->buffer, "%" PRIu64 ".%09" PRIu64 "\n", ns / NS_PER_SECOND,
		      ns % NS_PER_SECOND);
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
