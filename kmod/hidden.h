/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TASKMETER_HIDDEN_H
#define TASKMETER_HIDDEN_H

#include <linux/types.h>

struct task_struct;

int hidden_init(void);
void hidden_exit(void);
bool hidden_task(const struct task_struct *task);

#endif /* TASKMETER_HIDDEN_H */
