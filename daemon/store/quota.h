/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How large the file of the history is. Behind database.h, which see; functions return an
 * SQLite result code.
 */
#ifndef TASKMETERD_STORE_QUOTA_H
#define TASKMETERD_STORE_QUOTA_H

#include <stdint.h>

struct sqlite3;

/* What may come at once without the file becoming larger than it may be. */
#define QUOTA_RESERVE	(UINT64_C(2) << 20)

/**
 * quota_read() - bytes of the file, without its log
 * @db: the file
 * @ret_used: those that hold something
 * @ret_file: all of them
 */
int quota_read(struct sqlite3 *db, uint64_t *ret_used, uint64_t *ret_file);

/**
 * quota_shrink() - give some of what is free back
 * @db: opened to write, no transaction
 *
 * A file that an older version made is written anew, the first time.
 */
int quota_shrink(struct sqlite3 *db);

#endif
