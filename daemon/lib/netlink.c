// SPDX-License-Identifier: LGPL-2.1-or-later
/* The transport over generic netlink: requests, and snapshots. */
#include "lib/netlink.h"

#include "lib/parse.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>

#define REPLY_BUFFER	(8 * 1024)

struct netlink_snapshot {
	struct tm_snapshot snapshot;
	struct taskmeter_record record;
	struct taskmeter_histograms histograms;
	struct tm_netlink_plan plan;
	uint32_t flags;
	int interrupted;
	int ended;
};

struct nl_msg *tm_netlink_request(struct netlink_meter *netlink, uint8_t command,
				  int flags)
{
	struct nl_msg *request = nlmsg_alloc();

	if (request &&
	    !genlmsg_put(request, NL_AUTO_PORT, NL_AUTO_SEQ, netlink->family, 0,
			 flags, command, TASKMETER_GENL_VERSION)) {
		nlmsg_free(request);
		request = NULL;
	}
	return request;
}

int tm_netlink_status(struct tm_meter *meter, const struct nlmsghdr *message)
{
	char text[TM_ERROR_SIZE];
	int r = tm_netlink_parse_status(message, text, sizeof(text));

	if (!r)
		return 0;
	return *text ? tm_fail(meter, r, "%s", text) :
		       tm_fail(meter, r, "the module refused: %m");
}

int tm_netlink_malformed(struct tm_meter *meter)
{
	return tm_fail(meter, -EBADMSG, "the module sent a malformed reply");
}

/* Sends a request that is answered by one message, and waits for that. */
static int ask(struct netlink_meter *netlink, struct nl_msg *request,
	       const struct nlmsghdr **ret_message)
{
	struct tm_meter *meter = &netlink->meter;
	int r;

	r = tm_channel_send(&netlink->requests, request);
	if (r)
		return tm_fail(meter, r, "cannot send the request: %m");
	r = tm_channel_next(&netlink->requests, ret_message);
	if (r == -EBADMSG)
		return tm_netlink_malformed(meter);
	if (r)
		return tm_fail(meter, r, "cannot receive the reply: %m");
	return 0;
}

/* A request that has a reply. */
static int transact(struct netlink_meter *netlink, struct nl_msg *request,
		    const void **ret_attrs, size_t *ret_len)
{
	struct tm_meter *meter = &netlink->meter;
	const struct nlmsghdr *message;
	int r, len;

	r = ask(netlink, request, &message);
	if (r)
		return r;
	if (message->nlmsg_type == NLMSG_ERROR) {
		r = tm_netlink_status(meter, message);
		return r ? r : tm_netlink_malformed(meter);
	}
	len = tm_channel_attributes(message, ret_attrs);
	if (message->nlmsg_type != netlink->family || len < 0)
		return tm_netlink_malformed(meter);
	*ret_len = (size_t)len;
	return 0;
}

static int netlink_info(struct tm_meter *meter, struct taskmeter_info *ret_info)
{
	struct netlink_meter *netlink = to_netlink(meter);
	struct nl_msg *request;
	const void *attrs = NULL;
	size_t len = 0;
	int r;

	request = tm_netlink_request(netlink, TASKMETER_CMD_INFO_GET, 0);
	if (!request)
		return tm_fail(meter, -ENOMEM, "no memory for a request");
	r = transact(netlink, request, &attrs, &len);
	nlmsg_free(request);
	if (!r && tm_netlink_parse_info(attrs, len, ret_info))
		r = tm_netlink_malformed(meter);
	return r;
}

/* A request that is only acknowledged. */
static int command(struct netlink_meter *netlink, struct nl_msg *request)
{
	const struct nlmsghdr *message;
	int r;

	r = ask(netlink, request, &message);
	if (r)
		return r;
	if (message->nlmsg_type != NLMSG_ERROR)
		return tm_netlink_malformed(&netlink->meter);
	return tm_netlink_status(&netlink->meter, message);
}

static int configure(struct tm_meter *meter, int attribute, uint32_t value)
{
	struct netlink_meter *netlink = to_netlink(meter);
	struct nl_msg *request;
	int r;

	request = tm_netlink_request(netlink, TASKMETER_CMD_CONFIG_SET, NLM_F_ACK);
	if (!request || nla_put_u32(request, attribute, value))
		r = tm_fail(meter, -ENOMEM, "no memory for a request");
	else
		r = command(netlink, request);
	nlmsg_free(request);
	return r;
}

static int netlink_set(struct tm_meter *meter, enum tm_setting setting, int on)
{
	static const int attributes[] = {
		[TM_SETTING_METER] = TASKMETER_A_CONFIG_METER,
		[TM_SETTING_WAKER] = TASKMETER_A_CONFIG_WAKER,
		[TM_SETTING_PROBE_TIME] = TASKMETER_A_CONFIG_PROBE_TIME,
	};

	return configure(meter, attributes[setting], (uint32_t)on);
}

static int netlink_set_exit_log_bytes(struct tm_meter *meter, uint32_t bytes)
{
	return configure(meter, TASKMETER_A_CONFIG_EXIT_LOG_BYTES, bytes);
}

static int put_get(struct nl_msg *request, uint32_t pid, uint32_t flags)
{
	int r = nla_put_u32(request, TASKMETER_A_TASK_PID, pid);

	if (!r && flags)
		r = nla_put_u32(request, TASKMETER_A_TASK_REQUEST, flags);
	return r;
}

/* The module sends all histograms that it has: those of the stalls unasked. */
static int parse(const void *attrs, size_t len, uint32_t flags,
		 struct taskmeter_record *ret_record,
		 struct taskmeter_histograms *ret_histograms)
{
	int r = tm_netlink_parse_record(attrs, len, ret_record);

	if (!r && ret_histograms)
		r = tm_netlink_parse_histograms(attrs, len, tm_histograms_size(flags),
						ret_histograms);
	return r;
}

static int has_histograms(const struct netlink_snapshot *snapshot)
{
	return !!(snapshot->flags & TASKMETER_SNAPSHOT_HISTOGRAMS);
}

/* Messages with histograms are not built alike. */
static int parse_next(struct netlink_snapshot *snapshot, const void *attrs, size_t len)
{
	if (has_histograms(snapshot))
		return parse(attrs, len, snapshot->flags, &snapshot->record,
			     &snapshot->histograms);
	return tm_netlink_parse_next(&snapshot->plan, attrs, len, &snapshot->record);
}

static int netlink_get(struct tm_meter *meter, uint32_t pid, uint32_t flags,
		       struct taskmeter_record *ret_record,
		       struct taskmeter_histograms *ret_histograms)
{
	struct netlink_meter *netlink = to_netlink(meter);
	struct nl_msg *request;
	const void *attrs = NULL;
	size_t len = 0;
	int r;

	if (ret_histograms)
		flags |= TASKMETER_SNAPSHOT_HISTOGRAMS;
	request = tm_netlink_request(netlink, TASKMETER_CMD_TASK_GET, 0);
	if (!request || put_get(request, pid, flags))
		r = tm_fail(meter, -ENOMEM, "no memory for a request");
	else
		r = transact(netlink, request, &attrs, &len);
	nlmsg_free(request);
	if (!r && parse(attrs, len, flags, ret_record, ret_histograms))
		r = tm_netlink_malformed(meter);
	return r;
}

#define FILTER_FLAGS	(TASKMETER_SNAPSHOT_PID | TASKMETER_SNAPSHOT_UID | \
			 TASKMETER_SNAPSHOT_CGROUP | TASKMETER_SNAPSHOT_SINCE)

/* In a request, a filter is there if its attribute is. */
static int put_filter(struct nl_msg *request, const struct tm_filter *filter)
{
	uint32_t flags = filter->flags & ~FILTER_FLAGS;
	int r = 0;

	if (flags)
		r = nla_put_u32(request, TASKMETER_A_TASK_REQUEST, flags);
	if (!r && filter->flags & TASKMETER_SNAPSHOT_PID)
		r = nla_put_u32(request, TASKMETER_A_TASK_TGID, filter->pid);
	if (!r && filter->flags & TASKMETER_SNAPSHOT_UID)
		r = nla_put_u32(request, TASKMETER_A_TASK_UID, filter->uid);
	if (!r && filter->flags & TASKMETER_SNAPSHOT_CGROUP)
		r = nla_put_u64(request, TASKMETER_A_TASK_CGROUP_ID,
				filter->cgroup_id);
	if (!r && filter->flags & TASKMETER_SNAPSHOT_SINCE)
		r = nla_put_u64(request, TASKMETER_A_TASK_SINCE, filter->since);
	return r;
}

int tm_netlink_dump(struct netlink_meter *netlink, struct nl_msg *request)
{
	int r = 0;

	if (!netlink->dump.socket)
		r = tm_channel_open(&netlink->dump, TM_DUMP_BUFFER);
	return r ? r : tm_channel_send(&netlink->dump, request);
}

/* What comes behind a message that is malformed is not looked at. */
static int give_up(struct netlink_meter *netlink)
{
	tm_channel_close(&netlink->dump);
	return tm_netlink_malformed(&netlink->meter);
}

int tm_netlink_dump_next(struct netlink_meter *netlink, const void **ret_attrs,
			 size_t *ret_len)
{
	const struct nlmsghdr *message;
	int r, len;

	r = tm_channel_next(&netlink->dump, &message);
	if (r == -EBADMSG)
		return give_up(netlink);
	if (r) {
		tm_channel_close(&netlink->dump);
		return tm_fail(&netlink->meter, r, "cannot receive the reply: %m");
	}
	if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
		return tm_netlink_status(&netlink->meter, message);
	len = tm_channel_attributes(message, ret_attrs);
	if (message->nlmsg_type != netlink->family || len < 0)
		return give_up(netlink);
	*ret_len = (size_t)len;
	return 1;
}

/* A dump has no place for a token; one from before it misses nothing. */
static int get_token(struct tm_meter *meter, uint64_t *ret_token)
{
	struct taskmeter_info info = { .token = 0 };
	int r = 0;

	if (meter->info_size >= TASKMETER_INFO_SIZE_VER2)
		r = netlink_info(meter, &info);
	if (!r)
		*ret_token = info.token;
	return r;
}

static int begin_snapshot(struct netlink_meter *netlink, const struct tm_filter *filter)
{
	struct nl_msg *request;
	int r;

	request = tm_netlink_request(netlink, TASKMETER_CMD_TASK_GET, NLM_F_DUMP);
	if (!request || put_filter(request, filter))
		r = -ENOMEM;
	else
		r = tm_netlink_dump(netlink, request);
	nlmsg_free(request);
	if (r)
		tm_fail(&netlink->meter, r, "cannot begin a snapshot: %m");
	return r;
}

static int netlink_snapshot_new(struct tm_meter *meter,
				const struct tm_filter *filter,
				struct tm_snapshot **ret_snapshot)
{
	struct netlink_meter *netlink = to_netlink(meter);
	struct netlink_snapshot *snapshot;
	int r;

	if (netlink->reader)
		return tm_fail(meter, -EBUSY, "something else is being read");
	snapshot = calloc(1, sizeof(*snapshot));
	if (!snapshot)
		return tm_fail(meter, -ENOMEM, "no memory for a snapshot");

	r = get_token(meter, &snapshot->snapshot.token);
	if (!r)
		r = begin_snapshot(netlink, filter);
	if (r) {
		free(snapshot);
		return r;
	}
	snapshot->flags = filter->flags;
	snapshot->snapshot.meter = meter;
	netlink->reader = snapshot;
	*ret_snapshot = &snapshot->snapshot;
	return 0;
}

/* After the last message, or the one that says why there are no more. */
static int snapshot_end(struct netlink_snapshot *snapshot,
			const struct nlmsghdr *message)
{
	struct tm_meter *meter = snapshot->snapshot.meter;
	int r = tm_netlink_status(meter, message);

	snapshot->ended = 1;
	if (!r && snapshot->interrupted)
		return tm_fail(meter, -EAGAIN, "the snapshot was interrupted");
	return r;
}

static int netlink_snapshot_next(struct tm_snapshot *base,
				 const struct taskmeter_record **ret_record)
{
	struct netlink_snapshot *snapshot = (struct netlink_snapshot *)base;
	struct netlink_meter *netlink = to_netlink(base->meter);
	const struct nlmsghdr *message;
	const void *attrs;
	int r, len;

	if (snapshot->ended)
		return 0;
	r = tm_channel_next(&netlink->dump, &message);
	if (r == -EBADMSG)
		return tm_netlink_malformed(base->meter);
	if (r)
		return tm_fail(base->meter, r, "cannot receive a snapshot: %m");

	base->time_ns = netlink->dump.call_ns;
	snapshot->interrupted |= message->nlmsg_flags & NLM_F_DUMP_INTR;
	if (message->nlmsg_type == NLMSG_DONE ||
	    message->nlmsg_type == NLMSG_ERROR)
		return snapshot_end(snapshot, message);

	len = tm_channel_attributes(message, &attrs);
	if (message->nlmsg_type != netlink->family || len < 0 ||
	    parse_next(snapshot, attrs, (size_t)len))
		return tm_netlink_malformed(base->meter);
	if (has_histograms(snapshot))
		base->histograms = &snapshot->histograms;
	*ret_record = &snapshot->record;
	return 1;
}

static void netlink_snapshot_free(struct tm_snapshot *base)
{
	struct netlink_snapshot *snapshot = (struct netlink_snapshot *)base;
	struct netlink_meter *netlink = to_netlink(base->meter);

	if (!snapshot->ended)
		tm_channel_close(&netlink->dump);
	netlink->reader = NULL;
	free(snapshot);
}

static void netlink_close(struct tm_meter *meter)
{
	struct netlink_meter *netlink = to_netlink(meter);

	tm_channel_close(&netlink->dump);
	tm_channel_close(&netlink->requests);
	free(netlink);
}

static int netlink_fd(const struct tm_meter *meter)
{
	return nl_socket_get_fd(to_netlink(meter)->requests.socket);
}

static const struct tm_ops netlink_ops = {
	.close = netlink_close,
	.fd = netlink_fd,
	.info = netlink_info,
	.get = netlink_get,
	.set = netlink_set,
	.set_exit_log_bytes = netlink_set_exit_log_bytes,
	.snapshot_new = netlink_snapshot_new,
	.snapshot_next = netlink_snapshot_next,
	.snapshot_free = netlink_snapshot_free,
	.exits_new = tm_netlink_exits_new,
	.exits_next = tm_netlink_exits_next,
	.exits_free = tm_netlink_exits_free,
	.totals_new = tm_netlink_totals_new,
	.totals_next = tm_netlink_totals_next,
	.totals_free = tm_netlink_totals_free,
};

int tm_netlink_open(struct tm_meter **ret_meter)
{
	struct netlink_meter *netlink = calloc(1, sizeof(*netlink));
	int r;

	if (!netlink)
		return -ENOMEM;
	netlink->meter.ops = &netlink_ops;
	r = tm_channel_open(&netlink->requests, REPLY_BUFFER);
	if (r)
		goto error;
	netlink->family = genl_ctrl_resolve(netlink->requests.socket,
					    TASKMETER_GENL_NAME);
	if (netlink->family < 0) {
		r = tm_channel_error(netlink->family);
		goto error;
	}
	*ret_meter = &netlink->meter;
	return 0;

error:
	netlink_close(&netlink->meter);
	return r;
}
