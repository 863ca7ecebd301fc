// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A database file that somebody has changed, through all that reads it. The first byte is
 * an enum how; then come changes to a file that the daemon wrote, or a whole file.
 *
 * A change of bytes is an offset of two bytes, a length of one, and the bytes. A change of a
 * value is a byte for the column, one for the row, one for the type, and the value: an index
 * of extremes[], a number of eight bytes, or a length of one byte, and the bytes.
 */
#include "store/database.h"
#include "store/reader.h"
#include "fuzz.h"

#include "unit/exit-record.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOOT		"0123456789abcdef0123456789abcdef"
#define LOAD		UINT64_C(5)
#define S		UINT64_C(1000000000)
#define BEGIN_NS	(UINT64_C(1700000000) * S)
#define RECORDS		12
#define TICKS		4
/* More than all records on pages of one. */
#define PAGES_MAX	64

enum how {
	BYTES = 0,
	VALUES = 1,
	FILE_ITSELF = 2,
	HOW = 3,
	LOGGED = 4,	/* with a write-ahead log, as the daemon's is */
	WRITTEN = 8,	/* then opened to write */
	TIGHT = 16,	/* and has to become smaller */
};

static char directory[64], path[96];
static uint8_t *image;
static size_t image_size;

static void forget(void)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
	char name[128];
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
}

static void remove_directory(void)
{
	forget();
	rmdir(directory);
}

static void make_directory(void)
{
	struct stat memory;
	const char *where = stat("/dev/shm", &memory) ? "/tmp" : "/dev/shm";

	snprintf(directory, sizeof(directory), "%s/taskmeter-fuzz-XXXXXX", where);
	CHECK(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/history.db", directory);
	atexit(remove_directory);
}

static const char *find_path(void *data, uint64_t id)
{
	(void)data;
	return id == 77 ? "/a.slice" : NULL;
}

static void store_ticks(struct database *database)
{
	const struct block_paths paths = { .find = find_path };
	struct taskmeter_record record;
	struct tick writer = { 0 }, now = { .records = &record, .count = 1 };
	struct block block, packed;
	char problem[DATABASE_PROBLEM_SIZE];
	int i;

	sample_process(&record, 7, "sample");
	record.cgroup_id = 77;
	for (i = 0; i < TICKS; i++) {
		now.head = (struct tick_head) {
			.realtime_ns = BEGIN_NS + (uint64_t)i * 10 * S, .instance_id = LOAD,
			.monotonic_ns = (uint64_t)(i + 1) * 10 * S, .interval_ns = 10 * S,
		};
		record.run_ns += S;
		CHECK(!block_encode(&writer, &now, &paths, i % 3 == 0, &block));
		CHECK(!block_compress(&block, &packed));
		CHECK(!database_store_tick(database, &writer.head, &packed, problem));
		block_clear(&block);
		block_clear(&packed);
	}
	tick_clear(&writer);
}

/* Two loads, of one of which some records were lost. */
static void make_file(void)
{
	struct exit_batch *batch = exit_batch(LOAD, 1, RECORDS), *other;
	char problem[DATABASE_PROBLEM_SIZE];
	struct database *database;

	CHECK(!database_open(path, &database, problem));
	CHECK(!database_store(database, BOOT, batch, EXIT_END_NS, problem));
	other = batch_new(LOAD + 1, 1);
	batch_close(other, 5, 3);
	CHECK(!database_store(database, BOOT, other, EXIT_END_NS, problem));
	store_ticks(database);
	database_close(database);
	batch_unref(batch);
	batch_unref(other);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	FILE *file;
	long size;

	(void)argc;
	(void)argv;
	make_directory();
	make_file();
	file = fopen(path, "rb");
	CHECK(file && !fseek(file, 0, SEEK_END));
	size = ftell(file);
	CHECK(size > 0 && !fseek(file, 0, SEEK_SET));
	image_size = (size_t)size;
	image = malloc(image_size);
	CHECK(image && fread(image, 1, image_size, file) == image_size);
	fclose(file);
	forget();
	return 0;
}

static void write_file(const uint8_t *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");

	CHECK(file && fwrite(bytes, 1, size, file) == size && !fclose(file));
}

/* Bytes 18 and 19 of the header say whether there is a log. */
static void set_logged(uint8_t *bytes, bool logged)
{
	bytes[18] = bytes[19] = logged ? 2 : 1;
}

static void change_bytes(struct input *input, bool logged)
{
	uint8_t *changed = malloc(image_size), *bytes;
	size_t offset, length, i;

	CHECK(changed);
	memcpy(changed, image, image_size);
	set_logged(changed, logged);
	while (input->left) {
		offset = take_byte(input);
		offset |= (size_t)take_byte(input) << 8;
		bytes = take_bytes(input, take_byte(input), &length);
		for (i = 0; i < length; i++)
			changed[(offset + i) % image_size] = bytes[i];
		free(bytes);
	}
	write_file(changed, image_size);
	free(changed);
}

static const char *const columns[][2] = {
	{ "cursor", "load" }, { "cursor", "instance_id" }, { "cursor", "next" },
	{ "exits", "id" }, { "exits", "load" }, { "exits", "number" }, { "exits", "end_ns" },
	{ "exits", "pid" }, { "exits", "status" }, { "exits", "flags" }, { "exits", "comm" },
	{ "exits", "command_line" }, { "exits", "cgroup_path" }, { "exits", "counters" },
	{ "lost", "load" }, { "lost", "first" }, { "lost", "last" }, { "lost", "count" },
	{ "ticks", "id" }, { "ticks", "time_ns" }, { "ticks", "keyframe" },
	{ "ticks", "block" },
};

static int bind_value(sqlite3_stmt *statement, struct input *input)
{
	static const int64_t extremes[] = {
		-1, 0, 1, INT64_MAX, INT64_MIN, INT64_MAX - 1, UINT32_MAX, INT32_MIN,
	};
	const uint8_t type = take_byte(input);
	uint8_t *bytes;
	int64_t number = 0;
	size_t length;
	int r;

	if (!type) {
		length = take_byte(input) % (sizeof(extremes) / sizeof(extremes[0]));
		return sqlite3_bind_int64(statement, 1, extremes[length]);
	}
	if (type < 2) {
		bytes = take_bytes(input, sizeof(number), &length);
		memcpy(&number, bytes, length);
		r = sqlite3_bind_int64(statement, 1, number);
	} else {
		bytes = take_bytes(input, take_byte(input), &length);
		r = type < 4 ? sqlite3_bind_blob(statement, 1, bytes, (int)length,
						 SQLITE_TRANSIENT) :
			       sqlite3_bind_text(statement, 1, (char *)bytes, (int)length,
						 SQLITE_TRANSIENT);
	}
	free(bytes);
	return r;
}

/* What the schema does not allow is not done. */
static void change_value(sqlite3 *db, struct input *input)
{
	const size_t count = sizeof(columns) / sizeof(columns[0]);
	const char *const *column = columns[take_byte(input) % count];
	sqlite3_stmt *statement;
	char sql[128];

	snprintf(sql, sizeof(sql), "UPDATE %s SET %s = ?1 WHERE rowid = ?2", column[0],
		 column[1]);
	CHECK(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK);
	sqlite3_bind_int(statement, 2, take_byte(input));
	if (bind_value(statement, input) == SQLITE_OK)
		sqlite3_step(statement);
	sqlite3_finalize(statement);
}

static void change_values(struct input *input)
{
	sqlite3 *db;

	set_logged(image, false);
	write_file(image, image_size);
	CHECK(sqlite3_open(path, &db) == SQLITE_OK);
	sqlite3_exec(db, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; BEGIN", NULL,
		     NULL, NULL);
	while (input->left)
		change_value(db, input);
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	CHECK(sqlite3_close(db) == SQLITE_OK);
}

static void check_entry(const struct exit_batch *batch, const struct exit_entry *entry)
{
	static struct exit_unpacked exit;
	const char *text = batch_path(batch, entry);

	CHECK(memchr(entry->comm, '\0', sizeof(entry->comm)));
	CHECK(!text || strlen(text) < entry->path_size);
	if (batch_unpack(batch, entry, &exit))
		return;
	CHECK(exit.exit.command_line_length <= TASKMETER_COMMAND_LINE_LEN);
	CHECK(memchr(exit.record.comm, '\0', sizeof(exit.record.comm)));
}

static void check_page(const struct database_query *query, const struct database_page *page)
{
	const struct exit_batch *batch = page->batch;
	size_t i;

	CHECK(batch->count <= query->limit);
	CHECK(batch->next >= batch->first && batch->lost <= batch->next - batch->first);
	for (i = 0; i < batch->count; i++) {
		CHECK(batch->entries[i].number >= batch->first);
		CHECK(batch->entries[i].number < batch->next);
		CHECK(!i || batch->entries[i].number > batch->entries[i - 1].number);
		check_entry(batch, &batch->entries[i]);
	}
}

/* Page by page, as a client does: it comes to an end. */
static void read_pages(struct database *database, struct database_query query)
{
	char problem[DATABASE_PROBLEM_SIZE] = "";
	struct database_page page;
	int pages, r;

	for (pages = 0; pages < PAGES_MAX; pages++) {
		r = database_read(database, &query, &page, problem);
		if (r) {
			CHECK(r < 0 && problem[0]);
			return;
		}
		check_page(&query, &page);
		CHECK(page.end || page.batch->next > query.from || query.since_ns);
		query.instance_id = page.batch->instance_id;
		query.from = page.batch->next;
		query.since_ns = 0;
		batch_unref(page.batch);
		if (page.end)
			return;
	}
}

static void read_past(struct database *database, uint64_t at_ns)
{
	char problem[DATABASE_PROBLEM_SIZE] = "";
	struct past past;
	size_t i;
	int r = database_read_past(database, at_ns, &past, problem);

	CHECK(r <= 0 && !r == !problem[0]);
	for (i = 0; !r && i < past.tick.count; i++)
		CHECK(!i || past.tick.records[i - 1].pid < past.tick.records[i].pid);
	CHECK(r || past.rates);
	past_clear(&past);
}

static void read_file(void)
{
	static const struct database_query queries[] = {
		{ .instance_id = LOAD, .from = 1, .limit = 5 },
		{ .instance_id = LOAD, .from = 0, .before = 6, .limit = 2, .has_uid = true,
		  .uid = 1, .failed = true },
		{ .since_ns = EXIT_END_NS + 3, .limit = BATCH_RECORDS_MAX, .oom = true },
		{ .since_ns = EXIT_END_NS + 3, .limit = 3 },
		{ .instance_id = LOAD + 1, .from = UINT64_MAX, .limit = 1 },
	};
	char problem[DATABASE_PROBLEM_SIZE] = "";
	struct database *database;
	size_t i;

	if (database_open_reader(path, &database, problem)) {
		CHECK(problem[0]);
		return;
	}
	for (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		read_pages(database, queries[i]);
	read_past(database, BEGIN_NS + 25 * S);
	read_past(database, UINT64_MAX);
	database_close(database);
}

/* As the daemon does when it begins: what is damaged is refused, else it goes on. */
static void write_on(int how)
{
	const struct database_limits limits = {
		.age_ns = 3600 * S, .records = 4,
		.bytes = how & TIGHT ? 1 << 14 : 1 << 24,
	};
	char problem[DATABASE_PROBLEM_SIZE] = "";
	struct exit_batch *batch;
	struct database *database;
	uint64_t next;

	if (database_open(path, &database, problem)) {
		CHECK(problem[0]);
		return;
	}
	if (!database_cursor(database, BOOT, LOAD, &next, problem) && next < UINT64_MAX - 2) {
		CHECK(next);
		batch = exit_batch(LOAD, next, next + 2);
		database_store(database, BOOT, batch, BEGIN_NS, problem);
		batch_unref(batch);
	}
	database_prune(database, &limits, BEGIN_NS + 20 * S, problem);
	database_close(database);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	const uint8_t how = take_byte(&input);

	if ((how & HOW) == VALUES)
		change_values(&input);
	else if ((how & HOW) == BYTES)
		change_bytes(&input, how & LOGGED);
	else
		write_file(input.at, input.left);
	read_file();
	if (how & WRITTEN)
		write_on(how);
	forget();
	return 0;
}
