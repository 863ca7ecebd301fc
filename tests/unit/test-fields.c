// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The field table covers every byte of a record, and reads from it what is
 * there. Where a member stands is known here from the ABI header alone.
 */
#include "sample.h"
#include "suite.h"

#include <stdlib.h>

START_TEST(test_covers_every_byte_once)
{
	unsigned char covered[sizeof(struct taskmeter_record)] = { 0 };
	const struct tm_field *fields;
	size_t count, i, j;

	fields = tm_fields(&count);
	for (i = 0; i < count; i++)
		for (j = 0; j < fields[i].size; j++)
			covered[fields[i].offset + j]++;
	for (j = 0; j < sizeof(covered); j++)
		ck_assert_msg(covered[j] ==
			      (j >= offsetof(struct taskmeter_record, pid) &&
			       j < offsetof(struct taskmeter_record, reserved)),
			      "byte %zu is in %d fields", j, covered[j]);
}
END_TEST

START_TEST(test_in_the_order_of_the_record)
{
	const struct tm_field *fields;
	size_t count, i;

	fields = tm_fields(&count);
	for (i = 1; i < count; i++) {
		ck_assert_uint_lt(fields[i - 1].offset, fields[i].offset);
		ck_assert_int_le(fields[i - 1].group, fields[i].group);
	}
}
END_TEST

#define MEMBER(member, type_, bit) {				\
	.name = #member, .type = TM_FIELD_##type_,		\
	.offset = offsetof(struct taskmeter_record, member),	\
	.size = sizeof(((struct taskmeter_record *)0)->member),	\
	.available = bit,					\
}
#define MEMORY		TASKMETER_AVAILABLE_MEMORY
#define RUN_DELAY	TASKMETER_AVAILABLE_RUN_DELAY
#define IO_CHARS	TASKMETER_AVAILABLE_IO_CHARS
#define METER		TASKMETER_AVAILABLE_METER
#define MEM_WAIT	TASKMETER_AVAILABLE_MEM_WAIT
#define REFAULT		TASKMETER_AVAILABLE_REFAULT

/* Some of each group and kind, written down a second time on purpose. */
static const struct tm_field expected[] = {
	MEMBER(pid, U32, 0),
	MEMBER(start_time_ns, U64, 0),
	MEMBER(cgroup_id, U64, TASKMETER_AVAILABLE_CGROUP),
	MEMBER(comm, STRING, 0),
	MEMBER(state, STATE, 0),
	MEMBER(nice, S32, 0),
	MEMBER(priority, S32, 0),
	MEMBER(oom_score_adj, S32, 0),
	MEMBER(run_ns, U64, 0),
	MEMBER(run_delay_ns, U64, RUN_DELAY),
	MEMBER(timeslices, U64, RUN_DELAY),
	MEMBER(migrations, U64, 0),
	MEMBER(rss_anon_bytes, U64, MEMORY),
	MEMBER(rss_peak_bytes, U64, TASKMETER_AVAILABLE_RSS_PEAK),
	MEMBER(page_table_bytes, U64, MEMORY),
	MEMBER(minor_faults, U64, 0),
	MEMBER(io_read_chars_bytes, U64, IO_CHARS),
	MEMBER(io_write_syscalls, U64, IO_CHARS),
	MEMBER(io_read_bytes, U64, TASKMETER_AVAILABLE_IO),
	MEMBER(io_cancelled_write_bytes, U64, TASKMETER_AVAILABLE_IO),
	MEMBER(current_state, METER_STATE, METER),
	MEMBER(current_state_tid, U32, METER),
	MEMBER(untracked_threads, U32, METER),
	MEMBER(waker_pid, U32, TASKMETER_AVAILABLE_WAKER),
	MEMBER(waker_comm, STRING, TASKMETER_AVAILABLE_WAKER),
	MEMBER(tracked_ns, U64, METER),
	MEMBER(cpu_wait_ns, U64, METER),
	MEMBER(mem_wait_ns, U64, MEM_WAIT),
	MEMBER(numa_migrations, U64, TASKMETER_AVAILABLE_NUMA),
	MEMBER(io_wait_max_time_ns, U64, METER),
	MEMBER(mem_wait_max_time_ns, U64, MEM_WAIT),
	MEMBER(mem_stall_ns, U64, TASKMETER_AVAILABLE_MEM_STALL),
	MEMBER(direct_reclaims, U64, TASKMETER_AVAILABLE_DIRECT_RECLAIM),
	MEMBER(direct_reclaim_max_time_ns, U64, TASKMETER_AVAILABLE_DIRECT_RECLAIM),
	MEMBER(memcg_reclaims, U64, TASKMETER_AVAILABLE_MEMCG_RECLAIM),
	MEMBER(memcg_reclaim_max_ns, U64, TASKMETER_AVAILABLE_MEMCG_RECLAIM),
	MEMBER(compactions, U64, TASKMETER_AVAILABLE_COMPACTION),
	MEMBER(compaction_ns, U64, TASKMETER_AVAILABLE_COMPACTION),
	MEMBER(fault_waits, U64, TASKMETER_AVAILABLE_STALLS),
	MEMBER(fault_wait_max_time_ns, U64, TASKMETER_AVAILABLE_STALLS),
	MEMBER(refault_waits, U64, REFAULT),
	MEMBER(refault_wait_ns, U64, REFAULT),
	MEMBER(throttle_waits, U64, REFAULT),
	MEMBER(throttle_wait_max_time_ns, U64, REFAULT),
	MEMBER(numa_migrated_pages, U64, TASKMETER_AVAILABLE_NUMA_BALANCING),
	MEMBER(numa_preferred_node, S32, TASKMETER_AVAILABLE_NUMA_BALANCING),
};

START_TEST(test_members)
{
	const struct tm_field *field = tm_field_find(expected[_i].name);

	ck_assert_ptr_nonnull(field);
	ck_assert_int_eq(field->type, expected[_i].type);
	ck_assert_uint_eq(field->offset, expected[_i].offset);
	ck_assert_uint_eq(field->size, expected[_i].size);
	ck_assert_uint_eq(field->available, expected[_i].available);
	ck_assert_uint_ne(field->attribute, 0);
	ck_assert(*field->help != '\0');
}
END_TEST

/* As many fields need a bit as the ABI header says. */
START_TEST(test_fields_of_each_bit)
{
	static const struct {
		uint64_t bit;
		size_t fields;
	} bits[] = {
		{ TASKMETER_AVAILABLE_CGROUP, 1 }, { RUN_DELAY, 2 },
		{ MEMORY, 13 }, { TASKMETER_AVAILABLE_RSS_PEAK, 1 },
		{ IO_CHARS, 4 }, { TASKMETER_AVAILABLE_IO, 3 },
		{ METER, 15 }, { MEM_WAIT, 3 },
		{ TASKMETER_AVAILABLE_NUMA, 1 }, { TASKMETER_AVAILABLE_WAKER, 2 },
		{ TASKMETER_AVAILABLE_STALLS, 4 },
		{ TASKMETER_AVAILABLE_DIRECT_RECLAIM, 4 },
		{ TASKMETER_AVAILABLE_MEMCG_RECLAIM, 4 },
		{ TASKMETER_AVAILABLE_COMPACTION, 4 }, { REFAULT, 8 },
		{ TASKMETER_AVAILABLE_MEM_STALL, 1 },
		{ TASKMETER_AVAILABLE_NUMA_BALANCING, 2 },
	};
	const struct tm_field *fields;
	size_t count, i, j, n;

	fields = tm_fields(&count);
	for (j = 0; j < sizeof(bits) / sizeof(*bits); j++) {
		n = 0;
		for (i = 0; i < count; i++)
			n += fields[i].available == bits[j].bit;
		ck_assert_uint_eq(n, bits[j].fields);
	}
}
END_TEST

START_TEST(test_state_names)
{
	static const char *const names[] = {
		"unknown", "running", "queued", "sleeping", "io", "memory",
		"lock", "stopped", "dead", "unknown",
	};

	ck_assert_str_eq(tm_state_name((uint32_t)_i), names[_i]);
	ck_assert_str_eq(tm_state_name(UINT32_MAX), "unknown");
}
END_TEST

/* Only what never goes back may be told as growth between two readings. */
START_TEST(test_maxima_are_no_counters)
{
	ck_assert(tm_field_find("cpu_wait_ns")->counter);
	ck_assert(tm_field_find("wakeups")->counter);
	ck_assert(!tm_field_find("cpu_wait_max_ns")->counter);
	ck_assert(!tm_field_find("io_wait_max_time_ns")->counter);
	ck_assert(!tm_field_find("current_state_ns")->counter);
	ck_assert(tm_field_find("mem_stall_ns")->counter);
	ck_assert(tm_field_find("compactions")->counter);
	ck_assert(!tm_field_find("compaction_max_ns")->counter);
	ck_assert(!tm_field_find("throttle_wait_max_time_ns")->counter);
	ck_assert(tm_field_find("numa_migrated_pages")->counter);
	ck_assert(!tm_field_find("numa_preferred_node")->counter);
}
END_TEST

/* A record without the stalls ends where the group begins. */
START_TEST(test_stalls_are_a_group)
{
	const struct tm_field *fields;
	size_t count, i;

	fields = tm_fields(&count);
	for (i = 0; i < count; i++) {
		ck_assert_int_eq(fields[i].group == TM_GROUP_STALL,
				 fields[i].offset >= TASKMETER_RECORD_SIZE_VER2);
		ck_assert_int_eq(fields[i].group == TM_GROUP_STALL,
				 !!(fields[i].available & SAMPLE_STALLS));
	}
}
END_TEST

START_TEST(test_unknown_name)
{
	ck_assert_ptr_null(tm_field_find("size"));
	ck_assert_ptr_null(tm_field_find("flags"));
	ck_assert_ptr_null(tm_field_find("run"));
	ck_assert_ptr_null(tm_field_find("run_nss"));
	ck_assert_ptr_null(tm_field_find(""));
}
END_TEST

START_TEST(test_values)
{
	struct taskmeter_record record;
	const struct tm_field *fields;
	size_t count, i;

	sample_record(&record);
	fields = tm_fields(&count);
	for (i = 0; i < count; i++) {
		if (fields[i].type == TM_FIELD_STRING)
			continue;
		ck_assert_uint_eq(tm_field_u64(&fields[i], &record),
				  sample_value(&fields[i], i));
		ck_assert_int_eq(tm_field_s64(&fields[i], &record),
				 (int64_t)sample_value(&fields[i], i));
	}
	ck_assert_uint_eq(tm_field_u64(tm_field_find("comm"), &record), 0);
}
END_TEST

START_TEST(test_not_available_is_zero)
{
	const struct tm_field *field = tm_field_find("rss_anon_bytes");
	struct taskmeter_record record;

	sample_record(&record);
	ck_assert(tm_field_available(field, &record));
	record.available &= ~(uint64_t)MEMORY;
	ck_assert(!tm_field_available(field, &record));
	ck_assert_uint_eq(tm_field_u64(field, &record), 0);
	ck_assert(tm_field_available(tm_field_find("rss_peak_bytes"), &record));
	ck_assert(tm_field_available(tm_field_find("run_ns"), &record));
}
END_TEST

/* An older module's record ends before a field that this library knows. */
START_TEST(test_beyond_the_record)
{
	const struct tm_field *field = tm_field_find("major_faults");
	struct taskmeter_record record;

	sample_record(&record);
	record.size = field->offset + field->size;
	ck_assert(tm_field_available(field, &record));
	record.size--;
	ck_assert(!tm_field_available(field, &record));
	ck_assert_uint_eq(tm_field_u64(field, &record), 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("fields");
	TCase *test_case = tcase_create("fields");

	tcase_add_test(test_case, test_covers_every_byte_once);
	tcase_add_test(test_case, test_in_the_order_of_the_record);
	tcase_add_loop_test(test_case, test_members, 0,
			    sizeof(expected) / sizeof(*expected));
	tcase_add_test(test_case, test_fields_of_each_bit);
	tcase_add_loop_test(test_case, test_state_names, 0, 10);
	tcase_add_test(test_case, test_maxima_are_no_counters);
	tcase_add_test(test_case, test_stalls_are_a_group);
	tcase_add_test(test_case, test_unknown_name);
	tcase_add_test(test_case, test_values);
	tcase_add_test(test_case, test_not_available_is_zero);
	tcase_add_test(test_case, test_beyond_the_record);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
