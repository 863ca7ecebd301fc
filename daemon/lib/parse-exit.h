/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the module's netlink messages say about exits, totals and events. As in parse.h,
 * these are pure functions of bytes that may be anything.
 */
#ifndef TASKMETER_LIB_PARSE_EXIT_H
#define TASKMETER_LIB_PARSE_EXIT_H

#include <stddef.h>
#include <taskmeter/taskmeter.h>

struct nlmsghdr;

/* Room for the path of any cgroup and its NUL. */
#define TM_CGROUP_PATH_SIZE	4096

/**
 * struct tm_exit_copy - an exit with all that it points to
 * @told: what the user sees; its pointers are to the other members
 * @exit: how it ended
 * @record: what it did
 * @histograms: if they are wanted
 * @cgroup_path: if it is known
 */
struct tm_exit_copy {
	struct tm_exit told;
	struct taskmeter_exit exit;
	struct taskmeter_record record;
	struct taskmeter_histograms histograms;
	char cgroup_path[TM_CGROUP_PATH_SIZE];
};

/**
 * struct tm_exit_end - what the last message of a dump of the exit log says
 * @next: number to go on with
 * @lost: records from the one that was asked for on that are not in the log any more
 */
struct tm_exit_end {
	uint64_t next;
	uint64_t lost;
};

/**
 * tm_netlink_parse_exit() - an exit, or the end of the log
 * @attrs: first attribute, TASKMETER_A_EXIT_*, aligned to 4 bytes
 * @len: bytes of all attributes
 * @flags: what is wanted with it: TASKMETER_SNAPSHOT_HISTOGRAMS,
 *	TASKMETER_SNAPSHOT_STALLS
 * @ret_exit: filled in, with zeros where nothing is known
 * @ret_end: filled in at the end; NULL if this is no dump
 *
 * Return: 1 with an exit; 0 with the end; -EBADMSG if an attribute is cut short, has the
 * wrong length, or if one is missing that is always there.
 */
int tm_netlink_parse_exit(const void *attrs, size_t len, uint32_t flags,
			  struct tm_exit_copy *ret_exit, struct tm_exit_end *ret_end);

/**
 * tm_netlink_parse_total() - a total
 * @attrs: first attribute, TASKMETER_A_TOTAL_*, aligned to 4 bytes
 * @len: bytes of all attributes
 * @ret_total: filled in, with zeros where nothing is known
 * @ret_path: gets the path, or ""
 *
 * Return: 0; -EBADMSG as above.
 */
int tm_netlink_parse_total(const void *attrs, size_t len,
			   struct taskmeter_total *ret_total,
			   char ret_path[TM_CGROUP_PATH_SIZE]);

/**
 * tm_netlink_parse_event() - an event
 * @command: of the message
 * @attrs: first attribute, TASKMETER_A_EVENT_*, aligned to 4 bytes
 * @len: bytes of all attributes
 * @flags: what exits come with, as for tm_netlink_parse_exit()
 * @ret_event: filled in, with zeros where nothing is known; @command_line is in the
 *	message. Of an exit only @type, @lost and @exit
 * @ret_exit: of an exit, filled in; @exit of the event is its @told
 *
 * Return: 1 with an event; 0 if this library does not know @command; -EBADMSG as above.
 */
int tm_netlink_parse_event(uint8_t command, const void *attrs, size_t len,
			   uint32_t flags, struct tm_event *ret_event,
			   struct tm_exit_copy *ret_exit);

/**
 * tm_netlink_parse_subscribed() - the answer to a subscription
 * @attrs: first attribute, TASKMETER_A_SUBSCRIBE_*, aligned to 4 bytes
 * @len: bytes of all attributes
 * @ret_next: number that the next exit record will have
 *
 * Return: 0; -EBADMSG as above.
 */
int tm_netlink_parse_subscribed(const void *attrs, size_t len, uint64_t *ret_next);

/**
 * tm_netlink_parse_family_gone() - whether a family was unregistered
 * @message: any message; its nlmsg_len bytes are there
 * @family: number of the family
 *
 * Return: 1 if the message tells that, else 0.
 */
int tm_netlink_parse_family_gone(const struct nlmsghdr *message, int family);

#endif
