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
 * Return: 0 or a negative errno.
 */
int tm_info(struct tm_meter *meter, struct taskmeter_info *ret_info, size_t size);

/**
 * tm_get() - one process or thread
 * @meter: the meter
 * @pid: process id, or thread id with TASKMETER_SNAPSHOT_THREADS
 * @flags: TASKMETER_SNAPSHOT_THREADS, TASKMETER_SNAPSHOT_EXACT_RSS
 * @ret_record: filled in
 * @size: sizeof(*ret_record) of the caller
 *
 * Return: 0; -ESRCH if there is no such task or the caller may not see it;
 * another negative errno.
 */
int tm_get(struct tm_meter *meter, uint32_t pid, uint32_t flags,
	   struct taskmeter_record *ret_record, size_t size);

/**
 * struct tm_filter - which tasks a snapshot holds
 * @flags: &enum taskmeter_snapshot_flags
 * @pid: with TASKMETER_SNAPSHOT_PID: process id
 * @uid: with TASKMETER_SNAPSHOT_UID: real user id
 * @cgroup_id: with TASKMETER_SNAPSHOT_CGROUP
 */
struct tm_filter {
	uint32_t flags;
	uint32_t pid;
	uint32_t uid;
	uint64_t cgroup_id;
};

/**
 * tm_snapshot_new() - begin a snapshot of many tasks
 * @meter: the meter; one snapshot at a time on a netlink meter
 * @filter: NULL for every process
 * @ret_snapshot: to be freed with tm_snapshot_free()
 *
 * Return: 0; -EBUSY if the netlink meter has a snapshot that was not freed;
 * another negative errno.
 */
int tm_snapshot_new(struct tm_meter *meter, const struct tm_filter *filter,
		    struct tm_snapshot **ret_snapshot);

/**
 * tm_snapshot_next() - the next record
 * @snapshot: the snapshot
 * @ret_record: the record, valid until the next call on the snapshot. Its
 *	@size tells how many bytes are filled in
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
 * tm_snapshot_free() - end a snapshot
 * @snapshot: may be NULL; need not have been read to its end
 */
void tm_snapshot_free(struct tm_snapshot *snapshot);

/**
 * enum tm_field_type - how a field of a record is stored
 */
enum tm_field_type {
	TM_FIELD_U32,
	TM_FIELD_S32,
	TM_FIELD_U64,
	TM_FIELD_STRING,	/* fixed-size, NUL terminated, any bytes */
	TM_FIELD_STATE,		/* __u32 holding a letter */
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
