// SPDX-License-Identifier: GPL-2.0-only
#include "blocked.h"

/*
 * A thread that is frozen with its cgroup (v2) sleeps interruptibly; the parent of a
 * vfork is marked as frozen as well, so that its cgroup can be, but it is blocked.
 */
notrace u8 blocked_state_unlikely(const struct task_struct *task, unsigned int state)
{
	const unsigned int blocked = TASK_UNINTERRUPTIBLE | COMPAT_TASK_RTLOCK_WAIT;

	if (state & TASK_DEAD)
		return TASKMETER_STATE_DEAD;
	if (compat_task_in_memstall(task))
		return TASKMETER_STATE_MEMORY;
	if (task->in_iowait)
		return TASKMETER_STATE_IO;
	if (state & (__TASK_STOPPED | __TASK_TRACED) || compat_task_frozen(task, state))
		return TASKMETER_STATE_STOPPED;
	if (state & blocked && !(state & TASK_NOLOAD))
		return TASKMETER_STATE_LOCK;
	return TASKMETER_STATE_SLEEPING;
}
