// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See programs.h.
 *
 * A sample is added up in one pass: records of programs with an entry go
 * there, the rest into a table of candidates that is emptied each time. At the
 * end the heaviest candidates take the entries that are free or have to be
 * given up, and what remains becomes "other".
 */
#include "core/programs.h"

#include <stdlib.h>
#include <string.h>
#include "common/group-kind.h"

#define WEIGHT_SHIFT	6	/* average over 64 samples */
#define RSS_SHIFT	4	/* 1 GiB resident counts as 67 ms of CPU a second */

/* Open addressing by name, at most half full: nothing is ever deleted. */
struct index {
	uint32_t mask;
	uint16_t *places;	/* entry + 1, 0 if empty */
};

struct programs {
	unsigned int max;
	struct program *entries;
	struct index entry_index;
	size_t candidate_count;
	struct program *candidates;
	struct index candidate_index;
	struct program other;
	size_t other_names;
	uint64_t elapsed_ns;
};

static int index_init(struct index *index, size_t entries)
{
	uint32_t size = 2;

	while (size < 2 * entries)
		size *= 2;
	index->mask = size - 1;
	index->places = calloc(size, sizeof(*index->places));
	return index->places ? 0 : -1;
}

static void index_clear(struct index *index)
{
	memset(index->places, 0, (index->mask + 1U) * sizeof(*index->places));
}

static uint32_t hash_name(const char *name)
{
	uint32_t hash = 2166136261U;

	while (*name)
		hash = (hash ^ (unsigned char)*name++) * 16777619U;
	return hash ^ hash >> 15;
}

/* Where the name is, or where it would have to be put. */
static uint16_t *index_place(const struct index *index, const struct program *entries,
			     const char *name)
{
	uint32_t i = hash_name(name) & index->mask;

	while (index->places[i] && strcmp(entries[index->places[i] - 1].name, name) != 0)
		i = (i + 1) & index->mask;
	return &index->places[i];
}

struct programs *programs_new(unsigned int max)
{
	struct programs *programs = calloc(1, sizeof(*programs));

	if (!programs)
		return NULL;
	programs->max = max;
	programs->entries = calloc(max ? max : 1, sizeof(*programs->entries));
	programs->candidates = calloc(PROGRAM_CANDIDATES, sizeof(*programs->candidates));
	if (!programs->entries || !programs->candidates ||
	    index_init(&programs->entry_index, max) < 0 ||
	    index_init(&programs->candidate_index, PROGRAM_CANDIDATES) < 0)
		return programs_free(programs);
	return programs;
}

struct programs *programs_free(struct programs *programs)
{
	if (!programs)
		return NULL;
	free(programs->entry_index.places);
	free(programs->candidate_index.places);
	free(programs->entries);
	free(programs->candidates);
	free(programs);
	return NULL;
}

static void program_name(const struct taskmeter_record *record,
			 char name[static PROGRAM_NAME_SIZE])
{
	text_for_label(record->comm, group_program_length(record), name, PROGRAM_NAME_SIZE);
}

static void read_waits(const struct taskmeter_record *record, uint64_t available,
		       uint64_t counters[static PROGRAM_COUNTERS])
{
	if (available & TASKMETER_AVAILABLE_MEM_WAIT)
		counters[PROGRAM_MEM_WAIT_NS] = record->mem_wait_ns;
	if (!(available & TASKMETER_AVAILABLE_METER))
		return;
	counters[PROGRAM_CPU_WAIT_NS] = record->cpu_wait_ns;
	counters[PROGRAM_SLEEP_NS] = record->sleep_ns;
	counters[PROGRAM_IO_WAIT_NS] = record->io_wait_ns;
	counters[PROGRAM_LOCK_WAIT_NS] = record->lock_wait_ns;
	counters[PROGRAM_STOP_NS] = record->stop_ns;
	counters[PROGRAM_WAKEUPS] = record->wakeups;
}

static void read_reclaim(const struct taskmeter_record *record, uint64_t available,
			 uint64_t counters[static PROGRAM_COUNTERS])
{
	if (available & TASKMETER_AVAILABLE_DIRECT_RECLAIM) {
		counters[PROGRAM_DIRECT_RECLAIMS] = record->direct_reclaims;
		counters[PROGRAM_DIRECT_RECLAIM_NS] = record->direct_reclaim_ns;
	}
	if (available & TASKMETER_AVAILABLE_MEMCG_RECLAIM) {
		counters[PROGRAM_MEMCG_RECLAIMS] = record->memcg_reclaims;
		counters[PROGRAM_MEMCG_RECLAIM_NS] = record->memcg_reclaim_ns;
	}
	if (available & TASKMETER_AVAILABLE_COMPACTION) {
		counters[PROGRAM_COMPACTIONS] = record->compactions;
		counters[PROGRAM_COMPACTION_NS] = record->compaction_ns;
	}
}

static void read_stalls(const struct taskmeter_record *record, uint64_t available,
			uint64_t counters[static PROGRAM_COUNTERS])
{
	if (!(available & TASKMETER_AVAILABLE_STALLS))
		return;
	counters[PROGRAM_FAULT_WAITS] = record->fault_waits;
	counters[PROGRAM_FAULT_WAIT_NS] = record->fault_wait_ns;
	read_reclaim(record, available, counters);
	if (available & TASKMETER_AVAILABLE_REFAULT) {
		counters[PROGRAM_REFAULT_WAITS] = record->refault_waits;
		counters[PROGRAM_REFAULT_WAIT_NS] = record->refault_wait_ns;
		counters[PROGRAM_THROTTLE_WAITS] = record->throttle_waits;
		counters[PROGRAM_THROTTLE_WAIT_NS] = record->throttle_wait_ns;
	}
	if (available & TASKMETER_AVAILABLE_MEM_STALL)
		counters[PROGRAM_MEM_STALL_NS] = record->mem_stall_ns;
	if (available & TASKMETER_AVAILABLE_NUMA_BALANCING)
		counters[PROGRAM_NUMA_MIGRATED_PAGES] = record->numa_migrated_pages;
}

static void read_counters(const struct taskmeter_record *record, uint64_t available,
			  uint64_t counters[static PROGRAM_COUNTERS])
{
	memset(counters, 0, PROGRAM_COUNTERS * sizeof(*counters));
	counters[PROGRAM_RUN_NS] = record->run_ns;
	counters[PROGRAM_VOLUNTARY_SWITCHES] = record->voluntary_switches;
	counters[PROGRAM_INVOLUNTARY_SWITCHES] = record->involuntary_switches;
	counters[PROGRAM_MINOR_FAULTS] = record->minor_faults;
	counters[PROGRAM_MAJOR_FAULTS] = record->major_faults;
	if (available & TASKMETER_AVAILABLE_RUN_DELAY)
		counters[PROGRAM_RUN_DELAY_NS] = record->run_delay_ns;
	if (available & TASKMETER_AVAILABLE_IO) {
		counters[PROGRAM_IO_READ_BYTES] = record->io_read_bytes;
		counters[PROGRAM_IO_WRITE_BYTES] = record->io_write_bytes;
	}
	read_waits(record, available, counters);
	read_stalls(record, available, counters);
}

static void add_gauges(struct program *program, const struct taskmeter_record *record)
{
	uint64_t *gauges = program->gauges;

	gauges[PROGRAM_PROCESSES]++;
	gauges[PROGRAM_THREADS] += record->threads;
	if (!(record->available & TASKMETER_AVAILABLE_MEMORY))
		return;
	gauges[PROGRAM_RSS_ANON_BYTES] += record->rss_anon_bytes;
	gauges[PROGRAM_RSS_FILE_BYTES] += record->rss_file_bytes;
	gauges[PROGRAM_RSS_SHMEM_BYTES] += record->rss_shmem_bytes;
	gauges[PROGRAM_SWAP_BYTES] += record->swap_bytes;
}

/*
 * What goes back (run delay, when a thread exits) adds nothing. A figure that was
 * not available before says nothing of the time between: a process that the meter
 * begins to track brings along what it had waited before.
 */
static void add_growth(struct program *program, const struct taskmeter_record *before,
		       const struct taskmeter_record *record)
{
	uint64_t old[PROGRAM_COUNTERS] = { 0 }, new[PROGRAM_COUNTERS];
	uint64_t available = record->available;
	size_t i;

	if (before) {
		available &= before->available;
		read_counters(before, available, old);
	}
	read_counters(record, available, new);
	for (i = 0; i < PROGRAM_COUNTERS; i++)
		if (new[i] > old[i])
			program->counters[i] += new[i] - old[i];
}

static struct program *find_candidate(struct programs *programs, const char *name)
{
	uint16_t *place = index_place(&programs->candidate_index, programs->candidates, name);
	struct program *program;

	if (*place)
		return &programs->candidates[*place - 1];
	if (programs->candidate_count == PROGRAM_CANDIDATES)
		return &programs->other;
	program = &programs->candidates[programs->candidate_count++];
	*program = (struct program) { 0 };
	strcpy(program->name, name);
	*place = (uint16_t)programs->candidate_count;
	return program;
}

static struct program *find_program(struct programs *programs,
				    const struct taskmeter_record *record)
{
	char name[PROGRAM_NAME_SIZE];
	uint16_t place;

	program_name(record, name);
	/* An entry without a name would be taken for a free one. */
	if (!name[0] || !strcmp(name, PROGRAM_OTHER))
		return &programs->other;
	place = *index_place(&programs->entry_index, programs->entries, name);
	if (place)
		return &programs->entries[place - 1];
	return find_candidate(programs, name);
}

/*
 * The same process in the sample before. Both are in the order of pid, so the
 * search goes on where it ended: @position.
 */
static const struct taskmeter_record *find_before(const struct sample *previous,
						  size_t *position,
						  const struct taskmeter_record *record)
{
	const struct taskmeter_record *before;

	while (*position < previous->count &&
	       previous->records[*position].pid < record->pid)
		++*position;
	if (*position == previous->count)
		return NULL;
	before = &previous->records[*position];
	return before->pid == record->pid &&
	       before->start_time_ns == record->start_time_ns ? before : NULL;
}

static uint64_t resident(const struct program *program)
{
	return program->gauges[PROGRAM_RSS_ANON_BYTES] +
	       program->gauges[PROGRAM_RSS_FILE_BYTES] +
	       program->gauges[PROGRAM_RSS_SHMEM_BYTES];
}

static uint64_t weigh(const struct programs *programs, const struct program *program)
{
	uint64_t ms = programs->elapsed_ns / 1000000;

	return (ms ? program->run_ns / ms * 1000 : 0) + (resident(program) >> RSS_SHIFT);
}

static void begin_entry(struct program *program)
{
	program->run_ns = 0;
	memset(program->gauges, 0, sizeof(program->gauges));
}

static void begin_sample(struct programs *programs)
{
	size_t i;

	for (i = 0; i < programs->max; i++)
		begin_entry(&programs->entries[i]);
	begin_entry(&programs->other);
	programs->other_names = 0;
	programs->candidate_count = 0;
	index_clear(&programs->candidate_index);
}

static void add_record(struct programs *programs, const struct sample *previous,
		       size_t *position, const struct taskmeter_record *record)
{
	struct program *program = find_program(programs, record);
	uint64_t run_ns = program->counters[PROGRAM_RUN_NS];

	add_gauges(program, record);
	if (!previous)
		return;
	add_growth(program, find_before(previous, position, record), record);
	program->run_ns += program->counters[PROGRAM_RUN_NS] - run_ns;
}

static bool may_replace(const struct program *entry, const struct program *candidate,
			uint64_t now)
{
	if (!entry->name[0])
		return true;
	if (now - entry->since_ns < PROGRAM_STAY_NS)
		return false;
	return now - entry->seen_ns >= PROGRAM_STAY_NS ||
	       entry->weight < candidate->weight / 2;
}

/* The lightest entry that the candidate may take, a free one if there is; or NULL. */
static struct program *find_place(struct programs *programs,
				  const struct program *candidate, uint64_t now)
{
	struct program *best = NULL, *entry;
	size_t i;

	for (i = 0; i < programs->max; i++) {
		entry = &programs->entries[i];
		if (!may_replace(entry, candidate, now))
			continue;
		if (!entry->name[0])
			return entry;
		if (!best || entry->weight < best->weight)
			best = entry;
	}
	return best;
}

static void fold(struct program *into, const struct program *program, bool counters)
{
	size_t i;

	for (i = 0; counters && i < PROGRAM_COUNTERS; i++)
		into->counters[i] += program->counters[i];
	for (i = 0; i < PROGRAM_GAUGES; i++)
		into->gauges[i] += program->gauges[i];
}

static void rebuild_index(struct programs *programs)
{
	size_t i;

	index_clear(&programs->entry_index);
	for (i = 0; i < programs->max; i++)
		if (programs->entries[i].name[0])
			*index_place(&programs->entry_index, programs->entries,
				     programs->entries[i].name) = (uint16_t)(i + 1);
}

static int compare_weight(const void *a, const void *b)
{
	const struct program *left = a, *right = b;

	if (left->weight != right->weight)
		return left->weight < right->weight ? 1 : -1;
	return strcmp(left->name, right->name);
}

/*
 * The candidates are in the order of weight: once one finds no place, the
 * lighter ones find none either.
 */
static size_t place_candidates(struct programs *programs, uint64_t now)
{
	struct program *place;
	size_t i;

	for (i = 0; i < programs->candidate_count; i++) {
		place = find_place(programs, &programs->candidates[i], now);
		if (!place)
			break;
		/* Its living processes are other programs' from here on. */
		if (place->name[0]) {
			fold(&programs->other, place, false);
			programs->other_names++;
		}
		*place = programs->candidates[i];
		place->since_ns = now;
		place->seen_ns = now;
	}
	if (i)
		rebuild_index(programs);
	return i;
}

static void end_sample(struct programs *programs, uint64_t now)
{
	struct program *program;
	size_t i;

	for (i = 0; i < programs->max; i++) {
		program = &programs->entries[i];
		if (program->gauges[PROGRAM_PROCESSES])
			program->seen_ns = now;
		program->weight -= program->weight >> WEIGHT_SHIFT;
		program->weight += weigh(programs, program) >> WEIGHT_SHIFT;
	}
	for (i = 0; i < programs->candidate_count; i++) {
		program = &programs->candidates[i];
		program->weight = weigh(programs, program);
	}
	qsort(programs->candidates, programs->candidate_count,
	      sizeof(*programs->candidates), compare_weight);
	i = place_candidates(programs, now);
	programs->other_names += programs->candidate_count - i;
	for (; i < programs->candidate_count; i++)
		fold(&programs->other, &programs->candidates[i], true);
}

void programs_feed(struct programs *programs, const struct sample *previous,
		   const struct sample *sample, program_visible *visible,
		   const void *data)
{
	size_t i, position = 0;

	programs->elapsed_ns = previous && sample->monotonic_ns > previous->monotonic_ns ?
			       sample->monotonic_ns - previous->monotonic_ns : 0;
	begin_sample(programs);
	for (i = 0; i < sample->count; i++)
		if (!visible || visible(&sample->records[i], data))
			add_record(programs, previous, &position, &sample->records[i]);
	end_sample(programs, sample->monotonic_ns);
}

const struct program *programs_at(const struct programs *programs, size_t index)
{
	return index < programs->max ? &programs->entries[index] : NULL;
}

const struct program *programs_other(const struct programs *programs, size_t *ret_names)
{
	*ret_names = programs->other_names;
	return &programs->other;
}
