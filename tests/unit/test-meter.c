// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The public interface above the transports: structures of older and newer
 * programs, refused arguments, and a machine without the module. The transport
 * is one of the test's own.
 */
#include "lib/meter.h"
#include "sample.h"
#include "suite.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct fake {
	struct tm_meter meter;
	uint32_t record_size;
	int failure;
	int calls;
	enum tm_setting setting;
	int on;
};

static int fake_info(struct tm_meter *meter, struct taskmeter_info *ret_info)
{
	((struct fake *)meter)->calls++;
	sample_info(ret_info);
	return 0;
}

static int fake_get(struct tm_meter *meter, uint32_t pid, uint32_t flags,
		    struct taskmeter_record *ret_record,
		    struct taskmeter_histograms *ret_histograms)
{
	struct fake *fake = (struct fake *)meter;

	(void)flags;
	fake->calls++;
	if (ret_histograms) {
		memset(ret_histograms, 0x5A, sizeof(*ret_histograms));
		ret_histograms->size = sizeof(*ret_histograms);
	}
	if (fake->failure)
		return tm_fail(meter, fake->failure, "it failed: %m");
	sample_record(ret_record);
	ret_record->pid = pid;
	ret_record->size = fake->record_size;
	return 0;
}

static int fake_set(struct tm_meter *meter, enum tm_setting setting, int on)
{
	struct fake *fake = (struct fake *)meter;

	fake->calls++;
	fake->setting = setting;
	fake->on = on;
	return fake->failure;
}

static int fake_snapshot_new(struct tm_meter *meter,
			     const struct tm_filter *filter,
			     struct tm_snapshot **ret_snapshot)
{
	(void)filter;
	(void)ret_snapshot;
	((struct fake *)meter)->calls++;
	return 0;
}

static const struct tm_ops fake_ops = {
	.info = fake_info,
	.get = fake_get,
	.set = fake_set,
	.snapshot_new = fake_snapshot_new,
};

static struct fake fake_new(void)
{
	return (struct fake){
		.meter.ops = &fake_ops,
		.meter.info_size = sizeof(struct taskmeter_info),
		.meter.record_size = sizeof(struct taskmeter_record),
		.record_size = sizeof(struct taskmeter_record),
	};
}

/* A program compiled with an older header: a prefix, and not a byte beyond. */
START_TEST(test_shorter_structures)
{
	struct fake fake = fake_new();
	struct taskmeter_record wanted;
	struct taskmeter_info info;
	char bytes[TASKMETER_RECORD_SIZE_VER1 + 8];
	uint32_t size;

	memset(bytes, 0xA5, sizeof(bytes));
	ck_assert_int_eq(tm_get(&fake.meter, 1, 0, (void *)bytes,
				TASKMETER_RECORD_SIZE_VER1), 0);
	sample_record(&wanted);
	wanted.pid = 1;
	wanted.size = TASKMETER_RECORD_SIZE_VER1;
	ck_assert_mem_eq(bytes, &wanted, TASKMETER_RECORD_SIZE_VER1);
	ck_assert_mem_eq(bytes + TASKMETER_RECORD_SIZE_VER1,
			 "\xA5\xA5\xA5\xA5\xA5\xA5\xA5\xA5", 8);
	memcpy(&size, bytes, sizeof(size));
	ck_assert_uint_eq(size, TASKMETER_RECORD_SIZE_VER1);

	ck_assert_int_eq(tm_info(&fake.meter, &info, sizeof(info)), 0);
	ck_assert_uint_eq(info.size, sizeof(info));
}
END_TEST

/* A program compiled with a newer header: zeros where nothing is known. */
START_TEST(test_longer_structures)
{
	char bytes[sizeof(struct taskmeter_record) + 16];
	char zeros[16] = { 0 };
	struct fake fake = fake_new();

	memset(bytes, 0xA5, sizeof(bytes));
	ck_assert_int_eq(tm_get(&fake.meter, 1, 0, (void *)bytes,
				sizeof(bytes)), 0);
	ck_assert_uint_eq(((struct taskmeter_record *)bytes)->size,
			  sizeof(struct taskmeter_record));
	ck_assert_mem_eq(bytes + sizeof(struct taskmeter_record), zeros, 16);

	memset(bytes, 0xA5, sizeof(bytes));
	ck_assert_int_eq(tm_info(&fake.meter, (void *)bytes,
				 sizeof(struct taskmeter_info) + 16), 0);
	ck_assert_uint_eq(((struct taskmeter_info *)bytes)->size,
			  sizeof(struct taskmeter_info));
	ck_assert_mem_eq(bytes + sizeof(struct taskmeter_info), zeros, 16);
}
END_TEST

/* The module is older than the library: its record says how far it goes. */
START_TEST(test_older_module)
{
	struct fake fake = fake_new();
	struct taskmeter_record record;

	fake.record_size = 200;
	ck_assert_int_eq(tm_get(&fake.meter, 1, 0, &record, sizeof(record)), 0);
	ck_assert_uint_eq(record.size, 200);
	ck_assert(tm_field_available(tm_field_find("pid"), &record));
	ck_assert(!tm_field_available(tm_field_find("major_faults"), &record));
}
END_TEST

/* What a module of before the meter cannot do is not asked of it. */
START_TEST(test_not_supported)
{
	static const struct tm_filter filters[] = {
		{ .flags = TASKMETER_SNAPSHOT_SINCE, .since = 1 },
		{ .flags = TASKMETER_SNAPSHOT_SINCE },
		{ .flags = TASKMETER_SNAPSHOT_HISTOGRAMS },
	};
	struct taskmeter_histograms histograms;
	struct fake fake = fake_new();
	struct tm_snapshot *snapshot;
	size_t i;

	fake.meter.info_size = TASKMETER_INFO_SIZE_VER1;
	for (i = 0; i < sizeof(filters) / sizeof(*filters); i++)
		ck_assert_int_eq(tm_snapshot_new(&fake.meter, &filters[i],
						 &snapshot), -EOPNOTSUPP);
	ck_assert_int_eq(tm_get_histograms(&fake.meter, 1, 0, NULL, 0,
					   &histograms, sizeof(histograms)),
			 -EOPNOTSUPP);
	ck_assert_int_eq(tm_set(&fake.meter, TM_SETTING_METER, 1), -EOPNOTSUPP);
	ck_assert_str_eq(tm_error(&fake.meter),
			 "the loaded module is too old for settings");
	ck_assert_int_eq(fake.calls, 0);
}
END_TEST

/* One of before the stalls still gives all that it knows. */
START_TEST(test_stalls_not_supported)
{
	static const struct tm_filter with = {
		.flags = TASKMETER_SNAPSHOT_STALLS | TASKMETER_SNAPSHOT_HISTOGRAMS,
	}, without = { .flags = TASKMETER_SNAPSHOT_HISTOGRAMS };
	struct taskmeter_histograms histograms;
	struct taskmeter_record record;
	struct fake fake = fake_new();
	struct tm_snapshot *snapshot;
	struct tm_meter *meter = &fake.meter;

	meter->record_size = TASKMETER_RECORD_SIZE_VER3 - 1;
	ck_assert_int_eq(tm_snapshot_new(meter, &with, &snapshot), -EOPNOTSUPP);
	ck_assert_str_eq(tm_error(meter),
			 "the loaded module is too old for memory stalls");
	ck_assert_int_eq(tm_get(meter, 1, TASKMETER_SNAPSHOT_STALLS, &record,
				sizeof(record)), -EOPNOTSUPP);
	ck_assert_int_eq(tm_get_histograms(meter, 1, TASKMETER_SNAPSHOT_STALLS, NULL, 0,
					   &histograms, sizeof(histograms)),
			 -EOPNOTSUPP);
	ck_assert_int_eq(fake.calls, 0);
	ck_assert_int_eq(tm_snapshot_new(meter, &without, &snapshot), 0);
	ck_assert_int_eq(tm_get(meter, 1, 0, &record, sizeof(record)), 0);
	meter->record_size = TASKMETER_RECORD_SIZE_VER3;
	ck_assert_int_eq(tm_snapshot_new(meter, &with, &snapshot), 0);
	ck_assert_int_eq(tm_get(meter, 1, TASKMETER_SNAPSHOT_STALLS, &record,
				sizeof(record)), 0);
	ck_assert_int_eq(fake.calls, 4);
}
END_TEST

START_TEST(test_get_histograms)
{
	char bytes[sizeof(struct taskmeter_histograms) + 16], zeros[16] = { 0 };
	struct taskmeter_histograms *histograms = (void *)bytes;
	struct fake fake = fake_new();
	struct taskmeter_record record;

	memset(bytes, 0xA5, sizeof(bytes));
	ck_assert_int_eq(tm_get_histograms(&fake.meter, 7, 0, &record,
					   sizeof(record), histograms,
					   sizeof(bytes)), 0);
	ck_assert_uint_eq(record.pid, 7);
	ck_assert_uint_eq(record.size, sizeof(record));
	ck_assert_uint_eq(histograms->size, sizeof(*histograms));
	ck_assert_uint_eq(histograms->mem_wait[0], 0x5A5A5A5A5A5A5A5AULL);
	ck_assert_mem_eq(bytes + sizeof(*histograms), zeros, sizeof(zeros));
	ck_assert_int_eq(tm_get_histograms(&fake.meter, 7, 0, NULL, 0,
					   histograms, sizeof(*histograms)), 0);

	/* A program of before the stalls: not a byte beyond what it has. */
	memset(bytes, 0xA5, sizeof(bytes));
	ck_assert_int_eq(tm_get_histograms(&fake.meter, 7, 0, NULL, 0, histograms,
					   TASKMETER_HISTOGRAMS_SIZE_VER1), 0);
	ck_assert_uint_eq(histograms->size, TASKMETER_HISTOGRAMS_SIZE_VER1);
	ck_assert_uint_eq(histograms->mem_wait[71], 0x5A5A5A5A5A5A5A5AULL);
	ck_assert_uint_eq(histograms->reclaim[0], 0xA5A5A5A5A5A5A5A5ULL);
}
END_TEST

START_TEST(test_set)
{
	struct fake fake = fake_new();

	ck_assert_int_eq(tm_set(&fake.meter, TM_SETTING_WAKER, 1), 0);
	ck_assert_int_eq(fake.setting, TM_SETTING_WAKER);
	ck_assert_int_eq(fake.on, 1);
	ck_assert_int_eq(tm_set(&fake.meter, TM_SETTING_PROBE_TIME, 0), 0);
	ck_assert_int_eq(fake.setting, TM_SETTING_PROBE_TIME);
	ck_assert_int_eq(fake.on, 0);
	fake.failure = -EPERM;
	ck_assert_int_eq(tm_set(&fake.meter, TM_SETTING_METER, 1), -EPERM);
}
END_TEST

START_TEST(test_refused)
{
	struct fake fake = fake_new();
	struct taskmeter_histograms histograms;
	struct taskmeter_record record;
	struct taskmeter_info info;
	struct tm_meter *meter = &fake.meter;

	ck_assert_int_eq(tm_info(meter, &info, TASKMETER_INFO_SIZE_VER1 - 1),
			 -EINVAL);
	ck_assert_int_eq(tm_get(meter, 1, 0, &record,
				TASKMETER_RECORD_SIZE_VER1 - 1),
			 -EINVAL);
	ck_assert_int_eq(tm_get(meter, 0, 0, &record, sizeof(record)), -EINVAL);
	ck_assert_int_eq(tm_get(meter, 0x80000000U, 0, &record, sizeof(record)),
			 -EINVAL);
	ck_assert_int_eq(tm_get(meter, 1, TASKMETER_SNAPSHOT_UID, &record,
				sizeof(record)), -EINVAL);
	ck_assert_int_eq(tm_get_histograms(meter, 1, 0, &record,
					   TASKMETER_RECORD_SIZE_VER1 - 1,
					   &histograms, sizeof(histograms)),
			 -EINVAL);
	ck_assert_int_eq(tm_get_histograms(meter, 1, 0, NULL, 0, &histograms,
					   TASKMETER_HISTOGRAMS_SIZE_VER1 - 1),
			 -EINVAL);
	ck_assert_int_eq(tm_get_histograms(meter, 0, 0, NULL, 0, &histograms,
					   sizeof(histograms)), -EINVAL);
	ck_assert_int_eq(tm_set(meter, (enum tm_setting)3, 1), -EINVAL);
	ck_assert_int_eq(tm_set(meter, TM_SETTING_METER, 2), -EINVAL);
	ck_assert_int_eq(fake.calls, 0);
	ck_assert_str_ne(tm_error(meter), "no error");
}
END_TEST

START_TEST(test_refused_filters)
{
	static const struct tm_filter filters[] = {
		{ .pid = 1 },
		{ .uid = 1 },
		{ .cgroup_id = 1 },
		{ .flags = TASKMETER_SNAPSHOT_UID, .pid = 1 },
		{ .flags = TASKMETER_SNAPSHOT_PID },
		{ .flags = TASKMETER_SNAPSHOT_PID, .pid = 0x80000000U },
	};
	struct fake fake = fake_new();
	struct tm_snapshot *snapshot;

	ck_assert_int_eq(tm_snapshot_new(&fake.meter, &filters[_i], &snapshot),
			 -EINVAL);
	ck_assert_int_eq(fake.calls, 0);
}
END_TEST

START_TEST(test_accepted_filters)
{
	static const struct tm_filter filters[] = {
		{ .flags = TASKMETER_SNAPSHOT_UID },
		{ .flags = TASKMETER_SNAPSHOT_PID, .pid = 0x7FFFFFFF },
		{ .flags = TASKMETER_SNAPSHOT_CGROUP, .cgroup_id = UINT64_MAX },
		{ .flags = TASKMETER_SNAPSHOT_THREADS, .since = 1 },
		{ .flags = TASKMETER_SNAPSHOT_SINCE, .since = UINT64_MAX },
	};
	struct fake fake = fake_new();
	struct tm_snapshot *snapshot;

	ck_assert_int_eq(tm_snapshot_new(&fake.meter, &filters[_i], &snapshot), 0);
	ck_assert_int_eq(tm_snapshot_new(&fake.meter, NULL, &snapshot), 0);
	ck_assert_int_eq(fake.calls, 2);
}
END_TEST

START_TEST(test_error_text)
{
	struct fake fake = fake_new();
	struct taskmeter_record record;

	ck_assert_str_eq(tm_error(&fake.meter), "no error");
	fake.failure = -ESRCH;
	ck_assert_int_eq(tm_get(&fake.meter, 1, 0, &record, sizeof(record)),
			 -ESRCH);
	ck_assert_str_eq(tm_error(&fake.meter), "it failed: No such process");
	fake.failure = 0;
	ck_assert_int_eq(tm_get(&fake.meter, 1, 0, &record, sizeof(record)), 0);
	ck_assert_str_eq(tm_error(&fake.meter), "no error");
}
END_TEST

START_TEST(test_long_error_text)
{
	struct fake fake = fake_new();
	char text[2 * TM_ERROR_SIZE];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(tm_fail(&fake.meter, -EIO, "%s", text), -EIO);
	ck_assert_uint_eq(strlen(tm_error(&fake.meter)), TM_ERROR_SIZE - 1);
}
END_TEST

START_TEST(test_no_module)
{
	struct tm_meter *meter = NULL;

	if (!access(TASKMETER_DEVICE, F_OK))
		suite_skip("the module is loaded here");
	ck_assert_int_eq(tm_open(TM_TRANSPORT_DEVICE, &meter), -ENODEV);
	ck_assert_int_eq(tm_open(TM_TRANSPORT_NETLINK, &meter), -ENODEV);
	ck_assert_int_eq(tm_open((enum tm_transport)7, &meter), -EINVAL);
	ck_assert_ptr_null(meter);
}
END_TEST

START_TEST(test_nothing_to_free)
{
	tm_close(NULL);
	tm_snapshot_free(NULL);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("meter");
	TCase *test_case = tcase_create("meter");

	tcase_add_test(test_case, test_shorter_structures);
	tcase_add_test(test_case, test_longer_structures);
	tcase_add_test(test_case, test_older_module);
	tcase_add_test(test_case, test_not_supported);
	tcase_add_test(test_case, test_stalls_not_supported);
	tcase_add_test(test_case, test_get_histograms);
	tcase_add_test(test_case, test_set);
	tcase_add_test(test_case, test_refused);
	tcase_add_loop_test(test_case, test_refused_filters, 0, 6);
	tcase_add_loop_test(test_case, test_accepted_filters, 0, 5);
	tcase_add_test(test_case, test_error_text);
	tcase_add_test(test_case, test_long_error_text);
	tcase_add_test(test_case, test_no_module);
	tcase_add_test(test_case, test_nothing_to_free);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
