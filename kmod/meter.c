// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scheduler meter as a whole: switched on and off, and what it says of itself.
 *
 * Switched off, it has no probe and no memory. Readers hold RCU and look whether it
 * is on; it gives up its memory only after none of them can look any more.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "meter.h"

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/rcupdate.h>
#include <linux/taskmeter.h>

#include "compat/compat.h"
#include "life.h"
#include "sched.h"
#include "stall.h"
#include "task.h"
#include "tracepoints.h"

static bool meter = true;
module_param(meter, bool, 0444);
MODULE_PARM_DESC(meter, "switch the scheduler meter on at load (default: 1)");

static bool read_clock;
module_param(read_clock, bool, 0444);
MODULE_PARM_DESC(read_clock,
		 "read the clock at each switch instead of taking the scheduler's time stamp (default: 0, but done all the same where that stamp is found not to fit)");

bool meter_running;

/* Guards what follows. */
static DEFINE_MUTEX(meter_lock);
static struct meter_config config;
static int missing;	/* why the meter cannot be switched on */

static enum taskmeter_clock meter_clock;
static bool memory_stalls;

/*
 * Find whether this kernel marks memory stalls, as it does with PSI. Nothing that is
 * exported tells, but its files do. Return: 0, or -ENOMEM if that cannot be found out.
 */
static int find_memory_stalls(void)
{
	struct path path;
	int ret;

	if (!IS_ENABLED(CONFIG_PSI))
		return 0;
	ret = kern_path("/proc/pressure/memory", 0, &path);
	if (ret == -ENOMEM)
		return ret;
	memory_stalls = !ret;
	if (memory_stalls)
		path_put(&path);
	return 0;
}

static void meter_stop(void)
{
	WRITE_ONCE(meter_running, false);
	synchronize_rcu();
	if (config.waker)
		sched_stop_waker();
	stall_stop();
	sched_stop();
	life_stop();
	tracepoints_synchronize();
	task_stop();
}

static int meter_start(void)
{
	int ret;

	ret = task_start();
	if (ret)
		goto err_task;
	ret = life_start();
	if (ret)
		goto err_probes;
	ret = sched_start(meter_clock == TASKMETER_CLOCK_LOCAL);
	if (ret)
		goto err_life;
	ret = stall_start();
	if (ret)
		goto err_sched;
	if (config.waker)
		ret = sched_start_waker();
	if (ret)
		goto err_stall;
	ret = thread_attach_all();
	if (ret)
		goto err_waker;
	/* What was made before is there for whoever sees it. */
	smp_store_release(&meter_running, true);
	return 0;

err_waker:
	if (config.waker)
		sched_stop_waker();
err_stall:
	stall_stop();
err_sched:
	sched_stop();
err_life:
	life_stop();
err_probes:
	tracepoints_synchronize();
err_task:
	task_stop();
	return ret;
}

static int set_waker(bool on)
{
	int ret = 0;

	if (config.waker == on)
		return 0;
	if (config.meter && on)
		ret = sched_start_waker();
	if (ret)
		return ret;
	WRITE_ONCE(config.waker, on);
	if (config.meter && !on) {
		sched_stop_waker();
		task_forget_wakers();
	}
	return 0;
}

static int set_meter(bool on)
{
	int ret = 0;

	if (config.meter == on)
		return 0;
	if (on)
		ret = missing ?: meter_start();
	else
		meter_stop();
	if (!ret)
		config.meter = on;
	return ret;
}

static int meter_set(const struct meter_config *wanted)
{
	int ret;

	if (config.probe_time != wanted->probe_time) {
		sched_time_probes(wanted->probe_time);
		config.probe_time = wanted->probe_time;
	}
	/* What is switched off first, and on last, need not be started twice. */
	if (!wanted->meter) {
		ret = set_meter(false);
		return ret ?: set_waker(wanted->waker);
	}
	ret = set_waker(wanted->waker);
	return ret ?: set_meter(true);
}

/**
 * meter_change() - switch something on or off
 * @change: sets in the present configuration what is to be changed
 * @data: for @change
 *
 * Context: may sleep.
 *
 * Return: 0 or a negative errno; -EOPNOTSUPP if this kernel lacks what it takes.
 */
int meter_change(void (*change)(struct meter_config *config, void *data), void *data)
{
	struct meter_config wanted;
	int ret;

	mutex_lock(&meter_lock);
	wanted = config;
	change(&wanted, data);
	ret = meter_set(&wanted);
	mutex_unlock(&meter_lock);
	return ret;
}

/* What to see later to learn what was active after now; 0 if the meter is off. */
u64 meter_token(void)
{
	u64 now = compat_clock();

	if (!READ_ONCE(meter_running))
		return 0;
	return now > METER_TOKEN_MARGIN_NS ? now - METER_TOKEN_MARGIN_NS : 1;
}

/* What the meter can tell while it is on. */
u64 meter_available(void)
{
	const u64 stalls = TASKMETER_AVAILABLE_DIRECT_RECLAIM |
			   TASKMETER_AVAILABLE_MEMCG_RECLAIM |
			   TASKMETER_AVAILABLE_COMPACTION | TASKMETER_AVAILABLE_REFAULT;
	u64 available = TASKMETER_AVAILABLE_METER | TASKMETER_AVAILABLE_STALLS |
			stall_available();

	if (memory_stalls)
		available |= TASKMETER_AVAILABLE_MEM_WAIT | TASKMETER_AVAILABLE_REFAULT;
	if (sched_several_nodes())
		available |= TASKMETER_AVAILABLE_NUMA;
	if (sched_several_nodes() && COMPAT_NUMA_BALANCING)
		available |= TASKMETER_AVAILABLE_NUMA_BALANCING;
	if (READ_ONCE(config.waker))
		available |= TASKMETER_AVAILABLE_WAKER;
	if ((available & stalls) == stalls)
		available |= TASKMETER_AVAILABLE_MEM_STALL;
	return available;
}

static void info_statistics(struct taskmeter_info *info)
{
	struct task_statistics tasks;
	struct probe_statistics probes;

	task_statistics(&tasks);
	info->tracked_threads = tasks.tracked;
	info->untracked_threads = tasks.untracked;
	info->allocation_failures = tasks.allocation_failures;

	probe_statistics(&probes);
	info->clock_steps = probes.clock_steps;
	info->gaps = probes.gaps;
	info->probe_calls = probes.probe_calls;
	info->probe_ns = probes.probe_ns;
}

/**
 * meter_info() - what the meter says of itself
 * @info: the meter's members and flags are filled in, the others left alone
 */
void meter_info(struct taskmeter_info *info)
{
	if (READ_ONCE(meter_running)) {
		info->flags |= TASKMETER_INFO_METER;
		info->clock = meter_clock;
	}
	if (READ_ONCE(config.waker))
		info->flags |= TASKMETER_INFO_WAKER;
	if (READ_ONCE(config.probe_time))
		info->flags |= TASKMETER_INFO_PROBE_TIME;
	info->token = meter_token();
	info->thread_bytes = sizeof(struct thread);
	info->process_bytes = sizeof(struct process);
	info->histogram_bytes = sizeof(struct counts);
	info_statistics(info);
}

/**
 * meter_init() - find what the meter needs and switch it on
 *
 * A kernel that lacks something still has the figures that it keeps itself.
 *
 * Return: 0 or a negative errno.
 */
int meter_init(void)
{
	int ret;

	ret = find_memory_stalls();
	if (ret)
		return ret;
	missing = life_find_tracepoints() ?: sched_find_tracepoints();
	stall_find_tracepoints();
	meter_clock = read_clock || !sched_exec_start_works() ? TASKMETER_CLOCK_LOCAL :
								TASKMETER_CLOCK_EXEC_START;
	if (missing)
		pr_warn("the scheduler meter stays off: this kernel lacks a tracepoint that it needs; the kernel's own counters are there\n");
	if (!meter || missing)
		return 0;
	mutex_lock(&meter_lock);
	ret = set_meter(true);
	mutex_unlock(&meter_lock);
	return ret;
}

void meter_exit(void)
{
	mutex_lock(&meter_lock);
	set_meter(false);
	mutex_unlock(&meter_lock);
}
