// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exit records on their way from a module's log, which is made up here, to memory and to
 * the store: each arrives once, also when the store comes late, the log has wrapped, or
 * the module is loaded anew.
 */
#include "core/exits.h"
#include "exit-record.h"
#include "suite.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOOT	"0123456789abcdef0123456789abcdef"
#define LOAD	UINT64_C(5)

/* The module's log: records from @oldest up to @newest, without each @hole-th. */
struct module {
	uint64_t instance_id;
	uint64_t oldest;
	uint64_t newest;
	uint64_t hole;
	unsigned int reads;
	int error;
};

static char directory[64];
static char path[160];

static void make_directory(void)
{
	snprintf(directory, sizeof(directory), "/tmp/taskmeter-exits-XXXXXX");
	ck_assert(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/history.db", directory);
}

static void remove_directory(void)
{
	char command[160];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	ck_assert_int_eq(system(command), 0);
}

static int read_module(void *data, uint64_t instance_id, uint64_t cursor,
		       struct exit_batch **ret_batch)
{
	struct module *module = data;
	uint64_t number = cursor > module->oldest ? cursor : module->oldest;
	struct exit_batch *batch = batch_new(instance_id, cursor ? cursor : number);
	struct exit_record exit;

	module->reads++;
	if (module->error) {
		batch_unref(batch);
		return module->error;
	}
	ck_assert_uint_eq(instance_id, module->instance_id);
	for (; number <= module->newest && batch->count < BATCH_RECORDS_MAX; number++)
		if (!module->hole || number % module->hole)
			ck_assert_int_eq(batch_add(batch, exit_record(&exit, number),
						   EXIT_END_NS + number), 0);
	batch_close(batch, number, UINT64_MAX);
	*ret_batch = batch;
	return 0;
}

static int update(struct exits *exits, struct module *module)
{
	struct taskmeter_info info = {
		.size = TASKMETER_INFO_SIZE_VER3, .instance_id = module->instance_id,
		.exit_number = module->newest,
	};

	return exits_update(exits, &info, read_module, module);
}

/* Until all has been read, and the store has taken what it was given. */
static void update_all(struct exits *exits, struct module *module)
{
	struct store_status status = { .queued = 0 };

	do {
		while (update(exits, module) > 0)
			usleep(1000);
		if (exits->store)
			store_status(exits->store, &status);
	} while (status.queued || (exits->store && exits->feed_next < exits->log.next));
}

static int64_t ask_number(const char *sql)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	int64_t number;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return number;
}

static struct store *new_store(void)
{
	static const struct database_limits limits = {
		.age_ns = UINT64_MAX, .records = 1000000,
	};
	struct store *store;

	ck_assert_int_eq(store_new(path, BOOT, &limits, &store), 0);
	return store;
}

static void check_history(uint64_t load, uint64_t stored, uint64_t lost)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM exits JOIN cursor USING (load)"
		 " WHERE instance_id = '%llu'", (unsigned long long)load);
	ck_assert_int_eq(ask_number(sql), (int64_t)stored);
	snprintf(sql, sizeof(sql), "SELECT coalesce(sum(count), 0) FROM lost JOIN cursor"
		 " USING (load) WHERE instance_id = '%llu'", (unsigned long long)load);
	ck_assert_int_eq(ask_number(sql), (int64_t)lost);
}

START_TEST(memory)
{
	struct module module = { .instance_id = LOAD, .oldest = 1, .newest = 700 };
	struct exits exits;
	uint64_t number;

	exits_init(&exits, NULL);
	ck_assert_int_eq(update(&exits, &module), 0);
	ck_assert_uint_eq(exits.log.records, 700);
	ck_assert_uint_eq(exits.log.next, 701);
	ck_assert_uint_eq(exit_log_first(&exits.log), 1);
	ck_assert_uint_eq(exit_log_find(&exits.log, 300)->first, 257);
	ck_assert_ptr_null(exit_log_find(&exits.log, 701));
	ck_assert(!exit_log_since(&exits.log, EXIT_END_NS, &number));
	ck_assert(exit_log_since(&exits.log, EXIT_END_NS + 600, &number));
	ck_assert_uint_eq(number, 600);
	ck_assert_uint_eq(exits.cost.records, 700);
	ck_assert_uint_eq(exits.cost.failed, 233);
	ck_assert_uint_eq(exits.cost.oom, 100);
	module.reads = 0;
	ck_assert_int_eq(update(&exits, &module), 0);
	ck_assert_uint_eq(module.reads, 1);
	ck_assert_uint_eq(exits.log.records, 700);
	exits_clear(&exits);
}
END_TEST

/* In order, without a gap. */
static void on_taken(void *data, const struct exit_batch *batch)
{
	uint64_t *next = data;

	ck_assert_uint_eq(batch->first, *next);
	*next = batch->next;
}

/* More records than memory holds: whoever takes them still gets each of them once. */
START_TEST(memory_is_bounded)
{
	struct module module = { .instance_id = LOAD, .oldest = 1, .newest = 50000 };
	struct exits exits;
	uint64_t next = 1;

	exits_init(&exits, NULL);
	exits.taken = on_taken;
	exits.taken_data = &next;
	/* More than one go. */
	ck_assert_int_eq(update(&exits, &module), 1);
	update_all(&exits, &module);
	ck_assert_uint_le(exits.log.records, EXIT_LOG_RECORDS_MAX);
	ck_assert_uint_ge(exits.log.records, EXIT_LOG_RECORDS_MAX / 2);
	ck_assert_uint_le(exits.log.bytes, EXIT_LOG_BYTES_MAX);
	ck_assert_uint_eq(exits.log.next, 50001);
	ck_assert_uint_eq(exit_log_first(&exits.log) + exits.log.records, 50001);
	ck_assert_uint_eq(next, 50001);
	exits_clear(&exits);
}
END_TEST

START_TEST(history)
{
	struct module module = { .instance_id = LOAD, .oldest = 11, .newest = 3000 };
	struct exits exits;

	exits_init(&exits, new_store());
	update_all(&exits, &module);
	store_free(exits.store);
	exits_clear(&exits);
	check_history(LOAD, 2990, 10);
	/* The next daemon goes on behind. */
	module.newest = 3100;
	exits_init(&exits, new_store());
	update_all(&exits, &module);
	ck_assert_uint_eq(exit_log_first(&exits.log), 3001);
	store_free(exits.store);
	exits_clear(&exits);
	check_history(LOAD, 3090, 10);
}
END_TEST

/* Holes here and there: each is a row, or they are counted together. */
START_TEST(holes)
{
	struct module module = { .instance_id = LOAD, .oldest = 1, .newest = 2000, .hole = 2 };
	struct exits exits;

	module.hole = _i ? 2 : 100;
	exits_init(&exits, new_store());
	update_all(&exits, &module);
	store_free(exits.store);
	exits_clear(&exits);
	check_history(LOAD, 2000 - 2000 / module.hole, 2000 / module.hole);
}
END_TEST

/*
 * Its directory is missing at first. Memory goes on meanwhile; then the store gets what
 * memory has, and from the module what it has not, and notes the rest as lost.
 */
START_TEST(store_that_comes_late)
{
	struct module module = { .instance_id = LOAD, .oldest = 1, .newest = 20000 };
	struct store_status status;
	struct exits exits;
	char parent[128];

	snprintf(parent, sizeof(parent), "%s/later", directory);
	snprintf(path, sizeof(path), "%s/history.db", parent);
	exits_init(&exits, new_store());
	do
		store_status(exits.store, &status);
	while (!status.errors);
	while (update(&exits, &module) > 0)
		;
	ck_assert_uint_eq(exits.log.next, 20001);
	ck_assert_uint_gt(exit_log_first(&exits.log), 10000);
	module.oldest = 101;
	module.newest = 20100;
	ck_assert_int_eq(mkdir(parent, 0700), 0);
	do {
		update(&exits, &module);
		usleep(1000);
	} while (!exits.feed_known);
	update_all(&exits, &module);
	store_free(exits.store);
	exits_clear(&exits);
	check_history(LOAD, 20000, 100);
}
END_TEST

START_TEST(module_loaded_anew)
{
	struct module module = { .instance_id = LOAD, .oldest = 1, .newest = 500 };
	struct exits exits;

	exits_init(&exits, new_store());
	update_all(&exits, &module);
	/* It told of 100 more, and was gone before they were read. */
	module.error = -ENODEV;
	module.newest = 600;
	ck_assert_int_eq(update(&exits, &module), -ENODEV);
	module = (struct module) { .instance_id = LOAD + 1, .oldest = 1, .newest = 50 };
	while (exits.feed_instance != LOAD + 1)
		update_all(&exits, &module);
	update_all(&exits, &module);
	ck_assert_uint_eq(exit_log_first(&exits.log), 1);
	ck_assert_uint_eq(exits.log.next, 51);
	ck_assert_uint_eq(exits.log.records, 550);
	store_free(exits.store);
	exits_clear(&exits);
	check_history(LOAD, 500, 100);
	check_history(LOAD + 1, 50, 0);
}
END_TEST

/*
 * The store cannot open its file until a second load is read. What memory has of the first
 * one is stored then, and what it has no more is noted as lost.
 */
START_TEST(module_loaded_anew_before_the_store_comes)
{
	struct module module = { .instance_id = LOAD, .oldest = 1, .newest = 500 };
	const uint64_t newest = _i ? 30000 : 50;
	struct store_status status;
	struct exits exits;
	char parent[128];

	snprintf(parent, sizeof(parent), "%s/later", directory);
	snprintf(path, sizeof(path), "%s/history.db", parent);
	exits_init(&exits, new_store());
	do
		store_status(exits.store, &status);
	while (!status.errors);
	while (update(&exits, &module) > 0)
		;
	module = (struct module) { .instance_id = LOAD + 1, .oldest = 1, .newest = newest };
	while (update(&exits, &module) > 0)
		;
	ck_assert_int_eq(mkdir(parent, 0700), 0);
	while (!exits.feed_known || exits.feed_instance != LOAD + 1) {
		update(&exits, &module);
		usleep(1000);
	}
	update_all(&exits, &module);
	store_free(exits.store);
	exits_clear(&exits);
	check_history(LOAD, _i ? 0 : 500, _i ? 500 : 0);
	check_history(LOAD + 1, newest, 0);
}
END_TEST

START_TEST(older_module)
{
	struct module module = { .instance_id = LOAD, .newest = 5 };
	struct taskmeter_info info = { .size = TASKMETER_INFO_SIZE_VER2 };
	struct exits exits;

	exits_init(&exits, NULL);
	ck_assert_int_eq(exits_update(&exits, &info, read_module, &module), 0);
	ck_assert(!exits.supported);
	ck_assert_uint_eq(module.reads, 0);
	exits_clear(&exits);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("exits");
	TCase *in_memory = tcase_create("memory"), *stored = tcase_create("store");

	tcase_add_test(in_memory, memory);
	tcase_add_test(in_memory, memory_is_bounded);
	tcase_add_test(in_memory, older_module);
	suite_add_tcase(suite, in_memory);
	tcase_add_checked_fixture(stored, make_directory, remove_directory);
	tcase_set_timeout(stored, 120);
	tcase_add_test(stored, history);
	tcase_add_loop_test(stored, holes, 0, 2);
	tcase_add_test(stored, store_that_comes_late);
	tcase_add_test(stored, module_loaded_anew);
	tcase_add_loop_test(stored, module_loaded_anew_before_the_store_comes, 0, 2);
	suite_add_tcase(suite, stored);
	return suite_main(suite, argc, argv);
}
