/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is common to the two transports. A transport embeds struct tm_meter, struct
 * tm_snapshot, struct tm_exits and struct tm_totals as the first member of its own;
 * meter.c and exits.c check arguments before they call an operation.
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
 * @set_exit_log_bytes: see tm_set_exit_log_bytes(); @bytes is in range
 * @snapshot_new: begin; the filter's values are 0 where its flags do not name
 *	them
 * @snapshot_next: see tm_snapshot_next(); the record, and the histograms, are whole
 *	structures with zeros beyond their @size
 * @snapshot_free: end, and release the snapshot
 * @exits_new: begin; the module knows the exit log and @flags
 * @exits_next: see tm_exits_next(); as @snapshot_next
 * @exits_free: end, and release the reader
 * @totals_new: begin; the module knows totals, and @kind is known
 * @totals_next: see tm_totals_next(); the total is a whole structure, and @ret_path is
 *	not NULL
 * @totals_free: end, and release the reader
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
	int (*set_exit_log_bytes)(struct tm_meter *meter, uint32_t bytes);
	int (*snapshot_new)(struct tm_meter *meter,
			    const struct tm_filter *filter,
			    struct tm_snapshot **ret_snapshot);
	int (*snapshot_next)(struct tm_snapshot *snapshot,
			     const struct taskmeter_record **ret_record);
	void (*snapshot_free)(struct tm_snapshot *snapshot);
	int (*exits_new)(struct tm_meter *meter, uint64_t cursor, uint32_t flags,
			 struct tm_exits **ret_exits);
	int (*exits_next)(struct tm_exits *exits, const struct tm_exit **ret_exit);
	void (*exits_free)(struct tm_exits *exits);
	int (*totals_new)(struct tm_meter *meter, uint32_t kind,
			  struct tm_totals **ret_totals);
	int (*totals_next)(struct tm_totals *totals,
			   const struct taskmeter_total **ret_total,
			   const char **ret_path);
	void (*totals_free)(struct tm_totals *totals);
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

/**
 * struct tm_exits - the exit log that is being read
 * @meter: what it is read from
 * @cursor: see tm_exits_cursor()
 * @lost: see tm_exits_lost()
 * @counting: whether what is lost counts: not while it is read for the first time from
 *	the oldest record on, when what is missing was never there for this reader
 */
struct tm_exits {
	struct tm_meter *meter;
	uint64_t cursor;
	uint64_t lost;
	int counting;
};

/**
 * struct tm_totals - totals that are being read
 * @meter: what they are read from
 */
struct tm_totals {
	struct tm_meter *meter;
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

/**
 * tm_check_flags() - whether the module knows what a request asks for
 * @meter: the meter
 * @flags: &enum taskmeter_snapshot_flags
 *
 * Return: 0; -EOPNOTSUPP, with the reason in the meter.
 */
int tm_check_flags(struct tm_meter *meter, uint32_t flags);

#endif
