/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who a process was, noted while its main thread still tells.
 */
#ifndef TASKMETER_IDENTITY_H
#define TASKMETER_IDENTITY_H

struct identity;
struct task_struct;

void identity_read(struct identity *identity, struct task_struct *task);
void identity_drop(struct identity *identity);

#endif /* TASKMETER_IDENTITY_H */
