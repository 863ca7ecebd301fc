/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TASKMETER_METER_H
#define TASKMETER_METER_H

#include <linux/taskmeter.h>
#include <linux/types.h>
#include <asm/barrier.h>

/*
 * Tokens reach back so far: a switch should not take longer from the time that it is
 * said to happen to the writing of it, even on a CPU that a hypervisor takes away.
 */
#define METER_TOKEN_MARGIN_NS	(50 * 1000 * 1000ULL)

/**
 * struct meter_config - what can be switched at run time
 * @meter: the scheduler meter
 * @waker: recording who wakes whom
 * @probe_time: measuring the time spent in probes
 */
struct meter_config {
	bool meter;
	bool waker;
	bool probe_time;
};

/* What is known of stalls, of all that is available. */
#define METER_STALLS	(TASKMETER_AVAILABLE_STALLS | TASKMETER_AVAILABLE_DIRECT_RECLAIM | \
			 TASKMETER_AVAILABLE_MEMCG_RECLAIM | TASKMETER_AVAILABLE_COMPACTION | \
			 TASKMETER_AVAILABLE_REFAULT | TASKMETER_AVAILABLE_MEM_STALL | \
			 TASKMETER_AVAILABLE_NUMA_BALANCING)

extern bool meter_running;

/* Under RCU: until the end of the section, what the meter holds is there. */
static inline bool meter_on(void)
{
	return smp_load_acquire(&meter_running); /* as made by meter_start() */
}

int meter_init(void);
void meter_exit(void);
int meter_change(void (*change)(struct meter_config *config, void *data), void *data);
u64 meter_token(void);
u64 meter_available(void);
void meter_info(struct taskmeter_info *info);

#endif /* TASKMETER_METER_H */
