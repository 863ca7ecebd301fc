/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of the history, and how an older file becomes one of this version.
 *
 * Numbers of 64 bits without a sign are stored as SQLite's numbers with one; instance ids
 * are text, as they use all bits.
 */
#ifndef TASKMETERD_STORE_SCHEMA_H
#define TASKMETERD_STORE_SCHEMA_H

struct sqlite3;

/**
 * schema_migrate() - bring a file to DATABASE_VERSION
 * @db: opened to write
 *
 * Return: an SQLite result code; SQLITE_MISMATCH if the file is newer or of somebody
 * else.
 */
int schema_migrate(struct sqlite3 *db);

/**
 * schema_check() - whether all in the file is data
 * @db: the file
 *
 * Views, triggers and virtual tables are programs: what is read from them may take forever,
 * and they may write where we do. No version of ours has any. Who moves ours away has a table
 * less.
 *
 * Return: an SQLite result code; SQLITE_MISMATCH if it is not.
 */
int schema_check(struct sqlite3 *db);

#endif
