// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See series-table.h. There is one writer: ids of blocks ascend in the order in which they
 * were written. Statements are made when they are needed: they are rare.
 */
#include "store/series-table.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

/* Beyond its time a block may reach so far, as ticks are ten minutes apart at most. */
#define REACH_NS	(UINT64_C(3600) * 1000000000)

/* Of a block; the parameter is its tier's span. */
#define WINDOW		"(first_ns / 2 + last_ns / 2) / ?2"

/* Compiles a statement and binds its numbers. */
static int begin(sqlite3 *db, const char *sql, const uint64_t *numbers, int count,
		 sqlite3_stmt **ret_statement)
{
	int i, r = sqlite3_prepare_v2(db, sql, -1, ret_statement, NULL);

	for (i = 0; r == SQLITE_OK && i < count; i++)
		r = sqlite3_bind_int64(*ret_statement, i + 1, (sqlite3_int64)numbers[i]);
	return r;
}

/* One number; SQLITE_DONE if there is none. */
static int ask(sqlite3 *db, const char *sql, const uint64_t *numbers, int count,
	       uint64_t *ret_number)
{
	sqlite3_stmt *statement;
	int r = begin(db, sql, numbers, count, &statement);

	if (r == SQLITE_OK)
		r = sqlite3_step(statement);
	if (r == SQLITE_ROW && sqlite3_column_type(statement, 0) == SQLITE_NULL)
		r = SQLITE_DONE;
	else if (r == SQLITE_ROW)
		*ret_number = (uint64_t)sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return r == SQLITE_ROW ? SQLITE_OK : r;
}

static int run(sqlite3 *db, const char *sql, const uint64_t *numbers, int count)
{
	uint64_t none;
	int r = ask(db, sql, numbers, count, &none);

	return r == SQLITE_DONE ? SQLITE_OK : r;
}

int series_table_add(sqlite3 *db, const struct series_row *row, const struct block *packed)
{
	const uint64_t numbers[] = { row->tier, row->kind, row->first_ns, row->last_ns };
	sqlite3_stmt *statement;
	int r = begin(db, "INSERT INTO series (tier, kind, first_ns, last_ns, block)"
		      " VALUES (?1, ?2, ?3, ?4, ?5)", numbers, 4, &statement);

	if (r == SQLITE_OK)
		r = sqlite3_bind_blob64(statement, 5, packed->bytes, packed->size, SQLITE_STATIC);
	if (r == SQLITE_OK)
		r = sqlite3_step(statement);
	sqlite3_finalize(statement);
	return r == SQLITE_DONE ? SQLITE_OK : r;
}

/* SQLITE_DONE if it is damaged: who reads goes on with the others. */
static int decode(sqlite3_stmt *statement, const char *name, struct series *ret_series)
{
	struct block block;
	int r = block_expand(sqlite3_column_blob(statement, 0),
			     (size_t)sqlite3_column_bytes(statement, 0), &block);

	if (!r) {
		r = series_decode(block.bytes, block.size, name, name ? strlen(name) : 0,
				  ret_series);
		block_clear(&block);
	}
	if (r < 0)
		return r == -ENOMEM ? SQLITE_NOMEM : SQLITE_DONE;
	return SQLITE_OK;
}

static int code_of(int error)
{
	return error == -ENOMEM ? SQLITE_NOMEM : error ? SQLITE_TOOBIG : SQLITE_OK;
}

static int write_series(sqlite3 *db, enum series_tier tier, unsigned int kind,
			struct series *series)
{
	const struct series_row row = {
		tier, kind, series_first_ns(series), series_last_ns(series),
	};
	struct block block = { 0 }, packed = { 0 };
	int r = series_encode(series, &block);

	if (!r)
		r = block_compress(&block, &packed);
	r = code_of(r);
	if (r == SQLITE_OK)
		r = series_table_add(db, &row, &packed);
	block_clear(&packed);
	block_clear(&block);
	series_clear(series);
	return r;
}

/* A block as one more point; if there are too many for one block, it is written first. */
static int roll_block(sqlite3 *db, enum series_tier tier, unsigned int kind,
		      const struct series *block, struct series *into)
{
	int r = SQLITE_OK;

	if (into->count == SERIES_POINTS_MAX)
		r = write_series(db, tier, kind, into);
	return r == SQLITE_OK ? code_of(series_fold(block, into)) : r;
}

/* Blocks of one kind, in the order in which they were written. */
static int roll_rows(sqlite3 *db, sqlite3_stmt *statement, enum series_tier tier,
		     unsigned int kind)
{
	struct series into = { .count = 0 }, block;
	int r, decoded;

	while ((r = sqlite3_step(statement)) == SQLITE_ROW) {
		decoded = decode(statement, NULL, &block);
		if (decoded == SQLITE_DONE)
			continue;
		r = decoded;
		if (r == SQLITE_OK) {
			r = roll_block(db, tier, kind, &block, &into);
			series_clear(&block);
		}
		if (r != SQLITE_OK)
			break;
	}
	if (r == SQLITE_DONE)
		r = into.count ? write_series(db, tier, kind, &into) : SQLITE_OK;
	series_clear(&into);
	return r;
}

/* From @first up to before @end; tells the kind that comes next, if there is one. */
static int roll_kinds(sqlite3 *db, enum series_tier tier, uint64_t first, uint64_t end)
{
	static const char next_kind[] =
		"SELECT min(kind) FROM series NOT INDEXED WHERE id >= ?1 AND id < ?2"
		" AND tier = ?3 AND kind >= ?4";
	static const char rows[] =
		"SELECT block FROM series NOT INDEXED WHERE id >= ?1 AND id < ?2 AND tier = ?3"
		" AND kind = ?4 ORDER BY id";
	uint64_t numbers[] = { first, end, tier, 0 }, kind;
	sqlite3_stmt *statement;
	int r;

	while ((r = ask(db, next_kind, numbers, 4, &kind)) == SQLITE_OK) {
		numbers[3] = kind;
		r = begin(db, rows, numbers, 4, &statement);
		if (r == SQLITE_OK)
			r = roll_rows(db, statement, tier + 1, (unsigned int)kind);
		sqlite3_finalize(statement);
		if (r != SQLITE_OK)
			return r;
		numbers[3]++;
	}
	return r == SQLITE_DONE ? SQLITE_OK : r;
}

static int rolled_up_to(sqlite3 *db, enum series_tier tier, uint64_t *ret_id)
{
	const uint64_t numbers[] = { tier };

	return ask(db, "SELECT id FROM series_rolled WHERE tier = ?1", numbers, 1, ret_id);
}

/* The oldest blocks of one window, if there is one of another behind them. */
static int find_due(sqlite3 *db, enum series_tier tier, uint64_t *ret_first, uint64_t *ret_end)
{
	static const char first_sql[] =
		"SELECT min(id) FROM series NOT INDEXED WHERE id > ?1 AND tier = ?2";
	static const char window_sql[] = "SELECT " WINDOW " FROM series WHERE id = ?1";
	static const char end_sql[] =
		"SELECT min(id) FROM series NOT INDEXED WHERE id > ?1 AND tier = ?3"
		" AND " WINDOW " <> ?4";
	uint64_t numbers[] = { 0, tier, tier, 0 };
	int r = rolled_up_to(db, tier, &numbers[0]);

	if (r == SQLITE_OK)
		r = ask(db, first_sql, numbers, 2, ret_first);
	numbers[0] = *ret_first;
	numbers[1] = series_span_ns(tier + 1);
	if (r == SQLITE_OK)
		r = ask(db, window_sql, numbers, 2, &numbers[3]);
	return r == SQLITE_OK ? ask(db, end_sql, numbers, 4, ret_end) : r;
}

int series_table_roll(sqlite3 *db, enum series_tier tier, bool *ret_rolled)
{
	uint64_t first = 0, end = 0, numbers[2];
	int r = find_due(db, tier, &first, &end);

	*ret_rolled = r == SQLITE_OK;
	if (r == SQLITE_OK)
		r = roll_kinds(db, tier, first, end);
	if (r == SQLITE_OK) {
		numbers[0] = tier;
		numbers[1] = end - 1;
		r = run(db, "UPDATE series_rolled SET id = ?2 WHERE tier = ?1", numbers, 2);
	}
	return r == SQLITE_DONE ? SQLITE_OK : r;
}

static int read_rows(sqlite3_stmt *statement, const struct series_query *query,
		     uint64_t before_ns, struct series_answer *answer)
{
	struct series series;
	int r, decoded;

	while ((r = sqlite3_step(statement)) == SQLITE_ROW) {
		decoded = decode(statement, query->name, &series);
		if (decoded == SQLITE_NOMEM)
			return decoded;
		if (decoded == SQLITE_DONE)
			continue;
		r = code_of(series_answer_add(answer, query, &series, before_ns));
		series_clear(&series);
		if (r != SQLITE_OK)
			return r;
	}
	return r == SQLITE_DONE ? SQLITE_OK : r;
}

/**
 * struct part - what is read of a tier
 * @tier: the tier
 * @behind: only blocks with a greater id
 * @before_ns: only points before this time
 */
struct part {
	enum series_tier tier;
	uint64_t behind;
	uint64_t before_ns;
};

static int read_part(sqlite3 *db, const struct part *part, const struct series_query *query,
		     struct series_answer *answer)
{
	const uint64_t reach = query->to_ns > INT64_MAX - REACH_NS ? INT64_MAX :
								     query->to_ns + REACH_NS;
	const uint64_t numbers[] = {
		part->tier, query->from_ns, reach, query->kind, query->to_ns, part->behind,
	};
	sqlite3_stmt *statement;
	int r = begin(db, "SELECT block FROM series WHERE tier = ?1 AND last_ns > ?2"
		      " AND last_ns < ?3 AND kind = ?4 AND first_ns < ?5 AND id > ?6"
		      " ORDER BY last_ns", numbers, 6, &statement);

	if (r == SQLITE_OK)
		r = read_rows(statement, query, part->before_ns, answer);
	sqlite3_finalize(statement);
	return r;
}

/* When the oldest block of a tier begins that is behind another; UINT64_MAX if there is none. */
static int begin_of(sqlite3 *db, const struct part *part, uint64_t *ret_ns)
{
	const uint64_t numbers[] = { part->tier, part->behind };
	int r = ask(db, "SELECT first_ns FROM series WHERE tier = ?1 AND id > ?2"
		    " ORDER BY last_ns LIMIT 1", numbers, 2, ret_ns);

	if (r == SQLITE_DONE)
		*ret_ns = UINT64_MAX;
	return r == SQLITE_DONE ? SQLITE_OK : r;
}

static enum series_tier best_tier(uint64_t step_ns)
{
	enum series_tier tier = SERIES_TIERS - 1;

	while (tier && series_period_ns(tier) > step_ns)
		tier--;
	return tier;
}

/*
 * Of tiers below the best one, what is not yet part of it. Of those above, what is older than
 * all below: blocks go, as they came, as a point of the next tier, so that nothing is told
 * twice, and nothing is left out.
 */
static int plan(sqlite3 *db, enum series_tier best, struct part parts[static SERIES_TIERS],
		uint64_t *ret_begin_ns)
{
	uint64_t oldest = UINT64_MAX, begin_ns;
	int tier, r = SQLITE_OK;

	for (tier = 0; r == SQLITE_OK && tier < SERIES_TIERS; tier++) {
		parts[tier] = (struct part) { .tier = (enum series_tier)tier };
		if (tier < (int)best)
			r = rolled_up_to(db, (enum series_tier)tier, &parts[tier].behind);
		parts[tier].before_ns = tier > (int)best ? oldest : UINT64_MAX;
		if (r == SQLITE_OK)
			r = begin_of(db, &parts[tier], &begin_ns);
		if (r == SQLITE_OK && begin_ns < oldest)
			oldest = begin_ns;
	}
	*ret_begin_ns = oldest == UINT64_MAX ? 0 : oldest;
	return r;
}

static int read_parts(sqlite3 *db, const struct series_query *query,
		      struct series_answer *answer)
{
	struct part parts[SERIES_TIERS];
	int tier, r = plan(db, best_tier(query->step_ns), parts, &answer->begin_ns);

	for (tier = SERIES_TIERS - 1; r == SQLITE_OK && tier >= 0; tier--)
		r = read_part(db, &parts[tier], query, answer);
	series_answer_finish(answer);
	return r;
}

/* All of it as it was at one moment: the writer may roll blocks meanwhile. */
int series_table_read(sqlite3 *db, const struct series_query *query, struct series_answer *answer)
{
	int r = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);

	if (r != SQLITE_OK)
		return r;
	r = read_parts(db, query, answer);
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	return r;
}

int series_table_prune(sqlite3 *db, enum series_tier tier, uint64_t before_ns, int rows,
		       int *ret_deleted)
{
	uint64_t numbers[] = { tier, before_ns, (uint64_t)rows, INT64_MAX };
	int r = SQLITE_OK;

	if (tier < SERIES_TIERS - 1)
		r = rolled_up_to(db, tier, &numbers[3]);
	if (r == SQLITE_OK)
		r = run(db, "DELETE FROM series WHERE id IN (SELECT id FROM series"
			" WHERE tier = ?1 AND last_ns < ?2 AND id <= ?4 ORDER BY last_ns LIMIT ?3)",
			numbers, 4);
	if (r == SQLITE_OK)
		*ret_deleted = sqlite3_changes(db);
	return r;
}

/* The tier that the oldest block at or after a time is of. */
static int oldest_tier(sqlite3 *db, uint64_t from_ns, uint64_t *ret_tier, uint64_t *ret_ns)
{
	static const char sql[] =
		"SELECT min(last_ns) FROM series WHERE tier = ?1 AND last_ns >= ?2";
	uint64_t last_ns, tier;
	int r = SQLITE_OK;

	*ret_ns = UINT64_MAX;
	for (tier = 0; tier < SERIES_TIERS; tier++) {
		const uint64_t numbers[] = { tier, from_ns };

		r = ask(db, sql, numbers, 2, &last_ns);
		if (r != SQLITE_OK && r != SQLITE_DONE)
			return r;
		if (r == SQLITE_OK && last_ns < *ret_ns) {
			*ret_tier = tier;
			*ret_ns = last_ns;
		}
	}
	return SQLITE_OK;
}

/* What cannot have been yet was written by a clock that went wrong. */
static int first_to_go(sqlite3 *db, uint64_t latest_ns, uint64_t *ret_tier, uint64_t *ret_ns)
{
	int r = oldest_tier(db, latest_ns, ret_tier, ret_ns);

	if (r == SQLITE_OK && *ret_ns == UINT64_MAX)
		r = oldest_tier(db, 0, ret_tier, ret_ns);
	return r;
}

int series_table_drop(sqlite3 *db, uint64_t latest_ns, int rows)
{
	uint64_t numbers[] = { 0, (uint64_t)rows, 0 };
	int r = first_to_go(db, latest_ns, &numbers[0], &numbers[2]);

	if (r != SQLITE_OK || numbers[2] == UINT64_MAX)
		return r;
	return run(db, "DELETE FROM series WHERE id IN (SELECT id FROM series WHERE tier = ?1"
		   " AND last_ns >= ?3 ORDER BY last_ns LIMIT ?2)", numbers, 3);
}

int series_table_oldest(sqlite3 *db, uint64_t latest_ns, uint64_t *ret_ns)
{
	uint64_t tier;

	return first_to_go(db, latest_ns, &tier, ret_ns);
}
