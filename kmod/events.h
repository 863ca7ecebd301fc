/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events for subscribers: fork, exec, exit, being killed for want of memory.
 */
#ifndef TASKMETER_EVENTS_H
#define TASKMETER_EVENTS_H

#include <linux/jump_label.h>
#include <linux/types.h>

struct image;
struct net;
struct observer;
struct oom_kill;
struct task_struct;
struct taskmeter_info;

/**
 * struct subscription - what a socket asks for
 * @net: its network namespace
 * @portid: its address there
 * @events: &enum taskmeter_event, bits
 * @flags: what exits are told with
 */
struct subscription {
	struct net *net;
	u32 portid;
	u32 events;
	u32 flags;
};

DECLARE_STATIC_KEY_FALSE(events_key);

/* Whether there are subscribers. */
static __always_inline bool events_wanted(void)
{
	return static_branch_unlikely(&events_key);
}

int events_init(void);
void events_exit(void);
int events_subscribe(const struct subscription *subscription,
		     const struct observer *observer, u64 *ret_next);
void events_info(struct taskmeter_info *info);

void event_forked(struct task_struct *child);
void event_executed(struct image *image);
void event_exited(void);
void event_oom(struct task_struct *victim, u32 flags, const struct oom_kill *kill);

#endif /* TASKMETER_EVENTS_H */
