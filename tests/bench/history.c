// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-history: what a tick of the history costs the daemon, and how much room it takes.
 *
 *	bench-history [PROCESSES]
 *
 * Processes are made by hand, so that it needs neither the module nor root: those of a
 * machine with fifty programs in two hundred cgroups, of which one in twenty does
 * something from one tick to the next, ten seconds later. The others sleep.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "measure.h"
#include "store/block.h"

#define PROCESSES	10000
#define ACTIVE		20
#define TICK_NS		UINT64_C(10000000000)
#define BYTES_TICKS	30

enum { STEP, STEP_AND_TICK, KEYFRAME, PACK_TICK, PACK_KEYFRAME, READ, TICK, MEASURES };

static struct taskmeter_record *records;
static size_t count;
static unsigned int seed = 1;
static struct tick_head head;
static struct tick before, reader;
static struct block tick, keyframe, packed_keyframe;

static uint64_t random_below(uint64_t most)
{
	return ((uint64_t)rand_r(&seed) << 31 | (uint64_t)rand_r(&seed)) % most;
}

/* As much as a process does that runs for so long, in some slices. */
static void run_for(struct taskmeter_record *record, uint64_t run_ns, uint64_t slices)
{
	record->run_ns += run_ns;
	record->user_ns += run_ns / 4 * 3;
	record->system_ns += run_ns / 4;
	record->run_delay_ns += random_below(run_ns / 10 + 1);
	record->cpu_wait_ns = record->run_delay_ns;
	record->timeslices += slices;
	record->wakeups += slices;
	record->voluntary_switches += slices - slices / 10;
	record->involuntary_switches += slices / 10;
	record->migrations += random_below(slices + 1);
	record->io_read_chars_bytes += random_below(slices * 4096);
	record->io_write_chars_bytes += random_below(slices * 1024);
	record->io_read_syscalls += slices;
	record->io_write_syscalls += slices / 2;
	record->io_wait_ns += random_below(run_ns);
	record->minor_faults += random_below(100);
	record->rss_anon_bytes += random_below(64) * 4096;
	record->cpu_wait_max_ns = random_below(1000000);
	record->cpu_wait_max_time_ns = head.monotonic_ns;
	record->cpu = (uint32_t)random_below(16);
}

static void make(struct taskmeter_record *record, uint32_t pid)
{
	unsigned int program = (unsigned int)random_below(50);

	*record = (struct taskmeter_record) {
		.size = sizeof(*record), .available = (1 << 17) - 1, .pid = pid, .tgid = pid,
		.ppid = 1 + pid / 50, .pid_namespace = 4026531836U,
		.uid = program < 20 ? 0 : 1000 + program,
		.euid = program < 20 ? 0 : 1000 + program,
		.start_time_ns = pid * UINT64_C(731000123),
		.cgroup_id = 1000 + random_below(200) * 37, .state = 'S', .priority = 20,
		.threads = 1 + (uint32_t)random_below(8), .vm_bytes = random_below(1 << 20) * 4096,
		.vm_peak_bytes = random_below(1 << 20) * 4096,
		.rss_anon_bytes = random_below(1 << 14) * 4096,
		.rss_file_bytes = (program + 1) * UINT64_C(4096000),
		.rss_peak_bytes = random_below(1 << 15) * 4096,
		.vm_data_bytes = random_below(1 << 16) * 4096, .vm_stack_bytes = 135168,
		.vm_exe_bytes = program * UINT64_C(409600),
		.vm_lib_bytes = program * UINT64_C(8192000),
		.page_table_bytes = random_below(200) * 4096,
		.current_state = TASKMETER_STATE_SLEEPING, .current_state_tid = pid,
		.current_state_ns = random_below(TICK_NS),
		.tracked_ns = random_below(TICK_NS * 10000),
		.sleep_ns = random_below(TICK_NS * 10000),
	};
	snprintf(record->comm, sizeof(record->comm), "program-%u", program);
	run_for(record, random_below(TICK_NS), 1 + random_below(10000));
}

static void make_all(void)
{
	size_t i;

	records = calloc(count, sizeof(*records));
	if (!records)
		err(1, "processes");
	head = (struct tick_head) {
		.realtime_ns = UINT64_C(1700000000000000000), .monotonic_ns = 1000 * TICK_NS,
		.interval_ns = TICK_NS, .instance_id = 1,
	};
	for (i = 0; i < count; i++)
		make(&records[i], 1 + (uint32_t)i * 3);
}

/* The next ten seconds; each record is read a little earlier or later. */
static uint64_t step(void)
{
	size_t i;

	head.realtime_ns += TICK_NS;
	head.monotonic_ns += TICK_NS;
	for (i = 0; i < count; i++) {
		tick_advance(&records[i], TICK_NS + i % 1000);
		if (random_below(ACTIVE))
			continue;
		run_for(&records[i], random_below(TICK_NS / 10), 1 + random_below(1000));
		records[i].current_state_ns = random_below(TICK_NS);
	}
	return count;
}

static const char *find_path(void *data, uint64_t id)
{
	static char path[64];

	(void)data;
	snprintf(path, sizeof(path), "/system.slice/program-%u.service", (unsigned int)id);
	return path;
}

static void encode(bool whole, struct block *block)
{
	const struct tick now = { .head = head, .records = records, .count = count };
	const struct block_paths paths = { .find = find_path };

	block_clear(block);
	if (block_encode(&before, &now, &paths, whole, block))
		errx(1, "a tick cannot be written");
}

static uint64_t run_step_and_tick(void)
{
	step();
	encode(false, &tick);
	return count;
}

static uint64_t run_keyframe(void)
{
	encode(true, &keyframe);
	return count;
}

static uint64_t pack(const struct block *block, size_t *ret_size)
{
	struct block packed;

	if (block_compress(block, &packed))
		errx(1, "a tick cannot be compressed");
	*ret_size = packed.size;
	block_clear(&packed);
	return count;
}

static uint64_t run_pack_tick(void)
{
	size_t size;

	return pack(&tick, &size);
}

static uint64_t run_pack_keyframe(void)
{
	size_t size;

	return pack(&keyframe, &size);
}

static uint64_t run_read(void)
{
	struct block block;

	if (block_expand(packed_keyframe.bytes, packed_keyframe.size, &block) ||
	    block_decode(&reader, block.bytes, block.size) || reader.count != count)
		errx(1, "a keyframe cannot be read");
	block_clear(&block);
	return count;
}

static struct measure measures[MEASURES] = {
	[STEP] = { .run = step },
	[STEP_AND_TICK] = { .run = run_step_and_tick },
	[KEYFRAME] = { .run = run_keyframe },
	[PACK_TICK] = { .run = run_pack_tick },
	[PACK_KEYFRAME] = { .run = run_pack_keyframe },
	[READ] = { .run = run_read },
};

static const struct cost costs[] = {
	{ "tick", TICK, 0, "comparing all processes, writing those that did something" },
	{ "keyframe", KEYFRAME, 0, "writing all processes" },
	{ "tick-compress", PACK_TICK, 0, "in the writer's thread" },
	{ "keyframe-compress", PACK_KEYFRAME, 0, "in the writer's thread" },
	{ "keyframe-read", READ, 0, "from what is stored to records" },
};

static void print_bytes(const char *name, size_t bytes)
{
	struct utsname kernel;

	if (uname(&kernel))
		err(1, "uname");
	printf("{\"name\":\"history-%zu-%s\",\"kernel\":\"%s\",\"unit\":\"bytes\",\"ours\":%zu}\n",
	       count, name, kernel.release, bytes);
	fprintf(stderr, "history-%zu-%-24s %12zu bytes\n", count, name, bytes);
}

/* As they are stored: a keyframe, and the mean of those that follow it. */
static void measure_bytes(void)
{
	size_t i, size, sum = 0;

	encode(true, &keyframe);
	pack(&keyframe, &size);
	print_bytes("keyframe-bytes", size);
	for (i = 1; i < BYTES_TICKS; i++) {
		run_step_and_tick();
		pack(&tick, &size);
		sum += size;
	}
	print_bytes("tick-bytes", sum / (BYTES_TICKS - 1));
}

int main(int argc, char **argv)
{
	char name[32];
	const struct subject subject = { .name = name, .unit = "instructions per process" };

	count = argc > 1 ? strtoul(argv[1], NULL, 10) : PROCESSES;
	if (!count || count > TICK_RECORDS_MAX)
		errx(2, "usage: bench-history [PROCESSES]");
	snprintf(name, sizeof(name), "history-%zu", count);
	make_all();
	measure_bytes();
	if (block_compress(&keyframe, &packed_keyframe))
		errx(1, "a tick cannot be compressed");
	measure_check_clock();
	/* The last one is the difference of two. */
	measure_all(measures, TICK);
	measure_subtract(&measures[TICK], &measures[STEP_AND_TICK], &measures[STEP]);
	measure_print_costs(&subject, measures, costs, sizeof(costs) / sizeof(costs[0]));
	return 0;
}
