/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a thread is up to, as a reader sees it: under RCU, within a loop over the
 * thread's sequence.
 */
#ifndef TASKMETER_MOMENT_H
#define TASKMETER_MOMENT_H

#include <linux/minmax.h>
#include <linux/sched.h>

#include "compat/compat.h"
#include "task.h"

/*
 * What the kernel knows of the time that a thread was queued. It changes both figures
 * when it moves a queued thread to another CPU, which is no switch.
 */
static __always_inline void read_queued(const struct task_struct *task, u64 *ret_delay,
					u64 *ret_since)
{
	u64 delay, since;

	do {
		delay = READ_ONCE(task->sched_info.run_delay);
		since = READ_ONCE(task->sched_info.last_queued);
		smp_rmb(); /* neither was changed between the two readings */
		*ret_delay = READ_ONCE(task->sched_info.run_delay);
		*ret_since = READ_ONCE(task->sched_info.last_queued);
	} while (unlikely(delay != *ret_delay || since != *ret_since));
}

/**
 * struct moment - what a thread was up to when it was read, and since
 * @state: &enum taskmeter_state; told as queued if it is blocked no more
 * @blocked: the state that @blocked_ns belong to
 * @asleep: it has not been woken, or with THREAD_MOVED that is not known
 * @since: when it left or got the CPU
 * @epoch: see &struct thread
 * @delay: run delay then
 * @booked: run delay now
 * @queued_at: when it was queued, or 0
 * @off_ns: how long it has been at this
 * @state_ns: how long it has been in @state
 * @queued_ns: how much of @off_ns it has been queued
 * @blocked_ns: how much of @off_ns it was blocked
 */
struct moment {
	u8 state;
	u8 blocked;
	bool asleep;
	u64 since;
	u64 epoch;
	u64 delay;
	u64 booked;
	u64 queued_at;
	u64 off_ns;
	u64 state_ns;
	u64 queued_ns;
	u64 blocked_ns;
};

static __always_inline void moment_read(struct moment *moment, const struct thread *thread,
					const struct task_struct *task)
{
	moment->state = thread_state(thread);
	moment->since = thread->since;
	moment->epoch = thread->epoch;
	moment->delay = thread->run_delay;
	if (COMPAT_SCHED_DELAYED && unlikely(thread->flags & THREAD_MOVED)) {
		moment->booked = moment->delay;
		moment->queued_at = 0;
		return;
	}
	read_queued(task, &moment->booked, &moment->queued_at);
}

/* A blocked thread that was woken has been queued since. */
static __always_inline void moment_blocked(struct moment *moment, u64 now)
{
	u64 queued = moment->booked - moment->delay;

	moment->asleep = !moment->queued_at && !queued;
	if (moment->queued_at && moment->queued_at < now)
		queued += now - moment->queued_at;
	queued = min(queued, moment->off_ns);
	moment->queued_ns = queued;
	moment->blocked_ns = moment->off_ns - queued;
	if (queued) {
		moment->state = TASKMETER_STATE_QUEUED;
		moment->state_ns = queued;
	}
}

/* What has come of it until now. */
static __always_inline void moment_until(struct moment *moment, u64 now)
{
	const u8 state = moment->state;

	moment->off_ns = now > moment->since && state != TASKMETER_STATE_DEAD ?
			 now - moment->since : 0;
	moment->state_ns = moment->off_ns;
	moment->queued_ns = state == TASKMETER_STATE_QUEUED ? moment->off_ns : 0;
	moment->blocked = state;
	moment->blocked_ns = 0;
	moment->asleep = state == TASKMETER_STATE_DEAD;
	if (state != TASKMETER_STATE_QUEUED && state != TASKMETER_STATE_RUNNING &&
	    state != TASKMETER_STATE_DEAD)
		moment_blocked(moment, now);
}

/* Whether a thread was folded before the reader copied the sums of its process. */
static __always_inline bool folded_before(const struct thread *thread, u32 folds)
{
	return thread->state == TASKMETER_STATE_DEAD && (s32)(folds - thread->fold) >= 0;
}

#endif /* TASKMETER_MOMENT_H */
