// SPDX-License-Identifier: GPL-2.0-or-later
/* See sampling.h. */
#include "cli/sampling.h"

#include "cli/baseline.h"

#include <errno.h>
#include <time.h>

#define NS_PER_S	1000000000ULL
#define P99		0.99

static uint64_t boottime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static int read_baseline(struct tm_snapshot *snapshot, struct baseline *baseline)
{
	const struct taskmeter_record *record;
	int r;

	while ((r = tm_snapshot_next(snapshot, &record)) > 0) {
		r = baseline_add(baseline, record,
				 tm_snapshot_histograms(snapshot),
				 tm_snapshot_time(snapshot));
		if (r)
			return r;
	}
	return r;
}

/* A module that is too old for stalls, or for histograms, still tells the rest. */
static int open_snapshot(struct sampling *sampling, struct tm_meter *meter,
			 struct tm_snapshot **ret_snapshot)
{
	int r = tm_snapshot_new(meter, &sampling->filter, ret_snapshot);

	if (r == -EOPNOTSUPP && sampling->stalls) {
		sampling->stalls = false;
		sampling->filter.flags &= ~(uint32_t)TASKMETER_SNAPSHOT_STALLS;
		r = tm_snapshot_new(meter, &sampling->filter, ret_snapshot);
	}
	if (r != -EOPNOTSUPP || !sampling->quantiles)
		return r;
	sampling->quantiles = false;
	sampling->filter.flags &= ~(uint32_t)TASKMETER_SNAPSHOT_HISTOGRAMS;
	return tm_snapshot_new(meter, &sampling->filter, ret_snapshot);
}

static int take_baseline(struct sampling *sampling, struct cli *cli,
			 struct tm_meter *meter, struct baseline *baseline)
{
	struct tm_snapshot *snapshot;
	int r;

	baseline->boottime_ns = boottime_ns();
	r = open_snapshot(sampling, meter, &snapshot);
	if (r)
		return r;
	baseline->quantiles = sampling->quantiles;
	r = read_baseline(snapshot, baseline);
	tm_snapshot_free(snapshot);
	if (!r)
		cli->wait(sampling->interval_ns);
	return r;
}

static void add_rates(const struct sampling *sampling,
		      const struct baseline *baseline, uint64_t time_ns,
		      struct sample *sample)
{
	struct sums now;

	if (sampling->interval_ns) {
		baseline_rates(baseline, &sample->record, time_ns,
			       &sample->rates);
		return;
	}
	sums_read(&now, &sample->record, time_ns);
	rates_of_life(&sample->rates, &now);
}

static void add_quantile(const struct sampling *sampling,
			 const struct baseline *baseline,
			 const struct taskmeter_histograms *histograms,
			 struct sample *sample)
{
	if (!histograms || (sampling->interval_ns && !baseline->quantiles))
		return;
	if (sampling->interval_ns)
		sample->cpu_wait_p99_ns = baseline_p99(baseline, &sample->record,
						       histograms);
	else
		sample->cpu_wait_p99_ns =
			tm_histogram_quantile(histograms,
					      TM_HISTOGRAM_CPU_WAIT, P99);
}

static void note_time(struct sampling *sampling, const struct baseline *baseline,
		      uint64_t time_ns)
{
	if (sampling->time_ns)
		return;
	sampling->time_ns = time_ns;
	if (baseline->time_ns)
		sampling->elapsed_ns = time_ns - baseline->time_ns;
}

/* Of a first step there is nothing that rates could be counted from. */
static void measure(const struct sampling *sampling, const struct baseline *baseline,
		    struct tm_snapshot *snapshot, struct sample *sample)
{
	if (sampling->interval_ns && !baseline->time_ns)
		return;
	if (sampling->rates)
		add_rates(sampling, baseline, tm_snapshot_time(snapshot), sample);
	if (sampling->quantiles)
		add_quantile(sampling, baseline, tm_snapshot_histograms(snapshot),
			     sample);
}

/* With @next, what the next step's rates are counted from is kept there. */
static int read_samples(struct sampling *sampling,
			const struct baseline *baseline, struct baseline *next,
			struct tm_snapshot *snapshot,
			int (*each)(void *context, const struct sample *sample),
			void *context)
{
	const struct taskmeter_record *record;
	struct sample sample;
	int r;

	while ((r = tm_snapshot_next(snapshot, &record)) > 0) {
		sample = (struct sample){ .record = *record };
		note_time(sampling, baseline, tm_snapshot_time(snapshot));
		measure(sampling, baseline, snapshot, &sample);
		r = next ? baseline_add(next, record, tm_snapshot_histograms(snapshot),
					tm_snapshot_time(snapshot)) : 0;
		if (!r)
			r = each(context, &sample);
		if (r)
			return r < 0 ? r : 0;
	}
	note_time(sampling, baseline, tm_snapshot_time(snapshot));
	return r;
}

static void set_flags(struct sampling *sampling)
{
	sampling->filter.flags &= ~(uint32_t)(TASKMETER_SNAPSHOT_HISTOGRAMS |
					      TASKMETER_SNAPSHOT_STALLS);
	if (sampling->quantiles)
		sampling->filter.flags |= TASKMETER_SNAPSHOT_HISTOGRAMS;
	if (sampling->stalls)
		sampling->filter.flags |= TASKMETER_SNAPSHOT_STALLS;
}

int sampling_run(struct sampling *sampling, struct cli *cli,
		 struct tm_meter *meter,
		 int (*each)(void *context, const struct sample *sample),
		 void *context)
{
	bool twice = sampling->interval_ns &&
		     (sampling->rates || sampling->quantiles);
	struct baseline baseline = { .quantiles = false };
	struct tm_snapshot *snapshot;
	int r = 0;

	set_flags(sampling);
	if (twice)
		r = take_baseline(sampling, cli, meter, &baseline);
	if (!r)
		r = open_snapshot(sampling, meter, &snapshot);
	if (!r) {
		r = read_samples(sampling, &baseline, NULL, snapshot, each, context);
		tm_snapshot_free(snapshot);
	}
	baseline_release(&baseline);
	return r;
}

int sampling_step(struct sampling *sampling, struct baseline *baseline,
		  struct tm_meter *meter,
		  int (*each)(void *context, const struct sample *sample),
		  void *context)
{
	struct baseline next = { .boottime_ns = boottime_ns() };
	struct tm_snapshot *snapshot;
	int r;

	set_flags(sampling);
	r = open_snapshot(sampling, meter, &snapshot);
	if (r)
		return r;
	next.quantiles = sampling->quantiles;
	sampling->time_ns = 0;
	sampling->elapsed_ns = 0;
	r = read_samples(sampling, baseline, &next, snapshot, each, context);
	tm_snapshot_free(snapshot);
	baseline_release(r ? &next : baseline);
	if (r)
		return r;
	*baseline = next;
	baseline->time_ns = sampling->time_ns;
	return 0;
}
