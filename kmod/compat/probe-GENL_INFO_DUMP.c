// SPDX-License-Identifier: GPL-2.0-only
/* The attributes of a dump's request are reached by genl_info_dump() (6.7). */
#include <net/genetlink.h>

struct nlattr **probe(struct netlink_callback *cb);

struct nlattr **probe(struct netlink_callback *cb)
{
	return genl_info_dump(cb)->attrs;
}
