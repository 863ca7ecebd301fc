/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the kernel that a test changes: saved before the first test of a
 * program, restored after the last, whatever became of the tests.
 */
#ifndef TESTS_KERNEL_SETTING_H
#define TESTS_KERNEL_SETTING_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct setting - a file that holds one
 * @path: the file
 * @saved: its text, empty if there is no such file
 */
struct setting {
	const char *path;
	char saved[128];
};

void settings_save(struct setting *settings, size_t count);
void settings_restore(const struct setting *settings, size_t count);

/* Write to it if this kernel has it and takes the text; false if not. */
bool setting_try(const char *path, const char *text);

/*
 * How the kernel preempts, where that can be chosen; to be saved and restored by its
 * chosen word. preempt_set() is false if this kernel does not have that model.
 */
void preempt_save(void);
void preempt_restore(void);
bool preempt_set(const char *model);
/* The model in force, "voluntary" where there is no choice. */
void preempt_get(char *model, size_t size);

/*
 * Keep threads that go to sleep from staying on their run queue for a while, as they do
 * from 6.12 on, or not any more. Older kernels have nothing to change.
 */
void delayed_dequeue_forbid(void);
void delayed_dequeue_allow(void);

/* Let real-time tasks have a CPU for as long as they want it, or not any more. */
void starvation_allow(void);
void starvation_save(void);
void starvation_restore(void);

#endif
