// SPDX-License-Identifier: LGPL-2.1-or-later
/* The public table of fields, and access to a record's members by it. */
#include "lib/fields.h"

#include "lib/meter.h"

#include <string.h>

#define MEMBER_SIZE(member) \
	sizeof(((struct taskmeter_record *)0)->member)

#define ENTRY(group_, member_, type_, attribute_, available_, counter_, help_) \
	{							\
		.name = #member_,				\
		.help = help_,					\
		.type = TM_FIELD_##type_,			\
		.group = TM_GROUP_##group_,			\
		.offset = offsetof(struct taskmeter_record, member_), \
		.size = MEMBER_SIZE(member_),			\
		.available = TM_AVAILABLE_##available_,		\
		.attribute = TASKMETER_A_##attribute_,		\
		.counter = counter_,				\
	},
#define ENTRY_IDENTITY(...)	ENTRY(IDENTITY, __VA_ARGS__)
#define ENTRY_SCHED(...)	ENTRY(SCHED, __VA_ARGS__)
#define ENTRY_MEMORY(...)	ENTRY(MEMORY, __VA_ARGS__)
#define ENTRY_FAULT(...)	ENTRY(FAULT, __VA_ARGS__)
#define ENTRY_IO(...)		ENTRY(IO, __VA_ARGS__)
#define ENTRY_METER(...)	ENTRY(METER, __VA_ARGS__)
#define ENTRY_STALL(...)	ENTRY(STALL, __VA_ARGS__)

static const struct tm_field fields[] = {
	TM_FIELDS_IDENTITY(ENTRY_IDENTITY)
	TM_FIELDS_SCHED(ENTRY_SCHED)
	TM_FIELDS_MEMORY(ENTRY_MEMORY)
	TM_FIELDS_FAULT(ENTRY_FAULT)
	TM_FIELDS_IO(ENTRY_IO)
	TM_FIELDS_METER(ENTRY_METER)
	TM_FIELDS_STALL(ENTRY_STALL)
};

/*
 * As there is no padding but the last member, the sizes add up only if no member
 * is missing.
 */
#define PLUS_SIZE(member, ...)	+ MEMBER_SIZE(member)
_Static_assert(offsetof(struct taskmeter_record, pid)
	       TM_FIELDS_IDENTITY(PLUS_SIZE)
	       TM_FIELDS_SCHED(PLUS_SIZE)
	       TM_FIELDS_MEMORY(PLUS_SIZE)
	       TM_FIELDS_FAULT(PLUS_SIZE)
	       TM_FIELDS_IO(PLUS_SIZE)
	       TM_FIELDS_METER(PLUS_SIZE)
	       TM_FIELDS_STALL(PLUS_SIZE)
	       PLUS_SIZE(reserved) == sizeof(struct taskmeter_record),
	       "a member of struct taskmeter_record is not in the field table");

TM_PUBLIC const struct tm_field *tm_fields(size_t *ret_count)
{
	*ret_count = TM_INDEX_COUNT;
	return fields;
}

TM_PUBLIC const struct tm_field *tm_field_find(const char *name)
{
	size_t i;

	for (i = 0; i < TM_INDEX_COUNT; i++)
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}

TM_PUBLIC const char *tm_state_name(uint32_t state)
{
	static const char *const names[] = {
		[TASKMETER_STATE_UNKNOWN]	= "unknown",
		[TASKMETER_STATE_RUNNING]	= "running",
		[TASKMETER_STATE_QUEUED]	= "queued",
		[TASKMETER_STATE_SLEEPING]	= "sleeping",
		[TASKMETER_STATE_IO]		= "io",
		[TASKMETER_STATE_MEMORY]	= "memory",
		[TASKMETER_STATE_LOCK]		= "lock",
		[TASKMETER_STATE_STOPPED]	= "stopped",
		[TASKMETER_STATE_DEAD]		= "dead",
	};

	return state < sizeof(names) / sizeof(*names) ?
	       names[state] : names[TASKMETER_STATE_UNKNOWN];
}

TM_PUBLIC int tm_field_available(const struct tm_field *field,
				 const struct taskmeter_record *record)
{
	return (uint32_t)field->offset + field->size <= record->size &&
	       (record->available & field->available) == field->available;
}

TM_PUBLIC uint64_t tm_field_u64(const struct tm_field *field,
				const struct taskmeter_record *record)
{
	return (uint64_t)tm_field_s64(field, record);
}

TM_PUBLIC int64_t tm_field_s64(const struct tm_field *field,
			       const struct taskmeter_record *record)
{
	const char *member = (const char *)record + field->offset;
	uint32_t u32;
	int64_t s64;

	if (field->type == TM_FIELD_STRING ||
	    !tm_field_available(field, record))
		return 0;
	if (field->type == TM_FIELD_U64) {
		memcpy(&s64, member, sizeof(s64));
		return s64;
	}
	memcpy(&u32, member, sizeof(u32));
	return field->type == TM_FIELD_S32 ? (int64_t)(int32_t)u32 :
					     (int64_t)u32;
}
