// SPDX-License-Identifier: GPL-2.0-or-later
/* See rates.h. Pure arithmetic. */
#include "cli/rates.h"

#include <string.h>

#define NS_PER_S	1000000000U
#define BIT(rate)	(1U << (rate))
#define STALLS		(BIT(RATE_CPU_WAIT) | BIT(RATE_IO_WAIT) | \
			 BIT(RATE_MEM_WAIT) | BIT(RATE_LOCK_WAIT))

static const struct rate_spec specs[RATE_COUNT] = {
	[RATE_RUN] = {
		"run_ns_per_s", "CPU%", "CPU%: time on a CPU, per second", "run_ns",
	},
	[RATE_CPU_WAIT] = {
		"cpu_wait_ns_per_s", "WAIT%", "WAIT%: time waiting for a CPU, per second",
		"cpu_wait_ns",
	},
	[RATE_IO_WAIT] = {
		"io_wait_ns_per_s", "IO%", "IO%: time waiting for I/O, per second",
		"io_wait_ns",
	},
	[RATE_MEM_WAIT] = {
		"mem_wait_ns_per_s", "MEM%", "MEM%: time waiting for memory, per second",
		"mem_wait_ns",
	},
	[RATE_LOCK_WAIT] = {
		"lock_wait_ns_per_s", "LOCK%",
		"LOCK%: time blocked otherwise, as on a lock in the kernel, per second",
		"lock_wait_ns",
	},
	[RATE_SLEEP] = {
		"sleep_ns_per_s", "SLEEP%", "SLEEP%: time asleep, per second",
		"sleep_ns",
	},
	[RATE_STOP] = {
		"stop_ns_per_s", "STOP%", "STOP%: time stopped, traced or frozen, per second",
		"stop_ns",
	},
	[RATE_STALL] = {
		"stall_ns_per_s", "STALL%",
		"STALL%: time held up, the sum of WAIT%, IO%, MEM% and LOCK%",
		NULL,
	},
};

const struct rate_spec *rate_spec(enum rate rate)
{
	return &specs[rate];
}

/* Looked up by name once, not for each of thousands of records. */
static const struct tm_field *field_of(enum rate rate)
{
	static const struct tm_field *found[RATE_STALL];

	if (!found[rate])
		found[rate] = tm_field_find(specs[rate].field);
	return found[rate];
}

void sums_read(struct sums *sums, const struct taskmeter_record *record,
	       uint64_t time_ns)
{
	const struct tm_field *field;
	int i;

	memset(sums, 0, sizeof(*sums));
	sums->time_ns = time_ns;
	for (i = 0; i < RATE_STALL; i++) {
		field = field_of((enum rate)i);
		if (!tm_field_available(field, record))
			continue;
		sums->available |= BIT(i);
		sums->ns[i] = tm_field_u64(field, record);
	}
	if (sums->available & BIT(RATE_CPU_WAIT))
		sums->tracked_ns = record->tracked_ns;
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
