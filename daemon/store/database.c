// SPDX-License-Identifier: GPL-2.0-or-later
/* See database.h. Every failure leaves no transaction open. */
#include "store/database.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "store/quota.h"
#include "store/schema.h"
#include "store/tick-table.h"

#define NSEC_PER_SEC	UINT64_C(1000000000)
#define CHECK_NS	(2 * NSEC_PER_SEC)
/* Making the file smaller may take the rest of the disk: what failed is not soon tried again. */
#define SHRINK_AGAIN_NS	(3600 * NSEC_PER_SEC)
/* What is later than now by more was not written by a clock that went right. */
#define CLOCK_NS	(3600 * NSEC_PER_SEC)
/* A reader may hold the file for a moment, as a checkpoint ends. */
#define BUSY_MS		2000
/* Rows that one step of pruning deletes at most, of each kind. */
#define PRUNE_ROWS	512
/* Blocks of series that go at once where room is short; of some units, an hour and more. */
#define SERIES_ROWS	64
/* Rows that one page looks at, at most: who is shown few of them keeps nobody waiting. */
#define SCAN_ROWS	10000
/* Ranges that are told apart in a batch; more become one. */
#define LOST_ROWS_MAX	64
/* Steps of SQLite's between two looks at the clock: there are some for each row. */
#define CHECK_STEPS	10000
#define READ_STEPS	4

enum statement {
	BEGIN,
	COMMIT,
	ROLLBACK,
	FIND_LOAD,
	ADD_LOAD,
	SET_NEXT,
	ADD_EXIT,
	ADD_LOST,
	PRUNE_AGE,
	PRUNE_COUNT,
	PRUNE_LOST,
	PRUNE_OLDEST,
	FIND_OLDEST,
	FIND_INSTANCE,
	FIND_TIME,
	FIND_NEXT_LOAD,
	FIND_BOUND,
	READ_EXITS,
	SUM_LOST,
	STATEMENTS,
};

#define COLUMNS \
	"number, end_ns, pid, uid, euid, gid, egid, start_time_ns, status, flags, comm," \
	" command_line, cgroup_id, cgroup_path, counters"

static const char *const statements[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[FIND_LOAD] = "SELECT load, next FROM cursor WHERE instance_id = ?1 AND boot_id = ?2",
	[ADD_LOAD] = "INSERT INTO cursor (instance_id, boot_id, next) VALUES (?1, ?2, 1)",
	[SET_NEXT] = "UPDATE cursor SET next = ?2 WHERE load = ?1 AND next < ?2",
	[ADD_EXIT] = "INSERT OR IGNORE INTO exits (load, " COLUMNS ") VALUES (?16, ?1, ?2,"
		     " ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
	[ADD_LOST] = "INSERT OR IGNORE INTO lost (load, first, last, count, noted_ns)"
		     " VALUES (?1, ?2, ?3, ?4, ?5)",
	/* An index on end_ns leads to the oldest; the newest ids are not among them. */
	[PRUNE_AGE] = "DELETE FROM exits WHERE id IN (SELECT id FROM exits"
		      " WHERE end_ns < ?1 ORDER BY end_ns LIMIT ?2)",
	[PRUNE_COUNT] = "DELETE FROM exits WHERE id IN (SELECT id FROM exits"
			" WHERE id <= (SELECT max(id) FROM exits) - ?1 ORDER BY id LIMIT ?2)",
	[PRUNE_LOST] = "DELETE FROM lost WHERE id IN (SELECT id FROM lost"
		       " WHERE noted_ns < ?1 ORDER BY id LIMIT ?2)",
	[PRUNE_OLDEST] = "DELETE FROM exits WHERE id IN (SELECT id FROM exits"
			 " WHERE id >= ?1 ORDER BY id LIMIT ?2)",
	[FIND_OLDEST] = "SELECT end_ns FROM exits ORDER BY id LIMIT 1",
	[FIND_INSTANCE] = "SELECT load, next FROM cursor WHERE instance_id = ?1"
			  " ORDER BY load DESC LIMIT 1",
	/*
	 * Numbers are given when a process is waited for: a zombie's end is older than
	 * its neighbours'. So the least number of many, not of the first one.
	 */
	[FIND_TIME] = "SELECT min(e.id), e.number, c.instance_id FROM (SELECT id, load,"
		      " number FROM exits WHERE end_ns >= ?1 ORDER BY end_ns LIMIT 10000) e"
		      " JOIN cursor c ON c.load = e.load",
	[FIND_NEXT_LOAD] = "SELECT c.instance_id FROM exits e JOIN cursor c ON"
			   " c.load = e.load WHERE e.load > ?1 ORDER BY e.load LIMIT 1",
	[FIND_BOUND] = "SELECT number FROM exits WHERE load = ?1 AND number >= ?2"
		       " ORDER BY number LIMIT 1 OFFSET ?3",
	[READ_EXITS] = "SELECT " COLUMNS " FROM exits WHERE load = ?1 AND number >= ?2"
		       " AND (?3 IS NULL OR number < ?3) AND (?4 IS NULL OR uid = ?4)"
		       " AND (NOT ?5 OR status <> 0) AND (?6 = 0 OR flags & ?6)"
		       " ORDER BY number LIMIT ?7",
	[SUM_LOST] = "SELECT coalesce(sum(min(count, min(last, ?3 - 1) - max(first, ?2) + 1)), 0)"
		     " FROM lost WHERE load = ?1 AND first < ?3 AND last >= ?2",
};

struct database {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	struct tick_reading *reading;
	uint64_t until_ns;
	uint64_t read_ns;
	uint64_t shrink_after_ns;
};

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

static int errno_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_MISMATCH:
		return -EPROTO;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_INTERRUPT:
		return -ETIME;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	default:
		return -EIO;
	}
}

static void describe(const struct database *database, int code, char *problem)
{
	int system = database->db ? sqlite3_system_errno(database->db) : 0;
	const char *what = sqlite3_errstr(code);

	if (code == SQLITE_MISMATCH)
		what = "it was written by a newer version of taskmeterd, or by another program";
	if (code == SQLITE_INTERRUPT)
		what = "reading it takes too long";
	/* Of looking for a log that need not be there, ENOENT may be left. */
	if (system && code != SQLITE_MISMATCH &&
	    (system != ENOENT || (code & 0xff) == SQLITE_CANTOPEN))
		snprintf(problem, DATABASE_PROBLEM_SIZE, "%s (%s)", what, strerror(system));
	else
		snprintf(problem, DATABASE_PROBLEM_SIZE, "%s", what);
}

static int fail(struct database *database, int code, char *problem)
{
	describe(database, code, problem);
	return errno_of(code);
}

/* A statement, ready for its parameters; compiled when it is first used. */
static int prepare(struct database *database, enum statement which, sqlite3_stmt **ret_statement)
{
	sqlite3_stmt **statement = &database->statements[which];
	int r = SQLITE_OK;

	if (!*statement)
		r = sqlite3_prepare_v3(database->db, statements[which], -1,
				       SQLITE_PREPARE_PERSISTENT, statement, NULL);
	if (r == SQLITE_OK) {
		sqlite3_reset(*statement);
		sqlite3_clear_bindings(*statement);
		*ret_statement = *statement;
	}
	return r;
}

/* Without a result; SQLITE_OK in place of SQLITE_DONE. */
static int finish(sqlite3_stmt *statement)
{
	int r = sqlite3_step(statement);

	sqlite3_reset(statement);
	return r == SQLITE_DONE || r == SQLITE_ROW ? SQLITE_OK : r;
}

static int execute(struct database *database, enum statement which)
{
	sqlite3_stmt *statement;
	int r = prepare(database, which, &statement);

	return r == SQLITE_OK ? finish(statement) : r;
}

static void bind_number(sqlite3_stmt *statement, int index, uint64_t number)
{
	sqlite3_bind_int64(statement, index, (sqlite3_int64)number);
}

/* Of a record: no record has one that is larger. */
static void bind_record(sqlite3_stmt *statement, int index, uint64_t number)
{
	bind_number(statement, index, number < INT64_MAX ? number : INT64_MAX);
}

#define INSTANCE_SIZE	24

static void bind_instance(sqlite3_stmt *statement, int index, uint64_t instance_id)
{
	char text[INSTANCE_SIZE];

	snprintf(text, sizeof(text), "%" PRIu64, instance_id);
	sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

static uint64_t column_number(sqlite3_stmt *statement, int index)
{
	return (uint64_t)sqlite3_column_int64(statement, index);
}

/* Of a record: what is less than 0 in a damaged file would be a number beyond all others. */
static int column_record(sqlite3_stmt *statement, int index, uint64_t *ret_number)
{
	*ret_number = column_number(statement, index);
	return *ret_number > INT64_MAX ? SQLITE_CORRUPT : SQLITE_ROW;
}

static uint64_t column_instance(sqlite3_stmt *statement, int index)
{
	const char *text = (const char *)sqlite3_column_text(statement, index);

	return text ? strtoull(text, NULL, 10) : 0;
}

static int on_progress(void *data)
{
	const struct database *database = data;

	return monotonic_ns() >= database->until_ns;
}

/* Only "ok" is well; a check that is not done in time is taken as well, too. */
static int check(struct database *database)
{
	sqlite3_stmt *statement;
	int r = sqlite3_prepare_v2(database->db, "PRAGMA quick_check(1)", -1, &statement,
				   NULL);

	if (r != SQLITE_OK)
		return r;
	database->until_ns = monotonic_ns() + CHECK_NS;
	sqlite3_progress_handler(database->db, CHECK_STEPS, on_progress, database);
	r = sqlite3_step(statement);
	if (r == SQLITE_ROW &&
	    strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
		r = SQLITE_CORRUPT;
	sqlite3_progress_handler(database->db, 0, NULL, NULL);
	sqlite3_finalize(statement);
	return r == SQLITE_ROW || r == SQLITE_INTERRUPT ? SQLITE_OK : r;
}

static int open_file(struct database *database, const char *path, int flags)
{
	int r = sqlite3_open_v2(path, &database->db, flags | SQLITE_OPEN_NOMUTEX |
				SQLITE_OPEN_PRIVATECACHE, NULL);

	if (r != SQLITE_OK)
		return r;
	sqlite3_extended_result_codes(database->db, 1);
	sqlite3_busy_timeout(database->db, BUSY_MS);
	/* What the file says is data: it calls no functions. */
	sqlite3_db_config(database->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(database->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return sqlite3_exec(database->db, "PRAGMA cell_size_check = 1", NULL, NULL, NULL);
}

static int prepare_to_write(struct database *database)
{
	/*
	 * The first has to come first: it says how a file is made. With the last one, what is
	 * deleted is not written over where that needs room in the log: on a full disk there is
	 * none.
	 */
	int r = sqlite3_exec(database->db, "PRAGMA auto_vacuum = INCREMENTAL;"
			     "PRAGMA journal_mode = WAL;"
			     "PRAGMA synchronous = NORMAL;"
			     "PRAGMA journal_size_limit = 8388608;"
			     "PRAGMA secure_delete = FAST;", NULL, NULL, NULL);

	if (r == SQLITE_OK)
		r = check(database);
	if (r == SQLITE_OK)
		r = schema_check(database->db);
	if (r == SQLITE_OK)
		r = schema_migrate(database->db);
	/* Opened read-only for want of rights, it is told at the first write only. */
	if (r == SQLITE_OK && sqlite3_db_readonly(database->db, "main"))
		r = SQLITE_READONLY;
	return r;
}

static int prepare_to_read(struct database *database)
{
	database->read_ns = DATABASE_READ_SEC * NSEC_PER_SEC;
	database->until_ns = monotonic_ns() + database->read_ns;
	sqlite3_progress_handler(database->db, READ_STEPS, on_progress, database);
	return schema_check(database->db);
}

/* What has been read before does not count. */
static void begin_reading(struct database *database)
{
	database->until_ns = monotonic_ns() + database->read_ns;
}

static void rest_reading(struct database *database)
{
	const uint64_t now_ns = monotonic_ns();

	database->read_ns = database->until_ns > now_ns ? database->until_ns - now_ns : 0;
}

void database_limit_reading(struct database *database, uint64_t limit_ns)
{
	database->read_ns = limit_ns;
}

static int open_as(const char *path, int flags, int (*then)(struct database *database),
		   struct database **ret_database, char *problem)
{
	struct database *database = calloc(1, sizeof(*database));
	int r;

	if (!database) {
		snprintf(problem, DATABASE_PROBLEM_SIZE, "out of memory");
		return -ENOMEM;
	}
	r = open_file(database, path, flags);
	if (r == SQLITE_OK && then)
		r = then(database);
	if (r != SQLITE_OK) {
		r = fail(database, r, problem);
		database_close(database);
		return r;
	}
	*ret_database = database;
	return 0;
}

int database_open(const char *path, struct database **ret_database,
		  char problem[static DATABASE_PROBLEM_SIZE])
{
	return open_as(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, prepare_to_write,
		       ret_database, problem);
}

int database_open_reader(const char *path, struct database **ret_database,
			 char problem[static DATABASE_PROBLEM_SIZE])
{
	return open_as(path, SQLITE_OPEN_READONLY, prepare_to_read, ret_database, problem);
}

struct database *database_close(struct database *database)
{
	size_t i;

	if (!database)
		return NULL;
	tick_reading_end(database->reading);
	for (i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(database->statements[i]);
	sqlite3_close(database->db);
	free(database);
	return NULL;
}

/* The log and its index belong to the file: with a new one they would damage that. */
int database_move_aside(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char from[4096], to[4096];
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", path, suffixes[i]);
		snprintf(to, sizeof(to), "%s.corrupt%s", path, suffixes[i]);
		if (!rename(from, to))
			continue;
		if (errno != ENOENT || !i)
			return -errno;
		unlink(to);
	}
	return 0;
}

/* SQLITE_DONE if it is not there. */
static int find_load(struct database *database, const char *boot_id, uint64_t instance_id,
		     sqlite3_int64 *ret_load, uint64_t *ret_next)
{
	enum statement which = boot_id ? FIND_LOAD : FIND_INSTANCE;
	sqlite3_stmt *statement;
	int r = prepare(database, which, &statement);

	if (r != SQLITE_OK)
		return r;
	bind_instance(statement, 1, instance_id);
	if (boot_id)
		sqlite3_bind_text(statement, 2, boot_id, -1, SQLITE_STATIC);
	r = sqlite3_step(statement);
	if (r == SQLITE_ROW) {
		*ret_load = sqlite3_column_int64(statement, 0);
		r = column_record(statement, 1, ret_next);
	}
	sqlite3_reset(statement);
	return r == SQLITE_ROW ? SQLITE_OK : r;
}

static int add_load(struct database *database, const char *boot_id, uint64_t instance_id,
		    sqlite3_int64 *ret_load)
{
	sqlite3_stmt *statement;
	int r = prepare(database, ADD_LOAD, &statement);

	if (r != SQLITE_OK)
		return r;
	bind_instance(statement, 1, instance_id);
	sqlite3_bind_text(statement, 2, boot_id, -1, SQLITE_STATIC);
	r = finish(statement);
	*ret_load = sqlite3_last_insert_rowid(database->db);
	return r;
}

int database_cursor(struct database *database, const char *boot_id, uint64_t instance_id,
		    uint64_t *ret_next, char problem[static DATABASE_PROBLEM_SIZE])
{
	sqlite3_int64 load;
	uint64_t next = 1;
	int r = find_load(database, boot_id, instance_id, &load, &next);

	if (r != SQLITE_OK && r != SQLITE_DONE)
		return fail(database, r, problem);
	*ret_next = next ? next : 1;
	return 0;
}

static void bind_bytes(sqlite3_stmt *statement, int index, const void *bytes, size_t size)
{
	sqlite3_bind_blob(statement, index, bytes, (int)size, SQLITE_STATIC);
}

static void bind_exit(sqlite3_stmt *statement, const struct exit_batch *batch,
		      const struct exit_entry *entry)
{
	const char *path = batch_path(batch, entry);

	bind_number(statement, 1, entry->number);
	bind_number(statement, 2, entry->end_ns);
	bind_number(statement, 3, entry->pid);
	bind_number(statement, 4, entry->uid);
	bind_number(statement, 5, entry->euid);
	bind_number(statement, 6, entry->gid);
	bind_number(statement, 7, entry->egid);
	bind_number(statement, 8, entry->start_time_ns);
	sqlite3_bind_int(statement, 9, entry->status);
	bind_number(statement, 10, entry->flags);
	bind_bytes(statement, 11, entry->comm, strlen(entry->comm));
	if (entry->flags & TASKMETER_EXIT_COMMAND_LINE)
		bind_bytes(statement, 12, batch_command_line(batch, entry),
			   entry->command_line_size);
	bind_number(statement, 13, entry->cgroup_id);
	if (path)
		bind_bytes(statement, 14, path, entry->path_size - 1);
	bind_bytes(statement, 15, batch_packed(batch, entry), entry->packed_size);
}

static int add_exits(struct database *database, sqlite3_int64 load,
		     const struct exit_batch *batch)
{
	sqlite3_stmt *statement;
	size_t i;
	int r = SQLITE_OK;

	for (i = 0; r == SQLITE_OK && i < batch->count; i++) {
		r = prepare(database, ADD_EXIT, &statement);
		if (r != SQLITE_OK)
			return r;
		bind_exit(statement, batch, &batch->entries[i]);
		sqlite3_bind_int64(statement, 16, load);
		r = finish(statement);
	}
	return r;
}

static int add_lost_row(struct database *database, sqlite3_int64 load, uint64_t first,
			uint64_t last, uint64_t count, uint64_t now_ns)
{
	sqlite3_stmt *statement;
	int r = prepare(database, ADD_LOST, &statement);

	if (r != SQLITE_OK)
		return r;
	sqlite3_bind_int64(statement, 1, load);
	bind_number(statement, 2, first);
	bind_number(statement, 3, last);
	bind_number(statement, 4, count);
	bind_number(statement, 5, now_ns);
	return finish(statement);
}

/* The number of the @index-th record; behind the last one, where the batch ends. */
static uint64_t number_at(const struct exit_batch *batch, size_t index)
{
	return index < batch->count ? batch->entries[index].number : batch->next;
}

static size_t count_gaps(const struct exit_batch *batch)
{
	uint64_t expected = batch->first;
	size_t i, gaps = 0;

	for (i = 0; i <= batch->count; i++) {
		gaps += number_at(batch, i) > expected;
		expected = number_at(batch, i) + 1;
	}
	return gaps;
}

static int add_gaps(struct database *database, sqlite3_int64 load,
		    const struct exit_batch *batch, uint64_t now_ns)
{
	uint64_t expected = batch->first, number;
	size_t i;
	int r = SQLITE_OK;

	for (i = 0; r == SQLITE_OK && i <= batch->count; i++) {
		number = number_at(batch, i);
		if (number > expected)
			r = add_lost_row(database, load, expected, number - 1,
					 number - expected, now_ns);
		expected = number + 1;
	}
	return r;
}

/* Each gap is one row, unless it is not known which of them were evicted. */
static int add_lost(struct database *database, sqlite3_int64 load,
		    const struct exit_batch *batch, uint64_t now_ns)
{
	if (!batch->lost)
		return SQLITE_OK;
	if (batch->exact && count_gaps(batch) <= LOST_ROWS_MAX)
		return add_gaps(database, load, batch, now_ns);
	return add_lost_row(database, load, batch->first, batch->next - 1, batch->lost,
			    now_ns);
}

static int set_next(struct database *database, sqlite3_int64 load, uint64_t next)
{
	sqlite3_stmt *statement;
	int r = prepare(database, SET_NEXT, &statement);

	if (r != SQLITE_OK)
		return r;
	sqlite3_bind_int64(statement, 1, load);
	bind_number(statement, 2, next);
	return finish(statement);
}

static int write_batch(struct database *database, const char *boot_id,
		       const struct exit_batch *batch, uint64_t now_ns)
{
	sqlite3_int64 load = 0;
	uint64_t next;
	int r = find_load(database, boot_id, batch->instance_id, &load, &next);

	if (r == SQLITE_DONE)
		r = add_load(database, boot_id, batch->instance_id, &load);
	if (r == SQLITE_OK)
		r = add_exits(database, load, batch);
	if (r == SQLITE_OK)
		r = add_lost(database, load, batch, now_ns);
	return r == SQLITE_OK ? set_next(database, load, batch->next) : r;
}

/* Keeps the error that led here: rolling back has one of its own. */
static int end_transaction(struct database *database, int r, char *problem)
{
	if (r == SQLITE_OK)
		r = execute(database, COMMIT);
	if (r == SQLITE_OK)
		return 0;
	r = fail(database, r, problem);
	if (!sqlite3_get_autocommit(database->db))
		execute(database, ROLLBACK);
	return r;
}

int database_store(struct database *database, const char *boot_id,
		   const struct exit_batch *batch, uint64_t now_ns,
		   char problem[static DATABASE_PROBLEM_SIZE])
{
	int r = execute(database, BEGIN);

	if (r != SQLITE_OK)
		return fail(database, r, problem);
	r = write_batch(database, boot_id, batch, now_ns);
	return end_transaction(database, r, problem);
}

int database_store_tick(struct database *database, const struct tick_head *head,
			const struct block *packed,
			char problem[static DATABASE_PROBLEM_SIZE])
{
	int r = tick_table_add(database->db, head, packed->bytes, packed->size);

	return r == SQLITE_OK ? 0 : fail(database, r, problem);
}

static int roll_series(struct database *database)
{
	bool rolled;
	int r = series_table_roll(database->db, SERIES_SECONDS, &rolled);

	if (r == SQLITE_OK)
		r = series_table_roll(database->db, SERIES_TENS, &rolled);
	return r;
}

int database_store_series(struct database *database, const struct series_row *row,
			  const struct block *packed,
			  char problem[static DATABASE_PROBLEM_SIZE])
{
	int r = execute(database, BEGIN);

	if (r != SQLITE_OK)
		return fail(database, r, problem);
	r = series_table_add(database->db, row, packed);
	if (r == SQLITE_OK)
		r = roll_series(database);
	return end_transaction(database, r, problem);
}

int database_read_series(struct database *database, const struct series_query *query,
			 struct series_answer *ret_answer,
			 char problem[static DATABASE_PROBLEM_SIZE])
{
	int r;

	begin_reading(database);
	*ret_answer = (struct series_answer) { .count = 0 };
	r = series_table_read(database->db, query, ret_answer);
	return r == SQLITE_OK ? 0 : fail(database, r, problem);
}

int database_read_past(struct database *database, uint64_t at_ns, struct past *ret_past,
		       char problem[static DATABASE_PROBLEM_SIZE])
{
	int r;

	begin_reading(database);
	r = tick_table_read(database->db, at_ns, ret_past);
	if (r == SQLITE_DONE) {
		snprintf(problem, DATABASE_PROBLEM_SIZE, "nothing is stored of that time");
		return -ENOENT;
	}
	return r == SQLITE_OK ? 0 : fail(database, r, problem);
}

int database_read_track(struct database *database, const struct track_query *query,
			struct track *track,
			char problem[static DATABASE_PROBLEM_SIZE])
{
	int r;

	begin_reading(database);
	r = tick_table_track(database->db, query, track, &database->reading);
	if (r == SQLITE_ROW) {
		rest_reading(database);
		return 1;
	}
	database->reading = tick_reading_end(database->reading);
	if (r == SQLITE_TOOBIG) {
		snprintf(problem, DATABASE_PROBLEM_SIZE, "too many ticks");
		return -E2BIG;
	}
	return r == SQLITE_OK ? 0 : fail(database, r, problem);
}

int database_size(struct database *database, uint64_t *ret_bytes,
		  char problem[static DATABASE_PROBLEM_SIZE])
{
	uint64_t used;
	int r = quota_read(database->db, &used, ret_bytes);

	return r == SQLITE_OK ? 0 : fail(database, r, problem);
}

bool database_is_full(struct database *database, const struct database_limits *limits)
{
	uint64_t used, file;

	return limits->bytes && quota_read(database->db, &used, &file) == SQLITE_OK &&
	       (used + QUOTA_RESERVE > limits->bytes || file > limits->bytes);
}

void database_restart_log(struct database *database)
{
	sqlite3_wal_checkpoint_v2(database->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
}

bool database_has_moved(struct database *database)
{
	int moved = 0;

	sqlite3_file_control(database->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	return moved;
}

static int prune(struct database *database, enum statement which, uint64_t limit, int *deleted)
{
	sqlite3_stmt *statement;
	int r = prepare(database, which, &statement);

	if (r != SQLITE_OK)
		return r;
	bind_number(statement, 1, limit);
	sqlite3_bind_int(statement, 2, PRUNE_ROWS);
	r = finish(statement);
	if (r == SQLITE_OK && sqlite3_changes(database->db) > *deleted)
		*deleted = sqlite3_changes(database->db);
	return r;
}

static int oldest_exit(struct database *database, uint64_t *ret_ns)
{
	sqlite3_stmt *statement;
	int r = prepare(database, FIND_OLDEST, &statement);

	if (r != SQLITE_OK)
		return r;
	r = sqlite3_step(statement);
	*ret_ns = r == SQLITE_ROW ? column_number(statement, 0) : UINT64_MAX;
	sqlite3_reset(statement);
	return r == SQLITE_ROW || r == SQLITE_DONE ? SQLITE_OK : r;
}

/* What is in the future came from a clock that went wrong: nothing is older than that. */
static uint64_t age_of(uint64_t time_ns, uint64_t latest_ns)
{
	return time_ns >= latest_ns && time_ns != UINT64_MAX ? 0 : time_ns;
}

/* Whatever is oldest, records, ticks or series; nothing if there are none. */
static int prune_oldest(struct database *database, uint64_t now_ns, int *deleted)
{
	const uint64_t latest_ns = now_ns + CLOCK_NS;
	uint64_t tick, record, series;
	int none = 0, r = tick_table_oldest(database->db, &tick);

	if (r == SQLITE_OK)
		r = oldest_exit(database, &record);
	if (r == SQLITE_OK)
		r = series_table_oldest(database->db, latest_ns, &series);
	if (r != SQLITE_OK ||
	    (tick == UINT64_MAX && record == UINT64_MAX && series == UINT64_MAX))
		return r;
	tick = age_of(tick, latest_ns);
	record = age_of(record, latest_ns);
	series = age_of(series, latest_ns);
	if (series < tick && series < record)
		r = series_table_drop(database->db, latest_ns, SERIES_ROWS);
	else if (tick <= record)
		r = tick_table_drop(database->db);
	else
		r = prune(database, PRUNE_OLDEST, 0, &none);
	if (r == SQLITE_OK && sqlite3_changes(database->db))
		*deleted = PRUNE_ROWS;
	return r;
}

static int prune_series(struct database *database, const struct database_limits *limits,
			uint64_t now_ns, int *deleted)
{
	uint64_t age;
	int tier, rows, r = SQLITE_OK;

	for (tier = 0; r == SQLITE_OK && tier < SERIES_TIERS; tier++) {
		age = limits->series_age_ns[tier];
		rows = 0;
		if (now_ns > age)
			r = series_table_prune(database->db, (enum series_tier)tier, now_ns - age,
					       PRUNE_ROWS, &rows);
		if (rows > *deleted)
			*deleted = rows;
	}
	return r;
}

static int prune_old(struct database *database, const struct database_limits *limits,
		     uint64_t now_ns, int *deleted)
{
	uint64_t oldest = now_ns > limits->age_ns ? now_ns - limits->age_ns : 0;
	int ticks = 0, r = prune(database, PRUNE_AGE, oldest, deleted);

	if (r == SQLITE_OK)
		r = prune(database, PRUNE_COUNT, limits->records, deleted);
	if (r == SQLITE_OK)
		r = prune(database, PRUNE_LOST, oldest, deleted);
	if (r == SQLITE_OK)
		r = tick_table_prune(database->db, oldest, PRUNE_ROWS, &ticks);
	if (ticks == PRUNE_ROWS)
		*deleted = ticks;
	return r == SQLITE_OK ? prune_series(database, limits, now_ns, deleted) : r;
}

/*
 * Free room is used again; it is given back only where the file is larger than it may be.
 * There is more to do only if that helped.
 */
static int shrink(struct database *database, const struct database_limits *limits, int *more)
{
	uint64_t used, file, now;
	int r = quota_read(database->db, &used, &file);

	if (r != SQLITE_OK || !limits->bytes || file <= limits->bytes || used == file ||
	    used > limits->bytes)
		return r;
	if (monotonic_ns() < database->shrink_after_ns)
		return SQLITE_OK;
	r = quota_shrink(database->db);
	/* Where it cannot be written anew, as without room, it stays as it is. */
	if (r != SQLITE_OK && errno_of(r) != -EBADMSG) {
		database->shrink_after_ns = monotonic_ns() + SHRINK_AGAIN_NS;
		return SQLITE_OK;
	}
	if (r == SQLITE_OK)
		r = quota_read(database->db, &used, &now);
	if (r == SQLITE_OK && now < file)
		*more = PRUNE_ROWS;
	return r;
}

int database_prune(struct database *database, const struct database_limits *limits,
		   uint64_t now_ns, char problem[static DATABASE_PROBLEM_SIZE])
{
	uint64_t used = 0, file;
	int deleted = 0, r = execute(database, BEGIN);

	if (r != SQLITE_OK)
		return fail(database, r, problem);
	r = prune_old(database, limits, now_ns, &deleted);
	if (r == SQLITE_OK && limits->bytes)
		r = quota_read(database->db, &used, &file);
	if (r == SQLITE_OK && used + QUOTA_RESERVE > limits->bytes && limits->bytes)
		r = prune_oldest(database, now_ns, &deleted);
	r = end_transaction(database, r, problem);
	if (r < 0)
		return r;
	r = shrink(database, limits, &deleted);
	return r == SQLITE_OK ? deleted == PRUNE_ROWS : fail(database, r, problem);
}

static void read_bytes(sqlite3_stmt *statement, int index, size_t max, const void **ret_bytes,
		       uint32_t *ret_size)
{
	size_t size = (size_t)sqlite3_column_bytes(statement, index);

	*ret_bytes = sqlite3_column_blob(statement, index);
	*ret_size = (uint32_t)(size < max ? size : max);
}

/* Row by row; what a damaged file says may be anything. */
static int read_exit(sqlite3_stmt *statement, struct exit_batch *batch)
{
	const void *comm, *command_line, *path, *packed;
	char path_text[BATCH_PATH_SIZE];
	struct exit_entry entry = {
		.number = column_number(statement, 0),
		.end_ns = column_number(statement, 1),
		.pid = (uint32_t)column_number(statement, 2),
		.uid = (uint32_t)column_number(statement, 3),
		.euid = (uint32_t)column_number(statement, 4),
		.gid = (uint32_t)column_number(statement, 5),
		.egid = (uint32_t)column_number(statement, 6),
		.start_time_ns = column_number(statement, 7),
		.status = sqlite3_column_int(statement, 8),
		.flags = (uint32_t)column_number(statement, 9),
		.cgroup_id = column_number(statement, 12),
	};
	uint32_t comm_size;

	read_bytes(statement, 10, sizeof(entry.comm) - 1, &comm, &comm_size);
	if (comm)
		memcpy(entry.comm, comm, comm_size);
	read_bytes(statement, 11, TASKMETER_COMMAND_LINE_LEN, &command_line,
		   &entry.command_line_size);
	read_bytes(statement, 13, sizeof(path_text) - 1, &path, &entry.path_size);
	if (path)
		memcpy(path_text, path, entry.path_size);
	path_text[entry.path_size] = '\0';
	if (path)
		entry.path_size++;
	read_bytes(statement, 14, UINT16_MAX, &packed, &entry.packed_size);
	return batch_add_packed(batch, &entry, packed, command_line, path_text);
}

static void bind_query(sqlite3_stmt *statement, sqlite3_int64 load, uint64_t from,
		       const struct database_query *query)
{
	sqlite3_bind_int64(statement, 1, load);
	bind_record(statement, 2, from);
	if (query->before)
		bind_record(statement, 3, query->before);
	if (query->has_uid)
		bind_number(statement, 4, query->uid);
	sqlite3_bind_int(statement, 5, query->failed);
	sqlite3_bind_int(statement, 6, query->oom ? TASKMETER_EXIT_OOM : 0);
	bind_number(statement, 7, query->limit);
}

static int read_exits(struct database *database, sqlite3_int64 load,
		      const struct database_query *query, struct exit_batch *batch)
{
	sqlite3_stmt *statement;
	int r = prepare(database, READ_EXITS, &statement);

	if (r != SQLITE_OK)
		return r;
	bind_query(statement, load, batch->first, query);
	while ((r = sqlite3_step(statement)) == SQLITE_ROW) {
		if (read_exit(statement, batch) < 0) {
			r = SQLITE_CORRUPT;
			break;
		}
	}
	sqlite3_reset(statement);
	return r == SQLITE_DONE ? SQLITE_OK : r;
}

static int sum_lost(struct database *database, sqlite3_int64 load,
		    const struct exit_batch *batch, uint64_t next, uint64_t *ret_lost)
{
	sqlite3_stmt *statement;
	int r = prepare(database, SUM_LOST, &statement);

	if (r != SQLITE_OK)
		return r;
	sqlite3_bind_int64(statement, 1, load);
	bind_record(statement, 2, batch->first);
	bind_record(statement, 3, next);
	r = sqlite3_step(statement);
	if (r == SQLITE_ROW)
		*ret_lost = column_number(statement, 0);
	sqlite3_reset(statement);
	return r == SQLITE_ROW ? SQLITE_OK : r;
}

static int find_next_load(struct database *database, sqlite3_int64 load, uint64_t *ret_instance)
{
	sqlite3_stmt *statement;
	int r = prepare(database, FIND_NEXT_LOAD, &statement);

	if (r != SQLITE_OK)
		return r;
	sqlite3_bind_int64(statement, 1, load);
	r = sqlite3_step(statement);
	if (r == SQLITE_ROW)
		*ret_instance = column_instance(statement, 0);
	sqlite3_reset(statement);
	return r == SQLITE_ROW || r == SQLITE_DONE ? SQLITE_OK : r;
}

/* A time becomes a load and a number; SQLITE_DONE if there is nothing since. */
static int find_start(struct database *database, const struct database_query *query,
		      uint64_t *instance_id, uint64_t *from)
{
	sqlite3_stmt *statement;
	int r;

	if (!query->since_ns)
		return SQLITE_OK;
	r = prepare(database, FIND_TIME, &statement);
	if (r != SQLITE_OK)
		return r;
	bind_number(statement, 1, query->since_ns);
	r = sqlite3_step(statement);
	if (r == SQLITE_ROW && sqlite3_column_type(statement, 0) == SQLITE_NULL)
		r = SQLITE_DONE;
	if (r == SQLITE_ROW) {
		*instance_id = column_instance(statement, 2);
		r = column_record(statement, 1, from);
	}
	sqlite3_reset(statement);
	return r == SQLITE_ROW ? SQLITE_OK : r;
}

/* The number up to which a page looks, if that is before @before, which may be 0. */
static int find_bound(struct database *database, const struct database_query *query,
		      sqlite3_int64 load, uint64_t from, uint64_t *before)
{
	sqlite3_stmt *statement;
	int r;

	if (!query->has_uid && !query->failed && !query->oom)
		return SQLITE_OK;
	r = prepare(database, FIND_BOUND, &statement);
	if (r != SQLITE_OK)
		return r;
	sqlite3_bind_int64(statement, 1, load);
	bind_record(statement, 2, from);
	sqlite3_bind_int(statement, 3, SCAN_ROWS);
	r = sqlite3_step(statement);
	if (r == SQLITE_ROW && (!*before || column_number(statement, 0) < *before))
		*before = column_number(statement, 0);
	sqlite3_reset(statement);
	return r == SQLITE_ROW || r == SQLITE_DONE ? SQLITE_OK : r;
}

/* @end is where this load's numbers end. */
static int read_page(struct database *database, const struct database_query *query,
		     sqlite3_int64 load, uint64_t end, struct database_page *page)
{
	struct database_query part = *query;
	uint64_t lost = 0;
	int r = find_bound(database, query, load, page->batch->first, &part.before);

	if (r == SQLITE_OK)
		r = read_exits(database, load, &part, page->batch);
	if (part.before && part.before < end)
		end = part.before;
	page->end = page->batch->count < query->limit && part.before == query->before;
	if (page->batch->count == query->limit || end < page->batch->next)
		end = page->batch->next;
	if (r == SQLITE_OK)
		r = sum_lost(database, load, page->batch, end, &lost);
	if (r == SQLITE_OK && page->end)
		r = find_next_load(database, load, &page->next_instance);
	batch_close(page->batch, end, lost);
	return r;
}

int database_read(struct database *database, const struct database_query *query,
		  struct database_page *ret_page,
		  char problem[static DATABASE_PROBLEM_SIZE])
{
	uint64_t instance_id = query->instance_id, from = query->from, end = 0;
	struct database_page page = { 0 };
	sqlite3_int64 load = 0;
	int r;

	begin_reading(database);
	r = find_start(database, query, &instance_id, &from);
	if (r == SQLITE_OK)
		r = find_load(database, NULL, instance_id, &load, &end);
	if (r == SQLITE_DONE) {
		snprintf(problem, DATABASE_PROBLEM_SIZE, "there are no such records");
		return -ENOENT;
	}
	page.batch = r == SQLITE_OK ? batch_new(instance_id, from ? from : 1) : NULL;
	if (r == SQLITE_OK)
		r = page.batch ? read_page(database, query, load, end, &page) : SQLITE_NOMEM;
	if (r != SQLITE_OK) {
		batch_unref(page.batch);
		return fail(database, r, problem);
	}
	*ret_page = page;
	return 0;
}
