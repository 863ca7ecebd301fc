// SPDX-License-Identifier: GPL-2.0-or-later
/* See group-kind.h. */
#include "common/group-kind.h"

#include <errno.h>
#include <string.h>

const char *group_kind_name(enum group_kind kind)
{
	static const char *const names[GROUP_KINDS] = {
		[GROUP_UNIT] = "unit", [GROUP_SLICE] = "slice",
		[GROUP_CONTAINER] = "container", [GROUP_USER] = "user",
		[GROUP_PROGRAM] = "program", [GROUP_CGROUP] = "cgroup",
	};

	return names[kind];
}

int group_kind_find(const char *name, enum group_kind *ret_kind)
{
	size_t i;

	for (i = 0; i < GROUP_KINDS; i++) {
		*ret_kind = (enum group_kind)i;
		if (!strcmp(group_kind_name(*ret_kind), name))
			return 0;
	}
	return -ENOENT;
}

size_t group_program_length(const struct taskmeter_record *record)
{
	size_t length = strnlen(record->comm, TASKMETER_COMM_LEN - 1), i;

	for (i = 0; record->flags & TASKMETER_RECORD_KERNEL && i < length; i++)
		if (record->comm[i] == '/' || record->comm[i] == ':')
			return i;
	return length;
}
