/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of a process: what is known of it when its last thread is given up.
 */
#ifndef TASKMETER_ENDING_H
#define TASKMETER_ENDING_H

#include <linux/taskmeter.h>
#include <linux/types.h>

struct process;
struct task_struct;
struct thread;

/**
 * struct ending - how a process ended and what it did, as told in the initial namespaces
 * @exit: the former
 * @record: the latter
 */
struct ending {
	struct taskmeter_exit exit;
	struct taskmeter_record record;
};

/* Words of the histograms; they are told apart by their number. */
#define SPARSE_MAX	((sizeof(struct taskmeter_histograms) - \
			  offsetof(struct taskmeter_histograms, cpu_wait)) / sizeof(u64))

/**
 * struct sparse - histograms without their empty buckets
 * @count: how many words there are
 * @words: see sparse_word()
 */
struct sparse {
	unsigned int count;
	u64 words[SPARSE_MAX];
};

void sparse_spread(struct taskmeter_histograms *histograms, const u64 *words,
		   unsigned int count);

int ending_init(void);
void ending_exit(void);
u64 ending_log(struct process *process, const struct thread *thread,
	       struct task_struct *task);
u64 ending_unrecorded(void);

#endif /* TASKMETER_ENDING_H */
