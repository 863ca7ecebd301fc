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

#endif
