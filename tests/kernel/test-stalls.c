// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is held up because memory runs short: processes in a group with a limit, and
 * nobody else; for as long as PSI says; in one thread or many; when the machine as a
 * whole runs short; and while the meter itself comes and goes.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "load.h"
#include "measure.h"
#include "meter.h"
#include "module.h"
#include "pressure.h"
#include "proc.h"
#include "setting.h"
#include "slab.h"
#include "stall.h"
#include "suite.h"
#include "support.h"

#define GROUP		"taskmeter-stalls"
#define COMPACT		"/proc/sys/vm/compact_memory"
#define HUGE_PAGES	"/proc/sys/vm/nr_hugepages"
#define DISK		"/dev/vda"

static struct setting settings[] = {
	{ HUGE_PAGES, "" },
};

static int device;

static void setup(void)
{
	pressure_one_cpu(false);
	device = device_open();
}

/* How a group is short of memory, and what its process does. */
static const struct shortage {
	const char *what;
	const char *file;
	const char *limit;
	enum pressure_kind kind;
	size_t bytes;
	bool swap;
} shortages[] = {
	{ "reading above memory.high", "memory.high", "16M", PRESSURE_READ,
	  PRESSURE_FILE_BYTES, false },
	{ "reading at memory.max", "memory.max", "16M", PRESSURE_READ, PRESSURE_FILE_BYTES,
	  false },
	{ "above memory.high without swap", "memory.high", "8M", PRESSURE_TOUCH,
	  256 * MEGABYTE, false },
	{ "above memory.high with swap", "memory.high", "24M", PRESSURE_TOUCH, 48 * MEGABYTE,
	  true },
};

#define WITHOUT_SWAP	2

static void make_group(const struct shortage *shortage)
{
	cgroup_make(GROUP);
	if (shortage->swap)
		pressure_swap_on();
	else
		pressure_swap_off();
	cgroup_write(GROUP, shortage->file, shortage->limit);
	printf("%s\n", shortage->what);
}

static void start_short(struct pressure *pressure, const struct shortage *shortage)
{
	make_group(shortage);
	pressure_start(pressure, GROUP, shortage->kind, shortage->bytes);
}

/* Uses memory, and gives it back, without an end. */
static void use_a_little(void *arg)
{
	const size_t bytes = MEGABYTE;
	char *memory;

	(void)arg;
	child_tell();
	for (;;) {
		memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		must(memory != MAP_FAILED);
		memset(memory, 1, bytes);
		must(!munmap(memory, bytes));
		nap_us(2000);
	}
}

static void set_limit(void *arg)
{
	(void)arg;
	child_stay();
	cgroup_write(GROUP, "memory.max", "8M");
	child_stay();
}

/* Who sets a limit reclaims what is above it, but it is not he who lacks memory. */
START_TEST(limit_setting)
{
	struct taskmeter_record record;
	struct pressure pressure;
	struct child setter;

	stall_need(device, TASKMETER_AVAILABLE_MEM_STALL);
	cgroup_make(GROUP);
	pressure_start(&pressure, GROUP, PRESSURE_READ, PRESSURE_FILE_BYTES);
	child_start(&setter, set_limit, NULL);
	child_await(&setter);
	pressure_go(&pressure);
	while (cgroup_value(GROUP, "memory.current", "") < 32 * MEGABYTE)
		sleep_ms(10);
	pressure_pause(&pressure);
	child_order(&setter);
	child_await(&setter);
	child_await_state(setter.pid, "S");
	record = stall_process(device, setter.pid);
	ck_assert_uint_gt(record.memcg_reclaims, 0);
	ck_assert_uint_gt(record.memcg_reclaim_ns, 0);
	ck_assert_uint_eq(record.mem_stall_ns, 0);
	record = stall_process(device, pressure.child.pid);
	stall_check_none(&record, "whose limit is set");
	child_kill(&setter);
	pressure_end(&pressure);
}
END_TEST

#define LEAST_STALL_NS	(400 * NSEC_PER_MSEC)

/* Until it has stalled for long, and been reclaiming, or throttled if it is to be. */
static void await_stalls(const struct pressure *pressure, const struct shortage *shortage)
{
	enum stall_kind kind = STALL_MEMCG_RECLAIM;
	struct taskmeter_record before, record;

	if (shortage->kind == PRESSURE_TOUCH && !shortage->swap)
		kind = STALL_THROTTLE;
	before = stall_process(device, pressure->child.pid);
	do {
		sleep_ms(20);
		record = stall_process(device, pressure->child.pid);
		stall_check_progress(&before, &record, shortage->what);
		stall_check(&record, METER_STAND_STILL_NS, shortage->what);
		before = record;
	} while (record.mem_stall_ns < LEAST_STALL_NS || !stall_of(&record, kind).count ||
		 !stall_of(&record, kind).ns || !record.memcg_reclaims);
}

static void check_rest(pid_t pid, const char *what)
{
	struct taskmeter_histograms histograms;
	struct taskmeter_record record;

	record = stall_histograms(device, pid, &histograms);
	stall_check_rest(&record, what);
	stall_check_histograms(&record, &histograms, what);
}

/*
 * A process that is at the limit of its group reclaims, or is throttled where there
 * is nothing to reclaim; one beside it, outside of the group, is not held up.
 */
START_TEST(inside_and_outside)
{
	const struct shortage *shortage = &shortages[_i];
	struct taskmeter_record inside, outside;
	struct pressure pressure;
	struct child child;

	stall_need(device, TASKMETER_AVAILABLE_MEM_STALL);
	start_short(&pressure, shortage);
	inside = stall_process(device, pressure.child.pid);
	stall_check_none(&inside, "before it begins");
	child_start(&child, use_a_little, NULL);
	child_await(&child);

	pressure_go(&pressure);
	await_stalls(&pressure, shortage);
	pressure_pause(&pressure);
	inside = stall_process(device, pressure.child.pid);
	ck_assert_uint_gt(inside.memcg_reclaims, 0);
	ck_assert_uint_gt(inside.memcg_reclaim_ns, 0);
	ck_assert_uint_ge(inside.mem_stall_ns, inside.memcg_reclaim_ns);
	ck_assert_uint_eq(inside.direct_reclaims, 0);
	check_rest(pressure.child.pid, shortage->what);

	must(!kill(child.pid, SIGSTOP));
	child_await_state(child.pid, "T");
	outside = stall_process(device, child.pid);
	stall_check_none(&outside, "outside");
	ck_assert_uint_gt(outside.minor_faults, 256);
	child_kill(&child);
	pressure_end(&pressure);
}
END_TEST

/* Between two readings of PSI at most one jiffy of each goes astray. */
#define PSI_SLACK_NS	(10 * NSEC_PER_MSEC)

/*
 * PSI counts some of what a thread does on the CPU beside reclaim as a stall: reads
 * from swap being started, and waits for the CPU in between.
 */
static bool agrees_with_psi(const struct shortage *shortage, uint64_t ours, uint64_t psi)
{
	if (shortage->swap)
		return ours <= psi + psi / 20 + PSI_SLACK_NS && ours >= psi - psi / 4;
	return stall_near(ours, psi, PSI_SLACK_NS);
}

/* Over one run of a process in a group of its own. */
static bool measure_pressure(void *data)
{
	const struct shortage *shortage = data;
	struct taskmeter_record before, after;
	struct pressure pressure;
	uint64_t psi, ours;

	start_short(&pressure, shortage);
	if (!pressure_has_psi(GROUP))
		suite_skip("this kernel has no PSI for groups");
	before = stall_process(device, pressure.child.pid);
	psi = pressure_some_ns(GROUP);
	pressure_go(&pressure);
	await_stalls(&pressure, shortage);
	pressure_pause(&pressure);
	psi = pressure_some_ns(GROUP) - psi;
	after = stall_process(device, pressure.child.pid);
	ours = after.mem_stall_ns - before.mem_stall_ns;
	printf("stalled for %" PRIu64 " ns, by PSI %" PRIu64 "; waited %" PRIu64
	       ", reclaimed %" PRIu64 " times for %" PRIu64 "\n", ours, psi,
	       (uint64_t)after.mem_wait_ns, (uint64_t)after.memcg_reclaims,
	       (uint64_t)after.memcg_reclaim_ns);
	pressure_end(&pressure);
	cgroup_remove(GROUP);
	return agrees_with_psi(shortage, ours, psi);
}

/*
 * The stall of the only thread of a group is what memory.pressure of the group says,
 * within 5 % and 10 ms, over 400 ms and more; with swap, not a quarter below.
 */
START_TEST(agrees_with_pressure)
{
	struct shortage shortage = shortages[_i];

	stall_need(device, TASKMETER_AVAILABLE_MEM_STALL);
	pressure_one_cpu(true);
	measure_agreed(measure_pressure, &shortage);
}
END_TEST

/* A stall counts while it lasts: throttled for up to 2 s, it is told to grow. */
START_TEST(while_it_lasts)
{
	const struct shortage *shortage = &shortages[WITHOUT_SWAP];
	struct taskmeter_record first, second;
	struct pressure pressure;
	uint64_t elapsed;
	pid_t pid;

	stall_need(device, TASKMETER_AVAILABLE_MEM_STALL);
	start_short(&pressure, shortage);
	pid = pressure.child.pid;
	pressure_go(&pressure);
	/* Again, if it went on in between. */
	do {
		meter_await_state(device, pid, pid, TASKMETER_STATE_MEMORY);
		first = stall_thread(device, pid, pid);
		sleep_ms(100);
		second = stall_thread(device, pid, pid);
	} while (first.current_state != TASKMETER_STATE_MEMORY ||
		 second.current_state != TASKMETER_STATE_MEMORY ||
		 second.timeslices != first.timeslices);
	elapsed = second.tracked_ns - first.tracked_ns;
	must(meter_near(second.mem_stall_ns - first.mem_stall_ns, elapsed, STALL_SLACK_NS));
	must(meter_near(second.throttle_wait_ns - first.throttle_wait_ns, elapsed,
			STALL_SLACK_NS));
	ck_assert_uint_eq(second.throttle_wait_max_ns, first.throttle_wait_max_ns);
	pressure_end(&pressure);
}
END_TEST

#define THREADS		4

/* Threads that reclaim until they are to rest, and end one by one. */
static struct reclaiming {
	_Atomic bool rest;
	_Atomic int resting;
	_Atomic bool end[THREADS];
} *reclaiming;

static void *reclaim_and_end(void *arg)
{
	uintptr_t index = (uintptr_t)arg;
	struct pressure_work work;

	pressure_work_begin(&work, PRESSURE_READ, PRESSURE_FILE_BYTES);
	/* Each from a place of its own, lest one reads what another has fetched. */
	work.at = PRESSURE_FILE_BYTES / THREADS * index;
	while (!reclaiming->rest)
		pressure_work_step(&work);
	reclaiming->resting++;
	while (!reclaiming->end[index])
		nap_us(20000);
	return NULL;
}

static void reclaim_in_threads(void *arg)
{
	pthread_t threads[THREADS];

	cgroup_add(arg, getpid());
	for (uintptr_t i = 0; i < THREADS; i++)
		must(!pthread_create(&threads[i], NULL, reclaim_and_end, (void *)i));
	child_stay();
	reclaiming->rest = true;
	while (reclaiming->resting < THREADS)
		nap_us(1000);
	child_stay();
	for (int i = 0; i < THREADS; i++) {
		reclaiming->end[i] = true;
		must(!pthread_join(threads[i], NULL));
		child_stay();
	}
}

/* Adds what can be added; of maxima, the greatest. */
static void add_stall(struct stall *sum, const struct stall *part)
{
	sum->count += part->count;
	sum->ns += part->ns;
	if (part->max_ns > sum->max_ns)
		sum->max_ns = part->max_ns;
}

static void check_is_sum(pid_t pid, size_t threads)
{
	struct taskmeter_record process = stall_process(device, pid), record;
	struct stall sums[STALL_KINDS] = { 0 }, stall;
	pid_t tids[THREADS + 1];
	uint64_t mem_stall_ns = 0;

	ck_assert_uint_eq(proc_threads(pid, tids, ARRAY_SIZE(tids)), threads);
	for (size_t i = 0; i < threads; i++) {
		record = stall_thread(device, pid, tids[i]);
		stall_check_rest(&record, "a thread");
		mem_stall_ns += record.mem_stall_ns;
		for (size_t kind = 0; kind < STALL_KINDS; kind++) {
			stall = stall_of(&record, kind);
			add_stall(&sums[kind], &stall);
		}
	}
	for (size_t kind = 0; kind < STALL_KINDS; kind++) {
		stall = stall_of(&process, kind);
		if (stall.count != sums[kind].count || stall.ns != sums[kind].ns ||
		    stall.max_ns != sums[kind].max_ns)
			test_fail("%s: %" PRIu64 " of %" PRIu64 " ns, longest %" PRIu64
				  "; of all threads %" PRIu64 ", %" PRIu64 ", %" PRIu64,
				  stall_name(kind), stall.count, stall.ns, stall.max_ns,
				  sums[kind].count, sums[kind].ns, sums[kind].max_ns);
	}
	ck_assert_uint_eq(process.mem_stall_ns, mem_stall_ns);
}

#define RECLAIMS	200

/*
 * The stalls of a process are those of its threads, and stay in it when these have
 * exited, the histograms as well; nothing goes back on the way.
 */
START_TEST(process_is_sum)
{
	struct taskmeter_record last, record;
	struct child child;

	stall_need(device, TASKMETER_AVAILABLE_MEMCG_RECLAIM);
	reclaiming = shared_alloc(sizeof(*reclaiming));
	cgroup_make(GROUP);
	cgroup_write(GROUP, "memory.max", "16M");
	pressure_file_forget();
	child_start(&child, reclaim_in_threads, GROUP);
	child_await(&child);
	last = stall_process(device, child.pid);
	do {
		record = stall_process(device, child.pid);
		stall_check_progress(&last, &record, "threads at work");
		stall_check(&record, THREADS * METER_STAND_STILL_NS, "threads at work");
		last = record;
	} while (record.memcg_reclaims < RECLAIMS);
	child_order(&child);
	child_await(&child);
	child_await_state(child.pid, "S");
	check_is_sum(child.pid, THREADS + 1);
	check_rest(child.pid, "threads at rest");
	for (int i = 0; i < THREADS; i++) {
		last = stall_process(device, child.pid);
		child_order(&child);
		child_await(&child);
		child_await_state(child.pid, "S");
		record = stall_process(device, child.pid);
		stall_check_progress(&last, &record, "a thread has gone");
		ck_assert_uint_ge(record.mem_stall_ns, last.mem_stall_ns);
		check_rest(child.pid, "a thread has gone");
	}
	must(record.flags == 0);
	child_kill(&child);
}
END_TEST

static struct compacting {
	_Atomic uint64_t elapsed_ns;
} *compacting;

static void compact(void *arg)
{
	uint64_t start;

	(void)arg;
	for (;;) {
		child_stay();
		start = clock_ns(CLOCK_MONOTONIC);
		file_write(COMPACT, "1");
		compacting->elapsed_ns = clock_ns(CLOCK_MONOTONIC) - start;
	}
}

#define COMPACTIONS	5

/* Who has memory compacted does so itself, once in each zone, in the time it takes. */
START_TEST(compaction)
{
	const unsigned int zones = pressure_zones();
	struct taskmeter_record first, last, now;
	uint64_t elapsed = 0;
	struct stall stall;
	struct child child;

	stall_need(device, TASKMETER_AVAILABLE_COMPACTION);
	ck_assert_uint_gt(zones, 0);
	compacting = shared_alloc(sizeof(*compacting));
	child_start(&child, compact, NULL);
	child_await(&child);
	child_await_state(child.pid, "S");
	first = stall_process(device, child.pid);
	stall_check_none(&first, "before");
	last = first;
	for (int i = 0; i < COMPACTIONS; i++) {
		child_order(&child);
		child_await(&child);
		child_await_state(child.pid, "S");
		now = stall_process(device, child.pid);
		stall = stall_since(&last, &now, STALL_COMPACTION);
		printf("%" PRIu64 " compactions in %" PRIu64 " of %" PRIu64 " ns\n", stall.count,
		       stall.ns, compacting->elapsed_ns);
		ck_assert_uint_eq(stall.count, zones);
		ck_assert_uint_gt(stall.ns, 0);
		ck_assert_uint_le(stall.ns, compacting->elapsed_ns + STALL_SLACK_NS);
		elapsed += compacting->elapsed_ns;
		last = now;
	}
	ck_assert_uint_eq(last.direct_reclaims + last.memcg_reclaims, 0);
	ck_assert_uint_le(last.compaction_ns, elapsed + STALL_SLACK_NS);
	/* It asked for that, and lacks nothing. */
	ck_assert_uint_eq(last.mem_stall_ns, 0);
	check_rest(child.pid, "compaction");
	child_kill(&child);
}
END_TEST

#define EATERS		4
#define EATEN_BYTES	(40 * MEGABYTE)
/* What is left to them and to all others, half of it to fill with what can go again. */
#define LEFT_BYTES	(256 * MEGABYTE)
#define MOST_BYTES	(8192 * MEGABYTE)
#define ALLOCSTALLS	100
#define PATIENCE_MS	20000

static _Atomic bool *eaters_may;

static void read_disk(unsigned int part, size_t bytes)
{
	static char block[MEGABYTE];
	int fd = open(DISK, O_RDONLY | O_CLOEXEC);

	must(fd >= 0);
	for (size_t at = 0; at < bytes; at += sizeof(block))
		must(pread(fd, block, sizeof(block), part * bytes + at) > 0);
	close(fd);
}

/* Takes memory that is full of the disk's pages, and fills it with them again. */
static void eat(void *arg)
{
	unsigned int part = *(unsigned int *)arg;
	char *memory;

	/* Before anybody else, should it come to that. */
	file_write("/proc/self/oom_score_adj", "1000");
	child_stay();
	while (*eaters_may) {
		memory = mmap(NULL, EATEN_BYTES, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		must(memory != MAP_FAILED);
		for (size_t i = 0; i < EATEN_BYTES && *eaters_may; i += 4096)
			((volatile char *)memory)[i] = 1;
		must(!munmap(memory, EATEN_BYTES));
		read_disk(part, EATEN_BYTES);
	}
	child_stay();
}

/*
 * Huge pages that nobody uses hold nearly all memory: nothing can reclaim them, and
 * nobody has to fill them.
 */
static void occupy_memory(void)
{
	uint64_t available, page;
	char text[32];

	if (!pressure_meminfo("Hugepagesize", &page) || access(HUGE_PAGES, W_OK))
		suite_skip("this kernel has no huge pages to hold memory with");
	must(pressure_meminfo("MemFree", &available));
	if (available > MOST_BYTES)
		suite_skip("this machine has too much memory");
	if (available > LEFT_BYTES) {
		snprintf(text, sizeof(text), "%" PRIu64, (available - LEFT_BYTES) / page);
		file_write(HUGE_PAGES, text);
	}
	must(pressure_meminfo("MemFree", &available));
	printf("%" PRIu64 " bytes free\n", available);
	if (available > 2 * LEFT_BYTES)
		suite_skip("too much memory is left");
}

/* Who reclaims in the background has to come too late: only when all others rest. */
static void set_kswapd_policy(int policy)
{
	const struct sched_param parameter = { .sched_priority = 0 };
	struct records records;
	int reader = device_open();

	device_snapshot(reader, NULL, 64, &records);
	close(reader);
	for (size_t i = 0; i < records.count; i++)
		if (!strncmp(records.record[i].comm, "kswapd", strlen("kswapd")) &&
		    records.record[i].flags & TASKMETER_RECORD_KERNEL)
			sched_setscheduler(records.record[i].pid, policy, &parameter);
	records_free(&records);
}

/* Of all processes, but for what came and went in between. */
static uint64_t direct_reclaims(const struct records *before, const struct records *after)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < after->count; i++) {
		const struct taskmeter_record *now = &after->record[i];
		const struct taskmeter_record *first = records_find(before, now->pid);

		sum += now->direct_reclaims;
		if (first && first->start_time_ns == now->start_time_ns)
			sum -= first->direct_reclaims;
	}
	return sum;
}

static void snapshot_all(struct records *records)
{
	const struct taskmeter_snapshot filter = { .flags = TASKMETER_SNAPSHOT_STALLS };

	device_snapshot(device, &filter, 64, records);
}

static void eat_until_reclaimed(struct child *eaters, uint64_t before)
{
	int ms = 0;

	*eaters_may = true;
	for (size_t i = 0; i < EATERS; i++)
		child_order(&eaters[i]);
	while (pressure_vmstat("allocstall_") < before + ALLOCSTALLS && ms < PATIENCE_MS) {
		sleep_ms(50);
		ms += 50;
	}
	*eaters_may = false;
	for (size_t i = 0; i < EATERS; i++) {
		child_await(&eaters[i]);
		child_await_state(eaters[i].pid, "S");
	}
}

/*
 * When the machine has no memory left, those who need some reclaim it: as often, all
 * together, as the kernel counts. It counts a second try of one reclaim again.
 */
START_TEST(direct_reclaim)
{
	struct records before, after;
	struct child eaters[EATERS];
	uint64_t ours, kernel;

	stall_need(device, TASKMETER_AVAILABLE_DIRECT_RECLAIM);
	if (access(DISK, R_OK))
		suite_skip("there is no disk to fill memory with");
	pressure_swap_off();
	eaters_may = shared_alloc(sizeof(*eaters_may));
	for (unsigned int i = 0; i < EATERS; i++) {
		child_start(&eaters[i], eat, &i);
		child_await(&eaters[i]);
	}
	occupy_memory();
	read_disk(0, LEFT_BYTES);
	set_kswapd_policy(SCHED_IDLE);
	kernel = pressure_vmstat("allocstall_");
	snapshot_all(&before);
	eat_until_reclaimed(eaters, kernel);
	snapshot_all(&after);
	kernel = pressure_vmstat("allocstall_") - kernel;
	ours = direct_reclaims(&before, &after);
	printf("%" PRIu64 " direct reclaims, by the kernel %" PRIu64 "\n", ours, kernel);
	for (size_t i = 0; i < EATERS; i++)
		check_rest(eaters[i].pid, "direct reclaim");
	children_kill(eaters, EATERS);
	if (kernel < ALLOCSTALLS)
		suite_skip("memory did not run short enough");
	/* The reader may reclaim itself, between one look and the other. */
	ck_assert_uint_le(ours, kernel + EATERS);
	ck_assert_uint_ge(ours + EATERS, kernel - kernel / 10);
	records_free(&before);
	records_free(&after);
}
END_TEST

/* Lest it is open in children, which would hold the module. */
static void device_close(void)
{
	if (device >= 0)
		close(device);
	device = -1;
}

static void await_reclaims(pid_t pid, const char *what)
{
	struct taskmeter_record record;

	do {
		sleep_ms(10);
		record = stall_process(device, pid);
		stall_check(&record, METER_STAND_STILL_NS, what);
	} while (record.memcg_reclaims < 20);
	must(record.flags & TASKMETER_RECORD_PARTIAL);
}

#define LOADS	8

/*
 * The module is unloaded and loaded while a process reclaims all the time: what was
 * begun before counts as nothing absurd, and nothing is left.
 */
START_TEST(reload_in_reclaim)
{
	struct pressure pressure;

	stall_need(device, TASKMETER_AVAILABLE_MEMCG_RECLAIM);
	device_close();
	start_short(&pressure, &shortages[_i]);
	pressure_go(&pressure);
	for (int i = 0; i < LOADS; i++) {
		sleep_ms(100);
		module_unload();
		slab_check_none("unloaded");
		module_load("");
		device = device_open();
		await_reclaims(pressure.child.pid, "loaded");
		device_close();
	}
	device = device_open();
	pressure_pause(&pressure);
	check_rest(pressure.child.pid, "loaded");
	ck_assert_uint_eq(device_info(device).allocation_failures, 0);
	pressure_end(&pressure);
}
END_TEST

static void check_off(pid_t pid)
{
	struct taskmeter_record record;

	must(device_get(device, pid, pid, TASKMETER_SNAPSHOT_STALLS, &record));
	must(!(record.available & stall_bits()));
	stall_check_none(&record, "meter off");
	ck_assert_uint_eq(record.fault_waits, 0);
	/* What the kernel counts by itself is still there. */
	must(record.available & TASKMETER_AVAILABLE_MEMORY);
	ck_assert_uint_gt(record.minor_faults, 0);
}

/* The same with the meter, which is switched off and on. */
START_TEST(switch_in_reclaim)
{
	struct pressure pressure;

	stall_need(device, TASKMETER_AVAILABLE_MEMCG_RECLAIM);
	start_short(&pressure, &shortages[_i]);
	pressure_go(&pressure);
	for (int i = 0; i < LOADS; i++) {
		sleep_ms(100);
		meter_config(TASKMETER_A_CONFIG_METER, 0);
		slab_check_off("meter off");
		must(!(device_info(device).available & TASKMETER_AVAILABLE_STALLS));
		check_off(pressure.child.pid);
		meter_config(TASKMETER_A_CONFIG_METER, 1);
		await_reclaims(pressure.child.pid, "meter on");
	}
	pressure_pause(&pressure);
	check_rest(pressure.child.pid, "meter on");
	ck_assert_uint_eq(device_info(device).allocation_failures, 0);
	pressure_end(&pressure);
}
END_TEST

static void make_files(void)
{
	settings_save(settings, ARRAY_SIZE(settings));
	pressure_file_make();
}

static void leave_nothing(void)
{
	pressure_one_cpu(false);
	cgroup_remove(GROUP);
	pressure_file_remove();
	pressure_swap_off();
	settings_restore(settings, ARRAY_SIZE(settings));
	if (!module_loaded())
		module_load_default();
	meter_config(TASKMETER_A_CONFIG_METER, 1);
}

static void leave_machine(void)
{
	leave_nothing();
	set_kswapd_policy(SCHED_OTHER);
}

/* Whatever a test before left. */
static void setup_loaded(void)
{
	if (!module_loaded())
		module_load_default();
	meter_config(TASKMETER_A_CONFIG_METER, 1);
	setup();
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("stalls");
	TCase *stalls = test_case_add(suite, "stalls", 120);
	TCase *machine = test_case_add(suite, "machine", 90);
	TCase *reload = test_case_add(suite, "reload", 120);
	/* With the first two, a process reclaims nearly always. */
	const int reclaiming_all_the_time = 2;

	tcase_add_unchecked_fixture(stalls, make_files, leave_nothing);
	tcase_add_checked_fixture(stalls, setup, NULL);
	tcase_add_test(stalls, limit_setting);
	tcase_add_loop_test(stalls, inside_and_outside, 0, ARRAY_SIZE(shortages));
	tcase_add_loop_test(stalls, agrees_with_pressure, 0, ARRAY_SIZE(shortages));
	tcase_add_test(stalls, while_it_lasts);
	tcase_add_test(stalls, process_is_sum);

	tcase_add_unchecked_fixture(machine, make_files, leave_machine);
	tcase_add_checked_fixture(machine, setup, NULL);
	tcase_add_test(machine, compaction);
	tcase_add_test(machine, direct_reclaim);

	tcase_add_unchecked_fixture(reload, make_files, leave_nothing);
	tcase_add_checked_fixture(reload, setup_loaded, NULL);
	tcase_add_loop_test(reload, reload_in_reclaim, 0, reclaiming_all_the_time);
	tcase_add_loop_test(reload, switch_in_reclaim, 0, reclaiming_all_the_time);
	return suite_main(suite, argc, argv);
}
