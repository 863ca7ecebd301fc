// SPDX-License-Identifier: GPL-2.0-only
#include "attrs.h"

#include <linux/bitops.h>
#include <linux/kernel.h>

#define PUT_U32(set, name, member) \
	(at = put_u32(at, TASKMETER_A_##set##_##name, record->member))
#define PUT_U64(set, name, member) \
	(at = put_u64(at, TASKMETER_A_##set##_##name, record->member))

/* A name that is filled up with zeros ends where its last byte is that is none. */
static size_t comm_length(const char *comm)
{
	__le64 words[2];
	u64 last;

	BUILD_BUG_ON(sizeof(words) != TASKMETER_COMM_LEN);

	memcpy(words, comm, sizeof(words));
	last = le64_to_cpu(words[1]);
	if (last)
		return sizeof(*words) + DIV_ROUND_UP(fls64(last), BITS_PER_BYTE);
	return DIV_ROUND_UP(fls64(le64_to_cpu(words[0])), BITS_PER_BYTE);
}

/* All of the name's room is copied; the next attribute may overwrite the rest. */
void *put_comm(void *at, u16 type, const char *comm)
{
	size_t size = comm_length(comm) + 1;

	at = put_header(at, type, size);
	memcpy(at, comm, TASKMETER_COMM_LEN);
	return at + NLA_ALIGN(size);
}

static void *put_identity(void *at, const struct taskmeter_record *record)
{
	PUT_U32(TASK, FLAGS, flags);
	PUT_U32(TASK, PID, pid);
	PUT_U32(TASK, TGID, tgid);
	PUT_U32(TASK, PPID, ppid);
	PUT_U32(TASK, PID_NAMESPACE, pid_namespace);
	PUT_U32(TASK, UID, uid);
	PUT_U32(TASK, GID, gid);
	PUT_U32(TASK, EUID, euid);
	PUT_U32(TASK, EGID, egid);
	PUT_U64(TASK, START_TIME_NS, start_time_ns);
	if (record->available & TASKMETER_AVAILABLE_CGROUP)
		PUT_U64(TASK, CGROUP_ID, cgroup_id);
	PUT_U32(TASK, STATE, state);
	PUT_U32(TASK, POLICY, policy);
	PUT_U32(TASK, NICE, nice);
	PUT_U32(TASK, PRIORITY, priority);
	PUT_U32(TASK, RT_PRIORITY, rt_priority);
	PUT_U32(TASK, CPU, cpu);
	PUT_U32(TASK, THREADS, threads);
	PUT_U32(TASK, OOM_SCORE_ADJ, oom_score_adj);
	return at;
}

static void *put_sched(void *at, const struct taskmeter_record *record)
{
	PUT_U64(SCHED, RUN_NS, run_ns);
	PUT_U64(SCHED, USER_NS, user_ns);
	PUT_U64(SCHED, SYSTEM_NS, system_ns);
	if (record->available & TASKMETER_AVAILABLE_RUN_DELAY) {
		PUT_U64(SCHED, RUN_DELAY_NS, run_delay_ns);
		PUT_U64(SCHED, TIMESLICES, timeslices);
	}
	PUT_U64(SCHED, VOLUNTARY_SWITCHES, voluntary_switches);
	PUT_U64(SCHED, INVOLUNTARY_SWITCHES, involuntary_switches);
	PUT_U64(SCHED, MIGRATIONS, migrations);
	return at;
}

static void *put_memory(void *at, const struct taskmeter_record *record)
{
	const bool all = record->available & TASKMETER_AVAILABLE_MEMORY;

	if (all) {
		PUT_U64(MEMORY, RSS_ANON_BYTES, rss_anon_bytes);
		PUT_U64(MEMORY, RSS_FILE_BYTES, rss_file_bytes);
		PUT_U64(MEMORY, RSS_SHMEM_BYTES, rss_shmem_bytes);
		PUT_U64(MEMORY, SWAP_BYTES, swap_bytes);
	}
	PUT_U64(MEMORY, RSS_PEAK_BYTES, rss_peak_bytes);
	if (!all)
		return at;
	PUT_U64(MEMORY, VM_BYTES, vm_bytes);
	PUT_U64(MEMORY, VM_PEAK_BYTES, vm_peak_bytes);
	PUT_U64(MEMORY, VM_DATA_BYTES, vm_data_bytes);
	PUT_U64(MEMORY, VM_STACK_BYTES, vm_stack_bytes);
	PUT_U64(MEMORY, VM_EXE_BYTES, vm_exe_bytes);
	PUT_U64(MEMORY, VM_LIB_BYTES, vm_lib_bytes);
	PUT_U64(MEMORY, VM_LOCKED_BYTES, vm_locked_bytes);
	PUT_U64(MEMORY, VM_PINNED_BYTES, vm_pinned_bytes);
	PUT_U64(MEMORY, PAGE_TABLE_BYTES, page_table_bytes);
	return at;
}

static void *put_fault(void *at, const struct taskmeter_record *record)
{
	PUT_U64(FAULT, MINOR_FAULTS, minor_faults);
	PUT_U64(FAULT, MAJOR_FAULTS, major_faults);
	return at;
}

static void *put_io(void *at, const struct taskmeter_record *record)
{
	if (record->available & TASKMETER_AVAILABLE_IO_CHARS) {
		PUT_U64(IO, READ_CHARS_BYTES, io_read_chars_bytes);
		PUT_U64(IO, WRITE_CHARS_BYTES, io_write_chars_bytes);
		PUT_U64(IO, READ_SYSCALLS, io_read_syscalls);
		PUT_U64(IO, WRITE_SYSCALLS, io_write_syscalls);
	}
	if (record->available & TASKMETER_AVAILABLE_IO) {
		PUT_U64(IO, READ_BYTES, io_read_bytes);
		PUT_U64(IO, WRITE_BYTES, io_write_bytes);
		PUT_U64(IO, CANCELLED_WRITE_BYTES, io_cancelled_write_bytes);
	}
	return at;
}

/* In the order of their numbers, by which a reader may take them in one go. */
static void *put_waits(void *at, const struct taskmeter_record *record)
{
	const bool memory = record->available & TASKMETER_AVAILABLE_MEM_WAIT;

	PUT_U64(METER, TRACKED_NS, tracked_ns);
	PUT_U64(METER, CPU_WAIT_NS, cpu_wait_ns);
	PUT_U64(METER, SLEEP_NS, sleep_ns);
	PUT_U64(METER, IO_WAIT_NS, io_wait_ns);
	if (memory)
		PUT_U64(METER, MEM_WAIT_NS, mem_wait_ns);
	PUT_U64(METER, LOCK_WAIT_NS, lock_wait_ns);
	PUT_U64(METER, STOP_NS, stop_ns);
	PUT_U64(METER, WAKEUPS, wakeups);
	if (record->available & TASKMETER_AVAILABLE_NUMA)
		PUT_U64(METER, NUMA_MIGRATIONS, numa_migrations);
	PUT_U64(METER, CPU_WAIT_MAX_NS, cpu_wait_max_ns);
	PUT_U64(METER, CPU_WAIT_MAX_TIME_NS, cpu_wait_max_time_ns);
	PUT_U64(METER, IO_WAIT_MAX_NS, io_wait_max_ns);
	PUT_U64(METER, IO_WAIT_MAX_TIME_NS, io_wait_max_time_ns);
	if (!memory)
		return at;
	PUT_U64(METER, MEM_WAIT_MAX_NS, mem_wait_max_ns);
	PUT_U64(METER, MEM_WAIT_MAX_TIME_NS, mem_wait_max_time_ns);
	return at;
}

static void *put_meter(void *at, const struct taskmeter_record *record)
{
	PUT_U32(METER, CURRENT_STATE, current_state);
	PUT_U32(METER, CURRENT_STATE_TID, current_state_tid);
	PUT_U64(METER, CURRENT_STATE_NS, current_state_ns);
	PUT_U32(METER, UNTRACKED_THREADS, untracked_threads);
	if (record->available & TASKMETER_AVAILABLE_WAKER) {
		PUT_U32(METER, WAKER_PID, waker_pid);
		at = put_comm(at, TASKMETER_A_METER_WAKER_COMM, record->waker_comm);
	}
	return put_waits(at, record);
}

static void *put_stall(void *at, const struct taskmeter_record *record)
{
	if (record->available & TASKMETER_AVAILABLE_MEM_STALL)
		PUT_U64(STALL, MEM_STALL_NS, mem_stall_ns);
	if (record->available & TASKMETER_AVAILABLE_DIRECT_RECLAIM) {
		PUT_U64(STALL, DIRECT_RECLAIMS, direct_reclaims);
		PUT_U64(STALL, DIRECT_RECLAIM_NS, direct_reclaim_ns);
		PUT_U64(STALL, DIRECT_RECLAIM_MAX_NS, direct_reclaim_max_ns);
		PUT_U64(STALL, DIRECT_RECLAIM_MAX_TIME_NS, direct_reclaim_max_time_ns);
	}
	if (record->available & TASKMETER_AVAILABLE_MEMCG_RECLAIM) {
		PUT_U64(STALL, MEMCG_RECLAIMS, memcg_reclaims);
		PUT_U64(STALL, MEMCG_RECLAIM_NS, memcg_reclaim_ns);
		PUT_U64(STALL, MEMCG_RECLAIM_MAX_NS, memcg_reclaim_max_ns);
		PUT_U64(STALL, MEMCG_RECLAIM_MAX_TIME_NS, memcg_reclaim_max_time_ns);
	}
	if (record->available & TASKMETER_AVAILABLE_COMPACTION) {
		PUT_U64(STALL, COMPACTIONS, compactions);
		PUT_U64(STALL, COMPACTION_NS, compaction_ns);
		PUT_U64(STALL, COMPACTION_MAX_NS, compaction_max_ns);
		PUT_U64(STALL, COMPACTION_MAX_TIME_NS, compaction_max_time_ns);
	}
	PUT_U64(STALL, FAULT_WAITS, fault_waits);
	PUT_U64(STALL, FAULT_WAIT_NS, fault_wait_ns);
	PUT_U64(STALL, FAULT_WAIT_MAX_NS, fault_wait_max_ns);
	PUT_U64(STALL, FAULT_WAIT_MAX_TIME_NS, fault_wait_max_time_ns);
	if (record->available & TASKMETER_AVAILABLE_REFAULT) {
		PUT_U64(STALL, REFAULT_WAITS, refault_waits);
		PUT_U64(STALL, REFAULT_WAIT_NS, refault_wait_ns);
		PUT_U64(STALL, REFAULT_WAIT_MAX_NS, refault_wait_max_ns);
		PUT_U64(STALL, REFAULT_WAIT_MAX_TIME_NS, refault_wait_max_time_ns);
		PUT_U64(STALL, THROTTLE_WAITS, throttle_waits);
		PUT_U64(STALL, THROTTLE_WAIT_NS, throttle_wait_ns);
		PUT_U64(STALL, THROTTLE_WAIT_MAX_NS, throttle_wait_max_ns);
		PUT_U64(STALL, THROTTLE_WAIT_MAX_TIME_NS, throttle_wait_max_time_ns);
	}
	if (record->available & TASKMETER_AVAILABLE_NUMA_BALANCING) {
		PUT_U64(STALL, NUMA_MIGRATED_PAGES, numa_migrated_pages);
		PUT_U32(STALL, NUMA_PREFERRED_NODE, numa_preferred_node);
	}
	return at;
}

static __always_inline void *
put_nest(void *at, u16 type, void *(*put)(void *at, const struct taskmeter_record *record),
	 const struct taskmeter_record *record)
{
	struct nlattr *nest = at;

	at = put(put_header(at, type | NLA_F_NESTED, 0), record);
	nest->nla_len = at - (void *)nest;
	return at;
}

void *put_record(void *at, const struct taskmeter_record *record)
{
	at = put_comm(at, TASKMETER_A_TASK_COMM, record->comm);
	at = put_identity(at, record);
	at = put_nest(at, TASKMETER_A_TASK_SCHED, put_sched, record);
	if (record->available & TASKMETER_AVAILABLE_RSS_PEAK)
		at = put_nest(at, TASKMETER_A_TASK_MEMORY, put_memory, record);
	at = put_nest(at, TASKMETER_A_TASK_FAULT, put_fault, record);
	if (record->available & (TASKMETER_AVAILABLE_IO_CHARS | TASKMETER_AVAILABLE_IO))
		at = put_nest(at, TASKMETER_A_TASK_IO, put_io, record);
	if (record->available & TASKMETER_AVAILABLE_METER)
		at = put_nest(at, TASKMETER_A_TASK_METER, put_meter, record);
	if (unlikely(record->available & TASKMETER_AVAILABLE_STALLS))
		at = put_nest(at, TASKMETER_A_TASK_STALL, put_stall, record);
	return at;
}

/* Up to the last bucket that is not empty; nothing if all are. */
static void *put_buckets(void *at, u16 type, const u64 *buckets, unsigned int count)
{
	while (count && !buckets[count - 1])
		count--;
	if (!count)
		return at;
	at = put_header(at, type, count * sizeof(*buckets));
	memcpy(at, buckets, count * sizeof(*buckets));
	return at + count * sizeof(*buckets);
}

#define PUT_BUCKETS(name, member) \
	(at = put_buckets(at, TASKMETER_A_HISTOGRAMS_##name, histograms->member, \
			  ARRAY_SIZE(histograms->member)))

void *put_histograms(void *at, const struct taskmeter_histograms *histograms)
{
	struct nlattr *nest = at;

	at = put_header(at, TASKMETER_A_TASK_HISTOGRAMS | NLA_F_NESTED, 0);
	PUT_BUCKETS(CPU_WAIT, cpu_wait);
	PUT_BUCKETS(IO_WAIT, io_wait);
	PUT_BUCKETS(MEM_WAIT, mem_wait);
	PUT_BUCKETS(RECLAIM, reclaim);
	PUT_BUCKETS(COMPACTION, compaction);
	PUT_BUCKETS(FAULT_WAIT, fault_wait);
	nest->nla_len = at - (void *)nest;
	return at;
}
