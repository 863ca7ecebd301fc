// SPDX-License-Identifier: GPL-2.0-or-later
/* See taskstats.h. */
#include "taskstats.h"

#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <stdbool.h>
#include <string.h>

#include "suite.h"
#include "support.h"

/* A reply, and whether it had what was asked for. */
struct reply {
	struct taskstats stats;
	bool there;
};

static int take_stats(struct nl_msg *message, void *arg)
{
	struct nlattr *attributes[TASKSTATS_TYPE_MAX + 1];
	struct nlattr *nested[TASKSTATS_TYPE_MAX + 1];
	struct reply *reply = arg;
	size_t size;

	must(!genlmsg_parse(nlmsg_hdr(message), 0, attributes, TASKSTATS_TYPE_MAX, NULL));
	if (!attributes[TASKSTATS_TYPE_AGGR_PID])
		return NL_OK;
	must(!nla_parse_nested(nested, TASKSTATS_TYPE_MAX, attributes[TASKSTATS_TYPE_AGGR_PID],
			       NULL));
	must(nested[TASKSTATS_TYPE_STATS]);
	size = nla_len(nested[TASKSTATS_TYPE_STATS]);
	if (size > sizeof(reply->stats))
		size = sizeof(reply->stats);
	memcpy(&reply->stats, nla_data(nested[TASKSTATS_TYPE_STATS]), size);
	reply->there = true;
	return NL_OK;
}

static void exchange(struct nl_sock *socket, int family, pid_t tid, struct reply *reply)
{
	struct nl_msg *message = nlmsg_alloc();

	must(message);
	must(!nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, take_stats, reply));
	must(genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, 0, TASKSTATS_CMD_GET,
			 TASKSTATS_GENL_VERSION));
	must(!nla_put_u32(message, TASKSTATS_CMD_ATTR_PID, tid));
	must(nl_send_auto(socket, message) >= 0);
	nlmsg_free(message);
	/* The reply, and its acknowledgment. */
	must(nl_recvmsgs_default(socket) >= 0);
	if (!reply->there)
		must(nl_recvmsgs_default(socket) >= 0);
}

/* Of this version the members were in places that no other version has them. */
#define MISPLACED	15

void taskstats_get(pid_t tid, struct taskstats *ret_stats)
{
	struct nl_sock *socket = nl_socket_alloc();
	struct reply reply = { 0 };
	int family;

	must(socket && !genl_connect(socket));
	family = genl_ctrl_resolve(socket, TASKSTATS_GENL_NAME);
	if (family < 0)
		suite_skip("this kernel has no taskstats");
	exchange(socket, family, tid, &reply);
	nl_socket_free(socket);
	must(reply.there);
	if (reply.stats.version != TASKSTATS_VERSION &&
	    (reply.stats.version == MISPLACED || TASKSTATS_VERSION == MISPLACED))
		suite_skip("this test was built for another version of taskstats");
	*ret_stats = reply.stats;
}
