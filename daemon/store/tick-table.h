/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of ticks in the file of the history. Behind database.h, which see; all
 * functions return an SQLite result code.
 */
#ifndef TASKMETERD_STORE_TICK_TABLE_H
#define TASKMETERD_STORE_TICK_TABLE_H

#include "store/track.h"

struct sqlite3;
struct tick_reading;

/* A tick tells of the time up to so many intervals later, if no other one does. */
#define TICK_TABLE_REACH	3

/**
 * tick_table_add() - store a tick
 * @db: opened to write
 * @head: which one
 * @bytes: its block, as it is stored
 * @size: how many
 */
int tick_table_add(struct sqlite3 *db, const struct tick_head *head, const void *bytes,
		   size_t size);

/**
 * tick_table_read() - read the last tick that is not after a time
 * @db: the file
 * @at_ns: Unix time
 * @ret_past: to be cleared by the caller, also if this failed
 *
 * Return: SQLITE_OK; SQLITE_DONE if nothing is stored of that time: @ret_past tells what is
 * before and after; SQLITE_CORRUPT; another one.
 */
int tick_table_read(struct sqlite3 *db, uint64_t at_ns, struct past *ret_past);

/**
 * tick_table_track() - read the track of a process, or go on with that
 * @db: the file
 * @query: of which process and time
 * @track: gets the points
 * @reading: how far it is; NULL to begin. To be ended with tick_reading_end()
 *
 * Ticks that are damaged are left out, with those that follow on them.
 *
 * Return: SQLITE_ROW if the turn is over: there is more; SQLITE_OK at the end, also if there
 * are none; SQLITE_TOOBIG for more than TRACK_TICKS_MAX, or more records than @query allows;
 * another one.
 */
int tick_table_track(struct sqlite3 *db, const struct track_query *query,
		     struct track *track, struct tick_reading **reading);

/**
 * tick_reading_end() - read no further
 * @reading: may be NULL
 *
 * Return: NULL.
 */
struct tick_reading *tick_reading_end(struct tick_reading *reading);

/**
 * tick_table_prune() - delete some ticks from before a time
 * @db: opened to write
 * @before_ns: Unix time; what is needed to read what came later stays
 * @rows: how many at most
 * @ret_deleted: how many
 */
int tick_table_prune(struct sqlite3 *db, uint64_t before_ns, int rows, int *ret_deleted);

/**
 * tick_table_drop() - delete the oldest ticks, a keyframe and those that follow on it
 * @db: opened to write
 */
int tick_table_drop(struct sqlite3 *db);

/**
 * tick_table_oldest() - when the oldest tick was
 * @db: the file
 * @ret_ns: Unix time; UINT64_MAX if there is none
 */
int tick_table_oldest(struct sqlite3 *db, uint64_t *ret_ns);

#endif
