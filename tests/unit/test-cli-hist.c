// SPDX-License-Identifier: GPL-2.0-or-later
/* The taskmeter command: histograms as drawn, settings, and the module's own account. */
#include "cli-module.h"
#include "cli/chart.h"
#include "cli/waits.h"

#include <json-c/json.h>

#define MS	1000000ULL
#define S	1000000000ULL

START_TEST(test_usage)
{
	static const struct {
		const char *line;
		const char *message;
	} lines[] = {
		{ "hist", "hist takes one process id" },
		{ "hist 1 2", "hist takes one process id" },
		{ "hist x", "'x' is not a process id" },
		{ "hist -i 0 1", "'0' is not an interval" },
		{ "hist -k disk 1", "the kinds are cpu, io, memory, reclaim, compaction, fault and all" },
		{ "hist -w x 1", "'x' is not a width" },
		{ "hist -k reclaim -T 7", "known of processes only, not of a thread" },
		{ "hist -T --kind=fault 7", "known of processes only, not of a thread" },
		{ "hist --bukets 1", "did you mean '--buckets'" },
		{ "set", "set takes a setting, and on or off" },
		{ "set meter", "set takes a setting, and on or off" },
		{ "set meter on off", "set takes a setting, and on or off" },
		{ "set meter 1", "'1' is neither on nor off" },
		{ "set metre on", "did you mean 'meter'" },
		{ "set xyzzy on", "the settings are meter, waker, probe-time and exit-log-bytes" },
		{ "set --json meter on", "set has no option '--json'" },
		{ "set exit-log-bytes", "set takes a setting, and on or off, or a size" },
		{ "set exit-log-bytes on", "'on' is not a size from 64K to 1G" },
		{ "set exit-log-bytes 65535", "is not a size from 64K to 1G" },
		{ "set exit-log-bytes 1025M", "is not a size from 64K to 1G" },
		{ "set exit-log-bytes 2G", "is not a size from 64K to 1G" },
		{ "set exit-log-bytes 17179869184G", "is not a size from 64K to 1G" },
		{ "set exit-log-bytes M", "is not a size from 64K to 1G" },
		{ "set exit-log-bytes 1MM", "is not a size from 64K to 1G" },
		{ "set exit-log-bytes -1", "has no option '-1'" },
		{ "set exit-log-bytes 1T", "is not a size from 64K to 1G" },
		{ "set exit-log-byte 1M", "did you mean 'exit-log-bytes'" },
	};

	if ((size_t)_i < sizeof(lines) / sizeof(*lines))
		run_fails(lines[_i].line, CLI_USAGE, lines[_i].message);
	else
		ck_assert_uint_eq(sizeof(lines) / sizeof(*lines), 27);
}
END_TEST

START_TEST(test_status)
{
	run_fails("hist 99", CLI_FAILED, "there is no process 99");
	run_fails("hist -T 99", CLI_FAILED, "there is no thread 99");
	module.info_flags = 0;
	run_fails("hist 99", CLI_NOT_PERMITTED, "CAP_PERFMON");
	module.open_error = -ENODEV;
	run_fails("hist 7", CLI_NO_MODULE, "modprobe taskmeter");
	run_fails("set meter on", CLI_NO_MODULE, "modprobe taskmeter");
}
END_TEST

START_TEST(test_old_module)
{
	module.info_size = TASKMETER_INFO_SIZE_VER1;
	module.record_size = TASKMETER_RECORD_SIZE_VER1;
	run_succeeds("info");
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"meter            none: the module is older"));
	run_fails("hist 7", CLI_FAILED, "too old");
	run_fails("set meter on", CLI_FAILED, "too old");
	module.info_size = TASKMETER_INFO_SIZE_VER2;
	run_succeeds("info");
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"exit log         none: the module is older than 0.4.0\n"));
	run_fails("set exit-log-bytes 1M", CLI_FAILED, "older than 0.4.0");
}
END_TEST

START_TEST(test_not_tracked)
{
	module.records[1].available = 0;
	run_fails("hist 7", CLI_FAILED, "no memory for it");
	module.info_flags = TASKMETER_INFO_PRIVILEGED;
	run_fails("hist 7", CLI_FAILED, "'taskmeter set meter on'");
}
END_TEST

/* Waits for a CPU around 2 us and 16 us, one of more than a minute. */
static void fill(void)
{
	__u64 *buckets = module.histograms[1].cpu_wait;

	buckets[4] = 30;
	buckets[5] = 10;
	buckets[6] = 20;
	buckets[7] = 4;
	buckets[16] = 32;
	buckets[17] = 1;
	module.records[1].cpu_wait_ns = 3 * S;
	module.records[1].cpu_wait_max_ns = 1500 * MS;
}

START_TEST(test_drawing)
{
	fill();
	run_succeeds("hist 7 -k cpu -w 44");
	ck_assert_str_eq(outcome.out,
		"process 7: bash\n\n"
		"waits for a CPU\n"
		"count 97, sum 3.0 s, p50 3.3 us, p90 18.4 us, p99 22.5 us, max 1.5 s\n"
		"    from       to    count\n"
		"   2.0us    4.0us       64  \u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\n"
		"   4.0us    8.1us        0\n"
		"   8.1us   16.3us        0\n"
		"  16.3us   32.7us       33  \u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u258e\n");
	world.utf8 = false;
	run_succeeds("hist 7 -k cpu -w 44 --buckets");
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"   2.0us    2.5us       30  ###############\n"
		"   2.5us    3.0us       10  #####\n"
		"   3.0us    3.5us       20  ##########\n"
		"   3.5us    4.0us        4  ##\n"
		"   4.0us    5.1us        0\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"  16.3us   20.4us       32  ################\n"
		"  20.4us   24.5us        1  #\n"));
}
END_TEST

/* The first and the last bucket are open, and one wait among millions is seen. */
START_TEST(test_open_ends)
{
	module.histograms[1].cpu_wait[0] = 50000000;
	module.histograms[1].cpu_wait[TASKMETER_CPU_WAIT_BUCKETS - 1] = 1;
	run_succeeds("hist 7 -k cpu -w 0");
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"\n       0    2.0us    50.0M  \u2588\u2588"));
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"\n   34.3s   longer        1  \u258f\n"));
}
END_TEST

/* As many lines as asked for are drawn within the width; no less than can be. */
START_TEST(test_chart_width)
{
	static const unsigned int widths[] = { 1, 38, 39, 80, 200 };
	unsigned int width = widths[_i], longest = 0, at = 0;
	const char *character;
	char line[32];

	fill();
	world.utf8 = false;
	snprintf(line, sizeof(line), "hist 7 -k cpu -w %u", width);
	run_succeeds(line);
	for (character = strstr(outcome.out, "    from"); *character; character++) {
		at = *character == '\n' ? 0 : at + 1;
		longest = at > longest ? at : longest;
	}
	ck_assert_uint_eq(longest, width < 38 ? 38 : width);
}
END_TEST

START_TEST(test_kinds)
{
	fill();
	module.histograms[1].io_wait[3] = 2;
	module.records[1].available &= ~(uint64_t)TASKMETER_AVAILABLE_MEM_WAIT;
	run_succeeds("hist 7");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\nwaits for a CPU\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\nwaits for I/O\ncount 2,"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\nwaits for memory: not available\n"));
	run_succeeds("hist 30 -k io");
	ck_assert_str_eq(outcome.out, "process 30: bash\n\nwaits for I/O: none\n");
	run_succeeds("hist -T 7 --kind io");
	ck_assert_uint_eq(module.get_flags, TASKMETER_SNAPSHOT_THREADS);
	ck_assert_ptr_null(strstr(outcome.out, "a CPU"));
}
END_TEST

/* Reclaim of both kinds, whose longest is that of the cgroup. */
static void fill_stalls(void)
{
	struct taskmeter_record *record = &module.records[1];

	module.histograms[1].reclaim[0] = 3;
	module.histograms[1].reclaim[8] = 1;
	module.histograms[1].fault_wait[4] = 5;
	record->mem_stall_ns = 100 * MS;
	record->tracked_ns = 400 * MS;
	record->direct_reclaims = 2;
	record->direct_reclaim_ns = 70 * MS;
	record->direct_reclaim_max_ns = 40 * MS;
	record->direct_reclaim_max_time_ns = 5 * S;
	record->memcg_reclaims = 2;
	record->memcg_reclaim_ns = 30 * MS;
	record->memcg_reclaim_max_ns = 50 * MS;
	record->memcg_reclaim_max_time_ns = 6 * S;
	record->fault_waits = 5;
	record->fault_wait_ns = 5 * MS;
	record->fault_wait_max_ns = 2 * MS;
	record->throttle_wait_ns = 7 * MS;
	record->available &= ~(uint64_t)TASKMETER_AVAILABLE_COMPACTION;
}

START_TEST(test_stalls)
{
	const char *at;

	fill_stalls();
	run_succeeds("hist 7 -k reclaim -w 44");
	ck_assert_uint_eq(module.get_flags & TASKMETER_SNAPSHOT_STALLS,
			  TASKMETER_SNAPSHOT_STALLS);
	at = strstr(outcome.out, "\n\nreclaim of memory\ncount 4, sum 100 ms, ");
	ck_assert_ptr_nonnull(at);
	ck_assert_ptr_nonnull(strstr(at, ", max 50.0 ms ("));
	ck_assert_ptr_nonnull(strstr(at, "       0   65.5us        3  \u2588"));
	ck_assert_ptr_null(strstr(outcome.out, "waits for"));
	run_succeeds("hist 7 -k fault");
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"\n\nwaits of major page faults\ncount 5, sum 5.0 ms, "));
	run_succeeds("hist 7");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\ncompaction of memory: not available\n"));
	run_succeeds("hist 30 -k compaction");
	ck_assert_str_eq(outcome.out, "process 30: bash\n\ncompaction of memory: none\n");
	run_succeeds("hist 7 -k io");
	ck_assert_uint_eq(module.get_flags & TASKMETER_SNAPSHOT_STALLS, 0);
	run_succeeds("hist 7 --csv -k reclaim");
	ck_assert_str_eq(outcome.out, "kind,from_ns,to_ns,count\n"
			 "reclaim,0,40960,3\nreclaim,131072,163840,1\n");
}
END_TEST

static void a_longer_reclaim(void)
{
	module.histograms[1].reclaim[8] += 1;
	module.records[1].direct_reclaim_ns += 60 * MS;
	module.records[1].direct_reclaim_max_ns = 60 * MS;
}

START_TEST(test_stalls_in_an_interval)
{
	fill_stalls();
	module.meanwhile = a_longer_reclaim;
	run_succeeds("hist 7 -k reclaim -i 1");
	ck_assert_ptr_nonnull(strstr(outcome.out, "count 1, sum 60.0 ms, "));
	ck_assert_ptr_nonnull(strstr(outcome.out, ", max 60.0 ms ("));
}
END_TEST

/* Of a thread there are records of its stalls, but no histograms. */
START_TEST(test_stalls_of_a_thread)
{
	struct json_object *document;

	fill_stalls();
	module.records[1].flags = TASKMETER_RECORD_THREAD;
	run_succeeds("hist -T 7");
	ck_assert_uint_eq(module.get_flags, TASKMETER_SNAPSHOT_THREADS);
	ck_assert_ptr_nonnull(strstr(outcome.out, "\nwaits for memory: none\n"
		"\nReclaim, compaction and page faults are known of processes only.\n"));
	ck_assert_ptr_null(strstr(outcome.out, "reclaim of memory"));
	run_succeeds("hist -T 7 --json");
	document = json_tokener_parse(outcome.out);
	ck_assert_ptr_null(json_object_object_get(document, "reclaim"));
	ck_assert_ptr_nonnull(json_object_object_get(document, "cpu_wait"));
	json_object_put(document);
	run_succeeds("show -T 7");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n  direct reclaim                   2 "));
	run_succeeds("show -T 7 --json");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\"direct_reclaims\":2,"));
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"\"reclaim\":null,\"compaction\":null,\"fault_wait\":null}"));
}
END_TEST

/* One of before the stalls is drawn as far as it goes; asked for them alone it fails. */
START_TEST(test_module_without_stalls)
{
	fill();
	module.record_size = TASKMETER_RECORD_SIZE_VER2;
	run_succeeds("hist 7");
	ck_assert_uint_eq(module.get_flags, 0);
	ck_assert_ptr_nonnull(strstr(outcome.out, "\nwaits for a CPU\ncount 97,"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\nreclaim of memory: not available\n"));
	run_fails("hist 7 -k fault", CLI_FAILED, "too old for memory stalls");
	run_succeeds("show 7");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\nmemory stalls\n"
		"  Not available: the module is older than this program.\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n  a CPU          97 "));
}
END_TEST

START_TEST(test_show_stalls)
{
	const char *at;

	fill_stalls();
	module.records[1].direct_reclaim_max_time_ns = 0;
	run_succeeds("show 7");
	ck_assert_uint_eq(module.get_flags, TASKMETER_SNAPSHOT_STALLS);
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n\nmemory stalls\n"
		"  stalled in total          100 ms           25.0 %\n\n"
		"stalls by                      count     time      max  at\n"
		"  direct reclaim                   2   70.0ms   40.0ms\n"
		"  cgroup reclaim                   2   30.0ms   50.0ms  "));
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"\n  compaction                not available\n"
		"  major page faults                5    5.0ms    2.0ms\n"
		"  refaults (thrashing)          none\n"
		"  throttled (memory.high)          0    7.0ms        0\n"));
	at = strstr(outcome.out, "\n  NUMA migrations");
	ck_assert_ptr_nonnull(at);
	ck_assert_ptr_nonnull(strstr(at, "\n  preferred NUMA node       0\n"
		"  pages moved there         0\n"));
	module.records[1].numa_preferred_node = -1;
	run_succeeds("show 7");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n  preferred NUMA node       none\n"));
	module.records[1].available &= ~(uint64_t)(TASKMETER_AVAILABLE_NUMA_BALANCING |
						   TASKMETER_AVAILABLE_MEM_STALL);
	run_succeeds("show 7");
	ck_assert_ptr_null(strstr(outcome.out, "preferred NUMA node"));
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"\n  stalled in total          not available\n"));
}
END_TEST

static void three_more(void)
{
	module.histograms[1].cpu_wait[4] += 1;
	module.histograms[1].cpu_wait[12] += 2;
	module.records[1].cpu_wait_ns += 25 * MS;
}

static void a_record(void)
{
	three_more();
	module.records[1].cpu_wait_max_ns = 2 * S;
}

/* Only what is new; its longest wait is known only if it is the longest ever. */
START_TEST(test_interval)
{
	fill();
	module.meanwhile = three_more;
	run_succeeds("hist 7 -k cpu -i 2.5");
	ck_assert_uint_eq(module.wait_ns, 2500 * MS);
	ck_assert_ptr_nonnull(strstr(outcome.out, "\nthe last 2.5 s\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "count 3, sum 25.0 ms, "));
	ck_assert_ptr_nonnull(strstr(outcome.out, "max below 10.2 us\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "   2.0us    4.0us        1  "));
	module.meanwhile = a_record;
	run_succeeds("hist 7 -k cpu -i 1");
	ck_assert_ptr_nonnull(strstr(outcome.out, "max 2.0 s\n"));
	module.meanwhile = NULL;
	run_succeeds("hist 7 -k cpu -i 1");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\nwaits for a CPU: none\n"));
}
END_TEST

static void gone(void)
{
	module.count = 1;
}

static void replaced(void)
{
	module.records[1].start_time_ns++;
}

START_TEST(test_interval_of_one_that_ends)
{
	module.meanwhile = gone;
	run_fails("hist 7 -i 1", CLI_FAILED, "process 7 ended before the interval did");
	module.count = 3;
	module.meanwhile = replaced;
	run_fails("hist 7 -i 1", CLI_FAILED, "process 7 ended before the interval did");
}
END_TEST

static struct json_object *member(struct json_object *object, const char *name)
{
	struct json_object *value;

	ck_assert_msg(json_object_object_get_ex(object, name, &value), "%s", name);
	return value;
}

START_TEST(test_json)
{
	struct json_object *document, *waits, *bucket;

	fill();
	module.records[1].cpu_wait_max_time_ns = 5 * S;
	module.histograms[1].cpu_wait[TASKMETER_CPU_WAIT_BUCKETS - 1] = 1;
	module.records[1].available &= ~(uint64_t)TASKMETER_AVAILABLE_MEM_WAIT;
	run_succeeds("hist 7 --json");
	document = json_tokener_parse(outcome.out);
	ck_assert_int_eq(json_object_get_int(member(document, "pid")), 7);
	ck_assert_ptr_null(member(document, "interval_ns"));
	ck_assert_ptr_null(member(document, "mem_wait"));
	ck_assert_ptr_null(member(member(document, "io_wait"), "p99_ns"));
	waits = member(document, "cpu_wait");
	ck_assert_int_eq(json_object_get_int(member(waits, "count")), 98);
	ck_assert_uint_eq(json_object_get_uint64(member(waits, "sum_ns")), 3 * S);
	ck_assert_uint_eq(json_object_get_uint64(member(waits, "max_time_ns")), 5 * S);
	waits = member(waits, "buckets");
	ck_assert_uint_eq(json_object_array_length(waits), 7);
	bucket = json_object_array_get_idx(waits, 1);
	ck_assert_int_eq(json_object_get_int(member(bucket, "from_ns")), 2560);
	ck_assert_int_eq(json_object_get_int(member(bucket, "to_ns")), 3072);
	ck_assert_int_eq(json_object_get_int(member(bucket, "count")), 10);
	bucket = json_object_array_get_idx(waits, 6);
	ck_assert_ptr_null(member(bucket, "to_ns"));
	json_object_put(document);
	run_succeeds("hist 7 --json -k io -i 1");
	document = json_tokener_parse(outcome.out);
	ck_assert_uint_eq(json_object_get_uint64(member(document, "interval_ns")), S);
	ck_assert(!json_object_object_get_ex(document, "cpu_wait", NULL));
	json_object_put(document);
}
END_TEST

START_TEST(test_csv)
{
	module.histograms[1].cpu_wait[0] = 3;
	module.histograms[1].io_wait[TASKMETER_IO_WAIT_BUCKETS - 1] = 1;
	run_succeeds("hist 7 --csv");
	ck_assert_str_eq(outcome.out, "kind,from_ns,to_ns,count\n"
			 "cpu_wait,0,1280,3\nio_wait,7516192768,,1\n");
}
END_TEST

/* In the sections of show: what is there, what is not, and what is missing. */
START_TEST(test_show)
{
	struct taskmeter_record *record = &module.records[1];

	fill();
	record->run_ns = 1 * S;
	record->tracked_ns = 4 * S;
	record->threads = 3;
	record->current_state = TASKMETER_STATE_QUEUED;
	record->current_state_ns = 1500 * MS;
	record->current_state_tid = 9;
	record->untracked_threads = 2;
	record->flags = TASKMETER_RECORD_PARTIAL;
	record->available &= ~(uint64_t)TASKMETER_AVAILABLE_MEM_WAIT;
	record->waker_pid = 30;
	strcpy(record->waker_comm, "a\033b");
	run_succeeds("show 7");
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"\n  now                       waiting for a CPU for 1.5 s (thread 9)\n"
		"  running                   1.0 s            25.0 %\n"
		"  waiting for a CPU         3.0 s            75.0 %\n"
		"  waiting for I/O           0 s               0.0 %\n"
		"  waiting for memory        not available\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n  together                  4.0 s\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "Not tracked all its life"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "2 of its 3 threads are not tracked"));
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"\n  woken last by             30 (a\\x1bb)\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"\n  a CPU          97    3.3us   18.4us   22.5us     1.5s"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n  I/O          none\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n  memory   not available\n"));
	record->available = 0;
	run_succeeds("show 7");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n  Not tracked: "));
	ck_assert_ptr_null(strstr(outcome.out, "waiting for a CPU"));
}
END_TEST

START_TEST(test_show_json)
{
	struct json_object *document, *waits;

	fill();
	module.records[1].available &= ~(uint64_t)TASKMETER_AVAILABLE_MEM_WAIT;
	run_succeeds("show 7 --json");
	document = json_tokener_parse(outcome.out);
	ck_assert_str_eq(json_object_get_string(member(document, "current_state")),
			 "sleeping");
	waits = member(document, "waits");
	ck_assert_int_eq(json_object_get_int(member(member(waits, "cpu_wait"),
						    "count")), 97);
	ck_assert_ptr_null(member(waits, "mem_wait"));
	json_object_put(document);
	fill_stalls();
	run_succeeds("show 7 --json");
	document = json_tokener_parse(outcome.out);
	ck_assert_uint_eq(json_object_get_uint64(member(document, "mem_stall_ns")), 100 * MS);
	ck_assert_ptr_null(member(document, "compactions"));
	waits = member(document, "waits");
	ck_assert_uint_eq(json_object_get_uint64(member(member(waits, "reclaim"), "max_ns")),
			  50 * MS);
	ck_assert_uint_eq(json_object_get_uint64(member(member(waits, "reclaim"),
							"max_time_ns")), 6 * S);
	ck_assert_ptr_null(member(waits, "compaction"));
	json_object_put(document);
}
END_TEST

/* The middle of a bucket is not told to be longer than the longest wait. */
START_TEST(test_quantile_below_max)
{
	static struct task_reading reading;
	struct waits waits;

	sample_process(&reading.record, 7, "x");
	reading.histograms.io_wait[8] = 1;
	reading.record.io_wait_max_ns = 140000;
	waits_read(&waits, &reading, NULL, TM_HISTOGRAM_IO_WAIT);
	ck_assert_uint_eq(waits.p99_ns, 140000);
	reading.record.io_wait_max_ns = 160000;
	waits_read(&waits, &reading, NULL, TM_HISTOGRAM_IO_WAIT);
	ck_assert_uint_eq(waits.p99_ns, 147456);
}
END_TEST

START_TEST(test_waker)
{
	static const struct {
		uint32_t pid;
		const char *comm;
		const char *line;
	} wakers[] = {
		{ 30, "bash", "30 (bash)\n" }, { 0, "bash", "bash, which is gone\n" },
		{ 0, "interrupt", "an interrupt\n" },
		{ 31, "interrupt", "31 (interrupt)\n" },
	};
	const char *line;

	module.records[1].waker_pid = wakers[_i].pid;
	strcpy(module.records[1].waker_comm, wakers[_i].comm);
	run_succeeds("show 7");
	line = strstr(outcome.out, "\n  woken last by             ");
	ck_assert_ptr_nonnull(line);
	line += strlen("\n  woken last by             ");
	ck_assert_int_eq(strncmp(line, wakers[_i].line,
				 strlen(wakers[_i].line)), 0);
	module.records[1].available &= ~(uint64_t)TASKMETER_AVAILABLE_WAKER;
	run_succeeds("show 7");
	ck_assert_ptr_null(strstr(outcome.out, "woken last by"));
}
END_TEST

/* One that has ended does nothing, and does not do that for some time. */
START_TEST(test_dead)
{
	module.records[1].current_state = TASKMETER_STATE_DEAD;
	run_succeeds("show 7");
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"\n  now                       dead\n"));
}
END_TEST

/* The limit may be that of a group above, whose figures they are then. */
START_TEST(test_cgroup)
{
	run_succeeds("show 7");
	ck_assert_ptr_null(strstr(outcome.out, "\ncgroup\n"));
	strcpy(module.cgroup.path, "/a.slice/\033b");
	run_succeeds("show 7");
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"\ncgroup\n  path                      /a.slice/\\x1bb\n\n"));
	module.cgroup.throttling.length = strlen("/a.slice");
	run_succeeds("show 7");
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"\n  throttled (cpu.max)       no limit\n"));
	module.cgroup.throttling.periods = 100;
	module.cgroup.throttling.throttled_periods = 30;
	module.cgroup.throttling.throttled_ns = 2500 * MS;
	run_succeeds("show 7");
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"\n  throttled (cpu.max)       2.5 s over all CPUs, in 30 of 100 periods\n"
		"  by the limit of           /a.slice\n"));
}
END_TEST

START_TEST(test_cgroup_json)
{
	struct json_object *document, *cgroup;

	run_succeeds("show 7 --json");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\"cgroup\":null"));
	strcpy(module.cgroup.path, "/a/b\xff");
	module.cgroup.throttling.length = strlen("/a");
	module.cgroup.throttling.throttled_ns = 2500 * MS;
	run_succeeds("show 7 --json");
	document = json_tokener_parse(outcome.out);
	cgroup = member(document, "cgroup");
	ck_assert_str_eq(json_object_get_string(member(cgroup, "path")),
			 "/a/b\uFFFD");
	ck_assert_str_eq(json_object_get_string(member(cgroup, "throttled_path")),
			 "/a");
	ck_assert_uint_eq(json_object_get_uint64(member(cgroup, "throttled_ns")),
			  2500 * MS);
	json_object_put(document);
}
END_TEST

/* The longest wait of an interval is below the bound of its last bucket. */
START_TEST(test_longest_of_interval)
{
	static struct task_reading reading;
	struct taskmeter_record earlier;
	struct waits waits;

	sample_process(&reading.record, 7, "x");
	reading.record.io_wait_max_ns = 5 * S;
	earlier = reading.record;
	waits_read(&waits, &reading, &earlier, TM_HISTOGRAM_IO_WAIT);
	ck_assert_uint_eq(waits.max_ns, 0);
	reading.histograms.io_wait[0] = 1;
	waits_read(&waits, &reading, &earlier, TM_HISTOGRAM_IO_WAIT);
	ck_assert(!waits.max_known);
	ck_assert_uint_eq(waits.max_ns, 40960);
	reading.histograms.io_wait[TASKMETER_IO_WAIT_BUCKETS - 1] = 1;
	waits_read(&waits, &reading, &earlier, TM_HISTOGRAM_IO_WAIT);
	ck_assert_uint_eq(waits.max_ns, UINT64_MAX);
	waits_read(&waits, &reading, NULL, TM_HISTOGRAM_IO_WAIT);
	ck_assert(waits.max_known);
	ck_assert_uint_eq(waits.max_ns, 5 * S);
}
END_TEST

START_TEST(test_set)
{
	static const struct {
		const char *line;
		int setting;
		int on;
	} lines[] = {
		{ "set meter off", TM_SETTING_METER, 0 },
		{ "set meter on", TM_SETTING_METER, 1 },
		{ "set waker on", TM_SETTING_WAKER, 1 },
		{ "set probe-time on", TM_SETTING_PROBE_TIME, 1 },
	};

	module.on = -1;
	run_succeeds(lines[_i].line);
	ck_assert_int_eq(module.setting, lines[_i].setting);
	ck_assert_int_eq(module.on, lines[_i].on);
	ck_assert_str_eq(outcome.out, "");
}
END_TEST

START_TEST(test_set_exit_log)
{
	static const struct {
		const char *line;
		uint32_t bytes;
	} lines[] = {
		{ "set exit-log-bytes 65536", 65536 },
		{ "set exit-log-bytes 64K", 65536 },
		{ "set exit-log-bytes 64k", 65536 },
		{ "set exit-log-bytes 17M", 17 << 20 },
		{ "set exit-log-bytes 1G", 1 << 30 },
		{ "set exit-log-bytes 1073741824", 1 << 30 },
	};

	run_succeeds(lines[_i].line);
	ck_assert_uint_eq(module.exit_log_bytes, lines[_i].bytes);
	ck_assert_str_eq(outcome.out, "");
}
END_TEST

START_TEST(test_info_exits)
{
	run_succeeds("info");
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"exit log         109 records in 108 bytes of 16.0 MiB; 110 evicted\n"
		"newest exit      number 107\n"
		"exits            112 unrecorded, 111 in totals of others\n"
		"events           114 subscribers, 113 lost\n"));
	run_succeeds("info --json");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\"exit_log_evicted\":110,"));
}
END_TEST

START_TEST(test_set_fails)
{
	module.set_error = -ENOMEM;
	run_fails("set exit-log-bytes 1G", CLI_FAILED, "not now");
	module.set_error = -EPERM;
	run_fails("set exit-log-bytes 1G", CLI_NOT_PERMITTED, "CAP_SYS_ADMIN");
	module.set_error = -EPERM;
	run_fails("set meter off", CLI_NOT_PERMITTED, "CAP_SYS_ADMIN");
	module.set_error = -EOPNOTSUPP;
	run_fails("set waker on", CLI_FAILED, "not now");
	module.set_error = -ENODEV;
	run_fails("set waker on", CLI_NO_MODULE, "modprobe");
}
END_TEST

START_TEST(test_info)
{
	run_succeeds("info");
	ck_assert_ptr_nonnull(strstr(outcome.out, "meter            on\n"
		"wakers           off\n"
		"probe time       off; 1.5 s for 106 calls, 14.1 ms each\n"
		"clock            the scheduler's own time stamps\n"
		"tracked threads  101\n"
		"untracked        102\n"
		"no memory        103\n"
		"clock steps      104\n"
		"gaps             105\n"
		"memory           512 bytes a thread, 128 a process, 2000 more for many waits\n"));
}
END_TEST

static TCase *new_case(Suite *suite, const char *name)
{
	TCase *test_case = tcase_create(name);

	tcase_add_checked_fixture(test_case, module_setup, module_teardown);
	suite_add_tcase(suite, test_case);
	return test_case;
}

static void add_hist_tests(TCase *test_case)
{
	tcase_add_test(test_case, test_not_tracked);
	tcase_add_test(test_case, test_drawing);
	tcase_add_test(test_case, test_open_ends);
	tcase_add_loop_test(test_case, test_chart_width, 0, 5);
	tcase_add_test(test_case, test_kinds);
	tcase_add_test(test_case, test_interval);
	tcase_add_test(test_case, test_interval_of_one_that_ends);
	tcase_add_test(test_case, test_longest_of_interval);
	tcase_add_test(test_case, test_quantile_below_max);
	tcase_add_test(test_case, test_json);
	tcase_add_test(test_case, test_csv);
	tcase_add_test(test_case, test_stalls);
	tcase_add_test(test_case, test_stalls_in_an_interval);
	tcase_add_test(test_case, test_stalls_of_a_thread);
	tcase_add_test(test_case, test_module_without_stalls);
}

static void add_module_tests(TCase *test_case)
{
	tcase_add_loop_test(test_case, test_usage, 0, 28);
	tcase_add_test(test_case, test_status);
	tcase_add_test(test_case, test_old_module);
	tcase_add_loop_test(test_case, test_set, 0, 4);
	tcase_add_loop_test(test_case, test_set_exit_log, 0, 6);
	tcase_add_test(test_case, test_info_exits);
	tcase_add_test(test_case, test_set_fails);
	tcase_add_test(test_case, test_info);
	tcase_add_test(test_case, test_show);
	tcase_add_test(test_case, test_show_json);
	tcase_add_test(test_case, test_show_stalls);
	tcase_add_test(test_case, test_dead);
	tcase_add_loop_test(test_case, test_waker, 0, 4);
	tcase_add_test(test_case, test_cgroup);
	tcase_add_test(test_case, test_cgroup_json);
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("cli-hist");

	add_hist_tests(new_case(suite, "hist"));
	add_module_tests(new_case(suite, "module"));
	return suite_main(suite, argc, argv);
}
