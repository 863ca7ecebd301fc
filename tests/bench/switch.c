// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-switch: what the meter adds to a context switch, to a fork and to an exec,
 * beside its peers and together with them; to a page fault, to a read from the page
 * cache and to reclaim.
 *
 * It needs root, the module, and a machine whose clock counts instructions; it
 * switches the meter off and on. README.md beside this file tells of the method.
 */
#include "measure.h"
#include "setting.h"
#include "work.h"

#define COUNT(array)	(sizeof(array) / sizeof(*(array)))

enum {
	PIPE_OFF, PIPE_METER, PIPE_WAKER, PIPE_PROBE_TIME, PIPE_RUNQLAT,
	PIPE_RUNQLAT_METER, PIPE_TRACE, PIPE_TRACE_METER, PIPE_MEASURES
};

#define PIPE(what)	{ .run = work_pipe, .prepare = setting_apply, .setting = (what) }

static struct measure pipe_measures[] = {
	[PIPE_OFF]		= PIPE(0),
	[PIPE_METER]		= PIPE(SETTING_METER),
	[PIPE_WAKER]		= PIPE(SETTING_METER | SETTING_WAKER),
	[PIPE_PROBE_TIME]	= PIPE(SETTING_METER | SETTING_PROBE_TIME),
	[PIPE_RUNQLAT]		= PIPE(SETTING_RUNQLAT),
	[PIPE_RUNQLAT_METER]	= PIPE(SETTING_RUNQLAT | SETTING_METER),
	[PIPE_TRACE]		= PIPE(SETTING_TRACE),
	[PIPE_TRACE_METER]	= PIPE(SETTING_TRACE | SETTING_METER),
};

static const struct addition pipe_additions[] = {
	{ "pipe-meter", PIPE_METER, PIPE_OFF, 130, 0 },
	{ "pipe-meter-waker", PIPE_WAKER, PIPE_OFF, 0, 0 },
	{ "pipe-meter-probe-time", PIPE_PROBE_TIME, PIPE_OFF, 0, 0 },
	{ "pipe-runqlat", PIPE_RUNQLAT, PIPE_OFF, 0, 0 },
	{ "pipe-meter-beside-runqlat", PIPE_RUNQLAT_METER, PIPE_RUNQLAT, 0, 0 },
	{ "pipe-trace", PIPE_TRACE, PIPE_OFF, 0, 0 },
	{ "pipe-meter-beside-trace", PIPE_TRACE_METER, PIPE_TRACE, 0, 0 },
};

enum { THREADS_OFF, THREADS_METER, YIELD_OFF, YIELD_METER, SWITCH_MEASURES };

#define WORK(work, what) { .run = (work), .prepare = setting_apply, .setting = (what) }

static struct measure switch_measures[] = {
	[THREADS_OFF]	= WORK(work_pipe_threads, 0),
	[THREADS_METER]	= WORK(work_pipe_threads, SETTING_METER),
	[YIELD_OFF]	= WORK(work_yield, 0),
	[YIELD_METER]	= WORK(work_yield, SETTING_METER),
};

static const struct addition switch_additions[] = {
	{ "pipe-threads-meter", THREADS_METER, THREADS_OFF, 130, 0 },
	{ "yield-meter", YIELD_METER, YIELD_OFF, 130, 0 },
};

enum {
	FORK_OFF, FORK_METER, EXEC_OFF, EXEC_METER, CREATE_OFF, CREATE_METER,
	LIFE_MEASURES
};

static struct measure life_measures[] = {
	[FORK_OFF]	= WORK(work_fork_exit, 0),
	[FORK_METER]	= WORK(work_fork_exit, SETTING_METER),
	[EXEC_OFF]	= WORK(work_fork_exec_exit, 0),
	[EXEC_METER]	= WORK(work_fork_exec_exit, SETTING_METER),
	[CREATE_OFF]	= WORK(work_thread_create_join, 0),
	[CREATE_METER]	= WORK(work_thread_create_join, SETTING_METER),
};

static const struct addition life_additions[] = {
	{ "fork-exit-meter", FORK_METER, FORK_OFF, 0, 2 },
	{ "fork-exec-exit-meter", EXEC_METER, EXEC_OFF, 0, 2 },
	{ "thread-create-join-meter", CREATE_METER, CREATE_OFF, 0, 0 },
};

enum {
	FAULT_OFF, FAULT_METER, READ_OFF, READ_METER, RECLAIM_OFF, RECLAIM_METER,
	MEMORY_MEASURES
};

static struct measure memory_measures[] = {
	[FAULT_OFF]	= WORK(work_minor_faults, 0),
	[FAULT_METER]	= WORK(work_minor_faults, SETTING_METER),
	[READ_OFF]	= WORK(work_page_cache_read, 0),
	[READ_METER]	= WORK(work_page_cache_read, SETTING_METER),
	[RECLAIM_OFF]	= WORK(work_reclaim, 0),
	[RECLAIM_METER]	= WORK(work_reclaim, SETTING_METER),
};

static const struct addition memory_additions[] = {
	{ "minor-fault-meter", FAULT_METER, FAULT_OFF, 0, 1 },
	{ "page-cache-read-meter", READ_METER, READ_OFF, 1, 0 },
	{ "reclaim-meter", RECLAIM_METER, RECLAIM_OFF, 0, 1 },
};

static void find_peers(void)
{
	const char *missing = setting_runqlat_missing();

	pipe_measures[PIPE_RUNQLAT].missing = missing;
	pipe_measures[PIPE_RUNQLAT_METER].missing = missing;
}

int main(void)
{
	const struct subject per_switch = { "switch", 0, "instructions/switch" };
	const struct subject per_life = { "life", 0, "instructions/turn" };
	const struct subject per_page = { "memory", 0, "instructions/page" };

	measure_check_clock();
	work_start();
	setting_open();
	find_peers();
	measure_settle(&pipe_measures[PIPE_OFF]);

	measure_all(pipe_measures, PIPE_MEASURES);
	measure_all(switch_measures, SWITCH_MEASURES);
	measure_all(life_measures, LIFE_MEASURES);
	measure_all(memory_measures, MEMORY_MEASURES);

	measure_print_additions(&per_switch, pipe_measures, pipe_additions,
				COUNT(pipe_additions));
	measure_print_additions(&per_switch, switch_measures, switch_additions,
				COUNT(switch_additions));
	measure_print_additions(&per_life, life_measures, life_additions,
				COUNT(life_additions));
	measure_print_additions(&per_page, memory_measures, memory_additions,
				COUNT(memory_additions));
	setting_close();
	return 0;
}
