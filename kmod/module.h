/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TASKMETER_MODULE_H
#define TASKMETER_MODULE_H

struct observer;
struct taskmeter_info;

void module_info(struct taskmeter_info *info, const struct observer *observer);

int chardev_init(void);
void chardev_start(void);
void chardev_exit(void);

int netlink_init(void);
void netlink_exit(void);

#endif /* TASKMETER_MODULE_H */
