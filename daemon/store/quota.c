// SPDX-License-Identifier: GPL-2.0-or-later
/* See quota.h. */
#include "store/quota.h"

#include <sqlite3.h>
#include <stddef.h>

/* Of PRAGMA auto_vacuum. */
#define INCREMENTAL	2

static int pragma(sqlite3 *db, const char *sql, uint64_t *ret_number)
{
	sqlite3_stmt *statement;
	int r = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (r != SQLITE_OK)
		return r;
	r = sqlite3_step(statement);
	if (r == SQLITE_ROW)
		*ret_number = (uint64_t)sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return r == SQLITE_ROW ? SQLITE_OK : r;
}

int quota_read(sqlite3 *db, uint64_t *ret_used, uint64_t *ret_file)
{
	uint64_t size = 0, pages = 0, unused = 0;
	int r = pragma(db, "PRAGMA page_size", &size);

	if (r == SQLITE_OK)
		r = pragma(db, "PRAGMA page_count", &pages);
	if (r == SQLITE_OK)
		r = pragma(db, "PRAGMA freelist_count", &unused);
	*ret_used = (pages - unused) * size;
	*ret_file = pages * size;
	return r;
}

int quota_shrink(sqlite3 *db)
{
	uint64_t mode = 0;
	int r = pragma(db, "PRAGMA auto_vacuum", &mode);

	if (r != SQLITE_OK)
		return r;
	return sqlite3_exec(db, mode == INCREMENTAL ? "PRAGMA incremental_vacuum(1024)" :
			    "PRAGMA auto_vacuum = INCREMENTAL; VACUUM", NULL, NULL, NULL);
}
