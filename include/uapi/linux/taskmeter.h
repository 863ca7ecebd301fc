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
 * Waits. While a thread is not running, its time belongs to one of the states
 * of &enum taskmeter_state, told apart at the moment when it leaves the CPU and,
 * for the time between its wake-up and its next run, by the scheduler's own
 * run delay. A wait that still lasts is in the figures up to the moment of the
 * call. Times of a wait are on the run-queue clock.
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
#define TASKMETER_COMMAND_LINE_LEN	256

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
 * @TASKMETER_AVAILABLE_METER: all that the scheduler meter tells: the members
 *	from @current_state on but those that have a bit of their own; not while
 *	the meter is off, and not for a thread that it has no memory to track (of a
 *	process, if it tracks none of its threads) or that is just being forked.
 *	Without it the next three are clear too
 * @TASKMETER_AVAILABLE_MEM_WAIT: @mem_wait_ns and its maximum (CONFIG_PSI, not
 *	switched off by psi=0): else waits for memory are counted as what they look
 *	like, @lock_wait_ns or @io_wait_ns
 * @TASKMETER_AVAILABLE_NUMA: @numa_migrations: the machine has several nodes
 * @TASKMETER_AVAILABLE_WAKER: @waker_pid and @waker_comm: wakers are recorded
 *	(see TASKMETER_CMD_CONFIG_SET), one has been seen, and rule (a) shows it
 * @TASKMETER_AVAILABLE_STALLS: @fault_waits and its times: TASKMETER_SNAPSHOT_STALLS
 *	was given and the meter tracks it. Without it the next six are clear too
 * @TASKMETER_AVAILABLE_DIRECT_RECLAIM: @direct_reclaims and its times: this kernel
 *	has the tracepoints mm_vmscan_direct_reclaim_begin and _end
 * @TASKMETER_AVAILABLE_MEMCG_RECLAIM: @memcg_reclaims and its times: this kernel has
 *	mm_vmscan_memcg_reclaim_begin and _end (CONFIG_MEMCG)
 * @TASKMETER_AVAILABLE_COMPACTION: @compactions and its times: this kernel has
 *	mm_compaction_begin and _end (CONFIG_COMPACTION)
 * @TASKMETER_AVAILABLE_REFAULT: @refault_waits, @throttle_waits and their times:
 *	memory stalls are marked, as for TASKMETER_AVAILABLE_MEM_WAIT
 * @TASKMETER_AVAILABLE_MEM_STALL: @mem_stall_ns: all of the four before
 * @TASKMETER_AVAILABLE_NUMA_BALANCING: @numa_preferred_node and
 *	@numa_migrated_pages (CONFIG_NUMA_BALANCING, several nodes, from 6.1 on)
 */
enum taskmeter_available {
	TASKMETER_AVAILABLE_CGROUP	= 1 << 0,
	TASKMETER_AVAILABLE_RUN_DELAY	= 1 << 1,
	TASKMETER_AVAILABLE_MEMORY	= 1 << 2,
	TASKMETER_AVAILABLE_RSS_PEAK	= 1 << 3,
	TASKMETER_AVAILABLE_IO_CHARS	= 1 << 4,
	TASKMETER_AVAILABLE_IO		= 1 << 5,
	TASKMETER_AVAILABLE_METER	= 1 << 6,
	TASKMETER_AVAILABLE_MEM_WAIT	= 1 << 7,
	TASKMETER_AVAILABLE_NUMA	= 1 << 8,
	TASKMETER_AVAILABLE_WAKER	= 1 << 9,
	TASKMETER_AVAILABLE_STALLS	= 1 << 10,
	TASKMETER_AVAILABLE_DIRECT_RECLAIM	= 1 << 11,
	TASKMETER_AVAILABLE_MEMCG_RECLAIM	= 1 << 12,
	TASKMETER_AVAILABLE_COMPACTION	= 1 << 13,
	TASKMETER_AVAILABLE_REFAULT	= 1 << 14,
	TASKMETER_AVAILABLE_MEM_STALL	= 1 << 15,
	TASKMETER_AVAILABLE_NUMA_BALANCING	= 1 << 16,
};

/**
 * enum taskmeter_record_flags - bits of &struct taskmeter_record.flags
 * @TASKMETER_RECORD_THREAD: the record is of one thread, not of a process
 * @TASKMETER_RECORD_KERNEL: a kernel thread
 * @TASKMETER_RECORD_EXITING: the thread, or the process with all its threads,
 *	is on its way out or a zombie
 * @TASKMETER_RECORD_LIVING_ONLY: threads of this process have exited that the
 *	meter did not track, and the kernel keeps no sum of their @run_delay_ns,
 *	@timeslices and @migrations: these three lack them
 * @TASKMETER_RECORD_PARTIAL: the thread, or a thread of the process, has not
 *	been tracked all its life: it is older than the module or than the last time
 *	the meter was switched on, or there was no memory to track it at first
 */
enum taskmeter_record_flags {
	TASKMETER_RECORD_THREAD		= 1 << 0,
	TASKMETER_RECORD_KERNEL		= 1 << 1,
	TASKMETER_RECORD_EXITING	= 1 << 2,
	TASKMETER_RECORD_LIVING_ONLY	= 1 << 3,
	TASKMETER_RECORD_PARTIAL	= 1 << 4,
};

/**
 * enum taskmeter_state - where the time of a thread goes
 * @TASKMETER_STATE_UNKNOWN: not tracked
 * @TASKMETER_STATE_RUNNING: on a CPU: @run_ns
 * @TASKMETER_STATE_QUEUED: runnable, waits for a CPU; also while its cgroup is
 *	throttled (cpu.max): @cpu_wait_ns
 * @TASKMETER_STATE_SLEEPING: waits for an event, interruptibly, or as an idle
 *	kernel thread: @sleep_ns
 * @TASKMETER_STATE_IO: waits for I/O to complete (iowait): @io_wait_ns
 * @TASKMETER_STATE_MEMORY: waits for memory: reclaim, swap, refault of what was
 *	just evicted, throttling at memory.high (what PSI counts as a memory
 *	stall): @mem_wait_ns
 * @TASKMETER_STATE_LOCK: blocked uninterruptibly otherwise: on a lock, on a
 *	frozen file system, as the parent of a vfork: @lock_wait_ns
 * @TASKMETER_STATE_STOPPED: stopped by a signal, by a tracer, or frozen with its
 *	cgroup: @stop_ns
 * @TASKMETER_STATE_DEAD: has left the CPU for good
 */
enum taskmeter_state {
	TASKMETER_STATE_UNKNOWN,
	TASKMETER_STATE_RUNNING,
	TASKMETER_STATE_QUEUED,
	TASKMETER_STATE_SLEEPING,
	TASKMETER_STATE_IO,
	TASKMETER_STATE_MEMORY,
	TASKMETER_STATE_LOCK,
	TASKMETER_STATE_STOPPED,
	TASKMETER_STATE_DEAD,
};

/**
 * struct taskmeter_record - what is known of one process or thread
 *
 * All members are read without a lock that the scheduler takes, while the
 * task runs on: each member is a value that it had during the call, but two
 * members may be from moments a few microseconds apart.
 *
 * @size: bytes of this record that the module filled in: the smaller of the
 *	caller's stride and the module's record size; without
 *	TASKMETER_SNAPSHOT_STALLS no more than TASKMETER_RECORD_SIZE_VER2
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
 * @current_state: &enum taskmeter_state of the thread now. In a process record,
 *	of the thread that has waited longest among those that are queued or
 *	blocked on I/O, memory or otherwise; if there is none, of the main thread
 * @current_state_tid: thread that @current_state is about, in the observer's pid
 *	namespace
 * @current_state_ns: how long @current_state has lasted, run-queue clock
 * @untracked_threads: living threads, of those that the record is about, that the
 *	meter does not track: their times are in none of the members below
 * @waker_pid: thread that woke it last, in the observer's pid namespace; 0 if it
 *	is not there (any more). Of the main thread. Source: sched_waking
 * @waker_comm: name that the waker had, NUL terminated; "interrupt", with a
 *	@waker_pid of 0, if it was none
 * @tracked_ns: time that the meter accounts for, run-queue clock: of a thread,
 *	@run_ns, @cpu_wait_ns, @sleep_ns, @io_wait_ns, @mem_wait_ns, @lock_wait_ns
 *	and @stop_ns add up to it (@run_ns lags by a tick, see there). It is measured
 *	from one moment to another, not summed up: from the start of the thread to
 *	now or its end; with TASKMETER_RECORD_PARTIAL, from when its tracking began,
 *	plus what @run_ns and @run_delay_ns were then. Of a process, the sum of its
 *	tracked threads, living and gone (@run_ns is of all threads)
 * @cpu_wait_ns: time spent runnable, waiting for a CPU, throttled time included,
 *	with the wait that still lasts. Not below @run_delay_ns, which lacks the
 *	waits of threads that were preempted on their way to sleep; but from 6.12 on
 *	@run_delay_ns also holds the sleep of threads that are moved to another CPU while
 *	their dequeuing is delayed, up to their next run, which is @sleep_ns and its like
 *	here. The scheduler's time of a switch or wake-up is microseconds older than its
 *	end, or as much as a hypervisor takes the CPU away in between: by so much may a
 *	wait that was told while it lasted be corrected when it ends; so the next six. With
 *	TASKMETER_RECORD_PARTIAL it may lack part of the wait in which tracking began.
 *	Source: sched_switch, sched_info
 * @sleep_ns: time spent in TASKMETER_STATE_SLEEPING. Source of this and the next
 *	four: sched_switch
 * @io_wait_ns: time spent in TASKMETER_STATE_IO
 * @mem_wait_ns: time spent in TASKMETER_STATE_MEMORY. Off the CPU only: reclaim
 *	that the thread runs itself is not in it
 * @lock_wait_ns: time spent in TASKMETER_STATE_LOCK
 * @stop_ns: time spent in TASKMETER_STATE_STOPPED
 * @wakeups: times that it was woken after it had blocked. Source: nvcsw, less one
 *	for a block that still lasts; while a thread is being switched away, it may be
 *	told one too high
 * @numa_migrations: times that it was switched in on another NUMA node than the
 *	time before
 * @cpu_wait_max_ns: longest single wait for a CPU that has ended
 * @cpu_wait_max_time_ns: when that wait ended, boottime, exact to 0.14 s; as the
 *	next two, 0 if there was none
 * @io_wait_max_ns: longest single wait for I/O that has ended, in steps of 1,024
 *	ns, at most 73 minutes
 * @io_wait_max_time_ns: when that wait ended
 * @mem_wait_max_ns: longest single wait for memory that has ended, likewise
 * @mem_wait_max_time_ns: when that wait ended
 *
 * The members from here on, the stalls, are filled in with TASKMETER_SNAPSHOT_STALLS
 * only; else @size ends before them. They are counted since tracking began. Numbers and
 * maxima are of what has ended, times hold what still lasts too (but of faults). Times
 * are on the run-queue clock; maxima come in steps of 1,024 ns, at most 73 minutes;
 * ends are boottime, exact to 0.14 s, 0 if there was none. Times of reclaim and
 * compaction are from beginning to end, on the CPU and off it: they overlap with
 * @run_ns, @mem_wait_ns and other waits. Where memory for them is missing, &struct
 * taskmeter_info.allocation_failures grows, and what a thread that exits has of them
 * may be lost to its process.
 *
 * @mem_stall_ns: time stalled for lack of memory: @mem_wait_ns and what reclaim and
 *	compaction took in addition, so that no moment counts twice. The figure to
 *	compare with memory.pressure (PSI): as there, who reclaims because he sets a
 *	limit, or compacts because he is told to, is not stalled. PSI has more of
 *	each page that is read again (@refault_waits): the time on the CPU that
 *	asking the device for it takes, which no tracepoint tells, and the wait for a
 *	CPU once it is there, which is in @cpu_wait_ns. Where a group thrashes on fast
 *	swap, that is some percent
 * @direct_reclaims: times that it had to free memory of the machine itself, before
 *	it was given some. Source of this and the next three:
 *	mm_vmscan_direct_reclaim_begin and _end
 * @direct_reclaim_ns: how long that took
 * @direct_reclaim_max_ns: the longest of them
 * @direct_reclaim_max_time_ns: when that ended
 * @memcg_reclaims: times that it had to free memory of its cgroup, or of one above
 *	it, because of a limit; or, as who sets a limit or asks to reclaim, of another.
 *	Source of this and the next three:
 *	mm_vmscan_memcg_reclaim_begin and _end
 * @memcg_reclaim_ns: how long that took
 * @memcg_reclaim_max_ns: the longest of them
 * @memcg_reclaim_max_time_ns: when that ended
 * @compactions: times that it had to move memory about to get room for more than a
 *	page, once for each zone. Source of this and the next three: mm_compaction_begin
 *	and _end
 * @compaction_ns: how long that took
 * @compaction_max_ns: the longest of them
 * @compaction_max_time_ns: when that ended
 * @fault_waits: major page faults that blocked. Source of this and the next three:
 *	a wait for I/O or memory after which maj_flt rises before the thread blocks
 *	again. So a fault that then blocks on a lock is not among them
 * @fault_wait_ns: how long they were blocked, told when the fault is done; of a fault
 *	that blocked several times, the last
 * @fault_wait_max_ns: the longest of them
 * @fault_wait_max_time_ns: when that ended
 * @refault_waits: waits for a page to be read again that had been evicted not long
 *	ago, from swap or a file (thrashing). Source of this and the next three:
 *	waits for memory (TASKMETER_STATE_MEMORY) outside reclaim and compaction, with
 *	iowait. Of a kernel thread that reclaims in the background (kswapd), all its
 *	waits for I/O in that
 * @refault_wait_ns: how long they took, part of @mem_wait_ns
 * @refault_wait_max_ns: the longest of them
 * @refault_wait_max_time_ns: when that ended
 * @throttle_waits: times that it was made to wait because its cgroup was above
 *	memory.high, and other waits for memory. Source of this and the next three: as
 *	before, without iowait
 * @throttle_wait_ns: how long that took, part of @mem_wait_ns
 * @throttle_wait_max_ns: the longest of them
 * @throttle_wait_max_time_ns: when that ended
 * @numa_migrated_pages: pages that were moved to the node of a thread that used them,
 *	since the thread began. Source: numa_pages_migrated
 * @numa_preferred_node: node that its memory is mostly on, -1 if there is none. Of
 *	the main thread. Source: numa_preferred_nid
 * @reserved: 0
 *
 * Members up to @io_cancelled_write_bytes are there since the first version
 * (TASKMETER_RECORD_SIZE_VER1), those up to @mem_wait_max_time_ns since version
 * 0.2.0 of the module (TASKMETER_RECORD_SIZE_VER2), the others since 0.3.0
 * (TASKMETER_RECORD_SIZE_VER3).
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

	__u32	current_state;
	__u32	current_state_tid;
	__u64	current_state_ns;
	__u32	untracked_threads;
	__u32	waker_pid;
	char	waker_comm[TASKMETER_COMM_LEN];
	__u64	tracked_ns;
	__u64	cpu_wait_ns;
	__u64	sleep_ns;
	__u64	io_wait_ns;
	__u64	mem_wait_ns;
	__u64	lock_wait_ns;
	__u64	stop_ns;
	__u64	wakeups;
	__u64	numa_migrations;
	__u64	cpu_wait_max_ns;
	__u64	cpu_wait_max_time_ns;
	__u64	io_wait_max_ns;
	__u64	io_wait_max_time_ns;
	__u64	mem_wait_max_ns;
	__u64	mem_wait_max_time_ns;

	__u64	mem_stall_ns;
	__u64	direct_reclaims;
	__u64	direct_reclaim_ns;
	__u64	direct_reclaim_max_ns;
	__u64	direct_reclaim_max_time_ns;
	__u64	memcg_reclaims;
	__u64	memcg_reclaim_ns;
	__u64	memcg_reclaim_max_ns;
	__u64	memcg_reclaim_max_time_ns;
	__u64	compactions;
	__u64	compaction_ns;
	__u64	compaction_max_ns;
	__u64	compaction_max_time_ns;
	__u64	fault_waits;
	__u64	fault_wait_ns;
	__u64	fault_wait_max_ns;
	__u64	fault_wait_max_time_ns;
	__u64	refault_waits;
	__u64	refault_wait_ns;
	__u64	refault_wait_max_ns;
	__u64	refault_wait_max_time_ns;
	__u64	throttle_waits;
	__u64	throttle_wait_ns;
	__u64	throttle_wait_max_ns;
	__u64	throttle_wait_max_time_ns;
	__u64	numa_migrated_pages;
	__s32	numa_preferred_node;
	__u32	reserved;
};

/* Size of the first version of a record, the smallest stride; and of the next. */
#define TASKMETER_RECORD_SIZE_VER1	360
#define TASKMETER_RECORD_SIZE_VER2	520
#define TASKMETER_RECORD_SIZE_VER3	736

/*
 * Histogram buckets are log-linear: four to an octave, so that a value read from
 * a bucket is wrong by at most one eighth. Bucket i of a histogram whose first
 * octave begins at 2^FIRST ns holds values v with
 *
 *	(4 + i % 4) << (FIRST - 2 + i / 4)  <=  v  <  the same for i + 1
 *
 * but the first bucket also holds all smaller, the last all larger ones.
 */
#define TASKMETER_HISTOGRAM_PER_OCTAVE	4

#define TASKMETER_CPU_WAIT_FIRST	10	/* 1.024 us */
#define TASKMETER_CPU_WAIT_BUCKETS	104	/* up to 2^36 ns, 68.7 s */
#define TASKMETER_IO_WAIT_FIRST		15	/* 32.8 us */
#define TASKMETER_IO_WAIT_BUCKETS	72	/* up to 2^33 ns, 8.6 s */
#define TASKMETER_MEM_WAIT_FIRST	15
#define TASKMETER_MEM_WAIT_BUCKETS	72
#define TASKMETER_STALL_FIRST		15	/* reclaim, compaction, fault_wait */
#define TASKMETER_STALL_BUCKETS		72

/**
 * struct taskmeter_histograms - how long single waits lasted, of one thread or
 *	of all threads of a process, living and gone
 * @size: bytes of this structure that the module filled in
 * @reserved: 0
 * @cpu_wait: waits for a CPU that have ended, by duration. What they add up to
 *	is @cpu_wait_ns (less a wait that still lasts), how many there were is the sum
 *	of the buckets. With @available lacking TASKMETER_AVAILABLE_METER all are 0
 * @io_wait: waits for I/O that have ended, likewise
 * @mem_wait: waits for memory that have ended, likewise
 * @reclaim: direct reclaims and reclaims of a cgroup that have ended, by duration. This
 *	and the next two are of processes only, all 0 for a thread
 * @compaction: compactions that have ended, likewise
 * @fault_wait: waits of major faults that have ended, likewise; the thread has left
 *	the CPU since
 *
 * Members up to @mem_wait are there since version 0.2.0 of the module
 * (TASKMETER_HISTOGRAMS_SIZE_VER1), the others since 0.3.0
 * (TASKMETER_HISTOGRAMS_SIZE_VER2).
 *
 * Counted since tracking of the thread began. A histogram that finds no memory
 * for its 65,536th (of @io_wait and @mem_wait: 256th) value in a bucket leaves out
 * values until there is: &struct taskmeter_info.allocation_failures counts that.
 */
struct taskmeter_histograms {
	__u32	size;
	__u32	reserved;
	__u64	cpu_wait[TASKMETER_CPU_WAIT_BUCKETS];
	__u64	io_wait[TASKMETER_IO_WAIT_BUCKETS];
	__u64	mem_wait[TASKMETER_MEM_WAIT_BUCKETS];
	__u64	reclaim[TASKMETER_STALL_BUCKETS];
	__u64	compaction[TASKMETER_STALL_BUCKETS];
	__u64	fault_wait[TASKMETER_STALL_BUCKETS];
};

#define TASKMETER_HISTOGRAMS_SIZE_VER1	1992
#define TASKMETER_HISTOGRAMS_SIZE_VER2	3720

/**
 * enum taskmeter_info_flags - bits of &struct taskmeter_info.flags
 * @TASKMETER_INFO_UNPRIVILEGED: the module was loaded with unprivileged=1:
 *	rule (b) above applies
 * @TASKMETER_INFO_PRIVILEGED: the observer had CAP_PERFMON or CAP_SYS_PTRACE
 *	over its own user namespace: rule (a) shows it the processes there. With
 *	neither flag, an observer sees at most what lives in user namespaces
 *	that it owns
 * @TASKMETER_INFO_METER: the scheduler meter is on
 * @TASKMETER_INFO_WAKER: it records who wakes whom
 * @TASKMETER_INFO_PROBE_TIME: it measures its own time, @probe_ns
 */
enum taskmeter_info_flags {
	TASKMETER_INFO_UNPRIVILEGED	= 1 << 0,
	TASKMETER_INFO_PRIVILEGED	= 1 << 1,
	TASKMETER_INFO_METER		= 1 << 2,
	TASKMETER_INFO_WAKER		= 1 << 3,
	TASKMETER_INFO_PROBE_TIME	= 1 << 4,
};

/**
 * enum taskmeter_clock - what the meter takes the time of a switch from
 * @TASKMETER_CLOCK_NONE: the meter is off
 * @TASKMETER_CLOCK_EXEC_START: the scheduler's own stamp of the switch; chosen if
 *	the run queues' task clock is found to be their clock when the meter starts
 * @TASKMETER_CLOCK_LOCAL: a clock read at each switch
 */
enum taskmeter_clock {
	TASKMETER_CLOCK_NONE,
	TASKMETER_CLOCK_EXEC_START,
	TASKMETER_CLOCK_LOCAL,
};

/**
 * struct taskmeter_info - ioctl(TASKMETER_IOCTL_INFO)
 * @size: in: sizeof(struct taskmeter_info); left as it is
 * @abi_version: out: TASKMETER_ABI_VERSION of the module
 * @flags: out: &enum taskmeter_info_flags
 * @available: out: &enum taskmeter_available: what this kernel can tell at all, and
 *	the meter as it is switched now
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
 * @token: out: what to give as @since later to see what was active after this
 *	call; 0 while the meter is off
 * @tracked_threads: out: threads that the meter tracks now, zombies included
 * @untracked_threads: out: threads that it does not track now, for want of memory
 * @allocation_failures: out: times since the load that there was no memory: for a
 *	thread, a process or a histogram
 * @clock_steps: out: times since the load that the clock of a switch was behind
 *	that of the switch before; the time between is taken as 0
 * @gaps: out: times since the load that a switch was not seen, as on a CPU that
 *	is going offline: what the thread did besides running counts as sleep
 * @probe_calls: out: probe calls that were timed, see @probe_ns
 * @probe_ns: out: time spent in them, while TASKMETER_INFO_PROBE_TIME was on; the
 *	two clock reads of each timing included
 * @clock: out: &enum taskmeter_clock
 * @thread_bytes: out: memory that the meter takes for a thread
 * @process_bytes: out: memory that it takes for a process
 * @histogram_bytes: out: memory that it takes in addition for a thread with many
 *	waits (see &struct taskmeter_histograms) and for a process that has had two
 *	threads. Not told is what it takes for a thread that was stalled for lack of
 *	memory, has many waits or had its waker recorded (232 bytes), and for a process
 *	that was stalled (1,888 bytes)
 *
 * @exit_number: out: number of the newest exit record, 0 if there was none since the
 *	load
 * @exit_log_bytes: out: room that the exit log has for records
 * @exit_log_used_bytes: out: how much of it is taken
 * @exit_log_records: out: records in it
 * @exit_log_evicted: out: records since the load that had to go to make room for
 *	newer ones
 * @exits_other: out: exits since the load that were added to a total of others, see
 *	&struct taskmeter_total
 * @exits_unrecorded: out: processes since the load whose exit was seen, but who they
 *	were was not known: they were being released when the meter was switched on
 * @events_lost: out: events since the load that found the queue to all subscribers
 *	full
 * @subscribers: out: sockets that events are sent to
 * @exit_size: out: sizeof(struct taskmeter_exit) of the module
 * @total_size: out: sizeof(struct taskmeter_total) of the module
 * @reserved2: out: 0
 *
 * Members up to @version are there since the first version
 * (TASKMETER_INFO_SIZE_VER1), those up to @histogram_bytes since version 0.2.0 of the
 * module (TASKMETER_INFO_SIZE_VER2), the others since 0.4.0.
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
	__u64	token;
	__u64	tracked_threads;
	__u64	untracked_threads;
	__u64	allocation_failures;
	__u64	clock_steps;
	__u64	gaps;
	__u64	probe_calls;
	__u64	probe_ns;
	__u32	clock;
	__u32	thread_bytes;
	__u32	process_bytes;
	__u32	histogram_bytes;
	__u64	exit_number;
	__u64	exit_log_bytes;
	__u64	exit_log_used_bytes;
	__u64	exit_log_records;
	__u64	exit_log_evicted;
	__u64	exits_other;
	__u64	exits_unrecorded;
	__u64	events_lost;
	__u32	subscribers;
	__u32	exit_size;
	__u32	total_size;
	__u32	reserved2;
};

#define TASKMETER_INFO_SIZE_VER1	96
#define TASKMETER_INFO_SIZE_VER2	176
#define TASKMETER_INFO_SIZE_VER3	256

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
 * @TASKMETER_SNAPSHOT_SINCE: only what was active since @since. A thread is
 *	active if it was started, switched in or out since then; or runs, is queued
 *	or is blocked on I/O, memory or otherwise now; or is not tracked. A process
 *	is if one of its threads is; a zombie, as it was when it became one. Not
 *	activity: what others do to a thread that sleeps or is stopped, as changes of
 *	its cgroup, nice value or memory (reclaim). While the meter is off, everything
 *	is active. Up to 50 ms before @since count too
 * @TASKMETER_SNAPSHOT_HISTOGRAMS: also fill @histograms
 * @TASKMETER_SNAPSHOT_STALLS: also fill the stalls, the last members of a record
 *	(since version 0.3.0 of the module)
 */
enum taskmeter_snapshot_flags {
	TASKMETER_SNAPSHOT_THREADS	= 1 << 0,
	TASKMETER_SNAPSHOT_EXACT_RSS	= 1 << 1,
	TASKMETER_SNAPSHOT_PID		= 1 << 2,
	TASKMETER_SNAPSHOT_UID		= 1 << 3,
	TASKMETER_SNAPSHOT_CGROUP	= 1 << 4,
	TASKMETER_SNAPSHOT_SINCE	= 1 << 5,
	TASKMETER_SNAPSHOT_HISTOGRAMS	= 1 << 6,
	TASKMETER_SNAPSHOT_STALLS	= 1 << 7,
};

/**
 * struct taskmeter_snapshot - ioctl(TASKMETER_IOCTL_SNAPSHOT)
 *
 * Writes records into the caller's buffer, in the order of pid, one every
 * @stride bytes. A record is cut to the stride, or filled up with zeros. A caller who
 * does not ask for the stalls is served fastest with a stride of
 * TASKMETER_RECORD_SIZE_VER2.
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
 * @since: in: with TASKMETER_SNAPSHOT_SINCE a @token of this load of the module,
 *	of the first call of an earlier snapshot or of &struct taskmeter_info;
 *	else 0. A token of a time before the meter was switched on, and 0, select
 *	everything
 * @token: out: what to give as @since later to see what was active after this
 *	call began; 0 while the meter is off
 * @histograms: in: with TASKMETER_SNAPSHOT_HISTOGRAMS, address of a buffer for as
 *	many structures as @buffer_size / @stride, else 0; &struct
 *	taskmeter_histograms number i there belongs to record number i
 * @histograms_stride: in: bytes from one to the next: the sizeof(struct
 *	taskmeter_histograms) that the caller was compiled with; a multiple of 8;
 *	else 0
 * @reserved: in: 0
 *
 * Members up to @cgroup_id are there since the first version
 * (TASKMETER_SNAPSHOT_SIZE_VER1), the others since version 0.2.0 of the module.
 *
 * Errors beside the general ones; on any error but EFAULT nothing is written,
 * on EFAULT @count and @cursor are not:
 *
 *  - ENOSPC: the buffer does not hold one record of @stride bytes.
 *  - EINVAL: @stride is smaller than TASKMETER_RECORD_SIZE_VER1, larger than a
 *    page, or no multiple of 8; @cursor is not one that this module gave;
 *    @pid, @uid, @cgroup_id, @since, @histograms or @histograms_stride is given
 *    without its flag, or @uid does not exist in the observer's user namespace;
 *    @histograms_stride is smaller than TASKMETER_HISTOGRAMS_SIZE_VER1, larger than
 *    a page, or no multiple of 8; @reserved is not 0.
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
	__u64	since;
	__u64	token;
	__u64	histograms;
	__u32	histograms_stride;
	__u32	reserved;
};

#define TASKMETER_SNAPSHOT_SIZE_VER1	64
#define TASKMETER_SNAPSHOT_SIZE_VER2	96

/**
 * DOC: Exit log
 *
 * While the meter is on, every process that ends leaves one record in the exit log:
 * when it has been waited for and its last thread has been given up by the kernel,
 * some milliseconds after it is off the pid table. So a process is found by a snapshot
 * or in the log, not in both, and in neither for these milliseconds. A zombie is in
 * snapshots; its @exit_time_ns will tell when it ended.
 *
 * Records are numbered from 1 on, without gaps, anew with each load of the module (see
 * @instance_id of &struct taskmeter_info). The log is bounded in bytes. When it is
 * full, the oldest record of the user who has most in it makes room, so that one
 * user's storm of processes does not displace the records of others; a user with less
 * than his even share keeps what he has. Whose a record is, is told by its real user id
 * in the initial user namespace; of a process in another user namespace, by the owner
 * of the outermost of these. Who reads with a number learns exactly how many records
 * from there on are not in the log any more.
 *
 * Who sees a record: in the initial pid namespace, who has power over the initial user
 * namespace. In another one, as long as that lives, also whoever would have seen the
 * process by rule (a), as if it had not been dumpable, as how it was in the end is not
 * known; of a pid namespace inside his, the records that were written while it lived and
 * only as long. Rule (b) shows no exit records.
 */

/**
 * enum taskmeter_exit_flags - bits of &struct taskmeter_exit.flags
 * @TASKMETER_EXIT_COMMAND_LINE: @command_line is known: the process, or the one that
 *	it was forked from, executed a program while it was tracked
 * @TASKMETER_EXIT_COMMAND_LINE_CUT: it was longer
 * @TASKMETER_EXIT_OOM: the kernel killed it because memory ran out
 * @TASKMETER_EXIT_OOM_CGROUP: that of a cgroup, by its limit
 * @TASKMETER_EXIT_OOM_MACHINE: that of the machine. With neither of the two it is not
 *	known which
 * @TASKMETER_EXIT_OOM_SHARED: not chosen itself, but it shared the memory of who was
 */
enum taskmeter_exit_flags {
	TASKMETER_EXIT_COMMAND_LINE	= 1 << 0,
	TASKMETER_EXIT_COMMAND_LINE_CUT	= 1 << 1,
	TASKMETER_EXIT_OOM		= 1 << 2,
	TASKMETER_EXIT_OOM_CGROUP	= 1 << 3,
	TASKMETER_EXIT_OOM_MACHINE	= 1 << 4,
	TASKMETER_EXIT_OOM_SHARED	= 1 << 5,
};

/**
 * struct taskmeter_exit - how a process ended; what it did is in a &struct
 *	taskmeter_record
 *
 * That record holds its totals: all times, counters and maxima, with the stalls if they
 * are asked for. @pid and its like, @uid and its like, @start_time_ns, @comm and
 * @cgroup_id are the main thread's at its end. Of the memory only @rss_peak_bytes is
 * available, over all programs that the process executed (ru_maxrss). @ppid is of the
 * process that forked it, or that was its parent when its tracking began; it may have
 * ended since. @threads is how many threads it has had while it was tracked.
 * @current_state is TASKMETER_STATE_DEAD. @state, @policy, @nice, @priority,
 * @rt_priority and @cpu are 0.
 *
 * @size: bytes of this structure that the module filled in
 * @flags: &enum taskmeter_exit_flags
 * @number: of the record, see above
 * @exit_time_ns: when its last thread left the CPU for good, boottime
 * @status: as waitpid(2) told it: exit code or signal, with the bit for a core dump
 * @command_line_length: bytes of @command_line that are used
 * @oom_rss_anon_bytes: with TASKMETER_EXIT_OOM, what it held when it was chosen; so the
 *	next four. Source: mark_victim
 * @oom_rss_file_bytes: likewise
 * @oom_rss_shmem_bytes: likewise
 * @oom_swap_bytes: likewise
 * @oom_time_ns: when that was, boottime
 * @command_line: arguments of the last program that it executed, each ended by a NUL,
 *	as they were given to execve(2): the first 256 bytes. Any bytes. Of a process that
 *	only forked, those of the process that it came from. What a process writes there
 *	later (setproctitle) is not seen
 */
struct taskmeter_exit {
	__u32	size;
	__u32	flags;
	__u64	number;
	__u64	exit_time_ns;
	__s32	status;
	__u32	command_line_length;
	__u64	oom_rss_anon_bytes;
	__u64	oom_rss_file_bytes;
	__u64	oom_rss_shmem_bytes;
	__u64	oom_swap_bytes;
	__u64	oom_time_ns;
	__u8	command_line[TASKMETER_COMMAND_LINE_LEN];
};

#define TASKMETER_EXIT_SIZE_VER1	328

/**
 * struct taskmeter_exits - ioctl(TASKMETER_IOCTL_EXITS)
 *
 * Writes the records that are in the log from a number on, in the order of their
 * numbers: how each process ended at every @exits_stride bytes, its totals beside it
 * at every @records_stride bytes, if asked for its histograms at every
 * @histograms_stride bytes. Each is cut to its stride, or filled up with zeros. The
 * caller goes on with the @cursor that it left; with @count 0 there was nothing more.
 *
 * poll(2) tells EPOLLIN when there is a record that is newer than the opening of the
 * file and than what the last call on the file left as its @cursor.
 *
 * A call returns early, with fewer records than would fit, but not with none, and a
 * @cursor that is not behind @last, when a signal is pending.
 *
 * @size: in: sizeof(struct taskmeter_exits)
 * @flags: in: TASKMETER_SNAPSHOT_HISTOGRAMS, TASKMETER_SNAPSHOT_STALLS
 * @cursor: in: number of the first record that is wanted, 0 or 1 for the oldest; out:
 *	number to go on with
 * @lost: out: records from the given to the new @cursor that are not in the log any
 *	more, whoever could have seen them; 0 if 0 was given
 * @last: out: number of the newest record, 0 if there is none
 * @exits: in: address of a buffer for @room &struct taskmeter_exit
 * @records: in: address of a buffer for @room &struct taskmeter_record
 * @histograms: in: with TASKMETER_SNAPSHOT_HISTOGRAMS, address of a buffer for @room
 *	&struct taskmeter_histograms, else 0
 * @exits_stride: in: bytes from one to the next, a multiple of 8; so the next two
 * @records_stride: in: likewise
 * @histograms_stride: in: likewise, or 0
 * @room: in: how many records there is room for
 * @count: out: records written
 * @reserved: in: 0
 *
 * Since version 0.4.0 of the module. Errors beside the general ones; on any error but
 * EFAULT nothing is written, on EFAULT @count, @cursor and @lost are not:
 *
 *  - ENOSPC: @room is 0.
 *  - EINVAL: @exits_stride is smaller than TASKMETER_EXIT_SIZE_VER1, @records_stride than
 *    TASKMETER_RECORD_SIZE_VER1, or @histograms_stride than
 *    TASKMETER_HISTOGRAMS_SIZE_VER1; one is larger than a page or no multiple of 8;
 *    @histograms or its stride is given without its flag; @reserved is not 0; @cursor
 *    is larger than the number of the next record: another load of the module gave
 *    it.
 *  - ENOMEM: no memory for a staging buffer.
 */
struct taskmeter_exits {
	__u32	size;
	__u32	flags;
	__u64	cursor;
	__u64	lost;
	__u64	last;
	__u64	exits;
	__u64	records;
	__u64	histograms;
	__u32	exits_stride;
	__u32	records_stride;
	__u32	histograms_stride;
	__u32	room;
	__u32	count;
	__u32	reserved;
};

#define TASKMETER_EXITS_SIZE_VER1	80

/**
 * enum taskmeter_total_kind - what exited processes are summed up by
 * @TASKMETER_TOTAL_CGROUP: the cgroup that they ended in, by its id
 * @TASKMETER_TOTAL_UID: their real user id
 */
enum taskmeter_total_kind {
	TASKMETER_TOTAL_CGROUP,
	TASKMETER_TOTAL_UID,
};

/**
 * enum taskmeter_total_flags - bits of &struct taskmeter_total.flags
 * @TASKMETER_TOTAL_OTHER: a total of others, whose @id is 0: of those that came when
 *	there was no room for more totals (TASKMETER_TOTALS_MAX of a kind), or no memory, and
 *	of cgroups that are removed, whose totals are moved here when room runs short.
 *	There is one of a kind, once it is needed
 * @TASKMETER_TOTAL_REMOVED: the cgroup was removed
 */
enum taskmeter_total_flags {
	TASKMETER_TOTAL_OTHER		= 1 << 0,
	TASKMETER_TOTAL_REMOVED		= 1 << 1,
};

#define TASKMETER_TOTALS_MAX	4096

/**
 * struct taskmeter_total - what all exited processes of a cgroup or user did, since the
 *	load of the module and while the meter was on
 *
 * It never goes back but when it is moved to the total of others: then @exits begins
 * anew. Unlike the log it forgets nothing.
 *
 * @size: bytes of this structure that the module filled in
 * @flags: &enum taskmeter_total_flags
 * @id: cgroup id, or user id in the observer's user namespace
 * @last_number: number of the newest exit record that is summed up here. A record of
 *	this cgroup or user with a larger number is not yet
 * @exits: how many processes
 * @oom_kills: how many of them the kernel killed because memory ran out
 * @run_ns: sum of the member of &struct taskmeter_record with the same name; so the
 *	others
 */
struct taskmeter_total {
	__u32	size;
	__u32	flags;
	__u64	id;
	__u64	last_number;
	__u64	exits;
	__u64	oom_kills;
	__u64	run_ns;
	__u64	user_ns;
	__u64	system_ns;
	__u64	run_delay_ns;
	__u64	timeslices;
	__u64	voluntary_switches;
	__u64	involuntary_switches;
	__u64	migrations;
	__u64	minor_faults;
	__u64	major_faults;
	__u64	io_read_chars_bytes;
	__u64	io_write_chars_bytes;
	__u64	io_read_syscalls;
	__u64	io_write_syscalls;
	__u64	io_read_bytes;
	__u64	io_write_bytes;
	__u64	io_cancelled_write_bytes;
	__u64	tracked_ns;
	__u64	cpu_wait_ns;
	__u64	sleep_ns;
	__u64	io_wait_ns;
	__u64	mem_wait_ns;
	__u64	lock_wait_ns;
	__u64	stop_ns;
	__u64	wakeups;
	__u64	mem_stall_ns;
};

#define TASKMETER_TOTAL_SIZE_VER1	248

/**
 * struct taskmeter_totals - ioctl(TASKMETER_IOCTL_TOTALS)
 *
 * Each total is read at one moment, all of them not. Totals are shown to observers of
 * the initial pid namespace who have CAP_PERFMON or CAP_SYS_PTRACE over the initial user
 * namespace.
 *
 * @size: in: sizeof(struct taskmeter_totals)
 * @kind: in: &enum taskmeter_total_kind
 * @cursor: in: 0, or what the previous call left; out: where to go on, 0 when there is
 *	no more. A total that is there all the time is met exactly once
 * @totals: in: address of a buffer for @room &struct taskmeter_total
 * @stride: in: bytes from one to the next, a multiple of 8
 * @room: in: how many there is room for
 * @count: out: totals written
 * @reserved: in: 0
 *
 * Since version 0.4.0 of the module. Errors beside the general ones:
 *
 *  - EPERM: totals are not shown to this observer.
 *  - ENOSPC: @room is 0.
 *  - EINVAL: @kind is not known, @stride is smaller than TASKMETER_TOTAL_SIZE_VER1,
 *    larger than a page or no multiple of 8, @cursor is not one that this module gave,
 *    or @reserved is not 0.
 *  - ENOMEM: no memory for a staging buffer.
 */
struct taskmeter_totals {
	__u32	size;
	__u32	kind;
	__u64	cursor;
	__u64	totals;
	__u32	stride;
	__u32	room;
	__u32	count;
	__u32	reserved;
};

#define TASKMETER_TOTALS_SIZE_VER1	40

/**
 * struct taskmeter_cgroup_path - ioctl(TASKMETER_IOCTL_CGROUP_PATH)
 *
 * Tells the path of a cgroup that an exit record in the log, or a total, names; also
 * when it is removed. Everybody who may open the device is told, as of the directories
 * in /sys/fs/cgroup.
 *
 * @size: in: sizeof(struct taskmeter_cgroup_path)
 * @length: out: bytes of the path, its NUL not counted
 * @cgroup_id: in: the cgroup
 * @path: in: address of a buffer for the path and its NUL. The path is as seen from
 *	the root of the cgroup namespace of who opened the device, in the unified
 *	hierarchy: "/" for that root, with "/.." for what is not below it
 * @path_size: in: size of the buffer, bytes
 * @reserved: in: 0
 *
 * Since version 0.4.0 of the module. Errors beside the general ones:
 *
 *  - ENOENT: neither a record in the log nor a total names it, or this kernel has no
 *    cgroups.
 *  - ENOSPC: the buffer is too small; 4,096 bytes do.
 *  - EINVAL: @reserved is not 0.
 *  - ENOMEM: no memory.
 */
struct taskmeter_cgroup_path {
	__u32	size;
	__u32	length;
	__u64	cgroup_id;
	__u64	path;
	__u32	path_size;
	__u32	reserved;
};

#define TASKMETER_CGROUP_PATH_SIZE_VER1	32

#define TASKMETER_IOCTL_INFO		_IO(TASKMETER_IOCTL_TYPE, 0x00)
#define TASKMETER_IOCTL_SNAPSHOT	_IO(TASKMETER_IOCTL_TYPE, 0x01)
#define TASKMETER_IOCTL_EXITS		_IO(TASKMETER_IOCTL_TYPE, 0x02)
#define TASKMETER_IOCTL_TOTALS		_IO(TASKMETER_IOCTL_TYPE, 0x03)
#define TASKMETER_IOCTL_CGROUP_PATH	_IO(TASKMETER_IOCTL_TYPE, 0x04)

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
 *             TASKMETER_A_TASK_REQUEST: TASKMETER_SNAPSHOT_THREADS,
 *             TASKMETER_SNAPSHOT_EXACT_RSS, TASKMETER_SNAPSHOT_HISTOGRAMS and
 *             TASKMETER_SNAPSHOT_STALLS (optional)
 *   reply:    one task, as below
 *   errors:   EINVAL (no pid, an unknown flag, an attribute that is unknown,
 *             malformed or does not belong here), ERANGE (a pid out of range),
 *             ESRCH (no such task, or not visible)
 *
 * TASKMETER_CMD_TASK_GET (dump: all tasks)::
 *
 *   request:  TASKMETER_A_TASK_REQUEST: TASKMETER_SNAPSHOT_THREADS,
 *             TASKMETER_SNAPSHOT_EXACT_RSS, TASKMETER_SNAPSHOT_HISTOGRAMS and
 *             TASKMETER_SNAPSHOT_STALLS (optional)
 *             TASKMETER_A_TASK_TGID, TASKMETER_A_TASK_UID,
 *             TASKMETER_A_TASK_CGROUP_ID, TASKMETER_A_TASK_SINCE (a
 *             TASKMETER_A_INFO_TOKEN from before an earlier dump): filters, each
 *             optional
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
 *             TASKMETER_A_TASK_METER: nest
 *               TASKMETER_A_METER_*
 *             TASKMETER_A_TASK_STALL: nest, if asked for
 *               TASKMETER_A_STALL_*
 *             TASKMETER_A_TASK_HISTOGRAMS: nest, if asked for
 *               TASKMETER_A_HISTOGRAMS_*: the buckets up to the last one that is
 *               not 0, as an array of u64; left out if all are 0. A message with
 *               them takes up to 5 KiB: receive with room for 8
 *   errors:   as above; they may come with the end of the dump (NLMSG_DONE)
 *
 * TASKMETER_CMD_EXIT_GET (dump: the exit log)::
 *
 *   request:  TASKMETER_A_EXIT_NUMBER: of the first record that is wanted (optional: the
 *             oldest)
 *             TASKMETER_A_EXIT_REQUEST: TASKMETER_SNAPSHOT_HISTOGRAMS,
 *             TASKMETER_SNAPSHOT_STALLS (optional)
 *   reply:    a message per record, in the order of their numbers:
 *
 *             TASKMETER_A_EXIT_*, without the last two
 *             TASKMETER_A_EXIT_TASK: nest
 *               TASKMETER_A_TASK_* as above
 *
 *             then one message more:
 *
 *             TASKMETER_A_EXIT_NEXT: number to go on with
 *             TASKMETER_A_EXIT_LOST: records from the one that was asked for on that
 *             are not in the log any more; 0 if none was named
 *   errors:   EINVAL (an unknown flag or attribute, or a number of another load of the
 *             module), with the end of the dump
 *
 * The dump ends with what was the newest record when it began.
 *
 * TASKMETER_CMD_TOTAL_GET (dump: totals of exited processes)::
 *
 *   request:  TASKMETER_A_TOTAL_KIND: &enum taskmeter_total_kind
 *   reply:    a message per total: TASKMETER_A_TOTAL_*
 *   errors:   EINVAL (no kind, or an unknown attribute), EPERM, as for
 *             TASKMETER_IOCTL_TOTALS, with the end of the dump
 *
 * TASKMETER_CMD_SUBSCRIBE (do)::
 *
 *   request:  TASKMETER_A_SUBSCRIBE_EVENTS: &enum taskmeter_event, bits; 0 ends it. A
 *             socket has one subscription: the last one counts
 *             TASKMETER_A_SUBSCRIBE_REQUEST: TASKMETER_SNAPSHOT_HISTOGRAMS,
 *             TASKMETER_SNAPSHOT_STALLS: what an exit is told with (optional)
 *   reply:    TASKMETER_A_SUBSCRIBE_NEXT: number that the next exit record will have:
 *             those before are in the log, this and those behind will be told as events
 *   errors:   EINVAL (no attribute, or an unknown one), EUSERS (TASKMETER_SUBSCRIBERS_MAX
 *             sockets have subscribed, or TASKMETER_SUBSCRIBERS_USER of this user),
 *             ENOMEM
 *
 * A subscriber gets, by unicast, with the sequence number 0, messages with the commands
 * TASKMETER_CMD_EVENT_FORK, _EXEC, _EXIT and _OOM, each with TASKMETER_A_EVENT_*, of the
 * processes that it sees by rule (a) (see above; of the exits that it would see in the
 * log). Whom it sees is decided by its credentials and namespaces as of the
 * subscription. They come in the order in which things happened on a CPU, some
 * milliseconds later, up to 8 KiB of them (with histograms, 16 KiB) in a datagram.
 * A socket whose buffer is full loses them: recv(2) says ENOBUFS, and one of the next
 * events holds TASKMETER_A_EVENT_LOST, how many but exits. Exits can then be fetched from
 * the log, from the last number that was seen on. As of a process that has ended, it is
 * not known of one that is told of whether it is dumpable: who has no power over the
 * initial user namespace is told of those only that have executed a program inside, or
 * were forked by such. The subscription ends with the socket.
 *
 * TASKMETER_CMD_CONFIG_SET (do)::
 *
 *   request:  TASKMETER_A_CONFIG_METER, TASKMETER_A_CONFIG_WAKER,
 *             TASKMETER_A_CONFIG_PROBE_TIME: 1 on, 0 off;
 *             TASKMETER_A_CONFIG_EXIT_LOG_BYTES: room of the exit log, from
 *             TASKMETER_EXIT_LOG_MIN to TASKMETER_EXIT_LOG_MAX; records that have no room
 *             in it any more are evicted; at least one; what is left out stays as it is
 *   reply:    none but the acknowledgment; what is in force is told by
 *             TASKMETER_CMD_INFO_GET
 *   errors:   EPERM (CAP_SYS_ADMIN over the initial user namespace is missing),
 *             EINVAL (no attribute, or an unknown one), ERANGE (a value out of range),
 *             ENOMEM, EOPNOTSUPP (this kernel lacks what it takes)
 *
 * The meter switched off has no probe in the scheduler and no memory for threads and
 * processes; switched on again, it tracks all threads from then on. WAKER and PROBE_TIME are kept while it
 * is off. So are the exit log, the totals and the subscriptions, but nothing comes in:
 * exits meanwhile have no number.
 *
 * Attributes have the name, unit, clock and source of the member of &struct
 * taskmeter_record, &struct taskmeter_histograms, &struct taskmeter_exit, &struct
 * taskmeter_total or &struct taskmeter_info that they carry.
 */
#define TASKMETER_GENL_NAME	"taskmeter"
#define TASKMETER_GENL_VERSION	1

/* Bounds of the exit log, bytes; sockets that may subscribe, in all and of a user. */
#define TASKMETER_EXIT_LOG_MIN		(64 << 10)
#define TASKMETER_EXIT_LOG_MAX		(1 << 30)
#define TASKMETER_SUBSCRIBERS_MAX	128
#define TASKMETER_SUBSCRIBERS_USER	16

/**
 * enum taskmeter_event - events to subscribe to
 * @TASKMETER_EVENT_FORK: a process was forked (not a thread)
 * @TASKMETER_EVENT_EXEC: a process executed a program
 * @TASKMETER_EVENT_EXIT: an exit record was written
 * @TASKMETER_EVENT_OOM: the kernel kills a process because memory ran out: one event
 *	for each process, those included that share the memory of who was chosen
 */
enum taskmeter_event {
	TASKMETER_EVENT_FORK		= 1 << 0,
	TASKMETER_EVENT_EXEC		= 1 << 1,
	TASKMETER_EVENT_EXIT		= 1 << 2,
	TASKMETER_EVENT_OOM		= 1 << 3,
};

enum {
	TASKMETER_CMD_INFO_GET = 1,
	TASKMETER_CMD_TASK_GET,
	TASKMETER_CMD_CONFIG_SET,
	TASKMETER_CMD_EXIT_GET,
	TASKMETER_CMD_TOTAL_GET,
	TASKMETER_CMD_SUBSCRIBE,
	TASKMETER_CMD_EVENT_FORK,
	TASKMETER_CMD_EVENT_EXEC,
	TASKMETER_CMD_EVENT_EXIT,
	TASKMETER_CMD_EVENT_OOM,

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
	TASKMETER_A_INFO_TOKEN,			/* u64 */
	TASKMETER_A_INFO_TRACKED_THREADS,	/* u64 */
	TASKMETER_A_INFO_UNTRACKED_THREADS,	/* u64 */
	TASKMETER_A_INFO_ALLOCATION_FAILURES,	/* u64 */
	TASKMETER_A_INFO_CLOCK_STEPS,		/* u64 */
	TASKMETER_A_INFO_GAPS,			/* u64 */
	TASKMETER_A_INFO_PROBE_CALLS,		/* u64 */
	TASKMETER_A_INFO_PROBE_NS,		/* u64 */
	TASKMETER_A_INFO_CLOCK,			/* u32 */
	TASKMETER_A_INFO_THREAD_BYTES,		/* u32 */
	TASKMETER_A_INFO_PROCESS_BYTES,		/* u32 */
	TASKMETER_A_INFO_HISTOGRAM_BYTES,	/* u32 */
	TASKMETER_A_INFO_EXIT_NUMBER,		/* u64 */
	TASKMETER_A_INFO_EXIT_LOG_BYTES,	/* u64 */
	TASKMETER_A_INFO_EXIT_LOG_USED_BYTES,	/* u64 */
	TASKMETER_A_INFO_EXIT_LOG_RECORDS,	/* u64 */
	TASKMETER_A_INFO_EXIT_LOG_EVICTED,	/* u64 */
	TASKMETER_A_INFO_EXITS_OTHER,		/* u64 */
	TASKMETER_A_INFO_EXITS_UNRECORDED,	/* u64 */
	TASKMETER_A_INFO_EVENTS_LOST,		/* u64 */
	TASKMETER_A_INFO_SUBSCRIBERS,		/* u32 */

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
	TASKMETER_A_TASK_METER,			/* nest */
	TASKMETER_A_TASK_HISTOGRAMS,		/* nest */
	TASKMETER_A_TASK_SINCE,			/* u64, request only */
	TASKMETER_A_TASK_STALL,			/* nest */

	__TASKMETER_A_TASK_MAX,
	TASKMETER_A_TASK_MAX = __TASKMETER_A_TASK_MAX - 1
};

/* Attributes in the nests are u64 where nothing else is said. */
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

enum {
	TASKMETER_A_METER_PAD = 1,
	TASKMETER_A_METER_CURRENT_STATE,	/* u32 */
	TASKMETER_A_METER_CURRENT_STATE_TID,	/* u32 */
	TASKMETER_A_METER_CURRENT_STATE_NS,
	TASKMETER_A_METER_UNTRACKED_THREADS,	/* u32 */
	TASKMETER_A_METER_WAKER_PID,		/* u32 */
	TASKMETER_A_METER_WAKER_COMM,		/* string */
	TASKMETER_A_METER_TRACKED_NS,
	TASKMETER_A_METER_CPU_WAIT_NS,
	TASKMETER_A_METER_SLEEP_NS,
	TASKMETER_A_METER_IO_WAIT_NS,
	TASKMETER_A_METER_MEM_WAIT_NS,
	TASKMETER_A_METER_LOCK_WAIT_NS,
	TASKMETER_A_METER_STOP_NS,
	TASKMETER_A_METER_WAKEUPS,
	TASKMETER_A_METER_NUMA_MIGRATIONS,
	TASKMETER_A_METER_CPU_WAIT_MAX_NS,
	TASKMETER_A_METER_CPU_WAIT_MAX_TIME_NS,
	TASKMETER_A_METER_IO_WAIT_MAX_NS,
	TASKMETER_A_METER_IO_WAIT_MAX_TIME_NS,
	TASKMETER_A_METER_MEM_WAIT_MAX_NS,
	TASKMETER_A_METER_MEM_WAIT_MAX_TIME_NS,

	__TASKMETER_A_METER_MAX,
	TASKMETER_A_METER_MAX = __TASKMETER_A_METER_MAX - 1
};

enum {
	TASKMETER_A_STALL_PAD = 1,
	TASKMETER_A_STALL_MEM_STALL_NS,
	TASKMETER_A_STALL_DIRECT_RECLAIMS,
	TASKMETER_A_STALL_DIRECT_RECLAIM_NS,
	TASKMETER_A_STALL_DIRECT_RECLAIM_MAX_NS,
	TASKMETER_A_STALL_DIRECT_RECLAIM_MAX_TIME_NS,
	TASKMETER_A_STALL_MEMCG_RECLAIMS,
	TASKMETER_A_STALL_MEMCG_RECLAIM_NS,
	TASKMETER_A_STALL_MEMCG_RECLAIM_MAX_NS,
	TASKMETER_A_STALL_MEMCG_RECLAIM_MAX_TIME_NS,
	TASKMETER_A_STALL_COMPACTIONS,
	TASKMETER_A_STALL_COMPACTION_NS,
	TASKMETER_A_STALL_COMPACTION_MAX_NS,
	TASKMETER_A_STALL_COMPACTION_MAX_TIME_NS,
	TASKMETER_A_STALL_FAULT_WAITS,
	TASKMETER_A_STALL_FAULT_WAIT_NS,
	TASKMETER_A_STALL_FAULT_WAIT_MAX_NS,
	TASKMETER_A_STALL_FAULT_WAIT_MAX_TIME_NS,
	TASKMETER_A_STALL_REFAULT_WAITS,
	TASKMETER_A_STALL_REFAULT_WAIT_NS,
	TASKMETER_A_STALL_REFAULT_WAIT_MAX_NS,
	TASKMETER_A_STALL_REFAULT_WAIT_MAX_TIME_NS,
	TASKMETER_A_STALL_THROTTLE_WAITS,
	TASKMETER_A_STALL_THROTTLE_WAIT_NS,
	TASKMETER_A_STALL_THROTTLE_WAIT_MAX_NS,
	TASKMETER_A_STALL_THROTTLE_WAIT_MAX_TIME_NS,
	TASKMETER_A_STALL_NUMA_MIGRATED_PAGES,
	TASKMETER_A_STALL_NUMA_PREFERRED_NODE,	/* s32 */

	__TASKMETER_A_STALL_MAX,
	TASKMETER_A_STALL_MAX = __TASKMETER_A_STALL_MAX - 1
};

enum {
	TASKMETER_A_HISTOGRAMS_CPU_WAIT = 1,	/* array of u64 */
	TASKMETER_A_HISTOGRAMS_IO_WAIT,		/* array of u64 */
	TASKMETER_A_HISTOGRAMS_MEM_WAIT,	/* array of u64 */
	TASKMETER_A_HISTOGRAMS_RECLAIM,		/* array of u64 */
	TASKMETER_A_HISTOGRAMS_COMPACTION,	/* array of u64 */
	TASKMETER_A_HISTOGRAMS_FAULT_WAIT,	/* array of u64 */

	__TASKMETER_A_HISTOGRAMS_MAX,
	TASKMETER_A_HISTOGRAMS_MAX = __TASKMETER_A_HISTOGRAMS_MAX - 1
};

enum {
	TASKMETER_A_CONFIG_METER = 1,		/* u32: 0 or 1 */
	TASKMETER_A_CONFIG_WAKER,		/* u32: 0 or 1 */
	TASKMETER_A_CONFIG_PROBE_TIME,		/* u32: 0 or 1 */
	TASKMETER_A_CONFIG_EXIT_LOG_BYTES,	/* u32 */

	__TASKMETER_A_CONFIG_MAX,
	TASKMETER_A_CONFIG_MAX = __TASKMETER_A_CONFIG_MAX - 1
};

enum {
	TASKMETER_A_EXIT_PAD = 1,
	TASKMETER_A_EXIT_REQUEST,		/* u32, request only */
	TASKMETER_A_EXIT_NUMBER,		/* u64 */
	TASKMETER_A_EXIT_FLAGS,			/* u32 */
	TASKMETER_A_EXIT_TIME_NS,		/* u64 */
	TASKMETER_A_EXIT_STATUS,		/* s32 */
	TASKMETER_A_EXIT_COMMAND_LINE,		/* binary, left out if not known */
	TASKMETER_A_EXIT_CGROUP_PATH,		/* string, see struct taskmeter_cgroup_path */
	TASKMETER_A_EXIT_OOM_RSS_ANON_BYTES,	/* u64 */
	TASKMETER_A_EXIT_OOM_RSS_FILE_BYTES,	/* u64 */
	TASKMETER_A_EXIT_OOM_RSS_SHMEM_BYTES,	/* u64 */
	TASKMETER_A_EXIT_OOM_SWAP_BYTES,	/* u64 */
	TASKMETER_A_EXIT_OOM_TIME_NS,		/* u64 */
	TASKMETER_A_EXIT_TASK,			/* nest */
	TASKMETER_A_EXIT_NEXT,			/* u64 */
	TASKMETER_A_EXIT_LOST,			/* u64 */

	__TASKMETER_A_EXIT_MAX,
	TASKMETER_A_EXIT_MAX = __TASKMETER_A_EXIT_MAX - 1
};

enum {
	TASKMETER_A_TOTAL_PAD = 1,
	TASKMETER_A_TOTAL_KIND,			/* u32, request only */
	TASKMETER_A_TOTAL_FLAGS,		/* u32 */
	TASKMETER_A_TOTAL_ID,			/* u64 */
	TASKMETER_A_TOTAL_CGROUP_PATH,		/* string */
	TASKMETER_A_TOTAL_LAST_NUMBER,		/* u64 */
	TASKMETER_A_TOTAL_EXITS,		/* u64 */
	TASKMETER_A_TOTAL_OOM_KILLS,		/* u64 */
	TASKMETER_A_TOTAL_RUN_NS,		/* u64 */
	TASKMETER_A_TOTAL_USER_NS,		/* u64 */
	TASKMETER_A_TOTAL_SYSTEM_NS,		/* u64 */
	TASKMETER_A_TOTAL_RUN_DELAY_NS,		/* u64 */
	TASKMETER_A_TOTAL_TIMESLICES,		/* u64 */
	TASKMETER_A_TOTAL_VOLUNTARY_SWITCHES,	/* u64 */
	TASKMETER_A_TOTAL_INVOLUNTARY_SWITCHES,	/* u64 */
	TASKMETER_A_TOTAL_MIGRATIONS,		/* u64 */
	TASKMETER_A_TOTAL_MINOR_FAULTS,		/* u64 */
	TASKMETER_A_TOTAL_MAJOR_FAULTS,		/* u64 */
	TASKMETER_A_TOTAL_IO_READ_CHARS_BYTES,	/* u64 */
	TASKMETER_A_TOTAL_IO_WRITE_CHARS_BYTES,	/* u64 */
	TASKMETER_A_TOTAL_IO_READ_SYSCALLS,	/* u64 */
	TASKMETER_A_TOTAL_IO_WRITE_SYSCALLS,	/* u64 */
	TASKMETER_A_TOTAL_IO_READ_BYTES,	/* u64 */
	TASKMETER_A_TOTAL_IO_WRITE_BYTES,	/* u64 */
	TASKMETER_A_TOTAL_IO_CANCELLED_WRITE_BYTES,	/* u64 */
	TASKMETER_A_TOTAL_TRACKED_NS,		/* u64 */
	TASKMETER_A_TOTAL_CPU_WAIT_NS,		/* u64 */
	TASKMETER_A_TOTAL_SLEEP_NS,		/* u64 */
	TASKMETER_A_TOTAL_IO_WAIT_NS,		/* u64 */
	TASKMETER_A_TOTAL_MEM_WAIT_NS,		/* u64 */
	TASKMETER_A_TOTAL_LOCK_WAIT_NS,		/* u64 */
	TASKMETER_A_TOTAL_STOP_NS,		/* u64 */
	TASKMETER_A_TOTAL_WAKEUPS,		/* u64 */
	TASKMETER_A_TOTAL_MEM_STALL_NS,		/* u64 */

	__TASKMETER_A_TOTAL_MAX,
	TASKMETER_A_TOTAL_MAX = __TASKMETER_A_TOTAL_MAX - 1
};

enum {
	TASKMETER_A_SUBSCRIBE_PAD = 1,
	TASKMETER_A_SUBSCRIBE_EVENTS,		/* u32, request only */
	TASKMETER_A_SUBSCRIBE_REQUEST,		/* u32, request only */
	TASKMETER_A_SUBSCRIBE_NEXT,		/* u64 */

	__TASKMETER_A_SUBSCRIBE_MAX,
	TASKMETER_A_SUBSCRIBE_MAX = __TASKMETER_A_SUBSCRIBE_MAX - 1
};

/*
 * Ids and times as in struct taskmeter_record, of the process that it is about. Of an
 * exit there are LOST, if there is any, and EXIT.
 */
enum {
	TASKMETER_A_EVENT_PAD = 1,
	TASKMETER_A_EVENT_LOST,			/* u64: events but exits that were lost since it was told last */
	TASKMETER_A_EVENT_TIME_NS,		/* u64: when it happened, boottime */
	TASKMETER_A_EVENT_PID,			/* u32 */
	TASKMETER_A_EVENT_PPID,			/* u32: of a fork, who forked it */
	TASKMETER_A_EVENT_UID,			/* u32 */
	TASKMETER_A_EVENT_START_TIME_NS,	/* u64 */
	TASKMETER_A_EVENT_CGROUP_ID,		/* u64 */
	TASKMETER_A_EVENT_COMM,			/* string */
	TASKMETER_A_EVENT_COMMAND_LINE,		/* binary, of exec and OOM */
	TASKMETER_A_EVENT_FLAGS,		/* u32: enum taskmeter_exit_flags */
	TASKMETER_A_EVENT_OOM_SCORE_ADJ,	/* s32, of OOM; so the next four */
	TASKMETER_A_EVENT_OOM_RSS_ANON_BYTES,	/* u64 */
	TASKMETER_A_EVENT_OOM_RSS_FILE_BYTES,	/* u64 */
	TASKMETER_A_EVENT_OOM_RSS_SHMEM_BYTES,	/* u64 */
	TASKMETER_A_EVENT_OOM_SWAP_BYTES,	/* u64 */
	TASKMETER_A_EVENT_EXIT,			/* nest: TASKMETER_A_EXIT_* */

	__TASKMETER_A_EVENT_MAX,
	TASKMETER_A_EVENT_MAX = __TASKMETER_A_EVENT_MAX - 1
};

#endif /* _UAPI_LINUX_TASKMETER_H */
