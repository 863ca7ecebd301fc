// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ticks as blocks: what goes in comes out, whatever changes from one to the next; what is
 * damaged is refused, or is of other processes, but never leads beyond its end.
 */
#include "store/block.h"
#include "sample.h"
#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S		UINT64_C(1000000000)
#define MS		UINT64_C(1000000)
#define PROCESSES	600
#define TICKS		60

/* The machine that is sampled, what the writer takes for known, and what a reader has. */
static struct taskmeter_record processes[PROCESSES * 2];
static size_t count;
static struct tick_head head;
static struct tick writer, reader;
static struct block block;
static int asked;

static void setup(void)
{
	head = (struct tick_head) {
		.realtime_ns = 1700000000 * S, .monotonic_ns = 1000 * S,
		.interval_ns = 10 * S, .instance_id = UINT64_MAX,
	};
	count = 0;
}

static void teardown(void)
{
	tick_clear(&writer);
	tick_clear(&reader);
	block_clear(&block);
}

static void add(uint32_t pid, const char *comm)
{
	struct taskmeter_record *record = &processes[count++];

	sample_process(record, pid, comm);
	record->start_time_ns = pid * S;
	record->tracked_ns = record->sleep_ns = record->current_state_ns = 100 * S;
}

/* Of cgroups with odd ids the path is known. */
static const char *find_path(void *data, uint64_t id)
{
	static char path[32];

	++*(int *)data;
	snprintf(path, sizeof(path), "/a.slice/%llu.service", (unsigned long long)id);
	return id % 2 ? path : NULL;
}

static int try_encode(size_t processes_count, bool keyframe)
{
	const struct tick now = {
		.head = head, .records = processes, .count = processes_count,
	};
	const struct block_paths paths = { .find = find_path, .data = &asked };

	block_clear(&block);
	return block_encode(&writer, &now, &paths, keyframe, &block);
}

static void encode(bool keyframe)
{
	ck_assert_int_eq(try_encode(count, keyframe), 0);
}

static void decode(void)
{
	ck_assert_int_eq(block_decode(&reader, block.bytes, block.size), 0);
	ck_assert_uint_eq(reader.count, writer.count);
	if (writer.count)
		ck_assert_mem_eq(reader.records, writer.records,
				 writer.count * sizeof(*writer.records));
	ck_assert_mem_eq(&reader.head, &writer.head, sizeof(writer.head));
}

static void pass(uint64_t elapsed_ns)
{
	size_t i;

	head.realtime_ns += elapsed_ns;
	head.monotonic_ns += elapsed_ns;
	for (i = 0; i < count; i++)
		tick_advance(&processes[i], elapsed_ns);
}

static bool near(uint64_t a, uint64_t b, uint64_t by)
{
	return (a > b ? a - b : b - a) <= by;
}

/* All but the times of those that slept is as it was sampled, and these are near. */
static void check_sampled(void)
{
	struct taskmeter_record record;
	uint64_t tolerance;
	size_t i;

	ck_assert_uint_eq(reader.count, count);
	for (i = 0; i < count; i++) {
		record = reader.records[i];
		tolerance = TICK_TOLERANCE_NS * (record.threads + 1);
		ck_assert(near(record.tracked_ns, processes[i].tracked_ns, tolerance));
		ck_assert(near(record.sleep_ns, processes[i].sleep_ns, tolerance));
		ck_assert(near(record.stop_ns, processes[i].stop_ns, tolerance));
		ck_assert(near(record.current_state_ns, processes[i].current_state_ns,
			       TICK_TOLERANCE_NS));
		record.tracked_ns = processes[i].tracked_ns;
		record.sleep_ns = processes[i].sleep_ns;
		record.stop_ns = processes[i].stop_ns;
		record.current_state_ns = processes[i].current_state_ns;
		ck_assert_mem_eq(&record, &processes[i], sizeof(record));
	}
}

START_TEST(every_member)
{
	sample_record(&processes[count]);
	processes[count].pid = 5;
	processes[count].flags = 0x12345678;
	processes[count++].reserved = 0x87654321;
	sample_record(&processes[count]);
	processes[count++].pid = 0xF0000001;
	encode(false);
	decode();
	ck_assert_mem_eq(reader.records, processes, count * sizeof(*processes));
	ck_assert_uint_eq(reader.head.position, 0);
	ck_assert_uint_eq(reader.head.chain, head.realtime_ns);
	memset((char *)&processes[0] + 24, 0xA5, sizeof(processes[0]) - 24);
	processes[0].pid = 5;
	processes[0].comm[TASKMETER_COMM_LEN - 1] = '\0';
	processes[0].waker_comm[TASKMETER_COMM_LEN - 1] = '\0';
	head.realtime_ns += 10 * S;
	head.monotonic_ns += 10 * S;
	encode(false);
	decode();
	ck_assert_mem_eq(reader.records, processes, sizeof(*processes));
}
END_TEST

START_TEST(nobody)
{
	encode(false);
	decode();
	pass(10 * S);
	encode(false);
	decode();
	ck_assert_uint_eq(reader.count, 0);
}
END_TEST

/* A crowd that sleeps costs nothing, and its times go on. */
START_TEST(sleepers)
{
	size_t i;

	for (i = 1; i <= PROCESSES; i++)
		add((uint32_t)i, "sleeper");
	processes[7].threads = 4;
	processes[8].current_state = TASKMETER_STATE_STOPPED;
	processes[9].available = 0;
	encode(false);
	decode();
	pass(10 * S);
	processes[3].tracked_ns += 9 * MS;
	encode(false);
	ck_assert_uint_lt(block.size, 80);
	decode();
	check_sampled();
	ck_assert_uint_eq(reader.records[0].sleep_ns, 110 * S);
	ck_assert_uint_eq(reader.records[7].sleep_ns, 140 * S);
	ck_assert_uint_eq(reader.records[8].sleep_ns, 100 * S);
	ck_assert_uint_eq(reader.records[8].stop_ns, 10 * S);
	ck_assert_uint_eq(reader.records[9].tracked_ns, 100 * S);
	/* The error does not add up: it is told anew when it is too large. */
	for (i = 0; i < 10; i++) {
		pass(10 * S);
		processes[3].tracked_ns += 9 * MS;
		processes[3].sleep_ns += 9 * MS;
		encode(false);
		decode();
		check_sampled();
	}
}
END_TEST

START_TEST(who_comes_and_goes)
{
	add(10, "stays");
	add(20, "goes");
	add(30, "is another");
	encode(false);
	decode();
	pass(10 * S);
	memmove(&processes[1], &processes[2], sizeof(*processes));
	count = 2;
	processes[1].start_time_ns = 1;
	strcpy(processes[1].comm, "reused");
	add(40, "comes");
	memmove(&processes[1], &processes[0], 3 * sizeof(*processes));
	count++;
	sample_process(&processes[0], 1, "first");
	encode(false);
	decode();
	check_sampled();
	ck_assert_uint_eq(reader.head.position, 1);
	ck_assert_ptr_null(tick_find(&reader, 20));
	ck_assert_str_eq(tick_find(&reader, 30)->comm, "reused");
	count = 0;
	pass(10 * S);
	encode(false);
	decode();
	ck_assert_uint_eq(reader.count, 0);
}
END_TEST

static void expect_path(uint32_t pid, const char *path)
{
	const struct taskmeter_record *record = tick_find(&reader, pid);

	ck_assert_ptr_nonnull(record);
	if (path)
		ck_assert_str_eq(tick_path(&reader, record), path);
	else
		ck_assert_ptr_null(tick_path(&reader, record));
}

/* Each is told once in a chain; one that is not known is asked for again. */
START_TEST(paths_of_cgroups)
{
	size_t i;

	for (i = 1; i <= 40; i++) {
		add((uint32_t)i, "member");
		processes[i - 1].cgroup_id = (40 - i) / 4;
	}
	processes[0].available = 0;
	encode(false);
	decode();
	ck_assert_uint_eq(reader.cgroups.count, 5);
	expect_path(1, NULL);
	expect_path(2, "/a.slice/9.service");
	expect_path(36, "/a.slice/1.service");
	expect_path(32, NULL);
	expect_path(40, NULL);
	asked = 0;
	pass(10 * S);
	for (i = 0; i < count; i++)
		processes[i].run_ns++;
	processes[1].cgroup_id = 77;
	encode(false);
	decode();
	/* Of four cgroups, with four processes each; those of 0 and without one are not asked. */
	ck_assert_int_eq(asked, 4 * 4 + 1);
	expect_path(2, "/a.slice/77.service");
	expect_path(3, "/a.slice/9.service");
	pass(10 * S);
	encode(true);
	decode();
	ck_assert_uint_eq(reader.cgroups.count, 6);
}
END_TEST

START_TEST(too_many_cgroups)
{
	struct tick_cgroups cgroups = { 0 };
	uint64_t i;

	for (i = 0; i < TICK_CGROUPS_MAX; i++)
		ck_assert_int_eq(tick_cgroups_add(&cgroups, i * 2654435761U % 1000003, "/x", 2),
				 0);
	ck_assert_int_eq(tick_cgroups_add(&cgroups, UINT64_MAX, "/", 1), -E2BIG);
	for (i = 1; i < cgroups.count; i++)
		ck_assert_uint_lt(cgroups.list[i - 1].id, cgroups.list[i].id);
	ck_assert_ptr_null(tick_cgroups_find(&cgroups, UINT64_MAX));
	ck_assert_str_eq(tick_cgroups_find(&cgroups, 0), "/x");
	tick_cgroups_clear(&cgroups);
}
END_TEST

static void change_at_random(unsigned int *seed)
{
	const struct tm_field *fields;
	size_t n, i, kept = 0;
	uint32_t pid;

	fields = tm_fields(&n);
	for (i = 0; i < count; i++) {
		if (!(rand_r(seed) % 50))
			continue;
		processes[kept] = processes[i];
		if (!(rand_r(seed) % 10)) {
			processes[kept].run_ns += (uint64_t)rand_r(seed);
			processes[kept].minor_faults += (uint64_t)rand_r(seed) % 3;
		}
		if (!(rand_r(seed) % 20)) {
			pid = processes[kept].pid;
			sample_set(&processes[kept], &fields[(size_t)rand_r(seed) % n],
				   (uint64_t)rand_r(seed) << (rand_r(seed) % 40));
			processes[kept].pid = pid;
		}
		kept++;
	}
	count = kept;
	for (i = 0; i < 20 && count < PROCESSES; i++) {
		pid = count ? processes[count - 1].pid + 1 + (uint32_t)rand_r(seed) % 5 : 1;
		add(pid, i % 2 ? "even" : "odd");
	}
}

/* Sixty ticks of a machine at work, a keyframe among them, three times. */
START_TEST(random_changes)
{
	unsigned int seed = (unsigned int)_i;
	int i;

	for (i = 0; i < TICKS; i++) {
		change_at_random(&seed);
		encode(i == 40);
		decode();
		check_sampled();
		ck_assert_uint_eq(reader.head.position, i < 40 ? i : i - 40);
		pass((uint64_t)rand_r(&seed) * 10);
	}
}
END_TEST

START_TEST(what_does_not_follow)
{
	struct block second;

	add(1, "init");
	encode(false);
	decode();
	pass(10 * S);
	processes[0].run_ns++;
	encode(false);
	second = block;
	block = (struct block) { 0 };
	pass(10 * S);
	processes[0].run_ns++;
	encode(false);
	ck_assert_int_eq(block_decode(&reader, block.bytes, block.size), -ESTALE);
	ck_assert_uint_eq(reader.count, 0);
	ck_assert_int_eq(block_decode(&reader, second.bytes, second.size), -ESTALE);
	block_clear(&second);
	/* Another load of the module begins another chain by itself. */
	head.instance_id = 1;
	pass(10 * S);
	encode(false);
	decode();
	ck_assert_uint_eq(reader.head.position, 0);
}
END_TEST

START_TEST(too_many)
{
	add(1, "init");
	encode(false);
	pass(S);
	ck_assert_int_eq(try_encode(TICK_RECORDS_MAX + 1, false), -E2BIG);
	encode(false);
	decode();
	ck_assert_uint_eq(reader.head.position, 0);
}
END_TEST

/* Records of so many processes from @first on. */
static struct tick_change change_of(struct taskmeter_record *records, uint32_t first, size_t of)
{
	struct tick_change change = { .count = of };
	size_t i;

	change.records = calloc(of, sizeof(*change.records));
	for (i = 0; i < of; i++) {
		sample_process(&records[i], first + (uint32_t)i, "new");
		change.records[i] = &records[i];
	}
	return change;
}

/* What does not lead to as many as it says changes nothing, and takes no room. */
START_TEST(other_counts)
{
	static const struct { size_t count; int error; } tries[] = {
		{ 10, -EBADMSG }, { 108, -EBADMSG }, { 110, -EBADMSG }, { 107, 0 },
	};
	struct taskmeter_record first[10], more[100];
	struct tick_change change = change_of(first, 1, 10);
	struct tick tick = { 0 };
	size_t i, capacity;

	ck_assert_int_eq(tick_apply(&tick, &change, 0, 9), -EBADMSG);
	ck_assert_ptr_null(tick.records);
	ck_assert_int_eq(tick_apply(&tick, &change, 0, 10), 0);
	capacity = tick.capacity;
	tick_change_clear(&change);
	/* One is in both, one that goes comes again, two others go, and one that is not there. */
	change = change_of(more, 10, 100);
	change.gone = calloc(4, sizeof(*change.gone));
	memcpy(change.gone, (const uint32_t[]) { 3, 9, 10, 500 }, 4 * sizeof(*change.gone));
	change.gone_count = 4;
	for (i = 0; i < 4; i++) {
		ck_assert_uint_eq(tick.capacity, capacity);
		ck_assert_uint_eq(tick.count, 10);
		ck_assert_int_eq(tick_apply(&tick, &change, 0, tries[i].count), tries[i].error);
	}
	ck_assert_uint_eq(tick.count, 107);
	tick_change_clear(&change);
	tick_clear(&tick);
}
END_TEST

/* Two blocks, a keyframe and what follows, in which all columns have something. */
static void make_pair(struct block *first)
{
	unsigned int seed = 7;
	int i;

	for (i = 0; i < 2; i++)
		change_at_random(&seed);
	sample_record(&processes[count]);
	processes[count].cgroup_id = 7;
	processes[count++].pid = 1000;
	encode(false);
	*first = block;
	block = (struct block) { 0 };
	pass(10 * S);
	change_at_random(&seed);
	processes[0].run_ns++;
	processes[0].cgroup_id = 9;
	encode(false);
}

/* In memory of its own, so that the sanitizer sees what lies behind. */
static void decode_damaged(const struct block *first, const unsigned char *bytes, size_t size)
{
	unsigned char *copy = malloc(size ? size : 1);
	struct tick tick = { 0 };
	int r = first ? block_decode(&tick, first->bytes, first->size) : 0;

	ck_assert_int_eq(r, 0);
	memcpy(copy, bytes, size);
	r = block_decode(&tick, copy, size);
	ck_assert_msg(r == 0 || r == -EBADMSG || r == -ESTALE, "%d", r);
	ck_assert(r == 0 || !tick.records);
	ck_assert_uint_le(tick.count, TICK_RECORDS_MAX);
	tick_clear(&tick);
	free(copy);
}

static void damage(const struct block *first, const struct block *of)
{
	static const unsigned char masks[] = { 0x01, 0x80, 0x7f, 0xff };
	unsigned char *bytes = malloc(of->size);
	size_t i, j;

	for (i = 0; i < of->size; i++)
		for (j = 0; j < sizeof(masks); j++) {
			memcpy(bytes, of->bytes, of->size);
			bytes[i] ^= masks[j];
			decode_damaged(first, bytes, of->size);
		}
	for (i = 0; i < of->size; i++)
		decode_damaged(first, of->bytes, i);
	free(bytes);
}

START_TEST(every_byte_damaged)
{
	struct block first;

	make_pair(&first);
	damage(NULL, &first);
	damage(&first, &block);
	block_clear(&first);
}
END_TEST

/* The checksum tells it, as long as it is stored. */
START_TEST(every_stored_byte_damaged)
{
	struct block first, packed, out;
	unsigned char *bytes;
	size_t i;

	make_pair(&first);
	block_clear(&first);
	ck_assert_int_eq(block_compress(&block, &packed), 0);
	ck_assert_int_eq(block_expand(packed.bytes, packed.size, &out), 0);
	ck_assert_uint_eq(out.size, block.size);
	ck_assert_mem_eq(out.bytes, block.bytes, block.size);
	block_clear(&out);
	for (i = 0; i < packed.size; i++) {
		bytes = malloc(packed.size);
		memcpy(bytes, packed.bytes, packed.size);
		bytes[i] ^= 0x55;
		ck_assert_int_eq(block_expand(bytes, packed.size, &out), -EBADMSG);
		ck_assert_int_eq(block_expand(packed.bytes, i, &out), -EBADMSG);
		free(bytes);
	}
	block_clear(&packed);
}
END_TEST

START_TEST(anything)
{
	unsigned int seed = 1;
	unsigned char bytes[64];
	size_t i, size;
	int round;

	for (round = 0; round < 20000; round++) {
		size = (size_t)rand_r(&seed) % sizeof(bytes);
		for (i = 0; i < size; i++)
			bytes[i] = (unsigned char)(rand_r(&seed) % 3 ? rand_r(&seed) % 12 :
								       rand_r(&seed));
		if (size > 1) {
			bytes[0] = 11;
			bytes[1] = 1;
		}
		decode_damaged(NULL, bytes, size);
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("block");
	TCase *ticks = tcase_create("ticks"), *damaged = tcase_create("damaged");

	tcase_add_checked_fixture(ticks, setup, teardown);
	tcase_set_timeout(ticks, 60);
	tcase_add_test(ticks, every_member);
	tcase_add_test(ticks, nobody);
	tcase_add_test(ticks, sleepers);
	tcase_add_test(ticks, who_comes_and_goes);
	tcase_add_test(ticks, paths_of_cgroups);
	tcase_add_test(ticks, too_many_cgroups);
	tcase_add_loop_test(ticks, random_changes, 1, 4);
	tcase_add_test(ticks, what_does_not_follow);
	tcase_add_test(ticks, too_many);
	suite_add_tcase(suite, ticks);
	tcase_add_checked_fixture(damaged, setup, teardown);
	tcase_set_timeout(damaged, 120);
	tcase_add_test(damaged, every_byte_damaged);
	tcase_add_test(damaged, every_stored_byte_damaged);
	tcase_add_test(damaged, anything);
	tcase_add_test(damaged, other_counts);
	suite_add_tcase(suite, damaged);
	return suite_main(suite, argc, argv);
}
