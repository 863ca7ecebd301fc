/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of series in the file of the history. Behind database.h, which see; functions
 * return an SQLite result code.
 */
#ifndef TASKMETERD_STORE_SERIES_TABLE_H
#define TASKMETERD_STORE_SERIES_TABLE_H

#include "store/series-answer.h"

struct sqlite3;

/**
 * struct series_row - which block
 * @tier: of its points
 * @kind: of its groups, as a number
 * @first_ns: when it begins, Unix time
 * @last_ns: when it ends
 */
struct series_row {
	enum series_tier tier;
	unsigned int kind;
	uint64_t first_ns;
	uint64_t last_ns;
};

/**
 * series_table_add() - store a block
 * @db: opened to write
 * @row: which one
 * @packed: the block, compressed
 */
int series_table_add(struct sqlite3 *db, const struct series_row *row,
		     const struct block *packed);

/**
 * series_table_roll() - make points of the next tier of the oldest blocks that are none yet
 * @db: opened to write, in a transaction
 * @tier: of these blocks; not the last
 * @ret_rolled: set if there were any; then there may be more
 *
 * Blocks are due when one of a later time is there. Those that are damaged are left out.
 */
int series_table_roll(struct sqlite3 *db, enum series_tier tier, bool *ret_rolled);

/**
 * series_table_read() - read the points of a group
 * @db: the file
 * @query: of which group and time
 * @answer: gets the points
 *
 * Of the tiers, the one that fits the step best; where it has nothing yet, those below it,
 * where it has nothing any more, those above.
 */
int series_table_read(struct sqlite3 *db, const struct series_query *query,
		      struct series_answer *answer);

/**
 * series_table_prune() - delete some blocks of before a time
 * @db: opened to write
 * @tier: of this tier; those that are to be points of the next one stay
 * @before_ns: Unix time
 * @rows: how many at most
 * @ret_deleted: how many
 */
int series_table_prune(struct sqlite3 *db, enum series_tier tier, uint64_t before_ns, int rows,
		       int *ret_deleted);

/**
 * series_table_drop() - delete some of the oldest blocks, of whatever tier
 * @db: opened to write
 * @latest_ns: Unix time: those of that or a later one go before all others
 * @rows: how many at most
 */
int series_table_drop(struct sqlite3 *db, uint64_t latest_ns, int rows);

/**
 * series_table_oldest() - when the block was that goes first
 * @db: the file
 * @latest_ns: as series_table_drop()
 * @ret_ns: Unix time of its end; UINT64_MAX if there is none
 */
int series_table_oldest(struct sqlite3 *db, uint64_t latest_ns, uint64_t *ret_ns);

#endif
