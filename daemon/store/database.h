/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history on disk: one SQLite file, with a write-ahead log.
 *
 * A transaction holds the records of a batch, what was lost between them, and the number
 * to go on with, so that it neither loses nor doubles a record when the daemon is killed
 * at any moment. As "synchronous" is NORMAL, a crash of the machine may take back the
 * last transactions, each as a whole; after it the module's log is gone, too.
 *
 * A connection is used by one thread. Calls wait for the disk: not for the event loop.
 */
#ifndef TASKMETERD_STORE_DATABASE_H
#define TASKMETERD_STORE_DATABASE_H

#include "store/batch.h"
#include "store/block.h"
#include "store/past.h"
#include "store/series-table.h"
#include "store/track.h"

/* PRAGMA user_version of what this daemon writes. */
#define DATABASE_VERSION	3
#define DATABASE_PROBLEM_SIZE	256
/* Reading ends after so long: nothing of ours takes so long, but a file may say anything. */
#define DATABASE_READ_SEC	5

struct database;

/**
 * struct database_limits - what is kept
 * @age_ns: how long records and ticks are kept
 * @records: how many records at most
 * @bytes: how large the file may be, without its log; 0 for no limit
 * @series_age_ns: how long series of groups are kept, by &enum series_tier
 */
struct database_limits {
	uint64_t age_ns;
	uint64_t records;
	uint64_t bytes;
	uint64_t series_age_ns[SERIES_TIERS];
};

/**
 * struct database_query - which records to read, in the order of their numbers
 * @instance_id: load of the module
 * @from: first number
 * @before: number before which it ends, 0 for no end
 * @since_ns: if not 0, instead of @instance_id and @from: from the first record of a
 *	process that ended at this Unix time or later
 * @limit: how many at most, up to BATCH_RECORDS_MAX
 * @has_uid: only of a real user id
 * @uid: which one
 * @failed: only those with an exit code that is not 0, or killed by a signal
 * @oom: only those killed because memory ran out
 */
struct database_query {
	uint64_t instance_id;
	uint64_t from;
	uint64_t before;
	uint64_t since_ns;
	size_t limit;
	bool has_uid;
	uint32_t uid;
	bool failed;
	bool oom;
};

/**
 * struct database_page - what was found
 * @batch: the records; @batch->next is where to go on in this load of the module, and
 *	@batch->lost what had been lost up to there
 * @end: there are no more of this load, up to @before. Else there may be more, though
 *	these may be fewer than were asked for, or none: of those that are filtered out,
 *	ten thousand are enough for a page
 * @next_instance: with @end, the next load of which there are records; 0 if there is
 *	none
 */
struct database_page {
	struct exit_batch *batch;
	bool end;
	uint64_t next_instance;
};

/**
 * database_open() - open or make the file, to write
 * @path: its path
 * @ret_database: to be closed with database_close()
 * @problem: one sentence, if it failed
 *
 * A file of an older version is brought to this one. A damaged file is an error; it is
 * checked for at most about two seconds.
 *
 * Return: 0; -EBADMSG if the file is damaged; -EPROTO if a newer daemon, or somebody
 * else, has written it; another negative errno.
 */
int database_open(const char *path, struct database **ret_database,
		  char problem[static DATABASE_PROBLEM_SIZE]);

/**
 * database_open_reader() - open an existing file, to read
 * @path: as database_open(), as the others
 *
 * What is read then fails with -ETIME after DATABASE_READ_SEC; of a track, all turns count.
 */
int database_open_reader(const char *path, struct database **ret_database,
			 char problem[static DATABASE_PROBLEM_SIZE]);

/**
 * database_limit_reading() - less time to read than DATABASE_READ_SEC
 * @database: opened to read
 * @limit_ns: so long
 */
void database_limit_reading(struct database *database, uint64_t limit_ns);

/**
 * database_close() - close it
 * @database: may be NULL
 *
 * Return: NULL.
 */
struct database *database_close(struct database *database);

/**
 * database_move_aside() - make room for a new file
 * @path: a damaged file; it becomes PATH.corrupt, in place of an older one
 *
 * Return: 0 or a negative errno.
 */
int database_move_aside(const char *path);

/**
 * database_cursor() - where to go on in the module's log
 * @database: the database
 * @boot_id: boot of the machine
 * @instance_id: load of the module
 * @ret_next: number of the first record that is not stored; 1 for a load that is new
 *
 * Return: 0; as database_open(), with @problem.
 */
int database_cursor(struct database *database, const char *boot_id, uint64_t instance_id,
		    uint64_t *ret_next, char problem[static DATABASE_PROBLEM_SIZE]);

/**
 * database_store() - store a batch, in one transaction
 * @database: opened to write
 * @boot_id: boot of the machine
 * @batch: what to store; what is stored already stays as it is
 * @now_ns: Unix time
 * @problem: one sentence, if it failed
 *
 * Return: 0; as database_open().
 */
int database_store(struct database *database, const char *boot_id,
		   const struct exit_batch *batch, uint64_t now_ns,
		   char problem[static DATABASE_PROBLEM_SIZE]);

/**
 * database_store_tick() - store a tick
 * @database: opened to write
 * @head: which one
 * @packed: its block, compressed
 * @problem: one sentence, if it failed
 *
 * Return: 0; as database_open().
 */
int database_store_tick(struct database *database, const struct tick_head *head,
			const struct block *packed,
			char problem[static DATABASE_PROBLEM_SIZE]);

/**
 * database_store_series() - store a block of series
 * @database: opened to write
 * @row: which one, of the first tier
 * @packed: the block, compressed
 * @problem: one sentence, if it failed
 *
 * In the same transaction, older ones become points of the next tiers when it is time.
 *
 * Return: 0; as database_open().
 */
int database_store_series(struct database *database, const struct series_row *row,
			  const struct block *packed,
			  char problem[static DATABASE_PROBLEM_SIZE]);

/**
 * database_read_series() - read the series of a group
 * @database: the database
 * @query: which one
 * @ret_answer: to be released with series_answer_clear(), also if this failed
 * @problem: one sentence, if it failed
 *
 * Return: 0, also if there are no points; as database_open().
 */
int database_read_series(struct database *database, const struct series_query *query,
			 struct series_answer *ret_answer,
			 char problem[static DATABASE_PROBLEM_SIZE]);

/**
 * database_read_past() - read the last tick that is not after a time
 * @database: the database
 * @at_ns: Unix time
 * @ret_past: to be released with past_clear(), also if this failed
 * @problem: one sentence, if it failed
 *
 * Return: 0; -ENOENT if nothing is stored of that time, with what is before and after in
 * @ret_past; as database_open().
 */
int database_read_past(struct database *database, uint64_t at_ns, struct past *ret_past,
		       char problem[static DATABASE_PROBLEM_SIZE]);

/**
 * database_read_track() - read the track of a process, a turn of it
 * @database: the database; asks nothing else until this is done
 * @query: of which process and time
 * @track: zeroed at first; to be released with track_clear(), also if this failed
 * @problem: one sentence, if it failed
 *
 * Return: 1 if there is more: call it again, with the same; 0 at the end, also if there are
 * no points; -E2BIG for too many ticks, or processes in them; as database_open().
 */
int database_read_track(struct database *database, const struct track_query *query,
			struct track *track,
			char problem[static DATABASE_PROBLEM_SIZE]);

/**
 * database_size() - bytes of the file, without its log
 * @database: the database
 * @ret_bytes: how many
 * @problem: one sentence, if it failed
 *
 * Return: 0; as database_open().
 */
int database_size(struct database *database, uint64_t *ret_bytes,
		  char problem[static DATABASE_PROBLEM_SIZE]);

/**
 * database_is_full() - whether something has to go before more can come
 * @database: the database
 * @limits: what is kept
 *
 * Return: true if so.
 */
bool database_is_full(struct database *database, const struct database_limits *limits);

/**
 * database_restart_log() - have the log begin anew, as a write found no room
 * @database: opened to write, no transaction
 *
 * On a full disk the log has room of its own, for as long as it is open: what it holds goes
 * where it belongs, as far as there is room.
 */
void database_restart_log(struct database *database);

/**
 * database_has_moved() - whether the file is no longer at its path
 * @database: the database
 *
 * Return: true if so: what is written is lost.
 */
bool database_has_moved(struct database *database);

/**
 * database_prune() - delete some of what is not to be kept
 * @database: opened to write
 * @limits: what is kept
 * @now_ns: Unix time
 * @problem: one sentence, if it failed
 *
 * A small step, some hundred records or blocks of series, or some minutes of ticks: more
 * than a batch has. If
 * the file is too large, the oldest go, whatever they are; then it is made smaller.
 *
 * Return: 1 if there may be more, 0, or as database_open().
 */
int database_prune(struct database *database, const struct database_limits *limits,
		   uint64_t now_ns, char problem[static DATABASE_PROBLEM_SIZE]);

/**
 * database_read() - read records
 * @database: the database
 * @query: which ones
 * @ret_page: its batch is the caller's
 * @problem: one sentence, if it failed
 *
 * Return: 0; -ENOENT if nothing is known of the load, or nothing is there since that
 * time; as database_open().
 */
int database_read(struct database *database, const struct database_query *query,
		  struct database_page *ret_page,
		  char problem[static DATABASE_PROBLEM_SIZE]);

#endif
