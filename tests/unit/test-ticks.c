// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ticks on disk: which one is read for a time, how fast what grew, what is told of a gap;
 * that age and size are kept, by a file of an older version, too; and what is left when the
 * daemon is killed, or the disk is not there.
 */
#include "core/ticks.h"
#include "exit-record.h"
#include "sample.h"
#include "store/quota.h"
#include "suite.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOOT	"0123456789abcdef0123456789abcdef"
#define LOAD	UINT64_C(0xFEDCBA9876543210)
#define S	UINT64_C(1000000000)
#define BEGIN	(UINT64_C(1700000000) * S)
#define MIB	(UINT64_C(1) << 20)
#define KILLS	60
#define ROWS	15

static const struct database_limits limits = { .age_ns = UINT64_MAX, .records = 1000000 };

static char directory[64];
static char path[160];
static char problem[DATABASE_PROBLEM_SIZE];
static struct database *database;
static struct tick written;
static struct tick_head head;
static struct past past;
static sqlite3 *other;

static void make_directory(void)
{
	snprintf(directory, sizeof(directory), "/tmp/taskmeter-ticks-XXXXXX");
	ck_assert(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/history.db", directory);
	head = (struct tick_head) {
		.realtime_ns = BEGIN, .monotonic_ns = 100 * S, .interval_ns = 10 * S,
		.instance_id = LOAD,
	};
}

static void open_file(void)
{
	int r = database_open(path, &database, problem);

	ck_assert_msg(!r, "%d: %s", r, problem);
}

static void setup(void)
{
	make_directory();
	open_file();
}

static void teardown(void)
{
	char command[160];

	database = database_close(database);
	tick_clear(&written);
	past_clear(&past);
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	ck_assert_int_eq(system(command), 0);
}

static void execute(const char *sql)
{
	char *error = NULL;
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	sqlite3_exec(db, sql, NULL, NULL, &error);
	ck_assert_msg(!error, "%s", error);
	sqlite3_close(db);
}

static int64_t ask_number(const char *sql)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	int64_t number;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return number;
}

static const char *find_path(void *data, uint64_t id)
{
	(void)data;
	return id == 7 ? "/seven.slice" : NULL;
}

/* The next tick, ten seconds later. */
static void store_tick(struct taskmeter_record *records, size_t count, bool keyframe)
{
	const struct tick now = { .head = head, .records = records, .count = count };
	const struct block_paths paths = { .find = find_path };
	struct block block, packed;
	int r = block_encode(&written, &now, &paths, keyframe, &block);

	ck_assert_int_eq(r, 0);
	ck_assert_int_eq(block_compress(&block, &packed), 0);
	r = database_store_tick(database, &written.head, &packed, problem);
	ck_assert_msg(!r, "%d: %s", r, problem);
	block_clear(&block);
	block_clear(&packed);
	head.realtime_ns += 10 * S;
	head.monotonic_ns += 10 * S;
}

/* Process 1 runs 2.5 s in each tick; process 2 comes with the @number-th, 3 goes then. */
static void store_some(int number, int keyframe)
{
	struct taskmeter_record records[2];

	sample_process(&records[0], 1, "busy");
	records[0].cgroup_id = 7;
	records[0].run_ns = (uint64_t)number * 5 * S / 2;
	records[0].io_read_bytes = (uint64_t)number * 50;
	sample_process(&records[1], number < 2 ? 3 : 2, "other");
	records[1].start_time_ns = records[1].pid;
	records[1].run_ns = S;
	store_tick(records, 2, number == keyframe);
}

static void read_at(uint64_t at_ns, int expected)
{
	int r;

	past_clear(&past);
	r = database_read_past(database, at_ns, &past, problem);
	ck_assert_msg(r == expected, "%d: %s", r, problem);
}

static uint64_t rate(uint32_t pid, enum past_rate which)
{
	const struct taskmeter_record *record = tick_find(&past.tick, pid);

	ck_assert_ptr_nonnull(record);
	return past.rates[record - past.tick.records].per_s[which];
}

/* With a keyframe only at the beginning, and one at each of the others. */
START_TEST(reading)
{
	int i;

	for (i = 0; i < 4; i++)
		store_some(i, _i);
	read_at(BEGIN, 0);
	ck_assert_uint_eq(past.tick.head.realtime_ns, BEGIN);
	ck_assert_uint_eq(past.elapsed_ns, 0);
	ck_assert_uint_eq(rate(1, PAST_RUN), PAST_RATE_UNKNOWN);
	read_at(BEGIN + 19 * S, 0);
	ck_assert_uint_eq(past.tick.head.realtime_ns, BEGIN + 10 * S);
	ck_assert_uint_eq(past.elapsed_ns, 10 * S);
	ck_assert_uint_eq(rate(1, PAST_RUN), S / 4);
	ck_assert_uint_eq(rate(1, PAST_IO_READ), 5);
	ck_assert_uint_eq(rate(3, PAST_RUN), 0);
	ck_assert_ptr_null(tick_find(&past.tick, 2));
	read_at(BEGIN + 20 * S, 0);
	ck_assert_uint_eq(past.tick.head.realtime_ns, BEGIN + 20 * S);
	ck_assert_uint_eq(rate(1, PAST_RUN), S / 4);
	ck_assert_uint_eq(rate(2, PAST_RUN), S / 10);
	ck_assert_ptr_null(tick_find(&past.tick, 3));
	read_at(BEGIN + 60 * S, 0);
	ck_assert_uint_eq(past.tick.head.realtime_ns, BEGIN + 30 * S);
	ck_assert_uint_eq(tick_find(&past.tick, 1)->run_ns, 15 * S / 2);
	ck_assert_str_eq(tick_path(&past.tick, tick_find(&past.tick, 1)), "/seven.slice");
	ck_assert_ptr_null(tick_path(&past.tick, tick_find(&past.tick, 2)));
}
END_TEST

START_TEST(nothing_then)
{
	read_at(BEGIN, -ENOENT);
	ck_assert(!past.before_ns && !past.after_ns);
	store_some(0, 0);
	read_at(BEGIN - 1, -ENOENT);
	ck_assert_uint_eq(past.after_ns, BEGIN);
	ck_assert_uint_eq(past.before_ns, 0);
	read_at(BEGIN + 30 * S, 0);
	read_at(BEGIN + 30 * S + 1, -ENOENT);
	ck_assert_uint_eq(past.before_ns, BEGIN);
	head.realtime_ns += 1000 * S;
	store_some(1, 0);
	read_at(BEGIN + 500 * S, -ENOENT);
	ck_assert_uint_eq(past.before_ns, BEGIN);
	ck_assert_uint_eq(past.after_ns, BEGIN + 1010 * S);
}
END_TEST

/* Counters that began anew say nothing of how fast they grew. */
START_TEST(another_load)
{
	store_some(5, 0);
	head.instance_id = 1;
	store_some(6, 0);
	read_at(BEGIN + 10 * S, 0);
	ck_assert_uint_eq(past.elapsed_ns, 0);
	ck_assert_uint_eq(rate(1, PAST_RUN), PAST_RATE_UNKNOWN);
}
END_TEST

/* What the kernel could not tell; a wait that was corrected; a pid that is another's. */
START_TEST(rates_that_are_not_known)
{
	struct taskmeter_record records[3];

	sample_process(&records[0], 1, "corrected");
	sample_process(&records[1], 2, "reused");
	sample_process(&records[2], 3, "unknown");
	records[0].cpu_wait_ns = 10 * S;
	records[1].run_ns = 100 * S;
	records[2].available = 0;
	store_tick(records, 3, false);
	records[0].cpu_wait_ns = 9 * S;
	records[1].start_time_ns++;
	records[1].run_ns = 20 * S;
	records[2].available = SAMPLE_AVAILABLE;
	records[2].cpu_wait_ns = 5 * S;
	store_tick(records, 3, false);
	read_at(BEGIN + 10 * S, 0);
	ck_assert_uint_eq(rate(1, PAST_CPU_WAIT), 0);
	ck_assert_uint_eq(rate(2, PAST_RUN), 2 * S);
	ck_assert_uint_eq(rate(3, PAST_CPU_WAIT), PAST_RATE_UNKNOWN);
}
END_TEST

/* No machine does so much; a damaged file may say so. */
START_TEST(rates_beyond_numbers)
{
	struct taskmeter_record record;

	sample_process(&record, 1, "damaged");
	record.run_ns = 0;
	store_tick(&record, 1, false);
	head.monotonic_ns -= 10 * S - 1;
	record.run_ns = UINT64_MAX;
	store_tick(&record, 1, false);
	read_at(BEGIN + 10 * S, 0);
	ck_assert_uint_eq(past.elapsed_ns, 1);
	ck_assert_uint_eq(rate(1, PAST_RUN), PAST_RATE_UNKNOWN);
}
END_TEST

START_TEST(damaged_blocks)
{
	int i;

	for (i = 0; i < 4; i++)
		store_some(i, 0);
	execute("UPDATE ticks SET block = x'0011223344556677' WHERE id = 3");
	read_at(BEGIN + 10 * S, 0);
	read_at(BEGIN + 20 * S, -EBADMSG);
	read_at(BEGIN + 30 * S, -EBADMSG);
	execute("UPDATE ticks SET block = NULL WHERE 0; DELETE FROM ticks WHERE id = 3");
	read_at(BEGIN + 10 * S, 0);
	/* It does not follow on the one that is there. */
	read_at(BEGIN + 30 * S, -ENOENT);
	execute("DELETE FROM ticks WHERE keyframe");
	read_at(BEGIN + 10 * S, -ENOENT);
}
END_TEST

/* The writer has its moment where the reader knows which tick it wants, and reads it next. */
static int on_statement(unsigned int event, void *data, void *statement, void *sql)
{
	(void)event;
	(void)data;
	(void)statement;
	if (!strncmp(sql, "SELECT max(id)", 14))
		ck_assert_int_eq(sqlite3_exec(other, "DELETE FROM ticks", NULL, NULL, NULL),
				 SQLITE_OK);
	return 0;
}

static int on_open(sqlite3 *db)
{
	return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, on_statement, NULL);
}

START_TEST(deleted_meanwhile)
{
	int i;

	for (i = 0; i < 4; i++)
		store_some(i, 0);
	database = database_close(database);
	ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_auto_extension((void (*)(void))on_open), SQLITE_OK);
	ck_assert_int_eq(database_open_reader(path, &database, problem), 0);
	read_at(BEGIN + 30 * S, 0);
	ck_assert_uint_eq(past.tick.head.realtime_ns, BEGIN + 30 * S);
	ck_assert_uint_eq(rate(1, PAST_RUN), S / 4);
	read_at(BEGIN + 30 * S, -ENOENT);
	sqlite3_reset_auto_extension();
	sqlite3_close(other);
}
END_TEST

/* A keyframe that is further away than ours ever are is not looked for. */
START_TEST(chains_without_an_end)
{
	char sql[256];

	store_some(0, 0);
	snprintf(sql, sizeof(sql), "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
		 " WHERE i < %d) INSERT INTO ticks (time_ns, keyframe, block) SELECT time_ns, 0,"
		 " block FROM ticks, n WHERE id = 1", TICK_CHAIN_MAX - 1 + _i);
	execute(sql);
	store_some(1, 0);
	read_at(BEGIN + 10 * S, _i ? -ENOENT : 0);
}
END_TEST

/* Whatever makes it last, reading has an end, and says why. */
START_TEST(reading_without_an_end)
{
	const struct track_query track_query = {
		.pid = 1, .from_ns = BEGIN, .to_ns = BEGIN + 100 * S, .records_max = UINT64_MAX,
	};
	struct series_query series_query = {
		.name = (char[]) { "a" }, .from_ns = BEGIN, .to_ns = BEGIN + S, .step_ns = S,
	};
	const struct database_query query = { .since_ns = 1, .limit = 1 };
	struct series_answer answer;
	struct track track = { .count = 0 };
	struct database_page page;
	int i;

	for (i = 0; i < 4; i++)
		store_some(i, 0);
	database = database_close(database);
	ck_assert_int_eq(database_open_reader(path, &database, problem), 0);
	/* What a track takes adds up. */
	ck_assert_int_eq(database_read_track(database, &track_query, &track, problem), 1);
	database_limit_reading(database, 0);
	ck_assert_int_eq(database_read_track(database, &track_query, &track, problem), -ETIME);
	track_clear(&track);
	read_at(BEGIN + 30 * S, -ETIME);
	ck_assert_str_eq(problem, "reading it takes too long");
	ck_assert_int_eq(database_read_series(database, &series_query, &answer, problem), -ETIME);
	series_answer_clear(&answer);
	ck_assert_int_eq(database_read(database, &query, &page, problem), -ETIME);
	database_limit_reading(database, 100 * S);
	read_at(BEGIN + 30 * S, 0);
}
END_TEST

START_TEST(old_ticks_are_deleted)
{
	struct database_limits age = { .age_ns = 75 * S, .records = 1000 };
	int i;

	for (i = 0; i < 20; i++)
		store_some(i, i - i % 3);
	while (database_prune(database, &age, BEGIN + 200 * S, problem) > 0)
		;
	/* The first that is young enough is the 13th; its chain began with the 12th. */
	ck_assert_int_eq(ask_number("SELECT count(*) FROM ticks"), 8);
	read_at(BEGIN + 125 * S, 0);
	ck_assert_uint_eq(past.tick.head.realtime_ns, BEGIN + 120 * S);
	read_at(BEGIN + 119 * S, -ENOENT);
	ck_assert_uint_eq(past.after_ns, BEGIN + 120 * S);
}
END_TEST

/*
 * A machine whose clock begins at 1970, until it is set: what was stored then is old, and
 * what was stored before is not.
 */
START_TEST(clock_that_was_wrong)
{
	struct database_limits age = { .age_ns = 1000 * S, .records = 1000 };
	int i;

	for (i = 0; i < 3; i++)
		store_some(i, 0);
	head.realtime_ns = S;
	for (i = 3; i < 6; i++)
		store_some(i, 3);
	head.realtime_ns = BEGIN + 500 * S;
	for (i = 6; i < 9; i++)
		store_some(i, 6);
	while (database_prune(database, &age, BEGIN + 600 * S, problem) > 0)
		;
	read_at(BEGIN + 20 * S, 0);
	ck_assert_uint_eq(past.tick.head.realtime_ns, BEGIN + 20 * S);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM ticks"), 6);
	read_at(30 * S, -ENOENT);
	ck_assert_uint_eq(past.after_ns, BEGIN);
	read_at(BEGIN + 520 * S, 0);
	while (database_prune(database, &age, BEGIN + 1200 * S, problem) > 0)
		;
	ck_assert_int_eq(ask_number("SELECT count(*) FROM ticks"), 3);
	read_at(BEGIN + 520 * S, 0);
}
END_TEST

static uint64_t file_size(void)
{
	struct stat stat_buffer;

	ck_assert_int_eq(stat(path, &stat_buffer), 0);
	return (uint64_t)stat_buffer.st_size;
}

#define LARGE	1000

/* About a third of a megabyte that cannot be made smaller. */
static void make_large(struct taskmeter_record records[static LARGE], unsigned int *seed)
{
	unsigned char *bytes;
	size_t i, j;

	for (i = 0; i < LARGE; i++) {
		sample_process(&records[i], (uint32_t)i + 1, "large");
		bytes = (unsigned char *)&records[i].run_ns;
		for (j = 0; j < 320; j++)
			bytes[j] = (unsigned char)rand_r(seed);
	}
}

static void store_large(unsigned int *seed)
{
	static struct taskmeter_record records[LARGE];

	make_large(records, seed);
	store_tick(records, LARGE, true);
}

static void prune_while_full(const struct database_limits *quota)
{
	int r;

	while (database_is_full(database, quota)) {
		r = database_prune(database, quota, BEGIN, problem);
		ck_assert_msg(r >= 0, "%d: %s", r, problem);
		if (!r)
			break;
	}
}

/* As the writer does: what is too much goes at once, the oldest first, of both kinds. */
START_TEST(size_is_kept)
{
	struct database_limits quota = {
		.age_ns = UINT64_MAX, .records = UINT32_MAX, .bytes = 16 * MIB,
	};
	struct exit_batch *batch;
	unsigned int seed = 1;
	int i;

	for (i = 0; i < 100; i++) {
		batch = exit_batch(LOAD, 1 + 250 * (uint64_t)i, 251 + 250 * (uint64_t)i);
		ck_assert_int_eq(database_store(database, BOOT, batch, BEGIN, problem), 0);
		batch_unref(batch);
		prune_while_full(&quota);
		store_large(&seed);
		prune_while_full(&quota);
		ck_assert_msg(file_size() <= quota.bytes, "%d: %lu", i,
			      (unsigned long)file_size());
	}
	ck_assert_int_gt(ask_number("SELECT count(*) FROM ticks"), 20);
	read_at(BEGIN + 990 * S, 0);
	ck_assert_uint_eq(past.tick.count, 1000);
	read_at(BEGIN + 100 * S, -ENOENT);
	/* Less from now on: the file becomes smaller. */
	ck_assert_uint_gt(file_size(), 12 * MIB);
	quota.bytes = 8 * MIB;
	prune_while_full(&quota);
	database = database_close(database);
	ck_assert_uint_le(file_size(), 8 * MIB);
	open_file();
	read_at(BEGIN + 990 * S, 0);
}
END_TEST

/* Where the clock went ahead, and was set: what it wrote does not outlive all others. */
START_TEST(size_and_a_clock_that_went_ahead)
{
	const struct database_limits quota = {
		.age_ns = UINT64_MAX, .records = UINT32_MAX, .bytes = 16 * MIB,
	};
	struct exit_batch *batch = exit_batch(LOAD, 1, 251);
	unsigned int seed = 1;
	int i;

	ck_assert_int_eq(database_store(database, BOOT, batch, BEGIN, problem), 0);
	batch_unref(batch);
	head.realtime_ns = UINT64_C(4102444800) * S;
	for (i = 0; i < 60; i++) {
		if (i == 30)
			head.realtime_ns = BEGIN;
		store_large(&seed);
		prune_while_full(&quota);
	}
	ck_assert_int_eq(ask_number("SELECT count(*) FROM exits"), 250);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM ticks WHERE time_ns / 1000000000 <"
				    " 1800000000"), 30);
}
END_TEST

/* Version 1, word for word. */
static const char version_1[] =
	"PRAGMA journal_mode = WAL;"
	"CREATE TABLE cursor ("
	" load INTEGER PRIMARY KEY,"
	" boot_id TEXT NOT NULL,"
	" instance_id TEXT NOT NULL,"
	" next INTEGER NOT NULL,"
	" UNIQUE (instance_id, boot_id));"
	"CREATE TABLE exits ("
	" id INTEGER PRIMARY KEY,"
	" load INTEGER NOT NULL REFERENCES cursor,"
	" number INTEGER NOT NULL,"
	" end_ns INTEGER NOT NULL,"
	" pid INTEGER NOT NULL,"
	" uid INTEGER NOT NULL,"
	" euid INTEGER NOT NULL,"
	" gid INTEGER NOT NULL,"
	" egid INTEGER NOT NULL,"
	" start_time_ns INTEGER NOT NULL,"
	" status INTEGER NOT NULL,"
	" flags INTEGER NOT NULL,"
	" comm BLOB NOT NULL,"
	" command_line BLOB,"
	" cgroup_id INTEGER NOT NULL,"
	" cgroup_path BLOB,"
	" counters BLOB NOT NULL,"
	" UNIQUE (load, number));"
	"CREATE INDEX exits_end ON exits (end_ns);"
	"CREATE TABLE lost ("
	" id INTEGER PRIMARY KEY,"
	" load INTEGER NOT NULL REFERENCES cursor,"
	" first INTEGER NOT NULL,"
	" last INTEGER NOT NULL,"
	" count INTEGER NOT NULL,"
	" noted_ns INTEGER NOT NULL,"
	" UNIQUE (load, first));"
	"PRAGMA user_version = 1;"
	"INSERT INTO cursor VALUES (1, '" BOOT "', '5', 20001);"
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
	" INSERT INTO exits SELECT i, 1, i, 1600000000000000000 + i, i, 0, 0, 0, 0, i, 0, 0,"
	" 'old', NULL, 1, NULL, randomblob(1000) FROM n;";

START_TEST(file_of_version_1)
{
	const struct database_limits quota = {
		.age_ns = UINT64_MAX, .records = UINT32_MAX, .bytes = 16 * MIB,
	};
	uint64_t next;

	execute(version_1);
	ck_assert_uint_gt(file_size(), 20 * MIB);
	open_file();
	ck_assert_int_eq(ask_number("PRAGMA user_version"), DATABASE_VERSION);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM exits"), 20000);
	ck_assert_int_eq(database_cursor(database, BOOT, 5, &next, problem), 0);
	ck_assert_uint_eq(next, 20001);
	store_some(1, 0);
	read_at(BEGIN, 0);
	/* It was not made to become smaller; it does. */
	prune_while_full(&quota);
	database = database_close(database);
	ck_assert_uint_le(file_size(), quota.bytes);
	ck_assert_int_eq(ask_number("PRAGMA auto_vacuum"), 2);
	ck_assert_int_gt(ask_number("SELECT count(*) FROM exits"), 5000);
	ck_assert_int_eq(ask_number("SELECT max(number) FROM exits"), 20000);
	open_file();
	read_at(BEGIN, 0);
}
END_TEST

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* What has no room to be written anew stays, and nobody tries with each tick. */
START_TEST(no_room_to_shrink)
{
	const struct database_limits quota = {
		.age_ns = UINT64_MAX, .records = UINT32_MAX, .bytes = 16 * MIB,
	};

	execute(version_1);
	execute("DELETE FROM exits WHERE id <= 10000; PRAGMA wal_checkpoint(TRUNCATE)");
	open_file();
	limit_files(MIB);
	ck_assert_int_eq(database_prune(database, &quota, BEGIN, problem), 0);
	limit_files(RLIM_INFINITY);
	ck_assert_int_eq(database_prune(database, &quota, BEGIN, problem), 0);
	ck_assert_int_eq(ask_number("PRAGMA auto_vacuum"), 0);
	store_some(1, 0);
	read_at(BEGIN, 0);
	database = database_close(database);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM exits"), 10000);
	/* There is room by the next start. */
	open_file();
	ck_assert_int_eq(database_prune(database, &quota, BEGIN, problem), 1);
	ck_assert_int_eq(ask_number("PRAGMA auto_vacuum"), 2);
	read_at(BEGIN, 0);
}
END_TEST

static struct store *new_store(void)
{
	struct store *store;

	ck_assert_int_eq(store_new(path, BOOT, &limits, &store), 0);
	return store;
}

/* Samples a second apart, each with one process more; the interval is ten seconds. */
static void feed(struct ticks *ticks, uint64_t from, uint64_t to)
{
	struct sample *sample = sample_new(NULL);
	struct taskmeter_record record;
	uint64_t i;

	for (i = from; i < to; i++) {
		sample_process(&record, (uint32_t)i + 1, "fed");
		ck_assert_int_eq(sample_add(sample, &record), 0);
		sample->realtime_ns = BEGIN + i * S;
		sample->monotonic_ns = 100 * S + i * S + i % 3 * S / 10;
		ticks_feed(ticks, LOAD, sample, 1000);
	}
	sample_unref(sample);
}

static void wait_written(struct store *store)
{
	struct store_status status;

	do {
		usleep(1000);
		store_status(store, &status);
	} while (status.ticks_queued);
}

START_TEST(every_so_often)
{
	struct ticks ticks = { .store = new_store(), .interval_ms = 10000 };
	struct store_status status;
	uint64_t i;

	for (i = 0; i < 700; i += 50) {
		feed(&ticks, i, i + 50);
		wait_written(ticks.store);
	}
	store_status(ticks.store, &status);
	ck_assert_uint_eq(ticks.cost.taken, 70);
	ck_assert_uint_eq(ticks.cost.dropped, 0);
	ck_assert_uint_eq(status.ticks, 70);
	ck_assert_uint_gt(status.tick_bytes, 1000);
	store_free(ticks.store);
	ticks_clear(&ticks);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM ticks"), 70);
	ck_assert_int_eq(ask_number("SELECT sum(keyframe) FROM ticks"), 3);
	open_file();
	read_at(BEGIN + 699 * S, 0);
	ck_assert_uint_eq(past.tick.head.realtime_ns, BEGIN + 690 * S);
}
END_TEST

/* Samples may be further apart than ticks are wanted: between two there is no gap. */
START_TEST(seldom_samples)
{
	struct ticks ticks = { .store = new_store(), .interval_ms = 1000 };
	struct taskmeter_record record;
	struct sample sample = { .records = &record, .count = 1 };
	uint64_t i;

	sample_process(&record, 1, "fed");
	for (i = 0; i < 3; i++) {
		sample.realtime_ns = BEGIN + i * 60 * S;
		sample.monotonic_ns = S + i * 60 * S;
		ticks_feed(&ticks, LOAD, &sample, 60000);
	}
	wait_written(ticks.store);
	store_free(ticks.store);
	ticks_clear(&ticks);
	open_file();
	read_at(BEGIN + 59 * S, 0);
	ck_assert_uint_eq(past.tick.head.realtime_ns, BEGIN);
	read_at(BEGIN + 300 * S, 0);
	read_at(BEGIN + 301 * S, -ENOENT);
}
END_TEST

/* Between two of its usual times for it, too. */
START_TEST(writer_keeps_the_size)
{
	const struct database_limits quota = {
		.age_ns = UINT64_MAX, .records = 1000, .bytes = 16 * MIB,
	};
	static struct taskmeter_record records[LARGE];
	struct ticks ticks = { .interval_ms = 1000 };
	struct sample sample = { .records = records, .count = LARGE };
	struct store_status status;
	unsigned int seed = 1;
	uint64_t i;

	ck_assert_int_eq(store_new(path, BOOT, &quota, &ticks.store), 0);
	for (i = 0; i < 80; i++) {
		make_large(records, &seed);
		sample.realtime_ns = BEGIN + i * S;
		sample.monotonic_ns = S + i * S;
		ticks_feed(&ticks, LOAD, &sample, 1000);
		wait_written(ticks.store);
		ck_assert_msg(file_size() <= quota.bytes, "%d: %lu", (int)i,
			      (unsigned long)file_size());
	}
	store_status(ticks.store, &status);
	ck_assert_uint_le(status.file_bytes, quota.bytes);
	ck_assert_uint_gt(status.tick_bytes, 20 * MIB);
	store_free(ticks.store);
	ticks_clear(&ticks);
	open_file();
	read_at(BEGIN + 79 * S, 0);
	ck_assert_uint_eq(past.tick.count, LARGE);
}
END_TEST

/* The disk is not there: what finds no place is counted, and the chain goes on after. */
START_TEST(full_queue)
{
	struct ticks ticks = { .interval_ms = 1000 };
	char parent[128];

	snprintf(parent, sizeof(parent), "%s/later", directory);
	snprintf(path, sizeof(path), "%s/history.db", parent);
	ticks.store = new_store();
	feed(&ticks, 0, STORE_TICKS_MAX + 4);
	ck_assert_uint_eq(ticks.cost.taken, STORE_TICKS_MAX);
	ck_assert_uint_eq(ticks.cost.dropped, 4);
	ck_assert_int_eq(mkdir(parent, 0700), 0);
	wait_written(ticks.store);
	feed(&ticks, 20, 22);
	store_free(ticks.store);
	ticks_clear(&ticks);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM ticks"), STORE_TICKS_MAX + 2);
	ck_assert_int_eq(ask_number("SELECT sum(keyframe) FROM ticks"), 1);
	open_file();
	read_at(BEGIN + 21 * S, 0);
	ck_assert_uint_eq(past.tick.head.realtime_ns, BEGIN + 21 * S);
	ck_assert_uint_eq(past.tick.count, 2);
}
END_TEST

/* A damaged file is begun anew: so is the chain, or what follows could not be read. */
START_TEST(file_moved_aside)
{
	struct ticks ticks = { .interval_ms = 1000, .store = NULL };
	struct store_status status;

	ticks.store = new_store();
	feed(&ticks, 0, 3);
	wait_written(ticks.store);
	ticks.store = store_free(ticks.store);
	ck_assert_int_eq(truncate(path, 5000), 0);
	ticks.store = new_store();
	do {
		usleep(1000);
		store_status(ticks.store, &status);
	} while (!status.moved);
	feed(&ticks, 3, 5);
	store_free(ticks.store);
	ticks_clear(&ticks);
	ck_assert_int_eq(ask_number("SELECT count(*) FROM ticks"), 2);
	open_file();
	read_at(BEGIN + 4 * S, 0);
}
END_TEST

static void run_until_killed(uint64_t from)
{
	struct ticks ticks = { .store = new_store(), .interval_ms = 1000 };

	for (;; from++) {
		feed(&ticks, from, from + 1);
		usleep(500);
	}
}

static void check_all_readable(void)
{
	int64_t i, rows = ask_number("SELECT count(*) FROM ticks");
	char sql[128];

	open_file();
	for (i = 0; i < rows; i++) {
		snprintf(sql, sizeof(sql), "SELECT time_ns FROM ticks ORDER BY id LIMIT 1"
			 " OFFSET %d", (int)i);
		read_at((uint64_t)ask_number(sql), 0);
	}
	ck_assert_int_ge(rows, ROWS);
}

/* On a slow machine some are killed before they have written anything. */
static bool go_on(int kills)
{
	return kills < KILLS || (kills < 20 * KILLS &&
				 (access(path, F_OK) < 0 ||
				  ask_number("SELECT count(*) FROM sqlite_master") < 3 ||
				  ask_number("SELECT count(*) FROM ticks") < ROWS));
}

/* Whatever was written can be read, and a new chain begins after it. */
START_TEST(killed)
{
	unsigned int seed = 42;
	int i, status;
	pid_t child;

	for (i = 0; go_on(i); i++) {
		child = fork();
		if (!child)
			run_until_killed((uint64_t)i * 1000);
		usleep((useconds_t)(rand_r(&seed) % 20000));
		ck_assert_int_eq(kill(child, SIGKILL), 0);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(WIFSIGNALED(status));
	}
	check_all_readable();
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("ticks");
	TCase *file = tcase_create("file"), *older = tcase_create("older");
	TCase *kept = tcase_create("kept");

	tcase_add_checked_fixture(file, setup, teardown);
	tcase_set_timeout(file, 120);
	tcase_add_loop_test(file, reading, 0, 4);
	tcase_add_test(file, nothing_then);
	tcase_add_test(file, another_load);
	tcase_add_test(file, rates_that_are_not_known);
	tcase_add_test(file, rates_beyond_numbers);
	tcase_add_test(file, damaged_blocks);
	tcase_add_test(file, deleted_meanwhile);
	tcase_add_loop_test(file, chains_without_an_end, 0, 2);
	tcase_add_test(file, reading_without_an_end);
	tcase_add_test(file, old_ticks_are_deleted);
	tcase_add_test(file, clock_that_was_wrong);
	tcase_add_test(file, size_is_kept);
	tcase_add_test(file, size_and_a_clock_that_went_ahead);
	suite_add_tcase(suite, file);
	tcase_add_checked_fixture(older, make_directory, teardown);
	tcase_set_timeout(older, 60);
	tcase_add_test(older, file_of_version_1);
	tcase_add_test(older, no_room_to_shrink);
	suite_add_tcase(suite, older);
	tcase_add_checked_fixture(kept, make_directory, teardown);
	tcase_set_timeout(kept, 120);
	tcase_add_test(kept, every_so_often);
	tcase_add_test(kept, seldom_samples);
	tcase_add_test(kept, writer_keeps_the_size);
	tcase_add_test(kept, full_queue);
	tcase_add_test(kept, file_moved_aside);
	tcase_add_test(kept, killed);
	suite_add_tcase(suite, kept);
	return suite_main(suite, argc, argv);
}
