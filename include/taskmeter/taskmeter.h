/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libtaskmeter: read the scheduler and memory statistics of every process
 *
 * One small interface to the taskmeter kernel module over either of its doors,
 * the ioctls of /dev/taskmeter or generic netlink. What a record's members
 * mean, their units, clocks and sources, and who sees which process, is in
 * <linux/taskmeter.h>.
 *
 * Functions that return int return 0 or a positive value on success and a
 * negative errno on failure; results are stored in ret_ arguments only on
 * success. The library never prints, never exits and keeps no global state. A
 * meter may be used by one thread at a time; two meters are independent.
 */
#ifndef TASKMETER_TASKMETER_H
#define TASKMETER_TASKMETER_H

#include <linux/taskmeter.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tm_meter;
struct tm_snapshot;

/**
 * enum tm_transport - the door to the module
 * @TM_TRANSPORT_DEVICE: /dev/taskmeter: cheapest; needs access to the device
 *	file; credentials and pid namespace are those of tm_open(); while it is
 *	open, the module cannot be unloaded
 * @TM_TRANSPORT_NETLINK: generic netlink: needs no file; credentials and pid
 *	namespace are those of each request
 */
enum tm_transport {
	TM_TRANSPORT_DEVICE,
	TM_TRANSPORT_NETLINK,
};

/**
 * tm_open() - open the meter
 * @transport: &enum tm_transport
 * @ret_meter: the meter, to be closed with tm_close()
 *
 * Return: 0; -ENODEV if the module is not loaded; -EACCES if the device may
 * not be opened by the caller; -EPROTO if the module speaks no ABI version
 * that this library knows; another negative errno.
 */
int tm_open(enum tm_transport transport, struct tm_meter **ret_meter);

/**
 * tm_close() - close a meter
 * @meter: may be NULL; its snapshots have to be freed before
 */
void tm_close(struct tm_meter *meter);

/**
 * tm_fd() - file descriptor of a meter
 * @meter: the meter
 *
 * Return: the device's or the socket's file descriptor; it stays the meter's.
 */
int tm_fd(const struct tm_meter *meter);

/**
 * tm_error() - why the last call on this meter failed
 * @meter: the meter
 *
 * Return: one sentence without a full stop, the module's own words where it
 * gave some; never NULL, valid until the next call on the meter.
 */
const char *tm_error(const struct tm_meter *meter);

/**
 * tm_info() - what the module is and can tell
 * @meter: the meter
 * @ret_info: filled in
 * @size: sizeof(*ret_info) of the caller
 *
 * The result's @size tells how many bytes the module knew and the caller has room
 * for: below TASKMETER_INFO_SIZE_VER2, the module is too old for the members of
 * that version.
 *
 * Return: 0 or a negative errno.
 */
int tm_info(struct tm_meter *meter, struct taskmeter_info *ret_info, size_t size);

/**
 * tm_get() - one process or thread
 * @meter: the meter
 * @pid: process id, or thread id with TASKMETER_SNAPSHOT_THREADS
 * @flags: TASKMETER_SNAPSHOT_THREADS, TASKMETER_SNAPSHOT_EXACT_RSS,
 *	TASKMETER_SNAPSHOT_STALLS
 * @ret_record: filled in
 * @size: sizeof(*ret_record) of the caller
 *
 * Return: 0; -ESRCH if there is no such task or the caller may not see it;
 * -EOPNOTSUPP if the module is older than what @flags ask for; another negative
 * errno.
 */
int tm_get(struct tm_meter *meter, uint32_t pid, uint32_t flags,
	   struct taskmeter_record *ret_record, size_t size);

/**
 * tm_get_histograms() - one process or thread with its histograms
 * @meter: the meter
 * @pid: process id, or thread id with TASKMETER_SNAPSHOT_THREADS
 * @flags: TASKMETER_SNAPSHOT_THREADS, TASKMETER_SNAPSHOT_EXACT_RSS,
 *	TASKMETER_SNAPSHOT_STALLS: also the histograms of reclaim, compaction and
 *	faults, which are of processes only
 * @ret_record: filled in; may be NULL
 * @record_size: sizeof(*ret_record) of the caller
 * @ret_histograms: filled in, with zeros beyond its @size; all 0 if the meter is off
 * @histograms_size: sizeof(*ret_histograms) of the caller
 *
 * Return: as tm_get(); -EOPNOTSUPP also if the module is older than histograms.
 */
int tm_get_histograms(struct tm_meter *meter, uint32_t pid, uint32_t flags,
		      struct taskmeter_record *ret_record, size_t record_size,
		      struct taskmeter_histograms *ret_histograms,
		      size_t histograms_size);

/**
 * enum tm_setting - what can be switched at run time
 * @TM_SETTING_METER: the scheduler meter
 * @TM_SETTING_WAKER: recording who wakes whom
 * @TM_SETTING_PROBE_TIME: measuring the meter's own time
 */
enum tm_setting {
	TM_SETTING_METER,
	TM_SETTING_WAKER,
	TM_SETTING_PROBE_TIME,
};

/**
 * tm_set() - switch something on or off
 * @meter: the meter, of either transport: the request goes by netlink
 * @setting: &enum tm_setting
 * @on: 1 or 0
 *
 * Return: 0; -EPERM without CAP_SYS_ADMIN over the initial user namespace;
 * -EOPNOTSUPP if this kernel or this module cannot do it; another negative errno.
 */
int tm_set(struct tm_meter *meter, enum tm_setting setting, int on);

/**
 * struct tm_filter - which tasks a snapshot holds
 * @flags: &enum taskmeter_snapshot_flags
 * @pid: with TASKMETER_SNAPSHOT_PID: process id
 * @uid: with TASKMETER_SNAPSHOT_UID: real user id
 * @cgroup_id: with TASKMETER_SNAPSHOT_CGROUP
 * @since: with TASKMETER_SNAPSHOT_SINCE: what tm_snapshot_token() of an earlier
 *	snapshot said; not looked at without
 */
struct tm_filter {
	uint32_t flags;
	uint32_t pid;
	uint32_t uid;
	uint64_t cgroup_id;
	uint64_t since;
};

/**
 * tm_snapshot_new() - begin a snapshot of many tasks
 * @meter: the meter; one snapshot at a time on a netlink meter
 * @filter: NULL for every process
 * @ret_snapshot: to be freed with tm_snapshot_free()
 *
 * Return: 0; -EBUSY if the netlink meter has a snapshot that was not freed;
 * -EOPNOTSUPP if the module is older than what the filter asks for; another
 * negative errno.
 */
int tm_snapshot_new(struct tm_meter *meter, const struct tm_filter *filter,
		    struct tm_snapshot **ret_snapshot);

/**
 * tm_snapshot_next() - the next record
 * @snapshot: the snapshot
 * @ret_record: the record, valid until the next call on the snapshot. Its
 *	@size tells how many bytes are filled in; the rest of the structure that
 *	this library knows is 0
 *
 * Records come in the order of pid, each task that lived all the time exactly
 * once.
 *
 * Return: 1 with a record, 0 at the end, a negative errno.
 */
int tm_snapshot_next(struct tm_snapshot *snapshot,
		     const struct taskmeter_record **ret_record);

/**
 * tm_snapshot_time() - when the snapshot's last call into the module began
 * @snapshot: the snapshot
 *
 * Return: nanoseconds, CLOCK_MONOTONIC; 0 before the first tm_snapshot_next().
 */
uint64_t tm_snapshot_time(const struct tm_snapshot *snapshot);

/**
 * tm_snapshot_histograms() - histograms of the record that was met last
 * @snapshot: the snapshot
 *
 * Those of reclaim, compaction and faults are there if the filter has
 * TASKMETER_SNAPSHOT_STALLS too; else they are 0, and @size ends before them.
 *
 * Return: valid as long as the record; NULL before the first record, and if the
 * snapshot's filter does not have TASKMETER_SNAPSHOT_HISTOGRAMS.
 */
const struct taskmeter_histograms *
tm_snapshot_histograms(const struct tm_snapshot *snapshot);

/**
 * tm_snapshot_token() - what to give as @since of a later snapshot
 * @snapshot: the snapshot, after its first tm_snapshot_next()
 *
 * Return: the token; a snapshot since then holds what was active after this one
 * began. 0, which selects everything, if the meter is off.
 */
uint64_t tm_snapshot_token(const struct tm_snapshot *snapshot);

/**
 * tm_snapshot_free() - end a snapshot
 * @snapshot: may be NULL; need not have been read to its end
 */
void tm_snapshot_free(struct tm_snapshot *snapshot);

/**
 * enum tm_histogram_kind - the histograms of &struct taskmeter_histograms
 * @TM_HISTOGRAM_CPU_WAIT: waits for a CPU
 * @TM_HISTOGRAM_IO_WAIT: waits for I/O
 * @TM_HISTOGRAM_MEM_WAIT: waits for memory
 * @TM_HISTOGRAM_RECLAIM: direct reclaims and reclaims of a cgroup. This and the next
 *	two come with TASKMETER_SNAPSHOT_STALLS, for processes
 * @TM_HISTOGRAM_COMPACTION: compactions
 * @TM_HISTOGRAM_FAULT_WAIT: waits of major page faults
 */
enum tm_histogram_kind {
	TM_HISTOGRAM_CPU_WAIT,
	TM_HISTOGRAM_IO_WAIT,
	TM_HISTOGRAM_MEM_WAIT,
	TM_HISTOGRAM_RECLAIM,
	TM_HISTOGRAM_COMPACTION,
	TM_HISTOGRAM_FAULT_WAIT,
};

/**
 * tm_histogram_buckets() - the buckets of a histogram
 * @histograms: the histograms
 * @kind: &enum tm_histogram_kind
 * @ret_count: number of buckets
 *
 * Return: the buckets.
 */
const uint64_t *tm_histogram_buckets(const struct taskmeter_histograms *histograms,
				     enum tm_histogram_kind kind, size_t *ret_count);

/**
 * tm_histogram_bound() - where a bucket begins
 * @kind: &enum tm_histogram_kind
 * @bucket: number of the bucket; the number of buckets gives the upper bound of
 *	the last one
 *
 * Return: nanoseconds. The first bucket holds all shorter waits too, the last one
 * all longer ones.
 */
uint64_t tm_histogram_bound(enum tm_histogram_kind kind, size_t bucket);

/**
 * tm_histogram_count() - how many values a histogram holds
 * @histograms: the histograms
 * @kind: &enum tm_histogram_kind
 */
uint64_t tm_histogram_count(const struct taskmeter_histograms *histograms,
			    enum tm_histogram_kind kind);

/**
 * tm_histogram_subtract() - the values between two readings
 * @histograms: the later reading, from which @earlier is taken away
 * @earlier: an earlier reading of the same task
 *
 * A histogram that one of them does not have, by its @size, is left as it is.
 */
void tm_histogram_subtract(struct taskmeter_histograms *histograms,
			   const struct taskmeter_histograms *earlier);

/**
 * tm_histogram_quantile() - the value that a share of all values does not exceed
 * @histograms: the histograms
 * @kind: &enum tm_histogram_kind
 * @quantile: 0 to 1; 0.99 for the 99th percentile
 *
 * The middle of the bucket in which the quantile lies: wrong by at most one eighth
 * of the true value (12.5 %) between tm_histogram_bound() of the first and of the
 * last bucket. Shorter waits are told as those in the first bucket, longer ones as
 * those in the last.
 *
 * Return: nanoseconds; 0 if the histogram is empty or @quantile out of range.
 */
uint64_t tm_histogram_quantile(const struct taskmeter_histograms *histograms,
			       enum tm_histogram_kind kind, double quantile);

/**
 * tm_state_name() - name of a state
 * @state: &enum taskmeter_state
 *
 * Return: "running", "queued", "sleeping", "io", "memory", "lock", "stopped",
 * "dead" or "unknown".
 */
const char *tm_state_name(uint32_t state);

/**
 * enum tm_field_type - how a field of a record is stored
 */
enum tm_field_type {
	TM_FIELD_U32,
	TM_FIELD_S32,
	TM_FIELD_U64,
	TM_FIELD_STRING,	/* fixed-size, NUL terminated, any bytes */
	TM_FIELD_STATE,		/* __u32 holding a letter */
	TM_FIELD_METER_STATE,	/* __u32 holding an enum taskmeter_state */
};

/**
 * enum tm_field_group - what a field is about
 */
enum tm_field_group {
	TM_GROUP_IDENTITY,
	TM_GROUP_SCHED,
	TM_GROUP_MEMORY,
	TM_GROUP_FAULT,
	TM_GROUP_IO,
	TM_GROUP_METER,
	TM_GROUP_STALL,		/* filled in with TASKMETER_SNAPSHOT_STALLS only */
};

/**
 * struct tm_field - description of one member of &struct taskmeter_record
 * @name: the member's name, the key in JSON and CSV
 * @help: one line
 * @type: &enum tm_field_type
 * @group: &enum tm_field_group
 * @offset: in the record
 * @size: bytes
 * @available: the bit of &enum taskmeter_available that it needs, or 0
 * @attribute: netlink attribute (in the nest of its group)
 * @counter: 1 if it only grows, 0 if it goes up and down or is an identity
 */
struct tm_field {
	const char *name;
	const char *help;
	enum tm_field_type type;
	enum tm_field_group group;
	uint16_t offset;
	uint16_t size;
	uint64_t available;
	uint16_t attribute;
	uint8_t counter;
};

/**
 * tm_fields() - the table of all fields, in the order of the record
 * @ret_count: number of fields
 *
 * Return: the table.
 */
const struct tm_field *tm_fields(size_t *ret_count);

/**
 * tm_field_find() - a field by its name
 * @name: name
 *
 * Return: the field or NULL.
 */
const struct tm_field *tm_field_find(const char *name);

/**
 * tm_field_available() - whether a record has a field
 * @field: the field
 * @record: the record
 *
 * Return: 1 if the module filled it in, else 0.
 */
int tm_field_available(const struct tm_field *field,
		       const struct taskmeter_record *record);

/**
 * tm_field_u64(), tm_field_s64() - value of a numeric field
 * @field: the field, of any type but TM_FIELD_STRING
 * @record: the record
 *
 * Return: the value; 0 if it is not available.
 */
uint64_t tm_field_u64(const struct tm_field *field,
		      const struct taskmeter_record *record);
int64_t tm_field_s64(const struct tm_field *field,
		     const struct taskmeter_record *record);

#ifdef __cplusplus
}
#endif

#endif /* TASKMETER_TASKMETER_H */
