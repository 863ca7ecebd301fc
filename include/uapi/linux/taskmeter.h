/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * taskmeter: scheduler and memory statistics of every process
 *
 * The binary interface of the taskmeter kernel module: the ioctls of
 * /dev/taskmeter and the generic netlink family "taskmeter". It is the only
 * header that the module and user space share.
 */
#ifndef _UAPI_LINUX_TASKMETER_H
#define _UAPI_LINUX_TASKMETER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: General rules
 *
 * Layout. Every structure has only fixed-width, naturally aligned members and
 * no padding; it is the same for 32-bit and 64-bit programs. Pointers are
 * passed as __u64. Each starts with its own size.
 *
 * Extension. Structures only grow, at their end. A program sets @size to the
 * size that it was compiled with. A shorter structure than the module's is
 * accepted and the members beyond it are taken as zero; a longer one is
 * accepted if everything beyond the module's is zero. New members mean what
 * the old interface did when they are zero. What a member that is "out" holds
 * before the call is ignored.
 *
 * Time. Members ending in _ns are nanoseconds. Each names its clock:
 * "run-queue clock" is the scheduler's per-CPU clock, which stands still in
 * suspend; "boottime" is CLOCK_BOOTTIME of the initial time namespace;
 * "monotonic" is CLOCK_MONOTONIC.
 *
 * Sizes. Members ending in _bytes are bytes.
 *
 * Counters. Unless a member says otherwise, it counts from the start of the
 * thread or process and never goes back while the (pid, start_time_ns) stays
 * the same. The record of a process holds all its threads, those that have
 * exited too.
 *
 * Availability. What this kernel cannot tell, or what a task does not have
 * (a kernel thread has no memory of its own), is not reported as 0: its bit in
 * &struct taskmeter_record.available is clear and the members are undefined
 * (zero at present). Over netlink the attribute is left out.
 *
 * Who sees what. An observer, whose credentials and pid namespace are taken
 * when the device is opened or when the netlink request is sent, sees a
 * process if it exists in the observer's pid namespace, and either
 *
 *  (a) the observer had CAP_PERFMON or CAP_SYS_PTRACE over the initial user
 *      namespace; or had one of them over the user namespace of the process,
 *      and the process is dumpable or the observer has one of them over the
 *      user namespace in which its program was started too, as ptrace(2)
 *      demands; or
 *  (b) the module was loaded with unprivileged=1; the observer's effective ids
 *      equal the real, effective and saved ids of the process; the permitted
 *      capabilities of the process are a subset of the observer's in the same
 *      user namespace; the process is dumpable; and all of this has been so
 *      since the process was forked, as seen by the module: a process that
 *      is older than the module's load, or that changed an id or a capability
 *      or was ever not dumpable, stays hidden.
 *
 * What an observer does not see is left out of a snapshot or dump, and is "no
 * such process" when asked for by number. Ids are translated to the observer's
 * pid and user namespace.
 *
 * Errors of every ioctl:
 *
 *  - ENOTTY: no such ioctl.
 *  - EFAULT: the structure or the buffer cannot be read or written.
 *  - EINVAL: @size is smaller than the first version of the structure, a flag
 *    is not known, or a member has a value out of its range.
 *  - E2BIG: @size is larger than the module's structure and something beyond
 *    it is not zero: the program asks for what this module does not know. Or
 *    @size is larger than a page.
 */

#define TASKMETER_ABI_VERSION	1

#define TASKMETER_DEVICE	"/dev/taskmeter"

/* ioctl numbers carry no size: the structures grow, the numbers stay. */
#define TASKMETER_IOCTL_TYPE	0xBC

#define TASKMETER_COMM_LEN	16
#define TASKMETER_VERSION_LEN	32

/**
 * enum taskmeter_available - bits of &struct taskmeter_record.available and
 *	&struct taskmeter_info.available
 * @TASKMETER_AVAILABLE_CGROUP: @cgroup_id (CONFIG_CGROUPS)
 * @TASKMETER_AVAILABLE_RUN_DELAY: @run_delay_ns and @timeslices
 *	(CONFIG_SCHED_INFO)
 * @TASKMETER_AVAILABLE_MEMORY: all of the memory group but @rss_peak_bytes;
 *	not for kernel threads and for processes that have given up their
 *	memory on exit
 * @TASKMETER_AVAILABLE_RSS_PEAK: @rss_peak_bytes; not for kernel threads
 * @TASKMETER_AVAILABLE_IO_CHARS: @io_read_chars_bytes, @io_write_chars_bytes,
 *	@io_read_syscalls and @io_write_syscalls (CONFIG_TASK_XACCT)
 * @TASKMETER_AVAILABLE_IO: @io_read_bytes, @io_write_bytes and
 *	@io_cancelled_write_bytes (CONFIG_TASK_IO_ACCOUNTING)
 */
enum taskmeter_available {
	TASKMETER_AVAILABLE_CGROUP	= 1 << 0,
	TASKMETER_AVAILABLE_RUN_DELAY	= 1 << 1,
	TASKMETER_AVAILABLE_MEMORY	= 1 << 2,
	TASKMETER_AVAILABLE_RSS_PEAK	= 1 << 3,
	TASKMETER_AVAILABLE_IO_CHARS	= 1 << 4,
	TASKMETER_AVAILABLE_IO		= 1 << 5,
};

/**
 * enum taskmeter_record_flags - bits of &struct taskmeter_record.flags
 * @TASKMETER_RECORD_THREAD: the record is of one thread, not of a process
 * @TASKMETER_RECORD_KERNEL: a kernel thread
 * @TASKMETER_RECORD_EXITING: the thread, or the process with all its threads,
 *	is on its way out or a zombie
 * @TASKMETER_RECORD_LIVING_ONLY: threads of this process have exited, and the
 *	kernel keeps no sum of their @run_delay_ns, @timeslices and @migrations:
 *	these three hold the living threads only and may go back
 */
enum taskmeter_record_flags {
	TASKMETER_RECORD_THREAD		= 1 << 0,
	TASKMETER_RECORD_KERNEL		= 1 << 1,
	TASKMETER_RECORD_EXITING	= 1 << 2,
	TASKMETER_RECORD_LIVING_ONLY	= 1 << 3,
};

/**
 * struct taskmeter_record - what is known of one process or thread
 *
 * All members are read without a lock that the scheduler takes, while the
 * task runs on: each member is a value that it had during the call, but two
 * members may be from moments a few microseconds apart.
 *
 * @size: bytes of this record that the module filled in: the smaller of the
 *	caller's stride and the module's record size
 * @flags: &enum taskmeter_record_flags
 * @available: &enum taskmeter_available; a clear bit means "not available"
 *
 * @pid: thread id; of a process record, the process id. As are the next two,
 *	in the observer's pid namespace
 * @tgid: process id (thread group id)
 * @ppid: process id of the parent, 0 if it is not in the observer's pid
 *	namespace
 * @pid_namespace: inode number of the pid namespace that the task lives in, as
 *	in /proc/PID/ns/pid
 * @uid: real user id in the observer's user namespace, the overflow id if it
 *	has none there; so the next three
 * @gid: real group id
 * @euid: effective user id
 * @egid: effective group id
 * @start_time_ns: when the task was started, boottime; on exec from a thread
 *	that is not the leader, the thread takes over the leader's. With @pid it
 *	is the identity of a task. Source: task_struct.start_boottime
 * @cgroup_id: id (inode number) of the task's cgroup in the unified hierarchy;
 *	the root's in the first microseconds of a task, while it is being
 *	forked. Source: the default css_set's kernfs node; of the main thread in
 *	a process record
 * @comm: name, NUL terminated; may be any bytes. Of the main thread
 * @state: letter as in /proc/PID/stat: R running or runnable, S sleeping,
 *	D uninterruptible, T stopped, t traced, X dead, Z zombie, P parked,
 *	I idle. Of the main thread in a process record
 * @policy: scheduling policy (SCHED_OTHER, ...). Of the main thread
 * @nice: nice value, -20 to 19. Of the main thread
 * @priority: as in /proc/PID/stat: 0 to 39 for nice -20 to 19, negative for
 *	real-time policies. Of the main thread
 * @rt_priority: real-time priority, 1 to 99, or 0. Of the main thread
 * @cpu: CPU that the task runs on or ran on last. Of the main thread
 * @threads: living threads of the process (zombie leaders included), also in a
 *	thread record
 * @oom_score_adj: -1000 to 1000, as in /proc/PID/oom_score_adj
 *
 * @run_ns: time on a CPU, run-queue clock. Lags by up to a tick for a task
 *	that runs now. Source: sched_entity.sum_exec_runtime,
 *	signal_struct.sum_sched_runtime
 * @user_ns: part of the CPU time spent in user mode: the kernel samples user
 *	and system at ticks; here the two are scaled so that they add up to
 *	@run_ns, as in /proc/PID/stat. The sum never goes back; the split may,
 *	by one tick (4 ms with CONFIG_HZ=250) between the two. Source:
 *	task_struct.utime, signal_struct.utime
 * @system_ns: part of the CPU time spent in the kernel, see @user_ns
 * @run_delay_ns: time spent runnable, waiting for a CPU, run-queue clock. Time
 *	of a wait that still lasts is not in it. Throttled time (cpu.max) is.
 *	Source: sched_info.run_delay. See TASKMETER_RECORD_LIVING_ONLY
 * @timeslices: times that the task was switched in after waiting. Source:
 *	sched_info.pcount. See TASKMETER_RECORD_LIVING_ONLY
 * @voluntary_switches: switches away because it blocked. Source: nvcsw
 * @involuntary_switches: switches away because it was preempted. Source: nivcsw
 * @migrations: times that it was moved to another CPU. Source:
 *	sched_entity.nr_migrations. See TASKMETER_RECORD_LIVING_ONLY
 *
 * @rss_anon_bytes: resident anonymous memory. This and the next three are
 *	per-CPU counters in kernels from 6.2 on: wrong by up to
 *	&struct taskmeter_info.rss_error_bytes each, unless
 *	TASKMETER_SNAPSHOT_EXACT_RSS is given; before, each thread may hold
 *	back the changes of up to 64 page faults, of which one on a file or
 *	shared memory maps up to 16 pages. All memory members are of the
 *	process, also in a thread record, are current values, and are
 *	read without walking page tables and without mmap_lock
 * @rss_file_bytes: resident file mappings
 * @rss_shmem_bytes: resident shared memory, tmpfs and shared anonymous
 * @swap_bytes: anonymous memory swapped out
 * @rss_peak_bytes: highest resident set so far (VmHWM); of an exiting process,
 *	over all programs that it executed (ru_maxrss)
 * @vm_bytes: size of the address space (VmSize)
 * @vm_peak_bytes: highest size of the address space so far (VmPeak)
 * @vm_data_bytes: private writable mappings (VmData)
 * @vm_stack_bytes: stack mappings (VmStk)
 * @vm_exe_bytes: text of the program (VmExe)
 * @vm_lib_bytes: other executable mappings (VmLib)
 * @vm_locked_bytes: locked by mlock(2) (VmLck)
 * @vm_pinned_bytes: pinned for I/O (VmPin)
 * @page_table_bytes: size of the page tables (VmPTE)
 *
 * @minor_faults: page faults served without I/O. Source: min_flt
 * @major_faults: page faults that waited for I/O; counted when served. Source:
 *	maj_flt
 *
 * @io_read_chars_bytes: bytes given by read(2) and its like, from anywhere
 *	(rchar of /proc/PID/io). Source: task_io_accounting; so to the end
 * @io_write_chars_bytes: bytes taken by write(2) and its like (wchar)
 * @io_read_syscalls: calls of read(2) and its like (syscr)
 * @io_write_syscalls: calls of write(2) and its like (syscw)
 * @io_read_bytes: bytes fetched from storage
 * @io_write_bytes: bytes sent, or dirtied to be sent later, to storage
 * @io_cancelled_write_bytes: bytes that it kept from being written by
 *	truncating dirty page cache
 *
 * All members are there since ABI version 1.
 */
struct taskmeter_record {
	__u32	size;
	__u32	flags;
	__u64	available;

	__u32	pid;
	__u32	tgid;
	__u32	ppid;
	__u32	pid_namespace;
	__u32	uid;
	__u32	gid;
	__u32	euid;
	__u32	egid;
	__u64	start_time_ns;
	__u64	cgroup_id;
	char	comm[TASKMETER_COMM_LEN];
	__u32	state;
	__u32	policy;
	__s32	nice;
	__s32	priority;
	__u32	rt_priority;
	__u32	cpu;
	__u32	threads;
	__s32	oom_score_adj;

	__u64	run_ns;
	__u64	user_ns;
	__u64	system_ns;
	__u64	run_delay_ns;
	__u64	timeslices;
	__u64	voluntary_switches;
	__u64	involuntary_switches;
	__u64	migrations;

	__u64	rss_anon_bytes;
	__u64	rss_file_bytes;
	__u64	rss_shmem_bytes;
	__u64	swap_bytes;
	__u64	rss_peak_bytes;
	__u64	vm_bytes;
	__u64	vm_peak_bytes;
	__u64	vm_data_bytes;
	__u64	vm_stack_bytes;
	__u64	vm_exe_bytes;
	__u64	vm_lib_bytes;
	__u64	vm_locked_bytes;
	__u64	vm_pinned_bytes;
	__u64	page_table_bytes;

	__u64	minor_faults;
	__u64	major_faults;

	__u64	io_read_chars_bytes;
	__u64	io_write_chars_bytes;
	__u64	io_read_syscalls;
	__u64	io_write_syscalls;
	__u64	io_read_bytes;
	__u64	io_write_bytes;
	__u64	io_cancelled_write_bytes;
};

/* Size of the first version of a record, the smallest stride. */
#define TASKMETER_RECORD_SIZE_VER1	360

/**
 * enum taskmeter_info_flags - bits of &struct taskmeter_info.flags
 * @TASKMETER_INFO_UNPRIVILEGED: the module was loaded with unprivileged=1:
 *	rule (b) above applies
 * @TASKMETER_INFO_PRIVILEGED: the observer had CAP_PERFMON or CAP_SYS_PTRACE
 *	over its own user namespace: rule (a) shows it the processes there. With
 *	neither flag, an observer sees at most what lives in user namespaces
 *	that it owns
 */
enum taskmeter_info_flags {
	TASKMETER_INFO_UNPRIVILEGED	= 1 << 0,
	TASKMETER_INFO_PRIVILEGED	= 1 << 1,
};

/**
 * struct taskmeter_info - ioctl(TASKMETER_IOCTL_INFO)
 * @size: in: sizeof(struct taskmeter_info)
 * @abi_version: out: TASKMETER_ABI_VERSION of the module
 * @flags: out: &enum taskmeter_info_flags
 * @available: out: &enum taskmeter_available: what this kernel can tell at all
 * @instance_id: out: random number made when the module was loaded; another
 *	one means that the module was reloaded
 * @load_time_ns: out: when the module was loaded, boottime
 * @record_size: out: sizeof(struct taskmeter_record) of the module
 * @page_size: out: size of a page, bytes
 * @pid_namespace: out: inode number of the observer's pid namespace
 * @reserved: out: 0
 * @rss_error_bytes: out: how far each RSS kind of a record may be off while
 *	TASKMETER_SNAPSHOT_EXACT_RSS is not given: per-CPU batch times online
 *	CPUs; 0 if this kernel keeps plain counters
 * @version: out: version of the module, NUL terminated
 *
 * All members are there since ABI version 1.
 */
struct taskmeter_info {
	__u32	size;
	__u32	abi_version;
	__u64	flags;
	__u64	available;
	__u64	instance_id;
	__u64	load_time_ns;
	__u32	record_size;
	__u32	page_size;
	__u32	pid_namespace;
	__u32	reserved;
	__u64	rss_error_bytes;
	char	version[TASKMETER_VERSION_LEN];
};

#define TASKMETER_INFO_SIZE_VER1	96

/**
 * enum taskmeter_snapshot_flags - bits of &struct taskmeter_snapshot.flags
 * @TASKMETER_SNAPSHOT_THREADS: one record per thread, not per process
 * @TASKMETER_SNAPSHOT_EXACT_RSS: sum the per-CPU RSS counters of each process:
 *	exact, and dearer by the number of CPUs
 * @TASKMETER_SNAPSHOT_PID: only the process (with TASKMETER_SNAPSHOT_THREADS:
 *	the threads of the process) whose tgid is @pid
 * @TASKMETER_SNAPSHOT_UID: only tasks whose real user id is @uid
 * @TASKMETER_SNAPSHOT_CGROUP: only tasks whose cgroup id is @cgroup_id (not
 *	those in cgroups below it)
 */
enum taskmeter_snapshot_flags {
	TASKMETER_SNAPSHOT_THREADS	= 1 << 0,
	TASKMETER_SNAPSHOT_EXACT_RSS	= 1 << 1,
	TASKMETER_SNAPSHOT_PID		= 1 << 2,
	TASKMETER_SNAPSHOT_UID		= 1 << 3,
	TASKMETER_SNAPSHOT_CGROUP	= 1 << 4,
};

/**
 * struct taskmeter_snapshot - ioctl(TASKMETER_IOCTL_SNAPSHOT)
 *
 * Writes records into the caller's buffer, in the order of pid, one every
 * @stride bytes. A record is cut to the stride, or filled up with zeros.
 * Called again with the cursor that it left until that is 0, a snapshot holds
 * every task that lived through all of the calls exactly once. (A thread that
 * executes a program takes over its main thread's id: it may be met under either
 * or both or none. Processes are not concerned.)
 *
 * A call returns early, with fewer records than would fit, perhaps none, and a
 * cursor that is not 0, when a signal is pending.
 *
 * @size: in: sizeof(struct taskmeter_snapshot)
 * @flags: in: &enum taskmeter_snapshot_flags
 * @buffer: in: address of the caller's buffer
 * @buffer_size: in: its size, bytes
 * @stride: in: bytes from one record to the next: the sizeof(struct
 *	taskmeter_record) that the caller was compiled with; a multiple of 8
 * @count: out: records written
 * @cursor: in: 0, or what the previous call left; out: where to go on, 0 when
 *	there is no more
 * @time_ns: out: when the call began, monotonic
 * @pid: in: with TASKMETER_SNAPSHOT_PID, else 0
 * @uid: in: with TASKMETER_SNAPSHOT_UID, in the observer's user namespace,
 *	else 0
 * @cgroup_id: in: with TASKMETER_SNAPSHOT_CGROUP, else 0
 *
 * All members are there since ABI version 1.
 *
 * Errors beside the general ones; on any error but EFAULT nothing is written,
 * on EFAULT @count and @cursor are not:
 *
 *  - ENOSPC: the buffer does not hold one record of @stride bytes.
 *  - EINVAL: @stride is smaller than TASKMETER_RECORD_SIZE_VER1, larger than a
 *    page, or no multiple of 8; @cursor is not one that this module gave;
 *    @pid, @uid or @cgroup_id is given without its flag, or @uid does not
 *    exist in the observer's user namespace.
 *  - ENOMEM: no memory for a staging buffer.
 */
struct taskmeter_snapshot {
	__u32	size;
	__u32	flags;
	__u64	buffer;
	__u64	buffer_size;
	__u32	stride;
	__u32	count;
	__u64	cursor;
	__u64	time_ns;
	__u32	pid;
	__u32	uid;
	__u64	cgroup_id;
};

#define TASKMETER_SNAPSHOT_SIZE_VER1	64

#define TASKMETER_IOCTL_INFO		_IO(TASKMETER_IOCTL_TYPE, 0x00)
#define TASKMETER_IOCTL_SNAPSHOT	_IO(TASKMETER_IOCTL_TYPE, 0x01)

/**
 * DOC: Generic netlink
 *
 * The family "taskmeter" works in every network namespace. Its description for
 * the kernel's netlink tools is taskmeter.yaml beside this header. An attribute
 * that is left out is not available (see above). Errors carry a text
 * (NETLINK_EXT_ACK). The attributes of a reply:
 *
 * TASKMETER_CMD_INFO_GET (do)::
 *
 *   request:  none
 *   reply:    TASKMETER_A_INFO_*
 *
 * TASKMETER_CMD_TASK_GET (do: one task)::
 *
 *   request:  TASKMETER_A_TASK_PID: thread id if TASKMETER_A_TASK_REQUEST has
 *             TASKMETER_SNAPSHOT_THREADS, else process id
 *             TASKMETER_A_TASK_REQUEST: TASKMETER_SNAPSHOT_THREADS and
 *             TASKMETER_SNAPSHOT_EXACT_RSS (optional)
 *   reply:    one task, as below
 *   errors:   EINVAL (no pid, an unknown flag, an attribute that is unknown,
 *             malformed or does not belong here), ERANGE (a pid out of range),
 *             ESRCH (no such task, or not visible)
 *
 * TASKMETER_CMD_TASK_GET (dump: all tasks)::
 *
 *   request:  TASKMETER_A_TASK_REQUEST: TASKMETER_SNAPSHOT_THREADS and
 *             TASKMETER_SNAPSHOT_EXACT_RSS (optional)
 *             TASKMETER_A_TASK_TGID, TASKMETER_A_TASK_UID,
 *             TASKMETER_A_TASK_CGROUP_ID: filters, each optional
 *   reply:    a message per task, in the order of pid:
 *
 *             TASKMETER_A_TASK_*
 *             TASKMETER_A_TASK_SCHED: nest
 *               TASKMETER_A_SCHED_*
 *             TASKMETER_A_TASK_MEMORY: nest
 *               TASKMETER_A_MEMORY_*
 *             TASKMETER_A_TASK_FAULT: nest
 *               TASKMETER_A_FAULT_*
 *             TASKMETER_A_TASK_IO: nest
 *               TASKMETER_A_IO_*
 *   errors:   as above; they may come with the end of the dump (NLMSG_DONE)
 *
 * Attributes have the name, unit, clock and source of the member of &struct
 * taskmeter_record or &struct taskmeter_info that they carry.
 */
#define TASKMETER_GENL_NAME	"taskmeter"
#define TASKMETER_GENL_VERSION	1

enum {
	TASKMETER_CMD_INFO_GET = 1,
	TASKMETER_CMD_TASK_GET,

	__TASKMETER_CMD_MAX,
	TASKMETER_CMD_MAX = __TASKMETER_CMD_MAX - 1
};

enum {
	TASKMETER_A_INFO_PAD = 1,
	TASKMETER_A_INFO_ABI_VERSION,		/* u32 */
	TASKMETER_A_INFO_FLAGS,			/* u64 */
	TASKMETER_A_INFO_AVAILABLE,		/* u64 */
	TASKMETER_A_INFO_INSTANCE_ID,		/* u64 */
	TASKMETER_A_INFO_LOAD_TIME_NS,		/* u64 */
	TASKMETER_A_INFO_RECORD_SIZE,		/* u32 */
	TASKMETER_A_INFO_PAGE_SIZE,		/* u32 */
	TASKMETER_A_INFO_PID_NAMESPACE,		/* u32 */
	TASKMETER_A_INFO_RSS_ERROR_BYTES,	/* u64 */
	TASKMETER_A_INFO_VERSION,		/* string */

	__TASKMETER_A_INFO_MAX,
	TASKMETER_A_INFO_MAX = __TASKMETER_A_INFO_MAX - 1
};

enum {
	TASKMETER_A_TASK_PAD = 1,
	TASKMETER_A_TASK_REQUEST,		/* u32, request only */
	TASKMETER_A_TASK_FLAGS,			/* u32 */
	TASKMETER_A_TASK_PID,			/* u32 */
	TASKMETER_A_TASK_TGID,			/* u32 */
	TASKMETER_A_TASK_PPID,			/* u32 */
	TASKMETER_A_TASK_PID_NAMESPACE,		/* u32 */
	TASKMETER_A_TASK_UID,			/* u32 */
	TASKMETER_A_TASK_GID,			/* u32 */
	TASKMETER_A_TASK_EUID,			/* u32 */
	TASKMETER_A_TASK_EGID,			/* u32 */
	TASKMETER_A_TASK_START_TIME_NS,		/* u64 */
	TASKMETER_A_TASK_CGROUP_ID,		/* u64 */
	TASKMETER_A_TASK_COMM,			/* string */
	TASKMETER_A_TASK_STATE,			/* u32 */
	TASKMETER_A_TASK_POLICY,		/* u32 */
	TASKMETER_A_TASK_NICE,			/* s32 */
	TASKMETER_A_TASK_PRIORITY,		/* s32 */
	TASKMETER_A_TASK_RT_PRIORITY,		/* u32 */
	TASKMETER_A_TASK_CPU,			/* u32 */
	TASKMETER_A_TASK_THREADS,		/* u32 */
	TASKMETER_A_TASK_OOM_SCORE_ADJ,		/* s32 */
	TASKMETER_A_TASK_SCHED,			/* nest */
	TASKMETER_A_TASK_MEMORY,		/* nest */
	TASKMETER_A_TASK_FAULT,			/* nest */
	TASKMETER_A_TASK_IO,			/* nest */

	__TASKMETER_A_TASK_MAX,
	TASKMETER_A_TASK_MAX = __TASKMETER_A_TASK_MAX - 1
};

/* All attributes in the nests are u64. */
enum {
	TASKMETER_A_SCHED_PAD = 1,
	TASKMETER_A_SCHED_RUN_NS,
	TASKMETER_A_SCHED_USER_NS,
	TASKMETER_A_SCHED_SYSTEM_NS,
	TASKMETER_A_SCHED_RUN_DELAY_NS,
	TASKMETER_A_SCHED_TIMESLICES,
	TASKMETER_A_SCHED_VOLUNTARY_SWITCHES,
	TASKMETER_A_SCHED_INVOLUNTARY_SWITCHES,
	TASKMETER_A_SCHED_MIGRATIONS,

	__TASKMETER_A_SCHED_MAX,
	TASKMETER_A_SCHED_MAX = __TASKMETER_A_SCHED_MAX - 1
};

enum {
	TASKMETER_A_MEMORY_PAD = 1,
	TASKMETER_A_MEMORY_RSS_ANON_BYTES,
	TASKMETER_A_MEMORY_RSS_FILE_BYTES,
	TASKMETER_A_MEMORY_RSS_SHMEM_BYTES,
	TASKMETER_A_MEMORY_SWAP_BYTES,
	TASKMETER_A_MEMORY_RSS_PEAK_BYTES,
	TASKMETER_A_MEMORY_VM_BYTES,
	TASKMETER_A_MEMORY_VM_PEAK_BYTES,
	TASKMETER_A_MEMORY_VM_DATA_BYTES,
	TASKMETER_A_MEMORY_VM_STACK_BYTES,
	TASKMETER_A_MEMORY_VM_EXE_BYTES,
	TASKMETER_A_MEMORY_VM_LIB_BYTES,
	TASKMETER_A_MEMORY_VM_LOCKED_BYTES,
	TASKMETER_A_MEMORY_VM_PINNED_BYTES,
	TASKMETER_A_MEMORY_PAGE_TABLE_BYTES,

	__TASKMETER_A_MEMORY_MAX,
	TASKMETER_A_MEMORY_MAX = __TASKMETER_A_MEMORY_MAX - 1
};

enum {
	TASKMETER_A_FAULT_PAD = 1,
	TASKMETER_A_FAULT_MINOR_FAULTS,
	TASKMETER_A_FAULT_MAJOR_FAULTS,

	__TASKMETER_A_FAULT_MAX,
	TASKMETER_A_FAULT_MAX = __TASKMETER_A_FAULT_MAX - 1
};

enum {
	TASKMETER_A_IO_PAD = 1,
	TASKMETER_A_IO_READ_CHARS_BYTES,
	TASKMETER_A_IO_WRITE_CHARS_BYTES,
	TASKMETER_A_IO_READ_SYSCALLS,
	TASKMETER_A_IO_WRITE_SYSCALLS,
	TASKMETER_A_IO_READ_BYTES,
	TASKMETER_A_IO_WRITE_BYTES,
	TASKMETER_A_IO_CANCELLED_WRITE_BYTES,

	__TASKMETER_A_IO_MAX,
	TASKMETER_A_IO_MAX = __TASKMETER_A_IO_MAX - 1
};

#endif /* _UAPI_LINUX_TASKMETER_H */
