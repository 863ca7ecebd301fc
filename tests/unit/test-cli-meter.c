// SPDX-License-Identifier: GPL-2.0-or-later
/* The taskmeter command and the scheduler meter: rates of two snapshots. */
#include "cli-module.h"
#include "cli/baseline.h"
#include "cli/column.h"
#include "cli/number.h"
#include "cli/percent.h"

#include <json-c/json.h>

#define MS	1000000ULL
#define S	1000000000ULL

#define LATER	(UINT64_MAX / 2)

#define LINE	"pid,cpu%,wait%,io%,mem%,lock%,sleep%,stop%,stall%"

/* In one second, half of it running: waits of 100, 200, 20, 10 ms. */
static void second_of(struct taskmeter_record *record)
{
	record->run_ns += 500 * MS;
	record->cpu_wait_ns += 100 * MS;
	record->io_wait_ns += 200 * MS;
	record->mem_wait_ns += 20 * MS;
	record->lock_wait_ns += 10 * MS;
	record->sleep_ns += 140 * MS;
	record->stop_ns += 30 * MS;
	record->tracked_ns += S;
}

static void one_works(void)
{
	second_of(&module.records[1]);
}

static void two_work(void)
{
	one_works();
	module.records[2].run_ns += 900 * MS;
	module.records[2].io_wait_ns += 50 * MS;
	module.records[2].tracked_ns += S;
}

/* The line of process 7, or the only one. */
static const char *line_of_7(void)
{
	const char *line = strstr(outcome.out, "\n      7 ");

	ck_assert_msg(line, "%s", outcome.out);
	return line + 1;
}

START_TEST(test_rates)
{
	module.meanwhile = one_works;
	run_succeeds("ps -o " LINE);
	ck_assert_uint_eq(module.wait_ns, S);
	ck_assert_str_eq(outcome.out,
		"    PID CPU% WAIT%  IO% MEM% LOCK% SLEEP% STOP% STALL%\n"
		"      1    0     0    0    0     0      0     0      0\n"
		"      7 50.0  10.0 20.0  2.0   1.0   14.0   3.0   33.0\n"
		"     30    0     0    0    0     0      0     0      0\n");
	run_succeeds("ps --csv -o run_ns_per_s,stall_ns_per_s -p 7");
	ck_assert_str_eq(outcome.out, "run_ns_per_s,stall_ns_per_s\n"
			 "500000000,330000000\n");
}
END_TEST

static void four_cpus(void)
{
	module.records[1].run_ns += 4 * S;
}

static void one_stalls(void)
{
	one_works();
	module.records[1].mem_stall_ns += 250 * MS;
	module.records[1].direct_reclaim_ns += 100 * MS;
	module.records[1].memcg_reclaim_ns += 30 * MS;
}

/* Reclaim is that of the machine and of the cgroup, as far as there is any. */
START_TEST(test_stall_rates)
{
	module.records[1].memcg_reclaim_ns = S;
	module.meanwhile = one_stalls;
	run_succeeds("ps -o pid,mem%,mem-stall%,reclaim%,stall%");
	ck_assert_int_eq(module.filter.flags, TASKMETER_SNAPSHOT_STALLS);
	ck_assert_str_eq(line_of_7(),
		"      7  2.0       25.0     13.0   33.0\n"
		"     30    0          0        0      0\n");
	module.records[1].available &= ~(uint64_t)TASKMETER_AVAILABLE_MEMCG_RECLAIM;
	run_succeeds("ps --csv -o mem_stall_ns_per_s,reclaim% -p 7");
	ck_assert_str_eq(outcome.out, "mem_stall_ns_per_s,reclaim_ns_per_s\n"
			 "250000000,100000000\n");
	module.records[1].available &= ~(uint64_t)TASKMETER_AVAILABLE_MEM_STALL;
	run_succeeds("ps -o pid,mem-stall%,reclaim% -p 7");
	ck_assert_str_eq(line_of_7(), "      7          -     10.0\n");
}
END_TEST

/* The module is asked for stalls if a column or the order takes them, else not. */
START_TEST(test_stalls_are_asked_for)
{
	static const struct {
		const char *line;
		bool asked;
	} lines[] = {
		{ "ps", false }, { "ps -a -T", false }, { "ps -o pid,mem%,mem_wait,cpu", false },
		{ "ps -s -stall% -o pid", false }, { "ps --csv -o pid,run", false },
		{ "ps -o mem_stall", true }, { "ps -o pid,numa_preferred_node", true },
		{ "ps -s -direct_reclaims -o pid", true }, { "ps -s -reclaim%", true },
		{ "ps -T --json -o fault_wait_max_time_ns", true },
		{ "ps --json", true }, { "ps --csv", true }, { "ps --json -i 1", true },
	};

	run_succeeds(lines[_i].line);
	ck_assert_msg(!(module.filter.flags & TASKMETER_SNAPSHOT_STALLS) ==
		      !lines[_i].asked, "%s", lines[_i].line);
}
END_TEST

START_TEST(test_stall_columns)
{
	struct taskmeter_record *record = &module.records[1];

	record->mem_stall_ns = 1500 * MS;
	record->direct_reclaims = 12345;
	record->direct_reclaim_max_ns = 20 * MS;
	record->throttle_waits = 3;
	record->numa_preferred_node = -1;
	run_succeeds("ps -p 7 -o mem_stall,direct_reclaims,direct_reclaim_max,"
		     "throttle_waits,throttle-max-at,numa-node");
	ck_assert_str_eq(outcome.out,
		"MEM-STALL DIRECT-RECLAIMS DIRECT-RECLAIM-MAX THROTTLE-WAITS THROTTLE-MAX-AT NUMA-NODE\n"
		"     1.5s           12345             20.0ms              3               -        -1\n");
	run_succeeds("ps -p 7 --csv -o mem_stall_ns,direct_reclaims,numa_preferred_node");
	ck_assert_str_eq(outcome.out, "mem_stall_ns,direct_reclaims,numa_preferred_node\n"
			 "1500000000,12345,-1\n");
	record->available &= ~(uint64_t)TASKMETER_AVAILABLE_DIRECT_RECLAIM;
	run_succeeds("ps -p 7 --json -o mem_stall_ns,direct_reclaims,numa_preferred_node");
	ck_assert_ptr_nonnull(strstr(outcome.out, "{\"mem_stall_ns\":1500000000,"
			"\"direct_reclaims\":null,\"numa_preferred_node\":-1}"));
}
END_TEST

/* A module of before the stalls tells the rest, its quantiles too. */
START_TEST(test_module_without_stalls)
{
	module.record_size = TASKMETER_RECORD_SIZE_VER2;
	module.histograms[1].cpu_wait[0] = 1;
	run_succeeds("ps -i 0 -p 7 -s -mem_stall -o pid,mem_stall,mem-stall%,reclaim%,p99");
	ck_assert_str_eq(line_of_7(), "      7         -          -        -  1.1us\n");
	ck_assert_uint_eq(module.filter.flags, TASKMETER_SNAPSHOT_PID |
			  TASKMETER_SNAPSHOT_HISTOGRAMS);
}
END_TEST

/* Threads are summed up; it is a second that counts, not the interval. */
START_TEST(test_rates_are_per_second)
{
	module.meanwhile = one_works;
	run_succeeds("ps -i 0.25 -o pid,cpu%,wait%,p99");
	ck_assert_uint_eq(module.wait_ns, 250 * MS);
	ck_assert_int_eq(strncmp(line_of_7(), "      7  200  40.0", 18), 0);
	module.meanwhile = four_cpus;
	run_succeeds("ps -i 1 -o pid,cpu%");
	ck_assert_int_eq(strncmp(line_of_7(), "      7  400\n", 13), 0);
}
END_TEST

/* Over the life: of what is tracked, in one look and without waiting. */
START_TEST(test_rates_of_life)
{
	memset(&module.records[1].run_ns, 0, sizeof(uint64_t));
	second_of(&module.records[1]);
	second_of(&module.records[1]);
	run_succeeds("ps -i 0 -p 7 -o " LINE);
	ck_assert_uint_eq(module.wait_ns, 0);
	ck_assert_str_eq(line_of_7(),
		"      7 50.0  10.0 20.0  2.0   1.0   14.0   3.0   33.0\n");
	/* Never tracked: there is nothing that it could be a share of. */
	module.records[1].tracked_ns = 0;
	run_succeeds("ps -i 0 -p 7 -o pid,cpu%,wait%");
	ck_assert_str_eq(line_of_7(), "      7    -     -\n");
}
END_TEST

/* A snapshot without rates does not wait. */
START_TEST(test_no_rates_no_wait)
{
	static const char *const lines[] = {
		"ps -o pid,run,rss", "ps --json", "ps --csv", "show 7",
		"info", "ps -s -rss -o pid",
	};

	run_succeeds(lines[_i]);
	ck_assert_uint_eq(module.wait_ns, 0);
	ck_assert_uint_eq(module.filter.flags & TASKMETER_SNAPSHOT_HISTOGRAMS, 0);
}
END_TEST

static void corrected(void)
{
	one_works();
	module.records[1].cpu_wait_ns -= 150 * MS;
}

/* What goes back has not grown. */
START_TEST(test_rate_that_goes_back)
{
	module.records[1].cpu_wait_ns = S;
	module.meanwhile = corrected;
	run_succeeds("ps -o pid,cpu%,wait%,stall%");
	ck_assert_str_eq(line_of_7(), "      7 50.0     0   23.0\n"
				      "     30    0     0      0\n");
}
END_TEST

static void reused(void)
{
	module.records[1].start_time_ns = LATER;
	module.records[1].run_ns = 250 * MS;
	module.records[1].cpu_wait_ns = 10 * MS;
}

/* Another process under the same id: what that did since, not the difference. */
START_TEST(test_reused_pid)
{
	module.records[1].run_ns = 3600 * S;
	module.records[1].cpu_wait_ns = 1 * MS;
	module.meanwhile = reused;
	run_succeeds("ps -o pid,cpu%,wait%");
	ck_assert_int_eq(strncmp(line_of_7(), "      7 25.0   1.0\n", 19), 0);
}
END_TEST

static void appeared(void)
{
	add_process(40, "young");
	add_process(41, "old");
	module.records[3].start_time_ns = LATER;
	module.records[3].run_ns = 300 * MS;
	module.records[4].start_time_ns = 1;
	module.records[4].run_ns = 300 * MS;
}

/* One that was started since is counted whole; one that was hidden is not known. */
START_TEST(test_process_that_appeared)
{
	module.meanwhile = appeared;
	run_succeeds("ps -o pid,cpu%,wait%");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n     40 30.0     0\n"
					   "     41    -     -\n"));
	module.count = 3;
	run_succeeds("ps -o pid,cpu% --json");
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"{\"pid\":41,\"run_ns_per_s\":null}"));
}
END_TEST

static void switched_off(void)
{
	one_works();
	module.records[1].available &= ~(uint64_t)(TASKMETER_AVAILABLE_METER |
						   TASKMETER_AVAILABLE_MEM_WAIT);
}

static void switched_on_again(void)
{
	one_works();
	module.records[1].tracked_ns = 5 * MS;
	module.records[1].cpu_wait_ns = 5 * MS;
}

/* Without the meter there is still the CPU's own time, and no 0 for the rest. */
START_TEST(test_meter_off)
{
	static const char row[] =
		"      7 50.0     -    -    -     -      -     -      -\n";

	module.meanwhile = switched_off;
	run_succeeds("ps -o " LINE);
	ck_assert_int_eq(strncmp(line_of_7(), row, strlen(row)), 0);
	run_succeeds("ps -o pid,cpu%,wait%,p99 --csv -p 7");
	ck_assert_str_eq(outcome.out, "pid,run_ns_per_s,cpu_wait_ns_per_s,"
			 "cpu_wait_p99_ns\n7,500000000,,\n");
	module.records[1].available = SAMPLE_AVAILABLE;
	module.records[1].tracked_ns = 9 * S;
	module.meanwhile = switched_on_again;
	run_succeeds("ps -o " LINE);
	ck_assert_int_eq(strncmp(line_of_7(), row, strlen(row)), 0);
}
END_TEST

/* Who looks at dashes is told why; a pipe is not. */
START_TEST(test_meter_off_is_told)
{
	size_t i;

	for (i = 0; i < module.count; i++)
		module.records[i].available = 0;
	run_succeeds("ps");
	ck_assert_ptr_null(strstr(outcome.out, "the meter is off"));
	world.terminal = true;
	run_succeeds("ps");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\nthe meter is off"));
	run_succeeds("ps --csv -i 1");
	ck_assert_ptr_null(strstr(outcome.out, "the meter is off"));
	run_succeeds("ps -o pid");
	ck_assert_ptr_null(strstr(outcome.out, "the meter is off"));
	module.records[0].available = SAMPLE_AVAILABLE;
	run_succeeds("ps");
	ck_assert_ptr_null(strstr(outcome.out, "the meter is off"));
}
END_TEST

/* Nobody is known to be held up, but who ran stands first, and who did not is idle. */
START_TEST(test_order_without_meter)
{
	size_t i;

	for (i = 0; i < module.count; i++)
		module.records[i].available = 0;
	module.info_flags = TASKMETER_INFO_PRIVILEGED;
	module.meanwhile = two_work;
	run_succeeds("ps -w 7");
	ck_assert_str_eq(outcome.out,
			 "    PID\n     30\n      7\n      1\n");
	world.terminal = true;
	run_succeeds("ps");
	ck_assert_ptr_null(strstr(outcome.out, "init"));
	run_succeeds("ps -s pid -w 7");
	ck_assert_int_eq(strncmp(outcome.out, "    PID\n      1\n", 16), 0);
}
END_TEST

/* A kernel without PSI cannot tell waits for memory; they are in the others. */
START_TEST(test_no_memory_waits)
{
	module.records[1].available &= ~(uint64_t)TASKMETER_AVAILABLE_MEM_WAIT;
	module.meanwhile = one_works;
	run_succeeds("ps -p 7 -o pid,mem%,stall%");
	ck_assert_str_eq(line_of_7(), "      7    -   31.0\n");
}
END_TEST

static void ten_waits(void)
{
	one_works();
	module.histograms[1].cpu_wait[40] += 10;
}

/* Of the interval: the million waits before it are not in it. */
START_TEST(test_p99)
{
	char expected[64];

	module.histograms[1].cpu_wait[0] = 1000000;
	module.meanwhile = ten_waits;
	run_succeeds("ps --csv -o pid,p99");
	snprintf(expected, sizeof(expected), "pid,cpu_wait_p99_ns\n1,\n7,%llu\n30,\n",
		 9ULL << 17);
	ck_assert_str_eq(outcome.out, expected);
	module.meanwhile = NULL;
	run_succeeds("ps --csv -o cpu_wait_p99 -i 0 -p 7");
	ck_assert_str_eq(outcome.out, "cpu_wait_p99_ns\n1152\n");
}
END_TEST

/* A module without a meter is asked for what it knows. */
START_TEST(test_old_module)
{
	module.info_size = TASKMETER_INFO_SIZE_VER1;
	module.record_size = TASKMETER_RECORD_SIZE_VER1;
	module.records[1].size = TASKMETER_RECORD_SIZE_VER1;
	module.meanwhile = one_works;
	run_succeeds("ps -p 7 -o pid,cpu%,wait%,p99");
	ck_assert_str_eq(line_of_7(), "      7 50.0     -      -\n");
	run_succeeds("show 7");
	ck_assert_ptr_nonnull(strstr(outcome.out, "run                       507 ms"));
}
END_TEST

/* Whoever is held up most stands first. */
START_TEST(test_order)
{
	module.meanwhile = two_work;
	run_succeeds("ps -w 7");
	ck_assert_str_eq(outcome.out,
			 "    PID\n      7\n     30\n      1\n");
	run_succeeds("ps -w 7 -s -cpu%");
	ck_assert_str_eq(outcome.out,
			 "    PID\n     30\n      7\n      1\n");
	run_succeeds("ps -o pid -s run_ns_per_s");
	ck_assert_str_eq(outcome.out,
			 "    PID\n      1\n      7\n     30\n");
}
END_TEST

/* A terminal is not told of the idle; whoever asks for them is. */
START_TEST(test_idle)
{
	module.meanwhile = two_work;
	world.terminal = true;
	run_succeeds("ps -w 80");
	ck_assert_ptr_null(strstr(outcome.out, "init"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n      7 "));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n     30 "));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n1 idle one is not shown;"));
	run_succeeds("ps -a");
	ck_assert_ptr_nonnull(strstr(outcome.out, "init"));
	ck_assert_ptr_null(strstr(outcome.out, "idle"));
	run_succeeds("ps --comm init");
	ck_assert_ptr_nonnull(strstr(outcome.out, "init"));
	run_succeeds("ps -u root");
	ck_assert_ptr_nonnull(strstr(outcome.out, "init"));
	run_succeeds("ps -s pid");
	ck_assert_ptr_nonnull(strstr(outcome.out, "init"));
	world.terminal = false;
	run_succeeds("ps");
	ck_assert_ptr_nonnull(strstr(outcome.out, "init"));
}
END_TEST

/* Nobody has anything to do: a list without lines, not a failure. */
START_TEST(test_all_idle)
{
	world.terminal = true;
	run_succeeds("ps");
	ck_assert_int_eq(strncmp(outcome.out, "    PID USER", 12), 0);
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n3 idle ones are not shown;"));
}
END_TEST

/* With an interval programs get the rates, too, and how long it was. */
START_TEST(test_rates_in_json)
{
	struct json_object *document, *list, *value;

	module.meanwhile = one_works;
	run_succeeds("ps --json -i 2");
	document = json_tokener_parse(outcome.out);
	ck_assert(json_object_object_get_ex(document, "interval_ns", &value));
	ck_assert_uint_eq(json_object_get_uint64(value), 2 * S);
	ck_assert(json_object_object_get_ex(document, "time_ns", &value));
	ck_assert_uint_eq(json_object_get_uint64(value), 2 * S + 1000);
	ck_assert(json_object_object_get_ex(document, "processes", &list));
	list = json_object_array_get_idx(list, 1);
	ck_assert_int_eq(json_object_object_length(list), (int)column_count());
	ck_assert(json_object_object_get_ex(list, "io_wait_ns_per_s", &value));
	ck_assert_uint_eq(json_object_get_uint64(value), 100 * MS);
	ck_assert(json_object_object_get_ex(list, "cpu_wait_p99_ns", &value));
	ck_assert_ptr_null(value);
	json_object_put(document);
	run_succeeds("ps --json");
	ck_assert_ptr_null(strstr(outcome.out, "interval_ns"));
}
END_TEST

#define MIB	(1024 * 1024ULL)

static void memory_moves(void)
{
	module.records[0].rss_anon_bytes -= 512;
	module.records[1].rss_anon_bytes += 15 * MIB;
	module.records[1].rss_shmem_bytes += 5 * MIB;
	module.records[2].available = 0;
}

/* Who eats the memory stands first; what has none stands last. */
START_TEST(test_growth)
{
	module.meanwhile = memory_moves;
	run_succeeds("ps -i 2 -s -growth -o pid,growth,rss");
	ck_assert_uint_eq(module.wait_ns, 2 * S);
	ck_assert_str_eq(outcome.out, "    PID GROWTH   RSS\n"
				      "      7 +10.0M 20.0M\n"
				      "      1  -256B  512B\n"
				      "     30      -     -\n");
	module.records[0].rss_anon_bytes = 1024;
	module.records[2].available = SAMPLE_AVAILABLE;
	run_succeeds("ps -i 2 -s growth --csv -o pid,rss_growth_bytes_per_s");
	ck_assert_str_eq(outcome.out, "pid,rss_growth_bytes_per_s\n"
				      "1,-256\n7,10485760\n30,\n");
	module.records[0].rss_anon_bytes = 1024;
	run_succeeds("ps -i 2 -p 1 --json -o growth");
	ck_assert_ptr_nonnull(strstr(outcome.out, "{\"rss_growth_bytes_per_s\":-256}"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\"interval_ns\": 2000000000"));
	/* Of the whole life nothing is told. */
	run_succeeds("ps -i 0 -p 7 -o pid,growth");
	ck_assert_str_eq(line_of_7(), "      7      -\n");
}
END_TEST

/* The list that is sorted by it shows it, of threads too. */
START_TEST(test_growth_list)
{
	module.meanwhile = memory_moves;
	run_succeeds("ps --sort -growth");
	ck_assert_int_eq(strncmp(outcome.out, "    PID USER       RSS GROWTH  SWAP CPU% MEM%"
				 " NOW         FOR COMM\n      7 root", 73), 0);
	run_succeeds("ps -T -s -growth");
	ck_assert_int_eq(strncmp(outcome.out, "    PID     TID USER       RSS GROWTH", 37), 0);
}
END_TEST

static void switched(void)
{
	appeared();
	module.records[0].voluntary_switches = 90;
	module.records[0].involuntary_switches = 11;
	module.records[1].voluntary_switches = 0;
	module.records[3].voluntary_switches = 5;
}

/* Both kinds together; what went back, and what is older than its first sight, is not known. */
START_TEST(test_switches)
{
	module.records[0].involuntary_switches = 1;
	module.records[1].voluntary_switches = 1;
	module.meanwhile = switched;
	run_succeeds("ps -i 2 -s -sw/s -o pid,switches_per_s");
	ck_assert_str_eq(outcome.out, "    PID   SW/S\n      1     50\n     40      2\n"
				      "     30      0\n      7      -\n     41      -\n");
}
END_TEST

static void grown_ups(void)
{
	appeared();
	module.records[3].rss_anon_bytes = 8 * MIB;
	module.records[1].start_time_ns = LATER;
	module.records[1].rss_anon_bytes = 4 * MIB;
}

/* All that a new one has is growth, under a used id too; a hidden one is not known. */
START_TEST(test_growth_of_new_ones)
{
	module.records[1].rss_anon_bytes = 4096 * MIB;
	module.meanwhile = grown_ups;
	run_succeeds("ps -o pid,growth");
	ck_assert_str_eq(outcome.out, "    PID GROWTH\n      1      0\n      7  +4.0M\n"
				      "     30      0\n     40  +8.0M\n     41      -\n");
}
END_TEST

/* Whatever stands above a column names it. */
START_TEST(test_columns_by_heading)
{
	static const struct {
		const char *heading;
		const char *name;
	} headings[] = {
		{ "wait%", "cpu_wait_ns_per_s" }, { "CPU%", "run_ns_per_s" },
		{ "p99", "cpu_wait_p99_ns" }, { "NOW", "current_state" },
		{ "for", "current_state_ns" }, { "vcsw", "voluntary_switches" },
		{ "state", "state" }, { "cpu", "cpu" },
		{ "max", "cpu_wait_max_ns" }, { "stall%", "stall_ns_per_s" },
		{ "mem-stall%", "mem_stall_ns_per_s" }, { "mem_stall", "mem_stall_ns" },
		{ "reclaim%", "reclaim_ns_per_s" }, { "fault-max-at", "fault_wait_max_time_ns" },
		{ "Growth", "rss_growth_bytes_per_s" },
	};
	struct column column;

	ck_assert_int_eq(column_find(headings[_i].heading,
				     strlen(headings[_i].heading), &column), 0);
	ck_assert_str_eq(column.name, headings[_i].name);
}
END_TEST

START_TEST(test_current_state)
{
	module.records[1].current_state = TASKMETER_STATE_QUEUED;
	module.records[1].current_state_ns = 1500 * MS;
	run_succeeds("ps -p 7 -o now,for,max,max-at");
	ck_assert_str_eq(outcome.out, "NOW         FOR    MAX MAX-AT\n"
				      "queued     1.5s      0      -\n");
	run_succeeds("ps -p 7 -o now,for --csv");
	ck_assert_str_eq(outcome.out, "current_state,current_state_ns\n"
				      "queued,1500000000\n");
	run_succeeds("ps -p 7 -o now --json");
	ck_assert_ptr_nonnull(strstr(outcome.out, "{\"current_state\":\"queued\"}"));
}
END_TEST

START_TEST(test_baseline_grows)
{
	struct baseline baseline = { .quantiles = true };
	struct taskmeter_record record;
	struct rates rates;
	uint32_t i;

	for (i = 1; i <= 1000; i++) {
		sample_process(&record, i, "x");
		ck_assert_int_eq(baseline_add(&baseline, &record, NULL, i), 0);
	}
	for (i = 1; i <= 1000; i++) {
		sample_process(&record, i, "x");
		record.run_ns += i;
		baseline_rates(&baseline, &record, i + 1000, &rates);
		ck_assert_uint_eq(rates.ns_per_s[RATE_RUN], i * MS);
	}
	baseline_release(&baseline);
}
END_TEST

START_TEST(test_percent)
{
	static const struct {
		uint64_t ns_per_s;
		const char *text;
	} rates[] = {
		{ 0, "0" }, { 1, "0.0" }, { 999999, "0.0" }, { 1000000, "0.1" },
		{ 999999999, "99.9" }, { 1000000000, "100" },
		{ 40 * S, "4000" }, { UINT64_MAX, "1844674407370" },
	};
	char text[PERCENT_SIZE];

	percent_short(rates[_i].ns_per_s, text);
	ck_assert_str_eq(text, rates[_i].text);
}
END_TEST

START_TEST(test_seconds)
{
	static const struct {
		const char *text;
		int error;
		uint64_t ns;
	} times[] = {
		{ "0", 0, 0 }, { "1", 0, S }, { "0.5", 0, S / 2 },
		{ "2.000000001", 0, 2 * S + 1 }, { "10", 0, 10 * S },
		{ "10.1", -ERANGE, 0 }, { "11", -ERANGE, 0 }, { "", -EINVAL, 0 },
		{ "1,5", -EINVAL, 0 }, { "1.", -EINVAL, 0 }, { ".1", -EINVAL, 0 },
		{ "1e1", -EINVAL, 0 }, { "-1", -EINVAL, 0 }, { "1.-5", -EINVAL, 0 },
		{ "1.0000000000", -EINVAL, 0 },
		{ "99999999999999999999999999", -ERANGE, 0 },
	};
	uint64_t ns = 0;

	ck_assert_int_eq(number_parse_seconds(times[_i].text, 10, &ns),
			 times[_i].error);
	if (!times[_i].error)
		ck_assert_uint_eq(ns, times[_i].ns);
}
END_TEST

static TCase *new_case(Suite *suite, const char *name)
{
	TCase *test_case = tcase_create(name);

	tcase_add_checked_fixture(test_case, module_setup, module_teardown);
	suite_add_tcase(suite, test_case);
	return test_case;
}

static void add_rate_tests(TCase *test_case)
{
	tcase_add_test(test_case, test_rates);
	tcase_add_test(test_case, test_stall_rates);
	tcase_add_loop_test(test_case, test_stalls_are_asked_for, 0, 13);
	tcase_add_test(test_case, test_stall_columns);
	tcase_add_test(test_case, test_module_without_stalls);
	tcase_add_test(test_case, test_rates_are_per_second);
	tcase_add_test(test_case, test_rates_of_life);
	tcase_add_loop_test(test_case, test_no_rates_no_wait, 0, 6);
	tcase_add_test(test_case, test_rate_that_goes_back);
	tcase_add_test(test_case, test_reused_pid);
	tcase_add_test(test_case, test_process_that_appeared);
	tcase_add_test(test_case, test_meter_off);
	tcase_add_test(test_case, test_meter_off_is_told);
	tcase_add_test(test_case, test_order_without_meter);
	tcase_add_test(test_case, test_no_memory_waits);
	tcase_add_test(test_case, test_p99);
	tcase_add_test(test_case, test_old_module);
	tcase_add_test(test_case, test_baseline_grows);
}

static void add_list_tests(TCase *test_case)
{
	tcase_add_test(test_case, test_order);
	tcase_add_test(test_case, test_idle);
	tcase_add_test(test_case, test_all_idle);
	tcase_add_test(test_case, test_rates_in_json);
	tcase_add_test(test_case, test_growth);
	tcase_add_test(test_case, test_growth_list);
	tcase_add_test(test_case, test_growth_of_new_ones);
	tcase_add_test(test_case, test_switches);
	tcase_add_loop_test(test_case, test_columns_by_heading, 0, 15);
	tcase_add_test(test_case, test_current_state);
	tcase_add_loop_test(test_case, test_percent, 0, 8);
	tcase_add_loop_test(test_case, test_seconds, 0, 16);
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("cli-meter");

	add_rate_tests(new_case(suite, "rates"));
	add_list_tests(new_case(suite, "list"));
	return suite_main(suite, argc, argv);
}
