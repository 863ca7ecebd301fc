/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a task's single waits of one kind were like: how many, how long. */
#ifndef TASKMETER_CLI_WAITS_H
#define TASKMETER_CLI_WAITS_H

#include <stdbool.h>
#include <taskmeter/taskmeter.h>

struct json_object;

/* Kinds of &enum tm_histogram_kind. */
#define WAITS_KINDS	6

/**
 * struct waits_kind - names of a kind of wait
 * @option: on the command line
 * @key: in JSON and CSV
 * @title: for people
 * @fields: beginnings of the fields of the record; the second may be NULL
 * @stall: a stall, which TASKMETER_SNAPSHOT_STALLS has to ask for, and of which there
 *	are histograms of processes only
 */
struct waits_kind {
	const char *option;
	const char *key;
	const char *title;
	const char *fields[2];
	bool stall;
};

/**
 * struct task_reading - a record with its histograms
 * @record: the record
 * @histograms: the histograms
 */
struct task_reading {
	struct taskmeter_record record;
	struct taskmeter_histograms histograms;
};

/**
 * struct waits - the waits of one kind
 * @available: false if nothing of this is known
 * @count: how many have ended
 * @sum_ns: what they took, with the part of one that still lasts
 * @p50_ns: median; as the next two, 0 if @count is
 * @p90_ns: 90th percentile
 * @p99_ns: 99th percentile
 * @max_known: @max_ns is exact; else it is an upper bound, UINT64_MAX for none
 * @max_ns: longest
 * @max_time_ns: when that ended, boottime; 0 if @max_ns is not exact
 */
struct waits {
	bool available;
	uint64_t count;
	uint64_t sum_ns;
	uint64_t p50_ns;
	uint64_t p90_ns;
	uint64_t p99_ns;
	bool max_known;
	uint64_t max_ns;
	uint64_t max_time_ns;
};

/**
 * waits_kind() - names of a kind of wait
 * @kind: which
 *
 * Return: the names.
 */
const struct waits_kind *waits_kind(enum tm_histogram_kind kind);

/**
 * waits_since() - take away from a reading's histograms what was before
 * @reading: the reading
 * @earlier: one of the same task
 */
void waits_since(struct task_reading *reading, const struct task_reading *earlier);

/**
 * waits_read() - the waits of one kind
 * @waits: filled in
 * @reading: what is known of the task; histograms of an interval or of its life
 * @earlier: record at the beginning of the interval; NULL for its life
 * @kind: which
 */
void waits_read(struct waits *waits, const struct task_reading *reading,
		const struct taskmeter_record *earlier,
		enum tm_histogram_kind kind);

/**
 * waits_to_json() - as an object
 * @waits: the waits
 * @ret_object: the object, the caller's; NULL, which is json-c's null, if they
 *	are not available
 *
 * Return: 0; -ENOMEM.
 */
int waits_to_json(const struct waits *waits, struct json_object **ret_object);

#endif
