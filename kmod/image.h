/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a process executed last: its command line, and the user namespace in which
 * that was. Shared with the processes that it forks.
 */
#ifndef TASKMETER_IMAGE_H
#define TASKMETER_IMAGE_H

#include <linux/refcount.h>
#include <linux/taskmeter.h>
#include <linux/types.h>

struct user_namespace;

/**
 * struct image - an executed program
 * @users: references; the last one frees it
 * @length: bytes of @command_line
 * @cut: the command line was longer
 * @user_ns: that has to be had power over to look into it when it is not
 *	dumpable; NULL if it is the initial one
 * @command_line: arguments, each ended by a NUL
 */
struct image {
	refcount_t users;
	u16 length;
	bool cut;
	struct user_namespace *user_ns;
	u8 command_line[TASKMETER_COMMAND_LINE_LEN];
};

int image_init(void);
void image_exit(void);
struct image *image_of_current(void);
struct image *image_get(struct image *image);
void image_put(struct image *image);

#endif /* TASKMETER_IMAGE_H */
