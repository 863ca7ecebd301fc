/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control groups that tests put processes into.
 */
#ifndef TESTS_KERNEL_CGROUP_H
#define TESTS_KERNEL_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

/* Make a group below the root of the unified hierarchy, anew if it is there. */
void cgroup_make(const char *name);
/* Kill what is in it and remove it, if it is there. */
void cgroup_remove(const char *name);
void cgroup_write(const char *name, const char *file, const char *text);
/* Value of "key value" in a file of such lines. */
unsigned long long cgroup_value(const char *name, const char *file, const char *key);
/* Put a process into it. */
void cgroup_add(const char *name, pid_t pid);

/*
 * The freezer of the first version, mounted while there is a group: false if this
 * kernel has none. FROZEN or THAWED; waits until it is so.
 */
bool cgroup_v1_freezer_make(void);
void cgroup_v1_freezer_remove(void);
void cgroup_v1_freezer_add(pid_t pid);
void cgroup_v1_freezer_set(const char *state);

#endif
