// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See tick-table.h. There is one writer, so that the ticks of a chain have ids that
 * ascend, with no others between. Statements are made when they are needed: they are rare.
 */
#include "store/tick-table.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "store/block.h"

#define NSEC_PER_SEC	UINT64_C(1000000000)

_Static_assert(TRACK_TICKS_MAX == 2000, "as many, and one, are counted");

/* One number; SQLITE_DONE if there is none. Parameters are bound as far as there are. */
static int ask(sqlite3 *db, const char *sql, uint64_t first, uint64_t second, uint64_t *ret_number)
{
	sqlite3_stmt *statement;
	int r = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (r != SQLITE_OK)
		return r;
	sqlite3_bind_int64(statement, 1, (sqlite3_int64)first);
	sqlite3_bind_int64(statement, 2, (sqlite3_int64)second);
	r = sqlite3_step(statement);
	if (r == SQLITE_ROW && sqlite3_column_type(statement, 0) == SQLITE_NULL)
		r = SQLITE_DONE;
	else if (r == SQLITE_ROW)
		*ret_number = (uint64_t)sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return r == SQLITE_ROW ? SQLITE_OK : r;
}

int tick_table_add(sqlite3 *db, const struct tick_head *head, const void *bytes, size_t size)
{
	sqlite3_stmt *statement;
	int r = sqlite3_prepare_v2(db, "INSERT INTO ticks (time_ns, keyframe, block)"
				   " VALUES (?1, ?2, ?3)", -1, &statement, NULL);

	if (r != SQLITE_OK)
		return r;
	sqlite3_bind_int64(statement, 1, (sqlite3_int64)head->realtime_ns);
	sqlite3_bind_int(statement, 2, !head->position);
	sqlite3_bind_blob64(statement, 3, bytes, size, SQLITE_STATIC);
	r = sqlite3_step(statement);
	sqlite3_finalize(statement);
	return r == SQLITE_DONE ? SQLITE_OK : r;
}

/* The statement gives blocks in the order of ids; a tick that does not follow is skipped. */
static int decode_row(sqlite3_stmt *statement, struct tick *tick)
{
	struct block block;
	int r = block_expand(sqlite3_column_blob(statement, 1),
			     (size_t)sqlite3_column_bytes(statement, 1), &block);

	if (!r) {
		r = block_decode(tick, block.bytes, block.size);
		block_clear(&block);
	}
	if (r == -ESTALE)
		return SQLITE_DONE;
	if (r)
		return r == -ENOMEM ? SQLITE_NOMEM : SQLITE_CORRUPT;
	return SQLITE_OK;
}

/* A copy, before the next block changes the tick. */
static int keep(const struct tick *tick, struct tick *ret_before)
{
	size_t size = tick->count * sizeof(*tick->records);

	tick_clear(ret_before);
	ret_before->records = malloc(size + 1);
	if (!ret_before->records)
		return SQLITE_NOMEM;
	if (size)
		memcpy(ret_before->records, tick->records, size);
	ret_before->head = tick->head;
	ret_before->count = ret_before->capacity = tick->count;
	return SQLITE_OK;
}

static int read_rows(sqlite3_stmt *statement, uint64_t id, struct tick *tick,
		     struct tick *before)
{
	int r, decoded = SQLITE_DONE;
	uint64_t row;

	while ((r = sqlite3_step(statement)) == SQLITE_ROW) {
		row = (uint64_t)sqlite3_column_int64(statement, 0);
		if (row == id && keep(tick, before) != SQLITE_OK)
			return SQLITE_NOMEM;
		decoded = decode_row(statement, tick);
		if (decoded != SQLITE_OK && decoded != SQLITE_DONE)
			return decoded;
	}
	return r == SQLITE_DONE ? decoded : r;
}

/* From the keyframe that the tick before it needs. */
static int read_chain(sqlite3 *db, uint64_t first, uint64_t id, struct past *past)
{
	struct tick before = { 0 };
	sqlite3_stmt *statement;
	int r = sqlite3_prepare_v2(db, "SELECT id, block FROM ticks WHERE id >= ?1 AND"
				   " id <= ?2 ORDER BY id", -1, &statement, NULL);

	if (r != SQLITE_OK)
		return r;
	sqlite3_bind_int64(statement, 1, (sqlite3_int64)first);
	sqlite3_bind_int64(statement, 2, (sqlite3_int64)id);
	r = read_rows(statement, id, &past->tick, &before);
	sqlite3_finalize(statement);
	if (r == SQLITE_OK && past_compare(past, &before) < 0)
		r = SQLITE_NOMEM;
	tick_clear(&before);
	return r;
}

/* What is further away belongs to no chain of ours, but may take long to be read. */
static int find_first(sqlite3 *db, uint64_t id, uint64_t *ret_first)
{
	static const char keyframe[] =
		"SELECT id FROM ticks WHERE id < ?1 AND id >= ?2 AND keyframe"
		" ORDER BY id DESC LIMIT 1";
	const uint64_t least = id > TICK_CHAIN_MAX ? id - TICK_CHAIN_MAX : 0;
	int r = ask(db, keyframe, id, least, ret_first);

	if (r == SQLITE_DONE) {
		*ret_first = id;
		r = SQLITE_OK;
	}
	return r;
}

/* Whether the tick still tells of a time, though none came since. */
static bool reaches(const struct tick *tick, uint64_t at_ns)
{
	return at_ns < tick->head.realtime_ns ||
	       at_ns - tick->head.realtime_ns <= TICK_TABLE_REACH * tick->head.interval_ns;
}

static int read_past(sqlite3 *db, uint64_t at_ns, struct past *ret_past)
{
	uint64_t id, first;
	int r;

	r = ask(db, "SELECT min(time_ns) FROM ticks WHERE time_ns > ?1", at_ns, 0,
		&ret_past->after_ns);
	if (r == SQLITE_OK || r == SQLITE_DONE)
		r = ask(db, "SELECT max(time_ns) FROM ticks WHERE time_ns <= ?1", at_ns, 0,
			&ret_past->before_ns);
	if (r == SQLITE_OK)
		r = ask(db, "SELECT max(id) FROM ticks WHERE time_ns = ?1",
			ret_past->before_ns, 0, &id);
	if (r == SQLITE_OK)
		r = find_first(db, id, &first);
	if (r == SQLITE_OK)
		r = read_chain(db, first, id, ret_past);
	return r == SQLITE_OK && !reaches(&ret_past->tick, at_ns) ? SQLITE_DONE : r;
}

/* All of it as it was at one moment: the writer may delete the oldest meanwhile. */
int tick_table_read(sqlite3 *db, uint64_t at_ns, struct past *ret_past)
{
	int r = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);

	*ret_past = (struct past) { 0 };
	if (r != SQLITE_OK)
		return r;
	r = read_past(db, at_ns, ret_past);
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	return r;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

/**
 * struct tick_reading - ticks that are read in turns
 * @db: the file, in a transaction: they are as they were at one moment, though the writer may
 *	delete the oldest meanwhile
 * @statement: gives their blocks in the order of ids
 * @tick: the latest
 * @records: how many were read
 */
struct tick_reading {
	sqlite3 *db;
	sqlite3_stmt *statement;
	struct tick tick;
	uint64_t records;
};

struct tick_reading *tick_reading_end(struct tick_reading *reading)
{
	if (!reading)
		return NULL;
	sqlite3_finalize(reading->statement);
	sqlite3_exec(reading->db, "COMMIT", NULL, NULL, NULL);
	tick_clear(&reading->tick);
	free(reading);
	return NULL;
}

/* SQLITE_ROW, unless this was the last one, or one too many. */
static int track_row(struct tick_reading *reading, const struct track_query *query,
		     struct track *track)
{
	int decoded, r = sqlite3_step(reading->statement);

	if (r != SQLITE_ROW)
		return r == SQLITE_DONE ? SQLITE_OK : r;
	decoded = decode_row(reading->statement, &reading->tick);
	reading->records += reading->tick.count;
	if (reading->records > query->records_max)
		return SQLITE_TOOBIG;
	if (decoded == SQLITE_NOMEM ||
	    (decoded == SQLITE_OK && track_add(track, query, &reading->tick) < 0))
		return SQLITE_NOMEM;
	return r;
}

static int track_turn(struct tick_reading *reading, const struct track_query *query,
		      struct track *track)
{
	const uint64_t begin_ns = monotonic_ns();
	int r;

	do
		r = track_row(reading, query, track);
	while (r == SQLITE_ROW && monotonic_ns() - begin_ns < query->turn_ns);
	return r;
}

/* The ids of what is read; SQLITE_DONE if that is nothing. */
static int find_track(sqlite3 *db, const struct track_query *query, uint64_t *ret_begin,
		      uint64_t *ret_last)
{
	uint64_t first, count;
	int r = ask(db, "SELECT min(id) FROM ticks WHERE time_ns >= ?1 AND time_ns < ?2",
		    query->from_ns, query->to_ns, &first);

	if (r == SQLITE_OK)
		r = ask(db, "SELECT max(id) FROM ticks WHERE time_ns >= ?1 AND time_ns < ?2",
			query->from_ns, query->to_ns, ret_last);
	if (r == SQLITE_OK)
		r = ask(db, "SELECT count(*) FROM (SELECT id FROM ticks WHERE id >= ?1"
			" AND id <= ?2 LIMIT 2001)", first, *ret_last, &count);
	if (r == SQLITE_OK && count > TRACK_TICKS_MAX)
		return SQLITE_TOOBIG;
	return r == SQLITE_OK ? find_first(db, first, ret_begin) : r;
}

static int begin_track(struct tick_reading *reading, const struct track_query *query)
{
	uint64_t begin, last;
	int r = sqlite3_exec(reading->db, "BEGIN", NULL, NULL, NULL);

	if (r == SQLITE_OK)
		r = find_track(reading->db, query, &begin, &last);
	if (r == SQLITE_OK)
		r = sqlite3_prepare_v2(reading->db, "SELECT id, block FROM ticks WHERE id >= ?1"
				       " AND id <= ?2 ORDER BY id", -1, &reading->statement,
				       NULL);
	if (r != SQLITE_OK)
		return r;
	sqlite3_bind_int64(reading->statement, 1, (sqlite3_int64)begin);
	sqlite3_bind_int64(reading->statement, 2, (sqlite3_int64)last);
	return r;
}

int tick_table_track(sqlite3 *db, const struct track_query *query, struct track *track,
		     struct tick_reading **reading)
{
	int r;

	if (!*reading) {
		*reading = calloc(1, sizeof(**reading));
		if (!*reading)
			return SQLITE_NOMEM;
		(*reading)->db = db;
		r = begin_track(*reading, query);
		if (r != SQLITE_OK)
			return r == SQLITE_DONE ? SQLITE_OK : r;
	}
	return track_turn(*reading, query, track);
}

/*
 * By chains, not by ids: where the clock was set, an old tick may come after a young one. Of
 * a chain time never goes back, and the last one may go on.
 */
int tick_table_prune(sqlite3 *db, uint64_t before_ns, int rows, int *ret_deleted)
{
	static const char oldest[] =
		"DELETE FROM ticks WHERE id IN (SELECT old.id FROM ticks old"
		" WHERE old.time_ns < ?1"
		" AND old.id < (SELECT id FROM ticks WHERE keyframe ORDER BY id DESC LIMIT 1)"
		" AND ?1 > (SELECT time_ns FROM ticks WHERE id < (SELECT id FROM ticks"
		" WHERE id > old.id AND keyframe ORDER BY id LIMIT 1) ORDER BY id DESC LIMIT 1)"
		" ORDER BY old.time_ns LIMIT ?2)";
	uint64_t none;
	int r = ask(db, oldest, before_ns, (uint64_t)rows, &none);

	if (r != SQLITE_DONE)
		return r;
	*ret_deleted = sqlite3_changes(db);
	return SQLITE_OK;
}

int tick_table_drop(sqlite3 *db)
{
	static const char chain[] =
		"DELETE FROM ticks WHERE id < coalesce((SELECT id FROM ticks WHERE keyframe"
		" AND id > (SELECT min(id) FROM ticks) ORDER BY id LIMIT 1),"
		" (SELECT max(id) + 1 FROM ticks))";
	uint64_t none;
	int r = ask(db, chain, 0, 0, &none);

	return r == SQLITE_DONE ? SQLITE_OK : r;
}

int tick_table_oldest(sqlite3 *db, uint64_t *ret_ns)
{
	int r = ask(db, "SELECT time_ns FROM ticks ORDER BY id LIMIT 1", 0, 0, ret_ns);

	if (r == SQLITE_DONE)
		*ret_ns = UINT64_MAX;
	return r == SQLITE_DONE ? SQLITE_OK : r;
}
