/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text formats that scrapers read: OpenMetrics 1.0 and Prometheus text
 * 0.0.4. Pure: metrics.c says what is served.
 *
 * A family is opened, then its samples follow. Families keep one name in both
 * formats: a counter's samples end in _total, and for Prometheus so does the
 * family itself.
 */
#ifndef TASKMETERD_API_OPENMETRICS_H
#define TASKMETERD_API_OPENMETRICS_H

#include <stdbool.h>
#include <stdint.h>
#include "api/buffer.h"

#define OPENMETRICS_TYPE \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"
#define PROMETHEUS_TYPE	"text/plain; version=0.0.4; charset=utf-8"

enum metric_type {
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_INFO,
	METRIC_HISTOGRAM,
};

/**
 * struct family - description of a family
 * @name: without _total or _info; ends in @unit if there is one
 * @type: &enum metric_type
 * @unit: base unit or NULL
 * @help: one sentence
 */
struct family {
	const char *name;
	enum metric_type type;
	const char *unit;
	const char *help;
};

/**
 * struct label - a label; @value is UTF-8, and is escaped
 */
struct label {
	const char *name;
	const char *value;
};

/**
 * struct metrics - a text being written
 * @buffer: the text
 * @openmetrics: OpenMetrics, else Prometheus text
 * @family: the open one
 * @samples: how many were written
 */
struct metrics {
	struct buffer *buffer;
	bool openmetrics;
	const struct family *family;
	uint64_t samples;
};

/**
 * struct metric_histogram - a histogram of durations
 * @buckets: how many
 * @bound: what the durations of a bucket are shorter than, nanoseconds; not asked for the
 *	last bucket, which has all others
 * @counts: durations by bucket, each in one only
 * @sum_ns: what they add up to
 */
struct metric_histogram {
	size_t buckets;
	uint64_t (*bound)(size_t bucket);
	const uint64_t *counts;
	uint64_t sum_ns;
};

/**
 * metrics_wanted() - whether a client prefers OpenMetrics
 * @accept: its Accept header or NULL
 *
 * Return: true if it names application/openmetrics-text in version 1.0.0,
 * 0.0.1 or none, and not text/plain with a higher weight.
 */
bool metrics_wanted(const char *accept);

/**
 * metrics_family() - open a family
 * @metrics: the text
 * @family: its description; each only once in a text
 */
void metrics_family(struct metrics *metrics, const struct family *family);

/* A sample of the open family; @labels are closed by one without a name. */
void metrics_number(struct metrics *metrics, const struct label *labels, uint64_t value);

/* The same, of nanoseconds, written exactly in seconds. */
void metrics_seconds(struct metrics *metrics, const struct label *labels, uint64_t ns);

/**
 * metrics_labels() - labels as they are written, for samples of several families
 * @buffer: gets them appended, not terminated
 * @labels: closed by one without a name
 */
void metrics_labels(struct buffer *buffer, const struct label *labels);

/* As the two above, with what metrics_labels() gave. */
void metrics_number_of(struct metrics *metrics, const char *labels, uint64_t value);
void metrics_seconds_of(struct metrics *metrics, const char *labels, uint64_t ns);

/**
 * metrics_histogram_of() - all samples of one histogram of the open family
 * @metrics: the text
 * @labels: what metrics_labels() gave, terminated; not empty
 * @histogram: the figures
 */
void metrics_histogram_of(struct metrics *metrics, const char *labels,
			  const struct metric_histogram *histogram);

/**
 * metrics_end() - close the text
 * @metrics: the text
 */
void metrics_end(struct metrics *metrics);

#endif
