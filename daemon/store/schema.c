// SPDX-License-Identifier: GPL-2.0-or-later
/* See schema.h. */
#include "store/schema.h"

#include <sqlite3.h>
#include <stdio.h>
#include "store/database.h"

/*
 * What leads from each version to the next. A version that was once released stays as
 * it is here.
 *
 * exits.counters holds what pack_words() makes of three structures: how it ended, its
 * totals, its histograms.
 */
static const char *const steps[DATABASE_VERSION] = {
	[0] =
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
	/* Of the numbers from first to last, so many are neither in exits nor anywhere. */
	"CREATE TABLE lost ("
	" id INTEGER PRIMARY KEY,"
	" load INTEGER NOT NULL REFERENCES cursor,"
	" first INTEGER NOT NULL,"
	" last INTEGER NOT NULL,"
	" count INTEGER NOT NULL,"
	" noted_ns INTEGER NOT NULL,"
	" UNIQUE (load, first));",
	[1] =
	/* A block each, see block.h: what is not a keyframe is read after those before it. */
	"CREATE TABLE ticks ("
	" id INTEGER PRIMARY KEY,"
	" time_ns INTEGER NOT NULL,"
	" keyframe INTEGER NOT NULL,"
	" block BLOB NOT NULL);"
	"CREATE INDEX ticks_time ON ticks (time_ns);",
	[2] =
	/*
	 * A block each, see series.h. Those of a tier up to the id in series_rolled are part of
	 * the next tier, too.
	 */
	"CREATE TABLE series ("
	" id INTEGER PRIMARY KEY,"
	" tier INTEGER NOT NULL,"
	" kind INTEGER NOT NULL,"
	" first_ns INTEGER NOT NULL,"
	" last_ns INTEGER NOT NULL,"
	" block BLOB NOT NULL);"
	"CREATE INDEX series_time ON series (tier, last_ns, kind, first_ns);"
	"CREATE TABLE series_rolled ("
	" tier INTEGER PRIMARY KEY,"
	" id INTEGER NOT NULL);"
	"INSERT INTO series_rolled (tier, id) VALUES (0, 0), (1, 0);",
};

static int number_of(sqlite3 *db, const char *sql, int *ret_number)
{
	sqlite3_stmt *statement;
	int r = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (r != SQLITE_OK)
		return r;
	r = sqlite3_step(statement);
	if (r == SQLITE_ROW)
		*ret_number = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return r == SQLITE_ROW ? SQLITE_OK : r;
}

static int set_version(sqlite3 *db, int version)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", version);
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* Somebody else's file has tables, but not our version. */
static int check_ours(sqlite3 *db, int version)
{
	int tables = 0, r;

	if (version < 0 || version > DATABASE_VERSION)
		return SQLITE_MISMATCH;
	if (version)
		return SQLITE_OK;
	r = number_of(db, "SELECT count(*) FROM sqlite_master", &tables);
	return r == SQLITE_OK && tables ? SQLITE_MISMATCH : r;
}

/* Virtual tables have no page of their own. */
int schema_check(sqlite3 *db)
{
	int others = 0, r;

	r = number_of(db, "SELECT count(*) FROM sqlite_master"
		      " WHERE type NOT IN ('table', 'index') OR rootpage < 2", &others);
	return r == SQLITE_OK && others ? SQLITE_MISMATCH : r;
}

static int migrate_in_transaction(sqlite3 *db)
{
	int version = 0, r = number_of(db, "PRAGMA user_version", &version);

	if (r == SQLITE_OK)
		r = check_ours(db, version);
	for (; r == SQLITE_OK && version < DATABASE_VERSION; version++)
		r = sqlite3_exec(db, steps[version], NULL, NULL, NULL);
	return r == SQLITE_OK ? set_version(db, DATABASE_VERSION) : r;
}

int schema_migrate(sqlite3 *db)
{
	int version = 0, r = number_of(db, "PRAGMA user_version", &version);

	if (r != SQLITE_OK || version == DATABASE_VERSION)
		return r;
	r = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (r != SQLITE_OK)
		return r;
	r = migrate_in_transaction(db);
	if (r == SQLITE_OK)
		return sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}
