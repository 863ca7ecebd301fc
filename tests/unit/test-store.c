// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The history on disk: what is put in comes out again, once, whatever happens between to
 * the daemon, the disk or the file.
 */
#include "store/store.h"
#include "store/pack.h"
#include "store/reader.h"
#include "exit-record.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOOT	"0123456789abcdef0123456789abcdef"
#define LOAD	UINT64_C(0xFEDCBA9876543210)
#define KILLS	100

static const struct database_limits limits = {
	.age_ns = UINT64_MAX, .records = 1000000,
};

static char directory[64];
static char path[160];

static void make_directory(void)
{
	snprintf(directory, sizeof(directory), "/tmp/taskmeter-store-XXXXXX");
	ck_assert(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/history.db", directory);
}

static void remove_directory(void)
{
	char command[160];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	ck_assert_int_eq(system(command), 0);
}

static struct database *open_database(void)
{
	char problem[DATABASE_PROBLEM_SIZE];
	struct database *database;
	int r = database_open(path, &database, problem);

	ck_assert_msg(!r, "%d: %s", r, problem);
	return database;
}

static void store_records(struct database *database, uint64_t load, uint64_t first,
			  uint64_t next)
{
	struct exit_batch *batch = exit_batch(load, first, next);
	char problem[DATABASE_PROBLEM_SIZE];
	int r = database_store(database, BOOT, batch, EXIT_END_NS, problem);

	ck_assert_msg(!r, "%d: %s", r, problem);
	batch_unref(batch);
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

START_TEST(packing)
{
	static const uint64_t words[] = {
		0, 1, 127, 128, UINT64_MAX, 0, 0, 0, UINT64_C(1) << 63, 0,
	};
	const size_t count = sizeof(words) / sizeof(words[0]);
	unsigned char bytes[PACK_SIZE(sizeof(words) / sizeof(words[0]))];
	const unsigned char *begin = bytes;
	size_t size = pack_words(words, count, bytes), i;
	uint64_t out[12];

	ck_assert_uint_le(size, sizeof(bytes));
	ck_assert_int_eq(unpack_words(&begin, bytes + size, out, 12), (int)count);
	ck_assert_ptr_eq(begin, bytes + size);
	ck_assert_mem_eq(out, words, sizeof(words));
	ck_assert(!out[10] && !out[11]);
	begin = bytes;
	ck_assert_int_eq(unpack_words(&begin, bytes + size, out, 2), (int)count);
	ck_assert_ptr_eq(begin, bytes + size);
	for (i = 0; i < size; i++) {
		begin = bytes;
		ck_assert_int_eq(unpack_words(&begin, bytes + i, out, 12), -EBADMSG);
	}
}
END_TEST

/* Damaged bytes are refused or are other words; they never lead beyond their end. */
START_TEST(packing_of_anything)
{
	const unsigned char *begin;
	unsigned char *bytes;
	unsigned int seed = 1;
	uint64_t out[8];
	size_t i, size;
	int round, r;

	for (round = 0; round < 20000; round++) {
		size = (size_t)rand_r(&seed) % 24;
		bytes = malloc(size + 1);
		for (i = 0; i < size; i++)
			bytes[i] = (unsigned char)(rand_r(&seed) % 3 ? rand_r(&seed) % 4 :
								       rand_r(&seed));
		begin = bytes;
		r = unpack_words(&begin, bytes + size, out, 8);
		ck_assert(r >= -EBADMSG);
		ck_assert(begin >= bytes && begin <= bytes + size);
		free(bytes);
	}
}
END_TEST

static void check_unpacked(const struct exit_batch *batch, size_t index, uint64_t number)
{
	struct exit_unpacked out;
	struct exit_record in;

	exit_record(&in, number);
	ck_assert_int_eq(batch_unpack(batch, &batch->entries[index], &out), 0);
	ck_assert_mem_eq(&out.exit, &in.exit, sizeof(in.exit));
	ck_assert_mem_eq(&out.record, &in.record, sizeof(in.record));
	ck_assert_mem_eq(out.view.histograms, &in.histograms, sizeof(in.histograms));
	ck_assert_str_eq(out.view.cgroup_path, in.view.cgroup_path);
	ck_assert_uint_eq(out.end_ns, EXIT_END_NS + number);
}

START_TEST(batches)
{
	struct exit_batch *batch = exit_batch(LOAD, 10, 14);
	struct exit_record exit;

	check_unpacked(batch, 3, 13);
	ck_assert_int_eq(batch_add(batch, exit_record(&exit, 13), 0), -EBADMSG);
	ck_assert_int_eq(batch_add(batch, exit_record(&exit, 20), 0), 0);
	/* 14 to 19 and 21 to 24 are missing. */
	batch_close(batch, 25, 10);
	ck_assert(batch->exact);
	ck_assert_uint_eq(batch_lost_between(batch, 0, 100), 10);
	ck_assert_uint_eq(batch_lost_between(batch, 12, 16), 2);
	ck_assert_uint_eq(batch_lost_between(batch, 20, 22), 1);
	ck_assert_uint_eq(batch_find(batch, 14), 4);
	ck_assert_uint_eq(batch_find(batch, 21), 5);
	batch_cut(batch, 16);
	ck_assert_uint_eq(batch->count, 4);
	ck_assert_uint_eq(batch->next, 16);
	ck_assert_uint_eq(batch->lost, 2);
	batch_unref(batch);
	/* Some of those that are missing may not be seen. */
	batch = exit_batch(LOAD, 10, 14);
	batch_close(batch, 20, 2);
	ck_assert(!batch->exact);
	ck_assert_uint_eq(batch_lost_between(batch, 0, 100), 2);
	batch_unref(batch);
}
END_TEST

START_TEST(full_batch)
{
	struct exit_batch *batch = exit_batch(LOAD, 1, 1 + BATCH_RECORDS_MAX);
	struct exit_record exit;

	ck_assert_int_eq(batch_add(batch, exit_record(&exit, 1000), 0), -ENOSPC);
	check_unpacked(batch, BATCH_RECORDS_MAX - 1, BATCH_RECORDS_MAX);
	/* Packed, the figures of a process with few waits take a tenth. */
	ck_assert_uint_le(batch_bytes(batch), BATCH_RECORDS_MAX * 700);
	batch_unref(batch);
}
END_TEST

static struct database_page read_records(struct database *database, struct database_query query)
{
	char problem[DATABASE_PROBLEM_SIZE];
	struct database_page page;
	int r;

	if (!query.limit)
		query.limit = BATCH_RECORDS_MAX;
	r = database_read(database, &query, &page, problem);
	ck_assert_msg(!r, "%d: %s", r, problem);
	return page;
}

#define QUERY(...)	((struct database_query) { .instance_id = LOAD, __VA_ARGS__ })

START_TEST(reading)
{
	struct database *database = open_database();
	char problem[DATABASE_PROBLEM_SIZE];
	struct database_page page;
	uint64_t next;

	ck_assert_int_eq(database_cursor(database, BOOT, LOAD, &next, problem), 0);
	ck_assert_uint_eq(next, 1);
	store_records(database, LOAD, 1, 101);
	ck_assert_int_eq(database_cursor(database, BOOT, LOAD, &next, problem), 0);
	ck_assert_uint_eq(next, 101);
	ck_assert_int_eq(database_cursor(database, "another boot", LOAD, &next, problem), 0);
	ck_assert_uint_eq(next, 1);
	page = read_records(database, QUERY(.from = 0));
	ck_assert_uint_eq(page.batch->count, 100);
	ck_assert(page.end && !page.next_instance);
	ck_assert_uint_eq(page.batch->next, 101);
	check_unpacked(page.batch, 41, 42);
	batch_unref(page.batch);
	page = read_records(database, QUERY(.from = 50, .limit = 10));
	ck_assert_uint_eq(page.batch->count, 10);
	ck_assert(!page.end);
	ck_assert_uint_eq(page.batch->next, 60);
	batch_unref(page.batch);
	page = read_records(database, QUERY(.from = 50, .before = 55));
	ck_assert_uint_eq(page.batch->next, 55);
	batch_unref(page.batch);
	database_close(database);
}
END_TEST

START_TEST(filters)
{
	struct database *database = open_database();
	struct database_page page;

	store_records(database, LOAD, 1, 101);
	page = read_records(database, QUERY(.has_uid = true, .uid = 1));
	ck_assert_uint_eq(page.batch->count, 50);
	batch_unref(page.batch);
	page = read_records(database, QUERY(.failed = true));
	ck_assert_uint_eq(page.batch->count, 33);
	batch_unref(page.batch);
	page = read_records(database, QUERY(.oom = true, .failed = true));
	ck_assert_uint_eq(page.batch->count, 4);
	ck_assert_uint_eq(page.batch->entries[0].number, 21);
	batch_unref(page.batch);
	page = read_records(database, QUERY(.since_ns = EXIT_END_NS + 90));
	ck_assert_uint_eq(page.batch->entries[0].number, 90);
	ck_assert_uint_eq(page.batch->count, 11);
	batch_unref(page.batch);
	database_close(database);
}
END_TEST

/* Whose records are few, or none, gets pages all the same, each in a short time. */
START_TEST(few_among_many)
{
	struct database *database = open_database();
	struct database_page page;
	uint64_t first;

	for (first = 1; first < 25001; first += 250)
		store_records(database, LOAD, first, first + 250);
	page = read_records(database, QUERY(.has_uid = true, .uid = 9, .from = 1));
	ck_assert(!page.end && !page.batch->count);
	ck_assert_uint_eq(page.batch->next, 10001);
	batch_unref(page.batch);
	page = read_records(database, QUERY(.has_uid = true, .uid = 9, .from = 10001));
	ck_assert(!page.end && !page.batch->count);
	ck_assert_uint_eq(page.batch->next, 20001);
	batch_unref(page.batch);
	page = read_records(database, QUERY(.has_uid = true, .uid = 9, .from = 20001));
	ck_assert(page.end && !page.batch->count);
	ck_assert_uint_eq(page.batch->next, 25001);
	batch_unref(page.batch);
	page = read_records(database, QUERY(.has_uid = true, .uid = 9, .before = 5000));
	ck_assert(page.end && !page.batch->count);
	ck_assert_uint_eq(page.batch->next, 5000);
	batch_unref(page.batch);
	database_close(database);
}
END_TEST

START_TEST(several_loads)
{
	struct database *database = open_database();
	struct database_query query = { .instance_id = 3, .limit = 10 };
	char problem[DATABASE_PROBLEM_SIZE];
	struct database_page page;

	store_records(database, 1, 1, 5);
	store_records(database, 2, 1, 3);
	page = read_records(database, (struct database_query) { .instance_id = 1 });
	ck_assert_uint_eq(page.batch->count, 4);
	ck_assert(page.end);
	ck_assert_uint_eq(page.next_instance, 2);
	batch_unref(page.batch);
	ck_assert_int_eq(database_read(database, &query, &page, problem), -ENOENT);
	query = (struct database_query) { .since_ns = UINT64_C(1) << 62, .limit = 10 };
	ck_assert_int_eq(database_read(database, &query, &page, problem), -ENOENT);
	database_close(database);
}
END_TEST

static void store_gaps(struct database *database, uint64_t lost)
{
	static const uint64_t numbers[] = { 3, 4, 8 };
	struct exit_batch *batch = batch_new(LOAD, 1);
	char problem[DATABASE_PROBLEM_SIZE];
	struct exit_record exit;
	size_t i;

	for (i = 0; i < 3; i++)
		ck_assert_int_eq(batch_add(batch, exit_record(&exit, numbers[i]), 0), 0);
	batch_close(batch, 10, lost);
	ck_assert_int_eq(database_store(database, BOOT, batch, 0, problem), 0);
	/* Again, as if the answer had not come through: nothing is there twice. */
	ck_assert_int_eq(database_store(database, BOOT, batch, 0, problem), 0);
	batch_unref(batch);
	database_close(database);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM exits"), 3);
	ck_assert_int_eq(ask_number("SELECT sum(count) FROM lost"), (int64_t)lost);
}

START_TEST(lost_is_told_by_ranges)
{
	struct database *database = open_database();
	struct database_page page;

	store_gaps(database, 6);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM lost"), 3);
	ck_assert_int_eq(ask_number("SELECT count FROM lost WHERE first = 5 AND last = 7"), 3);
	database = open_database();
	page = read_records(database, QUERY(.from = 2));
	ck_assert_uint_eq(page.batch->lost, 5);
	batch_unref(page.batch);
	database_close(database);
}
END_TEST

START_TEST(lost_among_hidden)
{
	store_gaps(open_database(), 2);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM lost"), 1);
	ck_assert_int_eq(ask_number("SELECT count FROM lost WHERE first = 1 AND last = 9"), 2);
}
END_TEST

START_TEST(old_ones_are_deleted)
{
	struct database *database = open_database();
	char problem[DATABASE_PROBLEM_SIZE];
	uint64_t first;
	int r, steps = 0;

	for (first = 1; first < 5001; first += 250)
		store_records(database, LOAD, first, first + 250);
	do {
		r = database_prune(database, &(struct database_limits) {
			.age_ns = 1000, .records = 3000 }, EXIT_END_NS + 2000, problem);
		steps++;
	} while (r > 0);
	ck_assert_int_eq(r, 0);
	ck_assert_int_gt(steps, 2);
	database_close(database);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM exits"), 3000);
	ck_assert_int_eq(ask_number("SELECT min(number) FROM exits"), 2001);
}
END_TEST

START_TEST(version_0)
{
	struct database *database;

	/* A file without anything in it, as a crash at the very beginning leaves it. */
	close(open(path, O_CREAT | O_WRONLY, 0600));
	database = open_database();
	store_records(database, LOAD, 1, 3);
	database_close(database);
	ck_assert_int_eq(ask_number("PRAGMA user_version"), DATABASE_VERSION);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM exits"), 2);
	database_close(open_database());
	ck_assert_int_eq(ask_number("SELECT count(*) FROM exits"), 2);
}
END_TEST

static void make_file(const char *sql)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* What a damaged file says of where to go on leads nowhere. */
START_TEST(numbers_below_zero)
{
	const struct database_query since = { .since_ns = EXIT_END_NS, .limit = 10 };
	struct database *database = open_database();
	char problem[DATABASE_PROBLEM_SIZE];
	struct database_page page;
	uint64_t next;

	store_records(database, LOAD, 1, 11);
	make_file("UPDATE exits SET number = -1 WHERE number = 1");
	ck_assert_int_eq(database_read(database, &since, &page, problem), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(problem, "malformed"));
	page = read_records(database, QUERY(.from = 0));
	ck_assert_uint_eq(page.batch->count, 9);
	batch_unref(page.batch);
	make_file("UPDATE cursor SET next = -1");
	ck_assert_int_eq(database_cursor(database, BOOT, LOAD, &next, problem), -EBADMSG);
	ck_assert_int_eq(database_read(database, &QUERY(.from = 1, .limit = 10), &page,
				       problem), -EBADMSG);
	database_close(database);
}
END_TEST

/* A number that no record can have is behind all of them, damaged or not. */
START_TEST(numbers_beyond_all)
{
	static const uint64_t numbers[] = { INT64_MAX, 1ULL << 63, UINT64_MAX };
	const size_t count = sizeof(numbers) / sizeof(numbers[0]);
	struct database *database = open_database();
	struct database_page page;

	store_records(database, LOAD, 1, 11);
	for (size_t i = 0; i < 2 * count; i++) {
		if (i == count)
			make_file("UPDATE exits SET number = -1 WHERE number = 1");
		page = read_records(database, QUERY(.from = numbers[i % count]));
		ck_assert_uint_eq(page.batch->count, 0);
		ck_assert_uint_eq(page.batch->first, numbers[i % count]);
		ck_assert_uint_eq(page.batch->next, page.batch->first);
		ck_assert_uint_eq(page.batch->lost, 0);
		ck_assert(page.end);
		batch_unref(page.batch);
	}
	page = read_records(database, QUERY(.from = 2, .before = UINT64_MAX));
	ck_assert_uint_eq(page.batch->count, 9);
	batch_unref(page.batch);
	database_close(database);
}
END_TEST

START_TEST(files_of_others)
{
	char problem[DATABASE_PROBLEM_SIZE];
	struct database *database;

	make_file("CREATE TABLE precious (a)");
	ck_assert_int_eq(database_open(path, &database, problem), -EPROTO);
	ck_assert(strstr(problem, "another program") != NULL);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM sqlite_master"), 1);
	unlink(path);
	make_file("PRAGMA user_version = 1000");
	ck_assert_int_eq(database_open(path, &database, problem), -EPROTO);
	ck_assert(strstr(problem, "newer version") != NULL);
}
END_TEST

/* They look like ours, and would be run by who reads or writes. */
START_TEST(programs_in_the_file)
{
	static const char *const programs[] = {
		"ALTER TABLE ticks RENAME TO t; CREATE VIEW ticks AS WITH RECURSIVE n(i) AS"
		" (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id, i AS time_ns, 0 AS"
		" keyframe, x'00' AS block FROM n",
		"CREATE TRIGGER t AFTER INSERT ON exits BEGIN DELETE FROM exits; END",
		"CREATE VIRTUAL TABLE v USING fts5(a)",
	};
	char problem[DATABASE_PROBLEM_SIZE];
	struct database *database;

	database_close(open_database());
	database_close(open_database());
	make_file(programs[_i]);
	ck_assert_int_eq(database_open(path, &database, problem), -EPROTO);
	ck_assert_ptr_nonnull(strstr(problem, "another program"));
	ck_assert_int_eq(database_open_reader(path, &database, problem), -EPROTO);
}
END_TEST

/* An index of the administrator's, or what ANALYZE leaves, does no harm. */
START_TEST(more_in_the_file)
{
	struct database *database;

	database_close(open_database());
	make_file("CREATE INDEX mine ON exits (uid); ANALYZE; CREATE TABLE notes (a)");
	database = open_database();
	store_records(database, LOAD, 1, 3);
	database_close(database);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM exits"), 2);
}
END_TEST

static struct store *new_store(void)
{
	struct store *store;

	ck_assert_int_eq(store_new(path, BOOT, &limits, &store), 0);
	return store;
}

static uint64_t wait_cursor(struct store *store, uint64_t load)
{
	uint64_t next;

	while (store_cursor(store, load, &next) == -EAGAIN)
		usleep(1000);
	return next;
}

static void push(struct store *store, struct exit_batch *batch)
{
	while (store_push(store, batch) == -EAGAIN)
		usleep(1000);
	batch_unref(batch);
}

static void run_until_killed(void)
{
	struct store *store = new_store();
	uint64_t next = wait_cursor(store, LOAD);

	for (;; next += 7)
		push(store, exit_batch(LOAD, next, next + 7));
}

/* Each number once, from 1 on without a gap, after all of that. */
START_TEST(killed_a_hundred_times)
{
	unsigned int seed = 42;
	int i, status;
	pid_t child;

	for (i = 0; i < KILLS; i++) {
		child = fork();
		if (!child)
			run_until_killed();
		usleep((useconds_t)(rand_r(&seed) % 20000));
		ck_assert_int_eq(kill(child, SIGKILL), 0);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(WIFSIGNALED(status));
	}
	database_close(open_database());
	ck_assert_int_gt(ask_number("SELECT count(*) FROM exits"), 100);
	ck_assert_int_eq(ask_number("SELECT count(*) - max(number) FROM exits"), 0);
	ck_assert_int_eq(ask_number("SELECT count(DISTINCT number) - count(*) FROM exits"), 0);
	ck_assert_int_eq(ask_number("SELECT next - 1 - (SELECT max(number) FROM exits)"
				    " FROM cursor"), 0);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM lost"), 0);
}
END_TEST

static void damage_file(off_t offset)
{
	static const char junk[8192] = "junk";
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)pwrite(fd, junk, sizeof(junk), offset), (int)sizeof(junk));
	close(fd);
}

/* By its first page, and by one within. */
START_TEST(damaged_file)
{
	struct database *database = open_database();
	struct store_status status;
	struct store *store;
	char aside[192];
	uint64_t first;

	for (first = 1; first < 1001; first += 250)
		store_records(database, LOAD, first, first + 250);
	database_close(database);
	damage_file(_i ? 65536 : 0);
	store = new_store();
	ck_assert_uint_eq(wait_cursor(store, LOAD), 1);
	push(store, exit_batch(LOAD, 1, 3));
	store_status(store, &status);
	ck_assert_uint_eq(status.moved, 1);
	store_free(store);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM exits"), 2);
	snprintf(aside, sizeof(aside), "%s.corrupt", path);
	ck_assert_int_eq(access(aside, F_OK), 0);
}
END_TEST

/* The disk is not there at first; when it comes, its file is damaged. */
START_TEST(damaged_file_after_another_failure)
{
	struct store_status status;
	struct store *store;
	char disk[128], mounted[128];

	snprintf(disk, sizeof(disk), "%s/disk", directory);
	snprintf(mounted, sizeof(mounted), "%s/mounted", directory);
	ck_assert_int_eq(mkdir(disk, 0700), 0);
	snprintf(path, sizeof(path), "%s/history.db", disk);
	damage_file(0);
	snprintf(path, sizeof(path), "%s/history.db", mounted);
	store = new_store();
	push(store, exit_batch(LOAD, 1, 3));
	do
		store_status(store, &status);
	while (!status.errors);
	ck_assert_int_eq(rename(disk, mounted), 0);
	do {
		usleep(1000);
		store_status(store, &status);
	} while (status.queued);
	ck_assert_uint_eq(status.moved, 1);
	store_free(store);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM exits"), 2);
}
END_TEST

START_TEST(full_queue)
{
	struct exit_batch *batch = exit_batch(LOAD, 1, 2);
	struct store_status status;
	struct store *store;
	char parent[128];
	int i;

	/* Its directory does not exist yet: the disk is not there. */
	snprintf(parent, sizeof(parent), "%s/later", directory);
	snprintf(path, sizeof(path), "%s/history.db", parent);
	store = new_store();
	for (i = 0; i < STORE_QUEUE_MAX; i++)
		ck_assert_int_eq(store_push(store, batch), 0);
	ck_assert(!store_room(store));
	ck_assert_int_eq(store_push(store, batch), -EAGAIN);
	do
		store_status(store, &status);
	while (!status.errors);
	ck_assert(status.problem[0] && !status.ready);
	ck_assert_uint_eq(status.queued, STORE_QUEUE_MAX);
	ck_assert_int_eq(mkdir(parent, 0700), 0);
	do {
		usleep(1000);
		store_status(store, &status);
	} while (status.queued);
	ck_assert(!status.problem[0]);
	store_free(store);
	batch_unref(batch);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM exits"), 1);
}
END_TEST

/* It ends all the same, and says why nothing was written. */
START_TEST(directory_that_cannot_be_written)
{
	struct exit_batch *batch = exit_batch(LOAD, 1, 2);
	struct store_status status;
	struct store *store;

	database_close(open_database());
	ck_assert_int_eq(chmod(directory, 0555), 0);
	ck_assert_int_eq(chmod(path, 0444), 0);
	if (!geteuid())
		ck_assert_int_eq(seteuid(65534), 0);
	store = new_store();
	ck_assert_int_eq(store_push(store, batch), 0);
	do
		store_status(store, &status);
	while (!status.errors);
	ck_assert_msg(strstr(status.problem, "read") || strstr(status.problem, "open"), "%s",
		      status.problem);
	store_free(store);
	batch_unref(batch);
	if (!getuid())
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chmod(directory, 0755), 0);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM exits"), 0);
}
END_TEST

struct answer {
	struct store_request request;
	int error;
	bool done;
	size_t count;
};

static void on_answer(struct store_request *request, int error, const char *problem,
		      struct database_page *page)
{
	struct answer *answer = request->data;

	(void)problem;
	answer->done = true;
	answer->error = error;
	if (!error)
		answer->count = page->batch->count;
	batch_unref(page->batch);
}

static struct answer question(void)
{
	return (struct answer) {
		.request = { .query = { .instance_id = LOAD, .limit = 10 },
			     .done = on_answer },
	};
}

static void wait_answer(struct store *store)
{
	struct pollfd poll_fd = { .fd = store_fd(store), .events = POLLIN };

	ck_assert_int_eq(poll(&poll_fd, 1, -1), 1);
	store_dispatch(store);
}

START_TEST(questions)
{
	struct answer answers[STORE_REQUESTS_MAX + 1];
	struct store *store = new_store();
	struct store_status status;
	size_t i;

	wait_cursor(store, LOAD);
	push(store, exit_batch(LOAD, 1, 21));
	do
		store_status(store, &status);
	while (status.queued);
	for (i = 0; i <= STORE_REQUESTS_MAX; i++) {
		answers[i] = question();
		answers[i].request.data = &answers[i];
	}
	for (i = 0; i < STORE_REQUESTS_MAX; i++)
		ck_assert_int_eq(store_ask(store, &answers[i].request), 0);
	ck_assert_int_eq(store_ask(store, &answers[i].request), -EBUSY);
	store_cancel(store, &answers[3].request);
	while (!answers[STORE_REQUESTS_MAX - 1].done)
		wait_answer(store);
	ck_assert(answers[0].done && !answers[0].error && answers[0].count == 10);
	ck_assert(!answers[3].done);
	/* Asked, and gone before the answer: the store ends without a call. */
	answers[3].done = false;
	ck_assert_int_eq(store_ask(store, &answers[3].request), 0);
	store_free(store);
	ck_assert(!answers[3].done);
}
END_TEST

/* Those who ask and go take no places from those who wait: here, while a file is slow. */
START_TEST(questions_of_those_who_go)
{
	struct answer first = question(), gone = question();
	struct pollfd poll_fd = { .events = POLLIN };
	struct reader *reader;
	int i, fd;

	first.request.data = &first;
	gone.request.data = &gone;
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(reader_new(path, &reader), 0);
	ck_assert_int_eq(reader_ask(reader, &first.request), 0);
	for (i = 0; i < 10 * STORE_REQUESTS_MAX; i++) {
		ck_assert_int_eq(reader_ask(reader, &gone.request), 0);
		reader_cancel(reader, &gone.request);
	}
	fd = open(path, O_WRONLY);
	ck_assert_int_ge(fd, 0);
	poll_fd.fd = reader_fd(reader);
	ck_assert_int_eq(poll(&poll_fd, 1, -1), 1);
	reader_dispatch(reader);
	ck_assert(first.done && first.error);
	ck_assert(!gone.done);
	reader_free(reader);
	close(fd);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("store");
	TCase *forms = tcase_create("forms"), *file = tcase_create("file");
	TCase *trouble = tcase_create("trouble");

	tcase_add_test(forms, packing);
	tcase_add_test(forms, packing_of_anything);
	tcase_add_test(forms, batches);
	tcase_add_test(forms, full_batch);
	suite_add_tcase(suite, forms);
	tcase_add_checked_fixture(file, make_directory, remove_directory);
	tcase_add_test(file, reading);
	tcase_add_test(file, filters);
	tcase_add_test(file, few_among_many);
	tcase_add_test(file, several_loads);
	tcase_add_test(file, lost_is_told_by_ranges);
	tcase_add_test(file, lost_among_hidden);
	tcase_add_test(file, old_ones_are_deleted);
	tcase_add_test(file, version_0);
	tcase_add_test(file, numbers_below_zero);
	tcase_add_test(file, numbers_beyond_all);
	tcase_add_test(file, files_of_others);
	tcase_add_loop_test(file, programs_in_the_file, 0, 3);
	tcase_add_test(file, more_in_the_file);
	suite_add_tcase(suite, file);
	tcase_add_checked_fixture(trouble, make_directory, remove_directory);
	tcase_set_timeout(trouble, 120);
	tcase_add_test(trouble, killed_a_hundred_times);
	tcase_add_loop_test(trouble, damaged_file, 0, 2);
	tcase_add_test(trouble, damaged_file_after_another_failure);
	tcase_add_test(trouble, full_queue);
	tcase_add_test(trouble, directory_that_cannot_be_written);
	tcase_add_test(trouble, questions);
	tcase_add_test(trouble, questions_of_those_who_go);
	suite_add_tcase(suite, trouble);
	return suite_main(suite, argc, argv);
}
