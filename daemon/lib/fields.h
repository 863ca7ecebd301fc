/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one description of a record's members. From these lists come the public
 * field table and the tables by which the netlink parser finds the member of an
 * attribute; a member that is missing here does not compile.
 *
 * FIELD(member, type, attribute, available, counter, help), in the order of
 * struct taskmeter_record. Type, attribute and available are without their
 * prefix; the attribute's nest is that of its list.
 */
#ifndef TASKMETER_LIB_FIELDS_H
#define TASKMETER_LIB_FIELDS_H

#include <taskmeter/taskmeter.h>

#define TM_AVAILABLE_ALWAYS	0
#define TM_AVAILABLE_CGROUP	TASKMETER_AVAILABLE_CGROUP
#define TM_AVAILABLE_RUN_DELAY	TASKMETER_AVAILABLE_RUN_DELAY
#define TM_AVAILABLE_MEMORY	TASKMETER_AVAILABLE_MEMORY
#define TM_AVAILABLE_RSS_PEAK	TASKMETER_AVAILABLE_RSS_PEAK
#define TM_AVAILABLE_IO_CHARS	TASKMETER_AVAILABLE_IO_CHARS
#define TM_AVAILABLE_IO		TASKMETER_AVAILABLE_IO
#define TM_AVAILABLE_METER	TASKMETER_AVAILABLE_METER
#define TM_AVAILABLE_MEM_WAIT	TASKMETER_AVAILABLE_MEM_WAIT
#define TM_AVAILABLE_NUMA	TASKMETER_AVAILABLE_NUMA
#define TM_AVAILABLE_WAKER	TASKMETER_AVAILABLE_WAKER
#define TM_AVAILABLE_STALLS	TASKMETER_AVAILABLE_STALLS
#define TM_AVAILABLE_DIRECT_RECLAIM	TASKMETER_AVAILABLE_DIRECT_RECLAIM
#define TM_AVAILABLE_MEMCG_RECLAIM	TASKMETER_AVAILABLE_MEMCG_RECLAIM
#define TM_AVAILABLE_COMPACTION	TASKMETER_AVAILABLE_COMPACTION
#define TM_AVAILABLE_REFAULT	TASKMETER_AVAILABLE_REFAULT
#define TM_AVAILABLE_MEM_STALL	TASKMETER_AVAILABLE_MEM_STALL
#define TM_AVAILABLE_NUMA_BALANCING	TASKMETER_AVAILABLE_NUMA_BALANCING

#define TM_FIELDS_IDENTITY(FIELD) \
	FIELD(pid, U32, TASK_PID, ALWAYS, 0, \
	      "process id, of a thread its thread id") \
	FIELD(tgid, U32, TASK_TGID, ALWAYS, 0, \
	      "process id (thread group id)") \
	FIELD(ppid, U32, TASK_PPID, ALWAYS, 0, \
	      "process id of the parent, 0 if it is not in this pid namespace") \
	FIELD(pid_namespace, U32, TASK_PID_NAMESPACE, ALWAYS, 0, \
	      "inode number of its pid namespace") \
	FIELD(uid, U32, TASK_UID, ALWAYS, 0, \
	      "real user id") \
	FIELD(gid, U32, TASK_GID, ALWAYS, 0, \
	      "real group id") \
	FIELD(euid, U32, TASK_EUID, ALWAYS, 0, \
	      "effective user id") \
	FIELD(egid, U32, TASK_EGID, ALWAYS, 0, \
	      "effective group id") \
	FIELD(start_time_ns, U64, TASK_START_TIME_NS, ALWAYS, 0, \
	      "when it was started, on the boottime clock") \
	FIELD(cgroup_id, U64, TASK_CGROUP_ID, CGROUP, 0, \
	      "id (inode number) of its cgroup in the unified hierarchy") \
	FIELD(comm, STRING, TASK_COMM, ALWAYS, 0, \
	      "name, at most 15 bytes") \
	FIELD(state, STATE, TASK_STATE, ALWAYS, 0, \
	      "state as in /proc/PID/stat: R, S, D, T, t, X, Z, P or I") \
	FIELD(policy, U32, TASK_POLICY, ALWAYS, 0, \
	      "scheduling policy as a number, 0 is SCHED_OTHER") \
	FIELD(nice, S32, TASK_NICE, ALWAYS, 0, \
	      "nice value, -20 to 19") \
	FIELD(priority, S32, TASK_PRIORITY, ALWAYS, 0, \
	      "priority as in /proc/PID/stat, negative for real-time policies") \
	FIELD(rt_priority, U32, TASK_RT_PRIORITY, ALWAYS, 0, \
	      "real-time priority, 1 to 99, or 0") \
	FIELD(cpu, U32, TASK_CPU, ALWAYS, 0, \
	      "CPU that it runs on or ran on last") \
	FIELD(threads, U32, TASK_THREADS, ALWAYS, 0, \
	      "living threads of the process") \
	FIELD(oom_score_adj, S32, TASK_OOM_SCORE_ADJ, ALWAYS, 0, \
	      "adjustment of its badness to the OOM killer, -1000 to 1000")

#define TM_FIELDS_SCHED(FIELD) \
	FIELD(run_ns, U64, SCHED_RUN_NS, ALWAYS, 1, \
	      "time on a CPU") \
	FIELD(user_ns, U64, SCHED_USER_NS, ALWAYS, 1, \
	      "part of the CPU time in user mode, exact to a tick") \
	FIELD(system_ns, U64, SCHED_SYSTEM_NS, ALWAYS, 1, \
	      "part of the CPU time in the kernel, exact to a tick") \
	FIELD(run_delay_ns, U64, SCHED_RUN_DELAY_NS, RUN_DELAY, 1, \
	      "time runnable, waiting for a CPU") \
	FIELD(timeslices, U64, SCHED_TIMESLICES, RUN_DELAY, 1, \
	      "times that it got a CPU after waiting") \
	FIELD(voluntary_switches, U64, SCHED_VOLUNTARY_SWITCHES, ALWAYS, 1, \
	      "switches away because it blocked") \
	FIELD(involuntary_switches, U64, SCHED_INVOLUNTARY_SWITCHES, ALWAYS, 1, \
	      "switches away because it was preempted") \
	FIELD(migrations, U64, SCHED_MIGRATIONS, ALWAYS, 1, \
	      "times that it was moved to another CPU")

#define TM_FIELDS_MEMORY(FIELD) \
	FIELD(rss_anon_bytes, U64, MEMORY_RSS_ANON_BYTES, MEMORY, 0, \
	      "resident anonymous memory") \
	FIELD(rss_file_bytes, U64, MEMORY_RSS_FILE_BYTES, MEMORY, 0, \
	      "resident file mappings") \
	FIELD(rss_shmem_bytes, U64, MEMORY_RSS_SHMEM_BYTES, MEMORY, 0, \
	      "resident shared memory, tmpfs and shared anonymous") \
	FIELD(swap_bytes, U64, MEMORY_SWAP_BYTES, MEMORY, 0, \
	      "anonymous memory swapped out") \
	FIELD(rss_peak_bytes, U64, MEMORY_RSS_PEAK_BYTES, RSS_PEAK, 0, \
	      "highest resident set so far") \
	FIELD(vm_bytes, U64, MEMORY_VM_BYTES, MEMORY, 0, \
	      "size of the address space") \
	FIELD(vm_peak_bytes, U64, MEMORY_VM_PEAK_BYTES, MEMORY, 0, \
	      "highest size of the address space so far") \
	FIELD(vm_data_bytes, U64, MEMORY_VM_DATA_BYTES, MEMORY, 0, \
	      "private writable mappings") \
	FIELD(vm_stack_bytes, U64, MEMORY_VM_STACK_BYTES, MEMORY, 0, \
	      "stack mappings") \
	FIELD(vm_exe_bytes, U64, MEMORY_VM_EXE_BYTES, MEMORY, 0, \
	      "text of the program") \
	FIELD(vm_lib_bytes, U64, MEMORY_VM_LIB_BYTES, MEMORY, 0, \
	      "other executable mappings") \
	FIELD(vm_locked_bytes, U64, MEMORY_VM_LOCKED_BYTES, MEMORY, 0, \
	      "memory locked by mlock(2)") \
	FIELD(vm_pinned_bytes, U64, MEMORY_VM_PINNED_BYTES, MEMORY, 0, \
	      "memory pinned for I/O") \
	FIELD(page_table_bytes, U64, MEMORY_PAGE_TABLE_BYTES, MEMORY, 0, \
	      "size of the page tables")

#define TM_FIELDS_FAULT(FIELD) \
	FIELD(minor_faults, U64, FAULT_MINOR_FAULTS, ALWAYS, 1, \
	      "page faults served without I/O") \
	FIELD(major_faults, U64, FAULT_MAJOR_FAULTS, ALWAYS, 1, \
	      "page faults that waited for I/O")

#define TM_FIELDS_IO(FIELD) \
	FIELD(io_read_chars_bytes, U64, IO_READ_CHARS_BYTES, IO_CHARS, 1, \
	      "bytes given by read(2) and its like, from anywhere") \
	FIELD(io_write_chars_bytes, U64, IO_WRITE_CHARS_BYTES, IO_CHARS, 1, \
	      "bytes taken by write(2) and its like") \
	FIELD(io_read_syscalls, U64, IO_READ_SYSCALLS, IO_CHARS, 1, \
	      "calls of read(2) and its like") \
	FIELD(io_write_syscalls, U64, IO_WRITE_SYSCALLS, IO_CHARS, 1, \
	      "calls of write(2) and its like") \
	FIELD(io_read_bytes, U64, IO_READ_BYTES, IO, 1, \
	      "bytes fetched from storage") \
	FIELD(io_write_bytes, U64, IO_WRITE_BYTES, IO, 1, \
	      "bytes sent, or dirtied to be sent later, to storage") \
	FIELD(io_cancelled_write_bytes, U64, IO_CANCELLED_WRITE_BYTES, IO, 1, \
	      "bytes kept from being written by truncating dirty page cache")

#define TM_FIELDS_METER(FIELD) \
	FIELD(current_state, METER_STATE, METER_CURRENT_STATE, METER, 0, \
	      "what it does now: running, queued, sleeping, io, memory, lock, stopped or dead") \
	FIELD(current_state_tid, U32, METER_CURRENT_STATE_TID, METER, 0, \
	      "thread that current_state is about: the one that has waited longest") \
	FIELD(current_state_ns, U64, METER_CURRENT_STATE_NS, METER, 0, \
	      "how long current_state has lasted") \
	FIELD(untracked_threads, U32, METER_UNTRACKED_THREADS, METER, 0, \
	      "living threads that the meter does not track") \
	FIELD(waker_pid, U32, METER_WAKER_PID, WAKER, 0, \
	      "thread that woke it last, 0 if it is not in this pid namespace") \
	FIELD(waker_comm, STRING, METER_WAKER_COMM, WAKER, 0, \
	      "name of the thread that woke it last") \
	FIELD(tracked_ns, U64, METER_TRACKED_NS, METER, 1, \
	      "time that the meter accounts for: run_ns and all waits") \
	FIELD(cpu_wait_ns, U64, METER_CPU_WAIT_NS, METER, 1, \
	      "time runnable, waiting for a CPU, the wait that still lasts included") \
	FIELD(sleep_ns, U64, METER_SLEEP_NS, METER, 1, \
	      "time asleep, waiting for an event") \
	FIELD(io_wait_ns, U64, METER_IO_WAIT_NS, METER, 1, \
	      "time blocked on I/O") \
	FIELD(mem_wait_ns, U64, METER_MEM_WAIT_NS, MEM_WAIT, 1, \
	      "time blocked on memory: reclaim, swap, memory.high") \
	FIELD(lock_wait_ns, U64, METER_LOCK_WAIT_NS, METER, 1, \
	      "time blocked uninterruptibly on anything else") \
	FIELD(stop_ns, U64, METER_STOP_NS, METER, 1, \
	      "time stopped, traced or frozen") \
	FIELD(wakeups, U64, METER_WAKEUPS, METER, 1, \
	      "times that it was woken after it had blocked") \
	FIELD(numa_migrations, U64, METER_NUMA_MIGRATIONS, NUMA, 1, \
	      "times that it got a CPU on another NUMA node") \
	FIELD(cpu_wait_max_ns, U64, METER_CPU_WAIT_MAX_NS, METER, 0, \
	      "longest single wait for a CPU that has ended") \
	FIELD(cpu_wait_max_time_ns, U64, METER_CPU_WAIT_MAX_TIME_NS, METER, 0, \
	      "when that wait for a CPU ended, on the boottime clock") \
	FIELD(io_wait_max_ns, U64, METER_IO_WAIT_MAX_NS, METER, 0, \
	      "longest single wait for I/O that has ended") \
	FIELD(io_wait_max_time_ns, U64, METER_IO_WAIT_MAX_TIME_NS, METER, 0, \
	      "when that wait for I/O ended, on the boottime clock") \
	FIELD(mem_wait_max_ns, U64, METER_MEM_WAIT_MAX_NS, MEM_WAIT, 0, \
	      "longest single wait for memory that has ended") \
	FIELD(mem_wait_max_time_ns, U64, METER_MEM_WAIT_MAX_TIME_NS, MEM_WAIT, 0, \
	      "when that wait for memory ended, on the boottime clock")

/* Four numbers for each kind of stall: how often, how long, the longest, when. */
#define TM_FIELDS_STALL(FIELD) \
	FIELD(mem_stall_ns, U64, STALL_MEM_STALL_NS, MEM_STALL, 1, \
	      "time stalled for lack of memory: mem_wait_ns, reclaim and compaction") \
	FIELD(direct_reclaims, U64, STALL_DIRECT_RECLAIMS, DIRECT_RECLAIM, 1, \
	      "times that it had to free memory of the machine itself") \
	FIELD(direct_reclaim_ns, U64, STALL_DIRECT_RECLAIM_NS, DIRECT_RECLAIM, 1, \
	      "time that it freed memory of the machine, on the CPU and off it") \
	FIELD(direct_reclaim_max_ns, U64, STALL_DIRECT_RECLAIM_MAX_NS, DIRECT_RECLAIM, 0, \
	      "longest single direct reclaim that has ended") \
	FIELD(direct_reclaim_max_time_ns, U64, STALL_DIRECT_RECLAIM_MAX_TIME_NS, \
	      DIRECT_RECLAIM, 0, \
	      "when that direct reclaim ended, on the boottime clock") \
	FIELD(memcg_reclaims, U64, STALL_MEMCG_RECLAIMS, MEMCG_RECLAIM, 1, \
	      "times that it had to free memory of its cgroup, because of a limit") \
	FIELD(memcg_reclaim_ns, U64, STALL_MEMCG_RECLAIM_NS, MEMCG_RECLAIM, 1, \
	      "time that it freed memory of its cgroup, on the CPU and off it") \
	FIELD(memcg_reclaim_max_ns, U64, STALL_MEMCG_RECLAIM_MAX_NS, MEMCG_RECLAIM, 0, \
	      "longest single reclaim of its cgroup that has ended") \
	FIELD(memcg_reclaim_max_time_ns, U64, STALL_MEMCG_RECLAIM_MAX_TIME_NS, \
	      MEMCG_RECLAIM, 0, \
	      "when that reclaim of its cgroup ended, on the boottime clock") \
	FIELD(compactions, U64, STALL_COMPACTIONS, COMPACTION, 1, \
	      "times that it had to move memory about, once for each zone") \
	FIELD(compaction_ns, U64, STALL_COMPACTION_NS, COMPACTION, 1, \
	      "time that it moved memory about, on the CPU and off it") \
	FIELD(compaction_max_ns, U64, STALL_COMPACTION_MAX_NS, COMPACTION, 0, \
	      "longest single compaction that has ended") \
	FIELD(compaction_max_time_ns, U64, STALL_COMPACTION_MAX_TIME_NS, COMPACTION, 0, \
	      "when that compaction ended, on the boottime clock") \
	FIELD(fault_waits, U64, STALL_FAULT_WAITS, STALLS, 1, \
	      "major page faults that blocked") \
	FIELD(fault_wait_ns, U64, STALL_FAULT_WAIT_NS, STALLS, 1, \
	      "time blocked in major page faults") \
	FIELD(fault_wait_max_ns, U64, STALL_FAULT_WAIT_MAX_NS, STALLS, 0, \
	      "longest single wait of a major page fault that has ended") \
	FIELD(fault_wait_max_time_ns, U64, STALL_FAULT_WAIT_MAX_TIME_NS, STALLS, 0, \
	      "when that wait of a major page fault ended, on the boottime clock") \
	FIELD(refault_waits, U64, STALL_REFAULT_WAITS, REFAULT, 1, \
	      "waits for a page that had been evicted not long ago (thrashing)") \
	FIELD(refault_wait_ns, U64, STALL_REFAULT_WAIT_NS, REFAULT, 1, \
	      "time waiting for pages evicted not long ago, part of mem_wait_ns") \
	FIELD(refault_wait_max_ns, U64, STALL_REFAULT_WAIT_MAX_NS, REFAULT, 0, \
	      "longest single wait for a page evicted not long ago that has ended") \
	FIELD(refault_wait_max_time_ns, U64, STALL_REFAULT_WAIT_MAX_TIME_NS, REFAULT, 0, \
	      "when that wait for a page ended, on the boottime clock") \
	FIELD(throttle_waits, U64, STALL_THROTTLE_WAITS, REFAULT, 1, \
	      "waits because its cgroup was above memory.high, and others for memory") \
	FIELD(throttle_wait_ns, U64, STALL_THROTTLE_WAIT_NS, REFAULT, 1, \
	      "time waiting because of memory.high and the like, part of mem_wait_ns") \
	FIELD(throttle_wait_max_ns, U64, STALL_THROTTLE_WAIT_MAX_NS, REFAULT, 0, \
	      "longest single wait because of memory.high and the like that has ended") \
	FIELD(throttle_wait_max_time_ns, U64, STALL_THROTTLE_WAIT_MAX_TIME_NS, REFAULT, 0, \
	      "when that wait because of memory.high ended, on the boottime clock") \
	FIELD(numa_migrated_pages, U64, STALL_NUMA_MIGRATED_PAGES, NUMA_BALANCING, 1, \
	      "pages moved to the NUMA node of a thread that used them") \
	FIELD(numa_preferred_node, S32, STALL_NUMA_PREFERRED_NODE, NUMA_BALANCING, 0, \
	      "NUMA node that its memory is mostly on, -1 if there is none")

/* Place of each field in the table, and of its bit in a set of fields. */
#define TM_FIELD_INDEX(member, ...)	TM_INDEX_##member,
enum {
	TM_FIELDS_IDENTITY(TM_FIELD_INDEX)
	TM_FIELDS_SCHED(TM_FIELD_INDEX)
	TM_FIELDS_MEMORY(TM_FIELD_INDEX)
	TM_FIELDS_FAULT(TM_FIELD_INDEX)
	TM_FIELDS_IO(TM_FIELD_INDEX)
	TM_FIELDS_METER(TM_FIELD_INDEX)
	TM_FIELDS_STALL(TM_FIELD_INDEX)
	TM_INDEX_COUNT,
};

#endif
