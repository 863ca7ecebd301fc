/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of users, each asked of the system once: thousands of processes belong
 * to a few dozen users.
 */
#ifndef TASKMETER_CLI_USERS_H
#define TASKMETER_CLI_USERS_H

#include <stddef.h>
#include <stdint.h>

struct user;

/**
 * struct users - those met so far; all zero at first
 * @users: the users
 * @count: how many
 */
struct users {
	struct user *users;
	size_t count;
};

/**
 * users_name() - name of a user
 * @users: those met so far
 * @uid: user id
 *
 * Return: the name, or NULL if it has none; valid until users_release().
 */
const char *users_name(struct users *users, uint32_t uid);

/**
 * users_find() - id of a user
 * @text: a number or a name
 * @ret_uid: the id
 *
 * Return: 0; -ENOENT if there is no such user.
 */
int users_find(const char *text, uint32_t *ret_uid);

/**
 * users_release() - forget all of them
 * @users: those met so far
 */
void users_release(struct users *users);

#endif
