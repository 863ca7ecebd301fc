// SPDX-License-Identifier: GPL-2.0-or-later
/* See past.h. */
#include "store/past.h"

#include <errno.h>
#include <stdlib.h>

#define NSEC_PER_SEC	UINT64_C(1000000000)
/* 2^64 */
#define RATE_MAX	18446744073709551616.0

static const char *const fields[PAST_RATES] = {
	[PAST_RUN] = "run_ns",
	[PAST_CPU_WAIT] = "cpu_wait_ns",
	[PAST_IO_WAIT] = "io_wait_ns",
	[PAST_MEM_WAIT] = "mem_wait_ns",
	[PAST_MEM_STALL] = "mem_stall_ns",
	[PAST_LOCK_WAIT] = "lock_wait_ns",
	[PAST_MAJOR_FAULTS] = "major_faults",
	[PAST_IO_READ] = "io_read_bytes",
	[PAST_IO_WRITE] = "io_write_bytes",
};

void past_clear(struct past *past)
{
	tick_clear(&past->tick);
	free(past->rates);
	*past = (struct past) { 0 };
}

const struct tm_field *past_rate_field(enum past_rate rate)
{
	return tm_field_find(fields[rate]);
}

/* What a damaged file says may be more than there are numbers for. */
static uint64_t per_second(uint64_t growth, uint64_t elapsed_ns)
{
	const double rate = (double)growth * (double)NSEC_PER_SEC / (double)elapsed_ns + 0.5;

	return rate < RATE_MAX ? (uint64_t)rate : PAST_RATE_UNKNOWN;
}

/* What goes back, as a wait that was corrected, did not grow. */
static uint64_t rate_of(const struct tm_field *field, const struct taskmeter_record *before,
			const struct taskmeter_record *now, uint64_t elapsed_ns)
{
	uint64_t from = 0, to = tm_field_u64(field, now);

	if (!elapsed_ns || !tm_field_available(field, now))
		return PAST_RATE_UNKNOWN;
	if (before && before->start_time_ns == now->start_time_ns) {
		if (!tm_field_available(field, before))
			return PAST_RATE_UNKNOWN;
		from = tm_field_u64(field, before);
	}
	return per_second(to > from ? to - from : 0, elapsed_ns);
}

uint64_t past_elapsed(const struct tick_head *before, const struct tick_head *now)
{
	return before->instance_id == now->instance_id &&
	       before->monotonic_ns && before->monotonic_ns < now->monotonic_ns ?
	       now->monotonic_ns - before->monotonic_ns : 0;
}

void past_rates(const struct taskmeter_record *before, const struct taskmeter_record *now,
		uint64_t elapsed_ns, struct past_rates *ret_rates)
{
	int i;

	for (i = 0; i < PAST_RATES; i++)
		ret_rates->per_s[i] = rate_of(past_rate_field((enum past_rate)i), before, now,
					      elapsed_ns);
}

int past_compare(struct past *past, const struct tick *before)
{
	const struct tm_field *of[PAST_RATES];
	const struct taskmeter_record *record;
	size_t i, j;

	past->elapsed_ns = before->count ? past_elapsed(&before->head, &past->tick.head) : 0;
	past->rates = calloc(past->tick.count + 1, sizeof(*past->rates));
	if (!past->rates)
		return -ENOMEM;
	for (j = 0; j < PAST_RATES; j++)
		of[j] = past_rate_field((enum past_rate)j);
	for (i = 0; i < past->tick.count; i++) {
		record = tick_find(before, past->tick.records[i].pid);
		for (j = 0; j < PAST_RATES; j++)
			past->rates[i].per_s[j] = rate_of(of[j], record,
							  &past->tick.records[i],
							  past->elapsed_ns);
	}
	return 0;
}
