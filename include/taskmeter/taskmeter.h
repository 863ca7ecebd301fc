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
struct tm_exits;
struct tm_events;
struct tm_totals;

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
 * that version; below TASKMETER_INFO_SIZE_VER3, for those of the exit log. @exit_size and
 * @total_size are told by the device only.
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
 * tm_set_exit_log_bytes() - room of the exit log
 * @meter: the meter, of either transport: the request goes by netlink
 * @bytes: from TASKMETER_EXIT_LOG_MIN to TASKMETER_EXIT_LOG_MAX
 *
 * Return: as tm_set(); -ERANGE if @bytes is out of range, -ENOMEM if there is no memory
 * for it: then it stays as it was.
 */
int tm_set_exit_log_bytes(struct tm_meter *meter, uint64_t bytes);

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
 * struct tm_exit - how a process ended, and all that it did
 * @exit: how it ended
 * @record: its totals; the stalls only if they were asked for
 * @histograms: NULL if they were not asked for
 * @cgroup_path: path of @record->cgroup_id in the unified hierarchy as seen from the
 *	root of the caller's cgroup namespace, also if the cgroup is gone; NULL if it is
 *	not known
 */
struct tm_exit {
	const struct taskmeter_exit *exit;
	const struct taskmeter_record *record;
	const struct taskmeter_histograms *histograms;
	const char *cgroup_path;
};

/**
 * tm_exits_new() - begin to read the exit log
 * @meter: the meter; on a netlink meter one reader or snapshot at a time
 * @cursor: number of the first record that is wanted: what tm_exits_cursor() said when
 *	it was read last; 0 for the oldest that is there
 * @flags: TASKMETER_SNAPSHOT_HISTOGRAMS, TASKMETER_SNAPSHOT_STALLS
 * @ret_exits: to be freed with tm_exits_free()
 *
 * Return: 0; -EBUSY if the netlink meter has a reader or snapshot that was not freed;
 * -EOPNOTSUPP if the module is older than the exit log; another negative errno.
 */
int tm_exits_new(struct tm_meter *meter, uint64_t cursor, uint32_t flags,
		 struct tm_exits **ret_exits);

/**
 * tm_exits_next() - the next record
 * @exits: the reader
 * @ret_exit: valid until the next call on the reader
 *
 * After 0 it may be called again later: it goes on with what came in meanwhile.
 *
 * Return: 1 with a record; 0 if there is none now; -EINVAL if the module was loaded
 * anew since the cursor was told (its @instance_id is another one: begin with 0 then);
 * another negative errno.
 */
int tm_exits_next(struct tm_exits *exits, const struct tm_exit **ret_exit);

/**
 * tm_exits_cursor() - where to go on
 * @exits: the reader
 *
 * Return: number of the record after the one that was met last. Kept together with
 * what was made of the records, in one transaction, and given to tm_exits_new() later,
 * it neither loses nor doubles one. After tm_exits_next() has said 0 it is behind
 * records too that the caller may not see.
 */
uint64_t tm_exits_cursor(const struct tm_exits *exits);

/**
 * tm_exits_lost() - what was not in the log any more
 * @exits: the reader
 *
 * If it began with 0, what was not there then is not lost: it counts from the first time
 * on that tm_exits_next() has said 0. Over netlink, for a caller who does not see all
 * processes of the machine, it is up to date only when tm_exits_next() has said 0: until
 * then a number that is skipped may be of a record that is not shown.
 *
 * Return: number of records from the cursor that it began with up to
 * tm_exits_cursor() that had been evicted.
 */
uint64_t tm_exits_lost(const struct tm_exits *exits);

/**
 * tm_exits_free() - end reading
 * @exits: may be NULL; need not have been read to its end
 */
void tm_exits_free(struct tm_exits *exits);

/**
 * struct tm_event - something happened
 * @type: one bit of &enum taskmeter_event
 * @pid: process; so the next six of it, as in &struct taskmeter_record
 * @ppid: of a fork, the process that forked it; else 0
 * @uid: real user id
 * @flags: of an OOM kill, and of a command line that is known: &enum
 *	taskmeter_exit_flags
 * @time_ns: when it happened, boottime
 * @start_time_ns: when the process was started, boottime
 * @cgroup_id: its cgroup
 * @comm: its name, NUL terminated; any bytes
 * @command_line: of exec and OOM, as in &struct taskmeter_exit
 * @command_line_length: bytes of it that are used
 * @oom_score_adj: of OOM; so the next four, as in &struct taskmeter_exit
 * @oom_rss_anon_bytes: likewise
 * @oom_rss_file_bytes: likewise
 * @oom_rss_shmem_bytes: likewise
 * @oom_swap_bytes: likewise
 * @lost: events but exits that were lost before this one: the socket's buffer, or the
 *	module's queue, was full. Exits are fetched from the log then
 * @exits_lost: exits that were lost before this one: they were not in the log any more
 * @exit: of an exit, else NULL; the members above are copied from it
 *
 * The structure may grow at its end.
 */
struct tm_event {
	uint32_t type;
	uint32_t pid;
	uint32_t ppid;
	uint32_t uid;
	uint32_t flags;
	uint64_t time_ns;
	uint64_t start_time_ns;
	uint64_t cgroup_id;
	char comm[TASKMETER_COMM_LEN];
	const uint8_t *command_line;
	uint32_t command_line_length;
	int32_t oom_score_adj;
	uint64_t oom_rss_anon_bytes;
	uint64_t oom_rss_file_bytes;
	uint64_t oom_rss_shmem_bytes;
	uint64_t oom_swap_bytes;
	uint64_t lost;
	uint64_t exits_lost;
	const struct tm_exit *exit;
};

/**
 * tm_events_new() - subscribe to events
 * @events: &enum taskmeter_event, bits
 * @flags: TASKMETER_SNAPSHOT_HISTOGRAMS, TASKMETER_SNAPSHOT_STALLS: what exits come with
 * @cursor: with TASKMETER_EVENT_EXIT, number of the first exit record that is wanted:
 *	those that are in the log already come first; 0 for those from now on
 * @ret_events: to be freed with tm_events_free()
 *
 * It has sockets of its own. Whom it sees is decided by the caller's credentials and
 * namespaces now.
 *
 * Return: 0; -ENODEV if the module is not loaded; -EOPNOTSUPP if it is older than
 * events; -EUSERS if there are too many subscribers; -EINVAL if @cursor is of another
 * load of the module; another negative errno.
 */
int tm_events_new(uint32_t events, uint32_t flags, uint64_t cursor,
		  struct tm_events **ret_events);

/**
 * tm_events_fd() - to wait for events with poll(2) or epoll(7)
 * @events: the subscription
 *
 * Return: a file descriptor that stays the subscription's; it is readable when
 * tm_events_next() is to be called.
 */
int tm_events_fd(const struct tm_events *events);

/**
 * tm_events_next() - the next event, without waiting
 * @events: the subscription
 * @ret_event: valid until the next call on the subscription
 *
 * Every exit comes once, in the order of their numbers: what the socket lost is
 * fetched from the log. Other events keep their order, but what was fetched comes first.
 * What the log lost meanwhile is told by the next event.
 *
 * Return: 1 with an event, 0 if there is none now, -ENODEV if the module was unloaded,
 * another negative errno.
 */
int tm_events_next(struct tm_events *events, const struct tm_event **ret_event);

/**
 * tm_events_cursor() - where to go on
 * @events: the subscription
 *
 * Return: number of the exit record after the one that was told last, for a later
 * tm_events_new() or tm_exits_new().
 */
uint64_t tm_events_cursor(const struct tm_events *events);

/**
 * tm_events_error() - why the last call on this subscription failed
 * @events: the subscription
 *
 * Return: as tm_error().
 */
const char *tm_events_error(const struct tm_events *events);

/**
 * tm_events_free() - end a subscription
 * @events: may be NULL
 */
void tm_events_free(struct tm_events *events);

/**
 * tm_totals_new() - begin to read what exited processes did in all
 * @meter: the meter; on a netlink meter one reader or snapshot at a time
 * @kind: &enum taskmeter_total_kind
 * @ret_totals: to be freed with tm_totals_free()
 *
 * Return: 0; -EBUSY, -EOPNOTSUPP as tm_exits_new(); another negative errno.
 */
int tm_totals_new(struct tm_meter *meter, uint32_t kind, struct tm_totals **ret_totals);

/**
 * tm_totals_next() - the next total
 * @totals: the reader
 * @ret_total: valid until the next call on the reader
 * @ret_path: of a cgroup, its path as in &struct tm_exit, valid as long; else NULL. May
 *	be NULL
 *
 * Return: 1 with a total, 0 at the end; -EPERM if the caller lacks CAP_PERFMON over the
 * initial user namespace; another negative errno.
 */
int tm_totals_next(struct tm_totals *totals, const struct taskmeter_total **ret_total,
		   const char **ret_path);

/**
 * tm_totals_free() - end reading
 * @totals: may be NULL
 */
void tm_totals_free(struct tm_totals *totals);

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
