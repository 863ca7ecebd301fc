// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The exit log and the totals over netlink: a dump each time. A dump of the log ends with
 * what was the newest record when it began, and tells only then how many records it
 * lacks.
 */
#include "lib/netlink.h"
#include "lib/parse-exit.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>

/*
 * @asked is the cursor that the dump began with, and @lost_before what was lost until
 * then. Who @sees_all knows at once that a number that is skipped was lost; else it may be
 * of a record that is not shown, and what is lost is known at the end of the dump.
 */
struct netlink_exits {
	struct tm_exits exits;
	struct tm_exit_copy copy;
	uint32_t flags;
	uint64_t asked;
	uint64_t lost_before;
	int sees_all;
	int dumping;
};

struct netlink_totals {
	struct tm_totals totals;
	struct taskmeter_total total;
	char path[TM_CGROUP_PATH_SIZE];
	int ended;
};

/* One reader at a time, as there is one socket for dumps. */
static int claim(struct netlink_meter *netlink, void *reader)
{
	if (!reader)
		return tm_fail(&netlink->meter, -ENOMEM, "no memory for a reader");
	if (netlink->reader) {
		free(reader);
		return tm_fail(&netlink->meter, -EBUSY, "something else is being read");
	}
	netlink->reader = reader;
	return 0;
}

static int begin_totals(struct netlink_meter *netlink, uint32_t kind)
{
	struct nl_msg *request;
	int r;

	request = tm_netlink_request(netlink, TASKMETER_CMD_TOTAL_GET, NLM_F_DUMP);
	if (!request || nla_put_u32(request, TASKMETER_A_TOTAL_KIND, kind))
		r = -ENOMEM;
	else
		r = tm_netlink_dump(netlink, request);
	nlmsg_free(request);
	if (r)
		tm_fail(&netlink->meter, r, "cannot ask for the totals: %m");
	return r;
}

/*
 * Totals are shown to those, and only those, who see the processes of all others: one
 * that is asked for tells it, of all that there is between module and observer.
 */
static int sees_all(struct netlink_meter *netlink, int *ret_sees_all)
{
	const void *attrs;
	size_t len;
	int r;

	r = begin_totals(netlink, TASKMETER_TOTAL_UID);
	if (r)
		return r;
	r = tm_netlink_dump_next(netlink, &attrs, &len);
	if (r > 0)
		tm_channel_close(&netlink->dump);
	if (r < 0 && r != -EPERM)
		return r;
	*ret_sees_all = r >= 0;
	return 0;
}

int tm_netlink_exits_new(struct tm_meter *meter, uint64_t cursor, uint32_t flags,
			 struct tm_exits **ret_exits)
{
	struct netlink_meter *netlink = to_netlink(meter);
	struct netlink_exits *exits = calloc(1, sizeof(*exits));
	int r;

	r = claim(netlink, exits);
	if (r)
		return r;
	r = sees_all(netlink, &exits->sees_all);
	if (r) {
		netlink->reader = NULL;
		free(exits);
		return r;
	}
	meter->error[0] = '\0';
	exits->exits = (struct tm_exits){
		.meter = meter,
		.cursor = cursor,
		.counting = cursor > 0,
	};
	exits->flags = flags;
	*ret_exits = &exits->exits;
	return 0;
}

static int put_exits(struct nl_msg *request, uint64_t cursor, uint32_t flags)
{
	int r = 0;

	if (cursor)
		r = nla_put_u64(request, TASKMETER_A_EXIT_NUMBER, cursor);
	if (!r && flags)
		r = nla_put_u32(request, TASKMETER_A_EXIT_REQUEST, flags);
	return r;
}

static int begin_exits(struct netlink_exits *exits)
{
	struct netlink_meter *netlink = to_netlink(exits->exits.meter);
	struct nl_msg *request;
	int r;

	request = tm_netlink_request(netlink, TASKMETER_CMD_EXIT_GET, NLM_F_DUMP);
	if (!request || put_exits(request, exits->exits.cursor, exits->flags))
		r = -ENOMEM;
	else
		r = tm_netlink_dump(netlink, request);
	nlmsg_free(request);
	if (r)
		return tm_fail(&netlink->meter, r, "cannot ask for the exit log: %m");
	exits->asked = exits->exits.cursor;
	exits->lost_before = exits->exits.lost;
	exits->dumping = 1;
	return 0;
}

static int met(struct netlink_exits *exits)
{
	const uint64_t number = exits->copy.exit.number;
	struct tm_exits *base = &exits->exits;

	if (number < base->cursor || number == UINT64_MAX)
		return -EBADMSG;
	if (base->counting && exits->sees_all)
		base->lost += number - base->cursor;
	base->cursor = number + 1;
	return 1;
}

/* What the end says takes the place of what was counted before it. */
static int met_end(struct netlink_exits *exits, const struct tm_exit_end *end)
{
	struct tm_exits *base = &exits->exits;

	if (!end->next || end->next < base->cursor || end->lost > end->next - exits->asked)
		return -EBADMSG;
	if (base->counting)
		base->lost = exits->lost_before + end->lost;
	base->cursor = end->next;
	base->counting = 1;
	return 0;
}

/* After the end nothing comes but the end of the dump. */
static int finish(struct netlink_exits *exits, struct netlink_meter *netlink)
{
	const void *attrs;
	size_t len;
	int r;

	exits->dumping = 0;
	r = tm_netlink_dump_next(netlink, &attrs, &len);
	if (r <= 0)
		return r;
	tm_channel_close(&netlink->dump);
	return tm_netlink_malformed(&netlink->meter);
}

static int take(struct netlink_exits *exits, const void *attrs, size_t len)
{
	struct tm_exit_end end;
	int r;

	r = tm_netlink_parse_exit(attrs, len, exits->flags, &exits->copy, &end);
	if (r > 0)
		return met(exits);
	return r ? r : met_end(exits, &end);
}

int tm_netlink_exits_next(struct tm_exits *base, const struct tm_exit **ret_exit)
{
	struct netlink_exits *exits = (struct netlink_exits *)base;
	struct netlink_meter *netlink = to_netlink(base->meter);
	const void *attrs;
	size_t len;
	int r = 0;

	if (!exits->dumping)
		r = begin_exits(exits);
	if (r)
		return r;
	r = tm_netlink_dump_next(netlink, &attrs, &len);
	if (r <= 0) {
		exits->dumping = 0;
		return r ? r : tm_netlink_malformed(base->meter);
	}
	r = take(exits, attrs, len);
	if (r < 0) {
		exits->dumping = 0;
		tm_channel_close(&netlink->dump);
		return tm_netlink_malformed(base->meter);
	}
	*ret_exit = &exits->copy.told;
	return r ? r : finish(exits, netlink);
}

void tm_netlink_exits_free(struct tm_exits *base)
{
	struct netlink_exits *exits = (struct netlink_exits *)base;
	struct netlink_meter *netlink = to_netlink(base->meter);

	if (exits->dumping)
		tm_channel_close(&netlink->dump);
	netlink->reader = NULL;
	free(exits);
}

int tm_netlink_totals_new(struct tm_meter *meter, uint32_t kind,
			  struct tm_totals **ret_totals)
{
	struct netlink_meter *netlink = to_netlink(meter);
	struct netlink_totals *totals = calloc(1, sizeof(*totals));
	int r;

	r = claim(netlink, totals);
	if (r)
		return r;
	r = begin_totals(netlink, kind);
	if (r) {
		netlink->reader = NULL;
		free(totals);
		return r;
	}
	totals->totals.meter = meter;
	*ret_totals = &totals->totals;
	return 0;
}

int tm_netlink_totals_next(struct tm_totals *base,
			   const struct taskmeter_total **ret_total,
			   const char **ret_path)
{
	struct netlink_totals *totals = (struct netlink_totals *)base;
	struct netlink_meter *netlink = to_netlink(base->meter);
	const void *attrs;
	size_t len;
	int r;

	if (totals->ended)
		return 0;
	r = tm_netlink_dump_next(netlink, &attrs, &len);
	totals->ended = r <= 0;
	if (r <= 0)
		return r;
	if (tm_netlink_parse_total(attrs, len, &totals->total, totals->path)) {
		totals->ended = 1;
		tm_channel_close(&netlink->dump);
		return tm_netlink_malformed(base->meter);
	}
	*ret_total = &totals->total;
	*ret_path = totals->path[0] ? totals->path : NULL;
	return 1;
}

void tm_netlink_totals_free(struct tm_totals *base)
{
	struct netlink_totals *totals = (struct netlink_totals *)base;
	struct netlink_meter *netlink = to_netlink(base->meter);

	if (!totals->ended)
		tm_channel_close(&netlink->dump);
	netlink->reader = NULL;
	free(totals);
}
