/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lack of memory makes a thread do: free memory, move it about, wait for it.
 */
#ifndef TASKMETER_STALL_H
#define TASKMETER_STALL_H

#include <linux/types.h>

struct task_struct;
struct thread;

void stall_find_tracepoints(void);
u64 stall_available(void);
int stall_start(void);
void stall_stop(void);

u32 stall_oom_scope(void);

void stall_waited(struct thread *thread, const struct task_struct *task, u64 ns, u64 now);
bool stall_undecided(struct thread *thread, const struct task_struct *task, u8 state,
		     u64 now);
void stall_settle(struct thread *thread, const struct task_struct *task);

#endif /* TASKMETER_STALL_H */
