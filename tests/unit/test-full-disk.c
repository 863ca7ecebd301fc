// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The history on a full disk: what is too old goes all the same, and what is written goes on
 * in the room that the file and its log have.
 *
 * The disk is SQLite's system calls, of which those that make a file larger take from what is
 * left of it.
 */
#include "core/ticks.h"
#include "sample.h"
#include "suite.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BOOT	"0123456789abcdef0123456789abcdef"
#define LOAD	UINT64_C(5)
#define S	UINT64_C(1000000000)
#define MIB	(UINT64_C(1) << 20)
#define LARGE	1000
#define NO_LIMIT	INT64_MAX

static char directory[64];
static char path[128];
static _Atomic int64_t room = NO_LIMIT;
static uint64_t now_ns;
static unsigned int seed = 1;
static struct ticks ticks;

static void change_room(int64_t bytes)
{
	if (room != NO_LIMIT)
		room += bytes;
}

static bool takes_room(int fd, off_t end)
{
	struct stat file;

	ck_assert_int_eq(fstat(fd, &file), 0);
	if (end <= file.st_size)
		return true;
	if (end - file.st_size > room) {
		errno = ENOSPC;
		return false;
	}
	change_room(file.st_size - end);
	return true;
}

static ssize_t limited_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	return takes_room(fd, offset + (off_t)size) ? pwrite(fd, bytes, size, offset) : -1;
}

static ssize_t limited_write(int fd, const void *bytes, size_t size)
{
	return takes_room(fd, lseek(fd, 0, SEEK_CUR) + (off_t)size) ? write(fd, bytes, size) : -1;
}

static int limited_ftruncate(int fd, off_t size)
{
	struct stat file;

	if (!takes_room(fd, size))
		return -1;
	ck_assert_int_eq(fstat(fd, &file), 0);
	if (size < file.st_size)
		change_room(file.st_size - size);
	return ftruncate(fd, size);
}

static int limited_unlink(const char *name)
{
	struct stat file;

	if (!stat(name, &file))
		change_room(file.st_size);
	return unlink(name);
}

/* Which of them SQLite uses was decided when it was built. */
static void limit_disk(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)limited_pwrite);
	vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)limited_pwrite);
	vfs->xSetSystemCall(vfs, "write", (sqlite3_syscall_ptr)limited_write);
	vfs->xSetSystemCall(vfs, "ftruncate", (sqlite3_syscall_ptr)limited_ftruncate);
	vfs->xSetSystemCall(vfs, "unlink", (sqlite3_syscall_ptr)limited_unlink);
}

static void setup(void)
{
	struct timespec now;

	snprintf(directory, sizeof(directory), "/tmp/taskmeter-full-XXXXXX");
	ck_assert(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/history.db", directory);
	clock_gettime(CLOCK_REALTIME, &now);
	now_ns = (uint64_t)now.tv_sec * S;
	limit_disk();
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	ck_assert_int_eq(system(command), 0);
}

static void begin(const struct database_limits *limits)
{
	ticks = (struct ticks) { .interval_ms = 1000 };
	ck_assert_int_eq(store_new(path, BOOT, limits, &ticks.store), 0);
}

static void end(void)
{
	ticks.store = store_free(ticks.store);
	ticks_clear(&ticks);
}

/* About a third of a megabyte that cannot be made smaller. */
static void feed(uint64_t number, uint64_t realtime_ns)
{
	static struct taskmeter_record records[LARGE];
	struct sample sample = {
		.records = records, .count = LARGE, .realtime_ns = realtime_ns,
		.monotonic_ns = number * S,
	};
	unsigned char *bytes;
	size_t i, j;

	for (i = 0; i < LARGE; i++) {
		sample_process(&records[i], (uint32_t)i + 1, "large");
		bytes = (unsigned char *)&records[i].run_ns;
		for (j = 0; j < 320; j++)
			bytes[j] = (unsigned char)rand_r(&seed);
	}
	ticks_feed(&ticks, LOAD, &sample, 1000);
}

static void wait_written(void)
{
	struct store_status status;

	do {
		usleep(1000);
		store_status(ticks.store, &status);
	} while (status.ticks_queued);
}

static int64_t ask_number(const char *sql)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	int64_t number;

	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return number;
}

/* A history that is as large as it may be needs no more room than it has. */
START_TEST(goes_on_where_it_is)
{
	const struct database_limits limits = {
		.age_ns = UINT64_MAX, .records = 1000, .bytes = 16 * MIB,
	};
	struct store_status status;
	uint64_t i;

	begin(&limits);
	for (i = 1; i < 50; i++) {
		feed(i, now_ns + i * 300 * S);
		wait_written();
	}
	end();
	begin(&limits);
	for (; i < 54; i++) {
		feed(i, now_ns + i * 300 * S);
		wait_written();
	}
	room = 0;
	for (; i < 100; i++) {
		feed(i, now_ns + i * 300 * S);
		wait_written();
	}
	store_status(ticks.store, &status);
	ck_assert_str_eq(status.problem, "");
	ck_assert_uint_eq(status.errors, 0);
	end();
	ck_assert_int_eq(ask_number("SELECT max(time_ns) FROM ticks"),
			 (int64_t)(now_ns + 99 * 300 * S));
}
END_TEST

/* What is too old goes, though nothing new can come. */
START_TEST(old_ones_go)
{
	const struct database_limits all = { .age_ns = UINT64_MAX, .records = 1000 };
	const struct database_limits hour = { .age_ns = 3600 * S, .records = 1000 };
	struct store_status status;
	uint64_t i;

	begin(&all);
	for (i = 1; i < 20; i++) {
		feed(i, now_ns - 7200 * S + i * S);
		wait_written();
	}
	feed(i, now_ns);
	wait_written();
	end();
	room = MIB / 4;
	begin(&hour);
	feed(i + 1, now_ns + S);
	do {
		usleep(10000);
		store_status(ticks.store, &status);
	} while (!status.errors || ask_number("SELECT count(*) FROM ticks") > 1);
	ck_assert_ptr_nonnull(strstr(status.problem, "full"));
	ck_assert_uint_eq(status.ticks_queued, 1);
	room = NO_LIMIT;
	wait_written();
	end();
	ck_assert_int_eq(ask_number("SELECT count(*) FROM ticks"), 2);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM ticks WHERE keyframe"), 2);
}
END_TEST

/* Who makes room by deleting the file gets it. */
START_TEST(file_that_was_deleted)
{
	const struct database_limits limits = { .age_ns = UINT64_MAX, .records = 1000 };
	struct store_status status;

	begin(&limits);
	feed(1, now_ns);
	wait_written();
	room = 0;
	feed(2, now_ns + S);
	do {
		usleep(10000);
		store_status(ticks.store, &status);
	} while (!status.errors);
	teardown();
	ck_assert_int_eq(mkdir(directory, 0700), 0);
	room = NO_LIMIT;
	wait_written();
	end();
	ck_assert_int_eq(ask_number("SELECT count(*) FROM ticks"), 1);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("full-disk");
	TCase *disk = tcase_create("disk");

	tcase_add_checked_fixture(disk, setup, teardown);
	tcase_set_timeout(disk, 60);
	tcase_add_test(disk, goes_on_where_it_is);
	tcase_add_test(disk, old_ones_go);
	tcase_add_test(disk, file_that_was_deleted);
	suite_add_tcase(suite, disk);
	return suite_main(suite, argc, argv);
}
