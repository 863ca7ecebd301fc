/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is common to the two transports. A transport embeds struct tm_meter and
 * struct tm_snapshot as the first member of its own; meter.c checks arguments
 * before it calls an operation.
 */
#ifndef TASKMETER_LIB_METER_H
#define TASKMETER_LIB_METER_H

#include <taskmeter/taskmeter.h>

#define TM_PUBLIC	__attribute__((visibility("default")))

#define TM_ERROR_SIZE	256

/**
 * struct tm_ops - what a transport does
 * @close: release everything, the meter too
 * @fd: see tm_fd()
 * @info: fill in the whole structure as far as the module knows it; @size is that
 *	of the version that the module knows
 * @get: fill in the whole record and, if @ret_histograms is not NULL, the
 *	histograms, with zeros beyond their @size; @flags are known and @pid is in
 *	range
 * @set: see tm_set()
 * @snapshot_new: begin; the filter's values are 0 where its flags do not name
 *	them
 * @snapshot_next: see tm_snapshot_next(); the record, and the histograms, are whole
 *	structures with zeros beyond their @size
 * @snapshot_free: end, and release the snapshot
 *
 * All of them return a negative errno on failure and say in the meter why.
 */
struct tm_ops {
	void (*close)(struct tm_meter *meter);
	int (*fd)(const struct tm_meter *meter);
	int (*info)(struct tm_meter *meter, struct taskmeter_info *ret_info);
	int (*get)(struct tm_meter *meter, uint32_t pid, uint32_t flags,
		   struct taskmeter_record *ret_record,
		   struct taskmeter_histograms *ret_histograms);
	int (*set)(struct tm_meter *meter, enum tm_setting setting, int on);
	int (*snapshot_new)(struct tm_meter *meter,
			    const struct tm_filter *filter,
			    struct tm_snapshot **ret_snapshot);
	int (*snapshot_next)(struct tm_snapshot *snapshot,
			     const struct taskmeter_record **ret_record);
	void (*snapshot_free)(struct tm_snapshot *snapshot);
};

/**
 * struct tm_meter - an open meter
 * @ops: its transport
 * @info_size: size of the module's description when the meter was opened: tells
 *	what the module knows
 * @record_size: size of the module's record, likewise
 * @error: why the last call failed, or ""
 */
struct tm_meter {
	const struct tm_ops *ops;
	uint32_t info_size;
	uint32_t record_size;
	char error[TM_ERROR_SIZE];
};

/**
 * struct tm_snapshot - a snapshot that is being read
 * @meter: what it is read from
 * @time_ns: see tm_snapshot_time()
 * @token: see tm_snapshot_token()
 * @histograms: see tm_snapshot_histograms()
 */
struct tm_snapshot {
	struct tm_meter *meter;
	uint64_t time_ns;
	uint64_t token;
	const struct taskmeter_histograms *histograms;
};

int tm_device_open(struct tm_meter **ret_meter);
int tm_netlink_open(struct tm_meter **ret_meter);

/**
 * tm_histograms_size() - how much of the histograms a request is about
 * @flags: of the request
 *
 * Those of the stalls come with TASKMETER_SNAPSHOT_STALLS, which a program that has
 * no room for them does not know.
 *
 * Return: bytes of &struct taskmeter_histograms.
 */
static inline uint32_t tm_histograms_size(uint32_t flags)
{
	return flags & TASKMETER_SNAPSHOT_STALLS ? TASKMETER_HISTOGRAMS_SIZE_VER2 :
						   TASKMETER_HISTOGRAMS_SIZE_VER1;
}

/**
 * tm_fail() - keep why a call failed
 * @meter: the meter
 * @error: negative errno
 * @format: one sentence without a full stop; %m is the text of @error
 *
 * Return: @error.
 */
int tm_fail(struct tm_meter *meter, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
