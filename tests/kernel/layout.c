// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints what a program sees of the binary interface: sizes and offsets, and what
 * the ioctls answer. Built for 32 and for 64 bits, both have to print the same.
 *
 *   layout PID
 *
 * PID is a process that does nothing. Uses the ABI header and the C library only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/taskmeter.h>

#define RECORD(X)							\
	X(size) X(flags) X(available) X(pid) X(tgid) X(ppid)		\
	X(pid_namespace) X(uid) X(gid) X(euid) X(egid) X(start_time_ns)	\
	X(cgroup_id) X(comm) X(state) X(policy) X(nice) X(priority)	\
	X(rt_priority) X(cpu) X(threads) X(oom_score_adj) X(run_ns)	\
	X(user_ns) X(system_ns) X(run_delay_ns) X(timeslices)		\
	X(voluntary_switches) X(involuntary_switches) X(migrations)	\
	X(rss_anon_bytes) X(rss_file_bytes) X(rss_shmem_bytes)		\
	X(swap_bytes) X(rss_peak_bytes) X(vm_bytes) X(vm_peak_bytes)	\
	X(vm_data_bytes) X(vm_stack_bytes) X(vm_exe_bytes)		\
	X(vm_lib_bytes) X(vm_locked_bytes) X(vm_pinned_bytes)		\
	X(page_table_bytes) X(minor_faults) X(major_faults)		\
	X(io_read_chars_bytes) X(io_write_chars_bytes)			\
	X(io_read_syscalls) X(io_write_syscalls) X(io_read_bytes)	\
	X(io_write_bytes) X(io_cancelled_write_bytes)			\
	X(current_state) X(current_state_tid) X(current_state_ns)	\
	X(untracked_threads) X(waker_pid) X(waker_comm) X(tracked_ns)	\
	X(cpu_wait_ns) X(sleep_ns) X(io_wait_ns) X(mem_wait_ns)		\
	X(lock_wait_ns) X(stop_ns) X(wakeups) X(numa_migrations)	\
	X(cpu_wait_max_ns) X(cpu_wait_max_time_ns) X(io_wait_max_ns)	\
	X(io_wait_max_time_ns) X(mem_wait_max_ns) X(mem_wait_max_time_ns)	\
	X(mem_stall_ns) X(direct_reclaims) X(direct_reclaim_ns)		\
	X(direct_reclaim_max_ns) X(direct_reclaim_max_time_ns)		\
	X(memcg_reclaims) X(memcg_reclaim_ns) X(memcg_reclaim_max_ns)	\
	X(memcg_reclaim_max_time_ns) X(compactions) X(compaction_ns)	\
	X(compaction_max_ns) X(compaction_max_time_ns) X(fault_waits)	\
	X(fault_wait_ns) X(fault_wait_max_ns) X(fault_wait_max_time_ns)	\
	X(refault_waits) X(refault_wait_ns) X(refault_wait_max_ns)	\
	X(refault_wait_max_time_ns) X(throttle_waits)			\
	X(throttle_wait_ns) X(throttle_wait_max_ns)			\
	X(throttle_wait_max_time_ns) X(numa_migrated_pages)		\
	X(numa_preferred_node) X(reserved)

#define INFO(X)								\
	X(size) X(abi_version) X(flags) X(available) X(instance_id)	\
	X(load_time_ns) X(record_size) X(page_size) X(pid_namespace)	\
	X(reserved) X(rss_error_bytes) X(version) X(token)		\
	X(tracked_threads) X(untracked_threads) X(allocation_failures)	\
	X(clock_steps) X(gaps) X(probe_calls) X(probe_ns) X(clock)	\
	X(thread_bytes) X(process_bytes) X(histogram_bytes)		\
	X(exit_number) X(exit_log_bytes) X(exit_log_used_bytes)		\
	X(exit_log_records) X(exit_log_evicted) X(exits_other)		\
	X(exits_unrecorded) X(events_lost) X(subscribers) X(exit_size)	\
	X(total_size) X(reserved2)

#define SNAPSHOT(X)							\
	X(size) X(flags) X(buffer) X(buffer_size) X(stride) X(count)	\
	X(cursor) X(time_ns) X(pid) X(uid) X(cgroup_id) X(since)	\
	X(token) X(histograms) X(histograms_stride) X(reserved)

#define HISTOGRAMS(X)							\
	X(size) X(reserved) X(cpu_wait) X(io_wait) X(mem_wait)	\
	X(reclaim) X(compaction) X(fault_wait)

#define EXIT(X)								\
	X(size) X(flags) X(number) X(exit_time_ns) X(status)		\
	X(command_line_length) X(oom_rss_anon_bytes)			\
	X(oom_rss_file_bytes) X(oom_rss_shmem_bytes) X(oom_swap_bytes)	\
	X(oom_time_ns) X(command_line)

#define EXITS(X)							\
	X(size) X(flags) X(cursor) X(lost) X(last) X(exits) X(records)	\
	X(histograms) X(exits_stride) X(records_stride)			\
	X(histograms_stride) X(room) X(count) X(reserved)

#define TOTAL(X)							\
	X(size) X(flags) X(id) X(last_number) X(exits) X(oom_kills)	\
	X(run_ns) X(user_ns) X(system_ns) X(run_delay_ns) X(timeslices)	\
	X(voluntary_switches) X(involuntary_switches) X(migrations)	\
	X(minor_faults) X(major_faults) X(io_read_chars_bytes)		\
	X(io_write_chars_bytes) X(io_read_syscalls)			\
	X(io_write_syscalls) X(io_read_bytes) X(io_write_bytes)		\
	X(io_cancelled_write_bytes) X(tracked_ns) X(cpu_wait_ns)	\
	X(sleep_ns) X(io_wait_ns) X(mem_wait_ns) X(lock_wait_ns)	\
	X(stop_ns) X(wakeups) X(mem_stall_ns)

#define TOTALS(X)							\
	X(size) X(kind) X(cursor) X(totals) X(stride) X(room) X(count)	\
	X(reserved)

#define CGROUP_PATH(X)							\
	X(size) X(length) X(cgroup_id) X(path) X(path_size) X(reserved)

/* As there is no padding, these add up only if no member is missing above. */
#define PLUS_SIZE(member) + sizeof(((STRUCT *)0)->member)
#define STRUCT struct taskmeter_record
_Static_assert(0 RECORD(PLUS_SIZE) == sizeof(STRUCT), "a member of the record is missing");
#undef STRUCT
#define STRUCT struct taskmeter_info
_Static_assert(0 INFO(PLUS_SIZE) == sizeof(STRUCT), "a member of the info is missing");
#undef STRUCT
#define STRUCT struct taskmeter_snapshot
_Static_assert(0 SNAPSHOT(PLUS_SIZE) == sizeof(STRUCT),
	       "a member of the snapshot is missing");
#undef STRUCT
#define STRUCT struct taskmeter_histograms
_Static_assert(0 HISTOGRAMS(PLUS_SIZE) == sizeof(STRUCT),
	       "a member of the histograms is missing");
#undef STRUCT
#define STRUCT struct taskmeter_exit
_Static_assert(0 EXIT(PLUS_SIZE) == sizeof(STRUCT), "a member of an exit is missing");
#undef STRUCT
#define STRUCT struct taskmeter_exits
_Static_assert(0 EXITS(PLUS_SIZE) == sizeof(STRUCT), "a member of the exits is missing");
#undef STRUCT
#define STRUCT struct taskmeter_total
_Static_assert(0 TOTAL(PLUS_SIZE) == sizeof(STRUCT), "a member of a total is missing");
#undef STRUCT
#define STRUCT struct taskmeter_totals
_Static_assert(0 TOTALS(PLUS_SIZE) == sizeof(STRUCT), "a member of the totals is missing");
#undef STRUCT
#define STRUCT struct taskmeter_cgroup_path
_Static_assert(0 CGROUP_PATH(PLUS_SIZE) == sizeof(STRUCT), "a member of the path is missing");
#undef STRUCT
_Static_assert(sizeof(struct taskmeter_record) == TASKMETER_RECORD_SIZE_VER3 &&
	       sizeof(struct taskmeter_info) == TASKMETER_INFO_SIZE_VER3 &&
	       sizeof(struct taskmeter_snapshot) == TASKMETER_SNAPSHOT_SIZE_VER2 &&
	       sizeof(struct taskmeter_histograms) == TASKMETER_HISTOGRAMS_SIZE_VER2 &&
	       sizeof(struct taskmeter_exit) == TASKMETER_EXIT_SIZE_VER1 &&
	       sizeof(struct taskmeter_exits) == TASKMETER_EXITS_SIZE_VER1 &&
	       sizeof(struct taskmeter_total) == TASKMETER_TOTAL_SIZE_VER1 &&
	       sizeof(struct taskmeter_totals) == TASKMETER_TOTALS_SIZE_VER1 &&
	       sizeof(struct taskmeter_cgroup_path) == TASKMETER_CGROUP_PATH_SIZE_VER1,
	       "a size of the header is not that of its structure");

#define PRINT(type, member)						\
	printf(#type ".%s %zu %zu\n", #member,				\
	       offsetof(struct taskmeter_##type, member),		\
	       sizeof(((struct taskmeter_##type *)0)->member));
#define PRINT_RECORD(member) PRINT(record, member)
#define PRINT_INFO(member) PRINT(info, member)
#define PRINT_SNAPSHOT(member) PRINT(snapshot, member)
#define PRINT_HISTOGRAMS(member) PRINT(histograms, member)
#define PRINT_EXIT(member) PRINT(exit, member)
#define PRINT_EXITS(member) PRINT(exits, member)
#define PRINT_TOTAL(member) PRINT(total, member)
#define PRINT_TOTALS(member) PRINT(totals, member)
#define PRINT_CGROUP_PATH(member) PRINT(cgroup_path, member)

static void print_layout(void)
{
	printf("record %zu\n", sizeof(struct taskmeter_record));
	RECORD(PRINT_RECORD)
	printf("info %zu\n", sizeof(struct taskmeter_info));
	INFO(PRINT_INFO)
	printf("snapshot %zu\n", sizeof(struct taskmeter_snapshot));
	SNAPSHOT(PRINT_SNAPSHOT)
	printf("histograms %zu\n", sizeof(struct taskmeter_histograms));
	HISTOGRAMS(PRINT_HISTOGRAMS)
	printf("exit %zu\n", sizeof(struct taskmeter_exit));
	EXIT(PRINT_EXIT)
	printf("exits %zu\n", sizeof(struct taskmeter_exits));
	EXITS(PRINT_EXITS)
	printf("total %zu\n", sizeof(struct taskmeter_total));
	TOTAL(PRINT_TOTAL)
	printf("totals %zu\n", sizeof(struct taskmeter_totals));
	TOTALS(PRINT_TOTALS)
	printf("cgroup path %zu\n", sizeof(struct taskmeter_cgroup_path));
	CGROUP_PATH(PRINT_CGROUP_PATH)
	printf("ioctls %#lx %#lx %#lx %#lx %#lx\n", (unsigned long)TASKMETER_IOCTL_INFO,
	       (unsigned long)TASKMETER_IOCTL_SNAPSHOT, (unsigned long)TASKMETER_IOCTL_EXITS,
	       (unsigned long)TASKMETER_IOCTL_TOTALS,
	       (unsigned long)TASKMETER_IOCTL_CGROUP_PATH);
}

static void print_bytes(const char *name, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	printf("%s", name);
	for (size_t i = 0; i < size; i++)
		printf("%s%02x", i % 8 ? "" : " ", bytes[i]);
	printf("\n");
}

static void print_result(const char *what, int ret)
{
	printf("%s: %s\n", what, ret ? strerror(errno) : "done");
}

static void print_info(int device)
{
	struct taskmeter_info info = { .size = sizeof(info) };

	print_result("INFO", ioctl(device, TASKMETER_IOCTL_INFO, &info));
	/* What follows moves on from call to call. */
	print_bytes("info", &info, TASKMETER_INFO_SIZE_VER1);
	printf("bytes %u %u %u\n", info.thread_bytes, info.process_bytes,
	       info.histogram_bytes);
}

static void print_snapshot(int device, unsigned int pid)
{
	static struct taskmeter_histograms histograms[2];
	static struct taskmeter_record records[2];
	struct taskmeter_snapshot snapshot = {
		.size = sizeof(snapshot),
		.flags = TASKMETER_SNAPSHOT_PID | TASKMETER_SNAPSHOT_HISTOGRAMS |
			 TASKMETER_SNAPSHOT_STALLS,
		.buffer = (uintptr_t)records,
		.buffer_size = sizeof(records),
		.stride = sizeof(records[0]),
		.pid = pid,
		.histograms = (uintptr_t)histograms,
		.histograms_stride = sizeof(histograms[0]),
	};

	print_result("SNAPSHOT", ioctl(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot));
	printf("count %u, cursor %llu, in time: %d, token: %d\n", snapshot.count,
	       (unsigned long long)snapshot.cursor, snapshot.time_ns > 0,
	       snapshot.token > 0);
	/* What follows moves on while it sleeps. */
	print_bytes("record", records, TASKMETER_RECORD_SIZE_VER1);
	printf("state %u of %u, in time: %d\n", records[0].current_state,
	       records[0].current_state_tid, records[0].tracked_ns > 0);
	print_bytes("stalls", &records[0].mem_stall_ns,
		    sizeof(records[0]) - offsetof(struct taskmeter_record, mem_stall_ns));
	print_bytes("histograms", histograms, sizeof(histograms));
}

static void print_cgroup_path(int device, uint64_t cgroup_id)
{
	static char path[4096];
	struct taskmeter_cgroup_path request = {
		.size = sizeof(request),
		.cgroup_id = cgroup_id,
		.path = (uintptr_t)path,
		.path_size = sizeof(path),
	};

	print_result("CGROUP_PATH", ioctl(device, TASKMETER_IOCTL_CGROUP_PATH, &request));
	printf("%u bytes: %s\n", request.length, path);
}

/* The oldest one stays where it is. */
static void print_exit(int device)
{
	static struct taskmeter_histograms histograms;
	static struct taskmeter_record record;
	static struct taskmeter_exit end;
	struct taskmeter_exits exits = {
		.size = sizeof(exits),
		.flags = TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS,
		.exits = (uintptr_t)&end,
		.records = (uintptr_t)&record,
		.histograms = (uintptr_t)&histograms,
		.exits_stride = sizeof(end),
		.records_stride = sizeof(record),
		.histograms_stride = sizeof(histograms),
		.room = 1,
	};

	print_result("EXITS", ioctl(device, TASKMETER_IOCTL_EXITS, &exits));
	printf("count %u, cursor %llu, newer: %d, lost %llu\n", exits.count,
	       (unsigned long long)exits.cursor, exits.last >= exits.cursor,
	       (unsigned long long)exits.lost);
	print_bytes("exit", &end, sizeof(end));
	print_bytes("its record", &record, sizeof(record));
	print_bytes("its histograms", &histograms, sizeof(histograms));
	print_cgroup_path(device, record.cgroup_id);
}

static void print_total(int device)
{
	static struct taskmeter_total total;
	struct taskmeter_totals totals = {
		.size = sizeof(totals),
		.kind = TASKMETER_TOTAL_UID,
		.totals = (uintptr_t)&total,
		.stride = sizeof(total),
		.room = 1,
	};

	print_result("TOTALS", ioctl(device, TASKMETER_IOCTL_TOTALS, &totals));
	printf("count %u, size %u, of %llu, exits: %d\n", totals.count, total.size,
	       (unsigned long long)total.id, total.exits > 0);
}

static void print_errors(int device)
{
	struct taskmeter_snapshot snapshot = { .size = sizeof(snapshot) };
	struct {
		struct taskmeter_info info;
		uint64_t tail;
	} newer = { .info.size = sizeof(newer) };

	print_result("newer", ioctl(device, TASKMETER_IOCTL_INFO, &newer));
	newer.tail = 1;
	print_result("too new", ioctl(device, TASKMETER_IOCTL_INFO, &newer));
	newer.info.size = 4;
	print_result("too old", ioctl(device, TASKMETER_IOCTL_INFO, &newer));
	print_result("unknown", ioctl(device, _IO(TASKMETER_IOCTL_TYPE, 5), &newer));
	print_result("no struct", ioctl(device, TASKMETER_IOCTL_INFO, NULL));

	snapshot.stride = sizeof(struct taskmeter_record);
	print_result("no room", ioctl(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot));
	snapshot.buffer_size = 1 << 20;
	print_result("no buffer", ioctl(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot));
	/* Not to be cut to 32 bits. */
	snapshot.buffer = 0x100000000 + (uintptr_t)&newer % 0x10000000;
	print_result("far buffer", ioctl(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot));
	snapshot.flags = 1U << 31;
	print_result("unknown flag", ioctl(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot));
}

int main(int argc, char **argv)
{
	int device = open(TASKMETER_DEVICE, O_RDONLY | O_CLOEXEC);

	if (argc != 2 || device < 0)
		return 1;
	print_layout();
	print_info(device);
	print_snapshot(device, atoi(argv[1]));
	print_exit(device);
	print_total(device);
	print_errors(device);
	return 0;
}
