/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records as netlink attributes.
 *
 * A dump of all processes consists of some fifty attributes each. They are
 * written straight behind each other into room that was checked once, not with a
 * call of nla_put() each: what is known when the module is built, headers and
 * distances, costs one store.
 */
#ifndef TASKMETER_ATTRS_H
#define TASKMETER_ATTRS_H

#include <linux/build_bug.h>
#include <linux/string.h>
#include <linux/taskmeter.h>
#include <linux/types.h>
#include <net/netlink.h>

static __always_inline void *put_header(void *at, u16 type, u16 size)
{
	*(struct nlattr *)at = (struct nlattr) {
		.nla_len = NLA_HDRLEN + size,
		.nla_type = type,
	};
	return at + NLA_HDRLEN;
}

static __always_inline void *put_u32(void *at, u16 type, u32 value)
{
	at = put_header(at, type, sizeof(value));
	*(u32 *)at = value;
	return at + sizeof(value);
}

/* All sets of attributes have their padding at 1. */
static __always_inline void *put_u64(void *at, u16 type, u64 value)
{
	BUILD_BUG_ON(TASKMETER_A_TASK_PAD != 1 || TASKMETER_A_SCHED_PAD != 1 ||
		     TASKMETER_A_MEMORY_PAD != 1 || TASKMETER_A_FAULT_PAD != 1 ||
		     TASKMETER_A_IO_PAD != 1 || TASKMETER_A_METER_PAD != 1 ||
		     TASKMETER_A_STALL_PAD != 1 || TASKMETER_A_EXIT_PAD != 1 ||
		     TASKMETER_A_TOTAL_PAD != 1 || TASKMETER_A_EVENT_PAD != 1);

	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) &&
	    IS_ALIGNED((unsigned long)at, sizeof(value)))
		at = put_header(at, TASKMETER_A_TASK_PAD, 0);
	at = put_header(at, type, sizeof(value));
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static __always_inline void *put_bytes(void *at, u16 type, const void *bytes, u16 size)
{
	at = put_header(at, type, size);
	memcpy(at, bytes, size);
	memset(at + size, 0, NLA_ALIGN(size) - size);
	return at + NLA_ALIGN(size);
}

static __always_inline void *put_string(void *at, u16 type, const char *string)
{
	return put_bytes(at, type, string, strlen(string) + 1);
}

/* nla_total_size() and its like, as constants. */
#define ATTR_SPACE(payload)	(NLA_HDRLEN + NLA_ALIGN(payload))
#define ATTR_U32		ATTR_SPACE(sizeof(u32))
#ifdef CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS
#define ATTR_U64		ATTR_SPACE(sizeof(u64))
#else
#define ATTR_U64		(ATTR_SPACE(sizeof(u64)) + ATTR_SPACE(0))
#endif

/*
 * Room that the message of a record takes at the most: the names, what is 32
 * bits, what is 64 bits (with a padding attribute before it where 64-bit values
 * have to be aligned) and the nests. Of the attributes of a task all are 32 bits
 * but padding, request, name, start time, cgroup, since and nests; in the nests all
 * are taken for 64 bits.
 */
#define TASK_NESTS	7
#define TASK_U32S	(TASKMETER_A_TASK_MAX - 6 - TASK_NESTS)
#define TASK_U64S	(2 + TASKMETER_A_SCHED_MAX + TASKMETER_A_MEMORY_MAX + \
			 TASKMETER_A_FAULT_MAX + TASKMETER_A_IO_MAX + TASKMETER_A_METER_MAX)
#define ATTRS_SIZE	(2 * ATTR_SPACE(TASKMETER_COMM_LEN) + \
			 TASK_U32S * ATTR_U32 + \
			 TASK_U64S * ATTR_U64 + \
			 TASK_NESTS * ATTR_SPACE(0))
#define STALLS_SIZE	(TASKMETER_A_STALL_MAX * ATTR_U64)
#define HISTOGRAMS_SIZE	(TASKMETER_A_HISTOGRAMS_MAX * ATTR_SPACE(0) + \
			 sizeof(struct taskmeter_histograms))

void *put_comm(void *at, u16 type, const char *comm);
void *put_record(void *at, const struct taskmeter_record *record);
void *put_histograms(void *at, const struct taskmeter_histograms *histograms);

#endif /* TASKMETER_ATTRS_H */
