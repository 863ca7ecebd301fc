// SPDX-License-Identifier: GPL-2.0-or-later
/* See users.h. */
#include "cli/users.h"

#include "cli/number.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

struct user {
	uint32_t uid;
	char *name;
};

static const struct user *find(const struct users *users, uint32_t uid)
{
	size_t i;

	for (i = 0; i < users->count; i++)
		if (users->users[i].uid == uid)
			return &users->users[i];
	return NULL;
}

static const struct user *add(struct users *users, uint32_t uid)
{
	const struct passwd *entry = getpwuid(uid);
	struct user *grown;

	grown = reallocarray(users->users, users->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	users->users = grown;
	grown += users->count++;
	grown->uid = uid;
	grown->name = entry ? strdup(entry->pw_name) : NULL;
	return grown;
}

const char *users_name(struct users *users, uint32_t uid)
{
	const struct user *user = find(users, uid);

	if (!user)
		user = add(users, uid);
	return user ? user->name : NULL;
}

int users_find(const char *text, uint32_t *ret_uid)
{
	const struct passwd *entry;
	uint64_t uid;

	/* The highest one means "no user" to the kernel. */
	if (!number_parse(text, 0, UINT32_MAX - 1, &uid)) {
		*ret_uid = (uint32_t)uid;
		return 0;
	}
	entry = getpwnam(text);
	if (!entry)
		return -ENOENT;
	*ret_uid = entry->pw_uid;
	return 0;
}

void users_release(struct users *users)
{
	size_t i;

	for (i = 0; i < users->count; i++)
		free(users->users[i].name);
	free(users->users);
	memset(users, 0, sizeof(*users));
}
