/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TASKMETER_WALK_H
#define TASKMETER_WALK_H

#include <linux/types.h>
#include <linux/uidgid.h>

struct observer;
struct taskmeter_histograms;
struct taskmeter_record;

/**
 * struct walk - a walk over the visible tasks in the order of pid
 * @observer: who looks
 * @flags: &enum taskmeter_snapshot_flags
 * @pid: process that it is about, if TASKMETER_SNAPSHOT_PID
 * @uid: real user id, if TASKMETER_SNAPSHOT_UID
 * @cgroup_id: cgroup, if TASKMETER_SNAPSHOT_CGROUP
 * @since: token, if TASKMETER_SNAPSHOT_SINCE
 * @record_size: bytes from one record to the next: TASKMETER_RECORD_SIZE_VER2 or,
 *	for TASKMETER_SNAPSHOT_STALLS at least, sizeof(struct taskmeter_record)
 * @cursor: number in the observer's pid namespace to go on at; 0 at the start
 *	and again after the end
 */
struct walk {
	const struct observer *observer;
	u32 flags;
	u32 pid;
	kuid_t uid;
	u64 cgroup_id;
	u64 since;
	u32 record_size;
	u64 cursor;
};

unsigned int walk_fill(struct walk *walk, struct taskmeter_record *records,
		       struct taskmeter_histograms *histograms, unsigned int max);
int walk_get(const struct observer *observer, u32 number, u32 flags,
	     struct taskmeter_record *record, struct taskmeter_histograms *histograms);

#endif /* TASKMETER_WALK_H */
