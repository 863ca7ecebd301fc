// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Proportional set sizes: the kernel's text in the forms that it has had, and in none
 * that it may have; what a read costs; and reads that hang.
 */
#include "common/pss.h"
#include "core/pss-reader.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MS	UINT64_C(1000000)
#define KIB	UINT64_C(1024)

static const char linux_5_10[] =
	"5617a2a9c000-7ffd6b5f8000 ---p 00000000 00:00 0                          [rollup]\n"
	"Rss:              884 kB\n"
	"Pss:              145 kB\n"
	"Pss_Anon:          92 kB\n"
	"Pss_File:          51 kB\n"
	"Pss_Shmem:          2 kB\n"
	"Shared_Clean:     788 kB\n"
	"Shared_Dirty:       0 kB\n"
	"Private_Clean:      4 kB\n"
	"Private_Dirty:     92 kB\n"
	"Referenced:       884 kB\n"
	"Anonymous:         92 kB\n"
	"LazyFree:           0 kB\n"
	"AnonHugePages:      0 kB\n"
	"ShmemPmdMapped:     0 kB\n"
	"FilePmdMapped:      0 kB\n"
	"Shared_Hugetlb:     0 kB\n"
	"Private_Hugetlb:    0 kB\n"
	"Swap:             123 kB\n"
	"SwapPss:           61 kB\n"
	"Locked:             0 kB\n";

/* Pss_Dirty came in 6.0, KSM in 6.8. */
static const char linux_6_12[] =
	"561997a77000-7fff594a2000 ---p 00000000 00:00 0                          [rollup]\n"
	"Rss:                1764 kB\n"
	"Pss:                 276 kB\n"
	"Pss_Dirty:           112 kB\n"
	"Pss_Anon:            112 kB\n"
	"Pss_File:            164 kB\n"
	"Pss_Shmem:             0 kB\n"
	"Shared_Clean:       1648 kB\n"
	"Shared_Dirty:          0 kB\n"
	"Private_Clean:         4 kB\n"
	"Private_Dirty:       112 kB\n"
	"Referenced:         1764 kB\n"
	"Anonymous:           112 kB\n"
	"KSM:                   0 kB\n"
	"LazyFree:              0 kB\n"
	"AnonHugePages:         0 kB\n"
	"ShmemPmdMapped:        0 kB\n"
	"FilePmdMapped:         0 kB\n"
	"Shared_Hugetlb:        0 kB\n"
	"Private_Hugetlb:       0 kB\n"
	"Swap:                  0 kB\n"
	"SwapPss:               0 kB\n"
	"Locked:                0 kB\n";

static const char least[] =
	"Pss:1 kB\nPss_Anon: 2 kB\nPss_File: 3 kB\nPss_Shmem: 4 kB\n"
	"SwapPss: 5 kB\nPrivate_Clean: 6 kB\nPrivate_Dirty: 7 kB\n";

static int parse(const char *text, struct pss *pss)
{
	/* Not terminated, and with its end where the sanitizer sees it. */
	size_t size = strlen(text);
	char *copy = malloc(size ? size : 1);
	int r;

	memcpy(copy, text, size);
	r = pss_parse(copy, size, pss);
	free(copy);
	return r;
}

static void expect(const char *text, uint64_t all, uint64_t anon, uint64_t file,
		   uint64_t shmem, uint64_t swap, uint64_t private)
{
	struct pss pss;

	ck_assert_int_eq(parse(text, &pss), 0);
	ck_assert_uint_eq(pss.pss_bytes, all * KIB);
	ck_assert_uint_eq(pss.pss_anon_bytes, anon * KIB);
	ck_assert_uint_eq(pss.pss_file_bytes, file * KIB);
	ck_assert_uint_eq(pss.pss_shmem_bytes, shmem * KIB);
	ck_assert_uint_eq(pss.swap_pss_bytes, swap * KIB);
	ck_assert_uint_eq(pss.private_bytes, private * KIB);
}

START_TEST(kernels)
{
	expect(linux_5_10, 145, 92, 51, 2, 61, 96);
	expect(linux_6_12, 276, 112, 164, 0, 0, 116);
	expect(least, 1, 2, 3, 4, 5, 13);
}
END_TEST

/* Cut anywhere before what is needed last, it is told to be cut. */
START_TEST(truncated)
{
	size_t needed = (size_t)(strstr(linux_6_12, "Locked") - linux_6_12);
	char text[sizeof(linux_6_12)];
	struct pss pss;
	size_t i;

	for (i = 0; i < sizeof(linux_6_12) - 1; i++) {
		memcpy(text, linux_6_12, i);
		text[i] = '\0';
		ck_assert_int_eq(parse(text, &pss), i == needed ? 0 : -EBADMSG);
	}
}
END_TEST

/* One line of the text made another. */
static int parse_with(const char *line)
{
	char text[512];
	struct pss pss;

	snprintf(text, sizeof(text), "Pss:%s\n%s", line, strchr(least, '\n') + 1);
	return parse(text, &pss);
}

START_TEST(garbage)
{
	static const char *const bad[] = {
		"", " ", "1", "kB", " kB", "  kB", "1kB", "1 KB", "1 kB ", "1 kB\r", "-1 kB",
		"+1 kB", "0x1 kB", "1.5 kB", "1 2 kB", "1\t kB", "\t1 kB", "x kB", "1 MB",
		"18014398509481984 kB", "99999999999999999999999999 kB", ": 1 kB",
		"1 kB\nPss: 1 kB", "\xff kB", "18446744073709551617 kB",
	};
	struct pss pss;
	char text[512];
	size_t i;

	ck_assert_int_eq(parse_with("1 kB"), 0);
	ck_assert_int_eq(parse_with(" 18014398509481983 kB"), 0);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(parse_with(bad[i]) == -EBADMSG, "\"%s\"", bad[i]);
	ck_assert_int_eq(parse("", &pss), -EBADMSG);
	ck_assert_int_eq(parse("\n\n\n", &pss), -EBADMSG);
	ck_assert_int_eq(pss_parse("Pss\0: 1 kB\n", 11, &pss), -EBADMSG);
	/* Two that fit, and their sum does not. */
	snprintf(text, sizeof(text), "Pss: 1 kB\nPss_Anon: 1 kB\nPss_File: 1 kB\n"
		 "Pss_Shmem: 1 kB\nSwapPss: 1 kB\nPrivate_Clean: 18014398509481983 kB\n"
		 "Private_Dirty: 1 kB\n");
	ck_assert_int_eq(parse(text, &pss), -EBADMSG);
}
END_TEST

/* Any bytes: whatever it makes of them, it stays within them. */
START_TEST(noise)
{
	char text[sizeof(linux_6_12)];
	unsigned int state = 1, i, round;
	struct pss pss;

	for (round = 0; round < 20000; round++) {
		memcpy(text, linux_6_12, sizeof(text));
		for (i = 0; i < 1 + round % 8; i++) {
			state = state * 1103515245 + 12345;
			text[(state >> 8) % (sizeof(text) - 1)] = (char)(state >> 24 | 1);
		}
		parse(text, &pss);
	}
}
END_TEST

START_TEST(as_json)
{
	const struct pss pss = { 1, 2, 3, 4, 5, UINT64_MAX };
	struct json_object *object;

	ck_assert_int_eq(pss_to_json(&pss, &object), 0);
	ck_assert_str_eq(json_object_to_json_string_ext(object, 0),
			 "{\"pss_bytes\":1,\"pss_anon_bytes\":2,\"pss_file_bytes\":3,"
			 "\"pss_shmem_bytes\":4,\"swap_pss_bytes\":5,"
			 "\"private_bytes\":18446744073709551615}");
	json_object_put(object);
}
END_TEST

START_TEST(estimates)
{
	struct taskmeter_record record = { .available = TASKMETER_AVAILABLE_MEMORY };

	ck_assert_uint_eq(pss_estimate(&record, 4096), 0);
	record.rss_anon_bytes = 4096 * 1000;
	ck_assert_uint_eq(pss_estimate(&record, 4096), 120000);
	record.rss_file_bytes = record.rss_shmem_bytes = record.swap_bytes = 4096 * 1000;
	ck_assert_uint_eq(pss_estimate(&record, 4096), 480000);
	record.page_table_bytes = 4096 * 10;
	ck_assert_uint_eq(pss_estimate(&record, 4096), 540000);
	ck_assert_uint_eq(pss_estimate(&record, 65536), (187 + 62) * 120);
	/* 1 GiB is within what is allowed by default, 4 GiB are not. */
	record = (struct taskmeter_record) { .rss_anon_bytes = 1ULL << 30,
					     .page_table_bytes = 2ULL << 20 };
	ck_assert_uint_lt(pss_estimate(&record, 4096), PSS_BUDGET_NS);
	record.rss_anon_bytes = 4ULL << 30;
	ck_assert_uint_gt(pss_estimate(&record, 4096), PSS_BUDGET_NS);
	record.rss_anon_bytes = 1ULL << 57;
	ck_assert_uint_gt(pss_estimate(&record, 4096), PSS_BUDGET_NS);
}
END_TEST

/* The real one, of the process that the test is. */
START_TEST(own)
{
	struct pss pss = { 0 };
	int r = pss_of_process((uint32_t)getpid(), &pss);

	if (r == -ENOENT || r == -EACCES)
		suite_skip("/proc/PID/smaps_rollup cannot be read here");
	ck_assert_int_eq(r, 0);
	ck_assert_uint_gt(pss.pss_bytes, 0);
	ck_assert_uint_gt(pss.private_bytes, 0);
	ck_assert_uint_le(pss.private_bytes, pss.pss_bytes + KIB);
	ck_assert_uint_le(pss.pss_anon_bytes, pss.pss_bytes + KIB);
	ck_assert_int_eq(pss_read_within("/proc/self/smaps_rollup", 10000 * MS, &pss), 0);
	ck_assert_uint_gt(pss.pss_bytes, 0);
}
END_TEST

START_TEST(not_there)
{
	struct pss pss;

	/* Above the highest pid that Linux gives. */
	ck_assert_int_eq(pss_of_process(4194305, &pss), -ENOENT);
	ck_assert_int_eq(pss_read_within("/proc/4194305/smaps_rollup", 10000 * MS, &pss),
			 -ENOENT);
	ck_assert_int_eq(pss_read("/dev/null", &pss), -EBADMSG);
	ck_assert_int_eq(pss_read("/dev/zero", &pss), -EBADMSG);
	ck_assert_int_eq(pss_read("/", &pss), -EISDIR);
}
END_TEST

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 * MS + (uint64_t)now.tv_nsec;
}

/* One that hangs is left to itself; no other is begun until it has ended. */
START_TEST(hangs)
{
	char directory[] = "/tmp/test-pss-XXXXXX", path[64];
	struct pss pss = { 0 };
	uint64_t began;
	int fd, r, i;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/fifo", directory);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	began = now_ns();
	ck_assert_int_eq(pss_read_within(path, 50 * MS, &pss), -ETIMEDOUT);
	ck_assert_uint_ge(now_ns() - began, 50 * MS);
	ck_assert_uint_lt(now_ns() - began, 5000 * MS);
	ck_assert_int_eq(pss_read_within("/dev/null", 10000 * MS, &pss), -EBUSY);
	fd = open(path, O_WRONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pss_read_within("/dev/null", 10000 * MS, &pss), -EBUSY);
	ck_assert_int_eq(write(fd, linux_5_10, strlen(linux_5_10)), strlen(linux_5_10));
	close(fd);
	for (i = 0; i < 1000; i++) {
		r = pss_read_within("/dev/null", 10000 * MS, &pss);
		if (r != -EBUSY)
			break;
		usleep(10000);
	}
	ck_assert_int_eq(r, -EBADMSG);
	unlink(path);
	rmdir(directory);
}
END_TEST

/* Without the module nobody is who he was: nothing is read. */
START_TEST(no_module)
{
	const struct taskmeter_record record = { .pid = (uint32_t)getpid() };
	struct pss_reading reading;

	if (!access(TASKMETER_DEVICE, F_OK))
		suite_skip("the module is loaded");
	ck_assert_int_eq(pss_read_process(&record, PSS_BUDGET_NS, &reading), -ENODEV);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("pss");
	TCase *tests = tcase_create("pss");

	tcase_add_test(tests, kernels);
	tcase_add_test(tests, truncated);
	tcase_add_test(tests, garbage);
	tcase_add_test(tests, noise);
	tcase_add_test(tests, as_json);
	tcase_add_test(tests, estimates);
	tcase_add_test(tests, own);
	tcase_add_test(tests, not_there);
	tcase_add_test(tests, hangs);
	tcase_add_test(tests, no_module);
	suite_add_tcase(suite, tests);
	return suite_main(suite, argc, argv);
}
