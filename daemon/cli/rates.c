// SPDX-License-Identifier: GPL-2.0-or-later
/* See rates.h. Pure arithmetic. */
#include "cli/rates.h"

#include "common/resident.h"

#include <string.h>

#define NS_PER_S	1000000000U
#define BIT(rate)	(1U << (rate))
#define STALLS		(BIT(RATE_CPU_WAIT) | BIT(RATE_IO_WAIT) | \
			 BIT(RATE_MEM_WAIT) | BIT(RATE_LOCK_WAIT))

static const struct rate_spec specs[RATE_COUNT] = {
	[RATE_RUN] = {
		.name = "run_ns_per_s", .header = "CPU%", .field = "run_ns",
		.help = "CPU%: time on a CPU, per second",
	},
	[RATE_CPU_WAIT] = {
		.name = "cpu_wait_ns_per_s", .header = "WAIT%", .field = "cpu_wait_ns",
		.help = "WAIT%: time waiting for a CPU, per second",
	},
	[RATE_IO_WAIT] = {
		.name = "io_wait_ns_per_s", .header = "IO%", .field = "io_wait_ns",
		.help = "IO%: time waiting for I/O, per second",
	},
	[RATE_MEM_WAIT] = {
		.name = "mem_wait_ns_per_s", .header = "MEM%", .field = "mem_wait_ns",
		.help = "MEM%: time waiting for memory, per second",
	},
	[RATE_LOCK_WAIT] = {
		.name = "lock_wait_ns_per_s", .header = "LOCK%", .field = "lock_wait_ns",
		.help = "LOCK%: time blocked otherwise, as on a lock in the kernel, per second",
	},
	[RATE_SLEEP] = {
		.name = "sleep_ns_per_s", .header = "SLEEP%", .field = "sleep_ns",
		.help = "SLEEP%: time asleep, per second",
	},
	[RATE_STOP] = {
		.name = "stop_ns_per_s", .header = "STOP%", .field = "stop_ns",
		.help = "STOP%: time stopped, traced or frozen, per second",
	},
	[RATE_MEM_STALL] = {
		.name = "mem_stall_ns_per_s", .header = "MEM-STALL%",
		.field = "mem_stall_ns", .stalls = true,
		.help = "MEM-STALL%: MEM% and time for reclaim and compaction besides, per second",
	},
	[RATE_RECLAIM] = {
		.name = "reclaim_ns_per_s", .header = "RECLAIM%",
		.field = "direct_reclaim_ns", .also = "memcg_reclaim_ns", .stalls = true,
		.help = "RECLAIM%: time freeing memory of the machine or its cgroup, per second",
	},
	[RATE_STALL] = {
		.name = "stall_ns_per_s", .header = "STALL%",
		.help = "STALL%: time held up, the sum of WAIT%, IO%, MEM% and LOCK%",
	},
};

const struct rate_spec *rate_spec(enum rate rate)
{
	return &specs[rate];
}

struct source {
	const struct tm_field *field;
	const struct tm_field *also;
};

/* Looked up by name once, not for each of thousands of records. */
static const struct source *source_of(enum rate rate)
{
	static struct source found[RATE_STALL];

	if (!found[rate].field) {
		found[rate].field = tm_field_find(specs[rate].field);
		if (specs[rate].also)
			found[rate].also = tm_field_find(specs[rate].also);
	}
	return &found[rate];
}

void sums_read(struct sums *sums, const struct taskmeter_record *record,
	       uint64_t time_ns)
{
	const struct source *source;
	int i;

	memset(sums, 0, sizeof(*sums));
	sums->time_ns = time_ns;
	for (i = 0; i < RATE_STALL; i++) {
		source = source_of((enum rate)i);
		if (!tm_field_available(source->field, record))
			continue;
		sums->available |= BIT(i);
		sums->ns[i] = tm_field_u64(source->field, record);
		if (source->also)
			sums->ns[i] += tm_field_u64(source->also, record);
	}
	if (sums->available & BIT(RATE_CPU_WAIT))
		sums->tracked_ns = record->tracked_ns;
	sums->has_resident = resident_known(record);
	if (sums->has_resident)
		sums->resident_bytes = resident_bytes(record);
	sums->has_switches = true;
	sums->switches = record->voluntary_switches + record->involuntary_switches;
}

/* The part that a kernel cannot tell is in one of the others. */
static void add_stall(struct rates *rates)
{
	int i;

	if (!(rates->available & BIT(RATE_CPU_WAIT)))
		return;
	rates->available |= BIT(RATE_STALL);
	for (i = 0; i < RATE_STALL; i++)
		if (rates->available & STALLS & BIT(i))
			rates->ns_per_s[RATE_STALL] += rates->ns_per_s[i];
}

static uint64_t per_second(uint64_t ns, uint64_t elapsed_ns)
{
	return (uint64_t)((__extension__ (unsigned __int128)ns) * NS_PER_S /
			  elapsed_ns);
}

/*
 * A wait that still lasts may be told a little too long and be corrected: what
 * goes back has not grown.
 */
static void set_rates(struct rates *rates, const struct sums *earlier,
		      const struct sums *now, uint64_t elapsed_ns)
{
	int i;

	memset(rates, 0, sizeof(*rates));
	if (!elapsed_ns)
		return;
	rates->available = earlier->available & now->available;
	for (i = 0; i < RATE_STALL; i++)
		if (rates->available & BIT(i) && now->ns[i] > earlier->ns[i])
			rates->ns_per_s[i] = per_second(now->ns[i] -
							earlier->ns[i],
							elapsed_ns);
	add_stall(rates);
}

static void set_growth(struct rates *rates, const struct sums *earlier,
		       const struct sums *now)
{
	if (!earlier->has_resident || !now->has_resident ||
	    now->time_ns <= earlier->time_ns)
		return;
	rates->has_growth = true;
	rates->growth_bytes_per_s = resident_growth(earlier->resident_bytes,
						    now->resident_bytes,
						    now->time_ns - earlier->time_ns);
}

/* Of exec from another thread the kernel may count some anew. */
static void set_switches(struct rates *rates, const struct sums *earlier,
			 const struct sums *now)
{
	if (!earlier->has_switches || now->switches < earlier->switches ||
	    now->time_ns <= earlier->time_ns)
		return;
	rates->has_switches = true;
	rates->switches_per_s = per_second(now->switches - earlier->switches,
					   now->time_ns - earlier->time_ns);
}

/*
 * What is tracked only grows, unless the meter was switched off and on: then all
 * that it tells began anew.
 */
void rates_between(struct rates *rates, const struct sums *earlier,
		   const struct sums *now)
{
	struct sums begun = *earlier;

	if (now->tracked_ns < earlier->tracked_ns)
		begun.available &= BIT(RATE_RUN);
	set_rates(rates, &begun, now, now->time_ns > earlier->time_ns ?
					      now->time_ns - earlier->time_ns : 0);
	set_growth(rates, earlier, now);
	set_switches(rates, earlier, now);
}

void rates_of_life(struct rates *rates, const struct sums *now)
{
	const struct sums birth = { .available = now->available };

	set_rates(rates, &birth, now, now->tracked_ns);
}

bool rates_idle(const struct rates *rates)
{
	return rates->available & BIT(RATE_RUN) &&
	       !rates->ns_per_s[RATE_STALL] && !rates->ns_per_s[RATE_RUN];
}
