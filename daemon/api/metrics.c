// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /metrics: totals by program and by group, and what the meter itself costs.
 *
 * The number of samples is bounded: as many programs as fit into half of max-series,
 * less the fixed families, have series of their own, the rest is in "other"; groups get
 * the room that programs leave.
 * An observer who sees only his own processes gets the gauges, counted from
 * these; the counters are kept for all processes together, so he gets none.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "api/group-metrics.h"
#include "api/handlers.h"
#include "api/metrics.h"
#include "api/openmetrics.h"

#define NOT_EXITED \
	" Growth seen from sample to sample since the program is listed; what a process" \
	" does after its last sample is not in it."

struct program_family {
	struct family family;
	uint64_t available;
	unsigned int source;
	bool ns;
	const char *kind;	/* value of label "kind", or NULL */
};

static const struct program_family counters[] = {
	{ { "taskmeter_program_cpu_seconds", METRIC_COUNTER, "seconds",
	    "CPU time of the program's processes." NOT_EXITED },
	  0, PROGRAM_RUN_NS, true, NULL },
	{ { "taskmeter_program_run_delay_seconds", METRIC_COUNTER, "seconds",
	    "Time that the program's threads waited for a CPU, at least." NOT_EXITED },
	  TASKMETER_AVAILABLE_RUN_DELAY, PROGRAM_RUN_DELAY_NS, true, NULL },
	{ { "taskmeter_program_voluntary_switches", METRIC_COUNTER, NULL,
	    "Context switches because a thread blocked." NOT_EXITED },
	  0, PROGRAM_VOLUNTARY_SWITCHES, false, NULL },
	{ { "taskmeter_program_involuntary_switches", METRIC_COUNTER, NULL,
	    "Context switches because a thread was preempted." NOT_EXITED },
	  0, PROGRAM_INVOLUNTARY_SWITCHES, false, NULL },
	{ { "taskmeter_program_minor_faults", METRIC_COUNTER, NULL,
	    "Page faults served without I/O." NOT_EXITED },
	  0, PROGRAM_MINOR_FAULTS, false, NULL },
	{ { "taskmeter_program_major_faults", METRIC_COUNTER, NULL,
	    "Page faults that waited for I/O." NOT_EXITED },
	  0, PROGRAM_MAJOR_FAULTS, false, NULL },
	{ { "taskmeter_program_io_read_bytes", METRIC_COUNTER, "bytes",
	    "Bytes fetched from storage." NOT_EXITED },
	  TASKMETER_AVAILABLE_IO, PROGRAM_IO_READ_BYTES, false, NULL },
	{ { "taskmeter_program_io_write_bytes", METRIC_COUNTER, "bytes",
	    "Bytes sent to storage, or dirtied to be sent later." NOT_EXITED },
	  TASKMETER_AVAILABLE_IO, PROGRAM_IO_WRITE_BYTES, false, NULL },
	{ { "taskmeter_program_cpu_wait_seconds", METRIC_COUNTER, "seconds",
	    "Time that the program's threads waited for a CPU, waits that last"
	    " included." NOT_EXITED },
	  TASKMETER_AVAILABLE_METER, PROGRAM_CPU_WAIT_NS, true, NULL },
	{ { "taskmeter_program_sleep_seconds", METRIC_COUNTER, "seconds",
	    "Time that the program's threads slept." NOT_EXITED },
	  TASKMETER_AVAILABLE_METER, PROGRAM_SLEEP_NS, true, NULL },
	{ { "taskmeter_program_io_wait_seconds", METRIC_COUNTER, "seconds",
	    "Time that the program's threads were blocked on I/O." NOT_EXITED },
	  TASKMETER_AVAILABLE_METER, PROGRAM_IO_WAIT_NS, true, NULL },
	{ { "taskmeter_program_mem_wait_seconds", METRIC_COUNTER, "seconds",
	    "Time that the program's threads were blocked on memory." NOT_EXITED },
	  TASKMETER_AVAILABLE_MEM_WAIT, PROGRAM_MEM_WAIT_NS, true, NULL },
	{ { "taskmeter_program_lock_wait_seconds", METRIC_COUNTER, "seconds",
	    "Time that the program's threads were blocked uninterruptibly on anything"
	    " else." NOT_EXITED },
	  TASKMETER_AVAILABLE_METER, PROGRAM_LOCK_WAIT_NS, true, NULL },
	{ { "taskmeter_program_stopped_seconds", METRIC_COUNTER, "seconds",
	    "Time that the program's threads were stopped, traced or frozen." NOT_EXITED },
	  TASKMETER_AVAILABLE_METER, PROGRAM_STOP_NS, true, NULL },
	{ { "taskmeter_program_wakeups", METRIC_COUNTER, NULL,
	    "Times that a thread of the program was woken after it had blocked."
	    NOT_EXITED },
	  TASKMETER_AVAILABLE_METER, PROGRAM_WAKEUPS, false, NULL },
	{ { "taskmeter_program_mem_stall_seconds", METRIC_COUNTER, "seconds",
	    "Time that the program's threads were stalled for lack of memory: blocked on"
	    " memory, or busy with reclaim or compaction." NOT_EXITED },
	  TASKMETER_AVAILABLE_MEM_STALL, PROGRAM_MEM_STALL_NS, true, NULL },
	{ { "taskmeter_program_direct_reclaims", METRIC_COUNTER, NULL,
	    "Times that a thread of the program had to free memory of the machine." NOT_EXITED },
	  TASKMETER_AVAILABLE_DIRECT_RECLAIM, PROGRAM_DIRECT_RECLAIMS, false, NULL },
	{ { "taskmeter_program_direct_reclaim_seconds", METRIC_COUNTER, "seconds",
	    "Time that the program's threads freed memory of the machine." NOT_EXITED },
	  TASKMETER_AVAILABLE_DIRECT_RECLAIM, PROGRAM_DIRECT_RECLAIM_NS, true, NULL },
	{ { "taskmeter_program_memcg_reclaims", METRIC_COUNTER, NULL,
	    "Times that a thread of the program had to free memory of its cgroup." NOT_EXITED },
	  TASKMETER_AVAILABLE_MEMCG_RECLAIM, PROGRAM_MEMCG_RECLAIMS, false, NULL },
	{ { "taskmeter_program_memcg_reclaim_seconds", METRIC_COUNTER, "seconds",
	    "Time that the program's threads freed memory of their cgroup." NOT_EXITED },
	  TASKMETER_AVAILABLE_MEMCG_RECLAIM, PROGRAM_MEMCG_RECLAIM_NS, true, NULL },
	{ { "taskmeter_program_compactions", METRIC_COUNTER, NULL,
	    "Times that a thread of the program had to move memory about." NOT_EXITED },
	  TASKMETER_AVAILABLE_COMPACTION, PROGRAM_COMPACTIONS, false, NULL },
	{ { "taskmeter_program_compaction_seconds", METRIC_COUNTER, "seconds",
	    "Time that the program's threads moved memory about." NOT_EXITED },
	  TASKMETER_AVAILABLE_COMPACTION, PROGRAM_COMPACTION_NS, true, NULL },
	{ { "taskmeter_program_fault_waits", METRIC_COUNTER, NULL,
	    "Major page faults of the program that blocked." NOT_EXITED },
	  TASKMETER_AVAILABLE_STALLS, PROGRAM_FAULT_WAITS, false, NULL },
	{ { "taskmeter_program_fault_wait_seconds", METRIC_COUNTER, "seconds",
	    "Time that the program's threads were blocked in major page faults." NOT_EXITED },
	  TASKMETER_AVAILABLE_STALLS, PROGRAM_FAULT_WAIT_NS, true, NULL },
	{ { "taskmeter_program_refault_waits", METRIC_COUNTER, NULL,
	    "Times that a thread of the program waited for a page that had been evicted not"
	    " long ago." NOT_EXITED },
	  TASKMETER_AVAILABLE_REFAULT, PROGRAM_REFAULT_WAITS, false, NULL },
	{ { "taskmeter_program_refault_wait_seconds", METRIC_COUNTER, "seconds",
	    "Time that the program's threads waited for pages that had been evicted not"
	    " long ago." NOT_EXITED },
	  TASKMETER_AVAILABLE_REFAULT, PROGRAM_REFAULT_WAIT_NS, true, NULL },
	{ { "taskmeter_program_throttle_waits", METRIC_COUNTER, NULL,
	    "Times that a thread of the program waited because its cgroup was above"
	    " memory.high, or otherwise for memory." NOT_EXITED },
	  TASKMETER_AVAILABLE_REFAULT, PROGRAM_THROTTLE_WAITS, false, NULL },
	{ { "taskmeter_program_throttle_wait_seconds", METRIC_COUNTER, "seconds",
	    "Time that the program's threads waited because their cgroup was above"
	    " memory.high, or otherwise for memory." NOT_EXITED },
	  TASKMETER_AVAILABLE_REFAULT, PROGRAM_THROTTLE_WAIT_NS, true, NULL },
	{ { "taskmeter_program_numa_migrated_pages", METRIC_COUNTER, NULL,
	    "Pages that were moved to the NUMA node of a thread of the program." NOT_EXITED },
	  TASKMETER_AVAILABLE_NUMA_BALANCING, PROGRAM_NUMA_MIGRATED_PAGES, false, NULL },
};

/* Rows of one family stand together. */
static const struct program_family gauges[] = {
	{ { "taskmeter_program_processes", METRIC_GAUGE, NULL,
	    "Processes of the program in the latest sample." },
	  0, PROGRAM_PROCESSES, false, NULL },
	{ { "taskmeter_program_threads", METRIC_GAUGE, NULL,
	    "Threads of the program in the latest sample." },
	  0, PROGRAM_THREADS, false, NULL },
	{ { "taskmeter_program_rss_bytes", METRIC_GAUGE, "bytes",
	    "Resident memory of the program's processes in the latest sample; what they"
	    " share is counted in each." },
	  TASKMETER_AVAILABLE_MEMORY, PROGRAM_RSS_ANON_BYTES, false, "anon" },
	{ { "taskmeter_program_rss_bytes", METRIC_GAUGE, "bytes", NULL },
	  TASKMETER_AVAILABLE_MEMORY, PROGRAM_RSS_FILE_BYTES, false, "file" },
	{ { "taskmeter_program_rss_bytes", METRIC_GAUGE, "bytes", NULL },
	  TASKMETER_AVAILABLE_MEMORY, PROGRAM_RSS_SHMEM_BYTES, false, "shmem" },
	{ { "taskmeter_program_swap_bytes", METRIC_GAUGE, "bytes",
	    "Memory of the program's processes that is swapped out, in the latest"
	    " sample." },
	  TASKMETER_AVAILABLE_MEMORY, PROGRAM_SWAP_BYTES, false, NULL },
};

/* One sample for each rule; values are in write_rule_family(). */
static const struct family rule_families[CONFIG_RULE_SERIES] = {
	{ "taskmeter_rule_active", METRIC_GAUGE, NULL,
	  "Groups for which the rule has crossed and not cleared." },
	{ "taskmeter_rule_crossings", METRIC_COUNTER, NULL,
	  "Times that the rule has crossed for a group." },
	{ "taskmeter_rule_untold", METRIC_COUNTER, NULL,
	  "Of these, told by no event because of the rule's limit." },
	{ "taskmeter_rule_left_out", METRIC_GAUGE, NULL,
	  "Groups above the rule's level in the latest tick that it had no room for." },
};

#define COUNTERS	(sizeof(counters) / sizeof(counters[0]))
#define GAUGES		(sizeof(gauges) / sizeof(gauges[0]))

_Static_assert(METRICS_FIXED_SERIES + COUNTERS + GAUGES <= CONFIG_SERIES_MIN,
	       "the least max-series has no room for one program");

/* Samples that depend on what runs. */
static size_t room_beside_fixed(const struct config *config)
{
	return config->max_series - METRICS_FIXED_SERIES - CONFIG_RULE_SERIES * config->rule_count;
}

unsigned int metrics_max_programs(const struct config *config)
{
	unsigned int fit = (unsigned int)(room_beside_fixed(config) / 2 / (COUNTERS + GAUGES));

	/* One set of rows is for "other". */
	fit -= !!fit;
	return config->metrics_programs < fit ? config->metrics_programs : fit;
}

static void write_row(struct metrics *metrics, const struct program_family *row,
		      const char *name, uint64_t value)
{
	const struct label labels[] = {
		{ "program", name }, { row->kind ? "kind" : NULL, row->kind }, { NULL, NULL },
	};

	if (row->ns)
		metrics_seconds(metrics, labels, value);
	else
		metrics_number(metrics, labels, value);
}

static uint64_t row_value(const struct program_family *row, const struct program *program)
{
	return row->family.type == METRIC_COUNTER ? program->counters[row->source] :
						    program->gauges[row->source];
}

static void write_rows(struct metrics *metrics, const struct program_family *row,
		       const struct programs *programs)
{
	const struct program *program;
	size_t i, names;

	if (row->family.help)
		metrics_family(metrics, &row->family);
	for (i = 0; (program = programs_at(programs, i)); i++)
		if (program->name[0])
			write_row(metrics, row, program->name, row_value(row, program));
	program = programs_other(programs, &names);
	write_row(metrics, row, PROGRAM_OTHER, row_value(row, program));
}

/* Returns the number of families written. */
static size_t write_table(struct metrics *metrics, const struct program_family *rows,
			  size_t count, uint64_t available, const struct programs *programs)
{
	size_t i, written = 0;

	for (i = 0; i < count; i++) {
		if (rows[i].available & ~available)
			continue;
		write_rows(metrics, &rows[i], programs);
		written++;
	}
	return written;
}

static void single(struct metrics *metrics, const char *name, enum metric_type type,
		   const char *help, uint64_t value)
{
	const struct family family = { name, type, NULL, help };

	metrics_family(metrics, &family);
	metrics_number(metrics, NULL, value);
}

static void single_seconds(struct metrics *metrics, const char *name,
			   enum metric_type type, const char *help, uint64_t ns)
{
	const struct family family = { name, type, "seconds", help };

	metrics_family(metrics, &family);
	metrics_seconds(metrics, NULL, ns);
}

static bool visible(const struct taskmeter_record *record, const void *data)
{
	return view_shows(data, record);
}

/* While the meter is off, its figures stand still without saying so. */
static uint64_t available_now(const struct taskmeter_info *info)
{
	const uint64_t meter = TASKMETER_AVAILABLE_METER | TASKMETER_AVAILABLE_MEM_WAIT |
			       TASKMETER_AVAILABLE_STALLS |
			       TASKMETER_AVAILABLE_DIRECT_RECLAIM |
			       TASKMETER_AVAILABLE_MEMCG_RECLAIM |
			       TASKMETER_AVAILABLE_COMPACTION |
			       TASKMETER_AVAILABLE_REFAULT |
			       TASKMETER_AVAILABLE_MEM_STALL |
			       TASKMETER_AVAILABLE_NUMA_BALANCING;

	return info->flags & TASKMETER_INFO_METER ? info->available :
						    info->available & ~meter;
}

static void write_programs(struct metrics *metrics, struct api *api,
			   const struct programs *programs, bool all)
{
	uint64_t available = available_now(&api->model->info);
	size_t rows, names;

	rows = write_table(metrics, gauges, GAUGES, available, programs);
	if (all)
		rows += write_table(metrics, counters, COUNTERS, available, programs);
	programs_other(programs, &names);
	single(metrics, "taskmeter_programs_in_other", METRIC_GAUGE,
	       "Programs in the latest sample that have no series of their own.", names);
	api->cost.series_dropped += rows * names;
}

/* What programs may have under max-series is not for groups, also while they are fewer. */
static size_t room_for_groups(const struct config *config)
{
	const size_t programs = metrics_max_programs(config) + 1;

	return room_beside_fixed(config) - programs * (COUNTERS + GAUGES);
}

static int write_group_totals(struct metrics *metrics, struct api *api)
{
	const struct group_metrics wanted = {
		.groups = api->model->groups, .now_ns = api->model->sample->monotonic_ns,
		.available = available_now(&api->model->info),
		.room = room_for_groups(api->config), .choice = &api->group_choice,
	};
	uint64_t dropped = 0;
	const int r = group_metrics_write(metrics, &wanted, &dropped);

	api->cost.series_dropped += dropped;
	return r;
}

static int write_own_programs(struct metrics *metrics, struct api *api,
			      const struct view *view)
{
	struct programs *programs = programs_new(metrics_max_programs(api->config));

	if (!programs)
		return -ENOMEM;
	programs_feed(programs, NULL, api->model->sample, visible, view);
	write_programs(metrics, api, programs, false);
	programs_free(programs);
	return 0;
}

static uint64_t count_visible(const struct sample *sample, const struct view *view)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < sample->count; i++)
		count += view_shows(view, &sample->records[i]);
	return count;
}

static void write_probes(struct metrics *metrics, const struct taskmeter_info *info)
{
	if (!(info->flags & TASKMETER_INFO_PROBE_TIME) && !info->probe_calls)
		return;
	single(metrics, "taskmeter_probe_calls", METRIC_COUNTER,
	       "Calls of the module's probes that were timed.", info->probe_calls);
	single_seconds(metrics, "taskmeter_probe_seconds", METRIC_COUNTER,
		       "Time spent in these calls, the clock reads of the timing included.",
		       info->probe_ns);
}

/* What the scheduler meter says of itself; nothing if the module is older. */
static void write_meter(struct metrics *metrics, const struct taskmeter_info *info)
{
	if (info->size < TASKMETER_INFO_SIZE_VER2)
		return;
	single(metrics, "taskmeter_meter_on", METRIC_GAUGE,
	       "1 if the scheduler meter is switched on, else 0.",
	       !!(info->flags & TASKMETER_INFO_METER));
	single(metrics, "taskmeter_tracked_threads", METRIC_GAUGE,
	       "Threads that the scheduler meter tracks.", info->tracked_threads);
	single(metrics, "taskmeter_untracked_threads", METRIC_GAUGE,
	       "Threads that it does not track for want of memory.",
	       info->untracked_threads);
	single(metrics, "taskmeter_allocation_failures", METRIC_COUNTER,
	       "Times that the module had no memory for a thread, a process or a histogram.",
	       info->allocation_failures);
	single(metrics, "taskmeter_clock_steps", METRIC_COUNTER,
	       "Times that the clock of a switch was behind that of the switch before.",
	       info->clock_steps);
	single(metrics, "taskmeter_gaps", METRIC_COUNTER,
	       "Times that a switch was not seen; what the thread did then counts as sleep.",
	       info->gaps);
	write_probes(metrics, info);
}

/* The module's log of exit records; nothing if the module is older. */
static void write_exit_log(struct metrics *metrics, const struct taskmeter_info *info)
{
	if (info->size < TASKMETER_INFO_SIZE_VER3)
		return;
	single(metrics, "taskmeter_exit_log_records", METRIC_GAUGE,
	       "Exit records in the module's log.", info->exit_log_records);
	single(metrics, "taskmeter_exit_log_evicted", METRIC_COUNTER,
	       "Exit records that had to leave the module's log to make room, most of them"
	       " after they were read.", info->exit_log_evicted);
	single(metrics, "taskmeter_exits_unrecorded", METRIC_COUNTER,
	       "Exits of which the module could not tell whose they were.",
	       info->exits_unrecorded);
	single(metrics, "taskmeter_events_lost", METRIC_COUNTER,
	       "Events that found the module's queue full.", info->events_lost);
}

static int write_sample(struct metrics *metrics, struct api *api, const struct view *view)
{
	const struct sample *sample = api->model->sample;
	const struct taskmeter_info *info = &api->model->info;
	const struct family module = { "taskmeter_module", METRIC_INFO, NULL,
				       "Version of the kernel module." };
	char version[sizeof(info->version) + 1];
	const struct label label[] = { { "version", version }, { NULL, NULL } };

	snprintf(version, sizeof(version), "%.*s", (int)sizeof(info->version),
		 info->version);
	metrics_family(metrics, &module);
	metrics_number(metrics, label, 1);
	single(metrics, "taskmeter_processes", METRIC_GAUGE,
	       "Processes in the latest sample that the scraper may see.",
	       count_visible(sample, view));
	single_seconds(metrics, "taskmeter_sample_timestamp_seconds", METRIC_GAUGE,
		       "When the latest sample was taken, Unix time.", sample->realtime_ns);
	write_meter(metrics, info);
	write_exit_log(metrics, info);
	if (!view->all)
		return write_own_programs(metrics, api, view);
	write_programs(metrics, api, api->model->programs, true);
	return write_group_totals(metrics, api);
}

static void write_sampler(struct metrics *metrics, const struct model_cost *cost)
{
	single(metrics, "taskmeter_samples", METRIC_COUNTER,
	       "Samples taken since the daemon started.", cost->samples);
	single(metrics, "taskmeter_sample_failures", METRIC_COUNTER,
	       "Ticks that gave no sample.", cost->failures);
	single(metrics, "taskmeter_samples_late", METRIC_COUNTER,
	       "Ticks that began more than an interval late.", cost->late);
	single_seconds(metrics, "taskmeter_sampling_seconds", METRIC_COUNTER,
		       "Wall time spent sampling.", cost->sample_ns);
	single_seconds(metrics, "taskmeter_last_sampling_seconds", METRIC_GAUGE,
		       "Wall time that the latest tick took.", cost->last_sample_ns);
}

static void write_exits(struct metrics *metrics, const struct exits *exits)
{
	const struct exits_cost *cost = &exits->cost;

	if (!exits->log.instance_id)
		return;
	single(metrics, "taskmeter_exits", METRIC_COUNTER,
	       "Exit records read since the daemon started.", cost->records);
	single(metrics, "taskmeter_exits_failed", METRIC_COUNTER,
	       "Of these, with an exit code that is not 0, or killed by a signal.",
	       cost->failed);
	single(metrics, "taskmeter_exits_oom", METRIC_COUNTER,
	       "Of these, killed because memory ran out.", cost->oom);
	single(metrics, "taskmeter_exits_lost", METRIC_COUNTER,
	       "Exit records that had left the module's log before they could be read.",
	       cost->lost);
}

/* What is behind the totals of groups. */
static void write_groups(struct metrics *metrics, const struct model *model)
{
	const struct groups_cost *cost = groups_cost(model->groups);

	if (!cost->settled)
		return;
	single(metrics, "taskmeter_cgroups", METRIC_GAUGE,
	       "Cgroups that processes are in, or were a minute ago.", cost->cgroups);
	single(metrics, "taskmeter_cgroups_unresolved", METRIC_GAUGE,
	       "Of these, without a known path: what they do is told when it is.",
	       cost->unresolved);
	single(metrics, "taskmeter_cgroup_walks", METRIC_COUNTER,
	       "Times that the hierarchy of cgroups was looked through for paths.",
	       model->paths.walks);
	single(metrics, "taskmeter_exits_missed", METRIC_COUNTER,
	       "Processes that were gone without an exit record: totals of groups lack what"
	       " they did in the end, unless it was repaired.", cost->missed);
	single(metrics, "taskmeter_exits_repaired", METRIC_COUNTER,
	       "Processes whose exit records were lost, and what they did was added to groups"
	       " from the module's totals.", cost->repaired);
}

static void write_rule_family(struct metrics *metrics, const struct rules *rules, size_t family)
{
	const struct rule_status *status;
	const struct rule *rule;
	size_t i;

	metrics_family(metrics, &rule_families[family]);
	for (i = 0; (rule = rules_at(rules, i, &status)); i++) {
		const struct label label[] = { { "rule", rule->name }, { NULL, NULL } };
		const uint64_t values[CONFIG_RULE_SERIES] = {
			status->active, status->crossings, status->untold, status->left_out,
		};

		metrics_number(metrics, label, values[family]);
	}
}

/* They are about groups of processes of all users. */
static void write_rules(struct metrics *metrics, const struct rules *rules)
{
	const struct rule_status *ignored;
	size_t i;

	if (!rules || !rules_at(rules, 0, &ignored))
		return;
	for (i = 0; i < CONFIG_RULE_SERIES; i++)
		write_rule_family(metrics, rules, i);
}

static void single_bytes(struct metrics *metrics, const char *name,
			 enum metric_type type, const char *help, uint64_t bytes)
{
	const struct family family = { name, type, "bytes", help };

	metrics_family(metrics, &family);
	metrics_number(metrics, NULL, bytes);
}

static void write_ticks(struct metrics *metrics, const struct store_status *status,
			const struct ticks_cost *cost)
{
	single(metrics, "taskmeter_history_ticks", METRIC_COUNTER,
	       "Ticks written to the history since the daemon started.", status->ticks);
	single_bytes(metrics, "taskmeter_history_ticks_bytes", METRIC_COUNTER,
		     "What they take.", status->tick_bytes);
	single(metrics, "taskmeter_history_ticks_dropped", METRIC_COUNTER,
	       "Ticks that are not in the history, as too many waited to be written, or there"
	       " was no memory.", cost->dropped);
	single_seconds(metrics, "taskmeter_history_ticks_seconds", METRIC_COUNTER,
		       "Wall time spent making ticks.", cost->took_ns);
}

static void write_series(struct metrics *metrics, const struct store_status *status,
			 const struct group_series_cost *cost)
{
	single(metrics, "taskmeter_history_series", METRIC_COUNTER,
	       "Blocks of groups written to the history since the daemon started.",
	       status->series);
	single_bytes(metrics, "taskmeter_history_series_bytes", METRIC_COUNTER,
		     "What they take.", status->series_bytes);
	single(metrics, "taskmeter_history_series_dropped", METRIC_COUNTER,
	       "Blocks of groups that are not in the history, as too many waited to be written,"
	       " or there was no memory.", cost->dropped);
	single_seconds(metrics, "taskmeter_history_series_seconds", METRIC_COUNTER,
		       "Wall time spent making blocks of groups.", cost->took_ns);
}

/* What the event loop knows of the store; nothing if there is to be no history. */
static void write_history(struct metrics *metrics, const struct api *api)
{
	struct store_status status;

	if (!api->exits->store)
		return;
	store_status(api->exits->store, &status);
	single(metrics, "taskmeter_history_up", METRIC_GAUGE,
	       "1 if the history can be written, else 0.", !status.problem[0]);
	single(metrics, "taskmeter_history_exits", METRIC_COUNTER,
	       "Exit records written to the history since the daemon started.", status.stored);
	single(metrics, "taskmeter_history_lost", METRIC_COUNTER,
	       "Exit records that the history notes as lost, since the daemon started.",
	       status.lost);
	single(metrics, "taskmeter_history_errors", METRIC_COUNTER,
	       "Failed attempts to write or open the history.", status.errors);
	single(metrics, "taskmeter_history_moved", METRIC_COUNTER,
	       "Times that a damaged history was moved aside.", status.moved);
	single(metrics, "taskmeter_history_queue", METRIC_GAUGE,
	       "Batches of exit records that wait to be written.", status.queued);
	single_bytes(metrics, "taskmeter_history_size_bytes", METRIC_GAUGE,
		     "Size of the history's file, without its log.", status.file_bytes);
	write_ticks(metrics, &status, &api->ticks->cost);
	write_series(metrics, &status, &api->series->cost);
}

static void write_events(struct metrics *metrics, const struct api *api)
{
	const struct events_cost *cost = events_cost(api->events);

	single(metrics, "taskmeter_oom_kills", METRIC_COUNTER,
	       "OOM kills told to the journal since the daemon started.", cost->oom_kills);
	single(metrics, "taskmeter_event_streams", METRIC_GAUGE,
	       "Open event streams.", api->cost.streams);
	single(metrics, "taskmeter_event_streams_overrun", METRIC_COUNTER,
	       "Event streams that ended because the client was too slow.",
	       api->cost.streams_overrun);
}

static void write_api(struct metrics *metrics, const struct api_cost *cost)
{
	single(metrics, "taskmeter_scrapes", METRIC_COUNTER,
	       "Replies to /metrics, this one included.", cost->scrapes);
	single(metrics, "taskmeter_series_dropped", METRIC_COUNTER,
	       "Samples left out of replies to /metrics; what they tell of programs is part of"
	       " program other.",
	       cost->series_dropped);
	single_seconds(metrics, "taskmeter_scrape_seconds", METRIC_COUNTER,
		       "Wall time spent making replies to /metrics, this one not included.",
		       cost->scrape_ns);
	single(metrics, "taskmeter_http_requests", METRIC_COUNTER,
	       "HTTP requests answered.", cost->requests);
	single(metrics, "taskmeter_http_refused", METRIC_COUNTER,
	       "HTTP requests answered with a problem.", cost->refused);
	single(metrics, "taskmeter_http_connections", METRIC_GAUGE,
	       "Open HTTP connections.", cost->connections);
	single(metrics, "taskmeter_http_accepted", METRIC_COUNTER,
	       "HTTP connections accepted.", cost->connections_total);
	single(metrics, "taskmeter_http_closed", METRIC_COUNTER,
	       "HTTP connections closed by a limit of time or number.",
	       cost->connections_closed);
}

static uint64_t timeval_ns(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_usec * 1000;
}

static uint64_t resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	uint64_t pages = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%*u %" SCNu64, &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The names that every Prometheus client library uses. */
static void write_self(struct metrics *metrics)
{
	const struct family rss = { "process_resident_memory_bytes", METRIC_GAUGE,
				    "bytes", "Resident memory of the daemon." };
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	single_seconds(metrics, "process_cpu_seconds", METRIC_COUNTER,
		       "CPU time of the daemon.",
		       timeval_ns(&usage.ru_utime) + timeval_ns(&usage.ru_stime));
	metrics_family(metrics, &rss);
	metrics_number(metrics, NULL, resident_bytes());
}

static void write_build(struct metrics *metrics)
{
	const struct family build = { "taskmeter_build", METRIC_INFO, NULL,
				      "Version of the daemon." };
	const struct label label[] = { { "version", TASKMETER_VERSION }, { NULL, NULL } };

	metrics_family(metrics, &build);
	metrics_number(metrics, label, 1);
}

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int handle_metrics(struct api *api, const struct request *request, struct reply *reply,
		   struct problem *problem)
{
	struct metrics metrics = {
		.buffer = &reply->body,
		.openmetrics = metrics_wanted(request->accept),
	};
	const uint64_t began = clock_ns();
	int r = 0;

	(void)problem;
	api->cost.scrapes++;
	write_build(&metrics);
	single(&metrics, "taskmeter_module_up", METRIC_GAUGE,
	       "1 if the latest tick gave a sample, else 0.", !api->model->problem[0]);
	if (api->model->sample)
		r = write_sample(&metrics, api, &request->view);
	write_sampler(&metrics, &api->model->cost);
	write_exits(&metrics, api->exits);
	write_groups(&metrics, api->model);
	if (request->view.all)
		write_rules(&metrics, api->rules);
	write_history(&metrics, api);
	write_events(&metrics, api);
	write_api(&metrics, &api->cost);
	write_self(&metrics);
	metrics_end(&metrics);
	api->cost.scrape_ns += clock_ns() - began;
	reply->status = 200;
	reply->type = metrics.openmetrics ? OPENMETRICS_TYPE : PROMETHEUS_TYPE;
	reply->vary = "Accept, Accept-Encoding";
	return r < 0 ? r : reply->body.error;
}
