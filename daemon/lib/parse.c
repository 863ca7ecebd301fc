// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * See parse.h. One pass over the attributes: each is stored where a table,
 * indexed by its number, says. A snapshot of ten thousand tasks runs through
 * store() more than half a million times.
 */
#include "lib/parse.h"

#include "lib/fields.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>

/* Where the value of an attribute goes; @length 0: nowhere. */
struct slot {
	uint16_t offset;
	uint8_t length;
	bool string;
	uint8_t index;
};

/* The attributes of one nest. @seen is a set of slot indices. */
struct slots {
	const struct slot *slots;
	size_t count;
};

struct target {
	char *base;
	uint64_t seen;
};

_Static_assert(TM_INDEX_COUNT < 63, "a set of fields is one u64");

#define IS_STRING_U32		false
#define IS_STRING_S32		false
#define IS_STRING_U64		false
#define IS_STRING_STATE		false
#define IS_STRING_STRING	true

#define SLOT(member_, type_, attribute_, ...)				\
	[TASKMETER_A_##attribute_] = {					\
		.offset = offsetof(struct taskmeter_record, member_),	\
		.length = sizeof(((struct taskmeter_record *)0)->member_), \
		.string = IS_STRING_##type_,				\
		.index = TM_INDEX_##member_,				\
	},

/* The flags are no field, as a program sees them by name. */
#define INDEX_FLAGS	TM_INDEX_COUNT

static const struct slot task_slots[TASKMETER_A_TASK_MAX + 1] = {
	[TASKMETER_A_TASK_FLAGS] = {
		.offset = offsetof(struct taskmeter_record, flags),
		.length = sizeof(__u32),
		.index = INDEX_FLAGS,
	},
	TM_FIELDS_IDENTITY(SLOT)
};

static const struct slot sched_slots[TASKMETER_A_SCHED_MAX + 1] = {
	TM_FIELDS_SCHED(SLOT)
};

static const struct slot memory_slots[TASKMETER_A_MEMORY_MAX + 1] = {
	TM_FIELDS_MEMORY(SLOT)
};

static const struct slot fault_slots[TASKMETER_A_FAULT_MAX + 1] = {
	TM_FIELDS_FAULT(SLOT)
};

static const struct slot io_slots[TASKMETER_A_IO_MAX + 1] = {
	TM_FIELDS_IO(SLOT)
};

#define SLOTS(array)	{ (array), sizeof(array) / sizeof(*(array)) }

static const struct slots nests[] = {
	[TASKMETER_A_TASK_SCHED - TASKMETER_A_TASK_SCHED] = SLOTS(sched_slots),
	[TASKMETER_A_TASK_MEMORY - TASKMETER_A_TASK_SCHED] = SLOTS(memory_slots),
	[TASKMETER_A_TASK_FAULT - TASKMETER_A_TASK_SCHED] = SLOTS(fault_slots),
	[TASKMETER_A_TASK_IO - TASKMETER_A_TASK_SCHED] = SLOTS(io_slots),
};

#define N_NESTS	(sizeof(nests) / sizeof(*nests))

#define INDEX_IF(member, type, attribute, available_, ...) \
	| (TM_AVAILABLE_##available_ == bit ? 1ULL << TM_INDEX_##member : 0)

/*
 * Set of the fields that need this bit of available, 0 for those that need
 * none. A constant, as @bit always is one.
 */
static inline uint64_t fields_that_need(const uint64_t bit)
{
	return 0ULL TM_FIELDS_IDENTITY(INDEX_IF)
		    TM_FIELDS_SCHED(INDEX_IF)
		    TM_FIELDS_MEMORY(INDEX_IF)
		    TM_FIELDS_FAULT(INDEX_IF)
		    TM_FIELDS_IO(INDEX_IF);
}

/* An attribute's value; the caller has checked that it is all there. */
static inline int store_string(char *to, size_t size, const char *value,
			       size_t length)
{
	size_t n = strnlen(value, length);

	if (!length || n >= size)
		return -EBADMSG;
	memset(to, 0, size);
	memcpy(to, value, n);
	return 0;
}

static inline int store(struct target *target, const struct slot *slot,
			const char *value, size_t length)
{
	char *to = target->base + slot->offset;

	target->seen |= 1ULL << slot->index;
	if (slot->string)
		return store_string(to, slot->length, value, length);
	if (length != slot->length)
		return -EBADMSG;
	if (length == sizeof(__u64))
		memcpy(to, value, sizeof(__u64));
	else
		memcpy(to, value, sizeof(__u32));
	return 0;
}

/* The attribute at @at if it is all there, or NULL. */
static inline const struct nlattr *attribute_at(const char *at, size_t left)
{
	const struct nlattr *attribute = (const struct nlattr *)at;

	if (left < NLA_HDRLEN || attribute->nla_len < NLA_HDRLEN ||
	    attribute->nla_len > left)
		return NULL;
	return attribute;
}

/* From one attribute to the next; the last one may lack its padding. */
static inline size_t attribute_step(const struct nlattr *attribute, size_t left)
{
	size_t step = NLA_ALIGN(attribute->nla_len);

	return step < left ? step : left;
}

static int parse_flat(struct target *target, const struct slots *slots,
		      const char *at, size_t left)
{
	const struct nlattr *attribute;
	const struct slot *slot;
	size_t type, step;
	int r;

	for (; left; at += step, left -= step) {
		attribute = attribute_at(at, left);
		if (!attribute)
			return -EBADMSG;
		step = attribute_step(attribute, left);
		type = attribute->nla_type & NLA_TYPE_MASK;
		if (type >= slots->count)
			continue;
		slot = &slots->slots[type];
		if (!slot->length)
			continue;
		r = store(target, slot, at + NLA_HDRLEN,
			  attribute->nla_len - NLA_HDRLEN);
		if (r)
			return r;
	}
	return 0;
}

static int parse_task(struct target *target, const char *at, size_t left)
{
	const struct nlattr *attribute;
	size_t type, step, length;
	int r = 0;

	for (; left; at += step, left -= step) {
		attribute = attribute_at(at, left);
		if (!attribute)
			return -EBADMSG;
		step = attribute_step(attribute, left);
		type = attribute->nla_type & NLA_TYPE_MASK;
		length = attribute->nla_len - NLA_HDRLEN;
		if (type >= TASKMETER_A_TASK_SCHED &&
		    type - TASKMETER_A_TASK_SCHED < N_NESTS)
			r = parse_flat(target,
				       &nests[type - TASKMETER_A_TASK_SCHED],
				       at + NLA_HDRLEN, length);
		else if (type <= TASKMETER_A_TASK_MAX && task_slots[type].length)
			r = store(target, &task_slots[type], at + NLA_HDRLEN,
				  length);
		if (r)
			return r;
	}
	return 0;
}

static inline uint64_t bit_if_seen(uint64_t seen, const uint64_t bit)
{
	const uint64_t needed = fields_that_need(bit);

	return (seen & needed) == needed ? bit : 0;
}

/* The bits whose attributes were all seen. */
static uint64_t available_of(uint64_t seen)
{
	return bit_if_seen(seen, TASKMETER_AVAILABLE_CGROUP) |
	       bit_if_seen(seen, TASKMETER_AVAILABLE_RUN_DELAY) |
	       bit_if_seen(seen, TASKMETER_AVAILABLE_MEMORY) |
	       bit_if_seen(seen, TASKMETER_AVAILABLE_RSS_PEAK) |
	       bit_if_seen(seen, TASKMETER_AVAILABLE_IO_CHARS) |
	       bit_if_seen(seen, TASKMETER_AVAILABLE_IO);
}

int tm_netlink_parse_record(const void *attrs, size_t len,
			    struct taskmeter_record *ret_record)
{
	const uint64_t needed = fields_that_need(0) | 1ULL << INDEX_FLAGS;
	struct target target = { (char *)ret_record, 0 };
	int r;

	memset(ret_record, 0, sizeof(*ret_record));
	r = parse_task(&target, attrs, len);
	if (r)
		return r;
	if ((target.seen & needed) != needed)
		return -EBADMSG;
	ret_record->size = sizeof(*ret_record);
	ret_record->available = available_of(target.seen);
	return 0;
}

#define INFO_SLOT(attribute_, member_, index_)				\
	[TASKMETER_A_INFO_##attribute_] = {				\
		.offset = offsetof(struct taskmeter_info, member_),	\
		.length = sizeof(((struct taskmeter_info *)0)->member_), \
		.index = index_,					\
	}

static const struct slot info_slots[TASKMETER_A_INFO_MAX + 1] = {
	INFO_SLOT(ABI_VERSION, abi_version, 0),
	INFO_SLOT(FLAGS, flags, 1),
	INFO_SLOT(AVAILABLE, available, 2),
	INFO_SLOT(INSTANCE_ID, instance_id, 3),
	INFO_SLOT(LOAD_TIME_NS, load_time_ns, 4),
	INFO_SLOT(RECORD_SIZE, record_size, 5),
	INFO_SLOT(PAGE_SIZE, page_size, 6),
	INFO_SLOT(PID_NAMESPACE, pid_namespace, 7),
	INFO_SLOT(RSS_ERROR_BYTES, rss_error_bytes, 8),
	[TASKMETER_A_INFO_VERSION] = {
		.offset = offsetof(struct taskmeter_info, version),
		.length = TASKMETER_VERSION_LEN,
		.string = true,
		.index = 9,
	},
};

#define INFO_ALL	((1ULL << 10) - 1)

int tm_netlink_parse_info(const void *attrs, size_t len,
			  struct taskmeter_info *ret_info)
{
	static const struct slots slots = SLOTS(info_slots);
	struct target target = { (char *)ret_info, 0 };
	int r;

	memset(ret_info, 0, sizeof(*ret_info));
	r = parse_flat(&target, &slots, attrs, len);
	if (r)
		return r;
	if (target.seen != INFO_ALL)
		return -EBADMSG;
	ret_info->size = sizeof(*ret_info);
	return 0;
}

static void find_text(const char *at, size_t left, char *text, size_t size)
{
	const struct nlattr *attribute;
	size_t step, length;

	for (; left; at += step, left -= step) {
		attribute = attribute_at(at, left);
		if (!attribute)
			return;
		step = attribute_step(attribute, left);
		if ((attribute->nla_type & NLA_TYPE_MASK) != NLMSGERR_ATTR_MSG)
			continue;
		length = strnlen(at + NLA_HDRLEN,
				 attribute->nla_len - NLA_HDRLEN);
		if (length >= size)
			length = size - 1;
		memcpy(text, at + NLA_HDRLEN, length);
		text[length] = '\0';
	}
}

/*
 * Bytes before the attributes: the number and, in an error, the header of the
 * request, with all of the request unless that was capped.
 */
static size_t status_length(const struct nlmsghdr *message, size_t payload)
{
	const struct nlmsgerr *error = NLMSG_DATA(message);
	size_t length;

	if (message->nlmsg_type == NLMSG_DONE)
		return NLMSG_ALIGN(sizeof(int));
	if (message->nlmsg_flags & NLM_F_CAPPED || payload < sizeof(*error) ||
	    error->msg.nlmsg_len < NLMSG_HDRLEN)
		return sizeof(*error);
	length = error->msg.nlmsg_len;
	return sizeof(error->error) + NLMSG_ALIGN(length);
}

int tm_netlink_parse_status(const struct nlmsghdr *message, char *text,
			    size_t size)
{
	const char *data = NLMSG_DATA(message);
	size_t payload, before;
	int status;

	text[0] = '\0';
	if (message->nlmsg_len < NLMSG_HDRLEN + sizeof(status))
		return -EBADMSG;
	payload = message->nlmsg_len - NLMSG_HDRLEN;
	memcpy(&status, data, sizeof(status));

	before = status_length(message, payload);
	if (message->nlmsg_flags & NLM_F_ACK_TLVS && before < payload)
		find_text(data + before, payload - before, text, size);
	return status > 0 ? -EBADMSG : status;
}
