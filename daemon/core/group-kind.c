// SPDX-License-Identifier: GPL-2.0-or-later
/* See group-kind.h. */
#include "core/group-kind.h"

const char *group_kind_name(enum group_kind kind)
{
	static const char *const names[GROUP_KINDS] = {
		[GROUP_UNIT] = "unit", [GROUP_SLICE] = "slice",
		[GROUP_CONTAINER] = "container", [GROUP_USER] = "user",
		[GROUP_PROGRAM] = "program", [GROUP_CGROUP] = "cgroup",
	};

	return names[kind];
}
