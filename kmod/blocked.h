/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a thread waits for while it is off the CPU and not queued.
 */
#ifndef TASKMETER_BLOCKED_H
#define TASKMETER_BLOCKED_H

#include <linux/sched.h>
#include <linux/taskmeter.h>
#include <linux/types.h>

#include "compat/compat.h"

u8 blocked_state_unlikely(const struct task_struct *task, unsigned int state);

/* Whether a thread that has blocked just sleeps, as told by little. */
static __always_inline bool blocked_asleep(const struct task_struct *task,
					   unsigned int state)
{
	return !(state & ~TASK_INTERRUPTIBLE) && compat_task_unmarked(task);
}

/**
 * blocked_state() - why a thread has blocked
 * @task: the thread
 * @state: its task state when it left the CPU
 *
 * Return: &enum taskmeter_state.
 */
static __always_inline u8 blocked_state(const struct task_struct *task,
					unsigned int state)
{
	if (likely(blocked_asleep(task, state)))
		return TASKMETER_STATE_SLEEPING;
	return blocked_state_unlikely(task, state);
}

#endif /* TASKMETER_BLOCKED_H */
