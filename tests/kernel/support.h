/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all kernel tests share: failing, files, limits of time, the device.
 *
 * Functions here and in the other helpers work in the test itself and in the
 * processes that it forks. They do not return errors that no test asks for:
 * they fail the test (test_fail()), from wherever they are.
 */
#ifndef TESTS_KERNEL_SUPPORT_H
#define TESTS_KERNEL_SUPPORT_H

#include <check.h>
#include <linux/taskmeter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define NSEC_PER_MSEC	1000000ULL
#define NSEC_PER_SEC	1000000000ULL

/**
 * test_fail() - end the current test as failed
 *
 * In a forked process (after support_forked()) prints the text and exits with
 * status 99, on which child_await() and its like fail the test.
 */
#define test_fail(...) support_fail(__FILE__, __LINE__, __VA_ARGS__)
#define must(condition) ((condition) ? (void)0 : test_fail("%s", #condition))

void support_fail(const char *file, int line, const char *format, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
void support_forked(void);

/**
 * test_case_add() - add a test case with a generous limit of time
 * @suite: the suite
 * @name: name of the test case
 * @seconds: limit on a machine of ordinary slowness, for each of its tests;
 *	multiplied by the environment's TASKMETER_TEST_SCALE
 */
TCase *test_case_add(Suite *suite, const char *name, int seconds);
int test_scale(void);

/* Memory that forked processes share. */
void *shared_alloc(size_t size);

uint64_t clock_ns(int clock);
void sleep_ms(unsigned int ms);

void file_write(const char *path, const char *text);
size_t file_read(const char *path, char *buffer, size_t size);
bool file_contains(const char *path, const char *text);

/* A file beside this program. */
void program_path(char *buffer, size_t size, const char *name);
/* Output of a command on stdout; fails unless it ends with status 0. */
void command_output(char *const argv[], char *buffer, size_t size);
bool command_succeeds(char *const argv[], char *buffer, size_t size);
void command_run(char *const argv[]);

int device_open(void);
struct taskmeter_info device_info(int device);
/* Clears what changes from one call to the next, to compare the rest. */
void info_blank(struct taskmeter_info *info);

/**
 * struct records - a whole snapshot
 * @record: the records in the order of pid
 * @count: their number
 */
struct records {
	struct taskmeter_record *record;
	size_t count;
};

/**
 * device_snapshot() - read a snapshot to its end
 * @device: file descriptor
 * @filter: flags, pid, uid and cgroup_id are taken; NULL for all processes
 * @chunk: records for each call
 * @records: to be freed with records_free()
 */
void device_snapshot(int device, const struct taskmeter_snapshot *filter,
		     size_t chunk, struct records *records);
void records_add(struct records *records, const struct taskmeter_record *record);
void records_free(struct records *records);
const struct taskmeter_record *records_find(const struct records *records,
					    pid_t pid);
/* Fails unless pids ascend strictly, so that there are no duplicates. */
void records_check_order(const struct records *records);

/* One process or, with TASKMETER_SNAPSHOT_THREADS, thread; false if not seen. */
bool device_get(int device, pid_t tgid, pid_t pid, uint32_t flags,
		struct taskmeter_record *ret_record);

#endif
