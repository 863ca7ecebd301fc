/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the generic netlink family share.
 */
#ifndef TASKMETER_NETLINK_H
#define TASKMETER_NETLINK_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskmeter.h>
#include <linux/types.h>
#include <net/netlink.h>

struct file;
struct genl_info;
struct netlink_callback;
struct sk_buff;

/**
 * struct message_header - what a message begins with
 */
struct message_header {
	struct nlmsghdr netlink;
	struct genlmsghdr generic;
};

void message_header_init(struct message_header *header, u8 cmd, u32 portid, u32 seq,
			 int flags);
const struct file *socket_file(struct sk_buff *skb);

extern const struct nla_policy exit_policy[TASKMETER_A_EXIT_MAX + 1];
extern const struct nla_policy total_policy[TASKMETER_A_TOTAL_MAX + 1];
extern const struct nla_policy subscribe_policy[TASKMETER_A_SUBSCRIBE_MAX + 1];

int exit_get_start(struct netlink_callback *cb);
int exit_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int exit_get_done(struct netlink_callback *cb);
int total_get_start(struct netlink_callback *cb);
int total_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int total_get_done(struct netlink_callback *cb);
int subscribe_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* TASKMETER_NETLINK_H */
