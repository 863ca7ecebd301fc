/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the module's netlink replies say. Pure functions of bytes that may be
 * anything: they never read beyond the given length, and what they do not know
 * they leave out.
 */
#ifndef TASKMETER_LIB_PARSE_H
#define TASKMETER_LIB_PARSE_H

#include <stddef.h>
#include <taskmeter/taskmeter.h>

struct nlmsghdr;

/**
 * tm_netlink_parse_record() - a record from the attributes of one task
 * @attrs: first attribute, aligned to 4 bytes
 * @len: bytes of all attributes
 * @ret_record: filled in, with zeros where nothing is known
 *
 * A bit of @available is set if all attributes that it stands for are there.
 * Attributes that this library does not know are left out; of one that is given
 * twice the last one counts. With no stall among them, @size ends before the stalls.
 *
 * Return: 0; -EBADMSG if an attribute is cut short, has the wrong length, or if
 * one is missing that is there for every task.
 */
int tm_netlink_parse_record(const void *attrs, size_t len,
			    struct taskmeter_record *ret_record);

/**
 * struct tm_netlink_plan - how the last message was built, but for the name that
 *	it began with
 * @length: bytes behind the name; 0 for no plan
 * @available: bits of the record
 * @record_size: @size of the record
 * @count: number of @steps
 * @steps: the attributes: the header that stands at @from, counted from the end of
 *	the name, and where in the record its value of @width bytes goes; with 0, its
 *	value is not looked at, or more attributes are in it
 */
struct tm_netlink_plan {
	size_t length;
	uint64_t available;
	uint32_t record_size;
	size_t count;
	struct tm_netlink_step {
		uint32_t header;
		uint16_t from;
		uint16_t to;
		uint16_t width;
	} steps[128];
};

/**
 * tm_netlink_parse_next() - a record of a dump
 * @plan: zeroed before the first one
 * @attrs: as for tm_netlink_parse_record()
 * @len: likewise
 * @ret_record: likewise
 *
 * Does what tm_netlink_parse_record() does. Most messages of a dump are built alike:
 * one that is as the last one was takes a third of the time.
 *
 * Return: as tm_netlink_parse_record().
 */
int tm_netlink_parse_next(struct tm_netlink_plan *plan, const void *attrs, size_t len,
			  struct taskmeter_record *ret_record);

/**
 * tm_netlink_parse_histograms() - histograms from the attributes of one task
 * @attrs: first attribute, aligned to 4 bytes
 * @len: bytes of all attributes
 * @size: what is wanted: with TASKMETER_HISTOGRAMS_SIZE_VER1, those that are beyond
 *	it are left out
 * @ret_histograms: filled in, with zeros where nothing is known
 *
 * Return: 0; -EBADMSG if an attribute is cut short, or if an array is no whole
 * number of buckets or has more of them than there are.
 */
int tm_netlink_parse_histograms(const void *attrs, size_t len, uint32_t size,
				struct taskmeter_histograms *ret_histograms);

/**
 * tm_netlink_parse_info() - the module's description from its attributes
 * @attrs: first attribute, aligned to 4 bytes
 * @len: bytes of all attributes
 * @ret_info: filled in, with zeros where nothing is known
 *
 * Its @size tells which version of the description the module knows: all
 * attributes of that version are there.
 *
 * Return: 0; -EBADMSG as above.
 */
int tm_netlink_parse_info(const void *attrs, size_t len,
			  struct taskmeter_info *ret_info);

/**
 * tm_netlink_parse_status() - outcome that an error or end message carries
 * @message: of type NLMSG_ERROR or NLMSG_DONE; its nlmsg_len bytes are there
 * @text: gets the kernel's own words (extack), or "" if there are none
 * @size: of @text, at least 1
 *
 * Return: 0 or the negative errno in the message; -EBADMSG if it is too short.
 */
int tm_netlink_parse_status(const struct nlmsghdr *message, char *text,
			    size_t size);

#endif
