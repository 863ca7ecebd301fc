/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netlink attributes one behind the other, built by hand. */
#ifndef TESTS_UNIT_MESSAGE_H
#define TESTS_UNIT_MESSAGE_H

#include "sample.h"

#include <check.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stddef.h>

struct message {
	char bytes[12288];
	size_t length;
};

static inline void put(struct message *message, uint16_t type, const void *value,
		       size_t length)
{
	struct nlattr attribute = {
		.nla_type = type,
		.nla_len = (uint16_t)(NLA_HDRLEN + length),
	};
	char *to = message->bytes + message->length;

	ck_assert_uint_le(message->length + NLA_HDRLEN + length, sizeof(message->bytes));
	memcpy(to, &attribute, sizeof(attribute));
	memcpy(to + NLA_HDRLEN, value, length);
	message->length += NLA_ALIGN(NLA_HDRLEN + length);
}

static inline void put_u32(struct message *message, uint16_t type, uint32_t value)
{
	put(message, type, &value, sizeof(value));
}

static inline void put_u64(struct message *message, uint16_t type, uint64_t value)
{
	put(message, type, &value, sizeof(value));
}

static inline void put_string(struct message *message, uint16_t type, const char *value)
{
	put(message, type, value, strlen(value) + 1);
}

static inline void put_nest(struct message *message, uint16_t type,
			    const struct message *nest)
{
	put(message, type | NLA_F_NESTED, nest->bytes, nest->length);
}

static inline void put_group(struct message *message, enum tm_field_group group,
			     const struct taskmeter_record *record)
{
	const struct tm_field *fields;
	const char *value;
	size_t count, i;

	fields = tm_fields(&count);
	for (i = 0; i < count; i++) {
		value = (const char *)record + fields[i].offset;
		if (fields[i].group != group)
			continue;
		if (fields[i].type == TM_FIELD_STRING)
			put_string(message, fields[i].attribute, value);
		else
			put(message, fields[i].attribute, value, fields[i].size);
	}
}

/* All of a record with its flags, up to the group @last. */
static inline void put_record(struct message *message,
			      const struct taskmeter_record *record,
			      enum tm_field_group last)
{
	static const uint16_t nests[] = {
		[TM_GROUP_SCHED] = TASKMETER_A_TASK_SCHED,
		[TM_GROUP_MEMORY] = TASKMETER_A_TASK_MEMORY,
		[TM_GROUP_FAULT] = TASKMETER_A_TASK_FAULT,
		[TM_GROUP_IO] = TASKMETER_A_TASK_IO,
		[TM_GROUP_METER] = TASKMETER_A_TASK_METER,
		[TM_GROUP_STALL] = TASKMETER_A_TASK_STALL,
	};
	struct message nest;
	int group;

	put_group(message, TM_GROUP_IDENTITY, record);
	put_u32(message, TASKMETER_A_TASK_FLAGS, record->flags);
	for (group = TM_GROUP_SCHED; group <= (int)last; group++) {
		nest.length = 0;
		put_group(&nest, (enum tm_field_group)group, record);
		put_nest(message, nests[group], &nest);
	}
}

#endif
