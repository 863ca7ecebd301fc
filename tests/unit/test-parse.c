// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parser of netlink replies: takes what the module sends, and refuses
 * what is malformed without reading beyond it. Each message is parsed from a
 * heap block of exactly its size, so that a sanitizer sees every byte too far.
 */
#include "lib/parse.h"
#include "sample.h"
#include "suite.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>

/* Attributes one behind the other. */
struct message {
	char bytes[4096];
	size_t length;
};

static void put(struct message *message, uint16_t type, const void *value,
		size_t length)
{
	struct nlattr attribute = {
		.nla_type = type,
		.nla_len = (uint16_t)(NLA_HDRLEN + length),
	};

	memcpy(message->bytes + message->length, &attribute, sizeof(attribute));
	memcpy(message->bytes + message->length + NLA_HDRLEN, value, length);
	message->length += NLA_ALIGN(NLA_HDRLEN + length);
}

static void put_u32(struct message *message, uint16_t type, uint32_t value)
{
	put(message, type, &value, sizeof(value));
}

static void put_u64(struct message *message, uint16_t type, uint64_t value)
{
	put(message, type, &value, sizeof(value));
}

static void put_comm(struct message *message)
{
	put(message, TASKMETER_A_TASK_COMM, "sample", sizeof("sample"));
}

static void put_field(struct message *message, const struct tm_field *field,
		      size_t index)
{
	uint64_t value = sample_value(field, index);

	if (field->attribute == TASKMETER_A_TASK_COMM &&
	    field->group == TM_GROUP_IDENTITY)
		put_comm(message);
	else if (field->type == TM_FIELD_STRING)
		put(message, field->attribute, "sample", sizeof("sample"));
	else if (field->type == TM_FIELD_U64)
		put_u64(message, field->attribute, value);
	else
		put_u32(message, field->attribute, (uint32_t)value);
}

/* A group's fields, but the one named @without and those needing @unavailable. */
static void put_group(struct message *message, enum tm_field_group group,
		      const char *without, uint64_t unavailable)
{
	const struct tm_field *fields;
	size_t count, i;

	fields = tm_fields(&count);
	for (i = 0; i < count; i++)
		if (fields[i].group == group &&
		    !(fields[i].available & unavailable) &&
		    (!without || strcmp(fields[i].name, without)))
			put_field(message, &fields[i], i);
}

static const uint16_t nests[] = {
	[TM_GROUP_SCHED] = TASKMETER_A_TASK_SCHED,
	[TM_GROUP_MEMORY] = TASKMETER_A_TASK_MEMORY,
	[TM_GROUP_FAULT] = TASKMETER_A_TASK_FAULT,
	[TM_GROUP_IO] = TASKMETER_A_TASK_IO,
	[TM_GROUP_METER] = TASKMETER_A_TASK_METER,
	[TM_GROUP_STALL] = TASKMETER_A_TASK_STALL,
};

/* With the nests of the groups up to @last. */
static void make_up_to(struct message *message, int last, const char *without,
		       uint64_t unavailable)
{
	struct message nest;
	int group;

	memset(message, 0, sizeof(*message));
	/* First, as the module does it; given twice it does no harm. */
	if (!without || strcmp(without, "comm"))
		put_comm(message);
	put_u32(message, TASKMETER_A_TASK_FLAGS, TASKMETER_RECORD_KERNEL);
	put_group(message, TM_GROUP_IDENTITY, without, unavailable);
	for (group = TM_GROUP_SCHED; group <= last; group++) {
		memset(&nest, 0, sizeof(nest));
		put_group(&nest, group, without, unavailable);
		put(message, nests[group] | NLA_F_NESTED, nest.bytes,
		    nest.length);
	}
}

static void make(struct message *message, const char *without,
		 uint64_t unavailable)
{
	make_up_to(message, TM_GROUP_STALL, without, unavailable);
}

/* As one of a dump, by whatever plan there is, it is the same. */
static void check_planned(struct tm_netlink_plan *plan, const char *bytes,
			  size_t length, int wanted_r,
			  const struct taskmeter_record *wanted)
{
	struct taskmeter_record record;

	memset(&record, 0x5A, sizeof(record));
	ck_assert_int_eq(tm_netlink_parse_next(plan, bytes, length, &record), wanted_r);
	if (!wanted_r)
		ck_assert_mem_eq(&record, wanted, sizeof(record));
}

static int parse_bytes(const char *bytes, size_t length,
		       struct taskmeter_record *record)
{
	static struct tm_netlink_plan last;
	struct tm_netlink_plan fresh = { .length = 0 };
	char *exact = malloc(length ? length : 1);
	int r;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, bytes, length);
	memset(record, 0xA5, sizeof(*record));
	r = tm_netlink_parse_record(exact, length, record);
	check_planned(&last, exact, length, r, record);
	check_planned(&fresh, exact, length, r, record);
	check_planned(&fresh, exact, length, r, record);
	free(exact);
	return r;
}

static int parse(const struct message *message, struct taskmeter_record *record)
{
	return parse_bytes(message->bytes, message->length, record);
}

static void check_record(const struct taskmeter_record *record)
{
	struct taskmeter_record wanted;

	sample_record(&wanted);
	wanted.flags = TASKMETER_RECORD_KERNEL;
	ck_assert_mem_eq(record, &wanted, sizeof(wanted));
}

START_TEST(test_everything)
{
	struct taskmeter_record record;
	struct message message;

	make(&message, NULL, 0);
	ck_assert_int_eq(parse(&message, &record), 0);
	check_record(&record);
}
END_TEST

/* Messages that are built as the last one are parsed by plan, others are not. */
START_TEST(test_plan)
{
	struct tm_netlink_plan plan = { .length = 0 };
	struct taskmeter_record record;
	struct message message;
	size_t length;

	make(&message, NULL, TASKMETER_AVAILABLE_NUMA | TASKMETER_AVAILABLE_WAKER);
	/* The name of make() is there twice: such a message has no plan. */
	ck_assert_int_eq(tm_netlink_parse_next(&plan, message.bytes, message.length,
					       &record), 0);
	ck_assert_uint_eq(plan.length, 0);

	make(&message, "comm", TASKMETER_AVAILABLE_NUMA | TASKMETER_AVAILABLE_WAKER);
	length = NLA_ALIGN(NLA_HDRLEN + sizeof("sample"));
	memmove(message.bytes + length, message.bytes, message.length);
	message.length += length;
	length = message.length;
	message.length = 0;
	put_comm(&message);
	message.length = length;
	ck_assert_int_eq(tm_netlink_parse_next(&plan, message.bytes, message.length,
					       &record), 0);
	ck_assert_uint_gt(plan.count, 90);
	ck_assert_str_eq(record.comm, "sample");
	for (size_t i = 0; i < plan.count; i++) {
		struct tm_netlink_plan copy = plan;

		copy.steps[i].header++;
		check_planned(&copy, message.bytes, message.length, 0, &record);
		ck_assert_mem_eq(&copy, &plan, sizeof(plan));
	}
}
END_TEST

/* The order of attributes means nothing. */
START_TEST(test_backwards)
{
	struct message message = { .length = 0 }, nest;
	struct taskmeter_record record;
	const struct tm_field *fields;
	size_t count, i;

	fields = tm_fields(&count);
	for (i = count; i-- > 0;) {
		memset(&nest, 0, sizeof(nest));
		put_field(&nest, &fields[i], i);
		if (fields[i].group == TM_GROUP_IDENTITY)
			put_field(&message, &fields[i], i);
		else
			put(&message, nests[fields[i].group], nest.bytes,
			    nest.length);
	}
	put_u32(&message, TASKMETER_A_TASK_FLAGS, TASKMETER_RECORD_KERNEL);
	ck_assert_int_eq(parse(&message, &record), 0);
	check_record(&record);
}
END_TEST

START_TEST(test_nothing)
{
	struct taskmeter_record record;

	ck_assert_int_eq(parse_bytes("", 0, &record), -EBADMSG);
}
END_TEST

/* What the task does not have is left out, and told apart from 0. */
START_TEST(test_bit_not_available)
{
	struct taskmeter_record record;
	const struct tm_field *fields;
	struct message message;
	uint64_t bit = 1ULL << _i;
	size_t count, i;

	make(&message, NULL, bit);
	ck_assert_int_eq(parse(&message, &record), 0);
	ck_assert_uint_eq(record.available, SAMPLE_AVAILABLE & ~bit);
	fields = tm_fields(&count);
	for (i = 0; i < count; i++) {
		ck_assert_int_eq(!tm_field_available(&fields[i], &record),
				 fields[i].available == bit);
		if (fields[i].available == bit)
			ck_assert_uint_eq(tm_field_u64(&fields[i], &record), 0);
	}
}
END_TEST

/* A group is available as a whole or not at all; the rest has to be there. */
START_TEST(test_one_missing)
{
	struct taskmeter_record record;
	const struct tm_field *field;
	struct message message;
	size_t count;

	field = tm_fields(&count) + _i;
	make(&message, field->name, 0);
	if (!field->available) {
		ck_assert_int_eq(parse(&message, &record), -EBADMSG);
		return;
	}
	ck_assert_int_eq(parse(&message, &record), 0);
	ck_assert_uint_eq(record.available,
			  SAMPLE_AVAILABLE & ~field->available);
}
END_TEST

START_TEST(test_flags_missing)
{
	struct taskmeter_record record;
	struct message message;

	make(&message, NULL, 0);
	ck_assert_int_eq(parse_bytes(message.bytes + 8, message.length - 8,
				     &record), -EBADMSG);
}
END_TEST

/* A newer module sends more, on either level, nested too. */
START_TEST(test_unknown)
{
	struct taskmeter_record record;
	struct message message, nest, deep;
	int i;

	make(&message, NULL, 0);
	put(&message, 0, "x", 1);
	put(&message, TASKMETER_A_TASK_MAX + 1, "four", 4);
	put_u64(&message, 0x3FFF, 1);
	put(&message, TASKMETER_A_TASK_PAD, "", 0);

	memset(&nest, 0, sizeof(nest));
	put_group(&nest, TM_GROUP_SCHED, NULL, 0);
	put(&nest, TASKMETER_A_SCHED_MAX + 1, "odd", 3);
	put(&nest, TASKMETER_A_SCHED_PAD, "", 0);
	for (i = 0; i < 20; i++) {
		memset(&deep, 0, sizeof(deep));
		put(&deep, (TASKMETER_A_SCHED_MAX + 2) | NLA_F_NESTED,
		    nest.bytes, nest.length);
		nest = deep;
	}
	put(&message, TASKMETER_A_TASK_SCHED | NLA_F_NESTED, nest.bytes,
	    nest.length);

	ck_assert_int_eq(parse(&message, &record), 0);
	check_record(&record);
}
END_TEST

START_TEST(test_given_twice)
{
	struct taskmeter_record record;
	struct message message, nest = { .length = 0 };

	make(&message, NULL, 0);
	put_u32(&message, TASKMETER_A_TASK_PID, 42);
	put(&message, TASKMETER_A_TASK_COMM, "b", 2);
	put_u64(&nest, TASKMETER_A_FAULT_MINOR_FAULTS, 7);
	put(&message, TASKMETER_A_TASK_FAULT, nest.bytes, nest.length);
	ck_assert_int_eq(parse(&message, &record), 0);
	ck_assert_uint_eq(record.pid, 42);
	ck_assert_str_eq(record.comm, "b");
	ck_assert_mem_eq(record.comm, "b\0\0\0\0\0\0\0", 8);
	ck_assert_uint_eq(record.minor_faults, 7);
	ck_assert_uint_eq(record.available, SAMPLE_AVAILABLE);
}
END_TEST

/* Bytes of a group's nest with all its fields. */
static size_t nest_length(enum tm_field_group group)
{
	struct message nest = { .length = 0 };

	put_group(&nest, group, NULL, 0);
	return NLA_HDRLEN + nest.length;
}

/* Cut anywhere, it is malformed, unless just the last nests are gone. */
START_TEST(test_truncated)
{
	size_t length, without_stall, without_meter, without_io;
	struct taskmeter_record record;
	struct message message;

	make(&message, NULL, 0);
	without_stall = message.length - nest_length(TM_GROUP_STALL);
	without_meter = without_stall - nest_length(TM_GROUP_METER);
	without_io = without_meter - nest_length(TM_GROUP_IO);
	for (length = 0; length < message.length; length++)
		ck_assert_int_eq(parse_bytes(message.bytes, length, &record),
				 length == without_io || length == without_meter ||
				 length == without_stall ? 0 : -EBADMSG);
}
END_TEST

/* A module of before the meter sends no such nest. */
START_TEST(test_older_module)
{
	const uint64_t meter = TASKMETER_AVAILABLE_METER |
			       TASKMETER_AVAILABLE_MEM_WAIT |
			       TASKMETER_AVAILABLE_NUMA |
			       TASKMETER_AVAILABLE_WAKER | SAMPLE_STALLS;
	struct taskmeter_record record;
	struct message message;

	make_up_to(&message, TM_GROUP_IO, NULL, 0);
	ck_assert_int_eq(parse(&message, &record), 0);
	ck_assert_uint_eq(record.available, SAMPLE_AVAILABLE & ~meter);
	ck_assert(!tm_field_available(tm_field_find("cpu_wait_ns"), &record));
}
END_TEST

/* Without the nest of the stalls a record ends before them, and is 0 there. */
START_TEST(test_without_stalls)
{
	static const char zeros[sizeof(struct taskmeter_record) -
				TASKMETER_RECORD_SIZE_VER2];
	struct taskmeter_record record, wanted;
	struct message message;

	sample_record(&wanted);
	make_up_to(&message, TM_GROUP_METER, NULL, 0);
	ck_assert_int_eq(parse(&message, &record), 0);
	ck_assert_uint_eq(record.size, TASKMETER_RECORD_SIZE_VER2);
	ck_assert_uint_eq(record.available, SAMPLE_AVAILABLE & ~SAMPLE_STALLS);
	ck_assert_mem_eq(&record.pid, &wanted.pid, TASKMETER_RECORD_SIZE_VER2 -
			 offsetof(struct taskmeter_record, pid));
	ck_assert_mem_eq((char *)&record + TASKMETER_RECORD_SIZE_VER2, zeros,
			 sizeof(zeros));
	ck_assert(!tm_field_available(tm_field_find("mem_stall_ns"), &record));

	/* Asked for, but this task is not tracked. */
	put(&message, TASKMETER_A_TASK_STALL | NLA_F_NESTED, "", 0);
	ck_assert_int_eq(parse(&message, &record), 0);
	ck_assert_uint_eq(record.available, SAMPLE_AVAILABLE & ~SAMPLE_STALLS);
}
END_TEST

/* As the module builds most: with the name once and first, and no other string. */
static void make_plannable(struct message *message, int last)
{
	const size_t length = NLA_ALIGN(NLA_HDRLEN + sizeof("sample"));
	struct message rest;

	make_up_to(&rest, last, "comm", TASKMETER_AVAILABLE_WAKER);
	memset(message, 0, sizeof(*message));
	put_comm(message);
	memcpy(message->bytes + length, rest.bytes, rest.length);
	message->length += rest.length;
}

/* Twice each kind of message, so that the second one is parsed by plan. */
START_TEST(test_plan_with_and_without_stalls)
{
	struct tm_netlink_plan plan = { .length = 0 };
	struct taskmeter_record record, wanted;
	struct message message;
	int i, with;

	for (i = 0; i < 8; i++) {
		with = i / 2 % 2;
		make_plannable(&message, TM_GROUP_METER + with);
		memset(&record, 0xA5, sizeof(record));
		ck_assert_int_eq(tm_netlink_parse_next(&plan, message.bytes,
						       message.length, &record), 0);
		ck_assert_uint_eq(plan.length, message.length -
				  NLA_ALIGN(NLA_HDRLEN + sizeof("sample")));
		sample_record(&wanted);
		wanted.flags = TASKMETER_RECORD_KERNEL;
		wanted.available &= ~(uint64_t)TASKMETER_AVAILABLE_WAKER;
		wanted.waker_pid = 0;
		memset(wanted.waker_comm, 0, sizeof(wanted.waker_comm));
		if (!with) {
			wanted.size = TASKMETER_RECORD_SIZE_VER2;
			wanted.available &= ~(uint64_t)SAMPLE_STALLS;
			memset((char *)&wanted + wanted.size, 0,
			       sizeof(wanted) - wanted.size);
		}
		ck_assert_mem_eq(&record, &wanted, sizeof(wanted));
	}
}
END_TEST

/* What stands between the nests by its number is no nest of numbers. */
START_TEST(test_between_the_nests)
{
	struct taskmeter_record record;
	struct message message;

	make(&message, NULL, 0);
	put_u64(&message, TASKMETER_A_TASK_SINCE, UINT64_MAX);
	put(&message, TASKMETER_A_TASK_HISTOGRAMS, "\xff\xff\xff", 3);
	ck_assert_int_eq(parse(&message, &record), 0);
	check_record(&record);
}
END_TEST

START_TEST(test_wrong_length)
{
	static const struct {
		uint16_t type;
		size_t length;
	} wrong[] = {
		{ TASKMETER_A_TASK_PID, 0 }, { TASKMETER_A_TASK_PID, 2 },
		{ TASKMETER_A_TASK_PID, 8 }, { TASKMETER_A_TASK_FLAGS, 8 },
		{ TASKMETER_A_TASK_START_TIME_NS, 4 },
		{ TASKMETER_A_TASK_START_TIME_NS, 12 },
		{ TASKMETER_A_TASK_COMM, 0 }, { TASKMETER_A_TASK_COMM, 16 },
		{ TASKMETER_A_TASK_COMM, 200 }, { TASKMETER_A_TASK_SCHED, 3 },
	};
	struct taskmeter_record record;
	struct message message;
	char value[256];

	memset(value, 'x', sizeof(value));
	make(&message, NULL, 0);
	put(&message, wrong[_i].type, value, wrong[_i].length);
	ck_assert_int_eq(parse(&message, &record), -EBADMSG);
}
END_TEST
#define N_WRONG	10

START_TEST(test_wrong_length_in_nest)
{
	static const struct {
		uint16_t nest;
		uint16_t type;
		size_t length;
	} wrong[] = {
		{ TASKMETER_A_TASK_IO, TASKMETER_A_IO_READ_BYTES, 4 },
		{ TASKMETER_A_TASK_STALL, TASKMETER_A_STALL_MEM_STALL_NS, 4 },
		{ TASKMETER_A_TASK_STALL, TASKMETER_A_STALL_NUMA_MIGRATED_PAGES, 4 },
		{ TASKMETER_A_TASK_STALL, TASKMETER_A_STALL_NUMA_PREFERRED_NODE, 8 },
	};
	struct message message, nest = { .length = 0 };
	struct taskmeter_record record;

	make(&message, NULL, 0);
	put(&nest, wrong[_i].type, "12345678", wrong[_i].length);
	put(&message, wrong[_i].nest, nest.bytes, nest.length);
	ck_assert_int_eq(parse(&message, &record), -EBADMSG);
}
END_TEST

/* An attribute may not claim more than there is, or less than its header. */
START_TEST(test_lying_length)
{
	static const uint16_t lengths[] = { 0, 1, 3, 9, 100, 0xFFFF };
	struct taskmeter_record record;
	struct nlattr attribute;
	struct message message;
	size_t last;

	make(&message, NULL, 0);
	last = message.length;
	put_u32(&message, TASKMETER_A_TASK_MAX + 9, 0);
	memcpy(&attribute, message.bytes + last, sizeof(attribute));
	attribute.nla_len = lengths[_i];
	memcpy(message.bytes + last, &attribute, sizeof(attribute));
	ck_assert_int_eq(parse(&message, &record), -EBADMSG);
}
END_TEST

/* The last attribute may end without its padding. */
START_TEST(test_last_without_padding)
{
	struct taskmeter_record record;
	struct message message;

	make(&message, NULL, 0);
	put(&message, TASKMETER_A_TASK_COMM, "sample", sizeof("sample"));
	ck_assert_int_eq(parse_bytes(message.bytes, message.length - 1, &record),
			 0);
	check_record(&record);
}
END_TEST

START_TEST(test_comm)
{
	static const struct {
		const char *value;
		size_t length;
		const char *comm;
	} names[] = {
		{ "", 1, "" },
		{ "fifteen-letters", 16, "fifteen-letters" },
		{ "unterminated", 12, "unterminated" },
		{ "a\0b", 4, "a" },
		{ "\xff\x1b[2J\n", 7, "\xff\x1b[2J\n" },
	};
	struct taskmeter_record record;
	struct message message;

	make(&message, "comm", 0);
	put(&message, TASKMETER_A_TASK_COMM, names[_i].value, names[_i].length);
	ck_assert_int_eq(parse(&message, &record), 0);
	ck_assert_str_eq(record.comm, names[_i].comm);
}
END_TEST

/* Bytes changed at random, the same ones each time, for a sanitizer to see. */
START_TEST(test_damaged)
{
	struct taskmeter_record record;
	struct message message;
	int round, i, accepted = 0;

	srand((unsigned int)_i + 1);
	for (round = 0; round < 20000; round++) {
		make(&message, NULL, 0);
		for (i = rand() % 4; i >= 0; i--)
			message.bytes[(size_t)rand() % message.length] =
				(char)rand();
		accepted += !parse_bytes(message.bytes,
					 (size_t)rand() % 4 ? message.length :
					 (size_t)rand() % message.length,
					 &record);
		ck_assert_ptr_nonnull(memchr(record.comm, 0, sizeof(record.comm)));
	}
	/* Damage to a value is none to the message: most are accepted. */
	ck_assert_int_gt(accepted, 1000);
	ck_assert_int_lt(accepted, 19000);
}
END_TEST

static int parse_histograms_of_size(const struct message *message, uint32_t size,
				    struct taskmeter_histograms *histograms)
{
	char *exact = malloc(message->length ? message->length : 1);
	int r;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, message->bytes, message->length);
	memset(histograms, 0xA5, sizeof(*histograms));
	r = tm_netlink_parse_histograms(exact, message->length, size, histograms);
	free(exact);
	return r;
}

static int parse_histograms(const struct message *message,
			    struct taskmeter_histograms *histograms)
{
	return parse_histograms_of_size(message, sizeof(*histograms), histograms);
}

/* A task with buckets 1, 2, 3, ... of one histogram. */
static void make_histogram(struct message *message, uint16_t type, size_t length)
{
	struct message nest = { .length = 0 };
	uint64_t values[256];
	size_t i;

	for (i = 0; i < 256; i++)
		values[i] = i + 1;
	make(message, NULL, 0);
	put(&nest, type, values, length);
	put(message, TASKMETER_A_TASK_HISTOGRAMS | NLA_F_NESTED, nest.bytes,
	    nest.length);
}

START_TEST(test_histograms)
{
	static const struct {
		uint16_t type;
		enum tm_histogram_kind kind;
		size_t buckets;
	} cases[] = {
		{ TASKMETER_A_HISTOGRAMS_CPU_WAIT, TM_HISTOGRAM_CPU_WAIT, 1 },
		{ TASKMETER_A_HISTOGRAMS_CPU_WAIT, TM_HISTOGRAM_CPU_WAIT,
		  TASKMETER_CPU_WAIT_BUCKETS },
		{ TASKMETER_A_HISTOGRAMS_IO_WAIT, TM_HISTOGRAM_IO_WAIT, 10 },
		{ TASKMETER_A_HISTOGRAMS_MEM_WAIT, TM_HISTOGRAM_MEM_WAIT,
		  TASKMETER_MEM_WAIT_BUCKETS },
		{ TASKMETER_A_HISTOGRAMS_RECLAIM, TM_HISTOGRAM_RECLAIM, 7 },
		{ TASKMETER_A_HISTOGRAMS_COMPACTION, TM_HISTOGRAM_COMPACTION,
		  TASKMETER_STALL_BUCKETS },
		{ TASKMETER_A_HISTOGRAMS_FAULT_WAIT, TM_HISTOGRAM_FAULT_WAIT,
		  TASKMETER_STALL_BUCKETS },
	};
	struct taskmeter_histograms histograms;
	struct taskmeter_record record;
	struct message message;
	const uint64_t *buckets;
	uint64_t sum = 0;
	size_t count, i;
	int kind;

	make_histogram(&message, cases[_i].type, 8 * cases[_i].buckets);
	ck_assert_int_eq(parse_histograms(&message, &histograms), 0);
	ck_assert_uint_eq(histograms.size, sizeof(histograms));
	ck_assert_uint_eq(histograms.reserved, 0);
	buckets = tm_histogram_buckets(&histograms, cases[_i].kind, &count);
	for (i = 0; i < count; i++)
		ck_assert_uint_eq(buckets[i], i < cases[_i].buckets ? i + 1 : 0);

	for (kind = 0; kind <= TM_HISTOGRAM_FAULT_WAIT; kind++)
		sum += tm_histogram_count(&histograms, kind);
	ck_assert_uint_eq(sum, cases[_i].buckets * (cases[_i].buckets + 1) / 2);

	/* The record does not mind them. */
	ck_assert_int_eq(parse(&message, &record), 0);
	check_record(&record);
}
END_TEST

START_TEST(test_histograms_left_out)
{
	struct taskmeter_histograms histograms, zeros = {
		.size = sizeof(zeros),
	};
	struct message message;

	make(&message, NULL, 0);
	ck_assert_int_eq(parse_histograms(&message, &histograms), 0);
	ck_assert_mem_eq(&histograms, &zeros, sizeof(zeros));

	make_histogram(&message, TASKMETER_A_HISTOGRAMS_MAX + 1, 17);
	ck_assert_int_eq(parse_histograms(&message, &histograms), 0);
	ck_assert_mem_eq(&histograms, &zeros, sizeof(zeros));
}
END_TEST

/* Those of the stalls come unasked; who has no room for them does not get them. */
START_TEST(test_histograms_of_an_old_program)
{
	struct taskmeter_histograms histograms, wanted = {
		.size = TASKMETER_HISTOGRAMS_SIZE_VER1,
	};
	struct message message;

	make_histogram(&message, TASKMETER_A_HISTOGRAMS_RECLAIM, 80);
	ck_assert_int_eq(parse_histograms_of_size(&message,
				TASKMETER_HISTOGRAMS_SIZE_VER1, &histograms), 0);
	ck_assert_mem_eq(&histograms, &wanted, sizeof(wanted));
	make_histogram(&message, TASKMETER_A_HISTOGRAMS_MEM_WAIT, 80);
	ck_assert_int_eq(parse_histograms_of_size(&message,
				TASKMETER_HISTOGRAMS_SIZE_VER1, &histograms), 0);
	ck_assert_uint_eq(histograms.size, TASKMETER_HISTOGRAMS_SIZE_VER1);
	ck_assert_uint_eq(histograms.mem_wait[9], 10);
}
END_TEST

START_TEST(test_histograms_malformed)
{
	static const struct {
		uint16_t type;
		size_t length;
	} cases[] = {
		{ TASKMETER_A_HISTOGRAMS_CPU_WAIT, 7 },
		{ TASKMETER_A_HISTOGRAMS_CPU_WAIT,
		  8 * (TASKMETER_CPU_WAIT_BUCKETS + 1) },
		{ TASKMETER_A_HISTOGRAMS_MEM_WAIT,
		  8 * (TASKMETER_MEM_WAIT_BUCKETS + 1) },
		{ TASKMETER_A_HISTOGRAMS_FAULT_WAIT,
		  8 * (TASKMETER_STALL_BUCKETS + 1) },
	};
	struct taskmeter_histograms histograms;
	struct message message;

	make_histogram(&message, cases[_i].type, cases[_i].length);
	ck_assert_int_eq(parse_histograms(&message, &histograms), -EBADMSG);
}
END_TEST

/* Cut within the nest, on either level. */
START_TEST(test_histograms_truncated)
{
	struct taskmeter_histograms histograms;
	struct message message;
	size_t end;

	make_histogram(&message, TASKMETER_A_HISTOGRAMS_IO_WAIT, 8 * 10);
	end = message.length;
	while (--message.length > end - 2 * NLA_HDRLEN - 8 * 10)
		ck_assert_int_eq(parse_histograms(&message, &histograms),
				 -EBADMSG);
	ck_assert_int_eq(parse_histograms(&message, &histograms), 0);
}
END_TEST

START_TEST(test_histograms_damaged)
{
	struct taskmeter_histograms histograms;
	struct message message;
	int round, i;

	srand((unsigned int)_i + 1);
	for (round = 0; round < 20000; round++) {
		make_histogram(&message, TASKMETER_A_HISTOGRAMS_CPU_WAIT, 64);
		for (i = rand() % 4; i >= 0; i--)
			message.bytes[message.length - 1 - (size_t)rand() % 80] =
				(char)rand();
		if (!parse_histograms(&message, &histograms))
			ck_assert_uint_eq(histograms.size, sizeof(histograms));
	}
}
END_TEST

static void make_info(struct message *message, int without)
{
	struct taskmeter_info info;

	sample_info(&info);
	memset(message, 0, sizeof(*message));
#define PUT(attribute, put_, value) \
	do { \
		if (TASKMETER_A_INFO_##attribute != without) \
			put_(message, TASKMETER_A_INFO_##attribute, value); \
	} while (0)
	PUT(ABI_VERSION, put_u32, info.abi_version);
	PUT(FLAGS, put_u64, info.flags);
	PUT(AVAILABLE, put_u64, info.available);
	PUT(INSTANCE_ID, put_u64, info.instance_id);
	PUT(LOAD_TIME_NS, put_u64, info.load_time_ns);
	PUT(RECORD_SIZE, put_u32, info.record_size);
	PUT(PAGE_SIZE, put_u32, info.page_size);
	PUT(PID_NAMESPACE, put_u32, info.pid_namespace);
	PUT(RSS_ERROR_BYTES, put_u64, info.rss_error_bytes);
	PUT(TOKEN, put_u64, info.token);
	PUT(TRACKED_THREADS, put_u64, info.tracked_threads);
	PUT(UNTRACKED_THREADS, put_u64, info.untracked_threads);
	PUT(ALLOCATION_FAILURES, put_u64, info.allocation_failures);
	PUT(CLOCK_STEPS, put_u64, info.clock_steps);
	PUT(GAPS, put_u64, info.gaps);
	PUT(PROBE_CALLS, put_u64, info.probe_calls);
	PUT(PROBE_NS, put_u64, info.probe_ns);
	PUT(CLOCK, put_u32, info.clock);
	PUT(THREAD_BYTES, put_u32, info.thread_bytes);
	PUT(PROCESS_BYTES, put_u32, info.process_bytes);
	PUT(HISTOGRAM_BYTES, put_u32, info.histogram_bytes);
	PUT(EXIT_NUMBER, put_u64, info.exit_number);
	PUT(EXIT_LOG_BYTES, put_u64, info.exit_log_bytes);
	PUT(EXIT_LOG_USED_BYTES, put_u64, info.exit_log_used_bytes);
	PUT(EXIT_LOG_RECORDS, put_u64, info.exit_log_records);
	PUT(EXIT_LOG_EVICTED, put_u64, info.exit_log_evicted);
	PUT(EXITS_OTHER, put_u64, info.exits_other);
	PUT(EXITS_UNRECORDED, put_u64, info.exits_unrecorded);
	PUT(EVENTS_LOST, put_u64, info.events_lost);
	PUT(SUBSCRIBERS, put_u32, info.subscribers);
#undef PUT
	if (without != TASKMETER_A_INFO_VERSION)
		put(message, TASKMETER_A_INFO_VERSION, "1.2.3", 6);
}

START_TEST(test_info)
{
	struct taskmeter_info info, wanted;
	struct message message;

	sample_info(&wanted);
	make_info(&message, 0);
	put_u32(&message, TASKMETER_A_INFO_MAX + 1, 0);
	ck_assert_int_eq(tm_netlink_parse_info(message.bytes, message.length,
					       &info), 0);
	ck_assert_mem_eq(&info, &wanted, sizeof(wanted));
}
END_TEST

START_TEST(test_info_one_missing)
{
	struct taskmeter_info info;
	struct message message;

	make_info(&message, _i);
	ck_assert_int_eq(tm_netlink_parse_info(message.bytes, message.length,
					       &info), -EBADMSG);
}
END_TEST

/* What came with the meter, or the exit log, is there as a whole, or the module is older. */
START_TEST(test_info_older_module)
{
	struct taskmeter_info info;
	struct message message;

	make_info(&message, _i);
	ck_assert_int_eq(tm_netlink_parse_info(message.bytes, message.length,
					       &info), 0);
	ck_assert_uint_eq(info.size, _i < TASKMETER_A_INFO_EXIT_NUMBER ?
			  TASKMETER_INFO_SIZE_VER1 : TASKMETER_INFO_SIZE_VER2);
	ck_assert_str_eq(info.version, "1.2.3");
}
END_TEST

START_TEST(test_info_version_too_long)
{
	char version[TASKMETER_VERSION_LEN + 1];
	struct taskmeter_info info;
	struct message message;

	memset(version, '1', sizeof(version));
	make_info(&message, TASKMETER_A_INFO_VERSION);
	put(&message, TASKMETER_A_INFO_VERSION, version, sizeof(version));
	ck_assert_int_eq(tm_netlink_parse_info(message.bytes, message.length,
					       &info), -EBADMSG);
}
END_TEST

/* An error or end message with a text, as the kernel builds it. */
static struct nlmsghdr *make_status(uint16_t type, uint16_t flags, int status,
				    size_t request, const char *text)
{
	struct message attributes = { .length = 0 };
	struct nlmsghdr *message = calloc(1, 4096);
	struct nlmsgerr *error;
	size_t length;

	ck_assert_ptr_nonnull(message);
	if (text)
		put(&attributes, NLMSGERR_ATTR_MSG, text, strlen(text) + 1);
	memcpy(NLMSG_DATA(message), &status, sizeof(status));
	length = sizeof(status);
	if (type == NLMSG_ERROR) {
		error = NLMSG_DATA(message);
		error->msg.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + request);
		length = sizeof(*error) + (flags & NLM_F_CAPPED ? 0 :
					   NLMSG_ALIGN(request));
	}
	memcpy((char *)NLMSG_DATA(message) + length, attributes.bytes,
	       attributes.length);
	message->nlmsg_type = type;
	message->nlmsg_flags = flags;
	message->nlmsg_len = (uint32_t)(NLMSG_HDRLEN + length + attributes.length);
	return message;
}

START_TEST(test_status)
{
	static const struct {
		uint16_t type;
		uint16_t flags;
		int status;
		size_t request;
		const char *text;
	} cases[] = {
		{ NLMSG_ERROR, 0, -ESRCH, 28, NULL },
		{ NLMSG_ERROR, 0, 0, 0, NULL },
		{ NLMSG_ERROR, NLM_F_ACK_TLVS, -EINVAL, 28, "no such flag" },
		{ NLMSG_ERROR, NLM_F_ACK_TLVS, -EINVAL, 27, "no such flag" },
		{ NLMSG_ERROR, NLM_F_ACK_TLVS | NLM_F_CAPPED, -EPERM, 28, "no" },
		{ NLMSG_DONE, NLM_F_ACK_TLVS, -ENOMEM, 0, "no memory" },
		{ NLMSG_DONE, 0, 0, 0, NULL },
	};
	struct nlmsghdr *message;
	char text[64] = "?";

	message = make_status(cases[_i].type, cases[_i].flags, cases[_i].status,
			      cases[_i].request, cases[_i].text);
	ck_assert_int_eq(tm_netlink_parse_status(message, text, sizeof(text)),
			 cases[_i].status);
	ck_assert_str_eq(text, cases[_i].text ? cases[_i].text : "");
	free(message);
}
END_TEST

START_TEST(test_status_malformed)
{
	struct nlmsghdr *message;
	char text[8], *exact;
	size_t length;

	message = make_status(NLMSG_ERROR, NLM_F_ACK_TLVS, -EINVAL, 28,
			      "a text that is too long for the buffer");
	ck_assert_int_eq(tm_netlink_parse_status(message, text, sizeof(text)),
			 -EINVAL);
	ck_assert_str_eq(text, "a text ");
	for (length = NLMSG_HDRLEN; length < message->nlmsg_len; length++) {
		exact = malloc(length);
		memcpy(exact, message, length);
		((struct nlmsghdr *)exact)->nlmsg_len = (uint32_t)length;
		ck_assert_int_eq(tm_netlink_parse_status((void *)exact, text,
							 sizeof(text)),
				 length < NLMSG_HDRLEN + sizeof(int) ?
				 -EBADMSG : -EINVAL);
		free(exact);
	}
	free(message);
}
END_TEST

START_TEST(test_status_positive)
{
	struct nlmsghdr *message;
	char text[8];

	message = make_status(NLMSG_ERROR, 0, 5, 0, NULL);
	ck_assert_int_eq(tm_netlink_parse_status(message, text, sizeof(text)),
			 -EBADMSG);
	free(message);
}
END_TEST

static TCase *record_case(void)
{
	TCase *test_case = tcase_create("record");
	size_t n_fields;

	tm_fields(&n_fields);
	tcase_add_test(test_case, test_everything);
	tcase_add_test(test_case, test_plan);
	tcase_add_test(test_case, test_backwards);
	tcase_add_test(test_case, test_nothing);
	tcase_add_loop_test(test_case, test_bit_not_available, 0, 17);
	tcase_add_loop_test(test_case, test_one_missing, 0, (int)n_fields);
	tcase_add_test(test_case, test_flags_missing);
	tcase_add_test(test_case, test_unknown);
	tcase_add_test(test_case, test_given_twice);
	tcase_add_test(test_case, test_truncated);
	tcase_add_test(test_case, test_older_module);
	tcase_add_test(test_case, test_without_stalls);
	tcase_add_test(test_case, test_plan_with_and_without_stalls);
	tcase_add_test(test_case, test_between_the_nests);
	tcase_add_loop_test(test_case, test_wrong_length, 0, N_WRONG);
	tcase_add_loop_test(test_case, test_wrong_length_in_nest, 0, 4);
	tcase_add_loop_test(test_case, test_lying_length, 0, 6);
	tcase_add_test(test_case, test_last_without_padding);
	tcase_add_loop_test(test_case, test_comm, 0, 5);
	tcase_add_loop_test(test_case, test_damaged, 0, 4);
	return test_case;
}

static TCase *histograms_case(void)
{
	TCase *test_case = tcase_create("histograms");

	tcase_add_loop_test(test_case, test_histograms, 0, 7);
	tcase_add_test(test_case, test_histograms_of_an_old_program);
	tcase_add_test(test_case, test_histograms_left_out);
	tcase_add_loop_test(test_case, test_histograms_malformed, 0, 4);
	tcase_add_test(test_case, test_histograms_truncated);
	tcase_add_loop_test(test_case, test_histograms_damaged, 0, 2);
	return test_case;
}

static TCase *other_case(void)
{
	TCase *test_case = tcase_create("info and status");

	tcase_add_test(test_case, test_info);
	tcase_add_loop_test(test_case, test_info_one_missing,
			    TASKMETER_A_INFO_ABI_VERSION,
			    TASKMETER_A_INFO_VERSION + 1);
	tcase_add_loop_test(test_case, test_info_older_module,
			    TASKMETER_A_INFO_TOKEN, TASKMETER_A_INFO_MAX + 1);
	tcase_add_test(test_case, test_info_version_too_long);
	tcase_add_loop_test(test_case, test_status, 0, 7);
	tcase_add_test(test_case, test_status_malformed);
	tcase_add_test(test_case, test_status_positive);
	return test_case;
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("parse");

	suite_add_tcase(suite, record_case());
	suite_add_tcase(suite, histograms_case());
	suite_add_tcase(suite, other_case());
	return suite_main(suite, argc, argv);
}
